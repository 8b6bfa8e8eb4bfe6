/*
 * Answers as they are received. Strict about what says something, because vectors and a profile
 * come in them; what only has to stand in every message may be missing, as peers leave it out.
 */
#include "hss/cx_codec.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "hss/cx_codec_avp.h"

/* An answer while it is decoded. */
struct decode {
	struct arena *arena;
	struct cx_answer *ans;
	const char **why;
	enum hss_err err;
	unsigned n_results;
	uint32_t result_vendor; /* of Experimental-Result */
	uint32_t result_code;
	const char **redirect_host;
	bool number_seen;
	uint32_t number;                       /* SIP-Number-Auth-Items */
	uint32_t item_number[AUC_VECTORS_MAX]; /* 0: absent */
};

/* A row: an AVP, whether it may come more than once, and what is done with its value. */
struct at;
struct field {
	enum cx_obj obj;
	bool repeated;
	bool grouped;
	void (*decode)(struct decode *d, const struct at *at);
	size_t offset; /* of a text in struct cx_answer */
};

/* One AVP found in the message. value is not NULL unless it is a group. */
struct at {
	const struct field *field;
	struct avp *avp;
	const union avp_value *value;
};

static void malformed(struct decode *d, const char *why)
{
	if (d->err == HSS_OK) {
		d->err = HSS_ERR_INVALID;
		*d->why = why;
	}
}

static const char *text_copy(struct decode *d, const union avp_value *value)
{
	const char *copy = arena_text(d->arena, (const char *)value->os.data, value->os.len);

	if (copy == NULL) {
		d->err = HSS_ERR_MEMORY;
	}
	return copy;
}

static void decode_text(struct decode *d, const struct at *at)
{
	const char **text = (const char **)(void *)((char *)d->ans + at->field->offset);

	if (!cx_is_clean(at->value)) {
		malformed(d, "a name or identity is empty or has a control character");
		return;
	}
	*text = text_copy(d, at->value);
}

static void decode_user_data(struct decode *d, const struct at *at)
{
	d->ans->user_data = text_copy(d, at->value);
	d->ans->user_data_len = at->value->os.len;
}

static void decode_message(struct decode *d, const struct at *at)
{
	char *message = d->ans->verdict.message;
	size_t len = at->value->os.len < CX_MESSAGE_LEN ? at->value->os.len : CX_MESSAGE_LEN - 1;

	for (size_t i = 0; i < len; i++) {
		message[i] = cx_printable((char)at->value->os.data[i]);
	}
	message[len] = '\0';
}

static void decode_failed(struct decode *d, const struct at *at)
{
	struct avp *failed = cx_first(at->avp);

	if (failed != NULL) {
		d->ans->verdict.failed_avp = cx_avp_header(failed)->avp_code;
		d->ans->verdict.failed_avp_vendor = cx_avp_header(failed)->avp_vendor;
	}
}

static void decode_result(struct decode *d, const struct at *at)
{
	d->ans->verdict.result = cx_result_of(false, at->value->u32);
	d->result_code = at->value->u32;
	d->n_results++;
}

static void decode_experimental(struct decode *d, const struct at *at)
{
	const union avp_value *vendor = cx_member(at->avp, CX_OBJ_VENDOR_ID);
	const union avp_value *code = cx_member(at->avp, CX_OBJ_EXPERIMENTAL_RESULT_CODE);

	if (vendor == NULL || code == NULL) {
		malformed(d, "Experimental-Result lacks its vendor or its code");
		return;
	}
	d->ans->verdict.result =
		vendor->u32 == CX_VENDOR_3GPP ? cx_result_of(true, code->u32) : CX_OTHER_RESULT;
	d->result_vendor = vendor->u32;
	d->result_code = code->u32;
	d->n_results++;
}

/* How many children of a group are obj. */
static size_t count(struct avp *group, enum cx_obj obj)
{
	size_t n = 0;

	for (struct avp *avp = cx_first(group); avp != NULL; avp = cx_next(avp)) {
		n += cx_obj_is(obj, cx_avp_header(avp));
	}
	return n;
}

/* One member of Server-Capabilities. */
static void decode_capability(struct decode *d, const struct avp_hdr *hdr,
                              struct ims_capabilities *set)
{
	if (hdr->avp_value == NULL) {
		return;
	}
	if (cx_obj_is(CX_OBJ_MANDATORY_CAPABILITY, hdr)) {
		set->mandatory[set->n_mandatory++] = hdr->avp_value->u32;
	} else if (cx_obj_is(CX_OBJ_OPTIONAL_CAPABILITY, hdr)) {
		set->optional[set->n_optional++] = hdr->avp_value->u32;
	} else if (!cx_obj_is(CX_OBJ_SERVER_NAME, hdr)) {
		return;
	} else if (cx_is_clean(hdr->avp_value)) {
		set->server[set->n_server++] = text_copy(d, hdr->avp_value);
	} else {
		malformed(d, "a name in Server-Capabilities is empty or has a control character");
	}
}

