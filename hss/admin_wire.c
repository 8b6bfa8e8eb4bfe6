#include "hss/admin.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { FRAME_HEAD_LEN = 4, OCTET_BITS = 8 };

/* Octets in front of each allocation of jansson: its size, so that free knows how much to wipe. */
enum { ALLOC_HEAD_LEN = alignof(max_align_t) };

_Static_assert(ALLOC_HEAD_LEN >= sizeof(size_t), "the size fits in front of the memory");

static void *wiping_malloc(size_t size)
{
	unsigned char *head = NULL;

	if (size > SIZE_MAX - ALLOC_HEAD_LEN) {
		return NULL;
	}
	head = malloc(ALLOC_HEAD_LEN + size);
	if (head == NULL) {
		return NULL;
	}
	memcpy(head, &size, sizeof(size));
	return head + ALLOC_HEAD_LEN;
}

static void wiping_free(void *mem)
{
	unsigned char *head = mem;
	size_t size = 0;

	if (mem == NULL) {
		return;
	}
	head -= ALLOC_HEAD_LEN;
	memcpy(&size, head, sizeof(size));
	OPENSSL_cleanse(mem, size);
	free(head);
}

void admin_json_init(void)
{
	json_set_alloc_funcs(wiping_malloc, wiping_free);
}

/* Receive exactly len octets. HSS_ERR_NOT_FOUND: the peer had closed before the first one. */
static enum hss_err receive_all(int fd, unsigned char *out, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = recv(fd, out + got, len - got, 0);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n == 0) {
			errno = ECONNRESET;
			return got == 0 ? HSS_ERR_NOT_FOUND : HSS_ERR_IO;
		}
		if (n < 0) {
			return HSS_ERR_IO;
		}
		got += (size_t)n;
	}
	return HSS_OK;
}

static enum hss_err send_all(int fd, const unsigned char *octets, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, octets, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return HSS_ERR_IO;
		}
		octets += n;
		len -= (size_t)n;
	}
	return HSS_OK;
}

enum hss_err admin_frame_read(int fd, json_t **out)
{
	unsigned char head[FRAME_HEAD_LEN];
	unsigned char *body = NULL;
	json_t *json = NULL;
	size_t len = 0;
	enum hss_err err = receive_all(fd, head, sizeof(head));

	if (err != HSS_OK) {
		return err;
	}
	for (size_t i = 0; i < sizeof(head); i++) {
		len = len << OCTET_BITS | head[i];
	}
	if (len > ADMIN_FRAME_MAX) {
		return HSS_ERR_LIMIT;
	}
	body = malloc(len + 1);
	if (body == NULL) {
		return HSS_ERR_MEMORY;
	}
	err = receive_all(fd, body, len);
	if (err == HSS_ERR_NOT_FOUND) { /* behind a head it is an end in the middle */
		err = HSS_ERR_IO;
	}
	if (err == HSS_OK) {
		json = json_loadb((const char *)body, len, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(json)) {
			json_decref(json);
			json = NULL;
			err = HSS_ERR_INVALID;
		}
	}
	OPENSSL_cleanse(body, len + 1);
	free(body);
	if (err == HSS_OK) {
		*out = json;
	}
	return err;
}

enum hss_err admin_frame_write(int fd, const json_t *json)
{
	const size_t len = json_dumpb(json, NULL, 0, JSON_COMPACT);
	unsigned char *frame = NULL;
	enum hss_err err = HSS_ERR_MEMORY;

	if (len == 0) { /* no JSON text is empty */
		return HSS_ERR_MEMORY;
	}
	if (len > ADMIN_FRAME_MAX) {
		return HSS_ERR_LIMIT;
	}
	frame = malloc(FRAME_HEAD_LEN + len);
	if (frame == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (size_t i = 0; i < FRAME_HEAD_LEN; i++) {
		frame[i] = (unsigned char)(len >> OCTET_BITS * (FRAME_HEAD_LEN - 1 - i));
	}
	if (json_dumpb(json, (char *)frame + FRAME_HEAD_LEN, len, JSON_COMPACT) == len) {
		err = send_all(fd, frame, FRAME_HEAD_LEN + len);
	}
	OPENSSL_cleanse(frame, FRAME_HEAD_LEN + len);
	free(frame);
	return err;
}
