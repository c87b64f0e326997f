/*
 * standalone.c: the solves of petsc.c without a harness.
 *
 *   standalone TASKDIR SOLVER REPS [option=value …]
 *
 * prints the seconds of each of REPS solves after one that it does not print. SPDX-License-Identifier: Apache-2.0
 */
#include "krylov.h"
#include "taskdir.h"

int main(int argc, char **argv)
{
    if (argc < 4)
        return fprintf(stderr, "usage: standalone TASKDIR SOLVER REPS [option=value …]\n"), 2;
    po_reader *reader;
    po_system s;
    mg_grids grids = {0};
    krylov k = {.max_iterations = atoi(taskdir_option(argc, argv, "max-iterations", "10000"))};
    int count = taskdir_all(argv[1], &reader);
    if (count == 0 || !po_read(&s, &reader[0]))
        return fprintf(stderr, "%s: %s\n", argv[1], count ? s.error : "no tasks"), 1;
    const char *pc = taskdir_option(argc, argv, "pc", "gamg");
    if (strcmp(pc, "mg") == 0) {
        mg_coarsen(&grids, &s);
        if (s.kind == PO_MATRIX || mg_unsuitable(&grids, &s))
            return fprintf(stderr, "not a grid for pc=mg: %s\n", s.error), 1;
    }
    if (!krylov_prepare(&k, &s, argv[2], pc, taskdir_option(argc, argv, "options", ""), &grids))
        return fprintf(stderr, "%s\n", k.error), 1;
    double **answers = taskdir_answers(count, s.n);
    if (!answers)
        return fprintf(stderr, "no memory\n"), 1;

    for (taskdir_turns t = taskdir_begin(argv[3]); taskdir_next(&t);) {
        double *u = answers[t.k % count];
        if (!po_load(&s, &reader[t.k % count]))
            return fprintf(stderr, "%s\n", s.error), 1;
        int done = krylov_solve(&k, (hooks){0}, u);
        taskdir_took(&t);
        if (!done || (k.residual > po_target(&s) && k.residual > po_rounding(&s, u)))
            return fprintf(stderr, "solve %ld: %s, relative residual %g after %d iterations\n", t.k, k.error, k.residual, k.iterations), 1;
    }
    krylov_free(&k);
    po_free(&s);
    taskdir_free_answers(answers);
    return PetscFinalize();
}
