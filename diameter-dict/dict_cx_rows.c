#include "dict_cx_rows.h"

#include "cx_ids.h"

#define N_ROWS(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Vendor 3GPP: TS 29.229 table 6.3.1; the M bit follows its columns "Must" and "Must not".
 * The short macros keep a row on one line; each is undefined below its tables.
 */
#define TGPP(code, name, format, m)                                                                \
	{                                                                                          \
		CX_VENDOR_3GPP, CX_AVP_##code, name, DICT_CX_##format, DICT_CX_M_##m               \
	}
#define BASE(code, name, format, m)                                                                \
	{                                                                                          \
		CX_VENDOR_NONE, CX_BASE_AVP_##code, name, DICT_CX_##format, DICT_CX_M_##m          \
	}

const struct dict_cx_avp dict_cx_avps[] = {
	TGPP(VISITED_NETWORK_IDENTIFIER, "Visited-Network-Identifier", OCTET_STRING, SET),
	TGPP(PUBLIC_IDENTITY, "Public-Identity", UTF8_STRING, SET),
	TGPP(SERVER_NAME, "Server-Name", UTF8_STRING, SET),
	TGPP(SERVER_CAPABILITIES, "Server-Capabilities", GROUPED, SET),
	TGPP(MANDATORY_CAPABILITY, "Mandatory-Capability", UNSIGNED32, SET),
	TGPP(OPTIONAL_CAPABILITY, "Optional-Capability", UNSIGNED32, SET),
	TGPP(USER_DATA, "User-Data", OCTET_STRING, SET),
	TGPP(SIP_NUMBER_AUTH_ITEMS, "SIP-Number-Auth-Items", UNSIGNED32, SET),
	TGPP(SIP_AUTHENTICATION_SCHEME, "SIP-Authentication-Scheme", UTF8_STRING, SET),
	TGPP(SIP_AUTHENTICATE, "SIP-Authenticate", OCTET_STRING, SET),
	TGPP(SIP_AUTHORIZATION, "SIP-Authorization", OCTET_STRING, SET),
	TGPP(SIP_AUTHENTICATION_CONTEXT, "SIP-Authentication-Context", OCTET_STRING, SET),
	TGPP(SIP_AUTH_DATA_ITEM, "SIP-Auth-Data-Item", GROUPED, SET),
	TGPP(SIP_ITEM_NUMBER, "SIP-Item-Number", UNSIGNED32, SET),
	TGPP(SERVER_ASSIGNMENT_TYPE, "Server-Assignment-Type", ENUMERATED, SET),
	TGPP(DEREGISTRATION_REASON, "Deregistration-Reason", GROUPED, SET),
	TGPP(REASON_CODE, "Reason-Code", ENUMERATED, SET),
	TGPP(REASON_INFO, "Reason-Info", UTF8_STRING, SET),
	TGPP(CHARGING_INFORMATION, "Charging-Information", GROUPED, SET),
	TGPP(PRIMARY_EVENT_CHARGING_FUNCTION_NAME, "Primary-Event-Charging-Function-Name",
             DIAMETER_URI, SET),
	TGPP(SECONDARY_EVENT_CHARGING_FUNCTION_NAME, "Secondary-Event-Charging-Function-Name",
             DIAMETER_URI, SET),
	TGPP(PRIMARY_CHARGING_COLLECTION_FUNCTION_NAME, "Primary-Charging-Collection-Function-Name",
             DIAMETER_URI, SET),
	TGPP(SECONDARY_CHARGING_COLLECTION_FUNCTION_NAME,
             "Secondary-Charging-Collection-Function-Name", DIAMETER_URI, SET),
	TGPP(USER_AUTHORIZATION_TYPE, "User-Authorization-Type", ENUMERATED, SET),
	TGPP(USER_DATA_ALREADY_AVAILABLE, "User-Data-Already-Available", ENUMERATED, SET),
	TGPP(CONFIDENTIALITY_KEY, "Confidentiality-Key", OCTET_STRING, SET),
	TGPP(INTEGRITY_KEY, "Integrity-Key", OCTET_STRING, SET),
	TGPP(SUPPORTED_FEATURES, "Supported-Features", GROUPED, MAY),
	TGPP(FEATURE_LIST_ID, "Feature-List-ID", UNSIGNED32, CLEAR),
	TGPP(FEATURE_LIST, "Feature-List", UNSIGNED32, CLEAR),
	TGPP(SUPPORTED_APPLICATIONS, "Supported-Applications", GROUPED, CLEAR),
	TGPP(ASSOCIATED_IDENTITIES, "Associated-Identities", GROUPED, CLEAR),
	TGPP(ORIGINATING_REQUEST, "Originating-Request", ENUMERATED, SET),
	TGPP(WILDCARDED_PUBLIC_IDENTITY, "Wildcarded-Public-Identity", UTF8_STRING, CLEAR),
	TGPP(SIP_DIGEST_AUTHENTICATE, "SIP-Digest-Authenticate", GROUPED, CLEAR),
	TGPP(WILDCARDED_IMPU, "Wildcarded-IMPU", UTF8_STRING, CLEAR),
	TGPP(UAR_FLAGS, "UAR-Flags", UNSIGNED32, CLEAR),
	TGPP(LOOSE_ROUTE_INDICATION, "Loose-Route-Indication", ENUMERATED, CLEAR),
	TGPP(SCSCF_RESTORATION_INFO, "SCSCF-Restoration-Info", GROUPED, CLEAR),
	TGPP(PATH, "Path", OCTET_STRING, CLEAR),
	TGPP(CONTACT, "Contact", OCTET_STRING, CLEAR),
	TGPP(SUBSCRIPTION_INFO, "Subscription-Info", GROUPED, CLEAR),
	TGPP(CALL_ID_SIP_HEADER, "Call-ID-SIP-Header", OCTET_STRING, CLEAR),
	TGPP(FROM_SIP_HEADER, "From-SIP-Header", OCTET_STRING, CLEAR),
	TGPP(TO_SIP_HEADER, "To-SIP-Header", OCTET_STRING, CLEAR),
	TGPP(RECORD_ROUTE, "Record-Route", OCTET_STRING, CLEAR),
	TGPP(ASSOCIATED_REGISTERED_IDENTITIES, "Associated-Registered-Identities", GROUPED, CLEAR),
	TGPP(MULTIPLE_REGISTRATION_INDICATION, "Multiple-Registration-Indication", ENUMERATED,
             CLEAR),
	TGPP(RESTORATION_INFO, "Restoration-Info", GROUPED, CLEAR),
	TGPP(SESSION_PRIORITY, "Session-Priority", ENUMERATED, CLEAR),
	TGPP(IDENTITY_WITH_EMERGENCY_REGISTRATION, "Identity-with-Emergency-Registration", GROUPED,
             CLEAR),
	TGPP(PRIVILEDGED_SENDER_INDICATION, "Priviledged-Sender-Indication", ENUMERATED, CLEAR),
	TGPP(LIA_FLAGS, "LIA-Flags", UNSIGNED32, CLEAR),
	TGPP(INITIAL_CSEQ_SEQUENCE_NUMBER, "Initial-CSeq-Sequence-Number", UNSIGNED32, CLEAR),
	TGPP(SAR_FLAGS, "SAR-Flags", UNSIGNED32, CLEAR),
	TGPP(ALLOWED_WAF_WWSF_IDENTITIES, "Allowed-WAF-WWSF-Identities", GROUPED, CLEAR),
	TGPP(WEBRTC_AUTHENTICATION_FUNCTION_NAME, "WebRTC-Authentication-Function-Name",
             UTF8_STRING, CLEAR),
	TGPP(WEBRTC_WEB_SERVER_FUNCTION_NAME, "WebRTC-Web-Server-Function-Name", UTF8_STRING,
             CLEAR),
	TGPP(RTR_FLAGS, "RTR-Flags", UNSIGNED32, CLEAR),
	TGPP(P_CSCF_SUBSCRIPTION_INFO, "P-CSCF-Subscription-Info", GROUPED, CLEAR),
	TGPP(REGISTRATION_TIME_OUT, "Registration-Time-Out", TIME, CLEAR),
	TGPP(ALTERNATE_DIGEST_ALGORITHM, "Alternate-Digest-Algorithm", UTF8_STRING, CLEAR),
	TGPP(ALTERNATE_DIGEST_HA1, "Alternate-Digest-HA1", UTF8_STRING, CLEAR),
	TGPP(FAILED_PCSCF, "Failed-PCSCF", GROUPED, CLEAR),
	TGPP(PCSCF_FQDN, "PCSCF-FQDN", DIAMETER_IDENTITY, CLEAR),
	TGPP(PCSCF_IP_ADDRESS, "PCSCF-IP-Address", ADDRESS, CLEAR),

	/* ETSI TS 183 033 */
	{CX_VENDOR_ETSI, CX_ETSI_AVP_LINE_IDENTIFIER, "Line-Identifier", DICT_CX_OCTET_STRING,
         DICT_CX_M_MAY},

	/* RFC 6733 clause 4.5. The daemon has them; a dictionary made by fd_dict_init does not. */
	BASE(USER_NAME, "User-Name", UTF8_STRING, SET),
	BASE(PROXY_STATE, "Proxy-State", OCTET_STRING, SET),
	BASE(AUTH_APPLICATION_ID, "Auth-Application-Id", UNSIGNED32, SET),
	BASE(ACCT_APPLICATION_ID, "Acct-Application-Id", UNSIGNED32, SET),
	BASE(VENDOR_SPECIFIC_APPLICATION_ID, "Vendor-Specific-Application-Id", GROUPED, SET),
	BASE(REDIRECT_HOST_USAGE, "Redirect-Host-Usage", ENUMERATED, SET),
	BASE(REDIRECT_MAX_CACHE_TIME, "Redirect-Max-Cache-Time", UNSIGNED32, SET),
	BASE(SESSION_ID, "Session-Id", UTF8_STRING, SET),
	BASE(ORIGIN_HOST, "Origin-Host", DIAMETER_IDENTITY, SET),
	BASE(SUPPORTED_VENDOR_ID, "Supported-Vendor-Id", UNSIGNED32, SET),
	BASE(VENDOR_ID, "Vendor-Id", UNSIGNED32, SET),
	BASE(RESULT_CODE, "Result-Code", UNSIGNED32, SET),
	BASE(AUTH_SESSION_STATE, "Auth-Session-State", ENUMERATED, SET),
	BASE(ORIGIN_STATE_ID, "Origin-State-Id", UNSIGNED32, SET),
	BASE(FAILED_AVP, "Failed-AVP", GROUPED, SET),
	BASE(PROXY_HOST, "Proxy-Host", DIAMETER_IDENTITY, SET),
	BASE(ERROR_MESSAGE, "Error-Message", UTF8_STRING, CLEAR),
	BASE(ROUTE_RECORD, "Route-Record", DIAMETER_IDENTITY, SET),
	BASE(DESTINATION_REALM, "Destination-Realm", DIAMETER_IDENTITY, SET),
	BASE(PROXY_INFO, "Proxy-Info", GROUPED, SET),
	BASE(REDIRECT_HOST, "Redirect-Host", DIAMETER_URI, SET),
	BASE(DESTINATION_HOST, "Destination-Host", DIAMETER_IDENTITY, SET),
	BASE(ERROR_REPORTING_HOST, "Error-Reporting-Host", DIAMETER_IDENTITY, CLEAR),
	BASE(ORIGIN_REALM, "Origin-Realm", DIAMETER_IDENTITY, SET),
	BASE(EXPERIMENTAL_RESULT, "Experimental-Result", GROUPED, SET),
	BASE(EXPERIMENTAL_RESULT_CODE, "Experimental-Result-Code", UNSIGNED32, SET),

	/* RFC 7155 and RFC 4740, members of SIP-Auth-Data-Item and SIP-Digest-Authenticate */
	BASE(FRAMED_IP_ADDRESS, "Framed-IP-Address", OCTET_STRING, SET),
	BASE(FRAMED_INTERFACE_ID, "Framed-Interface-Id", UNSIGNED64, SET),
	BASE(FRAMED_IPV6_PREFIX, "Framed-IPv6-Prefix", OCTET_STRING, SET),
	BASE(DIGEST_REALM, "Digest-Realm", UTF8_STRING, SET),
	BASE(DIGEST_QOP, "Digest-QoP", UTF8_STRING, SET),
	BASE(DIGEST_ALGORITHM, "Digest-Algorithm", UTF8_STRING, SET),
	BASE(DIGEST_HA1, "Digest-HA1", UTF8_STRING, SET),

	/* RFC 7944, RFC 7683, RFC 8583: whoever does not know them has to be able to ignore them */
	BASE(DRMP, "DRMP", ENUMERATED, CLEAR),
	BASE(OC_SUPPORTED_FEATURES, "OC-Supported-Features", GROUPED, CLEAR),
	BASE(OC_FEATURE_VECTOR, "OC-Feature-Vector", UNSIGNED64, CLEAR),
	BASE(OC_OLR, "OC-OLR", GROUPED, CLEAR),
	BASE(OC_SEQUENCE_NUMBER, "OC-Sequence-Number", UNSIGNED64, CLEAR),
	BASE(OC_VALIDITY_DURATION, "OC-Validity-Duration", UNSIGNED32, CLEAR),
	BASE(OC_REPORT_TYPE, "OC-Report-Type", ENUMERATED, CLEAR),
	BASE(OC_REDUCTION_PERCENTAGE, "OC-Reduction-Percentage", UNSIGNED32, CLEAR),
	BASE(SOURCEID, "SourceID", DIAMETER_IDENTITY, CLEAR),
	BASE(LOAD, "Load", GROUPED, CLEAR),
	BASE(LOAD_TYPE, "Load-Type", ENUMERATED, CLEAR),
	BASE(LOAD_VALUE, "Load-Value", UNSIGNED64, CLEAR),
};
const size_t dict_cx_n_avps = N_ROWS(dict_cx_avps);
#undef TGPP
#undef BASE

