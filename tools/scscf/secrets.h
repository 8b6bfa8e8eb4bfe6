/*
 * What the UE knows, from a file or standard input: lines k=HEX and opc=HEX or op=HEX of an ISIM,
 * 32 digits each, and password=TEXT or ha1=HEX of a user of SIP Digest; of one of both or of both.
 */
#ifndef QUINTET_SCSCF_SECRETS_H
#define QUINTET_SCSCF_SECRETS_H

#include <stdbool.h>

#include "auc/auc.h"
#include "hss/err.h"
#include "tools/scscf/digest.h"

/* Secret. */
struct secrets {
	bool has_key;
	bool has_digest;
	struct auc_key key; /* K and OPc, computed from OP if need be; zero without */
	struct digest_secret digest;
};

/*
 * Read them. Blank lines and lines that start with '#' are skipped, blanks around a password too.
 *
 *   file     path, or "-" for standard input
 *   secrets  receives what is there, at least one kind; zero on error
 *   why      receives, on error, a static text without any part of the secrets
 *
 * Returns HSS_OK, HSS_ERR_IO (errno says why), HSS_ERR_INVALID or HSS_ERR_CRYPTO.
 */
HSS_MUST_CHECK enum hss_err secrets_read(const char *file, struct secrets *secrets,
                                         const char **why);

#endif
