/* Push-Profile-Request: a row for each branch of TS 29.228 6.2.2. */
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

static const struct cx_push_policy keep = {
	.attempts = 8, .timeout = 10, .lifetime = 86400, .keep = 604800};
static const struct cx_push_policy change = {
	.attempts = 8, .timeout = 10, .lifetime = 86400, .keep = 604800, .server_change = true};

static const char *first[] = {IMPI_1};

/* A PPR for set 1 to S-CSCF 1 that was sent once. */
static struct ims_push push_of(unsigned content)
{
	return (struct ims_push){.id = 1,
	                         .kind = IMS_PUSH_PPR,
	                         .subscription = 1,
	                         .host = "scscf1.home.example",
	                         .realm = "home.example",
	                         .scscf_name = SCSCF_1,
	                         .impi = IMPI_1,
	                         .irs = 1,
	                         .content = content,
	                         .attempts = 1};
}

static const char *ppr_words(const struct cx_push_verdict *v, const struct cx_request *req,
                             char text[static CX_MESSAGE_LEN])
{
	if (v->next == CX_PUSH_END) {
		(void)snprintf(text, CX_MESSAGE_LEN, "%s", v->outcome);
	} else {
		(void)snprintf(text, CX_MESSAGE_LEN, "%s%s%s%s", req->impi,
		               req->ppr.user_data != NULL ? " profile" : "",
		               req->ppr.charging != NULL ? " charging" : "",
		               req->ppr.digest.realm != NULL ? " digest" : "");
	}
	return text;
}

#define GONE "nothing to tell: the S-CSCF does not serve it any more"
#define VOID "nothing to tell: what changed is there no more"

enum { NO_CHARGING = 1, NO_HA1 = 2, REFUSED = 4, TWO_PROFILES = 8 };

static const struct {
	const char *what;
	const char *state;
	unsigned content;
	unsigned arrange;
	const char *words;
} prepares[] = {
	{"profile", "11R @1", IMS_PUSH_USER_DATA, 0, IMPI_1 " profile"},
	{"profile of an Unregistered one", "11U @1", IMS_PUSH_USER_DATA, 0, IMPI_1 " profile"},
	{"charging", "11R @1", IMS_PUSH_CHARGING, 0, IMPI_1 " charging"},
	{"HA1", "11R @1", IMS_PUSH_DIGEST, 0, IMPI_1 " digest"},
	{"all", "11R @1", 7, 0, IMPI_1 " profile charging digest"},
	{"the IMPI is not registered, another one is", "21R @1", IMS_PUSH_USER_DATA, 0,
         IMPI_2 " profile"},
	{"a registered one before an Unregistered one", "11U 21R @1", IMS_PUSH_USER_DATA, 0,
         IMPI_1 " profile"},
	{"the IMPI was refused, another one is registered", "11R 21R @1", IMS_PUSH_USER_DATA,
         REFUSED, IMPI_2 " profile"},
	{"the IMPI was refused, no other one is", "11R @1", IMS_PUSH_USER_DATA, REFUSED, GONE},
	{"not served any more", "", IMS_PUSH_USER_DATA, 0, GONE},
	{"only another set is", "12R @1", IMS_PUSH_USER_DATA, 0, GONE},
	{"another S-CSCF", "11R @2", IMS_PUSH_USER_DATA, 0, GONE},
	{"charging was removed", "11R @1", IMS_PUSH_CHARGING, NO_CHARGING, VOID},
	{"charging was removed, the profile is there", "11R @1",
         IMS_PUSH_CHARGING | IMS_PUSH_USER_DATA, NO_CHARGING, IMPI_1 " profile"},
	{"HA1 was removed", "11R @1", IMS_PUSH_DIGEST, NO_HA1, VOID},
};