#define TGPP(code, value, name)                                                                    \
	{                                                                                          \
		CX_VENDOR_3GPP, CX_AVP_##code, value, name                                         \
	}
#define BASE(code, value, name)                                                                    \
	{                                                                                          \
		CX_VENDOR_NONE, CX_BASE_AVP_##code, value, name                                    \
	}

const struct dict_cx_value dict_cx_values[] = {
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_NO_ASSIGNMENT, "NO_ASSIGNMENT"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_REGISTRATION, "REGISTRATION"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_RE_REGISTRATION, "RE_REGISTRATION"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_UNREGISTERED_USER, "UNREGISTERED_USER"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_TIMEOUT_DEREGISTRATION, "TIMEOUT_DEREGISTRATION"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_USER_DEREGISTRATION, "USER_DEREGISTRATION"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME,
             "TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_USER_DEREGISTRATION_STORE_SERVER_NAME,
             "USER_DEREGISTRATION_STORE_SERVER_NAME"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_ADMINISTRATIVE_DEREGISTRATION,
             "ADMINISTRATIVE_DEREGISTRATION"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_AUTHENTICATION_FAILURE, "AUTHENTICATION_FAILURE"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_AUTHENTICATION_TIMEOUT, "AUTHENTICATION_TIMEOUT"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_DEREGISTRATION_TOO_MUCH_DATA,
             "DEREGISTRATION_TOO_MUCH_DATA"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_AAA_USER_DATA_REQUEST, "AAA_USER_DATA_REQUEST"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_PGW_UPDATE, "PGW_UPDATE"),
	TGPP(SERVER_ASSIGNMENT_TYPE, CX_SAT_RESTORATION, "RESTORATION"),
	TGPP(REASON_CODE, CX_REASON_PERMANENT_TERMINATION, "PERMANENT_TERMINATION"),
	TGPP(REASON_CODE, CX_REASON_NEW_SERVER_ASSIGNED, "NEW_SERVER_ASSIGNED"),
	TGPP(REASON_CODE, CX_REASON_SERVER_CHANGE, "SERVER_CHANGE"),
	TGPP(REASON_CODE, CX_REASON_REMOVE_S_CSCF, "REMOVE_S-CSCF"),
	TGPP(USER_AUTHORIZATION_TYPE, CX_UAT_REGISTRATION, "REGISTRATION"),
	TGPP(USER_AUTHORIZATION_TYPE, CX_UAT_DE_REGISTRATION, "DE_REGISTRATION"),
	TGPP(USER_AUTHORIZATION_TYPE, CX_UAT_REGISTRATION_AND_CAPABILITIES,
             "REGISTRATION_AND_CAPABILITIES"),
	TGPP(USER_DATA_ALREADY_AVAILABLE, CX_UDAA_USER_DATA_NOT_AVAILABLE,
             "USER_DATA_NOT_AVAILABLE"),
	TGPP(USER_DATA_ALREADY_AVAILABLE, CX_UDAA_USER_DATA_ALREADY_AVAILABLE,
             "USER_DATA_ALREADY_AVAILABLE"),
	TGPP(ORIGINATING_REQUEST, CX_ORIGINATING_REQUEST_ORIGINATING, "ORIGINATING"),
	TGPP(LOOSE_ROUTE_INDICATION, CX_LOOSE_ROUTE_NOT_REQUIRED, "LOOSE_ROUTE_NOT_REQUIRED"),
	TGPP(LOOSE_ROUTE_INDICATION, CX_LOOSE_ROUTE_REQUIRED, "LOOSE_ROUTE_REQUIRED"),
	TGPP(MULTIPLE_REGISTRATION_INDICATION, CX_MULTIPLE_REGISTRATION_NOT_MULTIPLE_REGISTRATION,
             "NOT_MULTIPLE_REGISTRATION"),
	TGPP(MULTIPLE_REGISTRATION_INDICATION, CX_MULTIPLE_REGISTRATION_MULTIPLE_REGISTRATION,
             "MULTIPLE_REGISTRATION"),
	TGPP(SESSION_PRIORITY, CX_SESSION_PRIORITY_0, "PRIORITY-0"),
	TGPP(SESSION_PRIORITY, CX_SESSION_PRIORITY_1, "PRIORITY-1"),
	TGPP(SESSION_PRIORITY, CX_SESSION_PRIORITY_2, "PRIORITY-2"),
	TGPP(SESSION_PRIORITY, CX_SESSION_PRIORITY_3, "PRIORITY-3"),
	TGPP(SESSION_PRIORITY, CX_SESSION_PRIORITY_4, "PRIORITY-4"),
	TGPP(PRIVILEDGED_SENDER_INDICATION, CX_PRIVILEDGED_SENDER_NOT_PRIVILEDGED_SENDER,
             "NOT_PRIVILEDGED_SENDER"),
	TGPP(PRIVILEDGED_SENDER_INDICATION, CX_PRIVILEDGED_SENDER_PRIVILEDGED_SENDER,
             "PRIVILEDGED_SENDER"),

	BASE(REDIRECT_HOST_USAGE, 0, "DONT_CACHE"),
	BASE(REDIRECT_HOST_USAGE, 1, "ALL_SESSION"),
	BASE(REDIRECT_HOST_USAGE, 2, "ALL_REALM"),
	BASE(REDIRECT_HOST_USAGE, 3, "REALM_AND_APPLICATION"),
	BASE(REDIRECT_HOST_USAGE, 4, "ALL_APPLICATION"),
	BASE(REDIRECT_HOST_USAGE, 5, "ALL_HOST"),
	BASE(REDIRECT_HOST_USAGE, 6, "ALL_USER"),
	BASE(AUTH_SESSION_STATE, CX_AUTH_SESSION_STATE_MAINTAINED, "STATE_MAINTAINED"),
	BASE(AUTH_SESSION_STATE, CX_AUTH_SESSION_NO_STATE_MAINTAINED, "NO_STATE_MAINTAINED"),
	BASE(DRMP, 0, "PRIORITY_0"),
	BASE(DRMP, 1, "PRIORITY_1"),
	BASE(DRMP, 2, "PRIORITY_2"),
	BASE(DRMP, 3, "PRIORITY_3"),
	BASE(DRMP, 4, "PRIORITY_4"),
	BASE(DRMP, 5, "PRIORITY_5"),
	BASE(DRMP, 6, "PRIORITY_6"),
	BASE(DRMP, 7, "PRIORITY_7"),
	BASE(DRMP, 8, "PRIORITY_8"),
	BASE(DRMP, 9, "PRIORITY_9"),
	BASE(DRMP, 10, "PRIORITY_10"),
	BASE(DRMP, 11, "PRIORITY_11"),
	BASE(DRMP, 12, "PRIORITY_12"),
	BASE(DRMP, 13, "PRIORITY_13"),
	BASE(DRMP, 14, "PRIORITY_14"),
	BASE(DRMP, 15, "PRIORITY_15"),
	BASE(OC_REPORT_TYPE, 0, "HOST_REPORT"),
	BASE(OC_REPORT_TYPE, 1, "REALM_REPORT"),
	BASE(OC_REPORT_TYPE, 2, "PEER_REPORT"),
	BASE(LOAD_TYPE, 0, "HOST"),
	BASE(LOAD_TYPE, 1, "PEER"),
};
const size_t dict_cx_n_values = N_ROWS(dict_cx_values);
#undef TGPP
#undef BASE

