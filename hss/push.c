#include "hss/push.h"

#include <errno.h>
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/crypto.h>

#include "hss/cx_codec.h"
#include "hss/log.h"
#include "hss/push_work.h"

enum {
	LATE_S = 2,     /* that our own wait outlasts freeDiameter's */
	FAILED_S = 1,   /* until the store is asked again after a task that failed */
	ROOM_MS = 20,   /* until freeDiameter's queue is looked at again when it was full */
	SETTLE_MS = 20, /* until a new connection is looked at again that is not open yet */
	SETTLE_SLOW_MS = 500,
	SETTLE_QUICK = 50, /* so often in the quick pace */
	PRUNE_S = 3600,
	HOSTS_MAX = 64, /* in a list of hosts */
	NS_PER_MS = 1000000,
	NS_PER_S = 1000000000,
	SESSION_LEN = 320,
	SLOT_BITS = 8,
};

_Static_assert(PUSH_FLIGHT_MAX <= 1 << SLOT_BITS, "a slot fits into its part of a token");

enum slot_state {
	SLOT_FREE,     /* belongs to the thread, or to the push_take under way */
	SLOT_READY,    /* to be sent */
	SLOT_SENT,     /* waits for its answer */
	SLOT_SETTLING, /* belongs to the worker */
};

struct slot {
	enum slot_state state;
	uintptr_t token;  /* of the message on its way: a callback with another one is too late */
	int64_t deadline; /* of SENT, in ns of CLOCK_REALTIME */
	struct worker_job job;
};

/* A list of hosts; the oldest makes room. */
struct hosts {
	char *name[HOSTS_MAX];
	size_t n;
};

static struct {
	const struct hss_conf *conf;
	struct worker *worker;
	struct push_rules rules;
	pthread_t thread;
	bool running; /* the opener's and closer's */
	struct fd_rt_out_hdl *route;
	uint32_t started; /* high part of our Session-Ids */
	uint32_t session; /* the thread's: low part of the last one */

	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under lock. */
	bool open;
	bool due;     /* a pass of push_take is worth a try */
	int64_t next; /* when it is by itself, seconds since 1970; 0: never */
	bool scan;    /* push_scan is, but not before scan_at */
	int64_t scan_at;
	bool taking; /* its task is under way, and so on */
	bool scanning;
	bool waking;
	bool pruning;
	int64_t prune_at;
	uintptr_t last_token;
	struct hosts coming; /* connected, not open yet */
	struct hosts silent; /* never answer a PPR */
	unsigned settle_tries;
	int64_t coming_at; /* they are not looked at before */
	char *back;        /* host of the wake task under way */
	struct slot slot[PUSH_FLIGHT_MAX];

	/* The slots' flights, by the same index; the worker's while a task with them is under way.
	 */
	struct push_flight flight[PUSH_FLIGHT_MAX];
	struct push_taken taken; /* the take task's while it is under way */
	bool scan_left;          /* of the scan task */
	struct worker_job take_job, scan_job, wake_job, prune_job;
} sender = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static int64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* The earlier one of two times; 0 is never. */
static int64_t earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

static void lock(void)
{
	(void)pthread_mutex_lock(&sender.lock);
}

static void unlock(void)
{
	(void)pthread_mutex_unlock(&sender.lock);
}

/* Have the thread look at its state again. Under lock. */
static void ring(void)
{
	(void)pthread_cond_signal(&sender.wake);
}

static size_t hosts_find(const struct hosts *hosts, const char *host)
{
	size_t i = 0;

	while (i < hosts->n && strcasecmp(hosts->name[i], host) != 0) {
		i++;
	}
	return i;
}

static void hosts_remove(struct hosts *hosts, size_t at)
{
	if (at < hosts->n) {
		free(hosts->name[at]);
		memmove(&hosts->name[at], &hosts->name[at + 1],
		        (hosts->n - at - 1) * sizeof(hosts->name[0]));
		hosts->n--;
	}
}

/* Memory that is out costs no more than the note. */
static void hosts_add(struct hosts *hosts, const char *host)
{
	char *copy = NULL;

	if (hosts_find(hosts, host) < hosts->n) {
		return;
	}
	copy = strdup(host);
	if (copy == NULL) {
		return;
	}
	if (hosts->n == HOSTS_MAX) {
		hosts_remove(hosts, 0);
	}
	hosts->name[hosts->n++] = copy;
}

