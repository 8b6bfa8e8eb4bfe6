/* S-CSCF names and Diameter peers that no registration names any more are removed, and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fault_vfs.h"
#include "hss/store_sqlite.h"
#include "sample_sub.h"
#include "temp_dir.h"

enum {
	USERS = 600, /* more than a portion of a pass */
	BATCH = 64,
	PORTION = 256, /* rows of a turn, when none was made since the one before */
	NAME_LEN = 64,
};

struct fixture {
	struct temp_dir dir;
	char path[TEMP_PATH_MAX];
	struct store *store;
	struct ims_subscription sub;
	unsigned names; /* claimed so far */
};

static void assert_ok(struct fixture *f, enum hss_err err)
{
	if (err != HSS_OK) {
		print_error("%s: %s\n", hss_err_text(err), store_error(f->store));
	}
	assert_int_equal(err, HSS_OK);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	fault_vfs_install();
	temp_dir_make(&f->dir);
	temp_dir_file(&f->dir, "hss.db", f->path);
	assert_int_equal(store_open(f->path, STORE_CREATE, &f->store), HSS_OK);
	assert_ok(f, store_begin(f->store));
	for (unsigned n = 1; n <= USERS; n++) {
		sample_common(&f->sub, n);
		assert_ok(f, store_subscription_put(f->store, &f->sub));
	}
	assert_ok(f, store_commit(f->store));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)fault_vfs_disarm();
	ims_subscription_free(&f->sub);
	store_close(f->store);
	temp_dir_remove(&f->dir);
	fault_vfs_remove();
	free(f);
	return 0;
}

static int64_t number(struct fixture *f, const char *sql)
{
	int64_t value = 0;

	assert_ok(f, sqlite_query(store_sqlite_of(f->store), sql, &value));
	return value;
}

static int64_t rows_now(struct fixture *f)
{
	return number(f, "SELECT (SELECT count(*) FROM scscf) + (SELECT count(*) FROM "
	                 "diameter_peer)");
}

static const char *scscf_name(unsigned n, char name[static NAME_LEN])
{
	(void)snprintf(name, NAME_LEN, "sip:s%u.ims.test", n);
	return name;
}

static void load(struct fixture *f, struct store *store, unsigned user)
{
	char impi[NAME_LEN];

	assert_int_equal(store_subscription_load(store, sample_impi_name(user, impi), NULL, 0,
	                                         STORE_VIEW_AUTH, &f->sub),
	                 HSS_OK);
	assert_int_equal(f->sub.n_impi, 1);
}

/* A MAR of S-CSCF n. */
static void claim(struct fixture *f, unsigned user, unsigned n)
{
	char name[NAME_LEN];
	char host[NAME_LEN];

	load(f, f->store, user);
	(void)snprintf(host, sizeof(host), "s%u.ims.test", n);
	f->sub.scscf_name = f->sub.impi[0].sqn_scscf = scscf_name(n, name);
	f->sub.scscf_host = host;
	f->sub.scscf_realm = "ims.test";
	f->sub.impi[0].sqn += 32;
	assert_ok(f, store_registration_save(f->store, &f->sub));
}

static void assert_claimed(struct fixture *f, struct store *store, unsigned user, unsigned n)
{
	char name[NAME_LEN];

	load(f, store, user);
	assert_string_equal(f->sub.scscf_name, scscf_name(n, name));
	assert_string_equal(f->sub.impi[0].sqn_scscf, name);
	assert_string_equal(f->sub.scscf_host, name + 4);
	assert_string_equal(f->sub.scscf_realm, "ims.test");
}

/* One transaction of the user's MARs, each with an S-CSCF never heard of. */
static void claim_many(struct fixture *f, unsigned user, unsigned count)
{
	assert_ok(f, store_begin(f->store));
	for (unsigned i = 0; i < count; i++) {
		claim(f, user, ++f->names);
	}
	assert_ok(f, store_commit(f->store));
}

static bool is_under_way(struct fixture *f)
{
	return store_sqlite_of(f->store)->sweep.mark[0] != NULL;
}

