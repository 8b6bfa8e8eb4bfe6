#include "auc/rand_pool.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

/* What a fork wipes: zero octets left is an empty pool. */
struct pages {
	size_t left; /* octets not yet handed out: the last ones of octets */
	uint8_t octets[AUC_RAND_POOL_LEN];
};

struct auc_rand_pool {
	struct pages *pages;
	bool fork_safe; /* the system wipes pages in the child of a fork */
};

enum auc_err auc_rand_pool_open(struct auc_rand_pool **pool)
{
	struct auc_rand_pool *new = OPENSSL_zalloc(sizeof(*new));
	void *pages = MAP_FAILED;

	*pool = NULL;
	if (new == NULL) {
		return AUC_ERR_MEMORY;
	}
	pages = mmap(NULL, sizeof(*new->pages), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	             -1, 0);
	if (pages == MAP_FAILED) {
		OPENSSL_free(new);
		return AUC_ERR_MEMORY;
	}
	new->pages = pages;
	new->fork_safe = madvise(pages, sizeof(*new->pages), MADV_WIPEONFORK) == 0;
	/* The next two are worth having and no reason to refuse service: RAND is sent in clear. */
	(void)madvise(pages, sizeof(*new->pages), MADV_DONTDUMP);
	(void)mlock(pages, sizeof(*new->pages));
	*pool = new;
	return AUC_OK;
}

static enum auc_err draw(uint8_t *out, size_t len)
{
	if (len > INT_MAX || RAND_bytes(out, (int)len) != 1) {
		OPENSSL_cleanse(out, len);
		ERR_clear_error();
		return AUC_ERR_RNG;
	}
	return AUC_OK;
}

static enum auc_err fill(void *opaque, uint8_t *out, size_t len)
{
	struct auc_rand_pool *pool = opaque;
	struct pages *pages = pool->pages;
	uint8_t *from = NULL;

	if (!pool->fork_safe || len > sizeof(pages->octets)) {
		return draw(out, len);
	}
	if (len > pages->left) {
		pages->left = 0;
		if (draw(pages->octets, sizeof(pages->octets)) != AUC_OK) {
			OPENSSL_cleanse(out, len);
			return AUC_ERR_RNG;
		}
		pages->left = sizeof(pages->octets);
	}
	from = pages->octets + sizeof(pages->octets) - pages->left;
	memcpy(out, from, len);
	OPENSSL_cleanse(from, len);
	pages->left -= len;
	return AUC_OK;
}

struct auc_rng auc_rand_pool_rng(struct auc_rand_pool *pool)
{
	return (struct auc_rng){.fill = fill, .opaque = pool};
}

void auc_rand_pool_close(struct auc_rand_pool *pool)
{
	if (pool == NULL) {
		return;
	}
	OPENSSL_cleanse(pool->pages, sizeof(*pool->pages));
	(void)munmap(pool->pages, sizeof(*pool->pages));
	OPENSSL_free(pool);
}
