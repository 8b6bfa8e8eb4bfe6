/* Which master keys a database is sealed under: the check, the switch to a new one, portions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hss/keys.h"
#include "sample_sub.h"
#include "temp_dir.h"

enum { SUBSCRIBERS = 450 }; /* three portions */

static struct fixture {
	struct temp_dir dir;
	char database[TEMP_PATH_MAX];
	char master[TEMP_PATH_MAX];
	struct store *store;
	struct seal *seal;
	struct arena arena;
	char why[SEAL_WHY_LEN];
} the;

static struct auc_key key_of(unsigned n)
{
	struct auc_key key = {{(uint8_t)n, (uint8_t)(n >> 8), 1}, {2}};

	return key;
}

static void ha1_of(unsigned n, uint8_t ha1[static SEAL_HA1_LEN])
{
	memset(ha1, 3, SEAL_HA1_LEN);
	ha1[0] = (uint8_t)n;
	ha1[1] = (uint8_t)(n >> 8);
}

/* A subscriber sealed under the key that seals now; every third one has an HA1 as well. */
static void subscriber_put(unsigned n)
{
	struct ims_subscription sub = {0};
	const struct auc_key key = key_of(n);
	uint8_t ha1[SEAL_HA1_LEN];
	struct ims_impi *impi = NULL;

	sample_common(&sub, n);
	impi = &sub.impi[0];
	impi->has_key = true;
	assert_int_equal(seal_wrap(the.seal, impi->name, &key, &impi->key), HSS_OK);
	if (n % 3 == 0) {
		ha1_of(n, ha1);
		impi->has_ha1 = true;
		impi->digest_realm = "ims.test";
		assert_int_equal(seal_wrap_ha1(the.seal, impi->name, ha1, &impi->ha1), HSS_OK);
	}
	assert_int_equal(store_subscription_put(the.store, &sub), HSS_OK);
	ims_subscription_free(&sub);
}

static void seal_read(void)
{
	struct seal *fresh = NULL;

	assert_int_equal(seal_open(the.master, &fresh, the.why), HSS_OK);
	if (the.seal == NULL) {
		the.seal = fresh;
	} else {
		seal_replace(the.seal, fresh);
	}
}

static int setup(void **state)
{
	(void)state;
	memset(&the, 0, sizeof(the));
	temp_dir_make(&the.dir);
	(void)temp_dir_file(&the.dir, "hss.db", the.database);
	(void)temp_dir_file(&the.dir, "master.key", the.master);
	assert_int_equal(seal_create(the.master), HSS_OK);
	seal_read();
	assert_int_equal(store_open(the.database, STORE_CREATE, &the.store), HSS_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&the.arena);
	seal_close(the.seal);
	store_close(the.store);
	temp_dir_remove(&the.dir);
	return 0;
}

static void store_reopen(void)
{
	store_close(the.store);
	assert_int_equal(store_open(the.database, STORE_WRITE, &the.store), HSS_OK);
}

/* The rows as "1 2*". */
static const char *rows(void)
{
	static char text[128];
	struct store_master_key *key = NULL;
	size_t len = 0;
	size_t n = 0;

	assert_int_equal(store_master_keys(the.store, &the.arena, &key, &n), HSS_OK);
	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u%s", i > 0 ? " " : "",
		                        key[i].id, key[i].active ? "*" : "");
	}
	return text;
}

/* Another key of the same id, in the place of the file's. */
static void master_change(void)
{
	assert_int_equal(unlink(the.master), 0);
	assert_int_equal(seal_create(the.master), HSS_OK);
	seal_read();
}

static void all_filled(void)
{
	assert_int_equal(store_begin(the.store), HSS_OK);
	for (unsigned n = 1; n <= SUBSCRIBERS; n++) {
		subscriber_put(n);
	}
	assert_int_equal(store_commit(the.store), HSS_OK);
}

static enum hss_err portion(struct keys_portion *out)
{
	enum hss_err err = store_begin(the.store);

	if (err == HSS_OK) {
		err = keys_rotate(the.store, the.seal, &the.arena, out);
	}
	return err == HSS_OK ? store_commit(the.store) : err;
}

