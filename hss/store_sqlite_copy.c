/* The SQLite backend: backup of a database in use, and restoring one. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hss/store_sqlite.h"

enum { COPY_STEP = 1024 * 1024, KEPT_MAX = 10000 };

_Static_assert(STORE_COPY_PATH_LEN >= PATH_MAX, "any path fits");

/* A file that is made beside its place, and put there whole or not at all. */
struct placed {
	char folder[PATH_MAX]; /* resolved */
	char path[PATH_MAX];
	char temp[PATH_MAX]; /* "": nothing has to be removed */
};

static enum hss_err error_of_errno(void)
{
	switch (errno) {
	case ENOENT:
		return HSS_ERR_NOT_FOUND;
	case EEXIST:
		return HSS_ERR_EXISTS;
	case ENOSPC:
	case EDQUOT:
		return HSS_ERR_FULL;
	default:
		return HSS_ERR_IO;
	}
}

/* "NAME: act: cause", the cause being errno. */
static enum hss_err refuse_errno(struct store_sqlite *db, const char *name, const char *act)
{
	const enum hss_err err = error_of_errno();

	return store_refuse(&db->base, err, "%s: %s: %s", name, act, strerrordesc_np(errno));
}

/* "folder/name" with something behind it. */
static bool path_join(char out[static PATH_MAX], const char *a, const char *between, const char *b)
{
	const int n = snprintf(out, PATH_MAX, "%s%s%s", a, between, b);

	errno = ENAMETOOLONG;
	return n > 0 && n < PATH_MAX;
}

/* Where a file is or shall be, in a folder that exists. */
static enum hss_err place_find(struct store_sqlite *db, const char *file, struct placed *place)
{
	char copy[PATH_MAX];
	char name[PATH_MAX];

	place->temp[0] = '\0';
	if (!path_join(copy, file, "", "") || !path_join(name, file, "", "") ||
	    realpath(dirname(copy), place->folder) == NULL ||
	    !path_join(place->path, place->folder, "/", basename(name))) {
		return refuse_errno(db, file, "find its folder");
	}
	return HSS_OK;
}

/* Make the empty file beside the place; it is of mode 0600. */
static enum hss_err place_make(struct store_sqlite *db, struct placed *place, int *fd)
{
	*fd = -1;
	if (path_join(place->temp, place->path, "", ".XXXXXX")) {
		*fd = mkostemp(place->temp, O_CLOEXEC);
	}
	if (*fd < 0) {
		place->temp[0] = '\0';
		return refuse_errno(db, place->path, "create");
	}
	return HSS_OK;
}

/* Sync a file or a folder. */
static enum hss_err sync_path(struct store_sqlite *db, const char *path)
{
	enum hss_err err = HSS_OK;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0) {
		err = refuse_errno(db, path, "sync");
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	return err;
}

/* Remove what did not get to its place, and what SQLite may have put beside it. */
static void place_drop(const struct placed *place)
{
	if (place->temp[0] != '\0') {
		sqlite_files_remove(place->temp);
	}
}

/* Not every file system can refuse to replace; the place was looked at before. */
static int rename_new(const char *from, const char *to)
{
	const int rc = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);

	return rc != 0 && (errno == EINVAL || errno == ENOSYS) ? rename(from, to) : rc;
}

static enum hss_err place_put(struct store_sqlite *db, struct placed *place, bool replace)
{
	if ((replace ? rename(place->temp, place->path) : rename_new(place->temp, place->path)) !=
	    0) {
		return refuse_errno(db, place->path, "put in place");
	}
	place->temp[0] = '\0';
	return sync_path(db, place->folder);
}

static void why_copy(char why[static STORE_WHY_LEN], const struct store_sqlite *db,
                     enum hss_err err)
{
	(void)snprintf(why, STORE_WHY_LEN, "%s",
	               db->base.error[0] != '\0' ? db->base.error : hss_err_text(err));
}

