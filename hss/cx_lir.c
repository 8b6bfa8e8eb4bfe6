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
	ans->capabilities = true;
	ans->capabilities_scscf = env->policy->default_scscf;
}

bool cx_lir_decide(const struct cx_request *req, const struct ims_subscription *sub,
                   const struct cx_env *env, struct cx_answer *ans)
{
	const struct ims_impu *impu = cx_asked_impu(req, sub, 0);

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
		ans->verdict.result = CX_SUCCESS;
		ans->server_name = impu->as_name;
		ans->psi_direct_routing = true;
		ans->wildcarded_impu = cx_wildcard_matched(req, sub, 0);
		return false;
	}
	/*
	 * Step 2a asks for IMS restoration, which this HSS does not offer: a request for
	 * capabilities is then served as any other.
	 */
	decide_server(req, sub, impu, env, ans);
	return false; /* a LIR never changes anything */
}
