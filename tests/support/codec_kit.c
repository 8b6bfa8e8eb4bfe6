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

/* AVPs behind the User-Name of an SCSCF-Restoration-Info: one Restoration-Info with all that it may
 * have and a SIP-Authentication-Scheme; and one with what it must have. */
/* clang-format off */
static const uint8_t restoration_full[] = {
	0x00, 0x00, 0x02, 0x89, 0x80, 0x00, 0x01, 0x40, 0x00, 0x00, 0x28, 0xaf, 0x00, 0x00, 0x02, 0x80,
	0x80, 0x00, 0x00, 0x39, 0x00, 0x00, 0x28, 0xaf, 0x3c, 0x73, 0x69, 0x70, 0x3a, 0x70, 0x2e, 0x65,
	0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x6e, 0x65, 0x74, 0x3b, 0x6c, 0x72, 0x3e, 0x2c, 0x3c,
	0x73, 0x69, 0x70, 0x3a, 0x71, 0x2e, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x6e, 0x65,
	0x74, 0x3b, 0x6c, 0x72, 0x3e, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x81, 0x80, 0x00, 0x00, 0x1e,
	0x00, 0x00, 0x28, 0xaf, 0x3c, 0x73, 0x69, 0x70, 0x3a, 0x75, 0x65, 0x40, 0x31, 0x39, 0x32, 0x2e,
	0x30, 0x2e, 0x32, 0x2e, 0x31, 0x3e, 0x00, 0x00, 0x00, 0x00, 0x02, 0x8e, 0x80, 0x00, 0x00, 0x10,
	0x00, 0x00, 0x28, 0xaf, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x02, 0x83, 0x80, 0x00, 0x00, 0x11,
	0x00, 0x00, 0x28, 0xaf, 0x63, 0x31, 0x40, 0x75, 0x65, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x82,
	0x80, 0x00, 0x00, 0xb4, 0x00, 0x00, 0x28, 0xaf, 0x00, 0x00, 0x02, 0x83, 0x80, 0x00, 0x00, 0x11,
	0x00, 0x00, 0x28, 0xaf, 0x63, 0x32, 0x40, 0x75, 0x65, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x84,
	0x80, 0x00, 0x00, 0x25, 0x00, 0x00, 0x28, 0xaf, 0x3c, 0x73, 0x69, 0x70, 0x3a, 0x75, 0x40, 0x65,
	0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x6e, 0x65, 0x74, 0x3e, 0x3b, 0x74, 0x61, 0x67, 0x3d,
	0x31, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x85, 0x80, 0x00, 0x00, 0x25, 0x00, 0x00, 0x28, 0xaf,
	0x3c, 0x73, 0x69, 0x70, 0x3a, 0x73, 0x40, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x6e,
	0x65, 0x74, 0x3e, 0x3b, 0x74, 0x61, 0x67, 0x3d, 0x32, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x86,
	0x80, 0x00, 0x00, 0x22, 0x00, 0x00, 0x28, 0xaf, 0x3c, 0x73, 0x69, 0x70, 0x3a, 0x70, 0x2e, 0x65,
	0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x6e, 0x65, 0x74, 0x3b, 0x6c, 0x72, 0x3e, 0x00, 0x00,
	0x00, 0x00, 0x02, 0x81, 0x80, 0x00, 0x00, 0x1e, 0x00, 0x00, 0x28, 0xaf, 0x3c, 0x73, 0x69, 0x70,
	0x3a, 0x75, 0x65, 0x40, 0x31, 0x39, 0x32, 0x2e, 0x30, 0x2e, 0x32, 0x2e, 0x31, 0x3e, 0x00, 0x00,
	0x00, 0x00, 0x02, 0x60, 0xc0, 0x00, 0x00, 0x1c, 0x00, 0x00, 0x28, 0xaf, 0x44, 0x69, 0x67, 0x65,
	0x73, 0x74, 0x2d, 0x41, 0x4b, 0x41, 0x76, 0x31, 0x2d, 0x4d, 0x44, 0x35,
};
static const uint8_t restoration_short[] = {
	0x00, 0x00, 0x02, 0x89, 0x80, 0x00, 0x00, 0x50, 0x00, 0x00, 0x28, 0xaf, 0x00, 0x00, 0x02, 0x80,
	0x80, 0x00, 0x00, 0x22, 0x00, 0x00, 0x28, 0xaf, 0x3c, 0x73, 0x69, 0x70, 0x3a, 0x70, 0x2e, 0x65,
	0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2e, 0x6e, 0x65, 0x74, 0x3b, 0x6c, 0x72, 0x3e, 0x00, 0x00,
	0x00, 0x00, 0x02, 0x81, 0x80, 0x00, 0x00, 0x1e, 0x00, 0x00, 0x28, 0xaf, 0x3c, 0x73, 0x69, 0x70,
	0x3a, 0x75, 0x65, 0x40, 0x31, 0x39, 0x32, 0x2e, 0x30, 0x2e, 0x32, 0x2e, 0x31, 0x3e, 0x00, 0x00,
};
/* clang-format on */