/* Members: TS 29.229 clause 6.3 for groups and 6.1 for commands, unless said otherwise. */
#define TGPP(code, presence)                                                                       \
	{                                                                                          \
		CX_VENDOR_3GPP, CX_AVP_##code, DICT_CX_##presence                                  \
	}
#define ETSI(code, presence)                                                                       \
	{                                                                                          \
		CX_VENDOR_ETSI, CX_ETSI_AVP_##code, DICT_CX_##presence                             \
	}
#define BASE(code, presence)                                                                       \
	{                                                                                          \
		CX_VENDOR_NONE, CX_BASE_AVP_##code, DICT_CX_##presence                             \
	}

/* RFC 6733 6.11; several Vendor-Id as in RFC 3588, which peers of that age send */
static const struct dict_cx_member vendor_specific_application_id_members[] = {
	BASE(VENDOR_ID, ONE_OR_MORE),
	BASE(AUTH_APPLICATION_ID, OPTIONAL),
	BASE(ACCT_APPLICATION_ID, OPTIONAL),
};

/* RFC 6733 6.7.2 */
static const struct dict_cx_member proxy_info_members[] = {
	BASE(PROXY_HOST, REQUIRED),
	BASE(PROXY_STATE, REQUIRED),
};

/* RFC 6733 7.6 */
static const struct dict_cx_member experimental_result_members[] = {
	BASE(VENDOR_ID, REQUIRED),
	BASE(EXPERIMENTAL_RESULT_CODE, REQUIRED),
};