/* Every record opens, and gives what was put in; *old receives how many name another key. */
static void all_open(size_t *old)
{
	struct store_sealed *sealed = NULL;
	size_t n = 0;

	*old = 0;
	assert_int_equal(
		store_sealed_list(the.store, "", SUBSCRIBERS + 100, &the.arena, &sealed, &n),
		HSS_OK);
	for (size_t i = 0; i < n; i++) {
		const unsigned number =
			(unsigned)strtoul(sealed[i].impi + strlen("user"), NULL, 10);
		const struct auc_key key = key_of(number);
		struct auc_key out;
		uint8_t ha1[SEAL_HA1_LEN];
		uint8_t got[SEAL_HA1_LEN];

		assert_int_equal(seal_unwrap(the.seal, sealed[i].impi, &sealed[i].key, &out),
		                 HSS_OK);
		assert_memory_equal(&out, &key, sizeof(key));
		*old += seal_id_of(&sealed[i].key) != seal_id(the.seal);
		assert_int_equal(sealed[i].has_ha1, number % 3 == 0);
		if (sealed[i].has_ha1) {
			ha1_of(number, ha1);
			assert_int_equal(
				seal_unwrap_ha1(the.seal, sealed[i].impi, &sealed[i].ha1, got),
				HSS_OK);
			assert_memory_equal(got, ha1, sizeof(ha1));
			*old += seal_id_of(&sealed[i].ha1) != seal_id(the.seal);
		}
	}
}

static void rotation_begin(void)
{
	unsigned id = 0;

	assert_int_equal(seal_add(the.master, &id, the.why), HSS_OK);
	seal_read();
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_OK);
}

static void a_new_database_takes_the_key_it_is_given(void **state)
{
	(void)state;
	assert_int_equal(keys_check(the.store, the.seal, the.why), HSS_OK);
	assert_string_equal(rows(), "");
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_OK);
	assert_string_equal(rows(), "1*");
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_OK);
	master_change();
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_ERR_SEAL);
	assert_non_null(strstr(the.why, the.master));
	assert_int_equal(keys_check(the.store, the.seal, the.why), HSS_ERR_SEAL);
}

static void a_database_without_rows_is_tried_by_its_records(void **state)
{
	(void)state;
	subscriber_put(1);
	subscriber_put(3);
	master_change();
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_ERR_SEAL);
	assert_non_null(strstr(the.why, "is not the one"));
	assert_string_equal(rows(), "");
}

static void one_record_that_was_changed_makes_no_wrong_key(void **state)
{
	struct store_sealed *sealed = NULL;
	size_t n = 0;

	(void)state;
	subscriber_put(1);
	subscriber_put(2);
	assert_int_equal(store_sealed_list(the.store, "", 1, &the.arena, &sealed, &n), HSS_OK);
	sealed[0].key.octets[20] ^= 1;
	assert_int_equal(store_sealed_update(the.store, &sealed[0]), HSS_OK);
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_OK);
	assert_string_equal(rows(), "1*");
}

static void a_key_in_use_that_the_file_lacks_is_named(void **state)
{
	FILE *file = NULL;

	(void)state;
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_OK);
	file = fopen(the.master, "w");
	assert_non_null(file);
	assert_true(fputs("9:"
	                  "0000000000000000000000000000000000000000000000000000000000000000\n",
	                  file) >= 0);
	assert_int_equal(fclose(file), 0);
	seal_read();
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_ERR_SEAL);
	assert_non_null(strstr(the.why, "has no key 1"));
	assert_string_equal(rows(), "1*");
}

static void records_without_rows_under_a_former_key_get_a_row_for_it(void **state)
{
	unsigned id = 0;

	(void)state;
	subscriber_put(1);
	assert_int_equal(seal_add(the.master, &id, the.why), HSS_OK);
	seal_read();
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_OK);
	assert_string_equal(rows(), "1 2*");
}

