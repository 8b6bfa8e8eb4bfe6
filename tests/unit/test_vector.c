/*
 * vector.c, auc.c and aes.c. The linker wraps what they call of OpenSSL (see auc.cmake), so that
 * each call can be made to fail or to give a wrong block, and calls and wiped octets be counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "auc/auc.h"
#include "auc/milenage.h"
#include "auc/sqn.h"
#include "auc/vector.h"
#include "milenage_sets.h"

static struct milenage_sets sets;
static struct auc_ctx *ctx;

/* The seam: calls are counted from 1, call number fail_at fails, 0 lets all pass. */
static struct {
	unsigned fail_at;
	unsigned spoil_at; /* this EVP_EncryptUpdate succeeds with two wrong bits */
	unsigned short_at; /* this EVP_EncryptUpdate succeeds with its last block missing */
	unsigned calls;
	unsigned inits;
	unsigned updates;
	unsigned failures;
	size_t wiped;
} seam;

static void seam_reset(void)
{
	memset(&seam, 0, sizeof(seam));
}

static bool seam_fails(void)
{
	if (++seam.calls != seam.fail_at) {
		return false;
	}
	seam.failures++;
	ERR_raise(ERR_LIB_USER, 1);
	return true;
}

void *__real_CRYPTO_zalloc(size_t len, const char *file, int line);
void *__wrap_CRYPTO_zalloc(size_t len, const char *file, int line);
void *__wrap_CRYPTO_zalloc(size_t len, const char *file, int line)
{
	return seam_fails() ? NULL : __real_CRYPTO_zalloc(len, file, line);
}

EVP_CIPHER_CTX *__real_EVP_CIPHER_CTX_new(void);
EVP_CIPHER_CTX *__wrap_EVP_CIPHER_CTX_new(void);
EVP_CIPHER_CTX *__wrap_EVP_CIPHER_CTX_new(void)
{
	return seam_fails() ? NULL : __real_EVP_CIPHER_CTX_new();
}

EVP_CIPHER *__real_EVP_CIPHER_fetch(OSSL_LIB_CTX *lib, const char *name, const char *properties);
EVP_CIPHER *__wrap_EVP_CIPHER_fetch(OSSL_LIB_CTX *lib, const char *name, const char *properties);
EVP_CIPHER *__wrap_EVP_CIPHER_fetch(OSSL_LIB_CTX *lib, const char *name, const char *properties)
{
	return seam_fails() ? NULL : __real_EVP_CIPHER_fetch(lib, name, properties);
}

int __real_EVP_EncryptInit_ex2(EVP_CIPHER_CTX *c, const EVP_CIPHER *cipher, const uint8_t *key,
                               const uint8_t *iv, const OSSL_PARAM params[]);
int __wrap_EVP_EncryptInit_ex2(EVP_CIPHER_CTX *c, const EVP_CIPHER *cipher, const uint8_t *key,
                               const uint8_t *iv, const OSSL_PARAM params[]);
int __wrap_EVP_EncryptInit_ex2(EVP_CIPHER_CTX *c, const EVP_CIPHER *cipher, const uint8_t *key,
                               const uint8_t *iv, const OSSL_PARAM params[])
{
	seam.inits++;
	return seam_fails() ? 0 : __real_EVP_EncryptInit_ex2(c, cipher, key, iv, params);
}

int __real_EVP_EncryptUpdate(EVP_CIPHER_CTX *c, uint8_t *out, int *made, const uint8_t *in,
                             int len);
int __wrap_EVP_EncryptUpdate(EVP_CIPHER_CTX *c, uint8_t *out, int *made, const uint8_t *in,
                             int len);
int __wrap_EVP_EncryptUpdate(EVP_CIPHER_CTX *c, uint8_t *out, int *made, const uint8_t *in, int len)
{
	int ok = 0;

	seam.updates++;
	ok = seam_fails() ? 0 : __real_EVP_EncryptUpdate(c, out, made, in, len);
	if (ok == 1 && seam.updates == seam.spoil_at) {
		seam.failures++;
		out[0] ^= 1;
		out[AUC_BLOCK_LEN - 1] ^= 1;
	}
	if (ok == 1 && seam.updates == seam.short_at) {
		seam.failures++;
		*made -= AUC_BLOCK_LEN;
	}
	return ok;
}

