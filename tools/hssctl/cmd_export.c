/* hssctl subscriber export: what import reads, or a document on each line. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "csv.h"
#include "diameter-dict/cx_ids.h"
#include "hssctl.h"

enum { EXPORT_BUFFER = 1024 * 1024 };

/* Where the rows go. The buffer may hold keys and is wiped; stdio would keep copies. */
struct export
{
	const char *path;
	int fd;
	bool as_json;
	size_t n_rows;
	size_t n_left_out; /* what no row can express */
	size_t used;
	char buffer[EXPORT_BUFFER];
};

static bool flush(struct export *ex)
{
	size_t done = 0;

	while (done < ex->used) {
		ssize_t n = write(ex->fd, ex->buffer + done, ex->used - done);

		if (n < 0 && errno != EINTR) {
			(void)cli_fail("%s: %s", ex->path, strerror(errno));
			return false;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	OPENSSL_cleanse(ex->buffer, ex->used);
	ex->used = 0;
	return true;
}

/* Make room for len octets. */
static bool room(struct export *ex, size_t len)
{
	if (sizeof(ex->buffer) - ex->used > len) {
		return true;
	}
	if (!flush(ex)) {
		return false;
	}
	if (sizeof(ex->buffer) <= len) {
		(void)cli_fail("%s: a row is longer than %zu octets", ex->path,
		               sizeof(ex->buffer) - 1);
		return false;
	}
	return true;
}

static bool field_put(struct export *ex, const char *text, char end)
{
	if (!room(ex, csv_quoted_max(strlen(text)) + 1)) {
		return false;
	}
	ex->used += csv_quote(text, ex->buffer + ex->used);
	ex->buffer[ex->used++] = end;
	return true;
}

/* Texts of a list, or of a member of its elements, between spaces, as one field. */
static bool words_put(struct export *ex, const json_t *list, const char *member, char end)
{
	size_t len = 1;
	char *words = NULL;
	char *at = NULL;
	bool good = false;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *value = json_array_get(list, i);

		len += json_string_length(member != NULL ? json_object_get(value, member) : value) +
		       1;
	}
	words = malloc(len);
	if (words == NULL) {
		(void)cli_fail("out of memory");
		return false;
	}
	at = words;
	*at = '\0';
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *value = json_array_get(list, i);
		const char *text =
			json_string_value(member != NULL ? json_object_get(value, member) : value);

		at += snprintf(at, len - (size_t)(at - words), "%s%s", i > 0 ? " " : "", text);
	}
	good = field_put(ex, words, end);
	free(words);
	return good;
}

/* Whether an object has none of these members (NULL behind the last). */
static bool has_none(const json_t *obj, const char *const *members)
{
	for (; *members != NULL; members++) {
		if (json_object_get(obj, *members) != NULL) {
			return false;
		}
	}
	return true;
}

/* Whether every IMPU of a set is an ordinary one: not barred, the default profile, no more than
 * that. */
static bool is_plain_set(const json_t *set)
{
	static const char *const more[] = {"display_name", "alias_group", "loose_route",
	                                   "privileged_sender", NULL};
	const json_t *impus = json_object_get(set, "impus");

	for (size_t i = 0; i < json_array_size(impus); i++) {
		const json_t *impu = json_array_get(impus, i);
		const char *kind = json_string_value(json_object_get(impu, "kind"));
		const char *profile = json_string_value(json_object_get(impu, "profile"));

		if (json_is_true(json_object_get(impu, "barred")) || !has_none(impu, more) ||
		    kind == NULL || strcmp(kind, "user") != 0 || profile == NULL ||
		    strcmp(profile, "default") != 0) {
			return false;
		}
	}
	return true;
}

/* Whether an IMPI authenticates with K alone. */
static bool is_plain_impi(const json_t *impi)
{
	const json_t *schemes = json_object_get(impi, "schemes");
	const char *first = json_string_value(json_array_get(schemes, 0));

	return json_array_size(schemes) == 1 && first != NULL &&
	       strcmp(first, CX_SCHEME_NAME_DIGEST_AKAV1_MD5) == 0 &&
	       json_object_get(impi, "digest_realm") == NULL;
}

/* Whether a row of the file can express a subscriber: one IMPI, one set, nothing out of the
 * ordinary. */
static bool is_plain(const json_t *doc)
{
	static const char *const more[] = {"charging", "capabilities", NULL};
	const json_t *sets = json_object_get(doc, "sets");

	return has_none(doc, more) && json_array_size(json_object_get(doc, "impis")) == 1 &&
	       json_array_size(sets) == 1 &&
	       json_is_true(json_object_get(doc, "registration_allowed")) &&
	       is_plain_impi(json_array_get(json_object_get(doc, "impis"), 0)) &&
	       is_plain_set(json_array_get(sets, 0));
}

static const char *text_or_empty(const json_t *obj, const char *member)
{
	const char *text = json_string_value(json_object_get(obj, member));

	return text != NULL ? text : "";
}

