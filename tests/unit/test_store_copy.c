/*
 * Backup, verification and restoring (hss/store_copy.h): what is in place afterwards, what is
 * found, and that a failure or an end at any point leaves the former database or the restored one.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "fault_vfs.h"
#include "hss/store_schema.h"
#include "hss/store_sqlite.h"
#include "sample_sub.h"
#include "temp_dir.h"

#define SCSCF "sip:scscf-a.ims.test:6060"

enum { IND_BITS = 5, SEQ_MARGIN = 1 << 20, RULE_LEN = 64, TOLD_MAX = 256 };

/* Calls of ours that put a file in its place. */
enum seam { SEAM_NONE, SEAM_FAILS, SEAM_ENDS };

static struct {
	enum seam seam;
	unsigned after; /* calls that are carried out before */
	int error;
	unsigned fired;
	char calls[4096]; /* a letter for each */
	size_t n;
} wrap;

/* The nth call does not take place; or the process is gone. */
static bool wrap_fails(char letter)
{
	if (wrap.n + 1 < sizeof(wrap.calls)) {
		wrap.calls[wrap.n] = letter;
		wrap.calls[++wrap.n] = '\0';
	}
	if (wrap.seam == SEAM_NONE || wrap.after-- != 0) {
		return false;
	}
	if (wrap.seam == SEAM_ENDS) {
		_exit(0);
	}
	wrap.seam = SEAM_NONE;
	wrap.fired++;
	errno = wrap.error;
	return true;
}

static void wrap_arm(enum seam seam, unsigned after, int error)
{
	memset(&wrap, 0, sizeof(wrap));
	wrap.seam = seam;
	wrap.after = after;
	wrap.error = error;
}

int __real_rename(const char *from, const char *to);
int __real_renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags);
int __real_link(const char *from, const char *to);
int __real_fsync(int fd);
ssize_t __real_write(int fd, const void *octets, size_t len);
int __wrap_rename(const char *from, const char *to);
int __wrap_renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags);
int __wrap_link(const char *from, const char *to);
int __wrap_fsync(int fd);
ssize_t __wrap_write(int fd, const void *octets, size_t len);

int __wrap_rename(const char *from, const char *to)
{
	return wrap_fails('r') ? -1 : __real_rename(from, to);
}

int __wrap_renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags)
{
	return wrap_fails('n') ? -1 : __real_renameat2(from_at, from, to_at, to, flags);
}

int __wrap_link(const char *from, const char *to)
{
	return wrap_fails('l') ? -1 : __real_link(from, to);
}

int __wrap_fsync(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return wrap_fails(S_ISDIR(st.st_mode) ? 'F' : 'f') ? -1 : __real_fsync(fd);
}

ssize_t __wrap_write(int fd, const void *octets, size_t len)
{
	return wrap_fails('w') ? -1 : __real_write(fd, octets, len);
}

struct told {
	char rule[TOLD_MAX][RULE_LEN];
	char identity[TOLD_MAX][RULE_LEN];
	size_t n;
};

