/* Every check of an answer against an answer that it has to catch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cxbench_kit.h"
#include "diameter-dict/cx_ids.h"
#include "tools/cxbench/check.h"

enum { ROOM = 8192, HOP = 0x00300005, END = 77 };

static struct subscribers subscribers;
static struct sqn_set sqns;
static struct faults faults;
static struct checker checker;
static struct check_answer answer;

static int group_setup(void **state)
{
	char path[] = "/tmp/cxbench-check-XXXXXX";
	struct why why;
	const int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(unlink(path), 0);
	assert_true(subscribers_make(path, 3, "home.example", &why));
	assert_true(subscribers_read(path, &subscribers, &why));
	return unlink(path);
}

static int group_teardown(void **state)
{
	(void)state;
	subscribers_free(&subscribers);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	faults = (struct faults){.silent = true};
	checker = (struct checker){.subscribers = &subscribers,
	                           .hss = KIT_HSS,
	                           .n_vectors = 3,
	                           .verify_percent = 100,
	                           .ind_bits = 5,
	                           .aka = aka_open(),
	                           .sqns = &sqns,
	                           .faults = &faults};
	return checker.aka != NULL && sqn_set_open(&sqns, subscribers.n) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	sqn_set_close(&sqns);
	aka_close(checker.aka);
	return 0;
}

/* What is asked of the HSS, and what it knows. */
struct round {
	enum request_kind kind;
	struct kit_ask ask;
	uint64_t sqn_floor;
	size_t subscriber;
};

/* Ask, answer, check. */
static enum check_outcome go(const struct round *round)
{
	static struct request_template template;
	static uint8_t request[REQUEST_MAX];
	static uint8_t octets[ROOM];
	const struct request_party party = {"cxbench1.home.example", "home.example", KIT_HSS,
	                                    "home.example", checker.n_vectors};
	const struct check_request known = {.kind = round->kind,
	                                    .hop_by_hop = HOP,
	                                    .end_to_end = END,
	                                    .subscriber = round->subscriber,
	                                    .origin_host = party.origin_host,
	                                    .origin_host_len = strlen(party.origin_host),
	                                    .sqn_floor = round->sqn_floor};
	struct kit_ask ask = round->ask;
	struct wire_header header;
	uint8_t *exact = NULL;
	enum check_outcome outcome = CHECK_FAULTY;

	assert_true(request_template_make(&template, round->kind, &party));
	(void)request_write(&template, round->kind, HOP, END, &subscribers, round->subscriber,
	                    "sip:s.x", 7, request);
	ask.request = request;
	ask.k = subscribers.list[round->subscriber].k;
	ask.opc = subscribers.list[round->subscriber].opc;
	assert_true(kit_answer(&ask, octets, sizeof(octets)) > 0);
	assert_true(wire_header_read(octets, &header));
	exact = malloc(header.length); /* for a sanitizer to see where it ends */
	assert_non_null(exact);
	memcpy(exact, octets, header.length);
	outcome = check_answer(&checker, &known, &header, exact, &answer);
	free(exact);
	return outcome;
}

static const uint64_t three[] = {0x1001, 0x1021, 0x1041};

static struct round mar(enum kit_wrong wrong)
{
	return (struct round){.kind = REQUEST_MAR,
	                      .ask = {.sqn = three, .n_vectors = 3, .wrong = wrong}};
}

static void right_answer_is_a_success_and_its_sqns_are_known(void **state)
{
	const struct round round = mar(KIT_RIGHT);

	(void)state;
	assert_int_equal(go(&round), CHECK_SUCCESS);
	assert_int_equal(faults.total, 0);
	assert_int_equal(checker.n_verified, 3);
	assert_int_equal(sqn_set_highest(&sqns, 0), 0x1041);
	assert_int_equal(sqns.list[0].n, 3);
}

