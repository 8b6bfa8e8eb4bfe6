/* The outbox at work over a store: what is taken, what is settled, what a crash leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "hss/push_work.h"
#include "sample_sub.h"
#include "temp_dir.h"

enum { NOW = 1000000, LIFETIME = 1000, TEXT_LEN = 512 };

static const struct cx_push_policy push_policy = {
	.attempts = 3, .timeout = 10, .lifetime = LIFETIME, .keep = 100};
static const struct cx_policy policy = {.auth_pending_timeout = 60};

static enum push_peer peer_is = PUSH_PEER_OPEN;
static const char *peer_away; /* this host is, whatever peer_is */
static char ended[TEXT_LEN];  /* what push_take has ended, in words */

static enum push_peer peer_look(const char *host)
{
	return peer_away != NULL && strcmp(host, peer_away) == 0 ? PUSH_PEER_AWAY : peer_is;
}

static void on_ended(const struct ims_push *push)
{
	(void)snprintf(ended + strlen(ended), sizeof(ended) - strlen(ended), "%lld %s\n",
	               (long long)push->id, push->outcome);
}

static const struct push_rules rules = {
	.policy = &push_policy, .peer = peer_look, .ended = on_ended};

struct work {
	struct temp_dir dir;
	struct store *store;
	struct cx_env env;
	struct push_flight flight[PUSH_FLIGHT_MAX];
	struct push_taken taken;
};

static int setup(void **state)
{
	struct work *w = calloc(1, sizeof(*w));
	char path[TEMP_PATH_MAX];

	assert_non_null(w);
	temp_dir_make(&w->dir);
	assert_int_equal(
		store_open(temp_dir_file(&w->dir, "hss.db", path), STORE_CREATE, &w->store),
		HSS_OK);
	w->env = (struct cx_env){.policy = &policy, .now = NOW};
	peer_is = PUSH_PEER_OPEN;
	peer_away = NULL;
	ended[0] = '\0';
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct work *w = *state;

	for (size_t i = 0; i < PUSH_FLIGHT_MAX; i++) {
		push_flight_clear(&w->flight[i]);
		arena_free(&w->flight[i].arena);
		ims_subscription_free(&w->flight[i].sub);
	}
	store_close(w->store);
	temp_dir_remove(&w->dir);
	free(w);
	return 0;
}

/* Subscriber number n, in this state with S-CSCF host; host NULL: with none. */
static int64_t subscriber(struct work *w, unsigned n, enum ims_state registered, const char *host)
{
	struct ims_subscription sub = {0};
	int64_t id = 0;

	sample_common(&sub, n);
	sub.registration[0].state = registered;
	sub.scscf_name = host != NULL ? "sip:scscf.ims.test" : NULL;
	sub.scscf_host = host;
	sub.scscf_realm = host != NULL ? "ims.test" : NULL;
	assert_int_equal(store_subscription_put(w->store, &sub), HSS_OK);
	id = sub.id;
	ims_subscription_free(&sub);
	return id;
}

/* Queue a push about subscriber number n. */
static int64_t queue(struct work *w, enum ims_push_kind kind, unsigned n, int64_t id,
                     const char *host)
{
	char impi[64];
	char impu[64];
	const char *impus[] = {sample_impu_name(n, impu)};
	struct ims_push push = {.kind = kind,
	                        .subscription = id,
	                        .host = host,
	                        .realm = "ims.test",
	                        .scscf_name = "sip:scscf.ims.test",
	                        .impi = sample_impi_name(n, impi),
	                        .irs = 1,
	                        .impu = kind == IMS_PUSH_RTR ? impus : NULL,
	                        .n_impu = kind == IMS_PUSH_RTR,
	                        .content = kind == IMS_PUSH_PPR ? IMS_PUSH_USER_DATA : 0};

	assert_int_equal(store_push_add(w->store, &push, w->env.now), HSS_OK);
	return push.id;
}

