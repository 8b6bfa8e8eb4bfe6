/*
 * Octets of a peer through the whole codec, as the daemon would: guard, parse, check the rules,
 * decode, decide about a subscriber, answer. What one side makes the other one takes as it is
 * meant.
 */
#undef NDEBUG /* the fixture's own checks */
#include <stdlib.h>
#include <string.h>

#include "codec_kit.h"
#include "fuzz.h"
#include "hss/guard.h"
#include "subscription_fixture.h"

/* Octets that we made, as the other side parses them. */
static struct msg *sent(struct msg *made, int *ret)
{
	struct fd_pei pei = {0};
	size_t len = 0;
	uint8_t *octets = kit_octets(made, &len);
	struct msg *msg = NULL;

	FUZZ_CHECK(octets != NULL);
	msg = kit_parse(octets, len, &pei, ret);
	FUZZ_CHECK(msg != NULL);
	kit_pei_free(&pei);
	free(octets);
	return msg;
}

static void check_same_restoration(const struct cx_restoration *got,
                                   const struct cx_restoration *want)
{
	FUZZ_CHECK(strcmp(got->impi, want->impi) == 0);
	FUZZ_CHECK(got->len == want->len && memcmp(got->octets, want->octets, want->len) == 0);
}

/* What we send has to be sound: the other side must take it, and get what was given. */
static void check_answer(struct msg *answer, const struct cx_answer *want, struct arena *arena)
{
	static struct cx_answer got;
	const char *why = "";
	int ret = 0;
	struct msg *msg = sent(answer, &ret);

	if (ret == 0) {
		enum hss_err err = cx_answer_decode(msg, arena, &got, &why);

		FUZZ_CHECK(err == HSS_OK || err == HSS_ERR_INVALID); /* an echo may be garbage */
		if (err == HSS_OK && want != NULL && want->n_restoration > 0) {
			FUZZ_CHECK(got.n_restoration == 1);
			check_same_restoration(&got.restoration[0], &want->restoration[0]);
		}
		cx_answer_wipe(&got);
	}
	(void)fd_msg_free(msg);
}

/* The promises of cx_codec.h about a decoded request. */
static void check_request(const struct cx_request *req, const struct cx_verdict *verdict)
{
	FUZZ_CHECK(req->session_id != NULL && req->origin_host != NULL &&
	           req->origin_realm != NULL);
	FUZZ_CHECK(req->n_impu <= (req->command == CX_CMD_RTR ? IMS_IMPU_MAX : CX_IMPU_MAX));
	FUZZ_CHECK(verdict->result != CX_NO_RESULT || req->destination_realm != NULL);
}

static struct cx_restoration restoration_of(const struct cx_request *req)
{
	return (struct cx_restoration){req->sar.restoration_impi, req->sar.restoration,
	                               req->sar.restoration_len};
}

static void check_same(const struct cx_request *got, const struct cx_request *want)
{
	FUZZ_CHECK(got->n_impu == want->n_impu && got->features.list == want->features.list);
	FUZZ_CHECK(got->features.present == want->features.present);
	FUZZ_CHECK(got->features.required == want->features.required);
	FUZZ_CHECK(got->features.foreign == want->features.foreign);
	if (want->command == CX_CMD_SAR && want->sar.restoration != NULL) {
		const struct cx_restoration a = restoration_of(got);
		const struct cx_restoration b = restoration_of(want);

		check_same_restoration(&a, &b);
	}
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void check_same_answer(const struct cx_answer *got, const struct cx_answer *want)
{
	FUZZ_CHECK(got->verdict.result == want->verdict.result);
	FUZZ_CHECK(got->n_vectors == want->n_vectors);
	FUZZ_CHECK(memcmp(got->vector, want->vector, want->n_vectors * sizeof(want->vector[0])) ==
	           0);
	FUZZ_CHECK(same_text(got->digest.realm, want->digest.realm));
	FUZZ_CHECK(same_text(got->server_name, want->server_name));
	FUZZ_CHECK(got->user_data_len == want->user_data_len);
	FUZZ_CHECK(got->capabilities == want->capabilities);
	FUZZ_CHECK(got->n_restoration == want->n_restoration);
}

/* An answer decided about here arrives as it is meant. */
static void check_arrived(struct msg *answer, const struct cx_answer *want, struct arena *arena)
{
	static struct cx_answer got;
	const char *why = "";
	int ret = 0;
	struct msg *msg = sent(answer, &ret);

	FUZZ_CHECK(ret == 0 && cx_answer_decode(msg, arena, &got, &why) == HSS_OK);
	check_same_answer(&got, want);
	cx_answer_wipe(&got);
	(void)fd_msg_free(msg);
}

/* The fixture's restoration information is text; on the wire it has to be AVPs. */
static void restoration_set(struct ims_subscription *sub)
{
	const struct cx_sar *sar = NULL;

	for (size_t i = 0; i < kit_n_requests && sar == NULL; i++) {
		if (kit_requests[i].command == CX_CMD_SAR &&
		    kit_requests[i].sar.restoration != NULL) {
			sar = &kit_requests[i].sar;
		}
	}
	for (size_t i = 0; i < sub->n_restoration && sar != NULL; i++) {
		sub->restoration[i].octets = sar->restoration;
		sub->restoration[i].len = sar->restoration_len;
	}
}

/* Decide about the subscriber of the fixture, whose state the message chooses. Takes msg over. */
static void decide(struct msg *msg, const struct cx_request *req, struct arena *arena)
{
	static const char *const states[] = {"",          "11Rp 12U @1",  "11R 12R @2", "11Np @1",
	                                     "11R+ @1:4", "11R+ 17R @2!", "34R 35U @1"};
	static struct fixture f;
	const char *impu[FIXTURE_IMPU_MAX + 1] = {NULL};
	struct msg_hdr *hdr = NULL;
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < req->n_impu; i++) {
		impu[i] = req->impu[i];
	}
	(void)fd_msg_hdr(msg, &hdr);
	fixture_open(&f, states[hdr->msg_hbhid % (sizeof(states) / sizeof(states[0]))]);
	restoration_set(&f.sub);
	fixture_ask(&f, req->command, req->impi, impu);
	f.req = *req;
	(void)fixture_decide(&f);
	err = cx_answer_encode(&msg, &f.ans, KIT_HOST, KIT_REALM);
	FUZZ_CHECK(err == HSS_OK);
	check_arrived(msg, &f.ans, arena);
	fixture_close(&f);
}