/* TS 29.229 6.3.4: with a name there, capabilities are dropped. */
static void decode_capabilities(struct decode *d, const struct at *at)
{
	struct arena *arena = d->arena;
	struct ims_capabilities *set = arena_alloc(arena, sizeof(*set));

	d->ans->capabilities = true;
	if (set == NULL) {
		d->err = HSS_ERR_MEMORY;
		return;
	}
	set->mandatory = arena_array(arena, count(at->avp, CX_OBJ_MANDATORY_CAPABILITY),
	                             sizeof(*set->mandatory));
	set->optional = arena_array(arena, count(at->avp, CX_OBJ_OPTIONAL_CAPABILITY),
	                            sizeof(*set->optional));
	set->server = arena_array(arena, count(at->avp, CX_OBJ_SERVER_NAME), sizeof(*set->server));
	if (set->mandatory == NULL || set->optional == NULL || set->server == NULL) {
		d->err = HSS_ERR_MEMORY;
		return;
	}
	for (struct avp *avp = cx_first(at->avp); avp != NULL && d->err == HSS_OK;
	     avp = cx_next(avp)) {
		decode_capability(d, cx_avp_header(avp), set);
	}
	if (set->n_server > 0) {
		set->n_mandatory = 0;
		set->n_optional = 0;
		d->ans->capabilities_scscf = set->server[0];
	}
	if (set->n_server > 1 || set->n_mandatory > 0 || set->n_optional > 0) {
		d->ans->capability_set = set;
	}
}

static void decode_lia_flags(struct decode *d, const struct at *at)
{
	d->ans->psi_direct_routing = (at->value->u32 & CX_LIA_FLAG_PSI_DIRECT_ROUTING) != 0;
}

/* What a group was found to be, by the functions of cx_codec_group.c; true: it is sound. */
static bool taken(struct decode *d, enum hss_err err, const char *what)
{
	if (err == HSS_ERR_MEMORY) {
		d->err = err;
	} else if (err != HSS_OK) {
		malformed(d, what);
	}
	return err == HSS_OK;
}

static void decode_features(struct decode *d, const struct at *at)
{
	const char *why = "";

	(void)taken(d, cx_get_features(at->avp, &d->ans->features, &why),
	            "a Supported-Features lacks one of its members");
}

static void decode_charging(struct decode *d, const struct at *at)
{
	const char *why = "";

	(void)taken(d, cx_get_charging(at->avp, d->arena, &d->ans->charging, &why),
	            "an address in Charging-Information is empty or has a control character");
}

static void decode_associated(struct decode *d, const struct at *at)
{
	const char *why = "";

	(void)taken(d,
	            cx_get_names(at->avp, d->arena, &d->ans->associated_impi,
	                         &d->ans->n_associated_impi, &why),
	            "an IMPI in Associated-Identities is empty or has a control character");
}

static void decode_registered(struct decode *d, const struct at *at)
{
	const char *why = "";

	(void)taken(d,
	            cx_get_names(at->avp, d->arena, &d->ans->registered_impi,
	                         &d->ans->n_registered_impi, &why),
	            "an IMPI in Associated-Registered-Identities is empty or has a control "
	            "character");
}

static void decode_loose_route(struct decode *d, const struct at *at)
{
	d->ans->loose_route = at->value->u32 == CX_LOOSE_ROUTE_REQUIRED;
}

static void decode_privileged_sender(struct decode *d, const struct at *at)
{
	d->ans->privileged_sender = at->value->u32 == CX_PRIVILEDGED_SENDER_PRIVILEDGED_SENDER;
}

/* How many of a kind are still to come, this one included. */
static size_t remaining(const struct at *at)
{
	size_t n = 0;

	for (struct avp *avp = at->avp; avp != NULL; avp = cx_next(avp)) {
		n += cx_obj_is(at->field->obj, cx_avp_header(avp));
	}
	return n;
}

static void decode_restoration(struct decode *d, const struct at *at)
{
	struct cx_answer *ans = d->ans;
	const char *why = "";

	if (ans->restoration == NULL) {
		ans->restoration = arena_array(d->arena, remaining(at), sizeof(*ans->restoration));
	}
	if (ans->restoration == NULL) {
		d->err = HSS_ERR_MEMORY;
	} else if (taken(d,
	                 cx_get_restoration(at->avp, d->arena,
	                                    &ans->restoration[ans->n_restoration], &why),
	                 "an SCSCF-Restoration-Info lacks its User-Name or the rest, or is too "
	                 "long")) {
		ans->n_restoration++;
	}
}

