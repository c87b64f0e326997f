/*
 * standalone.c: the same solves without solverbench: standalone TASKS fast-poisson REPETITIONS [symbol=…] [planner=…] prints the seconds of
 * each, after one that is not printed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "direct.h"
#include "taskdir.h"

int main(int argc, char **argv)
{
    const char *symbol = "auto", *planner = "measure", *threads = getenv("OMP_NUM_THREADS");
    po_reader from[8];
    direct d;
    if (argc < 4 || strcmp(argv[2], "fast-poisson") != 0) {
        fprintf(stderr, "usage: standalone TASKS fast-poisson REPETITIONS [option=value ...]\n");
        return 2;
    }
    for (int i = 4; i < argc; i++) {
        if (strncmp(argv[i], "symbol=", 7) == 0)
            symbol = argv[i] + 7;
        else if (strncmp(argv[i], "planner=", 8) == 0)
            planner = argv[i] + 8;
    }
    fftw_init_threads();
    fftw_plan_with_nthreads(threads ? atoi(threads) : 1);
    int tasks = taskdir_all(argv[1], from);
    if (tasks == 0 || !direct_prepare(&d, &from[0], symbol, planner_flag(planner))) {
        fprintf(stderr, "%s: %s\n", argv[1], tasks ? d.error : "no tasks");
        return 1;
    }
    double *u = fftw_alloc_real((size_t)d.n);
    for (int i = -1; i < atoi(argv[3]); i++) {
        double began = taskdir_seconds();
        if (!direct_solve(&d, &from[(i + 1) % tasks], u)) {
            fprintf(stderr, "%s\n", d.error);
            return 1;
        }
        if (i >= 0)
            printf("%.9g\n", taskdir_seconds() - began);
    }
    fftw_free(u);
    direct_free(&d);
    return 0;
}
