/*
 * Sequence numbers of AKA (TS 33.102 Annex C): SQN = SEQ || IND, IND being the low ind_bits bits.
 *
 *   47                              ind_bits          0
 *   +--------------------------------+----------------+
 *   |              SEQ               |      IND       |   43 and 5 bits in the profiles of C.3
 *   +--------------------------------+----------------+
 *
 * SEQ counts, one after the other and for each IMPI by itself (C.1.1.2, as profile 2 of C.3 asks).
 * IND is the slot of the USIM's array that a vector goes to (C.1.2, C.2.2).
 *
 * Everything here is pure: any thread may call it. An output is unchanged on error.
 */
#ifndef AUC_SQN_H
#define AUC_SQN_H

#include <stddef.h>
#include <stdint.h>

#include "auc/auc.h"

enum { AUC_SQN_IND_BITS = 5, AUC_SQN_IND_BITS_MAX = 16 };

/* Delta of C.3: the furthest SEQ may jump ahead of SEQ_MS and still be accepted (C.2.1). */
#define AUC_SQN_DELTA (UINT64_C(1) << 28)

/* SEQ and IND of a 48-bit SQN; ind_bits is 0 to AUC_SQN_IND_BITS_MAX, both are the caller's care.
 */
uint64_t auc_sqn_seq(uint64_t sqn, unsigned ind_bits);
unsigned auc_sqn_ind(uint64_t sqn, unsigned ind_bits);

/*
 * Choose the SQN of the next authentication vector (TS 33.102 C.1.1.2).
 *
 * The result carries the SEQ after that of last, and the IND given. The SQN before the first of
 * an IMPI is 0, so that its first SEQ is 1.
 *
 *   last      the 48-bit SQN used last for this IMPI
 *   ind_bits  length of IND in bits, 0 to AUC_SQN_IND_BITS_MAX
 *   ind       slot of the requesting S-CSCF, below 1 << ind_bits
 *   next      receives the 48-bit SQN; unchanged on error
 *
 * Returns AUC_OK, AUC_ERR_RANGE for ind_bits, ind or last out of range, or AUC_ERR_EXHAUSTED when
 * SEQ has no successor: nothing wraps (C.3).
 */
AUC_MUST_CHECK enum auc_err auc_sqn_next(uint64_t last, unsigned ind_bits, unsigned ind,
                                         uint64_t *next);

/*
 * Choose the SQNs of an array of vectors: all of one IND, SEQ ascending by 1 (C.1.2).
 *
 *   n    how many, 1 to AUC_VECTORS_MAX
 *   out  receives n SQNs in the order of use; all or, on error, none. out[n - 1] is the last SQN
 *        to store before a vector leaves.
 *
 * The other parameters and the errors are those of auc_sqn_next; AUC_ERR_RANGE also for n.
 */
AUC_MUST_CHECK enum auc_err auc_sqn_array(uint64_t last, unsigned ind_bits, unsigned ind, size_t n,
                                          uint64_t out[]);

/*
 * The IND for an S-CSCF other than the one that last belongs to (C.1.2, C.3.4): the one after
 * that of last, within the range first to first + count - 1, round and round. An IND of last
 * outside the range gives first. The same S-CSCF keeps its IND: use auc_sqn_ind for that.
 *
 *   count  INDs in the range, at least 1; first + count is at most 1 << ind_bits
 *   ind    receives the IND; unchanged on error
 *
 * Returns AUC_OK, or AUC_ERR_RANGE for last, ind_bits or the range.
 */
AUC_MUST_CHECK enum auc_err auc_sqn_ind_next(uint64_t last, unsigned ind_bits, unsigned first,
                                             unsigned count, unsigned *ind);

/*
 * Decide on a resynchronisation whose MAC-S is right (TS 33.102 6.3.5).
 *
 * If the next SQN made from SQN_HE would be accepted by a USIM whose highest is SQN_MS, SQN_HE
 * stays: hence an AUTS that is sent again cannot roll it back. Accepted is (C.2.1, C.2.2)
 *
 *   SEQ_MS < SEQ_HE + 1 <= SEQ_MS + delta
 *
 * Otherwise SQN_HE becomes SQN_MS. That goes up for a USIM ahead of us, and down for a SQN_HE
 * more than delta above SQN_MS: the USIM refuses every SEQ from there on, so that the subscriber
 * could never be served again. It is the one legitimate way down. SQNs in between are then issued
 * again, with other RANDs; all of them are above SQN_MS, the highest that the USIM had accepted
 * when it made the AUTS. An AUTS kept from earlier reaches this branch only once SQN_HE has moved
 * on by more than delta (2^28 vectors), and the USIM refuses what it has accepted since.
 *
 *   sqn_he    the SQN used last for this IMPI, 48 bits
 *   sqn_ms    SQN_MS of auc_auts_check, 48 bits
 *   ind_bits  length of IND in bits, 0 to AUC_SQN_IND_BITS_MAX
 *   delta     AUC_SQN_DELTA, or what the operator's USIMs use; at least 1
 *   sqn_new   receives SQN_HE from now on; unchanged on error
 *
 * The IND of SQN_MS is the slot of the USIM's highest SEQ and obliges nobody: a caller that must
 * keep an S-CSCF in its slot takes IND from its own record or from sqn_he, not from *sqn_new.
 *
 * Returns AUC_OK, or AUC_ERR_RANGE for an argument out of range.
 */
AUC_MUST_CHECK enum auc_err auc_sqn_resync(uint64_t sqn_he, uint64_t sqn_ms, unsigned ind_bits,
                                           uint64_t delta, uint64_t *sqn_new);

#endif
