/* Faults at the border to the disk, for tests: a library that is loaded before libc (LD_PRELOAD) and stands in for the
 * calls by which a program changes files. It counts those that concern one folder, notes each in a log, and at a given
 * one kills the process or refuses the call, as a full disk or a dying one would.
 *
 * The environment variable EMEROTECA_FAULTS names a file that tests/support/faults.py writes, a struct plan. All
 * processes of a command map it, so that they count together and a fault strikes whichever of them comes to it; a
 * process that was forked after the library was loaded calls faults_begin() instead of being started anew.
 *
 * Nothing is forced to the disk for real: a kill leaves the page cache as it is, and the tests would wait for nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* Kinds of operations; a plan says by a sum of them which ones its fault may strike. */
enum { WRITE = 1, SYNC = 2, RENAME = 4, UNLINK = 8, TRUNCATE = 16, MKDIR = 32, OPEN = 64, CREATE = 128 };

enum { KILL_BEFORE = 1, KILL_AFTER = 2, KILL_HALFWAY = 3, REFUSE_ONCE = 4, REFUSE_FROM_THEN_ON = 5 };

struct plan {
    int64_t at;       /* the fault strikes the first operation of its kinds from this one on, counted from 1; 0: none */
    int64_t counted;  /* operations so far */
    int32_t how;
    int32_t kinds;
    int32_t error;    /* errno of a refusal */
    int32_t struck;   /* how many operations the fault has met */
    char folder[1024];
    char log[1024];   /* a line for each operation: process, name of the call, path */
};

static struct plan *plan;
static int log_fd = -1;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) void faults_begin(void) {
    const char *path = getenv("EMEROTECA_FAULTS");
    if (path == NULL)
        return;
    int fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    void *mapped = mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED)
        return;
    plan = mapped;
    log_fd = REAL(open)(plan->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

/* Count and note an operation; what becomes of it, 0 when it is done as if nothing were. Death may come at once. */
static int meet(int kind, const char *name, const char *path) {
    size_t length = plan == NULL ? 0 : strlen(plan->folder);
    if (length == 0 || strncmp(path, plan->folder, length) != 0 || (path[length] != '/' && path[length] != 0))
        return 0;
    int before = errno;
    char line[1200];
    int chars = snprintf(line, sizeof line, "%d %s %s\n", (int)getpid(), name, path + length);
    if (log_fd >= 0 && REAL(write)(log_fd, line, (size_t)chars) < 0)
        abort();
    errno = before;
    int64_t number = __atomic_add_fetch(&plan->counted, 1, __ATOMIC_SEQ_CST);
    if (plan->at == 0 || number < plan->at || !(plan->kinds & kind))
        return 0;
    if (__atomic_fetch_add(&plan->struck, 1, __ATOMIC_SEQ_CST) > 0 && plan->how != REFUSE_FROM_THEN_ON)
        return 0;
    if (plan->how == KILL_BEFORE)
        kill(getpid(), SIGKILL);
    if (plan->how == REFUSE_ONCE || plan->how == REFUSE_FROM_THEN_ON)
        errno = plan->error;
    return plan->how;
}

static int meet_fd(int kind, const char *name, int fd) {
    char link[40], path[1024] = "";
    int before = errno;
    if (plan != NULL) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t chars = readlink(link, path, sizeof path - 1);
        path[chars < 0 ? 0 : chars] = 0;
    }
    errno = before;
    return meet(kind, name, path);
}