static const struct ims_charging all_functions = {
	.primary_ecf = "aaa://ecf1.example.net:3868;transport=tcp",
	.secondary_ecf = "aaa://ecf2.example.net",
	.primary_ccf = "aaa://ccf1.example.net:3868;transport=tcp",
	.secondary_ccf = "aaas://ccf2.example.net",
};
static const struct ims_charging one_function = {.primary_ccf = "aaa://ccf.example.net"};

static uint32_t mandatory[] = {1, 4294967295U};
static uint32_t optional[] = {7, 0, 3};
static const char *two_scscfs[] = {KIT_SCSCF, "sip:scscf2.example.net"};
static const struct ims_capabilities some_capabilities = {
	.mandatory = mandatory, .n_mandatory = 2, .optional = optional, .n_optional = 3};
static const struct ims_capabilities an_optional_capability = {.optional = optional,
                                                               .n_optional = 1};
static const struct ims_capabilities some_scscfs = {.server = two_scscfs, .n_server = 2};

static struct cx_restoration two_restorations[] = {
	{KIT_IMPI, restoration_full, sizeof(restoration_full)},
	{"phone@example.org", restoration_short, sizeof(restoration_short)},
};
static struct cx_emergency two_emergencies[] = {
	{KIT_IMPI, KIT_IMPU},
	{"phone@example.org", "tel:+19005550051"},
};

#define USER_DATA "<?xml version=\"1.0\" encoding=\"UTF-8\"?><IMSSubscription/>"

