#include "hss/cx_codec.h"

#include <string.h>

#include "hss/cx_codec_avp.h"

static const struct {
	uint32_t vendor;
	uint32_t code;
	const char *name;
} objs[CX_N_OBJ] = {
#define BASE(obj, name) [CX_OBJ_##obj] = {CX_VENDOR_NONE, CX_BASE_AVP_##obj, name}
#define TGPP(obj, name) [CX_OBJ_##obj] = {CX_VENDOR_3GPP, CX_AVP_##obj, name}
	BASE(SESSION_ID, "Session-Id"),
	BASE(VENDOR_SPECIFIC_APPLICATION_ID, "Vendor-Specific-Application-Id"),
	BASE(VENDOR_ID, "Vendor-Id"),
	BASE(AUTH_APPLICATION_ID, "Auth-Application-Id"),
	BASE(AUTH_SESSION_STATE, "Auth-Session-State"),
	BASE(ORIGIN_HOST, "Origin-Host"),
	BASE(ORIGIN_REALM, "Origin-Realm"),
	BASE(DESTINATION_HOST, "Destination-Host"),
	BASE(DESTINATION_REALM, "Destination-Realm"),
	BASE(RESULT_CODE, "Result-Code"),
	BASE(EXPERIMENTAL_RESULT, "Experimental-Result"),
	BASE(EXPERIMENTAL_RESULT_CODE, "Experimental-Result-Code"),
	BASE(ERROR_MESSAGE, "Error-Message"),
	BASE(FAILED_AVP, "Failed-AVP"),
	BASE(REDIRECT_HOST, "Redirect-Host"),
	BASE(REDIRECT_HOST_USAGE, "Redirect-Host-Usage"),
	BASE(REDIRECT_MAX_CACHE_TIME, "Redirect-Max-Cache-Time"),
	BASE(PROXY_STATE, "Proxy-State"),
	BASE(DIGEST_REALM, "Digest-Realm"),
	BASE(DIGEST_QOP, "Digest-QoP"),
	BASE(DIGEST_ALGORITHM, "Digest-Algorithm"),
	BASE(DIGEST_HA1, "Digest-HA1"),
	BASE(USER_NAME, "User-Name"),
	TGPP(PUBLIC_IDENTITY, "Public-Identity"),
	TGPP(VISITED_NETWORK_IDENTIFIER, "Visited-Network-Identifier"),
	TGPP(SERVER_NAME, "Server-Name"),
	TGPP(SERVER_CAPABILITIES, "Server-Capabilities"),
	TGPP(MANDATORY_CAPABILITY, "Mandatory-Capability"),
	TGPP(OPTIONAL_CAPABILITY, "Optional-Capability"),
	TGPP(USER_DATA, "User-Data"),
	TGPP(SIP_NUMBER_AUTH_ITEMS, "SIP-Number-Auth-Items"),
	TGPP(SIP_AUTHENTICATION_SCHEME, "SIP-Authentication-Scheme"),
	TGPP(SIP_AUTHENTICATE, "SIP-Authenticate"),
	TGPP(SIP_AUTHORIZATION, "SIP-Authorization"),
	TGPP(SIP_AUTH_DATA_ITEM, "SIP-Auth-Data-Item"),
	TGPP(SIP_ITEM_NUMBER, "SIP-Item-Number"),
	TGPP(SERVER_ASSIGNMENT_TYPE, "Server-Assignment-Type"),
	TGPP(DEREGISTRATION_REASON, "Deregistration-Reason"),
	TGPP(REASON_CODE, "Reason-Code"),
	TGPP(REASON_INFO, "Reason-Info"),
	TGPP(CHARGING_INFORMATION, "Charging-Information"),
	TGPP(PRIMARY_EVENT_CHARGING_FUNCTION_NAME, "Primary-Event-Charging-Function-Name"),
	TGPP(SECONDARY_EVENT_CHARGING_FUNCTION_NAME, "Secondary-Event-Charging-Function-Name"),
	TGPP(PRIMARY_CHARGING_COLLECTION_FUNCTION_NAME,
             "Primary-Charging-Collection-Function-Name"),
	TGPP(SECONDARY_CHARGING_COLLECTION_FUNCTION_NAME,
             "Secondary-Charging-Collection-Function-Name"),
	TGPP(USER_AUTHORIZATION_TYPE, "User-Authorization-Type"),
	TGPP(USER_DATA_ALREADY_AVAILABLE, "User-Data-Already-Available"),
	TGPP(CONFIDENTIALITY_KEY, "Confidentiality-Key"),
	TGPP(INTEGRITY_KEY, "Integrity-Key"),
	TGPP(SUPPORTED_FEATURES, "Supported-Features"),
	TGPP(FEATURE_LIST_ID, "Feature-List-ID"),
	TGPP(FEATURE_LIST, "Feature-List"),
	TGPP(ASSOCIATED_IDENTITIES, "Associated-Identities"),
	TGPP(ORIGINATING_REQUEST, "Originating-Request"),
	TGPP(WILDCARDED_PUBLIC_IDENTITY, "Wildcarded-Public-Identity"),
	TGPP(SIP_DIGEST_AUTHENTICATE, "SIP-Digest-Authenticate"),
	TGPP(UAR_FLAGS, "UAR-Flags"),
	TGPP(LOOSE_ROUTE_INDICATION, "Loose-Route-Indication"),
	TGPP(SCSCF_RESTORATION_INFO, "SCSCF-Restoration-Info"),
	TGPP(ASSOCIATED_REGISTERED_IDENTITIES, "Associated-Registered-Identities"),
	TGPP(MULTIPLE_REGISTRATION_INDICATION, "Multiple-Registration-Indication"),
	TGPP(IDENTITY_WITH_EMERGENCY_REGISTRATION, "Identity-with-Emergency-Registration"),
	TGPP(PRIVILEDGED_SENDER_INDICATION, "Priviledged-Sender-Indication"),
	TGPP(LIA_FLAGS, "LIA-Flags"),
	TGPP(SAR_FLAGS, "SAR-Flags"),
#undef BASE
#undef TGPP
};