static void hosts_clear(struct hosts *hosts)
{
	while (hosts->n > 0) {
		hosts_remove(hosts, hosts->n - 1);
	}
}

/* On the worker's thread and on ours. */
static enum push_peer peer_look(const char *host)
{
	struct peer_hdr *peer = NULL;
	int state = -1;

	/* A peer that is found may be freed as soon as nobody reads the list. The lock may be taken
	 * again by who reads already. freeDiameter 1.2.1 takes the name as not const, and only
	 * reads it. */
	(void)pthread_rwlock_rdlock(&fd_g_peers_rw);
	if (fd_peer_getbyid((DiamId_t)(uintptr_t)host, strlen(host), 1, &peer) == 0 &&
	    peer != NULL) {
		state = fd_peer_get_state(peer);
	}
	(void)pthread_rwlock_unlock(&fd_g_peers_rw);
	switch (state) {
	case STATE_OPEN:
		return PUSH_PEER_OPEN;
	case STATE_SUSPECT:
	case STATE_REOPEN:
	case STATE_OPEN_NEW:
	case STATE_OPEN_HANDSHAKE:
		return PUSH_PEER_UNSETTLED;
	default:
		return PUSH_PEER_AWAY;
	}
}

static const char *kind_name(const struct ims_push *push)
{
	return push->kind == IMS_PUSH_RTR ? "RTR" : "PPR";
}

/* A push has ended, or is tried again: a line for whatever is not a plain success. */
static void tell(const struct ims_push *push, const char *what)
{
	log_push_event(LOG_LEVEL_NOTICE, "%s %" PRId64 " of %s to %s %s: %s", kind_name(push),
	               push->id, push->impi, push->host, what,
	               push->outcome != NULL ? push->outcome : "-");
}

static void on_ended(const struct ims_push *push)
{
	tell(push, push->state == IMS_PUSH_DONE ? "is not sent" : "has failed");
}

static enum hss_err take_task(struct worker_job *job, struct store *store, const struct cx_env *env)
{
	(void)job;
	return push_take(store, env, &sender.rules, sender.flight, &sender.taken);
}

/* What the take task found is ready, or undone when it is not stored. */
static void take_done(struct worker_job *job)
{
	lock();
	for (size_t i = 0; i < PUSH_FLIGHT_MAX; i++) {
		if (sender.slot[i].state == SLOT_FREE && sender.flight[i].push.id != 0) {
			if (job->err == HSS_OK) {
				sender.slot[i].state = SLOT_READY;
			} else {
				push_flight_clear(&sender.flight[i]);
			}
		}
	}
	if (job->err == HSS_OK) {
		sender.due = sender.due || sender.taken.again;
		sender.next = earlier(sender.next, sender.taken.next);
	} else {
		sender.taken.after = 0;
		sender.next = earlier(sender.next, time(NULL) + FAILED_S);
	}
	sender.taking = false;
	ring();
	unlock();
}

static enum hss_err settle_task(struct worker_job *job, struct store *store,
                                const struct cx_env *env)
{
	return push_settle(store, env, &sender.rules, job->opaque);
}

/* Whether the S-CSCF answers PPRs is remembered. Under lock. */
static void note_silence(const struct push_flight *flight)
{
	const struct ims_push *push = &flight->push;

	if (push->kind != IMS_PUSH_PPR || flight->unsent) {
		return;
	}
	if (flight->result.event == CX_PUSH_ANSWERED) {
		hosts_remove(&sender.silent, hosts_find(&sender.silent, push->host));
	} else if (flight->result.event == CX_PUSH_SILENCE && flight->verdict.next == CX_PUSH_END) {
		hosts_add(&sender.silent, push->host);
	}
}