struct fixture {
	struct temp_dir dir;
	char path[TEMP_PATH_MAX];
	char file[TEMP_PATH_MAX]; /* the backup */
	struct store *store;
	struct ims_subscription sub;
	struct ims_subscription got;
	struct told told;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	wrap_arm(SEAM_NONE, 0, 0);
	fault_vfs_install();
	temp_dir_make(&f->dir);
	temp_dir_file(&f->dir, "hss.db", f->path);
	temp_dir_file(&f->dir, "hss.backup", f->file);
	assert_int_equal(store_open(f->path, STORE_CREATE, &f->store), HSS_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	wrap_arm(SEAM_NONE, 0, 0);
	(void)fault_vfs_disarm();
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

static void close_store(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
}

static void reopen(struct fixture *f)
{
	close_store(f);
	assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
}

static void put_common(struct fixture *f, unsigned n)
{
	sample_common(&f->sub, n);
	f->sub.scscf_name = SCSCF;
	f->sub.scscf_host = "scscf-a.ims.test";
	f->sub.registration[0].state = IMS_REGISTERED;
	assert_ok(f, store_subscription_put(f->store, &f->sub));
}

static void load(struct fixture *f, struct store *store, unsigned n)
{
	char name[64];

	assert_int_equal(store_subscription_load(store, sample_impi_name(n, name), NULL, 0,
	                                         STORE_VIEW_FULL, &f->got),
	                 HSS_OK);
	assert_true(f->got.id != 0);
}

static void sqn_set(struct fixture *f, unsigned n, uint64_t sqn)
{
	load(f, f->store, n);
	f->got.impi[0].sqn = sqn;
	f->got.impi[0].sqn_scscf = SCSCF;
	assert_ok(f, store_registration_save(f->store, &f->got));
}

static uint64_t sqn_of(struct fixture *f, unsigned n)
{
	load(f, f->store, n);
	return f->got.impi[0].sqn;
}

/* How many files of the folder match. */
static size_t count_files(const struct fixture *f, const char *pattern)
{
	char path[TEMP_PATH_MAX];
	glob_t found;
	size_t n = 0;

	if (glob(temp_dir_file(&f->dir, pattern, path), 0, NULL, &found) == 0) {
		n = found.gl_pathc;
		globfree(&found);
	}
	return n;
}

/* No file that was on its way to its place. */
static void assert_nothing_left(const struct fixture *f)
{
	assert_int_equal(count_files(f, "hss.backup.*"), 0);
	assert_int_equal(count_files(f, "hss.db.??????"), 0);
	assert_int_equal(count_files(f, "hss.db.*-*"), count_files(f, "hss.db.before-*"));
}

static void tell(void *opaque, const struct store_finding *finding)
{
	struct told *told = opaque;

	assert_true(told->n < TOLD_MAX);
	assert_non_null(finding->text);
	(void)snprintf(told->rule[told->n], RULE_LEN, "%s", finding->rule);
	(void)snprintf(told->identity[told->n], RULE_LEN, "%s",
	               finding->identity != NULL ? finding->identity : "");
	told->n++;
}

static bool was_told(const struct fixture *f, const char *rule)
{
	for (size_t i = 0; i < f->told.n; i++) {
		if (strcmp(f->told.rule[i], rule) == 0) {
			return true;
		}
	}
	return false;
}

static void backup_make(struct fixture *f)
{
	struct store_backup backup = {.replace = true};
	const enum hss_err err = store_backup(f->path, f->file, &backup);

	if (err != HSS_OK) {
		fail_msg("%s", backup.why);
	}
}

static uint64_t verify(struct fixture *f, const char *path, bool is_backup, struct seal *seal)
{
	struct store_verify verify = {
		.backup = is_backup, .seal = seal, .tell = tell, .opaque = &f->told};
	enum hss_err err = HSS_OK;

	f->told.n = 0;
	err = store_verify(path, &verify);
	if (err != HSS_OK) {
		fail_msg("%s", verify.why);
	}
	return verify.n_findings;
}

static enum hss_err restore_with(struct fixture *f, struct store_restore *restore)
{
	restore->ind_bits = IND_BITS;
	restore->seq_margin = SEQ_MARGIN;
	restore->verify.tell = tell;
	restore->verify.opaque = &f->told;
	f->told.n = 0;
	return store_restore(f->path, f->file, restore);
}

static void assert_restores(struct fixture *f, struct store_restore *restore)
{
	if (restore_with(f, restore) != HSS_OK) {
		fail_msg("%s", restore->why);
	}
	assert_nothing_left(f);
}

static void assert_refuses(struct fixture *f, struct store_restore *restore, enum hss_err err,
                           const char *text)
{
	assert_int_equal(restore_with(f, restore), err);
	if (strstr(restore->why, text) == NULL) {
		fail_msg("\"%s\" instead of \"%s\"", restore->why, text);
	}
	assert_string_equal(restore->kept, "");
	assert_int_equal(count_files(f, "hss.db.before*"), 0);
	assert_nothing_left(f);
}

/* Change a database that nobody has open from outside. */
static void edit(const char *path, const char *sql)
{
	sqlite3 *raw = NULL;

	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	if (sqlite3_exec(raw, "PRAGMA ignore_check_constraints = 1", NULL, NULL, NULL) !=
	            SQLITE_OK ||
	    sqlite3_exec(raw, sql, NULL, NULL, NULL) != SQLITE_OK) {
		fail_msg("%s: %s", sql, sqlite3_errmsg(raw));
	}
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

static void a_backup_is_what_was_committed_in_one_private_file(void **state)
{
	struct fixture *f = *state;
	struct store_backup backup = {0};
	struct store *copy = NULL;
	struct stat st;

	put_common(f, 1);
	sqn_set(f, 1, 64);
	assert_ok(f, store_begin(f->store)); /* the HSS is in the middle of something */
	put_common(f, 2);
	assert_int_equal(store_backup(f->path, f->file, &backup), HSS_OK);
	assert_int_equal(backup.n_subscriptions, 1);
	assert_int_equal(backup.schema_version, store_schema_known());
	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(backup.octets, st.st_size);
	assert_ok(f, store_commit(f->store));
	assert_nothing_left(f);
	assert_string_equal(wrap.calls, "fnF");

	assert_int_equal(store_open(f->file, STORE_READ, &copy), HSS_OK);
	load(f, copy, 1);
	assert_int_equal(f->got.impi[0].sqn, 64);
	assert_int_equal(f->got.registration[0].state, IMS_REGISTERED);
	store_close(copy);
	assert_int_equal(verify(f, f->file, true, NULL), 0);
	assert_int_equal(count_files(f, "hss.backup*"), 1);
}

static void a_backup_overwrites_only_what_it_may(void **state)
{
	struct fixture *f = *state;
	struct store_backup backup = {0};
	char none[TEMP_PATH_MAX];

	backup_make(f);
	put_common(f, 1);
	assert_int_equal(store_backup(f->path, f->file, &backup), HSS_ERR_EXISTS);
	assert_non_null(strstr(backup.why, "exists already"));
	backup.replace = true;
	assert_int_equal(store_backup(f->path, f->path, &backup), HSS_ERR_INVALID);
	assert_int_equal(store_backup(f->path, f->file, &backup), HSS_OK);
	assert_int_equal(backup.n_subscriptions, 1);
	assert_int_equal(store_backup(f->path, temp_dir_file(&f->dir, "none/b", none), &backup),
	                 HSS_ERR_NOT_FOUND);
	assert_int_equal(store_backup(none, f->file, &backup), HSS_ERR_NOT_FOUND);
	(void)snprintf(none, sizeof(none), "%s", f->path);
	close_store(f);
	edit(f->path, "PRAGMA user_version = 9999");
	assert_int_equal(store_backup(f->path, f->file, &backup), HSS_ERR_SCHEMA);
	edit(f->path, "PRAGMA application_id = 1");
	assert_int_equal(store_backup(f->path, f->file, &backup), HSS_ERR_INVALID);
}

static void a_full_disk_leaves_nothing_of_a_backup(void **state)
{
	struct fixture *f = *state;
	enum hss_err err = HSS_ERR_FULL;
	unsigned failures = 0;

	for (unsigned i = 1; i <= 50; i++) {
		put_common(f, i);
	}
	for (unsigned after = 0; err != HSS_OK; after++) {
		struct store_backup backup = {0};

		fault_vfs_arm(FAULT_DB, FAULT_WRITE, after, 0, SQLITE_FULL);
		err = store_backup(f->path, f->file, &backup);
		if (fault_vfs_disarm() == 0) {
			break;
		}
		failures++;
		assert_int_equal(err, HSS_ERR_FULL);
		assert_non_null(strstr(backup.why, "full"));
		assert_int_equal(count_files(f, "hss.backup*"), 0);
	}
	assert_int_equal(err, HSS_OK);
	assert_true(failures > 5);
	assert_int_equal(verify(f, f->file, true, NULL), 0);
}

static void a_backup_that_fails_anywhere_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned failures = 0;

	put_common(f, 1);
	for (unsigned after = 0;; after++) {
		struct store_backup backup = {0};
		enum hss_err err = HSS_OK;

		wrap_arm(SEAM_FAILS, after, EIO);
		err = store_backup(f->path, f->file, &backup);
		if (wrap.fired == 0) {
			assert_int_equal(err, HSS_OK);
			break;
		}
		failures++;
		assert_int_equal(err, HSS_ERR_IO);
		assert_non_null(strstr(backup.why, "Input/output error"));
		assert_nothing_left(f);
		(void)unlink(f->file); /* when the last sync failed it is there, whole */
	}
	assert_int_equal(failures, 3);
}

/* One of each kind, and what is still to be told. */
static void build_objects(struct fixture *f)
{
	static const char *servers[] = {SCSCF};
	static uint32_t numbers[] = {7};
	struct ims_ifc_set set = {.id = 1, .document = "{}", .criteria = "<a/>"};
	struct ims_profile gold = {.name = "gold", .ifc_set = &set, .n_ifc_set = 1};
	struct ims_charging charging = {
		.name = "charge", .document = "{}", .primary_ecf = "aaa://e"};
	struct ims_capabilities named = {
		.name = "named", .document = "{}", .server = servers, .n_server = 1};
	struct ims_capabilities numbered = {
		.name = "numbered", .document = "{}", .optional = numbers, .n_optional = 1};
	struct ims_push rtr = {.kind = IMS_PUSH_RTR,
	                       .subscription = 1,
	                       .host = "scscf-a.ims.test",
	                       .realm = "ims.test",
	                       .impi = "phone@ims.test",
	                       .irs = 1};
	struct ims_push ppr = rtr;
	struct store_scan scan = {.kind = STORE_OBJECT_PROFILE, .object = 1};

	ppr.kind = IMS_PUSH_PPR;
	ppr.content = IMS_PUSH_USER_DATA;
	assert_ok(f, store_ifc_set_put(f->store, &set));
	assert_ok(f, store_profile_put(f->store, &gold));
	assert_ok(f, store_charging_put(f->store, &charging));
	assert_ok(f, store_capabilities_put(f->store, &named));
	assert_ok(f, store_capabilities_put(f->store, &numbered));
	assert_ok(f, store_push_add(f->store, &rtr, 100));
	assert_ok(f, store_push_add(f->store, &ppr, 100));
	ppr.state = IMS_PUSH_FAILED;
	ppr.ended_at = 200;
	ppr.outcome = "refused";
	assert_ok(f, store_push_update(f->store, &ppr));
	assert_ok(f, store_push_add(f->store, &rtr, 100));
	assert_ok(f, store_scan_add(f->store, &scan));
}

/* Two IMPIs on one set, another set, a PSI of its own. */
static void build_rich(struct fixture *f)
{
	struct ims_subscription *sub = &f->sub;
	struct ims_impu *psi = NULL;

	sample_start(sub);
	sample_impi(sub, 1, "phone@ims.test");
	sample_impi(sub, 2, "desk@ims.test");
	sample_impu(sub, 1, 1, "sip:rich@ims.test");
	sample_impu(sub, 1, 2, "tel:+4912");
	sample_impu(sub, 2, 1, "sip:work@ims.test");
	sample_registration(sub, 1, 1);
	sample_registration(sub, 1, 2)->state = IMS_UNREGISTERED;
	sample_registration(sub, 2, 1)->state = IMS_REGISTERED;
	sample_visited(sub, "visited.test");
	sample_restoration(sub, 2, 1, 100);
	sub->scscf_features = 1;
	sub->scscf_name = SCSCF;
	sub->scscf_host = "scscf-a.ims.test";
	sub->impi[0].sqn = 96;
	sub->impi[0].sqn_scscf = SCSCF;
	assert_ok(f, store_subscription_put(f->store, sub));

	sample_start(sub);
	sample_impi(sub, 1, "service@ims.test")->has_key = false;
	psi = sample_impu(sub, 1, 1, "sip:service@ims.test");
	psi->kind = IMPU_PSI;
	psi->psi_active = true;
	sample_impu(sub, 1, 2, "sip:chat-!.*!@ims.test")->kind = IMPU_WILDCARDED_PSI;
	sample_registration(sub, 1, 1);
	assert_ok(f, store_subscription_put(f->store, sub));
	build_objects(f);
}

static const struct {
	const char *rule;
	const char *identity;
	const char *sql;
} broken[] = {
	{"subscription-empty", "",
         "INSERT INTO subscription (id, registration_allowed) VALUES (77, 1)"},
	{"limit", "visited networks",
         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 64) "
         "INSERT INTO visited_network SELECT 1, 'net' || i FROM n"},
	{"impi-without-set", "desk@ims.test", "DELETE FROM registration WHERE impi = 2"},
	{"set-without-impi", "sip:work@ims.test", "DELETE FROM registration WHERE irs = 2"},
	{"set-without-impu", "phone@ims.test", "DELETE FROM impu WHERE irs = 2"},
	{"registration-without-impi", "", "DELETE FROM impi WHERE no = 2"},
	{"position", "sip:rich@ims.test", "UPDATE impu SET position = 3 WHERE name = 'tel:+4912'"},
	{"position", "sip:work@ims.test", "UPDATE impu SET position = 2 WHERE irs = 2"},
	{"key-missing", "service@ims.test", "UPDATE impu SET kind = 0 WHERE subscription_id = 2"},
	{"sqn-range", "phone@ims.test",
         "UPDATE registration SET sqn = 281474976710656 WHERE impi = 1 AND "
         "subscription_id = 1"},
	{"sqn-copies", "phone@ims.test", "UPDATE registration SET sqn = 64 WHERE irs = 2"},
	{"sqn-copies", "phone@ims.test", "UPDATE registration SET sqn_scscf = NULL WHERE irs = 2"},
	{"auth-copies", "phone@ims.test", "UPDATE registration SET auth_count = 1 WHERE irs = 2"},
	{"auth-copies", "phone@ims.test", "UPDATE registration SET auth_since = 1 WHERE irs = 2"},
	{"auth-copies", "desk@ims.test", "UPDATE registration SET auth_since = -1 WHERE impi = 2"},
	{"auth-copies", "desk@ims.test", "UPDATE registration SET auth_count = -1 WHERE impi = 2"},
	{"scscf-copies", "", "UPDATE registration SET peer = NULL WHERE irs = 2"},
	{"reference", "phone@ims.test", "DELETE FROM diameter_peer"},
	{"state", "desk@ims.test", "UPDATE registration SET state = 3 WHERE impi = 2"},
	{"state", "desk@ims.test", "UPDATE registration SET pending_since = -1 WHERE impi = 2"},
	{"state-without-scscf", "desk@ims.test",
         "UPDATE registration SET scscf = NULL WHERE subscription_id = 1"},
	{"state-mixed", "sip:rich@ims.test",
         "UPDATE registration SET state = 1 WHERE impi = 1 AND irs = 1 AND "
         "subscription_id = 1"},
	{"foreign-key", "",
         "INSERT INTO visited_network (subscription_id, network) VALUES (5, 'a')"},
	{"value", "sip:work@ims.test", "UPDATE impu SET barred = 2 WHERE irs = 2"},
	{"value", "desk@ims.test", "UPDATE impi SET amf = x'80' WHERE no = 2"},
	{"value", "desk@ims.test", "UPDATE impi SET schemes = 4 WHERE no = 2"},
	{"value", "desk@ims.test", "UPDATE impi SET schemes = 10 WHERE no = 2"},
	{"value", "desk@ims.test", "UPDATE impi SET digest_realm = 'r' WHERE no = 2"},
	{"value", "desk@ims.test",
         "UPDATE impi SET digest_realm = 'r', sealed_ha1 = x'00' WHERE no = 2"},
	{"value", "sip:work@ims.test", "UPDATE impu SET loose_route = 2 WHERE irs = 2"},
	{"value", "sip:work@ims.test", "UPDATE impu SET privileged_sender = 2 WHERE irs = 2"},
	{"value", "sip:work@ims.test", "UPDATE impu SET alias_group = '' WHERE irs = 2"},
	{"key-missing", "desk@ims.test", "UPDATE impi SET schemes = 6 WHERE no = 2"},
	{"key-missing", "desk@ims.test", "UPDATE impi SET sealed_key = NULL WHERE no = 2"},
	{"scscf-copies", "", "UPDATE registration SET features = 2 WHERE irs = 2"},
	{"scscf-copies", "", "UPDATE registration SET reassign = 1 WHERE irs = 2"},
	{"state", "desk@ims.test", "UPDATE registration SET features = -1 WHERE impi = 2"},
	{"state", "desk@ims.test", "UPDATE registration SET reassign = 2 WHERE impi = 2"},
	{"restoration", "desk@ims.test", "UPDATE restoration SET irs = 2"},
	{"restoration", "", "UPDATE restoration SET subscription_id = 99"},
	{"restoration", "desk@ims.test", "UPDATE restoration SET info = x''"},
	{"wildcard", "sip:chat-!(!@ims.test",
         "UPDATE impu SET name = 'sip:chat-!(!@ims.test' WHERE kind = 2"},
	{"wildcard", "sip:service@ims.test",
         "UPDATE impu SET kind = 2 WHERE name = 'sip:service@ims.test'"},
	{"push", "phone@ims.test", "UPDATE push SET command = 306"},
	{"push", "phone@ims.test", "UPDATE push SET state = 4, ended_at = 1"},
	{"push", "phone@ims.test", "UPDATE push SET reason = NULL"},
	{"push", "phone@ims.test", "UPDATE push SET reason = 4"},
	{"push", "phone@ims.test", "UPDATE push SET impus = NULL"},
	{"push", "phone@ims.test", "UPDATE push SET content = 8"},
	{"push", "phone@ims.test", "UPDATE push SET content = NULL"},
	{"push", "phone@ims.test", "UPDATE push SET ended_at = 5 WHERE state = 0"},
	{"push", "phone@ims.test", "UPDATE push SET irs = 0"},
	{"push", "phone@ims.test", "UPDATE push SET attempts = -1"},
	{"follow-up", "", "UPDATE push_scan SET kind = 4"},
	{"follow-up", "", "UPDATE push_scan SET after = -1"},
	{"charging", "charge", "UPDATE charging SET primary_ecf = NULL"},
	{"capabilities", "named",
         "INSERT INTO capability SELECT id, 0, 1, 5, NULL FROM capabilities WHERE name = "
         "'named'"},
	{"capabilities", "named", "UPDATE capability SET server_name = NULL"},
	{"capabilities", "numbered", "UPDATE capability SET number = NULL"},
	{"capabilities", "numbered", "UPDATE capability SET kind = 3 WHERE kind = 1"},
	{"capabilities", "numbered", "UPDATE capability SET number = -1 WHERE kind = 1"},
	{"capabilities", "numbered",
         "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 33) "
         "INSERT INTO capability SELECT c.id, 1, i, 5, NULL FROM capabilities c, n WHERE "
         "name = 'numbered'"},
	{"profile", "gold",
         "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 17) "
         "INSERT INTO service_profile_ifc_set SELECT p.id, i FROM service_profile p, n "
         "WHERE name = 'gold'"},
	{"profile", "gold", "UPDATE service_profile SET unregistered_services = 2"},
	{"shared-set", "1", "UPDATE ifc_set SET unregistered_services = 2"},
	{"shared-set", "-1", "UPDATE ifc_set SET id = -1"},
	{"foreign-key", "", "DELETE FROM ifc_set"},
	{"foreign-key", "", "UPDATE subscription SET charging_id = 9"},
	{"schema", "", "PRAGMA user_version = 0"},
};

static void every_rule_is_found_broken(void **state)
{
	struct fixture *f = *state;

	build_rich(f);
	assert_int_equal(verify(f, f->path, false, NULL), 0);
	backup_make(f);
	close_store(f);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		bool named = false;

		assert_int_equal(verify(f, f->file, true, NULL), 0);
		edit(f->file, broken[i].sql);
		if (verify(f, f->file, true, NULL) == 0) {
			fail_msg("nothing is found after %s", broken[i].sql);
		}
		for (size_t k = 0; k < f->told.n; k++) {
			named = named || (strcmp(f->told.rule[k], broken[i].rule) == 0 &&
			                  strcmp(f->told.identity[k], broken[i].identity) == 0);
		}
		if (!named) {
			fail_msg("%s %s is not found after %s", broken[i].rule, broken[i].identity,
			         broken[i].sql);
		}
		backup_make(f);
	}
}

