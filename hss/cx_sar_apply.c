/* What a Server-Assignment-Request that passed its checks changes, and what it is answered. */
#include "hss/cx_sar.h"

#include <string.h>

#include "hss/user_data.h"

/*
 * Octets that the AVPs may take whose size depends on the subscriber, headers and padding included.
 * The rest of the 64 KiB is for those that every SAA has, of which Session-Id, Origin-Host,
 * Origin-Realm, User-Name and Wildcarded-Public-Identity can be long.
 */
enum {
	SAA_DATA_LEN_MAX = 63000,
	/* Of that what S-CSCFs leave for one set, so that the profile goes with it: the longest
	 * one and some of the usual length. */
	RESTORATION_DATA_LEN_MAX = 40000,
	AVP_HEADER_LEN = 12,
};

/* All that needs memory, made before anything is changed. */
struct prepared {
	struct cx_scscf requester;
	struct ims_restoration *kept; /* NULL: nothing to keep */
	const uint8_t *octets;        /* what it is to hold */
};

const char *sar_wildcard_unknown(const struct sar *sar)
{
	const char *wildcard = cx_wildcard_matched(sar->req, sar->sub, 0);
	const char *told = sar->req->sar.wildcarded_impu;

	return wildcard != NULL && told != NULL && strcmp(wildcard, told) == 0 ? NULL : wildcard;
}

/* Whether the profile goes to the S-CSCF (types 0 to 3). */
static bool delivers_profile(enum sar_act act)
{
	return act == SAR_READ || act == SAR_REGISTER || act == SAR_UNREGISTERED ||
	       act == SAR_RESTORE;
}

/* ---- The answer ---- */

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

/* Associated-Registered-Identities: the other IMPIs that are registered with the set. */
static enum hss_err registered_write(const struct sar *sar)
{
	const struct ims_registration *own = sar->target[0].reg;
	struct ims_subscription *sub = sar->sub;
	const char **names = NULL;
	size_t n = 0;

	if (sar->type->act != SAR_REGISTER || !sar_restoration(sar)) {
		return HSS_OK;
	}
	names = arena_array(&sub->arena, sub->n_registration, sizeof(*names));
	if (names == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (size_t i = 0; i < sub->n_registration; i++) {
		const struct ims_registration *reg = &sub->registration[i];
		const size_t impi = impi_index(sub, reg->impi);

		if (reg != own && reg->irs == own->irs && reg->state == IMS_REGISTERED &&
		    impi < sub->n_impi) {
			names[n++] = sub->impi[impi].name;
		}
	}
	sar->ans->registered_impi = names;
	sar->ans->n_registered_impi = n;
	return HSS_OK;
}

/*
 * SCSCF-Restoration-Info of the set: all of it, but for a registration beside others (type 1) that
 * of the IMPI.
 */
static enum hss_err restoration_write(const struct sar *sar)
{
	const struct ims_registration *own = sar->target[0].reg;
	struct ims_subscription *sub = sar->sub;
	struct cx_restoration *list = NULL;
	size_t n = 0;

	if (!sar_restoration(sar) || (sar->act != SAR_READ && sar->act != SAR_RESTORE)) {
		return HSS_OK;
	}
	list = arena_array(&sub->arena, sub->n_restoration, sizeof(*list));
	if (list == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (size_t i = 0; i < sub->n_restoration; i++) {
		const struct ims_restoration *kept = &sub->restoration[i];
		const size_t impi = impi_index(sub, kept->impi);

		if (kept->irs != own->irs || kept->len == 0 || impi == sub->n_impi ||
		    (sar->type->act == SAR_REGISTER && kept->impi != own->impi)) {
			continue;
		}
		list[n++] = (struct cx_restoration){
			.impi = sub->impi[impi].name, .octets = kept->octets, .len = kept->len};
	}
	sar->ans->restoration = list;
	sar->ans->n_restoration = n;
	return HSS_OK;
}

/* What is said of the IMPUs of a set as a whole. */
static void indications_write(const struct sar *sar)
{
	for (size_t i = 0; i < sar->sub->n_impu; i++) {
		const struct ims_impu *impu = &sar->sub->impu[i];

		if (impu->irs == sar->target[0].reg->irs) {
			sar->ans->loose_route |= impu->loose_route;
			sar->ans->privileged_sender |= impu->privileged_sender;
		}
	}
}

/* User-Data, with it Charging-Information; unless the S-CSCF has them (6.6). */
static enum hss_err profile_write(const struct sar *sar, size_t impi)
{
	struct user_data_want want = {
		.impi = impi,
		.irs = sar->target[0].reg->irs,
		.features = sar->features,
	};

