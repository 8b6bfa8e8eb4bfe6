/*
 * A Server-Assignment-Request in work (TS 29.228 6.1.2.1). Internal to cx_sar.c, which checks it,
 * and cx_sar_apply.c, which carries it out; pure.
 */
#ifndef QUINTET_HSS_CX_SAR_H
#define QUINTET_HSS_CX_SAR_H

#include "hss/cx_check.h"

/* What a Server-Assignment-Type does. */
enum sar_act {
	SAR_READ,         /* the profile, nothing else */
	SAR_REGISTER,     /* Registered, authentication done */
	SAR_UNREGISTERED, /* Unregistered: services for a user who is not registered */
	SAR_END,          /* Not Registered */
	SAR_END_KEEP,     /* Unregistered, by policy, so that the S-CSCF may keep the profile */
	SAR_AUTH_ENDED,   /* authentication failed or was not answered */
	SAR_RESTORE,      /* profile and restoration information for an S-CSCF that lost them */
};

struct sar_type {
	const char *name;
	enum sar_act act;
	unsigned needs; /* what it asks of the identities, see cx_sar.c */
};

/* One implicit registration set that the request is about, and the IMPI's part in it. */
struct sar_target {
	struct ims_registration *reg;
	enum ims_state state; /* of the whole set, before */
};

struct sar {
	const struct cx_request *req;
	struct ims_subscription *sub;
	const struct cx_env *env;
	struct cx_answer *ans;
	const struct sar_type *type;
	enum sar_act act;
	uint32_t features;    /* CX_FEATURE_... in common */
	const char *in_force; /* S-CSCF name; NULL: none */
	bool takes_over;      /* the requester takes the place of that S-CSCF */
	struct sar_target target[IMS_IRS_MAX];
	size_t n_target;
	bool changed;
};

/* Whether both sides support IMS restoration. */
static inline bool sar_restoration(const struct sar *sar)
{
	return (sar->features & CX_FEATURE_IMS_RESTORATION_IND) != 0;
}

/* Whether there is something to end: the set is Unregistered, or Registered by this IMPI. */
static inline bool sar_can_end(const struct sar_target *target)
{
	return target->state == IMS_UNREGISTERED ||
	       (target->state == IMS_REGISTERED && target->reg->state == IMS_REGISTERED);
}

/* The wildcarded identity that the first Public-Identity merely matches; NULL also when the request
 * names it (Wildcarded-Public-Identity). */
const char *sar_wildcard_unknown(const struct sar *sar);

/*
 * Whether what is kept for the set, with what this IMPI brings, goes into one SAA later. What does
 * not is refused while its S-CSCF is there: afterwards nobody could restore the set.
 */
bool sar_restoration_fits(const struct sar *sar);

/* All checks passed: write the answer and change the snapshot. A failure leaves it as it was. */
void sar_apply(struct sar *sar);

#endif