static void findings_are_all_counted_and_some_told(void **state)
{
	struct fixture *f = *state;

	enum { MANY = 20500 }; /* more than a page */

	assert_ok(f, store_begin(f->store));
	for (unsigned i = 1; i <= MANY; i++) {
		put_common(f, i);
	}
	assert_ok(f, store_commit(f->store));
	reopen(f);
	assert_int_equal(verify(f, f->path, false, NULL), 0);
	close_store(f);
	edit(f->path, "UPDATE registration SET scscf = NULL WHERE subscription_id > 20300");
	assert_int_equal(verify(f, f->path, false, NULL), MANY - 20300);
	assert_int_equal(f->told.n, STORE_FINDINGS_TOLD);
	assert_string_equal(f->told.rule[0], "state-without-scscf");
	assert_string_equal(f->told.identity[0], "user20301@ims.test");
}

static void keys_have_to_open(void **state)
{
	struct fixture *f = *state;
	const struct auc_key key = {.k = {1}, .opc = {2}};
	char path[TEMP_PATH_MAX];
	struct seal *seal[2] = {NULL};
	char why[SEAL_WHY_LEN];

	for (int i = 0; i < 2; i++) {
		temp_dir_file(&f->dir, i == 0 ? "right.key" : "wrong.key", path);
		assert_int_equal(seal_create(path), HSS_OK);
		assert_int_equal(seal_open(path, &seal[i], why), HSS_OK);
	}
	for (unsigned n = 1; n <= 3; n++) {
		char name[64];

		sample_common(&f->sub, n);
		assert_int_equal(
			seal_wrap(seal[0], sample_impi_name(n, name), &key, &f->sub.impi[0].key),
			HSS_OK);
		assert_ok(f, store_subscription_put(f->store, &f->sub));
	}
	assert_int_equal(verify(f, f->path, false, seal[0]), 0);
	assert_int_equal(verify(f, f->path, false, seal[1]), 3);
	assert_true(was_told(f, "key"));
	close_store(f);
	/* A row on another subscriber. */
	edit(f->path, "UPDATE impi SET sealed_key = (SELECT sealed_key FROM impi WHERE "
	              "subscription_id = 1) WHERE subscription_id = 2");
	assert_int_equal(verify(f, f->path, false, seal[0]), 1);
	assert_string_equal(f->told.identity[0], "user2@ims.test");
	seal_close(seal[0]);
	seal_close(seal[1]);
}

