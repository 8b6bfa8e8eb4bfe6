#include "auc/aes.h"

#include <assert.h>
#include <limits.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

struct auc_ctx {
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *evp;
};

enum auc_err aes_open(struct auc_ctx **ctx)
{
	static const uint8_t zero[AUC_K_LEN];
	struct auc_ctx *new = OPENSSL_zalloc(sizeof(*new));
	enum auc_err err = AUC_ERR_CRYPTO;

	*ctx = NULL;
	if (new == NULL) {
		err = AUC_ERR_MEMORY;
		goto out;
	}
	new->evp = EVP_CIPHER_CTX_new();
	if (new->evp == NULL) {
		err = AUC_ERR_MEMORY;
		goto out;
	}
	new->cipher = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	if (new->cipher == NULL ||
	    EVP_EncryptInit_ex2(new->evp, new->cipher, zero, NULL, NULL) != 1) {
		goto out;
	}
	*ctx = new;
	new = NULL;
	err = AUC_OK;
out:
	if (err != AUC_OK) {
		ERR_clear_error();
	}
	aes_close(new);
	return err;
}

void aes_close(struct auc_ctx *ctx)
{
	if (ctx == NULL) {
		return;
	}
	EVP_CIPHER_CTX_free(ctx->evp); /* wipes the key schedule */
	EVP_CIPHER_free(ctx->cipher);
	OPENSSL_clear_free(ctx, sizeof(*ctx));
}

/*
 * The cipher argument is NULL: naming it again would free and remake the provider's context.
 * Padding stays on, although nothing is padded: whole blocks without EVP_EncryptFinal give the
 * same octets, and turning it off makes OpenSSL 3.0 negotiate a parameter on every re-key.
 */
enum auc_err aes_key(struct auc_ctx *ctx, const uint8_t k[static AUC_K_LEN])
{
	if (EVP_EncryptInit_ex2(ctx->evp, NULL, k, NULL, NULL) != 1) {
		ERR_clear_error();
		return AUC_ERR_CRYPTO;
	}
	return AUC_OK;
}

enum auc_err aes_encrypt(struct auc_ctx *ctx, uint8_t *blocks, size_t n_blocks)
{
	int len = 0;
	int made = 0;

	assert(n_blocks > 0 && n_blocks <= INT_MAX / AUC_BLOCK_LEN);
	len = (int)n_blocks * AUC_BLOCK_LEN;
	if (EVP_EncryptUpdate(ctx->evp, blocks, &made, blocks, len) != 1 || made != len) {
		ERR_clear_error();
		return AUC_ERR_CRYPTO;
	}
	return AUC_OK;
}
