/*
 * The SQLite backend's handle and what its files share. Private to store_sqlite*.c and their test.
 */
#ifndef QUINTET_HSS_STORE_SQLITE_H
#define QUINTET_HSS_STORE_SQLITE_H

#include <sqlite3.h>
#include <sys/types.h>

#include "hss/store_backend.h"
#include "hss/store_copy.h"

/* Statements; their text stands in one table in store_sqlite.c. */
enum sql {
	SQL_BEGIN_READ,
	SQL_BEGIN_WRITE,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_PART_BEGIN,
	SQL_PART_KEEP,
	SQL_PART_UNDO,
	SQL_ACT_BEGIN,
	SQL_ACT_KEEP,
	SQL_ACT_UNDO,
	SQL_SUBSCRIPTION,
	SQL_SUBSCRIPTION_IDS,
	SQL_SUBSCRIPTION_COUNT,
	SQL_SUBSCRIPTION_INSERT,
	SQL_SUBSCRIPTION_UPDATE,
	SQL_SUBSCRIPTION_DELETE,
	SQL_IMPI_BY_NAME,
	SQL_IMPIS,
	SQL_IMPI_INSERT,
	SQL_IMPI_DELETE,
	SQL_IMPIS_DELETE,
	SQL_IMPU_BY_NAME,
	SQL_IMPU_WILDCARDED,
	SQL_IMPUS,
	SQL_IMPU_INSERT,
	SQL_IMPU_DELETE,
	SQL_IMPUS_DELETE,
	SQL_PROFILE,
	SQL_PROFILE_FULL,
	SQL_PROFILE_SETS,
	SQL_PROFILE_FIND,
	SQL_PROFILE_PUT,
	SQL_PROFILE_SET_PUT,
	SQL_PROFILE_SETS_DELETE,
	SQL_PROFILE_GET,
	SQL_PROFILE_NAMES,
	SQL_PROFILE_DELETE,
	SQL_PROFILE_USER,
	SQL_IFC_SET,
	SQL_IFC_SET_FIND,
	SQL_IFC_SET_PUT,
	SQL_IFC_SET_GET,
	SQL_IFC_SET_NAMES,
	SQL_IFC_SET_DELETE,
	SQL_IFC_SET_USER,
	SQL_CHARGING,
	SQL_CHARGING_FIND,
	SQL_CHARGING_PUT,
	SQL_CHARGING_GET,
	SQL_CHARGING_NAMES,
	SQL_CHARGING_DELETE,
	SQL_CHARGING_USER,
	SQL_CAPABILITIES,
	SQL_CAPABILITIES_FIND,
	SQL_CAPABILITIES_PUT,
	SQL_CAPABILITIES_GET,
	SQL_CAPABILITIES_NAMES,
	SQL_CAPABILITIES_DELETE,
	SQL_CAPABILITIES_USER,
	SQL_CAPABILITY_PUT,
	SQL_CAPABILITIES_EMPTY,
	SQL_VISITED,
	SQL_VISITED_INSERT,
	SQL_VISITED_DELETE,
	SQL_VISITED_DELETE_ALL,
	SQL_REGISTRATIONS,
	SQL_REGISTRATION_INSERT,
	SQL_REGISTRATION_UPDATE,
	SQL_REGISTRATION_DELETE,
	SQL_REGISTRATIONS_DELETE,
	SQL_RESTORATIONS,
	SQL_RESTORATION_PUT,
	SQL_RESTORATION_DELETE,
	SQL_RESTORATIONS_DELETE,
	SQL_PUSH,
	SQL_PUSH_MERGE,
	SQL_PUSH_INSERT,
	SQL_PUSH_UPDATE,
	SQL_PUSH_DUE_COUNT,
	SQL_PUSH_DUE_FEW,
	SQL_PUSH_DUE_MANY,
	SQL_PUSH_NEXT,
	SQL_PUSH_LIST,
	SQL_PUSH_LIST_WAITING,
	SQL_PUSH_WAKE,
	SQL_PUSH_PRUNE,
	SQL_SCAN_FRESH,
	SQL_SCAN_INSERT,
	SQL_SCAN_NEXT,
	SQL_SCAN_PROFILE,
	SQL_SCAN_IFC_SET,
	SQL_SCAN_CHARGING,
	SQL_SCAN_ADVANCE,
	SQL_SCAN_DELETE,
	SQL_MASTER_KEYS,
	SQL_MASTER_KEY_PUT,
	SQL_MASTER_KEY_DELETE,
	SQL_SEALED,
	SQL_SEALED_UPDATE,
	SQL_SEALED_COUNT,
	SQL_SCSCF,
	SQL_SCSCF_BY_NAME,
	SQL_SCSCF_INSERT,
	SQL_SCSCF_DELETE,
	SQL_PEER,
	SQL_PEER_BY_NAME,
	SQL_PEER_INSERT,
	SQL_PEER_DELETE,
	SQL_SWEEP_REGISTRATIONS,
	SQL_SWEEP_SCSCFS,
	SQL_SWEEP_PEERS,
	SQL_N
};

