/* A library to preload (LD_PRELOAD) that stands between SQLite and the file system. It looks at the files whose path
 * begins with $CRASHTEST_PREFIX, and
 *
 *   - appends what is done to them to the file $CRASHTEST_JOURNAL, each operation after it has been done: see journal.go
 *   - makes one operation fail: $CRASHTEST_FAIL is "kind,n,errno,forever": the n-th operation (from 1) of the kind w
 *     (write), s (sync), t (truncate) or o (open), and all later ones of any kind of these if forever is 1.
 *
 * It is given to the harness, whose SQLite is C and calls the C library; Go's own system calls do not pass here. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *prefix;
static size_t prefix_length;
static char folder[PATH_MAX];
static int journal = -1;
static int fail_count, fail_errno, fail_forever, seen, failing;
static char fail_kind;

__attribute__((constructor)) static void start(void) {
	prefix = getenv("CRASHTEST_PREFIX");
	if (!prefix)
		return;
	prefix_length = strlen(prefix);
	snprintf(folder, sizeof folder, "%s", prefix);
	char *slash = strrchr(folder, '/');
	if (slash)
		*slash = 0;
	const char *path = getenv("CRASHTEST_JOURNAL");
	if (path)
		journal = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	const char *fail = getenv("CRASHTEST_FAIL");
	if (fail)
		sscanf(fail, "%c,%d,%d,%d", &fail_kind, &fail_count, &fail_errno, &fail_forever);
}

/* name_of returns what follows the prefix in a path, "/" for the folder, or NULL for other files. */
static const char *name_of(const char *path) {
	if (!prefix || !path)
		return NULL;
	if (!strcmp(path, folder))
		return "/";
	return strncmp(path, prefix, prefix_length) ? NULL : path + prefix_length;
}

static const char *name_of_fd(int fd, char *buffer) {
	if (!prefix)
		return NULL;
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, buffer, PATH_MAX - 1);
	if (n < 0)
		return NULL;
	buffer[n] = 0;
	return name_of(buffer);
}

/* must_fail counts an operation and says whether it is to fail. */
static int must_fail(char kind) {
	if (!fail_count)
		return 0;
	if (failing && fail_forever)
		return 1;
	if (kind == fail_kind && ++seen == fail_count) {
		failing = 1;
		return 1;
	}
	return 0;
}

static void note(char operation, const char *name, int64_t offset, const void *data, uint32_t size) {
	if (journal < 0)
		return;
	struct {
		char operation, unused;
		uint16_t name;
		uint32_t size;
		int64_t offset;
	} header = {operation, 0, (uint16_t)strlen(name), size, offset};
	struct iovec parts[3] = {{&header, sizeof header}, {(void *)name, header.name}, {(void *)data, size}};
	if (writev(journal, parts, data ? 3 : 2) < 0)
		abort();
}

#define REAL(f) \
	static __typeof__(f) *real; \
	if (!real) \
		real = (__typeof__(f) *)dlsym(RTLD_NEXT, #f)

#define GUARDED(result, kind, name, call, done) \
	pthread_mutex_lock(&lock); \
	result r = -1; \
	int e = fail_errno; \
	if (!must_fail(kind)) { \
		r = (call); \
		e = errno; \
		if (r >= 0) { \
			done; \
		} \
	} \
	pthread_mutex_unlock(&lock); \
	errno = e; \
	return r

ssize_t pwrite(int fd, const void *data, size_t n, off_t offset) {
	REAL(pwrite);
	char buffer[PATH_MAX];
	const char *name = name_of_fd(fd, buffer);
	if (!name)
		return real(fd, data, n, offset);
	GUARDED(ssize_t, 'w', name, real(fd, data, n, offset), note('w', name, offset, data, (uint32_t)r));
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t offset) {
	REAL(pwrite64);
	char buffer[PATH_MAX];
	const char *name = name_of_fd(fd, buffer);
	if (!name)
		return real(fd, data, n, offset);
	GUARDED(ssize_t, 'w', name, real(fd, data, n, offset), note('w', name, offset, data, (uint32_t)r));
}

ssize_t write(int fd, const void *data, size_t n) {
	REAL(write);
	char buffer[PATH_MAX];
	const char *name = name_of_fd(fd, buffer);
	if (!name)
		return real(fd, data, n);
	off_t offset = lseek(fd, 0, SEEK_CUR);
	GUARDED(ssize_t, 'w', name, real(fd, data, n), note('w', name, offset, data, (uint32_t)r));
}

int ftruncate(int fd, off_t size) {
	REAL(ftruncate);
	char buffer[PATH_MAX];
	const char *name = name_of_fd(fd, buffer);
	if (!name)
		return real(fd, size);
	GUARDED(int, 't', name, real(fd, size), note('t', name, size, NULL, 0));
}

int ftruncate64(int fd, off64_t size) {
	REAL(ftruncate64);
	char buffer[PATH_MAX];
	const char *name = name_of_fd(fd, buffer);
	if (!name)
		return real(fd, size);
	GUARDED(int, 't', name, real(fd, size), note('t', name, size, NULL, 0));
}

int fsync(int fd) {
	REAL(fsync);
	char buffer[PATH_MAX];
	const char *name = name_of_fd(fd, buffer);
	if (!name)
		return real(fd);
	GUARDED(int, 's', name, real(fd), note('s', name, 0, NULL, 0));
}

int fdatasync(int fd) {
	REAL(fdatasync);
	char buffer[PATH_MAX];
	const char *name = name_of_fd(fd, buffer);
	if (!name)
		return real(fd);
	GUARDED(int, 's', name, real(fd), note('s', name, 0, NULL, 0));
}

int unlink(const char *path) {
	REAL(unlink);
	const char *name = name_of(path);
	if (!name)
		return real(path);
	GUARDED(int, 'u', name, real(path), note('u', name, 0, NULL, 0));
}

static mode_t mode_of(int flags, va_list rest) {
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

/* A file that was not there before is noted as made; one that is emptied, as truncated. */
static void opened(const char *name, int flags, int existed) {
	if (!existed)
		note('c', name, 0, NULL, 0);
	else if (flags & O_TRUNC)
		note('t', name, 0, NULL, 0);
}

int open(const char *path, int flags, ...) {
	REAL(open);
	va_list rest;
	va_start(rest, flags);
	mode_t mode = mode_of(flags, rest);
	va_end(rest);
	const char *name = name_of(path);
	if (!name)
		return real(path, flags, mode);
	int existed = !access(path, F_OK);
	GUARDED(int, 'o', name, real(path, flags, mode), opened(name, flags, existed));
}

int open64(const char *path, int flags, ...) {
	REAL(open64);
	va_list rest;
	va_start(rest, flags);
	mode_t mode = mode_of(flags, rest);
	va_end(rest);
	const char *name = name_of(path);
	if (!name)
		return real(path, flags, mode);
	int existed = !access(path, F_OK);
	GUARDED(int, 'o', name, real(path, flags, mode), opened(name, flags, existed));
}