/* Overwrite a piece of a file. */
static void damage(const char *path, off_t at)
{
	char junk[1000];
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	memset(junk, 0xa5, sizeof(junk));
	assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	assert_int_equal(close(fd), 0);
}

/* Where in a file the root page of a table is. */
static off_t root_of(const char *path, const char *table)
{
	enum { PAGE = 4096 };
	sqlite3 *raw = NULL;
	sqlite3_stmt *stmt = NULL;
	off_t page = 0;

	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(raw,
	                                    "SELECT rootpage FROM sqlite_schema WHERE name = ?1",
	                                    -1, &stmt, NULL),
	                 SQLITE_OK);
	assert_int_equal(sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	page = sqlite3_column_int(stmt, 0);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
	return (page - 1) * PAGE;
}

static void what_is_damaged_is_found_or_refused(void **state)
{
	struct fixture *f = *state;
	struct store_verify verify_with = {.backup = true};
	struct store_restore restore = {0};

	for (unsigned i = 1; i <= 50; i++) {
		put_common(f, i);
	}
	backup_make(f);
	close_store(f);
	damage(f->file, root_of(f->file, "impu"));
	assert_true(verify(f, f->file, true, NULL) > 0);
	assert_true(was_told(f, "pages"));
	assert_refuses(f, &restore, HSS_ERR_INVALID, "not sound");

	damage(f->file, 0);
	assert_int_equal(store_verify(f->file, &verify_with), HSS_ERR_INVALID);
	assert_non_null(strstr(verify_with.why, "not a database"));
	assert_refuses(f, &restore, HSS_ERR_INVALID, "not a database");
	assert_int_equal(unlink(f->file), 0);
	assert_int_equal(store_verify(f->file, &verify_with), HSS_ERR_NOT_FOUND);
	assert_refuses(f, &restore, HSS_ERR_NOT_FOUND, "hss.backup");
}

