/* Answers as they are made, and the errors that the library answers in our stead. */
#include "hss/cx_codec.h"

#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "hss/cx_codec_avp.h"

/* An answer while it is made. */
struct encode {
	struct cx_put put;
	unsigned in; /* the command, as a bit */
	bool success;
	struct msg *query;
	const struct cx_answer *ans;
	struct avp *user_name;       /* of the query, NULL: absent */
	struct avp *public_identity; /* likewise, the first one */
};

static void put_result(struct encode *e)
{
	bool experimental = false;
	uint32_t code = cx_result_code(e->ans->verdict.result, &experimental);
	struct cx_put group = {0};

	if (!experimental) {
		cx_put_u32(&e->put, CX_OBJ_RESULT_CODE, code);
		return;
	}
	group = cx_put_group(&e->put, CX_OBJ_EXPERIMENTAL_RESULT);
	cx_put_u32(&group, CX_OBJ_VENDOR_ID, CX_VENDOR_3GPP);
	cx_put_u32(&group, CX_OBJ_EXPERIMENTAL_RESULT_CODE, code);
	cx_put_end(&e->put, &group);
}

/* An identity of the request, octet for octet: the S-CSCF looks for its own spelling. */
static void put_echo(struct encode *e, struct avp *asked, enum cx_obj obj, const char *otherwise)
{
	const union avp_value *value = asked != NULL ? cx_avp_header(asked)->avp_value : NULL;

	if (value != NULL) {
		cx_put_octets(&e->put, obj, value->os.data, value->os.len);
	} else if (otherwise != NULL) {
		cx_put_text(&e->put, obj, otherwise);
	}
}

/* Echoed in errors and in MAA; in a sound SAA it is the IMPI that the HSS found
 * (TS 29.228 6.1.2.1). */
static void put_user_name(struct encode *e)
{
	if (e->in == CX_IN_MAR || !e->success) {
		put_echo(e, e->user_name, CX_OBJ_USER_NAME, e->ans->impi);
	} else if (e->in == CX_IN_SAR && e->ans->impi != NULL) {
		cx_put_text(&e->put, CX_OBJ_USER_NAME, e->ans->impi);
	}
}

static void put_public_identity(struct encode *e)
{
	if (e->in == CX_IN_MAR || !e->success) {
		put_echo(e, e->public_identity, CX_OBJ_PUBLIC_IDENTITY, e->ans->impu);
	}
}

static void put_user_data(struct encode *e)
{
	if (e->ans->user_data != NULL) {
		cx_put_octets(&e->put, CX_OBJ_USER_DATA, e->ans->user_data, e->ans->user_data_len);
	}
}

static void put_features(struct encode *e)
{
	cx_put_features(&e->put, &e->ans->features, false);
}

static void put_charging(struct encode *e)
{
	cx_put_charging(&e->put, e->ans->charging);
}

static void put_associated(struct encode *e)
{
	cx_put_names(&e->put, CX_OBJ_ASSOCIATED_IDENTITIES, e->ans->associated_impi,
	             e->ans->n_associated_impi);
}

static void put_registered(struct encode *e)
{
	cx_put_names(&e->put, CX_OBJ_ASSOCIATED_REGISTERED_IDENTITIES, e->ans->registered_impi,
	             e->ans->n_registered_impi);
}

static void put_loose_route(struct encode *e)
{
	if (e->ans->loose_route) {
		cx_put_u32(&e->put, CX_OBJ_LOOSE_ROUTE_INDICATION, CX_LOOSE_ROUTE_REQUIRED);
	}
}

static void put_privileged_sender(struct encode *e)
{
	if (e->ans->privileged_sender) {
		cx_put_u32(&e->put, CX_OBJ_PRIVILEDGED_SENDER_INDICATION,
		           CX_PRIVILEDGED_SENDER_PRIVILEDGED_SENDER);
	}
}

static void put_restoration(struct encode *e)
{
	for (size_t i = 0; i < e->ans->n_restoration; i++) {
		cx_put_restoration(&e->put, &e->ans->restoration[i]);
	}
}

static void put_emergency(struct encode *e)
{
	for (size_t i = 0; i < e->ans->n_emergency; i++) {
		cx_put_emergency(&e->put, &e->ans->emergency[i]);
	}
}

static void put_server_name(struct encode *e)
{
	if (e->ans->server_name != NULL) {
		cx_put_text(&e->put, CX_OBJ_SERVER_NAME, e->ans->server_name);
	}
}

