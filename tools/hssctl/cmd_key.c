/* hssctl key: init, add, rotate, status, retire: the master keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "hss/conf.h"
#include "hss/seal.h"
#include "hssctl.h"
#include "output.h"

int cmd_key_init(const struct cli *cli)
{
	const char *path = cli->arg[0];
	const enum hss_err err = seal_create(path);

	if (err != HSS_OK) {
		return cli_fail("%s: %s", path,
		                err == HSS_ERR_EXISTS ? "is there already; a master key is never "
		                                        "overwritten"
		                : err == HSS_ERR_IO   ? strerror(errno)
		                                      : hss_err_text(err));
	}
	return cli_show(cli, json_pack("{s:s, s:i}", "file", path, "id", 1));
}

int cmd_key_add(const struct cli *cli)
{
	char why[SEAL_WHY_LEN];
	unsigned id = 0;

	if (seal_add(cli->arg[0], &id, why) != HSS_OK) {
		return cli_fail("%s", why);
	}
	return cli_show(cli, json_pack("{s:s, s:i}", "file", cli->arg[0], "id", (int)id));
}

static bool is_credential(const struct hss_conf *conf)
{
	return strncmp(conf->master_key, SEAL_CREDENTIAL, strlen(SEAL_CREDENTIAL)) == 0;
}

/* A new key at the end of the file, unless the last rotation is not finished: then that goes on. */
static bool key_add(const struct hss_conf *conf)
{
	char why[SEAL_WHY_LEN];
	unsigned id = 0;

	if (is_credential(conf)) {
		(void)cli_fail("%s is a credential, which cannot be written here: add a key to the "
		               "file that it is made from (hssctl key add FILE), restart the HSS, "
		               "and call key rotate again",
		               conf->master_key);
		return false;
	}
	if (seal_add(conf->master_key, &id, why) != HSS_OK) {
		(void)cli_fail("%s", why);
		return false;
	}
	return true;
}

/* The keys of the file come into use. *rotating: records are sealed under others as well. */
static bool keys_load(struct backend *backend, json_int_t *sealing, bool *rotating)
{
	json_t *reply = backend_ask(backend, json_pack("{s:s}", "op", "key.load"));
	const bool good = reply != NULL;

	*sealing = json_integer_value(json_object_get(reply, "sealing"));
	*rotating = json_is_true(json_object_get(reply, "rotating"));
	json_decref(reply);
	return good;
}

static void unopened_tell(const json_t *reply)
{
	const json_t *list = json_object_get(reply, "unopened");

	for (size_t i = 0; i < json_array_size(list); i++) {
		(void)cli_fail("%s: a sealed record does not open: it was changed, or belongs to "
		               "another IMPI; it stays as it is",
		               json_string_value(json_array_get(list, i)));
	}
}

/* Portion by portion to the end. Returns false after a message. */
static bool portions_rotate(struct backend *backend, json_int_t *renewed, json_int_t *left_out)
{
	bool end = false;
	bool good = true;

	while (good && !end) {
		json_t *reply = backend_ask(backend, json_pack("{s:s}", "op", "key.rotate"));

		good = reply != NULL;
		end = json_is_true(json_object_get(reply, "end"));
		*renewed += json_integer_value(json_object_get(reply, "renewed"));
		*left_out = json_integer_value(json_object_get(reply, "left_out"));
		unopened_tell(reply);
		json_decref(reply);
	}
	return good;
}

