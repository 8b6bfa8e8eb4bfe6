/* The SQLite backend: statements, transactions, checkpoints, errors. */
#include "hss/store_sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hss/store_schema.h"

enum {
	/* Frames after which the log is copied whatever goes on, and when nothing else is to be
	   done. */
	WAL_FRAMES_LONG = 16000,
	WAL_FRAMES_IDLE = 1000,
};

#define IMPI_COLUMNS                                                                               \
	"no, name, sealed_key, amf, scheme, subscription_id, schemes, sealed_ha1, "                \
	"digest_realm"
#define IMPU_COLUMNS                                                                               \
	"name, irs, position, kind, barred, psi_active, as_name, display_name, profile_id, "       \
	"subscription_id, alias_group, loose_route, privileged_sender"
/* Its services for the unregistered state are its own and those of its shared sets. */
#define PROFILE_COLUMNS                                                                            \
	"id, name, media_profile, unregistered_services OR EXISTS (SELECT 1 FROM "                 \
	"service_profile_ifc_set p JOIN ifc_set s ON s.id = p.ifc_set_id WHERE p.profile_id = "    \
	"service_profile.id AND s.unregistered_services)"
#define REG_COLUMNS                                                                                \
	"impi, irs, state, pending_since, sqn, sqn_scscf, scscf, peer, features, reassign, "       \
	"auth_since, auth_count"

/* By id, or by name: the other one is bound to NULL. */
#define OBJECT_FIND(table)                                                                         \
	"SELECT id FROM " table " WHERE id = ?1 UNION ALL SELECT id FROM " table " WHERE name = "  \
	"?2"

#define OBJECT_GET(table) "SELECT id, document FROM " table " WHERE name = ?1"
#define OBJECT_NAMES(table) "SELECT name FROM " table " ORDER BY name"
#define SUBSCRIPTION_USER(column)                                                                  \
	"SELECT 'the subscription of ' || i.name FROM subscription s JOIN impi i "                 \
	"ON i.subscription_id = s.id WHERE s." column " = ?1 LIMIT 1"

#define PUSH_COLUMNS                                                                               \
	"id, subscription_id, command, state, host, realm, scscf, impi, irs, reason, "             \
	"reason_info, impus, associated, content, created_at, next_at, ended_at, attempts, "       \
	"outcome"
#define PUSH_DUE(index)                                                                            \
	"SELECT " PUSH_COLUMNS " FROM push p INDEXED BY " index " WHERE state = 0 "                \
	"AND next_at <= ?1 AND id > ?2 AND NOT EXISTS (SELECT 1 FROM push q WHERE q.state = 0 "    \
	"AND q.subscription_id = p.subscription_id AND q.id < p.id "                               \
	"AND q.host = p.host COLLATE NOCASE) ORDER BY id LIMIT ?3"
#define SCAN(uses)                                                                                 \
	"SELECT s.id FROM subscription s WHERE s.id > ?1 AND s.id <= ?2 AND EXISTS (SELECT 1 "     \
	"FROM registration r WHERE r.subscription_id = s.id AND r.scscf IS NOT NULL) AND " uses    \
	" ORDER BY s.id LIMIT ?4"

