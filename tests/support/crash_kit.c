#include "crash_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "auc/milenage.h"
#include "auc/sqn.h"

static const char host[] = "scscf.home.example";
static const char realm[] = "home.example";
static const char *const server_name[] = {"sip:scscf1.home.example:6060",
                                          "sip:scscf2.home.example:6060"};

static void user_init(struct kit_user *user, unsigned i)
{
	(void)snprintf(user->impi, sizeof(user->impi), "u%u@home.example", i);
	(void)snprintf(user->impu[0], sizeof(user->impu[0]), "sip:u%u@home.example", i);
	(void)snprintf(user->impu[1], sizeof(user->impu[1]), "sip:u%u.work@home.example", i);
	user->n_sets = 1 + i % 2;
	memset(user->key.k, (int)(i + 1), sizeof(user->key.k));
	memset(user->key.opc, (int)(i + 101), sizeof(user->key.opc));
}

void kit_open(struct kit *kit)
{
	char why[SEAL_WHY_LEN];

	memset(kit, 0, sizeof(*kit));
	temp_dir_make(&kit->dir);
	temp_dir_file(&kit->dir, "disk", kit->disk);
	temp_dir_file(&kit->dir, "disk/hss.db", kit->database);
	temp_dir_file(&kit->dir, "master.key", kit->master);
	assert_int_equal(mkdir(kit->disk, 0700), 0);
	assert_int_equal(seal_create(kit->master), HSS_OK);
	assert_int_equal(seal_open(kit->master, &kit->seal, why), HSS_OK);
	assert_int_equal(auc_open(&kit->auc), AUC_OK);
	assert_int_equal(auc_rand_pool_open(&kit->pool), AUC_OK);
	kit->rng = auc_rand_pool_rng(kit->pool);
	kit->conf = (struct hss_conf){.database = kit->database,
	                              .master_key = kit->master,
	                              .queue_max = 256,
	                              .batch_max = 64,
	                              .job_deadline = 600000,
	                              .policy = {.store_server_name = true,
	                                         .auth_vectors_max = 5,
	                                         .auth_pending_timeout = 60,
	                                         .ind_bits = AUC_SQN_IND_BITS,
	                                         .ind_count = 32,
	                                         .sqn_delta = AUC_SQN_DELTA}};
	for (unsigned i = 0; i < KIT_USERS; i++) {
		user_init(&kit->user[i], i);
	}
}

void kit_close(struct kit *kit)
{
	auc_rand_pool_close(kit->pool);
	auc_close(kit->auc);
	seal_close(kit->seal);
	temp_dir_remove(&kit->dir);
}

static void user_put(struct kit *kit, struct store *store, unsigned i)
{
	const struct kit_user *user = &kit->user[i];
	struct ims_impi impi = {.no = 1,
	                        .name = user->impi,
	                        .has_key = true,
	                        .amf = {0x80, 0},
	                        .scheme = IMS_SCHEME_AKA_V1,
	                        .schemes = 1U << IMS_SCHEME_AKA_V1};
	struct ims_impu impu[2];
	struct ims_registration registration[2];
	struct ims_profile profile = {.name = "default"};
	struct ims_subscription sub = {.registration_allowed = true,
	                               .impi = &impi,
	                               .n_impi = 1,
	                               .impu = impu,
	                               .n_impu = user->n_sets,
	                               .profile = &profile,
	                               .n_profile = 1,
	                               .registration = registration,
	                               .n_registration = user->n_sets};

	for (unsigned set = 0; set < user->n_sets; set++) {
		impu[set] = (struct ims_impu){
			.name = user->impu[set], .irs = set + 1, .position = 1, .psi_active = true};
		registration[set] = (struct ims_registration){.impi = 1, .irs = set + 1};
	}
	assert_int_equal(seal_wrap(kit->seal, user->impi, &user->key, &impi.key), HSS_OK);
	assert_int_equal(store_subscription_put(store, &sub), HSS_OK);
}

