/*
 * The outbox at work, inside the worker's transactions: taking what is due, settling what was
 * answered, following up changes of what subscriptions share. What is decided is in hss/cx_push.h;
 * how messages travel in hss/push.c.
 *
 *   waiting --push_take--> flight (attempts counted, stored) --> sent --push_settle--> ended, or
 *      ^                                                                 waiting for the next time
 *      `-- a crash in between: the row is there, and due
 *
 * All on the worker's thread, in a transaction that the caller opened. A flight belongs to the
 * worker while a task with it is under way, else to the sender.
 */
#ifndef QUINTET_HSS_PUSH_WORK_H
#define QUINTET_HSS_PUSH_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hss/arena.h"
#include "hss/cx.h"
#include "hss/cx_push.h"
#include "hss/err.h"
#include "hss/store.h"
#include "hss/subscription.h"

enum {
	/* Messages that wait for an answer at once: half of them to one S-CSCF, less beside other
	 * busy ones, so that silent ones do not stop the others. */
	PUSH_FLIGHT_MAX = 32,
	PUSH_LOOK_MAX = 64,  /* rows that one push_take sends, parks or ends, and a page of them */
	PUSH_READ_MAX = 256, /* rows that one push_take reads, those of a busy S-CSCF too */
	PUSH_SCAN_MAX = 200, /* subscriptions that one push_scan looks at */
	PUSH_SCAN_SPAN = 10000,
	PUSH_WAKE_MAX = 1000,
	PUSH_PRUNE_MAX = 1000,
};

/* How an S-CSCF can be reached. */
enum push_peer {
	PUSH_PEER_OPEN,
	PUSH_PEER_UNSETTLED, /* connected, but its watchdog is not settled: soon */
	PUSH_PEER_AWAY,
};

/* One message on its way. */
struct push_flight {
	struct ims_push push; /* id 0: the flight is free */
	struct cx_request request;
	struct cx_push_result result; /* of it */
	struct cx_answer answer;
	uint64_t sqn; /* of User-Name when the message was made; 0: it is not known there */
	bool unsent;  /* the peer was gone when it was to be sent: no attempt */
	struct cx_push_verdict verdict; /* of push_settle */
	struct arena arena;             /* of push and answer */
	struct ims_subscription sub;    /* scratch; owns what request borrows */
};

/* What the work depends on. */
struct push_rules {
	const struct cx_push_policy *policy;
	enum push_peer (*peer)(const char *host);
	/* A push has ended in push_take: its outcome is one for people. */
	void (*ended)(const struct ims_push *push);
};

struct push_taken {
	size_t n;      /* flights that were filled */
	int64_t after; /* the pass goes on behind this id; 0: it has ended, another one may begin */
	bool again;    /* a pass from the start is worth it: what ended may have held up another */
	int64_t next;  /* when the next one is due, seconds since 1970; 0: none is waiting */
};

/*
 * Fill free flights with what is due. What needs no message any more, or has waited too long for
 * its S-CSCF, ends; what waits for an S-CSCF that is not connected becomes due at the end of its
 * life (store_push_wake makes it due before).
 *
 * The due ones are gone through in passes, a bounded portion a call: a pass meets what was due when
 * it began, as far as flights are free and their S-CSCFs have not got their share. Who lands a
 * flight begins another one.
 *
 *   flight  PUSH_FLIGHT_MAX of them
 *   taken   taken->after says where to go on, as it was left there by the last call
 *
 * Returns HSS_OK or an error of the store, and is to be begun from the start then.
 */
HSS_MUST_CHECK enum hss_err push_take(struct store *store, const struct cx_env *env,
                                      const struct push_rules *rules, struct push_flight *flight,
                                      struct push_taken *taken);

/*
 * Store what became of a message. flight->verdict says it, with state CANCELLED when the push was
 * ended by somebody else meanwhile.
 */
HSS_MUST_CHECK enum hss_err push_settle(struct store *store, const struct cx_env *env,
                                        const struct push_rules *rules, struct push_flight *flight);

/* One portion of the oldest scan; *left receives whether there may be more. */
HSS_MUST_CHECK enum hss_err push_scan(struct store *store, int64_t now, bool *left);

/* Wipe and free what a flight holds; it is free afterwards. */
void push_flight_clear(struct push_flight *flight);

#endif