/* One row for each thing that can be wrong with an answer. */
static const struct {
	enum kit_wrong wrong;
	enum fault fault;
	enum check_outcome outcome;
} rows[] = {
	{KIT_COMMAND, FAULT_HEADER, CHECK_FAULTY},
	{KIT_APPLICATION, FAULT_HEADER, CHECK_FAULTY},
	{KIT_NO_P, FAULT_HEADER, CHECK_FAULTY},
	{KIT_T, FAULT_HEADER, CHECK_FAULTY},
	{KIT_E_WITH_SUCCESS, FAULT_HEADER, CHECK_FAULTY},
	{KIT_BUSY_WITHOUT_E, FAULT_HEADER, CHECK_FAULTY},
	{KIT_SESSION_ID, FAULT_SESSION_ID, CHECK_FAULTY},
	{KIT_SESSION_ID_SHORT, FAULT_SESSION_ID, CHECK_FAULTY},
	{KIT_SESSION_ID_LONG, FAULT_SESSION_ID, CHECK_FAULTY},
	{KIT_NO_SESSION_ID, FAULT_SESSION_ID, CHECK_FAULTY},
	{KIT_NO_RESULT, FAULT_RESULT_AVP, CHECK_FAULTY},
	{KIT_TWO_RESULTS, FAULT_RESULT_AVP, CHECK_FAULTY},
	{KIT_BOTH_RESULTS, FAULT_RESULT_AVP, CHECK_FAULTY},
	{KIT_RESULT_SHORT, FAULT_MALFORMED, CHECK_FAULTY},
	{KIT_EXPERIMENTAL_VENDOR, FAULT_RESULT_AVP, CHECK_FAULTY},
	{KIT_EXPERIMENTAL_SUCCESS, FAULT_REFUSED, CHECK_REFUSED},
	{KIT_ORIGIN_HOST, FAULT_ORIGIN_HOST, CHECK_FAULTY},
	{KIT_USER_NAME, FAULT_IDENTITY, CHECK_FAULTY},
	{KIT_NO_USER_NAME, FAULT_IDENTITY, CHECK_FAULTY},
	{KIT_TWO_USER_NAMES, FAULT_MALFORMED, CHECK_FAULTY},
	{KIT_PUBLIC_IDENTITY, FAULT_IDENTITY, CHECK_FAULTY},
	{KIT_AVP_BEYOND, FAULT_MALFORMED, CHECK_FAULTY},
	{KIT_AVP_SHORT, FAULT_MALFORMED, CHECK_FAULTY},
	{KIT_INNER_AVP_BEYOND, FAULT_MALFORMED, CHECK_FAULTY},
	{KIT_UNABLE, FAULT_REFUSED, CHECK_REFUSED},
	{KIT_BUSY, FAULT_BUSY, CHECK_BUSY},
	{KIT_COUNT, FAULT_ITEMS, CHECK_FAULTY},
	{KIT_NO_COUNT, FAULT_ITEMS, CHECK_FAULTY},
	{KIT_NO_ITEMS, FAULT_ITEMS, CHECK_FAULTY},
	{KIT_NUMBERS, FAULT_ITEMS, CHECK_FAULTY},
	{KIT_SCHEME, FAULT_ITEMS, CHECK_FAULTY},
	{KIT_AUTHENTICATE_SHORT, FAULT_ITEMS, CHECK_FAULTY},
	{KIT_XRES_SHORT, FAULT_ITEMS, CHECK_FAULTY},
	{KIT_CK_SHORT, FAULT_ITEMS, CHECK_FAULTY},
	{KIT_NO_IK, FAULT_ITEMS, CHECK_FAULTY},
	{KIT_RAND_VALUE, FAULT_VECTOR, CHECK_FAULTY},
	{KIT_MAC_VALUE, FAULT_VECTOR, CHECK_FAULTY},
	{KIT_XRES_VALUE, FAULT_VECTOR, CHECK_FAULTY},
	{KIT_XRES_LONG, FAULT_VECTOR, CHECK_FAULTY},
	{KIT_CK_VALUE, FAULT_VECTOR, CHECK_FAULTY},
	{KIT_IK_VALUE, FAULT_VECTOR, CHECK_FAULTY},
};

