#include "hss/cx.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "hss/cx_check.h"

/* In the order of enum cx_result; success says whether a code is one of 2xxx. */
static const struct {
	const char *name;
	bool success;
} results[] = {
	[CX_NO_RESULT] = {"no result", false},
	[CX_SUCCESS] = {"DIAMETER_SUCCESS", true},
	[CX_LIMITED_SUCCESS] = {"DIAMETER_LIMITED_SUCCESS", true},
	[CX_UNABLE_TO_DELIVER] = {"DIAMETER_UNABLE_TO_DELIVER", false},
	[CX_TOO_BUSY] = {"DIAMETER_TOO_BUSY", false},
	[CX_REDIRECT_INDICATION] = {"DIAMETER_REDIRECT_INDICATION", false},
	[CX_AVP_UNSUPPORTED] = {"DIAMETER_AVP_UNSUPPORTED", false},
	[CX_AUTHORIZATION_REJECTED] = {"DIAMETER_AUTHORIZATION_REJECTED", false},
	[CX_INVALID_AVP_VALUE] = {"DIAMETER_INVALID_AVP_VALUE", false},
	[CX_MISSING_AVP] = {"DIAMETER_MISSING_AVP", false},
	[CX_AVP_OCCURS_TOO_MANY_TIMES] = {"DIAMETER_AVP_OCCURS_TOO_MANY_TIMES", false},
	[CX_UNABLE_TO_COMPLY] = {"DIAMETER_UNABLE_TO_COMPLY", false},
	[CX_INVALID_AVP_LENGTH] = {"DIAMETER_INVALID_AVP_LENGTH", false},
	[CX_FIRST_REGISTRATION] = {"DIAMETER_FIRST_REGISTRATION", true},
	[CX_SUBSEQUENT_REGISTRATION] = {"DIAMETER_SUBSEQUENT_REGISTRATION", true},
	[CX_UNREGISTERED_SERVICE] = {"DIAMETER_UNREGISTERED_SERVICE", true},
	[CX_SUCCESS_SERVER_NAME_NOT_STORED] = {"DIAMETER_SUCCESS_SERVER_NAME_NOT_STORED", true},
	[CX_ERROR_USER_UNKNOWN] = {"DIAMETER_ERROR_USER_UNKNOWN", false},
	[CX_ERROR_IDENTITIES_DONT_MATCH] = {"DIAMETER_ERROR_IDENTITIES_DONT_MATCH", false},
	[CX_ERROR_IDENTITY_NOT_REGISTERED] = {"DIAMETER_ERROR_IDENTITY_NOT_REGISTERED", false},
	[CX_ERROR_ROAMING_NOT_ALLOWED] = {"DIAMETER_ERROR_ROAMING_NOT_ALLOWED", false},
	[CX_ERROR_IDENTITY_ALREADY_REGISTERED] = {"DIAMETER_ERROR_IDENTITY_ALREADY_REGISTERED",
                                                  false},
	[CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED] = {"DIAMETER_ERROR_AUTH_SCHEME_NOT_SUPPORTED", false},
	[CX_ERROR_IN_ASSIGNMENT_TYPE] = {"DIAMETER_ERROR_IN_ASSIGNMENT_TYPE", false},
	[CX_ERROR_TOO_MUCH_DATA] = {"DIAMETER_ERROR_TOO_MUCH_DATA", false},
	[CX_ERROR_NOT_SUPPORTED_USER_DATA] = {"DIAMETER_ERROR_NOT_SUPPORTED_USER_DATA", false},
	[CX_ERROR_FEATURE_UNSUPPORTED] = {"DIAMETER_ERROR_FEATURE_UNSUPPORTED", false},
	[CX_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED] =
		{"DIAMETER_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED", false},
	[CX_OTHER_RESULT] = {"another result", false},
};

enum { N_RESULTS = sizeof(results) / sizeof(results[0]) };

const char *cx_result_name(enum cx_result result)
{
	return (unsigned)result < N_RESULTS ? results[result].name : "unknown result";
}

bool cx_result_is_success(enum cx_result result)
{
	return (unsigned)result < N_RESULTS && results[result].success;
}

static size_t utf8_len(unsigned char first)
{
	if (first < 0xc0) {
		return 1;
	}
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Error-Message is a UTF8String: a text that was cut must not end in the middle of a character. */
static void cut_at_character(char *text, size_t len)
{
	size_t start = len;
	size_t octets = 1; /* of the last character, as far as it is there */

	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80) {
		start--;
		octets++;
	}
	if (start > 0 && octets < utf8_len((unsigned char)text[start - 1])) {
		text[start - 1] = '\0';
	}
}

enum cx_result cx_refuse(struct cx_verdict *verdict, enum cx_result result, const char *format, ...)
{
	va_list args;
	int len = 0;

	va_start(args, format);
	len = vsnprintf(verdict->message, sizeof(verdict->message), format, args);
	va_end(args);
	if (len < 0) {
		verdict->message[0] = '\0';
	} else if ((size_t)len >= sizeof(verdict->message)) {
		cut_at_character(verdict->message, sizeof(verdict->message) - 1);
	}
	verdict->result = result;
	return result;
}

void cx_answer_wipe(struct cx_answer *answer)
{
	OPENSSL_cleanse(answer->vector, sizeof(answer->vector));
	answer->n_vectors = 0;
	OPENSSL_cleanse(answer->digest.ha1, sizeof(answer->digest.ha1));
	answer->digest.realm = NULL;
}

