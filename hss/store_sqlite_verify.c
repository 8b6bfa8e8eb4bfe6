/* The SQLite backend: verifying a database. */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hss/store_sqlite.h"

/*
 * Subscriptions in one snapshot of a database in use: short enough for the writer's log not to grow
 * much meanwhile.
 */
enum { PAGE_SUBSCRIPTIONS = 20000 };

struct run {
	struct store_sqlite *db;
	struct store_verify *verify;
};

static void found(const struct run *run, const struct store_finding *finding)
{
	struct store_verify *verify = run->verify;

	if (verify->n_findings++ < STORE_FINDINGS_TOLD && verify->tell != NULL) {
		verify->tell(verify->opaque, finding);
	}
}

#define OF_PAGE "subscription_id > ?1 AND subscription_id <= ?2"
#define LAST_PAGE "?2 = 9223372036854775807"
#define R_IMPI                                                                                     \
	"(SELECT name FROM impi i WHERE i.subscription_id = r.subscription_id AND i.no = r.impi)"
#define R_DANGLES(column, table)                                                                   \
	"(" column " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM " table " t WHERE t.id = " column   \
	"))"
#define TOO_MANY(what, from, max)                                                                  \
	"SELECT subscription_id, '" what "' FROM " from " WHERE " OF_PAGE                          \
	" GROUP BY subscription_id HAVING count(*) > " max

_Static_assert(IMS_IMPI_MAX == 16 && IMS_IMPU_MAX == 256 && IMS_IRS_MAX == 64 &&
                       IMS_VISITED_MAX == 64,
               "the limits in the rules");
_Static_assert(IMS_IFC_SET_MAX == 16 && IMS_CAPABILITY_MAX == 32 &&
                       IMS_RESTORATION_LEN_MAX == 32768,
               "likewise");
_Static_assert(IMS_NOT_REGISTERED == 0 && IMS_UNREGISTERED == 1 && IMS_REGISTERED == 2,
               "the states in the rules");
_Static_assert(AUC_SQN_MAX == 281474976710655, "the range in the rules");

/* clang-format off */
/*
 * SQLite's own checks do not look at CHECK constraints of a database that is read only, hence rules
 * for values. Each gives the subscription and an identity (or NULL) of what breaks it, ids ?1 < id <=
 * ?2.
 */
