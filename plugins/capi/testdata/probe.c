/* Solvers that answer with what they were told. */
#include <stdlib.h>

#include "solverbench.h"

/* What prepare has found is kept here. */
struct probe {
    const sb_array *data;
    int absent; /* whether its elements were not there yet */
    int closes; /* of nothing: the state is a new one in every session */
};

static const char *data_field(sb_run *run)
{
    if (strstr(run->schema, "poisson"))
        return "rhs";
    if (strstr(run->schema, "semilinear"))
        return "initial";
    return strstr(run->schema, "restoration") ? "degraded" : "start";
}

#define NAMED(schema) {sizeof(sb_solver), 1, "probe", "solverbench." schema ".v1.Task", "tells what it was told", "nobody", "direct, test", \
                       options, 4}

const sb_plugin *solverbench_describe(void)
{
    static const sb_option options[] = {
        SB_OPTION_FLOAT("factor", "1e0", "0", "10", "a number"),
        SB_OPTION_INT("count", "7", "", "9", "an integer"),
        SB_OPTION_BOOL("flag", "false", "a boolean"),
        SB_OPTION_STRING("word", "copy", "copy|values|maps|checkpoints|progress|float32", "what to do"),
    };
    static const sb_solver solvers[] = {NAMED("poisson"), NAMED("semilinear"), NAMED("restoration"), NAMED("sampling"), NAMED("nowhere")};
    static const sb_plugin plugin = {SB_ABI, sizeof(sb_plugin), "probe", "1.2.3", "MIT", "c", solvers, 5};
    return &plugin;
}

int solverbench_prepare(sb_run *run)
{
    struct probe *p = calloc(1, sizeof *p);
    if (run->state)
        return sb_fail(run, SB_FAILED, "prepared twice");
    p->data = sb_get_array(run, data_field(run));
    p->absent = p->data && p->data->data == NULL && sb_doubles(run, data_field(run)) == NULL;
    run->state = p;
    return SB_OK;
}

/* Whether an address lies in a mapped file that is shared. */
static double in_shared_file(const void *address)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[1024], mode[8];
    unsigned long begin, end, inode;
    double found = 0;
    while (maps && fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %7s %*s %*s %lu", &begin, &end, mode, &inode) == 4 && (unsigned long)address >= begin &&
            (unsigned long)address < end)
            found = inode != 0 && mode[3] == 's';
    if (maps)
        fclose(maps);
    return found;
}

static void poisson_values(sb_run *run, double *u)
{
    *u++ = sb_number(run, "tolerance");
    *u++ = (double)sb_count(run, "axes");
    *u++ = (double)sb_integer(run, "axes.1.points");
    *u++ = sb_number(run, "axes.1.points");
    *u++ = sb_number(run, "axes.1.upper");
    *u++ = (double)sb_integer(run, "kind");
    *u++ = sb_is(run, "kind", "KIND_DISCRETE");
    *u++ = sb_is(run, "axes.0.lower_boundary", "BOUNDARY_PERIODIC");
    *u++ = sb_has(run, "matrix");
    *u++ = sb_has(run, "axes.0.lower_values");
    *u++ = sb_has(run, "axes.1.lower_values");
    *u++ = sb_doubles(run, "axes.1.lower_values")[1];
    *u++ = sb_has(run, "axes.7");
    *u++ = sb_number(run, "axes.7.points");
    *u++ = sb_doubles(run, "matrix.values") == NULL;
    *u++ = run->threads;
    *u++ = (double)run->seed;
    *u++ = sb_option_number(run, "factor");
    *u++ = sb_option_number(run, "count");
    *u++ = (double)sb_option_integer(run, "count");
    *u++ = (double)sb_option_integer(run, "flag");
    *u++ = sb_option_is(run, "word", "values");
}

static void semilinear_values(sb_run *run, double *u)
{
    const sb_array *times = sb_get_array(run, "times");
    *u++ = (double)times->count;
    *u++ = ((const double *)times->data)[1];
    *u++ = sb_doubles(run, "linear")[2];
    *u++ = (double)sb_get_array(run, "initial")->count;
    *u++ = sb_doubles(run, "initial")[3];
}

static void restoration_values(sb_run *run, double *u)
{
    const sb_array *mask = sb_get_array(run, "inpaint.mask");
    *u++ = sb_is(run, "degradation", "inpaint");
    *u++ = sb_has(run, "inpaint");
    *u++ = sb_has(run, "denoise");
    *u++ = mask->type == SB_UINT8;
    *u++ = (double)mask->rank;
    *u++ = ((const uint8_t *)mask->data)[3];
}

int solverbench_solve(sb_run *run)
{
    const struct probe *p = run->state;
    const sb_array *data = p->data;
    if (!p->absent || data != sb_get_array(run, data_field(run)) || !data->data || (uintptr_t)data->data % 64)
        return sb_fail(run, SB_FAILED, "the data were there in prepare, or are not here now, or not aligned");
    if (strstr(run->schema, "sampling")) {
        double *x = sb_output(run, "samples", data->rank, data->shape), t = 0.5;
        int rc = sb_oracle(run, "noise", &t, 1, data->data, data->shape[0], x);
        if (!rc)
            rc = sb_oracle(run, "noise", &t, 1, x, 1, x); /* once more on the first entry */
        return rc;
    }
    const char *name = strstr(run->schema, "restoration") ? "images" : "u";
    if (sb_option_is(run, "word", "float32"))
        return run->output(run, name, SB_FLOAT32, data->rank, data->shape) ? SB_OK : SB_FAILED;
    double *u = sb_output(run, name, data->rank, data->shape);
    if (!u || u != sb_output(run, name, data->rank, data->shape) || (uintptr_t)u % 64)
        return sb_fail(run, SB_FAILED, "the output is not there, or another the second time, or not aligned");
    for (int64_t i = 0; i < data->count; i++)
        if (u[i] != 0)
            return sb_fail(run, SB_FAILED, "the output is not zero");
    if (sb_option_is(run, "word", "values") && name[0] == 'i')
        restoration_values(run, u);
    else if (sb_option_is(run, "word", "values"))
        strstr(run->schema, "poisson") ? poisson_values(run, u) : semilinear_values(run, u);
    else if (sb_option_is(run, "word", "maps")) {
        u[0] = in_shared_file(u);
        u[1] = in_shared_file(data->data);
    } else
        memcpy(u, data->data, (size_t)data->count * sizeof *u);
    if (sb_option_is(run, "word", "checkpoints"))
        for (int step = 1; step <= 3; step++) {
            while (!sb_want_checkpoint(run))
                ;
            u[0] = step;
            sb_checkpoint(run);
        }
    if (sb_option_is(run, "word", "progress")) {
        sb_progress(run, 0.25, "%d of %d", 1, 4);
        sb_progress(run, 0.5, "too soon");
    }
    run->iterations = 12;
    return SB_OK;
}

void solverbench_close(sb_run *run) { free(run->state); }