static bool is_decided_here(const struct cx_request *req)
{
	return req->command != CX_CMD_RTR && req->command != CX_CMD_PPR &&
	       req->n_impu <= FIXTURE_IMPU_MAX;
}

/* The request made anew from what was read: NULL when it cannot be. */
static struct msg *made_again(const struct cx_request *req)
{
	struct msg *msg = NULL;
	int ret = 0;
	const enum hss_err err = cx_request_encode(req, &msg);

	if (err != HSS_OK) { /* an RTR need not have a Destination-Host when it is received */
		FUZZ_CHECK(err == HSS_ERR_INVALID && req->command == CX_CMD_RTR);
		return NULL;
	}
	msg = sent(msg, &ret);
	FUZZ_CHECK(ret == 0);
	return msg;
}

/* A sound request, made anew, is read as the same. choice: of the subscriber's state. */
static void check_again(const struct cx_request *req, uint32_t choice, struct arena *arena)
{
	struct cx_request again;
	struct cx_verdict verdict;
	struct msg_hdr *hdr = NULL;
	struct msg *msg = made_again(req);

	if (msg == NULL) {
		return;
	}
	FUZZ_CHECK(cx_request_decode(msg, arena, &again, &verdict) == HSS_OK);
	FUZZ_CHECK(verdict.result == CX_NO_RESULT);
	check_same(&again, req);
	if (is_decided_here(&again)) {
		(void)fd_msg_hdr(msg, &hdr);
		hdr->msg_hbhid = choice;
		decide(msg, &again, arena);
	} else {
		(void)fd_msg_free(msg);
	}
}

/* An answer with as much of the request as it can have. */
static void fill(struct cx_answer *ans, const struct cx_request *req,
                 struct cx_restoration *restoration)
{
	ans->verdict.result = CX_SUCCESS;
	ans->impi = req->impi;
	ans->n_vectors = 2;
	ans->features = req->features;
	if (req->command == CX_CMD_SAR && req->sar.restoration != NULL) {
		*restoration = restoration_of(req);
		ans->restoration = restoration;
		ans->n_restoration = 1;
	}
	if (req->command == CX_CMD_RTR) {
		ans->associated_impi = req->rtr.associated_impi;
		ans->n_associated_impi = req->rtr.n_associated_impi;
	}
}

static void serve(struct msg *msg, struct arena *arena)
{
	static struct cx_answer ans;
	static struct cx_restoration restoration;
	struct cx_request req;
	struct msg_hdr *hdr = NULL;
	enum hss_err err = HSS_OK;

	memset(&ans, 0, sizeof(ans));
	(void)fd_msg_hdr(msg, &hdr);
	cx_request_make_local(msg, KIT_HOST, KIT_REALM);
	err = cx_request_decode(msg, arena, &req, &ans.verdict);
	FUZZ_CHECK(err == HSS_OK);
	check_request(&req, &ans.verdict);
	if (ans.verdict.result == CX_NO_RESULT) {
		check_again(&req, hdr->msg_hbhid, arena);
		fill(&ans, &req, &restoration);
	}
	err = cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM);
	if (err != HSS_OK) {
		FUZZ_CHECK(err == HSS_ERR_INVALID); /* another application */
		(void)fd_msg_free(msg);
		return;
	}
	check_answer(msg, &ans, arena);
}

static void handle(struct msg *msg, const struct fd_pei *pei, int ret, struct arena *arena)
{
	static struct cx_answer ans;
	struct msg_hdr *hdr = NULL;
	const char *why = "";

	(void)fd_msg_hdr(msg, &hdr);
	if ((hdr->msg_flags & CMD_FLAG_REQUEST) == 0) {
		if (ret == 0 && cx_answer_decode(msg, arena, &ans, &why) != HSS_OK) {
			FUZZ_CHECK(why[0] != '\0' && ans.n_vectors == 0 &&
			           ans.digest.realm == NULL);
		}
		(void)fd_msg_free(msg);
	} else if (ret == 0) {
		serve(msg, arena);
	} else if (hdr->msg_appl == CX_APP_ID && kit_pei_code(pei) != 0) {
		struct msg *answer = kit_library_answer(msg, pei);

		cx_library_error_complete(answer);
		check_answer(answer, NULL, arena);
	} else {
		(void)fd_msg_free(msg); /* answered by the core, or dropped */
	}
}

static void fixture_ready(void)
{
	static bool ready;

	(void)kit_dictionary();
	if (!ready) {
		FUZZ_CHECK(fixture_group_setup(NULL) == 0);
		ready = true;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct guard_node node = {KIT_HOST, KIT_REALM};
	struct arena arena = {0};
	struct fd_pei pei = {0};
	int ret = 0;
	struct msg *msg = NULL;

	fixture_ready();
	if (guard_check(&node, data, size) != NULL) {
		return 0;
	}
	msg = kit_parse(data, size, &pei, &ret);
	if (msg != NULL) {
		handle(msg, &pei, ret, &arena);
	}
	kit_pei_free(&pei);
	arena_free(&arena);
	return 0;
}
