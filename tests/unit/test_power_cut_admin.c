/*
 * Power cuts during what an administrator does: making a database, stepping its schema up,
 * importing subscribers, rotating the master key. After a cut at any write or sync the act is
 * wholly done or not at all (an import: each chunk of it; a rotation: each portion), what was said
 * to be done is done, and the act can be repeated.
 *
 * The schema of this program has a step more than the released one: support/next_step.sql.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "crash_kit.h"
#include "hss/admin.h"
#include "hss/keys.h"
#include "hss/seal_file.h"
#include "hss/store_schema.h"
#include "hss/store_sqlite.h"
#include "power_vfs.h"

enum { CHUNK = 80, CHUNKS = 4, TEXT_LEN = 512, AGAIN_WITHIN = 64, ROWS = 300, LOG_MAX = 1 << 20 };

struct act {
	const char *name;
	/* Do it, or the rest of it; NULL, or what is wrong. Sets *said as far as it is done. */
	const char *(*perform)(const char *path, unsigned *said);
	/* What was found after a cut, when so much was said to be done: NULL, or what is wrong. */
	const char *(*survives)(const char *path, unsigned said);
};

static struct {
	struct kit kit;
	char second[TEMP_PATH_MAX];
	char third[TEMP_PATH_MAX];
	struct power_disk *disk; /* of a test without an act */
	const struct act *act;
	uint64_t seed;
	unsigned variants; /* cuts at each point */
	unsigned said;     /* by the act that is under way on the first disk */
	unsigned cuts;
	unsigned second_cuts;
	unsigned broken;
	char what[TEXT_LEN]; /* is wrong, the first time */
	char text[TEXT_LEN]; /* of the last error */
} run;

static const char *text_of(const char *act, struct store *store)
{
	(void)snprintf(run.text, sizeof(run.text), "%s: %s", act,
	               store != NULL ? store_error(store) : "no memory");
	return run.text;
}

static void broken(const char *when, const char *what)
{
	if (what != NULL && run.broken++ == 0) {
		(void)snprintf(run.what, sizeof(run.what), "%s: %s", when, what);
	}
}

static const char *path_in(const char *folder, char out[static TEMP_PATH_MAX + 8])
{
	(void)snprintf(out, TEMP_PATH_MAX + 8, "%s/hss.db", folder);
	return out;
}

/* A cut while the act is repeated on what survived the first one. */
struct again {
	unsigned at;
	const unsigned *said; /* by the repeated act so far */
	uint64_t seed;
};

static void at_point_again(struct power_disk *disk, void *opaque)
{
	struct again *again = opaque;
	unsigned said = *again->said;
	char path[TEMP_PATH_MAX + 8];

	if (power_disk_points(disk) != again->at) {
		return;
	}
	run.second_cuts++;
	if (!power_cut(disk, POWER_SOME, again->seed, run.third)) {
		broken("second cut", "the files cannot be made");
		return;
	}
	path_in(run.third, path);
	broken("second cut", run.act->survives(path, said));
	broken("second cut, repeated", run.act->perform(path, &said));
}

static void cut_once(struct power_disk *disk, unsigned variant)
{
	static const enum power_share shares[] = {POWER_SOME, POWER_SOME, POWER_SOME, POWER_NOTHING,
	                                          POWER_SOME, POWER_SOME, POWER_ALL};
	const unsigned point = power_disk_points(disk);
	uint64_t seed = run.seed ^ ((uint64_t)point << 8 | variant);
	unsigned said = run.said;
	struct again again = {.said = &said};
	char path[TEMP_PATH_MAX + 8];
	struct power_disk *second = NULL;

	again.at = 1 + (unsigned)(power_random(&seed) % AGAIN_WITHIN);
	again.seed = power_random(&seed);
	run.cuts++;
	if (!power_cut(disk, shares[(point + variant) % 7], power_random(&seed), run.second)) {
		broken("cut", "the files cannot be made");
		return;
	}
	path_in(run.second, path);
	second = power_disk_open(run.second, at_point_again, &again);
	broken("cut", run.act->survives(path, said));
	broken("cut, repeated", run.act->perform(path, &said));
	power_disk_close(second);
}

