/* Registration-Termination-Request: an S-CSCF is told that registrations have ended (TS 29.228
 * 6.1.3). */
#include "hss/cx_push.h"

#include <string.h>

/* Whether the push is about this IMPI. */
static bool names_impi(const struct ims_push *push, const char *impi)
{
	bool named = strcmp(push->impi, impi) == 0;

	for (size_t i = 0; i < push->n_associated && !named; i++) {
		named = strcmp(push->associated[i], impi) == 0;
	}
	return named;
}

static bool names_impu(const struct ims_push *push, const char *impu)
{
	for (size_t i = 0; i < push->n_impu; i++) {
		if (strcmp(push->impu[i], impu) == 0) {
			return true;
		}
	}
	return false;
}

/* Whether an IMPU that the push names belongs to the set now. */
static bool set_is_named(const struct ims_push *push, const struct ims_subscription *sub,
                         unsigned irs)
{
	for (size_t i = 0; i < sub->n_impu; i++) {
		if (sub->impu[i].irs == irs && names_impu(push, sub->impu[i].name)) {
			return true;
		}
	}
	return false;
}

/* Whether what was ended has begun anew. Told by names: the subscriber may be another one by now.
 */
static bool is_registered_again(const struct ims_push *push, const struct ims_subscription *sub)
{
	for (size_t i = 0; i < sub->n_registration; i++) {
		const struct ims_registration *reg = &sub->registration[i];
		const char *name = ims_impi_name(sub, reg->impi);

		if (reg->state != IMS_NOT_REGISTERED && name != NULL && names_impi(push, name) &&
		    set_is_named(push, sub, reg->irs)) {
			return true;
		}
	}
	return false;
}

enum hss_err cx_rtr_prepare(const struct ims_push *push, const struct ims_subscription *sub,
                            struct cx_request *req, struct cx_push_verdict *v)
{
	/* A late RTR must not end what has begun since at the same S-CSCF. Another one than that is
	 * told in any case: it may still hold the old registration. */
	if (cx_push_is_assigned(push, sub)) {
		if (push->reason == CX_REASON_NEW_SERVER_ASSIGNED) {
			cx_push_end(v, IMS_PUSH_DONE, "superseded: this S-CSCF is assigned again");
			return HSS_OK;
		}
		if (is_registered_again(push, sub)) {
			cx_push_end(v, IMS_PUSH_DONE, "superseded: registered again");
			return HSS_OK;
		}
	}
	req->command = CX_CMD_RTR;
	req->destination_host = push->host;
	req->destination_realm = push->realm;
	req->impi = push->impi;
	req->impu = push->impu;
	req->n_impu = push->n_impu;
	req->rtr = (struct cx_rtr){.reason = push->reason,
	                           .reason_info = push->reason_info,
	                           .associated_impi = push->associated,
	                           .n_associated_impi = push->n_associated};
	v->next = CX_PUSH_SEND;
	return HSS_OK;
}

/* The registration that an Identity-with-Emergency-Registration is about; NULL: none of the push.
 */
static struct ims_registration *emergency_find(const struct ims_push *push,
                                               const struct ims_subscription *sub,
                                               const struct cx_emergency *emergency)
{
	if (!names_impi(push, emergency->impi) || !names_impu(push, emergency->impu)) {
		return NULL;
	}
	for (size_t i = 0; i < sub->n_impu; i++) {
		if (strcmp(sub->impu[i].name, emergency->impu) != 0) {
			continue;
		}
		for (size_t k = 0; k < sub->n_registration; k++) {
			struct ims_registration *reg = &sub->registration[k];
			const char *name = ims_impi_name(sub, reg->impi);

			if (reg->irs == sub->impu[i].irs && name != NULL &&
			    strcmp(name, emergency->impi) == 0) {
				return reg;
			}
		}
	}
	return NULL;
}

/* Whether nobody else serves the subscription meanwhile. */
static bool may_keep(const struct ims_push *push, const struct ims_subscription *sub)
{
	if (push->scscf_name == NULL) {
		return false; /* nobody could be sent there */
	}
	return sub->scscf_name == NULL || cx_push_is_assigned(push, sub);
}

/*
 * What is registered for emergency calls stays with its S-CSCF, Unregistered (6.1.3.1). Returns how
 * many registrations that are.
 */
static enum hss_err emergencies_keep(const struct ims_push *push, struct ims_subscription *sub,
                                     const struct cx_answer *answer, struct cx_push_verdict *v,
                                     size_t *n)
{
	const char *as_name = push->scscf_name != NULL ? push->scscf_name : "";
	const char *name = arena_text(&sub->arena, as_name, strlen(as_name));
	const char *host = arena_text(&sub->arena, push->host, strlen(push->host));
	const char *realm = arena_text(&sub->arena, push->realm, strlen(push->realm));

	*n = 0;
	if (name == NULL || host == NULL || realm == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (size_t i = 0; i < answer->n_emergency && may_keep(push, sub); i++) {
		struct ims_registration *reg = emergency_find(push, sub, &answer->emergency[i]);

		if (reg == NULL || ims_irs_state(sub, reg->irs) != IMS_NOT_REGISTERED) {
			continue;
		}
		reg->state = IMS_UNREGISTERED;
		if (sub->scscf_name == NULL) {
			sub->scscf_name = name;
			sub->scscf_host = host;
			sub->scscf_realm = realm;
		}
		v->changed = true;
		(*n)++;
	}
	return HSS_OK;
}

enum hss_err cx_rtr_settle(struct ims_push *push, struct ims_subscription *sub,
                           const struct cx_push_policy *policy, const struct cx_push_result *result,
                           struct cx_push_verdict *v)
{
	const struct cx_answer *answer = result->answer;
	size_t n_kept = 0;
	enum hss_err err = HSS_OK;

	if (cx_push_is_transient(result)) {
		cx_push_retry(push, policy, result, v);
		return HSS_OK;
	}
	if (sub->id != 0 && answer->n_emergency > 0 &&
	    push->reason != CX_REASON_NEW_SERVER_ASSIGNED) {
		err = emergencies_keep(push, sub, answer, v, &n_kept);
	}
	if (err != HSS_OK) {
		return err;
	}
	if (cx_result_is_success(answer->verdict.result) || answer->n_emergency > 0) {
		cx_push_end(v, IMS_PUSH_DONE, "%s", cx_result_name(answer->verdict.result));
		if (answer->n_emergency > 0) {
			cx_push_end(v, IMS_PUSH_DONE,
			            "%s: %zu registered for emergency calls, %zu kept Unregistered",
			            cx_result_name(answer->verdict.result), answer->n_emergency,
			            n_kept);
		}
	} else if (answer->verdict.result == CX_ERROR_USER_UNKNOWN) {
		cx_push_end(v, IMS_PUSH_DONE, "the S-CSCF does not know the user");
	} else {
		cx_push_end_answered(v, IMS_PUSH_FAILED, result);
	}
	return HSS_OK;
}
