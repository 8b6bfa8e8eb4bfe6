/* subscriber.apply: what the documents say is what is; keys, SQNs and registrations that stay, what
 * is told and what is refused. And the members of a subscriber that others share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "admin_fixture.h"

#define APPLY(docs) "{'op': 'subscriber.apply', 'subscribers': [" docs "]}"
#define DRY(docs) "{'op': 'subscriber.apply', 'dry_run': true, 'subscribers': [" docs "]}"
#define ADD(docs) "{'op': 'subscriber.add', 'subscribers': [" docs "]}"
#define OTHER_KEY                                                                                  \
	"'k': '00000000000000000000000000000000', 'opc': '11111111111111111111111111111111'"
/* Of alice: the members of her IMPI behind its name, and her sets. */
#define ALICE(impi, sets) "{'impis': [{'impi': 'alice@x.example'" impi "}], 'sets': [" sets "]}"
#define SET(impus) "{'impus': [" impus "]}"
#define A1 "{'impu': 'sip:a1@x.example'}"
#define A2 "{'impu': 'sip:a2@x.example'}"
#define B1 "{'impu': 'sip:b1@x.example'}"
#define BARRED(impu) "{'impu': '" impu "', 'barred': true}"

static void load(struct fixture *f, const char *impi, struct ims_subscription *sub)
{
	assert_int_equal(
		store_subscription_load(f->admin.store, impi, NULL, 0, STORE_VIEW_FULL, sub),
		HSS_OK);
}

/* All IMPUs of alice in order, sets divided by bars. */
static void expect_impus(struct fixture *f, const char *expected)
{
	struct ims_subscription sub = {0};
	char found[512] = "";

	load(f, "alice@x.example", &sub);
	for (size_t i = 0; i < sub.n_impu; i++) {
		const char *before = i == 0 ? "" : sub.impu[i].position == 1 ? " | " : " ";

		(void)snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s", before,
		               sub.impu[i].name);
	}
	assert_string_equal(found, expected);
	ims_subscription_free(&sub);
}

/* Changes of the document at this index of those told in the last reply. */
static void expect_changes(const struct fixture *f, size_t i, const char *expected)
{
	const json_t *entry = json_array_get(json_object_get(f->reply, "subscribers"), i);
	char found[4096];

	changes_text(json_object_get(entry, "changes"), found, sizeof(found));
	assert_string_equal(found, expected);
}

static void expect_counts(const struct fixture *f, json_int_t created, json_int_t changed,
                          json_int_t unchanged)
{
	assert_int_equal(number(f, "created"), created);
	assert_int_equal(number(f, "changed"), changed);
	assert_int_equal(number(f, "unchanged"), unchanged);
}

static void what_is_not_there_is_created_and_then_unchanged(void **state)
{
	static const char apply[] = APPLY(ALICE(", " KEY, SET(A1)) ", {'impis': [{'impi': "
	                                                           "'bob@x.example', " KEY
	                                                           "}], 'sets': [" SET(B1) "]}");
	struct fixture *f = *state;

	assert_true(serve(f, apply));
	expect_counts(f, 2, 0, 0);
	assert_true(serve(f, apply));
	expect_counts(f, 0, 0, 2);
	assert_int_equal(json_array_size(json_object_get(f->reply, "subscribers")), 0);
}

