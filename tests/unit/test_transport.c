/* The transport key of SIM vendors: published AES vectors, and the rules of its file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/hssctl/transport.h"

#define KEY_128 "2b7e151628aed2a6abf7158809cf4f3c"
#define KEY_256 "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
/* Encrypted zeros: RFC 4493 clause 4, and SP 800-38B D.3, CIPH_K(0). */
#define KCV_128 "7df76b"
#define KCV_256 "e568f6"
#define IV "000102030405060708090a0b0c0d0e0f"

enum { DIGITS = 32, N_BLOCKS = 4 };

struct fixture {
	char dir[32];
	char path[64];
	char why[TRANSPORT_WHY_LEN];
	struct transport_key *key;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_transport.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof(f->path), "%s/vendor.key", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	transport_close(f->key);
	(void)unlink(f->path);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

/* Write the file and open it. */
static enum hss_err open_of(struct fixture *f, const char *text)
{
	const int fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
	transport_close(f->key);
	f->key = NULL;
	f->why[0] = '\0';
	return transport_open(f->path, &f->key, f->why);
}

static const char *const clear[N_BLOCKS] = {
	"6bc1bee22e409f96e93d7e117393172a",
	"ae2d8a571e03ac9c9eb76fac45af8e51",
	"30c81c46a35ce411e5fbc1191a0a52ef",
	"f69f2445df4f9b17ad2b417be66c3710",
};

static void blocks_of_sp_800_38a_are_decrypted(void **state)
{
	static const struct {
		const char *file;
		bool chained; /* the vector of a block is the block before, as iv= has to say */
		const char *block[N_BLOCKS];
	} sets[] = {
		{"key=" KEY_128 "\nmode=ecb\nkcv=" KCV_128 "\n", /* F.1.1 */
	         false,
	         {"3ad77bb40d7a3660a89ecaf32466ef97", "f5d3d58503b9699de785895a96fdbaaf",
	          "43b1cd7f598ece23881b00e3ed030688", "7b0c785e27e8ad3f8223207104725dd4"}},
		{"key=" KEY_256 "\nmode=ecb\nkcv=" KCV_256 "\n", /* F.1.5 */
	         false,
	         {"f3eed1bdb5d2a03c064b5a7e3db181f8", "591ccb10d410ed26dc5ba74a31362870",
	          "b6ed21b99ca6f4f9f153e7b1beafed1d", "23304b7a39f9f3ff067d8d8f9e24ecc7"}},
		{"key=" KEY_128 "\nmode=cbc\nkcv=" KCV_128 "\n", /* F.2.1 */
	         true,
	         {"7649abac8119b246cee98e9b12e9197d", "5086cb9b507219ee95db113a917678b2",
	          "73bed6b8e3c1743b7116e69e22229516", "3ff1caa1681fac09120eca307586e1a7"}},
		{"key=" KEY_256 "\nmode=cbc\nkcv=" KCV_256 "\n", /* F.2.5 */
	         true,
	         {"f58c4c04d6e5f1ba779eabfb5f7bfbd6", "9cfc4e967edb808d679f777bc6702c7d",
	          "39f23369a9d9bacfa530e26304231461", "b2eb05e2c39be9fcda6c19078c6a9d1b"}},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		for (size_t k = 0; k < N_BLOCKS; k++) {
			char file[512];
			char digits[DIGITS + 1];

			(void)snprintf(file, sizeof(file), "%s%s%s\n", sets[i].file,
			               sets[i].chained ? "iv=" : "",
			               !sets[i].chained ? ""
			               : k == 0         ? IV
			                                : sets[i].block[k - 1]);
			(void)snprintf(digits, sizeof(digits), "%s", sets[i].block[k]);
			assert_int_equal(open_of(f, file), HSS_OK);
			assert_int_equal(transport_decrypt(f->key, digits), HSS_OK);
			assert_string_equal(digits, clear[k]);
		}
	}
}

/* In a file of many rows one field must not depend on those before. */
static void each_field_is_decrypted_by_itself(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_of(f, "key=" KEY_128 "\nmode=cbc\niv=" IV "\n"), HSS_OK);
	for (unsigned i = 0; i < 3; i++) {
		char digits[] = "7649ABAC8119B246CEE98E9B12E9197D";

		assert_int_equal(transport_decrypt(f->key, digits), HSS_OK);
		assert_string_equal(digits, clear[0]);
	}
}

static void without_iv_it_is_zero(void **state)
{
	struct fixture *f = *state;
	char digits[] = "3ad77bb40d7a3660a89ecaf32466ef97"; /* of ECB: the same with zeros */

	assert_int_equal(open_of(f, "mode=cbc\nkey=" KEY_128), HSS_OK);
	assert_int_equal(transport_decrypt(f->key, digits), HSS_OK);
	assert_string_equal(digits, clear[0]);
}

