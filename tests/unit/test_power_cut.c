/*
 * Power cuts at every write and sync of a scripted run of the worker: what was answered is there,
 * and no SQN that was answered comes again. The faults of faults.h must be caught by the same
 * check.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "crash_kit.h"
#include "faults.h"
#include "hss/clock.h"
#include "hss/store_sqlite.h"
#include "power_vfs.h"

enum {
	USERS = 10,  /* there from the start */
	MORE = 6,    /* added, and some removed, on the way */
	SPREAD = 23, /* one of so many subscribers is a user: they are on several pages */
	JOBS_MAX = 16,
	BATCHES = CUTS_PER_POINT > 1 ? 100 : 50,
	BATCHES_FAULTY = 20, /* of a run with a fault built in */
	LOG_LONG = 16000,    /* frames: the store copies the log then, whatever goes on */
	LOG_IDLE = 1000,
	RESYNC_AHEAD = 1000,
	TEXT_LEN = 512,
};

static const uint64_t default_seed = UINT64_C(20250101);

/* What was answered about a subscriber, and what the jobs under way ask for. */
struct user {
	bool exists;
	bool wanted_exists;
	bool moves; /* a job under way takes SQNs */
	enum ims_state state;
	enum ims_state wanted_state;
	uint64_t sqn; /* the highest answered */
	uint8_t rand[AUC_RAND_LEN];
};

struct world {
	struct user user[USERS + MORE];
};

enum plan_kind { PLAN_MAR, PLAN_RESYNC, PLAN_SAR, PLAN_ADD, PLAN_DELETE };

struct plan {
	enum plan_kind kind;
	unsigned user;
	unsigned n_vectors;
};

/* One run. The worker's thread has everything but `finished` and what lock guards. */
static struct {
	struct kit kit;
	struct worker *worker;
	struct power_disk *disk;
	char second[TEMP_PATH_MAX]; /* where the survivors of a cut are put */
	char third[TEMP_PATH_MAX];  /* and those of a cut while they recover */
	uint64_t seed;
	uint64_t script;
	struct world world;
	struct plan plan[JOBS_MAX];
	json_t *request[JOBS_MAX];
	size_t n_plan;
	size_t n_done;
	unsigned batch;
	unsigned batches;
	bool idle_due;
	bool long_due;
	unsigned variants; /* cuts at each point */
	unsigned every;    /* at each so many-th point */

	unsigned idle_checkpoints;
	unsigned long_checkpoints;
	unsigned cuts;
	unsigned second_cuts;
	unsigned with_batch;      /* cuts that the batch under way survived */
	unsigned lost;            /* violations of what was answered */
	unsigned broken;          /* any other */
	char violation[TEXT_LEN]; /* the first */

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool finished;
} run = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* A user's number in the kit. */
static unsigned kit_of(unsigned user)
{
	return user * SPREAD;
}

__attribute__((format(printf, 2, 3))) static void violation(unsigned *kind, const char *format, ...)
{
	va_list args;

	++*kind;
	if (run.lost + run.broken == 1) {
		va_start(args, format);
		(void)vsnprintf(run.violation, sizeof(run.violation), format, args);
		va_end(args);
	}
}

/* The check of what survived. */

static void check_invariants(struct store *store)
{
	const char *name = kit_broken_invariant(store_sqlite_of(store)->handle);

	if (name != NULL) {
		violation(&run.broken, "%s", name);
	}
}

/* How much of the batch under way is there: it must be all or nothing. */
struct tally {
	unsigned wanted;
	unsigned found;
};

static void tally_add(struct tally *tally, bool wanted, bool found)
{
	tally->wanted += wanted;
	tally->found += wanted && found;
}

static void check_user(struct store *store, const struct world *world, unsigned i,
                       struct ims_subscription *sub, struct tally *tally)
{
	const struct user *user = &world->user[i];
	const char *impu[] = {run.kit.user[kit_of(i)].impu[0]};
	enum ims_state state = IMS_NOT_REGISTERED;
	bool exists = false;