static void take(struct work *w)
{
	assert_int_equal(store_begin(w->store), HSS_OK);
	assert_int_equal(push_take(w->store, &w->env, &rules, w->flight, &w->taken), HSS_OK);
	assert_int_equal(store_commit(w->store), HSS_OK);
}

/* The answer to a flight. */
static void settle(struct work *w, size_t i, enum cx_push_event event, enum cx_result result)
{
	struct push_flight *flight = &w->flight[i];

	flight->answer.verdict.result = result;
	flight->result.event = event;
	flight->result.answer = &flight->answer;
	assert_int_equal(store_begin(w->store), HSS_OK);
	assert_int_equal(push_settle(w->store, &w->env, &rules, flight), HSS_OK);
	assert_int_equal(store_commit(w->store), HSS_OK);
	push_flight_clear(flight);
}

/* "waiting 1000001 2 no answer": state, when it is due, how often it was sent, what became of it.
 */
static void expect_push(struct work *w, int64_t id, const char *expected)
{
	static const char *const states[] = {"waiting", "done", "failed", "cancelled"};
	struct arena arena = {0};
	struct ims_push push = {0};
	char text[TEXT_LEN];

	assert_int_equal(store_push_get(w->store, id, &arena, &push), HSS_OK);
	(void)snprintf(text, sizeof(text), "%s %lld %u %s", states[push.state],
	               (long long)(push.state == IMS_PUSH_WAITING ? push.next_at : push.ended_at),
	               push.attempts, push.outcome != NULL ? push.outcome : "-");
	assert_string_equal(text, expected);
	arena_free(&arena);
}

static size_t flying(const struct work *w)
{
	size_t n = 0;

	for (size_t i = 0; i < PUSH_FLIGHT_MAX; i++) {
		n += w->flight[i].push.id != 0;
	}
	return n;
}

static void what_is_due_is_taken_and_counted(void **state)
{
	struct work *w = *state;
	const int64_t id = queue(w, IMS_PUSH_RTR, 1, 77, "s1.ims.test");

	take(w);
	assert_int_equal(w->taken.n, 1);
	assert_int_equal(w->taken.after, 0);
	assert_false(w->taken.again);
	assert_int_equal(w->flight[0].push.id, id);
	assert_int_equal(w->flight[0].request.command, CX_CMD_RTR);
	assert_string_equal(w->flight[0].request.impi, w->flight[0].push.impi);
	expect_push(w, id, "waiting 1000000 1 -");
	take(w); /* it is on its way already */
	assert_int_equal(w->taken.n, 0);
	expect_push(w, id, "waiting 1000000 1 -");
	settle(w, 0, CX_PUSH_ANSWERED, CX_SUCCESS);
	expect_push(w, id, "done 1000000 1 DIAMETER_SUCCESS");
	assert_int_equal(flying(w), 0);
}

/* An S-CSCF that does not know a user says nothing about a registration that began meanwhile. */
static void a_late_user_unknown_ends_no_new_registration(void **state)
{
	static const struct {
		uint64_t sqn;     /* meanwhile */
		const char *host; /* of the S-CSCF, meanwhile */
		enum ims_state after;
		const char *push;
	} rows[] = {
		{0, "s1.ims.test", IMS_NOT_REGISTERED,
	         "failed 1000000 1 the S-CSCF knows none of the IMPIs"},
		{33, "s1.ims.test", IMS_REGISTERED,
	         "waiting 1000001 1 DIAMETER_ERROR_USER_UNKNOWN"},
		{0, "s2.ims.test", IMS_REGISTERED,
	         "done 1000000 1 nothing to tell: the S-CSCF does not serve it any more"},
	};
	struct work *w = *state;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const int64_t id = subscriber(w, i + 1, IMS_REGISTERED, "s1.ims.test");
		const int64_t push = queue(w, IMS_PUSH_PPR, i + 1, id, "s1.ims.test");
		struct ims_subscription sub = {0};

		take(w);
		assert_int_equal(w->taken.n, 1);
		assert_int_equal(store_subscription_get(w->store, id, &sub), HSS_OK);
		sub.impi[0].sqn = rows[i].sqn;
		sub.scscf_host = rows[i].host;
		assert_int_equal(store_registration_save(w->store, &sub), HSS_OK);
		settle(w, 0, CX_PUSH_ANSWERED, CX_ERROR_USER_UNKNOWN);
		expect_push(w, push, rows[i].push);
		ims_subscription_reset(&sub);
		assert_int_equal(store_subscription_get(w->store, id, &sub), HSS_OK);
		assert_int_equal(sub.registration[0].state, rows[i].after);
		ims_subscription_free(&sub);
	}
}

