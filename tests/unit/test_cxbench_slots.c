/* Which request an answer belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/cxbench/slots.h"

static void answer_matches_its_request_once(void **state)
{
	struct slots slots;
	uint32_t i = 0;
	uint32_t hop = 0;

	(void)state;
	assert_true(slots_open(&slots, 3));
	i = slots_take(&slots);
	slots.slot[i].conn = 2;
	slots_arm(&slots, i, 99);
	hop = slots.slot[i].hop_by_hop;
	assert_int_equal(slots_match(&slots, hop, 98, 2), SLOT_NONE); /* another end-to-end */
	assert_int_equal(slots_match(&slots, hop, 99, 1), SLOT_NONE); /* another connection */
	assert_int_equal(slots_match(&slots, hop + SLOTS_MAX, 99, 2), SLOT_NONE);
	assert_int_equal(slots_match(&slots, hop + 1, 99, 2), SLOT_NONE); /* a free slot */
	assert_int_equal(slots_match(&slots, hop + 3, 99, 2), SLOT_NONE); /* no slot */
	assert_int_equal(slots_match(&slots, hop, 99, 2), i);
	assert_int_equal(slots_match(&slots, hop, 99, 2), SLOT_NONE); /* the same answer again */
	slots_close(&slots);
}

static void late_answer_does_not_match_the_next_request(void **state)
{
	struct slots slots;
	uint32_t hop = 0;

	(void)state;
	assert_true(slots_open(&slots, 1));
	assert_int_equal(slots_take(&slots), 0);
	assert_int_equal(slots_take(&slots), SLOT_NONE);
	slots_arm(&slots, 0, 1);
	hop = slots.slot[0].hop_by_hop;
	slots_release(&slots, 0);
	assert_int_equal(slots_match(&slots, hop, 1, 0), SLOT_NONE);
	assert_int_equal(slots_take(&slots), 0);
	slots_arm(&slots, 0, 1);
	assert_int_equal(slots_match(&slots, hop, 1, 0), SLOT_NONE);
	assert_int_equal(slots_match(&slots, slots.slot[0].hop_by_hop, 1, 0), 0);
	slots_close(&slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_matches_its_request_once),
		cmocka_unit_test(late_answer_does_not_match_the_next_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
