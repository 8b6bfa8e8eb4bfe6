/* hssctl subscriber add, show, list, count, delete, set. */
#include <stdio.h>
#include <string.h>

#include "backend.h"
#include "hss/admin.h"
#include "hss/identity.h"
#include "hssctl.h"
#include "output.h"
#include "secrets.h"

/* An array of texts from an option that may be repeated. */
static json_t *texts_of(const struct cli *cli, enum option_id id)
{
	json_t *list = json_array();

	for (size_t i = 0; i < cli->option[id].n; i++) {
		(void)json_array_append_new(list, json_string(cli->option[id].value[i]));
	}
	return list;
}

/* The same as objects {"impu": text}. */
static json_t *impus_of(const struct cli *cli, enum option_id id)
{
	json_t *list = json_array();

	for (size_t i = 0; i < cli->option[id].n; i++) {
		(void)json_array_append_new(list,
		                            json_pack("{s:s}", "impu", cli->option[id].value[i]));
	}
	return list;
}

/* Set a text member when the option was given. */
static void text_set(const struct cli *cli, enum option_id id, json_t *obj, const char *member)
{
	const char *value = cli_value(cli, id);

	if (value != NULL) {
		(void)json_object_set_new(obj, member, json_string(value));
	}
}

/* A yes or no likewise. */
static void bool_set(const struct cli *cli, enum option_id id, json_t *obj, const char *member)
{
	if (cli_has(cli, id)) {
		(void)json_object_set_new(obj, member, json_boolean(cli_yes(cli, id)));
	}
}

/* The members of an IMPI about its schemes. */
static void digest_set(const struct cli *cli, json_t *obj)
{
	text_set(cli, OPT_DIGEST_REALM, obj, "digest_realm");
	if (cli_has(cli, OPT_SCHEME)) {
		(void)json_object_set_new(obj, "schemes", texts_of(cli, OPT_SCHEME));
	}
}

/* The document that the options describe, in a list. NULL after a message, its kind in *rc. */
static json_t *document_of(const struct cli *cli, int *rc)
{
	json_t *impi = NULL;
	json_t *doc = NULL;

	if (!cli_has(cli, OPT_IMPI) || !cli_has(cli, OPT_IMPU) || !cli_has(cli, OPT_SECRETS)) {
		*rc = cli_misused(
			cli, "--impi, --impu and --secrets belong together (or --document alone)");
		return NULL;
	}
	impi = json_pack("{s:s}", "impi", cli_value(cli, OPT_IMPI));
	if (impi == NULL || !secrets_read(cli_value(cli, OPT_SECRETS), impi)) {
		json_decref(impi);
		*rc = EXIT_FAILED;
		return NULL;
	}
	text_set(cli, OPT_AMF, impi, "amf");
	text_set(cli, OPT_SQN, impi, "sqn");
	digest_set(cli, impi);
	doc = json_pack("[{s:[o], s:[{s:o}], s:o}]", "impis", impi, "sets", "impus",
	                impus_of(cli, OPT_IMPU), "visited", texts_of(cli, OPT_VISITED));
	if (doc == NULL) {
		*rc = cli_fail("out of memory (or an argument is not UTF-8)");
	}
	return doc;
}

static json_t *documents_of(const struct cli *cli, int *rc)
{
	json_t *docs = NULL;

	if (!cli_has(cli, OPT_DOCUMENT)) {
		return document_of(cli, rc);
	}
	for (size_t id = 0; id < N_OPTIONS; id++) {
		if (cli->option[id].n > 0 && id != OPT_DOCUMENT && id != OPT_DRY_RUN &&
		    id != OPT_JSON) {
			*rc = cli_misused(cli, "--document stands alone");
			return NULL;
		}
	}
	docs = documents_read(cli_value(cli, OPT_DOCUMENT));
	if (docs != NULL && json_array_size(docs) == 0) {
		(void)cli_fail("%s: no document", cli_value(cli, OPT_DOCUMENT));
		json_decref(docs);
		docs = NULL;
	}
	*rc = EXIT_FAILED;
	return docs;
}

/* Tell faults with the number of their document in the whole input. */
static void tell_numbered(json_t *reply, size_t first, size_t n)
{
	json_t *details = json_object_get(reply, "details");

	for (size_t i = 0; n > 1 && i < json_array_size(details); i++) {
		json_t *detail = json_array_get(details, i);
		const size_t index = (size_t)json_integer_value(json_object_get(detail, "index"));
		json_t *field = json_sprintf("document %zu: %s", first + index + 1,
		                             json_string_value(json_object_get(detail, "field")));

		(void)json_object_set_new(detail, "field", field);
	}
	backend_tell(reply);
}

