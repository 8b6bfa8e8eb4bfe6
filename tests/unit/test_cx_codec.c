#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec_kit.h"

static uint8_t octets[RAW_LEN_MAX];
static struct raw raw;
static struct cx_answer ans; /* large: not on the stack */

static const uint32_t commands[] = {CX_CMD_UAR, CX_CMD_SAR, CX_CMD_LIR,
                                    CX_CMD_MAR, CX_CMD_RTR, CX_CMD_PPR};
enum {
	N_COMMANDS = sizeof(commands) / sizeof(commands[0]),
	NO_COMMAND = 306, /* the first one behind those of Cx */
};

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

static struct msg *request_received(const struct cx_request *req)
{
	struct msg *msg = NULL;
	struct fd_pei pei = {0};
	uint8_t *wire = NULL;
	size_t len = 0;
	int ret = 0;

	assert_int_equal(cx_request_encode(req, &msg), HSS_OK);
	wire = kit_octets(msg, &len);
	assert_non_null(wire);
	msg = kit_parse(wire, len, &pei, &ret);
	free(wire);
	assert_non_null(msg);
	assert_int_equal(ret, 0);
	return msg;
}

static void assert_text(const char *got, const char *want)
{
	if (want == NULL) {
		assert_null(got);
	} else {
		assert_non_null(got);
		assert_string_equal(got, want);
	}
}

static void assert_texts(const char *const *got, size_t n_got, const char *const *want,
                         size_t n_want)
{
	assert_int_equal(n_got, n_want);
	for (size_t i = 0; i < n_want; i++) {
		assert_text(got[i], want[i]);
	}
}

static void assert_octets(const void *got, size_t got_len, const void *want, size_t want_len)
{
	assert_int_equal(got != NULL, want != NULL);
	assert_int_equal(got_len, want_len);
	if (want_len > 0) {
		assert_memory_equal(got, want, want_len);
	}
}

static void assert_charging(const struct ims_charging *got, const struct ims_charging *want)
{
	assert_int_equal(got != NULL, want != NULL);
	if (want != NULL) {
		assert_text(got->primary_ecf, want->primary_ecf);
		assert_text(got->secondary_ecf, want->secondary_ecf);
		assert_text(got->primary_ccf, want->primary_ccf);
		assert_text(got->secondary_ccf, want->secondary_ccf);
	}
}

static void assert_digest(const struct cx_digest *got, const struct cx_digest *want)
{
	assert_text(got->realm, want->realm);
	assert_memory_equal(got->ha1, want->ha1, CX_HA1_LEN);
}

static void assert_features(const struct cx_features *got, const struct cx_features *want)
{
	assert_int_equal(got->present, want->present);
	assert_int_equal(got->required, want->required);
	assert_int_equal(got->foreign, want->foreign);
	assert_int_equal(got->list, want->list);
}

static void assert_numbers(const uint32_t *got, size_t n_got, const uint32_t *want, size_t n_want)
{
	assert_int_equal(n_got, n_want);
	for (size_t i = 0; i < n_want; i++) {
		assert_int_equal(got[i], want[i]);
	}
}

static void assert_capabilities(const struct ims_capabilities *got,
                                const struct ims_capabilities *want)
{
	assert_int_equal(got != NULL, want != NULL);
	if (want != NULL) {
		assert_numbers(got->mandatory, got->n_mandatory, want->mandatory,
		               want->n_mandatory);
		assert_numbers(got->optional, got->n_optional, want->optional, want->n_optional);
		assert_texts(got->server, got->n_server, want->server, want->n_server);
	}
}

