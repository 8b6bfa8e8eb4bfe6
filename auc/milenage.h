/*
 * Milenage (TS 35.206): OPc and the functions f1, f1*, f2, f3, f4, f5 and f5*, with the standard
 * constants c1 to c5 and r1 to r5.
 *
 * Each function sets the key anew and makes its one output; that is what a soft ISIM and the
 * tests want. Vectors in service come from vector.h, which shares the work between them.
 *
 *   ctx   a context of auc_open; one thread at a time
 *   key   K and OPc
 *   rand  RAND
 *   sqn   a 48-bit SQN; AUC_ERR_RANGE when it is larger than AUC_SQN_MAX
 *   amf   AMF; for f1* in an AUTS it is 0000 (TS 33.102 6.3.3), see milenage_amf_resync
 *
 * Every output except MAC-A is secret: OPENSSL_cleanse after use. On an error, AUC_ERR_CRYPTO or
 * AUC_ERR_RANGE, the output is wiped.
 */
#ifndef AUC_MILENAGE_H
#define AUC_MILENAGE_H

#include <stdint.h>

#include "auc/auc.h"

/* AMF*, the AMF under MAC-S (TS 33.102 6.3.3): all zero, so that it need not travel in AUTS. */
extern const uint8_t milenage_amf_resync[AUC_AMF_LEN];

/*
 * OPc = OP xor E_K(OP) (TS 35.206 4.1).
 *
 *   k    K
 *   op   the operator's OP, secret
 *   opc  receives OPc; may be op itself
 *
 * Returns AUC_OK, or AUC_ERR_CRYPTO with opc wiped.
 */
AUC_MUST_CHECK enum auc_err milenage_opc(struct auc_ctx *ctx, const uint8_t k[static AUC_K_LEN],
                                         const uint8_t op[static AUC_OPC_LEN],
                                         uint8_t opc[static AUC_OPC_LEN]);

/* f1: MAC-A, which authenticates the network. */
AUC_MUST_CHECK enum auc_err milenage_f1(struct auc_ctx *ctx, const struct auc_key *key,
                                        const uint8_t rand[static AUC_RAND_LEN], uint64_t sqn,
                                        const uint8_t amf[static AUC_AMF_LEN],
                                        uint8_t mac_a[static AUC_MAC_LEN]);

/* f1*: MAC-S, which authenticates a resynchronisation. */
AUC_MUST_CHECK enum auc_err milenage_f1star(struct auc_ctx *ctx, const struct auc_key *key,
                                            const uint8_t rand[static AUC_RAND_LEN], uint64_t sqn,
                                            const uint8_t amf[static AUC_AMF_LEN],
                                            uint8_t mac_s[static AUC_MAC_LEN]);

/* f2: RES, at the network XRES. */
AUC_MUST_CHECK enum auc_err milenage_f2(struct auc_ctx *ctx, const struct auc_key *key,
                                        const uint8_t rand[static AUC_RAND_LEN],
                                        uint8_t res[static AUC_XRES_LEN]);

/* f3: CK. */
AUC_MUST_CHECK enum auc_err milenage_f3(struct auc_ctx *ctx, const struct auc_key *key,
                                        const uint8_t rand[static AUC_RAND_LEN],
                                        uint8_t ck[static AUC_CK_LEN]);

/* f4: IK. */
AUC_MUST_CHECK enum auc_err milenage_f4(struct auc_ctx *ctx, const struct auc_key *key,
                                        const uint8_t rand[static AUC_RAND_LEN],
                                        uint8_t ik[static AUC_IK_LEN]);

/* f5: AK, which conceals SQN in AUTN. */
AUC_MUST_CHECK enum auc_err milenage_f5(struct auc_ctx *ctx, const struct auc_key *key,
                                        const uint8_t rand[static AUC_RAND_LEN],
                                        uint8_t ak[static AUC_AK_LEN]);

/* f5*: AK, which conceals SQN_MS in AUTS. */
AUC_MUST_CHECK enum auc_err milenage_f5star(struct auc_ctx *ctx, const struct auc_key *key,
                                            const uint8_t rand[static AUC_RAND_LEN],
                                            uint8_t ak[static AUC_AK_LEN]);

#endif
