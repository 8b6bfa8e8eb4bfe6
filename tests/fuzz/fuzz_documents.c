/*
 * Documents of administration from any octets: the first says which kind, the others are JSON.
 *
 * What is taken without a fault has to hold: what would be stored reads as itself, and criteria are
 * well-formed XML.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "hss/admin.h"
#include "hss/admin_doc.h"
#include "hss/profile_doc.h"

enum { N_KINDS = 5, XML_ROOM = 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One document of each kind; only the one that was read means something. */
struct documents {
	struct ims_profile profile;
	struct ims_ifc_set set;
	struct ims_charging charging;
	struct ims_capabilities capabilities;
	struct ims_subscription sub;
	const char *document;
	const char *criteria;
};

static void document_read(struct admin_reader *r, unsigned kind, const json_t *doc,
                          struct documents *out)
{
	switch (kind) {
	case 0:
		profile_doc_read(r, doc, "n", &out->profile);
		out->document = out->profile.document;
		out->criteria = out->profile.criteria;
		return;
	case 1:
		ifc_set_doc_read(r, doc, "7", &out->set);
		out->document = out->set.document;
		out->criteria = out->set.criteria;
		return;
	case 2:
		charging_doc_read(r, doc, "n", &out->charging);
		out->document = out->charging.document;
		return;
	case 3:
		capabilities_doc_read(r, doc, "n", &out->capabilities);
		out->document = out->capabilities.document;
		return;
	default:
		r->sub = &out->sub;
		admin_doc_read(r, doc);
		return;
	}
}

static void well_formed(const char *criteria)
{
	static char text[XML_ROOM];
	int len = snprintf(text, sizeof(text), "<r>%s</r>", criteria);
	xmlDoc *doc = xmlReadMemory(text, len, NULL, NULL,
	                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

	if (doc == NULL) {
		abort();
	}
	xmlFreeDoc(doc);
}

/* Read the document; what it would be stored as, in the arena, NULL: it has a fault. */
static const char *stored_form(unsigned kind, const json_t *doc, struct arena *arena)
{
	struct admin_reader reader = {.arena = kind < N_KINDS - 1 ? arena : NULL,
	                              .details = json_array(),
	                              .warnings = json_array()};
	struct documents documents = {.document = NULL};
	bool good = false;

	document_read(&reader, kind, doc, &documents);
	good = reader.n_faults == 0 && reader.err == HSS_OK;
	if (good && documents.criteria != NULL) {
		well_formed(documents.criteria);
	}
	ims_subscription_free(&documents.sub);
	json_decref(reader.details);
	json_decref(reader.warnings);
	return good ? documents.document : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *doc = size > 0 ? json_loadb((const char *)data + 1, size - 1, 0, NULL) : NULL;
	const unsigned kind = size > 0 ? data[0] % N_KINDS : 0;
	struct arena arena = {0};
	const char *stored = doc != NULL ? stored_form(kind, doc, &arena) : NULL;

	if (stored != NULL) {
		json_t *again = json_loads(stored, 0, NULL);
		const char *twice = again != NULL ? stored_form(kind, again, &arena) : NULL;

		if (twice == NULL || strcmp(stored, twice) != 0) {
			abort();
		}
		json_decref(again);
	}
	json_decref(doc);
	arena_free(&arena);
	return 0;
}
