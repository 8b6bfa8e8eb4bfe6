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
	char why[SEAL_WHY_LEN];

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_seal.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/master.key", f->dir);
	assert_int_equal(seal_create(f->path), HSS_OK);
	assert_int_equal(seal_open(f->path, &f->seal, why), HSS_OK);
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
	char why[SEAL_WHY_LEN];

	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(seal_create(f->path), HSS_OK);
	assert_int_equal(seal_open(f->path, &other, why), HSS_OK);
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
	char why[SEAL_WHY_LEN];

	assert_int_equal(chmod(f->path, 0640), 0);
	assert_int_equal(seal_open(f->path, &seal, why), HSS_ERR_INVALID);
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
	char why[SEAL_WHY_LEN];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		FILE *file = fopen(f->path, "w");

		assert_non_null(file);
		assert_true(fputs(texts[i], file) >= 0);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(seal_open(f->path, &seal, why), HSS_ERR_INVALID);
		assert_non_null(strstr(why, "64 hexadecimal digits"));
	}
}

static void a_missing_master_key_file_says_why(void **state)
{
	struct fixture *f = *state;
	struct seal *seal = NULL;
	char why[SEAL_WHY_LEN];

	assert_int_equal(unlink(f->path), 0);
	errno = 0;
	assert_int_equal(seal_open(f->path, &seal, why), HSS_ERR_IO);
	assert_int_equal(errno, ENOENT);
}

