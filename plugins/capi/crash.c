//go:build cgo && linux

/* Tells how the library has ended the process: which it was, the signal, and where. Go's runtime would tell of a "fatal error:
 * unexpected signal during runtime execution" and its own goroutines instead. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#include "shim.h"

static const char *library_path = "the library";       /* there is one in a process */
static const shim_session *volatile inside;             /* the session whose solver is being called, or NULL */
static const char *volatile inside_function;
static _Thread_local volatile sig_atomic_t this_thread; /* whether it is this thread that calls it */

void shim_enter(const shim_session *session, const char *function)
{
    library_path = session->library->path;
    if (function)
        inside_function = function;
    inside = session;
    this_thread = 1;
}

void shim_leave(void)
{
    this_thread = 0;
    inside = NULL;
}

/* ---- Writing in a signal handler ------------------------------------------------------------------------------------------ */

typedef struct text {
    char bytes[2048];
    size_t length;
} text;

static void add(text *t, const char *s)
{
    while (*s && t->length < sizeof t->bytes)
        t->bytes[t->length++] = *s++;
}

static void add_number(text *t, uintptr_t n, unsigned base)
{
    char digits[24], *p = digits + sizeof digits;
    *--p = '\0';
    do
        *--p = "0123456789abcdef"[n % base];
    while ((n /= base) > 0);
    add(t, p);
}

static void write_out(const text *t)
{
    for (size_t done = 0; done < t->length;) {
        ssize_t n = write(STDERR_FILENO, t->bytes + done, t->length - done);
        if (n <= 0)
            return;
        done += (size_t)n;
    }
}

/* Ends a message: what the solver was doing, and a mistake of its that explains a crash. */
static void add_context(text *t)
{
    const shim_session *session = inside;
    if (session) {
        add(t, ", during ");
        add(t, inside_function);
        if (session->run.solver) {
            add(t, " of solver ");
            add(t, session->run.solver);
        }
        if (session->mistake[0]) {
            add(t, "; before that, ");
            add(t, session->mistake);
        }
    }
    add(t, "\n");
}

/* ---- Signals ---------------------------------------------------------------------------------------------------------------- */

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGSEGV, "segmentation fault (SIGSEGV)"}, {SIGBUS, "bus error (SIGBUS)"},   {SIGFPE, "arithmetic error (SIGFPE)"},
    {SIGILL, "illegal instruction (SIGILL)"},  {SIGABRT, "aborted (SIGABRT)"},
};

enum { SIGNALS = sizeof signals / sizeof signals[0] };

static struct sigaction before[SIGNALS]; /* Go's */

static void *program_counter(const void *context)
{
#if defined(__x86_64__)
    return (void *)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (void *)((const ucontext_t *)context)->uc_mcontext.pc;
#else
    (void)context;
    return NULL;
#endif
}

/* Whether an address belongs to this executable: to Go code, whose faults are Go's to handle, or to the functions above. */
static int is_ours(const void *address)
{
    Dl_info here, there;
    return address && dladdr((const void *)(uintptr_t)shim_leave, &here) && dladdr(address, &there) && here.dli_fbase == there.dli_fbase;
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    size_t i = 0;
    while (i < SIGNALS - 1 && signals[i].number != number)
        i++;
    void *pc = program_counter(context);
    if (!this_thread && is_ours(pc) && (before[i].sa_flags & SA_SIGINFO)) {
        before[i].sa_sigaction(number, info, context);
        return;
    }
    text t = {.length = 0};
    add(&t, "Error: ");
    add(&t, library_path);
    add(&t, ": ");
    add(&t, signals[i].name);
    if ((number == SIGSEGV || number == SIGBUS) && info->si_code > 0) {
        add(&t, " at address 0x");
        add_number(&t, (uintptr_t)info->si_addr, 16);
    }
    Dl_info where;
    if (number != SIGABRT && pc && dladdr(pc, &where) && where.dli_fname) {
        const char *slash = strrchr(where.dli_fname, '/');
        add(&t, " in ");
        if (where.dli_sname) {
            add(&t, where.dli_sname);
            add(&t, " of ");
        }
        add(&t, slash ? slash + 1 : where.dli_fname);
        add(&t, "+0x");
        add_number(&t, (uintptr_t)pc - (uintptr_t)where.dli_fbase, 16);
    }
    add_context(&t);
    write_out(&t);
    signal(number, SIG_DFL);
    raise(number); /* when we return, it is no longer blocked */
}

/* Tells that the library has ended the process by exit. */
static void on_end(int status, void *unused)
{
    (void)unused;
    if (!inside)
        return;
    text t = {.length = 0};
    add(&t, "Error: ");
    add(&t, library_path);
    add(&t, ": exit(");
    add_number(&t, (uintptr_t)(unsigned char)status, 10);
    add(&t, ") was called");
    add_context(&t);
    write_out(&t);
}

void shim_watch_crashes(void)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i].number, &action, &before[i]);
#if defined(__GLIBC__)
    on_exit(on_end, NULL);
#else
    (void)on_end;
#endif
}
