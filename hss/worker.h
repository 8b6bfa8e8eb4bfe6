/*
 * The worker: one thread that owns the writing store handle and serves jobs in batches (design:
 * group commit).
 *
 *   any thread --worker_submit--> queue --> worker: begin | serve each job | commit --> job->done
 *
 * There is no timer: a batch is what queued up while the previous one committed. done is called for
 * every submitted job exactly once, on the worker's thread, after the commit; so what an answer
 * says is on disk. When the commit fails, every answer of the batch says so and holds no vector.
 */
#ifndef QUINTET_HSS_WORKER_H
#define QUINTET_HSS_WORKER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "hss/arena.h"
#include "hss/conf.h"
#include "hss/cx.h"
#include "hss/err.h"
#include "hss/subscription.h"

struct store;
struct worker;

struct worker_job {
	/* In: a Cx request, or an administrative one when admin_request is set, or a task. */
	struct cx_request request;
	struct arena arena; /* owns the strings of request */
	const json_t *admin_request;
	/*
	 * A task of the HSS's own: called inside the transaction of the batch, as a part of it that
	 * is undone when the task fails. It has no deadline. Whoever submits owns the job, and may
	 * do so without worker_job_get.
	 */
	enum hss_err (*task)(struct worker_job *job, struct store *store, const struct cx_env *env);
	bool background; /* a task that takes turns like administration */
	void (*done)(struct worker_job *job);
	void *opaque; /* the submitter's */

	/* Out, for done. Strings of answer live as long as the job. */
	struct cx_answer answer;
	json_t *admin_reply; /* reference passes to the submitter */
	enum hss_err err;    /* why answer is a failure of ours, or the task failed; else HSS_OK */
	bool alone;          /* no other job was in its batch, nor has come since */

	/* The worker's. */
	struct ims_subscription subscription;
	int64_t deadline; /* milliseconds of CLOCK_MONOTONIC */
	struct worker_job *next;
	struct worker *worker;
};

/* What the worker tells about itself; called on its thread. */
struct worker_events {
	/* The store failed: text names file and cause. fatal: the process has to be started anew.
	 */
	void (*store_failed)(const char *text, bool fatal);
	/* A store that was full works again. */
	void (*store_recovered)(void);
	/* A batch was committed that may have put something into the outbox. NULL: nobody asks. */
	void (*outbox_filled)(void);
};

/*
 * Open the store and the cipher contexts, see that the master keys are those of the store
 * (hss/keys.h), and start the thread.
 *
 *   conf  kept by reference; must outlive the worker
 *   why   receives, on error, what failed
 *
 * Returns HSS_OK or the error of the part that failed.
 */
HSS_MUST_CHECK enum hss_err worker_open(const struct hss_conf *conf,
                                        const struct worker_events *events, struct worker **out,
                                        char why[static CONF_WHY_LEN]);

/* Take no more jobs, serve what is queued, call done for each, end the thread. NULL is allowed. */
void worker_stop(struct worker *worker);

/* worker_stop, then close the store and free the jobs: each has to be given back by now. NULL is
 * allowed. */
void worker_close(struct worker *worker);

/*
 * A job to fill in and submit. NULL when queue_max jobs are under way, or memory is out: answer
 * DIAMETER_TOO_BUSY. Any thread. Give it back with worker_job_put, from done or instead of
 * submitting.
 */
struct worker_job *worker_job_get(struct worker *worker);
void worker_job_put(struct worker_job *job);

/* Queue a job. Never blocks, never refuses, but for a worker that is closing: HSS_ERR_BUSY, done is
 * not called. */
HSS_MUST_CHECK enum hss_err worker_submit(struct worker *worker, struct worker_job *job);

#endif
