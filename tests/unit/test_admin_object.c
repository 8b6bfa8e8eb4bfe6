/* Profiles, shared sets, charging and capabilities as documents, over a store: what is applied is
 * what is, differences, checks of one against the other, and what S-CSCFs are told of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "admin_fixture.h"

#define APPLY(kind, name, doc)                                                                     \
	"{'op': 'object.apply', 'kind': '" kind "', 'name': '" name "', 'document': " doc "}"
#define DRY(kind, name, doc)                                                                       \
	"{'op': 'object.apply', 'dry_run': true, 'kind': '" kind "', 'name': '" name               \
	"', 'document': " doc "}"
#define NAMED(op, kind, name) "{'op': 'object." op "', 'kind': '" kind "', 'name': '" name "'}"
#define CRITERION(priority, server) "{'priority': " priority ", 'server': {'name': '" server "'}}"

static void expect_result(const struct fixture *f, const char *result)
{
	assert_string_equal(text(f, "result"), result);
}

static void expect_changes(const struct fixture *f, const char *expected)
{
	char found[4096];

	changes_text(json_object_get(f->reply, "changes"), found, sizeof(found));
	assert_string_equal(found, expected);
}

/* How many scans wait, and that the next one is this. */
static void expect_scan(struct fixture *f, enum store_object kind, int64_t object)
{
	struct store_scan scan = {0};

	assert_int_equal(store_scan_next(f->admin.store, &scan), HSS_OK);
	assert_int_equal(scan.kind, kind);
	assert_int_equal(scan.object, object);
	scan.after = 0;
	assert_int_equal(store_scan_advance(f->admin.store, &scan), HSS_OK);
}

static void expect_no_scan(struct fixture *f)
{
	struct store_scan scan = {0};

	assert_int_equal(store_scan_next(f->admin.store, &scan), HSS_ERR_NOT_FOUND);
}

static int64_t profile_id(struct fixture *f, const char *name)
{
	struct ims_profile profile;
	struct arena arena = {0};

	assert_int_equal(store_profile_get(f->admin.store, name, &arena, &profile), HSS_OK);
	arena_free(&arena);
	return profile.id;
}

static bool has_unregistered_services(struct fixture *f, const char *name)
{
	struct ims_profile profile;
	struct arena arena = {0};

	assert_int_equal(store_profile_get(f->admin.store, name, &arena, &profile), HSS_OK);
	arena_free(&arena);
	return profile.unregistered_services;
}

static void what_is_applied_is_what_is_shown(void **state)
{
	static const struct {
		const char *apply;
		const char *get;
		const char *stored;
	} rows[] = {
		{APPLY("ifc-set", "7", "{'criteria': [" CRITERION("3", "sip:as.x.example") "]}"),
	         NAMED("get", "ifc-set", "7"),
	         "{'id': 7, 'criteria': [{'priority': 3, 'server': {'name': 'sip:as.x.example', "
	         "'default_handling': 'continue'}}]}"},
		{APPLY("profile", "gold", "{'media_profile': 4, 'ifc_sets': [7]}"),
	         NAMED("get", "profile", "gold"),
	         "{'name': 'gold', 'media_profile': 4, 'ifc_sets': [7]}"},
		{APPLY("charging", "gold", "{'primary_ccf': 'aaa://ccf.x.example'}"),
	         NAMED("get", "charging", "gold"),
	         "{'name': 'gold', 'primary_ccf': 'aaa://ccf.x.example'}"},
		{APPLY("capabilities", "gold", "{'mandatory': [1], 'optional': [2]}"),
	         NAMED("get", "capabilities", "gold"),
	         "{'name': 'gold', 'mandatory': [1], 'optional': [2]}"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *stored = json_of(rows[i].stored);

		assert_false(serve(f, rows[i].get));
		assert_true(serve(f, rows[i].apply));
		expect_result(f, "created");
		assert_true(serve(f, rows[i].get));
		assert_true(json_equal(json_object_get(f->reply, "document"), stored));
		assert_true(serve(f, rows[i].apply));
		expect_result(f, "unchanged");
		expect_changes(f, "");
		json_decref(stored);
	}
	expect_no_scan(f);
}

static void a_dry_run_tells_the_difference_and_stores_nothing(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, DRY("charging", "c", "{'primary_ccf': 'aaa://a.x.example'}")));
	expect_result(f, "created");
	assert_false(serve(f, NAMED("get", "charging", "c")));
	assert_true(serve(f, APPLY("charging", "c", "{'primary_ccf': 'aaa://a.x.example'}")));
	assert_true(serve(f, DRY("charging", "c",
	                         "{'primary_ccf': 'aaa://b.x.example', 'primary_ecf': "
	                         "'aaa://e.x.example'}")));
	expect_result(f, "changed");
	expect_changes(f, "primary_ccf: aaa://a.x.example -> aaa://b.x.example\n"
	                  "primary_ecf: - -> aaa://e.x.example\n");
	assert_true(serve(f, DRY("charging", "c", "{'primary_ccf': 'aaa://a.x.example'}")));
	expect_result(f, "unchanged");
	expect_no_scan(f);
}

