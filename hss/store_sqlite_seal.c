/* The SQLite backend: master keys, and what IMPIs have sealed, for sealing it anew. */
#include <string.h>

#include "hss/store_sqlite.h"

/* A column of sealed octets; false for NULL. A CHECK holds the length. */
static bool sealed_column(sqlite3_stmt *stmt, int column, struct seal_key *out)
{
	const void *octets = sqlite3_column_blob(stmt, column);

	if (octets == NULL || sqlite3_column_bytes(stmt, column) != SEAL_KEY_LEN) {
		return false;
	}
	memcpy(out->octets, octets, SEAL_KEY_LEN);
	return true;
}

static enum hss_err master_key_read(struct store_sqlite *db, sqlite3_stmt *stmt,
                                    struct arena *arena, struct store_master_key *key)
{
	*key = (struct store_master_key){
		.id = (unsigned)sqlite3_column_int(stmt, 0),
		.active = sqlite3_column_int(stmt, 2) != 0,
		.unopened = (uint64_t)sqlite3_column_int64(stmt, 4),
	};
	if (!sealed_column(stmt, 1, &key->check)) {
		return store_refuse(&db->base, HSS_ERR_INVALID,
		                    "%s: load: the check value of master key %u is damaged",
		                    db->path, key->id);
	}
	return sqlite_text(db, stmt, 3, arena, &key->rotated_to);
}

enum hss_err sqlite_master_keys(struct store *store, struct arena *arena,
                                struct store_master_key **key, size_t *n)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_MASTER_KEYS]};
	struct store_master_key *list = NULL;
	enum hss_err err = HSS_OK;
	size_t got = 0;
	bool row = true;

	while (err == HSS_OK && (err = binder_step(db, &binder, "load", &row)) == HSS_OK && row) {
		list = sqlite_grow(arena, list, got, sizeof(*list));
		err = list == NULL ? sqlite_no_memory(db)
		                   : master_key_read(db, binder.stmt, arena, &list[got++]);
	}
	sqlite_done(binder.stmt);
	if (err == HSS_OK) {
		*key = list;
		*n = got;
	}
	return err;
}

enum hss_err sqlite_master_key_put(struct store *store, const struct store_master_key *key)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_MASTER_KEY_PUT]};

	binder_int(&binder, key->id);
	binder_octets(&binder, key->check.octets, SEAL_KEY_LEN);
	binder_int(&binder, key->active);
	binder_text(&binder, key->rotated_to);
	binder_int(&binder, (int64_t)key->unopened);
	return binder_run(db, &binder, "save");
}

/* A statement that has to change one row. */
static enum hss_err change_one(struct store_sqlite *db, struct binder *binder, const char *what)
{
	enum hss_err err = binder_run(db, binder, "save");

	return err == HSS_OK && sqlite3_changes(db->handle) != 1
	               ? store_refuse(&db->base, HSS_ERR_NOT_FOUND, "%s: no such %s", db->path,
	                              what)
	               : err;
}

enum hss_err sqlite_master_key_delete(struct store *store, unsigned id)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_MASTER_KEY_DELETE]};

	binder_int(&binder, id);
	return change_one(db, &binder, "master key");
}

static enum hss_err sealed_read(struct store_sqlite *db, sqlite3_stmt *stmt, struct arena *arena,
                                struct store_sealed *sealed)
{
	*sealed = (struct store_sealed){0};
	sealed->has_key = sealed_column(stmt, 1, &sealed->key);
	sealed->has_ha1 = sealed_column(stmt, 2, &sealed->ha1);
	return sqlite_text(db, stmt, 0, arena, &sealed->impi);
}

enum hss_err sqlite_sealed_list(struct store *store, const char *after, size_t max,
                                struct arena *arena, struct store_sealed **sealed, size_t *n)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_SEALED]};
	struct store_sealed *list = NULL;
	enum hss_err err = HSS_OK;
	size_t got = 0;
	bool row = true;

	binder_text(&binder, after);
	binder_int(&binder, (int64_t)max);
	while (err == HSS_OK && (err = binder_step(db, &binder, "load", &row)) == HSS_OK && row) {
		list = sqlite_grow(arena, list, got, sizeof(*list));
		err = list == NULL ? sqlite_no_memory(db)
		                   : sealed_read(db, binder.stmt, arena, &list[got++]);
	}
	sqlite_done(binder.stmt);
	if (err == HSS_OK) {
		*sealed = list;
		*n = got;
	}
	return err;
}

enum hss_err sqlite_sealed_update(struct store *store, const struct store_sealed *sealed)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_SEALED_UPDATE]};

	binder_text(&binder, sealed->impi);
	binder_octets(&binder, sealed->has_key ? sealed->key.octets : NULL, SEAL_KEY_LEN);
	binder_octets(&binder, sealed->has_ha1 ? sealed->ha1.octets : NULL, SEAL_KEY_LEN);
	return change_one(db, &binder, "IMPI");
}

enum hss_err sqlite_sealed_count(struct store *store, uint64_t n[static SEAL_ID_MAX + 1])
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_SEALED_COUNT]};
	enum hss_err err = HSS_OK;
	bool row = true;

	while (err == HSS_OK && (err = binder_step(db, &binder, "count", &row)) == HSS_OK && row) {
		const uint8_t *id = sqlite3_column_blob(binder.stmt, 0);

		if (id != NULL) {
			n[*id] = (uint64_t)sqlite3_column_int64(binder.stmt, 1);
		}
	}
	sqlite_done(binder.stmt);
	return err;
}
