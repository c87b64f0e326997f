/*
 * standalone.c: the solves of hypre.c without a harness.
 *
 *   standalone TASKDIR SOLVER REPS [option=value …]
 *
 * prints the seconds of each of REPS solves after one that it does not print. SPDX-License-Identifier: Apache-2.0
 */
#include "call.h"
#include "taskdir.h"

static double option(int argc, char **argv, const char *name, double otherwise)
{
    size_t length = strlen(name);
    for (int i = 4; i < argc; i++)
        if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=')
            return strcmp(argv[i] + length + 1, "true") == 0 ? 1 : atof(argv[i] + length + 1);
    return otherwise;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return fprintf(stderr, "usage: standalone TASKDIR SOLVER REPS [option=value …]\n"), 2;
    MPI_Init(&argc, &argv);
    HYPRE_Init();
    po_reader *reader;
    po_system s;
    int count = taskdir_all(argv[1], &reader);
    if (count == 0 || !po_read(&s, &reader[0]))
        return fprintf(stderr, "%s: %s\n", argv[1], count ? s.error : "no tasks"), 1;
    hypre h = {.method = strncmp(argv[2], "pfmg", 4) == 0 ? PFMG : strncmp(argv[2], "smg", 3) == 0 ? SMG : BOOMERAMG,
               .pcg = strstr(argv[2], "-pcg") != NULL};
#define OPTION(name, otherwise) (int)option(argc, argv, name, otherwise)
    options o = {
        .relax = OPTION("relax", h.method == BOOMERAMG ? -1 : s.cross != 0 ? 1 : 2), .pre = OPTION("pre", 1), .post = OPTION("post", 1),
        .rap = OPTION("rap", 0), .skip_relax = OPTION("skip-relax", 1), .coarsen = OPTION("coarsen", 10), .interp = OPTION("interp", 6),
        .cycle = OPTION("cycle", 1), .aggressive = OPTION("aggressive", 0), .max_elements = OPTION("max-elements", 4),
        .strong_threshold = option(argc, argv, "strong-threshold", 0), .max_iterations = OPTION("max-iterations", 200),
    };
    if (h.method == PFMG && o.relax < 0)
        o.relax = s.cross != 0 ? 1 : 2;
    double **answers = taskdir_answers(count, s.n);
    if (!answers || !setup(&h, &s, &o))
        return fprintf(stderr, "no memory\n"), 1;

    for (taskdir_turns t = taskdir_begin(argv[3]); taskdir_next(&t);) {
        double *u = answers[t.k % count];
        if (!po_load(&s, &reader[t.k % count]))
            return fprintf(stderr, "%s\n", s.error), 1;
        double tolerance = po_target(&s) * s.reference / po_norm(s.b, s.n);
        int it = call(&h, s.n, s.b, u, tolerance, o.max_iterations);
        double residual = po_residual(&s, u); /* the plugin looks at it too */
        taskdir_took(&t);
        if (residual > (s.kind == PO_CONTINUOUS ? 1e-5 : s.tolerance))
            return fprintf(stderr, "solve %ld: relative residual %g after %d iterations\n", t.k, residual, it), 1;
    }
    setup_free(&h);
    po_free(&s);
    taskdir_free_answers(answers);
    HYPRE_Finalize();
    MPI_Finalize();
    return 0;
}
