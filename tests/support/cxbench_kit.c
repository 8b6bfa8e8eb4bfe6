#include "cxbench_kit.h"

#include <string.h>

#include "diameter-dict/cx_ids.h"

enum { BUSY = CX_RC_TOO_BUSY, OTHER_VENDOR = 13019 };

const uint8_t *kit_find(const uint8_t *message, uint32_t code, uint32_t vendor, size_t *len)
{
	const size_t all = wire_get32(message) & WIRE_MESSAGE_MAX;
	struct wire_cursor cursor = wire_walk(message + WIRE_HEADER_LEN, all - WIRE_HEADER_LEN);
	struct wire_avp avp;

	while (wire_next(&cursor, &avp)) {
		if (avp.code == code && avp.vendor == vendor) {
			*len = avp.len;
			return avp.data;
		}
	}
	*len = 0;
	return NULL;
}

static void echo(struct wire_out *out, const struct kit_ask *ask, uint32_t code, uint32_t vendor)
{
	size_t len = 0;
	const uint8_t *data = kit_find(ask->request, code, vendor, &len);

	if (data != NULL) {
		wire_put(out, code, vendor, data, len);
	}
}

static void experimental_put(struct wire_out *out, uint32_t vendor, uint32_t code)
{
	const size_t group = wire_group_begin(out, CX_BASE_AVP_EXPERIMENTAL_RESULT, 0);

	wire_put_u32(out, CX_BASE_AVP_VENDOR_ID, 0, vendor);
	wire_put_u32(out, CX_BASE_AVP_EXPERIMENTAL_RESULT_CODE, 0, code);
	wire_group_end(out, group);
}

static void session_put(struct wire_out *out, const struct kit_ask *ask)
{
	uint8_t id[256] = {0};
	size_t len = 0;
	const uint8_t *data = kit_find(ask->request, CX_BASE_AVP_SESSION_ID, 0, &len);

	if (ask->wrong == KIT_NO_SESSION_ID || data == NULL || len >= sizeof(id)) {
		return;
	}
	memcpy(id, data, len);
	id[len - 1] ^= ask->wrong == KIT_SESSION_ID;
	wire_put(out, CX_BASE_AVP_SESSION_ID, 0, id,
	         ask->wrong == KIT_SESSION_ID_SHORT  ? 3
	         : ask->wrong == KIT_SESSION_ID_LONG ? len + 1
	                                             : len);
}

static void result_put(struct wire_out *out, const struct kit_ask *ask)
{
	switch (ask->wrong) {
	case KIT_NO_RESULT:
		break;
	case KIT_RESULT_SHORT:
		wire_put(out, CX_BASE_AVP_RESULT_CODE, 0, "\0\7\321", 3);
		break;
	case KIT_EXPERIMENTAL_VENDOR:
		experimental_put(out, OTHER_VENDOR, CX_EXP_FIRST_REGISTRATION);
		break;
	case KIT_EXPERIMENTAL_SUCCESS:
		experimental_put(out, CX_VENDOR_3GPP, CX_RC_SUCCESS);
		break;
	case KIT_UNABLE:
		wire_put_u32(out, CX_BASE_AVP_RESULT_CODE, 0, CX_RC_UNABLE_TO_COMPLY);
		wire_put_text(out, CX_BASE_AVP_ERROR_MESSAGE, 0, "no\033[2J way");
		break;
	case KIT_BUSY:
	case KIT_BUSY_WITHOUT_E:
		wire_put_u32(out, CX_BASE_AVP_RESULT_CODE, 0, BUSY);
		break;
	default:
		if (ask->experimental != 0) {
			experimental_put(out, CX_VENDOR_3GPP, ask->experimental);
		} else {
			wire_put_u32(out, CX_BASE_AVP_RESULT_CODE, 0, CX_RC_SUCCESS);
		}
		if (ask->wrong == KIT_TWO_RESULTS) {
			wire_put_u32(out, CX_BASE_AVP_RESULT_CODE, 0, CX_RC_SUCCESS);
		} else if (ask->wrong == KIT_BOTH_RESULTS) {
			experimental_put(out, CX_VENDOR_3GPP, CX_EXP_FIRST_REGISTRATION);
		}
		break;
	}
}

static void identities_put(struct wire_out *out, const struct kit_ask *ask)
{
	wire_put_text(out, CX_BASE_AVP_ORIGIN_HOST, 0,
	              ask->wrong == KIT_ORIGIN_HOST ? "hss2.home.example" : KIT_HSS);
	wire_put_text(out, CX_BASE_AVP_ORIGIN_REALM, 0, "home.example");
	if (ask->wrong == KIT_USER_NAME) {
		wire_put_text(out, CX_BASE_AVP_USER_NAME, 0, "another@home.example");
	} else if (ask->wrong != KIT_NO_USER_NAME) {
		echo(out, ask, CX_BASE_AVP_USER_NAME, 0);
	}
	if (ask->wrong == KIT_TWO_USER_NAMES) {
		echo(out, ask, CX_BASE_AVP_USER_NAME, 0);
	}
	if (ask->wrong == KIT_PUBLIC_IDENTITY) {
		wire_put_text(out, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, "sip:another@x");
	} else {
		echo(out, ask, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP);
	}
}

/* One vector with a RAND of its own. */
struct vector {
	uint8_t rand_autn[2 * AKA_KEY_LEN];
	uint8_t xres[AKA_KEY_LEN];
	struct aka_output out;
};

