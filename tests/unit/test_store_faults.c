/*
 * A store that fails under the worker: what the jobs are answered, what the operator is told, and
 * that afterwards no SQN comes twice. The faults are those of disk_faults.h, files that disappear
 * or change, and another process that holds the database.
 */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "crash_kit.h"
#include "disk_faults.h"
#include "hss/store_sqlite.h"

enum {
	USERS = 200,
	ROUND = 24, /* jobs submitted at once */
	TEXT_LEN = 1024,
	PAGE = 4096,
	LOG_LONG = 16000, /* frames: the store copies the log then, whatever goes on */
};

static struct fixture {
	struct kit kit;
	struct worker *worker;
	unsigned turn; /* of users */
	uint64_t answered[USERS];
} fixture;

/* What came back. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned done;
	unsigned succeeded;
	unsigned busy;
	unsigned unable;
	unsigned others;
	unsigned with_vectors; /* of those that did not succeed */
	unsigned twice;        /* SQNs */

	unsigned failures;
	unsigned fatal;
	unsigned recoveries;
	char text[TEXT_LEN]; /* of the first failure */
} got = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* The worker asks this before it tends its store; see also test_power_cut.c. */
static atomic_bool log_is_long;

enum hss_err __real_store_latched(const struct store *store);
enum hss_err __wrap_store_latched(const struct store *store);

enum hss_err __wrap_store_latched(const struct store *store)
{
	if (log_is_long) {
		struct store_sqlite *db = store_sqlite_of((struct store *)(uintptr_t)store);

		db->wal_tried = db->wal_frames - LOG_LONG;
	}
	return __real_store_latched(store);
}

static void on_failed(const char *text, bool fatal)
{
	(void)pthread_mutex_lock(&got.lock);
	if (got.failures++ == 0) {
		(void)snprintf(got.text, sizeof(got.text), "%s", text);
	}
	got.fatal += fatal;
	(void)pthread_cond_signal(&got.changed);
	(void)pthread_mutex_unlock(&got.lock);
}

static void on_recovered(void)
{
	(void)pthread_mutex_lock(&got.lock);
	got.recoveries++;
	(void)pthread_cond_signal(&got.changed);
	(void)pthread_mutex_unlock(&got.lock);
}

static void wait_until(const unsigned *count, unsigned n)
{
	(void)pthread_mutex_lock(&got.lock);
	while (*count < n) {
		(void)pthread_cond_wait(&got.changed, &got.lock);
	}
	(void)pthread_mutex_unlock(&got.lock);
}

/* Lock held. */
static void count_answer(const struct worker_job *job)
{
	const struct cx_answer *answer = &job->answer;
	const unsigned user = (unsigned)(uintptr_t)job->opaque;
	const enum cx_result result = answer->verdict.result;

	got.succeeded += result == CX_SUCCESS;
	got.busy += result == CX_TOO_BUSY;
	got.unable += result == CX_UNABLE_TO_COMPLY;
	got.others +=
		result != CX_SUCCESS && result != CX_TOO_BUSY && result != CX_UNABLE_TO_COMPLY;
	got.with_vectors += result != CX_SUCCESS && answer->n_vectors > 0;
	for (size_t i = 0; i < answer->n_vectors; i++) {
		const uint64_t sqn = kit_sqn(&fixture.kit, user, &answer->vector[i]);

		got.twice += sqn <= fixture.answered[user];
		fixture.answered[user] = sqn;
	}
}

static void on_done(struct worker_job *job)
{
	(void)pthread_mutex_lock(&got.lock);
	if (job->admin_request == NULL) {
		count_answer(job);
	} else if (json_is_true(json_object_get(job->admin_reply, "ok"))) {
		got.succeeded++;
	} else {
		got.unable++;
	}
	got.done++;
	(void)pthread_cond_signal(&got.changed);
	(void)pthread_mutex_unlock(&got.lock);
	json_decref(job->admin_reply);
	worker_job_put(job);
}

static void answers_reset(void)
{
	got.done = got.succeeded = got.busy = got.unable = got.others = 0;
}

/* Ask n times, and wait for the answers. */
static void ask(unsigned n)
{
	answers_reset();
	for (unsigned i = 0; i < n; i++) {
		const unsigned user = fixture.turn++ % USERS;
		struct worker_job *job = worker_job_get(fixture.worker);

		assert_non_null(job);
		kit_mar(&fixture.kit, job, user, 1 + user % 2);
		job->opaque = (void *)(uintptr_t)user;
		job->done = on_done;
		assert_int_equal(worker_submit(fixture.worker, job), HSS_OK);
	}
	wait_until(&got.done, n);
	assert_int_equal(got.others, 0);
	assert_int_equal(got.with_vectors, 0);
	assert_int_equal(got.twice, 0);
}

