/* Requests as they may come: complete, damaged, with what their sender likes to add. */
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

static const uint32_t commands[] = {CX_CMD_UAR, CX_CMD_SAR, CX_CMD_LIR,
                                    CX_CMD_MAR, CX_CMD_RTR, CX_CMD_PPR};
enum {
	N_COMMANDS = sizeof(commands) / sizeof(commands[0]),
	NO_COMMAND = 306, /* the first one behind those of Cx */
};

/* ---- Malformed requests ---- */

struct outcome {
	uint32_t code; /* Result-Code, or Experimental-Result-Code plus 10,000; 0: sound */
	uint32_t failed;
	uint32_t failed_vendor;
	bool by_library;
};

static struct outcome outcome_of(const struct cx_verdict *verdict)
{
	static const struct {
		enum cx_result result;
		uint32_t code;
	} codes[] = {
		{CX_NO_RESULT, 0},
		{CX_INVALID_AVP_VALUE, 5004},
		{CX_MISSING_AVP, 5005},
		{CX_AVP_OCCURS_TOO_MANY_TIMES, 5009},
		{CX_UNABLE_TO_COMPLY, 5012},
		{CX_INVALID_AVP_LENGTH, 5014},
		{CX_ERROR_USER_UNKNOWN, 15001},
	};
	struct outcome out = {.code = UINT32_MAX,
	                      .failed = verdict->failed_avp,
	                      .failed_vendor = verdict->failed_avp_vendor};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i].result == verdict->result) {
			out.code = codes[i].code;
		}
	}
	return out;
}

/* Whether the format of the answer has the identity (TS 29.229 6.1); that of a protocol error has
 * none (RFC 6733 7.2). */
static bool is_named(struct msg *answer, uint32_t code)
{
	struct msg_hdr *hdr = NULL;

	assert_int_equal(fd_msg_hdr(answer, &hdr), 0);
	return (hdr->msg_flags & CMD_FLAG_ERROR) == 0 &&
	       (hdr->msg_code == CX_CMD_MAR ||
	        (hdr->msg_code == CX_CMD_SAR && code == CX_BASE_AVP_USER_NAME));
}

/* What the request in `raw` says of an identity stands in its answer too, with M only where the
 * format of the answer has it: a strict peer refuses an AVP more that has M (RFC 6733 4.1). */
static void assert_echoed(struct msg *answer, uint32_t code, uint32_t vendor)
{
	const struct raw_avp *asked = raw_find(&raw, code, vendor, 0);
	struct avp *echo = check_find(answer, code, vendor);
	const union avp_value *value = NULL;

	if (asked == NULL) {
		assert_null(echo);
		return;
	}
	assert_non_null(echo);
	assert_int_equal((check_header(echo)->avp_flags & AVP_FLAG_MANDATORY) != 0,
	                 is_named(answer, code));
	value = check_header(echo)->avp_value;
	assert_non_null(value);
	assert_int_equal(value->os.len, asked->len);
	assert_memory_equal(value->os.data, asked->data, asked->len);
}

/* The answer, whoever makes it, has to be one that an S-CSCF can work with. */
static void assert_usable(struct msg *answer, const struct outcome *want)
{
	struct arena arena = {0};
	struct fd_pei pei = {0};
	const char *why = NULL;
	size_t len = 0;
	int ret = 0;
	uint8_t *wire = kit_octets(answer, &len);
	struct msg *msg = NULL;

	assert_non_null(wire);
	msg = kit_parse(wire, len, &pei, &ret);
	free(wire);
	assert_non_null(msg);
	if (ret == 0 && check_find(msg, CX_BASE_AVP_SESSION_ID, 0) != NULL) {
		assert_int_equal(check_header(check_child(msg, NULL))->avp_code,
		                 CX_BASE_AVP_SESSION_ID);
	}
	assert_non_null(check_find(msg, CX_BASE_AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0));
	assert_non_null(check_find(msg, CX_BASE_AVP_AUTH_SESSION_STATE, 0));
	assert_non_null(check_find(msg, CX_BASE_AVP_ORIGIN_HOST, 0));
	assert_echoed(msg, CX_BASE_AVP_USER_NAME, 0);
	assert_echoed(msg, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP);
	if (ret == 0 && cx_answer_decode(msg, &arena, &ans, &why) == HSS_OK) {
		assert_int_equal(ans.verdict.failed_avp, want->failed);
		assert_int_equal(ans.verdict.failed_avp_vendor, want->failed_vendor);
	}
	kit_pei_free(&pei);
	(void)fd_msg_free(msg);
	arena_free(&arena);
}

static struct outcome refused_by_library(struct msg *msg, struct fd_pei *pei)
{
	struct outcome out = {.code = kit_pei_code(pei), .by_library = true};
	struct msg *answer = NULL;

	assert_int_not_equal(out.code, 0);
	if (pei->pei_avp != NULL) {
		out.failed = check_header(pei->pei_avp)->avp_code;
		out.failed_vendor = check_header(pei->pei_avp)->avp_vendor;
	}
	answer = kit_library_answer(msg, pei);
	cx_library_error_complete(answer);
	assert_usable(answer, &out);
	kit_pei_free(pei);
	return out;
}

static struct outcome refused_by_codec(struct msg *msg)
{
	struct arena arena = {0};
	struct cx_request req;
	struct outcome out;

	memset(&ans, 0, sizeof(ans));
	assert_int_equal(cx_request_decode(msg, &arena, &req, &ans.verdict), HSS_OK);
	assert_non_null(req.session_id);
	assert_non_null(req.origin_host);
	assert_non_null(req.origin_realm);
	out = outcome_of(&ans.verdict);
	if (ans.verdict.result == CX_NO_RESULT) {
		(void)fd_msg_free(msg);
	} else {
		assert_string_not_equal(ans.verdict.message, "");
		assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
		assert_usable(msg, &out);
	}
	arena_free(&arena);
	return out;
}

/* What comes of the message in `raw`; with rules as in the daemon, or without them (then all is up
 * to us). */
static struct outcome judge(bool rules)
{
	size_t len = raw_octets(&raw, octets);
	struct fd_pei pei = {0};
	uint8_t *copy = malloc(len);
	struct msg *msg = NULL;
	int ret = 0;

	memcpy(copy, octets, len);
	assert_int_equal(fd_msg_parse_buffer(&copy, len, &msg), 0);
	ret = rules ? fd_msg_parse_rules(msg, kit_dictionary(), &pei)
	            : fd_msg_parse_dict(msg, kit_dictionary(), &pei);
	return ret != 0 ? refused_by_library(msg, &pei) : refused_by_codec(msg);
}

static void assert_judged(uint32_t code, uint32_t failed, uint32_t failed_vendor)
{
	for (int rules = 0; rules <= 1; rules++) {
		struct outcome out = judge(rules != 0);

		assert_int_equal(out.code, code);
		assert_int_equal(out.failed, failed);
		assert_int_equal(out.failed_vendor, failed_vendor);
	}
}