/*
 * One pass over the documents in chunks. With more than one chunk what is there already, just like
 * this, is skipped, so that the command can be run again after an interruption.
 */
static bool documents_pass(struct backend *backend, json_t *docs, bool dry_run, json_int_t *added)
{
	const size_t n = json_array_size(docs);
	bool good = true;

	*added = 0;
	for (size_t first = 0; first < n && (good || dry_run); first += ADMIN_ROWS_MAX) {
		json_t *rows = json_array();
		json_t *reply = NULL;

		for (size_t i = first; i < n && i < first + ADMIN_ROWS_MAX; i++) {
			(void)json_array_append(rows, json_array_get(docs, i));
		}
		if (backend_call(backend,
		                 json_pack("{s:s, s:o, s:b, s:b}", "op", "subscriber.add",
		                           "subscribers", rows, "dry_run", dry_run, "if_absent",
		                           n > ADMIN_ROWS_MAX),
		                 &reply)) {
			*added += json_integer_value(json_object_get(reply, "added"));
		} else {
			tell_numbered(reply, first, n);
			good = false;
		}
		json_decref(reply);
	}
	return good;
}

int cmd_subscriber_add(const struct cli *cli)
{
	int rc = EXIT_FAILED;
	json_t *docs = documents_of(cli, &rc);
	const bool dry_run = cli_has(cli, OPT_DRY_RUN);
	struct backend *backend = NULL;
	json_t *view = NULL;
	json_int_t added = 0;
	bool good = false;

	if (docs == NULL) {
		return rc;
	}
	backend = backend_open(cli->conf, !dry_run);
	if (backend != NULL) {
		good = true;
		if (dry_run || json_array_size(docs) > ADMIN_ROWS_MAX) {
			good = documents_pass(backend, docs, true, &added);
		}
		if (good && !dry_run) {
			good = documents_pass(backend, docs, false, &added);
		}
	}
	backend_close(backend);
	json_decref(docs);
	view = good ? json_pack("{s:I}", dry_run ? "would_add" : "added", added) : NULL;
	if (view != NULL) {
		output_show(view, cli_has(cli, OPT_JSON));
	}
	json_decref(view);
	return good ? EXIT_DONE : EXIT_FAILED;
}

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

/* The changes of the IMPU that the argument names. */
static void impu_changes(const struct cli *cli, json_t *changes)
{
	const char *name = cli_value(cli, OPT_DISPLAY_NAME);
	json_t *impu = json_pack("{s:s}", "impu", cli->arg[0]);

	bool_set(cli, OPT_BARRED, impu, "barred");
	bool_set(cli, OPT_PSI_ACTIVE, impu, "psi_active");
	text_set(cli, OPT_PROFILE, impu, "profile");
	if (name != NULL) { /* an empty one removes it */
		(void)json_object_set_new(impu, "display_name",
		                          name[0] != '\0' ? json_string(name) : json_null());
	}
	if (json_object_size(impu) > 1) {
		(void)json_object_set_new(changes, "impus", json_pack("[O]", impu));
	}
	json_decref(impu);
}

/* What the options change. NULL after a message. */
static json_t *changes_of(const struct cli *cli)
{
	json_t *changes = json_object();

	bool_set(cli, OPT_REGISTRATION_ALLOWED, changes, "registration_allowed");
	text_set(cli, OPT_IMPI, changes, "impi");
	text_set(cli, OPT_AMF, changes, "amf");
	text_set(cli, OPT_SQN, changes, "sqn");
	digest_set(cli, changes);
	text_set(cli, OPT_DEFAULT_IMPU, changes, "default_impu");
	if (cli_has(cli, OPT_VISITED) || cli_has(cli, OPT_ANY_VISITED)) {
		(void)json_object_set_new(changes, "visited", texts_of(cli, OPT_VISITED));
	}
	if (cli_has(cli, OPT_ADD_IMPU)) {
		(void)json_object_set_new(changes, "add_impus", impus_of(cli, OPT_ADD_IMPU));
	}
	if (cli_has(cli, OPT_REMOVE_IMPU)) {
		(void)json_object_set_new(changes, "remove_impus", texts_of(cli, OPT_REMOVE_IMPU));
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
