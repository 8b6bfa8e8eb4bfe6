/*
 * Requests of TS 29.229, written once for each connection and kind, then copied and patched: a
 * request costs three copies and no allocation.
 *
 *   template  header, Session-Id, and all that does not change
 *   then      User-Name, Public-Identity of the subscriber, Server-Name of its S-CSCF
 */
#ifndef CXBENCH_REQUEST_H
#define CXBENCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/cxbench/subscribers.h"
#include "tools/cxbench/wire.h"

enum request_kind {
	REQUEST_UAR,       /* REGISTRATION */
	REQUEST_UAR_DEREG, /* DE_REGISTRATION */
	REQUEST_MAR,
	REQUEST_SAR_REG,   /* REGISTRATION */
	REQUEST_SAR_REREG, /* RE_REGISTRATION */
	REQUEST_SAR_DEREG, /* USER_DEREGISTRATION */
	REQUEST_LIR,
	N_REQUESTS
};

enum { REQUEST_HEAD_MAX = 2048, REQUEST_MAX = 4096, SESSION_DIGITS = 16, NAME_OCTETS_MAX = 255 };

/* Who asks whom; the texts live as long as the templates are made. */
struct request_party {
	const char *origin_host;
	const char *origin_realm;
	const char *destination_host;
	const char *destination_realm;
	uint32_t n_vectors;
};

struct request_template {
	uint8_t head[REQUEST_HEAD_MAX];
	size_t len;
	size_t digits_at; /* the changing end of the Session-Id */
};

/* "UAR" and so on. */
const char *request_name(enum request_kind kind);
uint32_t request_command(enum request_kind kind);

/* False when the names are too long for the template. */
bool request_template_make(struct request_template *template, enum request_kind kind,
                           const struct request_party *party);

/*
 * Write the request at out.
 *
 *   out          REQUEST_MAX octets of room
 *   server_name  at most NAME_OCTETS_MAX octets
 *
 * Returns its octets.
 */
size_t request_write(const struct request_template *template, enum request_kind kind,
                     uint32_t hop_by_hop, uint32_t end_to_end,
                     const struct subscribers *subscribers, size_t subscriber,
                     const char *server_name, size_t server_name_len, uint8_t *out);

/* The changing end of the Session-Id of a request. */
void request_session_digits(uint32_t hop_by_hop, uint32_t end_to_end,
                            uint8_t digits[static SESSION_DIGITS]);

#endif
