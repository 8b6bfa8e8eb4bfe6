#include "hss/user_data.h"

#include <string.h>

#include <libxml/xmlstring.h>
#include <libxml/xmlwriter.h>

#include "diameter-dict/cx_ids.h"

/* IdentityType of an identity that is not provisioned, but matches a wildcarded IMPU (Annex F); the
 * other values are those of enum impu_kind. */
enum { IDENTITY_TYPE_NON_DISTINCT = 3 };

/* One PublicIdentity of the document. */
struct entry {
	const struct ims_impu *impu; /* for a matched identity the wildcarded one */
	const char *name;
	unsigned type; /* IdentityType */
};

/* A document in the making; ok turns false for good at the first failure of the writer. */
struct doc {
	xmlTextWriter *xml;
	xmlBuffer *buffer;
	const struct ims_subscription *sub;
	const struct user_data_want *want;
	struct entry *entry; /* in the order of the set */
	size_t n_entry;
	bool ok;
};

/* libxml2 counts in octets of its own kind. */
static const xmlChar *xml(const char *text)
{
	return (const xmlChar *)text;
}

static void element_start(struct doc *doc, const char *name)
{
	doc->ok = doc->ok && xmlTextWriterStartElement(doc->xml, xml(name)) >= 0;
}

static void element_end(struct doc *doc)
{
	doc->ok = doc->ok && xmlTextWriterEndElement(doc->xml) >= 0;
}

static void element_text(struct doc *doc, const char *name, const char *text)
{
	doc->ok = doc->ok && xmlTextWriterWriteElement(doc->xml, xml(name), xml(text)) >= 0;
}

static void element_number(struct doc *doc, const char *name, uint32_t number)
{
	doc->ok =
		doc->ok && xmlTextWriterWriteFormatElement(doc->xml, xml(name), "%u", number) >= 0;
}

/* Elements that were made and checked when they were provisioned. */
static void elements_made(struct doc *doc, const char *text)
{
	if (text != NULL) {
		doc->ok = doc->ok && xmlTextWriterWriteRaw(doc->xml, xml(text)) >= 0;
	}
}

static bool has_feature(const struct doc *doc, uint32_t feature)
{
	return (doc->want->features & feature) != 0;
}

/* ---- PublicIdentity (B.2.1) ---- */

static void alias_write(struct doc *doc, const struct entry *entry)
{
	if (entry->impu->alias_group != NULL) {
		element_text(doc, "AliasIdentityGroupID", entry->impu->alias_group);
	} else {
		doc->ok = doc->ok &&
		          xmlTextWriterWriteFormatElement(doc->xml, xml("AliasIdentityGroupID"),
		                                          "own:%s", entry->name) >= 0;
	}
}

/* The Extensions of a PublicIdentity, each nested in the one of an earlier release (table E.2). */
static void identity_extension_write(struct doc *doc, const struct entry *entry)
{
	const struct ims_impu *impu = entry->impu;
	const bool wildcarded = impu->kind == IMPU_WILDCARDED;
	const bool alias = has_feature(doc, CX_FEATURE_ALIAS_IND);

	element_start(doc, "Extension");
	element_number(doc, "IdentityType", entry->type);
	if (impu->kind == IMPU_WILDCARDED_PSI) {
		element_text(doc, "WildcardedPSI", impu->name);
	}
	if (impu->display_name != NULL || alias || wildcarded) {
		element_start(doc, "Extension");
		if (impu->display_name != NULL) {
			element_text(doc, "DisplayName", impu->display_name);
		}
		if (alias) {
			alias_write(doc, entry);
		}
		if (wildcarded) {
			element_start(doc, "Extension");
			element_text(doc, "WildcardedIMPU", impu->name);
			element_end(doc);
		}
		element_end(doc);
	}
	element_end(doc);
}

static void public_identity_write(struct doc *doc, const struct entry *entry)
{
	element_start(doc, "PublicIdentity");
	element_number(doc, "BarringIndication", entry->impu->barred);
	element_text(doc, "Identity", entry->name);
	identity_extension_write(doc, entry);
	element_end(doc);
}

/* ---- ServiceProfile (B.2) ---- */

