/* Operations of administration over a store, and the frames they travel in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "admin_fixture.h"

#define ALICE                                                                                      \
	"{'impis': [{'impi': 'alice@x.example', " KEY                                              \
	"}], 'sets': [{'impus': [{'impu': 'sip:alice@x.example'}, {'impu': 'tel:+15550100'}]}]}"
#define BOB                                                                                        \
	"{'impis': [{'impi': 'bob@x.example', " KEY                                                \
	"}], 'sets': [{'impus': [{'impu': 'sip:bob@x.example'}]}]}"

static json_int_t count(struct fixture *f)
{
	assert_true(serve(f, "{'op': 'subscriber.count'}"));
	return number(f, "count");
}

/* The texts of the first set's IMPUs of alice, between spaces. */
static void alice_impus(struct fixture *f, char out[static 256])
{
	const json_t *list = NULL;

	assert_true(serve(f, "{'op': 'subscriber.get', 'identity': 'alice@x.example'}"));
	list = json_object_get(
		json_array_get(json_object_get(json_object_get(f->reply, "subscriber"), "sets"), 0),
		"impus");
	out[0] = '\0';
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name =
			json_string_value(json_object_get(json_array_get(list, i), "impu"));

		(void)snprintf(out + strlen(out), 256 - strlen(out), "%s%s", i > 0 ? " " : "",
		               name);
	}
}

static void add_stores_every_subscriber(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE ", " BOB "]}"));
	assert_int_equal(number(f, "added"), 2);
	assert_int_equal(number(f, "present"), 0);
	assert_int_equal(count(f), 2);
}

static void one_bad_subscriber_and_nothing_is_stored(void **state)
{
	struct fixture *f = *state;

	assert_false(
		serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE ", {}, " BOB ", 3]}"));
	check_detail(f, 0, 1, "impis", "list");
	check_detail(f, 1, 3, "", "object");
	assert_int_equal(number(f, "faults"), 2);
	assert_int_equal(count(f), 0);
}

static void the_same_identity_twice_in_a_request_is_a_fault(void **state)
{
	struct fixture *f = *state;

	assert_false(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE ", " ALICE "]}"));
	check_detail(f, 0, 1, "impis[0]", "alice@x.example is in subscriber 0");
	assert_int_equal(number(f, "faults"), 3);
}

static void a_dry_run_stores_nothing_and_is_a_read(void **state)
{
	struct fixture *f = *state;

	auc_close(f->admin.auc);
	f->admin.auc = NULL; /* as on a looking handle of the daemon */
	assert_true(
		serve(f, "{'op': 'subscriber.add', 'dry_run': true, 'subscribers': [" ALICE "]}"));
	assert_int_equal(number(f, "added"), 1);
	assert_int_equal(count(f), 0);
}

