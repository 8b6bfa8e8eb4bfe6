/*
 * Private to cx_codec*.c: the dictionary objects, and what the directions of the codec share.
 *
 * Everything here is set by cx_codec_init and only read afterwards, so any thread may call.
 */
#ifndef QUINTET_HSS_CX_CODEC_AVP_H
#define QUINTET_HSS_CX_CODEC_AVP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hss/cx_codec.h"

/* An AVP that the codec reads or writes. Its vendor, code and name stand in the table of
 * cx_codec.c. */
enum cx_obj {
	CX_OBJ_SESSION_ID,
	CX_OBJ_VENDOR_SPECIFIC_APPLICATION_ID,
	CX_OBJ_VENDOR_ID,
	CX_OBJ_AUTH_APPLICATION_ID,
	CX_OBJ_AUTH_SESSION_STATE,
	CX_OBJ_ORIGIN_HOST,
	CX_OBJ_ORIGIN_REALM,
	CX_OBJ_DESTINATION_HOST,
	CX_OBJ_DESTINATION_REALM,
	CX_OBJ_RESULT_CODE,
	CX_OBJ_EXPERIMENTAL_RESULT,
	CX_OBJ_EXPERIMENTAL_RESULT_CODE,
	CX_OBJ_ERROR_MESSAGE,
	CX_OBJ_FAILED_AVP,
	CX_OBJ_REDIRECT_HOST,
	CX_OBJ_REDIRECT_HOST_USAGE,
	CX_OBJ_REDIRECT_MAX_CACHE_TIME,
	CX_OBJ_PROXY_STATE,
	CX_OBJ_DIGEST_REALM,
	CX_OBJ_DIGEST_QOP,
	CX_OBJ_DIGEST_ALGORITHM,
	CX_OBJ_DIGEST_HA1,
	CX_OBJ_USER_NAME,
	CX_OBJ_PUBLIC_IDENTITY,
	CX_OBJ_VISITED_NETWORK_IDENTIFIER,
	CX_OBJ_SERVER_NAME,
	CX_OBJ_SERVER_CAPABILITIES,
	CX_OBJ_MANDATORY_CAPABILITY,
	CX_OBJ_OPTIONAL_CAPABILITY,
	CX_OBJ_USER_DATA,
	CX_OBJ_SIP_NUMBER_AUTH_ITEMS,
	CX_OBJ_SIP_AUTHENTICATION_SCHEME,
	CX_OBJ_SIP_AUTHENTICATE,
	CX_OBJ_SIP_AUTHORIZATION,
	CX_OBJ_SIP_AUTH_DATA_ITEM,
	CX_OBJ_SIP_ITEM_NUMBER,
	CX_OBJ_SERVER_ASSIGNMENT_TYPE,
	CX_OBJ_DEREGISTRATION_REASON,
	CX_OBJ_REASON_CODE,
	CX_OBJ_REASON_INFO,
	CX_OBJ_CHARGING_INFORMATION,
	CX_OBJ_PRIMARY_EVENT_CHARGING_FUNCTION_NAME,
	CX_OBJ_SECONDARY_EVENT_CHARGING_FUNCTION_NAME,
	CX_OBJ_PRIMARY_CHARGING_COLLECTION_FUNCTION_NAME,
	CX_OBJ_SECONDARY_CHARGING_COLLECTION_FUNCTION_NAME,
	CX_OBJ_USER_AUTHORIZATION_TYPE,
	CX_OBJ_USER_DATA_ALREADY_AVAILABLE,
	CX_OBJ_CONFIDENTIALITY_KEY,
	CX_OBJ_INTEGRITY_KEY,
	CX_OBJ_SUPPORTED_FEATURES,
	CX_OBJ_FEATURE_LIST_ID,
	CX_OBJ_FEATURE_LIST,
	CX_OBJ_ASSOCIATED_IDENTITIES,
	CX_OBJ_ORIGINATING_REQUEST,
	CX_OBJ_WILDCARDED_PUBLIC_IDENTITY,
	CX_OBJ_SIP_DIGEST_AUTHENTICATE,
	CX_OBJ_UAR_FLAGS,
	CX_OBJ_LOOSE_ROUTE_INDICATION,
	CX_OBJ_SCSCF_RESTORATION_INFO,
	CX_OBJ_ASSOCIATED_REGISTERED_IDENTITIES,
	CX_OBJ_MULTIPLE_REGISTRATION_INDICATION,
	CX_OBJ_IDENTITY_WITH_EMERGENCY_REGISTRATION,
	CX_OBJ_PRIVILEDGED_SENDER_INDICATION,
	CX_OBJ_LIA_FLAGS,
	CX_OBJ_SAR_FLAGS,
	CX_N_OBJ,
};

