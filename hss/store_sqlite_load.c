/* The SQLite backend: loading. */
#include "hss/store_sqlite.h"

#include <stdlib.h>
#include <string.h>

/* A row that no program of ours wrote. The store as such is well: others can go on. */
static enum hss_err bad_row(struct store_sqlite *db, int64_t id, const char *what)
{
	return store_refuse(&db->base, HSS_ERR_INVALID, "%s: load: subscription %lld: %s", db->path,
	                    (long long)id, what);
}

/* The columns of IMPI_COLUMNS. */
static enum hss_err impi_read(struct store_sqlite *db, sqlite3_stmt *stmt, struct arena *arena,
                              struct ims_impi *impi)
{
	const void *key = sqlite3_column_blob(stmt, 2);
	const int key_len = sqlite3_column_bytes(stmt, 2);
	const void *amf = sqlite3_column_blob(stmt, 3);
	const void *ha1 = sqlite3_column_blob(stmt, 7);
	const int ha1_len = sqlite3_column_bytes(stmt, 7);
	enum hss_err err = HSS_OK;

	if ((key != NULL && key_len != SEAL_KEY_LEN) || (ha1 != NULL && ha1_len != SEAL_KEY_LEN) ||
	    amf == NULL || sqlite3_column_bytes(stmt, 3) != AUC_AMF_LEN) {
		return bad_row(db, sqlite3_column_int64(stmt, 5), "key or AMF of wrong length");
	}
	impi->no = (unsigned)sqlite3_column_int64(stmt, 0);
	impi->has_key = key != NULL;
	if (key != NULL) {
		memcpy(impi->key.octets, key, sizeof(impi->key.octets));
	}
	memcpy(impi->amf, amf, sizeof(impi->amf));
	impi->scheme = (enum ims_scheme)sqlite3_column_int(stmt, 4);
	impi->schemes = (unsigned)sqlite3_column_int(stmt, 6);
	impi->has_ha1 = ha1 != NULL;
	if (ha1 != NULL) {
		memcpy(impi->ha1.octets, ha1, sizeof(impi->ha1.octets));
		err = sqlite_text(db, stmt, 8, arena, &impi->digest_realm);
	}
	return err == HSS_OK ? sqlite_text(db, stmt, 1, arena, &impi->name) : err;
}

/* The columns of IMPU_COLUMNS but the profile. */
static enum hss_err impu_read(struct store_sqlite *db, sqlite3_stmt *stmt, struct arena *arena,
                              struct ims_impu *impu)
{
	enum hss_err err = sqlite_text(db, stmt, 0, arena, &impu->name);

	impu->irs = (unsigned)sqlite3_column_int64(stmt, 1);
	impu->position = (unsigned)sqlite3_column_int64(stmt, 2);
	impu->kind = (enum impu_kind)sqlite3_column_int(stmt, 3);
	impu->barred = sqlite3_column_int(stmt, 4) != 0;
	impu->psi_active = sqlite3_column_int(stmt, 5) != 0;
	impu->loose_route = sqlite3_column_int(stmt, 11) != 0;
	impu->privileged_sender = sqlite3_column_int(stmt, 12) != 0;
	if (err == HSS_OK) {
		err = sqlite_text(db, stmt, 6, arena, &impu->as_name);
	}
	if (err == HSS_OK) {
		err = sqlite_text(db, stmt, 10, arena, &impu->alias_group);
	}
	return err == HSS_OK ? sqlite_text(db, stmt, 7, arena, &impu->display_name) : err;
}