static void a_ppr_says_what_is_stored_when_it_is_sent(void **state)
{
	static struct ims_charging charging = {.name = "gold", .primary_ecf = "aaa://ecf.example"};
	char text[CX_MESSAGE_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(prepares) / sizeof(prepares[0]); i++) {
		struct ims_push push = push_of(prepares[i].content);
		struct cx_request req = {0};
		struct cx_push_verdict v = {0};
		struct fixture f;

		fixture_open(&f, prepares[i].state);
		f.sub.charging = (prepares[i].arrange & NO_CHARGING) != 0 ? NULL : &charging;
		if ((prepares[i].arrange & NO_HA1) != 0) {
			f.sub.impi[0].has_ha1 = false;
		} else {
			const uint8_t ha1[SEAL_HA1_LEN] = {0xa1};

			f.sub.impi[0].has_ha1 = true;
			f.sub.impi[0].digest_realm = "home.example";
			assert_int_equal(seal_wrap_ha1(f.env.seal, IMPI_1, ha1, &f.sub.impi[0].ha1),
			                 HSS_OK);
		}
		push.associated = first;
		push.n_associated = (prepares[i].arrange & REFUSED) != 0;
		assert_int_equal(cx_ppr_prepare(&push, &f.sub, &f.env, &req, &v), HSS_OK);
		fixture_expect_text(prepares[i].what, ppr_words(&v, &req, text), prepares[i].words);
		if (v.next == CX_PUSH_SEND) {
			assert_int_equal(req.command, CX_CMD_PPR);
			assert_string_equal(req.destination_host, "scscf1.home.example");
			assert_int_equal(req.n_impu, 0);
			assert_ptr_equal(push.impi, req.impi);
		} else {
			assert_int_equal(v.state, IMS_PUSH_DONE);
		}
		if (req.ppr.digest.realm != NULL) {
			assert_int_equal(req.ppr.digest.ha1[0], 0xa1);
		}
		fixture_close(&f);
	}
}

/* Set 1 has IMPUs that are no aliases: who lacks AliasInd gets them in profiles apart. */
static void the_document_is_made_for_the_features_of_the_scscf(void **state)
{
	char with[2][32];
	struct cx_request req[2] = {{0}};
	const char *states[] = {"11R @1", "11R @1:2"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ims_push push = push_of(IMS_PUSH_USER_DATA);
		struct cx_push_verdict v = {0};
		struct fixture f;

		fixture_open(&f, states[i]);
		f.policy.features = CX_FEATURE_ALIAS_IND | CX_FEATURE_SIFC;
		assert_int_equal(cx_ppr_prepare(&push, &f.sub, &f.env, &req[i], &v), HSS_OK);
		(void)snprintf(with[i], sizeof(with[i]), "%s",
		               strstr(req[i].ppr.user_data, "AliasIdentityGroupID") != NULL
		                       ? "alias groups"
		                       : "none");
		fixture_close(&f);
	}
	assert_string_equal(with[0], "none");
	assert_string_equal(with[1], "alias groups");
	assert_false(req[0].features.present);
	assert_true(req[1].features.present);
	assert_int_equal(req[1].features.list, CX_FEATURE_ALIAS_IND | CX_FEATURE_SIFC);
	assert_false(req[1].features.required);
}

static void a_profile_that_cannot_be_made_ends_the_push(void **state)
{
	struct ims_push push = push_of(IMS_PUSH_USER_DATA);
	struct cx_request req = {0};
	struct cx_push_verdict v = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, "11R @1");
	f.sub.impu[0].display_name = "\x01";
	assert_int_equal(cx_ppr_prepare(&push, &f.sub, &f.env, &req, &v), HSS_OK);
	assert_int_equal(v.next, CX_PUSH_END);
	assert_int_equal(v.state, IMS_PUSH_FAILED);
	fixture_close(&f);
}

