/* The operator's acts that S-CSCFs have to know of, and the outbox in his hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "admin_fixture.h"

#define ALICE                                                                                      \
	"{'impis': [{'impi': 'alice@x.example', " KEY "}, {'impi': 'tablet@x.example', " KEY       \
	"}], 'sets': [{'impus': [{'impu': 'sip:alice@x.example'}, {'impu': 'tel:+15550100'}]}, "   \
	"{'impus': [{'impu': 'sip:work@x.example'}], 'impis': ['alice@x.example']}]}"

enum { LINES_LEN = 1024, MANY = 450 };

/* Alice is Registered with her first IMPI and set 1, Unregistered with set 2. */
static void alice_register(struct fixture *f)
{
	struct ims_subscription sub = {0};

	assert_int_equal(store_subscription_load(f->admin.store, "alice@x.example", NULL, 0,
	                                         STORE_VIEW_FULL, &sub),
	                 HSS_OK);
	ims_registration_of(&sub, 1, 1)->state = IMS_REGISTERED;
	ims_registration_of(&sub, 1, 2)->state = IMS_UNREGISTERED;
	sub.scscf_name = "sip:scscf.x.example";
	sub.scscf_host = "scscf.x.example";
	sub.scscf_realm = "x.example";
	assert_int_equal(store_registration_save(f->admin.store, &sub), HSS_OK);
	ims_subscription_free(&sub);
}

static int setup(void **state)
{
	int rc = admin_fixture_setup(state);

	assert_true(serve(*state, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
	alice_register(*state);
	return rc;
}

/* The outbox, one push a line: "RTR waiting alice@x.example 1 permanent". */
static const char *outbox(struct fixture *f)
{
	static char lines[LINES_LEN];
	const json_t *list = NULL;

	assert_true(serve(f, "{'op': 'push.list'}"));
	list = json_object_get(f->reply, "pushes");
	lines[0] = '\0';
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *push = json_array_get(list, i);
		const char *kind = json_string_value(json_object_get(push, "kind"));
		const json_t *content = json_object_get(push, "content");

		(void)snprintf(
			lines + strlen(lines), LINES_LEN - strlen(lines), "%s%s %s %s %lld %s",
			i > 0 ? "\n" : "", kind, json_string_value(json_object_get(push, "state")),
			json_string_value(json_object_get(push, "impi")),
			json_integer_value(json_object_get(push, "set")),
			content != NULL ? json_string_value(json_array_get(content, 0))
					: json_string_value(json_object_get(push, "reason")));
	}
	return lines;
}

/* The states of the registrations, in the store's order. */
static const char *states(struct fixture *f)
{
	static char words[LINES_LEN];
	const json_t *list = NULL;

	assert_true(serve(f, "{'op': 'registration.get', 'identity': 'alice@x.example'}"));
	list = json_object_get(json_object_get(f->reply, "registration"), "registrations");
	words[0] = '\0';
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *reg = json_array_get(list, i);

		(void)snprintf(words + strlen(words), LINES_LEN - strlen(words), "%s%lld %s",
		               i > 0 ? ", " : "", json_integer_value(json_object_get(reg, "set")),
		               json_string_value(json_object_get(reg, "state")));
	}
	return words;
}

static void deregistering_an_impi_ends_all_its_sets(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'deregister', 'identity': 'alice@x.example', 'info': 'bye'}"));
	assert_int_equal(number(f, "sets"), 2);
	assert_int_equal(number(f, "pushes"), 2);
	assert_string_equal(outbox(f), "RTR waiting alice@x.example 1 permanent\n"
	                               "RTR waiting alice@x.example 2 permanent");
	assert_true(serve(f, "{'op': 'push.get', 'id': 1}"));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(f->reply, "push"), "info")),
		"bye");
	assert_string_equal(states(f), "1 not registered, 2 not registered, 1 not registered");
	assert_true(json_is_null(
		json_object_get(json_object_get(f->reply, "registration"), "scscf_name")));
}

static void deregistering_an_impu_ends_its_set(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'deregister', 'identity': 'sip:work@x.example', "
	                     "'reason': 'server-change'}"));
	assert_string_equal(outbox(f), "RTR waiting alice@x.example 2 server-change");
	assert_string_equal(states(f), "1 registered, 2 not registered, 1 not registered");
}

