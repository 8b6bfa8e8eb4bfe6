/*
 * The codec's messages for others to look at:
 *
 *   codec_golden pcap FILE    every example request and answer, as packets of TCP port 3868
 *   codec_golden broken FILE  one request with an AVP longer than the message, which has to be
 * noticed codec_golden corpus DIR   the same messages and malformed ones, a file each, for the
 * fuzzer codec_golden bench        nanoseconds for each step of a MAR with one vector
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec_kit.h"

static uint8_t octets[RAW_LEN_MAX];
static struct raw raw;

/* ---- pcap: an IPv4 packet with one TCP segment for each message, a connection of its own each
 * ---- */

enum { LINKTYPE_RAW = 101, IP_TCP_LEN = 40 };

static void put16(uint8_t *out, size_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

static void pcap_header(FILE *file)
{
	const uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, LINKTYPE_RAW};

	(void)fwrite(header, sizeof(header), 1, file);
}

static void pcap_message(FILE *file, const uint8_t *message, size_t len)
{
	static uint16_t port = 40000;
	const uint32_t record[] = {port, 0, (uint32_t)(IP_TCP_LEN + len),
	                           (uint32_t)(IP_TCP_LEN + len)};
	uint8_t packet[IP_TCP_LEN] = {0x45, [8] = 64, 6, [12] = 127, 0, 0, 1, 127, 0, 0, 1};

	put16(packet + 2, IP_TCP_LEN + len);
	put16(packet + 20, port++);
	put16(packet + 22, 3868);
	packet[27] = 1;    /* sequence number */
	packet[32] = 0x50; /* header of 5 words */
	packet[33] = 0x18; /* PSH, ACK */
	put16(packet + 34, 65535);
	(void)fwrite(record, sizeof(record), 1, file);
	(void)fwrite(packet, sizeof(packet), 1, file);
	(void)fwrite(message, len, 1, file);
}

/* ---- The messages ---- */

typedef void message_fn(void *opaque, const uint8_t *message, size_t len);

static struct msg *received(const uint8_t *message, size_t len)
{
	struct fd_pei pei = {0};
	int ret = 0;
	struct msg *msg = kit_parse(message, len, &pei, &ret);

	if (msg == NULL || ret != 0) {
		(void)fprintf(stderr, "an example does not parse: %s\n", pei.pei_errcode);
		abort();
	}
	return msg;
}

static void emit(message_fn *fn, void *opaque, struct msg *msg)
{
	size_t len = 0;
	uint8_t *message = kit_octets(msg, &len);

	if (message == NULL) {
		abort();
	}
	fn(opaque, message, len);
	free(message);
}

static struct msg *request_made(const struct cx_request *req)
{
	struct msg *msg = NULL;

	if (cx_request_encode(req, &msg) != HSS_OK) {
		abort();
	}
	return msg;
}

static struct msg *request_received(const struct cx_request *req)
{
	size_t len = 0;
	uint8_t *message = kit_octets(request_made(req), &len);
	struct msg *msg = received(message, len);

	free(message);
	return msg;
}

static void each_example(message_fn *fn, void *opaque)
{
	for (size_t i = 0; i < kit_n_requests; i++) {
		emit(fn, opaque, request_made(&kit_requests[i]));
	}
	for (size_t i = 0; i < kit_n_answers; i++) {
		struct msg *msg = request_received(kit_request_of(kit_answers[i].command));

		if (cx_answer_encode(&msg, &kit_answers[i], KIT_HOST, KIT_REALM) != HSS_OK) {
			abort();
		}
		emit(fn, opaque, msg);
	}
}

static const uint32_t commands[] = {CX_CMD_UAR, CX_CMD_SAR, CX_CMD_LIR,
                                    CX_CMD_MAR, CX_CMD_RTR, CX_CMD_PPR};

static void emit_raw(message_fn *fn, void *opaque)
{
	fn(opaque, octets, raw_octets(&raw, octets));
}

/* Each AVP missing, doubled, emptied; an unknown one with M; a truncated message. */
static void each_malformed(message_fn *fn, void *opaque)
{
	for (size_t c = 0; c < sizeof(commands) / sizeof(commands[0]); c++) {
		raw_request(&raw, commands[c]);
		emit_raw(fn, opaque);
		for (size_t i = 0, n = raw.n; i < n; i++) {
			raw_remove(&raw, i);
			emit_raw(fn, opaque);
			raw_request(&raw, commands[c]);
			raw.avp[raw.n++] = raw.avp[i];
			emit_raw(fn, opaque);
			raw.n--;
			raw.avp[i].len = 0;
			emit_raw(fn, opaque);
			raw_request(&raw, commands[c]);
		}
		(void)raw_add(&raw, 494, 50, "", 0);
		emit_raw(fn, opaque);
		fn(opaque, octets, raw_octets(&raw, octets) - 7);
	}
}

/* Restoration information with AVPs that nobody knows, lists of features of all kinds, an RTA with
 * no more than it must have and with what does not belong there. */
