/*
 * Flow control for each connection of freeDiameter, whose own queues know no connections.
 *
 *   receiver thread --flow_received--> freeDiameter, worker --flow_put--> list --flow_take-->
 * freeDiameter
 *
 * Inwards: freeDiameter's queue between a connection's receiver and its state machine has no bound.
 * Of the requests that are not answered yet, one connection may have half of what all may have, its
 * fair share when all have as many as they may, and never more than FLOW_OCTETS_MAX octets. Then it
 * is read no further, and what its peer sends waits in TCP. So no peer takes all memory, nor the
 * places of others in the queue. To hold back is also cheaper than to refuse: a refusal costs
 * freeDiameter most of what an answer costs (docs/performance.md).
 *
 * Outwards: freeDiameter has one thread that gives all answers to the connections' queues, of five
 * places each, and waits when one is full. So a peer that does not read its answers would stop
 * those of every other one. An answer is therefore handed over only while its connection has fewer
 * than FLOW_HANDED_MAX under way; the rest waits in a list of its own connection. Answers for a
 * connection whose watchdog is not settled (RFC 3539: SUSPECT, REOPEN), which freeDiameter would
 * drop, wait FLOW_HOLD_MS at most.
 *
 * What a message costs its connection is given back when freeDiameter frees the message, whatever
 * became of it. Any thread may call, but for flow_take.
 */
#ifndef QUINTET_HSS_FLOW_H
#define QUINTET_HSS_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "hss/err.h"

struct msg;
struct fd_hook_data_hdl;
struct fd_hook_permsgdata;

enum {
	FLOW_SHARE_MIN = 16, /* requests that a connection may always have inside */
	FLOW_OCTETS_MAX = 4 << 20,
	FLOW_HANDED_MAX = 5,
	FLOW_HOLD_MS = 10000,
};

/*
 * Start. One instance a process.
 *
 *   limit requests inside, of all connections together
 *   wake  called when flow_take may have something to give, without a lock of this module
 *   data  receives the handle with which the hooks that call flow_received and flow_parsed have to
 * be registered
 *
 * Returns HSS_OK or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err flow_open(unsigned limit, void (*wake)(void),
                                      struct fd_hook_data_hdl **data);

/* Discard what waits. After it flow_put discards. */
void flow_close(void);

/* From HOOK_DATA_RECEIVED, on the receiver thread: count the message, and wait while its connection
 * has its fill. A cancellation point. */
void flow_received(struct fd_hook_permsgdata *pmd, size_t octets);

/* From HOOK_MESSAGE_RECEIVED: the octets have become a message, and what is counted goes with it.
 * Octets that have not when their receiver thread ends are counted no more: freeDiameter drops
 * those that wait for its state machine at the end of a connection without a word. */
void flow_parsed(struct fd_hook_permsgdata *pmd);

/*
 * An answer that is ready to be sent, to be fetched by flow_take when its connection has room.
 * Returns whether the message is taken over; not so one whose request was not counted, for want of
 * memory: send it yourself.
 */
bool flow_put(struct msg *answer);

/* Whether an answer can be given to freeDiameter at once; then it counts as handed over, and the
 * caller sends it. */
bool flow_pass(struct msg *answer);

/*
 * The next answer to give to freeDiameter, or NULL when there is none for now. One thread only, the
 * sender.
 *
 *   wait_ms  receives, with NULL, how long until it is worth asking again without a wake; -1: for
 * ever
 */
struct msg *flow_take(int *wait_ms);

/* How many answers found their connection closed, or waited in vain. */
unsigned flow_discarded(void);

#endif
