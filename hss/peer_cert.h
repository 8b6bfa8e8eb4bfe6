/*
 * TLS of the Diameter node: a peer's certificate has to name it, and certificates of ours that end
 * soon are said in advance.
 *
 * freeDiameter takes every certificate that an authority of TLS_CA has signed, so that whoever has
 * one could be any peer of acl.conf. Here the certificate has to name the Origin-Host of the CER.
 */
#ifndef QUINTET_HSS_PEER_CERT_H
#define QUINTET_HSS_PEER_CERT_H

#include "hss/err.h"

/*
 * Begin: from now on peers are looked at, before extensions loaded earlier are asked; the
 * certificates are looked at now and every day, on a thread of its own. Without TLS nothing is
 * done.
 *
 *   days  certificates that end within so many days are told, as errors; 0: those that have ended
 *
 * Returns HSS_OK or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err peer_cert_open(unsigned days);

/* End the thread. freeDiameter keeps asking; without an open node nobody connects. */
void peer_cert_close(void);

#endif
