/*
 * Authentication vectors and the check of an AUTS (TS 33.102 6.3.2, 6.3.5) over Milenage.
 */
#ifndef AUC_VECTOR_H
#define AUC_VECTOR_H

#include <stddef.h>
#include <stdint.h>

#include "auc/auc.h"

/*
 * Make n authentication vectors of one subscriber (TS 33.102 6.3.2), in two EVP calls whatever n.
 *
 *   ctx  a context of auc_open; one thread at a time
 *   key  K and OPc
 *   amf  AMF. Bit 0, the separation bit, is 0 in vectors for IMS (TS 33.102 Annex H); the
 *        library takes whatever the operator provisioned.
 *   sqn  n SQNs of 48 bits, ascending: auc_sqn_array makes them. They must be stored durably
 *        before a vector leaves: a SQN is never used twice.
 *   n    1 to AUC_VECTORS_MAX
 *   rng  where the n RANDs come from, in one call of fill
 *   out  receives n vectors in the order of sqn; xres, ck and ik are secret
 *
 * Returns AUC_OK, AUC_ERR_RANGE for an SQN above AUC_SQN_MAX, AUC_ERR_RNG when fill failed, or
 * AUC_ERR_CRYPTO; out is then wiped. AUC_ERR_RANGE for n leaves out untouched.
 */
AUC_MUST_CHECK enum auc_err auc_vectors(struct auc_ctx *ctx, const struct auc_key *key,
                                        const uint8_t amf[static AUC_AMF_LEN], const uint64_t sqn[],
                                        size_t n, const struct auc_rng *rng,
                                        struct auc_vector out[]);

/*
 * Open an AUTS (TS 33.102 6.3.3, 6.3.5): AUTS is SQN_MS xor AK || MAC-S, AK being f5*(RAND) and
 * MAC-S f1* over SQN_MS, RAND and an AMF of 0000. MAC-S is always compared, and in constant time.
 *
 *   rand    the challenge that the USIM refused
 *   auts    AUTS, from a peer
 *   sqn_ms  receives the 48-bit SQN_MS when MAC-S is right, otherwise 0
 *
 * Returns AUC_OK, AUC_ERR_MAC, or AUC_ERR_CRYPTO. SQN_MS may be compared with the stored SQN
 * only after AUC_OK (auc_sqn_resync); after AUC_ERR_MAC nothing stored may change.
 */
AUC_MUST_CHECK enum auc_err auc_auts_check(struct auc_ctx *ctx, const struct auc_key *key,
                                           const uint8_t rand[static AUC_RAND_LEN],
                                           const uint8_t auts[static AUC_AUTS_LEN],
                                           uint64_t *sqn_ms);

#endif
