/* The profile document: structure by a schema, exact text, order, escaping, limits (TS 29.228
 * Annexes B to F). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xpath.h>

#include "hss/user_data.h"
#include "subscription_fixture.h"

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

static xmlSchema *schema;

static int group_setup(void **state)
{
	xmlSchemaParserCtxt *parser =
		xmlSchemaNewParserCtxt(QUINTET_VECTORS_DIR "/cx_user_data.xsd");

	schema = parser != NULL ? xmlSchemaParse(parser) : NULL;
	xmlSchemaFreeParserCtxt(parser);
	return schema != NULL ? fixture_group_setup(state) : -1;
}

static int group_teardown(void **state)
{
	xmlSchemaFree(schema);
	xmlCleanupParser();
	return fixture_group_teardown(state);
}

/* Parse and validate; to be freed. */
static xmlDoc *parse(const char *text, size_t len)
{
	xmlDoc *doc = xmlReadMemory(text, (int)len, NULL, NULL, XML_PARSE_NONET);
	xmlSchemaValidCtxt *valid = xmlSchemaNewValidCtxt(schema);

	assert_non_null(doc);
	assert_non_null(valid);
	if (xmlSchemaValidateDoc(valid, doc) != 0) {
		fail_msg("does not follow the schema: %s", text);
	}
	xmlSchemaFreeValidCtxt(valid);
	return doc;
}

/* The texts that an XPath expression finds, each followed by a blank. */
static void texts_of(xmlDoc *doc, const char *path, char *out, size_t size)
{
	xmlXPathContext *context = xmlXPathNewContext(doc);
	xmlXPathObject *found = xmlXPathEvalExpression((const xmlChar *)path, context);

	assert_non_null(found);
	out[0] = '\0';
	for (int i = 0; found->nodesetval != NULL && i < found->nodesetval->nodeNr; i++) {
		xmlChar *text = xmlNodeGetContent(found->nodesetval->nodeTab[i]);

		(void)snprintf(out + strlen(out), size - strlen(out), "%s ", (const char *)text);
		xmlFree(text);
	}
	xmlXPathFreeObject(found);
	xmlXPathFreeContext(context);
}

static void expect_texts(struct fixture *f, unsigned irs, const char *path, const char *expected)
{
	const char *text = NULL;
	size_t len = 0;
	char found[1024];
	xmlDoc *doc = NULL;

	assert_int_equal(user_data_write(&f->sub, 0, irs, &text, &len), HSS_OK);
	assert_int_equal(len, strlen(text));
	doc = parse(text, len);
	texts_of(doc, path, found, sizeof(found));
	fixture_expect_text(path, found, expected);
	xmlFreeDoc(doc);
}

static void document_is_exactly_this(void **state)
{
	static const char expected[] = DECLARATION
		"<IMSSubscription><PrivateID>" IMPI_1 "</PrivateID>"
		"<ServiceProfile>"
		"<PublicIdentity><BarringIndication>0</BarringIndication><Identity>" ALICE
		"</Identity>"
		"<Extension><IdentityType>0</IdentityType><Extension><DisplayName>Alice</"
		"DisplayName>"
		"</Extension></Extension></PublicIdentity>"
		"<PublicIdentity><BarringIndication>0</BarringIndication><Identity>" ALICE_TEL
		"</Identity>"
		"<Extension><IdentityType>0</IdentityType></Extension></PublicIdentity>"
		"<CoreNetworkServicesAuthorization><SubscribedMediaProfileId>7</"
		"SubscribedMediaProfileId>"
		"</CoreNetworkServicesAuthorization></ServiceProfile>"
		"<ServiceProfile>"
		"<PublicIdentity><BarringIndication>1</BarringIndication><Identity>" ALICE_SPARE
		"</Identity><Extension><IdentityType>0</IdentityType></Extension></PublicIdentity>"
		"</ServiceProfile></IMSSubscription>";
	const char *text = NULL;
	size_t len = 0;
	struct fixture f;

	(void)state;
	fixture_open(&f, "");
	assert_int_equal(user_data_write(&f.sub, 0, 1, &text, &len), HSS_OK);
	assert_string_equal(text, expected);
	assert_int_equal(len, sizeof(expected) - 1);
	xmlFreeDoc(parse(text, len));
	fixture_close(&f);
}

static void every_kind_of_identity_follows_the_schema(void **state)
{
	static const struct {
		unsigned irs;
		const char *path;
		const char *expected;
	} rows[] = {
		{4, "//IdentityType", "1 "},
		{4, "//Identity", CONF " "},
		{7, "//IdentityType", "4 "},
		{7, "//Identity", DESKS " "},
		{7, "//PublicIdentity/Extension/Extension/Extension/WildcardedIMPU", DESKS " "},
		{5, "//IdentityType", "2 "},
		{5, "//PublicIdentity/Extension/WildcardedPSI", CHAT " "},
		{3, "//BarringIndication", "1 "},
		{2, "//CoreNetworkServicesAuthorization", ""},
	};
	struct fixture f;

	(void)state;
	fixture_open(&f, "");
	f.sub.impu[6].kind = IMPU_WILDCARDED_PSI; /* CHAT */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_texts(&f, rows[i].irs, rows[i].path, rows[i].expected);
	}
	fixture_close(&f);
}

