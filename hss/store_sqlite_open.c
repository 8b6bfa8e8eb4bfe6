/* The SQLite backend: lock file, connection, schema version. */
#include "hss/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hss/store_schema.h"

enum {
	PID_DIGITS_MAX = 20,
	FILE_MODE = 0600, /* SQLite gives the log and its index the mode of the database */
	/*
	 * How long a connection waits for another one. The writer meets nobody but readers that are
	 * about to leave the log, a reader only the short recovery after a crash and the end of the
	 * writer.
	 */
	BUSY_MS_WRITER = 100,
	BUSY_MS_READER = 1000,
};

/* "FILE: act: cause", the cause being errno. */
static enum hss_err fail_errno(struct store_sqlite *db, const char *act)
{
	enum hss_err err = HSS_ERR_STORE;

	if (errno == ENOENT) {
		err = HSS_ERR_NOT_FOUND;
	} else if (errno == EEXIST) {
		err = HSS_ERR_EXISTS;
	} else if (errno == ENOSPC || errno == EDQUOT) {
		err = HSS_ERR_FULL;
	}
	return store_refuse(&db->base, err, "%s: %s: %s", db->path, act, strerrordesc_np(errno));
}

/*
 * Whether the file is what a creation that was interrupted leaves: empty, or with a rollback
 * journal, which a database of ours has only until its first step is done and the log begins.
 */
static bool is_unfinished(const struct store_sqlite *db)
{
	char *journal = NULL;
	struct stat st;
	bool unfinished = stat(db->path, &st) == 0 && S_ISREG(st.st_mode);

	if (unfinished && st.st_size != 0) {
		unfinished =
			asprintf(&journal, "%s-journal", db->path) >= 0 && stat(journal, &st) == 0;
		free(journal);
	}
	return unfinished;
}

/*
 * Make the empty file, so that it never has a wider mode than it ends with. What a creation that
 * was interrupted left is taken over.
 */
static enum hss_err file_make(struct store_sqlite *db, bool *made)
{
	enum hss_err err = HSS_OK;
	int fd = open(db->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);

	*made = fd >= 0;
	if (fd < 0 && errno == EEXIST) {
		if (is_unfinished(db)) {
			fd = open(db->path, O_RDWR | O_CLOEXEC);
		} else {
			errno = EEXIST;
		}
	}
	if (fd < 0) {
		return fail_errno(db, "create");
	}
	if (fchmod(fd, FILE_MODE) != 0) {
		err = fail_errno(db, "set mode");
	}
	(void)close(fd);
	return err;
}

/* Two names of one database must lead to one lock: resolve it. */
enum hss_err sqlite_path_resolve(struct store_sqlite *db)
{
	struct stat st;
	char *path = realpath(db->path, NULL);

	if (path == NULL || stat(path, &st) != 0) {
		free(path);
		return fail_errno(db, "open");
	}
	free(db->path);
	db->path = path;
	if (!S_ISREG(st.st_mode)) {
		return store_refuse(&db->base, HSS_ERR_INVALID, "%s: open: is not a regular file",
		                    db->path);
	}
	return HSS_OK;
}

/*
 * Whatever the umask is, and also when root opens the database once, its owner can open the lock
 * file. Another one than its owner cannot change that, and need not.
 */
static void lock_settle(const struct store_sqlite *db)
{
	struct stat st;

	if (fchmod(db->lock_fd, FILE_MODE) != 0 || geteuid() != 0 || stat(db->path, &st) != 0) {
		return;
	}
	if (fchown(db->lock_fd, st.st_uid, st.st_gid) != 0) {
		return; /* the lock holds all the same */
	}
}

/* Who holds the lock, for people only: that it cannot be written is no fault. */
static void lock_sign(const struct store_sqlite *db)
{
	if (ftruncate(db->lock_fd, 0) == 0) {
		(void)dprintf(db->lock_fd, "%ld\n", (long)getpid());
	}
}

static enum hss_err lock_refuse(struct store_sqlite *db, const char *name)
{
	char text[PID_DIGITS_MAX + 1] = "";
	const ssize_t n = pread(db->lock_fd, text, PID_DIGITS_MAX, 0);
	const size_t digits = n > 0 ? strspn(text, "0123456789") : 0;

	return store_refuse(&db->base, HSS_ERR_LOCKED,
	                    "%s: open: another process, or another handle, has the database open "
	                    "for writing: process %.*s holds the lock file %s",
	                    db->path, digits > 0 ? (int)digits : 1, digits > 0 ? text : "?", name);
}

enum hss_err sqlite_lock_take(struct store_sqlite *db)
{
	enum hss_err err = HSS_OK;
	char *name = NULL;

	if (asprintf(&name, "%s.lock", db->path) < 0) {
		return HSS_ERR_MEMORY;
	}
	db->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (db->lock_fd < 0) {
		err = fail_errno(db, "open lock file");
		goto out;
	}
	lock_settle(db);
	if (flock(db->lock_fd, LOCK_EX | LOCK_NB) == 0) {
		lock_sign(db);
	} else {
		err = errno == EWOULDBLOCK ? lock_refuse(db, name) : fail_errno(db, "lock");
	}
out:
	free(name);
	return err;
}

