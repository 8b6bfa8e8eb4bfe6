/* The SQLite backend: parameters and columns of statements. */
#include "hss/store_sqlite.h"

#include <string.h>

enum hss_err sqlite_no_memory(struct store_sqlite *db)
{
	return store_refuse(&db->base, HSS_ERR_MEMORY, "%s: load: out of memory", db->path);
}

void *sqlite_grow(struct arena *arena, void *array, size_t n, size_t size)
{
	void *larger = NULL;

	if (n != 0 && (n < 4 || (n & (n - 1)) != 0)) {
		return array;
	}
	larger = arena_array(arena, n == 0 ? 4 : 2 * n, size);
	if (larger != NULL && n != 0) {
		memcpy(larger, array, n * size);
	}
	return larger;
}

enum hss_err sqlite_bind_id(struct store_sqlite *db, sqlite3_stmt *stmt, int64_t id)
{
	int rc = sqlite3_bind_int64(stmt, 1, id);

	return rc == SQLITE_OK ? HSS_OK : sqlite_fail(db, "load", rc);
}

enum hss_err sqlite_bind_name(struct store_sqlite *db, sqlite3_stmt *stmt, const char *name)
{
	int rc = sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);

	return rc == SQLITE_OK ? HSS_OK : sqlite_fail(db, "load", rc);
}

enum hss_err sqlite_text(struct store_sqlite *db, sqlite3_stmt *stmt, int column,
                         struct arena *arena, const char **out)
{
	const char *text = NULL;

	*out = NULL;
	if (sqlite3_column_type(stmt, column) == SQLITE_NULL) {
		return HSS_OK;
	}
	text = (const char *)sqlite3_column_text(stmt, column);
	if (text != NULL) {
		*out = arena_text(arena, text, (size_t)sqlite3_column_bytes(stmt, column));
	}
	return *out != NULL ? HSS_OK : sqlite_no_memory(db);
}

enum hss_err sqlite_lines(struct store_sqlite *db, sqlite3_stmt *stmt, int column,
                          struct arena *arena, const char ***out, size_t *n)
{
	const char *text = NULL;
	enum hss_err err = sqlite_text(db, stmt, column, arena, &text);

	*out = NULL;
	*n = 0;
	while (err == HSS_OK && text != NULL && text[0] != '\0') {
		const char *end = strchrnul(text, '\n');

		*out = sqlite_grow(arena, *out, *n, sizeof(**out));
		if (*out == NULL) {
			return sqlite_no_memory(db);
		}
		(*out)[*n] = arena_text(arena, text, (size_t)(end - text));
		if ((*out)[(*n)++] == NULL) {
			return sqlite_no_memory(db);
		}
		text = *end == '\0' ? NULL : end + 1;
	}
	return err;
}

void binder_int(struct binder *binder, int64_t value)
{
	if (binder->rc == SQLITE_OK) {
		binder->rc = sqlite3_bind_int64(binder->stmt, ++binder->n, value);
	}
}

void binder_id(struct binder *binder, int64_t id)
{
	if (binder->rc == SQLITE_OK) {
		binder->n++;
		binder->rc = id != 0 ? sqlite3_bind_int64(binder->stmt, binder->n, id)
		                     : sqlite3_bind_null(binder->stmt, binder->n);
	}
}

void binder_text(struct binder *binder, const char *text)
{
	if (binder->rc == SQLITE_OK) {
		binder->rc = sqlite3_bind_text(binder->stmt, ++binder->n, text, -1, SQLITE_STATIC);
	}
}

void binder_lines(struct binder *binder, const char *const *lines, size_t n, bool empty)
{
	sqlite3_str *text = sqlite3_str_new(sqlite3_db_handle(binder->stmt));
	int rc = SQLITE_OK;

	for (size_t i = 0; i < n; i++) {
		sqlite3_str_appendf(text, i == 0 ? "%s" : "\n%s", lines[i]);
	}
	rc = sqlite3_str_errcode(text);
	if (binder->rc == SQLITE_OK) {
		binder->rc = rc;
	}
	if (n == 0) {
		(void)sqlite3_str_finish(text); /* NULL: nothing was put there */
		binder_text(binder, empty ? "" : NULL);
	} else if (binder->rc == SQLITE_OK) { /* freed by SQLite, whatever becomes of it */
		binder->rc = sqlite3_bind_text(binder->stmt, ++binder->n, sqlite3_str_finish(text),
		                               -1, sqlite3_free);
	} else {
		sqlite3_free(sqlite3_str_finish(text));
	}
}

void binder_octets(struct binder *binder, const void *octets, int len)
{
	if (binder->rc == SQLITE_OK) {
		binder->rc =
			sqlite3_bind_blob(binder->stmt, ++binder->n, octets, len, SQLITE_STATIC);
	}
}

enum hss_err binder_step(struct store_sqlite *db, struct binder *binder, const char *act, bool *row)
{
	return binder->rc == SQLITE_OK ? sqlite_step(db, act, binder->stmt, row)
	                               : sqlite_fail(db, act, binder->rc);
}

enum hss_err binder_run(struct store_sqlite *db, struct binder *binder, const char *act)
{
	enum hss_err err = binder_step(db, binder, act, NULL);

	sqlite_done(binder->stmt);
	return err;
}