static const struct rule {
	const char *name;
	const char *text;
	const char *sql;
} rules[] = {
	{"subscription-empty", "the subscription has no IMPI or no IMPU",
	 "SELECT id, NULL FROM subscription s WHERE id > ?1 AND id <= ?2 AND "
	 "(NOT EXISTS (SELECT 1 FROM impi i WHERE i.subscription_id = s.id) OR "
	 "NOT EXISTS (SELECT 1 FROM impu u WHERE u.subscription_id = s.id))"},
	{"limit", "the subscription has more of these than is allowed",
	 TOO_MANY("IMPIs", "impi", "16") " UNION ALL "
	 TOO_MANY("IMPUs", "impu", "256") " UNION ALL "
	 TOO_MANY("visited networks", "visited_network", "64") " UNION ALL "
	 TOO_MANY("sets", "(SELECT DISTINCT subscription_id, irs FROM impu WHERE " OF_PAGE ")", "64")},
	{"impi-without-set", "the IMPI has no registration row: it belongs to no set",
	 "SELECT subscription_id, name FROM impi i WHERE " OF_PAGE " AND NOT EXISTS (SELECT 1 "
	 "FROM registration r WHERE r.subscription_id = i.subscription_id AND r.impi = i.no)"},
	{"set-without-impi", "the IMPU is in a set that no IMPI owns",
	 "SELECT subscription_id, name FROM impu u WHERE " OF_PAGE " AND NOT EXISTS (SELECT 1 "
	 "FROM registration r WHERE r.subscription_id = u.subscription_id AND r.irs = u.irs)"},
	{"set-without-impu", "a registration row is of a set without IMPU",
	 "SELECT subscription_id, " R_IMPI " FROM registration r WHERE " OF_PAGE " AND NOT EXISTS "
	 "(SELECT 1 FROM impu u WHERE u.subscription_id = r.subscription_id AND u.irs = r.irs)"},
	{"registration-without-impi", "a registration row is of an IMPI that does not exist",
	 "SELECT subscription_id, NULL FROM registration r WHERE " OF_PAGE " AND NOT EXISTS "
	 "(SELECT 1 FROM impi i WHERE i.subscription_id = r.subscription_id AND i.no = r.impi)"},
	{"position", "the positions of the set with this IMPU do not run from 1 without a gap",
	 "SELECT subscription_id, min(name) FROM impu WHERE " OF_PAGE
	 " GROUP BY subscription_id, irs HAVING min(position) <> 1 OR max(position) <> count(*)"},
	{"key-missing", "the IMPI has no key for a scheme that it may use, though not all of its IMPUs are PSIs",
	 "SELECT subscription_id, name FROM impi i WHERE " OF_PAGE " AND ((schemes & 2 AND sealed_key "
	 "IS NULL) OR (schemes & 4 AND sealed_ha1 IS NULL)) AND EXISTS (SELECT 1 FROM impu u WHERE u.subscription_id = i.subscription_id AND u.kind NOT IN (1, 2))"},
	{"value", "a value of the identity is not one that exists",
	 "SELECT subscription_id, name FROM impi WHERE " OF_PAGE
	 " AND (scheme NOT IN (1, 2) OR schemes NOT BETWEEN 2 AND 6 OR schemes & (1 << scheme) = 0 OR "
	 "length(amf) <> 2 OR length(sealed_key) <> 64 OR length(sealed_ha1) <> 64 OR "
	 "(sealed_ha1 IS NULL) <> (digest_realm IS NULL) OR "
	 "no NOT BETWEEN 1 AND 2147483647 OR length(CAST(name AS BLOB)) NOT BETWEEN 1 AND 253) "
	 "UNION ALL SELECT subscription_id, name FROM impu WHERE " OF_PAGE
	 " AND (kind NOT IN (0, 1, 2, 4) OR barred NOT IN (0, 1) OR psi_active NOT IN (0, 1) OR "
	 "loose_route NOT IN (0, 1) OR privileged_sender NOT IN (0, 1) OR "
	 "length(CAST(alias_group AS BLOB)) NOT BETWEEN 1 AND 511 OR "
	 "irs NOT BETWEEN 1 AND 2147483647 OR length(CAST(name AS BLOB)) NOT BETWEEN 1 AND 511)"},
	{"sqn-range", "the SQN is not of 48 bits",
	 "SELECT subscription_id, " R_IMPI " FROM registration r WHERE " OF_PAGE
	 " AND sqn NOT BETWEEN 0 AND 281474976710655"},
	{"sqn-copies", "the copies of the IMPI's SQN differ, or the S-CSCF at them",
	 "SELECT subscription_id, " R_IMPI " FROM registration r WHERE " OF_PAGE
	 " GROUP BY subscription_id, impi HAVING min(sqn) <> max(sqn) OR "
	 "min(coalesce(sqn_scscf, 0)) <> max(coalesce(sqn_scscf, 0))"},
	{"auth-copies", "the copies of the IMPI's count of vectors differ, or it is impossible",
	 "SELECT subscription_id, " R_IMPI " FROM registration r WHERE " OF_PAGE
	 " GROUP BY subscription_id, impi HAVING min(auth_since) <> max(auth_since) OR "
	 "min(auth_count) <> max(auth_count) OR min(auth_since) < 0 OR "
	 "min(auth_count) < 0 OR max(auth_count) > 2147483647"},
	{"scscf-copies", "the rows of the subscription disagree on the S-CSCF, its address, its features or "
	 "its reassignment",
	 "SELECT subscription_id, NULL FROM registration WHERE " OF_PAGE
	 " GROUP BY subscription_id HAVING min(coalesce(scscf, 0)) <> max(coalesce(scscf, 0)) OR "
	 "min(coalesce(peer, 0)) <> max(coalesce(peer, 0)) OR min(features) <> max(features) OR "
	 "min(reassign) <> max(reassign)"},
	{"reference", "an S-CSCF or Diameter peer that a registration row names is missing",
	 "SELECT subscription_id, " R_IMPI " FROM registration r WHERE " OF_PAGE " AND ("
	 R_DANGLES("r.scscf", "scscf") " OR " R_DANGLES("r.sqn_scscf", "scscf") " OR "
	 R_DANGLES("r.peer", "diameter_peer") ")"},
	{"state", "the registration state or the time of a pending authentication is impossible",
	 "SELECT subscription_id, " R_IMPI " FROM registration r WHERE " OF_PAGE
	 " AND (state NOT IN (0, 1, 2) OR pending_since < 0 OR "
	 "features NOT BETWEEN 0 AND 4294967295 OR reassign NOT IN (0, 1))"},
	{"state-without-scscf", "Registered or Unregistered, but no S-CSCF is assigned",
	 "SELECT subscription_id, " R_IMPI " FROM registration r WHERE " OF_PAGE
	 " AND state <> 0 AND scscf IS NULL"},
	{"state-mixed", "the set with this IMPU is Registered and Unregistered at once",
	 "SELECT subscription_id, (SELECT min(name) FROM impu u WHERE "
	 "u.subscription_id = r.subscription_id AND u.irs = r.irs) FROM registration r WHERE " OF_PAGE
	 " GROUP BY subscription_id, irs HAVING max(state = 1) AND max(state = 2)"},
	{"restoration", "restoration information of a registration that does not exist, or of impossible length",
	 "SELECT subscription_id, " R_IMPI " FROM restoration r WHERE " OF_PAGE " AND (NOT EXISTS "
	 "(SELECT 1 FROM registration g WHERE g.subscription_id = r.subscription_id AND "
	 "g.impi = r.impi AND g.irs = r.irs) OR length(info) NOT BETWEEN 1 AND 32768)"},
	/* What belongs to no subscription is looked at once. */
	{"push", "an RTR or PPR in the outbox is none",
	 "SELECT subscription_id, impi FROM push WHERE " LAST_PAGE " AND (command NOT IN (304, 305) OR "
	 "state NOT BETWEEN 0 AND 3 OR (command = 304) <> (reason IS NOT NULL) OR "
	 "(command = 304) <> (impus IS NOT NULL) OR (command = 305) <> (content IS NOT NULL) OR "
	 "reason NOT BETWEEN 0 AND 3 OR content NOT BETWEEN 1 AND 7 OR "
	 "(state = 0) <> (ended_at IS NULL) OR irs NOT BETWEEN 1 AND 2147483647 OR attempts < 0)"},
	{"follow-up", "a follow-up of a change is of no kind",
	 "SELECT 0, NULL FROM push_scan WHERE " LAST_PAGE " AND (kind NOT BETWEEN 1 AND 3 OR after < 0)"},
	{"charging", "the charging has no primary function",
	 "SELECT 0, name FROM charging WHERE " LAST_PAGE " AND primary_ecf IS NULL AND primary_ccf IS NULL"},
	{"capabilities", "the set has names and capabilities at once, too many, or one that is neither",
	 "SELECT 0, name FROM capabilities c WHERE " LAST_PAGE " AND (EXISTS (SELECT 1 FROM capability k "
	 "WHERE k.capabilities_id = c.id AND (kind NOT BETWEEN 0 AND 2 OR "
	 "(kind = 2) <> (server_name IS NOT NULL) OR (kind = 2) <> (number IS NULL) OR "
	 "number NOT BETWEEN 0 AND 4294967295)) OR (SELECT max(kind = 2) <> min(kind = 2) FROM capability k "
	 "WHERE k.capabilities_id = c.id) OR EXISTS (SELECT 1 FROM capability k WHERE "
	 "k.capabilities_id = c.id GROUP BY kind HAVING count(*) > 32))"},
	{"profile", "the profile has more than 16 shared sets, or a flag that is none",
	 "SELECT 0, name FROM service_profile p WHERE " LAST_PAGE " AND (unregistered_services NOT IN (0, 1) "
	 "OR (SELECT count(*) FROM service_profile_ifc_set s WHERE s.profile_id = p.id) > 16)"},
	{"shared-set", "the id or the flag of the shared set is impossible",
	 "SELECT 0, CAST(id AS TEXT) FROM ifc_set WHERE " LAST_PAGE " AND (id NOT BETWEEN 0 AND 2147483647 "
	 "OR unregistered_services NOT IN (0, 1))"},
};
/* clang-format on */

