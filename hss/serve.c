#include "hss/cx.h"
#include "hss/store.h"

static bool decide(const struct cx_request *req, struct ims_subscription *sub,
                   const struct cx_env *env, struct cx_answer *ans)
{
	switch (req->command) {
	case CX_CMD_UAR:
		return cx_uar_decide(req, sub, env, ans);
	case CX_CMD_SAR:
		return cx_sar_decide(req, sub, env, ans);
	case CX_CMD_LIR:
		return cx_lir_decide(req, sub, env, ans);
	case CX_CMD_MAR:
		return cx_mar_decide(req, sub, env, ans);
	default:
		(void)cx_refuse(&ans->verdict, CX_UNABLE_TO_COMPLY, "command %u is not served here",
		                (unsigned)req->command);
		return false;
	}
}

static enum store_view view_of(const struct cx_request *req)
{
	switch (req->command) {
	case CX_CMD_MAR:
		return STORE_VIEW_AUTH;
	case CX_CMD_LIR:
		/* the small view has capabilities only when no S-CSCF is assigned */
		return req->lir.capabilities_asked ? STORE_VIEW_FULL : STORE_VIEW_LOCATE;
	case CX_CMD_UAR:
		return STORE_VIEW_ADMIT;
	default:
		return STORE_VIEW_FULL;
	}
}

static enum hss_err load(struct store *store, const struct cx_request *req,
                         struct ims_subscription *sub)
{
	enum hss_err err = store_subscription_load(store, req->impi, req->impu, req->n_impu,
	                                           view_of(req), sub);

	if (err == HSS_OK && cx_needs_full(req, sub)) {
		err = store_subscription_load(store, req->impi, req->impu, req->n_impu,
		                              STORE_VIEW_FULL, sub);
	}
	return err;
}

enum hss_err cx_serve(struct store *store, const struct cx_request *req, const struct cx_env *env,
                      struct ims_subscription *sub, struct cx_answer *ans)
{
	enum hss_err err = load(store, req, sub);

	ans->command = req->command;
	if (err == HSS_OK && decide(req, sub, env, ans)) {
		err = store_registration_save(store, sub);
	}
	if (err != HSS_OK) {
		cx_answer_fail(ans, req->command, err);
	}
	return err;
}
