#include "hss/ifc_doc.h"

#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlstring.h>
#include <libxml/xmlwriter.h>

enum {
	GROUP_MAX = 16,             /* of one condition */
	REGISTRATION_TYPES_MAX = 2, /* RegistrationType 0..2; all three say nothing */
	REPEAT_MAX = 65536, /* the length of an expression with its repetitions written out */
};

/* A word for each number of an enumeration of Annex F. */
struct word {
	const char *word;
	int number;
};

static const struct word session_cases[] = {
	{"originating", 0},
	{"terminating", 1},
	{"terminating-unregistered", 2},
	{"originating-unregistered", 3},
	{"originating-cdiv", 4},
	{NULL, 0},
};
static const struct word registration_types[] = {
	{"initial", 0}, {"re-registration", 1}, {"de-registration", 2}, {NULL, 0}};
static const struct word default_handlings[] = {{"continue", 0}, {"terminate", 1}, {NULL, 0}};
static const struct word profile_parts[] = {{"registered", 0}, {"unregistered", 1}, {NULL, 0}};

/* Kinds of conditions: exactly one of these is in each. */
static const char *const kinds[] = {"request_uri", "method", "header", "session_case",
                                    "session_description"};

static int number_of_word(const struct word *words, const char *word)
{
	for (; words->word != NULL; words++) {
		if (strcmp(words->word, word) == 0) {
			return words->number;
		}
	}
	return -1;
}

/* A word, or its number, as the word; NULL and a fault that lists the words. */
static const char *word_read(struct admin_reader *r, const json_t *value, const char *path,
                             const char *member, const struct word *words)
{
	const char *text = json_string_value(value);
	char all[ADMIN_FIELD_LEN];
	size_t len = 0;

	all[0] = '\0';
	for (const struct word *w = words; w->word != NULL; w++) {
		if (text != NULL
		            ? strcmp(w->word, text) == 0
		            : json_is_integer(value) && json_integer_value(value) == w->number) {
			return w->word;
		}
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s (%d)",
		                        w == words ? "" : ", ", w->word, w->number);
	}
	admin_fault(r, path, member, "must be one of: %s", all);
	return NULL;
}

/* A repetition's upper bound, at the brace. */
static unsigned long braces_of(const char *brace)
{
	char *end = NULL;
	unsigned long from = strtoul(brace + 1, &end, 10);
	unsigned long to = from;

	if (*end == ',') {
		to = strtoul(end + 1, &end, 10);
	}
	return to > from ? to : from > 0 ? from : 1;
}

/* How often what stands before c is written out; 1 for anything that is no repetition. x+ becomes
 * xx*, which grows beyond all bounds when it repeats a repetition or a group. */
static unsigned long repeat_of(const char *text, const char *c)
{
	if (*c == '{') {
		return braces_of(c);
	}
	return *c == '+' && c > text && strchr(")}*+?", c[-1]) != NULL ? 2 : 1;
}

bool ifc_expression_check(const char *text, const char **why)
{
	const size_t len = strlen(text);
	unsigned long product = 1;
	regex_t compiled;

	for (const char *c = text; *c != '\0'; c++) {
		const unsigned long repeat = repeat_of(text, c);

		if (repeat > REPEAT_MAX || product * repeat * len > REPEAT_MAX) {
			*why = "repeats too much";
			return false;
		}
		product *= repeat;
	}
	switch (regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB)) {
	case 0:
		regfree(&compiled);
		return true;
	case REG_EPAREN:
		*why = "has a parenthesis without its counterpart";
		return false;
	case REG_EBRACK:
		*why = "has a bracket without its counterpart";
		return false;
	case REG_EBRACE:
	case REG_BADBR:
		*why = "has a repetition in braces that is none";
		return false;
	case REG_BADRPT:
		*why = "repeats nothing";
		return false;
	default:
		*why = "is no POSIX extended regular expression";
		return false;
	}
}

/* A text that has to be there; NULL and a fault. */
static const char *text_needed(struct admin_reader *r, const json_t *obj, const char *path,
                               const char *member)
{
	const size_t before = r->n_faults;
	const char *text = admin_text(r, obj, path, member);

	if (text == NULL && r->n_faults == before) {
		admin_fault(r, path, member, "is missing");
	}
	return text != NULL && admin_text_check(r, text, path, member) ? text : NULL;
}

