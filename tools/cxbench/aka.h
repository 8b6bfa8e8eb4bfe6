/*
 * Milenage (TS 35.206) the way a USIM uses it, written from the clause and not shared with the
 * HSS: the oracle for the vectors it sends.
 */
#ifndef CXBENCH_AKA_H
#define CXBENCH_AKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	AKA_KEY_LEN = 16, /* K, OP, OPc, CK, IK, RAND, AUTN; a block of AES */
	AKA_RES_LEN = 8,
	AKA_MAC_LEN = 8,
	AKA_SQN_LEN = 6,
	AKA_AMF_LEN = 2,
};

/* What f1 to f5 make of K, OPc, RAND, SQN and AMF. */
struct aka_output {
	uint8_t mac_a[AKA_MAC_LEN];
	uint8_t mac_s[AKA_MAC_LEN]; /* f1*, the other half of the same block */
	uint8_t res[AKA_RES_LEN];
	uint8_t ck[AKA_KEY_LEN];
	uint8_t ik[AKA_KEY_LEN];
	uint8_t ak[AKA_SQN_LEN];
};

/* A vector as it came. */
struct aka_vector {
	const uint8_t *rand; /* 16 octets */
	const uint8_t *autn; /* 16 octets: SQN xor AK, AMF, MAC-A */
	const uint8_t *xres; /* AKA_RES_LEN octets */
	const uint8_t *ck;
	const uint8_t *ik;
};

enum aka_verdict {
	AKA_GOOD,
	AKA_WRONG_MAC,
	AKA_WRONG_XRES,
	AKA_WRONG_CK,
	AKA_WRONG_IK,
	AKA_FAILED, /* the cipher failed: nothing is known */
};

/* The cipher; one for each thread. NULL when OpenSSL has none. */
struct aka;
struct aka *aka_open(void);
void aka_close(struct aka *aka);

/* OPc of K and OP (clause 4.1). False when the cipher failed. */
bool aka_opc(struct aka *aka, const uint8_t k[static AKA_KEY_LEN],
             const uint8_t op[static AKA_KEY_LEN], uint8_t opc[static AKA_KEY_LEN]);

/* f1, f1*, f2, f3, f4, f5. False when the cipher failed. */
bool aka_compute(struct aka *aka, const uint8_t k[static AKA_KEY_LEN],
                 const uint8_t opc[static AKA_KEY_LEN], const uint8_t rand[static AKA_KEY_LEN],
                 const uint8_t sqn[static AKA_SQN_LEN], const uint8_t amf[static AKA_AMF_LEN],
                 struct aka_output *out);

/*
 * Check a vector and recover its SQN (TS 33.102 6.3.3).
 *
 *   sqn  receives the 48-bit number; unchanged unless AKA_GOOD
 */
enum aka_verdict aka_check(struct aka *aka, const uint8_t k[static AKA_KEY_LEN],
                           const uint8_t opc[static AKA_KEY_LEN], const struct aka_vector *vector,
                           uint64_t *sqn);

/* A verdict in words. */
const char *aka_verdict_text(enum aka_verdict verdict);

#endif