static void assert_specific(const struct cx_request *got, const struct cx_request *want)
{
	switch (want->command) {
	case CX_CMD_UAR:
		assert_text(got->uar.visited_network, want->uar.visited_network);
		assert_int_equal(got->uar.type, want->uar.type);
		assert_int_equal(got->uar.emergency, want->uar.emergency);
		break;
	case CX_CMD_SAR:
		assert_text(got->sar.server_name, want->sar.server_name);
		assert_int_equal(got->sar.type, want->sar.type);
		assert_int_equal(got->sar.user_data_already_available,
		                 want->sar.user_data_already_available);
		assert_text(got->sar.wildcarded_impu, want->sar.wildcarded_impu);
		assert_int_equal(got->sar.multiple_registration, want->sar.multiple_registration);
		assert_int_equal(got->sar.pcscf_restoration, want->sar.pcscf_restoration);
		assert_text(got->sar.restoration_impi, want->sar.restoration_impi);
		assert_octets(got->sar.restoration, got->sar.restoration_len, want->sar.restoration,
		              want->sar.restoration_len);
		break;
	case CX_CMD_RTR:
		assert_int_equal(got->rtr.reason, want->rtr.reason);
		assert_text(got->rtr.reason_info, want->rtr.reason_info);
		assert_texts(got->rtr.associated_impi, got->rtr.n_associated_impi,
		             want->rtr.associated_impi, want->rtr.n_associated_impi);
		break;
	case CX_CMD_PPR:
		assert_octets(got->ppr.user_data, got->ppr.user_data_len, want->ppr.user_data,
		              want->ppr.user_data_len);
		assert_charging(got->ppr.charging, want->ppr.charging);
		assert_digest(&got->ppr.digest, &want->ppr.digest);
		break;
	case CX_CMD_LIR:
		assert_int_equal(got->lir.originating, want->lir.originating);
		assert_int_equal(got->lir.capabilities_asked, want->lir.capabilities_asked);
		break;
	default:
		assert_text(got->mar.server_name, want->mar.server_name);
		assert_int_equal(got->mar.scheme, want->mar.scheme);
		assert_text(got->mar.scheme_name, want->mar.scheme_name);
		assert_int_equal(got->mar.n_vectors, want->mar.n_vectors);
		assert_int_equal(got->mar.resync, want->mar.resync);
		assert_memory_equal(got->mar.rand, want->mar.rand, AUC_RAND_LEN);
		assert_memory_equal(got->mar.auts, want->mar.auts, AUC_AUTS_LEN);
		break;
	}
}

static void assert_request(const struct cx_request *got, const struct cx_request *want)
{
	assert_int_equal(got->command, want->command);
	assert_text(got->session_id, want->session_id);
	assert_text(got->origin_host, want->origin_host);
	assert_text(got->origin_realm, want->origin_realm);
	assert_text(got->destination_host, want->destination_host);
	assert_text(got->destination_realm, want->destination_realm);
	assert_text(got->impi, want->impi);
	assert_texts(got->impu, got->n_impu, want->impu, want->n_impu);
	assert_features(&got->features, &want->features);
	assert_specific(got, want);
}

static void a_request_comes_out_as_it_went_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < kit_n_requests; i++) {
		struct arena arena = {0};
		struct cx_request got;
		struct cx_verdict verdict;
		struct msg *msg = request_received(&kit_requests[i]);

		assert_int_equal(cx_request_decode(msg, &arena, &got, &verdict), HSS_OK);
		(void)fd_msg_free(msg); /* the strings outlive it */
		assert_int_equal(verdict.result, CX_NO_RESULT);
		assert_request(&got, &kit_requests[i]);
		arena_free(&arena);
	}
}

/* Answer an example request; returns the answer as the S-CSCF receives it. */
static struct msg *answer_received(const struct cx_request *req, const struct cx_answer *want)
{
	struct msg *msg = request_received(req);
	struct fd_pei pei = {0};
	uint8_t *wire = NULL;
	size_t len = 0;
	int ret = 0;

	assert_int_equal(cx_answer_encode(&msg, want, KIT_HOST, KIT_REALM), HSS_OK);
	wire = kit_octets(msg, &len);
	assert_non_null(wire);
	msg = kit_parse(wire, len, &pei, &ret);
	free(wire);
	assert_non_null(msg);
	assert_int_equal(ret, 0);
	return msg;
}

