/*
 * Does a branch or a memory index of auc/ depend on a secret? Run under valgrind's memcheck with
 * K, OP, OPc and SQN marked undefined: memcheck then reports each such branch and index. The
 * outputs must come out undefined, else the secrets did not go through the code and the run
 * proved nothing. integration/constant_time.sh runs this and reads the verdict.
 *
 *   ct_auc aes           which AES OpenSSL runs on this CPU
 *   ct_auc auc           the library; must not be reported
 *   ct_auc leaky-table   a table read at an index that depends on K; must be reported
 *   ct_auc leaky-mac     a compare that stops at the first wrong octet; must be reported
 *
 * Exit status 0 done, 1 wrong result or lost mark, 2 not under valgrind or usage.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <valgrind/memcheck.h>

#include "auc/milenage.h"
#include "auc/vector.h"

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

static void hide(void *octets, size_t len)
{
	(void)VALGRIND_MAKE_MEM_UNDEFINED(octets, len);
}

/* Only the 48 bits of the SQN: that the others are zero is no secret. */
static void hide_sqn(uint64_t *sqn)
{
	uint64_t hidden = 0;

	hide(&hidden, sizeof(hidden));
	*sqn ^= hidden & AUC_SQN_MAX;
}

static void show(void *octets, size_t len)
{
	(void)VALGRIND_MAKE_MEM_DEFINED(octets, len);
}

/* Is every octet still hidden, every bit of it? Unlike VALGRIND_CHECK_MEM_IS_DEFINED, silent. */
static bool is_hidden(void *octets, size_t len)
{
	uint8_t bits[256] = {0};

	if (len > sizeof(bits) || VALGRIND_GET_VBITS(octets, bits, len) != 1) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (bits[i] != 0xff) {
			return false;
		}
	}
	return true;
}

static bool report(bool ok, const char *what)
{
	(void)printf("ct_auc: %s: %s\n", what, ok ? "right, and hidden until shown" : "WRONG");
	return ok;
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
		ok = ok && is_hidden(out[i].autn, AUC_SQN_LEN);
		ok = ok && is_hidden(out[i].autn + AUC_SQN_LEN + AUC_AMF_LEN, AUC_MAC_LEN);
		ok = ok && is_hidden(out[i].xres, AUC_XRES_LEN);
		ok = ok && is_hidden(out[i].ck, AUC_CK_LEN) && is_hidden(out[i].ik, AUC_IK_LEN);
		show(&out[i], sizeof(out[i]));
		ok = ok && memcmp(&out[i], &set1_vector, sizeof(out[i])) == 0;
	}
	return report(ok, n == 1 ? "1 vector" : n == 5 ? "5 vectors" : "32 vectors");
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
	ok = is_hidden(&sqn_ms, AUC_SQN_LEN);
	show(&err, sizeof(err));
	show(&sqn_ms, sizeof(sqn_ms));
	ok = ok && err == (right ? AUC_OK : AUC_ERR_MAC) && sqn_ms == (right ? set1_sqn : 0);
	return report(ok, right ? "AUTS, MAC-S right" : "AUTS, MAC-S wrong");
}

static bool check_opc(struct auc_ctx *ctx, const struct auc_key *key)
{
	uint8_t op[AUC_OPC_LEN];
	uint8_t opc[AUC_OPC_LEN];
	bool ok = false;

	memcpy(op, set1_op, sizeof(op));
	hide(op, sizeof(op));
	ok = milenage_opc(ctx, key->k, op, opc) == AUC_OK && is_hidden(opc, sizeof(opc));
	show(opc, sizeof(opc));
	return report(ok && memcmp(opc, set1_key.opc, sizeof(opc)) == 0, "OPc");
}

static bool run_auc(void)
{
	struct auc_ctx *ctx = NULL;
	struct auc_key key = set1_key;
	bool ok = auc_open(&ctx) == AUC_OK;

	hide(&key, sizeof(key));
	ok = ok && check_vectors(ctx, &key, 1);
	ok = ok && check_vectors(ctx, &key, 5);
	ok = ok && check_vectors(ctx, &key, 32);
	ok = ok && check_auts(ctx, &key, true);
	ok = ok && check_auts(ctx, &key, false);
	ok = ok && check_opc(ctx, &key);
	auc_close(ctx);
	return ok;
}

/* The controls go through volatile memory, so that no compiler makes them harmless. */
static volatile uint8_t table[256];
static volatile uint8_t sink;

static bool leak_table(void)
{
	struct auc_key key = set1_key;

	hide(&key, sizeof(key));
	for (unsigned i = 0; i < AUC_K_LEN; i++) {
		sink = table[key.k[i]];
	}
	return true;
}

static bool leak_mac(void)
{
	volatile uint8_t mac_s[AUC_MAC_LEN] = {0};
	uint8_t hidden = 0;

	hide(&hidden, sizeof(hidden));
	mac_s[0] = hidden;
	for (unsigned i = 0; i < AUC_MAC_LEN; i++) {
		if (mac_s[i] != set1_auts[AUC_SQN_LEN + i]) {
			sink = 1;
			break;
		}
	}
	return true;
}

/* The word of CPU capabilities as OpenSSL uses it, its environment variable included. */
static bool run_aes(void)
{
	enum { ARM_NEON = 0, ARM_AES = 2, X86_SSSE3 = 41, X86_AES = 57 };
	const char *settings = OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS);
	const char *x86 = settings == NULL ? NULL : strstr(settings, "OPENSSL_ia32cap=");
	const char *arm = settings == NULL ? NULL : strstr(settings, "OPENSSL_armcap=");
	const char *which = "unknown";

	if (x86 != NULL || arm != NULL) {
		uint64_t word = strtoull(strchr(x86 != NULL ? x86 : arm, '=') + 1, NULL, 0);

		if (word >> (x86 != NULL ? X86_AES : ARM_AES) & 1) {
			which = "AES instructions";
		} else if (word >> (x86 != NULL ? X86_SSSE3 : ARM_NEON) & 1) {
			which = "vector permutations";
		} else {
			which = "tables";
		}
	}
	(void)printf("%s (%s)\n", which, settings == NULL ? "no CPU settings" : settings);
	return true;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*run)(void);
		bool valgrind;
	} modes[] = {
		{"aes", run_aes, false},
		{"auc", run_auc, true},
		{"leaky-table", leak_table, true},
		{"leaky-mac", leak_mac, true},
	};

	for (size_t i = 0; argc == 2 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[1], modes[i].name) != 0) {
			continue;
		}
		if (modes[i].valgrind && !RUNNING_ON_VALGRIND) {
			(void)fputs("ct_auc: not under valgrind, nothing would be seen\n", stderr);
			return 2;
		}
		return modes[i].run() ? 0 : 1;
	}
	(void)fputs("usage: ct_auc aes|auc|leaky-table|leaky-mac\n", stderr);
	return 2;
}
