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

#define FIRST_UNBARRED "(//PublicIdentity[BarringIndication=0]/Identity)[1]"
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

static enum hss_err write_set(struct fixture *f, unsigned irs, uint32_t features, const char **text,
                              size_t *len)
{
	const struct user_data_want want = {.irs = irs, .features = features};

	*text = NULL;
	return user_data_write(&f->sub, &want, text, len);
}

static void expect_texts_of(struct fixture *f, const struct user_data_want *want, const char *path,
                            const char *expected)
{
	const char *text = NULL;
	size_t len = 0;
	char found[1024];
	xmlDoc *doc = NULL;

	assert_int_equal(user_data_write(&f->sub, want, &text, &len), HSS_OK);
	assert_int_equal(len, strlen(text));
	doc = parse(text, len);
	texts_of(doc, path, found, sizeof(found));
	fixture_expect_text(path, found, expected);
	xmlFreeDoc(doc);
}

static void expect_texts(struct fixture *f, unsigned irs, uint32_t features, const char *path,
                         const char *expected)
{
	const struct user_data_want want = {.irs = irs, .features = features};

	expect_texts_of(f, &want, path, expected);
}

/* Filter criteria as they are provisioned: every kind of service point trigger. */
#define CRITERIA(priority, more)                                                                   \
	"<InitialFilterCriteria><Priority>" priority "</Priority>" more                            \
	"<ApplicationServer><ServerName>sip:as.home.example;x=&lt;1&gt;</ServerName>"              \
	"<DefaultHandling>1</DefaultHandling><ServiceInfo>tier=gold</ServiceInfo>"                 \
	"<Extension><IncludeRegisterRequest/><IncludeRegisterResponse/></Extension>"               \
	"</ApplicationServer><ProfilePartIndicator>0</ProfilePartIndicator>"                       \
	"</InitialFilterCriteria>"
#define SPT(what) "<SPT><ConditionNegated>0</ConditionNegated><Group>0</Group>" what "</SPT>"
#define OWN                                                                                        \
	CRITERIA("1", "<TriggerPoint><ConditionTypeCNF>1</ConditionTypeCNF>" SPT(                  \
			      "<Method>REGISTER</Method>"                                          \
			      "<Extension><RegistrationType>0</RegistrationType></Extension>")     \
	                      SPT("<RequestURI>^x&amp;</RequestURI>")                              \
	                              SPT("<SIPHeader><Header>^X$</Header></SIPHeader>")           \
	                                      SPT("<SessionCase>4</SessionCase>") SPT(             \
						      "<SessionDescription><Line>m</Line>"         \
						      "<Content>audio</Content>"                   \
						      "</SessionDescription>") "</TriggerPoint>")
#define SET_7 CRITERIA("20", "")
#define SET_9 CRITERIA("30", "") CRITERIA("31", "")

static struct ims_ifc_set shared_sets[] = {{.id = 7, .criteria = SET_7},
                                           {.id = 9, .criteria = SET_9}};
static const char *service_ids[] = {"urn:urn-7:3gpp-service.ims.icsi.mmtel", "a<b"};

/* Profile 0 of the fixture with all that a profile may hold. */
static void fill_profile(struct fixture *f)
{
	f->sub.profile[0].criteria = OWN;
	f->sub.profile[0].ifc_set = shared_sets;
	f->sub.profile[0].n_ifc_set = 2;
	f->sub.profile[0].service_id = service_ids;
	f->sub.profile[0].n_service_id = 2;
}

#define PUBLIC_IDENTITY(barred, name, more)                                                        \
	"<PublicIdentity><BarringIndication>" barred "</BarringIndication><Identity>" name         \
	"</Identity><Extension><IdentityType>0</IdentityType>" more "</Extension>"                 \
	"</PublicIdentity>"
#define AUTHORIZATION                                                                              \
	"<CoreNetworkServicesAuthorization>"                                                       \
	"<SubscribedMediaProfileId>7</SubscribedMediaProfileId>"                                   \
	"<Extension><ListOfServiceIds>"                                                            \
	"<ServiceId>urn:urn-7:3gpp-service.ims.icsi.mmtel</ServiceId><ServiceId>a&lt;b</"          \
	"ServiceId>"                                                                               \
	"</ListOfServiceIds></Extension></CoreNetworkServicesAuthorization>"
#define DOCUMENT(profiles)                                                                         \
	DECLARATION "<IMSSubscription><PrivateID>" IMPI_1 "</PrivateID>" profiles                  \
		    "</IMSSubscription>"

