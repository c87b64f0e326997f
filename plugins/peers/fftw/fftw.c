/*
 * fftw.c: solvers of solverbench whose transforms are FFTW's. Plans are made in prepare.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "direct.h"
#include "ks.h"
#include "nse.h"
#include "session.h"

#define PLANNER SB_OPTION_STRING("planner", "measure", "estimate|measure|patient", "how hard FFTW looks for a fast plan, in set-up")
static const sb_option direct_options[] = {
    SB_OPTION_STRING("symbol", "auto", "auto|difference|spectral",
                     "eigenvalues of the difference operator, or of the differential one (continuous problems without boundary data)"),
    PLANNER,
};

static const sb_option ks_options[] = {
    SB_OPTION_INT("modes", "0", "0", "1048576", "Fourier modes, as many as grid points; 0 chooses from the data and the tolerance"),
    SB_OPTION_FLOAT("dt", "0", "0", "", "longest time step, shortened to divide the output intervals; 0 chooses from the tolerance"),
    PLANNER,
};

static const sb_option nse_options[] = {
    SB_OPTION_INT("modes", "0", "0", "16384", "Fourier modes in each direction, as many as grid points; 0 chooses from the data and the tolerance"),
    SB_OPTION_FLOAT("dt", "0", "0", "", "longest time step, shortened to divide the output intervals; 0 chooses from stability and the tolerance"),
    PLANNER,
};

const sb_plugin *solverbench_describe(void)
{
    static const sb_solver solvers[] = {
        {.size = sizeof(sb_solver), .name = "fast-poisson", .schema = "solverbench.poisson.v1.Task", .parallel = 1,
         .doc = "Fast direct solver for constant coefficients: FFTW's sine, cosine and Fourier transforms diagonalise the operator.",
         .citation = "Frigo & Johnson 2005; Hockney 1965", .tags = "direct, spectral", .options = direct_options,
         .option_count = sizeof direct_options / sizeof *direct_options},
        {.size = sizeof(sb_solver), .name = "etdrk4", .schema = "solverbench.semilinear.v1.Task",
         .doc = "Exponential time differencing, Runge-Kutta of order 4, two-thirds dealiased, with FFTW's real transforms.",
         .citation = "Cox & Matthews 2002, eq. 26-29; Kassam & Trefethen 2005; Frigo & Johnson 2005", .tags = "spectral, exponential",
         .options = ks_options, .option_count = sizeof ks_options / sizeof *ks_options},
        {.size = sizeof(sb_solver), .name = "spectral-ifrk4", .schema = "solverbench.nse.v1.Task", .parallel = 1,
         .doc = "Pseudo-spectral, Runge-Kutta of order 4 on the integrating-factor variable, two-thirds dealiased, with FFTW's real transforms.",
         .citation = "Basdevant 1983; Canuto, Hussaini, Quarteroni & Zang 2006; Frigo & Johnson 2005", .tags = "spectral",
         .options = nse_options, .option_count = sizeof nse_options / sizeof *nse_options},
    };
    static const sb_plugin plugin = {
        .abi = SB_ABI, .size = sizeof(sb_plugin), .name = "fftw", .version = "0.1.0", .license = "GPL-2.0-or-later", .language = "c",
        .solvers = solvers, .solver_count = sizeof solvers / sizeof *solvers,
    };
    return &plugin;
}

static int prepare_direct(sb_run *run)
{
    direct *d = run->state = calloc(1, sizeof *d);
    if (!d)
        return sb_fail(run, SB_FAILED, "no memory");
    int wrong = session_shape(run);
    if (wrong)
        return wrong;
    po_reader from = session_reader(run);
    if (!direct_prepare(d, &from, sb_option_text(run, "symbol"), planner_flag(sb_option_text(run, "planner"))))
        return sb_fail(run, SB_UNSUPPORTED, "%s", d->error);
    return SB_OK;
}

static int solve_direct(sb_run *run)
{
    direct *d = run->state;
    const sb_array *f = sb_get_array(run, "rhs");
    double *u = f ? sb_output(run, "u", f->rank, f->shape) : NULL;
    if (!u)
        return sb_fail(run, SB_INVALID, "no right-hand side");
    po_reader from = session_reader(run);
    return direct_solve(d, &from, u) ? SB_OK : sb_fail(run, SB_INVALID, "%s", d->error);
}

static int prepare_ks(sb_run *run)
{
    ks *s = run->state = calloc(1, sizeof *s);
    if (!s)
        return sb_fail(run, SB_FAILED, "no memory");
    po_reader from = session_reader(run);
    if (!ks_prepare(s, &from, (int)sb_option_integer(run, "modes"), sb_option_number(run, "dt"), planner_flag(sb_option_text(run, "planner"))))
        return sb_fail(run, SB_INVALID, "%s", s->error);
    return SB_OK;
}

static int prepare_nse(sb_run *run)
{
    nse *s = run->state = calloc(1, sizeof *s);
    if (!s)
        return sb_fail(run, SB_FAILED, "no memory");
    po_reader from = session_reader(run);
    if (!nse_prepare(s, &from, (int)sb_option_integer(run, "modes"), sb_option_number(run, "dt"), planner_flag(sb_option_text(run, "planner"))))
        return sb_fail(run, SB_INVALID, "%s", s->error);
    return SB_OK;
}

static int cancelled(void *run) { return sb_cancelled(run); }

/* What the end of a march is to the harness. */
static int conclude(sb_run *run, int done, long steps, const char *error)
{
    run->iterations = steps;
    switch (done) {
    case 1:
        return SB_OK;
    case -1:
        return SB_CANCELLED;
    case -2:
        return sb_fail(run, SB_DIVERGED, "not a number after %ld steps", steps);
    }
    return sb_fail(run, SB_INVALID, "%s", error);
}