/* The index of a profile in the snapshot, loading it when it is not there yet. */
static enum hss_err profile_index(struct store_sqlite *db, struct ims_subscription *sub, int64_t id,
                                  bool full, unsigned *index)
{
	enum hss_err err = HSS_OK;
	bool found = false;

	for (size_t i = 0; i < sub->n_profile; i++) {
		if (sub->profile[i].id == id) {
			*index = (unsigned)i;
			return HSS_OK;
		}
	}
	sub->profile =
		sqlite_grow(&sub->arena, sub->profile, sub->n_profile, sizeof(*sub->profile));
	if (sub->profile == NULL) {
		return sqlite_no_memory(db);
	}
	err = sqlite_profile_load(db, id, full, &sub->arena, &sub->profile[sub->n_profile], &found);
	if (err == HSS_OK && !found) {
		err = bad_row(db, sub->id, "an IMPU has a service profile that is missing");
	}
	if (err == HSS_OK) {
		*index = (unsigned)sub->n_profile++;
	}
	return err;
}

enum hss_err sqlite_load_rows(struct store_sqlite *db, int64_t id)
{
	sqlite3_stmt *stmt = db->stmt[SQL_REGISTRATIONS];
	enum hss_err err = sqlite_bind_id(db, stmt, id);
	bool row = true;

	db->rows_id = 0;
	db->n_rows = 0;
	while (err == HSS_OK && (err = sqlite_step(db, "load", stmt, &row)) == HSS_OK && row) {
		if (db->n_rows == REG_ROWS_MAX) {
			err = bad_row(db, id, "too many registrations");
			break;
		}
		db->rows[db->n_rows++] = (struct reg_row){
			.impi = (unsigned)sqlite3_column_int64(stmt, 0),
			.irs = (unsigned)sqlite3_column_int64(stmt, 1),
			.state = sqlite3_column_int(stmt, 2),
			.pending_since = sqlite3_column_int64(stmt, 3),
			.sqn = sqlite3_column_int64(stmt, 4),
			.sqn_scscf = sqlite3_column_int64(stmt, 5),
			.scscf = sqlite3_column_int64(stmt, 6),
			.peer = sqlite3_column_int64(stmt, 7),
			.features = sqlite3_column_int64(stmt, 8),
			.reassign = sqlite3_column_int(stmt, 9),
			.auth_since = sqlite3_column_int64(stmt, 10),
			.auth_count = sqlite3_column_int64(stmt, 11),
		};
	}
	sqlite_done(stmt);
	if (err == HSS_OK) {
		db->rows_id = id;
	}
	return err;
}

static enum hss_err interned(struct store_sqlite *db, enum intern_kind kind, int64_t id,
                             struct arena *arena, const char **a, const char **b)
{
	const char *text_a = NULL;
	const char *text_b = NULL;
	enum hss_err err = HSS_OK;

	if (id == 0) {
		return HSS_OK;
	}
	err = sqlite_intern_text(db, kind, id, &text_a, &text_b);
	if (err != HSS_OK) {
		return err;
	}
	*a = arena_text(arena, text_a, strlen(text_a));
	if (*a != NULL && b != NULL && text_b[0] != '\0') {
		*b = arena_text(arena, text_b, strlen(text_b));
		return *b != NULL ? HSS_OK : sqlite_no_memory(db);
	}
	return *a != NULL ? HSS_OK : sqlite_no_memory(db);
}

/* Likewise of the vectors counted: the latest window, and there the highest count. */
static void auth_apply(const struct store_sqlite *db, struct ims_impi *impi)
{
	for (size_t i = 0; i < db->n_rows; i++) {
		const struct reg_row *row = &db->rows[i];

		if (row->impi == impi->no &&
		    (row->auth_since > impi->auth_since ||
		     (row->auth_since == impi->auth_since && row->auth_count > impi->auth_count))) {
			impi->auth_since = row->auth_since;
			impi->auth_count = (uint32_t)row->auth_count;
		}
	}
}

/* The SQN of an IMPI is the highest of its copies. */
static enum hss_err sqn_apply(struct store_sqlite *db, struct ims_subscription *sub,
                              struct ims_impi *impi)
{
	const struct reg_row *best = NULL;

