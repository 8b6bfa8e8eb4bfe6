#include "hss/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hss/store_backend.h"

static const struct store_backend *const backends[] = {
	&store_sqlite_backend,
};

enum hss_err store_refuse(struct store *store, enum hss_err err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vsnprintf(store->error, sizeof(store->error), format, args) < 0) {
		store->error[0] = '\0';
	}
	va_end(args);
	return err;
}

/* The backend of a URI; *rest receives what follows the scheme. A bare path is the first one's. */
static const struct store_backend *backend_of(const char *uri, const char **rest)
{
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		const size_t len = strlen(backends[i]->scheme);

		if (strncmp(uri, backends[i]->scheme, len) == 0) {
			*rest = uri + len;
			return backends[i];
		}
	}
	*rest = uri;
	return backends[0];
}

enum hss_err store_open(const char *uri, enum store_mode mode, struct store **out)
{
	const char *rest = NULL;

	return backend_of(uri, &rest)->open(rest, mode, out);
}

enum hss_err store_backup(const char *uri, const char *file, struct store_backup *backup)
{
	const char *rest = NULL;

	return backend_of(uri, &rest)->backup(rest, file, backup);
}

enum hss_err store_verify(const char *uri, struct store_verify *verify)
{
	const char *rest = NULL;

	return backend_of(uri, &rest)->verify(rest, verify);
}

enum hss_err store_restore(const char *uri, const char *file, struct store_restore *restore)
{
	const char *rest = NULL;

	return backend_of(uri, &rest)->restore(rest, file, restore);
}

void store_close(struct store *store)
{
	if (store != NULL) {
		store_rollback(store);
		store->ops->close(store);
	}
}

const char *store_error(const struct store *store)
{
	return store->error;
}

enum hss_err store_latched(const struct store *store)
{
	return store->latched;
}

int store_schema_version(const struct store *store)
{
	return store->schema_version;
}

int store_schema_known(void)
{
	return store_sqlite_schema_known();
}

/* May this handle look? The text of what latched it stays. */
static enum hss_err may_look(struct store *store)
{
	if (store->latched == HSS_OK) {
		store->error[0] = '\0';
	}
	return store->latched;
}

static enum hss_err may_write(struct store *store, const char *act)
{
	enum hss_err err = may_look(store);

	if (err == HSS_OK && store->mode == STORE_READ) {
		err = store_refuse(store, HSS_ERR_INVALID, "%s: the store is open for looking only",
		                   act);
	}
	return err;
}

enum hss_err store_begin(struct store *store)
{
	enum hss_err err = may_look(store);

	if (err == HSS_OK && store->in_transaction) {
		err = store_refuse(store, HSS_ERR_INVALID, "begin: a transaction is open");
	}
	if (err == HSS_OK) {
		err = store->ops->begin(store);
		store->in_transaction = err == HSS_OK;
	}
	return err;
}

enum hss_err store_commit(struct store *store)
{
	enum hss_err err = may_look(store);

	if (err == HSS_OK && !store->in_transaction) {
		return store_refuse(store, HSS_ERR_INVALID, "commit: no transaction is open");
	}
	if (err == HSS_OK && store->in_part) {
		return store_refuse(store, HSS_ERR_INVALID, "commit: a part is open");
	}
	if (err != HSS_OK) {
		store_rollback(store);
		return err;
	}
	err = store->ops->commit(store);
	store->in_transaction = false;
	return err;
}

void store_rollback(struct store *store)
{
	if (store->in_transaction) {
		store->ops->rollback(store);
		store->in_transaction = false;
		store->in_part = false;
	}
}

enum hss_err store_part_begin(struct store *store)
{
	enum hss_err err = may_write(store, "part");

	if (err == HSS_OK && (!store->in_transaction || store->in_part)) {
		err = store_refuse(store, HSS_ERR_INVALID, "part: %s",
		                   store->in_part ? "a part is open" : "no transaction is open");
	}
	if (err == HSS_OK) {
		err = store->ops->part_begin(store);
		store->in_part = err == HSS_OK;
	}
	return err;
}

enum hss_err store_part_end(struct store *store, bool keep)
{
	enum hss_err err = may_write(store, "part");

	if (err == HSS_OK && !store->in_part) {
		return store_refuse(store, HSS_ERR_INVALID, "part: no part is open");
	}
	if (err == HSS_OK) {
		err = store->ops->part_end(store, keep);
	}
	store->in_part = false;
	return err;
}

enum hss_err store_maintain(struct store *store, bool idle)
{
	enum hss_err err = may_write(store, "checkpoint");

	if (err == HSS_OK && store->in_transaction) {
		err = store_refuse(store, HSS_ERR_INVALID, "checkpoint: a transaction is open");
	}
	return err == HSS_OK ? store->ops->maintain(store, idle) : err;
}

enum hss_err store_subscription_load(struct store *store, const char *impi, const char *const *impu,
                                     size_t n_impu, enum store_view view,
                                     struct ims_subscription *sub)
{
	enum hss_err err = may_look(store);

