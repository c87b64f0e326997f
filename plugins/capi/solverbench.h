/*
 * solverbench.h: the C ABI of solverbench plugins.
 *
 * A plugin is a shared library that exports four functions:
 *
 *   solverbench_describe   says what the solvers are and which options they take
 *   solverbench_prepare    does the work that is worth keeping between solves: plans, factorisations, memory
 *   solverbench_solve      solves one task; called many times
 *   solverbench_close      frees what the others have made
 *
 * Build it and run it, without linking to anything of solverbench:
 *
 *   cc -O2 -fPIC -shared -o mine.so mine.c -lm
 *   solverbench run 'poisson/unit-2d[n=127]' --plugin ./mine.so
 *
 * A whole solver, which returns its right-hand side:
 *
 *   #include <string.h>
 *   #include "solverbench.h"
 *
 *   const sb_plugin *solverbench_describe(void)
 *   {
 *       static const sb_option options[] = {
 *           SB_OPTION_FLOAT("scale", "1", "0", "", "what the right-hand side is multiplied by"),
 *       };
 *       static const sb_solver solvers[] = {{
 *           .size = sizeof(sb_solver), .name = "copy", .schema = "solverbench.poisson.v1.Task",
 *           .doc = "returns the right-hand side", .options = options, .option_count = 1,
 *       }};
 *       static const sb_plugin plugin = {
 *           .abi = SB_ABI, .size = sizeof(sb_plugin), .name = "mine", .version = "0.1.0", .license = "MIT",
 *           .language = "c", .solvers = solvers, .solver_count = 1,
 *       };
 *       return &plugin;
 *   }
 *
 *   int solverbench_prepare(sb_run *run)
 *   {
 *       if (!sb_is(run, "kind", "KIND_DISCRETE"))
 *           return sb_fail(run, SB_UNSUPPORTED, "%s is not for this solver", sb_text(run, "kind"));
 *       return SB_OK;
 *   }
 *
 *   int solverbench_solve(sb_run *run)
 *   {
 *       const sb_array *f = sb_get_array(run, "rhs");
 *       const double *b = sb_doubles(run, "rhs");
 *       double *u = sb_output(run, "u", f->rank, f->shape);
 *       if (!u)
 *           return SB_FAILED;
 *       for (int64_t i = 0; i < f->count; i++)
 *           u[i] = sb_option_number(run, "scale") * b[i];
 *       return SB_OK;
 *   }
 *
 *   void solverbench_close(sb_run *run) { (void)run; }
 *
 * The task is a message of the schema that the solver names: the .proto files of plugins/proto are the specification of
 * every family, with equations, shapes, units and orders. Its fields are reached by path: "tolerance", "rhs",
 * "axes.0.points". What the solver hands back is built by name: "u".
 *
 * Rules
 *
 * - Threads. All functions of all sessions are called on one thread, the same one for as long as the process lives. The
 *   functions of sb_run are for that thread; only sb_cancelled may be called on any. Use run->threads threads at most.
 * - Sessions. An sb_run is one session: one solver, its options, one operator. prepare is called once and first, then
 *   solve any number of times, and close once, also if prepare has failed. Several sessions may be open: keep what
 *   belongs to one behind run->state and not in global variables.
 * - Data. Between solves only the task's data changes: the arrays that the schema marks as such (the right-hand side, the
 *   initial state, …). Everything else may be read in prepare and kept. In prepare the elements of data arrays are not there
 *   yet (sb_array.data is NULL) but their shapes are.
 * - Pointers. Every sb_value and sb_array of a task or option stays where it is until close, so look-ups can be done in
 *   prepare; solve finds new data behind the same sb_array. Elements are read-only, and start at multiples of 64 bytes.
 * - Errors. prepare and solve return SB_OK or the kind of error, best by `return sb_fail(run, kind, "why %d", …)`. No C++
 *   exception and no longjmp may leave them (C++: see sb_guard). A crash ends the process, and is reported with the name
 *   of the library.
 * - Standard output and error are yours to write to; what comes last on standard error is shown if the plugin crashes.
 *
 * Versions: structs only grow, at their ends, and begin with their size as the one who filled them knows it. SB_ABI changes
 * when that is not enough; libraries built for another one are refused.
 *
 * The header is valid C99 and C++17. For Fortran see solverbench.f90.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SOLVERBENCH_H
#define SOLVERBENCH_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of the ABI, for sb_plugin.abi. */
#define SB_ABI 1

#if defined(__GNUC__)
#define SB_EXPORT __attribute__((visibility("default")))
#define SB_PRINTF(text, args) __attribute__((__format__(__printf__, text, args)))
#else
#define SB_EXPORT
#define SB_PRINTF(text, args)
#endif