static void settle_done(struct worker_job *job)
{
	struct push_flight *flight = job->opaque;
	const struct cx_push_verdict *v = &flight->verdict;
	const struct ims_push *push = &flight->push;

	if (job->err != HSS_OK) {
		log_event(LOG_LEVEL_ERROR, "the outcome of %s %" PRId64 " cannot be stored: %s",
		          kind_name(push), push->id, hss_err_text(job->err));
	} else if (v->next == CX_PUSH_RETRY) {
		tell(push, "is tried again");
	} else if (v->next == CX_PUSH_END && v->state == IMS_PUSH_FAILED) {
		tell(push, "has failed");
	} else if (v->next == CX_PUSH_END && v->state == IMS_PUSH_DONE && v->changed) {
		tell(push, "is done");
	}
	lock();
	note_silence(flight);
	sender.slot[flight - sender.flight].state = SLOT_FREE;
	push_flight_clear(flight);
	if (job->err == HSS_OK) {
		sender.due = true;
	} else {
		sender.next = earlier(sender.next, time(NULL) + FAILED_S);
	}
	ring();
	unlock();
}

static enum hss_err scan_task(struct worker_job *job, struct store *store, const struct cx_env *env)
{
	(void)job;
	return push_scan(store, env->now, &sender.scan_left);
}

static void scan_done(struct worker_job *job)
{
	lock();
	sender.scanning = false;
	sender.scan = sender.scan || job->err != HSS_OK || sender.scan_left;
	sender.scan_at = job->err != HSS_OK ? time(NULL) + FAILED_S : 0;
	sender.due = true;
	ring();
	unlock();
}

static enum hss_err wake_task(struct worker_job *job, struct store *store, const struct cx_env *env)
{
	size_t n = 0;
	enum hss_err err = store_push_wake(store, sender.back, env->now, PUSH_WAKE_MAX, &n);

	job->opaque = n == PUSH_WAKE_MAX ? job : NULL; /* there may be more */
	return err;
}

static void wake_done(struct worker_job *job)
{
	lock();
	if (job->err != HSS_OK || job->opaque != NULL) {
		hosts_add(&sender.coming, sender.back);
		sender.coming_at = job->err != HSS_OK ? time(NULL) + FAILED_S : 0;
	}
	free(sender.back);
	sender.back = NULL;
	sender.waking = false;
	sender.due = true;
	ring();
	unlock();
}

static enum hss_err prune_task(struct worker_job *job, struct store *store,
                               const struct cx_env *env)
{
	size_t n = 0;
	enum hss_err err =
		store_push_prune(store, env->now - sender.rules.policy->keep, PUSH_PRUNE_MAX, &n);

	job->opaque = n == PUSH_PRUNE_MAX ? job : NULL;
	return err;
}

static void prune_done(struct worker_job *job)
{
	lock();
	sender.pruning = false;
	sender.prune_at = time(NULL) + (job->opaque != NULL ? 0 : PRUNE_S);
	ring();
	unlock();
}

/* Give a task to the worker. False when that one is closing: then the end is near. Under lock. */
static bool submit(struct worker_job *job,
                   enum hss_err (*task)(struct worker_job *, struct store *, const struct cx_env *),
                   void (*done)(struct worker_job *), void *opaque, bool background)
{
	*job = (struct worker_job){
		.task = task, .done = done, .opaque = opaque, .background = background};
	return worker_submit(sender.worker, job) == HSS_OK;
}

/* What became of the message in a slot; the worker stores it. Under lock. */
static void settle(size_t i)
{
	struct push_flight *flight = &sender.flight[i];

	flight->result.answer = flight->result.event == CX_PUSH_ANSWERED ? &flight->answer : NULL;
	flight->result.never_answers =
		hosts_find(&sender.silent, flight->push.host) < sender.silent.n;
	sender.slot[i].token = 0;
	sender.slot[i].state = SLOT_SETTLING;
	/* A worker that is closing takes nothing: the row waits for the next start. */
	(void)submit(&sender.slot[i].job, settle_task, settle_done, flight, false);
}

/* The slot that a callback is for; PUSH_FLIGHT_MAX when it comes too late. Under lock. */
static size_t slot_of(void *token)
{
	const size_t i = (uintptr_t)token & ((1 << SLOT_BITS) - 1);

	return sender.open && i < PUSH_FLIGHT_MAX && sender.slot[i].state == SLOT_SENT &&
	                       sender.slot[i].token == (uintptr_t)token
	               ? i
	               : PUSH_FLIGHT_MAX;
}

