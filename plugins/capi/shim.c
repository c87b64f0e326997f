//go:build cgo && linux

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

#include "_cgo_export.h"
#include "shim.h"

/* ---- Loading ------------------------------------------------------------------------------------------------------------- */

char *shim_open(shim_library *library)
{
    void *handle = dlopen(library->path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return strdup(dlerror());
    const struct {
        const char *symbol;
        void *function; /* where its address goes */
    } wanted[] = {
        {"solverbench_describe", &library->describe},
        {"solverbench_prepare", &library->prepare},
        {"solverbench_solve", &library->solve},
        {"solverbench_close", &library->close},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        void *address = dlsym(handle, wanted[i].symbol);
        if (!address) {
            char *why = NULL;
            if (asprintf(&why, "it exports no %s; expected the four functions of solverbench.h: solverbench_describe, solverbench_prepare, "
                         "solverbench_solve and solverbench_close (in C++ within extern \"C\")", wanted[i].symbol) < 0)
                why = NULL;
            return why;
        }
        memcpy(wanted[i].function, &address, sizeof address); /* C has no cast from a pointer to data to one to a function */
    }
    return NULL;
}

const sb_plugin *shim_describe(const shim_library *library)
{
    shim_session none = {.library = library};
    shim_enter(&none, "solverbench_describe");
    const sb_plugin *plugin = library->describe();
    shim_leave();
    return plugin;
}

/* ---- Looking up ---------------------------------------------------------------------------------------------------------- */

/* FNV-1a */
static uint32_t hash(const char *s)
{
    uint32_t h = 2166136261u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

void shim_index(shim_table *table)
{
    for (uint32_t b = 0; b <= table->mask; b++)
        table->buckets[b] = -1;
    for (int64_t i = 0; i < table->count; i++) {
        uint32_t b = hash(table->entries[i].path) & table->mask;
        while (table->buckets[b] >= 0)
            b = (b + 1) & table->mask;
        table->buckets[b] = (int32_t)i;
    }
}

static const sb_value *find(const shim_table *table, const char *path)
{
    for (uint32_t b = hash(path) & table->mask; table->buckets[b] >= 0; b = (b + 1) & table->mask) {
        const shim_entry *e = &table->entries[table->buckets[b]];
        if (strcmp(e->path, path) == 0)
            return &e->value;
    }
    return NULL;
}

/* Looks up a field or option, and has the Go side say what is wrong where that is to be said. */
static const sb_value *look_up(shim_session *s, const shim_table *table, int is_option, const char *path, int32_t as)
{
    const sb_value *v = path ? find(table, path) : NULL;
    if (v && v->as && (!as || (v->as & as)))
        return v;
    if (!v || v->as) { /* what can be read as nothing is known to be absent */
        shim_leave();
        solverbenchNotFound(s->handle, is_option, (char *)path, as, v ? v->as : 0);
        shim_enter(s, NULL);
    }
    return NULL;
}

static const sb_value *field(sb_run *run, const char *path, int32_t as)
{
    shim_session *s = (shim_session *)run;
    return look_up(s, &s->fields, 0, path, as);
}

static const sb_value *option(sb_run *run, const char *name, int32_t as)
{
    shim_session *s = (shim_session *)run;
    return look_up(s, &s->options, 1, name, as);
}

/* ---- During a solve ------------------------------------------------------------------------------------------------------ */

void shim_mistake(shim_session *s, const char *message)
{
    if (!s->mistake[0])
        (void)snprintf(s->mistake, sizeof s->mistake, "%s", message);
}

static int same_shape(const shim_output *o, int32_t type, int64_t rank, const int64_t *shape)
{
    return o->type == type && o->rank == rank && (rank == 0 || memcmp(o->shape, shape, (size_t)rank * sizeof *shape) == 0);
}

static void *output(sb_run *run, const char *name, int32_t type, int64_t rank, const int64_t *shape)
{
    shim_session *s = (shim_session *)run;
    shim_output *o = NULL;
    for (int64_t i = 0; name && i < s->output_count && !o; i++)
        if (strcmp(s->outputs[i].name, name) == 0)
            o = &s->outputs[i];
    if (o && o->data && same_shape(o, type, rank, shape))
        return o->data;
    /* The Go side checks everything, and says what is wrong. */
    shim_leave();
    void *data = solverbenchOutput(s->handle, o ? (int64_t)(o - s->outputs) : -1, (char *)name, type, rank, (int64_t *)shape);
    shim_enter(s, NULL);
    if (data) {
        o->data = data;
        o->type = type;
        o->rank = rank;
        if (rank > 0)
            memcpy(o->shape, shape, (size_t)rank * sizeof *shape);
    }
    return data;
}

static int want_checkpoint(sb_run *run)
{
    shim_session *s = (shim_session *)run;
    if (s->checkpoints_left <= 0)
        return 0;
    shim_leave();
    int want = solverbenchWantCheckpoint(s->handle);
    shim_enter(s, NULL);
    return want;
}

static void checkpoint(sb_run *run)
{
    shim_session *s = (shim_session *)run;
    if (s->checkpoints_left <= 0)
        return;
    shim_leave();
    s->checkpoints_left = (int)solverbenchCheckpoint(s->handle);
    shim_enter(s, NULL);
}

static void progress(sb_run *run, double fraction, const char *text)
{
    shim_session *s = (shim_session *)run;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    double since = (double)(now.tv_sec - s->last_progress.tv_sec) + 1e-9 * (double)(now.tv_nsec - s->last_progress.tv_nsec);
    if (since < 0.1)
        return;
    s->last_progress = now;
    shim_leave();
    solverbenchProgress(s->handle, fraction, (char *)(text ? text : ""));
    shim_enter(s, NULL);
}

static int cancelled(sb_run *run)
{
    return atomic_load_explicit(&((shim_session *)run)->cancelled, memory_order_relaxed);
}

static int oracle(sb_run *run, const char *path, const double *scalars, int64_t scalar_count, const double *x, int64_t batch, double *result)
{
    shim_session *s = (shim_session *)run;
    shim_leave();
    int rc = solverbenchOracle(s->handle, (char *)path, (double *)scalars, scalar_count, (double *)x, batch, result);
    shim_enter(s, NULL);
    return rc;
}

void shim_init(shim_session *s)
{
    sb_run *r = &s->run;
    r->size = sizeof *r;
    r->message = s->message;
    r->message_size = sizeof s->message;
    r->field = field;
    r->option = option;
    r->output = output;
    r->want_checkpoint = want_checkpoint;
    r->checkpoint = checkpoint;
    r->progress = progress;
    r->cancelled = cancelled;
    r->oracle = oracle;
}

/* ---- Calling the solver -------------------------------------------------------------------------------------------------- */

static void point_arrays(shim_session *s, void **data)
{
    for (int64_t i = 0; i < s->array_count; i++)
        s->fields.entries[s->arrays[i]].value.array.data = data[i];
    s->message[0] = s->mistake[0] = '\0';
}

int shim_prepare(shim_session *s, void **data)
{
    point_arrays(s, data);
    shim_enter(s, "solverbench_prepare");
    int rc = s->library->prepare(&s->run);
    shim_leave();
    return rc;
}

int shim_solve(shim_session *s, void **data)
{
    point_arrays(s, data);
    s->run.iterations = 0;
    for (int64_t i = 0; i < s->output_count; i++)
        s->outputs[i].data = NULL;
    shim_enter(s, "solverbench_solve");
    int rc = s->library->solve(&s->run);
    shim_leave();
    return rc;
}

void shim_close(shim_session *s)
{
    shim_enter(s, "solverbench_close");
    s->library->close(&s->run);
    shim_leave();
}
