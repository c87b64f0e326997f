/*
 * setup.h: hypre's grids, matrices and solvers for a system of poisson.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SETUP_H
#define SETUP_H

#include "poisson.h"

#include <HYPRE.h>
#include <HYPRE_krylov.h>
#include <HYPRE_parcsr_ls.h>
#include <HYPRE_struct_ls.h>
#include <mpi.h>

typedef enum { PFMG, SMG, BOOMERAMG } method;

typedef struct options {
    int relax, pre, post, rap, skip_relax;                 /* of PFMG and SMG */
    int coarsen, interp, cycle, aggressive, max_elements;  /* of BoomerAMG */
    double strong_threshold;
    int max_iterations;
} options;

typedef struct hypre {
    method method;
    int pcg;
    HYPRE_Int lower[3], upper[3];
    HYPRE_StructGrid grid;
    HYPRE_StructStencil stencil;
    HYPRE_StructMatrix A;
    HYPRE_StructVector b, x;
    HYPRE_StructSolver multigrid, krylov;
    HYPRE_IJMatrix ijA;
    HYPRE_IJVector ijb, ijx;
    HYPRE_ParCSRMatrix parA;
    HYPRE_ParVector parb, parx;
    HYPRE_Solver amg, parkrylov;
    double cycle_seconds; /* of multigrid alone, as last measured */
    int (*cancelled)(void *run); /* NULL: nobody cancels */
    void *run;
} hypre;

/* Cycles of multigrid as preconditioners, for Krylov solvers that are given the hypre as if it were the solver. hypre cannot be
 * interrupted, but conjugate gradients end where the preconditioner gives nothing. */
static inline int setup_cancelled(const hypre *h) { return h->cancelled && h->cancelled(h->run); }

static HYPRE_Int setup_struct_cycle(HYPRE_StructSolver self, HYPRE_StructMatrix A, HYPRE_StructVector b, HYPRE_StructVector x)
{
    const hypre *h = (const hypre *)self;
    if (setup_cancelled(h))
        return HYPRE_StructVectorSetConstantValues(x, 0);
    return h->method == PFMG ? HYPRE_StructPFMGSolve(h->multigrid, A, b, x) : HYPRE_StructSMGSolve(h->multigrid, A, b, x);
}

static HYPRE_Int setup_struct_multigrid(HYPRE_StructSolver self, HYPRE_StructMatrix A, HYPRE_StructVector b, HYPRE_StructVector x)
{
    const hypre *h = (const hypre *)self;
    return h->method == PFMG ? HYPRE_StructPFMGSetup(h->multigrid, A, b, x) : HYPRE_StructSMGSetup(h->multigrid, A, b, x);
}

static HYPRE_Int setup_amg_cycle(HYPRE_Solver self, HYPRE_ParCSRMatrix A, HYPRE_ParVector b, HYPRE_ParVector x)
{
    const hypre *h = (const hypre *)self;
    return setup_cancelled(h) ? HYPRE_ParVectorSetConstantValues(x, 0) : HYPRE_BoomerAMGSolve(h->amg, A, b, x);
}

static HYPRE_Int setup_amg_multigrid(HYPRE_Solver self, HYPRE_ParCSRMatrix A, HYPRE_ParVector b, HYPRE_ParVector x)
{
    return HYPRE_BoomerAMGSetup(((const hypre *)self)->amg, A, b, x);
}