static const struct {
	uint32_t code;
	unsigned in;
	const char *name; /* of the request */
} commands[] = {
	{CX_CMD_UAR, CX_IN_UAR, "User-Authorization-Request"},
	{CX_CMD_SAR, CX_IN_SAR, "Server-Assignment-Request"},
	{CX_CMD_LIR, CX_IN_LIR, "Location-Info-Request"},
	{CX_CMD_MAR, CX_IN_MAR, "Multimedia-Auth-Request"},
	{CX_CMD_RTR, CX_IN_RTR, "Registration-Termination-Request"},
	{CX_CMD_PPR, CX_IN_PPR, "Push-Profile-Request"},
};

/* TS 29.229 6.2: codes of 3GPP only in Experimental-Result, those of the base protocol only in
 * Result-Code. */
static const struct {
	uint32_t code;
	bool experimental;
} results[] = {
	[CX_SUCCESS] = {CX_RC_SUCCESS, false},
	[CX_LIMITED_SUCCESS] = {CX_RC_LIMITED_SUCCESS, false},
	[CX_UNABLE_TO_DELIVER] = {CX_RC_UNABLE_TO_DELIVER, false},
	[CX_TOO_BUSY] = {CX_RC_TOO_BUSY, false},
	[CX_REDIRECT_INDICATION] = {CX_RC_REDIRECT_INDICATION, false},
	[CX_AVP_UNSUPPORTED] = {CX_RC_AVP_UNSUPPORTED, false},
	[CX_AUTHORIZATION_REJECTED] = {CX_RC_AUTHORIZATION_REJECTED, false},
	[CX_INVALID_AVP_VALUE] = {CX_RC_INVALID_AVP_VALUE, false},
	[CX_MISSING_AVP] = {CX_RC_MISSING_AVP, false},
	[CX_AVP_OCCURS_TOO_MANY_TIMES] = {CX_RC_AVP_OCCURS_TOO_MANY_TIMES, false},
	[CX_UNABLE_TO_COMPLY] = {CX_RC_UNABLE_TO_COMPLY, false},
	[CX_INVALID_AVP_LENGTH] = {CX_RC_INVALID_AVP_LENGTH, false},
	[CX_FIRST_REGISTRATION] = {CX_EXP_FIRST_REGISTRATION, true},
	[CX_SUBSEQUENT_REGISTRATION] = {CX_EXP_SUBSEQUENT_REGISTRATION, true},
	[CX_UNREGISTERED_SERVICE] = {CX_EXP_UNREGISTERED_SERVICE, true},
	[CX_SUCCESS_SERVER_NAME_NOT_STORED] = {CX_EXP_SUCCESS_SERVER_NAME_NOT_STORED, true},
	[CX_ERROR_USER_UNKNOWN] = {CX_EXP_ERROR_USER_UNKNOWN, true},
	[CX_ERROR_IDENTITIES_DONT_MATCH] = {CX_EXP_ERROR_IDENTITIES_DONT_MATCH, true},
	[CX_ERROR_IDENTITY_NOT_REGISTERED] = {CX_EXP_ERROR_IDENTITY_NOT_REGISTERED, true},
	[CX_ERROR_ROAMING_NOT_ALLOWED] = {CX_EXP_ERROR_ROAMING_NOT_ALLOWED, true},
	[CX_ERROR_IDENTITY_ALREADY_REGISTERED] = {CX_EXP_ERROR_IDENTITY_ALREADY_REGISTERED, true},
	[CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED] = {CX_EXP_ERROR_AUTH_SCHEME_NOT_SUPPORTED, true},
	[CX_ERROR_IN_ASSIGNMENT_TYPE] = {CX_EXP_ERROR_IN_ASSIGNMENT_TYPE, true},
	[CX_ERROR_TOO_MUCH_DATA] = {CX_EXP_ERROR_TOO_MUCH_DATA, true},
	[CX_ERROR_NOT_SUPPORTED_USER_DATA] = {CX_EXP_ERROR_NOT_SUPPORTED_USER_DATA, true},
	[CX_ERROR_FEATURE_UNSUPPORTED] = {CX_EXP_ERROR_FEATURE_UNSUPPORTED, true},
	[CX_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED] =
		{CX_EXP_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED, true},
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static struct {
	struct dictionary *dictionary;
	struct dict_object *obj[CX_N_OBJ];
	struct dict_object *request[N_COMMANDS];
} dict;

enum hss_err cx_codec_init(struct dictionary *dictionary, const char **missing)
{
	for (size_t i = 0; i < CX_N_OBJ; i++) {
		struct dict_avp_request key = {.avp_vendor = objs[i].vendor,
		                               .avp_code = objs[i].code};

		if (fd_dict_search(dictionary, DICT_AVP, AVP_BY_CODE_AND_VENDOR, &key, &dict.obj[i],
		                   ENOENT) != 0) {
			*missing = objs[i].name;
			return HSS_ERR_NOT_FOUND;
		}
	}
	for (size_t i = 0; i < N_COMMANDS; i++) {
		uint32_t code = commands[i].code;

		if (fd_dict_search(dictionary, DICT_COMMAND, CMD_BY_CODE_R, &code, &dict.request[i],
		                   ENOENT) != 0) {
			*missing = commands[i].name;
			return HSS_ERR_NOT_FOUND;
		}
	}
	dict.dictionary = dictionary;
	return HSS_OK;
}

struct dictionary *cx_codec_dictionary(void)
{
	return dict.dictionary;
}

unsigned cx_in(uint32_t command)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (commands[i].code == command) {
			return commands[i].in;
		}
	}
	return 0;
}

