/* Answers as they may come. */
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
#include "hss/hex.h"

static uint8_t octets[RAW_LEN_MAX];
static struct raw raw;
static struct cx_answer ans; /* large: not on the stack */

enum { NO_COMMAND = 306 }; /* the first one behind those of Cx */

/* ---- Malformed answers ---- */

static void add_result(bool experimental, uint32_t code)
{
	uint8_t number[4] = {0, 0, (uint8_t)(code >> 8), (uint8_t)code};
	struct raw_avp *group = NULL;

	if (!experimental) {
		(void)raw_add(&raw, CX_BASE_AVP_RESULT_CODE, 0, number, sizeof(number));
		return;
	}
	group = raw_add(&raw, CX_BASE_AVP_EXPERIMENTAL_RESULT, 0, "", 0);
	raw_member(group, CX_BASE_AVP_VENDOR_ID, 0, "\0\0\x28\xaf", 4);
	raw_member(group, CX_BASE_AVP_EXPERIMENTAL_RESULT_CODE, 0, number, sizeof(number));
}

/* The head of an answer without a result. */
static void raw_answer(uint32_t command)
{
	raw_request(&raw, command);
	raw.flags = 0x40;
	raw.n = 5;
}

static const uint8_t zeros[64];

struct item {
	size_t authenticate;
	size_t xres;
	size_t ck;
	size_t ik;
	uint32_t number; /* 0: none */
	const char *scheme;
};

static struct raw_avp *add_item(const struct item *item)
{
	uint8_t number[4] = {0, 0, 0, (uint8_t)item->number};
	uint8_t mark[32] = {(uint8_t)item->number};
	struct raw_avp *avp = raw_add(&raw, CX_AVP_SIP_AUTH_DATA_ITEM, CX_VENDOR_3GPP, "", 0);

	if (item->number != 0) {
		raw_member(avp, CX_AVP_SIP_ITEM_NUMBER, CX_VENDOR_3GPP, number, 4);
	}
	raw_member(avp, CX_AVP_SIP_AUTHENTICATION_SCHEME, CX_VENDOR_3GPP, item->scheme,
	           strlen(item->scheme));
	raw_member(avp, CX_AVP_SIP_AUTHENTICATE, CX_VENDOR_3GPP, mark, item->authenticate);
	raw_member(avp, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, zeros, item->xres);
	raw_member(avp, CX_AVP_CONFIDENTIALITY_KEY, CX_VENDOR_3GPP, zeros, item->ck);
	raw_member(avp, CX_AVP_INTEGRITY_KEY, CX_VENDOR_3GPP, zeros, item->ik);
	return avp;
}

#define GOOD_ITEM(n)                                                                               \
	&(struct item)                                                                             \
	{                                                                                          \
		32, 8, 16, 16, n, "Digest-AKAv1-MD5"                                               \
	}

static enum hss_err answer_err(void)
{
	static const struct auc_vector none[AUC_VECTORS_MAX];
	struct arena arena = {0};
	struct fd_pei pei = {0};
	const char *why = NULL;
	enum hss_err err = HSS_OK;
	size_t len = raw_octets(&raw, octets);
	uint8_t *copy = malloc(len);
	struct msg *msg = NULL;

	memcpy(copy, octets, len);
	assert_int_equal(fd_msg_parse_buffer(&copy, len, &msg), 0);
	assert_int_equal(fd_msg_parse_dict(msg, kit_dictionary(), &pei),
	                 raw.command == NO_COMMAND ? ENOTSUP : 0);
	err = cx_answer_decode(msg, &arena, &ans, &why);
	if (err != HSS_OK) {
		assert_non_null(why);
		assert_memory_equal(ans.vector, none, sizeof(none));
		assert_int_equal(ans.n_vectors, 0);
	}
	(void)fd_msg_free(msg);
	arena_free(&arena);
	return err;
}

