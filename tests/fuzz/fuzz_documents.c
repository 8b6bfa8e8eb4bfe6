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

#include "fuzz.h"
#include "node.h"
#include "hss/admin_doc.h"
#include "hss/profile_doc.h"

enum { SUBSCRIBER = 4, N_KINDS, XML_ROOM = 65536 };

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

	FUZZ_CHECK(doc != NULL);
	xmlFreeDoc(doc);
}

/* A subscriber with its keys, as it is exported. */
static const char *exported(const struct ims_subscription *sub, struct arena *arena)
{
	json_t *doc = NULL;
	char *text = NULL;
	size_t len = 0;

	FUZZ_CHECK(admin_doc_write(sub, fuzz_node()->seal, &doc) == HSS_OK);
	len = json_dumpb(doc, NULL, 0, JSON_SORT_KEYS);
	text = arena_array(arena, len + 1, 1);
	FUZZ_CHECK(len > 0 && text != NULL);
	FUZZ_CHECK(json_dumpb(doc, text, len, JSON_SORT_KEYS) == len);
	text[len] = '\0';
	json_decref(doc);
	return text;
}

/* Read the document; what it would be stored as, in the arena, NULL: it has a fault. */
static const char *stored_form(unsigned kind, const json_t *doc, struct arena *arena)
{
	struct admin_reader reader = {.arena = kind != SUBSCRIBER ? arena : NULL,
	                              .seal = fuzz_node()->seal,
	                              .auc = fuzz_node()->auc,
	                              .details = json_array(),
	                              .warnings = json_array()};
	struct documents documents = {.document = NULL};
	bool good = false;

	document_read(&reader, kind, doc, &documents);
	good = reader.n_faults == 0 && reader.err == HSS_OK;
	if (good && documents.criteria != NULL) {
		well_formed(documents.criteria);
	}
	if (good && kind == SUBSCRIBER) {
		documents.document = exported(&documents.sub, arena);
	}
	ims_subscription_free(&documents.sub);
	json_decref(reader.details);
	json_decref(reader.warnings);
	return good ? documents.document : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	const unsigned kind = fuzz_u8(&in) % N_KINDS;
	struct arena arena = {0};
	json_t *doc = NULL;
	const char *stored = NULL;

	(void)fuzz_node(); /* before any JSON: it gives jansson its allocator */
	doc = json_loadb((const char *)in.at, in.left, 0, NULL);
	stored = doc != NULL ? stored_form(kind, doc, &arena) : NULL;

	if (stored != NULL) {
		json_t *again = json_loads(stored, 0, NULL);
		const char *twice = again != NULL ? stored_form(kind, again, &arena) : NULL;

		FUZZ_CHECK(twice != NULL && strcmp(stored, twice) == 0);
		json_decref(again);
	}
	json_decref(doc);
	arena_free(&arena);
	return 0;
}
