/*
 * The S-CSCF's stock of authentication vectors of one IMPI (TS 33.203 6.1.1): ordered by
 * SIP-Item-Number, first in first out, each handed out once, all replaced at a resynchronisation.
 *
 * A zeroed store is empty and ready. One thread at a time.
 */
#ifndef QUINTET_SCSCF_AV_STORE_H
#define QUINTET_SCSCF_AV_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "auc/auc.h"

enum { AV_STORE_MAX = 2 * AUC_VECTORS_MAX };

struct av_store {
	struct auc_vector vector[AV_STORE_MAX]; /* a ring; secret */
	size_t head;                            /* oldest */
	size_t n;
};

/*
 * Put n vectors behind those in stock, in the order given, which is the order of use. When more
 * come than fit, the oldest go, wiped: they carry the lowest SQN. Returns how many went.
 */
size_t av_store_add(struct av_store *store, const struct auc_vector vectors[], size_t n);

/* Drop the whole stock, then add: what came after a resynchronisation (R37). */
void av_store_replace(struct av_store *store, const struct auc_vector vectors[], size_t n);

/* Take the oldest vector out; its place is wiped. False when the stock is empty, out is then zero.
 */
bool av_store_take(struct av_store *store, struct auc_vector *out);

/* Drop and wipe everything. */
void av_store_wipe(struct av_store *store);

#endif
