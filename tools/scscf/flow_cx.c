/* Acts that are one Cx exchange with what has to come back. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "tools/scscf/cx_text.h"
#include "tools/scscf/flow.h"
#include "tools/scscf/storm.h"

bool flow_failed(struct flow *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(f->why, sizeof(f->why), format, args);
	va_end(args);
	return false;
}

bool flow_expect(struct flow *f, bool condition, const char *what)
{
	return condition || flow_failed(f, "not so: %s", what);
}

const char *flow_server_name(const struct flow *f, enum flow_name name)
{
	switch (name) {
	case NAME_NONE:
		break;
	case NAME_FIRST:
		return f->env->server_name;
	case NAME_SECOND:
		return f->env->second_server_name;
	}
	return NULL;
}

static const char *subject_impi(const struct flow *f, enum flow_subject subject)
{
	return subject == SUBJECT_UNKNOWN_IMPI ? "nobody@unknown.invalid" : f->env->impi;
}

static const char *subject_impu(const struct flow *f, enum flow_subject subject)
{
	switch (subject) {
	case SUBJECT_OTHER_IMPU:
		return f->env->other_impu;
	case SUBJECT_UNKNOWN_IMPU:
		return "sip:nobody@unknown.invalid";
	case SUBJECT_SELF:
	case SUBJECT_UNKNOWN_IMPI:
		break;
	}
	return f->env->impu;
}

void flow_exchange_start(struct flow *f, struct flow_exchange *x, uint32_t command,
                         enum flow_subject subject)
{
	memset(x, 0, sizeof(*x));
	x->impu[0] = subject_impu(f, subject);
	x->req.command = command;
	x->req.impi = command == CX_CMD_LIR ? NULL : subject_impi(f, subject);
	x->req.impu = x->impu;
	x->req.n_impu = 1;
}

bool flow_exchange_ask(struct flow *f, struct flow_exchange *x, enum cx_result expected)
{
	const enum hss_err err = f->cx.ask(f->cx.opaque, &x->req, &x->arena, &x->ans);
	const struct cx_verdict *verdict = &x->ans.verdict;

	if (err != HSS_OK) {
		return flow_failed(f, "no answer: %s%s%s", hss_err_text(err),
		                   verdict->message[0] != '\0' ? ": " : "", verdict->message);
	}
	if (expected != CX_NO_RESULT && verdict->result != expected) {
		return flow_failed(f, "%s came, %s was expected%s%s",
		                   cx_result_name(verdict->result), cx_result_name(expected),
		                   verdict->message[0] != '\0' ? ": " : "", verdict->message);
	}
	if (x->ans.server_name != NULL && x->ans.capabilities) {
		return flow_failed(f, "Server-Name and Server-Capabilities came together");
	}
	if (!cx_result_is_success(verdict->result) &&
	    (x->ans.n_vectors + x->ans.user_data_len > 0 || x->ans.digest.realm != NULL)) {
		return flow_failed(f, "a refusal carries vectors, HA1 or a profile");
	}
	return true;
}

void flow_exchange_end(struct flow_exchange *x)
{
	cx_answer_wipe(&x->ans);
	arena_free(&x->arena);
}

/* The Server-Name of an answer against that of the row. */
static bool name_as_expected(struct flow *f, const char *got, enum flow_name expected)
{
	const char *want = flow_server_name(f, expected);

	if (want == NULL && got != NULL) {
		return flow_failed(f, "Server-Name %s came, none was expected", got);
	}
	if (want != NULL && got == NULL) {
		return flow_failed(f, "no Server-Name came, %s was expected", want);
	}
	if (want != NULL && strcmp(got, want) != 0) {
		return flow_failed(f, "Server-Name %s came, %s was expected", got, want);
	}
	return true;
}

bool act_uar(struct flow *f, const struct act *act)
{
	struct flow_exchange x;
	bool ok = false;

	flow_exchange_start(f, &x, CX_CMD_UAR, act->subject);
	x.req.uar.type = act->arg;
	x.req.uar.visited_network = f->env->visited;
	ok = flow_exchange_ask(f, &x, act->result) &&
	     name_as_expected(f, x.ans.server_name, act->name);
	if (ok && act->result == CX_FIRST_REGISTRATION) {
		ok = flow_expect(f, x.ans.capabilities, "Server-Capabilities lead to an S-CSCF");
	}
	flow_exchange_end(&x);
	return ok;
}