static void a_dry_run_tells_the_difference_without_secrets(void **state)
{
	struct fixture *f = *state;
	json_free_t release = NULL;
	char *reply = NULL;

	assert_true(serve(f, APPLY(ALICE(", " KEY, SET(A1)))));
	auc_close(f->admin.auc);
	f->admin.auc = NULL; /* as on a looking handle of the daemon */
	assert_true(serve(f, DRY(ALICE(", " OTHER_KEY ", 'amf': '0000'",
	                               SET(BARRED("sip:a1@x.example") ", " A2)))));
	expect_counts(f, 0, 1, 0);
	expect_changes(f, 0,
	               "impis[alice@x.example].k: - -> -\n"
	               "impis[alice@x.example].amf: 8000 -> 0000\n"
	               "sets[0].impus[sip:a1@x.example].barred: false -> true\n"
	               "sets[0].impus[sip:a2@x.example]: - -> "
	               "{'impu':'sip:a2@x.example','barred':false,'kind':'user','profile':"
	               "'default'}\n");
	reply = json_dumps(f->reply, 0);
	assert_non_null(strstr(reply, "\"secret\": true"));
	assert_null(strstr(reply, "0000000000"));
	assert_null(strstr(reply, "465b5ce8"));
	json_get_alloc_funcs(NULL, &release);
	release(reply);
	expect_impus(f, "sip:a1@x.example");
}

/* The keys of alice after a document with these members of her IMPI. */
static void keys_and_sqn_are_replaced_only_when_given(void **state)
{
	static const struct {
		const char *members;
		const char *changes;
		uint64_t sqn;
		uint8_t k0;
	} rows[] = {
		{"", "", 70, 0x46},
		{", " KEY, "", 70, 0x46},
		{", 'sqn': 0, " KEY, "", 70, 0x46},
		{", 'sqn': 69", "", 70, 0x46},
		{", 'sqn': 100", "impis[alice@x.example].sqn: 70 -> 100\n", 100, 0x46},
		{", " OTHER_KEY, "impis[alice@x.example].k: - -> -\n", 70, 0x00},
		{", 'sqn': 5, " OTHER_KEY,
	         "impis[alice@x.example].k: - -> -\nimpis[alice@x.example].sqn: 70 -> 5\n", 5,
	         0x00},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ims_subscription sub = {0};
		struct auc_key key;

		assert_true(serve(f, APPLY(ALICE(", 'sqn': 70, " KEY, SET(A1)))));
		load(f, "alice@x.example", &sub);
		sub.impi[0].auth_since = 1700000000;
		sub.impi[0].auth_count = 9;
		assert_int_equal(store_registration_save(f->admin.store, &sub), HSS_OK);
		ims_subscription_free(&sub);
		assert_true(servef(f, APPLY(ALICE("%s", SET(A1))), rows[i].members));
		expect_changes(f, 0, rows[i].changes);
		load(f, "alice@x.example", &sub);
		assert_int_equal(sub.impi[0].sqn, rows[i].sqn);
		assert_int_equal(sub.impi[0].auth_count, rows[i].k0 == 0x46 ? 9 : 0);
		assert_int_equal(sub.impi[0].auth_since, rows[i].k0 == 0x46 ? 1700000000 : 0);
		assert_int_equal(
			seal_unwrap(f->admin.seal, sub.impi[0].name, &sub.impi[0].key, &key),
			HSS_OK);
		assert_int_equal(key.k[0], rows[i].k0);
		ims_subscription_free(&sub);
		assert_true(serve(f, "{'op': 'subscriber.delete', 'identity': 'alice@x.example'}"));
	}
	assert_false(serve(f, APPLY(ALICE("", SET(A1)))));
	check_detail(f, 0, 0, "impis[0].k", "is missing");
}

static void a_password_is_kept_when_none_is_given(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, APPLY(ALICE(", 'password': 'secret'", SET(A1)))));
	assert_true(serve(f, APPLY(ALICE("", SET(A1)))));
	expect_counts(f, 0, 0, 1);
	assert_true(serve(f, APPLY(ALICE(", 'password': 'secret'", SET(A1)))));
	expect_counts(f, 0, 0, 1);
	assert_true(serve(f, APPLY(ALICE(", 'password': 'other'", SET(A1)))));
	expect_changes(f, 0, "impis[alice@x.example].ha1: - -> -\n");
}

