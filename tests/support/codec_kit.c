#include "codec_kit.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diameter-dict/dict_cx_rows.h"

struct dictionary *kit_dictionary(void)
{
	static struct dictionary *dict;
	char why[DICT_CX_WHY_LEN] = "libfdproto";
	const char *missing = NULL;

	if (dict != NULL) {
		return dict;
	}
	fd_g_debug_lvl =
		FD_LOG_FATAL + 1; /* the library's own words about what a test does on purpose */
	if (fd_libproto_init() != 0 || fd_dict_init(&dict) != 0 ||
	    dict_cx_load(dict, why, sizeof(why)) != DICT_CX_OK) {
		(void)fprintf(stderr, "dictionary: %s\n", why);
		abort();
	}
	if (cx_codec_init(dict, &missing) != HSS_OK) {
		(void)fprintf(stderr, "codec: the dictionary lacks %s\n", missing);
		abort();
	}
	return dict;
}

#define COMMON                                                                                     \
	.session_id = "scscf.ims.mnc001.mcc001.3gppnetwork.org;2468;1",                            \
	.origin_host = "scscf.ims.mnc001.mcc001.3gppnetwork.org", .origin_realm = KIT_REALM,       \
	.destination_realm = KIT_REALM
#define ONE_IMPU .impu = one_impu, .n_impu = 1

static const char *one_impu[] = {KIT_IMPU};
static const char *three_impus[] = {KIT_IMPU, "tel:+19005550051", "sip:info@example.org"};
static const char *two_impis[] = {KIT_IMPI, "phone@example.org"};

static const char *const two_hosts[] = {"aaa://hss1.example.org:3868;transport=tcp",
                                        "aaas://hss2.example.org:5658;transport=sctp"};

const struct cx_request kit_requests[] = {
	{COMMON, .command = CX_CMD_UAR, .impi = KIT_IMPI, ONE_IMPU,
         .uar = {.visited_network = KIT_REALM}},
	{COMMON, .command = CX_CMD_UAR, .impi = KIT_IMPI, ONE_IMPU, .destination_host = KIT_HOST,
         .uar = {.visited_network = KIT_REALM, .type = CX_UAT_DE_REGISTRATION}},
	{COMMON, .command = CX_CMD_UAR, .impi = KIT_IMPI, ONE_IMPU,
         .uar = {.visited_network = "visited.example",
                 .type = CX_UAT_REGISTRATION_AND_CAPABILITIES,
                 .emergency = true}},
	{COMMON, .command = CX_CMD_SAR, .impi = KIT_IMPI, ONE_IMPU,
         .sar = {.server_name = KIT_SCSCF, .type = CX_SAT_REGISTRATION}},
	{COMMON, .command = CX_CMD_SAR, .impi = NULL, ONE_IMPU, .destination_host = KIT_HOST,
         .sar = {.server_name = KIT_SCSCF, .type = CX_SAT_UNREGISTERED_USER}},
	{COMMON, .command = CX_CMD_SAR, .impi = KIT_IMPI, .impu = three_impus, .n_impu = 3,
         .sar = {.server_name = KIT_SCSCF,
                 .type = CX_SAT_USER_DEREGISTRATION,
                 .user_data_already_available = true}},
	{COMMON, .command = CX_CMD_SAR, .impi = KIT_IMPI,
         .sar = {.server_name = KIT_SCSCF, .type = CX_SAT_TIMEOUT_DEREGISTRATION}},
	{COMMON, .command = CX_CMD_LIR, ONE_IMPU},
	{COMMON, .command = CX_CMD_LIR, ONE_IMPU, .destination_host = KIT_HOST,
         .lir = {.originating = true, .capabilities_asked = true}},
	{COMMON, .command = CX_CMD_MAR, .impi = KIT_IMPI, ONE_IMPU,
         .mar = {.server_name = KIT_SCSCF,
                 .scheme = CX_SCHEME_AKA_V1,
                 .scheme_name = CX_SCHEME_NAME_DIGEST_AKAV1_MD5,
                 .n_vectors = 1}},
	{COMMON, .command = CX_CMD_MAR, .impi = KIT_IMPI, ONE_IMPU,
         .mar = {.server_name = KIT_SCSCF,
                 .scheme = CX_SCHEME_UNKNOWN,
                 .scheme_name = "unknown",
                 .n_vectors = UINT32_MAX}},
	{COMMON, .command = CX_CMD_MAR, .impi = KIT_IMPI, ONE_IMPU, .destination_host = KIT_HOST,
         .mar = {.server_name = KIT_SCSCF,
                 .scheme = CX_SCHEME_OTHER,
                 .scheme_name = "SIP Digest",
                 .n_vectors = 0}},
	{COMMON, .command = CX_CMD_MAR, .impi = KIT_IMPI, ONE_IMPU,
         .mar = {.server_name = KIT_SCSCF,
                 .scheme = CX_SCHEME_AKA_V1,
                 .scheme_name = "digest-AKAv1-md5",
                 .n_vectors = 5,
                 .resync = true,
                 .rand = {0, 1, 2, 3},
                 .auts = {9, 8, 0, 255}}},
};
const size_t kit_n_requests = sizeof(kit_requests) / sizeof(kit_requests[0]);

