/*
 * hssctl subscriber import: the file is read twice. The first pass checks every row, against the
 * others and against the store; only when all are good the second one writes, in chunks. A
 * subscriber that is there already, just like in the file, is skipped, so that an import that was
 * interrupted can be run again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backend.h"
#include "csv.h"
#include "hss/admin.h"
#include "hss/identity.h"
#include "hssctl.h"
#include "seen.h"
#include "transport.h"

enum {
	FAULTS_TOLD_MAX = 100,
	CHUNK_OCTETS_MAX = 256 * 1024,
	SETTLE_CHUNKS = 25, /* in one transaction while no HSS runs */
	LANES_MAX = 2,
	DAEMON_ROWS = 20, /* in a chunk for the HSS: what a request may have to wait for */
	PERCENT = 100,
	NANO = 1000000000,
	TELL_TERMINAL_NS = NANO / 5, /* between two tellings of the progress */
};

enum column {
	COL_IMPI,
	COL_IMPUS,
	COL_K,
	COL_OPC,
	COL_OP,
	COL_AMF,
	COL_SQN,
	COL_VISITED,
	N_COLUMNS
};

static const char *const column_names[N_COLUMNS] = {"impi", "impus", "k",   "opc",
                                                    "op",   "amf",   "sqn", "visited"};

/* Rows of one request. */
struct chunk {
	json_t *rows;
	size_t octets;
	size_t line[ADMIN_ROWS_MAX];
};

/*
 * Where a chunk is carried out while the next one is read. The daemon gets two, so that it reads
 * one request while it stores the other.
 */
struct lane {
	struct backend *backend;
	struct chunk chunk;
	bool under_way;
};

struct import {
	const char *path;
	const char *conf;
	struct transport_key *transport; /* of the columns with keys; NULL: they are clear */
	struct lane lane[LANES_MAX];
	size_t n_lanes;
	size_t at_lane;     /* that gets the next chunk */
	struct chunk chunk; /* that is being filled */
	size_t chunk_rows;  /* in a full one */
	struct csv_reader *csv;
	struct seen *seen; /* of the checking pass; NULL in the writing one */
	size_t size;       /* of the file */
	bool progress;     /* to be told */
	bool is_terminal;  /* where it is told */
	int64_t tell_ns;   /* between two tellings of it */
	int at[N_COLUMNS]; /* field of each column, -1: the file lacks it */
	size_t n_fields;
	size_t n_faults;
	size_t n_rows;
	unsigned n_chunks;     /* not settled yet */
	json_int_t added;      /* settled */
	json_int_t present;    /* likewise */
	json_int_t adding;     /* not settled yet */
	json_int_t skipping;   /* likewise */
	struct timespec start; /* of the pass */
	int64_t told_ns;       /* when the progress was told last */
	bool broken;           /* nothing can be checked or written any more; a message was given */
};

static void row_fault(struct import *im, size_t line, const char *column, const char *reason)
{
	if (im->n_faults++ < FAULTS_TOLD_MAX) {
		(void)cli_fail("%s:%zu: %s%s%s", im->path, line, column,
		               column[0] != '\0' ? ": " : "", reason);
	}
}

static int column_of(const char *name)
{
	for (int i = 0; i < N_COLUMNS; i++) {
		if (strcmp(column_names[i], name) == 0) {
			return i;
		}
	}
	return -1;
}

