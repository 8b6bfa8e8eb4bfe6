/* The CSV reader and writer of hssctl (RFC 4180). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/hssctl/csv.h"

static int file_of(const char *text, size_t len)
{
	int fd = memfd_create("csv", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Everything that is read from a text: "line:field|field;" for each record, "line!" for each bad
 * one. */
static void check(const char *text, size_t len, const char *expected)
{
	const int fd = file_of(text, len);
	struct csv_reader *csv = csv_open(fd);
	enum hss_err err = HSS_OK;
	char seen[512] = "";
	size_t used = 0;

	assert_non_null(csv);
	while (err != HSS_ERR_NOT_FOUND) {
		struct csv_record rec;
		const char *why = NULL;

		err = csv_read(csv, &rec, &why);
		if (err == HSS_ERR_INVALID) {
			assert_non_null(why);
			used += (size_t)snprintf(seen + used, sizeof(seen) - used, "%zu!",
			                         rec.line);
		} else if (err == HSS_OK) {
			used += (size_t)snprintf(seen + used, sizeof(seen) - used,
			                         "%zu:", rec.line);
			for (size_t i = 0; i < rec.n; i++) {
				assert_int_equal(strlen(rec.field[i]), rec.len[i]);
				used += (size_t)snprintf(seen + used, sizeof(seen) - used, "%s%s",
				                         rec.field[i], i + 1 < rec.n ? "|" : ";");
			}
		} else {
			assert_int_equal(err, HSS_ERR_NOT_FOUND);
		}
	}
	assert_string_equal(seen, expected);
	csv_close(csv);
	assert_int_equal(close(fd), 0);
}

static void records_are_read(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} rows[] = {
		{"", ""},
		{"a,b,c\n", "1:a|b|c;"},
		{"a,b\nc,d", "1:a|b;2:c|d;"},
		{"a,b\r\nc,d\r\n", "1:a|b;2:c|d;"},
		{"a,b\r", "1:a|b;"},
		{",\n,,\n", "1:|;2:||;"},
		{"\n\r\na\n\n\nb\n\n", "3:a;6:b;"},
		{"\xef\xbb\xbfimpi,k\n", "1:impi|k;"},
		{"\"a,b\",\"c\"\"d\"\n", "1:a,b|c\"d;"},
		{"\"a\nb\",c\nd\n", "1:a\nb|c;3:d;"},
		{"\"a\",\"\"\r\nb\r\n", "1:a|;2:b;"},
		{" a , b \n", "1: a | b ;"},
		{"a\rb,c\n", "1:a\rb|c;"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check(rows[i].text, strlen(rows[i].text), rows[i].expected);
	}
}

static void bad_records_are_named_and_skipped(void **state)
{
	static const char with_nul[] = "a,b\0c\nd\n";

	(void)state;
	check("a\"b\nc\n", 6, "1!2:c;");
	check("\"a\"b\nc\n", 7, "1!2:c;");
	check("a\n\"b\nc", 6, "1:a;2!");
	check(with_nul, sizeof(with_nul) - 1, "1!2:d;");
}

static void a_record_has_at_most_32_fields(void **state)
{
	char text[80];

	(void)state;
	memset(text, ',', sizeof(text));
	check(text, CSV_FIELDS_MAX, "1!");
	check(text, CSV_FIELDS_MAX - 1, "1:|||||||||||||||||||||||||||||||;");
}

static void a_record_longer_than_the_limit_is_skipped(void **state)
{
	const size_t len = CSV_RECORD_MAX + 100;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', len);
	memcpy(text + len - 3, "\ny\n", 3);
	check(text, len, "1!2:y;");
	free(text);
}

/* Records that lie across the reader's buffer, wherever its end falls. */
static void buffers_do_not_show(void **state)
{
	enum { ROWS = 20000 };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct csv_reader *csv = NULL;
	int fd = -1;

	(void)state;
	assert_non_null(out);
	for (int i = 0; i < ROWS; i++) {
		(void)fprintf(out, "%d,\"q\"\"%d\"\r\n\r\n", i, i);
	}
	assert_int_equal(fclose(out), 0);
	fd = file_of(text, len);
	csv = csv_open(fd);
	assert_non_null(csv);
	for (int i = 0; i < ROWS; i++) {
		struct csv_record rec;
		const char *why = NULL;
		char first[16];
		char second[16];

		(void)snprintf(first, sizeof(first), "%d", i);
		(void)snprintf(second, sizeof(second), "q\"%d", i);
		assert_int_equal(csv_read(csv, &rec, &why), HSS_OK);
		assert_int_equal(rec.n, 2);
		assert_int_equal(rec.line, 2 * (size_t)i + 1);
		assert_string_equal(rec.field[0], first);
		assert_string_equal(rec.field[1], second);
	}
	assert_int_equal(csv_offset(csv), len);
	csv_close(csv);
	free(text);
	assert_int_equal(close(fd), 0);
}

static void an_unreadable_file_is_an_error(void **state)
{
	struct csv_reader *csv = csv_open(-1);
	struct csv_record rec;
	const char *why = NULL;

	(void)state;
	assert_non_null(csv);
	assert_int_equal(csv_read(csv, &rec, &why), HSS_ERR_IO);
	csv_close(csv);
}

static void what_is_quoted_reads_back(void **state)
{
	static const char *const texts[] = {"",   "plain", "a,b",    "a\"b",
	                                    "\"", "a\nb",  "a\r\nb", " x "};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char text[64];
		char expected[64];
		size_t len = csv_quote(texts[i], text);

		assert_true(len <= csv_quoted_max(strlen(texts[i])));
		memcpy(text + len, ",end\n", 6);
		(void)snprintf(expected, sizeof(expected), "1:%s|end;", texts[i]);
		check(text, strlen(text), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_read),
		cmocka_unit_test(bad_records_are_named_and_skipped),
		cmocka_unit_test(a_record_has_at_most_32_fields),
		cmocka_unit_test(a_record_longer_than_the_limit_is_skipped),
		cmocka_unit_test(buffers_do_not_show),
		cmocka_unit_test(an_unreadable_file_is_an_error),
		cmocka_unit_test(what_is_quoted_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
