/* Registration-Termination-Request: a row for each branch of TS 29.228 6.1.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hss/cx_push.h"
#include "short_arena.h"
#include "subscription_fixture.h"

static const struct cx_push_policy policy = {
	.attempts = 8, .timeout = 10, .lifetime = 86400, .keep = 604800};

static const char *impus[] = {ALICE, ALICE_TEL, ALICE_SPARE};
static const char *second[] = {IMPI_2};

/* An RTR for set 1 to S-CSCF 1 that was sent once. */
static struct ims_push push_of(uint32_t reason)
{
	return (struct ims_push){.id = 1,
	                         .kind = IMS_PUSH_RTR,
	                         .subscription = 1,
	                         .host = "scscf1.home.example",
	                         .realm = "home.example",
	                         .scscf_name = SCSCF_1,
	                         .impi = IMPI_1,
	                         .irs = 1,
	                         .reason = reason,
	                         .reason_info = "words",
	                         .impu = impus,
	                         .n_impu = 3,
	                         .attempts = 1};
}

static const struct {
	const char *what;
	const char *state;
	uint32_t reason;
	bool with_second;    /* IMPI 2 is an associated one */
	const char *outcome; /* NULL: it is sent */
} prepares[] = {
	{"nobody is registered", "", CX_REASON_PERMANENT_TERMINATION, false, NULL},
	{"registered again", "11R @1", CX_REASON_PERMANENT_TERMINATION, false,
         "superseded: registered again"},
	{"Unregistered again", "11U @1", CX_REASON_SERVER_CHANGE, false,
         "superseded: registered again"},
	{"REMOVE_S-CSCF, registered again", "11R @1", CX_REASON_REMOVE_S_CSCF, false,
         "superseded: registered again"},
	{"only authenticating again", "11Np @1", CX_REASON_PERMANENT_TERMINATION, false, NULL},
	{"another IMPI of the set", "21R @1", CX_REASON_PERMANENT_TERMINATION, false, NULL},
	{"an associated IMPI", "21R @1", CX_REASON_PERMANENT_TERMINATION, true,
         "superseded: registered again"},
	{"another set", "12R @1", CX_REASON_PERMANENT_TERMINATION, false, NULL},
	{"registered again elsewhere", "11R @2", CX_REASON_PERMANENT_TERMINATION, false, NULL},
	{"NEW_SERVER_ASSIGNED, registered with the new one", "11R @2",
         CX_REASON_NEW_SERVER_ASSIGNED, false, NULL},
	{"NEW_SERVER_ASSIGNED, assigned again", "11Np @1", CX_REASON_NEW_SERVER_ASSIGNED, false,
         "superseded: this S-CSCF is assigned again"},
};

static void an_rtr_is_sent_unless_what_it_ended_has_begun_anew(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(prepares) / sizeof(prepares[0]); i++) {
		struct ims_push push = push_of(prepares[i].reason);
		struct cx_request req = {0};
		struct cx_push_verdict v = {0};
		struct fixture f;

		push.associated = second;
		push.n_associated = prepares[i].with_second;
		fixture_open(&f, prepares[i].state);
		assert_int_equal(cx_rtr_prepare(&push, &f.sub, &req, &v), HSS_OK);
		fixture_expect_text(prepares[i].what, v.next == CX_PUSH_END ? v.outcome : NULL,
		                    prepares[i].outcome);
		if (prepares[i].outcome != NULL) {
			assert_int_equal(v.state, IMS_PUSH_DONE);
		} else {
			assert_int_equal(v.next, CX_PUSH_SEND);
		}
		fixture_close(&f);
	}
}

static void the_request_says_what_the_push_says(void **state)
{
	const struct ims_subscription nobody = {0};
	struct ims_push push = push_of(CX_REASON_SERVER_CHANGE);
	struct cx_request req = {0};
	struct cx_push_verdict v = {0};

	(void)state;
	push.associated = second;
	push.n_associated = 1;
	assert_int_equal(cx_rtr_prepare(&push, &nobody, &req, &v), HSS_OK);
	assert_int_equal(v.next, CX_PUSH_SEND);
	assert_int_equal(req.command, CX_CMD_RTR);
	assert_string_equal(req.destination_host, "scscf1.home.example");
	assert_string_equal(req.destination_realm, "home.example");
	assert_string_equal(req.impi, IMPI_1);
	assert_int_equal(req.n_impu, 3);
	assert_string_equal(req.impu[2], ALICE_SPARE);
	assert_int_equal(req.rtr.reason, CX_REASON_SERVER_CHANGE);
	assert_string_equal(req.rtr.reason_info, "words");
	assert_int_equal(req.rtr.n_associated_impi, 1);
	assert_string_equal(req.rtr.associated_impi[0], IMPI_2);
}