static void identities_follow_the_document(void **state)
{
	static const struct {
		const char *sets;
		const char *impus;
	} rows[] = {
		{SET(A1 ", " A2), "sip:a1@x.example sip:a2@x.example"},
		{SET(A2 ", " A1), "sip:a2@x.example sip:a1@x.example"},
		{SET(A1), "sip:a1@x.example"},
		{SET(A1) ", " SET(B1), "sip:a1@x.example | sip:b1@x.example"},
		{SET(B1 ", " A1), "sip:b1@x.example sip:a1@x.example"},
		{SET(A2), "sip:a2@x.example"},
	};
	struct fixture *f = *state;

	assert_true(serve(f, APPLY(ALICE(", " KEY, SET(A1)))));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(servef(f, APPLY(ALICE("", "%s")), rows[i].sets));
		expect_impus(f, rows[i].impus);
		assert_true(servef(f, APPLY(ALICE("", "%s")), rows[i].sets));
		expect_counts(f, 0, 0, 1);
	}
}

/* Two sets, registered and unregistered: the first goes, the second stays what it is. */
static void a_set_that_keeps_an_impu_keeps_its_registration(void **state)
{
	struct fixture *f = *state;
	struct ims_subscription sub = {0};

	assert_true(serve(f, APPLY(ALICE(", " KEY, SET(A1) ", " SET(B1)))));
	load(f, "alice@x.example", &sub);
	sub.registration[0].state = IMS_REGISTERED;
	sub.registration[1].state = IMS_UNREGISTERED;
	sub.scscf_name = "sip:scscf.x.example";
	sub.scscf_host = "scscf.x.example";
	sub.scscf_realm = "x.example";
	sub.scscf_features = 3;
	assert_int_equal(store_registration_save(f->admin.store, &sub), HSS_OK);
	/* The set of b1 comes first now and grows; a new one stands behind it. */
	assert_true(serve(
		f, APPLY(ALICE("", SET(B1 ", " A2) ", " SET("{'impu': 'sip:c1@x.example'}")))));
	load(f, "alice@x.example", &sub);
	assert_int_equal(sub.n_registration, 2);
	assert_int_equal(ims_irs_state(&sub, 2), IMS_UNREGISTERED);
	assert_int_equal(ims_irs_state(&sub, 3), IMS_NOT_REGISTERED);
	assert_int_equal(sub.impu[0].irs, 2);
	assert_string_equal(sub.impu[0].name, "sip:b1@x.example");
	assert_string_equal(sub.scscf_name, "sip:scscf.x.example");
	assert_int_equal(sub.scscf_features, 3);
	ims_subscription_free(&sub);
}

/* Alice registered, with something that her S-CSCF left. */
static void alice_register(struct fixture *f)
{
	static const uint8_t octets[] = {1, 2, 3, 4};
	struct ims_restoration restoration = {
		.impi = 1, .irs = 1, .octets = octets, .len = sizeof(octets)};
	struct ims_subscription sub = {0};

	load(f, "alice@x.example", &sub);
	sub.registration[0].state = IMS_REGISTERED;
	sub.scscf_name = "sip:scscf.x.example";
	sub.scscf_host = "scscf.x.example";
	sub.scscf_realm = "x.example";
	sub.restoration = &restoration;
	sub.n_restoration = 1;
	assert_int_equal(store_registration_save(f->admin.store, &sub), HSS_OK);
	ims_subscription_free(&sub);
}