static inline void setup_grid(hypre *h, const po_system *s)
{
    HYPRE_Int period[3] = {0, 0, 0};
    HYPRE_StructGridCreate(MPI_COMM_SELF, s->dim, &h->grid);
    for (int a = 0; a < s->dim; a++) { /* hypre's first index is the fastest */
        const po_axis *x = &s->axis[2 - a];
        h->upper[a] = x->n - 1;
        period[a] = x->sides[0] == PO_PERIODIC ? x->n : 0;
    }
    HYPRE_StructGridSetExtents(h->grid, h->lower, h->upper);
    HYPRE_StructGridSetPeriodic(h->grid, period);
    HYPRE_StructGridAssemble(h->grid);

    HYPRE_StructStencilCreate(s->dim, s->offset_count + 1, &h->stencil);
    for (int k = 0; k <= s->offset_count; k++) {
        HYPRE_Int offset[3] = {0, 0, 0};
        for (int a = 0; k > 0 && a < s->dim; a++)
            offset[a] = s->offset[k - 1].by[2 - a];
        HYPRE_StructStencilSetElement(h->stencil, k, offset);
    }
    HYPRE_StructMatrixCreate(MPI_COMM_SELF, h->grid, h->stencil, &h->A);
    HYPRE_StructMatrixSetSymmetric(h->A, 1);
    HYPRE_StructMatrixInitialize(h->A);
    for (HYPRE_Int k = 0; k <= s->offset_count; k++)
        HYPRE_StructMatrixSetBoxValues(h->A, h->lower, h->upper, 1, &k, k ? s->value + (int64_t)(k - 1) * s->n : s->diagonal);
    HYPRE_StructMatrixAssemble(h->A);
    for (int k = 0; k < 2; k++) {
        HYPRE_StructVector *v = k ? &h->x : &h->b;
        HYPRE_StructVectorCreate(MPI_COMM_SELF, h->grid, v);
        HYPRE_StructVectorInitialize(*v);
        HYPRE_StructVectorSetConstantValues(*v, 0);
        HYPRE_StructVectorAssemble(*v);
    }
}

static inline void setup_pfmg(hypre *h, const options *o, HYPRE_StructSolver *solver)
{
    HYPRE_StructPFMGCreate(MPI_COMM_SELF, solver);
    HYPRE_StructPFMGSetRelaxType(*solver, o->relax);
    HYPRE_StructPFMGSetNumPreRelax(*solver, o->pre);
    HYPRE_StructPFMGSetNumPostRelax(*solver, o->post);
    HYPRE_StructPFMGSetRAPType(*solver, o->rap);
    HYPRE_StructPFMGSetSkipRelax(*solver, o->skip_relax);
    HYPRE_StructPFMGSetMaxIter(*solver, h->pcg ? 1 : o->max_iterations);
    HYPRE_StructPFMGSetTol(*solver, 0);
    HYPRE_StructPFMGSetZeroGuess(*solver);
}

static inline void setup_smg(hypre *h, const options *o, HYPRE_StructSolver *solver)
{
    HYPRE_StructSMGCreate(MPI_COMM_SELF, solver);
    HYPRE_StructSMGSetMemoryUse(*solver, 0);
    HYPRE_StructSMGSetNumPreRelax(*solver, o->pre);
    HYPRE_StructSMGSetNumPostRelax(*solver, o->post);
    HYPRE_StructSMGSetMaxIter(*solver, h->pcg ? 1 : o->max_iterations);
    HYPRE_StructSMGSetTol(*solver, 0);
    HYPRE_StructSMGSetZeroGuess(*solver);
}

static inline void setup_struct(hypre *h, const po_system *s, const options *o)
{
    setup_grid(h, s);
    if (h->method == PFMG)
        setup_pfmg(h, o, &h->multigrid);
    else
        setup_smg(h, o, &h->multigrid);
    if (!h->pcg) {
        setup_struct_multigrid((HYPRE_StructSolver)h, h->A, h->b, h->x);
        return;
    }
    HYPRE_StructPCGCreate(MPI_COMM_SELF, &h->krylov);
    HYPRE_StructPCGSetMaxIter(h->krylov, o->max_iterations);
    HYPRE_StructPCGSetTwoNorm(h->krylov, 1);
    HYPRE_StructPCGSetPrecond(h->krylov, setup_struct_cycle, setup_struct_multigrid, (HYPRE_StructSolver)h);
    HYPRE_StructPCGSetup(h->krylov, h->A, h->b, h->x);
}

/* Returns 0 if there is no memory. */
static inline int setup_ij(hypre *h, po_system *s)
{
    HYPRE_Int *rows = malloc(sizeof *rows * (size_t)s->n), *counts = malloc(sizeof *counts * (size_t)s->n);
    if (!po_rows(s) || !rows || !counts) {
        free(rows), free(counts);
        return 0;
    }
    for (int i = 0; i < s->n; i++)
        rows[i] = i, counts[i] = s->row[i + 1] - s->row[i];
    HYPRE_IJMatrixCreate(MPI_COMM_SELF, 0, s->n - 1, 0, s->n - 1, &h->ijA);
    HYPRE_IJMatrixSetObjectType(h->ijA, HYPRE_PARCSR);
    HYPRE_IJMatrixSetRowSizes(h->ijA, counts);
    HYPRE_IJMatrixInitialize(h->ijA);
    HYPRE_IJMatrixSetValues(h->ijA, s->n, counts, rows, s->column, s->entry);
    HYPRE_IJMatrixAssemble(h->ijA);
    HYPRE_IJMatrixGetObject(h->ijA, (void **)&h->parA);
    for (int k = 0; k < 2; k++) {
        HYPRE_IJVector *v = k ? &h->ijx : &h->ijb;
        HYPRE_IJVectorCreate(MPI_COMM_SELF, 0, s->n - 1, v);
        HYPRE_IJVectorSetObjectType(*v, HYPRE_PARCSR);
        HYPRE_IJVectorInitialize(*v);
        HYPRE_IJVectorAssemble(*v);
        HYPRE_IJVectorGetObject(*v, (void **)(k ? &h->parx : &h->parb));
    }
    free(rows), free(counts);
    return 1;
}

