/*
 * null.fdx: answers Cx with constants, for comparison. It decodes nothing but the number of vectors
 * asked for, looks nothing up, stores nothing. What it costs is what freeDiameter costs: parsing,
 * routing, dispatch, sending.
 *
 * The framework is set up as hss.fdx sets it up (no text is formatted for each message,
 * TCP_NODELAY), so that the comparison measures the HSS and not freeDiameter's defaults. Answers
 * are built by the codec of the HSS. It listens on 127.0.0.1 only and must never see a network: its
 * vectors are zeros.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <freeDiameter/extension.h>

#include "diameter-dict/cx_ids.h"
#include "hss/cx_codec.h"
#include "hss/sockets.h"

static struct fd_hook_hdl *hooks;

static void on_event(enum fd_hook_type type, struct msg *msg, struct peer_hdr *peer, void *other,
                     struct fd_hook_permsgdata *pmd, void *opaque)
{
	(void)type;
	(void)msg;
	(void)peer;
	(void)other;
	(void)pmd;
	(void)opaque;
}

/* SIP-Number-Auth-Items of the request, within what the HSS gives. */
static size_t vectors_asked(struct msg *msg)
{
	struct avp *avp = NULL;
	struct avp_hdr *hdr = NULL;
	size_t n = 1;

	(void)fd_msg_browse(msg, MSG_BRW_FIRST_CHILD, &avp, NULL);
	while (avp != NULL && fd_msg_avp_hdr(avp, &hdr) == 0) {
		if (hdr->avp_code == CX_AVP_SIP_NUMBER_AUTH_ITEMS && hdr->avp_value != NULL) {
			n = hdr->avp_value->u32;
		}
		if (fd_msg_browse(avp, MSG_BRW_NEXT, &avp, NULL) != 0) {
			break;
		}
	}
	return n < 5 ? n : 5;
}

static int on_request(struct msg **msg, struct avp *avp, struct session *session, void *opaque,
                      enum disp_action *act)
{
	struct msg_hdr *hdr = NULL;
	struct cx_answer answer = {.verdict.result = CX_SUCCESS};

	(void)avp;
	(void)session;
	(void)opaque;
	if (fd_msg_hdr(*msg, &hdr) != 0 || (hdr->msg_flags & CMD_FLAG_REQUEST) == 0) {
		return 0;
	}
	answer.command = hdr->msg_code;
	if (hdr->msg_code == CX_CMD_MAR) {
		answer.n_vectors = vectors_asked(*msg);
	} else {
		answer.server_name = "sip:scscf.home.example:6060";
	}
	if (hdr->msg_code == CX_CMD_UAR) {
		answer.verdict.result = CX_SUBSEQUENT_REGISTRATION;
	}
	if (cx_answer_encode(msg, &answer, fd_g_config->cnf_diamid, fd_g_config->cnf_diamrlm) !=
	    HSS_OK) {
		return EINVAL;
	}
	*act = DISP_ACT_SEND;
	return 0;
}

static int commands_register(void)
{
	static const uint32_t commands[] = {CX_CMD_UAR, CX_CMD_SAR, CX_CMD_LIR, CX_CMD_MAR};
	application_id_t app_id = CX_APP_ID;
	vendor_id_t vendor_id = CX_VENDOR_3GPP;
	struct dict_object *vendor = NULL;
	struct disp_when when = {0};
	int rc = fd_dict_search(fd_g_config->cnf_dict, DICT_APPLICATION, APPLICATION_BY_ID, &app_id,
	                        &when.app, ENOENT);

	if (rc == 0) {
		rc = fd_dict_search(fd_g_config->cnf_dict, DICT_VENDOR, VENDOR_BY_ID, &vendor_id,
		                    &vendor, ENOENT);
	}
	for (size_t i = 0; rc == 0 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		rc = fd_dict_search(fd_g_config->cnf_dict, DICT_COMMAND, CMD_BY_CODE_R,
		                    &commands[i], &when.command, ENOENT);
		if (rc == 0) {
			rc = fd_disp_register(on_request, DISP_HOW_CC, &when, NULL, NULL);
		}
	}
	return rc == 0 ? fd_disp_app_support(when.app, vendor, 1, 0) : rc;
}

static int null_entry(char *file)
{
	const uint32_t each = HOOK_MASK(HOOK_DATA_RECEIVED, HOOK_MESSAGE_RECEIVED,
	                                HOOK_MESSAGE_LOCAL, HOOK_MESSAGE_SENDING, HOOK_MESSAGE_SENT,
	                                HOOK_MESSAGE_ROUTING_FORWARD, HOOK_MESSAGE_ROUTING_LOCAL);
	struct sockaddr_in local = {.sin_family = AF_INET,
	                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const char *missing = NULL;
	int rc = 0;

	(void)file;
	if (cx_codec_init(fd_g_config->cnf_dict, &missing) != HSS_OK) {
		fd_log(FD_LOG_ERROR, "null: %s is not in the dictionary", missing);
		return ENOENT;
	}
	rc = fd_ep_add_merge(&fd_g_config->cnf_endpoints, (sSA *)&local, sizeof(local),
	                     EP_FL_CONF | EP_ACCEPTALL);
	if (rc == 0) {
		rc = fd_hook_register(each, on_event, NULL, NULL, &hooks);
	}
	if (rc == 0) {
		rc = commands_register();
	}
	return rc == 0 && sockets_open() != HSS_OK ? ENOMEM : rc;
}

#pragma GCC visibility push(default)
extern const char *fd_ext_depends[];
int fd_ext_init(int major, int minor, char *conffile);
void fd_ext_fini(void);

EXTENSION_ENTRY("null", null_entry, "dict_cx")

void fd_ext_fini(void)
{
	sockets_close();
	if (hooks != NULL) {
		(void)fd_hook_unregister(hooks);
	}
}
#pragma GCC visibility pop