/* The header row. False after a message. */
static bool header_read(struct import *im)
{
	struct csv_record rec;
	const char *why = "there is no header row";
	enum hss_err err = csv_read(im->csv, &rec, &why);

	if (err != HSS_OK) {
		(void)cli_fail("%s: %s", im->path, err == HSS_ERR_IO ? strerror(errno) : why);
		return false;
	}
	for (size_t i = 0; i < N_COLUMNS; i++) {
		im->at[i] = -1;
	}
	for (size_t i = 0; i < rec.n; i++) {
		const int column = column_of(rec.field[i]);

		/* The name is not told: without a header row it would be data. */
		if (column < 0 || im->at[column] >= 0) {
			(void)cli_fail("%s:%zu: the header row has an unknown or repeated name in "
			               "field %zu; it may have "
			               "impi,impus,k,opc,op,amf,sqn,visited in any order",
			               im->path, rec.line, i + 1);
			return false;
		}
		im->at[column] = (int)i;
	}
	im->n_fields = rec.n;
	if (im->at[COL_IMPI] < 0 || im->at[COL_IMPUS] < 0 || im->at[COL_K] < 0 ||
	    (im->at[COL_OPC] < 0 && im->at[COL_OP] < 0)) {
		(void)cli_fail("%s:%zu: the header row lacks one of impi, impus, k, and opc or op",
		               im->path, rec.line);
		return false;
	}
	return true;
}

/* The text of a column; NULL when the file lacks it or it is empty. */
static char *column_text(const struct import *im, const struct csv_record *rec, enum column column)
{
	char *text = im->at[column] >= 0 ? rec->field[im->at[column]] : NULL;

	return text != NULL && text[0] != '\0' ? text : NULL;
}

