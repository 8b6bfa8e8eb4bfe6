/*
 * Private to auc/: AES-128 over whole blocks, the one place that calls OpenSSL's EVP cipher.
 * Another back end (AES-NI, a security module) would replace aes.c and nothing else.
 */
#ifndef AUC_AES_H
#define AUC_AES_H

#include <stddef.h>
#include <stdint.h>

#include "auc/auc.h"

/* Make a context without a key and without the self-test of auc_open. NULL in *ctx on error. */
AUC_MUST_CHECK enum auc_err aes_open(struct auc_ctx **ctx);

/* Wipe and free. NULL is allowed. */
void aes_close(struct auc_ctx *ctx);

/* Set the key of the calls that follow. Returns AUC_OK or AUC_ERR_CRYPTO. */
AUC_MUST_CHECK enum auc_err aes_key(struct auc_ctx *ctx, const uint8_t k[static AUC_K_LEN]);

/*
 * Encrypt n_blocks independent blocks of AUC_BLOCK_LEN octets in place (ECB), in one EVP call.
 * n_blocks is at least 1 and small: the caller's arrays are bounded by AUC_VECTORS_MAX.
 *
 * Returns AUC_OK, or AUC_ERR_CRYPTO; blocks then hold unspecified octets.
 */
AUC_MUST_CHECK enum auc_err aes_encrypt(struct auc_ctx *ctx, uint8_t *blocks, size_t n_blocks);

#endif
