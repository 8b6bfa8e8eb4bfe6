#include "hss/admin_shared.h"

#include <string.h>

#include "diameter-dict/cx_ids.h"
#include "hss/admin_doc.h"
#include "hss/profile_doc.h"
#include "hss/user_data.h"

enum {
	/* Below this sum of upper bounds a user profile fits for sure, and is not written out. */
	SIZE_SURELY_FITS = 50000,
	XML_OCTET_MAX = 6,      /* what one octet can take in XML: &quot; */
	IDENTITY_OCTETS = 1024, /* the elements of one PublicIdentity */
};

struct admin_shared_object {
	struct admin_shared_object *next;
	enum store_object kind;
	const char *name;
	bool found;
	struct ims_profile profile; /* one of these, by its kind */
	struct ims_charging charging;
	struct ims_capabilities capabilities;
};

/* The struct from its document. */
static enum hss_err object_read(struct admin_shared *shared, struct admin_shared_object *o)
{
	struct admin_reader reader = {.arena = &shared->arena, .details = json_array()};
	const char *text = NULL;
	json_t *doc = NULL;
	int64_t id = 0;
	enum hss_err err =
		store_object_get(shared->store, o->kind, o->name, &shared->arena, &id, &text);

	if (err == HSS_OK) {
		doc = json_loads(text, 0, NULL);
		err = doc != NULL && reader.details != NULL ? HSS_OK : HSS_ERR_MEMORY;
	}
	if (err == HSS_OK) {
		if (o->kind == STORE_OBJECT_CHARGING) {
			charging_doc_read(&reader, doc, o->name, &o->charging);
			o->charging.id = id;
		} else {
			capabilities_doc_read(&reader, doc, o->name, &o->capabilities);
			o->capabilities.id = id;
		}
		err = reader.err;
	}
	json_decref(doc);
	json_decref(reader.details);
	return err;
}

static enum hss_err object_load(struct admin_shared *shared, struct admin_shared_object *o)
{
	enum hss_err err = HSS_OK;

	if (o->kind == STORE_OBJECT_PROFILE) {
		err = store_profile_get(shared->store, o->name, &shared->arena, &o->profile);
	} else {
		err = object_read(shared, o);
	}
	o->found = err == HSS_OK;
	return err == HSS_ERR_NOT_FOUND ? HSS_OK : err;
}

/* The object of this name, loaded when it is the first time; NULL and r->err. */
static const struct admin_shared_object *object_of(struct admin_shared *shared,
                                                   enum store_object kind, const char *name,
                                                   struct admin_reader *r)
{
	struct admin_shared_object *o = shared->first;

	while (o != NULL && (o->kind != kind || strcmp(o->name, name) != 0)) {
		o = o->next;
	}
	if (o != NULL) {
		return o;
	}
	o = arena_alloc(&shared->arena, sizeof(*o));
	name = arena_text(&shared->arena, name, strlen(name));
	if (o == NULL || name == NULL) {
		r->err = HSS_ERR_MEMORY;
		return NULL;
	}
	*o = (struct admin_shared_object){.next = shared->first, .kind = kind, .name = name};
	r->err = object_load(shared, o);
	shared->first = o;
	return r->err == HSS_OK ? o : NULL;
}

/* The first IMPU with this profile is where the fault is. */
static void fault_profile(struct admin_reader *r, unsigned index)
{
	char path[ADMIN_FIELD_LEN];
	size_t i = 0;

	while (i < r->sub->n_impu && r->sub->impu[i].profile != index) {
		i++;
	}
	if (i < r->sub->n_impu) {
		admin_doc_impu_path(r->sub, i, path);
		admin_fault(r, path, "profile", "there is no profile %s",
		            r->sub->profile[index].name);
	}
}

void admin_shared_fill(struct admin_shared *shared, struct admin_reader *r)
{
	struct ims_subscription *sub = r->sub;
	const struct admin_shared_object *o = NULL;

	for (unsigned i = 0; i < sub->n_profile && r->err == HSS_OK; i++) {
		if (sub->profile[i].id != 0) {
			continue;
		}
		o = object_of(shared, STORE_OBJECT_PROFILE, sub->profile[i].name, r);
		if (o != NULL && o->found) {
			sub->profile[i] = o->profile;
		} else if (o != NULL) {
			fault_profile(r, i);
		}
	}
	if (sub->charging != NULL && sub->charging->id == 0 && r->err == HSS_OK) {
		o = object_of(shared, STORE_OBJECT_CHARGING, sub->charging->name, r);
		if (o != NULL && o->found) {
			*sub->charging = o->charging;
		} else if (o != NULL) {
			admin_fault(r, "", "charging", "there is no charging %s", o->name);
		}
	}
	if (sub->capabilities != NULL && sub->capabilities->id == 0 && r->err == HSS_OK) {
		o = object_of(shared, STORE_OBJECT_CAPABILITIES, sub->capabilities->name, r);
		if (o != NULL && o->found) {
			*sub->capabilities = o->capabilities;
		} else if (o != NULL) {
			admin_fault(r, "", "capabilities", "there are no capabilities %s", o->name);
		}
	}
}

static size_t text_bound(const char *text)
{
	return text != NULL ? XML_OCTET_MAX * strlen(text) : 0;
}

/* What a user profile of the subscription takes at most, all sets together and each IMPU with a
 * ServiceProfile of its own. */
static size_t size_bound(const struct ims_subscription *sub)
{
	size_t len = 0;

	for (size_t i = 0; i < sub->n_impu; i++) {
		const struct ims_impu *impu = &sub->impu[i];

		len += profile_doc_len(&sub->profile[impu->profile]) + IDENTITY_OCTETS +
		       2 * text_bound(impu->name) + text_bound(impu->display_name) +
		       text_bound(impu->alias_group);
	}
	return len;
}

/* The element of sub->impi that owns a registration. */
static size_t owner_index(const struct ims_subscription *sub, const struct ims_registration *reg)
{
	size_t i = 0;

	while (i + 1 < sub->n_impi && sub->impi[i].no != reg->impi) {
		i++;
	}
	return i;
}

/* Whether the document of a set can be written, for an S-CSCF with these features. */
static enum hss_err set_fits(struct ims_subscription *sub, const struct ims_registration *reg,
                             uint32_t features)
{
	const struct user_data_want want = {
		.impi = owner_index(sub, reg), .irs = reg->irs, .features = features};
	const char *doc = NULL;
	size_t len = 0;

	return user_data_write(sub, &want, &doc, &len);
}

void admin_shared_check_size(struct admin_reader *r)
{
	struct ims_subscription *sub = r->sub;

	if (r->n_faults > 0 || r->err != HSS_OK || size_bound(sub) < SIZE_SURELY_FITS) {
		return;
	}
	for (size_t i = 0; i < sub->n_registration && r->err == HSS_OK; i++) {
		enum hss_err err = set_fits(sub, &sub->registration[i], 0);

		if (err == HSS_OK) {
			err = set_fits(sub, &sub->registration[i], CX_FEATURE_ALIAS_IND);
		}
		if (err == HSS_ERR_LIMIT) {
			admin_fault(
				r, "", "sets",
				"the user profile of set %u does not fit a "
				"Server-Assignment-Answer: too many IMPUs, or too large profiles",
				sub->registration[i].irs);
			return;
		}
		r->err = err == HSS_ERR_INVALID ? HSS_OK : err;
	}
}

void admin_shared_free(struct admin_shared *shared)
{
	arena_free(&shared->arena);
	shared->first = NULL;
}
