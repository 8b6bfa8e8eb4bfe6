/*
 * What auc/sqn.h promises, on random walks: cx_mar_decide with the snapshot in memory on one side,
 * a model USIM on the other, and between them up to 40 S-CSCFs that stock vectors, lose them, use
 * them late, resynchronise and send AUTSs again; while the clock jumps, another AuC uses the USIM,
 * the database is restored and the settings change.
 *
 * A walk is a setting and a list of steps, each of which means something in any state. So a walk
 * that fails is made shorter, step by step, as long as it fails, and then printed.
 *
 *   QUINTET_SEED   the seed of the first walk, random if unset; the others count on from there
 *   QUINTET_WALKS  how many, 100,000 if unset
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "auc/sqn.h"
#include "subscription_fixture.h"
#include "usim.h"

enum {
	WALKS = 100000,
	SCSCFS_MAX = 40,
	ARRAY_MAX = 5,
	STOCK_MAX = 15,
	AUTS_KEPT = 8,
	STEPS_MAX = 120,
	WHY_LEN = 200,
	SLOTS = USIM_SLOTS,
	NOBODY_YET = SCSCFS_MAX,
};

#define SEQ_MAX (AUC_SQN_MAX >> USIM_IND_BITS)
#define P (UINT64_C(1) << AUC_SQN_GLC_BITS) /* no step of profile 1 is longer */
#define TODAY INT64_C(1798765432)

enum what {
	ASK,       /* S-CSCF who asks for n vectors */
	USE,       /* S-CSCF who uses n vectors of its stock; react: it heeds an AUTS */
	LOSE,      /* S-CSCF who loses the next n vectors of its stock */
	REPLAY,    /* the S-CSCF assigned sends AUTS who again */
	FORGE,     /* the S-CSCF assigned sends AUTS who with bit n changed */
	OTHER_AUC, /* another AuC has the USIM accept an IND of ours (n odd) or one of its own */
	BACKUP,    /* the database is saved */
	RESTORE,   /* and restored: with a margin (n odd) as it should be, or without */
	CLOCK,     /* by seconds on or back */
	CLOCK_SET, /* the clock says by */
	PROFILE,   /* the other profile */
	RANGE,     /* INDs who to n */
	N_WHATS
};

static const char *const labels[N_WHATS] = {
	"ask",    "use",     "lose",  "AUTS again", "AUTS forged",   "another AuC",
	"backup", "restore", "clock", "clock set",  "other profile", "other range",
};

struct step {
	enum what what;
	bool react;
	unsigned who;
	unsigned n;
	int64_t by;
};

struct walk {
	uint64_t seed;
	unsigned n_scscfs;
	unsigned ind_first;
	unsigned ind_count;
	bool time_based;
	bool near_end; /* SEQ starts a little below its end */
	uint64_t delta;
	uint64_t age_limit;
	uint64_t sqn;
	size_t n_steps;
	struct step step[STEPS_MAX];
};

/* A vector in an S-CSCF's stock, and what is known of its array. */
struct held {
	uint8_t rand[AUC_RAND_LEN];
	uint8_t autn[AUC_AUTN_LEN];
	uint64_t sqn;
	unsigned changes; /* of the asking S-CSCF, until its array was made */
	unsigned epoch;   /* in which it was made */
	bool disturbed;   /* it was made at a time without promises */
};

struct kept_auts {
	uint8_t rand[AUC_RAND_LEN];
	uint8_t auts[AUC_AUTS_LEN];
	uint64_t sqn_ms;
	bool fresh; /* the USIM has accepted nothing since */
};

struct hss_copy {
	bool is_there;
	uint64_t sqn;
	const char *sqn_scscf;
	const char *scscf_name;
	unsigned asker;
};

struct world {
	const struct walk *walk;
	struct fixture f;
	struct usim usim;
	struct held stock[SCSCFS_MAX][STOCK_MAX];
	size_t n_stock[SCSCFS_MAX];
	struct kept_auts auts[AUTS_KEPT];
	unsigned n_auts;
	struct hss_copy backup;
	unsigned asker;   /* who asked last */
	unsigned changes; /* how often another S-CSCF than the one before asked */
	unsigned epoch;   /* goes up when something else decides about our slots */
	unsigned lowered; /* the first epoch after SQN_HE went down */
	bool disturbed;   /* something else did, and no resynchronisation since */
	uint32_t foreign; /* slots that another AuC used since the last resynchronisation */
	bool ind_kept;    /* the range is the one that the last array was made with */
	bool traced;      /* what happens is printed */
	uint64_t issued;  /* the highest SQN issued that must not come again */
	char why[WHY_LEN];
};

