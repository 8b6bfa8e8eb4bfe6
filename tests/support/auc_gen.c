/*
 * Compares auc/ with osmo-auc-gen of libosmocore, an AuC written by others, on random subscribers:
 * a vector for each, then an AUTS for each and the vector that follows it. The numbers come from
 * a seed, so that a difference can be looked at again.
 *
 *   auc_gen SEED COUNT         exit status 0 when everything is equal
 *   auc_gen SEED COUNT flip    with one bit of K turned on our side, which must be seen
 *
 * The keys stand in the arguments of osmo-auc-gen. They are made up and worth nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auc/milenage.h"
#include "auc/sqn.h"
#include "auc/vector.h"
#include "hex.h"

enum { TEXT_LEN = 2 * AUC_BLOCK_LEN + 1, ARGS_MAX = 24, ANSWER_MAX = 2048 };

struct subscriber {
	uint8_t k[AUC_K_LEN];
	uint8_t op[AUC_OPC_LEN]; /* OP or, half of the time, OPc */
	uint8_t rand[AUC_RAND_LEN];
	uint8_t amf[AUC_AMF_LEN];
	uint64_t sqn;
	uint64_t sqn_ms;
	unsigned ind;
	bool has_op;
};

/* What both sides say. */
struct answer {
	struct auc_vector vector;
	uint64_t sqn;
	uint64_t sqn_ms;
};

/* splitmix64: numbers for a test, not for a key. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void random_octets(uint64_t *state, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		out[i] = (uint8_t)(next_random(state) >> 24);
	}
}

static struct subscriber random_subscriber(uint64_t *state)
{
	struct subscriber sub;

	random_octets(state, sub.k, sizeof(sub.k));
	random_octets(state, sub.op, sizeof(sub.op));
	random_octets(state, sub.rand, sizeof(sub.rand));
	random_octets(state, sub.amf, sizeof(sub.amf));
	sub.sqn = next_random(state) & AUC_SQN_MAX;
	sub.sqn_ms = next_random(state) & AUC_SQN_MAX;
	sub.ind = (unsigned)(next_random(state) & 31);
	sub.has_op = (next_random(state) & 1) != 0;
	return sub;
}

/* Run a program and read what it prints, NUL-terminated. */
static bool run(char *const argv[], char out[static ANSWER_MAX])
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	size_t len = 0;
	ssize_t got = 0;
	int fds[2] = {-1, -1};
	int status = -1;
	int rc = 0;
	pid_t pid = -1;

	if (pipe(fds) != 0) {
		return false;
	}
	rc = posix_spawn_file_actions_init(&actions);
	rc = rc != 0 ? rc : posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	rc = rc != 0 ? rc : posix_spawn_file_actions_addclose(&actions, fds[0]);
	rc = rc != 0 ? rc : posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(fds[1]);
	while (rc == 0 && len < ANSWER_MAX - 1) {
		got = read(fds[0], out + len, ANSWER_MAX - 1 - len);
		if (got <= 0) {
			break;
		}
		len += (size_t)got;
	}
	(void)close(fds[0]);
	out[len] = '\0';
	if (rc != 0) {
		(void)fprintf(stderr, "%s: %s\n", argv[0], strerror(rc));
		return false;
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The value after "NAME:<tab>" at the start of a line, cut off at its end; NULL without one. */
static const char *value_of(const char *text, const char *name, char value[static TEXT_LEN])
{
	size_t len = strlen(name);

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) == 0 && strncmp(line + len, ":\t", 2) == 0) {
			(void)snprintf(value, TEXT_LEN, "%.*s", (int)strcspn(line + len + 2, "\n"),
			               line + len + 2);
			return value;
		}
	}
	return NULL;
}

static bool read_octets(const char *text, const char *name, uint8_t *out, size_t len)
{
	char value[TEXT_LEN];

	return value_of(text, name, value) != NULL && hex_decode(value, out, len);
}

static bool read_number(const char *text, const char *name, uint64_t *out)
{
	char value[TEXT_LEN];
	char *end = NULL;

	if (value_of(text, name, value) == NULL) {
		return false;
	}
	errno = 0;
	*out = strtoull(value, &end, 10);
	return errno == 0 && end != value && *end == '\0';
}

/* Their answer: to SQN when auts is NULL, else to AUTS. */
static bool ask_osmo(const struct subscriber *sub, const uint8_t *auts, struct answer *answer)
{
	char k[TEXT_LEN];
	char op[TEXT_LEN];
	char rand[TEXT_LEN];
	char amf[TEXT_LEN];
	char number[TEXT_LEN];
	char auts_text[TEXT_LEN];
	char text[ANSWER_MAX];
	char *argv[ARGS_MAX] = {
		"osmo-auc-gen", "-3", "-a", "milenage", "-k", k, sub->has_op ? "-O" : "-o", op,
		"-r",           rand, "-f", amf};
	size_t n = 12;

	hex_encode(sub->k, sizeof(sub->k), k);
	hex_encode(sub->op, sizeof(sub->op), op);
	hex_encode(sub->rand, sizeof(sub->rand), rand);
	hex_encode(sub->amf, sizeof(sub->amf), amf);
	argv[n++] = auts == NULL ? "-s" : "-i";
	argv[n++] = number;
	(void)snprintf(number, sizeof(number), "%" PRIu64, auts == NULL ? sub->sqn : sub->ind);
	if (auts != NULL) {
		hex_encode(auts, AUC_AUTS_LEN, auts_text);
		argv[n++] = "-A";
		argv[n++] = auts_text;
	}
	return run(argv, text) && read_octets(text, "RAND", answer->vector.rand, AUC_RAND_LEN) &&
	       read_octets(text, "AUTN", answer->vector.autn, AUC_AUTN_LEN) &&
	       read_octets(text, "RES", answer->vector.xres, AUC_XRES_LEN) &&
	       read_octets(text, "CK", answer->vector.ck, AUC_CK_LEN) &&
	       read_octets(text, "IK", answer->vector.ik, AUC_IK_LEN) &&
	       read_number(text, "SQN", &answer->sqn) &&
	       (auts == NULL || read_number(text, "SQN.MS", &answer->sqn_ms));
}

