#include "hss/push_work.h"

#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "hss/push_plan.h"

/* One call of push_take. */
struct take {
	struct store *store;
	const struct cx_env *env;
	const struct push_rules *rules;
	struct push_flight *flight;
	struct push_taken *taken;
};

void push_flight_clear(struct push_flight *flight)
{
	OPENSSL_cleanse(&flight->request, sizeof(flight->request));
	cx_answer_wipe(&flight->answer);
	arena_reset(&flight->arena);
	ims_subscription_reset(&flight->sub);
	flight->push = (struct ims_push){0};
	flight->result = (struct cx_push_result){0};
	flight->answer = (struct cx_answer){0};
	flight->verdict = (struct cx_push_verdict){0};
	flight->unsent = false;
	flight->sqn = 0;
}

static struct push_flight *flight_free(struct push_flight *flight)
{
	for (size_t i = 0; i < PUSH_FLIGHT_MAX; i++) {
		if (flight[i].push.id == 0) {
			return &flight[i];
		}
	}
	return NULL;
}

/*
 * Whether the push is on its way already, or its S-CSCF has its share of the flights: no more of
 * them than are left, so that several silent ones leave some to the others.
 */
static bool is_held(const struct push_flight *flight, const struct ims_push *push)
{
	size_t n = 0;
	size_t n_free = 0;

	for (size_t i = 0; i < PUSH_FLIGHT_MAX; i++) {
		if (flight[i].push.id == 0) {
			n_free++;
		} else if (flight[i].push.id == push->id) {
			return true;
		} else {
			n += strcasecmp(flight[i].push.host, push->host) == 0;
		}
	}
	return n >= n_free;
}

static enum hss_err text_copy(struct arena *arena, const char **text)
{
	if (*text != NULL) {
		*text = arena_text(arena, *text, strlen(*text));
		return *text != NULL ? HSS_OK : HSS_ERR_MEMORY;
	}
	return HSS_OK;
}

static enum hss_err texts_copy(struct arena *arena, const char ***texts, size_t n)
{
	const char **copy = arena_array(arena, n, sizeof(*copy));
	enum hss_err err = copy != NULL || n == 0 ? HSS_OK : HSS_ERR_MEMORY;

	for (size_t i = 0; i < n && err == HSS_OK; i++) {
		copy[i] = (*texts)[i];
		err = text_copy(arena, &copy[i]);
	}
	*texts = copy;
	return err;
}

/* A copy of the push in the flight's own memory. */
static enum hss_err push_copy(struct push_flight *flight, const struct ims_push *from)
{
	struct ims_push *push = &flight->push;
	const char **texts[] = {&push->host, &push->realm,       &push->scscf_name,
	                        &push->impi, &push->reason_info, &push->outcome};
	enum hss_err err = HSS_OK;

	*push = *from;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && err == HSS_OK; i++) {
		err = text_copy(&flight->arena, texts[i]);
	}
	if (err == HSS_OK) {
		err = texts_copy(&flight->arena, &push->impu, push->n_impu);
	}
	return err == HSS_OK ? texts_copy(&flight->arena, &push->associated, push->n_associated)
	                     : err;
}

/*
 * The subscription a push is about. Of an RTR it is the one that has the identities now, for the
 * one that had them may be gone and made anew; a PPR is about the one it was made for.
 */
static enum hss_err subscription_load(struct store *store, const struct ims_push *push,
                                      struct ims_subscription *sub)
{
	enum hss_err err = HSS_OK;

	if (push->kind == IMS_PUSH_RTR) {
		return store_subscription_load(store, push->impi, push->impu, push->n_impu,
		                               STORE_VIEW_FULL, sub);
	}
	err = store_subscription_get(store, push->subscription, sub);
	if (err == HSS_ERR_NOT_FOUND) {
		ims_subscription_reset(sub);
		err = HSS_OK;
	}
	return err;
}

/* What only this push is to blame for must not hold up the others. */
static bool is_of_push(enum hss_err err)
{
	return err == HSS_ERR_INVALID || err == HSS_ERR_LIMIT;
}

/* Store the end of a push. */
static enum hss_err push_end(struct store *store, struct ims_push *push,
                             const struct cx_push_verdict *v, int64_t now)
{
	push->state = v->state;
	push->outcome = v->outcome;
	push->ended_at = now;
	return store_push_update(store, push);
}

static enum hss_err take_end(struct take *t, struct ims_push *push, const struct cx_push_verdict *v)
{
	enum hss_err err = push_end(t->store, push, v, t->env->now);

	if (err == HSS_OK) {
		t->rules->ended(push);
		t->taken->again = true;
	}
	return err;
}

/* Its S-CSCF cannot be reached: it waits, or has waited for too long. */
static enum hss_err take_park(struct take *t, struct ims_push *push, enum push_peer peer)
{
	const int64_t last = push->created_at + t->rules->policy->lifetime;
	struct cx_push_verdict v = {0};