/* What the walks came across: so that walks which go nowhere are seen. */
static struct {
	unsigned promised;    /* vectors used that had to be accepted */
	unsigned at_the_edge; /* of them, in the last slot of the range */
	unsigned luck;        /* accepted without a promise */
	unsigned refused;
	unsigned up;
	unsigned stayed;
	unsigned down;
	unsigned replays;
	unsigned forged;
	unsigned by_clock; /* arrays of profile 1 */
	unsigned exhausted;
} seen;

static char names[SCSCFS_MAX][48];
static char hosts[SCSCFS_MAX][48];

static void failed(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first reason stays. */
static void failed(struct world *w, const char *format, ...)
{
	char text[WHY_LEN];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (w->why[0] == '\0') {
		memcpy(w->why, text, sizeof(text));
	}
}

static void trace(const struct world *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void trace(const struct world *w, const char *format, ...)
{
	char text[WHY_LEN];
	va_list ap;

	if (!w->traced) {
		return;
	}
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	print_error("%s\n", text);
}

static uint64_t seq_of(uint64_t sqn)
{
	return sqn >> USIM_IND_BITS;
}

/* The promise of auc/sqn.h, from what an S-CSCF and the operator can know; not from the array. */
static bool is_promised(const struct world *w, const struct held *v)
{
	const uint64_t seq_ms = seq_of(usim_sqn_ms(&w->usim));
	const uint64_t seq = seq_of(v->sqn);

	return v->epoch == w->epoch && !v->disturbed &&
	       w->changes - v->changes < w->f.policy.ind_count &&
	       (seq <= seq_ms || seq - seq_ms <= w->walk->delta) &&
	       (w->walk->age_limit == 0 || seq > seq_ms || seq_ms - seq < w->walk->age_limit);
}

static void stock_drop(struct world *w, unsigned who, size_t n)
{
	const size_t left = w->n_stock[who] > n ? w->n_stock[who] - n : 0;

	memmove(w->stock[who], w->stock[who] + (w->n_stock[who] - left),
	        left * sizeof(w->stock[who][0]));
	w->n_stock[who] = left;
}

static void stock_add(struct world *w, unsigned who, const struct auc_vector *vector, uint64_t sqn)
{
	struct held *v = NULL;

	if (w->n_stock[who] == STOCK_MAX) {
		stock_drop(w, who, 1);
	}
	v = &w->stock[who][w->n_stock[who]++];
	memcpy(v->rand, vector->rand, AUC_RAND_LEN);
	memcpy(v->autn, vector->autn, AUC_AUTN_LEN);
	v->sqn = sqn;
	v->changes = w->changes;
	v->epoch = w->epoch;
	v->disturbed = w->disturbed;
}

/* C.1.2, C.3.4: one IND an array, of the range, kept or changed with the S-CSCF. */
static void check_ind(struct world *w, unsigned who, uint64_t before, uint64_t sqn)
{
	const struct cx_policy *policy = &w->f.policy;
	const unsigned last = (unsigned)before % SLOTS;
	const unsigned ind = (unsigned)sqn % SLOTS;

	if (ind < policy->ind_first || ind - policy->ind_first >= policy->ind_count) {
		failed(w, "IND %u is outside the range", ind);
	} else if (w->ind_kept && who == w->asker && ind != last) {
		failed(w, "the same S-CSCF changes from IND %u to %u", last, ind);
	} else if (w->ind_kept && who != w->asker && ind == last && policy->ind_count > 1) {
		failed(w, "another S-CSCF gets the same IND %u", ind);
	}
}

/*
 * 6.3.5: SQN goes down only if the USIM that made this AUTS would refuse what comes next. What has
 * moved is not bound by promises from before.
 */
static void check_resync(struct world *w, const struct kept_auts *auts, uint64_t before,
                         uint64_t first)
{
	const uint64_t longest = w->f.policy.sqn_time_based ? P - AUC_SQN_D : 1;
	const bool down = first <= before;

	if (down && seq_of(before) + longest <= seq_of(auts->sqn_ms) + w->walk->delta) {
		failed(w, "an AUTS with SQN_MS %llx lowers SQN_HE from %llx",
		       (unsigned long long)auts->sqn_ms, (unsigned long long)before);
	}
	if (down) {
		seen.down++;
		w->issued = auts->sqn_ms;
	} else if (auts->sqn_ms > before) {
		seen.up++;
	} else {
		seen.stayed++;
	}
	if (down || auts->sqn_ms > before) {
		w->epoch++;
	}
	if (down) {
		w->lowered = w->epoch;
	}
	w->disturbed = !auts->fresh && (w->disturbed || down);
	w->foreign = auts->fresh ? 0 : w->foreign;
}

static void answer_take(struct world *w, unsigned who, unsigned n, const struct kept_auts *auts,
                        uint64_t before)
{
	const struct cx_answer *ans = &w->f.ans;
	uint64_t sqn[ARRAY_MAX] = {0};

	if (ans->n_vectors != n) {
		failed(w, "%zu vectors instead of %u", ans->n_vectors, n);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		sqn[i] = usim_sqn_of(&w->usim, ans->vector[i].rand, ans->vector[i].autn);
		trace(w, "    S-CSCF %u gets SEQ %llu, IND %u", who,
		      (unsigned long long)seq_of(sqn[i]), (unsigned)sqn[i] % SLOTS);
	}
	if (auts != NULL) {
		check_resync(w, auts, before, sqn[0]);
	}
	check_ind(w, who, before, sqn[0]);
	w->changes += who != w->asker;
	w->asker = who;
	w->ind_kept = true;
	seen.by_clock += w->f.policy.sqn_time_based;
	for (unsigned i = 0; i < n; i++) {
		if (seq_of(sqn[i]) <= seq_of(w->issued)) {
			failed(w, "SQN %llx after %llx", (unsigned long long)sqn[i],
			       (unsigned long long)w->issued);
		}
		if (sqn[i] % SLOTS != sqn[0] % SLOTS) {
			failed(w, "IND changes within an array");
		}
		w->issued = sqn[i];
		stock_add(w, who, &ans->vector[i], sqn[i]);
	}
	if (w->f.sub.impi[0].sqn != w->issued) {
		failed(w, "the SQN to store is not the last one issued");
	}
}

/* One MAR; true when vectors came. refusal_is_due: none may come. */
static bool mar(struct world *w, unsigned who, unsigned n, const struct kept_auts *auts,
                bool refusal_is_due)
{
	struct fixture *f = &w->f;
	const struct ims_impi before = f->sub.impi[0];

	f->req.origin_host = hosts[who];
	f->req.mar = (struct cx_mar){.server_name = names[who],
	                             .scheme = CX_SCHEME_AKA_V1,
	                             .scheme_name = CX_SCHEME_NAME_DIGEST_AKAV1_MD5,
	                             .n_vectors = n,
	                             .resync = auts != NULL};
	if (auts != NULL) {
		memcpy(f->req.mar.rand, auts->rand, AUC_RAND_LEN);
		memcpy(f->req.mar.auts, auts->auts, AUC_AUTS_LEN);
	}
	(void)fixture_decide(f);
	if (f->ans.verdict.result == CX_SUCCESS) {
		if (refusal_is_due) {
			failed(w, "S-CSCF %u gets vectors for an AUTS that is not good", who);
		}
		answer_take(w, who, n, auts, before.sqn);
		return true;
	}
	trace(w, "    S-CSCF %u: %s", who, f->ans.verdict.message);
	if (f->sub.impi[0].sqn != before.sqn || f->sub.impi[0].sqn_scscf != before.sqn_scscf) {
		failed(w, "a refusal changes what is stored");
	}
	if (strstr(f->ans.verdict.message, "exhausted") != NULL && w->walk->near_end) {
		seen.exhausted++;
	} else if (!refusal_is_due) {
		failed(w, "refused: %s", f->ans.verdict.message);
	}
	return false;
}

/* The USIM has accepted an SQN. Not one of ours: what it was promised is void. */
static void usim_moved(struct world *w, bool by_another)
{
	for (unsigned i = 0; i < AUTS_KEPT; i++) {
		w->auts[i].fresh = false;
	}
	if (by_another) {
		w->epoch++;
		w->disturbed = true;
	}
}

/* A vector of the S-CSCF's stock goes to the USIM. It must be accepted if it is promised, or owed.
 */
static bool challenge(struct world *w, unsigned who, bool owed, struct kept_auts *auts)
{
	const struct held v = w->stock[who][0];
	const bool promised = is_promised(w, &v);
	const uint64_t sqn_ms = usim_sqn_ms(&w->usim);
	const enum usim_verdict verdict = usim_challenge(&w->usim, v.rand, v.autn, auts->auts);

	trace(w, "    S-CSCF %u uses SEQ %llu, IND %u, %s, SEQ_MS %llu: %s", who,
	      (unsigned long long)seq_of(v.sqn), (unsigned)v.sqn % SLOTS,
	      promised ? "promised" : "not promised", (unsigned long long)seq_of(sqn_ms),
	      verdict == USIM_ACCEPTED ? "accepted" : "refused");
	stock_drop(w, who, 1);
	if (verdict == USIM_ACCEPTED) {
		usim_moved(w, v.epoch < w->lowered);
		seen.promised += promised;
		seen.at_the_edge += promised && w->f.policy.ind_count > 1 &&
		                    w->changes - v.changes == w->f.policy.ind_count - 1;
		seen.luck += !promised;
		return true;
	}
	if (verdict == USIM_MAC_FAILURE) {
		failed(w, "MAC-A is wrong");
	} else if (promised || owed) {
		failed(w, "S-CSCF %u: SQN %llx (SEQ %llu, IND %u), which was %s, is refused", who,
		       (unsigned long long)v.sqn, (unsigned long long)seq_of(v.sqn),
		       (unsigned)v.sqn % SLOTS, owed ? "made for an AUTS" : "promised");
	}
	seen.refused++;
	memcpy(auts->rand, v.rand, AUC_RAND_LEN);
	auts->sqn_ms = sqn_ms;
	auts->fresh = true;
	w->auts[w->n_auts++ % AUTS_KEPT] = *auts;
	return false;
}

/* R37: all older vectors go, new ones come, and the first of them works. */
static void resynchronise(struct world *w, unsigned who, unsigned n, const struct kept_auts *auts)
{
	struct kept_auts again = *auts;

	w->n_stock[who] = 0;
	if (who != w->asker) {
		/* It does not hold the user: refused. A MAR of its own first takes him over. */
		(void)mar(w, who, n, auts, true);
		if (!mar(w, who, n, NULL, false) || challenge(w, who, false, &again)) {
			return;
		}
		w->n_stock[who] = 0;
	}
	if (mar(w, who, n, &again, false)) {
		(void)challenge(w, who, true, &again);
	}
}

/* The S-CSCF who of those that have vectors; NOBODY_YET: none has. */
static unsigned with_stock(const struct world *w, unsigned who)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->walk->n_scscfs; i++) {
		n += w->n_stock[i] > 0;
	}
	for (unsigned i = 0, left = n > 0 ? who % n : 0; i < w->walk->n_scscfs; i++) {
		if (w->n_stock[i] > 0 && left-- == 0) {
			return i;
		}
	}
	return NOBODY_YET;
}

