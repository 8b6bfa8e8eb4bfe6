/* A node without a network for the fuzz targets of administration: a store with something in it. */
#ifndef QUINTET_TESTS_FUZZ_NODE_H
#define QUINTET_TESTS_FUZZ_NODE_H

#include "hss/admin.h"

/*
 * Made at the first call, in a folder of its own that is removed at exit; the caller's transactions
 * are to be rolled back, so that each input finds the same. Objects: profile gold, charging night,
 * set 7, capabilities fast; subscribers alice@x.example (registered) and bob@x.example, sealed
 * under master key 1. "key.load" finds key 2 in the file as well.
 */
struct admin *fuzz_node(void);

/* Roll the transaction back, and take back the keys that "key.load" loaded. */
void fuzz_node_undo(struct admin *admin);

/* The path of a file of mode 0600 in its folder with this content; it lives until the next call. */
const char *fuzz_node_file(const char *name, const uint8_t *data, size_t size);

/* Carry out one operation in the transaction that is open. The reply is a new reference. */
json_t *fuzz_serve(struct admin *admin, const json_t *request);

#endif