/* Names or capabilities, never both: whoever gets a name drops the rest (TS 29.229 6.3.4). */
static void put_capability_set(struct cx_put *group, const struct ims_capabilities *set)
{
	for (size_t i = 0; i < set->n_server; i++) {
		cx_put_text(group, CX_OBJ_SERVER_NAME, set->server[i]);
	}
	if (set->n_server > 0) {
		return;
	}
	for (size_t i = 0; i < set->n_mandatory; i++) {
		cx_put_u32(group, CX_OBJ_MANDATORY_CAPABILITY, set->mandatory[i]);
	}
	for (size_t i = 0; i < set->n_optional; i++) {
		cx_put_u32(group, CX_OBJ_OPTIONAL_CAPABILITY, set->optional[i]);
	}
}

static void put_capabilities(struct encode *e)
{
	struct cx_put group = {0};

	if (!e->ans->capabilities) {
		return;
	}
	group = cx_put_group(&e->put, CX_OBJ_SERVER_CAPABILITIES);
	if (e->ans->capability_set != NULL) {
		put_capability_set(&group, e->ans->capability_set);
	} else if (e->ans->capabilities_scscf != NULL) {
		cx_put_text(&group, CX_OBJ_SERVER_NAME, e->ans->capabilities_scscf);
	}
	cx_put_end(&e->put, &group);
}

static void put_wildcarded(struct encode *e)
{
	if (e->ans->wildcarded_impu != NULL) {
		cx_put_text(&e->put, CX_OBJ_WILDCARDED_PUBLIC_IDENTITY, e->ans->wildcarded_impu);
	}
}

static void put_lia_flags(struct encode *e)
{
	if (e->ans->psi_direct_routing) {
		cx_put_u32(&e->put, CX_OBJ_LIA_FLAGS, CX_LIA_FLAG_PSI_DIRECT_ROUTING);
	}
}

/* One vector as SIP-Auth-Data-Item (TS 29.228 table 6.3.4) */
static void put_vector(struct encode *e, uint32_t number, const struct auc_vector *vector)
{
	struct cx_put item = cx_put_group(&e->put, CX_OBJ_SIP_AUTH_DATA_ITEM);
	uint8_t rand_autn[AUC_RAND_LEN + AUC_AUTN_LEN];

	memcpy(rand_autn, vector->rand, AUC_RAND_LEN);
	memcpy(rand_autn + AUC_RAND_LEN, vector->autn, AUC_AUTN_LEN);
	cx_put_u32(&item, CX_OBJ_SIP_ITEM_NUMBER, number);
	cx_put_text(&item, CX_OBJ_SIP_AUTHENTICATION_SCHEME, CX_SCHEME_NAME_DIGEST_AKAV1_MD5);
	cx_put_octets(&item, CX_OBJ_SIP_AUTHENTICATE, rand_autn, sizeof(rand_autn));
	cx_put_octets(&item, CX_OBJ_SIP_AUTHORIZATION, vector->xres, AUC_XRES_LEN);
	cx_put_octets(&item, CX_OBJ_CONFIDENTIALITY_KEY, vector->ck, AUC_CK_LEN);
	cx_put_octets(&item, CX_OBJ_INTEGRITY_KEY, vector->ik, AUC_IK_LEN);
	cx_put_end(&e->put, &item);
	OPENSSL_cleanse(rand_autn, sizeof(rand_autn));
}

/* Whatever the struct holds, a vector or HA1 leaves with a success only. */
static void put_vectors(struct encode *e)
{
	if (!e->success) {
		return;
	}
	if (e->ans->digest.realm != NULL) {
		cx_put_u32(&e->put, CX_OBJ_SIP_NUMBER_AUTH_ITEMS, 1);
		cx_put_digest_item(&e->put, &e->ans->digest);
		return;
	}
	cx_put_u32(&e->put, CX_OBJ_SIP_NUMBER_AUTH_ITEMS, (uint32_t)e->ans->n_vectors);
	for (size_t i = 0; i < e->ans->n_vectors; i++) {
		put_vector(e, (uint32_t)i + 1, &e->ans->vector[i]);
	}
}

/* RFC 6733 6.12 to 6.14: the cache time is there whenever something may be cached, and only then.
 */
