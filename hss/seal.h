/*
 * Keys at rest, K with OPc and HA1 of SIP Digest: sealed with AES-256-GCM under the master key,
 * bound to their IMPI.
 *
 *   octet  0        1        2      3          4..15   16..47     48..63
 *          version  key id   kind   reserved   nonce   text       tag
 *          `--------- associated data ---------'       encrypted
 *
 * kind 0: text is K || OPc; kind 1: HA1 and 16 zeros, so that neither opens in the place of the
 * other.
 *
 * The IMPI is associated data as well, so that a row copied onto another subscriber does not open.
 */
#ifndef QUINTET_HSS_SEAL_H
#define QUINTET_HSS_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "auc/auc.h"
#include "hss/err.h"

enum { SEAL_KEY_LEN = 64, SEAL_MASTER_LEN = 32, SEAL_HA1_LEN = 16 };

struct seal_key {
	uint8_t octets[SEAL_KEY_LEN];
};

/* The master key, opened. One per thread: it holds cipher state. */
struct seal;

/*
 * Open a master key file: 64 hexadecimal digits and a line end, not readable by group or others.
 *
 *   path  the file
 *   out   receives the handle, to be closed with seal_close
 *   why   receives, on error, a static text that completes "the master key file ..."
 *
 * Returns HSS_OK, HSS_ERR_IO (errno says why), HSS_ERR_INVALID (content or mode), HSS_ERR_CRYPTO.
 */
HSS_MUST_CHECK enum hss_err seal_open(const char *path, struct seal **out, const char **why);

/* Make a new master key file of mode 0600. Never overwrites: HSS_ERR_EXISTS; HSS_ERR_IO,
 * HSS_ERR_CRYPTO. */
HSS_MUST_CHECK enum hss_err seal_create(const char *path);

/* Wipe and free; NULL is allowed. */
void seal_close(struct seal *seal);

/* Seal a key for an IMPI (canonical). Returns HSS_OK or HSS_ERR_CRYPTO. */
HSS_MUST_CHECK enum hss_err seal_wrap(struct seal *seal, const char *impi,
                                      const struct auc_key *key, struct seal_key *out);

/*
 * Open a sealed key. Returns HSS_OK; HSS_ERR_SEAL when it was not sealed for this IMPI under this
 * master key, or was changed (out is then wiped); HSS_ERR_CRYPTO.
 */
HSS_MUST_CHECK enum hss_err seal_unwrap(struct seal *seal, const char *impi,
                                        const struct seal_key *in, struct auc_key *out);

/*
 * The same for HA1 = MD5(username ":" realm ":" password) of SIP Digest (RFC 2617 3.2.2.2), as
 * octets. ha1 is wiped on error.
 */
HSS_MUST_CHECK enum hss_err seal_wrap_ha1(struct seal *seal, const char *impi,
                                          const uint8_t ha1[static SEAL_HA1_LEN],
                                          struct seal_key *out);
HSS_MUST_CHECK enum hss_err seal_unwrap_ha1(struct seal *seal, const char *impi,
                                            const struct seal_key *in,
                                            uint8_t ha1[static SEAL_HA1_LEN]);

#endif
