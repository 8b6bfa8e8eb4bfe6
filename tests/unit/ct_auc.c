/*
 * Constant time of auc/: K, OP, OPc and SQN are hidden (ct.h), and neither vectors nor the check of
 * an AUTS nor OPc may be reported. The controls are the three classic leaks: a table, the
 * table-based AES of OpenSSL, and a compare that stops at the first wrong octet.
 *
 *   ct_auc [CASE]    under valgrind
 *   ct_auc cpu       what OpenSSL runs on this CPU; status 1 when it uses tables
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* AES_encrypt, a control */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/aes.h>

#include "auc/cpu.h"
#include "auc/milenage.h"
#include "auc/vector.h"
#include "ct.h"

/* TS 35.208 4.3.1, test set 1. */
static const struct auc_key set1_key = {
	.k = {0x46, 0x5b, 0x5c, 0xe8, 0xb1, 0x99, 0xb4, 0x9f, 0xaa, 0x5f, 0x0a, 0x2e, 0xe2, 0x38,
              0xa6, 0xbc},
	.opc = {0xcd, 0x63, 0xcb, 0x71, 0x95, 0x4a, 0x9f, 0x4e, 0x48, 0xa5, 0x99, 0x4e, 0x37, 0xa0,
                0x2b, 0xaf},
};
static const uint8_t set1_op[] = {0xcd, 0xc2, 0x02, 0xd5, 0x12, 0x3e, 0x20, 0xf6,
                                  0x2b, 0x6d, 0x67, 0x6a, 0xc7, 0x2c, 0xb3, 0x18};
static const uint64_t set1_sqn = UINT64_C(0xff9bb4d0b607);
static const uint8_t set1_amf[AUC_AMF_LEN] = {0xb9, 0xb9};
static const uint8_t set1_auts[AUC_AUTS_LEN] = {0xba, 0x85, 0x3f, 0x3c, 0x12, 0x3c, 0xcf,
                                                0x44, 0xe9, 0x35, 0x96, 0xe3, 0x55, 0xc6};
static const struct auc_vector set1_vector = {
	.rand = {0x23, 0x55, 0x3c, 0xbe, 0x96, 0x37, 0xa8, 0x9d, 0x21, 0x8a, 0xe6, 0x4d, 0xae, 0x47,
                 0xbf, 0x35},
	.autn = {0x55, 0xf3, 0x28, 0xb4, 0x35, 0x77, 0xb9, 0xb9, 0x4a, 0x9f, 0xfa, 0xc3, 0x54, 0xdf,
                 0xaf, 0xb3},
	.xres = {0xa5, 0x42, 0x11, 0xd5, 0xe3, 0xba, 0x50, 0xbf},
	.ck = {0xb4, 0x0b, 0xa9, 0xa3, 0xc5, 0x8b, 0x2a, 0x05, 0xbb, 0xf0, 0xd9, 0x87, 0xb2, 0x1b,
               0xf8, 0xcb},
	.ik = {0xf7, 0x69, 0xbc, 0xd7, 0x51, 0x04, 0x46, 0x04, 0x12, 0x76, 0x72, 0x71, 0x1c, 0x6d,
               0x34, 0x41},
};

/* Only the 48 bits of the SQN: that the others are zero is no secret. */
static void hide_sqn(uint64_t *sqn)
{
	uint64_t hidden = 0;

	ct_hide(&hidden, sizeof(hidden));
	*sqn ^= hidden & AUC_SQN_MAX;
}

static enum auc_err same_rand(void *opaque, uint8_t *out, size_t len)
{
	(void)opaque;
	for (size_t i = 0; i < len; i++) {
		out[i] = set1_vector.rand[i % AUC_RAND_LEN];
	}
	return AUC_OK;
}

static bool check_vectors(struct auc_ctx *ctx, const struct auc_key *key, size_t n)
{
	const struct auc_rng rng = {.fill = same_rand};
	struct auc_vector out[AUC_VECTORS_MAX];
	uint64_t sqn[AUC_VECTORS_MAX];
	enum auc_err err = AUC_OK;
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		sqn[i] = set1_sqn;
		hide_sqn(&sqn[i]);
	}
	err = auc_vectors(ctx, key, set1_amf, sqn, n, &rng, out);
	if (err != AUC_OK) {
		(void)fprintf(stderr, "ct_auc: %s\n", auc_err_text(err));
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		ok = ok && ct_is_hidden(out[i].autn, AUC_SQN_LEN);
		ok = ok && ct_is_hidden(out[i].autn + AUC_SQN_LEN + AUC_AMF_LEN, AUC_MAC_LEN);
		ok = ok && ct_is_hidden(out[i].xres, AUC_XRES_LEN);
		ok = ok && ct_is_hidden(out[i].ck, AUC_CK_LEN) &&
		     ct_is_hidden(out[i].ik, AUC_IK_LEN);
		ct_show(&out[i], sizeof(out[i]));
		ok = ok && memcmp(&out[i], &set1_vector, sizeof(out[i])) == 0;
	}
	return ok;
}

