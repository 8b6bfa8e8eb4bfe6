#include "hss/hooks.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>

#include "hss/cx_codec.h"
#include "hss/flow.h"
#include "hss/inlet.h"
#include "hss/log.h"
#include "hss/newcomers.h"
#include "hss/push.h"

static struct fd_hook_hdl *on_messages;
static struct fd_hook_hdl *on_received;

static unsigned command_code(struct msg *msg)
{
	struct msg_hdr *hdr = NULL;

	return msg != NULL && fd_msg_hdr(msg, &hdr) == 0 ? hdr->msg_code : 0;
}

static const char *peer_name(struct peer_hdr *peer, struct msg *msg)
{
	DiamId_t id = NULL;

	if (peer != NULL) {
		return peer->info.pi_diamid;
	}
	if (msg != NULL && fd_msg_source_get(msg, &id, NULL) == 0 && id != NULL) {
		return id;
	}
	return "-";
}

/* The octets of the message have been made, and only they are needed any more; a request may be
 * sent again from its AVPs. */
static void on_sent(struct msg *msg)
{
	struct msg_hdr *hdr = NULL;

	if (fd_msg_hdr(msg, &hdr) == 0 && (hdr->msg_flags & CMD_FLAG_REQUEST) == 0) {
		cx_secrets_wipe(msg);
	}
}

static void on_event(enum fd_hook_type type, struct msg *msg, struct peer_hdr *peer, void *other,
                     struct fd_hook_permsgdata *pmd, void *opaque)
{
	const char *text = other != NULL ? other : "-";

	(void)opaque;
	switch (type) {
	case HOOK_MESSAGE_RECEIVED:
		flow_parsed(pmd);
		cx_request_make_local(msg, fd_g_config->cnf_diamid, fd_g_config->cnf_diamrlm);
		return;
	case HOOK_MESSAGE_PARSING_ERROR:
		if (msg != NULL) {
			log_peer_event(LOG_LEVEL_NOTICE, "command %u from %s refused: %s",
			               command_code(msg), peer_name(peer, msg), text);
		} else {
			log_peer_event(LOG_LEVEL_NOTICE,
			               "octets from %s are not a Diameter message",
			               peer_name(peer, msg));
			inlet_lost(other);
		}
		return;
	case HOOK_MESSAGE_PARSING_ERROR2:
		cx_library_error_complete(msg);
		return;
	case HOOK_MESSAGE_ROUTING_ERROR:
		log_peer_event(LOG_LEVEL_NOTICE, "command %u dropped: %s", command_code(msg), text);
		return;
	case HOOK_MESSAGE_DROPPED:
		log_peer_event(LOG_LEVEL_NOTICE, "command %u dropped: %s", command_code(msg), text);
		if (msg != NULL) {
			cx_secrets_wipe(msg);
		}
		return;
	case HOOK_MESSAGE_SENT:
		on_sent(msg);
		return;
	case HOOK_PEER_CONNECT_SUCCESS:
		log_peer_event(LOG_LEVEL_NOTICE, "peer %s is connected", peer_name(peer, NULL));
		newcomers_let_in(peer);
		push_peer_connected(peer_name(peer, NULL));
		return;
	case HOOK_PEER_CONNECT_FAILED:
		log_peer_event(LOG_LEVEL_NOTICE, "peer %s is not connected: %s",
		               peer_name(peer, NULL), text);
		return;
	case HOOK_DATA_RECEIVED:
	case HOOK_MESSAGE_LOCAL:
	case HOOK_MESSAGE_SENDING:
	case HOOK_MESSAGE_FAILOVER:
	case HOOK_MESSAGE_ROUTING_FORWARD:
	case HOOK_MESSAGE_ROUTING_LOCAL:
		return;
	}
}

enum hss_err hooks_open(struct fd_hook_data_hdl *data)
{
	const uint32_t received = HOOK_MASK(HOOK_MESSAGE_RECEIVED);
	const uint32_t messages =
		HOOK_MASK(HOOK_MESSAGE_LOCAL, HOOK_MESSAGE_PARSING_ERROR, HOOK_MESSAGE_SENDING,
	                  HOOK_MESSAGE_SENT, HOOK_MESSAGE_FAILOVER, HOOK_MESSAGE_PARSING_ERROR2,
	                  HOOK_MESSAGE_ROUTING_ERROR, HOOK_MESSAGE_ROUTING_FORWARD,
	                  HOOK_MESSAGE_ROUTING_LOCAL, HOOK_MESSAGE_DROPPED,
	                  HOOK_PEER_CONNECT_FAILED, HOOK_PEER_CONNECT_SUCCESS);

	return fd_hook_register(received, on_event, NULL, data, &on_received) == 0 &&
	                       fd_hook_register(messages, on_event, NULL, NULL, &on_messages) == 0
	               ? HSS_OK
	               : HSS_ERR_MEMORY;
}

static void hook_remove(struct fd_hook_hdl **hook)
{
	if (*hook != NULL) {
		(void)fd_hook_unregister(*hook);
		*hook = NULL;
	}
}

void hooks_close(void)
{
	hook_remove(&on_received);
	hook_remove(&on_messages);
}
