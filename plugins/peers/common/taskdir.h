/*
 * taskdir.h: poisson.h's reader of a task that was written to a folder, for stand-alone programs: task.txt with a line
 * "path value" for each field, and the elements of arrays in <path>.bin.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TASKDIR_H
#define TASKDIR_H

#include "poisson.h"

#include <time.h>

#define TASKDIR_FIELDS 256

typedef struct taskdir {
    int count;
    struct {
        char path[128], value[256];
        void *elements;
        int64_t size;
    } field[TASKDIR_FIELDS];
} taskdir;

static inline int taskdir_find(const taskdir *t, const char *path)
{
    for (int i = 0; i < t->count; i++)
        if (strcmp(t->field[i].path, path) == 0)
            return i;
    return -1;
}

/* A number, or the length of a list, which is written as "<path>.count". */
static inline double taskdir_number(void *from, const char *path)
{
    char list[160];
    int i = taskdir_find(from, path);
    if (i < 0) {
        snprintf(list, sizeof list, "%s.count", path);
        i = taskdir_find(from, list);
    }
    return i < 0 ? 0 : atof(((taskdir *)from)->field[i].value);
}

static inline const void *taskdir_elements(void *from, const char *path, int64_t *count)
{
    char key[160];
    snprintf(key, sizeof key, "%s.type", path);
    int i = taskdir_find(from, key);
    *count = i < 0 ? 0 : ((taskdir *)from)->field[i].size;
    return i < 0 ? NULL : ((taskdir *)from)->field[i].elements;
}

/* Reads the elements of the array whose type is field i. */
static inline int taskdir_read_elements(taskdir *t, const char *folder, int i)
{
    char path[1400], name[128];
    snprintf(name, sizeof name, "%.*s", (int)(strlen(t->field[i].path) - strlen(".type")), t->field[i].path);
    snprintf(path, sizeof path, "%s/%s.bin", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f)
        return 0;
    fseek(f, 0, SEEK_END);
    size_t bytes = (size_t)ftell(f);
    rewind(f);
    const char *type = t->field[i].value;
    size_t each = strcmp(type, "uint8") == 0 ? 1 : strstr(type, "64") ? 8 : 4;
    t->field[i].elements = malloc(bytes + 1);
    t->field[i].size = (int64_t)(bytes / each);
    size_t got = t->field[i].elements ? fread(t->field[i].elements, 1, bytes, f) : 0;
    fclose(f);
    return got == bytes;
}

/* Reads a task; NULL if there is none. */
static inline taskdir *taskdir_open(const char *folder)
{
    char path[1200], line[512];
    snprintf(path, sizeof path, "%s/task.txt", folder);
    FILE *f = fopen(path, "r");
    taskdir *t = f ? calloc(1, sizeof *t) : NULL;
    if (!t)
        return NULL;
    while (t->count < TASKDIR_FIELDS && fgets(line, sizeof line, f)) {
        char *space = strchr(line, ' ');
        line[strcspn(line, "\n")] = 0;
        if (!space)
            continue;
        *space = 0;
        snprintf(t->field[t->count].path, sizeof t->field[0].path, "%.127s", line);
        snprintf(t->field[t->count++].value, sizeof t->field[0].value, "%.255s", space + 1);
    }
    fclose(f);
    for (int i = 0; i < t->count; i++) {
        size_t length = strlen(t->field[i].path);
        if (length > 5 && strcmp(t->field[i].path + length - 5, ".type") == 0 && !taskdir_read_elements(t, folder, i)) {
            fprintf(stderr, "%s: no elements of %s\n", folder, t->field[i].path);
            return NULL;
        }
    }
    return t;
}

/* Reads the tasks FOLDER/0, FOLDER/1, … and returns how many there are. */
static inline int taskdir_all(const char *folder, po_reader **readers)
{
    *readers = NULL;
    for (int count = 0;; count++) {
        char path[1100];
        snprintf(path, sizeof path, "%s/%d", folder, count);
        taskdir *t = taskdir_open(path);
        po_reader *more = t ? realloc(*readers, ((size_t)count + 1) * sizeof *more) : NULL;
        if (!more)
            return count;
        more[count] = (po_reader){t, taskdir_number, taskdir_elements};
        *readers = more;
    }
}

/*
 * Room for an answer to each of the tasks, or NULL. They are kept, as the harness keeps them: whether one is in the caches already
 * matters. They hold NaNs, so that their pages are there, and nobody takes them for a first guess.
 */
static inline double **taskdir_answers(int count, int64_t each)
{
    size_t stride = ((size_t)each * sizeof(double) + 63) / 64 * 64;
    double **answers = malloc((size_t)count * sizeof *answers);
    char *all = aligned_alloc(64, (size_t)count * stride);
    if (!answers || !all)
        return NULL;
    memset(all, 0xff, (size_t)count * stride);
    for (int k = 0; k < count; k++)
        answers[k] = (double *)(all + (size_t)k * stride);
    return answers;
}

static inline void taskdir_free_answers(double **answers)
{
    free(answers[0]);
    free(answers);
}

/* What follows "name=" in the arguments behind TASKDIR, SOLVER and REPS. */
static inline const char *taskdir_option(int argc, char **argv, const char *name, const char *otherwise)
{
    size_t length = strlen(name);
    for (int i = 4; i < argc; i++)
        if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=')
            return argv[i] + length + 1;
    return otherwise;
}

/*
 * The solves to make: one that isn't counted, then the argument REPS of them, of which the seconds of each are printed. Where REPS is
 * "-", each line of standard input says how many to make, and the mean seconds of one are printed.
 */
typedef struct taskdir_turns {
    int told;          /* by standard input */
    long left, n;      /* of the n of this line */
    long k;            /* of all, from 0 */
    double began, all; /* seconds */
} taskdir_turns;

static inline double taskdir_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline taskdir_turns taskdir_begin(const char *reps)
{
    int told = strcmp(reps, "-") == 0;
    return (taskdir_turns){.told = told, .left = told ? 0 : atol(reps), .n = 1, .k = -1};
}

/* Starts the clock of the next solve, that of task k; 0 if there is none. */
static inline int taskdir_next(taskdir_turns *t)
{
    char line[64];
    if (t->k >= 0 && t->left == 0) {
        if (!t->told || !fgets(line, sizeof line, stdin) || (t->n = atol(line)) <= 0)
            return 0;
        t->left = t->n;
    }
    t->k++;
    t->began = taskdir_seconds();
    return 1;
}

/* Stops the clock. */
static inline void taskdir_took(taskdir_turns *t)
{
    t->all += taskdir_seconds() - t->began;
    if (t->k > 0)
        t->left--;
    if (t->k == 0 || !t->told || t->left == 0) {
        if (t->k > 0)
            printf("%.9g\n", t->all / (double)t->n);
        fflush(stdout);
        t->all = 0;
    }
}

#endif
