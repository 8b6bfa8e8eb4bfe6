#include "hss/sender.h"

#include <errno.h>
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "hss/clock.h"
#include "hss/cx_codec.h"
#include "hss/flow.h"
#include "hss/log.h"

static struct {
	const char *host;
	const char *realm;
	struct fd_hook_hdl *hook;
	pthread_t thread;
	bool running;       /* the opener's and closer's */
	atomic_uint unsent; /* answers that came too late for freeDiameter */

	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under lock. */
	struct worker_job *head;
	struct worker_job **tail;
	bool rung; /* flow_take has something to give */
	bool idle; /* the thread waits for something to do */
	bool halted;

	/* The thread's own, and sender_close's after it: the answer in fd_msg_send's hands. */
	struct msg *msg;
} sender = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* Send nothing any more. */
static void halt(void)
{
	(void)pthread_mutex_lock(&sender.lock);
	sender.halted = true;
	(void)pthread_cond_signal(&sender.wake);
	(void)pthread_mutex_unlock(&sender.lock);
}

void sender_wake(void)
{
	(void)pthread_mutex_lock(&sender.lock);
	sender.rung = true;
	(void)pthread_cond_signal(&sender.wake);
	(void)pthread_mutex_unlock(&sender.lock);
}

/* Halt and end the thread; the wait in fd_msg_send undoes itself when it is cancelled. */
static void stop(void)
{
	if (sender.running) {
		halt();
		(void)pthread_cancel(sender.thread);
		(void)pthread_join(sender.thread, NULL);
		sender.running = false;
	}
}

static bool is_halted(void)
{
	bool halted = false;

	(void)pthread_mutex_lock(&sender.lock);
	halted = sender.halted;
	(void)pthread_mutex_unlock(&sender.lock);
	return halted;
}

/* An answer for which it is too late. */
static void discard(struct msg *msg)
{
	atomic_fetch_add(&sender.unsent, 1);
	cx_msg_free(msg);
}

/*
 * The first sign of the end that freeDiameter gives: its core empties the queues before it destroys
 * them. Whoever waits for room in one has to be gone when this returns. Called on the core's
 * thread, as sender_close is.
 */
static void on_dropped(enum fd_hook_type type, struct msg *msg, struct peer_hdr *peer, void *other,
                       struct fd_hook_permsgdata *pmd, void *opaque)
{
	(void)type;
	(void)msg;
	(void)peer;
	(void)pmd;
	(void)opaque;
	if (other != NULL && strcmp(other, "Message lost because framework is terminating.") == 0) {
		stop();
	}
}

/* Encode an answer in place of its request. On error the message is freed and *msg is NULL. */
static void encode(struct msg **msg, const struct cx_answer *answer)
{
	enum hss_err err = cx_answer_encode(msg, answer, sender.host, sender.realm);

	if (err != HSS_OK) {
		log_peer_event(LOG_LEVEL_ERROR, "an answer could not be encoded: %s",
		               hss_err_text(err));
		cx_msg_free(*msg);
		*msg = NULL;
	}
}

/* What fd_msg_send did not take; *msg is NULL afterwards. EINVAL is a queue that is not there. */
static void refused(struct msg **msg, int rc)
{
	if (rc == 0) {
		return;
	}
	if (rc == EINVAL) {
		halt();
	}
	log_peer_event(LOG_LEVEL_ERROR, "an answer could not be sent: %s", strerror(rc));
	cx_msg_free(*msg);
	*msg = NULL;
}

/*
 * Hand sender.msg to freeDiameter, or be cancelled with sender.msg as it was. No local variable has
 * its address taken here: AddressSanitizer does not see that a cancelled frame is left.
 */
