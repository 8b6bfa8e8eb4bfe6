/* The SQLite backend: the outbox, and what is still to be followed up. */
#include "hss/store_sqlite.h"

#include <string.h>

#include "diameter-dict/cx_ids.h"

_Static_assert(CX_CMD_RTR == 304 && CX_CMD_PPR == 305, "the commands in the schema");

/* More due ones than this are walked through in the order of their ids, fewer are sorted. */
enum { DUE_SORTED = 1000 };

/* A PPR joins one that waits for the same set and was never sent; *id stays 0 when none does. */
static enum hss_err push_merge(struct store_sqlite *db, int64_t subscription,
                               const struct ims_push *push, int64_t *id)
{
	struct binder binder = {.stmt = db->stmt[SQL_PUSH_MERGE]};
	enum hss_err err = HSS_OK;
	bool row = false;

	binder_int(&binder, push->content);
	binder_text(&binder, push->impi);
	binder_int(&binder, subscription);
	binder_int(&binder, push->irs);
	binder_text(&binder, push->host);
	err = binder_step(db, &binder, "save", &row);
	if (err == HSS_OK && row) {
		*id = sqlite3_column_int64(binder.stmt, 0);
	}
	sqlite_done(binder.stmt);
	return err;
}

static enum hss_err push_insert(struct store_sqlite *db, int64_t subscription,
                                const struct ims_push *push, int64_t now, int64_t *id)
{
	struct binder binder = {.stmt = db->stmt[SQL_PUSH_INSERT]};
	const bool rtr = push->kind == IMS_PUSH_RTR;
	enum hss_err err = HSS_OK;

	binder_int(&binder, subscription);
	binder_int(&binder, rtr ? CX_CMD_RTR : CX_CMD_PPR);
	binder_text(&binder, push->host);
	binder_text(&binder, push->realm);
	binder_text(&binder, push->scscf_name);
	binder_text(&binder, push->impi);
	binder_int(&binder, push->irs);
	if (rtr) {
		binder_int(&binder, push->reason);
		binder_text(&binder, push->reason_info);
		binder_lines(&binder, push->impu, push->n_impu, true);
		binder_lines(&binder, push->associated, push->n_associated, false);
		binder_id(&binder, 0);
	} else {
		binder.n += 4;
		binder_int(&binder, push->content);
	}
	binder_int(&binder, push->created_at != 0 ? push->created_at : now);
	binder_int(&binder, push->next_at != 0 ? push->next_at : now);
	err = binder_run(db, &binder, "save");
	if (err == HSS_OK) {
		*id = sqlite3_last_insert_rowid(db->handle);
	}
	return err;
}

enum hss_err sqlite_push_queue(struct store_sqlite *db, int64_t subscription,
                               const struct ims_push *push, int64_t now, int64_t *id)
{
	enum hss_err err = HSS_OK;

	*id = 0;
	if (push->kind == IMS_PUSH_PPR) {
		err = push_merge(db, subscription, push, id);
	}
	return err == HSS_OK && *id == 0 ? push_insert(db, subscription, push, now, id) : err;
}

enum hss_err sqlite_push_add(struct store *store, struct ims_push *push, int64_t now)
{
	struct store_sqlite *db = store_sqlite_of(store);
	int64_t id = 0;
	enum hss_err err = sqlite_act_begin(db, true);

	if (err == HSS_OK) {
		err = sqlite_push_queue(db, push->subscription, push, now, &id);
		err = sqlite_act_end(db, true, err);
	}
	if (err == HSS_OK) {
		push->id = id;
	}
	return err;
}

/* The columns of PUSH_COLUMNS. */
static enum hss_err push_read(struct store_sqlite *db, sqlite3_stmt *stmt, struct arena *arena,
                              struct ims_push *push)
{
	const struct {
		int column;
		const char **text;
	} texts[] = {{4, &push->host}, {5, &push->realm},        {6, &push->scscf_name},
	             {7, &push->impi}, {10, &push->reason_info}, {18, &push->outcome}};
	enum hss_err err = HSS_OK;