	ims_subscription_reset(sub);
	return err == HSS_OK ? store->ops->subscription_load(store, impi, impu, n_impu, view, sub)
	                     : err;
}

enum hss_err store_subscription_get(struct store *store, int64_t id, struct ims_subscription *sub)
{
	enum hss_err err = may_look(store);

	ims_subscription_reset(sub);
	return err == HSS_OK ? store->ops->subscription_get(store, id, sub) : err;
}

enum hss_err store_subscription_ids(struct store *store, int64_t after, int64_t *ids, size_t max,
                                    size_t *n)
{
	enum hss_err err = may_look(store);

	*n = 0;
	return err == HSS_OK ? store->ops->subscription_ids(store, after, ids, max, n) : err;
}

enum hss_err store_subscription_count(struct store *store, uint64_t *n)
{
	enum hss_err err = may_look(store);

	*n = 0;
	return err == HSS_OK ? store->ops->subscription_count(store, n) : err;
}

enum hss_err store_registration_save(struct store *store, const struct ims_subscription *sub)
{
	enum hss_err err = may_write(store, "save");

	if (err == HSS_OK) {
		err = store_check_registration(store, sub);
	}
	return err == HSS_OK ? store->ops->registration_save(store, sub) : err;
}

enum hss_err store_subscription_put(struct store *store, struct ims_subscription *sub)
{
	enum hss_err err = may_write(store, "put");

	if (err == HSS_OK) {
		err = store_check_subscription(store, sub);
	}
	return err == HSS_OK ? store->ops->subscription_put(store, sub) : err;
}

enum hss_err store_subscription_delete(struct store *store, int64_t id)
{
	enum hss_err err = may_write(store, "delete");

	return err == HSS_OK ? store->ops->subscription_delete(store, id) : err;
}

enum hss_err store_profile_put(struct store *store, struct ims_profile *profile)
{
	enum hss_err err = may_write(store, "put profile");

	if (err == HSS_OK) {
		err = store_check_profile(store, profile);
	}
	return err == HSS_OK ? store->ops->profile_put(store, profile) : err;
}

enum hss_err store_ifc_set_put(struct store *store, const struct ims_ifc_set *set)
{
	enum hss_err err = may_write(store, "put shared set");

	if (err == HSS_OK) {
		err = store_check_ifc_set(store, set);
	}
	return err == HSS_OK ? store->ops->ifc_set_put(store, set) : err;
}

enum hss_err store_charging_put(struct store *store, struct ims_charging *charging)
{
	enum hss_err err = may_write(store, "put charging");

	if (err == HSS_OK) {
		err = store_check_charging(store, charging);
	}
	return err == HSS_OK ? store->ops->charging_put(store, charging) : err;
}

enum hss_err store_capabilities_put(struct store *store, struct ims_capabilities *capabilities)
{
	enum hss_err err = may_write(store, "put capabilities");

	if (err == HSS_OK) {
		err = store_check_capabilities(store, capabilities);
	}
	return err == HSS_OK ? store->ops->capabilities_put(store, capabilities) : err;
}

enum hss_err store_object_get(struct store *store, enum store_object kind, const char *name,
                              struct arena *arena, int64_t *id, const char **document)
{
	enum hss_err err = may_look(store);

	*id = 0;
	*document = NULL;
	return err == HSS_OK ? store->ops->object_get(store, kind, name, arena, id, document) : err;
}

enum hss_err store_profile_get(struct store *store, const char *name, struct arena *arena,
                               struct ims_profile *profile)
{
	enum hss_err err = may_look(store);

	*profile = (struct ims_profile){0};
	return err == HSS_OK ? store->ops->profile_get(store, name, arena, profile) : err;
}

enum hss_err store_ifc_set_get(struct store *store, uint32_t id, struct arena *arena,
                               struct ims_ifc_set *set)
{
	enum hss_err err = may_look(store);

	*set = (struct ims_ifc_set){0};
	return err == HSS_OK ? store->ops->ifc_set_get(store, id, arena, set) : err;
}

enum hss_err store_object_names(struct store *store, enum store_object kind, struct arena *arena,
                                const char ***names, size_t *n)
{
	enum hss_err err = may_look(store);

	*names = NULL;
	*n = 0;
	return err == HSS_OK ? store->ops->object_names(store, kind, arena, names, n) : err;
}

enum hss_err store_object_delete(struct store *store, enum store_object kind, const char *name)
{
	enum hss_err err = may_write(store, "delete");

	return err == HSS_OK ? store->ops->object_delete(store, kind, name) : err;
}

enum hss_err store_push_add(struct store *store, struct ims_push *push, int64_t now)
{
	enum hss_err err = may_write(store, "push");

	if (err == HSS_OK) {
		err = store_check_push(store, push);
	}
	return err == HSS_OK ? store->ops->push_add(store, push, now) : err;
}

enum hss_err store_push_due(struct store *store, int64_t now, int64_t after, size_t max,
                            struct arena *arena, struct ims_push **push, size_t *n, int64_t *next)
{
	enum hss_err err = may_look(store);