static bool lir(struct flow *f, const struct act *act, enum cx_result expected)
{
	struct flow_exchange x;
	bool ok = false;

	flow_exchange_start(f, &x, CX_CMD_LIR, act->subject);
	x.req.lir.originating = act->arg == 1;
	ok = flow_exchange_ask(f, &x, expected) &&
	     name_as_expected(f, x.ans.server_name, act->name);
	if (ok && expected == CX_UNREGISTERED_SERVICE) {
		ok = flow_expect(f, x.ans.capabilities, "Server-Capabilities lead to an S-CSCF");
	}
	flow_exchange_end(&x);
	return ok;
}

bool act_lir(struct flow *f, const struct act *act)
{
	return lir(f, act, act->result);
}

/* Not Registered: 5003, or 2003 for a profile with services for that state (TS 29.228 6.1.4.1). */
bool act_lir_idle(struct flow *f, const struct act *act)
{
	return lir(f, act,
	           f->env->unregistered_services ? CX_UNREGISTERED_SERVICE
	                                         : CX_ERROR_IDENTITY_NOT_REGISTERED);
}

/* Keep track of what a SAR should have done to the HSS. */
static void sar_happened(struct flow *f, uint32_t type, enum flow_name by, enum cx_result result)
{
	switch (type) {
	case CX_SAT_REGISTRATION:
	case CX_SAT_RE_REGISTRATION:
		f->state = STATE_REGISTERED;
		f->named = by;
		break;
	case CX_SAT_UNREGISTERED_USER:
		f->state = STATE_UNREGISTERED;
		f->named = by;
		break;
	case CX_SAT_AUTHENTICATION_FAILURE:
	case CX_SAT_AUTHENTICATION_TIMEOUT:
		f->named = f->state == STATE_NOT_REGISTERED ? NAME_NONE : f->named;
		break;
	case CX_SAT_TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME:
	case CX_SAT_USER_DEREGISTRATION_STORE_SERVER_NAME:
		f->state = result == CX_SUCCESS ? STATE_UNREGISTERED : STATE_NOT_REGISTERED;
		f->named = result == CX_SUCCESS ? f->named : NAME_NONE;
		break;
	case CX_SAT_TIMEOUT_DEREGISTRATION:
	case CX_SAT_USER_DEREGISTRATION:
	case CX_SAT_ADMINISTRATIVE_DEREGISTRATION:
	case CX_SAT_DEREGISTRATION_TOO_MUCH_DATA:
		f->state = STATE_NOT_REGISTERED;
		f->named = NAME_NONE;
		break;
	default:
		break;
	}
}

static void sar_fill(struct flow *f, struct flow_exchange *x, const struct act *act)
{
	flow_exchange_start(f, x, CX_CMD_SAR, act->subject);
	x->req.sar.server_name = flow_server_name(f, act->by_second ? NAME_SECOND : NAME_FIRST);
	x->req.sar.type = act->arg;
}

/* User-Data is there when the row says so, is a profile, and holds the identity asked for. */
static bool data_as_expected(struct flow *f, const struct flow_exchange *x, bool expected)
{
	struct profile profile;
	const char *why = NULL;
	bool holds = false;

	if (!expected) {
		return flow_expect(f, x->ans.user_data == NULL, "no User-Data comes");
	}
	if (x->ans.user_data == NULL) {
		return flow_failed(f, "no User-Data came");
	}
	if (!profile_parse(x->ans.user_data, x->ans.user_data_len, &profile, &why)) {
		return flow_failed(f, "User-Data is wrong: %s", why);
	}
	holds = strcmp(profile.impi, f->env->impi) == 0 &&
	        profile_find(&profile, f->env->impu) != NULL;
	profile_free(&profile);
	return flow_expect(f, holds, "User-Data is the profile of our IMPI and IMPU") &&
	       flow_expect(f, x->ans.impi != NULL && strcmp(x->ans.impi, f->env->impi) == 0,
	                   "User-Name is our IMPI");
}

static bool sar_run(struct flow *f, struct flow_exchange *x, const struct act *act)
{
	const bool ok = flow_exchange_ask(f, x, act->result) &&
	                name_as_expected(f, x->ans.server_name, act->name) &&
	                data_as_expected(f, x, act->data);

	if (cx_result_is_success(x->ans.verdict.result)) {
		sar_happened(f, act->arg, act->by_second ? NAME_SECOND : NAME_FIRST,
		             x->ans.verdict.result);
	}
	flow_exchange_end(x);
	return ok;
}

bool act_sar(struct flow *f, const struct act *act)
{
	struct flow_exchange x;

	sar_fill(f, &x, act);
	return sar_run(f, &x, act);
}

