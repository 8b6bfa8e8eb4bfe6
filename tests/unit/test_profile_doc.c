/* Documents of what subscribers share: what they become, XML that follows the schema of the user
 * profile, and every fault with its path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include "hss/ifc_doc.h"
#include "hss/profile_doc.h"

#define SERVER "'server': {'name': 'sip:as.x.example'}"
#define AS_XML                                                                                     \
	"<ApplicationServer><ServerName>sip:as.x.example</ServerName>"                             \
	"<DefaultHandling>0</DefaultHandling></ApplicationServer>"

/* One criterion with this trigger, with one condition in group 0. */
#define TRIGGER(t) "{'criteria': [{'priority': 1, 'trigger': " t ", " SERVER "}]}"
#define CONDITION(c) TRIGGER("{'cnf': true, 'conditions': [{'group': 0, " c "}]}")
#define TRIGGER_XML(cnf, spts)                                                                     \
	"<InitialFilterCriteria><Priority>1</Priority><TriggerPoint><ConditionTypeCNF>" cnf        \
	"</ConditionTypeCNF>" spts "</TriggerPoint>" AS_XML "</InitialFilterCriteria>"
#define SPT(negated, groups, c)                                                                    \
	"<SPT><ConditionNegated>" negated "</ConditionNegated>" groups c "</SPT>"
#define CONDITION_XML(c) TRIGGER_XML("1", SPT("0", "<Group>0</Group>", c))

struct fixture {
	struct arena arena;
	struct admin_reader reader;
	struct ims_profile profile;
	struct ims_ifc_set set;
	struct ims_charging charging;
	struct ims_capabilities capabilities;
};

static xmlSchema *schema;

static int group_setup(void **state)
{
	xmlSchemaParserCtxt *parser =
		xmlSchemaNewParserCtxt(QUINTET_VECTORS_DIR "/cx_user_data.xsd");

	(void)state;
	schema = parser != NULL ? xmlSchemaParse(parser) : NULL;
	xmlSchemaFreeParserCtxt(parser);
	return schema != NULL ? 0 : -1;
}

static int group_teardown(void **state)
{
	(void)state;
	xmlSchemaFree(schema);
	xmlCleanupParser();
	return 0;
}

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	*state = &f;
	return 0;
}

static void reader_reset(struct fixture *f)
{
	json_decref(f->reader.details);
	arena_free(&f->arena);
	f->reader = (struct admin_reader){.arena = &f->arena, .details = json_array()};
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	json_decref(f->reader.details);
	arena_free(&f->arena);
	return 0;
}

