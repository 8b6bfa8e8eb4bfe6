/*
 * What the crash and fault tests share: a store with subscribers in a folder of its own, requests
 * for the worker, and the SQN of a vector as the subscriber's card would recover it.
 *
 * Subscriber i has the IMPI u<i>@home.example and the IMPU sip:u<i>@home.example; the odd ones have
 * a second implicit registration set, so that their SQN stands in two rows.
 */
#ifndef QUINTET_TESTS_CRASH_KIT_H
#define QUINTET_TESTS_CRASH_KIT_H

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "auc/rand_pool.h"
#include "auc/vector.h"
#include "hss/conf.h"
#include "hss/cx.h"
#include "hss/store.h"
#include "hss/worker.h"
#include "temp_dir.h"

enum { KIT_USERS = 640, KIT_NAME_LEN = 48 };

struct kit_user {
	char impi[KIT_NAME_LEN];
	char impu[2][KIT_NAME_LEN];
	unsigned n_sets;
	struct auc_key key;
};

struct kit {
	struct temp_dir dir; /* holds the folder "disk" and the master key */
	char disk[TEMP_PATH_MAX];
	char database[TEMP_PATH_MAX]; /* in disk */
	char master[TEMP_PATH_MAX];
	struct hss_conf conf;
	struct seal *seal;
	struct auc_ctx *auc;
	struct auc_rand_pool *pool;
	struct auc_rng rng;
	struct kit_user user[KIT_USERS];
};

/* Folder, master key and ciphers; no database yet. A failure ends the test. */
void kit_open(struct kit *kit);
void kit_close(struct kit *kit);

/* Make the database with the first n subscribers, and close it. */
void kit_database_make(struct kit *kit, unsigned n);

/* The environment for cx_serve outside the worker. */
struct cx_env kit_env(const struct kit *kit);

/* Fill in a job's request. kit_resync: sqn_ms is the highest of the card, rand what it refused. */
void kit_mar(const struct kit *kit, struct worker_job *job, unsigned user, unsigned n_vectors);
void kit_resync(const struct kit *kit, struct worker_job *job, unsigned user, uint64_t sqn_ms,
                const uint8_t rand[static AUC_RAND_LEN]);
void kit_sar(const struct kit *kit, struct worker_job *job, unsigned user, uint32_t type);

/* The same MAR in a request of one's own; impu is where its list of IMPUs goes. */
void kit_mar_request(const struct kit *kit, struct cx_request *request, const char **impu,
                     unsigned user, unsigned n_vectors);

/* The SQN of a vector; UINT64_MAX when the cipher failed. */
uint64_t kit_sqn(const struct kit *kit, unsigned user, const struct auc_vector *vector);

/* The number in the first row of a query; -1 when it fails. */
int64_t kit_number(sqlite3 *db, const char *sql);

/* What is broken in a database of the schema of today, or NULL: pages, keys, rows that belong
 * together. */
const char *kit_broken_invariant(sqlite3 *db);

/* Documents of n subscribers from `first` on for subscriber.add, and for subscriber.delete. */
json_t *kit_add_request(const struct kit *kit, unsigned first, unsigned n, bool if_absent);
json_t *kit_delete_request(const struct kit *kit, unsigned user);

#endif
