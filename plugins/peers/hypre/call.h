/*
 * call.h: one solve by hypre, as the plugin and the stand-alone program make it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CALL_H
#define CALL_H

#include "setup.h"

#include <time.h>

static inline double call_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Conjugate gradients, from zero. */
static inline int call_krylov(hypre *h, double tolerance)
{
    HYPRE_Int iterations = 0;
    if (h->method == BOOMERAMG) {
        HYPRE_PCGSetTol(h->parkrylov, tolerance);
        HYPRE_ParCSRPCGSolve(h->parkrylov, h->parA, h->parb, h->parx);
        HYPRE_PCGGetNumIterations(h->parkrylov, &iterations);
    } else {
        HYPRE_StructPCGSetTol(h->krylov, tolerance);
        HYPRE_StructPCGSolve(h->krylov, h->A, h->b, h->x);
        HYPRE_StructPCGGetNumIterations(h->krylov, &iterations);
    }
    return (int)iterations;
}

/* At most so many cycles of multigrid from what x holds, which is zero at first. */
static inline int call_cycles(hypre *h, double tolerance, int most, int first)
{
    HYPRE_Int iterations = 0;
    if (h->method == BOOMERAMG) {
        HYPRE_BoomerAMGSetMaxIter(h->amg, most);
        HYPRE_BoomerAMGSetTol(h->amg, tolerance);
        HYPRE_BoomerAMGSolve(h->amg, h->parA, h->parb, h->parx);
        HYPRE_BoomerAMGGetNumIterations(h->amg, &iterations);
    } else if (h->method == PFMG) {
        first ? HYPRE_StructPFMGSetZeroGuess(h->multigrid) : HYPRE_StructPFMGSetNonZeroGuess(h->multigrid);
        HYPRE_StructPFMGSetMaxIter(h->multigrid, most);
        HYPRE_StructPFMGSetTol(h->multigrid, tolerance);
        HYPRE_StructPFMGSolve(h->multigrid, h->A, h->b, h->x);
        HYPRE_StructPFMGGetNumIterations(h->multigrid, &iterations);
    } else {
        first ? HYPRE_StructSMGSetZeroGuess(h->multigrid) : HYPRE_StructSMGSetNonZeroGuess(h->multigrid);
        HYPRE_StructSMGSetMaxIter(h->multigrid, most);
        HYPRE_StructSMGSetTol(h->multigrid, tolerance);
        HYPRE_StructSMGSolve(h->multigrid, h->A, h->b, h->x);
        HYPRE_StructSMGGetNumIterations(h->multigrid, &iterations);
    }
    return (int)iterations;
}

/* Multigrid alone. A call cannot be interrupted: it is given the cycles that take a quarter of a second, as far as that is known; most
 * solves are one call, but the first of a session. */
static inline int call_multigrid(hypre *h, double tolerance, int most)
{
    int all = 0;
    while (all < most && !setup_cancelled(h)) {
        int asked = h->cycle_seconds > 0 ? (int)fmin(fmax(0.25 / h->cycle_seconds, 1), most - all) : 1;
        double began = call_seconds();
        int done = call_cycles(h, tolerance, asked, all == 0);
        all += done;
        if (done > 0)
            h->cycle_seconds = (call_seconds() - began) / done;
        if (done < asked)
            break;
    }
    return all;
}

/* Solves for one right-hand side to a relative residual, x from zero; returns the iterations. */
static inline int call(hypre *h, int n, double *b, double *x, double tolerance, int most)
{
    HYPRE_ClearAllErrors();
    if (h->method == BOOMERAMG) {
        HYPRE_IJVectorSetValues(h->ijb, n, NULL, b);
        HYPRE_ParVectorSetConstantValues(h->parx, 0);
    } else {
        HYPRE_StructVectorSetBoxValues(h->b, h->lower, h->upper, b);
        HYPRE_StructVectorSetConstantValues(h->x, 0);
    }
    int iterations = h->pcg ? call_krylov(h, tolerance) : call_multigrid(h, tolerance, most);
    if (h->method == BOOMERAMG)
        HYPRE_IJVectorGetValues(h->ijx, n, NULL, x);
    else
        HYPRE_StructVectorGetBoxValues(h->x, h->lower, h->upper, x);
    return iterations;
}

#endif
