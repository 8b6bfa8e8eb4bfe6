/* Percentiles of the log-linear histogram. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/cxbench/histogram.h"

static struct histogram histogram;

static int empty(void **state)
{
	(void)state;
	memset(&histogram, 0, sizeof(histogram));
	return 0;
}

static void empty_one_gives_zero(void **state)
{
	(void)state;
	assert_int_equal(histogram_percentile(&histogram, 9990), 0);
}

static void small_values_are_exact(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= 100; i++) {
		histogram_add(&histogram, i);
	}
	assert_int_equal(histogram_percentile(&histogram, 1), 1);
	assert_int_equal(histogram_percentile(&histogram, 5000), 50);
	assert_int_equal(histogram_percentile(&histogram, 9000), 90);
	assert_int_equal(histogram_percentile(&histogram, 9900), 99);
	assert_int_equal(histogram_percentile(&histogram, 9901), 100);
	assert_int_equal(histogram_percentile(&histogram, 10000), 100);
}

static int order(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Against the sorted list, over many magnitudes: never below, less than 1 % above. */
static void percentiles_are_within_one_percent(void **state)
{
	enum { N = 20000 };
	static const unsigned shares[] = {1, 100, 5000, 9000, 9900, 9990, 10000};
	static uint64_t values[N];
	uint64_t x = 88172645463325252u;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		values[i] = x >> (x % 60);
		histogram_add(&histogram, values[i]);
	}
	qsort(values, N, sizeof(values[0]), order);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		const uint64_t truth = values[((uint64_t)N * shares[i] + 9999) / 10000 - 1];
		const uint64_t got = histogram_percentile(&histogram, shares[i]);

		assert_true(got >= truth);
		assert_true(got - truth <= truth / 100);
	}
	assert_true(histogram.max == values[N - 1]);
}

static void nothing_is_above_the_greatest_sample(void **state)
{
	(void)state;
	histogram_add(&histogram, 1000001);
	assert_int_equal(histogram_percentile(&histogram, 5000), 1000001);
}

static void extremes_have_a_bucket(void **state)
{
	(void)state;
	histogram_add(&histogram, 0);
	histogram_add(&histogram, UINT64_MAX);
	assert_int_equal(histogram_percentile(&histogram, 5000), 0);
	assert_true(histogram_percentile(&histogram, 10000) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(empty_one_gives_zero, empty),
		cmocka_unit_test_setup(small_values_are_exact, empty),
		cmocka_unit_test_setup(percentiles_are_within_one_percent, empty),
		cmocka_unit_test_setup(nothing_is_above_the_greatest_sample, empty),
		cmocka_unit_test_setup(extremes_have_a_bucket, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
