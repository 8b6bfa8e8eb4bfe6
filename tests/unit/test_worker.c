/* The worker: batches, answers after the commit, a bounded queue, a clean end, a store that fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auc/milenage.h"
#include "auc/sqn.h"
#include "hss/store.h"
#include "hss/worker.h"

static const char impi[] = "alice.private@home.example";
static const char impu[] = "sip:alice@home.example";
static const char scscf[] = "sip:scscf.home.example:6060";
static const struct auc_key key = {{1}, {2}};

/* Seams: what store_commit does, and how often it was called. */
enum hss_err __wrap_store_commit(struct store *store);
enum hss_err __real_store_commit(struct store *store);
enum hss_err __wrap_store_latched(const struct store *store);
enum hss_err __real_store_latched(const struct store *store);

static _Atomic(enum hss_err) commit_fault;
static atomic_uint commits;
static atomic_bool committed_before_done;
static atomic_uint at_gate;
static pthread_mutex_t gate =
	PTHREAD_MUTEX_INITIALIZER; /* held: the worker stands still before its commit */

enum hss_err __wrap_store_commit(struct store *store)
{
	enum hss_err err = HSS_OK;

	at_gate++;
	(void)pthread_mutex_lock(&gate);
	(void)pthread_mutex_unlock(&gate);
	if (commit_fault != HSS_OK) {
		store_rollback(store);
		return commit_fault;
	}
	err = __real_store_commit(store);
	if (err == HSS_OK) {
		committed_before_done = true;
		commits++;
	}
	return err;
}

enum hss_err __wrap_store_latched(const struct store *store)
{
	return commit_fault != HSS_OK ? commit_fault : __real_store_latched(store);
}

static atomic_uint failures_told;
static atomic_uint fatal_told;
static atomic_uint recoveries_told;

static void on_failed(const char *text, bool fatal)
{
	assert_non_null(text);
	failures_told++;
	fatal_told += fatal;
}

static void on_recovered(void)
{
	recoveries_told++;
}

static atomic_uint fillings_told;

static void on_filled(void)
{
	fillings_told++;
}

struct fixture {
	char dir[64];
	char database[96];
	char master[96];
	struct hss_conf conf;
	struct worker *worker;
};

static void subscriber_put(struct fixture *f)
{
	struct store *store = NULL;
	struct seal *seal = NULL;
	char why[SEAL_WHY_LEN];
	struct ims_impi the_impi = {.no = 1,
	                            .name = impi,
	                            .has_key = true,
	                            .amf = {0x80, 0},
	                            .scheme = IMS_SCHEME_AKA_V1,
	                            .schemes = 1U << IMS_SCHEME_AKA_V1};
	struct ims_impu the_impu = {
		.name = impu, .irs = 1, .position = 1, .kind = IMPU_DISTINCT, .psi_active = true};
	struct ims_profile profile = {.name = "default"};
	struct ims_registration registration = {.impi = 1, .irs = 1};
	struct ims_subscription sub = {.registration_allowed = true,
	                               .impi = &the_impi,
	                               .n_impi = 1,
	                               .impu = &the_impu,
	                               .n_impu = 1,
	                               .profile = &profile,
	                               .n_profile = 1,
	                               .registration = &registration,
	                               .n_registration = 1};

	assert_int_equal(seal_create(f->master), HSS_OK);
	assert_int_equal(seal_open(f->master, &seal, why), HSS_OK);
	assert_int_equal(seal_wrap(seal, impi, &key, &the_impi.key), HSS_OK);
	assert_int_equal(store_open(f->database, STORE_CREATE, &store), HSS_OK);
	assert_int_equal(store_subscription_put(store, &sub), HSS_OK);
	store_close(store);
	seal_close(seal);
}