static void expression_read(struct admin_reader *r, const json_t *obj, const char *path,
                            const char *member, json_t *out)
{
	const char *text = text_needed(r, obj, path, member);
	const char *why = NULL;

	if (text != NULL && !ifc_expression_check(text, &why)) {
		admin_fault(r, path, member, "the expression %s", why);
	} else if (text != NULL) {
		admin_put(r, out, member, json_string(text));
	}
}

/* SIPHeader and SessionDescription: an expression for the name, perhaps one for the content. */
static void pair_read(struct admin_reader *r, const json_t *condition, const char *path,
                      const char *member, const char *name, json_t *out)
{
	const char *const known[] = {name, "content", NULL};
	const json_t *obj = json_object_get(condition, member);
	json_t *pair = json_object();
	char inner[ADMIN_FIELD_LEN];

	if (!json_is_object(obj)) {
		admin_fault(r, path, member, "must be an object with %s and perhaps content", name);
		json_decref(pair);
		return;
	}
	admin_doc_inner(inner, path, member);
	admin_doc_known(r, obj, inner, known);
	expression_read(r, obj, inner, name, pair);
	if (json_object_get(obj, "content") != NULL) {
		expression_read(r, obj, inner, "content", pair);
	}
	admin_put(r, out, member, pair);
}

/* A token of RFC 3261 25.1; methods are told apart by case. */
static void method_read(struct admin_reader *r, const json_t *condition, const char *path,
                        json_t *out)
{
	const char *text = text_needed(r, condition, path, "method");
	const size_t good = text != NULL ? strspn(text, "abcdefghijklmnopqrstuvwxyz"
	                                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                                                "0123456789-.!%*_+`'~")
	                                 : 0;

	if (text != NULL && text[good] != '\0') {
		admin_fault(r, path, "method", "is no SIP method");
	} else if (text != NULL) {
		admin_put(r, out, "method", json_string(text));
	}
}

/* TS 29.228 B.2.2: RegistrationType refines the method REGISTER, and nothing else. */
static void registration_types_read(struct admin_reader *r, const json_t *condition,
                                    const char *path, json_t *out)
{
	const json_t *list = json_object_get(condition, "registration_types");
	const char *method = json_string_value(json_object_get(condition, "method"));
	const size_t n = json_array_size(list);
	const char *first = NULL;
	json_t *types = NULL;

	if (list == NULL) {
		return;
	}
	if (method == NULL || strcmp(method, "REGISTER") != 0) {
		admin_fault(r, path, "registration_types", "goes with the method REGISTER alone");
		return;
	}
	if (n == 0 || n > REGISTRATION_TYPES_MAX) {
		admin_fault(r, path, "registration_types",
		            "must be a list of 1 or 2; all of them is what none means");
		return;
	}
	types = json_array();
	for (size_t i = 0; i < n; i++) {
		char inner[ADMIN_FIELD_LEN];
		const char *word = NULL;

		admin_doc_path(inner, path, "registration_types", i);
		word = word_read(r, json_array_get(list, i), inner, NULL, registration_types);
		if (word != NULL && word == first) {
			admin_fault(r, inner, NULL, "appears twice");
		}
		first = word;
		admin_append(r, types, json_string(word != NULL ? word : ""));
	}
	admin_put(r, out, "registration_types", types);
}

/* "group": N or "groups": [N, ...]. In a trigger that lists its groups they are given. */
static void groups_read(struct admin_reader *r, const json_t *condition, const char *path,
                        json_t *out)
{
	const json_t *one = json_object_get(condition, "group");
	const json_t *list = json_object_get(condition, "groups");
	const char *member = one != NULL ? "group" : "groups";
	const size_t n = one != NULL ? 1 : json_array_size(list);
	json_t *groups = NULL;

	if ((one != NULL) == (list != NULL) || n == 0 || n > GROUP_MAX) {
		admin_fault(r, path, "group", "must be a number, or groups a list of 1 to %d",
		            GROUP_MAX);
		return;
	}
	groups = json_array();
	for (size_t i = 0; i < n; i++) {
		const json_t *value = one != NULL ? one : json_array_get(list, i);
		const json_int_t number = json_integer_value(value);

		if (!json_is_integer(value) || number < 0 || number > INT32_MAX) {
			admin_fault(r, path, member, "must be a number from 0 to %d", INT32_MAX);
		}
		admin_append(r, groups, json_integer(number));
	}
	admin_put(r, out, "groups", groups);
}

