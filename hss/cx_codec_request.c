/* Requests as the HSS receives them. */
#include "hss/cx_codec.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hss/cx_codec_avp.h"

enum { DIAMETER_IDENTITY_LEN_MAX = 255 };

/* A request while it is decoded. */
struct decode {
	struct arena *arena;
	struct cx_request *req;
	struct cx_verdict *verdict;
	enum hss_err err; /* HSS_ERR_MEMORY ends it */
};

/*
 * A row: an AVP, the commands in which it means something to the HSS (elsewhere it is ignored),
 * those that cannot do without it, those in which it may come more than once, and what is done with
 * its value.
 */
struct at;
struct field {
	enum cx_obj obj;
	unsigned in;
	unsigned required;
	unsigned repeated;
	void (*decode)(struct decode *d, const struct at *at);
	size_t offset; /* of a text in struct cx_request */
	bool grouped;
};

/* One AVP found in the message. value is not NULL unless it is a group. */
struct at {
	const struct field *field;
	struct avp *avp;
	const union avp_value *value;
	unsigned index; /* how many of the same were before it */
};

/* The first refusal stands; what follows is decoded all the same, for the log line. */
__attribute__((format(printf, 4, 5))) static void
refuse(struct decode *d, const struct at *at, enum cx_result result, const char *format, ...)
{
	char text[CX_MESSAGE_LEN];
	va_list args;

	if (d->verdict->result != CX_NO_RESULT) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)cx_refuse(d->verdict, result, "%s", text);
	if (at != NULL) {
		d->verdict->failed_avp = cx_obj_code(at->field->obj);
		d->verdict->failed_avp_vendor = cx_obj_vendor(at->field->obj);
		d->verdict->failed_avp_index = at->index;
	}
}

static const char *text_copy(struct decode *d, const void *octets, size_t len)
{
	const char *copy = arena_text(d->arena, octets, len);

	if (copy == NULL) {
		d->err = HSS_ERR_MEMORY;
	}
	return copy;
}

static void decode_text(struct decode *d, const struct at *at)
{
	const char **text = (const char **)(void *)((char *)d->req + at->field->offset);

	if (!cx_is_clean(at->value)) {
		refuse(d, at, CX_INVALID_AVP_VALUE, "%s is empty or has a control character",
		       cx_obj_name(at->field->obj));
		return;
	}
	*text = text_copy(d, at->value->os.data, at->value->os.len);
}

/* A DiameterIdentity (RFC 6733 4.3.1): a host or realm name, kept with the subscriber and shown to
 * people. */
static void decode_diameter_identity(struct decode *d, const struct at *at)
{
	bool sound = at->value->os.len <= DIAMETER_IDENTITY_LEN_MAX;

	for (size_t i = 0; sound && i < at->value->os.len; i++) {
		const unsigned char c = at->value->os.data[i];

		sound = c < 0x80 && (isalnum(c) || c == '.' || c == '-' || c == '_');
	}
	if (!sound) {
		refuse(d, at, CX_INVALID_AVP_VALUE, "%s is no Diameter identity",
		       cx_obj_name(at->field->obj));
		return;
	}
	decode_text(d, at);
}

/* Identities that are none: the HSS cannot know such a user (TS 29.228 6.1.1.1 step 1 and
 * likewise). */
static void decode_impi(struct decode *d, const struct at *at)
{
	char impi[IMPI_LEN_MAX + 1];
	const char *why = "";

	if (impi_canonical((const char *)at->value->os.data, at->value->os.len, impi, &why) !=
	    HSS_OK) {
		refuse(d, NULL, CX_ERROR_USER_UNKNOWN, "User-Name: the IMPI %s", why);
		return;
	}
	d->req->impi = text_copy(d, impi, strlen(impi));
}