static void step_ask(struct world *w, const struct step *step)
{
	(void)mar(w, step->who % w->walk->n_scscfs, step->n % ARRAY_MAX + 1, NULL, false);
}

static void step_use(struct world *w, const struct step *step)
{
	const unsigned who = with_stock(w, step->who);
	struct kept_auts auts = {0};

	for (unsigned i = 0; who != NOBODY_YET && i <= step->n % 3 && w->n_stock[who] > 0; i++) {
		if (!challenge(w, who, false, &auts)) {
			if (step->react) {
				resynchronise(w, who, step->n % ARRAY_MAX + 1, &auts);
			}
			return;
		}
	}
}

static void step_lose(struct world *w, const struct step *step)
{
	const unsigned who = with_stock(w, step->who);

	if (who != NOBODY_YET) {
		stock_drop(w, who, step->n % STOCK_MAX + 1);
	}
}

static void step_replay(struct world *w, const struct step *step)
{
	const unsigned n = w->n_auts < AUTS_KEPT ? w->n_auts : AUTS_KEPT;

	if (n > 0 && w->asker != NOBODY_YET) {
		const struct kept_auts auts = w->auts[step->who % n];

		seen.replays++;
		w->n_stock[w->asker] = 0;
		(void)mar(w, w->asker, 1, &auts, false);
	}
}