static void at_point(struct power_disk *disk, void *opaque)
{
	(void)opaque;
	for (unsigned i = 0; power_disk_points(disk) % CUT_EVERY == 0 && i < run.variants; i++) {
		cut_once(disk, i);
	}
}

static uint64_t seed_of_run(void)
{
	const char *text = getenv("QUINTET_SEED");

	return text != NULL ? strtoull(text, NULL, 0) : UINT64_C(20250102);
}

/* The act with some cuts at each of its writes and syncs, then one at its end. */
static void act_run(const struct act *act, unsigned variants, unsigned least_cuts)
{
	struct power_disk *disk = power_disk_open(run.kit.disk, at_point, NULL);
	const char *wrong = NULL;
	char path[TEMP_PATH_MAX + 8];

	run.act = act;
	run.variants = variants;
	wrong = act->perform(run.kit.database, &run.said);
	if (wrong != NULL) {
		fail_msg("%s", wrong);
	}
	/* What it said last is on the disk, with nothing of the rest. */
	assert_true(power_cut(disk, POWER_NOTHING, 0, run.second));
	power_disk_close(disk);
	broken("at the end", act->survives(path_in(run.second, path), run.said));
	print_message("seed %llu, %s: %u cuts, %u second cuts, %u broken%s%s\n",
	              (unsigned long long)run.seed, act->name, run.cuts, run.second_cuts,
	              run.broken, run.broken > 0 ? ", the first: " : "", run.what);
	assert_true(run.cuts >= least_cuts / CUT_EVERY);
	assert_true(run.second_cuts > 0);
	assert_int_equal(run.broken, 0);
}

/* The second folder is asked about by a store or a raw connection of its own. */
static const char *sound(struct store *store)
{
	const char *name = kit_broken_invariant(store_sqlite_of(store)->handle);

	if (name == NULL) {
		return NULL;
	}
	(void)snprintf(run.text, sizeof(run.text), "%s", name);
	return run.text;
}

/* Making a database. */

static const char *create_perform(const char *path, unsigned *said)
{
	struct store *store = NULL;
	enum hss_err err = store_open(path, STORE_CREATE, &store);
	const char *wrong = NULL;

	if (err == HSS_ERR_EXISTS) { /* the first step is done, perhaps not the next */
		store_close(store);
		err = store_open(path, STORE_MIGRATE, &store);
	}
	if (err == HSS_OK) {
		*said = 1;
		wrong = sound(store);
	} else {
		wrong = text_of("create", store);
	}
	store_close(store);
	return wrong;
}

static const char *create_survives(const char *path, unsigned said)
{
	struct store *store = NULL;
	const char *wrong = NULL;

	if (said > 0 && store_open(path, STORE_WRITE, &store) != HSS_OK) {
		wrong = text_of("a database that was made is gone", store);
	}
	store_close(store);
	return wrong;
}

static void making_a_database(void **state)
{
	static const struct act act = {"making a database", create_perform, create_survives};

	(void)state;
	act_run(&act, CUTS_PER_POINT, 100);
}

/* Stepping the schema up. */

static const char *migrate_perform(const char *path, unsigned *said)
{
	struct store *store = NULL;
	const char *wrong = NULL;

	if (store_open(path, STORE_MIGRATE, &store) == HSS_OK) {
		*said = 1;
		wrong = sound(store);
	} else {
		wrong = text_of("migrate", store);
	}
	store_close(store);
	return wrong;
}

/* A query about the database as it is, and the number that it has to give. */
struct expected {
	const char *sql;
	int64_t before;
	int64_t after;
};

