/*
 * Which identities a file has had so far, and on which line each: 16 octets an identity, so that a
 * file of millions fits. Identities are kept as the first 96 bits of their SHA-256.
 */
#ifndef HSSCTL_SEEN_H
#define HSSCTL_SEEN_H

#include <stddef.h>
#include <stdint.h>

#include "hss/err.h"

struct seen;

/* NULL when memory is out or libcrypto fails. */
struct seen *seen_open(void);
void seen_close(struct seen *seen);

/*
 * Note an identity.
 *
 *   line   its line, from 1
 *   first  receives the line that had it first: line itself when it is new
 *
 * Returns HSS_OK, HSS_ERR_MEMORY, HSS_ERR_CRYPTO.
 */
HSS_MUST_CHECK enum hss_err seen_note(struct seen *seen, const char *identity, uint32_t line,
                                      uint32_t *first);

#endif
