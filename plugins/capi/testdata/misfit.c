/* A solver that does what its option says, and it is wrong. Compiled with -D…, the library is wrong as a whole. */
#include <stdlib.h>
#include <time.h>

#include "solverbench.h"

#ifndef ABI
#define ABI SB_ABI
#endif
#ifndef DEFAULT
#define DEFAULT "copy"
#endif

const sb_plugin *solverbench_describe(void)
{
    static const sb_option options[] = {SB_OPTION_STRING("mode", DEFAULT, "", "what to do"), SB_OPTION_FLOAT("x", "1", "0", "2", "")};
    static const sb_solver solvers[] = {{sizeof(sb_solver), 0, "misfit", "solverbench.poisson.v1.Task", "", "", "", options, 2}};
    static const sb_plugin plugin = {ABI, sizeof(sb_plugin), "misfit", "1", "MIT", NULL, solvers, 1};
#ifdef NO_DESCRIPTION
    return NULL;
#endif
    return &plugin;
}

#ifdef NO_SOLVE
#define solverbench_solve a_function_of_another_name
#endif

static const char *mode;

#define IS(name) (strcmp(mode, name) == 0)

int solverbench_prepare(sb_run *run)
{
    mode = sb_option_text(run, "mode");
    run->state = malloc(1000);
    if (IS("prepare-unsupported"))
        return sb_fail(run, SB_UNSUPPORTED, "not on %s", "Tuesdays");
    if (IS("prepare-reads-data"))
        ((char *)run->state)[0] = (char)sb_doubles(run, "rhs")[0];
    if (IS("prepare-output"))
        sb_output(run, "u", 0, NULL);
    return SB_OK;
}

__attribute__((noinline)) void fall(volatile int *p) { *p = 1; }

__attribute__((noinline)) int deep(int n)
{
    volatile char page[4096];
    page[n % 4096] = (char)n;
    return n < 0 ? 0 : deep(n + 1) + page[n % 4096];
}

#ifdef THROW
extern "C" int solverbench_solve(sb_run *run);
#include <stdexcept>
#endif

int solverbench_solve(sb_run *run)
{
    const sb_array *f = sb_get_array(run, "rhs");
    if (IS("copy")) {
        double *u = sb_output(run, "u", f->rank, f->shape);
        return u ? (memcpy(u, f->data, (size_t)f->count * sizeof *u), SB_OK) : SB_FAILED;
    }
    const int64_t wrong[] = {3, 5}, negative[] = {4, -4}, huge[] = {INT64_MAX, 8};
#ifdef THROW
    if (IS("throw"))
        throw std::runtime_error("nobody catches this");
    if (IS("throw-guarded"))
        return sb_guard(run, [&]() -> int { throw std::runtime_error("this is caught"); });
#endif
    if (IS("nothing"))
        return SB_OK;
    if (IS("wrong-shape"))
        return sb_output(run, "u", 2, wrong) ? SB_OK : SB_FAILED;
    if (IS("negative-shape"))
        return sb_output(run, "u", 2, negative) ? SB_OK : SB_FAILED;
    if (IS("huge-shape"))
        return sb_output(run, "u", 2, huge) ? SB_OK : SB_FAILED;
    if (IS("null-shape"))
        return sb_output(run, "u", 2, NULL) ? SB_OK : SB_FAILED;
    if (IS("huge-rank"))
        return sb_output(run, "u", 1 << 30, wrong) ? SB_OK : SB_FAILED;
    if (IS("wrong-type"))
        return run->output(run, "u", SB_INT32, f->rank, f->shape) ? SB_OK : SB_FAILED;
    if (IS("no-type"))
        return run->output(run, "u", 99, f->rank, f->shape) ? SB_OK : SB_FAILED;
    if (IS("two-shapes"))
        return sb_output(run, "u", f->rank, f->shape) && sb_output(run, "u", 2, wrong) ? SB_OK : SB_FAILED;
    if (IS("null-name"))
        return sb_output(run, NULL, f->rank, f->shape) ? SB_OK : SB_FAILED;
    if (IS("wrong-name"))
        return sb_output(run, "v", f->rank, f->shape) ? SB_OK : SB_FAILED;
    if (IS("null-path"))
        return (int)sb_number(run, NULL);
    if (IS("wrong-path"))
        return (int)sb_number(run, "tolernace");
    if (IS("wrong-deep-path"))
        return (int)sb_number(run, "axes.0.pints");
    if (IS("wrong-index"))
        return (int)sb_number(run, "axes.first.points");
    if (IS("path-into-array"))
        return (int)sb_number(run, "rhs.shape");
    if (IS("path-into-absent"))
        return (int)sb_number(run, "matrix.value");
    if (IS("wrong-kind"))
        return (int)sb_number(run, "rhs");
    if (IS("wrong-element"))
        return run->field(run, "rhs", SB_AS_ELEMENTS(SB_INT32)) ? SB_OK : SB_FAILED;
    if (IS("wrong-option"))
        return (int)sb_option_number(run, "y");
    if (IS("oracle"))
        return sb_oracle(run, "noise", NULL, 0, sb_doubles(run, "rhs"), 1, (double *)run->state);
    if (IS("code"))
        return 17;
    if (IS("unsupported"))
        return sb_fail(run, SB_UNSUPPORTED, "not on %s", "Tuesdays");
    if (IS("failed"))
        return sb_fail(run, SB_FAILED, "no convergence in %d iterations", 10);
    if (IS("silent"))
        return SB_FAILED;
    if (IS("long-message")) {
        char text[5000];
        memset(text, 'x', sizeof text - 1);
        text[sizeof text - 1] = 0;
        return sb_fail(run, SB_FAILED, "%s", text);
    }
    if (IS("diverged"))
        return sb_fail(run, SB_DIVERGED, "residual %g", 1e300);
    if (IS("invalid"))
        return sb_fail(run, SB_INVALID, "no such grid");
    if (IS("cancelled"))
        return SB_CANCELLED;
    if (IS("wait")) {
        const struct timespec pause = {0, 1000000};
        while (!sb_cancelled(run))
            nanosleep(&pause, NULL);
        return SB_CANCELLED;
    }
    if (IS("segfault"))
        fall(NULL);
    if (IS("null-function"))
        ((int (*)(void))(uintptr_t)run->iterations)();
    if (IS("overflow"))
        return deep(1);
    if (IS("abort"))
        abort();
    volatile int zero = (int)run->iterations;
    if (IS("divide"))
        return 1000 / zero;
    if (IS("exit"))
        exit(3);
    if (IS("segfault-after-mistake"))
        return (int)sb_get_array(run, "rsh")->count;
    return sb_fail(run, SB_FAILED, "no mode is called %s", mode);
}

void solverbench_close(sb_run *run)
{
    free(run->state);
}
