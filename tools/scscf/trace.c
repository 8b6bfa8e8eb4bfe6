#include "tools/scscf/trace.h"

#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "tools/scscf/cx_text.h"

enum { TEXT_LEN = 160 };

static void json_line(const struct trace *trace, json_t *object)
{
	if (object != NULL && json_dumpf(object, trace->out, JSON_COMPACT) == 0) {
		(void)fputc('\n', trace->out);
	}
	json_decref(object);
}

void trace_step(const struct trace *trace, const char *seed, const char *what, const char *way)
{
	if (trace->mode == TRACE_QUIET) {
		return;
	}
	if (trace->json) {
		json_line(trace, json_pack("{s:s, s:s, s:s, s:s}", "type", "step", "seed", seed,
		                           "name", what, "way", way));
		return;
	}
	(void)fprintf(trace->out, "%-4s %-42s %s\n", seed, what, way);
	(void)fflush(trace->out);
}

void trace_flow(const struct trace *trace, enum trace_outcome outcome, const char *flow,
                const char *why)
{
	static const char *const words[] = {
		[TRACE_PASS] = "PASS", [TRACE_FAIL] = "FAIL", [TRACE_SKIP] = "SKIP"};

	if (trace->mode == TRACE_QUIET && outcome == TRACE_PASS) {
		return;
	}
	if (trace->json) {
		json_line(trace, json_pack("{s:s, s:s, s:s, s:s}", "type", "flow", "flow", flow,
		                           "outcome", words[outcome], "reason", why));
	} else {
		(void)fprintf(trace->out, "%s %s%s%s\n", words[outcome], flow,
		              why[0] != '\0' ? ": " : "", why);
	}
	(void)fflush(trace->out);
}

void trace_sum(const struct trace *trace, size_t passed, size_t failed)
{
	if (trace->json) {
		json_line(trace, json_pack("{s:s, s:I, s:I}", "type", "sum", "passed",
		                           (json_int_t)passed, "failed", (json_int_t)failed));
	} else {
		(void)fprintf(trace->out, "%zu passed, %zu failed\n", passed, failed);
	}
	(void)fflush(trace->out);
}

void trace_note(const struct trace *trace, const char *note)
{
	if (trace->json) {
		json_line(trace, json_pack("{s:s, s:s}", "type", "note", "note", note));
	} else {
		(void)fprintf(trace->out, "%s\n", note);
	}
	(void)fflush(trace->out);
}

static json_t *names_json(const char **names, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		(void)json_array_append_new(list, json_string(names[i]));
	}
	return list;
}

static void push_json(const struct trace *trace, const struct cx_request *req,
                      enum cx_result result)
{
	const bool rtr = req->command == CX_CMD_RTR;
	json_t *object =
		json_pack("{s:s, s:s, s:s, s:s?, s:o, s:s}", "type", "push", "command",
	                  rtr ? "RTR" : "PPR", "Origin-Host", req->origin_host, "User-Name",
	                  req->impi, "Public-Identity", names_json(req->impu, req->n_impu),
	                  "answer", result != CX_NO_RESULT ? cx_result_name(result) : "silence");
	json_t *more =
		rtr ? json_pack("{s:s, s:s?, s:o}", "Reason-Code", cx_text_reason(req->rtr.reason),
	                        "Reason-Info", req->rtr.reason_info, "Associated-Identities",
	                        names_json(req->rtr.associated_impi, req->rtr.n_associated_impi))
		    : json_pack("{s:s%, s:b, s:b}", "User-Data",
	                        req->ppr.user_data != NULL ? req->ppr.user_data : "",
	                        req->ppr.user_data_len, "charging", req->ppr.charging != NULL,
	                        "digest", req->ppr.digest.realm != NULL);

	if (object != NULL && more != NULL) {
		(void)json_object_update(object, more);
	}
	json_decref(more);
	json_line(trace, object);
}

static void names_write(const struct trace *trace, const char *before, const char **names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		(void)fprintf(trace->out, "%s%s", i == 0 ? before : " ", names[i]);
	}
}

