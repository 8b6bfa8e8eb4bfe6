#include "csv.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CSV_BUFFER = 64 * 1024, END = -1, FAILED = -2 };

struct csv_reader {
	int fd;
	size_t line;   /* of the next octet */
	size_t offset; /* octets read from fd */
	size_t at;     /* in buffer */
	size_t filled;
	size_t used; /* of record */
	unsigned char buffer[CSV_BUFFER];
	char record[CSV_RECORD_MAX];
};

struct csv_reader *csv_open(int fd)
{
	struct csv_reader *csv = calloc(1, sizeof(*csv));

	if (csv != NULL) {
		csv->fd = fd;
		csv->line = 1;
	}
	return csv;
}

void csv_close(struct csv_reader *csv)
{
	if (csv != NULL) {
		OPENSSL_cleanse(csv, sizeof(*csv));
		free(csv);
	}
}

size_t csv_offset(const struct csv_reader *csv)
{
	return csv->offset;
}

/* The next octet without taking it; END or FAILED. */
static int peek(struct csv_reader *csv)
{
	while (csv->at == csv->filled) {
		ssize_t n = read(csv->fd, csv->buffer, sizeof(csv->buffer));

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return n == 0 ? END : FAILED;
		}
		csv->at = 0;
		csv->filled = (size_t)n;
		csv->offset += (size_t)n;
	}
	return csv->buffer[csv->at];
}

/* Take the octet that peek saw. */
static int take(struct csv_reader *csv)
{
	int c = peek(csv);

	if (c >= 0) {
		csv->at++;
		csv->line += c == '\n';
	}
	return c;
}

static const char *put(struct csv_reader *csv, int c)
{
	if (csv->used == sizeof(csv->record) - 1) {
		return "the record is longer than 262143 octets";
	}
	csv->record[csv->used++] = (char)c;
	return c == '\0' ? "the record holds a NUL octet" : NULL;
}

static bool ends_field(int c)
{
	return c == ',' || c == '\n' || c == END || c == FAILED;
}

/* Behind the opening quote up to and with the closing one. */
static const char *quoted_read(struct csv_reader *csv)
{
	const char *why = NULL;

	while (why == NULL) {
		int c = take(csv);

		if (c < 0) {
			return "a quoted field does not end";
		}
		if (c == '"') {
			if (peek(csv) != '"') {
				break;
			}
			(void)take(csv);
		}
		why = put(csv, c);
	}
	if (why == NULL && peek(csv) == '\r') {
		(void)take(csv);
	}
	return why != NULL || ends_field(peek(csv)) ? why : "text follows a quoted field";
}

static const char *bare_read(struct csv_reader *csv)
{
	const char *why = NULL;

	while (why == NULL && !ends_field(peek(csv))) {
		int c = take(csv);

		if (c == '"') {
			return "a quote stands inside a field that is not quoted";
		}
		if (c == '\r' && (peek(csv) == '\n' || peek(csv) == END)) {
			break;
		}
		why = put(csv, c);
	}
	return why;
}

static const char *field_read(struct csv_reader *csv, struct csv_record *rec)
{
	const size_t start = csv->used;
	const char *why = NULL;

	if (rec->n == CSV_FIELDS_MAX) {
		return "the record has more than 32 fields";
	}
	if (peek(csv) == '"') {
		(void)take(csv);
		why = quoted_read(csv);
	} else {
		why = bare_read(csv);
	}
	if (why == NULL) {
		rec->field[rec->n] = csv->record + start;
		rec->len[rec->n++] = csv->used - start;
		why = csv->used < sizeof(csv->record) - 1
		              ? NULL
		              : "the record is longer than 262143 octets";
		csv->record[csv->used++] = '\0';
	}
	return why;
}

/* Skip a byte order mark at the start. */
static void mark_skip(struct csv_reader *csv)
{
	static const unsigned char mark[] = {0xef, 0xbb, 0xbf};

	if (peek(csv) == mark[0] && csv->offset == csv->filled && csv->at == 0 &&
	    csv->filled >= sizeof(mark) && memcmp(csv->buffer, mark, sizeof(mark)) == 0) {
		csv->at = sizeof(mark);
	}
}

/* One record up to its end of line; NULL or what is wrong. */
static const char *record_read(struct csv_reader *csv, struct csv_record *rec)
{
	const char *problem = NULL;

	OPENSSL_cleanse(csv->record, csv->used);
	csv->used = 0;
	*rec = (struct csv_record){.line = csv->line};
	do {
		problem = field_read(csv, rec);
	} while (problem == NULL && peek(csv) == ',' && take(csv) == ',');
	while (problem != NULL && peek(csv) >= 0 && peek(csv) != '\n') {
		(void)take(csv);
	}
	if (peek(csv) == '\n') {
		(void)take(csv);
	}
	return problem;
}

enum hss_err csv_read(struct csv_reader *csv, struct csv_record *rec, const char **why)
{
	const char *problem = NULL;

	mark_skip(csv);
	do {
		if (peek(csv) < 0) {
			return peek(csv) == END ? HSS_ERR_NOT_FOUND : HSS_ERR_IO;
		}
		problem = record_read(csv, rec);
		if (peek(csv) == FAILED) { /* the record may be cut short */
			return HSS_ERR_IO;
		}
	} while (problem == NULL && rec->n == 1 && rec->len[0] == 0); /* an empty line */
	if (problem != NULL) {
		*why = problem;
		return HSS_ERR_INVALID;
	}
	return HSS_OK;
}

size_t csv_quoted_max(size_t len)
{
	return 2 * len + 2;
}

size_t csv_quote(const char *text, char *out)
{
	char *at = out;

	if (text[strcspn(text, ",\"\r\n")] == '\0') {
		const size_t len = strlen(text);

		memcpy(out, text, len + 1);
		return len;
	}
	*at++ = '"';
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"') {
			*at++ = '"';
		}
		*at++ = *c;
	}
	*at++ = '"';
	*at = '\0';
	return (size_t)(at - out);
}