/* ---- What solverbench_describe returns ------------------------------------------------------------------------------- */

/* Types of options. */
enum { SB_FLOAT = 1, SB_INT = 2, SB_BOOL = 3, SB_STRING = 4 };

/* sb_option declares an option. Values are text here, as people write them: "1e-3", "12", "true". The runner checks what people
 * give against it, so a solver never sees another value. */
typedef struct sb_option {
    uint32_t size;             /* sizeof(sb_option) */
    int32_t type;              /* SB_FLOAT, SB_INT, SB_BOOL or SB_STRING */
    const char *name;          /* lower-case letters, digits, dashes */
    const char *default_value; /* must itself be allowed */
    const char *minimum;       /* inclusive bounds of a number; NULL or "" means none */
    const char *maximum;
    const char *choices;       /* allowed values of a string, "a|b|c"; NULL or "" means any */
    const char *doc;           /* one line for people */
} sb_option;

/* Initialisers of entries of a table of options. */
#define SB_OPTION_FLOAT(name, value, min, max, doc) {sizeof(sb_option), SB_FLOAT, name, value, min, max, "", doc}
#define SB_OPTION_INT(name, value, min, max, doc) {sizeof(sb_option), SB_INT, name, value, min, max, "", doc}
#define SB_OPTION_BOOL(name, value, doc) {sizeof(sb_option), SB_BOOL, name, value, "", "", "", doc}
#define SB_OPTION_STRING(name, value, choices, doc) {sizeof(sb_option), SB_STRING, name, value, "", "", choices, doc}

/* sb_solver describes one solver. Pointers may be NULL where nothing is to be said. */
typedef struct sb_solver {
    uint32_t size;            /* sizeof(sb_solver) */
    int32_t parallel;         /* 1 if it uses more than one thread when run->threads says so */
    const char *name;         /* unique among the plugin's solvers of one schema */
    const char *schema;       /* full name of the task message: "solverbench.poisson.v1.Task" */
    const char *doc;          /* a paragraph for people */
    const char *citation;     /* where the method comes from: authors, year, equation */
    const char *tags;         /* the approach, separated by commas: "iterative, krylov" */
    const sb_option *options; /* a table of option_count entries */
    int64_t option_count;
} sb_solver;

/* sb_plugin describes the plugin. It, and all that it points to, must stay as it is. */
typedef struct sb_plugin {
    uint32_t abi;             /* SB_ABI */
    uint32_t size;            /* sizeof(sb_plugin) */
    const char *name;         /* lower-case letters, digits, dashes; unique on a machine */
    const char *version;      /* "1.2.3" */
    const char *license;      /* SPDX expression: "MIT" */
    const char *language;     /* for people: "c", "c++", "fortran", … */
    const sb_solver *solvers; /* a table of solver_count entries */
    int64_t solver_count;
} sb_plugin;

/* ---- Values: fields of the task and options -------------------------------------------------------------------------- */

/* Types of array elements. */
enum { SB_FLOAT64 = 1, SB_FLOAT32 = 2, SB_INT32 = 3, SB_INT64 = 4, SB_UINT8 = 5 };

/* sb_array is a dense array in C order, the slowest axis first. */
typedef struct sb_array {
    uint32_t size;        /* sizeof(sb_array) */
    int32_t type;         /* of the elements: SB_FLOAT64, … */
    int64_t rank;         /* number of axes */
    const int64_t *shape; /* extent of each */
    int64_t count;        /* number of elements, the product of the extents */
    const void *data;     /* the elements; read-only, aligned to 64 bytes; NULL in prepare for data */
} sb_array;

/* What a value can be read as, in sb_value.as; several may be true of one. */
enum {
    SB_AS_INTEGER = 1,     /* integer: integers, enums, booleans (0 or 1) */
    SB_AS_NUMBER = 2,      /* number: those, and floating point */
    SB_AS_TEXT = 4,        /* text: strings, the name of an enum's value ("BOUNDARY_DIRICHLET"), and, under the name of a
                              oneof, the name of the field that is set */
    SB_AS_ARRAY = 8,       /* array: arrays, and repeated numbers as arrays of rank 1 */
    SB_AS_LIST = 16,       /* integer is the length; entries are "name.0", "name.1", … */
    SB_AS_MESSAGE = 32,    /* it is there; its fields are "name.field" */
    SB_AS_ORACLE = 64,     /* a message that names an oracle; see sb_oracle */
    SB_AS_FLOAT64 = 1 << 8 /* array, with elements of that type; likewise the others */
};
#define SB_AS_ELEMENTS(type) (1 << (7 + (type)))

