/* Multimedia-Auth-Request: authentication vectors and resynchronisation (TS 29.228 6.3.1). */
#include <string.h>

#include <openssl/crypto.h>

#include "auc/sqn.h"
#include "auc/vector.h"
#include "hss/cx_check.h"

static const char *scheme_name(enum ims_scheme scheme)
{
	return scheme == IMS_SCHEME_SIP_DIGEST ? CX_SCHEME_NAME_SIP_DIGEST
	                                       : CX_SCHEME_NAME_DIGEST_AKAV1_MD5;
}

/*
 * Step 4: the scheme. Only those that were set for the IMPI are ever used, whatever the S-CSCF asks
 * for: nobody talks the HSS down to a weaker one. "Unknown" leaves the choice to the HSS; the
 * clause allows it for schemes without AKA only.
 */
static bool check_scheme(const struct cx_request *req, const struct ims_impi *impi,
                         const struct cx_policy *policy, struct cx_answer *ans,
                         enum ims_scheme *scheme)
{
	const unsigned allowed = impi->schemes | 1U << impi->scheme;
	const char *why = "is not known here";
	bool passed = false;

	switch (req->mar.scheme) {
	case CX_SCHEME_AKA_V1:
	case CX_SCHEME_SIP_DIGEST:
		*scheme = req->mar.scheme == CX_SCHEME_AKA_V1 ? IMS_SCHEME_AKA_V1
		                                              : IMS_SCHEME_SIP_DIGEST;
		passed = (allowed & 1U << *scheme) != 0;
		why = "is not allowed";
		break;
	case CX_SCHEME_UNKNOWN:
		*scheme = impi->scheme;
		passed = !policy->unknown_scheme_strict || *scheme != IMS_SCHEME_AKA_V1;
		why = "is not accepted";
		break;
	case CX_SCHEME_NASS_BUNDLED:
	case CX_SCHEME_GIBA:
		why = "is not offered by this HSS";
		break;
	case CX_SCHEME_OTHER:
		break;
	}
	if (!passed) {
		cx_refuse(&ans->verdict, CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED,
		          "authentication scheme %.40s %s: the scheme of %s is %s",
		          req->mar.scheme_name, why, req->impi, scheme_name(impi->scheme));
	}
	return passed;
}

/* Still step 4: something can be delivered at all. */
static bool check_delivery(const struct cx_request *req, const struct ims_impi *impi,
                           enum ims_scheme scheme, struct cx_answer *ans)
{
	if (req->mar.n_vectors == 0) {
		ans->verdict.failed_avp = CX_AVP_SIP_NUMBER_AUTH_ITEMS;
		ans->verdict.failed_avp_vendor = CX_VENDOR_3GPP;
		cx_refuse(&ans->verdict, CX_INVALID_AVP_VALUE,
		          "at least one authentication vector has to be asked for");
		return false;
	}
	if (scheme == IMS_SCHEME_SIP_DIGEST && req->mar.resync) {
		cx_refuse(&ans->verdict, CX_UNABLE_TO_COMPLY,
		          "resynchronisation of %s refused: %s has no sequence numbers", req->impi,
		          scheme_name(scheme));
		return false;
	}
	if (scheme == IMS_SCHEME_SIP_DIGEST ? !impi->has_ha1 : !impi->has_key) {
		cx_refuse(&ans->verdict, CX_UNABLE_TO_COMPLY,
		          "private identity %s has no key to authenticate with %s", req->impi,
		          scheme_name(scheme));
		return false;
	}
	return true;
}

/* Resynchronisation: only the S-CSCF that holds the user may ask for it (TS 29.228 8.1). */
static bool check_resync_server(const struct cx_request *req, const struct ims_subscription *sub,
                                struct cx_answer *ans)
{
	if (sub->scscf_name != NULL && scscf_name_equal(sub->scscf_name, req->mar.server_name)) {
		return true;
	}
	cx_refuse(&ans->verdict, CX_UNABLE_TO_COMPLY,
	          "resynchronisation of %s refused: Server-Name is not the S-CSCF assigned",
	          req->impi);
	return false;
}