static void impus_narrow_an_impi(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'deregister', 'identity': 'alice@x.example', "
	                     "'impus': ['tel:+1555-0100']}"));
	assert_string_equal(outbox(f), "RTR waiting alice@x.example 1 permanent");
}

static void a_deregistration_that_means_nothing_is_refused(void **state)
{
	static const struct {
		const char *request;
		const char *error;
	} rows[] = {
		{"{'op': 'deregister', 'identity': 'tablet@x.example'}", "it is not registered"},
		{"{'op': 'deregister', 'identity': 'sip:alice@x.example', 'reason': "
	         "'remove-scscf'}",
	         "nothing of it is Unregistered"},
		{"{'op': 'deregister', 'identity': 'alice@x.example', 'reason': 'new-server'}",
	         "reason must be permanent, server-change or remove-scscf"},
		{"{'op': 'deregister', 'identity': 'alice@x.example', 'reason': 3}",
	         "reason must be permanent, server-change or remove-scscf"},
		{"{'op': 'deregister', 'identity': 'alice@x.example', 'info': 3}",
	         "info must be a text of at most 200 octets"},
		{"{'op': 'deregister', 'identity': 'alice@x.example', 'impus': 'tel:+15550100'}",
	         "impus must be a list"},
		{"{'op': 'deregister', 'identity': 'alice@x.example', 'impus': "
	         "['sip:bob@x.example']}",
	         "sip:bob@x.example is not an IMPU of this subscriber"},
		{"{'op': 'deregister', 'identity': 'bob@x.example'}", "bob@x.example is not known"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(serve(f, rows[i].request));
		assert_string_equal(text(f, "error"), rows[i].error);
	}
	assert_string_equal(outbox(f), "");
	assert_string_equal(states(f), "1 registered, 2 unregistered, 1 not registered");
}

static void what_is_registered_for_nobody_can_be_removed_alone(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'deregister', 'identity': 'alice@x.example', 'reason': "
	                     "'remove-scscf'}"));
	assert_string_equal(outbox(f), "RTR waiting alice@x.example 2 remove-scscf");
	assert_string_equal(states(f), "1 registered, 2 not registered, 1 not registered");
}

static void deletion_owes_an_rtr_for_each_set(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'subscriber.delete', 'identity': 'alice@x.example'}"));
	assert_string_equal(outbox(f), "RTR waiting alice@x.example 1 permanent\n"
	                               "RTR waiting alice@x.example 2 permanent");
}

static void a_change_owes_a_ppr_in_the_same_transaction(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'subscriber.set', 'identity': 'alice@x.example', 'changes': "
	                     "{'impus': [{'impu': 'tel:+15550100', 'barred': true}]}}"));
	assert_string_equal(outbox(f), "PPR waiting alice@x.example 1 user-data");
	assert_false(serve(f, "{'op': 'subscriber.set', 'identity': 'alice@x.example', 'changes': "
	                      "{'impus': [{'impu': 'sip:work@x.example', 'barred': 3}]}}"));
	assert_string_equal(outbox(f), "PPR waiting alice@x.example 1 user-data");
	assert_true(serve(f, "{'op': 'subscriber.set', 'identity': 'alice@x.example', 'changes': "
	                     "{'registration_allowed': false}}"));
	assert_string_equal(outbox(f), "PPR waiting alice@x.example 1 user-data");
}

static void another_default_impu_ends_the_set(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'subscriber.set', 'identity': 'alice@x.example', 'changes': "
	                     "{'default_impu': 'tel:+15550100'}}"));
	assert_string_equal(outbox(f), "RTR waiting alice@x.example 1 permanent");
	assert_string_equal(states(f), "1 not registered, 2 unregistered, 1 not registered");
}

static void a_document_owes_what_its_difference_asks(void **state)
{
	struct fixture *f = *state;

	assert_true(
		serve(f, "{'op': 'subscriber.apply', 'subscribers': [{'impis': [{'impi': "
	                 "'alice@x.example'}], 'sets': [{'impus': [{'impu': 'sip:alice@x.example', "
	                 "'display_name': 'Alice'}, {'impu': 'tel:+15550100'}]}]}]}"));
	assert_string_equal(outbox(f), "PPR waiting alice@x.example 1 user-data\n"
	                               "RTR waiting alice@x.example 2 permanent");
}