#define RESULT(name) .verdict = {.result = CX_##name}
#define REFUSAL(name) .verdict = {.result = CX_##name, .message = "refused: " #name}
#define USER_DATA "<?xml version=\"1.0\" encoding=\"UTF-8\"?><IMSSubscription/>"
#define VECTOR(x)                                                                                  \
	{                                                                                          \
		.rand = {x, 1}, .autn = {x, 2}, .xres = {x, 3}, .ck = {x, 4}, .ik = { x, 0, 255 }  \
	}

const struct cx_answer kit_answers[] = {
	{.command = CX_CMD_UAR,
         RESULT(FIRST_REGISTRATION),
         .capabilities = true,
         .capabilities_scscf = KIT_SCSCF},
	{.command = CX_CMD_UAR, RESULT(SUCCESS), .capabilities = true},
	{.command = CX_CMD_UAR, RESULT(SUBSEQUENT_REGISTRATION), .server_name = KIT_SCSCF},
	{.command = CX_CMD_UAR, REFUSAL(ERROR_USER_UNKNOWN)},
	{.command = CX_CMD_UAR, REFUSAL(ERROR_IDENTITIES_DONT_MATCH)},
	{.command = CX_CMD_UAR, REFUSAL(ERROR_IDENTITY_NOT_REGISTERED)},
	{.command = CX_CMD_UAR, REFUSAL(ERROR_ROAMING_NOT_ALLOWED)},
	{.command = CX_CMD_UAR, REFUSAL(AUTHORIZATION_REJECTED)},
	{.command = CX_CMD_UAR, REFUSAL(UNABLE_TO_COMPLY)},
	{.command = CX_CMD_UAR, REFUSAL(TOO_BUSY)},
	{.command = CX_CMD_UAR, REFUSAL(UNABLE_TO_DELIVER)},
	{.command = CX_CMD_UAR, REFUSAL(AVP_UNSUPPORTED)},
	{.command = CX_CMD_UAR,
         .verdict = {.result = CX_INVALID_AVP_VALUE,
                     .message = "no such type",
                     .failed_avp = CX_AVP_VISITED_NETWORK_IDENTIFIER,
                     .failed_avp_vendor = CX_VENDOR_3GPP}},
	{.command = CX_CMD_SAR,
         RESULT(SUCCESS),
         .impi = KIT_IMPI,
         .user_data = USER_DATA,
         .user_data_len = sizeof(USER_DATA) - 1,
         .associated_impi = two_impis,
         .n_associated_impi = 2,
         .wildcarded_impu = "sip:room!.*!@example.org"},
	{.command = CX_CMD_SAR, RESULT(SUCCESS), .impi = KIT_IMPI},
	{.command = CX_CMD_SAR, RESULT(SUCCESS_SERVER_NAME_NOT_STORED), .impi = KIT_IMPI},
	{.command = CX_CMD_SAR,
         REFUSAL(ERROR_IDENTITY_ALREADY_REGISTERED),
         .impi = KIT_IMPI,
         .server_name = KIT_SCSCF},
	{.command = CX_CMD_SAR, REFUSAL(ERROR_IN_ASSIGNMENT_TYPE)},
	{.command = CX_CMD_SAR, REFUSAL(ERROR_TOO_MUCH_DATA)},
	{.command = CX_CMD_SAR, REFUSAL(ERROR_NOT_SUPPORTED_USER_DATA)},
	{.command = CX_CMD_SAR, REFUSAL(ERROR_FEATURE_UNSUPPORTED)},
	{.command = CX_CMD_SAR,
         .verdict = {.result = CX_AVP_OCCURS_TOO_MANY_TIMES,
                     .message = "one identity",
                     .failed_avp = CX_AVP_PUBLIC_IDENTITY,
                     .failed_avp_vendor = CX_VENDOR_3GPP}},
	{.command = CX_CMD_LIR,
         RESULT(SUCCESS),
         .server_name = KIT_SCSCF,
         .wildcarded_impu = "sip:room!.*!@example.org",
         .psi_direct_routing = true},
	{.command = CX_CMD_LIR,
         RESULT(UNREGISTERED_SERVICE),
         .capabilities = true,
         .capabilities_scscf = KIT_SCSCF},
	{.command = CX_CMD_LIR, REFUSAL(ERROR_IDENTITY_NOT_REGISTERED)},
	{.command = CX_CMD_MAR,
         RESULT(SUCCESS),
         .impi = KIT_IMPI,
         .impu = KIT_IMPU,
         .n_vectors = 1,
         .vector = {VECTOR(7)}},
	{.command = CX_CMD_MAR,
         RESULT(SUCCESS),
         .impi = KIT_IMPI,
         .impu = KIT_IMPU,
         .n_vectors = 5,
         .vector = {VECTOR(1), VECTOR(2), VECTOR(3), VECTOR(4), VECTOR(5)}},
	{.command = CX_CMD_MAR,
         RESULT(SUCCESS),
         .impi = KIT_IMPI,
         .impu = KIT_IMPU,
         .n_vectors = AUC_VECTORS_MAX,
         .vector = {VECTOR(1), VECTOR(2)}},
	{.command = CX_CMD_MAR, REFUSAL(ERROR_AUTH_SCHEME_NOT_SUPPORTED)},
	{.command = CX_CMD_MAR,
         .verdict = {.result = CX_MISSING_AVP,
                     .message = "it is missing",
                     .failed_avp = CX_BASE_AVP_ORIGIN_HOST,
                     .failed_avp_index = 1}},
	{.command = CX_CMD_MAR,
         .verdict = {.result = CX_INVALID_AVP_LENGTH,
                     .message = "RAND and AUTS",
                     .failed_avp = CX_AVP_SIP_AUTHENTICATION_SCHEME,
                     .failed_avp_vendor = CX_VENDOR_3GPP}},
	{.command = CX_CMD_MAR,
         .verdict = {.result = CX_AVP_OCCURS_TOO_MANY_TIMES,
                     .message = "twice",
                     .failed_avp = CX_AVP_SIP_AUTH_DATA_ITEM,
                     .failed_avp_vendor = CX_VENDOR_3GPP}},
	{.command = CX_CMD_UAR,
         RESULT(REDIRECT_INDICATION),
         .redirect_host = two_hosts,
         .n_redirect_host = 2,
         .redirect_usage = CX_REDIRECT_ALL_USER,
         .redirect_max_cache_time = 300},
	{.command = CX_CMD_LIR,
         RESULT(REDIRECT_INDICATION),
         .redirect_host = two_hosts,
         .n_redirect_host = 1},
};
const size_t kit_n_answers = sizeof(kit_answers) / sizeof(kit_answers[0]);