static const struct expected migrated[] = {
	{"SELECT count(*) FROM pragma_table_info('impu') WHERE name = 'note'", 0, 1},
	{"SELECT count(*) FROM impu", ROWS, ROWS},
	{"SELECT count(*) FROM registration WHERE pending_since = 1", 0, ROWS},
	{"SELECT sum(sqn) FROM registration", 32 * ROWS *(ROWS + 1) / 2, 32 * ROWS *(ROWS + 1) / 2},
	{"SELECT count(*) FROM sqlite_schema WHERE name = 'impu_next'", 0, 0},
	{"SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", 0, 0},
};

static const char *migrate_survives(const char *path, unsigned said)
{
	const int newest = store_sqlite_n_steps;
	const char *wrong = NULL;
	sqlite3 *raw = NULL;
	int64_t version = 0;

	if (sqlite3_open(path, &raw) != SQLITE_OK) {
		(void)sqlite3_close(raw);
		return "cannot be opened";
	}
	version = kit_number(raw, "PRAGMA user_version");
	if (version != newest && (said > 0 || version != newest - 1)) {
		wrong = "the schema version is neither the old nor the new one";
	}
	for (size_t i = 0; i < sizeof(migrated) / sizeof(migrated[0]) && wrong == NULL; i++) {
		const int64_t n = version == newest ? migrated[i].after : migrated[i].before;

		if (kit_number(raw, migrated[i].sql) != n) {
			wrong = migrated[i].sql;
		}
	}
	(void)sqlite3_close(raw);
	return wrong;
}

/* A database as the released program left it. */
static void released_database_make(const char *path)
{
	static const char *const fill[] = {
		"CREATE TEMP TABLE n AS WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
		"FROM r WHERE i < 300) SELECT i FROM r",
		"INSERT INTO subscription (id, registration_allowed) SELECT i, 1 FROM n",
		"INSERT INTO impi (subscription_id, no, name, sealed_key, amf, scheme) "
		"SELECT i, 1, 'u' || i || '@home.example', zeroblob(64), x'8000', 1 FROM n",
		"INSERT INTO impu (subscription_id, irs, position, name, kind, barred, psi_active, "
		"profile_id) SELECT i, 1, 1, 'sip:u' || i || '@home.example', 0, 0, 1, 1 FROM n",
		"INSERT INTO registration (subscription_id, impi, irs, state, pending_since, sqn) "
		"SELECT i, 1, 1, 0, 0, 32 * i FROM n",
	};
	sqlite3 *raw = NULL;
	char head[128];

	(void)snprintf(head, sizeof(head), "PRAGMA application_id = %d; PRAGMA user_version = %d",
	               STORE_SQLITE_APPLICATION_ID, store_sqlite_n_steps - 1);
	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, "PRAGMA journal_mode = WAL", NULL, NULL, NULL),
	                 SQLITE_OK);
	for (int i = 0; i < store_sqlite_n_steps - 1; i++) {
		assert_int_equal(sqlite3_exec(raw, store_sqlite_steps[i].sql, NULL, NULL, NULL),
		                 SQLITE_OK);
	}
	assert_int_equal(sqlite3_exec(raw, head, NULL, NULL, NULL), SQLITE_OK);
	for (size_t i = 0; i < sizeof(fill) / sizeof(fill[0]); i++) {
		assert_int_equal(sqlite3_exec(raw, fill[i], NULL, NULL, NULL), SQLITE_OK);
	}
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

static void stepping_the_schema_up(void **state)
{
	static const struct act act = {"stepping the schema up", migrate_perform, migrate_survives};

	(void)state;
	released_database_make(run.kit.database);
	act_run(&act, CUTS_PER_POINT, 100);
}

/* Importing subscribers, a chunk a transaction. */

static struct admin admin_of(struct store *store)
{
	return (struct admin){.store = store,
	                      .seal = run.kit.seal,
	                      .auc = run.kit.auc,
	                      .policy = &run.kit.conf.policy,
	                      .now = 1};
}