static enum auc_err fixed_rand(void *opaque, uint8_t *out, size_t len)
{
	memcpy(out, opaque, len);
	return AUC_OK;
}

/* What a USIM sends (TS 33.102 6.3.3). */
static enum auc_err make_auts(struct auc_ctx *ctx, const struct auc_key *key,
                              const struct subscriber *sub, uint8_t auts[static AUC_AUTS_LEN])
{
	enum auc_err err = milenage_f5star(ctx, key, sub->rand, auts);

	for (unsigned i = 0; i < AUC_SQN_LEN; i++) {
		auts[i] ^= (uint8_t)(sub->sqn_ms >> (40 - 8 * i));
	}
	if (err == AUC_OK) {
		err = milenage_f1star(ctx, key, sub->rand, sub->sqn_ms, milenage_amf_resync,
		                      auts + AUC_SQN_LEN);
	}
	return err;
}

static enum auc_err ask_auc(struct auc_ctx *ctx, const struct auc_key *key,
                            const struct subscriber *sub, const uint8_t *auts,
                            struct answer *answer)
{
	uint8_t rand[AUC_RAND_LEN];
	const struct auc_rng rng = {.fill = fixed_rand, .opaque = rand};
	const struct auc_sqn_rule rule = {.ind_bits = AUC_SQN_IND_BITS};
	enum auc_err err = AUC_OK;

	memcpy(rand, sub->rand, sizeof(rand));
	answer->sqn = sub->sqn;
	if (auts != NULL) {
		err = auc_auts_check(ctx, key, sub->rand, auts, &answer->sqn_ms);
		if (err == AUC_OK) {
			err = auc_sqn_next(answer->sqn_ms, &rule, sub->ind, &answer->sqn);
		}
	}
	if (err == AUC_OK) {
		err = auc_vectors(ctx, key, sub->amf, &answer->sqn, 1, &rng, &answer->vector);
	}
	return err;
}

/* The same question to both. */
static bool agree(struct auc_ctx *ctx, const struct auc_key *key, const struct subscriber *sub,
                  const uint8_t *auts)
{
	struct answer ours = {0};
	struct answer theirs = {0};

	if (ask_auc(ctx, key, sub, auts, &ours) != AUC_OK || !ask_osmo(sub, auts, &theirs)) {
		return false;
	}
	return memcmp(&ours.vector, &theirs.vector, sizeof(ours.vector)) == 0 &&
	       ours.sqn == theirs.sqn && ours.sqn_ms == theirs.sqn_ms;
}

static bool compare(struct auc_ctx *ctx, const struct subscriber *sub, bool flip)
{
	struct auc_key key;
	uint8_t auts[AUC_AUTS_LEN];

	memcpy(key.k, sub->k, sizeof(key.k));
	memcpy(key.opc, sub->op, sizeof(key.opc));
	if (sub->has_op && milenage_opc(ctx, key.k, sub->op, key.opc) != AUC_OK) {
		return false;
	}
	key.k[AUC_K_LEN - 1] ^= flip ? 1 : 0;
	return agree(ctx, &key, sub, NULL) && make_auts(ctx, &key, sub, auts) == AUC_OK &&
	       agree(ctx, &key, sub, auts);
}

int main(int argc, char **argv)
{
	struct auc_ctx *ctx = NULL;
	uint64_t state = argc > 2 ? strtoull(argv[1], NULL, 10) : 0;
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	bool flip = argc == 4 && strcmp(argv[3], "flip") == 0;
	unsigned long n_differ = 0;

	if (count == 0 || argc > 4 || (argc == 4 && !flip)) {
		(void)fputs("usage: auc_gen SEED COUNT [flip]\n", stderr);
		return 2;
	}
	if (auc_open(&ctx) != AUC_OK) {
		(void)fputs("auc_gen: no AES\n", stderr);
		return 2;
	}
	for (unsigned long i = 0; i < count; i++) {
		struct subscriber sub = random_subscriber(&state);

		if (!compare(ctx, &sub, flip)) {
			(void)printf("subscriber %lu differs\n", i);
			n_differ++;
		}
	}
	auc_close(ctx);
	(void)printf("%lu subscribers, %lu differ\n", count, n_differ);
	return n_differ == 0 ? 0 : 1;
}
