/*
 * cost DIRECTORY: two figures that tools/bench sets beside what it measures on the wire, as one
 * line of JSON.
 *
 *   vector_ns  one vector: RAND from the pool, as the HSS makes it
 *   sync_us    median of writing 4 KiB over old content of a file in DIRECTORY and fdatasync, each
 * after a pause as long as an HSS has between requests that come one at a time: a processor that
 * slept needs longer
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auc/auc.h"
#include "auc/vector.h"
#include "auc/rand_pool.h"

enum { VECTORS = 500000, SYNCS = 2001, PAGE = 4096, PAGES = 256, PAUSE_US = 100 };

static int64_t clock_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Nanoseconds a vector; negative on error. */
static double vector_cost(void)
{
	const uint8_t amf[AUC_AMF_LEN] = {0};
	struct auc_rand_pool *pool = NULL;
	struct auc_ctx *auc = NULL;
	struct auc_vector vector;
	struct auc_key key = {0};
	struct auc_rng rng;
	int64_t began = 0;

	if (auc_open(&auc) != AUC_OK || auc_rand_pool_open(&pool) != AUC_OK) {
		return -1;
	}
	rng = auc_rand_pool_rng(pool);
	began = clock_ns();
	for (uint64_t sqn = 1; sqn <= VECTORS; sqn++) {
		key.k[0] = (uint8_t)sqn; /* each subscriber has its own */
		if (auc_vectors(auc, &key, amf, &sqn, 1, &rng, &vector) != AUC_OK) {
			return -1;
		}
	}
	began = clock_ns() - began;
	auc_rand_pool_close(pool);
	auc_close(auc);
	return (double)began / VECTORS;
}

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a;
	const int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Microseconds; negative on error. */
static double sync_cost(int fd)
{
	static int64_t took[SYNCS];
	static uint8_t page[PAGE];

	for (off_t i = 0; i < PAGES; i++) {
		if (pwrite(fd, page, PAGE, i * PAGE) != PAGE) {
			return -1;
		}
	}
	if (fsync(fd) != 0) {
		return -1;
	}
	for (int i = 0; i < SYNCS; i++) {
		page[0] = (uint8_t)i;
		(void)usleep(PAUSE_US);
		took[i] = clock_ns();
		if (pwrite(fd, page, PAGE, (off_t)(i % PAGES) * PAGE) != PAGE ||
		    fdatasync(fd) != 0) {
			return -1;
		}
		took[i] = clock_ns() - took[i];
	}
	qsort(took, SYNCS, sizeof(took[0]), compare);
	return (double)took[SYNCS / 2] / 1000;
}

int main(int argc, char **argv)
{
	double vector_ns = 0;
	double sync_us = 0;
	int fd = -1;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: cost DIRECTORY\n");
		return 2;
	}
	fd = open(argv[1], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) {
		(void)fprintf(stderr, "cost: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	vector_ns = vector_cost();
	sync_us = sync_cost(fd);
	(void)close(fd);
	if (vector_ns < 0 || sync_us < 0) {
		(void)fprintf(stderr, "cost: %s\n",
		              vector_ns < 0 ? "the vectors failed" : strerror(errno));
		return 1;
	}
	(void)printf("{\"vector_ns\": %.1f, \"sync_us\": %.1f}\n", vector_ns, sync_us);
	return 0;
}
