/* The soft ISIM (TS 33.102 6.3.3, Annex C.2) against published sets and the AuC's own AUTS check.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auc/sqn.h"
#include "auc/vector.h"
#include "milenage_sets.h"
#include "tools/scscf/isim.h"

static const uint8_t amf[AUC_AMF_LEN] = {0x00, 0x00};

struct fixture {
	struct milenage_sets sets;
	struct auc_ctx *auc;
	struct isim isim;
	unsigned drawn; /* RANDs so far: each is its number */
};

static enum auc_err counting_fill(void *opaque, uint8_t *out, size_t len)
{
	struct fixture *f = opaque;

	f->drawn++;
	for (size_t i = 0; i < len; i++) {
		out[i] = (uint8_t)(f->drawn >> 8 * (i % 4));
	}
	return AUC_OK;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (f == NULL || !milenage_sets_read(QUINTET_VECTORS_DIR "/milenage.txt", &f->sets)) {
		return -1;
	}
	return auc_open(&f->auc) == AUC_OK && isim_open(&f->isim, &f->sets.set[0].key) == AUC_OK
	               ? 0
	               : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	isim_close(&f->isim);
	auc_close(f->auc);
	free(f);
	return 0;
}

/* Challenge the ISIM with this SEQ and IND. */
static enum isim_result challenge(struct fixture *f, uint64_t seq, unsigned ind,
                                  struct auc_vector *vector, struct isim_response *out)
{
	const struct auc_rng rng = {.fill = counting_fill, .opaque = f};
	const uint64_t sqn = seq << AUC_SQN_IND_BITS | ind;

	assert_int_equal(auc_vectors(f->auc, &f->isim.key, amf, &sqn, 1, &rng, vector), AUC_OK);
	return isim_authenticate(&f->isim, vector->rand, vector->autn, out);
}

static enum isim_result try_sqn(struct fixture *f, uint64_t seq, unsigned ind)
{
	struct auc_vector vector;
	struct isim_response out;

	return challenge(f, seq, ind, &vector, &out);
}

static void published_sets_are_answered(void **state)
{
	const struct fixture *f = *state;

	for (size_t i = 0; i < MILENAGE_SETS; i++) {
		const struct milenage_set *set = &f->sets.set[i];
		struct isim_response out;
		struct isim isim;
		uint64_t sqn = 0;

		assert_int_equal(isim_open(&isim, &set->key), AUC_OK);
		isim.delta = AUC_SQN_MAX;
		assert_int_equal(isim_sqn_of(&isim, set->rand, set->autn, &sqn), AUC_OK);
		assert_int_equal(sqn, set->sqn);
		assert_int_equal(isim_authenticate(&isim, set->rand, set->autn, &out), ISIM_OK);
		assert_memory_equal(out.res, set->f2, AUC_XRES_LEN);
		assert_memory_equal(out.ck, set->f3, AUC_CK_LEN);
		assert_memory_equal(out.ik, set->f4, AUC_IK_LEN);
		assert_int_equal(isim_sqn_ms(&isim), set->sqn);
		/* The same challenge again is a synchronisation failure, with the published AUTS.
		 */
		assert_int_equal(isim_authenticate(&isim, set->rand, set->autn, &out),
		                 ISIM_SYNC_FAILURE);
		assert_memory_equal(out.auts, set->auts, AUC_AUTS_LEN);
		isim_close(&isim);
	}
}

