/*
 * Every flow against a model HSS (support/fake_hss.h): all pass with a right one, and each mistake
 * that the model can make is noticed by some flow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_hss.h"
#include "tools/scscf/flows.h"
#include "tools/scscf/storm.h"

struct run {
	struct fake_hss hss;
	struct scscf_cx cx;
	struct trace trace;
	struct flow_env env;
	struct flow_sum sum;
	char *text;
	size_t text_len;
};

static const struct digest_secret password = {.password = FAKE_PASSWORD};

/* What the user authenticates with. */
enum fake_user { USER_OF_BOTH, USER_OF_AKA, USER_OF_DIGEST, USER_END };

static void run_open(struct run *run, enum fake_fault fault)
{
	memset(run, 0, sizeof(*run));
	assert_int_equal(fake_hss_open(&run->hss, fault), 0);
	run->cx = fake_hss_cx(&run->hss);
	run->trace.mode = TRACE_NORMAL;
	run->trace.out = open_memstream(&run->text, &run->text_len);
	assert_non_null(run->trace.out);
	run->env = (struct flow_env){.cx = &run->cx,
	                             .trace = &run->trace,
	                             .key = &fake_key,
	                             .digest = &password,
	                             .impi = FAKE_IMPI,
	                             .impu = FAKE_IMPU,
	                             .other_impu = FAKE_OTHER_IMPU,
	                             .realm = "home.example",
	                             .server_name = "sip:scscf.home.example:6060",
	                             .second_server_name = "sip:other.home.example:6060",
	                             .visited = "home.example",
	                             .n_vectors = 3};
}

static void user_set(struct run *run, enum fake_user user)
{
	run->hss.no_key = user == USER_OF_DIGEST;
	run->hss.no_digest = user == USER_OF_AKA;
	run->env.key = user == USER_OF_DIGEST ? NULL : run->env.key;
	run->env.digest = user == USER_OF_AKA ? NULL : run->env.digest;
}

static void run_close(struct run *run)
{
	(void)fclose(run->trace.out);
	free(run->text);
	fake_hss_close(&run->hss);
}

static void all_flows_pass_with_a_right_hss(void **state)
{
	struct run run;
	const char *about = NULL;
	size_t n = 0;

	(void)state;
	run_open(&run, FAULT_NONE);
	while (flows_name(n, &about) != NULL) {
		n++;
	}
	assert_true(flows_run(&run.env, "all", &run.sum));
	(void)fflush(run.trace.out);
	if (run.sum.failed > 0) {
		print_message("%s", run.text);
	}
	assert_int_equal(run.sum.failed, 0);
	assert_int_equal(run.sum.passed, n);
	run_close(&run);
}

static void each_mistake_of_an_hss_is_noticed(void **state)
{
	(void)state;
	for (int fault = FAULT_NONE + 1; fault < FAULT_END; fault++) {
		size_t failed = 0;

		for (int user = USER_OF_BOTH; user < USER_END; user++) {
			struct run run;

			run_open(&run, (enum fake_fault)fault);
			user_set(&run, (enum fake_user)user);
			assert_true(flows_run(&run.env, "all", &run.sum));
			failed += run.sum.failed;
			run_close(&run);
		}
		if (failed == 0) {
			fail_msg("fault %d passes unnoticed", fault);
		}
	}
}

static void mistake_is_noticed_by(enum fake_fault fault, enum fake_user user, const char *flow)
{
	struct run run;

	run_open(&run, fault);
	user_set(&run, user);
	assert_true(flows_run(&run.env, flow, &run.sum));
	if (run.sum.failed != 1) {
		fail_msg("%s does not notice fault %d", flow, (int)fault);
	}
	run_close(&run);
}