/* ---- auth_rate: how many vectors an IMPI is given for a time ---- */

/*
 * Whether the vectors counted still count. A period may seem to begin in the future, where the
 * clock was put back or that of another front end is ahead: by less than a period it still counts,
 * by more it does not. So no clock lets anybody wait for more than two periods.
 */
static bool rate_counts(const struct ims_impi *impi, const struct cx_env *env)
{
	const int64_t age = env->now - impi->auth_since;
	const int64_t period = env->policy->auth_rate_period;

	return impi->auth_count != 0 && age < period && age > -period;
}

/* How many of n vectors the IMPI may be given now. */
static size_t rate_left(const struct ims_impi *impi, const struct cx_env *env, size_t n)
{
	const uint32_t max = env->policy->auth_rate_max;
	const uint32_t given = rate_counts(impi, env) ? impi->auth_count : 0;

	if (max == 0) {
		return n;
	}
	return given >= max ? 0 : max - given < n ? max - given : n;
}

/* The number comes first: what is too long for an Error-Message is cut. */
static bool check_rate(const struct cx_request *req, const struct ims_impi *impi,
                       const struct cx_env *env, struct cx_answer *ans)
{
	const struct cx_policy *policy = env->policy;

	if (rate_left(impi, env, 1) != 0) {
		return true;
	}
	cx_refuse(
		&ans->verdict, CX_TOO_BUSY,
		"no authentication vector for another %lld s: %u in %lld s were handed out for %s",
		(long long)(impi->auth_since + policy->auth_rate_period - env->now),
		policy->auth_rate_max, (long long)policy->auth_rate_period, req->impi);
	return false;
}

/* Returns whether there is something to be stored. */
static bool rate_count(struct ims_impi *impi, const struct cx_env *env, size_t n)
{
	if (env->policy->auth_rate_max == 0) {
		return false;
	}
	if (!rate_counts(impi, env)) {
		impi->auth_since = env->now;
		impi->auth_count = 0;
	}
	impi->auth_count += (uint32_t)n;
	return true;
}

static bool auc_failed(const struct cx_request *req, enum auc_err err, struct cx_answer *ans)
{
	const char *what = req->mar.resync && err == AUC_ERR_MAC
	                           ? "resynchronisation"
	                           : "making an authentication vector";

	cx_refuse(&ans->verdict, CX_UNABLE_TO_COMPLY, "%s for %s failed: %s", what, req->impi,
	          err == AUC_ERR_EXHAUSTED ? hss_err_text(HSS_ERR_EXHAUSTED) : auc_err_text(err));
	return false;
}

/* How SEQ goes on for every IMPI (TS 33.102 C.3). */
static struct auc_sqn_rule sqn_rule(const struct cx_env *env)
{
	return (struct auc_sqn_rule){.ind_bits = env->policy->ind_bits,
	                             .time_based = env->policy->sqn_time_based,
	                             .now = env->now};
}

/*
 * The SQN that the next vectors follow: SQN_HE, or after an AUTS what TS 33.102 6.3.5 makes of it.
 * MAC-S is verified also where the clause would not need it, so that nobody without the key moves
 * anything.
 */
static enum auc_err sqn_base(const struct cx_request *req, const struct ims_impi *impi,
                             const struct auc_key *key, const struct cx_env *env, uint64_t *base)
{
	const struct auc_sqn_rule rule = sqn_rule(env);
	uint64_t sqn_ms = 0;
	enum auc_err err = AUC_OK;

	*base = impi->sqn;
	if (!req->mar.resync) {
		return AUC_OK;
	}
	err = auc_auts_check(env->auc, key, req->mar.rand, req->mar.auts, &sqn_ms);
	if (err == AUC_OK) {
		err = auc_sqn_resync(impi->sqn, sqn_ms, &rule, env->policy->sqn_delta, base);
	}
	OPENSSL_cleanse(&sqn_ms, sizeof(sqn_ms));
	return err;
}