static void each_odd(message_fn *fn, void *opaque)
{
	struct raw_avp *group = NULL;

	raw_request(&raw, CX_CMD_SAR);
	group = raw_find(&raw, CX_AVP_SCSCF_RESTORATION_INFO, CX_VENDOR_3GPP, 0);
	group->flags = 0x80; /* else what it holds has to be known */
	raw_member(group, 9997, 50, "", 0);
	raw_member(group, 9998, 0, "xyz", 3);
	emit_raw(fn, opaque);

	raw_request(&raw, CX_CMD_LIR);
	raw_features(&raw, CX_VENDOR_3GPP, 2, 1)->flags = 0xc0;
	raw_features(&raw, CX_VENDOR_ETSI, 1, 1)->flags = 0x80;
	raw_features(&raw, CX_VENDOR_3GPP, 1, 8)->flags = 0xc0;
	emit_raw(fn, opaque);

	raw_request(&raw, CX_CMD_RTR);
	raw.flags = 0x40;
	raw.n = 1; /* Session-Id */
	(void)raw_add_u32(&raw, CX_BASE_AVP_RESULT_CODE, 0, CX_RC_LIMITED_SUCCESS);
	(void)raw_add(&raw, CX_BASE_AVP_DESTINATION_REALM, 0, "example.net", 11);
	group = raw_add(&raw, CX_AVP_IDENTITY_WITH_EMERGENCY_REGISTRATION, CX_VENDOR_3GPP, "", 0);
	raw_member(group, CX_BASE_AVP_USER_NAME, 0, "a@b", 3);
	raw_member(group, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, "tel:+1", 6);
	emit_raw(fn, opaque);
}

static void to_pcap(void *opaque, const uint8_t *message, size_t len)
{
	pcap_message(opaque, message, len);
}

static void to_file(void *opaque, const uint8_t *message, size_t len)
{
	static unsigned n;
	char path[4096];
	FILE *file = NULL;

	(void)snprintf(path, sizeof(path), "%s/golden-%03u", (const char *)opaque, n++);
	file = fopen(path, "wb");
	if (file == NULL || fwrite(message, len, 1, file) != 1 || fclose(file) != 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

static int write_pcap(const char *path, bool broken)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL) {
		perror(path);
		return EXIT_FAILURE;
	}
	pcap_header(file);
	if (broken) {
		size_t len = 0;

		raw_request(&raw, CX_CMD_LIR);
		len = raw_octets(&raw, octets);
		octets[20 + 7] = 0xff; /* length of Session-Id */
		octets[20 + 6] = 0x7f;
		pcap_message(file, octets, len);
	} else {
		each_example(to_pcap, file);
	}
	return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- Bench ---- */

static uint64_t now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

enum { BENCH_ROUNDS = 100000, BENCH_STEPS = 5 };

/* One MAR and its MAA; the time of each step is added to sum. */
static void bench_round(const uint8_t *request, size_t request_len, struct arena *arena,
                        uint64_t sum[static BENCH_STEPS])
{
	static const struct cx_answer mine = {.verdict = {.result = CX_SUCCESS}, .n_vectors = 1};
	static struct cx_answer ans;
	struct cx_request req;
	struct cx_verdict verdict;
	const char *why = NULL;
	size_t len = 0;
	uint8_t *answer = NULL;
	struct msg *msg = NULL;
	enum hss_err err = HSS_OK;
	uint64_t t[BENCH_STEPS];

	t[0] = now();
	msg = received(request, request_len);
	t[1] = now();
	err = cx_request_decode(msg, arena, &req, &verdict);
	t[2] = now();
	if (err == HSS_OK) {
		err = cx_answer_encode(&msg, &mine, KIT_HOST, KIT_REALM);
	}
	t[3] = now();
	answer = kit_octets(msg, &len);
	sum[3] += now() - t[3];
	msg = received(answer, len);
	t[4] = now();
	if (err == HSS_OK) {
		err = cx_answer_decode(msg, arena, &ans, &why);
	}
	sum[4] += now() - t[4];
	for (size_t s = 0; s < 3; s++) {
		sum[s] += t[s + 1] - t[s];
	}
	(void)fd_msg_free(msg);
	free(answer);
	if (err != HSS_OK || verdict.result != CX_NO_RESULT) {
		abort();
	}
}

static int bench(void)
{
	static const char *const steps[BENCH_STEPS] = {"parse and rules (library)", "decode MAR",
	                                               "encode MAA", "write out (library)",
	                                               "decode MAA"};
	uint64_t sum[BENCH_STEPS] = {0};
	struct arena arena = {0};
	size_t len = 0;
	uint8_t *request = kit_octets(request_made(kit_request_of(CX_CMD_MAR)), &len);

	for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
		bench_round(request, len, &arena, sum);
		arena_reset(&arena);
	}
	for (size_t s = 0; s < BENCH_STEPS; s++) {
		(void)printf("%-26s %6" PRIu64 " ns\n", steps[s], sum[s] / BENCH_ROUNDS);
	}
	arena_free(&arena);
	free(request);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	(void)kit_dictionary();
	if (argc == 2 && strcmp(argv[1], "bench") == 0) {
		return bench();
	}
	if (argc == 3 && strcmp(argv[1], "pcap") == 0) {
		return write_pcap(argv[2], false);
	}
	if (argc == 3 && strcmp(argv[1], "broken") == 0) {
		return write_pcap(argv[2], true);
	}
	if (argc == 3 && strcmp(argv[1], "corpus") == 0) {
		each_example(to_file, argv[2]);
		each_malformed(to_file, argv[2]);
		each_odd(to_file, argv[2]);
		return EXIT_SUCCESS;
	}
	(void)fprintf(stderr, "usage: codec_golden pcap FILE | broken FILE | corpus DIR | bench\n");
	return 2;
}
