/* subscriber.apply: what the documents say is what is. */
#include <stdlib.h>
#include <string.h>

#include "hss/admin_diff.h"
#include "hss/admin_op.h"
#include "hss/admin_shared.h"
#include "hss/push_plan.h"

/* The changes told stop before the reply comes near ADMIN_FRAME_MAX. */
enum { CHANGES_OCTETS_MAX = ADMIN_FRAME_MAX / 4 };

struct apply {
	struct admin *admin;
	struct admin_reader reader;
	struct admin_shared shared;
	json_t *seen; /* object: IMPIs of this request, and the document each came with */
	json_t *told; /* list: what becomes of each document that changes something */
	size_t octets;
	bool dry_run;
	bool truncated;
	json_int_t n_created;
	json_int_t n_changed;
	json_int_t n_unchanged;
};

/* The subscriber that has one of the IMPIs in a document; have->id stays 0 when there is none. */
static enum hss_err have_load(struct apply *a, const json_t *doc, struct ims_subscription *have)
{
	const json_t *impis = json_object_get(doc, "impis");
	enum hss_err err = HSS_OK;

	for (size_t i = 0;
	     i < json_array_size(impis) && i < IMS_IMPI_MAX && err == HSS_OK && have->id == 0;
	     i++) {
		const json_t *value = json_object_get(json_array_get(impis, i), "impi");
		const char *text = json_string_value(value);
		char impi[IMPI_LEN_MAX + 1];

		if (text != NULL &&
		    impi_canonical(text, json_string_length(value), impi, NULL) == HSS_OK) {
			err = store_subscription_load(a->admin->store, impi, NULL, 0,
			                              STORE_VIEW_FULL, have);
		}
	}
	return err;
}

/* A subscriber can be in one document of a request only. */
static void seen_check(struct apply *a, const struct ims_subscription *want)
{
	for (size_t i = 0; i < want->n_impi; i++) {
		const json_t *before = json_object_get(a->seen, want->impi[i].name);
		char path[ADMIN_FIELD_LEN];

		if (before != NULL) {
			admin_doc_path(path, "", "impis", i);
			admin_fault(&a->reader, path, "impi",
			            "%s is in subscriber %lld of this request as well",
			            want->impi[i].name, (long long)json_integer_value(before));
		} else if (json_object_set_new(a->seen, want->impi[i].name,
		                               json_integer((json_int_t)a->reader.index)) != 0) {
			a->reader.err = HSS_ERR_MEMORY;
		}
	}
}

/* A fault for each identity that another subscriber has. */
static enum hss_err owners_check(struct apply *a, const struct ims_subscription *want, int64_t own)
{
	char path[ADMIN_FIELD_LEN];
	enum hss_err err = HSS_OK;
	int64_t id = 0;

	for (size_t i = 0; i < want->n_impi && err == HSS_OK; i++) {
		err = admin_impi_owner(a->admin, want->impi[i].name, &id);
		if (err == HSS_OK && id != 0 && id != own) {
			admin_doc_path(path, "", "impis", i);
			admin_fault(&a->reader, path, "impi",
			            "the IMPI %s belongs to another subscriber",
			            want->impi[i].name);
		}
	}
	for (size_t i = 0; i < want->n_impu && err == HSS_OK; i++) {
		err = admin_impu_owner(a->admin, want->impu[i].name, &id);
		if (err == HSS_OK && id != 0 && id != own) {
			admin_doc_impu_path(want, i, path);
			admin_fault(&a->reader, path, "impu",
			            "the IMPU %s belongs to another subscriber",
			            want->impu[i].name);
		}
	}
	return err;
}

/* The set of `have` that has an IMPU of this set of `want` and is not taken; 0: none. */
static unsigned set_counterpart(const struct ims_subscription *have,
                                const struct ims_subscription *want, unsigned irs,
                                const bool *taken)
{
	for (size_t i = 0; i < want->n_impu; i++) {
		for (size_t j = 0; j < have->n_impu && want->impu[i].irs == irs; j++) {
			if (!taken[j] && strcmp(have->impu[j].name, want->impu[i].name) == 0) {
				return have->impu[j].irs;
			}
		}
	}
	return 0;
}