static void a_restore_brings_back_all_but_the_sqn(void **state)
{
	struct fixture *f = *state;
	struct store_restore restore = {0};
	struct store *kept = NULL;
	struct stat st;

	put_common(f, 1);
	build_rich(f);
	sqn_set(f, 1, (7 << IND_BITS) + 3);
	backup_make(f);
	sqn_set(f, 1, (9 << IND_BITS) + 4); /* issued since */
	put_common(f, 2);
	close_store(f);
	wrap_arm(SEAM_NONE, 0, 0);
	assert_restores(f, &restore);
	assert_int_equal(restore.n_impis, 4);
	assert_int_equal(restore.n_seq_max, 0);
	assert_int_equal(restore.verify.n_subscriptions, 3);
	assert_non_null(strstr(restore.kept, "hss.db.before-restore-1"));
	/* Nothing is renamed before it is synced, and the folder is synced in between. */
	assert_string_equal(wrap.calls + strspn(wrap.calls, "w"), "flFrF");
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	assert_int_equal(verify(f, f->path, false, NULL), 0);
	assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
	assert_int_equal(sqn_of(f, 1), ((7 + (uint64_t)SEQ_MARGIN) << IND_BITS) + 3);
	assert_string_equal(f->got.impi[0].sqn_scscf, SCSCF);
	assert_int_equal(f->got.registration[0].state, IMS_REGISTERED);
	assert_string_equal(f->got.scscf_name, SCSCF);
	/* The former one is whole in one file. */
	assert_int_equal(count_files(f, "hss.db.before*"), 1);
	assert_int_equal(store_open(restore.kept, STORE_READ, &kept), HSS_OK);
	load(f, kept, 2);
	load(f, kept, 1);
	assert_int_equal(f->got.impi[0].sqn, (9 << IND_BITS) + 4);
	store_close(kept);
	/* Again: another name, and further on. */
	close_store(f);
	assert_restores(f, &restore);
	assert_non_null(strstr(restore.kept, "hss.db.before-restore-2"));
}

