/* Server-Assignment-Request: the S-CSCF reports what became of a user (TS 29.228 6.1.2.1). */
#include <string.h>

#include "hss/cx_sar.h"

/* What a Server-Assignment-Type asks of the identities. */
enum {
	SINGLE = 1,     /* exactly one Public-Identity; else none or several */
	NEEDS_IMPI = 2, /* User-Name must be there */
	DISTINCT = 4,   /* not for a PSI, nor for an identity that merely matches a wildcard */
	AUTHENTICATED = SINGLE | NEEDS_IMPI | DISTINCT,
};

/* The rows of TS 29.228 6.1.2.1, steps 3 to 5; index is the Server-Assignment-Type. */
static const struct sar_type sar_types[] = {
	{"NO_ASSIGNMENT", SAR_READ, SINGLE},
	{"REGISTRATION", SAR_REGISTER, AUTHENTICATED},
	{"RE_REGISTRATION", SAR_REGISTER, AUTHENTICATED},
	{"UNREGISTERED_USER", SAR_UNREGISTERED, SINGLE},
	{"TIMEOUT_DEREGISTRATION", SAR_END, 0},
	{"USER_DEREGISTRATION", SAR_END, DISTINCT},
	{"TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME", SAR_END_KEEP, 0},
	{"USER_DEREGISTRATION_STORE_SERVER_NAME", SAR_END_KEEP, DISTINCT},
	{"ADMINISTRATIVE_DEREGISTRATION", SAR_END, 0},
	{"AUTHENTICATION_FAILURE", SAR_AUTH_ENDED, AUTHENTICATED},
	{"AUTHENTICATION_TIMEOUT", SAR_AUTH_ENDED, AUTHENTICATED},
	{"DEREGISTRATION_TOO_MUCH_DATA", SAR_END, 0},
};

enum { N_SAR_TYPES = sizeof(sar_types) / sizeof(sar_types[0]) };

_Static_assert(N_SAR_TYPES == CX_SAT_DEREGISTRATION_TOO_MUCH_DATA + 1, "a row for each type");

static bool refuse_avp(struct cx_answer *ans, enum cx_result result, uint32_t vendor, uint32_t avp,
                       const char *what)
{
	ans->verdict.failed_avp = avp;
	ans->verdict.failed_avp_vendor = vendor;
	cx_refuse(&ans->verdict, result, "%s", what);
	return false;
}

static bool check_type(const struct cx_request *req, struct cx_answer *ans)
{
	if (req->sar.type < N_SAR_TYPES) {
		return true;
	}
	if (req->sar.type > CX_SAT_RESTORATION) {
		return refuse_avp(ans, CX_INVALID_AVP_VALUE, CX_VENDOR_3GPP,
		                  CX_AVP_SERVER_ASSIGNMENT_TYPE,
		                  "this Server-Assignment-Type does not exist");
	}
	cx_refuse(&ans->verdict, CX_ERROR_IN_ASSIGNMENT_TYPE,
	          "Server-Assignment-Type %u is not one of Cx", (unsigned)req->sar.type);
	return false;
}

/* The identities that the type needs are there (TS 29.228 table 6.1.2.1). */
static bool check_presence(const struct sar *sar)
{
	if ((sar->type->needs & SINGLE) != 0 && sar->req->n_impu == 0) {
		return refuse_avp(sar->ans, CX_MISSING_AVP, CX_VENDOR_3GPP, CX_AVP_PUBLIC_IDENTITY,
		                  "Public-Identity is missing for this Server-Assignment-Type");
	}
	if (sar->req->impi == NULL &&
	    ((sar->type->needs & NEEDS_IMPI) != 0 || sar->req->n_impu == 0)) {
		return refuse_avp(sar->ans, CX_MISSING_AVP, CX_VENDOR_NONE, CX_BASE_AVP_USER_NAME,
		                  "User-Name is missing for this Server-Assignment-Type");
	}
	return true;
}

/* Step 3. */
static bool check_single(const struct sar *sar)
{
	if ((sar->type->needs & SINGLE) == 0 || sar->req->n_impu == 1) {
		return true;
	}
	sar->ans->verdict.failed_avp_index = 1;
	return refuse_avp(sar->ans, CX_AVP_OCCURS_TOO_MANY_TIMES, CX_VENDOR_3GPP,
	                  CX_AVP_PUBLIC_IDENTITY,
	                  "only one Public-Identity is allowed for this Server-Assignment-Type");
}

/* Step 4. */
static bool check_kind(const struct sar *sar)
{
	for (size_t i = 0; i < sar->req->n_impu; i++) {
		const struct ims_impu *impu = cx_asked_impu(sar->req, sar->sub, i);

		if ((sar->type->needs & DISTINCT) != 0 && impu->kind != IMPU_DISTINCT) {
			cx_refuse(&sar->ans->verdict, CX_ERROR_IN_ASSIGNMENT_TYPE,
			          "%s is not possible for %s: no distinct public user identity",
			          sar->type->name, sar->req->impu[i]);
			return false;
		}
		if (!cx_check_psi_active(sar->req, sar->sub, i, sar->ans)) {
			return false;
		}
	}
	return true;
}

