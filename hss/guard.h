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

/* Octets of a CER; those of real peers have some hundred. freeDiameter keeps the identity and the
 * product of whoever sends one for minutes. */
enum { GUARD_CER_LEN_MAX = 4096 };

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

/* Of a message of at least GUARD_HEADER_LEN octets: its command code, and whether it is a request,
 * the one that begins a connection (Capabilities-Exchange-Request, RFC 6733 5.3.1), and the one
 * that ends it (Disconnect-Peer-Request, 5.4.1). */
uint32_t guard_command(const uint8_t *octets);
bool guard_is_request(const uint8_t *octets);
bool guard_is_cer(const uint8_t *octets);
bool guard_is_dpr(const uint8_t *octets);

#endif
