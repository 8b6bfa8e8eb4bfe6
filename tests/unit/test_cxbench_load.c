/*
 * The whole load over loopback against a model of an HSS in a thread: what it counts, what it
 * bounds, and that one wrong answer among many is found.
 */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "cxbench_kit.h"
#include "diameter-dict/cx_ids.h"
#include "tools/cxbench/load.h"

enum { ROOM = 65536, REQUEST_ROOM = 4096, SUBSCRIBERS = 5 };

/* What the model of an HSS does with the request of this number, from 1. */
enum trick {
	TRICK_NONE,
	TRICK_WRONG_VECTOR,
	TRICK_OLD_SQN,
	TRICK_STEP_BACK,
	TRICK_TWICE,   /* the answer comes twice */
	TRICK_SILENT,  /* no answer */
	TRICK_CLOSE,   /* the connection ends */
	TRICK_GARBAGE, /* what comes is no Diameter */
	TRICK_PING,    /* DWR and a request that nobody knows come in between */
	TRICK_FORGET,  /* a registration is forgotten */
	TRICK_BAD_CEA,
};

static struct {
	int listener;
	uint16_t port;
	enum trick trick;
	uint64_t trick_at;
	uint64_t n; /* requests so far */
	uint64_t sqn[SUBSCRIBERS];
	bool registered[SUBSCRIBERS], pending[SUBSCRIBERS];
	atomic_uint dwas, refusals, dprs;
	pthread_t thread;
} hss;

/* Over hss but its listener: the test changes it between runs. */
static pthread_mutex_t hss_lock = PTHREAD_MUTEX_INITIALIZER;

static struct subscribers subscribers;
static struct sqn_set sqns;
static struct faults faults;
static struct checker checker;
static struct load_result result;
static struct settings settings;
static struct why why;
static volatile sig_atomic_t stop;

static bool read_all(int fd, uint8_t *octets, size_t len)
{
	return len == 0 || recv(fd, octets, len, MSG_WAITALL) == (ssize_t)len;
}

static void write_all(int fd, const uint8_t *octets, size_t len)
{
	(void)send(fd, octets, len, MSG_NOSIGNAL);
}

/* A message of the base protocol: an answer to request, or a request with command. */
static void base_send(int fd, const uint8_t *request, uint32_t command)
{
	uint8_t octets[REQUEST_ROOM];
	struct wire_out out;
	const bool cea = request != NULL && (wire_get32(request + 4) & 0xffffff) == WIRE_CMD_CER;

	wire_begin(&out, octets, sizeof(octets), request == NULL ? WIRE_REQUEST : 0,
	           request != NULL ? wire_get32(request + 4) & 0xffffff : command, 0);
	if (request != NULL) {
		memcpy(octets + 12, request + 12, 8);
		wire_put_u32(&out, CX_BASE_AVP_RESULT_CODE, 0,
		             cea && hss.trick == TRICK_BAD_CEA ? 5010 : CX_RC_SUCCESS);
	}
	wire_put_text(&out, CX_BASE_AVP_ORIGIN_HOST, 0, KIT_HSS);
	assert_true(wire_end(&out));
	write_all(fd, octets, out.len);
}

static size_t subscriber_of(const uint8_t *request)
{
	size_t len = 0;
	const uint8_t *impu = kit_find(request, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, &len);

	return impu != NULL && len > 15 ? (size_t)(impu[15] - '1') : 0; /* sip:bench000000N */
}