	if (sar->req->sar.user_data_already_available) {
		return HSS_OK;
	}
	if (cx_wildcard_matched(sar->req, sar->sub, 0) != NULL) {
		want.matched = sar->req->impu[0];
		want.wildcard = cx_asked_impu(sar->req, sar->sub, 0);
	}
	sar->ans->charging = sar->sub->charging;
	return user_data_write(sar->sub, &want, &sar->ans->user_data, &sar->ans->user_data_len);
}

/* An AVP of so many octets on the wire, its header that of a vendor. */
static size_t avp_len(size_t len)
{
	return AVP_HEADER_LEN + (len + 3) / 4 * 4;
}

static size_t text_len(const char *text)
{
	return text == NULL ? 0 : avp_len(strlen(text));
}

static size_t names_len(const char *const *names, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		len += text_len(names[i]);
	}
	return n == 0 ? 0 : avp_len(len);
}

static size_t restoration_len(const char *impi, size_t len)
{
	return avp_len(text_len(impi) + len);
}

bool sar_restoration_fits(const struct sar *sar)
{
	const struct ims_registration *reg = sar->target[0].reg;
	size_t len = restoration_len(sar->req->impi, sar->req->sar.restoration_len);

	for (size_t i = 0; i < sar->sub->n_restoration; i++) {
		const struct ims_restoration *kept = &sar->sub->restoration[i];

		if (kept->irs == reg->irs && kept->impi != reg->impi && kept->len > 0) {
			len += restoration_len(ims_impi_name(sar->sub, kept->impi), kept->len);
		}
	}
	return len <= RESTORATION_DATA_LEN_MAX;
}

static size_t charging_len(const struct ims_charging *charging)
{
	return charging == NULL ? 0
	                        : avp_len(text_len(charging->primary_ccf) +
	                                  text_len(charging->secondary_ccf) +
	                                  text_len(charging->primary_ecf) +
	                                  text_len(charging->secondary_ecf));
}

/*
 * Whether the answer stays under 64 KiB. Associated-Identities are optional (table 6.1.2.2) and
 * make room; an S-CSCF must not miss anything else.
 */
static bool answer_fits(struct cx_answer *ans)
{
	const size_t associated =
		names_len((const char *const *)ans->associated_impi, ans->n_associated_impi);
	size_t len = charging_len(ans->charging) +
	             names_len((const char *const *)ans->registered_impi, ans->n_registered_impi);

	if (ans->user_data != NULL) {
		len += avp_len(ans->user_data_len);
	}
	for (size_t i = 0; i < ans->n_restoration; i++) {
		len += restoration_len(ans->restoration[i].impi, ans->restoration[i].len);
	}
	if (len + associated > SAA_DATA_LEN_MAX) {
		ans->associated_impi = NULL;
		ans->n_associated_impi = 0;
	}
	return len <= SAA_DATA_LEN_MAX;
}

/* User-Name, for types 0 to 3 also the profile and what goes with it. */
static enum hss_err data_write(const struct sar *sar)
{
	const size_t impi = impi_index(sar->sub, sar->target[0].reg->impi);
	enum hss_err err = HSS_OK;

	if (impi == sar->sub->n_impi) {
		return HSS_ERR_NOT_FOUND;
	}
	sar->ans->impi = sar->sub->impi[impi].name;
	if (!delivers_profile(sar->act)) {
		return HSS_OK;
	}
	sar->ans->wildcarded_impu = sar_wildcard_unknown(sar);
	indications_write(sar);
	err = associated_write(sar->sub, sar->ans);
	if (err == HSS_OK) {
		err = registered_write(sar);
	}
	if (err == HSS_OK) {
		err = restoration_write(sar);
	}
	if (err == HSS_OK) {
		err = profile_write(sar, impi);
	}
	return err == HSS_OK && !answer_fits(sar->ans) ? HSS_ERR_LIMIT : err;
}

/* ---- What changes ---- */

/* What the S-CSCF leaves for the one that may have to take over (types 1 and 2). */
static bool restoration_prepare(struct sar *sar, struct prepared *prepared)
{
	const struct ims_registration *reg = sar->target[0].reg;
	const struct cx_sar *asked = &sar->req->sar;

	if (sar->act != SAR_REGISTER || !sar_restoration(sar) || asked->restoration == NULL) {
		return true;
	}
	prepared->octets = (const uint8_t *)arena_text(
		&sar->sub->arena, (const char *)asked->restoration, asked->restoration_len);
	prepared->kept = ims_restoration_put(sar->sub, reg->impi, reg->irs);
	return prepared->octets != NULL && prepared->kept != NULL;
}

static bool takeover_prepare(const struct sar *sar, const struct cx_scscf *requester)
{
	unsigned taken[IMS_IRS_MAX];

	if (!sar->takes_over) {
		return true;
	}
	for (size_t i = 0; i < sar->n_target; i++) {
		taken[i] = sar->target[i].reg->irs;
	}
	return cx_takeover_push(sar->sub, sar->env->policy, requester, taken, sar->n_target);
}

static enum hss_err prepare(struct sar *sar, struct prepared *prepared)
{
	const enum hss_err err = data_write(sar);