static const struct {
	const char *what;
	const char *state;
	enum cx_push_event event;
	enum cx_result result;
	unsigned attempts;
	const struct cx_push_policy *policy;
	bool never_answers;
	enum cx_push_next next;
	enum ims_push_state ended;
	int64_t delay;
	const char *impi;  /* after */
	const char *after; /* NULL: not changed */
	const char *pushes;
} settles[] = {
	{"success", "11R @1", CX_PUSH_ANSWERED, CX_SUCCESS, 1, &keep, false, CX_PUSH_END,
         IMS_PUSH_DONE, 0, IMPI_1, NULL, ""},
	{"unknown user, another IMPI is registered", "11R 21R @1", CX_PUSH_ANSWERED,
         CX_ERROR_USER_UNKNOWN, 1, &keep, false, CX_PUSH_AGAIN, IMS_PUSH_WAITING, 0, IMPI_2,
         "21R @1", ""},
	{"unknown user, the last one", "11R @1", CX_PUSH_ANSWERED, CX_ERROR_USER_UNKNOWN, 1, &keep,
         false, CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1, "", ""},
	{"unknown user, the last one of the set", "11R 12R @1", CX_PUSH_ANSWERED,
         CX_ERROR_USER_UNKNOWN, 1, &keep, false, CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1, "12R @1",
         ""},
	{"unknown user, restoration", "11R 21R @1:4", CX_PUSH_ANSWERED, CX_ERROR_USER_UNKNOWN, 1,
         &keep, false, CX_PUSH_AGAIN, IMS_PUSH_WAITING, 0, IMPI_2, NULL, ""},
	{"unknown user, another S-CSCF by now", "11R @2", CX_PUSH_ANSWERED, CX_ERROR_USER_UNKNOWN,
         1, &keep, false, CX_PUSH_END, IMS_PUSH_DONE, 0, IMPI_1, NULL, ""},
	{"unknown user, nobody by now", "", CX_PUSH_ANSWERED, CX_ERROR_USER_UNKNOWN, 1, &keep,
         false, CX_PUSH_END, IMS_PUSH_DONE, 0, IMPI_1, NULL, ""},
	{"too much data", "11R 21R @1", CX_PUSH_ANSWERED, CX_ERROR_TOO_MUCH_DATA, 1, &keep, false,
         CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1, "", "C11+1"},
	{"too much data, another set is served", "11R 12R @1", CX_PUSH_ANSWERED,
         CX_ERROR_TOO_MUCH_DATA, 1, &keep, false, CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1, "12R @1",
         "C11"},
	{"data not supported", "11U @1", CX_PUSH_ANSWERED, CX_ERROR_NOT_SUPPORTED_USER_DATA, 1,
         &keep, false, CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1, "", "C11"},
	{"data not supported, another S-CSCF by now", "11R @2", CX_PUSH_ANSWERED,
         CX_ERROR_NOT_SUPPORTED_USER_DATA, 1, &keep, false, CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1,
         NULL, ""},
	{"unable to comply: again", "11R @1", CX_PUSH_ANSWERED, CX_UNABLE_TO_COMPLY, 1, &keep,
         false, CX_PUSH_RETRY, IMS_PUSH_WAITING, 1, IMPI_1, NULL, ""},
	{"unable to comply, the last time", "11R @1", CX_PUSH_ANSWERED, CX_UNABLE_TO_COMPLY, 8,
         &change, false, CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1, NULL, ""},
	{"another code", "11R @1", CX_PUSH_ANSWERED, CX_OTHER_RESULT, 1, &keep, false, CX_PUSH_END,
         IMS_PUSH_FAILED, 0, IMPI_1, NULL, ""},
	{"too busy", "11R @1", CX_PUSH_ANSWERED, CX_TOO_BUSY, 1, &keep, false, CX_PUSH_RETRY,
         IMS_PUSH_WAITING, 1, IMPI_1, NULL, ""},
	{"silence", "11R @1", CX_PUSH_SILENCE, CX_NO_RESULT, 4, &change, false, CX_PUSH_RETRY,
         IMS_PUSH_WAITING, 8, IMPI_1, NULL, ""},
	{"silence to the end, keep", "11R @1", CX_PUSH_SILENCE, CX_NO_RESULT, 8, &keep, false,
         CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1, NULL, ""},
	{"silence to the end, server-change", "11R @1", CX_PUSH_SILENCE, CX_NO_RESULT, 8, &change,
         false, CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1, "", "C11"},
	{"silence of one who never answers, keep", "11R @1", CX_PUSH_SILENCE, CX_NO_RESULT, 1,
         &keep, true, CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1, NULL, ""},
	{"silence of one who never answers, server-change", "11R @1", CX_PUSH_SILENCE, CX_NO_RESULT,
         1, &change, true, CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1, "", "C11"},
	{"connection lost to the end, server-change", "11R @1", CX_PUSH_UNDELIVERED, CX_NO_RESULT,
         8, &change, false, CX_PUSH_END, IMS_PUSH_FAILED, 0, IMPI_1, NULL, ""},
	{"connection of one who never answers lost", "11R @1", CX_PUSH_UNDELIVERED, CX_NO_RESULT, 1,
         &change, true, CX_PUSH_RETRY, IMS_PUSH_WAITING, 1, IMPI_1, NULL, ""},
};

