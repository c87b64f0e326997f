/* Red-black successive over-relaxation for the discrete Poisson equation on a rectangle, u = 0 on its sides. */
#include <math.h>
#include <stdlib.h>

#include "solverbench.h"

const sb_plugin *solverbench_describe(void)
{
    static const sb_option options[] = {
        SB_OPTION_FLOAT("omega", "0", "0", "2", "relaxation factor; 0 means the best one for this grid"),
        SB_OPTION_INT("sweeps", "100000", "1", "", "most sweeps of a solve"),
    };
    static const sb_solver solvers[] = {{
        .size = sizeof(sb_solver), .name = "sor", .schema = "solverbench.poisson.v1.Task", .tags = "iterative, relaxation",
        .doc = "Red-black successive over-relaxation.", .citation = "Young (1954), Trans. Amer. Math. Soc. 76, 92",
        .options = options, .option_count = 2,
    }};
    static const sb_plugin plugin = {
        .abi = SB_ABI, .size = sizeof(sb_plugin), .name = "example-c", .version = "0.1.0", .license = "Apache-2.0",
        .language = "c", .solvers = solvers, .solver_count = 1,
    };
    return &plugin;
}

/* What is kept between solves. The grid has a frame of zeros, the boundary, so that sweeps need no special cases. */
struct sor {
    int64_t nx, ny, sweeps;
    double ax, ay, omega, tolerance; /* the operator is ax (2u − west − east) + ay (2u − south − north) */
    double *u;
};

static const char *axis(int a, const char *field)
{
    static char path[64];
    snprintf(path, sizeof path, "axes.%d.%s", a, field);
    return path;
}

int solverbench_prepare(sb_run *run)
{
    double k[2];
    if (!sb_is(run, "kind", "KIND_DISCRETE") || sb_count(run, "axes") != 2 || sb_number(run, "cross_coefficient") != 0)
        return sb_fail(run, SB_UNSUPPORTED, "expected a discrete problem on a plane, without a cross coefficient");
    for (int a = 0; a < 2; a++) {
        if (!sb_is(run, axis(a, "lower_boundary"), "BOUNDARY_DIRICHLET") || !sb_is(run, axis(a, "upper_boundary"), "BOUNDARY_DIRICHLET") ||
            sb_has(run, axis(a, "lower_values")) || sb_has(run, axis(a, "upper_values")) || sb_has(run, axis(a, "face_coefficients")))
            return sb_fail(run, SB_UNSUPPORTED, "axis %d: expected u = 0 on both sides, and a constant coefficient", a);
        double h = (sb_number(run, axis(a, "upper")) - sb_number(run, axis(a, "lower"))) / (sb_number(run, axis(a, "points")) + 1);
        double coefficient = sb_number(run, axis(a, "coefficient"));
        k[a] = (coefficient == 0 ? 1 : coefficient) / (h * h);
    }
    struct sor *s = run->state = calloc(1, sizeof *s);
    if (!s)
        return sb_fail(run, SB_FAILED, "out of memory");
    *s = (struct sor){.ny = sb_integer(run, axis(0, "points")), .nx = sb_integer(run, axis(1, "points")), .ay = k[0], .ax = k[1],
                      .tolerance = sb_number(run, "tolerance"), .omega = sb_option_number(run, "omega"),
                      .sweeps = sb_option_integer(run, "sweeps")};
    if (s->omega == 0) {
        double pi = acos(-1), mu = (s->ax * cos(pi / (double)(s->nx + 1)) + s->ay * cos(pi / (double)(s->ny + 1))) / (s->ax + s->ay);
        s->omega = 2 / (1 + sqrt(1 - mu * mu)); /* mu is the spectral radius of Jacobi's iteration */
    }
    s->u = calloc((size_t)((s->nx + 2) * (s->ny + 2)), sizeof *s->u);
    return s->u ? SB_OK : sb_fail(run, SB_FAILED, "out of memory");
}

/* Relaxes the points of both colours, and returns the sum of the squares of the residuals met on the way. */
static double sweep(const struct sor *s, const double *f)
{
    int64_t row = s->nx + 2;
    double d = 2 * (s->ax + s->ay), sum = 0;
    for (int colour = 0; colour < 2; colour++)
        for (int64_t j = 0; j < s->ny; j++)
            for (int64_t i = (j + colour) % 2; i < s->nx; i += 2) {
                double *u = s->u + (j + 1) * row + i + 1;
                double r = f[j * s->nx + i] - d * *u + s->ax * (u[-1] + u[1]) + s->ay * (u[-row] + u[row]);
                *u += s->omega * r / d;
                sum += r * r;
            }
    return sum;
}

/* Copies the grid without its frame to the solution. */
static void hand_over(const struct sor *s, double *u)
{
    for (int64_t j = 0; j < s->ny; j++)
        memcpy(u + j * s->nx, s->u + (j + 1) * (s->nx + 2) + 1, (size_t)s->nx * sizeof *u);
}

int solverbench_solve(sb_run *run)
{
    struct sor *s = run->state;
    const int64_t shape[] = {s->ny, s->nx};
    const double *f = sb_expect(run, "rhs", 2, shape);
    double *u = sb_output(run, "u", 2, shape), ff = 0;
    if (!f || !u)
        return SB_INVALID;
    for (int64_t i = 0; i < s->nx * s->ny; i++)
        ff += f[i] * f[i];
    memset(s->u, 0, (size_t)((s->nx + 2) * (s->ny + 2)) * sizeof *s->u);
    double goal = s->tolerance * s->tolerance * ff, rr = ff;
    /* Residuals are those before each point was relaxed: asking for a tenth is on the safe side. */
    while (!(rr <= 0.01 * goal) && run->iterations < s->sweeps) { /* NaN goes on, and is found */
        rr = sweep(s, f);
        run->iterations++;
        if (sb_cancelled(run))
            return SB_CANCELLED;
        if (!(rr <= 1e12 * ff))
            return sb_fail(run, SB_DIVERGED, "residual %g after %lld sweeps", sqrt(rr), (long long)run->iterations);
        if (sb_want_checkpoint(run)) {
            hand_over(s, u);
            sb_checkpoint(run);
        }
        sb_progress(run, 0, "residual %.1e", sqrt(rr / ff));
    }
    hand_over(s, u);
    return SB_OK;
}

void solverbench_close(sb_run *run)
{
    struct sor *s = run->state;
    if (s)
        free(s->u);
    free(s);
}
