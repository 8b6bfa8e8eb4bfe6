/* What is particular to the SQLite backend: schema, files, lock, latch, checkpoints, crashes. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fault_vfs.h"
#include "hss/store_schema.h"
#include "hss/store_sqlite.h"
#include "sample_sub.h"
#include "temp_dir.h"

struct fixture {
	struct temp_dir dir;
	char path[TEMP_PATH_MAX];
	struct store *store;
	struct ims_subscription sub;
	struct ims_subscription got;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	fault_vfs_install();
	temp_dir_make(&f->dir);
	temp_dir_file(&f->dir, "hss.db", f->path);
	assert_int_equal(store_open(f->path, STORE_CREATE, &f->store), HSS_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)fault_vfs_disarm();
	(void)fault_vfs_at_header(NULL, NULL);
	ims_subscription_free(&f->sub);
	ims_subscription_free(&f->got);
	store_close(f->store);
	temp_dir_remove(&f->dir);
	fault_vfs_remove();
	free(f);
	return 0;
}

static void assert_ok(struct fixture *f, enum hss_err err)
{
	if (err != HSS_OK) {
		print_error("%s: %s\n", hss_err_text(err), store_error(f->store));
	}
	assert_int_equal(err, HSS_OK);
}

static void reopen(struct fixture *f, enum store_mode mode)
{
	enum hss_err err = HSS_OK;

	store_close(f->store);
	err = store_open(f->path, mode, &f->store);
	assert_ok(f, err);
}

static void put_common(struct fixture *f, unsigned n)
{
	sample_common(&f->sub, n);
	assert_ok(f, store_subscription_put(f->store, &f->sub));
}

static enum hss_err set_sqn(struct store *store, unsigned n, uint64_t sqn,
                            struct ims_subscription *sub)
{
	char name[64];
	enum hss_err err = store_subscription_load(store, sample_impi_name(n, name), NULL, 0,
	                                           STORE_VIEW_AUTH, sub);

	if (err == HSS_OK) {
		sub->impi[0].sqn = sqn;
		err = store_registration_save(store, sub);
	}
	return err;
}

static uint64_t sqn_in(struct fixture *f, struct store *store, unsigned n)
{
	char name[64];

	assert_int_equal(store_subscription_load(store, sample_impi_name(n, name), NULL, 0,
	                                         STORE_VIEW_AUTH, &f->got),
	                 HSS_OK);
	assert_int_equal(f->got.n_impi, 1);
	return f->got.impi[0].sqn;
}

static uint64_t sqn_of(struct fixture *f, unsigned n)
{
	return sqn_in(f, f->store, n);
}

static sqlite3 *raw_open(const char *path)
{
	sqlite3 *raw = NULL;

	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	return raw;
}

static void raw_exec(sqlite3 *raw, const char *sql)
{
	if (sqlite3_exec(raw, sql, NULL, NULL, NULL) != SQLITE_OK) {
		fail_msg("%s: %s", sql, sqlite3_errmsg(raw));
	}
}

static int64_t raw_number(sqlite3 *raw, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t value = 0;

	assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	return value;
}

/* Change the closed database from outside. */
static void edit(struct fixture *f, const char *sql)
{
	sqlite3 *raw = NULL;

	store_close(f->store);
	f->store = NULL;
	raw = raw_open(f->path);
	raw_exec(raw, sql);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

static void assert_open(struct fixture *f, enum store_mode mode, enum hss_err expected,
                        const char *text)
{
	store_close(f->store);
	assert_int_equal(store_open(f->path, mode, &f->store), expected);
	if (text != NULL && strstr(store_error(f->store), text) == NULL) {
		fail_msg("\"%s\" is not in: %s", text, store_error(f->store));
	}
}

/* Schema */

static void the_writer_has_full_sync_and_wal(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = store_sqlite_of(f->store)->handle;

	assert_int_equal(raw_number(db, "PRAGMA synchronous"), 2);
	assert_int_equal(raw_number(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
	assert_int_equal(raw_number(db, "PRAGMA foreign_keys"), 1);
	assert_int_equal(raw_number(db, "PRAGMA application_id"), STORE_SQLITE_APPLICATION_ID);
	assert_int_equal(raw_number(db, "PRAGMA user_version"), store_schema_known());
	assert_int_equal(store_sqlite_steps[store_sqlite_n_steps - 1].number, store_schema_known());
}

static void all_tables_are_strict_and_checked(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = store_sqlite_of(f->store)->handle;
	static const char *const refused[] = {
		"INSERT INTO impi (subscription_id, no, name, sealed_key, amf, scheme) VALUES (1, "
		"3, 'a@b', x'00', x'8000', 1)",
		"INSERT INTO impi (subscription_id, no, name, sealed_key, amf, scheme) VALUES (1, "
		"3, 'a@b', NULL, x'80', 1)",
		"INSERT INTO impi (subscription_id, no, name, sealed_key, amf, scheme) VALUES (1, "
		"3, '', NULL, x'8000', 1)",
		"INSERT INTO impi (subscription_id, no, name, sealed_key, amf, scheme) VALUES (99, "
		"3, 'a@b', NULL, x'8000', 1)",
		"INSERT INTO impi (subscription_id, no, name, sealed_key, amf, scheme) VALUES (1, "
		"3, 'a@b', NULL, x'8000', 3)",
		"INSERT INTO impu (subscription_id, irs, position, name, kind, barred, psi_active, "
		"as_name, display_name, profile_id) VALUES (1, 1, 3, 'sip:x', 3, 0, 0, NULL, NULL, "
		"1)",
		"INSERT INTO impu (subscription_id, irs, position, name, kind, barred, psi_active, "
		"as_name, display_name, profile_id) VALUES (1, 1, 3, 'sip:x', 0, 2, 0, NULL, NULL, "
		"1)",
		"INSERT INTO impu (subscription_id, irs, position, name, kind, barred, psi_active, "
		"as_name, display_name, profile_id) VALUES (1, 1, 3, 'sip:x', 0, 0, 0, NULL, NULL, "
		"99)",
		"UPDATE registration SET sqn = 281474976710656",
		"UPDATE registration SET sqn = -1",
		"UPDATE registration SET sqn = 'many'",
		"UPDATE registration SET state = 3",
		"UPDATE registration SET pending_since = -1",
		"UPDATE registration SET auth_since = -1",
		"UPDATE registration SET auth_count = -1",
		"UPDATE registration SET auth_count = 2147483648",
		"UPDATE subscription SET registration_allowed = 2",
		"DELETE FROM subscription",
		"DELETE FROM service_profile",
	};

	put_common(f, 1);
	assert_int_equal(raw_number(db,
	                            "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' "
	                            "AND name NOT LIKE 'sqlite_%' AND NOT strict"),
	                 0);
	assert_true(raw_number(db, "SELECT count(*) FROM pragma_table_list WHERE strict") >= 16);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if ((sqlite3_exec(db, refused[i], NULL, NULL, NULL) & 0xff) != SQLITE_CONSTRAINT) {
			fail_msg("accepted: %s", refused[i]);
		}
	}
}

static const char *const rows_of_step_2[] = {
	"INSERT INTO charging (name, document, primary_ecf) VALUES ('c', '{}', 'aaa://e')",
	"INSERT INTO capabilities (name, document) VALUES ('k', '{}')",
	"INSERT INTO capability VALUES (1, 0, 1, 5, NULL)",
	"INSERT INTO capability VALUES (1, 2, 1, NULL, 'sip:s')",
	"INSERT INTO ifc_set VALUES (5, '{}', '', 0)",
	"INSERT INTO service_profile_ifc_set VALUES (1, 5)",
	"UPDATE subscription SET charging_id = 1, capabilities_id = 1",
	"UPDATE impi SET digest_realm = 'r', sealed_ha1 = zeroblob(64), schemes = 6",
	"INSERT INTO restoration VALUES (1, 1, 1, x'00')",
	"INSERT INTO push (subscription_id, command, state, host, realm, impi, irs, "
	"reason, "
	"impus, created_at, next_at, attempts) VALUES (1, 304, 0, 'h', 'r', 'a@b', 1, 0, "
	"'', "
	"0, 0, 0)",
	"INSERT INTO push (subscription_id, command, state, host, realm, impi, irs, "
	"content, "
	"created_at, next_at, ended_at, attempts) VALUES (1, 305, 1, 'h', 'r', 'a@b', 1, "
	"1, "
	"0, 0, 0, 0)",
	"INSERT INTO push_scan (kind, object_id, after) VALUES (1, 1, 0)",
};
static const char *const refused_by_step_2[] = {
	"UPDATE charging SET name = ''",
	"UPDATE charging SET name = printf('%.512c', 'a')",
	"UPDATE charging SET document = NULL",
	"UPDATE charging SET primary_ecf = ''",
	"UPDATE charging SET secondary_ecf = ''",
	"UPDATE charging SET primary_ccf = ''",
	"UPDATE charging SET secondary_ccf = ''",
	"UPDATE charging SET primary_ecf = NULL",
	"UPDATE charging SET id = 2",
	"DELETE FROM charging",
	"UPDATE capabilities SET name = ''",
	"UPDATE capabilities SET document = NULL",
	"DELETE FROM capabilities",
	"UPDATE capability SET capabilities_id = 2",
	"UPDATE capability SET kind = 3 WHERE kind = 0",
	"UPDATE capability SET position = 0",
	"UPDATE capability SET number = 4294967296 WHERE kind = 0",
	"UPDATE capability SET number = -1 WHERE kind = 0",
	"UPDATE capability SET number = NULL",
	"UPDATE capability SET number = 1 WHERE kind = 2",
	"UPDATE capability SET server_name = '' WHERE kind = 2",
	"UPDATE capability SET server_name = 'sip:s' WHERE kind = 0",
	"UPDATE ifc_set SET unregistered_services = 2",
	"UPDATE ifc_set SET criteria = NULL",
	"UPDATE ifc_set SET id = 6",
	"INSERT INTO ifc_set VALUES (-1, '{}', '', 0)",
	"INSERT INTO ifc_set VALUES (2147483648, '{}', '', 0)",
	"DELETE FROM ifc_set",
	"UPDATE service_profile_ifc_set SET ifc_set_id = 6",
	"UPDATE service_profile_ifc_set SET profile_id = 6",
	"UPDATE service_profile SET criteria = NULL",
	"UPDATE subscription SET charging_id = 2",
	"UPDATE subscription SET capabilities_id = 2",
	"UPDATE impu SET alias_group = ''",
	"UPDATE impu SET loose_route = 2",
	"UPDATE impu SET privileged_sender = 2",
	"UPDATE impi SET scheme = 3",
	"UPDATE impi SET schemes = 4",
	"UPDATE impi SET schemes = 10",
	"UPDATE impi SET schemes = 0",
	"UPDATE impi SET sealed_ha1 = x'00'",
	"UPDATE impi SET sealed_ha1 = NULL",
	"UPDATE impi SET digest_realm = NULL",
	"UPDATE impi SET digest_realm = ''",
	"UPDATE impi SET digest_realm = printf('%.256c', 'a')",
	"UPDATE registration SET features = -1",
	"UPDATE registration SET features = 4294967296",
	"UPDATE registration SET reassign = 2",
	"UPDATE restoration SET info = x''",
	"UPDATE restoration SET info = zeroblob(32769)",
	"UPDATE restoration SET impi = 0",
	"UPDATE restoration SET irs = 0",
	"UPDATE push SET command = 306",
	"UPDATE push SET command = 305 WHERE id = 1",
	"UPDATE push SET command = 304 WHERE id = 2",
	"UPDATE push SET state = 4",
	"UPDATE push SET state = 1 WHERE id = 1",
	"UPDATE push SET state = 0 WHERE id = 2",
	"UPDATE push SET host = ''",
	"UPDATE push SET realm = ''",
	"UPDATE push SET scscf = ''",
	"UPDATE push SET impi = ''",
	"UPDATE push SET irs = 0",
	"UPDATE push SET reason = 4 WHERE id = 1",
	"UPDATE push SET reason = NULL",
	"UPDATE push SET impus = NULL",
	"UPDATE push SET content = NULL",
	"UPDATE push SET content = 8 WHERE id = 2",
	"UPDATE push SET content = 0 WHERE id = 2",
	"UPDATE push SET created_at = -1",
	"UPDATE push SET next_at = -1",
	"UPDATE push SET ended_at = -1 WHERE id = 2",
	"UPDATE push SET ended_at = 1 WHERE id = 1",
	"UPDATE push SET attempts = -1",
	"UPDATE push_scan SET kind = 0",
	"UPDATE push_scan SET kind = 4",
	"UPDATE push_scan SET after = -1",
};

static void each_check_of_step_2_refuses(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = store_sqlite_of(f->store)->handle;

	put_common(f, 1);
	for (size_t i = 0; i < sizeof(rows_of_step_2) / sizeof(rows_of_step_2[0]); i++) {
		raw_exec(db, rows_of_step_2[i]);
	}
	for (size_t i = 0; i < sizeof(refused_by_step_2) / sizeof(refused_by_step_2[0]); i++) {
		if ((sqlite3_exec(db, refused_by_step_2[i], NULL, NULL, NULL) & 0xff) !=
		    SQLITE_CONSTRAINT) {
			fail_msg("accepted: %s", refused_by_step_2[i]);
		}
	}
}

/* The schema as text, and every table's columns, in one string. */
static char *schema_text(sqlite3 *raw)
{
	sqlite3_stmt *stmt = NULL;
	char *text = NULL;

	assert_int_equal(
		sqlite3_prepare_v2(
			raw,
			"SELECT (SELECT group_concat(sql, ';') FROM (SELECT sql FROM "
			"sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name)) || "
			"(SELECT group_concat(name || ' ' || id, ';') FROM service_profile)",
			-1, &stmt, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	text = strdup((const char *)sqlite3_column_text(stmt, 0));
	assert_non_null(text);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	return text;
}

/* A database as a released program of that version left it. */
static void make_version(const char *path, int version)
{
	sqlite3 *raw = raw_open(path);
	char head[128];

	for (int i = 0; i < version; i++) {
		raw_exec(raw, store_sqlite_steps[i].sql);
	}
	(void)snprintf(head, sizeof(head), "PRAGMA application_id = %d; PRAGMA user_version = %d",
	               STORE_SQLITE_APPLICATION_ID, version);
	raw_exec(raw, head);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

static void stepping_up_gives_the_fresh_schema(void **state)
{
	struct fixture *f = *state;
	char *fresh = schema_text(store_sqlite_of(f->store)->handle);

	/* Version 0 has no table yet: it stands for the step before the first. */
	for (int version = 0; version <= store_sqlite_n_steps; version++) {
		char name[32];
		char path[TEMP_PATH_MAX];
		struct store *store = NULL;
		char *stepped = NULL;

		(void)snprintf(name, sizeof(name), "v%d.db", version);
		make_version(temp_dir_file(&f->dir, name, path), version);
		if (version < store_sqlite_n_steps) {
			assert_int_equal(store_open(path, STORE_WRITE, &store), HSS_ERR_SCHEMA);
			assert_non_null(strstr(store_error(store), "hssctl db migrate"));
			store_close(store);
			assert_int_equal(store_open(path, STORE_READ, &store), HSS_ERR_SCHEMA);
			store_close(store);
		}
		assert_int_equal(store_open(path, STORE_MIGRATE, &store), HSS_OK);
		assert_int_equal(store_schema_version(store), store_schema_known());
		stepped = schema_text(store_sqlite_of(store)->handle);
		assert_string_equal(stepped, fresh);
		free(stepped);
		store_close(store);
		assert_int_equal(store_open(path, STORE_WRITE, &store), HSS_OK);
		store_close(store);
	}
	free(fresh);
}

/* What the released program of version 1 stored: a registered subscriber, and a PSI without key. */
static void stepping_up_keeps_what_version_1_held(void **state)
{
	struct fixture *f = *state;
	const char *impu[] = {"tel:+491", "sip:chat-7@ims.test"};
	char path[TEMP_PATH_MAX];
	sqlite3 *raw = NULL;

	make_version(temp_dir_file(&f->dir, "v1.db", path), 1);
	raw = raw_open(path);
	raw_exec(raw, "INSERT INTO subscription VALUES (7, 1), (9, 0)");
	raw_exec(raw, "INSERT INTO service_profile VALUES (3, 'gold', 5, 1)");
	raw_exec(raw, "INSERT INTO impi VALUES (7, 1, 'a@ims.test', zeroblob(64), x'8001', 1), "
	              "(9, 2, 'psi@ims.test', NULL, x'8000', 1)");
	raw_exec(raw, "INSERT INTO impu VALUES (7, 1, 1, 'sip:a@ims.test', 0, 1, 0, NULL, 'A', 3), "
	              "(7, 1, 2, 'tel:+491', 0, 0, 0, NULL, NULL, 1), "
	              "(9, 4, 1, 'sip:chat-!.*!@ims.test', 2, 0, 1, 'sip:as', NULL, 1)");
	raw_exec(raw, "INSERT INTO visited_network VALUES (7, 'home.test')");
	raw_exec(raw, "INSERT INTO scscf VALUES (1, 'sip:s.ims.test')");
	raw_exec(raw, "INSERT INTO diameter_peer VALUES (1, 's.ims.test', 'ims.test')");
	raw_exec(raw, "INSERT INTO registration VALUES (7, 1, 1, 2, 11, 64, 1, 1, 1), "
	              "(9, 2, 4, 0, 0, 0, NULL, NULL, NULL)");
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);

	store_close(f->store);
	assert_int_equal(store_open(path, STORE_MIGRATE, &f->store), HSS_OK);
	assert_ok(f, store_subscription_load(f->store, "a@ims.test", impu, 2, STORE_VIEW_FULL,
	                                     &f->got));
	assert_int_equal(f->got.id, 7);
	assert_true(f->got.impi[0].has_key && !f->got.impi[0].has_ha1);
	assert_int_equal(f->got.impi[0].amf[1], 1);
	assert_int_equal(f->got.impi[0].scheme, IMS_SCHEME_AKA_V1);
	assert_int_equal(f->got.impi[0].schemes, 1U << IMS_SCHEME_AKA_V1);
	assert_int_equal(f->got.impi[0].sqn, 64);
	assert_string_equal(f->got.impi[0].sqn_scscf, "sip:s.ims.test");
	assert_true(f->got.impi[0].auth_since == 0 && f->got.impi[0].auth_count == 0);
	assert_int_equal(f->got.n_impu, 2);
	assert_true(f->got.impu[0].barred && f->got.impu[0].alias_group == NULL &&
	            !f->got.impu[0].loose_route && !f->got.impu[0].privileged_sender);
	assert_string_equal(f->got.profile[f->got.impu[0].profile].name, "gold");
	assert_true(f->got.profile[f->got.impu[0].profile].unregistered_services);
	assert_string_equal(f->got.profile[f->got.impu[0].profile].criteria, "");
	assert_int_equal(f->got.registration[0].state, IMS_REGISTERED);
	assert_int_equal(f->got.registration[0].pending_since, 11);
	assert_string_equal(f->got.scscf_name, "sip:s.ims.test");
	assert_string_equal(f->got.scscf_host, "s.ims.test");
	assert_true(f->got.scscf_features == 0 && !f->got.reassignment_pending);
	assert_true(f->got.charging == NULL && f->got.capabilities == NULL);
	assert_int_equal(f->got.n_visited, 1);
	assert_int_equal(f->got.asked_impu[1].match, IMS_MATCH_OTHER);
	/* What was stored can be stored again. */
	assert_ok(f, store_subscription_put(f->store, &f->got));
	assert_ok(f, store_subscription_get(f->store, 9, &f->got));
	assert_true(!f->got.impi[0].has_key && f->got.impi[0].no == 2);
	assert_ok(f, store_subscription_put(f->store, &f->got));
	assert_int_equal(raw_number(store_sqlite_of(f->store)->handle,
	                            "SELECT count(*) FROM pragma_foreign_key_check"),
	                 0);
}

static void a_step_that_fails_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	char path[TEMP_PATH_MAX];
	struct store *store = NULL;
	sqlite3 *raw = NULL;

	temp_dir_file(&f->dir, "old.db", path);
	make_version(path, 0);
	fault_vfs_arm(FAULT_DB, FAULT_WRITE, 2, 0, SQLITE_IOERR_WRITE);
	assert_int_equal(store_open(path, STORE_MIGRATE, &store), HSS_ERR_STORE);
	assert_true(fault_vfs_disarm() > 0);
	assert_non_null(strstr(store_error(store), "initial"));
	store_close(store);
	raw = raw_open(path);
	assert_int_equal(raw_number(raw, "SELECT count(*) FROM sqlite_schema"), 0);
	assert_int_equal(raw_number(raw, "PRAGMA user_version"), 0);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
	assert_int_equal(store_open(path, STORE_MIGRATE, &store), HSS_OK);
	store_close(store);
}

static void another_schema_version_is_refused(void **state)
{
	struct fixture *f = *state;

	edit(f, "PRAGMA user_version = 9999");
	for (int mode = STORE_READ; mode <= STORE_MIGRATE; mode++) {
		if (mode != STORE_CREATE) {
			assert_open(f, (enum store_mode)mode, HSS_ERR_SCHEMA, "9999, newer than");
		}
	}
	edit(f, "PRAGMA user_version = 0");
	assert_open(f, STORE_WRITE, HSS_ERR_SCHEMA, "run hssctl db migrate");
}

static void a_foreign_file_is_refused(void **state)
{
	struct fixture *f = *state;
	char path[TEMP_PATH_MAX];
	FILE *file = NULL;

	edit(f, "PRAGMA application_id = 1");
	assert_open(f, STORE_WRITE, HSS_ERR_INVALID, "not a database of an HSS");
	assert_open(f, STORE_READ, HSS_ERR_INVALID, "not a database of an HSS");

	temp_dir_file(&f->dir, "text", path);
	file = fopen(path, "we");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++) {
		assert_true(fputs("not a database at all\n", file) >= 0);
	}
	assert_int_equal(fclose(file), 0);
	(void)snprintf(f->path, sizeof(f->path), "%s", path);
	assert_open(f, STORE_WRITE, HSS_ERR_INVALID, "not a database");
	assert_open(f, STORE_READ, HSS_ERR_INVALID, "text: ");
	assert_open(f, STORE_CREATE, HSS_ERR_EXISTS, NULL);
	(void)snprintf(f->path, sizeof(f->path), "%s", f->dir.path);
	assert_open(f, STORE_READ, HSS_ERR_INVALID, "not a regular file");
}

static void a_corrupted_database_is_refused(void **state)
{
	struct fixture *f = *state;
	uint8_t junk[4096];
	int fd = -1;

	store_close(f->store);
	f->store = NULL;
	memset(junk, 0xa5, sizeof(junk));
	fd = open(f->path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, sizeof(junk) - 100, 100), sizeof(junk) - 100);
	assert_int_equal(close(fd), 0);
	assert_open(f, STORE_WRITE, HSS_ERR_INVALID, f->path);
	assert_open(f, STORE_READ, HSS_ERR_INVALID, f->path);
}

/* Files and lock */

static unsigned mode_of(const struct fixture *f, const char *suffix)
{
	char path[TEMP_PATH_MAX + 16];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s%s", f->path, suffix);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void all_files_are_for_the_owner_only(void **state)
{
	struct fixture *f = *state;
	static const mode_t masks[] = {0, 022, 0777};

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		mode_t before = umask(masks[i]);
		char name[32];

		(void)snprintf(name, sizeof(name), "mode%zu.db", i);
		temp_dir_file(&f->dir, name, f->path);
		store_close(f->store);
		assert_int_equal(store_open(f->path, STORE_CREATE, &f->store), HSS_OK);
		put_common(f, 1);
		(void)umask(before);
		assert_int_equal(mode_of(f, ""), 0600);
		assert_int_equal(mode_of(f, "-wal"), 0600);
		assert_int_equal(mode_of(f, "-shm"), 0600);
		assert_int_equal(mode_of(f, ".lock"), 0600);
	}
}

static void a_creation_that_was_interrupted_can_be_repeated(void **state)
{
	struct fixture *f = *state;
	char path[TEMP_PATH_MAX];
	struct store *store = NULL;
	struct stat st;
	FILE *file = fopen(temp_dir_file(&f->dir, "empty.db", path), "we");

	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(store_open(path, STORE_WRITE, &store), HSS_ERR_INVALID);
	store_close(store);
	assert_int_equal(store_open(path, STORE_CREATE, &store), HSS_OK);
	store_close(store);

	temp_dir_file(&f->dir, "full.db", path);
	fault_vfs_arm(FAULT_DB, FAULT_WRITE, 0, 0, SQLITE_FULL);
	assert_int_equal(store_open(path, STORE_CREATE, &store), HSS_ERR_FULL);
	assert_true(fault_vfs_disarm() > 0);
	assert_int_equal(store_begin(store), HSS_ERR_FULL);
	store_close(store);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(errno, ENOENT);
}

/* In a child: the result of opening, as its exit code. */
static int open_in_child(const char *path, enum store_mode mode)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct store *store = NULL;

		_exit((int)store_open(path, mode, &store));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void a_second_writer_is_refused(void **state)
{
	struct fixture *f = *state;
	char link_path[TEMP_PATH_MAX];
	struct store *second = NULL;

	assert_int_equal(store_open(f->path, STORE_WRITE, &second), HSS_ERR_LOCKED);
	assert_non_null(strstr(store_error(second), "another process"));
	store_close(second);
	assert_int_equal(open_in_child(f->path, STORE_WRITE), HSS_ERR_LOCKED);
	assert_int_equal(open_in_child(f->path, STORE_MIGRATE), HSS_ERR_LOCKED);
	assert_int_equal(open_in_child(f->path, STORE_READ), HSS_OK);
	/* Another name of the same database does not help. */
	assert_int_equal(symlink(f->path, temp_dir_file(&f->dir, "link.db", link_path)), 0);
	assert_int_equal(open_in_child(link_path, STORE_WRITE), HSS_ERR_LOCKED);
	/* A refused one did not take the lock away. */
	put_common(f, 1);
	assert_int_equal(open_in_child(f->path, STORE_WRITE), HSS_ERR_LOCKED);
	store_close(f->store);
	f->store = NULL;
	assert_int_equal(open_in_child(f->path, STORE_WRITE), HSS_OK);
	assert_int_equal(open_in_child(link_path, STORE_WRITE), HSS_OK);
}

/* Start a child that runs work(path, fd) until it is killed; its reports come through *in. */
static pid_t start_child(struct fixture *f, void (*work)(const char *path, int out), int *in)
{
	int ends[2];
	pid_t pid = -1;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(ends[0]);
		work(f->path, ends[1]);
		_exit(1);
	}
	assert_int_equal(close(ends[1]), 0);
	*in = ends[0];
	return pid;
}

