/* The command line: what is taken, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/cxbench/options.h"

enum { WORDS_MAX = 32 };

static struct settings settings;

/* Words between blanks. */
static enum options_result read_words(const char *text)
{
	static char room[512];
	char *argv[WORDS_MAX] = {NULL};
	char *rest = NULL;
	int argc = 1;

	(void)snprintf(room, sizeof(room), "cxbench %s", text);
	argv[0] = strtok_r(room, " ", &rest);
	while (argc < WORDS_MAX - 1 && (argv[argc] = strtok_r(NULL, " ", &rest)) != NULL) {
		argc++;
	}
	return options_read(argc, argv, &settings);
}

static void defaults_and_values(void **state)
{
	(void)state;
	assert_int_equal(read_words("--subscribers s.csv --count 10 127.0.0.1:3868"), OPTIONS_RUN);
	assert_string_equal(settings.host, "127.0.0.1");
	assert_string_equal(settings.port, "3868");
	assert_string_equal(settings.hss, "hss.home.example");
	assert_int_equal(settings.window, 128);
	assert_int_equal(settings.command, COMMAND_MAR);
	assert_false(settings.verify_given);
	assert_int_equal(read_words("--subscribers s.csv --seconds 0.5 --command mix --rate 1000.5 "
	                            "--realm r.x --verify 0 --allow-loss [::1]:1"),
	                 OPTIONS_RUN);
	assert_string_equal(settings.host, "::1");
	assert_string_equal(settings.hss, "hss.r.x");
	assert_int_equal(settings.command, COMMAND_MIX);
	assert_true(settings.seconds > 0.49 && settings.seconds < 0.51);
	assert_true(settings.rate > 1000.4 && settings.rate < 1000.6);
	assert_true(settings.verify_given && settings.allow_loss && !settings.allow_busy);
	assert_int_equal(read_words("--make-subscribers 5 --output x"), OPTIONS_RUN);
	assert_int_equal(settings.make_subscribers, 5);
}

static void bad_ones_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"--subscribers s --count 1",
		"--subscribers s --count 1 a:1 b:1",
		"--subscribers s h:1",
		"--count 1 h:1",
		"--subscribers s --count 0 h:1",
		"--subscribers s --count 1x h:1",
		"--subscribers s --count -1 h:1",
		"--subscribers s --count 1 --window 0 h:1",
		"--subscribers s --count 1 --window 1048577 h:1",
		"--subscribers s --count 1 --window 2 --connections 3 h:1",
		"--subscribers s --count 1 --vectors 65 h:1",
		"--subscribers s --seconds nan h:1",
		"--subscribers s --seconds 1e h:1",
		"--subscribers s --seconds 1 --warmup 1 h:1",
		"--subscribers s --count 1 --command xyz h:1",
		"--subscribers s --count 1 --verify 101 h:1",
		"--subscribers s --count 1 --verify 50 --sqn-log f h:1",
		"--subscribers s --count 1 --scscfs 2 --server-name sip:x h:1",
		"--subscribers s --count 1 --timeout 0 h:1",
		"--subscribers s --count 1 --deaf h:1",
		"--subscribers s --count 1 --nonsense h:1",
		"--subscribers s --count 1 --output x h:1",
		"--subscribers s --count 1 h",
		"--subscribers s --count 1 h:0",
		"--subscribers s --count 1 h:65536",
		"--subscribers s --count 1 h:1x",
		"--subscribers s --count 1 :1",
		"--subscribers s --count 1 [::1:1",
		"--make-subscribers 5 h:1",
		"--make-subscribers 0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (read_words(bad[i]) != OPTIONS_BAD) {
			fail_msg("taken: %s", bad[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_and_values),
		cmocka_unit_test(bad_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
