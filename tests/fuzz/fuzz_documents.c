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
	default:
		capabilities_doc_read(r, doc, "n", &out->capabilities);
		out->document = out->capabilities.document;
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

/* Read the document; what it would be stored as, in the arena, NULL: it has a fault. */
static const char *stored_form(unsigned kind, const json_t *doc, struct arena *arena)
{
	struct admin_reader reader = {
		.arena = arena, .details = json_array(), .warnings = json_array()};
	struct documents documents = {.document = NULL};
	bool good = false;

	document_read(&reader, kind, doc, &documents);
	good = reader.n_faults == 0 && reader.err == HSS_OK;
	if (good && documents.criteria != NULL) {
		well_formed(documents.criteria);
	}
	json_decref(reader.details);
	json_decref(reader.warnings);
	return good ? documents.document : NULL;
}

/* A subscriber is read with keys. Returns whether without a fault; sub is to be freed in any case.
 */
static bool subscriber_read(const json_t *doc, struct ims_subscription *sub)
{
	struct admin_reader reader = {.sub = sub,
	                              .seal = fuzz_node()->seal,
	                              .auc = fuzz_node()->auc,
	                              .details = json_array(),
	                              .warnings = json_array()};

	admin_doc_read(&reader, doc);
	json_decref(reader.details);
	json_decref(reader.warnings);
	return reader.n_faults == 0 && reader.err == HSS_OK;
}

/* What is exported makes the same subscriber, of whom the same is exported. */
static void check_subscriber(const json_t *doc)
{
	struct seal *seal = fuzz_node()->seal;
	struct ims_subscription sub = {0};
	struct ims_subscription again = {0};
	const char *differs = NULL;
	json_t *once = NULL;
	json_t *twice = NULL;

	if (subscriber_read(doc, &sub)) {
		FUZZ_CHECK(admin_doc_write(&sub, seal, &once) == HSS_OK);
		FUZZ_CHECK(subscriber_read(once, &again));
		FUZZ_CHECK(admin_doc_compare(&again, &sub, seal, &differs) == HSS_OK);
		FUZZ_CHECK(differs == NULL);
		FUZZ_CHECK(admin_doc_write(&again, seal, &twice) == HSS_OK);
		FUZZ_CHECK(json_equal(once, twice));
	}
	json_decref(once);
	json_decref(twice);
	ims_subscription_free(&sub);
	ims_subscription_free(&again);
}

/* What is stored of an object reads as itself. */
static void check_object(unsigned kind, const json_t *doc)
{
	struct arena arena = {0};
	const char *stored = stored_form(kind, doc, &arena);

	if (stored != NULL) {
		json_t *again = json_loads(stored, 0, NULL);
		const char *twice = again != NULL ? stored_form(kind, again, &arena) : NULL;

		FUZZ_CHECK(twice != NULL && strcmp(stored, twice) == 0);
		json_decref(again);
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	const unsigned kind = fuzz_u8(&in) % N_KINDS;
	json_t *doc = NULL;

	(void)fuzz_node(); /* before any JSON: it gives jansson its allocator */
	doc = json_loadb((const char *)in.at, in.left, 0, NULL);
	if (doc != NULL && kind == SUBSCRIBER) {
		check_subscriber(doc);
	} else if (doc != NULL) {
		check_object(kind, doc);
	}
	json_decref(doc);
	return 0;
}
