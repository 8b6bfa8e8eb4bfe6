/*
 * What the HSS says by itself: Registration-Termination-Request (TS 29.228 6.1.3) and
 * Push-Profile-Request (6.2.2). Decides, from a push of the outbox and a snapshot of the moment,
 * what is to be sent, and from its answer what becomes of both.
 *
 *   queued --prepare--> SEND --> answer, or none --settle--> END, RETRY (later), AGAIN (at once)
 *               `-----> END (nothing is left to be told)
 *
 * The state that an RTR stands for was stored with the operator's act already; the RTR informs the
 * S-CSCF. Pure: no I/O, no clock.
 */
#ifndef QUINTET_HSS_CX_PUSH_H
#define QUINTET_HSS_CX_PUSH_H

#include "hss/cx.h"
#include "hss/err.h"
#include "hss/subscription.h"

enum { CX_PUSH_BACKOFF_MAX = 60 }; /* seconds between attempts at most: 1, 2, 4, ... */

/* What the operator decides (hss.conf); read-only while the HSS runs. */
struct cx_push_policy {
	unsigned attempts;  /* how often a push is sent at most */
	unsigned timeout;   /* seconds that an S-CSCF has to answer */
	int64_t lifetime;   /* seconds that a push waits for its S-CSCF to be connected */
	int64_t keep;       /* seconds that a push is remembered after its end */
	bool server_change; /* an S-CSCF that never answers a PPR gets an RTR SERVER_CHANGE */
};

/* What became of a message. */
enum cx_push_event {
	CX_PUSH_ANSWERED,
	CX_PUSH_SILENCE,     /* no answer in time */
	CX_PUSH_UNDELIVERED, /* the connection was lost before an answer came */
	CX_PUSH_MALFORMED,   /* the answer cannot be read */
};

enum cx_push_next { CX_PUSH_SEND, CX_PUSH_END, CX_PUSH_RETRY, CX_PUSH_AGAIN };

/* What a decision says. Zero it before. */
struct cx_push_verdict {
	enum cx_push_next next;
	enum ims_push_state state;    /* of END: DONE or FAILED */
	char outcome[CX_MESSAGE_LEN]; /* of END and RETRY, in words */
	bool changed;                 /* the snapshot has to be saved, sub->push included */
	int64_t delay;                /* of RETRY and AGAIN: seconds until then */
};

/* What settling works with. */
struct cx_push_result {
	enum cx_push_event event;
	const struct cx_answer *answer; /* of ANSWERED */
	bool never_answers; /* the S-CSCF has left a PPR unanswered before, in good health: it is
	                       not asked a second time */
	bool overtaken;     /* of a PPR: its IMPI was given an SQN after it was sent, so an answer
	                       may be about a registration that has ended since */
};

/*
 * Make the request, but for session_id and origin_*.
 *
 *   push  the push; its strings are borrowed by req. impi may be changed to another of sub
 *   sub   the subscription that has the identities of the push now, loaded in full; id 0: none has.
 *         Of a PPR the document and what else is made is allocated in its arena
 *   req   zeroed by the caller. Secret after a PPR: req->ppr.digest.ha1, to be wiped
 *   v     receives SEND, or END when nothing is left to be told or it cannot be told
 *
 * Return HSS_OK or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err cx_rtr_prepare(const struct ims_push *push,
                                           const struct ims_subscription *sub,
                                           struct cx_request *req, struct cx_push_verdict *v);
HSS_MUST_CHECK enum hss_err cx_ppr_prepare(struct ims_push *push, struct ims_subscription *sub,
                                           const struct cx_env *env, struct cx_request *req,
                                           struct cx_push_verdict *v);

/*
 * Decide what follows.
 *
 *   push  attempts counts this one; impi and associated may be changed (to what sub has, and in
 *         sub's arena)
 *   sub   as in prepare; changed where the answer says so
 *   v     receives END, RETRY or AGAIN
 *
 * Return HSS_OK or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err cx_rtr_settle(struct ims_push *push, struct ims_subscription *sub,
                                          const struct cx_push_policy *policy,
                                          const struct cx_push_result *result,
                                          struct cx_push_verdict *v);
HSS_MUST_CHECK enum hss_err cx_ppr_settle(struct ims_push *push, struct ims_subscription *sub,
                                          const struct cx_env *env,
                                          const struct cx_push_policy *policy,
                                          const struct cx_push_result *result,
                                          struct cx_push_verdict *v);

/* Whether the S-CSCF of the push is the one that is assigned. */
bool cx_push_is_assigned(const struct ims_push *push, const struct ims_subscription *sub);

/* END with a state and words (printf format). */
void cx_push_end(struct cx_push_verdict *v, enum ims_push_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* END with a state and what was answered. */
void cx_push_end_answered(struct cx_push_verdict *v, enum ims_push_state state,
                          const struct cx_push_result *result);

/* What a message without a usable answer is told as; also of an answer that asks for a repetition.
 * RETRY, or END when policy->attempts are spent. */
void cx_push_retry(const struct ims_push *push, const struct cx_push_policy *policy,
                   const struct cx_push_result *result, struct cx_push_verdict *v);

/* Whether the result asks to try again (RFC 6733 7.1.3, 7.1.4), or there was none. */
bool cx_push_is_transient(const struct cx_push_result *result);

#endif
