/* What freeDiameter leaves at the kernel's defaults on its sockets. */
#ifndef QUINTET_HSS_SOCKETS_H
#define QUINTET_HSS_SOCKETS_H

#include "hss/err.h"

/*
 * Once the core listens, set on every TCP socket of this process, and so on each connection
 * accepted from a listening one:
 *
 *   TCP_NODELAY  freeDiameter sends each message with a write of its own: without it an answer may
 *                wait 40 ms for the acknowledgement of the one before
 *   SO_RCVBUF    128 KiB, some 300 requests: what waits in the kernel while a connection is held
 *                back (hss/flow.h) grows old, and nobody counts it
 *
 * One instance a process: a thread waits for the core, which listens only after it has loaded its
 * extensions.
 *
 * Returns HSS_OK or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err sockets_open(void);

/* End the wait, if the core never started. Harmless when not open. */
void sockets_close(void);

#endif