/* AVPs of the raw requests that may be absent. */
static bool is_optional(const struct raw_avp *avp)
{
	static const uint32_t optional[] = {CX_AVP_UAR_FLAGS,
	                                    CX_AVP_USER_AUTHORIZATION_TYPE,
	                                    CX_AVP_ORIGINATING_REQUEST,
	                                    CX_AVP_SUPPORTED_FEATURES,
	                                    CX_AVP_WILDCARDED_PUBLIC_IDENTITY,
	                                    CX_AVP_SCSCF_RESTORATION_INFO,
	                                    CX_AVP_MULTIPLE_REGISTRATION_INDICATION,
	                                    CX_AVP_SAR_FLAGS,
	                                    CX_AVP_ASSOCIATED_IDENTITIES,
	                                    CX_AVP_USER_DATA,
	                                    CX_AVP_CHARGING_INFORMATION};

	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
		if (avp->code == optional[i]) {
			return true;
		}
	}
	switch (avp->code) {
	case CX_BASE_AVP_DESTINATION_HOST:
	case CX_AVP_SIP_AUTH_DATA_ITEM:
		return (raw.command == CX_CMD_PPR) == (avp->code == CX_AVP_SIP_AUTH_DATA_ITEM);
	case CX_BASE_AVP_USER_NAME: /* a SAR needs one of its two identities */
		return raw.command == CX_CMD_SAR;
	case CX_AVP_PUBLIC_IDENTITY:
		return raw.command == CX_CMD_SAR || raw.command == CX_CMD_RTR;
	default:
		return false;
	}
}

static bool is_repeated(const struct raw_avp *avp)
{
	return avp->code == CX_AVP_SUPPORTED_FEATURES ||
	       (avp->code == CX_AVP_PUBLIC_IDENTITY &&
	        (raw.command == CX_CMD_SAR || raw.command == CX_CMD_RTR));
}

static void a_sound_raw_request_is_taken(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_COMMANDS; c++) {
		raw_request(&raw, commands[c]);
		assert_judged(0, 0, 0);
	}
}

static void each_missing_avp_is_named(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_COMMANDS; c++) {
		raw_request(&raw, commands[c]);
		for (size_t i = 0, n = raw.n; i < n; i++) {
			struct raw_avp gone = raw.avp[i];

			raw_remove(&raw, i);
			if (is_optional(&gone)) {
				assert_judged(0, 0, 0);
			} else {
				assert_judged(5005, gone.code, gone.vendor);
			}
			raw_request(&raw, commands[c]);
		}
	}
}

static void each_doubled_avp_is_named(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_COMMANDS; c++) {
		raw_request(&raw, commands[c]);
		for (size_t i = 0, n = raw.n; i < n; i++) {
			struct raw_avp *twice = &raw.avp[i];

			raw.avp[raw.n++] = *twice;
			if (is_repeated(twice)) {
				assert_judged(0, 0, 0);
			} else {
				assert_judged(5009, twice->code, twice->vendor);
			}
			raw_request(&raw, commands[c]);
		}
	}
}

static void the_m_bit_of_a_known_avp_does_not_matter(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_COMMANDS; c++) {
		raw_request(&raw, commands[c]);
		for (size_t i = 0; i < raw.n; i++) {
			raw.avp[i].flags ^= 0x40;
			assert_judged(0, 0, 0);
			raw.avp[i].flags ^= 0x40;
		}
	}
}

static void the_order_behind_the_session_id_does_not_matter(void **state)
{
	unsigned seed = 12345;

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		raw_request(&raw, commands[round % N_COMMANDS]);
		for (size_t i = raw.n - 1; i > 1; i--) {
			struct raw_avp kept = raw.avp[i];
			size_t j = 0;

			seed = seed * 1103515245U + 12345U;
			j = 1 + (seed >> 16) % i;
			raw.avp[i] = raw.avp[j];
			raw.avp[j] = kept;
		}
		assert_judged(0, 0, 0);
	}
}

static void an_unknown_avp_is_ignored_without_m_and_refused_with_it(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_COMMANDS; c++) {
		for (size_t len = 0; len < 5; len++) {
			raw_request(&raw, commands[c]);
			raw_add(&raw, 494, 50, "call", len)->flags = 0x80; /* Kamailio's Call-ID */
			assert_judged(0, 0, 0);
			raw.avp[raw.n - 1].flags = 0xc0;
			assert_judged(5001, 494, 50);
		}
	}
}

/* 623 is User-Authorization-Type of 3GPP, and OC-OLR without vendor. */
static void a_code_of_another_vendor_is_another_avp(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_COMMANDS; c++) {
		raw_request(&raw, commands[c]);
		raw_add(&raw, CX_AVP_PUBLIC_IDENTITY, 50, "x", 1)->flags = 0x80;
		raw_add(&raw, CX_AVP_USER_AUTHORIZATION_TYPE, 50, "x", 1)->flags = 0x80;
		raw_add(&raw, CX_BASE_AVP_OC_OLR, 0, "", 0)->flags = 0;
		raw_add(&raw, CX_BASE_AVP_USER_NAME, CX_VENDOR_3GPP, "x", 1)->flags = 0x80;
		assert_int_equal(judge(false).code, 0);
	}
}