bool act_sar_known(struct flow *f, const struct act *act)
{
	struct flow_exchange x;

	sar_fill(f, &x, act);
	x.req.sar.user_data_already_available = true;
	return sar_run(f, &x, act);
}

bool act_sar_impi(struct flow *f, const struct act *act)
{
	struct flow_exchange x;

	sar_fill(f, &x, act);
	x.req.n_impu = 0;
	return sar_run(f, &x, act);
}

bool act_sar_twice(struct flow *f, const struct act *act)
{
	struct flow_exchange x;

	sar_fill(f, &x, act);
	x.impu[1] = x.impu[0];
	x.req.n_impu = 2;
	return sar_run(f, &x, act);
}

/* TS 29.228 6.1.2.1: keeping the name is the HSS's policy, but its answer and its state have to
 * agree. */
bool act_sar_store(struct flow *f, const struct act *act)
{
	struct flow_exchange x;
	enum cx_result result = CX_NO_RESULT;
	struct act then = {.result = CX_SUCCESS, .name = NAME_FIRST};

	sar_fill(f, &x, act);
	if (flow_exchange_ask(f, &x, CX_NO_RESULT)) {
		result = x.ans.verdict.result;
	}
	flow_exchange_end(&x);
	if (result != CX_SUCCESS && result != CX_SUCCESS_SERVER_NAME_NOT_STORED) {
		return flow_failed(f, "%s came, success or NAME_NOT_STORED was expected",
		                   cx_result_name(result));
	}
	sar_happened(f, act->arg, NAME_FIRST, result);
	if (result == CX_SUCCESS) {
		return act_lir(f, &then);
	}
	then.name = NAME_NONE;
	return act_lir_idle(f, &then);
}

bool act_sar_flood(struct flow *f, const struct act *act)
{
	const struct act failure = {.arg = CX_SAT_AUTHENTICATION_FAILURE, .result = CX_SUCCESS};

	for (uint32_t i = 0; i < act->arg; i++) {
		if (!act_sar(f, &failure)) {
			return false;
		}
	}
	return true;
}

static void mar_fill(struct flow *f, struct flow_exchange *x, const struct act *act)
{
	flow_exchange_start(f, x, CX_CMD_MAR, act->subject);
	x->req.mar.server_name = flow_server_name(f, act->by_second ? NAME_SECOND : NAME_FIRST);
	x->req.mar.scheme = CX_SCHEME_AKA_V1;
	x->req.mar.scheme_name = CX_SCHEME_NAME_DIGEST_AKAV1_MD5;
	x->req.mar.n_vectors = act->arg;
}

/* R18, R19: a true number of vectors, no more than asked, SQN ascending and above all before. */
static bool vectors_good(struct flow *f, const struct cx_answer *ans, uint32_t asked,
                         uint64_t *first)
{
	uint64_t sqn = 0;

	*first = 0;
	if (ans->n_vectors == 0 || ans->n_vectors > asked) {
		return flow_failed(f, "%zu vectors came, %u were asked", ans->n_vectors,
		                   (unsigned)asked);
	}
	for (size_t i = 0; i < ans->n_vectors; i++) {
		if (isim_sqn_of(&f->isim, ans->vector[i].rand, ans->vector[i].autn, &sqn) !=
		    AUC_OK) {
			return flow_failed(f, "MAC-A of vector %zu is wrong: not made with our key",
			                   i + 1);
		}
		if (sqn <= f->sqn) {
			return flow_failed(f, "SQN of vector %zu is not above the one before",
			                   i + 1);
		}
		if (i > 0 &&
		    auc_sqn_ind(sqn, AUC_SQN_IND_BITS) != auc_sqn_ind(f->sqn, AUC_SQN_IND_BITS)) {
			return flow_failed(f, "IND changes within the array");
		}
		*first = i == 0 ? sqn : *first;
		f->sqn = sqn;
	}
	return flow_expect(f, ans->impi != NULL && strcmp(ans->impi, f->env->impi) == 0,
	                   "User-Name is our IMPI");
}

static bool mar_run(struct flow *f, struct flow_exchange *x, const struct act *act, uint64_t *first)
{
	bool ok = flow_exchange_ask(f, x, act->result);

	if (ok && act->result == CX_SUCCESS) {
		f->named = act->by_second ? NAME_SECOND : NAME_FIRST;
		ok = vectors_good(f, &x->ans, act->arg, first);
	}
	flow_exchange_end(x);
	return ok;
}