static void rtr_write(const struct trace *trace, const struct cx_request *req)
{
	names_write(trace, " with ", req->rtr.associated_impi, req->rtr.n_associated_impi);
	names_write(trace, " for ", req->impu, req->n_impu);
	(void)fprintf(trace->out, ", %s", cx_text_reason(req->rtr.reason));
	if (req->rtr.reason_info != NULL) {
		(void)fprintf(trace->out, " \"%s\"", req->rtr.reason_info);
	}
}

static void ppr_write(const struct trace *trace, const struct cx_request *req)
{
	(void)fprintf(trace->out, "%s%s%s", req->ppr.user_data != NULL ? ", profile" : "",
	              req->ppr.charging != NULL ? ", charging" : "",
	              req->ppr.digest.realm != NULL ? ", digest" : "");
	if (trace->mode == TRACE_VERBOSE && req->ppr.user_data != NULL) {
		(void)fprintf(trace->out, " %.*s", (int)req->ppr.user_data_len, req->ppr.user_data);
	}
}

void trace_push(const struct trace *trace, const struct cx_request *req, enum cx_result result)
{
	const bool rtr = req->command == CX_CMD_RTR;

	if (trace->json) {
		push_json(trace, req, result);
	} else {
		(void)fprintf(trace->out, "%s of %s", rtr ? "RTR" : "PPR",
		              req->impi != NULL ? req->impi : "-");
		(rtr ? rtr_write : ppr_write)(trace, req);
		(void)fprintf(trace->out, ": %s\n",
		              result != CX_NO_RESULT ? cx_result_name(result) : "silence");
	}
	(void)fflush(trace->out);
}

/* Octet strings of an answer that are not secret. */
static const char *hex16(const uint8_t octets[static AUC_RAND_LEN],
                         char text[static 2 * AUC_RAND_LEN + 1])
{
	for (size_t i = 0; i < AUC_RAND_LEN; i++) {
		(void)snprintf(text + 2 * i, 3, "%02x", octets[i]);
	}
	return text;
}

static json_t *answer_vectors(const struct cx_answer *ans)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ans->n_vectors; i++) {
		char rand[2 * AUC_RAND_LEN + 1];
		char autn[2 * AUC_RAND_LEN + 1];

		(void)json_array_append_new(
			list, json_pack("{s:I, s:s, s:s}", "SIP-Item-Number", (json_int_t)i + 1,
		                        "RAND", hex16(ans->vector[i].rand, rand), "AUTN",
		                        hex16(ans->vector[i].autn, autn)));
	}
	return list;
}

static json_t *redirect_hosts(const struct cx_answer *ans)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ans->n_redirect_host; i++) {
		(void)json_array_append_new(list, json_string(ans->redirect_host[i]));
	}
	return list;
}

static void answer_json(const struct trace *trace, const struct cx_answer *ans, uint32_t code,
                        bool experimental)
{
	json_t *object =
		json_pack("{s:s, s:s, s:I, s:b, s:s*, s:s*, s:s*, s:s*, s:s*, s:b, s:s%, s:o}",
	                  "type", "answer", "result", cx_result_name(ans->verdict.result), "code",
	                  (json_int_t)code, "experimental", experimental, "Server-Name",
	                  ans->server_name, "User-Name", ans->impi, "Public-Identity", ans->impu,
	                  "Wildcarded-Public-Identity", ans->wildcarded_impu, "Server-Capabilities",
	                  ans->capabilities_scscf, "capabilities", ans->capabilities, "User-Data",
	                  ans->user_data != NULL ? ans->user_data : "", ans->user_data_len,
	                  "vectors", answer_vectors(ans));

	if (object != NULL && ans->verdict.result == CX_REDIRECT_INDICATION) {
		(void)json_object_set_new(object, "Redirect-Host", redirect_hosts(ans));
		(void)json_object_set_new(object, "Redirect-Host-Usage",
		                          json_string(cx_text_redirect_usage(ans->redirect_usage)));
		(void)json_object_set_new(object, "Redirect-Max-Cache-Time",
		                          json_integer(ans->redirect_max_cache_time));
	}
	if (object != NULL && ans->verdict.message[0] != '\0') {
		(void)json_object_set_new(object, "Error-Message",
		                          json_string(ans->verdict.message));
	}
	if (object != NULL) {
		trace_members(NULL, object, ans);
	}
	json_line(trace, object);
}