static void decode_impu(struct decode *d, const struct at *at)
{
	struct cx_request *req = d->req;
	const size_t max = req->command == CX_CMD_RTR ? IMS_IMPU_MAX : CX_IMPU_MAX;
	char impu[IMPU_LEN_MAX + 1];
	const char *why = "";

	if (req->n_impu == max) {
		refuse(d, at, CX_AVP_OCCURS_TOO_MANY_TIMES, "more than %zu Public-Identity", max);
		return;
	}
	if (impu_canonical((const char *)at->value->os.data, at->value->os.len, impu, &why) !=
	    HSS_OK) {
		refuse(d, NULL, CX_ERROR_USER_UNKNOWN, "Public-Identity: the IMPU %s", why);
		return;
	}
	/* one is the rule; a second one, in SAR and RTR, makes room for all that may come */
	if (req->n_impu < 2) {
		size_t room = req->n_impu == 0 ? 1 : max;
		const char **impus = arena_array(d->arena, room, sizeof(*impus));

		if (impus == NULL) {
			d->err = HSS_ERR_MEMORY;
			return;
		}
		if (req->n_impu == 1) {
			impus[0] = req->impu[0];
		}
		req->impu = impus;
	}
	req->impu[req->n_impu] = text_copy(d, impu, strlen(impu));
	if (req->impu[req->n_impu] != NULL) {
		req->n_impu++;
	}
}

static void decode_visited(struct decode *d, const struct at *at)
{
	char network[NETWORK_LEN_MAX + 1];
	const char *why = "";

	if (network_canonical((const char *)at->value->os.data, at->value->os.len, network, &why) !=
	    HSS_OK) {
		refuse(d, at, CX_INVALID_AVP_VALUE, "Visited-Network-Identifier: the network %s",
		       why);
		return;
	}
	d->req->uar.visited_network = text_copy(d, network, strlen(network));
}

static void decode_server_name(struct decode *d, const struct at *at)
{
	const char **name =
		d->req->command == CX_CMD_SAR ? &d->req->sar.server_name : &d->req->mar.server_name;
	const char *why = "";

	if (scscf_name_check((const char *)at->value->os.data, at->value->os.len, &why) != HSS_OK) {
		refuse(d, at, CX_INVALID_AVP_VALUE, "Server-Name: the S-CSCF name %s", why);
		return;
	}
	*name = text_copy(d, at->value->os.data, at->value->os.len);
}

/* An Enumerated whose values are 0 to max. */
static bool decode_enum(struct decode *d, const struct at *at, int32_t max, int32_t *out)
{
	int32_t value = at->value->i32;

	if (value < 0 || value > max) {
		refuse(d, at, CX_INVALID_AVP_VALUE, "%s has no value %d",
		       cx_obj_name(at->field->obj), (int)value);
		return false;
	}
	*out = value;
	return true;
}

static void decode_authorization_type(struct decode *d, const struct at *at)
{
	int32_t value = 0;

	if (!decode_enum(d, at, CX_UAT_REGISTRATION_AND_CAPABILITIES, &value)) {
		return;
	}
	if (d->req->command == CX_CMD_UAR) {
		d->req->uar.type = (enum cx_uat)value;
	} else {
		d->req->lir.capabilities_asked = value == CX_UAT_REGISTRATION_AND_CAPABILITIES;
	}
}

static void decode_uar_flags(struct decode *d, const struct at *at)
{
	d->req->uar.emergency = (at->value->u32 & CX_UAR_FLAG_EMERGENCY_REGISTRATION) != 0;
}

static void decode_originating(struct decode *d, const struct at *at)
{
	int32_t value = 0;

	d->req->lir.originating = decode_enum(d, at, CX_ORIGINATING_REQUEST_ORIGINATING, &value);
}

static void decode_assignment_type(struct decode *d, const struct at *at)
{
	d->req->sar.type = at->value->u32; /* any: the procedure judges it */
}

static void decode_already_available(struct decode *d, const struct at *at)
{
	int32_t value = 0;

	if (decode_enum(d, at, CX_UDAA_USER_DATA_ALREADY_AVAILABLE, &value)) {
		d->req->sar.user_data_already_available =
			value == CX_UDAA_USER_DATA_ALREADY_AVAILABLE;
	}
}

static void decode_number(struct decode *d, const struct at *at)
{
	d->req->mar.n_vectors = at->value->u32;
}