/* The failure is most likely one of the target: it names that, and does not latch. */
static enum hss_err vacuum(struct store_sqlite *db, const struct placed *place)
{
	char *sql = sqlite3_mprintf("VACUUM INTO %Q", place->temp);
	enum hss_err err = HSS_ERR_MEMORY;
	int rc = SQLITE_OK;

	if (sql == NULL) {
		return err;
	}
	rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
	sqlite3_free(sql);
	if (rc == SQLITE_OK) {
		return HSS_OK;
	}
	err = sqlite_error_of(db->handle, rc);
	return store_refuse(&db->base, err, "%s: backup of %s: %s; nothing was left behind",
	                    place->path, db->path, sqlite3_errmsg(db->handle));
}

/* Size and number of subscriptions of what was written. */
static enum hss_err backup_measure(struct store_sqlite *db, const struct placed *place,
                                   struct store_backup *backup)
{
	struct store_sqlite *copy = sqlite_new(place->temp, STORE_READ);
	struct stat st;
	int64_t n = 0;
	enum hss_err err = HSS_ERR_MEMORY;

	if (copy == NULL) {
		return err;
	}
	err = sqlite_connect_file(copy);
	if (err == HSS_OK) {
		err = sqlite_query(copy, "SELECT count(*) FROM subscription", &n);
	}
	if (err != HSS_OK) {
		(void)store_refuse(&db->base, err, "%s", copy->base.error);
	} else if (stat(place->temp, &st) != 0) {
		err = refuse_errno(db, place->path, "look at");
	} else {
		backup->n_subscriptions = (uint64_t)n;
		backup->octets = (uint64_t)st.st_size;
	}
	sqlite_free(copy);
	return err;
}

static enum hss_err backup_write(struct store_sqlite *db, struct placed *place,
                                 struct store_backup *backup)
{
	int fd = -1;
	enum hss_err err = place_make(db, place, &fd);

	if (err != HSS_OK) {
		return err;
	}
	(void)close(fd);
	err = vacuum(db, place);
	if (err == HSS_OK) {
		err = sync_path(db, place->temp); /* VACUUM INTO does not */
	}
	if (err == HSS_OK) {
		err = backup_measure(db, place, backup);
	}
	return err == HSS_OK ? place_put(db, place, backup->replace) : err;
}

/* A database of ours, of a version that this program knows or came before it. */
static enum hss_err version_check(struct store_sqlite *db)
{
	enum hss_err err = sqlite_classify(db, sqlite_version_read(db));

	if (err == HSS_OK && db->base.schema_version > store_schema_known()) {
		err = store_refuse(&db->base, HSS_ERR_SCHEMA,
		                   "%s: open: its schema version is %d, newer than version %d that "
		                   "this program knows",
		                   db->path, db->base.schema_version, store_schema_known());
	}
	return err;
}

static enum hss_err backup_run(struct store_sqlite *db, const char *file, struct placed *place,
                               struct store_backup *backup)
{
	enum hss_err err = sqlite_path_resolve(db);

	if (err == HSS_OK) {
		err = place_find(db, file, place);
	}
	if (err == HSS_OK && strcmp(place->path, db->path) == 0) {
		err = store_refuse(&db->base, HSS_ERR_INVALID, "%s: backup: is the database itself",
		                   db->path);
	}
	if (err == HSS_OK && !backup->replace &&
	    faccessat(AT_FDCWD, place->path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		err = store_refuse(&db->base, HSS_ERR_EXISTS, "%s: backup: exists already",
		                   place->path);
	}
	if (err == HSS_OK) {
		err = sqlite_connect(db);
	}
	if (err == HSS_OK) {
		err = version_check(db);
		backup->schema_version = db->base.schema_version;
	}
	return err == HSS_OK ? backup_write(db, place, backup) : err;
}

enum hss_err sqlite_backup(const char *uri, const char *file, struct store_backup *backup)
{
	struct store_sqlite *db = sqlite_new(uri, STORE_READ);
	struct placed place = {.temp = ""};
	enum hss_err err = HSS_ERR_MEMORY;