static int setup(void **state)
{
	const struct worker_events events = {on_failed, on_recovered, on_filled};
	struct fixture *f = calloc(1, sizeof(*f));
	char why[CONF_WHY_LEN] = "";

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_worker.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->database, sizeof(f->database), "%s/hss.db", f->dir);
	(void)snprintf(f->master, sizeof(f->master), "%s/master.key", f->dir);
	subscriber_put(f);
	f->conf = (struct hss_conf){.database = f->database,
	                            .master_key = f->master,
	                            .queue_max = 64,
	                            .batch_max = 16,
	                            .job_deadline = 60000,
	                            .policy = {.store_server_name = true,
	                                       .auth_vectors_max = 5,
	                                       .auth_pending_timeout = 60,
	                                       .ind_bits = AUC_SQN_IND_BITS,
	                                       .ind_count = 32,
	                                       .sqn_delta = AUC_SQN_DELTA}};
	commit_fault = HSS_OK;
	failures_told = fatal_told = recoveries_told = 0;
	if (worker_open(&f->conf, &events, &f->worker, why) != HSS_OK) {
		fail_msg("%s", why);
	}
	commits = 0; /* the row of the master key */
	at_gate = 0;
	committed_before_done = false;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	worker_close(f->worker);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

/* What came back from the jobs of a test. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned done;
	unsigned succeeded;
	unsigned busy;
	unsigned unable;
	unsigned with_vectors;
	bool before_commit;
	uint64_t sqn[4096];
	unsigned n_sqn;
} got = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void got_reset(void)
{
	got.done = got.succeeded = got.busy = got.unable = got.with_vectors = got.n_sqn = 0;
	got.before_commit = false;
}

static uint64_t sqn_of(const struct auc_vector *vector)
{
	struct auc_ctx *ctx = NULL;
	uint8_t ak[AUC_AK_LEN];
	uint64_t sqn = 0;

	assert_int_equal(auc_open(&ctx), AUC_OK);
	assert_int_equal(milenage_f5(ctx, &key, vector->rand, ak), AUC_OK);
	auc_close(ctx);
	for (size_t i = 0; i < AUC_SQN_LEN; i++) {
		sqn = sqn << 8 | (uint8_t)(vector->autn[i] ^ ak[i]);
	}
	return sqn;
}

static void on_done(struct worker_job *job)
{
	const struct cx_answer *answer = &job->answer;

	(void)pthread_mutex_lock(&got.lock);
	got.done++;
	got.succeeded += answer->verdict.result == CX_SUCCESS;
	got.busy += answer->verdict.result == CX_TOO_BUSY;
	got.unable += answer->verdict.result == CX_UNABLE_TO_COMPLY;
	got.with_vectors += answer->n_vectors > 0;
	got.before_commit |= !committed_before_done;
	for (size_t i = 0; i < answer->n_vectors; i++) {
		got.sqn[got.n_sqn++] = sqn_of(&answer->vector[i]);
	}
	(void)pthread_cond_signal(&got.changed);
	(void)pthread_mutex_unlock(&got.lock);
	worker_job_put(job);
}

static void got_wait(unsigned n)
{
	(void)pthread_mutex_lock(&got.lock);
	while (got.done < n) {
		(void)pthread_cond_wait(&got.changed, &got.lock);
	}
	(void)pthread_mutex_unlock(&got.lock);
}

static void (*mar_done)(struct worker_job *job) = on_done;

/* Whether a MAR comes from another S-CSCF. */
static bool other_scscf;

/* Submit a MAR; false when the worker has no job to give. */
static bool mar_submit(struct worker *worker)
{
	struct worker_job *job = worker_job_get(worker);

	if (job == NULL) {
		return false;
	}
	job->request = (struct cx_request){
		.command = CX_CMD_MAR,
		.session_id = "s",
		.origin_host = other_scscf ? "other.home.example" : "scscf.home.example",
		.origin_realm = "home.example",
		.destination_realm = "home.example",
		.impi = impi,
		.impu = arena_array(&job->arena, 1, sizeof(char *)),
		.n_impu = 1,
		.mar = {.server_name = other_scscf ? "sip:other.example" : scscf,
	                .scheme = CX_SCHEME_AKA_V1,
	                .scheme_name = "Digest-AKAv1-MD5",
	                .n_vectors = 2}};
	job->request.impu[0] = impu;
	job->done = mar_done;
	assert_int_equal(worker_submit(worker, job), HSS_OK);
	return true;
}