struct dict_object *cx_request_model(uint32_t command)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (commands[i].code == command) {
			return dict.request[i];
		}
	}
	return NULL;
}

uint32_t cx_obj_code(enum cx_obj obj)
{
	return objs[obj].code;
}

uint32_t cx_obj_vendor(enum cx_obj obj)
{
	return objs[obj].vendor;
}

const char *cx_obj_name(enum cx_obj obj)
{
	return objs[obj].name;
}

bool cx_obj_is(enum cx_obj obj, const struct avp_hdr *hdr)
{
	return hdr->avp_code == objs[obj].code && hdr->avp_vendor == objs[obj].vendor;
}

uint32_t cx_result_code(enum cx_result result, bool *experimental)
{
	*experimental = results[result].experimental;
	return results[result].code;
}

enum cx_result cx_result_of(bool experimental, uint32_t code)
{
	for (size_t i = CX_SUCCESS; i < sizeof(results) / sizeof(results[0]); i++) {
		if (results[i].code == code && results[i].experimental == experimental) {
			return (enum cx_result)i;
		}
	}
	return CX_OTHER_RESULT;
}

struct msg_hdr *cx_msg_header(struct msg *msg)
{
	struct msg_hdr *hdr = NULL;

	(void)fd_msg_hdr(msg, &hdr);
	return hdr;
}

struct avp_hdr *cx_avp_header(struct avp *avp)
{
	struct avp_hdr *hdr = NULL;

	(void)fd_msg_avp_hdr(avp, &hdr);
	return hdr;
}