/* Whether freeDiameter itself made the answer: it could not deliver the request. */
static bool is_own(struct msg *answer)
{
	DiamId_t source = NULL;

	return fd_msg_source_get(answer, &source, NULL) != 0 || source == NULL;
}

static void answer_read(struct push_flight *flight, struct msg *msg)
{
	const char *why = NULL;

	if (is_own(msg)) {
		flight->result.event = CX_PUSH_UNDELIVERED;
	} else if (cx_answer_decode(msg, &flight->arena, &flight->answer, &why) == HSS_OK) {
		flight->result.event = CX_PUSH_ANSWERED;
	} else {
		flight->result.event = CX_PUSH_MALFORMED;
	}
}

static void on_answer(void *token, struct msg **msg)
{
	size_t i = 0;

	lock();
	i = slot_of(token);
	if (i < PUSH_FLIGHT_MAX) {
		answer_read(&sender.flight[i], *msg);
		settle(i);
	}
	unlock();
	cx_msg_free(*msg);
	*msg = NULL;
}

static void on_expiry(void *token, DiamId_t peer, size_t peer_len, struct msg **request)
{
	size_t i = 0;

	(void)peer;
	(void)peer_len;
	lock();
	i = slot_of(token);
	if (i < PUSH_FLIGHT_MAX) {
		sender.flight[i].result.event = CX_PUSH_SILENCE;
		settle(i);
	}
	unlock();
	cx_msg_free(*request);
	*request = NULL;
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

/* The Destination-Host of a request; NULL: there is none. */
static const union avp_value *destination_host(struct msg *msg)
{
	struct avp *avp = NULL;
	struct avp_hdr *hdr = NULL;

	if (fd_msg_browse(msg, MSG_BRW_FIRST_CHILD, &avp, NULL) != 0) {
		return NULL;
	}
	while (avp != NULL) {
		if (fd_msg_avp_hdr(avp, &hdr) == 0 && hdr->avp_vendor == CX_VENDOR_NONE &&
		    hdr->avp_code == CX_BASE_AVP_DESTINATION_HOST) {
			return hdr->avp_value;
		}
		if (fd_msg_browse(avp, MSG_BRW_NEXT, &avp, NULL) != 0) {
			return NULL;
		}
	}
	return NULL;
}

/*
 * A request of this node goes to the peer that it names, and to no other one of its realm: when the
 * connection is lost freeDiameter would try the next S-CSCF, and that one's answer would be taken
 * for the answer.
 */
static int on_route(void *cbdata, struct msg **msg, struct fd_list *candidates)
{
	const union avp_value *host = destination_host(*msg);

	(void)cbdata;
	for (struct fd_list *li = candidates->next; host != NULL && li != candidates;
	     li = li->next) {
		struct rtd_candidate *peer = (struct rtd_candidate *)li;

		if (peer->diamidlen != host->os.len ||
		    strncasecmp(peer->diamid, (const char *)host->os.data, host->os.len) != 0) {
			peer->score += 2 * FD_SCORE_NO_DELIVERY; /* whatever it is worth else */
		}
	}
	return 0;
}

/* Encode and hand over; the slot is SENT, the lock not held. False: it did not leave. */
static bool message_send(struct cx_request *request, uintptr_t token, int64_t deadline)
{
	const struct timespec until = {.tv_sec = deadline / NS_PER_S,
	                               .tv_nsec = deadline % NS_PER_S};
	char session_id[SESSION_LEN];
	struct msg *msg = NULL;
	enum hss_err err = HSS_OK;
	int rc = 0;

	(void)snprintf(session_id, sizeof(session_id), "%s;%" PRIu32 ";%" PRIu32,
	               fd_g_config->cnf_diamid, sender.started, ++sender.session);
	request->session_id = session_id;
	request->origin_host = fd_g_config->cnf_diamid;
	request->origin_realm = fd_g_config->cnf_diamrlm;
	err = cx_request_encode(request, &msg);
	request->session_id = NULL;
	if (err == HSS_OK) {
		rc = fd_msg_send_timeout(&msg, on_answer, (void *)token, on_expiry, &until);
	}
	if (err != HSS_OK || rc != 0) {
		log_event(LOG_LEVEL_ERROR, "a message could not be %s: %s",
		          err != HSS_OK ? "encoded" : "sent",
		          err != HSS_OK ? hss_err_text(err) : strerror(rc));
	}
	if (msg != NULL) {
		cx_msg_free(msg);
	}
	return err == HSS_OK && rc == 0;
}

/* Send what is ready in a slot. Under lock, which is released meanwhile. */
static void slot_send(size_t i)
{
	struct push_flight *flight = &sender.flight[i];
	struct slot *slot = &sender.slot[i];
	struct cx_request request = flight->request;
	const uintptr_t token = ++sender.last_token << SLOT_BITS | i;
	const int64_t deadline = now_ns() + (int64_t)sender.rules.policy->timeout * NS_PER_S;
	bool sent = false;

	slot->state = SLOT_SENT;
	slot->token = token;
	slot->deadline = deadline + (int64_t)LATE_S * NS_PER_S;
	OPENSSL_cleanse(&flight->request, sizeof(flight->request));
	unlock();
	sent = peer_look(request.destination_host) == PUSH_PEER_OPEN &&
	       message_send(&request, token, deadline);
	OPENSSL_cleanse(&request, sizeof(request));
	lock();
	if (!sent && slot->token == token) {
		flight->unsent = true;
		settle(i);
	}
}

/* Send what is ready. Under lock. Returns false when freeDiameter has no room. */
static bool ready_send(void)
{
	for (size_t i = 0; i < PUSH_FLIGHT_MAX && sender.open; i++) {
		if (sender.slot[i].state == SLOT_READY) {
			if (!is_room()) {
				return false;
			}
			slot_send(i);
		}
	}
	return true;
}

/* Answers that freeDiameter has lost. Under lock. Returns when the next one would be, 0: none. */
static int64_t expired_settle(void)
{
	const int64_t now = now_ns();
	int64_t next = 0;

	for (size_t i = 0; i < PUSH_FLIGHT_MAX; i++) {
		struct slot *slot = &sender.slot[i];

		if (slot->state == SLOT_SENT && slot->deadline <= now) {
			sender.flight[i].result.event = CX_PUSH_SILENCE;
			settle(i);
		} else if (slot->state == SLOT_SENT && (next == 0 || slot->deadline < next)) {
			next = slot->deadline;
		}
	}
	return next;
}

/*
 * The first of the new connections that is open is told to the store. freeDiameter reports a
 * connection before it changes its state: one that is closed is forgotten only after a while. Under
 * lock.
 */
static void coming_look(void)
{
	size_t i = 0;

	while (i < sender.coming.n && !sender.waking && sender.coming_at <= time(NULL)) {
		const enum push_peer peer = peer_look(sender.coming.name[i]);

		if (peer == PUSH_PEER_OPEN) {
			sender.back = sender.coming.name[i];
			sender.coming.name[i] = NULL;
			sender.waking = submit(&sender.wake_job, wake_task, wake_done, NULL, false);
		}
		if (peer == PUSH_PEER_OPEN ||
		    (peer == PUSH_PEER_AWAY && sender.settle_tries >= SETTLE_QUICK)) {
			hosts_remove(&sender.coming, i);
		} else {
			i++;
		}
	}
}

/*
 * Begin a pass when it is worth it, or go on with the one begun: what happened meanwhile is for the
 * next one. A long pass takes turns with the traffic. Under lock.
 */
static void take_submit(void)
{
	const bool begun = sender.taken.after != 0;

	if (begun || sender.due) {
		sender.due = sender.due && begun;
		sender.taking = submit(&sender.take_job, take_task, take_done, NULL, begun);
	}
}

/* Submit the tasks that are worth it. Under lock. */
static void tasks_submit(void)
{
	const int64_t now = time(NULL);
	size_t n_free = 0;

	for (size_t i = 0; i < PUSH_FLIGHT_MAX; i++) {
		n_free += sender.slot[i].state == SLOT_FREE;
	}
	if (sender.next != 0 && sender.next <= now) {
		sender.due = true;
		sender.next = 0;
	}
	if (!sender.taking && n_free > 0) {
		take_submit();
	}
	if (!sender.scanning && sender.scan && sender.scan_at <= now) {
		sender.scan = false;
		sender.scanning = submit(&sender.scan_job, scan_task, scan_done, NULL, true);
	}
	if (!sender.pruning && sender.prune_at <= now) {
		sender.pruning = submit(&sender.prune_job, prune_task, prune_done, NULL, true);
	}
}

/* Sleep until something rings, or until the time given in ns. Under lock. */
static void sleep_until(int64_t until)
{
	const struct timespec ts = {.tv_sec = until / NS_PER_S, .tv_nsec = until % NS_PER_S};

	(void)pthread_cond_timedwait(&sender.wake, &sender.lock, &ts);
}

/* Whether a flight has become ready since ready_send looked at it. Under lock. */
static bool has_ready(void)
{
	for (size_t i = 0; i < PUSH_FLIGHT_MAX; i++) {
		if (sender.slot[i].state == SLOT_READY) {
			return true;
		}
	}
	return false;
}

/* When the next thing happens by itself, in ns; 0: never. Under lock. */
static int64_t next_time(void)
{
	int64_t at = sender.next * NS_PER_S;

	if (sender.coming.n > 0 && !sender.waking) {
		const int64_t pace =
			sender.settle_tries++ < SETTLE_QUICK ? SETTLE_MS : SETTLE_SLOW_MS;

		at = earlier(at, now_ns() + pace * NS_PER_MS);
	}
	if (sender.scan && !sender.scanning) {
		at = earlier(at, sender.scan_at * NS_PER_S);
	}
	return earlier(at, sender.pruning ? 0 : sender.prune_at * NS_PER_S);
}

static void *sender_main(void *arg)
{
	(void)arg;
	lock();
	while (sender.open) {
		const bool room = ready_send();
		int64_t until = expired_settle();

		coming_look();
		tasks_submit();
		until = earlier(until, next_time());
		if (!room) {
			until = earlier(until, now_ns() + (int64_t)ROOM_MS * NS_PER_MS);
		}
		if (sender.open && !(room && has_ready())) {
			sleep_until(until != 0 ? until : now_ns() + (int64_t)PRUNE_S * NS_PER_S);
		}
	}
	unlock();
	return NULL;
}

enum hss_err push_open(const struct hss_conf *conf, struct worker *worker)
{
	sender.conf = conf;
	sender.worker = worker;
	sender.rules =
		(struct push_rules){.policy = &conf->push, .peer = peer_look, .ended = on_ended};
	sender.started = (uint32_t)time(NULL);
	if (fd_rt_out_register(on_route, NULL, 0, &sender.route) != 0) {
		return HSS_ERR_MEMORY;
	}
	sender.open = true;
	sender.due = true; /* what was left at the last end, or by an act without the daemon */
	sender.scan = true;
	if (pthread_create(&sender.thread, NULL, sender_main, NULL) != 0) {
		sender.open = false;
		push_close();
		return HSS_ERR_MEMORY;
	}
	sender.running = true;
	return HSS_OK;
}

void push_wake(void)
{
	lock();
	sender.due = true;
	sender.scan = true;
	ring();
	unlock();
}

void push_peer_connected(const char *host)
{
	lock();
	if (sender.open) {
		hosts_add(&sender.coming, host);
		sender.settle_tries = 0;
		ring();
	}
	unlock();
}

void push_stop(void)
{
	if (!sender.running) {
		return;
	}
	lock();
	sender.open = false;
	ring();
	unlock();
	(void)pthread_join(sender.thread, NULL);
	sender.running = false;
}

void push_close(void)
{
	if (sender.route != NULL) {
		(void)fd_rt_out_unregister(sender.route, NULL);
		sender.route = NULL;
	}
	for (size_t i = 0; i < PUSH_FLIGHT_MAX; i++) {
		push_flight_clear(&sender.flight[i]);
		arena_free(&sender.flight[i].arena);
		ims_subscription_free(&sender.flight[i].sub);
	}
	lock();
	hosts_clear(&sender.coming);
	hosts_clear(&sender.silent);
	unlock();
}