void cx_answer_fail(struct cx_answer *ans, uint32_t command, enum hss_err err)
{
	cx_answer_wipe(ans);
	*ans = (struct cx_answer){.command = command};
	cx_refuse(&ans->verdict, err == HSS_ERR_BUSY ? CX_TOO_BUSY : CX_UNABLE_TO_COMPLY,
	          "the HSS could not serve the request: %s", hss_err_text(err));
}

const struct ims_impi *cx_asked_impi(const struct cx_request *req,
                                     const struct ims_subscription *sub)
{
	const struct ims_asked *asked = &sub->asked_impi;

	if (req->impi == NULL || asked->match != IMS_MATCH_OWN || asked->index >= sub->n_impi) {
		return NULL;
	}
	return &sub->impi[asked->index];
}

static enum ims_match impu_match(const struct ims_subscription *sub, size_t i)
{
	return i < sub->n_asked_impu ? sub->asked_impu[i].match : IMS_MATCH_NONE;
}

const struct ims_impu *cx_asked_impu(const struct cx_request *req,
                                     const struct ims_subscription *sub, size_t i)
{
	if (i >= req->n_impu || impu_match(sub, i) != IMS_MATCH_OWN ||
	    sub->asked_impu[i].index >= sub->n_impu) {
		return NULL;
	}
	return &sub->impu[sub->asked_impu[i].index];
}

const char *cx_wildcard_matched(const struct cx_request *req, const struct ims_subscription *sub,
                                size_t i)
{
	const struct ims_impu *impu = cx_asked_impu(req, sub, i);

	if (impu == NULL || (impu->kind != IMPU_WILDCARDED && impu->kind != IMPU_WILDCARDED_PSI)) {
		return NULL;
	}
	return strcmp(impu->name, req->impu[i]) != 0 ? impu->name : NULL;
}

bool cx_check_known(const struct cx_request *req, const struct ims_subscription *sub,
                    struct cx_answer *ans)
{
	if (req->impi != NULL && sub->asked_impi.match == IMS_MATCH_NONE) {
		cx_refuse(&ans->verdict, CX_ERROR_USER_UNKNOWN, "private identity %s is unknown",
		          req->impi);
		return false;
	}
	for (size_t i = 0; i < req->n_impu; i++) {
		if (impu_match(sub, i) == IMS_MATCH_NONE) {
			cx_refuse(&ans->verdict, CX_ERROR_USER_UNKNOWN,
			          "public identity %s is unknown", req->impu[i]);
			return false;
		}
	}
	return true;
}

bool cx_check_distinct(const struct cx_request *req, const struct ims_subscription *sub,
                       struct cx_answer *ans)
{
	const struct ims_impu *impu = cx_asked_impu(req, sub, 0);

	if (impu != NULL && impu->kind != IMPU_DISTINCT) {
		cx_refuse(&ans->verdict, CX_ERROR_USER_UNKNOWN,
		          "public identity %s is not a distinct public user identity",
		          req->impu[0]);
		return false;
	}
	return true;
}

static bool owns(const struct ims_subscription *sub, const struct ims_impi *impi,
                 const struct ims_impu *impu)
{
	return impu != NULL &&
	       (impi == NULL || ims_registration_of(sub, impi->no, impu->irs) != NULL);
}

bool cx_check_owned(const struct cx_request *req, const struct ims_subscription *sub,
                    struct cx_answer *ans)
{
	const struct ims_impi *impi = cx_asked_impi(req, sub);
	bool match = req->impi == NULL || impi != NULL;
	size_t i = 0;

	for (; match && i < req->n_impu; i++) {
		match = owns(sub, impi, cx_asked_impu(req, sub, i));
	}
	if (!match) {
		cx_refuse(&ans->verdict, CX_ERROR_IDENTITIES_DONT_MATCH,
		          "public identity %s does not belong to %s", i > 0 ? req->impu[i - 1] : "",
		          req->impi != NULL ? req->impi : "the subscription of the first one");
	}
	return match;
}

bool cx_check_psi_active(const struct cx_request *req, const struct ims_subscription *sub, size_t i,
                         struct cx_answer *ans)
{
	const struct ims_impu *impu = cx_asked_impu(req, sub, i);
	const bool psi =
		impu != NULL && (impu->kind == IMPU_PSI || impu->kind == IMPU_WILDCARDED_PSI);

	if (psi && !impu->psi_active) {
		cx_refuse(&ans->verdict, CX_ERROR_USER_UNKNOWN,
		          "public service identity %s is inactive", req->impu[i]);
		return false;
	}
	return true;
}

bool cx_check_features(const struct cx_request *req, const struct cx_policy *policy,
                       struct cx_answer *ans)
{
	const struct cx_features *asked = &req->features;

	if (asked->present || asked->foreign) {
		ans->features = (struct cx_features){.present = policy->features != 0,
		                                     .list = policy->features};
	}
	if (!asked->foreign && (!asked->required || (asked->list & ~policy->features) == 0)) {
		return true;
	}
	cx_refuse(&ans->verdict, CX_ERROR_FEATURE_UNSUPPORTED,
	          "the request requires features that are not supported, see Supported-Features");
	return false;
}

uint32_t cx_features_common(const struct cx_request *req, const struct cx_policy *policy)
{
	return req->features.present ? req->features.list & policy->features : 0;
}
