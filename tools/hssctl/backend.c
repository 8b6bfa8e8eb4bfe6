#include "backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "auc/auc.h"
#include "hss/admin.h"
#include "hss/keys.h"
#include "hssctl.h"
#include "output.h"

struct backend {
	struct hss_conf *conf;
	int fd;        /* of the admin socket, or -1 */
	json_t *reply; /* to backend_receive, without a daemon */

	/* Without a daemon. */
	struct store *store;
	bool hold;    /* commit only when backend_settle is called */
	bool pending; /* a transaction is open */
	struct seal *seal;
	struct auc_ctx *auc;
};

/*
 * Connect to the daemon. False after a message; true with fd -1 when there is no daemon: no socket,
 * nobody behind it, or a path that no socket can have.
 */
static bool daemon_connect(struct backend *backend)
{
	const char *path = backend->conf->admin_socket;
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(addr.sun_path)) {
		return true;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	backend->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (backend->fd < 0) {
		(void)cli_fail("socket: %s", strerror(errno));
		return false;
	}
	if (connect(backend->fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0) {
		return true;
	}
	if (errno != ENOENT && errno != ECONNREFUSED) {
		(void)cli_fail("the admin socket %s: %s", path, strerror(errno));
		return false;
	}
	(void)close(backend->fd);
	backend->fd = -1;
	return true;
}

static bool store_open_here(struct backend *backend, bool write)
{
	const struct hss_conf *conf = backend->conf;
	enum hss_err err =
		store_open(conf->database, write ? STORE_WRITE : STORE_READ, &backend->store);

	if (err == HSS_ERR_LOCKED) {
		(void)cli_fail("the database %s is locked by another process, but no HSS answers "
		               "on the admin socket %s: "
		               "an HSS that starts or ends, or another hssctl; try again",
		               conf->database, conf->admin_socket);
	} else if (err != HSS_OK) {
		(void)cli_fail("%s", backend->store != NULL ? store_error(backend->store)
		                                            : hss_err_text(err));
	}
	return err == HSS_OK;
}

static bool parts_open(struct backend *backend, bool write)
{
	char why[SEAL_WHY_LEN] = "";
	enum auc_err auc = AUC_OK;

	if (seal_open(backend->conf->master_key, &backend->seal, why) != HSS_OK) {
		(void)cli_fail("%s", why);
		return false;
	}
	if (!store_open_here(backend, write)) {
		return false;
	}
	if ((write ? keys_open : keys_check)(backend->store, backend->seal, why) != HSS_OK) {
		(void)cli_fail("%s", why);
		return false;
	}
	auc = auc_open(&backend->auc);
	if (auc != AUC_OK) {
		(void)cli_fail("the authentication centre: %s", auc_err_text(auc));
	}
	return auc == AUC_OK;
}

static struct backend *open_as(const char *conf_path, bool write, bool here)
{
	struct backend *backend = calloc(1, sizeof(*backend));

	if (backend == NULL) {
		(void)cli_fail("out of memory");
		return NULL;
	}
	backend->fd = -1;
	backend->conf = cli_conf_hss(conf_path);
	if (backend->conf == NULL) {
		goto fail;
	}
	if ((!here && !daemon_connect(backend)) ||
	    (backend->fd < 0 && !parts_open(backend, write))) {
		goto fail;
	}
	return backend;
fail:
	backend_close(backend);
	return NULL;
}

struct backend *backend_open(const char *conf_path, bool write)
{
	return open_as(conf_path, write, false);
}

struct backend *backend_open_here(const char *conf_path)
{
	return open_as(conf_path, false, true);
}

bool backend_is_daemon(const struct backend *backend)
{
	return backend->fd >= 0;
}

void backend_close(struct backend *backend)
{
	if (backend == NULL) {
		return;
	}
	if (backend->fd >= 0) {
		(void)close(backend->fd);
	}
	json_decref(backend->reply);
	auc_close(backend->auc);
	seal_close(backend->seal);
	store_close(backend->store);
	conf_free(backend->conf);
	free(backend);
}

static void tell_socket(const struct backend *backend, enum hss_err err)
{
	if (err == HSS_ERR_NOT_FOUND) {
		(void)cli_fail("the HSS behind %s closed the connection: it serves only root and "
		               "its own user, or it ends",
		               backend->conf->admin_socket);
	} else if (err != HSS_OK) {
		(void)cli_fail("the admin socket %s: %s", backend->conf->admin_socket,
		               err == HSS_ERR_IO ? strerror(errno) : hss_err_text(err));
	}
}

/* An operation that only looks, in one snapshot. */
static enum hss_err serve_reading(struct backend *backend, struct admin *admin,
                                  const json_t *request, json_t **reply)
{
	enum hss_err err = backend->pending ? HSS_OK : store_begin(backend->store);

	if (err == HSS_OK) {
		err = admin_serve(admin, request, reply);
	}
	if (!backend->pending) {
		store_rollback(backend->store);
	}
	return err;
}

static enum hss_err settle_here(struct backend *backend)
{
	enum hss_err err = HSS_OK;

	if (backend->pending) {
		backend->pending = false;
		err = store_commit(backend->store);
	}
	return err == HSS_OK ? store_maintain(backend->store, false) : err;
}

/* A writing operation, a part of a transaction that it begins unless one is held. */
static enum hss_err serve_writing(struct backend *backend, struct admin *admin,
                                  const json_t *request, json_t **reply)
{
	enum hss_err err = backend->pending ? HSS_OK : store_begin(backend->store);
	enum hss_err end = HSS_OK;

	if (err == HSS_OK) {
		backend->pending = true;
		err = store_part_begin(backend->store);
	}
	if (err != HSS_OK) {
		return err;
	}
	err = admin_serve(admin, request, reply);
	end = store_part_end(backend->store,
	                     err == HSS_OK && json_is_true(json_object_get(*reply, "ok")));
	if (err == HSS_OK) {
		err = end;
	}
	return err == HSS_OK && !backend->hold ? settle_here(backend) : err;
}

static void tell_store(const struct backend *backend, enum hss_err err)
{
	const char *text = store_error(backend->store);

	(void)cli_fail("%s", text[0] != '\0' ? text : hss_err_text(err));
}

void backend_hold(struct backend *backend)
{
	backend->hold = true;
}

bool backend_settle(struct backend *backend)
{
	enum hss_err err = backend->fd >= 0 ? HSS_OK : settle_here(backend);

	if (err != HSS_OK) {
		tell_store(backend, err);
	}
	return err == HSS_OK;
}

static json_t *call_here(struct backend *backend, const json_t *request)
{
	struct admin admin = {
		.store = backend->store,
		.seal = backend->seal,
		.auc = backend->auc,
		.policy = &backend->conf->policy,
		.now = time(NULL),
	};
	json_t *reply = NULL;
	enum hss_err err = admin_is_read(request) ? serve_reading(backend, &admin, request, &reply)
	                                          : serve_writing(backend, &admin, request, &reply);

	if (err != HSS_OK) {
		tell_store(backend, err);
		json_decref(reply);
		reply = NULL;
	}
	return reply;
}

bool backend_send(struct backend *backend, json_t *request)
{
	enum hss_err err = HSS_OK;

	if (request == NULL) {
		(void)cli_fail("out of memory");
		return false;
	}
	if (backend->fd >= 0) {
		err = admin_frame_write(backend->fd, request);
		tell_socket(backend, err);
	} else {
		backend->reply = call_here(backend, request);
		err = backend->reply != NULL ? HSS_OK : HSS_ERR_STORE;
	}
	json_decref(request);
	return err == HSS_OK;
}

bool backend_receive(struct backend *backend, json_t **reply)
{
	*reply = backend->reply;
	backend->reply = NULL;
	if (backend->fd >= 0) {
		tell_socket(backend, admin_frame_read(backend->fd, reply));
	}
	return json_is_true(json_object_get(*reply, "ok"));
}

bool backend_call(struct backend *backend, json_t *request, json_t **reply)
{
	*reply = NULL;
	return backend_send(backend, request) && backend_receive(backend, reply);
}

void backend_tell(const json_t *reply)
{
	const json_t *details = json_object_get(reply, "details");
	const char *error = json_string_value(json_object_get(reply, "error"));

	if (reply == NULL) {
		return;
	}
	for (size_t i = 0; i < json_array_size(details); i++) {
		const json_t *detail = json_array_get(details, i);
		const char *field = json_string_value(json_object_get(detail, "field"));
		const char *reason = json_string_value(json_object_get(detail, "reason"));

		(void)cli_fail("%s%s%s", field != NULL ? field : "",
		               field != NULL && field[0] != '\0' ? ": " : "",
		               reason != NULL ? reason : "is refused");
	}
	(void)cli_fail("%s", error != NULL ? error : "the reply says neither ok nor why not");
}

/* Put the number of its document before the field of each detail. */
static void number_details(json_t *details, size_t first, size_t n)
{
	for (size_t i = 0; n > 1 && i < json_array_size(details); i++) {
		json_t *detail = json_array_get(details, i);
		const size_t index = (size_t)json_integer_value(json_object_get(detail, "index"));
		json_t *field = json_sprintf("document %zu: %s", first + index + 1,
		                             json_string_value(json_object_get(detail, "field")));

		(void)json_object_set_new(detail, "field", field);
	}
}

void backend_tell_numbered(json_t *reply, size_t first, size_t n)
{
	number_details(json_object_get(reply, "details"), first, n);
	backend_tell(reply);
}

void backend_warn(json_t *reply, size_t first, size_t n)
{
	json_t *warnings = json_object_get(reply, "warnings");

	number_details(warnings, first, n);
	for (size_t i = 0; i < json_array_size(warnings); i++) {
		const json_t *warning = json_array_get(warnings, i);

		(void)cli_fail("warning: %s: %s",
		               json_string_value(json_object_get(warning, "field")),
		               json_string_value(json_object_get(warning, "reason")));
	}
	(void)json_object_del(reply, "warnings");
}

json_t *backend_ask(struct backend *backend, json_t *request)
{
	json_t *reply = NULL;

	if (backend_call(backend, request, &reply)) {
		return reply;
	}
	backend_tell(reply);
	json_decref(reply);
	return NULL;
}

int backend_show(const struct cli *cli, bool write, json_t *request, const char *member)
{
	struct backend *backend = backend_open(cli->conf, write);
	json_t *reply = NULL;

	if (backend == NULL) {
		json_decref(request);
		return EXIT_FAILED;
	}
	reply = backend_ask(backend, request);
	if (reply != NULL) {
		backend_warn(reply, 0, 1);
		output_show(member != NULL ? json_object_get(reply, member) : reply,
		            cli_has(cli, OPT_JSON));
	}
	backend_close(backend);
	json_decref(reply);
	return reply != NULL ? EXIT_DONE : EXIT_FAILED;
}