/* In a request M may be set; in an answer it never is. */
#define FEATURES(bits) .features = {.present = true, .list = (bits)}
#define NEEDED(bits) .features = {.present = true, .required = true, .list = (bits)}
#define DIGEST .digest = {.realm = "ims.example.net", .ha1 = {0xab, 0xcd, 0, 1, [15] = 0xef}}

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
                 .scheme = CX_SCHEME_SIP_DIGEST,
                 .scheme_name = "sip digest",
                 .n_vectors = 0}},
	{COMMON, .command = CX_CMD_MAR, .impi = KIT_IMPI, ONE_IMPU,
         .mar = {.server_name = KIT_SCSCF,
                 .scheme = CX_SCHEME_NASS_BUNDLED,
                 .scheme_name = "NASS-bundled",
                 .n_vectors = 1}},
	{COMMON, .command = CX_CMD_MAR, .impi = KIT_IMPI, ONE_IMPU, NEEDED(0),
         .mar = {.server_name = KIT_SCSCF,
                 .scheme = CX_SCHEME_GIBA,
                 .scheme_name = "Early-IMS-Security",
                 .n_vectors = 1}},
	{COMMON, .command = CX_CMD_MAR, .impi = KIT_IMPI, ONE_IMPU,
         .mar = {.server_name = KIT_SCSCF,
                 .scheme = CX_SCHEME_OTHER,
                 .scheme_name = "Digest-AKAv2-SHA-256",
                 .n_vectors = 1}},
	{COMMON, .command = CX_CMD_MAR, .impi = KIT_IMPI, ONE_IMPU,
         .mar = {.server_name = KIT_SCSCF,
                 .scheme = CX_SCHEME_AKA_V1,
                 .scheme_name = "digest-AKAv1-md5",
                 .n_vectors = 5,
                 .resync = true,
                 .rand = {0, 1, 2, 3},
                 .auts = {9, 8, 0, 255}}},
	{COMMON, .command = CX_CMD_UAR, .impi = KIT_IMPI, ONE_IMPU, FEATURES(0xffffffff),
         .uar = {.visited_network = KIT_REALM}},
	{COMMON, .command = CX_CMD_LIR, ONE_IMPU,
         .features = {.present = true, .foreign = true, .list = CX_FEATURE_IMS_RESTORATION_IND}},
	{COMMON, .command = CX_CMD_LIR, ONE_IMPU, .features = {.foreign = true}},
	{COMMON, .command = CX_CMD_SAR, .impi = KIT_IMPI, ONE_IMPU,
         NEEDED(CX_FEATURE_SIFC | CX_FEATURE_ALIAS_IND),
         .sar = {.server_name = KIT_SCSCF,
                 .type = CX_SAT_REGISTRATION,
                 .wildcarded_impu = "sip:room!.*!@example.org",
                 .multiple_registration = true,
                 .pcscf_restoration = true,
                 .restoration = restoration_full,
                 .restoration_len = sizeof(restoration_full),
                 .restoration_impi = KIT_IMPI}},
	{COMMON, .command = CX_CMD_RTR, .impi = KIT_IMPI, .destination_host = KIT_HOST,
         .rtr = {.reason = CX_REASON_PERMANENT_TERMINATION}},
	{COMMON, .command = CX_CMD_RTR, .impi = KIT_IMPI, .destination_host = KIT_HOST,
         .impu = three_impus, .n_impu = 3, FEATURES(CX_FEATURE_SIFC),
         .rtr = {.reason = CX_REASON_NEW_SERVER_ASSIGNED,
                 .reason_info = "another S-CSCF serves you",
                 .associated_impi = two_impis,
                 .n_associated_impi = 2}},
	{COMMON, .command = CX_CMD_PPR, .impi = KIT_IMPI, .destination_host = KIT_HOST,
         FEATURES(CX_FEATURE_SIFC),
         .ppr = {.user_data = USER_DATA,
                 .user_data_len = sizeof(USER_DATA) - 1,
                 .charging = &all_functions,
                 DIGEST}},
	{COMMON, .command = CX_CMD_PPR, .impi = KIT_IMPI, .destination_host = KIT_HOST,
         .ppr = {.charging = &one_function}},
	{COMMON, .command = CX_CMD_PPR, .impi = KIT_IMPI, .destination_host = KIT_HOST,
         .ppr = {DIGEST}},
};
const size_t kit_n_requests = sizeof(kit_requests) / sizeof(kit_requests[0]);

