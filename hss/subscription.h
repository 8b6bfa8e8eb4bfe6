/*
 * An IMS subscription as a snapshot in memory: identities, keys (sealed), registration state.
 *
 * The store fills it, the pure cx_*_decide functions read and change it, the store saves what
 * changed. Strings and arrays live in the snapshot's arena, so a snapshot is freed as a whole; a
 * string put into it must come from that arena or outlive it. No clear secret is ever in it. One
 * owner at a time.
 *
 *   IMS subscription --- S-CSCF name and Diameter address          TS 29.228 8.1
 *     |-- IMPI (1..n)    sealed K and OPc, AMF, scheme, SQN        TS 33.203 6.1
 *     |-- IRS (1..n)     implicit registration set, numbered
 *     |     `-- IMPU (1..n, ordered)  --> service profile          TS 23.228 4.3.3.4
 *     `-- registration   one for each (IMPI, IRS) that belong together:
 *                        state, authentication pending             TS 29.228 6.1, 6.3
 */
#ifndef QUINTET_HSS_SUBSCRIPTION_H
#define QUINTET_HSS_SUBSCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auc/auc.h"
#include "hss/arena.h"
#include "hss/err.h"
#include "hss/identity.h"
#include "hss/seal.h"

/* Registration state (TS 29.228 3.1); of an IRS it is the highest of its registrations. */
enum ims_state { IMS_NOT_REGISTERED, IMS_UNREGISTERED, IMS_REGISTERED };

enum ims_scheme { IMS_SCHEME_AKA_V1 = 1 }; /* Digest-AKAv1-MD5 (TS 29.229 6.3.9) */

enum {
	IMS_IMPI_MAX = 16,  /* IMPIs of one subscription */
	IMS_IMPU_MAX = 256, /* IMPUs of one subscription */
	IMS_IRS_MAX = 64,
	IMS_VISITED_MAX = 64,
};

struct ims_impi {
	unsigned no; /* within the subscription, from 1; never reused there */
	const char *name;
	bool has_key;        /* false for the private service identity of a PSI */
	struct seal_key key; /* K and OPc, sealed for this IMPI */
	uint8_t amf[AUC_AMF_LEN];
	enum ims_scheme scheme;
	uint64_t sqn;          /* last SQN issued, SEQ || IND; 0: none yet */
	const char *sqn_scscf; /* S-CSCF that holds the IND of sqn; NULL: none yet */
};

struct ims_impu {
	const char *name;
	unsigned irs;      /* number of its implicit registration set, from 1 */
	unsigned position; /* within the set, from 1: the order of the profile document */
	enum impu_kind kind;
	bool barred;              /* usable for registration only (BarringIndication) */
	bool psi_active;          /* PSIs only (TS 29.228 6.1.4.1) */
	const char *as_name;      /* PSIs only: application server for direct routing, or NULL */
	const char *display_name; /* or NULL */
	unsigned profile;         /* index into the snapshot's profile array */
};

struct ims_profile {
	int64_t id; /* of the store; 0: not stored yet, to be found by name */
	const char *name;
	bool has_media_profile;
	uint32_t media_profile;     /* SubscribedMediaProfileId */
	bool unregistered_services; /* criteria for the unregistered part exist (TS 29.228 6.1.4.1)
	                             */
};

struct ims_registration {
	unsigned impi; /* ims_impi.no */
	unsigned irs;
	enum ims_state state;
	int64_t pending_since; /* authentication pending since, seconds since 1970; 0: not pending
	                        */
};

/* How an identity of the request relates to this snapshot. */
enum ims_match {
	IMS_MATCH_NONE,  /* no such identity in the store */
	IMS_MATCH_OTHER, /* it exists, in another subscription */
	IMS_MATCH_OWN,   /* it is element `index` of this snapshot */
};

struct ims_asked {
	enum ims_match match;
	size_t index;
};

struct ims_subscription {
	int64_t id; /* of the store; 0: no subscription was found, everything else is empty */
	bool registration_allowed;
	const char *scscf_name; /* NULL: none assigned */
	const char *scscf_host; /* Diameter identity of that S-CSCF; NULL when unknown */
	const char *scscf_realm;
	struct ims_impi *impi;
	size_t n_impi;
	struct ims_impu *impu; /* ordered by (irs, position) */
	size_t n_impu;
	struct ims_profile *profile;
	size_t n_profile;
	struct ims_registration *registration;
	size_t n_registration;
	const char *
		*visited; /* canonical names of allowed visited networks; none: any is allowed */
	size_t n_visited;

	/* What the identities asked for at loading were found to be. */
	struct ims_asked asked_impi;  /* IMS_MATCH_NONE also when the request has no IMPI */
	struct ims_asked *asked_impu; /* same order as asked */
	size_t n_asked_impu;

	struct arena arena;
};

/* Free everything and zero the struct. Safe on a zeroed one. */
void ims_subscription_free(struct ims_subscription *sub);

/* Empty it for the next request, keeping memory for reuse. */
void ims_subscription_reset(struct ims_subscription *sub);

/* The registration of (IMPI number, IRS number), or NULL when the IMPI does not own the set. */
struct ims_registration *ims_registration_of(const struct ims_subscription *sub, unsigned impi,
                                             unsigned irs);

/* State of an implicit registration set: the highest of its registrations. */
enum ims_state ims_irs_state(const struct ims_subscription *sub, unsigned irs);

/* How many IMPIs are registered with the set. */
size_t ims_irs_registered_impis(const struct ims_subscription *sub, unsigned irs);

/* Whether authentication is pending, and not for longer than timeout seconds. */
bool ims_registration_pending(const struct ims_registration *reg, int64_t now, int64_t timeout);

/* The same for any registration of the set. */
bool ims_irs_pending(const struct ims_subscription *sub, unsigned irs, int64_t now,
                     int64_t timeout);

/*
 * The S-CSCF name in force: the stored one, or NULL when none is stored or when only an
 * authentication that ran out holds it (S-CSCFs in the field report neither a failed nor an
 * abandoned one).
 */
const char *ims_scscf_in_force(const struct ims_subscription *sub, int64_t now, int64_t timeout);

/* The default IMPU of a set: its first distinct, unbarred one; NULL when it has none (TS 29.228
 * Annex). */
const struct ims_impu *ims_irs_default_impu(const struct ims_subscription *sub, unsigned irs);

#endif