static void set_take(const struct ims_subscription *have, unsigned irs, bool *taken, unsigned *max)
{
	*max = 0;
	for (size_t j = 0; j < have->n_impu; j++) {
		taken[j] = taken[j] || have->impu[j].irs == irs;
		*max = have->impu[j].irs > *max ? have->impu[j].irs : *max;
	}
}

/* The number that each set of `want` has from now on: that of the set it is, or a new one. */
static void sets_number(const struct ims_subscription *have, const struct ims_subscription *want,
                        unsigned number[static IMS_IRS_MAX + 1])
{
	const unsigned n = want->impu[want->n_impu - 1].irs;
	bool taken[IMS_IMPU_MAX] = {false};
	unsigned next = 0;

	for (unsigned irs = 1; irs <= n; irs++) {
		number[irs] = set_counterpart(have, want, irs, taken);
		set_take(have, number[irs], taken, &next);
	}
	for (unsigned irs = 1; irs <= n; irs++) {
		if (number[irs] == 0) {
			number[irs] = ++next;
		}
	}
}

static const struct ims_impi *impi_named(const struct ims_subscription *sub, const char *name)
{
	for (size_t i = 0; i < sub->n_impi; i++) {
		if (strcmp(sub->impi[i].name, name) == 0) {
			return &sub->impi[i];
		}
	}
	return NULL;
}

/* IMPIs likewise: the read document numbers them from 1 in order. */
static void impis_number(const struct ims_subscription *have, struct ims_subscription *want,
                         unsigned number[static IMS_IMPI_MAX + 1])
{
	unsigned next = 0;

	for (size_t i = 0; i < have->n_impi; i++) {
		next = have->impi[i].no > next ? have->impi[i].no : next;
	}
	for (size_t i = 0; i < want->n_impi; i++) {
		const struct ims_impi *old = impi_named(have, want->impi[i].name);

		number[i + 1] = old != NULL ? old->no : ++next;
		want->impi[i].no = number[i + 1];
	}
}

/* Make of `want`, as it was read, what `have` becomes: its numbers, registrations and S-CSCF. */
static void adopt(const struct ims_subscription *have, struct ims_subscription *want)
{
	unsigned set[IMS_IRS_MAX + 1] = {0};
	unsigned impi[IMS_IMPI_MAX + 1] = {0};

	sets_number(have, want, set);
	impis_number(have, want, impi);
	for (size_t i = 0; i < want->n_impu; i++) {
		want->impu[i].irs = set[want->impu[i].irs];
	}
	ims_impus_sort(want);
	for (size_t i = 0; i < want->n_registration; i++) {
		struct ims_registration *reg = &want->registration[i];
		const struct ims_registration *old = NULL;

		reg->impi = impi[reg->impi];
		reg->irs = set[reg->irs];
		old = ims_registration_of(have, reg->impi, reg->irs);
		if (old != NULL) {
			*reg = *old;
		}
	}
	want->id = have->id;
	want->scscf_name = have->scscf_name;
	want->scscf_host = have->scscf_host;
	want->scscf_realm = have->scscf_realm;
	want->scscf_features = have->scscf_features;
	want->reassignment_pending = have->reassignment_pending;
}

/* "impis[NAME].k" is a secret that changes. */
static enum hss_err secret_tell(json_t *changes, const char *impi, const char *member)
{
	json_t *path = json_sprintf("impis[%s].%s", impi, member);

	return json_array_append_new(changes, json_pack("{s:o, s:b}", "path", path, "secret", 1)) ==
	                       0
	               ? HSS_OK
	               : HSS_ERR_MEMORY;
}

/*
 * Keys of an IMPI that stays: the same ones, sealed anew, are no change. An SQN that was issued is
 * never issued again for one key, whatever a document says that was written before. The vectors of
 * a key that goes are counted no more.
 */
