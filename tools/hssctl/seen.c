#include "seen.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_WORDS = 3, SLOTS_FIRST = 1024 };

struct slot {
	uint32_t digest[DIGEST_WORDS];
	uint32_t line; /* 0: free */
};

struct seen {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
	struct slot *slot; /* open addressing, at most three quarters full */
	size_t n_slots;    /* a power of two */
	size_t n;
};

struct seen *seen_open(void)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	if (seen == NULL) {
		return NULL;
	}
	seen->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	seen->ctx = EVP_MD_CTX_new();
	seen->slot = calloc(SLOTS_FIRST, sizeof(*seen->slot));
	seen->n_slots = SLOTS_FIRST;
	if (seen->md == NULL || seen->ctx == NULL || seen->slot == NULL) {
		seen_close(seen);
		return NULL;
	}
	return seen;
}

void seen_close(struct seen *seen)
{
	if (seen != NULL) {
		EVP_MD_CTX_free(seen->ctx);
		EVP_MD_free(seen->md);
		free(seen->slot);
		free(seen);
	}
}

/* The slot that has this digest, or the free one where it belongs. */
static struct slot *slot_of(struct slot *slots, size_t n_slots,
                            const uint32_t digest[static DIGEST_WORDS])
{
	size_t i = (digest[0] | (size_t)digest[1] << 32) & (n_slots - 1);

	while (slots[i].line != 0 &&
	       memcmp(slots[i].digest, digest, sizeof(slots[i].digest)) != 0) {
		i = (i + 1) & (n_slots - 1);
	}
	return &slots[i];
}

static enum hss_err grow(struct seen *seen)
{
	const size_t n_slots = 2 * seen->n_slots;
	struct slot *slots = calloc(n_slots, sizeof(*slots));

	if (slots == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (size_t i = 0; i < seen->n_slots; i++) {
		if (seen->slot[i].line != 0) {
			*slot_of(slots, n_slots, seen->slot[i].digest) = seen->slot[i];
		}
	}
	free(seen->slot);
	seen->slot = slots;
	seen->n_slots = n_slots;
	return HSS_OK;
}

enum hss_err seen_note(struct seen *seen, const char *identity, uint32_t line, uint32_t *first)
{
	unsigned char whole[EVP_MAX_MD_SIZE];
	uint32_t digest[DIGEST_WORDS];
	struct slot *slot = NULL;

	if (EVP_DigestInit_ex2(seen->ctx, seen->md, NULL) != 1 ||
	    EVP_DigestUpdate(seen->ctx, identity, strlen(identity)) != 1 ||
	    EVP_DigestFinal_ex(seen->ctx, whole, NULL) != 1) {
		return HSS_ERR_CRYPTO;
	}
	memcpy(digest, whole, sizeof(digest));
	if (4 * seen->n >= 3 * seen->n_slots && grow(seen) != HSS_OK) {
		return HSS_ERR_MEMORY;
	}
	slot = slot_of(seen->slot, seen->n_slots, digest);
	if (slot->line == 0) {
		memcpy(slot->digest, digest, sizeof(digest));
		slot->line = line;
		seen->n++;
	}
	*first = slot->line;
	return HSS_OK;
}
