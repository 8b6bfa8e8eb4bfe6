/* The SQLite backend: what several subscriptions share. */
#include "hss/store_sqlite.h"

#include <string.h>

/* Statements of each kind. */
static const struct {
	enum sql find;
} objects[] = {
	[STORE_OBJECT_PROFILE] = {SQL_PROFILE_FIND},
	[STORE_OBJECT_CHARGING] = {SQL_CHARGING_FIND},
	[STORE_OBJECT_CAPABILITIES] = {SQL_CAPABILITIES_FIND},
};

enum hss_err sqlite_object_find(struct store_sqlite *db, enum store_object kind, int64_t id,
                                const char *name, int64_t *found)
{
	struct binder binder = {.stmt = db->stmt[objects[kind].find]};
	enum hss_err err = HSS_OK;
	bool row = false;

	binder_id(&binder, id);
	binder_text(&binder, id == 0 ? name : NULL);
	err = binder_step(db, &binder, "load", &row);
	if (err == HSS_OK) {
		*found = row ? sqlite3_column_int64(binder.stmt, 0) : 0;
	}
	sqlite_done(binder.stmt);
	return err;
}

static enum hss_err sets_load(struct store_sqlite *db, struct arena *arena,
                              struct ims_profile *profile)
{
	struct binder binder = {.stmt = db->stmt[SQL_PROFILE_SETS]};
	enum hss_err err = HSS_OK;
	bool row = true;

	binder_int(&binder, profile->id);
	while (err == HSS_OK && (err = binder_step(db, &binder, "load", &row)) == HSS_OK && row) {
		struct ims_ifc_set *set = sqlite_grow(arena, profile->ifc_set, profile->n_ifc_set,
		                                      sizeof(*profile->ifc_set));

		if (set == NULL) {
			err = sqlite_no_memory(db);
			break;
		}
		profile->ifc_set = set;
		set += profile->n_ifc_set++;
		set->id = (uint32_t)sqlite3_column_int64(binder.stmt, 0);
		set->unregistered_services = sqlite3_column_int(binder.stmt, 2) != 0;
		err = sqlite_text(db, binder.stmt, 1, arena, &set->criteria);
	}
	sqlite_done(binder.stmt);
	return err;
}

static enum hss_err profile_read(struct store_sqlite *db, sqlite3_stmt *stmt, bool full,
                                 struct arena *arena, struct ims_profile *profile)
{
	enum hss_err err = sqlite_text(db, stmt, 1, arena, &profile->name);

	profile->id = sqlite3_column_int64(stmt, 0);
	profile->has_media_profile = sqlite3_column_type(stmt, 2) != SQLITE_NULL;
	profile->media_profile = (uint32_t)sqlite3_column_int64(stmt, 2);
	profile->unregistered_services = sqlite3_column_int(stmt, 3) != 0;
	if (err == HSS_OK && full) {
		err = sqlite_text(db, stmt, 4, arena, &profile->criteria);
	}
	if (err == HSS_OK && full) {
		err = sqlite_lines(db, stmt, 5, arena, &profile->service_id,
		                   &profile->n_service_id);
	}
	return err;
}

enum hss_err sqlite_profile_load(struct store_sqlite *db, int64_t id, bool full,
                                 struct arena *arena, struct ims_profile *profile, bool *found)
{
	struct binder binder = {.stmt = db->stmt[full ? SQL_PROFILE_FULL : SQL_PROFILE]};
	enum hss_err err = HSS_OK;
	bool has_sets = false;

	*profile = (struct ims_profile){0};
	binder_int(&binder, id);
	err = binder_step(db, &binder, "load", found);
	if (err == HSS_OK && *found) {
		has_sets = full && sqlite3_column_int(binder.stmt, 6) != 0;
		err = profile_read(db, binder.stmt, full, arena, profile);
	}
	sqlite_done(binder.stmt);
	return err == HSS_OK && has_sets ? sets_load(db, arena, profile) : err;
}

enum hss_err sqlite_charging_load(struct store_sqlite *db, int64_t id, struct arena *arena,
                                  struct ims_charging **out)
{
	struct binder binder = {.stmt = db->stmt[SQL_CHARGING]};
	struct ims_charging *charging = arena_alloc(arena, sizeof(*charging));
	enum hss_err err = charging != NULL ? HSS_OK : sqlite_no_memory(db);
	bool row = false;

	if (err != HSS_OK) {
		return err;
	}
	const char **const columns[] = {&charging->name, &charging->primary_ecf,
	                                &charging->secondary_ecf, &charging->primary_ccf,
	                                &charging->secondary_ccf};

	binder_int(&binder, id);
	err = binder_step(db, &binder, "load", &row);
	if (err == HSS_OK && row) {
		*out = charging;
		charging->id = sqlite3_column_int64(binder.stmt, 0);
	}
	for (size_t i = 0; row && err == HSS_OK && i < sizeof(columns) / sizeof(columns[0]); i++) {
		err = sqlite_text(db, binder.stmt, (int)i + 1, arena, columns[i]);
	}
	sqlite_done(binder.stmt);
	return err;
}

/* Kinds of capability in their table. */
enum { CAPABILITY_MANDATORY, CAPABILITY_OPTIONAL, CAPABILITY_SERVER };

static enum hss_err number_add(struct store_sqlite *db, struct arena *arena, int64_t number,
                               uint32_t **list, size_t *n)
{
	*list = sqlite_grow(arena, *list, *n, sizeof(**list));
	if (*list == NULL) {
		return sqlite_no_memory(db);
	}
	(*list)[(*n)++] = (uint32_t)number;
	return HSS_OK;
}

/* One capability; of a set without any the kind is NULL. */
static enum hss_err capability_read(struct store_sqlite *db, sqlite3_stmt *stmt,
                                    struct arena *arena, struct ims_capabilities *set)
{
	if (sqlite3_column_type(stmt, 2) == SQLITE_NULL) {
		return HSS_OK;
	}
	switch (sqlite3_column_int(stmt, 2)) {
	case CAPABILITY_MANDATORY:
		return number_add(db, arena, sqlite3_column_int64(stmt, 3), &set->mandatory,
		                  &set->n_mandatory);
	case CAPABILITY_OPTIONAL:
		return number_add(db, arena, sqlite3_column_int64(stmt, 3), &set->optional,
		                  &set->n_optional);
	default:
		set->server = sqlite_grow(arena, set->server, set->n_server, sizeof(*set->server));
		return set->server == NULL
		               ? sqlite_no_memory(db)
		               : sqlite_text(db, stmt, 4, arena, &set->server[set->n_server++]);
	}
}

enum hss_err sqlite_capabilities_load(struct store_sqlite *db, int64_t subscription,
                                      struct arena *arena, struct ims_capabilities **out)
{
	struct binder binder = {.stmt = db->stmt[SQL_CAPABILITIES]};
	struct ims_capabilities *set = NULL;
	enum hss_err err = HSS_OK;
	bool row = true;

	binder_int(&binder, subscription);
	while (err == HSS_OK && (err = binder_step(db, &binder, "load", &row)) == HSS_OK && row) {
		if (set == NULL) {
			set = arena_alloc(arena, sizeof(*set));
			if (set == NULL) {
				err = sqlite_no_memory(db);
				break;
			}
			set->id = sqlite3_column_int64(binder.stmt, 0);
			err = sqlite_text(db, binder.stmt, 1, arena, &set->name);
		}
		if (err == HSS_OK) {
			err = capability_read(db, binder.stmt, arena, set);
		}
	}
	sqlite_done(binder.stmt);
	*out = set;
	return err;
}
