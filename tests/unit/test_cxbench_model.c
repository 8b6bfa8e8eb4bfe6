/* Who is asked for what, and the answers that contradict what was acknowledged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diameter-dict/cx_ids.h"
#include "tools/cxbench/model.h"

#define SCSCF "sip:s1.x"

static struct model model;
static struct check_answer answer;

static const char *contradiction(enum request_kind kind, uint32_t experimental, uint32_t result,
                                 const char *server_name)
{
	answer = (struct check_answer){.experimental = experimental != 0,
	                               .result = experimental != 0 ? experimental : result};
	if (server_name != NULL) {
		answer.server_name.data = (const uint8_t *)server_name;
		answer.server_name.len = strlen(server_name);
	}
	return model_contradiction(&model, 0, kind, &answer, SCSCF, strlen(SCSCF));
}

/* One registration as far as it is said. */
static void registration_until(enum request_kind last)
{
	struct model_task task;
	uint8_t step = 0;

	assert_true(model_open(&model, COMMAND_MIX, 1));
	assert_true(model_next(&model, &task));
	for (;; step++) {
		const enum request_kind kind = model_request(task.procedure, step);

		assert_int_not_equal(kind, N_REQUESTS);
		assert_true(model_note(&model, 0, kind, CHECK_SUCCESS));
		if (kind == last) {
			break;
		}
	}
	if (last == REQUEST_SAR_REG) {
		assert_int_equal(model_request(task.procedure, (uint8_t)(step + 1)), N_REQUESTS);
		model_done(&model, 0);
	}
}

static void nothing_is_expected_of_a_subscriber_that_is_not_known(void **state)
{
	(void)state;
	assert_true(model_open(&model, COMMAND_MIX, 1));
	assert_null(contradiction(REQUEST_UAR, 2001, 0, NULL));
	assert_null(contradiction(REQUEST_UAR, 2002, 0, "sip:other"));
	assert_null(contradiction(REQUEST_LIR, 5003, 0, NULL));
	model_close(&model);
}

static void name_stored_by_a_mar_has_to_be_there(void **state)
{
	(void)state;
	registration_until(REQUEST_MAR);
	assert_null(contradiction(REQUEST_UAR, 2002, 0, SCSCF));
	assert_non_null(contradiction(REQUEST_UAR, 2001, 0, NULL));
	assert_non_null(contradiction(REQUEST_UAR, 2002, 0, "sip:s2.x"));
	model_close(&model);
}

static void registration_has_to_be_there(void **state)
{
	(void)state;
	registration_until(REQUEST_SAR_REG);
	assert_null(contradiction(REQUEST_UAR, 2002, 0, SCSCF));
	assert_null(contradiction(REQUEST_LIR, 0, 2001, SCSCF));
	assert_null(contradiction(REQUEST_UAR_DEREG, 0, 2001, SCSCF));
	assert_non_null(contradiction(REQUEST_UAR, 2001, 0, NULL));
	assert_non_null(contradiction(REQUEST_LIR, 5003, 0, NULL));
	assert_non_null(contradiction(REQUEST_LIR, 2003, 0, NULL));
	assert_non_null(contradiction(REQUEST_LIR, 0, 2001, "sip:s2.x"));
	assert_non_null(contradiction(REQUEST_UAR_DEREG, 5003, 0, NULL));
	/* A MAR of the same S-CSCF changes nothing, answered or not. */
	(void)model_note(&model, 0, REQUEST_MAR, CHECK_FAULTY);
	assert_non_null(contradiction(REQUEST_LIR, 5003, 0, NULL));
	model_close(&model);
}

static void deregistration_has_to_be_there(void **state)
{
	(void)state;
	registration_until(REQUEST_SAR_REG);
	(void)model_note(&model, 0, REQUEST_SAR_DEREG, CHECK_SUCCESS);
	assert_null(contradiction(REQUEST_UAR, 2001, 0, NULL));
	assert_null(contradiction(REQUEST_LIR, 5003, 0, NULL));
	assert_null(contradiction(REQUEST_LIR, 2003, 0, NULL));
	assert_non_null(contradiction(REQUEST_UAR, 2002, 0, SCSCF));
	assert_non_null(contradiction(REQUEST_LIR, 0, 2001, SCSCF));
	model_forget(&model, 0);
	assert_null(contradiction(REQUEST_LIR, 0, 2001, SCSCF));
	model_close(&model);
}

/* A change whose answer was lost may have been made or not; one that was refused as busy was not.
 */
static void lost_change_is_unknown_and_a_busy_one_is_not_made(void **state)
{
	(void)state;
	registration_until(REQUEST_SAR_REG);
	assert_false(model_note(&model, 0, REQUEST_SAR_DEREG, CHECK_BUSY));
	assert_non_null(contradiction(REQUEST_LIR, 5003, 0, NULL));
	assert_false(model_note(&model, 0, REQUEST_SAR_DEREG, CHECK_FAULTY));
	assert_null(contradiction(REQUEST_LIR, 5003, 0, NULL));
	assert_null(contradiction(REQUEST_LIR, 0, 2001, SCSCF));
	model_close(&model);
}

static void only_a_mix_expects_anything(void **state)
{
	(void)state;
	assert_true(model_open(&model, COMMAND_SAR, 1));
	(void)model_note(&model, 0, REQUEST_SAR_REG, CHECK_SUCCESS);
	assert_null(contradiction(REQUEST_LIR, 5003, 0, NULL));
	model_close(&model);
}

/* Each number of subscribers: all come once before one comes again. */
static void every_subscriber_has_its_turn(void **state)
{
	(void)state;
	for (size_t n = 1; n < 300; n++) {
		uint8_t *seen = calloc(n, 1);
		struct model_task task;

		assert_non_null(seen);
		assert_true(model_open(&model, COMMAND_MAR, n));
		for (size_t i = 0; i < n; i++) {
			assert_true(model_next(&model, &task));
			assert_true(task.subscriber < n);
			assert_int_equal(seen[task.subscriber]++, 0);
		}
		free(seen);
		model_close(&model);
	}
}

static void subscriber_of_a_mix_has_one_procedure_at_a_time(void **state)
{
	struct model_task first;
	struct model_task second;

	(void)state;
	assert_true(model_open(&model, COMMAND_MIX, 2));
	assert_true(model_next(&model, &first));
	assert_true(model_next(&model, &second));
	assert_int_not_equal(first.subscriber, second.subscriber);
	assert_false(model_next(&model, &second));
	model_done(&model, first.subscriber);
	assert_true(model_next(&model, &second));
	assert_int_equal(first.subscriber, second.subscriber);
	model_close(&model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_expected_of_a_subscriber_that_is_not_known),
		cmocka_unit_test(name_stored_by_a_mar_has_to_be_there),
		cmocka_unit_test(registration_has_to_be_there),
		cmocka_unit_test(deregistration_has_to_be_there),
		cmocka_unit_test(lost_change_is_unknown_and_a_busy_one_is_not_made),
		cmocka_unit_test(only_a_mix_expects_anything),
		cmocka_unit_test(every_subscriber_has_its_turn),
		cmocka_unit_test(subscriber_of_a_mix_has_one_procedure_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