static void document_is_exactly_this(void **state)
{
	static const struct {
		uint32_t features;
		const char *expected;
	} rows[] = {
		{CX_FEATURE_SIFC | CX_FEATURE_ALIAS_IND,
	         DOCUMENT("<ServiceProfile>" PUBLIC_IDENTITY(
			 "0", ALICE,
			 "<Extension><DisplayName>Alice</DisplayName>"
			 "<AliasIdentityGroupID>own:" ALICE "</AliasIdentityGroupID></Extension>")
	                          PUBLIC_IDENTITY("0", ALICE_TEL,
	                                          "<Extension><AliasIdentityGroupID>own:" ALICE_TEL
	                                          "</AliasIdentityGroupID></Extension>")
	                                  AUTHORIZATION OWN
	                  "<Extension><SharedIFCSetID>7</SharedIFCSetID>"
	                  "<SharedIFCSetID>9</SharedIFCSetID></Extension></ServiceProfile>"
	                  "<ServiceProfile>" PUBLIC_IDENTITY(
				  "1", ALICE_SPARE,
				  "<Extension><AliasIdentityGroupID>own:" ALICE_SPARE
				  "</AliasIdentityGroupID></Extension>") "</ServiceProfile>")},
		{0, DOCUMENT("<ServiceProfile>" PUBLIC_IDENTITY(
			    "0", ALICE, "<Extension><DisplayName>Alice</DisplayName></Extension>")
	                             AUTHORIZATION OWN SET_7 SET_9
	                     "</ServiceProfile><ServiceProfile>" PUBLIC_IDENTITY("0", ALICE_TEL, "")
	                             AUTHORIZATION OWN SET_7 SET_9
	                     "</ServiceProfile><ServiceProfile>" PUBLIC_IDENTITY(
				     "1", ALICE_SPARE, "") "</ServiceProfile>")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = NULL;
		size_t len = 0;
		struct fixture f;

		fixture_open(&f, "");
		fill_profile(&f);
		assert_int_equal(write_set(&f, 1, rows[i].features, &text, &len), HSS_OK);
		assert_string_equal(text, rows[i].expected);
		assert_int_equal(len, strlen(rows[i].expected));
		xmlFreeDoc(parse(text, len));
		fixture_close(&f);
	}
}

static void count(struct fixture *f, uint32_t features, const char *what, unsigned expected)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/IMSSubscription[count(//%s)=%u]/PrivateID", what,
	               expected);
	expect_texts(f, 1, features, path, IMPI_1 " ");
}

/* What a profile holds, as bits behind those of the features. */
enum { MEDIA = 4, SERVICES = 8, CRITERIA_OWN = 16, SETS = 32, GROUPS = 64, ALL = 128 };

static unsigned if_set(unsigned bits, unsigned bit, unsigned value)
{
	return (bits & bit) != 0 ? value : 0;
}

static void arrange_profile(struct fixture *f, unsigned bits)
{
	fill_profile(f);
	f->sub.profile[0].has_media_profile = (bits & MEDIA) != 0;
	f->sub.profile[0].n_service_id = if_set(bits, SERVICES, 2);
	f->sub.profile[0].criteria = (bits & CRITERIA_OWN) != 0 ? OWN : NULL;
	f->sub.profile[0].n_ifc_set = if_set(bits, SETS, 2);
	f->sub.impu[0].alias_group = (bits & GROUPS) != 0 ? "g" : NULL;
	f->sub.impu[1].alias_group = f->sub.impu[0].alias_group;
}

/* Each combination of features and of what a profile holds: it follows the schema, nothing is
 * missing, nothing is twice. */
static void every_combination_follows_the_schema(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < ALL; bits++) {
		const uint32_t features = bits & (CX_FEATURE_SIFC | CX_FEATURE_ALIAS_IND);
		const unsigned sets = if_set(bits, SETS, 1);
		const unsigned ids = if_set(bits, CX_FEATURE_SIFC, sets);
		/* ServiceProfiles with profile 0: ALICE and ALICE_TEL together or apart. */
		const unsigned n = (bits & (CX_FEATURE_ALIAS_IND | GROUPS)) != 0 ? 1 : 2;
		struct fixture f;

		fixture_open(&f, "");
		arrange_profile(&f, bits);
		count(&f, features, "PublicIdentity", 3);
		count(&f, features, "ServiceProfile", n + 1);
		count(&f, features, "AliasIdentityGroupID", if_set(bits, CX_FEATURE_ALIAS_IND, 3));
		count(&f, features, "SubscribedMediaProfileId", if_set(bits, MEDIA, n));
		count(&f, features, "ServiceId", if_set(bits, SERVICES, 2 * n));
		count(&f, features, "CoreNetworkServicesAuthorization",
		      if_set(bits, MEDIA | SERVICES, n));
		count(&f, features, "InitialFilterCriteria",
		      if_set(bits, CRITERIA_OWN, n) + 3 * n * (sets - ids));
		count(&f, features, "SharedIFCSetID", 2 * n * ids);
		fixture_close(&f);
	}
}

