/* The SQLite backend: saving and provisioning. */
#include "hss/store_sqlite.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int reg_compare(const void *a, const void *b)
{
	const struct reg_row *row_a = a;
	const struct reg_row *row_b = b;

	if (row_a->impi != row_b->impi) {
		return row_a->impi < row_b->impi ? -1 : 1;
	}
	return row_a->irs == row_b->irs ? 0 : (row_a->irs < row_b->irs ? -1 : 1);
}

static const struct reg_row *reg_find(const struct reg_row *rows, size_t n, unsigned impi,
                                      unsigned irs)
{
	const struct reg_row key = {.impi = impi, .irs = irs};

	return bsearch(&key, rows, n, sizeof(key), reg_compare);
}

static bool reg_same(const struct reg_row *a, const struct reg_row *b)
{
	return a->state == b->state && a->pending_since == b->pending_since && a->sqn == b->sqn &&
	       a->sqn_scscf == b->sqn_scscf && a->scscf == b->scscf && a->peer == b->peer &&
	       a->features == b->features && a->reassign == b->reassign &&
	       a->auth_since == b->auth_since && a->auth_count == b->auth_count;
}

static enum hss_err reg_write(struct store_sqlite *db, enum sql sql, int64_t id,
                              const struct reg_row *row)
{
	struct binder binder = {.stmt = db->stmt[sql]};

	binder_int(&binder, row->impi);
	binder_int(&binder, row->irs);
	binder_int(&binder, row->state);
	binder_int(&binder, row->pending_since);
	binder_int(&binder, row->sqn);
	binder_id(&binder, row->sqn_scscf);
	binder_id(&binder, row->scscf);
	binder_id(&binder, row->peer);
	binder_int(&binder, row->features);
	binder_int(&binder, row->reassign);
	binder_int(&binder, row->auth_since);
	binder_int(&binder, row->auth_count);
	binder_int(&binder, id);
	return binder_run(db, &binder, "save");
}

/* The numbers of what belongs to the subscription as a whole. */
struct assigned {
	int64_t scscf;
	int64_t peer;
};

static enum hss_err assigned_of(struct store_sqlite *db, const struct ims_subscription *sub,
                                struct assigned *out)
{
	enum hss_err err = HSS_OK;

	*out = (struct assigned){0};
	if (sub->scscf_name != NULL) {
		err = sqlite_intern_id(db, INTERN_SCSCF, sub->scscf_name, "", &out->scscf);
	}
	if (err == HSS_OK && sub->scscf_host != NULL) {
		err = sqlite_intern_id(db, INTERN_PEER, sub->scscf_host,
		                       sub->scscf_realm != NULL ? sub->scscf_realm : "",
		                       &out->peer);
	}
	return err;
}

/*
 * The row as the snapshot has it. What the snapshot does not carry (SQN and count of an IMPI that
 * was not asked for) stays as it is in the row.
 */
static enum hss_err reg_wanted(struct store_sqlite *db, const struct ims_subscription *sub,
                               const struct assigned *assigned, struct reg_row *row)
{
	const struct ims_registration *reg = ims_registration_of(sub, row->impi, row->irs);
	enum hss_err err = HSS_OK;

	row->scscf = assigned->scscf;
	row->peer = assigned->peer;
	row->features = sub->scscf_features;
	row->reassign = sub->reassignment_pending;
	if (reg != NULL) {
		row->state = (int)reg->state;
		row->pending_since = reg->pending_since;
	}
	for (size_t i = 0; i < sub->n_impi; i++) {
		if (sub->impi[i].no != row->impi) {
			continue;
		}
		row->sqn = (int64_t)sub->impi[i].sqn;
		row->auth_since = sub->impi[i].auth_since;
		row->auth_count = sub->impi[i].auth_count;
		row->sqn_scscf = 0;
		if (sub->impi[i].sqn_scscf != NULL) {
			err = sqlite_intern_id(db, INTERN_SCSCF, sub->impi[i].sqn_scscf, "",
			                       &row->sqn_scscf);
		}
	}
	return err;
}