static void kind_read(struct admin_reader *r, const json_t *condition, const char *path,
                      json_t *out)
{
	const char *kind = NULL;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (json_object_get(condition, kinds[i]) != NULL) {
			kind = kinds[i];
			n++;
		}
	}
	if (n != 1) {
		admin_fault(r, path, NULL,
		            "must have exactly one of request_uri, method, header, session_case "
		            "and session_description");
		return;
	}
	if (strcmp(kind, "request_uri") == 0) {
		expression_read(r, condition, path, kind, out);
	} else if (strcmp(kind, "method") == 0) {
		method_read(r, condition, path, out);
	} else if (strcmp(kind, "header") == 0) {
		pair_read(r, condition, path, kind, "name", out);
	} else if (strcmp(kind, "session_case") == 0) {
		const char *word =
			word_read(r, json_object_get(condition, kind), path, kind, session_cases);

		admin_put(r, out, kind, json_string(word != NULL ? word : ""));
	} else {
		pair_read(r, condition, path, kind, "line", out);
	}
}

/*
 * One service point trigger, appended to the list.
 *
 *   group  the group that the trigger's form gives it, or -1: it says itself
 */
static void condition_read(struct admin_reader *r, const json_t *condition, const char *path,
                           json_int_t group, json_t *list)
{
	static const char *const known[] = {"group",
	                                    "groups",
	                                    "negated",
	                                    "request_uri",
	                                    "method",
	                                    "header",
	                                    "session_case",
	                                    "session_description",
	                                    "registration_types",
	                                    NULL};
	json_t *out = NULL;
	bool negated = false;

	if (!json_is_object(condition)) {
		admin_fault(r, path, NULL, "must be an object");
		return;
	}
	out = json_object();
	admin_doc_known(r, condition, path, known);
	if (group < 0) {
		groups_read(r, condition, path, out);
	} else if (json_object_get(condition, "group") != NULL ||
	           json_object_get(condition, "groups") != NULL) {
		admin_fault(r, path, "group", "follows from all or any, and cannot be given");
	} else {
		admin_put(r, out, "groups", json_pack("[I]", group));
	}
	admin_doc_read_bool(r, condition, path, "negated", &negated);
	if (negated) {
		admin_put(r, out, "negated", json_true());
	}
	kind_read(r, condition, path, out);
	registration_types_read(r, condition, path, out);
	admin_append(r, list, out);
	if (json_array_size(list) == IFC_CONDITION_MAX + 1) {
		admin_fault(r, path, NULL, "is one too many: a trigger has at most %d conditions",
		            IFC_CONDITION_MAX);
	}
}

/* "all" or "any": entries are conditions, or lists of conditions that are a group together. */
static void entries_read(struct admin_reader *r, const json_t *trigger, const char *path,
                         const char *member, json_t *list)
{
	const json_t *entries = json_object_get(trigger, member);

	for (size_t i = 0; i < json_array_size(entries); i++) {
		const json_t *entry = json_array_get(entries, i);
		char name[ADMIN_FIELD_LEN];
		char inner[ADMIN_FIELD_LEN];

		admin_doc_path(inner, path, member, i);
		if (!json_is_array(entry)) {
			condition_read(r, entry, inner, (json_int_t)i, list);
			continue;
		}
		admin_doc_path(name, "", member, i);
		for (size_t j = 0; j < json_array_size(entry); j++) {
			admin_doc_path(inner, path, name, j);
			condition_read(r, json_array_get(entry, j), inner, (json_int_t)i, list);
		}
	}
}

static void conditions_read(struct admin_reader *r, const json_t *trigger, const char *path,
                            json_t *list)
{
	const json_t *conditions = json_object_get(trigger, "conditions");

	for (size_t i = 0; i < json_array_size(conditions); i++) {
		char inner[ADMIN_FIELD_LEN];

		admin_doc_path(inner, path, "conditions", i);
		condition_read(r, json_array_get(conditions, i), inner, -1, list);
	}
}