/* clang-format off */
static const char *const sql_text[SQL_N] = {
	[SQL_BEGIN_READ] = "BEGIN",
	[SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_PART_BEGIN] = "SAVEPOINT part",
	[SQL_PART_KEEP] = "RELEASE part",
	[SQL_PART_UNDO] = "ROLLBACK TO part",
	[SQL_ACT_BEGIN] = "SAVEPOINT act",
	[SQL_ACT_KEEP] = "RELEASE act",
	[SQL_ACT_UNDO] = "ROLLBACK TO act",
	[SQL_SUBSCRIPTION] = 
		"SELECT registration_allowed, charging_id, capabilities_id, EXISTS (SELECT 1 FROM "
		"restoration r WHERE r.subscription_id = s.id) FROM subscription s WHERE id = ?1",
	[SQL_SUBSCRIPTION_IDS] = "SELECT id FROM subscription WHERE id > ?1 ORDER BY id LIMIT ?2",
	[SQL_SUBSCRIPTION_COUNT] = "SELECT count(*) FROM subscription",
	[SQL_SUBSCRIPTION_INSERT] = "INSERT INTO subscription (registration_allowed, "
		"charging_id, capabilities_id) VALUES (?1, ?2, ?3)",
	[SQL_SUBSCRIPTION_UPDATE] =
		"UPDATE subscription SET registration_allowed = ?1, charging_id = ?2, "
		"capabilities_id = ?3 WHERE id = ?4",
	[SQL_SUBSCRIPTION_DELETE] = "DELETE FROM subscription WHERE id = ?1",
	[SQL_IMPI_BY_NAME] = "SELECT " IMPI_COLUMNS " FROM impi WHERE name = ?1",
	[SQL_IMPIS] = "SELECT " IMPI_COLUMNS " FROM impi WHERE subscription_id = ?1 ORDER BY no",
	[SQL_IMPI_INSERT] = "INSERT INTO impi (" IMPI_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
		"?9)",
	[SQL_IMPI_DELETE] = "DELETE FROM impi WHERE subscription_id = ?1 AND no = ?2",
	[SQL_IMPIS_DELETE] = "DELETE FROM impi WHERE subscription_id = ?1",
	/*
	 * Always one row. Where there is no such IMPU it says whether there is any wildcarded one,
	 * so that an unknown IMPU costs no statement more while there is none.
	 */
	[SQL_IMPU_BY_NAME] = "SELECT " IMPU_COLUMNS ", CASE WHEN name IS NULL THEN EXISTS "
		"(SELECT 1 FROM impu INDEXED BY impu_wildcarded WHERE kind IN (2, 4)) END "
		"FROM (SELECT 1) LEFT JOIN impu ON name = ?1",
	[SQL_IMPU_WILDCARDED] = "SELECT name FROM impu INDEXED BY impu_wildcarded "
		"WHERE kind IN (2, 4) AND name < ?1 ORDER BY name DESC",
	[SQL_IMPUS] = "SELECT " IMPU_COLUMNS
		" FROM impu WHERE subscription_id = ?1 ORDER BY irs, position",
	[SQL_IMPU_INSERT] = "INSERT INTO impu (" IMPU_COLUMNS
		") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
	[SQL_IMPU_DELETE] =
		"DELETE FROM impu WHERE subscription_id = ?1 AND irs = ?2 AND position = ?3",
	[SQL_IMPUS_DELETE] = "DELETE FROM impu WHERE subscription_id = ?1",
	[SQL_PROFILE] = "SELECT " PROFILE_COLUMNS " FROM service_profile WHERE id = ?1",
	[SQL_PROFILE_FULL] = "SELECT " PROFILE_COLUMNS ", criteria, service_ids, EXISTS (SELECT 1 "
		"FROM service_profile_ifc_set p WHERE p.profile_id = service_profile.id) "
		"FROM service_profile WHERE id = ?1",
	[SQL_PROFILE_SETS] = "SELECT s.id, s.criteria, s.unregistered_services "
		"FROM service_profile_ifc_set p JOIN ifc_set s ON s.id = p.ifc_set_id "
		"WHERE p.profile_id = ?1 ORDER BY s.id",
	[SQL_PROFILE_FIND] = OBJECT_FIND("service_profile"),
	[SQL_PROFILE_PUT] = "INSERT INTO service_profile (name, media_profile, "
		"unregistered_services, document, criteria, service_ids) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO UPDATE SET "
		"media_profile = excluded.media_profile, "
		"unregistered_services = excluded.unregistered_services, "
		"document = excluded.document, criteria = excluded.criteria, "
		"service_ids = excluded.service_ids RETURNING id",
	[SQL_PROFILE_SET_PUT] =
		"INSERT INTO service_profile_ifc_set (profile_id, ifc_set_id) VALUES (?1, ?2)",
	[SQL_PROFILE_SETS_DELETE] = "DELETE FROM service_profile_ifc_set WHERE profile_id = ?1",
	[SQL_PROFILE_GET] = OBJECT_GET("service_profile"),
	[SQL_PROFILE_NAMES] = OBJECT_NAMES("service_profile"),
	[SQL_PROFILE_DELETE] = "DELETE FROM service_profile WHERE id = ?1",
	[SQL_PROFILE_USER] = "SELECT 'the IMPU ' || name FROM impu WHERE profile_id = ?1 LIMIT 1",
	[SQL_IFC_SET] = "SELECT id, criteria, unregistered_services FROM ifc_set WHERE id = ?1",
	[SQL_IFC_SET_FIND] = "SELECT id FROM ifc_set WHERE ?1 IS NULL AND CAST(id AS TEXT) = ?2 AND "
		"id = CAST(?2 AS INTEGER)",
	[SQL_IFC_SET_PUT] = "INSERT INTO ifc_set (id, document, criteria, unregistered_services) "
		"VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET document = excluded.document, "
		"criteria = excluded.criteria, "
		"unregistered_services = excluded.unregistered_services",
	[SQL_IFC_SET_GET] = "SELECT id, document FROM ifc_set WHERE id = CAST(?1 AS INTEGER) AND "
		"CAST(id AS TEXT) = ?1",
	[SQL_IFC_SET_NAMES] = "SELECT CAST(id AS TEXT) FROM ifc_set ORDER BY id",
	[SQL_IFC_SET_DELETE] = "DELETE FROM ifc_set WHERE id = ?1",
	[SQL_IFC_SET_USER] = "SELECT 'the profile ' || p.name FROM service_profile_ifc_set s "
		"JOIN service_profile p ON p.id = s.profile_id WHERE s.ifc_set_id = ?1 LIMIT 1",
	[SQL_CHARGING] = "SELECT id, name, primary_ecf, secondary_ecf, primary_ccf, secondary_ccf "
		"FROM charging WHERE id = ?1",
	[SQL_CHARGING_FIND] = OBJECT_FIND("charging"),
	[SQL_CHARGING_PUT] = "INSERT INTO charging (name, document, primary_ecf, secondary_ecf, "
		"primary_ccf, secondary_ccf) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
		"ON CONFLICT (name) DO UPDATE SET document = excluded.document, "
		"primary_ecf = excluded.primary_ecf, secondary_ecf = excluded.secondary_ecf, "
		"primary_ccf = excluded.primary_ccf, secondary_ccf = excluded.secondary_ccf "
		"RETURNING id",
	[SQL_CHARGING_GET] = OBJECT_GET("charging"),
	[SQL_CHARGING_NAMES] = OBJECT_NAMES("charging"),
	[SQL_CHARGING_DELETE] = "DELETE FROM charging WHERE id = ?1",
	[SQL_CHARGING_USER] = SUBSCRIPTION_USER("charging_id"),
	[SQL_CAPABILITIES] = "SELECT c.id, c.name, k.kind, k.number, k.server_name "
		"FROM subscription s JOIN capabilities c ON c.id = s.capabilities_id "
		"LEFT JOIN capability k ON k.capabilities_id = c.id WHERE s.id = ?1 "
		"ORDER BY k.kind, k.position",
	[SQL_CAPABILITIES_FIND] = OBJECT_FIND("capabilities"),
	[SQL_CAPABILITIES_PUT] = "INSERT INTO capabilities (name, document) VALUES (?1, ?2) "
		"ON CONFLICT (name) DO UPDATE SET document = excluded.document RETURNING id",
	[SQL_CAPABILITIES_GET] = OBJECT_GET("capabilities"),
	[SQL_CAPABILITIES_NAMES] = OBJECT_NAMES("capabilities"),
	[SQL_CAPABILITIES_DELETE] = "DELETE FROM capabilities WHERE id = ?1",
	[SQL_CAPABILITIES_USER] = SUBSCRIPTION_USER("capabilities_id"),
	[SQL_CAPABILITY_PUT] = "INSERT INTO capability (capabilities_id, kind, position, number, "
		"server_name) VALUES (?1, ?2, ?3, ?4, ?5)",
	[SQL_CAPABILITIES_EMPTY] = "DELETE FROM capability WHERE capabilities_id = ?1",
	[SQL_VISITED] =
		"SELECT network FROM visited_network WHERE subscription_id = ?1 ORDER BY network",
	[SQL_VISITED_INSERT] =
		"INSERT INTO visited_network (subscription_id, network) VALUES (?1, ?2)",
	[SQL_VISITED_DELETE] =
		"DELETE FROM visited_network WHERE subscription_id = ?1 AND network = ?2",
	[SQL_VISITED_DELETE_ALL] = "DELETE FROM visited_network WHERE subscription_id = ?1",
	[SQL_REGISTRATIONS] = "SELECT " REG_COLUMNS
		" FROM registration WHERE subscription_id = ?1 ORDER BY impi, irs",
	[SQL_REGISTRATION_INSERT] = "INSERT INTO registration (" REG_COLUMNS
		", subscription_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
		"?13)",
	[SQL_REGISTRATION_UPDATE] = "UPDATE registration SET state = ?3, pending_since = ?4, "
		"sqn = ?5, sqn_scscf = ?6, scscf = ?7, peer = ?8, features = ?9, reassign = ?10, "
		"auth_since = ?11, auth_count = ?12 "
		"WHERE subscription_id = ?13 AND impi = ?1 AND irs = ?2",
	[SQL_REGISTRATION_DELETE] =
		"DELETE FROM registration WHERE subscription_id = ?1 AND impi = ?2 AND irs = ?3",
	[SQL_REGISTRATIONS_DELETE] = "DELETE FROM registration WHERE subscription_id = ?1",
	[SQL_RESTORATIONS] =
		"SELECT impi, irs, info FROM restoration WHERE subscription_id = ?1 ORDER BY impi, irs",
	[SQL_RESTORATION_PUT] = "INSERT INTO restoration (subscription_id, impi, irs, info) "
		"VALUES (?1, ?2, ?3, ?4) ON CONFLICT (subscription_id, impi, irs) "
		"DO UPDATE SET info = excluded.info WHERE info <> excluded.info",
	[SQL_RESTORATION_DELETE] =
		"DELETE FROM restoration WHERE subscription_id = ?1 AND impi = ?2 AND irs = ?3",
	[SQL_RESTORATIONS_DELETE] = "DELETE FROM restoration WHERE subscription_id = ?1",
	[SQL_PUSH] = "SELECT " PUSH_COLUMNS " FROM push WHERE id = ?1",
	/* Two HA1s, of two IMPIs, do not fit into one message. */
	[SQL_PUSH_MERGE] = "UPDATE push SET impi = CASE WHEN content & 4 THEN impi ELSE ?2 END, "
		"content = content | ?1 WHERE id = (SELECT min(id) FROM push WHERE state = 0 "
		"AND subscription_id = ?3 AND command = 305 AND irs = ?4 AND attempts = 0 "
		"AND host = ?5 AND (impi = ?2 OR content & 4 = 0 OR ?1 & 4 = 0)) RETURNING id",
	[SQL_PUSH_INSERT] = "INSERT INTO push (subscription_id, command, host, realm, scscf, impi, "
		"irs, reason, reason_info, impus, associated, content, created_at, next_at, state, "
		"attempts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0, 0)",
	[SQL_PUSH_UPDATE] = "UPDATE push SET state = ?2, impi = ?3, associated = ?4, next_at = ?5, "
		"ended_at = ?6, attempts = ?7, outcome = ?8 WHERE id = ?1",
	[SQL_PUSH_DUE_COUNT] = "SELECT count(*) FROM (SELECT 1 FROM push WHERE state = 0 "
		"AND next_at <= ?1 LIMIT ?2)",
	[SQL_PUSH_DUE_FEW] = PUSH_DUE("push_due"),
	[SQL_PUSH_DUE_MANY] = PUSH_DUE("push_order"),
	[SQL_PUSH_NEXT] = "SELECT min(next_at) FROM push WHERE state = 0 AND next_at > ?1",
	[SQL_PUSH_LIST] =
		"SELECT " PUSH_COLUMNS " FROM push WHERE id > ?1 ORDER BY id LIMIT ?2",
	[SQL_PUSH_LIST_WAITING] = "SELECT " PUSH_COLUMNS " FROM push INDEXED BY push_order "
		"WHERE state = 0 AND id > ?1 ORDER BY id LIMIT ?2",
	[SQL_PUSH_WAKE] = "UPDATE push SET next_at = ?2 WHERE id IN "
		"(SELECT id FROM push INDEXED BY push_peer WHERE state = 0 "
		"AND host = ?1 COLLATE NOCASE AND next_at > ?2 LIMIT ?3)",
	[SQL_PUSH_PRUNE] = "DELETE FROM push WHERE id IN "
		"(SELECT id FROM push INDEXED BY push_ended WHERE ended_at < ?1 LIMIT ?2)",
	[SQL_SCAN_FRESH] =
		"SELECT id FROM push_scan WHERE kind = ?1 AND object_id = ?2 AND after = 0",
	[SQL_SCAN_INSERT] = "INSERT INTO push_scan (kind, object_id, after) VALUES (?1, ?2, 0)",
	[SQL_SCAN_NEXT] = "SELECT id, kind, object_id, after FROM push_scan ORDER BY id LIMIT 1",
	[SQL_SCAN_PROFILE] = SCAN("EXISTS (SELECT 1 FROM impu u WHERE u.subscription_id = s.id "
		"AND u.profile_id = ?3)"),
	[SQL_SCAN_IFC_SET] = SCAN("EXISTS (SELECT 1 FROM impu u WHERE u.subscription_id = s.id "
		"AND u.profile_id IN (SELECT profile_id FROM service_profile_ifc_set "
		"WHERE ifc_set_id = ?3))"),
	[SQL_SCAN_CHARGING] = SCAN("s.charging_id = ?3"),
	[SQL_SCAN_ADVANCE] = "UPDATE push_scan SET after = ?2 WHERE id = ?1",
	[SQL_SCAN_DELETE] = "DELETE FROM push_scan WHERE id = ?1",
	[SQL_MASTER_KEYS] =
		"SELECT id, check_value, active, rotated_to, unopened FROM master_key ORDER BY id",
	[SQL_MASTER_KEY_PUT] = "INSERT INTO master_key (id, check_value, active, rotated_to, "
		"unopened) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET "
		"check_value = excluded.check_value, active = excluded.active, "
		"rotated_to = excluded.rotated_to, unopened = excluded.unopened",
	[SQL_MASTER_KEY_DELETE] = "DELETE FROM master_key WHERE id = ?1",
	[SQL_SEALED] = "SELECT name, sealed_key, sealed_ha1 FROM impi WHERE name > ?1 AND "
		"(sealed_key IS NOT NULL OR sealed_ha1 IS NOT NULL) ORDER BY name LIMIT ?2",
	[SQL_SEALED_UPDATE] =
		"UPDATE impi SET sealed_key = ?2, sealed_ha1 = ?3 WHERE name = ?1",
	/* The id is the second octet of a record (hss/seal.h). */
	[SQL_SEALED_COUNT] = "SELECT substr(sealed, 2, 1), count(*) FROM (SELECT sealed_key AS sealed "
		"FROM impi UNION ALL SELECT sealed_ha1 FROM impi) WHERE sealed IS NOT NULL GROUP BY 1",
	[SQL_SCSCF] = "SELECT id, name, '' FROM scscf WHERE id = ?1",
	[SQL_SCSCF_BY_NAME] = "SELECT id, name, '' FROM scscf WHERE name = ?1",
	[SQL_SCSCF_INSERT] = "INSERT INTO scscf (name) VALUES (?1)",
	[SQL_SCSCF_DELETE] = "DELETE FROM scscf WHERE id = ?1",
	[SQL_PEER] = "SELECT id, host, realm FROM diameter_peer WHERE id = ?1",
	[SQL_PEER_BY_NAME] =
		"SELECT id, host, realm FROM diameter_peer WHERE host = ?1 AND realm = ?2",
	[SQL_PEER_INSERT] = "INSERT INTO diameter_peer (host, realm) VALUES (?1, ?2)",
	[SQL_PEER_DELETE] = "DELETE FROM diameter_peer WHERE id = ?1",
	[SQL_SWEEP_REGISTRATIONS] = "SELECT subscription_id, impi, irs, scscf, sqn_scscf, peer "
		"FROM registration WHERE (subscription_id, impi, irs) > (?1, ?2, ?3) "
		"ORDER BY subscription_id, impi, irs LIMIT ?4",
	[SQL_SWEEP_SCSCFS] = "SELECT id FROM scscf WHERE id > ?1 ORDER BY id LIMIT ?2",
	[SQL_SWEEP_PEERS] = "SELECT id FROM diameter_peer WHERE id > ?1 ORDER BY id LIMIT ?2",
};
/* clang-format on */