static void what_exists_is_a_fault_or_skipped(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
	assert_false(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
	check_detail(f, 0, 0, "impis[0].impi", "exists already");
	assert_true(serve(f, "{'op': 'subscriber.add', 'if_absent': true, 'subscribers': [" ALICE
	                     ", " BOB "]}"));
	assert_int_equal(number(f, "added"), 1);
	assert_int_equal(number(f, "present"), 1);
	assert_int_equal(count(f), 2);
}

static void what_exists_with_other_data_is_a_fault_even_if_absent(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
	assert_false(serve(
		f,
		"{'op': 'subscriber.add', 'if_absent': true, 'subscribers': [{'impis': [{'impi': "
		"'alice@x.example', 'k': '00000000000000000000000000000000', 'opc': "
		"'cd63cb71954a9f4e48a5994e37a02baf'}], 'sets': [{'impus': [{'impu': "
		"'sip:alice@x.example'}, {'impu': 'tel:+15550100'}]}]}]}"));
	check_detail(f, 0, 0, "impis[0].impi", "with other data: k");
	assert_false(serve(
		f,
		"{'op': 'subscriber.add', 'if_absent': true, 'subscribers': [{'impis': [{'impi': "
		"'eve@x.example', " KEY "}], 'sets': [{'impus': [{'impu': 'tel:+15550100'}]}]}]}"));
	check_detail(f, 0, 0, "sets[0].impus[0].impu", "tel:+15550100 exists already");
}

static void an_unknown_profile_is_refused_and_a_set_one_taken(void **state)
{
	static const char add[] =
		"{'op': 'subscriber.add', 'subscribers': [{'impis': [{'impi': 'a@x.example', " KEY
		"}], 'sets': [{'impus': [{'impu': 'sip:a@x.example', 'profile': 'gold'}, {'impu': "
		"'sip:b@x.example'}]}]}]}";
	struct fixture *f = *state;

	assert_false(serve(f, add));
	assert_int_equal(count(f), 0);
	assert_true(serve(f, "{'op': 'profile.set', 'name': 'gold', 'media_profile': 4}"));
	assert_true(serve(f, add));
	assert_int_equal(count(f), 1);
}

static void get_shows_no_key(void **state)
{
	struct fixture *f = *state;
	char *text = NULL;
	json_free_t release = NULL;

	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
	assert_true(serve(f, "{'op': 'subscriber.get', 'identity': 'SIP:alice@X.example'}"));
	text = json_dumps(f->reply, 0);
	assert_non_null(text);
	assert_null(strstr(text, "465b5ce8"));
	assert_null(strstr(text, "cd63cb71"));
	assert_non_null(strstr(text, "alice@x.example"));
	json_get_alloc_funcs(NULL, &release);
	release(text);
}

static void an_unknown_subscriber_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_false(serve(f, "{'op': 'subscriber.get', 'identity': 'nobody@x.example'}"));
	assert_string_equal(json_string_value(json_object_get(f->reply, "error")),
	                    "nobody@x.example is not known");
	assert_false(serve(f, "{'op': 'subscriber.delete', 'identity': 'sip:nobody@x.example'}"));
	assert_false(serve(f, "{'op': 'registration.get', 'identity': ''}"));
	assert_false(serve(f, "{'op': 'registration.get'}"));
}

static void requests_that_are_not_known_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_false(serve(f, "{}"));
	assert_false(serve(f, "{'op': 'subscriber.kill'}"));
	assert_false(serve(f, "{'op': 'subscriber.count', 'colour': 1}"));
	assert_false(serve(f, "{'op': 'subscriber.add', 'subscribers': []}"));
	assert_false(serve(f, "{'op': 'subscriber.list', 'limit': 'x'}"));
	assert_false(serve(f, "{'op': 'subscriber.set', 'identity': 'a@b.c', 'changes': {}}"));
	assert_false(serve(f, "{'op': 'profile.set', 'name': ''}"));
}

static void list_pages_and_gives_keys_only_when_asked(void **state)
{
	struct fixture *f = *state;
	const json_t *doc = NULL;
	json_int_t next = 0;
	char request[128];

	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE ", " BOB "]}"));
	assert_true(serve(f, "{'op': 'subscriber.list', 'limit': 1}"));
	assert_int_equal(json_array_size(json_object_get(f->reply, "subscribers")), 1);
	doc = json_object_get(json_array_get(json_object_get(f->reply, "subscribers"), 0),
	                      "subscriber");
	assert_null(json_object_get(json_array_get(json_object_get(doc, "impis"), 0), "k"));
	next = number(f, "next");
	(void)snprintf(request, sizeof(request),
	               "{'op': 'subscriber.list', 'after': %lld, 'keys': true}", (long long)next);
	assert_true(serve(f, request));
	assert_int_equal(json_array_size(json_object_get(f->reply, "subscribers")), 1);
	doc = json_object_get(json_array_get(json_object_get(f->reply, "subscribers"), 0),
	                      "subscriber");
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(json_object_get(doc, "impis"), 0), "k")),
	                    "465b5ce8b199b49faa5f0a2ee238a6bc");
	(void)snprintf(request, sizeof(request), "{'op': 'subscriber.list', 'after': %lld}",
	               (long long)number(f, "next"));
	assert_true(serve(f, request));
	assert_true(json_is_null(json_object_get(f->reply, "next")));
}

static void delete_removes_every_identity(void **state)
{
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
	assert_true(serve(f, "{'op': 'subscriber.delete', 'identity': 'tel:+15550100'}"));
	assert_int_equal(count(f), 0);
	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
}

