/*
 * Diameter message <-> structs of cx.h. The only file that names an AVP. Links libfdproto only,
 * serves both ends: the HSS decodes requests and encodes answers, the companion S-CSCF does the
 * reverse.
 *
 * Presence and number of AVPs are checked by the dictionary's command rules (dict_cx_rows), which
 * the core applies before it dispatches a message (fd_msg_parse_rules); what rules cannot say is
 * checked here: values, lengths, combinations. Still nothing is taken for granted: an absent AVP is
 * a refusal.
 */
#ifndef QUINTET_HSS_CX_CODEC_H
#define QUINTET_HSS_CX_CODEC_H

#include <freeDiameter/freeDiameter-host.h> /* libfdproto.h asks for it first */
#include <freeDiameter/libfdproto.h>

#include "hss/arena.h"
#include "hss/cx.h"
#include "hss/err.h"

/*
 * Look up the dictionary objects once (after dict_cx is loaded). Call it before anything else here,
 * from one thread. Returns HSS_OK or HSS_ERR_NOT_FOUND; *missing then names the first absent
 * object.
 */
HSS_MUST_CHECK enum hss_err cx_codec_init(struct dictionary *dict, const char **missing);

/*
 * Decode a request that was parsed against the dictionary.
 *
 *   arena    owns every string of req, which so outlives the message
 *   verdict  CX_NO_RESULT when the request is sound; else the refusal to send, with the AVP at
 * fault. req then holds what could be decoded; its session_id, origin_host and origin_realm are
 * never NULL.
 *
 * Returns HSS_OK, also for a refusal, or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err cx_request_decode(struct msg *msg, struct arena *arena,
                                              struct cx_request *req, struct cx_verdict *verdict);

/*
 * Turn a request into its answer: Session-Id, Vendor-Specific-Application-Id, Auth-Session-State,
 * exactly one result AVP, Origin-Host and Origin-Realm, then what ans holds. User-Name and
 * Public-Identity of the request are echoed in errors and in MAA. Failed-AVP holds a copy of the
 * AVP at fault, or an example of a missing one.
 *
 *   msg       in: the request; out: the answer. On error the request, untouched where possible
 *   host, realm  identity of this node
 *
 * Returns HSS_OK, HSS_ERR_MEMORY, HSS_ERR_INVALID (msg is not a Cx request).
 */
HSS_MUST_CHECK enum hss_err cx_answer_encode(struct msg **msg, const struct cx_answer *ans,
                                             const char *host, const char *realm);

/*
 * Complete an error answer that the library itself made for a Cx request (missing AVP, unknown
 * mandatory AVP, ...): adds Vendor-Specific-Application-Id, Auth-Session-State, User-Name,
 * Public-Identity where absent. Does nothing to other messages. From the
 * HOOK_MESSAGE_PARSING_ERROR2 hook.
 */
void cx_library_error_complete(struct msg *answer);

/*
 * Before a received Cx request is routed: add the Destination-Host and Destination-Realm of this
 * node where they are absent, marked so that cx_request_decode still sees them as absent.
 * freeDiameter's router then gives the request to this node without a look at User-Name, where a
 * decorated NAI would stop it, and without an answer of its own. Does nothing to other messages.
 * From the HOOK_MESSAGE_RECEIVED hook.
 */
void cx_request_make_local(struct msg *msg, const char *host, const char *realm);

/* The S-CSCF's side. Make a request (Session-Id included, from req->session_id) ready to be sent.
 */
HSS_MUST_CHECK enum hss_err cx_request_encode(const struct cx_request *req, struct msg **out);

/*
 * Decode an answer that was parsed against the dictionary. Strings are owned by the arena. A
 * malformed answer is HSS_ERR_INVALID, and *why (static text) names what is wrong with it.
 */
HSS_MUST_CHECK enum hss_err cx_answer_decode(struct msg *msg, struct arena *arena,
                                             struct cx_answer *ans, const char **why);

#endif
