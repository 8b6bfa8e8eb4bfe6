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
	cx_put_text(put, CX_OBJ_SERVER_NAME, req->sar.server_name);
	cx_put_u32(put, CX_OBJ_SERVER_ASSIGNMENT_TYPE, req->sar.type);
	cx_put_u32(put, CX_OBJ_USER_DATA_ALREADY_AVAILABLE, req->sar.user_data_already_available);
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

/* What follows the common part, in the order of TS 29.229 6.1. */
static const struct {
	uint32_t command;
	void (*encode)(struct cx_put *put, const struct cx_request *req);
} encoders[] = {
	{CX_CMD_UAR, encode_uar},
	{CX_CMD_SAR, encode_sar},
	{CX_CMD_LIR, encode_lir},
	{CX_CMD_MAR, encode_mar},
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
}

enum hss_err cx_request_encode(const struct cx_request *req, struct msg **out)
{
	struct dict_object *model = cx_request_model(req->command);
	struct msg *msg = NULL;
	struct cx_put put = {0};

	if (model == NULL) {
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