static void mistakes_with_schemes_are_noticed_by_their_flows(void **state)
{
	(void)state;
	mistake_is_noticed_by(FAULT_SCHEME_DOWNGRADED, USER_OF_AKA, "scheme-downgrade");
	mistake_is_noticed_by(FAULT_UNKNOWN_IS_WEAKEST, USER_OF_AKA, "scheme-downgrade");
	mistake_is_noticed_by(FAULT_SCHEME_IGNORED, USER_OF_DIGEST, "scheme-downgrade");
	mistake_is_noticed_by(FAULT_REFUSAL_WITHOUT_WORDS, USER_OF_BOTH, "scheme-downgrade");
	mistake_is_noticed_by(FAULT_WRONG_HA1, USER_OF_DIGEST, "digest-registration");
	mistake_is_noticed_by(FAULT_WRONG_HA1, USER_OF_BOTH, "digest-takes-no-sqn");
	mistake_is_noticed_by(FAULT_DIGEST_EATS_SQN, USER_OF_BOTH, "digest-takes-no-sqn");
	mistake_is_noticed_by(FAULT_FAILURE_KEEPS_NAME, USER_OF_DIGEST, "digest-wrong-password");
	mistake_is_noticed_by(FAULT_FAILURE_DEREGISTERS, USER_OF_DIGEST, "digest-wrong-password");
	mistake_is_noticed_by(FAULT_FAILURE_KEEPS_NAME, USER_OF_DIGEST, "digest-no-answer");
}

static void flows_run_for_those_who_have_the_scheme(void **state)
{
	struct run run;
	const char *about = NULL;
	size_t n = 0;

	(void)state;
	while (flows_name(n, &about) != NULL) {
		n++;
	}
	run_open(&run, FAULT_NONE);
	user_set(&run, USER_OF_DIGEST);
	assert_true(flows_run(&run.env, "all", &run.sum));
	assert_int_equal(run.sum.failed, 0);
	assert_int_equal(run.sum.passed, 4); /* digest-..., scheme-downgrade */
	assert_int_equal(run.sum.skipped, n - 4);
	run_close(&run);
	run_open(&run, FAULT_NONE);
	user_set(&run, USER_OF_AKA);
	assert_true(flows_run(&run.env, "all", &run.sum));
	assert_int_equal(run.sum.failed, 0);
	assert_int_equal(run.sum.skipped, 4); /* digest-... */
	run_close(&run);
}

static void name_kept_at_deregistration_is_accepted_too(void **state)
{
	struct run run;

	(void)state;
	run_open(&run, FAULT_NONE);
	run.hss.keep_name = true;
	assert_true(flows_run(&run.env, "deregistration-6", &run.sum));
	assert_true(flows_run(&run.env, "deregistration-7", &run.sum));
	assert_int_equal(run.sum.passed, 2);
	run_close(&run);
}

static void flow_that_lacks_something_is_skipped(void **state)
{
	struct run run;

	(void)state;
	run_open(&run, FAULT_NONE);
	run.env.other_impu = NULL;
	assert_true(flows_run(&run.env, "foreign-impu", &run.sum));
	assert_int_equal(run.sum.skipped, 1);
	assert_int_equal(run.sum.passed, 0);
	assert_false(flows_run(&run.env, "no-such-flow", &run.sum));
	run_close(&run);
}

static void registration_tells_every_message(void **state)
{
	static const char *const expected[] = {
		"SM1  REGISTER ", "SM3  REGISTER ", "CM1  MAR m=3",       "CM2  MAA n=3 2001",
		"SM6  401 ",      "SM9  REGISTER ", "SAR 1 REGISTRATION", "SM12 200 Auth_OK",
		"UAR ",           "UAA E 2001",     "UAA E 2002",         "PASS register"};
	struct run run;

	(void)state;
	run_open(&run, FAULT_NONE);
	assert_true(flows_single(&run.env, "register", &run.sum));
	(void)fflush(run.trace.out);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		if (strstr(run.text, expected[i]) == NULL) {
			fail_msg("\"%s\" is not told:\n%s", expected[i], run.text);
		}
	}
	assert_int_equal(run.hss.state[0], 2);
	run_close(&run);
}

static void single_flows_pass(void **state)
{
	static const char *const names[] = {"register",  "reregister", "deregister",     "auts",
	                                    "wrong-res", "no-answer",  "network-failure"};
	struct run run;

	(void)state;
	run_open(&run, FAULT_NONE);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(flows_single(&run.env, names[i], &run.sum));
	}
	assert_int_equal(run.sum.passed, sizeof(names) / sizeof(names[0]));
	run_close(&run);
}

static void commands_register_with_what_the_user_has(void **state)
{
	static const char *const names[] = {"register",   "register-digest", "reregister",
	                                    "deregister", "wrong-res",       "no-answer"};
	struct run run;

	(void)state;
	run_open(&run, FAULT_NONE);
	user_set(&run, USER_OF_DIGEST);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(flows_single(&run.env, names[i], &run.sum));
	}
	assert_int_equal(run.sum.passed, sizeof(names) / sizeof(names[0]));
	assert_true(flows_single(&run.env, "auts", &run.sum));
	assert_int_equal(run.sum.skipped, 1);
	assert_int_equal(run.hss.sqn, 0);
	run_close(&run);
}

