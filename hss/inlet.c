#include "hss/inlet.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "hss/flow.h"
#include "hss/guard.h"
#include "hss/log.h"
#include "hss/newcomers.h"

/* Answers that a peer may still send after its DPR. */
enum { AFTER_DPR_MAX = 64 };

/* Of the calling receiver thread: what its connection may still send. */
enum receiver_state { RECEIVER_OPEN, RECEIVER_LEAVING, RECEIVER_OVER };

static _Thread_local struct {
	enum receiver_state state;
	unsigned n_left; /* answers, while leaving */
} receiver;

static struct fd_hook_hdl *on_first;
static struct fd_hook_hdl *on_then;

/* freeDiameter's per-message data lies behind the octets, aligned. */
static struct fd_msg_pmdl *pmdl_of(struct fd_cnx_rcvdata *octets)
{
	const size_t align = _Alignof(struct fd_msg_pmdl);

	return (void *)(octets->buffer + (octets->length + align - 1) / align * align);
}

void inlet_lost(struct fd_cnx_rcvdata *octets)
{
	struct fd_msg_pmdl *pmdl = pmdl_of(octets);
	void (*pmdl_free)(struct fd_msg_pmdl *) = NULL;

	/* libfdcore leaves the function there for libfdproto, as a pointer to an object. */
	*(void **)&pmdl_free = pmdl->sentinel.o;
	if (pmdl_free != NULL) {
		pmdl_free(pmdl);
	}
}

static void octets_free(void *arg)
{
	struct fd_cnx_rcvdata *octets = arg;

	inlet_lost(octets);
	free(octets->buffer);
}

/* Read nothing more: what closes the connection is on its way already. */
static _Noreturn void receiver_end(struct fd_cnx_rcvdata *octets)
{
	octets_free(octets);
	pthread_exit(NULL);
}

static void may_follow(struct fd_cnx_rcvdata *octets)
{
	if (receiver.state == RECEIVER_OPEN) {
		return;
	}
	if (receiver.state == RECEIVER_OVER || octets->length < GUARD_HEADER_LEN ||
	    guard_is_request(octets->buffer) || receiver.n_left == 0) {
		receiver_end(octets);
	}
	receiver.n_left--;
}

/* What the guard refuses gets a wrong version number: freeDiameter then closes this connection, no
 * other. */
static void first(enum fd_hook_type type, struct msg *msg, struct peer_hdr *peer, void *other,
                  struct fd_hook_permsgdata *pmd, void *opaque)
{
	const struct guard_node node = {fd_g_config->cnf_diamid, fd_g_config->cnf_diamrlm};
	struct fd_cnx_rcvdata *octets = other;
	const char *problem = NULL;

	(void)type;
	(void)msg;
	(void)peer;
	(void)pmd;
	(void)opaque;
	if (octets->length == 0) {
		fd_list_init(&pmdl_of(octets)->sentinel, NULL);
	}
	may_follow(octets);
	problem = guard_check(&node, octets->buffer, octets->length);
	if (problem == NULL) {
		problem = newcomers_check(guard_command(octets->buffer),
		                          guard_is_cer(octets->buffer));
	}
	if (problem != NULL) {
		log_peer_event(LOG_LEVEL_NOTICE, "a connection is closed: the message %s", problem);
		receiver.state = RECEIVER_OVER;
		if (octets->length > 0) {
			octets->buffer[0] = 0;
		}
	} else if (guard_is_dpr(octets->buffer)) {
		receiver.state = RECEIVER_LEAVING;
		receiver.n_left = AFTER_DPR_MAX;
	}
}

/* Count what was not refused, and hold it back when its connection has its fill. */
static void then(enum fd_hook_type type, struct msg *msg, struct peer_hdr *peer, void *other,
                 struct fd_hook_permsgdata *pmd, void *opaque)
{
	struct fd_cnx_rcvdata *octets = other;

	(void)type;
	(void)msg;
	(void)peer;
	(void)opaque;
	if (receiver.state == RECEIVER_OVER) {
		return;
	}
	pthread_cleanup_push(octets_free, octets);
	flow_received(pmd, octets->length);
	pthread_cleanup_pop(0);
}

enum hss_err inlet_open(struct fd_hook_data_hdl *data)
{
	const uint32_t octets = HOOK_MASK(HOOK_DATA_RECEIVED);

	/* They are called in this order; per-message data is looked for before the second only. */
	return fd_hook_register(octets, first, NULL, NULL, &on_first) == 0 &&
	                       fd_hook_register(octets, then, NULL, data, &on_then) == 0
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

void inlet_close(void)
{
	hook_remove(&on_first);
	hook_remove(&on_then);
}
