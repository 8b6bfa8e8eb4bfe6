/* hssctl profile, ifc-set, charging, capabilities: apply, list, show, delete; profile set. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "changes.h"
#include "hssctl.h"
#include "options.h"
#include "output.h"

/* A document without secrets. NULL after a message. */
static json_t *document_load(const char *path)
{
	const bool here = strcmp(path, "-") == 0;
	json_error_t error;
	json_t *doc = here ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &error)
	                   : json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	if (doc == NULL && error.line > 0) {
		(void)cli_fail("%s:%d: %s", here ? "standard input" : path, error.line, error.text);
	} else if (doc == NULL) {
		(void)cli_fail("%s", error.text);
	}
	return doc;
}

/* The name given, or that of the document: "name", or "id" of a shared set. NULL: memory, or none.
 */
static json_t *name_of(const struct cli *cli, const json_t *doc)
{
	const json_t *id = json_object_get(doc, "id");

	if (cli->n_arg > 1) {
		return json_string(cli->arg[0]);
	}
	if (json_is_integer(id)) {
		return json_sprintf("%lld", (long long)json_integer_value(id));
	}
	return json_string(json_string_value(json_object_get(doc, "name")));
}

/* An operation that applies something: what it changes. */
static int ask_and_apply(const struct cli *cli, bool write, json_t *request)
{
	struct backend *backend = backend_open(cli->conf, write);
	json_t *reply = NULL;

	if (backend == NULL) {
		json_decref(request);
		return EXIT_FAILED;
	}
	reply = backend_ask(backend, request);
	if (reply != NULL && cli_has(cli, OPT_JSON)) {
		output_show(reply, true);
	} else if (reply != NULL) {
		applied_show(reply);
	}
	backend_close(backend);
	json_decref(reply);
	return reply != NULL ? EXIT_DONE : EXIT_FAILED;
}

int cmd_object_apply(const struct cli *cli)
{
	const bool dry_run = cli_has(cli, OPT_DRY_RUN);
	json_t *doc = document_load(cli->arg[cli->n_arg - 1]);
	json_t *name = NULL;

	if (doc == NULL) {
		return EXIT_FAILED;
	}
	name = name_of(cli, doc);
	if (name == NULL) {
		json_decref(doc);
		return cli_misused(cli, "no name is given, and the document has none");
	}
	return ask_and_apply(cli, !dry_run,
	                     json_pack("{s:s, s:s, s:o, s:o, s:b}", "op", "object.apply", "kind",
	                               cli->command->noun, "name", name, "document", doc, "dry_run",
	                               dry_run));
}

int cmd_profile_set(const struct cli *cli)
{
	const char *media = cli_value(cli, OPT_MEDIA_PROFILE);
	char *end = NULL;
	long long number = 0;
	json_t *request = NULL;

	if (media != NULL) {
		errno = 0;
		number = strtoll(media, &end, 10);
		if (end == media || *end != '\0' || errno != 0) {
			return cli_misused(cli, "--media-profile takes a number");
		}
	}
	request = json_pack("{s:s, s:s}", "op", "profile.set", "name", cli->arg[0]);
	option_bool_set(cli, OPT_UNREGISTERED_SERVICES, request, "unregistered_services");
	if (request != NULL && media != NULL) {
		(void)json_object_set_new(request, "media_profile", json_integer(number));
	}
	return ask_and_apply(cli, true, request);
}

int cmd_object_show(const struct cli *cli)
{
	struct backend *backend = backend_open(cli->conf, false);
	json_t *reply = NULL;

	if (backend == NULL) {
		return EXIT_FAILED;
	}
	reply = backend_ask(backend, json_pack("{s:s, s:s, s:s}", "op", "object.get", "kind",
	                                       cli->command->noun, "name", cli->arg[0]));
	if (reply != NULL) { /* always JSON: it is what apply reads */
		output_show(json_object_get(reply, "document"), true);
	}
	backend_close(backend);
	json_decref(reply);
	return reply != NULL ? EXIT_DONE : EXIT_FAILED;
}

/* All names, page by page. NULL after a message. */
static json_t *names_load(const struct cli *cli, struct backend *backend)
{
	json_t *names = json_array();
	json_t *after = NULL;
	bool more = true;

	while (more) {
		json_t *reply =
			backend_ask(backend, json_pack("{s:s, s:s, s:O*}", "op", "object.list",
		                                       "kind", cli->command->noun, "after", after));

		json_decref(after);
		if (reply == NULL) {
			json_decref(names);
			return NULL;
		}
		(void)json_array_extend(names, json_object_get(reply, "names"));
		after = json_incref(json_object_get(reply, "next"));
		more = json_is_string(after);
		json_decref(reply);
	}
	json_decref(after);
	return names;
}

int cmd_object_list(const struct cli *cli)
{
	struct backend *backend = backend_open(cli->conf, false);
	json_t *names = backend != NULL ? names_load(cli, backend) : NULL;

	if (names != NULL && cli_has(cli, OPT_JSON)) {
		output_show(names, true);
	}
	for (size_t i = 0; !cli_has(cli, OPT_JSON) && i < json_array_size(names); i++) {
		(void)puts(json_string_value(json_array_get(names, i)));
	}
	backend_close(backend);
	json_decref(names);
	return names != NULL ? EXIT_DONE : EXIT_FAILED;
}

int cmd_object_delete(const struct cli *cli)
{
	return backend_show(cli, true,
	                    json_pack("{s:s, s:s, s:s}", "op", "object.delete", "kind",
	                              cli->command->noun, "name", cli->arg[0]),
	                    NULL);
}