void kit_database_make(struct kit *kit, unsigned n)
{
	struct store *store = NULL;

	assert_int_equal(store_open(kit->database, STORE_CREATE, &store), HSS_OK);
	assert_int_equal(store_begin(store), HSS_OK);
	for (unsigned i = 0; i < n; i++) {
		user_put(kit, store, i);
	}
	assert_int_equal(store_commit(store), HSS_OK);
	store_close(store);
}

struct cx_env kit_env(const struct kit *kit)
{
	return (struct cx_env){.policy = &kit->conf.policy,
	                       .now = time(NULL),
	                       .auc = kit->auc,
	                       .rng = &kit->rng,
	                       .seal = kit->seal};
}

static void request_of(const struct kit *kit, struct cx_request *request, const char **impu,
                       unsigned user, uint32_t command)
{
	impu[0] = kit->user[user].impu[0];
	*request = (struct cx_request){.command = command,
	                               .session_id = "s",
	                               .origin_host = host,
	                               .origin_realm = realm,
	                               .destination_realm = realm,
	                               .impi = kit->user[user].impi,
	                               .impu = impu,
	                               .n_impu = 1};
}

void kit_mar_request(const struct kit *kit, struct cx_request *request, const char **impu,
                     unsigned user, unsigned n_vectors)
{
	request_of(kit, request, impu, user, CX_CMD_MAR);
	request->mar = (struct cx_mar){.server_name = server_name[user / 2 % 2],
	                               .scheme = CX_SCHEME_AKA_V1,
	                               .scheme_name = "Digest-AKAv1-MD5",
	                               .n_vectors = n_vectors};
}

static const char **impu_list(struct worker_job *job)
{
	const char **impu = arena_array(&job->arena, 1, sizeof(char *));

	assert_non_null(impu);
	return impu;
}

void kit_mar(const struct kit *kit, struct worker_job *job, unsigned user, unsigned n_vectors)
{
	kit_mar_request(kit, &job->request, impu_list(job), user, n_vectors);
}

static void sqn_octets(uint64_t sqn, uint8_t out[static AUC_SQN_LEN])
{
	for (size_t i = AUC_SQN_LEN; i > 0; i--) {
		out[i - 1] = (uint8_t)sqn;
		sqn >>= 8;
	}
}

void kit_resync(const struct kit *kit, struct worker_job *job, unsigned user, uint64_t sqn_ms,
                const uint8_t rand[static AUC_RAND_LEN])
{
	const struct auc_key *key = &kit->user[user].key;
	struct cx_mar *mar = &job->request.mar;
	uint8_t ak[AUC_AK_LEN];

	kit_mar(kit, job, user, 1);
	mar->resync = true;
	memcpy(mar->rand, rand, AUC_RAND_LEN);
	sqn_octets(sqn_ms, mar->auts);
	assert_int_equal(milenage_f5star(kit->auc, key, rand, ak), AUC_OK);
	assert_int_equal(milenage_f1star(kit->auc, key, rand, sqn_ms, milenage_amf_resync,
	                                 mar->auts + AUC_SQN_LEN),
	                 AUC_OK);
	for (size_t i = 0; i < AUC_SQN_LEN; i++) {
		mar->auts[i] ^= ak[i];
	}
}

void kit_sar(const struct kit *kit, struct worker_job *job, unsigned user, uint32_t type)
{
	request_of(kit, &job->request, impu_list(job), user, CX_CMD_SAR);
	job->request.sar = (struct cx_sar){.server_name = server_name[user / 2 % 2], .type = type};
}

uint64_t kit_sqn(const struct kit *kit, unsigned user, const struct auc_vector *vector)
{
	uint8_t ak[AUC_AK_LEN];
	uint64_t sqn = 0;

	if (milenage_f5(kit->auc, &kit->user[user].key, vector->rand, ak) != AUC_OK) {
		return UINT64_MAX;
	}
	for (size_t i = 0; i < AUC_SQN_LEN; i++) {
		sqn = sqn << 8 | (uint8_t)(vector->autn[i] ^ ak[i]);
	}
	return sqn;
}