static void an_answer_has_one_result(void **state)
{
	(void)state;
	raw_answer(CX_CMD_LIR);
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
	add_result(false, 2001);
	assert_int_equal(answer_err(), HSS_OK);
	assert_int_equal(ans.verdict.result, CX_SUCCESS);
	add_result(true, 5001);
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
	raw_answer(CX_CMD_LIR);
	add_result(true, 2001);
	assert_int_equal(answer_err(), HSS_OK);
	assert_int_equal(ans.verdict.result, CX_FIRST_REGISTRATION);
	raw_answer(CX_CMD_LIR);
	add_result(false, 4711);
	assert_int_equal(answer_err(), HSS_OK);
	assert_int_equal(ans.verdict.result, CX_OTHER_RESULT);
	assert_string_equal(ans.verdict.message, "Result-Code 4711");
	(void)raw_add(&raw, CX_BASE_AVP_ERROR_MESSAGE, 0, "no more", 7);
	assert_int_equal(answer_err(), HSS_OK);
	assert_string_equal(ans.verdict.message, "no more");
	raw_answer(CX_CMD_LIR);
	add_result(true, 4711);
	assert_int_equal(answer_err(), HSS_OK);
	assert_string_equal(ans.verdict.message, "Experimental-Result-Code 4711 of vendor 10415");
	raw_answer(CX_CMD_LIR);
	(void)raw_add(&raw, CX_BASE_AVP_EXPERIMENTAL_RESULT, 0, "", 0);
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
}

/* ---- RTA and PPA as S-CSCFs send them ---- */

/* What the daemon would hand on of the answer in `raw`: rules first, then the codec. */
static enum hss_err pushed_err(struct arena *arena)
{
	struct fd_pei pei = {0};
	const char *why = NULL;
	enum hss_err err = HSS_ERR_INVALID;
	int ret = 0;
	struct msg *msg = kit_parse(octets, raw_octets(&raw, octets), &pei, &ret);

	assert_non_null(msg);
	if (ret == 0) {
		err = cx_answer_decode(msg, arena, &ans, &why);
		assert_true(err == HSS_OK || why != NULL);
	}
	kit_pei_free(&pei);
	(void)fd_msg_free(msg);
	return err;
}

static const uint32_t pushes[] = {CX_CMD_RTR, CX_CMD_PPR};
enum { N_PUSHES = sizeof(pushes) / sizeof(pushes[0]) };

/* Session-Id and result are what the HSS needs; the rest of the head only has to be sound. */
static void an_answer_to_a_push_may_lack_what_says_nothing(void **state)
{
	(void)state;
	for (size_t p = 0; p < N_PUSHES; p++) {
		for (unsigned gone = 0; gone < 1U << 4; gone++) {
			struct arena arena = {0};

			raw_answer(pushes[p]);
			for (unsigned i = 4; i > 0; i--) {
				if ((gone & 1U << (i - 1)) != 0) {
					raw_remove(&raw, i);
				}
			}
			add_result(false, 2001);
			assert_int_equal(pushed_err(&arena), HSS_OK);
			assert_int_equal(ans.verdict.result, CX_SUCCESS);
			arena_free(&arena);
		}
	}
}

static void an_answer_to_a_push_has_one_result(void **state)
{
	(void)state;
	for (size_t p = 0; p < N_PUSHES; p++) {
		struct arena arena = {0};

		raw_answer(pushes[p]);
		assert_int_equal(pushed_err(&arena), HSS_ERR_INVALID);
		add_result(true, 5001);
		assert_int_equal(pushed_err(&arena), HSS_OK);
		assert_int_equal(ans.verdict.result, CX_ERROR_USER_UNKNOWN);
		add_result(false, 2001);
		assert_int_equal(pushed_err(&arena), HSS_ERR_INVALID);
		arena_free(&arena);
	}
}

/* Kamailio puts a Destination-Realm into the RTA, and an AVP of its own (494 of vendor 50). */
static void what_does_not_belong_in_an_answer_is_ignored(void **state)
{
	struct arena arena = {0};

	(void)state;
	raw_answer(CX_CMD_RTR);
	add_result(false, 2001);
	(void)raw_add(&raw, CX_BASE_AVP_DESTINATION_REALM, 0, "example.net", 11);
	(void)raw_add(&raw, CX_BASE_AVP_DESTINATION_HOST, 0, "hss.example.net", 15);
	raw_add(&raw, 494, 50, "call", 4)->flags = 0x80;
	assert_int_equal(pushed_err(&arena), HSS_OK);
	assert_int_equal(ans.verdict.result, CX_SUCCESS);
	arena_free(&arena);
}

