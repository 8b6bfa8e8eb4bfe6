/* Verdicts and answers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "subscription_fixture.h"

static void every_result_has_its_name(void **state)
{
	(void)state;
	for (int result = CX_NO_RESULT; result <= CX_OTHER_RESULT; result++) {
		const char *name = cx_result_name((enum cx_result)result);

		assert_non_null(name);
		for (int other = CX_NO_RESULT; other < result; other++) {
			assert_string_not_equal(name, cx_result_name((enum cx_result)other));
		}
	}
	assert_string_equal(cx_result_name(CX_ERROR_USER_UNKNOWN), "DIAMETER_ERROR_USER_UNKNOWN");
	assert_string_equal(cx_result_name(CX_UNABLE_TO_COMPLY), "DIAMETER_UNABLE_TO_COMPLY");
	assert_string_equal(cx_result_name((enum cx_result)(CX_OTHER_RESULT + 1)),
	                    "unknown result");
}

static void successes_are_those_of_2xxx(void **state)
{
	static const enum cx_result successes[] = {CX_SUCCESS,
	                                           CX_LIMITED_SUCCESS,
	                                           CX_FIRST_REGISTRATION,
	                                           CX_SUBSEQUENT_REGISTRATION,
	                                           CX_UNREGISTERED_SERVICE,
	                                           CX_SUCCESS_SERVER_NAME_NOT_STORED};
	size_t n = 0;

	(void)state;
	for (int result = CX_NO_RESULT; result <= CX_OTHER_RESULT; result++) {
		n += cx_result_is_success((enum cx_result)result);
	}
	assert_int_equal(n, sizeof(successes) / sizeof(successes[0]));
	for (size_t i = 0; i < n; i++) {
		assert_true(cx_result_is_success(successes[i]));
	}
	assert_false(cx_result_is_success((enum cx_result)(CX_OTHER_RESULT + 1)));
}

static void refusal_keeps_the_failed_avp(void **state)
{
	struct cx_verdict verdict = {.failed_avp = CX_AVP_PUBLIC_IDENTITY,
	                             .failed_avp_vendor = 10415};

	(void)state;
	assert_int_equal(cx_refuse(&verdict, CX_MISSING_AVP, "no %s", "identity"), CX_MISSING_AVP);
	assert_int_equal(verdict.result, CX_MISSING_AVP);
	assert_string_equal(verdict.message, "no identity");
	assert_int_equal(verdict.failed_avp, CX_AVP_PUBLIC_IDENTITY);
}

/* Error-Message is a UTF8String: wherever a long text is cut, a whole character ends it. */
static void long_message_is_cut_between_characters(void **state)
{
	static const char *const characters[] = {"x", "\xc3\xa9", "\xe2\x82\xac",
	                                         "\xf0\x9f\x98\x80"};

	(void)state;
	for (size_t octets = 1; octets <= 4; octets++) {
		for (size_t total = CX_MESSAGE_LEN - 8; total < CX_MESSAGE_LEN + 8; total++) {
			struct cx_verdict verdict = {0};
			char text[CX_MESSAGE_LEN + 16] = "";
			size_t kept = 0;

			memset(text, 'a', total % octets);
			for (size_t at = total % octets; at < total; at += octets) {
				memcpy(text + at, characters[octets - 1], octets);
			}
			cx_refuse(&verdict, CX_UNABLE_TO_COMPLY, "%s", text);
			kept = total;
			while (kept >= CX_MESSAGE_LEN) {
				kept -= octets;
			}
			assert_int_equal(strlen(verdict.message), kept);
		}
	}
}

static void wiped_answer_holds_no_vector(void **state)
{
	static const struct auc_vector zero[AUC_VECTORS_MAX];
	struct cx_answer ans = {.n_vectors = 3};

	(void)state;
	memset(ans.vector, 0x5a, sizeof(ans.vector));
	cx_answer_wipe(&ans);
	assert_int_equal(ans.n_vectors, 0);
	assert_memory_equal(ans.vector, zero, sizeof(zero));
}