static void kill_child(pid_t pid)
{
	int status = 0;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void report(int out, uint64_t value)
{
	if (write(out, &value, sizeof(value)) != sizeof(value)) {
		_exit(2);
	}
}

static void hold_the_lock(const char *path, int out)
{
	struct store *store = NULL;

	report(out, store_open(path, STORE_WRITE, &store));
	(void)pause();
}

static void the_lock_ends_with_its_owner(void **state)
{
	struct fixture *f = *state;
	uint64_t opened = 1;
	int in = -1;
	pid_t pid = -1;

	store_close(f->store);
	f->store = NULL;
	pid = start_child(f, hold_the_lock, &in);
	assert_int_equal(read(in, &opened, sizeof(opened)), sizeof(opened));
	assert_int_equal(opened, HSS_OK);
	assert_open(f, STORE_WRITE, HSS_ERR_LOCKED, NULL);
	kill_child(pid);
	assert_int_equal(close(in), 0);
	assert_open(f, STORE_WRITE, HSS_OK, NULL);
}

/* Readers */

static void a_looking_connection_can_neither_write_nor_checkpoint(void **state)
{
	struct fixture *f = *state;
	struct store *look = NULL;
	sqlite3 *db = NULL;
	unsigned writes = 0;

	put_common(f, 1);
	assert_int_equal(store_open(f->path, STORE_READ, &look), HSS_OK);
	db = store_sqlite_of(look)->handle;
	assert_int_equal(sqlite3_db_readonly(db, "main"), 1);
	assert_int_equal(sqlite3_exec(db, "DELETE FROM registration", NULL, NULL, NULL) & 0xff,
	                 SQLITE_READONLY);
	writes = fault_vfs_count(FAULT_DB, FAULT_WRITE) + fault_vfs_count(FAULT_DB, FAULT_SYNC);
	assert_int_not_equal(
		sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL),
		SQLITE_OK);
	store_close(look);
	/* The last handle of all, closed while the log holds something. */
	store_sqlite_of(f->store)->base.latched = HSS_ERR_STORE; /* it will not checkpoint */
	store_close(f->store);
	assert_int_equal(store_open(f->path, STORE_READ, &f->store), HSS_OK);
	store_close(f->store);
	assert_int_equal(fault_vfs_count(FAULT_DB, FAULT_SYNC) +
	                         fault_vfs_count(FAULT_DB, FAULT_WRITE),
	                 writes + 1); /* the attempt above, which did not get through */
	assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
	assert_int_equal(sqn_of(f, 1), 0);
}