/* TS 29.229 6.3.9; S-CSCFs write "unknown" as well as "Unknown". */
static void decode_scheme(struct decode *d, const struct at *at)
{
	static const struct {
		const char *name;
		enum cx_scheme scheme;
	} schemes[] = {
		{CX_SCHEME_NAME_DIGEST_AKAV1_MD5, CX_SCHEME_AKA_V1},
		{CX_SCHEME_NAME_UNKNOWN, CX_SCHEME_UNKNOWN},
		{CX_SCHEME_NAME_SIP_DIGEST, CX_SCHEME_SIP_DIGEST},
		{CX_SCHEME_NAME_NASS_BUNDLED, CX_SCHEME_NASS_BUNDLED},
		{CX_SCHEME_NAME_EARLY_IMS_SECURITY, CX_SCHEME_GIBA},
	};
	struct cx_mar *mar = &d->req->mar;

	decode_text(d, at);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (cx_is_scheme(at->value, schemes[i].name)) {
			mar->scheme = schemes[i].scheme;
			return;
		}
	}
}

/* RAND || AUTS after a synchronisation failure (TS 29.229 6.3.11), in the item or, from OpenSIPS,
 * beside it. */
static void decode_authorization(struct decode *d, const struct at *at)
{
	struct cx_mar *mar = &d->req->mar;

	if (mar->resync) {
		struct at second = *at; /* the other one may stand at the other level */

		second.index = 1;
		refuse(d, &second, CX_AVP_OCCURS_TOO_MANY_TIMES, "SIP-Authorization comes twice");
		return;
	}
	if (at->value->os.len != AUC_RAND_LEN + AUC_AUTS_LEN) {
		refuse(d, at, CX_INVALID_AVP_LENGTH,
		       "SIP-Authorization has %zu octets; RAND and AUTS are %d", at->value->os.len,
		       AUC_RAND_LEN + AUC_AUTS_LEN);
		return;
	}
	memcpy(mar->rand, at->value->os.data, AUC_RAND_LEN);
	memcpy(mar->auts, at->value->os.data + AUC_RAND_LEN, AUC_AUTS_LEN);
	mar->resync = true;
}

/* What a group was found to be, by the functions of cx_codec_group.c; true: it is sound. */
static bool taken(struct decode *d, const struct at *at, enum hss_err err, const char *why)
{
	if (err == HSS_ERR_MEMORY) {
		d->err = err;
	} else if (err != HSS_OK) {
		refuse(d, at, err == HSS_ERR_LIMIT ? CX_INVALID_AVP_LENGTH : CX_INVALID_AVP_VALUE,
		       "%s %s", cx_obj_name(at->field->obj), why);
	}
	return err == HSS_OK;
}

static void decode_features(struct decode *d, const struct at *at)
{
	const char *why = "";

	(void)taken(d, at, cx_get_features(at->avp, &d->req->features, &why), why);
}

static void decode_wildcarded(struct decode *d, const struct at *at)
{
	char impu[IMPU_LEN_MAX + 1];
	const char *why = "";

	if (impu_canonical((const char *)at->value->os.data, at->value->os.len, impu, &why) !=
	    HSS_OK) {
		refuse(d, NULL, CX_ERROR_USER_UNKNOWN, "Wildcarded-Public-Identity: the IMPU %s",
		       why);
		return;
	}
	d->req->sar.wildcarded_impu = text_copy(d, impu, strlen(impu));
}

static void decode_multiple_registration(struct decode *d, const struct at *at)
{
	int32_t value = 0;

	if (decode_enum(d, at, CX_MULTIPLE_REGISTRATION_MULTIPLE_REGISTRATION, &value)) {
		d->req->sar.multiple_registration =
			value == CX_MULTIPLE_REGISTRATION_MULTIPLE_REGISTRATION;
	}
}

static void decode_sar_flags(struct decode *d, const struct at *at)
{
	d->req->sar.pcscf_restoration = (at->value->u32 & CX_SAR_FLAG_PCSCF_RESTORATION) != 0;
}

static void decode_restoration(struct decode *d, const struct at *at)
{
	struct cx_restoration restoration = {0};
	const char *why = "";

	if (taken(d, at, cx_get_restoration(at->avp, d->arena, &restoration, &why), why)) {
		d->req->sar.restoration = restoration.octets;
		d->req->sar.restoration_len = restoration.len;
		d->req->sar.restoration_impi = restoration.impi;
	}
}

static void decode_reason_code(struct decode *d, const struct at *at)
{
	int32_t value = 0;

	if (decode_enum(d, at, CX_REASON_REMOVE_S_CSCF, &value)) {
		d->req->rtr.reason = (uint32_t)value;
	}
}

