#include "tools/cxbench/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "diameter-dict/cx_ids.h"

enum { FAMILY_IPV4 = 1, FAMILY_IPV6 = 2, RESULT_CLASS = 1000, ERROR_TEXT = 120 };

bool conn_peer_find(struct conn_peer *peer, const char *host, const char *port, struct why *why)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	const int error = getaddrinfo(host, port, &hints, &found);

	if (error != 0) {
		return why_set(why, "%s: %s", host, gai_strerror(error));
	}
	memcpy(&peer->address, found->ai_addr, found->ai_addrlen);
	peer->len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

bool conn_init(struct conn *conn)
{
	conn->fd = -1;
	conn->state = CONN_CLOSED;
	conn->in = malloc(CONN_BUFFER);
	conn->out = malloc(CONN_BUFFER);
	return conn->in != NULL && conn->out != NULL;
}

void conn_free(struct conn *conn)
{
	conn_close(conn, "");
	free(conn->in);
	free(conn->out);
	conn->in = NULL;
	conn->out = NULL;
}

void conn_close(struct conn *conn, const char *reason)
{
	if (conn->fd >= 0) {
		(void)close(conn->fd); /* leaves the epoll set with it */
		conn->fd = -1;
	}
	conn->state = CONN_CLOSED;
	conn->in_len = 0;
	conn->out_len = 0;
	conn->asked_leave = false;
	(void)why_set(&conn->why, "%s", reason);
}

static void interest_set(struct conn *conn, int operation)
{
	const bool reads = !(conn->deaf && conn->state == CONN_OPEN);
	struct epoll_event event = {.events = (reads ? (uint32_t)EPOLLIN : (uint32_t)EPOLLRDHUP) |
	                                      (conn->wants_write ? (uint32_t)EPOLLOUT : 0),
	                            .data.ptr = conn};

	if (epoll_ctl(conn->epoll, operation, conn->fd, &event) != 0) {
		conn_close(conn, strerror(errno));
	}
}

void conn_start(struct conn *conn)
{
	const int on = 1;

	conn->fd = socket(conn->peer->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	                  IPPROTO_TCP);
	if (conn->fd < 0 || setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
	    (connect(conn->fd, (const struct sockaddr *)&conn->peer->address, conn->peer->len) !=
	             0 &&
	     errno != EINPROGRESS)) {
		conn_close(conn, strerror(errno));
		return;
	}
	conn->state = CONN_CONNECTING;
	conn->wants_write = true;
	interest_set(conn, EPOLL_CTL_ADD);
}

/* Append a whole message to what waits. It always fits: requests leave room for it. */
static void send_message(struct conn *conn, const uint8_t *octets, size_t len)
{
	if (len > CONN_BUFFER - conn->out_len) {
		conn_close(conn, "the peer reads nothing");
		return;
	}
	memcpy(conn->out + conn->out_len, octets, len);
	conn->out_len += len;
}

/* Host-IP-Address (RFC 6733 4.3.1): the family, then the address. */
static void address_put(struct wire_out *out, int fd)
{
	struct sockaddr_storage name = {0};
	socklen_t len = sizeof(name);
	uint8_t octets[2 + sizeof(struct in6_addr)] = {0};
	size_t n = 2 + sizeof(struct in_addr);

	if (getsockname(fd, (struct sockaddr *)&name, &len) != 0) {
		return;
	}
	if (name.ss_family == AF_INET6) {
		struct sockaddr_in6 six;

		memcpy(&six, &name, sizeof(six));
		octets[1] = FAMILY_IPV6;
		memcpy(octets + 2, &six.sin6_addr, sizeof(six.sin6_addr));
		n = 2 + sizeof(six.sin6_addr);
	} else {
		struct sockaddr_in four;

		memcpy(&four, &name, sizeof(four));
		octets[1] = FAMILY_IPV4;
		memcpy(octets + 2, &four.sin_addr, sizeof(four.sin_addr));
	}
	wire_put(out, WIRE_AVP_HOST_IP_ADDRESS, 0, octets, n);
}

static void origin_put(struct wire_out *out, const struct conn *conn)
{
	wire_put_text(out, CX_BASE_AVP_ORIGIN_HOST, 0, conn->host);
	wire_put_text(out, CX_BASE_AVP_ORIGIN_REALM, 0, conn->peer->realm);
}