/* What TS 29.228 prescribes, as far as the load goes. */
static void decide(const uint8_t *request, size_t who, struct kit_ask *ask)
{
	size_t len = 0;
	const uint8_t *sat = kit_find(request, CX_AVP_SERVER_ASSIGNMENT_TYPE, CX_VENDOR_3GPP, &len);
	const uint8_t *uat =
		kit_find(request, CX_AVP_USER_AUTHORIZATION_TYPE, CX_VENDOR_3GPP, &len);
	const bool known = hss.registered[who] || hss.pending[who];

	switch (wire_get32(request + 4) & 0xffffff) {
	case CX_CMD_UAR:
		ask->server_name = known ? "sip:scscf.home.example:6060" : NULL;
		ask->experimental = !known                                      ? 2001
		                    : wire_get32(uat) == CX_UAT_DE_REGISTRATION ? 0
		                                                                : 2002;
		if (!known && wire_get32(uat) == CX_UAT_DE_REGISTRATION) {
			ask->experimental = 5003;
		}
		break;
	case CX_CMD_SAR:
		hss.pending[who] = false;
		hss.registered[who] = wire_get32(sat) != CX_SAT_USER_DEREGISTRATION;
		ask->user_data = wire_get32(sat) == CX_SAT_REGISTRATION ? "<x/>" : NULL;
		break;
	case CX_CMD_LIR:
		ask->server_name = hss.registered[who] ? "sip:scscf.home.example:6060" : NULL;
		ask->experimental = hss.registered[who] ? 0 : 5003;
		break;
	default:
		hss.pending[who] = true;
		break;
	}
}

/* Answer a Cx request. False when the connection is to end. */
static bool cx_answer(int fd, const uint8_t *request)
{
	static uint8_t octets[ROOM];
	const size_t who = subscriber_of(request);
	const bool now = ++hss.n == hss.trick_at;
	const enum trick trick = now ? hss.trick : TRICK_NONE;
	uint64_t sqn = 0;
	struct kit_ask ask = {.request = request,
	                      .k = subscribers.list[who].k,
	                      .opc = subscribers.list[who].opc,
	                      .sqn = &sqn,
	                      .n_vectors = 1,
	                      .wrong = trick == TRICK_WRONG_VECTOR ? KIT_CK_VALUE : KIT_RIGHT};
	size_t len = 0;

	if (trick == TRICK_FORGET) {
		memset(hss.registered, 0, sizeof(hss.registered));
	}
	hss.sqn[who] += trick == TRICK_OLD_SQN || trick == TRICK_STEP_BACK ? 0 : 64;
	sqn = hss.sqn[who] - (trick == TRICK_STEP_BACK ? 32 : 0);
	decide(request, who, &ask);
	len = kit_answer(&ask, octets, sizeof(octets));
	if (trick == TRICK_GARBAGE) {
		memset(octets, 0, WIRE_HEADER_LEN);
	} else if (trick == TRICK_PING) {
		base_send(fd, NULL, WIRE_CMD_DWR);
		base_send(fd, NULL, CX_CMD_RTR);
	}
	if (trick != TRICK_SILENT && trick != TRICK_CLOSE) {
		write_all(fd, octets, len);
		if (trick == TRICK_TWICE) {
			write_all(fd, octets, len);
		}
	}
	return trick != TRICK_CLOSE;
}

static void connection_serve(int fd)
{
	uint8_t request[REQUEST_ROOM];
	bool more = true;

	while (more && read_all(fd, request, WIRE_HEADER_LEN)) {
		struct wire_header header;

		assert_true(wire_header_read(request, &header));
		assert_true(header.length <= sizeof(request));
		more = read_all(fd, request + WIRE_HEADER_LEN, header.length - WIRE_HEADER_LEN);
		if (!more) {
			break;
		}
		(void)pthread_mutex_lock(&hss_lock);
		if ((header.flags & WIRE_REQUEST) == 0) {
			hss.dwas += header.command == WIRE_CMD_DWR;
			hss.refusals += header.command == CX_CMD_RTR;
		} else if (header.application == 0) {
			hss.dprs += header.command == WIRE_CMD_DPR;
			base_send(fd, request, 0);
		} else {
			more = cx_answer(fd, request);
		}
		(void)pthread_mutex_unlock(&hss_lock);
	}
	(void)close(fd);
}

/* One connection after the other, until the listener is shut down. */
static void *hss_main(void *arg)
{
	int fd = -1;

	(void)arg;
	while ((fd = accept(hss.listener, NULL, NULL)) >= 0) {
		connection_serve(fd);
	}
	return NULL;
}