static void add_emergency(const char *impi, const char *impu)
{
	struct raw_avp *group =
		raw_add(&raw, CX_AVP_IDENTITY_WITH_EMERGENCY_REGISTRATION, CX_VENDOR_3GPP, "", 0);

	raw_member(group, CX_BASE_AVP_USER_NAME, 0, impi, strlen(impi));
	raw_member(group, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, impu, strlen(impu));
}

/* The HSS compares them with its own, whatever the S-CSCF made of their spelling. */
static void identities_of_an_rta_are_canonical(void **state)
{
	struct arena arena = {0};
	struct raw_avp *group = NULL;

	(void)state;
	raw_answer(CX_CMD_RTR);
	add_result(false, 2002);
	group = raw_add(&raw, CX_AVP_ASSOCIATED_IDENTITIES, CX_VENDOR_3GPP, "", 0);
	raw_member(group, CX_BASE_AVP_USER_NAME, 0, "Phone@Example.ORG", 17);
	raw_member(group, CX_BASE_AVP_USER_NAME, 0, "no IMPI", 7);
	add_emergency("Phone@Example.ORG", "SIP:Phone@Example.ORG:5060");
	add_emergency("a@b", "tel:+1-900");
	assert_int_equal(pushed_err(&arena), HSS_OK);
	assert_int_equal(ans.verdict.result, CX_LIMITED_SUCCESS);
	assert_int_equal(ans.n_associated_impi, 2);
	assert_string_equal(ans.associated_impi[0], "Phone@example.org");
	assert_string_equal(ans.associated_impi[1], "no IMPI");
	assert_int_equal(ans.n_emergency, 2);
	assert_string_equal(ans.emergency[0].impi, "Phone@example.org");
	assert_string_equal(ans.emergency[0].impu, "sip:Phone@example.org");
	assert_string_equal(ans.emergency[1].impu, "tel:+1900");
	arena_free(&arena);
}

static void a_redirect_names_a_host(void **state)
{
	(void)state;
	raw_answer(CX_CMD_LIR);
	add_result(false, 3006);
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
	(void)raw_add(&raw, CX_BASE_AVP_REDIRECT_HOST, 0, "aaa://h.example", 15);
	assert_int_equal(answer_err(), HSS_OK);
	assert_int_equal(ans.n_redirect_host, 1);
	(void)raw_add(&raw, CX_BASE_AVP_REDIRECT_HOST, 0, "aaa://h\n", 8);
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
}

static void server_name_and_capabilities_exclude_each_other(void **state)
{
	(void)state;
	raw_answer(CX_CMD_UAR);
	add_result(true, 2001);
	(void)raw_add(&raw, CX_AVP_SERVER_CAPABILITIES, CX_VENDOR_3GPP, "", 0);
	assert_int_equal(answer_err(), HSS_OK);
	(void)raw_add(&raw, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP, KIT_SCSCF, strlen(KIT_SCSCF));
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
}

