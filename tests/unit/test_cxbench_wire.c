/* Diameter on the wire, as cxbench reads and writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/cxbench/wire.h"

enum { ROOM = 256, GROUP = 260 };

static void header_is_written_and_read_back(void **state)
{
	uint8_t octets[ROOM];
	struct wire_out out;
	struct wire_header header;

	(void)state;
	wire_begin(&out, octets, sizeof(octets), WIRE_REQUEST | WIRE_PROXIABLE, 303, 16777216);
	wire_put_text(&out, 263, 0, "abcde");
	assert_true(wire_end(&out));
	wire_set32(octets + 12, 0x01020304);
	wire_set32(octets + 16, 0xfffefdfc);
	assert_true(wire_header_read(octets, &header));
	assert_int_equal(header.length, WIRE_HEADER_LEN + 16);
	assert_int_equal(header.length, out.len);
	assert_int_equal(header.flags, 0xc0);
	assert_int_equal(header.command, 303);
	assert_int_equal(header.application, 16777216);
	assert_int_equal(header.hop_by_hop, 0x01020304);
	assert_int_equal(header.end_to_end, 0xfffefdfc);
}

static void header_that_makes_no_sense_is_refused(void **state)
{
	static const uint8_t bad[][4] = {
		{2, 0, 0, 20}, /* version */
		{1, 0, 0, 16}, /* below its own length */
		{1, 0, 0, 0},
		{1, 0, 0, 22}, /* not a multiple of 4 */
	};
	uint8_t octets[WIRE_HEADER_LEN] = {0};
	struct wire_header header;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(octets, bad[i], sizeof(bad[i]));
		assert_false(wire_header_read(octets, &header));
	}
}

static void avps_and_groups_come_back(void **state)
{
	uint8_t octets[ROOM];
	struct wire_out out;
	struct wire_cursor cursor;
	struct wire_avp avp;
	uint32_t value = 0;
	size_t group = 0;

	(void)state;
	wire_begin(&out, octets, sizeof(octets), 0, 303, 1);
	group = wire_group_begin(&out, GROUP, 0);
	wire_put_u32(&out, 266, 0, 10415);
	wire_put(&out, 625, 10415, "xyz", 3);
	wire_group_end(&out, group);
	wire_put_plain(&out, 269, 0, "", 0);
	assert_true(wire_end(&out));

	cursor = wire_walk(octets + WIRE_HEADER_LEN, out.len - WIRE_HEADER_LEN);
	assert_true(wire_next(&cursor, &avp));
	assert_int_equal(avp.code, GROUP);
	assert_int_equal(avp.len, 12 + 16);
	{
		struct wire_cursor inner = wire_walk(avp.data, avp.len);

		assert_true(wire_next(&inner, &avp));
		assert_true(wire_u32(&avp, &value));
		assert_int_equal(value, 10415);
		assert_true(wire_next(&inner, &avp));
		assert_int_equal(avp.vendor, 10415);
		assert_int_equal(avp.flags, WIRE_AVP_VENDOR | WIRE_AVP_MANDATORY);
		assert_int_equal(avp.len, 3);
		assert_false(wire_u32(&avp, &value));
		assert_false(wire_next(&inner, &avp));
		assert_false(inner.bad);
	}
	assert_true(wire_next(&cursor, &avp));
	assert_int_equal(avp.flags, 0);
	assert_int_equal(avp.len, 0);
	assert_false(wire_next(&cursor, &avp));
	assert_false(cursor.bad);
}

/* In a place of exactly its size, so that a sanitizer sees a read behind it. */
static void message_cut_anywhere_is_bad_and_not_overrun(void **state)
{
	uint8_t octets[ROOM];
	struct wire_out out;

	(void)state;
	wire_begin(&out, octets, sizeof(octets), 0, 303, 1);
	wire_put(&out, 625, 10415, "abcde", 5);
	assert_true(wire_end(&out));
	for (size_t len = 1; len < out.len - WIRE_HEADER_LEN; len++) {
		uint8_t *cut = malloc(len);
		struct wire_cursor cursor = wire_walk(cut, len);
		struct wire_avp avp;

		assert_non_null(cut);
		memcpy(cut, octets + WIRE_HEADER_LEN, len);
		assert_false(wire_next(&cursor, &avp));
		assert_true(cursor.bad);
		assert_false(wire_next(&cursor, &avp));
		free(cut);
	}
}

static void length_below_the_header_of_an_avp_is_bad(void **state)
{
	static const uint8_t avps[][12] = {
		{0, 0, 1, 7, 0x40, 0, 0, 7},              /* below 8 */
		{0, 0, 1, 7, 0xc0, 0, 0, 11, 0, 0, 0x28}, /* V, below 12 */
		{0, 0, 1, 7, 0x40, 0, 0, 0},              /* would never advance */
		{0, 0, 1, 7, 0x40, 0xff, 0xff, 0xff},     /* far beyond */
		{0, 0, 1, 7, 0x40, 0, 0, 13, 1, 2, 3, 4}, /* padding beyond */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(avps) / sizeof(avps[0]); i++) {
		struct wire_cursor cursor = wire_walk(avps[i], sizeof(avps[i]));
		struct wire_avp avp;

		assert_false(wire_next(&cursor, &avp));
		assert_true(cursor.bad);
	}
}

static void encoder_stops_at_its_room(void **state)
{
	uint8_t octets[ROOM];

	(void)state;
	for (size_t room = 0; room < 44; room++) {
		struct wire_out out;

		memset(octets, 0xee, sizeof(octets));
		wire_begin(&out, octets, room, 0, 303, 1);
		wire_put(&out, 1, 10415, "abcdefghi", 9);
		assert_false(wire_end(&out));
		for (size_t i = room; i < sizeof(octets); i++) {
			assert_int_equal(octets[i], 0xee);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_is_written_and_read_back),
		cmocka_unit_test(header_that_makes_no_sense_is_refused),
		cmocka_unit_test(avps_and_groups_come_back),
		cmocka_unit_test(message_cut_anywhere_is_bad_and_not_overrun),
		cmocka_unit_test(length_below_the_header_of_an_avp_is_bad),
		cmocka_unit_test(encoder_stops_at_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