static void faults_are_told_and_nothing_is_stored(void **state)
{
	struct fixture *f = *state;

	assert_false(serve(
		f, APPLY("profile", "gold",
	                 "{'media_profile': -1, 'criteria': [{'priority': 1, 'server': {'name': "
	                 "'as'}}]}")));
	assert_int_equal(number(f, "faults"), 2);
	check_detail(f, 0, 0, "media_profile", "number");
	check_detail(f, 1, 0, "criteria[0].server.name", "application server");
	assert_false(serve(f, NAMED("get", "profile", "gold")));
	assert_string_equal(text(f, "error"), "there is no profile gold");
	assert_false(serve(f, "{'op': 'object.apply', 'kind': 'profile', 'name': 'x'}"));
	assert_false(serve(f, APPLY("service", "gold", "{}")));
	assert_false(serve(f, APPLY("profile", "", "{}")));
	assert_false(serve(f, "{'op': 'object.list', 'kind': 'x'}"));
}

static void a_profile_needs_its_shared_sets_to_exist(void **state)
{
	struct fixture *f = *state;

	assert_false(serve(f, APPLY("profile", "gold", "{'ifc_sets': [7]}")));
	check_detail(f, 0, 0, "ifc_sets[0]", "no shared set 7");
	assert_false(serve(f, DRY("profile", "gold", "{'ifc_sets': [7]}")));
}

static void a_priority_is_unique_within_a_profile_and_its_shared_sets(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, APPLY("ifc-set", "1",
	                           "{'criteria': [" CRITERION("10", "sip:a.x.example") "]}")));
	assert_true(serve(f, APPLY("ifc-set", "2",
	                           "{'criteria': [" CRITERION("10", "sip:b.x.example") "]}")));
	assert_false(serve(f, APPLY("profile", "gold", "{'ifc_sets': [1, 2]}")));
	check_detail(f, 0, 0, "ifc_sets[1]",
	             "10 is that of a criterion of the shared set 1 and of the shared set 2");
	assert_false(serve(f, APPLY("profile", "gold",
	                            "{'ifc_sets': [1], 'criteria': [" CRITERION(
					    "10", "sip:c.x.example") "]}")));
	check_detail(f, 0, 0, "ifc_sets[0]", "of the profile and of the shared set 1");
	assert_true(serve(f, APPLY("profile", "gold",
	                           "{'ifc_sets': [1], 'criteria': [" CRITERION(
					   "11", "sip:c.x.example") "]}")));
	/* Nor may a set that is used take a priority that is used. */
	assert_false(serve(f, APPLY("ifc-set", "1",
	                            "{'criteria': [" CRITERION("11", "sip:a.x.example") "]}")));
	check_detail(f, 0, 0, "criteria", "in the profile gold the priority 11");
	assert_true(serve(f, APPLY("ifc-set", "1",
	                           "{'criteria': [" CRITERION("12", "sip:a.x.example") "]}")));
	assert_true(serve(f, APPLY("ifc-set", "2",
	                           "{'criteria': [" CRITERION("11", "sip:b.x.example") "]}")));
}