/* Call row for each row of a query; the ids of the page are bound when it has such parameters. */
static enum hss_err for_rows(const struct run *run, const char *sql, int64_t after, int64_t last,
                             enum hss_err (*row)(const struct run *run, const struct rule *rule,
                                                 sqlite3_stmt *stmt),
                             const struct rule *rule)
{
	sqlite3_stmt *stmt = NULL;
	bool more = true;
	enum hss_err err = HSS_OK;
	int rc = sqlite3_prepare_v2(run->db->handle, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK && sqlite3_bind_parameter_count(stmt) == 2) {
		rc = sqlite3_bind_int64(stmt, 1, after);
		rc = rc == SQLITE_OK ? sqlite3_bind_int64(stmt, 2, last) : rc;
	}
	if (rc != SQLITE_OK) {
		err = sqlite_fail(run->db, "check", rc);
	}
	while (err == HSS_OK && (err = sqlite_step(run->db, "check", stmt, &more)) == HSS_OK &&
	       more) {
		err = row(run, rule, stmt);
	}
	(void)sqlite3_finalize(stmt);
	return err;
}

static const char *column_text(sqlite3_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt, column);
}

static enum hss_err row_of_pages(const struct run *run, const struct rule *rule, sqlite3_stmt *stmt)
{
	const char *text = column_text(stmt, 0);