/* The S-CSCF has registered the user. */
static void sar_submit(struct worker *worker)
{
	struct worker_job *job = worker_job_get(worker);

	assert_non_null(job);
	job->request =
		(struct cx_request){.command = CX_CMD_SAR,
	                            .session_id = "s",
	                            .origin_host = "scscf.home.example",
	                            .origin_realm = "home.example",
	                            .destination_realm = "home.example",
	                            .impi = impi,
	                            .impu = arena_array(&job->arena, 1, sizeof(char *)),
	                            .n_impu = 1,
	                            .sar = {.server_name = scscf, .type = CX_SAT_REGISTRATION}};
	job->request.impu[0] = impu;
	job->done = on_done;
	assert_int_equal(worker_submit(worker, job), HSS_OK);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void assert_no_sqn_twice(void)
{
	qsort(got.sqn, got.n_sqn, sizeof(got.sqn[0]), compare);
	for (unsigned i = 1; i < got.n_sqn; i++) {
		assert_true(got.sqn[i - 1] < got.sqn[i]);
	}
}

static void an_answer_comes_after_its_commit(void **state)
{
	struct fixture *f = *state;

	got_reset();
	assert_true(mar_submit(f->worker));
	got_wait(1);
	assert_int_equal(got.succeeded, 1);
	assert_int_equal(got.n_sqn, 2);
	assert_false(got.before_commit);
}

static void a_job_used_before_starts_empty(void **state)
{
	static const struct cx_answer empty;
	struct fixture *f = *state;
	struct worker_job *job = NULL;

	got_reset();
	assert_true(mar_submit(f->worker));
	got_wait(1);
	job = worker_job_get(f->worker);
	assert_non_null(job);
	assert_memory_equal(&job->answer, &empty, sizeof(empty));
	assert_null(job->request.impi);
	worker_job_put(job);
}

static void jobs_that_queue_up_share_a_commit(void **state)
{
	struct fixture *f = *state;

	got_reset();
	(void)pthread_mutex_lock(&gate);
	for (int i = 0; i < 33; i++) {
		assert_true(mar_submit(f->worker));
	}
	(void)pthread_mutex_unlock(&gate);
	got_wait(33);
	/* The first batch was taken before all were there; the rest fills batches of 16. */
	assert_in_range(commits, 3, 4);
	assert_int_equal(got.succeeded, 33);
	assert_no_sqn_twice();
}

/* What was done, in order: 'm' for a MAR, 'a' for administration. */
static char order[16];

static void on_ordered(struct worker_job *job)
{
	const char *kind = job->admin_request != NULL ? "a" : job->task != NULL ? "t" : "m";

	(void)pthread_mutex_lock(&got.lock);
	(void)strncat(order, kind, sizeof(order) - strlen(order) - 1);
	(void)pthread_mutex_unlock(&got.lock);
	json_decref(job->admin_reply);
	on_done(job);
}

static void administration_takes_turns_with_requests(void **state)
{
	struct fixture *f = *state;
	json_t *request = json_pack("{s:s, s:s}", "op", "profile.set", "name", "gold");

	got_reset();
	order[0] = '\0';
	(void)pthread_mutex_lock(&gate);
	assert_true(mar_submit(f->worker));
	while (at_gate == 0) {
		(void)sched_yield();
	}
	for (int i = 0; i < 3; i++) {
		struct worker_job *job = worker_job_get(f->worker);

		assert_non_null(job);
		job->admin_request = request;
		job->done = on_ordered;
		assert_int_equal(worker_submit(f->worker, job), HSS_OK);
	}
	for (int i = 0; i < 2; i++) {
		mar_done = on_ordered;
		assert_true(mar_submit(f->worker));
		mar_done = on_done;
	}
	(void)pthread_mutex_unlock(&gate);
	got_wait(6);
	assert_string_equal(order, "mmaaa");
	/* The MAR at the gate; the two others with one turn of administration; the rest of it. */
	assert_int_equal(commits, 3);
	json_decref(request);
}

/* A task that puts something into the outbox; with opaque set it fails behind that. */
static enum hss_err fill_outbox(struct worker_job *job, struct store *store,
                                const struct cx_env *env)
{
	static const char *impus[] = {impu};
	struct ims_push push = {.kind = IMS_PUSH_RTR,
	                        .subscription = 1,
	                        .host = "scscf.home.example",
	                        .realm = "home.example",
	                        .scscf_name = scscf,
	                        .impi = impi,
	                        .irs = 1,
	                        .impu = impus,
	                        .n_impu = 1};
	enum hss_err err = store_push_add(store, &push, env->now);

	return err == HSS_OK && job->opaque != NULL ? HSS_ERR_LIMIT : err;
}

static enum hss_err task_err;

static void on_task(struct worker_job *job)
{
	task_err = job->err;
	on_ordered(job);
}

/* Submit one and wait for its end. */
static void task_run(struct fixture *f, bool fails)
{
	struct worker_job *job = worker_job_get(f->worker);
	const unsigned before = got.done;

	assert_non_null(job);
	job->task = fill_outbox;
	job->done = on_task;
	job->opaque = fails ? f : NULL;
	assert_int_equal(worker_submit(f->worker, job), HSS_OK);
	got_wait(before + 1);
}

static size_t outbox_size(struct fixture *f)
{
	struct store *store = NULL;
	struct arena arena = {0};
	struct ims_push *push = NULL;
	size_t n = 0;

	assert_int_equal(store_open(f->database, STORE_READ, &store), HSS_OK);
	assert_int_equal(store_push_list(store, 0, 16, false, &arena, &push, &n), HSS_OK);
	arena_free(&arena);
	store_close(store);
	return n;
}

static void a_task_is_a_part_of_its_batch(void **state)
{
	struct fixture *f = *state;

	got_reset();
	task_run(f, false);
	assert_int_equal(task_err, HSS_OK);
	assert_false(got.before_commit);
	assert_int_equal(outbox_size(f), 1);
	task_run(f, true);
	assert_int_equal(task_err, HSS_ERR_LIMIT);
	assert_int_equal(outbox_size(f), 1);
	assert_int_equal(got.unable, 0); /* nobody is answered */
}

static void a_task_learns_of_a_failed_commit(void **state)
{
	struct fixture *f = *state;

	got_reset();
	commit_fault = HSS_ERR_FULL;
	task_run(f, false);
	assert_int_equal(task_err, HSS_ERR_FULL);
	commit_fault = HSS_OK;
}

static void a_background_task_takes_turns_like_administration(void **state)
{
	struct fixture *f = *state;

	got_reset();
	order[0] = '\0';
	(void)pthread_mutex_lock(&gate);
	at_gate = 0;
	assert_true(mar_submit(f->worker));
	while (at_gate == 0) {
		(void)sched_yield();
	}
	for (int i = 0; i < 2; i++) {
		struct worker_job *job = worker_job_get(f->worker);

		assert_non_null(job);
		job->task = fill_outbox;
		job->background = true;
		job->done = on_ordered;
		assert_int_equal(worker_submit(f->worker, job), HSS_OK);
	}
	mar_done = on_ordered;
	assert_true(mar_submit(f->worker));
	mar_done = on_done;
	(void)pthread_mutex_unlock(&gate);
	got_wait(4);
	assert_string_equal(order, "mtt");
	assert_int_equal(commits, 3); /* the second task had to wait for its turn */
}

static void the_outbox_is_told_of_after_what_may_have_filled_it(void **state)
{
	struct fixture *f = *state;
	json_t *request = json_pack("{s:s, s:s}", "op", "profile.set", "name", "gold");
	struct worker_job *job = worker_job_get(f->worker);

	got_reset();
	fillings_told = 0;
	sar_submit(f->worker);
	got_wait(1);
	assert_int_equal(got.succeeded, 1);
	assert_int_equal(fillings_told, 0);
	assert_non_null(job);
	job->admin_request = request;
	job->done = on_ordered;
	assert_int_equal(worker_submit(f->worker, job), HSS_OK);
	got_wait(2);
	assert_int_equal(fillings_told, 1);
	other_scscf = true; /* takes the user over: the one before gets an RTR */
	assert_true(mar_submit(f->worker));
	other_scscf = false;
	got_wait(3);
	assert_int_equal(fillings_told, 2);
	json_decref(request);
}

static void a_full_queue_gives_no_job(void **state)
{
	struct fixture *f = *state;
	unsigned n = 0;

	got_reset();
	(void)pthread_mutex_lock(&gate);
	while (mar_submit(f->worker)) {
		n++;
	}
	assert_int_equal(n, f->conf.queue_max);
	(void)pthread_mutex_unlock(&gate);
	got_wait(n);
	assert_int_equal(got.succeeded, n);
	assert_true(mar_submit(f->worker));
	got_wait(n + 1);
}

static void a_job_past_its_deadline_is_answered_busy_and_changes_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t last = 0;

	got_reset();
	assert_true(mar_submit(f->worker));
	got_wait(1);
	last = got.sqn[1];
	(void)pthread_mutex_lock(&gate);
	at_gate = 0;
	assert_true(mar_submit(f->worker));
	while (at_gate == 0) {
		(void)sched_yield();
	}
	f->conf.job_deadline = 0; /* for those that have to wait for this commit */
	for (int i = 0; i < 3; i++) {
		assert_true(mar_submit(f->worker));
	}
	(void)usleep(2000); /* the deadline is in whole milliseconds: let one pass */
	(void)pthread_mutex_unlock(&gate);
	got_wait(5);
	assert_int_equal(got.busy, 3);
	assert_int_equal(got.succeeded, 2);
	f->conf.job_deadline = 60000;
	got_reset();
	assert_true(mar_submit(f->worker));
	got_wait(1);
	assert_int_equal(auc_sqn_seq(got.sqn[0], AUC_SQN_IND_BITS),
	                 auc_sqn_seq(last, AUC_SQN_IND_BITS) + 3);
}