static void a_push_is_cancelled_once_and_retried(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'deregister', 'identity': 'sip:work@x.example'}"));
	assert_true(serve(f, "{'op': 'push.cancel', 'id': 1}"));
	assert_string_equal(outbox(f), "RTR cancelled alice@x.example 2 permanent");
	assert_false(serve(f, "{'op': 'push.cancel', 'id': 1}"));
	assert_string_equal(text(f, "error"), "push 1 is cancelled already");
	assert_true(serve(f, "{'op': 'push.retry', 'id': 1}"));
	assert_string_equal(outbox(f), "RTR waiting alice@x.example 2 permanent");
	assert_true(serve(f, "{'op': 'push.get', 'id': 1}"));
	assert_true(json_is_null(json_object_get(json_object_get(f->reply, "push"), "outcome")));
	assert_false(serve(f, "{'op': 'push.retry', 'id': 2}"));
	assert_string_equal(text(f, "error"), "there is no push 2");
	assert_false(serve(f, "{'op': 'push.get', 'id': 2}"));
	assert_false(serve(f, "{'op': 'push.retry', 'id': 1, 'all': true}"));
	assert_false(serve(f, "{'op': 'push.retry'}"));
	assert_false(serve(f, "{'op': 'push.retry', 'id': -1}"));
}

static void what_is_done_is_not_retried(void **state)
{
	struct fixture *f = *state;
	struct arena arena = {0};
	struct ims_push push = {0};

	assert_true(serve(f, "{'op': 'deregister', 'identity': 'sip:work@x.example'}"));
	assert_int_equal(store_push_get(f->admin.store, 1, &arena, &push), HSS_OK);
	push.state = IMS_PUSH_DONE;
	push.ended_at = NOW;
	push.outcome = "DIAMETER_SUCCESS";
	assert_int_equal(store_push_update(f->admin.store, &push), HSS_OK);
	arena_free(&arena);
	assert_false(serve(f, "{'op': 'push.retry', 'id': 1}"));
	assert_string_equal(text(f, "error"), "push 1 is done already");
	assert_true(serve(f, "{'op': 'push.retry', 'all': true}"));
	assert_int_equal(number(f, "changed"), 0);
	assert_true(serve(f, "{'op': 'push.list', 'waiting': true}"));
	assert_int_equal(json_array_size(json_object_get(f->reply, "pushes")), 0);
}

static void all_of_many_goes_portion_by_portion(void **state)
{
	static const char *impus[] = {"sip:x@x.example"};
	struct fixture *f = *state;
	json_int_t after = 0;
	json_int_t changed = 0;
	unsigned portions = 0;

	assert_int_equal(store_begin(f->admin.store), HSS_OK);
	for (int64_t i = 0; i < MANY; i++) {
		struct ims_push push = {.kind = IMS_PUSH_RTR,
		                        .subscription = i + 1,
		                        .host = "scscf.x.example",
		                        .realm = "x.example",
		                        .scscf_name = "sip:scscf.x.example",
		                        .impi = "x@x.example",
		                        .irs = 1,
		                        .impu = impus,
		                        .n_impu = 1};

		assert_int_equal(store_push_add(f->admin.store, &push, NOW), HSS_OK);
	}
	assert_int_equal(store_commit(f->admin.store), HSS_OK);
	do {
		assert_true(servef(f, "{'op': 'push.cancel', 'all': true, 'after': %lld}",
		                   (long long)after));
		changed += number(f, "changed");
		after = number(f, "next");
		portions++;
	} while (json_is_integer(json_object_get(f->reply, "next")));
	assert_int_equal(changed, MANY);
	assert_int_equal(portions, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, admin_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(deregistering_an_impi_ends_all_its_sets),
		TEST(deregistering_an_impu_ends_its_set),
		TEST(impus_narrow_an_impi),
		TEST(a_deregistration_that_means_nothing_is_refused),
		TEST(what_is_registered_for_nobody_can_be_removed_alone),
		TEST(deletion_owes_an_rtr_for_each_set),
		TEST(a_change_owes_a_ppr_in_the_same_transaction),
		TEST(another_default_impu_ends_the_set),
		TEST(a_document_owes_what_its_difference_asks),
		TEST(a_push_is_cancelled_once_and_retried),
		TEST(what_is_done_is_not_retried),
		TEST(all_of_many_goes_portion_by_portion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
