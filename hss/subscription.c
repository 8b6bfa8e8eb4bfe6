#include "hss/subscription.h"

#include <string.h>

void ims_subscription_reset(struct ims_subscription *sub)
{
	struct arena arena = sub->arena;

	arena_reset(&arena);
	memset(sub, 0, sizeof(*sub));
	sub->arena = arena;
}

void ims_subscription_free(struct ims_subscription *sub)
{
	arena_free(&sub->arena);
	memset(sub, 0, sizeof(*sub));
}

struct ims_registration *ims_registration_of(const struct ims_subscription *sub, unsigned impi,
                                             unsigned irs)
{
	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].impi == impi && sub->registration[i].irs == irs) {
			return &sub->registration[i];
		}
	}
	return NULL;
}

const struct ims_impi *ims_impi_of(const struct ims_subscription *sub, unsigned no)
{
	for (size_t i = 0; i < sub->n_impi; i++) {
		if (sub->impi[i].no == no) {
			return &sub->impi[i];
		}
	}
	return NULL;
}

const char *ims_impi_name(const struct ims_subscription *sub, unsigned no)
{
	const struct ims_impi *impi = ims_impi_of(sub, no);

	return impi != NULL ? impi->name : NULL;
}

void ims_impus_sort(struct ims_subscription *sub)
{
	for (size_t i = 1; i < sub->n_impu; i++) {
		const struct ims_impu impu = sub->impu[i];
		size_t at = i;

		while (at > 0 && sub->impu[at - 1].irs > impu.irs) {
			sub->impu[at] = sub->impu[at - 1];
			at--;
		}
		sub->impu[at] = impu;
	}
}

struct ims_restoration *ims_restoration_of(const struct ims_subscription *sub, unsigned impi,
                                           unsigned irs)
{
	for (size_t i = 0; i < sub->n_restoration; i++) {
		if (sub->restoration[i].impi == impi && sub->restoration[i].irs == irs) {
			return &sub->restoration[i];
		}
	}
	return NULL;
}

struct ims_restoration *ims_restoration_put(struct ims_subscription *sub, unsigned impi,
                                            unsigned irs)
{
	struct ims_restoration *found = ims_restoration_of(sub, impi, irs);
	struct ims_restoration *more = NULL;

	if (found != NULL) {
		return found;
	}
	more = arena_array(&sub->arena, sub->n_restoration + 1, sizeof(*more));
	if (more == NULL) {
		return NULL;
	}
	if (sub->n_restoration > 0) {
		memcpy(more, sub->restoration, sub->n_restoration * sizeof(*more));
	}
	sub->restoration = more;
	more += sub->n_restoration++;
	*more = (struct ims_restoration){.impi = impi, .irs = irs};
	return more;
}

struct ims_push *ims_push_add(struct ims_subscription *sub, enum ims_push_kind kind)
{
	struct ims_push *more = NULL;

	if (sub->scscf_host == NULL || sub->scscf_realm == NULL) {
		return NULL;
	}
	more = arena_array(&sub->arena, sub->n_push + 1, sizeof(*more));
	if (more == NULL) {
		return NULL;
	}
	if (sub->n_push > 0) {
		memcpy(more, sub->push, sub->n_push * sizeof(*more));
	}
	sub->push = more;
	more += sub->n_push++;
	*more = (struct ims_push){
		.kind = kind,
		.subscription = sub->id,
		.host = sub->scscf_host,
		.realm = sub->scscf_realm,
		.scscf_name = sub->scscf_name,
	};
	return more;
}

const char **ims_irs_impus(struct ims_subscription *sub, unsigned irs, size_t *n)
{
	const char **names = arena_array(&sub->arena, sub->n_impu, sizeof(*names));

	*n = 0;
	for (size_t i = 0; names != NULL && i < sub->n_impu; i++) {
		if (sub->impu[i].irs == irs) {
			names[(*n)++] = sub->impu[i].name;
		}
	}
	return names;
}

enum ims_state ims_irs_state(const struct ims_subscription *sub, unsigned irs)
{
	enum ims_state state = IMS_NOT_REGISTERED;

	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].irs == irs && sub->registration[i].state > state) {
			state = sub->registration[i].state;
		}
	}
	return state;
}

size_t ims_irs_registered_impis(const struct ims_subscription *sub, unsigned irs)
{
	size_t n = 0;

	for (size_t i = 0; i < sub->n_registration; i++) {
		n += sub->registration[i].irs == irs &&
		     sub->registration[i].state == IMS_REGISTERED;
	}
	return n;
}

bool ims_registration_pending(const struct ims_registration *reg, int64_t now, int64_t timeout)
{
	/* A clock that was set back a little makes the age negative; one set back far must not hold
	 * it for ever. */
	const int64_t age = now - reg->pending_since;

	return reg->pending_since != 0 && age < timeout && age > -timeout;
}

bool ims_irs_pending(const struct ims_subscription *sub, unsigned irs, int64_t now, int64_t timeout)
{
	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].irs == irs &&
		    ims_registration_pending(&sub->registration[i], now, timeout)) {
			return true;
		}
	}
	return false;
}

const char *ims_scscf_in_force(const struct ims_subscription *sub, int64_t now, int64_t timeout)
{
	for (size_t i = 0; i < sub->n_registration; i++) {
		const struct ims_registration *reg = &sub->registration[i];

		if (reg->state != IMS_NOT_REGISTERED ||
		    ims_registration_pending(reg, now, timeout)) {
			return sub->scscf_name;
		}
	}
	return NULL;
}

const struct ims_impu *ims_irs_default_impu(const struct ims_subscription *sub, unsigned irs)
{
	for (size_t i = 0; i < sub->n_impu; i++) {
		const struct ims_impu *impu = &sub->impu[i];

		if (impu->irs == irs && !impu->barred && impu->kind == IMPU_DISTINCT) {
			return impu;
		}
	}
	return NULL;
}
