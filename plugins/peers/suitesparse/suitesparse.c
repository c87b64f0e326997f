/*
 * suitesparse.c: CHOLMOD of SuiteSparse as a solver of solverbench. The analysis and the factorisation are made in prepare; solve
 * is one solve with the factor, written straight into the answer, and a look at the residual.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "factor.h"
#include "session.h"

const sb_plugin *solverbench_describe(void)
{
    static const sb_option options[] = {
        SB_OPTION_STRING("ordering", "auto", "auto|amd|metis|nesdis|natural",
                         "which permutation keeps the factor sparse; auto: CHOLMOD's choice, AMD, and METIS where AMD leaves much fill-in"),
        SB_OPTION_STRING("factor", "auto", "auto|simplicial|supernodal", "dense blocks or single columns; auto: by operations an entry"),
        SB_OPTION_INT("refine", "2", "0", "100", "most steps of iterative refinement where the answer is short of the tolerance"),
    };
    static const sb_solver solvers[] = {
        {.size = sizeof(sb_solver), .name = "cholmod", .schema = "solverbench.poisson.v1.Task", .parallel = 1,
         .doc = "Sparse Cholesky factorisation by CHOLMOD, supernodal or simplicial, on grids and sparse matrices.",
         .citation = "Chen, Davis, Hager & Rajamanickam 2008", .tags = "direct", .options = options,
         .option_count = sizeof options / sizeof *options},
    };
    static const sb_plugin plugin = {
        .abi = SB_ABI, .size = sizeof(sb_plugin), .name = "suitesparse", .version = "0.1.0", .license = "GPL-2.0-or-later", .language = "c",
        .solvers = solvers, .solver_count = sizeof solvers / sizeof *solvers,
    };
    return &plugin;
}

typedef struct session {
    po_system system;
    factor f;
} session;

int solverbench_prepare(sb_run *run)
{
    session *s = run->state = calloc(1, sizeof *s);
    if (!s)
        return sb_fail(run, SB_FAILED, "no memory");
    int wrong = session_read(run, &s->system);
    if (wrong)
        return wrong;
    if (!factor_make(&s->f, &s->system, sb_option_text(run, "ordering"), sb_option_text(run, "factor")))
        return sb_fail(run, SB_FAILED, "%s", s->f.error);
    return SB_OK;
}

int solverbench_solve(sb_run *run)
{
    session *s = run->state;
    int wrong = session_load(run, &s->system);
    if (wrong)
        return wrong;
    const sb_array *f = sb_get_array(run, "rhs");
    double *u = sb_output(run, "u", f->rank, f->shape);
    if (!u)
        return SB_FAILED;
    long steps = 0;
    double residual = factor_solve(&s->f, &s->system, u, (int)sb_option_integer(run, "refine"), &steps);
    run->iterations = steps;
    if (residual < 0)
        return sb_fail(run, SB_FAILED, "%s", s->f.error);
    return sb_cancelled(run) ? SB_CANCELLED : session_verdict(run, &s->system, u, residual);
}

void solverbench_close(sb_run *run)
{
    session *s = run->state;
    if (!s)
        return;
    factor_free(&s->f);
    po_free(&s->system);
    free(s);
    run->state = NULL;
}