	for (size_t i = 0; i < db->n_rows; i++) {
		const struct reg_row *row = &db->rows[i];

		if (row->impi == impi->no && (best == NULL || row->sqn > best->sqn)) {
			best = row;
		}
	}
	if (best == NULL) {
		return bad_row(db, sub->id, "an IMPI has no implicit registration set");
	}
	if (best->sqn < 0 || (uint64_t)best->sqn > AUC_SQN_MAX) {
		return bad_row(db, sub->id, "an SQN is not of 48 bits");
	}
	impi->sqn = (uint64_t)best->sqn;
	auth_apply(db, impi);
	return interned(db, INTERN_SCSCF, best->sqn_scscf, &sub->arena, &impi->sqn_scscf, NULL);
}

static enum hss_err registrations_apply(struct store_sqlite *db, struct ims_subscription *sub)
{
	enum hss_err err = HSS_OK;

	if (db->n_rows == 0) {
		return bad_row(db, sub->id, "it has no registration");
	}
	sub->registration = arena_array(&sub->arena, db->n_rows, sizeof(*sub->registration));
	if (sub->registration == NULL) {
		return sqlite_no_memory(db);
	}
	for (size_t i = 0; i < db->n_rows; i++) {
		sub->registration[i] = (struct ims_registration){
			.impi = db->rows[i].impi,
			.irs = db->rows[i].irs,
			.state = (enum ims_state)db->rows[i].state,
			.pending_since = db->rows[i].pending_since,
		};
	}
	sub->n_registration = db->n_rows;
	sub->scscf_features = (uint32_t)db->rows[0].features;
	sub->reassignment_pending = db->rows[0].reassign != 0;
	err = interned(db, INTERN_SCSCF, db->rows[0].scscf, &sub->arena, &sub->scscf_name, NULL);
	if (err == HSS_OK) {
		err = interned(db, INTERN_PEER, db->rows[0].peer, &sub->arena, &sub->scscf_host,
		               &sub->scscf_realm);
	}
	for (size_t i = 0; err == HSS_OK && i < sub->n_impi; i++) {
		err = sqn_apply(db, sub, &sub->impi[i]);
	}
	return err;
}

static enum hss_err load_impis(struct store_sqlite *db, struct ims_subscription *sub)
{
	sqlite3_stmt *stmt = db->stmt[SQL_IMPIS];
	enum hss_err err = sqlite_bind_id(db, stmt, sub->id);
	bool row = true;

	while (err == HSS_OK && (err = sqlite_step(db, "load", stmt, &row)) == HSS_OK && row) {
		sub->impi = sqlite_grow(&sub->arena, sub->impi, sub->n_impi, sizeof(*sub->impi));
		if (sub->impi == NULL) {
			err = sqlite_no_memory(db);
		} else if (sub->n_impi == IMS_IMPI_MAX) {
			err = bad_row(db, sub->id, "too many IMPIs");
		} else {
			err = impi_read(db, stmt, &sub->arena, &sub->impi[sub->n_impi++]);
		}
	}
	sqlite_done(stmt);
	return err;
}

static enum hss_err load_impus(struct store_sqlite *db, struct ims_subscription *sub)
{
	sqlite3_stmt *stmt = db->stmt[SQL_IMPUS];
	enum hss_err err = sqlite_bind_id(db, stmt, sub->id);
	bool row = true;

	while (err == HSS_OK && (err = sqlite_step(db, "load", stmt, &row)) == HSS_OK && row) {
		struct ims_impu *impu = NULL;

		sub->impu = sqlite_grow(&sub->arena, sub->impu, sub->n_impu, sizeof(*sub->impu));
		if (sub->impu == NULL) {
			err = sqlite_no_memory(db);
			break;
		}
		if (sub->n_impu == IMS_IMPU_MAX) {
			err = bad_row(db, sub->id, "too many IMPUs");
			break;
		}
		impu = &sub->impu[sub->n_impu++];
		err = impu_read(db, stmt, &sub->arena, impu);
		if (err == HSS_OK) {
			err = profile_index(db, sub, sqlite3_column_int64(stmt, 8), true,
			                    &impu->profile);
		}
	}
	sqlite_done(stmt);
	return err;
}

