/*
 * Sequence numbers of AKA (TS 33.102 Annex C): SQN = SEQ || IND, IND being the low ind_bits bits.
 *
 *   47                              ind_bits          0
 *   +--------------------------------+----------------+
 *   |              SEQ               |      IND       |   43 and 5 bits in the profiles of C.3
 *   +--------------------------------+----------------+
 *
 * SEQ goes on for each IMPI by itself, by one of two rules: it counts (C.1.1.2, profile 2 of C.3),
 * or it follows the clock (C.1.1.1, profile 1 of C.3). Either rule takes any SEQ on to a higher
 * one, so that an HSS may change from one to the other, and back, whenever it likes. IND is the
 * slot of the USIM's array that a vector goes to (C.1.2, C.2.2).
 *
 * What the two together promise. An S-CSCF that uses a vector finds it accepted by the USIM, if
 *
 *  - it uses its own vectors in the order in which it got them, each once; it may leave some out;
 *  - since the vector's array was made, vectors were asked for fewer than count times by another
 *    S-CSCF than the time before, count being the number of INDs in the range (auc_sqn_ind_next).
 *    It does not matter how many S-CSCFs there are, or how many arrays one and the same asked for
 *    in a row. Two S-CSCFs that ask by turns spend an IND with each array; 32 INDs hold 32 arrays.
 *    The change that makes it count gives the array's IND out anew: the array is then good only
 *    until the first vector of the new one is used. A range of one IND promises nothing to an
 *    S-CSCF once another one has asked;
 *  - its SEQ is at most delta above the highest that the USIM has accepted (C.2.1), and, if the
 *    USIM has the age limit of C.2.2, less than L below;
 *  - no other AuC has used an IND of the range since the last resynchronisation. What was issued
 *    before SQN_HE went down (auc_sqn_resync, or a database restored without a margin) counts as
 *    another AuC's;
 *  - neither the range nor SQN_HE was set since the array was made (by the operator, by a database
 *    restored, by auc_sqn_resync).
 *
 * Otherwise the USIM asks for a resynchronisation, and accepts the first vector after it. Another
 * AuC that serves the same USIM with a range of INDs of its own disturbs nothing, unless an age
 * limit is set.
 *
 * Everything here is pure: any thread may call it. An output is unchanged on error.
 */
#ifndef AUC_SQN_H
#define AUC_SQN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auc/auc.h"

enum { AUC_SQN_IND_BITS = 5, AUC_SQN_IND_BITS_MAX = 16 };

/* Delta of C.3: the furthest SEQ may jump ahead of SEQ_MS and still be accepted (C.2.1). */
#define AUC_SQN_DELTA (UINT64_C(1) << 28)

/*
 * The clock of profile 1 (C.1.1.1, C.3): GLC is the time in seconds mod p = 2^24, D = 2^16 is how
 * far SEQ may run ahead of it by counting.
 */
enum { AUC_SQN_GLC_BITS = 24 };
#define AUC_SQN_D (UINT64_C(1) << 16)

/*
 * How SEQ goes on.
 *
 * Counting: SEQ + 1. It shows how often somebody authenticates; AK conceals that (C.3).
 *
 * Time-based (C.1.1.1), with SEQ2 the low 24 bits of SEQ: counts while SEQ2 is level with GLC or
 * less than D ahead of it, all mod p; otherwise goes up to the next SEQ whose SEQ2 is GLC.
 *
 *  - One step takes SEQ up by p - D (193 days) at most, whatever the clock does: a silence of
 *    years, 1970, 2100. That is below delta = 2^28, so that a USIM which took the last vector takes
 *    the next one. Delta is used up by vectors of 8.5 years of which the USIM saw none.
 *  - A clock that goes back by less than D (18 hours) makes SEQ count until it has caught up. One
 *    that goes back further looks like one that has come round: SEQ goes up by p less the distance.
 *    There and back costs p: 16 times without a vector used take up delta, and the next vector a
 *    resynchronisation (down, see auc_sqn_resync); 2^19 times take up SEQ.
 *  - D vectors made faster than one a second reach the limit of D, and cost p - D as well.
 */
struct auc_sqn_rule {
	unsigned ind_bits; /* length of IND in bits, 0 to AUC_SQN_IND_BITS_MAX */
	bool time_based;   /* profile 1 of C.3; else profile 2 */
	int64_t now;       /* seconds since 1970, any value; only for time_based */
};