/*
 * A trigger in one of three forms: {"cnf", "conditions"} with a group in each condition, {"all"} or
 * {"any"}, whose entries are the groups. "all" of its groups hold, when one condition of each does:
 * the conjunctive form (CNF); "any" of its groups holds, when all its conditions do (TS 29.228
 * Annex C).
 */
static void trigger_read(struct admin_reader *r, const json_t *trigger, const char *path,
                         json_t *out)
{
	static const char *const known[] = {"cnf", "conditions", "all", "any", NULL};
	const json_t *all = json_object_get(trigger, "all");
	const json_t *any = json_object_get(trigger, "any");
	const json_t *conditions = json_object_get(trigger, "conditions");
	const size_t before = r->n_faults;
	json_t *list = json_array();
	bool cnf = all != NULL;

	admin_doc_known(r, trigger, path, known);
	admin_doc_read_bool(r, trigger, path, "cnf", &cnf);
	if ((all != NULL) + (any != NULL) + (conditions != NULL) != 1 ||
	    (conditions != NULL) != (json_object_get(trigger, "cnf") != NULL)) {
		admin_fault(r, path, NULL,
		            "must have all, or any, or conditions together with cnf");
	} else if (conditions != NULL) {
		conditions_read(r, trigger, path, list);
	} else {
		entries_read(r, trigger, path, all != NULL ? "all" : "any", list);
	}
	if (json_array_size(list) == 0 && r->n_faults == before) {
		admin_fault(r, path, NULL,
		            "has no condition: leave the trigger out, and it always holds");
	}
	admin_put(r, out, "trigger", json_pack("{s:b, s:o}", "cnf", cnf, "conditions", list));
}

static void flag_read(struct admin_reader *r, const json_t *obj, const char *path,
                      const char *member, json_t *out)
{
	bool flag = false;

	admin_doc_read_bool(r, obj, path, member, &flag);
	if (flag) {
		admin_put(r, out, member, json_true());
	}
}

static void server_read(struct admin_reader *r, const json_t *criterion, const char *path,
                        json_t *out)
{
	static const char *const known[] = {"name",
	                                    "default_handling",
	                                    "service_info",
	                                    "include_register_request",
	                                    "include_register_response",
	                                    NULL};
	const json_t *server = json_object_get(criterion, "server");
	const json_t *handling = json_object_get(server, "default_handling");
	const char *name = NULL;
	const char *word = default_handlings[0].word;
	const char *info = NULL;
	const char *why = NULL;
	json_t *normal = NULL;
	char inner[ADMIN_FIELD_LEN];

	if (!json_is_object(server)) {
		admin_fault(r, path, "server", "is missing, or is no object");
		return;
	}
	normal = json_object();
	admin_doc_inner(inner, path, "server");
	admin_doc_known(r, server, inner, known);
	name = text_needed(r, server, inner, "name");
	if (name != NULL &&
	    (scscf_name_check(name, strlen(name), &why) != HSS_OK || strchr(name, ' ') != NULL)) {
		admin_fault(r, inner, "name", "the name of the application server %s",
		            why != NULL ? why : "holds a blank");
	}
	if (handling != NULL) {
		word = word_read(r, handling, inner, "default_handling", default_handlings);
	}
	info = admin_text(r, server, inner, "service_info");
	admin_put(r, normal, "name", json_string(name != NULL ? name : ""));
	admin_put(r, normal, "default_handling", json_string(word != NULL ? word : ""));
	if (info != NULL && admin_text_check(r, info, inner, "service_info")) {
		admin_put(r, normal, "service_info", json_string(info));
	}
	flag_read(r, server, inner, "include_register_request", normal);
	flag_read(r, server, inner, "include_register_response", normal);
	admin_put(r, out, "server", normal);
}

