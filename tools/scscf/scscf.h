/*
 * The S-CSCF's side of registration: IMS AKA with vectors from the HSS over Cx (TS 33.203 6.1,
 * TS 29.228 6.1.2, 6.3), or SIP Digest with HA1 from there and a nonce of our own (TS 33.203 annex
 * N, TS 24.229 5.4.1.2); registration states and timers.
 *
 *   REGISTER --> challenge (401) --> REGISTER with the answer --> SAR --> 200
 *                  | no answer in time: SAR 10          | wrong, or MAC refused by the UE: SAR 9,
 * 403 | a new REGISTER: cancels it         | AUTS: MAR with RAND || AUTS, challenge again
 *
 * SIP Digest knows no AUTS. HA1 is kept like the vectors in stock, and a PPR replaces it.
 *
 * No socket, no thread and no clock in here: Cx goes through struct scscf_cx, time comes in as an
 * argument and never goes back. One thread at a time may use a struct scscf.
 */
#ifndef QUINTET_SCSCF_SCSCF_H
#define QUINTET_SCSCF_SCSCF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auc/auc.h"
#include "hss/arena.h"
#include "hss/cx.h"
#include "hss/err.h"
#include "tools/scscf/digest.h"
#include "tools/scscf/profile.h"

/*
 * The way to an HSS. ask sends a request and waits for its answer; it fills in session_id and the
 * Diameter names of the request itself, Destination-Host only when the request has none.
 *
 *   arena  owns the strings of the answer
 *   ans    zeroed by ask; given to cx_answer_wipe by the caller, also after an error
 *
 * Returns HSS_OK when an answer is there, whatever its result; HSS_ERR_BUSY when none came in time,
 * HSS_ERR_IO when the connection is down or was lost, HSS_ERR_INVALID for a malformed answer
 * (verdict.message then says in words what is wrong with it), HSS_ERR_MEMORY.
 */
struct scscf_cx {
	enum hss_err (*ask)(void *opaque, struct cx_request *req, struct arena *arena,
	                    struct cx_answer *ans);
	void *opaque;
};

/* What happens when a UE does not follow a request of the network to authenticate again (R38). */
enum scscf_silence { SCSCF_SILENCE_DEREGISTER, SCSCF_SILENCE_ASK_AGAIN };

struct scscf_conf {
	const char *server_name;   /* SIP URI; borrowed */
	const char *realm;         /* realm of the digest; borrowed */
	unsigned n_vectors;        /* asked in a MAR, at least 1 */
	int64_t challenge_timeout; /* seconds a UE has to answer (R35) */
	int64_t expires_max;       /* longest registration granted, seconds */
	int64_t expires_margin; /* our timer runs that much longer than the UE's (R30), seconds */
	int64_t reauth_timeout; /* seconds a UE has to follow a re-authentication request (R38) */
	enum scscf_silence silence;
	bool keep_server_name; /* deregister with types 6 and 7 instead of 4 and 5 */
};

struct scscf;

/* NULL when memory is out. conf and cx are copied, what they point to has to outlive the S-CSCF. */
struct scscf *scscf_open(const struct scscf_conf *conf, const struct scscf_cx *cx);

/* Wipe all vectors and free. Sends nothing. NULL is allowed. */
void scscf_close(struct scscf *s);

/* What a REGISTER brings besides the identities. */
enum scscf_credentials {
	SCSCF_NO_CREDENTIALS,
	SCSCF_DIGEST,      /* response of Digest-AKAv1-MD5 or SIP Digest, as it was challenged */
	SCSCF_RAW_RES,     /* RES as octets, as other protocols than SIP bring it */
	SCSCF_AUTS,        /* synchronisation failure */
	SCSCF_NO_RESPONSE, /* network authentication failure: an empty response, no auts (RFC 3310)
	                    */
};

/* A REGISTER, as the I-CSCF passes it on (SM3, SM9). Borrowed texts. */
struct scscf_register {
	const char *impi;
	const char *impu;
	bool integrity_protected; /* set by the P-CSCF: came in the SA of an earlier authentication
	                             (R31, R48) */
	bool sip_digest;          /* the UE is to be challenged with SIP Digest, not AKA */
	int64_t expires;          /* seconds; 0 deregisters */
	enum scscf_credentials credentials;
	const char *nonce; /* the challenge answered; NULL without credentials */
	const char *uri, *qop, *nc, *cnonce,
		*response;  /* of SCSCF_DIGEST; see struct digest_params */
	const uint8_t *res; /* of SCSCF_RAW_RES; secret */
	size_t res_len;
	const uint8_t *auts; /* of SCSCF_AUTS, AUC_AUTS_LEN octets */
};

