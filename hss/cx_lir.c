/* Location-Info-Request: where is this identity served (TS 29.228 6.1.4.1). */
#include "hss/cx_check.h"

static bool is_psi(const struct ims_impu *impu)
{
	return impu->kind == IMPU_PSI || impu->kind == IMPU_WILDCARDED_PSI;
}

static bool has_unregistered_services(const struct ims_subscription *sub,
                                      const struct ims_impu *impu)
{
	return impu->profile < sub->n_profile && sub->profile[impu->profile].unregistered_services;
}

/* Step 3: the S-CSCF that serves, or will serve, the identity. */
static void decide_server(const struct cx_request *req, const struct ims_subscription *sub,
                          const struct ims_impu *impu, const struct cx_env *env,
                          struct cx_answer *ans)
{
	const char *name = ims_scscf_in_force(sub, env->now, env->policy->auth_pending_timeout);

	if (ims_irs_state(sub, impu->irs) == IMS_NOT_REGISTERED && !req->lir.originating &&
	    !has_unregistered_services(sub, impu)) {
		/* An authentication that is running does not make the identity reachable. */
		cx_refuse(
			&ans->verdict, CX_ERROR_IDENTITY_NOT_REGISTERED,
			"public identity %s is not registered and has no services while it is not",
			req->impu[0]);
		return;
	}
	ans->wildcarded_impu = cx_wildcard_matched(req, sub, 0);
	if (name != NULL) {
		ans->verdict.result = CX_SUCCESS;
		ans->server_name = name;
		return;
	}
	ans->verdict.result = CX_UNREGISTERED_SERVICE;
	cx_offer_choice(ans, sub, env->policy);
}

/* Step 2: where a PSI is answered without an S-CSCF. */
static void decide_direct(const struct cx_request *req, const struct ims_subscription *sub,
                          const struct ims_impu *impu, bool reassign, struct cx_answer *ans)
{
	if (reassign) {
		cx_refuse(&ans->verdict, CX_UNABLE_TO_COMPLY,
		          "public service identity %s is routed to its application server: there "
		          "is no S-CSCF to choose",
		          req->impu[0]);
		return;
	}
	ans->verdict.result = CX_SUCCESS;
	ans->server_name = impu->as_name;
	ans->psi_direct_routing = true;
	ans->wildcarded_impu = cx_wildcard_matched(req, sub, 0);
}

/* Step 2a: the S-CSCF assigned does not answer, another one is wanted and may take over. */
static bool decide_reassignment(const struct cx_request *req, struct ims_subscription *sub,
                                const struct cx_env *env, struct cx_answer *ans)
{
	ans->verdict.result = CX_SUCCESS;
	ans->wildcarded_impu = cx_wildcard_matched(req, sub, 0);
	cx_offer_choice(ans, sub, env->policy);
	return cx_reassignment_allow(sub, env);
}

bool cx_lir_decide(const struct cx_request *req, struct ims_subscription *sub,
                   const struct cx_env *env, struct cx_answer *ans)
{
	const struct ims_impu *impu = cx_asked_impu(req, sub, 0);
	const bool restoration =
		(cx_features_common(req, env->policy) & CX_FEATURE_IMS_RESTORATION_IND) != 0;
	const bool reassign = req->lir.capabilities_asked && restoration;

	ans->command = req->command;
	if (!cx_check_features(req, env->policy, ans)) {
		return false;
	}
	/* Step 1: the identity exists. */
	if (!cx_check_known(req, sub, ans) || !cx_check_owned(req, sub, ans)) {
		return false;
	}
	/* Step 2: a PSI is in use; one with an application server of its own is routed there
	 * directly. */
	if (!cx_check_psi_active(req, sub, 0, ans)) {
		return false;
	}
	if (is_psi(impu) && impu->as_name != NULL && !req->lir.originating) {
		decide_direct(req, sub, impu, reassign, ans);
		return false;
	}
	/* Without restoration a request for capabilities is served as any other. */
	if (reassign) {
		return decide_reassignment(req, sub, env, ans);
	}
	decide_server(req, sub, impu, env, ans);
	return false;
}
