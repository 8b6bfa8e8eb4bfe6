/* Push-Profile-Request: an S-CSCF gets the profile anew (TS 29.228 6.2.2). */
#include <string.h>

#include "hss/cx_check.h"
#include "hss/cx_push.h"
#include "hss/push_plan.h"
#include "hss/user_data.h"

/* Whether the S-CSCF has said that it does not know this IMPI. */
static bool is_refused(const struct ims_push *push, const char *impi)
{
	for (size_t i = 0; i < push->n_associated; i++) {
		if (strcmp(push->associated[i], impi) == 0) {
			return true;
		}
	}
	return false;
}

/* The registration whose IMPI goes as User-Name: the push's own, else one that is registered, else
 * any that is Unregistered; none that was refused. NULL: there is none. */
static const struct ims_registration *registration_choose(const struct ims_push *push,
                                                          const struct ims_subscription *sub)
{
	const struct ims_registration *best = NULL;

	for (size_t i = 0; i < sub->n_registration; i++) {
		const struct ims_registration *reg = &sub->registration[i];
		const char *name = ims_impi_name(sub, reg->impi);

		if (reg->irs != push->irs || reg->state == IMS_NOT_REGISTERED || name == NULL ||
		    is_refused(push, name)) {
			continue;
		}
		if (strcmp(name, push->impi) == 0) {
			return reg;
		}
		if (best == NULL || reg->state > best->state) {
			best = reg;
		}
	}
	return best;
}

static size_t impi_index(const struct ims_subscription *sub, unsigned no)
{
	size_t i = 0;

	while (i < sub->n_impi && sub->impi[i].no != no) {
		i++;
	}
	return i;
}

/* HA1 of the User-Name, if the push is about it and it still has one. */
static enum hss_err digest_write(const struct ims_push *push, const struct ims_impi *impi,
                                 const struct cx_env *env, struct cx_ppr *ppr)
{
	if ((push->content & IMS_PUSH_DIGEST) == 0 || !impi->has_ha1 ||
	    impi->digest_realm == NULL) {
		return HSS_OK;
	}
	ppr->digest.realm = impi->digest_realm;
	return seal_unwrap_ha1(env->seal, impi->name, &impi->ha1, ppr->digest.ha1);
}

static enum hss_err content_write(const struct ims_push *push, struct ims_subscription *sub,
                                  size_t impi, const struct cx_env *env, struct cx_ppr *ppr)
{
	const struct user_data_want want = {.impi = impi,
	                                    .irs = push->irs,
	                                    .features =
	                                            env->policy->features & sub->scscf_features};
	enum hss_err err = HSS_OK;

	if ((push->content & IMS_PUSH_USER_DATA) != 0) {
		err = user_data_write(sub, &want, &ppr->user_data, &ppr->user_data_len);
	}
	if ((push->content & IMS_PUSH_CHARGING) != 0) {
		ppr->charging = sub->charging;
	}
	return err == HSS_OK ? digest_write(push, &sub->impi[impi], env, ppr) : err;
}

enum hss_err cx_ppr_prepare(struct ims_push *push, struct ims_subscription *sub,
                            const struct cx_env *env, struct cx_request *req,
                            struct cx_push_verdict *v)
{
	const struct ims_registration *reg = registration_choose(push, sub);
	struct cx_ppr *ppr = &req->ppr;
	enum hss_err err = HSS_OK;
	size_t impi = 0;

	/* Who serves the set meanwhile has taken the profile as it is now, with its SAR. */
	if (sub->id == 0 || reg == NULL || !cx_push_is_assigned(push, sub)) {
		cx_push_end(v, IMS_PUSH_DONE,
		            "nothing to tell: the S-CSCF does not serve it any more");
		return HSS_OK;
	}
	impi = impi_index(sub, reg->impi);
	push->impi = sub->impi[impi].name;
	err = content_write(push, sub, impi, env, ppr);
	if (err == HSS_ERR_MEMORY) {
		return err;
	}
	if (err != HSS_OK) {
		cx_push_end(v, IMS_PUSH_FAILED, "the profile cannot be made: %s",
		            hss_err_text(err));
		return HSS_OK;
	}
	if (ppr->user_data == NULL && ppr->charging == NULL && ppr->digest.realm == NULL) {
		cx_push_end(v, IMS_PUSH_DONE, "nothing to tell: what changed is there no more");
		return HSS_OK;
	}
	req->command = CX_CMD_PPR;
	req->destination_host = push->host;
	req->destination_realm = push->realm;
	req->impi = push->impi;
	/* Offered to who has offered (TS 29.229 7.1). */
	req->features = (struct cx_features){.present = sub->scscf_features != 0 &&
	                                                env->policy->features != 0,
	                                     .list = env->policy->features};
	v->next = CX_PUSH_SEND;
	return HSS_OK;
}

