/* Requests as they are made: by the S-CSCF, and by the HSS when it has something to tell. */
#include "hss/cx_codec.h"

#include <string.h>

#include "hss/cx_codec_avp.h"

static void encode_identities(struct cx_put *put, const struct cx_request *req)
{
	if (req->impi != NULL) {
		cx_put_text(put, CX_OBJ_USER_NAME, req->impi);
	}
	for (size_t i = 0; i < req->n_impu; i++) {
		cx_put_text(put, CX_OBJ_PUBLIC_IDENTITY, req->impu[i]);
	}
}

static void encode_uar(struct cx_put *put, const struct cx_request *req)
{
	cx_put_text(put, CX_OBJ_VISITED_NETWORK_IDENTIFIER, req->uar.visited_network);
	if (req->uar.type != CX_UAT_REGISTRATION) {
		cx_put_u32(put, CX_OBJ_USER_AUTHORIZATION_TYPE, (uint32_t)req->uar.type);
	}
	if (req->uar.emergency) {
		cx_put_u32(put, CX_OBJ_UAR_FLAGS, CX_UAR_FLAG_EMERGENCY_REGISTRATION);
	}
}

static void encode_sar(struct cx_put *put, const struct cx_request *req)
{
	const struct cx_sar *sar = &req->sar;

	if (sar->wildcarded_impu != NULL) {
		cx_put_text(put, CX_OBJ_WILDCARDED_PUBLIC_IDENTITY, sar->wildcarded_impu);
	}
	cx_put_text(put, CX_OBJ_SERVER_NAME, sar->server_name);
	cx_put_u32(put, CX_OBJ_SERVER_ASSIGNMENT_TYPE, sar->type);
	cx_put_u32(put, CX_OBJ_USER_DATA_ALREADY_AVAILABLE, sar->user_data_already_available);
	if (sar->restoration != NULL) {
		cx_put_restoration(put, &(struct cx_restoration){.impi = sar->restoration_impi,
		                                                 .octets = sar->restoration,
		                                                 .len = sar->restoration_len});
	}
	if (sar->multiple_registration) {
		cx_put_u32(put, CX_OBJ_MULTIPLE_REGISTRATION_INDICATION,
		           CX_MULTIPLE_REGISTRATION_MULTIPLE_REGISTRATION);
	}
	if (sar->pcscf_restoration) {
		cx_put_u32(put, CX_OBJ_SAR_FLAGS, CX_SAR_FLAG_PCSCF_RESTORATION);
	}
}

static void encode_lir(struct cx_put *put, const struct cx_request *req)
{
	if (req->lir.originating) {
		cx_put_u32(put, CX_OBJ_ORIGINATING_REQUEST, CX_ORIGINATING_REQUEST_ORIGINATING);
	}
	if (req->lir.capabilities_asked) {
		cx_put_u32(put, CX_OBJ_USER_AUTHORIZATION_TYPE,
		           CX_UAT_REGISTRATION_AND_CAPABILITIES);
	}
}

static void encode_mar(struct cx_put *put, const struct cx_request *req)
{
	const struct cx_mar *mar = &req->mar;
	struct cx_put item = cx_put_group(put, CX_OBJ_SIP_AUTH_DATA_ITEM);

	cx_put_text(&item, CX_OBJ_SIP_AUTHENTICATION_SCHEME, mar->scheme_name);
	if (mar->resync) {
		uint8_t rand_auts[AUC_RAND_LEN + AUC_AUTS_LEN];

		memcpy(rand_auts, mar->rand, AUC_RAND_LEN);
		memcpy(rand_auts + AUC_RAND_LEN, mar->auts, AUC_AUTS_LEN);
		cx_put_octets(&item, CX_OBJ_SIP_AUTHORIZATION, rand_auts, sizeof(rand_auts));
	}
	cx_put_end(put, &item);
	cx_put_u32(put, CX_OBJ_SIP_NUMBER_AUTH_ITEMS, mar->n_vectors);
	cx_put_text(put, CX_OBJ_SERVER_NAME, mar->server_name);
}

static void encode_rtr(struct cx_put *put, const struct cx_request *req)
{
	const struct cx_rtr *rtr = &req->rtr;
	struct cx_put reason = {0};

	cx_put_names(put, CX_OBJ_ASSOCIATED_IDENTITIES, rtr->associated_impi,
	             rtr->n_associated_impi);
	reason = cx_put_group(put, CX_OBJ_DEREGISTRATION_REASON);
	cx_put_u32(&reason, CX_OBJ_REASON_CODE, rtr->reason);
	if (rtr->reason_info != NULL) {
		cx_put_text(&reason, CX_OBJ_REASON_INFO, rtr->reason_info);
	}
	cx_put_end(put, &reason);
}

static void encode_ppr(struct cx_put *put, const struct cx_request *req)
{
	const struct cx_ppr *ppr = &req->ppr;

	if (ppr->user_data != NULL) {
		cx_put_octets(put, CX_OBJ_USER_DATA, ppr->user_data, ppr->user_data_len);
	}
	cx_put_charging(put, ppr->charging);
	if (ppr->digest.realm != NULL) {
		cx_put_digest_item(put, &ppr->digest);
	}
}

/* What follows the common part, in the order of TS 29.229 6.1. */
static const struct {
	uint32_t command;
	void (*encode)(struct cx_put *put, const struct cx_request *req);
} encoders[] = {
	{CX_CMD_UAR, encode_uar}, {CX_CMD_SAR, encode_sar}, {CX_CMD_LIR, encode_lir},
	{CX_CMD_MAR, encode_mar}, {CX_CMD_RTR, encode_rtr}, {CX_CMD_PPR, encode_ppr},
};

static void encode_common(struct cx_put *put, const struct cx_request *req)
{
	cx_put_text(put, CX_OBJ_SESSION_ID, req->session_id);
	cx_put_application(put);
	cx_put_u32(put, CX_OBJ_AUTH_SESSION_STATE, CX_AUTH_SESSION_NO_STATE_MAINTAINED);
	cx_put_text(put, CX_OBJ_ORIGIN_HOST, req->origin_host);
	cx_put_text(put, CX_OBJ_ORIGIN_REALM, req->origin_realm);
	if (req->destination_host != NULL) {
		cx_put_text(put, CX_OBJ_DESTINATION_HOST, req->destination_host);
	}
	cx_put_text(put, CX_OBJ_DESTINATION_REALM, req->destination_realm);
	encode_identities(put, req);
	cx_put_features(put, &req->features, true);
}

/* What the HSS asks goes to the one S-CSCF that it means (TS 29.228 6.1.3, 6.2.2). */
static bool has_destination(const struct cx_request *req)
{
	return (req->command != CX_CMD_RTR && req->command != CX_CMD_PPR) ||
	       req->destination_host != NULL;
}

enum hss_err cx_request_encode(const struct cx_request *req, struct msg **out)
{
	struct dict_object *model = cx_request_model(req->command);
	struct msg *msg = NULL;
	struct cx_put put = {0};

	if (model == NULL || !has_destination(req)) {
		return HSS_ERR_INVALID;
	}
	if (fd_msg_new(model, MSGFL_ALLOC_ETEID, &msg) != 0) {
		return HSS_ERR_MEMORY;
	}
	put.parent = msg;
	encode_common(&put, req);
	for (size_t i = 0; i < sizeof(encoders) / sizeof(encoders[0]); i++) {
		if (encoders[i].command == req->command) {
			encoders[i].encode(&put, req);
		}
	}
	if (put.err != HSS_OK) {
		(void)fd_msg_free(msg);
		return put.err;
	}
	*out = msg;
	return HSS_OK;
}