static enum hss_err load_visited(struct store_sqlite *db, struct ims_subscription *sub)
{
	sqlite3_stmt *stmt = db->stmt[SQL_VISITED];
	enum hss_err err = sqlite_bind_id(db, stmt, sub->id);
	bool row = true;

	while (err == HSS_OK && (err = sqlite_step(db, "load", stmt, &row)) == HSS_OK && row) {
		sub->visited = sqlite_grow(&sub->arena, sub->visited, sub->n_visited,
		                           sizeof(*sub->visited));
		if (sub->visited == NULL) {
			err = sqlite_no_memory(db);
		} else if (sub->n_visited == IMS_VISITED_MAX) {
			err = bad_row(db, sub->id, "too many visited networks");
		} else {
			err = sqlite_text(db, stmt, 0, &sub->arena,
			                  &sub->visited[sub->n_visited++]);
		}
	}
	sqlite_done(stmt);
	return err;
}

static enum hss_err load_restorations(struct store_sqlite *db, struct ims_subscription *sub)
{
	struct binder binder = {.stmt = db->stmt[SQL_RESTORATIONS]};
	enum hss_err err = HSS_OK;
	bool row = true;

	binder_int(&binder, sub->id);
	while (err == HSS_OK && (err = binder_step(db, &binder, "load", &row)) == HSS_OK && row) {
		const void *info = sqlite3_column_blob(binder.stmt, 2);
		const size_t len = (size_t)sqlite3_column_bytes(binder.stmt, 2);
		void *octets = info != NULL ? arena_alloc(&sub->arena, len) : NULL;

		sub->restoration = sqlite_grow(&sub->arena, sub->restoration, sub->n_restoration,
		                               sizeof(*sub->restoration));
		if (octets == NULL || sub->restoration == NULL) {
			err = sqlite_no_memory(db);
			break;
		}
		memcpy(octets, info, len);
		sub->restoration[sub->n_restoration++] = (struct ims_restoration){
			.impi = (unsigned)sqlite3_column_int64(binder.stmt, 0),
			.irs = (unsigned)sqlite3_column_int64(binder.stmt, 1),
			.octets = octets,
			.len = len,
		};
	}
	sqlite_done(binder.stmt);
	return err;
}

/* What a subscription's own row says. */
struct head {
	int64_t charging; /* ids; 0: none */
	int64_t capabilities;
	bool restoration; /* there is some */
};

static enum hss_err load_head(struct store_sqlite *db, int64_t id, struct ims_subscription *sub,
                              struct head *head)
{
	sqlite3_stmt *stmt = db->stmt[SQL_SUBSCRIPTION];
	enum hss_err err = sqlite_bind_id(db, stmt, id);
	bool row = false;

	if (err == HSS_OK) {
		err = sqlite_step(db, "load", stmt, &row);
	}
	if (err == HSS_OK && row) {
		sub->id = id;
		sub->registration_allowed = sqlite3_column_int(stmt, 0) != 0;
		head->charging = sqlite3_column_int64(stmt, 1);
		head->capabilities = sqlite3_column_int64(stmt, 2);
		head->restoration = sqlite3_column_int(stmt, 3) != 0;
	} else if (err == HSS_OK) {
		err = store_refuse(&db->base, HSS_ERR_NOT_FOUND, "%s: load: no subscription %lld",
		                   db->path, (long long)id);
	}
	sqlite_done(stmt);
	return err;
}

/* What few subscriptions have costs a statement only where it is there. */
static enum hss_err load_optional(struct store_sqlite *db, struct ims_subscription *sub,
                                  const struct head *head)
{
	enum hss_err err = HSS_OK;

	if (head->charging != 0) {
		err = sqlite_charging_load(db, head->charging, &sub->arena, &sub->charging);
	}
	if (err == HSS_OK && head->capabilities != 0) {
		err = sqlite_capabilities_load(db, sub->id, &sub->arena, &sub->capabilities);
	}
	return err == HSS_OK && head->restoration ? load_restorations(db, sub) : err;
}

