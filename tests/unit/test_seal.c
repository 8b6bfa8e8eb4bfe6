/* K and OPc at rest: sealed, bound to their IMPI, and the master key file's rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hss/seal.h"

static const char impi[] = "alice.private@home.example";

struct fixture {
	char dir[64];
	char path[96];
	struct seal *seal;
	struct auc_key key;
	struct seal_key sealed;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *why = NULL;

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_seal.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/master.key", f->dir);
	assert_int_equal(seal_create(f->path), HSS_OK);
	assert_int_equal(seal_open(f->path, &f->seal, &why), HSS_OK);
	for (size_t i = 0; i < AUC_K_LEN; i++) {
		f->key.k[i] = (uint8_t)i;
		f->key.opc[i] = (uint8_t)(0xf0 + i);
	}
	assert_int_equal(seal_wrap(f->seal, impi, &f->key, &f->sealed), HSS_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	seal_close(f->seal);
	(void)unlink(f->path);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

static void a_sealed_key_opens_for_its_impi(void **state)
{
	struct fixture *f = *state;
	struct auc_key out;

	assert_int_equal(seal_unwrap(f->seal, impi, &f->sealed, &out), HSS_OK);
	assert_memory_equal(&out, &f->key, sizeof(out));
}

static void a_sealed_key_does_not_show_the_key(void **state)
{
	struct fixture *f = *state;

	assert_null(memmem(f->sealed.octets, SEAL_KEY_LEN, f->key.k, 4));
	assert_null(memmem(f->sealed.octets, SEAL_KEY_LEN, f->key.opc, 4));
}

static void ha1_opens_for_its_impi_and_as_what_it_is(void **state)
{
	struct fixture *f = *state;
	uint8_t ha1[SEAL_HA1_LEN] = {1, 2, 3};
	uint8_t out[SEAL_HA1_LEN];
	const uint8_t zeros[sizeof(struct auc_key)] = {0};
	struct seal_key sealed;
	struct auc_key key;

	assert_int_equal(seal_wrap_ha1(f->seal, impi, ha1, &sealed), HSS_OK);
	assert_int_equal(seal_unwrap_ha1(f->seal, impi, &sealed, out), HSS_OK);
	assert_memory_equal(out, ha1, sizeof(out));
	assert_int_equal(seal_unwrap_ha1(f->seal, "bob@home.example", &sealed, out), HSS_ERR_SEAL);
	assert_memory_equal(out, zeros, sizeof(out));
	assert_int_equal(seal_unwrap_ha1(f->seal, impi, &f->sealed, out), HSS_ERR_SEAL);
	assert_int_equal(seal_unwrap(f->seal, impi, &sealed, &key), HSS_ERR_SEAL);
	assert_memory_equal(&key, zeros, sizeof(key));
	sealed.octets[2] = 0; /* the kind is authenticated */
	assert_int_equal(seal_unwrap(f->seal, impi, &sealed, &key), HSS_ERR_SEAL);
}

static void sealing_twice_gives_two_records(void **state)
{
	struct fixture *f = *state;
	struct seal_key again;

	assert_int_equal(seal_wrap(f->seal, impi, &f->key, &again), HSS_OK);
	assert_memory_not_equal(&again, &f->sealed, sizeof(again));
}

static void a_row_moved_to_another_impi_does_not_open(void **state)
{
	struct fixture *f = *state;
	struct auc_key out = f->key;
	const struct auc_key wiped = {{0}, {0}};

	assert_int_equal(seal_unwrap(f->seal, "bob.private@home.example", &f->sealed, &out),
	                 HSS_ERR_SEAL);
	assert_memory_equal(&out, &wiped, sizeof(out));
}

static void any_changed_bit_is_seen(void **state)
{
	struct fixture *f = *state;
	struct auc_key out;

	for (size_t bit = 0; bit < (size_t)8 * SEAL_KEY_LEN; bit++) {
		struct seal_key bad = f->sealed;

		bad.octets[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(seal_unwrap(f->seal, impi, &bad, &out), HSS_ERR_SEAL);
	}
}

static void another_master_key_does_not_open(void **state)
{
	struct fixture *f = *state;
	struct seal *other = NULL;
	struct auc_key out;
	const char *why = NULL;

	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(seal_create(f->path), HSS_OK);
	assert_int_equal(seal_open(f->path, &other, &why), HSS_OK);
	assert_int_equal(seal_unwrap(other, impi, &f->sealed, &out), HSS_ERR_SEAL);
	seal_close(other);
}

static void a_master_key_file_is_never_overwritten(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(seal_create(f->path), HSS_ERR_EXISTS);
	a_sealed_key_opens_for_its_impi(state);
}

static void a_master_key_that_others_can_read_is_refused(void **state)
{
	struct fixture *f = *state;
	struct seal *seal = NULL;
	const char *why = NULL;

	assert_int_equal(chmod(f->path, 0640), 0);
	assert_int_equal(seal_open(f->path, &seal, &why), HSS_ERR_INVALID);
	assert_non_null(strstr(why, "chmod 600"));
}

static void a_master_key_file_of_other_content_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"00",
		"zz",
		"0000000000000000000000000000000000000000000000000000000000000000extra",
		"000000000000000000000000000000000000000000000000000000000000000g",
		"00000000000000000000000000000000000000000000000000000000000000\n",
	};
	struct fixture *f = *state;
	struct seal *seal = NULL;
	const char *why = NULL;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		FILE *file = fopen(f->path, "w");

		assert_non_null(file);
		assert_true(fputs(texts[i], file) >= 0);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(seal_open(f->path, &seal, &why), HSS_ERR_INVALID);
		assert_non_null(strstr(why, "64 hexadecimal digits"));
	}
}

static void a_missing_master_key_file_says_why(void **state)
{
	struct fixture *f = *state;
	struct seal *seal = NULL;
	const char *why = NULL;

	assert_int_equal(unlink(f->path), 0);
	errno = 0;
	assert_int_equal(seal_open(f->path, &seal, &why), HSS_ERR_IO);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_sealed_key_opens_for_its_impi, setup, teardown),
		cmocka_unit_test_setup_teardown(a_sealed_key_does_not_show_the_key, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(ha1_opens_for_its_impi_and_as_what_it_is, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(sealing_twice_gives_two_records, setup, teardown),
		cmocka_unit_test_setup_teardown(a_row_moved_to_another_impi_does_not_open, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(any_changed_bit_is_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(another_master_key_does_not_open, setup, teardown),
		cmocka_unit_test_setup_teardown(a_master_key_file_is_never_overwritten, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(a_master_key_that_others_can_read_is_refused, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(a_master_key_file_of_other_content_is_refused,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(a_missing_master_key_file_says_why, setup,
	                                        teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
