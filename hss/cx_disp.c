#include "hss/cx_disp.h"

#include <errno.h>
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>

#include "hss/clock.h"
#include "hss/cx_codec.h"
#include "hss/log.h"
#include "hss/sender.h"

enum { CX_COMMANDS = 4 };

static const uint32_t commands[CX_COMMANDS] = {CX_CMD_UAR, CX_CMD_SAR, CX_CMD_LIR, CX_CMD_MAR};

static struct {
	struct worker *worker;
	const struct slf *slf;
	struct access *access;
	struct disp_hdl *handle[CX_COMMANDS];
} disp;

/* The queue is full: no memory is spent on the request, it is answered at once. */
static void answer_busy(struct msg *msg, uint32_t command)
{
	struct cx_answer answer = {.command = command};

	cx_answer_fail(&answer, command, HSS_ERR_BUSY);
	log_peer_event(LOG_LEVEL_NOTICE, "command %u answered DIAMETER_TOO_BUSY: the queue is full",
	               (unsigned)command);
	sender_answer(msg, &answer);
}

/* A peer sends more than its rate: likewise. */
static void answer_excess(struct msg *msg, uint32_t command, const char *peer, unsigned tell)
{
	struct cx_answer answer = {.command = command};

	cx_refuse(&answer.verdict, CX_TOO_BUSY, "the peer sends more requests than its rate");
	if (tell > 0) {
		log_peer_event(LOG_LEVEL_NOTICE,
		               "peer %s: %u requests beyond its rate answered DIAMETER_TOO_BUSY",
		               peer, tell);
	}
	sender_answer(msg, &answer);
}

/* A request as it came: from which peer, and what it is. */
struct arrival {
	struct msg *msg;
	const char *peer; /* the message's own */
	size_t peer_len;
	uint32_t command;
};

/* Whether a request that was decoded is to be served: it is sound, and its peer may send it. */
static bool is_admitted(const struct arrival *arrival, const struct cx_request *request,
                        struct cx_verdict *verdict)
{
	return access_check(disp.access, arrival->peer, arrival->peer_len, request, verdict) &&
	       verdict->result == CX_NO_RESULT;
}

static void take(const struct arrival *arrival)
{
	struct msg *msg = arrival->msg;
	const uint32_t command = arrival->command;
	struct worker_job *job = worker_job_get(disp.worker);
	enum hss_err err = HSS_OK;

	if (job == NULL) {
		answer_busy(msg, command);
		return;
	}
	job->opaque = msg;
	job->done = sender_add;
	job->answer.command = command;
	job->err = HSS_OK;
	err = cx_request_decode(msg, &job->arena, &job->request, &job->answer.verdict);
	job->request.command = command;
	if (err == HSS_OK && is_admitted(arrival, &job->request, &job->answer.verdict)) {
		err = worker_submit(disp.worker, job);
		if (err == HSS_OK) {
			return;
		}
	}
	if (err != HSS_OK) {
		job->err = err;
		cx_answer_fail(&job->answer, command, err);
	}
	sender_add(job);
}

/* The same in an SLF. */
static void redirect(const struct arrival *arrival)
{
	struct msg *msg = arrival->msg;
	const uint32_t command = arrival->command;
	struct arena arena = {0};
	struct cx_request request = {.command = command};
	struct cx_answer answer = {.command = command};
	enum hss_err err = cx_request_decode(msg, &arena, &request, &answer.verdict);

	request.command = command;
	if (err != HSS_OK) {
		cx_answer_fail(&answer, command, err);
	} else if (is_admitted(arrival, &request, &answer.verdict)) {
		slf_decide(disp.slf, &request, &answer);
	}
	log_request(&request, &answer.verdict, err);
	sender_answer(msg, &answer);
	arena_free(&arena);
}

static int on_request(struct msg **msg, struct avp *avp, struct session *session, void *opaque,
                      enum disp_action *act)
{
	struct msg_hdr *hdr = NULL;
	struct arrival arrival = {.msg = *msg};
	DiamId_t peer = NULL;
	unsigned tell = 0;

	(void)avp;
	(void)session;
	(void)opaque;
	(void)act;
	if (fd_msg_hdr(*msg, &hdr) != 0 || fd_msg_source_get(*msg, &peer, &arrival.peer_len) != 0) {
		return EINVAL;
	}
	if ((hdr->msg_flags & CMD_FLAG_REQUEST) == 0) {
		return 0; /* an answer to nothing that this node asks */
	}
	*msg = NULL;
	arrival.command = hdr->msg_code;
	arrival.peer = peer != NULL ? peer : ""; /* of nobody: may nothing */
	if (!access_rate_take(disp.access, arrival.peer, arrival.peer_len, clock_ns(), &tell)) {
		answer_excess(arrival.msg, arrival.command, arrival.peer, tell);
	} else if (disp.slf != NULL) {
		redirect(&arrival);
	} else {
		take(&arrival);
	}
	return 0;
}

static enum hss_err command_register(struct dict_object *app, size_t i)
{
	struct disp_when when = {.app = app};
	command_code_t code = commands[i];

	if (fd_dict_search(fd_g_config->cnf_dict, DICT_COMMAND, CMD_BY_CODE_R, &code, &when.command,
	                   ENOENT) != 0) {
		return HSS_ERR_NOT_FOUND;
	}
	return fd_disp_register(on_request, DISP_HOW_CC, &when, NULL, &disp.handle[i]) == 0
	               ? HSS_OK
	               : HSS_ERR_MEMORY;
}

enum hss_err cx_disp_open(struct worker *worker, const struct slf *slf, struct access *access,
                          const char **missing)
{
	application_id_t app_id = CX_APP_ID;
	vendor_id_t vendor_id = CX_VENDOR_3GPP;
	struct dict_object *app = NULL;
	struct dict_object *vendor = NULL;
	enum hss_err err = cx_codec_init(fd_g_config->cnf_dict, missing);

	if (err != HSS_OK) {
		return err;
	}
	*missing = "the Cx application";
	disp.worker = worker;
	disp.slf = slf;
	disp.access = access;
	if (fd_dict_search(fd_g_config->cnf_dict, DICT_APPLICATION, APPLICATION_BY_ID, &app_id,
	                   &app, ENOENT) != 0 ||
	    fd_dict_search(fd_g_config->cnf_dict, DICT_VENDOR, VENDOR_BY_ID, &vendor_id, &vendor,
	                   ENOENT) != 0) {
		return HSS_ERR_NOT_FOUND;
	}
	for (size_t i = 0; i < CX_COMMANDS && err == HSS_OK; i++) {
		err = command_register(app, i);
	}
	if (err == HSS_OK && fd_disp_app_support(app, vendor, 1, 0) != 0) {
		err = HSS_ERR_MEMORY;
	}
	if (err != HSS_OK) {
		cx_disp_close();
	}
	return err;
}

void cx_disp_close(void)
{
	for (size_t i = 0; i < CX_COMMANDS; i++) {
		if (disp.handle[i] != NULL) {
			(void)fd_disp_unregister(&disp.handle[i], NULL);
		}
	}
}