/*
 * What the system said to the call that failed, or 0. SQLite 3.40 remembers it for a statement that
 * fails underway, but not for a COMMIT: then it is still in errno, which was 0 before the step.
 */
static int system_cause(sqlite3 *handle, int rc)
{
	int cause = errno;

	if ((rc & 0xff) != SQLITE_IOERR && (rc & 0xff) != SQLITE_CANTOPEN) {
		return 0;
	}
	return sqlite3_system_errno(handle) != 0 ? sqlite3_system_errno(handle) : cause;
}

/* What an SQLite result means for the caller; NOMEM and the failures that latch are sqlite_fail's.
 */
enum hss_err sqlite_error_of(sqlite3 *handle, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return HSS_ERR_BUSY;
	case SQLITE_CONSTRAINT:
		return HSS_ERR_INVALID;
	case SQLITE_NOMEM:
		return HSS_ERR_MEMORY;
	case SQLITE_FULL:
		return HSS_ERR_FULL;
	default:
		break;
	}
	if (handle != NULL && (rc & 0xff) == SQLITE_IOERR) {
		int cause = system_cause(handle, rc);

		if (cause == ENOSPC || cause == EDQUOT) {
			return HSS_ERR_FULL;
		}
	}
	return HSS_ERR_STORE;
}