/* Of a set, the registration of the IMPI given; without one, of the IMPI that is the furthest. */
static struct ims_registration *registration_find(const struct ims_subscription *sub,
                                                  const struct ims_impi *impi, unsigned irs)
{
	struct ims_registration *found = NULL;

	if (impi != NULL) {
		return ims_registration_of(sub, impi->no, irs);
	}
	for (size_t i = 0; i < sub->n_registration; i++) {
		struct ims_registration *reg = &sub->registration[i];

		if (reg->irs == irs && (found == NULL || reg->state > found->state)) {
			found = reg;
		}
	}
	return found;
}

/* Add a set, once. */
static void target_add(struct sar *sar, struct ims_registration *reg)
{
	for (size_t i = 0; i < sar->n_target; i++) {
		if (sar->target[i].reg->irs == reg->irs) {
			return;
		}
	}
	if (sar->n_target < IMS_IRS_MAX) {
		sar->target[sar->n_target++] =
			(struct sar_target){.reg = reg, .state = ims_irs_state(sar->sub, reg->irs)};
	}
}

/* The sets of the IMPUs named; with none named every set of the IMPI. */
static bool targets_find(struct sar *sar)
{
	struct ims_subscription *sub = sar->sub;
	const struct ims_impi *impi = cx_asked_impi(sar->req, sub);

	for (size_t i = 0; i < sar->req->n_impu; i++) {
		struct ims_registration *reg =
			registration_find(sub, impi, cx_asked_impu(sar->req, sub, i)->irs);

		if (reg == NULL) {
			cx_refuse(&sar->ans->verdict, CX_UNABLE_TO_COMPLY,
			          "no private identity belongs to public identity %s",
			          sar->req->impu[i]);
			return false;
		}
		target_add(sar, reg);
	}
	for (size_t i = 0; sar->req->n_impu == 0 && i < sub->n_registration; i++) {
		if (sub->registration[i].impi == impi->no) {
			target_add(sar, &sub->registration[i]);
		}
	}
	if (sar->n_target == 0) {
		cx_refuse(&sar->ans->verdict, CX_ERROR_IN_ASSIGNMENT_TYPE,
		          "%s is not possible: %s has no public identity", sar->type->name,
		          sar->req->impi);
	}
	return sar->n_target > 0;
}

/*
 * TS 29.228 8.1.2: an S-CSCF that is in force is not overwritten, unless it is to be reassigned and
 * the requester supports IMS restoration.
 */
static bool check_server_name(struct sar *sar)
{
	const bool foreign = sar->in_force != NULL &&
	                     !scscf_name_equal(sar->in_force, sar->req->sar.server_name);

	sar->takes_over = foreign && sar_restoration(sar) && sar->sub->reassignment_pending;
	if (sar->act == SAR_READ && ((foreign && !sar->takes_over) || sar->in_force == NULL)) {
		cx_refuse(&sar->ans->verdict, CX_UNABLE_TO_COMPLY,
		          "%s refused: Server-Name is not the S-CSCF assigned", sar->type->name);
		return false;
	}
	if (foreign && !sar->takes_over) {
		sar->ans->server_name = sar->in_force;
		cx_refuse(&sar->ans->verdict, CX_ERROR_IDENTITY_ALREADY_REGISTERED,
		          "%s refused: another S-CSCF is assigned, see Server-Name",
		          sar->type->name);
		return false;
	}
	return true;
}

/* Whom the request names, for a message. */
static const char *named(const struct cx_request *req)
{
	return req->n_impu > 0 ? req->impu[0] : req->impi;
}

/*
 * SAR-Flags bit 0 asks to have the P-CSCF restored through the serving nodes (TS 23.380 5.4), which
 * this HSS has no interface to. It means something with types 3 and 8 only.
 */
static bool check_pcscf_restoration(const struct sar *sar)
{
	if (!sar->req->sar.pcscf_restoration ||
	    (sar->req->sar.type != CX_SAT_UNREGISTERED_USER &&
	     sar->req->sar.type != CX_SAT_ADMINISTRATIVE_DEREGISTRATION)) {
		return true;
	}
	cx_refuse(&sar->ans->verdict, CX_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED,
	          "no serving node can restore the P-CSCF of %s", named(sar->req));
	return false;
}