	if (store_subscription_load(store, run.kit.user[kit_of(i)].impi, impu, 1, STORE_VIEW_FULL,
	                            sub) != HSS_OK) {
		violation(&run.broken, "user %u: %s", i, store_error(store));
		return;
	}
	exists = sub->id != 0;
	tally_add(tally, user->exists != user->wanted_exists, exists != user->exists);
	if (exists != user->exists && exists != user->wanted_exists) {
		violation(&run.lost, "user %u: an acknowledged act of provisioning is undone", i);
	}
	if (!exists || !user->exists) {
		return;
	}
	if (sub->n_impi != 1 || sub->n_impu != run.kit.user[kit_of(i)].n_sets) {
		violation(&run.broken, "user %u: half a subscriber", i);
		return;
	}
	state = ims_irs_state(sub, 1);
	if (state != user->state && state != user->wanted_state) {
		violation(&run.lost, "user %u: an acknowledged registration is lost", i);
	}
	if (sub->impi[0].sqn < user->sqn) {
		violation(&run.lost, "user %u: the SQN stored is below one that was answered", i);
	}
	if (user->wanted_exists) {
		tally_add(tally, user->state != user->wanted_state, state != user->state);
		tally_add(tally, user->moves, sub->impi[0].sqn > user->sqn);
	}
}

static void check_state(struct store *store, const struct world *world, bool atomic)
{
	struct ims_subscription sub = {0};
	struct tally tally = {0};

	for (unsigned i = 0; i < USERS + MORE; i++) {
		check_user(store, world, i, &sub, &tally);
	}
	ims_subscription_free(&sub);
	if (atomic && tally.found != 0 && tally.found != tally.wanted) {
		violation(&run.lost, "%u of %u changes of the batch under way are there",
		          tally.found, tally.wanted);
	}
	run.with_batch += tally.found != 0;
}

/* Go on issuing vectors for everybody; they are as good as sent once this has returned true. */
static bool go_on(struct store *store, struct world *world)
{
	const struct cx_env env = kit_env(&run.kit);
	struct ims_subscription sub = {0};
	uint64_t sqn[USERS + MORE] = {0};
	enum hss_err err = store_begin(store);

	for (unsigned i = 0; i < USERS + MORE && err == HSS_OK; i++) {
		const char *impu[1];
		struct cx_request request;
		struct cx_answer answer = {0};

		kit_mar_request(&run.kit, &request, impu, kit_of(i), 1);
		err = cx_serve(store, &request, &env, &sub, &answer);
		if (err == HSS_OK && answer.n_vectors == 1) {
			sqn[i] = kit_sqn(&run.kit, kit_of(i), &answer.vector[0]);
			if (world->user[i].exists && sqn[i] <= world->user[i].sqn) {
				violation(&run.lost,
				          "user %u: SQN %llu was answered before and comes again",
				          i, (unsigned long long)sqn[i]);
			}
		}
		cx_answer_wipe(&answer);
	}
	ims_subscription_free(&sub);
	if (err == HSS_OK) {
		err = store_commit(store);
	}
	if (err != HSS_OK) {
		violation(&run.broken, "going on: %s", store_error(store));
		return false;
	}
	for (unsigned i = 0; i < USERS + MORE; i++) {
		struct user *user = &world->user[i];

		user->sqn = sqn[i] > user->sqn ? sqn[i] : user->sqn;
		user->moves = false;
	}
	return true;
}

/* A cut while the survivors of the first one recover and go on. */
struct again {
	struct world world; /* what was answered until now */
	unsigned at;
	uint64_t seed;
	bool done;
};

