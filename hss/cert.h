/* X.509 certificates of TLS: whom one is for, and when it ends. Pure: no clock, no network. */
#ifndef QUINTET_HSS_CERT_H
#define QUINTET_HSS_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "hss/err.h"

enum { CERT_TEXT_LEN = 512 };

/*
 * Whether a certificate names a Diameter node: a DNS name of its subjectAltName is the identity,
 * without regard to case (RFC 6733 2.2 and 13.1, RFC 6125). A name with * stands for nobody, and
 * the common name counts for nothing.
 *
 *   der, len  the certificate as octets
 *   host      the Diameter identity
 *
 * False as well for octets that are no certificate.
 */
bool cert_is_for(const uint8_t *der, size_t len, const char *host);

/*
 * Look for certificates in a PEM file that have ended, or will have within some days.
 *
 *   now   seconds since the epoch
 *   days  from 0 on; 0: only those that have ended
 *   tell  called for each of them with a sentence: name, file, date; text is of the call only
 *
 * Returns HSS_OK, HSS_ERR_IO (errno says why), HSS_ERR_INVALID (no certificate in it).
 */
HSS_MUST_CHECK enum hss_err certs_look(const char *path, time_t now, unsigned days,
                                       void (*tell)(void *opaque, const char *text), void *opaque);

#endif