/* Words between spaces as a list of texts, or of {"impu": text}. NULL when one is not UTF-8. */
static json_t *words_of(char *text, bool as_impus)
{
	json_t *list = json_array();
	char *rest = NULL;

	for (char *word = text != NULL ? strtok_r(text, " ", &rest) : NULL;
	     word != NULL && list != NULL; word = strtok_r(NULL, " ", &rest)) {
		json_t *value = as_impus ? json_pack("{s:s}", "impu", word) : json_string(word);

		if (json_array_append_new(list, value) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

/*
 * Note the identities of a row; a second appearance is a fault. Bad ones are found by the check of
 * the row. Returns whether all are new.
 */
static bool identities_note(struct import *im, const json_t *impi, const json_t *impus, size_t line)
{
	bool good = true;

	for (size_t i = 0; i <= json_array_size(impus) && im->seen != NULL; i++) {
		const char *text = i == 0 ? json_string_value(impi)
		                          : json_string_value(json_object_get(
						    json_array_get(impus, i - 1), "impu"));
		char canonical[IMPU_LEN_MAX + 1];
		uint32_t first = 0;
		char reason[IMPU_LEN_MAX + 64];

		if (text == NULL ||
		    (i == 0 ? impi_canonical(text, strlen(text), canonical, NULL)
		            : impu_canonical(text, strlen(text), canonical, NULL)) != HSS_OK) {
			continue;
		}
		if (seen_note(im->seen, canonical, (uint32_t)line, &first) != HSS_OK) {
			(void)cli_fail("out of memory");
			im->broken = true;
			return false;
		}
		if (first != line) {
			good = false;
			(void)snprintf(reason, sizeof(reason), "%s is on line %u as well",
			               canonical, first);
			row_fault(im, line, column_names[i == 0 ? COL_IMPI : COL_IMPUS], reason);
		}
	}
	return good;
}

/* Decrypt the keys of a record in place. Returns false after a fault. */
static bool keys_decrypt(struct import *im, const struct csv_record *rec)
{
	static const enum column keys[] = {COL_K, COL_OPC, COL_OP};
	bool good = true;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && im->transport != NULL; i++) {
		char *text = column_text(im, rec, keys[i]);
		const enum hss_err err =
			text != NULL ? transport_decrypt(im->transport, text) : HSS_OK;

		if (err != HSS_OK) {
			good = false;
			row_fault(im, rec->line, column_names[keys[i]],
			          err == HSS_ERR_INVALID
			                  ? "must be exactly 32 hexadecimal digits, encrypted"
			                  : hss_err_text(err));
		}
	}
	return good;
}

/* The document that a record stands for; NULL after a fault. */
static json_t *row_document(struct import *im, const struct csv_record *rec)
{
	static const enum column texts[] = {COL_IMPI, COL_K, COL_OPC, COL_OP, COL_AMF, COL_SQN};
	json_t *impi = json_object();
	json_t *impus = words_of(column_text(im, rec, COL_IMPUS), true);
	json_t *visited = words_of(column_text(im, rec, COL_VISITED), false);
	json_t *doc = NULL;
	bool good = impus != NULL && visited != NULL;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && good; i++) {
		const char *text = column_text(im, rec, texts[i]);

		good = text == NULL ||
		       json_object_set_new(impi, column_names[texts[i]], json_string(text)) == 0;
	}
	if (!good) {
		row_fault(im, rec->line, "", "a field is not UTF-8");
	} else if (identities_note(im, json_object_get(impi, "impi"), impus, rec->line)) {
		doc = json_pack("{s:[O], s:[{s:O}], s:O}", "impis", impi, "sets", "impus", impus,
		                "visited", visited);
	}
	json_decref(impi);
	json_decref(impus);
	json_decref(visited);
	return doc;
}

/* The column that a field of a document came from: "impis[0].opc" from opc. */
static const char *column_of_field(const char *field)
{
	const char *dot = strrchr(field, '.');
	const int column = dot != NULL ? column_of(dot + 1) : -1;

	if (strncmp(field, "sets", 4) == 0) {
		return column_names[COL_IMPUS];
	}
	if (strncmp(field, "visited", 7) == 0) {
		return column_names[COL_VISITED];
	}
	return column >= 0 ? column_names[column] : column_names[COL_IMPI];
}

static void chunk_refused(struct import *im, const struct chunk *chunk, const json_t *reply)
{
	const json_t *details = json_object_get(reply, "details");
	const json_int_t all = json_integer_value(json_object_get(reply, "faults"));

	if (json_array_size(details) == 0) {
		backend_tell(reply);
		im->broken = true; /* also when there is no reply: a message was given */
	}
	for (size_t i = 0; i < json_array_size(details); i++) {
		const json_t *detail = json_array_get(details, i);
		const json_int_t index = json_integer_value(json_object_get(detail, "index"));
		const char *field = json_string_value(json_object_get(detail, "field"));
		const char *reason = json_string_value(json_object_get(detail, "reason"));

		if (index >= 0 && (size_t)index < json_array_size(chunk->rows) && field != NULL &&
		    reason != NULL) {
			row_fault(im, chunk->line[index], column_of_field(field), reason);
		}
	}
	if (all > (json_int_t)json_array_size(details)) {
		im->n_faults += (size_t)all - json_array_size(details);
	}
}

static int64_t ns_since(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * NANO + now.tv_nsec - start->tv_nsec;
}

/* On a terminal one line that changes; else, when it was asked for, lines now and then. */
static void progress_tell(struct import *im, bool end)
{
	const int64_t now = ns_since(&im->start);

	if (!im->progress || im->size == 0 || (!end && now - im->told_ns < im->tell_ns)) {
		return;
	}
	im->told_ns = now;
	(void)fprintf(stderr, "%s%s %zu rows, %zu %%, %.0f rows/s%s", im->is_terminal ? "\r" : "",
	              im->seen != NULL ? "checked" : "written", im->n_rows,
	              csv_offset(im->csv) * PERCENT / im->size,
	              now > 0 ? (double)im->n_rows * NANO / (double)now : 0,
	              end || !im->is_terminal ? "\n" : " ");
}

/* Make what was written since the last time durable. */
static void settle(struct import *im)
{
	if (im->n_chunks == 0) {
		return;
	}
	if (im->seen != NULL || backend_settle(im->lane[0].backend)) {
		im->added += im->adding;
		im->present += im->skipping;
	} else {
		im->broken = true;
	}
	im->n_chunks = 0;
	im->adding = 0;
	im->skipping = 0;
}

/* What came of the chunk under way. */
static void chunk_end(struct import *im, struct lane *lane)
{
	json_t *reply = NULL;

	if (!lane->under_way) {
		return;
	}
	lane->under_way = false;
	if (backend_receive(lane->backend, &reply)) {
		im->adding += json_integer_value(json_object_get(reply, "added"));
		im->skipping += json_integer_value(json_object_get(reply, "present"));
	} else {
		chunk_refused(im, &lane->chunk, reply);
	}
	json_decref(reply);
	(void)json_array_clear(lane->chunk.rows);
	lane->chunk.octets = 0;
	if (++im->n_chunks == SETTLE_CHUNKS) {
		settle(im);
	}
	progress_tell(im, false);
}

/* Send what has been collected, once the chunk before it in the lane has ended well. */
static void chunk_send(struct import *im)
{
	struct lane *lane = &im->lane[im->at_lane];
	const struct chunk full = im->chunk;

	chunk_end(im, lane);
	if (json_array_size(full.rows) == 0 || im->broken ||
	    (im->seen == NULL && im->n_faults > 0)) {
		return;
	}
	im->chunk = lane->chunk;
	lane->chunk = full;
	lane->under_way =
		backend_send(lane->backend, json_pack("{s:s, s:O, s:b, s:b}", "op",
	                                              "subscriber.add", "subscribers", full.rows,
	                                              "dry_run", im->seen != NULL, "if_absent", 1));
	im->broken = !lane->under_way;
	im->at_lane = (im->at_lane + 1) % im->n_lanes;
}

static void row_take(struct import *im, const struct csv_record *rec)
{
	struct chunk *chunk = &im->chunk;
	const size_t n = json_array_size(chunk->rows);
	json_t *doc = NULL;

	im->n_rows++;
	if (rec->n != im->n_fields) {
		row_fault(im, rec->line, "",
		          rec->n < im->n_fields ? "the row has fewer fields than the header row"
		                                : "the row has more fields than the header row");
		return;
	}
	doc = keys_decrypt(im, rec) ? row_document(im, rec) : NULL;
	if (doc == NULL) {
		return;
	}
	if (json_array_append_new(chunk->rows, doc) != 0) {
		(void)cli_fail("out of memory");
		im->broken = true;
		return;
	}
	chunk->line[n] = rec->line;
	for (size_t i = 0; i < rec->n; i++) {
		chunk->octets += rec->len[i];
	}
	if (n + 1 == im->chunk_rows || chunk->octets >= CHUNK_OCTETS_MAX) {
		chunk_send(im);
	}
}

/* One pass over the file. Returns whether every row was good. */
static bool pass(struct import *im, int fd)
{
	enum hss_err err = HSS_OK;

	im->n_rows = 0;
	im->added = 0;
	im->present = 0;
	im->told_ns = 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &im->start);
	im->csv = lseek(fd, 0, SEEK_SET) == 0 ? csv_open(fd) : NULL;
	if (im->csv == NULL) {
		(void)cli_fail("%s: %s", im->path, strerror(errno));
		return false;
	}
	im->broken = !header_read(im);
	/* The writing pass stops at the first fault: the file or the store changed since the check.
	 */
	while (!im->broken && err != HSS_ERR_NOT_FOUND && (im->seen != NULL || im->n_faults == 0)) {
		struct csv_record rec;
		const char *why = NULL;

		err = csv_read(im->csv, &rec, &why);
		if (err == HSS_OK) {
			row_take(im, &rec);
		} else if (err == HSS_ERR_INVALID) {
			row_fault(im, rec.line, "", why);
		} else if (err != HSS_ERR_NOT_FOUND) {
			(void)cli_fail("%s: %s", im->path, strerror(errno));
			im->broken = true;
		}
	}
	chunk_send(im);
	for (size_t i = 0; i < im->n_lanes; i++) {
		chunk_end(im, &im->lane[i]);
	}
	settle(im);
	progress_tell(im, true);
	csv_close(im->csv);
	im->csv = NULL;
	return !im->broken && im->n_faults == 0;
}