	*push = NULL;
	*n = 0;
	*next = 0;
	return err == HSS_OK ? store->ops->push_due(store, now, after, max, arena, push, n, next)
	                     : err;
}

enum hss_err store_push_get(struct store *store, int64_t id, struct arena *arena,
                            struct ims_push *push)
{
	enum hss_err err = may_look(store);

	*push = (struct ims_push){0};
	return err == HSS_OK ? store->ops->push_get(store, id, arena, push) : err;
}

enum hss_err store_push_list(struct store *store, int64_t after, size_t max, bool waiting,
                             struct arena *arena, struct ims_push **push, size_t *n)
{
	enum hss_err err = may_look(store);

	*push = NULL;
	*n = 0;
	return err == HSS_OK ? store->ops->push_list(store, after, max, waiting, arena, push, n)
	                     : err;
}

enum hss_err store_push_update(struct store *store, const struct ims_push *push)
{
	enum hss_err err = may_write(store, "push");

	if (err == HSS_OK) {
		err = store_check_push(store, push);
	}
	return err == HSS_OK ? store->ops->push_update(store, push) : err;
}

enum hss_err store_push_wake(struct store *store, const char *host, int64_t now, size_t max,
                             size_t *n)
{
	enum hss_err err = may_write(store, "push");

	*n = 0;
	return err == HSS_OK ? store->ops->push_wake(store, host, now, max, n) : err;
}

enum hss_err store_push_prune(struct store *store, int64_t ended_before, size_t max, size_t *n)
{
	enum hss_err err = may_write(store, "push");

	*n = 0;
	return err == HSS_OK ? store->ops->push_prune(store, ended_before, max, n) : err;
}

enum hss_err store_scan_add(struct store *store, struct store_scan *scan)
{
	enum hss_err err = may_write(store, "follow up");

	if (err == HSS_OK) {
		err = store_check_scan(store, scan);
	}
	return err == HSS_OK ? store->ops->scan_add(store, scan) : err;
}

enum hss_err store_scan_next(struct store *store, struct store_scan *scan)
{
	enum hss_err err = may_look(store);

	*scan = (struct store_scan){0};
	return err == HSS_OK ? store->ops->scan_next(store, scan) : err;
}

enum hss_err store_scan_portion(struct store *store, const struct store_scan *scan, int64_t span,
                                int64_t *ids, size_t max, size_t *n, int64_t *last)
{
	enum hss_err err = may_look(store);

	*n = 0;
	*last = 0;
	if (err == HSS_OK) {
		err = store_check_scan(store, scan);
	}
	if (err == HSS_OK && (span < 1 || max < 1)) {
		err = store_refuse(store, HSS_ERR_INVALID, "follow up: a portion of nothing");
	}
	return err == HSS_OK ? store->ops->scan_portion(store, scan, span, ids, max, n, last) : err;
}

enum hss_err store_scan_advance(struct store *store, const struct store_scan *scan)
{
	enum hss_err err = may_write(store, "follow up");

	if (err == HSS_OK) {
		err = store_check_scan(store, scan);
	}
	return err == HSS_OK ? store->ops->scan_advance(store, scan) : err;
}

enum hss_err store_master_keys(struct store *store, struct arena *arena,
                               struct store_master_key **key, size_t *n)
{
	enum hss_err err = may_look(store);

	*key = NULL;
	*n = 0;
	return err == HSS_OK ? store->ops->master_keys(store, arena, key, n) : err;
}

enum hss_err store_master_key_put(struct store *store, const struct store_master_key *key)
{
	enum hss_err err = may_write(store, "master key");

	if (err == HSS_OK && (key->id < 1 || key->id > SEAL_ID_MAX)) {
		err = store_refuse(store, HSS_ERR_INVALID, "master key: its id is not from 1 to %d",
		                   SEAL_ID_MAX);
	}
	return err == HSS_OK ? store->ops->master_key_put(store, key) : err;
}

enum hss_err store_master_key_delete(struct store *store, unsigned id)
{
	enum hss_err err = may_write(store, "master key");

	return err == HSS_OK ? store->ops->master_key_delete(store, id) : err;
}

enum hss_err store_sealed_list(struct store *store, const char *after, size_t max,
                               struct arena *arena, struct store_sealed **sealed, size_t *n)
{
	enum hss_err err = may_look(store);

	*sealed = NULL;
	*n = 0;
	return err == HSS_OK ? store->ops->sealed_list(store, after, max, arena, sealed, n) : err;
}

enum hss_err store_sealed_update(struct store *store, const struct store_sealed *sealed)
{
	enum hss_err err = may_write(store, "seal");

	return err == HSS_OK ? store->ops->sealed_update(store, sealed) : err;
}

enum hss_err store_sealed_count(struct store *store, uint64_t n[static SEAL_ID_MAX + 1])
{
	enum hss_err err = may_look(store);

	memset(n, 0, (SEAL_ID_MAX + 1) * sizeof(n[0]));
	return err == HSS_OK ? store->ops->sealed_count(store, n) : err;
}