static void check_third(const struct again *again)
{
	struct world world = again->world;
	struct store *store = NULL;
	char path[TEMP_PATH_MAX + 8];

	(void)snprintf(path, sizeof(path), "%s/hss.db", run.third);
	if (store_open(path, STORE_WRITE, &store) != HSS_OK) {
		violation(&run.broken, "after a second cut: %s", store_error(store));
	} else {
		check_invariants(store);
		check_state(store, &world, false);
		(void)go_on(store, &world);
	}
	store_close(store);
}

static void at_point_again(struct power_disk *disk, void *opaque)
{
	struct again *again = opaque;

	if (power_disk_points(disk) == again->at) {
		again->done = true;
		if (!power_cut(disk, POWER_SOME, again->seed, run.third)) {
			violation(&run.broken, "the files of a second cut cannot be made");
			return;
		}
		run.second_cuts++;
		check_third(again);
	}
}

static void check_second(uint64_t seed)
{
	enum { AGAIN_WITHIN = 24 };
	struct again again = {.world = run.world};
	struct power_disk *disk = NULL;
	struct store *store = NULL;
	char path[TEMP_PATH_MAX + 8];

	again.at = 1 + (unsigned)(power_random(&seed) % AGAIN_WITHIN);
	again.seed = power_random(&seed);
	(void)snprintf(path, sizeof(path), "%s/hss.db", run.second);
	disk = power_disk_open(run.second, at_point_again, &again);
	if (store_open(path, STORE_WRITE, &store) != HSS_OK) {
		violation(&run.broken, "after the cut: %s", store_error(store));
	} else {
		check_invariants(store);
		check_state(store, &again.world, true);
		(void)go_on(store, &again.world);
	}
	store_close(store);
	power_disk_close(disk);
}

/*
 * The worker's clock stands while cuts are checked: administration rests for several times as long
 * as a batch took, and without this the script would sleep for most of its time.
 */
static _Atomic int64_t stood_ns;

static int64_t clock_time(const struct timespec *ts)
{
	return (int64_t)ts->tv_sec * CLOCK_NS_PER_S + ts->tv_nsec;
}

int __real_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
int __real_pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *lock, clockid_t id,
                                  const struct timespec *until);
int __wrap_pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *lock, clockid_t id,
                                  const struct timespec *until);

int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	const int rc = __real_clock_gettime(id, now);

	if (rc == 0 && id == CLOCK_MONOTONIC) {
		*now = clock_timespec(clock_time(now) - stood_ns);
	}
	return rc;
}

int __wrap_pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *lock, clockid_t id,
                                  const struct timespec *until)
{
	const struct timespec real = clock_timespec(clock_time(until) + stood_ns);

	return __real_pthread_cond_clockwait(cond, lock, id, &real);
}

static void cuts_check(struct power_disk *disk)
{
	for (unsigned i = 0; i < run.variants; i++) {
		uint64_t seed = run.seed ^ ((uint64_t)power_disk_points(disk) << 8 | i);
		const unsigned turn = power_disk_points(disk) + i;
		enum power_share share = POWER_SOME;

		if (turn % 8 == 0) {
			share = POWER_NOTHING;
		} else if (turn % 8 == 4) {
			share = POWER_ALL;
		}
		run.cuts++;
		if (!power_cut(disk, share, power_random(&seed), run.second)) {
			violation(&run.broken, "the files of a cut cannot be made");
			return;
		}
		check_second(seed);
	}
}

static void at_point(struct power_disk *disk, void *opaque)
{
	const int64_t began = clock_ns();

	(void)opaque;
	if (power_disk_points(disk) % run.every == 0) {
		cuts_check(disk);
	}
	stood_ns += clock_ns() - began;
}

/* The script, on the worker's thread: the last answer of a batch submits the next one. */

static void batch_submit(void);

/* A SAR needs a subscriber that was challenged, a resynchronisation a vector to refuse. */
static void plan_add(enum plan_kind kind, unsigned user, unsigned n_vectors)
{
	if ((kind != PLAN_SAR && kind != PLAN_RESYNC) || run.world.user[user].sqn != 0) {
		run.plan[run.n_plan++] = (struct plan){kind, user, n_vectors};
	}
}