static void a_restore_clears_registrations_when_asked(void **state)
{
	struct fixture *f = *state;
	struct store_restore restore = {.clear_registrations = true};

	put_common(f, 1);
	sqn_set(f, 1, 32);
	backup_make(f);
	close_store(f);
	assert_restores(f, &restore);
	assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
	load(f, f->store, 1);
	assert_int_equal(f->got.registration[0].state, IMS_NOT_REGISTERED);
	assert_null(f->got.scscf_name);
	assert_null(f->got.scscf_host);
	assert_string_equal(f->got.impi[0].sqn_scscf, SCSCF); /* its IND stays its own */
}

/* What was still to be told when the backup was made is about the past. */
static void a_restore_sends_nothing_old(void **state)
{
	struct fixture *f = *state;

	build_rich(f);
	backup_make(f);
	close_store(f);
	for (int clear = 0; clear <= 1; clear++) {
		struct store_restore restore = {.clear_registrations = clear != 0};
		struct ims_push *push = NULL;
		struct store_scan scan;
		int64_t next = 0;
		size_t n = 0;

		assert_restores(f, &restore);
		assert_int_equal(restore.n_pushes, 2);
		assert_int_equal(verify(f, f->path, false, NULL), 0);
		assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
		ims_subscription_reset(&f->got);
		assert_ok(f, store_push_due(f->store, INT64_MAX, 0, 10, &f->got.arena, &push, &n,
		                            &next));
		assert_int_equal(n, 0);
		assert_int_equal(store_scan_next(f->store, &scan), HSS_ERR_NOT_FOUND);
		assert_ok(f, store_push_list(f->store, 0, 10, false, &f->got.arena, &push, &n));
		assert_int_equal(n, 3);
		assert_int_equal(push[0].state, IMS_PUSH_CANCELLED);
		assert_true(push[0].ended_at > 1700000000);
		assert_non_null(strstr(push[0].outcome, "restored from a backup"));
		assert_int_equal(push[1].state, IMS_PUSH_FAILED);
		assert_string_equal(push[1].outcome, "refused");
		assert_int_equal(push[2].state, IMS_PUSH_CANCELLED);
		assert_ok(f, store_subscription_get(f->store, 1, &f->got));
		assert_int_equal(f->got.n_restoration, clear ? 0 : 1);
		assert_int_equal(f->got.scscf_features, clear ? 0 : 1);
		close_store(f);
	}
}

