#include "hss/worker.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auc/rand_pool.h"
#include "hss/admin.h"
#include "hss/clock.h"
#include "hss/keys.h"
#include "hss/store.h"

enum {
	IDLE_MS = 20, /* an empty queue for this long is the time to checkpoint */
	/* Beside traffic administration rests so many times as long as it worked. */
	ADMIN_REST = 9,
	REOPEN_MS = 1000, /* between attempts to open a store that was full */
};

/* Jobs in the order in which they came. */
struct queue {
	struct worker_job *head;
	struct worker_job **tail;
};

struct worker {
	const struct hss_conf *conf;
	struct worker_events events;
	pthread_t thread;

	/* Under lock: the queue, the jobs at rest, how many are under way, whether the end has
	 * come. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct queue cx;
	struct queue admin;
	struct worker_job *rest;
	unsigned under_way;
	bool closing;
	bool running; /* the opener's: the thread has to be joined */

	/* The thread's own. */
	struct store *store;
	struct seal *seal;
	struct auc_ctx *auc;
	struct auc_rand_pool *pool;
	struct auc_rng rng;
	int64_t reopen_at;
	bool maintained;  /* nothing was written since the last idle checkpoint */
	bool traffic;     /* a Cx job was taken since the last administrative one */
	int64_t admin_at; /* no administrative job is taken before, in ns */
};

static void queue_add(struct queue *queue, struct worker_job *job)
{
	job->next = NULL;
	*queue->tail = job;
	queue->tail = &job->next;
}

/* Move up to max jobs behind *end; returns where the next one goes. */
static struct worker_job **queue_take(struct queue *queue, unsigned max, struct worker_job **end)
{
	for (unsigned n = 0; n < max && queue->head != NULL; n++) {
		*end = queue->head;
		end = &queue->head->next;
		queue->head = queue->head->next;
	}
	*end = NULL;
	if (queue->head == NULL) {
		queue->tail = &queue->head;
	}
	return end;
}

struct worker_job *worker_job_get(struct worker *worker)
{
	struct worker_job *job = NULL;
	bool room = false;

	(void)pthread_mutex_lock(&worker->lock);
	room = worker->under_way < worker->conf->queue_max;
	if (room) {
		worker->under_way++;
		job = worker->rest;
		if (job != NULL) {
			worker->rest = job->next;
		}
	}
	(void)pthread_mutex_unlock(&worker->lock);
	if (!room || job != NULL) {
		return job;
	}
	job = calloc(1, sizeof(*job));
	if (job == NULL) {
		(void)pthread_mutex_lock(&worker->lock);
		worker->under_way--;
		(void)pthread_mutex_unlock(&worker->lock);
		return NULL;
	}
	job->worker = worker;
	return job;
}

void worker_job_put(struct worker_job *job)
{
	struct worker *worker = job->worker;

	cx_answer_wipe(&job->answer);
	memset(&job->answer, 0, sizeof(job->answer)); /* the next request finds an empty one */
	arena_reset(&job->arena);
	ims_subscription_reset(&job->subscription);
	memset(&job->request, 0, sizeof(job->request));
	job->admin_request = NULL;
	job->task = NULL;
	job->background = false;
	job->admin_reply = NULL;
	job->done = NULL;
	job->opaque = NULL;
	job->alone = false;
	(void)pthread_mutex_lock(&worker->lock);
	job->next = worker->rest;
	worker->rest = job;
	worker->under_way--;
	(void)pthread_mutex_unlock(&worker->lock);
}

/* Whether it takes turns with the requests of peers. */
static bool is_aside(const struct worker_job *job)
{
	return job->admin_request != NULL || job->background;
}

enum hss_err worker_submit(struct worker *worker, struct worker_job *job)
{
	enum hss_err err = HSS_ERR_BUSY;

	job->deadline = clock_ms() + worker->conf->job_deadline;
	(void)pthread_mutex_lock(&worker->lock);
	if (!worker->closing) {
		struct queue *queue = is_aside(job) ? &worker->admin : &worker->cx;

		if (queue->head == NULL) {
			(void)pthread_cond_signal(&worker->wake);
		}
		queue_add(queue, job);
		err = HSS_OK;
	}
	(void)pthread_mutex_unlock(&worker->lock);
	return err;
}

/* Wait until a job has come or the time is up; until 0: for ever. Under lock. True when it is up.
 */
