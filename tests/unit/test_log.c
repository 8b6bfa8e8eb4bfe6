/* Limits of the log: no kind of line hides another one, and what is left out is said. */
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "hss/log.h"

static time_t now;
static char last[2048];
static unsigned n_lines;

time_t __wrap_time(time_t *out);
time_t __wrap_time(time_t *out)
{
	if (out != NULL) {
		*out = now;
	}
	return now;
}

static void take(int level, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));

static void take(int level, const char *format, va_list ap)
{
	(void)level;
	(void)vsnprintf(last, sizeof(last), format, ap);
	n_lines++;
}

/* Each test begins in a second of its own, with nothing left out before. */
static int second_new(void **state)
{
	(void)state;
	now += 10;
	log_tell_left_out();
	n_lines = 0;
	last[0] = '\0';
	return 0;
}

static void request_log(bool alarm)
{
	const struct cx_request req = {.command = CX_CMD_MAR, .impi = "alice@home.example"};
	struct cx_verdict verdict = {.alarm = alarm};

	(void)cx_refuse(&verdict, CX_UNABLE_TO_COMPLY, "said to the peer");
	log_request(&req, &verdict, HSS_OK);
}

static void flood(void)
{
	for (unsigned i = 0; i < 1000; i++) {
		request_log(false);
		log_peer_event(LOG_LEVEL_NOTICE, "of a peer");
	}
}

static void a_flood_of_requests_has_so_many_lines(void **state)
{
	(void)state;
	flood();
	assert_int_equal(n_lines, LOG_PEER_LINES_MAX);
}

static void a_flood_hides_no_alarm(void **state)
{
	(void)state;
	flood();
	request_log(true);
	assert_non_null(strstr(last, "alarm: MAR impi=alice@home.example"));
}

static void a_flood_hides_no_push(void **state)
{
	(void)state;
	flood();
	log_push_event(LOG_LEVEL_NOTICE, "RTR %d", 7);
	assert_string_equal(last, "hss: RTR 7");
}

static void alarms_and_pushes_are_limited_too(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		request_log(true);
	}
	assert_int_equal(n_lines, LOG_ALARM_LINES_MAX);
	for (unsigned i = 0; i < 1000; i++) {
		log_push_event(LOG_LEVEL_NOTICE, "RTR");
	}
	assert_int_equal(n_lines, LOG_ALARM_LINES_MAX + LOG_PUSH_LINES_MAX);
}

static void what_is_left_out_is_said_without_another_line(void **state)
{
	(void)state;
	flood();
	n_lines = 0;
	log_tell_left_out();
	assert_int_equal(n_lines, 0); /* the second is not over */
	now++;
	log_tell_left_out();
	assert_int_equal(n_lines, 1);
	assert_string_equal(last, "hss: 1900 lines about requests were left out");
	now++;
	log_tell_left_out();
	assert_int_equal(n_lines, 1);
}

static void the_next_second_has_lines_again(void **state)
{
	(void)state;
	flood();
	now++;
	log_peer_event(LOG_LEVEL_NOTICE, "of a peer");
	assert_string_equal(last, "hss: of a peer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_flood_of_requests_has_so_many_lines, second_new),
		cmocka_unit_test_setup(a_flood_hides_no_alarm, second_new),
		cmocka_unit_test_setup(a_flood_hides_no_push, second_new),
		cmocka_unit_test_setup(alarms_and_pushes_are_limited_too, second_new),
		cmocka_unit_test_setup(what_is_left_out_is_said_without_another_line, second_new),
		cmocka_unit_test_setup(the_next_second_has_lines_again, second_new),
	};

	if (fd_log_handler_register(take) != 0) {
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
