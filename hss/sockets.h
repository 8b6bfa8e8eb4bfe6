/* What freeDiameter leaves at the kernel's defaults on its sockets. */
#ifndef QUINTET_HSS_SOCKETS_H
#define QUINTET_HSS_SOCKETS_H

/*
 * Set on every TCP socket of this process, and so on each connection accepted from a listening one:
 *   TCP_NODELAY  freeDiameter sends each message with a write of its own: without it an answer may
 * wait 40 ms for the acknowledgement of the one before; SO_RCVBUF    128 KiB, some 300 requests:
 * what waits in the kernel while a connection is held back (hss/flow.h) grows old, and nobody
 * counts it. Call it once the core listens. Returns how many sockets there were.
 */
unsigned sockets_tune(void);

#endif