/* Insert by priority; one that is there already is a fault. */
static void criterion_insert(struct admin_reader *r, json_t *list, const char *path, json_t *out)
{
	const json_int_t priority = json_integer_value(json_object_get(out, "priority"));
	size_t at = json_array_size(list);

	while (at > 0) {
		const json_t *before = json_array_get(list, at - 1);
		const json_int_t other = json_integer_value(json_object_get(before, "priority"));

		if (other == priority) {
			admin_fault(r, path, "priority", "%lld is that of another one as well",
			            (long long)priority);
		}
		if (other <= priority) {
			break;
		}
		at--;
	}
	if (json_array_insert_new(list, at, out) != 0) {
		r->err = HSS_ERR_MEMORY;
	}
}

static void criterion_read(struct admin_reader *r, const json_t *criterion, const char *path,
                           json_t *list)
{
	static const char *const known[] = {"priority", "trigger", "server", "profile_part", NULL};
	const json_t *priority = json_object_get(criterion, "priority");
	const json_int_t number = json_integer_value(priority);
	const json_t *trigger = json_object_get(criterion, "trigger");
	const json_t *part = json_object_get(criterion, "profile_part");
	json_t *out = NULL;
	char inner[ADMIN_FIELD_LEN];

	if (!json_is_object(criterion)) {
		admin_fault(r, path, NULL, "must be an object");
		return;
	}
	admin_doc_known(r, criterion, path, known);
	if (!json_is_integer(priority) || number < 0 || number > INT32_MAX) {
		admin_fault(r, path, "priority", "must be a number from 0 to %d", INT32_MAX);
		return;
	}
	out = json_pack("{s:I}", "priority", number);
	if (trigger != NULL) {
		admin_doc_inner(inner, path, "trigger");
		trigger_read(r, trigger, inner, out);
	}
	server_read(r, criterion, path, out);
	if (part != NULL) {
		const char *word = word_read(r, part, path, "profile_part", profile_parts);

		admin_put(r, out, "profile_part", json_string(word != NULL ? word : ""));
	}
	criterion_insert(r, list, path, out);
}

void ifc_doc_read(struct admin_reader *r, const json_t *doc, json_t **out)
{
	const json_t *criteria = json_object_get(doc, "criteria");
	const size_t n = json_array_size(criteria);
	json_t *list = json_array();

	if (list == NULL) {
		r->err = HSS_ERR_MEMORY;
	}
	if (criteria != NULL && (!json_is_array(criteria) || n > IFC_MAX)) {
		admin_fault(r, "", "criteria", "must be a list of at most %d", IFC_MAX);
	}
	for (size_t i = 0; i < n && i < IFC_MAX && r->err == HSS_OK; i++) {
		char path[ADMIN_FIELD_LEN];

		admin_doc_path(path, "", "criteria", i);
		criterion_read(r, json_array_get(criteria, i), path, list);
	}
	*out = list;
}

bool ifc_doc_has_unregistered(const json_t *criteria)
{
	for (size_t i = 0; i < json_array_size(criteria); i++) {
		const char *part = json_string_value(
			json_object_get(json_array_get(criteria, i), "profile_part"));

		if (part == NULL || strcmp(part, "unregistered") == 0) {
			return true;
		}
	}
	return false;
}

/* The elements in the making; ok turns false for good at the first failure of the writer. */
struct elements {
	xmlTextWriter *xml;
	bool ok;
};

/* libxml2 counts in octets of its own kind. */
static const xmlChar *xml(const char *text)
{
	return (const xmlChar *)text;
}

static void element_start(struct elements *e, const char *name)
{
	e->ok = e->ok && xmlTextWriterStartElement(e->xml, xml(name)) >= 0;
}

static void element_end(struct elements *e)
{
	e->ok = e->ok && xmlTextWriterEndElement(e->xml) >= 0;
}

static void element_number(struct elements *e, const char *name, json_int_t number)
{
	e->ok = e->ok &&
	        xmlTextWriterWriteFormatElement(e->xml, xml(name), "%lld", (long long)number) >= 0;
}

/* An element with the text, or the number of the word, of a member that may be absent. */
static void element_text(struct elements *e, const char *name, const json_t *obj,
                         const char *member)
{
	const char *text = json_string_value(json_object_get(obj, member));

	if (text != NULL) {
		e->ok = e->ok && xmlTextWriterWriteElement(e->xml, xml(name), xml(text)) >= 0;
	}
}

