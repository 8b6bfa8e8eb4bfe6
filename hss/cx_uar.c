/* User-Authorization-Request: may this identity register, and where (TS 29.228 6.1.1.1). */
#include <string.h>

#include "hss/cx_check.h"

/* Step 4: not barred, or another distinct IMPU of the implicit set is free. Not for emergency. */
static bool check_barring(const struct cx_request *req, const struct ims_subscription *sub,
                          const struct ims_impu *impu, struct cx_answer *ans)
{
	if (!impu->barred || req->uar.emergency || ims_irs_default_impu(sub, impu->irs) != NULL) {
		return true;
	}
	cx_refuse(&ans->verdict, CX_AUTHORIZATION_REJECTED,
	          "public identity %s is barred, and so is its whole implicit registration set",
	          req->impu[0]);
	return false;
}

static bool roaming_allowed(const struct ims_subscription *sub, const char *home,
                            const char *visited)
{
	bool allowed = sub->n_visited == 0 || (home != NULL && strcmp(home, visited) == 0);

	for (size_t i = 0; !allowed && i < sub->n_visited; i++) {
		allowed = strcmp(sub->visited[i], visited) == 0;
	}
	return allowed;
}

/* Steps 5a and 5c. A de-registration and an emergency registration are not held up (5b). */
static bool check_permission(const struct cx_request *req, const struct ims_subscription *sub,
                             const struct cx_policy *policy, struct cx_answer *ans)
{
	if (req->uar.type == CX_UAT_DE_REGISTRATION || req->uar.emergency) {
		return true;
	}
	if (!roaming_allowed(sub, policy->home_network, req->uar.visited_network)) {
		cx_refuse(&ans->verdict, CX_ERROR_ROAMING_NOT_ALLOWED,
		          "%s may not roam in visited network %s", req->impi,
		          req->uar.visited_network);
		return false;
	}
	if (!sub->registration_allowed) {
		cx_refuse(&ans->verdict, CX_AUTHORIZATION_REJECTED,
		          "the subscription of %s may not register", req->impi);
		return false;
	}
	return true;
}

static void grant(struct cx_answer *ans, enum cx_result result, const char *server_name)
{
	ans->verdict.result = result;
	ans->server_name = server_name;
}

/* Step 6, DE_REGISTRATION. */
static void decide_deregistration(const struct cx_request *req, const struct ims_subscription *sub,
                                  const struct ims_registration *reg, const struct cx_env *env,
                                  struct cx_answer *ans)
{
	const int64_t timeout = env->policy->auth_pending_timeout;
	const bool served = ims_irs_state(sub, reg->irs) != IMS_NOT_REGISTERED ||
	                    ims_registration_pending(reg, env->now, timeout);

	if (served && sub->scscf_name != NULL) {
		grant(ans, CX_SUCCESS, sub->scscf_name);
	} else {
		cx_refuse(&ans->verdict, CX_ERROR_IDENTITY_NOT_REGISTERED,
		          "public identity %s is not registered", req->impu[0]);
	}
}

/*
 * Step 6, REGISTRATION. The name in force answers each line of the table at once: that of a
 * Registered or Unregistered IMPU, else of another such IMPU of the subscription, else of an
 * authentication that is running.
 */
static void decide_registration(const struct ims_subscription *sub, const struct cx_env *env,
                                struct cx_answer *ans)
{
	const char *name = ims_scscf_in_force(sub, env->now, env->policy->auth_pending_timeout);

	if (name != NULL) {
		grant(ans, CX_SUBSEQUENT_REGISTRATION, name);
	} else {
		ans->verdict.result = CX_FIRST_REGISTRATION;
		cx_offer_choice(ans, sub, env->policy);
	}
}

/*
 * Step 5c: the S-CSCF assigned does not answer, another one is wanted. With IMS restoration it may
 * then take over, but not for an emergency (Annex G).
 */
static bool decide_capabilities(const struct cx_request *req, struct ims_subscription *sub,
                                const struct cx_env *env, struct cx_answer *ans)
{
	const uint32_t common = cx_features_common(req, env->policy);

	ans->verdict.result = CX_SUCCESS;
	cx_offer_choice(ans, sub, env->policy);
	return (common & CX_FEATURE_IMS_RESTORATION_IND) != 0 && !req->uar.emergency &&
	       cx_reassignment_allow(sub, env);
}

bool cx_uar_decide(const struct cx_request *req, struct ims_subscription *sub,
                   const struct cx_env *env, struct cx_answer *ans)
{
	const struct ims_impi *impi = NULL;
	const struct ims_impu *impu = NULL;

	ans->command = req->command;
	if (!cx_check_features(req, env->policy, ans)) {
		return false;
	}
	if (req->uar.type > CX_UAT_REGISTRATION_AND_CAPABILITIES) {
		ans->verdict.failed_avp = CX_AVP_USER_AUTHORIZATION_TYPE;
		ans->verdict.failed_avp_vendor = CX_VENDOR_3GPP;
		cx_refuse(&ans->verdict, CX_INVALID_AVP_VALUE,
		          "User-Authorization-Type %u does not exist", (unsigned)req->uar.type);
		return false;
	}
	/* Step 1: the identities exist. Step 2: the IMPU is a distinct one. Step 3: it is the
	 * IMPI's. */
	if (!cx_check_known(req, sub, ans) || !cx_check_distinct(req, sub, ans) ||
	    !cx_check_owned(req, sub, ans)) {
		return false;
	}
	impi = cx_asked_impi(req, sub);
	impu = cx_asked_impu(req, sub, 0);
	/* Step 4: barring. Step 5: roaming and permission. */
	if (!check_barring(req, sub, impu, ans) || !check_permission(req, sub, env->policy, ans)) {
		return false;
	}
	switch (req->uar.type) {
	case CX_UAT_REGISTRATION_AND_CAPABILITIES: /* step 5c: stop */
		return decide_capabilities(req, sub, env, ans);
	case CX_UAT_DE_REGISTRATION: /* step 6 */
		decide_deregistration(req, sub, ims_registration_of(sub, impi->no, impu->irs), env,
		                      ans);
		break;
	case CX_UAT_REGISTRATION:
		decide_registration(sub, env, ans);
		break;
	}
	return false;
}
