/*
 * hypre.c: multigrid solvers of hypre as solvers of solverbench. Matrices and hierarchies are made in prepare; solve copies the
 * right-hand side in, calls hypre, and copies the answer out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "call.h"
#include "session.h"

static const char schema[] = "solverbench.poisson.v1.Task";

#define MAX_ITERATIONS SB_OPTION_INT("max-iterations", "200", "1", "1000000", "give up after this many")

static const sb_option pfmg_options[] = {
    SB_OPTION_INT("relax", "-1", "-1", "3", "0 Jacobi, 1 weighted Jacobi, 2 red-black Gauss-Seidel, symmetric, 3 unsymmetric; -1: 2, or 1 with a cross coefficient"),
    SB_OPTION_INT("pre", "1", "0", "100", "sweeps before coarse-grid correction"),
    SB_OPTION_INT("post", "1", "0", "100", "sweeps after it"),
    SB_OPTION_INT("rap", "0", "0", "1", "coarse operators: 0 Galerkin, 1 five- or seven-point, for constant coefficients"),
    SB_OPTION_BOOL("skip-relax", "true", "no relaxation on levels where it is of no use, for isotropic problems"),
    MAX_ITERATIONS,
};

static const sb_option smg_options[] = {
    SB_OPTION_INT("pre", "1", "0", "100", "sweeps before coarse-grid correction"),
    SB_OPTION_INT("post", "1", "0", "100", "sweeps after it"),
    MAX_ITERATIONS,
};

static const sb_option amg_options[] = {
    SB_OPTION_INT("coarsen", "10", "0", "22", "0 CLJP, 3 Ruge-Stueben, 6 Falgout, 8 PMIS, 10 HMIS"),
    SB_OPTION_INT("interp", "6", "0", "18", "interpolation: 0 classical, 3 direct, 6 extended+i, 8 standard, 14 extended, …"),
    SB_OPTION_INT("max-elements", "4", "0", "100", "entries kept in a row of the interpolation; 0: all"),
    SB_OPTION_FLOAT("strong-threshold", "0", "0", "1", "which couplings are strong; 0: 0.25, in three dimensions 0.5"),
    SB_OPTION_INT("aggressive", "0", "0", "25", "levels of aggressive coarsening"),
    SB_OPTION_INT("relax", "-1", "-1", "18", "smoother by hypre's number: 3 Gauss-Seidel, 6 symmetric, 8 l1-symmetric, 18 l1-Jacobi; -1: l1-Gauss-Seidel down and up"),
    SB_OPTION_INT("pre", "1", "1", "100", "sweeps before and after coarse-grid correction"),
    SB_OPTION_INT("cycle", "1", "1", "2", "1 V-cycles, 2 W-cycles"),
    MAX_ITERATIONS,
};

#define SOLVER(solver_name, text, source, table)                                                                                          \
    {                                                                                                                                     \
        .size = sizeof(sb_solver), .name = solver_name, .schema = schema, .doc = text, .citation = source, .tags = "iterative, multigrid", \
        .options = table, .option_count = sizeof table / sizeof *table,                                                                    \
    }

const sb_plugin *solverbench_describe(void)
{
    static const sb_solver solvers[] = {
        SOLVER("pfmg", "hypre's PFMG: semicoarsening multigrid with point smoothers, on grids.", "Ashby & Falgout 1996", pfmg_options),
        SOLVER("pfmg-pcg", "Conjugate gradients preconditioned by a V-cycle of hypre's PFMG, on grids.", "Ashby & Falgout 1996", pfmg_options),
        SOLVER("smg", "hypre's SMG: semicoarsening multigrid with plane smoothers, on grids.", "Schaffer 1998", smg_options),
        SOLVER("smg-pcg", "Conjugate gradients preconditioned by a V-cycle of hypre's SMG, on grids.", "Schaffer 1998", smg_options),
        SOLVER("boomeramg", "hypre's BoomerAMG: algebraic multigrid, on grids and sparse matrices.", "Henson & Yang 2002", amg_options),
        SOLVER("boomeramg-pcg", "Conjugate gradients preconditioned by a V-cycle of hypre's BoomerAMG, on grids and sparse matrices.",
               "Henson & Yang 2002", amg_options),
    };
    static const sb_plugin plugin = {
        .abi = SB_ABI, .size = sizeof(sb_plugin), .name = "hypre", .version = "0.1.0", .license = "Apache-2.0 OR MIT", .language = "c",
        .solvers = solvers, .solver_count = sizeof solvers / sizeof *solvers,
    };
    return &plugin;
}

typedef struct session {
    po_system system;
    hypre h;
    int max_iterations;
} session;

static options read_options(sb_run *run, method m)
{
    options o = {.pre = (int)sb_option_integer(run, "pre"), .max_iterations = (int)sb_option_integer(run, "max-iterations")};
    if (m != BOOMERAMG)
        o.post = (int)sb_option_integer(run, "post");
    if (m != SMG)
        o.relax = (int)sb_option_integer(run, "relax");
    if (m == PFMG) {
        o.rap = (int)sb_option_integer(run, "rap");
        o.skip_relax = (int)sb_option_integer(run, "skip-relax");
    }
    if (m == BOOMERAMG) {
        o.coarsen = (int)sb_option_integer(run, "coarsen");
        o.interp = (int)sb_option_integer(run, "interp");
        o.cycle = (int)sb_option_integer(run, "cycle");
        o.aggressive = (int)sb_option_integer(run, "aggressive");
        o.max_elements = (int)sb_option_integer(run, "max-elements");
        o.strong_threshold = sb_option_number(run, "strong-threshold");
    }
    return o;
}

/* MPI and hypre live as long as the process: neither can be started twice. */
static void start(void)
{
    int started = 0;
    MPI_Initialized(&started);
    if (!started) {
        MPI_Init(NULL, NULL);
        HYPRE_Init();
    }
}