	*push = (struct ims_push){
		.id = sqlite3_column_int64(stmt, 0),
		.subscription = sqlite3_column_int64(stmt, 1),
		.kind = sqlite3_column_int(stmt, 2) == CX_CMD_RTR ? IMS_PUSH_RTR : IMS_PUSH_PPR,
		.state = (enum ims_push_state)sqlite3_column_int(stmt, 3),
		.irs = (unsigned)sqlite3_column_int64(stmt, 8),
		.reason = (uint32_t)sqlite3_column_int(stmt, 9),
		.content = (unsigned)sqlite3_column_int(stmt, 13),
		.created_at = sqlite3_column_int64(stmt, 14),
		.next_at = sqlite3_column_int64(stmt, 15),
		.ended_at = sqlite3_column_int64(stmt, 16),
		.attempts = (unsigned)sqlite3_column_int64(stmt, 17),
	};
	for (size_t i = 0; err == HSS_OK && i < sizeof(texts) / sizeof(texts[0]); i++) {
		err = sqlite_text(db, stmt, texts[i].column, arena, texts[i].text);
	}
	if (err == HSS_OK) {
		err = sqlite_lines(db, stmt, 11, arena, &push->impu, &push->n_impu);
	}
	return err == HSS_OK
	               ? sqlite_lines(db, stmt, 12, arena, &push->associated, &push->n_associated)
	               : err;
}

/* All rows of a bound statement. */
static enum hss_err pushes_read(struct store_sqlite *db, struct binder *binder, struct arena *arena,
                                struct ims_push **push, size_t *n)
{
	struct ims_push *list = NULL;
	enum hss_err err = HSS_OK;
	size_t got = 0;
	bool row = true;

	while (err == HSS_OK && (err = binder_step(db, binder, "load", &row)) == HSS_OK && row) {
		list = sqlite_grow(arena, list, got, sizeof(*list));
		err = list == NULL ? sqlite_no_memory(db)
		                   : push_read(db, binder->stmt, arena, &list[got++]);
	}
	sqlite_done(binder->stmt);
	if (err == HSS_OK) {
		*push = list;
		*n = got;
	}
	return err;
}

/* A number that a bound statement gives; 0 for NULL. */
static enum hss_err number_read(struct store_sqlite *db, struct binder *binder, int64_t *number)
{
	bool row = false;
	enum hss_err err = binder_step(db, binder, "load", &row);

	if (err == HSS_OK) {
		*number = row ? sqlite3_column_int64(binder->stmt, 0) : 0;
	}
	sqlite_done(binder->stmt);
	return err;
}

static int64_t limit_of(size_t max)
{
	return max < INT64_MAX ? (int64_t)max : INT64_MAX;
}

/*
 * Whether there are many is asked first: of a million that wait for one S-CSCF that is away none is
 * looked at, of a million that are all due only the first few.
 */
static enum hss_err due_read(struct store_sqlite *db, int64_t now, int64_t after, size_t max,
                             struct arena *arena, struct ims_push **push, size_t *n, int64_t *next)
{
	struct binder count = {.stmt = db->stmt[SQL_PUSH_DUE_COUNT]};
	struct binder later = {.stmt = db->stmt[SQL_PUSH_NEXT]};
	struct binder due = {0};
	int64_t n_due = 0;
	enum hss_err err = HSS_OK;

	binder_int(&count, now);
	binder_int(&count, DUE_SORTED);
	err = number_read(db, &count, &n_due);
	if (err == HSS_OK) {
		binder_int(&later, now);
		err = number_read(db, &later, next);
	}
	if (err != HSS_OK) {
		return err;
	}
	due.stmt = db->stmt[n_due < DUE_SORTED ? SQL_PUSH_DUE_FEW : SQL_PUSH_DUE_MANY];
	binder_int(&due, now);
	binder_int(&due, after);
	binder_int(&due, limit_of(max));
	return pushes_read(db, &due, arena, push, n);
}

enum hss_err sqlite_push_due(struct store *store, int64_t now, int64_t after, size_t max,
                             struct arena *arena, struct ims_push **push, size_t *n, int64_t *next)
{
	struct store_sqlite *db = store_sqlite_of(store);
	enum hss_err err = sqlite_act_begin(db, false);

	return err == HSS_OK ? sqlite_act_end(db, false,
	                                      due_read(db, now, after, max, arena, push, n, next))
	                     : err;
}