static int group_setup(void **state)
{
	char path[] = "/tmp/cxbench-load-XXXXXX";
	const int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(unlink(path), 0);
	assert_true(subscribers_make(path, SUBSCRIBERS, "home.example", &why));
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
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	(void)state;
	memset(&hss, 0, sizeof(hss));
	hss.listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(hss.listener >= 0);
	assert_int_equal(bind(hss.listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(hss.listener, 8), 0);
	assert_int_equal(getsockname(hss.listener, (struct sockaddr *)&address, &len), 0);
	memset(&result, 0, sizeof(result));
	stop = 0;
	faults = (struct faults){.silent = true};
	settings = (struct settings){.host = "127.0.0.1",
	                             .identity = "cxbench",
	                             .realm = "home.example",
	                             .hss = KIT_HSS,
	                             .connections = 1,
	                             .window = 4,
	                             .vectors = 1,
	                             .scscfs = 1,
	                             .count = 300,
	                             .timeout = 20};
	(void)snprintf(settings.port, sizeof(settings.port), "%u", ntohs(address.sin_port));
	checker = (struct checker){.subscribers = &subscribers,
	                           .hss = KIT_HSS,
	                           .n_vectors = 1,
	                           .verify_percent = 100,
	                           .ind_bits = 5,
	                           .aka = aka_open(),
	                           .sqns = &sqns,
	                           .faults = &faults};
	assert_true(sqn_set_open(&sqns, subscribers.n));
	return pthread_create(&hss.thread, NULL, hss_main, NULL);
}

static int teardown(void **state)
{
	(void)state;
	(void)shutdown(hss.listener, SHUT_RDWR);
	(void)pthread_join(hss.thread, NULL);
	(void)close(hss.listener);
	sqn_set_close(&sqns);
	aka_close(checker.aka);
	return 0;
}

/* A run against an HSS that knows nobody yet. */
static void run(enum trick trick, uint64_t at)
{
	(void)pthread_mutex_lock(&hss_lock);
	hss.trick = trick;
	hss.trick_at = at;
	hss.n = 0;
	memset(hss.registered, 0, sizeof(hss.registered));
	memset(hss.pending, 0, sizeof(hss.pending));
	(void)pthread_mutex_unlock(&hss_lock);
	assert_true(load_run(&settings, &checker, &stop, &result, &why));
}

static void all_is_counted_and_said_good_bye(void **state)
{
	(void)state;
	run(TRICK_PING, 100);
	assert_int_equal(faults.total, 0);
	assert_int_equal(result.sent, 300);
	assert_int_equal(result.answers, 300);
	assert_int_equal(result.success, 300);
	assert_int_equal(result.measured, 300);
	assert_int_equal(result.latency.n, 300);
	assert_true(result.measured_time > 0);
	assert_int_equal(result.outstanding + result.lost + result.busy + result.refused, 0);
	assert_int_equal(checker.n_verified, 300);
	assert_int_equal(result.peer_requests, 1);
	assert_int_equal(hss.dwas, 1);
	assert_int_equal(hss.refusals, 1);
	assert_int_equal(hss.dprs, 1);
}

static void every_command_runs_without_a_fault(void **state)
{
	static const enum command commands[] = {COMMAND_UAR, COMMAND_SAR, COMMAND_LIR, COMMAND_MIX};

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		memset(&result, 0, sizeof(result));
		settings.command = commands[i];
		run(TRICK_NONE, 0);
		assert_int_equal(faults.total, 0);
		assert_int_equal(result.success, 300);
	}
}

static void one_trick_among_many_answers_is_found(void **state)
{
	static const struct {
		enum trick trick;
		enum fault fault;
	} cases[] = {
		{TRICK_WRONG_VECTOR, FAULT_VECTOR}, {TRICK_OLD_SQN, FAULT_SQN_DUPLICATE},
		{TRICK_STEP_BACK, FAULT_SQN_BACK},  {TRICK_TWICE, FAULT_UNMATCHED},
		{TRICK_CLOSE, FAULT_LOST},          {TRICK_GARBAGE, FAULT_LOST},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&result, 0, sizeof(result));
		faults = (struct faults){.silent = true};
		settings.window = 1; /* so that each answer had come when the next was asked for */
		run(cases[i].trick, 200);
		if (faults.n[cases[i].fault] != 1) {
			fail_msg("trick %d was not found", cases[i].trick);
		}
	}
}