static void failure_of_ours_wipes_the_answer(void **state)
{
	static const struct {
		enum hss_err err;
		enum cx_result result;
	} rows[] = {
		{HSS_ERR_BUSY, CX_TOO_BUSY},          {HSS_ERR_STORE, CX_UNABLE_TO_COMPLY},
		{HSS_ERR_FULL, CX_UNABLE_TO_COMPLY},  {HSS_ERR_MEMORY, CX_UNABLE_TO_COMPLY},
		{HSS_ERR_SEAL, CX_UNABLE_TO_COMPLY},  {HSS_ERR_CRYPTO, CX_UNABLE_TO_COMPLY},
		{HSS_ERR_LIMIT, CX_UNABLE_TO_COMPLY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static const struct auc_vector zero[AUC_VECTORS_MAX];
		struct cx_answer ans = {.verdict.result = CX_SUCCESS,
		                        .server_name = "sip:s.home.example",
		                        .user_data = "<x/>",
		                        .n_vectors = 2};

		memset(ans.vector, 0x5a, sizeof(ans.vector));
		cx_answer_fail(&ans, CX_CMD_MAR, rows[i].err);
		assert_int_equal(ans.command, CX_CMD_MAR);
		assert_int_equal(ans.verdict.result, rows[i].result);
		assert_non_null(strstr(ans.verdict.message, hss_err_text(rows[i].err)));
		assert_null(ans.server_name);
		assert_null(ans.user_data);
		assert_int_equal(ans.n_vectors, 0);
		assert_memory_equal(ans.vector, zero, sizeof(zero));
	}
}

static void ask(struct fixture *f, uint32_t command, const char *impi)
{
	fixture_ask(f, command, impi, (const char *[]){ALICE, NULL});
	switch (command) {
	case CX_CMD_UAR:
		f->req.uar = (struct cx_uar){.visited_network = "home.example"};
		break;
	case CX_CMD_SAR:
		f->req.sar = (struct cx_sar){.server_name = SCSCF_1, .type = CX_SAT_REGISTRATION};
		break;
	case CX_CMD_MAR:
		f->req.mar = (struct cx_mar){.server_name = SCSCF_1,
		                             .scheme = CX_SCHEME_AKA_V1,
		                             .scheme_name = CX_SCHEME_NAME_DIGEST_AKAV1_MD5,
		                             .n_vectors = 1};
		break;
	default:
		f->req.impi = NULL;
	}
}

/* TS 29.229 7.1, in every procedure, before anything else is looked at. What is answered about
 * features is checked by fixture_decide. */
static void features_that_are_required_have_to_be_supported(void **state)
{
	static const uint32_t commands[] = {CX_CMD_UAR, CX_CMD_SAR, CX_CMD_LIR, CX_CMD_MAR};
	static const struct {
		struct cx_features asked;
		uint32_t supported;
		bool served;
	} rows[] = {
		{{false, false, false, 0}, 7, true},
		{{true, false, false, 7}, 7, true},
		{{true, false, false, UINT32_MAX}, 7, true}, /* merely offered */
		{{true, true, false, 7}, 7, true},
		{{true, true, false, 0}, 7, true},
		{{true, true, false, 8}, 7, false},
		{{true, true, false, 4}, 3, false},
		{{true, true, false, 0x80000001}, 7, false},
		{{true, false, true, 7}, 7, false}, /* a list of somebody else, required */
		{{false, false, true, 0}, 7, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) * 4; i++) {
		struct fixture f;

		fixture_open(&f, "11R @1");
		ask(&f, commands[i % 4], IMPI_1);
		f.req.features = rows[i / 4].asked;
		f.policy.features = rows[i / 4].supported;
		fixture_decide(&f);
		assert_int_equal(cx_result_is_success(f.ans.verdict.result), rows[i / 4].served);
		if (!rows[i / 4].served) {
			assert_int_equal(f.ans.verdict.result, CX_ERROR_FEATURE_UNSUPPORTED);
			ask(&f, commands[i % 4], STRANGER);
			f.req.features = rows[i / 4].asked;
			fixture_expect(&f, "first", CX_ERROR_FEATURE_UNSUPPORTED, NULL);
		}
		fixture_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_result_has_its_name),
		cmocka_unit_test(successes_are_those_of_2xxx),
		cmocka_unit_test(refusal_keeps_the_failed_avp),
		cmocka_unit_test(long_message_is_cut_between_characters),
		cmocka_unit_test(wiped_answer_holds_no_vector),
		cmocka_unit_test(failure_of_ours_wipes_the_answer),
		cmocka_unit_test(features_that_are_required_have_to_be_supported),
	};

	return cmocka_run_group_tests(tests, fixture_group_setup, fixture_group_teardown);
}