/* db->wanted from db->rows and the snapshot; *changed receives how many differ. */
static enum hss_err save_plan(struct store_sqlite *db, const struct ims_subscription *sub,
                              size_t *changed)
{
	struct assigned assigned;
	enum hss_err err = assigned_of(db, sub, &assigned);

	*changed = 0;
	for (size_t i = 0; err == HSS_OK && i < db->n_rows; i++) {
		db->wanted[i] = db->rows[i];
		err = reg_wanted(db, sub, &assigned, &db->wanted[i]);
		*changed += !reg_same(&db->rows[i], &db->wanted[i]);
	}
	return err;
}

static enum hss_err save_changed(struct store_sqlite *db, int64_t id)
{
	enum hss_err err = HSS_OK;

	for (size_t i = 0; err == HSS_OK && i < db->n_rows; i++) {
		if (!reg_same(&db->rows[i], &db->wanted[i])) {
			err = reg_write(db, SQL_REGISTRATION_UPDATE, id, &db->wanted[i]);
			db->rows[i] = db->wanted[i];
		}
	}
	if (err != HSS_OK) {
		db->rows_id = 0;
	}
	return err;
}

/* One that is stored alike already is not written. */
static enum hss_err restoration_write(struct store_sqlite *db, int64_t id,
                                      const struct ims_restoration *restoration)
{
	const bool remove = restoration->len == 0;
	struct binder binder = {
		.stmt = db->stmt[remove ? SQL_RESTORATION_DELETE : SQL_RESTORATION_PUT]};

	binder_int(&binder, id);
	binder_int(&binder, restoration->impi);
	binder_int(&binder, restoration->irs);
	if (!remove) {
		binder_octets(&binder, restoration->octets, (int)restoration->len);
	}
	return binder_run(db, &binder, "save");
}

static enum hss_err restorations_write(struct store_sqlite *db, int64_t id,
                                       const struct ims_subscription *sub)
{
	enum hss_err err = HSS_OK;

	for (size_t i = 0; err == HSS_OK && i < sub->n_restoration; i++) {
		err = restoration_write(db, id, &sub->restoration[i]);
	}
	return err;
}

/* What S-CSCFs have to be told of the change, in its transaction. */
static enum hss_err pushes_queue(struct store_sqlite *db, int64_t id,
                                 const struct ims_subscription *sub)
{
	const int64_t now = sub->n_push != 0 ? time(NULL) : 0;
	enum hss_err err = HSS_OK;
	int64_t push = 0;

	for (size_t i = 0; err == HSS_OK && i < sub->n_push; i++) {
		err = sqlite_push_queue(db, id, &sub->push[i], now, &push);
	}
	return err;
}

/* The snapshot's registrations have to be there still. */
static enum hss_err save_has_rows(struct store_sqlite *db, const struct ims_subscription *sub)
{
	bool gone = db->n_rows == 0;

	for (size_t i = 0; !gone && i < sub->n_registration; i++) {
		gone = reg_find(db->rows, db->n_rows, sub->registration[i].impi,
		                sub->registration[i].irs) == NULL;
	}
	return gone ? store_refuse(&db->base, HSS_ERR_NOT_FOUND,
	                           "%s: save: subscription %lld or a registration of it is gone",
	                           db->path, (long long)sub->id)
	            : HSS_OK;
}

static enum hss_err save_in_transaction(struct store_sqlite *db, const struct ims_subscription *sub)
{
	size_t changed = 0;
	bool alone = false;
	enum hss_err err = db->rows_id == sub->id ? HSS_OK : sqlite_load_rows(db, sub->id);

	if (err == HSS_OK) {
		err = save_has_rows(db, sub);
	}
	if (err == HSS_OK) {
		err = save_plan(db, sub, &changed);
	}
	/* One statement is atomic by itself: the common save needs no savepoint. */
	alone = changed + sub->n_restoration + sub->n_push <= 1 || !db->base.in_transaction;
	if (err == HSS_OK && !alone) {
		err = sqlite_act_begin(db, true);
	}
	if (err == HSS_OK) {
		err = save_changed(db, sub->id);
		err = err == HSS_OK ? restorations_write(db, sub->id, sub) : err;
		err = err == HSS_OK ? pushes_queue(db, sub->id, sub) : err;
		err = alone ? err : sqlite_act_end(db, true, err);
	}
	return err;
}

enum hss_err sqlite_registration_save(struct store *store, const struct ims_subscription *sub)
{
	struct store_sqlite *db = store_sqlite_of(store);
	enum hss_err err = HSS_OK;