	backup->why[0] = '\0';
	if (db == NULL) {
		return err;
	}
	err = backup_run(db, file, &place, backup);
	if (err != HSS_OK) {
		place_drop(&place);
		why_copy(backup->why, db, err);
	}
	sqlite_free(db);
	return err;
}

/* A restore: the database that is there (or not), the backup, and the copy that takes its place. */
struct restore {
	struct store_restore *with;
	struct store_sqlite *old;  /* holds the lock */
	struct store_sqlite *copy; /* named as the backup; what is open is the copy */
	struct placed place;
	bool old_is_there;
	bool old_is_sound; /* nothing of it is in a log any more */
	bool old_is_kept;  /* under its new name */
};

/*
 * Find the database and lock it. A database that is gone can be restored as well: then its name is
 * taken from its folder.
 */
static enum hss_err old_lock(struct restore *r, const char *uri)
{
	struct store_sqlite *old = r->old;
	struct stat st;
	enum hss_err err = HSS_OK;
	char *resolved = realpath(uri, NULL);

	err = place_find(old, resolved != NULL ? resolved : uri, &r->place);
	free(resolved);
	if (err != HSS_OK) {
		return err;
	}
	free(old->path);
	old->path = strdup(r->place.path);
	if (old->path == NULL) {
		return HSS_ERR_MEMORY;
	}
	r->old_is_there = lstat(old->path, &st) == 0;
	if (r->old_is_there && !S_ISREG(st.st_mode)) {
		return store_refuse(&old->base, HSS_ERR_INVALID,
		                    "%s: restore: is not a regular file", old->path);
	}
	return sqlite_lock_take(old);
}

/* The copy belongs to whom the database belonged, or to whom its folder belongs. */
static enum hss_err owner_set(struct restore *r, int fd)
{
	struct stat st;

	if (geteuid() != 0) {
		return HSS_OK;
	}
	if (stat(r->old_is_there ? r->old->path : r->place.folder, &st) != 0 ||
	    fchown(fd, st.st_uid, st.st_gid) != 0) {
		return refuse_errno(r->old, r->place.temp, "set its owner");
	}
	return HSS_OK;
}

static enum hss_err octets_copy(struct restore *r, int from, int to, const char *file)
{
	char *buffer = malloc(COPY_STEP);
	enum hss_err err = buffer != NULL ? HSS_OK : HSS_ERR_MEMORY;
	ssize_t n = 1;

	while (err == HSS_OK && n > 0) {
		ssize_t done = 0;

		n = read(from, buffer, COPY_STEP);
		if (n < 0) {
			err = refuse_errno(r->old, file, "read");
		}
		while (err == HSS_OK && done < n) {
			const ssize_t m = write(to, buffer + done, (size_t)(n - done));

			if (m < 0) {
				err = refuse_errno(r->old, r->place.temp, "copy the backup");
			}
			done += m;
		}
	}
	free(buffer);
	return err;
}

/* The backup, as it is, beside the database. */
static enum hss_err copy_make(struct restore *r)
{
	const char *file = r->copy->path;
	const int from = open(file, O_RDONLY | O_CLOEXEC);
	int to = -1;
	enum hss_err err =
		from >= 0 ? place_make(r->old, &r->place, &to) : refuse_errno(r->old, file, "open");

	if (err == HSS_OK) {
		err = owner_set(r, to);
	}
	if (err == HSS_OK) {
		err = octets_copy(r, from, to, file);
	}
	if (from >= 0) {
		(void)close(from);
	}
	if (to >= 0) {
		(void)close(to);
	}
	return err;
}

/* Look whether the backup is one, before anything is written. */
static enum hss_err backup_look(struct restore *r, const char *file)
{
	struct store_sqlite *copy = sqlite_new(file, STORE_READ);
	enum hss_err err = HSS_ERR_MEMORY;

