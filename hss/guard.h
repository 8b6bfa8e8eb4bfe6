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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of one message: an S-CSCF such as Kamailio takes as many. Bounds the depth of nesting,
 * too. */
enum { GUARD_MESSAGE_LEN_MAX = 65536 };

/* Octets of the header of a message (RFC 6733 3). */
enum { GUARD_HEADER_LEN = 20 };

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

/* Of a message of at least GUARD_HEADER_LEN octets: whether it is a request, and whether it is the
 * one that ends the connection (Disconnect-Peer-Request, RFC 6733 5.4.1). */
bool guard_is_request(const uint8_t *octets);
bool guard_is_dpr(const uint8_t *octets);

#endif