static enum hss_err push_gone(struct store_sqlite *db, int64_t id)
{
	return store_refuse(&db->base, HSS_ERR_NOT_FOUND, "%s: no push %lld", db->path,
	                    (long long)id);
}

enum hss_err sqlite_push_get(struct store *store, int64_t id, struct arena *arena,
                             struct ims_push *push)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_PUSH]};
	enum hss_err err = HSS_OK;
	bool row = false;

	binder_int(&binder, id);
	err = binder_step(db, &binder, "load", &row);
	if (err == HSS_OK) {
		err = row ? push_read(db, binder.stmt, arena, push) : push_gone(db, id);
	}
	sqlite_done(binder.stmt);
	return err;
}

enum hss_err sqlite_push_list(struct store *store, int64_t after, size_t max, bool waiting,
                              struct arena *arena, struct ims_push **push, size_t *n)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[waiting ? SQL_PUSH_LIST_WAITING : SQL_PUSH_LIST]};

	binder_int(&binder, after);
	binder_int(&binder, limit_of(max));
	return pushes_read(db, &binder, arena, push, n);
}

/* Run one changing statement as an act; *n receives how many rows it changed. */
static enum hss_err change(struct store_sqlite *db, struct binder *binder, size_t *n)
{
	enum hss_err err = sqlite_act_begin(db, true);

	*n = 0;
	if (err != HSS_OK) {
		return err;
	}
	err = binder_run(db, binder, "save");
	if (err == HSS_OK) {
		*n = (size_t)sqlite3_changes(db->handle);
	}
	return sqlite_act_end(db, true, err);
}

enum hss_err sqlite_push_update(struct store *store, const struct ims_push *push)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_PUSH_UPDATE]};
	enum hss_err err = HSS_OK;
	size_t n = 0;

	binder_int(&binder, push->id);
	binder_int(&binder, (int)push->state);
	binder_text(&binder, push->impi);
	binder_lines(&binder, push->associated, push->n_associated, false);
	binder_int(&binder, push->next_at);
	if (push->state == IMS_PUSH_WAITING) {
		binder_id(&binder, 0);
	} else {
		binder_int(&binder, push->ended_at);
	}
	binder_int(&binder, push->attempts);
	binder_text(&binder, push->outcome);
	err = change(db, &binder, &n);
	return err == HSS_OK && n == 0 ? push_gone(db, push->id) : err;
}

enum hss_err sqlite_push_wake(struct store *store, const char *host, int64_t now, size_t max,
                              size_t *n)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_PUSH_WAKE]};

	binder_text(&binder, host);
	binder_int(&binder, now);
	binder_int(&binder, limit_of(max));
	return change(db, &binder, n);
}

enum hss_err sqlite_push_prune(struct store *store, int64_t ended_before, size_t max, size_t *n)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_PUSH_PRUNE]};

	binder_int(&binder, ended_before);
	binder_int(&binder, limit_of(max));
	return change(db, &binder, n);
}

/* Kinds of object in the schema. */
static int64_t scan_kind(enum store_object kind)
{
	return (int64_t)kind + 1;
}

static enum hss_err scan_queue(struct store_sqlite *db, const struct store_scan *scan, int64_t *id)
{
	struct binder fresh = {.stmt = db->stmt[SQL_SCAN_FRESH]};
	struct binder insert = {.stmt = db->stmt[SQL_SCAN_INSERT]};
	enum hss_err err = HSS_OK;

	binder_int(&fresh, scan_kind(scan->kind));
	binder_int(&fresh, scan->object);
	err = number_read(db, &fresh, id);
	if (err != HSS_OK || *id != 0) {
		return err;
	}
	binder_int(&insert, scan_kind(scan->kind));
	binder_int(&insert, scan->object);
	err = binder_run(db, &insert, "save");
	*id = sqlite3_last_insert_rowid(db->handle);
	return err;
}

enum hss_err sqlite_scan_add(struct store *store, struct store_scan *scan)
{
	struct store_sqlite *db = store_sqlite_of(store);
	int64_t id = 0;
	enum hss_err err = sqlite_act_begin(db, true);