	if (copy == NULL) {
		return err;
	}
	err = sqlite_connect_file(copy);
	if (err == HSS_OK) {
		err = version_check(copy);
	}
	r->with->schema_before = copy->base.schema_version;
	if (err != HSS_OK) {
		(void)store_refuse(&r->old->base, err, "%s", copy->base.error);
	} else if (strcmp(copy->path, r->old->path) == 0) {
		err = store_refuse(&r->old->base, HSS_ERR_INVALID,
		                   "%s: restore: is the database itself", copy->path);
	}
	sqlite_free(copy);
	return err;
}

/*
 * Connect to the copy and step it up. It is synced as a whole at the end and thrown away on any
 * failure, hence no syncs and no journal on disk.
 */
static enum hss_err copy_open(struct restore *r)
{
	struct store_sqlite *copy = r->copy;
	int64_t done = 0;
	enum hss_err err = HSS_OK;

	copy->open_as = strdup(r->place.temp);
	if (copy->open_as == NULL) {
		return HSS_ERR_MEMORY;
	}
	err = sqlite_connect(copy);
	if (err == HSS_OK) {
		err = sqlite_query(copy, "PRAGMA journal_mode = MEMORY", &done);
	}
	if (err == HSS_OK) {
		err = sqlite_execute(copy, "restore", "PRAGMA synchronous = OFF");
	}
	return err == HSS_OK ? sqlite_schema_bring(copy) : err;
}

static enum hss_err copy_verify(struct restore *r)
{
	struct store_verify *verify = &r->with->verify;
	enum hss_err err = HSS_OK;

	verify->backup = true;
	err = sqlite_verify(r->copy, verify);
	if (err == HSS_OK && verify->n_findings != 0 && !r->with->force) {
		err = store_refuse(&r->copy->base, HSS_ERR_INVALID,
		                   "%s: restore: the backup is not sound, %llu faults were found",
		                   r->copy->path, (unsigned long long)verify->n_findings);
	}
	return err;
}

/* Tell the IMPIs whose SEQ would pass its end. */
static enum hss_err seq_max_tell(struct restore *r, uint64_t highest)
{
	const struct store_verify *verify = &r->with->verify;
	sqlite3_stmt *stmt = NULL;
	bool more = true;
	enum hss_err err = HSS_OK;
	int rc = sqlite3_prepare_v2(r->copy->handle,
	                            "SELECT DISTINCT r.subscription_id, i.name FROM registration r "
	                            "LEFT JOIN impi i ON i.subscription_id = r.subscription_id AND "
	                            "i.no = r.impi WHERE r.sqn > ?1 ORDER BY 1, 2",
	                            -1, &stmt, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_bind_int64(stmt, 1, (int64_t)highest);
	}
	if (rc != SQLITE_OK) {
		err = sqlite_fail(r->copy, "restore", rc);
	}
	while (err == HSS_OK && (err = sqlite_step(r->copy, "restore", stmt, &more)) == HSS_OK &&
	       more) {
		if (r->with->n_seq_max++ < STORE_FINDINGS_TOLD && verify->tell != NULL) {
			verify->tell(verify->opaque,
			             &(struct store_finding){
					     .rule = "seq-max",
					     .subscription = sqlite3_column_int64(stmt, 0),
					     .identity = (const char *)sqlite3_column_text(stmt, 1),
					     .text = "its SEQ ends here: it gets no vector again "
						     "until it has new keys and an SQN of its own",
				     });
		}
	}
	(void)sqlite3_finalize(stmt);
	return err;
}

/* Every SQN up by the margin, its IND as it is; never beyond the last SEQ. All copies of an SQN
 * alike. */
static enum hss_err sqn_advance(struct restore *r)
{
	const uint64_t margin = r->with->seq_margin << r->with->ind_bits;
	const uint64_t ind_mask = (UINT64_C(1) << r->with->ind_bits) - 1;
	const uint64_t seq_max = AUC_SQN_MAX & ~ind_mask;
	const uint64_t highest = AUC_SQN_MAX - margin;
	char sql[256];
	int64_t n = 0;
	enum hss_err err = seq_max_tell(r, highest);

