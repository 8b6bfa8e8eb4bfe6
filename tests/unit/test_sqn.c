#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auc/sqn.h"

#define SEQ_MAX_5 ((UINT64_C(1) << 43) - 1)
#define SQN(seq, ind) ((uint64_t)(seq) << 5 | (ind))
#define UNTOUCHED UINT64_C(0x5a5a5a5a5a5a5a5a)

/* C.1.1.2 and C.3: the SQN after another, or why there is none. */
static void next_sqn_follows_annex_c(void **state)
{
	static const struct {
		uint64_t last;
		unsigned ind_bits;
		unsigned ind;
		enum auc_err err;
		uint64_t next;
	} rows[] = {
		{0, 5, 0, AUC_OK, SQN(1, 0)},
		{0, 5, 31, AUC_OK, SQN(1, 31)},
		{SQN(1, 31), 5, 0, AUC_OK, SQN(2, 0)},
		{SQN(7, 3), 5, 3, AUC_OK, SQN(8, 3)},
		{SQN(SEQ_MAX_5 - 1, 4), 5, 4, AUC_OK, SQN(SEQ_MAX_5, 4)},
		{SQN(SEQ_MAX_5 - 1, 31), 5, 31, AUC_OK, AUC_SQN_MAX},
		{SQN(SEQ_MAX_5, 0), 5, 1, AUC_ERR_EXHAUSTED, UNTOUCHED},
		{AUC_SQN_MAX, 5, 0, AUC_ERR_EXHAUSTED, UNTOUCHED},
		{0, 5, 32, AUC_ERR_RANGE, UNTOUCHED},
		{0, 5, UINT32_MAX, AUC_ERR_RANGE, UNTOUCHED},
		{AUC_SQN_MAX + 1, 5, 0, AUC_ERR_RANGE, UNTOUCHED},
		{UINT64_MAX, 5, 0, AUC_ERR_RANGE, UNTOUCHED},
		{41, 0, 0, AUC_OK, 42},
		{41, 0, 1, AUC_ERR_RANGE, UNTOUCHED},
		{AUC_SQN_MAX, 0, 0, AUC_ERR_EXHAUSTED, UNTOUCHED},
		{0, 16, 65535, AUC_OK, 0x1ffff},
		{0, 16, 65536, AUC_ERR_RANGE, UNTOUCHED},
		{0, 17, 0, AUC_ERR_RANGE, UNTOUCHED},
		{0, 64, 0, AUC_ERR_RANGE, UNTOUCHED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t next = UNTOUCHED;

		assert_int_equal(auc_sqn_next(rows[i].last, rows[i].ind_bits, rows[i].ind, &next),
		                 rows[i].err);
		assert_int_equal(next, rows[i].next);
	}
}

static void array_keeps_ind_and_counts_seq(void **state)
{
	uint64_t out[AUC_VECTORS_MAX + 1];

	(void)state;
	for (size_t n = 1; n <= AUC_VECTORS_MAX; n++) {
		out[n] = UNTOUCHED;
		assert_int_equal(auc_sqn_array(SQN(100, 9), 5, 17, n, out), AUC_OK);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(auc_sqn_seq(out[i], 5), 101 + i);
			assert_int_equal(auc_sqn_ind(out[i], 5), 17);
		}
		assert_int_equal(out[n], UNTOUCHED);
	}
}