static void what_a_crash_leaves_is_due_again(void **state)
{
	struct work *w = *state;
	const int64_t id = queue(w, IMS_PUSH_RTR, 1, 77, "s1.ims.test");

	take(w);
	push_flight_clear(&w->flight[0]); /* the process has gone */
	take(w);
	assert_int_equal(w->taken.n, 1);
	expect_push(w, id, "waiting 1000000 2 -");
}

static void silence_waits_for_the_next_time(void **state)
{
	struct work *w = *state;
	const int64_t id = queue(w, IMS_PUSH_RTR, 1, 77, "s1.ims.test");

	take(w);
	settle(w, 0, CX_PUSH_SILENCE, CX_NO_RESULT);
	expect_push(w, id, "waiting 1000001 1 no answer");
	take(w);
	assert_int_equal(w->taken.n, 0);
	assert_int_equal(w->taken.next, NOW + 1);
	w->env.now = NOW + 1;
	take(w);
	settle(w, 0, CX_PUSH_SILENCE, CX_NO_RESULT);
	expect_push(w, id, "waiting 1000003 2 no answer");
	w->env.now = NOW + 3;
	take(w);
	settle(w, 0, CX_PUSH_SILENCE, CX_NO_RESULT);
	expect_push(w, id, "failed 1000003 3 no answer");
}

static void an_scscf_that_is_away_costs_no_attempt(void **state)
{
	struct work *w = *state;
	const int64_t id = queue(w, IMS_PUSH_RTR, 1, 77, "s1.ims.test");
	size_t n = 0;

	peer_is = PUSH_PEER_AWAY;
	take(w);
	assert_int_equal(w->taken.n, 0);
	assert_int_equal(w->taken.next, NOW + LIFETIME);
	expect_push(w, id, "waiting 1001000 0 waits for the S-CSCF to be connected");
	assert_int_equal(store_push_wake(w->store, "s1.ims.test", NOW, 9, &n), HSS_OK);
	peer_is = PUSH_PEER_UNSETTLED;
	take(w);
	expect_push(w, id, "waiting 1000001 0 waits for the S-CSCF to be connected");
	peer_is = PUSH_PEER_OPEN;
	w->env.now = NOW + 1;
	take(w);
	assert_int_equal(w->taken.n, 1);
	w->flight[0].unsent = true; /* it went just now */
	settle(w, 0, CX_PUSH_SILENCE, CX_NO_RESULT);
	expect_push(w, id, "waiting 1000002 0 -"); /* not at once: round and round */
	peer_is = PUSH_PEER_AWAY;
	w->env.now = NOW + LIFETIME;
	take(w);
	expect_push(w, id, "failed 1001000 0 s1.ims.test was not connected in time");
	assert_string_equal(ended, "1 s1.ims.test was not connected in time\n");
}