static void thread_send(void)
{
	int rc = 0;

	(void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_testcancel();
	rc = fd_msg_send(&sender.msg, NULL, NULL);
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	refused(&sender.msg, rc);
}

/* Wait for a job or a wake, for wait_ms at most; -1: without limit. Under lock. */
static void wait(int wait_ms)
{
	const struct timespec until =
		clock_timespec(clock_ns() + (int64_t)wait_ms * CLOCK_NS_PER_MS);
	int rc = 0;

	while (sender.head == NULL && !sender.rung && !sender.halted && rc == 0) {
		rc = wait_ms < 0 ? pthread_cond_wait(&sender.wake, &sender.lock)
		                 : pthread_cond_clockwait(&sender.wake, &sender.lock,
		                                          CLOCK_MONOTONIC, &until);
	}
}

/* The next job, if there is one. Waits when may_wait. False at the end. */
static bool job_next(bool may_wait, int wait_ms, struct worker_job **job)
{
	bool go_on = false;

	*job = NULL;
	(void)pthread_mutex_lock(&sender.lock);
	if (may_wait) {
		sender.idle = true;
		wait(wait_ms);
		sender.idle = false;
	}
	sender.rung = false;
	go_on = !sender.halted;
	if (go_on && sender.head != NULL) {
		*job = sender.head;
		sender.head = sender.head->next;
		if (sender.head == NULL) {
			sender.tail = &sender.head;
		}
	}
	(void)pthread_mutex_unlock(&sender.lock);
	return go_on;
}

/* Log and encode the answer of a job; it then waits for its connection, or is sender.msg. */
static void job_answer(struct worker_job *job)
{
	log_request(&job->request, &job->answer.verdict, job->err);
	sender.msg = job->opaque;
	encode(&sender.msg, &job->answer);
	worker_job_put(job);
	if (sender.msg != NULL && flow_put(sender.msg)) {
		sender.msg = NULL;
	}
}

static void *sender_main(void *arg)
{
	struct worker_job *job = NULL;
	int wait_ms = -1;
	bool idle = true;

	(void)arg;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	while (job_next(idle, wait_ms, &job)) {
		if (job != NULL) {
			job_answer(job);
		}
		if (sender.msg == NULL) {
			sender.msg = flow_take(&wait_ms);
		}
		idle = job == NULL && sender.msg == NULL;
		if (sender.msg != NULL) {
			thread_send();
		}
	}
	return NULL;
}

enum hss_err sender_open(const char *host, const char *realm)
{
	sender.host = host;
	sender.realm = realm;
	sender.tail = &sender.head;
	if (pthread_create(&sender.thread, NULL, sender_main, NULL) != 0) {
		return HSS_ERR_MEMORY;
	}
	sender.running = true;
	if (fd_hook_register(HOOK_MASK(HOOK_MESSAGE_DROPPED), on_dropped, NULL, NULL,
	                     &sender.hook) != 0) {
		sender_close();
		return HSS_ERR_MEMORY;
	}
	return HSS_OK;
}

/* Whether freeDiameter's queue of outgoing messages has room, so that fd_msg_send does not wait. */
static bool is_room(void)
{
	int count = 0;
	int limit = 0;

	return fd_stat_getstats(STAT_G_OUTGOING, NULL, &count, &limit, NULL, NULL, NULL, NULL,
	                        NULL) == 0 &&
	       count < limit / 2;
}

/*
 * Spare an answer that is alone the way over the thread, which would have to be woken: on the
 * worker's thread. The thread is idle, so that no earlier answer is overtaken.
 */
static bool answer_alone(struct worker_job *job)
{
	struct msg *msg = job->opaque;
	bool alone = false;

	(void)pthread_mutex_lock(&sender.lock);
	alone = sender.idle && sender.head == NULL && !sender.rung && !sender.halted;
	(void)pthread_mutex_unlock(&sender.lock);
	if (!alone || !is_room()) {
		return false;
	}
	log_request(&job->request, &job->answer.verdict, job->err);
	encode(&msg, &job->answer);
	worker_job_put(job);
	if (msg == NULL) {
		return true;
	}
	if (flow_pass(msg) || !flow_put(msg)) {
		refused(&msg, fd_msg_send(&msg, NULL, NULL));
	}
	return true;
}

void sender_add(struct worker_job *job)
{
	if (job->alone && answer_alone(job)) {
		return;
	}
	job->next = NULL;
	(void)pthread_mutex_lock(&sender.lock);
	if (sender.head == NULL) {
		(void)pthread_cond_signal(&sender.wake);
	}
	*sender.tail = job;
	sender.tail = &job->next;
	(void)pthread_mutex_unlock(&sender.lock);
}

void sender_answer(struct msg *msg, const struct cx_answer *answer)
{
	if (is_halted()) {
		discard(msg);
		return;
	}
	encode(&msg, answer);
	if (msg != NULL && !flow_put(msg)) {
		refused(&msg, fd_msg_send(&msg, NULL, NULL));
	}
}

void sender_close(void)
{
	unsigned unsent = 0;

	if (sender.hook != NULL) {
		(void)fd_hook_unregister(sender.hook);
		sender.hook = NULL;
	}
	stop();
	if (sender.msg != NULL) {
		discard(sender.msg);
		sender.msg = NULL;
	}
	while (sender.head != NULL) {
		struct worker_job *job = sender.head;

		sender.head = job->next;
		discard(job->opaque);
		worker_job_put(job);
	}
	flow_close();
	unsent = atomic_load(&sender.unsent) + flow_discarded();
	if (unsent > 0) {
		log_event(LOG_LEVEL_NOTICE,
		          "%u answers came too late to be sent; their peers repeat the requests",
		          unsent);
	}
}