/* The checking pass looks into the database itself, so that the HSS goes on undisturbed. */
static bool lanes_open(struct import *im)
{
	const bool check = im->seen != NULL;
	bool good = true;

	im->n_lanes = 1;
	im->at_lane = 0;
	for (size_t i = 0; i < im->n_lanes && good; i++) {
		struct lane *lane = &im->lane[i];

		lane->backend = check ? backend_open_here(im->conf) : backend_open(im->conf, true);
		lane->chunk.rows = json_array();
		good = lane->backend != NULL && lane->chunk.rows != NULL;
		if (good && backend_is_daemon(lane->backend)) {
			im->n_lanes = LANES_MAX;
		}
		if (good) {
			backend_hold(lane->backend);
		}
	}
	im->chunk_rows = im->n_lanes > 1 ? DAEMON_ROWS : ADMIN_ROWS_MAX;
	im->chunk.rows = json_array();
	im->chunk.octets = 0;
	return good && im->chunk.rows != NULL;
}

static void lanes_close(struct import *im)
{
	for (size_t i = 0; i < im->n_lanes; i++) {
		backend_close(im->lane[i].backend);
		json_decref(im->lane[i].chunk.rows);
		im->lane[i] = (struct lane){0};
	}
	json_decref(im->chunk.rows);
	im->chunk.rows = NULL;
}

