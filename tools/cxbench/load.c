#include "tools/cxbench/load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "tools/cxbench/conn.h"
#include "tools/cxbench/model.h"
#include "tools/cxbench/slots.h"

enum {
	EVENTS_MAX = 64,
	RECONNECT_TRIES_MAX = 600,
	RECONNECT_MS = 100,
	GATHER_PART = 16,   /* of the window */
	GATHER_MEMORY = 16, /* passes */
	GATHER_NS_MAX = 500000,
	TICK_MS = 50,
	LEAVE_MS = 2000,
};

static const uint64_t ns_of_ms = 1000000;
static const uint64_t ns_of_s = 1000000000;

/* A connection and its share of the window. */
struct lane {
	struct conn conn;
	struct request_template form[N_REQUESTS];
	uint32_t share;                   /* of the window */
	uint32_t in_use;                  /* slots */
	uint32_t ready_first, ready_last; /* slots whose next request may go out; SLOT_NONE */
	bool alive;                       /* not yet known to have ended */
	unsigned tries;                   /* to connect again */
	uint64_t try_at, give_up_at;
};

struct load {
	const struct settings *settings;
	struct checker *checker;
	const volatile sig_atomic_t *stop;
	struct load_result *result;
	struct conn_peer peer;
	int epoll;
	struct lane *lane;
	size_t n_lanes;
	size_t turn; /* the lane that is served first */
	struct slots slots;
	struct model model;
	char (*server_name)[NAME_OCTETS_MAX + 1]; /* one for each S-CSCF */
	size_t *server_name_len;
	uint32_t end_to_end;
	uint32_t outstanding;
	uint64_t now;
	uint64_t began, warm, deadline, next_due, end;
	uint64_t n_due;
	uint64_t last_answer;
	uint64_t next_tick, next_progress, progress_answers;
	uint64_t cpu_began;
	uint64_t gather_at, gather_answers; /* when the rate of answers was looked at last */
	double gap;                         /* ns between answers, a running mean */
	bool sending;
	struct check_answer answer;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t = {0};

	(void)clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * ns_of_s + (uint64_t)t.tv_nsec;
}

static uint64_t ns_of(double seconds)
{
	return (uint64_t)(seconds * (double)ns_of_s);
}

static size_t scscf_of(const struct load *load, size_t subscriber)
{
	return subscriber % load->settings->scscfs;
}

/* The slot's procedure is over. */
static void slot_end(struct load *load, uint32_t i)
{
	struct slot *slot = &load->slots.slot[i];

	load->lane[slot->conn].in_use--;
	model_done(&load->model, slot->subscriber);
	slots_release(&load->slots, i);
}

static void ready_add(struct load *load, struct lane *lane, uint32_t i)
{
	load->slots.slot[i].next = SLOT_NONE;
	if (lane->ready_first == SLOT_NONE) {
		lane->ready_first = i;
	} else {
		load->slots.slot[lane->ready_last].next = i;
	}
	lane->ready_last = i;
}

static uint32_t ready_take(struct load *load, struct lane *lane)
{
	const uint32_t i = lane->ready_first;

	if (i != SLOT_NONE) {
		lane->ready_first = load->slots.slot[i].next;
	}
	return i;
}

/* ---- sending ---- */

/* A slot with something to do: one that goes on, else a fresh one. */
static uint32_t work_take(struct load *load, struct lane *lane)
{
	struct model_task task;
	uint32_t i = ready_take(load, lane);
	struct slot *slot = NULL;

	if (i != SLOT_NONE || lane->in_use == lane->share) {
		return i;
	}
	i = slots_take(&load->slots);
	if (i == SLOT_NONE) {
		return i;
	}
	if (!model_next(&load->model, &task)) {
		slots_release(&load->slots, i);
		return SLOT_NONE;
	}
	slot = &load->slots.slot[i];
	slot->subscriber = (uint32_t)task.subscriber;
	slot->procedure = task.procedure;
	slot->step = 0;
	slot->conn = lane->conn.number;
	lane->in_use++;
	return i;
}

