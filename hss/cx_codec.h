/*
 * Diameter message <-> structs of cx.h. The only file that names an AVP. Links libfdproto only,
 * serves both ends: what one of HSS and companion S-CSCF encodes, the other one decodes.
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
 * Decode a request that was parsed against the dictionary: at the HSS a UAR, SAR, LIR or MAR, at
 * the S-CSCF an RTR or PPR.
 *
 *   arena    owns every string of req, which so outlives the message
 *   verdict  CX_NO_RESULT when the request is sound; else the refusal to send, with the AVP at
 * fault. req then holds what could be decoded; its session_id, origin_host and origin_realm are
 * never NULL.
 *
 * An SCSCF-Restoration-Info of more than IMS_RESTORATION_LEN_MAX octets is refused as
 * INVALID_AVP_LENGTH: registered without it, the user would be lost when the S-CSCF is. DRMP,
 * OC-Supported-Features, Load, Session-Priority, Failed-PCSCF and RTR-Flags are taken and mean
 * nothing here. HA1 of a PPR is the caller's to wipe.
 *
 * Returns HSS_OK, also for a refusal, or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err cx_request_decode(struct msg *msg, struct arena *arena,
                                              struct cx_request *req, struct cx_verdict *verdict);

/*
 * Turn a request into its answer: Session-Id, Vendor-Specific-Application-Id, Auth-Session-State,
 * exactly one result AVP, Origin-Host and Origin-Realm, then what ans holds of that command.
 * Supported-Features never has M; vectors and HA1 leave with a success only. User-Name and
 * Public-Identity of the request are echoed in errors and in MAA, without M where the format of the
 * answer does not name them. Failed-AVP holds a copy of the AVP at fault, or an example of a
 * missing one.
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

/*
 * Make a request (Session-Id included, from req->session_id) ready to be sent: at the S-CSCF a UAR,
 * SAR, LIR or MAR, at the HSS an RTR or PPR. features.foreign puts a second, unknown list with M.
 *
 * Returns HSS_OK, HSS_ERR_MEMORY, or HSS_ERR_INVALID: another command, or an RTR or PPR without
 * destination_host.
 */
HSS_MUST_CHECK enum hss_err cx_request_encode(const struct cx_request *req, struct msg **out);

/*
 * Decode an answer that was parsed against the dictionary. Strings are owned by the arena. A
 * malformed answer is HSS_ERR_INVALID, and *why (static text) names what is wrong with it; no
 * secret is left in ans then.
 *
 * It has exactly one result; the number of one without a name (CX_OTHER_RESULT) is its message,
 * unless the peer said something. What stands in every message without saying anything
 * (Vendor-Specific-Application-Id, Auth-Session-State, Origin-*) may be missing, and what does not
 * belong in it is ignored. Server-Capabilities: one name alone is capabilities_scscf; otherwise
 * capability_set has all, and capabilities_scscf the first name, if there is one. The identities in
 * groups are canonical where they are identities.
 */
HSS_MUST_CHECK enum hss_err cx_answer_decode(struct msg *msg, struct arena *arena,
                                             struct cx_answer *ans, const char **why);

/*
 * Wipe XRES, CK, IK and HA1 in a message of ours: an MAA that has been written to octets
 * (HOOK_MESSAGE_SENT) or goes nowhere, a PPR that was answered. A request that freeDiameter may
 * still send again must not be wiped. Does nothing to other messages.
 */
void cx_secrets_wipe(struct msg *msg);

/* Free a message, and with an answer its request; both are wiped before. */
void cx_msg_free(struct msg *msg);

#endif