static int solve_ks(sb_run *run)
{
    ks *s = run->state;
    double *u = sb_output(run, "u", 2, (int64_t[]){s->time_count, s->out});
    if (!u)
        return sb_fail(run, SB_FAILED, "no room for the answer");
    po_reader from = session_reader(run);
    int done = ks_solve(s, &from, u, cancelled, run);
    return conclude(run, done, s->steps, s->error);
}

static int solve_nse(sb_run *run)
{
    nse *s = run->state;
    double *w = sb_output(run, "vorticity", 3, (int64_t[]){s->time_count, s->out, s->out});
    if (!w)
        return sb_fail(run, SB_FAILED, "no room for the answer");
    po_reader from = session_reader(run);
    int done = nse_solve(s, &from, w, cancelled, run);
    return conclude(run, done, s->steps, s->error);
}

enum method { DIRECT, KS, NSE };

static enum method method(const sb_run *run)
{
    return strcmp(run->solver, "fast-poisson") == 0 ? DIRECT : strcmp(run->solver, "etdrk4") == 0 ? KS : NSE;
}

int solverbench_prepare(sb_run *run)
{
    if (!fftw_init_threads())
        return sb_fail(run, SB_FAILED, "FFTW cannot use threads");
    fftw_plan_with_nthreads(method(run) == KS ? 1 : run->threads);
    switch (method(run)) {
    case DIRECT:
        return prepare_direct(run);
    case KS:
        return prepare_ks(run);
    default:
        return prepare_nse(run);
    }
}

int solverbench_solve(sb_run *run)
{
    switch (method(run)) {
    case DIRECT:
        return solve_direct(run);
    case KS:
        return solve_ks(run);
    default:
        return solve_nse(run);
    }
}

void solverbench_close(sb_run *run)
{
    if (!run->state)
        return;
    switch (method(run)) {
    case DIRECT:
        direct_free(run->state);
        break;
    case KS:
        ks_free(run->state);
        break;
    default:
        nse_free(run->state);
    }
    free(run->state);
}
