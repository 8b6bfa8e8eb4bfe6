/* The codec: what is made is read, and what is made of it; memory that runs out. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec_check.h"

static uint8_t octets[RAW_LEN_MAX];
static struct raw raw;
static struct cx_answer ans; /* large: not on the stack */

/* ---- Failures that the test causes ---- */

static unsigned fail_at; /* the n-th call fails; 0: none does */
static unsigned n_calls;
static unsigned n_failures;

static bool fails(void)
{
	if (fail_at == 0) {
		return false;
	}
	n_calls++;
	if (n_calls == fail_at) {
		n_failures++;
		return true;
	}
	return false;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
int __real_fd_msg_avp_new(struct dict_object *model, int flags, struct avp **avp);
int __wrap_fd_msg_avp_new(struct dict_object *model, int flags, struct avp **avp);
int __real_fd_msg_avp_setvalue(struct avp *avp, union avp_value *value);
int __wrap_fd_msg_avp_setvalue(struct avp *avp, union avp_value *value);
int __real_fd_msg_new(struct dict_object *model, int flags, struct msg **msg);
int __wrap_fd_msg_new(struct dict_object *model, int flags, struct msg **msg);
int __real_fd_msg_new_answer_from_req(struct dictionary *dict, struct msg **msg, int flags);
int __wrap_fd_msg_new_answer_from_req(struct dictionary *dict, struct msg **msg, int flags);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

int __wrap_fd_msg_avp_new(struct dict_object *model, int flags, struct avp **avp)
{
	return fails() ? ENOMEM : __real_fd_msg_avp_new(model, flags, avp);
}

int __wrap_fd_msg_avp_setvalue(struct avp *avp, union avp_value *value)
{
	return fails() ? ENOMEM : __real_fd_msg_avp_setvalue(avp, value);
}

int __wrap_fd_msg_new(struct dict_object *model, int flags, struct msg **msg)
{
	return fails() ? ENOMEM : __real_fd_msg_new(model, flags, msg);
}

int __wrap_fd_msg_new_answer_from_req(struct dictionary *dict, struct msg **msg, int flags)
{
	return fails() ? ENOMEM : __real_fd_msg_new_answer_from_req(dict, msg, flags);
}

/* ---- Round trips ---- */

static void a_request_comes_out_as_it_went_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < kit_n_requests; i++) {
		struct arena arena = {0};
		struct cx_request got;
		struct cx_verdict verdict;
		struct msg *msg = check_request_received(&kit_requests[i]);

		assert_int_equal(cx_request_decode(msg, &arena, &got, &verdict), HSS_OK);
		(void)fd_msg_free(msg); /* the strings outlive it */
		assert_int_equal(verdict.result, CX_NO_RESULT);
		assert_request(&got, &kit_requests[i]);
		arena_free(&arena);
	}
}

static void an_answer_comes_out_as_it_went_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < kit_n_answers; i++) {
		const struct cx_request *req = kit_request_of(kit_answers[i].command);
		struct arena arena = {0};
		const char *why = NULL;
		struct msg *msg = check_answer_received(req, &kit_answers[i]);

		assert_int_equal(cx_answer_decode(msg, &arena, &ans, &why), HSS_OK);
		(void)fd_msg_free(msg);
		assert_answer(&ans, &kit_answers[i], req);
		cx_answer_wipe(&ans);
		arena_free(&arena);
	}
}

/* ---- What an answer is made of ---- */

static const uint32_t head[] = {CX_BASE_AVP_SESSION_ID,  CX_BASE_AVP_VENDOR_SPECIFIC_APPLICATION_ID,
                                0 /* a result */,        CX_BASE_AVP_AUTH_SESSION_STATE,
                                CX_BASE_AVP_ORIGIN_HOST, CX_BASE_AVP_ORIGIN_REALM};