static void what_waits_for_a_peer_is_woken_in_portions(void **state)
{
	struct work *w = *state;
	size_t n = 0;

	for (unsigned i = 0; i < 3; i++) {
		(void)queue(w, IMS_PUSH_RTR, i, 100 + i, "s1.ims.test");
	}
	peer_is = PUSH_PEER_AWAY;
	take(w);
	assert_int_equal(store_push_wake(w->store, "s1.ims.test", NOW, 2, &n), HSS_OK);
	assert_int_equal(n, 2);
	assert_int_equal(store_push_wake(w->store, "s1.ims.test", NOW, 2, &n), HSS_OK);
	assert_int_equal(n, 1);
	peer_is = PUSH_PEER_OPEN;
	take(w);
	assert_int_equal(w->taken.n, 3);
}

static void one_scscf_that_is_away_holds_up_no_other(void **state)
{
	struct work *w = *state;

	peer_away = "s1.ims.test";
	for (unsigned i = 0; i < 3 * PUSH_LOOK_MAX; i++) {
		(void)queue(w, IMS_PUSH_RTR, i, 100 + i, "s1.ims.test");
	}
	(void)queue(w, IMS_PUSH_RTR, 999, 999, "s2.ims.test");
	for (unsigned i = 0; i < 5 && flying(w) == 0; i++) {
		take(w);
	}
	assert_int_equal(flying(w), 1);
	assert_string_equal(w->flight[0].push.host, "s2.ims.test");
}

static void one_scscf_has_its_share_of_the_flights(void **state)
{
	struct work *w = *state;

	for (unsigned i = 0; i < 2 * PUSH_LOOK_MAX; i++) {
		(void)queue(w, IMS_PUSH_RTR, i, 100 + i, "s1.ims.test");
	}
	(void)queue(w, IMS_PUSH_RTR, 999, 999, "s2.ims.test");
	take(w);
	assert_int_equal(w->taken.n, PUSH_FLIGHT_MAX / 2 + 1);
	take(w);
	assert_int_equal(w->taken.n, 0);
}

/* How many flights are to this host. */
static size_t flying_to(const struct work *w, const char *host)
{
	size_t n = 0;

	for (size_t i = 0; i < PUSH_FLIGHT_MAX; i++) {
		n += w->flight[i].push.id != 0 && strcmp(w->flight[i].push.host, host) == 0;
	}
	return n;
}

static void several_silent_scscfs_hold_up_no_other(void **state)
{
	static const char *const silent[] = {"s1.ims.test", "s2.ims.test", "s3.ims.test"};
	struct work *w = *state;

	for (unsigned i = 0; i < 3 * PUSH_FLIGHT_MAX; i++) {
		(void)queue(w, IMS_PUSH_RTR, i, 100 + i, silent[i / PUSH_FLIGHT_MAX]);
	}
	do {
		take(w);
	} while (w->taken.after != 0);
	(void)queue(w, IMS_PUSH_RTR, 999, 999, "s4.ims.test");
	do {
		take(w);
	} while (w->taken.after != 0);
	assert_int_equal(flying_to(w, "s1.ims.test"), PUSH_FLIGHT_MAX / 2);
	assert_int_equal(flying_to(w, "s2.ims.test"), PUSH_FLIGHT_MAX / 4);
	assert_int_equal(flying_to(w, "s3.ims.test"), PUSH_FLIGHT_MAX / 8);
	assert_int_equal(flying_to(w, "s4.ims.test"), 1);
}

/* However many wait for an S-CSCF that has its share, a call reads a portion; the next ones go on.
 */
static void a_long_backlog_is_gone_through_in_portions(void **state)
{
	struct work *w = *state;
	unsigned calls = 0;
	int64_t last = 0;

	assert_int_equal(store_begin(w->store), HSS_OK);
	for (unsigned i = 0; i < 5 * PUSH_READ_MAX; i++) {
		last = queue(w, IMS_PUSH_RTR, i, 100 + i, "s1.ims.test");
	}
	(void)queue(w, IMS_PUSH_RTR, 9999, 9999, "s2.ims.test");
	assert_int_equal(store_commit(w->store), HSS_OK);
	do {
		const int64_t from = w->taken.after;

		take(w);
		assert_true(w->taken.after <= from + PUSH_READ_MAX);
		calls++;
	} while (w->taken.after != 0);
	assert_int_equal(calls, 6);
	assert_int_equal(flying(w), PUSH_FLIGHT_MAX / 2 + 1);
	settle(w, 0, CX_PUSH_ANSWERED, CX_SUCCESS);
	w->taken.after =
		last - 1; /* a pass that is under way gives the free place to what it meets */
	take(w);
	assert_int_equal(w->flight[0].push.id, last);
	assert_int_equal(w->taken.after, 0);
}