/* Write one request. False when the lane cannot take one now. */
static bool issue(struct load *load, struct lane *lane, uint64_t due)
{
	uint8_t *room = lane->conn.state == CONN_OPEN ? conn_room(&lane->conn) : NULL;
	const uint32_t i = room != NULL ? work_take(load, lane) : SLOT_NONE;
	struct slot *slot = NULL;
	enum request_kind kind = N_REQUESTS;
	size_t scscf = 0;

	if (i == SLOT_NONE) {
		return false;
	}
	slot = &load->slots.slot[i];
	kind = model_request(slot->procedure, slot->step);
	scscf = scscf_of(load, slot->subscriber);
	slots_arm(&load->slots, i, load->end_to_end++);
	slot->due = due;
	slot->sent = load->now;
	slot->sqn_floor = sqn_set_highest(load->checker->sqns, slot->subscriber);
	conn_wrote(&lane->conn,
	           request_write(&lane->form[kind], kind, slot->hop_by_hop, slot->end_to_end,
	                         load->checker->subscribers, slot->subscriber,
	                         load->server_name[scscf], load->server_name_len[scscf], room));
	load->result->sent++;
	if (lane->conn.deaf) { /* nobody will wait for the answer */
		slot_end(load, i);
		load->result->outstanding++;
	} else {
		load->outstanding++;
	}
	return true;
}

static bool may_send(const struct load *load)
{
	return load->sending &&
	       (load->settings->count == 0 || load->result->sent < load->settings->count);
}

static void turn_pass(struct load *load)
{
	if (++load->turn >= load->n_lanes) {
		load->turn = 0;
	}
}

/* As fast as the window lets. */
static void issue_closed(struct load *load)
{
	for (size_t i = 0; i < load->n_lanes; i++) {
		struct lane *lane = &load->lane[(load->turn + i) % load->n_lanes];

		while (may_send(load) && issue(load, lane, load->now)) {
		}
	}
	turn_pass(load);
}

/* What is due by now; what finds no room waits, and its latency counts. */
static void issue_open(struct load *load)
{
	size_t in_vain = 0;

	while (may_send(load) && load->next_due <= load->now && in_vain < load->n_lanes) {
		if (!issue(load, &load->lane[load->turn], load->next_due)) {
			in_vain++;
		} else {
			in_vain = 0;
			load->n_due++;
			load->next_due =
				load->began + (uint64_t)((double)load->n_due * (double)ns_of_s /
			                                 load->settings->rate);
		}
		turn_pass(load);
	}
}

/* ---- answers ---- */

static void measure(struct load *load, const struct slot *slot, enum check_outcome outcome)
{
	struct load_result *result = load->result;
	const uint64_t took = load->now > slot->due ? load->now - slot->due : 0;
	/* Bounded by a count the load ends with its last answer, else with its last request. */
	const bool in_time = load->sending;

	if (load->now < load->warm) {
		return;
	}
	histogram_add(&result->latency, took);
	result->measured += in_time;
	if (outcome == CHECK_SUCCESS) {
		histogram_add(&result->success_latency, took);
		histogram_add(&result->success_since_sent, load->now - slot->sent);
		result->measured_success += in_time;
	}
}

static enum check_outcome answer_check(struct load *load, const struct lane *lane,
                                       const struct slot *slot, const struct wire_header *header,
                                       const uint8_t *message)
{
	const size_t scscf = scscf_of(load, slot->subscriber);
	const struct check_request request = {
		.kind = model_request(slot->procedure, slot->step),
		.hop_by_hop = slot->hop_by_hop,
		.end_to_end = slot->end_to_end,
		.subscriber = slot->subscriber,
		.origin_host = lane->conn.host,
		.origin_host_len = lane->conn.host_len,
		.sqn_floor = slot->sqn_floor,
	};
	enum check_outcome outcome =
		check_answer(load->checker, &request, header, message, &load->answer);
	const char *contradiction = NULL;

	if (outcome == CHECK_SUCCESS) {
		contradiction = model_contradiction(&load->model, slot->subscriber, request.kind,
		                                    &load->answer, load->server_name[scscf],
		                                    load->server_name_len[scscf]);
	}
	if (contradiction != NULL) {
		fault_note(load->checker->faults, FAULT_STATE_LOST, "%s of %.*s: %s",
		           request_name(request.kind),
		           (int)load->checker->subscribers->list[slot->subscriber].impi_len,
		           subscriber_impi(load->checker->subscribers, slot->subscriber),
		           contradiction);
		model_forget(&load->model, slot->subscriber);
		outcome = CHECK_FAULTY;
	}
	return outcome;
}