/* SEQ and IND of a 48-bit SQN; ind_bits is 0 to AUC_SQN_IND_BITS_MAX, both are the caller's care.
 */
uint64_t auc_sqn_seq(uint64_t sqn, unsigned ind_bits);
unsigned auc_sqn_ind(uint64_t sqn, unsigned ind_bits);

/*
 * Choose the SQN of the next authentication vector (TS 33.102 C.1.1).
 *
 * The result carries the SEQ that the rule gives after that of last, and the IND given; it is
 * always above last. The SQN before the first of an IMPI is 0, so that its first SEQ is 1 when
 * counting.
 *
 *   last  the 48-bit SQN used last for this IMPI
 *   rule  how SEQ goes on
 *   ind   slot of the requesting S-CSCF, below 1 << ind_bits
 *   next  receives the 48-bit SQN; unchanged on error
 *
 * Returns AUC_OK, AUC_ERR_RANGE for ind_bits, ind or last out of range, or AUC_ERR_EXHAUSTED when
 * the rule leads beyond the highest SEQ: nothing wraps (C.3).
 */
AUC_MUST_CHECK enum auc_err auc_sqn_next(uint64_t last, const struct auc_sqn_rule *rule,
                                         unsigned ind, uint64_t *next);

/*
 * Choose the SQNs of an array of vectors: all of one IND, each SEQ by the rule from the one before
 * (C.1.2).
 *
 *   n    how many, 1 to AUC_VECTORS_MAX
 *   out  receives n SQNs in the order of use; all or, on error, none. out[n - 1] is the last SQN
 *        to store before a vector leaves.
 *
 * The other parameters and the errors are those of auc_sqn_next; AUC_ERR_RANGE also for n.
 */
AUC_MUST_CHECK enum auc_err auc_sqn_array(uint64_t last, const struct auc_sqn_rule *rule,
                                          unsigned ind, size_t n, uint64_t out[]);

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
 * If the next SQN made from SQN_HE by the rule would be accepted by a USIM whose highest is SQN_MS,
 * SQN_HE stays: hence an AUTS that is sent again cannot roll it back. Accepted is (C.2.1, C.2.2)
 *
 *   SEQ_MS < next SEQ <= SEQ_MS + delta
 *
 * Otherwise SQN_HE becomes SQN_MS. That goes up for a USIM ahead of us, and down for a next SEQ
 * more than delta above SQN_MS: the USIM refuses every SEQ from there on, so that the subscriber
 * could never be served again. It is the one legitimate way down. SQNs in between are then issued
 * again, with other RANDs; all of them are above SQN_MS, the highest that the USIM had accepted
 * when it made the AUTS. An AUTS kept from earlier reaches this branch only once SQN_HE has moved
 * on by more than delta (2^28 vectors, or as far by the clock or by resynchronisation with a USIM
 * that another AuC has taken that far), and the USIM refuses what it has accepted since.
 *
 * At the end of SEQ the comparison is the same: a USIM within delta of it leaves SQN_HE there, and
 * auc_sqn_next says that it is exhausted. The end is no way to get SQNs a second time.
 *
 *   sqn_he   the SQN used last for this IMPI, 48 bits
 *   sqn_ms   SQN_MS of auc_auts_check, 48 bits
 *   rule     the one that the next SQN is made by. Time-based needs a delta of p - D at least, or
 *            the next SQN after SQN_MS may be too far for the USIM.
 *   delta    AUC_SQN_DELTA, or what the operator's USIMs use; at least 1
 *   sqn_new  receives SQN_HE from now on; unchanged on error
 *
 * The IND of SQN_MS is the slot of the USIM's highest SEQ and obliges nobody: a caller that must
 * keep an S-CSCF in its slot takes IND from its own record or from sqn_he, not from *sqn_new.
 *
 * Returns AUC_OK, or AUC_ERR_RANGE for an argument out of range.
 */
AUC_MUST_CHECK enum auc_err auc_sqn_resync(uint64_t sqn_he, uint64_t sqn_ms,
                                           const struct auc_sqn_rule *rule, uint64_t delta,
                                           uint64_t *sqn_new);

#endif