static void an_item_has_every_part_at_its_length(void **state)
{
	static const struct {
		struct item item;
		enum hss_err err;
	} rows[] = {
		{{32, 8, 16, 16, 1, "digest-akav1-md5"}, HSS_OK},
		{{31, 8, 16, 16, 1, "Digest-AKAv1-MD5"}, HSS_ERR_INVALID},
		{{32, 16, 16, 16, 1, "Digest-AKAv1-MD5"}, HSS_ERR_INVALID},
		{{32, 8, 15, 16, 1, "Digest-AKAv1-MD5"}, HSS_ERR_INVALID},
		{{32, 8, 16, 0, 1, "Digest-AKAv1-MD5"}, HSS_ERR_INVALID},
		{{32, 8, 16, 16, 1, "Unknown"}, HSS_ERR_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		raw_answer(CX_CMD_MAR);
		add_result(false, 2001);
		(void)raw_add_u32(&raw, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP, 1);
		(void)add_item(&rows[i].item);
		assert_int_equal(answer_err(), rows[i].err);
	}
	raw_member(add_item(GOOD_ITEM(1)), CX_AVP_INTEGRITY_KEY, CX_VENDOR_3GPP, zeros, 16);
	raw_remove(&raw, raw.n - 2);
	assert_int_equal(answer_err(), HSS_ERR_INVALID); /* IK twice */
	raw.avp[raw.n - 1].len -= (size_t)2 * 28;        /* and no IK */
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
}

static void items_are_as_many_as_the_answer_says(void **state)
{
	(void)state;
	for (uint32_t said = 0; said < 4; said++) {
		raw_answer(CX_CMD_MAR);
		add_result(false, 2001);
		(void)raw_add_u32(&raw, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP, said);
		(void)add_item(GOOD_ITEM(1));
		(void)add_item(GOOD_ITEM(2));
		assert_int_equal(answer_err(), said == 2 ? HSS_OK : HSS_ERR_INVALID);
	}
	raw_answer(CX_CMD_MAR);
	add_result(false, 2001);
	(void)add_item(GOOD_ITEM(1));
	assert_int_equal(answer_err(), HSS_ERR_INVALID); /* says nothing */
	raw_answer(CX_CMD_MAR);
	add_result(false, 2001);
	(void)raw_add_u32(&raw, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP, AUC_VECTORS_MAX + 1);
	for (uint32_t i = 0; i <= AUC_VECTORS_MAX; i++) {
		(void)add_item(GOOD_ITEM(i + 1));
	}
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
}

static void items_come_in_the_order_of_their_numbers(void **state)
{
	static const uint32_t numbers[] = {5, 1, 4, 2, 3};

	(void)state;
	raw_answer(CX_CMD_MAR);
	add_result(false, 2001);
	(void)raw_add_u32(&raw, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP, 5);
	for (size_t i = 0; i < 5; i++) {
		(void)add_item(GOOD_ITEM(numbers[i]));
	}
	assert_int_equal(answer_err(), HSS_OK);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(ans.vector[i].rand[0], i + 1);
	}
	raw_remove(&raw, raw.n - 1);
	(void)add_item(GOOD_ITEM(5)); /* two fives, no three */
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
}

static void maa_with_digest(const struct raw_digest *digest)
{
	raw_answer(CX_CMD_MAR);
	add_result(false, 2001);
	(void)raw_add_u32(&raw, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP, 1);
	(void)raw_digest_item(&raw, digest);
}

static void a_digest_in_an_answer_is_md5_with_auth(void **state)
{
	static const uint8_t none[CX_HA1_LEN];

	(void)state;
	for (size_t i = 0; i < check_n_digests; i++) {
		maa_with_digest(&check_digests[i].digest);
		assert_int_equal(answer_err(), check_digests[i].sound ? HSS_OK : HSS_ERR_INVALID);
		assert_int_equal(memcmp(ans.digest.ha1, none, CX_HA1_LEN) != 0,
		                 check_digests[i].sound);
	}
}

static void a_digest_comes_once_and_with_a_success_only(void **state)
{
	(void)state;
	maa_with_digest(&kit_digest);
	(void)raw_digest_item(&raw, &kit_digest); /* twice */
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
	maa_with_digest(&kit_digest);
	(void)add_item(GOOD_ITEM(1)); /* beside a vector */
	raw_find(&raw, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP, 0)->data[3] = 2;
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
	maa_with_digest(&kit_digest);
	raw_find(&raw, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP, 0)->data[3] = 0;
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
	raw_answer(CX_CMD_MAR);
	add_result(false, 5012);
	(void)raw_digest_item(&raw, &kit_digest);
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
}

