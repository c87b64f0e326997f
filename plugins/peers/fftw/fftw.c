/*
 * fftw.c: a solver of solverbench whose transforms are FFTW's. Plans are made in prepare.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "direct.h"
#include "session.h"

#define PLANNER SB_OPTION_STRING("planner", "measure", "estimate|measure|patient", "how hard FFTW looks for a fast plan, in set-up")
static const sb_option direct_options[] = {
    SB_OPTION_STRING("symbol", "auto", "auto|difference|spectral",
                     "eigenvalues of the difference operator, or of the differential one (continuous problems without boundary data)"),
    PLANNER,
};

const sb_plugin *solverbench_describe(void)
{
    static const sb_solver solvers[] = {
        {.size = sizeof(sb_solver), .name = "fast-poisson", .schema = "solverbench.poisson.v1.Task", .parallel = 1,
         .doc = "Fast direct solver for constant coefficients: FFTW's sine, cosine and Fourier transforms diagonalise the operator.",
         .citation = "Frigo & Johnson 2005; Hockney 1965", .tags = "direct, spectral", .options = direct_options,
         .option_count = sizeof direct_options / sizeof *direct_options},
    };
    static const sb_plugin plugin = {
        .abi = SB_ABI, .size = sizeof(sb_plugin), .name = "fftw", .version = "0.1.0", .license = "GPL-2.0-or-later", .language = "c",
        .solvers = solvers, .solver_count = sizeof solvers / sizeof *solvers,
    };
    return &plugin;
}

int solverbench_prepare(sb_run *run)
{
    if (!fftw_init_threads())
        return sb_fail(run, SB_FAILED, "FFTW cannot use threads");
    fftw_plan_with_nthreads(run->threads);
    direct *d = run->state = calloc(1, sizeof *d);
    if (!d)
        return sb_fail(run, SB_FAILED, "no memory");
    po_reader from = session_reader(run);
    if (!direct_prepare(d, &from, sb_option_text(run, "symbol"), planner_flag(sb_option_text(run, "planner"))))
        return sb_fail(run, SB_UNSUPPORTED, "%s", d->error);
    return SB_OK;
}

int solverbench_solve(sb_run *run)
{
    direct *d = run->state;
    const sb_array *f = sb_get_array(run, "rhs");
    double *u = f ? sb_output(run, "u", f->rank, f->shape) : NULL;
    if (!u)
        return sb_fail(run, SB_INVALID, "no right-hand side");
    po_reader from = session_reader(run);
    if (!direct_solve(d, &from, u))
        return sb_fail(run, SB_INVALID, "%s", d->error);
    return SB_OK;
}

void solverbench_close(sb_run *run)
{
    if (run->state)
        direct_free(run->state);
    free(run->state);
}
