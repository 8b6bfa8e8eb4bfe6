/* The SQLite backend: what several subscriptions share. */
#include "hss/store_sqlite.h"

#include <string.h>

/* What a kind is called, and its statements. */
static const struct {
	const char *word;
	enum sql find;
	enum sql get;
	enum sql names;
	enum sql remove;
	enum sql user; /* somebody who refers to one, in words */
} objects[] = {
	[STORE_OBJECT_PROFILE] = {"profile", SQL_PROFILE_FIND, SQL_PROFILE_GET, SQL_PROFILE_NAMES,
                                  SQL_PROFILE_DELETE, SQL_PROFILE_USER},
	[STORE_OBJECT_IFC_SET] = {"shared set", SQL_IFC_SET_FIND, SQL_IFC_SET_GET,
                                  SQL_IFC_SET_NAMES, SQL_IFC_SET_DELETE, SQL_IFC_SET_USER},
	[STORE_OBJECT_CHARGING] = {"charging", SQL_CHARGING_FIND, SQL_CHARGING_GET,
                                   SQL_CHARGING_NAMES, SQL_CHARGING_DELETE, SQL_CHARGING_USER},
	[STORE_OBJECT_CAPABILITIES] = {"set of capabilities", SQL_CAPABILITIES_FIND,
                                       SQL_CAPABILITIES_GET, SQL_CAPABILITIES_NAMES,
                                       SQL_CAPABILITIES_DELETE, SQL_CAPABILITIES_USER},
};

enum hss_err sqlite_object_find(struct store_sqlite *db, enum store_object kind, int64_t id,
                                const char *name, int64_t *out, bool *found)
{
	struct binder binder = {.stmt = db->stmt[objects[kind].find]};
	enum hss_err err = HSS_OK;

	binder_id(&binder, id);
	binder_text(&binder, id == 0 ? name : NULL);
	err = binder_step(db, &binder, "load", found);
	if (err == HSS_OK && *found) {
		*out = sqlite3_column_int64(binder.stmt, 0);
	}
	sqlite_done(binder.stmt);
	return err;
}

/* id, criteria, unregistered_services */
static enum hss_err ifc_set_read(struct store_sqlite *db, sqlite3_stmt *stmt, struct arena *arena,
                                 struct ims_ifc_set *set)
{
	set->id = (uint32_t)sqlite3_column_int64(stmt, 0);
	set->unregistered_services = sqlite3_column_int(stmt, 2) != 0;
	return sqlite_text(db, stmt, 1, arena, &set->criteria);
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
		err = ifc_set_read(db, binder.stmt, arena, set + profile->n_ifc_set++);
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
	enum hss_err err = HSS_OK;
	bool row = false;

	if (charging == NULL) {
		return sqlite_no_memory(db);
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

static enum hss_err unknown(struct store_sqlite *db, enum store_object kind, const char *name)
{
	return store_refuse(&db->base, HSS_ERR_NOT_FOUND, "%s: no %s %s", db->path,
	                    objects[kind].word, name);
}

/* Run an insertion or change that returns the id. */
static enum hss_err put_returning(struct store_sqlite *db, struct binder *binder, int64_t *id)
{
	bool row = false;
	enum hss_err err = binder_step(db, binder, "put", &row);

	if (err == HSS_OK) {
		*id = row ? sqlite3_column_int64(binder->stmt, 0) : 0;
	}
	sqlite_done(binder->stmt);
	return err;
}

static enum hss_err run_id(struct store_sqlite *db, enum sql sql, int64_t id)
{
	struct binder binder = {.stmt = db->stmt[sql]};

	binder_int(&binder, id);
	return binder_run(db, &binder, "put");
}

static enum hss_err profile_write(struct store_sqlite *db, const struct ims_profile *profile,
                                  int64_t *id)
{
	struct binder binder = {.stmt = db->stmt[SQL_PROFILE_PUT]};

	binder_text(&binder, profile->name);
	if (profile->has_media_profile) {
		binder_int(&binder, profile->media_profile);
	} else {
		binder_id(&binder, 0);
	}
	binder_int(&binder, profile->unregistered_services);
	binder_text(&binder, profile->document);
	binder_text(&binder, profile->criteria != NULL ? profile->criteria : "");
	binder_lines(&binder, profile->service_id, profile->n_service_id, false);
	return put_returning(db, &binder, id);
}

static enum hss_err profile_set_write(struct store_sqlite *db, int64_t profile, uint32_t set)
{
	struct binder binder = {.stmt = db->stmt[SQL_PROFILE_SET_PUT]};
	enum hss_err err = HSS_OK;

	binder_int(&binder, profile);
	binder_int(&binder, set);
	err = binder_run(db, &binder, "put");
	if (err == HSS_ERR_INVALID) {
		err = store_refuse(&db->base, HSS_ERR_NOT_FOUND, "%s: put: no shared set %u",
		                   db->path, set);
	}
	return err;
}

enum hss_err sqlite_profile_put(struct store *store, struct ims_profile *profile)
{
	struct store_sqlite *db = store_sqlite_of(store);
	int64_t id = 0;
	enum hss_err err = sqlite_act_begin(db, true);

	if (err != HSS_OK) {
		return err;
	}
	err = profile_write(db, profile, &id);
	if (err == HSS_OK) {
		err = run_id(db, SQL_PROFILE_SETS_DELETE, id);
	}
	for (size_t i = 0; err == HSS_OK && i < profile->n_ifc_set; i++) {
		err = profile_set_write(db, id, profile->ifc_set[i].id);
	}
	err = sqlite_act_end(db, true, err);
	if (err == HSS_OK) {
		profile->id = id;
	}
	return err;
}

enum hss_err sqlite_ifc_set_put(struct store *store, const struct ims_ifc_set *set)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_IFC_SET_PUT]};
	enum hss_err err = sqlite_act_begin(db, true);

	if (err != HSS_OK) {
		return err;
	}
	binder_int(&binder, set->id);
	binder_text(&binder, set->document);
	binder_text(&binder, set->criteria);
	binder_int(&binder, set->unregistered_services);
	return sqlite_act_end(db, true, binder_run(db, &binder, "put"));
}