/* Nobody else would ask again: the first one ended without a message. */
static void what_ends_lets_the_next_of_its_subscription_go(void **state)
{
	struct work *w = *state;
	const int64_t sub = subscriber(w, 1, IMS_REGISTERED, "s1.ims.test");

	(void)queue(w, IMS_PUSH_RTR, 1, sub, "s1.ims.test"); /* superseded: it is registered */
	(void)queue(w, IMS_PUSH_PPR, 1, sub, "s1.ims.test");
	take(w);
	assert_int_equal(w->taken.n, 0);
	assert_true(w->taken.again);
	take(w);
	assert_int_equal(w->taken.n, 1);
	assert_int_equal(w->flight[0].push.kind, IMS_PUSH_PPR);
	assert_false(w->taken.again);
}

static void pushes_of_one_subscription_keep_their_order(void **state)
{
	struct work *w = *state;
	const int64_t sub = subscriber(w, 1, IMS_REGISTERED, "s1.ims.test");
	const int64_t first = queue(w, IMS_PUSH_PPR, 1, sub, "s1.ims.test");
	int64_t second = 0;

	take(w);
	assert_int_equal(w->taken.n, 1);
	assert_non_null(strstr(w->flight[0].request.ppr.user_data, "<IMSSubscription>"));
	second = queue(w, IMS_PUSH_PPR, 1, sub, "s1.ims.test"); /* a change behind the message */
	assert_int_not_equal(first, second);
	take(w);
	assert_int_equal(w->taken.n, 0);
	settle(w, 0, CX_PUSH_ANSWERED, CX_SUCCESS);
	take(w);
	assert_int_equal(w->taken.n, 1);
	assert_int_equal(w->flight[0].push.id, second);
}

/* The old S-CSCF is gone for good; the one that serves the subscription now is told all the same.
 */
static void an_scscf_that_is_away_holds_up_no_other_of_its_subscription(void **state)
{
	struct work *w = *state;
	const int64_t sub = subscriber(w, 1, IMS_REGISTERED, "s2.ims.test");

	peer_away = "s1.ims.test";
	(void)queue(w, IMS_PUSH_RTR, 1, sub, "s1.ims.test");
	take(w);
	(void)queue(w, IMS_PUSH_PPR, 1, sub, "s2.ims.test");
	take(w);
	assert_int_equal(w->taken.n, 1);
	assert_string_equal(w->flight[0].push.host, "s2.ims.test");
}

static void what_needs_no_message_ends(void **state)
{
	struct work *w = *state;
	const int64_t sub = subscriber(w, 1, IMS_NOT_REGISTERED, NULL);
	const int64_t id = queue(w, IMS_PUSH_PPR, 1, sub, "s1.ims.test");
	const int64_t gone = queue(w, IMS_PUSH_PPR, 2, 4711, "s1.ims.test");

	take(w);
	assert_int_equal(w->taken.n, 0);
	expect_push(w, id, "done 1000000 0 nothing to tell: the S-CSCF does not serve it any more");
	expect_push(w, gone,
	            "done 1000000 0 nothing to tell: the S-CSCF does not serve it any more");
	assert_int_equal(flying(w), 0);
}

/* The one of the push was deleted, and these names have registered anew in another subscription. */
static void a_late_rtr_ends_no_new_registration(void **state)
{
	struct work *w = *state;
	int64_t id = 0;

	(void)subscriber(w, 1, IMS_REGISTERED, "s1.ims.test");
	id = queue(w, IMS_PUSH_RTR, 1, 4711, "s1.ims.test");
	take(w);
	expect_push(w, id, "done 1000000 0 superseded: registered again");
}