static struct storm storm_of(const struct run *run, const char *log)
{
	return (struct storm){.cx = &run->cx,
	                      .key = &fake_key,
	                      .impi = FAKE_IMPI,
	                      .impu = FAKE_IMPU,
	                      .server_name = "sip:scscf.home.example:6060",
	                      .n_vectors = 2,
	                      .count = 200,
	                      .requesters = 8,
	                      .sqn_log = log};
}

static void storm_counts_each_sqn_once(void **state)
{
	struct run run;
	struct storm_result r;
	struct storm storm;

	(void)state;
	run_open(&run, FAULT_NONE);
	storm = storm_of(&run, NULL);
	assert_int_equal(storm_run(&storm, &r), HSS_OK);
	assert_true(storm_is_sound(&r));
	assert_int_equal(r.answered, 200);
	assert_int_equal(r.vectors, 400);
	assert_int_equal(r.sqn_last >> AUC_SQN_IND_BITS, 400);
	run.hss.fault = FAULT_SQN_STANDS_STILL;
	assert_int_equal(storm_run(&storm, &r), HSS_OK);
	assert_int_equal(r.repeated, 398);
	assert_true(r.unordered > 0);
	assert_false(storm_is_sound(&r));
	run.hss.fault = FAULT_SILENT;
	assert_int_equal(storm_run(&storm, &r), HSS_OK);
	assert_int_equal(r.lost, 200);
	run_close(&run);
}

static enum hss_err nobody_there(void *opaque, struct cx_request *req, struct arena *arena,
                                 struct cx_answer *ans)
{
	(void)opaque;
	(void)req;
	(void)arena;
	*ans = (struct cx_answer){.verdict = {.result = CX_UNABLE_TO_DELIVER}};
	return HSS_OK;
}

static void storm_ends_when_there_is_no_hss(void **state)
{
	const struct scscf_cx cx = {.ask = nobody_there};
	struct run run;
	struct storm_result r;
	struct storm storm;

	(void)state;
	run_open(&run, FAULT_NONE);
	storm = storm_of(&run, NULL);
	storm.cx = &cx;
	assert_int_equal(storm_run(&storm, &r), HSS_OK);
	assert_in_range(r.lost, 1, storm.requesters);
	assert_int_equal(r.answered, 0);
	run_close(&run);
}

static void storm_compares_with_its_log(void **state)
{
	char log[] = "/tmp/quintet-sqn-XXXXXX";
	const int fd = mkstemp(log);
	struct run run;
	struct storm_result r;
	struct storm storm;

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	run_open(&run, FAULT_NONE);
	storm = storm_of(&run, log);
	assert_int_equal(storm_run(&storm, &r), HSS_OK);
	assert_int_equal(storm_run(&storm, &r), HSS_OK);
	assert_true(storm_is_sound(&r));
	run.hss.sqn = UINT64_C(100) << AUC_SQN_IND_BITS; /* as after a restart that lost commits */
	assert_int_equal(storm_run(&storm, &r), HSS_OK);
	assert_int_equal(r.repeated, 400);
	assert_int_equal(r.gone_back, 400);
	assert_false(storm_is_sound(&r));
	assert_int_equal(truncate(log, 2), 0); /* a line that was cut off */
	assert_int_equal(storm_run(&storm, &r), HSS_ERR_INVALID);
	storm.requesters = 0;
	assert_int_equal(storm_run(&storm, &r), HSS_ERR_LIMIT);
	(void)unlink(log);
	run_close(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_flows_pass_with_a_right_hss),
		cmocka_unit_test(each_mistake_of_an_hss_is_noticed),
		cmocka_unit_test(mistakes_with_schemes_are_noticed_by_their_flows),
		cmocka_unit_test(flows_run_for_those_who_have_the_scheme),
		cmocka_unit_test(commands_register_with_what_the_user_has),
		cmocka_unit_test(name_kept_at_deregistration_is_accepted_too),
		cmocka_unit_test(flow_that_lacks_something_is_skipped),
		cmocka_unit_test(registration_tells_every_message),
		cmocka_unit_test(single_flows_pass),
		cmocka_unit_test(storm_counts_each_sqn_once),
		cmocka_unit_test(storm_ends_when_there_is_no_hss),
		cmocka_unit_test(storm_compares_with_its_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
