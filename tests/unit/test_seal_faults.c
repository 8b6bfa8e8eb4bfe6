/*
 * The master key file on a disk that fails: each call by which it is made or changed fails, one
 * after the other, or is cut short. The former file is whole then, or the new one is; nothing
 * else is left in the folder, and the reason names the file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "hss/seal.h"
#include "temp_dir.h"

enum { FILE_MAX = 256, CALLS_MAX = 40, OWNER = 12345 };

/* What is done to the n-th call. Short: a write of half, and the next one finds the disk full. */
enum harm { HARM_FAIL, HARM_SHORT, HARM_NOTHING_WRITTEN };

static struct {
	bool on;
	unsigned n;  /* calls so far */
	unsigned at; /* which of them is harmed; 0: none */
	enum harm harm;
	int error;
	bool must_tell; /* what was harmed cannot be done without */
} fault;

static struct temp_dir dir;
static char path[TEMP_PATH_MAX];

/* Whether this call fails: errno is set then. */
static bool fails(void)
{
	if (!fault.on || ++fault.n != fault.at || fault.harm != HARM_FAIL) {
		return false;
	}
	fault.must_tell = true;
	errno = fault.error;
	return true;
}

int __real_open(const char *name, int flags, ...);
int __wrap_open(const char *name, int flags, ...);
ssize_t __real_write(int fd, const void *octets, size_t len);
ssize_t __wrap_write(int fd, const void *octets, size_t len);

int __wrap_open(const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if ((flags & O_CREAT) != 0) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return fails() ? -1 : __real_open(name, flags, mode);
}

ssize_t __wrap_write(int fd, const void *octets, size_t len)
{
	if (fails()) {
		return -1;
	}
	if (fault.on && fault.n == fault.at && fault.harm == HARM_SHORT) {
		fault.harm = HARM_FAIL;
		fault.at = fault.n + 1;
		return __real_write(fd, octets, len / 2);
	}
	if (fault.on && fault.n == fault.at && fault.harm == HARM_NOTHING_WRITTEN) {
		fault.must_tell = true;
		return 0;
	}
	return __real_write(fd, octets, len);
}

/* A call that succeeds with 0. */
#define WRAP(name, parameters, arguments)                                                          \
	int __real_##name parameters;                                                              \
	int __wrap_##name parameters;                                                              \
	int __wrap_##name parameters                                                               \
	{                                                                                          \
		return fails() ? -1 : __real_##name arguments;                                     \
	}

WRAP(fsync, (int fd), (fd))
WRAP(syncfs, (int fd), (fd))
WRAP(rename, (const char *from, const char *to), (from, to))
WRAP(link, (const char *from, const char *to), (from, to))
WRAP(fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
WRAP(flock, (int fd, int how), (fd, how))
WRAP(stat, (const char *name, struct stat *out), (name, out))
WRAP(fstat, (int fd, struct stat *out), (fd, out))

/* A close that fails has closed all the same; of what was only read that does not matter. */
int __real_close(int fd);
int __wrap_close(int fd);

int __wrap_close(int fd)
{
	const int mode = fcntl(fd, F_GETFL) & O_ACCMODE;
	const int rc = __real_close(fd);

	if (fails()) {
		fault.must_tell = mode != O_RDONLY;
		return -1;
	}
	return rc;
}

ssize_t __real_read(int fd, void *octets, size_t len);
ssize_t __wrap_read(int fd, void *octets, size_t len);

ssize_t __wrap_read(int fd, void *octets, size_t len)
{
	return fails() ? -1 : __real_read(fd, octets, len);
}

/* Acts. */

static char why[SEAL_WHY_LEN];
static int cause;

static enum hss_err create(void)
{
	const enum hss_err err = seal_create(path);

	cause = errno;
	return err;
}

static enum hss_err add(void)
{
	unsigned id = 0;

	return seal_add(path, &id, why);
}

static enum hss_err take_out(void)
{
	return seal_remove(path, 1, why);
}

static enum hss_err sync_again(void)
{
	struct seal *seal = NULL;
	enum hss_err err = seal_open(path, &seal, why);

	if (err == HSS_OK) {
		err = seal_sync(seal, why);
	}
	seal_close(seal);
	return err;
}

/* The file, with a NUL; "" when there is none. */
static void file_read(char out[static FILE_MAX])
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd >= 0 ? read(fd, out, FILE_MAX - 1) : 0;

	assert_true(n >= 0);
	out[n] = '\0';
	if (fd >= 0) {
		(void)close(fd);
	}
}

static unsigned entries(const char *folder)
{
	DIR *open_folder = opendir(folder);
	const struct dirent *entry = NULL;
	unsigned n = 0;

	assert_non_null(open_folder);
	while ((entry = readdir(open_folder)) != NULL) {
		n += entry->d_name[0] != '.';
	}
	(void)closedir(open_folder);
	return n;
}

/* The keys of the file as "1", "12" and so on; "": there is no file. It has to be whole. */
static const char *keys(void)
{
	static char text[SEAL_RING_MAX + 1];
	struct seal *seal = NULL;
	unsigned ids[SEAL_RING_MAX];
	struct stat st;
	size_t n = 0;

	if (access(path, F_OK) == 0) {
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(st.st_uid, geteuid() == 0 && fault.at != 0 ? OWNER : geteuid());
		assert_int_equal(seal_open(path, &seal, why), HSS_OK);
		n = seal_ids(seal, ids);
		seal_close(seal);
	}
	for (size_t i = 0; i < n; i++) {
		text[i] = (char)('0' + ids[i]);
	}
	text[n] = '\0';
	return text;
}