const struct cx_request *kit_request_of(uint32_t command)
{
	size_t i = 0;

	while (i < kit_n_requests && kit_requests[i].command != command) {
		i++;
	}
	assert(i < kit_n_requests);
	return &kit_requests[i];
}

uint8_t *kit_octets(struct msg *msg, size_t *len)
{
	uint8_t *octets = NULL;

	if (fd_msg_bufferize(msg, &octets, len) != 0) {
		octets = NULL;
	}
	(void)fd_msg_free(msg);
	return octets;
}

struct msg *kit_parse(const uint8_t *octets, size_t len, struct fd_pei *pei, int *ret)
{
	uint8_t *copy = malloc(len);
	struct msg *msg = NULL;

	assert(copy != NULL);
	memcpy(copy, octets, len);
	*ret = fd_msg_parse_buffer(&copy, len, &msg);
	if (*ret != 0) {
		free(copy);
		return NULL;
	}
	*ret = fd_msg_parse_rules(msg, kit_dictionary(), pei);
	return msg;
}

void kit_pei_free(struct fd_pei *pei)
{
	if (pei->pei_avp_free != 0) {
		(void)fd_msg_free(pei->pei_avp);
	}
	memset(pei, 0, sizeof(*pei));
}

uint32_t kit_pei_code(const struct fd_pei *pei)
{
	static const struct {
		const char *name;
		uint32_t code;
	} names[] = {
		{"DIAMETER_AVP_UNSUPPORTED", CX_RC_AVP_UNSUPPORTED},
		{"DIAMETER_INVALID_AVP_VALUE", CX_RC_INVALID_AVP_VALUE},
		{"DIAMETER_MISSING_AVP", CX_RC_MISSING_AVP},
		{"DIAMETER_AVP_OCCURS_TOO_MANY_TIMES", CX_RC_AVP_OCCURS_TOO_MANY_TIMES},
		{"DIAMETER_INVALID_AVP_LENGTH", CX_RC_INVALID_AVP_LENGTH},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && pei->pei_errcode != NULL; i++) {
		if (strcmp(pei->pei_errcode, names[i].name) == 0) {
			return names[i].code;
		}
	}
	return 0;
}