static void step_forge(struct world *w, const struct step *step)
{
	struct kept_auts auts = w->auts[step->who % AUTS_KEPT]; /* zeroes, if none was kept */
	const unsigned bit = step->n % (8 * (AUC_RAND_LEN + AUC_AUTS_LEN));
	uint8_t *octet =
		bit < 8 * AUC_RAND_LEN ? &auts.rand[bit / 8] : &auts.auts[bit / 8 - AUC_RAND_LEN];

	if (w->asker != NOBODY_YET) {
		seen.forged++;
		*octet ^= (uint8_t)(1U << bit % 8);
		(void)mar(w, w->asker, 1, &auts, true);
	}
}

static void step_other_auc(struct world *w, const struct step *step)
{
	const struct cx_policy *policy = &w->f.policy;
	const bool ours = step->n % 2 != 0 || policy->ind_count == SLOTS;
	const unsigned ind = ours ? policy->ind_first + step->who % policy->ind_count
	                          : (policy->ind_first + policy->ind_count +
	                             step->who % (SLOTS - policy->ind_count)) %
	                                     SLOTS;
	const uint64_t ahead = (uint64_t)step->by % w->walk->delta + 1;
	const uint64_t seq = seq_of(usim_sqn_ms(&w->usim)) + ahead;

	if (seq > SEQ_MAX - P || !usim_take(&w->usim, seq << USIM_IND_BITS | ind)) {
		return;
	}
	w->foreign |= UINT32_C(1) << ind;
	usim_moved(w, ours);
}

