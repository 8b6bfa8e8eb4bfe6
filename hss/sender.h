/*
 * The sender: one thread between the worker and freeDiameter. It logs, encodes and sends the
 * answers of finished jobs, in their order.
 *
 *   worker --sender_add--> list --> sender: log | encode --> flow.h: connections --> fd_msg_send
 *
 * fd_msg_send waits while freeDiameter's queue of outgoing messages is full. That wait is the
 * sender's alone: the worker, the only writer of the store, never waits for a peer; nor does a peer
 * wait for another one (hss/flow.h).
 *
 * freeDiameter tells its extensions of the end only when it has stopped its routing, closed the
 * connections and destroyed that queue. The sender ends before: when freeDiameter reports the first
 * message lost with its queues, and in sender_close at the latest. Answers that are left then go
 * nowhere; how many is one line of the log.
 */
#ifndef QUINTET_HSS_SENDER_H
#define QUINTET_HSS_SENDER_H

#include "hss/err.h"
#include "hss/worker.h"

struct msg;

/*
 * Start the thread. One instance a process.
 *
 *   host, realm  identity of this node, kept by reference until sender_close
 *
 * Returns HSS_OK or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err sender_open(const char *host, const char *realm);

/*
 * Send the answer of a job, some time; fits worker_job.done. Never blocks. Any thread.
 *
 *   job  opaque is the struct msg of the request; job and message pass to the sender
 */
void sender_add(struct worker_job *job);

/*
 * Send an answer for which there is no job. Encoded on the caller's thread.
 *
 *   msg  the request; consumed
 */
void sender_answer(struct msg *msg, const struct cx_answer *answer);

/* Something became ready to be sent; for flow_open. Any thread. */
void sender_wake(void);

/*
 * End the thread, also when it waits for freeDiameter, and give back the jobs left. After
 * worker_stop, so that no job comes any more, and before worker_close, which frees the jobs.
 * Harmless when the sender is not open.
 */
void sender_close(void);

#endif
