/* hssctl subscriber show, list, count, delete, set. */
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "hss/admin.h"
#include "hss/identity.h"
#include "hssctl.h"
#include "options.h"
#include "output.h"
#include "secrets.h"

/* One operation on the identity given. */
static int ask_and_show(const struct cli *cli, const char *op, bool write)
{
	return backend_show(cli, write, json_pack("{s:s, s:s}", "op", op, "identity", cli->arg[0]),
	                    NULL);
}

int cmd_subscriber_show(const struct cli *cli)
{
	return ask_and_show(cli, "subscriber.get", false);
}

int cmd_subscriber_count(const struct cli *cli)
{
	return backend_show(cli, false, json_pack("{s:s}", "op", "subscriber.count"), NULL);
}

int cmd_subscriber_delete(const struct cli *cli)
{
	return ask_and_show(cli, "subscriber.delete", true);
}

/* "IMPI: IMPU IMPU" for each IMPI of an entry. */
static void entry_lines(const json_t *entry)
{
	const json_t *doc = json_object_get(entry, "subscriber");
	const json_t *impis = json_object_get(doc, "impis");
	const json_t *sets = json_object_get(doc, "sets");

	for (size_t i = 0; i < json_array_size(impis); i++) {
		(void)printf("%s:",
		             json_string_value(json_object_get(json_array_get(impis, i), "impi")));
		for (size_t s = 0; s < json_array_size(sets); s++) {
			const json_t *impus = json_object_get(json_array_get(sets, s), "impus");

			for (size_t u = 0; u < json_array_size(impus); u++) {
				(void)printf(" %s", json_string_value(json_object_get(
							    json_array_get(impus, u), "impu")));
			}
		}
		(void)putchar('\n');
	}
}

int cmd_subscriber_list(const struct cli *cli)
{
	struct backend *backend = backend_open(cli->conf, false);
	const bool as_json = cli_has(cli, OPT_JSON);
	json_int_t after = 0;
	size_t n_entries = 0;
	json_t *reply = NULL;
	bool more = backend != NULL;

	(void)fputs(as_json && more ? "[" : "", stdout);
	while (more) {
		const json_t *list = NULL;

		reply = backend_ask(
			backend, json_pack("{s:s, s:I}", "op", "subscriber.list", "after", after));
		list = json_object_get(reply, "subscribers");
		for (size_t i = 0; i < json_array_size(list); i++) {
			if (as_json) {
				(void)fputs(n_entries++ > 0 ? ",\n" : "\n", stdout);
				(void)json_dumpf(json_array_get(list, i), stdout, JSON_COMPACT);
			} else {
				entry_lines(json_array_get(list, i));
			}
		}
		more = json_is_integer(json_object_get(reply, "next"));
		after = json_integer_value(json_object_get(reply, "next"));
		if (more) {
			json_decref(reply);
		}
	}
	(void)fputs(as_json && reply != NULL ? "\n]\n" : "", stdout);
	backend_close(backend);
	json_decref(reply);
	return reply != NULL ? EXIT_DONE : EXIT_FAILED;
}

/* A text member of which an empty text says that it goes. */
static void text_or_null_set(const struct cli *cli, enum option_id id, json_t *obj,
                             const char *member)
{
	const char *value = cli_value(cli, id);

	if (value != NULL) {
		(void)json_object_set_new(obj, member,
		                          value[0] != '\0' ? json_string(value) : json_null());
	}
}

/* The changes of the IMPU that the argument names. */
static void impu_changes(const struct cli *cli, json_t *changes)
{
	json_t *impu = json_pack("{s:s}", "impu", cli->arg[0]);

	option_bool_set(cli, OPT_BARRED, impu, "barred");
	option_bool_set(cli, OPT_PSI_ACTIVE, impu, "psi_active");
	option_text_set(cli, OPT_PROFILE, impu, "profile");
	option_bool_set(cli, OPT_LOOSE_ROUTE, impu, "loose_route");
	option_bool_set(cli, OPT_PRIVILEGED_SENDER, impu, "privileged_sender");
	text_or_null_set(cli, OPT_DISPLAY_NAME, impu, "display_name");
	text_or_null_set(cli, OPT_ALIAS_GROUP, impu, "alias_group");
	if (json_object_size(impu) > 1) {
		(void)json_object_set_new(changes, "impus", json_pack("[O]", impu));
	}
	json_decref(impu);
}

/* What the options change. NULL after a message. */
static json_t *changes_of(const struct cli *cli)
{
	json_t *changes = json_object();

	option_bool_set(cli, OPT_REGISTRATION_ALLOWED, changes, "registration_allowed");
	option_text_set(cli, OPT_IMPI, changes, "impi");
	option_text_set(cli, OPT_AMF, changes, "amf");
	option_text_set(cli, OPT_SQN, changes, "sqn");
	option_digest_set(cli, changes);
	option_text_set(cli, OPT_DEFAULT_IMPU, changes, "default_impu");
	text_or_null_set(cli, OPT_CHARGING, changes, "charging");
	text_or_null_set(cli, OPT_CAPABILITIES, changes, "capabilities");
	if (cli_has(cli, OPT_VISITED) || cli_has(cli, OPT_ANY_VISITED)) {
		(void)json_object_set_new(changes, "visited", option_texts(cli, OPT_VISITED));
	}
	if (cli_has(cli, OPT_ADD_IMPU)) {
		(void)json_object_set_new(changes, "add_impus", option_impus(cli, OPT_ADD_IMPU));
	}
	if (cli_has(cli, OPT_REMOVE_IMPU)) {
		(void)json_object_set_new(changes, "remove_impus",
		                          option_texts(cli, OPT_REMOVE_IMPU));
	}
	impu_changes(cli, changes);
	if (cli_has(cli, OPT_SECRETS) && !secrets_read(cli_value(cli, OPT_SECRETS), changes)) {
		json_decref(changes);
		return NULL;
	}
	return changes;
}

int cmd_subscriber_set(const struct cli *cli)
{
	json_t *changes = NULL;

	if (cli_has(cli, OPT_VISITED) && cli_has(cli, OPT_ANY_VISITED)) {
		return cli_misused(cli, "--visited and --any-visited exclude each other");
	}
	changes = changes_of(cli);
	if (changes == NULL) {
		return EXIT_FAILED;
	}
	if (json_object_size(changes) == 0) {
		json_decref(changes);
		return cli_misused(cli, "nothing to change");
	}
	return backend_show(cli, true,
	                    json_pack("{s:s, s:s, s:o}", "op", "subscriber.set", "identity",
	                              cli->arg[0], "changes", changes),
	                    NULL);
}