enum hss_err sqlite_execute(struct store_sqlite *db, const char *act, const char *sql)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? HSS_OK : sqlite_fail(db, act, rc);
}

/* The number in the first row of a query. */
enum hss_err sqlite_query(struct store_sqlite *db, const char *sql, int64_t *value)
{
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	int rc = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL);
	enum hss_err err =
		rc == SQLITE_OK ? sqlite_step(db, "open", stmt, &row) : sqlite_fail(db, "open", rc);

	if (err == HSS_OK) {
		*value = row ? sqlite3_column_int64(stmt, 0) : 0;
	}
	(void)sqlite3_finalize(stmt);
	return err;
}

/* Run one step and record its number, or nothing of it. */
static enum hss_err step_up(struct store_sqlite *db, const struct store_step *step)
{
	char head[128];
	int64_t violated = 0;
	enum hss_err err = sqlite_execute(db, step->name, "BEGIN IMMEDIATE");

	(void)snprintf(head, sizeof(head), "PRAGMA application_id = %d; PRAGMA user_version = %d",
	               STORE_SQLITE_APPLICATION_ID, step->number);
	if (err == HSS_OK) {
		err = sqlite_execute(db, step->name, step->sql);
	}
	if (err == HSS_OK) {
		err = sqlite_query(db, "SELECT count(*) FROM pragma_foreign_key_check", &violated);
	}
	if (err == HSS_OK && violated != 0) {
		err = store_refuse(&db->base, HSS_ERR_INVALID,
		                   "%s: step %d (%s): %lld rows refer to rows that are missing",
		                   db->path, step->number, step->name, (long long)violated);
	}
	if (err == HSS_OK) {
		err = sqlite_execute(db, step->name, head);
	}
	if (err == HSS_OK) {
		err = sqlite_execute(db, step->name, "COMMIT");
	}
	if (err != HSS_OK && !sqlite3_get_autocommit(db->handle)) {
		(void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	}
	return err;
}

/* Whose database it is, and of which version. */
enum hss_err sqlite_version_read(struct store_sqlite *db)
{
	int64_t application = 0;
	int64_t version = 0;
	int64_t objects = 0;
	enum hss_err err = sqlite_query(db, "PRAGMA application_id", &application);

	if (err == HSS_OK) {
		err = sqlite_query(db, "PRAGMA user_version", &version);
	}
	if (err == HSS_OK) {
		err = sqlite_query(db, "SELECT count(*) FROM sqlite_schema", &objects);
	}
	if (err != HSS_OK) {
		return err;
	}
	if (db->base.mode == STORE_CREATE && application == STORE_SQLITE_APPLICATION_ID) {
		/* What was interrupted had got further than the first step. */
		return store_refuse(&db->base, HSS_ERR_EXISTS, "%s: create: %s", db->path,
		                    strerrordesc_np(EEXIST));
	}
	if (db->base.mode == STORE_CREATE ? objects != 0 || application != 0 || version != 0
	                                  : application != STORE_SQLITE_APPLICATION_ID) {
		return store_refuse(&db->base, HSS_ERR_INVALID,
		                    "%s: open: not a database of an HSS", db->path);
	}
	db->base.schema_version = (int)version;
	return HSS_OK;
}

enum hss_err sqlite_schema_bring(struct store_sqlite *db)
{
	const int known = store_sqlite_schema_known();
	const bool may_step = db->base.mode == STORE_CREATE || db->base.mode == STORE_MIGRATE;
	enum hss_err err = sqlite_version_read(db);

	if (err != HSS_OK) {
		return err;
	}
	if (db->base.schema_version > known) {
		return store_refuse(
			&db->base, HSS_ERR_SCHEMA,
			"%s: open: its schema version is %d, newer than version %d that "
			"this program knows",
			db->path, db->base.schema_version, known);
	}
	if (db->base.schema_version < known && !may_step) {
		return store_refuse(&db->base, HSS_ERR_SCHEMA,
		                    "%s: open: its schema version is %d, this program needs "
		                    "version %d; run hssctl db migrate",
		                    db->path, db->base.schema_version, known);
	}
	for (int i = 0; err == HSS_OK && i < store_sqlite_n_steps; i++) {
		if (store_sqlite_steps[i].number > db->base.schema_version) {
			err = step_up(db, &store_sqlite_steps[i]);
			if (err == HSS_OK) {
				db->base.schema_version = store_sqlite_steps[i].number;
			}
		}
	}
	return err;
}

/* Settings of the writer. What durability rests on is read back. */
static enum hss_err writer_settings(struct store_sqlite *db)
{
	int64_t value = 0;
	enum hss_err err = sqlite_execute(db, "open", "PRAGMA journal_mode = WAL");

