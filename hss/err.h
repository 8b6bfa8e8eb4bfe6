/*
 * Failures of ours. What TS 29.228 describes (user unknown, identities do not match) is not here:
 * it is a value of the answer, enum cx_result.
 */
#ifndef QUINTET_HSS_ERR_H
#define QUINTET_HSS_ERR_H

#define HSS_MUST_CHECK __attribute__((warn_unused_result))

enum hss_err {
	HSS_OK,
	HSS_ERR_NOT_FOUND, /* the thing named does not exist */
	HSS_ERR_EXISTS,    /* the thing to be made exists already */
	HSS_ERR_INVALID,   /* a value that came from outside is not acceptable */
	HSS_ERR_LIMIT,     /* a size or count limit of ours would be passed */
	HSS_ERR_EXHAUSTED, /* SEQ has no successor: no vector for this IMPI again (TS 33.102 C.3) */
	HSS_ERR_BUSY,   /* not now: queue full, deadline passed or the database locked; nothing was
	                   done */
	HSS_ERR_LOCKED, /* another process owns the database */
	HSS_ERR_SCHEMA, /* the database has another schema version than this program */
	HSS_ERR_STORE,  /* the store failed; it is latched and has to be opened anew */
	HSS_ERR_FULL,   /* as HSS_ERR_STORE; the cause is a full disk */
	HSS_ERR_SEAL,   /* a sealed key does not open: wrong master key, or a row that was tampered
	                   with */
	HSS_ERR_CRYPTO, /* libcrypto or the random number generator failed */
	HSS_ERR_IO,     /* a file or a socket failed; errno says why */
	HSS_ERR_MEMORY,
};

/* A short English text for log lines and messages; never NULL, static. */
const char *hss_err_text(enum hss_err err);

#endif
