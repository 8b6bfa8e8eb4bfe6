/*
 * The SQLite backend: S-CSCF names and Diameter peers that no registration names any more go.
 *
 * A peer may claim ever new ones, and each takes a row. No index tells whether a row is still
 * named: it would cost every MAR a page. Instead a pass begins when many rows were made, and goes
 * on by a portion a turn, so that no turn holds up the writer for long:
 *
 *   registrations  in the order of their key: what they name is marked
 *   S-CSCFs        in the order of their ids: what is not marked is removed
 *   peers          likewise
 *
 * Registrations are written while a pass is under way, also where it has been. What they name
 * then is either what the same row named before, or comes from sqlite_intern_id, which marks it.
 * There is no other writer. So what is not marked is named by nothing, the S-CSCF that holds the
 * IND of an SQN (TS 33.102 annex C.3.4) being named by its registration like any other.
 *
 * A mark is a bit, found by a hash of the id: a row that shares the bit of one in use stays until
 * another pass, which hashes otherwise. So the memory is bounded too; with a million registrations
 * that each name an S-CSCF of their own some 6 rows in 100 stay a pass longer.
 *
 * With the rows made since the turn before the portion grows: a pass looks at SWEEP_PACE rows for
 * each, so that it ends, however fast they are made, with at most (registrations + rows) /
 * SWEEP_PACE of them made meanwhile.
 */
#include "hss/store_sqlite.h"

#include <stdlib.h>

enum {
	SWEEP_ROUND = 256, /* rows looked at in a turn at least */
	SWEEP_PACE = 8,
	MARK_BITS = 24, /* 2 MiB a table, while a pass is under way */
	WORD_BITS = 64,
};

static const struct {
	enum sql rows;
	enum sql remove;
} sweep_sql[INTERN_N] = {
	[INTERN_SCSCF] = {SQL_SWEEP_SCSCFS, SQL_SCSCF_DELETE},
	[INTERN_PEER] = {SQL_SWEEP_PEERS, SQL_PEER_DELETE},
};

static uint64_t *mark_of(const struct sweep *sweep, enum intern_kind kind, int64_t id,
                         uint64_t *bit)
{
	const uint64_t hash = ((uint64_t)id * sweep->factor) >> (64 - MARK_BITS);

	*bit = UINT64_C(1) << hash % WORD_BITS;
	return &sweep->mark[kind][hash / WORD_BITS];
}

void sqlite_sweep_mark(struct store_sqlite *db, enum intern_kind kind, int64_t id)
{
	uint64_t bit = 0;

	if (db->sweep.mark[kind] != NULL && id != 0) {
		uint64_t *word = mark_of(&db->sweep, kind, id, &bit);

		*word |= bit;
	}
}

static bool is_marked(const struct sweep *sweep, enum intern_kind kind, int64_t id)
{
	uint64_t bit = 0;
	const uint64_t *word = mark_of(sweep, kind, id, &bit);

	return (*word & bit) != 0;
}

void sqlite_sweep_end(struct store_sqlite *db)
{
	for (size_t kind = 0; kind < INTERN_N; kind++) {
		free(db->sweep.mark[kind]);
		db->sweep.mark[kind] = NULL;
	}
}

static enum hss_err sweep_begin(struct store_sqlite *db)
{
	struct sweep *sweep = &db->sweep;

	for (size_t kind = 0; kind < INTERN_N; kind++) {
		sweep->mark[kind] =
			calloc((UINT64_C(1) << MARK_BITS) / WORD_BITS, sizeof(uint64_t));
	}
	for (size_t kind = 0; kind < INTERN_N; kind++) {
		if (sweep->mark[kind] == NULL) {
			sqlite_sweep_end(db);
			return store_refuse(&db->base, HSS_ERR_MEMORY, "%s: out of memory",
			                    db->path);
		}
	}
	/* Odd, and another one in each pass: 2^64 by the golden ratio spreads ids that follow each
	 * other. */
	sweep->factor += UINT64_C(2) * UINT64_C(0x9e3779b97f4a7c15);
	sweep->factor |= 1;
	sweep->at = SWEEP_REGISTRATIONS;
	sweep->after = (struct sweep_key){0};
	sweep->made = 0;
	return HSS_OK;
}