static enum hss_err keys_compare(struct apply *a, const struct ims_impi *old, struct ims_impi *impi,
                                 json_t *changes)
{
	struct seal *seal = a->admin->seal;
	const char *key = NULL;
	const char *ha1 = NULL;
	enum hss_err err = HSS_OK;

	if (memcmp(&old->key, &impi->key, sizeof(impi->key)) != 0 ||
	    old->has_key != impi->has_key) {
		err = admin_doc_compare_key(old, impi, seal, &key);
	}
	if (err == HSS_OK && (memcmp(&old->ha1, &impi->ha1, sizeof(impi->ha1)) != 0 ||
	                      old->has_ha1 != impi->has_ha1)) {
		err = admin_doc_compare_digest(old, impi, seal, &ha1);
	}
	if (err != HSS_OK) {
		return err;
	}
	if (key == NULL) {
		impi->key = old->key;
		impi->sqn = impi->sqn > old->sqn ? impi->sqn : old->sqn;
	} else {
		err = secret_tell(changes, impi->name, "k");
	}
	if (ha1 == NULL) {
		impi->ha1 = old->ha1;
	} else if (err == HSS_OK) {
		err = secret_tell(changes, impi->name, "ha1");
	}
	if (key != NULL || ha1 != NULL) {
		impi->auth_since = 0;
		impi->auth_count = 0;
	}
	return err;
}

/* What changes, also of the keys; `have` without an id: everything is new. */
static enum hss_err compare(struct apply *a, const struct ims_subscription *have,
                            struct ims_subscription *want, json_t *changes)
{
	json_t *was = NULL;
	json_t *becomes = NULL;
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < want->n_impi && have->id != 0 && err == HSS_OK; i++) {
		const struct ims_impi *old = impi_named(have, want->impi[i].name);

		if (old != NULL) {
			err = keys_compare(a, old, &want->impi[i], changes);
		}
	}
	if (err == HSS_OK && have->id != 0) {
		err = admin_doc_write(have, NULL, &was);
	}
	if (err == HSS_OK) {
		err = admin_doc_write(want, NULL, &becomes);
	}
	if (err == HSS_OK) {
		err = admin_diff(was, becomes, changes);
	}
	json_decref(was);
	json_decref(becomes);
	return err;
}

/* Count the document; tell what it changes while there is room. */
static enum hss_err result_tell(struct apply *a, const struct ims_subscription *have,
                                const struct ims_subscription *want, json_t *changes)
{
	const bool created = have->id == 0;
	json_t *entry = NULL;
	size_t len = 0;

	if (json_array_size(changes) == 0) {
		a->n_unchanged++;
		return HSS_OK;
	}
	a->n_created += created;
	a->n_changed += !created;
	entry = json_pack("{s:I, s:s, s:s, s:O}", "index", (json_int_t)a->reader.index, "impi",
	                  want->impi[0].name, "result", created ? "created" : "changed", "changes",
	                  changes);
	len = json_dumpb(entry, NULL, 0, JSON_COMPACT);
	if (len == 0) {
		json_decref(entry);
		return HSS_ERR_MEMORY;
	}
	a->octets += len;
	if (a->octets > CHANGES_OCTETS_MAX) {
		a->truncated = true;
		json_decref(entry);
		return HSS_OK;
	}
	return json_array_append_new(a->told, entry) == 0 ? HSS_OK : HSS_ERR_MEMORY;
}

/* A document that was read without a fault. */
static enum hss_err subscriber_apply(struct apply *a, const struct ims_subscription *have,
                                     struct ims_subscription *want)
{
	json_t *changes = json_array();
	enum hss_err err = HSS_OK;

	if (have->id != 0) {
		adopt(have, want);
	}
	err = changes != NULL ? compare(a, have, want, changes) : HSS_ERR_MEMORY;
	if (err == HSS_OK && !a->dry_run && a->reader.n_faults == 0 &&
	    json_array_size(changes) > 0) {
		err = have->id != 0 ? push_plan_change(have, want) : HSS_OK;
		if (err == HSS_OK) {
			err = store_subscription_put(a->admin->store, want);
		}
	}
	if (err == HSS_OK) {
		err = result_tell(a, have, want, changes);
	}
	json_decref(changes);
	return err;
}