static void a_failed_commit_lets_no_vector_out(void **state)
{
	struct fixture *f = *state;

	got_reset();
	commit_fault = HSS_ERR_STORE;
	for (int i = 0; i < 5; i++) {
		assert_true(mar_submit(f->worker));
	}
	got_wait(5);
	assert_int_equal(got.unable, 5);
	assert_int_equal(got.with_vectors, 0);
	worker_close(f->worker);
	f->worker = NULL;
	assert_int_equal(fatal_told, 1);
}

static void a_full_disk_is_survived(void **state)
{
	struct fixture *f = *state;

	got_reset();
	commit_fault = HSS_ERR_FULL;
	assert_true(mar_submit(f->worker));
	got_wait(1);
	assert_int_equal(got.unable, 1);
	while (failures_told == 0) {
		(void)sched_yield();
	}
	commit_fault = HSS_OK;
	while (recoveries_told == 0) {
		(void)mar_submit(f->worker);
		(void)usleep(1000);
	}
	got_reset();
	assert_true(mar_submit(f->worker));
	got_wait(1);
	assert_int_equal(fatal_told, 0);
	assert_true(failures_told > 0);
}

static void closing_serves_what_is_queued(void **state)
{
	struct fixture *f = *state;

	got_reset();
	(void)pthread_mutex_lock(&gate);
	for (int i = 0; i < 20; i++) {
		assert_true(mar_submit(f->worker));
	}
	(void)pthread_mutex_unlock(&gate);
	worker_close(f->worker);
	f->worker = NULL;
	assert_int_equal(got.done, 20);
	assert_int_equal(got.succeeded, 20);
}