enum {
	WILDCARD_SLOTS = 64, /* expressions kept ready; more are made anew each time */
	INTERN_SLOTS = 64,   /* S-CSCFs remembered; a deployment has a few */
	REG_ROWS_MAX = IMS_IMPI_MAX * IMS_IRS_MAX,
	SWEEP_AFTER =
		1024, /* rows made for S-CSCFs and peers, until those not in use are removed */
};

/* Strings that a table stands for by a number: S-CSCF names, Diameter addresses. */
enum intern_kind { INTERN_SCSCF, INTERN_PEER, INTERN_N };

struct intern {
	int64_t id;      /* 0: free */
	char *text;      /* name, or host; the realm follows behind its NUL */
	const char *end; /* the second text: the realm, "" for a name */
};

/* The row done last: of registrations its key, else its id. */
struct sweep_key {
	int64_t id;
	int64_t impi;
	int64_t irs;
};

/* A pass over the interned strings (store_sqlite_sweep.c): where it is, and what it has marked. */
struct sweep {
	size_t fresh; /* rows made since the turn before */
	size_t made;  /* before that, since the last pass began */
	enum { SWEEP_REGISTRATIONS, SWEEP_SCSCFS, SWEEP_PEERS } at;
	struct sweep_key after;
	uint64_t factor;
	uint64_t *mark[INTERN_N]; /* NULL: none is under way */
};

/* An expression that is ready for use: what it is depends on the name alone. */
struct wildcard_slot {
	char *name;
	struct wildcard *wildcard; /* NULL: the name has no valid expression */
};

/* A row of table registration; ids are 0 where the column is NULL. */
struct reg_row {
	unsigned impi;
	unsigned irs;
	int state;
	int64_t pending_since;
	int64_t sqn;
	int64_t sqn_scscf;
	int64_t scscf;
	int64_t peer;
	int64_t features;
	int reassign;
	int64_t auth_since;
	int64_t auth_count;
};

/* What a commit goes to: the database, its log. */
enum { SQLITE_FILE_DATABASE, SQLITE_FILE_LOG, SQLITE_FILES };

struct file_id {
	dev_t device;
	ino_t inode;
};

struct store_sqlite {
	struct store base;
	sqlite3 *handle;
	char *path;    /* resolved; names the database in messages */
	char *open_as; /* what SQLite opens instead (a URI, a copy), or NULL; freed with path */
	int lock_fd;   /* -1: not held */
	sqlite3_stmt *stmt[SQL_N];
	bool acting; /* an act of more than one statement is open */

	/* The writer's database and log, as they were when they were opened. */
	struct file_id file[SQLITE_FILES];

	/* The log, as the commit hook and the last checkpoint saw it, in frames. */
	int wal_frames;
	int wal_copied;
	int wal_tried;

	struct intern intern[INTERN_N][INTERN_SLOTS];
	struct sweep sweep;
	struct wildcard_slot wildcard[WILDCARD_SLOTS];
	bool interned; /* a row was made in the open transaction: forget all if it is undone */

	/*
	 * The registration rows read last, so that a save in the transaction of its load knows what
	 * changed without reading again. Good for subscription rows_id; 0: for none. Only inside a
	 * write transaction.
	 */
	int64_t rows_id;
	size_t n_rows;
	struct reg_row rows[REG_ROWS_MAX];
	struct reg_row wanted[REG_ROWS_MAX]; /* scratch: what the rows shall be */
};

static inline struct store_sqlite *store_sqlite_of(struct store *store)
{
	return (struct store_sqlite *)store;
}

/* What an SQLite result means for the caller. handle NULL is allowed. */
enum hss_err sqlite_error_of(sqlite3 *handle, int rc);

/* Text "FILE: act: cause" and the error of an SQLite result; latches when the store failed. */
enum hss_err sqlite_fail(struct store_sqlite *db, const char *act, int rc);