static void step_backup(struct world *w, const struct step *step)
{
	const struct ims_subscription *sub = &w->f.sub;

	(void)step;
	w->backup = (struct hss_copy){.is_there = true,
	                              .sqn = sub->impi[0].sqn,
	                              .sqn_scscf = sub->impi[0].sqn_scscf,
	                              .scscf_name = sub->scscf_name,
	                              .asker = w->asker};
}

/*
 * With a margin above all that was issued since the backup, nothing comes again. Without, the SQNs
 * since then do; the USIM then asks for a resynchronisation.
 */
static void step_restore(struct world *w, const struct step *step)
{
	const bool margin = step->n % 2 != 0;
	struct ims_subscription *sub = &w->f.sub;
	uint64_t seq = seq_of(w->backup.sqn);

	if (!w->backup.is_there || (margin && seq_of(w->issued) >= SEQ_MAX - 1000)) {
		return;
	}
	if (margin && seq < seq_of(w->issued) + 1) {
		seq = seq_of(w->issued) + 1 + step->who % 1000;
	}
	sub->impi[0].sqn = seq << USIM_IND_BITS | w->backup.sqn % SLOTS;
	sub->impi[0].sqn_scscf = w->backup.sqn_scscf;
	sub->scscf_name = w->backup.scscf_name;
	w->asker = w->backup.asker;
	w->ind_kept = false;
	w->epoch++;
	if (!margin) {
		w->lowered = w->epoch;
		w->disturbed = true;
		w->issued = sub->impi[0].sqn;
	}
}

static void step_clock(struct world *w, const struct step *step)
{
	w->f.env.now += step->by;
}

static void step_clock_set(struct world *w, const struct step *step)
{
	w->f.env.now = step->by;
}

static void step_profile(struct world *w, const struct step *step)
{
	(void)step;
	if (w->walk->delta >= P) {
		w->f.policy.sqn_time_based = !w->f.policy.sqn_time_based;
	}
}

static void step_range(struct world *w, const struct step *step)
{
	const unsigned count = step->n - step->who + 1;

	w->f.policy.ind_first = step->who;
	w->f.policy.ind_count = count;
	w->ind_kept = false;
	w->epoch++;
	w->disturbed |= (w->foreign >> step->who & (uint32_t)((UINT64_C(1) << count) - 1)) != 0;
}

static void (*const actions[N_WHATS])(struct world *w, const struct step *step) = {
	step_ask,    step_use,     step_lose,  step_replay,    step_forge,   step_other_auc,
	step_backup, step_restore, step_clock, step_clock_set, step_profile, step_range,
};