/* A user of the same names, but another subscription: the one of the push was deleted. */
static void another_subscription_of_these_names_counts(void **state)
{
	struct ims_push push = push_of(CX_REASON_PERMANENT_TERMINATION);
	struct cx_request req = {0};
	struct cx_push_verdict v = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, "11R @1");
	f.sub.id = 99;
	for (size_t i = 0; i < f.sub.n_impu; i++) {
		f.sub.impu[i].irs = 8 - f.sub.impu[i].irs; /* numbered otherwise */
	}
	for (size_t i = 0; i < f.sub.n_registration; i++) {
		f.sub.registration[i].irs = 8 - f.sub.registration[i].irs;
	}
	assert_int_equal(cx_rtr_prepare(&push, &f.sub, &req, &v), HSS_OK);
	assert_string_equal(v.outcome, "superseded: registered again");
	fixture_close(&f);
}

#define EMERGENCY(impi_name, impu_name)                                                            \
	{                                                                                          \
		.impi = (impi_name), .impu = (impu_name)                                           \
	}

static const struct {
	const char *what;
	const char *state;
	uint32_t reason;
	enum cx_push_event event;
	enum cx_result result;
	unsigned attempts;
	struct cx_emergency emergency[2];
	enum cx_push_next next;
	enum ims_push_state ended;
	int64_t delay;
	const char *after; /* NULL: not changed */
} settles[] = {
	{"success",
         "",
         0,
         CX_PUSH_ANSWERED,
         CX_SUCCESS,
         1,
         {{0}},
         CX_PUSH_END,
         IMS_PUSH_DONE,
         0,
         NULL},
	{"unknown user",
         "",
         0,
         CX_PUSH_ANSWERED,
         CX_ERROR_USER_UNKNOWN,
         1,
         {{0}},
         CX_PUSH_END,
         IMS_PUSH_DONE,
         0,
         NULL},
	{"all registered for emergency calls",
         "",
         0,
         CX_PUSH_ANSWERED,
         CX_UNABLE_TO_COMPLY,
         1,
         {EMERGENCY(IMPI_1, ALICE)},
         CX_PUSH_END,
         IMS_PUSH_DONE,
         0,
         "11U @1"},
	{"some registered for emergency calls",
         "",
         0,
         CX_PUSH_ANSWERED,
         CX_LIMITED_SUCCESS,
         1,
         {EMERGENCY(IMPI_1, ALICE), EMERGENCY(IMPI_1, ALICE_TEL)},
         CX_PUSH_END,
         IMS_PUSH_DONE,
         0,
         "11U @1"},
	{"the same, REMOVE_S-CSCF",
         "",
         CX_REASON_REMOVE_S_CSCF,
         CX_PUSH_ANSWERED,
         CX_LIMITED_SUCCESS,
         1,
         {EMERGENCY(IMPI_1, ALICE)},
         CX_PUSH_END,
         IMS_PUSH_DONE,
         0,
         "11U @1"},
	{"but NEW_SERVER_ASSIGNED",
         "",
         CX_REASON_NEW_SERVER_ASSIGNED,
         CX_PUSH_ANSWERED,
         CX_LIMITED_SUCCESS,
         1,
         {EMERGENCY(IMPI_1, ALICE)},
         CX_PUSH_END,
         IMS_PUSH_DONE,
         0,
         NULL},
	{"but another S-CSCF is assigned",
         "12R @2",
         0,
         CX_PUSH_ANSWERED,
         CX_LIMITED_SUCCESS,
         1,
         {EMERGENCY(IMPI_1, ALICE)},
         CX_PUSH_END,
         IMS_PUSH_DONE,
         0,
         NULL},
	{"the same S-CSCF serves another set",
         "12R @1",
         0,
         CX_PUSH_ANSWERED,
         CX_LIMITED_SUCCESS,
         1,
         {EMERGENCY(IMPI_1, ALICE)},
         CX_PUSH_END,
         IMS_PUSH_DONE,
         0,
         "11U 12R @1"},
	{"but it is registered again",
         "11R @1",
         0,
         CX_PUSH_ANSWERED,
         CX_LIMITED_SUCCESS,
         1,
         {EMERGENCY(IMPI_1, ALICE)},
         CX_PUSH_END,
         IMS_PUSH_DONE,
         0,
         NULL},
	{"an IMPU that the RTR did not name",
         "",
         0,
         CX_PUSH_ANSWERED,
         CX_LIMITED_SUCCESS,
         1,
         {EMERGENCY(IMPI_1, WORK)},
         CX_PUSH_END,
         IMS_PUSH_DONE,
         0,
         NULL},
	{"an IMPI that the RTR did not name",
         "",
         0,
         CX_PUSH_ANSWERED,
         CX_LIMITED_SUCCESS,
         1,
         {EMERGENCY(IMPI_2, ALICE)},
         CX_PUSH_END,
         IMS_PUSH_DONE,
         0,
         NULL},
	{"unable to comply",
         "",
         0,
         CX_PUSH_ANSWERED,
         CX_UNABLE_TO_COMPLY,
         1,
         {{0}},
         CX_PUSH_END,
         IMS_PUSH_FAILED,
         0,
         NULL},
	{"another code",
         "",
         0,
         CX_PUSH_ANSWERED,
         CX_OTHER_RESULT,
         1,
         {{0}},
         CX_PUSH_END,
         IMS_PUSH_FAILED,
         0,
         NULL},
	{"too busy: again in a second",
         "",
         0,
         CX_PUSH_ANSWERED,
         CX_TOO_BUSY,
         1,
         {{0}},
         CX_PUSH_RETRY,
         IMS_PUSH_WAITING,
         1,
         NULL},
	{"cannot deliver: then in two",
         "",
         0,
         CX_PUSH_ANSWERED,
         CX_UNABLE_TO_DELIVER,
         2,
         {{0}},
         CX_PUSH_RETRY,
         IMS_PUSH_WAITING,
         2,
         NULL},
	{"silence: then in four",
         "",
         0,
         CX_PUSH_SILENCE,
         CX_NO_RESULT,
         3,
         {{0}},
         CX_PUSH_RETRY,
         IMS_PUSH_WAITING,
         4,
         NULL},
	{"connection lost: a minute at most",
         "",
         0,
         CX_PUSH_UNDELIVERED,
         CX_NO_RESULT,
         7,
         {{0}},
         CX_PUSH_RETRY,
         IMS_PUSH_WAITING,
         60,
         NULL},
	{"malformed, the last time",
         "",
         0,
         CX_PUSH_MALFORMED,
         CX_NO_RESULT,
         8,
         {{0}},
         CX_PUSH_END,
         IMS_PUSH_FAILED,
         0,
         NULL},
};

