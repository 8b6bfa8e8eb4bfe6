/* What freeDiameter asks of a CER that real peers do not give. */
#ifndef QUINTET_HSS_CAPABILITIES_H
#define QUINTET_HSS_CAPABILITIES_H

#include "hss/err.h"

/*
 * Take a CER without Host-IP-Address, which RFC 6733 5.3.1 demands and nothing here reads.
 *
 * Kamailio 5.6's cdp asks for the address of its socket by the file descriptor of another process
 * of its own; at about every second connection that is none, and the AVP is left out. Refused, it
 * comes again after twice its watchdog interval only.
 *
 * Call while extensions are loaded: no peer may be connected yet. Returns HSS_OK or, when the
 * dictionary has no such rule, HSS_ERR_INVALID.
 */
HSS_MUST_CHECK enum hss_err capabilities_relax(void);

#endif
