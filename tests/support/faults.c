#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hss/store_sqlite.h"

enum { LATE_MAX = 4096 };

enum kind { NO_FAULT, ANSWER_BEFORE_COMMIT, SYNCHRONOUS_NORMAL, SQN_AFTER_ANSWER, KINDS };

static const char *const kind_name[KINDS] = {
	[NO_FAULT] = "",
	[ANSWER_BEFORE_COMMIT] = "answer-before-commit",
	[SYNCHRONOUS_NORMAL] = "synchronous-normal",
	[SQN_AFTER_ANSWER] = "sqn-after-answer",
};

/* An SQN that was answered and is not yet stored. */
struct late {
	int64_t id;
	unsigned impi;
	uint64_t stored;
	uint64_t answered;
};

/* The worker's thread alone comes here once a handle is bound. */
static struct {
	struct store *store;
	enum kind kind;
	unsigned stretch; /* batches */
	unsigned batches; /* since the last honest one */
	bool held;        /* the transaction of a batch that was answered is still open */
	struct late late[LATE_MAX];
	size_t n_late;
} fault;

enum hss_err __real_store_open(const char *uri, enum store_mode mode, struct store **out);
enum hss_err __wrap_store_open(const char *uri, enum store_mode mode, struct store **out);
void __real_store_close(struct store *store);
void __wrap_store_close(struct store *store);
enum hss_err __real_store_begin(struct store *store);
enum hss_err __wrap_store_begin(struct store *store);
enum hss_err __real_store_commit(struct store *store);
enum hss_err __wrap_store_commit(struct store *store);
void __real_store_rollback(struct store *store);
void __wrap_store_rollback(struct store *store);
enum hss_err __real_store_maintain(struct store *store, bool idle);
enum hss_err __wrap_store_maintain(struct store *store, bool idle);
enum hss_err __real_store_registration_save(struct store *store,
                                            const struct ims_subscription *sub);
enum hss_err __wrap_store_registration_save(struct store *store,
                                            const struct ims_subscription *sub);

static void bind(struct store *store)
{
	const char *text = getenv(FAULTS_VARIABLE);
	const size_t len = text != NULL ? strcspn(text, ":") : 0;
	unsigned long stretch = 1;

	memset(&fault, 0, sizeof(fault));
	for (size_t i = 1; text != NULL && i < KINDS; i++) {
		if (strlen(kind_name[i]) == len && strncmp(text, kind_name[i], len) == 0) {
			fault.kind = (enum kind)i;
			fault.store = store;
		}
	}
	if (fault.kind != NO_FAULT && text[len] == ':') {
		stretch = strtoul(text + len + 1, NULL, 10);
	}
	fault.stretch = stretch > 0 ? (unsigned)stretch : 1;
}

static void execute(const char *sql)
{
	if (sqlite3_exec(store_sqlite_of(fault.store)->handle, sql, NULL, NULL, NULL) !=
	    SQLITE_OK) {
		(void)fprintf(stderr, "built-in fault: %s\n",
		              sqlite3_errmsg(store_sqlite_of(fault.store)->handle));
	}
}

enum hss_err __wrap_store_open(const char *uri, enum store_mode mode, struct store **out)
{
	enum hss_err err = __real_store_open(uri, mode, out);

	if (err == HSS_OK && mode != STORE_READ && fault.store == NULL) {
		bind(*out);
		if (fault.kind == SYNCHRONOUS_NORMAL) {
			execute("PRAGMA synchronous = NORMAL");
		}
	}
	return err;
}

static uint64_t sqn_stored(int64_t id, unsigned impi)
{
	sqlite3_stmt *stmt = NULL;
	uint64_t sqn = 0;

	if (sqlite3_prepare_v2(store_sqlite_of(fault.store)->handle,
	                       "SELECT max(sqn) FROM registration WHERE subscription_id = ?1 "
	                       "AND impi = ?2",
	                       -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_bind_int64(stmt, 1, id) == SQLITE_OK &&
	    sqlite3_bind_int64(stmt, 2, impi) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
		sqn = (uint64_t)sqlite3_column_int64(stmt, 0);
	}
	(void)sqlite3_finalize(stmt);
	return sqn;
}

/* Remember what an SQN was before the first answer that is not stored, and what it is now. */
static void late_add(int64_t id, const struct ims_impi *impi)
{
	const uint64_t stored = sqn_stored(id, impi->no);

	for (size_t i = 0; i < fault.n_late; i++) {
		if (fault.late[i].id == id && fault.late[i].impi == impi->no) {
			fault.late[i].answered = impi->sqn;
			return;
		}
	}
	if (stored != impi->sqn && fault.n_late < LATE_MAX) {
		fault.late[fault.n_late++] = (struct late){id, impi->no, stored, impi->sqn};
	}
}

static void late_write(bool answered)
{
	store_sqlite_of(fault.store)->rows_id = 0; /* what the store remembers is void */
	for (size_t i = 0; i < fault.n_late; i++) {
		const struct late *late = &fault.late[i];
		char sql[160];

		(void)snprintf(sql, sizeof(sql),
		               "UPDATE registration SET sqn = %lld WHERE subscription_id = %lld "
		               "AND impi = %u",
		               (long long)(answered ? late->answered : late->stored),
		               (long long)late->id, late->impi);
		execute(sql);
	}
}

/* Do now, in a transaction of its own, what should have been done before the answers. */
static enum hss_err settle(void)
{
	enum hss_err err = HSS_OK;

	if (fault.held) {
		fault.held = false;
		err = __real_store_commit(fault.store);
	}
	if (fault.n_late > 0 && __real_store_begin(fault.store) == HSS_OK) {
		late_write(true);
		fault.n_late = 0;
		err = __real_store_commit(fault.store);
	}
	fault.batches = 0;
	return err;
}

void __wrap_store_close(struct store *store)
{
	if (store != NULL && store == fault.store) {
		(void)settle();
		fault.store = NULL;
	}
	__real_store_close(store);
}

enum hss_err __wrap_store_begin(struct store *store)
{
	enum hss_err err = HSS_OK;

	if (store != fault.store || !fault.held) {
		err = __real_store_begin(store);
	}
	if (store == fault.store && err == HSS_OK && fault.n_late > 0) {
		late_write(true); /* the jobs of this batch shall not see the fault */
	}
	return err;
}

enum hss_err __wrap_store_registration_save(struct store *store, const struct ims_subscription *sub)
{
	if (store == fault.store && fault.kind == SQN_AFTER_ANSWER) {
		for (size_t i = 0; i < sub->n_impi; i++) {
			late_add(sub->id, &sub->impi[i]);
		}
	}
	return __real_store_registration_save(store, sub);
}

enum hss_err __wrap_store_commit(struct store *store)
{
	if (store != fault.store) {
		return __real_store_commit(store);
	}
	fault.batches++;
	if (fault.kind == ANSWER_BEFORE_COMMIT) {
		fault.held = true;
		return HSS_OK;
	}
	if (fault.kind == SQN_AFTER_ANSWER) {
		late_write(false);
	}
	return __real_store_commit(store);
}

void __wrap_store_rollback(struct store *store)
{
	if (store == fault.store) {
		fault.held = false;
	}
	__real_store_rollback(store);
}

enum hss_err __wrap_store_maintain(struct store *store, bool idle)
{
	enum hss_err err = HSS_OK;

	if (store == fault.store && (idle || fault.batches >= fault.stretch)) {
		err = settle();
	}
	if (store == fault.store && fault.held) {
		return HSS_OK; /* not now: its transaction is open */
	}
	return err == HSS_OK ? __real_store_maintain(store, idle) : err;
}