static json_t *hex(const uint8_t *octets, size_t n)
{
	char text[2 * AUC_K_LEN + 1];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(text + 2 * i, 3, "%02x", octets[i]);
	}
	return json_string(text);
}

static json_t *document(const struct kit_user *user)
{
	json_t *sets = json_array();

	for (unsigned set = 0; set < user->n_sets; set++) {
		(void)json_array_append_new(
			sets, json_pack("{s:[{s:s}]}", "impus", "impu", user->impu[set]));
	}
	return json_pack("{s:[{s:s, s:o, s:o}], s:o}", "impis", "impi", user->impi, "k",
	                 hex(user->key.k, AUC_K_LEN), "opc", hex(user->key.opc, AUC_OPC_LEN),
	                 "sets", sets);
}

json_t *kit_add_request(const struct kit *kit, unsigned first, unsigned n, bool if_absent)
{
	json_t *rows = json_array();
	json_t *request = NULL;

	for (unsigned i = first; i < first + n; i++) {
		(void)json_array_append_new(rows, document(&kit->user[i]));
	}
	request = json_pack("{s:s, s:o, s:b}", "op", "subscriber.add", "subscribers", rows,
	                    "if_absent", if_absent);
	assert_non_null(request);
	return request;
}

json_t *kit_delete_request(const struct kit *kit, unsigned user)
{
	json_t *request = json_pack("{s:s, s:s}", "op", "subscriber.delete", "identity",
	                            kit->user[user].impi);

	assert_non_null(request);
	return request;
}

/* Each gives 0 in a sound database. */
static const struct {
	const char *name;
	const char *sql;
} invariants[] = {
	{"the pages are damaged",
         "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"},
	{"a foreign key leads nowhere", "SELECT count(*) FROM pragma_foreign_key_check"},
	{"an IMPI without a subscription or registration",
         "SELECT count(*) FROM impi i LEFT JOIN subscription s ON s.id = i.subscription_id "
         "LEFT JOIN registration r ON r.subscription_id = s.id AND r.impi = i.no "
         "WHERE s.id IS NULL OR r.impi IS NULL"},
	{"a registration without its IMPI or set",
         "SELECT count(*) FROM registration r LEFT JOIN impi i ON i.subscription_id = "
         "r.subscription_id AND i.no = r.impi LEFT JOIN impu u ON u.subscription_id = "
         "r.subscription_id AND u.irs = r.irs WHERE i.no IS NULL OR u.irs IS NULL"},
	{"a subscription without an IMPI",
         "SELECT count(*) FROM subscription WHERE id NOT IN (SELECT subscription_id FROM impi)"},
	{"an S-CSCF or peer is missing",
         "SELECT count(*) FROM registration WHERE (scscf IS NOT NULL AND scscf NOT IN (SELECT id "
         "FROM scscf)) OR (sqn_scscf IS NOT NULL AND sqn_scscf NOT IN (SELECT id FROM scscf)) OR "
         "(peer IS NOT NULL AND peer NOT IN (SELECT id FROM diameter_peer))"},
	{"copies of an SQN or S-CSCF differ",
         "SELECT count(*) FROM (SELECT 1 FROM registration GROUP BY subscription_id, impi HAVING "
         "min(sqn) <> max(sqn) OR min(ifnull(scscf, 0)) <> max(ifnull(scscf, 0)))"},
};

int64_t kit_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t value = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		value = sqlite3_column_int64(stmt, 0);
	}
	(void)sqlite3_finalize(stmt);
	return value;
}

const char *kit_broken_invariant(sqlite3 *db)
{
	for (size_t i = 0; i < sizeof(invariants) / sizeof(invariants[0]); i++) {
		if (kit_number(db, invariants[i].sql) != 0) {
			return invariants[i].name;
		}
	}
	return NULL;
}
