/*
 * Keys at rest, K with OPc and HA1 of SIP Digest: sealed with AES-256-GCM under a master key, bound
 * to their IMPI.
 *
 *   octet  0        1        2      3          4..15   16..47     48..63
 *          version  key id   kind   reserved   nonce   text       tag
 *          `--------- associated data ---------'       encrypted
 *
 * kind 0: text is K || OPc; kind 1: HA1 and 16 zeros, so that neither opens in the place of the
 * other; kind 2: a fixed text, the check value of a master key.
 *
 * The IMPI is associated data as well, so that a row copied onto another subscriber does not open.
 *
 * Master keys are in a ring: the last one seals, the others only open, until what they sealed has
 * been sealed anew (hss/keys.h). Raw octets of master keys are in OPENSSL_secure_malloc memory, and
 * only while the file is read or written.
 */
#ifndef QUINTET_HSS_SEAL_H
#define QUINTET_HSS_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auc/auc.h"
#include "hss/err.h"

enum {
	SEAL_KEY_LEN = 64,
	SEAL_MASTER_LEN = 32,
	SEAL_HA1_LEN = 16,
	SEAL_ID_MAX = 255,   /* ids of master keys are 1 to this */
	SEAL_RING_MAX = 16,  /* master keys in one file */
	SEAL_WHY_LEN = 1024, /* octets of a reason, with its NUL */
};

/* What stands in front of the name of a systemd credential in the place of a path. */
#define SEAL_CREDENTIAL "credential:"

struct seal_key {
	uint8_t octets[SEAL_KEY_LEN];
};

/* The master keys, opened. One per thread: it holds cipher state. */
struct seal;

/*
 * Open a master key file: 64 hexadecimal digits, which are the key of id 1, or lines ID:KEY with an
 * id from 1 to 255 and 64 digits. The key of the last line seals. Last, not highest: a file reads
 * as its history, and ids can begin anew at 1 after 255.
 *
 * It has to be a regular file, of the process's user or root (for root: of anybody), that group and
 * others cannot use. The credentials of systemd are its own files: they may have the mode 0440,
 * where the group's bit is the mask of the access list by which the service's user may read.
 *
 *   source  a path, or SEAL_CREDENTIAL and a name: the file of this name in the folder that the
 *           environment variable CREDENTIALS_DIRECTORY names
 *   out     receives the handle, to be closed with seal_close
 *   why     receives, on error, file, line and reason; never content
 *
 * Returns HSS_OK, HSS_ERR_IO (errno says why), HSS_ERR_INVALID (content, owner or mode),
 * HSS_ERR_CRYPTO, HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err seal_open(const char *source, struct seal **out,
                                      char why[static SEAL_WHY_LEN]);

/* Give a handle the keys of a fresh one, which is closed by this; its own are wiped. */
void seal_replace(struct seal *seal, struct seal *fresh);

/*
 * Make the file that the keys come from durable, with its name, whoever wrote it: before anything
 * is committed that is sealed under a key of it for the first time. (Of a credential it is the
 * copy of systemd; the file it is made from is durable when seal_add has returned.)
 *
 * Returns HSS_OK, HSS_ERR_IO (errno says why) or HSS_ERR_INVALID; why as of seal_open.
 */
HSS_MUST_CHECK enum hss_err seal_sync(const struct seal *seal, char why[static SEAL_WHY_LEN]);

/* Wipe and free; NULL is allowed. */
void seal_close(struct seal *seal);

/* Where the keys come from, for messages. Lives as long as the handle. */
const char *seal_source(const struct seal *seal);

/* The id of the key that seals; all ids in the order of the file, returning how many. */
unsigned seal_id(const struct seal *seal);
size_t seal_ids(const struct seal *seal, unsigned ids[static SEAL_RING_MAX]);
bool seal_has(const struct seal *seal, unsigned id);

/* The id of the master key that a record names. */
unsigned seal_id_of(const struct seal_key *sealed);

/*
 * Make a new master key file of mode 0600 with one key of id 1. Never overwrites: HSS_ERR_EXISTS;
 * HSS_ERR_IO, HSS_ERR_CRYPTO, HSS_ERR_MEMORY. The file is there whole, and durable, or not at all.
 */
HSS_MUST_CHECK enum hss_err seal_create(const char *path);

/*
 * Add a new key to a master key file, as the last one; or take one out, which cannot be the last.
 * The new file is written beside the former one as PATH.new, synced and put in its place, with its
 * owner: the file is whole at any time, and durable when this returns HSS_OK. After HSS_ERR_IO it
 * is the former one or the new one. Nobody else may change it meanwhile.
 *
 *   id   receives the id of the new key; or says which one to take out
 *   why  as of seal_open
 *
 * Return HSS_OK or as seal_open; HSS_ERR_LIMIT when the ring is full; HSS_ERR_NOT_FOUND when there
 * is no such key; HSS_ERR_BUSY when it is the last one, or when another process changes the file.
 */
HSS_MUST_CHECK enum hss_err seal_add(const char *path, unsigned *id, char why[static SEAL_WHY_LEN]);
HSS_MUST_CHECK enum hss_err seal_remove(const char *path, unsigned id,
                                        char why[static SEAL_WHY_LEN]);

/* Seal a key for an IMPI (canonical). Returns HSS_OK or HSS_ERR_CRYPTO. */
HSS_MUST_CHECK enum hss_err seal_wrap(struct seal *seal, const char *impi,
                                      const struct auc_key *key, struct seal_key *out);

/*
 * Open a sealed key. Returns HSS_OK; HSS_ERR_SEAL when it was not sealed for this IMPI under one of
 * these master keys, or was changed (out is then wiped); HSS_ERR_CRYPTO.
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

/*
 * Open a record and seal its content under the key that seals.
 *
 *   is_ha1  which of the two the record has to be
 *   out     may be in; unchanged on error
 *
 * Returns as seal_unwrap.
 */
HSS_MUST_CHECK enum hss_err seal_renew(struct seal *seal, const char *impi, bool is_ha1,
                                       const struct seal_key *in, struct seal_key *out);

/*
 * The check value of a master key: what shows later whether the right one was given. check returns
 * HSS_OK, HSS_ERR_NOT_FOUND (no key of this id), HSS_ERR_SEAL (another key, or another value),
 * HSS_ERR_CRYPTO; make the same but HSS_ERR_SEAL.
 */
HSS_MUST_CHECK enum hss_err seal_check_make(struct seal *seal, unsigned id, struct seal_key *out);
HSS_MUST_CHECK enum hss_err seal_check(struct seal *seal, unsigned id, const struct seal_key *in);

#endif