/*
 * The S-CSCF that asked the time before keeps its IND, as long as that is one of ours; another one
 * gets the next (C.3.4). No other S-CSCF needs to be remembered: its array is safe until the range
 * has gone round (auc/sqn.h).
 */
static enum auc_err ind_choose(const struct cx_request *req, const struct ims_impi *impi,
                               const struct cx_policy *policy, unsigned *ind)
{
	const unsigned last = auc_sqn_ind(impi->sqn, policy->ind_bits);

	if (impi->sqn_scscf != NULL && scscf_name_equal(impi->sqn_scscf, req->mar.server_name) &&
	    last >= policy->ind_first && last - policy->ind_first < policy->ind_count) {
		*ind = last;
		return AUC_OK;
	}
	return auc_sqn_ind_next(impi->sqn, policy->ind_bits, policy->ind_first, policy->ind_count,
	                        ind);
}

/* Make the vectors into the answer; the last SQN of them is for the caller to store. */
static bool vectors_make(const struct cx_request *req, const struct ims_impi *impi,
                         const struct auc_key *key, const struct cx_env *env, struct cx_answer *ans,
                         uint64_t *sqn_last)
{
	const struct auc_sqn_rule rule = sqn_rule(env);
	const unsigned max = env->policy->auth_vectors_max;
	const size_t n = rate_left(impi, env, req->mar.n_vectors < max ? req->mar.n_vectors : max);
	uint64_t sqn[AUC_VECTORS_MAX] = {0};
	uint64_t base = 0;
	unsigned ind = 0;
	enum auc_err err = sqn_base(req, impi, key, env, &base);

	if (err == AUC_OK) {
		err = ind_choose(req, impi, env->policy, &ind);
	}
	if (err == AUC_OK) {
		err = auc_sqn_array(base, &rule, ind, n, sqn);
	}
	if (err == AUC_OK) {
		err = auc_vectors(env->auc, key, impi->amf, sqn, n, env->rng, ans->vector);
	}
	if (err == AUC_OK) {
		ans->n_vectors = n;
		*sqn_last = sqn[n - 1];
	} else {
		cx_answer_wipe(ans);
	}
	OPENSSL_cleanse(sqn, sizeof(sqn));
	OPENSSL_cleanse(&base, sizeof(base));
	return err == AUC_OK || auc_failed(req, err, ans);
}

/* A record that was changed, moved to another IMPI, or whose master key is missing: never used. */
static bool unseal_failed(const struct cx_request *req, enum hss_err err, struct cx_answer *ans)
{
	ans->verdict.alarm = true;
	cx_refuse(&ans->verdict, CX_UNABLE_TO_COMPLY, "the stored key of %s cannot be used: %s",
	          req->impi, hss_err_text(err));
	return false;
}

/* Open the key for as long as the vectors take. */
static bool vectors_deliver(const struct cx_request *req, const struct ims_impi *impi,
                            const struct cx_env *env, struct cx_answer *ans, uint64_t *sqn_last)
{
	struct auc_key key;
	const enum hss_err err = seal_unwrap(env->seal, impi->name, &impi->key, &key);
	const bool made = err == HSS_OK ? vectors_make(req, impi, &key, env, ans, sqn_last)
	                                : unseal_failed(req, err, ans);

	OPENSSL_cleanse(&key, sizeof(key));
	return made;
}

/* SIP Digest: HA1, from which the S-CSCF makes and checks what it needs (TS 29.228 6.3). */
static bool digest_deliver(const struct cx_request *req, const struct ims_impi *impi,
                           const struct cx_env *env, struct cx_answer *ans)
{
	const enum hss_err err =
		seal_unwrap_ha1(env->seal, impi->name, &impi->ha1, ans->digest.ha1);

	if (err != HSS_OK) {
		return unseal_failed(req, err, ans);
	}
	ans->digest.realm = impi->digest_realm;
	return true;
}

/*
 * Step 5: the S-CSCF that authenticates is the one to find from now on, and authentication is
 * pending for the IMPI and the whole implicit set; not when a Registered user is merely challenged
 * again by its own S-CSCF. Returns whether that changed anything.
 */
