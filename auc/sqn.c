#include "auc/sqn.h"

#include <stdbool.h>

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

enum auc_err auc_sqn_next(uint64_t last, unsigned ind_bits, unsigned ind, uint64_t *next)
{
	return auc_sqn_array(last, ind_bits, ind, 1, next);
}

enum auc_err auc_sqn_array(uint64_t last, unsigned ind_bits, unsigned ind, size_t n, uint64_t out[])
{
	uint64_t seq = 0;

	if (!is_sqn(last, ind_bits) || ind >> ind_bits != 0 || n == 0 || n > AUC_VECTORS_MAX) {
		return AUC_ERR_RANGE;
	}
	seq = auc_sqn_seq(last, ind_bits);
	if (n > seq_max(ind_bits) - seq) {
		return AUC_ERR_EXHAUSTED;
	}
	for (size_t i = 0; i < n; i++) {
		out[i] = (seq + 1 + i) << ind_bits | ind;
	}
	return AUC_OK;
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

enum auc_err auc_sqn_resync(uint64_t sqn_he, uint64_t sqn_ms, unsigned ind_bits, uint64_t delta,
                            uint64_t *sqn_new)
{
	uint64_t seq_he = 0;
	uint64_t seq_ms = 0;
	bool accepted = false;

	if (!is_sqn(sqn_he, ind_bits) || !is_sqn(sqn_ms, ind_bits) || delta == 0) {
		return AUC_ERR_RANGE;
	}
	seq_he = auc_sqn_seq(sqn_he, ind_bits);
	seq_ms = auc_sqn_seq(sqn_ms, ind_bits);
	/* At the end of SEQ there is no next SQN, hence none that would be accepted. */
	accepted =
		seq_he < seq_max(ind_bits) && seq_he + 1 > seq_ms && seq_he + 1 - seq_ms <= delta;
	*sqn_new = accepted ? sqn_he : sqn_ms;
	return AUC_OK;
}
