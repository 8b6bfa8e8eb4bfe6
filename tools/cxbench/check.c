#include "tools/cxbench/check.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "diameter-dict/cx_ids.h"

enum { PERCENT = 100, SQN_BITS = 48, XRES_MIN = 4, XRES_MAX = 16, ERROR_TEXT_MAX = 120 };

/* The results that an answer may have without being a refusal (TS 29.228 6.1): the state decides
 * which one is right (model.h). */
static const struct {
	enum request_kind kind;
	bool experimental;
	uint32_t result;
} successes[] = {
	{REQUEST_UAR, true, CX_EXP_FIRST_REGISTRATION},
	{REQUEST_UAR, true, CX_EXP_SUBSEQUENT_REGISTRATION},
	{REQUEST_UAR_DEREG, false, CX_RC_SUCCESS},
	{REQUEST_UAR_DEREG, true, CX_EXP_ERROR_IDENTITY_NOT_REGISTERED},
	{REQUEST_MAR, false, CX_RC_SUCCESS},
	{REQUEST_SAR_REG, false, CX_RC_SUCCESS},
	{REQUEST_SAR_REREG, false, CX_RC_SUCCESS},
	{REQUEST_SAR_DEREG, false, CX_RC_SUCCESS},
	{REQUEST_LIR, false, CX_RC_SUCCESS},
	{REQUEST_LIR, true, CX_EXP_UNREGISTERED_SERVICE},
	{REQUEST_LIR, true, CX_EXP_ERROR_IDENTITY_NOT_REGISTERED},
};

static struct check_text text_of(const struct wire_avp *avp)
{
	return (struct check_text){.data = avp->data, .len = avp->len};
}

static uint64_t avp_key(uint32_t code, uint32_t vendor)
{
	return (uint64_t)vendor << 32 | code;
}

#define KEY_3GPP(code_) ((uint64_t)CX_VENDOR_3GPP << 32 | (code_))

static const char *item_parse(const struct wire_avp *group, struct check_item *item)
{
	struct wire_cursor cursor = wire_walk(group->data, group->len);
	struct wire_avp avp;

	*item = (struct check_item){0};
	while (wire_next(&cursor, &avp)) {
		switch (avp_key(avp.code, avp.vendor)) {
		case KEY_3GPP(CX_AVP_SIP_ITEM_NUMBER):
			if (!wire_u32(&avp, &item->number)) {
				return "SIP-Item-Number has not 4 octets";
			}
			break;
		case KEY_3GPP(CX_AVP_SIP_AUTHENTICATION_SCHEME):
			item->scheme = text_of(&avp);
			break;
		case KEY_3GPP(CX_AVP_SIP_AUTHENTICATE):
			item->authenticate = text_of(&avp);
			break;
		case KEY_3GPP(CX_AVP_SIP_AUTHORIZATION):
			item->authorization = text_of(&avp);
			break;
		case KEY_3GPP(CX_AVP_CONFIDENTIALITY_KEY):
			item->ck = text_of(&avp);
			break;
		case KEY_3GPP(CX_AVP_INTEGRITY_KEY):
			item->ik = text_of(&avp);
			break;
		default:
			break;
		}
	}
	return cursor.bad ? "an AVP in SIP-Auth-Data-Item does not fit" : NULL;
}

static const char *experimental_parse(const struct wire_avp *group, struct check_answer *answer)
{
	struct wire_cursor cursor = wire_walk(group->data, group->len);
	struct wire_avp avp;
	bool found = false;

	answer->experimental = true;
	answer->n_results++;
	while (wire_next(&cursor, &avp)) {
		uint32_t *value = NULL;

		if (avp.vendor == 0 && avp.code == CX_BASE_AVP_VENDOR_ID) {
			value = &answer->result_vendor;
		} else if (avp.vendor == 0 && avp.code == CX_BASE_AVP_EXPERIMENTAL_RESULT_CODE) {
			value = &answer->result;
			found = true;
		}
		if (value != NULL && !wire_u32(&avp, value)) {
			return "a number in Experimental-Result has not 4 octets";
		}
	}
	if (cursor.bad) {
		return "an AVP in Experimental-Result does not fit";
	}
	return found ? NULL : "Experimental-Result without code";
}

