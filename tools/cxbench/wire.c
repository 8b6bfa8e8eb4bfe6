#include "tools/cxbench/wire.h"

#include <string.h>

enum { AVP_HEADER = 8, VERSION = 1, LENGTH_MASK = 0xffffff, FLAGS_SHIFT = 24 };

uint32_t wire_get32(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
	       octets[3];
}

void wire_set32(uint8_t *octets, uint32_t value)
{
	octets[0] = (uint8_t)(value >> 24);
	octets[1] = (uint8_t)(value >> 16);
	octets[2] = (uint8_t)(value >> 8);
	octets[3] = (uint8_t)value;
}

bool wire_header_read(const uint8_t octets[static WIRE_HEADER_LEN], struct wire_header *header)
{
	header->length = wire_get32(octets) & LENGTH_MASK;
	header->flags = octets[4];
	header->command = wire_get32(octets + 4) & LENGTH_MASK;
	header->application = wire_get32(octets + 8);
	header->hop_by_hop = wire_get32(octets + 12);
	header->end_to_end = wire_get32(octets + 16);
	return octets[0] == VERSION && header->length >= WIRE_HEADER_LEN && header->length % 4 == 0;
}

struct wire_cursor wire_walk(const uint8_t *avps, size_t len)
{
	return (struct wire_cursor){.at = avps, .left = len};
}

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

bool wire_next(struct wire_cursor *cursor, struct wire_avp *avp)
{
	const uint8_t *at = cursor->at;
	size_t header = AVP_HEADER;
	size_t len = 0;

	if (cursor->left == 0 || cursor->bad) {
		return false;
	}
	if (cursor->left < AVP_HEADER) {
		cursor->bad = true;
		return false;
	}
	avp->code = wire_get32(at);
	avp->flags = at[4];
	avp->vendor = 0;
	len = wire_get32(at + 4) & LENGTH_MASK;
	if ((avp->flags & WIRE_AVP_VENDOR) != 0) {
		header = WIRE_AVP_HEADER_MAX;
	}
	if (len < header || padded(len) > cursor->left) {
		cursor->bad = true;
		return false;
	}
	if (header == WIRE_AVP_HEADER_MAX) {
		avp->vendor = wire_get32(at + 8);
	}
	avp->data = at + header;
	avp->len = len - header;
	cursor->at += padded(len);
	cursor->left -= padded(len);
	return true;
}

bool wire_u32(const struct wire_avp *avp, uint32_t *value)
{
	if (avp->len != sizeof(*value)) {
		return false;
	}
	*value = wire_get32(avp->data);
	return true;
}

size_t wire_avp_size(uint32_t vendor, size_t len)
{
	return padded((vendor != 0 ? (size_t)WIRE_AVP_HEADER_MAX : (size_t)AVP_HEADER) + len);
}

static uint8_t *avp_write(uint8_t *at, uint32_t code, uint32_t vendor, uint8_t flags,
                          const void *data, size_t len)
{
	const size_t header = vendor != 0 ? (size_t)WIRE_AVP_HEADER_MAX : (size_t)AVP_HEADER;
	const size_t pad = padded(len) - len;

	wire_set32(at, code);
	wire_set32(at + 4, (uint32_t)(header + len) | (uint32_t)flags << FLAGS_SHIFT);
	if (vendor != 0) {
		at[4] |= WIRE_AVP_VENDOR;
		wire_set32(at + 8, vendor);
	}
	at += header;
	if (len > 0) {
		memcpy(at, data, len);
	}
	memset(at + len, 0, pad);
	return at + len + pad;
}

uint8_t *wire_avp_at(uint8_t *at, uint32_t code, uint32_t vendor, const void *data, size_t len)
{
	return avp_write(at, code, vendor, WIRE_AVP_MANDATORY, data, len);
}

void wire_begin(struct wire_out *out, uint8_t *octets, size_t size, uint8_t flags, uint32_t command,
                uint32_t application)
{
	*out = (struct wire_out){.octets = octets, .size = size};
	if (size < WIRE_HEADER_LEN) {
		out->full = true;
		return;
	}
	memset(octets, 0, WIRE_HEADER_LEN);
	octets[0] = VERSION;
	wire_set32(octets + 4, command);
	octets[4] = flags;
	wire_set32(octets + 8, application);
	out->len = WIRE_HEADER_LEN;
}

static void put(struct wire_out *out, uint32_t code, uint32_t vendor, uint8_t flags,
                const void *data, size_t len)
{
	if (out->full || len > WIRE_MESSAGE_MAX ||
	    wire_avp_size(vendor, len) > out->size - out->len) {
		out->full = true;
		return;
	}
	out->len = (size_t)(avp_write(out->octets + out->len, code, vendor, flags, data, len) -
	                    out->octets);
}

void wire_put(struct wire_out *out, uint32_t code, uint32_t vendor, const void *data, size_t len)
{
	put(out, code, vendor, WIRE_AVP_MANDATORY, data, len);
}

void wire_put_plain(struct wire_out *out, uint32_t code, uint32_t vendor, const void *data,
                    size_t len)
{
	put(out, code, vendor, 0, data, len);
}

void wire_put_u32(struct wire_out *out, uint32_t code, uint32_t vendor, uint32_t value)
{
	uint8_t octets[sizeof(value)];

	wire_set32(octets, value);
	wire_put(out, code, vendor, octets, sizeof(octets));
}

void wire_put_text(struct wire_out *out, uint32_t code, uint32_t vendor, const char *text)
{
	wire_put(out, code, vendor, text, strlen(text));
}

size_t wire_group_begin(struct wire_out *out, uint32_t code, uint32_t vendor)
{
	const size_t group = out->len;

	wire_put(out, code, vendor, NULL, 0);
	return group;
}

void wire_group_end(struct wire_out *out, size_t group)
{
	if (!out->full) {
		uint8_t *length = out->octets + group + 4;

		wire_set32(length, (wire_get32(length) & ~(uint32_t)LENGTH_MASK) |
		                           (uint32_t)(out->len - group));
	}
}

bool wire_end(struct wire_out *out)
{
	if (out->full || out->len > WIRE_MESSAGE_MAX) {
		return false;
	}
	wire_set32(out->octets, (uint32_t)VERSION << FLAGS_SHIFT | (uint32_t)out->len);
	return true;
}
