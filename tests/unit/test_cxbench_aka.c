/* cxbench's Milenage against the published sets, and what its check of a vector catches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "milenage_sets.h"
#include "tools/cxbench/aka.h"

static struct milenage_sets sets;
static struct aka *aka;

static int group_setup(void **state)
{
	(void)state;
	aka = aka_open();
	return aka != NULL && milenage_sets_read(QUINTET_VECTORS_DIR "/milenage.txt", &sets) ? 0
	                                                                                     : -1;
}

static int group_teardown(void **state)
{
	(void)state;
	aka_close(aka);
	return 0;
}

static void published_sets_come_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < MILENAGE_SETS; i++) {
		const struct milenage_set *set = &sets.set[i];
		struct aka_output out;
		uint8_t opc[AKA_KEY_LEN];

		assert_true(aka_opc(aka, set->key.k, set->op, opc));
		assert_memory_equal(opc, set->key.opc, sizeof(opc));
		assert_true(aka_compute(aka, set->key.k, opc, set->rand, set->sqn_octets, set->amf,
		                        &out));
		assert_memory_equal(out.mac_a, set->f1, AKA_MAC_LEN);
		assert_memory_equal(out.mac_s, set->f1star, AKA_MAC_LEN);
		assert_memory_equal(out.res, set->f2, AKA_RES_LEN);
		assert_memory_equal(out.ck, set->f3, AKA_KEY_LEN);
		assert_memory_equal(out.ik, set->f4, AKA_KEY_LEN);
		assert_memory_equal(out.ak, set->f5, AKA_SQN_LEN);
	}
}

static void sqn_of_a_published_vector_is_recovered(void **state)
{
	(void)state;
	for (size_t i = 0; i < MILENAGE_SETS; i++) {
		const struct milenage_set *set = &sets.set[i];
		const struct aka_vector vector = {set->rand, set->autn, set->f2, set->f3, set->f4};
		uint64_t sqn = 0;

		assert_int_equal(aka_check(aka, set->key.k, set->key.opc, &vector, &sqn), AKA_GOOD);
		assert_true(sqn == set->sqn);
	}
}

/* Every bit of a vector, flipped alone, has to be seen, in what it belongs to. */
static void any_flipped_bit_is_seen(void **state)
{
	const struct milenage_set *set = &sets.set[0];
	struct milenage_set bad;
	static const struct {
		size_t at, len;
		enum aka_verdict verdict;
	} parts[] = {
		{offsetof(struct milenage_set, autn), 16, AKA_WRONG_MAC},
		{offsetof(struct milenage_set, rand), 16, AKA_WRONG_MAC},
		{offsetof(struct milenage_set, f2), 8, AKA_WRONG_XRES},
		{offsetof(struct milenage_set, f3), 16, AKA_WRONG_CK},
		{offsetof(struct milenage_set, f4), 16, AKA_WRONG_IK},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (size_t bit = 0; bit < parts[i].len * 8; bit++) {
			const struct aka_vector vector = {bad.rand, bad.autn, bad.f2, bad.f3,
			                                  bad.f4};
			uint64_t sqn = 7;

			bad = *set;
			((uint8_t *)&bad)[parts[i].at + bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_int_equal(aka_check(aka, set->key.k, set->key.opc, &vector, &sqn),
			                 parts[i].verdict);
			assert_true(sqn == 7);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_sets_come_out),
		cmocka_unit_test(sqn_of_a_published_vector_is_recovered),
		cmocka_unit_test(any_flipped_bit_is_seen),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