/* One step: SQLITE_ROW gives *row true; anything but ROW and DONE is sqlite_fail. row NULL: none
 * expected. */
HSS_MUST_CHECK enum hss_err sqlite_step(struct store_sqlite *db, const char *act,
                                        sqlite3_stmt *stmt, bool *row);

/* Run a statement that gives no row, then reset it. */
HSS_MUST_CHECK enum hss_err sqlite_run(struct store_sqlite *db, const char *act, enum sql sql);

/* Ready for the next use; bindings go, because they may point to memory of the caller. */
void sqlite_done(sqlite3_stmt *stmt);

/*
 * An act of several statements. Reading: a snapshot for all of them. Writing: all or nothing,
 * inside a transaction of the caller or as one of its own. Not nested.
 */
HSS_MUST_CHECK enum hss_err sqlite_act_begin(struct store_sqlite *db, bool write);
HSS_MUST_CHECK enum hss_err sqlite_act_end(struct store_sqlite *db, bool write, enum hss_err err);

/* store_sqlite_row.c: out of memory while loading, as an error with its text. */
enum hss_err sqlite_no_memory(struct store_sqlite *db);

/* Room for one more behind n elements that earlier calls gave; doubles. NULL when memory is out. */
void *sqlite_grow(struct arena *arena, void *array, size_t n, size_t size);

/* The only parameter of a statement. */
HSS_MUST_CHECK enum hss_err sqlite_bind_id(struct store_sqlite *db, sqlite3_stmt *stmt, int64_t id);
HSS_MUST_CHECK enum hss_err sqlite_bind_name(struct store_sqlite *db, sqlite3_stmt *stmt,
                                             const char *name);

/* A text column, copied into the arena; NULL for NULL. */
HSS_MUST_CHECK enum hss_err sqlite_text(struct store_sqlite *db, sqlite3_stmt *stmt, int column,
                                        struct arena *arena, const char **out);

/* A text column of lines, as strings in the arena; none for NULL and for an empty text. */
HSS_MUST_CHECK enum hss_err sqlite_lines(struct store_sqlite *db, sqlite3_stmt *stmt, int column,
                                         struct arena *arena, const char ***out, size_t *n);

/* Parameters of a statement, in order. The first error stays, and is reported when it is run. */
struct binder {
	sqlite3_stmt *stmt;
	int n;
	int rc;
};

void binder_int(struct binder *binder, int64_t value);
void binder_id(struct binder *binder, int64_t id);                      /* 0 stands for NULL */
void binder_text(struct binder *binder, const char *text);              /* NULL is NULL */
void binder_octets(struct binder *binder, const void *octets, int len); /* likewise */

/* Strings as one text, one a line; for none an empty text or else NULL. */
void binder_lines(struct binder *binder, const char *const *lines, size_t n, bool empty);

/* Run a statement that gives no row, then reset it. */
HSS_MUST_CHECK enum hss_err binder_run(struct store_sqlite *db, struct binder *binder,
                                       const char *act);

/* One row of a statement; the caller resets it with sqlite_done. */
HSS_MUST_CHECK enum hss_err binder_step(struct store_sqlite *db, struct binder *binder,
                                        const char *act, bool *row);

/* Number and text of an interned string; text *a, *b is valid until the next call. */
HSS_MUST_CHECK enum hss_err sqlite_intern_text(struct store_sqlite *db, enum intern_kind kind,
                                               int64_t id, const char **a, const char **b);
HSS_MUST_CHECK enum hss_err sqlite_intern_id(struct store_sqlite *db, enum intern_kind kind,
                                             const char *a, const char *b, int64_t *id);
void sqlite_intern_forget(struct store_sqlite *db);
void sqlite_intern_drop(struct store_sqlite *db, enum intern_kind kind, int64_t id);

/*
 * store_sqlite_sweep.c: one turn of removing the interned strings that no registration names,
 * between transactions; bounded work. Whoever stores a number in a registration marks it, so that
 * a pass that has been there does not remove it. end gives a pass up.
 */
HSS_MUST_CHECK enum hss_err sqlite_sweep(struct store_sqlite *db);
void sqlite_sweep_mark(struct store_sqlite *db, enum intern_kind kind, int64_t id);
void sqlite_sweep_end(struct store_sqlite *db);

/*
 * store_sqlite_open.c: lock file, connection, schema, statements; db->path names the file. What was
 * had is given back by sqlite_detach, also after an error.
 */