static void decode_emergency(struct decode *d, const struct at *at)
{
	struct cx_answer *ans = d->ans;
	const char *why = "";

	if (ans->emergency == NULL) {
		ans->emergency = arena_array(d->arena, remaining(at), sizeof(*ans->emergency));
	}
	if (ans->emergency == NULL) {
		d->err = HSS_ERR_MEMORY;
	} else if (taken(d,
	                 cx_get_emergency(at->avp, d->arena, &ans->emergency[ans->n_emergency],
	                                  &why),
	                 "an Identity-with-Emergency-Registration lacks one of its identities, or "
	                 "it is no text")) {
		ans->n_emergency++;
	}
}

/* The first of them: room for all that follow it. */
static void decode_redirect_host(struct decode *d, const struct at *at)
{
	struct cx_answer *ans = d->ans;

	if (ans->n_redirect_host == 0) {
		d->redirect_host = arena_array(d->arena, remaining(at), sizeof(*d->redirect_host));
		ans->redirect_host = d->redirect_host;
	}
	if (d->redirect_host == NULL) {
		d->err = HSS_ERR_MEMORY;
	} else if (!cx_is_clean(at->value)) {
		malformed(d, "a Redirect-Host is empty or has a control character");
	} else {
		d->redirect_host[ans->n_redirect_host++] = text_copy(d, at->value);
	}
}

static void decode_redirect_usage(struct decode *d, const struct at *at)
{
	d->ans->redirect_usage = at->value->u32;
}

static void decode_redirect_time(struct decode *d, const struct at *at)
{
	d->ans->redirect_max_cache_time = at->value->u32;
}

static void decode_number(struct decode *d, const struct at *at)
{
	d->number = at->value->u32;
	d->number_seen = true;
}

/* Members of an item with IMS-AKA: each there once, of exactly that length (TS 29.228 table 6.3.4).
 */
static const struct {
	enum cx_obj obj;
	size_t len;
	size_t offset; /* in struct auc_vector */
} item_octets[] = {
	{CX_OBJ_SIP_AUTHENTICATE, AUC_RAND_LEN + AUC_AUTN_LEN, offsetof(struct auc_vector, rand)},
	{CX_OBJ_SIP_AUTHORIZATION, AUC_XRES_LEN, offsetof(struct auc_vector, xres)},
	{CX_OBJ_CONFIDENTIALITY_KEY, AUC_CK_LEN, offsetof(struct auc_vector, ck)},
	{CX_OBJ_INTEGRITY_KEY, AUC_IK_LEN, offsetof(struct auc_vector, ik)},
};
enum { N_ITEM_OCTETS = sizeof(item_octets) / sizeof(item_octets[0]) };

static_assert(offsetof(struct auc_vector, autn) == offsetof(struct auc_vector, rand) + AUC_RAND_LEN,
              "SIP-Authenticate is RAND || AUTN");

/* One of item_octets: the bit of its row, or 0 when the AVP is none of them. */
static unsigned decode_item_octets(struct decode *d, const struct avp_hdr *hdr,
                                   struct auc_vector *vector)
{
	for (unsigned i = 0; i < N_ITEM_OCTETS; i++) {
		if (!cx_obj_is(item_octets[i].obj, hdr)) {
			continue;
		}
		if (hdr->avp_value == NULL || hdr->avp_value->os.len != item_octets[i].len) {
			malformed(d, "RAND and AUTN, XRES, CK or IK of a SIP-Auth-Data-Item has "
			             "another length than it should");
			return 0;
		}
		memcpy((uint8_t *)vector + item_octets[i].offset, hdr->avp_value->os.data,
		       item_octets[i].len);
		return 1U << i;
	}
	return 0;
}

/* SIP Digest: there is one such item at most (TS 29.228 6.3.1). */
static void decode_digest_item(struct decode *d, const struct at *at)
{
	const char *why = "";

	if (d->ans->digest.realm != NULL) {
		malformed(d, "a SIP-Auth-Data-Item of SIP Digest comes more than once");
		return;
	}
	(void)taken(d, cx_get_digest_item(at->avp, d->arena, &d->ans->digest, &why),
	            "a SIP-Auth-Data-Item of SIP Digest lacks what it should have, or has another "
	            "algorithm or quality of protection");
}

