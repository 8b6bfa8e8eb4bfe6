/* subscriber.set: changes of a subscriber that exists. */
#include <stdlib.h>
#include <string.h>

#include "hss/admin_op.h"
#include "hss/admin_shared.h"
#include "hss/push_plan.h"

static const char *const known[] = {
	"registration_allowed",
	"visited",
	"charging",
	"capabilities",
	"impi",
	"k",
	"opc",
	"op",
	"amf",
	"sqn",
	"schemes",
	"ha1",
	"password",
	"digest_realm",
	"impus",
	"add_impus",
	"remove_impus",
	"default_impu",
	"order",
	NULL,
};

/* Members that concern one IMPI. */
static const char *const of_impi[] = {"impi", "k",       "opc", "op",       "amf",
                                      "sqn",  "schemes", "ha1", "password", "digest_realm"};

struct change {
	struct admin_reader reader;
	struct admin_shared shared;
	const json_t *changes;
	struct ims_subscription *sub;
};

static struct ims_impu *impu_named(struct ims_subscription *sub, const char *name)
{
	for (size_t i = 0; i < sub->n_impu; i++) {
		if (strcmp(sub->impu[i].name, name) == 0) {
			return &sub->impu[i];
		}
	}
	return NULL;
}

/* The IMPU of this subscriber that a JSON text names, or NULL and a fault. */
static struct ims_impu *impu_find(struct change *c, const json_t *value, const char *path,
                                  const char *member)
{
	const char *name = admin_doc_impu_name(&c->reader, value, path, member);
	struct ims_impu *impu = name != NULL ? impu_named(c->sub, name) : NULL;

	if (name != NULL && impu == NULL) {
		admin_fault(&c->reader, path, member, "the IMPU %s is not one of this subscriber",
		            name);
	}
	return impu;
}

/* The IMPI that the changes are for: the one named, the one asked for, or the only one. */
static struct ims_impi *impi_select(struct change *c)
{
	const json_t *value = json_object_get(c->changes, "impi");
	const char *name = NULL;

	if (value == NULL && c->sub->asked_impi.match == IMS_MATCH_OWN) {
		return &c->sub->impi[c->sub->asked_impi.index];
	}
	if (value == NULL && c->sub->n_impi == 1) {
		return &c->sub->impi[0];
	}
	if (value == NULL) {
		admin_fault(&c->reader, "", "impi", "is missing: the subscriber has several IMPIs");
		return NULL;
	}
	name = admin_doc_impi_name(&c->reader, value, "", "impi");
	for (size_t i = 0; name != NULL && i < c->sub->n_impi; i++) {
		if (strcmp(c->sub->impi[i].name, name) == 0) {
			return &c->sub->impi[i];
		}
	}
	if (name != NULL) {
		admin_fault(&c->reader, "", "impi", "the IMPI %s is not one of this subscriber",
		            name);
	}
	return NULL;
}

static void change_impi(struct change *c)
{
	struct ims_impi *impi = NULL;
	uint64_t sqn = 0;
	bool wanted = false;
	const bool new_key = json_object_get(c->changes, "k") != NULL;
	const bool new_ha1 = json_object_get(c->changes, "ha1") != NULL ||
	                     json_object_get(c->changes, "password") != NULL;

	for (size_t i = 0; i < sizeof(of_impi) / sizeof(of_impi[0]); i++) {
		wanted = wanted || json_object_get(c->changes, of_impi[i]) != NULL;
	}
	impi = wanted ? impi_select(c) : NULL;
	if (impi == NULL) {
		return;
	}
	sqn = impi->sqn;
	admin_doc_read_key(&c->reader, c->changes, "", impi);
	admin_doc_read_digest(&c->reader, c->changes, "", impi);
	admin_doc_read_amf(&c->reader, c->changes, "", impi->amf);
	admin_doc_read_sqn(&c->reader, c->changes, "", &sqn);
	/* An SQN that was issued is never issued again for one key. */
	if (sqn < impi->sqn && !new_key) {
		admin_fault(&c->reader, "", "sqn",
		            "must not go down unless a new key is set with it");
	}
	impi->sqn = sqn;
	if (new_key || new_ha1) { /* the vectors of a key that goes are counted no more */
		impi->auth_since = 0;
		impi->auth_count = 0;
	}
}

/* The set that a new IMPU joins: that of the IMPU named or asked for, or the only one. 0 and a
 * fault: none. */
