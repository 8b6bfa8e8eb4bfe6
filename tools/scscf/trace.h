/*
 * What the program tells about its work: one line a message with its name in TS 33.203 (SM1 to
 * SM18, CM1 to CM4) and on Cx, one line a flow, one line a sum; or the same as JSON objects, one a
 * line. Never RES, CK, IK or an AUTS.
 */
#ifndef QUINTET_SCSCF_TRACE_H
#define QUINTET_SCSCF_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tools/scscf/scscf.h"

enum trace_mode {
	TRACE_QUIET, /* failures and the sum */
	TRACE_NORMAL,
	TRACE_VERBOSE, /* what the HSS says in Error-Message as well */
};

struct trace {
	FILE *out;
	enum trace_mode mode;
	bool json;
};

/* A message: seed "SM1", what "REGISTER", way "UE -> P-CSCF". */
void trace_step(const struct trace *trace, const char *seed, const char *what, const char *way);

enum trace_outcome { TRACE_PASS, TRACE_FAIL, TRACE_SKIP };

/* A flow has ended; why is empty for a pass. */
void trace_flow(const struct trace *trace, enum trace_outcome outcome, const char *flow,
                const char *why);

/* "N passed, N failed", the last line. */
void trace_sum(const struct trace *trace, size_t passed, size_t failed);

/*
 * What an answer has besides its result, its names and its vectors, by the names of its AVPs: a
 * line each, or, when object is not NULL, a string in a list of that name in it. Of restoration
 * information the length is told, of HA1 that it is there.
 */
struct json_t;
void trace_members(FILE *out, struct json_t *object, const struct cx_answer *ans);

/* An answer in full, as the low-level commands show it. */
void trace_answer(const struct trace *trace, const struct cx_answer *ans);

/* An RTR or PPR of the HSS, and how it is answered; CX_NO_RESULT: not at all. Also when quiet. */
void trace_push(const struct trace *trace, const struct cx_request *req, enum cx_result result);

/* A word to whoever reads along, also when quiet. */
void trace_note(const struct trace *trace, const char *note);

enum { TRACED_CX_COMMANDS = 4 };

/*
 * A Cx transport that reports each request and answer and passes it on to another. Not for several
 * threads: they use the inner one.
 */
struct traced_cx {
	const struct trace *trace;
	struct scscf_cx inner;
	unsigned n_mar;         /* MARs sent so far */
	uint32_t last_sar_type; /* of the last SAR; UINT32_MAX: none yet */
	size_t n_items;         /* vectors of the last MAA that had any, and their RANDs */
	uint8_t item_rand[AUC_VECTORS_MAX][AUC_RAND_LEN];
};

/* The transport to use; points into traced. */
struct scscf_cx traced_cx_open(struct traced_cx *traced, const struct trace *trace,
                               const struct scscf_cx *inner);

#endif
