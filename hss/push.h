/*
 * Sending RTRs and PPRs: one thread that is woken when the outbox may have something to send, and
 * otherwise sleeps until the next push is due.
 *
 *   commit that queued pushes, timer, peer connected --> thread --task--> worker: push_take
 *   flight --> thread: fd_msg_send_timeout --> S-CSCF --> answer, silence --task--> worker:
 * push_settle
 *
 * A message is given to freeDiameter only while its peer is open: the router would answer by itself
 * for one that is not. No request of a peer waits for any of this. A flight whose answer comes
 * after the end of the process is a row that waits; it is sent again at the next start.
 */
#ifndef QUINTET_HSS_PUSH_H
#define QUINTET_HSS_PUSH_H

#include "hss/conf.h"
#include "hss/err.h"
#include "hss/worker.h"

/*
 * Start. One instance a process, after cx_codec_init.
 *
 *   conf, worker  kept by reference until push_close
 *
 * Returns HSS_OK or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err push_open(const struct hss_conf *conf, struct worker *worker);

/* Something may have been put into the outbox; for worker_events.outbox_filled. Any thread, also
 * before push_open and after push_close. */
void push_wake(void);

/* A peer has been connected: what waits for it is due. From HOOK_PEER_CONNECT_SUCCESS. */
void push_peer_connected(const char *host);

/* End the thread: nothing is sent or submitted any more. Before worker_stop. Harmless when it is
 * not open. */
void push_stop(void);

/* Forget what was on its way. After worker_stop. */
void push_close(void);

#endif
