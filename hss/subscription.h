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
 *     |-- registration   one for each (IMPI, IRS) that belong together:
 *     |                  state, authentication pending             TS 29.228 6.1, 6.3
 *     |-- restoration    what the S-CSCF left for (IMPI, IRS)      TS 29.228 6.1.2, 8.1
 *     |-- charging, capabilities                                   TS 29.229 6.3.19, 6.3.4
 *     `-- push           RTRs and PPRs that a change made in memory brings about; saving the
 *                        snapshot puts them into the outbox, in the same transaction
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

/* SIP-Authentication-Scheme (TS 29.229 6.3.9). */
enum ims_scheme {
	IMS_SCHEME_AKA_V1 = 1,    /* Digest-AKAv1-MD5 */
	IMS_SCHEME_SIP_DIGEST = 2 /* SIP Digest */
};

enum {
	IMS_IMPI_MAX = 16,  /* IMPIs of one subscription */
	IMS_IMPU_MAX = 256, /* IMPUs of one subscription */
	IMS_IRS_MAX = 64,
	IMS_VISITED_MAX = 64,
	IMS_IFC_SET_MAX = 16,            /* shared sets of filter criteria in one profile */
	IMS_SERVICE_ID_MAX = 64,         /* ServiceIds in one profile */
	IMS_CAPABILITY_MAX = 32,         /* of each kind in one set of capabilities */
	IMS_RESTORATION_LEN_MAX = 32768, /* octets of one SCSCF-Restoration-Info */
};

struct ims_impi {
	unsigned no; /* within the subscription, from 1; never reused there */
	const char *name;
	bool has_key;        /* K and OPc are there */
	struct seal_key key; /* K and OPc, sealed for this IMPI */
	uint8_t amf[AUC_AMF_LEN];
	enum ims_scheme scheme; /* what a MAR that leaves the choice to the HSS gets */
	unsigned schemes;       /* all that are allowed, scheme included: bits 1 << enum ims_scheme.
	                           No other is ever used, so that nobody can talk the HSS down */
	bool has_ha1;           /* HA1 of SIP Digest is there */
	struct seal_key ha1;    /* HA1, sealed for this IMPI */
	const char *digest_realm; /* that HA1 was made with; NULL without HA1 */
	uint64_t sqn;             /* last SQN issued, SEQ || IND; 0: none yet */
	const char *sqn_scscf;    /* S-CSCF that holds the IND of sqn; NULL: none yet */
	int64_t auth_since;  /* since when vectors are counted (auth_rate), seconds since 1970 */
	uint32_t auth_count; /* how many were handed out since then; 0: none is counted */
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
	const char *alias_group;  /* AliasIdentityGroupID, or NULL: an alias of none */
	bool loose_route;         /* Loose-Route-Indication */
	bool privileged_sender;   /* Priviledged-Sender-Indication */
	unsigned profile;         /* index into the snapshot's profile array */
};

/* A shared set of initial filter criteria (SharedIFCSetID, TS 29.228 annex B.2.2). */
struct ims_ifc_set {
	uint32_t id;
	const char *document; /* JSON as it was applied; only where a set is read or written by
	                         itself */
	const char *criteria; /* InitialFilterCriteria elements, well-formed XML without a root */
	bool unregistered_services;
};

struct ims_profile {
	int64_t id; /* of the store; 0: not stored yet, to be found by name */
	const char *name;
	bool has_media_profile;
	uint32_t media_profile;     /* SubscribedMediaProfileId */
	bool unregistered_services; /* criteria for the unregistered part exist, in it or in one of
	                               its shared sets (TS 29.228 6.1.4.1) */
	const char *document;       /* JSON as it was applied; NULL: none, or not loaded */
	const char *criteria; /* its own InitialFilterCriteria elements, well-formed XML without a
	                         root; "" or NULL: none. In the full view only, as the rest */
	const char **service_id; /* ListOfServiceIds */
	size_t n_service_id;
	struct ims_ifc_set *ifc_set; /* ascending by id */
	size_t n_ifc_set;
};

/* Charging-Information (TS 29.229 6.3.19): DiameterURIs, NULL where there is none; one of the
 * primary ones is there. */
struct ims_charging {
	int64_t id; /* of the store; 0: to be found by name */
	const char *name;
	const char *document;    /* as in struct ims_profile */
	const char *primary_ecf; /* Primary-Event-Charging-Function-Name */
	const char *secondary_ecf;
	const char *primary_ccf; /* Primary-Charging-Collection-Function-Name */
	const char *secondary_ccf;
};

/* Server-Capabilities (TS 29.229 6.3.4): names, or else capabilities. */
struct ims_capabilities {
	int64_t id; /* of the store; 0: to be found by name */
	const char *name;
	const char *document; /* as in struct ims_profile */
	uint32_t *mandatory;
	size_t n_mandatory;
	uint32_t *optional;
	size_t n_optional;
	const char **server; /* S-CSCF names, the preferred one first */
	size_t n_server;
};

/* SCSCF-Restoration-Info of (IMPI, IRS) (TS 29.229 6.3.46). */
struct ims_restoration {
	unsigned impi; /* ims_impi.no */
	unsigned irs;
	const uint8_t *octets; /* the AVPs behind the group's User-Name, as on the wire */
	size_t len;            /* 0: to be removed when the snapshot is saved */
};

/* Which message an S-CSCF gets. */
enum ims_push_kind { IMS_PUSH_RTR, IMS_PUSH_PPR };

enum ims_push_state {
	IMS_PUSH_WAITING,
	IMS_PUSH_DONE,      /* answered with a success, or nothing was left to be told */
	IMS_PUSH_FAILED,    /* refused, or never answered */
	IMS_PUSH_CANCELLED, /* by the operator */
};

/* What a PPR carries. */
enum {
	IMS_PUSH_USER_DATA = 1,
	IMS_PUSH_CHARGING = 2,
	IMS_PUSH_DIGEST = 4, /* a new HA1, in a SIP-Auth-Data-Item */
};

/* An RTR or PPR that is owed to an S-CSCF (TS 29.228 6.1.3, 6.2.2), for one implicit set. */
struct ims_push {
	int64_t id; /* of the outbox; 0: not stored yet */
	enum ims_push_kind kind;
	int64_t subscription; /* may be gone by now */
	const char *host;     /* Diameter identity of the S-CSCF, and its realm */
	const char *realm;
	const char *scscf_name;
	const char *impi; /* User-Name */
	unsigned irs;
	/* RTR */
	uint32_t reason;         /* Reason-Code, 0 to 3 */
	const char *reason_info; /* or NULL */
	const char **impu;       /* each one is named */
	size_t n_impu;
	const char **associated; /* further IMPIs that are deregistered (Associated-Identities) */
	size_t n_associated;
	/* PPR */
	unsigned content; /* bits IMS_PUSH_USER_DATA, ... */
	/* The outbox's. Times in seconds since 1970. */
	enum ims_push_state state;
	int64_t created_at; /* a snapshot's pushes have 0: the time of saving is taken */
	int64_t next_at;
	int64_t ended_at;
	unsigned attempts;   /* how often it was sent */
	const char *outcome; /* in words; NULL: nothing yet */
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
	uint32_t scscf_features; /* Feature-List of that S-CSCF, as its last SAR told it; 0: none */
	bool reassignment_pending;             /* another S-CSCF may take over (TS 29.228 8.1) */
	struct ims_charging *charging;         /* NULL: none. Full view only */
	struct ims_capabilities *capabilities; /* NULL: none. See enum store_view */
	struct ims_impi *impi;
	size_t n_impi;
	struct ims_impu *impu; /* ordered by (irs, position) */
	size_t n_impu;
	struct ims_profile *profile;
	size_t n_profile;
	struct ims_registration *registration;
	size_t n_registration;
	struct ims_restoration *restoration; /* full view only */
	size_t n_restoration;
	struct ims_push *push; /* to be queued when the snapshot is saved; loaded ones have none */
	size_t n_push;
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

/*
 * Add an element to sub->push, zeroed but for kind, subscription and the address of the S-CSCF that
 * is assigned now. NULL when memory is out, or no Diameter address of an S-CSCF is known.
 */
struct ims_push *ims_push_add(struct ims_subscription *sub, enum ims_push_kind kind);

/* The names of the IMPUs of a set in the snapshot's memory, in order; *n how many. NULL: memory. */
const char **ims_irs_impus(struct ims_subscription *sub, unsigned irs, size_t *n);

/* The IMPI of this number, and its name, or NULL. */
const struct ims_impi *ims_impi_of(const struct ims_subscription *sub, unsigned no);
const char *ims_impi_name(const struct ims_subscription *sub, unsigned no);

/* Bring the IMPUs into the order of their sets; the order within a set stays. */
void ims_impus_sort(struct ims_subscription *sub);

/* The restoration information of (IMPI number, IRS number), or NULL. */
struct ims_restoration *ims_restoration_of(const struct ims_subscription *sub, unsigned impi,
                                           unsigned irs);

/*
 * The same; when there is none an empty one is added (len 0: nothing is stored of it). NULL when
 * memory is out. Pointers to elements of sub->restoration are void afterwards.
 */
struct ims_restoration *ims_restoration_put(struct ims_subscription *sub, unsigned impi,
                                            unsigned irs);

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