static enum hss_err document_apply(struct apply *a, const json_t *doc, size_t index)
{
	struct admin_reader *r = &a->reader;
	const size_t before = r->n_faults;
	struct ims_subscription have = {0};
	struct ims_subscription want = {0};
	enum hss_err err = have_load(a, doc, &have);

	r->index = index;
	r->sub = &want;
	r->have = have.id != 0 ? &have : NULL;
	if (err == HSS_OK) {
		admin_doc_read(r, doc);
		err = r->err;
	}
	if (err == HSS_OK && r->n_faults == before) {
		seen_check(a, &want);
		admin_shared_fill(&a->shared, r);
		admin_shared_check_size(r);
		err = r->err;
	}
	if (err == HSS_OK && r->n_faults == before) {
		err = owners_check(a, &want, have.id);
	}
	if (err == HSS_OK && r->n_faults == before) {
		err = subscriber_apply(a, &have, &want);
	}
	r->sub = NULL;
	r->have = NULL;
	ims_subscription_free(&want);
	ims_subscription_free(&have);
	return err;
}

static enum hss_err documents_apply(struct apply *a, const json_t *docs, json_t *reply)
{
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < json_array_size(docs) && err == HSS_OK; i++) {
		err = document_apply(a, json_array_get(docs, i), i);
	}
	if (err == HSS_ERR_MEMORY || err == HSS_ERR_CRYPTO || err == HSS_ERR_SEAL) {
		return err;
	}
	if (err != HSS_OK) {
		return admin_refuse_store(a->admin, err, reply);
	}
	if (a->reader.n_faults > 0) {
		return admin_refuse_faults(&a->reader, "stored", reply);
	}
	if (json_object_set_new(reply, "created", json_integer(a->n_created)) != 0 ||
	    json_object_set_new(reply, "changed", json_integer(a->n_changed)) != 0 ||
	    json_object_set_new(reply, "unchanged", json_integer(a->n_unchanged)) != 0 ||
	    json_object_set(reply, "subscribers", a->told) != 0 ||
	    json_object_set_new(reply, "truncated", json_boolean(a->truncated)) != 0) {
		return HSS_ERR_MEMORY;
	}
	return admin_tell_warnings(&a->reader, reply);
}

enum hss_err admin_subscriber_apply(struct admin *admin, const json_t *request, json_t *reply)
{
	const json_t *docs = json_object_get(request, "subscribers");
	const size_t n = json_array_size(docs);
	struct auc_ctx *own = NULL; /* a looking handle comes without */
	struct apply a = {.admin = admin,
	                  .shared = {.store = admin->store},
	                  .dry_run = json_is_true(json_object_get(request, "dry_run"))};
	enum hss_err err = HSS_ERR_MEMORY;

	if (n == 0 || n > ADMIN_ROWS_MAX) {
		return admin_refuse(reply, "subscribers must be a list of 1 to %d documents",
		                    ADMIN_ROWS_MAX);
	}
	if (admin->auc == NULL && auc_open(&own) != AUC_OK) {
		return HSS_ERR_CRYPTO;
	}
	a.seen = json_object();
	a.told = json_array();
	a.reader = (struct admin_reader){
		.seal = admin->seal,
		.auc = own != NULL ? own : admin->auc,
		.details = json_array(),
		.warnings = json_array(),
	};
	if (a.seen != NULL && a.told != NULL && a.reader.details != NULL &&
	    a.reader.warnings != NULL) {
		err = documents_apply(&a, docs, reply);
	}
	admin_shared_free(&a.shared);
	json_decref(a.seen);
	json_decref(a.told);
	json_decref(a.reader.details);
	json_decref(a.reader.warnings);
	auc_close(own);
	return err;
}
