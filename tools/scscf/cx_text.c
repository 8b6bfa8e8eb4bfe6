#include "tools/scscf/cx_text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct named {
	uint32_t number;
	const char *name;
};

static const struct named sats[] = {
	{CX_SAT_NO_ASSIGNMENT, "NO_ASSIGNMENT"},
	{CX_SAT_REGISTRATION, "REGISTRATION"},
	{CX_SAT_RE_REGISTRATION, "RE_REGISTRATION"},
	{CX_SAT_UNREGISTERED_USER, "UNREGISTERED_USER"},
	{CX_SAT_TIMEOUT_DEREGISTRATION, "TIMEOUT_DEREGISTRATION"},
	{CX_SAT_USER_DEREGISTRATION, "USER_DEREGISTRATION"},
	{CX_SAT_TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME,
         "TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME"},
	{CX_SAT_USER_DEREGISTRATION_STORE_SERVER_NAME, "USER_DEREGISTRATION_STORE_SERVER_NAME"},
	{CX_SAT_ADMINISTRATIVE_DEREGISTRATION, "ADMINISTRATIVE_DEREGISTRATION"},
	{CX_SAT_AUTHENTICATION_FAILURE, "AUTHENTICATION_FAILURE"},
	{CX_SAT_AUTHENTICATION_TIMEOUT, "AUTHENTICATION_TIMEOUT"},
	{CX_SAT_DEREGISTRATION_TOO_MUCH_DATA, "DEREGISTRATION_TOO_MUCH_DATA"},
	{CX_SAT_AAA_USER_DATA_REQUEST, "AAA_USER_DATA_REQUEST"},
	{CX_SAT_PGW_UPDATE, "PGW_UPDATE"},
	{CX_SAT_RESTORATION, "RESTORATION"},
};

static const struct named uats[] = {
	{CX_UAT_REGISTRATION, "REGISTRATION"},
	{CX_UAT_DE_REGISTRATION, "DE_REGISTRATION"},
	{CX_UAT_REGISTRATION_AND_CAPABILITIES, "REGISTRATION_AND_CAPABILITIES"},
};

static const struct named usages[] = {
	{CX_REDIRECT_DONT_CACHE, "DONT_CACHE"}, {1, "ALL_SESSION"},     {2, "ALL_REALM"},
	{3, "REALM_AND_APPLICATION"},           {4, "ALL_APPLICATION"}, {5, "ALL_HOST"},
	{CX_REDIRECT_ALL_USER, "ALL_USER"},
};

/* Names as in TS 29.229 table 7.1.1 */
static const struct named features[] = {
	{CX_FEATURE_SIFC, "SiFC"},
	{CX_FEATURE_ALIAS_IND, "AliasInd"},
	{CX_FEATURE_IMS_RESTORATION_IND, "IMSRestorationInd"},
	{CX_FEATURE_PCSCF_RESTORATION_MECHANISM, "P-CSCF-Restoration-mechanism"},
};

enum { N_SATS = sizeof(sats) / sizeof(sats[0]), N_UATS = sizeof(uats) / sizeof(uats[0]) };

static const struct {
	enum cx_result result;
	bool experimental;
	uint32_t code;
} codes[] = {
	{CX_SUCCESS, false, CX_RC_SUCCESS},
	{CX_LIMITED_SUCCESS, false, CX_RC_LIMITED_SUCCESS},
	{CX_UNABLE_TO_DELIVER, false, CX_RC_UNABLE_TO_DELIVER},
	{CX_TOO_BUSY, false, CX_RC_TOO_BUSY},
	{CX_REDIRECT_INDICATION, false, CX_RC_REDIRECT_INDICATION},
	{CX_AVP_UNSUPPORTED, false, CX_RC_AVP_UNSUPPORTED},
	{CX_AUTHORIZATION_REJECTED, false, CX_RC_AUTHORIZATION_REJECTED},
	{CX_INVALID_AVP_VALUE, false, CX_RC_INVALID_AVP_VALUE},
	{CX_MISSING_AVP, false, CX_RC_MISSING_AVP},
	{CX_AVP_OCCURS_TOO_MANY_TIMES, false, CX_RC_AVP_OCCURS_TOO_MANY_TIMES},
	{CX_UNABLE_TO_COMPLY, false, CX_RC_UNABLE_TO_COMPLY},
	{CX_INVALID_AVP_LENGTH, false, CX_RC_INVALID_AVP_LENGTH},
	{CX_FIRST_REGISTRATION, true, CX_EXP_FIRST_REGISTRATION},
	{CX_SUBSEQUENT_REGISTRATION, true, CX_EXP_SUBSEQUENT_REGISTRATION},
	{CX_UNREGISTERED_SERVICE, true, CX_EXP_UNREGISTERED_SERVICE},
	{CX_SUCCESS_SERVER_NAME_NOT_STORED, true, CX_EXP_SUCCESS_SERVER_NAME_NOT_STORED},
	{CX_ERROR_USER_UNKNOWN, true, CX_EXP_ERROR_USER_UNKNOWN},
	{CX_ERROR_IDENTITIES_DONT_MATCH, true, CX_EXP_ERROR_IDENTITIES_DONT_MATCH},
	{CX_ERROR_IDENTITY_NOT_REGISTERED, true, CX_EXP_ERROR_IDENTITY_NOT_REGISTERED},
	{CX_ERROR_ROAMING_NOT_ALLOWED, true, CX_EXP_ERROR_ROAMING_NOT_ALLOWED},
	{CX_ERROR_IDENTITY_ALREADY_REGISTERED, true, CX_EXP_ERROR_IDENTITY_ALREADY_REGISTERED},
	{CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED, true, CX_EXP_ERROR_AUTH_SCHEME_NOT_SUPPORTED},
	{CX_ERROR_IN_ASSIGNMENT_TYPE, true, CX_EXP_ERROR_IN_ASSIGNMENT_TYPE},
	{CX_ERROR_TOO_MUCH_DATA, true, CX_EXP_ERROR_TOO_MUCH_DATA},
	{CX_ERROR_NOT_SUPPORTED_USER_DATA, true, CX_EXP_ERROR_NOT_SUPPORTED_USER_DATA},
	{CX_ERROR_FEATURE_UNSUPPORTED, true, CX_EXP_ERROR_FEATURE_UNSUPPORTED},
	{CX_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED, true,
         CX_EXP_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED},
};

