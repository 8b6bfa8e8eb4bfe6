/*
 * The authentication centre's common words: octet lengths, error values, the authentication
 * vector and the context that holds OpenSSL's AES-128 (TS 33.102 6.3, TS 35.206).
 *
 * The library is pure: keys, SQN, AMF and RAND go in, vectors come out. It has no state outside
 * the objects a caller opens, opens no file or socket, reads no clock and logs nothing.
 *
 * Secrets are K, OP, OPc, XRES, CK, IK, AK and an SQN not yet concealed. No branch and no memory
 * index of milenage.c and vector.c depends on one, and scratch memory that held one is wiped on
 * every way out. AES itself is OpenSSL's: constant-time with AES-NI or SSSE3 (vpaes), table-based
 * without both (cpu.h).
 */
#ifndef AUC_AUC_H
#define AUC_AUC_H

#include <stddef.h>
#include <stdint.h>

#define AUC_MUST_CHECK __attribute__((warn_unused_result))

/* Lengths in octets (TS 33.102 6.3, TS 35.206 clause 2; RES of 64 bits as Milenage makes it). */
enum {
	AUC_K_LEN = 16,
	AUC_OPC_LEN = 16,
	AUC_RAND_LEN = 16,
	AUC_AMF_LEN = 2,
	AUC_AUTN_LEN = 16,
	AUC_AUTS_LEN = 14,
	AUC_XRES_LEN = 8,
	AUC_CK_LEN = 16,
	AUC_IK_LEN = 16,
	AUC_SQN_LEN = 6,
	AUC_MAC_LEN = 8,
	AUC_AK_LEN = 6,
	AUC_BLOCK_LEN = 16,
};

/* Most vectors that one call makes. */
enum { AUC_VECTORS_MAX = 32 };

/* The largest SQN: 48 bits (TS 33.102 6.3.2). An SQN travels through this library as a uint64_t. */
#define AUC_SQN_MAX ((UINT64_C(1) << 48) - 1)

enum auc_err {
	AUC_OK,
	AUC_ERR_RANGE,     /* an argument is outside what its header allows */
	AUC_ERR_EXHAUSTED, /* SEQ is at its end; a wrap is refused (TS 33.102 C.3) */
	AUC_ERR_MAC,       /* MAC-S of an AUTS is wrong */
	AUC_ERR_CRYPTO,    /* OpenSSL failed, or its AES gave a wrong result in the self-test */
	AUC_ERR_RNG,       /* no random octets, therefore no vector */
	AUC_ERR_MEMORY,    /* no memory for the object to be opened */
};

/*
 * A sentence fragment for a log line or an operator, such as "MAC-S is wrong". Never NULL, also
 * for a value outside the enum. Static storage. Any thread may call it.
 */
const char *auc_err_text(enum auc_err err);

/* The key material of one subscriber. Both are secret: OPENSSL_cleanse after use. */
struct auc_key {
	uint8_t k[AUC_K_LEN];
	uint8_t opc[AUC_OPC_LEN]; /* OPc, not OP: see milenage_opc */
};

/*
 * An authentication vector, quintet (TS 33.102 6.3.2): AUTN is SQN xor AK || AMF || MAC-A.
 * xres, ck and ik are secret: OPENSSL_cleanse after use.
 */
struct auc_vector {
	uint8_t rand[AUC_RAND_LEN];
	uint8_t autn[AUC_AUTN_LEN];
	uint8_t xres[AUC_XRES_LEN];
	uint8_t ck[AUC_CK_LEN];
	uint8_t ik[AUC_IK_LEN];
};

/*
 * Where RAND comes from: rand_pool.h in service, fixed octets in a test.
 *
 * fill writes len unpredictable octets to out and returns AUC_OK, or returns another value and
 * leaves out unspecified; the vectors are then not made.
 */
struct auc_rng {
	enum auc_err (*fill)(void *opaque, uint8_t *out, size_t len);
	void *opaque;
};

/*
 * A keyable AES-128. One thread at a time may use a context; give each thread its own. The cipher
 * is fetched once, in auc_open; each call re-keys it.
 */
struct auc_ctx;

/*
 * Open a context and test it: set 1 of TS 35.208 4.3 must come out, as a vector and as an AUTS.
 *
 *   ctx  receives the context, or NULL on error. The caller gives it to auc_close.
 *
 * Returns AUC_OK, AUC_ERR_MEMORY, or AUC_ERR_CRYPTO when OpenSSL has no AES-128-ECB or the
 * self-test fails.
 */
AUC_MUST_CHECK enum auc_err auc_open(struct auc_ctx **ctx);

/*
 * Forget the key of the last call: OpenSSL keeps its schedule in the context until the next
 * call. Meant for a worker that goes idle.
 *
 * Returns AUC_OK or AUC_ERR_CRYPTO; after an error only auc_close removes the key.
 */
AUC_MUST_CHECK enum auc_err auc_idle(struct auc_ctx *ctx);

/* Wipe and free a context. NULL is allowed. */
void auc_close(struct auc_ctx *ctx);

#endif
