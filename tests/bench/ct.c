/*
 * For tools/bench-ct: does the time of what handles keys depend on them? After dudect (Reparaz,
 * Balasch, Verbauwhede: "Dude, is my code constant time?", 2017): each sample has the fixed secret
 * or a random one, and Welch's t test compares the two classes, over the samples below each of 100
 * percentiles. Below 4.5 nothing was seen, over 10 the time depends on the secret.
 *
 * A pass says little about tables that are in the cache: that no table is read is shown with
 * valgrind (unit/ct_*.c). The control is a comparison that stops at the first wrong octet; when its
 * t does not exceed 100, the machine is too noisy for any verdict.
 *
 *   bench_ct [SAMPLES]    of each target, 1000000 unless told
 *
 * Exit status 0 nothing seen, 1 a leak, or a control that was not seen, 2 usage or failure.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "auc/vector.h"
#include "hss/ha1.h"
#include "hss/hex.h"
#include "hss/seal.h"

enum {
	SAMPLES = 1000000,
	SAMPLES_MIN = 20000,
	SAMPLES_MAX = 100000000,
	BATCH = 10000,
	N_CROPS = 100,
	SECRET_LEN = 32,
};

static const double t_suspicious = 4.5;
static const double t_leak = 10;
static const double t_control = 100;
static const char impi[] = "alice.private@home.example";

/* What a sample works on. Both classes are made alike and lie side by side. */
struct input {
	uint8_t secret[SECRET_LEN];
	char digits[2 * SECRET_LEN + 1];
	uint8_t auts[AUC_AUTS_LEN];
	struct seal_key sealed;
};

struct target {
	const char *name;
	void (*prepare)(struct input *in); /* from in->secret, untimed */
	void (*run)(struct input *in);
	bool control;
};

struct welch {
	double n[2];
	double mean[2];
	double m2[2];
};

static struct auc_ctx *auc;
static struct seal *seal;
static volatile uint8_t sink;

/* ---- Random octets: fast, and of no other worth ---- */

static uint64_t random_word(void)
{
	static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * UINT64_C(0x2545f4914f6cdd1d);
}

static void random_fill(uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		out[i] = (uint8_t)(random_word() >> 56);
	}
}

static enum auc_err same_rand(void *opaque, uint8_t *out, size_t len)
{
	(void)opaque;
	memset(out, 0x23, len);
	return AUC_OK;
}

/* ---- Targets ---- */

static void check(bool good)
{
	if (!good) {
		(void)fputs("bench_ct: a target failed\n", stderr);
		exit(2);
	}
}

static struct auc_key key_of(const struct input *in)
{
	struct auc_key key;

	memcpy(key.k, in->secret, AUC_K_LEN);
	memcpy(key.opc, in->secret + AUC_K_LEN, AUC_OPC_LEN);
	return key;
}

static void nothing(struct input *in)
{
	(void)in;
}

static void run_vector(struct input *in)
{
	static const uint8_t amf[AUC_AMF_LEN] = {0x80};
	const struct auc_rng rng = {.fill = same_rand};
	const struct auc_key key = key_of(in);
	const uint64_t sqn = 32;
	struct auc_vector v;

	check(auc_vectors(auc, &key, amf, &sqn, 1, &rng, &v) == AUC_OK);
	sink = v.xres[0];
}

/* MAC-S of no secret is right but by chance: in both classes the AUTS is refused. */
static void run_auts(struct input *in)
{
	static const uint8_t rand[AUC_RAND_LEN] = {0x23};
	const struct auc_key key = key_of(in);
	uint64_t sqn_ms = 0;

	check(auc_auts_check(auc, &key, rand, in->auts, &sqn_ms) == AUC_ERR_MAC);
}

static void run_ha1(struct input *in)
{
	uint8_t ha1[SEAL_HA1_LEN];

	check(ha1_make(impi, "home.example", (const char *)in->secret, SECRET_LEN, ha1) == HSS_OK);
	sink = ha1[0];
}

static void run_hex_encode(struct input *in)
{
	hex_from_octets(in->secret, SECRET_LEN, in->digits);
}

static void prepare_digits(struct input *in)
{
	hex_from_octets(in->secret, SECRET_LEN, in->digits);
}

static void run_hex_decode(struct input *in)
{
	check(hex_to_octets(in->digits, sizeof(in->digits) - 1, in->secret, SECRET_LEN));
}

static void prepare_seal(struct input *in)
{
	const struct auc_key key = key_of(in);

	check(seal_wrap(seal, impi, &key, &in->sealed) == HSS_OK);
}

static void run_unseal(struct input *in)
{
	struct auc_key key;

	check(seal_unwrap(seal, impi, &in->sealed, &key) == HSS_OK);
	sink = key.k[0];
}

static void run_leaky(struct input *in)
{
	static const volatile uint8_t fixed[SECRET_LEN] = {0};
	const volatile uint8_t *secret = in->secret;
	unsigned i = 0;

	while (i < SECRET_LEN && secret[i] == fixed[i]) {
		i++;
	}
	sink = (uint8_t)i;
}

/* ---- Measuring ---- */

static uint64_t ticks(void)
{
#if defined(__x86_64__)
	unsigned core = 0;

	_mm_lfence();
	return __rdtscp(&core);
#else
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
#endif
}

