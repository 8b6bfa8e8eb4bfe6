/*
 * Who is asked for: a CSV file as hssctl subscriber import takes it. Only the columns impi, impus,
 * k and opc or op are looked at. Keys never leave this module but as octets for aka.h.
 */
#ifndef CXBENCH_SUBSCRIBERS_H
#define CXBENCH_SUBSCRIBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/cxbench/aka.h"
#include "tools/cxbench/why.h"

enum {
	SUBSCRIBER_IMPI_MAX = 253, /* octets */
	SUBSCRIBER_IMPU_MAX = 511,
	SUBSCRIBERS_MAX = 10000000
};

/* One subscriber with its first IMPU. */
struct subscriber {
	size_t at; /* of the IMPI in the text, the IMPU behind it */
	uint16_t impi_len;
	uint16_t impu_len;
	uint8_t k[AKA_KEY_LEN];
	uint8_t opc[AKA_KEY_LEN];
};

struct subscribers {
	struct subscriber *list;
	size_t n;
	size_t room;
	char *text; /* identities, no NUL between them */
	size_t text_len;
	size_t text_room;
	uint32_t *index; /* hash table of IMPIs: number + 1, 0 empty */
	size_t index_size;
	bool keyed; /* the file has k, and opc or op */
};

/*
 * Read a file. A regular file that group or others can read is refused when it has keys.
 *
 * Returns false, with the file, the line and the reason in why, when the file is not to be
 * used. Free it in any case.
 */
bool subscribers_read(const char *path, struct subscribers *subscribers, struct why *why);

/* Wipe the keys and free. A zeroed struct is fine. */
void subscribers_free(struct subscribers *subscribers);

const char *subscriber_impi(const struct subscribers *subscribers, size_t i);
const char *subscriber_impu(const struct subscribers *subscribers, size_t i);

/* The number of an IMPI of len octets. False when the file has no such one. */
bool subscriber_find(const struct subscribers *subscribers, const char *impi, size_t len,
                     size_t *i);

/*
 * Write the import file of n subscribers, bench0000001@realm and so on, with random keys.
 *
 *   path  a file to create, mode 0600, that must not exist yet; NULL for standard output
 */
bool subscribers_make(const char *path, size_t n, const char *realm, struct why *why);

#endif