/* What a SAA and an RTA alone have. */
static void assert_registrations(const struct cx_answer *got, const struct cx_answer *want)
{
	assert_texts(got->associated_impi, got->n_associated_impi, want->associated_impi,
	             want->n_associated_impi);
	assert_texts(got->registered_impi, got->n_registered_impi, want->registered_impi,
	             want->n_registered_impi);
	assert_int_equal(got->loose_route, want->loose_route);
	assert_int_equal(got->privileged_sender, want->privileged_sender);
	assert_int_equal(got->n_restoration, want->n_restoration);
	for (size_t i = 0; i < want->n_restoration; i++) {
		assert_text(got->restoration[i].impi, want->restoration[i].impi);
		assert_octets(got->restoration[i].octets, got->restoration[i].len,
		              want->restoration[i].octets, want->restoration[i].len);
	}
	assert_int_equal(got->n_emergency, want->n_emergency);
	for (size_t i = 0; i < want->n_emergency; i++) {
		assert_text(got->emergency[i].impi, want->emergency[i].impi);
		assert_text(got->emergency[i].impu, want->emergency[i].impu);
	}
}

static void assert_verdict(const struct cx_verdict *got, const struct cx_verdict *want)
{
	assert_int_equal(got->result, want->result);
	assert_string_equal(got->message, want->message);
	assert_int_equal(got->failed_avp, want->failed_avp);
	assert_int_equal(got->failed_avp_vendor, want->failed_avp_vendor);
}

static void assert_answer(const struct cx_answer *got, const struct cx_answer *want,
                          const struct cx_request *req)
{
	bool success = cx_result_is_success(want->verdict.result);
	bool echo = !success || want->command == CX_CMD_MAR;
	const char *impu = req->n_impu > 0 ? req->impu[0] : NULL;

	assert_int_equal(got->command, want->command);
	assert_verdict(&got->verdict, &want->verdict);
	assert_text(got->server_name, want->server_name);
	assert_int_equal(got->capabilities, want->capabilities);
	assert_text(got->capabilities_scscf, want->capabilities_scscf);
	assert_capabilities(got->capability_set, want->capability_set);
	assert_text(got->wildcarded_impu, want->wildcarded_impu);
	assert_text(got->impi, want->impi != NULL ? want->impi : echo ? req->impi : NULL);
	assert_text(got->impu, want->impu != NULL ? want->impu : echo ? impu : NULL);
	assert_int_equal(got->psi_direct_routing, want->psi_direct_routing);
	assert_int_equal(got->user_data_len, want->user_data_len);
	assert_text(got->user_data, want->user_data);
	assert_charging(got->charging, want->charging);
	assert_registrations(got, want);
	assert_features(&got->features, &want->features);
	assert_texts(got->redirect_host, got->n_redirect_host, want->redirect_host,
	             want->n_redirect_host);
	assert_int_equal(got->redirect_usage, want->redirect_usage);
	assert_int_equal(got->redirect_max_cache_time, want->redirect_max_cache_time);
	assert_digest(&got->digest, &want->digest);
	if (want->command == CX_CMD_MAR) {
		assert_int_equal(got->n_vectors, want->n_vectors);
		assert_memory_equal(got->vector, want->vector, sizeof(want->vector));
	}
}

