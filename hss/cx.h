/*
 * Cx messages as plain structs (TS 29.228, TS 29.229), and the procedures that answer them. No
 * Diameter type here; only cx_codec knows how these travel.
 *
 * Strings are owned by whoever made the struct (the codec: by the arena given to it) and are never
 * NULL unless the comment says so. Identities in a decoded request are canonical.
 */
#ifndef QUINTET_HSS_CX_H
#define QUINTET_HSS_CX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auc/auc.h"
#include "auc/vector.h"
#include "diameter-dict/cx_ids.h"
#include "hss/seal.h"
#include "hss/subscription.h"

/* Result of an answer. Own numbers: 2001 and 5001 mean one thing in Result-Code, another in
 * Experimental-Result. */
enum cx_result {
	CX_NO_RESULT, /* not decided yet; never sent */
	/* Result-Code (RFC 6733) */
	CX_SUCCESS,
	CX_LIMITED_SUCCESS,
	CX_UNABLE_TO_DELIVER,
	CX_TOO_BUSY,
	CX_REDIRECT_INDICATION, /* of an SLF only */
	CX_AVP_UNSUPPORTED,
	CX_AUTHORIZATION_REJECTED,
	CX_INVALID_AVP_VALUE,
	CX_MISSING_AVP,
	CX_AVP_OCCURS_TOO_MANY_TIMES,
	CX_UNABLE_TO_COMPLY,
	CX_INVALID_AVP_LENGTH,
	/* Experimental-Result of 3GPP (TS 29.229 6.2) */
	CX_FIRST_REGISTRATION,
	CX_SUBSEQUENT_REGISTRATION,
	CX_UNREGISTERED_SERVICE,
	CX_SUCCESS_SERVER_NAME_NOT_STORED,
	CX_ERROR_USER_UNKNOWN,
	CX_ERROR_IDENTITIES_DONT_MATCH,
	CX_ERROR_IDENTITY_NOT_REGISTERED,
	CX_ERROR_ROAMING_NOT_ALLOWED,
	CX_ERROR_IDENTITY_ALREADY_REGISTERED,
	CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED,
	CX_ERROR_IN_ASSIGNMENT_TYPE,
	CX_ERROR_TOO_MUCH_DATA,
	CX_ERROR_NOT_SUPPORTED_USER_DATA,
	CX_ERROR_FEATURE_UNSUPPORTED,
	CX_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED,
	CX_OTHER_RESULT, /* received only: a code that this list does not have */
};

/* Name as the specifications write it, for log lines: "DIAMETER_ERROR_USER_UNKNOWN". Static, never
 * NULL. */
const char *cx_result_name(enum cx_result result);

/* Whether the result is one of the successes (2xxx). */
bool cx_result_is_success(enum cx_result result);

enum {
	CX_MESSAGE_LEN = 200,
	CX_IMPU_MAX = 64, /* Public-Identity AVPs in one SAR */
	CX_HA1_LEN = 16,  /* octets of HA1; on the wire 32 hexadecimal digits */
};

/* What every answer says: the result, words for people, and the AVP at fault. */
struct cx_verdict {
	enum cx_result result;
	char message[CX_MESSAGE_LEN]; /* Error-Message; empty on success. Never a secret, never
	                                 another subscriber's data */
	uint32_t failed_avp;          /* code of the AVP for Failed-AVP; 0: none */
	uint32_t failed_avp_vendor;
	bool alarm;                /* a human has to look: what is stored was changed */
	unsigned failed_avp_index; /* which occurrence in the request, from 0; if absent there, an
	                              empty example is sent */
};

/*
 * Set result and message (printf format), leaving the failed AVP alone. Returns the result, for
 * "return cx_refuse(...)".
 */
