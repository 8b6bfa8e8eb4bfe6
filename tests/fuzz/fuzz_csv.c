/*
 * CSV files of subscribers from any octets: the reader, and hssctl subscriber import as a whole
 * over a store, in a transaction that is undone. What was read and is written again reads as the
 * same; what was imported is there when the file comes a second time.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "node.h"
#include "tools/hssctl/backend.h"
#include "tools/hssctl/csv.h"

/* The backend of hssctl: it serves at once, and keeps the reply until it is asked for. */
struct backend {
	json_t *reply;
};

enum { LANES = 2, CHOICE_DAEMON = 1, CHOICE_READER = 2, CHOICE_TRANSPORT = 4 };

static struct {
	struct backend lane[LANES];
	size_t n_open;
	bool is_daemon;
	const char *transport; /* path of the transport key; NULL: none is asked for */
	json_int_t added;
	json_int_t present;
} here;

static struct backend *lane_open(void)
{
	FUZZ_CHECK(here.n_open < LANES);
	return &here.lane[here.n_open++];
}

struct backend *backend_open(const char *conf_path, bool write)
{
	(void)conf_path;
	(void)write;
	return lane_open();
}

struct backend *backend_open_here(const char *conf_path)
{
	(void)conf_path;
	return lane_open();
}

bool backend_is_daemon(const struct backend *backend)
{
	(void)backend;
	return here.is_daemon;
}

void backend_close(struct backend *backend)
{
	if (backend != NULL) {
		FUZZ_CHECK(backend->reply == NULL && here.n_open > 0);
		here.n_open--;
	}
}

bool backend_send(struct backend *backend, json_t *request)
{
	FUZZ_CHECK(request != NULL && backend->reply == NULL);
	backend->reply = fuzz_serve(fuzz_node(), request);
	json_decref(request);
	return true;
}

bool backend_receive(struct backend *backend, json_t **reply)
{
	FUZZ_CHECK(backend->reply != NULL);
	*reply = backend->reply;
	backend->reply = NULL;
	return json_is_true(json_object_get(*reply, "ok"));
}

void backend_hold(struct backend *backend)
{
	(void)backend;
}

bool backend_settle(struct backend *backend)
{
	(void)backend;
	return true;
}

void backend_tell(const json_t *reply)
{
	(void)reply;
}

bool cli_has(const struct cli *cli, enum option_id id)
{
	(void)cli;
	(void)id;
	return false;
}

const char *cli_value(const struct cli *cli, enum option_id id)
{
	(void)cli;
	return id == OPT_TRANSPORT_KEY ? here.transport : NULL;
}

int cli_fail(const char *format, ...)
{
	char message[4096];
	va_list args;
	int len = 0;

	va_start(args, format);
	len = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	FUZZ_CHECK(len > 0);
	return EXIT_FAILED;
}

int cli_show(const struct cli *cli, json_t *view)
{
	(void)cli;
	here.added = json_integer_value(json_object_get(view, "added"));
	here.present = json_integer_value(json_object_get(view, "present"));
	json_decref(view);
	return EXIT_DONE;
}

/* What a reader makes of a file: its good records as csv_quote writes them, and how many. */
struct reading {
	char *text;
	size_t len;
	size_t n_records;
	size_t n_fields;
};

static void record_write(FILE *out, const struct csv_record *rec)
{
	for (size_t i = 0; i < rec->n; i++) {
		char *quoted = malloc(csv_quoted_max(rec->len[i]) + 1);
		size_t len = 0;

		FUZZ_CHECK(quoted != NULL && strlen(rec->field[i]) == rec->len[i]);
		len = csv_quote(rec->field[i], quoted);
		FUZZ_CHECK(len <= csv_quoted_max(rec->len[i]));
		FUZZ_CHECK(fwrite(quoted, 1, len, out) == len);
		FUZZ_CHECK(fputc(i + 1 < rec->n ? ',' : '\n', out) != EOF);
		free(quoted);
	}
}

/* Returns how many records are no CSV. */
static size_t records_read(struct csv_reader *csv, FILE *out, struct reading *reading)
{
	enum hss_err err = HSS_OK;
	size_t n_bad = 0;
	size_t line = 0;

	while (err != HSS_ERR_NOT_FOUND) {
		struct csv_record rec;
		const char *why = NULL;

		err = csv_read(csv, &rec, &why);
		if (err == HSS_OK) {
			FUZZ_CHECK(rec.line > line && rec.n >= 1 && rec.n <= CSV_FIELDS_MAX);
			record_write(out, &rec);
			reading->n_records++;
			reading->n_fields += rec.n;
		} else if (err == HSS_ERR_INVALID) {
			FUZZ_CHECK(rec.line > line && why != NULL);
			n_bad++;
		} else {
			FUZZ_CHECK(err == HSS_ERR_NOT_FOUND);
		}
		line = err != HSS_ERR_NOT_FOUND ? rec.line : line;
	}
	return n_bad;
}

static struct reading file_read(const char *path, size_t *n_bad)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct csv_reader *csv = csv_open(fd);
	struct reading reading = {0};
	FILE *out = open_memstream(&reading.text, &reading.len);

	FUZZ_CHECK(fd >= 0 && csv != NULL && out != NULL);
	FUZZ_CHECK(fputc('\n', out) != EOF); /* at the start a mark would be skipped */
	*n_bad = records_read(csv, out, &reading);
	FUZZ_CHECK(fclose(out) == 0);
	csv_close(csv);
	(void)close(fd);
	return reading;
}

static void check_reading(const uint8_t *data, size_t size)
{
	size_t n_bad = 0;
	const struct reading once = file_read(fuzz_file(data, size), &n_bad);
	const struct reading twice =
		file_read(fuzz_file((const uint8_t *)once.text, once.len), &n_bad);

	FUZZ_CHECK(n_bad == 0 && twice.n_records == once.n_records);
	FUZZ_CHECK(twice.n_fields == once.n_fields && twice.len == once.len);
	FUZZ_CHECK(memcmp(twice.text, once.text, once.len) == 0);
	free(once.text);
	free(twice.text);
}

static void import(const char *path)
{
	char name[64];
	char *arg[] = {name};
	const struct cli cli = {.arg = arg, .n_arg = 1};
	json_int_t all = 0;

	(void)snprintf(name, sizeof(name), "%s", path);
	if (cmd_subscriber_import(&cli) != EXIT_DONE) {
		return;
	}
	all = here.added + here.present;
	FUZZ_CHECK(cmd_subscriber_import(&cli) == EXIT_DONE);
	FUZZ_CHECK(here.added == 0 && here.present == all);
}

/* Up to a NUL. */
static const char *transport_file(struct fuzz_in *in)
{
	const uint8_t *end = memchr(in->at, '\0', in->left);
	const size_t len = end != NULL ? (size_t)(end - in->at) : in->left;
	const char *path = fuzz_node_file("transport.key", in->at, len);

	in->at += len;
	in->left -= len;
	(void)fuzz_u8(in);
	return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	struct admin *admin = fuzz_node();
	const uint8_t choices = fuzz_u8(&in);

	if ((choices & CHOICE_READER) != 0) {
		check_reading(in.at, in.left);
		return 0;
	}
	here.is_daemon = (choices & CHOICE_DAEMON) != 0;
	here.transport = (choices & CHOICE_TRANSPORT) != 0 ? transport_file(&in) : NULL;
	FUZZ_CHECK(store_begin(admin->store) == HSS_OK);
	import(fuzz_file(in.at, in.left));
	store_rollback(admin->store);
	FUZZ_CHECK(here.n_open == 0);
	return 0;
}