enum hss_err sqlite_load_full(struct store_sqlite *db, int64_t id, struct ims_subscription *sub)
{
	enum hss_err (*const parts[])(struct store_sqlite *, struct ims_subscription *) = {
		load_impis, load_impus, load_visited};
	struct head head = {0};
	enum hss_err err = load_head(db, id, sub, &head);

	for (size_t i = 0; err == HSS_OK && i < sizeof(parts) / sizeof(parts[0]); i++) {
		err = parts[i](db, sub);
	}
	if (err == HSS_OK) {
		err = load_optional(db, sub, &head);
	}
	if (err == HSS_OK) {
		err = sqlite_load_rows(db, id);
	}
	return err == HSS_OK ? registrations_apply(db, sub) : err;
}

/* The identities of a request, while they are looked up. */
struct look_up {
	struct store_sqlite *db;
	struct ims_subscription *sub;
	enum store_view view;
	struct ims_impu *impu; /* of any subscription: what asked_impu is about */
	int64_t *owner;        /* its subscription; 0: no such IMPU */
	int64_t *profile;      /* id of its profile */
};

static enum hss_err look_up_impi(const struct look_up *look, const char *name)
{
	struct ims_subscription *sub = look->sub;
	sqlite3_stmt *stmt = look->db->stmt[SQL_IMPI_BY_NAME];
	enum hss_err err = sqlite_bind_name(look->db, stmt, name);
	bool row = false;

	if (err == HSS_OK) {
		err = sqlite_step(look->db, "load", stmt, &row);
	}
	if (err == HSS_OK && row) {
		sub->id = sqlite3_column_int64(stmt, 5);
		sub->impi = arena_alloc(&sub->arena, sizeof(*sub->impi));
		err = sub->impi == NULL ? sqlite_no_memory(look->db)
		                        : impi_read(look->db, stmt, &sub->arena, sub->impi);
		sub->n_impi = err == HSS_OK;
		sub->asked_impi.match = IMS_MATCH_OWN;
	}
	sqlite_done(stmt);
	return err;
}

/* *wildcards: it is not there, but may be meant by a wildcarded one. */
static enum hss_err look_up_name(const struct look_up *look, const char *name, size_t at,
                                 bool *wildcards)
{
	sqlite3_stmt *stmt = look->db->stmt[SQL_IMPU_BY_NAME];
	enum hss_err err = sqlite_bind_name(look->db, stmt, name);
	bool row = false;

	if (err == HSS_OK) {
		err = sqlite_step(look->db, "load", stmt, &row);
	}
	*wildcards = row && sqlite3_column_int(stmt, 13) != 0;
	if (err == HSS_OK && row && sqlite3_column_type(stmt, 0) != SQLITE_NULL) {
		look->owner[at] = sqlite3_column_int64(stmt, 9);
		look->profile[at] = sqlite3_column_int64(stmt, 8);
		if (look->sub->id == 0) {
			look->sub->id = look->owner[at];
		}
		err = impu_read(look->db, stmt, &look->sub->arena, &look->impu[at]);
	}
	sqlite_done(stmt);
	return err;
}

static enum hss_err look_up_impu(const struct look_up *look, const char *name, size_t at)
{
	const char *wildcarded = NULL;
	bool wildcards = false;
	enum hss_err err = look_up_name(look, name, at, &wildcards);

	if (err == HSS_OK && wildcards) {
		err = sqlite_wildcard_find(look->db, name, &look->sub->arena, &wildcarded);
	}
	return err == HSS_OK && wildcarded != NULL ? look_up_name(look, wildcarded, at, &wildcards)
	                                           : err;
}

static int impu_compare(const void *a, const void *b)
{
	const struct ims_impu *impu_a = a;
	const struct ims_impu *impu_b = b;

	if (impu_a->irs != impu_b->irs) {
		return impu_a->irs < impu_b->irs ? -1 : 1;
	}
	return impu_a->position == impu_b->position
	               ? 0
	               : (impu_a->position < impu_b->position ? -1 : 1);
}

static struct ims_impu *impu_find(const struct ims_subscription *sub, const struct ims_impu *key)
{
	return sub->n_impu == 0 ? NULL
	                        : bsearch(key, sub->impu, sub->n_impu, sizeof(*key), impu_compare);
}

