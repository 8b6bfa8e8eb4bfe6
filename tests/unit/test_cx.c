/* Verdicts and answers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "hss/cx.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_result_has_its_name),
		cmocka_unit_test(successes_are_those_of_2xxx),
		cmocka_unit_test(refusal_keeps_the_failed_avp),
		cmocka_unit_test(long_message_is_cut_between_characters),
		cmocka_unit_test(wiped_answer_holds_no_vector),
		cmocka_unit_test(failure_of_ours_wipes_the_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