static bool pending_set(struct ims_subscription *sub, struct ims_registration *reg,
                        const struct cx_scscf *scscf, int64_t now)
{
	const bool same = sub->scscf_name != NULL && scscf_name_equal(sub->scscf_name, scscf->name);
	bool changed = false;

	cx_takeover_apply(sub);
	if (!same || ims_irs_state(sub, reg->irs) != IMS_REGISTERED) {
		changed = reg->pending_since != now;
		reg->pending_since = now;
	}
	return cx_scscf_set(sub, scscf) || changed;
}

/* What the S-CSCF authenticates the user with; and, before anything is changed, what the one that
 * loses the user has to be told. */
static bool deliver(const struct cx_request *req, struct ims_subscription *sub,
                    const struct ims_impi *impi, enum ims_scheme scheme, const struct cx_env *env,
                    const struct cx_scscf *scscf, struct cx_answer *ans, uint64_t *sqn_last)
{
	const unsigned irs = cx_asked_impu(req, sub, 0)->irs;
	const bool delivered = scheme == IMS_SCHEME_SIP_DIGEST
	                               ? digest_deliver(req, impi, env, ans)
	                               : vectors_deliver(req, impi, env, ans, sqn_last);

	if (!delivered || cx_takeover_push(sub, env->policy, scscf, &irs, 1)) {
		return delivered;
	}
	cx_answer_wipe(ans);
	cx_refuse(&ans->verdict, CX_UNABLE_TO_COMPLY, "%s", hss_err_text(HSS_ERR_MEMORY));
	return false;
}

bool cx_needs_full(const struct cx_request *req, const struct ims_subscription *sub)
{
	return req->command == CX_CMD_MAR && !req->mar.resync &&
	       cx_takeover_is_due(sub, req->mar.server_name, req->origin_host);
}

bool cx_mar_decide(const struct cx_request *req, struct ims_subscription *sub,
                   const struct cx_env *env, struct cx_answer *ans)
{
	const struct ims_impu *impu = cx_asked_impu(req, sub, 0);
	enum ims_scheme scheme = IMS_SCHEME_AKA_V1;
	struct cx_scscf scscf = {0};
	struct ims_impi *impi = NULL;
	uint64_t sqn_last = 0;
	bool changed = false;

	ans->command = req->command;
	/* Step 1: the identities exist. Step 2: the IMPU is a distinct one. Step 3: it is the
	 * IMPI's. */
	if (!cx_check_features(req, env->policy, ans) || !cx_check_known(req, sub, ans) ||
	    !cx_check_distinct(req, sub, ans) || !cx_check_owned(req, sub, ans)) {
		return false;
	}
	impi = &sub->impi[sub->asked_impi.index];
	if (!check_scheme(req, impi, env->policy, ans, &scheme) ||
	    !check_delivery(req, impi, scheme, ans) ||
	    (req->mar.resync && !check_resync_server(req, sub, ans)) ||
	    !check_rate(req, impi, env, ans)) {
		return false;
	}
	if (!cx_scscf_copy(sub, req, req->mar.server_name, &scscf)) {
		cx_refuse(&ans->verdict, CX_UNABLE_TO_COMPLY, "%s", hss_err_text(HSS_ERR_MEMORY));
		return false;
	}
	if (!deliver(req, sub, impi, scheme, env, &scscf, ans, &sqn_last)) {
		return false;
	}
	/* Nothing can fail from here on. */
	changed = rate_count(impi, env, ans->n_vectors != 0 ? ans->n_vectors : 1);
	if (scheme == IMS_SCHEME_AKA_V1) {
		impi->sqn = sqn_last;
		impi->sqn_scscf = scscf.name;
		changed = true;
	}
	if (!req->mar.resync) { /* a resynchronisation moves no more than the SQN */
		changed = pending_set(sub, ims_registration_of(sub, impi->no, impu->irs), &scscf,
		                      env->now) ||
		          changed;
	}
	ans->impi = impi->name;
	ans->impu = impu->name;
	ans->verdict.result = CX_SUCCESS;
	return changed;
}
