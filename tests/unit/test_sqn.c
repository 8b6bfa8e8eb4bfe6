#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auc/sqn.h"

#define SEQ_MAX_5 ((UINT64_C(1) << 43) - 1)
#define SQN(seq, ind) ((uint64_t)(seq) << 5 | (ind))
#define UNTOUCHED UINT64_C(0x5a5a5a5a5a5a5a5a)
#define P (INT64_C(1) << 24) /* the range of GLC, in seconds */
#define D ((int64_t)AUC_SQN_D)
#define NOW INT64_C(1798765432) /* in the year 2026 */

/* Profile 2, and profile 1 at a time; valid until the next call. */
static const struct auc_sqn_rule *counting(unsigned ind_bits)
{
	static struct auc_sqn_rule rule;

	rule = (struct auc_sqn_rule){.ind_bits = ind_bits, .now = NOW};
	return &rule;
}

static const struct auc_sqn_rule *timed(int64_t now)
{
	static struct auc_sqn_rule rule;

	rule = (struct auc_sqn_rule){.ind_bits = 5, .time_based = true, .now = now};
	return &rule;
}

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

		assert_int_equal(
			auc_sqn_next(rows[i].last, counting(rows[i].ind_bits), rows[i].ind, &next),
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
		assert_int_equal(auc_sqn_array(SQN(100, 9), counting(5), 17, n, out), AUC_OK);
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
		assert_int_equal(auc_sqn_array(rows[i].last, counting(5), 0, rows[i].n, out),
		                 rows[i].err);
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
		{"SQN_HE at the top, no way back", AUC_SQN_MAX, SQN(SEQ_MAX_5 - 1, 2), AUC_SQN_MAX},
		{"SQN_HE at the top, D below", AUC_SQN_MAX, SQN(SEQ_MAX_5 + 1 - d, 2), AUC_SQN_MAX},
		{"SQN_HE at the top, D + 1 below", AUC_SQN_MAX, SQN(SEQ_MAX_5 - d, 2),
	         SQN(SEQ_MAX_5 - d, 2)},
		{"both at the top", SQN(SEQ_MAX_5, 0), AUC_SQN_MAX, SQN(SEQ_MAX_5, 0)},
		{"USIM never used", SQN(3, 1), 0, SQN(3, 1)},
		{"nothing ever issued", 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t sqn = UNTOUCHED;

		assert_int_equal(
			auc_sqn_resync(rows[i].he, rows[i].ms, counting(5), AUC_SQN_DELTA, &sqn),
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
	                                   P - AUC_SQN_D,
	                                   P,
	                                   AUC_SQN_DELTA - P,
	                                   AUC_SQN_DELTA - 1,
	                                   AUC_SQN_DELTA,
	                                   AUC_SQN_DELTA + 1,
	                                   UINT64_C(1) << 40};
	static const int64_t times[] = {0, 1, AUC_SQN_D, P - AUC_SQN_D, P - 1, NOW};
	enum { N = sizeof(offsets) / sizeof(offsets[0]) };

	(void)state;
	for (size_t i = 0; i < (size_t)N * N * (sizeof(times) / sizeof(times[0]) + 1); i++) {
		const struct auc_sqn_rule *rule =
			i < (size_t)N * N ? counting(5) : timed(times[i / N / N - 1]);
		const uint64_t ms = offsets[i / N % N];
		const uint64_t he = offsets[i % N];
		uint64_t sqn = 0;
		uint64_t next = 0;

		assert_int_equal(auc_sqn_resync(SQN(he, 3), SQN(ms, 7), rule, AUC_SQN_DELTA, &sqn),
		                 AUC_OK);
		assert_int_equal(auc_sqn_next(sqn, rule, 3, &next), AUC_OK);
		assert_true(auc_sqn_seq(next, 5) > ms);
		assert_true(auc_sqn_seq(next, 5) - ms <= AUC_SQN_DELTA);
		/* Down only when the USIM would refuse what comes next. */
		assert_true(sqn >= SQN(he, 3) || he + P > ms + AUC_SQN_DELTA);
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

		assert_int_equal(auc_sqn_resync(rows[i].he, rows[i].ms, counting(rows[i].ind_bits),
		                                rows[i].delta, &sqn),
		                 AUC_ERR_RANGE);
		assert_int_equal(sqn, UNTOUCHED);
	}
}

/* C.1.1.1 as it is written: SEQ1, SEQ2 and three cases. */
static uint64_t seq_by_the_clause(uint64_t seq, int64_t now)
{
	const int64_t glc = (now % P + P) % P;
	const int64_t seq1 = (int64_t)seq / P;
	const int64_t seq2 = (int64_t)seq % P;

	if (seq2 < glc && glc < seq2 + P - D + 1) {
		return (uint64_t)(seq1 * P + glc);
	}
	if ((glc <= seq2 && seq2 <= glc + D - 1) || seq2 + P - D + 1 <= glc) {
		return seq + 1;
	}
	assert_true(glc + D - 1 < seq2);
	return (uint64_t)((seq1 + 1) * P + glc);
}

static void profile_1_follows_the_clause(void **state)
{
	/* About every limit of the three cases. */
	static const int64_t around[] = {0, 1, D - 1, D, D + 1, P / 2, P - D - 1, P - D, P - 1};
	enum { N = sizeof(around) / sizeof(around[0]) };

	(void)state;
	for (int64_t i = 0; i < (int64_t)N * N * 9; i++) {
		const uint64_t seq = (uint64_t)(3 * P + around[i % N] + i / N / N % 3 - 1);
		const int64_t now =
			(i % 2 == 0 ? 77 : -77) * P + around[i / N % N] + i / N / N / 3 - 1;
		uint64_t next = 0;

		assert_int_equal(auc_sqn_next(SQN(seq, 9), timed(now), 17, &next), AUC_OK);
		assert_int_equal(auc_sqn_seq(next, 5), seq_by_the_clause(seq, now));
		assert_int_equal(auc_sqn_ind(next, 5), 17);
		/* Never too far for the USIM that took the SQN before. */
		assert_true(auc_sqn_seq(next, 5) > seq);
		assert_true(auc_sqn_seq(next, 5) - seq <= (uint64_t)(P - D));
	}
}

/* What the clock may do between two vectors; SEQ begins where the time is NOW. */
static void profile_1_stands_any_clock(void **state)
{
	static const struct {
		const char *what;
		int64_t now;
		int64_t step;
	} rows[] = {
		{"the same second", NOW, 1},
		{"a second later", NOW + 1, 1},
		{"an hour later", NOW + 3600, 3600},
		{"back by an hour", NOW - 3600, 1},
		{"back by almost D", NOW - D + 1, 1},
		{"back by D: as if come round", NOW - D, P - D},
		{"back by a day", NOW - 86400, P - 86400},
		{"on by 193 days", NOW + P - D, P - D},
		{"on by a little more: as if back", NOW + P - D + 1, 1},
		{"silent for one turn of GLC", NOW + P, 1},
		{"silent for ten years", NOW + 315576000, 315576000 % P},
		{"1970", 0, P - NOW % P},
		{"before 1970", -1, P - 1 - NOW % P},
		{"2100", INT64_C(4102444800), (INT64_C(4102444800) - NOW) % P},
		{"the first second", INT64_MIN, P - NOW % P},
		{"the last second", INT64_MAX, P - 1 - NOW % P},
	};
	const uint64_t seq = (uint64_t)NOW;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t next = 0;

		assert_int_equal(auc_sqn_next(SQN(seq, 1), timed(rows[i].now), 1, &next), AUC_OK);
		if (auc_sqn_seq(next, 5) != seq + (uint64_t)rows[i].step) {
			fail_msg("%s: %lld, not %lld", rows[i].what,
			         (long long)(auc_sqn_seq(next, 5) - seq), (long long)rows[i].step);
		}
	}
}