/* Commands as bits, for the columns of the tables. */
enum {
	CX_IN_UAR = 1 << 0,
	CX_IN_SAR = 1 << 1,
	CX_IN_LIR = 1 << 2,
	CX_IN_MAR = 1 << 3,
	CX_IN_RTR = 1 << 4,
	CX_IN_PPR = 1 << 5,
	CX_IN_ALL = CX_IN_UAR | CX_IN_SAR | CX_IN_LIR | CX_IN_MAR | CX_IN_RTR | CX_IN_PPR,
};

/* The bit of a command code, 0 for one that is not of Cx. */
unsigned cx_in(uint32_t command);

uint32_t cx_obj_code(enum cx_obj obj);
uint32_t cx_obj_vendor(enum cx_obj obj);
const char *cx_obj_name(enum cx_obj obj);

/* Whether a received AVP is obj: vendor and code, whatever its flags (TS 29.229 6.3). */
bool cx_obj_is(enum cx_obj obj, const struct avp_hdr *hdr);

/* The dictionary given to cx_codec_init. */
struct dictionary *cx_codec_dictionary(void);

/* Header of a message; never NULL. */
struct msg_hdr *cx_msg_header(struct msg *msg);

/* Header of an AVP that the library gave us; never NULL for such a one. */
struct avp_hdr *cx_avp_header(struct avp *avp);

/* First child, next sibling; NULL at the end. The parent may be a message or a grouped AVP. */
struct avp *cx_first(msg_or_avp *parent);
struct avp *cx_next(struct avp *avp);

/* The first child that is obj, or NULL. */
struct avp *cx_find(msg_or_avp *parent, enum cx_obj obj);

/* The value of the first child that is obj; NULL when there is none. */
const union avp_value *cx_member(msg_or_avp *parent, enum cx_obj obj);

/*
 * The octets of an AVP that the dictionary does not know, which was parsed; NULL when memory is
 * out.
 */
const union avp_value *cx_unknown_value(struct avp *avp);

/* Whether a text is there and has no control character, NUL included: log lines are made of it. */
bool cx_is_clean(const union avp_value *text);

/* The character, or '?' for one that is not printable ASCII. */
char cx_printable(char c);

/*
 * What each result is on the wire: Result-Code, or Experimental-Result of 3GPP. Neither function
 * takes CX_NO_RESULT or CX_OTHER_RESULT; cx_result_of gives CX_OTHER_RESULT for a code without a
 * name here.
 */
uint32_t cx_result_code(enum cx_result result, bool *experimental);
enum cx_result cx_result_of(bool experimental, uint32_t code);

/*
 * Where the next AVP goes: behind `last`, or as the first child of `parent` when that is NULL. So
 * our AVPs come in the order in which they are put, before a Proxy-Info that the library copied.
 */
struct cx_put {
	msg_or_avp *parent;
	struct avp *last;
	enum hss_err err; /* once set, nothing more is put */
};

/*
 * Put an AVP: a number (Unsigned32 or Enumerated), octets, or an empty group, whose children are
 * put through the cx_put returned. The library copies the octets. A failure stays in put->err; a
 * group hands it back by cx_put_end.
 */
void cx_put_u32(struct cx_put *put, enum cx_obj obj, uint32_t value);
void cx_put_octets(struct cx_put *put, enum cx_obj obj, const void *octets, size_t len);
void cx_put_text(struct cx_put *put, enum cx_obj obj, const char *text);
struct cx_put cx_put_group(struct cx_put *put, enum cx_obj obj);
void cx_put_end(struct cx_put *put, const struct cx_put *group);