static inline void setup_amg(hypre *h, const po_system *s, const options *o)
{
    HYPRE_BoomerAMGCreate(&h->amg);
    HYPRE_BoomerAMGSetCoarsenType(h->amg, o->coarsen);
    HYPRE_BoomerAMGSetInterpType(h->amg, o->interp);
    HYPRE_BoomerAMGSetPMaxElmts(h->amg, o->max_elements);
    HYPRE_BoomerAMGSetAggNumLevels(h->amg, o->aggressive);
    HYPRE_BoomerAMGSetCycleType(h->amg, o->cycle);
    HYPRE_BoomerAMGSetNumSweeps(h->amg, o->pre);
    /* hypre's advice: 0.25 in two dimensions, 0.5 in three. */
    HYPRE_BoomerAMGSetStrongThreshold(h->amg, o->strong_threshold > 0 ? o->strong_threshold : s->dim == 3 ? 0.5 : 0.25);
    if (o->relax >= 0)
        HYPRE_BoomerAMGSetRelaxType(h->amg, o->relax);
    if (s->singular) /* Gaussian elimination on the coarsest grid would divide by zero */
        HYPRE_BoomerAMGSetCycleRelaxType(h->amg, 6, 3);
    HYPRE_BoomerAMGSetMaxIter(h->amg, h->pcg ? 1 : o->max_iterations);
    HYPRE_BoomerAMGSetTol(h->amg, 0);
    if (!h->pcg) {
        HYPRE_BoomerAMGSetup(h->amg, h->parA, h->parb, h->parx);
        return;
    }
    HYPRE_ParCSRPCGCreate(MPI_COMM_SELF, &h->parkrylov);
    HYPRE_PCGSetMaxIter(h->parkrylov, o->max_iterations);
    HYPRE_PCGSetTwoNorm(h->parkrylov, 1);
    HYPRE_PCGSetPrecond(h->parkrylov, (HYPRE_PtrToSolverFcn)setup_amg_cycle, (HYPRE_PtrToSolverFcn)setup_amg_multigrid, (HYPRE_Solver)h);
    HYPRE_ParCSRPCGSetup(h->parkrylov, h->parA, h->parb, h->parx);
}

static inline int setup(hypre *h, po_system *s, const options *o)
{
    if (h->method != BOOMERAMG)
        return setup_struct(h, s, o), 1;
    if (!setup_ij(h, s))
        return 0;
    setup_amg(h, s, o);
    return 1;
}

static inline void setup_free(hypre *h)
{
    if (h->krylov)
        HYPRE_StructPCGDestroy(h->krylov);
    if (h->multigrid && h->method == PFMG)
        HYPRE_StructPFMGDestroy(h->multigrid);
    if (h->multigrid && h->method == SMG)
        HYPRE_StructSMGDestroy(h->multigrid);
    if (h->A) {
        HYPRE_StructVectorDestroy(h->x), HYPRE_StructVectorDestroy(h->b), HYPRE_StructMatrixDestroy(h->A);
        HYPRE_StructStencilDestroy(h->stencil), HYPRE_StructGridDestroy(h->grid);
    }
    if (h->parkrylov)
        HYPRE_ParCSRPCGDestroy(h->parkrylov);
    if (h->amg)
        HYPRE_BoomerAMGDestroy(h->amg);
    if (h->ijA)
        HYPRE_IJVectorDestroy(h->ijx), HYPRE_IJVectorDestroy(h->ijb), HYPRE_IJMatrixDestroy(h->ijA);
}

#endif