static void file_write(const struct fixture *f, const char *text)
{
	FILE *file = fopen(f->path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "1111111111111111111111111111111111111111111111111111111111111111"

static void of_several_keys_the_last_one_seals_and_all_open(void **state)
{
	struct fixture *f = *state;
	unsigned ids[SEAL_RING_MAX];
	struct seal_key by_first;
	struct seal_key by_last;
	struct auc_key out;
	char why[SEAL_WHY_LEN];

	file_write(f, "7:" ZEROS "\n");
	seal_close(f->seal);
	assert_int_equal(seal_open(f->path, &f->seal, why), HSS_OK);
	assert_int_equal(seal_wrap(f->seal, impi, &f->key, &by_first), HSS_OK);
	file_write(f, "7:" ZEROS "\n3:" ONES "\n");
	seal_close(f->seal);
	assert_int_equal(seal_open(f->path, &f->seal, why), HSS_OK);
	assert_int_equal(seal_ids(f->seal, ids), 2);
	assert_int_equal(ids[0], 7);
	assert_int_equal(seal_id(f->seal), 3);
	assert_int_equal(seal_wrap(f->seal, impi, &f->key, &by_last), HSS_OK);
	assert_int_equal(seal_id_of(&by_first), 7);
	assert_int_equal(seal_id_of(&by_last), 3);
	assert_int_equal(seal_unwrap(f->seal, impi, &by_first, &out), HSS_OK);
	assert_int_equal(seal_unwrap(f->seal, impi, &by_last, &out), HSS_OK);
	assert_memory_equal(&out, &f->key, sizeof(out));
	by_first.octets[1] = 3; /* the id is authenticated */
	assert_int_equal(seal_unwrap(f->seal, impi, &by_first, &out), HSS_ERR_SEAL);
}

static void a_record_is_sealed_anew_as_what_it_is(void **state)
{
	struct fixture *f = *state;
	const struct seal_key former = f->sealed;
	struct auc_key out;
	char why[SEAL_WHY_LEN];
	unsigned id = 0;

	assert_int_equal(seal_add(f->path, &id, why), HSS_OK);
	assert_int_equal(id, 2);
	seal_close(f->seal);
	assert_int_equal(seal_open(f->path, &f->seal, why), HSS_OK);
	assert_int_equal(seal_renew(f->seal, impi, true, &f->sealed, &f->sealed), HSS_ERR_SEAL);
	assert_int_equal(seal_renew(f->seal, "bob", false, &f->sealed, &f->sealed), HSS_ERR_SEAL);
	assert_memory_equal(&f->sealed, &former, sizeof(former));
	assert_int_equal(seal_renew(f->seal, impi, false, &f->sealed, &f->sealed), HSS_OK);
	assert_int_equal(seal_id_of(&f->sealed), 2);
	assert_int_equal(seal_unwrap(f->seal, impi, &f->sealed, &out), HSS_OK);
	assert_memory_equal(&out, &f->key, sizeof(out));
}

static void the_check_value_knows_its_key(void **state)
{
	struct fixture *f = *state;
	struct seal_key check;
	struct auc_key out;
	char why[SEAL_WHY_LEN];

	file_write(f, "1:" ZEROS "\n2:" ONES "\n");
	seal_close(f->seal);
	assert_int_equal(seal_open(f->path, &f->seal, why), HSS_OK);
	assert_int_equal(seal_check_make(f->seal, 1, &check), HSS_OK);
	assert_int_equal(seal_check(f->seal, 1, &check), HSS_OK);
	assert_int_equal(seal_check(f->seal, 2, &check), HSS_ERR_SEAL);
	assert_int_equal(seal_check(f->seal, 3, &check), HSS_ERR_NOT_FOUND);
	assert_int_equal(seal_check_make(f->seal, 3, &check), HSS_ERR_NOT_FOUND);
	assert_int_equal(seal_unwrap(f->seal, "", &check, &out), HSS_ERR_SEAL);
	file_write(f, "1:" ONES "\n");
	seal_close(f->seal);
	assert_int_equal(seal_open(f->path, &f->seal, why), HSS_OK);
	assert_int_equal(seal_check(f->seal, 1, &check), HSS_ERR_SEAL);
}

static void a_fault_in_a_line_names_the_line_but_not_what_it_holds(void **state)
{
	static const char *const lines[] = {
		"0:" ONES,      "256:" ONES,   "02:" ONES, "x:" ONES, ":" ONES,
		"2:" ONES "11", "2:" ONES " ", ONES,       "",        "1:" ONES /* twice */,
	};
	struct fixture *f = *state;
	struct seal *seal = NULL;
	char text[512];
	char where[128];
	char why[SEAL_WHY_LEN];

	(void)snprintf(where, sizeof(where), "%s:2: ", f->path);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		(void)snprintf(text, sizeof(text), "1:" ZEROS "\n%s\n3:" ONES "\n", lines[i]);
		file_write(f, text);
		assert_int_equal(seal_open(f->path, &seal, why), HSS_ERR_INVALID);
		assert_non_null(strstr(why, where));
		assert_null(strstr(why, "1111"));
	}
}

static void a_key_is_added_and_taken_out_with_the_mode_kept(void **state)
{
	struct fixture *f = *state;
	struct seal_key by_second;
	struct auc_key out;
	struct stat st;
	char why[SEAL_WHY_LEN];
	unsigned id = 0;

	assert_int_equal(seal_add(f->path, &id, why), HSS_OK);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	seal_close(f->seal);
	assert_int_equal(seal_open(f->path, &f->seal, why), HSS_OK);
	assert_int_equal(seal_id(f->seal), 2);
	assert_int_equal(seal_unwrap(f->seal, impi, &f->sealed, &out), HSS_OK);
	assert_int_equal(seal_wrap(f->seal, impi, &f->key, &by_second), HSS_OK);
	assert_int_equal(seal_remove(f->path, 2, why), HSS_ERR_BUSY);
	assert_int_equal(seal_remove(f->path, 9, why), HSS_ERR_NOT_FOUND);
	assert_int_equal(seal_remove(f->path, 1, why), HSS_OK);
	seal_close(f->seal);
	assert_int_equal(seal_open(f->path, &f->seal, why), HSS_OK);
	assert_int_equal(seal_unwrap(f->seal, impi, &by_second, &out), HSS_OK);
	assert_int_equal(seal_unwrap(f->seal, impi, &f->sealed, &out), HSS_ERR_SEAL);
}

static void ids_begin_anew_after_255_and_a_full_ring_says_so(void **state)
{
	struct fixture *f = *state;
	char why[SEAL_WHY_LEN];
	unsigned id = 0;

	file_write(f, "1:" ZEROS "\n255:" ONES "\n");
	assert_int_equal(seal_add(f->path, &id, why), HSS_OK);
	assert_int_equal(id, 2);
	for (unsigned i = 3; i < SEAL_RING_MAX; i++) {
		assert_int_equal(seal_add(f->path, &id, why), HSS_OK);
	}
	assert_int_equal(seal_add(f->path, &id, why), HSS_ERR_LIMIT);
	assert_non_null(strstr(why, "retire"));
}

static void a_credential_is_read_from_the_folder_of_systemd(void **state)
{
	struct fixture *f = *state;
	struct seal *seal = NULL;
	char why[SEAL_WHY_LEN];

	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_int_equal(seal_open("credential:master.key", &seal, why), HSS_ERR_IO);
	assert_non_null(strstr(why, "CREDENTIALS_DIRECTORY is not set"));
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", f->dir, 1), 0);
	assert_int_equal(chmod(f->path, 0400), 0);
	assert_int_equal(seal_open("credential:master.key", &seal, why), HSS_OK);
	seal_close(seal);
	assert_int_equal(seal_open("credential:../master.key", &seal, why), HSS_ERR_INVALID);
	assert_int_equal(seal_open("credential:", &seal, why), HSS_ERR_INVALID);
	assert_int_equal(chmod(f->path, 0404), 0);
	assert_int_equal(seal_open("credential:master.key", &seal, why), HSS_ERR_INVALID);
	assert_int_equal(chmod(f->path, 0460), 0);
	assert_int_equal(seal_open("credential:master.key", &seal, why), HSS_ERR_INVALID);
	assert_int_equal(chmod(f->path, 0440), 0); /* as root's with an access list */
	assert_int_equal(seal_open(f->path, &seal, why), HSS_ERR_INVALID);
	if (geteuid() == 0) {
		assert_int_equal(seal_open("credential:master.key", &seal, why), HSS_OK);
		seal_close(seal);
	}
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static void a_link_to_a_master_key_file_is_refused(void **state)
{
	struct fixture *f = *state;
	struct seal *seal = NULL;
	char link_path[128];
	char why[SEAL_WHY_LEN];

	(void)snprintf(link_path, sizeof(link_path), "%s/link", f->dir);
	assert_int_equal(symlink(f->path, link_path), 0);
	assert_int_equal(seal_open(link_path, &seal, why), HSS_ERR_IO);
	assert_int_equal(unlink(link_path), 0);
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
		cmocka_unit_test_setup_teardown(of_several_keys_the_last_one_seals_and_all_open,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(a_record_is_sealed_anew_as_what_it_is, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(the_check_value_knows_its_key, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_fault_in_a_line_names_the_line_but_not_what_it_holds, setup, teardown),
		cmocka_unit_test_setup_teardown(a_key_is_added_and_taken_out_with_the_mode_kept,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(ids_begin_anew_after_255_and_a_full_ring_says_so,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(a_credential_is_read_from_the_folder_of_systemd,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(a_link_to_a_master_key_file_is_refused, setup,
	                                        teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