/* What is kept for a restoration belongs to the IMPI that registers, and can be given back. */
static bool check_restoration(const struct sar *sar)
{
	const struct cx_sar *asked = &sar->req->sar;

	if (sar->type->act != SAR_REGISTER || !sar_restoration(sar) || asked->restoration == NULL) {
		return true;
	}
	if (strcmp(asked->restoration_impi, sar->req->impi) != 0) {
		return refuse_avp(sar->ans, CX_INVALID_AVP_VALUE, CX_VENDOR_3GPP,
		                  CX_AVP_SCSCF_RESTORATION_INFO,
		                  "SCSCF-Restoration-Info is about another User-Name");
	}
	if (sar->act != SAR_REGISTER || sar_restoration_fits(sar)) {
		return true;
	}
	cx_refuse(&sar->ans->verdict, CX_UNABLE_TO_COMPLY,
	          "SCSCF-Restoration-Info of the implicit set would not fit into one answer");
	return false;
}

static bool check_end(const struct sar *sar)
{
	bool any = false;

	for (size_t i = 0; i < sar->n_target; i++) {
		const struct sar_target *target = &sar->target[i];

		if (sar->req->impi == NULL &&
		    ims_irs_registered_impis(sar->sub, target->reg->irs) > 1) {
			return refuse_avp(
				sar->ans, CX_MISSING_AVP, CX_VENDOR_NONE, CX_BASE_AVP_USER_NAME,
				"User-Name is missing: several private identities are registered");
		}
		any = any || sar_can_end(target);
	}
	if (!any) {
		cx_refuse(&sar->ans->verdict, CX_ERROR_IN_ASSIGNMENT_TYPE,
		          "%s is not possible: %s is not registered", sar->type->name,
		          named(sar->req));
	}
	return any;
}

/* Step 5, UNREGISTERED_USER: an IMPU that only matches a wildcard which is Registered, and the
 * S-CSCF does not know that. */
static bool check_wildcard(const struct sar *sar)
{
	const char *wildcard = sar_wildcard_unknown(sar);

	if (wildcard == NULL || sar->target[0].state != IMS_REGISTERED) {
		return true;
	}
	sar->ans->wildcarded_impu = wildcard;
	cx_refuse(&sar->ans->verdict, CX_ERROR_IN_ASSIGNMENT_TYPE,
	          "%s is not possible for %s: the wildcarded identity it matches is registered",
	          sar->type->name, sar->req->impu[0]);
	return false;
}

/*
 * What the request comes to. With IMS restoration an S-CSCF that does not know of a registration is
 * told to restore it: when it has a call for a Registered user, or a registration beside others
 * (TS 29.228 6.1.2.1, TS 23.380 4).
 */
static enum sar_act act_of(const struct sar *sar)
{
	const struct sar_target *target = &sar->target[0];
	const enum sar_act act = sar->type->act;
	const struct ims_restoration *kept = NULL;

	if (act == SAR_END_KEEP && !sar->env->policy->store_server_name) {
		return SAR_END; /* answered with SERVER_NAME_NOT_STORED */
	}
	if (!sar_restoration(sar) || target->state != IMS_REGISTERED) {
		return act;
	}
	if (act == SAR_UNREGISTERED) {
		return SAR_RESTORE;
	}
	if (sar->req->sar.type != CX_SAT_REGISTRATION || !sar->req->sar.multiple_registration) {
		return act;
	}
	kept = ims_restoration_of(sar->sub, target->reg->impi, target->reg->irs);
	return kept != NULL && kept->len > 0 ? SAR_RESTORE : act;
}

/* Step 5, what each type needs of the present state. */
static bool check_state(const struct sar *sar)
{
	switch (sar->type->act) {
	case SAR_UNREGISTERED:
		return check_wildcard(sar);
	case SAR_END:
	case SAR_END_KEEP:
		return check_end(sar);
	case SAR_READ:
	case SAR_REGISTER:
	case SAR_AUTH_ENDED:
	case SAR_RESTORE: /* of no type */
		break;
	}
	return true;
}

bool cx_sar_decide(const struct cx_request *req, struct ims_subscription *sub,
                   const struct cx_env *env, struct cx_answer *ans)
{
	struct sar sar = {.req = req, .sub = sub, .env = env, .ans = ans};

	ans->command = req->command;
	if (!cx_check_features(req, env->policy, ans) || !check_type(req, ans)) {
		return false;
	}
	sar.type = &sar_types[req->sar.type];
	sar.features = cx_features_common(req, env->policy);
	sar.in_force = ims_scscf_in_force(sub, env->now, env->policy->auth_pending_timeout);
	/* Step 1: the identities exist. 2: they belong together. 3: their number. 4: their kind. */
	if (!check_presence(&sar) || !cx_check_known(req, sub, ans) ||
	    !cx_check_owned(req, sub, ans) || !check_single(&sar) || !check_kind(&sar) ||
	    !targets_find(&sar)) {
		return false;
	}
	/* Step 5: by type. */
	sar.act = act_of(&sar);
	if (check_server_name(&sar) && check_pcscf_restoration(&sar) && check_restoration(&sar) &&
	    check_state(&sar)) {
		sar_apply(&sar);
	}
	return sar.changed;
}
