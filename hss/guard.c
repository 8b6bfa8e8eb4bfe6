#include "hss/guard.h"

#include <string.h>
#include <strings.h>

#include "diameter-dict/cx_ids.h"

enum {
	AVP_HEADER_LEN = 8,
	AVP_VENDOR_LEN = 4,
	AVP_FLAG_V = 0x80,
	FLAG_REQUEST = 0x80,
	FLAG_ERROR = 0x20,
	/* Commands that concern the connection alone and are not routed (RFC 6733 5.3 to 5.5). */
	CMD_CAPABILITIES_EXCHANGE = 257,
	CMD_DEVICE_WATCHDOG = 280,
	CMD_DISCONNECT_PEER = 282,
};

struct raw_avp {
	uint32_t code;
	uint32_t vendor;
	const uint8_t *data;
	size_t len;
};

static uint32_t get32(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
	       octets[3];
}

static uint32_t get24(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 16 | (uint32_t)octets[1] << 8 | octets[2];
}

/* Take the AVP at *at. Returns false when it does not fit into len octets. */
static bool avp_take(const uint8_t *octets, size_t len, size_t *at, struct raw_avp *avp)
{
	const uint8_t *head = octets + *at;
	size_t head_len = AVP_HEADER_LEN;
	size_t size = 0;

	if (len - *at < AVP_HEADER_LEN) {
		return false;
	}
	size = get24(head + 5);
	avp->code = get32(head);
	avp->vendor = 0;
	if ((head[4] & AVP_FLAG_V) != 0) {
		head_len += AVP_VENDOR_LEN;
	}
	if (size < head_len || size > len - *at) {
		return false;
	}
	if (head_len > AVP_HEADER_LEN) {
		avp->vendor = get32(head + AVP_HEADER_LEN);
	}
	avp->data = head + head_len;
	avp->len = size - head_len;
	*at += (size + 3) & ~(size_t)3; /* may pass the end by the padding of the last AVP */
	return true;
}

static bool is_name(const struct raw_avp *avp, const char *name)
{
	return avp->len == strlen(name) &&
	       strncasecmp((const char *)avp->data, name, avp->len) == 0;
}

/* What the router would answer by itself, or stumble over. */
static const char *routing_problem(const struct guard_node *node, const struct raw_avp *avp)
{
	switch (avp->code) {
	case CX_BASE_AVP_SESSION_ID:
		return avp->len == 0 || memchr(avp->data, '\0', avp->len) != NULL
		               ? "has an empty Session-Id, or one with a NUL"
		               : NULL;
	case CX_BASE_AVP_DESTINATION_HOST:
		return is_name(avp, node->host) ? NULL
		                                : "has a Destination-Host that is not this node";
	case CX_BASE_AVP_DESTINATION_REALM:
		return is_name(avp, node->realm)
		               ? NULL
		               : "has a Destination-Realm that is not this node's";
	case CX_BASE_AVP_ROUTE_RECORD:
		return is_name(avp, node->host) ? "has been here before (Route-Record)" : NULL;
	default:
		return NULL;
	}
}

/* Walk over the AVPs of the message: each must fit; those of a request to be routed are looked
 * into. */
static const char *avps_problem(const struct guard_node *node, const uint8_t *octets, size_t len,
                                bool routed)
{
	struct raw_avp avp;
	size_t at = GUARD_HEADER_LEN;

	while (at < len) {
		const char *problem = NULL;

		if (!avp_take(octets, len, &at, &avp)) {
			return "has an AVP that does not fit into it";
		}
		if (!routed || avp.vendor != 0) {
			continue;
		}
		problem = routing_problem(node, &avp);
		if (problem != NULL) {
			return problem;
		}
	}
	return NULL;
}

uint32_t guard_command(const uint8_t *octets)
{
	return get24(octets + 5);
}

bool guard_is_request(const uint8_t *octets)
{
	return (octets[4] & FLAG_REQUEST) != 0;
}

bool guard_is_cer(const uint8_t *octets)
{
	return guard_is_request(octets) && guard_command(octets) == CMD_CAPABILITIES_EXCHANGE;
}

bool guard_is_dpr(const uint8_t *octets)
{
	return guard_is_request(octets) && guard_command(octets) == CMD_DISCONNECT_PEER;
}

const char *guard_check(const struct guard_node *node, const uint8_t *octets, size_t len)
{
	uint32_t command = 0;
	bool request = false;
	bool routed = false;

	if (len < GUARD_HEADER_LEN || get24(octets + 1) != len) {
		return "is not as long as its header says";
	}
	if (len > GUARD_MESSAGE_LEN_MAX) {
		return "is longer than 65,536 octets";
	}
	if (guard_is_cer(octets) && len > GUARD_CER_LEN_MAX) {
		return "is a CER of more than 4,096 octets";
	}
	command = guard_command(octets);
	request = guard_is_request(octets);
	routed = request && command != CMD_CAPABILITIES_EXCHANGE &&
	         command != CMD_DEVICE_WATCHDOG && command != CMD_DISCONNECT_PEER;
	if (request && (octets[4] & FLAG_ERROR) != 0) {
		return "is a request with the E bit";
	}
	if (routed && get32(octets + 8) != CX_APP_ID) {
		return "is a request of another application than Cx";
	}
	return avps_problem(node, octets, len, routed);
}