/* B.2.1: with AliasInd each identity has a group; without it only aliases share a ServiceProfile.
 */
static void aliases_share_a_profile_and_no_others_do(void **state)
{
	static const struct {
		uint32_t features;
		const char *group[3];
		unsigned profile[3];
		const char *path;
		const char *expected;
	} rows[] = {
		{0,
	         {"g", "g", "g"},
	         {0, 0, 0},
	         "//ServiceProfile[1]//Identity",
	         ALICE " " ALICE_TEL " " ALICE_SPARE " "},
		{0,
	         {"g", NULL, "g"},
	         {0, 0, 0},
	         "//ServiceProfile[1]//Identity",
	         ALICE " " ALICE_SPARE " "},
		{0, {"g", NULL, "g"}, {0, 0, 0}, "//ServiceProfile[2]//Identity", ALICE_TEL " "},
		{0,
	         {"g", "g", "g"},
	         {0, 0, 1},
	         "//ServiceProfile[1]//Identity",
	         ALICE " " ALICE_TEL " "},
		{0,
	         {"g", "h", "h"},
	         {0, 0, 0},
	         "//ServiceProfile[2]//Identity",
	         ALICE_TEL " " ALICE_SPARE " "},
		{0,
	         {NULL, NULL, NULL},
	         {0, 0, 0},
	         "//ServiceProfile[3]//Identity",
	         ALICE_SPARE " "},
		{0, {"g", "g", "g"}, {0, 0, 0}, "//AliasIdentityGroupID", ""},
		{CX_FEATURE_ALIAS_IND,
	         {"g", NULL, "g"},
	         {0, 0, 0},
	         "//ServiceProfile[1]//Identity",
	         ALICE " " ALICE_TEL " " ALICE_SPARE " "},
		{CX_FEATURE_ALIAS_IND,
	         {"g", NULL, "g"},
	         {0, 0, 0},
	         "//AliasIdentityGroupID",
	         "g own:" ALICE_TEL " g "},
		{CX_FEATURE_ALIAS_IND,
	         {"a&b", NULL, NULL},
	         {0, 1, 1},
	         "//AliasIdentityGroupID",
	         "a&b own:" ALICE_TEL " own:" ALICE_SPARE " "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;

		fixture_open(&f, "");
		for (size_t k = 0; k < 3; k++) {
			f.sub.impu[k].alias_group = rows[i].group[k];
			f.sub.impu[k].profile = rows[i].profile[k];
		}
		expect_texts(&f, 1, rows[i].features, rows[i].path, rows[i].expected);
		fixture_close(&f);
	}
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
		expect_texts(&f, rows[i].irs, 0, rows[i].path, rows[i].expected);
	}
	fixture_close(&f);
}

