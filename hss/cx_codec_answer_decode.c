/* Answers as the S-CSCF receives them: strict, because vectors and a profile come in them. */
#include "hss/cx_codec.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "hss/cx_codec_avp.h"

/* An answer while it is decoded. */
struct decode {
	struct arena *arena;
	struct cx_answer *ans;
	const char **why;
	enum hss_err err;
	unsigned n_results;
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
	d->n_results++;
}

/* The value of a member of a group, or NULL. */
static const union avp_value *member(struct avp *group, enum cx_obj obj)
{
	struct avp *avp = cx_find(group, obj);

	return avp != NULL ? cx_avp_header(avp)->avp_value : NULL;
}

static void decode_experimental(struct decode *d, const struct at *at)
{
	const union avp_value *vendor = member(at->avp, CX_OBJ_VENDOR_ID);
	const union avp_value *code = member(at->avp, CX_OBJ_EXPERIMENTAL_RESULT_CODE);

	if (vendor == NULL || code == NULL) {
		malformed(d, "Experimental-Result lacks its vendor or its code");
		return;
	}
	d->ans->verdict.result =
		vendor->u32 == CX_VENDOR_3GPP ? cx_result_of(true, code->u32) : CX_OTHER_RESULT;
	d->n_results++;
}

static void decode_capabilities(struct decode *d, const struct at *at)
{
	const union avp_value *name = member(at->avp, CX_OBJ_SERVER_NAME);

	d->ans->capabilities = true;
	if (name != NULL && !cx_is_clean(name)) {
		malformed(d, "a name in Server-Capabilities is empty or has a control character");
	} else if (name != NULL) {
		d->ans->capabilities_scscf = text_copy(d, name);
	}
}

static void decode_lia_flags(struct decode *d, const struct at *at)
{
	d->ans->psi_direct_routing = (at->value->u32 & CX_LIA_FLAG_PSI_DIRECT_ROUTING) != 0;
}

static void decode_associated(struct decode *d, const struct at *at)
{
	size_t n = 0;

	for (struct avp *child = cx_first(at->avp); child != NULL; child = cx_next(child)) {
		n++;
	}
	d->ans->associated_impi = arena_array(d->arena, n, sizeof(*d->ans->associated_impi));
	if (d->ans->associated_impi == NULL) {
		d->err = HSS_ERR_MEMORY;
		return;
	}
	for (struct avp *child = cx_first(at->avp); child != NULL && d->err == HSS_OK;
	     child = cx_next(child)) {
		const struct avp_hdr *hdr = cx_avp_header(child);

		if (!cx_obj_is(CX_OBJ_USER_NAME, hdr)) {
			continue;
		}
		if (hdr->avp_value == NULL || !cx_is_clean(hdr->avp_value)) {
			malformed(d, "an IMPI in Associated-Identities is empty or has a control "
			             "character");
			return;
		}
		d->ans->associated_impi[d->ans->n_associated_impi++] = text_copy(d, hdr->avp_value);
	}
}

/* The first of them: room for all that follow it. */
static void decode_redirect_host(struct decode *d, const struct at *at)
{
	struct cx_answer *ans = d->ans;
	size_t n = 0;

	if (ans->n_redirect_host == 0) {
		for (struct avp *avp = at->avp; avp != NULL; avp = cx_next(avp)) {
			n++;
		}
		d->redirect_host = arena_array(d->arena, n, sizeof(*d->redirect_host));
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

static bool is_aka(const union avp_value *scheme)
{
	static const char name[] = CX_SCHEME_NAME_DIGEST_AKAV1_MD5;

	return scheme != NULL && scheme->os.len == strlen(name) &&
	       strncasecmp((const char *)scheme->os.data, name, strlen(name)) == 0;
}

static void decode_item(struct decode *d, const struct at *at)
{
	struct cx_answer *ans = d->ans;
	const union avp_value *number = member(at->avp, CX_OBJ_SIP_ITEM_NUMBER);
	unsigned seen = 0;

	if (ans->n_vectors == AUC_VECTORS_MAX) {
		malformed(d, "more SIP-Auth-Data-Item than any HSS should send");
		return;
	}
	if (!is_aka(member(at->avp, CX_OBJ_SIP_AUTHENTICATION_SCHEME))) {
		malformed(d,
		          "the scheme of a SIP-Auth-Data-Item is missing or not Digest-AKAv1-MD5");
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
	{CX_OBJ_USER_DATA, false, false, decode_user_data, 0},
	{CX_OBJ_ASSOCIATED_IDENTITIES, false, true, decode_associated, 0},
	{CX_OBJ_SERVER_NAME, false, false, TEXT(server_name)},
	{CX_OBJ_SERVER_CAPABILITIES, false, true, decode_capabilities, 0},
	{CX_OBJ_WILDCARDED_PUBLIC_IDENTITY, false, false, TEXT(wildcarded_impu)},
	{CX_OBJ_LIA_FLAGS, false, false, decode_lia_flags, 0},
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

/* What one AVP alone does not show. */
static void decode_combinations(struct decode *d)
{
	const struct cx_answer *ans = d->ans;
	bool success = cx_result_is_success(ans->verdict.result);

	if (d->n_results == 0) {
		malformed(d, "neither Result-Code nor Experimental-Result is there");
	}
	if (d->n_results > 1) {
		malformed(d, "both Result-Code and Experimental-Result are there");
	}
	if (ans->server_name != NULL && ans->capabilities) {
		malformed(d, "both Server-Name and Server-Capabilities are there");
	}
	if (!success && ans->n_vectors > 0) {
		malformed(d, "an error comes with SIP-Auth-Data-Item");
	}
	if (ans->verdict.result == CX_REDIRECT_INDICATION && ans->n_redirect_host == 0) {
		malformed(d, "a redirect names no Redirect-Host");
	}
	if (success && ans->command == CX_CMD_MAR && !d->number_seen) {
		malformed(d, "SIP-Number-Auth-Items is missing");
	}
	if (success && d->number_seen && d->number != ans->n_vectors) {
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
	}
	if (d.err != HSS_OK) {
		OPENSSL_cleanse(ans->vector, sizeof(ans->vector));
		ans->n_vectors = 0;
	}
	return d.err;
}