/* Checkpoints */

static off_t wal_size(const struct fixture *f)
{
	char path[TEMP_PATH_MAX + 16];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s-wal", f->path);
	return stat(path, &st) == 0 ? st.st_size : -1;
}

/* Commits that are only to fill the log need not wait for the disk. */
static void sync_on(struct fixture *f, bool on)
{
	raw_exec(store_sqlite_of(f->store)->handle,
	         on ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
}

static void advance(struct fixture *f, unsigned times)
{
	sync_on(f, false);
	for (unsigned i = 0; i < times; i++) {
		assert_ok(f, set_sqn(f->store, 1, sqn_of(f, 1) + 1, &f->got));
	}
	sync_on(f, true);
}

static void the_log_is_copied_when_idle_or_long_and_keeps_its_size(void **state)
{
	struct fixture *f = *state;
	struct store_sqlite *db = store_sqlite_of(f->store);
	unsigned syncs = 0;
	off_t size = 0;

	put_common(f, 1);
	advance(f, 900);
	syncs = fault_vfs_count(FAULT_DB, FAULT_SYNC);
	assert_ok(f, store_maintain(f->store, true));
	assert_ok(f, store_maintain(f->store, false));
	assert_int_equal(fault_vfs_count(FAULT_DB, FAULT_SYNC), syncs);
	advance(f, 200);
	assert_ok(f, store_maintain(f->store, false));
	assert_int_equal(fault_vfs_count(FAULT_DB, FAULT_SYNC), syncs);
	size = wal_size(f);
	assert_ok(f, store_maintain(f->store, true));
	assert_int_equal(fault_vfs_count(FAULT_DB, FAULT_SYNC), syncs + 1);
	assert_ok(f, store_maintain(f->store, true));
	assert_int_equal(fault_vfs_count(FAULT_DB, FAULT_SYNC), syncs + 1);
	advance(f, 500);
	assert_int_equal(wal_size(f), size); /* overwritten, neither grown nor cut */
	assert_true(db->wal_frames <= 501);
}

/* Commit until the log has so many frames; many rows in one transaction. */
static void fill_log(struct fixture *f, int frames)
{
	static unsigned n = 1000;

	sync_on(f, false);
	while (store_sqlite_of(f->store)->wal_frames < frames) {
		assert_ok(f, store_begin(f->store));
		for (unsigned i = 0; i < 2000; i++) {
			put_common(f, n++);
		}
		assert_ok(f, store_commit(f->store));
		/* Change all of them, spread over many pages. */
		raw_exec(store_sqlite_of(f->store)->handle,
		         "UPDATE registration SET pending_since = pending_since + 1;"
		         "UPDATE impu SET barred = 1 - barred; UPDATE impi SET amf = x'8001'");
	}
	sync_on(f, true);
}

static void a_long_log_is_copied_at_once_also_with_a_reader(void **state)
{
	struct fixture *f = *state;
	struct store_sqlite *db = store_sqlite_of(f->store);
	struct store *look = NULL;
	unsigned syncs = 0;
	uint64_t n = 0;
	int frames = 0;

	fill_log(f, 16000);
	syncs = fault_vfs_count(FAULT_DB, FAULT_SYNC);
	assert_ok(f, store_maintain(f->store, false));
	assert_int_equal(fault_vfs_count(FAULT_DB, FAULT_SYNC), syncs + 1);
	put_common(f, 1);
	assert_true(db->wal_frames < 100);

	/* A reader that stays on an old snapshot keeps the log; that is no failure, and is not
	 * tried at once again. */
	assert_int_equal(store_open(f->path, STORE_READ, &look), HSS_OK);
	assert_int_equal(store_begin(look), HSS_OK);
	assert_int_equal(store_subscription_count(look, &n), HSS_OK);
	fill_log(f, 16000);
	assert_ok(f, store_maintain(f->store, false));
	frames = db->wal_frames;
	assert_true(frames >= 16000);
	assert_true(db->wal_copied < frames);
	assert_int_equal(db->wal_tried, frames);
	assert_int_equal(store_commit(look), HSS_OK);
	store_close(look);
	fill_log(f, frames + 16000);
	assert_ok(f, store_maintain(f->store, false));
	put_common(f, 2);
	assert_true(db->wal_frames < 100);
	assert_int_equal(store_latched(f->store), HSS_OK);
}

/* The WAL-reset bug of SQLite before 3.51.3: a checkpoint on one connection, a commit on another.
 */

struct interleaving {
	sqlite3 *raw;
	struct store *store;
	struct ims_subscription *sub;
	uint64_t sqn;
	enum hss_err err;
};

static void commit_raw(void *opaque)
{
	struct interleaving *il = opaque;

	raw_exec(il->raw, "UPDATE t SET v = 1000 WHERE id = 1");
}

/* Control: shows that the interleaving is the one that loses, on a library that has the bug. */
static void wal_reset_control_on_raw_connections(void **state)
{
	struct fixture *f = *state;
	char path[TEMP_PATH_MAX];
	struct interleaving il = {0};
	sqlite3 *b = NULL;
	int64_t lost = 0;
	int rc = SQLITE_OK;

	il.raw = raw_open(temp_dir_file(&f->dir, "raw.db", path));
	raw_exec(il.raw, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
	                 "CREATE TABLE t (id INTEGER PRIMARY KEY, v, pad);"
	                 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
	                 "WHERE i < 60) INSERT INTO t SELECT i, 0, zeroblob(3000) FROM n");
	b = raw_open(path);
	assert_int_equal(raw_number(b, "SELECT count(*) FROM t"), 60);
	raw_exec(il.raw, "UPDATE t SET v = 1");
	assert_int_equal(
		sqlite3_wal_checkpoint_v2(il.raw, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL),
		SQLITE_OK);
	(void)fault_vfs_at_header(commit_raw, &il);
	rc = sqlite3_wal_checkpoint_v2(b, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	assert_true(fault_vfs_at_header(NULL, NULL)); /* the commit happened in between */
	assert_true(rc == SQLITE_OK || rc == SQLITE_BUSY);
	/* Whatever the log has now must survive that it is copied and begun anew. */
	raw_exec(il.raw, "UPDATE t SET v = v + 1 WHERE id > 1");
	raw_exec(il.raw, "PRAGMA wal_checkpoint(RESTART); UPDATE t SET v = v WHERE id = 60");
	raw_exec(il.raw, "PRAGMA wal_checkpoint(RESTART)");
	assert_int_equal(sqlite3_close(b), SQLITE_OK);
	assert_int_equal(sqlite3_close(il.raw), SQLITE_OK);
	il.raw = raw_open(path);
	lost = raw_number(il.raw,
	                  "SELECT count(*) FROM t WHERE v <> CASE id WHEN 1 THEN 1000 ELSE 2 "
	                  "END");
	assert_int_equal(sqlite3_close(il.raw), SQLITE_OK);
	if (sqlite3_libversion_number() < 3051003) {
		assert_true(lost > 0);
	} else {
		print_message("SQLite %s has the WAL-reset bug mended: %lld rows lost\n",
		              sqlite3_libversion(), (long long)lost);
	}
}

static void commit_store(void *opaque)
{
	struct interleaving *il = opaque;

	il->err = set_sqn(il->store, 1, ++il->sqn, il->sub);
	if (il->err == HSS_OK) {
		il->err = store_maintain(il->store, true);
	}
}

/* What the looking handle is made to do while the writer commits in the middle of it. */
static void look_load(struct store *look)
{
	struct ims_subscription sub = {0};

	assert_int_equal(
		store_subscription_load(look, "user1@ims.test", NULL, 0, STORE_VIEW_FULL, &sub),
		HSS_OK);
	assert_int_not_equal(sub.id, 0);
	ims_subscription_free(&sub);
}

static void look_maintain(struct store *look)
{
	assert_int_equal(store_maintain(look, true), HSS_ERR_INVALID);
	look_load(look);
}

/* Beyond what the store offers: the connection of the looking handle itself. */
static void look_raw_checkpoint(struct store *look)
{
	(void)sqlite3_wal_checkpoint_v2(store_sqlite_of(look)->handle, NULL,
	                                SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

static void writer_checkpoint(struct fixture *f, int mode)
{
	assert_int_equal(sqlite3_wal_checkpoint_v2(store_sqlite_of(f->store)->handle, NULL, mode,
	                                           NULL, NULL),
	                 SQLITE_OK);
}

/* Subscriber 1 is alone on its page of the hot table; the others fill several pages more. */
static void advance_others(struct fixture *f, uint64_t sqn)
{
	assert_ok(f, store_begin(f->store));
	for (unsigned i = 400; i <= 1200; i += 10) {
		assert_ok(f, set_sqn(f->store, i, sqn, &f->got));
	}
	assert_ok(f, store_commit(f->store));
}

static void wal_reset_cannot_lose_through_the_store(void **state)
{
	struct fixture *f = *state;
	void (*const acts[])(struct store *) = {look_load, look_maintain, look_raw_checkpoint};
	struct interleaving il = {.sub = &f->got};
	struct store *look = NULL;

	assert_ok(f, store_begin(f->store));
	for (unsigned i = 1; i <= 1200; i++) {
		put_common(f, i);
	}
	assert_ok(f, store_commit(f->store));
	assert_int_equal(store_open(f->path, STORE_READ, &look), HSS_OK);
	il.store = f->store;
	for (uint64_t round = 1; round <= 12; round++) {
		/* The log is copied whole, and the other connection knows an older header. */
		advance_others(f, 2 * round);
		writer_checkpoint(f, SQLITE_CHECKPOINT_PASSIVE);
		(void)fault_vfs_at_header(commit_store, &il);
		acts[round % 3](look);
		assert_true(fault_vfs_at_header(NULL, NULL));
		assert_int_equal(il.err, HSS_OK);
		/*
		 * A checkpoint that took the new log for the old one marked as copied what comes
		 * now: once the log begins anew, by the commit on subscriber 1, it is lost.
		 */
		advance_others(f, 2 * round + 1);
		writer_checkpoint(f, SQLITE_CHECKPOINT_RESTART);
		assert_ok(f, set_sqn(f->store, 1, ++il.sqn, &f->got));
		/* Looked at through the file: the writer would find it in its page cache. */
		assert_int_equal(sqn_in(f, look, 1), 2 * round);
		for (unsigned i = 400; i <= 1200; i += 10) {
			assert_int_equal(sqn_in(f, look, i), 2 * round + 1);
		}
	}
	store_close(look);
	reopen(f, STORE_WRITE);
	assert_int_equal(sqn_of(f, 1), 2 * 12);
	assert_int_equal(sqn_of(f, 400), 2 * 12 + 1);
}

/* Latch */

static const struct {
	enum fault_file file;
	enum fault_call call;
	int rc;
	enum hss_err expected;
} faults[] = {
	{FAULT_WAL, FAULT_WRITE, SQLITE_FULL, HSS_ERR_FULL},
	{FAULT_WAL, FAULT_WRITE, SQLITE_IOERR_WRITE, HSS_ERR_STORE},
	{FAULT_WAL, FAULT_SYNC, SQLITE_IOERR_FSYNC, HSS_ERR_STORE},
	{FAULT_WAL, FAULT_SYNC, SQLITE_FULL, HSS_ERR_FULL},
};

static void assert_latched_objects(struct fixture *f, enum hss_err expected)
{
	struct ims_profile profile;
	struct ims_ifc_set set = {.id = 1};
	struct ims_charging charging = {.id = 1};
	struct ims_capabilities capabilities = {.id = 1};
	const char *document = NULL;
	const char **names = NULL;
	size_t n = 0;
	int64_t id = 0;

	assert_int_equal(store_ifc_set_put(f->store, &set), expected);
	assert_int_equal(store_charging_put(f->store, &charging), expected);
	assert_int_equal(store_capabilities_put(f->store, &capabilities), expected);
	assert_int_equal(store_object_get(f->store, STORE_OBJECT_PROFILE, "default", &f->got.arena,
	                                  &id, &document),
	                 expected);
	assert_int_equal(store_profile_get(f->store, "default", &f->got.arena, &profile), expected);
	assert_int_equal(store_ifc_set_get(f->store, 1, &f->got.arena, &set), expected);
	assert_int_equal(
		store_object_names(f->store, STORE_OBJECT_PROFILE, &f->got.arena, &names, &n),
		expected);
	assert_int_equal(store_object_delete(f->store, STORE_OBJECT_PROFILE, "x"), expected);
}

static void assert_latched_outbox(struct fixture *f, enum hss_err expected)
{
	struct ims_push *list = NULL;
	struct ims_push push = {0};
	struct store_scan scan = {0};
	int64_t ids[1];
	int64_t last = 0;
	size_t n = 0;

	assert_int_equal(store_push_add(f->store, &push, 1), expected);
	assert_int_equal(store_push_due(f->store, 1, 0, 1, &f->got.arena, &list, &n, &last),
	                 expected);
	assert_int_equal(store_push_get(f->store, 1, &f->got.arena, &push), expected);
	assert_int_equal(store_push_list(f->store, 0, 1, true, &f->got.arena, &list, &n), expected);
	assert_int_equal(store_push_update(f->store, &push), expected);
	assert_int_equal(store_push_wake(f->store, "h", 1, 9, &n), expected);
	assert_int_equal(store_push_prune(f->store, 1, 1, &n), expected);
	assert_int_equal(store_scan_add(f->store, &scan), expected);
	assert_int_equal(store_scan_portion(f->store, &scan, 1, ids, 1, &n, &last), expected);
	assert_int_equal(store_scan_advance(f->store, &scan), expected);
	assert_int_equal(store_scan_next(f->store, &scan), expected);
}

static void assert_latched(struct fixture *f, enum hss_err expected)
{
	char text[512];
	int64_t ids[1];
	uint64_t n = 0;
	size_t n_ids = 0;

	(void)snprintf(text, sizeof(text), "%s", store_error(f->store));
	assert_int_equal(store_latched(f->store), expected);
	assert_non_null(strstr(text, f->path));
	assert_int_equal(store_begin(f->store), expected);
	assert_int_equal(store_commit(f->store), expected);
	store_rollback(f->store);
	assert_int_equal(store_part_begin(f->store), expected);
	assert_int_equal(store_part_end(f->store, true), expected);
	assert_int_equal(store_maintain(f->store, true), expected);
	assert_int_equal(store_subscription_load(f->store, "user1@ims.test", NULL, 0,
	                                         STORE_VIEW_FULL, &f->got),
	                 expected);
	assert_int_equal(store_registration_save(f->store, &f->sub), expected);
	assert_int_equal(store_subscription_put(f->store, &f->sub), expected);
	assert_int_equal(store_subscription_delete(f->store, 1), expected);
	assert_int_equal(store_subscription_get(f->store, 1, &f->got), expected);
	assert_int_equal(store_subscription_ids(f->store, 0, ids, 1, &n_ids), expected);
	assert_int_equal(store_subscription_count(f->store, &n), expected);
	assert_int_equal(store_profile_put(f->store, &f->sub.profile[0]), expected);
	assert_latched_objects(f, expected);
	assert_latched_outbox(f, expected);
	assert_string_equal(store_error(f->store), text);
}

/* All subscribers have one SQN: a transaction is there wholly or not at all. */
static uint64_t common_sqn(struct fixture *f, unsigned n)
{
	uint64_t sqn = sqn_of(f, 1);

	for (unsigned i = 2; i <= n; i++) {
		assert_int_equal(sqn_of(f, i), sqn);
	}
	return sqn;
}

/* One batch on n subscribers; the first error, or what the commit said. */
static enum hss_err batch(struct fixture *f, unsigned n, uint64_t sqn)
{
	enum hss_err err = store_begin(f->store);

	for (unsigned i = 1; err == HSS_OK && i <= n; i++) {
		err = set_sqn(f->store, i, sqn, &f->got);
	}
	if (err == HSS_OK) {
		return store_commit(f->store);
	}
	store_rollback(f->store);
	return err;
}

static void a_failed_write_or_sync_latches_and_leaves_no_half(void **state)
{
	struct fixture *f = *state;
	const unsigned n = 150; /* several pages of the hot table */

	for (unsigned i = n; i >= 1; i--) {
		put_common(f, i);
	}
	for (size_t row = 0; row < sizeof(faults) / sizeof(faults[0]); row++) {
		/* The k-th call fails, k rising until none is left to fail. */
		for (unsigned after = 0;; after++) {
			uint64_t before = common_sqn(f, n);
			uint64_t now = 0;
			enum hss_err err = HSS_OK;
			unsigned failed = 0;

			fault_vfs_arm(faults[row].file, faults[row].call, after, 1, faults[row].rc);
			err = batch(f, n, before + 32);
			failed = fault_vfs_disarm();
			if (failed == 0) {
				assert_true(after > 0);
				assert_ok(f, err);
				break;
			}
			assert_int_equal(err, faults[row].expected);
			sample_common(&f->sub, 1);
			assert_latched(f, faults[row].expected);
			reopen(f, STORE_WRITE);
			now = common_sqn(f, n);
			assert_true(now == before || now == before + 32);
			if (faults[row].call == FAULT_WRITE) {
				assert_int_equal(now, before);
			}
		}
	}
}

static void a_failed_checkpoint_latches(void **state)
{
	static const struct {
		enum fault_file file;
		enum fault_call call;
		int rc;
		enum hss_err expected;
	} rows[] = {
		{FAULT_DB, FAULT_WRITE, SQLITE_IOERR_WRITE, HSS_ERR_STORE},
		{FAULT_DB, FAULT_WRITE, SQLITE_FULL, HSS_ERR_FULL},
		{FAULT_DB, FAULT_SYNC, SQLITE_IOERR_FSYNC, HSS_ERR_STORE},
		{FAULT_WAL, FAULT_SYNC, SQLITE_IOERR_FSYNC, HSS_ERR_STORE},
	};
	struct fixture *f = *state;

	put_common(f, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t sqn = 0;
		unsigned syncs = 0;

		advance(f, 1100);
		sqn = sqn_of(f, 1);
		fault_vfs_arm(rows[i].file, rows[i].call, 0, 1, rows[i].rc);
		assert_int_equal(store_maintain(f->store, true), rows[i].expected);
		assert_int_equal(fault_vfs_disarm(), 1);
		assert_non_null(strstr(store_error(f->store), "checkpoint"));
		sample_common(&f->sub, 1);
		assert_latched(f, rows[i].expected);
		/* Closing a latched handle tries nothing again. */
		syncs = fault_vfs_count(FAULT_DB, FAULT_SYNC);
		store_close(f->store);
		assert_int_equal(fault_vfs_count(FAULT_DB, FAULT_SYNC), syncs);
		/* Opening it anew copies all of the log, before anything is added. */
		assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
		assert_int_equal(fault_vfs_count(FAULT_DB, FAULT_SYNC), syncs + 1);
		assert_int_equal(sqn_of(f, 1), sqn);
	}
}

static void a_put_that_fails_midway_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	put_common(f, 1);
	for (unsigned after = 0;; after++) {
		enum hss_err err = HSS_OK;
		uint64_t n = 0;
		unsigned failed = 0;

		sample_common(&f->sub, 2);
		fault_vfs_arm(FAULT_WAL, FAULT_WRITE, after, 1, SQLITE_FULL);
		err = store_subscription_put(f->store, &f->sub);
		failed = fault_vfs_disarm();
		if (failed == 0) {
			assert_true(after > 1);
			assert_ok(f, err);
			break;
		}
		assert_int_equal(err, HSS_ERR_FULL);
		assert_int_equal(f->sub.id, 0);
		reopen(f, STORE_WRITE);
		assert_ok(f, store_subscription_count(f->store, &n));
		assert_int_equal(n, 1);
		assert_int_equal(raw_number(store_sqlite_of(f->store)->handle,
		                            "SELECT (SELECT count(*) FROM impi) + (SELECT count(*) "
		                            "FROM impu) + (SELECT count(*) FROM registration)"),
		                 4);
	}
}

/* State, restoration information and what is owed to the S-CSCF: all of it or nothing. */
static void a_save_that_fails_midway_owes_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned failures = 0;

	put_common(f, 1);
	for (unsigned after = 0;; after++) {
		struct ims_push push = {.kind = IMS_PUSH_RTR,
		                        .host = "h",
		                        .realm = "r",
		                        .impi = "user1@ims.test",
		                        .irs = 1};
		int64_t stored = 0;
		enum hss_err err = HSS_OK;

		f->sub.push = &push;
		f->sub.n_push = 1;
		f->sub.registration[0].state = IMS_REGISTERED;
		f->sub.n_restoration = 0;
		sample_restoration(&f->sub, 1, 1, 20000);
		fault_vfs_arm(FAULT_WAL, FAULT_WRITE, after, 1, SQLITE_IOERR_WRITE);
		err = store_registration_save(f->store, &f->sub);
		if (fault_vfs_disarm() == 0) {
			assert_ok(f, err);
			break;
		}
		failures++;
		assert_int_equal(err, HSS_ERR_STORE);
		reopen(f, STORE_WRITE);
		stored = raw_number(store_sqlite_of(f->store)->handle,
		                    "SELECT (SELECT count(*) FROM push) + (SELECT count(*) FROM "
		                    "restoration) + (SELECT sum(state) FROM registration)");
		assert_int_equal(stored, 0);
	}
	assert_true(failures > 3);
	assert_int_equal(raw_number(store_sqlite_of(f->store)->handle,
	                            "SELECT (SELECT count(*) FROM push) + (SELECT count(*) FROM "
	                            "restoration) + (SELECT sum(state) FROM registration)"),
	                 4);
}

static struct ims_push push_of_set(unsigned irs)
{
	return (struct ims_push){
		.kind = IMS_PUSH_RTR, .host = "h", .realm = "r", .impi = "a@b", .irs = irs};
}

/* A row that is refused at the very end, with the transaction of others going on. */
static void what_is_refused_at_its_last_row_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = store_sqlite_of(f->store)->handle;
	struct ims_push pushes[] = {push_of_set(1), push_of_set(2)};

	put_common(f, 1);
	raw_exec(db, "CREATE TRIGGER refuse BEFORE INSERT ON push WHEN NEW.irs = 2 BEGIN "
	             "SELECT RAISE(ABORT, 'refused'); END");
	f->sub.push = pushes;
	f->sub.n_push = 2;
	f->sub.registration[0].state = IMS_REGISTERED;
	sample_restoration(&f->sub, 1, 1, 5);
	sample_common(&f->got, 2);
	f->got.push = pushes;
	f->got.n_push = 2;
	assert_ok(f, store_begin(f->store));
	assert_int_equal(store_registration_save(f->store, &f->sub), HSS_ERR_INVALID);
	f->sub.registration_allowed = false;
	assert_int_equal(store_subscription_put(f->store, &f->sub), HSS_ERR_INVALID);
	assert_int_equal(store_subscription_put(f->store, &f->got), HSS_ERR_INVALID);
	assert_ok(f, store_commit(f->store));
	assert_int_equal(raw_number(db, "SELECT (SELECT count(*) FROM push) + "
	                                "(SELECT count(*) FROM restoration) + "
	                                "(SELECT sum(state) FROM registration)"),
	                 0);
	assert_int_equal(raw_number(db, "SELECT count(*) FROM subscription WHERE "
	                                "registration_allowed"),
	                 1);
	assert_int_equal(store_latched(f->store), HSS_OK);
}

static void a_subscription_that_goes_takes_its_rows_along_but_not_what_is_owed(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = store_sqlite_of(f->store)->handle;
	struct ims_push push = push_of_set(1);

	sample_common(&f->sub, 1);
	sample_restoration(&f->sub, 1, 1, 5);
	sample_visited(&f->sub, "a.test");
	f->sub.push = &push;
	f->sub.n_push = 1;
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_ok(f, store_subscription_delete(f->store, f->sub.id));
	assert_int_equal(
		raw_number(db, "SELECT (SELECT count(*) FROM subscription) + (SELECT count(*) FROM "
	                       "impi) + (SELECT count(*) FROM impu) + (SELECT count(*) FROM "
	                       "registration) + (SELECT count(*) FROM restoration) + "
	                       "(SELECT count(*) FROM visited_network)"),
		0);
	assert_int_equal(raw_number(db, "SELECT count(*) FROM push"), 1);
}

/* What the statements that look for what is due did since this was asked last. */
static int due_steps(const struct store_sqlite *db)
{
	static const enum sql all[] = {SQL_PUSH_DUE_COUNT, SQL_PUSH_NEXT, SQL_PUSH_DUE_FEW,
	                               SQL_PUSH_DUE_MANY};
	int steps = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		steps += sqlite3_stmt_status(db->stmt[all[i]], SQLITE_STMTSTATUS_VM_STEP, 1);
	}
	return steps;
}