int solverbench_prepare(sb_run *run)
{
    session *s = run->state = calloc(1, sizeof *s);
    if (!s)
        return sb_fail(run, SB_FAILED, "no memory");
    int wrong = session_read(run, &s->system);
    if (wrong)
        return wrong;
    s->h.method = strncmp(run->solver, "pfmg", 4) == 0 ? PFMG : strncmp(run->solver, "smg", 3) == 0 ? SMG : BOOMERAMG;
    s->h.pcg = strstr(run->solver, "-pcg") != NULL;
    if (s->h.method != BOOMERAMG && s->system.kind == PO_MATRIX)
        return sb_fail(run, SB_UNSUPPORTED, "a sparse matrix: %s needs a grid; boomeramg takes it", run->solver);
    if (s->h.method != BOOMERAMG && s->system.dim == 1)
        return sb_fail(run, SB_UNSUPPORTED, "one dimension: %s is for two and three; boomeramg takes it", run->solver);
    options o = read_options(run, s->h.method);
    if (s->h.method == PFMG && o.relax < 0)
        o.relax = s->system.cross != 0 ? 1 : 2;
    if (s->h.method == PFMG && s->system.cross != 0 && (o.relax > 1 || o.rap != 0))
        return sb_fail(run, SB_UNSUPPORTED, "a cross coefficient with relax %d and rap %d: hypre's red-black smoothers and rap 1 are for "
                       "stencils without diagonals", o.relax, o.rap);
    start();
    s->max_iterations = o.max_iterations;
    HYPRE_ClearAllErrors();
    if (!setup(&s->h, &s->system, &o))
        return sb_fail(run, SB_FAILED, "%s", s->system.error);
    if (HYPRE_GetError() != 0) {
        char text[256];
        HYPRE_DescribeError(HYPRE_GetError(), text);
        return sb_fail(run, SB_FAILED, "hypre's set-up: %s", text);
    }
    return SB_OK;
}

static int cancelled(void *run) { return sb_cancelled(run); }

int solverbench_solve(sb_run *run)
{
    session *s = run->state;
    po_system *p = &s->system;
    int wrong = session_load(run, p);
    if (wrong)
        return wrong;
    const sb_array *f = sb_get_array(run, "rhs");
    double *u = sb_output(run, "u", f->rank, f->shape);
    if (!u)
        return SB_FAILED;

    s->h.cancelled = cancelled, s->h.run = run;
    /* hypre stops on the residual of its recurrence, in symmetric form. Where the residual itself, in row form, is still too large, what
     * is left is solved for: iterative refinement. */
    double *b = p->b, *x = u, *correction = NULL, target = po_target(p), residual = p->reference > 0, before = INFINITY;
    while (residual > target && residual < before / 2 && run->iterations < s->max_iterations) {
        before = residual;
        double size = po_norm(b, p->n), tolerance = fmin(target * p->reference / size, 0.5);
        run->iterations += call(&s->h, p->n, b, x, tolerance, s->max_iterations - (int)run->iterations);
        for (int i = 0; x != u && i < p->n; i++)
            u[i] += x[i];
        residual = po_residual(p, u);
        if (sb_cancelled(run)) {
            free(correction);
            return SB_CANCELLED;
        }
        if (residual > target && !correction && !(correction = malloc(sizeof(double) * (size_t)p->n)))
            return sb_fail(run, SB_FAILED, "no memory");
        po_project(p);
        b = p->r, x = correction;
    }
    free(correction);
    return session_verdict(run, p, u, residual);
}

void solverbench_close(sb_run *run)
{
    session *s = run->state;
    if (!s)
        return;
    setup_free(&s->h);
    po_free(&s->system);
    free(s);
    run->state = NULL;
}