static struct avp *add(msg_or_avp *parent, uint32_t code, const union avp_value *value)
{
	struct dict_object *model = NULL;
	struct avp *avp = NULL;
	union avp_value copy = {0};

	if (value != NULL) {
		copy = *value;
	}
	if (fd_dict_search(kit_dictionary(), DICT_AVP, AVP_BY_CODE, &code, &model, ENOENT) != 0 ||
	    fd_msg_avp_new(model, 0, &avp) != 0 ||
	    (value != NULL && fd_msg_avp_setvalue(avp, &copy) != 0) ||
	    fd_msg_avp_add(parent, MSG_BRW_LAST_CHILD, avp) != 0) {
		abort();
	}
	return avp;
}

/* As libfdcore does it: a group empty, anything else as so many zero octets under the header of the
 * original. */
static void add_failed(struct msg *answer, struct avp *culprit)
{
	struct avp *failed = add(answer, CX_BASE_AVP_FAILED_AVP, NULL);
	struct avp *copy = culprit;
	struct dict_object *model = NULL;
	struct dict_avp_data data = {0};
	struct avp_hdr *from = NULL;
	struct avp_hdr *to = NULL;
	bool grouped = false;

	if (fd_msg_model(culprit, &model) == 0 && model != NULL) {
		(void)fd_dict_getval(model, &data);
		grouped = data.avp_basetype == AVP_TYPE_GROUPED;
	}
	if (grouped ? fd_msg_avp_new(model, 0, &copy) != 0
	            : fd_msg_avp_new(NULL, AVPFL_SET_BLANK_VALUE | AVPFL_SET_RAWDATA_FROM_AVP,
	                             &copy) != 0) {
		abort();
	}
	if (!grouped) {
		(void)fd_msg_avp_hdr(culprit, &from);
		(void)fd_msg_avp_hdr(copy, &to);
		*to = *from;
	}
	(void)fd_msg_avp_add(failed, MSG_BRW_LAST_CHILD, copy);
}