/* TS 29.229 6.3.4: who gets a name drops the capabilities. One name alone is the S-CSCF to take. */
static void names_in_capabilities_win(void **state)
{
	struct arena arena = {0};
	struct raw_avp *group = NULL;

	(void)state;
	raw_answer(CX_CMD_UAR);
	add_result(true, 2001);
	group = raw_add(&raw, CX_AVP_SERVER_CAPABILITIES, CX_VENDOR_3GPP, "", 0);
	raw_member(group, CX_AVP_MANDATORY_CAPABILITY, CX_VENDOR_3GPP, "\0\0\0\7", 4);
	assert_int_equal(pushed_err(&arena), HSS_OK);
	assert_null(ans.capabilities_scscf);
	assert_non_null(ans.capability_set);
	assert_int_equal(ans.capability_set->n_mandatory, 1);
	assert_int_equal(ans.capability_set->mandatory[0], 7);
	raw_member(group, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP, "sip:a", 5);
	assert_int_equal(pushed_err(&arena), HSS_OK);
	assert_null(ans.capability_set);
	assert_string_equal(ans.capabilities_scscf, "sip:a");
	raw_member(group, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP, "sip:b", 5);
	assert_int_equal(pushed_err(&arena), HSS_OK);
	assert_string_equal(ans.capabilities_scscf, "sip:a");
	assert_int_equal(ans.capability_set->n_server, 2);
	assert_string_equal(ans.capability_set->server[1], "sip:b");
	assert_int_equal(ans.capability_set->n_mandatory, 0);
	raw_member(group, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP, "", 0);
	assert_int_equal(pushed_err(&arena), HSS_ERR_INVALID);
	arena_free(&arena);
}

static void names_of_a_set_leave_without_its_capabilities(void **state)
{
	static uint32_t numbers[] = {1, 2};
	static const char *names[] = {"sip:b", "sip:a"};
	const struct ims_capabilities set = {.mandatory = numbers,
	                                     .n_mandatory = 2,
	                                     .optional = numbers,
	                                     .n_optional = 1,
	                                     .server = names,
	                                     .n_server = 2};
	struct msg *msg = NULL;
	struct avp *group = NULL;
	unsigned n = 0;

	(void)state;
	memset(&ans, 0, sizeof(ans));
	ans.verdict.result = CX_FIRST_REGISTRATION;
	ans.capabilities = true;
	ans.capability_set = &set;
	ans.capabilities_scscf = "sip:default";
	msg = check_answer_received(kit_request_of(CX_CMD_UAR), &ans);
	group = check_find(msg, CX_AVP_SERVER_CAPABILITIES, CX_VENDOR_3GPP);
	assert_non_null(group);
	for (struct avp *avp = check_child(group, NULL); avp != NULL;
	     avp = check_child(group, avp)) {
		const struct avp_hdr *hdr = check_header(avp);

		assert_true(n < 2);
		assert_int_equal(hdr->avp_code, CX_AVP_SERVER_NAME);
		assert_memory_equal(hdr->avp_value->os.data, names[n], 5);
		n++;
	}
	assert_int_equal(n, 2);
	(void)fd_msg_free(msg);
}