static bool rotate(const struct hss_conf *conf, struct backend *backend, json_t *view)
{
	json_int_t sealing = 0;
	json_int_t renewed = 0;
	json_int_t left_out = 0;
	bool rotating = false;
	bool resumed = false;

	if (!keys_load(backend, &sealing, &rotating)) {
		return false;
	}
	resumed = rotating;
	if (!resumed && (!key_add(conf) || !keys_load(backend, &sealing, &rotating))) {
		return false;
	}
	if (!portions_rotate(backend, &renewed, &left_out)) {
		(void)cli_fail("every record opens all the same; hssctl key rotate goes on");
		return false;
	}
	(void)json_object_set_new(view, "sealing", json_integer(sealing));
	(void)json_object_set_new(view, "resumed", json_boolean(resumed));
	(void)json_object_set_new(view, "renewed", json_integer(renewed));
	(void)json_object_set_new(view, "left_out", json_integer(left_out));
	if (left_out != 0) {
		(void)cli_fail("records of %lld IMPIs are left under a former key: give these "
		               "IMPIs new keys, or mend them, and call key rotate again",
		               (long long)left_out);
	}
	return true;
}

int cmd_key_rotate(const struct cli *cli)
{
	struct hss_conf *conf = cli_conf_hss(cli->conf);
	struct backend *backend = conf != NULL ? backend_open(cli->conf, true) : NULL;
	json_t *view = json_object();
	const bool good = backend != NULL && view != NULL && rotate(conf, backend, view);
	const bool whole = json_integer_value(json_object_get(view, "left_out")) == 0;

	backend_close(backend);
	conf_free(conf);
	if (!good) {
		json_decref(view);
		return EXIT_FAILED;
	}
	return cli_show(cli, view) == EXIT_DONE && whole ? EXIT_DONE : EXIT_FAILED;
}

int cmd_key_status(const struct cli *cli)
{
	return backend_show(cli, false, json_pack("{s:s}", "op", "key.status"), NULL);
}

/* Whether no record needs the key. False after a message. */
static bool is_free(const json_t *status, unsigned id)
{
	const json_t *keys = json_object_get(status, "keys");

	for (size_t i = 0; i < json_array_size(keys); i++) {
		const json_t *key = json_array_get(keys, i);

		if (json_integer_value(json_object_get(key, "id")) != id) {
			continue;
		}
		if (json_is_true(json_object_get(key, "seals"))) {
			(void)cli_fail("key %u is the one that seals", id);
			return false;
		}
		if (json_is_true(json_object_get(key, "needed"))) {
			(void)cli_fail(
				"key %u is needed: %lld records are sealed under it; hssctl "
				"key rotate seals them anew",
				id, (long long)json_integer_value(json_object_get(key, "records")));
			return false;
		}
	}
	return true;
}

/* Out of the file that the keys come from: of a credential the one that is named. */
static bool retire(const struct cli *cli, const struct hss_conf *conf, unsigned id)
{
	const char *path = cli->n_arg > 1 ? cli->arg[1] : conf->master_key;
	char why[SEAL_WHY_LEN];

	if (cli->n_arg < 2 && is_credential(conf)) {
		(void)cli_fail("%s is a credential: name the file that it is made from",
		               conf->master_key);
		return false;
	}
	if (seal_remove(path, id, why) != HSS_OK) {
		(void)cli_fail("%s", why);
		return false;
	}
	return true;
}

int cmd_key_retire(const struct cli *cli)
{
	char *end = NULL;
	const unsigned long id = strtoul(cli->arg[0], &end, 10);
	struct hss_conf *conf = NULL;
	struct backend *backend = NULL;
	json_t *status = NULL;
	json_int_t sealing = 0;
	bool rotating = false;
	bool good = false;

	if (*end != '\0' || id < 1 || id > SEAL_ID_MAX) {
		return cli_misused(cli, "\"%s\" is not the id of a master key", cli->arg[0]);
	}
	conf = cli_conf_hss(cli->conf);
	backend = conf != NULL ? backend_open(cli->conf, true) : NULL;
	if (backend != NULL) {
		status = backend_ask(backend, json_pack("{s:s}", "op", "key.status"));
		good = status != NULL && is_free(status, (unsigned)id) &&
		       retire(cli, conf, (unsigned)id) &&
		       (is_credential(conf) || keys_load(backend, &sealing, &rotating));
	}
	json_decref(status);
	backend_close(backend);
	conf_free(conf);
	return good ? cli_show(cli, json_pack("{s:i}", "retired", (int)id)) : EXIT_FAILED;
}