static void array_is_all_or_nothing(void **state)
{
	static const struct {
		uint64_t last;
		size_t n;
		enum auc_err err;
	} rows[] = {
		{SQN(SEQ_MAX_5 - 5, 0), 5, AUC_OK},
		{SQN(SEQ_MAX_5 - 4, 0), 5, AUC_ERR_EXHAUSTED},
		{SQN(SEQ_MAX_5 - 1, 0), 2, AUC_ERR_EXHAUSTED},
		{SQN(SEQ_MAX_5, 0), 1, AUC_ERR_EXHAUSTED},
		{0, 0, AUC_ERR_RANGE},
		{0, AUC_VECTORS_MAX + 1, AUC_ERR_RANGE},
		{0, SIZE_MAX, AUC_ERR_RANGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t out[AUC_VECTORS_MAX];

		for (size_t j = 0; j < AUC_VECTORS_MAX; j++) {
			out[j] = UNTOUCHED;
		}
		assert_int_equal(auc_sqn_array(rows[i].last, 5, 0, rows[i].n, out), rows[i].err);
		for (size_t j = rows[i].err == AUC_OK ? rows[i].n : 0; j < AUC_VECTORS_MAX; j++) {
			assert_int_equal(out[j], UNTOUCHED);
		}
	}
}

/* C.1.2, C.3.4: the slot of another S-CSCF. */
static void other_scscf_gets_next_ind_of_range(void **state)
{
	enum { NONE = 0x7777 };
	static const struct {
		unsigned ind_bits;
		uint64_t last;
		unsigned first;
		unsigned count;
		enum auc_err err;
		unsigned ind;
	} rows[] = {
		{5, SQN(9, 0), 0, 32, AUC_OK, 1},
		{5, SQN(9, 30), 0, 32, AUC_OK, 31},
		{5, SQN(9, 31), 0, 32, AUC_OK, 0},
		{5, SQN(9, 28), 28, 4, AUC_OK, 29},
		{5, SQN(9, 31), 28, 4, AUC_OK, 28},
		{5, SQN(9, 5), 28, 4, AUC_OK, 28},
		{5, SQN(9, 12), 4, 4, AUC_OK, 4},
		{5, SQN(9, 7), 4, 4, AUC_OK, 4},
		{5, SQN(9, 6), 4, 4, AUC_OK, 7},
		{5, SQN(9, 6), 6, 1, AUC_OK, 6},
		{0, 77, 0, 1, AUC_OK, 0},
		{16, 65535, 0, 65536, AUC_OK, 0},
		{5, SQN(9, 0), 0, 0, AUC_ERR_RANGE, NONE},
		{5, SQN(9, 0), 0, 33, AUC_ERR_RANGE, NONE},
		{5, SQN(9, 0), 29, 4, AUC_ERR_RANGE, NONE},
		{5, SQN(9, 0), UINT32_MAX, 2, AUC_ERR_RANGE, NONE},
		{5, SQN(9, 0), 2, UINT32_MAX, AUC_ERR_RANGE, NONE},
		{17, SQN(9, 0), 0, 32, AUC_ERR_RANGE, NONE},
		{5, AUC_SQN_MAX + 1, 0, 32, AUC_ERR_RANGE, NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned ind = NONE;

		assert_int_equal(auc_sqn_ind_next(rows[i].last, rows[i].ind_bits, rows[i].first,
		                                  rows[i].count, &ind),
		                 rows[i].err);
		assert_int_equal(ind, rows[i].ind);
	}
}

/* TS 33.102 6.3.5 with the limits of C.2.1 and C.2.2; D is Delta. */
static void resynchronisation_decides_by_the_next_sqn(void **state)
{
	enum { MS = 1000 };
	static const uint64_t d = AUC_SQN_DELTA;
	static const struct {
		const char *what;
		uint64_t he;
		uint64_t ms;
		uint64_t want;
	} rows[] = {
		{"USIM far ahead", SQN(10, 1), SQN(MS, 2), SQN(MS, 2)},
		{"next SEQ is SEQ_MS", SQN(MS - 1, 1), SQN(MS, 2), SQN(MS, 2)},
		{"next SEQ is SEQ_MS, whatever IND", SQN(MS - 1, 31), SQN(MS, 0), SQN(MS, 0)},
		{"next SEQ is SEQ_MS + 1", SQN(MS, 1), SQN(MS, 2), SQN(MS, 1)},
		{"AUTS sent again later", SQN(MS + 50, 1), SQN(MS, 2), SQN(MS + 50, 1)},
		{"next SEQ is SEQ_MS + D", SQN(MS - 1 + d, 1), SQN(MS, 2), SQN(MS - 1 + d, 1)},
		{"next SEQ is SEQ_MS + D + 1", SQN(MS + d, 1), SQN(MS, 2), SQN(MS, 2)},
		{"SQN_HE at the top", AUC_SQN_MAX, SQN(MS, 2), SQN(MS, 2)},
		{"SQN_HE at the top, no next", AUC_SQN_MAX, SQN(SEQ_MAX_5 - 1, 2),
	         SQN(SEQ_MAX_5 - 1, 2)},
		{"both at the top", SQN(SEQ_MAX_5, 0), AUC_SQN_MAX, AUC_SQN_MAX},
		{"USIM never used", SQN(3, 1), 0, SQN(3, 1)},
		{"nothing ever issued", 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t sqn = UNTOUCHED;

		assert_int_equal(auc_sqn_resync(rows[i].he, rows[i].ms, 5, AUC_SQN_DELTA, &sqn),
		                 AUC_OK);
		if (sqn != rows[i].want) {
			print_error("%s\n", rows[i].what);
		}
		assert_int_equal(sqn, rows[i].want);
	}
}

/* Whatever the outcome, the next SQN is one the USIM accepts: no second resynchronisation. */
static void next_sqn_after_resynchronisation_is_accepted(void **state)
{
	static const uint64_t offsets[] = {0,
	                                   1,
	                                   2,
	                                   31,
	                                   AUC_SQN_DELTA - 1,
	                                   AUC_SQN_DELTA,
	                                   AUC_SQN_DELTA + 1,
	                                   UINT64_C(1) << 40};
	enum { N = sizeof(offsets) / sizeof(offsets[0]) };

	(void)state;
	for (size_t i = 0; i < (size_t)N * N; i++) {
		uint64_t ms = offsets[i / N];
		uint64_t sqn = 0;
		uint64_t next = 0;

		assert_int_equal(
			auc_sqn_resync(SQN(offsets[i % N], 3), SQN(ms, 7), 5, AUC_SQN_DELTA, &sqn),
			AUC_OK);
		assert_int_equal(auc_sqn_next(sqn, 5, 3, &next), AUC_OK);
		assert_true(auc_sqn_seq(next, 5) > ms);
		assert_true(auc_sqn_seq(next, 5) - ms <= AUC_SQN_DELTA);
	}
}

static void resynchronisation_refuses_what_is_out_of_range(void **state)
{
	static const struct {
		uint64_t he;
		uint64_t ms;
		unsigned ind_bits;
		uint64_t delta;
	} rows[] = {
		{AUC_SQN_MAX + 1, 0, 5, AUC_SQN_DELTA},
		{0, AUC_SQN_MAX + 1, 5, AUC_SQN_DELTA},
		{0, 0, AUC_SQN_IND_BITS_MAX + 1, AUC_SQN_DELTA},
		{0, 0, 5, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t sqn = UNTOUCHED;

		assert_int_equal(auc_sqn_resync(rows[i].he, rows[i].ms, rows[i].ind_bits,
		                                rows[i].delta, &sqn),
		                 AUC_ERR_RANGE);
		assert_int_equal(sqn, UNTOUCHED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next_sqn_follows_annex_c),
		cmocka_unit_test(array_keeps_ind_and_counts_seq),
		cmocka_unit_test(array_is_all_or_nothing),
		cmocka_unit_test(other_scscf_gets_next_ind_of_range),
		cmocka_unit_test(resynchronisation_decides_by_the_next_sqn),
		cmocka_unit_test(next_sqn_after_resynchronisation_is_accepted),
		cmocka_unit_test(resynchronisation_refuses_what_is_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