static void a_refused_ppr_queues_the_rtr_in_its_transaction(void **state)
{
	struct work *w = *state;
	const int64_t sub = subscriber(w, 1, IMS_REGISTERED, "s1.ims.test");
	const int64_t id = queue(w, IMS_PUSH_PPR, 1, sub, "s1.ims.test");
	struct ims_subscription now = {0};

	take(w);
	settle(w, 0, CX_PUSH_ANSWERED, CX_ERROR_TOO_MUCH_DATA);
	expect_push(w, id,
	            "failed 1000000 1 DIAMETER_ERROR_TOO_MUCH_DATA; an RTR SERVER_CHANGE follows");
	assert_int_equal(store_subscription_get(w->store, sub, &now), HSS_OK);
	assert_int_equal(now.registration[0].state, IMS_NOT_REGISTERED);
	assert_null(now.scscf_name);
	ims_subscription_free(&now);
	w->env.now =
		(int64_t)time(NULL) + 1; /* what a snapshot queues has the time of its saving */
	take(w);
	assert_int_equal(w->taken.n, 1);
	assert_int_equal(w->flight[0].push.kind, IMS_PUSH_RTR);
	assert_int_equal(w->flight[0].push.reason, CX_REASON_SERVER_CHANGE);
}

static void what_was_cancelled_meanwhile_stays_so(void **state)
{
	struct work *w = *state;
	const int64_t id = queue(w, IMS_PUSH_RTR, 1, 77, "s1.ims.test");
	struct arena arena = {0};
	struct ims_push push = {0};

	take(w);
	assert_int_equal(store_push_get(w->store, id, &arena, &push), HSS_OK);
	push.state = IMS_PUSH_CANCELLED;
	push.ended_at = NOW;
	push.outcome = "by somebody";
	assert_int_equal(store_push_update(w->store, &push), HSS_OK);
	arena_free(&arena);
	settle(w, 0, CX_PUSH_ANSWERED, CX_SUCCESS);
	expect_push(w, id, "cancelled 1000000 1 by somebody");
}

static size_t waiting(struct work *w)
{
	struct arena arena = {0};
	struct ims_push *push = NULL;
	size_t n = 0;

	assert_int_equal(store_push_list(w->store, 0, 1000, true, &arena, &push, &n), HSS_OK);
	arena_free(&arena);
	return n;
}

static void a_scan_tells_everybody_who_is_served_and_ends(void **state)
{
	struct work *w = *state;
	struct store_scan scan = {.kind = STORE_OBJECT_PROFILE};
	struct arena arena = {0};
	struct ims_profile profile = {0};
	unsigned portions = 0;
	bool left = true;

	assert_int_equal(store_begin(w->store), HSS_OK);
	for (unsigned i = 0; i < PUSH_SCAN_MAX + 50; i++) {
		(void)subscriber(w, i, i % 2 == 0 ? IMS_REGISTERED : IMS_UNREGISTERED,
		                 "s1.ims.test");
	}
	(void)subscriber(w, 900, IMS_NOT_REGISTERED, NULL);
	assert_int_equal(store_profile_get(w->store, "default", &arena, &profile), HSS_OK);
	scan.object = profile.id;
	assert_int_equal(store_scan_add(w->store, &scan), HSS_OK);
	while (left && portions < 10) {
		assert_int_equal(push_scan(w->store, NOW, &left), HSS_OK);
		portions++;
	}
	assert_int_equal(store_commit(w->store), HSS_OK);
	assert_false(left);
	assert_in_range(portions, 3, 4); /* the second has the rest; the last finds nothing */
	assert_int_equal(waiting(w), PUSH_SCAN_MAX + 50);
	arena_free(&arena);
}

