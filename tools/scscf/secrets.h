/* The ISIM's keys from a file or standard input: lines k=HEX and opc=HEX or op=HEX, 32 digits each.
 */
#ifndef QUINTET_SCSCF_SECRETS_H
#define QUINTET_SCSCF_SECRETS_H

#include "auc/auc.h"
#include "hss/err.h"

/*
 * Read the keys. Blank lines and lines that start with '#' are skipped.
 *
 *   file  path, or "-" for standard input
 *   key   receives K and OPc, computed from OP if need be; zero on error
 *   why   receives, on error, a static text without any part of the secrets
 *
 * Returns HSS_OK, HSS_ERR_IO (errno says why), HSS_ERR_INVALID or HSS_ERR_CRYPTO.
 */
HSS_MUST_CHECK enum hss_err secrets_read(const char *file, struct auc_key *key, const char **why);

#endif