static bool pass_in_lanes(struct import *im, int fd)
{
	const bool good = lanes_open(im) && pass(im, fd);

	lanes_close(im);
	return good;
}

/* Both passes. Returns the exit code. */
static int import_run(struct import *im, int fd, bool dry_run)
{
	bool good = false;

	im->seen = seen_open();
	if (im->seen == NULL) {
		return cli_fail("out of memory");
	}
	good = pass_in_lanes(im, fd);
	if (im->n_faults > FAULTS_TOLD_MAX) {
		(void)cli_fail("%s: and %zu faults more", im->path, im->n_faults - FAULTS_TOLD_MAX);
	}
	if (!good) {
		return cli_fail("%s: nothing was written", im->path);
	}
	seen_close(im->seen);
	im->seen = NULL;
	if (!dry_run && im->added > 0 && !pass_in_lanes(im, fd)) {
		return cli_fail("%s: stopped after %lld subscribers had been added; run the same "
		                "import again when the cause "
		                "is gone",
		                im->path, (long long)im->added);
	}
	return EXIT_DONE;
}

static int result_show(const struct cli *cli, const struct import *im)
{
	return cli_show(cli,
	                json_pack("{s:I, s:I}", cli_has(cli, OPT_DRY_RUN) ? "would_add" : "added",
	                          im->added, "present", im->present));
}

/* The transport key that was asked for, before the file is looked at. False after a message. */
static bool transport_key_open(const struct cli *cli, struct import *im)
{
	const char *path = cli_value(cli, OPT_TRANSPORT_KEY);
	char why[TRANSPORT_WHY_LEN];

	if (path == NULL || transport_open(path, &im->transport, why) == HSS_OK) {
		return true;
	}
	(void)cli_fail("%s: %s", path, why);
	return false;
}

int cmd_subscriber_import(const struct cli *cli)
{
	const bool is_terminal = isatty(STDERR_FILENO) == 1;
	struct import im = {
		.path = cli->arg[0],
		.conf = cli->conf,
		.progress = is_terminal || cli_has(cli, OPT_PROGRESS),
		.is_terminal = is_terminal,
		.tell_ns = is_terminal ? TELL_TERMINAL_NS : NANO,
	};
	struct stat st;
	int fd = -1;
	int rc = EXIT_FAILED;

	if (!transport_key_open(cli, &im)) {
		goto out;
	}
	fd = open(im.path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		(void)cli_fail("%s: %s", im.path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		(void)cli_fail("%s: only a regular file can be read twice", im.path);
		goto out;
	}
	im.size = (size_t)st.st_size;
	rc = import_run(&im, fd, cli_has(cli, OPT_DRY_RUN));
	if (rc == EXIT_DONE) {
		rc = result_show(cli, &im);
	}
out:
	seen_close(im.seen);
	transport_close(im.transport);
	if (fd >= 0) {
		(void)close(fd);
	}
	return rc;
}