static void the_answer_decides_what_becomes_of_push_and_state(void **state)
{
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(settles) / sizeof(settles[0]); i++) {
		struct ims_push push = push_of(settles[i].reason);
		struct cx_answer answer = {.verdict.result = settles[i].result};
		const struct cx_push_result result = {.event = settles[i].event, .answer = &answer};
		struct cx_emergency emergency[2];
		struct cx_push_verdict v = {0};
		struct fixture f;

		memcpy(emergency, settles[i].emergency, sizeof(emergency));
		answer.emergency = emergency;
		answer.n_emergency =
			(emergency[0].impi != NULL) + (size_t)(emergency[1].impi != NULL);
		push.attempts = settles[i].attempts;
		fixture_open(&f, settles[i].state);
		assert_int_equal(cx_rtr_settle(&push, &f.sub, &policy, &result, &v), HSS_OK);
		if (v.next != settles[i].next || v.state != settles[i].ended ||
		    v.delay != settles[i].delay || v.changed != (settles[i].after != NULL)) {
			fail_msg("%s: next %d, state %d, delay %lld, changed %d", settles[i].what,
			         v.next, v.state, (long long)v.delay, v.changed);
		}
		assert_true(v.outcome[0] != '\0');
		fixture_state(&f, text, sizeof(text));
		fixture_expect_text(settles[i].what, text,
		                    settles[i].after != NULL ? settles[i].after : settles[i].state);
		fixture_close(&f);
	}
}

static void the_subscription_may_be_gone(void **state)
{
	struct ims_push push = push_of(CX_REASON_PERMANENT_TERMINATION);
	struct cx_emergency emergency = EMERGENCY(IMPI_1, ALICE);
	const struct cx_answer answer = {
		.verdict.result = CX_LIMITED_SUCCESS, .emergency = &emergency, .n_emergency = 1};
	const struct cx_push_result result = {.event = CX_PUSH_ANSWERED, .answer = &answer};
	struct ims_subscription nobody = {0};
	struct cx_push_verdict v = {0};

	(void)state;
	assert_int_equal(cx_rtr_settle(&push, &nobody, &policy, &result, &v), HSS_OK);
	assert_int_equal(v.state, IMS_PUSH_DONE);
	assert_false(v.changed);
}

static void memory_that_runs_out_is_an_error(void **state)
{
	struct cx_emergency emergency = EMERGENCY(IMPI_1, ALICE);
	const struct cx_answer answer = {
		.verdict.result = CX_LIMITED_SUCCESS, .emergency = &emergency, .n_emergency = 1};
	const struct cx_push_result result = {.event = CX_PUSH_ANSWERED, .answer = &answer};
	enum hss_err err = HSS_ERR_MEMORY;
	int n = 0;

	(void)state;
	for (; err != HSS_OK; n++) {
		struct ims_push push = push_of(CX_REASON_PERMANENT_TERMINATION);
		struct cx_push_verdict v = {0};
		struct fixture f;

		fixture_open(&f, "");
		short_arena(n);
		err = cx_rtr_settle(&push, &f.sub, &policy, &result, &v);
		short_arena(SHORT_ARENA_OFF);
		assert_true(err == HSS_ERR_MEMORY || v.changed);
		assert_int_equal(f.sub.scscf_name != NULL, err == HSS_OK);
		fixture_close(&f);
	}
	assert_int_equal(n, 4); /* name, host and realm did run out */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_rtr_is_sent_unless_what_it_ended_has_begun_anew),
		cmocka_unit_test(the_request_says_what_the_push_says),
		cmocka_unit_test(another_subscription_of_these_names_counts),
		cmocka_unit_test(the_answer_decides_what_becomes_of_push_and_state),
		cmocka_unit_test(the_subscription_may_be_gone),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};

	return cmocka_run_group_tests(tests, fixture_group_setup, fixture_group_teardown);
}