static enum hss_err try_start(char why[static CONF_WHY_LEN])
{
	const struct worker_events events = {on_failed, on_recovered, NULL};

	return worker_open(&fixture.kit.conf, &events, &fixture.worker, why);
}

static void start(void)
{
	char why[CONF_WHY_LEN] = "";

	if (try_start(why) != HSS_OK) {
		fail_msg("%s", why);
	}
}

static void stop(void)
{
	worker_close(fixture.worker);
	fixture.worker = NULL;
}

/* Everybody once more: nothing that was answered is lost, no SQN comes twice. */
static void all_is_there_after_a_new_start(void)
{
	stop();
	assert_true(disk_fault_set(NULL));
	log_is_long = false;
	start();
	ask(USERS);
	assert_int_equal(got.succeeded, USERS);
}

static void assert_told(const char *file, const char *cause)
{
	char path[TEMP_PATH_MAX + 8];

	(void)snprintf(path, sizeof(path), "%s%s: ", fixture.kit.database, file);
	if (strstr(got.text, path) == NULL || strstr(got.text, cause) == NULL) {
		fail_msg("neither %s nor \"%s\" is missing in: %s", path, cause, got.text);
	}
}

static int setup(void **state)
{
	(void)state;
	memset(&fixture, 0, sizeof(fixture));
	answers_reset();
	got.with_vectors = got.twice = got.failures = got.fatal = got.recoveries = 0;
	got.text[0] = '\0';
	log_is_long = false;
	assert_true(disk_faults_install(NULL));
	kit_open(&fixture.kit);
	kit_database_make(&fixture.kit, USERS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_true(disk_fault_set(NULL));
	stop();
	kit_close(&fixture.kit);
	disk_faults_remove();
	return 0;
}

/* A fault that no connection survives. */
struct fatal_fault {
	const char *fault;
	const char *cause; /* words of it in what the operator is told */
	bool checkpoint;   /* it strikes while the log is copied */
	bool cold;         /* it strikes what is not in memory yet */
};

static const struct fatal_fault fatal_faults[] = {
	{"write", "Input/output error", false, false},
	{"sync", "Input/output error", false, false},
	{"read", "Input/output error", false, true},
	{"checkpoint-write", "Input/output error", true, false},
	{"checkpoint-sync", "Input/output error", true, false},
	{"read-only", "Read-only file system", false, false},
	{"not-writable", "readonly", false, false},
	{"corrupt", "malformed", false, true},
};

static void one_fatal_fault(const struct fatal_fault *row)
{
	start();
	if (!row->cold) {
		ask(ROUND);
		assert_int_equal(got.succeeded, ROUND);
	}
	assert_true(disk_fault_set(row->fault));
	log_is_long = row->checkpoint;
	if (row->checkpoint) {
		ask(1); /* is on disk: the log is copied after the answer */
		wait_until(&got.fatal, 1);
	}
	ask(ROUND);
	assert_int_equal(got.unable, ROUND);
	wait_until(&got.fatal, 1);
	assert_true(disk_fault_count() > 0);
	assert_told("", row->cause);
	/* The fault goes: what failed stays failed, and is told once. */
	assert_true(disk_fault_set(NULL));
	ask(ROUND);
	assert_int_equal(got.unable, ROUND);
	all_is_there_after_a_new_start();
	assert_int_equal(got.fatal, 1);
	assert_int_equal(got.failures, 1);
	assert_int_equal(got.recoveries, 0);
}

static void a_disk_that_fails_ends_the_store(void **state)
{
	const struct fatal_fault *row = *state;

	one_fatal_fault(row);
}

/* A disk that is full. */
static const struct fatal_fault full_faults[] = {
	{"full", "full", false, false},
	{"full-errno", "No space left on device", false, false},
	{"full-sync", "No space left on device", false, false},
	{"full-checkpoint", "full", true, false},
};

static void a_full_disk_recovers_without_a_new_start(void **state)
{
	const struct fatal_fault *row = *state;

	start();
	ask(ROUND);
	assert_true(disk_fault_set(row->fault));
	log_is_long = row->checkpoint;
	if (row->checkpoint) {
		ask(1);
		wait_until(&got.failures, 1);
	}
	ask(ROUND);
	assert_int_equal(got.unable, ROUND);
	wait_until(&got.failures, 1);
	assert_told("", row->cause);
	log_is_long = false;
	assert_true(disk_fault_count() > 0);
	assert_true(disk_fault_set(NULL));
	wait_until(&got.recoveries, 1); /* with nobody asking */
	ask(USERS);
	assert_int_equal(got.succeeded, USERS);
	assert_int_equal(got.fatal, 0);
	all_is_there_after_a_new_start();
}

static void a_full_disk_that_breaks_meanwhile_ends_the_store(void **state)
{
	(void)state;
	start();
	ask(ROUND);
	assert_true(disk_fault_set("full"));
	ask(ROUND);
	wait_until(&got.failures, 1);
	assert_int_equal(got.fatal, 0);
	assert_true(disk_fault_set("read"));
	wait_until(&got.fatal, 1);
	ask(ROUND);
	assert_int_equal(got.unable, ROUND);
	all_is_there_after_a_new_start();
}

static void an_act_of_administration_on_a_full_disk_is_refused_as_well(void **state)
{
	struct worker_job *job = NULL;
	json_t *request = NULL;

	(void)state;
	start();
	request = kit_add_request(&fixture.kit, USERS, 3, false);
	assert_true(disk_fault_set("full"));
	job = worker_job_get(fixture.worker);
	assert_non_null(job);
	job->admin_request = request;
	job->done = on_done;
	assert_int_equal(worker_submit(fixture.worker, job), HSS_OK);
	wait_until(&got.done, 1);
	json_decref(request);
	assert_int_equal(got.unable, 1);
	wait_until(&got.failures, 1);
	assert_told("", "full");
	all_is_there_after_a_new_start();
}

/* Files behind the store's back. */

static void move(const char *suffix, bool back)
{
	char path[TEMP_PATH_MAX + 8];
	char aside[TEMP_PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s%s", fixture.kit.database, suffix);
	(void)snprintf(aside, sizeof(aside), "%s.aside", path);
	assert_int_equal(back ? rename(aside, path) : rename(path, aside), 0);
}

static void a_database_that_is_moved_away_is_noticed(void **state)
{
	(void)state;
	start();
	ask(ROUND);
	assert_int_equal(got.succeeded, ROUND);
	move("", false);
	ask(ROUND);
	assert_int_equal(got.unable, ROUND);
	wait_until(&got.fatal, 1);
	assert_told("", "removed");
	move("", true);
	all_is_there_after_a_new_start();
}

static void copy_file(const char *from, const char *to)
{
	static char octets[1 << 22];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n = 0;

	assert_true(in >= 0 && out >= 0);
	n = read(in, octets, sizeof(octets));
	assert_in_range(n, 1, (ssize_t)sizeof(octets) - 1);
	assert_int_equal(write(out, octets, (size_t)n), n);
	assert_int_equal(close(in), 0);
	assert_int_equal(close(out), 0);
}

static void a_database_that_is_replaced_is_noticed(void **state)
{
	char aside[TEMP_PATH_MAX + 8];

	(void)state;
	start();
	ask(ROUND);
	move("", false);
	(void)snprintf(aside, sizeof(aside), "%s.aside", fixture.kit.database);
	copy_file(aside, fixture.kit.database); /* an older state of it: the log is missing */
	ask(ROUND);
	assert_int_equal(got.unable, ROUND);
	wait_until(&got.fatal, 1);
	assert_told("", "another one has its place");
	move("", true);
	all_is_there_after_a_new_start();
}

static void a_log_that_is_removed_is_noticed_and_its_sqns_are_saved(void **state)
{
	char path[TEMP_PATH_MAX + 8];

	(void)state;
	start();
	ask(ROUND);
	assert_int_equal(got.succeeded, ROUND);
	(void)snprintf(path, sizeof(path), "%s-wal", fixture.kit.database);
	assert_int_equal(unlink(path), 0);
	ask(ROUND);
	assert_int_equal(got.unable, ROUND);
	wait_until(&got.fatal, 1);
	assert_told("-wal", "removed");
	all_is_there_after_a_new_start();
}

/* Octets of the file, changed, and by a second call changed back; all pages but the first, and but
 * so many percent of them. */
static void scramble(const char *path, off_t percent)
{
	uint8_t page[PAGE];
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = PAGE * (1 + st.st_size / PAGE * percent / 100); at < st.st_size;
	     at += PAGE) {
		assert_int_equal(pread(fd, page, sizeof(page), at), (ssize_t)sizeof(page));
		for (size_t i = 0; i < sizeof(page); i++) {
			page[i] ^= 0x5a;
		}
		assert_int_equal(pwrite(fd, page, sizeof(page), at), (ssize_t)sizeof(page));
	}
	assert_int_equal(close(fd), 0);
}

static void a_database_whose_octets_changed_ends_the_store(void **state)
{
	(void)state;
	start();
	scramble(fixture.kit.database, 0);
	ask(ROUND);
	assert_int_equal(got.unable, ROUND);
	wait_until(&got.fatal, 1);
	assert_told("", "malformed");
	stop();
	scramble(fixture.kit.database, 0);
	all_is_there_after_a_new_start();
	assert_int_equal(got.fatal, 1);
}

static void a_database_that_is_damaged_stays_down(void **state)
{
	char why[CONF_WHY_LEN] = "";

	(void)state;
	start();
	ask(ROUND);                         /* what is in the log hides few of the pages */
	scramble(fixture.kit.database, 70); /* the schema is in what comes before */
	ask(USERS);
	wait_until(&got.fatal, 1);
	stop();
	for (int i = 0; i < 2; i++) {
		assert_int_equal(try_start(why), HSS_ERR_INVALID);
		assert_non_null(strstr(why, fixture.kit.database));
		assert_non_null(strstr(why, "damaged"));
	}
}

/* Another process that holds the database for writing, past the lock file. */
struct other {
	pid_t pid;
	int to;
	int from;
};

static _Noreturn void other_main(const char *path, int in, int out)
{
	sqlite3 *raw = NULL;
	char order = 0;

	while (read(in, &order, 1) == 1) {
		const char *sql = order == 'l' ? "BEGIN IMMEDIATE" : "ROLLBACK";
		char done = 'y';

		if ((raw == NULL && sqlite3_open(path, &raw) != SQLITE_OK) ||
		    sqlite3_exec(raw, sql, NULL, NULL, NULL) != SQLITE_OK) {
			done = 'n';
		}
		if (write(out, &done, 1) != 1) {
			break;
		}
	}
	_exit(0);
}

/* Before any thread is started. */
static void other_start(struct other *other)
{
	int to[2];
	int from[2];

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	other->pid = fork();
	assert_true(other->pid >= 0);
	if (other->pid == 0) {
		(void)close(to[1]);
		(void)close(from[0]);
		other_main(fixture.kit.database, to[0], from[1]);
	}
	(void)close(to[0]);
	(void)close(from[1]);
	other->to = to[1];
	other->from = from[0];
}

static void other_order(const struct other *other, char order)
{
	char done = 0;

	assert_int_equal(write(other->to, &order, 1), 1);
	assert_int_equal(read(other->from, &done, 1), 1);
	assert_int_equal(done, 'y');
}

static void other_end(const struct other *other)
{
	int status = 0;

	(void)close(other->to);
	(void)close(other->from);
	assert_int_equal(waitpid(other->pid, &status, 0), other->pid);
}

static void a_database_that_another_process_holds_is_busy(void **state)
{
	struct other other;

	(void)state;
	other_start(&other);
	start();
	ask(ROUND);
	assert_int_equal(got.succeeded, ROUND);
	other_order(&other, 'l');
	ask(ROUND);
	assert_int_equal(got.busy, ROUND);
	other_order(&other, 'u');
	ask(ROUND);
	assert_int_equal(got.succeeded, ROUND);
	assert_int_equal(got.failures, 0);
	other_end(&other);
	all_is_there_after_a_new_start();
}

#define FAULT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* cmocka's own tests take their state from setup: rows go by themselves. */
static int setup_row(void **state)
{
	const void *row = *state;
	int rc = setup(state);

	*state = (void *)(uintptr_t)row;
	return rc;
}

static struct CMUnitTest row_test(const char *name, CMUnitTestFunction test,
                                  const struct fatal_fault *row)
{
	return (struct CMUnitTest){name, test, setup_row, teardown, (void *)(uintptr_t)row};
}

int main(void)
{
	enum { FATAL = sizeof(fatal_faults) / sizeof(fatal_faults[0]) };
	enum { FULL = sizeof(full_faults) / sizeof(full_faults[0]) };
	struct CMUnitTest rows[FATAL + FULL];
	const struct CMUnitTest tests[] = {
		FAULT_TEST(a_full_disk_that_breaks_meanwhile_ends_the_store),
		FAULT_TEST(an_act_of_administration_on_a_full_disk_is_refused_as_well),
		FAULT_TEST(a_database_that_is_moved_away_is_noticed),
		FAULT_TEST(a_database_that_is_replaced_is_noticed),
		FAULT_TEST(a_log_that_is_removed_is_noticed_and_its_sqns_are_saved),
		FAULT_TEST(a_database_whose_octets_changed_ends_the_store),
		FAULT_TEST(a_database_that_is_damaged_stays_down),
		FAULT_TEST(a_database_that_another_process_holds_is_busy),
	};
	int failed = 0;

	for (size_t i = 0; i < FATAL; i++) {
		rows[i] = row_test(fatal_faults[i].fault, a_disk_that_fails_ends_the_store,
		                   &fatal_faults[i]);
	}
	for (size_t i = 0; i < FULL; i++) {
		rows[FATAL + i] =
			row_test(full_faults[i].fault, a_full_disk_recovers_without_a_new_start,
		                 &full_faults[i]);
	}
	failed = cmocka_run_group_tests_name("disk faults", rows, NULL, NULL);
	return cmocka_run_group_tests_name("files and locks", tests, NULL, NULL) + failed;
}