/*
 * Marks an AVP that cx_request_make_local added: a reserved bit, which RFC 6733 4.1 tells receivers
 * to ignore. The rest of the codec does not see such AVPs. A peer that sets it is merely told that
 * the AVP is missing.
 */
enum { ADDED_HERE = 0x20 };

static bool is_added_here(const struct avp_hdr *hdr)
{
	return (hdr->avp_flags & ADDED_HERE) != 0 && (cx_obj_is(CX_OBJ_DESTINATION_HOST, hdr) ||
	                                              cx_obj_is(CX_OBJ_DESTINATION_REALM, hdr));
}

static struct avp *browse(msg_or_avp *from, enum msg_brw_dir direction)
{
	struct avp *avp = NULL;

	(void)fd_msg_browse(from, direction, &avp, NULL);
	while (avp != NULL && is_added_here(cx_avp_header(avp))) {
		struct avp *next = NULL;

		(void)fd_msg_browse(avp, MSG_BRW_NEXT, &next, NULL);
		avp = next;
	}
	return avp;
}

struct avp *cx_first(msg_or_avp *parent)
{
	return browse(parent, MSG_BRW_FIRST_CHILD);
}

struct avp *cx_next(struct avp *avp)
{
	return browse(avp, MSG_BRW_NEXT);
}

struct avp *cx_find(msg_or_avp *parent, enum cx_obj obj)
{
	struct avp *avp = cx_first(parent);

	while (avp != NULL && !cx_obj_is(obj, cx_avp_header(avp))) {
		avp = cx_next(avp);
	}
	return avp;
}

const union avp_value *cx_member(msg_or_avp *parent, enum cx_obj obj)
{
	struct avp *avp = cx_find(parent, obj);

	return avp != NULL ? cx_avp_header(avp)->avp_value : NULL;
}

/*
 * The library keeps such octets to itself, but reads an AVP anew when its name has come into the
 * dictionary since. So it is called for a moment by the name of an OctetString with a header of the
 * same length. Its type stays known afterwards, and its name is its own again.
 */
const union avp_value *cx_unknown_value(struct avp *avp)
{
	struct avp_hdr *hdr = cx_avp_header(avp);
	const struct avp_hdr kept = *hdr;
	enum cx_obj stand_in =
		(hdr->avp_flags & AVP_FLAG_VENDOR) != 0 ? CX_OBJ_USER_DATA : CX_OBJ_PROXY_STATE;

	if (hdr->avp_value == NULL) {
		hdr->avp_code = objs[stand_in].code;
		hdr->avp_vendor = objs[stand_in].vendor;
		(void)fd_msg_parse_dict(avp, dict.dictionary, NULL);
		hdr->avp_code = kept.avp_code;
		hdr->avp_vendor = kept.avp_vendor;
	}
	return hdr->avp_value;
}

bool cx_is_clean(const union avp_value *text)
{
	for (size_t i = 0; i < text->os.len; i++) {
		if (text->os.data[i] < 0x20 || text->os.data[i] == 0x7f) {
			return false;
		}
	}
	return text->os.len > 0;
}

char cx_printable(char c)
{
	if (c < ' ' || c > '~') {
		return '?';
	}
	return c;
}

struct avp *cx_avp_new(struct dict_object *model)
{
	struct avp *avp = NULL;

	return fd_msg_avp_new(model, 0, &avp) == 0 ? avp : NULL;
}

/* Give a new AVP its value. Takes the AVP over: returns it, or frees it and returns NULL. */
static struct avp *with_value(struct avp *avp, union avp_value *value)
{
	if (avp != NULL && fd_msg_avp_setvalue(avp, value) != 0) {
		(void)fd_msg_free(avp);
		avp = NULL;
	}
	return avp;
}

struct avp *cx_avp_copy(struct avp *avp)
{
	const struct avp_hdr *hdr = cx_avp_header(avp);
	struct dict_object *model = NULL;
	struct avp *copy = NULL;

	if (fd_msg_model(avp, &model) != 0 || model == NULL || hdr->avp_value == NULL) {
		return NULL;
	}
	copy = with_value(cx_avp_new(model), hdr->avp_value);
	if (copy != NULL) { /* cx_unknown_value leaves the model of another one */
		cx_avp_header(copy)->avp_code = hdr->avp_code;
		cx_avp_header(copy)->avp_vendor = hdr->avp_vendor;
	}
	return copy;
}

