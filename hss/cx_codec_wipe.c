/* What is secret in a message of freeDiameter's, whose octets it frees as they are. */
#include "hss/cx_codec.h"

#include <openssl/crypto.h>

#include "hss/cx_codec_avp.h"

/* Where secrets stand (TS 29.229 6.3.13): in the groups, the others. */
static bool is_holder(const struct avp_hdr *hdr)
{
	return cx_obj_is(CX_OBJ_SIP_AUTH_DATA_ITEM, hdr) ||
	       cx_obj_is(CX_OBJ_SIP_DIGEST_AUTHENTICATE, hdr);
}

static bool is_secret(const struct avp_hdr *hdr)
{
	return cx_obj_is(CX_OBJ_SIP_AUTHORIZATION, hdr) ||
	       cx_obj_is(CX_OBJ_CONFIDENTIALITY_KEY, hdr) || cx_obj_is(CX_OBJ_INTEGRITY_KEY, hdr) ||
	       cx_obj_is(CX_OBJ_DIGEST_HA1, hdr);
}

/* Groups of ours are two deep. */
static void group_wipe(msg_or_avp *group, unsigned depth)
{
	for (struct avp *avp = cx_first(group); avp != NULL; avp = cx_next(avp)) {
		const struct avp_hdr *hdr = cx_avp_header(avp);

		if (is_secret(hdr) && hdr->avp_value != NULL) {
			OPENSSL_cleanse(hdr->avp_value->os.data, hdr->avp_value->os.len);
		} else if (depth > 0 && is_holder(hdr)) {
			group_wipe(avp, depth - 1);
		}
	}
}

void cx_secrets_wipe(struct msg *msg)
{
	const struct msg_hdr *hdr = cx_msg_header(msg);

	if (hdr->msg_appl == CX_APP_ID &&
	    (hdr->msg_code == CX_CMD_MAR || hdr->msg_code == CX_CMD_PPR)) {
		group_wipe(msg, 2);
	}
}

void cx_msg_free(struct msg *msg)
{
	struct msg *query = NULL;

	if (fd_msg_answ_getq(msg, &query) == 0 && query != NULL) {
		cx_secrets_wipe(query); /* it is freed with its answer */
	}
	cx_secrets_wipe(msg);
	(void)fd_msg_free(msg);
}