static void answer_take(void *owner, struct conn *conn, const struct wire_header *header,
                        const uint8_t *message)
{
	struct load *load = owner;
	struct lane *lane = &load->lane[conn->number];
	const uint32_t i =
		slots_match(&load->slots, header->hop_by_hop, header->end_to_end, conn->number);
	struct slot *slot = NULL;
	enum check_outcome outcome = CHECK_FAULTY;

	if (i == SLOT_NONE) {
		fault_note(load->checker->faults, FAULT_UNMATCHED,
		           "%s: an answer to nothing that is outstanding", conn->host);
		return;
	}
	slot = &load->slots.slot[i];
	load->outstanding--;
	load->last_answer = load->now;
	load->result->answers++;
	outcome = answer_check(load, lane, slot, header, message);
	load->result->success += outcome == CHECK_SUCCESS;
	load->result->busy += outcome == CHECK_BUSY;
	load->result->refused += outcome == CHECK_REFUSED;
	measure(load, slot, outcome);
	if (model_note(&load->model, slot->subscriber, model_request(slot->procedure, slot->step),
	               outcome) &&
	    model_request(slot->procedure, (uint8_t)(slot->step + 1)) != N_REQUESTS) {
		slot->step++;
		ready_add(load, lane, i);
	} else {
		slot_end(load, i);
	}
}

/* ---- connections ---- */

/* Requests without an answer when the connection ended. */
static void lane_lose(struct load *load, struct lane *lane)
{
	uint64_t lost = 0;

	for (uint32_t i = 0; i < load->slots.n && lane->in_use > 0; i++) {
		struct slot *slot = &load->slots.slot[i];

		if (!slot->used || slot->conn != lane->conn.number) {
			continue;
		}
		if (slot->outstanding) {
			lost++;
			load->outstanding--;
			(void)model_note(&load->model, slot->subscriber,
			                 model_request(slot->procedure, slot->step), CHECK_FAULTY);
		}
		slot_end(load, i);
	}
	lane->ready_first = SLOT_NONE;
	load->result->lost += lost;
	if (lost > 0 && !load->settings->allow_loss) {
		fault_note(load->checker->faults, FAULT_LOST,
		           "%s: the connection ended (%s) with %" PRIu64 " requests unanswered",
		           lane->conn.host,
		           lane->conn.why.text[0] != '\0' ? lane->conn.why.text : "good bye", lost);
	}
}

static bool lane_connecting(const struct lane *lane)
{
	return lane->conn.state == CONN_CONNECTING || lane->conn.state == CONN_GREETING;
}

static void lane_start(struct load *load, struct lane *lane)
{
	lane->try_at = load->now + RECONNECT_MS * ns_of_ms;
	lane->give_up_at = load->now + ns_of(load->settings->timeout);
	lane->conn.deaf = load->settings->deaf;
	conn_start(&lane->conn);
}

/* The end of the load: what came until now is what counts. */
static void sending_end(struct load *load)
{
	if (load->sending) {
		load->sending = false;
		load->end = load->now;
		load->result->cpu_time = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - load->cpu_began;
		load->result->cpu_answers = load->result->answers;
	}
}

/* The connection of the lane has ended. */
static void lane_ended(struct load *load, struct lane *lane)
{
	const struct settings *settings = load->settings;

	lane->alive = false;
	lane->try_at = load->now;
	lane_lose(load, lane);
	if (load->sending && !settings->allow_loss && !settings->reconnect && !settings->deaf) {
		fault_note(load->checker->faults, FAULT_CONNECTION, "%s: %s", lane->conn.host,
		           lane->conn.why.text);
	}
}

static void lane_try_again(struct load *load, struct lane *lane)
{
	if (lane->tries++ < RECONNECT_TRIES_MAX) {
		lane_start(load, lane);
		return;
	}
	fault_note(load->checker->faults, FAULT_CONNECTION,
	           "%s: not connected again after %d tries: %s", lane->conn.host,
	           RECONNECT_TRIES_MAX, lane->conn.why.text);
	sending_end(load);
}