#define RESULT(name) .verdict = {.result = CX_##name}
#define REFUSAL(name) .verdict = {.result = CX_##name, .message = "refused: " #name}
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
	{.command = CX_CMD_UAR,
         RESULT(FIRST_REGISTRATION),
         FEATURES(CX_FEATURE_IMS_RESTORATION_IND),
         .capabilities = true,
         .capability_set = &some_capabilities},
	{.command = CX_CMD_UAR,
         RESULT(FIRST_REGISTRATION),
         .capabilities = true,
         .capability_set = &some_scscfs,
         .capabilities_scscf = KIT_SCSCF},
	{.command = CX_CMD_LIR,
         RESULT(UNREGISTERED_SERVICE),
         FEATURES(0),
         .capabilities = true,
         .capability_set = &an_optional_capability},
	{.command = CX_CMD_LIR, REFUSAL(ERROR_FEATURE_UNSUPPORTED), FEATURES(0xf)},
	{.command = CX_CMD_SAR,
         RESULT(SUCCESS),
         FEATURES(CX_FEATURE_SIFC),
         .impi = KIT_IMPI,
         .user_data = USER_DATA,
         .user_data_len = sizeof(USER_DATA) - 1,
         .charging = &all_functions,
         .associated_impi = two_impis,
         .n_associated_impi = 2,
         .loose_route = true,
         .restoration = two_restorations,
         .n_restoration = 2,
         .registered_impi = two_impis,
         .n_registered_impi = 2,
         .server_name = KIT_SCSCF,
         .wildcarded_impu = "sip:room!.*!@example.org",
         .privileged_sender = true},
	{.command = CX_CMD_SAR,
         REFUSAL(ERROR_IN_ASSIGNMENT_TYPE),
         .impi = KIT_IMPI,
         .user_data = USER_DATA,
         .user_data_len = sizeof(USER_DATA) - 1,
         .charging = &one_function,
         .restoration = two_restorations,
         .n_restoration = 1},
	{.command = CX_CMD_MAR,
         RESULT(SUCCESS),
         FEATURES(1),
         .impi = KIT_IMPI,
         .impu = KIT_IMPU,
         DIGEST},
	{.command = CX_CMD_MAR, REFUSAL(ERROR_FEATURE_UNSUPPORTED), FEATURES(CX_FEATURE_SIFC)},
	{.command = CX_CMD_RTR, RESULT(SUCCESS)},
	{.command = CX_CMD_RTR,
         RESULT(LIMITED_SUCCESS),
         FEATURES(CX_FEATURE_SIFC),
         .associated_impi = two_impis,
         .n_associated_impi = 2,
         .emergency = two_emergencies,
         .n_emergency = 2},
	{.command = CX_CMD_RTR,
         REFUSAL(UNABLE_TO_COMPLY),
         .emergency = two_emergencies,
         .n_emergency = 1},
	{.command = CX_CMD_PPR, RESULT(SUCCESS)},
	{.command = CX_CMD_PPR, RESULT(SUCCESS), FEATURES(CX_FEATURE_ALIAS_IND)},
	{.command = CX_CMD_PPR, REFUSAL(ERROR_NOT_SUPPORTED_USER_DATA)},
	{.command = CX_CMD_PPR, REFUSAL(ERROR_TOO_MUCH_DATA)},
	{.command = CX_CMD_PPR, REFUSAL(ERROR_USER_UNKNOWN)},
};
const size_t kit_n_answers = sizeof(kit_answers) / sizeof(kit_answers[0]);

const struct raw_digest kit_digest = {.scheme = "SIP Digest",
                                      .realm = "ims.example.net",
                                      .algorithm = "MD5",
                                      .qop = "auth",
                                      .ha1 = "abcd00010000000000000000000000ef"};

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

struct raw_avp *raw_features(struct raw *raw, uint32_t vendor, uint32_t id, uint32_t list)
{
	struct raw_avp *group = raw_add(raw, CX_AVP_SUPPORTED_FEATURES, CX_VENDOR_3GPP, "", 0);
	const uint32_t numbers[] = {vendor, id, list};
	uint8_t octets[3][4];

	for (size_t i = 0; i < 3; i++) {
		put_u32(octets[i], numbers[i]);
	}
	group->flags = 0x80;
	raw_member(group, CX_BASE_AVP_VENDOR_ID, 0, octets[0], 4);
	raw_member(group, CX_AVP_FEATURE_LIST_ID, CX_VENDOR_3GPP, octets[1], 4);
	raw_member(group, CX_AVP_FEATURE_LIST, CX_VENDOR_3GPP, octets[2], 4);
	return group;
}

struct raw_avp *raw_digest_item(struct raw *raw, const struct raw_digest *digest)
{
	struct raw_avp *item = raw_add(raw, CX_AVP_SIP_AUTH_DATA_ITEM, CX_VENDOR_3GPP, "", 0);
	const struct {
		uint32_t code;
		const char *text;
	} members[] = {{CX_BASE_AVP_DIGEST_REALM, digest->realm},
	               {CX_BASE_AVP_DIGEST_ALGORITHM, digest->algorithm},
	               {CX_BASE_AVP_DIGEST_QOP, digest->qop},
	               {CX_BASE_AVP_DIGEST_HA1, digest->ha1}};
	static struct raw_avp group;

