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

    for (taskdir_turns t = taskdir_begin(argv[3]); taskdir_next(&t);) {
        long steps = 0;
        double *u = answers[t.k % count];
        if (!po_load(&s, &reader[t.k % count]))
            return fprintf(stderr, "%s\n", s.error), 1;
        double residual = factor_solve(&f, &s, u, atoi(taskdir_option(argc, argv, "refine", "2")), &steps);
        taskdir_took(&t);
        if (residual < 0 || (residual > po_target(&s) && residual > po_rounding(&s, u)))
            return fprintf(stderr, "solve %ld: %s, relative residual %g\n", t.k, f.error, residual), 1;
    }
    factor_free(&f);
    po_free(&s);
    taskdir_free_answers(answers);
    return 0;
}
