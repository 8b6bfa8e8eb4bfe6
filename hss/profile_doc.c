#include "hss/profile_doc.h"

#include <stdlib.h>
#include <string.h>

#include "hss/ifc_doc.h"

enum {
	XML_OCTET_MAX = 6,      /* what one octet can take in XML: &quot; */
	SERVICE_ID_OCTETS = 32, /* <ServiceId></ServiceId> */
	PROFILE_OCTETS = 256,   /* the elements around everything */
	PORT_MAX = 65535,
	DECIMAL = 10,
};

/* The document as text, in the reader's arena; takes the reference over. */
static const char *document_text(struct admin_reader *r, json_t *doc)
{
	const size_t len = json_dumpb(doc, NULL, 0, JSON_COMPACT);
	char *text = len > 0 ? arena_alloc(r->arena, len + 1) : NULL;

	if (text == NULL || json_dumpb(doc, text, len, JSON_COMPACT) != len) {
		r->err = HSS_ERR_MEMORY;
	}
	json_decref(doc);
	return text;
}

/* The name that the document repeats must be the one it is applied as. */
static bool head_check(struct admin_reader *r, const json_t *doc, const char *name,
                       const char *const *known)
{
	const char *own = NULL;

	if (!json_is_object(doc)) {
		admin_fault(r, "", NULL, "must be a JSON object");
		return false;
	}
	admin_doc_known(r, doc, "", known);
	own = admin_text(r, doc, "", "name");
	if (own != NULL && strcmp(own, name) != 0) {
		admin_fault(r, "", "name", "is not %s, which it is applied as", name);
	}
	return admin_text_check(r, name, "", "name");
}

static void service_ids_read(struct admin_reader *r, const json_t *doc, struct ims_profile *profile,
                             json_t *out)
{
	const json_t *list = json_object_get(doc, "service_ids");
	const size_t n = json_array_size(list);
	json_t *normal = NULL;

	if (list == NULL) {
		return;
	}
	if (!json_is_array(list) || n > IMS_SERVICE_ID_MAX) {
		admin_fault(r, "", "service_ids", "must be a list of at most %d texts",
		            IMS_SERVICE_ID_MAX);
		return;
	}
	normal = json_array();
	profile->service_id = admin_keep_array(r, n, sizeof(*profile->service_id));
	for (size_t i = 0; i < n && r->err == HSS_OK; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		char path[ADMIN_FIELD_LEN];

		admin_doc_path(path, "", "service_ids", i);
		if (text == NULL) {
			admin_fault(r, path, NULL, "must be a text");
		} else if (admin_text_check(r, text, path, NULL)) {
			profile->service_id[profile->n_service_id++] = admin_keep(r, text);
			admin_append(r, normal, json_string(text));
		}
	}
	if (n > 0) {
		admin_put(r, out, "service_ids", normal);
	} else {
		json_decref(normal);
	}
}