/* The next table, or the end of the pass. */
static void sweep_advance(struct store_sqlite *db)
{
	struct sweep *sweep = &db->sweep;

	sweep->after = (struct sweep_key){0};
	if (sweep->at == SWEEP_PEERS) {
		sqlite_sweep_end(db);
	} else {
		sweep->at++;
	}
}

static enum hss_err registrations_round(struct store_sqlite *db)
{
	struct sweep_key *after = &db->sweep.after;
	struct binder binder = {.stmt = db->stmt[SQL_SWEEP_REGISTRATIONS]};
	enum hss_err err = HSS_OK;
	bool row = true;
	int n = 0;

	binder_int(&binder, after->id);
	binder_int(&binder, after->impi);
	binder_int(&binder, after->irs);
	binder_int(&binder, SWEEP_ROUND);
	while ((err = binder_step(db, &binder, "sweep", &row)) == HSS_OK && row) {
		after->id = sqlite3_column_int64(binder.stmt, 0);
		after->impi = sqlite3_column_int64(binder.stmt, 1);
		after->irs = sqlite3_column_int64(binder.stmt, 2);
		sqlite_sweep_mark(db, INTERN_SCSCF, sqlite3_column_int64(binder.stmt, 3));
		sqlite_sweep_mark(db, INTERN_SCSCF, sqlite3_column_int64(binder.stmt, 4));
		sqlite_sweep_mark(db, INTERN_PEER, sqlite3_column_int64(binder.stmt, 5));
		n++;
	}
	sqlite_done(binder.stmt);
	if (err == HSS_OK && n < SWEEP_ROUND) {
		sweep_advance(db);
	}
	return err;
}

static enum hss_err row_remove(struct store_sqlite *db, enum intern_kind kind, int64_t id)
{
	struct binder binder = {.stmt = db->stmt[sweep_sql[kind].remove]};

	/* What is remembered must not be named again. */
	sqlite_intern_drop(db, kind, id);
	binder_int(&binder, id);
	return binder_run(db, &binder, "sweep");
}

static enum hss_err names_round(struct store_sqlite *db, enum intern_kind kind)
{
	struct sweep *sweep = &db->sweep;
	struct binder binder = {.stmt = db->stmt[sweep_sql[kind].rows]};
	int64_t id[SWEEP_ROUND];
	enum hss_err err = HSS_OK;
	bool row = true;
	int n = 0;

	binder_int(&binder, sweep->after.id);
	binder_int(&binder, SWEEP_ROUND);
	while (n < SWEEP_ROUND && (err = binder_step(db, &binder, "sweep", &row)) == HSS_OK &&
	       row) {
		id[n++] = sqlite3_column_int64(binder.stmt, 0);
	}
	sqlite_done(binder.stmt);
	for (int i = 0; err == HSS_OK && i < n; i++) {
		sweep->after.id = id[i];
		if (!is_marked(sweep, kind, id[i])) {
			err = row_remove(db, kind, id[i]);
		}
	}
	if (err == HSS_OK && n < SWEEP_ROUND) {
		sweep_advance(db);
	}
	return err;
}

static enum hss_err sweep_round(struct store_sqlite *db)
{
	switch (db->sweep.at) {
	case SWEEP_REGISTRATIONS:
		return registrations_round(db);
	case SWEEP_SCSCFS:
		return names_round(db, INTERN_SCSCF);
	case SWEEP_PEERS:
		return names_round(db, INTERN_PEER);
	}
	return HSS_OK;
}

enum hss_err sqlite_sweep(struct store_sqlite *db)
{
	struct sweep *sweep = &db->sweep;
	size_t rounds = 1 + sweep->fresh / (SWEEP_ROUND / SWEEP_PACE);
	enum hss_err err = HSS_OK;

	sweep->made += sweep->fresh;
	sweep->fresh = 0;
	if (sweep->mark[0] == NULL) {
		return sweep->made < SWEEP_AFTER ? HSS_OK : sweep_begin(db);
	}
	/* What is removed in a turn is one transaction; without any nothing is written. */
	err = sqlite_act_begin(db, true);
	if (err != HSS_OK) {
		return err;
	}
	while (err == HSS_OK && rounds > 0 && sweep->mark[0] != NULL) {
		err = sweep_round(db);
		rounds--;
	}
	return sqlite_act_end(db, true, err);
}