static bool check_auts(struct auc_ctx *ctx, const struct auc_key *key, bool right)
{
	uint8_t auts[AUC_AUTS_LEN];
	uint64_t sqn_ms = 0;
	enum auc_err err = AUC_OK;
	bool ok = false;

	memcpy(auts, set1_auts, sizeof(auts));
	auts[AUC_AUTS_LEN - 1] ^= right ? 0 : 1;
	err = auc_auts_check(ctx, key, set1_vector.rand, auts, &sqn_ms);
	ok = ct_is_hidden(&sqn_ms, AUC_SQN_LEN);
	ct_show(&err, sizeof(err));
	ct_show(&sqn_ms, sizeof(sqn_ms));
	ok = ok && err == (right ? AUC_OK : AUC_ERR_MAC) && sqn_ms == (right ? set1_sqn : 0);
	return ok;
}

static bool check_opc(struct auc_ctx *ctx, const struct auc_key *key)
{
	uint8_t op[AUC_OPC_LEN];
	uint8_t opc[AUC_OPC_LEN];
	bool ok = false;

	memcpy(op, set1_op, sizeof(op));
	ct_hide(op, sizeof(op));
	ok = milenage_opc(ctx, key->k, op, opc) == AUC_OK && ct_is_hidden(opc, sizeof(opc));
	ct_show(opc, sizeof(opc));
	return ok && memcmp(opc, set1_key.opc, sizeof(opc)) == 0;
}

/* Run a check with a context and a hidden key. */
static bool with_key(bool (*check)(struct auc_ctx *, const struct auc_key *))
{
	struct auc_ctx *ctx = NULL;
	struct auc_key key = set1_key;
	bool ok = auc_open(&ctx) == AUC_OK;

	ct_hide(&key, sizeof(key));
	ok = ok && check(ctx, &key);
	auc_close(ctx);
	return ok;
}

static bool all_vectors(struct auc_ctx *ctx, const struct auc_key *key)
{
	return check_vectors(ctx, key, 1) && check_vectors(ctx, key, 5) &&
	       check_vectors(ctx, key, AUC_VECTORS_MAX);
}

static bool auts_right(struct auc_ctx *ctx, const struct auc_key *key)
{
	return check_auts(ctx, key, true);
}

static bool auts_wrong(struct auc_ctx *ctx, const struct auc_key *key)
{
	return check_auts(ctx, key, false);
}

static bool run_vectors(void)
{
	return with_key(all_vectors);
}

static bool run_auts_right(void)
{
	return with_key(auts_right);
}

static bool run_auts_wrong(void)
{
	return with_key(auts_wrong);
}

static bool run_opc(void)
{
	return with_key(check_opc);
}

/* The controls go through volatile memory, so that no compiler makes them harmless. */
static volatile uint8_t table[256];

static bool leak_table(void)
{
	struct auc_key key = set1_key;

	ct_hide(&key, sizeof(key));
	for (unsigned i = 0; i < AUC_K_LEN; i++) {
		ct_sink = table[key.k[i]];
	}
	return true;
}

/* What OpenSSL's deprecated interface uses on every CPU, and EVP on one without AES and SSSE3. */
static bool leak_aes(void)
{
	struct auc_key key = set1_key;
	uint8_t block[AUC_BLOCK_LEN] = {0};
	AES_KEY schedule;

	ct_hide(&key, sizeof(key));
	return AES_set_encrypt_key(key.k, 8 * AUC_K_LEN, &schedule) == 0 &&
	       (AES_encrypt(block, block, &schedule), ct_is_hidden(block, sizeof(block)));
}

static bool leak_mac(void)
{
	volatile uint8_t mac_s[AUC_MAC_LEN] = {0};
	uint8_t hidden = 0;

	ct_hide(&hidden, sizeof(hidden));
	mac_s[0] = hidden;
	for (unsigned i = 0; i < AUC_MAC_LEN; i++) {
		if (mac_s[i] != set1_auts[AUC_SQN_LEN + i]) {
			ct_sink = 1;
			break;
		}
	}
	return true;
}

static int tell_cpu(void)
{
	const char *settings = NULL;
	const enum auc_cpu cpu = auc_cpu(&settings);

	(void)printf("%s (%s)\n", auc_cpu_text(cpu), settings);
	return cpu == AUC_CPU_TABLES || cpu == AUC_CPU_GCM_TABLES;
}

int main(int argc, char **argv)
{
	static const struct ct_case cases[] = {
		{"vectors", run_vectors, false},       {"auts-right", run_auts_right, false},
		{"auts-wrong", run_auts_wrong, false}, {"opc", run_opc, false},
		{"leaky-table", leak_table, true},     {"leaky-aes", leak_aes, true},
		{"leaky-mac", leak_mac, true},
	};

	if (argc == 2 && strcmp(argv[1], "cpu") == 0) {
		return tell_cpu();
	}
	return ct_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
