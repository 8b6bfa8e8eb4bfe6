/* The file of an SLF's map: every line, and every fault named with file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hss/slf_conf.h"

static char dir[64];
static char path[96];
static char why[CONF_WHY_LEN];

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/test_slf_conf.XXXXXX");
	if (mkdtemp(dir) == NULL) {
		return -1;
	}
	(void)snprintf(path, sizeof(path), "%s/slf.conf", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static enum hss_err load(const char *text, size_t len, struct slf **slf)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	return slf_load(path, slf, why);
}

static void assert_rule(const struct slf *slf, const char *identity, enum slf_kind kind,
                        unsigned line, size_t n_host, uint32_t time)
{
	const struct slf_rule *rule = slf_lookup(slf, identity);

	assert_non_null(rule);
	assert_int_equal(rule->kind, kind);
	assert_int_equal(rule->line, line);
	assert_int_equal(rule->n_host, n_host);
	assert_int_equal(rule->usage, time != 0 ? CX_REDIRECT_ALL_USER : CX_REDIRECT_DONT_CACHE);
	assert_int_equal(rule->max_cache_time, time);
}

static void every_line_is_taken(void **state)
{
	static const char text[] =
		"# the HSSs\n"
		"\n"
		"hss north hss1.example.org hss1b.example.org:3869;transport=sctp\n"
		"\thss\tsouth  aaas://hss2.example.org \r\n"
		"identity sip:alice@example.org south\n"
		"usage all_user 300\n"
		"number +4930* north\n"
		"usage dont_cache\n"
		"realm *.example.net south north\n"
		"usage all_user 604800\n"
		"  # within\n"
		"expression sip:[#a-c]*@example\\.com north\n"
		"default south"; /* without an end of line */
	struct slf *slf = NULL;

	(void)state;
	assert_int_equal(load(text, strlen(text), &slf), HSS_OK);
	assert_int_equal(slf_n_rules(slf), 5);
	assert_rule(slf, "sip:alice@example.org", SLF_IDENTITY, 5, 1, 0);
	assert_rule(slf, "tel:+49301", SLF_NUMBER, 7, 2, 300);
	assert_rule(slf, "a@b.example.net", SLF_REALM, 9, 3, 0);
	assert_rule(slf, "sip:abc@example.com", SLF_EXPRESSION, 12, 2, 604800);
	assert_rule(slf, "x@y", SLF_DEFAULT, 13, 1, 604800);
	slf_close(slf);
}

static void a_bad_file_is_refused_with_line_and_reason(void **state)
{
#define A "hss a a.example.org\n"
	static const struct {
		const char *text;
		const char *line;
		const char *reason;
	} rows[] = {
		{"", "slf.conf: ", "there is no rule"},
		{"# nothing\n" A, "slf.conf: ", "there is no rule"},
		{A "defualt a\n", ":2:", "'defualt' is none of hss, usage, identity"},
		{A "Default a\n", ":2:", "'Default' is none of"},
		{"hss a\n", ":1:", "too few words: hss NAME"},
		{"hss a hss1\n", ":1:", "hss1 has no host name"},
		{"hss a b.c:x\n", ":1:", "no port from 1 to 65535"},
		{"hss a/b b.c\n", ":1:", "the name of an HSS"},
		{A "\n" A, ":3:", "the HSS a is named already"},
		{"hss a 1.a 2.a 3.a 4.a 5.a 6.a 7.a 8.a 9.a\n", ":1:", "too many words"},
		{A "default b\n", ":2:", "no line \"hss b ...\" stands above"},
		{A "default\n", ":2:", "too few words: default NAME"},
		{A "default a\nrealm b.c a\n", ":3:", "below the default one in line 2"},
		{A "default a\ndefault a\n", ":3:", "below the default one in line 2"},
		{A "identity sip:x@y.z\n", ":2:", "too few words: identity"},
		{A "identity bob a\n", ":2:", "the identity bob has no '@'"},
		{A "identity a@b a\n\nidentity a@B a\n",
	         ":4:", "the identity a@b stands in line 2"},
		{A "number +4930000 - +4939999 a\n", ":2:", "no line \"hss - ...\" stands above"},
		{A "number +493-+4939 a\n", ":2:", "FIRST-LAST"},
		{A "realm * a\n", ":2:", "domain name"},
		{A "expression ((a a\n", ":2:", "the expression: "},
		{A "expression (a)\\1 a\n", ":2:", "back-references"},
		{A "usage\n", ":2:", "too few words"},
		{A "usage all_realm 3\n", ":2:", "\"dont_cache\", or \"all_user\""},
		{A "usage all_user\n", ":2:", "\"all_user\" and 1 to 604800"},
		{A "usage all_user 0\n", ":2:", "1 to 604800"},
		{A "usage all_user 604801\n", ":2:", "1 to 604800"},
		{A "usage all_user 99999999999\n", ":2:", "1 to 604800"},
		{A "usage all_user 5s\n", ":2:", "1 to 604800"},
		{A "usage dont_cache 5\n", ":2:", "\"dont_cache\", or"},
	};
#undef A

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slf *slf = NULL;

		assert_int_equal(load(rows[i].text, strlen(rows[i].text), &slf), HSS_ERR_INVALID);
		assert_null(slf);
		assert_non_null(strstr(why, path));
		if (strstr(why, rows[i].line) == NULL || strstr(why, rows[i].reason) == NULL) {
			fail_msg("row %zu: '%s' lacks '%s' or '%s'", i, why, rows[i].line,
			         rows[i].reason);
		}
	}
}

static void a_nul_is_refused(void **state)
{
	static const char text[] = "hss a a.b\ndefault a\0b\n";
	struct slf *slf = NULL;

	(void)state;
	assert_int_equal(load(text, sizeof(text) - 1, &slf), HSS_ERR_INVALID);
	assert_non_null(strstr(why, ":2: the line holds a NUL"));
}

static void a_missing_file_is_an_io_error(void **state)
{
	struct slf *slf = NULL;

	(void)state;
	assert_int_equal(slf_load("/nonexistent/slf.conf", &slf, why), HSS_ERR_IO);
	assert_non_null(strstr(why, "/nonexistent/slf.conf: "));
	assert_int_equal(slf_load("/", &slf, why), HSS_ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_is_taken),
		cmocka_unit_test(a_bad_file_is_refused_with_line_and_reason),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(a_missing_file_is_an_io_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