struct msg *kit_library_answer(struct msg *query, const struct fd_pei *pei)
{
	struct msg *answer = query;
	union avp_value value = {.os = {(uint8_t *)KIT_HOST, strlen(KIT_HOST)}};
	union avp_value result = {.u32 = kit_pei_code(pei)};

	if (fd_msg_new_answer_from_req(kit_dictionary(), &answer,
	                               MSGFL_ANSW_NOPROXYINFO |
	                                       (pei->pei_protoerr ? MSGFL_ANSW_ERROR : 0)) != 0) {
		abort();
	}
	(void)add(answer, CX_BASE_AVP_ORIGIN_HOST, &value);
	value.os.data = (uint8_t *)KIT_REALM;
	value.os.len = strlen(KIT_REALM);
	(void)add(answer, CX_BASE_AVP_ORIGIN_REALM, &value);
	(void)add(answer, CX_BASE_AVP_RESULT_CODE, &result);
	if (pei->pei_avp != NULL) {
		add_failed(answer, pei->pei_avp);
	}
	return answer;
}

struct raw_avp *raw_add(struct raw *raw, uint32_t code, uint32_t vendor, const void *data,
                        size_t len)
{
	struct raw_avp *avp = &raw->avp[raw->n++];

	assert(raw->n <= RAW_AVPS_MAX);
	*avp = (struct raw_avp){.code = code, .vendor = vendor, .flags = vendor != 0 ? 0xc0 : 0x40};
	raw_set(avp, data, len);
	return avp;
}

static void put_u32(uint8_t *out, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++) {
		out[i] = (uint8_t)(value >> (24 - 8 * i));
	}
}

struct raw_avp *raw_add_u32(struct raw *raw, uint32_t code, uint32_t vendor, uint32_t value)
{
	uint8_t octets[4];

	put_u32(octets, value);
	return raw_add(raw, code, vendor, octets, sizeof(octets));
}

struct raw_avp *raw_find(struct raw *raw, uint32_t code, uint32_t vendor, unsigned n)
{
	for (size_t i = 0; i < raw->n; i++) {
		if (raw->avp[i].code == code && raw->avp[i].vendor == vendor && n-- == 0) {
			return &raw->avp[i];
		}
	}
	return NULL;
}

void raw_remove(struct raw *raw, size_t i)
{
	raw->n--;
	memmove(&raw->avp[i], &raw->avp[i + 1], (raw->n - i) * sizeof(raw->avp[0]));
}

void raw_set(struct raw_avp *avp, const void *data, size_t len)
{
	assert(len <= RAW_DATA_MAX);
	memcpy(avp->data, data, len);
	avp->len = len;
}

static size_t avp_octets(const struct raw_avp *avp, uint8_t *out)
{
	size_t header = (avp->flags & 0x80) != 0 ? 12 : 8;

	put_u32(out, avp->code);
	put_u32(out + 4, (uint32_t)(header + avp->len));
	out[4] = avp->flags;
	if (header == 12) {
		put_u32(out + 8, avp->vendor);
	}
	memset(out + header, 0, (avp->len + 3) & ~(size_t)3);
	memcpy(out + header, avp->data, avp->len);
	return header + ((avp->len + 3) & ~(size_t)3);
}

void raw_member(struct raw_avp *group, uint32_t code, uint32_t vendor, const void *data, size_t len)
{
	static struct raw member;

	member.n = 0;
	(void)raw_add(&member, code, vendor, data, len);
	assert(group->len + len + 16 <= RAW_DATA_MAX);
	group->len += avp_octets(&member.avp[0], group->data + group->len);
}