/* Changes of alice: what is asked, whether it is done, her IMPUs afterwards. */
static void set_changes_identities(void **state)
{
	static const struct {
		const char *changes;
		bool done;
		const char *impus;
	} rows[] = {
		{"{'default_impu': 'tel:+15550100'}", true, "tel:+15550100 sip:alice@x.example"},
		{"{'add_impus': [{'impu': 'sip:c@x.example'}], 'order': ['sip:alice@x.example', "
	         "'sip:c@x.example']}",
	         true, "sip:alice@x.example sip:c@x.example tel:+15550100"},
		{"{'add_impus': [{'impu': 'sip:alice@x.example'}]}", false,
	         "sip:alice@x.example tel:+15550100"},
		{"{'add_impus': [{'impu': 'sip:bob@x.example'}]}", false,
	         "sip:alice@x.example tel:+15550100"},
		{"{'add_impus': [{'impu': 'bad'}]}", false, "sip:alice@x.example tel:+15550100"},
		{"{'remove_impus': ['sip:alice@x.example']}", true, "tel:+15550100"},
		{"{'remove_impus': ['sip:alice@x.example', 'tel:+15550100']}", false,
	         "sip:alice@x.example tel:+15550100"},
		{"{'remove_impus': ['sip:bob@x.example']}", false,
	         "sip:alice@x.example tel:+15550100"},
		{"{'impus': [{'impu': 'sip:alice@x.example', 'barred': true}], 'default_impu': "
	         "'sip:alice@x.example'}",
	         false, "sip:alice@x.example tel:+15550100"},
		{"{'colour': 1}", false, "sip:alice@x.example tel:+15550100"},
	};
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" BOB "]}"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char request[512];
		char impus[256];

		assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
		(void)snprintf(
			request, sizeof(request),
			"{'op': 'subscriber.set', 'identity': 'alice@x.example', 'changes': %s}",
			rows[i].changes);
		if (serve(f, request) != rows[i].done) {
			fail_msg("%s", rows[i].changes);
		}
		alice_impus(f, impus);
		assert_string_equal(impus, rows[i].impus);
		assert_true(serve(f, "{'op': 'subscriber.delete', 'identity': 'alice@x.example'}"));
	}
}

static void load_alice(struct fixture *f, struct ims_subscription *sub)
{
	assert_int_equal(store_subscription_load(f->admin.store, "alice@x.example", NULL, 0,
	                                         STORE_VIEW_FULL, sub),
	                 HSS_OK);
}

static void an_sqn_goes_down_only_with_a_new_key(void **state)
{
	static const struct {
		const char *changes;
		bool done;
	} rows[] = {{"'sqn': 320", true},     {"'sqn': 319", false}, {"'amf': '0000'", true},
	            {"'sqn': 0, " KEY, true}, {"'sqn': 32", true},   {"'k': '00'", false}};
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char request[512];

		(void)snprintf(
			request, sizeof(request),
			"{'op': 'subscriber.set', 'identity': 'alice@x.example', 'changes': {%s}}",
			rows[i].changes);
		if (serve(f, request) != rows[i].done) {
			fail_msg("%s", rows[i].changes);
		}
	}
	assert_true(serve(f, "{'op': 'registration.get', 'identity': 'alice@x.example'}"));
	assert_int_equal(
		json_integer_value(json_object_get(
			json_array_get(json_object_get(json_object_get(f->reply, "registration"),
	                                               "registrations"),
	                               0),
			"seq")),
		1);
}

static void a_new_key_starts_a_new_count_of_vectors(void **state)
{
	static const struct {
		const char *changes;
		int count;
	} rows[] = {{"'amf': '0000'", 7},
	            {"'sqn': 3200", 7},
	            {KEY, 0},
	            {"'password': 'secret', 'digest_realm': 'x.example', 'schemes': ['SIP Digest']",
	             0}};
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ims_subscription sub = {0};
		char request[512];

		load_alice(f, &sub);
		sub.impi[0].auth_since = NOW;
		sub.impi[0].auth_count = 7;
		assert_int_equal(store_registration_save(f->admin.store, &sub), HSS_OK);
		ims_subscription_free(&sub);
		(void)snprintf(
			request, sizeof(request),
			"{'op': 'subscriber.set', 'identity': 'alice@x.example', 'changes': {%s}}",
			rows[i].changes);
		if (!serve(f, request)) {
			fail_msg("%s", rows[i].changes);
		}
		load_alice(f, &sub);
		assert_int_equal(sub.impi[0].auth_count, rows[i].count);
		assert_int_equal(sub.impi[0].auth_since, rows[i].count != 0 ? NOW : 0);
		ims_subscription_free(&sub);
	}
}