	(void)snprintf(
		sql, sizeof(sql),
		"UPDATE registration SET sqn = CASE WHEN sqn > %llu THEN %llu | (sqn & %llu) "
		"ELSE sqn + %llu END",
		(unsigned long long)highest, (unsigned long long)seq_max,
		(unsigned long long)ind_mask, (unsigned long long)margin);
	if (err == HSS_OK) {
		err = sqlite_execute(r->copy, "restore", sql);
	}
	if (err == HSS_OK) {
		err = sqlite_query(r->copy, "SELECT count(*) FROM impi", &n);
	}
	r->with->n_impis = (uint64_t)n;
	return err;
}

static enum hss_err pushes_cancel(struct restore *r)
{
	int64_t n = 0;
	enum hss_err err = sqlite_query(r->copy, "SELECT count(*) FROM push WHERE state = 0", &n);

	r->with->n_pushes = (uint64_t)n;
	return err == HSS_OK
	               ? sqlite_execute(r->copy, "restore",
	                                "UPDATE push SET state = 3, ended_at = "
	                                "CAST(strftime('%s', 'now') AS INTEGER), outcome = "
	                                "'cancelled: the database was restored from a backup' "
	                                "WHERE state = 0; DELETE FROM push_scan")
	               : err;
}

static enum hss_err copy_change(struct restore *r)
{
	enum hss_err err = sqlite_execute(r->copy, "restore", "BEGIN IMMEDIATE");

	if (err == HSS_OK) {
		err = sqn_advance(r);
	}
	if (err == HSS_OK) {
		err = pushes_cancel(r);
	}
	if (err == HSS_OK && r->with->clear_registrations) {
		err = sqlite_execute(r->copy, "restore",
		                     "UPDATE registration SET state = 0, pending_since = 0, "
		                     "scscf = NULL, peer = NULL, features = 0, reassign = 0; "
		                     "DELETE FROM restoration");
	}
	return err == HSS_OK ? sqlite_execute(r->copy, "restore", "COMMIT") : err;
}

/* Everything about the copy, until it is on disk and nobody has it open. */
static enum hss_err copy_finish(struct restore *r)
{
	enum hss_err (*const parts[])(struct restore *) = {copy_make, copy_open, copy_verify,
	                                                   copy_change};
	enum hss_err err = HSS_OK;

	for (size_t i = 0; err == HSS_OK && i < sizeof(parts) / sizeof(parts[0]); i++) {
		err = parts[i](r);
	}
	err = sqlite_classify(r->copy, err);
	if (err != HSS_OK && r->copy->base.error[0] != '\0') {
		(void)store_refuse(&r->old->base, err, "%s", r->copy->base.error);
	}
	(void)sqlite3_close(r->copy->handle);
	r->copy->handle = NULL;
	return err == HSS_OK ? sync_path(r->old, r->place.temp) : err;
}

/*
 * Fold the log of the former database into it, so that one file is all of it: leaving the
 * write-ahead log needs that nobody else has it open. A database that cannot even do that is not
 * sound.
 */
static enum hss_err old_fold(struct restore *r)
{
	struct store_sqlite *old = r->old;
	int64_t folded = 0;
	enum hss_err err = HSS_OK;

	if (!r->old_is_there) {
		return HSS_OK;
	}
	err = sqlite_connect(old);
	if (err == HSS_OK) {
		err = sqlite_query(old, "PRAGMA journal_mode = DELETE", &folded);
	}
	if (err == HSS_OK) {
		err = sqlite_query(old, "SELECT journal_mode = 'delete' FROM pragma_journal_mode",
		                   &folded);
	}
	r->old_is_sound = err == HSS_OK && folded == 1;
	if (!r->old_is_sound && old->handle != NULL) {
		/* Whoever looks into it later shall find it as it was. */
		(void)sqlite3_db_config(old->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	}
	(void)sqlite3_close(old->handle);
	old->handle = NULL;
	if (err == HSS_ERR_BUSY) {
		return store_refuse(&old->base, err,
		                    "%s: restore: another program is reading it; end that first",
		                    old->path);
	}
	return err == HSS_ERR_FULL || err == HSS_ERR_MEMORY ? err : HSS_OK;
}

/* The name under which the former database is kept: the first one that nothing has. */
static enum hss_err kept_name(struct restore *r)
{
	struct stat st;

