/*
 * Latencies in fixed room: buckets that grow with the value, 128 to each power of two, so that a
 * percentile is less than 1 % above the true one. No allocation for a sample.
 */
#ifndef CXBENCH_HISTOGRAM_H
#define CXBENCH_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_BITS = 7, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS };

/* All zero is empty. */
struct histogram {
	uint64_t n;
	uint64_t max;
	uint64_t count[HISTOGRAM_BUCKETS];
};

/* Add a value, in nanoseconds or whatever unit. */
void histogram_add(struct histogram *histogram, uint64_t value);

/*
 * The smallest value that at least this share of the samples do not exceed, rounded up to the end
 * of its bucket but never above the greatest sample.
 *
 *   share  in ten-thousandths, 1 to 10000: 9990 is p99.9
 *
 * Returns 0 for an empty histogram.
 */
uint64_t histogram_percentile(const struct histogram *histogram, unsigned share);

#endif
