/* HA1 of SIP Digest, held against the example of RFC 2617 3.5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hss/ha1.h"

/* MD5("Mufasa:testrealm@host.com:Circle Of Life"): the response of the example follows from it. */
static const uint8_t expected[SEAL_HA1_LEN] = {0x93, 0x9e, 0x75, 0x78, 0xed, 0x9e, 0x3c, 0x51,
                                               0x8a, 0x45, 0x2a, 0xce, 0xe7, 0x63, 0xbc, 0xe9};

static void ha1_is_that_of_rfc_2617(void **state)
{
	uint8_t ha1[SEAL_HA1_LEN];

	(void)state;
	assert_int_equal(ha1_make("Mufasa", "testrealm@host.com", "Circle Of Life", 14, ha1),
	                 HSS_OK);
	assert_memory_equal(ha1, expected, sizeof(ha1));
}

static void only_the_octets_of_the_password_count(void **state)
{
	uint8_t ha1[SEAL_HA1_LEN];

	(void)state;
	assert_int_equal(
		ha1_make("Mufasa", "testrealm@host.com", "Circle Of Life and more", 14, ha1),
		HSS_OK);
	assert_memory_equal(ha1, expected, sizeof(ha1));
	assert_int_equal(ha1_make("Mufasa", "testrealm@host.com", "Circle Of Life", 13, ha1),
	                 HSS_OK);
	assert_memory_not_equal(ha1, expected, sizeof(ha1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ha1_is_that_of_rfc_2617),
		cmocka_unit_test(only_the_octets_of_the_password_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