static void line(const struct trace *trace, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0') {
		(void)fprintf(trace->out, "%s: %s\n", name, value);
	}
}

/* What an SLF says: whom to ask in its place, and what of it may be remembered. */
static void trace_redirect(const struct trace *trace, const struct cx_answer *ans)
{
	if (ans->verdict.result != CX_REDIRECT_INDICATION) {
		return;
	}
	for (size_t i = 0; i < ans->n_redirect_host; i++) {
		line(trace, "Redirect-Host", ans->redirect_host[i]);
	}
	(void)fprintf(trace->out, "Redirect-Host-Usage: %" PRIu32 " %s\n", ans->redirect_usage,
	              cx_text_redirect_usage(ans->redirect_usage));
	if (ans->redirect_usage != CX_REDIRECT_DONT_CACHE) {
		(void)fprintf(trace->out, "Redirect-Max-Cache-Time: %" PRIu32 " s\n",
		              ans->redirect_max_cache_time);
	}
}

void trace_answer(const struct trace *trace, const struct cx_answer *ans)
{
	bool experimental = false;
	const uint32_t code = cx_text_code(ans->verdict.result, &experimental);

	if (trace->json) {
		answer_json(trace, ans, code, experimental);
		return;
	}
	(void)fprintf(trace->out, "%s: %" PRIu32 " %s\n",
	              experimental ? "Experimental-Result" : "Result-Code", code,
	              cx_result_name(ans->verdict.result));
	line(trace, "Error-Message", ans->verdict.message);
	trace_redirect(trace, ans);
	line(trace, "Server-Name", ans->server_name);
	line(trace, "Server-Capabilities",
	     !ans->capabilities || ans->capability_set != NULL ? NULL
	     : ans->capabilities_scscf == NULL                 ? "(any S-CSCF)"
	                                                       : ans->capabilities_scscf);
	line(trace, "User-Name", ans->impi);
	line(trace, "Public-Identity", ans->impu);
	line(trace, "Wildcarded-Public-Identity", ans->wildcarded_impu);
	trace_members(trace->out, NULL, ans);
	line(trace, "User-Data", ans->user_data);
	for (size_t i = 0; i < ans->n_vectors; i++) {
		char rand[2 * AUC_RAND_LEN + 1];
		char autn[2 * AUC_RAND_LEN + 1];

		(void)fprintf(
			trace->out,
			"SIP-Auth-Data-Item %zu: RAND %s AUTN %s RES (%d octets) CK (%d octets) "
			"IK (%d octets)\n",
			i + 1, hex16(ans->vector[i].rand, rand), hex16(ans->vector[i].autn, autn),
			AUC_XRES_LEN, AUC_CK_LEN, AUC_IK_LEN);
	}
}

/* Names of a request and its answer in TS 33.203 and on Cx (seed messages). */
struct labels {
	const char *ask_seed, *answer_seed, *answer_name, *asker;
};

static struct labels labels_of(const struct cx_request *req)
{
	static const struct labels cm1 = {"CM1", "CM2", "MAA", "S-CSCF"};
	static const struct labels resync = {"CM3", "CM4", "MAA", "S-CSCF"};
	static const struct labels failure = {"CM3", "CM4", "SAA", "S-CSCF"};
	static const struct labels put = {"Cx", "Cx", "SAA", "S-CSCF"};
	static const struct labels uar = {"Cx", "Cx", "UAA", "I-CSCF"};
	static const struct labels lir = {"Cx", "Cx", "LIA", "I-CSCF"};

