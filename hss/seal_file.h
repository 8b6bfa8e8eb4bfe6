/* The master key file: reading and writing it (hss/seal.h says what it looks like). Private to
 * seal*.c. */
#ifndef QUINTET_HSS_SEAL_FILE_H
#define QUINTET_HSS_SEAL_FILE_H

#include "hss/seal.h"

struct master_key {
	unsigned id;
	uint8_t octets[SEAL_MASTER_LEN];
};

/* What is in a file, in its order; in secure memory. */
struct masters {
	size_t n;
	struct master_key key[SEAL_RING_MAX];
};

/* Read them, as seal_open says; masters_free wipes, NULL is allowed. */
HSS_MUST_CHECK enum hss_err masters_read(const char *source, struct masters **out,
                                         char why[static SEAL_WHY_LEN]);
void masters_free(struct masters *masters);

/* The act of seal_sync. */
HSS_MUST_CHECK enum hss_err masters_sync(const char *source, char why[static SEAL_WHY_LEN]);

#endif
