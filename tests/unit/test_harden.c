/* Each test hardens a child of its own, which tells what it found by its status. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/crypto.h>

#include "hss/harden.h"

/* The wait status of a child that runs probe; it ends with 0 when probe says true. */
static int child(bool (*probe)(void))
{
	int status = -1;
	const pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		_exit(probe() ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool no_core(void)
{
	struct rlimit core = {1, 1};

	return harden_process(NULL) && prctl(PR_GET_DUMPABLE) == 0 &&
	       getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0;
}

static void process_is_not_dumpable_and_has_no_core_limit(void **state)
{
	(void)state;
	assert_int_equal(child(no_core), 0);
}

static bool mode_of_new_file(void)
{
	char path[] = "/tmp/test_hardenXXXXXX/file";
	char *slash = path + sizeof(path) - sizeof("/file");
	struct stat st = {0};
	bool good = false;
	int fd = -1;

	(void)umask(0);
	*slash = '\0';
	if (!harden_process(NULL) || mkdtemp(path) == NULL) {
		return false;
	}
	*slash = '/';
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
	good = fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & ALLPERMS) == (S_IRUSR | S_IWUSR);
	(void)unlink(path);
	*slash = '\0';
	(void)rmdir(path);
	return good;
}

static void new_files_are_their_owners_alone(void **state)
{
	(void)state;
	assert_int_equal(child(mode_of_new_file), 0);
}

static bool secure_heap(void)
{
	void *mem = NULL;
	bool good = false;

	if (!harden_process(NULL) || CRYPTO_secure_malloc_initialized() != 1) {
		return false;
	}
	mem = OPENSSL_secure_malloc(64);
	good = mem != NULL && CRYPTO_secure_allocated(mem) == 1;
	OPENSSL_secure_clear_free(mem, 64);
	return good;
}

static void libcrypto_has_its_secure_heap(void **state)
{
	(void)state;
	assert_int_equal(child(secure_heap), 0);
}

/* More than the secure heap alone. */
static bool has_locked_pages(void)
{
	char text[4096];
	const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	const ssize_t len = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	const char *at = NULL;

	(void)close(fd);
	if (len <= 0) {
		return false;
	}
	text[len] = '\0';
	at = strstr(text, "VmLck:");
	return at != NULL &&
	       strtol(at + sizeof("VmLck:") - 1, NULL, 10) > 2 * HARDEN_SECURE_LEN / 1024;
}

static bool told_locked(void)
{
	const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
	bool is_locked = false;

	(void)setrlimit(RLIMIT_MEMLOCK, &none); /* an unprivileged user may not */
	return harden_process(&is_locked) && is_locked == has_locked_pages();
}

static bool told_not_locked(void)
{
	const struct rlimit small = {1 << 20, 1 << 20};
	bool is_locked = true;

	return setrlimit(RLIMIT_MEMLOCK, &small) == 0 && harden_process(&is_locked) && !is_locked &&
	       !has_locked_pages();
}

static void pages_are_locked_where_the_limit_allows_it_and_it_is_told(void **state)
{
	(void)state;
	assert_int_equal(child(told_locked), 0);
	assert_int_equal(child(told_not_locked), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(process_is_not_dumpable_and_has_no_core_limit),
		cmocka_unit_test(new_files_are_their_owners_alone),
		cmocka_unit_test(libcrypto_has_its_secure_heap),
		cmocka_unit_test(pages_are_locked_where_the_limit_allows_it_and_it_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