static bool wait_until(struct worker *worker, int64_t until)
{
	const struct timespec ts = clock_timespec(until);

	return (until == 0 ? pthread_cond_wait(&worker->wake, &worker->lock)
	                   : pthread_cond_clockwait(&worker->wake, &worker->lock, CLOCK_MONOTONIC,
	                                            &ts)) != 0;
}

/*
 * Wait for something to do: without limit when the store was tended, else for IDLE_MS. Under lock.
 * Returns whether administration has its turn.
 */
static bool wait_for_jobs(struct worker *worker)
{
	const int64_t idle_at = clock_ns() + (int64_t)IDLE_MS * CLOCK_NS_PER_MS;
	bool up = false;

	while (worker->cx.head == NULL && !worker->closing && !up) {
		if (worker->admin.head == NULL) {
			up = wait_until(worker, worker->maintained ? 0 : idle_at);
		} else if (clock_ns() < worker->admin_at) {
			(void)wait_until(worker, worker->admin_at);
		} else {
			return true;
		}
	}
	return worker->closing || clock_ns() >= worker->admin_at;
}

/*
 * Take up to batch_max jobs, the requests of peers first. Administration comes in between, so that
 * an import may take as long as it wants: one job at a time while there is traffic.
 *
 * Returns NULL when IDLE_MS have passed, or at the end (*closing).
 */
static struct worker_job *batch_take(struct worker *worker, bool *closing)
{
	struct worker_job *batch = NULL;
	struct worker_job **end = &batch;
	bool admin_turn = false;

	(void)pthread_mutex_lock(&worker->lock);
	admin_turn = wait_for_jobs(worker);
	worker->traffic = worker->traffic || worker->cx.head != NULL;
	end = queue_take(&worker->cx, worker->conf->batch_max, end);
	if (admin_turn) {
		(void)queue_take(&worker->admin, worker->traffic ? 1 : worker->conf->batch_max,
		                 end);
	}
	*closing = worker->closing;
	(void)pthread_mutex_unlock(&worker->lock);
	return batch;
}

static bool batch_has_admin(const struct worker_job *batch)
{
	while (batch != NULL && !is_aside(batch)) {
		batch = batch->next;
	}
	return batch != NULL;
}

/* After a batch, and what it brought about, that began then: how long administration rests. */
static void admin_rest(struct worker *worker, int64_t began)
{
	const int64_t now = clock_ns();

	worker->admin_at = worker->traffic ? now + (now - began) * ADMIN_REST : now;
	worker->traffic = false;
}

static bool is_latching(enum hss_err err)
{
	return err == HSS_ERR_STORE || err == HSS_ERR_FULL;
}

/* The reply to an administrative job that could not be carried out. */
static json_t *admin_failure(enum hss_err err)
{
	return json_pack("{s:b, s:s}", "ok", 0, "error", hss_err_text(err));
}

static void job_fail(struct worker_job *job, enum hss_err err)
{
	job->err = err;
	if (job->admin_request != NULL) {
		json_decref(job->admin_reply);
		job->admin_reply = admin_failure(err);
	} else if (job->task == NULL) {
		cx_answer_fail(&job->answer, job->request.command, err);
	}
}

static enum hss_err admin_job_serve(struct worker *worker, struct worker_job *job, int64_t now)
{
	struct admin admin = {
		.store = worker->store,
		.seal = worker->seal,
		.auc = worker->auc,
		.policy = &worker->conf->policy,
		.now = now,
	};
	enum hss_err err = store_part_begin(worker->store);
	enum hss_err end = HSS_OK;

	if (err != HSS_OK) {
		return err;
	}
	err = admin_serve(&admin, job->admin_request, &job->admin_reply);
	end = store_part_end(worker->store, err == HSS_OK && json_is_true(json_object_get(
								     job->admin_reply, "ok")));
	return err != HSS_OK ? err : end;
}

static enum hss_err task_serve(struct worker *worker, struct worker_job *job,
                               const struct cx_env *env)
{
	enum hss_err err = store_part_begin(worker->store);
	enum hss_err end = HSS_OK;

	if (err != HSS_OK) {
		return err;
	}
	err = job->task(job, worker->store, env);
	end = store_part_end(worker->store, err == HSS_OK);
	return err != HSS_OK ? err : end;
}