	if (store->in_transaction) {
		return save_in_transaction(db, sub);
	}
	err = sqlite_act_begin(db, true);
	return err == HSS_OK ? sqlite_act_end(db, true, save_in_transaction(db, sub)) : err;
}

/* A provisioning act: what is stored and what shall be. */
struct put {
	struct store_sqlite *db;
	const struct ims_subscription *sub;
	struct ims_subscription old; /* empty for a new subscription */
	int64_t id;
	int64_t profile[IMS_IMPU_MAX]; /* ids of sub->profile */
	int64_t charging;              /* 0: none */
	int64_t capabilities;
};

/* The id of an object that the snapshot refers to. */
static enum hss_err object_id(struct put *put, enum store_object kind, int64_t id, const char *name,
                              int64_t *out)
{
	static const char *const words[] = {
		[STORE_OBJECT_PROFILE] = "service profile",
		[STORE_OBJECT_CHARGING] = "charging",
		[STORE_OBJECT_CAPABILITIES] = "capabilities",
	};
	struct store_sqlite *db = put->db;
	enum hss_err err = HSS_OK;
	bool found = false;

	if (id == 0 && name == NULL) {
		return store_refuse(&db->base, HSS_ERR_INVALID,
		                    "%s: put: a %s has neither id nor name", db->path, words[kind]);
	}
	err = sqlite_object_find(db, kind, id, name, out, &found);
	return err == HSS_OK && !found
	               ? store_refuse(&db->base, HSS_ERR_NOT_FOUND, "%s: put: no %s %s", db->path,
	                              words[kind], name != NULL ? name : "of this id")
	               : err;
}

static enum hss_err put_objects(struct put *put)
{
	const struct ims_subscription *sub = put->sub;
	enum hss_err err = HSS_OK;

	for (size_t i = 0; err == HSS_OK && i < sub->n_profile; i++) {
		err = object_id(put, STORE_OBJECT_PROFILE, sub->profile[i].id, sub->profile[i].name,
		                &put->profile[i]);
	}
	if (err == HSS_OK && sub->charging != NULL) {
		err = object_id(put, STORE_OBJECT_CHARGING, sub->charging->id, sub->charging->name,
		                &put->charging);
	}
	if (err == HSS_OK && sub->capabilities != NULL) {
		err = object_id(put, STORE_OBJECT_CAPABILITIES, sub->capabilities->id,
		                sub->capabilities->name, &put->capabilities);
	}
	return err;
}

/* Whether the subscription's own row stays as it is. */
static bool head_same(const struct put *put)
{
	const struct ims_charging *charging = put->old.charging;
	const struct ims_capabilities *capabilities = put->old.capabilities;

	return put->old.registration_allowed == put->sub->registration_allowed &&
	       (charging != NULL ? charging->id : 0) == put->charging &&
	       (capabilities != NULL ? capabilities->id : 0) == put->capabilities;
}

static enum hss_err put_head(struct put *put)
{
	struct store_sqlite *db = put->db;
	const bool is_new = put->sub->id == 0;
	struct binder binder = {
		.stmt = db->stmt[is_new ? SQL_SUBSCRIPTION_INSERT : SQL_SUBSCRIPTION_UPDATE]};
	enum hss_err err = HSS_OK;

	put->id = put->sub->id;
	if (is_new) {
		db->n_rows = 0;
	} else {
		err = sqlite_load_full(db, put->id, &put->old);
		if (err != HSS_OK || head_same(put)) {
			return err;
		}
	}
	binder_int(&binder, put->sub->registration_allowed);
	binder_id(&binder, put->charging);
	binder_id(&binder, put->capabilities);
	if (!is_new) {
		binder_int(&binder, put->id);
	}
	err = binder_run(db, &binder, "put");
	if (err == HSS_OK && is_new) {
		put->id = sqlite3_last_insert_rowid(db->handle);
	}
	return err;
}

static bool text_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool sealed_same(bool has_a, const struct seal_key *a, bool has_b, const struct seal_key *b)
{
	return has_a == has_b && (!has_a || memcmp(a->octets, b->octets, sizeof(a->octets)) == 0);
}

