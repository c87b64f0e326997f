/*
 * standalone.c: the solves of suitesparse.c without a harness.
 *
 *   standalone TASKDIR cholmod REPS [option=value …]
 *
 * prints the seconds of each of REPS solves after one that it does not print. SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "factor.h"
#include "taskdir.h"

int main(int argc, char **argv)
{
    if (argc < 4 || strcmp(argv[2], "cholmod") != 0)
        return fprintf(stderr, "usage: standalone TASKDIR cholmod REPS [option=value …]\n"), 2;
    po_reader *reader;
    po_system s;
    factor f = {0};
    int count = taskdir_all(argv[1], &reader);
    if (count == 0 || !po_read(&s, &reader[0]))
        return fprintf(stderr, "%s: %s\n", argv[1], count ? s.error : "no tasks"), 1;
    if (!factor_make(&f, &s, taskdir_option(argc, argv, "ordering", "auto"), taskdir_option(argc, argv, "factor", "auto")))
        return fprintf(stderr, "%s\n", f.error), 1;
    double **answers = taskdir_answers(count, s.n);
    if (!answers)
        return fprintf(stderr, "no memory\n"), 1;

    for (int k = 0; k <= atoi(argv[3]); k++) {
        long steps = 0;
        double *u = answers[k % count];
        double t = taskdir_seconds();
        if (!po_load(&s, &reader[k % count]))
            return fprintf(stderr, "%s\n", s.error), 1;
        double residual = factor_solve(&f, &s, u, atoi(taskdir_option(argc, argv, "refine", "2")), &steps);
        t = taskdir_seconds() - t;
        if (k > 0)
            printf("%.9f\n", t);
        if (residual < 0 || (residual > po_target(&s) && residual > po_rounding(&s, u)))
            return fprintf(stderr, "solve %d: %s, relative residual %g\n", k, f.error, residual), 1;
    }
    factor_free(&f);
    po_free(&s);
    taskdir_free_answers(answers);
    return 0;
}
