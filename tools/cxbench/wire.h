/*
 * Diameter on the wire (RFC 6733 clauses 3 and 4): just enough to write requests and to read
 * answers. Independent of freeDiameter and of the HSS's codec: another opinion about the octets.
 *
 *    0               1               2               3
 *   | version = 1   | message length, header and padding included   |
 *   | flags RPET    | command                                       |
 *   | application                                                   |
 *   | hop-by-hop identifier                                         |
 *   | end-to-end identifier                                         |
 *   | AVPs: code (4), flags VMP (1), length without padding (3), vendor (4, if V), data, padding
 */
#ifndef CXBENCH_WIRE_H
#define CXBENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_HEADER_LEN = 20,
	WIRE_AVP_HEADER_MAX = 12,
	WIRE_MESSAGE_MAX = 0xffffff,
	WIRE_REQUEST = 0x80,
	WIRE_PROXIABLE = 0x40,
	WIRE_ERROR = 0x20,
	WIRE_RETRANSMITTED = 0x10,
	WIRE_AVP_VENDOR = 0x80,
	WIRE_AVP_MANDATORY = 0x40,
};

/* Commands and AVPs of the base protocol that cx_ids.h does not list (RFC 6733). */
enum {
	WIRE_CMD_CER = 257,
	WIRE_CMD_DWR = 280,
	WIRE_CMD_DPR = 282,
	WIRE_AVP_HOST_IP_ADDRESS = 257,
	WIRE_AVP_PRODUCT_NAME = 269,
	WIRE_AVP_DISCONNECT_CAUSE = 273,
	WIRE_RC_COMMAND_UNSUPPORTED = 3001,
	WIRE_DISCONNECT_DO_NOT_WANT_TO_TALK_TO_YOU = 2,
};

struct wire_header {
	uint32_t length; /* of the whole message, octets */
	uint8_t flags;
	uint32_t command;
	uint32_t application;
	uint32_t hop_by_hop;
	uint32_t end_to_end;
};

/* One AVP; data lies in the message. */
struct wire_avp {
	uint32_t code;
	uint32_t vendor; /* 0 without V */
	uint8_t flags;
	const uint8_t *data;
	size_t len;
};

/* Where a walk over AVPs stands. */
struct wire_cursor {
	const uint8_t *at;
	size_t left;
	bool bad; /* the walk ended because an AVP does not fit */
};

/* Numbers in network order, unaligned. */
uint32_t wire_get32(const uint8_t *octets);
void wire_set32(uint8_t *octets, uint32_t value);

/*
 * Read a header. False for a version other than 1, a length below that of the header or not a
 * multiple of 4: the rest of the stream cannot be understood then.
 */
bool wire_header_read(const uint8_t octets[static WIRE_HEADER_LEN], struct wire_header *header);

/* A walk over len octets of AVPs: those behind a header, or the data of a grouped AVP. */
struct wire_cursor wire_walk(const uint8_t *avps, size_t len);

/*
 * The next AVP. False at the end, and when what follows is no AVP: a header cut short, a length
 * below that of its header or, padding included, beyond the rest; cursor->bad tells which.
 */
bool wire_next(struct wire_cursor *cursor, struct wire_avp *avp);

/* The value of an Unsigned32 or Enumerated. False unless the data has 4 octets. */
bool wire_u32(const struct wire_avp *avp, uint32_t *value);

/* A message being written. What does not fit sets full and is left out. */
struct wire_out {
	uint8_t *octets; /* the caller's */
	size_t size;
	size_t len;
	bool full;
};

/* Start a message with identifiers 0. */
void wire_begin(struct wire_out *out, uint8_t *octets, size_t size, uint8_t flags, uint32_t command,
                uint32_t application);

/* Append an AVP with M set; V follows from the vendor. _plain: with M clear. */
void wire_put(struct wire_out *out, uint32_t code, uint32_t vendor, const void *data, size_t len);
void wire_put_plain(struct wire_out *out, uint32_t code, uint32_t vendor, const void *data,
                    size_t len);
void wire_put_u32(struct wire_out *out, uint32_t code, uint32_t vendor, uint32_t value);
void wire_put_text(struct wire_out *out, uint32_t code, uint32_t vendor, const char *text);

/* A grouped AVP: what is appended between the two belongs to it. */
size_t wire_group_begin(struct wire_out *out, uint32_t code, uint32_t vendor);
void wire_group_end(struct wire_out *out, size_t group);

/* Write the length of the message. False when it did not fit. */
bool wire_end(struct wire_out *out);

/* Octets of an AVP with len octets of data, padding included. */
size_t wire_avp_size(uint32_t vendor, size_t len);

/* Write an AVP with M set at a place that has wire_avp_size octets of room; returns its end. */
uint8_t *wire_avp_at(uint8_t *at, uint32_t code, uint32_t vendor, const void *data, size_t len);

#endif