/* State of alice, and what the view of it says. */
static void registration_shows_state_and_flag(void **state)
{
	static const struct {
		enum ims_state state;
		int64_t pending_since;
		const char *word;
		const char *flag;
		bool in_force;
	} rows[] = {
		{IMS_NOT_REGISTERED, 0, "not registered", "unregistered", false},
		{IMS_NOT_REGISTERED, NOW - 59, "not registered", "initial registration pending",
	         true},
		{IMS_NOT_REGISTERED, NOW - 60, "not registered", "unregistered", false},
		{IMS_UNREGISTERED, 0, "unregistered", "unregistered", true},
		{IMS_REGISTERED, 0, "registered", "registered", true},
		{IMS_REGISTERED, NOW - 1, "registered", "registered", true},
	};
	struct fixture *f = *state;

	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ims_subscription sub = {0};
		const json_t *view = NULL;
		const json_t *row = NULL;

		load_alice(f, &sub);
		sub.impi[0].auth_since = 1700000000;
		sub.impi[0].auth_count = 3;
		sub.registration[0].state = rows[i].state;
		sub.registration[0].pending_since = rows[i].pending_since;
		sub.scscf_name = "sip:scscf.x.example";
		sub.impi[0].sqn = 70; /* SEQ 2, IND 6 */
		assert_int_equal(store_registration_save(f->admin.store, &sub), HSS_OK);
		ims_subscription_free(&sub);
		assert_true(serve(f, "{'op': 'registration.get', 'identity': 'tel:+15550100'}"));
		view = json_object_get(f->reply, "registration");
		row = json_array_get(json_object_get(view, "registrations"), 0);
		assert_string_equal(json_string_value(json_object_get(row, "state")), rows[i].word);
		assert_string_equal(json_string_value(json_object_get(row, "flag")), rows[i].flag);
		assert_int_equal(json_is_true(json_object_get(view, "scscf_in_force")),
		                 rows[i].in_force);
		assert_int_equal(json_integer_value(json_object_get(row, "seq")), 2);
		assert_int_equal(json_integer_value(json_object_get(row, "ind")), 6);
		assert_int_equal(json_integer_value(json_object_get(row, "auth_vectors")), 3);
		assert_string_equal(json_string_value(json_object_get(row, "auth_since")),
		                    "2023-11-14T22:13:20Z");
	}
}

static void a_set_keeps_the_registration(void **state)
{
	struct fixture *f = *state;
	struct ims_subscription sub = {0};

	assert_true(serve(f, "{'op': 'subscriber.add', 'subscribers': [" ALICE "]}"));
	assert_int_equal(store_subscription_load(f->admin.store, "alice@x.example", NULL, 0,
	                                         STORE_VIEW_FULL, &sub),
	                 HSS_OK);
	sub.registration[0].state = IMS_REGISTERED;
	sub.scscf_name = "sip:scscf.x.example";
	assert_int_equal(store_registration_save(f->admin.store, &sub), HSS_OK);
	assert_true(serve(
		f, "{'op': 'subscriber.set', 'identity': 'alice@x.example', 'changes': {'visited': "
		   "['v.example'], 'remove_impus': ['tel:+15550100']}}"));
	assert_int_equal(store_subscription_load(f->admin.store, "alice@x.example", NULL, 0,
	                                         STORE_VIEW_FULL, &sub),
	                 HSS_OK);
	assert_int_equal(sub.registration[0].state, IMS_REGISTERED);
	assert_string_equal(sub.scscf_name, "sip:scscf.x.example");
	assert_int_equal(sub.n_impu, 1);
	ims_subscription_free(&sub);
}

