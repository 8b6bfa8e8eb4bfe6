#include "hss/flow.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "hss/clock.h"
#include "hss/cx_codec.h"
#include "hss/log.h"

enum {
	HANDED_LOW = 2,  /* so few under way: more can be handed over, several at a time */
	TELL_MS = 10000, /* between log lines about overload */
	POLL_MS = 10, /* between looks at a connection that is not open yet; nothing tells when it
	                 is */
};

/* A connection: made by its receiver thread, which has one reference, as has each message inside.
 */
struct conn {
	pthread_cond_t room;
	unsigned refs;
	unsigned inside;
	size_t octets;
	bool held_back;     /* the receiver waits for room */
	unsigned resume_at; /* until so few are inside: it reads several then, for one waking */
	bool closed;        /* the receiver has ended */
	struct fd_hook_permsgdata *raw; /* octets that are no message yet */

	/* Answers that wait, in order, and those in freeDiameter's hands. */
	struct fd_hook_permsgdata *head;
	struct fd_hook_permsgdata **tail;
	unsigned handed;
	bool listed;      /* in the list of those to look at */
	int64_t not_open; /* when it was first found not open, in ms; 0: it was open */
	struct conn *next;
};

/* What freeDiameter keeps with each message received, zeroed at first, and gives back with
 * on_free. */
struct fd_hook_permsgdata {
	struct conn *conn; /* NULL: not counted */
	size_t octets;
	struct msg *answer; /* waiting */
	struct fd_hook_permsgdata *next;
	bool handed;
	/* While it is in its connection's list of octets. */
	struct fd_hook_permsgdata *raw_next;
	struct fd_hook_permsgdata **raw_at;
};

static struct {
	void (*wake)(void);
	struct fd_hook_data_hdl *data;
	pthread_key_t key; /* the receiver thread's connection */
	bool open;

	pthread_mutex_t lock;
	/* Under lock: everything of all connections, and these. */
	struct conn *first;
	struct conn **last;
	unsigned limit; /* of requests inside, flow_open's */
	unsigned inside;
	unsigned n_conns;
	int64_t tell_at;
	struct conn *held; /* listed too, but found not open */
	int64_t look_again;
	unsigned discarded;
} flow = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void lock(void)
{
	(void)pthread_mutex_lock(&flow.lock);
}

static void unlock(void)
{
	(void)pthread_mutex_unlock(&flow.lock);
}

static void unlock_cleanup(void *arg)
{
	(void)arg;
	unlock();
}

/* Under lock. */
static void unref(struct conn *conn)
{
	if (--conn->refs == 0) {
		(void)pthread_cond_destroy(&conn->room);
		free(conn);
	}
}

/* Under lock: to be looked at by flow_take. Returns whether it has to be woken. */
static bool list(struct conn *conn)
{
	bool is_first = flow.first == NULL;

	if (conn->listed || conn->head == NULL) {
		return false;
	}
	conn->listed = true;
	conn->refs++;
	conn->next = NULL;
	*flow.last = conn;
	flow.last = &conn->next;
	return is_first;
}

/* Under lock. */
static struct conn *unlist_first(void)
{
	struct conn *conn = flow.first;

	flow.first = conn->next;
	if (flow.first == NULL) {
		flow.last = &flow.first;
	}
	conn->listed = false;
	return conn;
}

/* Under lock. */
static void raw_remove(struct fd_hook_permsgdata *pmd)
{
	if (pmd->raw_at == NULL) {
		return;
	}
	*pmd->raw_at = pmd->raw_next;
	if (pmd->raw_next != NULL) {
		pmd->raw_next->raw_at = pmd->raw_at;
	}
	pmd->raw_at = NULL;
}

/* Under lock. */
static void raw_add(struct fd_hook_permsgdata *pmd)
{
	struct conn *conn = pmd->conn;

	pmd->raw_next = conn->raw;
	pmd->raw_at = &conn->raw;
	if (conn->raw != NULL) {
		conn->raw->raw_at = &pmd->raw_next;
	}
	conn->raw = pmd;
}

/* Give back what a message costs its connection, but for its reference. Under lock; returns whether
 * flow_take has to be woken. */
static bool release(struct conn *conn, struct fd_hook_permsgdata *pmd)
{
	bool wake = false;

	raw_remove(pmd);
	pmd->conn = NULL;
	conn->inside--;
	flow.inside--;
	conn->octets -= pmd->octets;
	if (conn->held_back && conn->inside <= conn->resume_at) {
		(void)pthread_cond_signal(&conn->room);
	}
	if (pmd->handed && --conn->handed <= HANDED_LOW) {
		wake = list(conn);
	}
	return wake;
}

/* freeDiameter frees the message. Its receiver may end at this moment and give back what is no
 * message yet, this one too: whether it is counted is known under lock only. */