/* RFC 7683 7.1, RFC 8581 */
static const struct dict_cx_member oc_supported_features_members[] = {
	BASE(OC_FEATURE_VECTOR, OPTIONAL),
	BASE(SOURCEID, OPTIONAL),
};

/* RFC 7683 7.3, RFC 8581 */
static const struct dict_cx_member oc_olr_members[] = {
	BASE(OC_SEQUENCE_NUMBER, REQUIRED),
	BASE(OC_REPORT_TYPE, REQUIRED),
	BASE(OC_REDUCTION_PERCENTAGE, OPTIONAL),
	BASE(OC_VALIDITY_DURATION, OPTIONAL),
	BASE(SOURCEID, OPTIONAL),
};

/* RFC 8583 7.1 */
static const struct dict_cx_member load_members[] = {
	BASE(LOAD_TYPE, OPTIONAL),
	BASE(LOAD_VALUE, OPTIONAL),
	BASE(SOURCEID, OPTIONAL),
};

static const struct dict_cx_member server_capabilities_members[] = {
	TGPP(MANDATORY_CAPABILITY, ANY),
	TGPP(OPTIONAL_CAPABILITY, ANY),
	TGPP(SERVER_NAME, ANY),
};

static const struct dict_cx_member sip_auth_data_item_members[] = {
	TGPP(SIP_ITEM_NUMBER, OPTIONAL),
	TGPP(SIP_AUTHENTICATION_SCHEME, OPTIONAL),
	TGPP(SIP_AUTHENTICATE, OPTIONAL),
	TGPP(SIP_AUTHORIZATION, OPTIONAL),
	TGPP(SIP_AUTHENTICATION_CONTEXT, OPTIONAL),
	TGPP(CONFIDENTIALITY_KEY, OPTIONAL),
	TGPP(INTEGRITY_KEY, OPTIONAL),
	TGPP(SIP_DIGEST_AUTHENTICATE, OPTIONAL),
	BASE(FRAMED_IP_ADDRESS, OPTIONAL),
	BASE(FRAMED_IPV6_PREFIX, OPTIONAL),
	BASE(FRAMED_INTERFACE_ID, OPTIONAL),
	ETSI(LINE_IDENTIFIER, ANY),
};

