#include "tools/cxbench/histogram.h"

enum { SUB = 1 << HISTOGRAM_BITS, TOP_BIT = 63, WHOLE = 10000 };

/* Values below 128 have a bucket each; above, the 7 bits behind the first 1 number the bucket. */
static unsigned bucket_of(uint64_t value)
{
	unsigned shift = 0;

	if (value < SUB) {
		return (unsigned)value;
	}
	shift = (unsigned)(TOP_BIT - __builtin_clzll(value)) - HISTOGRAM_BITS;
	return (shift + 1) * SUB + ((unsigned)(value >> shift) & (SUB - 1));
}

/* The greatest value of a bucket. */
static uint64_t bucket_end(unsigned bucket)
{
	const unsigned shift = bucket < SUB ? 0 : bucket / SUB - 1;
	const uint64_t first = bucket < SUB ? bucket : (uint64_t)(SUB + bucket % SUB) << shift;

	return first + ((UINT64_C(1) << shift) - 1);
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
	histogram->n++;
	histogram->count[bucket_of(value)]++;
	if (value > histogram->max) {
		histogram->max = value;
	}
}

uint64_t histogram_percentile(const struct histogram *histogram, unsigned share)
{
	const uint64_t wanted = (histogram->n * share + WHOLE - 1) / WHOLE;
	uint64_t seen = 0;

	if (histogram->n == 0) {
		return 0;
	}
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += histogram->count[i];
		if (seen >= wanted && seen > 0) {
			const uint64_t end = bucket_end(i);

			return end < histogram->max ? end : histogram->max;
		}
	}
	return histogram->max;
}