/* Groups of a SAA or RTA, each with what is wrong about it. */
static void malformed_groups_of_an_answer_are_refused(void **state)
{
	static const struct {
		uint32_t code;
		struct {
			uint32_t code;
			uint32_t vendor;
			const char *text; /* NULL: no such member */
		} members[2];
		enum hss_err err;
	} rows[] = {
#define TGPP(obj) CX_AVP_##obj, CX_VENDOR_3GPP
#define USER(text) {CX_BASE_AVP_USER_NAME, 0, text}
		{CX_AVP_ASSOCIATED_IDENTITIES, {USER("a@b")}, HSS_OK},
		{CX_AVP_ASSOCIATED_IDENTITIES, {{0}}, HSS_OK},
		{CX_AVP_ASSOCIATED_IDENTITIES, {USER("a@b"), USER("")}, HSS_ERR_INVALID},
		{CX_AVP_ASSOCIATED_REGISTERED_IDENTITIES, {USER("a\nb")}, HSS_ERR_INVALID},
		{CX_AVP_CHARGING_INFORMATION, {{0}}, HSS_OK},
		{CX_AVP_CHARGING_INFORMATION,
	         {{TGPP(PRIMARY_EVENT_CHARGING_FUNCTION_NAME), "aaa://e"},
	          {TGPP(SECONDARY_CHARGING_COLLECTION_FUNCTION_NAME), ""}},
	         HSS_ERR_INVALID},
		{CX_AVP_SUPPORTED_FEATURES, {{TGPP(FEATURE_LIST), "0000"}}, HSS_ERR_INVALID},
		{CX_AVP_SCSCF_RESTORATION_INFO, {USER("a@b")}, HSS_ERR_INVALID},
		{CX_AVP_SCSCF_RESTORATION_INFO,
	         {USER("a@b"), {TGPP(SIP_AUTHENTICATION_SCHEME), "x"}},
	         HSS_OK},
		{CX_AVP_SCSCF_RESTORATION_INFO,
	         {{TGPP(SIP_AUTHENTICATION_SCHEME), "x"}},
	         HSS_ERR_INVALID},
		{CX_AVP_IDENTITY_WITH_EMERGENCY_REGISTRATION,
	         {USER("a@b"), {TGPP(PUBLIC_IDENTITY), "tel:+1"}},
	         HSS_OK},
		{CX_AVP_IDENTITY_WITH_EMERGENCY_REGISTRATION, {USER("a@b")}, HSS_ERR_INVALID},
		{CX_AVP_IDENTITY_WITH_EMERGENCY_REGISTRATION,
	         {{TGPP(PUBLIC_IDENTITY), "tel:+1"}},
	         HSS_ERR_INVALID},
#undef TGPP
#undef USER
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct raw_avp *group = NULL;

		raw_answer(CX_CMD_SAR);
		add_result(false, 2001);
		group = raw_add(&raw, rows[i].code, CX_VENDOR_3GPP, "", 0);
		for (size_t m = 0; m < 2 && rows[i].members[m].text != NULL; m++) {
			raw_member(group, rows[i].members[m].code, rows[i].members[m].vendor,
			           rows[i].members[m].text, strlen(rows[i].members[m].text));
		}
		assert_int_equal(answer_err(), rows[i].err);
	}
}

/* TS 29.229 6.3: M of a known AVP is of no interest, in an answer as in a request. */
static void the_m_bit_in_an_answer_does_not_matter(void **state)
{
	(void)state;
	for (size_t i = 0; i < kit_n_answers; i++) {
		const struct cx_request *req = kit_request_of(kit_answers[i].command);
		struct arena arena = {0};
		const char *why = NULL;
		struct msg *msg = check_answer_received(req, &kit_answers[i]);

		for (struct avp *avp = check_child(msg, NULL); avp != NULL;
		     avp = check_child(msg, avp)) {
			check_header(avp)->avp_flags ^= AVP_FLAG_MANDATORY;
		}
		assert_int_equal(cx_answer_decode(msg, &arena, &ans, &why), HSS_OK);
		(void)fd_msg_free(msg);
		ans.features.required = false;
		assert_answer(&ans, &kit_answers[i], req);
		cx_answer_wipe(&ans);
		arena_free(&arena);
	}
}

static void vectors_in_an_error_are_refused(void **state)
{
	(void)state;
	raw_answer(CX_CMD_MAR);
	add_result(false, 5012);
	assert_int_equal(answer_err(), HSS_OK);
	(void)add_item(GOOD_ITEM(1));
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
}

static void what_is_no_answer_is_refused(void **state)
{
	(void)state;
	raw_request(&raw, CX_CMD_LIR);
	add_result(false, 2001);
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
	raw_answer(CX_CMD_LIR);
	add_result(false, 2001);
	raw.command = NO_COMMAND;
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
	raw_answer(CX_CMD_LIR);
	add_result(false, 2001);
	(void)raw_add(&raw, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP, "sip:\0", 5);
	assert_int_equal(answer_err(), HSS_ERR_INVALID);
}