/* Values, each with what is wrong about it. A NULL text stands for len octets of 7. */
static const struct {
	const char *what;
	uint32_t command;
	uint32_t code;
	uint32_t vendor;
	const char *octets;
	size_t len;
	uint32_t result;
	bool named; /* in Failed-AVP */
} values[] = {
#define BASE(obj) CX_BASE_AVP_##obj, 0
#define TGPP(obj) CX_AVP_##obj, CX_VENDOR_3GPP
#define OCTETS(text) text, sizeof(text) - 1
	{"no user part", CX_CMD_UAR, BASE(USER_NAME), OCTETS("@example.net"), 15001, false},
	{"no realm", CX_CMD_MAR, BASE(USER_NAME), OCTETS("user"), 15001, false},
	{"empty", CX_CMD_SAR, BASE(USER_NAME), OCTETS(""), 15001, false},
	{"NUL", CX_CMD_UAR, BASE(USER_NAME), OCTETS("user\0@example.net"), 15001, false},
	{"too long", CX_CMD_UAR, BASE(USER_NAME), NULL, 300, 15001, false},
	{"no scheme", CX_CMD_LIR, TGPP(PUBLIC_IDENTITY), OCTETS("user@example.net"), 15001, false},
	{"NUL", CX_CMD_UAR, TGPP(PUBLIC_IDENTITY), OCTETS("sip:u@example.net\0"), 15001, false},
	{"empty", CX_CMD_MAR, TGPP(PUBLIC_IDENTITY), OCTETS(""), 15001, false},
	{"too long", CX_CMD_SAR, TGPP(PUBLIC_IDENTITY), NULL, 600, 15001, false},
	{"empty", CX_CMD_UAR, TGPP(VISITED_NETWORK_IDENTIFIER), OCTETS(""), 5004, true},
	{"binary", CX_CMD_UAR, TGPP(VISITED_NETWORK_IDENTIFIER), OCTETS("\0\1\2"), 5004, true},
	{"no URI", CX_CMD_SAR, TGPP(SERVER_NAME), OCTETS("scscf.example.net"), 5004, true},
	{"control", CX_CMD_MAR, TGPP(SERVER_NAME), OCTETS("sip:scscf\n.example"), 5004, true},
	{"too long", CX_CMD_MAR, TGPP(SERVER_NAME), NULL, 600, 5004, true},
	{"3", CX_CMD_UAR, TGPP(USER_AUTHORIZATION_TYPE), OCTETS("\0\0\0\3"), 5004, true},
	{"-1", CX_CMD_LIR, TGPP(USER_AUTHORIZATION_TYPE), OCTETS("\xff\xff\xff\xff"), 5004, true},
	{"1", CX_CMD_LIR, TGPP(ORIGINATING_REQUEST), OCTETS("\0\0\0\1"), 5004, true},
	{"2", CX_CMD_SAR, TGPP(USER_DATA_ALREADY_AVAILABLE), OCTETS("\0\0\0\2"), 5004, true},
	{"any", CX_CMD_SAR, TGPP(SERVER_ASSIGNMENT_TYPE), OCTETS("\x7f\0\0\1"), 0, false},
	{"short", CX_CMD_SAR, TGPP(SERVER_ASSIGNMENT_TYPE), OCTETS("\0\0\1"), 5014, true},
	{"long", CX_CMD_MAR, TGPP(SIP_NUMBER_AUTH_ITEMS), OCTETS("\0\0\0\0\1"), 5014, true},
	{"empty", CX_CMD_MAR, TGPP(SIP_NUMBER_AUTH_ITEMS), OCTETS(""), 5014, true},
	{"0", CX_CMD_MAR, TGPP(SIP_NUMBER_AUTH_ITEMS), OCTETS("\0\0\0\0"), 0, false},
	{"2^32-1", CX_CMD_MAR, TGPP(SIP_NUMBER_AUTH_ITEMS), OCTETS("\xff\xff\xff\xff"), 0, false},
	{"garbage", CX_CMD_MAR, TGPP(SIP_AUTH_DATA_ITEM), OCTETS("abc"), 5004, true},
	{"bad member", CX_CMD_MAR, TGPP(SIP_AUTH_DATA_ITEM), OCTETS("\0\0\2\x60\x80\0\0\2"), 5004,
         true},
	{"empty", CX_CMD_UAR, BASE(SESSION_ID), OCTETS(""), 5004, true},
	{"control", CX_CMD_UAR, BASE(ORIGIN_HOST), OCTETS("a\nb"), 5004, true},
	{"NUL", CX_CMD_UAR, BASE(ORIGIN_REALM), OCTETS("a\0b"), 5004, true},
	{"stateful", CX_CMD_UAR, BASE(AUTH_SESSION_STATE), OCTETS("\0\0\0\0"), 0, false},
	{"no URI", CX_CMD_SAR, TGPP(WILDCARDED_PUBLIC_IDENTITY), OCTETS("room"), 15001, false},
	{"2", CX_CMD_SAR, TGPP(MULTIPLE_REGISTRATION_INDICATION), OCTETS("\0\0\0\2"), 5004, true},
	{"bits", CX_CMD_SAR, TGPP(SAR_FLAGS), OCTETS("\xff\xff\xff\xfe"), 0, false},
	{"short", CX_CMD_SAR, TGPP(SAR_FLAGS), OCTETS("\0"), 5014, true},
	{"garbage", CX_CMD_SAR, TGPP(SCSCF_RESTORATION_INFO), OCTETS("abc"), 5004, true},
	{"garbage", CX_CMD_LIR, TGPP(SUPPORTED_FEATURES), OCTETS("\0\0\0\1"), 5004, true},
	{"garbage", CX_CMD_RTR, TGPP(ASSOCIATED_IDENTITIES), OCTETS("\0\0\0\1"), 5004, true},
	{"garbage", CX_CMD_PPR, TGPP(CHARGING_INFORMATION), OCTETS("\0\0\0\1"), 5004, true},
	{"no IMPI", CX_CMD_RTR, BASE(USER_NAME), OCTETS("nobody"), 15001, false},
	{"control", CX_CMD_PPR, BASE(DESTINATION_HOST), OCTETS("a\nb"), 5004, true},
#undef BASE
#undef TGPP
};

static void each_wrong_value_is_refused_as_it_should(void **state)
{
	static char sevens[RAW_DATA_MAX];

	(void)state;
	memset(sevens, '7', sizeof(sevens));
	(void)snprintf(sevens, 7, "sip:a@");
	sevens[6] = '7';
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const char *data = values[i].octets != NULL ? values[i].octets : sevens;

		raw_request(&raw, values[i].command);
		raw_set(raw_find(&raw, values[i].code, values[i].vendor, 0), data, values[i].len);
		assert_judged(values[i].result, values[i].named ? values[i].code : 0,
		              values[i].named ? values[i].vendor : 0);
	}
}

/* ---- SIP-Authorization ---- */

static struct raw_avp *item_of(uint32_t with_scheme)
{
	struct raw_avp *item = NULL;

	raw_request(&raw, CX_CMD_MAR);
	item = raw_find(&raw, CX_AVP_SIP_AUTH_DATA_ITEM, CX_VENDOR_3GPP, 0);
	item->len = 0;
	if (with_scheme != 0) {
		raw_member(item, CX_AVP_SIP_AUTHENTICATION_SCHEME, CX_VENDOR_3GPP, "Unknown", 7);
	}
	return item;
}

static void sip_authorization_has_30_octets(void **state)
{
	static const uint8_t garbage[64] = {0xff, 0, 0x7f};

	(void)state;
	for (size_t len = 0; len <= sizeof(garbage); len++) {
		raw_member(item_of(1), CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, garbage, len);
		if (len == 30) {
			assert_judged(0, 0, 0);
		} else {
			assert_judged(5014, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP);
		}
	}
}

static void sip_authorization_comes_once(void **state)
{
	static const uint8_t rand_auts[30] = {1};
	struct raw_avp *item = item_of(1);

	(void)state;
	raw_member(item, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, rand_auts, sizeof(rand_auts));
	raw_member(item, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, rand_auts, sizeof(rand_auts));
	assert_judged(5009, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP);

	raw_request(&raw, CX_CMD_MAR); /* once in the item, once beside it */
	(void)raw_add(&raw, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, rand_auts, sizeof(rand_auts));
	assert_judged(5009, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP);
}