/* As hssctl and the worker do it. */
static const char *chunk_import(struct store *store, unsigned chunk, bool if_absent)
{
	struct admin admin = admin_of(store);
	json_t *request = kit_add_request(&run.kit, chunk * CHUNK, CHUNK, if_absent);
	json_t *reply = NULL;
	const char *wrong = NULL;
	bool ok = false;

	if (store_begin(store) != HSS_OK) {
		wrong = text_of("begin", store);
	} else if (admin_serve(&admin, request, &reply) != HSS_OK) {
		wrong = text_of("import", store);
	} else {
		ok = json_is_true(json_object_get(reply, "ok"));
	}
	if (wrong == NULL && !ok) {
		(void)snprintf(run.text, sizeof(run.text), "import: %s",
		               json_string_value(json_object_get(reply, "error")));
		wrong = run.text;
	}
	if (ok && store_commit(store) != HSS_OK) {
		wrong = text_of("commit", store);
	}
	store_rollback(store);
	json_decref(reply);
	json_decref(request);
	return wrong;
}

/* Everything, or the rest of it: what is there already is skipped. */
static const char *import_perform(const char *path, unsigned *said)
{
	struct store *store = NULL;
	const char *wrong = NULL;
	const unsigned first = *said; /* an administrator repeats the whole; that takes long */

	if (store_open(path, STORE_WRITE, &store) != HSS_OK) {
		wrong = text_of("open", store);
	}
	for (unsigned i = first; i < CHUNKS && wrong == NULL; i++) {
		wrong = chunk_import(store, i, true);
		*said = wrong == NULL ? i + 1 : *said;
	}
	if (wrong == NULL) {
		wrong = sound(store);
	}
	store_close(store);
	return wrong;
}

/* Without if_absent what is there is named. */
static const char *import_refuses_what_is_there(struct store *store, unsigned chunk)
{
	struct admin admin = admin_of(store);
	json_t *request = kit_add_request(&run.kit, chunk * CHUNK, CHUNK, false);
	json_t *reply = NULL;
	const char *reason = NULL;
	const char *wrong = NULL;

	if (store_begin(store) != HSS_OK || admin_serve(&admin, request, &reply) != HSS_OK) {
		wrong = text_of("import again", store);
	} else {
		reason = json_string_value(json_object_get(
			json_array_get(json_object_get(reply, "details"), 0), "reason"));
	}
	if (wrong == NULL && (reason == NULL || strstr(reason, "exists already") == NULL ||
	                      strstr(reason, run.kit.user[(size_t)chunk * CHUNK].impi) == NULL)) {
		wrong = "a repeated import does not name what exists";
	}
	store_rollback(store);
	json_decref(reply);
	json_decref(request);
	return wrong;
}

static const char *import_found(struct store *store, unsigned said)
{
	sqlite3 *db = store_sqlite_of(store)->handle;
	const int64_t n = kit_number(db, "SELECT count(*) FROM impi");
	const int64_t sets = kit_number(db, "SELECT count(*) FROM registration");
	const int64_t impus = kit_number(db, "SELECT count(*) FROM impu");
	const char *wrong = sound(store);

	if (wrong == NULL && n % CHUNK != 0) {
		wrong = "a part of a chunk is there";
	} else if (wrong == NULL && n < (int64_t)said * CHUNK) {
		wrong = "an acknowledged chunk is missing";
	} else if (wrong == NULL && (sets != n / 2 * 3 || impus != n / 2 * 3)) {
		wrong = "half a subscriber is there";
	}
	/* Its last chunk: the one that may have come without an acknowledgement. */
	if (wrong == NULL && n > 0) {
		wrong = import_refuses_what_is_there(store, (unsigned)(n / CHUNK) - 1);
	}
	return wrong;
}

static const char *import_survives(const char *path, unsigned said)
{
	struct store *store = NULL;
	const char *wrong = NULL;

	if (store_open(path, STORE_WRITE, &store) == HSS_OK) {
		wrong = import_found(store, said);
	} else {
		wrong = text_of("open", store);
	}
	store_close(store);
	return wrong;
}

static void importing_subscribers(void **state)
{
	static const struct act act = {"importing", import_perform, import_survives};
	unsigned said = 0;

	(void)state;
	assert_null(create_perform(run.kit.database, &said));
	act_run(&act, 1, 100);
}

