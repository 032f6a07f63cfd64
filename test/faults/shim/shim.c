/*
 * LD_PRELOAD shim for tests: records what a process does to the files below one
 * folder, and makes chosen calls fail, write half, or kill the process.
 *
 *   SHIM_ROOT     only files below this folder count (absolute, no links in it)
 *   SHIM_LOG      file to which every change is appended (absent: no recording)
 *   SHIM_CONTROL  file of eight 32-bit words, see struct control: faults that
 *                 the test arms while the process runs (absent: none)
 *
 * While recording, fsync is noted and not carried out: the replay decides what
 * a power loss leaves, and the recording is faster.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Kinds of calls, as bits of control.calls. */
enum { CALL_WRITE = 1, CALL_SYNC = 2, CALL_TRUNCATE = 4, CALL_NAME = 8, CALL_CREATE = 16 };
/* What happens when the countdown ends. ACT_LIE: nothing is done and success is reported (writes and syncs). */
enum { ACT_ERROR = 1, ACT_SHORT = 2, ACT_KILL = 3, ACT_KILL_AFTER = 4, ACT_LIE = 5 };

struct control {
	uint32_t armed;     /* 0: off */
	uint32_t calls;     /* which kinds count */
	uint32_t countdown; /* 1: the next one */
	uint32_t action;
	uint32_t error;     /* errno for ACT_ERROR */
	uint32_t sticky;    /* 1: every later one as well, until disarmed */
	uint32_t fired;     /* how often it happened */
	uint32_t seen;      /* calls counted since it was armed */
};

/* One entry of the log, followed by the path, then by the data. */
struct entry {
	char type; /* C create, W write, T truncate, S sync, L link, R rename, U unlink, M mkdir, D rmdir */
	char pad[3];
	uint32_t path_length;
	uint64_t inode;
	uint64_t offset;
	uint64_t data_length;
};

static char root[4096];
static size_t root_length;
static int log_fd = -1;
static struct control *control;
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static ssize_t raw_write(int fd, const void *data, size_t length) {
	return syscall(SYS_write, fd, data, length);
}

__attribute__((constructor)) static void start(void) {
	const char *given = getenv("SHIM_ROOT");
	if (given == NULL) return;
	strncpy(root, given, sizeof root - 1);
	root_length = strlen(root);
	const char *log = getenv("SHIM_LOG");
	if (log != NULL)
		log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	const char *words = getenv("SHIM_CONTROL");
	if (words == NULL) return;
	int fd = syscall(SYS_openat, AT_FDCWD, words, O_RDWR | O_CLOEXEC, 0);
	if (fd < 0) return;
	void *page = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page != MAP_FAILED) control = page;
	syscall(SYS_close, fd);
}

static int below_root(const char *path) {
	return root_length > 0 && strncmp(path, root, root_length) == 0 &&
		(path[root_length] == '/' || path[root_length] == 0);
}

/* The absolute path of a path argument; relative ones by the folder they start at. */
static void absolute(int dirfd, const char *path, char *out, size_t size) {
	if (path[0] == '/') {
		snprintf(out, size, "%s", path);
		return;
	}
	char link[64], base[4096];
	if (dirfd == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
	else snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
	ssize_t length = readlink(link, base, sizeof base - 1);
	if (length < 0) length = 0;
	base[length] = 0;
	snprintf(out, size, "%s/%s", base, path);
}

/* Whether fd is a file or folder below the root; its inode and path. */
static int watched(int fd, char *path, size_t size, uint64_t *inode) {
	struct stat found;
	if (root_length == 0 || fstat(fd, &found) != 0) return 0;
	if (!S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)) return 0;
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, size - 1);
	if (length < 0) return 0;
	path[length] = 0;
	*inode = found.st_ino;
	return below_root(path);
}

static void note(char type, const char *path, uint64_t inode, uint64_t offset, const void *data, size_t length) {
	if (log_fd < 0) return;
	size_t path_length = strlen(path);
	size_t total = sizeof(struct entry) + path_length + length;
	char *buffer = malloc(total);
	struct entry head = { type, {0}, path_length, inode, offset, length };
	memcpy(buffer, &head, sizeof head);
	memcpy(buffer + sizeof head, path, path_length);
	if (length > 0) memcpy(buffer + sizeof head + path_length, data, length);
	for (size_t done = 0; done < total;) {
		ssize_t written = raw_write(log_fd, buffer + done, total - done);
		if (written <= 0) abort();
		done += written;
	}
	free(buffer);
}