static void looking_for_what_is_due_does_not_look_at_all_that_waits(void **state)
{
	static const int64_t times[] = {99, 100, 101}; /* none, one, all are due */
	struct fixture *f = *state;
	struct ims_push *push = NULL;
	int64_t next = 0;
	size_t n = 0;

	assert_ok(f, store_begin(f->store));
	for (int i = 0; i < 10000; i++) {
		struct ims_push one = push_of_set(1);

		one.subscription = i;
		one.next_at = i == 9999 ? 100 : 101;
		assert_ok(f, store_push_add(f->store, &one, 1));
	}
	assert_ok(f, store_commit(f->store));
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		(void)due_steps(store_sqlite_of(f->store));
		assert_ok(f, store_push_due(f->store, times[i], 0, 8, &f->got.arena, &push, &n,
		                            &next));
		assert_int_equal(n, i == 2 ? 8 : i);
		assert_in_range(due_steps(store_sqlite_of(f->store)), 1, 10000);
	}
}

static void a_locked_database_is_busy_and_not_latched(void **state)
{
	struct fixture *f = *state;
	sqlite3 *raw = NULL;

	put_common(f, 1);
	raw = raw_open(f->path);
	raw_exec(raw, "BEGIN IMMEDIATE");
	assert_int_equal(store_begin(f->store), HSS_ERR_BUSY);
	assert_non_null(strstr(store_error(f->store), "begin"));
	assert_int_equal(set_sqn(f->store, 1, 5, &f->got), HSS_ERR_BUSY);
	raw_exec(raw, "ROLLBACK");
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
	assert_int_equal(store_latched(f->store), HSS_OK);
	assert_ok(f, set_sqn(f->store, 1, 5, &f->got));
	assert_int_equal(sqn_of(f, 1), 5);
}