/* the alternate pair: Rel-17 */
static const struct dict_cx_member sip_digest_authenticate_members[] = {
	BASE(DIGEST_REALM, REQUIRED),
	BASE(DIGEST_ALGORITHM, OPTIONAL),
	BASE(DIGEST_QOP, REQUIRED),
	BASE(DIGEST_HA1, REQUIRED),
	TGPP(ALTERNATE_DIGEST_ALGORITHM, OPTIONAL),
	TGPP(ALTERNATE_DIGEST_HA1, OPTIONAL),
};

static const struct dict_cx_member deregistration_reason_members[] = {
	TGPP(REASON_CODE, REQUIRED),
	TGPP(REASON_INFO, OPTIONAL),
};

static const struct dict_cx_member charging_information_members[] = {
	TGPP(PRIMARY_EVENT_CHARGING_FUNCTION_NAME, OPTIONAL),
	TGPP(SECONDARY_EVENT_CHARGING_FUNCTION_NAME, OPTIONAL),
	TGPP(PRIMARY_CHARGING_COLLECTION_FUNCTION_NAME, OPTIONAL),
	TGPP(SECONDARY_CHARGING_COLLECTION_FUNCTION_NAME, OPTIONAL),
};

static const struct dict_cx_member supported_features_members[] = {
	BASE(VENDOR_ID, REQUIRED),
	TGPP(FEATURE_LIST_ID, REQUIRED),
	TGPP(FEATURE_LIST, REQUIRED),
};

static const struct dict_cx_member supported_applications_members[] = {
	BASE(AUTH_APPLICATION_ID, ANY),
	BASE(ACCT_APPLICATION_ID, ANY),
	BASE(VENDOR_SPECIFIC_APPLICATION_ID, ANY),
};

static const struct dict_cx_member associated_identities_members[] = {
	BASE(USER_NAME, ANY),
};

static const struct dict_cx_member associated_registered_identities_members[] = {
	BASE(USER_NAME, ANY),
};