/*
 * Rotating the master key, which stands in the same folder: what hssctl key rotate and key retire
 * do. The keys of SEALED subscribers are those of the kit; every third one has an HA1 as well.
 */

enum {
	SEALED = 2 * KEYS_ROWS_MAX + 10,
	PORTIONS = 3,
	SAID_RETIRED = PORTIONS + 1,
	ROTATION_CUTS = (CUTS_PER_POINT + 3) / 4,
};

static const uint8_t ha1[SEAL_HA1_LEN] = "of every third";

/* A key ring in use, and the store whose records it opens. */
struct rotation {
	char master[2 * TEMP_PATH_MAX];
	struct seal *seal;
	struct store *store;
};

static const char *rotation_open(struct rotation *r, const char *path)
{
	static char why[SEAL_WHY_LEN];

	*r = (struct rotation){0};
	(void)snprintf(r->master, sizeof(r->master), "%.*s/master.key",
	               (int)(strrchr(path, '/') - path), path);
	if (seal_open(r->master, &r->seal, why) != HSS_OK) {
		return why;
	}
	if (store_open(path, STORE_WRITE, &r->store) != HSS_OK) {
		return text_of("open", r->store);
	}
	return keys_open(r->store, r->seal, why) == HSS_OK ? NULL : why;
}

static void rotation_close(struct rotation *r)
{
	store_close(r->store);
	seal_close(r->seal);
}

/* An act of the socket's administration, committed. *reply is freed by the caller. */
static const char *key_act(struct rotation *r, const char *op, json_t **reply)
{
	struct admin admin = admin_of(r->store);
	json_t *request = json_pack("{s:s}", "op", op);
	const char *wrong = NULL;

	admin.seal = r->seal;
	if (store_begin(r->store) != HSS_OK || admin_serve(&admin, request, reply) != HSS_OK) {
		wrong = text_of(op, r->store);
	} else if (!json_is_true(json_object_get(*reply, "ok"))) {
		(void)snprintf(run.text, sizeof(run.text), "%s: %s", op,
		               json_string_value(json_object_get(*reply, "error")));
		wrong = run.text;
	} else if (store_commit(r->store) != HSS_OK) {
		wrong = text_of("commit", r->store);
	}
	store_rollback(r->store);
	json_decref(request);
	return wrong;
}

static const char *keys_load(struct rotation *r, bool *rotating)
{
	json_t *reply = NULL;
	const char *wrong = key_act(r, "key.load", &reply);

	*rotating = json_is_true(json_object_get(reply, "rotating"));
	json_decref(reply);
	return wrong;
}

static const char *portions_rotate(struct rotation *r, unsigned *said)
{
	const char *wrong = NULL;
	unsigned n = 0;
	bool end = false;

	while (wrong == NULL && !end) {
		json_t *reply = NULL;

		wrong = key_act(r, "key.rotate", &reply);
		end = json_is_true(json_object_get(reply, "end"));
		json_decref(reply);
		n++;
		if (wrong == NULL) {
			*said = end ? PORTIONS : *said > n ? *said : n;
		}
	}
	return wrong;
}

/* How a key gets into the file: as hssctl does it, or by a writer that is killed on the way. */
static const char *(*key_add)(const char *master);

static const char *key_add_by_hssctl(const char *master)
{
	static char why[SEAL_WHY_LEN];
	unsigned id = 0;

	return seal_add(master, &id, why) == HSS_OK ? NULL : why;
}

/* Killed after the renaming, before its folder is synced: the new file is there for now. */
static const char *key_add_killed(const char *master)
{
	const char *wrong = "the master key file cannot be written";
	char beside[3 * TEMP_PATH_MAX];
	const size_t digits = (size_t)2 * SEAL_MASTER_LEN;
	char line[128];
	int from = open(master, O_RDONLY | O_CLOEXEC);
	int to = -1;
	ssize_t n = 0;

	(void)snprintf(beside, sizeof(beside), "%s.hand", master);
	line[0] = '1';
	line[1] = ':';
	n = read(from, line + 2, digits);
	to = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (n == (ssize_t)digits && write(to, line, (size_t)n + 2) == n + 2 &&
	    write(to, "\n2:", 3) == 3 && write(to, line + 2, (size_t)n) == n && fsync(to) == 0 &&
	    rename(beside, master) == 0) {
		wrong = NULL;
	}
	(void)close(from);
	(void)close(to);
	return wrong;
}