static const char *item_add(const struct wire_avp *avp, struct check_answer *answer)
{
	struct check_item spare;
	const size_t i = answer->n_items++;

	return item_parse(avp, i < CHECK_VECTORS_MAX ? &answer->item[i] : &spare);
}

/* Where a text goes that a Cx answer has once at most; NULL for other AVPs. */
static struct check_text *text_place(const struct wire_avp *avp, struct check_answer *answer)
{
	switch (avp_key(avp->code, avp->vendor)) {
	case CX_BASE_AVP_SESSION_ID:
		return &answer->session_id;
	case CX_BASE_AVP_ORIGIN_HOST:
		return &answer->origin_host;
	case CX_BASE_AVP_USER_NAME:
		return &answer->user_name;
	case CX_BASE_AVP_ERROR_MESSAGE:
		return &answer->error_message;
	case KEY_3GPP(CX_AVP_PUBLIC_IDENTITY):
		return &answer->public_identity;
	case KEY_3GPP(CX_AVP_SERVER_NAME):
		return &answer->server_name;
	case KEY_3GPP(CX_AVP_USER_DATA):
		return &answer->user_data;
	default:
		return NULL;
	}
}

static const char *avp_take(const struct wire_avp *avp, struct check_answer *answer)
{
	struct check_text *text = text_place(avp, answer);

	if (text != NULL) {
		if (text->data != NULL) {
			return "an AVP that may be there once is there twice";
		}
		*text = text_of(avp);
		return NULL;
	}
	switch (avp_key(avp->code, avp->vendor)) {
	case CX_BASE_AVP_RESULT_CODE:
		answer->n_results++;
		return wire_u32(avp, &answer->result) ? NULL : "Result-Code has not 4 octets";
	case CX_BASE_AVP_EXPERIMENTAL_RESULT:
		return experimental_parse(avp, answer);
	case KEY_3GPP(CX_AVP_SIP_NUMBER_AUTH_ITEMS):
		answer->has_count = true;
		return wire_u32(avp, &answer->count) ? NULL
		                                     : "SIP-Number-Auth-Items has not 4 octets";
	case KEY_3GPP(CX_AVP_SIP_AUTH_DATA_ITEM):
		return item_add(avp, answer);
	default:
		return NULL;
	}
}

const char *check_parse(const uint8_t *message, const struct wire_header *header,
                        struct check_answer *answer)
{
	struct wire_cursor cursor =
		wire_walk(message + WIRE_HEADER_LEN, header->length - WIRE_HEADER_LEN);
	struct wire_avp avp;
	const char *bad = NULL;

	memset(answer, 0, offsetof(struct check_answer, item));
	while (bad == NULL && wire_next(&cursor, &avp)) {
		bad = avp_take(&avp, answer);
	}
	if (bad == NULL && cursor.bad) {
		bad = "an AVP does not fit into the message";
	}
	return bad;
}

static bool text_is(const struct check_text *text, const char *wanted, size_t len)
{
	return text->data != NULL && text->len == len && memcmp(text->data, wanted, len) == 0;
}

/* A request and its checker, for messages: "MAR of IMPI". */
struct context {
	struct checker *checker;
	const struct check_request *request;
	const struct subscriber *sub;
};

static bool fault(const struct context *c, enum fault kind, const char *reason)
{
	fault_note(c->checker->faults, kind, "%s of %.*s: %s", request_name(c->request->kind),
	           (int)c->sub->impi_len,
	           subscriber_impi(c->checker->subscribers, c->request->subscriber), reason);
	return false;
}

