#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tools/scscf/cx_text.h"
#include "tools/scscf/trace.h"

static const struct ims_charging charging = {.primary_ecf = "aaa://e1",
                                             .secondary_ecf = "aaa://e2",
                                             .primary_ccf = "aaa://c1",
                                             .secondary_ccf = "aaa://c2"};
static uint32_t numbers[] = {7, 4294967295U};
static const char *names[] = {"sip:s1", "sip:s2"};
static const struct ims_capabilities capabilities = {.mandatory = numbers,
                                                     .n_mandatory = 2,
                                                     .optional = numbers,
                                                     .n_optional = 1,
                                                     .server = names,
                                                     .n_server = 2};
static const char *impis[] = {"a@b", "c@d"};
static struct cx_restoration restoration = {.impi = "a@b", .len = 480};
static struct cx_emergency emergency = {.impi = "c@d", .impu = "tel:+1"};

static const struct cx_answer full = {
	.verdict = {.result = CX_SUCCESS},
	.features = {.present = true, .list = 0x80000003},
	.capabilities = true,
	.capability_set = &capabilities,
	.psi_direct_routing = true,
	.associated_impi = impis,
	.n_associated_impi = 2,
	.registered_impi = impis,
	.n_registered_impi = 1,
	.charging = &charging,
	.loose_route = true,
	.privileged_sender = true,
	.restoration = &restoration,
	.n_restoration = 1,
	.emergency = &emergency,
	.n_emergency = 1,
	.digest = {.realm = "example.net", .ha1 = {0xde, 0xad, 0xbe, 0xef}},
};

/* Every member that comes besides, in the order in which it is shown. */
static const struct {
	const char *name;
	const char *text;
} members[] = {
	{"Supported-Features", "SiFC AliasInd 0x80000000"},
	{"Server-Capabilities/Server-Name", "sip:s1"},
	{"Server-Capabilities/Server-Name", "sip:s2"},
	{"Mandatory-Capability", "7"},
	{"Mandatory-Capability", "4294967295"},
	{"Optional-Capability", "7"},
	{"Associated-Identities", "a@b"},
	{"Associated-Identities", "c@d"},
	{"Associated-Registered-Identities", "a@b"},
	{"Primary-Event-Charging-Function-Name", "aaa://e1"},
	{"Secondary-Event-Charging-Function-Name", "aaa://e2"},
	{"Primary-Charging-Collection-Function-Name", "aaa://c1"},
	{"Secondary-Charging-Collection-Function-Name", "aaa://c2"},
	{"LIA-Flags", "PSI direct routing"},
	{"Loose-Route-Indication", "LOOSE_ROUTE_REQUIRED"},
	{"Priviledged-Sender-Indication", "PRIVILEDGED_SENDER"},
	{"SCSCF-Restoration-Info", "a@b (480 octets)"},
	{"Identity-with-Emergency-Registration", "c@d tel:+1"},
	{"SIP-Digest-Authenticate", "realm example.net HA1 (16 octets)"},
};
enum { N_MEMBERS = sizeof(members) / sizeof(members[0]) };

/* What is shown of an answer; the caller frees it. */
static char *shown(const struct cx_answer *ans, bool json)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	const struct trace trace = {.out = out, .json = json};

	assert_non_null(out);
	trace_answer(&trace, ans);
	assert_int_equal(fclose(out), 0);
	assert_non_null(text);
	return text;
}

static void an_answer_is_shown_with_all_that_it_has(void **state)
{
	char *text = shown(&full, false);
	const char *rest = text;

	(void)state;
	for (size_t i = 0; i < N_MEMBERS; i++) {
		char line[200];

		(void)snprintf(line, sizeof(line), "\n%s: %s\n", members[i].name, members[i].text);
		rest = strstr(rest, line);
		if (rest == NULL) {
			fail_msg("not shown in its place: %s", line);
		}
		rest += strlen(line) - 1;
	}
	assert_string_equal(rest, "\n");
	free(text);
}

static void json_has_the_same_in_lists(void **state)
{
	char *text = shown(&full, true);
	json_t *object = json_loads(text, 0, NULL);
	size_t n = 0;

	(void)state;
	assert_non_null(object);
	for (size_t i = 0; i < N_MEMBERS; i++) {
		const json_t *list = json_object_get(object, members[i].name);

		n = i > 0 && strcmp(members[i].name, members[i - 1].name) == 0 ? n + 1 : 0;
		assert_true(json_is_array(list));
		assert_string_equal(json_string_value(json_array_get(list, n)), members[i].text);
	}
	json_decref(object);
	free(text);
}

static void no_ha1_is_shown(void **state)
{
	(void)state;
	for (int json = 0; json <= 1; json++) {
		char *text = shown(&full, json != 0);

		assert_null(strstr(text, "dead"));
		assert_null(strstr(text, "DEAD"));
		free(text);
	}
}

static void an_answer_with_nothing_shows_its_result_alone(void **state)
{
	const struct cx_answer none = {.verdict = {.result = CX_ERROR_USER_UNKNOWN}};
	char *text = shown(&none, false);

	(void)state;
	assert_string_equal(text, "Experimental-Result: 5001 DIAMETER_ERROR_USER_UNKNOWN\n");
	free(text);
}

static void features_are_named(void **state)
{
	static const struct {
		uint32_t list;
		const char *text;
	} rows[] = {
		{0, "none"},
		{CX_FEATURE_IMS_RESTORATION_IND, "IMSRestorationInd"},
		{0x10, "0x10"},
		{0xffffffff, "SiFC AliasInd IMSRestorationInd P-CSCF-Restoration-mechanism "
	                     "0xfffffff0"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[CX_TEXT_FEATURES_LEN];

		assert_string_equal(cx_text_features(rows[i].list, text), rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_shown_with_all_that_it_has),
		cmocka_unit_test(json_has_the_same_in_lists),
		cmocka_unit_test(no_ha1_is_shown),
		cmocka_unit_test(an_answer_with_nothing_shows_its_result_alone),
		cmocka_unit_test(features_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