/* Rows */

/* One IMPI with three implicit sets: a copy of what is the IMPI's in each row. */
static void sample_three_sets(struct ims_subscription *sub)
{
	sample_common(sub, 1);
	sample_impu(sub, 2, 1, "sip:second@ims.test");
	sample_impu(sub, 3, 1, "sip:third@ims.test");
	sample_registration(sub, 1, 2);
	sample_registration(sub, 1, 3);
}

static void loading_takes_the_highest_copy_of_an_sqn(void **state)
{
	struct fixture *f = *state;

	sample_three_sets(&f->sub);
	f->sub.impi[0].sqn = 100;
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	edit(f, "UPDATE registration SET sqn = 300 WHERE irs = 2");
	assert_open(f, STORE_WRITE, HSS_OK, NULL);
	assert_int_equal(sqn_of(f, 1), 300);
	/* Any save brings the copies together again. */
	assert_ok(f, set_sqn(f->store, 1, 301, &f->got));
	assert_int_equal(raw_number(store_sqlite_of(f->store)->handle,
	                            "SELECT count(*) FROM registration WHERE sqn = 301"),
	                 3);
}

static void loading_takes_the_latest_count_of_vectors(void **state)
{
	struct fixture *f = *state;

	sample_three_sets(&f->sub);
	f->sub.impi[0].auth_since = 100;
	f->sub.impi[0].auth_count = 50;
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	edit(f, "UPDATE registration SET auth_since = 200, auth_count = 3 WHERE irs = 2");
	edit(f, "UPDATE registration SET auth_since = 200, auth_count = 4 WHERE irs = 3");
	assert_open(f, STORE_WRITE, HSS_OK, NULL);
	/* Any save brings the copies together again. */
	assert_ok(f, set_sqn(f->store, 1, 301, &f->got));
	assert_int_equal(raw_number(store_sqlite_of(f->store)->handle,
	                            "SELECT count(*) FROM registration WHERE auth_since = 200 AND "
	                            "auth_count = 4"),
	                 3);
}