/* A group that is not made member by member: octets are its AVPs as they go on the wire. M is
 * clear.
 */
void cx_put_raw_group(struct cx_put *put, enum cx_obj obj, const void *octets, size_t len);

/* An example of obj: zero, or a text of one zero octet, or a group without members. */
void cx_put_example(struct cx_put *put, enum cx_obj obj);

/* A made AVP; taken over, also when it fails. NULL counts as out of memory. */
void cx_put_avp(struct cx_put *put, struct avp *avp);

/* Vendor-Specific-Application-Id { 10415, 16777216 }, required in every Cx message. */
void cx_put_application(struct cx_put *put);

/* A copy of an AVP without children whose value is known, with the flags of the dictionary; NULL
 * when memory is out or it has no value. */
struct avp *cx_avp_copy(struct avp *avp);

/* An AVP by its dictionary object, without value; NULL when memory is out. */
struct avp *cx_avp_new(struct dict_object *model);

/*
 * Groups that several messages carry (cx_codec_group.c). Each cx_get_ reads one that was received:
 * HSS_OK, HSS_ERR_MEMORY, or HSS_ERR_INVALID or HSS_ERR_LIMIT (too long for us) with *why, a static
 * text that completes the name of the AVP. Texts and arrays are the arena's.
 */

/* M is set in a request whose features are required, never in an answer (TS 29.229 6.3.29). A
 * foreign list is put too, as list 2 with M. */
void cx_put_features(struct cx_put *put, const struct cx_features *features, bool request);

/* One of several Supported-Features; features gathers what all of them say. */
HSS_MUST_CHECK enum hss_err cx_get_features(struct avp *group, struct cx_features *features,
                                            const char **why);

/* Charging-Information; nothing when charging is NULL. */
void cx_put_charging(struct cx_put *put, const struct ims_charging *charging);
HSS_MUST_CHECK enum hss_err cx_get_charging(struct avp *group, struct arena *arena,
                                            const struct ims_charging **charging, const char **why);

/* A group of User-Names: Associated-Identities and the like; nothing when n is 0. Those received
 * are in canonical form where they are IMPIs. */
void cx_put_names(struct cx_put *put, enum cx_obj obj, const char *const *names, size_t n);
HSS_MUST_CHECK enum hss_err cx_get_names(struct avp *group, struct arena *arena,
                                         const char ***names, size_t *n, const char **why);

/* SIP-Auth-Data-Item with SIP-Digest-Authenticate (TS 29.228 table 6.3.4). The caller wipes what he
 * got, also after an error. */
void cx_put_digest_item(struct cx_put *put, const struct cx_digest *digest);
HSS_MUST_CHECK enum hss_err cx_get_digest_item(struct avp *item, struct arena *arena,
                                               struct cx_digest *digest, const char **why);

/* SCSCF-Restoration-Info: the IMPI (canonical where it is one), and every other AVP of the group
 * octet for octet, padding of zeros. More than IMS_RESTORATION_LEN_MAX octets: HSS_ERR_LIMIT. */
void cx_put_restoration(struct cx_put *put, const struct cx_restoration *restoration);
HSS_MUST_CHECK enum hss_err cx_get_restoration(struct avp *group, struct arena *arena,
                                               struct cx_restoration *restoration,
                                               const char **why);

/* Identity-with-Emergency-Registration. */
void cx_put_emergency(struct cx_put *put, const struct cx_emergency *emergency);
HSS_MUST_CHECK enum hss_err cx_get_emergency(struct avp *group, struct arena *arena,
                                             struct cx_emergency *emergency, const char **why);

/* Whether a SIP-Authentication-Scheme is the one of that name (no regard to case); NULL is none. */
bool cx_is_scheme(const union avp_value *scheme, const char *name);

/* The dictionary object of a command; answer: that of its answer. NULL for an unknown one. */
struct dict_object *cx_request_model(uint32_t command);

#endif
