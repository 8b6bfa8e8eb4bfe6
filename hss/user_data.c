#include "hss/user_data.h"

#include <string.h>

#include <libxml/xmlstring.h>
#include <libxml/xmlwriter.h>

/* An SAA of 64 KiB (what the S-CSCFs in the field take) has room for this much beside its other
 * AVPs. */
enum { USER_DATA_LEN_MAX = 60000 };

/* A document in the making; ok turns false for good at the first failure of the writer. */
struct doc {
	xmlTextWriter *xml;
	const struct ims_subscription *sub;
	unsigned irs;
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

/* The Extensions of a PublicIdentity, each nested in the one of an earlier release (table E.2). */
static void identity_extension_write(struct doc *doc, const struct ims_impu *impu)
{
	const bool wildcarded = impu->kind == IMPU_WILDCARDED;

	element_start(doc, "Extension");
	element_number(doc, "IdentityType", impu->kind);
	if (impu->kind == IMPU_WILDCARDED_PSI) {
		element_text(doc, "WildcardedPSI", impu->name);
	}
	if (impu->display_name != NULL || wildcarded) {
		element_start(doc, "Extension");
		if (impu->display_name != NULL) {
			element_text(doc, "DisplayName", impu->display_name);
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

static void public_identity_write(struct doc *doc, const struct ims_impu *impu)
{
	element_start(doc, "PublicIdentity");
	element_number(doc, "BarringIndication", impu->barred);
	element_text(doc, "Identity", impu->name);
	identity_extension_write(doc, impu);
	element_end(doc);
}

/* One ServiceProfile: the identities of the set that use it, in order, then what it says. */
static void service_profile_write(struct doc *doc, unsigned index)
{
	const struct ims_profile *profile = &doc->sub->profile[index];

	element_start(doc, "ServiceProfile");
	for (size_t i = 0; i < doc->sub->n_impu; i++) {
		const struct ims_impu *impu = &doc->sub->impu[i];

		if (impu->irs == doc->irs && impu->profile == index) {
			public_identity_write(doc, impu);
		}
	}
	if (profile->has_media_profile) {
		element_start(doc, "CoreNetworkServicesAuthorization");
		element_number(doc, "SubscribedMediaProfileId", profile->media_profile);
		element_end(doc);
	}
	/* InitialFilterCriteria have their place here, SharedIFCSetID after them (TS 29.228 B.2.1).
	 */
	element_end(doc);
}

/* Whether no IMPU of the set before number `end` uses this profile. */
static bool is_first_use(const struct doc *doc, size_t end)
{
	for (size_t i = 0; i < end; i++) {
		if (doc->sub->impu[i].irs == doc->irs &&
		    doc->sub->impu[i].profile == doc->sub->impu[end].profile) {
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
	const struct ims_impu *first = ims_irs_default_impu(doc->sub, doc->irs);

	if (first != NULL) {
		service_profile_write(doc, first->profile);
	}
	for (size_t i = 0; i < doc->sub->n_impu; i++) {
		const struct ims_impu *impu = &doc->sub->impu[i];

		if (impu->irs == doc->irs && is_first_use(doc, i) &&
		    (first == NULL || impu->profile != first->profile)) {
			service_profile_write(doc, impu->profile);
		}
	}
}

/* XML has no way to write a control character, and libxml2's writer does not look for one. */
static bool is_writable(const char *text)
{
	const xmlChar *c = xml(text);

	if (xmlCheckUTF8(c) == 0) {
		return false;
	}
	while (*c >= 0x20) {
		c++;
	}
	return *c == '\0';
}

static bool set_is_writable(const struct ims_subscription *sub, size_t impi, unsigned irs)
{
	size_t n = 0;

	for (size_t i = 0; i < sub->n_impu; i++) {
		const struct ims_impu *impu = &sub->impu[i];

		if (impu->irs != irs) {
			continue;
		}
		if (impu->profile >= sub->n_profile || !is_writable(impu->name) ||
		    (impu->display_name != NULL && !is_writable(impu->display_name))) {
			return false;
		}
		n++;
	}
	return n > 0 && is_writable(sub->impi[impi].name);
}

static void document_write(struct doc *doc, const char *impi)
{
	/* Not xmlTextWriterStartDocument: it breaks the line, and Kamailio wants no white space. */
	doc->ok = xmlTextWriterWriteRaw(doc->xml,
	                                xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")) >= 0;
	element_start(doc, "IMSSubscription");
	element_text(doc, "PrivateID", impi);
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

enum hss_err user_data_write(struct ims_subscription *sub, size_t impi, unsigned irs,
                             const char **doc, size_t *len)
{
	enum hss_err err = HSS_ERR_MEMORY;
	xmlBuffer *buffer = NULL;
	struct doc work = {.sub = sub, .irs = irs};

	if (!set_is_writable(sub, impi, irs)) {
		return HSS_ERR_INVALID;
	}
	buffer = xmlBufferCreate();
	work.xml = buffer != NULL ? xmlNewTextWriterMemory(buffer, 0) : NULL;
	if (work.xml == NULL) {
		goto out;
	}
	document_write(&work, sub->impi[impi].name);
	if (work.ok) {
		err = document_take(sub, buffer, doc, len);
	}
out:
	xmlFreeTextWriter(work.xml);
	xmlBufferFree(buffer);
	return err;
}