static void die(void) {
	syscall(SYS_kill, getpid(), SIGKILL);
	for (;;) pause();
}

/* What the armed fault does to this call; 0: nothing. Called with the lock held. */
static int fault(int kind) {
	if (control == NULL || !control->armed || !(control->calls & kind)) return 0;
	control->seen += 1;
	if (control->countdown > 1) {
		control->countdown -= 1;
		return 0;
	}
	if (control->countdown == 0 && !control->sticky) return 0;
	control->countdown = 0;
	control->fired += 1;
	if (control->action == ACT_KILL) die();
	return control->action;
}

#define FAIL(result) do { errno = control->error; pthread_mutex_unlock(&lock); return result; } while (0)

static int open_any(int dirfd, const char *path, int flags, mode_t mode) {
	char full[8192];
	absolute(dirfd, path, full, sizeof full);
	int changes = (flags & (O_CREAT | O_TRUNC)) != 0 && (flags & O_TMPFILE) != O_TMPFILE;
	if (!below_root(full) || !changes) return syscall(SYS_openat, dirfd, path, flags, mode);
	pthread_mutex_lock(&lock);
	struct stat before, after;
	int existed = lstat(full, &before) == 0;
	int act = existed ? 0 : fault(CALL_CREATE);
	if (act == ACT_ERROR) FAIL(-1);
	int fd = syscall(SYS_openat, dirfd, path, flags, mode);
	int saved = errno;
	if (fd >= 0 && fstat(fd, &after) == 0) {
		if (!existed) note('C', full, after.st_ino, 0, NULL, 0);
		else if (flags & O_TRUNC) note('T', full, after.st_ino, 0, NULL, 0);
	}
	if (act == ACT_KILL_AFTER) die();
	errno = saved;
	pthread_mutex_unlock(&lock);
	return fd;
}

int open(const char *path, int flags, ...) {
	va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest);
	return open_any(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
	va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest);
	return open_any(AT_FDCWD, path, flags, mode);
}
int openat(int dirfd, const char *path, int flags, ...) {
	va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest);
	return open_any(dirfd, path, flags, mode);
}
int openat64(int dirfd, const char *path, int flags, ...) {
	va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest);
	return open_any(dirfd, path, flags, mode);
}

/* offset < 0: at the file's own position. */
static ssize_t write_any(int fd, const void *data, size_t length, off64_t offset) {
	char path[4096];
	uint64_t inode;
	int own = offset < 0;
	if (!watched(fd, path, sizeof path, &inode))
		return own ? syscall(SYS_write, fd, data, length) : syscall(SYS_pwrite64, fd, data, length, offset);
	pthread_mutex_lock(&lock);
	int act = fault(CALL_WRITE);
	if (act == ACT_ERROR) FAIL(-1);
	if (act == ACT_LIE) {
		if (own) lseek64(fd, length, SEEK_CUR);
		pthread_mutex_unlock(&lock);
		return length;
	}
	if (act == ACT_SHORT) length = length / 2;
	if (own) {
		struct stat found;
		int appends = (fcntl(fd, F_GETFL) & O_APPEND) != 0;
		offset = appends && fstat(fd, &found) == 0 ? found.st_size : lseek64(fd, 0, SEEK_CUR);
	}
	ssize_t written = own ? syscall(SYS_write, fd, data, length) : syscall(SYS_pwrite64, fd, data, length, offset);
	int saved = errno;
	if (written > 0) note('W', path, inode, offset, data, written);
	if (act == ACT_KILL_AFTER) die();
	errno = saved;
	pthread_mutex_unlock(&lock);
	return written;
}

ssize_t write(int fd, const void *data, size_t length) { return write_any(fd, data, length, -1); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return write_any(fd, data, length, offset); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return write_any(fd, data, length, offset); }