enum hss_err sqlite_charging_put(struct store *store, struct ims_charging *charging)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_CHARGING_PUT]};
	int64_t id = 0;
	enum hss_err err = sqlite_act_begin(db, true);

	if (err != HSS_OK) {
		return err;
	}
	binder_text(&binder, charging->name);
	binder_text(&binder, charging->document);
	binder_text(&binder, charging->primary_ecf);
	binder_text(&binder, charging->secondary_ecf);
	binder_text(&binder, charging->primary_ccf);
	binder_text(&binder, charging->secondary_ccf);
	err = sqlite_act_end(db, true, put_returning(db, &binder, &id));
	if (err == HSS_OK) {
		charging->id = id;
	}
	return err;
}

/* A number, or else the name of a server. */
static enum hss_err capability_write(struct store_sqlite *db, int64_t set, int kind, size_t at,
                                     uint32_t number, const char *server)
{
	struct binder binder = {.stmt = db->stmt[SQL_CAPABILITY_PUT]};

	binder_int(&binder, set);
	binder_int(&binder, kind);
	binder_int(&binder, (int64_t)at + 1);
	if (server == NULL) {
		binder_int(&binder, number);
	} else {
		binder_id(&binder, 0);
	}
	binder_text(&binder, server);
	return binder_run(db, &binder, "put");
}

static enum hss_err capabilities_write(struct store_sqlite *db, const struct ims_capabilities *set,
                                       int64_t *id)
{
	struct binder binder = {.stmt = db->stmt[SQL_CAPABILITIES_PUT]};
	enum hss_err err = HSS_OK;

	binder_text(&binder, set->name);
	binder_text(&binder, set->document);
	err = put_returning(db, &binder, id);
	if (err == HSS_OK) {
		err = run_id(db, SQL_CAPABILITIES_EMPTY, *id);
	}
	for (size_t i = 0; err == HSS_OK && i < set->n_mandatory; i++) {
		err = capability_write(db, *id, CAPABILITY_MANDATORY, i, set->mandatory[i], NULL);
	}
	for (size_t i = 0; err == HSS_OK && i < set->n_optional; i++) {
		err = capability_write(db, *id, CAPABILITY_OPTIONAL, i, set->optional[i], NULL);
	}
	for (size_t i = 0; err == HSS_OK && i < set->n_server; i++) {
		err = capability_write(db, *id, CAPABILITY_SERVER, i, 0, set->server[i]);
	}
	return err;
}

enum hss_err sqlite_capabilities_put(struct store *store, struct ims_capabilities *capabilities)
{
	struct store_sqlite *db = store_sqlite_of(store);
	int64_t id = 0;
	enum hss_err err = sqlite_act_begin(db, true);

	if (err == HSS_OK) {
		err = sqlite_act_end(db, true, capabilities_write(db, capabilities, &id));
	}
	if (err == HSS_OK) {
		capabilities->id = id;
	}
	return err;
}

enum hss_err sqlite_object_get(struct store *store, enum store_object kind, const char *name,
                               struct arena *arena, int64_t *id, const char **document)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[objects[kind].get]};
	enum hss_err err = HSS_OK;
	bool row = false;

	binder_text(&binder, name);
	err = binder_step(db, &binder, "load", &row);
	if (err == HSS_OK && row) {
		*id = sqlite3_column_int64(binder.stmt, 0);
		err = sqlite_text(db, binder.stmt, 1, arena, document);
	} else if (err == HSS_OK) {
		err = unknown(db, kind, name);
	}
	sqlite_done(binder.stmt);
	return err;
}