static bool row_put(struct export *ex, const json_t *doc)
{
	const json_t *impi = json_array_get(json_object_get(doc, "impis"), 0);
	const json_t *set = json_array_get(json_object_get(doc, "sets"), 0);
	char sqn[32];

	if (!is_plain(doc)) {
		ex->n_left_out++;
		return true;
	}
	ex->n_rows++;
	(void)snprintf(sqn, sizeof(sqn), "%lld",
	               (long long)json_integer_value(json_object_get(impi, "sqn")));
	return field_put(ex, text_or_empty(impi, "impi"), ',') &&
	       words_put(ex, json_object_get(set, "impus"), "impu", ',') &&
	       field_put(ex, text_or_empty(impi, "k"), ',') &&
	       field_put(ex, text_or_empty(impi, "opc"), ',') && field_put(ex, "", ',') &&
	       field_put(ex, text_or_empty(impi, "amf"), ',') && field_put(ex, sqn, ',') &&
	       words_put(ex, json_object_get(doc, "visited"), NULL, '\n');
}

static bool document_put(struct export *ex, const json_t *doc)
{
	const size_t len = json_dumpb(doc, NULL, 0, JSON_COMPACT);

	if (!room(ex, len + 1)) {
		return false;
	}
	(void)json_dumpb(doc, ex->buffer + ex->used, len, JSON_COMPACT);
	ex->used += len;
	ex->buffer[ex->used++] = '\n';
	ex->n_rows++;
	return true;
}

/* Page through all subscribers. */
static bool all_put(struct export *ex, struct backend *backend, bool keys)
{
	json_int_t after = 0;
	bool good = true;
	bool more = true;

	while (good && more) {
		json_t *reply =
			backend_ask(backend, json_pack("{s:s, s:I, s:b}", "op", "subscriber.list",
		                                       "after", after, "keys", keys));
		const json_t *list = json_object_get(reply, "subscribers");

		good = reply != NULL;
		for (size_t i = 0; i < json_array_size(list) && good; i++) {
			const json_t *doc = json_object_get(json_array_get(list, i), "subscriber");

			good = ex->as_json ? document_put(ex, doc) : row_put(ex, doc);
		}
		more = json_is_integer(json_object_get(reply, "next"));
		after = json_integer_value(json_object_get(reply, "next"));
		json_decref(reply);
	}
	return good && flush(ex);
}

/* Standard output, or a new file that only its owner can read. -1 after a message. */
static int target_open(const char *path)
{
	int fd = STDOUT_FILENO;

	if (strcmp(path, "-") != 0) {
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	}
	if (fd < 0) {
		(void)cli_fail("%s: %s", path, strerror(errno));
	}
	return fd;
}

static bool target_close(const struct export *ex, bool good)
{
	if (ex->fd == STDOUT_FILENO) {
		return good;
	}
	if (good && fsync(ex->fd) != 0) {
		(void)cli_fail("%s: %s", ex->path, strerror(errno));
		good = false;
	}
	if (close(ex->fd) != 0) {
		good = false;
	}
	if (!good) {
		(void)unlink(ex->path);
	}
	return good;
}

int cmd_subscriber_export(const struct cli *cli)
{
	const bool keys = cli_has(cli, OPT_WITH_KEYS);
	struct backend *backend = NULL;
	struct export *ex = NULL;
	bool good = false;

	if (keys && strcmp(cli->arg[0], "-") == 0) {
		return cli_misused(cli,
		                   "keys are written into a new file only, not to standard output");
	}
	ex = calloc(1, sizeof(*ex));
	if (ex == NULL) {
		return cli_fail("out of memory");
	}
	ex->path = cli->arg[0];
	ex->as_json = cli_has(cli, OPT_JSON);
	backend = backend_open(cli->conf, false);
	ex->fd = backend != NULL ? target_open(ex->path) : -1;
	if (ex->fd >= 0) {
		static const char header[] = "impi,impus,k,opc,op,amf,sqn,visited\n";

		if (!ex->as_json) {
			memcpy(ex->buffer, header, sizeof(header) - 1);
			ex->used = sizeof(header) - 1;
		}
		good = target_close(ex, all_put(ex, backend, keys));
	}
	if (good && ex->n_left_out > 0) { /* the file is good, but it is not all */
		(void)cli_fail("%zu subscribers were left out: a row cannot express several IMPIs "
		               "or sets, SIP Digest, PSIs, barring, "
		               "profiles, names, aliases or charging; export them with --json",
		               ex->n_left_out);
		good = false;
	} else if (good) {
		(void)fprintf(stderr, "hssctl: %zu subscribers written\n", ex->n_rows);
	}
	backend_close(backend);
	OPENSSL_cleanse(ex, sizeof(*ex));
	free(ex);
	return good ? EXIT_DONE : EXIT_FAILED;
}