enum hss_err sqlite_fail(struct store_sqlite *db, const char *act, int rc)
{
	enum hss_err err = sqlite_error_of(db->handle, rc);
	int cause = db->handle != NULL ? system_cause(db->handle, rc) : 0;

	/*
	 * Memory that ran out while writing leaves a transaction that SQLite may have rolled back
	 * on its own: nothing can be promised about it any more.
	 */
	if (err == HSS_ERR_MEMORY && db->base.mode != STORE_READ &&
	    (db->base.in_transaction || db->acting)) {
		err = HSS_ERR_STORE;
	}
	if ((err == HSS_ERR_STORE || err == HSS_ERR_FULL) && db->base.latched == HSS_OK) {
		db->base.latched = err;
	}
	return store_refuse(&db->base, err, "%s: %s: %s%s%s%s", db->path, act,
	                    db->handle != NULL && sqlite3_extended_errcode(db->handle) == rc
	                            ? sqlite3_errmsg(db->handle)
	                            : sqlite3_errstr(rc),
	                    cause != 0 ? " (" : "", cause != 0 ? strerrordesc_np(cause) : "",
	                    cause != 0 ? ")" : "");
}

enum hss_err sqlite_step(struct store_sqlite *db, const char *act, sqlite3_stmt *stmt, bool *row)
{
	int rc = SQLITE_OK;