static void message_end(struct conn *conn, struct wire_out *out)
{
	if (wire_end(out)) {
		send_message(conn, out->octets, out->len);
	} else {
		conn_close(conn, "a message of the base protocol does not fit");
	}
}

static void cer_send(struct conn *conn)
{
	uint8_t octets[REQUEST_MAX];
	struct wire_out out;
	size_t group = 0;

	wire_begin(&out, octets, sizeof(octets), WIRE_REQUEST, WIRE_CMD_CER, 0);
	wire_set32(octets + 12, 1);
	wire_set32(octets + 16, 1);
	origin_put(&out, conn);
	address_put(&out, conn->fd);
	wire_put_u32(&out, CX_BASE_AVP_VENDOR_ID, 0, CX_VENDOR_3GPP);
	wire_put_plain(&out, WIRE_AVP_PRODUCT_NAME, 0, "cxbench", sizeof("cxbench") - 1);
	wire_put_u32(&out, CX_BASE_AVP_SUPPORTED_VENDOR_ID, 0, CX_VENDOR_3GPP);
	group = wire_group_begin(&out, CX_BASE_AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0);
	wire_put_u32(&out, CX_BASE_AVP_VENDOR_ID, 0, CX_VENDOR_3GPP);
	wire_put_u32(&out, CX_BASE_AVP_AUTH_APPLICATION_ID, 0, CX_APP_ID);
	wire_group_end(&out, group);
	message_end(conn, &out);
}

/* The answer to a request of the peer. */
static void base_answer(struct conn *conn, const struct wire_header *header, uint32_t result)
{
	uint8_t octets[REQUEST_MAX];
	struct wire_out out;
	const uint8_t flags = (uint8_t)((header->flags & WIRE_PROXIABLE) |
	                                (result / RESULT_CLASS == 3 ? WIRE_ERROR : 0));

	wire_begin(&out, octets, sizeof(octets), flags, header->command, header->application);
	wire_set32(octets + 12, header->hop_by_hop);
	wire_set32(octets + 16, header->end_to_end);
	wire_put_u32(&out, CX_BASE_AVP_RESULT_CODE, 0, result);
	origin_put(&out, conn);
	message_end(conn, &out);
}

/* The Result-Code and Origin-Host of a CEA. */
static void cea_take(struct conn *conn, const struct wire_header *header, const uint8_t *message)
{
	struct wire_cursor cursor =
		wire_walk(message + WIRE_HEADER_LEN, header->length - WIRE_HEADER_LEN);
	const size_t name_len = strlen(conn->peer->name);
	struct wire_avp avp;
	uint32_t result = 0;
	bool named = false;
	char text[ERROR_TEXT];

	while (wire_next(&cursor, &avp)) {
		if (avp.vendor == 0 && avp.code == CX_BASE_AVP_RESULT_CODE) {
			(void)wire_u32(&avp, &result);
		} else if (avp.vendor == 0 && avp.code == CX_BASE_AVP_ORIGIN_HOST) {
			named = avp.len == name_len &&
			        memcmp(avp.data, conn->peer->name, name_len) == 0;
		}
	}
	if (cursor.bad || result != CX_RC_SUCCESS) {
		(void)snprintf(text, sizeof(text), "CEA with Result-Code %u", (unsigned)result);
		conn_close(conn, text);
	} else if (!named) {
		conn_close(conn, "CEA of another Diameter identity than --hss names");
	} else {
		conn->state = CONN_OPEN;
		if (conn->deaf) {
			interest_set(conn, EPOLL_CTL_MOD);
		}
	}
}

/* A request of the peer. */
static void request_take(struct conn *conn, const struct wire_header *header)
{
	switch (header->command) {
	case WIRE_CMD_DWR:
		base_answer(conn, header, CX_RC_SUCCESS);
		break;
	case WIRE_CMD_DPR:
		base_answer(conn, header, CX_RC_SUCCESS);
		if (conn->state == CONN_OPEN) {
			conn->state = CONN_LEAVING;
		}
		break;
	default:
		conn->n_refused++;
		base_answer(conn, header, WIRE_RC_COMMAND_UNSUPPORTED);
		break;
	}
}