/* sb_value is a field of a task, or an option. */
typedef struct sb_value {
    uint32_t size; /* sizeof(sb_value) */
    int32_t as;    /* what it can be read as, SB_AS_… joined by | */
    int64_t integer;
    double number;
    const char *text; /* never NULL */
    sb_array array;
} sb_value;

/* ---- A session --------------------------------------------------------------------------------------------------------- */

/* What prepare and solve return. */
enum {
    SB_OK = 0,
    SB_UNSUPPORTED = 1, /* this task, or this option with it, is not for the solver */
    SB_FAILED = 2,      /* it tried, and has no answer */
    SB_DIVERGED = 3,    /* it met NaN, infinity or growth without bound */
    SB_INVALID = 4,     /* the task or an option is malformed */
    SB_CANCELLED = 5    /* it stopped because sb_cancelled said so */
};

/* sb_run is a session, and a solver's link to the harness. The functions below it are easier to call than its members. */
typedef struct sb_run {
    uint32_t size;      /* of this struct, as the runner knows it */
    int32_t threads;    /* how many threads may be used, at least 1 */
    uint64_t seed;      /* for solvers that draw random numbers: equal seeds, equal answers */
    const char *solver; /* name of the solver that is asked for */
    const char *schema; /* of the task */
    void *state;        /* the solver's own: NULL at first, kept until close */
    int64_t iterations; /* set it to how many iterations or steps the solve took; 0 before each */
    char *message;      /* why prepare or solve did not return SB_OK, for people; see sb_fail */
    size_t message_size;

    /* The field of the task at a path; NULL if it is absent. `as` is what it will be read as, or 0. A path that the schema
     * does not have, or another kind of field, is a mistake of the solver, and fails the call in the end. */
    const sb_value *(*field)(struct sb_run *run, const char *path, int32_t as);
    /* The value of an option; NULL, and the same, if the solver has declared none of that name. */
    const sb_value *(*option)(struct sb_run *run, const char *name, int32_t as);
    /* A zeroed array for a field of the solution; see sb_output. */
    void *(*output)(struct sb_run *run, const char *name, int32_t type, int64_t rank, const int64_t *shape);
    int (*want_checkpoint)(struct sb_run *run);
    void (*checkpoint)(struct sb_run *run);
    void (*progress)(struct sb_run *run, double fraction, const char *text);
    int (*cancelled)(struct sb_run *run);
    int (*oracle)(struct sb_run *run, const char *path, const double *scalars, int64_t scalar_count, const double *x, int64_t batch,
                  double *result);
} sb_run;

/* ---- The four functions ------------------------------------------------------------------------------------------------ */

SB_EXPORT const sb_plugin *solverbench_describe(void);
SB_EXPORT int solverbench_prepare(sb_run *run);
SB_EXPORT int solverbench_solve(sb_run *run);
SB_EXPORT void solverbench_close(sb_run *run);

/* ---- Reading the task -------------------------------------------------------------------------------------------------- */

/* Whether a field is there: an array, a message, an entry of a list. Scalars always are where their message is. */
static inline int sb_has(sb_run *run, const char *path) { return run->field(run, path, 0) != NULL; }

/* A number; 0 if it is absent, as in every message. */
static inline double sb_number(sb_run *run, const char *path)
{
    const sb_value *v = run->field(run, path, SB_AS_NUMBER);
    return v ? v->number : 0;
}

/* An integer, boolean or enum; 0 if it is absent. */
static inline int64_t sb_integer(sb_run *run, const char *path)
{
    const sb_value *v = run->field(run, path, SB_AS_INTEGER);
    return v ? v->integer : 0;
}

/* A string, the name of an enum's value, or which field of a oneof is set; "" if it is absent. */
static inline const char *sb_text(sb_run *run, const char *path)
{
    const sb_value *v = run->field(run, path, SB_AS_TEXT);
    return v ? v->text : "";
}

/* Whether sb_text is the given one: sb_is(run, "axes.0.lower_boundary", "BOUNDARY_PERIODIC"). */
static inline int sb_is(sb_run *run, const char *path, const char *text) { return strcmp(sb_text(run, path), text) == 0; }

/* How many entries a repeated field of messages has, such as "axes"; 0 if it has none. */
static inline int64_t sb_count(sb_run *run, const char *path)
{
    const sb_value *v = run->field(run, path, SB_AS_LIST);
    return v ? v->integer : 0;
}

/* An array, or NULL if it is absent. Repeated numbers, such as "times", are arrays too: of float64, or of int64. */
static inline const sb_array *sb_get_array(sb_run *run, const char *path)
{
    const sb_value *v = run->field(run, path, SB_AS_ARRAY);
    return v ? &v->array : NULL;
}

