#include "hss/push_plan.h"

#include <string.h>

#include "hss/cx.h"
#include "hss/cx_check.h"

/* A registration that the change ends. */
struct ended {
	unsigned impi;
	unsigned irs;
};

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Whether nothing of the subscription is served, nor about to be. */
static bool is_at_rest(const struct ims_subscription *sub)
{
	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].state != IMS_NOT_REGISTERED ||
		    sub->registration[i].pending_since != 0) {
			return false;
		}
	}
	return true;
}

static void registration_end(struct ims_subscription *sub, struct ims_registration *reg)
{
	struct ims_restoration *restoration = ims_restoration_of(sub, reg->impi, reg->irs);

	reg->state = IMS_NOT_REGISTERED;
	reg->pending_since = 0;
	if (restoration != NULL) {
		restoration->len = 0; /* TS 29.228 8.1.3: what was kept for it goes */
	}
}

/* The names of the IMPUs of a set of `from`, in order; the array is in the memory of `to`. */
static const char **set_impus(const struct ims_subscription *from, struct ims_subscription *to,
                              unsigned irs, size_t *n)
{
	const char **names = arena_array(&to->arena, from->n_impu, sizeof(*names));

	*n = 0;
	for (size_t i = 0; names != NULL && i < from->n_impu; i++) {
		if (from->impu[i].irs == irs) {
			names[(*n)++] = from->impu[i].name;
		}
	}
	return names;
}

/*
 * An RTR for one set: User-Name is the first IMPI, the others are Associated-Identities.
 *
 *   from  whose identities it names
 *   to    whose push list it joins, and whose S-CSCF gets it: none when its address is not known
 */
static enum hss_err rtr_add(const struct ims_subscription *from, struct ims_subscription *to,
                            const struct ended *ended, size_t n, uint32_t reason, const char *info)
{
	const char **names = arena_array(&to->arena, n, sizeof(*names));
	struct ims_push *push = NULL;
	size_t n_impu = 0;
	const char **impu = set_impus(from, to, ended[0].irs, &n_impu);
	size_t n_names = 0;

	if (to->scscf_host == NULL || to->scscf_realm == NULL) {
		return HSS_OK;
	}
	push = ims_push_add(to, IMS_PUSH_RTR);
	if (names == NULL || impu == NULL || push == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (size_t i = 0; i < n; i++) {
		const struct ims_impi *impi = ims_impi_of(from, ended[i].impi);

		if (impi != NULL) {
			names[n_names++] = impi->name;
		}
	}
	if (n_names == 0) {
		to->n_push--;
		return HSS_OK;
	}
	push->impi = names[0];
	push->associated = names + 1;
	push->n_associated = n_names - 1;
	push->irs = ended[0].irs;
	push->impu = impu;
	push->n_impu = n_impu;
	push->reason = reason;
	push->reason_info = info;
	return HSS_OK;
}

/* What of a set is served, by the IMPI given or by any. Returns how many were found. */
static size_t served_of(const struct ims_subscription *sub, unsigned impi, unsigned irs,
                        struct ended ended[static IMS_IMPI_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < sub->n_registration && n < IMS_IMPI_MAX; i++) {
		const struct ims_registration *reg = &sub->registration[i];

		if (reg->irs == irs && (impi == 0 || reg->impi == impi) &&
		    reg->state != IMS_NOT_REGISTERED) {
			ended[n++] = (struct ended){.impi = reg->impi, .irs = irs};
		}
	}
	return n;
}

/* Whether the set of registration number i was met before, at a lower number. */
static bool is_repeated(const struct ims_subscription *sub, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (sub->registration[k].irs == sub->registration[i].irs) {
			return true;
		}
	}
	return false;
}

enum hss_err push_plan_deregistration(struct ims_subscription *sub, unsigned impi, unsigned irs,
                                      uint32_t reason, const char *info, size_t *n)
{
	enum hss_err err = HSS_OK;

	*n = 0;
	for (size_t i = 0; i < sub->n_registration && err == HSS_OK; i++) {
		const unsigned set = sub->registration[i].irs;
		struct ended ended[IMS_IMPI_MAX];
		size_t n_ended = 0;

		if (is_repeated(sub, i) || (irs != 0 && set != irs)) {
			continue;
		}
		/* 6.1.3: for identities that are not registered any more. */
		if (reason != CX_REASON_REMOVE_S_CSCF ||
		    ims_irs_state(sub, set) == IMS_UNREGISTERED) {
			n_ended = served_of(sub, impi, set, ended);
		}
		if (n_ended > 0) {
			err = rtr_add(sub, sub, ended, n_ended, reason, info);
			(*n)++;
		}
		for (size_t k = 0; k < n_ended && err == HSS_OK; k++) {
			registration_end(sub, ims_registration_of(sub, ended[k].impi, set));
		}
	}
	if (err == HSS_OK && *n > 0 && is_at_rest(sub)) {
		(void)cx_scscf_set(sub, NULL);
	}
	return err;
}