/* For all views but the full one: the IMPUs asked for are the ones loaded, each once, in order. */
static enum hss_err impus_keep(const struct look_up *look)
{
	struct ims_subscription *sub = look->sub;
	enum hss_err err = HSS_OK;

	sub->impu = arena_array(&sub->arena, sub->n_asked_impu, sizeof(*sub->impu));
	if (sub->impu == NULL) {
		return sqlite_no_memory(look->db);
	}
	for (size_t i = 0; err == HSS_OK && i < sub->n_asked_impu; i++) {
		if (look->owner[i] != sub->id || impu_find(sub, &look->impu[i]) != NULL) {
			continue;
		}
		if (look->view == STORE_VIEW_LOCATE) {
			err = profile_index(look->db, sub, look->profile[i], false,
			                    &look->impu[i].profile);
		}
		sub->impu[sub->n_impu++] = look->impu[i];
		qsort(sub->impu, sub->n_impu, sizeof(*sub->impu), impu_compare);
	}
	return err;
}

static bool needs_all(const struct look_up *look)
{
	bool all = look->view == STORE_VIEW_FULL;

	if (look->view != STORE_VIEW_ADMIT || look->owner == NULL) {
		return all;
	}
	for (size_t i = 0; i < look->sub->n_asked_impu; i++) {
		all = all || (look->owner[i] == look->sub->id && look->impu[i].barred);
	}
	return all;
}

/* All of the subscription, in place of the IMPI that was looked up. */
static enum hss_err load_all(const struct look_up *look)
{
	struct ims_subscription *sub = look->sub;
	const unsigned impi_no = sub->n_impi != 0 ? sub->impi[0].no : 0;
	enum hss_err err = HSS_OK;

	sub->impi = NULL;
	sub->n_impi = 0;
	err = sqlite_load_full(look->db, sub->id, sub);
	for (size_t i = 0; err == HSS_OK && i < sub->n_impi; i++) {
		if (sub->impi[i].no == impi_no) {
			sub->asked_impi.index = i;
		}
	}
	return err;
}

/* For UAR: whether, from where, and with which S-CSCF it may register. */
static enum hss_err load_admission(struct store_sqlite *db, struct ims_subscription *sub)
{
	struct head head = {0};
	enum hss_err err = load_head(db, sub->id, sub, &head);

	if (err == HSS_OK) {
		err = load_visited(db, sub);
	}
	return err == HSS_OK && head.capabilities != 0
	               ? sqlite_capabilities_load(db, sub->id, &sub->arena, &sub->capabilities)
	               : err;
}

static bool is_served(const struct ims_subscription *sub)
{
	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].state != IMS_NOT_REGISTERED) {
			return true;
		}
	}
	return false;
}

static enum hss_err load_rest(const struct look_up *look)
{
	struct ims_subscription *sub = look->sub;
	enum hss_err err = HSS_OK;

	if (needs_all(look)) {
		return load_all(look);
	}
	if (look->owner != NULL) {
		err = impus_keep(look);
	}
	if (err == HSS_OK && look->view == STORE_VIEW_ADMIT) {
		err = load_admission(look->db, sub);
	}
	if (err == HSS_OK) {
		err = sqlite_load_rows(look->db, sub->id);
	}
	if (err == HSS_OK) {
		err = registrations_apply(look->db, sub);
	}
	/* Only when no S-CSCF serves the subscription one has to be chosen (TS 29.228 6.1.4.1). */
	if (err == HSS_OK && look->view == STORE_VIEW_LOCATE && !is_served(sub)) {
		err = sqlite_capabilities_load(look->db, sub->id, &sub->arena, &sub->capabilities);
	}
	return err;
}