	if (err != HSS_OK) {
		return err;
	}
	return cx_scscf_copy(sar->sub, sar->req, sar->req->sar.server_name, &prepared->requester) &&
	                       restoration_prepare(sar, prepared) &&
	                       takeover_prepare(sar, &prepared->requester)
	               ? HSS_OK
	               : HSS_ERR_MEMORY;
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

/* What an S-CSCF left for a restoration: gone for one IMPI, or with 0 for all of the set. */
static void restoration_remove(struct sar *sar, unsigned impi, unsigned irs)
{
	for (size_t i = 0; i < sar->sub->n_restoration; i++) {
		struct ims_restoration *kept = &sar->sub->restoration[i];

		if (kept->irs == irs && kept->len > 0 && (impi == 0 || kept->impi == impi)) {
			kept->len = 0;
			sar->changed = true;
		}
	}
}

static void restoration_keep(struct sar *sar, const struct prepared *prepared)
{
	struct ims_restoration *kept = prepared->kept;
	const size_t len = sar->req->sar.restoration_len;

	if (kept == NULL ||
	    (kept->len == len && memcmp(kept->octets, prepared->octets, len) == 0)) {
		return;
	}
	kept->octets = prepared->octets;
	kept->len = len;
	sar->changed = true;
}

static void target_end(struct sar *sar, const struct sar_target *target)
{
	const bool keep = sar->act == SAR_END_KEEP;
	const bool last = ims_irs_registered_impis(sar->sub, target->reg->irs) == 1;

	if (!sar_can_end(target)) {
		return;
	}
	if (target->state == IMS_REGISTERED) {
		state_set(sar, target->reg, keep && last ? IMS_UNREGISTERED : IMS_NOT_REGISTERED);
	} else if (!keep) {
		set_clear(sar, target->reg->irs, IMS_UNREGISTERED);
	}
	restoration_remove(sar, target->reg->impi, target->reg->irs);
	if (ims_irs_state(sar->sub, target->reg->irs) == IMS_NOT_REGISTERED) {
		pending_clear(sar, target->reg);
	}
}

/* Step 5, the state after. */
static void target_apply(struct sar *sar, const struct sar_target *target)
{
	struct ims_registration *reg = target->reg;

	switch (sar->act) {
	case SAR_READ:
	case SAR_RESTORE:
		break;
	case SAR_REGISTER:
		state_set(sar, reg, IMS_REGISTERED);
		pending_clear(sar, reg);
		set_clear(sar, reg->irs, IMS_UNREGISTERED);
		break;
	case SAR_UNREGISTERED:
		if (target->state != IMS_UNREGISTERED) {
			set_clear(sar, reg->irs, IMS_REGISTERED);
			restoration_remove(sar, 0, reg->irs);
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
	const bool assigned = sar->act == SAR_READ || sar->act == SAR_REGISTER ||
	                      sar->act == SAR_UNREGISTERED || sar->takes_over;
	const struct cx_features *told = &sar->req->features;
	const uint32_t list = told->present ? told->list : 0;

	if (assigned && sar->sub->scscf_name != NULL) {
		sar->changed = sar->changed || sar->sub->scscf_features != list;
		sar->sub->scscf_features = list;
	}
}

/*
 * The S-CSCF after: the requester, which is then not to be replaced any more, or none as soon as
 * nothing holds it (8.1.2, 8.1.3).
 */
static void scscf_apply(struct sar *sar, const struct cx_scscf *requester)
{
	const int64_t timeout = sar->env->policy->auth_pending_timeout;
	struct ims_subscription *sub = sar->sub;

	if (sar->takes_over || sar->act == SAR_REGISTER || sar->act == SAR_UNREGISTERED) {
		sar->changed =
			cx_scscf_set(sub, requester) || sar->changed || sub->reassignment_pending;
		sub->reassignment_pending = false;
	}
	if (sar->in_force != NULL && ims_scscf_in_force(sub, sar->env->now, timeout) == NULL) {
		sar->changed = cx_scscf_set(sub, NULL) || sar->changed;
	}
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

static void verdict_write(const struct sar *sar)
{
	struct cx_verdict *verdict = &sar->ans->verdict;

	if (sar->act == SAR_RESTORE) {
		cx_refuse(verdict, CX_ERROR_IN_ASSIGNMENT_TYPE,
		          "%s is not needed: %s is registered, to be restored by the S-CSCF",
		          sar->type->name, sar->req->impu[0]);
	} else if (sar->act != sar->type->act) { /* 6 or 7 done as 4 or 5 */
		verdict->result = CX_SUCCESS_SERVER_NAME_NOT_STORED;
	} else {
		verdict->result = CX_SUCCESS;
	}
}

void sar_apply(struct sar *sar)
{
	struct prepared prepared = {0};
	const enum hss_err err = prepare(sar, &prepared);

	if (err != HSS_OK) {
		fail(sar, err);
		return;
	}
	if (sar->takes_over) {
		cx_takeover_apply(sar->sub);
	}
	for (size_t i = 0; i < sar->n_target; i++) {
		target_apply(sar, &sar->target[i]);
	}
	restoration_keep(sar, &prepared);
	scscf_apply(sar, &prepared.requester);
	features_apply(sar);
	verdict_write(sar);
}
