/* subscriber.add: subscribers that are not there yet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hss/admin_op.h"
#include "hss/admin_shared.h"

enum { REASON_LEN = 1024 };

/* The rows of one request, read before the first is stored. */
struct add_row {
	struct ims_subscription sub;
	bool read;    /* without a fault */
	bool present; /* already there, just like this */
};

struct add {
	struct admin *admin;
	struct admin_reader reader;
	struct admin_shared shared;
	json_t *seen; /* object: identities of this request, and the row each came with */
	bool if_absent;
	struct add_row *row;
	size_t n;
};

/* Whether another row of this request has the identity; *row receives which. Notes it. */
static bool is_seen(struct add *add, const char *name, json_int_t *row)
{
	const json_t *before = json_object_get(add->seen, name);

	*row = json_integer_value(before);
	if (before == NULL &&
	    json_object_set_new(add->seen, name, json_integer((json_int_t)add->reader.index)) !=
	            0) {
		add->reader.err = HSS_ERR_MEMORY;
	}
	return before != NULL && (size_t)*row != add->reader.index;
}

static void fault_seen(struct add *add, const char *name, const char *field, json_int_t row)
{
	admin_fault(&add->reader, field, NULL, "%s is in subscriber %lld of this request as well",
	            name, (long long)row);
}

/* A fault for each identity of the row that is in the store: be it its own IMPU or one that merely
 * matches a wildcarded one there, which is allowed. */
static enum hss_err add_faults_present(struct add *add, const struct ims_subscription *want,
                                       const char *differs)
{
	const char *with = differs != NULL ? ", with other data: " : "";
	const char *what = differs != NULL ? differs : "";
	char path[ADMIN_FIELD_LEN];
	enum hss_err err = HSS_OK;
	int64_t id = 0;

	for (size_t i = 0; i < want->n_impi && err == HSS_OK; i++) {
		err = admin_impi_owner(add->admin, want->impi[i].name, &id);
		if (err == HSS_OK && id != 0) {
			admin_doc_path(path, "", "impis", i);
			admin_fault(&add->reader, path, "impi", "the IMPI %s exists already%s%s",
			            want->impi[i].name, with, what);
		}
	}
	for (size_t i = 0; i < want->n_impu && err == HSS_OK; i++) {
		err = admin_impu_owner(add->admin, want->impu[i].name, &id);
		if (err == HSS_OK && id != 0) {
			admin_doc_impu_path(want, i, path);
			admin_fault(&add->reader, path, "impu", "the IMPU %s exists already%s%s",
			            want->impu[i].name, with, what);
		}
	}
	return err;
}

/* A subscriber of the store that has some identity of the row. */
static enum hss_err add_compare(struct add *add, struct add_row *row,
                                const struct ims_subscription *have)
{
	const char *differs = NULL;
	enum hss_err err = HSS_OK;

	if (!add->if_absent) {
		return add_faults_present(add, &row->sub, NULL);
	}
	err = admin_doc_compare(have, &row->sub, add->admin->seal, &differs);
	if (err == HSS_OK && differs != NULL) {
		return add_faults_present(add, &row->sub, differs);
	}
	row->present = err == HSS_OK;
	return err;
}

static enum hss_err add_check_store(struct add *add, struct add_row *row)
{
	const struct ims_subscription *want = &row->sub;
	struct ims_subscription have = {0};
	const char *impus[IMS_IMPU_MAX];
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < want->n_impu; i++) {
		impus[i] = want->impu[i].name;
	}
	for (size_t i = 0; i < want->n_impi && err == HSS_OK && have.id == 0; i++) {
		err = store_subscription_load(add->admin->store, want->impi[i].name, impus,
		                              i == 0 ? want->n_impu : 0, STORE_VIEW_FULL, &have);
	}
	if (err == HSS_OK && have.id != 0) {
		err = add_compare(add, row, &have);
	}
	ims_subscription_free(&have);
	return err;
}

static enum hss_err add_read_row(struct add *add, const json_t *doc, size_t index)
{
	struct admin_reader *r = &add->reader;
	struct add_row *row = &add->row[index];
	const size_t before = r->n_faults;
	char path[ADMIN_FIELD_LEN];
	json_int_t other = 0;

	r->sub = &row->sub;
	r->index = index;
	admin_doc_read(r, doc);
	if (r->err == HSS_OK && r->n_faults == before) {
		admin_shared_fill(&add->shared, r);
		admin_shared_check_size(r);
	}
	if (r->err != HSS_OK || r->n_faults != before) {
		return r->err;
	}
	for (size_t i = 0; i < row->sub.n_impi; i++) {
		if (is_seen(add, row->sub.impi[i].name, &other)) {
			admin_doc_path(path, "", "impis", i);
			fault_seen(add, row->sub.impi[i].name, path, other);
		}
	}
	for (size_t i = 0; i < row->sub.n_impu; i++) {
		if (is_seen(add, row->sub.impu[i].name, &other)) {
			admin_doc_impu_path(&row->sub, i, path);
			fault_seen(add, row->sub.impu[i].name, path, other);
		}
	}
	row->read = r->n_faults == before;
	return r->err;
}