static void put_redirect(struct encode *e)
{
	if (e->ans->verdict.result != CX_REDIRECT_INDICATION) {
		return;
	}
	for (size_t i = 0; i < e->ans->n_redirect_host; i++) {
		cx_put_text(&e->put, CX_OBJ_REDIRECT_HOST, e->ans->redirect_host[i]);
	}
	cx_put_u32(&e->put, CX_OBJ_REDIRECT_HOST_USAGE, e->ans->redirect_usage);
	if (e->ans->redirect_usage != CX_REDIRECT_DONT_CACHE) {
		cx_put_u32(&e->put, CX_OBJ_REDIRECT_MAX_CACHE_TIME,
		           e->ans->redirect_max_cache_time);
	}
}

/* A peer's octets may stand in it: the AVP is a UTF8String whatever they are. */
static void put_message(struct encode *e)
{
	char text[CX_MESSAGE_LEN];
	size_t len = strnlen(e->ans->verdict.message, sizeof(text));

	for (size_t i = 0; i < len; i++) {
		text[i] = cx_printable(e->ans->verdict.message[i]);
	}
	if (len > 0) {
		cx_put_octets(&e->put, CX_OBJ_ERROR_MESSAGE, text, len);
	}
}

/*
 * The AVP at fault: occurrence *index of (code, vendor) among the children, those of
 * SIP-Auth-Data-Item and Deregistration-Reason counted where that stands. NULL when the request has
 * fewer.
 */
static struct avp *failed_find(msg_or_avp *parent, bool is_member, const struct cx_verdict *verdict,
                               unsigned *index)
{
	struct avp *found = NULL;

	for (struct avp *avp = cx_first(parent); avp != NULL && found == NULL; avp = cx_next(avp)) {
		const struct avp_hdr *hdr = cx_avp_header(avp);

		if (hdr->avp_code == verdict->failed_avp &&
		    hdr->avp_vendor == verdict->failed_avp_vendor) {
			if (*index == 0) {
				return avp;
			}
			(*index)--;
		}
		if (!is_member && (cx_obj_is(CX_OBJ_SIP_AUTH_DATA_ITEM, hdr) ||
		                   cx_obj_is(CX_OBJ_DEREGISTRATION_REASON, hdr))) {
			found = failed_find(avp, true, verdict, index);
		}
	}
	return found;
}

/* A copy of what the request had, flags included; of a group with those members, groups as well,
 * that were understood. */
static void put_failed_copy(struct cx_put *put, struct avp *avp)
{
	const struct avp_hdr *hdr = cx_avp_header(avp);
	struct dict_object *model = NULL;
	struct cx_put group = {0};

	if (fd_msg_model(avp, &model) != 0 || model == NULL) {
		return;
	}
	if (hdr->avp_value != NULL) {
		cx_put_avp(put, cx_avp_copy(avp));
	} else {
		cx_put_avp(put, cx_avp_new(model));
		group = (struct cx_put){.parent = put->last, .err = put->err};
		for (struct avp *member = cx_first(avp); member != NULL; member = cx_next(member)) {
			put_failed_copy(&group, member);
		}
		cx_put_end(put, &group);
	}
	if (put->err == HSS_OK) {
		cx_avp_header(put->last)->avp_flags = hdr->avp_flags;
	}
}

/* An example of an AVP that is missing (RFC 6733 7.5). */
static void put_failed_example(struct cx_put *put, const struct cx_verdict *verdict)
{
	for (int obj = 0; obj < CX_N_OBJ; obj++) {
		if (cx_obj_code((enum cx_obj)obj) == verdict->failed_avp &&
		    cx_obj_vendor((enum cx_obj)obj) == verdict->failed_avp_vendor) {
			cx_put_example(put, (enum cx_obj)obj);
		}
	}
}

static void put_failed_avp(struct encode *e)
{
	const struct cx_verdict *verdict = &e->ans->verdict;
	unsigned index = verdict->failed_avp_index;
	struct cx_put group = {0};
	struct avp *failed = NULL;

	if (verdict->failed_avp == 0) {
		return;
	}
	group = cx_put_group(&e->put, CX_OBJ_FAILED_AVP);
	failed = group.err == HSS_OK ? failed_find(e->query, false, verdict, &index) : NULL;
	if (failed != NULL) {
		put_failed_copy(&group, failed);
	} else {
		put_failed_example(&group, verdict);
	}
	cx_put_end(&e->put, &group);
}

