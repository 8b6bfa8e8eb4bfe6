#include "hss/admin.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auc/sqn.h"
#include "hss/admin_doc.h"
#include "hss/admin_op.h"
#include "hss/push_plan.h"

/* A list stops before its reply comes near ADMIN_FRAME_MAX. */
enum { LIST_OCTETS_MAX = ADMIN_FRAME_MAX / 4 };

enum hss_err admin_refuse(json_t *reply, const char *format, ...)
{
	va_list args;
	json_t *text = NULL;

	va_start(args, format);
	text = json_vsprintf(format, args);
	va_end(args);
	return json_object_set_new(reply, "error", text) == 0 ? HSS_OK : HSS_ERR_MEMORY;
}

enum hss_err admin_refuse_store(const struct admin *admin, enum hss_err err, json_t *reply)
{
	const char *text = store_error(admin->store);

	if (admin_refuse(reply, "%s", text[0] != '\0' ? text : hss_err_text(err)) != HSS_OK) {
		return HSS_ERR_MEMORY;
	}
	return err == HSS_ERR_STORE || err == HSS_ERR_FULL || err == HSS_ERR_MEMORY ? err : HSS_OK;
}

enum hss_err admin_refuse_faults(const struct admin_reader *r, const char *done, json_t *reply)
{
	if (json_object_set(reply, "details", r->details) != 0 ||
	    json_object_set_new(reply, "faults", json_integer((json_int_t)r->n_faults)) != 0) {
		return HSS_ERR_MEMORY;
	}
	return admin_refuse(reply, "%zu %s in the request, nothing was %s", r->n_faults,
	                    r->n_faults == 1 ? "fault" : "faults", done);
}

enum hss_err admin_load(struct admin *admin, const json_t *request, struct ims_subscription *sub,
                        json_t *reply)
{
	const char *text = json_string_value(json_object_get(request, "identity"));
	const char *why = NULL;
	char impi[IMPI_LEN_MAX + 1];
	char impu[IMPU_LEN_MAX + 1];
	const char *impus[] = {impu};
	enum hss_err err = HSS_OK;
	bool uri = false;

	if (text == NULL) {
		return admin_refuse(reply, "identity is missing, or is no text");
	}
	uri = is_impu(text);
	err = uri ? impu_canonical(text, strlen(text), impu, &why)
	          : impi_canonical(text, strlen(text), impi, &why);
	if (err != HSS_OK) {
		return admin_refuse(reply, "%s: the %s %s", text, uri ? "IMPU" : "IMPI", why);
	}
	err = store_subscription_load(admin->store, uri ? NULL : impi, impus, uri ? 1 : 0,
	                              STORE_VIEW_FULL, sub);
	if (err != HSS_OK) {
		return admin_refuse_store(admin, err, reply);
	}
	return sub->id != 0 ? HSS_OK : admin_refuse(reply, "%s is not known", text);
}

enum hss_err admin_impu_owner(struct admin *admin, const char *impu, int64_t *id)
{
	struct ims_subscription sub = {0};
	enum hss_err err =
		store_subscription_load(admin->store, NULL, &impu, 1, STORE_VIEW_AUTH, &sub);

	*id = 0;
	if (err == HSS_OK && sub.id != 0 &&
	    strcmp(sub.impu[sub.asked_impu[0].index].name, impu) == 0) {
		*id = sub.id;
	}
	ims_subscription_free(&sub);
	return err;
}

enum hss_err admin_impi_owner(struct admin *admin, const char *impi, int64_t *id)
{
	struct ims_subscription sub = {0};
	enum hss_err err =
		store_subscription_load(admin->store, impi, NULL, 0, STORE_VIEW_AUTH, &sub);

	*id = sub.id;
	ims_subscription_free(&sub);
	return err;
}

enum hss_err admin_tell_warnings(const struct admin_reader *r, json_t *reply)
{
	return json_array_size(r->warnings) == 0 ||
	                       json_object_set(reply, "warnings", r->warnings) == 0
	               ? HSS_OK
	               : HSS_ERR_MEMORY;
}

static const char *state_word(enum ims_state state)
{
	switch (state) {
	case IMS_NOT_REGISTERED:
		return "not registered";
	case IMS_UNREGISTERED:
		return "unregistered";
	case IMS_REGISTERED:
		return "registered";
	}
	return "unknown";
}

/* The registration flag of the IMS registration procedures, a view of state and pending
 * authentication. */