/* Maintain as the worker does, until a pass that is due or under way has ended. */
static void pass_end(struct fixture *f)
{
	unsigned turns = 0;

	do {
		assert_ok(f, store_maintain(f->store, false));
		assert_true(++turns < 1000);
	} while (is_under_way(f));
}

static void names_that_come_and_go_are_bounded(void **state)
{
	struct fixture *f = *state;
	int64_t most = 0;

	for (unsigned batch = 0; batch < 100; batch++) {
		claim_many(f, 1 + batch % USERS, BATCH);
		assert_ok(f, store_maintain(f->store, false));
		most = rows_now(f) > most ? rows_now(f) : most;
	}
	assert_int_equal(f->names, 6400);
	assert_true(most >= SWEEP_AFTER);
	assert_true(most / 2 < SWEEP_AFTER);
	for (unsigned user = 1; user <= 100; user++) {
		assert_claimed(f, f->store, user, user * BATCH);
	}
	/* What a restart finds is looked through as well. */
	claim_many(f, 1, SWEEP_AFTER);
	store_close(f->store);
	assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
	pass_end(f);
	assert_int_equal(rows_now(f), 200);
}

static void a_turn_looks_at_a_portion(void **state)
{
	struct fixture *f = *state;
	int64_t left = 0;
	unsigned turns = 0;

	claim_many(f, 1, 1);
	number(f, "WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < "
	          "20000) INSERT INTO scscf SELECT i, 'sip:' || i FROM n RETURNING 1");
	store_close(f->store);
	assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
	left = rows_now(f);
	assert_true(left > 19900);
	do {
		const int64_t before = left;

		assert_ok(f, store_maintain(f->store, false));
		left = rows_now(f);
		assert_true(before - left <= PORTION);
		turns++;
	} while (is_under_way(f));
	assert_true(turns >= (19900 + USERS) / PORTION && turns < 2 * 20000 / PORTION);
	assert_int_equal(left, 2);
	assert_claimed(f, f->store, 1, 1);
}

/* However fast they are made: a turn keeps pace. */
static void a_pass_ends_under_load(void **state)
{
	struct fixture *f = *state;
	unsigned turns = 0;

	claim_many(f, 1, SWEEP_AFTER);
	assert_ok(f, store_maintain(f->store, false));
	assert_true(is_under_way(f));
	while (is_under_way(f)) {
		claim_many(f, 1, 2 * PORTION);
		assert_ok(f, store_maintain(f->store, false));
		assert_true(++turns < 10);
	}
	assert_true(rows_now(f) / PORTION < 20);
}

/* TS 33.102 annex C.3.4: who has the IND of the last SQN must not lose it. */
static void who_holds_an_ind_stays(void **state)
{
	struct fixture *f = *state;
	char name[NAME_LEN];

	claim_many(f, 1, 1);
	claim_many(f, 2, 1);
	load(f, f->store, 1);
	f->sub.scscf_name = f->sub.scscf_host = f->sub.scscf_realm = NULL;
	assert_ok(f, store_registration_save(f->store, &f->sub));
	load(f, f->store, 2);
	f->sub.scscf_name = "sip:other.ims.test";
	assert_ok(f, store_registration_save(f->store, &f->sub));
	claim_many(f, 3, SWEEP_AFTER);
	pass_end(f);
	claim_many(f, 3, SWEEP_AFTER);
	pass_end(f);
	assert_int_equal(number(f, "SELECT count(*) FROM scscf"), 4);
	assert_int_equal(number(f, "SELECT count(*) FROM diameter_peer"), 2);
	load(f, f->store, 1);
	assert_null(f->sub.scscf_name);
	assert_string_equal(f->sub.impi[0].sqn_scscf, scscf_name(1, name));
	load(f, f->store, 2);
	assert_string_equal(f->sub.scscf_name, "sip:other.ims.test");
	assert_string_equal(f->sub.impi[0].sqn_scscf, scscf_name(2, name));
}

