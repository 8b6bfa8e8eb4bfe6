/* hssctl subscriber add. */
#include <string.h>

#include "backend.h"
#include "documents.h"
#include "hssctl.h"
#include "options.h"
#include "output.h"
#include "secrets.h"
#include "template.h"

/* The document that the options describe: one set of IMPUs, or what the template makes. NULL after
 * a message, its kind in *rc. */
static json_t *plain_document(const struct cli *cli, int *rc)
{
	const char *template = cli_value(cli, OPT_TEMPLATE);

	if (template == NULL &&
	    (!cli_has(cli, OPT_IMPI) || !cli_has(cli, OPT_IMPU) || !cli_has(cli, OPT_SECRETS))) {
		*rc = cli_misused(cli, "--impi, --impu and --secrets belong together (or "
		                       "--document alone, or --template)");
		return NULL;
	}
	if (template == NULL && (cli_has(cli, OPT_MSISDN) || cli_has(cli, OPT_PROFILE))) {
		*rc = cli_misused(cli, "--msisdn and --profile go with --template");
		return NULL;
	}
	if (template == NULL) {
		return json_pack("{s:[{s:s}], s:[{s:o}]}", "impis", "impi",
		                 cli_value(cli, OPT_IMPI), "sets", "impus",
		                 option_impus(cli, OPT_IMPU));
	}
	if (!cli_has(cli, OPT_IMPI) || !cli_has(cli, OPT_SECRETS) || cli_has(cli, OPT_IMPU)) {
		*rc = cli_misused(
			cli, "--template goes with --impi and --secrets; the IMPUs are its own");
		return NULL;
	}
	return template_fill(template, cli_value(cli, OPT_IMPI), cli_value(cli, OPT_MSISDN),
	                     cli_value(cli, OPT_PROFILE));
}

/* The same with keys and all, in a list. */
static json_t *document_of(const struct cli *cli, int *rc)
{
	json_t *doc = plain_document(cli, rc);
	json_t *impi = json_array_get(json_object_get(doc, "impis"), 0);

	if (doc == NULL) {
		return NULL;
	}
	if (!json_is_object(impi)) {
		*rc = cli_fail("%s: the template has no IMPI", cli_value(cli, OPT_TEMPLATE));
	} else if (secrets_read(cli_value(cli, OPT_SECRETS), impi)) {
		option_text_set(cli, OPT_AMF, impi, "amf");
		option_text_set(cli, OPT_SQN, impi, "sqn");
		option_digest_set(cli, impi);
		if (cli_has(cli, OPT_VISITED)) {
			(void)json_object_set_new(doc, "visited", option_texts(cli, OPT_VISITED));
		}
		return json_pack("[o]", doc);
	}
	json_decref(doc);
	return NULL;
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

/*
 * One pass over the documents in chunks. With more than one chunk what is there already, just like
 * this, is skipped, so that the command can be run again after an interruption.
 */
static bool documents_pass(struct backend *backend, json_t *docs, bool dry_run, bool warn,
                           json_int_t *added)
{
	const size_t n = json_array_size(docs);
	const bool several = !documents_are_one_portion(docs);
	bool good = true;
	size_t step = 0;

	*added = 0;
	for (size_t first = 0; first < n && (good || dry_run); first += step) {
		json_t *rows = documents_portion(docs, first);
		json_t *reply = NULL;

		step = json_array_size(rows);
		if (step == 0) {
			(void)cli_fail("out of memory");
			return false;
		}
		if (backend_call(backend,
		                 json_pack("{s:s, s:o, s:b, s:b}", "op", "subscriber.add",
		                           "subscribers", rows, "dry_run", dry_run, "if_absent",
		                           several),
		                 &reply)) {
			*added += json_integer_value(json_object_get(reply, "added"));
			if (warn) {
				backend_warn(reply, first, n);
			}
		} else {
			backend_tell_numbered(reply, first, n);
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
		if (dry_run || !documents_are_one_portion(docs)) {
			good = documents_pass(backend, docs, true, dry_run, &added);
		}
		if (good && !dry_run) {
			good = documents_pass(backend, docs, false, true, &added);
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