static unsigned draw(unsigned n)
{
	return (unsigned)(power_random(&run.script) % n);
}

/* Several vectors for few subscribers, and now and then something else. */
static size_t batch_plan(void)
{
	const unsigned more = USERS + run.batch / 5 % MORE;
	/* The first batch comes from another thread: it is one job, which is there or not. */
	const unsigned n = run.batch == 0 ? 1 : 1 + draw(8);

	run.n_plan = 0;
	/* Alone: the worker may take administration later than the requests that came with it. */
	if (run.batch % 5 == 3) {
		plan_add(run.world.user[more].exists ? PLAN_DELETE : PLAN_ADD, more, 0);
		return run.n_plan;
	}
	for (unsigned i = 0; i < n; i++) {
		plan_add(PLAN_MAR, draw(USERS), draw(3) == 0 ? 5 : 1);
	}
	if (run.batch % 3 == 1) {
		plan_add(PLAN_SAR, draw(USERS), 0);
	}
	if (run.batch % 4 == 2) {
		const unsigned user = draw(USERS);

		plan_add(PLAN_MAR, user, 1); /* its S-CSCF is assigned then */
		plan_add(PLAN_RESYNC, user, 1);
	}
	return run.n_plan;
}

static enum ims_state state_after_sar(const struct user *user)
{
	return user->state == IMS_REGISTERED ? IMS_NOT_REGISTERED : IMS_REGISTERED;
}

static void answer_take(const struct plan *plan, const struct worker_job *job)
{
	struct user *user = &run.world.user[plan->user];
	const struct cx_answer *answer = &job->answer;

	if (job->admin_request != NULL) {
		if (!json_is_true(json_object_get(job->admin_reply, "ok"))) {
			violation(&run.broken, "script: an act of provisioning was refused: %s",
			          json_string_value(json_object_get(job->admin_reply, "error")));
		}
		user->exists = user->wanted_exists;
		return;
	}
	if (!cx_result_is_success(answer->verdict.result)) {
		violation(&run.broken, "script: %s: %s", cx_result_name(answer->verdict.result),
		          answer->verdict.message);
	}
	user->state = user->wanted_state;
	for (size_t i = 0; i < answer->n_vectors; i++) {
		const uint64_t sqn = kit_sqn(&run.kit, kit_of(plan->user), &answer->vector[i]);

		if (sqn <= user->sqn) {
			violation(&run.broken, "script: SQN %llu came twice",
			          (unsigned long long)sqn);
		}
		user->sqn = sqn;
		memcpy(user->rand, answer->vector[i].rand, sizeof(user->rand));
	}
}

static void script_end(void)
{
	(void)pthread_mutex_lock(&run.lock);
	run.finished = true;
	(void)pthread_cond_signal(&run.changed);
	(void)pthread_mutex_unlock(&run.lock);
}

static void batch_next(void)
{
	if (++run.batch == run.batches) {
		script_end();
	} else {
		batch_submit();
	}
}

static void on_done(struct worker_job *job)
{
	const size_t i = (size_t)((const struct plan *)job->opaque - run.plan);

	answer_take(&run.plan[i], job);
	json_decref(job->admin_reply);
	json_decref(run.request[i]);
	run.request[i] = NULL;
	worker_job_put(job);
	if (++run.n_done < run.n_plan) {
		return;
	}
	for (size_t user = 0; user < USERS + MORE; user++) {
		run.world.user[user].moves = false;
	}
	run.idle_due = run.batch % 6 == 5;
	if (!run.idle_due) {
		batch_next();
	}
}

