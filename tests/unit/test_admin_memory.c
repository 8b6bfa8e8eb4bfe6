/* Provisioning by document when an allocation fails, each one in turn: an error, nothing stored, no
 * crash; when none fails the same request is carried out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "admin_fixture.h"

static bool memory_is_short;
static size_t allowed;
static size_t refused;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

/* One allocation only is refused: what forgets to look at it goes on as if nothing had been. */
static bool is_refused(void)
{
	if (!memory_is_short || allowed-- != 0) {
		return false;
	}
	refused++;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_refused() ? NULL : __real_calloc(n, size);
}

/*
 * Parsing fails as a whole: jansson 2.14 itself does not look whether the buffer of a token could
 * grow, and goes on without an octet of it.
 */
json_t *__real_json_loads(const char *input, size_t flags, json_error_t *error);
json_t *__wrap_json_loads(const char *input, size_t flags, json_error_t *error);

json_t *__wrap_json_loads(const char *input, size_t flags, json_error_t *error)
{
	const bool was_short = memory_is_short;
	json_t *json = NULL;

	if (is_refused()) {
		return NULL;
	}
	memory_is_short = false;
	json = __real_json_loads(input, flags, error);
	memory_is_short = was_short;
	return json;
}

/* What the store says, added up: any change makes it another number. */
static unsigned long holdings(struct fixture *f)
{
	static const char *const asks[] = {
		"{'op': 'subscriber.list'}",
		"{'op': 'object.get', 'kind': 'ifc-set', 'name': '7'}",
		"{'op': 'object.get', 'kind': 'profile', 'name': 'gold'}",
		"{'op': 'object.get', 'kind': 'charging', 'name': 'c'}",
		"{'op': 'object.get', 'kind': 'capabilities', 'name': 'k'}",
	};
	static char said[8192];
	unsigned long sum = 0;

	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		size_t len = 0;

		(void)serve(f, asks[i]);
		len = json_dumpb(f->reply, said, sizeof(said), JSON_COMPACT);
		assert_in_range(len, 1, sizeof(said));
		for (size_t k = 0; k < len; k++) {
			sum = sum * 31 + (unsigned char)said[k];
		}
	}
	return sum;
}

/* Carry out the request, allocation number n refused. Returns whether it was carried out. */
static bool serve_short(struct fixture *f, const char *text_of_request, size_t n)
{
	json_t *request = json_of(text_of_request);
	json_t *reply = NULL;
	enum hss_err err = HSS_OK;
	bool done = false;

	assert_int_equal(store_begin(f->admin.store), HSS_OK);
	allowed = n;
	refused = 0;
	memory_is_short = true;
	err = admin_serve(&f->admin, request, &reply);
	memory_is_short = false;
	done = err == HSS_OK && json_is_true(json_object_get(reply, "ok"));
	if (done != (refused == 0)) { /* "ok" means that nothing was missing */
		fail_msg("allocation %zu of %s", n, text_of_request);
	}
	if (done) {
		assert_int_equal(store_commit(f->admin.store), HSS_OK);
	} else {
		store_rollback(f->admin.store);
	}
	json_decref(reply);
	json_decref(request);
	return done;
}

static void nothing_is_stored_when_an_allocation_fails(void **state)
{
	static const char *const requests[] = {
		"{'op': 'object.apply', 'kind': 'ifc-set', 'name': '7', 'document': {'criteria': "
		"[{'priority': 3, 'server': {'name': 'sip:as.x.example', 'service_info': 'x'}, "
		"'trigger': {'all': [{'method': 'REGISTER', 'registration_types': [0, 2]}, "
		"[{'session_case': 1}, {'header': {'name': 'A', 'content': 'b'}, 'negated': "
		"true}]]}}]}}",
		"{'op': 'object.apply', 'kind': 'profile', 'name': 'gold', 'document': "
		"{'media_profile': 1, 'service_ids': ['a', 'b'], 'ifc_sets': [7], 'criteria': "
		"[{'priority': 1, 'profile_part': 1, 'server': {'name': 'sip:as.x.example', "
		"'include_register_request': true}, 'trigger': {'cnf': false, 'conditions': "
		"[{'groups': [1, 2], 'session_description': {'line': 'm'}}]}}]}}",
		"{'op': 'object.apply', 'kind': 'charging', 'name': 'c', 'document': "
		"{'primary_ccf': 'aaa://ccf.x.example', 'secondary_ccf': 'aaa://ccf2.x.example'}}",
		"{'op': 'object.apply', 'kind': 'capabilities', 'name': 'k', 'document': "
		"{'mandatory': [1, 2], 'optional': [3]}}",
		"{'op': 'subscriber.apply', 'subscribers': [{'impis': [{'impi': 'a@x.example', " KEY
		"}], 'charging': 'c', 'capabilities': 'k', 'visited': ['v.example'], 'sets': "
		"[{'impus': [{'impu': 'sip:a@x.example', 'profile': 'gold', 'alias_group': 'g'}, "
		"{'impu': 'tel:+15550100', 'profile': 'gold', 'alias_group': 'g'}]}]}]}",
		"{'op': 'subscriber.apply', 'subscribers': [{'impis': [{'impi': 'a@x.example'}], "
		"'charging': 'c', 'sets': [{'impus': [{'impu': 'tel:+15550100'}, {'impu': "
		"'sip:b@x.example', 'barred': true}]}, {'impus': [{'impu': 'sip:c@x.example', "
		"'barred': true}]}]}]}",
		"{'op': 'object.apply', 'kind': 'ifc-set', 'name': '7', 'document': {'criteria': "
		"[{'priority': 4, 'server': {'name': 'sip:as2.x.example'}}]}}",
		"{'op': 'profile.set', 'name': 'gold', 'media_profile': 2}",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		const unsigned long before = holdings(f);
		size_t n = 0;

		while (!serve_short(f, requests[i], n)) {
			assert_int_equal(holdings(f), before);
			n++;
			assert_in_range(n, 1, 5000);
		}
		assert_int_not_equal(n, 0);
		assert_int_not_equal(holdings(f), before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_stored_when_an_allocation_fails,
	                                        admin_fixture_setup, admin_fixture_teardown),
	};

	admin_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