bool act_mar(struct flow *f, const struct act *act)
{
	struct flow_exchange x;
	uint64_t first = 0;

	mar_fill(f, &x, act);
	return mar_run(f, &x, act, &first);
}

/* Whatever was refused since the last MAR has consumed no SQN. */
bool act_mar_next(struct flow *f, const struct act *act)
{
	const uint64_t last = f->sqn;
	struct flow_exchange x;
	uint64_t first = 0;

	mar_fill(f, &x, act);
	return mar_run(f, &x, act, &first) &&
	       flow_expect(f,
	                   auc_sqn_seq(first, AUC_SQN_IND_BITS) ==
	                           auc_sqn_seq(last, AUC_SQN_IND_BITS) + 1,
	                   "the next SEQ follows the last one");
}

/* One MAR with this scheme by our S-CSCF. */
static void scheme_fill(struct flow *f, struct flow_exchange *x, enum cx_scheme scheme)
{
	const struct act act = {.arg = 1};

	mar_fill(f, x, &act);
	x->req.mar.scheme = scheme;
	x->req.mar.scheme_name = cx_text_scheme(scheme);
}

/* TS 29.228 6.3 step 4: 5006, and why in words. */
bool act_mar_scheme(struct flow *f, const struct act *act)
{
	struct flow_exchange x;
	bool ok = false;

	scheme_fill(f, &x, (enum cx_scheme)act->arg);
	ok = flow_exchange_ask(f, &x, CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED) &&
	     flow_expect(f, x.ans.verdict.message[0] != '\0', "the refusal says why");
	flow_exchange_end(&x);
	return ok;
}

/* HA1 for the user's own secret, in the realm that comes with it, and no vector. */
static bool digest_good(struct flow *f, const struct cx_answer *ans)
{
	char came[DIGEST_HA1_LEN + 1] = "";
	char own[DIGEST_HA1_LEN + 1] = "";
	bool ok = flow_expect(f, ans->digest.realm != NULL, "HA1 came with its realm") &&
	          flow_expect(f, ans->n_vectors == 0, "no vector came with HA1");

	if (ok) {
		digest_ha1_text(ans->digest.ha1, came);
		ok = flow_expect(f,
		                 digest_ha1(f->env->digest, f->env->impi, ans->digest.realm, own) &&
		                         CRYPTO_memcmp(own, came, sizeof(own)) == 0,
		                 "HA1 is that of our password");
	}
	OPENSSL_cleanse(came, sizeof(came));
	OPENSSL_cleanse(own, sizeof(own));
	return ok;
}

bool act_mar_digest(struct flow *f, const struct act *act)
{
	struct flow_exchange x;
	bool ok = false;

	scheme_fill(f, &x, CX_SCHEME_SIP_DIGEST);
	ok = flow_exchange_ask(f, &x, act->result) && digest_good(f, &x.ans);
	f->named = ok ? NAME_FIRST : f->named;
	flow_exchange_end(&x);
	return ok;
}

/*
 * "Unknown" is for the HSS to decide: the preferred one of the user's own schemes, or, for AKA, a
 * refusal (TS 29.228 6.3 step 4 knows the word for the other schemes only).
 */
static bool unknown_scheme(struct flow *f)
{
	uint64_t first = 0;
	struct flow_exchange x;
	bool ok = false;

	scheme_fill(f, &x, CX_SCHEME_UNKNOWN);
	ok = flow_exchange_ask(f, &x, CX_NO_RESULT);
	if (ok && x.ans.verdict.result == CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED) {
		ok = flow_expect(f, f->env->key != NULL, "Unknown is accepted for SIP Digest");
	} else if (ok && x.ans.verdict.result != CX_SUCCESS) {
		ok = flow_failed(f, "Unknown: %s came", cx_result_name(x.ans.verdict.result));
	} else if (ok && x.ans.digest.realm != NULL) {
		ok = flow_expect(f, f->env->digest != NULL,
		                 "Unknown is no way down to SIP Digest") &&
		     digest_good(f, &x.ans);
	} else if (ok) {
		ok = flow_expect(f, f->env->key != NULL, "Unknown gives the user's scheme") &&
		     vectors_good(f, &x.ans, 1, &first);
	}
	f->named = ok && x.ans.verdict.result == CX_SUCCESS ? NAME_FIRST : f->named;
	flow_exchange_end(&x);
	return ok;
}