	errno = 0; /* see system_cause */
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_DONE || (rc == SQLITE_ROW && row != NULL)) {
		if (row != NULL) {
			*row = rc == SQLITE_ROW;
		}
		return HSS_OK;
	}
	return sqlite_fail(db, act, rc == SQLITE_ROW ? SQLITE_MISUSE : rc);
}

void sqlite_done(sqlite3_stmt *stmt)
{
	(void)sqlite3_reset(stmt); /* repeats the result of the step, which was looked at */
	(void)sqlite3_clear_bindings(stmt);
}

enum hss_err sqlite_run(struct store_sqlite *db, const char *act, enum sql sql)
{
	enum hss_err err = sqlite_step(db, act, db->stmt[sql], NULL);

	sqlite_done(db->stmt[sql]);
	return err;
}

/* What was remembered from the open transaction is void once it is undone, wholly or in part. */
static void forget_undone(struct store_sqlite *db)
{
	db->rows_id = 0;
	if (db->interned) {
		sqlite_intern_forget(db);
	}
}

static void undo(struct store_sqlite *db)
{
	forget_undone(db);
	db->interned = false;
	if (!sqlite3_get_autocommit(db->handle)) {
		/* Its error, if any, comes after the one that brought us here. */
		(void)sqlite3_step(db->stmt[SQL_ROLLBACK]);
		sqlite_done(db->stmt[SQL_ROLLBACK]);
	}
}

static enum hss_err checkpoint(struct store_sqlite *db, int mode);

/*
 * After a commit: it is worth nothing when the files that it went to are not there any more. If it
 * is the log that is gone the database can still be given what stands in it, so that a new start
 * finds every SQN that was ever answered.
 */
static enum hss_err files_check(struct store_sqlite *db)
{
	const unsigned missing = sqlite_files_missing(db);

	if (missing == SQLITE_FILES) {
		return HSS_OK;
	}
	if (missing == SQLITE_FILE_LOG) {
		(void)checkpoint(db, SQLITE_CHECKPOINT_FULL);
	}
	db->base.latched = HSS_ERR_STORE;
	return store_refuse(&db->base, HSS_ERR_STORE,
	                    "%s: commit: the file was removed, or another one has its place",
	                    sqlite_file_name(db, missing));
}

static enum hss_err transaction_begin(struct store_sqlite *db, bool write)
{
	db->rows_id = 0;
	db->interned = false;
	return sqlite_run(db, "begin", write ? SQL_BEGIN_WRITE : SQL_BEGIN_READ);
}

static enum hss_err transaction_commit(struct store_sqlite *db)
{
	enum hss_err err = HSS_OK;

	db->rows_id = 0;
	if (sqlite3_get_autocommit(db->handle)) {
		/* SQLite gave the transaction up on its own; what was saved in it is gone. */
		err = sqlite_fail(db, "commit", SQLITE_ABORT_ROLLBACK);
	} else {
		err = sqlite_run(db, "commit", SQL_COMMIT);
	}
	if (err != HSS_OK) {
		undo(db);
	} else if (db->base.mode != STORE_READ) {
		err = files_check(db);
	}
	db->interned = false;
	return err;
}

static enum hss_err op_begin(struct store *store)
{
	return transaction_begin(store_sqlite_of(store), store->mode != STORE_READ);
}

static enum hss_err op_commit(struct store *store)
{
	return transaction_commit(store_sqlite_of(store));
}

static void op_rollback(struct store *store)
{
	undo(store_sqlite_of(store));
}

static enum hss_err op_part_begin(struct store *store)
{
	return sqlite_run(store_sqlite_of(store), "part", SQL_PART_BEGIN);
}

static enum hss_err op_part_end(struct store *store, bool keep)
{
	struct store_sqlite *db = store_sqlite_of(store);
	enum hss_err err = HSS_OK;