/* Whether the subscription has this very row. */
static bool has_impi(const struct ims_subscription *sub, const struct ims_impi *impi)
{
	for (size_t i = 0; i < sub->n_impi; i++) {
		const struct ims_impi *other = &sub->impi[i];

		if (other->no == impi->no) {
			return strcmp(other->name, impi->name) == 0 &&
			       sealed_same(other->has_key, &other->key, impi->has_key,
			                   &impi->key) &&
			       sealed_same(other->has_ha1, &other->ha1, impi->has_ha1,
			                   &impi->ha1) &&
			       text_same(other->digest_realm, impi->digest_realm) &&
			       memcmp(other->amf, impi->amf, sizeof(impi->amf)) == 0 &&
			       other->scheme == impi->scheme && other->schemes == impi->schemes;
		}
	}
	return false;
}

/* The id of an IMPU's profile; in the old snapshot it is loaded, in the new one looked up. */
static int64_t profile_of(const struct put *put, const struct ims_subscription *sub,
                          const struct ims_impu *impu)
{
	return sub == &put->old ? sub->profile[impu->profile].id : put->profile[impu->profile];
}

static bool has_impu(const struct put *put, const struct ims_subscription *sub,
                     const struct ims_subscription *of, const struct ims_impu *impu)
{
	for (size_t i = 0; i < sub->n_impu; i++) {
		const struct ims_impu *other = &sub->impu[i];

		if (other->irs == impu->irs && other->position == impu->position) {
			return strcmp(other->name, impu->name) == 0 && other->kind == impu->kind &&
			       other->barred == impu->barred &&
			       other->psi_active == impu->psi_active &&
			       text_same(other->as_name, impu->as_name) &&
			       text_same(other->display_name, impu->display_name) &&
			       text_same(other->alias_group, impu->alias_group) &&
			       other->loose_route == impu->loose_route &&
			       other->privileged_sender == impu->privileged_sender &&
			       profile_of(put, sub, other) == profile_of(put, of, impu);
		}
	}
	return false;
}

/* An insertion into a table of names says EXISTS when the name is somewhere else. */
static enum hss_err insert_named(struct put *put, struct binder *binder, const char *what,
                                 const char *name)
{
	enum hss_err err = binder_run(put->db, binder, "put");

	if (err == HSS_ERR_INVALID &&
	    sqlite3_extended_errcode(put->db->handle) == SQLITE_CONSTRAINT_PRIMARYKEY) {
		err = store_refuse(&put->db->base, HSS_ERR_EXISTS,
		                   "%s: put: the %s %s belongs to another subscription",
		                   put->db->path, what, name);
	}
	return err;
}

static enum hss_err impi_insert(struct put *put, const struct ims_impi *impi)
{
	struct binder binder = {.stmt = put->db->stmt[SQL_IMPI_INSERT]};

	binder_int(&binder, impi->no);
	binder_text(&binder, impi->name);
	binder_octets(&binder, impi->has_key ? impi->key.octets : NULL, sizeof(impi->key.octets));
	binder_octets(&binder, impi->amf, sizeof(impi->amf));
	binder_int(&binder, (int)impi->scheme);
	binder_int(&binder, put->id);
	binder_int(&binder, impi->schemes);
	binder_octets(&binder, impi->has_ha1 ? impi->ha1.octets : NULL, sizeof(impi->ha1.octets));
	binder_text(&binder, impi->has_ha1 ? impi->digest_realm : NULL);
	return insert_named(put, &binder, "IMPI", impi->name);
}

static enum hss_err impu_insert(struct put *put, const struct ims_impu *impu)
{
	struct binder binder = {.stmt = put->db->stmt[SQL_IMPU_INSERT]};

	binder_text(&binder, impu->name);
	binder_int(&binder, impu->irs);
	binder_int(&binder, impu->position);
	binder_int(&binder, (int)impu->kind);
	binder_int(&binder, impu->barred);
	binder_int(&binder, impu->psi_active);
	binder_text(&binder, impu->as_name);
	binder_text(&binder, impu->display_name);
	binder_int(&binder, profile_of(put, put->sub, impu));
	binder_int(&binder, put->id);
	binder_text(&binder, impu->alias_group);
	binder_int(&binder, impu->loose_route);
	binder_int(&binder, impu->privileged_sender);
	return insert_named(put, &binder, "IMPU", impu->name);
}