static void only_rows_that_changed_are_written(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = store_sqlite_of(f->store)->handle;
	int before = 0;

	sample_common(&f->sub, 1);
	sample_impi(&f->sub, 2, "second@ims.test");
	sample_registration(&f->sub, 2, 1);
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	before = sqlite3_total_changes(db);
	assert_ok(f, store_registration_save(f->store, &f->sub));
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_int_equal(sqlite3_total_changes(db), before);
	f->sub.impi[0].sqn = 32;
	assert_ok(f, store_registration_save(f->store, &f->sub));
	assert_int_equal(sqlite3_total_changes(db), before + 1);
	f->sub.impu[1].barred = true;
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_int_equal(sqlite3_total_changes(db), before + 3); /* removed, inserted */
	/* SIP Digest: no SQN, but a vector counted. */
	f->sub.impi[1].auth_count = 1;
	assert_ok(f, store_registration_save(f->store, &f->sub));
	f->sub.impi[1].auth_since = 1;
	assert_ok(f, store_registration_save(f->store, &f->sub));
	assert_int_equal(sqlite3_total_changes(db), before + 5);
}

static int statement_trace(unsigned mask, void *opaque, void *stmt, void *text)
{
	(void)mask;
	(void)stmt;
	(void)text;
	(*(unsigned *)opaque)++;
	return 0;
}