/* CoreNetworkServicesAuthorization: absent, nothing is restricted (B.2.2A). */
static void authorization_write(struct doc *doc, const struct ims_profile *profile)
{
	if (!profile->has_media_profile && profile->n_service_id == 0) {
		return;
	}
	element_start(doc, "CoreNetworkServicesAuthorization");
	if (profile->has_media_profile) {
		element_number(doc, "SubscribedMediaProfileId", profile->media_profile);
	}
	if (profile->n_service_id > 0) {
		element_start(doc, "Extension");
		element_start(doc, "ListOfServiceIds");
		for (size_t i = 0; i < profile->n_service_id; i++) {
			element_text(doc, "ServiceId", profile->service_id[i]);
		}
		element_end(doc);
		element_end(doc);
	}
	element_end(doc);
}

/* InitialFilterCriteria: the profile's own, and those of shared sets that the S-CSCF lacks. */
static void criteria_write(struct doc *doc, const struct ims_profile *profile)
{
	elements_made(doc, profile->criteria);
	for (size_t i = 0; !has_feature(doc, CX_FEATURE_SIFC) && i < profile->n_ifc_set; i++) {
		elements_made(doc, profile->ifc_set[i].criteria);
	}
}

static void shared_sets_write(struct doc *doc, const struct ims_profile *profile)
{
	if (!has_feature(doc, CX_FEATURE_SIFC) || profile->n_ifc_set == 0) {
		return;
	}
	element_start(doc, "Extension");
	for (size_t i = 0; i < profile->n_ifc_set; i++) {
		element_number(doc, "SharedIFCSetID", profile->ifc_set[i].id);
	}
	element_end(doc);
}

/* Whether two identities stand in one ServiceProfile; an equivalence. */
static bool share_profile(const struct doc *doc, const struct entry *a, const struct entry *b)
{
	const char *group = a->impu->alias_group;
	const char *other = b->impu->alias_group;

	if (a == b) {
		return true;
	}
	return a->impu->profile == b->impu->profile &&
	       (has_feature(doc, CX_FEATURE_ALIAS_IND) ||
	        (group != NULL && other != NULL && strcmp(group, other) == 0));
}

/* Whether it is too long already. A ServiceProfile for each of many IMPUs may become very long. */
static bool is_full(struct doc *doc)
{
	doc->ok = doc->ok && xmlTextWriterFlush(doc->xml) >= 0;
	return xmlBufferLength(doc->buffer) > USER_DATA_LEN_MAX;
}

/* The ServiceProfile that this entry is in: the identities of it, in order, then what it says. */
static void service_profile_write(struct doc *doc, const struct entry *leader)
{
	const struct ims_profile *profile = &doc->sub->profile[leader->impu->profile];

	if (is_full(doc)) {
		return;
	}
	element_start(doc, "ServiceProfile");
	for (size_t i = 0; i < doc->n_entry; i++) {
		if (share_profile(doc, leader, &doc->entry[i])) {
			public_identity_write(doc, &doc->entry[i]);
		}
	}
	authorization_write(doc, profile);
	criteria_write(doc, profile);
	shared_sets_write(doc, profile);
	element_end(doc);
}

/* Whether no entry before this one is in its ServiceProfile. */
static bool is_leader(const struct doc *doc, const struct entry *entry)
{
	for (const struct entry *before = doc->entry; before < entry; before++) {
		if (share_profile(doc, before, entry)) {
			return false;
		}
	}
	return true;
}

/*
 * The profile of the default IMPU comes first and the others as they are met: the first unbarred
 * IMPU of the document is so the first unbarred one of the set, also when profiles alternate in it.
 */
static void service_profiles_write(struct doc *doc)
{
	const struct ims_impu *impu = ims_irs_default_impu(doc->sub, doc->want->irs);
	const struct entry *first = NULL;

	for (size_t i = 0; impu != NULL && first == NULL && i < doc->n_entry; i++) {
		first = doc->entry[i].impu == impu ? &doc->entry[i] : NULL;
	}
	if (first != NULL) {
		service_profile_write(doc, first);
	}
	for (size_t i = 0; i < doc->n_entry; i++) {
		const struct entry *entry = &doc->entry[i];

		if (is_leader(doc, entry) && (first == NULL || !share_profile(doc, first, entry))) {
			service_profile_write(doc, entry);
		}
	}
}

/* ---- The document ---- */

static void entry_add(struct doc *doc, const struct ims_impu *impu, const char *name, unsigned type)
{
	doc->entry[doc->n_entry++] = (struct entry){.impu = impu, .name = name, .type = type};
}