static void an_sqn_never_passes_its_end(void **state)
{
	struct fixture *f = *state;
	struct store_restore restore = {0};
	const uint64_t seq_max = AUC_SQN_MAX >> IND_BITS;

	put_common(f, 1);
	put_common(f, 2);
	put_common(f, 3);
	sqn_set(f, 1, ((seq_max - SEQ_MARGIN) << IND_BITS) + 31); /* just fits */
	sqn_set(f, 2, ((seq_max - SEQ_MARGIN + 1) << IND_BITS) + 5);
	sqn_set(f, 3, AUC_SQN_MAX);
	backup_make(f);
	close_store(f);
	assert_restores(f, &restore);
	assert_int_equal(restore.n_seq_max, 2);
	assert_int_equal(f->told.n, 2);
	assert_string_equal(f->told.rule[0], "seq-max");
	assert_string_equal(f->told.identity[0], "user2@ims.test");
	assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
	assert_int_equal(sqn_of(f, 1), (seq_max << IND_BITS) + 31);
	assert_int_equal(sqn_of(f, 2), (seq_max << IND_BITS) + 5);
	assert_int_equal(sqn_of(f, 3), AUC_SQN_MAX);
}

static void a_restore_is_refused_while_the_database_is_in_use(void **state)
{
	struct fixture *f = *state;
	struct store_restore restore = {0};
	struct store *reader = NULL;
	char pid[32];

	put_common(f, 1);
	backup_make(f);
	(void)snprintf(pid, sizeof(pid), "process %d", (int)getpid());
	assert_refuses(f, &restore, HSS_ERR_LOCKED, pid);
	assert_non_null(strstr(restore.why, "hss.db.lock"));
	assert_int_equal(store_open(f->path, STORE_READ, &reader), HSS_OK);
	load(f, reader, 1);
	close_store(f);
	assert_refuses(f, &restore, HSS_ERR_BUSY, "reading");
	store_close(reader);
	assert_restores(f, &restore);
}

static void a_restore_takes_only_a_backup(void **state)
{
	struct fixture *f = *state;
	struct store_restore restore = {0};
	char path[TEMP_PATH_MAX + 8];
	FILE *log = NULL;

	put_common(f, 1);
	backup_make(f);
	close_store(f);
	edit(f->file, "UPDATE registration SET scscf = NULL");
	assert_refuses(f, &restore, HSS_ERR_INVALID, "1 fault");
	assert_true(was_told(f, "state-without-scscf"));
	/* With a log beside it it is a database; what is in the file alone may be anything. */
	(void)snprintf(path, sizeof(path), "%s-wal", f->file);
	log = fopen(path, "we");
	assert_non_null(log);
	assert_true(fputs("log", log) >= 0);
	assert_int_equal(fclose(log), 0);
	restore.force = true;
	assert_refuses(f, &restore, HSS_ERR_INVALID, "hss.backup-wal");
	assert_int_equal(unlink(path), 0);
	assert_restores(f, &restore);

	edit(f->file, "PRAGMA user_version = 9999");
	assert_int_equal(restore_with(f, &restore), HSS_ERR_SCHEMA);
	(void)snprintf(f->file, sizeof(f->file), "%s", f->path);
	assert_int_equal(restore_with(f, &restore), HSS_ERR_INVALID);
	assert_non_null(strstr(restore.why, "the database itself"));
}

static void an_older_backup_is_stepped_up(void **state)
{
	struct fixture *f = *state;
	struct store_restore restore = {0};
	char head[128];

	close_store(f);
	/* Version 0 has no table yet: it stands for the step before the first. */
	(void)snprintf(head, sizeof(head), "PRAGMA application_id = %d",
	               STORE_SQLITE_APPLICATION_ID);
	edit(f->file, head);
	assert_restores(f, &restore);
	assert_int_equal(restore.schema_before, 0);
	assert_int_equal(restore.verify.schema_version, store_schema_known());
	assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
}