/* Serve one job inside the open transaction. Returns a latching error only. */
static enum hss_err job_serve(struct worker *worker, struct worker_job *job,
                              const struct cx_env *env)
{
	enum hss_err err = HSS_OK;

	if (job->task != NULL) {
		err = task_serve(worker, job, env);
	} else if (job->admin_request == NULL && clock_ms() > job->deadline) {
		err = HSS_ERR_BUSY;
	} else if (job->admin_request != NULL) {
		err = admin_job_serve(worker, job, env->now);
	} else {
		err = cx_serve(worker->store, &job->request, env, &job->subscription, &job->answer);
	}
	job->err = err;
	if (err != HSS_OK) {
		job_fail(job, err);
	}
	return is_latching(err) ? err : HSS_OK;
}

/* One transaction for the batch. On any error nothing of it is stored. */
static enum hss_err batch_serve(struct worker *worker, struct worker_job *batch)
{
	const struct cx_env env = {
		.policy = &worker->conf->policy,
		.now = time(NULL),
		.auc = worker->auc,
		.rng = &worker->rng,
		.seal = worker->seal,
	};
	enum hss_err err = worker->store == NULL ? HSS_ERR_FULL : store_begin(worker->store);

	if (err != HSS_OK) {
		return err;
	}
	for (struct worker_job *job = batch; job != NULL && err == HSS_OK; job = job->next) {
		err = job_serve(worker, job, &env);
	}
	if (err == HSS_OK) {
		err = store_commit(worker->store);
	}
	if (err != HSS_OK) {
		store_rollback(worker->store);
	}
	return err;
}

/* Whether a batch that was committed may have put something into the outbox. A task's owner knows
 * by itself. */
static bool batch_fills_outbox(const struct worker_job *batch)
{
	while (batch != NULL && batch->admin_request == NULL && batch->subscription.n_push == 0) {
		batch = batch->next;
	}
	return batch != NULL;
}

static void batch_answer(struct worker *worker, struct worker_job *batch, enum hss_err err)
{
	if (batch->next == NULL) {
		(void)pthread_mutex_lock(&worker->lock);
		batch->alone = worker->cx.head == NULL;
		(void)pthread_mutex_unlock(&worker->lock);
	}
	while (batch != NULL) {
		struct worker_job *job = batch;

		batch = job->next;
		if (err != HSS_OK) {
			job_fail(job, err);
		}
		job->done(job);
	}
}

/* Whether a store that did not open may do so later, without a new start. */
static bool may_open_later(enum hss_err err)
{
	return err == HSS_ERR_FULL || err == HSS_ERR_LOCKED || err == HSS_ERR_BUSY ||
	       err == HSS_ERR_MEMORY;
}

/* A full disk may get room again: a fresh connection is tried now and then. Anything worse is
 * fatal. */
static void store_recover(struct worker *worker)
{
	struct store *fresh = NULL;
	enum hss_err err = HSS_OK;
	int64_t now = clock_ms();

	if (worker->store != NULL && store_latched(worker->store) == HSS_ERR_FULL) {
		worker->events.store_failed(store_error(worker->store), false);
		store_close(worker->store);
		worker->store = NULL;
		worker->reopen_at = now + REOPEN_MS;
	}
	if (worker->store == NULL && now >= worker->reopen_at) {
		worker->reopen_at = now + REOPEN_MS;
		err = store_open(worker->conf->database, STORE_WRITE, &fresh);
		if (err == HSS_OK) {
			worker->store = fresh;
			worker->events.store_recovered();
		} else if (may_open_later(err)) {
			store_close(fresh);
		} else {
			worker->store = fresh; /* latched: it tells what is wrong with it */
		}
	}
}

/* Between batches: checkpoint when it is due, and forget the last subscriber's key when nothing
 * waits. */
static void tend(struct worker *worker, bool idle)
{
	if (idle && auc_idle(worker->auc) != AUC_OK) {
		worker->events.store_failed("the cipher context cannot be wiped", false);
	}
	if (worker->store != NULL && store_latched(worker->store) == HSS_OK &&
	    store_maintain(worker->store, idle) == HSS_OK) {
		worker->maintained = idle;
	}
}

static void after_failure(struct worker *worker, bool *told)
{
	enum hss_err latched = worker->store == NULL ? HSS_ERR_FULL : store_latched(worker->store);

	if (latched == HSS_ERR_FULL) {
		store_recover(worker);
	} else if (latched != HSS_OK && !*told) {
		*told = true;
		worker->events.store_failed(store_error(worker->store), true);
	}
}

