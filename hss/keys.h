/*
 * Which master keys the records of a database are sealed under, and the way from one to the next.
 *
 * Table master_key has a row for each; its check value shows whether the right key was given. A
 * rotation:
 *
 *   file  1     1,2      1,2           1,2             1,2              2
 *   rows  1*    1*       1,2*          1,2*            2*               2*
 *         |     |        |             |               |                |
 *         | key added    | keys_bring: | keys_rotate:  | nothing is     | key 1 retired: backups
 *         | to the file  | 2 seals     | a portion a   | sealed under   | from before do not open
 *                                      | time          | 1 any more     | any more
 *
 * (* seals.) An end at any point leaves every record open to the keys of the file; going on from
 * the rows finishes it.
 *
 * Used by the thread that owns store and seal.
 */
#ifndef QUINTET_HSS_KEYS_H
#define QUINTET_HSS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hss/arena.h"
#include "hss/err.h"
#include "hss/seal.h"
#include "hss/store.h"

/*
 * Whether the master keys are those of the database. Without any row one of its records has to
 * open, if there are some: it is new, or of a schema without these rows.
 *
 *   why  receives, on error, what is wrong
 *
 * Returns HSS_OK; HSS_ERR_SEAL when a key that is needed is missing or another one; HSS_ERR_CRYPTO,
 * or an error of the store.
 */
HSS_MUST_CHECK enum hss_err keys_check(struct store *store, struct seal *seal,
                                       char why[static SEAL_WHY_LEN]);

/*
 * The same inside a transaction of the caller, and then the rows as they have to be from now on:
 * one for the key that seals, others for those that records may still be sealed under. Writes
 * nothing on error, nor when all is so already. The master key file is made durable before a key is
 * brought into use (HSS_ERR_IO when it cannot be).
 */
HSS_MUST_CHECK enum hss_err keys_bring(struct store *store, struct seal *seal,
                                       char why[static SEAL_WHY_LEN]);

/* keys_bring as a transaction of its own: when a store was opened for writing. */
HSS_MUST_CHECK enum hss_err keys_open(struct store *store, struct seal *seal,
                                      char why[static SEAL_WHY_LEN]);

enum { KEYS_ROWS_MAX = 200 }; /* IMPIs that one keys_rotate looks at */

struct keys_portion {
	size_t n_impis;      /* looked at */
	size_t n_renewed;    /* records sealed anew */
	size_t n_unopened;   /* IMPIs with a record that does not open; it stays as it is */
	const char **impi;   /* their names, in the arena */
	const char *to;      /* the last IMPI looked at, in the arena; "" at the end */
	bool end;            /* all IMPIs have been looked at */
	uint64_t n_left_out; /* at the end: all IMPIs with a record that does not open */
};

/*
 * Seal the next portion of the records under the key that seals, in a transaction of the caller. At
 * the end, when every record opened, the rows of the other keys go; when not they stay, and the
 * next call begins anew. Without another key's row there is nothing to do, which is the end.
 *
 * Returns HSS_OK, HSS_ERR_CRYPTO, HSS_ERR_MEMORY, or an error of the store.
 */
HSS_MUST_CHECK enum hss_err keys_rotate(struct store *store, struct seal *seal, struct arena *arena,
                                        struct keys_portion *portion);

#endif