void __real_OPENSSL_cleanse(void *ptr, size_t len);
void __wrap_OPENSSL_cleanse(void *ptr, size_t len);
void __wrap_OPENSSL_cleanse(void *ptr, size_t len)
{
	seam.wiped += len;
	__real_OPENSSL_cleanse(ptr, len);
}

/* A source of RAND that a test sees through: octets from a given array, calls counted. */
struct test_rng {
	const uint8_t *octets;
	size_t len;
	unsigned calls;
	enum auc_err err; /* returned after half the octets were written, unless AUC_OK */
};

static enum auc_err test_fill(void *opaque, uint8_t *out, size_t len)
{
	struct test_rng *rng = opaque;

	rng->calls++;
	assert_int_equal(len, rng->len);
	memcpy(out, rng->octets, rng->err == AUC_OK ? len : len / 2);
	return rng->err;
}

static uint8_t rands[AUC_VECTORS_MAX][AUC_RAND_LEN];
static uint64_t sqns[AUC_VECTORS_MAX];

/* Any octets, all RANDs different. */
static void make_inputs(void)
{
	const struct auc_sqn_rule rule = {.ind_bits = AUC_SQN_IND_BITS};

	for (size_t i = 0; i < sizeof(rands); i++) {
		rands[i / AUC_RAND_LEN][i % AUC_RAND_LEN] = (uint8_t)(i * 167 + i / 16);
	}
	assert_int_equal(auc_sqn_array(sets.set[0].sqn, &rule, 7, AUC_VECTORS_MAX, sqns), AUC_OK);
}

static enum auc_err vectors(size_t n, struct test_rng *rng, struct auc_vector *out)
{
	const struct auc_rng source = {.fill = test_fill, .opaque = rng};

	rng->len = n * AUC_RAND_LEN;
	return auc_vectors(ctx, &sets.set[0].key, sets.set[0].amf, sqns, n, &source, out);
}

static int set_up(void **state)
{
	(void)state;
	if (!milenage_sets_read(QUINTET_VECTORS_DIR "/milenage.txt", &sets)) {
		return -1;
	}
	make_inputs();
	return auc_open(&ctx) == AUC_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	auc_close(ctx);
	return 0;
}

static int reset(void **state)
{
	(void)state;
	seam_reset();
	return 0;
}

static bool is_zero(const void *octets, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (((const uint8_t *)octets)[i] != 0) {
			return false;
		}
	}
	return true;
}

static void vector_of_every_published_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < MILENAGE_SETS; i++) {
		const struct milenage_set *set = &sets.set[i];
		struct test_rng rng = {.octets = set->rand, .len = AUC_RAND_LEN};
		const struct auc_rng source = {.fill = test_fill, .opaque = &rng};
		struct auc_vector out;

		assert_int_equal(auc_vectors(ctx, &set->key, set->amf, &set->sqn, 1, &source, &out),
		                 AUC_OK);
		assert_memory_equal(out.rand, set->rand, AUC_RAND_LEN);
		assert_memory_equal(out.autn, set->autn, AUC_AUTN_LEN);
		assert_memory_equal(out.xres, set->f2, AUC_XRES_LEN);
		assert_memory_equal(out.ck, set->f3, AUC_CK_LEN);
		assert_memory_equal(out.ik, set->f4, AUC_IK_LEN);
	}
}

/* AUTN of TS 33.102 6.3.2 from the functions of milenage.h, each called by itself. */
static void expect_vector(const struct auc_vector *got, const uint8_t *rand, uint64_t sqn)
{
	const struct milenage_set *set = &sets.set[0];
	struct auc_vector want;

	memcpy(want.rand, rand, AUC_RAND_LEN);
	assert_int_equal(milenage_f5(ctx, &set->key, rand, want.autn), AUC_OK);
	for (unsigned i = 0; i < AUC_SQN_LEN; i++) {
		want.autn[i] ^= (uint8_t)(sqn >> (40 - 8 * i));
	}
	memcpy(want.autn + 6, set->amf, AUC_AMF_LEN);
	assert_int_equal(milenage_f1(ctx, &set->key, rand, sqn, set->amf, want.autn + 8), AUC_OK);
	assert_int_equal(milenage_f2(ctx, &set->key, rand, want.xres), AUC_OK);
	assert_int_equal(milenage_f3(ctx, &set->key, rand, want.ck), AUC_OK);
	assert_int_equal(milenage_f4(ctx, &set->key, rand, want.ik), AUC_OK);
	assert_memory_equal(got, &want, sizeof(want));
}