	if (!keep) {
		forget_undone(db);
		err = sqlite_run(db, "undo part", SQL_PART_UNDO);
	}
	return err == HSS_OK ? sqlite_run(db, "part", SQL_PART_KEEP) : err;
}

enum hss_err sqlite_act_begin(struct store_sqlite *db, bool write)
{
	enum hss_err err = HSS_OK;

	if (!db->base.in_transaction) {
		err = transaction_begin(db, write);
	} else if (write) {
		err = sqlite_run(db, "begin", SQL_ACT_BEGIN);
	}
	db->acting = write && err == HSS_OK;
	return err;
}

enum hss_err sqlite_act_end(struct store_sqlite *db, bool write, enum hss_err err)
{
	enum hss_err end = HSS_OK;

	if (!db->base.in_transaction) {
		if (err == HSS_OK) {
			err = transaction_commit(db);
		} else {
			undo(db);
		}
	} else if (write && db->base.latched == HSS_OK) {
		if (err != HSS_OK) {
			char cause[STORE_ERROR_MAX];

			memcpy(cause, db->base.error, sizeof(cause));
			forget_undone(db);
			end = sqlite_run(db, "undo", SQL_ACT_UNDO);
			if (end == HSS_OK) {
				memcpy(db->base.error, cause, sizeof(cause));
			}
		}
		if (end == HSS_OK) {
			end = sqlite_run(db, "end", SQL_ACT_KEEP);
		}
	}
	db->acting = false;
	return end != HSS_OK ? end : err;
}

/* Called after each commit with the length of the log. It takes the place of SQLite's own
 * checkpoints. */
static int wal_hook(void *opaque, sqlite3 *handle, const char *name, int frames)
{
	struct store_sqlite *db = opaque;

	(void)handle;
	(void)name;
	if (frames < db->wal_frames) { /* the log began anew */
		db->wal_copied = 0;
		db->wal_tried = 0;
	}
	db->wal_frames = frames;
	return SQLITE_OK;
}

/*
 * Copy the log into the database. A reader that holds an old snapshot can keep it from being
 * finished: that is not an error. RESTART also waits, briefly, until no reader needs the log, so
 * that the next commit begins it anew; PASSIVE waits for nobody. Neither shortens the file:
 * overwriting it syncs twice as fast as growing it.
 */
static enum hss_err checkpoint(struct store_sqlite *db, int mode)
{
	int frames = -1;
	int copied = -1;
	int rc = SQLITE_OK;

	errno = 0; /* see system_cause */
	rc = sqlite3_wal_checkpoint_v2(db->handle, "main", mode, &frames, &copied);
	if (rc != SQLITE_OK && rc != SQLITE_BUSY) {
		return sqlite_fail(db, "checkpoint", rc);
	}
	if (frames >= 0) {
		db->wal_frames = frames;
		db->wal_copied = copied;
	}
	db->wal_tried = db->wal_frames;
	return HSS_OK;
}

static enum hss_err log_maintain(struct store_sqlite *db, bool idle)
{
	if (db->wal_frames - db->wal_tried >= WAL_FRAMES_LONG) {
		return checkpoint(db, SQLITE_CHECKPOINT_RESTART);
	}
	if (idle && db->wal_frames - db->wal_copied >= WAL_FRAMES_IDLE &&
	    db->wal_frames > db->wal_tried) {
		return checkpoint(db, SQLITE_CHECKPOINT_PASSIVE);
	}
	return HSS_OK;
}

static enum hss_err op_maintain(struct store *store, bool idle)
{
	struct store_sqlite *db = store_sqlite_of(store);
	enum hss_err err = log_maintain(db, idle);

	return err == HSS_OK ? sqlite_sweep(db) : err;
}

void sqlite_free(struct store_sqlite *db)
{
	if (db == NULL) {
		return;
	}
	sqlite_intern_forget(db);
	sqlite_sweep_end(db);
	sqlite_wildcard_forget(db);
	sqlite_detach(db);
	free(db->open_as);
	free(db->path);
	free(db);
}

