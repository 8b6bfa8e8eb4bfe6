#include "auc/auc.h"

#include <string.h>

#include <openssl/crypto.h>

#include "auc/aes.h"
#include "auc/vector.h"

const char *auc_err_text(enum auc_err err)
{
	switch (err) {
	case AUC_OK:
		return "no error";
	case AUC_ERR_RANGE:
		return "argument out of range";
	case AUC_ERR_EXHAUSTED:
		return "SEQ is at its end";
	case AUC_ERR_MAC:
		return "MAC-S is wrong";
	case AUC_ERR_CRYPTO:
		return "AES-128 of OpenSSL failed";
	case AUC_ERR_RNG:
		return "no random octets";
	case AUC_ERR_MEMORY:
		return "out of memory";
	}
	return "unknown error";
}

/* TS 35.208 4.3, test set 1; AUTS of the same data with SQN_MS = SQN. */
static const struct auc_key set1_key = {
	.k = {0x46, 0x5b, 0x5c, 0xe8, 0xb1, 0x99, 0xb4, 0x9f, 0xaa, 0x5f, 0x0a, 0x2e, 0xe2, 0x38,
              0xa6, 0xbc},
	.opc = {0xcd, 0x63, 0xcb, 0x71, 0x95, 0x4a, 0x9f, 0x4e, 0x48, 0xa5, 0x99, 0x4e, 0x37, 0xa0,
                0x2b, 0xaf},
};
static const uint64_t set1_sqn = UINT64_C(0xff9bb4d0b607);
static const uint8_t set1_amf[AUC_AMF_LEN] = {0xb9, 0xb9};
static const uint8_t set1_auts[AUC_AUTS_LEN] = {0xba, 0x85, 0x3f, 0x3c, 0x12, 0x3c, 0xcf,
                                                0x44, 0xe9, 0x35, 0x96, 0xe3, 0x55, 0xc6};
static const struct auc_vector set1_vector = {
	.rand = {0x23, 0x55, 0x3c, 0xbe, 0x96, 0x37, 0xa8, 0x9d, 0x21, 0x8a, 0xe6, 0x4d, 0xae, 0x47,
                 0xbf, 0x35},
	.autn = {0x55, 0xf3, 0x28, 0xb4, 0x35, 0x77, 0xb9, 0xb9, 0x4a, 0x9f, 0xfa, 0xc3, 0x54, 0xdf,
                 0xaf, 0xb3},
	.xres = {0xa5, 0x42, 0x11, 0xd5, 0xe3, 0xba, 0x50, 0xbf},
	.ck = {0xb4, 0x0b, 0xa9, 0xa3, 0xc5, 0x8b, 0x2a, 0x05, 0xbb, 0xf0, 0xd9, 0x87, 0xb2, 0x1b,
               0xf8, 0xcb},
	.ik = {0xf7, 0x69, 0xbc, 0xd7, 0x51, 0x04, 0x46, 0x04, 0x12, 0x76, 0x72, 0x71, 0x1c, 0x6d,
               0x34, 0x41},
};

static enum auc_err set1_rand(void *opaque, uint8_t *out, size_t len)
{
	(void)opaque;
	memcpy(out, set1_vector.rand, len);
	return AUC_OK;
}

static enum auc_err self_test(struct auc_ctx *ctx)
{
	const struct auc_rng rng = {.fill = set1_rand};
	struct auc_vector vector = {0};
	uint64_t sqn_ms = 0;
	enum auc_err err = auc_vectors(ctx, &set1_key, set1_amf, &set1_sqn, 1, &rng, &vector);

	if (err != AUC_OK || CRYPTO_memcmp(&vector, &set1_vector, sizeof(vector)) != 0) {
		return AUC_ERR_CRYPTO;
	}
	err = auc_auts_check(ctx, &set1_key, set1_vector.rand, set1_auts, &sqn_ms);
	return err == AUC_OK && sqn_ms == set1_sqn ? AUC_OK : AUC_ERR_CRYPTO;
}

enum auc_err auc_open(struct auc_ctx **ctx)
{
	enum auc_err err = aes_open(ctx);

	if (err == AUC_OK) {
		err = self_test(*ctx);
	}
	if (err != AUC_OK) {
		auc_close(*ctx);
		*ctx = NULL;
	}
	return err;
}

enum auc_err auc_idle(struct auc_ctx *ctx)
{
	static const uint8_t zero[AUC_K_LEN];

	return aes_key(ctx, zero);
}

void auc_close(struct auc_ctx *ctx)
{
	aes_close(ctx);
}
