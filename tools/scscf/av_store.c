#include "tools/scscf/av_store.h"

#include <string.h>

#include <openssl/crypto.h>

bool av_store_take(struct av_store *store, struct auc_vector *out)
{
	struct auc_vector *oldest = &store->vector[store->head];

	if (store->n == 0) {
		memset(out, 0, sizeof(*out));
		return false;
	}
	*out = *oldest;
	OPENSSL_cleanse(oldest, sizeof(*oldest));
	store->head = (store->head + 1) % AV_STORE_MAX;
	store->n--;
	return true;
}

size_t av_store_add(struct av_store *store, const struct auc_vector vectors[], size_t n)
{
	struct auc_vector gone;
	size_t dropped = 0;

	for (size_t i = 0; i < n; i++) {
		if (store->n == AV_STORE_MAX && av_store_take(store, &gone)) {
			dropped++;
		}
		store->vector[(store->head + store->n) % AV_STORE_MAX] = vectors[i];
		store->n++;
	}
	OPENSSL_cleanse(&gone, sizeof(gone));
	return dropped;
}

void av_store_replace(struct av_store *store, const struct auc_vector vectors[], size_t n)
{
	av_store_wipe(store);
	(void)av_store_add(store, vectors, n);
}

void av_store_wipe(struct av_store *store)
{
	OPENSSL_cleanse(store, sizeof(*store));
}