/* A path that is relative to an open folder, or to the current one, is made whole. */
static int meet_at(int kind, const char *name, int folder, const char *relative) {
    char link[40], path[2048];
    if (plan == NULL || relative[0] == '/')
        return meet(kind, name, relative);
    if (folder == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/self/cwd");
    else
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t chars = readlink(link, path, 1023);
    chars = chars < 0 ? 0 : chars;
    snprintf(path + chars, sizeof path - (size_t)chars, "/%s", relative);
    return meet(kind, name, path);
}

static size_t part(int how, size_t bytes) {
    return how == KILL_HALFWAY ? bytes / 2 : bytes;
}

/* Carry out a call unless it is refused, and die if that is its fate. */
#define OPERATION(fate, type, call)                          \
    int how = fate;                                          \
    if (how == REFUSE_ONCE || how == REFUSE_FROM_THEN_ON)    \
        return -1;                                           \
    type result = call;                                      \
    if (how == KILL_AFTER || how == KILL_HALFWAY)            \
        kill(getpid(), SIGKILL);                             \
    return result

ssize_t write(int fd, const void *data, size_t bytes) {
    OPERATION(meet_fd(WRITE, "write", fd), ssize_t, REAL(write)(fd, data, part(how, bytes)));
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
    OPERATION(meet_fd(WRITE, "pwrite", fd), ssize_t, REAL(pwrite)(fd, data, part(how, bytes), at));
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t at) {
    OPERATION(meet_fd(WRITE, "pwrite", fd), ssize_t, REAL(pwrite64)(fd, data, part(how, bytes), at));
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
    OPERATION(meet_fd(WRITE, "writev", fd), ssize_t, REAL(writev)(fd, pieces, (int)part(how, (size_t)count)));
}

int fsync(int fd) {
    OPERATION(meet_fd(SYNC, "fsync", fd), int, 0);
}

int fdatasync(int fd) {
    OPERATION(meet_fd(SYNC, "fdatasync", fd), int, 0);
}

int ftruncate(int fd, off_t bytes) {
    OPERATION(meet_fd(TRUNCATE, "ftruncate", fd), int, REAL(ftruncate)(fd, bytes));
}

int ftruncate64(int fd, off64_t bytes) {
    OPERATION(meet_fd(TRUNCATE, "ftruncate", fd), int, REAL(ftruncate64)(fd, bytes));
}

int rename(const char *from, const char *to) {
    OPERATION(meet_at(RENAME, "rename", AT_FDCWD, to), int, REAL(rename)(from, to));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    OPERATION(meet_at(RENAME, "rename", to_folder, to), int, REAL(renameat)(from_folder, from, to_folder, to));
}

int unlink(const char *path) {
    OPERATION(meet_at(UNLINK, "unlink", AT_FDCWD, path), int, REAL(unlink)(path));
}

int unlinkat(int folder, const char *path, int flags) {
    OPERATION(meet_at(UNLINK, "unlink", folder, path), int, REAL(unlinkat)(folder, path, flags));
}

int mkdir(const char *path, mode_t mode) {
    OPERATION(meet_at(MKDIR, "mkdir", AT_FDCWD, path), int, REAL(mkdir)(path, mode));
}

static int meet_open(int folder, const char *path, int flags) {
    int writes = flags & (O_CREAT | O_WRONLY | O_RDWR);
    return writes ? meet_at(CREATE, "create", folder, path) : meet_at(OPEN, "open", folder, path);
}

/* The mode is there only where a file may be made; a call that is handed one too many does no harm. */
#define MODE(flags)                     \
    va_list more;                       \
    va_start(more, flags);              \
    mode_t mode = va_arg(more, mode_t); \
    va_end(more)

int open(const char *path, int flags, ...) {
    MODE(flags);
    OPERATION(meet_open(AT_FDCWD, path, flags), int, REAL(open)(path, flags, mode));
}

int open64(const char *path, int flags, ...) {
    MODE(flags);
    OPERATION(meet_open(AT_FDCWD, path, flags), int, REAL(open64)(path, flags, mode));
}

int openat(int folder, const char *path, int flags, ...) {
    MODE(flags);
    OPERATION(meet_open(folder, path, flags), int, REAL(openat)(folder, path, flags, mode));
}

int openat64(int folder, const char *path, int flags, ...) {
    MODE(flags);
    OPERATION(meet_open(folder, path, flags), int, REAL(openat64)(folder, path, flags, mode));
}