static const char *key_retire(struct rotation *r)
{
	static char why[SEAL_WHY_LEN];
	bool rotating = false;

	if (!seal_has(r->seal, 1)) {
		return NULL;
	}
	return seal_remove(r->master, 1, why) == HSS_OK ? keys_load(r, &rotating) : why;
}

/* How many records are sealed under a key; each has to open, and to be what it was. */
static const char *records_open(struct rotation *r, unsigned id, size_t *n)
{
	struct arena arena = {0};
	struct store_sealed *sealed = NULL;
	size_t found = 0;
	size_t n_ha1 = 0;
	const char *wrong = NULL;

	*n = 0;
	if (store_sealed_list(r->store, "", KIT_USERS, &arena, &sealed, &found) != HSS_OK) {
		wrong = text_of("list", r->store);
	}
	for (size_t i = 0; i < found && wrong == NULL; i++) {
		const unsigned user = (unsigned)strtoul(sealed[i].impi + 1, NULL, 10) % KIT_USERS;
		struct auc_key key;
		uint8_t open[SEAL_HA1_LEN];

		if (seal_unwrap(r->seal, sealed[i].impi, &sealed[i].key, &key) != HSS_OK ||
		    memcmp(&key, &run.kit.user[user].key, sizeof(key)) != 0) {
			wrong = "a key does not open";
		} else if (sealed[i].has_ha1 && (seal_unwrap_ha1(r->seal, sealed[i].impi,
		                                                 &sealed[i].ha1, open) != HSS_OK ||
		                                 memcmp(open, ha1, sizeof(ha1)) != 0)) {
			wrong = "an HA1 does not open";
		}
		n_ha1 += sealed[i].has_ha1;
		*n += seal_id_of(&sealed[i].key) == id;
		*n += sealed[i].has_ha1 && seal_id_of(&sealed[i].ha1) == id;
	}
	arena_free(&arena);
	return wrong == NULL && (found != SEALED || n_ha1 != (SEALED + 2) / 3) ? "a record is lost"
	                                                                       : wrong;
}

/* Nothing beside the file, and one key in it, under which everything is. */
static const char *rotation_is_whole(struct rotation *r)
{
	char beside[2 * TEMP_PATH_MAX + 8];
	size_t n = 0;
	unsigned ids[SEAL_RING_MAX];
	const char *wrong = records_open(r, 2, &n);

	(void)snprintf(beside, sizeof(beside), "%s.new", r->master);
	if (wrong == NULL && (n != SEALED + (SEALED + 2) / 3 || seal_ids(r->seal, ids) != 1)) {
		wrong = "a finished rotation left a record or a key";
	} else if (wrong == NULL && access(beside, F_OK) == 0) {
		wrong = "a file was left beside the master key file";
	}
	return wrong != NULL ? wrong : sound(r->store);
}

/* The whole, or the rest of it. */
static const char *rotation_perform(const char *path, unsigned *said)
{
	struct rotation r;
	bool rotating = false;
	const char *wrong = rotation_open(&r, path);

	if (wrong == NULL) {
		wrong = keys_load(&r, &rotating);
	}
	if (wrong == NULL && !rotating && seal_id(r.seal) == 1) {
		wrong = key_add(r.master);
		if (wrong == NULL) {
			wrong = keys_load(&r, &rotating);
		}
	}
	if (wrong == NULL && rotating) {
		wrong = portions_rotate(&r, said);
	}
	if (wrong == NULL) {
		wrong = key_retire(&r);
	}
	if (wrong == NULL) {
		*said = SAID_RETIRED;
		wrong = rotation_is_whole(&r);
	}
	rotation_close(&r);
	return wrong;
}