/*
 * Store a row. What only the store can know (a profile that does not exist) is a fault as well. Few
 * rows are there already, so that this is looked at only when the store says so.
 */
static enum hss_err add_put(struct add *add, struct add_row *row)
{
	const size_t before = add->reader.n_faults;
	char text[REASON_LEN];
	enum hss_err err = store_subscription_put(add->admin->store, &row->sub);

	if (err != HSS_ERR_EXISTS && err != HSS_ERR_NOT_FOUND && err != HSS_ERR_INVALID) {
		return err;
	}
	(void)snprintf(text, sizeof(text), "%s", store_error(add->admin->store));
	if (err == HSS_ERR_EXISTS) {
		const enum hss_err looked = add_check_store(add, row);

		if (looked != HSS_OK || row->present || add->reader.n_faults != before) {
			return looked;
		}
	}
	admin_fault(&add->reader, err == HSS_ERR_NOT_FOUND ? "profile" : "", NULL, "%s", text);
	return HSS_OK;
}

/* Each row into the store; when that will not be, because of a fault or so asked, against it. */
static enum hss_err add_rows(struct add *add, bool dry_run)
{
	const bool put = !dry_run && add->reader.n_faults == 0;
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < add->n && err == HSS_OK; i++) {
		add->reader.index = i;
		if (add->row[i].read) {
			err = put ? add_put(add, &add->row[i]) : add_check_store(add, &add->row[i]);
		}
	}
	return err;
}

static enum hss_err add_run(struct add *add, const json_t *rows, bool dry_run, json_t *reply)
{
	size_t n_present = 0;
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < add->n && err == HSS_OK; i++) {
		err = add_read_row(add, json_array_get(rows, i), i);
	}
	if (err == HSS_OK) {
		err = add_rows(add, dry_run);
	}
	if (err == HSS_ERR_STORE || err == HSS_ERR_FULL || err == HSS_ERR_BUSY) {
		return admin_refuse_store(add->admin, err, reply);
	}
	if (err != HSS_OK) {
		return err;
	}
	if (add->reader.n_faults > 0) {
		return admin_refuse_faults(&add->reader, "stored", reply);
	}
	if (admin_tell_warnings(&add->reader, reply) != HSS_OK) {
		return HSS_ERR_MEMORY;
	}
	for (size_t i = 0; i < add->n; i++) {
		n_present += add->row[i].present;
	}
	(void)json_object_set_new(reply, "added", json_integer((json_int_t)(add->n - n_present)));
	(void)json_object_set_new(reply, "present", json_integer((json_int_t)n_present));
	return HSS_OK;
}

enum hss_err admin_subscriber_add(struct admin *admin, const json_t *request, json_t *reply)
{
	const json_t *rows = json_object_get(request, "subscribers");
	struct auc_ctx *own = NULL; /* a looking handle comes without */
	struct add add = {.admin = admin, .n = json_array_size(rows)};
	enum hss_err err = HSS_ERR_MEMORY;

	if (add.n == 0 || add.n > ADMIN_ROWS_MAX) {
		return admin_refuse(reply, "subscribers must be a list of 1 to %d documents",
		                    ADMIN_ROWS_MAX);
	}
	if (admin->auc == NULL && auc_open(&own) != AUC_OK) {
		return HSS_ERR_CRYPTO;
	}
	add.if_absent = json_is_true(json_object_get(request, "if_absent"));
	add.row = calloc(add.n, sizeof(*add.row));
	add.seen = json_object();
	add.reader = (struct admin_reader){
		.seal = admin->seal,
		.auc = own != NULL ? own : admin->auc,
		.details = json_array(),
		.warnings = json_array(),
	};
	add.shared.store = admin->store;
	if (add.row != NULL && add.seen != NULL && add.reader.details != NULL &&
	    add.reader.warnings != NULL) {
		err = add_run(&add, rows, json_is_true(json_object_get(request, "dry_run")), reply);
	}
	for (size_t i = 0; i < add.n && add.row != NULL; i++) {
		ims_subscription_free(&add.row[i].sub);
	}
	free(add.row);
	admin_shared_free(&add.shared);
	json_decref(add.seen);
	json_decref(add.reader.details);
	json_decref(add.reader.warnings);
	auc_close(own);
	return err;
}