size_t raw_octets(const struct raw *raw, uint8_t *out)
{
	size_t len = 20;

	for (size_t i = 0; i < raw->n; i++) {
		len += avp_octets(&raw->avp[i], out + len);
	}
	memset(out, 0, 20);
	put_u32(out, (uint32_t)len);
	out[0] = 1;
	put_u32(out + 4, raw->command);
	out[4] = raw->flags;
	put_u32(out + 8, CX_APP_ID);
	put_u32(out + 12, 0x11223344);
	put_u32(out + 16, 0x55667788);
	return len;
}

static void add_text(struct raw *raw, uint32_t code, uint32_t vendor, const char *text)
{
	(void)raw_add(raw, code, vendor, text, strlen(text));
}

static void add_item(struct raw *raw)
{
	static const uint8_t rand_auts[30] = {1, 0, 2};
	struct raw_avp *item = raw_add(raw, CX_AVP_SIP_AUTH_DATA_ITEM, CX_VENDOR_3GPP, "", 0);

	raw_member(item, CX_AVP_SIP_AUTHENTICATION_SCHEME, CX_VENDOR_3GPP, "Digest-AKAv1-MD5", 16);
	raw_member(item, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, rand_auts, sizeof(rand_auts));
}

static void add_specific(struct raw *raw)
{
	switch (raw->command) {
	case CX_CMD_UAR:
		add_text(raw, CX_AVP_VISITED_NETWORK_IDENTIFIER, CX_VENDOR_3GPP, "visited.example");
		(void)raw_add_u32(raw, CX_AVP_USER_AUTHORIZATION_TYPE, CX_VENDOR_3GPP, 2);
		raw_add_u32(raw, CX_AVP_UAR_FLAGS, CX_VENDOR_3GPP, 1)->flags = 0x80;
		break;
	case CX_CMD_SAR:
		add_text(raw, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP, KIT_SCSCF);
		(void)raw_add_u32(raw, CX_AVP_SERVER_ASSIGNMENT_TYPE, CX_VENDOR_3GPP, 1);
		(void)raw_add_u32(raw, CX_AVP_USER_DATA_ALREADY_AVAILABLE, CX_VENDOR_3GPP, 0);
		break;
	case CX_CMD_LIR:
		(void)raw_add_u32(raw, CX_AVP_ORIGINATING_REQUEST, CX_VENDOR_3GPP, 0);
		(void)raw_add_u32(raw, CX_AVP_USER_AUTHORIZATION_TYPE, CX_VENDOR_3GPP, 2);
		break;
	default:
		(void)raw_add_u32(raw, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP, 1);
		add_item(raw);
		add_text(raw, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP, KIT_SCSCF);
		break;
	}
}

void raw_request(struct raw *raw, uint32_t command)
{
	static const uint8_t vendor[4] = {0, 0, 0x28, 0xaf};
	static const uint8_t application[4] = {1, 0, 0, 0};
	struct raw_avp *vsai = NULL;

	raw->command = command;
	raw->flags = 0xc0;
	raw->n = 0;
	add_text(raw, CX_BASE_AVP_SESSION_ID, 0, "scscf.example.net;1;2");
	vsai = raw_add(raw, CX_BASE_AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0, "", 0);
	raw_member(vsai, CX_BASE_AVP_VENDOR_ID, 0, vendor, 4);
	raw_member(vsai, CX_BASE_AVP_AUTH_APPLICATION_ID, 0, application, 4);
	(void)raw_add_u32(raw, CX_BASE_AVP_AUTH_SESSION_STATE, 0, 1);
	add_text(raw, CX_BASE_AVP_ORIGIN_HOST, 0, "scscf.example.net");
	add_text(raw, CX_BASE_AVP_ORIGIN_REALM, 0, "example.net");
	add_text(raw, CX_BASE_AVP_DESTINATION_HOST, 0, KIT_HOST);
	add_text(raw, CX_BASE_AVP_DESTINATION_REALM, 0, KIT_REALM);
	if (command != CX_CMD_LIR) {
		add_text(raw, CX_BASE_AVP_USER_NAME, 0, KIT_IMPI);
	}
	add_text(raw, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, KIT_IMPU);
	add_specific(raw);
}