static bool check_header(const struct context *c, const struct wire_header *header,
                         const struct check_answer *answer)
{
	const bool protocol_error = !answer->experimental && answer->result / 1000 == 3;

	if (header->command != request_command(c->request->kind) ||
	    header->application != CX_APP_ID) {
		return fault(c, FAULT_HEADER, "another command or application");
	}
	if ((header->flags & WIRE_PROXIABLE) == 0) {
		return fault(c, FAULT_HEADER, "P is not set");
	}
	if ((header->flags & (WIRE_RETRANSMITTED | 0x0f)) != 0) {
		return fault(c, FAULT_HEADER, "T or a reserved flag is set");
	}
	if (((header->flags & WIRE_ERROR) != 0) != protocol_error) {
		return fault(c, FAULT_HEADER, "E has to be set with a result 3xxx and no other");
	}
	return true;
}

static bool check_session(const struct context *c, const struct check_answer *answer)
{
	const struct check_request *request = c->request;
	const struct check_text *id = &answer->session_id;
	uint8_t digits[SESSION_DIGITS];

	request_session_digits(request->hop_by_hop, request->end_to_end, digits);
	if (id->data == NULL || id->len != request->origin_host_len + 1 + SESSION_DIGITS ||
	    memcmp(id->data, request->origin_host, request->origin_host_len) != 0 ||
	    id->data[request->origin_host_len] != ';' ||
	    memcmp(id->data + request->origin_host_len + 1, digits, SESSION_DIGITS) != 0) {
		return fault(c, FAULT_SESSION_ID, "Session-Id is not that of the request");
	}
	return true;
}

static bool check_results(const struct context *c, const struct check_answer *answer)
{
	if (answer->n_results != 1) {
		return fault(c, FAULT_RESULT_AVP,
		             answer->n_results == 0
		                     ? "neither Result-Code nor Experimental-Result"
		                     : "more than one of Result-Code and Experimental-Result");
	}
	if (answer->experimental && answer->result_vendor != CX_VENDOR_3GPP) {
		return fault(c, FAULT_RESULT_AVP, "Experimental-Result of another vendor");
	}
	return true;
}

/* Identities may be absent; what is there has to be the request's. */
static bool check_identities(const struct context *c, const struct check_answer *answer)
{
	const struct subscribers *subs = c->checker->subscribers;
	const size_t i = c->request->subscriber;

	if (!text_is(&answer->origin_host, c->checker->hss, strlen(c->checker->hss))) {
		return fault(c, FAULT_ORIGIN_HOST, "Origin-Host is not the HSS");
	}
	if (answer->user_name.data != NULL &&
	    !text_is(&answer->user_name, subscriber_impi(subs, i), c->sub->impi_len)) {
		return fault(c, FAULT_IDENTITY, "User-Name is not that of the request");
	}
	if (answer->public_identity.data != NULL &&
	    !text_is(&answer->public_identity, subscriber_impu(subs, i), c->sub->impu_len)) {
		return fault(c, FAULT_IDENTITY, "Public-Identity is not that of the request");
	}
	return true;
}

static bool is_success(enum request_kind kind, const struct check_answer *answer)
{
	for (size_t i = 0; i < sizeof(successes) / sizeof(successes[0]); i++) {
		if (successes[i].kind == kind &&
		    successes[i].experimental == answer->experimental &&
		    successes[i].result == answer->result) {
			return true;
		}
	}
	return false;
}

/* What is no success: told with the words of the HSS, cleaned of what would upset a terminal. */
static enum check_outcome refused(const struct context *c, const struct check_answer *answer)
{
	const bool busy = !answer->experimental && answer->result == CX_RC_TOO_BUSY;
	const bool failed = !answer->experimental && (answer->result == CX_RC_UNABLE_TO_COMPLY ||
	                                              answer->result == CX_RC_UNABLE_TO_DELIVER);
	char words[ERROR_TEXT_MAX + 1];
	char reason[ERROR_TEXT_MAX + 64];
	size_t len = 0;

	if (!(busy ? c->checker->allow_busy : failed && c->checker->allow_refused)) {
		for (; len < answer->error_message.len && len < ERROR_TEXT_MAX; len++) {
			const unsigned char o = answer->error_message.data[len];

			words[len] = (char)(isprint(o) ? o : '?');
		}
		words[len] = '\0';
		(void)snprintf(reason, sizeof(reason), "%s %" PRIu32 "%s%s",
		               answer->experimental ? "Experimental-Result" : "Result-Code",
		               answer->result, len > 0 ? ": " : "", words);
		(void)fault(c, busy ? FAULT_BUSY : FAULT_REFUSED, reason);
	}
	return busy ? CHECK_BUSY : CHECK_REFUSED;
}

