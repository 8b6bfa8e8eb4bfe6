/* hssctl deregister; push list, show, retry, cancel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "hssctl.h"
#include "output.h"

int cmd_deregister(const struct cli *cli)
{
	json_t *request = json_pack("{s:s, s:s}", "op", "deregister", "identity", cli->arg[0]);
	const struct option_values *impus = &cli->option[OPT_IMPU];
	json_t *list = impus->n > 0 ? json_array() : NULL;

	for (size_t i = 0; i < impus->n; i++) {
		(void)json_array_append_new(list, json_string(impus->value[i]));
	}
	if (list != NULL) {
		(void)json_object_set_new(request, "impus", list);
	}
	if (cli_has(cli, OPT_REASON)) {
		(void)json_object_set_new(request, "reason",
		                          json_string(cli_value(cli, OPT_REASON)));
	}
	if (cli_has(cli, OPT_INFO)) {
		(void)json_object_set_new(request, "info", json_string(cli_value(cli, OPT_INFO)));
	}
	return backend_show(cli, true, request, NULL);
}

/* One line for people; the rest is in push show. */
static void push_line(const json_t *push)
{
	const char *outcome = json_string_value(json_object_get(push, "outcome"));

	(void)printf("%lld %s %s %s %s set %lld, %lld sent%s%s\n",
	             (long long)json_integer_value(json_object_get(push, "id")),
	             json_string_value(json_object_get(push, "kind")),
	             json_string_value(json_object_get(push, "state")),
	             json_string_value(json_object_get(push, "host")),
	             json_string_value(json_object_get(push, "impi")),
	             (long long)json_integer_value(json_object_get(push, "set")),
	             (long long)json_integer_value(json_object_get(push, "attempts")),
	             outcome != NULL ? ": " : "", outcome != NULL ? outcome : "");
}

int cmd_push_list(const struct cli *cli)
{
	struct backend *backend = backend_open(cli->conf, false);
	const bool as_json = cli_has(cli, OPT_JSON);
	size_t n_shown = 0;
	json_int_t after = 0;
	json_t *reply = NULL;
	bool more = backend != NULL;

	(void)fputs(as_json && more ? "[" : "", stdout);
	while (more) {
		const json_t *list = NULL;

		json_decref(reply);
		reply = backend_ask(backend,
		                    json_pack("{s:s, s:I, s:b}", "op", "push.list", "after", after,
		                              "waiting", cli_has(cli, OPT_WAITING)));
		list = json_object_get(reply, "pushes");
		for (size_t i = 0; i < json_array_size(list); i++) {
			if (as_json) {
				(void)fputs(n_shown++ > 0 ? ",\n" : "\n", stdout);
				(void)json_dumpf(json_array_get(list, i), stdout, JSON_COMPACT);
			} else {
				push_line(json_array_get(list, i));
			}
		}
		more = json_is_integer(json_object_get(reply, "next"));
		after = json_integer_value(json_object_get(reply, "next"));
	}
	(void)fputs(as_json && reply != NULL ? "\n]\n" : "", stdout);
	backend_close(backend);
	json_decref(reply);
	return reply != NULL ? EXIT_DONE : EXIT_FAILED;
}

/* The id that the argument is; 0 after a message. */
static json_int_t id_read(const struct cli *cli)
{
	char *end = NULL;
	long long id = 0;

	errno = 0;
	id = strtoll(cli->arg[0], &end, 10);
	if (errno != 0 || *end != '\0' || id <= 0) {
		(void)cli_misused(cli, "\"%s\" is not the id of a push", cli->arg[0]);
		return 0;
	}
	return id;
}

int cmd_push_show(const struct cli *cli)
{
	const json_int_t id = id_read(cli);

	return id == 0 ? EXIT_USAGE
	               : backend_show(cli, false,
	                              json_pack("{s:s, s:I}", "op", "push.get", "id", id), "push");
}

/* The act on all of them, portion by portion. */
static int change_all(const struct cli *cli, const char *op)
{
	struct backend *backend = backend_open(cli->conf, true);
	json_int_t changed = 0;
	json_int_t after = 0;
	bool more = backend != NULL;
	bool good = more;

	while (more) {
		json_t *reply = backend_ask(
			backend, json_pack("{s:s, s:b, s:I}", "op", op, "all", 1, "after", after));

		good = reply != NULL;
		changed += json_integer_value(json_object_get(reply, "changed"));
		more = json_is_integer(json_object_get(reply, "next"));
		after = json_integer_value(json_object_get(reply, "next"));
		json_decref(reply);
	}
	backend_close(backend);
	return good ? cli_show(cli, json_pack("{s:I}", "changed", changed)) : EXIT_FAILED;
}

static int change(const struct cli *cli, const char *op)
{
	json_int_t id = 0;

	if (strcmp(cli->arg[0], "all") == 0) {
		return change_all(cli, op);
	}
	id = id_read(cli);
	return id == 0 ? EXIT_USAGE
	               : backend_show(cli, true, json_pack("{s:s, s:I}", "op", op, "id", id), NULL);
}

int cmd_push_retry(const struct cli *cli)
{
	return change(cli, "push.retry");
}

int cmd_push_cancel(const struct cli *cli)
{
	return change(cli, "push.cancel");
}