/* Returns whether the walk came to its end; why holds the reason otherwise. */
static bool walk_run(const struct walk *walk, bool traced, char why[static WHY_LEN])
{
	static struct world w;

	memset(&w, 0, sizeof(w));
	w.walk = walk;
	w.traced = traced;
	w.asker = NOBODY_YET;
	w.issued = walk->sqn;
	fixture_open(&w.f, "");
	w.f.policy.ind_first = walk->ind_first;
	w.f.policy.ind_count = walk->ind_count;
	w.f.policy.sqn_time_based = walk->time_based;
	w.f.policy.sqn_delta = walk->delta;
	w.f.env.now = TODAY;
	w.f.sub.impi[0].sqn = walk->sqn;
	w.usim = (struct usim){.auc = w.f.env.auc,
	                       .key = &w.f.key[0],
	                       .delta = walk->delta,
	                       .age_limit = walk->age_limit};
	/* The SQN before the first is one that the USIM has seen, in a slot that it shares. */
	w.usim.seq[walk->sqn % SLOTS] = seq_of(walk->sqn);
	fixture_ask(&w.f, CX_CMD_MAR, IMPI_1, (const char *[]){ALICE, NULL});
	for (size_t i = 0; i < walk->n_steps && w.why[0] == '\0'; i++) {
		trace(&w, "%3zu. %s", i + 1, labels[walk->step[i].what]);
		actions[walk->step[i].what](&w, &walk->step[i]);
	}
	memcpy(why, w.why, WHY_LEN);
	fixture_close(&w.f);
	return why[0] == '\0';
}

/* splitmix64 */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned below(uint64_t *state, unsigned n)
{
	return (unsigned)(random_next(state) % n);
}

/* A distance of any order of magnitude. */
static int64_t distance(uint64_t *state)
{
	return (int64_t)(random_next(state) >> 28 >> below(state, 36));
}

static void range_make(uint64_t *state, unsigned *first, unsigned *count)
{
	static const unsigned usual[][2] = {{0, 32}, {28, 4}, {0, 2}, {31, 1}, {10, 3}};
	const unsigned i = below(state, 8);

	if (i < sizeof(usual) / sizeof(usual[0])) {
		*first = usual[i][0];
		*count = usual[i][1];
	} else {
		*first = below(state, SLOTS);
		*count = 1 + below(state, SLOTS - *first);
	}
}

static void step_make(uint64_t *state, unsigned allowed, struct step *step)
{
	static const enum what often[] = {ASK,     ASK,   ASK,    ASK,       ASK,       USE,
	                                  USE,     USE,   USE,    USE,       USE,       USE,
	                                  LOSE,    LOSE,  REPLAY, FORGE,     OTHER_AUC, BACKUP,
	                                  RESTORE, CLOCK, CLOCK,  CLOCK_SET, PROFILE,   RANGE};
	static const int64_t times[] = {TODAY,        0, -86400, INT64_C(4102444800), TODAY + 86400,
	                                TODAY - 86400};
	unsigned count = 0;

	step->what = often[below(state, sizeof(often) / sizeof(often[0]))];
	if (step->what > LOSE && (allowed >> step->what & 1) == 0) {
		step->what = below(state, 2) == 0 ? ASK : USE;
	}
	step->react = below(state, 8) != 0;
	step->who = below(state, 1000);
	step->n = below(state, 1000);
	step->by = distance(state);
	switch (step->what) {
	case CLOCK:
		step->by = below(state, 3) == 0 ? -step->by / 4096 : step->by / 4096;
		break;
	case CLOCK_SET:
		step->by = times[below(state, sizeof(times) / sizeof(times[0]))];
		break;
	case RANGE:
		range_make(state, &step->who, &count);
		step->n = step->who + count - 1;
		break;
	default: /* the others take any number */
		break;
	}
}

static void walk_make(uint64_t seed, struct walk *walk)
{
	uint64_t state = seed;
	const unsigned allowed = (unsigned)(random_next(&state) & random_next(&state));
	const unsigned kind = below(&state, 64);

	*walk = (struct walk){.seed = seed, .delta = AUC_SQN_DELTA};
	walk->n_scscfs =
		below(&state, 2) == 0 ? 1 + below(&state, 4) : 1 + below(&state, SCSCFS_MAX);
	range_make(&state, &walk->ind_first, &walk->ind_count);
	walk->time_based = below(&state, 2) == 0;
	walk->near_end = kind == 0;
	if (kind % 8 == 1) { /* a small Delta: resynchronisations that go down */
		walk->delta = 16 + below(&state, 200);
		walk->time_based = false;
	}
	if (kind % 8 == 2) {
		walk->age_limit = 8 + below(&state, 200);
	}
	if (walk->near_end) {
		walk->sqn = AUC_SQN_MAX - (uint64_t)distance(&state) % (P << USIM_IND_BITS);
	} else if (kind % 2 == 0) {
		walk->sqn = (uint64_t)distance(&state) << USIM_IND_BITS | below(&state, SLOTS);
	}
	walk->n_steps = 8 + below(&state, below(&state, 4) == 0 ? STEPS_MAX - 8 : 40);
	for (size_t i = 0; i < walk->n_steps; i++) {
		step_make(&state, allowed, &walk->step[i]);
	}
}

