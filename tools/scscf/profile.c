#include "tools/scscf/profile.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

static bool is_named(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static const xmlNode *child(const xmlNode *parent, const char *name)
{
	const xmlNode *node = parent->children;

	while (node != NULL && !is_named(node, name)) {
		node = node->next;
	}
	return node;
}

/* The text of a child element, trimmed of blanks around it; NULL: no such child, no text, no
 * memory. */
static char *child_text(const xmlNode *parent, const char *name)
{
	static const char blanks[] = " \t\r\n";
	const xmlNode *node = child(parent, name);
	xmlChar *raw = node != NULL ? xmlNodeGetContent(node) : NULL;
	char *text = NULL;

	if (raw != NULL) {
		const char *start = (const char *)raw + strspn((const char *)raw, blanks);
		size_t len = strlen(start);

		while (len > 0 && strchr(blanks, start[len - 1]) != NULL) {
			len--;
		}
		text = len > 0 ? strndup(start, len) : NULL;
	}
	xmlFree(raw);
	return text;
}

static bool impu_read(const xmlNode *node, struct profile *out)
{
	struct profile_impu *grown = NULL;
	char *barring = NULL;
	char *name = child_text(node, "Identity");

	if (name == NULL) {
		return false;
	}
	grown = realloc(out->impu, (out->n_impu + 1) * sizeof(*grown));
	if (grown == NULL) {
		free(name);
		return false;
	}
	barring = child_text(node, "BarringIndication");
	out->impu = grown;
	out->impu[out->n_impu++] = (struct profile_impu){
		.name = name,
		.barred = barring != NULL &&
	                  (strcmp(barring, "1") == 0 || strcmp(barring, "true") == 0),
	};
	free(barring);
	return true;
}

static const char *root_read(const xmlNode *root, struct profile *out)
{
	if (root == NULL || !is_named(root, "IMSSubscription")) {
		return "the root element is not IMSSubscription";
	}
	out->impi = child_text(root, "PrivateID");
	if (out->impi == NULL) {
		return "PrivateID is missing";
	}
	for (const xmlNode *service = root->children; service != NULL; service = service->next) {
		const xmlNode *impu = service->children;

		if (!is_named(service, "ServiceProfile")) {
			continue;
		}
		out->n_profiles++;
		for (; impu != NULL; impu = impu->next) {
			if (is_named(impu, "PublicIdentity") && !impu_read(impu, out)) {
				return "a PublicIdentity has no Identity";
			}
		}
	}
	return out->n_impu > 0 ? NULL : "no PublicIdentity";
}

bool profile_parse(const char *doc, size_t len, struct profile *out, const char **why)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
	xmlDoc *tree = NULL;
	const char *wrong = "not well-formed XML";

	*out = (struct profile){0};
	if (len <= INT_MAX) {
		tree = xmlReadMemory(doc, (int)len, NULL, NULL, options);
	}
	if (tree != NULL) {
		wrong = tree->intSubset != NULL ? "a document type is not allowed"
		                                : root_read(xmlDocGetRootElement(tree), out);
	}
	xmlFreeDoc(tree);
	if (wrong != NULL) {
		profile_free(out);
		*why = wrong;
	}
	return wrong == NULL;
}

void profile_free(struct profile *profile)
{
	for (size_t i = 0; i < profile->n_impu; i++) {
		free(profile->impu[i].name);
	}
	free(profile->impu);
	free(profile->impi);
	*profile = (struct profile){0};
}

const struct profile_impu *profile_find(const struct profile *profile, const char *impu)
{
	for (size_t i = 0; i < profile->n_impu; i++) {
		if (strcmp(profile->impu[i].name, impu) == 0) {
			return &profile->impu[i];
		}
	}
	return NULL;
}

const struct profile_impu *profile_default(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_impu; i++) {
		if (!profile->impu[i].barred) {
			return &profile->impu[i];
		}
	}
	return NULL;
}