/* The contents of what waits, in order: "1 1 2". */
static void expect_contents(struct work *w, const char *expected)
{
	struct arena arena = {0};
	struct ims_push *push = NULL;
	char text[TEXT_LEN] = "";
	size_t n = 0;

	assert_int_equal(store_push_list(w->store, 0, 10, true, &arena, &push, &n), HSS_OK);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%lld:%u",
		               i > 0 ? " " : "", (long long)push[i].subscription, push[i].content);
	}
	assert_string_equal(text, expected);
	arena_free(&arena);
}

static void scan_all(struct work *w, enum store_object kind, int64_t object)
{
	struct store_scan scan = {.kind = kind, .object = object};
	bool left = true;

	assert_int_equal(store_begin(w->store), HSS_OK);
	assert_int_equal(store_scan_add(w->store, &scan), HSS_OK);
	while (left) {
		assert_int_equal(push_scan(w->store, NOW, &left), HSS_OK);
	}
	assert_int_equal(store_commit(w->store), HSS_OK);
}

/* Subscriber 1 has the profile with shared set 7, subscriber 2 the charging. */
static void shared_sets_and_charging_find_their_users(void **state)
{
	struct work *w = *state;
	struct ims_ifc_set set = {.id = 7, .document = "{}", .criteria = ""};
	struct ims_profile profile = {.name = "with-set", .ifc_set = &set, .n_ifc_set = 1};
	struct ims_charging charging = {
		.name = "gold", .document = "{}", .primary_ecf = "aaa://ecf.ims.test"};
	struct ims_subscription sub = {0};

	assert_int_equal(store_ifc_set_put(w->store, &set), HSS_OK);
	assert_int_equal(store_profile_put(w->store, &profile), HSS_OK);
	assert_int_equal(store_charging_put(w->store, &charging), HSS_OK);
	for (unsigned n = 1; n <= 3; n++) {
		sample_common(&sub, n);
		sub.registration[0].state = IMS_REGISTERED;
		sub.scscf_name = "sip:scscf.ims.test";
		sub.scscf_host = "s1.ims.test";
		sub.scscf_realm = "ims.test";
		if (n == 1) {
			sub.impu[0].profile = (unsigned)sub.n_profile;
			(void)sample_profile(&sub, "with-set");
		}
		sub.charging = n == 2 ? &charging : NULL;
		assert_int_equal(store_subscription_put(w->store, &sub), HSS_OK);
	}
	ims_subscription_free(&sub);
	scan_all(w, STORE_OBJECT_IFC_SET, 7);
	expect_contents(w, "1:1");
	scan_all(w, STORE_OBJECT_CHARGING, charging.id);
	expect_contents(w, "1:1 2:2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_due_is_taken_and_counted),
		TEST(a_late_user_unknown_ends_no_new_registration),
		TEST(what_a_crash_leaves_is_due_again),
		TEST(silence_waits_for_the_next_time),
		TEST(an_scscf_that_is_away_costs_no_attempt),
		TEST(what_waits_for_a_peer_is_woken_in_portions),
		TEST(one_scscf_that_is_away_holds_up_no_other),
		TEST(one_scscf_has_its_share_of_the_flights),
		TEST(several_silent_scscfs_hold_up_no_other),
		TEST(a_long_backlog_is_gone_through_in_portions),
		TEST(what_ends_lets_the_next_of_its_subscription_go),
		TEST(pushes_of_one_subscription_keep_their_order),
		TEST(an_scscf_that_is_away_holds_up_no_other_of_its_subscription),
		TEST(what_needs_no_message_ends),
		TEST(a_late_rtr_ends_no_new_registration),
		TEST(a_refused_ppr_queues_the_rtr_in_its_transaction),
		TEST(what_was_cancelled_meanwhile_stays_so),
		TEST(a_scan_tells_everybody_who_is_served_and_ends),
		TEST(shared_sets_and_charging_find_their_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
