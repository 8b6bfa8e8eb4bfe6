/*
 * RAND for service: OpenSSL's DRBG, asked for many octets at a time, because one call of it costs
 * more than the vector that uses the octets.
 *
 * Each octet is handed out once and wiped from the pool as it goes. What is left when a request
 * does not fit is thrown away. The pool lies in pages of its own: wiped in the child of a fork
 * (which then draws its own), left out of core files, and locked where the limit allows.
 */
#ifndef AUC_RAND_POOL_H
#define AUC_RAND_POOL_H

#include "auc/auc.h"

enum { AUC_RAND_POOL_LEN = 4096 };

/* A pool. One thread at a time may use it; give each thread its own. */
struct auc_rand_pool;

/*
 * Open an empty pool; nothing is drawn yet. Where the system cannot wipe pages at a fork, each
 * request goes to OpenSSL directly: slower, and equally safe.
 *
 *   pool  receives the pool, or NULL on error. The caller gives it to auc_rand_pool_close.
 *
 * Returns AUC_OK or AUC_ERR_MEMORY.
 */
AUC_MUST_CHECK enum auc_err auc_rand_pool_open(struct auc_rand_pool **pool);

/*
 * The pool as auc_vectors takes it; valid until the pool is closed. Its fill returns AUC_ERR_RNG
 * when OpenSSL's generator fails, and then hands out nothing: out is wiped, the pool is empty, and
 * the next call asks the generator again.
 */
struct auc_rng auc_rand_pool_rng(struct auc_rand_pool *pool);

/* Wipe and free a pool. NULL is allowed. */
void auc_rand_pool_close(struct auc_rand_pool *pool);

#endif
