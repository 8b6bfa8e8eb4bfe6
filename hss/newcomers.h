/*
 * Connections whose peer has not said yet who it is (CER, RFC 6733 5.3).
 *
 * freeDiameter 1.2.1 lets each wait for 20 seconds in one of ThreadsPerServer threads, and accepts
 * no other meanwhile when all are taken: as many connections that say nothing, or half a message,
 * shut out every new peer. It ends altogether when it has no file descriptor for one more. So:
 *   - the kernel gives a connection to freeDiameter only when something has arrived on it, for
 *     NEWCOMERS_DEFER_S seconds (TCP_DEFER_ACCEPT), and holds more of them than freeDiameter asks
 * for;
 *   - a thread looks at those that were accepted. One without a CER after NEWCOMERS_CALM_MS is shut
 *     down, and when the threads are about to be taken, one that is silent for NEWCOMERS_SILENT_MS,
 * or has sent but part of one for NEWCOMERS_PART_MS;
 *   - each source address (for IPv6 the /64) may send NEWCOMERS_CER_BURST CERs at once and
 *     NEWCOMERS_CER_RATE a second after that: freeDiameter keeps what it knows of a peer for up to
 *     four minutes, whether it was let in or not;
 *   - a CER on one of the last descriptors is refused;
 *   - the name of an address that connects, which freeDiameter looks up before it accepts the next
 *     one, comes from /etc/hosts alone, not from DNS, unless a ConnectPeer is configured.
 *
 * An address that floods is for a firewall to keep out (docs/hardening.md).
 */
#ifndef QUINTET_HSS_NEWCOMERS_H
#define QUINTET_HSS_NEWCOMERS_H

#include <stdbool.h>
#include <stdint.h>

#include "hss/err.h"

struct peer_hdr;

enum {
	NEWCOMERS_DEFER_S = 5,
	NEWCOMERS_CALM_MS = 5000,
	NEWCOMERS_SILENT_MS = 50,
	NEWCOMERS_PART_MS = 200,
	NEWCOMERS_CER_BURST = 200,
	NEWCOMERS_CER_RATE = 10,
	NEWCOMERS_BACKLOG = 1024,
};

/*
 * Start the thread; it begins its work when the node runs. Raises the limit of open files as far as
 * it may, up to 1,024: freeDiameter's TLS calls select(), which knows no more.
 *
 * Returns HSS_OK or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err newcomers_open(void);

void newcomers_close(void);

/*
 * A message has arrived on the calling receiver thread. Before a connection is let in there may be
 * a CER alone, or the CEA to ours.
 *
 *   command  its code
 *   is_cer   it is a CER
 *
 * Returns NULL when freeDiameter may have it, else a static text that completes "the message ...".
 */
const char *newcomers_check(uint32_t command, bool is_cer);

/* The peer has been let in: from HOOK_PEER_CONNECT_SUCCESS. Any thread. */
void newcomers_let_in(struct peer_hdr *peer);

#endif