/* What Failed-AVP of our refusal holds; the answer stays with the caller. */
static struct avp *failed_of(struct msg **msg)
{
	struct arena arena = {0};
	struct fd_pei pei = {0};
	struct cx_request req;
	struct avp *failed = NULL;
	int ret = 0;

	*msg = kit_parse(octets, raw_octets(&raw, octets), &pei, &ret);
	assert_int_equal(ret, 0);
	memset(&ans, 0, sizeof(ans));
	assert_int_equal(cx_request_decode(*msg, &arena, &req, &ans.verdict), HSS_OK);
	arena_free(&arena);
	assert_int_not_equal(ans.verdict.result, CX_NO_RESULT);
	assert_int_equal(cx_answer_encode(msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
	failed = check_find(*msg, CX_BASE_AVP_FAILED_AVP, 0);
	assert_non_null(failed);
	return check_child(failed, NULL);
}

static void failed_avp_is_the_one_at_fault_as_it_came(void **state)
{
	static const uint8_t second[30] = {0xaa, [29] = 0xbb};
	struct msg *msg = NULL;
	struct avp *failed = NULL;

	(void)state;
	raw_request(&raw, CX_CMD_MAR);
	raw_add(&raw, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, second, sizeof(second))->flags =
		0x80;
	failed = failed_of(&msg);
	assert_int_equal(check_header(failed)->avp_flags, 0x80);
	assert_int_equal(check_header(failed)->avp_value->os.len, sizeof(second));
	assert_memory_equal(check_header(failed)->avp_value->os.data, second, sizeof(second));
	(void)fd_msg_free(msg);

	raw_member(item_of(1), CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, second, 29);
	failed = failed_of(&msg);
	assert_int_equal(check_header(failed)->avp_value->os.len, 29);
	assert_memory_equal(check_header(failed)->avp_value->os.data, second, 29);
	(void)fd_msg_free(msg);
}

static void the_first_refusal_stands(void **state)
{
	(void)state;
	raw_request(&raw, CX_CMD_UAR);
	raw_set(raw_find(&raw, CX_AVP_VISITED_NETWORK_IDENTIFIER, CX_VENDOR_3GPP, 0), "", 0);
	raw_set(raw_find(&raw, CX_AVP_USER_AUTHORIZATION_TYPE, CX_VENDOR_3GPP, 0), "\0\0\0\7", 4);
	assert_judged(5004, CX_AVP_VISITED_NETWORK_IDENTIFIER, CX_VENDOR_3GPP);
	raw_set(raw_find(&raw, CX_BASE_AVP_USER_NAME, 0, 0), "nobody", 6);
	assert_judged(15001, 0, 0);
}

static void sip_authorization_beside_the_item_is_taken(void **state)
{
	static const uint8_t rand_auts[30] = {1, [16] = 2, [29] = 3};
	struct arena arena = {0};
	struct fd_pei pei = {0};
	struct cx_request req;
	struct cx_verdict verdict;
	struct msg *msg = NULL;
	int ret = 0;

	(void)state;
	(void)item_of(1);
	(void)raw_add(&raw, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, rand_auts, sizeof(rand_auts));
	msg = kit_parse(octets, raw_octets(&raw, octets), &pei, &ret);
	assert_int_equal(ret, 0);
	assert_int_equal(cx_request_decode(msg, &arena, &req, &verdict), HSS_OK);
	assert_int_equal(verdict.result, CX_NO_RESULT);
	assert_true(req.mar.resync);
	assert_int_equal(req.mar.rand[0], 1);
	assert_int_equal(req.mar.auts[0], 2);
	assert_int_equal(req.mar.auts[13], 3);
	(void)fd_msg_free(msg);
	arena_free(&arena);
}

static void an_item_without_scheme_is_refused(void **state)
{
	(void)state;
	(void)item_of(0);
	assert_judged(5005, CX_AVP_SIP_AUTHENTICATION_SCHEME, CX_VENDOR_3GPP);
}

/* ---- Identities of a SAR ---- */

static void a_sar_names_the_user(void **state)
{
	(void)state;
	raw_request(&raw, CX_CMD_SAR);
	raw_remove(&raw, (size_t)(raw_find(&raw, CX_BASE_AVP_USER_NAME, 0, 0) - raw.avp));
	assert_judged(0, 0, 0);
	raw_remove(&raw,
	           (size_t)(raw_find(&raw, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, 0) - raw.avp));
	assert_judged(5005, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP);
}

static void a_sar_has_so_many_public_identities_and_no_more(void **state)
{
	(void)state;
	raw_request(&raw, CX_CMD_SAR);
	for (unsigned i = 1; i < CX_IMPU_MAX; i++) {
		(void)raw_add(&raw, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, "tel:+1", 6);
	}
	assert_judged(0, 0, 0);
	(void)raw_add(&raw, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, "tel:+1", 6);
	assert_judged(5009, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP);
}

static void an_rtr_has_so_many_public_identities_and_no_more(void **state)
{
	(void)state;
	raw_request(&raw, CX_CMD_RTR);
	for (unsigned i = 1; i < IMS_IMPU_MAX; i++) {
		(void)raw_add(&raw, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, "tel:+1", 6);
	}
	assert_judged(0, 0, 0);
	(void)raw_add(&raw, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, "tel:+1", 6);
	assert_judged(5009, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP);
}

/* ---- Supported-Features ---- */

/* The message in `raw`, decoded; it has to parse. */
static enum cx_result decoded(struct arena *arena, struct cx_request *req)
{
	struct fd_pei pei = {0};
	struct cx_verdict verdict;
	int ret = 0;
	struct msg *msg = kit_parse(octets, raw_octets(&raw, octets), &pei, &ret);

	assert_int_equal(ret, 0);
	assert_int_equal(cx_request_decode(msg, arena, req, &verdict), HSS_OK);
	(void)fd_msg_free(msg);
	return verdict.result;
}

/* TS 29.229 6.3.29: M of the group decides; 7.1: only list 1 of 3GPP is known. */
static void features_are_what_all_lists_say(void **state)
{
	static const struct {
		struct {
			uint32_t vendor;
			uint32_t id;
			uint32_t list;
			bool m;
		} lists[3]; /* vendor 0: none */
		struct cx_features want;
	} rows[] = {
		{{{0}}, {0}},
		{{{10415, 1, 5, false}}, {.present = true, .list = 5}},
		{{{10415, 1, 5, true}}, {.present = true, .required = true, .list = 5}},
		{{{10415, 1, 0, true}}, {.present = true, .required = true}},
		{{{10415, 1, 0xffffffff, false}}, {.present = true, .list = 0xffffffff}},
		{{{10415, 2, 5, false}}, {0}},
		{{{10415, 2, 5, true}}, {.foreign = true}},
		{{{10415, 0, 5, true}}, {.foreign = true}},
		{{{13019, 1, 5, false}}, {0}},
		{{{13019, 1, 5, true}}, {.foreign = true}},
		{{{10415, 2, 7, false}, {10415, 1, 8, true}},
	         {.present = true, .required = true, .list = 8}},
		{{{10415, 1, 8, false}, {10415, 2, 7, true}},
	         {.present = true, .foreign = true, .list = 8}},
		{{{10415, 1, 1, false}, {13019, 9, 7, true}, {10415, 1, 2, true}},
	         {.present = true, .required = true, .foreign = true, .list = 3}},
	};

	(void)state;
	for (size_t c = 0; c < N_COMMANDS; c++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct arena arena = {0};
			struct cx_request req;

			raw_request(&raw, commands[c]);
			raw.n--; /* its own Supported-Features */
			for (size_t l = 0; l < 3 && rows[i].lists[l].vendor != 0; l++) {
				raw_features(&raw, rows[i].lists[l].vendor, rows[i].lists[l].id,
				             rows[i].lists[l].list)
					->flags = rows[i].lists[l].m ? 0xc0 : 0x80;
			}
			assert_int_equal(decoded(&arena, &req), CX_NO_RESULT);
			assert_features(&req.features, &rows[i].want);
			arena_free(&arena);
		}
	}
}

/* The rules of the library refuse it as MISSING_AVP already; without them it is ours to notice. */
static void incomplete_features_are_refused(void **state)
{
	(void)state;
	for (unsigned gone = 0; gone < 3; gone++) {
		static const size_t member_at[] = {0, 12, 28, 44};
		struct outcome out;
		struct raw_avp *group = NULL;
		size_t len = member_at[gone + 1] - member_at[gone];

		raw_request(&raw, CX_CMD_SAR);
		group = &raw.avp[raw.n - 1];
		memmove(group->data + member_at[gone], group->data + member_at[gone + 1],
		        member_at[3] - member_at[gone + 1]);
		group->len -= len;
		out = judge(true);
		assert_int_equal(out.code, 5005);
		assert_true(out.by_library);
		out = judge(false);
		assert_int_equal(out.code, 5004);
		assert_int_equal(out.failed, CX_AVP_SUPPORTED_FEATURES);
	}
}

static void m_is_set_in_a_request_that_needs_its_features_and_never_in_an_answer(void **state)
{
	struct cx_request req = *kit_request_of(CX_CMD_LIR);
	struct msg *msg = NULL;

	(void)state;
	for (int required = 0; required <= 1; required++) {
		struct avp *group = NULL;

		req.features = (struct cx_features){
			.present = true, .required = required != 0, .list = CX_FEATURE_SIFC};
		msg = check_request_received(&req);
		group = check_find(msg, CX_AVP_SUPPORTED_FEATURES, CX_VENDOR_3GPP);
		assert_non_null(group);
		assert_int_equal(check_header(group)->avp_flags, required != 0 ? 0xc0 : 0x80);
		memset(&ans, 0, sizeof(ans));
		ans.verdict.result = CX_ERROR_FEATURE_UNSUPPORTED;
		ans.features = req.features;
		ans.features.foreign = true;
		assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
		group = check_find(msg, CX_AVP_SUPPORTED_FEATURES, CX_VENDOR_3GPP);
		assert_non_null(group);
		assert_int_equal(check_header(group)->avp_flags, 0x80);
		(void)fd_msg_free(msg);
	}
}

/* ---- What a SAR may have besides ---- */

/* RFC 7944, 7683, 8583, TS 29.229: priorities, overload, load, the P-CSCF that failed. */
static void what_the_hss_makes_no_use_of_is_accepted(void **state)
{
	struct raw_avp *group = NULL;

	(void)state;
	for (size_t c = 0; c < N_COMMANDS; c++) {
		raw_request(&raw, commands[c]);
		raw_add_u32(&raw, CX_BASE_AVP_DRMP, 0, 3)->flags = 0;
		group = raw_add(&raw, CX_BASE_AVP_OC_SUPPORTED_FEATURES, 0, "", 0);
		group->flags = 0;
		raw_member(group, CX_BASE_AVP_OC_FEATURE_VECTOR, 0, "\0\0\0\0\0\0\0\1", 8);
		group = raw_add(&raw, CX_BASE_AVP_LOAD, 0, "", 0);
		group->flags = 0;
		raw_member(group, CX_BASE_AVP_LOAD_VALUE, 0, "\0\0\0\0\0\0\0\5", 8);
		raw_add_u32(&raw, CX_AVP_SESSION_PRIORITY, CX_VENDOR_3GPP, 4)->flags = 0x80;
		group = raw_add(&raw, CX_AVP_FAILED_PCSCF, CX_VENDOR_3GPP, "", 0);
		group->flags = 0x80;
		raw_member(group, CX_AVP_PCSCF_FQDN, CX_VENDOR_3GPP, "p.example.net", 13);
		raw_add_u32(&raw, CX_AVP_RTR_FLAGS, CX_VENDOR_3GPP, 1)->flags = 0x80;
		assert_judged(0, 0, 0);
	}
}

static void a_wildcarded_identity_is_canonical_and_keeps_its_expression(void **state)
{
	static const char impu[] = "SIP:Room!.*[A-Z]!@Example.ORG";
	struct arena arena = {0};
	struct cx_request req;

	(void)state;
	raw_request(&raw, CX_CMD_SAR);
	raw_set(raw_find(&raw, CX_AVP_WILDCARDED_PUBLIC_IDENTITY, CX_VENDOR_3GPP, 0), impu,
	        strlen(impu));
	assert_int_equal(decoded(&arena, &req), CX_NO_RESULT);
	assert_string_equal(req.sar.wildcarded_impu, "sip:Room!.*[A-Z]!@example.org");
	arena_free(&arena);
}

static void flags_of_a_sar_are_read_bit_by_bit(void **state)
{
	static const struct {
		uint32_t flags;
		uint32_t multiple;
		bool pcscf_restoration;
	} rows[] = {{0, 0, false}, {1, 1, true}, {2, 1, false}, {0xffffffff, 0, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena = {0};
		struct cx_request req;

		raw_request(&raw, CX_CMD_SAR);
		raw.n -= 3; /* Multiple-Registration-Indication, SAR-Flags, Supported-Features */
		(void)raw_add_u32(&raw, CX_AVP_SAR_FLAGS, CX_VENDOR_3GPP, rows[i].flags);
		(void)raw_add_u32(&raw, CX_AVP_MULTIPLE_REGISTRATION_INDICATION, CX_VENDOR_3GPP,
		                  rows[i].multiple);
		assert_int_equal(decoded(&arena, &req), CX_NO_RESULT);
		assert_int_equal(req.sar.pcscf_restoration, rows[i].pcscf_restoration);
		assert_int_equal(req.sar.multiple_registration, rows[i].multiple);
		arena_free(&arena);
	}
}

/* ---- SCSCF-Restoration-Info ---- */

static struct raw_avp *restoration_group(void)
{
	raw_request(&raw, CX_CMD_SAR);
	return raw_find(&raw, CX_AVP_SCSCF_RESTORATION_INFO, CX_VENDOR_3GPP, 0);
}

/* Appended to the group and to the octets that are to come out. */
static void restoration_member(struct raw_avp *group, const struct raw_avp *member)
{
	static struct raw message;
	uint8_t wire[RAW_DATA_MAX + 64];
	size_t len = 0;

	message.n = 1;
	message.avp[0] = *member;
	len = raw_octets(&message, wire) - 20;
	assert_true(group->len + len <= RAW_DATA_MAX);
	memcpy(group->data + group->len, wire + 20, len);
	group->len += len;
}

/* TS 29.228 6.1.2: what the HSS keeps for the S-CSCF is none of its business. */
static void restoration_comes_back_octet_for_octet(void **state)
{
	static const uint8_t header_len = 8;
	static const struct raw_avp members[] = {
		{.code = 9999, .vendor = 50, .flags = 0x80, .data = "unknown", .len = 7},
		{.code = 9998, .vendor = 0, .flags = 0, .data = {0, 255, 1}, .len = 3},
		{.code = 9997, .vendor = 50, .flags = 0x80, .len = 0},
		{.code = 9996, .vendor = 0, .flags = 0x1f, .len = 0},
		{.code = CX_BASE_AVP_OC_FEATURE_VECTOR,
	         .flags = 0,
	         .data = {1, 2, 3, 4, 5, 6, 7, 8},
	         .len = 8},
		{.code = CX_AVP_SIP_AUTHENTICATION_SCHEME,
	         .vendor = CX_VENDOR_3GPP,
	         .flags = 0x80,
	         .len = 0},
		{.code = CX_AVP_REGISTRATION_TIME_OUT,
	         .vendor = CX_VENDOR_3GPP,
	         .flags = 0xdf,
	         .data = {0xe0, 0, 0, 1},
	         .len = 4},
	};
	struct raw_avp *group = restoration_group();
	const size_t user_name_len = header_len + (strlen(KIT_IMPI) + 3) / 4 * 4;
	struct arena arena = {0};
	struct cx_request req;
	struct cx_verdict verdict;
	struct fd_pei pei = {0};
	struct msg *msg = NULL;
	int ret = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		restoration_member(group, &members[i]);
	}
	msg = kit_parse(octets, raw_octets(&raw, octets), &pei, &ret);
	assert_int_equal(ret, 0);
	for (int round = 0; round < 2; round++) { /* reading leaves the message as it was */
		assert_int_equal(cx_request_decode(msg, &arena, &req, &verdict), HSS_OK);
		assert_int_equal(verdict.result, CX_NO_RESULT);
		assert_string_equal(req.sar.restoration_impi, KIT_IMPI);
		assert_octets(req.sar.restoration, req.sar.restoration_len,
		              group->data + user_name_len, group->len - user_name_len);
	}
	(void)fd_msg_free(msg);
	arena_free(&arena);
}

/* The same AVPs in an answer, as they came in the request. */
static void restoration_is_put_back_as_it_was_taken(void **state)
{
	struct raw_avp *group = restoration_group();
	struct cx_restoration restoration = {0};
	struct arena arena = {0};
	struct cx_request req;
	struct msg *msg = check_request_received(kit_request_of(CX_CMD_SAR));
	uint8_t *wire = NULL;
	size_t len = 0;

	(void)state;
	restoration_member(group, &(struct raw_avp){.code = 9997, .vendor = 50, .flags = 0x80});
	assert_int_equal(decoded(&arena, &req), CX_NO_RESULT);
	restoration = (struct cx_restoration){req.sar.restoration_impi, req.sar.restoration,
	                                      req.sar.restoration_len};
	memset(&ans, 0, sizeof(ans));
	ans.verdict.result = CX_SUCCESS;
	ans.restoration = &restoration;
	ans.n_restoration = 1;
	assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
	wire = kit_octets(msg, &len);
	assert_non_null(wire);
	assert_non_null(memmem(wire, len, group->data, group->len));
	free(wire);
	arena_free(&arena);
}

/* Groups in the group included: without them a peer that checks the rules of the group, where
 * Restoration-Info is required (TS 29.229 6.3.46), cannot read the answer. */
static void failed_avp_holds_a_group_with_its_groups(void **state)
{
	const struct raw_avp *group = restoration_group();
	struct arena arena = {0};
	struct fd_pei pei = {0};
	struct cx_request req;
	struct msg *msg = kit_parse(octets, raw_octets(&raw, octets), &pei, &(int){0});
	uint8_t *wire = NULL;
	size_t len = 0;
	int ret = 0;

	(void)state;
	memset(&ans, 0, sizeof(ans));
	assert_int_equal(cx_request_decode(msg, &arena, &req, &ans.verdict), HSS_OK);
	arena_free(&arena);
	ans.verdict = (struct cx_verdict){.result = CX_INVALID_AVP_VALUE,
	                                  .failed_avp = CX_AVP_SCSCF_RESTORATION_INFO,
	                                  .failed_avp_vendor = CX_VENDOR_3GPP};
	assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
	wire = kit_octets(msg, &len);
	assert_non_null(wire);
	assert_non_null(memmem(wire, len, group->data, group->len));
	msg = kit_parse(wire, len, &pei, &ret);
	assert_int_equal(ret, 0);
	free(wire);
	(void)fd_msg_free(msg);
}

static void restoration_without_user_name_or_content_is_refused(void **state)
{
	struct raw_avp *group = restoration_group();
	const size_t user_name_len = 8 + (strlen(KIT_IMPI) + 3) / 4 * 4;
	struct outcome out;

	(void)state;
	group->len = user_name_len;
	assert_int_equal(judge(true).code, 5005);
	out = judge(false);
	assert_int_equal(out.code, 5004);
	assert_int_equal(out.failed, CX_AVP_SCSCF_RESTORATION_INFO);
	group = restoration_group();
	group->len -= user_name_len;
	memmove(group->data, group->data + user_name_len, group->len);
	assert_int_equal(judge(true).code, 5005);
	out = judge(false);
	assert_int_equal(out.code, 5004);
	assert_int_equal(out.failed, CX_AVP_SCSCF_RESTORATION_INFO);
}

/* A reserved bit of Destination-Realm is the codec's own mark (cx_codec.c). What it leaves out must
 * not be counted in what comes back to an S-CSCF later. */
static void restoration_with_the_codecs_own_mark_is_refused(void **state)
{
	static const uint8_t marked[] = {0,   0,   1,   0x1b, 0x60, 0,   0,   16,
	                                 'r', '.', 'e', 'x',  'a',  'm', 'p', 'l'};
	const size_t head = 8 + (strlen(KIT_IMPI) + 3) / 4 * 4 + 12;
	struct raw_avp *group = restoration_group();
	struct raw_avp more = {
		.code = CX_AVP_RESTORATION_INFO, .vendor = CX_VENDOR_3GPP, .flags = 0x80};

	(void)state;
	more.len = group->len - head + sizeof(marked);
	memcpy(more.data, group->data + head, group->len - head);
	memcpy(more.data + group->len - head, marked, sizeof(marked));
	restoration_member(group, &more);
	assert_judged(5004, CX_AVP_SCSCF_RESTORATION_INFO, CX_VENDOR_3GPP);
	group = restoration_group();
	more.data[more.len - sizeof(marked) + 4] = 0x40;
	restoration_member(group, &more);
	assert_judged(0, 0, 0);
}

static void restoration_beyond_the_limit_is_refused(void **state)
{
	/* Restoration-Info { Path, Contact }; the latter has the rest */
	static const uint8_t head[] = {0,    0,    2,    0x89, 0x80, 0,    0,    0,   0,    0,
	                               0x28, 0xaf, 0,    0,    2,    0x80, 0x80, 0,   0,    16,
	                               0,    0,    0x28, 0xaf, 'p',  'a',  't',  'h', 0,    0,
	                               2,    0x81, 0x80, 0,    0,    0,    0,    0,   0x28, 0xaf};
	static uint8_t content[IMS_RESTORATION_LEN_MAX + 4];
	struct cx_request req = *kit_request_of(CX_CMD_SAR);

	(void)state;
	for (size_t over = 0; over <= 4; over += 4) {
		const size_t len = IMS_RESTORATION_LEN_MAX + over;
		struct arena arena = {0};
		struct cx_request got;
		struct cx_verdict verdict;
		struct msg *msg = NULL;
		struct avp *failed = NULL;

		memset(content, 'x', sizeof(content));
		memcpy(content, head, sizeof(head));
		content[6] = (uint8_t)(len >> 8);
		content[7] = (uint8_t)len;
		content[28 + 6] = (uint8_t)((len - 28) >> 8);
		content[28 + 7] = (uint8_t)(len - 28);
		req.sar.restoration = content;
		req.sar.restoration_len = len;
		req.sar.restoration_impi = KIT_IMPI;
		msg = check_request_received(&req);
		assert_int_equal(cx_request_decode(msg, &arena, &got, &verdict), HSS_OK);
		memset(&ans, 0, sizeof(ans));
		ans.verdict = verdict;
		ans.verdict.result = over == 0 ? CX_SUCCESS : verdict.result;
		assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
		failed = check_find(msg, CX_BASE_AVP_FAILED_AVP, 0);
		assert_int_equal(failed != NULL, over > 0);
		if (failed != NULL) {
			assert_int_equal(check_header(check_child(failed, NULL))->avp_code,
			                 CX_AVP_SCSCF_RESTORATION_INFO);
		}
		(void)fd_msg_free(msg);
		assert_int_equal(verdict.result, over == 0 ? CX_NO_RESULT : CX_INVALID_AVP_LENGTH);
		assert_int_equal(verdict.failed_avp, over == 0 ? 0 : CX_AVP_SCSCF_RESTORATION_INFO);
		assert_int_equal(got.sar.restoration_len, over == 0 ? len : 0);
		arena_free(&arena);
	}
}

/* ---- RTR and PPR as the S-CSCF reads them ---- */

static struct raw_avp *reason_group(void)
{
	struct raw_avp *group = NULL;

