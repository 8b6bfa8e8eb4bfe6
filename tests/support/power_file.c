/*
 * Takes the place of open, write, fsync, rename and unlink in a program, with --wrap, and tells
 * power_vfs.h about them. SQLite has its own calls.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "power_vfs.h"

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *octets, size_t len);
ssize_t __wrap_write(int fd, const void *octets, size_t len);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

/* What a descriptor is open on; "" when that cannot be told. */
static const char *path_of(int fd, char out[static PATH_MAX])
{
	char link[64];
	ssize_t len = 0;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, out, PATH_MAX - 1);
	out[len > 0 ? len : 0] = '\0';
	return out;
}

int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;
	int fd = -1;

	if ((flags & O_CREAT) != 0) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	fd = __real_open(path, flags, mode);
	if (fd >= 0 && (flags & O_CREAT) != 0) {
		power_file_made(path);
	}
	return fd;
}

ssize_t __wrap_write(int fd, const void *octets, size_t len)
{
	char path[PATH_MAX];

	power_file_written(path_of(fd, path), octets, lseek(fd, 0, SEEK_CUR), len);
	return __real_write(fd, octets, len);
}

int __wrap_fsync(int fd)
{
	char path[PATH_MAX];

	return power_file_synced(path_of(fd, path)) ? 0 : __real_fsync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
	power_file_renamed(from, to);
	return __real_rename(from, to);
}

int __wrap_unlink(const char *path)
{
	power_file_removed(path);
	return __real_unlink(path);
}
