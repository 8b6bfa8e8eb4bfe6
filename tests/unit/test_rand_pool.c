/* rand_pool.c over a wrapped RAND_bytes that counts: no octet pair of its output comes twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "auc/rand_pool.h"

static struct {
	unsigned calls;
	unsigned failures;
	bool fail_rand;
	bool fail_mmap;
	bool fail_madvise;
	bool fail_zalloc;
	uint32_t counter;
	const uint8_t *wiped;
	size_t wiped_len;
} seam;

int __wrap_RAND_bytes(unsigned char *out, int len);
int __wrap_RAND_bytes(unsigned char *out, int len)
{
	seam.calls++;
	for (int i = 0; i + 4 <= len; i += 4) {
		memcpy(out + i, &seam.counter, 4);
		seam.counter++;
	}
	seam.failures += seam.fail_rand;
	return !seam.fail_rand;
}

void *__real_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
	return seam.fail_mmap ? MAP_FAILED : __real_mmap(at, len, prot, flags, fd, offset);
}

int __real_madvise(void *at, size_t len, int advice);
int __wrap_madvise(void *at, size_t len, int advice);
int __wrap_madvise(void *at, size_t len, int advice)
{
	return seam.fail_madvise ? -1 : __real_madvise(at, len, advice);
}

void *__real_CRYPTO_zalloc(size_t len, const char *file, int line);
void *__wrap_CRYPTO_zalloc(size_t len, const char *file, int line);
void *__wrap_CRYPTO_zalloc(size_t len, const char *file, int line)
{
	return seam.fail_zalloc ? NULL : __real_CRYPTO_zalloc(len, file, line);
}

void __real_OPENSSL_cleanse(void *ptr, size_t len);
void __wrap_OPENSSL_cleanse(void *ptr, size_t len);
void __wrap_OPENSSL_cleanse(void *ptr, size_t len)
{
	seam.wiped = ptr;
	seam.wiped_len = len;
	__real_OPENSSL_cleanse(ptr, len);
}

static struct auc_rand_pool *pool;

static int set_up(void **state)
{
	(void)state;
	memset(&seam, 0, sizeof(seam));
	return auc_rand_pool_open(&pool) == AUC_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	auc_rand_pool_close(pool);
	return 0;
}

static enum auc_err draw(uint8_t *out, size_t len)
{
	struct auc_rng rng = auc_rand_pool_rng(pool);

	return rng.fill(rng.opaque, out, len);
}

static void no_octet_is_handed_out_twice(void **state)
{
	static bool seen[1 << 16];
	uint8_t out[AUC_VECTORS_MAX * AUC_RAND_LEN];

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < 300; i++) {
		size_t len = (size_t)AUC_RAND_LEN * (1 + i % AUC_VECTORS_MAX);

		assert_int_equal(draw(out, len), AUC_OK);
		for (size_t j = 0; j < len; j += 4) {
			uint32_t value = 0;

			memcpy(&value, out + j, 4);
			assert_true(value < seam.counter);
			assert_false(seen[value]);
			seen[value] = true;
		}
	}
}

static void one_refill_serves_256_rands(void **state)
{
	uint8_t out[AUC_RAND_LEN];

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		assert_int_equal(draw(out, sizeof(out)), AUC_OK);
		assert_int_equal(seam.calls, 1);
	}
	assert_int_equal(draw(out, sizeof(out)), AUC_OK);
	assert_int_equal(seam.calls, 2);
}

static void octets_leave_the_pool_as_they_are_handed_out(void **state)
{
	static const uint8_t zero[48];
	uint8_t out[48];

	(void)state;
	assert_int_equal(draw(out, sizeof(out)), AUC_OK);
	assert_memory_not_equal(out, zero, sizeof(out));
	assert_int_equal(seam.wiped_len, sizeof(out));
	assert_memory_equal(seam.wiped, zero, sizeof(out));
}

static void failing_generator_gives_nothing(void **state)
{
	static const uint8_t zero[32];
	uint8_t out[32];

	(void)state;
	seam.fail_rand = true;
	for (unsigned i = 1; i <= 3; i++) {
		memset(out, 0xa5, sizeof(out));
		assert_int_equal(draw(out, sizeof(out)), AUC_ERR_RNG);
		assert_int_equal(seam.failures, i);
		assert_memory_equal(out, zero, sizeof(out));
	}
	seam.fail_rand = false;
	assert_int_equal(draw(out, sizeof(out)), AUC_OK);
	assert_memory_not_equal(out, zero, sizeof(out));
}

/* A refill that fails has wiped what was left: zeros must not go out as RAND. */
static void failing_refill_leaves_nothing_to_hand_out(void **state)
{
	uint8_t out[48];

	(void)state;
	for (unsigned i = 0; i < AUC_RAND_POOL_LEN / sizeof(out); i++) {
		assert_int_equal(draw(out, sizeof(out)), AUC_OK);
	}
	assert_int_equal(seam.calls, 1);
	seam.fail_rand = true;
	assert_int_equal(draw(out, sizeof(out)), AUC_ERR_RNG);
	assert_int_equal(draw(out, 16), AUC_ERR_RNG); /* 16 octets were left */
	assert_int_equal(seam.failures, 2);
}

