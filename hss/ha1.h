/* HA1 of SIP Digest (RFC 2617 3.2.2.2). Pure: any thread may call. */
#ifndef QUINTET_HSS_HA1_H
#define QUINTET_HSS_HA1_H

#include <stddef.h>
#include <stdint.h>

#include "hss/err.h"
#include "hss/seal.h"

/*
 * HA1 = MD5(IMPI ":" realm ":" password). Nothing in time depends on the password but its length.
 *
 *   password_len  octets of the password, which needs no NUL
 *   ha1           receives the octets: a secret, to be wiped by the caller; unspecified on error
 *
 * Returns HSS_OK or HSS_ERR_CRYPTO.
 */
HSS_MUST_CHECK enum hss_err ha1_make(const char *impi, const char *realm, const char *password,
                                     size_t password_len, uint8_t ha1[static SEAL_HA1_LEN]);

#endif