static void a_rotation_goes_in_portions_and_every_record_opens_at_any_time(void **state)
{
	struct keys_portion p;
	size_t old = 0;
	uint64_t count[SEAL_ID_MAX + 1];

	(void)state;
	all_filled();
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_OK);
	assert_int_equal(portion(&p), HSS_OK);
	assert_true(p.end); /* there is nothing to do */
	assert_int_equal(p.n_impis, 0);
	rotation_begin();
	assert_string_equal(rows(), "1 2*");
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(portion(&p), HSS_OK);
		assert_false(p.end);
		assert_int_equal(p.n_impis, KEYS_ROWS_MAX);
		all_open(&old);
		assert_int_not_equal(old, 0);
		store_reopen(); /* it goes on from what is stored */
	}
	subscriber_put(SUBSCRIBERS + 1); /* under the new key */
	assert_int_equal(portion(&p), HSS_OK);
	assert_true(p.end);
	assert_int_equal(p.n_left_out, 0);
	assert_string_equal(rows(), "2*");
	all_open(&old);
	assert_int_equal(old, 0);
	assert_int_equal(store_sealed_count(the.store, count), HSS_OK);
	assert_int_equal(count[1], 0);
	assert_int_equal(count[2], SUBSCRIBERS + 1 + SUBSCRIBERS / 3);
}

static void a_portion_that_is_undone_is_done_again(void **state)
{
	struct keys_portion p;
	size_t old = 0;

	(void)state;
	all_filled();
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_OK);
	rotation_begin();
	assert_int_equal(store_begin(the.store), HSS_OK);
	assert_int_equal(keys_rotate(the.store, the.seal, &the.arena, &p), HSS_OK);
	store_rollback(the.store);
	all_open(&old);
	assert_int_equal(old, SUBSCRIBERS + SUBSCRIBERS / 3);
	do {
		assert_int_equal(portion(&p), HSS_OK);
	} while (!p.end);
	all_open(&old);
	assert_int_equal(old, 0);
}

static void a_record_that_does_not_open_stays_and_keeps_the_former_key(void **state)
{
	struct store_sealed *sealed = NULL;
	struct keys_portion p;
	struct seal_key right;
	size_t n = 0;

	(void)state;
	for (unsigned i = 1; i <= 3; i++) {
		subscriber_put(i);
	}
	assert_int_equal(keys_open(the.store, the.seal, the.why), HSS_OK);
	assert_int_equal(store_sealed_list(the.store, "", 3, &the.arena, &sealed, &n), HSS_OK);
	right = sealed[2].key;
	sealed[2].key = sealed[0].key; /* moved to another IMPI; its HA1 is right */
	assert_int_equal(store_sealed_update(the.store, &sealed[2]), HSS_OK);
	rotation_begin();
	for (unsigned again = 0; again < 2; again++) {
		assert_int_equal(portion(&p), HSS_OK);
		assert_true(p.end);
		assert_int_equal(p.n_left_out, 1);
		assert_int_equal(p.n_unopened, 1);
		assert_string_equal(p.impi[0], sealed[2].impi);
		assert_string_equal(rows(), "1 2*");
	}
	assert_int_equal(store_sealed_list(the.store, "", 3, &the.arena, &sealed, &n), HSS_OK);
	assert_int_equal(seal_id_of(&sealed[2].ha1), 2);
	assert_int_equal(seal_id_of(&sealed[2].key), 1);
	sealed[2].key = right; /* mended: now it ends */
	assert_int_equal(store_sealed_update(the.store, &sealed[2]), HSS_OK);
	assert_int_equal(portion(&p), HSS_OK);
	assert_int_equal(p.n_left_out, 0);
	assert_string_equal(rows(), "2*");
}

#define KEYS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		KEYS_TEST(a_new_database_takes_the_key_it_is_given),
		KEYS_TEST(a_database_without_rows_is_tried_by_its_records),
		KEYS_TEST(one_record_that_was_changed_makes_no_wrong_key),
		KEYS_TEST(a_key_in_use_that_the_file_lacks_is_named),
		KEYS_TEST(records_without_rows_under_a_former_key_get_a_row_for_it),
		KEYS_TEST(a_rotation_goes_in_portions_and_every_record_opens_at_any_time),
		KEYS_TEST(a_portion_that_is_undone_is_done_again),
		KEYS_TEST(a_record_that_does_not_open_stays_and_keeps_the_former_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