static void a_mar_is_two_look_ups_one_scan_and_one_update(void **state)
{
	struct fixture *f = *state;
	const char *impu[] = {"sip:user1@ims.test"};
	unsigned statements = 0;

	put_common(f, 1);
	assert_ok(f, set_sqn(f->store, 1, 1, &f->got));
	assert_ok(f, store_begin(f->store));
	assert_int_equal(sqlite3_trace_v2(store_sqlite_of(f->store)->handle, SQLITE_TRACE_STMT,
	                                  statement_trace, &statements),
	                 SQLITE_OK);
	assert_ok(f, store_subscription_load(f->store, "user1@ims.test", impu, 1, STORE_VIEW_AUTH,
	                                     &f->got));
	f->got.impi[0].sqn = 2;
	f->got.impi[0].auth_since = 1700000000;
	f->got.impi[0].auth_count = 1;
	assert_ok(f, store_registration_save(f->store, &f->got));
	assert_int_equal(statements, 4);
	assert_int_equal(sqlite3_trace_v2(store_sqlite_of(f->store)->handle, 0, NULL, NULL),
	                 SQLITE_OK);
	assert_ok(f, store_commit(f->store));
}

/* What the statements of one look-up are: the handle's own transaction is not counted. */
static unsigned look_up_statements(struct fixture *f, const char *impu, enum store_view view)
{
	unsigned statements = 0;

	assert_ok(f, store_begin(f->store));
	assert_int_equal(sqlite3_trace_v2(store_sqlite_of(f->store)->handle, SQLITE_TRACE_STMT,
	                                  statement_trace, &statements),
	                 SQLITE_OK);
	assert_ok(f, store_subscription_load(f->store, "nobody@ims.test", &impu, 1, view, &f->got));
	assert_int_equal(sqlite3_trace_v2(store_sqlite_of(f->store)->handle, 0, NULL, NULL),
	                 SQLITE_OK);
	assert_ok(f, store_commit(f->store));
	return statements;
}

static void an_unknown_user_costs_a_look_up_for_each_identity(void **state)
{
	struct fixture *f = *state;

	put_common(f, 1);
	for (int view = STORE_VIEW_AUTH; view <= STORE_VIEW_FULL; view++) {
		assert_int_equal(
			look_up_statements(f, "sip:nobody@ims.test", (enum store_view)view), 2);
		assert_int_equal(f->got.id, 0);
	}
	/* Where there are wildcarded identities, one search more. */
	sample_common(&f->sub, 2);
	for (unsigned i = 0; i < 200; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "sip:pbx%u!.*!@ims.test", i);
		sample_impu(&f->sub, 1, 3 + i, name)->kind = IMPU_WILDCARDED;
	}
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_true(look_up_statements(f, "sip:nobody@ims.test", STORE_VIEW_AUTH) <= 4);
	assert_int_equal(f->got.id, 0);
	assert_true(look_up_statements(f, "sip:pbx77-4711@ims.test", STORE_VIEW_AUTH) <= 5);
	assert_string_equal(f->got.impu[0].name, "sip:pbx77!.*!@ims.test");
	assert_int_equal(look_up_statements(f, "sip:user1@ims.test", STORE_VIEW_AUTH), 3);
}