static bool check_item(const struct context *c, const struct check_item *item)
{
	const size_t rand_autn = (size_t)2 * AKA_KEY_LEN;

	if (!text_is(&item->scheme, CX_SCHEME_NAME_DIGEST_AKAV1_MD5,
	             sizeof(CX_SCHEME_NAME_DIGEST_AKAV1_MD5) - 1)) {
		return fault(c, FAULT_ITEMS, "SIP-Authentication-Scheme is absent or another");
	}
	if (item->authenticate.data == NULL || item->authenticate.len != rand_autn) {
		return fault(c, FAULT_ITEMS, "SIP-Authenticate has not 32 octets");
	}
	if (item->authorization.data == NULL || item->authorization.len < XRES_MIN ||
	    item->authorization.len > XRES_MAX) {
		return fault(c, FAULT_ITEMS, "SIP-Authorization has not 4 to 16 octets");
	}
	if (item->ck.data == NULL || item->ck.len != AKA_KEY_LEN || item->ik.data == NULL ||
	    item->ik.len != AKA_KEY_LEN) {
		return fault(c, FAULT_ITEMS,
		             "Confidentiality-Key or Integrity-Key has not 16 octets");
	}
	return true;
}

static bool check_items(const struct context *c, const struct check_answer *answer)
{
	if (!answer->has_count || answer->count != answer->n_items) {
		return fault(c, FAULT_ITEMS, "SIP-Number-Auth-Items is not the number of items");
	}
	if (answer->n_items == 0 || answer->n_items > c->checker->n_vectors) {
		return fault(c, FAULT_ITEMS, "no vector, or more than were asked for");
	}
	for (size_t i = 0; i < answer->n_items; i++) {
		const struct check_item *item = &answer->item[i];

		if (item->number != i + 1 && (answer->n_items > 1 || item->number != 0)) {
			return fault(c, FAULT_ITEMS, "SIP-Item-Number does not ascend from 1");
		}
		if (!check_item(c, item)) {
			return false;
		}
	}
	return true;
}

/* The SQN of one vector; false when it is not what the keys make it. */
static bool vector_verify(const struct context *c, const struct check_item *item, uint64_t *sqn)
{
	const struct aka_vector vector = {.rand = item->authenticate.data,
	                                  .autn = item->authenticate.data + AKA_KEY_LEN,
	                                  .xres = item->authorization.data,
	                                  .ck = item->ck.data,
	                                  .ik = item->ik.data};
	enum aka_verdict verdict = AKA_WRONG_XRES;

	if (item->authorization.len == AKA_RES_LEN) {
		verdict = aka_check(c->checker->aka, c->sub->k, c->sub->opc, &vector, sqn);
	}
	return verdict == AKA_GOOD || fault(c, FAULT_VECTOR, aka_verdict_text(verdict));
}

static bool sqn_fault(const struct context *c, enum fault kind, const char *reason, uint64_t sqn,
                      uint64_t other)
{
	char text[ERROR_TEXT_MAX];

	(void)snprintf(text, sizeof(text), "SQN %" PRIu64 " %s %" PRIu64, sqn, reason, other);
	return fault(c, kind, text);
}