static void array_equals_vectors_made_one_by_one(void **state)
{
	(void)state;
	for (size_t n = 1; n <= AUC_VECTORS_MAX; n++) {
		struct test_rng rng = {.octets = rands[0]};
		struct auc_vector out[AUC_VECTORS_MAX + 1];

		memset(out, 0xa5, sizeof(out));
		assert_int_equal(vectors(n, &rng, out), AUC_OK);
		for (size_t i = 0; i < n; i++) {
			expect_vector(&out[i], rands[i], sqns[i]);
		}
		assert_int_equal(out[n].rand[0], 0xa5);
	}
}

static void array_takes_two_evp_calls_and_one_of_rand(void **state)
{
	(void)state;
	for (size_t n = 1; n <= AUC_VECTORS_MAX; n++) {
		struct test_rng rng = {.octets = rands[0]};
		struct auc_vector out[AUC_VECTORS_MAX];

		seam_reset();
		assert_int_equal(vectors(n, &rng, out), AUC_OK);
		assert_int_equal(seam.inits, 1);
		assert_int_equal(seam.updates, 2);
		assert_int_equal(rng.calls, 1);
		/* n times RAND, TEMP and the four blocks of the vector, and nothing of out */
		assert_true(seam.wiped == n * 6 * AUC_BLOCK_LEN);
	}
}

static void count_out_of_range_touches_nothing(void **state)
{
	static const size_t counts[] = {0, AUC_VECTORS_MAX + 1, SIZE_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct test_rng rng = {.octets = rands[0]};
		struct auc_vector out = {.rand = {0xa5}};

		assert_int_equal(vectors(counts[i], &rng, &out), AUC_ERR_RANGE);
		assert_int_equal(out.rand[0], 0xa5);
		assert_int_equal(rng.calls, 0);
	}
}

static void sqn_beyond_48_bits_makes_no_vector(void **state)
{
	const struct milenage_set *set = &sets.set[0];
	const uint64_t sqn[] = {1, AUC_SQN_MAX + 1, 2};
	struct test_rng rng = {.octets = rands[0],
	                       .len = sizeof(sqn) / sizeof(sqn[0]) * AUC_RAND_LEN};
	const struct auc_rng source = {.fill = test_fill, .opaque = &rng};
	struct auc_vector out[3];

	(void)state;
	memset(out, 0xa5, sizeof(out));
	assert_int_equal(auc_vectors(ctx, &set->key, set->amf, sqn, 3, &source, out),
	                 AUC_ERR_RANGE);
	assert_true(is_zero(out, sizeof(out)));
	assert_int_equal(rng.calls, 0);
}

static void failing_rng_makes_no_vector(void **state)
{
	static const enum auc_err errs[] = {AUC_ERR_RNG, AUC_ERR_CRYPTO};

	(void)state;
	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		struct test_rng rng = {.octets = rands[0], .err = errs[i]};
		struct auc_vector out[5];

		seam_reset();
		memset(out, 0xa5, sizeof(out));
		assert_int_equal(vectors(5, &rng, out), AUC_ERR_RNG);
		assert_true(is_zero(out, sizeof(out)));
		assert_int_equal(seam.updates, 0);
	}
}

static enum auc_err auts_of(const struct milenage_set *set, const uint8_t *auts, uint64_t *sqn_ms)
{
	*sqn_ms = UINT64_MAX;
	return auc_auts_check(ctx, &set->key, set->rand, auts, sqn_ms);
}

static void auts_of_every_published_set_gives_sqn_ms(void **state)
{
	uint64_t sqn_ms = 0;

	(void)state;
	for (size_t i = 0; i < MILENAGE_SETS; i++) {
		assert_int_equal(auts_of(&sets.set[i], sets.set[i].auts, &sqn_ms), AUC_OK);
		assert_int_equal(sqn_ms, sets.set[i].sqn);
	}
}

