/* Server-Assignment-Request: the S-CSCF reports what became of a user (TS 29.228 6.1.2.1). */
#include "hss/cx_check.h"
#include "hss/user_data.h"

/* What a Server-Assignment-Type does. */
enum sar_act {
	SAR_READ,         /* the profile, nothing else */
	SAR_REGISTER,     /* Registered, authentication done */
	SAR_UNREGISTERED, /* Unregistered: services for a user who is not registered */
	SAR_END,          /* Not Registered */
	SAR_END_KEEP,     /* Unregistered, by policy, so that the S-CSCF may keep the profile */
	SAR_AUTH_ENDED,   /* authentication failed or was not answered */
};

/* What a Server-Assignment-Type asks of the identities. */
enum {
	SINGLE = 1,     /* exactly one Public-Identity; else none or several */
	NEEDS_IMPI = 2, /* User-Name must be there */
	DISTINCT = 4,   /* not for a PSI, nor for an identity that merely matches a wildcard */
	AUTHENTICATED = SINGLE | NEEDS_IMPI | DISTINCT,
};

/* The rows of TS 29.228 6.1.2.1, steps 3 to 5; index is the Server-Assignment-Type. */
static const struct sar_type {
	const char *name;
	enum sar_act act;
	unsigned needs;
} sar_types[] = {
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

/* One implicit registration set that the request is about, and the IMPI's part in it. */
struct target {
	struct ims_registration *reg;
	enum ims_state state; /* of the whole set, before */
};

/* A request in work. */
struct sar {
	const struct cx_request *req;
	struct ims_subscription *sub;
	const struct cx_env *env;
	struct cx_answer *ans;
	const struct sar_type *type;
	enum sar_act act;
	const char *in_force; /* S-CSCF name; NULL: none */
	struct target target[IMS_IRS_MAX];
	size_t n_target;
	bool changed;
};

/* Whether the profile goes to the S-CSCF (types 0 to 3). */
static bool delivers_profile(enum sar_act act)
{
	return act == SAR_READ || act == SAR_REGISTER || act == SAR_UNREGISTERED;
}

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
			(struct target){.reg = reg, .state = ims_irs_state(sar->sub, reg->irs)};
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

/* TS 29.228 8.1.2, without restoration: an S-CSCF that is in force is not overwritten. */
static bool check_server_name(const struct sar *sar)
{
	const bool foreign = sar->in_force != NULL &&
	                     !scscf_name_equal(sar->in_force, sar->req->sar.server_name);

	if (sar->act == SAR_READ && (foreign || sar->in_force == NULL)) {
		cx_refuse(&sar->ans->verdict, CX_UNABLE_TO_COMPLY,
		          "%s refused: Server-Name is not the S-CSCF assigned", sar->type->name);
		return false;
	}
	if (foreign) {
		sar->ans->server_name = sar->in_force;
		cx_refuse(&sar->ans->verdict, CX_ERROR_IDENTITY_ALREADY_REGISTERED,
		          "%s refused: another S-CSCF is assigned, see Server-Name",
		          sar->type->name);
		return false;
	}
	return true;
}

/* Whether there is something to end: the set is Unregistered, or Registered by this IMPI. */
static bool target_can_end(const struct target *target)
{
	return target->state == IMS_UNREGISTERED ||
	       (target->state == IMS_REGISTERED && target->reg->state == IMS_REGISTERED);
}

static bool check_end(const struct sar *sar)
{
	bool any = false;

	for (size_t i = 0; i < sar->n_target; i++) {
		const struct target *target = &sar->target[i];

		if (sar->req->impi == NULL &&
		    ims_irs_registered_impis(sar->sub, target->reg->irs) > 1) {
			return refuse_avp(
				sar->ans, CX_MISSING_AVP, CX_VENDOR_NONE, CX_BASE_AVP_USER_NAME,
				"User-Name is missing: several private identities are registered");
		}
		any = any || target_can_end(target);
	}
	if (!any) {
		cx_refuse(&sar->ans->verdict, CX_ERROR_IN_ASSIGNMENT_TYPE,
		          "%s is not possible: %s is not registered", sar->type->name,
		          sar->req->n_impu > 0 ? sar->req->impu[0] : sar->req->impi);
	}
	return any;
}

/* Step 5, UNREGISTERED_USER: an IMPU that only matches a wildcard which is Registered. */
static bool check_wildcard(const struct sar *sar)
{
	const char *wildcard = cx_wildcard_matched(sar->req, sar->sub, 0);

	if (wildcard == NULL || sar->target[0].state != IMS_REGISTERED) {
		return true;
	}
	sar->ans->wildcarded_impu = wildcard;
	cx_refuse(&sar->ans->verdict, CX_ERROR_IN_ASSIGNMENT_TYPE,
	          "%s is not possible for %s: the wildcarded identity it matches is registered",
	          sar->type->name, sar->req->impu[0]);
	return false;
}

/* Step 5, what each type needs of the present state. */
static bool check_state(const struct sar *sar)
{
	switch (sar->act) {
	case SAR_READ:
	case SAR_REGISTER:
	case SAR_AUTH_ENDED:
		return true;
	case SAR_UNREGISTERED:
		return check_wildcard(sar);
	case SAR_END:
	case SAR_END_KEEP:
		return check_end(sar);
	}
	return false;
}

static void state_set(struct sar *sar, struct ims_registration *reg, enum ims_state state)
{
	sar->changed = sar->changed || reg->state != state;
	reg->state = state;
}

static void pending_clear(struct sar *sar, struct ims_registration *reg)
{
	sar->changed = sar->changed || reg->pending_since != 0;
	reg->pending_since = 0;
}

/* Every registration of a set that is in this state becomes Not Registered. */
static void set_clear(struct sar *sar, unsigned irs, enum ims_state state)
{
	for (size_t i = 0; i < sar->sub->n_registration; i++) {
		struct ims_registration *reg = &sar->sub->registration[i];

		if (reg->irs == irs && reg->state == state) {
			state_set(sar, reg, IMS_NOT_REGISTERED);
		}
	}
}

static void target_end(struct sar *sar, const struct target *target)
{
	const bool keep = sar->act == SAR_END_KEEP;
	const bool last = ims_irs_registered_impis(sar->sub, target->reg->irs) == 1;

	if (!target_can_end(target)) {
		return;
	}
	if (target->state == IMS_REGISTERED) {
		state_set(sar, target->reg, keep && last ? IMS_UNREGISTERED : IMS_NOT_REGISTERED);
	} else if (!keep) {
		set_clear(sar, target->reg->irs, IMS_UNREGISTERED);
	}
	if (ims_irs_state(sar->sub, target->reg->irs) == IMS_NOT_REGISTERED) {
		pending_clear(sar, target->reg);
	}
}

/* Step 5, the state after. */
static void target_apply(struct sar *sar, const struct target *target)
{
	struct ims_registration *reg = target->reg;

	switch (sar->act) {
	case SAR_READ:
		break;
	case SAR_REGISTER:
		state_set(sar, reg, IMS_REGISTERED);
		pending_clear(sar, reg);
		set_clear(sar, reg->irs, IMS_UNREGISTERED);
		break;
	case SAR_UNREGISTERED:
		if (target->state != IMS_UNREGISTERED) {
			set_clear(sar, reg->irs, IMS_REGISTERED);
			state_set(sar, reg, IMS_UNREGISTERED);
		}
		break;
	case SAR_END:
	case SAR_END_KEEP:
		target_end(sar, target);
		break;
	case SAR_AUTH_ENDED:
		if (sar->in_force != NULL) { /* else it is a repetition: nothing is left to end */
			pending_clear(sar, reg);
		}
		break;
	}
}

/* What the S-CSCF supports now, for the documents that it gets later (PPR). */
static void features_apply(struct sar *sar)
{
	const struct cx_features *told = &sar->req->features;
	const uint32_t list = told->present ? told->list : 0;

	if (delivers_profile(sar->act)) {
		sar->changed = sar->changed || sar->sub->scscf_features != list;
		sar->sub->scscf_features = list;
	}
}

/* The S-CSCF after: the requester, or none as soon as nothing holds it any more (8.1.3). */
static void scscf_apply(struct sar *sar, const struct cx_scscf *requester)
{
	const int64_t timeout = sar->env->policy->auth_pending_timeout;

	if (sar->act == SAR_REGISTER || sar->act == SAR_UNREGISTERED) {
		sar->changed = cx_scscf_set(sar->sub, requester) || sar->changed;
	} else if (sar->in_force != NULL &&
	           ims_scscf_in_force(sar->sub, sar->env->now, timeout) == NULL) {
		sar->changed = cx_scscf_set(sar->sub, NULL) || sar->changed;
	}
}

/* Index of the IMPI of this number; n_impi when the snapshot has none. */
static size_t impi_index(const struct ims_subscription *sub, unsigned no)
{
	size_t i = 0;

	while (i < sub->n_impi && sub->impi[i].no != no) {
		i++;
	}
	return i;
}

/* Associated-Identities: all IMPIs, when there are several. */
static enum hss_err associated_write(struct ims_subscription *sub, struct cx_answer *ans)
{
	const char **names = NULL;

	if (sub->n_impi < 2) {
		return HSS_OK;
	}
	names = arena_array(&sub->arena, sub->n_impi, sizeof(*names));
	if (names == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (size_t i = 0; i < sub->n_impi; i++) {
		names[i] = sub->impi[i].name;
	}
	ans->associated_impi = names;
	ans->n_associated_impi = sub->n_impi;
	return HSS_OK;
}

/* User-Name, for types 0 to 3 also the profile (6.6) and what goes with it. */
static enum hss_err data_write(const struct sar *sar)
{
	const struct ims_registration *reg = sar->target[0].reg;
	struct user_data_want want = {
		.impi = impi_index(sar->sub, reg->impi),
		.irs = reg->irs,
		.features = cx_features_common(sar->req, sar->env->policy),
	};
	enum hss_err err = HSS_OK;

	if (want.impi == sar->sub->n_impi) {
		return HSS_ERR_NOT_FOUND;
	}
	sar->ans->impi = sar->sub->impi[want.impi].name;
	if (!delivers_profile(sar->act)) {
		return HSS_OK;
	}
	sar->ans->wildcarded_impu = cx_wildcard_matched(sar->req, sar->sub, 0);
	err = associated_write(sar->sub, sar->ans);
	if (err == HSS_OK && !sar->req->sar.user_data_already_available) {
		if (sar->ans->wildcarded_impu != NULL) {
			want.matched = sar->req->impu[0];
			want.wildcard = cx_asked_impu(sar->req, sar->sub, 0);
		}
		err = user_data_write(sar->sub, &want, &sar->ans->user_data,
		                      &sar->ans->user_data_len);
	}
	return err;
}

static void fail(const struct sar *sar, enum hss_err err)
{
	const struct cx_features features = sar->ans->features;

	cx_answer_fail(sar->ans, sar->req->command, err);
	sar->ans->features = features;
	cx_refuse(&sar->ans->verdict, CX_UNABLE_TO_COMPLY,
	          "the user profile cannot be delivered: %s",
	          err == HSS_ERR_LIMIT ? "an answer of 64 KiB has no room for it"
	                               : hss_err_text(err));
}

/* All checks passed. What can fail comes first, so that a failure leaves the snapshot as it was. */
static void sar_apply(struct sar *sar)
{
	struct cx_scscf requester = {0};
	enum hss_err err = data_write(sar);

	if (err == HSS_OK &&
	    !cx_scscf_copy(sar->sub, sar->req, sar->req->sar.server_name, &requester)) {
		err = HSS_ERR_MEMORY;
	}
	if (err != HSS_OK) {
		fail(sar, err);
		return;
	}
	for (size_t i = 0; i < sar->n_target; i++) {
		target_apply(sar, &sar->target[i]);
	}
	scscf_apply(sar, &requester);
	features_apply(sar);
	sar->ans->verdict.result =
		sar->act != sar->type->act ? CX_SUCCESS_SERVER_NAME_NOT_STORED : CX_SUCCESS;
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
	sar.act = sar.type->act;
	if (sar.act == SAR_END_KEEP && !env->policy->store_server_name) {
		sar.act = SAR_END; /* answered with SERVER_NAME_NOT_STORED */
	}
	sar.in_force = ims_scscf_in_force(sub, env->now, env->policy->auth_pending_timeout);
	/* Step 1: the identities exist. 2: they belong together. 3: their number. 4: their kind. */
	if (!check_presence(&sar) || !cx_check_known(req, sub, ans) ||
	    !cx_check_owned(req, sub, ans) || !check_single(&sar) || !check_kind(&sar)) {
		return false;
	}
	/* Step 5: by type. */
	if (targets_find(&sar) && check_server_name(&sar) && check_state(&sar)) {
		sar_apply(&sar);
	}
	return sar.changed;
}