/* PPA USER_UNKNOWN (6.2.2.1) about what is registered now: the next IMPI is tried. */
static enum hss_err unknown_settle(struct ims_push *push, struct ims_subscription *sub,
                                   const struct cx_env *env, struct cx_push_verdict *v)
{
	const uint32_t common = env->policy->features & sub->scscf_features;
	const char **refused = arena_array(&sub->arena, push->n_associated + 1, sizeof(*refused));
	const struct ims_registration *next = NULL;

	if (refused == NULL) {
		return HSS_ERR_MEMORY;
	}
	if (push->n_associated > 0) {
		memcpy(refused, push->associated, push->n_associated * sizeof(*refused));
	}
	refused[push->n_associated] = push->impi;
	push->associated = refused;
	push->n_associated++;
	for (size_t i = 0; i < sub->n_registration; i++) {
		struct ims_registration *reg = &sub->registration[i];
		const char *name = ims_impi_name(sub, reg->impi);

		/* An S-CSCF that can be restored is left to come back. */
		if (reg->irs == push->irs && reg->state != IMS_NOT_REGISTERED && name != NULL &&
		    strcmp(name, push->impi) == 0 &&
		    (common & CX_FEATURE_IMS_RESTORATION_IND) == 0) {
			reg->state = IMS_NOT_REGISTERED;
			v->changed = true;
		}
	}
	next = registration_choose(push, sub);
	if (next != NULL) {
		push->impi = ims_impi_name(sub, next->impi);
		v->next = CX_PUSH_AGAIN;
		return HSS_OK;
	}
	if (v->changed &&
	    ims_scscf_in_force(sub, env->now, env->policy->auth_pending_timeout) == NULL) {
		(void)cx_scscf_set(sub, NULL);
	}
	cx_push_end(v, IMS_PUSH_FAILED, "the S-CSCF knows none of the IMPIs");
	return HSS_OK;
}

/*
 * What an S-CSCF says late is not about the registration of another one, nor about one that began
 * after it was asked.
 */
static bool unknown_is_late(const struct ims_push *push, const struct ims_subscription *sub,
                            const struct cx_push_policy *policy,
                            const struct cx_push_result *result, struct cx_push_verdict *v)
{
	if (!cx_push_is_assigned(push, sub)) {
		cx_push_end(v, IMS_PUSH_DONE,
		            "nothing to tell: the S-CSCF does not serve it any more");
	} else if (result->overtaken) {
		cx_push_retry(push, policy, result, v);
	} else {
		return false;
	}
	return true;
}

/* The S-CSCF cannot have the profile: another one is to be found (6.2.2.1). */
static enum hss_err server_change(const struct ims_push *push, struct ims_subscription *sub,
                                  const char *why, struct cx_push_verdict *v)
{
	size_t n = 0;
	enum hss_err err = HSS_OK;

	if (cx_push_is_assigned(push, sub)) {
		err = push_plan_deregistration(sub, 0, push->irs, CX_REASON_SERVER_CHANGE, NULL,
		                               &n);
	}
	v->changed = n > 0;
	cx_push_end(v, IMS_PUSH_FAILED, "%s%s", why, n > 0 ? "; an RTR SERVER_CHANGE follows" : "");
	return err;
}

static enum hss_err transient_settle(const struct ims_push *push, struct ims_subscription *sub,
                                     const struct cx_push_policy *policy,
                                     const struct cx_push_result *result, struct cx_push_verdict *v)
{
	const bool silent = result->event == CX_PUSH_SILENCE;

	if (silent && result->never_answers) {
		cx_push_end(v, IMS_PUSH_FAILED, "no answer, as to the PPRs before");
	} else {
		cx_push_retry(push, policy, result, v);
	}
	if (silent && v->next == CX_PUSH_END && policy->server_change) {
		return server_change(push, sub, "no answer", v);
	}
	return HSS_OK;
}

enum hss_err cx_ppr_settle(struct ims_push *push, struct ims_subscription *sub,
                           const struct cx_env *env, const struct cx_push_policy *policy,
                           const struct cx_push_result *result, struct cx_push_verdict *v)
{
	if (cx_push_is_transient(result)) {
		return transient_settle(push, sub, policy, result, v);
	}
	switch (result->answer->verdict.result) {
	case CX_ERROR_USER_UNKNOWN:
		return unknown_is_late(push, sub, policy, result, v)
		               ? HSS_OK
		               : unknown_settle(push, sub, env, v);
	case CX_ERROR_TOO_MUCH_DATA:
	case CX_ERROR_NOT_SUPPORTED_USER_DATA:
		return server_change(push, sub, cx_result_name(result->answer->verdict.result), v);
	case CX_UNABLE_TO_COMPLY:
		cx_push_retry(push, policy, result, v);
		return HSS_OK;
	default:
		break;
	}
	cx_push_end_answered(v,
	                     cx_result_is_success(result->answer->verdict.result) ? IMS_PUSH_DONE
	                                                                          : IMS_PUSH_FAILED,
	                     result);
	return HSS_OK;
}
