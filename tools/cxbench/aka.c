#include "tools/cxbench/aka.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct aka {
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *ctx;
};

enum { BLOCK = 16, BITS = 8 };

/* OUT_i = E(rot(TEMP xor OPc, r_i) xor c_i) xor OPc for i = 2, 3, 4 (clause 4.1). */
static const struct {
	unsigned rotation; /* r_i, octets */
	uint8_t c;         /* last octet of c_i */
} blocks[] = {{0, 1}, {4, 2}, {8, 4}};

enum { N_BLOCKS = sizeof(blocks) / sizeof(blocks[0]), R1 = 8 };

void aka_close(struct aka *aka)
{
	if (aka != NULL) {
		EVP_CIPHER_CTX_free(aka->ctx);
		EVP_CIPHER_free(aka->cipher);
		free(aka);
	}
}

struct aka *aka_open(void)
{
	struct aka *aka = calloc(1, sizeof(*aka));

	if (aka == NULL) {
		return NULL;
	}
	aka->cipher = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	aka->ctx = EVP_CIPHER_CTX_new();
	if (aka->cipher == NULL || aka->ctx == NULL ||
	    EVP_EncryptInit_ex2(aka->ctx, aka->cipher, NULL, NULL, NULL) != 1) {
		aka_close(aka);
		return NULL;
	}
	return aka;
}

static bool key_set(struct aka *aka, const uint8_t *k)
{
	return EVP_EncryptInit_ex2(aka->ctx, NULL, k, NULL, NULL) == 1 &&
	       EVP_CIPHER_CTX_set_padding(aka->ctx, 0) == 1;
}

static bool encrypt(struct aka *aka, const uint8_t *in, size_t len, uint8_t *out)
{
	int done = 0;

	return EVP_EncryptUpdate(aka->ctx, out, &done, in, (int)len) == 1 && done == (int)len;
}

static void xor_into(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		out[i] = a[i] ^ b[i];
	}
}

bool aka_opc(struct aka *aka, const uint8_t k[static AKA_KEY_LEN],
             const uint8_t op[static AKA_KEY_LEN], uint8_t opc[static AKA_KEY_LEN])
{
	uint8_t block[BLOCK];
	const bool good = key_set(aka, k) && encrypt(aka, op, BLOCK, block);

	xor_into(opc, block, op, BLOCK);
	OPENSSL_cleanse(block, sizeof(block));
	return good;
}

/* TEMP = E(RAND xor OPc). Sets the key. */
static bool temp_make(struct aka *aka, const uint8_t *k, const uint8_t *opc, const uint8_t *rand,
                      uint8_t temp[static BLOCK])
{
	uint8_t in[BLOCK];

	xor_into(in, rand, opc, BLOCK);
	return key_set(aka, k) && encrypt(aka, in, BLOCK, temp);
}

/* OUT2, OUT3, OUT4: f2 and f5, f3, f4. */
static bool f2345(struct aka *aka, const uint8_t *opc, const uint8_t *temp, struct aka_output *out)
{
	uint8_t in[N_BLOCKS][BLOCK];
	uint8_t made[N_BLOCKS][BLOCK];
	bool good = false;

	for (size_t i = 0; i < N_BLOCKS; i++) {
		for (size_t j = 0; j < BLOCK; j++) {
			const size_t from = (j + blocks[i].rotation) % BLOCK;

			in[i][j] = temp[from] ^ opc[from];
		}
		in[i][BLOCK - 1] ^= blocks[i].c;
	}
	good = encrypt(aka, in[0], sizeof(in), made[0]);
	for (size_t i = 0; i < N_BLOCKS; i++) {
		xor_into(made[i], made[i], opc, BLOCK);
	}
	memcpy(out->ak, made[0], AKA_SQN_LEN);
	memcpy(out->res, made[0] + BLOCK - AKA_RES_LEN, AKA_RES_LEN);
	memcpy(out->ck, made[1], BLOCK);
	memcpy(out->ik, made[2], BLOCK);
	OPENSSL_cleanse(in, sizeof(in));
	OPENSSL_cleanse(made, sizeof(made));
	return good;
}

