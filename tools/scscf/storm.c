#include "tools/scscf/storm.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SQNs seen, in the order of arrival. */
struct sqn_list {
	uint64_t *sqn;
	size_t n;
	size_t room;
};

/* What the requesters share; lock guards everything from `issued` on. */
struct shared {
	const struct storm *storm;
	uint64_t floor; /* highest SQN of the log at the start */
	pthread_mutex_t lock;
	size_t issued; /* MARs taken on so far */
	bool alone;    /* there is no HSS any more */
	struct sqn_list seen;
	struct storm_result *result;
	enum hss_err err;
	FILE *log;
};

static bool list_add(struct sqn_list *list, uint64_t sqn)
{
	if (list->n == list->room) {
		const size_t room = list->room == 0 ? 1024 : 2 * list->room;
		uint64_t *grown = reallocarray(list->sqn, room, sizeof(*grown));

		if (grown == NULL) {
			return false;
		}
		list->sqn = grown;
		list->room = room;
	}
	list->sqn[list->n++] = sqn;
	return true;
}

static bool take_turn(struct shared *shared)
{
	bool more = false;

	(void)pthread_mutex_lock(&shared->lock);
	more = shared->err == HSS_OK && !shared->alone && shared->issued < shared->storm->count;
	shared->issued += more;
	(void)pthread_mutex_unlock(&shared->lock);
	return more;
}

/* One array as it came: ascending in itself and above the requester's previous answer. */
static void array_record(struct shared *shared, const uint64_t sqn[], size_t n, uint64_t *previous)
{
	struct storm_result *r = shared->result;
	bool ascending = true;

	for (size_t i = 0; i < n; i++) {
		ascending = ascending && sqn[i] > *previous;
		*previous = sqn[i];
		r->gone_back += sqn[i] <= shared->floor;
		r->sqn_first = sqn[i] < r->sqn_first ? sqn[i] : r->sqn_first;
		r->sqn_last = sqn[i] > r->sqn_last ? sqn[i] : r->sqn_last;
		if (!list_add(&shared->seen, sqn[i])) {
			shared->err = HSS_ERR_MEMORY;
		}
		if (shared->log != NULL && fprintf(shared->log, "%" PRIu64 "\n", sqn[i]) < 0) {
			shared->err = HSS_ERR_IO;
		}
	}
	r->vectors += n;
	r->unordered += !ascending;
}

static void answer_record(struct shared *shared, struct isim *isim, enum hss_err err,
                          const struct cx_answer *ans, uint64_t *previous)
{
	struct storm_result *r = shared->result;
	const enum cx_result result = ans->verdict.result;
	uint64_t sqn[AUC_VECTORS_MAX];
	size_t n = 0;
	size_t bad = 0;

	for (size_t i = 0; err == HSS_OK && i < ans->n_vectors; i++) {
		if (isim_sqn_of(isim, ans->vector[i].rand, ans->vector[i].autn, &sqn[n]) ==
		    AUC_OK) {
			n++;
		} else {
			bad++;
		}
	}
	(void)pthread_mutex_lock(&shared->lock);
	if (err != HSS_OK || result == CX_UNABLE_TO_DELIVER || result == CX_TOO_BUSY) {
		r->lost++;
		shared->alone = shared->alone || (err == HSS_OK && result == CX_UNABLE_TO_DELIVER);
	} else if (!cx_result_is_success(result) || ans->n_vectors == 0) {
		r->refused++;
	} else {
		r->answered++;
		r->bad += bad;
		array_record(shared, sqn, n, previous);
	}
	(void)pthread_mutex_unlock(&shared->lock);
}

static void ask_once(struct shared *shared, struct isim *isim, uint64_t *previous)
{
	const struct storm *storm = shared->storm;
	const char *impu[1] = {storm->impu};
	struct cx_request req = {
		.command = CX_CMD_MAR, .impi = storm->impi, .impu = impu, .n_impu = 1};
	struct cx_answer ans = {0};
	struct arena arena = {0};
	enum hss_err err = HSS_OK;

	req.mar = (struct cx_mar){.server_name = storm->server_name,
	                          .scheme = CX_SCHEME_AKA_V1,
	                          .scheme_name = CX_SCHEME_NAME_DIGEST_AKAV1_MD5,
	                          .n_vectors = storm->n_vectors};
	err = storm->cx->ask(storm->cx->opaque, &req, &arena, &ans);
	answer_record(shared, isim, err, &ans, previous);
	cx_answer_wipe(&ans);
	arena_free(&arena);
}