static void the_answer_decides_what_becomes_of_push_and_state(void **state)
{
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(settles) / sizeof(settles[0]); i++) {
		const struct cx_answer answer = {.verdict.result = settles[i].result};
		const struct cx_push_result result = {.event = settles[i].event,
		                                      .answer = &answer,
		                                      .never_answers = settles[i].never_answers};
		struct ims_push push = push_of(IMS_PUSH_USER_DATA);
		struct cx_push_verdict v = {0};
		struct fixture f;

		push.attempts = settles[i].attempts;
		fixture_open(&f, settles[i].state);
		f.policy.features = CX_FEATURE_IMS_RESTORATION_IND;
		assert_int_equal(
			cx_ppr_settle(&push, &f.sub, &f.env, settles[i].policy, &result, &v),
			HSS_OK);
		if (v.next != settles[i].next || v.state != settles[i].ended ||
		    v.delay != settles[i].delay || v.changed != (settles[i].after != NULL)) {
			fail_msg("%s: next %d, state %d, delay %lld, changed %d", settles[i].what,
			         v.next, v.state, (long long)v.delay, v.changed);
		}
		assert_string_equal(push.impi, settles[i].impi);
		fixture_state(&f, text, sizeof(text));
		fixture_expect_text(settles[i].what, text,
		                    settles[i].after != NULL ? settles[i].after : settles[i].state);
		fixture_pushes(&f, text, sizeof(text));
		fixture_expect_text(settles[i].what, text, settles[i].pushes);
		fixture_close(&f);
	}
}