static void element_word(struct elements *e, const char *name, const json_t *value,
                         const struct word *words)
{
	if (value != NULL) {
		element_number(e, name, number_of_word(words, json_string_value(value)));
	}
}

static void pair_write(struct elements *e, const char *name, const json_t *pair, const char *first,
                       const char *first_member)
{
	if (pair == NULL) {
		return;
	}
	element_start(e, name);
	element_text(e, first, pair, first_member);
	element_text(e, "Content", pair, "content");
	element_end(e);
}

static void spt_write(struct elements *e, const json_t *condition)
{
	const json_t *groups = json_object_get(condition, "groups");
	const json_t *types = json_object_get(condition, "registration_types");

	element_start(e, "SPT");
	element_number(e, "ConditionNegated", json_is_true(json_object_get(condition, "negated")));
	for (size_t i = 0; i < json_array_size(groups); i++) {
		element_number(e, "Group", json_integer_value(json_array_get(groups, i)));
	}
	element_text(e, "RequestURI", condition, "request_uri");
	element_text(e, "Method", condition, "method");
	pair_write(e, "SIPHeader", json_object_get(condition, "header"), "Header", "name");
	element_word(e, "SessionCase", json_object_get(condition, "session_case"), session_cases);
	pair_write(e, "SessionDescription", json_object_get(condition, "session_description"),
	           "Line", "line");
	if (types != NULL) {
		element_start(e, "Extension");
		for (size_t i = 0; i < json_array_size(types); i++) {
			element_word(e, "RegistrationType", json_array_get(types, i),
			             registration_types);
		}
		element_end(e);
	}
	element_end(e);
}

static void server_write(struct elements *e, const json_t *server)
{
	const bool request = json_object_get(server, "include_register_request") != NULL;
	const bool response = json_object_get(server, "include_register_response") != NULL;

	element_start(e, "ApplicationServer");
	element_text(e, "ServerName", server, "name");
	element_word(e, "DefaultHandling", json_object_get(server, "default_handling"),
	             default_handlings);
	element_text(e, "ServiceInfo", server, "service_info");
	if (request || response) {
		element_start(e, "Extension");
	}
	if (request) {
		element_start(e, "IncludeRegisterRequest");
		element_end(e);
	}
	if (response) {
		element_start(e, "IncludeRegisterResponse");
		element_end(e);
	}
	if (request || response) {
		element_end(e);
	}
	element_end(e);
}

static void criterion_write(struct elements *e, const json_t *criterion)
{
	const json_t *trigger = json_object_get(criterion, "trigger");
	const json_t *conditions = json_object_get(trigger, "conditions");

	element_start(e, "InitialFilterCriteria");
	element_number(e, "Priority", json_integer_value(json_object_get(criterion, "priority")));
	if (trigger != NULL) {
		element_start(e, "TriggerPoint");
		element_number(e, "ConditionTypeCNF",
		               json_is_true(json_object_get(trigger, "cnf")));
		for (size_t i = 0; i < json_array_size(conditions); i++) {
			spt_write(e, json_array_get(conditions, i));
		}
		element_end(e);
	}
	server_write(e, json_object_get(criterion, "server"));
	element_word(e, "ProfilePartIndicator", json_object_get(criterion, "profile_part"),
	             profile_parts);
	element_end(e);
}

enum hss_err ifc_doc_write(const json_t *criteria, struct arena *arena, const char **text)
{
	xmlBuffer *buffer = xmlBufferCreate();
	struct elements e = {.xml = buffer != NULL ? xmlNewTextWriterMemory(buffer, 0) : NULL};
	const char *copy = NULL;

	e.ok = e.xml != NULL;
	for (size_t i = 0; i < json_array_size(criteria); i++) {
		criterion_write(&e, json_array_get(criteria, i));
	}
	e.ok = e.ok && xmlTextWriterFlush(e.xml) >= 0;
	if (e.ok) {
		copy = arena_text(arena, (const char *)xmlBufferContent(buffer),
		                  (size_t)xmlBufferLength(buffer));
	}
	xmlFreeTextWriter(e.xml);
	xmlBufferFree(buffer);
	if (copy == NULL) {
		return HSS_ERR_MEMORY;
	}
	*text = copy;
	return HSS_OK;
}
