#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auc/aes.h"
#include "auc/milenage.h"
#include "milenage_sets.h"

static struct milenage_sets sets;
static struct auc_ctx *ctx;

static int set_up(void **state)
{
	(void)state;
	if (!milenage_sets_read(QUINTET_VECTORS_DIR "/milenage.txt", &sets)) {
		return -1;
	}
	return auc_open(&ctx) == AUC_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	auc_close(ctx);
	return 0;
}

/* Compare, and name the set when it differs. */
static void expect_octets(const struct milenage_set *set, const char *what, const uint8_t *got,
                          const uint8_t *want, size_t len)
{
	if (memcmp(got, want, len) != 0) {
		print_error("%s: %s differs\n", set->name, what);
	}
	assert_memory_equal(got, want, len);
}

static void aes_encrypts_the_published_kernel_sets(void **state)
{
	uint8_t block[AUC_BLOCK_LEN];

	(void)state;
	for (size_t i = 0; i < MILENAGE_KERNELS; i++) {
		const struct milenage_set *set = &sets.kernel[i];

		memcpy(block, set->plain, sizeof(block));
		assert_int_equal(aes_key(ctx, set->key.k), AUC_OK);
		assert_int_equal(aes_encrypt(ctx, block, 1), AUC_OK);
		expect_octets(set, "AES", block, set->cipher, sizeof(block));
	}
}

static void opc_of_every_published_set(void **state)
{
	uint8_t opc[AUC_OPC_LEN];

	(void)state;
	for (size_t i = 0; i < MILENAGE_SETS; i++) {
		const struct milenage_set *set = &sets.set[i];

		assert_int_equal(milenage_opc(ctx, set->key.k, set->op, opc), AUC_OK);
		expect_octets(set, "OPc", opc, set->key.opc, sizeof(opc));
	}
}

static void opc_may_replace_op_in_place(void **state)
{
	uint8_t op[AUC_OPC_LEN];

	(void)state;
	memcpy(op, sets.set[0].op, sizeof(op));
	assert_int_equal(milenage_opc(ctx, sets.set[0].key.k, op, op), AUC_OK);
	assert_memory_equal(op, sets.set[0].key.opc, sizeof(op));
}

static enum auc_err f1star_amf0(struct auc_ctx *c, const struct auc_key *key, const uint8_t *rand,
                                uint64_t sqn, const uint8_t *amf, uint8_t *out)
{
	(void)amf;
	return milenage_f1star(c, key, rand, sqn, milenage_amf_resync, out);
}

static void macs_of_every_published_set(void **state)
{
	static const struct {
		const char *name;
		enum auc_err (*f)(struct auc_ctx *, const struct auc_key *, const uint8_t *,
		                  uint64_t, const uint8_t *, uint8_t *);
		size_t at;
	} rows[] = {
		{"f1", milenage_f1, offsetof(struct milenage_set, f1)},
		{"f1*", milenage_f1star, offsetof(struct milenage_set, f1star)},
		{"f1*, AMF 0", f1star_amf0, offsetof(struct milenage_set, f1star_amf0)},
	};
	uint8_t mac[AUC_MAC_LEN];

	(void)state;
	for (size_t i = 0; i < MILENAGE_SETS; i++) {
		const struct milenage_set *set = &sets.set[i];

		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
			assert_int_equal(
				rows[j].f(ctx, &set->key, set->rand, set->sqn, set->amf, mac),
				AUC_OK);
			expect_octets(set, rows[j].name, mac, (const uint8_t *)set + rows[j].at,
			              sizeof(mac));
		}
	}
}

static void keys_and_res_of_every_published_set(void **state)
{
	static const struct {
		const char *name;
		enum auc_err (*f)(struct auc_ctx *, const struct auc_key *, const uint8_t *,
		                  uint8_t *);
		size_t at;
		size_t len;
	} rows[] = {
		{"f2", milenage_f2, offsetof(struct milenage_set, f2), AUC_XRES_LEN},
		{"f3", milenage_f3, offsetof(struct milenage_set, f3), AUC_CK_LEN},
		{"f4", milenage_f4, offsetof(struct milenage_set, f4), AUC_IK_LEN},
		{"f5", milenage_f5, offsetof(struct milenage_set, f5), AUC_AK_LEN},
		{"f5*", milenage_f5star, offsetof(struct milenage_set, f5star), AUC_AK_LEN},
	};

	(void)state;
	for (size_t i = 0; i < MILENAGE_SETS; i++) {
		const struct milenage_set *set = &sets.set[i];

		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
			uint8_t out[AUC_BLOCK_LEN + 1];

			memset(out, 0xa5, sizeof(out));
			assert_int_equal(rows[j].f(ctx, &set->key, set->rand, out), AUC_OK);
			expect_octets(set, rows[j].name, out, (const uint8_t *)set + rows[j].at,
			              rows[j].len);
			assert_int_equal(out[rows[j].len], 0xa5);
		}
	}
}

static void sqn_beyond_48_bits_is_refused_and_mac_wiped(void **state)
{
	static const uint8_t zero[AUC_MAC_LEN];
	const struct milenage_set *set = &sets.set[0];
	const uint64_t sqn = AUC_SQN_MAX + 1;
	uint8_t mac[AUC_MAC_LEN];

	(void)state;
	memset(mac, 0xa5, sizeof(mac));
	assert_int_equal(milenage_f1(ctx, &set->key, set->rand, sqn, set->amf, mac), AUC_ERR_RANGE);
	assert_memory_equal(mac, zero, sizeof(mac));
	memset(mac, 0xa5, sizeof(mac));
	assert_int_equal(milenage_f1star(ctx, &set->key, set->rand, sqn, set->amf, mac),
	                 AUC_ERR_RANGE);
	assert_memory_equal(mac, zero, sizeof(mac));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aes_encrypts_the_published_kernel_sets),
		cmocka_unit_test(opc_of_every_published_set),
		cmocka_unit_test(opc_may_replace_op_in_place),
		cmocka_unit_test(macs_of_every_published_set),
		cmocka_unit_test(keys_and_res_of_every_published_set),
		cmocka_unit_test(sqn_beyond_48_bits_is_refused_and_mac_wiped),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