static void decode_item(struct decode *d, const struct at *at)
{
	struct cx_answer *ans = d->ans;
	const union avp_value *scheme = cx_member(at->avp, CX_OBJ_SIP_AUTHENTICATION_SCHEME);
	const union avp_value *number = cx_member(at->avp, CX_OBJ_SIP_ITEM_NUMBER);
	unsigned seen = 0;

	if (cx_is_scheme(scheme, CX_SCHEME_NAME_SIP_DIGEST)) {
		decode_digest_item(d, at);
		return;
	}

	if (ans->n_vectors == AUC_VECTORS_MAX) {
		malformed(d, "more SIP-Auth-Data-Item than any HSS should send");
		return;
	}
	if (!cx_is_scheme(scheme, CX_SCHEME_NAME_DIGEST_AKAV1_MD5)) {
		malformed(d, "the scheme of a SIP-Auth-Data-Item is missing, or neither "
		             "Digest-AKAv1-MD5 nor SIP Digest");
		return;
	}
	for (struct avp *avp = cx_first(at->avp); avp != NULL && d->err == HSS_OK;
	     avp = cx_next(avp)) {
		unsigned bit =
			decode_item_octets(d, cx_avp_header(avp), &ans->vector[ans->n_vectors]);

		if ((seen & bit) != 0) {
			malformed(d, "an AVP of a SIP-Auth-Data-Item comes more than once");
		}
		seen |= bit;
	}
	if (seen != (1U << N_ITEM_OCTETS) - 1) {
		malformed(d, "a SIP-Auth-Data-Item lacks RAND and AUTN, XRES, CK or IK");
	}
	d->item_number[ans->n_vectors++] = number != NULL ? number->u32 : 0;
}

#define TEXT(member) decode_text, offsetof(struct cx_answer, member)

static const struct field answer_fields[] = {
	{CX_OBJ_RESULT_CODE, false, false, decode_result, 0},
	{CX_OBJ_EXPERIMENTAL_RESULT, false, true, decode_experimental, 0},
	{CX_OBJ_USER_NAME, false, false, TEXT(impi)},
	{CX_OBJ_PUBLIC_IDENTITY, false, false, TEXT(impu)},
	{CX_OBJ_SIP_NUMBER_AUTH_ITEMS, false, false, decode_number, 0},
	{CX_OBJ_SIP_AUTH_DATA_ITEM, true, true, decode_item, 0},
	{CX_OBJ_SUPPORTED_FEATURES, true, true, decode_features, 0},
	{CX_OBJ_USER_DATA, false, false, decode_user_data, 0},
	{CX_OBJ_CHARGING_INFORMATION, false, true, decode_charging, 0},
	{CX_OBJ_ASSOCIATED_IDENTITIES, false, true, decode_associated, 0},
	{CX_OBJ_LOOSE_ROUTE_INDICATION, false, false, decode_loose_route, 0},
	{CX_OBJ_SCSCF_RESTORATION_INFO, true, true, decode_restoration, 0},
	{CX_OBJ_ASSOCIATED_REGISTERED_IDENTITIES, false, true, decode_registered, 0},
	{CX_OBJ_SERVER_NAME, false, false, TEXT(server_name)},
	{CX_OBJ_SERVER_CAPABILITIES, false, true, decode_capabilities, 0},
	{CX_OBJ_WILDCARDED_PUBLIC_IDENTITY, false, false, TEXT(wildcarded_impu)},
	{CX_OBJ_PRIVILEDGED_SENDER_INDICATION, false, false, decode_privileged_sender, 0},
	{CX_OBJ_LIA_FLAGS, false, false, decode_lia_flags, 0},
	{CX_OBJ_IDENTITY_WITH_EMERGENCY_REGISTRATION, true, true, decode_emergency, 0},
	{CX_OBJ_REDIRECT_HOST, true, false, decode_redirect_host, 0},
	{CX_OBJ_REDIRECT_HOST_USAGE, false, false, decode_redirect_usage, 0},
	{CX_OBJ_REDIRECT_MAX_CACHE_TIME, false, false, decode_redirect_time, 0},
	{CX_OBJ_ERROR_MESSAGE, false, false, decode_message, 0},
	{CX_OBJ_FAILED_AVP, true, true, decode_failed, 0},
};
enum { N_ANSWER_FIELDS = sizeof(answer_fields) / sizeof(answer_fields[0]) };

