/* Digest-AKAv1-MD5: TS 35.208 set 1 with alice.private@home.example, and RFC 2617 3.5 for the
 * digest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/scscf/digest.h"

static const uint8_t rand_1[AUC_RAND_LEN] = {0x23, 0x55, 0x3c, 0xbe, 0x96, 0x37, 0xa8, 0x9d,
                                             0x21, 0x8a, 0xe6, 0x4d, 0xae, 0x47, 0xbf, 0x35};
static const uint8_t autn_1[AUC_AUTN_LEN] = {0x55, 0xf3, 0x28, 0xb4, 0x35, 0x77, 0xb9, 0xb9,
                                             0x4a, 0x9f, 0xfa, 0xc3, 0x54, 0xdf, 0xaf, 0xb3};
static const uint8_t res_1[AUC_XRES_LEN] = {0xa5, 0x42, 0x11, 0xd5, 0xe3, 0xba, 0x50, 0xbf};
static const uint8_t auts_1[AUC_AUTS_LEN] = {0xba, 0x85, 0x3f, 0x3c, 0x12, 0x3c, 0xcf,
                                             0x44, 0xe9, 0x35, 0x96, 0xe3, 0x55, 0xc6};
static const char nonce_1[] = "I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7M=";

static struct digest_params params_1(const char *qop)
{
	return (struct digest_params){.username = "alice.private@home.example",
	                              .realm = "home.example",
	                              .method = "REGISTER",
	                              .uri = "sip:home.example",
	                              .nonce = nonce_1,
	                              .qop = qop,
	                              .nc = "00000001",
	                              .cnonce = "0a4f113b"};
}

static void nonce_is_base64_of_rand_and_autn(void **state)
{
	char nonce[DIGEST_NONCE_LEN + 1];
	uint8_t rand[AUC_RAND_LEN];
	uint8_t autn[AUC_AUTN_LEN];

	(void)state;
	digest_nonce(rand_1, autn_1, nonce);
	assert_string_equal(nonce, nonce_1);
	assert_true(digest_nonce_parse(nonce, rand, autn));
	assert_memory_equal(rand, rand_1, sizeof(rand));
	assert_memory_equal(autn, autn_1, sizeof(autn));
}

static void server_data_after_the_nonce_is_ignored(void **state)
{
	uint8_t rand[AUC_RAND_LEN];
	uint8_t autn[AUC_AUTN_LEN];

	(void)state;
	assert_true(
		digest_nonce_parse("I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7PxxQ==", rand, autn));
	assert_memory_equal(autn, autn_1, sizeof(autn));
}

/* RFC 2617 3.5. */
static void ha1_of_a_password_answers_as_rfc_2617_does(void **state)
{
	const struct digest_secret secret = {.password = "Circle Of Life"};
	const struct digest_secret given = {.ha1 = "939e7578ed9e3c518a452acee763bce9"};
	const struct digest_params params = {.username = "unused",
	                                     .realm = "unused",
	                                     .method = "GET",
	                                     .uri = "/dir/index.html",
	                                     .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
	                                     .qop = "auth",
	                                     .nc = "00000001",
	                                     .cnonce = "0a4f113b"};
	char ha1[DIGEST_HA1_LEN + 1];
	char response[DIGEST_RESPONSE_LEN + 1];

	(void)state;
	assert_true(digest_ha1(&secret, "Mufasa", "testrealm@host.com", ha1));
	assert_string_equal(ha1, given.ha1);
	assert_true(digest_response_ha1(&params, ha1, response));
	assert_string_equal(response, "6629fae49393a05397450978507c4ef1");
	assert_true(digest_ha1(&given, "Mufasa", "testrealm@host.com", ha1));
	assert_string_equal(ha1, given.ha1);
}

static void a_nonce_of_our_own_never_comes_again(void **state)
{
	char first[DIGEST_NONCE_LEN + 1];
	char second[DIGEST_NONCE_LEN + 1];

	(void)state;
	assert_true(digest_nonce_fresh(first) && digest_nonce_fresh(second));
	assert_int_equal(strspn(first, "0123456789abcdef"), 32);
	assert_int_equal(strlen(first), 32);
	assert_string_not_equal(first, second);
}

static void what_is_no_nonce_is_refused(void **state)
{
	static const char *const bad[] = {"",
	                                  "=",
	                                  "I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7PxxQ=A",
	                                  "====",
	                                  "I1U8",
	                                  "I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7M",
	                                  "I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7==",
	                                  "I1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tf===M",
	                                  " 1U8vpY3qJ0hiuZNrke/NVXzKLQ1d7m5Sp/6w1Tfr7M=",
	                                  "I1U8vpY3qJ0hiuZNrke-NVXzKLQ1d7m5Sp/6w1Tfr7M="};
	uint8_t rand[AUC_RAND_LEN];
	uint8_t autn[AUC_AUTN_LEN];
	char long_text[1025];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (digest_nonce_parse(bad[i], rand, autn)) {
			fail_msg("\"%s\" was taken", bad[i]);
		}
	}
	memset(long_text, 'A', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_false(digest_nonce_parse(long_text, rand, autn));
}

