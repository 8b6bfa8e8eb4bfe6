/*
 * Administration: one JSON request, one JSON reply, the same code in the daemon (behind its admin
 * socket) and in hssctl when the daemon is stopped.
 *
 * Requests: {"op": "subscriber.add", ...}. Replies: {"ok": true, ...} or {"ok": false, "error":
 * TEXT, "details": [{"index": N, "field": NAME, "reason": TEXT}, ...]}. The operations and their
 * members are in docs/admin.md.
 */
#ifndef QUINTET_HSS_ADMIN_H
#define QUINTET_HSS_ADMIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "auc/auc.h"
#include "hss/cx.h"
#include "hss/err.h"
#include "hss/seal.h"
#include "hss/store.h"

enum {
	ADMIN_ROWS_MAX =
		200, /* subscribers in one subscriber.add: a batch of the writer stays short */
	ADMIN_FRAME_MAX = 1024 * 1024, /* octets of one request or reply */
};

/* What an operation works on. One thread at a time. */
struct admin {
	struct store *store;
	struct seal *seal;   /* NULL when no operation with keys will come */
	struct auc_ctx *auc; /* for OPc from OP; NULL likewise */
	const struct cx_policy *policy;
	int64_t now;
};

/* Give jansson an allocator that wipes memory when it frees: requests carry K. Once, before any
 * JSON is made. */
void admin_json_init(void);

/* Whether the operation only looks, so that a read-only store will do. False for an unknown one. */
bool admin_is_read(const json_t *request);

/*
 * Carry out one operation. For a writing one the caller has a transaction open and commits it only
 * when this returns HSS_OK and the reply says "ok": true; otherwise the caller undoes it
 * (store_part_end or store_rollback).
 *
 *   reply  receives a new reference, never NULL unless HSS_ERR_MEMORY is returned
 *
 * Returns HSS_OK when the operation was carried out or refused (see the reply), HSS_ERR_STORE or
 * HSS_ERR_FULL when the store failed (the reply says so as well), HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err admin_serve(struct admin *admin, const json_t *request, json_t **reply);

/*
 * A frame on the admin socket: 4 octets of length, most significant first, then that many octets of
 * JSON. Both block until done; the buffers in between are wiped.
 *
 * Return HSS_OK; HSS_ERR_NOT_FOUND when the peer closed before the first octet (read only);
 * HSS_ERR_LIMIT for a frame over ADMIN_FRAME_MAX; HSS_ERR_INVALID when it is not a JSON object;
 * HSS_ERR_IO; HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err admin_frame_read(int fd, json_t **out);
HSS_MUST_CHECK enum hss_err admin_frame_write(int fd, const json_t *json);

#endif