/* Leave out what the failure does not need: ever smaller pieces, until no single step can go. */
static void walk_shrink(struct walk *walk, char why[static WHY_LEN])
{
	size_t piece = walk->n_steps;

	while (piece > 0) {
		bool shrunk = false;

		for (size_t at = 0; at + piece <= walk->n_steps;) {
			static struct walk shorter;
			char other_why[WHY_LEN];

			shorter = *walk;
			shorter.n_steps -= piece;
			memmove(shorter.step + at, shorter.step + at + piece,
			        (shorter.n_steps - at) * sizeof(shorter.step[0]));
			if (walk_run(&shorter, false, other_why)) {
				at++;
			} else {
				*walk = shorter;
				memcpy(why, other_why, WHY_LEN);
				shrunk = true;
			}
		}
		piece = shrunk && piece == 1 ? 1 : piece / 2;
	}
}

/* What remains of a walk that fails, as the events that it consists of. */
static void walk_print(const struct walk *walk, char why[static WHY_LEN])
{
	print_error("%u S-CSCFs, INDs %u-%u, profile %d, delta %llu, L %llu, SEQ %llu, IND %u\n",
	            walk->n_scscfs, walk->ind_first, walk->ind_first + walk->ind_count - 1,
	            walk->time_based ? 1 : 2, (unsigned long long)walk->delta,
	            (unsigned long long)walk->age_limit, (unsigned long long)seq_of(walk->sqn),
	            (unsigned)walk->sqn % SLOTS);
	(void)walk_run(walk, true, why);
}

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

/* Enough walks go everywhere. */
static void seen_check(uint64_t n_walks)
{
	print_message("vectors used: %u promised (%u of the last slot), %u by luck, %u refused; "
	              "resynchronisations: %u up, %u stayed, %u down; AUTS: %u again, %u forged; "
	              "arrays by the clock: %u; exhausted: %u\n",
	              seen.promised, seen.at_the_edge, seen.luck, seen.refused, seen.up,
	              seen.stayed, seen.down, seen.replays, seen.forged, seen.by_clock,
	              seen.exhausted);
	if (n_walks < 5000) {
		return;
	}
	assert_true(seen.promised / 4 > n_walks);
	assert_true(seen.at_the_edge > n_walks / 4);
	assert_true(seen.by_clock > n_walks);
	assert_true(seen.refused > n_walks / 10);
	assert_true(seen.luck > 0 && seen.up > 0 && seen.stayed > 0 && seen.down > 0);
	assert_true(seen.replays > 0 && seen.forged > 0 && seen.exhausted > 0);
}

static void each_vector_promised_is_accepted(void **state)
{
	static struct walk walk;
	const uint64_t n_walks = number_of("QUINTET_WALKS", WALKS);
	uint64_t seed = 0;
	char why[WHY_LEN];

	(void)state;
	assert_int_equal(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	seed = number_of("QUINTET_SEED", seed);
	print_message("QUINTET_SEED=%llu QUINTET_WALKS=%llu\n", (unsigned long long)seed,
	              (unsigned long long)n_walks);
	for (uint64_t i = 0; i < n_walks; i++) {
		walk_make(seed + i, &walk);
		if (!walk_run(&walk, false, why)) {
			print_error("walk %llu: %s; shortened:\n", (unsigned long long)walk.seed,
			            why);
			walk_shrink(&walk, why);
			walk_print(&walk, why);
			fail_msg("QUINTET_SEED=%llu QUINTET_WALKS=1: %s",
			         (unsigned long long)walk.seed, why);
		}
	}
	seen_check(n_walks);
}

static int setup(void **state)
{
	for (unsigned i = 0; i < SCSCFS_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "sip:scscf%u.home.example:5060", i);
		(void)snprintf(hosts[i], sizeof(hosts[i]), "scscf%u.home.example", i);
	}
	return fixture_group_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_vector_promised_is_accepted),
	};

	return cmocka_run_group_tests(tests, setup, fixture_group_teardown);
}