/* Look after a lane whose connection came, went, or is to come again. */
static void lane_mend(struct load *load, struct lane *lane)
{
	if (lane->conn.state == CONN_OPEN && !lane->alive) {
		lane->alive = true;
		lane->tries = 0;
		load->result->reconnects++;
		load->last_answer = load->now;
	}
	if (lane_connecting(lane) && load->now >= lane->give_up_at) {
		conn_close(&lane->conn, "no connection and CEA in time");
	}
	if (lane->conn.state != CONN_CLOSED) {
		return;
	}
	if (lane->alive) {
		lane_ended(load, lane);
	}
	if (load->settings->reconnect && load->sending && load->now >= lane->try_at) {
		lane_try_again(load, lane);
	}
}

/* Every pass: a connection that ended or came is known before the next request. */
static void lanes_mend(struct load *load)
{
	for (size_t i = 0; i < load->n_lanes; i++) {
		lane_mend(load, &load->lane[i]);
	}
}

/* ---- the loop ---- */

/* Wait for events until the time, and serve them. */
static void events_serve(struct load *load, uint64_t until)
{
	struct epoll_event events[EVENTS_MAX];
	const uint64_t wait = until > load->now ? until - load->now : 0;
	const struct timespec timeout = {.tv_sec = (time_t)(wait / ns_of_s),
	                                 .tv_nsec = (long)(wait % ns_of_s)};
	const int n = epoll_pwait2(load->epoll, events, EVENTS_MAX, &timeout, NULL);

	load->now = clock_ns(CLOCK_MONOTONIC);
	for (int i = 0; i < n; i++) {
		conn_serve(events[i].data.ptr, events[i].events);
	}
}

static size_t lanes_count(const struct load *load, enum conn_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < load->n_lanes; i++) {
		n += load->lane[i].conn.state == state;
	}
	return n;
}

/* Bring all connections up. */
static bool connect_all(struct load *load, struct why *why)
{
	load->now = clock_ns(CLOCK_MONOTONIC);
	for (size_t i = 0; i < load->n_lanes; i++) {
		lane_start(load, &load->lane[i]);
	}
	while (lanes_count(load, CONN_OPEN) < load->n_lanes) {
		events_serve(load, load->now + TICK_MS * ns_of_ms);
		for (size_t i = 0; i < load->n_lanes; i++) {
			struct lane *lane = &load->lane[i];

			if (lane_connecting(lane) && load->now >= lane->give_up_at) {
				conn_close(&lane->conn, "no connection and CEA in time");
			}
			if (lane->conn.state == CONN_CLOSED || lane->conn.state == CONN_LEAVING) {
				return why_set(why, "%s:%s: %s: %.400s", load->settings->host,
				               load->settings->port, lane->conn.host,
				               lane->conn.why.text);
			}
		}
		if (*load->stop != 0) {
			return why_set(why, "interrupted while connecting");
		}
	}
	for (size_t i = 0; i < load->n_lanes; i++) {
		load->lane[i].alive = true;
	}
	return true;
}

static void progress_show(struct load *load)
{
	(void)fprintf(stderr,
	              "cxbench: %.0f s, %" PRIu64 " sent, %" PRIu64 " answers, %" PRIu64
	              "/s, %" PRIu32 " outstanding, %" PRIu64 " faults\n",
	              (double)(load->now - load->began) / (double)ns_of_s, load->result->sent,
	              load->result->answers, load->result->answers - load->progress_answers,
	              load->outstanding, load->checker->faults->total);
	load->progress_answers = load->result->answers;
	load->next_progress += ns_of_s;
}

/* What is looked at many times a second, but not in every pass. */
static void tick(struct load *load)
{
	load->next_tick = load->now + TICK_MS * ns_of_ms;
	if (lanes_count(load, CONN_CLOSED) == load->n_lanes && !load->settings->reconnect) {
		sending_end(load);
	}
	if (load->checker->log != NULL && !sqn_log_flush(load->checker->log)) {
		fault_note(load->checker->faults, FAULT_OURS, "%s: %s", load->checker->log->path,
		           strerror(errno));
		sending_end(load);
	}
	if (load->settings->progress && load->now >= load->next_progress) {
		progress_show(load);
	}
	if (load->outstanding > 0 &&
	    load->now > load->last_answer + ns_of(load->settings->timeout)) {
		sending_end(load);
	}
	if (*load->stop != 0) {
		load->result->interrupted = true;
		sending_end(load);
	}
}

