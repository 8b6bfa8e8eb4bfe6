#include "auc/sqn.h"

#include <string.h>

#include <openssl/crypto.h>

/* Every SEQ is the part of a 48-bit SQN above IND. */
static uint64_t seq_max(unsigned ind_bits)
{
	return AUC_SQN_MAX >> ind_bits;
}

static bool is_sqn(uint64_t sqn, unsigned ind_bits)
{
	return ind_bits <= AUC_SQN_IND_BITS_MAX && sqn <= AUC_SQN_MAX;
}

uint64_t auc_sqn_seq(uint64_t sqn, unsigned ind_bits)
{
	return sqn >> ind_bits;
}

unsigned auc_sqn_ind(uint64_t sqn, unsigned ind_bits)
{
	return (unsigned)(sqn & ((UINT64_C(1) << ind_bits) - 1));
}

/*
 * The three cases of C.1.1.1 in one: mod p, either SEQ2 is level with GLC or less than D ahead of
 * it, and SEQ counts; or SEQ goes up to where SEQ2 is GLC, with a carry into SEQ1 when GLC is below
 * SEQ2. The result may be beyond the highest SEQ, but by less than p.
 */
static uint64_t seq_after(uint64_t seq, const struct auc_sqn_rule *rule)
{
	const uint64_t p = UINT64_C(1) << AUC_SQN_GLC_BITS;
	const uint64_t ahead = (seq - (uint64_t)rule->now) & (p - 1);

	return !rule->time_based || ahead < AUC_SQN_D ? seq + 1 : seq + (p - ahead);
}

enum auc_err auc_sqn_next(uint64_t last, const struct auc_sqn_rule *rule, unsigned ind,
                          uint64_t *next)
{
	return auc_sqn_array(last, rule, ind, 1, next);
}

enum auc_err auc_sqn_array(uint64_t last, const struct auc_sqn_rule *rule, unsigned ind, size_t n,
                           uint64_t out[])
{
	uint64_t sqn[AUC_VECTORS_MAX];
	uint64_t seq = 0;
	enum auc_err err = AUC_OK;

	if (!is_sqn(last, rule->ind_bits) || ind >> rule->ind_bits != 0 || n == 0 ||
	    n > AUC_VECTORS_MAX) {
		return AUC_ERR_RANGE;
	}
	seq = auc_sqn_seq(last, rule->ind_bits);
	for (size_t i = 0; err == AUC_OK && i < n; i++) {
		seq = seq_after(seq, rule);
		sqn[i] = seq << rule->ind_bits | ind;
		err = seq <= seq_max(rule->ind_bits) ? AUC_OK : AUC_ERR_EXHAUSTED;
	}
	if (err == AUC_OK) {
		memcpy(out, sqn, n * sizeof(out[0]));
	}
	OPENSSL_cleanse(sqn, n * sizeof(sqn[0]));
	return err;
}

enum auc_err auc_sqn_ind_next(uint64_t last, unsigned ind_bits, unsigned first, unsigned count,
                              unsigned *ind)
{
	unsigned n_inds = 0;
	unsigned now = 0;

	if (!is_sqn(last, ind_bits)) {
		return AUC_ERR_RANGE;
	}
	n_inds = 1U << ind_bits;
	if (count == 0 || count > n_inds || first > n_inds - count) {
		return AUC_ERR_RANGE;
	}
	now = auc_sqn_ind(last, ind_bits);
	*ind = now < first || now - first >= count - 1 ? first : now + 1;
	return AUC_OK;
}

enum auc_err auc_sqn_resync(uint64_t sqn_he, uint64_t sqn_ms, const struct auc_sqn_rule *rule,
                            uint64_t delta, uint64_t *sqn_new)
{
	uint64_t seq_next = 0;
	uint64_t seq_ms = 0;

	if (!is_sqn(sqn_he, rule->ind_bits) || !is_sqn(sqn_ms, rule->ind_bits) || delta == 0) {
		return AUC_ERR_RANGE;
	}
	seq_next = seq_after(auc_sqn_seq(sqn_he, rule->ind_bits), rule);
	seq_ms = auc_sqn_seq(sqn_ms, rule->ind_bits);
	*sqn_new = seq_next > seq_ms && seq_next - seq_ms <= delta ? sqn_he : sqn_ms;
	return AUC_OK;
}