static void auts_travels_as_base64(void **state)
{
	char text[DIGEST_AUTS_LEN + 1];
	uint8_t auts[AUC_AUTS_LEN];

	(void)state;
	digest_auts(auts_1, text);
	assert_string_equal(text, "uoU/PBI8z0TpNZbjVcY=");
	assert_true(digest_auts_parse(text, auts));
	assert_memory_equal(auts, auts_1, sizeof(auts));
	assert_false(digest_auts_parse("uoU/PBI8z0TpNZbjVcYA", auts));
	assert_false(digest_auts_parse("uoU/PBI8z0TpNZbjVQ==", auts));
}

static void responses_are_those_of_the_example(void **state)
{
	static const struct {
		const char *qop;
		size_t res_len;
		const char *response;
	} rows[] = {
		{NULL, AUC_XRES_LEN, "8e2fd2459a9eeef623bb3cac71754c97"},
		{"auth", AUC_XRES_LEN, "f16aae4a83358ce66294eb53c0c45432"},
		{"auth", 0, "78b956a735ca1e6b1763967a67673253"}, /* with auts: empty password */
	};
	char response[DIGEST_RESPONSE_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct digest_params params = params_1(rows[i].qop);

		assert_true(digest_response(&params, res_1, rows[i].res_len, response));
		assert_string_equal(response, rows[i].response);
	}
}

/* RFC 2617 3.5: Mufasa. */
static void digest_is_that_of_rfc_2617(void **state)
{
	const struct digest_params params = {.username = "Mufasa",
	                                     .realm = "testrealm@host.com",
	                                     .method = "GET",
	                                     .uri = "/dir/index.html",
	                                     .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
	                                     .qop = "auth",
	                                     .nc = "00000001",
	                                     .cnonce = "0a4f113b"};
	static const char password[] = "Circle Of Life";
	char response[DIGEST_RESPONSE_LEN + 1];

	(void)state;
	assert_true(
		digest_response(&params, (const uint8_t *)password, strlen(password), response));
	assert_string_equal(response, "6629fae49393a05397450978507c4ef1");
}

static void incomplete_parameters_give_no_response(void **state)
{
	char response[DIGEST_RESPONSE_LEN + 1];
	struct digest_params params = params_1("auth-int");

	(void)state;
	assert_false(digest_response(&params, res_1, sizeof(res_1), response));
	assert_string_equal(response, "");
	params = params_1("auth");
	params.cnonce = NULL;
	assert_false(digest_response(&params, res_1, sizeof(res_1), response));
	params = params_1(NULL);
	params.uri = NULL;
	assert_false(digest_response(&params, res_1, sizeof(res_1), response));
}

static void responses_compare_whole_and_without_case(void **state)
{
	static const char right[] = "8e2fd2459a9eeef623bb3cac71754c97";
	char text[DIGEST_RESPONSE_LEN + 2];

	(void)state;
	assert_true(digest_response_equal(right, right));
	assert_true(digest_response_equal("8E2FD2459A9EEEF623BB3CAC71754C97", right));
	for (size_t i = 0; i < DIGEST_RESPONSE_LEN; i++) {
		memcpy(text, right, sizeof(right));
		text[i] = text[i] == '0' ? '1' : '0';
		assert_false(digest_response_equal(text, right));
	}
	memcpy(text, right, sizeof(right));
	text[DIGEST_RESPONSE_LEN] = '0';
	text[DIGEST_RESPONSE_LEN + 1] = '\0';
	assert_false(digest_response_equal(text, right));
	assert_false(digest_response_equal("", right));
	memset(text, 0, sizeof(text)); /* what digest_response leaves on failure matches nothing */
	assert_false(digest_response_equal("", text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nonce_is_base64_of_rand_and_autn),
		cmocka_unit_test(server_data_after_the_nonce_is_ignored),
		cmocka_unit_test(ha1_of_a_password_answers_as_rfc_2617_does),
		cmocka_unit_test(a_nonce_of_our_own_never_comes_again),
		cmocka_unit_test(what_is_no_nonce_is_refused),
		cmocka_unit_test(auts_travels_as_base64),
		cmocka_unit_test(responses_are_those_of_the_example),
		cmocka_unit_test(digest_is_that_of_rfc_2617),
		cmocka_unit_test(incomplete_parameters_give_no_response),
		cmocka_unit_test(responses_compare_whole_and_without_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
