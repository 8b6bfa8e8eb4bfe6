/*
 * The admin socket: any octets as frames, or, when the first one says so, a line for each request,
 * in frames as they have to be. Requests are carried out one after the other on a store with
 * subscribers, in one transaction that is undone.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "hss/keys.h"
#include "node.h"

enum { HERE, THERE, REQUESTS_MAX = 16, IMPIS_MAX = 1000 };

static void put(int fd, const uint8_t *octets, size_t len)
{
	FUZZ_CHECK(send(fd, octets, len, MSG_DONTWAIT) == (ssize_t)len);
}

/* Behind their lengths. */
static void put_lines(int fd, struct fuzz_in *in)
{
	for (size_t n = 0; in->left > 0 && n < REQUESTS_MAX; n++) {
		char *line = fuzz_line(in);
		size_t len = 0;

		while (line[len] != '\0') {
			len++;
		}
		put(fd, (const uint8_t[]){0, 0, (uint8_t)(len >> 8), (uint8_t)len}, 4);
		if (len > 0) {
			put(fd, (const uint8_t *)line, len);
		}
		free(line);
	}
}

/* A reply fits into a frame, and arrives as it is. */
static void check_reply(json_t *reply)
{
	int fd[2];
	json_t *got = NULL;

	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	FUZZ_CHECK(admin_frame_write(fd[HERE], reply) == HSS_OK);
	FUZZ_CHECK(admin_frame_read(fd[THERE], &got) == HSS_OK);
	FUZZ_CHECK(json_equal(got, reply));
	json_decref(got);
	(void)close(fd[HERE]);
	(void)close(fd[THERE]);
}

static void serve(struct admin *admin, int fd)
{
	json_t *request = NULL;

	while (admin_frame_read(fd, &request) == HSS_OK) {
		json_t *reply = fuzz_serve(admin, request);

		check_reply(reply);
		json_decref(reply);
		json_decref(request);
		request = NULL;
	}
	FUZZ_CHECK(request == NULL);
}

/* It opens, and the master key that it is sealed under has a row: nobody would retire it. */
static void check_record(struct seal *seal, const struct store_sealed *sealed, bool is_ha1,
                         const struct store_master_key *row, size_t n)
{
	const struct seal_key *record = is_ha1 ? &sealed->ha1 : &sealed->key;
	struct seal_key renewed;
	size_t i = 0;

	FUZZ_CHECK(seal_renew(seal, sealed->impi, is_ha1, record, &renewed) == HSS_OK);
	while (i < n && row[i].id != seal_id_of(record)) {
		i++;
	}
	FUZZ_CHECK(i < n);
}

/* Whatever was requested: no key of a subscriber is lost. */
static void check_keys(const struct admin *admin)
{
	struct arena arena = {0};
	struct store_master_key *row = NULL;
	struct store_sealed *sealed = NULL;
	char why[SEAL_WHY_LEN];
	size_t n_rows = 0;
	size_t n = 0;

	FUZZ_CHECK(keys_check(admin->store, admin->seal, why) == HSS_OK);
	FUZZ_CHECK(store_master_keys(admin->store, &arena, &row, &n_rows) == HSS_OK);
	FUZZ_CHECK(store_sealed_list(admin->store, "", IMPIS_MAX, &arena, &sealed, &n) == HSS_OK);
	for (size_t i = 0; i < n; i++) {
		if (sealed[i].has_key) {
			check_record(admin->seal, &sealed[i], false, row, n_rows);
		}
		if (sealed[i].has_ha1) {
			check_record(admin->seal, &sealed[i], true, row, n_rows);
		}
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct admin *admin = fuzz_node();
	struct fuzz_in in = {data, size < UINT16_MAX ? size : UINT16_MAX};
	int fd[2];

	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	if (fuzz_u8(&in) == 'L') {
		put_lines(fd[HERE], &in);
	} else if (in.left > 0) {
		put(fd[HERE], in.at, in.left);
	}
	(void)close(fd[HERE]);
	FUZZ_CHECK(store_begin(admin->store) == HSS_OK);
	serve(admin, fd[THERE]);
	check_keys(admin);
	fuzz_node_undo(admin);
	(void)close(fd[THERE]);
	return 0;
}
