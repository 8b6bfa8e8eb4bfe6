/* Hexadecimal digits, held against what the C library makes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hss/hex.h"

enum { N_OCTETS = 256 };

static void every_character_has_the_value_that_the_c_library_gives_it(void **state)
{
	(void)state;
	for (int c = 0; c < N_OCTETS; c++) {
		const char text[] = {(char)c, '\0'};
		const int expected = isxdigit(c) != 0 ? (int)strtol(text, NULL, 16) : -1;

		assert_int_equal(hex_value((char)c), expected);
	}
}

static void octets_become_the_digits_of_printf_and_come_back(void **state)
{
	uint8_t octets[N_OCTETS];
	uint8_t back[N_OCTETS];
	char digits[2 * N_OCTETS + 1];
	char expected[3];

	(void)state;
	for (unsigned i = 0; i < N_OCTETS; i++) {
		octets[i] = (uint8_t)i;
	}
	hex_from_octets(octets, N_OCTETS, digits);
	assert_int_equal(strlen(digits), 2 * N_OCTETS);
	for (unsigned i = 0; i < N_OCTETS; i++) {
		(void)snprintf(expected, sizeof(expected), "%02x", i);
		assert_memory_equal(digits + (size_t)2 * i, expected, 2);
	}
	assert_true(hex_to_octets(digits, strlen(digits), back, N_OCTETS));
	assert_memory_equal(back, octets, N_OCTETS);
}

static void a_character_that_is_no_digit_is_refused_at_each_place(void **state)
{
	static const char good[] = "00ffA5";
	uint8_t out[3];

	(void)state;
	assert_true(hex_to_octets(good, 6, out, sizeof(out)));
	for (size_t i = 0; i < 6; i++) {
		char bad[sizeof(good)];

		memcpy(bad, good, sizeof(bad));
		bad[i] = 'g';
		assert_false(hex_to_octets(bad, 6, out, sizeof(out)));
		bad[i] = '\0';
		assert_false(hex_to_octets(bad, 6, out, sizeof(out)));
	}
}

static void another_number_of_digits_is_refused(void **state)
{
	uint8_t out[3];

	(void)state;
	assert_false(hex_to_octets("00ffA", 5, out, sizeof(out)));
	assert_false(hex_to_octets("00ffA5b", 7, out, sizeof(out)));
	assert_false(hex_to_octets("", 0, out, sizeof(out)));
	assert_true(hex_to_octets("", 0, out, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_has_the_value_that_the_c_library_gives_it),
		cmocka_unit_test(octets_become_the_digits_of_printf_and_come_back),
		cmocka_unit_test(a_character_that_is_no_digit_is_refused_at_each_place),
		cmocka_unit_test(another_number_of_digits_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