/* OUT1 = E(TEMP xor rot(IN1 xor OPc, r1) xor c1) xor OPc, IN1 = SQN, AMF, SQN, AMF; c1 = 0. */
static bool f1(struct aka *aka, const uint8_t *opc, const uint8_t *temp, const uint8_t *sqn,
               const uint8_t *amf, struct aka_output *out)
{
	uint8_t in1[BLOCK];
	uint8_t block[BLOCK];
	bool good = false;

	memcpy(in1, sqn, AKA_SQN_LEN);
	memcpy(in1 + AKA_SQN_LEN, amf, AKA_AMF_LEN);
	memcpy(in1 + BLOCK / 2, in1, BLOCK / 2);
	for (size_t j = 0; j < BLOCK; j++) {
		const size_t from = (j + R1) % BLOCK;

		block[j] = temp[j] ^ in1[from] ^ opc[from];
	}
	good = encrypt(aka, block, BLOCK, in1);
	xor_into(in1, in1, opc, BLOCK);
	memcpy(out->mac_a, in1, AKA_MAC_LEN);
	memcpy(out->mac_s, in1 + AKA_MAC_LEN, AKA_MAC_LEN);
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(in1, sizeof(in1));
	return good;
}

bool aka_compute(struct aka *aka, const uint8_t k[static AKA_KEY_LEN],
                 const uint8_t opc[static AKA_KEY_LEN], const uint8_t rand[static AKA_KEY_LEN],
                 const uint8_t sqn[static AKA_SQN_LEN], const uint8_t amf[static AKA_AMF_LEN],
                 struct aka_output *out)
{
	uint8_t temp[BLOCK];
	const bool good = temp_make(aka, k, opc, rand, temp) && f2345(aka, opc, temp, out) &&
	                  f1(aka, opc, temp, sqn, amf, out);

	OPENSSL_cleanse(temp, sizeof(temp));
	return good;
}

static enum aka_verdict compare(const struct aka_vector *vector, const struct aka_output *own)
{
	if (CRYPTO_memcmp(vector->autn + AKA_SQN_LEN + AKA_AMF_LEN, own->mac_a, AKA_MAC_LEN) != 0) {
		return AKA_WRONG_MAC;
	}
	if (CRYPTO_memcmp(vector->xres, own->res, AKA_RES_LEN) != 0) {
		return AKA_WRONG_XRES;
	}
	if (CRYPTO_memcmp(vector->ck, own->ck, AKA_KEY_LEN) != 0) {
		return AKA_WRONG_CK;
	}
	return CRYPTO_memcmp(vector->ik, own->ik, AKA_KEY_LEN) == 0 ? AKA_GOOD : AKA_WRONG_IK;
}

enum aka_verdict aka_check(struct aka *aka, const uint8_t k[static AKA_KEY_LEN],
                           const uint8_t opc[static AKA_KEY_LEN], const struct aka_vector *vector,
                           uint64_t *sqn)
{
	uint8_t temp[BLOCK];
	uint8_t octets[AKA_SQN_LEN];
	struct aka_output own;
	enum aka_verdict verdict = AKA_FAILED;
	uint64_t number = 0;

	if (temp_make(aka, k, opc, vector->rand, temp) && f2345(aka, opc, temp, &own)) {
		xor_into(octets, vector->autn, own.ak, AKA_SQN_LEN);
		if (f1(aka, opc, temp, octets, vector->autn + AKA_SQN_LEN, &own)) {
			verdict = compare(vector, &own);
		}
	}
	if (verdict == AKA_GOOD) {
		for (size_t i = 0; i < AKA_SQN_LEN; i++) {
			number = number << BITS | octets[i];
		}
		*sqn = number;
	}
	OPENSSL_cleanse(temp, sizeof(temp));
	OPENSSL_cleanse(&own, sizeof(own));
	return verdict;
}

const char *aka_verdict_text(enum aka_verdict verdict)
{
	static const char *const texts[] = {
		[AKA_GOOD] = "the vector is right",
		[AKA_WRONG_MAC] = "MAC-A in AUTN is wrong: another key, or AUTN was made wrongly",
		[AKA_WRONG_XRES] = "XRES is wrong",
		[AKA_WRONG_CK] = "CK is wrong",
		[AKA_WRONG_IK] = "IK is wrong",
		[AKA_FAILED] = "the cipher failed: the vector was not checked",
	};

	return texts[verdict];
}