/* Vectors are written piece by piece for watched files: a short write is allowed. */
static ssize_t vector_any(int fd, const struct iovec *pieces, int count, off64_t offset) {
	char path[4096];
	uint64_t inode;
	if (!watched(fd, path, sizeof path, &inode))
		return offset < 0 ? syscall(SYS_writev, fd, pieces, count) : syscall(SYS_pwritev, fd, pieces, count, offset, 0);
	ssize_t total = 0;
	for (int i = 0; i < count; i++) {
		ssize_t written = write_any(fd, pieces[i].iov_base, pieces[i].iov_len, offset < 0 ? -1 : offset + total);
		if (written < 0) return total > 0 ? total : written;
		total += written;
		if ((size_t)written < pieces[i].iov_len) break;
	}
	return total;
}
ssize_t writev(int fd, const struct iovec *pieces, int count) { return vector_any(fd, pieces, count, -1); }
ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset) { return vector_any(fd, pieces, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off64_t offset) { return vector_any(fd, pieces, count, offset); }

static int sync_any(int fd, long number) {
	char path[4096];
	uint64_t inode;
	if (!watched(fd, path, sizeof path, &inode)) return syscall(number, fd);
	pthread_mutex_lock(&lock);
	int act = fault(CALL_SYNC);
	if (act == ACT_ERROR) FAIL(-1);
	if (act != ACT_LIE) note('S', path, inode, 0, NULL, 0);
	if (act == ACT_KILL_AFTER) die();
	pthread_mutex_unlock(&lock);
	return log_fd >= 0 || act == ACT_LIE ? 0 : syscall(number, fd);
}
int fsync(int fd) { return sync_any(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_any(fd, SYS_fdatasync); }

static int truncate_any(int fd, off64_t size) {
	char path[4096];
	uint64_t inode;
	if (!watched(fd, path, sizeof path, &inode)) return syscall(SYS_ftruncate, fd, size);
	pthread_mutex_lock(&lock);
	int act = fault(CALL_TRUNCATE);
	if (act == ACT_ERROR) FAIL(-1);
	int result = syscall(SYS_ftruncate, fd, size);
	int saved = errno;
	if (result == 0) note('T', path, inode, size, NULL, 0);
	if (act == ACT_KILL_AFTER) die();
	errno = saved;
	pthread_mutex_unlock(&lock);
	return result;
}
int ftruncate(int fd, off_t size) { return truncate_any(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncate_any(fd, size); }

/* Changes of names: one or two paths, the second one as data. */
static int name_any(char type, const char *first, const char *second, int call_kind,
		int (*run)(const char *, const char *, mode_t), mode_t mode) {
	char one[8192], two[8192] = "";
	absolute(AT_FDCWD, first, one, sizeof one);
	if (second != NULL) absolute(AT_FDCWD, second, two, sizeof two);
	if (!below_root(one) && !below_root(two)) return run(first, second, mode);
	pthread_mutex_lock(&lock);
	int act = fault(call_kind);
	if (act == ACT_ERROR) FAIL(-1);
	struct stat found;
	uint64_t inode = lstat(one, &found) == 0 ? found.st_ino : 0;
	int result = run(first, second, mode);
	int saved = errno;
	if (result == 0) note(type, one, inode, 0, two, strlen(two));
	if (result == 0 && act == ACT_KILL_AFTER) die();
	errno = saved;
	pthread_mutex_unlock(&lock);
	return result;
}
static int run_rename(const char *a, const char *b, mode_t m) { (void)m; return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 0); }
static int run_link(const char *a, const char *b, mode_t m) { (void)m; return syscall(SYS_linkat, AT_FDCWD, a, AT_FDCWD, b, 0); }
static int run_unlink(const char *a, const char *b, mode_t m) { (void)b; (void)m; return syscall(SYS_unlinkat, AT_FDCWD, a, 0); }
static int run_rmdir(const char *a, const char *b, mode_t m) { (void)b; (void)m; return syscall(SYS_unlinkat, AT_FDCWD, a, AT_REMOVEDIR); }
static int run_mkdir(const char *a, const char *b, mode_t m) { (void)b; return syscall(SYS_mkdirat, AT_FDCWD, a, m); }
int rename(const char *a, const char *b) { return name_any('R', a, b, CALL_NAME, run_rename, 0); }
int link(const char *a, const char *b) { return name_any('L', a, b, CALL_NAME, run_link, 0); }
int unlink(const char *a) { return name_any('U', a, NULL, CALL_NAME, run_unlink, 0); }
int rmdir(const char *a) { return name_any('D', a, NULL, CALL_NAME, run_rmdir, 0); }
int mkdir(const char *a, mode_t mode) { return name_any('M', a, NULL, CALL_NAME, run_mkdir, mode); }
