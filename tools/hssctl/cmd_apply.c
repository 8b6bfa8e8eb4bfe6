/* hssctl subscriber apply: what the documents say is what is. */
#include <stdio.h>

#include "backend.h"
#include "changes.h"
#include "documents.h"
#include "hssctl.h"
#include "output.h"
#include "secrets.h"

/* What came of all documents. */
struct applied {
	json_t *view; /* as the reply of one request */
	json_t *told; /* its list of subscribers */
};

static void count_add(json_t *view, const char *member, const json_t *reply)
{
	const json_int_t sum = json_integer_value(json_object_get(view, member)) +
	                       json_integer_value(json_object_get(reply, member));

	(void)json_object_set_new(view, member, json_integer(sum));
}

/* Add what a portion, which began at `first`, came to. */
static void applied_add(struct applied *applied, json_t *reply, size_t first)
{
	json_t *told = json_object_get(reply, "subscribers");

	for (size_t i = 0; i < json_array_size(told); i++) {
		json_t *entry = json_array_get(told, i);
		const json_int_t index = json_integer_value(json_object_get(entry, "index"));

		(void)json_object_set_new(entry, "index", json_integer((json_int_t)first + index));
		(void)json_array_append(applied->told, entry);
	}
	count_add(applied->view, "created", reply);
	count_add(applied->view, "changed", reply);
	count_add(applied->view, "unchanged", reply);
	if (json_is_true(json_object_get(reply, "truncated"))) {
		(void)json_object_set_new(applied->view, "truncated", json_true());
	}
}

/* One pass over the documents in portions. A dry one goes on after a fault, to tell all of them. */
static bool documents_pass(struct backend *backend, json_t *docs, bool dry_run,
                           struct applied *applied)
{
	const size_t n = json_array_size(docs);
	bool good = true;
	size_t step = 0;

	for (size_t first = 0; first < n && (good || dry_run); first += step) {
		json_t *rows = documents_portion(docs, first);
		json_t *reply = NULL;

		step = json_array_size(rows);
		if (step == 0) {
			(void)cli_fail("out of memory");
			return false;
		}
		if (!backend_call(backend,
		                  json_pack("{s:s, s:o, s:b}", "op", "subscriber.apply",
		                            "subscribers", rows, "dry_run", dry_run),
		                  &reply)) {
			backend_tell_numbered(reply, first, n);
			good = false;
		} else if (applied != NULL) {
			backend_warn(reply, first, n);
			applied_add(applied, reply, first);
		}
		json_decref(reply);
	}
	return good;
}

static void applied_lines(const struct applied *applied)
{
	for (size_t i = 0; i < json_array_size(applied->told); i++) {
		const json_t *entry = json_array_get(applied->told, i);
		const char *result = json_string_value(json_object_get(entry, "result"));

		(void)printf("%s: %s\n", json_string_value(json_object_get(entry, "impi")), result);
		if (result[1] == 'h') { /* changed: of a new one there would be all of it */
			changes_show(json_object_get(entry, "changes"), "  ");
		}
	}
	(void)json_object_del(applied->view, "subscribers");
	output_show(applied->view, false);
}

int cmd_subscriber_apply(const struct cli *cli)
{
	const bool dry_run = cli_has(cli, OPT_DRY_RUN);
	json_t *docs = documents_read(cli->arg[0]);
	struct backend *backend = docs != NULL ? backend_open(cli->conf, !dry_run) : NULL;
	struct applied applied = {.view = json_object(), .told = json_array()};
	bool good = backend != NULL;

	if (good && !dry_run && !documents_are_one_portion(docs)) {
		good = documents_pass(backend, docs, true, NULL);
	}
	if (good) {
		good = documents_pass(backend, docs, dry_run, &applied);
	}
	if (good && json_array_size(docs) == 0) {
		(void)cli_fail("%s: no document", cli->arg[0]);
		good = false;
	}
	(void)json_object_set(applied.view, "subscribers", applied.told);
	if (good && cli_has(cli, OPT_JSON)) {
		output_show(applied.view, true);
	} else if (good) {
		applied_lines(&applied);
	}
	backend_close(backend);
	json_decref(docs);
	json_decref(applied.view);
	json_decref(applied.told);
	return good ? EXIT_DONE : EXIT_FAILED;
}