enum hss_err push_plan_deletion(struct ims_subscription *sub)
{
	size_t n = 0;

	return push_plan_deregistration(sub, 0, 0, CX_REASON_PERMANENT_TERMINATION, NULL, &n);
}

/* The IMPI that a PPR about a set names: a registered one, else any that the S-CSCF was told of. */
static const struct ims_impi *ppr_impi(const struct ims_subscription *sub, unsigned irs)
{
	const struct ims_registration *best = NULL;

	for (size_t i = 0; i < sub->n_registration; i++) {
		const struct ims_registration *reg = &sub->registration[i];

		if (reg->irs == irs && reg->state != IMS_NOT_REGISTERED &&
		    (best == NULL || reg->state > best->state)) {
			best = reg;
		}
	}
	return best != NULL ? ims_impi_of(sub, best->impi) : NULL;
}

static enum hss_err ppr_add(struct ims_subscription *sub, const struct ims_impi *impi, unsigned irs,
                            unsigned content)
{
	struct ims_push *push = NULL;

	if (impi == NULL || sub->scscf_host == NULL || sub->scscf_realm == NULL) {
		return HSS_OK;
	}
	push = ims_push_add(sub, IMS_PUSH_PPR);
	if (push == NULL) {
		return HSS_ERR_MEMORY;
	}
	push->impi = impi->name;
	push->irs = irs;
	push->content = content;
	return HSS_OK;
}

static bool set_has_profile(const struct ims_subscription *sub, unsigned irs, int64_t profile)
{
	for (size_t i = 0; i < sub->n_impu; i++) {
		const struct ims_impu *impu = &sub->impu[i];

		if (impu->irs == irs && impu->profile < sub->n_profile &&
		    sub->profile[impu->profile].id == profile) {
			return true;
		}
	}
	return false;
}

enum hss_err push_plan_object(struct ims_subscription *sub, int64_t profile, unsigned content)
{
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < sub->n_registration && err == HSS_OK; i++) {
		const unsigned irs = sub->registration[i].irs;

		if (!is_repeated(sub, i) && (profile == 0 || set_has_profile(sub, irs, profile))) {
			err = ppr_add(sub, ppr_impi(sub, irs), irs, content);
		}
	}
	return err;
}

/* The n-th IMPU of a set, from 0; NULL behind the last. */
static const struct ims_impu *impu_at(const struct ims_subscription *sub, unsigned irs, size_t n)
{
	for (size_t i = 0; i < sub->n_impu; i++) {
		if (sub->impu[i].irs == irs && n-- == 0) {
			return &sub->impu[i];
		}
	}
	return NULL;
}

static const char *profile_name(const struct ims_subscription *sub, const struct ims_impu *impu)
{
	return impu->profile < sub->n_profile ? sub->profile[impu->profile].name : NULL;
}

/* Whether the User-Data of a set says the same of both IMPUs. */
static bool impu_equal(const struct ims_subscription *before, const struct ims_impu *a,
                       const struct ims_subscription *after, const struct ims_impu *b)
{
	return strcmp(a->name, b->name) == 0 && a->kind == b->kind && a->barred == b->barred &&
	       text_equal(a->display_name, b->display_name) &&
	       text_equal(a->alias_group, b->alias_group) &&
	       text_equal(profile_name(before, a), profile_name(after, b));
}

static bool set_equal(const struct ims_subscription *before, const struct ims_subscription *after,
                      unsigned irs)
{
	for (size_t n = 0;; n++) {
		const struct ims_impu *a = impu_at(before, irs, n);
		const struct ims_impu *b = impu_at(after, irs, n);

		if (a == NULL || b == NULL) {
			return a == b;
		}
		if (!impu_equal(before, a, after, b)) {
			return false;
		}
	}
}

static bool charging_equal(const struct ims_charging *a, const struct ims_charging *b)
{
	return a == b || (a != NULL && b != NULL && text_equal(a->name, b->name));
}

/* Whether the set is gone, or another identity is its default one: only an RTR tells that
 * (TS 29.228 6.2.2). */
static bool set_is_broken(const struct ims_subscription *before,
                          const struct ims_subscription *after, unsigned irs)
{
	const struct ims_impu *was = ims_irs_default_impu(before, irs);
	const struct ims_impu *is = ims_irs_default_impu(after, irs);

	return impu_at(after, irs, 0) == NULL ||
	       !text_equal(was != NULL ? was->name : NULL, is != NULL ? is->name : NULL);
}

static bool seal_equal(bool has_a, const struct seal_key *a, bool has_b, const struct seal_key *b)
{
	return has_a == has_b && (!has_a || memcmp(a->octets, b->octets, sizeof(a->octets)) == 0);
}