static void an_answer_begins_with_the_common_avps_and_one_result(void **state)
{
	(void)state;
	for (size_t i = 0; i < kit_n_answers; i++) {
		struct msg *msg = check_answer_received(kit_request_of(kit_answers[i].command),
		                                        &kit_answers[i]);
		struct msg_hdr *hdr = NULL;
		unsigned n_results = 0;
		size_t position = 0;
		bool protocol_error = kit_answers[i].verdict.result == CX_TOO_BUSY ||
		                      kit_answers[i].verdict.result == CX_UNABLE_TO_DELIVER ||
		                      kit_answers[i].verdict.result == CX_REDIRECT_INDICATION;

		assert_int_equal(fd_msg_hdr(msg, &hdr), 0);
		assert_int_equal(hdr->msg_flags,
		                 CMD_FLAG_PROXIABLE | (protocol_error ? CMD_FLAG_ERROR : 0));
		for (struct avp *avp = check_child(msg, NULL); avp != NULL;
		     avp = check_child(msg, avp)) {
			uint32_t code = check_header(avp)->avp_code;
			bool is_result = code == CX_BASE_AVP_RESULT_CODE ||
			                 code == CX_BASE_AVP_EXPERIMENTAL_RESULT;

			n_results += is_result;
			if (position < sizeof(head) / sizeof(head[0])) {
				assert_int_equal(is_result ? 0 : code, head[position]);
			}
			position++;
		}
		assert_int_equal(n_results, 1);
		(void)fd_msg_free(msg);
	}
}

/* RFC 6733 7.1 and TS 29.229 6.2, written down a second time. */
static void each_result_has_its_number_and_its_avp(void **state)
{
	static const struct {
		enum cx_result result;
		bool experimental;
		uint32_t code;
	} rows[] = {
		{CX_SUCCESS, false, 2001},
		{CX_LIMITED_SUCCESS, false, 2002},
		{CX_UNABLE_TO_DELIVER, false, 3002},
		{CX_TOO_BUSY, false, 3004},
		{CX_REDIRECT_INDICATION, false, 3006},
		{CX_AVP_UNSUPPORTED, false, 5001},
		{CX_AUTHORIZATION_REJECTED, false, 5003},
		{CX_INVALID_AVP_VALUE, false, 5004},
		{CX_MISSING_AVP, false, 5005},
		{CX_AVP_OCCURS_TOO_MANY_TIMES, false, 5009},
		{CX_UNABLE_TO_COMPLY, false, 5012},
		{CX_INVALID_AVP_LENGTH, false, 5014},
		{CX_FIRST_REGISTRATION, true, 2001},
		{CX_SUBSEQUENT_REGISTRATION, true, 2002},
		{CX_UNREGISTERED_SERVICE, true, 2003},
		{CX_SUCCESS_SERVER_NAME_NOT_STORED, true, 2004},
		{CX_ERROR_USER_UNKNOWN, true, 5001},
		{CX_ERROR_IDENTITIES_DONT_MATCH, true, 5002},
		{CX_ERROR_IDENTITY_NOT_REGISTERED, true, 5003},
		{CX_ERROR_ROAMING_NOT_ALLOWED, true, 5004},
		{CX_ERROR_IDENTITY_ALREADY_REGISTERED, true, 5005},
		{CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED, true, 5006},
		{CX_ERROR_IN_ASSIGNMENT_TYPE, true, 5007},
		{CX_ERROR_TOO_MUCH_DATA, true, 5008},
		{CX_ERROR_NOT_SUPPORTED_USER_DATA, true, 5009},
		{CX_ERROR_FEATURE_UNSUPPORTED, true, 5011},
		{CX_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED, true, 5012},
	};

	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), CX_OTHER_RESULT - CX_SUCCESS);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		msg_or_avp *parent = NULL;
		struct msg *msg = NULL;

		memset(&ans, 0, sizeof(ans));
		ans.verdict.result = rows[i].result;
		msg = check_answer_received(kit_request_of(CX_CMD_LIR), &ans);
		parent = rows[i].experimental
		                 ? (msg_or_avp *)check_find(msg, CX_BASE_AVP_EXPERIMENTAL_RESULT, 0)
		                 : (msg_or_avp *)msg;
		assert_non_null(parent);
		if (rows[i].experimental) {
			assert_int_equal(check_header(check_find(parent, CX_BASE_AVP_VENDOR_ID, 0))
			                         ->avp_value->u32,
			                 CX_VENDOR_3GPP);
		}
		assert_int_equal(
			check_header(check_find(parent,
		                                rows[i].experimental
		                                        ? CX_BASE_AVP_EXPERIMENTAL_RESULT_CODE
		                                        : CX_BASE_AVP_RESULT_CODE,
		                                0))
				->avp_value->u32,
			rows[i].code);
		(void)fd_msg_free(msg);
	}
}

