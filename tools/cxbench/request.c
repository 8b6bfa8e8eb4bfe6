#include "tools/cxbench/request.h"

#include <stdio.h>
#include <string.h>

#include "diameter-dict/cx_ids.h"

enum { NO_TYPE = -1 };

/* What distinguishes the kinds. */
static const struct {
	const char *name;
	uint32_t command;
	int type; /* Server-Assignment-Type or User-Authorization-Type */
	uint32_t user_data_already_available;
	bool has_user_name;
	bool has_server_name;
} kinds[N_REQUESTS] = {
	[REQUEST_UAR] = {"UAR", CX_CMD_UAR, CX_UAT_REGISTRATION, 0, true, false},
	[REQUEST_UAR_DEREG] = {"UAR", CX_CMD_UAR, CX_UAT_DE_REGISTRATION, 0, true, false},
	[REQUEST_MAR] = {"MAR", CX_CMD_MAR, NO_TYPE, 0, true, true},
	[REQUEST_SAR_REG] = {"SAR", CX_CMD_SAR, CX_SAT_REGISTRATION,
                             CX_UDAA_USER_DATA_NOT_AVAILABLE, true, true},
	[REQUEST_SAR_REREG] = {"SAR", CX_CMD_SAR, CX_SAT_RE_REGISTRATION,
                               CX_UDAA_USER_DATA_ALREADY_AVAILABLE, true, true},
	[REQUEST_SAR_DEREG] = {"SAR", CX_CMD_SAR, CX_SAT_USER_DEREGISTRATION,
                               CX_UDAA_USER_DATA_NOT_AVAILABLE, true, true},
	[REQUEST_LIR] = {"LIR", CX_CMD_LIR, NO_TYPE, 0, false, false},
};

const char *request_name(enum request_kind kind)
{
	return kinds[kind].name;
}

uint32_t request_command(enum request_kind kind)
{
	return kinds[kind].command;
}

/* What the command adds (TS 29.229 6.1), but the identities and Server-Name. */
static void command_put(struct wire_out *out, enum request_kind kind,
                        const struct request_party *party)
{
	size_t group = 0;

	switch (kinds[kind].command) {
	case CX_CMD_UAR:
		wire_put_text(out, CX_AVP_VISITED_NETWORK_IDENTIFIER, CX_VENDOR_3GPP,
		              party->destination_realm);
		wire_put_u32(out, CX_AVP_USER_AUTHORIZATION_TYPE, CX_VENDOR_3GPP,
		             (uint32_t)kinds[kind].type);
		break;
	case CX_CMD_SAR:
		wire_put_u32(out, CX_AVP_SERVER_ASSIGNMENT_TYPE, CX_VENDOR_3GPP,
		             (uint32_t)kinds[kind].type);
		wire_put_u32(out, CX_AVP_USER_DATA_ALREADY_AVAILABLE, CX_VENDOR_3GPP,
		             kinds[kind].user_data_already_available);
		break;
	case CX_CMD_MAR:
		group = wire_group_begin(out, CX_AVP_SIP_AUTH_DATA_ITEM, CX_VENDOR_3GPP);
		wire_put_text(out, CX_AVP_SIP_AUTHENTICATION_SCHEME, CX_VENDOR_3GPP,
		              CX_SCHEME_NAME_DIGEST_AKAV1_MD5);
		wire_group_end(out, group);
		wire_put_u32(out, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP, party->n_vectors);
		break;
	default: /* LIR */
		break;
	}
}

bool request_template_make(struct request_template *template, enum request_kind kind,
                           const struct request_party *party)
{
	char session[NAME_OCTETS_MAX + 1 + SESSION_DIGITS + 1];
	struct wire_out out;
	size_t group = 0;
	const int len =
		snprintf(session, sizeof(session), "%s;0000000000000000", party->origin_host);

	if (len < 0 || (size_t)len >= sizeof(session)) {
		return false;
	}
	wire_begin(&out, template->head, sizeof(template->head), WIRE_REQUEST | WIRE_PROXIABLE,
	           kinds[kind].command, CX_APP_ID);
	/* Session-Id stands first; its digits start 16 octets before its end. */
	template->digits_at = WIRE_HEADER_LEN + wire_avp_size(0, 0) + (size_t)len - SESSION_DIGITS;
	wire_put_text(&out, CX_BASE_AVP_SESSION_ID, 0, session);
	group = wire_group_begin(&out, CX_BASE_AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0);
	wire_put_u32(&out, CX_BASE_AVP_VENDOR_ID, 0, CX_VENDOR_3GPP);
	wire_put_u32(&out, CX_BASE_AVP_AUTH_APPLICATION_ID, 0, CX_APP_ID);
	wire_group_end(&out, group);
	wire_put_u32(&out, CX_BASE_AVP_AUTH_SESSION_STATE, 0, CX_AUTH_SESSION_NO_STATE_MAINTAINED);
	wire_put_text(&out, CX_BASE_AVP_ORIGIN_HOST, 0, party->origin_host);
	wire_put_text(&out, CX_BASE_AVP_ORIGIN_REALM, 0, party->origin_realm);
	wire_put_text(&out, CX_BASE_AVP_DESTINATION_REALM, 0, party->destination_realm);
	wire_put_text(&out, CX_BASE_AVP_DESTINATION_HOST, 0, party->destination_host);
	command_put(&out, kind, party);
	template->len = out.len;
	return wire_end(&out);
}

void request_session_digits(uint32_t hop_by_hop, uint32_t end_to_end,
                            uint8_t digits[static SESSION_DIGITS])
{
	static const char hex[] = "0123456789abcdef";
	uint64_t number = (uint64_t)hop_by_hop << 32 | end_to_end;

	for (size_t i = SESSION_DIGITS; i > 0; i--) {
		digits[i - 1] = (uint8_t)hex[number & 15];
		number >>= 4;
	}
}

size_t request_write(const struct request_template *template, enum request_kind kind,
                     uint32_t hop_by_hop, uint32_t end_to_end,
                     const struct subscribers *subscribers, size_t subscriber,
                     const char *server_name, size_t server_name_len, uint8_t *out)
{
	const struct subscriber *sub = &subscribers->list[subscriber];
	uint8_t *at = out + template->len;

	memcpy(out, template->head, template->len);
	request_session_digits(hop_by_hop, end_to_end, out + template->digits_at);
	if (kinds[kind].has_user_name) {
		at = wire_avp_at(at, CX_BASE_AVP_USER_NAME, 0,
		                 subscriber_impi(subscribers, subscriber), sub->impi_len);
	}
	at = wire_avp_at(at, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP,
	                 subscriber_impu(subscribers, subscriber), sub->impu_len);
	if (kinds[kind].has_server_name) {
		at = wire_avp_at(at, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP, server_name,
		                 server_name_len);
	}
	wire_set32(out, (uint32_t)1 << 24 | (uint32_t)(at - out));
	wire_set32(out + 12, hop_by_hop);
	wire_set32(out + 16, end_to_end);
	return (size_t)(at - out);
}
