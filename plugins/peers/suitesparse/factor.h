/*
 * factor.h: CHOLMOD's factorisation of a system of poisson.h, and solves with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FACTOR_H
#define FACTOR_H

#include "poisson.h"

#include <cholmod.h>

typedef struct factor {
    cholmod_common common;
    cholmod_factor *L;
    cholmod_dense *y, *e; /* CHOLMOD's workspace for solves */
    double *correction;
    int started;
    char error[200];
} factor;

static inline int factor_fail(factor *f, const char *doing)
{
    switch (f->common.status) {
    case CHOLMOD_OUT_OF_MEMORY:
        snprintf(f->error, sizeof f->error, "CHOLMOD has no memory for %s", doing);
        break;
    case CHOLMOD_TOO_LARGE:
        snprintf(f->error, sizeof f->error, "too large for CHOLMOD with 32-bit integers: %s", doing);
        break;
    case CHOLMOD_NOT_POSDEF:
        snprintf(f->error, sizeof f->error, "the matrix is not positive definite: no pivot in column %zu of its permutation", f->L->minor);
        break;
    default:
        snprintf(f->error, sizeof f->error, "CHOLMOD's status %d in %s", f->common.status, doing);
    }
    return 0;
}

/* The ordering of an option's value. With auto CHOLMOD tries AMD, and METIS too where AMD leaves much fill-in. */
static inline void factor_order(cholmod_common *c, const char *ordering)
{
    static const struct {
        const char *name;
        int ordering;
    } known[] = {{"amd", CHOLMOD_AMD}, {"metis", CHOLMOD_METIS}, {"nesdis", CHOLMOD_NESDIS}, {"natural", CHOLMOD_NATURAL}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(ordering, known[i].name) == 0) {
            c->nmethods = 1;
            c->method[0].ordering = known[i].ordering;
            c->postorder = known[i].ordering != CHOLMOD_NATURAL;
        }
}

/* A singular operator determines u up to a constant: the first vertex is held at zero, and its row leaves the system. What is left is
 * positive definite, and its answer is one of the whole system, whose right-hand side is compatible. */
static inline void factor_pin(po_system *p)
{
    for (int j = p->row[0]; j < p->row[1]; j++) {
        int other = p->column[j];
        if (other == 0)
            continue;
        p->entry[j] = 0;
        p->entry[p->row[other]] = 0; /* the first of its row, columns ascending */
    }
}

/* Analyses and factorises; 0 if it cannot, with f->error. kind is auto, simplicial or supernodal. */
static inline int factor_make(factor *f, po_system *p, const char *ordering, const char *kind)
{
    cholmod_common *c = &f->common;
    f->started = cholmod_start(c);
    if (!po_rows(p))
        return snprintf(f->error, sizeof f->error, "%s", p->error), 0;
    if (p->singular)
        factor_pin(p);
    c->print = 0;
    c->useGPU = 0;
    c->quick_return_if_not_posdef = 1;
    c->supernodal = strcmp(kind, "simplicial") == 0 ? CHOLMOD_SIMPLICIAL : strcmp(kind, "supernodal") == 0 ? CHOLMOD_SUPERNODAL : CHOLMOD_AUTO;
    factor_order(c, ordering);
    cholmod_sparse A = {/* rows of a symmetric matrix are its columns; CHOLMOD reads the upper triangle */
        .nrow = (size_t)p->n, .ncol = (size_t)p->n, .nzmax = (size_t)p->row[p->n], .p = p->row, .i = p->column, .x = p->entry,
        .stype = 1, .itype = CHOLMOD_INT, .xtype = CHOLMOD_REAL, .dtype = CHOLMOD_DOUBLE, .sorted = 1, .packed = 1,
    };
    f->L = cholmod_analyze(&A, c);
    if (!f->L)
        return factor_fail(f, "the analysis");
    int done = 0;
/* CHOLMOD asks for four threads of OpenMP, whatever OMP_NUM_THREADS says, each of which calls a BLAS with threads of its own: one is
 * enough, and the BLAS has those that are allowed. */
#pragma omp teams num_teams(1) thread_limit(1) shared(A, c, f, done)
    done = cholmod_factorize(&A, f->L, c);
    if (!done || c->status != CHOLMOD_OK)
        return factor_fail(f, "the factorisation");
    if (p->kind != PO_MATRIX) { /* residuals need only the stencil */
        free(p->row), free(p->column), free(p->entry);
        p->row = p->column = NULL, p->entry = NULL;
    }
    return 1;
}

/* x = A⁻¹ b, written where it is wanted. */
static inline int factor_apply(factor *f, po_system *p, double *b, double *x)
{
    size_t n = (size_t)p->n;
    cholmod_dense B = {.nrow = n, .ncol = 1, .nzmax = n, .d = n, .x = b, .xtype = CHOLMOD_REAL, .dtype = CHOLMOD_DOUBLE}, X = B, *into = &X;
    double first = b[0];
    X.x = x;
    if (p->singular)
        b[0] = 0;
    int done = cholmod_solve2(CHOLMOD_A, f->L, &B, NULL, &into, NULL, &f->y, &f->e, &f->common);
    b[0] = first;
    return done || factor_fail(f, "a solve");
}

/* Solves for the data that po_load has read into u, with at most `refine` steps of iterative refinement; *steps is how many solves it
 * took. Returns the relative residual, or -1 with f->error. */
static inline double factor_solve(factor *f, po_system *p, double *u, int refine, long *steps)
{
    double target = po_target(p), residual = p->reference > 0, before;
    if (p->reference == 0)
        return memset(u, 0, sizeof(double) * (size_t)p->n), 0;
    if (!factor_apply(f, p, p->b, u))
        return -1;
    *steps = 1;
    before = residual, residual = po_residual(p, u);
    for (int k = 0; k < refine && residual > target && residual < before / 2; k++) {
        if (!f->correction && !(f->correction = malloc(sizeof(double) * (size_t)p->n)))
            return snprintf(f->error, sizeof f->error, "no memory for refinement"), -1;
        po_project(p);
        if (!factor_apply(f, p, p->r, f->correction))
            return -1;
        ++*steps;
        for (int i = 0; i < p->n; i++)
            u[i] += f->correction[i];
        before = residual, residual = po_residual(p, u);
    }
    return residual;
}

static inline void factor_free(factor *f)
{
    if (!f->started)
        return;
    cholmod_free_factor(&f->L, &f->common);
    cholmod_free_dense(&f->y, &f->common);
    cholmod_free_dense(&f->e, &f->common);
    cholmod_finish(&f->common);
    free(f->correction);
}

#endif
