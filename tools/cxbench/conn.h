/*
 * A connection to the HSS: a non-blocking socket, what waits to be written and to be understood,
 * and the base protocol (RFC 6733 clause 5): CER, DWA, DPR and DPA. Answers to Cx requests go to
 * its owner. One thread.
 *
 *   CLOSED -> CONNECTING -> GREETING -> OPEN -> LEAVING -> CLOSED
 *              (connect)   (CER sent)          (DPR sent or received: no more requests)
 */
#ifndef CXBENCH_CONN_H
#define CXBENCH_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

#include "tools/cxbench/request.h"
#include "tools/cxbench/why.h"
#include "tools/cxbench/wire.h"

enum { CONN_BUFFER = 256 * 1024 };

enum conn_state { CONN_CLOSED, CONN_CONNECTING, CONN_GREETING, CONN_OPEN, CONN_LEAVING };

/* The peer's address. */
struct conn_peer {
	struct sockaddr_storage address;
	socklen_t len;
	const char *name; /* its Diameter identity */
	const char *realm;
};

struct conn;

/* Takes an answer of the Cx application. message is header->length octets. */
typedef void conn_answer(void *owner, struct conn *conn, const struct wire_header *header,
                         const uint8_t *message);

struct conn {
	int fd;
	int epoll;
	enum conn_state state;
	uint16_t number;
	bool wants_write; /* what epoll was told */
	bool deaf;        /* does not read once it is open */
	bool asked_leave; /* DPR sent by us */
	const struct conn_peer *peer;
	conn_answer *answer;
	void *owner;
	struct why why; /* why it is closed; empty for a good end */
	char host[NAME_OCTETS_MAX + 1];
	size_t host_len;
	uint8_t *in;
	size_t in_len;
	uint8_t *out;
	size_t out_len;
	uint64_t n_refused; /* requests of the peer that were answered COMMAND_UNSUPPORTED */
};

/* Find the address. False, with the reason in why. */
bool conn_peer_find(struct conn_peer *peer, const char *host, const char *port, struct why *why);

/* Buffers. The other fields above are set by the caller. False when memory is out. */
bool conn_init(struct conn *conn);
void conn_free(struct conn *conn);

/* Start to connect. The state is CONNECTING or, with the reason in why, CLOSED. */
void conn_start(struct conn *conn);

/*
 * Serve what epoll says about the connection: reads what is there, calls answer for each, or
 * closes. The state tells what became of it.
 */
void conn_serve(struct conn *conn, uint32_t events);

/* Room for a request of REQUEST_MAX octets, or NULL while too much waits to be written. */
uint8_t *conn_room(struct conn *conn);
void conn_wrote(struct conn *conn, size_t len);

/* Write what waits, as much as the socket takes. */
void conn_flush(struct conn *conn);

/* Say good bye: the peer's DPA then closes the connection. */
void conn_leave(struct conn *conn);
void conn_close(struct conn *conn, const char *reason);

#endif