HSS_MUST_CHECK enum hss_err sqlite_attach(struct store_sqlite *db);
void sqlite_detach(struct store_sqlite *db);
HSS_MUST_CHECK enum hss_err sqlite_prepare(struct store_sqlite *db);

/*
 * What belongs to a database, by what stands behind its name; the database itself comes first.
 * sqlite_files_remove removes all that is there.
 */
enum { SQLITE_SUFFIXES = 4 };
extern const char *const sqlite_suffixes[SQLITE_SUFFIXES];
void sqlite_files_remove(const char *path);

/*
 * Whether the files of the writer are still where they were: SQLite goes on writing to one that was
 * removed or replaced, and all of that is gone with the process. files_note remembers them;
 * files_missing tells which one is gone, or SQLITE_FILES when none is (two calls of stat).
 */
HSS_MUST_CHECK enum hss_err sqlite_files_note(struct store_sqlite *db);
unsigned sqlite_files_missing(const struct store_sqlite *db);
const char *sqlite_file_name(const struct store_sqlite *db, unsigned file);

/* The parts of sqlite_attach, for who needs others than a handle does. */
HSS_MUST_CHECK enum hss_err sqlite_path_resolve(struct store_sqlite *db);
HSS_MUST_CHECK enum hss_err sqlite_lock_take(struct store_sqlite *db);
HSS_MUST_CHECK enum hss_err sqlite_connect(struct store_sqlite *db);
HSS_MUST_CHECK enum hss_err sqlite_version_read(struct store_sqlite *db);
HSS_MUST_CHECK enum hss_err sqlite_schema_bring(struct store_sqlite *db);
enum hss_err sqlite_classify(const struct store_sqlite *db, enum hss_err err);

/* Statements that are used once: run some, or read the number in the first row of one (0: no row).
 */
HSS_MUST_CHECK enum hss_err sqlite_execute(struct store_sqlite *db, const char *act,
                                           const char *sql);
HSS_MUST_CHECK enum hss_err sqlite_query(struct store_sqlite *db, const char *sql, int64_t *value);

/* A handle that is not opened yet, and its end: NULL when memory is out; NULL is allowed. */
struct store_sqlite *sqlite_new(const char *path, enum store_mode mode);
void sqlite_free(struct store_sqlite *db);

/*
 * store_sqlite_verify.c: verify what is connected, as store_verify says; verify->why stays as it
 * is. sqlite_connect_file connects to a file that nobody writes, leaving nothing beside it.
 */
HSS_MUST_CHECK enum hss_err sqlite_verify(struct store_sqlite *db, struct store_verify *verify);
HSS_MUST_CHECK enum hss_err sqlite_connect_file(struct store_sqlite *db);
enum hss_err sqlite_verify_uri(const char *uri, struct store_verify *verify);

/* store_sqlite_copy.c: as store_copy.h says. */
enum hss_err sqlite_backup(const char *uri, const char *file, struct store_backup *backup);
enum hss_err sqlite_restore(const char *uri, const char *file, struct store_restore *restore);

/* store_sqlite_load.c. Each is an operation of store_ops; load_rows fills db->rows. */
HSS_MUST_CHECK enum hss_err sqlite_load_rows(struct store_sqlite *db, int64_t id);
HSS_MUST_CHECK enum hss_err sqlite_load_full(struct store_sqlite *db, int64_t id,
                                             struct ims_subscription *sub);
enum hss_err sqlite_subscription_load(struct store *store, const char *impi,
                                      const char *const *impu, size_t n_impu, enum store_view view,
                                      struct ims_subscription *sub);
enum hss_err sqlite_subscription_get(struct store *store, int64_t id, struct ims_subscription *sub);
enum hss_err sqlite_subscription_ids(struct store *store, int64_t after, int64_t *ids, size_t max,
                                     size_t *n);
enum hss_err sqlite_subscription_count(struct store *store, uint64_t *n);

/*
 * store_sqlite_wildcard.c: the name of the wildcarded identity that an IMPU matches, in the arena;
 * NULL: none. forget gives back what is kept ready.
 */
HSS_MUST_CHECK enum hss_err sqlite_wildcard_find(struct store_sqlite *db, const char *impu,
                                                 struct arena *arena, const char **found);
void sqlite_wildcard_forget(struct store_sqlite *db);

/*
 * store_sqlite_object.c: what subscriptions share. find: its id, by id when that is not 0, else by
 * name; a shared set only by name.
 */
HSS_MUST_CHECK enum hss_err sqlite_object_find(struct store_sqlite *db, enum store_object kind,
                                               int64_t id, const char *name, int64_t *out,
                                               bool *found);

