/*
 * mg.h: geometric multigrid as PETSc's PCMG has it: interpolations between grids that halve are given, coarse operators are Galerkin's,
 * and smoothers and the coarsest solve are PETSc's defaults.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MG_H
#define MG_H

#include "poisson.h"

#include <petscksp.h>

#define TRY(call)                                                                                                                         \
    do {                                                                                                                                  \
        PetscErrorCode try_code = (call);                                                                                                 \
        if (try_code)                                                                                                                     \
            return try_code;                                                                                                              \
    } while (0)

enum { MG_LEVELS = 30, MG_SMALL = 64, MG_COARSEST = 20000 };

/* Unknowns along the axes of the levels, the finest first. */
typedef struct mg_grids {
    int levels, n[MG_LEVELS][3];
} mg_grids;

static inline int mg_unknowns(const int n[3]) { return n[0] * n[1] * n[2]; }

/* How many of n unknowns an axis keeps when its intervals are joined in pairs; 0 if it cannot be. */
static inline int mg_halve(const po_axis *x, int n)
{
    int walls = (x->sides[0] == PO_DIRICHLET) + (x->sides[1] == PO_DIRICHLET);
    int open = x->sides[0] == PO_PERIODIC ? 0 : 1 - walls; /* unknowns more than there are intervals */
    int intervals = n - open;
    return intervals % 2 == 0 && intervals >= 4 ? intervals / 2 + open : 0;
}

/* Halves the grid until it is small or an axis cannot be halved. */
static inline void mg_coarsen(mg_grids *g, const po_system *p)
{
    for (int a = 0; a < 3; a++)
        g->n[0][a] = p->axis[a].n;
    for (g->levels = 1; g->levels < MG_LEVELS && mg_unknowns(g->n[g->levels - 1]) > MG_SMALL; g->levels++)
        for (int a = 0; a < 3; a++) {
            int n = g->n[g->levels - 1][a];
            g->n[g->levels][a] = a < 3 - p->dim ? n : mg_halve(&p->axis[a], n);
            if (g->n[g->levels][a] == 0)
                return;
        }
}

/* The coarse vertices that vertex i of an axis is interpolated from, linearly. Returns how many: a wall is none. */
static inline int mg_parents(const po_axis *x, int n, int coarse, int i, int parent[2], double weight[2])
{
    int from_first = i - (x->sides[0] == PO_DIRICHLET), count = 0; /* the first coarse vertex is one step from a wall, or on the side */
    if (n == coarse || from_first % 2 == 0) {
        parent[0] = n == coarse ? i : from_first / 2, weight[0] = 1;
        return 1;
    }
    for (int step = -1; step <= 1; step += 2) {
        int j = (from_first + step) / 2;
        if (x->sides[0] == PO_PERIODIC)
            j = (j + coarse) % coarse;
        if (j >= 0 && j < coarse)
            parent[count] = j, weight[count++] = 0.5;
    }
    return count;
}

/* Makes the interpolation from one grid to the next finer one, multilinear. */
static inline PetscErrorCode mg_interpolation(const po_system *p, const int fine[3], const int coarse[3], Mat *P)
{
    TRY(MatCreateSeqAIJ(PETSC_COMM_SELF, mg_unknowns(fine), mg_unknowns(coarse), 1 << p->dim, NULL, P));
    for (int i = 0; i < mg_unknowns(fine); i++) {
        int at[3] = {i / fine[2] / fine[1], i / fine[2] % fine[1], i % fine[2]}, parent[3][2], count[3], entries = 0;
        double weight[3][2], values[8];
        PetscInt columns[8];
        for (int a = 0; a < 3; a++)
            count[a] = mg_parents(&p->axis[a], fine[a], coarse[a], at[a], parent[a], weight[a]);
        for (int z = 0; z < count[0]; z++)
            for (int y = 0; y < count[1]; y++)
                for (int x = 0; x < count[2]; x++) {
                    columns[entries] = (parent[0][z] * coarse[1] + parent[1][y]) * coarse[2] + parent[2][x];
                    values[entries++] = weight[0][z] * weight[1][y] * weight[2][x];
                }
        TRY(MatSetValues(*P, 1, &i, entries, columns, values, INSERT_VALUES));
    }
    TRY(MatAssemblyBegin(*P, MAT_FINAL_ASSEMBLY));
    TRY(MatAssemblyEnd(*P, MAT_FINAL_ASSEMBLY));
    return 0;
}

/* Says in p->error why a grid is not for multigrid; NULL if it is. */
static inline const char *mg_unsuitable(const mg_grids *g, po_system *p)
{
    const int *last = g->n[g->levels - 1];
    if (g->levels > 1 && mg_unknowns(last) <= MG_COARSEST)
        return NULL;
    snprintf(p->error, sizeof p->error,
             "pc=mg halves the grid to %d x %d x %d at best, expected at most %d unknowns; 2^k-1 points between Dirichlet sides, 2^k+1 between "
             "Neumann ones, 2^k periodic halve well",
             last[0], last[1], last[2], MG_COARSEST);
    return p->error;
}

static inline PetscErrorCode mg_setup(PC pc, const mg_grids *g, const po_system *p)
{
    KSP coarsest;
    PC direct;
    TRY(PCSetType(pc, PCMG));
    TRY(PCMGSetLevels(pc, g->levels, NULL));
    TRY(PCMGSetGalerkin(pc, PC_MG_GALERKIN_BOTH));
    for (int k = 1; k < g->levels; k++) {
        Mat P;
        TRY(mg_interpolation(p, g->n[k - 1], g->n[k], &P));
        TRY(PCMGSetInterpolation(pc, g->levels - k, P)); /* PETSc counts from the coarsest */
        TRY(MatDestroy(&P));
    }
    if (p->singular) { /* as PCGAMG does: the last pivot is zero */
        TRY(PCMGGetCoarseSolve(pc, &coarsest));
        TRY(KSPGetPC(coarsest, &direct));
        TRY(PCSetType(direct, PCLU));
        TRY(PCFactorSetShiftType(direct, MAT_SHIFT_INBLOCKS));
    }
    return 0;
}

#endif