static const char *flag_word(const struct ims_registration *reg, bool pending)
{
	if (reg->state == IMS_REGISTERED) {
		return "registered";
	}
	return reg->state == IMS_NOT_REGISTERED && pending ? "initial registration pending"
	                                                   : "unregistered";
}

json_t *admin_time_text(int64_t seconds)
{
	const time_t t = (time_t)seconds;
	struct tm tm;
	char text[32];

	if (seconds == 0 || gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%FT%TZ", &tm) == 0) {
		return json_null();
	}
	return json_string(text);
}

static json_t *impu_names(const struct ims_subscription *sub, unsigned irs)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sub->n_impu; i++) {
		if (sub->impu[i].irs == irs) {
			(void)json_array_append_new(list, json_string(sub->impu[i].name));
		}
	}
	return list;
}

static json_t *registration_row(const struct admin *admin, const struct ims_subscription *sub,
                                const struct ims_registration *reg)
{
	const struct ims_impi *impi = ims_impi_of(sub, reg->impi);
	const struct ims_impu *first = ims_irs_default_impu(sub, reg->irs);
	const unsigned ind_bits = admin->policy->ind_bits;
	const bool pending =
		ims_registration_pending(reg, admin->now, admin->policy->auth_pending_timeout);

	if (impi == NULL) {
		return NULL;
	}
	return json_pack(
		"{s:s, s:i, s:o, s:s?, s:s, s:s, s:b, s:o, s:I, s:I, s:i, s:s?, s:I, s:o}", "impi",
		impi->name, "set", (int)reg->irs, "impus", impu_names(sub, reg->irs),
		"default_impu", first != NULL ? first->name : NULL, "state", state_word(reg->state),
		"flag", flag_word(reg, pending), "pending", pending, "pending_since",
		admin_time_text(reg->pending_since), "sqn", (json_int_t)impi->sqn, "seq",
		(json_int_t)auc_sqn_seq(impi->sqn, ind_bits), "ind",
		(int)auc_sqn_ind(impi->sqn, ind_bits), "sqn_scscf", impi->sqn_scscf, "auth_vectors",
		(json_int_t)impi->auth_count, "auth_since", admin_time_text(impi->auth_since));
}

/* State of everything of a subscriber that registers. NULL when memory is out. */
static json_t *registration_view(const struct admin *admin, const struct ims_subscription *sub)
{
	const char *in_force =
		ims_scscf_in_force(sub, admin->now, admin->policy->auth_pending_timeout);
	json_t *view = json_pack("{s:s?, s:b, s:s?, s:s?, s:[]}", "scscf_name", sub->scscf_name,
	                         "scscf_in_force", in_force != NULL, "scscf_host", sub->scscf_host,
	                         "scscf_realm", sub->scscf_realm, "registrations");

	for (size_t i = 0; i < sub->n_registration && view != NULL; i++) {
		if (json_array_append_new(json_object_get(view, "registrations"),
		                          registration_row(admin, sub, &sub->registration[i])) !=
		    0) {
			json_decref(view);
			view = NULL;
		}
	}
	return view;
}

static enum hss_err view_add(const struct admin *admin, const struct ims_subscription *sub,
                             json_t *reply)
{
	return json_object_set_new(reply, "registration", registration_view(admin, sub)) == 0
	               ? HSS_OK
	               : HSS_ERR_MEMORY;
}

static enum hss_err subscriber_show(struct admin *admin, const json_t *request,
                                    struct ims_subscription *sub, json_t *reply)
{
	json_t *doc = NULL;
	enum hss_err err = admin_doc_write(sub, NULL, &doc);

	(void)request;
	if (err != HSS_OK) {
		return err;
	}
	if (json_object_set_new(reply, "id", json_integer(sub->id)) != 0 ||
	    json_object_set_new(reply, "subscriber", doc) != 0) {
		return HSS_ERR_MEMORY;
	}
	return view_add(admin, sub, reply);
}

static enum hss_err subscriber_delete(struct admin *admin, const json_t *request,
                                      struct ims_subscription *sub, json_t *reply)
{
	enum hss_err err = push_plan_deletion(sub);

	(void)request;
	for (size_t i = 0; i < sub->n_push && err == HSS_OK; i++) {
		err = store_push_add(admin->store, &sub->push[i], admin->now);
	}
	if (err == HSS_OK) {
		err = store_subscription_delete(admin->store, sub->id);
	}
	if (err != HSS_OK) {
		return admin_refuse_store(admin, err, reply);
	}
	return json_object_set_new(reply, "id", json_integer(sub->id)) == 0 ? HSS_OK
	                                                                    : HSS_ERR_MEMORY;
}

