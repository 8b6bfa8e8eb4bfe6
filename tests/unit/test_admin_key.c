/* Administration of the master keys: what is told, and that a fault leaves the keys as they were.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "admin_fixture.h"

#define ALICE                                                                                      \
	"{'op': 'subscriber.add', 'subscribers': [{'impis': [{'impi': 'a@x.example', " KEY         \
	"}], 'sets': [{'impus': [{'impu': 'sip:a@x.example'}]}]}]}"

static void key_add(const struct fixture *f)
{
	char why[SEAL_WHY_LEN];
	unsigned id = 0;

	assert_int_equal(seal_add(seal_source(f->admin.seal), &id, why), HSS_OK);
}

/* The key of an id in the last "key.status": how many records it has sealed. */
static json_int_t records_of(const struct fixture *f, json_int_t id)
{
	const json_t *keys = json_object_get(f->reply, "keys");

	for (size_t i = 0; i < json_array_size(keys); i++) {
		const json_t *key = json_array_get(keys, i);

		if (json_integer_value(json_object_get(key, "id")) == id) {
			return json_integer_value(json_object_get(key, "records"));
		}
	}
	return -1;
}

static void a_rotation_is_told_from_its_begin_to_its_end(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'key.load'}"));
	assert_true(serve(f, ALICE));
	assert_true(serve(f, "{'op': 'key.status'}"));
	assert_int_equal(number(f, "sealing"), 1);
	assert_int_equal(records_of(f, 1), 1);
	assert_true(json_is_false(json_object_get(f->reply, "rotating")));
	key_add(f);
	assert_true(serve(f, "{'op': 'key.load'}"));
	assert_int_equal(number(f, "sealing"), 2);
	assert_true(json_is_true(json_object_get(f->reply, "rotating")));
	assert_true(serve(f, "{'op': 'key.status'}"));
	assert_int_equal(number(f, "records_left"), 1);
	assert_true(json_is_true(json_object_get(f->reply, "rotating")));
	assert_true(serve(f, "{'op': 'key.rotate'}"));
	assert_int_equal(number(f, "renewed"), 1);
	assert_true(json_is_true(json_object_get(f->reply, "end")));
	assert_true(serve(f, "{'op': 'key.status'}"));
	assert_int_equal(records_of(f, 1), 0);
	assert_int_equal(records_of(f, 2), 1);
	assert_int_equal(number(f, "records_left"), 0);
	assert_true(json_is_false(json_object_get(f->reply, "rotating")));
}

static void a_file_without_a_key_in_use_is_not_loaded(void **state)
{
	struct fixture *f = *state;
	const char *path = seal_source(f->admin.seal);

	assert_true(serve(f, "{'op': 'key.load'}"));
	assert_int_equal(remove(path), 0);
	assert_false(serve(f, "{'op': 'key.load'}"));
	assert_non_null(strstr(text(f, "error"), "No such file"));
	assert_int_equal(seal_create(path), HSS_OK);
	assert_false(serve(f, "{'op': 'key.load'}"));
	assert_non_null(strstr(text(f, "error"), "not the one under which the database is sealed"));
	assert_true(serve(f, ALICE)); /* under the key that it had */
	assert_true(serve(f, "{'op': 'subscriber.list', 'keys': true}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_rotation_is_told_from_its_begin_to_its_end,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(a_file_without_a_key_in_use_is_not_loaded,
	                                        admin_fixture_setup, admin_fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