static void job_submit(size_t i)
{
	const struct plan *plan = &run.plan[i];
	struct user *user = &run.world.user[plan->user];
	struct worker_job *job = worker_job_get(run.worker);

	switch (plan->kind) {
	case PLAN_MAR:
		kit_mar(&run.kit, job, kit_of(plan->user), plan->n_vectors);
		user->moves = true;
		break;
	case PLAN_RESYNC:
		kit_resync(&run.kit, job, kit_of(plan->user),
		           user->sqn + ((uint64_t)RESYNC_AHEAD << 5), user->rand);
		user->moves = true;
		break;
	case PLAN_SAR:
		user->wanted_state = state_after_sar(user);
		kit_sar(&run.kit, job, kit_of(plan->user),
		        user->wanted_state == IMS_REGISTERED ? CX_SAT_REGISTRATION
		                                             : CX_SAT_USER_DEREGISTRATION);
		break;
	case PLAN_ADD:
		user->wanted_exists = true;
		run.request[i] = kit_add_request(&run.kit, kit_of(plan->user), 1, false);
		break;
	case PLAN_DELETE:
		user->wanted_exists = false;
		run.request[i] = kit_delete_request(&run.kit, kit_of(plan->user));
		break;
	}
	job->admin_request = run.request[i];
	job->opaque = &run.plan[i];
	job->done = on_done;
	if (worker_submit(run.worker, job) != HSS_OK) {
		violation(&run.broken, "script: the worker takes no job");
	}
}

static void batch_submit(void)
{
	const size_t n = batch_plan();

	run.n_done = 0;
	for (size_t i = 0; i < n; i++) {
		job_submit(i);
	}
}

/*
 * The worker asks this before it tends its store: let the store find a long log there, so that the
 * script meets many checkpoints of either kind. With an idle one due the script waits until it is
 * over.
 */
enum hss_err __real_store_latched(const struct store *store);
enum hss_err __wrap_store_latched(const struct store *store);

enum hss_err __wrap_store_latched(const struct store *store)
{
	struct store_sqlite *db = store_sqlite_of((struct store *)(uintptr_t)store);
	const bool copied = db->wal_frames == db->wal_copied && db->wal_frames == db->wal_tried;

	if (run.worker == NULL) {
		return __real_store_latched(store);
	}
	run.long_checkpoints += run.long_due && copied;
	run.long_due = false;
	if (run.idle_due && copied && db->wal_frames > 0) {
		run.idle_checkpoints++;
		run.idle_due = false;
		batch_next();
	} else if (run.idle_due) {
		db->wal_copied = db->wal_frames - LOG_IDLE;
		db->wal_tried = db->wal_frames - 1;
	} else if (run.batch % 4 == 1 && run.n_done == 0) {
		run.long_due = true;
		db->wal_tried = db->wal_frames - LOG_LONG;
	}
	return __real_store_latched(store);
}

static void on_failed(const char *text, bool fatal)
{
	violation(&run.broken, "script: the store failed: %s%s", text, fatal ? " (fatal)" : "");
}

static void on_recovered(void)
{
}

static uint64_t seed_of_run(void)
{
	const char *text = getenv("QUINTET_SEED");

	return text != NULL ? strtoull(text, NULL, 0) : default_seed;
}

static void folders_make(void)
{
	temp_dir_file(&run.kit.dir, "second", run.second);
	temp_dir_file(&run.kit.dir, "third", run.third);
	assert_int_equal(mkdir(run.second, 0700), 0);
	assert_int_equal(mkdir(run.third, 0700), 0);
}