/* The row is there already, and no registration named it when the pass went by. */
static void a_registration_written_behind_a_pass_keeps_its_names(void **state)
{
	struct fixture *f = *state;

	claim_many(f, USERS, SWEEP_AFTER);
	assert_ok(f, store_maintain(f->store, false));
	assert_ok(f, store_maintain(f->store, false));
	assert_ok(f, store_maintain(f->store, false));
	assert_true(store_sqlite_of(f->store)->sweep.after.id > 2);
	claim(f, 1, 5);     /* to be looked up */
	claim(f, 2, 1000);  /* remembered */
	claim(f, 3, 77777); /* new */
	pass_end(f);
	assert_int_equal(rows_now(f), 8);
	assert_claimed(f, f->store, 1, 5);
	assert_claimed(f, f->store, 2, 1000);
	assert_claimed(f, f->store, 3, 77777);
	assert_claimed(f, f->store, USERS, SWEEP_AFTER);
}

static void a_name_that_was_removed_may_come_again(void **state)
{
	struct fixture *f = *state;

	claim_many(f, 1, SWEEP_AFTER);
	pass_end(f);
	assert_int_equal(rows_now(f), 2);
	for (unsigned user = 2; user < 60; user++) { /* of those that were used last */
		claim(f, user, SWEEP_AFTER - user);
	}
	store_close(f->store);
	assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
	for (unsigned user = 2; user < 60; user++) {
		assert_claimed(f, f->store, user, SWEEP_AFTER - user);
	}
}

/* It remembers numbers, and is told of no removal. */
static void a_looking_handle_takes_no_new_name_for_a_removed_one(void **state)
{
	struct fixture *f = *state;
	struct store *look = NULL;

	claim_many(f, 1, SWEEP_AFTER);
	assert_int_equal(store_open(f->path, STORE_READ, &look), HSS_OK);
	assert_claimed(f, look, 1, SWEEP_AFTER);
	claim(f, 1, 1);
	claim(f, 2, SWEEP_AFTER - 1);
	pass_end(f);
	assert_int_equal(rows_now(f), 4);
	for (unsigned user = 3; user < 10; user++) {
		claim(f, user, SWEEP_AFTER + user);
		assert_claimed(f, look, user, SWEEP_AFTER + user);
	}
	store_close(look);
}

static void a_turn_that_fails_removes_nothing(void **state)
{
	struct fixture *f = *state;

	claim_many(f, 1, SWEEP_AFTER);
	for (unsigned n = 0; n < 2; n++) {
		enum hss_err err = HSS_OK;
		const int64_t before = rows_now(f);

		fault_vfs_arm(FAULT_WAL, n == 0 ? FAULT_WRITE : FAULT_SYNC, 0, 1,
		              n == 0 ? SQLITE_FULL : SQLITE_IOERR_FSYNC);
		do {
			err = store_maintain(f->store, false);
		} while (err == HSS_OK && is_under_way(f));
		assert_int_equal(fault_vfs_disarm(), 1);
		assert_int_equal(err, n == 0 ? HSS_ERR_FULL : HSS_ERR_STORE);
		assert_int_equal(store_latched(f->store), err);
		store_close(f->store);
		assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
		if (n == 0) { /* else all of the transaction may be there, or nothing (store.h) */
			assert_int_equal(rows_now(f), before);
		}
		assert_claimed(f, f->store, 1, SWEEP_AFTER);
	}
	pass_end(f);
	assert_claimed(f, f->store, 1, SWEEP_AFTER);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(names_that_come_and_go_are_bounded),
		WITH_STORE(a_turn_looks_at_a_portion),
		WITH_STORE(a_pass_ends_under_load),
		WITH_STORE(who_holds_an_ind_stays),
		WITH_STORE(a_registration_written_behind_a_pass_keeps_its_names),
		WITH_STORE(a_name_that_was_removed_may_come_again),
		WITH_STORE(a_looking_handle_takes_no_new_name_for_a_removed_one),
		WITH_STORE(a_turn_that_fails_removes_nothing),
	};

	return cmocka_run_group_tests_name("store, sweep", tests, NULL, NULL);
}