uint32_t cx_text_code(enum cx_result result, bool *experimental)
{
	*experimental = false;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i].result == result) {
			*experimental = codes[i].experimental;
			return codes[i].code;
		}
	}
	return 0;
}

static const char *name_of(const struct named table[], size_t n, uint32_t number)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].number == number) {
			return table[i].name;
		}
	}
	return "?";
}

static bool same_name(const char *text, const char *name)
{
	while (*text != '\0' &&
	       (*name == toupper((unsigned char)*text) || (*name == '_' && *text == '-'))) {
		text++;
		name++;
	}
	return *text == '\0' && *name == '\0';
}

static bool parse(const struct named table[], size_t n, const char *text, uint32_t *number)
{
	char *end = NULL;
	unsigned long value = 0;

	for (size_t i = 0; i < n; i++) {
		if (same_name(text, table[i].name)) {
			*number = table[i].number;
			return true;
		}
	}
	if (!isdigit((unsigned char)*text)) {
		return false;
	}
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || value > UINT32_MAX) {
		return false;
	}
	*number = (uint32_t)value;
	return true;
}

const char *cx_text_sat(uint32_t type)
{
	return name_of(sats, N_SATS, type);
}

const char *cx_text_uat(uint32_t type)
{
	return name_of(uats, N_UATS, type);
}

const char *cx_text_redirect_usage(uint32_t usage)
{
	return name_of(usages, sizeof(usages) / sizeof(usages[0]), usage);
}

const char *cx_text_features(uint32_t list, char text[static CX_TEXT_FEATURES_LEN])
{
	size_t len = 0;

	(void)snprintf(text, CX_TEXT_FEATURES_LEN, "none");
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if ((list & features[i].number) != 0) {
			len += (size_t)snprintf(text + len, CX_TEXT_FEATURES_LEN - len, "%s%s",
			                        len > 0 ? " " : "", features[i].name);
		}
		list &= ~features[i].number;
	}
	if (list != 0) {
		(void)snprintf(text + len, CX_TEXT_FEATURES_LEN - len, "%s0x%" PRIx32,
		               len > 0 ? " " : "", list);
	}
	return text;
}

bool cx_text_sat_parse(const char *text, uint32_t *type)
{
	return parse(sats, N_SATS, text, type);
}

bool cx_text_uat_parse(const char *text, uint32_t *type)
{
	return parse(uats, N_UATS, text, type);
}

bool cx_text_result_parse(const char *text, enum cx_result *result)
{
	enum { OF_3GPP_FIRST = 5001, OF_3GPP_LAST = 5011 };
	char *end = NULL;
	unsigned long number = 0;
	bool found = false;

	errno = 0;
	number = strtoul(text, &end, 10);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]) && !found; i++) {
		const char *name = cx_result_name(codes[i].result);
		const bool of_3gpp = number >= OF_3GPP_FIRST && number <= OF_3GPP_LAST;

		found = errno == 0 && end != text && *end == '\0'
		                ? number == codes[i].code && codes[i].experimental == of_3gpp
		                : same_name(text, name) ||
		                          same_name(text, name + sizeof("DIAMETER_") - 1);
		*result = found ? codes[i].result : *result;
	}
	return found;
}

const char *cx_text_reason(uint32_t reason)
{
	static const char *const names[] = {
		[CX_REASON_PERMANENT_TERMINATION] = "PERMANENT_TERMINATION",
		[CX_REASON_NEW_SERVER_ASSIGNED] = "NEW_SERVER_ASSIGNED",
		[CX_REASON_SERVER_CHANGE] = "SERVER_CHANGE",
		[CX_REASON_REMOVE_S_CSCF] = "REMOVE_S-CSCF",
	};

	return reason < sizeof(names) / sizeof(names[0]) ? names[reason] : "?";
}

static const char *const scheme_names[] = {[CX_SCHEME_OTHER] = "",
                                           [CX_SCHEME_AKA_V1] = CX_SCHEME_NAME_DIGEST_AKAV1_MD5,
                                           [CX_SCHEME_SIP_DIGEST] = CX_SCHEME_NAME_SIP_DIGEST,
                                           [CX_SCHEME_NASS_BUNDLED] = CX_SCHEME_NAME_NASS_BUNDLED,
                                           [CX_SCHEME_GIBA] = CX_SCHEME_NAME_EARLY_IMS_SECURITY,
                                           [CX_SCHEME_UNKNOWN] = CX_SCHEME_NAME_UNKNOWN};

enum cx_scheme cx_text_scheme_parse(const char *name)
{
	for (size_t i = CX_SCHEME_AKA_V1; i <= CX_SCHEME_UNKNOWN; i++) {
		if (strcasecmp(name, scheme_names[i]) == 0) {
			return (enum cx_scheme)i;
		}
	}
	return CX_SCHEME_OTHER;
}

const char *cx_text_scheme(enum cx_scheme scheme)
{
	return scheme_names[scheme];
}