enum hss_err sqlite_profile_get(struct store *store, const char *name, struct arena *arena,
                                struct ims_profile *profile)
{
	struct store_sqlite *db = store_sqlite_of(store);
	const char *document = NULL;
	int64_t id = 0;
	bool found = false;
	enum hss_err err = sqlite_act_begin(db, false);

	if (err != HSS_OK) {
		return err;
	}
	err = sqlite_object_get(store, STORE_OBJECT_PROFILE, name, arena, &id, &document);
	if (err == HSS_OK) {
		err = sqlite_profile_load(db, id, true, arena, profile, &found);
		profile->document = document;
	}
	return sqlite_act_end(db, false, err);
}

enum hss_err sqlite_ifc_set_get(struct store *store, uint32_t id, struct arena *arena,
                                struct ims_ifc_set *set)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_IFC_SET]};
	enum hss_err err = HSS_OK;
	bool row = false;

	binder_int(&binder, id);
	err = binder_step(db, &binder, "load", &row);
	if (err == HSS_OK && row) {
		err = ifc_set_read(db, binder.stmt, arena, set);
	} else if (err == HSS_OK) {
		err = store_refuse(store, HSS_ERR_NOT_FOUND, "%s: no shared set %u", db->path, id);
	}
	sqlite_done(binder.stmt);
	return err;
}

enum hss_err sqlite_object_names(struct store *store, enum store_object kind, struct arena *arena,
                                 const char ***names, size_t *n)
{
	struct store_sqlite *db = store_sqlite_of(store);
	sqlite3_stmt *stmt = db->stmt[objects[kind].names];
	const char **list = NULL;
	size_t got = 0;
	enum hss_err err = HSS_OK;
	bool row = true;

	while (err == HSS_OK && (err = sqlite_step(db, "load", stmt, &row)) == HSS_OK && row) {
		list = sqlite_grow(arena, list, got, sizeof(*list));
		err = list == NULL ? sqlite_no_memory(db)
		                   : sqlite_text(db, stmt, 0, arena, &list[got++]);
	}
	sqlite_done(stmt);
	if (err == HSS_OK) {
		*names = list;
		*n = got;
	}
	return err;
}

/* Who refers to what could not be deleted. */
static enum hss_err refuse_used(struct store_sqlite *db, enum store_object kind, int64_t id,
                                const char *name)
{
	struct binder binder = {.stmt = db->stmt[objects[kind].user]};
	enum hss_err err = HSS_OK;
	bool row = false;

	binder_int(&binder, id);
	err = binder_step(db, &binder, "delete", &row);
	if (err == HSS_OK) {
		err = store_refuse(
			&db->base, HSS_ERR_EXISTS, "%s: delete: %s uses the %s %s", db->path,
			row ? (const char *)sqlite3_column_text(binder.stmt, 0) : "something",
			objects[kind].word, name);
	}
	sqlite_done(binder.stmt);
	return err;
}

/* The rows that are part of it go first; nothing else may refer to it. */
static enum hss_err object_remove(struct store_sqlite *db, enum store_object kind, int64_t id,
                                  const char *name)
{
	enum hss_err err = HSS_OK;

	if (kind == STORE_OBJECT_PROFILE) {
		err = run_id(db, SQL_PROFILE_SETS_DELETE, id);
	} else if (kind == STORE_OBJECT_CAPABILITIES) {
		err = run_id(db, SQL_CAPABILITIES_EMPTY, id);
	}
	if (err == HSS_OK) {
		err = run_id(db, objects[kind].remove, id);
	}
	return err == HSS_ERR_INVALID ? refuse_used(db, kind, id, name) : err;
}

enum hss_err sqlite_object_delete(struct store *store, enum store_object kind, const char *name)
{
	struct store_sqlite *db = store_sqlite_of(store);
	int64_t id = 0;
	enum hss_err err = HSS_OK;
	bool found = false;

	if (kind == STORE_OBJECT_PROFILE && strcmp(name, "default") == 0) {
		return store_refuse(store, HSS_ERR_EXISTS,
		                    "%s: delete: the profile default is the one of who names none",
		                    db->path);
	}
	err = sqlite_act_begin(db, true);
	if (err != HSS_OK) {
		return err;
	}
	err = sqlite_object_find(db, kind, 0, name, &id, &found);
	if (err == HSS_OK) {
		err = found ? object_remove(db, kind, id, name) : unknown(db, kind, name);
	}
	return sqlite_act_end(db, true, err);
}