static void a_field_that_is_not_32_digits_is_refused_as_it_is(void **state)
{
	static const char *const bad[] = {"", "3ad77bb40d7a3660a89ecaf32466ef9",
	                                  "3ad77bb40d7a3660a89ecaf32466ef97aa",
	                                  "3ad77bb40d7a3660a89ecaf32466ef9x"};
	struct fixture *f = *state;

	assert_int_equal(open_of(f, "key=" KEY_128 "\nmode=ecb\n"), HSS_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char digits[64];

		(void)snprintf(digits, sizeof(digits), "%s", bad[i]);
		assert_int_equal(transport_decrypt(f->key, digits), HSS_ERR_INVALID);
		assert_string_equal(digits, bad[i]);
	}
}

static void a_bad_file_is_refused_with_line_and_reason(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} rows[] = {
		{"", "lacks key= or mode="},
		{"key=" KEY_128 "\n", "lacks key= or mode="},
		{"mode=ecb\n", "lacks key= or mode="},
		{"# of the vendor\n\nkey=" KEY_128 "0\nmode=ecb\n",
	         "line 3: key: must be 32 or 64 hexadecimal digits"},
		{"key=" KEY_128 "00000000000000000\nmode=ecb\n",
	         "line 1: key: must be 32 or 64 hexadecimal digits"},
		{"key= " KEY_128 "\nmode=ecb\n",
	         "line 1: key: must be 32 or 64 hexadecimal digits"},
		{"key=" KEY_128 "\r\nmode=ecb\n",
	         "line 1: key: must be 32 or 64 hexadecimal digits"},
		{"key=" KEY_128 "\nmode=ctr\n", "line 2: mode: must be ecb or cbc"},
		{"key=" KEY_128 "\nmode=\n", "line 2: mode: must be ecb or cbc"},
		{"key=" KEY_128 "\nmode=cbc\niv=00\n", "line 3: iv: must be 32 hexadecimal digits"},
		{"key=" KEY_128 "\nmode=ecb\niv=" IV "\n", "iv= goes with mode=cbc only"},
		{"key=" KEY_128 "\nmode=ecb\nkcv=" KCV_128 "0c\n",
	         "line 3: kcv: must be 6 hexadecimal digits"},
		{"key=" KEY_128 "\nmode=ecb\nkcv=" KCV_256 "\n",
	         "kcv is not that of key: one of them is wrong"},
		{"key=" KEY_256 "\nmode=cbc\nkcv=" KCV_128 "\n",
	         "kcv is not that of key: one of them is wrong"},
		{"key=" KEY_128 "\nkey=" KEY_128 "\nmode=ecb\n", "line 2: key: stands there twice"},
		{KEY_128 "\n", "line 1: none of key=, mode=, iv=, kcv="},
		{"key=" KEY_128 "\nmode=ecb\npadding=none\n",
	         "line 3: none of key=, mode=, iv=, kcv="},
		{"KEY=" KEY_128 "\n", "line 1: none of key=, mode=, iv=, kcv="},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(open_of(f, rows[i].text), HSS_ERR_INVALID);
		assert_null(f->key);
		assert_string_equal(f->why, rows[i].why);
	}
}

static void a_file_that_others_can_read_is_refused(void **state)
{
	static const mode_t modes[] = {0644, 0640, 0604, 0620, 0610};
	struct fixture *f = *state;

	assert_int_equal(open_of(f, "key=" KEY_128 "\nmode=ecb\n"), HSS_OK);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct transport_key *key = NULL;

		assert_int_equal(chmod(f->path, modes[i]), 0);
		assert_int_equal(transport_open(f->path, &key, f->why), HSS_ERR_INVALID);
		assert_null(key);
		assert_non_null(strstr(f->why, "chmod 600"));
	}
}

static void what_is_no_file_of_its_own_is_refused(void **state)
{
	struct fixture *f = *state;
	struct transport_key *key = NULL;
	char link[80];

	assert_int_equal(open_of(f, "key=" KEY_128 "\nmode=ecb\n"), HSS_OK);
	(void)snprintf(link, sizeof(link), "%s/link", f->dir);
	assert_int_equal(symlink(f->path, link), 0);
	assert_int_equal(transport_open(link, &key, f->why), HSS_ERR_IO);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(transport_open(link, &key, f->why), HSS_ERR_IO);
	assert_int_equal(transport_open(f->dir, &key, f->why), HSS_ERR_INVALID);
	assert_int_equal(mkfifo(link, 0600), 0);
	assert_int_equal(transport_open(link, &key, f->why), HSS_ERR_INVALID);
	assert_int_equal(unlink(link), 0);
	assert_null(key);
}

static void a_file_that_is_too_long_is_refused(void **state)
{
	struct fixture *f = *state;
	char text[5000];

	memset(text, '#', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(open_of(f, text), HSS_ERR_INVALID);
	assert_string_equal(f->why, "more than 4096 octets");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(blocks_of_sp_800_38a_are_decrypted, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(each_field_is_decrypted_by_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(without_iv_it_is_zero, setup, teardown),
		cmocka_unit_test_setup_teardown(a_field_that_is_not_32_digits_is_refused_as_it_is,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(a_bad_file_is_refused_with_line_and_reason, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(a_file_that_others_can_read_is_refused, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(what_is_no_file_of_its_own_is_refused, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(a_file_that_is_too_long_is_refused, setup,
	                                        teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