static const struct dict_cx_member scscf_restoration_info_members[] = {
	BASE(USER_NAME, REQUIRED),
	TGPP(RESTORATION_INFO, ONE_OR_MORE),
	TGPP(REGISTRATION_TIME_OUT, OPTIONAL),
	TGPP(SIP_AUTHENTICATION_SCHEME, OPTIONAL),
};

static const struct dict_cx_member restoration_info_members[] = {
	TGPP(PATH, REQUIRED),
	TGPP(CONTACT, REQUIRED),
	TGPP(INITIAL_CSEQ_SEQUENCE_NUMBER, OPTIONAL),
	TGPP(CALL_ID_SIP_HEADER, OPTIONAL),
	TGPP(SUBSCRIPTION_INFO, OPTIONAL),
	TGPP(P_CSCF_SUBSCRIPTION_INFO, OPTIONAL),
};

static const struct dict_cx_member subscription_info_members[] = {
	TGPP(CALL_ID_SIP_HEADER, REQUIRED),
	TGPP(FROM_SIP_HEADER, REQUIRED),
	TGPP(TO_SIP_HEADER, REQUIRED),
	TGPP(RECORD_ROUTE, REQUIRED),
	TGPP(CONTACT, REQUIRED),
};

static const struct dict_cx_member p_cscf_subscription_info_members[] = {
	TGPP(CALL_ID_SIP_HEADER, REQUIRED),
	TGPP(FROM_SIP_HEADER, REQUIRED),
	TGPP(TO_SIP_HEADER, REQUIRED),
	TGPP(CONTACT, REQUIRED),
};

static const struct dict_cx_member identity_with_emergency_registration_members[] = {
	BASE(USER_NAME, REQUIRED),
	TGPP(PUBLIC_IDENTITY, REQUIRED),
};

static const struct dict_cx_member allowed_waf_wwsf_identities_members[] = {
	TGPP(WEBRTC_AUTHENTICATION_FUNCTION_NAME, ANY),
	TGPP(WEBRTC_WEB_SERVER_FUNCTION_NAME, ANY),
};

/* Rel-17 */
static const struct dict_cx_member failed_pcscf_members[] = {
	TGPP(PCSCF_FQDN, OPTIONAL),
	TGPP(PCSCF_IP_ADDRESS, OPTIONAL),
};

#define GROUP(vendor, code, members)                                                               \
	{                                                                                          \
		vendor, code, members, N_ROWS(members)                                             \
	}

const struct dict_cx_group dict_cx_groups[] = {
	GROUP(CX_VENDOR_NONE, CX_BASE_AVP_VENDOR_SPECIFIC_APPLICATION_ID,
              vendor_specific_application_id_members),
	GROUP(CX_VENDOR_NONE, CX_BASE_AVP_PROXY_INFO, proxy_info_members),
	GROUP(CX_VENDOR_NONE, CX_BASE_AVP_EXPERIMENTAL_RESULT, experimental_result_members),
	GROUP(CX_VENDOR_NONE, CX_BASE_AVP_OC_SUPPORTED_FEATURES, oc_supported_features_members),
	GROUP(CX_VENDOR_NONE, CX_BASE_AVP_OC_OLR, oc_olr_members),
	GROUP(CX_VENDOR_NONE, CX_BASE_AVP_LOAD, load_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_SERVER_CAPABILITIES, server_capabilities_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_SIP_AUTH_DATA_ITEM, sip_auth_data_item_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_SIP_DIGEST_AUTHENTICATE, sip_digest_authenticate_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_DEREGISTRATION_REASON, deregistration_reason_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_CHARGING_INFORMATION, charging_information_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_SUPPORTED_FEATURES, supported_features_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_SUPPORTED_APPLICATIONS, supported_applications_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_ASSOCIATED_IDENTITIES, associated_identities_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_ASSOCIATED_REGISTERED_IDENTITIES,
              associated_registered_identities_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_SCSCF_RESTORATION_INFO, scscf_restoration_info_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_RESTORATION_INFO, restoration_info_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_SUBSCRIPTION_INFO, subscription_info_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_P_CSCF_SUBSCRIPTION_INFO, p_cscf_subscription_info_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_IDENTITY_WITH_EMERGENCY_REGISTRATION,
              identity_with_emergency_registration_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_ALLOWED_WAF_WWSF_IDENTITIES,
              allowed_waf_wwsf_identities_members),
	GROUP(CX_VENDOR_3GPP, CX_AVP_FAILED_PCSCF, failed_pcscf_members),
};
const size_t dict_cx_n_groups = N_ROWS(dict_cx_groups);

/* every request */
static const struct dict_cx_member request_members[] = {
	BASE(SESSION_ID, FIXED_HEAD),
	BASE(DRMP, OPTIONAL),
	BASE(VENDOR_SPECIFIC_APPLICATION_ID, REQUIRED),
	BASE(AUTH_SESSION_STATE, REQUIRED),
	BASE(ORIGIN_HOST, REQUIRED),
	BASE(ORIGIN_REALM, REQUIRED),
	BASE(PROXY_INFO, ANY),
	BASE(ROUTE_RECORD, ANY),
};