static void op_close(struct store *store)
{
	struct store_sqlite *db = store_sqlite_of(store);

	if (db->handle != NULL && db->base.mode != STORE_READ && db->base.latched == HSS_OK) {
		/* A failure loses nothing: the log stays, and the next opening copies it. */
		(void)checkpoint(db, SQLITE_CHECKPOINT_PASSIVE);
	}
	if (db->handle != NULL && db->base.latched != HSS_OK) {
		/* A retried sync that "succeeds" proves nothing: leave the log as it is. */
		(void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	}
	for (size_t i = 0; i < SQL_N; i++) {
		(void)sqlite3_finalize(db->stmt[i]);
	}
	sqlite_free(db);
}

static const struct store_ops sqlite_ops = {
	.close = op_close,
	.begin = op_begin,
	.commit = op_commit,
	.rollback = op_rollback,
	.part_begin = op_part_begin,
	.part_end = op_part_end,
	.maintain = op_maintain,
	.subscription_load = sqlite_subscription_load,
	.subscription_get = sqlite_subscription_get,
	.subscription_ids = sqlite_subscription_ids,
	.subscription_count = sqlite_subscription_count,
	.registration_save = sqlite_registration_save,
	.subscription_put = sqlite_subscription_put,
	.subscription_delete = sqlite_subscription_delete,
	.profile_put = sqlite_profile_put,
	.ifc_set_put = sqlite_ifc_set_put,
	.charging_put = sqlite_charging_put,
	.capabilities_put = sqlite_capabilities_put,
	.object_get = sqlite_object_get,
	.profile_get = sqlite_profile_get,
	.ifc_set_get = sqlite_ifc_set_get,
	.object_names = sqlite_object_names,
	.object_delete = sqlite_object_delete,
	.push_add = sqlite_push_add,
	.push_due = sqlite_push_due,
	.push_get = sqlite_push_get,
	.push_list = sqlite_push_list,
	.push_update = sqlite_push_update,
	.push_wake = sqlite_push_wake,
	.push_prune = sqlite_push_prune,
	.scan_add = sqlite_scan_add,
	.scan_next = sqlite_scan_next,
	.scan_portion = sqlite_scan_portion,
	.scan_advance = sqlite_scan_advance,
	.master_keys = sqlite_master_keys,
	.master_key_put = sqlite_master_key_put,
	.master_key_delete = sqlite_master_key_delete,
	.sealed_list = sqlite_sealed_list,
	.sealed_update = sqlite_sealed_update,
	.sealed_count = sqlite_sealed_count,
};

enum hss_err sqlite_prepare(struct store_sqlite *db)
{
	for (size_t i = 0; i < SQL_N; i++) {
		int rc = sqlite3_prepare_v3(db->handle, sql_text[i], -1, SQLITE_PREPARE_PERSISTENT,
		                            &db->stmt[i], NULL);

		if (rc != SQLITE_OK) {
			return sqlite_fail(db, "prepare", rc);
		}
	}
	return HSS_OK;
}

/*
 * A log that is not empty was left by a process that did not end in good order, perhaps because its
 * disk failed: a database that is damaged must not be served from. Reads all of it, some 0.7 s for
 * a million subscribers; after a clean end nothing.
 */
static enum hss_err check_after_crash(struct store_sqlite *db)
{
	int64_t faults = 0;
	enum hss_err err = HSS_OK;

	if (db->wal_frames <= 0) {
		return HSS_OK;
	}
	err = sqlite_query(db,
	                   "SELECT count(*) FROM pragma_quick_check(1) WHERE quick_check <> 'ok'",
	                   &faults);
	return err == HSS_OK && faults != 0
	               ? store_refuse(&db->base, HSS_ERR_INVALID,
	                              "%s: open: the database is damaged", db->path)
	               : err;
}

/* Whether many rows are there for S-CSCFs and peers from before, of which few may be in use. */
static enum hss_err sweep_note(struct store_sqlite *db)
{
	char sql[128];
	int64_t n = 0;
	enum hss_err err = HSS_OK;

	(void)snprintf(sql, sizeof(sql),
	               "SELECT count(*) FROM (SELECT 1 FROM scscf UNION ALL "
	               "SELECT 1 FROM diameter_peer LIMIT %d)",
	               SWEEP_AFTER);
	err = sqlite_query(db, sql, &n);
	db->sweep.made = (size_t)n;
	return err;
}

static enum hss_err open_all(struct store_sqlite *db)
{
	enum hss_err err = sqlite_attach(db);

	if (err == HSS_OK && db->base.mode != STORE_READ) {
		(void)sqlite3_wal_hook(db->handle, wal_hook, db);
		/*
		 * What a predecessor left in the log may be in the page cache only, after a sync
		 * that failed. Copied and synced anew it is on disk before anything is added.
		 */
		err = checkpoint(db, SQLITE_CHECKPOINT_RESTART);
	}
	if (err == HSS_OK && db->base.mode != STORE_READ) {
		err = check_after_crash(db);
	}
	if (err == HSS_OK && db->base.mode != STORE_READ) {
		err = sweep_note(db);
	}
	if (err == HSS_OK && db->base.mode != STORE_READ) {
		err = sqlite_files_note(db);
	}
	return err;
}

struct store_sqlite *sqlite_new(const char *path, enum store_mode mode)
{
	struct store_sqlite *db = calloc(1, sizeof(*db));

	if (db == NULL) {
		return NULL;
	}
	db->base.ops = &sqlite_ops;
	db->base.mode = mode;
	db->lock_fd = -1;
	db->path = strdup(path);
	if (db->path == NULL) {
		sqlite_free(db);
		return NULL;
	}
	return db;
}

static enum hss_err op_open(const char *uri, enum store_mode mode, struct store **out)
{
	struct store_sqlite *db = sqlite_new(uri, mode);
	enum hss_err err = HSS_ERR_MEMORY;

	*out = NULL;
	if (db == NULL) {
		return HSS_ERR_MEMORY;
	}
	err = open_all(db);
	if (err == HSS_ERR_MEMORY) {
		op_close(&db->base);
		return err;
	}
	if (err != HSS_OK) {
		db->base.latched = err == HSS_ERR_FULL ? HSS_ERR_FULL : HSS_ERR_STORE;
	}
	*out = &db->base;
	return err;
}

const struct store_backend store_sqlite_backend = {
	.scheme = "sqlite:",
	.open = op_open,
	.backup = sqlite_backup,
	.verify = sqlite_verify_uri,
	.restore = sqlite_restore,
};

int store_sqlite_schema_known(void)
{
	return store_sqlite_steps[store_sqlite_n_steps - 1].number;
}

struct intern_statements {
	enum sql by_id;
	enum sql by_text;
	enum sql insert;
};

static const struct intern_statements intern_sql[INTERN_N] = {
	[INTERN_SCSCF] = {SQL_SCSCF, SQL_SCSCF_BY_NAME, SQL_SCSCF_INSERT},
	[INTERN_PEER] = {SQL_PEER, SQL_PEER_BY_NAME, SQL_PEER_INSERT},
};

void sqlite_intern_forget(struct store_sqlite *db)
{
	for (size_t kind = 0; kind < INTERN_N; kind++) {
		for (size_t i = 0; i < INTERN_SLOTS; i++) {
			free(db->intern[kind][i].text);
		}
	}
	memset(db->intern, 0, sizeof(db->intern));
}

void sqlite_intern_drop(struct store_sqlite *db, enum intern_kind kind, int64_t id)
{
	struct intern *slot = &db->intern[kind][(uint64_t)id % INTERN_SLOTS];

	if (slot->id == id) {
		free(slot->text);
		*slot = (struct intern){0};
	}
}

/* Remember; the slot's former text is forgotten. */
static enum hss_err intern_keep(struct store_sqlite *db, enum intern_kind kind, int64_t id,
                                const char *a, const char *b)
{
	struct intern *slot = &db->intern[kind][(uint64_t)id % INTERN_SLOTS];
	size_t len_a = strlen(a) + 1;
	size_t len_b = strlen(b) + 1;
	char *text = malloc(len_a + len_b);

	if (text == NULL) {
		return store_refuse(&db->base, HSS_ERR_MEMORY, "%s: out of memory", db->path);
	}
	memcpy(text, a, len_a);
	memcpy(text + len_a, b, len_b);
	free(slot->text);
	*slot = (struct intern){.id = id, .text = text, .end = text + len_a};
	return HSS_OK;
}

static enum hss_err intern_row(struct store_sqlite *db, enum intern_kind kind, sqlite3_stmt *stmt)
{
	const char *a = (const char *)sqlite3_column_text(stmt, 1);
	const char *b = (const char *)sqlite3_column_text(stmt, 2);

	if (a == NULL || b == NULL) {
		return sqlite_fail(db, "load", SQLITE_NOMEM);
	}
	return intern_keep(db, kind, sqlite3_column_int64(stmt, 0), a, b);
}

enum hss_err sqlite_intern_text(struct store_sqlite *db, enum intern_kind kind, int64_t id,
                                const char **a, const char **b)
{
	struct intern *slot = &db->intern[kind][(uint64_t)id % INTERN_SLOTS];
	enum hss_err err = HSS_OK;

	if (slot->id != id) {
		sqlite3_stmt *stmt = db->stmt[intern_sql[kind].by_id];
		bool row = false;
		int rc = sqlite3_bind_int64(stmt, 1, id);

		err = rc == SQLITE_OK ? sqlite_step(db, "load", stmt, &row)
		                      : sqlite_fail(db, "load", rc);
		if (err == HSS_OK && !row) {
			err = store_refuse(&db->base, HSS_ERR_INVALID,
			                   "%s: load: %s %lld is missing", db->path,
			                   kind == INTERN_SCSCF ? "S-CSCF" : "Diameter peer",
			                   (long long)id);
		}
		if (err == HSS_OK) {
			err = intern_row(db, kind, stmt);
		}
		sqlite_done(stmt);
	}
	if (err == HSS_OK) {
		*a = slot->text;
		*b = slot->end;
	}
	return err;
}

static int intern_bind(enum intern_kind kind, sqlite3_stmt *stmt, const char *a, const char *b)
{
	int rc = sqlite3_bind_text(stmt, 1, a, -1, SQLITE_STATIC);

	return rc == SQLITE_OK && kind == INTERN_PEER
	               ? sqlite3_bind_text(stmt, 2, b, -1, SQLITE_STATIC)
	               : rc;
}

static enum hss_err intern_insert(struct store_sqlite *db, enum intern_kind kind, const char *a,
                                  const char *b, int64_t *id)
{
	sqlite3_stmt *stmt = db->stmt[intern_sql[kind].insert];
	int rc = intern_bind(kind, stmt, a, b);
	enum hss_err err =
		rc == SQLITE_OK ? sqlite_step(db, "save", stmt, NULL) : sqlite_fail(db, "save", rc);

	sqlite_done(stmt);
	if (err == HSS_OK) {
		db->interned = true;
		db->sweep.fresh++;
		*id = sqlite3_last_insert_rowid(db->handle);
		err = intern_keep(db, kind, *id, a, b);
	}
	return err;
}

static enum hss_err intern_find(struct store_sqlite *db, enum intern_kind kind, const char *a,
                                const char *b, int64_t *id)
{
	sqlite3_stmt *stmt = db->stmt[intern_sql[kind].by_text];
	enum hss_err err = HSS_OK;
	bool row = false;
	int rc = SQLITE_OK;

	for (size_t i = 0; i < INTERN_SLOTS; i++) {
		const struct intern *slot = &db->intern[kind][i];

		if (slot->id != 0 && strcmp(slot->text, a) == 0 && strcmp(slot->end, b) == 0) {
			*id = slot->id;
			return HSS_OK;
		}
	}
	rc = intern_bind(kind, stmt, a, b);
	err = rc == SQLITE_OK ? sqlite_step(db, "save", stmt, &row) : sqlite_fail(db, "save", rc);
	if (err == HSS_OK && row) {
		*id = sqlite3_column_int64(stmt, 0);
		err = intern_row(db, kind, stmt);
	}
	sqlite_done(stmt);
	return err == HSS_OK && !row ? intern_insert(db, kind, a, b, id) : err;
}

enum hss_err sqlite_intern_id(struct store_sqlite *db, enum intern_kind kind, const char *a,
                              const char *b, int64_t *id)
{
	const enum hss_err err = intern_find(db, kind, a, b, id);

	if (err == HSS_OK) {
		sqlite_sweep_mark(db, kind, *id);
	}
	return err;
}