static void flush_all(struct load *load)
{
	for (size_t i = 0; i < load->n_lanes; i++) {
		if (load->lane[i].conn.out_len > 0 && !load->lane[i].conn.wants_write) {
			conn_flush(&load->lane[i].conn);
		}
	}
}

/* When the next pass has to begin even if nothing comes. */
static uint64_t next_pass(const struct load *load)
{
	uint64_t until = load->next_tick;

	if (load->deadline != 0 && load->deadline < until) {
		until = load->deadline;
	}
	if (load->settings->rate > 0 && load->next_due > load->now && load->next_due < until) {
		until = load->next_due;
	}
	return until;
}

/*
 * Without a rate, and with a large window, answers come one by one, and to wake up for each costs
 * more than all else here and takes that CPU from the HSS. So let a small part of the window come
 * together first. The HSS has all the rest to work on meanwhile.
 */
static void gather(struct load *load)
{
	const uint64_t wanted = load->settings->window / GATHER_PART;
	const uint64_t came = load->result->answers - load->gather_answers;
	double pause = 0;

	if (came > 0 && load->gather_at != 0) {
		const double gap = (double)(load->now - load->gather_at) / (double)came;

		load->gap += (gap - load->gap) / GATHER_MEMORY;
	}
	load->gather_at = load->now;
	load->gather_answers = load->result->answers;
	if (wanted < 2 || load->settings->rate > 0 ||
	    load->outstanding < load->settings->window / 2) {
		return;
	}
	pause = load->gap * (double)wanted;
	if (pause > GATHER_NS_MAX) {
		pause = GATHER_NS_MAX;
	}
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = (long)pause}, NULL);
}

static void send_until_end(struct load *load)
{
	while (load->sending) {
		load->now = clock_ns(CLOCK_MONOTONIC);
		if (load->deadline != 0 && load->now >= load->deadline) {
			sending_end(load);
			break;
		}
		if (load->settings->rate > 0) {
			issue_open(load);
		} else {
			issue_closed(load);
		}
		flush_all(load);
		gather(load);
		events_serve(load, next_pass(load));
		lanes_mend(load);
		if (load->now >= load->next_tick) {
			tick(load);
		}
		if (!may_send(load) && load->outstanding == 0) {
			sending_end(load);
		}
	}
}

/* The answers that are still to come. */
static void drain(struct load *load)
{
	const uint64_t limit = load->now + ns_of(load->settings->timeout);

	while (load->outstanding > 0 && load->now < limit && *load->stop < 2) {
		flush_all(load);
		events_serve(load, load->now + TICK_MS * ns_of_ms);
		lanes_mend(load);
	}
	load->result->outstanding += load->outstanding;
	if (load->outstanding > 0) {
		fault_note(load->checker->faults, FAULT_UNANSWERED,
		           "%" PRIu32 " requests got no answer", load->outstanding);
	}
}

static void leave_all(struct load *load)
{
	const uint64_t limit = load->now + LEAVE_MS * ns_of_ms;

	for (size_t i = 0; i < load->n_lanes; i++) {
		struct conn *conn = &load->lane[i].conn;

		if (conn->state == CONN_OPEN && !conn->deaf) {
			conn_leave(conn);
		} else {
			conn_close(conn, "");
		}
		load->result->peer_requests += conn->n_refused;
	}
	while (lanes_count(load, CONN_CLOSED) < load->n_lanes && load->now < limit &&
	       *load->stop < 2) {
		events_serve(load, load->now + TICK_MS * ns_of_ms);
	}
}

/* ---- set-up ---- */

static bool names_make(struct load *load)
{
	const struct settings *settings = load->settings;

	load->server_name = calloc(settings->scscfs, sizeof(*load->server_name));
	load->server_name_len = calloc(settings->scscfs, sizeof(*load->server_name_len));
	for (size_t i = 0;
	     load->server_name != NULL && load->server_name_len != NULL && i < settings->scscfs;
	     i++) {
		char *name = load->server_name[i];

		if (settings->server_name != NULL) {
			(void)snprintf(name, NAME_OCTETS_MAX + 1, "%s", settings->server_name);
		} else if (settings->scscfs == 1) {
			(void)snprintf(name, NAME_OCTETS_MAX + 1, "sip:scscf.%s:6060",
			               settings->realm);
		} else {
			(void)snprintf(name, NAME_OCTETS_MAX + 1, "sip:scscf%zu.%s:6060", i + 1,
			               settings->realm);
		}
		load->server_name_len[i] = strlen(name);
	}
	return load->server_name != NULL && load->server_name_len != NULL;
}