enum cx_result cx_refuse(struct cx_verdict *verdict, enum cx_result result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Supported-Features of vendor 10415, list 1 (TS 29.229 6.3.29, 7.1). */
struct cx_features {
	bool present;
	bool required; /* M was set: all of them are needed to serve the request */
	bool foreign;  /* a list that nobody here knows came with M set */
	uint32_t list; /* Feature-List: bits CX_FEATURE_... */
};

struct cx_uar {
	const char *visited_network; /* canonical */
	enum cx_uat type;            /* CX_UAT_REGISTRATION when the AVP is absent */
	bool emergency;              /* UAR-Flags bit 0 */
};

struct cx_sar {
	const char *server_name;
	uint32_t type; /* CX_SAT_...; any number a peer may send */
	bool user_data_already_available;
	const char *wildcarded_impu; /* Wildcarded-Public-Identity; NULL: absent */
	bool multiple_registration;  /* Multiple-Registration-Indication MULTIPLE_REGISTRATION */
	bool pcscf_restoration;      /* SAR-Flags bit 0 */
	const uint8_t *restoration; /* SCSCF-Restoration-Info, the AVPs behind its User-Name as they
	                               came; NULL: absent */
	size_t restoration_len;     /* octets, at most IMS_RESTORATION_LEN_MAX */
	const char *restoration_impi; /* its User-Name, canonical */
};

struct cx_lir {
	bool originating;
	bool capabilities_asked; /* User-Authorization-Type REGISTRATION_AND_CAPABILITIES */
};

/* Authentication schemes of a MAR; names compare without case (S-CSCFs differ). */
enum cx_scheme {
	CX_SCHEME_OTHER,
	CX_SCHEME_AKA_V1,
	CX_SCHEME_SIP_DIGEST,
	CX_SCHEME_NASS_BUNDLED,
	CX_SCHEME_GIBA,   /* Early-IMS-Security */
	CX_SCHEME_UNKNOWN /* "Unknown": the HSS is to choose */
};

struct cx_mar {
	const char *server_name;
	enum cx_scheme scheme;
	const char *scheme_name; /* as received */
	uint32_t n_vectors;      /* SIP-Number-Auth-Items as received; 0 is refused */
	bool resync;             /* SIP-Authorization was there: rand and auts hold it */
	uint8_t rand[AUC_RAND_LEN];
	uint8_t auts[AUC_AUTS_LEN];
};

/* SIP-Digest-Authenticate (TS 29.229 6.3.36): algorithm MD5, qop auth. Secret: HA1. */
struct cx_digest {
	const char *realm; /* NULL: absent */
	uint8_t ha1[CX_HA1_LEN];
};

/* Registration-Termination-Request (TS 29.229 6.1.9). */
struct cx_rtr {
	uint32_t reason;         /* CX_REASON_... */
	const char *reason_info; /* NULL: absent */
	const char **associated_impi;
	size_t n_associated_impi;
};

/* Push-Profile-Request (TS 29.229 6.1.11). */
struct cx_ppr {
	const char *user_data; /* NULL: absent */
	size_t user_data_len;
	const struct ims_charging *charging; /* NULL: absent */
	struct cx_digest digest;
};

struct cx_request {
	uint32_t command; /* CX_CMD_UAR, CX_CMD_SAR, CX_CMD_LIR, CX_CMD_MAR; of the HSS itself
	                     CX_CMD_RTR, CX_CMD_PPR */
	const char *session_id;
	const char *origin_host;
	const char *origin_realm;
	const char *destination_realm;
	const char *destination_host; /* NULL: absent */
	const char *impi;             /* NULL: absent (LIR always, SAR sometimes) */
	const char **impu;
	size_t n_impu; /* 1, but for SAR 0 to CX_IMPU_MAX, for RTR 0 to IMS_IMPU_MAX, for PPR 0 */
	struct cx_features features;
	union {
		struct cx_uar uar;
		struct cx_sar sar;
		struct cx_lir lir;
		struct cx_mar mar;
		struct cx_rtr rtr;
		struct cx_ppr ppr;
	};
};

/* SCSCF-Restoration-Info in an answer. */
struct cx_restoration {
	const char *impi;
	const uint8_t *octets; /* the AVPs behind User-Name, as they came in a SAR */
	size_t len;
};

/* Identity-with-Emergency-Registration (TS 29.229 6.3.57). */
struct cx_emergency {
	const char *impi;
	const char *impu;
};

struct cx_answer {
	uint32_t command;
	struct cx_verdict verdict;
	const char *server_name; /* UAA, LIA, SAA; NULL: absent. Never together with capabilities */
	/*
	 * Server-Capabilities of UAA and LIA: present when the flag is set. It holds the set of the
	 * subscriber; without one the S-CSCF named in it is the configured default one; NULL: an
	 * empty group (any S-CSCF will do).
	 */
	bool capabilities;
	const char *capabilities_scscf;
	const struct ims_capabilities *capability_set; /* of the subscriber, instead; NULL: none */
	const char *wildcarded_impu;                   /* SAA, LIA; NULL: absent */
	const char *impi;                              /* SAA, MAA: User-Name; NULL: absent */
	const char *impu;                              /* MAA: Public-Identity; NULL: absent */
	bool psi_direct_routing;                       /* LIA-Flags bit 0 */
	const char *user_data;                         /* SAA: the XML document; NULL: absent */
	size_t user_data_len;
	const char **associated_impi; /* SAA, RTA: Associated-Identities; none: absent */
	size_t n_associated_impi;
	/*
	 * Of a redirect (CX_REDIRECT_INDICATION, RFC 6733 6.12 to 6.14), else not sent:
	 * DiameterURIs in the order in which they are to be tried, at least one; an enum
	 * cx_redirect_usage, and for how many seconds it holds, which is sent only when it is not
	 * CX_REDIRECT_DONT_CACHE.
	 */
	const char *const *redirect_host;
	size_t n_redirect_host;
	uint32_t redirect_usage;
	uint32_t redirect_max_cache_time;
	const char **registered_impi; /* SAA: Associated-Registered-Identities; none: absent */
	size_t n_registered_impi;
	const struct ims_charging *charging; /* SAA; NULL: absent */
	bool loose_route;                    /* SAA: Loose-Route-Indication LOOSE_ROUTE_REQUIRED */
	bool privileged_sender;              /* SAA: Priviledged-Sender-Indication */
	struct cx_restoration *restoration;  /* SAA: SCSCF-Restoration-Info, one for each IMPI */
	size_t n_restoration;
	struct cx_features features;    /* Supported-Features: what this side supports */
	struct cx_emergency *emergency; /* RTA: Identity-with-Emergency-Registration */
	size_t n_emergency;
	struct cx_digest digest; /* MAA with SIP Digest, in its only item; secret content */
	size_t n_vectors;        /* MAA; secret content, wiped by cx_answer_wipe */
	struct auc_vector vector[AUC_VECTORS_MAX]; /* in order of use: item n is vector[n - 1] */
};

/* Clear the secrets of an answer. Call it on every way out, also after an error. */
void cx_answer_wipe(struct cx_answer *answer);

/* What the operator decides (hss.conf); read-only while the HSS runs. */
struct cx_policy {
	const char *default_scscf; /* S-CSCF offered in Server-Capabilities; NULL: an empty group */
	bool store_server_name;    /* SAR 6 and 7: keep the S-CSCF name (else 2004) */
	bool unknown_scheme_strict; /* MAR with "Unknown": refuse with 5006 unless the stored scheme
	                               is a non-AKA one (TS 29.228) */
	unsigned auth_vectors_max;  /* 1 to AUC_VECTORS_MAX */
	/*
	 * Most vectors that one IMPI is given within auth_rate_period seconds; 0: no limit. A
	 * period begins with the first vector after the last one ended.
	 */
	uint32_t auth_rate_max;
	int64_t auth_rate_period;
	int64_t auth_pending_timeout; /* seconds */
	unsigned ind_bits;            /* length of IND in bits, 5 */
	unsigned ind_first;           /* IND range for IMS (TS 33.203 Annex G) */
	unsigned ind_count;
	bool sqn_time_based;      /* profile 1 of TS 33.102 C.3; else profile 2 */
	uint64_t sqn_delta;       /* Delta of the USIMs (TS 33.102 C.2.1), in SEQ */
	const char *home_network; /* canonical; roaming lists do not apply to it */
	uint32_t features;        /* CX_FEATURE_...: what this HSS supports and says so */
};

/* All that a procedure works with besides the request: nothing else reaches it. One thread at a
 * time. */
struct cx_env {
	const struct cx_policy *policy;
	int64_t now; /* seconds since 1970 */
	struct auc_ctx *auc;
	const struct auc_rng *rng;
	struct seal *seal;
};

/*
 * The procedures. Each decides from the snapshot alone, in the order of the clause, first failure
 * wins. On success the snapshot is changed to what has to be stored before the answer leaves; on a
 * refusal it is unchanged, unless an S-CSCF takes over and is told to restore what it serves from
 * now on (SAR, IMS restoration). ans->verdict is always set; other fields stay NULL or 0 when
 * absent (the caller zeroes the answer first). Strings in the answer live as long as the snapshot.
 * Pure: no I/O, no clock.
 *
 * Return true when the snapshot's registrations, S-CSCF or SQN changed and have to be saved.
 */
bool cx_uar_decide(const struct cx_request *req, struct ims_subscription *sub,
                   const struct cx_env *env, struct cx_answer *ans); /* TS 29.228 6.1.1.1 */
bool cx_sar_decide(const struct cx_request *req, struct ims_subscription *sub,
                   const struct cx_env *env, struct cx_answer *ans); /* TS 29.228 6.1.2.1 */
bool cx_lir_decide(const struct cx_request *req, struct ims_subscription *sub,
                   const struct cx_env *env, struct cx_answer *ans); /* TS 29.228 6.1.4.1 */
bool cx_mar_decide(const struct cx_request *req, struct ims_subscription *sub,
                   const struct cx_env *env, struct cx_answer *ans); /* TS 29.228 6.3.1 */

/*
 * Whether a request that a small view serves as a rule needs the full one after all: a MAR that
 * takes the user from another S-CSCF, which has to be told every IMPU. Pure.
 */
bool cx_needs_full(const struct cx_request *req, const struct ims_subscription *sub);

struct store;

/*
 * Serve one request inside the transaction that the caller opened: load, decide, save. The answer
 * must not leave before that transaction is committed.
 *
 *   sub  scratch snapshot, emptied first; strings of ans live in it
 *
 * Returns HSS_OK when ans holds the answer, refusals included. On a failure of ours ans says
 * UNABLE_TO_COMPLY or TOO_BUSY, holds no vector, and nothing of this request is stored;
 * HSS_ERR_STORE and HSS_ERR_FULL mean that the store is latched and the whole transaction is lost.
 */
HSS_MUST_CHECK enum hss_err cx_serve(struct store *store, const struct cx_request *req,
                                     const struct cx_env *env, struct ims_subscription *sub,
                                     struct cx_answer *ans);

/* Turn a failure of ours into the answer that says so, and wipe whatever the answer held. */
void cx_answer_fail(struct cx_answer *ans, uint32_t command, enum hss_err err);

#endif