static unsigned set_select(struct change *c, const json_t *obj, const char *path)
{
	const struct ims_subscription *sub = c->sub;
	const json_t *value = json_object_get(obj, "set_of");
	const struct ims_impu *impu = NULL;

	if (value != NULL) {
		impu = impu_find(c, value, path, "set_of");
	} else if (sub->n_asked_impu > 0) {
		impu = &sub->impu[sub->asked_impu[0].index];
	} else if (sub->impu[0].irs == sub->impu[sub->n_impu - 1].irs) {
		impu = &sub->impu[0];
	} else {
		admin_fault(&c->reader, path, "set_of",
		            "is missing: the subscriber has several sets");
	}
	return impu != NULL ? impu->irs : 0;
}

static void impu_add(struct change *c, const json_t *obj, const char *path)
{
	static const char *const members[] = {"impu", "set_of", ADMIN_DOC_IMPU_MEMBERS, NULL};
	struct ims_impu impu = {
		.kind = IMPU_DISTINCT, .psi_active = true, .profile = c->sub->impu[0].profile};

	admin_doc_known(&c->reader, obj, path, members);
	impu.name = admin_doc_impu_name(&c->reader, json_object_get(obj, "impu"), path, "impu");
	impu.irs = set_select(c, obj, path);
	admin_doc_read_impu(&c->reader, obj, path, &impu);
	if (impu.name != NULL && impu_named(c->sub, impu.name) != NULL) {
		admin_fault(&c->reader, path, "impu", "the subscriber has the IMPU %s already",
		            impu.name);
	} else if (impu.name != NULL && impu.irs != 0) {
		c->sub->impu[c->sub->n_impu++] = impu;
	}
}

static void change_add_impus(struct change *c)
{
	const json_t *list = json_object_get(c->changes, "add_impus");
	const size_t n = json_array_size(list);
	struct ims_impu *more = NULL;

	if (list == NULL) {
		return;
	}
	if (n == 0 || n + c->sub->n_impu > IMS_IMPU_MAX) {
		admin_fault(&c->reader, "", "add_impus",
		            "must be a list; a subscriber has at most %d IMPUs", IMS_IMPU_MAX);
		return;
	}
	more = arena_array(&c->sub->arena, c->sub->n_impu + n, sizeof(*more));
	if (more == NULL) {
		c->reader.err = HSS_ERR_MEMORY;
		return;
	}
	memcpy(more, c->sub->impu, c->sub->n_impu * sizeof(*more));
	c->sub->impu = more;
	for (size_t i = 0; i < n; i++) {
		char path[ADMIN_FIELD_LEN];

		admin_doc_path(path, "", "add_impus", i);
		impu_add(c, json_array_get(list, i), path);
	}
}

static void change_impus(struct change *c)
{
	static const char *const members[] = {"impu", ADMIN_DOC_IMPU_MEMBERS, NULL};
	const json_t *list = json_object_get(c->changes, "impus");

	if (list != NULL && !json_is_array(list)) {
		admin_fault(&c->reader, "", "impus", "must be a list");
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *obj = json_array_get(list, i);
		struct ims_impu *impu = NULL;
		char path[ADMIN_FIELD_LEN];

		admin_doc_path(path, "", "impus", i);
		admin_doc_known(&c->reader, obj, path, members);
		impu = impu_find(c, json_object_get(obj, "impu"), path, "impu");
		if (impu != NULL) {
			admin_doc_read_impu(&c->reader, obj, path, impu);
		}
	}
}

/* A set without IMPUs is no set: its registrations go. */
static void registrations_prune(struct ims_subscription *sub)
{
	size_t kept = 0;

	for (size_t i = 0; i < sub->n_registration; i++) {
		bool used = false;

		for (size_t j = 0; j < sub->n_impu; j++) {
			used = used || sub->impu[j].irs == sub->registration[i].irs;
		}
		if (used) {
			sub->registration[kept++] = sub->registration[i];
		}
	}
	sub->n_registration = kept;
}

static void change_remove_impus(struct change *c)
{
	const json_t *list = json_object_get(c->changes, "remove_impus");
	struct ims_subscription *sub = c->sub;

	if (list != NULL && !json_is_array(list)) {
		admin_fault(&c->reader, "", "remove_impus", "must be a list");
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct ims_impu *impu = NULL;
		char path[ADMIN_FIELD_LEN];

		admin_doc_path(path, "", "remove_impus", i);
		impu = impu_find(c, json_array_get(list, i), path, NULL);
		if (impu != NULL && sub->n_impu == 1) {
			admin_fault(&c->reader, path, NULL,
			            "is the last IMPU: delete the subscriber instead");
		} else if (impu != NULL) {
			const size_t at = (size_t)(impu - sub->impu);

			memmove(impu, impu + 1, (sub->n_impu - at - 1) * sizeof(*impu));
			sub->n_impu--;
		}
	}
	registrations_prune(sub);
}