/* What is said of a user who was authenticated meanwhile ends nothing. */
static void an_unknown_user_who_was_authenticated_meanwhile_is_asked_about_again(void **state)
{
	static const struct {
		enum cx_result result;
		unsigned attempts;
		enum cx_push_next next;
		enum ims_push_state ended;
	} cases[] = {
		{CX_ERROR_USER_UNKNOWN, 1, CX_PUSH_RETRY, IMS_PUSH_WAITING},
		{CX_ERROR_USER_UNKNOWN, 8, CX_PUSH_END, IMS_PUSH_FAILED},
		{CX_SUCCESS, 1, CX_PUSH_END, IMS_PUSH_DONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct cx_answer answer = {.verdict.result = cases[i].result};
		const struct cx_push_result result = {
			.event = CX_PUSH_ANSWERED, .answer = &answer, .overtaken = true};
		struct ims_push push = push_of(IMS_PUSH_USER_DATA);
		struct cx_push_verdict v = {0};
		struct fixture f;
		char text[64];

		push.attempts = cases[i].attempts;
		fixture_open(&f, "11R 21R @1");
		assert_int_equal(cx_ppr_settle(&push, &f.sub, &f.env, &keep, &result, &v), HSS_OK);
		assert_int_equal(v.next, cases[i].next);
		assert_int_equal(v.state, cases[i].ended);
		assert_false(v.changed);
		assert_string_equal(push.impi, IMPI_1);
		fixture_state(&f, text, sizeof(text));
		assert_string_equal(text, "11R 21R @1");
		fixture_close(&f);
	}
}

/* Each IMPI is tried once. */
static void an_impi_that_was_refused_is_not_tried_again(void **state)
{
	const struct cx_answer answer = {.verdict.result = CX_ERROR_USER_UNKNOWN};
	const struct cx_push_result result = {.event = CX_PUSH_ANSWERED, .answer = &answer};
	struct ims_push push = push_of(IMS_PUSH_USER_DATA);
	struct cx_push_verdict v = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, "11R 21R @1:4");
	f.policy.features = CX_FEATURE_IMS_RESTORATION_IND;
	assert_int_equal(cx_ppr_settle(&push, &f.sub, &f.env, &keep, &result, &v), HSS_OK);
	assert_int_equal(v.next, CX_PUSH_AGAIN);
	assert_int_equal(push.n_associated, 1);
	assert_string_equal(push.associated[0], IMPI_1);
	v = (struct cx_push_verdict){0};
	assert_int_equal(cx_ppr_settle(&push, &f.sub, &f.env, &keep, &result, &v), HSS_OK);
	assert_int_equal(v.next, CX_PUSH_END);
	assert_int_equal(v.state, IMS_PUSH_FAILED);
	assert_string_equal(v.outcome, "the S-CSCF knows none of the IMPIs");
	assert_int_equal(push.n_associated, 2);
	fixture_close(&f);
}

/* Returns what the first half of a PPR's life says, or the second, with so much memory. */
static enum hss_err half_with_memory(bool second, enum cx_result result, int n)
{
	const struct cx_answer answer = {.verdict.result = result};
	const struct cx_push_result answered = {.event = CX_PUSH_ANSWERED, .answer = &answer};
	struct ims_push push = push_of(IMS_PUSH_USER_DATA);
	struct cx_request req = {0};
	struct cx_push_verdict v = {0};
	struct fixture f;
	enum hss_err err = HSS_OK;

	fixture_open(&f, "11R 21R @1");
	short_arena(n);
	err = second ? cx_ppr_settle(&push, &f.sub, &f.env, &keep, &answered, &v)
	             : cx_ppr_prepare(&push, &f.sub, &f.env, &req, &v);
	short_arena(SHORT_ARENA_OFF);
	fixture_close(&f);
	return err;
}

static void memory_that_runs_out_is_an_error(void **state)
{
	static const struct {
		bool second;
		enum cx_result result;
	} rows[] = {{false, CX_NO_RESULT},
	            {true, CX_ERROR_USER_UNKNOWN},
	            {true, CX_ERROR_TOO_MUCH_DATA}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int n = 0;

		while (half_with_memory(rows[i].second, rows[i].result, n) != HSS_OK) {
			assert_int_equal(half_with_memory(rows[i].second, rows[i].result, n),
			                 HSS_ERR_MEMORY);
			n++;
		}
		assert_in_range(n, 1, 30); /* it did run out */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ppr_says_what_is_stored_when_it_is_sent),
		cmocka_unit_test(the_document_is_made_for_the_features_of_the_scscf),
		cmocka_unit_test(a_profile_that_cannot_be_made_ends_the_push),
		cmocka_unit_test(the_answer_decides_what_becomes_of_push_and_state),
		cmocka_unit_test(
			an_unknown_user_who_was_authenticated_meanwhile_is_asked_about_again),
		cmocka_unit_test(an_impi_that_was_refused_is_not_tried_again),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};

	return cmocka_run_group_tests(tests, fixture_group_setup, fixture_group_teardown);
}