static void the_proxiable_flag_is_that_of_the_request(void **state)
{
	struct fd_pei pei = {0};
	struct msg_hdr *hdr = NULL;
	struct msg *msg = NULL;
	int ret = 0;

	(void)state;
	raw_request(&raw, CX_CMD_LIR);
	raw.flags = 0x80;
	msg = kit_parse(octets, raw_octets(&raw, octets), &pei, &ret);
	assert_int_equal(ret, 0);
	memset(&ans, 0, sizeof(ans));
	ans.verdict.result = CX_TOO_BUSY;
	assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
	assert_int_equal(fd_msg_hdr(msg, &hdr), 0);
	assert_int_equal(hdr->msg_flags, CMD_FLAG_ERROR);
	(void)fd_msg_free(msg);
}

/* Kamailio looks for the identity as it wrote it, not for ours. */
static void identities_are_echoed_as_the_request_spelled_them(void **state)
{
	static const char impi[] = "User@EXAMPLE.Net";
	static const char impu[] = "SIP:User@EXAMPLE.Net:5060;transport=tcp";
	struct fd_pei pei = {0};
	const union avp_value *value = NULL;
	struct msg *msg = NULL;
	int ret = 0;

	(void)state;
	raw_request(&raw, CX_CMD_MAR);
	raw_set(raw_find(&raw, CX_BASE_AVP_USER_NAME, 0, 0), impi, strlen(impi));
	raw_set(raw_find(&raw, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, 0), impu, strlen(impu));
	msg = kit_parse(octets, raw_octets(&raw, octets), &pei, &ret);
	assert_int_equal(ret, 0);
	memset(&ans, 0, sizeof(ans));
	ans.verdict.result = CX_SUCCESS;
	ans.impi = "User@example.net";
	ans.impu = "sip:User@example.net";
	assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
	value = check_header(check_find(msg, CX_BASE_AVP_USER_NAME, 0))->avp_value;
	assert_int_equal(value->os.len, strlen(impi));
	assert_memory_equal(value->os.data, impi, strlen(impi));
	value = check_header(check_find(msg, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP))->avp_value;
	assert_int_equal(value->os.len, strlen(impu));
	assert_memory_equal(value->os.data, impu, strlen(impu));
	(void)fd_msg_free(msg);
}

static const char *const some_host[] = {"aaa://hss.example.org:3868;transport=tcp"};

/* RFC 6733 6.13, 6.14: hosts in their order; a cache time when something may be cached, else none.
 */