/* What the S-CSCF of a registered user hears of a change, and what stays. */
static void the_scscf_is_told_of_a_change(void **state)
{
	static const struct {
		const char *doc;
		size_t n_push;
		enum ims_push_kind kind;
		bool registered;
	} rows[] = {
		{ALICE("", SET(A1)), 0, IMS_PUSH_PPR, true},
		{ALICE(", 'amf': '0000'", SET(A1)), 0, IMS_PUSH_PPR, true},
		{ALICE(", " KEY, SET(A1 ", " A2)), 1, IMS_PUSH_PPR, true},
		{ALICE(", " OTHER_KEY, SET(A1)), 1, IMS_PUSH_RTR, false},
		{ALICE("", SET(A2 ", " A1)), 1, IMS_PUSH_RTR, false},
		{ALICE("", SET(B1)), 1, IMS_PUSH_RTR, false},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ims_subscription sub = {0};
		struct arena arena = {0};
		struct ims_push *push = NULL;
		size_t n = 0;

		assert_true(serve(f, APPLY(ALICE(", " KEY, SET(A1)))));
		alice_register(f);
		assert_true(servef(
			f, "{'op': 'subscriber.apply', 'dry_run': true, 'subscribers': [%s]}",
			rows[i].doc));
		assert_int_equal(store_push_list(f->admin.store, 0, 9, false, &arena, &push, &n),
		                 HSS_OK);
		assert_int_equal(n, 0);
		assert_true(servef(f, APPLY("%s"), rows[i].doc));
		assert_int_equal(store_push_list(f->admin.store, 0, 9, false, &arena, &push, &n),
		                 HSS_OK);
		assert_int_equal(n, rows[i].n_push);
		assert_true(n == 0 || push[0].kind == rows[i].kind);
		load(f, "alice@x.example", &sub);
		assert_int_equal(sub.registration[0].state,
		                 rows[i].registered ? IMS_REGISTERED : IMS_NOT_REGISTERED);
		assert_int_equal(sub.scscf_name != NULL, rows[i].registered);
		assert_int_equal(sub.n_restoration, rows[i].registered);
		ims_subscription_free(&sub);
		arena_free(&arena);
		assert_int_equal(admin_fixture_teardown(state) + admin_fixture_setup(state), 0);
		f = *state;
	}
}

static void a_subscriber_is_found_by_any_impi(void **state)
{
	struct fixture *f = *state;
	struct ims_subscription sub = {0};
	int64_t id = 0;

	assert_true(
		serve(f, APPLY("{'impis': [{'impi': 'alice@x.example', " KEY
	                       "}, {'impi': 'a2@x.example', " KEY "}], 'sets': [" SET(A1) "]}")));
	load(f, "a2@x.example", &sub);
	id = sub.id;
	assert_true(serve(f, APPLY("{'impis': [{'impi': 'new@x.example', " KEY
	                           "}, {'impi': 'a2@x.example'}], 'sets': [" SET(A1) "]}")));
	expect_counts(f, 0, 1, 0);
	load(f, "new@x.example", &sub);
	assert_int_equal(sub.id, id);
	assert_int_equal(sub.n_impi, 2);
	/* The number of an IMPI that went is not given again. */
	assert_int_equal(sub.impi[0].no + sub.impi[1].no, 2 + 3);
	load(f, "alice@x.example", &sub);
	assert_int_equal(sub.id, 0);
	ims_subscription_free(&sub);
}

static void identities_of_others_are_refused_and_nothing_is_stored(void **state)
{
	static const char bob[] =
		"{'impis': [{'impi': 'bob@x.example', " KEY "}], 'sets': [" SET(B1) "]}";
	struct fixture *f = *state;

	assert_true(servef(f, APPLY(ALICE(", " KEY, SET(A1)) ", %s"), bob));
	for (int dry = 0; dry < 2; dry++) {
		assert_false(servef(
			f,
			"{'op': 'subscriber.apply', 'dry_run': %s, 'subscribers': [%s, " ALICE(
				"", SET(A2 ", " B1)) "]}",
			dry != 0 ? "true" : "false", bob));
		check_detail(f, 0, 1, "sets[0].impus[1].impu", "another subscriber");
		assert_false(servef(f,
		                    "{'op': 'subscriber.apply', 'dry_run': %s, 'subscribers': "
		                    "[{'impis': [{'impi': 'alice@x.example'}, {'impi': "
		                    "'bob@x.example'}], 'sets': [" SET(A1) "]}]}",
		                    dry != 0 ? "true" : "false"));
		check_detail(f, 0, 0, "impis[1].k", "is missing");
		assert_false(servef(f,
		                    "{'op': 'subscriber.apply', 'dry_run': %s, 'subscribers': "
		                    "[{'impis': [{'impi': 'alice@x.example'}, {'impi': "
		                    "'bob@x.example', " KEY "}], 'sets': [" SET(A1) "]}]}",
		                    dry != 0 ? "true" : "false"));
		check_detail(f, 0, 0, "impis[1].impi", "another subscriber");
	}
	assert_false(serve(f, APPLY(ALICE("", SET(A2)) ", " ALICE("", SET(A2)))));
	check_detail(f, 0, 1, "impis[0].impi", "in subscriber 0 of this request");
	expect_impus(f, "sip:a1@x.example");
}

