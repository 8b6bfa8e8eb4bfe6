/*
 * Identities in log lines as keyed hashes: whoever reads the log sees which lines are of one user,
 * but not who that is; whoever has the key finds the lines of a user (hssctl log id).
 *
 *   h:0123456789abcdef   the first 64 bits of HMAC-SHA-256 over "quintet log identity", a NUL, and
 *                        the identity in canonical form, IMPI or IMPU
 *
 * The key is in a file of its own, not derived from the master key: hashes stay what they are when
 * the master key is rotated, and who works on logs can be given it without the keys of the
 * subscribers.
 */
#ifndef QUINTET_HSS_LOG_ID_H
#define QUINTET_HSS_LOG_ID_H

#include <stdbool.h>
#include <stddef.h>

#include "hss/err.h"

enum { LOG_ID_LEN = 18, LOG_ID_KEY_LEN = 32 };

struct log_id;

/*
 * Open the key file: 64 hexadecimal digits and a line end, a regular file that group and others
 * cannot use.
 *
 *   create  make a new one, of mode 0600, when there is none
 *   why     receives, on error, a static text that completes "the file of log_key ..."
 *
 * Returns HSS_OK, HSS_ERR_IO (errno says why), HSS_ERR_INVALID (content or mode), HSS_ERR_CRYPTO,
 * HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err log_id_open(const char *path, bool create, struct log_id **out,
                                        const char **why);

/* Wipe and free; NULL is allowed. */
void log_id_close(struct log_id *id);

/* What the log shows in place of a text: of an IMPI or IMPU in any spelling the same. Any thread.
 * When libcrypto fails the digits are question marks. */
void log_id_of(const struct log_id *id, const char *text, char out[static LOG_ID_LEN + 1]);

/*
 * A line with each word that may be an identity replaced: a word with '@', and a SIP, SIPS or tel
 * URI. The names of S-CSCFs are URIs too: nothing tells them from an IMPU without a user part.
 *
 *   size  of out, NUL included; what does not fit is left out
 */
void log_id_scrub(const struct log_id *id, const char *line, char *out, size_t size);

#endif