static void decode_associated(struct decode *d, const struct at *at)
{
	struct cx_rtr *rtr = &d->req->rtr;
	const char *why = "";

	(void)taken(d, at,
	            cx_get_names(at->avp, d->arena, &rtr->associated_impi, &rtr->n_associated_impi,
	                         &why),
	            why);
}

static void decode_user_data(struct decode *d, const struct at *at)
{
	d->req->ppr.user_data = text_copy(d, at->value->os.data, at->value->os.len);
	d->req->ppr.user_data_len = at->value->os.len;
}

static void decode_charging(struct decode *d, const struct at *at)
{
	const char *why = "";

	(void)taken(d, at, cx_get_charging(at->avp, d->arena, &d->req->ppr.charging, &why), why);
}

static void decode_item(struct decode *d, const struct at *at);
static void decode_reason(struct decode *d, const struct at *at);

#define TEXT(member) decode_text, offsetof(struct cx_request, member), false
#define IDENTITY(member) decode_diameter_identity, offsetof(struct cx_request, member), false
#define VALUE(function) function, 0, false
#define GROUP(function) function, 0, true
#define UNREAD NULL, 0, false

/*
 * What stands in every message but tells nothing is not read, and what tells the HSS nothing at all
 * has no row: DRMP, OC-Supported-Features, Session-Priority, Failed-PCSCF, RTR-Flags, ... First
 * what a MAR has.
 */
static const struct field request_fields[] = {
	{CX_OBJ_SESSION_ID, CX_IN_ALL, CX_IN_ALL, 0, TEXT(session_id)},
	{CX_OBJ_VENDOR_SPECIFIC_APPLICATION_ID, CX_IN_ALL, CX_IN_ALL, 0, UNREAD},
	{CX_OBJ_AUTH_SESSION_STATE, CX_IN_ALL, CX_IN_ALL, 0, UNREAD},
	{CX_OBJ_ORIGIN_HOST, CX_IN_ALL, CX_IN_ALL, 0, IDENTITY(origin_host)},
	{CX_OBJ_ORIGIN_REALM, CX_IN_ALL, CX_IN_ALL, 0, IDENTITY(origin_realm)},
	{CX_OBJ_DESTINATION_HOST, CX_IN_ALL, CX_IN_PPR, 0, IDENTITY(destination_host)},
	{CX_OBJ_DESTINATION_REALM, CX_IN_ALL, CX_IN_ALL, 0, IDENTITY(destination_realm)},
	{CX_OBJ_USER_NAME, CX_IN_ALL & ~CX_IN_LIR, CX_IN_UAR | CX_IN_MAR | CX_IN_RTR | CX_IN_PPR, 0,
         VALUE(decode_impi)},
	{CX_OBJ_PUBLIC_IDENTITY, CX_IN_ALL & ~CX_IN_PPR, CX_IN_UAR | CX_IN_LIR | CX_IN_MAR,
         CX_IN_SAR | CX_IN_RTR, VALUE(decode_impu)},
	{CX_OBJ_SIP_AUTH_DATA_ITEM, CX_IN_MAR | CX_IN_PPR, CX_IN_MAR, 0, GROUP(decode_item)},
	{CX_OBJ_SIP_NUMBER_AUTH_ITEMS, CX_IN_MAR, CX_IN_MAR, 0, VALUE(decode_number)},
	{CX_OBJ_SERVER_NAME, CX_IN_SAR | CX_IN_MAR, CX_IN_SAR | CX_IN_MAR, 0,
         VALUE(decode_server_name)},
	{CX_OBJ_SIP_AUTHORIZATION, CX_IN_MAR, 0, 0, VALUE(decode_authorization)},
	{CX_OBJ_SUPPORTED_FEATURES, CX_IN_ALL, 0, CX_IN_ALL, GROUP(decode_features)},
	{CX_OBJ_VISITED_NETWORK_IDENTIFIER, CX_IN_UAR, CX_IN_UAR, 0, VALUE(decode_visited)},
	{CX_OBJ_USER_AUTHORIZATION_TYPE, CX_IN_UAR | CX_IN_LIR, 0, 0,
         VALUE(decode_authorization_type)},
	{CX_OBJ_UAR_FLAGS, CX_IN_UAR, 0, 0, VALUE(decode_uar_flags)},
	{CX_OBJ_ORIGINATING_REQUEST, CX_IN_LIR, 0, 0, VALUE(decode_originating)},
	{CX_OBJ_SERVER_ASSIGNMENT_TYPE, CX_IN_SAR, CX_IN_SAR, 0, VALUE(decode_assignment_type)},
	{CX_OBJ_USER_DATA_ALREADY_AVAILABLE, CX_IN_SAR, CX_IN_SAR, 0,
         VALUE(decode_already_available)},
	{CX_OBJ_WILDCARDED_PUBLIC_IDENTITY, CX_IN_SAR, 0, 0, VALUE(decode_wildcarded)},
	{CX_OBJ_SCSCF_RESTORATION_INFO, CX_IN_SAR, 0, 0, GROUP(decode_restoration)},
	{CX_OBJ_MULTIPLE_REGISTRATION_INDICATION, CX_IN_SAR, 0, 0,
         VALUE(decode_multiple_registration)},
	{CX_OBJ_SAR_FLAGS, CX_IN_SAR, 0, 0, VALUE(decode_sar_flags)},
	{CX_OBJ_ASSOCIATED_IDENTITIES, CX_IN_RTR, 0, 0, GROUP(decode_associated)},
	{CX_OBJ_DEREGISTRATION_REASON, CX_IN_RTR, CX_IN_RTR, 0, GROUP(decode_reason)},
	{CX_OBJ_USER_DATA, CX_IN_PPR, 0, 0, VALUE(decode_user_data)},
	{CX_OBJ_CHARGING_INFORMATION, CX_IN_PPR, 0, 0, GROUP(decode_charging)},
};