/* The answer to a REGISTER (SM4, SM10). Secret content: scscf_reply_wipe. */
struct scscf_reply {
	int status;         /* SIP: 200, 401 with a challenge, 403, 500 */
	const char *reason; /* in words, for people; static */
	enum hss_err err;   /* 500: why Cx failed; else HSS_OK */
	enum cx_result
		result; /* what the last Cx answer said; CX_NO_RESULT when the HSS was not asked */
	char nonce[DIGEST_NONCE_LEN + 1];     /* 401; else empty (R34) */
	char realm[DIGEST_REALM_LEN_MAX + 1]; /* 401 with SIP Digest: that of HA1; else empty */
	uint8_t ck[AUC_CK_LEN]; /* 401 with AKA: for the P-CSCF, which keeps them (R27, R47) */
	uint8_t ik[AUC_IK_LEN];
	int64_t expires; /* 200: seconds granted */
};

void scscf_reply_wipe(struct scscf_reply *reply);

/*
 * Serve a REGISTER at the time now (seconds): timers that ran out by then fire first. An
 * unprotected REGISTER is an initial one: a MAR is sent whatever is in stock (TS 29.228 6.3: only
 * the MAR sets authentication pending), and the oldest vector is used. A protected one of a
 * registered user is challenged from the stock, and a MAR is sent only if it is empty (R25). With
 * SIP Digest the HA1 at hand is the stock; a response needs qop "auth".
 */
void scscf_register(struct scscf *s, int64_t now, const struct scscf_register *reg,
                    struct scscf_reply *reply);

/*
 * Run out timers: challenge unanswered -> SAR AUTHENTICATION_TIMEOUT; registration expired -> SAR
 * TIMEOUT_DEREGISTRATION (or its store-server-name kind); re-authentication not followed ->
 * conf.silence. The local state goes whatever the HSS answers. Returns how many fired.
 */
size_t scscf_tick(struct scscf *s, int64_t now);

/* When the next timer runs out; INT64_MAX: none is running. */
int64_t scscf_next_timer(const struct scscf *s);

/*
 * End a registration from the network's side, SAR of this type (CX_SAT_...DEREGISTRATION...).
 * Returns the result of the SAR; CX_NO_RESULT when the HSS did not answer or the IMPU is not
 * registered here.
 */
enum cx_result scscf_deregister(struct scscf *s, const char *impu, uint32_t type);

/* Ask the UE of a registered IMPU to authenticate again (R38). False: it is not registered here. */
bool scscf_reauthenticate(struct scscf *s, int64_t now, const char *impu);

/* How often the UE of this IMPU was asked since its last successful authentication. */
unsigned scscf_reauth_asked(const struct scscf *s, const char *impu);

/* Whether the IMPU is registered here, by itself or implicitly (R29). */
bool scscf_is_registered(const struct scscf *s, const char *impu);

/* Whether a service request of the IMPU may be served: registered and not barred (R39). */
bool scscf_may_serve(const struct scscf *s, const char *impu);

/* The profile that the HSS gave for the IMPU's set, or NULL; valid until the next call with s. */
const struct profile *scscf_profile(const struct scscf *s, const char *impu);

/* When the registration of the IMPU ends here; 0 when it is not registered. */
int64_t scscf_expires_at(const struct scscf *s, const char *impu);

/*
 * An RTR or PPR of the HSS (TS 29.228 6.1.3.1, 6.2.2.1): the contacts of the IMPUs go, or the
 * profile of the IMPI's registrations that share an IMPU with it is replaced, or its HA1, which
 * also decides on a response still to come. Returns the result to
 * answer with: USER_UNKNOWN when nothing of it is registered here, NOT_SUPPORTED_USER_DATA for a
 * profile that cannot be read.
 */
enum cx_result scscf_push(struct scscf *s, const struct cx_request *req);

/* Vectors in stock for an IMPI. */
size_t scscf_stock(const struct scscf *s, const char *impi);

#endif