static void *requester(void *arg)
{
	struct worker *worker = arg;

	for (int i = 0; i < 100;) {
		if (mar_submit(worker)) {
			i++;
		} else {
			(void)sched_yield();
		}
	}
	return NULL;
}

static void requesters_at_once_never_share_an_sqn(void **state)
{
	struct fixture *f = *state;
	pthread_t thread[8];

	got_reset();
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(pthread_create(&thread[i], NULL, requester, f->worker), 0);
	}
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	}
	got_wait(800);
	assert_int_equal(got.succeeded, 800);
	assert_int_equal(got.n_sqn, 1600);
	assert_no_sqn_twice();
}

static void a_second_worker_on_the_same_database_is_refused(void **state)
{
	const struct worker_events events = {on_failed, on_recovered, on_filled};
	struct fixture *f = *state;
	struct worker *second = NULL;
	char why[CONF_WHY_LEN] = "";

	assert_int_equal(worker_open(&f->conf, &events, &second, why), HSS_ERR_LOCKED);
	assert_non_null(strstr(why, f->database));
}

#define WORKER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* What the file of the database holds. */
static unsigned char *octets_of(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	unsigned char *octets = malloc(1024 * 1024);

	assert_non_null(file);
	assert_non_null(octets);
	*len = fread(octets, 1, 1024 * 1024, file);
	assert_int_equal(fclose(file), 0);
	return octets;
}