/* What the set consists of. Of a wildcarded PSI there is one entry, the PSI that matched. */
static bool entries_make(struct doc *doc, struct arena *arena)
{
	const struct user_data_want *want = doc->want;

	doc->entry = arena_array(arena, doc->sub->n_impu + 1, sizeof(*doc->entry));
	for (size_t i = 0; doc->entry != NULL && i < doc->sub->n_impu; i++) {
		const struct ims_impu *impu = &doc->sub->impu[i];
		const bool matched = want->matched != NULL && impu == want->wildcard;

		if (impu->irs != want->irs) {
			continue;
		}
		if (matched && impu->kind == IMPU_WILDCARDED_PSI) {
			entry_add(doc, impu, want->matched, impu->kind);
			continue;
		}
		entry_add(doc, impu, impu->name, impu->kind);
		if (matched) {
			entry_add(doc, impu, want->matched, IDENTITY_TYPE_NON_DISTINCT);
		}
	}
	return doc->entry != NULL;
}

/* XML has no way to write a control character, and libxml2's writer does not look for one. */
static bool is_writable(const char *text)
{
	const xmlChar *c = xml(text);

	if (text == NULL) {
		return true;
	}
	if (xmlCheckUTF8(c) == 0) {
		return false;
	}
	while (*c >= 0x20) {
		c++;
	}
	return *c == '\0';
}

static bool profile_is_writable(const struct ims_subscription *sub, unsigned index)
{
	bool writable = index < sub->n_profile;

	for (size_t i = 0; writable && i < sub->profile[index].n_service_id; i++) {
		writable = is_writable(sub->profile[index].service_id[i]);
	}
	return writable;
}

static bool entries_are_writable(const struct doc *doc)
{
	bool writable = doc->n_entry > 0 && is_writable(doc->sub->impi[doc->want->impi].name);

	for (size_t i = 0; writable && i < doc->n_entry; i++) {
		const struct entry *entry = &doc->entry[i];

		writable = is_writable(entry->name) && is_writable(entry->impu->name) &&
		           is_writable(entry->impu->display_name) &&
		           is_writable(entry->impu->alias_group) &&
		           profile_is_writable(doc->sub, entry->impu->profile);
	}
	return writable;
}

static void document_write(struct doc *doc)
{
	/* Not xmlTextWriterStartDocument: it breaks the line, and Kamailio wants no white space. */
	doc->ok = xmlTextWriterWriteRaw(doc->xml,
	                                xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")) >= 0;
	element_start(doc, "IMSSubscription");
	element_text(doc, "PrivateID", doc->sub->impi[doc->want->impi].name);
	service_profiles_write(doc);
	element_end(doc);
	doc->ok = doc->ok && xmlTextWriterFlush(doc->xml) >= 0;
}

static enum hss_err document_take(struct ims_subscription *sub, const xmlBuffer *buffer,
                                  const char **doc, size_t *len)
{
	const size_t n = (size_t)xmlBufferLength(buffer);
	const char *copy = NULL;

	if (n > USER_DATA_LEN_MAX) {
		return HSS_ERR_LIMIT;
	}
	copy = arena_text(&sub->arena, (const char *)xmlBufferContent(buffer), n);
	if (copy == NULL) {
		return HSS_ERR_MEMORY;
	}
	*doc = copy;
	*len = n;
	return HSS_OK;
}

enum hss_err user_data_write(struct ims_subscription *sub, const struct user_data_want *want,
                             const char **doc, size_t *len)
{
	enum hss_err err = HSS_ERR_MEMORY;
	struct doc work = {.sub = sub, .want = want};

	if (!entries_make(&work, &sub->arena)) {
		return HSS_ERR_MEMORY;
	}
	if (!entries_are_writable(&work)) {
		return HSS_ERR_INVALID;
	}
	work.buffer = xmlBufferCreate();
	work.xml = work.buffer != NULL ? xmlNewTextWriterMemory(work.buffer, 0) : NULL;
	if (work.xml == NULL) {
		goto out;
	}
	document_write(&work);
	if (work.ok) {
		err = document_take(sub, work.buffer, doc, len);
	}
out:
	xmlFreeTextWriter(work.xml);
	xmlBufferFree(work.buffer);
	return err;
}