	group.len = 0;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (members[i].text != NULL) {
			raw_member(&group, members[i].code, 0, members[i].text,
			           strlen(members[i].text));
		}
	}
	if (digest->scheme != NULL) {
		raw_member(item, CX_AVP_SIP_AUTHENTICATION_SCHEME, CX_VENDOR_3GPP, digest->scheme,
		           strlen(digest->scheme));
	}
	raw_member(item, CX_AVP_SIP_DIGEST_AUTHENTICATE, CX_VENDOR_3GPP, group.data, group.len);
	return item;
}

static void add_restoration(struct raw *raw)
{
	struct raw_avp *group = raw_add(raw, CX_AVP_SCSCF_RESTORATION_INFO, CX_VENDOR_3GPP, "", 0);

	raw_member(group, CX_BASE_AVP_USER_NAME, 0, KIT_IMPI, strlen(KIT_IMPI));
	assert(group->len + sizeof(restoration_short) <= RAW_DATA_MAX);
	memcpy(group->data + group->len, restoration_short, sizeof(restoration_short));
	group->len += sizeof(restoration_short);
}

static void add_sar(struct raw *raw)
{
	add_text(raw, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP, KIT_SCSCF);
	(void)raw_add_u32(raw, CX_AVP_SERVER_ASSIGNMENT_TYPE, CX_VENDOR_3GPP, 1);
	(void)raw_add_u32(raw, CX_AVP_USER_DATA_ALREADY_AVAILABLE, CX_VENDOR_3GPP, 0);
	add_text(raw, CX_AVP_WILDCARDED_PUBLIC_IDENTITY, CX_VENDOR_3GPP, "sip:a!.*!@example.org");
	add_restoration(raw);
	(void)raw_add_u32(raw, CX_AVP_MULTIPLE_REGISTRATION_INDICATION, CX_VENDOR_3GPP, 1);
	(void)raw_add_u32(raw, CX_AVP_SAR_FLAGS, CX_VENDOR_3GPP, 1);
}

static void add_rtr(struct raw *raw)
{
	struct raw_avp *group = raw_add(raw, CX_AVP_ASSOCIATED_IDENTITIES, CX_VENDOR_3GPP, "", 0);

	raw_member(group, CX_BASE_AVP_USER_NAME, 0, "phone@example.org", 17);
	group = raw_add(raw, CX_AVP_DEREGISTRATION_REASON, CX_VENDOR_3GPP, "", 0);
	raw_member(group, CX_AVP_REASON_CODE, CX_VENDOR_3GPP, "\0\0\0\0", 4);
	raw_member(group, CX_AVP_REASON_INFO, CX_VENDOR_3GPP, "bye", 3);
}

static void add_ppr(struct raw *raw)
{
	struct raw_avp *group = NULL;

	add_text(raw, CX_AVP_USER_DATA, CX_VENDOR_3GPP, USER_DATA);
	group = raw_add(raw, CX_AVP_CHARGING_INFORMATION, CX_VENDOR_3GPP, "", 0);
	raw_member(group, CX_AVP_PRIMARY_CHARGING_COLLECTION_FUNCTION_NAME, CX_VENDOR_3GPP,
	           "aaa://ccf.example.net", 21);
	(void)raw_digest_item(raw, &kit_digest);
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
		add_sar(raw);
		break;
	case CX_CMD_LIR:
		(void)raw_add_u32(raw, CX_AVP_ORIGINATING_REQUEST, CX_VENDOR_3GPP, 0);
		(void)raw_add_u32(raw, CX_AVP_USER_AUTHORIZATION_TYPE, CX_VENDOR_3GPP, 2);
		break;
	case CX_CMD_RTR:
		add_rtr(raw);
		break;
	case CX_CMD_PPR:
		add_ppr(raw);
		break;
	default:
		(void)raw_add_u32(raw, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP, 1);
		add_item(raw);
		add_text(raw, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP, KIT_SCSCF);
		break;
	}
	(void)raw_features(raw, CX_VENDOR_3GPP, CX_FEATURE_LIST_ID, CX_FEATURE_SIFC);
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
	if (command != CX_CMD_PPR) {
		add_text(raw, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, KIT_IMPU);
	}
	add_specific(raw);
}