	switch (req->command) {
	case CX_CMD_MAR:
		return req->mar.resync ? resync : cm1;
	case CX_CMD_SAR:
		return req->sar.type == CX_SAT_AUTHENTICATION_FAILURE ||
		                       req->sar.type == CX_SAT_AUTHENTICATION_TIMEOUT
		               ? failure
		               : put;
	case CX_CMD_UAR:
		return uar;
	default:
		return lir;
	}
}

static void request_text(const struct cx_request *req, char text[static TEXT_LEN])
{
	switch (req->command) {
	case CX_CMD_MAR:
		(void)snprintf(text, TEXT_LEN, "MAR %sm=%" PRIu32,
		               req->mar.resync ? "RAND||AUTS " : "", req->mar.n_vectors);
		break;
	case CX_CMD_SAR:
		(void)snprintf(text, TEXT_LEN, "SAR %" PRIu32 " %s", req->sar.type,
		               cx_text_sat(req->sar.type));
		break;
	case CX_CMD_UAR:
		(void)snprintf(text, TEXT_LEN, "UAR %s", cx_text_uat(req->uar.type));
		break;
	default:
		(void)snprintf(text, TEXT_LEN, "LIR%s", req->lir.originating ? " ORIGINATING" : "");
	}
}

static void answer_text(const char *name, enum hss_err err, const struct cx_answer *ans,
                        bool verbose, char text[static TEXT_LEN])
{
	bool experimental = false;
	const uint32_t code = cx_text_code(ans->verdict.result, &experimental);
	char count[32] = "";

	if (err != HSS_OK) {
		(void)snprintf(text, TEXT_LEN, "no %s: %s", name, hss_err_text(err));
		return;
	}
	if (ans->n_vectors > 0) {
		(void)snprintf(count, sizeof(count), "n=%zu ", ans->n_vectors);
	}
	(void)snprintf(text, TEXT_LEN, "%s %s%s%" PRIu32 "%s%s%.60s", name, count,
	               experimental ? "E " : "", code, ans->user_data != NULL ? " User-Data" : "",
	               verbose && ans->verdict.message[0] != '\0' ? ": " : "",
	               verbose ? ans->verdict.message : "");
}

static void remember(struct traced_cx *t, const struct cx_request *req, const struct cx_answer *ans)
{
	t->n_mar += req->command == CX_CMD_MAR;
	if (req->command == CX_CMD_SAR) {
		t->last_sar_type = req->sar.type;
	}
	if (req->command == CX_CMD_MAR && ans->n_vectors > 0) {
		t->n_items = ans->n_vectors;
		for (size_t i = 0; i < ans->n_vectors; i++) {
			memcpy(t->item_rand[i], ans->vector[i].rand, AUC_RAND_LEN);
		}
	}
}

static enum hss_err traced_ask(void *opaque, struct cx_request *req, struct arena *arena,
                               struct cx_answer *ans)
{
	struct traced_cx *t = opaque;
	const struct labels labels = labels_of(req);
	char text[TEXT_LEN];
	char way[32];
	enum hss_err err = HSS_OK;

	request_text(req, text);
	(void)snprintf(way, sizeof(way), "%s -> HSS", labels.asker);
	trace_step(t->trace, labels.ask_seed, text, way);
	err = t->inner.ask(t->inner.opaque, req, arena, ans);
	remember(t, req, ans);
	answer_text(labels.answer_name, err, ans, t->trace->mode == TRACE_VERBOSE, text);
	(void)snprintf(way, sizeof(way), "HSS -> %s", labels.asker);
	trace_step(t->trace, labels.answer_seed, text, way);
	return err;
}

struct scscf_cx traced_cx_open(struct traced_cx *traced, const struct trace *trace,
                               const struct scscf_cx *inner)
{
	*traced = (struct traced_cx){.trace = trace, .inner = *inner, .last_sar_type = UINT32_MAX};
	return (struct scscf_cx){.ask = traced_ask, .opaque = traced};
}
