/* "key.status", "key.load", "key.rotate": the master keys (hss/keys.h). */
#include <string.h>

#include "hss/admin_op.h"
#include "hss/keys.h"

static const struct store_master_key *row_of(const struct store_master_key *row, size_t n,
                                             unsigned id)
{
	for (size_t i = 0; i < n; i++) {
		if (row[i].id == id) {
			return &row[i];
		}
	}
	return NULL;
}

/* A key of the file or of the database, with what it is there. */
static json_t *key_view(const struct seal *seal, unsigned id, bool listed, uint64_t records)
{
	return json_pack("{s:i, s:b, s:b, s:b, s:I}", "id", (int)id, "in_file", seal_has(seal, id),
	                 "seals", id == seal_id(seal), "needed", listed || records != 0, "records",
	                 (json_int_t)records);
}

static enum hss_err status_tell(const struct seal *seal, const struct store_master_key *row,
                                size_t n, const uint64_t records[static SEAL_ID_MAX + 1],
                                json_t *reply)
{
	const struct store_master_key *active = row_of(row, n, seal_id(seal));
	const bool rotating = n > (active != NULL ? 1 : 0);
	json_t *keys = json_array();
	uint64_t left = 0;
	int rc = 0;

	for (unsigned id = 0; id <= SEAL_ID_MAX; id++) {
		const bool listed = row_of(row, n, id) != NULL;

		left += id != seal_id(seal) ? records[id] : 0;
		if (seal_has(seal, id) || listed || records[id] != 0) {
			rc |= json_array_append_new(keys, key_view(seal, id, listed, records[id]));
		}
	}
	rc |= json_object_set_new(reply, "source", json_string(seal_source(seal)));
	rc |= json_object_set_new(reply, "sealing", json_integer(seal_id(seal)));
	rc |= json_object_set_new(reply, "rotating", json_boolean(rotating));
	rc |= json_object_set_new(reply, "records_left", json_integer((json_int_t)left));
	rc |= json_object_set_new(reply, "rotated_to",
	                          json_string(active != NULL ? active->rotated_to : ""));
	rc |= json_object_set_new(reply, "keys", keys);
	return rc == 0 ? HSS_OK : HSS_ERR_MEMORY;
}

enum hss_err admin_key_status(struct admin *admin, const json_t *request, json_t *reply)
{
	uint64_t records[SEAL_ID_MAX + 1];
	struct store_master_key *row = NULL;
	struct arena arena = {0};
	size_t n = 0;
	enum hss_err err = store_master_keys(admin->store, &arena, &row, &n);

	(void)request;
	if (err == HSS_OK) {
		err = store_sealed_count(admin->store, records);
	}
	err = err == HSS_OK ? status_tell(admin->seal, row, n, records, reply)
	                    : admin_refuse_store(admin, err, reply);
	arena_free(&arena);
	return err;
}

/* The keys as the file has them now, when they are those of the database. */
enum hss_err admin_key_load(struct admin *admin, const json_t *request, json_t *reply)
{
	struct store_master_key *row = NULL;
	struct seal *fresh = NULL;
	struct arena arena = {0};
	char why[SEAL_WHY_LEN] = "";
	size_t n = 0;
	enum hss_err err = seal_open(seal_source(admin->seal), &fresh, why);

	(void)request;
	if (err == HSS_OK) {
		err = keys_bring(admin->store, fresh, why);
	}
	if (err == HSS_OK) {
		err = store_master_keys(admin->store, &arena, &row, &n);
	}
	arena_free(&arena);
	if (err != HSS_OK) {
		seal_close(fresh);
		return why[0] != '\0' && store_latched(admin->store) == HSS_OK
		               ? admin_refuse(reply, "%s", why)
		               : admin_refuse_store(admin, err, reply);
	}
	seal_replace(admin->seal, fresh);
	return json_object_set_new(reply, "sealing", json_integer(seal_id(admin->seal))) == 0 &&
	                       json_object_set_new(reply, "rotating", json_boolean(n > 1)) == 0
	               ? HSS_OK
	               : HSS_ERR_MEMORY;
}

static enum hss_err portion_tell(const struct keys_portion *p, json_t *reply)
{
	json_t *unopened = json_array();
	int rc = 0;

	for (size_t i = 0; i < p->n_unopened; i++) {
		rc |= json_array_append_new(unopened, json_string(p->impi[i]));
	}
	rc |= json_object_set_new(reply, "impis", json_integer((json_int_t)p->n_impis));
	rc |= json_object_set_new(reply, "renewed", json_integer((json_int_t)p->n_renewed));
	rc |= json_object_set_new(reply, "rotated_to", json_string(p->to));
	rc |= json_object_set_new(reply, "unopened", unopened);
	rc |= json_object_set_new(reply, "end", json_boolean(p->end));
	rc |= json_object_set_new(reply, "left_out", json_integer((json_int_t)p->n_left_out));
	return rc == 0 ? HSS_OK : HSS_ERR_MEMORY;
}

enum hss_err admin_key_rotate(struct admin *admin, const json_t *request, json_t *reply)
{
	struct arena arena = {0};
	struct keys_portion portion;
	enum hss_err err = keys_rotate(admin->store, admin->seal, &arena, &portion);

	(void)request;
	err = err == HSS_OK ? portion_tell(&portion, reply) : admin_refuse_store(admin, err, reply);
	arena_free(&arena);
	return err;
}