	if (err == HSS_OK) {
		err = sqlite_act_end(db, true, scan_queue(db, scan, &id));
	}
	if (err == HSS_OK) {
		scan->id = id;
		scan->after = 0;
	}
	return err;
}

enum hss_err sqlite_scan_next(struct store *store, struct store_scan *scan)
{
	struct store_sqlite *db = store_sqlite_of(store);
	struct binder binder = {.stmt = db->stmt[SQL_SCAN_NEXT]};
	bool row = false;
	enum hss_err err = binder_step(db, &binder, "load", &row);

	if (err == HSS_OK && row) {
		*scan = (struct store_scan){
			.id = sqlite3_column_int64(binder.stmt, 0),
			.kind = (enum store_object)(sqlite3_column_int(binder.stmt, 1) - 1),
			.object = sqlite3_column_int64(binder.stmt, 2),
			.after = sqlite3_column_int64(binder.stmt, 3),
		};
	} else if (err == HSS_OK) {
		err = store_refuse(store, HSS_ERR_NOT_FOUND,
		                   "%s: nothing is left to be followed up", db->path);
	}
	sqlite_done(binder.stmt);
	return err;
}

/* How far a portion goes that was not cut short: up to the next subscription, or to the end. */
static enum hss_err portion_end(struct store_sqlite *db, int64_t to, int64_t *last)
{
	struct binder binder = {.stmt = db->stmt[SQL_SUBSCRIPTION_IDS]};
	enum hss_err err = HSS_OK;

	binder_int(&binder, to);
	binder_int(&binder, 1);
	err = number_read(db, &binder, last);
	if (err == HSS_OK && *last != 0) {
		(*last)--;
	}
	return err;
}

static enum hss_err portion_read(struct store_sqlite *db, const struct store_scan *scan, int64_t to,
                                 int64_t *ids, size_t max, size_t *n, int64_t *last)
{
	static const enum sql users[] = {
		[STORE_OBJECT_PROFILE] = SQL_SCAN_PROFILE,
		[STORE_OBJECT_IFC_SET] = SQL_SCAN_IFC_SET,
		[STORE_OBJECT_CHARGING] = SQL_SCAN_CHARGING,
	};
	struct binder binder = {.stmt = db->stmt[users[scan->kind]]};
	enum hss_err err = HSS_OK;
	bool row = true;
	size_t got = 0;

	binder_int(&binder, scan->after);
	binder_int(&binder, to);
	binder_int(&binder, scan->object);
	binder_int(&binder, limit_of(max));
	while (err == HSS_OK && (err = binder_step(db, &binder, "load", &row)) == HSS_OK && row) {
		ids[got++] = sqlite3_column_int64(binder.stmt, 0);
	}
	sqlite_done(binder.stmt);
	if (err == HSS_OK) {
		*n = got;
		*last = got > 0 ? ids[got - 1] : 0;
	}
	return err == HSS_OK && got < max ? portion_end(db, to, last) : err;
}

enum hss_err sqlite_scan_portion(struct store *store, const struct store_scan *scan, int64_t span,
                                 int64_t *ids, size_t max, size_t *n, int64_t *last)
{
	struct store_sqlite *db = store_sqlite_of(store);
	const int64_t to = scan->after > INT64_MAX - span ? INT64_MAX : scan->after + span;
	enum hss_err err = sqlite_act_begin(db, false);

	return err == HSS_OK
	               ? sqlite_act_end(db, false, portion_read(db, scan, to, ids, max, n, last))
	               : err;
}

enum hss_err sqlite_scan_advance(struct store *store, const struct store_scan *scan)
{
	struct store_sqlite *db = store_sqlite_of(store);
	const bool ended = scan->after == 0;
	struct binder binder = {.stmt = db->stmt[ended ? SQL_SCAN_DELETE : SQL_SCAN_ADVANCE]};
	enum hss_err err = HSS_OK;
	size_t n = 0;

	binder_int(&binder, scan->id);
	if (!ended) {
		binder_int(&binder, scan->after);
	}
	err = change(db, &binder, &n);
	return err == HSS_OK && n == 0
	               ? store_refuse(store, HSS_ERR_NOT_FOUND, "%s: no follow-up %lld", db->path,
	                              (long long)scan->id)
	               : err;
}