static void on_free(struct fd_hook_permsgdata *pmd)
{
	struct conn *conn = NULL;
	bool wake = false;

	lock();
	conn = pmd->conn;
	if (conn != NULL) {
		wake = release(conn, pmd);
		unref(conn);
	}
	unlock();
	if (wake) {
		flow.wake();
	}
}

/* The receiver thread ends. */
static void on_thread_end(void *arg)
{
	struct conn *conn = arg;
	bool wake = false;

	lock();
	conn->closed = true;
	flow.n_conns--;
	while (conn->raw != NULL) {
		(void)release(conn, conn->raw); /* it was not handed to anybody */
		conn->refs--;                   /* not the last one, which is ours */
	}
	wake = list(conn);
	unref(conn);
	unlock();
	if (wake) {
		flow.wake();
	}
}

enum hss_err flow_open(unsigned limit, void (*wake)(void), struct fd_hook_data_hdl **data)
{
	flow.limit = limit;
	flow.wake = wake;
	flow.last = &flow.first;
	if (pthread_key_create(&flow.key, on_thread_end) != 0) {
		return HSS_ERR_MEMORY;
	}
	if (fd_hook_data_register(sizeof(struct fd_hook_permsgdata), NULL, on_free, &flow.data) !=
	    0) {
		(void)pthread_key_delete(flow.key);
		return HSS_ERR_MEMORY;
	}
	flow.open = true;
	*data = flow.data;
	return HSS_OK;
}

/* The connection of the calling receiver thread; NULL when memory is out. */
static struct conn *own_conn(void)
{
	struct conn *conn = pthread_getspecific(flow.key);

	if (conn != NULL) {
		return conn;
	}
	conn = calloc(1, sizeof(*conn));
	if (conn == NULL || pthread_setspecific(flow.key, conn) != 0) {
		free(conn);
		return NULL;
	}
	(void)pthread_cond_init(&conn->room, NULL);
	conn->refs = 1;
	conn->tail = &conn->head;
	lock();
	flow.n_conns++;
	unlock();
	return conn;
}

/* Whether a connection has its fill. Under lock. */
static bool is_full(const struct conn *conn, size_t octets)
{
	const unsigned fair = flow.limit / flow.n_conns;
	const unsigned share = fair > FLOW_SHARE_MIN ? fair : FLOW_SHARE_MIN;

	return conn->inside > flow.limit / 2 ||
	       (flow.inside >= flow.limit && conn->inside >= share) ||
	       (conn->inside > 0 && conn->octets + octets > FLOW_OCTETS_MAX);
}

/* At most once in TELL_MS. Under lock, which is released meanwhile. */
static void tell_held(const struct conn *conn)
{
	const unsigned inside = conn->inside;
	const int64_t now = clock_ms();

	if (now < flow.tell_at) {
		return;
	}
	flow.tell_at = now + TELL_MS;
	unlock();
	log_event(LOG_LEVEL_NOTICE,
	          "overload: a connection with %u requests inside is held back (all together may "
	          "have %u)",
	          inside, flow.limit);
	lock();
}

/* Under lock; it is released when the thread is cancelled meanwhile. */
static void wait_for_room(struct conn *conn, size_t octets)
{
	pthread_cleanup_push(unlock_cleanup, NULL);
	if (is_full(conn, octets)) {
		tell_held(conn);
		conn->resume_at = conn->inside - conn->inside / 4 - 1;
	}
	while (is_full(conn, octets)) {
		conn->held_back = true;
		(void)pthread_cond_wait(&conn->room, &flow.lock);
	}
	pthread_cleanup_pop(0);
	conn->held_back = false;
}

void flow_received(struct fd_hook_permsgdata *pmd, size_t octets)
{
	struct conn *conn = pmd != NULL ? own_conn() : NULL;

	if (conn == NULL) {
		return;
	}
	lock();
	wait_for_room(conn, octets);
	conn->inside++;
	flow.inside++;
	conn->octets += octets;
	conn->refs++;
	pmd->conn = conn;
	pmd->octets = octets;
	raw_add(pmd);
	unlock();
}

void flow_parsed(struct fd_hook_permsgdata *pmd)
{
	if (pmd != NULL && pmd->conn != NULL) {
		lock();
		raw_remove(pmd);
		unlock();
	}
}

bool flow_put(struct msg *answer)
{
	struct fd_hook_permsgdata *pmd = fd_hook_get_request_pmd(flow.data, answer);
	bool wake = false;

	if (pmd == NULL || pmd->conn == NULL) {
		return false;
	}
	lock();
	pmd->answer = answer;
	pmd->next = NULL;
	*pmd->conn->tail = pmd;
	pmd->conn->tail = &pmd->next;
	if (pmd->conn->handed < FLOW_HANDED_MAX || pmd->conn->closed) {
		wake = list(pmd->conn);
	}
	unlock();
	if (wake) {
		flow.wake();
	}
	return true;
}