static void request_beyond_the_pool_goes_to_the_generator(void **state)
{
	static uint8_t out[AUC_RAND_POOL_LEN + 16];

	(void)state;
	assert_int_equal(draw(out, sizeof(out)), AUC_OK);
	assert_int_equal(seam.calls, 1);
	assert_int_equal(draw(out, AUC_RAND_POOL_LEN), AUC_OK);
	assert_int_equal(seam.calls, 2);
	seam.fail_rand = true;
	assert_int_equal(draw(out, sizeof(out)), AUC_ERR_RNG);
}

/* Exit status of a child that draws once: the calls of RAND_bytes this took it. */
static int draws_in_child(void)
{
	uint8_t out[AUC_RAND_LEN];
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		unsigned before = seam.calls;

		_exit(draw(out, sizeof(out)) == AUC_OK ? (int)(seam.calls - before) : 99);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void child_of_a_fork_draws_its_own(void **state)
{
	uint8_t out[AUC_RAND_LEN];

	(void)state;
	assert_int_equal(draw(out, sizeof(out)), AUC_OK);
	assert_int_equal(draws_in_child(), 1);
	assert_int_equal(draw(out, sizeof(out)), AUC_OK);
	assert_int_equal(seam.calls, 1); /* the parent goes on with its pool */
}

static void without_wiping_at_fork_nothing_is_pooled(void **state)
{
	struct auc_rand_pool *kept = pool;
	uint8_t out[AUC_RAND_LEN];

	(void)state;
	seam.fail_madvise = true;
	assert_int_equal(auc_rand_pool_open(&pool), AUC_OK);
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(draw(out, sizeof(out)), AUC_OK);
		assert_int_equal(seam.calls, i);
	}
	auc_rand_pool_close(pool);
	pool = kept;
}

static void opening_without_memory_is_an_error(void **state)
{
	struct auc_rand_pool *opened = pool;

	(void)state;
	seam.fail_mmap = true;
	assert_int_equal(auc_rand_pool_open(&opened), AUC_ERR_MEMORY);
	assert_null(opened);
	seam.fail_mmap = false;
	seam.fail_zalloc = true;
	opened = pool;
	assert_int_equal(auc_rand_pool_open(&opened), AUC_ERR_MEMORY);
	assert_null(opened);
	auc_rand_pool_close(opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_octet_is_handed_out_twice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_refill_serves_256_rands, set_up, tear_down),
		cmocka_unit_test_setup_teardown(octets_leave_the_pool_as_they_are_handed_out,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(failing_generator_gives_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(failing_refill_leaves_nothing_to_hand_out, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(request_beyond_the_pool_goes_to_the_generator,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(child_of_a_fork_draws_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_wiping_at_fork_nothing_is_pooled, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(opening_without_memory_is_an_error, set_up,
	                                        tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