static void *requester(void *opaque)
{
	struct shared *shared = opaque;
	struct isim isim = {0};
	uint64_t previous = 0;

	if (isim_open(&isim, shared->storm->key) != AUC_OK) {
		(void)pthread_mutex_lock(&shared->lock);
		shared->err = HSS_ERR_CRYPTO;
		(void)pthread_mutex_unlock(&shared->lock);
	}
	while (take_turn(shared)) {
		ask_once(shared, &isim, &previous);
	}
	isim_close(&isim);
	return NULL;
}

/* Earlier runs: their SQNs count as seen, and nothing may come that is not above them. */
static enum hss_err log_load(struct shared *shared)
{
	char line[32];

	rewind(shared->log);
	while (fgets(line, sizeof(line), shared->log) != NULL) {
		char *end = NULL;
		const uint64_t sqn = strtoull(line, &end, 10);

		if (end == line || *end != '\n' || sqn > AUC_SQN_MAX) {
			return HSS_ERR_INVALID;
		}
		if (!list_add(&shared->seen, sqn)) {
			return HSS_ERR_MEMORY;
		}
		shared->floor = sqn > shared->floor ? sqn : shared->floor;
	}
	if (ferror(shared->log) != 0) {
		return HSS_ERR_IO;
	}
	return fseek(shared->log, 0, SEEK_END) == 0 ? HSS_OK : HSS_ERR_IO;
}

static int compare_sqn(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static size_t count_repeated(struct sqn_list *list)
{
	size_t repeated = 0;

	if (list->n > 1) {
		qsort(list->sqn, list->n, sizeof(*list->sqn), compare_sqn);
	}
	for (size_t i = 1; i < list->n; i++) {
		repeated += list->sqn[i] == list->sqn[i - 1];
	}
	return repeated;
}

static void requesters_run(struct shared *shared)
{
	pthread_t thread[STORM_REQUESTERS_MAX];
	unsigned started = 0;

	while (started < shared->storm->requesters &&
	       pthread_create(&thread[started], NULL, requester, shared) == 0) {
		started++;
	}
	if (started < shared->storm->requesters) {
		(void)pthread_mutex_lock(&shared->lock);
		shared->err = HSS_ERR_MEMORY;
		(void)pthread_mutex_unlock(&shared->lock);
	}
	while (started > 0) {
		(void)pthread_join(thread[--started], NULL);
	}
}

enum hss_err storm_run(const struct storm *storm, struct storm_result *result)
{
	struct shared shared = {
		.storm = storm, .lock = PTHREAD_MUTEX_INITIALIZER, .result = result};
	size_t repeated_before = 0;

	*result = (struct storm_result){.sqn_first = UINT64_MAX};
	if (storm->requesters == 0 || storm->requesters > STORM_REQUESTERS_MAX) {
		return HSS_ERR_LIMIT;
	}
	if (storm->sqn_log != NULL) {
		shared.log = fopen(storm->sqn_log, "a+e");
		if (shared.log == NULL || setvbuf(shared.log, NULL, _IOLBF, 0) != 0) {
			shared.err = HSS_ERR_IO;
		} else {
			shared.err = log_load(&shared);
		}
	}
	if (shared.err == HSS_OK) {
		repeated_before = count_repeated(&shared.seen);
		requesters_run(&shared);
		result->repeated = count_repeated(&shared.seen) - repeated_before;
	}
	if (shared.log != NULL && fclose(shared.log) != 0 && shared.err == HSS_OK) {
		shared.err = HSS_ERR_IO;
	}
	free(shared.seen.sqn);
	return shared.err;
}

bool storm_is_sound(const struct storm_result *result)
{
	return result->bad == 0 && result->repeated == 0 && result->unordered == 0 &&
	       result->gone_back == 0;
}
