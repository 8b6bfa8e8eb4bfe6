/* object.apply, get, list, delete and profile.set: what subscribers share, as documents. */
#include <stdlib.h>
#include <string.h>

#include "hss/admin_diff.h"
#include "hss/admin_op.h"
#include "hss/profile_doc.h"

/* A list stops before its reply comes near ADMIN_FRAME_MAX. */
enum { NAMES_OCTETS_MAX = ADMIN_FRAME_MAX / 4 };

static const struct {
	const char *word;
	enum store_object kind;
} kinds[] = {
	{"profile", STORE_OBJECT_PROFILE},
	{"ifc-set", STORE_OBJECT_IFC_SET},
	{"charging", STORE_OBJECT_CHARGING},
	{"capabilities", STORE_OBJECT_CAPABILITIES},
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* One object on its way into the store. */
struct object {
	struct admin *admin;
	struct admin_reader reader;
	struct arena arena;
	enum store_object kind;
	const char *word; /* of its kind */
	const char *name;
	struct ims_profile profile; /* one of these, by its kind */
	struct ims_ifc_set set;
	struct ims_charging charging;
	struct ims_capabilities capabilities;
	int64_t id;    /* of the one that is stored; 0: there is none */
	json_t *was;   /* document of that one */
	json_t *wants; /* document that is applied */
	json_t *changes;
};

static bool kind_of(const json_t *request, struct object *o)
{
	const char *word = json_string_value(json_object_get(request, "kind"));

	for (size_t i = 0; i < N_KINDS; i++) {
		if (word != NULL && strcmp(kinds[i].word, word) == 0) {
			o->kind = kinds[i].kind;
			o->word = kinds[i].word;
			return true;
		}
	}
	return false;
}

/* Kind and name of the request. Returns false after a refusal. */
static bool object_open(struct object *o, struct admin *admin, const json_t *request, json_t *reply)
{
	o->admin = admin;
	o->name = json_string_value(json_object_get(request, "name"));
	if (!kind_of(request, o)) {
		(void)admin_refuse(reply,
		                   "kind must be profile, ifc-set, charging or capabilities");
		return false;
	}
	if (o->name == NULL || o->name[0] == '\0' || strlen(o->name) > ADMIN_TEXT_LEN_MAX) {
		(void)admin_refuse(reply, "name must be a text of 1 to %d octets",
		                   ADMIN_TEXT_LEN_MAX);
		return false;
	}
	o->reader = (struct admin_reader){.arena = &o->arena, .details = json_array()};
	o->changes = json_array();
	return true;
}

static void object_close(struct object *o)
{
	json_decref(o->reader.details);
	json_decref(o->was);
	json_decref(o->wants);
	json_decref(o->changes);
	arena_free(&o->arena);
}

/* Set a member of *obj, which becomes NULL when memory is out. */
static void member_set(json_t **obj, const char *member, json_t *value)
{
	if (json_object_set_new(*obj, member, value) != 0) {
		json_decref(*obj);
		*obj = NULL;
	}
}

/* The document of a profile that was made without one; NULL: memory. */
static json_t *profile_document(const struct ims_profile *profile)
{
	json_t *doc = json_pack("{s:s}", "name", profile->name);

	if (profile->has_media_profile) {
		member_set(&doc, "media_profile", json_integer(profile->media_profile));
	}
	if (profile->unregistered_services) {
		member_set(&doc, "unregistered_services", json_true());
	}
	return doc;
}

/* What is stored under this name: o->id and o->was, or neither. */
static enum hss_err stored_load(struct object *o)
{
	struct ims_profile profile;
	const char *text = NULL;
	enum hss_err err =
		store_object_get(o->admin->store, o->kind, o->name, &o->arena, &o->id, &text);

	if (err != HSS_OK) {
		return err;
	}
	if (text != NULL) {
		o->was = json_loads(text, 0, NULL); /* it was checked when it was stored */
		return o->was != NULL ? HSS_OK : HSS_ERR_MEMORY;
	}
	err = store_profile_get(o->admin->store, o->name, &o->arena, &profile);
	if (err == HSS_OK) {
		o->was = profile_document(&profile);
		err = o->was != NULL ? HSS_OK : HSS_ERR_MEMORY;
	}
	return err;
}

/* Each priority of the criteria in `doc` is noted as that of `owner`; one noted before is a fault.
 */
static void priorities_note(struct object *o, const json_t *doc, const char *owner, json_t *seen,
                            const char *path, const char *where)
{
	const json_t *criteria = json_object_get(doc, "criteria");

	for (size_t i = 0; i < json_array_size(criteria); i++) {
		const json_t *priority = json_object_get(json_array_get(criteria, i), "priority");
		json_t *key = json_sprintf("%lld", (long long)json_integer_value(priority));
		const char *text = json_string_value(key);
		const char *other =
			text != NULL ? json_string_value(json_object_get(seen, text)) : NULL;

		if (other != NULL) {
			admin_fault(&o->reader, path, NULL,
			            "%sthe priority %s is that of a criterion of %s and of %s",
			            where, text, other, owner);
		} else if (text == NULL ||
		           json_object_set_new(seen, text, json_string(owner)) != 0) {
			o->reader.err = HSS_ERR_MEMORY;
		}
		json_decref(key);
	}
}

/* The document of a shared set, and its criteria into *set: the one being applied, or the stored
 * one. NULL: it does not exist, or o->reader.err. */
static json_t *shared_document(struct object *o, uint32_t set_id, struct ims_ifc_set *set)
{
	json_t *name = NULL;
	const char *text = NULL;
	json_t *doc = NULL;
	int64_t id = 0;
	enum hss_err err = HSS_OK;

	if (o->kind == STORE_OBJECT_IFC_SET && set_id == o->set.id) {
		*set = o->set;
		return json_incref(o->wants);
	}
	err = store_ifc_set_get(o->admin->store, set_id, &o->arena, set);
	if (err == HSS_OK) {
		name = json_sprintf("%u", set_id);
		err = store_object_get(o->admin->store, STORE_OBJECT_IFC_SET,
		                       json_string_value(name), &o->arena, &id, &text);
	}
	if (err == HSS_OK) {
		doc = json_loads(text, 0, NULL);
		err = doc != NULL ? HSS_OK : HSS_ERR_MEMORY;
	}
	json_decref(name);
	if (err != HSS_OK && err != HSS_ERR_NOT_FOUND) {
		o->reader.err = err;
	}
	return doc;
}

/*
 * What a profile and its shared sets have to hold together (TS 29.228 B.2.2): no priority twice,
 * and the size.
 *
 *   doc    of the profile
 *   path   the member at fault when a shared set is being applied; NULL: the profile is
 *   where  who the fault is about, or ""
 */
static void profile_check(struct object *o, struct ims_profile *profile, const json_t *doc,
                          const char *path, const char *where)
{
	json_t *seen = json_object();
	size_t len = 0;

	priorities_note(o, doc, "the profile", seen, path != NULL ? path : "criteria", where);
	for (size_t i = 0; i < profile->n_ifc_set && o->reader.err == HSS_OK; i++) {
		const uint32_t id = profile->ifc_set[i].id;
		json_t *shared = shared_document(o, id, &profile->ifc_set[i]);
		char at[ADMIN_FIELD_LEN];
		char owner[ADMIN_FIELD_LEN];

		admin_doc_path(at, "", "ifc_sets", i);
		(void)snprintf(owner, sizeof(owner), "the shared set %u", id);
		if (shared == NULL && o->reader.err == HSS_OK) {
			admin_fault(&o->reader, at, NULL, "there is no shared set %u", id);
		}
		priorities_note(o, shared, owner, seen, path != NULL ? path : at, where);
		json_decref(shared);
	}
	len = profile_doc_len(profile);
	if (len > PROFILE_DOC_LEN_MAX) {
		admin_fault(&o->reader, path != NULL ? path : "", NULL,
		            "%sthe profile has %zu octets as XML with its shared sets; at most %d "
		            "fit a Server-Assignment-Answer",
		            where, len, PROFILE_DOC_LEN_MAX);
	}
	json_decref(seen);
}

/* Every profile that has the shared set which is being applied. */
static enum hss_err set_check(struct object *o)
{
	const char **names = NULL;
	size_t n = 0;
	enum hss_err err =
		store_object_names(o->admin->store, STORE_OBJECT_PROFILE, &o->arena, &names, &n);

	for (size_t i = 0; i < n && err == HSS_OK; i++) {
		struct ims_profile profile;
		bool has = false;

		err = store_profile_get(o->admin->store, names[i], &o->arena, &profile);
		for (size_t j = 0; err == HSS_OK && j < profile.n_ifc_set; j++) {
			has = has || profile.ifc_set[j].id == o->set.id;
		}
		if (has) {
			json_t *doc = json_loads(profile.document, 0, NULL);
			char where[ADMIN_FIELD_LEN + ADMIN_TEXT_LEN_MAX];

			(void)snprintf(where, sizeof(where), "in the profile %s ", names[i]);
			err = doc != NULL ? HSS_OK : HSS_ERR_MEMORY;
			profile_check(o, &profile, doc, "criteria", where);
			json_decref(doc);
		}
	}
	return err != HSS_OK ? err : o->reader.err;
}

/* Read the document by its kind; what it says is in the struct of the kind and in o->wants. */
static void wanted_read(struct object *o, const json_t *doc)
{
	struct admin_reader *r = &o->reader;
	const char *text = NULL;

	switch (o->kind) {
	case STORE_OBJECT_PROFILE:
		profile_doc_read(r, doc, o->name, &o->profile);
		text = o->profile.document;
		break;
	case STORE_OBJECT_IFC_SET:
		ifc_set_doc_read(r, doc, o->name, &o->set);
		text = o->set.document;
		break;
	case STORE_OBJECT_CHARGING:
		charging_doc_read(r, doc, o->name, &o->charging);
		text = o->charging.document;
		break;
	case STORE_OBJECT_CAPABILITIES:
		capabilities_doc_read(r, doc, o->name, &o->capabilities);
		text = o->capabilities.document;
		break;
	}
	if (r->err == HSS_OK && r->n_faults == 0) {
		o->wants = json_loads(text, 0, NULL);
		r->err = o->wants != NULL ? HSS_OK : HSS_ERR_MEMORY;
	}
}

static enum hss_err wanted_check(struct object *o)
{
	if (o->reader.n_faults > 0) {
		return HSS_OK;
	}
	if (o->kind == STORE_OBJECT_PROFILE) {
		profile_check(o, &o->profile, o->wants, NULL, "");
		return o->reader.err;
	}
	return o->kind == STORE_OBJECT_IFC_SET ? set_check(o) : HSS_OK;
}

static enum hss_err wanted_put(struct object *o)
{
	struct store *store = o->admin->store;

	switch (o->kind) {
	case STORE_OBJECT_PROFILE:
		return store_profile_put(store, &o->profile);
	case STORE_OBJECT_IFC_SET:
		return store_ifc_set_put(store, &o->set);
	case STORE_OBJECT_CHARGING:
		return store_charging_put(store, &o->charging);
	case STORE_OBJECT_CAPABILITIES:
		return store_capabilities_put(store, &o->capabilities);
	}
	return HSS_ERR_INVALID;
}

/* Whether an S-CSCF has something of what changes: it is never told of capabilities, nor of what
 * decides about location queries alone. */
static bool concerns_scscf(const struct object *o)
{
	for (size_t i = 0; i < json_array_size(o->changes); i++) {
		const char *path =
			json_string_value(json_object_get(json_array_get(o->changes, i), "path"));

		if (o->kind != STORE_OBJECT_CAPABILITIES &&
		    strcmp(path, "unregistered_services") != 0) {
			return true;
		}
	}
	return false;
}

/* Store it; the S-CSCFs that serve users of the former one are found in the background. */
static enum hss_err object_put(struct object *o)
{
	struct store_scan scan = {.kind = o->kind, .object = o->id};
	enum hss_err err = wanted_put(o);

	if (err == HSS_OK && o->was != NULL && concerns_scscf(o)) {
		err = store_scan_add(o->admin->store, &scan);
	}
	return err;
}

static enum hss_err object_compare(struct object *o)
{
	const enum hss_err err = stored_load(o);

	return err == HSS_OK || err == HSS_ERR_NOT_FOUND ? admin_diff(o->was, o->wants, o->changes)
	                                                 : err;
}

static enum hss_err object_apply(struct object *o, const json_t *doc, bool dry_run, json_t *reply)
{
	const char *result = NULL;
	enum hss_err err = HSS_OK;

	if (o->reader.details == NULL || o->changes == NULL) {
		return HSS_ERR_MEMORY;
	}
	wanted_read(o, doc);
	err = o->reader.err == HSS_OK ? wanted_check(o) : o->reader.err;
	if (err == HSS_OK && o->reader.n_faults > 0) {
		return admin_refuse_faults(&o->reader, "stored", reply);
	}
	if (err == HSS_OK) {
		err = object_compare(o);
	}
	if (err == HSS_OK && !dry_run && json_array_size(o->changes) > 0) {
		err = object_put(o);
	}
	if (err != HSS_OK) {
		return err == HSS_ERR_MEMORY ? err : admin_refuse_store(o->admin, err, reply);
	}
	result = o->was == NULL ? "created" : "changed";
	if (json_array_size(o->changes) == 0) {
		result = "unchanged";
	}
	return json_object_set_new(reply, "result", json_string(result)) == 0 &&
	                       json_object_set(reply, "changes", o->changes) == 0
	               ? HSS_OK
	               : HSS_ERR_MEMORY;
}

enum hss_err admin_object_apply(struct admin *admin, const json_t *request, json_t *reply)
{
	const bool dry_run = json_is_true(json_object_get(request, "dry_run"));
	struct object o = {0};
	enum hss_err err = HSS_OK;

	if (object_open(&o, admin, request, reply)) {
		err = object_apply(&o, json_object_get(request, "document"), dry_run, reply);
	}
	object_close(&o);
	return err;
}

enum hss_err admin_object_get(struct admin *admin, const json_t *request, json_t *reply)
{
	struct object o = {0};
	enum hss_err err = HSS_OK;

	if (!object_open(&o, admin, request, reply)) {
		return HSS_OK;
	}
	err = stored_load(&o);
	if (err == HSS_ERR_NOT_FOUND) {
		err = admin_refuse(reply, "there is no %s %s", o.word, o.name);
	} else if (err != HSS_OK) {
		err = admin_refuse_store(admin, err, reply);
	} else if (json_object_set(reply, "document", o.was) != 0) {
		err = HSS_ERR_MEMORY;
	}
	object_close(&o);
	return err;
}

/* The names behind `after`, as many as a reply takes; *more: there are others behind. NULL: memory.
 */
static json_t *names_list(const char *const *names, size_t n, const char *after, bool *more)
{
	json_t *list = json_array();
	size_t octets = 0;
	size_t i = 0;

	while (after != NULL && i < n && strcmp(names[i], after) != 0) {
		i++;
	}
	for (i = after != NULL ? i + 1 : 0; i < n && octets < NAMES_OCTETS_MAX; i++) {
		octets += strlen(names[i]);
		if (json_array_append_new(list, json_string(names[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	*more = i < n;
	return list;
}

enum hss_err admin_object_list(struct admin *admin, const json_t *request, json_t *reply)
{
	const char *after = json_string_value(json_object_get(request, "after"));
	struct object o = {0};
	const char **names = NULL;
	json_t *list = NULL;
	size_t n = 0;
	bool more = false;
	enum hss_err err = HSS_OK;

	if (!kind_of(request, &o)) {
		return admin_refuse(reply,
		                    "kind must be profile, ifc-set, charging or capabilities");
	}
	err = store_object_names(admin->store, o.kind, &o.arena, &names, &n);
	if (err != HSS_OK) {
		err = admin_refuse_store(admin, err, reply);
		goto out;
	}
	list = names_list(names, n, after, &more);
	if (json_object_set(reply, "names", list) != 0 ||
	    json_object_set(reply, "next",
	                    more ? json_array_get(list, json_array_size(list) - 1) : json_null()) !=
	            0) {
		err = HSS_ERR_MEMORY;
	}
out:
	json_decref(list);
	arena_free(&o.arena);
	return err;
}

enum hss_err admin_object_delete(struct admin *admin, const json_t *request, json_t *reply)
{
	struct object o = {0};
	enum hss_err err = HSS_OK;

	if (!object_open(&o, admin, request, reply)) {
		return HSS_OK;
	}
	err = store_object_delete(admin->store, o.kind, o.name);
	if (err == HSS_ERR_NOT_FOUND) {
		err = admin_refuse(reply, "there is no %s %s", o.word, o.name);
	} else if (err != HSS_OK) {
		err = admin_refuse_store(admin, err, reply);
	} else {
		err = json_object_set_new(reply, "deleted", json_string(o.name)) == 0
		              ? HSS_OK
		              : HSS_ERR_MEMORY;
	}
	object_close(&o);
	return err;
}

/* The two members of profile.set in place of those that the profile has; the rest stays. */
static json_t *profile_changed(const struct object *o, const json_t *request)
{
	const json_t *media = json_object_get(request, "media_profile");
	const json_t *services = json_object_get(request, "unregistered_services");
	json_t *doc = o->was != NULL ? json_deep_copy(o->was) : json_object();

	(void)json_object_del(doc, "media_profile");
	(void)json_object_del(doc, "unregistered_services");
	if (media != NULL) {
		member_set(&doc, "media_profile", json_incref((json_t *)(uintptr_t)media));
	}
	if (services != NULL) {
		member_set(&doc, "unregistered_services",
		           json_incref((json_t *)(uintptr_t)services));
	}
	return doc;
}

enum hss_err admin_profile_set(struct admin *admin, const json_t *request, json_t *reply)
{
	json_t *head = json_pack("{s:s, s:O?}", "kind", "profile", "name",
	                         json_object_get(request, "name"));
	struct object o = {0};
	json_t *doc = NULL;
	enum hss_err err = HSS_OK;

	if (object_open(&o, admin, head, reply)) {
		err = stored_load(&o);
		doc = err == HSS_OK || err == HSS_ERR_NOT_FOUND ? profile_changed(&o, request)
		                                                : NULL;
		json_decref(o.was);
		o.was = NULL;
		o.id = 0;
		if (doc != NULL) {
			err = object_apply(&o, doc, false, reply);
		} else {
			err = err == HSS_OK || err == HSS_ERR_NOT_FOUND ? HSS_ERR_MEMORY : err;
			err = admin_refuse_store(admin, err, reply);
		}
	}
	json_decref(doc);
	json_decref(head);
	object_close(&o);
	return err;
}