/* Whether the IMPI cannot authenticate any more as it did: it is gone, has another key, or a scheme
 * less. */
static bool impi_is_broken(const struct ims_subscription *after, const struct ims_impi *was)
{
	const struct ims_impi *is = ims_impi_of(after, was->no);

	return is == NULL || strcmp(is->name, was->name) != 0 ||
	       !seal_equal(was->has_key, &was->key, is->has_key, &is->key) ||
	       (was->schemes & ~is->schemes) != 0;
}

static bool ha1_equal(const struct ims_impi *a, const struct ims_impi *b)
{
	return seal_equal(a->has_ha1, &a->ha1, b->has_ha1, &b->ha1) &&
	       text_equal(a->digest_realm, b->digest_realm);
}

/* The registrations of a set that the change ends: all when the set is broken. */
static size_t ended_of(const struct ims_subscription *before, const struct ims_subscription *after,
                       unsigned irs, struct ended ended[static IMS_IMPI_MAX])
{
	const size_t n_served = served_of(before, 0, irs, ended);
	const bool all = set_is_broken(before, after, irs);
	size_t n = 0;

	for (size_t i = 0; i < n_served; i++) {
		const struct ims_impi *impi = ims_impi_of(before, ended[i].impi);

		if (all || impi == NULL || impi_is_broken(after, impi) ||
		    ims_registration_of(after, ended[i].impi, irs) == NULL) {
			ended[n++] = ended[i];
		}
	}
	return n;
}

/* The HA1s of registered IMPIs, each in a PPR of its own for it is the User-Name's. */
static enum hss_err digests_add(const struct ims_subscription *before,
                                struct ims_subscription *after, unsigned irs)
{
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < after->n_registration && err == HSS_OK; i++) {
		const struct ims_registration *reg = &after->registration[i];
		const struct ims_impi *was = ims_impi_of(before, reg->impi);
		const struct ims_impi *is = ims_impi_of(after, reg->impi);

		if (reg->irs == irs && reg->state == IMS_REGISTERED && was != NULL && is != NULL &&
		    is->has_ha1 && !ha1_equal(was, is)) {
			err = ppr_add(after, is, irs, IMS_PUSH_DIGEST);
		}
	}
	return err;
}

/* What is left of a set that was served: ended where it has to be, else told. */
static enum hss_err set_plan(const struct ims_subscription *before, struct ims_subscription *after,
                             unsigned irs)
{
	struct ended ended[IMS_IMPI_MAX];
	const size_t n = ended_of(before, after, irs, ended);
	unsigned content = 0;
	enum hss_err err = HSS_OK;

	if (n > 0) {
		err = rtr_add(before, after, ended, n, CX_REASON_PERMANENT_TERMINATION, NULL);
	}
	for (size_t i = 0; i < n && err == HSS_OK; i++) {
		struct ims_registration *reg = ims_registration_of(after, ended[i].impi, irs);

		if (reg != NULL) {
			registration_end(after, reg);
		}
	}
	if (err != HSS_OK || ims_irs_state(after, irs) == IMS_NOT_REGISTERED) {
		return err;
	}
	if (!set_equal(before, after, irs)) {
		content |= IMS_PUSH_USER_DATA;
	}
	if (!charging_equal(before->charging, after->charging)) {
		content |= IMS_PUSH_CHARGING;
	}
	if (content != 0) {
		err = ppr_add(after, ppr_impi(after, irs), irs, content);
	}
	return err == HSS_OK ? digests_add(before, after, irs) : err;
}

/* A snapshot that was not loaded knows of no restoration information, and could not remove it. */
static enum hss_err restorations_adopt(const struct ims_subscription *before,
                                       struct ims_subscription *after)
{
	const size_t n = before->n_restoration;

	if (n == 0 || after->n_restoration > 0) {
		return HSS_OK;
	}
	after->restoration = arena_array(&after->arena, n, sizeof(*after->restoration));
	if (after->restoration == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (size_t i = 0; i < n; i++) {
		const struct ims_restoration *kept = &before->restoration[i];

		if (ims_registration_of(after, kept->impi, kept->irs) != NULL) {
			after->restoration[after->n_restoration++] = *kept;
		}
	}
	return HSS_OK;
}

enum hss_err push_plan_change(const struct ims_subscription *before, struct ims_subscription *after)
{
	enum hss_err err = restorations_adopt(before, after);

	for (size_t i = 0; i < before->n_registration && err == HSS_OK; i++) {
		const unsigned irs = before->registration[i].irs;

		if (!is_repeated(before, i) && ims_irs_state(before, irs) != IMS_NOT_REGISTERED) {
			err = set_plan(before, after, irs);
		}
	}
	if (err == HSS_OK && !is_at_rest(before) && is_at_rest(after)) {
		(void)cx_scscf_set(after, NULL);
	}
	return err;
}