/* Whether octets stand in what a message would be on the wire. */
static bool wire_has(struct msg *msg, const void *needle, size_t len)
{
	unsigned char *wire = NULL;
	size_t wire_len = 0;
	bool found = false;

	assert_int_equal(fd_msg_bufferize(msg, &wire, &wire_len), 0);
	found = memmem(wire, wire_len, needle, len) != NULL;
	free(wire);
	return found;
}

/* The same answer with secrets that nothing else looks like. */
static void secrets_mark(const struct cx_answer *from)
{
	ans = *from;
	for (size_t v = 0; v < ans.n_vectors; v++) {
		memset(ans.vector[v].rand, 0x20 + (int)v, AUC_RAND_LEN);
		memset(ans.vector[v].xres, 0x40 + (int)v, AUC_XRES_LEN);
		memset(ans.vector[v].ck, 0x60 + (int)v, AUC_CK_LEN);
		memset(ans.vector[v].ik, 0x80 + (int)v, AUC_IK_LEN);
	}
	memset(ans.digest.ha1, 0xe0, sizeof(ans.digest.ha1));
}

static void assert_secrets(struct msg *msg, bool there)
{
	char ha1[2 * sizeof(ans.digest.ha1) + 1];

	hex_from_octets(ans.digest.ha1, sizeof(ans.digest.ha1), ha1);
	for (size_t v = 0; v < ans.n_vectors; v++) {
		assert_true(wire_has(msg, ans.vector[v].rand, AUC_RAND_LEN));
		assert_int_equal(wire_has(msg, ans.vector[v].xres, AUC_XRES_LEN), there);
		assert_int_equal(wire_has(msg, ans.vector[v].ck, AUC_CK_LEN), there);
		assert_int_equal(wire_has(msg, ans.vector[v].ik, AUC_IK_LEN), there);
	}
	if (ans.digest.realm != NULL) {
		assert_int_equal(wire_has(msg, ha1, sizeof(ha1) - 1), there);
	}
}

static void what_is_secret_in_an_answer_is_wiped_and_nothing_else(void **state)
{
	size_t n_vectors = 0;
	size_t n_digests = 0;

	(void)state;
	for (size_t i = 0; i < kit_n_answers; i++) {
		struct msg *msg = NULL;

		if (!cx_result_is_success(kit_answers[i].verdict.result)) {
			continue;
		}
		secrets_mark(&kit_answers[i]);
		msg = check_answer_received(kit_request_of(ans.command), &ans);
		assert_secrets(msg, true);
		cx_secrets_wipe(msg);
		assert_secrets(msg, false);
		cx_msg_free(msg);
		n_vectors += ans.n_vectors;
		n_digests += ans.digest.realm != NULL;
	}
	assert_true(n_vectors > 0);
	assert_true(n_digests > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_has_one_result),
		cmocka_unit_test(an_answer_to_a_push_may_lack_what_says_nothing),
		cmocka_unit_test(an_answer_to_a_push_has_one_result),
		cmocka_unit_test(what_does_not_belong_in_an_answer_is_ignored),
		cmocka_unit_test(identities_of_an_rta_are_canonical),
		cmocka_unit_test(a_redirect_names_a_host),
		cmocka_unit_test(server_name_and_capabilities_exclude_each_other),
		cmocka_unit_test(an_item_has_every_part_at_its_length),
		cmocka_unit_test(items_are_as_many_as_the_answer_says),
		cmocka_unit_test(items_come_in_the_order_of_their_numbers),
		cmocka_unit_test(a_digest_in_an_answer_is_md5_with_auth),
		cmocka_unit_test(a_digest_comes_once_and_with_a_success_only),
		cmocka_unit_test(names_in_capabilities_win),
		cmocka_unit_test(names_of_a_set_leave_without_its_capabilities),
		cmocka_unit_test(malformed_groups_of_an_answer_are_refused),
		cmocka_unit_test(the_m_bit_in_an_answer_does_not_matter),
		cmocka_unit_test(vectors_in_an_error_are_refused),
		cmocka_unit_test(what_is_no_answer_is_refused),
		cmocka_unit_test(what_is_secret_in_an_answer_is_wiped_and_nothing_else),
	};

	(void)kit_dictionary();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
