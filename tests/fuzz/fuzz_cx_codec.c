/*
 * Octets of a peer through the whole codec, as the daemon would: parse, check the rules, decode,
 * answer. With libFuzzer, or from files by replay.c.
 */
#undef NDEBUG /* the promises are checked in every build */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "codec_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What we send has to be sound: the S-CSCF's side must take it. */
static void check_answer(struct msg *answer, struct arena *arena)
{
	static struct cx_answer got;
	struct fd_pei pei = {0};
	const char *why = "";
	size_t len = 0;
	int ret = 0;
	uint8_t *octets = kit_octets(answer, &len);
	struct msg *msg = NULL;

	assert(octets != NULL);
	msg = kit_parse(octets, len, &pei, &ret);
	assert(msg != NULL);
	if (ret == 0) {
		enum hss_err err = cx_answer_decode(msg, arena, &got, &why);

		assert(err == HSS_OK || err == HSS_ERR_INVALID); /* an echo may be garbage */
		cx_answer_wipe(&got);
	}
	kit_pei_free(&pei);
	(void)fd_msg_free(msg);
	free(octets);
}

/* The promises of cx_codec.h about a decoded request. */
static void check_request(const struct cx_request *req, const struct cx_verdict *verdict)
{
	assert(req->session_id != NULL && req->origin_host != NULL && req->origin_realm != NULL);
	assert(req->n_impu <= CX_IMPU_MAX);
	assert(verdict->result != CX_NO_RESULT || req->destination_realm != NULL);
}

static void serve(struct msg *msg, struct arena *arena)
{
	static struct cx_answer ans;
	struct cx_request req;
	enum hss_err err = HSS_OK;

	memset(&ans, 0, sizeof(ans));
	err = cx_request_decode(msg, arena, &req, &ans.verdict);
	assert(err == HSS_OK);
	check_request(&req, &ans.verdict);
	if (ans.verdict.result == CX_NO_RESULT) {
		ans.verdict.result = CX_SUCCESS;
		ans.impi = req.impi;
		ans.n_vectors = 2;
	}
	err = cx_answer_encode(&msg, &ans, KIT_HOST, KIT_REALM);
	if (err != HSS_OK) {
		assert(err == HSS_ERR_INVALID); /* another application */
		(void)fd_msg_free(msg);
		return;
	}
	check_answer(msg, arena);
}

static void handle(struct msg *msg, const struct fd_pei *pei, int ret, struct arena *arena)
{
	static struct cx_answer ans;
	struct msg_hdr *hdr = NULL;
	const char *why = "";

	(void)fd_msg_hdr(msg, &hdr);
	if ((hdr->msg_flags & CMD_FLAG_REQUEST) == 0) {
		if (ret == 0 && cx_answer_decode(msg, arena, &ans, &why) != HSS_OK) {
			assert(why[0] != '\0' && ans.n_vectors == 0);
		}
		(void)fd_msg_free(msg);
	} else if (ret == 0) {
		serve(msg, arena);
	} else if (hdr->msg_appl == CX_APP_ID && kit_pei_code(pei) != 0) {
		struct msg *answer = kit_library_answer(msg, pei);

		cx_library_error_complete(answer);
		check_answer(answer, arena);
	} else {
		(void)fd_msg_free(msg); /* answered by the core, or dropped */
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct fd_pei pei = {0};
	int ret = 0;
	struct msg *msg = NULL;

	(void)kit_dictionary();
	if (size < 20) {
		return 0; /* the core reads a header first */
	}
	msg = kit_parse(data, size, &pei, &ret);
	if (msg != NULL) {
		handle(msg, &pei, ret, &arena);
	}
	kit_pei_free(&pei);
	arena_free(&arena);
	return 0;
}
