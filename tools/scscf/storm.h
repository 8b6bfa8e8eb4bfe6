/*
 * Many requesters ask vectors for one IMPI at once; every SQN that comes back is recovered with the
 * ISIM's keys and compared (TS 33.102 C.1, TS 33.203 6.1.1: a vector is never sent twice, R19,
 * R20).
 */
#ifndef QUINTET_SCSCF_STORM_H
#define QUINTET_SCSCF_STORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/scscf/isim.h"
#include "tools/scscf/scscf.h"

enum { STORM_REQUESTERS_MAX = 256 };

struct storm {
	const struct scscf_cx *cx; /* called by all requesters at once */
	const struct auc_key *key; /* of the IMPI, to recover SQN */
	const char *impi;
	const char *impu;
	const char *server_name;
	uint32_t n_vectors; /* asked in each MAR */
	size_t count; /* MARs in total; fewer when the HSS is gone: after a 3002 no more are sent */
	unsigned requesters; /* 1 to STORM_REQUESTERS_MAX */
	const char *sqn_log; /* every SQN received is appended, one a line; NULL: no log */
};

struct storm_result {
	size_t answered; /* MARs answered with success */
	size_t lost; /* unanswered: connection lost or down, no answer in time, or 3002 and 3004 */
	size_t refused; /* answered with another result */
	size_t bad;     /* vectors whose MAC-A is not of our key */
	size_t vectors;
	size_t repeated;  /* SQNs that came twice, or stood in the log already */
	size_t unordered; /* arrays not strictly ascending, in themselves or after the requester's
	                     last */
	size_t gone_back; /* SQNs not above the highest one of the log as it was at the start */
	uint64_t sqn_first, sqn_last; /* lowest and highest SQN of this run */
};

/*
 * Run to the end. Returns HSS_OK, HSS_ERR_IO when the log cannot be used (errno says why),
 * HSS_ERR_INVALID when it holds something else than numbers, HSS_ERR_LIMIT for requesters out of
 * range, HSS_ERR_MEMORY, HSS_ERR_CRYPTO. result is set as far as it went.
 */
HSS_MUST_CHECK enum hss_err storm_run(const struct storm *storm, struct storm_result *result);

/* Whether no SQN came twice or went back and every vector was sound. Losses do not count. */
bool storm_is_sound(const struct storm_result *result);

#endif