static void charging_and_capabilities_are_named_and_have_to_exist(void **state)
{
	struct fixture *f = *state;
	struct ims_subscription sub = {0};

	assert_true(serve(f, APPLY(ALICE(", " KEY, SET(A1)))));
	for (int dry = 0; dry < 2; dry++) {
		assert_false(servef(
			f,
			"{'op': 'subscriber.apply', 'dry_run': %s, 'subscribers': [{'impis': "
			"[{'impi': 'alice@x.example'}], 'charging': 'c', 'capabilities': 'k', "
			"'sets': [{'impus': [{'impu': 'sip:a1@x.example', 'profile': 'gold'}]}]}]}",
			dry != 0 ? "true" : "false"));
		check_detail(f, 0, 0, "sets[0].impus[0].profile", "no profile gold");
		check_detail(f, 1, 0, "charging", "no charging c");
		check_detail(f, 2, 0, "capabilities", "no capabilities k");
	}
	assert_true(serve(f, "{'op': 'object.apply', 'kind': 'charging', 'name': 'c', 'document': "
	                     "{'primary_ccf': 'aaa://ccf.x.example'}}"));
	assert_true(serve(f, "{'op': 'object.apply', 'kind': 'capabilities', 'name': 'k', "
	                     "'document': {'mandatory': [1]}}"));
	assert_true(serve(f, APPLY("{'impis': [{'impi': 'alice@x.example'}], 'sets': [" SET(
				     A1) "], 'charging': 'c', 'capabilities': 'k'}")));
	expect_changes(f, 0, "charging: - -> c\ncapabilities: - -> k\n");
	load(f, "alice@x.example", &sub);
	assert_string_equal(sub.charging->primary_ccf, "aaa://ccf.x.example");
	assert_int_equal(sub.capabilities->mandatory[0], 1);
	ims_subscription_free(&sub);
	assert_false(serve(f, "{'op': 'object.delete', 'kind': 'charging', 'name': 'c'}"));
	/* subscriber.set changes one, apply without them removes both. */
	assert_true(serve(f, "{'op': 'subscriber.set', 'identity': 'alice@x.example', 'changes': "
	                     "{'capabilities': null}}"));
	assert_false(serve(f, "{'op': 'subscriber.set', 'identity': 'alice@x.example', "
	                      "'changes': {'charging': 'd'}}"));
	check_detail(f, 0, 0, "charging", "no charging d");
	load(f, "alice@x.example", &sub);
	assert_non_null(sub.charging);
	assert_null(sub.capabilities);
	ims_subscription_free(&sub);
	assert_true(serve(f, APPLY(ALICE("", SET(A1)))));
	expect_changes(f, 0, "charging: c -> -\n");
}

