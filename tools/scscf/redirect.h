/*
 * The client's side of Dx (TS 29.228 6.4, RFC 6733 6.12): a Cx transport over another one that
 * follows redirects. What an SLF answers with DIAMETER_REDIRECT_INDICATION is asked anew of the
 * hosts it names, in their order, until one can be reached. A redirect is followed once, so that
 * two nodes that redirect to each other are no endless way; nothing is remembered.
 *
 * No socket in here: how to reach a host comes in as a function.
 */
#ifndef QUINTET_SCSCF_REDIRECT_H
#define QUINTET_SCSCF_REDIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/scscf/scscf.h"

enum { REDIRECT_HOST_LEN = 256 };

struct redirect_target {
	char host[REDIRECT_HOST_LEN]; /* Diameter identity */
	uint16_t port;
};

/*
 * Read a DiameterURI (RFC 6733 4.3.1). Absent parts are port 3868 and TCP. False for what is no
 * such URI, and for what this client does not speak: aaas, another transport than TCP, another
 * protocol than diameter.
 */
bool redirect_parse(const char *uri, struct redirect_target *target);

/*
 * Connect to a host unless that is done.
 *
 * Returns HSS_OK when it is connected, else another value: the next host is tried.
 */
typedef enum hss_err redirect_reach(void *opaque, const struct redirect_target *target);

struct redirect_cx {
	struct scscf_cx inner;
	redirect_reach *reach;
	void *opaque; /* of reach */
};

/*
 * The transport to use; points into redirect. Any number of threads may ask when they may ask the
 * inner one and reach. Its ask returns HSS_ERR_IO, with a reason in verdict.message, when none of
 * the hosts can be reached.
 */
struct scscf_cx redirect_cx_open(struct redirect_cx *redirect, const struct scscf_cx *inner,
                                 redirect_reach *reach, void *opaque);

#endif