	(void)rule;
	if (text == NULL || strcmp(text, "ok") != 0) {
		found(run, &(struct store_finding){.rule = "pages",
		                                   .text = text != NULL ? text : "unreadable"});
	}
	return HSS_OK;
}

static enum hss_err row_of_foreign_keys(const struct run *run, const struct rule *rule,
                                        sqlite3_stmt *stmt)
{
	char text[128];

	(void)rule;
	(void)snprintf(text, sizeof(text), "a row of table %s refers to a missing row of %s",
	               column_text(stmt, 0), column_text(stmt, 2));
	found(run, &(struct store_finding){.rule = "foreign-key", .text = text});
	return HSS_OK;
}

static enum hss_err row_of_rule(const struct run *run, const struct rule *rule, sqlite3_stmt *stmt)
{
	found(run, &(struct store_finding){.rule = rule->name,
	                                   .subscription = sqlite3_column_int64(stmt, 0),
	                                   .identity = column_text(stmt, 1),
	                                   .text = rule->text});
	return HSS_OK;
}

static enum hss_err row_of_wildcards(const struct run *run, const struct rule *rule,
                                     sqlite3_stmt *stmt)
{
	const char *name = column_text(stmt, 1);
	struct wildcard *wildcard = NULL;
	const char *why = "is missing";
	char text[160];
	enum hss_err err = HSS_ERR_INVALID;

	(void)rule;
	if (name != NULL) {
		err = wildcard_make(name, &wildcard, &why);
		wildcard_free(wildcard);
	}
	if (err != HSS_ERR_INVALID) {
		return err;
	}
	(void)snprintf(text, sizeof(text), "the wildcarded IMPU matches nothing: the expression %s",
	               why);
	found(run, &(struct store_finding){.rule = "wildcard",
	                                   .subscription = sqlite3_column_int64(stmt, 0),
	                                   .identity = name,
	                                   .text = text});
	return HSS_OK;
}

/* K and OPc, or HA1. */
static enum hss_err unseal(struct seal *seal, const char *impi, const struct seal_key *sealed,
                           bool is_ha1)
{
	uint8_t ha1[SEAL_HA1_LEN];
	struct auc_key key;
	enum hss_err err = is_ha1 ? seal_unwrap_ha1(seal, impi, sealed, ha1)
	                          : seal_unwrap(seal, impi, sealed, &key);

	OPENSSL_cleanse(&key, sizeof(key));
	OPENSSL_cleanse(ha1, sizeof(ha1));
	return err;
}

static enum hss_err row_of_keys(const struct run *run, const struct rule *rule, sqlite3_stmt *stmt)
{
	const char *impi = column_text(stmt, 1);
	const void *octets = sqlite3_column_blob(stmt, 2);
	struct seal_key sealed = {{0}};
	char text[128];
	enum hss_err err = HSS_ERR_SEAL;