/* R9, and the default IMPU: the first unbarred one of the document is the first unbarred one of the
 * set. */
static void default_impu_stays_first_whatever_the_profiles(void **state)
{
	static const struct {
		unsigned profile[3];
		bool barred[3];
		const char *order;
	} rows[] = {
		{{0, 0, 0}, {0, 0, 0}, ALICE " " ALICE_TEL " " ALICE_SPARE " "},
		{{0, 0, 0}, {1, 0, 0}, ALICE " " ALICE_TEL " " ALICE_SPARE " "},
		{{0, 1, 0}, {0, 0, 0}, ALICE " " ALICE_SPARE " " ALICE_TEL " "},
		{{0, 1, 0},
	         {1, 0, 0},
	         ALICE_TEL " " ALICE " " ALICE_SPARE " "}, /* not ALICE_SPARE */
		{{0, 1, 2}, {1, 1, 0}, ALICE_SPARE " " ALICE " " ALICE_TEL " "},
		{{1, 0, 1}, {1, 1, 0}, ALICE " " ALICE_SPARE " " ALICE_TEL " "},
		{{1, 0, 1}, {1, 1, 1}, ALICE " " ALICE_SPARE " " ALICE_TEL " "},
	};
	static struct ims_profile profiles[3] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;

		fixture_open(&f, "");
		f.sub.profile = profiles;
		f.sub.n_profile = 3;
		for (size_t k = 0; k < 3; k++) {
			f.sub.impu[k].profile = rows[i].profile[k];
			f.sub.impu[k].barred = rows[i].barred[k];
		}
		expect_texts(&f, 1, "//Identity", rows[i].order);
		if (ims_irs_default_impu(&f.sub, 1) != NULL) {
			char first[128];

			(void)snprintf(first, sizeof(first), "%s ",
			               ims_irs_default_impu(&f.sub, 1)->name);
			expect_texts(&f, 1, "(//PublicIdentity[BarringIndication=0]/Identity)[1]",
			             first);
		}
		fixture_close(&f);
	}
}

static void text_is_escaped(void **state)
{
	static const char *const names[] = {"<b>&amp;\"'</b>", "]]><x/>",
	                                    "J\xc3\xb6rg \xf0\x9f\x98\x80", " a  b ", "%s%n"};
	struct fixture f;

	(void)state;
	fixture_open(&f, "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char expected[64];

		f.sub.impu[0].display_name = names[i];
		(void)snprintf(expected, sizeof(expected), "%s ", names[i]);
		expect_texts(&f, 1, "//DisplayName", expected);
	}
	f.sub.impu[0].name = "sip:a&b@home.example";
	expect_texts(&f, 1, "//ServiceProfile[1]/PublicIdentity[1]/Identity",
	             "sip:a&b@home.example ");
	fixture_close(&f);
}

static void text_that_xml_cannot_hold_is_refused(void **state)
{
	static const char *const names[] = {"a\nb", "a\x01", "\xff", "\xc3", "a\tb"};
	struct fixture f;
	const char *text = NULL;
	size_t len = 0;

	(void)state;
	fixture_open(&f, "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		f.sub.impu[0].display_name = names[i];
		assert_int_equal(user_data_write(&f.sub, 0, 1, &text, &len), HSS_ERR_INVALID);
		assert_null(text);
	}
	f.sub.impu[0].display_name = NULL;
	f.sub.impu[0].profile = 2; /* there is none */
	assert_int_equal(user_data_write(&f.sub, 0, 1, &text, &len), HSS_ERR_INVALID);
	assert_int_equal(user_data_write(&f.sub, 0, 64, &text, &len), HSS_ERR_INVALID); /* empty */
	fixture_close(&f);
}

static void document_has_at_most_60000_octets(void **state)
{
	static char name[60000];
	struct fixture f;
	const char *text = NULL;
	size_t len = 0;
	size_t rest = 0;

	(void)state;
	fixture_open(&f, "");
	f.sub.impu[0].display_name = "";
	assert_int_equal(user_data_write(&f.sub, 0, 1, &text, &len), HSS_OK);
	/* An empty element may be written as one tag: what is left is counted with one octet. */
	memset(name, 0, sizeof(name));
	name[0] = 'x';
	f.sub.impu[0].display_name = name;
	assert_int_equal(user_data_write(&f.sub, 0, 1, &text, &len), HSS_OK);
	rest = 60000 - len;
	memset(name, 'x', rest + 1);
	assert_int_equal(user_data_write(&f.sub, 0, 1, &text, &len), HSS_OK);
	assert_int_equal(len, 60000);
	name[rest + 1] = 'x';
	text = NULL;
	assert_int_equal(user_data_write(&f.sub, 0, 1, &text, &len), HSS_ERR_LIMIT);
	assert_null(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(document_is_exactly_this),
		cmocka_unit_test(every_kind_of_identity_follows_the_schema),
		cmocka_unit_test(default_impu_stays_first_whatever_the_profiles),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(text_that_xml_cannot_hold_is_refused),
		cmocka_unit_test(document_has_at_most_60000_octets),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