static void a_redirect_says_what_may_be_cached(void **state)
{
	static const struct {
		uint32_t usage;
		bool time;
	} rows[] = {{CX_REDIRECT_DONT_CACHE, false}, {CX_REDIRECT_ALL_USER, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct msg *msg = NULL;
		struct avp *usage = NULL;

		memset(&ans, 0, sizeof(ans));
		ans.verdict.result = CX_REDIRECT_INDICATION;
		ans.redirect_host = some_host;
		ans.n_redirect_host = 1;
		ans.redirect_usage = rows[i].usage;
		ans.redirect_max_cache_time = 60;
		msg = check_answer_received(kit_request_of(CX_CMD_MAR), &ans);
		assert_non_null(check_find(msg, CX_BASE_AVP_REDIRECT_HOST, 0));
		usage = check_find(msg, CX_BASE_AVP_REDIRECT_HOST_USAGE, 0);
		assert_non_null(usage);
		assert_int_equal(check_header(usage)->avp_value->u32, rows[i].usage);
		assert_int_equal(check_find(msg, CX_BASE_AVP_REDIRECT_MAX_CACHE_TIME, 0) != NULL,
		                 rows[i].time);
		assert_null(check_find(msg, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP));
		(void)fd_msg_free(msg);
	}
}

static void only_a_redirect_names_hosts(void **state)
{
	struct msg *msg = NULL;

	(void)state;
	memset(&ans, 0, sizeof(ans));
	ans.verdict.result = CX_ERROR_USER_UNKNOWN;
	ans.redirect_host = some_host;
	ans.n_redirect_host = 1;
	msg = check_answer_received(kit_request_of(CX_CMD_LIR), &ans);
	assert_null(check_find(msg, CX_BASE_AVP_REDIRECT_HOST, 0));
	assert_null(check_find(msg, CX_BASE_AVP_REDIRECT_HOST_USAGE, 0));
	(void)fd_msg_free(msg);
}

static void items_are_numbered_from_one(void **state)
{
	struct msg *msg = check_answer_received(kit_request_of(CX_CMD_MAR), &kit_answers[26]);
	uint32_t number = 0;

	(void)state;
	for (struct avp *avp = check_child(msg, NULL); avp != NULL; avp = check_child(msg, avp)) {
		if (check_header(avp)->avp_code == CX_AVP_SIP_AUTH_DATA_ITEM) {
			struct avp *said = check_find(avp, CX_AVP_SIP_ITEM_NUMBER, CX_VENDOR_3GPP);

			assert_int_equal(check_header(said)->avp_value->u32, ++number);
		}
	}
	assert_int_equal(number, 5);
	(void)fd_msg_free(msg);
}

static void no_vector_leaves_with_an_error(void **state)
{
	struct msg *msg = check_request_received(kit_request_of(CX_CMD_MAR));

	(void)state;
	memset(&ans, 0, sizeof(ans));
	ans.verdict.result = CX_UNABLE_TO_COMPLY;
	ans.n_vectors = 3;
	ans.digest.realm = "example.net";
	assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
	assert_null(check_find(msg, CX_AVP_SIP_AUTH_DATA_ITEM, CX_VENDOR_3GPP));
	(void)fd_msg_free(msg);
}

static void proxy_info_is_returned_behind_the_rest(void **state)
{
	struct fd_pei pei = {0};
	struct msg *msg = NULL;
	struct avp *last = NULL;
	struct raw_avp *proxy = NULL;
	int ret = 0;

	(void)state;
	raw_request(&raw, CX_CMD_LIR);
	proxy = raw_add(&raw, CX_BASE_AVP_PROXY_INFO, 0, "", 0);
	raw_member(proxy, CX_BASE_AVP_PROXY_HOST, 0, "dra.example.net", 15);
	raw_member(proxy, CX_BASE_AVP_PROXY_STATE, 0, "\1\2", 2);
	msg = kit_parse(octets, raw_octets(&raw, octets), &pei, &ret);
	assert_int_equal(ret, 0);
	memset(&ans, 0, sizeof(ans));
	ans.verdict.result = CX_ERROR_USER_UNKNOWN;
	assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
	assert_int_equal(check_header(check_child(msg, NULL))->avp_code, CX_BASE_AVP_SESSION_ID);
	for (struct avp *avp = check_child(msg, NULL); avp != NULL; avp = check_child(msg, avp)) {
		last = avp;
	}
	assert_int_equal(check_header(last)->avp_code, CX_BASE_AVP_PROXY_INFO);
	(void)fd_msg_free(msg);
}

static void an_error_message_is_ascii_whatever_a_peer_wrote(void **state)
{
	struct msg *msg = check_request_received(kit_request_of(CX_CMD_UAR));
	const union avp_value *value = NULL;

	(void)state;
	memset(&ans, 0, sizeof(ans));
	ans.verdict.result = CX_UNABLE_TO_COMPLY;
	strcpy(ans.verdict.message, "bad \xc3 and \n");
	assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
	value = check_header(check_find(msg, CX_BASE_AVP_ERROR_MESSAGE, 0))->avp_value;
	assert_int_equal(value->os.len, 11);
	assert_memory_equal(value->os.data, "bad ? and ?", 11);
	(void)fd_msg_free(msg);
}

static void only_a_cx_request_is_answered(void **state)
{
	struct msg *msg = check_answer_received(kit_request_of(CX_CMD_LIR), &kit_answers[22]);
	struct msg *kept = msg;
	struct fd_pei pei = {0};
	size_t len = 0;
	int ret = 0;

	(void)state;
	memset(&ans, 0, sizeof(ans));
	ans.verdict.result = CX_SUCCESS;
	assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_ERR_INVALID);
	assert_ptr_equal(msg, kept);
	(void)fd_msg_free(msg);

	raw_request(&raw, CX_CMD_LIR);
	len = raw_octets(&raw, octets);
	octets[11] = 1; /* Application-Id: the one after Cx, Sh */
	kept = msg = kit_parse(octets, len, &pei, &ret);
	assert_int_equal(ret, 0);
	assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_ERR_INVALID);
	assert_ptr_equal(msg, kept);
	cx_library_error_complete(msg);
	msg = kit_library_answer(msg, &pei);
	cx_library_error_complete(msg);
	assert_null(check_find(msg, CX_BASE_AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0));
	(void)fd_msg_free(msg);
}

/* ---- Memory runs out ---- */

static void start_failing(unsigned at)
{
	n_calls = 0;
	fail_at = at;
}