/* An identity that was asked for is in the document, also when it only matches a wildcard. */
static void matched_identity_is_in_the_document(void **state)
{
	static const struct {
		enum impu_kind kind;
		const char *group;
		uint32_t features;
		const char *path;
		const char *expected;
	} rows[] = {
		{IMPU_WILDCARDED, NULL, 0, "//Identity", DESKS " " DESK_42 " "},
		{IMPU_WILDCARDED, NULL, 0, "//IdentityType", "4 3 "},
		{IMPU_WILDCARDED, NULL, 0,
	         "//PublicIdentity[Identity='" DESK_42 "']//WildcardedIMPU", DESKS " "},
		{IMPU_WILDCARDED, NULL, 0, "//ServiceProfile[2]//Identity", DESK_42 " "},
		{IMPU_WILDCARDED, "g", 0, "//ServiceProfile[1]//Identity", DESKS " " DESK_42 " "},
		{IMPU_WILDCARDED, NULL, CX_FEATURE_ALIAS_IND, "//ServiceProfile[1]//Identity",
	         DESKS " " DESK_42 " "},
		{IMPU_WILDCARDED, NULL, CX_FEATURE_ALIAS_IND, "//AliasIdentityGroupID",
	         "own:" DESKS " own:" DESK_42 " "},
		{IMPU_WILDCARDED_PSI, NULL, 0, "//Identity", DESK_42 " "},
		{IMPU_WILDCARDED_PSI, NULL, 0, "//IdentityType", "2 "},
		{IMPU_WILDCARDED_PSI, NULL, 0, "//PublicIdentity/Extension/WildcardedPSI",
	         DESKS " "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;
		struct user_data_want want = {
			.irs = 7, .features = rows[i].features, .matched = DESK_42};

		fixture_open(&f, "");
		f.sub.impu[8].kind = rows[i].kind;
		f.sub.impu[8].alias_group = rows[i].group;
		want.wildcard = &f.sub.impu[8];
		expect_texts_of(&f, &want, rows[i].path, rows[i].expected);
		fixture_close(&f);
	}
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
		expect_texts(&f, 1, CX_FEATURE_ALIAS_IND, "//Identity", rows[i].order);
		if (ims_irs_default_impu(&f.sub, 1) != NULL) {
			char first[128];

			(void)snprintf(first, sizeof(first), "%s ",
			               ims_irs_default_impu(&f.sub, 1)->name);
			expect_texts(&f, 1, CX_FEATURE_ALIAS_IND, FIRST_UNBARRED, first);
			expect_texts(&f, 1, 0, FIRST_UNBARRED, first);
			f.sub.impu[0].alias_group = f.sub.impu[2].alias_group = "g";
			expect_texts(&f, 1, 0, FIRST_UNBARRED, first);
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
		expect_texts(&f, 1, 0, "//DisplayName", expected);
	}
	f.sub.impu[0].name = "sip:a&b@home.example";
	expect_texts(&f, 1, 0, "//ServiceProfile[1]/PublicIdentity[1]/Identity",
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
		assert_int_equal(write_set(&f, 1, 0, &text, &len), HSS_ERR_INVALID);
		assert_null(text);
	}
	f.sub.impu[0].display_name = NULL;
	f.sub.impu[0].alias_group = "a\nb";
	assert_int_equal(write_set(&f, 1, 0, &text, &len), HSS_ERR_INVALID);
	f.sub.impu[0].alias_group = NULL;
	f.sub.profile[0].service_id = (const char *[]){"ok", "\xff"};
	f.sub.profile[0].n_service_id = 2;
	assert_int_equal(write_set(&f, 1, 0, &text, &len), HSS_ERR_INVALID);
	f.sub.profile[0].n_service_id = 1;
	assert_int_equal(write_set(&f, 1, 0, &text, &len), HSS_OK);
	f.sub.impu[0].profile = 2; /* there is none */
	assert_int_equal(write_set(&f, 1, 0, &text, &len), HSS_ERR_INVALID);
	assert_int_equal(write_set(&f, 64, 0, &text, &len), HSS_ERR_INVALID); /* empty */
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
	assert_int_equal(write_set(&f, 1, 0, &text, &len), HSS_OK);
	/* An empty element may be written as one tag: what is left is counted with one octet. */
	memset(name, 0, sizeof(name));
	name[0] = 'x';
	f.sub.impu[0].display_name = name;
	assert_int_equal(write_set(&f, 1, 0, &text, &len), HSS_OK);
	rest = 60000 - len;
	memset(name, 'x', rest + 1);
	assert_int_equal(write_set(&f, 1, 0, &text, &len), HSS_OK);
	assert_int_equal(len, 60000);
	name[rest + 1] = 'x';
	assert_int_equal(write_set(&f, 1, 0, &text, &len), HSS_ERR_LIMIT);
	assert_null(text);
	fixture_close(&f);
}

/* Without AliasInd criteria are repeated for each identity. */
static void document_that_repeats_its_criteria_too_often_is_refused(void **state)
{
	static char criteria[40000];
	struct fixture f;
	const char *text = NULL;
	size_t len = 0;

	(void)state;
	memset(criteria, ' ', sizeof(criteria) - 1);
	fixture_open(&f, "");
	f.sub.profile[0].criteria = criteria;
	assert_int_equal(write_set(&f, 1, CX_FEATURE_ALIAS_IND, &text, &len), HSS_OK);
	assert_int_equal(write_set(&f, 1, 0, &text, &len), HSS_ERR_LIMIT);
	assert_null(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(document_is_exactly_this),
		cmocka_unit_test(every_combination_follows_the_schema),
		cmocka_unit_test(aliases_share_a_profile_and_no_others_do),
		cmocka_unit_test(matched_identity_is_in_the_document),
		cmocka_unit_test(every_kind_of_identity_follows_the_schema),
		cmocka_unit_test(default_impu_stays_first_whatever_the_profiles),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(text_that_xml_cannot_hold_is_refused),
		cmocka_unit_test(document_has_at_most_60000_octets),
		cmocka_unit_test(document_that_repeats_its_criteria_too_often_is_refused),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
