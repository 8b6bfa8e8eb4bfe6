#include "auc/vector.h"

#include <string.h>

#include <openssl/crypto.h>

#include "auc/aes.h"
#include "auc/milenage.h"
#include "auc/milenage_round.h"

/* OUT1 to OUT4 make a vector; OUT5 is f5*, which only an AUTS needs. */
enum { OUTS_PER_VECTOR = MILENAGE_OUT4 + 1 };

struct scratch {
	uint8_t temp[AUC_VECTORS_MAX][AUC_BLOCK_LEN];
	uint8_t out[AUC_VECTORS_MAX][OUTS_PER_VECTOR][AUC_BLOCK_LEN];
};

/* Wipe what n vectors used, not the whole. */
static void scratch_wipe(struct scratch *s, size_t n)
{
	OPENSSL_cleanse(s->out, n * sizeof(s->out[0]));
	OPENSSL_cleanse(s->temp, n * sizeof(s->temp[0]));
}

/* AES over n TEMP blocks, then over the 4n blocks that depend on them. */
static enum auc_err encrypt(struct auc_ctx *ctx, const struct auc_key *key,
                            const uint8_t amf[static AUC_AMF_LEN], const uint64_t sqn[], size_t n,
                            struct scratch *s)
{
	enum auc_err err = aes_key(ctx, key->k);

	if (err == AUC_OK) {
		err = aes_encrypt(ctx, s->temp[0], n);
	}
	if (err != AUC_OK) {
		return err;
	}
	for (size_t i = 0; i < n; i++) {
		milenage_out1_in(s->temp[i], key->opc, sqn[i], amf, s->out[i][MILENAGE_OUT1]);
		milenage_out_in(MILENAGE_OUT2, s->temp[i], key->opc, s->out[i][MILENAGE_OUT2]);
		milenage_out_in(MILENAGE_OUT3, s->temp[i], key->opc, s->out[i][MILENAGE_OUT3]);
		milenage_out_in(MILENAGE_OUT4, s->temp[i], key->opc, s->out[i][MILENAGE_OUT4]);
	}
	return aes_encrypt(ctx, s->out[0][0], n * OUTS_PER_VECTOR);
}

/* From the four encrypted blocks to XRES, CK, IK and AUTN = SQN xor AK || AMF || MAC-A. */
static void assemble(uint8_t blocks[static OUTS_PER_VECTOR][AUC_BLOCK_LEN],
                     const uint8_t opc[static AUC_OPC_LEN], uint64_t sqn,
                     const uint8_t amf[static AUC_AMF_LEN], struct auc_vector *out)
{
	for (unsigned i = 0; i < OUTS_PER_VECTOR; i++) {
		milenage_xor(blocks[i], blocks[i], opc);
	}
	milenage_sqn_put(out->autn, sqn);
	for (unsigned i = 0; i < AUC_AK_LEN; i++) {
		out->autn[i] ^= blocks[MILENAGE_OUT2][i];
	}
	memcpy(out->autn + AUC_SQN_LEN, amf, AUC_AMF_LEN);
	memcpy(out->autn + AUC_SQN_LEN + AUC_AMF_LEN, blocks[MILENAGE_OUT1], AUC_MAC_LEN);
	memcpy(out->xres, blocks[MILENAGE_OUT2] + MILENAGE_RES_AT, AUC_XRES_LEN);
	memcpy(out->ck, blocks[MILENAGE_OUT3], AUC_CK_LEN);
	memcpy(out->ik, blocks[MILENAGE_OUT4], AUC_IK_LEN);
}

/* Only the bits that must be zero are looked at, for the others are secret. */
static enum auc_err check_sqns(const uint64_t sqn[], size_t n)
{
	uint64_t high = 0;

	for (size_t i = 0; i < n; i++) {
		high |= sqn[i] >> 48;
	}
	return high == 0 ? AUC_OK : AUC_ERR_RANGE;
}