static void decode_avp(struct decode *d, struct avp *avp, unsigned *seen)
{
	const struct avp_hdr *hdr = cx_avp_header(avp);
	struct at at = {.avp = avp, .value = hdr->avp_value};

	for (size_t i = 0; i < N_ANSWER_FIELDS; i++) {
		if (!cx_obj_is(answer_fields[i].obj, hdr)) {
			continue;
		}
		at.field = &answer_fields[i];
		if (seen[i]++ > 0 && !at.field->repeated) {
			malformed(d, "an AVP comes more than once");
		} else if (at.value == NULL && !at.field->grouped) {
			malformed(d, "an AVP is not understood");
		} else {
			at.field->decode(d, &at);
		}
		return;
	}
}

/* Vectors in the order of SIP-Item-Number: the lowest is used first (TS 29.228 table 6.3.4). */
static void sort_vectors(struct decode *d)
{
	struct auc_vector *vector = d->ans->vector;
	struct auc_vector moved;

	for (size_t i = 1; i < d->ans->n_vectors; i++) {
		uint32_t number = d->item_number[i];
		size_t j = i;

		moved = vector[i];
		for (; j > 0 && d->item_number[j - 1] > number; j--) {
			vector[j] = vector[j - 1];
			d->item_number[j] = d->item_number[j - 1];
		}
		vector[j] = moved;
		d->item_number[j] = number;
	}
	OPENSSL_cleanse(&moved, sizeof(moved));
	for (size_t i = 1; i < d->ans->n_vectors; i++) {
		if (d->item_number[i] == d->item_number[i - 1]) {
			malformed(d, "two SIP-Auth-Data-Item have one SIP-Item-Number, or none");
		}
	}
}

/* A result without a name here: whoever reads of it gets at least its number. */
static void name_result(struct decode *d)
{
	struct cx_verdict *verdict = &d->ans->verdict;

	if (verdict->result != CX_OTHER_RESULT || verdict->message[0] != '\0') {
		return;
	}
	if (d->result_vendor == 0) {
		(void)snprintf(verdict->message, CX_MESSAGE_LEN, "Result-Code %" PRIu32,
		               d->result_code);
	} else {
		(void)snprintf(verdict->message, CX_MESSAGE_LEN,
		               "Experimental-Result-Code %" PRIu32 " of vendor %" PRIu32,
		               d->result_code, d->result_vendor);
	}
}

/* What one AVP alone does not show. */
static void decode_combinations(struct decode *d)
{
	const struct cx_answer *ans = d->ans;
	bool success = cx_result_is_success(ans->verdict.result);
	bool digest = ans->digest.realm != NULL;
	size_t n_items = ans->n_vectors + digest;

	if (d->n_results == 0) {
		malformed(d, "neither Result-Code nor Experimental-Result is there");
	}
	if (d->n_results > 1) {
		malformed(d, "both Result-Code and Experimental-Result are there");
	}
	if (ans->server_name != NULL && ans->capabilities) {
		malformed(d, "both Server-Name and Server-Capabilities are there");
	}
	if (!success && n_items > 0) {
		malformed(d, "an error comes with SIP-Auth-Data-Item");
	}
	if (digest && ans->n_vectors > 0) {
		malformed(d, "both vectors of IMS-AKA and SIP Digest are there");
	}
	if (ans->verdict.result == CX_REDIRECT_INDICATION && ans->n_redirect_host == 0) {
		malformed(d, "a redirect names no Redirect-Host");
	}
	if (success && ans->command == CX_CMD_MAR && !d->number_seen) {
		malformed(d, "SIP-Number-Auth-Items is missing");
	}
	if (success && d->number_seen && d->number != n_items) {
		malformed(d, "SIP-Number-Auth-Items is not the number of SIP-Auth-Data-Item");
	}
	sort_vectors(d);
}

enum hss_err cx_answer_decode(struct msg *msg, struct arena *arena, struct cx_answer *ans,
                              const char **why)
{
	struct decode d = {.arena = arena, .ans = ans, .why = why};
	unsigned seen[N_ANSWER_FIELDS] = {0};
	const struct msg_hdr *hdr = cx_msg_header(msg);

	*ans = (struct cx_answer){.command = hdr->msg_code};
	if (hdr->msg_appl != CX_APP_ID || (hdr->msg_flags & CMD_FLAG_REQUEST) != 0 ||
	    cx_in(hdr->msg_code) == 0) {
		malformed(&d, "it is no answer to a Cx request of ours");
	}
	for (struct avp *avp = cx_first(msg); avp != NULL && d.err == HSS_OK; avp = cx_next(avp)) {
		decode_avp(&d, avp, seen);
	}
	if (d.err == HSS_OK) {
		decode_combinations(&d);
		name_result(&d);
	}
	if (d.err != HSS_OK) {
		cx_answer_wipe(ans);
	}
	return d.err;
}