/* Whether freeDiameter would send an answer now: in any other state its router drops it. */
static bool peer_is_open(struct msg *answer)
{
	struct msg *query = NULL;
	struct peer_hdr *peer = NULL;
	DiamId_t id = NULL;
	size_t len = 0;
	int state = -1;

	/* A peer that is found may be freed as soon as nobody reads the list. */
	(void)pthread_rwlock_rdlock(&fd_g_peers_rw);
	if (fd_msg_answ_getq(answer, &query) == 0 && fd_msg_source_get(query, &id, &len) == 0 &&
	    id != NULL && fd_peer_getbyid(id, len, 0, &peer) == 0 && peer != NULL) {
		state = fd_peer_get_state(peer);
	}
	(void)pthread_rwlock_unlock(&fd_g_peers_rw);
	return state == STATE_OPEN || state == STATE_CLOSING_GRACE;
}

/* The answer goes to freeDiameter: its connection is open. Under lock. */
static void hand_over(struct fd_hook_permsgdata *pmd)
{
	pmd->conn->not_open = 0;
	pmd->conn->handed++;
	pmd->handed = true;
}

bool flow_pass(struct msg *answer)
{
	struct fd_hook_permsgdata *pmd = fd_hook_get_request_pmd(flow.data, answer);
	bool pass = false;

	if (pmd == NULL || pmd->conn == NULL || !peer_is_open(answer)) {
		return false;
	}
	lock();
	pass = pmd->conn->head == NULL && pmd->conn->handed < FLOW_HANDED_MAX && !pmd->conn->closed;
	if (pass) {
		hand_over(pmd);
	}
	unlock();
	return pass;
}

/* Take the first answer that waits off its connection. Under lock. */
static struct msg *pop(struct conn *conn)
{
	struct fd_hook_permsgdata *pmd = conn->head;

	conn->head = pmd->next;
	if (conn->head == NULL) {
		conn->tail = &conn->head;
	}
	return pmd->answer;
}

/* Those that were not open are looked at again. Under lock. */
static void held_return(void)
{
	while (flow.held != NULL) {
		struct conn *conn = flow.held;

		flow.held = conn->next;
		conn->next = NULL;
		*flow.last = conn;
		flow.last = &conn->next;
	}
}

/*
 * What is to be done with the first connection in the list: *answer receives what goes to
 * freeDiameter, *gone what goes nowhere. Under lock, which is released for the look at the peer:
 * freeDiameter frees messages with its own locks held.
 */
static void look(struct msg **answer, struct msg **gone)
{
	struct conn *conn = flow.first;
	bool open = false;
	int64_t now = 0;

	if (conn->head == NULL || (conn->handed >= FLOW_HANDED_MAX && !conn->closed)) {
		unref(unlist_first());
		return;
	}
	if (!conn->closed) {
		unlock();
		open = peer_is_open(conn->head->answer);
		lock();
	}
	if (open) {
		hand_over(conn->head);
		*answer = pop(conn);
		return;
	}
	now = clock_ms();
	if (conn->not_open == 0) {
		conn->not_open = now;
	}
	if (conn->closed || now - conn->not_open > FLOW_HOLD_MS) {
		flow.discarded++;
		*gone = pop(conn);
		return;
	}
	if (flow.held == NULL) {
		flow.look_again = now + POLL_MS;
	}
	(void)unlist_first();
	conn->listed = true;
	conn->next = flow.held;
	flow.held = conn;
}

struct msg *flow_take(int *wait_ms)
{
	struct msg *answer = NULL;

	lock();
	if (flow.held != NULL && clock_ms() >= flow.look_again) {
		held_return();
	}
	while (flow.first != NULL && answer == NULL) {
		struct msg *gone = NULL;

		look(&answer, &gone);
		if (gone != NULL) {
			unlock();
			cx_msg_free(gone);
			lock();
		}
	}
	*wait_ms = flow.held != NULL ? POLL_MS : -1;
	unlock();
	return answer;
}

unsigned flow_discarded(void)
{
	unsigned discarded = 0;

	lock();
	discarded = flow.discarded;
	unlock();
	return discarded;
}

void flow_close(void)
{
	if (!flow.open) {
		return;
	}
	flow.open = false;
	lock();
	held_return();
	while (flow.first != NULL) {
		struct conn *conn = flow.first;
		struct msg *gone = conn->head != NULL ? pop(conn) : NULL;

		if (gone == NULL) {
			unref(unlist_first());
			continue;
		}
		flow.discarded++;
		unlock();
		cx_msg_free(gone);
		lock();
	}
	unlock();
	(void)pthread_key_delete(flow.key);
}