/* Move the IMPU named to the front; the order between sets is put right afterwards. */
static void impu_to_front(struct change *c, const json_t *value, const char *path,
                          const char *member)
{
	struct ims_impu *impu = impu_find(c, value, path, member);

	if (impu != NULL) {
		const struct ims_impu first = *impu;

		memmove(c->sub->impu + 1, c->sub->impu,
		        (size_t)(impu - c->sub->impu) * sizeof(*impu));
		c->sub->impu[0] = first;
	}
}

static void change_order(struct change *c)
{
	const json_t *list = json_object_get(c->changes, "order");
	const json_t *first = json_object_get(c->changes, "default_impu");

	if (list != NULL && !json_is_array(list)) {
		admin_fault(&c->reader, "", "order", "must be a list");
	}
	for (size_t i = json_array_size(list); i-- > 0;) {
		char path[ADMIN_FIELD_LEN];

		admin_doc_path(path, "", "order", i);
		impu_to_front(c, json_array_get(list, i), path, NULL);
	}
	if (first != NULL) {
		impu_to_front(c, first, "", "default_impu");
	}
}

/* By set, the order within a set as it is; positions from 1. */
static void impus_renumber(struct ims_subscription *sub)
{
	ims_impus_sort(sub);
	for (size_t i = 0; i < sub->n_impu; i++) {
		const bool first = i == 0 || sub->impu[i - 1].irs != sub->impu[i].irs;

		sub->impu[i].position = first ? 1 : sub->impu[i - 1].position + 1;
	}
}

/* The default identity has to be one: a barred or wildcarded IMPU cannot be it. */
static void check_default(struct change *c)
{
	const json_t *value = json_object_get(c->changes, "default_impu");
	const struct ims_impu *impu = NULL;

	if (value != NULL && c->reader.n_faults == 0) {
		impu = impu_find(c, value, "", "default_impu");
	}
	if (impu != NULL && ims_irs_default_impu(c->sub, impu->irs) != impu) {
		admin_fault(
			&c->reader, "", "default_impu",
			"is barred or not a distinct user identity, and cannot be the default one");
	}
}

static void change_all(struct change *c)
{
	admin_doc_known(&c->reader, c->changes, "", known);
	admin_doc_read_bool(&c->reader, c->changes, "", "registration_allowed",
	                    &c->sub->registration_allowed);
	admin_doc_read_visited(&c->reader, c->changes);
	admin_doc_read_shared(&c->reader, c->changes);
	change_impi(c);
	change_add_impus(c);
	change_impus(c);
	change_order(c);
	change_remove_impus(c);
	impus_renumber(c->sub);
	check_default(c);
	if (c->reader.n_faults == 0 && c->reader.err == HSS_OK) {
		admin_doc_check(&c->reader);
		admin_shared_fill(&c->shared, &c->reader);
		admin_shared_check_size(&c->reader);
	}
}

/* Store the change, together with what S-CSCFs have to be told of it. */
static enum hss_err changed_put(struct admin *admin, struct ims_subscription *sub)
{
	struct ims_subscription before = {0};
	enum hss_err err = store_subscription_get(admin->store, sub->id, &before);

	if (err == HSS_OK) {
		err = push_plan_change(&before, sub);
	}
	if (err == HSS_OK) {
		err = store_subscription_put(admin->store, sub);
	}
	ims_subscription_free(&before);
	return err;
}

enum hss_err admin_subscriber_set(struct admin *admin, const json_t *request,
                                  struct ims_subscription *sub, json_t *reply)
{
	struct change c = {
		.reader = {.sub = sub,
	                   .seal = admin->seal,
	                   .auc = admin->auc,
	                   .details = json_array(),
	                   .warnings = json_array()},
		.shared = {.store = admin->store},
		.changes = json_object_get(request, "changes"),
		.sub = sub,
	};
	enum hss_err err = HSS_OK;

	if (c.reader.details == NULL || c.reader.warnings == NULL) {
		err = HSS_ERR_MEMORY;
		goto out;
	}
	if (!json_is_object(c.changes) || json_object_size(c.changes) == 0) {
		err = admin_refuse(reply, "changes must be an object with at least one member");
		goto out;
	}
	change_all(&c);
	err = c.reader.err;
	if (err == HSS_OK && c.reader.n_faults > 0) {
		err = admin_refuse_faults(&c.reader, "changed", reply);
	} else if (err == HSS_OK) {
		err = changed_put(admin, sub);
		err = err == HSS_OK ? HSS_OK : admin_refuse_store(admin, err, reply);
		(void)json_object_set_new(reply, "id", json_integer(sub->id));
		if (admin_tell_warnings(&c.reader, reply) != HSS_OK) {
			err = HSS_ERR_MEMORY;
		}
	}
out:
	admin_shared_free(&c.shared);
	json_decref(c.reader.details);
	json_decref(c.reader.warnings);
	return err;
}