	raw_request(&raw, CX_CMD_RTR);
	group = raw_find(&raw, CX_AVP_DEREGISTRATION_REASON, CX_VENDOR_3GPP, 0);
	group->len = 0;
	return group;
}

static void a_reason_has_one_of_four_codes(void **state)
{
	(void)state;
	for (uint8_t code = 0; code < 5; code++) {
		const uint8_t number[4] = {0, 0, 0, code};

		raw_member(reason_group(), CX_AVP_REASON_CODE, CX_VENDOR_3GPP, number, 4);
		if (code <= 3) {
			assert_judged(0, 0, 0);
		} else {
			assert_judged(5004, CX_AVP_REASON_CODE, CX_VENDOR_3GPP);
		}
	}
	raw_member(reason_group(), CX_AVP_REASON_INFO, CX_VENDOR_3GPP, "bye", 3);
	assert_judged(5005, CX_AVP_REASON_CODE, CX_VENDOR_3GPP);
	raw_member(reason_group(), CX_AVP_REASON_CODE, CX_VENDOR_3GPP, "\0\0\0\0", 4);
	raw_member(raw_find(&raw, CX_AVP_DEREGISTRATION_REASON, CX_VENDOR_3GPP, 0),
	           CX_AVP_REASON_INFO, CX_VENDOR_3GPP, "a\nb", 3);
	assert_judged(5004, CX_AVP_REASON_INFO, CX_VENDOR_3GPP);
}

static void a_new_server_was_assigned_to_identities_that_are_named(void **state)
{
	(void)state;
	raw_member(reason_group(), CX_AVP_REASON_CODE, CX_VENDOR_3GPP, "\0\0\0\1", 4);
	assert_judged(0, 0, 0);
	raw_remove(&raw,
	           (size_t)(raw_find(&raw, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, 0) - raw.avp));
	assert_judged(5005, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP);
}

static const uint32_t contents[] = {CX_AVP_USER_DATA, CX_AVP_CHARGING_INFORMATION,
                                    CX_AVP_SIP_AUTH_DATA_ITEM};

static void a_ppr_has_something_to_tell(void **state)
{
	(void)state;
	for (unsigned gone = 0; gone < 1U << 3; gone++) {
		raw_request(&raw, CX_CMD_PPR);
		for (unsigned i = 0; i < 3; i++) {
			if ((gone & 1U << i) != 0) {
				raw_remove(&raw,
				           (size_t)(raw_find(&raw, contents[i], CX_VENDOR_3GPP, 0) -
				                    raw.avp));
			}
		}
		if (gone < 7) {
			assert_judged(0, 0, 0);
		} else {
			assert_judged(5005, CX_AVP_USER_DATA, CX_VENDOR_3GPP);
		}
	}
}

static void a_digest_in_a_ppr_is_md5_with_auth(void **state)
{
	static const uint8_t ha1[CX_HA1_LEN] = {0xab, 0xcd, 0, 1, [15] = 0xef};

	(void)state;
	for (size_t i = 0; i < check_n_digests; i++) {
		struct arena arena = {0};
		struct cx_request req;

		raw_request(&raw, CX_CMD_PPR);
		raw_remove(&raw,
		           (size_t)(raw_find(&raw, CX_AVP_SIP_AUTH_DATA_ITEM, CX_VENDOR_3GPP, 0) -
		                    raw.avp));
		(void)raw_digest_item(&raw, &check_digests[i].digest);
		if (check_digests[i].sound) {
			assert_int_equal(decoded(&arena, &req), CX_NO_RESULT);
			assert_string_equal(req.ppr.digest.realm, "r");
			assert_memory_equal(req.ppr.digest.ha1, ha1, CX_HA1_LEN);
		} else {
			assert_int_equal(judge(true).code, check_digests[i].by_rule ? 5005 : 5004);
			assert_int_equal(judge(false).code, 5004);
			assert_int_equal(judge(false).failed, CX_AVP_SIP_AUTH_DATA_ITEM);
		}
		arena_free(&arena);
	}
}

static void no_ha1_is_left_of_a_ppr_that_is_refused(void **state)
{
	static const uint8_t none[CX_HA1_LEN];
	struct arena arena = {0};
	struct cx_request req;

	(void)state;
	raw_request(&raw, CX_CMD_PPR);
	raw_set(raw_find(&raw, CX_BASE_AVP_USER_NAME, 0, 0), "nobody", 6);
	assert_int_equal(decoded(&arena, &req), CX_ERROR_USER_UNKNOWN);
	assert_memory_equal(req.ppr.digest.ha1, none, CX_HA1_LEN);
	assert_null(req.ppr.digest.realm);
	arena_free(&arena);
}

static void a_push_goes_to_a_host_that_is_named(void **state)
{
	(void)state;
	for (size_t p = 0; p < 2; p++) {
		struct cx_request req = *kit_request_of(p == 0 ? CX_CMD_RTR : CX_CMD_PPR);
		struct msg *msg = NULL;

		req.destination_host = NULL;
		assert_int_equal(cx_request_encode(&req, &msg), HSS_ERR_INVALID);
		assert_null(msg);
	}
}

/* TS 29.228 6.1.3.1: R and P set, Destination-Host and -Realm there. */
static void a_push_is_a_proxiable_request_with_a_destination(void **state)
{
	(void)state;
	for (size_t i = 0; i < kit_n_requests; i++) {
		struct msg *msg = check_request_received(&kit_requests[i]);
		struct msg_hdr *hdr = NULL;

		assert_int_equal(fd_msg_hdr(msg, &hdr), 0);
		assert_int_equal(hdr->msg_flags, CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE);
		assert_int_equal(hdr->msg_appl, CX_APP_ID);
		assert_int_equal(check_header(check_child(msg, NULL))->avp_code,
		                 CX_BASE_AVP_SESSION_ID);
		if (hdr->msg_code == CX_CMD_RTR || hdr->msg_code == CX_CMD_PPR) {
			assert_non_null(check_find(msg, CX_BASE_AVP_DESTINATION_HOST, 0));
			assert_non_null(check_find(msg, CX_BASE_AVP_DESTINATION_REALM, 0));
		}
		(void)fd_msg_free(msg);
	}
}

static void a_command_that_is_none_of_cx_is_refused(void **state)
{
	struct arena arena = {0};
	struct fd_pei pei = {0};
	struct cx_request req;
	struct cx_verdict verdict;
	struct msg *msg = NULL;
	int ret = 0;

	(void)state;
	raw_request(&raw, CX_CMD_UAR);
	raw.command = NO_COMMAND;
	msg = kit_parse(octets, raw_octets(&raw, octets), &pei, &ret);
	assert_non_null(msg);
	assert_int_equal(cx_request_decode(msg, &arena, &req, &verdict), HSS_OK);
	assert_int_equal(verdict.result, CX_UNABLE_TO_COMPLY);
	assert_string_equal(req.session_id, "");
	(void)fd_msg_free(msg);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_raw_request_is_taken),
		cmocka_unit_test(each_missing_avp_is_named),
		cmocka_unit_test(each_doubled_avp_is_named),
		cmocka_unit_test(the_m_bit_of_a_known_avp_does_not_matter),
		cmocka_unit_test(the_order_behind_the_session_id_does_not_matter),
		cmocka_unit_test(an_unknown_avp_is_ignored_without_m_and_refused_with_it),
		cmocka_unit_test(a_code_of_another_vendor_is_another_avp),
		cmocka_unit_test(each_wrong_value_is_refused_as_it_should),
		cmocka_unit_test(sip_authorization_has_30_octets),
		cmocka_unit_test(sip_authorization_comes_once),
		cmocka_unit_test(failed_avp_is_the_one_at_fault_as_it_came),
		cmocka_unit_test(failed_avp_holds_a_group_with_its_groups),
		cmocka_unit_test(the_first_refusal_stands),
		cmocka_unit_test(sip_authorization_beside_the_item_is_taken),
		cmocka_unit_test(an_item_without_scheme_is_refused),
		cmocka_unit_test(a_sar_names_the_user),
		cmocka_unit_test(a_sar_has_so_many_public_identities_and_no_more),
		cmocka_unit_test(an_rtr_has_so_many_public_identities_and_no_more),
		cmocka_unit_test(features_are_what_all_lists_say),
		cmocka_unit_test(incomplete_features_are_refused),
		cmocka_unit_test(
			m_is_set_in_a_request_that_needs_its_features_and_never_in_an_answer),
		cmocka_unit_test(what_the_hss_makes_no_use_of_is_accepted),
		cmocka_unit_test(a_wildcarded_identity_is_canonical_and_keeps_its_expression),
		cmocka_unit_test(flags_of_a_sar_are_read_bit_by_bit),
		cmocka_unit_test(restoration_comes_back_octet_for_octet),
		cmocka_unit_test(restoration_is_put_back_as_it_was_taken),
		cmocka_unit_test(restoration_without_user_name_or_content_is_refused),
		cmocka_unit_test(restoration_with_the_codecs_own_mark_is_refused),
		cmocka_unit_test(restoration_beyond_the_limit_is_refused),
		cmocka_unit_test(a_reason_has_one_of_four_codes),
		cmocka_unit_test(a_new_server_was_assigned_to_identities_that_are_named),
		cmocka_unit_test(a_ppr_has_something_to_tell),
		cmocka_unit_test(a_digest_in_a_ppr_is_md5_with_auth),
		cmocka_unit_test(no_ha1_is_left_of_a_ppr_that_is_refused),
		cmocka_unit_test(a_push_goes_to_a_host_that_is_named),
		cmocka_unit_test(a_push_is_a_proxiable_request_with_a_destination),
		cmocka_unit_test(a_command_that_is_none_of_cx_is_refused),
	};

	(void)kit_dictionary();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