static void welch_add(struct welch *w, unsigned class, double x)
{
	const double delta = x - w->mean[class];

	w->n[class] += 1;
	w->mean[class] += delta / w->n[class];
	w->m2[class] += delta * (x - w->mean[class]);
}

static double welch_t(const struct welch *w)
{
	double variance = 0;

	for (unsigned class = 0; class < 2; class ++) {
		if (w->n[class] < 2) {
			return 0;
		}
		variance += w->m2[class] / (w->n[class] - 1) / w->n[class];
	}
	return variance > 0 ? fabs(w->mean[0] - w->mean[1]) / sqrt(variance) : 0;
}

static int by_ticks(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The upper ends of the crops, denser towards the end, from a batch that counts for nothing. */
static void crops_make(uint64_t took[static BATCH], uint64_t crop[static N_CROPS])
{
	qsort(took, BATCH, sizeof(took[0]), by_ticks);
	for (unsigned i = 0; i < N_CROPS; i++) {
		const double share = 1 - pow(0.5, 10.0 * (i + 1) / N_CROPS);

		crop[i] = took[(size_t)(share * (BATCH - 1))];
	}
}

static void batch_run(const struct target *target, struct input *in, unsigned char *class,
                      uint64_t took[static BATCH])
{
	for (size_t i = 0; i < BATCH; i++) {
		class[i] = (unsigned char)(random_word() >> 63);
		random_fill(in[i].secret, SECRET_LEN);
		for (size_t k = 0; k < SECRET_LEN; k++) { /* the fixed one is all zeros */
			in[i].secret[k] &= (uint8_t)(0U - class[i]);
		}
		random_fill(in[i].auts, sizeof(in[i].auts));
		target->prepare(&in[i]);
	}
	for (size_t i = 0; i < BATCH; i++) {
		const uint64_t start = ticks();

		target->run(&in[i]);
		took[i] = ticks() - start;
	}
}

/* The largest t of a target over all crops. */
static double measure(const struct target *target, size_t samples)
{
	static struct input in[BATCH];
	static unsigned char class[BATCH];
	static uint64_t took[BATCH];
	uint64_t crop[N_CROPS];
	struct welch welch[N_CROPS + 1] = {0};
	double t = 0;

	batch_run(target, in, class, took);
	crops_make(took, crop);
	for (size_t done = 0; done < samples; done += BATCH) {
		batch_run(target, in, class, took);
		for (size_t i = 0; i < BATCH; i++) {
			welch_add(&welch[N_CROPS], class[i], (double)took[i]);
			for (size_t c = N_CROPS; c-- > 0 && took[i] < crop[c];) {
				welch_add(&welch[c], class[i], (double)took[i]);
			}
		}
	}
	for (size_t c = 0; c <= N_CROPS; c++) {
		t = fmax(t, welch_t(&welch[c]));
	}
	return t;
}

static const char *verdict(const struct target *target, double t, bool *good)
{
	if (target->control) {
		*good = *good && t > t_control;
		return t > t_control ? "a leak, as it must be" : "NOT SEEN: no verdict counts";
	}
	*good = *good && t <= t_leak;
	return t > t_leak ? "A LEAK" : t > t_suspicious ? "suspicious: run again" : "nothing seen";
}

static bool parts_open(void)
{
	char dir[] = "/tmp/bench_ct.XXXXXX";
	char path[sizeof(dir) + 16];
	char why[SEAL_WHY_LEN];
	bool good = false;

	if (mkdtemp(dir) == NULL) {
		return false;
	}
	(void)snprintf(path, sizeof(path), "%s/master.key", dir);
	good = auc_open(&auc) == AUC_OK && seal_create(path) == HSS_OK &&
	       seal_open(path, &seal, why) == HSS_OK;
	(void)unlink(path);
	(void)rmdir(dir);
	return good;
}

int main(int argc, char **argv)
{
	static const struct target targets[] = {
		{"control: compare octet by octet", nothing, run_leaky, true},
		{"one vector, K and OPc", nothing, run_vector, false},
		{"AUTS refused, K and OPc", nothing, run_auts, false},
		{"opening a seal, K and OPc", prepare_seal, run_unseal, false},
		{"HA1, password", nothing, run_ha1, false},
		{"octets to digits", nothing, run_hex_encode, false},
		{"digits to octets", prepare_digits, run_hex_decode, false},
	};
	const long asked = argc == 2 ? strtol(argv[1], NULL, 10) : SAMPLES;
	bool good = true;

	if (argc > 2 || asked < SAMPLES_MIN || asked > SAMPLES_MAX) {
		(void)fprintf(stderr, "usage: bench_ct [SAMPLES]    %d to %d\n", SAMPLES_MIN,
		              SAMPLES_MAX);
		return 2;
	}
	if (!parts_open()) {
		(void)fputs("bench_ct: libcrypto or /tmp cannot be used\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const double t = measure(&targets[i], (size_t)asked);

		(void)printf("%-34s max |t| %8.1f of %ld samples: %s\n", targets[i].name, t, asked,
		             verdict(&targets[i], t, &good));
		(void)fflush(stdout);
	}
	auc_close(auc);
	seal_close(seal);
	return good ? 0 : 1;
}