/* every answer; Failed-AVP as before v14.1.0, so that answers of older peers still parse */
static const struct dict_cx_member answer_members[] = {
	BASE(SESSION_ID, FIXED_HEAD),
	BASE(DRMP, OPTIONAL),
	BASE(VENDOR_SPECIFIC_APPLICATION_ID, REQUIRED),
	BASE(RESULT_CODE, OPTIONAL),
	BASE(EXPERIMENTAL_RESULT, OPTIONAL),
	BASE(AUTH_SESSION_STATE, REQUIRED),
	BASE(ORIGIN_HOST, REQUIRED),
	BASE(ORIGIN_REALM, REQUIRED),
	BASE(FAILED_AVP, ANY),
	BASE(PROXY_INFO, ANY),
	BASE(ROUTE_RECORD, ANY),
};

/*
 * RTA and PPA: an answer that breaks a rule is dropped by freeDiameter, and the HSS would ask again
 * and again. S-CSCFs leave out AVPs that say nothing to whoever asked, so they are { } no more.
 */
static const struct dict_cx_member pushed_answer_members[] = {
	BASE(SESSION_ID, FIXED_HEAD),
	BASE(DRMP, OPTIONAL),
	BASE(VENDOR_SPECIFIC_APPLICATION_ID, OPTIONAL),
	BASE(RESULT_CODE, OPTIONAL),
	BASE(EXPERIMENTAL_RESULT, OPTIONAL),
	BASE(AUTH_SESSION_STATE, OPTIONAL),
	BASE(ORIGIN_HOST, OPTIONAL),
	BASE(ORIGIN_REALM, OPTIONAL),
	BASE(FAILED_AVP, ANY),
	BASE(PROXY_INFO, ANY),
	BASE(ROUTE_RECORD, ANY),
};

static const struct dict_cx_group all_requests = GROUP(0, 0, request_members);
static const struct dict_cx_group all_answers = GROUP(0, 0, answer_members);
static const struct dict_cx_group pushed_answers = GROUP(0, 0, pushed_answer_members);
#undef GROUP

static const struct dict_cx_member uar_members[] = {
	BASE(DESTINATION_HOST, OPTIONAL),
	BASE(DESTINATION_REALM, REQUIRED),
	BASE(USER_NAME, REQUIRED),
	BASE(OC_SUPPORTED_FEATURES, OPTIONAL),
	TGPP(SUPPORTED_FEATURES, ANY),
	TGPP(PUBLIC_IDENTITY, REQUIRED),
	TGPP(VISITED_NETWORK_IDENTIFIER, REQUIRED),
	TGPP(USER_AUTHORIZATION_TYPE, OPTIONAL),
	TGPP(UAR_FLAGS, OPTIONAL),
};

static const struct dict_cx_member uaa_members[] = {
	BASE(OC_SUPPORTED_FEATURES, OPTIONAL),
	BASE(OC_OLR, OPTIONAL),
	BASE(LOAD, ANY),
	TGPP(SUPPORTED_FEATURES, ANY),
	TGPP(SERVER_NAME, OPTIONAL),
	TGPP(SERVER_CAPABILITIES, OPTIONAL),
};

static const struct dict_cx_member sar_members[] = {
	BASE(DESTINATION_HOST, OPTIONAL),
	BASE(DESTINATION_REALM, REQUIRED),
	BASE(USER_NAME, OPTIONAL),
	BASE(OC_SUPPORTED_FEATURES, OPTIONAL),
	TGPP(SUPPORTED_FEATURES, ANY),
	TGPP(PUBLIC_IDENTITY, ANY),
	TGPP(WILDCARDED_PUBLIC_IDENTITY, OPTIONAL),
	TGPP(SERVER_NAME, REQUIRED),
	TGPP(SERVER_ASSIGNMENT_TYPE, REQUIRED),
	TGPP(USER_DATA_ALREADY_AVAILABLE, REQUIRED),
	TGPP(SCSCF_RESTORATION_INFO, OPTIONAL),
	TGPP(MULTIPLE_REGISTRATION_INDICATION, OPTIONAL),
	TGPP(SESSION_PRIORITY, OPTIONAL),
	TGPP(SAR_FLAGS, OPTIONAL),
	TGPP(FAILED_PCSCF, OPTIONAL),
};

static const struct dict_cx_member saa_members[] = {
	BASE(USER_NAME, OPTIONAL),
	BASE(OC_SUPPORTED_FEATURES, OPTIONAL),
	BASE(OC_OLR, OPTIONAL),
	BASE(LOAD, ANY),
	TGPP(SUPPORTED_FEATURES, ANY),
	TGPP(USER_DATA, OPTIONAL),
	TGPP(CHARGING_INFORMATION, OPTIONAL),
	TGPP(ASSOCIATED_IDENTITIES, OPTIONAL),
	TGPP(LOOSE_ROUTE_INDICATION, OPTIONAL),
	TGPP(SCSCF_RESTORATION_INFO, ANY),
	TGPP(ASSOCIATED_REGISTERED_IDENTITIES, OPTIONAL),
	TGPP(SERVER_NAME, OPTIONAL),
	TGPP(WILDCARDED_PUBLIC_IDENTITY, OPTIONAL),
	TGPP(PRIVILEDGED_SENDER_INDICATION, OPTIONAL),
	TGPP(ALLOWED_WAF_WWSF_IDENTITIES, OPTIONAL),
};

static const struct dict_cx_member lir_members[] = {
	BASE(DESTINATION_HOST, OPTIONAL),        BASE(DESTINATION_REALM, REQUIRED),
	TGPP(ORIGINATING_REQUEST, OPTIONAL),     BASE(OC_SUPPORTED_FEATURES, OPTIONAL),
	TGPP(SUPPORTED_FEATURES, ANY),           TGPP(PUBLIC_IDENTITY, REQUIRED),
	TGPP(USER_AUTHORIZATION_TYPE, OPTIONAL), TGPP(SESSION_PRIORITY, OPTIONAL),
};