static enum hss_err registration_show(struct admin *admin, const json_t *request,
                                      struct ims_subscription *sub, json_t *reply)
{
	(void)request;
	return view_add(admin, sub, reply);
}

/* Operations on one subscriber: load it, then do this with it. */
static enum hss_err with_subscriber(struct admin *admin, const json_t *request, json_t *reply,
                                    enum hss_err (*act)(struct admin *, const json_t *,
                                                        struct ims_subscription *, json_t *))
{
	struct ims_subscription sub = {0};
	enum hss_err err = admin_load(admin, request, &sub, reply);

	if (err == HSS_OK && sub.id != 0 && json_object_get(reply, "error") == NULL) {
		err = act(admin, request, &sub, reply);
	}
	ims_subscription_free(&sub);
	return err;
}

static enum hss_err op_subscriber_get(struct admin *admin, const json_t *request, json_t *reply)
{
	return with_subscriber(admin, request, reply, subscriber_show);
}

static enum hss_err op_subscriber_delete(struct admin *admin, const json_t *request, json_t *reply)
{
	return with_subscriber(admin, request, reply, subscriber_delete);
}

static enum hss_err op_subscriber_set(struct admin *admin, const json_t *request, json_t *reply)
{
	return with_subscriber(admin, request, reply, admin_subscriber_set);
}

static enum hss_err op_deregister(struct admin *admin, const json_t *request, json_t *reply)
{
	return with_subscriber(admin, request, reply, admin_deregister);
}

static enum hss_err op_registration_get(struct admin *admin, const json_t *request, json_t *reply)
{
	return with_subscriber(admin, request, reply, registration_show);
}

/* Append one subscriber to the list; *octets grows by its size. */
static enum hss_err list_append(struct admin *admin, int64_t id, bool keys, json_t *list,
                                size_t *octets)
{
	struct ims_subscription sub = {0};
	json_t *doc = NULL;
	json_t *entry = NULL;
	enum hss_err err = store_subscription_get(admin->store, id, &sub);

	if (err == HSS_ERR_NOT_FOUND) { /* deleted since the ids were read */
		err = HSS_OK;
		goto out;
	}
	if (err == HSS_OK) {
		err = keys && admin->seal == NULL
		              ? HSS_ERR_SEAL
		              : admin_doc_write(&sub, keys ? admin->seal : NULL, &doc);
	}
	if (err != HSS_OK) {
		goto out;
	}
	entry = json_pack("{s:I, s:o}", "id", (json_int_t)id, "subscriber", doc);
	*octets += json_dumpb(entry, NULL, 0, JSON_COMPACT);
	err = json_array_append_new(list, entry) == 0 ? HSS_OK : HSS_ERR_MEMORY;
out:
	ims_subscription_free(&sub);
	return err;
}

static enum hss_err op_subscriber_list(struct admin *admin, const json_t *request, json_t *reply)
{
	const json_t *limit = json_object_get(request, "limit");
	const json_t *after = json_object_get(request, "after");
	const json_int_t asked = limit != NULL ? json_integer_value(limit) : ADMIN_ROWS_MAX;
	const size_t max = asked > 0 && asked < ADMIN_ROWS_MAX ? (size_t)asked : ADMIN_ROWS_MAX;
	const bool keys = json_is_true(json_object_get(request, "keys"));
	json_t *list = json_array();
	int64_t ids[ADMIN_ROWS_MAX];
	int64_t last = json_integer_value(after);
	size_t octets = 0;
	size_t n = 0;
	size_t i = 0;
	enum hss_err err = HSS_OK;

	if ((limit != NULL && asked <= 0) || (after != NULL && !json_is_integer(after))) {
		json_decref(list);
		return admin_refuse(reply, "limit and after must be numbers, limit above 0");
	}
	err = store_subscription_ids(admin->store, last, ids, max, &n);
	while (err == HSS_OK && i < n && octets < LIST_OCTETS_MAX) {
		err = list_append(admin, ids[i], keys, list, &octets);
		last = ids[i++];
	}
	if (json_object_set_new(reply, "subscribers", list) != 0 ||
	    json_object_set_new(reply, "next", n > 0 ? json_integer(last) : json_null()) != 0) {
		return HSS_ERR_MEMORY;
	}
	if (err == HSS_ERR_SEAL || err == HSS_ERR_CRYPTO) {
		return admin_refuse(reply, "subscriber %lld: %s", (long long)last,
		                    hss_err_text(err));
	}
	return err == HSS_OK ? HSS_OK : admin_refuse_store(admin, err, reply);
}