struct act {
	enum hss_err (*perform)(void);
	unsigned added; /* keys in the file before */
	const char *before;
	const char *after;
	unsigned least; /* calls that have to be harmed */
};

static void before_act(const struct act *act)
{
	unsigned id = 0;

	(void)unlink(path);
	for (unsigned i = 0; i < act->added; i++) {
		assert_int_equal(i == 0 ? seal_create(path) : seal_add(path, &id, why), HSS_OK);
	}
	if (geteuid() == 0 && act->added > 0) {
		assert_int_equal(chown(path, OWNER, OWNER), 0);
	}
}

/* What holds after a fault that the act told, and after one that it could do without. */
static void after_act(const struct act *act, enum hss_err err, const char former[static FILE_MAX])
{
	char now[FILE_MAX];
	char told[SEAL_WHY_LEN];

	(void)snprintf(told, sizeof(told), "%s", why);
	file_read(now);
	if (err == HSS_OK) {
		assert_false(fault.must_tell);
		assert_string_equal(keys(), act->after);
	} else if (strcmp(now, former) != 0) {
		assert_true(act->added > 0); /* a new one is durable or not there */
		assert_string_equal(keys(), act->after);
	} else {
		assert_string_equal(keys(), act->before);
	}
	assert_int_equal(entries(dir.path), now[0] != '\0');
	if (err != HSS_OK) {
		assert_int_equal(err, HSS_ERR_IO);
		if (act->perform == create) {
			assert_int_equal(cause, fault.error);
		} else {
			assert_non_null(strstr(told, path));
			assert_non_null(strstr(told, strerror(fault.error)));
		}
	}
}

/* Harm each call of an act in turn, until one goes through unharmed. Returns how many were told. */
static unsigned harm_all(const struct act *act, enum harm harm, int error)
{
	char former[FILE_MAX];
	unsigned told = 0;
	unsigned at = 0;
	bool met = true;

	for (at = 1; met; at++) {
		const unsigned open_before = entries("/proc/self/fd");
		enum hss_err err = HSS_OK;

		assert_true(at < CALLS_MAX);
		fault.at = 0;
		before_act(act);
		file_read(former);
		fault = (typeof(fault)){.on = true, .at = at, .harm = harm, .error = error};
		why[0] = '\0';
		err = act->perform();
		fault.on = false;
		met = fault.n >= at;
		told += err != HSS_OK;
		assert_int_equal(entries("/proc/self/fd"), open_before);
		if (act->added == 0 && geteuid() == 0 && access(path, F_OK) == 0) {
			assert_int_equal(chown(path, OWNER, OWNER), 0);
		}
		after_act(act, err, former);
	}
	return told;
}

static void each_call_that_fails_leaves_a_whole_file_and_says_so(void **state)
{
	static const struct act acts[] = {
		{create, 0, "", "1", 5},
		{add, 1, "1", "12", 10},
		{take_out, 2, "12", "2", 10},
		{sync_again, 2, "12", "12", 5},
	};
	static const int errors[] = {EIO, ENOSPC};

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++) {
			assert_in_range(harm_all(&acts[i], HARM_FAIL, errors[e]), acts[i].least,
			                CALLS_MAX);
		}
	}
}

/* The write of each act, wherever it comes. */
static void a_write_cut_short_leaves_the_former_file(void **state)
{
	static const struct act acts[] = {
		{create, 0, "", "1", 1},
		{add, 1, "1", "12", 1},
		{take_out, 2, "12", "2", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		assert_int_equal(harm_all(&acts[i], HARM_SHORT, ENOSPC), 1);
		assert_int_equal(harm_all(&acts[i], HARM_NOTHING_WRITTEN, EIO), 1);
	}
}

/* What a writer that was killed left goes with the next one. */
static void a_file_left_beside_is_replaced(void **state)
{
	static const struct act acts[] = {
		{create, 0, "", "1", 0},
		{add, 1, "1", "12", 0},
		{take_out, 2, "12", "2", 0},
	};
	char beside[TEMP_PATH_MAX];

	(void)state;
	temp_dir_file(&dir, "master.key.new", beside);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		int fd = -1;

		fault.at = 0;
		before_act(&acts[i]);
		fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, "half a k", 8), 8);
		assert_int_equal(close(fd), 0);
		assert_int_equal(acts[i].perform(), HSS_OK);
		fault.at = geteuid() == 0 && acts[i].added > 0;
		assert_string_equal(keys(), acts[i].after);
		assert_int_equal(entries(dir.path), 1);
	}
}

static int setup(void **state)
{
	(void)state;
	memset(&fault, 0, sizeof(fault));
	temp_dir_make(&dir);
	temp_dir_file(&dir, "master.key", path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fault.on = false;
	temp_dir_remove(&dir);
	return 0;
}

#define FAULT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAULT_TEST(each_call_that_fails_leaves_a_whole_file_and_says_so),
		FAULT_TEST(a_write_cut_short_leaves_the_former_file),
		FAULT_TEST(a_file_left_beside_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