/* A burst counts on; the vector that would be D ahead of the clock goes to its next turn. */
static void profile_1_array_ascends_by_the_rule(void **state)
{
	static const struct {
		uint64_t last; /* SEQ */
		uint64_t first;
		uint64_t second;
	} rows[] = {
		{0, NOW % P, NOW % P + 1},       {NOW - 100, NOW, NOW + 1},
		{NOW, NOW + 1, NOW + 2},         {NOW + D - 2, NOW + D - 1, NOW + D},
		{NOW + D - 1, NOW + D, NOW + P}, {NOW + D, NOW + P, NOW + P + 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t out[3] = {0};

		assert_int_equal(auc_sqn_array(SQN(rows[i].last, 4), timed(NOW), 6, 3, out),
		                 AUC_OK);
		assert_int_equal(out[0], SQN(rows[i].first, 6));
		assert_int_equal(out[1], SQN(rows[i].second, 6));
		assert_true(out[2] > out[1]);
	}
}

/* The end is refused also when the clock, not the count, leads beyond it. */
static void profile_1_never_wraps(void **state)
{
	static const struct {
		uint64_t last; /* SEQ */
		int64_t now;
		enum auc_err err;
	} rows[] = {
		{SEQ_MAX_5 - 1, P - 1, AUC_OK},           {SEQ_MAX_5 - 1, P - 2, AUC_OK},
		{SEQ_MAX_5, P - 1, AUC_ERR_EXHAUSTED},    {SEQ_MAX_5, 0, AUC_ERR_EXHAUSTED},
		{SEQ_MAX_5 - 1000, 0, AUC_ERR_EXHAUSTED}, {SEQ_MAX_5 - D, P - D - 1, AUC_OK},
		{SEQ_MAX_5, P - D, AUC_ERR_EXHAUSTED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t out[2] = {UNTOUCHED, UNTOUCHED};

		assert_int_equal(auc_sqn_next(SQN(rows[i].last, 1), timed(rows[i].now), 1, &out[0]),
		                 rows[i].err);
		assert_true((out[0] == UNTOUCHED) == (rows[i].err != AUC_OK));
	}
	{ /* the second of two is one too many: none comes */
		uint64_t out[2] = {UNTOUCHED, UNTOUCHED};

		assert_int_equal(auc_sqn_array(SQN(SEQ_MAX_5 - 1, 1), timed(P - 1), 1, 2, out),
		                 AUC_ERR_EXHAUSTED);
		assert_int_equal(out[0], UNTOUCHED);
	}
}

/* The range test is about the SQN that comes next by the clock. */
static void profile_1_resynchronises_by_the_next_sqn(void **state)
{
	static const uint64_t d = AUC_SQN_DELTA;
	static const struct {
		const char *what;
		uint64_t he; /* SEQ */
		uint64_t ms;
		bool stays;
	} rows[] = {
		{"the clock leads above the USIM", NOW - 1000, NOW - 1, true},
		{"the clock leads just to the USIM", NOW - 1000, NOW, false},
		{"the clock leads as far as D allows", NOW - 1000, NOW - d, true},
		{"the clock leads too far", NOW - 1000, NOW - d - 1, false},
		{"counting, within", NOW + 5, NOW + 5, true},
		{"counting, USIM ahead", NOW + 5, NOW + 6, false},
		{"an AUTS again", NOW + 5, NOW - 86400, true},
		{"the end, USIM close to it", SEQ_MAX_5, SEQ_MAX_5 - 3, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t sqn = UNTOUCHED;

		assert_int_equal(auc_sqn_resync(SQN(rows[i].he, 1), SQN(rows[i].ms, 2), timed(NOW),
		                                AUC_SQN_DELTA, &sqn),
		                 AUC_OK);
		if (sqn != (rows[i].stays ? SQN(rows[i].he, 1) : SQN(rows[i].ms, 2))) {
			fail_msg("%s: %llx", rows[i].what, (unsigned long long)sqn);
		}
	}
}

/* A rule may be changed at any time: SQN goes up, and a USIM takes each step. */
static void changing_the_profile_goes_up(void **state)
{
	uint64_t sqn = 0;

	(void)state;
	for (unsigned i = 0; i < 10000; i++) {
		const uint64_t last = sqn;
		const struct auc_sqn_rule *rule =
			i * 7 % 16 < 8 ? counting(5) : timed(NOW + (int64_t)(i % 91) * 100000);

		assert_int_equal(auc_sqn_next(last, rule, i % 32, &sqn), AUC_OK);
		assert_true(sqn > last);
		assert_true(auc_sqn_seq(sqn, 5) - auc_sqn_seq(last, 5) <= (uint64_t)(P - D));
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
		cmocka_unit_test(profile_1_follows_the_clause),
		cmocka_unit_test(profile_1_stands_any_clock),
		cmocka_unit_test(profile_1_array_ascends_by_the_rule),
		cmocka_unit_test(profile_1_never_wraps),
		cmocka_unit_test(profile_1_resynchronises_by_the_next_sqn),
		cmocka_unit_test(changing_the_profile_goes_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
