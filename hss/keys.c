#include "hss/keys.h"

#include <stdio.h>
#include <string.h>

/*
 * Of a database without rows so many records are tried: one that was tampered with does not make
 * the right key a wrong one.
 */
enum { TRIES = 16 };

/* The rows, as they are and as they shall be. */
struct rows {
	struct arena arena;
	struct store_master_key *key;
	size_t n;
};

static enum hss_err store_failed(struct store *store, enum hss_err err,
                                 char why[static SEAL_WHY_LEN])
{
	const char *text = store_error(store);

	(void)snprintf(why, SEAL_WHY_LEN, "%s", text[0] != '\0' ? text : hss_err_text(err));
	return err;
}

static enum hss_err key_missing(const struct seal *seal, unsigned id, char why[static SEAL_WHY_LEN])
{
	(void)snprintf(why, SEAL_WHY_LEN,
	               "the master key file %s has no key %u, under which records of the database "
	               "are sealed",
	               seal_source(seal), id);
	return HSS_ERR_SEAL;
}

static enum hss_err key_wrong(const struct seal *seal, unsigned id, char why[static SEAL_WHY_LEN])
{
	(void)snprintf(why, SEAL_WHY_LEN,
	               "the key %u of the master key file %s is not the one under which the "
	               "database is sealed",
	               id, seal_source(seal));
	return HSS_ERR_SEAL;
}

static enum hss_err row_check(const struct store_master_key *row, struct seal *seal,
                              char why[static SEAL_WHY_LEN])
{
	enum hss_err err = seal_check(seal, row->id, &row->check);

	switch (err) {
	case HSS_OK:
		return HSS_OK;
	case HSS_ERR_NOT_FOUND:
		return key_missing(seal, row->id, why);
	case HSS_ERR_SEAL:
		return key_wrong(seal, row->id, why);
	default:
		(void)snprintf(why, SEAL_WHY_LEN, "the master key file %s: %s", seal_source(seal),
		               hss_err_text(err));
		return err;
	}
}

/* Open a record of an IMPI, and forget it. */
static enum hss_err record_try(struct seal *seal, const struct store_sealed *sealed, unsigned *id)
{
	struct seal_key renewed;

	*id = seal_id_of(sealed->has_key ? &sealed->key : &sealed->ha1);
	return seal_renew(seal, sealed->impi, !sealed->has_key,
	                  sealed->has_key ? &sealed->key : &sealed->ha1, &renewed);
}

/* Without rows: *id receives the key that sealed the first record that opens; 0: there is none. */
static enum hss_err records_check(struct store *store, struct seal *seal, unsigned *id,
                                  char why[static SEAL_WHY_LEN])
{
	struct arena arena = {0};
	struct store_sealed *sealed = NULL;
	size_t n = 0;
	unsigned missing = 0;
	unsigned wrong = 0;
	enum hss_err err = store_sealed_list(store, "", TRIES, &arena, &sealed, &n);

	*id = 0;
	if (err != HSS_OK) {
		err = store_failed(store, err, why);
	}
	for (size_t i = 0; err == HSS_OK && i < n && *id == 0; i++) {
		unsigned of = 0;
		enum hss_err tried = record_try(seal, &sealed[i], &of);

		if (tried == HSS_OK) {
			*id = of;
		} else if (!seal_has(seal, of)) {
			missing = of;
		} else {
			wrong = of;
		}
	}
	if (err == HSS_OK && *id == 0 && n != 0) {
		err = wrong != 0 ? key_wrong(seal, wrong, why) : key_missing(seal, missing, why);
	}
	arena_free(&arena);
	return err;
}

/* Load and check the rows; *unlisted receives the key of the records when there are no rows. */
static enum hss_err rows_check(struct store *store, struct seal *seal, struct rows *rows,
                               unsigned *unlisted, char why[static SEAL_WHY_LEN])
{
	enum hss_err err = store_master_keys(store, &rows->arena, &rows->key, &rows->n);

	*unlisted = 0;
	if (err != HSS_OK) {
		return store_failed(store, err, why);
	}
	for (size_t i = 0; i < rows->n && err == HSS_OK; i++) {
		err = row_check(&rows->key[i], seal, why);
	}
	return err == HSS_OK && rows->n == 0 ? records_check(store, seal, unlisted, why) : err;
}

enum hss_err keys_check(struct store *store, struct seal *seal, char why[static SEAL_WHY_LEN])
{
	struct rows rows = {0};
	unsigned unlisted = 0;
	enum hss_err err = rows_check(store, seal, &rows, &unlisted, why);

	arena_free(&rows.arena);
	return err;
}

static enum hss_err row_make(struct store *store, struct seal *seal, unsigned id, bool active)
{
	struct store_master_key row = {.id = id, .active = active, .rotated_to = ""};
	enum hss_err err = seal_check_make(seal, id, &row.check);

	return err == HSS_OK ? store_master_key_put(store, &row) : err;
}

/* The key that seals gets the active row; before that the former one loses it. */
static enum hss_err rows_bring(struct store *store, struct seal *seal, struct rows *rows,
                               unsigned unlisted)
{
	const unsigned sealing = seal_id(seal);
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < rows->n && err == HSS_OK; i++) {
		if (rows->key[i].active) {
			rows->key[i].active = false;
			err = store_master_key_put(store, &rows->key[i]);
		}
	}
	if (err == HSS_OK && unlisted != 0 && unlisted != sealing) {
		err = row_make(store, seal, unlisted, false);
	}
	return err == HSS_OK ? row_make(store, seal, sealing, true) : err;
}