/* Rows that another program made bad do not keep others from being found, nor the search from
 * ending. */
static void a_bad_expression_in_the_database_matches_nothing(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = {"sip:user(!(!@ims.test", "sip:x y!.*!@ims.test", "sip:x",
	                                  "!", " "};

	sample_common(&f->sub, 1);
	sample_impu(&f->sub, 1, 3, "sip:!.*!@ims.test")->kind = IMPU_WILDCARDED;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		sample_impu(&f->sub, 1, 4 + i, bad[i]);
	}
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	edit(f, "UPDATE impu SET kind = 4 WHERE position > 3");
	assert_open(f, STORE_WRITE, HSS_OK, NULL);
	assert_true(look_up_statements(f, "sip:user(@ims.test", STORE_VIEW_AUTH) > 2);
	assert_string_equal(f->got.impu[0].name, "sip:!.*!@ims.test");
	assert_true(look_up_statements(f, "sip:x@ims.test", STORE_VIEW_AUTH) > 2);
	assert_string_equal(f->got.impu[0].name, "sip:!.*!@ims.test");
	assert_true(look_up_statements(f, "sip:x", STORE_VIEW_AUTH) > 2);
	assert_true(look_up_statements(f, "sip:x!y", STORE_VIEW_AUTH) > 2);
	assert_int_equal(f->got.id, 0);
}

static void rows_that_no_program_of_ours_wrote_are_refused(void **state)
{
	static const struct {
		const char *sql;
		const char *text;
	} rows[] = {
		{"DELETE FROM registration", "no registration"},
		{"UPDATE registration SET scscf = 77", "S-CSCF 77 is missing"},
		{"UPDATE registration SET peer = 78", "Diameter peer 78 is missing"},
		{"UPDATE registration SET impi = 5", "no implicit registration set"},
		{"PRAGMA ignore_check_constraints = ON; UPDATE impi SET sealed_key = x'00'",
	         "wrong length"},
		{"PRAGMA ignore_check_constraints = ON; UPDATE registration SET sqn = 1 << 48",
	         "48 bits"},
		{"UPDATE impu SET profile_id = 9", "service profile that is missing"},
		{"WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 257) "
	         "INSERT INTO impu (subscription_id, irs, position, name, kind, barred, "
	         "psi_active, as_name, display_name, profile_id) SELECT 1, 1, i, 'sip:' || i, 0, "
	         "0, 0, NULL, NULL, 1 FROM n",
	         "too many IMPUs"},
		{"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 17) "
	         "INSERT INTO impi (subscription_id, no, name, sealed_key, amf, scheme) SELECT 1, "
	         "i, i || '@b', NULL, x'8000', 1 FROM n",
	         "too many IMPIs"},
		{"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1025) "
	         "INSERT INTO registration (subscription_id, impi, irs, state, pending_since, sqn, "
	         "sqn_scscf, scscf, peer) SELECT 1, 1, i, 0, 0, 0, NULL, NULL, NULL FROM n",
	         "too many registrations"},
		{"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 65) "
	         "INSERT INTO visited_network SELECT 1, i FROM n",
	         "too many visited networks"},
	};
	struct fixture *f = *state;

	put_common(f, 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char name[64];

		sample_common(&f->sub, 1);
		temp_dir_file(&f->dir, "row.db", f->path);
		store_close(f->store);
		(void)unlink(f->path);
		assert_int_equal(store_open(f->path, STORE_CREATE, &f->store), HSS_OK);
		assert_ok(f, store_subscription_put(f->store, &f->sub));
		put_common(f, 2);
		edit(f, rows[i].sql);
		assert_open(f, STORE_WRITE, HSS_OK, NULL);
		assert_int_equal(store_subscription_load(f->store, sample_impi_name(1, name), NULL,
		                                         0, STORE_VIEW_FULL, &f->got),
		                 HSS_ERR_INVALID);
		if (strstr(store_error(f->store), rows[i].text) == NULL) {
			fail_msg("row %zu: %s", i, store_error(f->store));
		}
		assert_int_equal(f->got.id, 0);
		assert_int_equal(store_latched(f->store), HSS_OK);
	}
}

/* Crashes */

static void commit_for_ever(const char *path, int out)
{
	struct store *store = NULL;
	struct ims_subscription sub = {0};
	uint64_t sqn = 0;

	if (store_open(path, STORE_WRITE, &store) != HSS_OK ||
	    store_subscription_load(store, "user1@ims.test", NULL, 0, STORE_VIEW_AUTH, &sub) !=
	            HSS_OK) {
		_exit(3);
	}
	for (sqn = sub.impi[0].sqn;;) {
		if (store_begin(store) != HSS_OK || set_sqn(store, 1, ++sqn, &sub) != HSS_OK ||
		    store_commit(store) != HSS_OK) {
			_exit(4);
		}
		report(out, sqn);
		if (sqn % 32 == 0) {
			/* As if the log were long: the kill shall hit checkpoints too. */
			store_sqlite_of(store)->wal_tried = -1000000;
			if (store_maintain(store, false) != HSS_OK) {
				_exit(5);
			}
		}
	}
}

static void kill_in_the_middle_loses_nothing_acknowledged(void **state)
{
	struct fixture *f = *state;
	uint64_t last = 0;

	put_common(f, 1);
	for (unsigned round = 0; round < 10; round++) {
		uint64_t sqn = 0;
		uint64_t stored = 0;
		unsigned acknowledged = 0;
		int in = -1;
		pid_t pid = -1;

		store_close(f->store);
		f->store = NULL;
		pid = start_child(f, commit_for_ever, &in);
		while (read(in, &sqn, sizeof(sqn)) == sizeof(sqn)) {
			assert_true(sqn > last); /* never twice, over all rounds */
			last = sqn;
			if (++acknowledged == 100 + 37 * round) {
				kill_child(pid);
			}
		}
		assert_true(acknowledged >= 100);
		assert_int_equal(close(in), 0);
		assert_open(f, STORE_WRITE, HSS_OK, NULL);
		stored = sqn_of(f, 1);
		assert_true(stored >= last);
		assert_true(stored <= last + 1);
		assert_int_equal(raw_number(store_sqlite_of(f->store)->handle,
		                            "SELECT count(*) FROM pragma_integrity_check WHERE "
		                            "integrity_check <> 'ok'"),
		                 0);
	}
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(the_writer_has_full_sync_and_wal),
		WITH_STORE(all_tables_are_strict_and_checked),
		WITH_STORE(each_check_of_step_2_refuses),
		WITH_STORE(stepping_up_gives_the_fresh_schema),
		WITH_STORE(stepping_up_keeps_what_version_1_held),
		WITH_STORE(a_step_that_fails_leaves_nothing),
		WITH_STORE(another_schema_version_is_refused),
		WITH_STORE(a_foreign_file_is_refused),
		WITH_STORE(a_corrupted_database_is_refused),
		WITH_STORE(all_files_are_for_the_owner_only),
		WITH_STORE(a_creation_that_was_interrupted_can_be_repeated),
		WITH_STORE(a_second_writer_is_refused),
		WITH_STORE(the_lock_ends_with_its_owner),
		WITH_STORE(a_looking_connection_can_neither_write_nor_checkpoint),
		WITH_STORE(the_log_is_copied_when_idle_or_long_and_keeps_its_size),
		WITH_STORE(a_long_log_is_copied_at_once_also_with_a_reader),
		WITH_STORE(wal_reset_control_on_raw_connections),
		WITH_STORE(wal_reset_cannot_lose_through_the_store),
		WITH_STORE(a_failed_write_or_sync_latches_and_leaves_no_half),
		WITH_STORE(a_failed_checkpoint_latches),
		WITH_STORE(a_put_that_fails_midway_leaves_nothing),
		WITH_STORE(a_save_that_fails_midway_owes_nothing),
		WITH_STORE(what_is_refused_at_its_last_row_leaves_nothing),
		WITH_STORE(a_subscription_that_goes_takes_its_rows_along_but_not_what_is_owed),
		WITH_STORE(looking_for_what_is_due_does_not_look_at_all_that_waits),
		WITH_STORE(a_locked_database_is_busy_and_not_latched),
		WITH_STORE(loading_takes_the_highest_copy_of_an_sqn),
		WITH_STORE(loading_takes_the_latest_count_of_vectors),
		WITH_STORE(only_rows_that_changed_are_written),
		WITH_STORE(a_mar_is_two_look_ups_one_scan_and_one_update),
		WITH_STORE(an_unknown_user_costs_a_look_up_for_each_identity),
		WITH_STORE(a_bad_expression_in_the_database_matches_nothing),
		WITH_STORE(rows_that_no_program_of_ours_wrote_are_refused),
		WITH_STORE(kill_in_the_middle_loses_nothing_acknowledged),
	};

	print_message("SQLite %s\n", sqlite3_libversion());
	return cmocka_run_group_tests_name("store, SQLite", tests, NULL, NULL);
}