/* The script from beginning to end, with `variants` cuts at each point. */
static void script_run(unsigned variants, const char *fault)
{
	const struct worker_events events = {on_failed, on_recovered, NULL};
	char why[CONF_WHY_LEN] = "";
	struct worker *worker = NULL;

	assert_int_equal(setenv(FAULTS_VARIABLE, fault, 1), 0);
	run.disk = power_disk_open(run.kit.disk, at_point, NULL);
	run.every = 1;
	/* Handles that the check opens shall not have the fault: it is for the worker's alone. */
	run.variants = fault[0] == '\0' ? variants : 0;
	if (worker_open(&run.kit.conf, &events, &worker, why) != HSS_OK) {
		fail_msg("%s", why);
	}
	run.variants = variants;
	run.every = fault[0] == '\0' ? CUT_EVERY : 1;
	run.batches = fault[0] == '\0' ? BATCHES : BATCHES_FAULTY;
	run.worker = worker;
	/* The worker waits meanwhile: it has nothing to do before the last job is submitted. */
	batch_submit();
	(void)pthread_mutex_lock(&run.lock);
	while (!run.finished) {
		(void)pthread_cond_wait(&run.changed, &run.lock);
	}
	(void)pthread_mutex_unlock(&run.lock);
	worker_close(worker);
	run.worker = NULL;
	print_message("seed %llu, %s: %u batches, %u and %u checkpoints, %u writes and syncs, %u "
	              "cuts, %u second cuts, "
	              "%u with the batch under way; %u lost, %u broken%s%s\n",
	              (unsigned long long)run.seed, fault[0] != '\0' ? fault : "no fault",
	              run.batch, run.long_checkpoints, run.idle_checkpoints,
	              power_disk_points(run.disk), run.cuts, run.second_cuts, run.with_batch,
	              run.lost, run.broken, run.violation[0] != '\0' ? "; the first: " : "",
	              run.violation);
	power_disk_close(run.disk);
	assert_int_equal(unsetenv(FAULTS_VARIABLE), 0);
}

static int setup(void **state)
{
	(void)state;
	memset(&run.world, 0, sizeof(run.world));
	run.batch = run.cuts = run.second_cuts = run.with_batch = run.lost = run.broken = 0;
	run.idle_checkpoints = run.long_checkpoints = 0;
	run.finished = run.idle_due = run.long_due = false;
	run.violation[0] = '\0';
	run.seed = seed_of_run();
	run.script = run.seed;
	power_vfs_install();
	kit_open(&run.kit);
	folders_make();
	kit_database_make(&run.kit, USERS * SPREAD);
	for (unsigned i = 0; i < USERS; i++) {
		run.world.user[i].exists = run.world.user[i].wanted_exists = true;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kit_close(&run.kit);
	power_vfs_remove();
	return 0;
}

static void nothing_answered_is_lost_whenever_the_power_is_cut(void **state)
{
	(void)state;
	script_run(CUTS_PER_POINT, "");
	assert_true(run.cuts > 500 / CUT_EVERY);
	assert_true(run.long_checkpoints > 5 && run.idle_checkpoints > 5);
	assert_true(run.second_cuts > 100 / CUT_EVERY);
	assert_true(run.with_batch > 10 / CUT_EVERY);
	assert_int_equal(run.lost, 0);
	assert_int_equal(run.broken, 0);
}

/* The check must be able to fail. */

static void answering_before_the_commit_is_caught(void **state)
{
	(void)state;
	script_run(1, "answer-before-commit:1");
	assert_true(run.lost > 0);
	assert_int_equal(run.broken, 0);
}

static void a_log_that_is_not_synced_is_caught(void **state)
{
	(void)state;
	script_run(1, "synchronous-normal");
	assert_true(run.lost > 0);
	assert_int_equal(run.broken, 0);
}

static void sqns_saved_after_the_answer_are_caught(void **state)
{
	(void)state;
	script_run(1, "sqn-after-answer:1");
	assert_true(run.lost > 0);
	assert_int_equal(run.broken, 0);
}

#define CUT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CUT_TEST(nothing_answered_is_lost_whenever_the_power_is_cut),
		CUT_TEST(answering_before_the_commit_is_caught),
		CUT_TEST(a_log_that_is_not_synced_is_caught),
		CUT_TEST(sqns_saved_after_the_answer_are_caught),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