/* The elements of an array of float64, or NULL if it is absent. */
static inline const double *sb_doubles(sb_run *run, const char *path)
{
    const sb_value *v = run->field(run, path, SB_AS_FLOAT64);
    return v ? (const double *)v->array.data : NULL;
}

/* Says why, as printf does, and returns the kind: return sb_fail(run, SB_DIVERGED, "|u| = %g after %d steps", norm, steps); */
static inline int SB_PRINTF(3, 4) sb_fail(sb_run *run, int kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(run->message, run->message_size, format, args);
    va_end(args);
    return kind;
}

/* The elements of an array of float64 that must be there and have the shape that the solver goes by. NULL says that it is absent or
 * another, which is told: return SB_INVALID. It is for solve: in prepare data have no elements yet. */
static inline const double *sb_expect(sb_run *run, const char *path, int64_t rank, const int64_t *shape)
{
    const sb_array *a = sb_get_array(run, path);
    if (a && a->type == SB_FLOAT64 && a->rank == rank && a->data && memcmp(a->shape, shape, (size_t)rank * sizeof *shape) == 0)
        return (const double *)a->data;
    (void)sb_fail(run, SB_INVALID, "%s is absent, or not of float64 and the expected shape", path);
    return NULL;
}

/* ---- Reading options --------------------------------------------------------------------------------------------------- */

static inline double sb_option_number(sb_run *run, const char *name)
{
    const sb_value *v = run->option(run, name, SB_AS_NUMBER);
    return v ? v->number : 0;
}

/* An integer or boolean option. */
static inline int64_t sb_option_integer(sb_run *run, const char *name)
{
    const sb_value *v = run->option(run, name, SB_AS_INTEGER);
    return v ? v->integer : 0;
}

static inline const char *sb_option_text(sb_run *run, const char *name)
{
    const sb_value *v = run->option(run, name, SB_AS_TEXT);
    return v ? v->text : "";
}

static inline int sb_option_is(sb_run *run, const char *name, const char *text) { return strcmp(sb_option_text(run, name), text) == 0; }

/* ---- During a solve ------------------------------------------------------------------------------------------------------ */

/* An array of float64 for a field of the solution, zeroed, to build the answer in. It lies in memory shared with the harness, so
 * that nothing is copied, and is valid until this solve returns; asked for again in the same solve it is the same one. NULL
 * says that the solution has no such field, or that a shape is not one. (run->output takes other types of elements.) */
static inline double *sb_output(sb_run *run, const char *name, int64_t rank, const int64_t *shape)
{
    return (double *)run->output(run, name, SB_FLOAT64, rank, shape);
}

/* Whether it is time for a checkpoint, from which convergence curves are drawn. It costs nothing where none is wanted. */
static inline int sb_want_checkpoint(sb_run *run) { return run->want_checkpoint(run); }

/* Sends what the arrays of sb_output hold now as an intermediate solution. They are copied, and the time is not counted. */
static inline void sb_checkpoint(sb_run *run) { run->checkpoint(run); }

/* Tells people how far the solve is: the share done, or 0 if unknown, and a short text. At most ten a second are sent. */
static inline void SB_PRINTF(3, 4) sb_progress(sb_run *run, double fraction, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    run->progress(run, fraction, text);
}

/* Whether the solve should stop: return SB_CANCELLED soon then. Cheap enough for every iteration, and for any thread. */
static inline int sb_cancelled(sb_run *run) { return run->cancelled(run); }

/* Evaluates the oracle that the task names at a path ("noise") on a batch of entries of x, into result; both are float64 in C
 * order, and `batch` is at most the first extent of the oracle's shapes, "noise.input_shape" and "noise.output_shape". The
 * harness computes and counts it. Evaluate as many entries at once as the method allows: a call crosses processes, about
 * 0.1 ms. Returns SB_OK, or an error that is told already, to be returned. */
static inline int sb_oracle(sb_run *run, const char *path, const double *scalars, int64_t scalar_count, const double *x, int64_t batch,
                            double *result)
{
    return run->oracle(run, path, scalars, scalar_count, x, batch, result);
}

#ifdef __cplusplus
} /* extern "C" */

#include <exception>

/* Runs a function that returns SB_OK or a kind of error, and turns C++ exceptions into SB_FAILED with their text:
 *
 *   int solverbench_solve(sb_run *run) { return sb_guard(run, [&] { return solve(run); }); }
 */
template <class Function> int sb_guard(sb_run *run, Function function) noexcept
{
    try {
        return function();
    } catch (const std::exception &e) {
        return sb_fail(run, SB_FAILED, "%s", e.what());
    } catch (...) {
        return sb_fail(run, SB_FAILED, "an exception that is not a std::exception");
    }
}
#endif

#endif