/* With the keys that the file has, and the rows as they were found. */
static const char *rotation_found(struct rotation *r, unsigned said, bool has_row)
{
	const size_t least[] = {0, KEYS_ROWS_MAX, (size_t)2 * KEYS_ROWS_MAX};
	size_t n = 0;
	const char *wrong = records_open(r, 1, &n);

	if (wrong == NULL && n > 0 && !has_row) {
		wrong = "the row of a key that records need is gone";
	} else if (wrong == NULL && said >= PORTIONS && (n > 0 || has_row)) {
		wrong = "a rotation that was finished is not";
	} else if (wrong == NULL && said == SAID_RETIRED && seal_has(r->seal, 1)) {
		wrong = "a retired key is back";
	}
	if (wrong == NULL && said < PORTIONS) {
		wrong = records_open(r, 2, &n);
		wrong = wrong == NULL && n < least[said] ? "an acknowledged portion is undone"
		                                         : wrong;
	}
	return wrong;
}

static const char *rotation_survives(const char *path, unsigned said)
{
	sqlite3 *raw = NULL;
	struct rotation r = {0};
	const char *wrong = "cannot be opened";
	bool has_row = false;

	/* First, and without keys_open: it may make rows. */
	if (sqlite3_open(path, &raw) == SQLITE_OK) {
		has_row = kit_number(raw, "SELECT count(*) FROM master_key WHERE id = 1") == 1;
		wrong = NULL;
	}
	(void)sqlite3_close(raw);
	if (wrong == NULL) {
		wrong = rotation_open(&r, path);
	}
	if (wrong == NULL) {
		wrong = rotation_found(&r, said, has_row);
	}
	rotation_close(&r);
	return wrong;
}

static void ha1_put(struct rotation *r)
{
	static const char room[] =
		"UPDATE impi SET digest_realm = 'home.example', sealed_ha1 = zeroblob(64) "
		"WHERE CAST(substr(name, 2) AS INTEGER) % 3 = 0";
	struct arena arena = {0};
	struct store_sealed *sealed = NULL;
	size_t n = 0;

	assert_int_equal(sqlite3_exec(store_sqlite_of(r->store)->handle, room, NULL, NULL, NULL),
	                 SQLITE_OK);
	assert_int_equal(store_begin(r->store), HSS_OK);
	assert_int_equal(store_sealed_list(r->store, "", KIT_USERS, &arena, &sealed, &n), HSS_OK);
	for (size_t i = 0; i < n; i++) {
		if (sealed[i].has_ha1) {
			assert_int_equal(
				seal_wrap_ha1(r->seal, sealed[i].impi, ha1, &sealed[i].ha1),
				HSS_OK);
			assert_int_equal(store_sealed_update(r->store, &sealed[i]), HSS_OK);
		}
	}
	assert_int_equal(store_commit(r->store), HSS_OK);
	arena_free(&arena);
}

/* A database in use under key 1, which is a file of its folder. */
static void sealed_database_make(void)
{
	char why[SEAL_WHY_LEN];
	struct rotation r;

	temp_dir_file(&run.kit.dir, "disk/master.key", run.kit.master);
	assert_int_equal(seal_create(run.kit.master), HSS_OK);
	seal_close(run.kit.seal);
	assert_int_equal(seal_open(run.kit.master, &run.kit.seal, why), HSS_OK);
	kit_database_make(&run.kit, SEALED);
	assert_null(rotation_open(&r, run.kit.database));
	ha1_put(&r);
	rotation_close(&r);
}

static void rotating_the_master_key(void **state)
{
	static const struct act act = {"rotating", rotation_perform, rotation_survives};

	(void)state;
	key_add = key_add_by_hssctl;
	sealed_database_make();
	act_run(&act, ROTATION_CUTS, 80);
}