	if (t->env->now >= last) {
		cx_push_end(&v, IMS_PUSH_FAILED, "%.80s was not connected in time", push->host);
		return take_end(t, push, &v);
	}
	push->outcome = "waits for the S-CSCF to be connected";
	push->next_at = peer == PUSH_PEER_AWAY ? last : t->env->now + 1;
	if (t->taken->next == 0 || push->next_at < t->taken->next) {
		t->taken->next = push->next_at;
	}
	return store_push_update(t->store, push);
}

/* The last SQN that the User-Name of a push was given; 0: none, or the IMPI is gone. */
static uint64_t sqn_of(const struct push_flight *flight)
{
	for (size_t i = 0; i < flight->sub.n_impi; i++) {
		if (strcmp(flight->sub.impi[i].name, flight->push.impi) == 0) {
			return flight->sub.impi[i].sqn;
		}
	}
	return 0;
}

static enum hss_err prepare(struct take *t, struct push_flight *flight)
{
	struct cx_push_verdict *v = &flight->verdict;
	enum hss_err err = subscription_load(t->store, &flight->push, &flight->sub);

	if (err == HSS_OK && flight->push.kind == IMS_PUSH_RTR) {
		err = cx_rtr_prepare(&flight->push, &flight->sub, &flight->request, v);
	} else if (err == HSS_OK) {
		err = cx_ppr_prepare(&flight->push, &flight->sub, t->env, &flight->request, v);
		flight->sqn = sqn_of(flight);
	}
	if (is_of_push(err)) {
		cx_push_end(v, IMS_PUSH_FAILED, "the subscription cannot be read: %s",
		            hss_err_text(err));
		err = HSS_OK;
	}
	return err;
}

static enum hss_err take_send(struct take *t, struct push_flight *flight,
                              const struct ims_push *push)
{
	enum hss_err err = push_copy(flight, push);

	if (err == HSS_OK) {
		err = prepare(t, flight);
	}
	if (err == HSS_OK && flight->verdict.next == CX_PUSH_END) {
		err = take_end(t, &flight->push, &flight->verdict);
		push_flight_clear(flight);
		return err;
	}
	if (err == HSS_OK) {
		/* Counted before it is sent: a change from now on is another PPR (store.h). */
		flight->push.attempts++;
		err = store_push_update(t->store, &flight->push);
	}
	if (err == HSS_OK) {
		t->taken->n++;
	} else {
		push_flight_clear(flight);
	}
	return err;
}

static enum hss_err take_one(struct take *t, struct ims_push *push)
{
	struct push_flight *flight = flight_free(t->flight);
	const enum push_peer peer = t->rules->peer(push->host);

	if (peer != PUSH_PEER_OPEN) {
		return take_park(t, push, peer);
	}
	if (flight == NULL) {
		return HSS_OK; /* a flight that lands asks again */
	}
	return take_send(t, flight, push);
}

enum hss_err push_take(struct store *store, const struct cx_env *env,
                       const struct push_rules *rules, struct push_flight *flight,
                       struct push_taken *taken)
{
	struct take t = {
		.store = store, .env = env, .rules = rules, .flight = flight, .taken = taken};
	struct arena arena = {0};
	struct ims_push *push = NULL;
	size_t read = 0;
	size_t looked = 0;
	size_t n = 0;
	enum hss_err err = HSS_OK;

	*taken = (struct push_taken){.after = taken->after};
	do {
		int64_t next = 0;

		err = store_push_due(store, env->now, taken->after, PUSH_LOOK_MAX, &arena, &push,
		                     &n, &next);
		if (err == HSS_OK && next != 0 && (taken->next == 0 || next < taken->next)) {
			taken->next = next;
		}
		for (size_t i = 0; i < n && err == HSS_OK; i++) {
			taken->after = push[i].id;
			if (!is_held(flight, &push[i])) {
				looked++;
				err = take_one(&t, &push[i]);
			}
		}
		arena_reset(&arena);
		read += n;
	} while (err == HSS_OK && n == PUSH_LOOK_MAX && looked < PUSH_LOOK_MAX &&
	         read < PUSH_READ_MAX && flight_free(flight) != NULL);
	if (err == HSS_OK && n < PUSH_LOOK_MAX) {
		taken->after = 0;
	}
	arena_free(&arena);
	return err;
}

/* Whether the push still waits; somebody may have cancelled it. */
static enum hss_err still_waits(struct store *store, struct push_flight *flight, bool *waits)
{
	struct ims_push now = {0};
	enum hss_err err = store_push_get(store, flight->push.id, &flight->arena, &now);

	*waits = err == HSS_OK && now.state == IMS_PUSH_WAITING;
	return err == HSS_ERR_NOT_FOUND ? HSS_OK : err;
}