static const struct dict_cx_member lia_members[] = {
	BASE(OC_SUPPORTED_FEATURES, OPTIONAL),
	BASE(OC_OLR, OPTIONAL),
	BASE(LOAD, ANY),
	TGPP(SUPPORTED_FEATURES, ANY),
	TGPP(SERVER_NAME, OPTIONAL),
	TGPP(SERVER_CAPABILITIES, OPTIONAL),
	TGPP(WILDCARDED_PUBLIC_IDENTITY, OPTIONAL),
	TGPP(LIA_FLAGS, OPTIONAL),
};

static const struct dict_cx_member mar_members[] = {
	BASE(DESTINATION_HOST, OPTIONAL),   BASE(DESTINATION_REALM, REQUIRED),
	BASE(USER_NAME, REQUIRED),          BASE(OC_SUPPORTED_FEATURES, OPTIONAL),
	TGPP(SUPPORTED_FEATURES, ANY),      TGPP(PUBLIC_IDENTITY, REQUIRED),
	TGPP(SIP_AUTH_DATA_ITEM, REQUIRED), TGPP(SIP_NUMBER_AUTH_ITEMS, REQUIRED),
	TGPP(SERVER_NAME, REQUIRED),
};

static const struct dict_cx_member maa_members[] = {
	BASE(USER_NAME, OPTIONAL),
	BASE(OC_SUPPORTED_FEATURES, OPTIONAL),
	BASE(OC_OLR, OPTIONAL),
	BASE(LOAD, ANY),
	TGPP(SUPPORTED_FEATURES, ANY),
	TGPP(PUBLIC_IDENTITY, OPTIONAL),
	TGPP(SIP_NUMBER_AUTH_ITEMS, OPTIONAL),
	TGPP(SIP_AUTH_DATA_ITEM, ANY),
};

/* Destination-Host: { } in TS 29.228 and before v16.2.0; always sent, its absence tolerated */
static const struct dict_cx_member rtr_members[] = {
	BASE(DESTINATION_HOST, OPTIONAL),
	BASE(DESTINATION_REALM, REQUIRED),
	BASE(USER_NAME, REQUIRED),
	TGPP(ASSOCIATED_IDENTITIES, OPTIONAL),
	TGPP(SUPPORTED_FEATURES, ANY),
	TGPP(PUBLIC_IDENTITY, ANY),
	TGPP(DEREGISTRATION_REASON, REQUIRED),
	TGPP(RTR_FLAGS, OPTIONAL),
};

static const struct dict_cx_member rta_members[] = {
	TGPP(ASSOCIATED_IDENTITIES, OPTIONAL),
	TGPP(SUPPORTED_FEATURES, ANY),
	TGPP(IDENTITY_WITH_EMERGENCY_REGISTRATION, ANY),
};

static const struct dict_cx_member ppr_members[] = {
	BASE(DESTINATION_HOST, REQUIRED),   BASE(DESTINATION_REALM, REQUIRED),
	BASE(USER_NAME, REQUIRED),          TGPP(SUPPORTED_FEATURES, ANY),
	TGPP(USER_DATA, OPTIONAL),          TGPP(CHARGING_INFORMATION, OPTIONAL),
	TGPP(SIP_AUTH_DATA_ITEM, OPTIONAL), TGPP(ALLOWED_WAF_WWSF_IDENTITIES, OPTIONAL),
};

static const struct dict_cx_member ppa_members[] = {
	TGPP(SUPPORTED_FEATURES, ANY),
};

#undef TGPP
#undef ETSI
#undef BASE

#define COMMAND(name, code, is_request, common, members)                                           \
	{                                                                                          \
		name, code, is_request, &(common), members, N_ROWS(members)                        \
	}

const struct dict_cx_command dict_cx_commands[] = {
	COMMAND("3GPP/User-Authorization-Request", CX_CMD_UAR, true, all_requests, uar_members),
	COMMAND("3GPP/User-Authorization-Answer", CX_CMD_UAR, false, all_answers, uaa_members),
	COMMAND("3GPP/Server-Assignment-Request", CX_CMD_SAR, true, all_requests, sar_members),
	COMMAND("3GPP/Server-Assignment-Answer", CX_CMD_SAR, false, all_answers, saa_members),
	COMMAND("3GPP/Location-Info-Request", CX_CMD_LIR, true, all_requests, lir_members),
	COMMAND("3GPP/Location-Info-Answer", CX_CMD_LIR, false, all_answers, lia_members),
	COMMAND("3GPP/Multimedia-Auth-Request", CX_CMD_MAR, true, all_requests, mar_members),
	COMMAND("3GPP/Multimedia-Auth-Answer", CX_CMD_MAR, false, all_answers, maa_members),
	COMMAND("3GPP/Registration-Termination-Request", CX_CMD_RTR, true, all_requests,
                rtr_members),
	COMMAND("3GPP/Registration-Termination-Answer", CX_CMD_RTR, false, pushed_answers,
                rta_members),
	COMMAND("3GPP/Push-Profile-Request", CX_CMD_PPR, true, all_requests, ppr_members),
	COMMAND("3GPP/Push-Profile-Answer", CX_CMD_PPR, false, pushed_answers, ppa_members),
};
const size_t dict_cx_n_commands = N_ROWS(dict_cx_commands);
#undef COMMAND