static void each_wrong_bit_of_autn_is_a_mac_failure(void **state)
{
	struct fixture *f = *state;
	struct auc_vector vector;
	struct isim_response out;
	static const struct isim_response none;

	assert_int_equal(challenge(f, 1, 0, &vector, &out), ISIM_OK);
	for (unsigned bit = 0; bit < 8 * AUC_AUTN_LEN; bit++) {
		vector.autn[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(isim_authenticate(&f->isim, vector.rand, vector.autn, &out),
		                 ISIM_MAC_FAILURE);
		assert_memory_equal(&out, &none, sizeof(out));
		vector.autn[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	assert_int_equal(isim_sqn_ms(&f->isim), 1U << AUC_SQN_IND_BITS);
}

/* C.2.2: an element of the array only compares with its own slot. */
static void each_slot_has_its_own_seq(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(try_sqn(f, 10, 3), ISIM_OK);
	assert_int_equal(try_sqn(f, 10, 3), ISIM_SYNC_FAILURE);
	assert_int_equal(try_sqn(f, 9, 3), ISIM_SYNC_FAILURE);
	assert_int_equal(try_sqn(f, 9, 4), ISIM_OK);
	assert_int_equal(try_sqn(f, 11, 3), ISIM_OK);
	assert_int_equal(isim_sqn_ms(&f->isim), 11U << AUC_SQN_IND_BITS | 3U);
	assert_int_equal(f->isim.seq[4], 9);
}

/* C.2.1: SEQ - SEQ_MS > Delta is refused, equal is not. */
static void jump_beyond_delta_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(try_sqn(f, 5, 0), ISIM_OK);
	assert_int_equal(try_sqn(f, 5 + AUC_SQN_DELTA + 1, 1), ISIM_SYNC_FAILURE);
	assert_int_equal(try_sqn(f, 5 + AUC_SQN_DELTA, 1), ISIM_OK);
}

static void age_limit_refuses_what_its_slot_would_take(void **state)
{
	struct fixture *f = *state;

	f->isim.age_limit = 100;
	assert_int_equal(try_sqn(f, 1000, 0), ISIM_OK);
	assert_int_equal(try_sqn(f, 900, 1), ISIM_SYNC_FAILURE);
	assert_int_equal(try_sqn(f, 901, 1), ISIM_OK);
	f->isim.age_limit = 0;
	assert_int_equal(try_sqn(f, 1, 2), ISIM_OK);
}

static void auts_names_the_highest_sqn_and_passes_the_auc(void **state)
{
	struct fixture *f = *state;
	struct auc_vector vector;
	struct isim_response out;
	uint64_t sqn_ms = 0;

	assert_int_equal(try_sqn(f, 500, 7), ISIM_OK);
	assert_int_equal(try_sqn(f, 400, 9), ISIM_OK);
	assert_int_equal(challenge(f, 400, 9, &vector, &out), ISIM_SYNC_FAILURE);
	assert_int_equal(auc_auts_check(f->auc, &f->isim.key, vector.rand, out.auts, &sqn_ms),
	                 AUC_OK);
	assert_int_equal(sqn_ms, 500U << AUC_SQN_IND_BITS | 7U);
	out.auts[AUC_AUTS_LEN - 1] ^= 1;
	assert_int_equal(auc_auts_check(f->auc, &f->isim.key, vector.rand, out.auts, &sqn_ms),
	                 AUC_ERR_MAC);
}

/*
 * AuC and ISIM together, a random walk: whatever was lost or reordered, one resynchronisation makes
 * the next vector acceptable, and no SQN is accepted twice.
 */
static void one_resynchronisation_always_helps(void **state)
{
	struct fixture *f = *state;
	uint64_t sqn_he = 0;
	unsigned resyncs = 0;

	srandom(1);
	for (unsigned i = 0; i < 2000; i++) {
		const struct auc_sqn_rule rule = {.ind_bits = AUC_SQN_IND_BITS};
		const unsigned ind = (unsigned)random() % ISIM_SLOTS;
		struct auc_vector vector;
		struct isim_response out;
		uint64_t sqn = 0;

		switch (random() % 8) {
		case 0: /* the AuC lost its memory */
			sqn_he = (uint64_t)random() % (sqn_he + 1);
			break;
		case 1: /* vectors that no UE ever saw, now and then more than Delta */
			sqn_he += (uint64_t)random() << 3;
			break;
		default:
			break;
		}
		assert_int_equal(auc_sqn_next(sqn_he, &rule, ind, &sqn), AUC_OK);
		sqn_he = sqn;
		if (challenge(f, sqn >> AUC_SQN_IND_BITS, ind, &vector, &out) ==
		    ISIM_SYNC_FAILURE) {
			uint64_t sqn_ms = 0;

			resyncs++;
			assert_int_equal(auc_auts_check(f->auc, &f->isim.key, vector.rand, out.auts,
			                                &sqn_ms),
			                 AUC_OK);
			assert_int_equal(
				auc_sqn_resync(sqn_he, sqn_ms, &rule, AUC_SQN_DELTA, &sqn_he),
				AUC_OK);
			assert_int_equal(auc_sqn_next(sqn_he, &rule, ind, &sqn), AUC_OK);
			sqn_he = sqn;
			assert_int_equal(try_sqn(f, sqn >> AUC_SQN_IND_BITS, ind), ISIM_OK);
		}
		assert_int_equal(try_sqn(f, sqn >> AUC_SQN_IND_BITS, ind), ISIM_SYNC_FAILURE);
	}
	assert_true(resyncs > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(published_sets_are_answered, setup, teardown),
		cmocka_unit_test_setup_teardown(each_wrong_bit_of_autn_is_a_mac_failure, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(each_slot_has_its_own_seq, setup, teardown),
		cmocka_unit_test_setup_teardown(jump_beyond_delta_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(age_limit_refuses_what_its_slot_would_take, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(auts_names_the_highest_sqn_and_passes_the_auc,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(one_resynchronisation_always_helps, setup,
	                                        teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