	if (err == HSS_OK) {
		err = sqlite_query(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode",
		                   &value);
	}
	if (err == HSS_OK && value == 1) {
		err = sqlite_execute(db, "open",
		                     "PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536");
	}
	if (err == HSS_OK && value == 1) {
		err = sqlite_query(db, "PRAGMA synchronous", &value);
		value = value == 2;
	}
	if (err == HSS_OK && value != 1) {
		err = store_refuse(&db->base, HSS_ERR_STORE,
		                   "%s: open: write-ahead log with full synchronisation is refused",
		                   db->path);
	}
	return err;
}

/* A file that SQLite cannot read as a database of ours is the file's fault, not the store's. */
enum hss_err sqlite_classify(const struct store_sqlite *db, enum hss_err err)
{
	if (err == HSS_ERR_STORE && db->handle != NULL) {
		switch (sqlite3_errcode(db->handle)) {
		case SQLITE_NOTADB:
		case SQLITE_CORRUPT:
		case SQLITE_ERROR:
			return HSS_ERR_INVALID;
		default:
			break;
		}
	}
	return err;
}

enum hss_err sqlite_connect(struct store_sqlite *db)
{
	const bool write = db->base.mode != STORE_READ;
	int rc = sqlite3_open_v2(db->open_as != NULL ? db->open_as : db->path, &db->handle,
	                         SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI |
	                                 (write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY),
	                         NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_busy_timeout(db->handle, write ? BUSY_MS_WRITER : BUSY_MS_READER);
	}
	if (rc == SQLITE_OK) {
		rc = sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	}
	if (rc == SQLITE_OK && !write) {
		/* One connection checkpoints, and it is not this one (the WAL-reset bug). */
		rc = sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	}
	if (rc != SQLITE_OK) {
		return sqlite_classify(db, sqlite_fail(db, "open", rc));
	}
	return sqlite_classify(db,
	                       sqlite_execute(db, "open",
	                                      "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
	                                      "PRAGMA trusted_schema = OFF;"
	                                      "PRAGMA cell_size_check = ON;"
	                                      "PRAGMA cache_size = -8192"));
}

/* SQLite holds both names ready, so that looking at them costs no memory. */
const char *sqlite_file_name(const struct store_sqlite *db, unsigned file)
{
	const char *name = sqlite3_db_filename(db->handle, "main");

	return file == SQLITE_FILE_LOG ? sqlite3_filename_wal(name) : name;
}

enum hss_err sqlite_files_note(struct store_sqlite *db)
{
	struct stat st;

	for (unsigned i = 0; i < SQLITE_FILES; i++) {
		if (stat(sqlite_file_name(db, i), &st) != 0) {
			return fail_errno(db, "open");
		}
		db->file[i] = (struct file_id){st.st_dev, st.st_ino};
	}
	return HSS_OK;
}

unsigned sqlite_files_missing(const struct store_sqlite *db)
{
	struct stat st;
	unsigned i = 0;

	while (i < SQLITE_FILES && stat(sqlite_file_name(db, i), &st) == 0 &&
	       st.st_dev == db->file[i].device && st.st_ino == db->file[i].inode) {
		i++;
	}
	return i;
}

const char *const sqlite_suffixes[SQLITE_SUFFIXES] = {"", "-wal", "-shm", "-journal"};

void sqlite_files_remove(const char *path)
{
	for (size_t i = 0; i < SQLITE_SUFFIXES; i++) {
		char *name = NULL;

		if (asprintf(&name, "%s%s", path, sqlite_suffixes[i]) >= 0) {
			(void)unlink(name);
			free(name);
		}
	}
}

enum hss_err sqlite_attach(struct store_sqlite *db)
{
	bool made = false;
	enum hss_err err = db->base.mode == STORE_CREATE ? file_make(db, &made) : HSS_OK;

	if (err == HSS_OK) {
		err = sqlite_path_resolve(db);
	}
	if (err == HSS_OK && db->base.mode != STORE_READ) {
		err = sqlite_lock_take(db);
	}
	if (err == HSS_OK) {
		err = sqlite_connect(db);
	}
	if (err == HSS_OK && db->base.mode != STORE_READ) {
		/* For the steps already: no checkpoint whose failure nobody sees. */
		err = sqlite_execute(db, "open",
		                     "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
	}
	if (err == HSS_OK) {
		err = sqlite_schema_bring(db);
	}
	if (err == HSS_OK && db->base.mode != STORE_READ) {
		err = writer_settings(db);
	}
	if (err == HSS_OK) {
		err = sqlite_prepare(db);
	}
	err = sqlite_classify(db, err);
	if (err != HSS_OK && made) {
		sqlite_files_remove(db->path); /* what a creation that failed left behind */
	}
	return err;
}

void sqlite_detach(struct store_sqlite *db)
{
	(void)sqlite3_close(db->handle);
	if (db->lock_fd >= 0) {
		(void)close(db->lock_fd);
	}
}