static void batch_work(struct worker *worker, struct worker_job *batch)
{
	const enum hss_err err = batch_serve(worker, batch);

	if (err == HSS_OK && worker->events.outbox_filled != NULL && batch_fills_outbox(batch)) {
		worker->events.outbox_filled();
	}
	batch_answer(worker, batch, err);
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	bool closing = false;
	bool told = false;

	for (;;) {
		struct worker_job *batch = batch_take(worker, &closing);
		const int64_t began = clock_ns();
		const bool has_admin = batch_has_admin(batch);

		if (batch == NULL && closing) {
			return NULL;
		}
		if (batch != NULL) {
			if (worker->store == NULL) {
				store_recover(worker);
			}
			worker->maintained = false;
			batch_work(worker, batch);
		}
		tend(worker, batch == NULL);
		if (has_admin) {
			admin_rest(worker, began);
		}
		after_failure(worker, &told);
	}
}

/* The master keys come first: without them the database is not even opened. */
static enum hss_err store_and_seal_open(struct worker *worker, char why[static CONF_WHY_LEN])
{
	char text[SEAL_WHY_LEN] = "";
	enum hss_err err = seal_open(worker->conf->master_key, &worker->seal, text);

	if (err == HSS_OK) {
		err = store_open(worker->conf->database, STORE_WRITE, &worker->store);
		if (err != HSS_OK) {
			(void)snprintf(text, sizeof(text), "%s",
			               worker->store != NULL ? store_error(worker->store)
			                                     : hss_err_text(err));
		}
	}
	if (err == HSS_OK) {
		err = keys_open(worker->store, worker->seal, text);
	}
	if (err != HSS_OK) {
		(void)snprintf(why, CONF_WHY_LEN, "%.*s", CONF_WHY_LEN - 1, text);
	}
	return err;
}

static enum hss_err parts_open(struct worker *worker, char why[static CONF_WHY_LEN])
{
	enum auc_err auc = AUC_OK;
	enum hss_err err = store_and_seal_open(worker, why);

	if (err != HSS_OK) {
		return err;
	}
	auc = auc_open(&worker->auc);
	if (auc == AUC_OK) {
		auc = auc_rand_pool_open(&worker->pool);
	}
	if (auc != AUC_OK) {
		(void)snprintf(why, CONF_WHY_LEN, "the authentication centre: %s",
		               auc_err_text(auc));
		return HSS_ERR_CRYPTO;
	}
	worker->rng = auc_rand_pool_rng(worker->pool);
	return HSS_OK;
}

static void worker_free(struct worker *worker)
{
	auc_rand_pool_close(worker->pool);
	auc_close(worker->auc);
	seal_close(worker->seal);
	store_close(worker->store);
	while (worker->rest != NULL) {
		struct worker_job *job = worker->rest;

		worker->rest = job->next;
		arena_free(&job->arena);
		ims_subscription_free(&job->subscription);
		free(job);
	}
	(void)pthread_cond_destroy(&worker->wake);
	(void)pthread_mutex_destroy(&worker->lock);
	free(worker);
}

enum hss_err worker_open(const struct hss_conf *conf, const struct worker_events *events,
                         struct worker **out, char why[static CONF_WHY_LEN])
{
	struct worker *worker = calloc(1, sizeof(*worker));
	enum hss_err err = HSS_OK;

	if (worker == NULL) {
		(void)snprintf(why, CONF_WHY_LEN, "out of memory");
		return HSS_ERR_MEMORY;
	}
	worker->conf = conf;
	worker->events = *events;
	worker->cx.tail = &worker->cx.head;
	worker->admin.tail = &worker->admin.head;
	(void)pthread_mutex_init(&worker->lock, NULL);
	(void)pthread_cond_init(&worker->wake, NULL);
	err = parts_open(worker, why);
	if (err == HSS_OK && pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
		(void)snprintf(why, CONF_WHY_LEN, "no thread for the worker");
		err = HSS_ERR_MEMORY;
	}
	if (err != HSS_OK) {
		worker_free(worker);
		return err;
	}
	worker->running = true;
	*out = worker;
	return HSS_OK;
}

void worker_stop(struct worker *worker)
{
	if (worker == NULL || !worker->running) {
		return;
	}
	(void)pthread_mutex_lock(&worker->lock);
	worker->closing = true;
	(void)pthread_cond_signal(&worker->wake);
	(void)pthread_mutex_unlock(&worker->lock);
	(void)pthread_join(worker->thread, NULL);
	worker->running = false;
}

void worker_close(struct worker *worker)
{
	if (worker != NULL) {
		worker_stop(worker);
		worker_free(worker);
	}
}
