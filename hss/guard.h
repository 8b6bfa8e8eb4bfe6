/*
 * The guard before freeDiameter's parser and router: octets of a peer, checked as they arrive.
 *
 * freeDiameter 1.2.1 was not written for hostile input, nor for all of what a misconfigured peer
 * sends:
 *   - deeply nested AVPs exhaust the stack of its parser;
 *   - an error that its *router* answers (foreign Destination-Realm or Destination-Host, R and E
 * set, our own Route-Record, another application) ends the whole daemon when the peer has gone
 * meanwhile. A message that the guard refuses ends its connection, with a log line that says why;
 * no other peer notices.
 *
 * Pure: no state, any thread may call.
 */
#ifndef QUINTET_HSS_GUARD_H
#define QUINTET_HSS_GUARD_H

#include <stddef.h>
#include <stdint.h>

/* Octets of one message: an S-CSCF such as Kamailio takes as many. Bounds the depth of nesting,
 * too. */
enum { GUARD_MESSAGE_LEN_MAX = 65536 };

/* Who we are; compared without case. */
struct guard_node {
	const char *host;
	const char *realm;
};

/*
 * Check one message.
 *
 *   octets, len  as received, header included
 *
 * Returns NULL when freeDiameter may have it, else a static text that completes "the message ...".
 */
const char *guard_check(const struct guard_node *node, const uint8_t *octets, size_t len);

#endif