/* The content of an answer, by command, in the order of TS 29.229 6.1. */
static const struct {
	unsigned in;
	void (*put)(struct encode *e);
} contents[] = {
	{CX_IN_ALL, put_user_name},
	{CX_IN_ALL, put_public_identity},
	{CX_IN_ALL, put_features},
	{CX_IN_MAR, put_vectors},
	{CX_IN_SAR, put_user_data},
	{CX_IN_SAR, put_charging},
	{CX_IN_SAR | CX_IN_RTR, put_associated},
	{CX_IN_SAR, put_loose_route},
	{CX_IN_SAR, put_restoration},
	{CX_IN_SAR, put_registered},
	{CX_IN_UAR | CX_IN_LIR | CX_IN_SAR, put_server_name},
	{CX_IN_UAR | CX_IN_LIR, put_capabilities},
	{CX_IN_SAR | CX_IN_LIR, put_wildcarded},
	{CX_IN_SAR, put_privileged_sender},
	{CX_IN_LIR, put_lia_flags},
	{CX_IN_RTR, put_emergency},
	{CX_IN_ALL, put_redirect},
	{CX_IN_ALL, put_message},
	{CX_IN_ALL, put_failed_avp},
};

/* The first AVP of that kind in the request, with its value known, or NULL. */
static struct avp *asked(struct msg *query, enum cx_obj obj)
{
	struct avp *avp = cx_find(query, obj);

	/* a request that the library refused was understood up to the AVP at fault only */
	if (avp != NULL && cx_avp_header(avp)->avp_value == NULL) {
		(void)fd_msg_parse_dict(avp, cx_codec_dictionary(), NULL);
	}
	return avp != NULL && cx_avp_header(avp)->avp_value != NULL ? avp : NULL;
}

/* The identities of the request that an answer echoes, and the answers whose format names them
 * (TS 29.229 6.1). */
static const struct {
	enum cx_obj obj;
	unsigned named_in;
} echoed[] = {
	{CX_OBJ_USER_NAME, CX_IN_SAR | CX_IN_MAR},
	{CX_OBJ_PUBLIC_IDENTITY, CX_IN_MAR},
};

enum { N_ECHOED = sizeof(echoed) / sizeof(echoed[0]) };

/* An AVP more than the format names must be without M: a strict peer refuses the answer otherwise
 * (RFC 6733 4.1). */
static void echoes_unmark(struct msg *answer)
{
	const struct msg_hdr *hdr = cx_msg_header(answer);
	unsigned in = (hdr->msg_flags & CMD_FLAG_ERROR) != 0 ? 0 : cx_in(hdr->msg_code);

	for (size_t i = 0; i < N_ECHOED; i++) {
		struct avp *avp = cx_find(answer, echoed[i].obj);

		if (avp != NULL && (echoed[i].named_in & in) == 0) {
			cx_avp_header(avp)->avp_flags &= (uint8_t)~AVP_FLAG_MANDATORY;
		}
	}
}

static void encode_answer(struct encode *e, const char *host, const char *realm)
{
	struct avp *session_id = asked(e->query, CX_OBJ_SESSION_ID);

	if (session_id != NULL) {
		put_echo(e, session_id, CX_OBJ_SESSION_ID, NULL);
	}
	e->user_name = asked(e->query, CX_OBJ_USER_NAME);
	e->public_identity = asked(e->query, CX_OBJ_PUBLIC_IDENTITY);
	cx_put_application(&e->put);
	put_result(e);
	cx_put_u32(&e->put, CX_OBJ_AUTH_SESSION_STATE, CX_AUTH_SESSION_NO_STATE_MAINTAINED);
	cx_put_text(&e->put, CX_OBJ_ORIGIN_HOST, host);
	cx_put_text(&e->put, CX_OBJ_ORIGIN_REALM, realm);
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		/* a command that is none of Cx gets what all have */
		if ((contents[i].in & e->in) != 0 || contents[i].in == CX_IN_ALL) {
			contents[i].put(e);
		}
	}
	echoes_unmark(e->put.parent);
}

/* Whether the result is a protocol error: E bit, and the generic answer format (RFC 6733 7.1.3). */
static bool is_protocol_error(enum cx_result result)
{
	bool experimental = false;
	uint32_t code = cx_result_code(result, &experimental);

	return !experimental && code / 1000 == 3;
}