static void vector_make(const struct kit_ask *ask, size_t i, struct vector *v)
{
	struct aka *aka = aka_open();
	uint8_t sqn[AKA_SQN_LEN];
	uint8_t *autn = v->rand_autn + AKA_KEY_LEN;

	memset(v, 0, sizeof(*v));
	for (size_t j = 0; j < AKA_SQN_LEN; j++) {
		sqn[j] = (uint8_t)(ask->sqn[i] >> (40 - 8 * j));
	}
	memset(v->rand_autn, (int)(0x40 + i), AKA_KEY_LEN);
	memcpy(v->rand_autn + 8, sqn, sizeof(sqn));
	if (aka == NULL || !aka_compute(aka, ask->k, ask->opc, v->rand_autn, sqn,
	                                (const uint8_t *)"\0\0", &v->out)) {
		memset(v, 0, sizeof(*v));
	}
	for (size_t j = 0; j < AKA_SQN_LEN; j++) {
		autn[j] = sqn[j] ^ v->out.ak[j];
	}
	memcpy(autn + AKA_SQN_LEN + AKA_AMF_LEN, v->out.mac_a, AKA_MAC_LEN);
	memcpy(v->xres, v->out.res, AKA_RES_LEN);
	v->rand_autn[0] ^= ask->wrong == KIT_RAND_VALUE;
	v->rand_autn[2 * AKA_KEY_LEN - 1] ^= ask->wrong == KIT_MAC_VALUE;
	v->xres[7] ^= ask->wrong == KIT_XRES_VALUE;
	v->out.ck[15] ^= ask->wrong == KIT_CK_VALUE;
	v->out.ik[0] ^= ask->wrong == KIT_IK_VALUE;
	aka_close(aka);
}

static void item_put(struct wire_out *out, const struct kit_ask *ask, size_t i)
{
	const size_t group = wire_group_begin(out, CX_AVP_SIP_AUTH_DATA_ITEM, CX_VENDOR_3GPP);
	const enum kit_wrong wrong = ask->wrong;
	const size_t item_at = out->len;
	struct vector v;

	vector_make(ask, i, &v);
	wire_put_u32(out, CX_AVP_SIP_ITEM_NUMBER, CX_VENDOR_3GPP,
	             (uint32_t)(wrong == KIT_NUMBERS ? ask->n_vectors - i + 1 : i + 1));
	wire_put_text(out, CX_AVP_SIP_AUTHENTICATION_SCHEME, CX_VENDOR_3GPP,
	              wrong == KIT_SCHEME ? "SIP Digest" : CX_SCHEME_NAME_DIGEST_AKAV1_MD5);
	wire_put(out, CX_AVP_SIP_AUTHENTICATE, CX_VENDOR_3GPP, v.rand_autn,
	         wrong == KIT_AUTHENTICATE_SHORT ? 31 : 32);
	wire_put(out, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, v.xres,
	         wrong == KIT_XRES_SHORT  ? 3
	         : wrong == KIT_XRES_LONG ? 16
	                                  : 8);
	wire_put(out, CX_AVP_CONFIDENTIALITY_KEY, CX_VENDOR_3GPP, v.out.ck,
	         wrong == KIT_CK_SHORT ? 15 : 16);
	if (wrong != KIT_NO_IK) {
		wire_put(out, CX_AVP_INTEGRITY_KEY, CX_VENDOR_3GPP, v.out.ik, 16);
	}
	wire_group_end(out, group);
	if (wrong == KIT_INNER_AVP_BEYOND && !out->full) {
		out->octets[item_at + 6] = 0xff; /* the length of SIP-Item-Number */
	}
}

static uint8_t flags_of(const struct kit_ask *ask)
{
	const enum kit_wrong wrong = ask->wrong;

	return (uint8_t)((wrong == KIT_NO_P ? 0 : WIRE_PROXIABLE) |
	                 (wrong == KIT_T ? WIRE_RETRANSMITTED : 0) |
	                 (wrong == KIT_E_WITH_SUCCESS || wrong == KIT_BUSY ? WIRE_ERROR : 0));
}

static void damage(struct wire_out *out, enum kit_wrong wrong, size_t last_at)
{
	if (wrong == KIT_AVP_BEYOND) {
		wire_set32(out->octets + last_at + 4, 0x40ffffff);
	} else if (wrong == KIT_AVP_SHORT) {
		wire_set32(out->octets + last_at + 4, 0x40000007);
	}
}

size_t kit_answer(const struct kit_ask *ask, uint8_t *octets, size_t size)
{
	const uint32_t command = wire_get32(ask->request + 4) & 0xffffff;
	struct wire_out out;
	size_t last_at = 0;

	wire_begin(&out, octets, size, flags_of(ask), command + (ask->wrong == KIT_COMMAND),
	           CX_APP_ID + (ask->wrong == KIT_APPLICATION));
	if (out.full) {
		return 0;
	}
	memcpy(octets + 12, ask->request + 12, 8);
	session_put(&out, ask);
	result_put(&out, ask);
	identities_put(&out, ask);
	if (command == CX_CMD_MAR && ask->wrong != KIT_BUSY && ask->wrong != KIT_UNABLE) {
		const size_t n = ask->wrong == KIT_NO_ITEMS ? 0 : ask->n_vectors;

		for (size_t i = 0; i < n; i++) {
			item_put(&out, ask, i);
		}
		if (ask->wrong != KIT_NO_COUNT) {
			wire_put_u32(&out, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP,
			             (uint32_t)n + (ask->wrong == KIT_COUNT));
		}
	}
	if (ask->server_name != NULL) {
		wire_put_text(&out, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP, ask->server_name);
	}
	if (ask->user_data != NULL) {
		wire_put_text(&out, CX_AVP_USER_DATA, CX_VENDOR_3GPP, ask->user_data);
	}
	last_at = out.len;
	wire_put_u32(&out, CX_BASE_AVP_AUTH_SESSION_STATE, 0, 1);
	if (!wire_end(&out)) {
		return 0;
	}
	damage(&out, ask->wrong, last_at);
	return out.len;
}