/* The members of an IMPU that came with the whole of Cx, through add, get, set and apply. */
static void members_of_an_impu_are_kept(void **state)
{
	static const char doc[] =
		ALICE(", " KEY, SET("{'impu': 'tel:+15550100', 'alias_group': 'g', 'loose_route': "
	                            "true, 'privileged_sender': true}, {'impu': "
	                            "'sip:a1@x.example', 'alias_group': 'g'}"));
	struct fixture *f = *state;
	struct ims_subscription sub = {0};

	assert_true(servef(f, ADD("%s"), doc));
	load(f, "alice@x.example", &sub);
	assert_string_equal(sub.impu[0].alias_group, "g");
	assert_true(sub.impu[0].loose_route);
	assert_true(sub.impu[0].privileged_sender);
	assert_false(sub.impu[1].loose_route);
	assert_true(servef(f, APPLY("%s"), doc));
	expect_counts(f, 0, 0, 1);
	assert_true(serve(f, "{'op': 'subscriber.set', 'identity': 'tel:+15550100', 'changes': "
	                     "{'impus': [{'impu': 'tel:+15550100', 'loose_route': false, "
	                     "'alias_group': null}]}}"));
	assert_true(servef(f, APPLY("%s"), doc));
	expect_changes(f, 0,
	               "sets[0].impus[tel:+15550100].alias_group: - -> g\n"
	               "sets[0].impus[tel:+15550100].loose_route: - -> true\n");
	ims_subscription_free(&sub);
}

static void aliases_share_their_set_and_their_profile(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'profile.set', 'name': 'gold'}"));
	assert_false(serve(
		f, APPLY(ALICE(", " KEY,
	                       SET("{'impu': 'sip:a1@x.example', "
	                           "'alias_group': 'g'}") ", " SET("{'impu': 'sip:b1@x.example', "
	                                                           "'alias_group': 'g'}")))));
	check_detail(f, 0, 0, "sets[1].impus[0].alias_group", "sip:a1@x.example, its alias");
	assert_false(serve(
		f, APPLY(ALICE(", " KEY, SET("{'impu': 'sip:a1@x.example', 'alias_group': 'g'}, "
	                                     "{'impu': 'sip:b1@x.example', 'alias_group': 'g', "
	                                     "'profile': 'gold'}")))));
	check_detail(f, 0, 0, "sets[0].impus[1].alias_group", "set or profile");
	assert_true(serve(
		f, APPLY(ALICE(", " KEY, SET("{'impu': 'sip:a1@x.example', 'alias_group': 'g'}, "
	                                     "{'impu': 'sip:b1@x.example', 'alias_group': "
	                                     "'g'}")))));
	assert_false(serve(f, "{'op': 'subscriber.set', 'identity': 'sip:b1@x.example', 'changes': "
	                      "{'impus': [{'impu': 'sip:b1@x.example', 'profile': 'gold'}]}}"));
	check_detail(f, 0, 0, "sets[0].impus[1].alias_group", "set or profile");
}

static void a_set_without_a_default_impu_is_warned_of(void **state)
{
	struct fixture *f = *state;
	const json_t *warning = NULL;

	assert_true(serve(f, APPLY(ALICE(", " KEY, SET(A1)))));
	assert_null(json_object_get(f->reply, "warnings"));
	assert_true(
		serve(f, APPLY(ALICE("", SET(A1) ", " SET(BARRED("sip:b1@x.example") ", " BARRED(
						 "sip:b2@x.example"))))));
	assert_int_equal(json_array_size(json_object_get(f->reply, "warnings")), 1);
	warning = json_array_get(json_object_get(f->reply, "warnings"), 0);
	assert_string_equal(json_string_value(json_object_get(warning, "field")), "sets[1]");
	assert_true(serve(f, "{'op': 'subscriber.set', 'identity': 'sip:a1@x.example', 'changes': "
	                     "{'impus': [{'impu': 'sip:a1@x.example', 'barred': true}]}}"));
	assert_int_equal(json_array_size(json_object_get(f->reply, "warnings")), 2);
}