static enum hss_err try_request(size_t i)
{
	struct msg *msg = NULL;
	enum hss_err err = cx_request_encode(&kit_requests[i], &msg);

	(void)fd_msg_free(msg);
	return err;
}

static enum hss_err try_decode(size_t i)
{
	struct arena arena = {0};
	struct cx_request req;
	struct cx_verdict verdict;
	unsigned at = fail_at;
	struct msg *msg = NULL;
	enum hss_err err = HSS_OK;

	start_failing(0);
	msg = check_request_received(&kit_requests[i]);
	start_failing(at);
	err = cx_request_decode(msg, &arena, &req, &verdict);
	(void)fd_msg_free(msg);
	arena_free(&arena);
	return err;
}

static enum hss_err try_answer(size_t i)
{
	unsigned at = fail_at;
	struct msg *query = NULL;
	struct msg *msg = NULL;
	enum hss_err err = HSS_OK;

	start_failing(0);
	query = msg = check_request_received(kit_request_of(kit_answers[i].command));
	start_failing(at);
	err = cx_answer_encode(&msg, &kit_answers[i], KIT_HOST, KIT_REALM);
	if (err != HSS_OK) {
		assert_ptr_equal(msg, query);
	}
	(void)fd_msg_free(msg);
	return err;
}

static enum hss_err try_answer_decode(size_t i)
{
	struct arena arena = {0};
	unsigned at = fail_at;
	const char *why = NULL;
	struct msg *msg = NULL;
	enum hss_err err = HSS_OK;

	start_failing(0);
	msg = check_answer_received(kit_request_of(kit_answers[i].command), &kit_answers[i]);
	start_failing(at);
	err = cx_answer_decode(msg, &arena, &ans, &why);
	(void)fd_msg_free(msg);
	arena_free(&arena);
	return err;
}

static void every_lack_of_memory_is_an_error_and_leaks_nothing(void **state)
{
	const struct {
		enum hss_err (*attempt)(size_t i);
		size_t n;
	} parts[] = {{try_request, kit_n_requests},
	             {try_decode, kit_n_requests},
	             {try_answer, kit_n_answers},
	             {try_answer_decode, kit_n_answers}};

	(void)state;
	for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
		unsigned before = n_failures;

		for (size_t i = 0; i < parts[p].n; i++) {
			enum hss_err err = HSS_ERR_MEMORY;

			for (unsigned at = 1; err != HSS_OK; at++) {
				unsigned caused = n_failures;

				start_failing(at);
				err = parts[p].attempt(i);
				fail_at = 0;
				assert_int_equal(err,
				                 n_failures > caused ? HSS_ERR_MEMORY : HSS_OK);
			}
		}
		assert_true(n_failures > before);
	}
	print_message("%u failures caused\n", n_failures);
}

static void an_incomplete_dictionary_is_named(void **state)
{
	struct dictionary *empty = NULL;
	const char *missing = NULL;

	(void)state;
	assert_int_equal(fd_dict_init(&empty), 0);
	assert_int_equal(cx_codec_init(empty, &missing), HSS_ERR_NOT_FOUND);
	assert_string_equal(missing, "Session-Id");
	assert_int_equal(fd_dict_fini(&empty), 0);
	assert_int_equal(cx_codec_init(kit_dictionary(), &missing), HSS_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_incomplete_dictionary_is_named),
		cmocka_unit_test(a_request_comes_out_as_it_went_in),
		cmocka_unit_test(an_answer_comes_out_as_it_went_in),
		cmocka_unit_test(an_answer_begins_with_the_common_avps_and_one_result),
		cmocka_unit_test(each_result_has_its_number_and_its_avp),
		cmocka_unit_test(the_proxiable_flag_is_that_of_the_request),
		cmocka_unit_test(identities_are_echoed_as_the_request_spelled_them),
		cmocka_unit_test(a_redirect_says_what_may_be_cached),
		cmocka_unit_test(only_a_redirect_names_hosts),
		cmocka_unit_test(items_are_numbered_from_one),
		cmocka_unit_test(no_vector_leaves_with_an_error),
		cmocka_unit_test(proxy_info_is_returned_behind_the_rest),
		cmocka_unit_test(an_error_message_is_ascii_whatever_a_peer_wrote),
		cmocka_unit_test(only_a_cx_request_is_answered),
		cmocka_unit_test(every_lack_of_memory_is_an_error_and_leaks_nothing),
	};

	(void)kit_dictionary();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