void cx_put_avp(struct cx_put *put, struct avp *avp)
{
	int ret = 0;

	if (avp == NULL) {
		put->err = HSS_ERR_MEMORY;
	}
	if (put->err != HSS_OK) {
		(void)fd_msg_free(avp);
		return;
	}
	ret = put->last == NULL ? fd_msg_avp_add(put->parent, MSG_BRW_FIRST_CHILD, avp)
	                        : fd_msg_avp_add(put->last, MSG_BRW_NEXT, avp);
	if (ret != 0) {
		(void)fd_msg_free(avp);
		put->err = HSS_ERR_INVALID;
		return;
	}
	put->last = avp;
}

void cx_put_u32(struct cx_put *put, enum cx_obj obj, uint32_t value)
{
	union avp_value v = {.u32 = value}; /* an Enumerated is an Integer32: the same octets */

	if (put->err == HSS_OK) {
		cx_put_avp(put, with_value(cx_avp_new(dict.obj[obj]), &v));
	}
}

void cx_put_octets(struct cx_put *put, enum cx_obj obj, const void *octets, size_t len)
{
	union avp_value v = {.os = {.data = (uint8_t *)octets, .len = len}};

	if (put->err == HSS_OK) {
		cx_put_avp(put, with_value(cx_avp_new(dict.obj[obj]), &v));
	}
}

void cx_put_text(struct cx_put *put, enum cx_obj obj, const char *text)
{
	cx_put_octets(put, obj, text, strlen(text));
}

struct cx_put cx_put_group(struct cx_put *put, enum cx_obj obj)
{
	if (put->err == HSS_OK) {
		cx_put_avp(put, cx_avp_new(dict.obj[obj]));
	}
	return (struct cx_put){.parent = put->last, .last = NULL, .err = put->err};
}

void cx_put_end(struct cx_put *put, const struct cx_put *group)
{
	if (put->err == HSS_OK) {
		put->err = group->err;
	}
}

/* The library writes an AVP by its type: an OctetString under the name of the group. */
void cx_put_raw_group(struct cx_put *put, enum cx_obj obj, const void *octets, size_t len)
{
	cx_put_octets(put, CX_OBJ_USER_DATA, octets, len);
	if (put->err == HSS_OK) {
		struct avp_hdr *hdr = cx_avp_header(put->last);

		hdr->avp_code = objs[obj].code;
		hdr->avp_vendor = objs[obj].vendor;
		hdr->avp_flags = AVP_FLAG_VENDOR;
	}
}

void cx_put_example(struct cx_put *put, enum cx_obj obj)
{
	struct dict_avp_data data = {0};

	(void)fd_dict_getval(dict.obj[obj], &data);
	if (data.avp_basetype == AVP_TYPE_GROUPED) {
		(void)cx_put_group(put, obj);
	} else if (data.avp_basetype == AVP_TYPE_OCTETSTRING) {
		cx_put_octets(put, obj, "", 1);
	} else {
		cx_put_u32(put, obj, 0);
	}
}

void cx_put_application(struct cx_put *put)
{
	struct cx_put group = cx_put_group(put, CX_OBJ_VENDOR_SPECIFIC_APPLICATION_ID);

	cx_put_u32(&group, CX_OBJ_VENDOR_ID, CX_VENDOR_3GPP);
	cx_put_u32(&group, CX_OBJ_AUTH_APPLICATION_ID, CX_APP_ID);
	cx_put_end(put, &group);
}

static void add_here(struct msg *msg, enum cx_obj obj, const char *text)
{
	union avp_value value = {.os = {.data = (uint8_t *)(uintptr_t)text, .len = strlen(text)}};
	struct avp *avp = NULL;

	if (cx_find(msg, obj) != NULL) {
		return;
	}
	avp = with_value(cx_avp_new(dict.obj[obj]), &value);
	if (avp == NULL) {
		return; /* without it the router answers; nothing is lost */
	}
	cx_avp_header(avp)->avp_flags |= ADDED_HERE;
	if (fd_msg_avp_add(msg, MSG_BRW_LAST_CHILD, avp) != 0) {
		(void)fd_msg_free(avp);
	}
}

void cx_request_make_local(struct msg *msg, const char *host, const char *realm)
{
	const struct msg_hdr *hdr = cx_msg_header(msg);

	if ((hdr->msg_flags & CMD_FLAG_REQUEST) != 0 && hdr->msg_appl == CX_APP_ID) {
		add_here(msg, CX_OBJ_DESTINATION_HOST, host);
		add_here(msg, CX_OBJ_DESTINATION_REALM, realm);
	}
}