static enum hss_err look_up_all(struct look_up *look, const char *impi, const char *const *impu,
                                size_t n_impu)
{
	struct ims_subscription *sub = look->sub;
	enum hss_err err = HSS_OK;

	if (n_impu != 0) {
		look->impu = arena_array(&sub->arena, n_impu, sizeof(*look->impu));
		look->owner = arena_array(&sub->arena, n_impu, sizeof(*look->owner));
		look->profile = arena_array(&sub->arena, n_impu, sizeof(*look->profile));
		sub->asked_impu = arena_array(&sub->arena, n_impu, sizeof(*sub->asked_impu));
		if (look->impu == NULL || look->owner == NULL || look->profile == NULL ||
		    sub->asked_impu == NULL) {
			return sqlite_no_memory(look->db);
		}
	}
	sub->n_asked_impu = n_impu;
	if (impi != NULL) {
		err = look_up_impi(look, impi);
	}
	for (size_t i = 0; err == HSS_OK && i < n_impu; i++) {
		err = look_up_impu(look, impu[i], i);
	}
	return err == HSS_OK && sub->id != 0 ? load_rest(look) : err;
}

static void report_asked(const struct look_up *look)
{
	struct ims_subscription *sub = look->sub;

	for (size_t i = 0; i < sub->n_asked_impu; i++) {
		const struct ims_impu *own = NULL;

		if (look->owner[i] == 0) {
			continue;
		}
		own = look->owner[i] == sub->id ? impu_find(sub, &look->impu[i]) : NULL;
		sub->asked_impu[i].match = own != NULL ? IMS_MATCH_OWN : IMS_MATCH_OTHER;
		sub->asked_impu[i].index = own != NULL ? (size_t)(own - sub->impu) : 0;
	}
}

enum hss_err sqlite_subscription_load(struct store *store, const char *impi,
                                      const char *const *impu, size_t n_impu, enum store_view view,
                                      struct ims_subscription *sub)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct look_up look = {.db = db, .sub = sub, .view = view};
	enum hss_err err = sqlite_act_begin(db, false);

	if (err == HSS_OK) {
		err = sqlite_act_end(db, false, look_up_all(&look, impi, impu, n_impu));
	}
	if (err == HSS_OK) {
		report_asked(&look);
	} else {
		ims_subscription_reset(sub);
	}
	return err;
}

enum hss_err sqlite_subscription_get(struct store *store, int64_t id, struct ims_subscription *sub)
{
	struct store_sqlite *db = store_sqlite_of(store);
	enum hss_err err = sqlite_act_begin(db, false);

	if (err == HSS_OK) {
		err = sqlite_act_end(db, false, sqlite_load_full(db, id, sub));
	}
	if (err != HSS_OK) {
		ims_subscription_reset(sub);
	}
	return err;
}

enum hss_err sqlite_subscription_ids(struct store *store, int64_t after, int64_t *ids, size_t max,
                                     size_t *n)
{
	struct store_sqlite *db = store_sqlite_of(store);
	sqlite3_stmt *stmt = db->stmt[SQL_SUBSCRIPTION_IDS];
	int rc = sqlite3_bind_int64(stmt, 2, max < INT64_MAX ? (int64_t)max : INT64_MAX);
	enum hss_err err =
		rc == SQLITE_OK ? sqlite_bind_id(db, stmt, after) : sqlite_fail(db, "load", rc);
	bool row = true;
	size_t got = 0;

	while (err == HSS_OK && (err = sqlite_step(db, "load", stmt, &row)) == HSS_OK && row) {
		ids[got++] = sqlite3_column_int64(stmt, 0);
	}
	sqlite_done(stmt);
	if (err == HSS_OK) {
		*n = got;
	}
	return err;
}

enum hss_err sqlite_subscription_count(struct store *store, uint64_t *n)
{
	struct store_sqlite *db = store_sqlite_of(store);
	sqlite3_stmt *stmt = db->stmt[SQL_SUBSCRIPTION_COUNT];
	bool row = false;
	enum hss_err err = sqlite_step(db, "count", stmt, &row);

	if (err == HSS_OK) {
		*n = (uint64_t)sqlite3_column_int64(stmt, 0);
	}
	sqlite_done(stmt);
	return err;
}