static void each_wrong_answer_is_caught(void **state)
{
	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(rows[0]), N_KIT_WRONG - 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct round round = mar(rows[i].wrong);

		assert_int_equal(rows[i].wrong, i + 1); /* none is left out */
		faults = (struct faults){.silent = true};
		if (go(&round) != rows[i].outcome || faults.n[rows[i].fault] == 0 ||
		    faults.n[rows[i].fault] != faults.total) {
			fail_msg("wrong answer %d was not caught as it should be", rows[i].wrong);
		}
		assert_null(sqns.list[0].sqn); /* no SQN of a bad vector counts */
	}
}

static void busy_and_refused_can_be_allowed(void **state)
{
	const struct round busy = mar(KIT_BUSY);
	const struct round refused = mar(KIT_UNABLE);
	const struct round odd = mar(KIT_EXPERIMENTAL_SUCCESS);

	(void)state;
	checker.allow_busy = true;
	assert_int_equal(go(&busy), CHECK_BUSY);
	assert_int_equal(faults.total, 0);
	assert_int_equal(go(&refused), CHECK_REFUSED);
	assert_int_equal(faults.total, 1);
	checker.allow_refused = true;
	assert_int_equal(go(&refused), CHECK_REFUSED);
	assert_int_equal(faults.total, 1);
	assert_int_equal(go(&odd), CHECK_REFUSED);
	assert_int_equal(faults.total, 2);
}

static void more_vectors_than_asked_are_caught(void **state)
{
	const struct round round = mar(KIT_RIGHT);

	(void)state;
	checker.n_vectors = 2;
	assert_int_equal(go(&round), CHECK_FAULTY);
	assert_int_equal(faults.n[FAULT_ITEMS], 1);
}

static void sqn_that_came_before_is_caught(void **state)
{
	struct round round = mar(KIT_RIGHT);

	(void)state;
	assert_int_equal(go(&round), CHECK_SUCCESS);
	round.subscriber = 1; /* another IMPI may have the same */
	assert_int_equal(go(&round), CHECK_SUCCESS);
	round.subscriber = 0;
	round.ask.n_vectors = 1;
	round.ask.sqn = &three[1];
	assert_int_equal(go(&round), CHECK_FAULTY);
	assert_int_equal(faults.n[FAULT_SQN_DUPLICATE], 1);
	assert_int_equal(faults.total, 1);
}

/* Not seen before, but below what had come when the request was sent; parallel ones may overtake.
 */
static void sqn_that_steps_back_is_caught(void **state)
{
	const uint64_t lower = 0xf01;
	struct round round = mar(KIT_RIGHT);

	(void)state;
	assert_int_equal(go(&round), CHECK_SUCCESS);
	round.ask.sqn = &lower;
	round.ask.n_vectors = 1;
	round.sqn_floor = 0x1041;
	assert_int_equal(go(&round), CHECK_FAULTY);
	assert_int_equal(faults.n[FAULT_SQN_BACK], 1);
	assert_int_equal(faults.total, 1);
}

static void answers_that_overtake_each_other_are_right(void **state)
{
	const uint64_t lower = 0xf01;
	struct round round = mar(KIT_RIGHT);

	(void)state;
	assert_int_equal(go(&round), CHECK_SUCCESS);
	round.ask.sqn = &lower;
	round.ask.n_vectors = 1;
	round.sqn_floor = 0xe01; /* known when it was sent */
	assert_int_equal(go(&round), CHECK_SUCCESS);
	assert_int_equal(faults.total, 0);
}

static void array_that_does_not_ascend_is_caught(void **state)
{
	static const uint64_t arrays[][3] = {
		{0x1021, 0x1001, 0x1041}, /* back */
		{0x1001, 0x1022, 0x1041}, /* another IND */
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct round round = mar(KIT_RIGHT);

		round.subscriber = i;
		round.ask.sqn = arrays[i];
		assert_int_equal(go(&round), CHECK_FAULTY);
		assert_true(faults.n[FAULT_SQN_ARRAY] > i);
		assert_int_equal(faults.n[FAULT_SQN_ARRAY], faults.total);
	}
}