static enum hss_err decide(struct store *store, const struct cx_env *env,
                           const struct push_rules *rules, struct push_flight *flight)
{
	struct cx_push_verdict *v = &flight->verdict;
	const char *impi = NULL;
	enum hss_err err = HSS_OK;

	if (flight->unsent) {
		flight->push.attempts--;
		/* Not at once: what cannot be sent for another reason would go round and round. */
		v->next = CX_PUSH_AGAIN;
		v->delay = 1;
		return HSS_OK;
	}
	/* Of a PPR it stands in the snapshot that the message was made from, which goes now. */
	impi = arena_text(&flight->arena, flight->push.impi, strlen(flight->push.impi));
	if (impi == NULL) {
		return HSS_ERR_MEMORY;
	}
	flight->push.impi = impi;
	err = subscription_load(store, &flight->push, &flight->sub);
	if (err == HSS_OK && flight->push.kind == IMS_PUSH_RTR) {
		err = cx_rtr_settle(&flight->push, &flight->sub, rules->policy, &flight->result, v);
	} else if (err == HSS_OK) {
		flight->result.overtaken = sqn_of(flight) != flight->sqn;
		err = cx_ppr_settle(&flight->push, &flight->sub, env, rules->policy,
		                    &flight->result, v);
	}
	if (err == HSS_OK && v->changed) {
		err = store_registration_save(store, &flight->sub);
	}
	if (is_of_push(err)) {
		cx_push_end(v, IMS_PUSH_FAILED, "the subscription cannot be read: %s",
		            hss_err_text(err));
		err = HSS_OK;
	}
	return err;
}

enum hss_err push_settle(struct store *store, const struct cx_env *env,
                         const struct push_rules *rules, struct push_flight *flight)
{
	struct cx_push_verdict *v = &flight->verdict;
	bool waits = false;
	enum hss_err err = still_waits(store, flight, &waits);

	*v = (struct cx_push_verdict){0};
	if (err != HSS_OK) {
		return err;
	}
	if (!waits) {
		cx_push_end(v, IMS_PUSH_CANCELLED, "cancelled");
		return HSS_OK;
	}
	err = decide(store, env, rules, flight);
	if (err != HSS_OK) {
		return err;
	}
	if (v->next == CX_PUSH_END) {
		return push_end(store, &flight->push, v, env->now);
	}
	flight->push.next_at = env->now + v->delay;
	flight->push.outcome = v->outcome[0] != '\0' ? v->outcome : NULL;
	return store_push_update(store, &flight->push);
}

/* The profile of the subscription that the object is, or that uses it; 0: none, n: from where on.
 */
static int64_t profile_next(const struct ims_subscription *sub, const struct store_scan *scan,
                            size_t *n)
{
	for (; *n < sub->n_profile; (*n)++) {
		const struct ims_profile *profile = &sub->profile[*n];
		bool found = scan->kind == STORE_OBJECT_PROFILE && profile->id == scan->object;

		for (size_t i = 0; i < profile->n_ifc_set && !found; i++) {
			found = scan->kind == STORE_OBJECT_IFC_SET &&
			        profile->ifc_set[i].id == scan->object;
		}
		if (found) {
			return sub->profile[(*n)++].id;
		}
	}
	return 0;
}

static enum hss_err scan_plan(struct ims_subscription *sub, const struct store_scan *scan)
{
	enum hss_err err = HSS_OK;
	int64_t profile = 0;
	size_t n = 0;

	if (scan->kind == STORE_OBJECT_CHARGING) {
		return push_plan_object(sub, 0, IMS_PUSH_CHARGING);
	}
	while (err == HSS_OK && (profile = profile_next(sub, scan, &n)) != 0) {
		err = push_plan_object(sub, profile, IMS_PUSH_USER_DATA);
	}
	return err;
}

static enum hss_err scan_one(struct store *store, const struct store_scan *scan, int64_t id,
                             int64_t now, struct ims_subscription *sub)
{
	enum hss_err err = store_subscription_get(store, id, sub);

	if (err == HSS_OK) {
		err = scan_plan(sub, scan);
	}
	for (size_t i = 0; i < sub->n_push && err == HSS_OK; i++) {
		err = store_push_add(store, &sub->push[i], now);
	}
	return err == HSS_ERR_NOT_FOUND || is_of_push(err) ? HSS_OK : err;
}

enum hss_err push_scan(struct store *store, int64_t now, bool *left)
{
	struct ims_subscription sub = {0};
	struct store_scan scan = {0};
	int64_t ids[PUSH_SCAN_MAX];
	int64_t last = 0;
	size_t n = 0;
	enum hss_err err = store_scan_next(store, &scan);

	*left = err == HSS_OK;
	if (err != HSS_OK) {
		return err == HSS_ERR_NOT_FOUND ? HSS_OK : err;
	}
	err = store_scan_portion(store, &scan, PUSH_SCAN_SPAN, ids, PUSH_SCAN_MAX, &n, &last);
	for (size_t i = 0; i < n && err == HSS_OK; i++) {
		err = scan_one(store, &scan, ids[i], now, &sub);
	}
	scan.after = last;
	if (err == HSS_OK) {
		err = store_scan_advance(store, &scan);
	}
	ims_subscription_free(&sub);
	return err;
}