enum auc_err auc_vectors(struct auc_ctx *ctx, const struct auc_key *key,
                         const uint8_t amf[static AUC_AMF_LEN], const uint64_t sqn[], size_t n,
                         const struct auc_rng *rng, struct auc_vector out[])
{
	uint8_t rand[AUC_VECTORS_MAX][AUC_RAND_LEN];
	struct scratch s;
	enum auc_err err = AUC_OK;

	if (n == 0 || n > AUC_VECTORS_MAX) {
		return AUC_ERR_RANGE;
	}
	err = check_sqns(sqn, n);
	if (err == AUC_OK && rng->fill(rng->opaque, rand[0], n * AUC_RAND_LEN) != AUC_OK) {
		err = AUC_ERR_RNG;
	}
	if (err != AUC_OK) {
		goto out;
	}
	for (size_t i = 0; i < n; i++) {
		milenage_temp_in(rand[i], key->opc, s.temp[i]);
	}
	err = encrypt(ctx, key, amf, sqn, n, &s);
	if (err != AUC_OK) {
		goto out;
	}
	for (size_t i = 0; i < n; i++) {
		memcpy(out[i].rand, rand[i], AUC_RAND_LEN);
		assemble(s.out[i], key->opc, sqn[i], amf, &out[i]);
	}
out:
	if (err != AUC_OK) {
		OPENSSL_cleanse(out, n * sizeof(out[0]));
	}
	scratch_wipe(&s, n);
	OPENSSL_cleanse(rand, n * sizeof(rand[0]));
	return err;
}

/* SQN_MS from OUT5, then MAC-S from OUT1, which is over SQN_MS. TEMP serves both. */
static enum auc_err open_auts(struct auc_ctx *ctx, const struct auc_key *key,
                              const uint8_t rand[static AUC_RAND_LEN],
                              const uint8_t auts[static AUC_AUTS_LEN], uint64_t *sqn,
                              uint8_t mac_s[static AUC_MAC_LEN])
{
	uint8_t temp[AUC_BLOCK_LEN];
	uint8_t block[AUC_BLOCK_LEN];
	enum auc_err err = aes_key(ctx, key->k);

	milenage_temp_in(rand, key->opc, temp);
	if (err == AUC_OK) {
		err = aes_encrypt(ctx, temp, 1);
	}
	if (err == AUC_OK) {
		milenage_out_in(MILENAGE_OUT5, temp, key->opc, block);
		err = aes_encrypt(ctx, block, 1);
	}
	if (err == AUC_OK) {
		milenage_xor(block, block, key->opc);
		*sqn = milenage_sqn_get(block) ^ milenage_sqn_get(auts);
		milenage_out1_in(temp, key->opc, *sqn, milenage_amf_resync, block);
		err = aes_encrypt(ctx, block, 1);
	}
	if (err == AUC_OK) {
		milenage_xor(block, block, key->opc);
		memcpy(mac_s, block + MILENAGE_MAC_S_AT, AUC_MAC_LEN);
	}
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(temp, sizeof(temp));
	return err;
}

/* All ones for the 0 of CRYPTO_memcmp, else zero. The barrier keeps it from becoming a branch. */
static uint64_t mask_if_equal(int differ)
{
	uint64_t mask = 0 - (((uint64_t)(unsigned)differ - 1) >> 63);

	__asm__("" : "+r"(mask));
	return mask;
}

enum auc_err auc_auts_check(struct auc_ctx *ctx, const struct auc_key *key,
                            const uint8_t rand[static AUC_RAND_LEN],
                            const uint8_t auts[static AUC_AUTS_LEN], uint64_t *sqn_ms)
{
	uint8_t mac_s[AUC_MAC_LEN] = {0};
	uint64_t sqn = 0;
	enum auc_err err = open_auts(ctx, key, rand, auts, &sqn, mac_s);

	*sqn_ms = 0;
	if (err == AUC_OK) {
		int differ = CRYPTO_memcmp(mac_s, auts + AUC_SQN_LEN, AUC_MAC_LEN);
		uint64_t equal = mask_if_equal(differ);

		/* No branch: the verdict becomes public only by being returned. */
		*sqn_ms = sqn & equal;
		err = (enum auc_err)(AUC_ERR_MAC & ~equal);
	}
	OPENSSL_cleanse(&sqn, sizeof(sqn));
	OPENSSL_cleanse(mac_s, sizeof(mac_s));
	return err;
}