static void frames_arrive_in_order(void **state)
{
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	for (json_int_t i = 0; i < 3; i++) {
		json_t *json = json_pack("{s:I}", "n", i);

		assert_int_equal(admin_frame_write(fd[0], json), HSS_OK);
		json_decref(json);
	}
	assert_int_equal(close(fd[0]), 0);
	for (json_int_t i = 0; i < 3; i++) {
		json_t *json = NULL;

		assert_int_equal(admin_frame_read(fd[1], &json), HSS_OK);
		assert_int_equal(json_integer_value(json_object_get(json, "n")), i);
		json_decref(json);
	}
	{
		json_t *json = NULL;

		assert_int_equal(admin_frame_read(fd[1], &json), HSS_ERR_NOT_FOUND);
	}
	assert_int_equal(close(fd[1]), 0);
}

static void bad_frames_are_told_apart(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
		enum hss_err err;
	} rows[] = {
		{"", 0, HSS_ERR_NOT_FOUND},
		{"\0\0", 2, HSS_ERR_IO},
		{"\0\0\0\x05{}", 6, HSS_ERR_IO},
		{"\0\0\0\x02", 4, HSS_ERR_IO},
		{"\0\0\0\0", 4, HSS_ERR_INVALID},
		{"\0\0\0\x02[]", 6, HSS_ERR_INVALID},
		{"\0\0\0\x02{x", 6, HSS_ERR_INVALID},
		{"\0\x10\0\x01", 4, HSS_ERR_LIMIT},
		{"\xff\xff\xff\xff", 4, HSS_ERR_LIMIT},
		{"\0\0\0\x02{}", 6, HSS_OK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *json = NULL;
		int fd[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
		assert_int_equal(write(fd[0], rows[i].octets, rows[i].len), (ssize_t)rows[i].len);
		assert_int_equal(close(fd[0]), 0);
		assert_int_equal(admin_frame_read(fd[1], &json), rows[i].err);
		assert_int_equal(close(fd[1]), 0);
		json_decref(json);
	}
}

static void a_frame_over_the_limit_is_not_sent(void **state)
{
	char *text = calloc(1, ADMIN_FRAME_MAX + 1);
	json_t *json = NULL;
	int fd[2];

	(void)state;
	assert_non_null(text);
	memset(text, 'x', ADMIN_FRAME_MAX);
	json = json_pack("{s:s}", "x", text);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_int_equal(admin_frame_write(fd[0], json), HSS_ERR_LIMIT);
	json_decref(json);
	free(text);
	assert_int_equal(close(fd[0]) + close(fd[1]), 0);
}

static void writing_to_a_closed_peer_is_an_error_without_a_signal(void **state)
{
	json_t *json = json_object();
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_int_equal(close(fd[1]), 0);
	assert_int_equal(admin_frame_write(fd[0], json), HSS_ERR_IO);
	json_decref(json);
	assert_int_equal(close(fd[0]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(add_stores_every_subscriber, admin_fixture_setup,
	                                        admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(one_bad_subscriber_and_nothing_is_stored,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(the_same_identity_twice_in_a_request_is_a_fault,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(a_dry_run_stores_nothing_and_is_a_read,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(what_exists_is_a_fault_or_skipped,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(
			what_exists_with_other_data_is_a_fault_even_if_absent, admin_fixture_setup,
			admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(an_unknown_profile_is_refused_and_a_set_one_taken,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(get_shows_no_key, admin_fixture_setup,
	                                        admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(an_unknown_subscriber_is_refused,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(requests_that_are_not_known_are_refused,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(list_pages_and_gives_keys_only_when_asked,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(delete_removes_every_identity, admin_fixture_setup,
	                                        admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(set_changes_identities, admin_fixture_setup,
	                                        admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(a_new_key_starts_a_new_count_of_vectors,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(an_sqn_goes_down_only_with_a_new_key,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(registration_shows_state_and_flag,
	                                        admin_fixture_setup, admin_fixture_teardown),
		cmocka_unit_test_setup_teardown(a_set_keeps_the_registration, admin_fixture_setup,
	                                        admin_fixture_teardown),
		cmocka_unit_test(frames_arrive_in_order),
		cmocka_unit_test(bad_frames_are_told_apart),
		cmocka_unit_test(a_frame_over_the_limit_is_not_sent),
		cmocka_unit_test(writing_to_a_closed_peer_is_an_error_without_a_signal),
	};

	admin_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