static void a_lost_or_ruined_database_is_replaced(void **state)
{
	struct fixture *f = *state;
	struct store_restore restore = {0};
	char path[TEMP_PATH_MAX + 8];

	put_common(f, 1);
	backup_make(f);
	close_store(f);
	assert_int_equal(unlink(f->path), 0);
	assert_restores(f, &restore);
	assert_string_equal(restore.kept, "");
	assert_int_equal(count_files(f, "hss.db.before*"), 0);

	/* A log of a ruined database must not come to lie beside the restored one. */
	damage(f->path, 0);
	(void)snprintf(path, sizeof(path), "%s-wal", f->path);
	assert_int_equal(link(f->file, path), 0);
	assert_restores(f, &restore);
	assert_non_null(strstr(restore.kept, "before-restore-1"));
	assert_int_equal(count_files(f, "hss.db.before-restore-1-wal"), 1);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(verify(f, f->path, false, NULL), 0);
	assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
	assert_int_equal(sqn_of(f, 1), (uint64_t)SEQ_MARGIN << IND_BITS);
}

/* A database whose last commits are in the log only, as a killed HSS leaves it; and a backup. */
static void crashed_database(struct fixture *f)
{
	pid_t pid = -1;
	int status = 0;

	put_common(f, 1);
	backup_make(f);
	close_store(f);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store *store = NULL;
		bool good = store_open(f->path, STORE_WRITE, &store) == HSS_OK;

		f->store = store;
		sqn_set(f, 1, 640);
		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void a_restore_that_fails_anywhere_leaves_the_former(void **state)
{
	struct fixture *f = *state;
	unsigned failures = 0;

	for (unsigned after = 0;; after++) {
		struct store_restore restore = {0};
		enum hss_err err = HSS_OK;
		bool in_place = false;

		if (after == 0) {
			crashed_database(f);
		}
		wrap_arm(SEAM_FAILS, after, ENOSPC);
		err = restore_with(f, &restore);
		if (wrap.fired == 0) {
			assert_int_equal(err, HSS_OK);
			break;
		}
		failures++;
		assert_int_equal(err, HSS_ERR_FULL);
		assert_nothing_left(f);
		/* When the last sync failed it has been renamed already. */
		in_place = strcmp(wrap.calls + strspn(wrap.calls, "w"), "flFrF") == 0;
		assert_int_equal(count_files(f, "hss.db.before*"), in_place);
		assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
		assert_int_equal(sqn_of(f, 1), in_place ? (uint64_t)SEQ_MARGIN << IND_BITS : 640);
		close_store(f);
	}
	assert_true(failures >= 6);
}

static void an_end_anywhere_leaves_the_former_or_the_restored(void **state)
{
	struct fixture *f = *state;
	unsigned former = 0;
	unsigned restored = 0;
	bool ended = true;

	for (unsigned after = 0; ended; after++) {
		char path[TEMP_PATH_MAX];
		pid_t pid = -1;
		int status = 0;

		crashed_database(f);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct store_restore restore = {0};

			wrap_arm(SEAM_ENDS, after, 0);
			_exit(restore_with(f, &restore) == HSS_OK ? 1 : 2);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		ended = WEXITSTATUS(status) == 0;
		assert_int_equal(verify(f, f->path, false, NULL), 0);
		assert_int_equal(store_open(f->path, STORE_WRITE, &f->store), HSS_OK);
		if (sqn_of(f, 1) == 640) {
			former++;
		} else {
			assert_int_equal(f->got.impi[0].sqn, (uint64_t)SEQ_MARGIN << IND_BITS);
			restored++;
		}
		close_store(f);
		temp_dir_remove(&f->dir);
		temp_dir_make(&f->dir);
		temp_dir_file(&f->dir, "hss.backup", f->file);
		(void)snprintf(f->path, sizeof(f->path), "%s",
		               temp_dir_file(&f->dir, "hss.db", path));
		assert_int_equal(store_open(f->path, STORE_CREATE, &f->store), HSS_OK);
	}
	assert_true(former >= 5);
	assert_int_equal(restored, 2);
}

#define COPY(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		COPY(a_backup_is_what_was_committed_in_one_private_file),
		COPY(a_backup_overwrites_only_what_it_may),
		COPY(a_full_disk_leaves_nothing_of_a_backup),
		COPY(a_backup_that_fails_anywhere_leaves_nothing),
		COPY(every_rule_is_found_broken),
		COPY(findings_are_all_counted_and_some_told),
		COPY(keys_have_to_open),
		COPY(what_is_damaged_is_found_or_refused),
		COPY(a_restore_brings_back_all_but_the_sqn),
		COPY(a_restore_clears_registrations_when_asked),
		COPY(a_restore_sends_nothing_old),
		COPY(an_sqn_never_passes_its_end),
		COPY(a_restore_is_refused_while_the_database_is_in_use),
		COPY(a_restore_takes_only_a_backup),
		COPY(an_older_backup_is_stepped_up),
		COPY(a_lost_or_ruined_database_is_replaced),
		COPY(a_restore_that_fails_anywhere_leaves_the_former),
		COPY(an_end_anywhere_leaves_the_former_or_the_restored),
	};

	return cmocka_run_group_tests_name("store copies, sqlite", tests, NULL, NULL);
}