static void without_its_master_key_it_does_not_start_and_touches_nothing(void **state)
{
	static const struct {
		const char *text; /* NULL: no file; "": another key */
		enum hss_err err;
		const char *why;
	} cases[] = {
		{NULL, HSS_ERR_IO, "cannot be read: No such file"},
		{"00", HSS_ERR_INVALID, "64 hexadecimal digits"},
		{"", HSS_ERR_SEAL, "is not the one under which the database is sealed"},
		{"2:0000000000000000000000000000000000000000000000000000000000000000\n",
	         HSS_ERR_SEAL, "has no key 1"},
	};
	const struct worker_events events = {on_failed, on_recovered, on_filled};
	struct fixture *f = *state;
	struct worker *worker = NULL;
	char why[CONF_WHY_LEN];
	unsigned char *before = NULL;
	size_t n_before = 0;

	worker_close(f->worker);
	f->worker = NULL;
	before = octets_of(f->database, &n_before);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char *after = NULL;
		size_t n_after = 0;

		assert_int_equal(unlink(f->master), 0);
		if (cases[i].text != NULL) {
			assert_int_equal(seal_create(f->master), HSS_OK);
		}
		if (cases[i].text != NULL && cases[i].text[0] != '\0') {
			FILE *file = fopen(f->master, "w");

			assert_non_null(file);
			assert_true(fputs(cases[i].text, file) >= 0);
			assert_int_equal(fclose(file), 0);
		}
		assert_int_equal(worker_open(&f->conf, &events, &worker, why), cases[i].err);
		assert_non_null(strstr(why, f->master));
		assert_non_null(strstr(why, cases[i].why));
		after = octets_of(f->database, &n_after);
		assert_int_equal(n_after, n_before);
		assert_memory_equal(after, before, n_before);
		free(after);
		if (cases[i].text == NULL) {
			assert_int_equal(seal_create(f->master), HSS_OK);
		}
	}
	free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORKER_TEST(an_answer_comes_after_its_commit),
		WORKER_TEST(without_its_master_key_it_does_not_start_and_touches_nothing),
		WORKER_TEST(a_job_used_before_starts_empty),
		WORKER_TEST(jobs_that_queue_up_share_a_commit),
		WORKER_TEST(administration_takes_turns_with_requests),
		WORKER_TEST(a_task_is_a_part_of_its_batch),
		WORKER_TEST(a_task_learns_of_a_failed_commit),
		WORKER_TEST(a_background_task_takes_turns_like_administration),
		WORKER_TEST(the_outbox_is_told_of_after_what_may_have_filled_it),
		WORKER_TEST(a_full_queue_gives_no_job),
		WORKER_TEST(a_job_past_its_deadline_is_answered_busy_and_changes_nothing),
		WORKER_TEST(a_failed_commit_lets_no_vector_out),
		WORKER_TEST(a_full_disk_is_survived),
		WORKER_TEST(closing_serves_what_is_queued),
		WORKER_TEST(requesters_at_once_never_share_an_sqn),
		WORKER_TEST(a_second_worker_on_the_same_database_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
