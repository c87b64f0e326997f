/*
 * standalone.c: the same solves without solverbench: standalone TASKS SOLVER REPETITIONS [option=value ...] prints the seconds of each,
 * after one that is not printed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "direct.h"
#include "ks.h"
#include "nse.h"
#include "taskdir.h"

static int argument_count;
static char **arguments;

/* The value of an option, or what it is if it is not given. */
static const char *option(const char *name, const char *otherwise)
{
    size_t length = strlen(name);
    for (int i = 4; i < argument_count; i++)
        if (strncmp(arguments[i], name, length) == 0 && arguments[i][length] == '=')
            return arguments[i] + length + 1;
    return otherwise;
}

static int go_on(void *from)
{
    (void)from;
    return 0;
}

static int fail(const char *why)
{
    fprintf(stderr, "standalone: %s\n", why);
    return 1;
}

static int time_direct(const po_reader *from, int tasks, const char *reps)
{
    direct d;
    if (!direct_prepare(&d, &from[0], option("symbol", "auto"), planner_flag(option("planner", "measure"))))
        return fail(d.error);
    double **u = taskdir_answers(tasks, d.n);
    for (taskdir_turns t = taskdir_begin(reps); taskdir_next(&t); taskdir_took(&t)) {
        int k = (int)(t.k % tasks);
        if (!direct_solve(&d, &from[k], u[k]))
            return fail(d.error);
    }
    taskdir_free_answers(u);
    direct_free(&d);
    return 0;
}

static int time_ks(const po_reader *from, int tasks, const char *reps)
{
    ks s;
    if (!ks_prepare(&s, &from[0], atoi(option("modes", "0")), atof(option("dt", "0")), planner_flag(option("planner", "measure"))))
        return fail(s.error);
    double **u = taskdir_answers(tasks, (int64_t)s.time_count * s.out);
    for (taskdir_turns t = taskdir_begin(reps); taskdir_next(&t); taskdir_took(&t)) {
        int k = (int)(t.k % tasks);
        if (ks_solve(&s, &from[k], u[k], go_on, NULL) != 1)
            return fail(s.error);
    }
    taskdir_free_answers(u);
    ks_free(&s);
    return 0;
}

static int time_nse(const po_reader *from, int tasks, const char *reps)
{
    nse s;
    if (!nse_prepare(&s, &from[0], atoi(option("modes", "0")), atof(option("dt", "0")), planner_flag(option("planner", "measure"))))
        return fail(s.error);
    double **w = taskdir_answers(tasks, (int64_t)s.time_count * s.out * s.out);
    for (taskdir_turns t = taskdir_begin(reps); taskdir_next(&t); taskdir_took(&t)) {
        int k = (int)(t.k % tasks);
        if (nse_solve(&s, &from[k], w[k], go_on, NULL) != 1)
            return fail(s.error);
    }
    taskdir_free_answers(w);
    nse_free(&s);
    return 0;
}

int main(int argc, char **argv)
{
    argument_count = argc, arguments = argv;
    po_reader *from;
    if (argc < 4)
        return fail("expected TASKS SOLVER REPETITIONS [option=value ...]");
    int tasks = taskdir_all(argv[1], &from);
    if (tasks == 0)
        return fail("no tasks");
    const char *threads = getenv("OMP_NUM_THREADS");
    fftw_init_threads();
    fftw_plan_with_nthreads(threads && strcmp(argv[2], "etdrk4") != 0 ? atoi(threads) : 1);
    if (strcmp(argv[2], "fast-poisson") == 0)
        return time_direct(from, tasks, argv[3]);
    if (strcmp(argv[2], "etdrk4") == 0)
        return time_ks(from, tasks, argv[3]);
    if (strcmp(argv[2], "spectral-ifrk4") == 0)
        return time_nse(from, tasks, argv[3]);
    return fail("expected fast-poisson, etdrk4 or spectral-ifrk4");
}