static void message_take(struct conn *conn, const struct wire_header *header,
                         const uint8_t *message)
{
	if ((header->flags & WIRE_REQUEST) != 0) {
		request_take(conn, header);
	} else if (conn->state == CONN_GREETING) {
		if (header->command == WIRE_CMD_CER) {
			cea_take(conn, header, message);
		} else {
			conn_close(conn, "an answer came before the CEA");
		}
	} else if (header->command == WIRE_CMD_DPR && conn->asked_leave) {
		conn_close(conn, "");
	} else {
		conn->answer(conn->owner, conn, header, message);
	}
}

/* Understand the whole messages that are there, keep the rest. */
static void input_take(struct conn *conn)
{
	size_t at = 0;

	while (conn->state != CONN_CLOSED && conn->in_len - at >= WIRE_HEADER_LEN) {
		struct wire_header header;

		if (!wire_header_read(conn->in + at, &header) || header.length > CONN_BUFFER) {
			conn_close(conn, "what came is no Diameter message, or too long");
			return;
		}
		if (header.length > conn->in_len - at) {
			break;
		}
		message_take(conn, &header, conn->in + at);
		at += header.length;
	}
	if (conn->state != CONN_CLOSED && at > 0) {
		memmove(conn->in, conn->in + at, conn->in_len - at);
		conn->in_len -= at;
	}
}

/* One read usually empties the socket: what is left is told again. */
static void input_read(struct conn *conn)
{
	const ssize_t n = recv(conn->fd, conn->in + conn->in_len, CONN_BUFFER - conn->in_len, 0);

	if (n > 0) {
		conn->in_len += (size_t)n;
		input_take(conn);
	} else if (n == 0) {
		conn_close(conn, conn->state == CONN_LEAVING ? "the peer said good bye"
		                                             : "the peer closed");
	} else if (errno != EAGAIN && errno != EINTR) {
		conn_close(conn, strerror(errno));
	}
}

static void connected(struct conn *conn)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0) {
		conn_close(conn, strerror(error != 0 ? error : errno));
		return;
	}
	conn->state = CONN_GREETING;
	cer_send(conn);
	conn_flush(conn);
}

void conn_serve(struct conn *conn, uint32_t events)
{
	if (conn->state == CONN_CONNECTING) {
		connected(conn);
		return;
	}
	if ((events & EPOLLOUT) != 0) {
		conn_flush(conn);
	}
	if (conn->state != CONN_CLOSED && conn->deaf && conn->state == CONN_OPEN) {
		if ((events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0) {
			conn_close(conn, "the peer closed");
		}
	} else if (conn->state != CONN_CLOSED && (events & ~(uint32_t)EPOLLOUT) != 0) {
		input_read(conn);
	}
}

uint8_t *conn_room(struct conn *conn)
{
	/* Half is kept for answers to the peer's own requests, which are short. */
	return conn->out_len + REQUEST_MAX <= CONN_BUFFER / 2 ? conn->out + conn->out_len : NULL;
}

void conn_wrote(struct conn *conn, size_t len)
{
	conn->out_len += len;
}

void conn_flush(struct conn *conn)
{
	size_t at = 0;
	bool full = false;

	while (at < conn->out_len && !full) {
		const ssize_t n = send(conn->fd, conn->out + at, conn->out_len - at, MSG_NOSIGNAL);

		if (n >= 0) {
			at += (size_t)n;
		} else if (errno == EAGAIN) {
			full = true;
		} else if (errno != EINTR) {
			conn_close(conn, strerror(errno));
			return;
		}
	}
	memmove(conn->out, conn->out + at, conn->out_len - at);
	conn->out_len -= at;
	if (conn->wants_write != full) {
		conn->wants_write = full;
		interest_set(conn, EPOLL_CTL_MOD);
	}
}

void conn_leave(struct conn *conn)
{
	uint8_t octets[REQUEST_MAX];
	struct wire_out out;

	wire_begin(&out, octets, sizeof(octets), WIRE_REQUEST, WIRE_CMD_DPR, 0);
	wire_set32(octets + 12, 1);
	wire_set32(octets + 16, 1);
	origin_put(&out, conn);
	wire_put_u32(&out, WIRE_AVP_DISCONNECT_CAUSE, 0,
	             WIRE_DISCONNECT_DO_NOT_WANT_TO_TALK_TO_YOU);
	message_end(conn, &out);
	if (conn->state != CONN_CLOSED) {
		conn->asked_leave = true;
		conn->state = CONN_LEAVING;
		conn_flush(conn);
	}
}
