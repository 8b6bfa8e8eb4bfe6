/*
 * CSV (RFC 4180): fields between commas, quoted ones may hold commas, quotes (doubled) and line
 * ends; lines end with LF or CRLF. An UTF-8 byte order mark at the start and empty lines are
 * skipped. Buffers are wiped: the files hold keys.
 */
#ifndef HSSCTL_CSV_H
#define HSSCTL_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "hss/err.h"

enum { CSV_FIELDS_MAX = 32, CSV_RECORD_MAX = 256 * 1024 };

struct csv_reader;

/* One record. Texts end in NUL and live until the next csv_read or csv_close. */
struct csv_record {
	size_t line; /* of its first octet, from 1 */
	size_t n;
	char *field[CSV_FIELDS_MAX];
	size_t len[CSV_FIELDS_MAX];
};

/* Read from fd, which stays the caller's. NULL when memory is out. */
struct csv_reader *csv_open(int fd);
void csv_close(struct csv_reader *csv);

/*
 * Read the next record.
 *
 *   why  receives, with HSS_ERR_INVALID, what is wrong; static
 *
 * Returns HSS_OK; HSS_ERR_NOT_FOUND at the end; HSS_ERR_INVALID for a record that is no CSV, which
 * is skipped up to the end of its line: rec->line is set and reading can go on; HSS_ERR_IO.
 */
HSS_MUST_CHECK enum hss_err csv_read(struct csv_reader *csv, struct csv_record *rec,
                                     const char **why);

/* Octets read so far, for a display of progress. */
size_t csv_offset(const struct csv_reader *csv);

/* Octets of a field as csv_quote writes it, at most; without the NUL. */
size_t csv_quoted_max(size_t len);

/* Write a field, quoted when it has to be, and a NUL. Returns the octets without the NUL. */
size_t csv_quote(const char *text, char *out);

#endif