enum hss_err cx_answer_encode(struct msg **msg, const struct cx_answer *ans, const char *host,
                              const char *realm)
{
	struct msg *query = *msg;
	const struct msg_hdr *query_hdr = cx_msg_header(query);
	struct msg *answer = query;
	struct encode e = {.query = query, .ans = ans};
	int flags = MSGFL_ANSW_NOSID; /* copied here: Cx needs no session of the library */
	int ret = 0;

	assert(ans->verdict.result != CX_NO_RESULT && ans->verdict.result != CX_OTHER_RESULT);
	if (query_hdr->msg_appl != CX_APP_ID || (query_hdr->msg_flags & CMD_FLAG_REQUEST) == 0) {
		return HSS_ERR_INVALID;
	}
	if (is_protocol_error(ans->verdict.result)) {
		flags |= MSGFL_ANSW_ERROR;
	}
	ret = fd_msg_new_answer_from_req(cx_codec_dictionary(), &answer, flags);
	if (ret != 0) {
		return ret == ENOMEM ? HSS_ERR_MEMORY : HSS_ERR_INVALID;
	}
	cx_msg_header(answer)->msg_flags &= (uint8_t)~CMD_FLAG_PROXIABLE;
	cx_msg_header(answer)->msg_flags |= query_hdr->msg_flags & CMD_FLAG_PROXIABLE;
	e.put.parent = answer;
	e.in = cx_in(query_hdr->msg_code);
	e.success = cx_result_is_success(ans->verdict.result);
	encode_answer(&e, host, realm);
	if (e.put.err != HSS_OK) {
		(void)fd_msg_answ_detach(answer);
		(void)fd_msg_free(answer);
		return e.put.err;
	}
	*msg = answer;
	return HSS_OK;
}

/* ---- Errors that the library answers ---- */

/*
 * An AVP of unknown type and without data, which the library put into Failed-AVP: it cannot write
 * one that is empty, and the whole answer would be lost. Four zero octets instead.
 */
static void failed_avp_fill(struct avp *failed)
{
	struct avp *empty = NULL;
	struct avp *filled = NULL;
	struct dict_object *model = NULL;
	struct avp_hdr *hdr = NULL;
	uint32_t header_len = 8;

	if (fd_msg_browse(failed, MSG_BRW_FIRST_CHILD, &empty, NULL) != 0 || empty == NULL) {
		return;
	}
	filled = empty;
	hdr = cx_avp_header(empty);
	if ((hdr->avp_flags & AVP_FLAG_VENDOR) != 0) {
		header_len = 12;
	}
	if (hdr->avp_len != header_len || fd_msg_model(empty, &model) != 0 || model != NULL) {
		return;
	}
	hdr->avp_len += 4;
	if (fd_msg_avp_new(NULL, AVPFL_SET_RAWDATA_FROM_AVP, &filled) != 0) {
		return;
	}
	hdr->avp_value = NULL;
	*cx_avp_header(filled) = *hdr;
	(void)fd_msg_free(empty);
	(void)fd_msg_avp_add(failed, MSG_BRW_FIRST_CHILD, filled);
}

static void complete(struct msg *answer, struct msg *query)
{
	struct cx_put put = {.parent = answer, .last = cx_find(answer, CX_OBJ_SESSION_ID)};
	struct avp *failed = cx_find(answer, CX_OBJ_FAILED_AVP);

	if (cx_find(answer, CX_OBJ_VENDOR_SPECIFIC_APPLICATION_ID) == NULL) {
		cx_put_application(&put);
	}
	if (cx_find(answer, CX_OBJ_AUTH_SESSION_STATE) == NULL) {
		cx_put_u32(&put, CX_OBJ_AUTH_SESSION_STATE, CX_AUTH_SESSION_NO_STATE_MAINTAINED);
	}
	for (size_t i = 0; i < N_ECHOED; i++) {
		struct avp *avp = asked(query, echoed[i].obj);

		if (avp != NULL && cx_find(answer, echoed[i].obj) == NULL) {
			cx_put_avp(&put, cx_avp_copy(avp));
		}
	}
	echoes_unmark(answer);
	if (failed != NULL) {
		failed_avp_fill(failed);
	}
}

void cx_library_error_complete(struct msg *answer)
{
	struct msg_hdr *hdr = cx_msg_header(answer);
	struct msg *query = NULL;

	if (hdr->msg_appl != CX_APP_ID || (hdr->msg_flags & CMD_FLAG_REQUEST) != 0 ||
	    fd_msg_answ_getq(answer, &query) != 0 || query == NULL) {
		return;
	}
	hdr->msg_flags |= cx_msg_header(query)->msg_flags & CMD_FLAG_PROXIABLE;
	complete(answer,
	         query); /* out of memory: the answer goes as the library made it, or nearly */
}