/*
 * All removals come before all insertions, so that identities can change places within the
 * subscription.
 */
static enum hss_err put_removals(struct put *put)
{
	enum hss_err err = HSS_OK;

	for (size_t i = 0; err == HSS_OK && i < put->old.n_impi; i++) {
		struct binder binder = {.stmt = put->db->stmt[SQL_IMPI_DELETE]};

		if (!has_impi(put->sub, &put->old.impi[i])) {
			binder_int(&binder, put->id);
			binder_int(&binder, put->old.impi[i].no);
			err = binder_run(put->db, &binder, "put");
		}
	}
	for (size_t i = 0; err == HSS_OK && i < put->old.n_impu; i++) {
		struct binder binder = {.stmt = put->db->stmt[SQL_IMPU_DELETE]};

		if (!has_impu(put, put->sub, &put->old, &put->old.impu[i])) {
			binder_int(&binder, put->id);
			binder_int(&binder, put->old.impu[i].irs);
			binder_int(&binder, put->old.impu[i].position);
			err = binder_run(put->db, &binder, "put");
		}
	}
	return err;
}

static enum hss_err put_insertions(struct put *put)
{
	enum hss_err err = HSS_OK;

	for (size_t i = 0; err == HSS_OK && i < put->sub->n_impi; i++) {
		if (!has_impi(&put->old, &put->sub->impi[i])) {
			err = impi_insert(put, &put->sub->impi[i]);
		}
	}
	for (size_t i = 0; err == HSS_OK && i < put->sub->n_impu; i++) {
		if (!has_impu(put, &put->old, put->sub, &put->sub->impu[i])) {
			err = impu_insert(put, &put->sub->impu[i]);
		}
	}
	return err;
}

static bool has_visited(const struct ims_subscription *sub, const char *network)
{
	for (size_t i = 0; i < sub->n_visited; i++) {
		if (strcmp(sub->visited[i], network) == 0) {
			return true;
		}
	}
	return false;
}

static enum hss_err visited_write(struct put *put, enum sql sql, const char *network)
{
	struct binder binder = {.stmt = put->db->stmt[sql]};

	binder_int(&binder, put->id);
	binder_text(&binder, network);
	return binder_run(put->db, &binder, "put");
}

static enum hss_err put_visited(struct put *put)
{
	enum hss_err err = HSS_OK;

	for (size_t i = 0; err == HSS_OK && i < put->old.n_visited; i++) {
		if (!has_visited(put->sub, put->old.visited[i])) {
			err = visited_write(put, SQL_VISITED_DELETE, put->old.visited[i]);
		}
	}
	for (size_t i = 0; err == HSS_OK && i < put->sub->n_visited; i++) {
		if (!has_visited(&put->old, put->sub->visited[i])) {
			err = visited_write(put, SQL_VISITED_INSERT, put->sub->visited[i]);
		}
	}
	return err;
}

/* A registration that goes, with what its S-CSCF left. */
static enum hss_err registration_remove(struct store_sqlite *db, int64_t id,
                                        const struct reg_row *row)
{
	const struct ims_restoration none = {.impi = row->impi, .irs = row->irs};
	struct binder binder = {.stmt = db->stmt[SQL_REGISTRATION_DELETE]};
	enum hss_err err = HSS_OK;

	binder_int(&binder, id);
	binder_int(&binder, row->impi);
	binder_int(&binder, row->irs);
	err = binder_run(db, &binder, "put");
	return err == HSS_OK ? restoration_write(db, id, &none) : err;
}

/* db->rows are the old rows: loaded with the old snapshot, none for a new subscription. */
static enum hss_err put_registrations(struct put *put)
{
	struct store_sqlite *db = put->db;
	const size_t n = put->sub->n_registration;
	struct assigned assigned;
	enum hss_err err = assigned_of(db, put->sub, &assigned);