static bool is_brought(const struct rows *rows, unsigned sealing)
{
	size_t i = 0;

	while (i < rows->n && !(rows->key[i].active && rows->key[i].id == sealing)) {
		i++;
	}
	return i < rows->n;
}

enum hss_err keys_bring(struct store *store, struct seal *seal, char why[static SEAL_WHY_LEN])
{
	struct rows rows = {0};
	unsigned unlisted = 0;
	enum hss_err err = rows_check(store, seal, &rows, &unlisted, why);

	if (err == HSS_OK && !is_brought(&rows, seal_id(seal))) {
		/* Its writer may have been killed before it synced it: a power cut would take the
		   key away, and leave what it sealed. */
		err = seal_sync(seal, why);
		if (err == HSS_OK) {
			err = rows_bring(store, seal, &rows, unlisted);
			if (err != HSS_OK) {
				(void)store_failed(store, err, why);
			}
		}
	}
	arena_free(&rows.arena);
	return err;
}

enum hss_err keys_open(struct store *store, struct seal *seal, char why[static SEAL_WHY_LEN])
{
	enum hss_err err = store_begin(store);

	if (err != HSS_OK) {
		return store_failed(store, err, why);
	}
	err = keys_bring(store, seal, why);
	if (err == HSS_OK) {
		err = store_commit(store);
		if (err != HSS_OK) {
			(void)store_failed(store, err, why);
		}
	}
	store_rollback(store);
	return err;
}

/* Seal a record anew that another key sealed. */
static enum hss_err record_renew(struct seal *seal, const char *impi, bool is_ha1,
                                 struct seal_key *record, size_t *n)
{
	enum hss_err err = HSS_OK;

	if (seal_id_of(record) != seal_id(seal)) {
		err = seal_renew(seal, impi, is_ha1, record, record);
		*n += err == HSS_OK;
	}
	return err;
}

/* Each record by itself: one that does not open keeps the other from nothing. */
static enum hss_err impi_renew(struct store *store, struct seal *seal, struct store_sealed *sealed,
                               struct keys_portion *portion)
{
	enum hss_err key = HSS_OK;
	enum hss_err ha1 = HSS_OK;
	size_t n = 0;

	if (sealed->has_key) {
		key = record_renew(seal, sealed->impi, false, &sealed->key, &n);
	}
	if (sealed->has_ha1) {
		ha1 = record_renew(seal, sealed->impi, true, &sealed->ha1, &n);
	}
	if (key == HSS_ERR_CRYPTO || ha1 == HSS_ERR_CRYPTO) {
		return HSS_ERR_CRYPTO;
	}
	if (key != HSS_OK || ha1 != HSS_OK) {
		portion->impi[portion->n_unopened++] = sealed->impi;
	}
	portion->n_renewed += n;
	return n > 0 ? store_sealed_update(store, sealed) : HSS_OK;
}

/* At the end: nothing is sealed under the other keys any more, or it begins anew. */
static enum hss_err rotation_end(struct store *store, struct rows *rows,
                                 struct store_master_key *active, struct keys_portion *portion)
{
	enum hss_err err = HSS_OK;

	portion->n_left_out = active->unopened;
	portion->to = "";
	for (size_t i = 0; i < rows->n && err == HSS_OK && active->unopened == 0; i++) {
		if (!rows->key[i].active) {
			err = store_master_key_delete(store, rows->key[i].id);
		}
	}
	active->rotated_to = "";
	active->unopened = 0;
	return err == HSS_OK ? store_master_key_put(store, active) : err;
}

static enum hss_err portion_rotate(struct store *store, struct seal *seal, struct rows *rows,
                                   struct arena *arena, struct store_master_key *active,
                                   struct keys_portion *portion)
{
	struct store_sealed *sealed = NULL;
	enum hss_err err = store_sealed_list(store, active->rotated_to, KEYS_ROWS_MAX, arena,
	                                     &sealed, &portion->n_impis);

	for (size_t i = 0; i < portion->n_impis && err == HSS_OK; i++) {
		err = impi_renew(store, seal, &sealed[i], portion);
	}
	if (err != HSS_OK) {
		return err;
	}
	active->unopened += portion->n_unopened;
	portion->end = portion->n_impis < KEYS_ROWS_MAX;
	if (portion->end) {
		return rotation_end(store, rows, active, portion);
	}
	portion->to = sealed[portion->n_impis - 1].impi;
	active->rotated_to = portion->to;
	return store_master_key_put(store, active);
}

enum hss_err keys_rotate(struct store *store, struct seal *seal, struct arena *arena,
                         struct keys_portion *portion)
{
	struct rows rows = {0};
	struct store_master_key *active = NULL;
	enum hss_err err = store_master_keys(store, &rows.arena, &rows.key, &rows.n);

	*portion = (struct keys_portion){.to = "", .end = true};
	portion->impi = arena_array(arena, KEYS_ROWS_MAX, sizeof(*portion->impi));
	if (err == HSS_OK && portion->impi == NULL) {
		err = HSS_ERR_MEMORY;
	}
	for (size_t i = 0; i < rows.n && err == HSS_OK; i++) {
		if (rows.key[i].active && rows.key[i].id == seal_id(seal)) {
			active = &rows.key[i];
		}
	}
	if (err == HSS_OK && active != NULL && rows.n > 1) {
		err = portion_rotate(store, seal, &rows, arena, active, portion);
	}
	arena_free(&rows.arena);
	return err;
}