static void a_wildcarded_identity_needs_an_expression_that_can_be_matched(void **state)
{
	struct fixture *f = *state;

	assert_false(serve(f, DRY(ALICE(", " KEY, SET(A1 ", {'impu': 'sip:d!(!@x.example', 'kind': "
	                                                 "'wildcarded'}")))));
	check_detail(f, 0, 0, "sets[0].impus[1].impu", "the expression");
	assert_true(serve(f, APPLY(ALICE(", " KEY, SET(A1 ", {'impu': 'sip:d!.*!@x.example', "
	                                                  "'kind': 'wildcarded'}")))));
	/* A distinct identity that the expression matches is another one, and can be anybody's. */
	assert_true(serve(f, "{'op': 'subscriber.add', 'dry_run': true, 'subscribers': [{'impis': "
	                     "[{'impi': 'bob@x.example', " KEY
	                     "}], 'sets': [{'impus': [{'impu': 'sip:d7@x.example'}]}]}]}"));
	assert_true(serve(f, APPLY("{'impis': [{'impi': 'bob@x.example', " KEY
	                           "}], 'sets': [{'impus': [{'impu': 'sip:d7@x.example'}]}]}")));
	expect_counts(f, 1, 0, 0);
}

/* Carry out an operation on alice with so many IMPUs of 315 octets; undone. */
static bool many_impus(struct fixture *f, const char *op, int n)
{
	json_t *impus = json_array();
	json_t *request = NULL;
	char name[400];

	json_decref(f->reply);
	f->reply = NULL;
	for (int i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "sip:%0300d@x.example", i);
		(void)json_array_append_new(impus, json_pack("{s:s}", "impu", name));
	}
	request = json_pack("{s:s, s:[{s:[{s:s, s:s, s:s}], s:[{s:o}]}]}", "op", op, "subscribers",
	                    "impis", "impi", "alice@x.example", "k",
	                    "465b5ce8b199b49faa5f0a2ee238a6bc", "opc",
	                    "cd63cb71954a9f4e48a5994e37a02baf", "sets", "impus", impus);
	assert_int_equal(store_begin(f->admin.store), HSS_OK);
	assert_int_equal(admin_serve(&f->admin, request, &f->reply), HSS_OK);
	store_rollback(f->admin.store);
	json_decref(request);
	return json_is_true(json_object_get(f->reply, "ok"));
}

/* 100 of them would fit without AliasIdentityGroupID, which some S-CSCFs get. */
static void the_user_profile_of_a_set_has_to_fit_an_answer(void **state)
{
	static const char *const ops[] = {"subscriber.add", "subscriber.apply"};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		assert_true(many_impus(f, ops[i], 60));
		assert_false(many_impus(f, ops[i], 100));
		check_detail(f, 0, 0, "sets", "does not fit");
	}
}

static void bad_requests_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_false(serve(f, "{'op': 'subscriber.apply'}"));
	assert_false(serve(f, "{'op': 'subscriber.apply', 'subscribers': []}"));
	assert_false(serve(f, APPLY("3")));
	check_detail(f, 0, 0, "", "object");
	assert_false(serve(f, APPLY("{'impis': 3, 'sets': 4, 'charging': 5}")));
	assert_int_equal(number(f, "faults"), 2);
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, admin_fixture_setup, admin_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_there_is_created_and_then_unchanged),
		TEST(a_dry_run_tells_the_difference_without_secrets),
		TEST(keys_and_sqn_are_replaced_only_when_given),
		TEST(a_password_is_kept_when_none_is_given),
		TEST(identities_follow_the_document),
		TEST(a_set_that_keeps_an_impu_keeps_its_registration),
		TEST(the_scscf_is_told_of_a_change),
		TEST(a_subscriber_is_found_by_any_impi),
		TEST(identities_of_others_are_refused_and_nothing_is_stored),
		TEST(charging_and_capabilities_are_named_and_have_to_exist),
		TEST(members_of_an_impu_are_kept),
		TEST(aliases_share_their_set_and_their_profile),
		TEST(a_set_without_a_default_impu_is_warned_of),
		TEST(a_wildcarded_identity_needs_an_expression_that_can_be_matched),
		TEST(the_user_profile_of_a_set_has_to_fit_an_answer),
		TEST(bad_requests_are_refused),
	};

	admin_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