	(void)rule;
	run->verify->n_keys++;
	if (impi != NULL && octets != NULL && sqlite3_column_bytes(stmt, 2) == SEAL_KEY_LEN) {
		memcpy(sealed.octets, octets, sizeof(sealed.octets));
		err = unseal(run->verify->seal, impi, &sealed, sqlite3_column_int(stmt, 3) != 0);
	}
	if (err != HSS_ERR_SEAL) {
		return err == HSS_OK ? HSS_OK
		                     : store_refuse(&run->db->base, err, "%s: check: %s",
		                                    run->db->path, hss_err_text(err));
	}
	(void)snprintf(text, sizeof(text),
	               seal_has(run->verify->seal, seal_id_of(&sealed))
	                       ? "the sealed record does not open with the master key %u"
	                       : "the record is sealed under the master key %u, which is not in "
	                         "the master key file",
	               seal_id_of(&sealed));
	found(run, &(struct store_finding){
			   .rule = "key",
			   .subscription = sqlite3_column_int64(stmt, 0),
			   .identity = impi,
			   .text = text,
		   });
	return HSS_OK;
}

/* The last id of the page behind `after`, and how many subscriptions it has; none: the page goes to
 * the end. */
static enum hss_err page_end(struct store_sqlite *db, int64_t after, int64_t *last, int64_t *n)
{
	char sql[160];
	enum hss_err err = HSS_OK;

	(void)snprintf(
		sql, sizeof(sql),
		"SELECT count(*) FROM (SELECT id FROM subscription WHERE id > %lld ORDER BY id "
		"LIMIT %d)",
		(long long)after, PAGE_SUBSCRIPTIONS);
	err = sqlite_query(db, sql, n);
	*last = INT64_MAX;
	if (err == HSS_OK && *n == PAGE_SUBSCRIPTIONS) {
		(void)snprintf(
			sql, sizeof(sql),
			"SELECT id FROM subscription WHERE id > %lld ORDER BY id LIMIT 1 OFFSET %d",
			(long long)after, PAGE_SUBSCRIPTIONS - 1);
		err = sqlite_query(db, sql, last);
	}
	return err;
}

/* Our rules for the subscriptions with ids above `after`; *last receives the last id. */
static enum hss_err verify_page(const struct run *run, int64_t after, int64_t *last)
{
	int64_t n = 0;
	enum hss_err err = sqlite_execute(run->db, "check", "BEGIN");

	if (err == HSS_OK) {
		err = page_end(run->db, after, last, &n);
	}
	for (size_t i = 0; err == HSS_OK && i < sizeof(rules) / sizeof(rules[0]); i++) {
		err = for_rows(run, rules[i].sql, after, *last, row_of_rule, &rules[i]);
	}
	if (err == HSS_OK) {
		err = for_rows(run,
		               "SELECT subscription_id, name FROM impu WHERE " OF_PAGE
		               " AND kind IN (2, 4)",
		               after, *last, row_of_wildcards, NULL);
	}
	if (err == HSS_OK && run->verify->seal != NULL) {
		err = for_rows(
			run,
			"SELECT subscription_id, name, sealed_key, 0 FROM impi WHERE " OF_PAGE
			" AND sealed_key IS NOT NULL UNION ALL "
			"SELECT subscription_id, name, sealed_ha1, 1 FROM impi WHERE " OF_PAGE
			" AND sealed_ha1 IS NOT NULL",
			after, *last, row_of_keys, NULL);
	}
	run->verify->n_subscriptions += (uint64_t)n;
	if (!sqlite3_get_autocommit(run->db->handle)) {
		(void)sqlite3_exec(run->db->handle, "ROLLBACK", NULL, NULL, NULL);
	}
	return err;
}

static enum hss_err verify_all(const struct run *run)
{
	struct store_verify *verify = run->verify;
	int64_t last = INT64_MIN;
	char text[160];
	enum hss_err err = sqlite_version_read(run->db);

