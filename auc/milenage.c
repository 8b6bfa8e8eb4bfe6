#include "auc/milenage.h"

#include <string.h>

#include <openssl/crypto.h>

#include "auc/aes.h"
#include "auc/milenage_round.h"

const uint8_t milenage_amf_resync[AUC_AMF_LEN] = {0, 0};

enum auc_err milenage_opc(struct auc_ctx *ctx, const uint8_t k[static AUC_K_LEN],
                          const uint8_t op[static AUC_OPC_LEN], uint8_t opc[static AUC_OPC_LEN])
{
	uint8_t block[AUC_BLOCK_LEN];
	enum auc_err err = aes_key(ctx, k);

	memcpy(block, op, sizeof(block));
	if (err == AUC_OK) {
		err = aes_encrypt(ctx, block, 1);
	}
	if (err == AUC_OK) {
		milenage_xor(opc, block, op);
	} else {
		OPENSSL_cleanse(opc, AUC_OPC_LEN);
	}
	OPENSSL_cleanse(block, sizeof(block));
	return err;
}

/* Key the context and make TEMP. */
static enum auc_err make_temp(struct auc_ctx *ctx, const struct auc_key *key,
                              const uint8_t rand[static AUC_RAND_LEN],
                              uint8_t temp[static AUC_BLOCK_LEN])
{
	enum auc_err err = aes_key(ctx, key->k);

	milenage_temp_in(rand, key->opc, temp);
	return err == AUC_OK ? aes_encrypt(ctx, temp, 1) : err;
}

/* Encrypt the block of one OUTi and copy len octets of OUTi, from octet at on, to out. */
static enum auc_err take_out(struct auc_ctx *ctx, const struct auc_key *key,
                             uint8_t block[static AUC_BLOCK_LEN], size_t at, uint8_t *out,
                             size_t len)
{
	enum auc_err err = aes_encrypt(ctx, block, 1);

	if (err == AUC_OK) {
		milenage_xor(block, block, key->opc);
		memcpy(out, block + at, len);
	}
	return err;
}

/* f1 and f1*: half of OUT1. */
static enum auc_err mac(struct auc_ctx *ctx, const struct auc_key *key,
                        const uint8_t rand[static AUC_RAND_LEN], uint64_t sqn,
                        const uint8_t amf[static AUC_AMF_LEN], size_t at,
                        uint8_t out[static AUC_MAC_LEN])
{
	uint8_t temp[AUC_BLOCK_LEN];
	uint8_t block[AUC_BLOCK_LEN];
	enum auc_err err = (sqn >> 48) == 0 ? AUC_OK : AUC_ERR_RANGE;

	if (err == AUC_OK) {
		err = make_temp(ctx, key, rand, temp);
	}
	if (err == AUC_OK) {
		milenage_out1_in(temp, key->opc, sqn, amf, block);
		err = take_out(ctx, key, block, at, out, AUC_MAC_LEN);
	}
	if (err != AUC_OK) {
		OPENSSL_cleanse(out, AUC_MAC_LEN);
	}
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(temp, sizeof(temp));
	return err;
}

/* f2 to f5*: len octets of OUT2 to OUT5. */
static enum auc_err part(struct auc_ctx *ctx, const struct auc_key *key,
                         const uint8_t rand[static AUC_RAND_LEN], enum milenage_out which,
                         size_t at, uint8_t *out, size_t len)
{
	uint8_t temp[AUC_BLOCK_LEN];
	uint8_t block[AUC_BLOCK_LEN];
	enum auc_err err = make_temp(ctx, key, rand, temp);

	if (err == AUC_OK) {
		milenage_out_in(which, temp, key->opc, block);
		err = take_out(ctx, key, block, at, out, len);
	}
	if (err != AUC_OK) {
		OPENSSL_cleanse(out, len);
	}
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(temp, sizeof(temp));
	return err;
}

enum auc_err milenage_f1(struct auc_ctx *ctx, const struct auc_key *key,
                         const uint8_t rand[static AUC_RAND_LEN], uint64_t sqn,
                         const uint8_t amf[static AUC_AMF_LEN], uint8_t mac_a[static AUC_MAC_LEN])
{
	return mac(ctx, key, rand, sqn, amf, 0, mac_a);
}

enum auc_err milenage_f1star(struct auc_ctx *ctx, const struct auc_key *key,
                             const uint8_t rand[static AUC_RAND_LEN], uint64_t sqn,
                             const uint8_t amf[static AUC_AMF_LEN],
                             uint8_t mac_s[static AUC_MAC_LEN])
{
	return mac(ctx, key, rand, sqn, amf, MILENAGE_MAC_S_AT, mac_s);
}

enum auc_err milenage_f2(struct auc_ctx *ctx, const struct auc_key *key,
                         const uint8_t rand[static AUC_RAND_LEN], uint8_t res[static AUC_XRES_LEN])
{
	return part(ctx, key, rand, MILENAGE_OUT2, MILENAGE_RES_AT, res, AUC_XRES_LEN);
}

enum auc_err milenage_f3(struct auc_ctx *ctx, const struct auc_key *key,
                         const uint8_t rand[static AUC_RAND_LEN], uint8_t ck[static AUC_CK_LEN])
{
	return part(ctx, key, rand, MILENAGE_OUT3, 0, ck, AUC_CK_LEN);
}

enum auc_err milenage_f4(struct auc_ctx *ctx, const struct auc_key *key,
                         const uint8_t rand[static AUC_RAND_LEN], uint8_t ik[static AUC_IK_LEN])
{
	return part(ctx, key, rand, MILENAGE_OUT4, 0, ik, AUC_IK_LEN);
}

enum auc_err milenage_f5(struct auc_ctx *ctx, const struct auc_key *key,
                         const uint8_t rand[static AUC_RAND_LEN], uint8_t ak[static AUC_AK_LEN])
{
	return part(ctx, key, rand, MILENAGE_OUT2, 0, ak, AUC_AK_LEN);
}

enum auc_err milenage_f5star(struct auc_ctx *ctx, const struct auc_key *key,
                             const uint8_t rand[static AUC_RAND_LEN], uint8_t ak[static AUC_AK_LEN])
{
	return part(ctx, key, rand, MILENAGE_OUT5, 0, ak, AUC_AK_LEN);
}