/* A list of n criteria, each with a long application server name, beginning with a priority. */
static char *long_criteria(int first, int n)
{
	json_t *list = json_array();
	char name[400];
	char *out = NULL;

	(void)memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)memcpy(name, "sip:", 4);
	for (int i = 0; i < n; i++) {
		(void)json_array_append_new(list, json_pack("{s:i, s:{s:s}}", "priority", first + i,
		                                            "server", "name", name));
	}
	out = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	assert_non_null(out);
	for (char *c = out; *c != '\0'; c++) {
		*c = *c == '"' ? '\'' : *c;
	}
	return out;
}

static void a_profile_with_its_shared_sets_fits_an_answer(void **state)
{
	static const char apply[] = "{'op': 'object.apply', 'kind': '%s', 'name': '%s', "
				    "'document': {%s'criteria': %s}}";
	struct fixture *f = *state;
	char *one = long_criteria(0, 26); /* some 15 KiB as XML */
	char *other = long_criteria(100, 26);
	json_free_t release = NULL;

	assert_true(servef(f, apply, "ifc-set", "1", "", one));
	assert_true(servef(f, apply, "ifc-set", "2", "", other));
	assert_false(servef(f, apply, "profile", "gold", "'ifc_sets': [1], ", other));
	check_detail(f, 0, 0, "", "with its shared sets");
	assert_false(servef(f, apply, "profile", "gold", "'ifc_sets': [1, 2], ", "[]"));
	assert_true(
		servef(f, apply, "ifc-set", "2", "", "[" CRITERION("100", "sip:b.x.example") "]"));
	assert_true(servef(f, apply, "profile", "gold", "'ifc_sets': [1, 2], ", "[]"));
	assert_false(servef(f, apply, "ifc-set", "2", "", other));
	check_detail(f, 0, 0, "criteria", "in the profile gold the profile has");
	json_get_alloc_funcs(NULL, &release);
	release(one);
	release(other);
}

static void a_change_is_looked_after_when_an_scscf_has_it(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, APPLY("ifc-set", "7",
	                           "{'criteria': [" CRITERION("3", "sip:as.x.example") "]}")));
	assert_true(serve(f, APPLY("profile", "gold", "{'ifc_sets': [7]}")));
	assert_true(serve(f, APPLY("charging", "c", "{'primary_ccf': 'aaa://a.x.example'}")));
	assert_true(serve(f, APPLY("capabilities", "k", "{'mandatory': [1]}")));
	expect_no_scan(f); /* nobody had them */
	assert_true(serve(f, APPLY("profile", "gold", "{'ifc_sets': [7], 'media_profile': 1}")));
	expect_scan(f, STORE_OBJECT_PROFILE, profile_id(f, "gold"));
	assert_true(serve(f, APPLY("ifc-set", "7",
	                           "{'criteria': [" CRITERION("4", "sip:as.x.example") "]}")));
	expect_scan(f, STORE_OBJECT_IFC_SET, 7);
	assert_true(serve(f, APPLY("charging", "c", "{'primary_ccf': 'aaa://b.x.example'}")));
	expect_scan(f, STORE_OBJECT_CHARGING, 1);
	/* Capabilities are for I-CSCFs, and unregistered_services for location queries. */
	assert_true(serve(f, APPLY("capabilities", "k", "{'mandatory': [2]}")));
	assert_true(serve(f, APPLY("profile", "gold",
	                           "{'ifc_sets': [7], 'media_profile': 1, "
	                           "'unregistered_services': true}")));
	expect_result(f, "changed");
	expect_no_scan(f);
}