static bool lane_init(struct load *load, size_t i)
{
	const struct settings *settings = load->settings;
	struct lane *lane = &load->lane[i];
	struct conn *conn = &lane->conn;
	const struct request_party party = {.origin_host = conn->host,
	                                    .origin_realm = settings->realm,
	                                    .destination_host = settings->hss,
	                                    .destination_realm = settings->realm,
	                                    .n_vectors = (uint32_t)settings->vectors};
	bool good = true;

	conn->epoll = load->epoll;
	conn->number = (uint16_t)i;
	conn->peer = &load->peer;
	conn->answer = answer_take;
	conn->owner = load;
	(void)snprintf(conn->host, sizeof(conn->host), "%s%zu.%s", settings->identity, i + 1,
	               settings->realm);
	conn->host_len = strlen(conn->host);
	lane->share = (uint32_t)(settings->window / settings->connections +
	                         (i < settings->window % settings->connections));
	lane->ready_first = SLOT_NONE;
	for (unsigned kind = 0; kind < N_REQUESTS && good; kind++) {
		good = request_template_make(&lane->form[kind], (enum request_kind)kind, &party);
	}
	return conn_init(conn) && good;
}

static bool load_init(struct load *load, struct why *why)
{
	const struct settings *settings = load->settings;
	const size_t all = load->checker->subscribers->n;
	const size_t used = settings->hot > 0 && settings->hot < all ? settings->hot : all;
	bool good = true;

	load->peer.name = settings->hss;
	load->peer.realm = settings->realm;
	if (!conn_peer_find(&load->peer, settings->host, settings->port, why)) {
		return false;
	}
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	load->lane = calloc(settings->connections, sizeof(*load->lane));
	load->n_lanes = load->lane != NULL ? settings->connections : 0;
	good = load->epoll >= 0 && load->lane != NULL && names_make(load) &&
	       slots_open(&load->slots, (uint32_t)settings->window) &&
	       model_open(&load->model, settings->command, used) &&
	       RAND_bytes((unsigned char *)&load->end_to_end, sizeof(load->end_to_end)) == 1;
	for (size_t i = 0; i < load->n_lanes; i++) {
		good = lane_init(load, i) && good;
	}
	return good || why_set(why, "no memory or descriptors for the load");
}

static void load_free(struct load *load)
{
	for (size_t i = 0; i < load->n_lanes; i++) {
		conn_free(&load->lane[i].conn);
	}
	free(load->lane);
	free(load->server_name);
	free(load->server_name_len);
	slots_close(&load->slots);
	model_close(&load->model);
	if (load->epoll >= 0) {
		(void)close(load->epoll);
	}
}

static void load_begin(struct load *load)
{
	load->now = clock_ns(CLOCK_MONOTONIC);
	load->began = load->now;
	load->last_answer = load->now;
	load->warm = load->began + ns_of(load->settings->warmup);
	load->deadline =
		load->settings->seconds > 0 ? load->began + ns_of(load->settings->seconds) : 0;
	load->next_due = load->began;
	load->next_tick = load->began + TICK_MS * ns_of_ms;
	load->next_progress = load->began + ns_of_s;
	load->cpu_began = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	load->sending = true;
}

bool load_run(const struct settings *settings, struct checker *checker,
              const volatile sig_atomic_t *stop, struct load_result *result, struct why *why)
{
	struct load *load = calloc(1, sizeof(*load));
	bool good = false;

	if (load == NULL) {
		return why_set(why, "out of memory");
	}
	load->settings = settings;
	load->checker = checker;
	load->stop = stop;
	load->result = result;
	load->epoll = -1;
	good = load_init(load, why) && connect_all(load, why);
	if (good) {
		load_begin(load);
		send_until_end(load);
		result->measured_time = load->end > load->warm ? load->end - load->warm : 0;
		drain(load);
		leave_all(load);
	}
	load_free(load);
	free(load);
	return good;
}
