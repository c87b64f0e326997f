/*
 * petsc.c: Krylov solvers of PETSc as solvers of solverbench. Matrices and preconditioners are made in prepare.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "krylov.h"
#include "session.h"

static const char schema[] = "solverbench.poisson.v1.Task";

static const sb_option options[] = {
    SB_OPTION_STRING("pc", "gamg", "jacobi|icc|gamg|mg|none",
                     "preconditioner: diagonal, incomplete Cholesky, algebraic multigrid, geometric multigrid on grids that halve, or none"),
    SB_OPTION_STRING("options", "", "", "more options as PETSc's command line has them: '-pc_gamg_threshold 0.02 -mg_levels_ksp_max_it 3'"),
    SB_OPTION_INT("max-iterations", "10000", "1", "100000000", "give up after this many"),
};

#define SOLVER(solver_name, text, source)                                                                                                 \
    {                                                                                                                                     \
        .size = sizeof(sb_solver), .name = solver_name, .schema = schema, .doc = text, .citation = source, .tags = "iterative, krylov",     \
        .options = options, .option_count = sizeof options / sizeof *options,                                                              \
    }

const sb_plugin *solverbench_describe(void)
{
    static const sb_solver solvers[] = {
        SOLVER("cg", "PETSc's conjugate gradients, preconditioned, on grids and sparse matrices.", "Hestenes & Stiefel 1952"),
        SOLVER("gmres", "PETSc's GMRES(30), preconditioned from the right, on grids and sparse matrices.", "Saad & Schultz 1986"),
        SOLVER("minres", "PETSc's MINRES, preconditioned, on grids and sparse matrices.", "Paige & Saunders 1975"),
    };
    static const sb_plugin plugin = {
        .abi = SB_ABI, .size = sizeof(sb_plugin), .name = "petsc", .version = "0.1.0", .license = "BSD-2-Clause", .language = "c",
        .solvers = solvers, .solver_count = sizeof solvers / sizeof *solvers,
    };
    return &plugin;
}

typedef struct session {
    po_system system;
    krylov k;
} session;

int solverbench_prepare(sb_run *run)
{
    session *s = run->state = calloc(1, sizeof *s);
    if (!s)
        return sb_fail(run, SB_FAILED, "no memory");
    const char *pc = sb_option_text(run, "pc"), *more = sb_option_text(run, "options"), *stray = krylov_stray(more);
    if (stray)
        return sb_fail(run, SB_INVALID, "option options: \"%.40s\" in \"%s\", expected -name or -name value", stray, more);
    int wrong = session_read(run, &s->system);
    if (wrong)
        return wrong;
    mg_grids grids = {0};
    if (strcmp(pc, "mg") == 0) {
        if (s->system.kind == PO_MATRIX)
            return sb_fail(run, SB_UNSUPPORTED, "a sparse matrix: pc=mg needs a grid; pc=gamg takes it");
        mg_coarsen(&grids, &s->system);
        if (mg_unsuitable(&grids, &s->system))
            return sb_fail(run, SB_UNSUPPORTED, "%s", s->system.error);
    }
    s->k.max_iterations = (int)sb_option_integer(run, "max-iterations");
    if (!krylov_prepare(&s->k, &s->system, run->solver, pc, more, &grids))
        return sb_fail(run, SB_FAILED, "%s", s->k.error);
    return SB_OK;
}

static int cancelled(void *run) { return sb_cancelled(run); }
static int want_checkpoint(void *run) { return sb_want_checkpoint(run); }

/* The answer's array has the right-hand side's shape, and is the same one each time that it is asked for. */
static double *answer(sb_run *run)
{
    const sb_array *f = sb_get_array(run, "rhs");
    return sb_output(run, "u", f->rank, f->shape);
}

static void checkpoint(void *run, const double *u)
{
    double *shown = answer(run);
    if (!shown)
        return;
    memcpy(shown, u, sizeof(double) * (size_t)sb_get_array(run, "rhs")->count);
    sb_checkpoint(run);
}

int solverbench_solve(sb_run *run)
{
    session *s = run->state;
    int wrong = session_load(run, &s->system);
    if (wrong)
        return wrong;
    double *u = answer(run);
    if (!u)
        return SB_FAILED;
    int done = krylov_solve(&s->k, (hooks){run, cancelled, want_checkpoint, checkpoint}, u);
    run->iterations = s->k.iterations;
    if (s->k.cancelled)
        return SB_CANCELLED;
    if (!done)
        return sb_fail(run, SB_FAILED, "%s", s->k.error);
    int verdict = session_verdict(run, &s->system, u, s->k.residual);
    if (verdict != SB_OK && s->k.reason < 0)
        return sb_fail(run, verdict, "%s: relative residual %g after %d iterations", KSPConvergedReasons[s->k.reason], s->k.residual, s->k.iterations);
    return verdict;
}

void solverbench_close(sb_run *run)
{
    session *s = run->state;
    if (!s)
        return;
    krylov_free(&s->k);
    po_free(&s->system);
    free(s);
    run->state = NULL;
}
