/* What the runner is made of in C: loading the library, the functions of sb_run, and calling the solver. The Go side fills the
 * tables and does what needs the harness. All memory is the Go side's, and freed by it. */
#ifndef SHIM_H
#define SHIM_H

#include <stdatomic.h>
#include <time.h>

#include "solverbench.h"

/* A library and its four functions. */
typedef struct shim_library {
    const char *path; /* for messages */
    const sb_plugin *(*describe)(void);
    int (*prepare)(sb_run *);
    int (*solve)(sb_run *);
    void (*close)(sb_run *);
} shim_library;

/* Opens the library and returns NULL, or what is wrong, in memory to be freed. */
char *shim_open(shim_library *library);

/* Returns its description. */
const sb_plugin *shim_describe(const shim_library *library);

/* A value with its path or name. */
typedef struct shim_entry {
    const char *path;
    sb_value value;
} shim_entry;

/* Entries found by a hash of their path. */
typedef struct shim_table {
    shim_entry *entries;
    int64_t count;
    int32_t *buckets; /* indexes of entries, −1 where there is none; mask+1 of them, a power of two */
    uint32_t mask;
} shim_table;

/* Fills the buckets. */
void shim_index(shim_table *table);

/* An array field of the solution, and what the solver has made for it in this solve. */
typedef struct shim_output {
    const char *name;
    void *data; /* NULL as long as it has not been asked for */
    int32_t type;
    int64_t rank;
    int64_t shape[16];
} shim_output;

enum { SHIM_MAX_RANK = 16 };

/* A session. */
typedef struct shim_session {
    sb_run run; /* first: the solver's sb_run is the session */
    const shim_library *library;
    uintptr_t handle; /* of the Go side's session */
    shim_table fields, options;
    int32_t *arrays; /* entries of fields whose elements lie in the task's memory … */
    int64_t array_count;
    shim_output *outputs;
    int64_t output_count;
    atomic_int cancelled;
    int checkpoints_left; /* at most so many more in this solve */
    struct timespec last_progress;
    char message[1024];
    char mistake[1024]; /* the first one, or empty */
} shim_session;

/* Sets what is the same for all sessions. */
void shim_init(shim_session *session);

/* The three calls. `data` are the addresses of the arrays' elements, in their order. */
int shim_prepare(shim_session *session, void **data);
int shim_solve(shim_session *session, void **data);
void shim_close(shim_session *session);

/* Records a mistake, unless there is one. */
void shim_mistake(shim_session *session, const char *message);

/* Has crashes told. Which library it is, and what it is doing, are known from the calls above. */
void shim_watch_crashes(void);

/* What a thread is doing in the library, for those messages. */
void shim_enter(const shim_session *session, const char *function);
void shim_leave(void);

#endif