static enum hss_err op_subscriber_count(struct admin *admin, const json_t *request, json_t *reply)
{
	uint64_t n = 0;
	enum hss_err err = store_subscription_count(admin->store, &n);

	(void)request;
	if (err != HSS_OK) {
		return admin_refuse_store(admin, err, reply);
	}
	return json_object_set_new(reply, "count", json_integer((json_int_t)n)) == 0
	               ? HSS_OK
	               : HSS_ERR_MEMORY;
}

enum { MEMBERS_MAX = 5 };

static const struct operation {
	const char *name;
	bool read;
	enum hss_err (*serve)(struct admin *admin, const json_t *request, json_t *reply);
	const char *member[MEMBERS_MAX]; /* that a request may have, besides op */
} operations[] = {
	{"subscriber.add", false, admin_subscriber_add, {"subscribers", "dry_run", "if_absent"}},
	{"subscriber.apply", false, admin_subscriber_apply, {"subscribers", "dry_run"}},
	{"subscriber.get", true, op_subscriber_get, {"identity"}},
	{"subscriber.list", true, op_subscriber_list, {"after", "limit", "keys"}},
	{"subscriber.delete", false, op_subscriber_delete, {"identity"}},
	{"subscriber.set", false, op_subscriber_set, {"identity", "changes"}},
	{"subscriber.count", true, op_subscriber_count, {NULL}},
	{"registration.get", true, op_registration_get, {"identity"}},
	{"deregister", false, op_deregister, {"identity", "impus", "reason", "info"}},
	{"push.list", true, admin_push_list, {"after", "waiting"}},
	{"push.get", true, admin_push_get, {"id"}},
	{"push.retry", false, admin_push_retry, {"id", "all", "after"}},
	{"push.cancel", false, admin_push_cancel, {"id", "all", "after"}},
	{"key.status", true, admin_key_status, {NULL}},
	{"key.load", false, admin_key_load, {NULL}},
	{"key.rotate", false, admin_key_rotate, {NULL}},
	{"profile.set",
         false,
         admin_profile_set,
         {"name", "media_profile", "unregistered_services"}},
	{"object.apply", false, admin_object_apply, {"kind", "name", "document", "dry_run"}},
	{"object.get", true, admin_object_get, {"kind", "name"}},
	{"object.list", true, admin_object_list, {"kind", "after"}},
	{"object.delete", false, admin_object_delete, {"kind", "name"}},
};

static const struct operation *operation_of(const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "op"));

	for (size_t i = 0; name != NULL && i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, name) == 0) {
			return &operations[i];
		}
	}
	return NULL;
}

bool admin_is_read(const json_t *request)
{
	const struct operation *op = operation_of(request);

	return op != NULL && (op->read || json_is_true(json_object_get(request, "dry_run")));
}

/* Whether every member of the request is one that the operation has. */
static bool members_known(const struct operation *op, const json_t *request)
{
	size_t n = 1; /* op */

	for (size_t i = 0; i < MEMBERS_MAX && op->member[i] != NULL; i++) {
		n += json_object_get(request, op->member[i]) != NULL;
	}
	return n == json_object_size(request);
}

enum hss_err admin_serve(struct admin *admin, const json_t *request, json_t **reply)
{
	const struct operation *op = operation_of(request);
	json_t *out = json_object();
	enum hss_err err = HSS_OK;

	if (out == NULL) {
		return HSS_ERR_MEMORY;
	}
	if (op == NULL) {
		err = admin_refuse(out, "the operation is missing or not known");
	} else if (!members_known(op, request)) {
		err = admin_refuse(out, "%s: a member of the request is not known", op->name);
	} else {
		err = op->serve(admin, request, out);
	}
	if (err != HSS_OK && json_object_get(out, "error") == NULL) {
		(void)admin_refuse(out, "%s", hss_err_text(err));
	}
	if (json_object_set_new(out, "ok", json_boolean(json_object_get(out, "error") == NULL)) !=
	            0 ||
	    err == HSS_ERR_MEMORY) {
		json_decref(out);
		return HSS_ERR_MEMORY;
	}
	*reply = out;
	return err == HSS_ERR_STORE || err == HSS_ERR_FULL ? err : HSS_OK;
}
