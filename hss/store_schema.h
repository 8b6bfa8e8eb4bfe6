/*
 * The schema steps of the SQLite backend, compiled in (schema/embed.cmake makes the array).
 *
 * Private to the backend and its tests. The number of the last step is the schema version.
 */
#ifndef QUINTET_HSS_STORE_SCHEMA_H
#define QUINTET_HSS_STORE_SCHEMA_H

struct store_step {
	int number; /* from 1, without a gap */
	const char *name;
	const char *sql;
};

extern const struct store_step store_sqlite_steps[];
extern const int store_sqlite_n_steps;

/* PRAGMA application_id of a database of ours: "QHSS". */
enum { STORE_SQLITE_APPLICATION_ID = 0x51485353 };

#endif