static void auts_with_any_bit_wrong_gives_no_sqn(void **state)
{
	(void)state;
	for (size_t i = 0; i < MILENAGE_SETS; i++) {
		for (unsigned bit = 0; bit < AUC_AUTS_LEN * 8; bit++) {
			uint8_t auts[AUC_AUTS_LEN];
			uint64_t sqn_ms = 0;

			memcpy(auts, sets.set[i].auts, sizeof(auts));
			auts[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			assert_int_equal(auts_of(&sets.set[i], auts, &sqn_ms), AUC_ERR_MAC);
			assert_int_equal(sqn_ms, 0);
		}
	}
}

/* TS 33.102 6.3.3: MAC-S is over AMF 0000. Every published AMF is another one. */
static void auts_under_the_amf_of_the_vector_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < MILENAGE_SETS; i++) {
		uint8_t auts[AUC_AUTS_LEN];
		uint64_t sqn_ms = 0;

		memcpy(auts, sets.set[i].auts, AUC_SQN_LEN);
		memcpy(auts + AUC_SQN_LEN, sets.set[i].f1star, AUC_MAC_LEN);
		assert_int_equal(auts_of(&sets.set[i], auts, &sqn_ms), AUC_ERR_MAC);
		assert_int_equal(sqn_ms, 0);
	}
}

static void auts_of_another_challenge_is_refused(void **state)
{
	uint64_t sqn_ms = 1;

	(void)state;
	assert_int_equal(
		auc_auts_check(ctx, &sets.set[0].key, sets.set[1].rand, sets.set[0].auts, &sqn_ms),
		AUC_ERR_MAC);
	assert_int_equal(sqn_ms, 0);
}

static void auts_check_wipes_its_scratch(void **state)
{
	uint64_t sqn_ms = 0;

	(void)state;
	assert_int_equal(auts_of(&sets.set[0], sets.set[0].auts, &sqn_ms), AUC_OK);
	/* TEMP, the block, SQN_MS and MAC-S */
	assert_true(seam.wiped == sizeof(uint64_t) + (size_t)2 * AUC_BLOCK_LEN + AUC_MAC_LEN);
}

/* The acts whose every call of OpenSSL is made to fail. Each says whether its output is wiped. */
static enum auc_err act_vectors(bool *wiped)
{
	struct test_rng rng = {.octets = rands[0]};
	struct auc_vector out[5];
	enum auc_err err = AUC_OK;

	memset(out, 0xa5, sizeof(out));
	err = vectors(5, &rng, out);
	*wiped = is_zero(out, sizeof(out));
	return err;
}

static enum auc_err act_auts(bool *wiped)
{
	uint64_t sqn_ms = 0;
	enum auc_err err = auts_of(&sets.set[0], sets.set[0].auts, &sqn_ms);

	*wiped = sqn_ms == 0;
	return err;
}

static enum auc_err act_opc(bool *wiped)
{
	uint8_t opc[AUC_OPC_LEN] = {1};
	enum auc_err err = milenage_opc(ctx, sets.set[0].key.k, sets.set[0].op, opc);

	*wiped = is_zero(opc, sizeof(opc));
	return err;
}

static enum auc_err act_f1(bool *wiped)
{
	const struct milenage_set *set = &sets.set[0];
	uint8_t mac[AUC_MAC_LEN] = {1};
	enum auc_err err = milenage_f1(ctx, &set->key, set->rand, set->sqn, set->amf, mac);

	*wiped = is_zero(mac, sizeof(mac));
	return err;
}

static enum auc_err act_f4(bool *wiped)
{
	uint8_t ik[AUC_IK_LEN] = {1};
	enum auc_err err = milenage_f4(ctx, &sets.set[0].key, sets.set[0].rand, ik);

	*wiped = is_zero(ik, sizeof(ik));
	return err;
}

static enum auc_err act_idle(bool *wiped)
{
	*wiped = true;
	return auc_idle(ctx);
}

static enum auc_err act_open(bool *wiped)
{
	struct auc_ctx *opened = ctx;
	enum auc_err err = auc_open(&opened);

	*wiped = opened == NULL;
	auc_close(opened);
	return err;
}