/* JSON with ' for ". */
static json_t *json_of(const char *text)
{
	char *copy = strdup(text);
	json_t *json = NULL;

	assert_non_null(copy);
	for (char *c = copy; *c != '\0'; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	json = json_loads(copy, JSON_DECODE_ANY, NULL);
	if (json == NULL) {
		fail_msg("a slip in the test: %s", text);
	}
	free(copy);
	return json;
}

/* The kinds of documents, read with a name into the fixture; the document that would be stored. */
static const char *read_profile(struct fixture *f, const json_t *doc)
{
	profile_doc_read(&f->reader, doc, "gold", &f->profile);
	return f->profile.document;
}

static const char *read_set(struct fixture *f, const json_t *doc)
{
	ifc_set_doc_read(&f->reader, doc, "7", &f->set);
	return f->set.document;
}

static const char *read_charging(struct fixture *f, const json_t *doc)
{
	charging_doc_read(&f->reader, doc, "gold", &f->charging);
	return f->charging.document;
}

static const char *read_capabilities(struct fixture *f, const json_t *doc)
{
	capabilities_doc_read(&f->reader, doc, "gold", &f->capabilities);
	return f->capabilities.document;
}

typedef const char *read_fn(struct fixture *f, const json_t *doc);

static const char *read_doc(struct fixture *f, read_fn *kind, const char *text)
{
	json_t *doc = json_of(text);
	const char *out = NULL;

	reader_reset(f);
	out = kind(f, doc);
	json_decref(doc);
	assert_int_equal(f->reader.err, HSS_OK);
	return out;
}

/* A document without a fault. */
static void read_good(struct fixture *f, read_fn *kind, const char *text)
{
	(void)read_doc(f, kind, text);
	if (f->reader.n_faults > 0) {
		char *details = json_dumps(f->reader.details, 0);

		fail_msg("%s: %s", text, details);
	}
}

static void validate(const char *criteria)
{
	char text[16384];
	xmlDoc *doc = NULL;
	xmlSchemaValidCtxt *valid = xmlSchemaNewValidCtxt(schema);
	int len = snprintf(text, sizeof(text),
	                   "<IMSSubscription><PrivateID>a@x.example</PrivateID><ServiceProfile>"
	                   "<PublicIdentity><Identity>sip:a@x.example</Identity></PublicIdentity>"
	                   "%s</ServiceProfile></IMSSubscription>",
	                   criteria);

	assert_in_range(len, 1, sizeof(text) - 1);
	doc = xmlReadMemory(text, len, NULL, NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	assert_non_null(valid);
	if (xmlSchemaValidateDoc(valid, doc) != 0) {
		fail_msg("does not follow the schema: %s", text);
	}
	xmlSchemaFreeValidCtxt(valid);
	xmlFreeDoc(doc);
}

static void every_kind_of_condition_becomes_its_element(void **state)
{
	static const struct {
		const char *doc;
		const char *xml;
	} rows[] = {
		{CONDITION("'request_uri': '^service[.]x[.]example$'"),
	         CONDITION_XML("<RequestURI>^service[.]x[.]example$</RequestURI>")},
		{CONDITION("'method': 'INVITE'"), CONDITION_XML("<Method>INVITE</Method>")},
		{CONDITION("'method': 'REGISTER', 'registration_types': ['de-registration', 0]"),
	         CONDITION_XML(
			 "<Method>REGISTER</Method><Extension><RegistrationType>2</"
			 "RegistrationType><RegistrationType>0</RegistrationType></Extension>")},
		{CONDITION("'header': {'name': '^X-A$'}"),
	         CONDITION_XML("<SIPHeader><Header>^X-A$</Header></SIPHeader>")},
		{CONDITION("'header': {'name': 'Accept', 'content': 'a<b&c>'}"),
	         CONDITION_XML("<SIPHeader><Header>Accept</Header><Content>a&lt;b&amp;c&gt;</"
	                       "Content></SIPHeader>")},
		{CONDITION("'session_case': 'originating'"),
	         CONDITION_XML("<SessionCase>0</SessionCase>")},
		{CONDITION("'session_case': 'terminating'"),
	         CONDITION_XML("<SessionCase>1</SessionCase>")},
		{CONDITION("'session_case': 'terminating-unregistered'"),
	         CONDITION_XML("<SessionCase>2</SessionCase>")},
		{CONDITION("'session_case': 3"), CONDITION_XML("<SessionCase>3</SessionCase>")},
		{CONDITION("'session_case': 'originating-cdiv'"),
	         CONDITION_XML("<SessionCase>4</SessionCase>")},
		{CONDITION("'session_description': {'line': 'm', 'content': '^audio .*'}"),
	         CONDITION_XML("<SessionDescription><Line>m</Line><Content>^audio .*</Content></"
	                       "SessionDescription>")},
		{TRIGGER("{'cnf': false, 'conditions': [{'groups': [3, 1], 'negated': true, "
	                 "'method': 'INVITE'}]}"),
	         TRIGGER_XML("0", SPT("1", "<Group>3</Group><Group>1</Group>",
	                              "<Method>INVITE</Method>"))},
		{TRIGGER("{'all': [{'method': 'A'}, [{'method': 'B'}, {'method': 'C'}]]}"),
	         TRIGGER_XML("1", SPT("0", "<Group>0</Group>", "<Method>A</Method>")
	                                  SPT("0", "<Group>1</Group>", "<Method>B</Method>") SPT(
						  "0", "<Group>1</Group>", "<Method>C</Method>"))},
		{TRIGGER("{'any': [{'method': 'A'}]}"),
	         TRIGGER_XML("0", SPT("0", "<Group>0</Group>", "<Method>A</Method>"))},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		read_good(f, read_profile, rows[i].doc);
		assert_string_equal(f->profile.criteria, rows[i].xml);
		validate(f->profile.criteria);
	}
}

static void a_criterion_has_its_elements_in_order_and_the_lowest_priority_first(void **state)
{
	struct fixture *f = *state;

	read_good(f, read_profile,
	          "{'criteria': [{'priority': 20, 'server': {'name': 'sips:b.x.example:5061;lr', "
	          "'default_handling': 'terminate', 'service_info': 'tier=\\\"gold\\\" & more', "
	          "'include_register_request': true, 'include_register_response': true}, "
	          "'profile_part': 'unregistered'}, {'priority': 3, " SERVER
	          ", 'profile_part': 'registered'}]}");
	assert_string_equal(f->profile.criteria,
	                    "<InitialFilterCriteria><Priority>3</Priority>" AS_XML
	                    "<ProfilePartIndicator>0</ProfilePartIndicator></InitialFilterCriteria>"
	                    "<InitialFilterCriteria><Priority>20</Priority><ApplicationServer>"
	                    "<ServerName>sips:b.x.example:5061;lr</ServerName><DefaultHandling>1</"
	                    "DefaultHandling>"
	                    "<ServiceInfo>tier=&quot;gold&quot; &amp; more</ServiceInfo><Extension>"
	                    "<IncludeRegisterRequest/><IncludeRegisterResponse/></Extension>"
	                    "</ApplicationServer><ProfilePartIndicator>1</ProfilePartIndicator>"
	                    "</InitialFilterCriteria>");
	validate(f->profile.criteria);
}

static void unregistered_services_follow_from_the_criteria_or_are_said(void **state)
{
	static const struct {
		const char *doc;
		bool services;
	} rows[] = {
		{"{}", false},
		{"{'criteria': [{'priority': 1, " SERVER "}]}", true},
		{"{'criteria': [{'priority': 1, 'profile_part': 1, " SERVER "}]}", true},
		{"{'criteria': [{'priority': 1, 'profile_part': 0, " SERVER "}]}", false},
		{"{'unregistered_services': true}", true},
		{"{'unregistered_services': false, 'criteria': [{'priority': 1, " SERVER "}]}",
	         false},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		read_good(f, read_profile, rows[i].doc);
		assert_int_equal(f->profile.unregistered_services, rows[i].services);
	}
	read_good(f, read_set, "{'criteria': [{'priority': 1, " SERVER "}]}");
	assert_true(f->set.unregistered_services);
}

static void the_rest_of_a_profile_is_read(void **state)
{
	struct fixture *f = *state;

	read_good(
		f, read_profile,
		"{'name': 'gold', 'media_profile': 4294967295, 'service_ids': ['urn:a', 'urn:b'], "
		"'ifc_sets': [9, 2]}");
	assert_string_equal(f->profile.name, "gold");
	assert_true(f->profile.has_media_profile);
	assert_int_equal(f->profile.media_profile, UINT32_MAX);
	assert_int_equal(f->profile.n_service_id, 2);
	assert_string_equal(f->profile.service_id[1], "urn:b");
	assert_int_equal(f->profile.n_ifc_set, 2);
	assert_int_equal(f->profile.ifc_set[0].id, 2);
	assert_int_equal(f->profile.ifc_set[1].id, 9);
	assert_string_equal(f->profile.criteria, "");
	read_good(f, read_profile, "{}");
	assert_false(f->profile.has_media_profile);
	read_good(f, read_set, "{'id': 7, 'criteria': [{'priority': 1, " SERVER "}]}");
	assert_int_equal(f->set.id, 7);
	validate(f->set.criteria);
}

static void charging_and_capabilities_are_read(void **state)
{
	struct fixture *f = *state;

	read_good(f, read_charging,
	          "{'primary_ccf': 'aaa://ccf1.x.example:3868;transport=tcp;protocol=diameter', "
	          "'secondary_ccf': 'aaas://ccf2.x.example'}");
	assert_string_equal(f->charging.primary_ccf,
	                    "aaa://ccf1.x.example:3868;transport=tcp;protocol=diameter");
	assert_string_equal(f->charging.secondary_ccf, "aaas://ccf2.x.example");
	assert_null(f->charging.primary_ecf);
	read_good(f, read_capabilities, "{'mandatory': [1, 4294967295], 'optional': [3]}");
	assert_int_equal(f->capabilities.n_mandatory, 2);
	assert_int_equal(f->capabilities.mandatory[1], UINT32_MAX);
	assert_int_equal(f->capabilities.optional[0], 3);
	read_good(f, read_capabilities, "{'servers': ['sip:b.x.example', 'sip:a.x.example']}");
	assert_string_equal(f->capabilities.server[0], "sip:b.x.example");
	assert_int_equal(f->capabilities.n_server, 2);
}

/* What is stored says the same in one way only, so that a difference is one of meaning. */
static void what_is_stored_reads_as_itself(void **state)
{
	static const struct {
		read_fn *kind;
		const char *doc;
		const char *stored;
	} rows[] = {
		{read_profile, "{'criteria': [], 'ifc_sets': [], 'service_ids': []}",
	         "{'name':'gold'}"},
		{read_profile,
	         "{'ifc_sets': [3, 1], 'criteria': [{'priority': 5, 'trigger': {'all': [{'method': "
	         "'INVITE', 'negated': false}, [{'session_case': 1}, {'session_case': 2}]]}, "
	         "'server': {'include_register_request': false, 'name': 'sip:as.x.example'}}, "
	         "{'priority': 2, " SERVER ", 'profile_part': 1}]}",
	         "{'name':'gold','criteria':[{'priority':2,'server':{'name':'sip:as.x.example',"
	         "'default_handling':'continue'},'profile_part':'unregistered'},{'priority':5,"
	         "'trigger':{'cnf':true,'conditions':[{'groups':[0],'method':'INVITE'},"
	         "{'groups':[1],'session_case':'terminating'},"
	         "{'groups':[1],'session_case':'terminating-unregistered'}]},"
	         "'server':{'name':'sip:as.x.example','default_handling':'continue'}}],"
	         "'ifc_sets':[1,3]}"},
		{read_set, "{'criteria': [{'priority': 2, " SERVER "}]}",
	         "{'id':7,'criteria':[{'priority':2,'server':{'name':'sip:as.x.example',"
	         "'default_handling':'continue'}}]}"},
		{read_charging, "{'primary_ecf': 'aaa://e.x.example', 'primary_ccf': null}",
	         "{'name':'gold','primary_ecf':'aaa://e.x.example'}"},
		{read_capabilities, "{'optional': [2], 'mandatory': [], 'servers': []}",
	         "{'name':'gold','optional':[2]}"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *stored = json_of(rows[i].stored);
		json_t *found = json_loads(read_doc(f, rows[i].kind, rows[i].doc), 0, NULL);
		json_t *again = NULL;

		assert_int_equal(f->reader.n_faults, 0);
		assert_true(json_equal(found, stored));
		again = json_loads(read_doc(f, rows[i].kind, rows[i].stored), 0, NULL);
		assert_int_equal(f->reader.n_faults, 0);
		assert_true(json_equal(again, stored));
		json_decref(stored);
		json_decref(found);
		json_decref(again);
	}
}

static void expect_fault(struct fixture *f, read_fn *kind, const char *doc, const char *field,
                         const char *reason)
{
	const json_t *detail = NULL;

	(void)read_doc(f, kind, doc);
	if (f->reader.n_faults != 1) {
		fail_msg("%zu faults instead of one: %s", f->reader.n_faults, doc);
	}
	detail = json_array_get(f->reader.details, 0);
	assert_string_equal(json_string_value(json_object_get(detail, "field")), field);
	if (strstr(json_string_value(json_object_get(detail, "reason")), reason) == NULL) {
		fail_msg("%s: %s", doc, json_string_value(json_object_get(detail, "reason")));
	}
}

#define C0 "criteria[0].trigger.conditions[0]"

static void faults_of_conditions_are_told_with_their_path(void **state)
{
	static const struct {
		const char *doc;
		const char *field;
		const char *reason;
	} rows[] = {
		{CONDITION("'method': 'INVITE', 'session_case': 0"), C0, "exactly one"},
		{CONDITION("'negated': true"), C0, "exactly one"},
		{CONDITION("'method': 'INVITE', 'colour': 1"), C0 ".colour", "not known"},
		{CONDITION("'method': 'INVITE', 'negated': 1"), C0 ".negated", "true or false"},
		{CONDITION("'method': 'IN VITE'"), C0 ".method", "no SIP method"},
		{CONDITION("'method': ''"), C0 ".method", "1 to"},
		{CONDITION("'method': 7"), C0 ".method", "text"},
		{CONDITION("'method': 'INVITE', 'registration_types': [0]"),
	         C0 ".registration_types", "REGISTER"},
		{CONDITION("'session_case': 0, 'registration_types': [0]"),
	         C0 ".registration_types", "REGISTER"},
		{CONDITION("'method': 'REGISTER', 'registration_types': [0, 1, 2]"),
	         C0 ".registration_types", "1 or 2"},
		{CONDITION("'method': 'REGISTER', 'registration_types': [3]"),
	         C0 ".registration_types[0]", "re-registration (1)"},
		{CONDITION("'method': 'REGISTER', 'registration_types': [1, 're-registration']"),
	         C0 ".registration_types[1]", "twice"},
		{CONDITION("'session_case': 5"), C0 ".session_case", "originating-cdiv (4)"},
		{CONDITION("'session_case': 'sideways'"), C0 ".session_case", "originating (0)"},
		{CONDITION("'request_uri': 'a('"), C0 ".request_uri", "parenthesis"},
		{CONDITION("'request_uri': '[a'"), C0 ".request_uri", "bracket"},
		{CONDITION("'request_uri': '*a{1'"), C0 ".request_uri", "the expression"},
		{CONDITION("'request_uri': '(((a{1,99}){1,99}){1,99})'"), C0 ".request_uri",
	         "repeats too much"},
		{CONDITION("'request_uri': 'a+++++++++++++++++++++++++'"), C0 ".request_uri",
	         "repeats too much"},
		{CONDITION("'request_uri': '((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+'"),
	         C0 ".request_uri", "repeats too much"},
		{CONDITION("'request_uri': 'a\\u0007'"), C0 ".request_uri", "control"},
		{CONDITION("'request_uri': 'a\\uffff'"), C0 ".request_uri", "character"},
		{CONDITION("'header': 'X'"), C0 ".header", "object"},
		{CONDITION("'header': {'content': 'x'}"), C0 ".header.name", "missing"},
		{CONDITION("'header': {'name': '[a', 'content': 'x'}"), C0 ".header.name",
	         "bracket"},
		{CONDITION("'header': {'name': 'X', 'content': '('}"), C0 ".header.content",
	         "parenthesis"},
		{CONDITION("'header': {'name': 'X', 'line': 'm'}"), C0 ".header.line", "not known"},
		{CONDITION("'session_description': {'line': 'm', 'content': 'a**{'}"),
	         C0 ".session_description.content", "the expression"},
		{TRIGGER("{'cnf': true, 'conditions': [{'method': 'A'}]}"), C0 ".group", "number"},
		{TRIGGER("{'cnf': true, 'conditions': [{'group': -1, 'method': 'A'}]}"),
	         C0 ".group", "from 0"},
		{TRIGGER("{'cnf': true, 'conditions': [{'groups': [1, 'x'], 'method': 'A'}]}"),
	         C0 ".groups", "from 0"},
		{TRIGGER("{'cnf': true, 'conditions': [3]}"), C0, "object"},
		{TRIGGER("{'cnf': true, 'conditions': []}"), "criteria[0].trigger", "no condition"},
		{TRIGGER("{'conditions': [{'group': 0, 'method': 'A'}]}"), "criteria[0].trigger",
	         "cnf"},
		{TRIGGER("{'all': [{'method': 'A'}], 'any': [{'method': 'A'}]}"),
	         "criteria[0].trigger", "all, or any"},
		{TRIGGER("{'all': [{'method': 'A'}, [{'method': 'B'}, {'group': 1, 'method': "
	                 "'C'}]]}"),
	         "criteria[0].trigger.all[1][1].group", "cannot be given"},
		{TRIGGER("{'any': [{'method': '?'}]}"), "criteria[0].trigger.any[0].method",
	         "no SIP method"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_fault(f, read_profile, rows[i].doc, rows[i].field, rows[i].reason);
	}
}

static void faults_of_criteria_and_servers_are_told_with_their_path(void **state)
{
	static const struct {
		const char *doc;
		const char *field;
		const char *reason;
	} rows[] = {
		{"{'criteria': {}}", "criteria", "list"},
		{"{'criteria': [3]}", "criteria[0]", "object"},
		{"{'criteria': [{" SERVER "}]}", "criteria[0].priority", "number"},
		{"{'criteria': [{'priority': 1, " SERVER "}, {'priority': 0, " SERVER
	         "}, {'priority': 1, " SERVER "}]}",
	         "criteria[2].priority", "another one"},
		{"{'criteria': [{'priority': 1, 'prio': 2, " SERVER "}]}", "criteria[0].prio",
	         "not known"},
		{"{'criteria': [{'priority': 1}]}", "criteria[0].server", "missing"},
		{"{'criteria': [{'priority': 1, 'server': {}}]}", "criteria[0].server.name",
	         "missing"},
		{"{'criteria': [{'priority': 1, 'server': {'name': 'as.x.example'}}]}",
	         "criteria[0].server.name", "application server"},
		{"{'criteria': [{'priority': 1, 'server': {'name': 'sip:a b'}}]}",
	         "criteria[0].server.name", "application server"},
		{"{'criteria': [{'priority': 1, 'server': {'name': 'sip:a.b', 'default_handling': "
	         "2}}]}",
	         "criteria[0].server.default_handling", "terminate (1)"},
		{"{'criteria': [{'priority': 1, 'server': {'name': 'sip:a.b', 'service_info': "
	         "'a\\nb'}}]}",
	         "criteria[0].server.service_info", "control"},
		{"{'criteria': [{'priority': 1, 'server': {'name': 'sip:a.b', "
	         "'include_register_request': 1}}]}",
	         "criteria[0].server.include_register_request", "true or false"},
		{"{'criteria': [{'priority': 1, 'profile_part': 'both', " SERVER "}]}",
	         "criteria[0].profile_part", "unregistered (1)"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_fault(f, read_profile, rows[i].doc, rows[i].field, rows[i].reason);
	}
}

static void faults_of_the_documents_themselves_are_told(void **state)
{
	static const struct {
		read_fn *kind;
		const char *doc;
		const char *field;
		const char *reason;
	} rows[] = {
		{read_profile, "3", "", "object"},
		{read_profile, "{'name': 'silver'}", "name", "not gold"},
		{read_profile, "{'criterion': []}", "criterion", "not known"},
		{read_profile, "{'media_profile': -1}", "media_profile", "from 0"},
		{read_profile, "{'service_ids': ['a\\u0001']}", "service_ids[0]", "control"},
		{read_profile, "{'service_ids': [1]}", "service_ids[0]", "text"},
		{read_profile, "{'ifc_sets': 7}", "ifc_sets", "list"},
		{read_profile, "{'ifc_sets': ['7']}", "ifc_sets[0]", "number"},
		{read_profile, "{'ifc_sets': [7, 2, 7]}", "ifc_sets[2]", "twice"},
		{read_profile, "{'unregistered_services': 1}", "unregistered_services",
	         "true or false"},
		{read_set, "[]", "", "object"},
		{read_set, "{'id': 8, 'criteria': [{'priority': 1, " SERVER "}]}", "id", "not 7"},
		{read_set, "{}", "criteria", "at least one"},
		{read_set, "{'name': '7', 'criteria': [{'priority': 1, " SERVER "}]}", "name",
	         "not known"},
		{read_charging, "{}", "primary_ccf", "missing"},
		{read_charging, "{'secondary_ccf': 'aaa://c.x.example'}", "primary_ccf", "missing"},
		{read_charging, "{'primary_ccf': 'sip:c.x.example'}", "primary_ccf", "aaa://"},
		{read_charging, "{'primary_ccf': 'aaa'}", "primary_ccf", "aaa://"},
		{read_charging, "{'primary_ccf': 'aaa://ccf'}", "primary_ccf", "host name"},
		{read_charging, "{'primary_ccf': 'aaa://c.x.example:0'}", "primary_ccf", "port"},
		{read_charging, "{'primary_ccf': 'aaa://c.x.example:65536'}", "primary_ccf",
	         "port"},
		{read_charging, "{'primary_ccf': 'aaa://c.x.example;transport=carrier'}",
	         "primary_ccf", "transport"},
		{read_charging, "{'primary_ccf': 'aaa://c.x.example;protocol=http'}", "primary_ccf",
	         "protocol"},
		{read_charging, "{'primary_ccf': 'aaa://c.x.example/x'}", "primary_ccf", "the URI"},
		{read_charging, "{'primary_ccf': 'aaa://c.x.example:1x'}", "primary_ccf",
	         "behind its host"},
		{read_charging, "{'primary_ccf': 'aaa://c.x.example', 'ccf': 1}", "ccf",
	         "not known"},
		{read_capabilities, "{}", "servers", "missing"},
		{read_capabilities, "{'servers': ['sip:a.b'], 'optional': [1]}", "servers",
	         "excludes"},
		{read_capabilities, "{'servers': ['a.b']}", "servers[0]", "S-CSCF"},
		{read_capabilities, "{'mandatory': [-1]}", "mandatory[0]", "from 0"},
		{read_capabilities, "{'mandatory': 1}", "mandatory", "list"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_fault(f, rows[i].kind, rows[i].doc, rows[i].field, rows[i].reason);
	}
}

static void every_fault_is_told_at_once(void **state)
{
	struct fixture *f = *state;

	(void)read_doc(f, read_profile,
	               "{'media_profile': 'x', 'criteria': [{'priority': 1}, {'priority': 2, "
	               "'trigger': {'any': [{}]}, " SERVER "}], 'ifc_sets': [-1]}");
	assert_int_equal(f->reader.n_faults, 4);
}

static void the_name_of_a_shared_set_is_its_id(void **state)
{
	(void)state;
	assert_int_equal(ifc_set_id("0"), 0);
	assert_int_equal(ifc_set_id("2147483647"), INT32_MAX);
	assert_int_equal(ifc_set_id("2147483648"), -1);
	assert_int_equal(ifc_set_id("99999999999999999999"), -1);
	assert_int_equal(ifc_set_id("07"), -1);
	assert_int_equal(ifc_set_id("7a"), -1);
	assert_int_equal(ifc_set_id(""), -1);
}

/* Long texts, many conditions: the limits hold before an S-CSCF gets to see them. */
static void limits_are_kept(void **state)
{
	struct fixture *f = *state;
	json_t *conditions = json_array();
	json_t *criteria = json_array();
	json_t *doc = NULL;

	for (size_t i = 0; i < IFC_CONDITION_MAX + 1; i++) {
		(void)json_array_append_new(conditions, json_pack("{s:s}", "method", "INVITE"));
	}
	doc = json_pack("{s:[{s:i, s:{s:O}, s:{s:s}}]}", "criteria", "priority", 1, "trigger",
	                "any", conditions, "server", "name", "sip:as.x.example");
	reader_reset(f);
	profile_doc_read(&f->reader, doc, "gold", &f->profile);
	assert_int_equal(f->reader.n_faults, 1);
	json_decref(doc);
	(void)json_array_remove(conditions, 0);
	for (int i = 0; i < 8; i++) { /* 64 conditions are about 6 KiB */
		(void)json_array_append_new(criteria,
		                            json_pack("{s:i, s:{s:O}, s:{s:s}}", "priority", i,
		                                      "trigger", "any", conditions, "server",
		                                      "name", "sip:as.x.example"));
	}
	doc = json_pack("{s:O}", "criteria", criteria);
	reader_reset(f);
	profile_doc_read(&f->reader, doc, "gold", &f->profile);
	assert_int_equal(f->reader.n_faults, 1);
	assert_non_null(strstr(
		json_string_value(json_object_get(json_array_get(f->reader.details, 0), "reason")),
		"at most 24000"));
	json_decref(doc);
	json_decref(criteria);
	json_decref(conditions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_kind_of_condition_becomes_its_element, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(
			a_criterion_has_its_elements_in_order_and_the_lowest_priority_first, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			unregistered_services_follow_from_the_criteria_or_are_said, setup,
			teardown),
		cmocka_unit_test_setup_teardown(the_rest_of_a_profile_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(charging_and_capabilities_are_read, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(what_is_stored_reads_as_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(faults_of_conditions_are_told_with_their_path,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(
			faults_of_criteria_and_servers_are_told_with_their_path, setup, teardown),
		cmocka_unit_test_setup_teardown(faults_of_the_documents_themselves_are_told, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(every_fault_is_told_at_once, setup, teardown),
		cmocka_unit_test(the_name_of_a_shared_set_is_its_id),
		cmocka_unit_test_setup_teardown(limits_are_kept, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
