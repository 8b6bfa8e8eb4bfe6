/* Identities as keyed hashes. */
#include <errno.h>
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

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "hss/hex.h"
#include "hss/log_id.h"

static char dir[] = "/tmp/test_log_id.XXXXXX";
static char path[sizeof(dir) + sizeof("/key")];
static const char *why;

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/test_log_id.XXXXXX");
	if (mkdtemp(dir) == NULL) {
		return -1;
	}
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

/* A key file of 64 times the digit. */
static void key_write(const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static const char ones[] = "1111111111111111111111111111111111111111111111111111111111111111";

static struct log_id *open_ones(void)
{
	struct log_id *id = NULL;

	key_write(ones, 0600);
	assert_int_equal(log_id_open(path, false, &id, &why), HSS_OK);
	return id;
}

static void a_hash_is_hmac_sha_256_of_label_and_identity(void **state)
{
	const char text[] = "quintet log identity\0alice@home.example";
	struct log_id *id = open_ones();
	uint8_t key[LOG_ID_KEY_LEN];
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	char expected[LOG_ID_LEN + 1] = "h:";
	char shown[LOG_ID_LEN + 1];

	(void)state;
	memset(key, 0x11, sizeof(key));
	assert_non_null(HMAC(EVP_sha256(), key, sizeof(key), (const uint8_t *)text,
	                     sizeof(text) - 1, hash, &len));
	hex_from_octets(hash, 8, expected + 2);
	log_id_of(id, "alice@home.example", shown);
	assert_string_equal(shown, expected);
	log_id_close(id);
}

static void spellings_of_an_identity_have_one_hash(void **state)
{
	static const char *const pair[][2] = {
		{"alice@home.example", "alice@HOME.Example"},
		{"sip:alice@home.example", "SIP:alice@Home.example:5060;transport=tcp"},
		{"tel:+15550100", "TEL:+1-555-0100"},
	};
	struct log_id *id = open_ones();
	char a[LOG_ID_LEN + 1];
	char b[LOG_ID_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		log_id_of(id, pair[i][0], a);
		log_id_of(id, pair[i][1], b);
		assert_string_equal(a, b);
	}
	log_id_of(id, "alice@home.example", a);
	log_id_of(id, "sip:alice@home.example", b);
	assert_string_not_equal(a, b);
	log_id_close(id);
}

static void another_key_gives_another_hash(void **state)
{
	struct log_id *id = open_ones();
	struct log_id *other = NULL;
	char a[LOG_ID_LEN + 1];
	char b[LOG_ID_LEN + 1];

	(void)state;
	(void)unlink(path);
	assert_int_equal(log_id_open(path, true, &other, &why), HSS_OK);
	log_id_of(id, "alice@home.example", a);
	log_id_of(other, "alice@home.example", b);
	assert_string_not_equal(a, b);
	log_id_close(id);
	log_id_close(other);
}

static void a_key_is_made_once_and_for_its_owner_alone(void **state)
{
	struct log_id *id = NULL;
	struct log_id *again = NULL;
	struct stat st;
	char a[LOG_ID_LEN + 1];
	char b[LOG_ID_LEN + 1];

	(void)state;
	assert_int_equal(log_id_open(path, false, &id, &why), HSS_ERR_IO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(log_id_open(path, true, &id, &why), HSS_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & ALLPERMS, 0600);
	assert_int_equal(log_id_open(path, true, &again, &why), HSS_OK);
	log_id_of(id, "tel:+15550100", a);
	log_id_of(again, "tel:+15550100", b);
	assert_string_equal(a, b);
	log_id_close(id);
	log_id_close(again);
}

static void a_bad_key_file_is_refused(void **state)
{
	struct log_id *id = NULL;

	(void)state;
	key_write(ones, 0640);
	assert_int_equal(log_id_open(path, true, &id, &why), HSS_ERR_INVALID);
	assert_non_null(strstr(why, "chmod 600"));
	key_write(ones + 2, 0600);
	assert_int_equal(log_id_open(path, true, &id, &why), HSS_ERR_INVALID);
	assert_non_null(strstr(why, "64 hexadecimal digits"));
	key_write("", 0600);
	assert_int_equal(log_id_open(path, true, &id, &why), HSS_ERR_INVALID);
	key_write("1111111111111111111111111111111111111111111111111111111111111111\n\n", 0600);
	assert_int_equal(log_id_open(path, true, &id, &why), HSS_ERR_INVALID);
	assert_null(id);
}

static void identities_in_a_line_are_replaced_and_nothing_else_is(void **state)
{
	struct log_id *id = open_ones();
	char impi[LOG_ID_LEN + 1];
	char tel[LOG_ID_LEN + 1];
	char expected[256];
	char shown[256];

	(void)state;
	log_id_of(id, "alice@home.example", impi);
	log_id_of(id, "tel:+15550100", tel);
	log_id_scrub(
		id, "RTR 7 of alice@Home.example to scscf.home.example: \"tel:+1-555-0100\", 5012.",
		shown, sizeof(shown));
	(void)snprintf(expected, sizeof(expected),
	               "RTR 7 of %s to scscf.home.example: \"%s\", 5012.", impi, tel);
	assert_string_equal(shown, expected);
	log_id_scrub(id, "peer scscf.home.example is connected", shown, sizeof(shown));
	assert_string_equal(shown, "peer scscf.home.example is connected");
	log_id_scrub(id, "", shown, sizeof(shown));
	assert_string_equal(shown, "");
	log_id_close(id);
}

static void a_line_that_does_not_fit_is_cut(void **state)
{
	struct log_id *id = open_ones();
	char shown[12] = "";

	(void)state;
	log_id_scrub(id, "of a@b and c@d", shown, sizeof(shown));
	assert_int_equal(strlen(shown), sizeof(shown) - 1);
	assert_memory_equal(shown, "of h:", 5);
	log_id_close(id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_hash_is_hmac_sha_256_of_label_and_identity, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(spellings_of_an_identity_have_one_hash, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(another_key_gives_another_hash, setup, teardown),
		cmocka_unit_test_setup_teardown(a_key_is_made_once_and_for_its_owner_alone, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(a_bad_key_file_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			identities_in_a_line_are_replaced_and_nothing_else_is, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_that_does_not_fit_is_cut, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