static void every_failure_of_openssl_is_an_error(void **state)
{
	static const struct {
		const char *name;
		enum auc_err (*act)(bool *wiped);
		unsigned failures; /* calls that can fail */
	} rows[] = {
		{"vectors", act_vectors, 3},
		{"auts", act_auts, 4},
		{"opc", act_opc, 2},
		{"f1", act_f1, 3},
		{"f4", act_f4, 3},
		{"idle", act_idle, 1},
		{"open", act_open, 4 + 3 + 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum auc_err err = AUC_ERR_CRYPTO;
		unsigned failures = 0;
		bool wiped = false;

		for (unsigned at = 1; err != AUC_OK; at++) {
			seam_reset();
			seam.fail_at = at;
			err = rows[i].act(&wiped);
			failures += seam.failures;
			assert_int_equal(err == AUC_OK, seam.failures == 0);
			if (err != AUC_OK) {
				assert_true(err == AUC_ERR_CRYPTO || err == AUC_ERR_MEMORY);
				assert_true(wiped);
				assert_int_equal(ERR_peek_error(), 0);
			}
		}
		print_message("%s: %u failures caused\n", rows[i].name, failures);
		assert_int_equal(failures, rows[i].failures);
	}
}

/* A wrong first and last octet from any of its five calls of AES, and no context is opened. */
static void self_test_refuses_a_wrong_aes(void **state)
{
	(void)state;
	for (unsigned at = 1; at <= 5; at++) {
		struct auc_ctx *opened = ctx;

		seam_reset();
		seam.spoil_at = at;
		assert_int_equal(auc_open(&opened), AUC_ERR_CRYPTO);
		assert_null(opened);
		assert_int_equal(seam.failures, 1);
	}
	seam_reset();
}

static void short_output_of_openssl_is_an_error(void **state)
{
	(void)state;
	for (unsigned at = 1; at <= 2; at++) {
		bool wiped = false;

		seam_reset();
		seam.short_at = at;
		assert_int_equal(act_vectors(&wiped), AUC_ERR_CRYPTO);
		assert_true(wiped);
		assert_int_equal(seam.failures, 1);
	}
}

static void context_serves_after_idle(void **state)
{
	bool wiped = false;

	(void)state;
	assert_int_equal(auc_idle(ctx), AUC_OK);
	assert_int_equal(act_vectors(&wiped), AUC_OK);
	assert_false(wiped);
}

static void closing_null_is_allowed(void **state)
{
	(void)state;
	auc_close(NULL);
}

static void every_error_has_a_text_of_its_own(void **state)
{
	(void)state;
	for (int i = AUC_OK; i <= AUC_ERR_MEMORY; i++) {
		for (int j = AUC_OK; j < i; j++) {
			assert_string_not_equal(auc_err_text((enum auc_err)i),
			                        auc_err_text((enum auc_err)j));
		}
	}
	assert_string_equal(auc_err_text((enum auc_err)(AUC_ERR_MEMORY + 1)), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(vector_of_every_published_set, reset),
		cmocka_unit_test_setup(array_equals_vectors_made_one_by_one, reset),
		cmocka_unit_test_setup(array_takes_two_evp_calls_and_one_of_rand, reset),
		cmocka_unit_test_setup(count_out_of_range_touches_nothing, reset),
		cmocka_unit_test_setup(sqn_beyond_48_bits_makes_no_vector, reset),
		cmocka_unit_test_setup(failing_rng_makes_no_vector, reset),
		cmocka_unit_test_setup(auts_of_every_published_set_gives_sqn_ms, reset),
		cmocka_unit_test_setup(auts_with_any_bit_wrong_gives_no_sqn, reset),
		cmocka_unit_test_setup(auts_under_the_amf_of_the_vector_is_refused, reset),
		cmocka_unit_test_setup(auts_of_another_challenge_is_refused, reset),
		cmocka_unit_test_setup(auts_check_wipes_its_scratch, reset),
		cmocka_unit_test_setup(every_failure_of_openssl_is_an_error, reset),
		cmocka_unit_test_setup(self_test_refuses_a_wrong_aes, reset),
		cmocka_unit_test_setup(short_output_of_openssl_is_an_error, reset),
		cmocka_unit_test_setup(context_serves_after_idle, reset),
		cmocka_unit_test_setup(closing_null_is_allowed, reset),
		cmocka_unit_test_setup(every_error_has_a_text_of_its_own, reset),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
