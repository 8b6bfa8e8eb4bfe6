/*
 * Private to auc/: the two inputs of AES in Milenage (TS 35.206 4.1), inline because an array of
 * vectors makes 5 of them a vector. E is AES-128 under K.
 *
 *   TEMP = E(RAND xor OPc)
 *   IN1  = SQN || AMF || SQN || AMF
 *   OUT1 = E(TEMP xor rot(IN1 xor OPc, r1) xor c1) xor OPc
 *   OUTi = E(rot(TEMP xor OPc, ri) xor ci) xor OPc, i = 2 to 5
 *
 *          octets 0 .. 5      6 .. 7       8 .. 15
 *   OUT1   MAC-A, f1 (0 .. 7)              MAC-S, f1*
 *   OUT2   AK, f5             unused       RES, f2
 *   OUT3   CK, f3 (0 .. 15)
 *   OUT4   IK, f4 (0 .. 15)
 *   OUT5   AK, f5*            unused       unused
 */
#ifndef AUC_MILENAGE_ROUND_H
#define AUC_MILENAGE_ROUND_H

#include <stdint.h>

#include "auc/auc.h"

/* Index of OUT1 to OUT5 in arrays. */
enum milenage_out { MILENAGE_OUT1, MILENAGE_OUT2, MILENAGE_OUT3, MILENAGE_OUT4, MILENAGE_OUT5 };

/* Octets of OUT1 and OUT2 where the second value starts. */
enum { MILENAGE_MAC_S_AT = 8, MILENAGE_RES_AT = 8 };

/* r1 to r5 in octets (64, 0, 32, 64, 96 bits) and the last octet of c1 to c5, the others being 0.
 */
static const struct {
	uint8_t r;
	uint8_t c;
} milenage_rc[] = {{8, 0}, {0, 1}, {4, 2}, {8, 4}, {12, 8}};

static inline void milenage_xor(uint8_t out[static AUC_BLOCK_LEN],
                                const uint8_t a[static AUC_BLOCK_LEN],
                                const uint8_t b[static AUC_BLOCK_LEN])
{
	for (unsigned i = 0; i < AUC_BLOCK_LEN; i++) {
		out[i] = a[i] ^ b[i];
	}
}

/* SQN in network order; shifts only, for SQN may be secret. */
static inline void milenage_sqn_put(uint8_t out[static AUC_SQN_LEN], uint64_t sqn)
{
	for (unsigned i = 0; i < AUC_SQN_LEN; i++) {
		out[i] = (uint8_t)(sqn >> (8 * (AUC_SQN_LEN - 1 - i)));
	}
}

static inline uint64_t milenage_sqn_get(const uint8_t in[static AUC_SQN_LEN])
{
	uint64_t sqn = 0;

	for (unsigned i = 0; i < AUC_SQN_LEN; i++) {
		sqn = sqn << 8 | in[i];
	}
	return sqn;
}

/* The block whose encryption is TEMP. */
static inline void milenage_temp_in(const uint8_t rand[static AUC_RAND_LEN],
                                    const uint8_t opc[static AUC_OPC_LEN],
                                    uint8_t block[static AUC_BLOCK_LEN])
{
	milenage_xor(block, rand, opc);
}

/* The block whose encryption is OUT1 xor OPc. */
static inline void milenage_out1_in(const uint8_t temp[static AUC_BLOCK_LEN],
                                    const uint8_t opc[static AUC_OPC_LEN], uint64_t sqn,
                                    const uint8_t amf[static AUC_AMF_LEN],
                                    uint8_t block[static AUC_BLOCK_LEN])
{
	uint8_t in1[AUC_BLOCK_LEN];

	milenage_sqn_put(in1, sqn);
	in1[6] = amf[0];
	in1[7] = amf[1];
	for (unsigned i = 0; i < 8; i++) {
		in1[8 + i] = in1[i];
	}
	for (unsigned i = 0; i < AUC_BLOCK_LEN; i++) {
		unsigned from = (i + milenage_rc[MILENAGE_OUT1].r) % AUC_BLOCK_LEN;

		block[i] = temp[i] ^ in1[from] ^ opc[from];
	}
	block[AUC_BLOCK_LEN - 1] ^= milenage_rc[MILENAGE_OUT1].c;
}

/* The block whose encryption is OUTi xor OPc, out being MILENAGE_OUT2 to MILENAGE_OUT5. */
static inline void milenage_out_in(enum milenage_out out, const uint8_t temp[static AUC_BLOCK_LEN],
                                   const uint8_t opc[static AUC_OPC_LEN],
                                   uint8_t block[static AUC_BLOCK_LEN])
{
	for (unsigned i = 0; i < AUC_BLOCK_LEN; i++) {
		unsigned from = (i + milenage_rc[out].r) % AUC_BLOCK_LEN;

		block[i] = temp[from] ^ opc[from];
	}
	block[AUC_BLOCK_LEN - 1] ^= milenage_rc[out].c;
}

#endif
