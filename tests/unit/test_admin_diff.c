/* What changes between two documents, told by path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "admin_fixture.h"
#include "hss/admin_diff.h"

static const struct {
	const char *was;
	const char *becomes;
	const char *changes;
} rows[] = {
	{"{'a': 1, 'b': ['x']}", "{'b': ['x'], 'a': 1}", ""},
	{"{'a': 1}", "{'a': 2}", "a: 1 -> 2\n"},
	{"{'a': 1}", "{'b': 'x'}", "a: 1 -> -\nb: - -> x\n"},
	{"{}", "{'a': {'b': true}}", "a: - -> {'b':true}\n"},
	{"{'a': {'b': {'c': 1, 'd': 2}}}", "{'a': {'b': {'c': 3, 'd': 2}}}", "a.b.c: 1 -> 3\n"},
	{"{'l': ['x', 'y']}", "{'l': ['y']}", "l: ['x','y'] -> ['y']\n"},
	{"{'l': []}", "{'l': [1]}", "l: [] -> [1]\n"},
	/* Criteria are matched by priority, whatever their place. */
	{"{'criteria': [{'priority': 1, 's': 'a'}, {'priority': 5, 's': 'b'}]}",
         "{'criteria': [{'priority': 5, 's': 'c'}, {'priority': 7, 's': 'd'}]}",
         "criteria[1]: {'priority':1,'s':'a'} -> -\ncriteria[5].s: b -> c\n"
         "criteria[7]: - -> {'priority':7,'s':'d'}\n"},
	/* IMPUs by name; a changed order is told once. */
	{"{'impus': [{'impu': 'sip:a'}, {'impu': 'sip:b', 'barred': false}]}",
         "{'impus': [{'impu': 'sip:b', 'barred': true}, {'impu': 'sip:a'}]}",
         "impus[sip:b].barred: false -> true\nimpus: ['sip:a','sip:b'] -> ['sip:b','sip:a']\n"},
	/* Sets by an IMPU in common. */
	{"{'sets': [{'impus': [{'impu': 'sip:a'}]}, {'impus': [{'impu': 'sip:b'}]}]}",
         "{'sets': [{'impus': [{'impu': 'sip:b'}, {'impu': 'sip:c'}]}]}",
         "sets[0]: {'impus':[{'impu':'sip:a'}]} -> -\nsets[1].impus[sip:c]: - -> "
         "{'impu':'sip:c'}\n"},
	/* Conditions have no name: by place, or as a whole. */
	{"{'c': [{'method': 'A'}, {'method': 'B'}]}", "{'c': [{'method': 'A'}, {'method': 'C'}]}",
         "c[1].method: B -> C\n"},
	{"{'c': [{'method': 'A'}]}", "{'c': [{'method': 'A'}, {'method': 'C'}]}",
         "c: [{'method':'A'}] -> [{'method':'A'},{'method':'C'}]\n"},
};

static void every_difference_is_told_with_its_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *was = json_of(rows[i].was);
		json_t *becomes = json_of(rows[i].becomes);
		json_t *changes = json_array();
		char text_of_it[4096];

		assert_int_equal(admin_diff(was, becomes, changes), HSS_OK);
		changes_text(changes, text_of_it, sizeof(text_of_it));
		assert_string_equal(text_of_it, rows[i].changes);
		json_decref(was);
		json_decref(becomes);
		json_decref(changes);
	}
}

static void a_long_path_is_cut(void **state)
{
	char name[1024];
	json_t *was = json_object();
	json_t *becomes = json_object();
	json_t *changes = json_array();

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)json_object_set_new(was, name, json_pack("[{s:s, s:i}]", "impu", name, "a", 1));
	(void)json_object_set_new(becomes, name, json_pack("[{s:s, s:i}]", "impu", name, "a", 2));
	assert_int_equal(admin_diff(was, becomes, changes), HSS_OK);
	assert_int_equal(json_array_size(changes), 1);
	json_decref(was);
	json_decref(becomes);
	json_decref(changes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_difference_is_told_with_its_path),
		cmocka_unit_test(a_long_path_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