static void an_answer_comes_out_as_it_went_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < kit_n_answers; i++) {
		const struct cx_request *req = kit_request_of(kit_answers[i].command);
		struct arena arena = {0};
		const char *why = NULL;
		struct msg *msg = answer_received(req, &kit_answers[i]);

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

static struct avp *child(msg_or_avp *parent, struct avp *after)
{
	struct avp *avp = NULL;

	(void)(after == NULL ? fd_msg_browse(parent, MSG_BRW_FIRST_CHILD, &avp, NULL)
	                     : fd_msg_browse(after, MSG_BRW_NEXT, &avp, NULL));
	return avp;
}

static struct avp_hdr *avp_header(struct avp *avp)
{
	struct avp_hdr *hdr = NULL;

	assert_int_equal(fd_msg_avp_hdr(avp, &hdr), 0);
	return hdr;
}

static struct avp *find(msg_or_avp *parent, uint32_t code, uint32_t vendor)
{
	struct avp *avp = child(parent, NULL);

	while (avp != NULL &&
	       (avp_header(avp)->avp_code != code || avp_header(avp)->avp_vendor != vendor)) {
		avp = child(parent, avp);
	}
	return avp;
}

static void an_answer_begins_with_the_common_avps_and_one_result(void **state)
{
	(void)state;
	for (size_t i = 0; i < kit_n_answers; i++) {
		struct msg *msg =
			answer_received(kit_request_of(kit_answers[i].command), &kit_answers[i]);
		struct msg_hdr *hdr = NULL;
		unsigned n_results = 0;
		size_t position = 0;
		bool protocol_error = kit_answers[i].verdict.result == CX_TOO_BUSY ||
		                      kit_answers[i].verdict.result == CX_UNABLE_TO_DELIVER ||
		                      kit_answers[i].verdict.result == CX_REDIRECT_INDICATION;

		assert_int_equal(fd_msg_hdr(msg, &hdr), 0);
		assert_int_equal(hdr->msg_flags,
		                 CMD_FLAG_PROXIABLE | (protocol_error ? CMD_FLAG_ERROR : 0));
		for (struct avp *avp = child(msg, NULL); avp != NULL; avp = child(msg, avp)) {
			uint32_t code = avp_header(avp)->avp_code;
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
		msg = answer_received(kit_request_of(CX_CMD_LIR), &ans);
		parent = rows[i].experimental
		                 ? (msg_or_avp *)find(msg, CX_BASE_AVP_EXPERIMENTAL_RESULT, 0)
		                 : (msg_or_avp *)msg;
		assert_non_null(parent);
		if (rows[i].experimental) {
			assert_int_equal(
				avp_header(find(parent, CX_BASE_AVP_VENDOR_ID, 0))->avp_value->u32,
				CX_VENDOR_3GPP);
		}
		assert_int_equal(
			avp_header(find(parent,
		                        rows[i].experimental ? CX_BASE_AVP_EXPERIMENTAL_RESULT_CODE
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
	value = avp_header(find(msg, CX_BASE_AVP_USER_NAME, 0))->avp_value;
	assert_int_equal(value->os.len, strlen(impi));
	assert_memory_equal(value->os.data, impi, strlen(impi));
	value = avp_header(find(msg, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP))->avp_value;
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
		msg = answer_received(kit_request_of(CX_CMD_MAR), &ans);
		assert_non_null(find(msg, CX_BASE_AVP_REDIRECT_HOST, 0));
		usage = find(msg, CX_BASE_AVP_REDIRECT_HOST_USAGE, 0);
		assert_non_null(usage);
		assert_int_equal(avp_header(usage)->avp_value->u32, rows[i].usage);
		assert_int_equal(find(msg, CX_BASE_AVP_REDIRECT_MAX_CACHE_TIME, 0) != NULL,
		                 rows[i].time);
		assert_null(find(msg, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP));
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
	msg = answer_received(kit_request_of(CX_CMD_LIR), &ans);
	assert_null(find(msg, CX_BASE_AVP_REDIRECT_HOST, 0));
	assert_null(find(msg, CX_BASE_AVP_REDIRECT_HOST_USAGE, 0));
	(void)fd_msg_free(msg);
}

static void items_are_numbered_from_one(void **state)
{
	struct msg *msg = answer_received(kit_request_of(CX_CMD_MAR), &kit_answers[26]);
	uint32_t number = 0;

	(void)state;
	for (struct avp *avp = child(msg, NULL); avp != NULL; avp = child(msg, avp)) {
		if (avp_header(avp)->avp_code == CX_AVP_SIP_AUTH_DATA_ITEM) {
			struct avp *said = find(avp, CX_AVP_SIP_ITEM_NUMBER, CX_VENDOR_3GPP);

			assert_int_equal(avp_header(said)->avp_value->u32, ++number);
		}
	}
	assert_int_equal(number, 5);
	(void)fd_msg_free(msg);
}

static void no_vector_leaves_with_an_error(void **state)
{
	struct msg *msg = request_received(kit_request_of(CX_CMD_MAR));

	(void)state;
	memset(&ans, 0, sizeof(ans));
	ans.verdict.result = CX_UNABLE_TO_COMPLY;
	ans.n_vectors = 3;
	ans.digest.realm = "example.net";
	assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
	assert_null(find(msg, CX_AVP_SIP_AUTH_DATA_ITEM, CX_VENDOR_3GPP));
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
	assert_int_equal(avp_header(child(msg, NULL))->avp_code, CX_BASE_AVP_SESSION_ID);
	for (struct avp *avp = child(msg, NULL); avp != NULL; avp = child(msg, avp)) {
		last = avp;
	}
	assert_int_equal(avp_header(last)->avp_code, CX_BASE_AVP_PROXY_INFO);
	(void)fd_msg_free(msg);
}

static void an_error_message_is_ascii_whatever_a_peer_wrote(void **state)
{
	struct msg *msg = request_received(kit_request_of(CX_CMD_UAR));
	const union avp_value *value = NULL;

	(void)state;
	memset(&ans, 0, sizeof(ans));
	ans.verdict.result = CX_UNABLE_TO_COMPLY;
	strcpy(ans.verdict.message, "bad \xc3 and \n");
	assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
	value = avp_header(find(msg, CX_BASE_AVP_ERROR_MESSAGE, 0))->avp_value;
	assert_int_equal(value->os.len, 11);
	assert_memory_equal(value->os.data, "bad ? and ?", 11);
	(void)fd_msg_free(msg);
}

static void only_a_cx_request_is_answered(void **state)
{
	struct msg *msg = answer_received(kit_request_of(CX_CMD_LIR), &kit_answers[22]);
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
	assert_null(find(msg, CX_BASE_AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0));
	(void)fd_msg_free(msg);
}

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
	struct avp *echo = find(answer, code, vendor);
	const union avp_value *value = NULL;

	if (asked == NULL) {
		assert_null(echo);
		return;
	}
	assert_non_null(echo);
	assert_int_equal((avp_header(echo)->avp_flags & AVP_FLAG_MANDATORY) != 0,
	                 is_named(answer, code));
	value = avp_header(echo)->avp_value;
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
	if (ret == 0 && find(msg, CX_BASE_AVP_SESSION_ID, 0) != NULL) {
		assert_int_equal(avp_header(child(msg, NULL))->avp_code, CX_BASE_AVP_SESSION_ID);
	}
	assert_non_null(find(msg, CX_BASE_AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0));
	assert_non_null(find(msg, CX_BASE_AVP_AUTH_SESSION_STATE, 0));
	assert_non_null(find(msg, CX_BASE_AVP_ORIGIN_HOST, 0));
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
		out.failed = avp_header(pei->pei_avp)->avp_code;
		out.failed_vendor = avp_header(pei->pei_avp)->avp_vendor;
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
	failed = find(*msg, CX_BASE_AVP_FAILED_AVP, 0);
	assert_non_null(failed);
	return child(failed, NULL);
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
	assert_int_equal(avp_header(failed)->avp_flags, 0x80);
	assert_int_equal(avp_header(failed)->avp_value->os.len, sizeof(second));
	assert_memory_equal(avp_header(failed)->avp_value->os.data, second, sizeof(second));
	(void)fd_msg_free(msg);

	raw_member(item_of(1), CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, second, 29);
	failed = failed_of(&msg);
	assert_int_equal(avp_header(failed)->avp_value->os.len, 29);
	assert_memory_equal(avp_header(failed)->avp_value->os.data, second, 29);
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
		msg = request_received(&req);
		group = find(msg, CX_AVP_SUPPORTED_FEATURES, CX_VENDOR_3GPP);
		assert_non_null(group);
		assert_int_equal(avp_header(group)->avp_flags, required != 0 ? 0xc0 : 0x80);
		memset(&ans, 0, sizeof(ans));
		ans.verdict.result = CX_ERROR_FEATURE_UNSUPPORTED;
		ans.features = req.features;
		ans.features.foreign = true;
		assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
		group = find(msg, CX_AVP_SUPPORTED_FEATURES, CX_VENDOR_3GPP);
		assert_non_null(group);
		assert_int_equal(avp_header(group)->avp_flags, 0x80);
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
	struct msg *msg = request_received(kit_request_of(CX_CMD_SAR));
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

static void restoration_beyond_the_limit_is_refused(void **state)
{
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
		memcpy(content,
		       "\0\0\2\x89\x80\0\0\0\0\0\x28\xaf" /* Restoration-Info */
		       "\0\0\2\x80\x80\0\0\x10\0\0\x28\xafpath"
		       "\0\0\2\x81\x80\0\0\0\0\0\x28\xaf" /* Contact: the rest */,
		       40);
		content[6] = (uint8_t)(len >> 8);
		content[7] = (uint8_t)len;
		content[28 + 6] = (uint8_t)((len - 28) >> 8);
		content[28 + 7] = (uint8_t)(len - 28);
		req.sar.restoration = content;
		req.sar.restoration_len = len;
		req.sar.restoration_impi = KIT_IMPI;
		msg = request_received(&req);
		assert_int_equal(cx_request_decode(msg, &arena, &got, &verdict), HSS_OK);
		memset(&ans, 0, sizeof(ans));
		ans.verdict = verdict;
		ans.verdict.result = over == 0 ? CX_SUCCESS : verdict.result;
		assert_int_equal(cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM), HSS_OK);
		failed = find(msg, CX_BASE_AVP_FAILED_AVP, 0);
		assert_int_equal(failed != NULL, over > 0);
		if (failed != NULL) {
			assert_int_equal(avp_header(child(failed, NULL))->avp_code,
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

/* TS 29.229 6.3.36: MD5 and auth, nothing else; HA1 as 32 digits of either case. */
static const struct {
	struct raw_digest digest;
	bool sound;
	bool by_rule; /* the library notices it first */
} digests[] = {
#define HA1 "abcd00010000000000000000000000ef"
	{{"SIP Digest", "r", "MD5", "auth", HA1}, true, false},
	{{"sip digest", "r", "md5", "AUTH", "ABCD00010000000000000000000000EF"}, true, false},
	{{"SIP Digest", "r", NULL, "auth", HA1}, true, false},
	{{NULL, "r", "MD5", "auth", HA1}, false, false},
	{{"Digest-AKAv1-MD5", "r", "MD5", "auth", HA1}, false, false},
	{{"SIP Digest", NULL, "MD5", "auth", HA1}, false, true},
	{{"SIP Digest", "", "MD5", "auth", HA1}, false, false},
	{{"SIP Digest", "r\n", "MD5", "auth", HA1}, false, false},
	{{"SIP Digest", "r", "SHA-256", "auth", HA1}, false, false},
	{{"SIP Digest", "r", "", "auth", HA1}, false, false},
	{{"SIP Digest", "r", "MD5", NULL, HA1}, false, true},
	{{"SIP Digest", "r", "MD5", "auth-int", HA1}, false, false},
	{{"SIP Digest", "r", "MD5", "auth", NULL}, false, true},
	{{"SIP Digest", "r", "MD5", "auth", ""}, false, false},
	{{"SIP Digest", "r", "MD5", "auth", "abcd00010000000000000000000000e"}, false, false},
	{{"SIP Digest", "r", "MD5", "auth", HA1 "0"}, false, false},
	{{"SIP Digest", "r", "MD5", "auth", "abcd00010000000000000000000000eg"}, false, false},
#undef HA1
};
enum { N_DIGESTS = sizeof(digests) / sizeof(digests[0]) };

static void a_digest_in_a_ppr_is_md5_with_auth(void **state)
{
	static const uint8_t ha1[CX_HA1_LEN] = {0xab, 0xcd, 0, 1, [15] = 0xef};

	(void)state;
	for (size_t i = 0; i < N_DIGESTS; i++) {
		struct arena arena = {0};
		struct cx_request req;

		raw_request(&raw, CX_CMD_PPR);
		raw_remove(&raw,
		           (size_t)(raw_find(&raw, CX_AVP_SIP_AUTH_DATA_ITEM, CX_VENDOR_3GPP, 0) -
		                    raw.avp));
		(void)raw_digest_item(&raw, &digests[i].digest);
		if (digests[i].sound) {
			assert_int_equal(decoded(&arena, &req), CX_NO_RESULT);
			assert_string_equal(req.ppr.digest.realm, "r");
			assert_memory_equal(req.ppr.digest.ha1, ha1, CX_HA1_LEN);
		} else {
			assert_int_equal(judge(true).code, digests[i].by_rule ? 5005 : 5004);
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
		struct msg *msg = request_received(&kit_requests[i]);
		struct msg_hdr *hdr = NULL;

		assert_int_equal(fd_msg_hdr(msg, &hdr), 0);
		assert_int_equal(hdr->msg_flags, CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE);
		assert_int_equal(hdr->msg_appl, CX_APP_ID);
		assert_int_equal(avp_header(child(msg, NULL))->avp_code, CX_BASE_AVP_SESSION_ID);
		if (hdr->msg_code == CX_CMD_RTR || hdr->msg_code == CX_CMD_PPR) {
			assert_non_null(find(msg, CX_BASE_AVP_DESTINATION_HOST, 0));
			assert_non_null(find(msg, CX_BASE_AVP_DESTINATION_REALM, 0));
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
	for (size_t i = 0; i < N_DIGESTS; i++) {
		maa_with_digest(&digests[i].digest);
		assert_int_equal(answer_err(), digests[i].sound ? HSS_OK : HSS_ERR_INVALID);
		assert_int_equal(memcmp(ans.digest.ha1, none, CX_HA1_LEN) != 0, digests[i].sound);
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
	msg = answer_received(kit_request_of(CX_CMD_UAR), &ans);
	group = find(msg, CX_AVP_SERVER_CAPABILITIES, CX_VENDOR_3GPP);
	assert_non_null(group);
	for (struct avp *avp = child(group, NULL); avp != NULL; avp = child(group, avp)) {
		const struct avp_hdr *hdr = avp_header(avp);

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
		struct msg *msg = answer_received(req, &kit_answers[i]);

		for (struct avp *avp = child(msg, NULL); avp != NULL; avp = child(msg, avp)) {
			avp_header(avp)->avp_flags ^= AVP_FLAG_MANDATORY;
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
	msg = request_received(&kit_requests[i]);
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
	query = msg = request_received(kit_request_of(kit_answers[i].command));
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
	msg = answer_received(kit_request_of(kit_answers[i].command), &kit_answers[i]);
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
		cmocka_unit_test(restoration_beyond_the_limit_is_refused),
		cmocka_unit_test(a_reason_has_one_of_four_codes),
		cmocka_unit_test(a_new_server_was_assigned_to_identities_that_are_named),
		cmocka_unit_test(a_ppr_has_something_to_tell),
		cmocka_unit_test(a_digest_in_a_ppr_is_md5_with_auth),
		cmocka_unit_test(no_ha1_is_left_of_a_ppr_that_is_refused),
		cmocka_unit_test(a_push_goes_to_a_host_that_is_named),
		cmocka_unit_test(a_push_is_a_proxiable_request_with_a_destination),
		cmocka_unit_test(a_command_that_is_none_of_cx_is_refused),
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
		cmocka_unit_test(every_lack_of_memory_is_an_error_and_leaks_nothing),
	};

	(void)kit_dictionary();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