static const struct field item_fields[] = {
	{CX_OBJ_SIP_AUTHENTICATION_SCHEME, CX_IN_MAR, CX_IN_MAR, 0, decode_scheme,
         offsetof(struct cx_request, mar.scheme_name), false},
	{CX_OBJ_SIP_AUTHORIZATION, CX_IN_MAR, 0, 0, VALUE(decode_authorization)},
};

static const struct field reason_fields[] = {
	{CX_OBJ_REASON_CODE, CX_IN_RTR, CX_IN_RTR, 0, VALUE(decode_reason_code)},
	{CX_OBJ_REASON_INFO, CX_IN_RTR, 0, 0, TEXT(rtr.reason_info)},
};

enum { N_REQUEST_FIELDS = sizeof(request_fields) / sizeof(request_fields[0]) };
enum { N_ITEM_FIELDS = sizeof(item_fields) / sizeof(item_fields[0]) };
enum { N_REASON_FIELDS = sizeof(reason_fields) / sizeof(reason_fields[0]) };

/* The row of an AVP, or n_fields. One linear pass: the tables are short and in the usual order of
 * arrival. */
static size_t field_of(const struct field *fields, size_t n_fields, const struct avp_hdr *hdr)
{
	size_t i = 0;

	while (i < n_fields && !cx_obj_is(fields[i].obj, hdr)) {
		i++;
	}
	return i;
}

/*
 * Decode the children of a message or group by their rows, in one pass; seen counts them by row.
 * The first one of those that may come once is kept, a second one refused.
 */
static void decode_children(struct decode *d, msg_or_avp *parent, const struct field *fields,
                            size_t n_fields, unsigned *seen)
{
	unsigned in = cx_in(d->req->command);

	for (struct avp *avp = cx_first(parent); avp != NULL && d->err == HSS_OK;
	     avp = cx_next(avp)) {
		const struct avp_hdr *hdr = cx_avp_header(avp);
		size_t i = field_of(fields, n_fields, hdr);
		struct at at = {.avp = avp, .value = hdr->avp_value};

		if (i == n_fields || (fields[i].in & in) == 0) {
			continue; /* nothing the HSS needs; an unknown AVP with M was refused by the
			             library */
		}
		at.field = &fields[i];
		at.index = seen[i]++;
		if (at.index > 0 && (fields[i].repeated & in) == 0) {
			refuse(d, &at, CX_AVP_OCCURS_TOO_MANY_TIMES, "%s comes more than once",
			       cx_obj_name(fields[i].obj));
		} else if (fields[i].decode != NULL && at.value == NULL && !fields[i].grouped) {
			refuse(d, &at, CX_INVALID_AVP_VALUE, "%s is not understood",
			       cx_obj_name(fields[i].obj));
		} else if (fields[i].decode != NULL) {
			fields[i].decode(d, &at);
		}
	}
}