/* Load a profile: *found false when it is missing. full: also criteria, ServiceIds, shared sets. */
HSS_MUST_CHECK enum hss_err sqlite_profile_load(struct store_sqlite *db, int64_t id, bool full,
                                                struct arena *arena, struct ims_profile *profile,
                                                bool *found);
HSS_MUST_CHECK enum hss_err sqlite_charging_load(struct store_sqlite *db, int64_t id,
                                                 struct arena *arena, struct ims_charging **out);

/* Those of a subscription; NULL: it has none. */
HSS_MUST_CHECK enum hss_err sqlite_capabilities_load(struct store_sqlite *db, int64_t subscription,
                                                     struct arena *arena,
                                                     struct ims_capabilities **out);

enum hss_err sqlite_profile_put(struct store *store, struct ims_profile *profile);
enum hss_err sqlite_ifc_set_put(struct store *store, const struct ims_ifc_set *set);
enum hss_err sqlite_charging_put(struct store *store, struct ims_charging *charging);
enum hss_err sqlite_capabilities_put(struct store *store, struct ims_capabilities *capabilities);
enum hss_err sqlite_object_get(struct store *store, enum store_object kind, const char *name,
                               struct arena *arena, int64_t *id, const char **document);
enum hss_err sqlite_profile_get(struct store *store, const char *name, struct arena *arena,
                                struct ims_profile *profile);
enum hss_err sqlite_ifc_set_get(struct store *store, uint32_t id, struct arena *arena,
                                struct ims_ifc_set *set);
enum hss_err sqlite_object_names(struct store *store, enum store_object kind, struct arena *arena,
                                 const char ***names, size_t *n);
enum hss_err sqlite_object_delete(struct store *store, enum store_object kind, const char *name);

/*
 * store_sqlite_push.c, likewise. queue: as store_push_add, for a subscription that is given apart,
 * inside an act or transaction of the caller.
 */
HSS_MUST_CHECK enum hss_err sqlite_push_queue(struct store_sqlite *db, int64_t subscription,
                                              const struct ims_push *push, int64_t now,
                                              int64_t *id);
enum hss_err sqlite_push_add(struct store *store, struct ims_push *push, int64_t now);
enum hss_err sqlite_push_due(struct store *store, int64_t now, int64_t after, size_t max,
                             struct arena *arena, struct ims_push **push, size_t *n, int64_t *next);
enum hss_err sqlite_push_get(struct store *store, int64_t id, struct arena *arena,
                             struct ims_push *push);
enum hss_err sqlite_push_list(struct store *store, int64_t after, size_t max, bool waiting,
                              struct arena *arena, struct ims_push **push, size_t *n);
enum hss_err sqlite_push_update(struct store *store, const struct ims_push *push);
enum hss_err sqlite_push_wake(struct store *store, const char *host, int64_t now, size_t max,
                              size_t *n);
enum hss_err sqlite_push_prune(struct store *store, int64_t ended_before, size_t max, size_t *n);
enum hss_err sqlite_scan_add(struct store *store, struct store_scan *scan);
enum hss_err sqlite_scan_next(struct store *store, struct store_scan *scan);
enum hss_err sqlite_scan_portion(struct store *store, const struct store_scan *scan, int64_t span,
                                 int64_t *ids, size_t max, size_t *n, int64_t *last);
enum hss_err sqlite_scan_advance(struct store *store, const struct store_scan *scan);

/* store_sqlite_seal.c, likewise. */
enum hss_err sqlite_master_keys(struct store *store, struct arena *arena,
                                struct store_master_key **key, size_t *n);
enum hss_err sqlite_master_key_put(struct store *store, const struct store_master_key *key);
enum hss_err sqlite_master_key_delete(struct store *store, unsigned id);
enum hss_err sqlite_sealed_list(struct store *store, const char *after, size_t max,
                                struct arena *arena, struct store_sealed **sealed, size_t *n);
enum hss_err sqlite_sealed_update(struct store *store, const struct store_sealed *sealed);
enum hss_err sqlite_sealed_count(struct store *store, uint64_t n[static SEAL_ID_MAX + 1]);

/* store_sqlite_save.c, likewise. */
enum hss_err sqlite_registration_save(struct store *store, const struct ims_subscription *sub);
enum hss_err sqlite_subscription_put(struct store *store, struct ims_subscription *sub);
enum hss_err sqlite_subscription_delete(struct store *store, int64_t id);

#endif