/* TS 33.102 C.1.1.2, C.1.2: above what was there, and never seen. before: 0 for the first one. */
static bool sqn_check(const struct context *c, uint64_t sqn, uint64_t before)
{
	struct checker *checker = c->checker;
	const uint64_t ind_mask = (UINT64_C(1) << checker->ind_bits) - 1;
	bool good = true;

	switch (sqn_set_note(checker->sqns, c->request->subscriber, sqn)) {
	case SQN_DUPLICATE:
		good = sqn_fault(c, FAULT_SQN_DUPLICATE, "came before; highest is", sqn,
		                 sqn_set_highest(checker->sqns, c->request->subscriber));
		break;
	case SQN_NO_MEMORY:
		good = fault(c, FAULT_OURS, "out of memory for its SQNs");
		break;
	case SQN_NEW:
		break;
	}
	if (sqn <= c->request->sqn_floor) {
		good = sqn_fault(c, FAULT_SQN_BACK, "is not above what had come before:", sqn,
		                 c->request->sqn_floor);
	}
	if (before != 0 && (sqn <= before || ((sqn ^ before) & ind_mask) != 0)) {
		good = sqn_fault(c, FAULT_SQN_ARRAY,
		                 "does not ascend with the same IND from the vector before:", sqn,
		                 before);
	}
	if (checker->log != NULL &&
	    !sqn_log_add(checker->log,
	                 subscriber_impi(checker->subscribers, c->request->subscriber),
	                 c->sub->impi_len, sqn)) {
		good = fault(c, FAULT_OURS, "the SQN log cannot be written");
	}
	return good;
}

static bool check_vectors(const struct context *c, const struct check_answer *answer)
{
	struct checker *checker = c->checker;
	uint64_t before = 0;
	bool good = true;

	checker->verify_due += checker->verify_percent;
	if (checker->verify_due < PERCENT) {
		return true;
	}
	checker->verify_due -= PERCENT;
	for (size_t i = 0; i < answer->n_items; i++) {
		uint64_t sqn = 0;

		checker->n_verified++;
		if (!vector_verify(c, &answer->item[i], &sqn)) {
			good = false;
			continue;
		}
		good = sqn_check(c, sqn, before) && good;
		before = sqn;
	}
	return good;
}

/* What a success carries (TS 29.229 6.1): a check for each command. */
static bool check_content(const struct context *c, const struct check_answer *answer)
{
	switch (c->request->kind) {
	case REQUEST_MAR:
		if (answer->user_name.data == NULL || answer->public_identity.data == NULL) {
			return fault(c, FAULT_IDENTITY, "User-Name or Public-Identity is absent");
		}
		return check_items(c, answer) && check_vectors(c, answer);
	case REQUEST_SAR_REG:
	case REQUEST_SAR_REREG:
	case REQUEST_SAR_DEREG:
		if (answer->user_name.data == NULL) {
			return fault(c, FAULT_IDENTITY, "User-Name is absent");
		}
		if (c->request->kind == REQUEST_SAR_REG && answer->user_data.len == 0) {
			return fault(c, FAULT_CONTENT, "no User-Data");
		}
		return c->request->kind != REQUEST_SAR_DEREG || answer->user_data.data == NULL ||
		       fault(c, FAULT_CONTENT, "User-Data after a deregistration");
	case REQUEST_UAR:
	case REQUEST_UAR_DEREG:
	case REQUEST_LIR:
		if (answer->server_name.len == 0 &&
		    (!answer->experimental || answer->result == CX_EXP_SUBSEQUENT_REGISTRATION)) {
			return fault(c, FAULT_CONTENT, "no Server-Name");
		}
		return true;
	case N_REQUESTS:
		break;
	}
	return true;
}

enum check_outcome check_answer(struct checker *checker, const struct check_request *request,
                                const struct wire_header *header, const uint8_t *message,
                                struct check_answer *answer)
{
	const struct context c = {.checker = checker,
	                          .request = request,
	                          .sub = &checker->subscribers->list[request->subscriber]};
	const char *bad = check_parse(message, header, answer);

	if (bad != NULL) {
		(void)fault(&c, FAULT_MALFORMED, bad);
		return CHECK_FAULTY;
	}
	if (!check_results(&c, answer) || !check_header(&c, header, answer) ||
	    !check_session(&c, answer) || !check_identities(&c, answer)) {
		return CHECK_FAULTY;
	}
	if (!is_success(request->kind, answer)) {
		return refused(&c, answer);
	}
	return check_content(&c, answer) ? CHECK_SUCCESS : CHECK_FAULTY;
}