static void decode_missing(struct decode *d, const struct field *fields, size_t n_fields,
                           const unsigned *seen)
{
	unsigned in = cx_in(d->req->command);

	for (size_t i = 0; i < n_fields; i++) {
		if ((fields[i].required & in) != 0 && seen[i] == 0) {
			struct at at = {.field = &fields[i]};

			refuse(d, &at, CX_MISSING_AVP, "%s is missing", cx_obj_name(fields[i].obj));
		}
	}
}

/* What the S-CSCF wants to authenticate by; in a PPR the new password (TS 29.228 6.2.2). */
static void decode_item(struct decode *d, const struct at *at)
{
	unsigned seen[N_ITEM_FIELDS] = {0};
	const char *why = "";

	if (d->req->command == CX_CMD_PPR) {
		(void)taken(d, at, cx_get_digest_item(at->avp, d->arena, &d->req->ppr.digest, &why),
		            why);
		return;
	}
	decode_children(d, at->avp, item_fields, N_ITEM_FIELDS, seen);
	decode_missing(d, item_fields, N_ITEM_FIELDS, seen);
}

static void decode_reason(struct decode *d, const struct at *at)
{
	unsigned seen[N_REASON_FIELDS] = {0};

	decode_children(d, at->avp, reason_fields, N_REASON_FIELDS, seen);
	decode_missing(d, reason_fields, N_REASON_FIELDS, seen);
}

static void refuse_missing(struct decode *d, enum cx_obj obj, const char *text)
{
	const struct field field = {.obj = obj};
	const struct at at = {.field = &field};

	refuse(d, &at, CX_MISSING_AVP, "%s", text);
}

/*
 * What no row says. TS 29.229 6.1.3: a SAR names the user by one of its identities at least.
 * TS 29.228 6.1.3: a new S-CSCF was assigned to identities that are named. 6.2.2: a PPR has
 * something to tell.
 */
static void decode_combinations(struct decode *d)
{
	const struct cx_request *req = d->req;

	if (req->command == CX_CMD_SAR && req->impi == NULL && req->n_impu == 0) {
		refuse_missing(d, CX_OBJ_PUBLIC_IDENTITY,
		               "neither User-Name nor Public-Identity is there");
	}
	if (req->command == CX_CMD_RTR && req->rtr.reason == CX_REASON_NEW_SERVER_ASSIGNED &&
	    req->n_impu == 0) {
		refuse_missing(d, CX_OBJ_PUBLIC_IDENTITY,
		               "a new S-CSCF was assigned, but no Public-Identity is there");
	}
	if (req->command == CX_CMD_PPR && req->ppr.user_data == NULL && req->ppr.charging == NULL &&
	    req->ppr.digest.realm == NULL) {
		refuse_missing(d, CX_OBJ_USER_DATA,
		               "neither User-Data nor Charging-Information nor "
		               "SIP-Auth-Data-Item is there");
	}
}

enum hss_err cx_request_decode(struct msg *msg, struct arena *arena, struct cx_request *req,
                               struct cx_verdict *verdict)
{
	struct decode d = {.arena = arena, .req = req, .verdict = verdict};
	unsigned seen[N_REQUEST_FIELDS] = {0};

	*req = (struct cx_request){.session_id = "", .origin_host = "", .origin_realm = ""};
	*verdict = (struct cx_verdict){.result = CX_NO_RESULT};
	req->command = cx_msg_header(msg)->msg_code;
	if (cx_in(req->command) == 0) {
		refuse(&d, NULL, CX_UNABLE_TO_COMPLY, "command %u is none of Cx",
		       (unsigned)req->command);
		return HSS_OK;
	}
	decode_children(&d, msg, request_fields, N_REQUEST_FIELDS, seen);
	if (d.err == HSS_OK) {
		decode_missing(&d, request_fields, N_REQUEST_FIELDS, seen);
		decode_combinations(&d);
	}
	if (req->command == CX_CMD_PPR && (d.err != HSS_OK || verdict->result != CX_NO_RESULT)) {
		OPENSSL_cleanse(req->ppr.digest.ha1, sizeof(req->ppr.digest.ha1));
		req->ppr.digest.realm = NULL;
	}
	return d.err;
}
