/*
 * What the HSS sends by itself: RTRs and PPRs are answered, reported, counted, and waited for.
 *
 * The answers may be told beforehand, one list for each command, whose last entry is repeated;
 * without a list an S-CSCF that holds registrations decides from them, and one without says yes to
 * everything.
 */
#ifndef QUINTET_SCSCF_PUSHES_H
#define QUINTET_SCSCF_PUSHES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hss/cx.h"
#include "hss/err.h"
#include "tools/scscf/scscf.h"
#include "tools/scscf/trace.h"

enum { PUSHES_ANSWERS_MAX = 16, PUSHES_EMERGENCY_MAX = 8 };

/* CX_NO_RESULT stands for silence. */
struct push_answers {
	enum cx_result result[PUSHES_ANSWERS_MAX];
	size_t n;    /* 0: the S-CSCF decides */
	size_t used; /* of pushes.c */
};

struct pushes {
	/* To be set before pushes_open. */
	const struct trace *trace;
	struct push_answers rta;
	struct push_answers ppa;
	const char *emergency[PUSHES_EMERGENCY_MAX]; /* IMPUs that an RTA lists with the User-Name
	                                                as registered for emergency calls */
	size_t n_emergency;
	unsigned delay_ms;           /* before each answer */
	struct cx_features features; /* what answers say is supported */

	/* Of pushes.c. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct scscf *scscf; /* under lock, as what follows; NULL: nothing is held here */
	size_t n;            /* that came */
};

/* "2001,5012,silent": codes or names. False: one of them is unknown, or they are too many. */
bool push_answers_parse(const char *text, struct push_answers *answers);

void pushes_open(struct pushes *pushes);
void pushes_close(struct pushes *pushes);

/*
 * Serve one, on whatever thread. Says it in words once it is decided.
 *
 *   ans  zeroed by the caller; its strings live in arena or as long as req
 *
 * Returns whether ans is to be sent; false: silence.
 */
bool pushes_serve(struct pushes *pushes, const struct cx_request *req, struct arena *arena,
                  struct cx_answer *ans);

/* The answer has left, or the silence has begun: it counts. */
void pushes_count(struct pushes *pushes);

/*
 * Say "waiting", then wait until n pushes have come since pushes_open.
 *
 *   scscf    answers from its registrations, and is changed; NULL: none are held
 *   seconds  to wait at most
 *
 * Returns whether they have come.
 */
bool pushes_wait(struct pushes *pushes, struct scscf *scscf, size_t n, unsigned seconds);

#endif
