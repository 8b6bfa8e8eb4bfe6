/* The S-CSCF that is assigned: setting it, and taking a user from another one (TS 29.228 8.1). */
#include <string.h>
#include <strings.h>

#include "hss/cx_check.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const char *copy_text(struct ims_subscription *sub, const char *stored, const char *text)
{
	return same_text(stored, text) ? stored : arena_text(&sub->arena, text, strlen(text));
}

bool cx_scscf_copy(struct ims_subscription *sub, const struct cx_request *req,
                   const char *server_name, struct cx_scscf *copy)
{
	copy->name = copy_text(sub, sub->scscf_name, server_name);
	copy->host = copy_text(sub, sub->scscf_host, req->origin_host);
	copy->realm = copy_text(sub, sub->scscf_realm, req->origin_realm);
	return copy->name != NULL && copy->host != NULL && copy->realm != NULL;
}

bool cx_scscf_set(struct ims_subscription *sub, const struct cx_scscf *scscf)
{
	const struct cx_scscf none = {0};
	const struct cx_scscf *set = scscf != NULL ? scscf : &none;
	const bool other = sub->scscf_name == NULL || set->name == NULL ||
	                   !scscf_name_equal(sub->scscf_name, set->name);
	bool changed = !same_text(sub->scscf_name, set->name) ||
	               !same_text(sub->scscf_host, set->host) ||
	               !same_text(sub->scscf_realm, set->realm);

	if (other) {
		changed = changed || sub->reassignment_pending || sub->scscf_features != 0;
		sub->reassignment_pending = false;
		sub->scscf_features = 0;
	}
	sub->scscf_name = set->name;
	sub->scscf_host = set->host;
	sub->scscf_realm = set->realm;
	return changed;
}

void cx_offer_choice(struct cx_answer *ans, const struct ims_subscription *sub,
                     const struct cx_policy *policy)
{
	ans->capabilities = true;
	ans->capability_set = sub->capabilities;
	ans->capabilities_scscf = sub->capabilities == NULL ? policy->default_scscf : NULL;
}

bool cx_reassignment_allow(struct ims_subscription *sub, const struct cx_env *env)
{
	const int64_t timeout = env->policy->auth_pending_timeout;
	const bool changed =
		ims_scscf_in_force(sub, env->now, timeout) != NULL && !sub->reassignment_pending;

	if (changed) {
		sub->reassignment_pending = true;
	}
	return changed;
}

/* ---- An S-CSCF takes the user from another one (8.1.1) ---- */

bool cx_takeover_is_due(const struct ims_subscription *sub, const char *server_name,
                        const char *origin_host)
{
	if (sub->scscf_name == NULL || sub->scscf_host == NULL || sub->scscf_realm == NULL ||
	    scscf_name_equal(sub->scscf_name, server_name) ||
	    strcasecmp(sub->scscf_host, origin_host) == 0) {
		return false;
	}
	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].state != IMS_NOT_REGISTERED) {
			return true;
		}
	}
	return false;
}

/* User-Name, an IMPI that the S-CSCF knows with this set, and Associated-Identities, the others. */
static bool rtr_identities(struct ims_subscription *sub, struct ims_push *push)
{
	const enum ims_state state = ims_irs_state(sub, push->irs);

	push->associated = arena_array(&sub->arena, sub->n_registration, sizeof(*push->associated));
	for (size_t i = 0; push->associated != NULL && i < sub->n_registration; i++) {
		const struct ims_registration *reg = &sub->registration[i];
		const char *name = ims_impi_name(sub, reg->impi);

		if (reg->irs != push->irs || reg->state != state || name == NULL) {
			continue;
		}
		if (push->impi == NULL) {
			push->impi = name;
		} else {
			push->associated[push->n_associated++] = name;
		}
	}
	push->impu = ims_irs_impus(sub, push->irs, &push->n_impu);
	return push->impi != NULL && push->impu != NULL;
}

static bool rtr_add(struct ims_subscription *sub, unsigned irs, uint32_t reason)
{
	struct ims_push *push = ims_push_add(sub, IMS_PUSH_RTR);

	if (push == NULL) {
		return false;
	}
	push->irs = irs;
	push->reason = reason;
	return rtr_identities(sub, push);
}

static bool is_among(unsigned irs, const unsigned *sets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (sets[i] == irs) {
			return true;
		}
	}
	return false;
}

/* Registration number i is the first one of its set, and the old S-CSCF serves that set. */
static bool is_served_set(const struct ims_subscription *sub, size_t i)
{
	const unsigned irs = sub->registration[i].irs;

	for (size_t k = 0; k < i; k++) {
		if (sub->registration[k].irs == irs) {
			return false;
		}
	}
	return ims_irs_state(sub, irs) != IMS_NOT_REGISTERED;
}

bool cx_takeover_push(struct ims_subscription *sub, const struct cx_policy *policy,
                      const struct cx_scscf *by, const unsigned *taken, size_t n_taken)
{
	const size_t n_push = sub->n_push;
	const bool restoration =
		(sub->scscf_features & policy->features & CX_FEATURE_IMS_RESTORATION_IND) != 0;
	bool added = true;

	if (!cx_takeover_is_due(sub, by->name, by->host)) {
		return true;
	}
	/* First the sets that are taken, then the others. */
	for (int others = 0; others < 2; others++) {
		const uint32_t reason = others == 0 || restoration ? CX_REASON_NEW_SERVER_ASSIGNED
		                                                   : CX_REASON_SERVER_CHANGE;

		for (size_t i = 0; added && i < sub->n_registration; i++) {
			const unsigned irs = sub->registration[i].irs;

			if (is_served_set(sub, i) && is_among(irs, taken, n_taken) == !others) {
				added = rtr_add(sub, irs, reason);
			}
		}
	}
	if (!added) {
		sub->n_push = n_push;
	}
	return added;
}

static void set_end(struct ims_subscription *sub, unsigned irs)
{
	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].irs == irs) {
			sub->registration[i].state = IMS_NOT_REGISTERED;
			sub->registration[i].pending_since = 0;
		}
	}
	for (size_t i = 0; i < sub->n_restoration; i++) {
		if (sub->restoration[i].irs == irs) {
			sub->restoration[i].len = 0;
		}
	}
}

void cx_takeover_apply(struct ims_subscription *sub)
{
	for (size_t i = 0; i < sub->n_push; i++) {
		if (sub->push[i].kind == IMS_PUSH_RTR &&
		    sub->push[i].reason == CX_REASON_SERVER_CHANGE) {
			set_end(sub, sub->push[i].irs);
		}
	}
}