bool act_mar_schemes(struct flow *f, const struct act *act)
{
	static const enum cx_scheme never[] = {CX_SCHEME_NASS_BUNDLED, CX_SCHEME_GIBA};
	static const struct act digest = {.arg = CX_SCHEME_SIP_DIGEST};
	static const struct act aka = {.arg = CX_SCHEME_AKA_V1};

	(void)act;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		const struct act refused = {.arg = never[i]};

		if (!act_mar_scheme(f, &refused)) {
			return false;
		}
	}
	return (f->env->digest != NULL || act_mar_scheme(f, &digest)) &&
	       (f->env->key != NULL || act_mar_scheme(f, &aka)) && unknown_scheme(f);
}

/*
 * By our S-CSCF: it passes MAC-S again, and vectors_good sees that SQN does not go back for it. By
 * the second one: it neither gets vectors nor takes the user over (TS 29.228 6.3).
 */
bool act_auts_again(struct flow *f, const struct act *act)
{
	struct flow_exchange x;
	uint64_t first = 0;

	mar_fill(f, &x, act);
	x.req.mar.resync = true;
	memcpy(x.req.mar.rand, f->resync_rand, AUC_RAND_LEN);
	memcpy(x.req.mar.auts, f->resync_auts, AUC_AUTS_LEN);
	return mar_run(f, &x, act, &first);
}

bool act_concurrent(struct flow *f, const struct act *act)
{
	enum { REQUESTERS = 16, EACH = 20 };
	const struct storm storm = {.cx = f->env->cx,
	                            .key = f->env->key,
	                            .impi = f->env->impi,
	                            .impu = f->env->impu,
	                            .server_name = f->env->server_name,
	                            .n_vectors = act->arg,
	                            .count = (size_t)REQUESTERS * EACH,
	                            .requesters = REQUESTERS};
	struct storm_result r;
	const enum hss_err err = storm_run(&storm, &r);

	trace_step(f->env->trace, "CM1", "16 requesters, 20 MAR each", "S-CSCF -> HSS");
	f->named = NAME_FIRST;
	if (err != HSS_OK) {
		return flow_failed(f, "%s", hss_err_text(err));
	}
	if (!storm_is_sound(&r) || r.answered != storm.count) {
		return flow_failed(
			f,
			"%zu of %zu answered, %zu refused, %zu SQNs repeated, %zu arrays "
			"not ascending, %zu vectors bad",
			r.answered, storm.count, r.refused, r.repeated, r.unordered, r.bad);
	}
	return true;
}

/*
 * ADMINISTRATIVE_DEREGISTRATION ends a registration, AUTHENTICATION_FAILURE a name that an
 * authentication left. Where another S-CSCF holds the user the HSS names it (5005), and that name
 * is used.
 */
static bool clean_as(struct flow *f, const char *server_name,
                     char other[static SCSCF_NAME_LEN_MAX + 1])
{
	static const uint32_t types[] = {CX_SAT_ADMINISTRATIVE_DEREGISTRATION,
	                                 CX_SAT_AUTHENTICATION_FAILURE};
	bool ok = true;

	for (size_t i = 0; ok && i < sizeof(types) / sizeof(types[0]); i++) {
		struct flow_exchange x;

		flow_exchange_start(f, &x, CX_CMD_SAR, SUBJECT_SELF);
		x.req.sar.server_name = server_name;
		x.req.sar.type = types[i];
		ok = flow_exchange_ask(f, &x, CX_NO_RESULT);
		if (ok && x.ans.verdict.result == CX_ERROR_IDENTITY_ALREADY_REGISTERED &&
		    x.ans.server_name != NULL) {
			(void)snprintf(other, SCSCF_NAME_LEN_MAX + 1, "%s", x.ans.server_name);
		} else if (ok && x.ans.verdict.result != CX_ERROR_IN_ASSIGNMENT_TYPE &&
		           !cx_result_is_success(x.ans.verdict.result)) {
			ok = flow_failed(f, "cannot start from Not Registered: %s: %s",
			                 cx_result_name(x.ans.verdict.result),
			                 x.ans.verdict.message);
		}
		flow_exchange_end(&x);
	}
	return ok;
}

bool flow_clean(struct flow *f)
{
	char other[SCSCF_NAME_LEN_MAX + 1] = "";
	char none[SCSCF_NAME_LEN_MAX + 1] = "";
	const struct scscf_cx traced = f->cx;
	bool ok = false;

	f->cx = f->traced.inner; /* not a part of the flow: not reported */
	ok = clean_as(f, f->env->server_name, other) &&
	     (other[0] == '\0' || clean_as(f, other, none));
	f->cx = traced;
	f->state = STATE_NOT_REGISTERED;
	f->named = NAME_NONE;
	return ok;
}