static void rotating_to_a_key_whose_writer_was_killed(void **state)
{
	static const struct act act = {"rotating to a key whose writer was killed",
	                               rotation_perform, rotation_survives};

	(void)state;
	key_add = key_add_killed;
	sealed_database_make();
	act_run(&act, ROTATION_CUTS, 80);
}

/* What a process leaves that is killed between writing a commit and syncing it: nothing of the log
 * is on the disk, not even its name, but every process sees it. */
static void killed_in_a_commit(void)
{
	char log[TEMP_PATH_MAX + 8];
	char index[TEMP_PATH_MAX + 8];
	uint8_t *octets = malloc(LOG_MAX);
	const pid_t child = fork();
	int status = 0;
	ssize_t len = 0;
	int fd = -1;

	assert_non_null(octets);
	if (child == 0) {
		struct store *store = NULL;

		power_vfs_remove();
		_exit(store_open(run.kit.database, STORE_WRITE, &store) == HSS_OK &&
		                      sqlite3_exec(store_sqlite_of(store)->handle,
		                                   "UPDATE impi SET name = 'killed@home.example' "
		                                   "WHERE name = 'u0@home.example'",
		                                   NULL, NULL, NULL) == SQLITE_OK
		              ? 0
		              : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	(void)snprintf(log, sizeof(log), "%s-wal", run.kit.database);
	(void)snprintf(index, sizeof(index), "%s-shm", run.kit.database);
	fd = open(log, O_RDONLY | O_CLOEXEC);
	len = read(fd, octets, LOG_MAX);
	assert_in_range(len, 1, LOG_MAX - 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlink(log), 0);
	assert_int_equal(unlink(index), 0);
	run.disk = power_disk_open(run.kit.disk, NULL, NULL);
	fd = open(log, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, octets, (size_t)len), len);
	assert_int_equal(close(fd), 0);
	free(octets);
}

static bool has_killed(const char *path)
{
	struct store *store = NULL;
	bool has = false;

	assert_int_equal(store_open(path, STORE_WRITE, &store), HSS_OK);
	has = kit_number(store_sqlite_of(store)->handle,
	                 "SELECT count(*) FROM impi WHERE name = 'killed@home.example'") == 1;
	store_close(store);
	return has;
}

static void a_commit_that_is_read_after_a_kill_is_not_lost_with_the_power(void **state)
{
	struct store *store = NULL;
	char path[TEMP_PATH_MAX + 8];

	(void)state;
	kit_database_make(&run.kit, 1);
	killed_in_a_commit();
	assert_true(power_cut(run.disk, POWER_NOTHING, 0, run.second));
	assert_false(has_killed(path_in(run.second, path))); /* it is not on the disk yet */
	assert_int_equal(store_open(run.kit.database, STORE_WRITE, &store), HSS_OK);
	assert_int_equal(kit_number(store_sqlite_of(store)->handle,
	                            "SELECT count(*) FROM impi WHERE name = 'killed@home.example'"),
	                 1);
	assert_true(power_cut(run.disk, POWER_NOTHING, 0, run.second));
	store_close(store);
	power_disk_close(run.disk);
	assert_true(has_killed(path_in(run.second, path)));
}

static int setup(void **state)
{
	(void)state;
	run.said = run.cuts = run.second_cuts = run.broken = 0;
	run.what[0] = '\0';
	run.seed = seed_of_run();
	power_vfs_install();
	kit_open(&run.kit);
	temp_dir_file(&run.kit.dir, "second", run.second);
	temp_dir_file(&run.kit.dir, "third", run.third);
	assert_int_equal(mkdir(run.second, 0700), 0);
	assert_int_equal(mkdir(run.third, 0700), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kit_close(&run.kit);
	power_vfs_remove();
	return 0;
}

#define ACT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ACT_TEST(making_a_database),
		ACT_TEST(stepping_the_schema_up),
		ACT_TEST(importing_subscribers),
		ACT_TEST(rotating_the_master_key),
		ACT_TEST(rotating_to_a_key_whose_writer_was_killed),
		ACT_TEST(a_commit_that_is_read_after_a_kill_is_not_lost_with_the_power),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
