/* The SQNs seen, and the log that keeps them. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/cxbench/sqn_log.h"
#include "tools/cxbench/sqn_set.h"

enum { N = 5000 };

static char folder[] = "/tmp/cxbench-sqn-XXXXXX";
static char csv[64], log_path[64];
static struct subscribers subscribers;
static struct sqn_log sqn_log;

static void file_write(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static int group_setup(void **state)
{
	struct why why;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(csv, sizeof(csv), "%s/s.csv", folder);
	(void)snprintf(log_path, sizeof(log_path), "%s/sqn.log", folder);
	file_write(csv, "impi,impus\na@x,sip:a@x\nb@x,sip:b@x\n");
	assert_true(subscribers_read(csv, &subscribers, &why));
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	subscribers_free(&subscribers);
	(void)unlink(csv);
	(void)unlink(log_path);
	return rmdir(folder);
}

/* In any order, each once, then each again: all new, then all duplicates. */
static void duplicates_are_seen_in_any_order(void **state)
{
	struct sqn_set set;

	(void)state;
	assert_true(sqn_set_open(&set, 2));
	for (unsigned round = 0; round < 2; round++) {
		for (uint64_t i = 0; i < N; i++) {
			const uint64_t sqn = (i * 2741 % N + 1) << 20;

			assert_int_equal(sqn_set_note(&set, 1, sqn),
			                 round == 0 ? SQN_NEW : SQN_DUPLICATE);
		}
	}
	assert_true(sqn_set_highest(&set, 1) == (uint64_t)N << 20);
	assert_int_equal(set.list[1].n, N);
	/* The other IMPI has its own. */
	assert_int_equal(sqn_set_highest(&set, 0), 0);
	assert_int_equal(sqn_set_note(&set, 0, 1U << 20), SQN_NEW);
	sqn_set_close(&set);
}

static bool log_open(struct sqn_set *set, struct faults *faults, struct why *why)
{
	*faults = (struct faults){.silent = true};
	assert_true(sqn_set_open(set, subscribers.n));
	return sqn_log_open(&sqn_log, log_path, &subscribers, set, faults, why);
}

static void log_keeps_sqns_over_runs(void **state)
{
	struct sqn_set set;
	struct faults faults;
	struct why why;
	struct stat st;

	(void)state;
	(void)unlink(log_path);
	assert_true(log_open(&set, &faults, &why));
	for (uint64_t i = 1; i <= 100000; i++) { /* more than the buffer holds */
		assert_true(sqn_log_add(&sqn_log, "b@x", 3, i * 32));
	}
	assert_true(sqn_log_add(&sqn_log, "a@x", 3, 281474976710655));
	assert_true(sqn_log_close(&sqn_log));
	sqn_set_close(&set);
	assert_int_equal(stat(log_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	assert_true(log_open(&set, &faults, &why));
	assert_int_equal(faults.total, 0);
	assert_int_equal(set.list[1].n, 100000);
	assert_int_equal(sqn_set_highest(&set, 1), 3200000);
	assert_true(sqn_set_highest(&set, 0) == 281474976710655);
	assert_int_equal(sqn_set_note(&set, 1, 64), SQN_DUPLICATE);
	assert_true(sqn_log_close(&sqn_log));
	sqn_set_close(&set);
}

static void sqn_twice_in_a_log_is_a_fault(void **state)
{
	struct sqn_set set;
	struct faults faults;
	struct why why;

	(void)state;
	file_write(log_path, "a@x 32\nb@x 32\na@x 64\na@x 32\n");
	assert_true(log_open(&set, &faults, &why));
	assert_int_equal(faults.total, 1);
	assert_int_equal(faults.n[FAULT_SQN_DUPLICATE], 1);
	assert_true(sqn_log_close(&sqn_log));
	sqn_set_close(&set);
}

static void what_is_no_log_is_refused_with_its_line(void **state)
{
	static const char *const bad[] = {
		"a@x 32\nb@x\n",
		"a@x 32\nb@x -5\n",
		"a@x 32\nb@x 12x\n",
		"a@x 32\nc@x 32\n",
		"a@x 32\nb@x 281474976710656\n",
		"a@x 32\nb@x 64",
	};
	struct sqn_set set;
	struct faults faults;
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		file_write(log_path, bad[i]);
		assert_false(log_open(&set, &faults, &why));
		assert_non_null(strstr(why.text, "sqn.log:2: "));
		sqn_set_close(&set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(duplicates_are_seen_in_any_order),
		cmocka_unit_test(log_keeps_sqns_over_runs),
		cmocka_unit_test(sqn_twice_in_a_log_is_a_fault),
		cmocka_unit_test(what_is_no_log_is_refused_with_its_line),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