	for (int n = 1; n < KEPT_MAX; n++) {
		char tail[32];

		(void)snprintf(tail, sizeof(tail), "before-restore-%d", n);
		if (!path_join(r->with->kept, r->place.path, ".", tail)) {
			return refuse_errno(r->old, r->place.path, "keep it");
		}
		if (lstat(r->with->kept, &st) != 0 && errno == ENOENT) {
			return HSS_OK;
		}
	}
	return store_refuse(&r->old->base, HSS_ERR_EXISTS,
	                    "%s: restore: too many former databases beside it", r->place.path);
}

/* Move the former database, and what belongs to it, to its new name. */
static enum hss_err old_move(struct restore *r)
{
	for (size_t i = 0; i < SQLITE_SUFFIXES; i++) {
		char from[PATH_MAX];
		char to[PATH_MAX];

		if (!path_join(from, r->place.path, sqlite_suffixes[i], "") ||
		    !path_join(to, r->with->kept, sqlite_suffixes[i], "") ||
		    (rename(from, to) != 0 && errno != ENOENT)) {
			return refuse_errno(r->old, r->place.path, "keep the former database");
		}
		r->old_is_kept = r->old_is_there;
	}
	return HSS_OK;
}

/*
 * Keep the former database. A log must never lie beside a database that it does not belong to, nor
 * a database be there without its log. So a sound one, which has no log any more, gets a second
 * name and stays until the copy is renamed over it; one that is not sound is moved away, itself
 * first.
 */
static enum hss_err old_keep(struct restore *r)
{
	enum hss_err err = kept_name(r);

	if (err != HSS_OK) {
		return err;
	}
	if (!r->old_is_sound) {
		err = old_move(r);
	} else if (link(r->place.path, r->with->kept) == 0) {
		r->old_is_kept = true;
	} else {
		err = refuse_errno(r->old, r->with->kept, "keep the former database");
	}
	return err == HSS_OK ? sync_path(r->old, r->place.folder) : err;
}

static enum hss_err restore_run(struct restore *r, const char *uri, const char *file)
{
	enum hss_err err = old_lock(r, uri);

	if (err == HSS_OK) {
		err = backup_look(r, file);
	}
	if (err == HSS_OK) {
		err = copy_finish(r);
	}
	if (err == HSS_OK) {
		err = old_fold(r);
	}
	if (err == HSS_OK) {
		err = old_keep(r);
	}
	return err == HSS_OK ? place_put(r->old, &r->place, true) : err;
}

/* Whatever happened: what is kept, what is not in place and what went wrong. */
static void restore_end(struct restore *r, enum hss_err err)
{
	if (err != HSS_OK && r->place.temp[0] != '\0' && r->old_is_sound && r->old_is_kept) {
		(void)unlink(r->with->kept); /* a second name of what is in place still */
		r->old_is_kept = false;
	}
	if (!r->old_is_kept) {
		r->with->kept[0] = '\0';
	}
	if (err != HSS_OK) {
		place_drop(&r->place);
		why_copy(r->with->why, r->old, err);
	}
}

enum hss_err sqlite_restore(const char *uri, const char *file, struct store_restore *restore)
{
	struct restore r = {.with = restore,
	                    .old = sqlite_new(uri, STORE_WRITE),
	                    .copy = sqlite_new(file, STORE_MIGRATE)};
	enum hss_err err = HSS_ERR_MEMORY;

	restore->why[0] = '\0';
	restore->kept[0] = '\0';
	restore->n_impis = 0;
	restore->n_seq_max = 0;
	restore->n_pushes = 0;
	if (r.old != NULL && r.copy != NULL) {
		err = restore_run(&r, uri, file);
		restore_end(&r, err);
	}
	sqlite_free(r.copy);
	sqlite_free(r.old);
	return err;
}
