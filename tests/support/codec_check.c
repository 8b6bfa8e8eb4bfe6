#include "codec_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct avp *check_child(msg_or_avp *parent, struct avp *after)
{
	struct avp *avp = NULL;

	(void)(after == NULL ? fd_msg_browse(parent, MSG_BRW_FIRST_CHILD, &avp, NULL)
	                     : fd_msg_browse(after, MSG_BRW_NEXT, &avp, NULL));
	return avp;
}

struct avp_hdr *check_header(struct avp *avp)
{
	struct avp_hdr *hdr = NULL;

	assert_int_equal(fd_msg_avp_hdr(avp, &hdr), 0);
	return hdr;
}

struct avp *check_find(msg_or_avp *parent, uint32_t code, uint32_t vendor)
{
	struct avp *avp = check_child(parent, NULL);

	while (avp != NULL &&
	       (check_header(avp)->avp_code != code || check_header(avp)->avp_vendor != vendor)) {
		avp = check_child(parent, avp);
	}
	return avp;
}

struct msg *check_request_received(const struct cx_request *req)
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

void assert_texts(const char *const *got, size_t n_got, const char *const *want, size_t n_want)
{
	assert_int_equal(n_got, n_want);
	for (size_t i = 0; i < n_want; i++) {
		assert_text(got[i], want[i]);
	}
}

void assert_octets(const void *got, size_t got_len, const void *want, size_t want_len)
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
	if (got != NULL && want != NULL) {
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

void assert_features(const struct cx_features *got, const struct cx_features *want)
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
	if (got != NULL && want != NULL) {
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

void assert_request(const struct cx_request *got, const struct cx_request *want)
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

/* Answer an example request; returns the answer as the S-CSCF receives it. */
struct msg *check_answer_received(const struct cx_request *req, const struct cx_answer *want)
{
	struct msg *msg = check_request_received(req);
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

void assert_answer(const struct cx_answer *got, const struct cx_answer *want,
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

/* TS 29.229 6.3.36: MD5 and auth, nothing else; HA1 as 32 digits of either case. */
const struct check_digest check_digests[] = {
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
const size_t check_n_digests = sizeof(check_digests) / sizeof(check_digests[0]);