static int set_compare(const void *a, const void *b)
{
	const struct ims_ifc_set *x = a;
	const struct ims_ifc_set *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void ifc_sets_read(struct admin_reader *r, const json_t *doc, struct ims_profile *profile,
                          json_t *out)
{
	const json_t *list = json_object_get(doc, "ifc_sets");
	const size_t n = json_array_size(list);
	json_t *normal = NULL;

	if (list == NULL) {
		return;
	}
	if (!json_is_array(list) || n > IMS_IFC_SET_MAX) {
		admin_fault(r, "", "ifc_sets", "must be a list of at most %d ids of shared sets",
		            IMS_IFC_SET_MAX);
		return;
	}
	profile->ifc_set = admin_keep_array(r, n, sizeof(*profile->ifc_set));
	for (size_t i = 0; i < n && r->err == HSS_OK; i++) {
		const json_t *value = json_array_get(list, i);
		const json_int_t id = json_integer_value(value);
		char path[ADMIN_FIELD_LEN];

		admin_doc_path(path, "", "ifc_sets", i);
		if (!json_is_integer(value) || id < 0 || id > INT32_MAX) {
			admin_fault(r, path, NULL, "must be a number from 0 to %d", INT32_MAX);
			continue;
		}
		for (size_t j = 0; j < profile->n_ifc_set; j++) {
			if (profile->ifc_set[j].id == (uint32_t)id) {
				admin_fault(r, path, NULL, "appears twice");
			}
		}
		profile->ifc_set[profile->n_ifc_set++] = (struct ims_ifc_set){.id = (uint32_t)id};
	}
	if (r->err != HSS_OK || profile->n_ifc_set == 0) {
		return;
	}
	qsort(profile->ifc_set, profile->n_ifc_set, sizeof(*profile->ifc_set), set_compare);
	normal = json_array();
	for (size_t i = 0; i < profile->n_ifc_set; i++) {
		admin_append(r, normal, json_integer(profile->ifc_set[i].id));
	}
	admin_put(r, out, "ifc_sets", normal);
}

/* Criteria to XML and into the document. */
static void criteria_read(struct admin_reader *r, const json_t *doc, const char **xml,
                          bool *unregistered, json_t *out)
{
	const size_t before = r->n_faults;
	json_t *criteria = NULL;

	*xml = NULL;
	ifc_doc_read(r, doc, &criteria);
	if (r->err == HSS_OK && r->n_faults == before) {
		r->err = ifc_doc_write(criteria, r->arena, xml);
		*unregistered = ifc_doc_has_unregistered(criteria);
	}
	if (json_array_size(criteria) > 0) {
		admin_put(r, out, "criteria", json_incref(criteria));
	}
	if (*xml != NULL && strlen(*xml) > PROFILE_DOC_LEN_MAX) {
		admin_fault(r, "", "criteria",
		            "have %zu octets as XML; at most %d fit a Server-Assignment-Answer",
		            strlen(*xml), PROFILE_DOC_LEN_MAX);
	}
	json_decref(criteria);
}

void profile_doc_read(struct admin_reader *r, const json_t *doc, const char *name,
                      struct ims_profile *profile)
{
	static const char *const known[] = {"name",     "media_profile", "service_ids",
	                                    "criteria", "ifc_sets",      "unregistered_services",
	                                    NULL};
	const json_t *media = json_object_get(doc, "media_profile");
	const json_t *services = json_object_get(doc, "unregistered_services");
	const json_int_t number = json_integer_value(media);
	json_t *out = NULL;

	*profile = (struct ims_profile){.name = name};
	if (!head_check(r, doc, name, known)) {
		return;
	}
	out = json_pack("{s:s}", "name", name);
	if (media != NULL && !json_is_null(media)) {
		if (!json_is_integer(media) || number < 0 || number > UINT32_MAX) {
			admin_fault(r, "", "media_profile", "must be a number from 0 to %lu",
			            (unsigned long)UINT32_MAX);
		}
		profile->has_media_profile = true;
		profile->media_profile = (uint32_t)number;
		admin_put(r, out, "media_profile", json_integer(number));
	}
	service_ids_read(r, doc, profile, out);
	criteria_read(r, doc, &profile->criteria, &profile->unregistered_services, out);
	ifc_sets_read(r, doc, profile, out);
	if (services != NULL) {
		admin_doc_read_bool(r, doc, "", "unregistered_services",
		                    &profile->unregistered_services);
		admin_put(r, out, "unregistered_services",
		          json_boolean(profile->unregistered_services));
	}
	profile->document = document_text(r, out);
}

int64_t ifc_set_id(const char *name)
{
	const size_t len = strlen(name);
	char *end = NULL;
	long id = 0;

	if (len == 0 || len > DECIMAL || strspn(name, "0123456789") != len ||
	    (name[0] == '0' && len > 1)) {
		return -1;
	}
	id = strtol(name, &end, DECIMAL);
	return id <= INT32_MAX ? id : -1;
}

void ifc_set_doc_read(struct admin_reader *r, const json_t *doc, const char *name,
                      struct ims_ifc_set *set)
{
	static const char *const known[] = {"id", "criteria", NULL};
	const json_t *own = json_object_get(doc, "id");
	const int64_t id = ifc_set_id(name);
	json_t *out = NULL;

	*set = (struct ims_ifc_set){.id = (uint32_t)id};
	if (!json_is_object(doc)) {
		admin_fault(r, "", NULL, "must be a JSON object");
		return;
	}
	admin_doc_known(r, doc, "", known);
	if (id < 0) {
		admin_fault(r, "", "id", "must be a number from 0 to %d", INT32_MAX);
		return;
	}
	if (own != NULL && json_integer_value(own) != id) {
		admin_fault(r, "", "id", "is not %s, which it is applied as", name);
	}
	out = json_pack("{s:I}", "id", (json_int_t)id);
	criteria_read(r, doc, &set->criteria, &set->unregistered_services, out);
	if (json_object_get(out, "criteria") == NULL) {
		admin_fault(r, "", "criteria", "must be a list of at least one");
	}
	set->document = document_text(r, out);
}

size_t profile_doc_len(const struct ims_profile *profile)
{
	size_t len = PROFILE_OCTETS + (profile->criteria != NULL ? strlen(profile->criteria) : 0);

	for (size_t i = 0; i < profile->n_service_id; i++) {
		len += SERVICE_ID_OCTETS + XML_OCTET_MAX * strlen(profile->service_id[i]);
	}
	for (size_t i = 0; i < profile->n_ifc_set; i++) {
		const char *criteria = profile->ifc_set[i].criteria;

		len += criteria != NULL ? strlen(criteria) : 0;
	}
	return len;
}

/* Whether text begins with a port or parameter value and where it ends. */
static bool port_check(const char **at)
{
	const size_t digits = strspn(*at, "0123456789");
	const unsigned long port = strtoul(*at, NULL, DECIMAL);

	*at += digits;
	return digits > 0 && digits < sizeof("65535") && port > 0 && port <= PORT_MAX;
}

static bool word_skip(const char **at, const char *const *words)
{
	for (; *words != NULL; words++) {
		const size_t len = strlen(*words);

		if (strncmp(*at, *words, len) == 0 && ((*at)[len] == '\0' || (*at)[len] == ';')) {
			*at += len;
			return true;
		}
	}
	return false;
}

bool diameter_uri_check(const char *uri, const char **why)
{
	static const char *const transports[] = {"tcp", "sctp", "udp", NULL};
	static const char *const protocols[] = {"diameter", "radius", "tacacs+", NULL};
	const size_t scheme = strncmp(uri, "aaas://", strlen("aaas://")) == 0 ? strlen("aaas://")
	                                                                      : strlen("aaa://");
	const char *host = uri + scheme;
	const char *at = NULL;

	if (strncmp(uri, "aaa", 3) != 0 || strncmp(uri + scheme - 3, "://", 3) != 0) {
		*why = "must begin with aaa:// or aaas://";
		return false;
	}
	at = host + strcspn(host, ":;");
	if (!is_host_name(host, (size_t)(at - host))) {
		*why = "has no fully qualified host name";
		return false;
	}
	if (*at == ':' && (at++, !port_check(&at))) {
		*why = "has a port that is none";
		return false;
	}
	if (strncmp(at, ";transport=", strlen(";transport=")) == 0) {
		at += strlen(";transport=");
		if (!word_skip(&at, transports)) {
			*why = "has a transport that is not tcp, sctp or udp";
			return false;
		}
	}
	if (strncmp(at, ";protocol=", strlen(";protocol=")) == 0) {
		at += strlen(";protocol=");
		if (!word_skip(&at, protocols)) {
			*why = "has a protocol that is not diameter, radius or tacacs+";
			return false;
		}
	}
	*why = "has something behind its host that does not belong there";
	return *at == '\0';
}

static const char *function_read(struct admin_reader *r, const json_t *doc, const char *member,
                                 json_t *out)
{
	const char *text = admin_text(r, doc, "", member);
	const char *why = NULL;

	if (text == NULL || !admin_text_check(r, text, "", member)) {
		return NULL;
	}
	if (!diameter_uri_check(text, &why)) {
		admin_fault(r, "", member, "the URI %s", why);
		return NULL;
	}
	admin_put(r, out, member, json_string(text));
	return admin_keep(r, text);
}

void charging_doc_read(struct admin_reader *r, const json_t *doc, const char *name,
                       struct ims_charging *charging)
{
	static const char *const known[] = {"name",        "primary_ecf",   "secondary_ecf",
	                                    "primary_ccf", "secondary_ccf", NULL};
	const size_t before = r->n_faults;
	json_t *out = NULL;

	*charging = (struct ims_charging){.name = name};
	if (!head_check(r, doc, name, known)) {
		return;
	}
	out = json_pack("{s:s}", "name", name);
	charging->primary_ecf = function_read(r, doc, "primary_ecf", out);
	charging->secondary_ecf = function_read(r, doc, "secondary_ecf", out);
	charging->primary_ccf = function_read(r, doc, "primary_ccf", out);
	charging->secondary_ccf = function_read(r, doc, "secondary_ccf", out);
	if (r->n_faults == before && charging->primary_ecf == NULL &&
	    charging->primary_ccf == NULL) {
		admin_fault(r, "", "primary_ccf", "is missing (or primary_ecf)");
	}
	charging->document = document_text(r, out);
}

/* A list of capability numbers. */
static uint32_t *numbers_read(struct admin_reader *r, const json_t *doc, const char *member,
                              size_t *n_out, json_t *out)
{
	const json_t *list = json_object_get(doc, member);
	const size_t n = json_array_size(list);
	uint32_t *numbers = NULL;

	*n_out = 0;
	if (list != NULL && (!json_is_array(list) || n > IMS_CAPABILITY_MAX)) {
		admin_fault(r, "", member, "must be a list of at most %d numbers",
		            IMS_CAPABILITY_MAX);
		return NULL;
	}
	if (n == 0) {
		return NULL;
	}
	numbers = admin_keep_array(r, n, sizeof(*numbers));
	for (size_t i = 0; i < n && r->err == HSS_OK; i++) {
		const json_t *value = json_array_get(list, i);
		const json_int_t number = json_integer_value(value);

		if (!json_is_integer(value) || number < 0 || number > UINT32_MAX) {
			char path[ADMIN_FIELD_LEN];

			admin_doc_path(path, "", member, i);
			admin_fault(r, path, NULL, "must be a number from 0 to %lu",
			            (unsigned long)UINT32_MAX);
		}
		numbers[(*n_out)++] = (uint32_t)number;
	}
	admin_put(r, out, member, json_copy((json_t *)(uintptr_t)list));
	return numbers;
}

static void servers_read(struct admin_reader *r, const json_t *doc,
                         struct ims_capabilities *capabilities, json_t *out)
{
	const json_t *list = json_object_get(doc, "servers");
	const size_t n = json_array_size(list);

	if (list != NULL && (!json_is_array(list) || n > IMS_CAPABILITY_MAX)) {
		admin_fault(r, "", "servers", "must be a list of at most %d names of S-CSCFs",
		            IMS_CAPABILITY_MAX);
		return;
	}
	if (n == 0) {
		return;
	}
	capabilities->server = admin_keep_array(r, n, sizeof(*capabilities->server));
	for (size_t i = 0; i < n && r->err == HSS_OK; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		const char *why = "is no text";

		if (text == NULL || scscf_name_check(text, strlen(text), &why) != HSS_OK) {
			char path[ADMIN_FIELD_LEN];

			admin_doc_path(path, "", "servers", i);
			admin_fault(r, path, NULL, "the name of the S-CSCF %s", why);
			continue;
		}
		capabilities->server[capabilities->n_server++] = admin_keep(r, text);
	}
	admin_put(r, out, "servers", json_copy((json_t *)(uintptr_t)list));
}

void capabilities_doc_read(struct admin_reader *r, const json_t *doc, const char *name,
                           struct ims_capabilities *capabilities)
{
	static const char *const known[] = {"name", "mandatory", "optional", "servers", NULL};
	const size_t before = r->n_faults;
	bool numbers = false;
	json_t *out = NULL;

	*capabilities = (struct ims_capabilities){.name = name};
	if (!head_check(r, doc, name, known)) {
		return;
	}
	out = json_pack("{s:s}", "name", name);
	capabilities->mandatory =
		numbers_read(r, doc, "mandatory", &capabilities->n_mandatory, out);
	capabilities->optional = numbers_read(r, doc, "optional", &capabilities->n_optional, out);
	servers_read(r, doc, capabilities, out);
	numbers = capabilities->n_mandatory + capabilities->n_optional > 0;
	if (r->n_faults == before && numbers == (capabilities->n_server > 0)) {
		admin_fault(r, "", "servers",
		            numbers ? "excludes mandatory and optional: give names or else "
		                      "capabilities"
		                    : "is missing (or mandatory, or optional)");
	}
	capabilities->document = document_text(r, out);
}