	for (size_t i = 0; err == HSS_OK && i < n; i++) {
		db->wanted[i] = (struct reg_row){
			.impi = put->sub->registration[i].impi,
			.irs = put->sub->registration[i].irs,
		};
		err = reg_wanted(db, put->sub, &assigned, &db->wanted[i]);
	}
	qsort(db->wanted, n, sizeof(db->wanted[0]), reg_compare);
	for (size_t i = 0; err == HSS_OK && i < db->n_rows; i++) {
		if (reg_find(db->wanted, n, db->rows[i].impi, db->rows[i].irs) == NULL) {
			err = registration_remove(db, put->id, &db->rows[i]);
		}
	}
	for (size_t i = 0; err == HSS_OK && i < n; i++) {
		const struct reg_row *old =
			reg_find(db->rows, db->n_rows, db->wanted[i].impi, db->wanted[i].irs);

		if (old == NULL) {
			err = reg_write(db, SQL_REGISTRATION_INSERT, put->id, &db->wanted[i]);
		} else if (!reg_same(old, &db->wanted[i])) {
			err = reg_write(db, SQL_REGISTRATION_UPDATE, put->id, &db->wanted[i]);
		}
	}
	db->rows_id = 0;
	return err == HSS_OK ? restorations_write(db, put->id, put->sub) : err;
}

static enum hss_err put_pushes(struct put *put)
{
	return pushes_queue(put->db, put->id, put->sub);
}

static enum hss_err delete_rows(struct store_sqlite *db, int64_t id)
{
	static const enum sql all[] = {SQL_RESTORATIONS_DELETE, SQL_REGISTRATIONS_DELETE,
	                               SQL_VISITED_DELETE_ALL,  SQL_IMPUS_DELETE,
	                               SQL_IMPIS_DELETE,        SQL_SUBSCRIPTION_DELETE};
	enum hss_err err = HSS_OK;

	db->rows_id = 0;
	for (size_t i = 0; err == HSS_OK && i < sizeof(all) / sizeof(all[0]); i++) {
		struct binder binder = {.stmt = db->stmt[all[i]]};

		binder_int(&binder, id);
		err = binder_run(db, &binder, "delete");
	}
	return err;
}

/*
 * The end of a put that is no act. A savepoint keeps a copy of each page that changes, which costs
 * more than a third of an insertion; what was inserted for a new id can simply be removed.
 */
static enum hss_err put_new_end(struct put *put, enum hss_err err)
{
	struct store_sqlite *db = put->db;
	enum hss_err undone = HSS_OK;

	db->acting = false;
	db->rows_id = 0;
	if (err != HSS_OK && put->id != 0 && db->base.latched == HSS_OK) {
		undone = delete_rows(db, put->id);
	}
	return undone != HSS_OK ? undone : err;
}

enum hss_err sqlite_subscription_put(struct store *store, struct ims_subscription *sub)
{
	enum hss_err (*const parts[])(struct put *) = {
		put_objects, put_head,          put_removals, put_insertions,
		put_visited, put_registrations, put_pushes};
	struct store_sqlite *db = store_sqlite_of(store);
	struct put put = {.db = db, .sub = sub};
	const bool is_act = sub->id != 0 || sub->n_push != 0 || !store->in_transaction;
	enum hss_err err = is_act ? sqlite_act_begin(db, true) : HSS_OK;

	if (err != HSS_OK) {
		return err;
	}
	db->acting = true;
	for (size_t i = 0; err == HSS_OK && i < sizeof(parts) / sizeof(parts[0]); i++) {
		err = parts[i](&put);
	}
	ims_subscription_free(&put.old);
	err = is_act ? sqlite_act_end(db, true, err) : put_new_end(&put, err);
	if (err == HSS_OK) {
		sub->id = put.id;
		for (size_t i = 0; i < sub->n_profile; i++) {
			sub->profile[i].id = put.profile[i];
		}
		if (sub->charging != NULL) {
			sub->charging->id = put.charging;
		}
		if (sub->capabilities != NULL) {
			sub->capabilities->id = put.capabilities;
		}
	}
	return err;
}

enum hss_err sqlite_subscription_delete(struct store *store, int64_t id)
{
	struct store_sqlite *db = store_sqlite_of(store);
	enum hss_err err = sqlite_act_begin(db, true);

	if (err != HSS_OK) {
		return err;
	}
	err = delete_rows(db, id);
	if (err == HSS_OK && sqlite3_changes(db->handle) == 0) {
		err = store_refuse(store, HSS_ERR_NOT_FOUND, "%s: delete: no subscription %lld",
		                   db->path, (long long)id);
	}
	return sqlite_act_end(db, true, err);
}