static void names_are_listed_and_deleted_unless_in_use(void **state)
{
	struct fixture *f = *state;
	json_t *expected = json_of("['2', '10']");

	assert_true(serve(f, APPLY("ifc-set", "10",
	                           "{'criteria': [" CRITERION("3", "sip:a.x.example") "]}")));
	assert_true(serve(
		f, APPLY("ifc-set", "2", "{'criteria': [" CRITERION("3", "sip:a.x.example") "]}")));
	assert_true(serve(f, APPLY("profile", "gold", "{'ifc_sets': [2]}")));
	assert_true(serve(f, "{'op': 'object.list', 'kind': 'ifc-set'}"));
	assert_true(json_equal(json_object_get(f->reply, "names"), expected));
	assert_true(json_is_null(json_object_get(f->reply, "next")));
	assert_true(serve(f, "{'op': 'object.list', 'kind': 'ifc-set', 'after': '2'}"));
	assert_int_equal(json_array_size(json_object_get(f->reply, "names")), 1);
	assert_false(serve(f, NAMED("delete", "ifc-set", "2")));
	assert_false(serve(f, NAMED("delete", "profile", "default")));
	assert_false(serve(f, NAMED("delete", "charging", "none")));
	assert_string_equal(text(f, "error"), "there is no charging none");
	assert_true(serve(f, NAMED("delete", "profile", "gold")));
	assert_true(serve(f, NAMED("delete", "ifc-set", "2")));
	assert_false(serve(f, NAMED("get", "ifc-set", "2")));
	json_decref(expected);
}

static void profile_set_leaves_the_criteria_of_a_profile(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, APPLY("profile", "gold",
	                           "{'media_profile': 1, 'criteria': [" CRITERION(
					   "10", "sip:c.x.example") "]}")));
	assert_true(serve(f, "{'op': 'profile.set', 'name': 'gold', 'unregistered_services': "
	                     "true}"));
	expect_changes(f, "media_profile: 1 -> -\nunregistered_services: - -> true\n");
	assert_true(serve(f, NAMED("get", "profile", "gold")));
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(f->reply, "document"), "criteria")),
		1);
	/* What is said is so, whatever would follow from the criteria. */
	assert_true(serve(f, "{'op': 'profile.set', 'name': 'gold', 'unregistered_services': "
	                     "false}"));
	assert_false(has_unregistered_services(f, "gold"));
	assert_true(serve(f, "{'op': 'profile.set', 'name': 'gold'}"));
	assert_true(has_unregistered_services(f, "gold"));
	assert_false(serve(f, "{'op': 'profile.set', 'name': 'gold', 'unregistered_services': 1}"));
	/* One that was made without a document has one from then on. */
	assert_true(serve(f, NAMED("get", "profile", "default")));
	assert_true(serve(f, "{'op': 'profile.set', 'name': 'default', 'media_profile': 9}"));
	expect_changes(f, "media_profile: - -> 9\n");
	expect_result(f, "changed");
}

#define TEST(name)                                                                                 \
	cmocka_unit_test_setup_teardown(name, admin_fixture_setup, admin_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_applied_is_what_is_shown),
		TEST(a_dry_run_tells_the_difference_and_stores_nothing),
		TEST(faults_are_told_and_nothing_is_stored),
		TEST(a_profile_needs_its_shared_sets_to_exist),
		TEST(a_priority_is_unique_within_a_profile_and_its_shared_sets),
		TEST(a_profile_with_its_shared_sets_fits_an_answer),
		TEST(a_change_is_looked_after_when_an_scscf_has_it),
		TEST(names_are_listed_and_deleted_unless_in_use),
		TEST(profile_set_leaves_the_criteria_of_a_profile),
	};

	admin_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
