/* The subscriber file: what is taken, what is refused and how, and what is made. */
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

#include "tools/cxbench/subscribers.h"

#define K "465b5ce8b199b49faa5f0a2ee238a6bc"
#define OP "cdc202d5123e20f62b6d676ac72cb318"
#define OPC "cd63cb71954a9f4e48a5994e37a02baf"

static char folder[] = "/tmp/cxbench-csv-XXXXXX";
static char path[64];

static int group_setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/s.csv", folder);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static bool read_text(const char *text, mode_t mode, struct subscribers *subscribers,
                      struct why *why)
{
	int fd = -1;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	*subscribers = (struct subscribers){0};
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
	return subscribers_read(path, subscribers, why);
}

static void rows_in_any_form_are_taken(void **state)
{
	struct subscribers subs;
	struct why why;
	size_t i = 9;

	(void)state;
	assert_true(read_text("sqn,k,op,impi,opc,impus\r\n"
	                      "0," K "," OP ",a@x,,sip:a@x tel:+1\r\n"
	                      "\n"
	                      "1,\"" K "\",,\"b@x\"," OPC ",\" sip:b@x\"\n",
	                      0600, &subs, &why));
	assert_int_equal(subs.n, 2);
	assert_true(subs.keyed);
	assert_memory_equal(subscriber_impi(&subs, 0), "a@x", 3);
	assert_int_equal(subs.list[0].impu_len, 7);
	assert_memory_equal(subscriber_impu(&subs, 1), "sip:b@x", 7);
	/* OP has become OPc (TS 35.208 4.3.1). */
	assert_memory_equal(subs.list[0].opc, subs.list[1].opc, AKA_KEY_LEN);
	assert_true(subscriber_find(&subs, "b@x", 3, &i));
	assert_int_equal(i, 1);
	assert_false(subscriber_find(&subs, "b@", 2, &i));
	subscribers_free(&subs);
}

static void without_keys_it_is_not_keyed(void **state)
{
	struct subscribers subs;
	struct why why;

	(void)state;
	assert_true(read_text("impi,impus\na@x,sip:a@x\n", 0600, &subs, &why));
	assert_false(subs.keyed);
	subscribers_free(&subs);
}

/* The line is named, the content of a key never. */
static void bad_rows_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *text, *told;
	} bad[] = {
		{"", "s.csv:0: there is no header row"},
		{"impi,k\n", "s.csv:1: the header row has to name impi and impus"},
		{"impi,impus\n", "no subscriber"},
		{"impi,impus\na@x\n", "s.csv:2: the row has not as many fields"},
		{"impi,impus\n,sip:a@x\n", "s.csv:2: impi"},
		{"impi,impus\na@x, \n", "s.csv:2: impus"},
		{"impi,impus\na@x,\"sip:a\n", "s.csv:2: a quoted field"},
		{"impi,impus\na@x,\"sip:a\"b\n", "s.csv:2: a quoted field"},
		{"impi,impus\na@x,si\"p\n", "s.csv:2: a quoted field"},
		{"impi,impus,k,opc\na@x,sip:a@x," K "," OPC "\nb@x,sip:b@x," K "," K "0\n",
	         "s.csv:3: opc"},
		{"impi,impus,k,opc\na@x,sip:a@x,465b," OPC "\n", "s.csv:2: k: 32"},
		{"impi,impus,k,opc\na@x,sip:a@x," K ",\n", "s.csv:2: opc or op: 32"},
		{"impi,impus\na@x,sip:a@x\na@x,sip:b@x\n", "a@x is there twice"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct subscribers subs;
		struct why why;

		assert_false(read_text(bad[i].text, 0600, &subs, &why));
		assert_non_null(strstr(why.text, bad[i].told));
		assert_null(strstr(why.text, "465b"));
		subscribers_free(&subs);
	}
}

static void file_open_to_others_is_refused(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0620, 0660};

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct subscribers subs;
		struct why why;

		assert_false(read_text("impi,impus\na@x,sip:a@x\n", modes[i], &subs, &why));
		assert_non_null(strstr(why.text, "chmod 600"));
		subscribers_free(&subs);
	}
}

static void file_made_is_private_and_read_back(void **state)
{
	struct subscribers subs = {0};
	struct why why = {.text = ""};
	struct stat st;

	(void)state;
	(void)unlink(path);
	assert_true(subscribers_make(path, 300, "r.example", &why));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(subscribers_read(path, &subs, &why));
	assert_int_equal(subs.n, 300);
	assert_memory_equal(subscriber_impi(&subs, 299), "bench0000300@r.example", 22);
	assert_memory_equal(subscriber_impu(&subs, 0), "sip:bench0000001@r.example", 26);
	assert_memory_not_equal(subs.list[0].k, subs.list[1].k, AKA_KEY_LEN);
	assert_memory_not_equal(subs.list[0].k, subs.list[0].opc, AKA_KEY_LEN);
	subscribers_free(&subs);
	/* What is there is not overwritten. */
	assert_false(subscribers_make(path, 1, "r.example", &why));
	assert_non_null(strstr(why.text, "exists"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_in_any_form_are_taken),
		cmocka_unit_test(without_keys_it_is_not_keyed),
		cmocka_unit_test(bad_rows_are_refused_with_their_line),
		cmocka_unit_test(file_open_to_others_is_refused),
		cmocka_unit_test(file_made_is_private_and_read_back),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
