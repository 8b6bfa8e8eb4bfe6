/*
 * Cx over libfdcore: this process becomes a Diameter node without a listener, connects to one HSS
 * and asks it, and others when it is told where they are. One node a process, as libfdcore has it.
 *
 * Nothing that libfdcore would log of a message is ever printed: an MAA holds XRES, CK and IK.
 */
#ifndef QUINTET_SCSCF_CX_CLIENT_H
#define QUINTET_SCSCF_CX_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "hss/err.h"
#include "tools/scscf/scscf.h"

enum { CX_CLIENT_WHY_LEN = 256 };

struct pushes;

struct cx_client_conf {
	const char *config_file;  /* a freeDiameter.conf, for TLS and the like; NULL: made of what
	                             follows */
	const char *identity;     /* our Diameter identity */
	const char *realm;        /* our realm, and the one asked */
	const char *hss_identity; /* Diameter identity of the HSS */
	const char *hss_host;     /* address or name of the HSS */
	uint16_t hss_port;
	int timeout;           /* seconds to wait for the connection, and for each answer */
	struct pushes *pushes; /* who answers RTRs and PPRs of the HSS, on a thread of libfdcore;
	                          NULL: nobody. Borrowed until cx_client_close */
	bool verbose;          /* what libfdcore says while connecting goes to stderr */
};

struct cx_client;

/*
 * Start the node and wait until the connection is open.
 *
 *   client  receives the client, for cx_client_close; NULL on error
 *   why     receives, on error, a sentence fragment for the user
 *
 * Returns HSS_OK, HSS_ERR_INVALID (a name that cannot stand in a configuration, or a configuration
 * that libfdcore refuses), HSS_ERR_IO (no connection in time), HSS_ERR_MEMORY. Call it once in a
 * process.
 */
HSS_MUST_CHECK enum hss_err cx_client_open(const struct cx_client_conf *conf,
                                           struct cx_client **client,
                                           char why[static CX_CLIENT_WHY_LEN]);

/* The transport; any number of threads may ask at once. Valid until cx_client_close. */
struct scscf_cx cx_client_cx(struct cx_client *client);

/*
 * Connect to another HSS, unless that is done, and wait until the connection is open; without TLS.
 *
 *   identity  its Diameter identity
 *   host      its address or name
 *
 * Returns HSS_OK, HSS_ERR_INVALID (a name that is none), HSS_ERR_IO (no address, or no connection
 * in time), HSS_ERR_MEMORY. Any number of threads may call.
 */
HSS_MUST_CHECK enum hss_err cx_client_reach(struct cx_client *client, const char *identity,
                                            const char *host, uint16_t port);

/* Disconnect (DPR), stop the node, free. NULL is allowed. */
void cx_client_close(struct cx_client *client);

#endif