static void forgotten_registration_is_found(void **state)
{
	(void)state;
	settings.command = COMMAND_MIX;
	settings.window = 1;
	run(TRICK_FORGET, 100);
	/* Once for each that was registered. */
	assert_in_range(faults.n[FAULT_STATE_LOST], 1, SUBSCRIBERS);
	assert_int_equal(faults.n[FAULT_STATE_LOST], faults.total);
}

static void silence_ends_the_load_and_is_a_fault(void **state)
{
	(void)state;
	settings.timeout = 0.2;
	settings.window = 1;
	run(TRICK_SILENT, 50);
	assert_int_equal(result.sent, 50);
	assert_int_equal(result.outstanding, 1);
	assert_int_equal(faults.n[FAULT_UNANSWERED], 1);
	assert_int_equal(faults.total, 1);
}

static void loss_is_counted_and_the_load_goes_on(void **state)
{
	(void)state;
	settings.allow_loss = true;
	settings.reconnect = true;
	settings.window = 1;
	run(TRICK_CLOSE, 150);
	assert_int_equal(faults.total, 0);
	assert_int_equal(result.lost, 1);
	assert_int_equal(result.reconnects, 1);
	assert_int_equal(result.sent, 300);
	assert_int_equal(result.answers, 299);
}

static void loss_ends_a_load_that_does_not_reconnect(void **state)
{
	(void)state;
	settings.allow_loss = true;
	settings.window = 1;
	run(TRICK_CLOSE, 150);
	assert_int_equal(faults.total, 0);
	assert_int_equal(result.lost, 1);
	assert_int_equal(result.sent, 150);
}

static void time_bounds_the_load_and_a_rate_is_kept(void **state)
{
	(void)state;
	settings.count = 0;
	settings.seconds = 0.5;
	settings.warmup = 0.25;
	settings.rate = 100;
	run(TRICK_NONE, 0);
	assert_int_equal(faults.total, 0);
	/* 50 are due in the half second, at 0, 10 ms and so on; never more. */
	assert_true(result.sent > 0 && result.sent <= 50);
	assert_int_equal(result.answers, result.sent);
	assert_true(result.measured <= 25 + 1);
}

static void signal_ends_it_with_a_report(void **state)
{
	(void)state;
	settings.count = UINT64_MAX;
	stop = 1; /* seen once it connects */
	assert_false(load_run(&settings, &checker, &stop, &result, &why));
	assert_non_null(strstr(why.text, "interrupted"));
}

static void cea_that_refuses_is_a_failed_setup(void **state)
{
	(void)state;
	(void)pthread_mutex_lock(&hss_lock);
	hss.trick = TRICK_BAD_CEA;
	(void)pthread_mutex_unlock(&hss_lock);
	assert_false(load_run(&settings, &checker, &stop, &result, &why));
	assert_non_null(strstr(why.text, "CEA with Result-Code 5010"));
}

static void other_identity_than_asked_for_is_a_failed_setup(void **state)
{
	(void)state;
	settings.hss = "other.home.example";
	assert_false(load_run(&settings, &checker, &stop, &result, &why));
	assert_non_null(strstr(why.text, "another Diameter identity"));
}

static void nobody_there_is_a_failed_setup(void **state)
{
	(void)state;
	(void)snprintf(settings.port, sizeof(settings.port), "1");
	assert_false(load_run(&settings, &checker, &stop, &result, &why));
	assert_non_null(strstr(why.text, "127.0.0.1:1: "));
}

int main(void)
{
#define T(name_) cmocka_unit_test_setup_teardown(name_, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(all_is_counted_and_said_good_bye),
		T(every_command_runs_without_a_fault),
		T(one_trick_among_many_answers_is_found),
		T(forgotten_registration_is_found),
		T(silence_ends_the_load_and_is_a_fault),
		T(loss_is_counted_and_the_load_goes_on),
		T(loss_ends_a_load_that_does_not_reconnect),
		T(time_bounds_the_load_and_a_rate_is_kept),
		T(signal_ends_it_with_a_report),
		T(cea_that_refuses_is_a_failed_setup),
		T(other_identity_than_asked_for_is_a_failed_setup),
		T(nobody_there_is_a_failed_setup),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