	verify->schema_version = run->db->base.schema_version;
	if (err == HSS_OK) {
		err = for_rows(run,
		               verify->backup ? "PRAGMA integrity_check(1000)"
		                              : "PRAGMA quick_check(1000)",
		               0, 0, row_of_pages, NULL);
	}
	if (err == HSS_OK) {
		err = for_rows(run, "PRAGMA foreign_key_check", 0, 0, row_of_foreign_keys, NULL);
	}
	if (err == HSS_OK && verify->schema_version != store_schema_known()) {
		(void)snprintf(text, sizeof(text),
		               "the schema version is %d, this program verifies version %d: %s",
		               verify->schema_version, store_schema_known(),
		               verify->schema_version < store_schema_known()
		                       ? "hssctl db migrate or db restore steps it up"
		                       : "use the program that made it");
		found(run, &(struct store_finding){.rule = "schema", .text = text});
		return HSS_OK;
	}
	while (err == HSS_OK && last != INT64_MAX) {
		err = verify_page(run, last, &last);
	}
	return err;
}

enum hss_err sqlite_verify(struct store_sqlite *db, struct store_verify *verify)
{
	const struct run run = {db, verify};
	enum hss_err err = HSS_OK;

	verify->n_findings = 0;
	verify->n_subscriptions = 0;
	verify->n_keys = 0;
	err = verify_all(&run);
	/* What is so damaged that it cannot even be read is found to be so. */
	if (err == HSS_ERR_STORE && (sqlite3_errcode(db->handle) & 0xff) == SQLITE_CORRUPT) {
		found(&run, &(struct store_finding){.rule = "pages", .text = db->base.error});
		err = HSS_OK;
	}
	return sqlite_classify(db, err);
}

/* "file:" and the path, as an URI that SQLite reads without locks, logs and what belongs to them.
 */
static char *immutable_uri(const char *path)
{
	static const char digits[] = "0123456789ABCDEF";
	static const char tail[] = "?immutable=1";
	char *uri = malloc(sizeof("file:") + 3 * strlen(path) + sizeof(tail));
	char *end = uri;

	if (uri == NULL) {
		return NULL;
	}
	end = stpcpy(end, "file:");
	for (const char *c = path; *c != '\0'; c++) {
		if (strchr("%?#", *c) == NULL) {
			*end++ = *c;
		} else {
			*end++ = '%';
			*end++ = digits[(unsigned char)*c >> 4];
			*end++ = digits[(unsigned char)*c & 15];
		}
	}
	(void)stpcpy(end, tail);
	return uri;
}

enum hss_err sqlite_connect_file(struct store_sqlite *db)
{
	char *log = NULL;
	struct stat st;
	enum hss_err err = sqlite_path_resolve(db);

	if (err != HSS_OK) {
		return err;
	}
	if (asprintf(&log, "%s-wal", db->path) < 0) {
		return HSS_ERR_MEMORY;
	}
	if (stat(log, &st) == 0 && st.st_size > 0) {
		err = store_refuse(&db->base, HSS_ERR_INVALID,
		                   "%s: open: a log (%s) belongs to it: it is a database, not a "
		                   "backup of one",
		                   db->path, log);
	}
	free(log);
	db->open_as = immutable_uri(db->path);
	if (err == HSS_OK && db->open_as == NULL) {
		err = HSS_ERR_MEMORY;
	}
	return err == HSS_OK ? sqlite_connect(db) : err;
}

enum hss_err sqlite_verify_uri(const char *uri, struct store_verify *verify)
{
	struct store_sqlite *db = sqlite_new(uri, STORE_READ);
	enum hss_err err = HSS_ERR_MEMORY;

	verify->why[0] = '\0';
	if (db == NULL) {
		return err;
	}
	if (verify->backup) {
		err = sqlite_connect_file(db);
	} else {
		err = sqlite_path_resolve(db);
		err = err == HSS_OK ? sqlite_connect(db) : err;
	}
	if (err == HSS_OK) {
		err = sqlite_verify(db, verify);
	}
	if (err != HSS_OK) {
		(void)snprintf(verify->why, sizeof(verify->why), "%s",
		               db->base.error[0] != '\0' ? db->base.error : hss_err_text(err));
	}
	sqlite_free(db);
	return err;
}