static void share_of_answers_is_verified(void **state)
{
	(void)state;
	checker.verify_percent = 25;
	for (uint64_t i = 0; i < 100; i++) {
		const uint64_t sqn = (i + 1) * 32;
		struct round round = mar(KIT_RIGHT);

		round.ask.sqn = &sqn;
		round.ask.n_vectors = 1;
		assert_int_equal(go(&round), CHECK_SUCCESS);
	}
	assert_int_equal(checker.n_verified, 25);
}

/* The other commands: which results and contents are right. */
static void results_of_the_other_commands(void **state)
{
	static const struct {
		enum request_kind kind;
		uint32_t experimental;
		const char *server_name, *user_data;
		enum check_outcome outcome;
		enum fault fault; /* N_FAULTS: none */
	} cases[] = {
		{REQUEST_UAR, 2001, NULL, NULL, CHECK_SUCCESS, N_FAULTS},
		{REQUEST_UAR, 2002, "sip:s.x", NULL, CHECK_SUCCESS, N_FAULTS},
		{REQUEST_UAR, 2002, NULL, NULL, CHECK_FAULTY, FAULT_CONTENT},
		{REQUEST_UAR, 0, "sip:s.x", NULL, CHECK_REFUSED, FAULT_REFUSED},
		{REQUEST_UAR, 5001, NULL, NULL, CHECK_REFUSED, FAULT_REFUSED},
		{REQUEST_UAR_DEREG, 0, "sip:s.x", NULL, CHECK_SUCCESS, N_FAULTS},
		{REQUEST_UAR_DEREG, 5003, NULL, NULL, CHECK_SUCCESS, N_FAULTS},
		{REQUEST_UAR_DEREG, 2001, NULL, NULL, CHECK_REFUSED, FAULT_REFUSED},
		{REQUEST_SAR_REG, 0, NULL, "<x/>", CHECK_SUCCESS, N_FAULTS},
		{REQUEST_SAR_REG, 0, NULL, NULL, CHECK_FAULTY, FAULT_CONTENT},
		{REQUEST_SAR_REREG, 0, NULL, NULL, CHECK_SUCCESS, N_FAULTS},
		{REQUEST_SAR_DEREG, 0, NULL, NULL, CHECK_SUCCESS, N_FAULTS},
		{REQUEST_SAR_DEREG, 0, NULL, "<x/>", CHECK_FAULTY, FAULT_CONTENT},
		{REQUEST_LIR, 0, "sip:s.x", NULL, CHECK_SUCCESS, N_FAULTS},
		{REQUEST_LIR, 0, NULL, NULL, CHECK_FAULTY, FAULT_CONTENT},
		{REQUEST_LIR, 2003, NULL, NULL, CHECK_SUCCESS, N_FAULTS},
		{REQUEST_LIR, 5003, NULL, NULL, CHECK_SUCCESS, N_FAULTS},
		{REQUEST_LIR, 5001, NULL, NULL, CHECK_REFUSED, FAULT_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct round round = {.kind = cases[i].kind,
		                            .ask = {.experimental = cases[i].experimental,
		                                    .server_name = cases[i].server_name,
		                                    .user_data = cases[i].user_data}};

		faults = (struct faults){.silent = true};
		if (go(&round) != cases[i].outcome ||
		    faults.total != (cases[i].fault != N_FAULTS) ||
		    (cases[i].fault != N_FAULTS && faults.n[cases[i].fault] != 1)) {
			fail_msg("case %zu", i);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(right_answer_is_a_success_and_its_sqns_are_known,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(each_wrong_answer_is_caught, setup, teardown),
		cmocka_unit_test_setup_teardown(busy_and_refused_can_be_allowed, setup, teardown),
		cmocka_unit_test_setup_teardown(more_vectors_than_asked_are_caught, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(sqn_that_came_before_is_caught, setup, teardown),
		cmocka_unit_test_setup_teardown(sqn_that_steps_back_is_caught, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_that_overtake_each_other_are_right, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(array_that_does_not_ascend_is_caught, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(share_of_answers_is_verified, setup, teardown),
		cmocka_unit_test_setup_teardown(results_of_the_other_commands, setup, teardown),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
