/*
 * A database as a whole: backup, verification, restoring.
 *
 * None of this needs a handle of store.h. Backup and verification look only, beside a running HSS
 * and at any load; restoring takes the writing handle's lock. One thread at a time for each struct.
 *
 * A URI is as store_open takes it. `why` receives, on every value but HSS_OK, a text that names the
 * file, the act and the cause.
 */
#ifndef QUINTET_HSS_STORE_COPY_H
#define QUINTET_HSS_STORE_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "hss/err.h"
#include "hss/seal.h"

enum {
	STORE_WHY_LEN = 1536,       /* octets of a reason, with its NUL */
	STORE_COPY_PATH_LEN = 4096, /* octets of a path, with its NUL */
	STORE_FINDINGS_TOLD = 100,  /* findings told one by one; more are only counted */
};

struct store_backup {
	bool replace; /* in: whether FILE may exist */

	uint64_t octets; /* out: size of the backup */
	uint64_t n_subscriptions;
	int schema_version;
	char why[STORE_WHY_LEN];
};

/*
 * Write a consistent copy of a database into one file, while it is in use or not. The copy is made
 * beside FILE under a temporary name of mode 0600, synced, and put in place with its folder
 * synced: FILE is there whole, or nothing is. The keys in it stay sealed: without the master key it
 * is worth nothing. Databases of every schema version up to ours can be copied.
 *
 * The snapshot that is read keeps the writer's log from beginning anew until the copy is made.
 *
 * Returns HSS_OK, HSS_ERR_NOT_FOUND (no such database or folder), HSS_ERR_EXISTS (FILE),
 * HSS_ERR_FULL, HSS_ERR_INVALID (not a database of ours), HSS_ERR_SCHEMA (newer), HSS_ERR_BUSY,
 * HSS_ERR_STORE, HSS_ERR_IO, HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err store_backup(const char *uri, const char *file,
                                         struct store_backup *backup);

/* Something that is not as it has to be. */
struct store_finding {
	const char *rule;     /* its name, for programs */
	int64_t subscription; /* 0: the database as a whole */
	const char *identity; /* the IMPI or IMPU concerned, or NULL */
	const char *text;     /* what is wrong */
};

struct store_verify {
	/*
	 * In. `backup`: the file is a backup that nobody writes: integrity_check, which compares
	 * indexes with tables as well. Otherwise a database that may be in use: quick_check, and
	 * our rules for some subscriptions at a time, so that no snapshot keeps the writer's log
	 * long; the log is taken into account.
	 */
	bool backup;
	struct seal *seal; /* every sealed key has to open with it; NULL: keys are not tried */
	void (*tell)(void *opaque,
	             const struct store_finding *finding); /* the first ones; or NULL */
	void *opaque;

	uint64_t n_findings; /* out: 0 means sound */
	uint64_t n_subscriptions;
	uint64_t n_keys; /* sealed keys that were tried */
	int schema_version;
	char why[STORE_WHY_LEN];
};

/*
 * Verify a database: its pages, foreign keys, and what this program relies on: every IMPI with a
 * set, every set with an IMPI and IMPUs in contiguous positions, copies that agree, SQNs of 48
 * bits, states that exist and have their S-CSCF, keys that open, expressions that can be matched,
 * an outbox of RTRs and PPRs. A database of another schema
 * version has its pages and foreign keys verified and gives a finding.
 *
 * Returns HSS_OK when it could be verified (n_findings says how it is); HSS_ERR_NOT_FOUND,
 * HSS_ERR_INVALID (not a database of ours; a backup with a log beside it), HSS_ERR_BUSY,
 * HSS_ERR_STORE, HSS_ERR_CRYPTO, HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err store_verify(const char *uri, struct store_verify *verify);

struct store_restore {
	/* In. */
	unsigned ind_bits;        /* length of IND in bits (auc/sqn.h) */
	uint64_t seq_margin;      /* added to the SEQ of every IMPI; below 1 << (48 - ind_bits) */
	bool clear_registrations; /* make everything Not Registered, without S-CSCF, and forget what
	                             S-CSCFs left (restoration information) */
	bool force;               /* although something was found */
	/*
	 * How to verify, its tell also being called with rule "seq-max" for each IMPI whose SEQ the
	 * margin would carry past its end: it gets the last SEQ, and no vector again until it has
	 * new keys. backup is set here.
	 */
	struct store_verify verify;

	uint64_t n_impis;   /* out: IMPIs whose SQN was advanced */
	uint64_t n_seq_max; /* of them, those at the end of SEQ now */
	uint64_t n_pushes;  /* RTRs and PPRs that waited, and were cancelled */
	int schema_before;  /* schema version of the backup; verify.schema_version is that of now */
	char kept[STORE_COPY_PATH_LEN]; /* where the former database is; "" when there was none */
	char why[STORE_WHY_LEN];
};

/*
 * Put a backup in the place of a database, with every SQN advanced: what was issued since the
 * backup was made, up to seq_margin vectors of one IMPI, is not issued again.
 *
 * Nothing that the backup had still to tell an S-CSCF is sent: it is about the past. What waits in
 * its outbox is cancelled, with an outcome that says so, and changes are not followed up.
 *
 * The backup is copied beside the database, stepped up to our schema, verified and changed there,
 * and synced; the former database is kept as DATABASE.before-restore-N. An end at any point leaves
 * either the former database or the restored one in place, whole. Only when the former one cannot
 * even be opened is there a moment without any.
 *
 * Returns HSS_OK, HSS_ERR_NOT_FOUND (backup, or folder of the database), HSS_ERR_LOCKED (an HSS or
 * hssctl has it), HSS_ERR_BUSY (somebody reads it), HSS_ERR_INVALID (the backup is none, or
 * verify.n_findings is not 0), HSS_ERR_SCHEMA (newer), HSS_ERR_FULL, HSS_ERR_STORE, HSS_ERR_IO,
 * HSS_ERR_CRYPTO, HSS_ERR_MEMORY. After an error the former database is in place, unless it was of
 * no use and `kept` says where it is.
 */
HSS_MUST_CHECK enum hss_err store_restore(const char *uri, const char *file,
                                          struct store_restore *restore);

#endif
