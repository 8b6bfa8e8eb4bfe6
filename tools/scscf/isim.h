/*
 * A soft ISIM: the UE's side of AKA (TS 33.102 6.3.3, Annex C.2; TS 33.203 6.1).
 *
 * It holds K, OPc and an array of the highest SEQ accepted for each IND, of the size that profile 2
 * of C.3 gives it. No I/O and no clock. One thread at a time may use an ISIM.
 */
#ifndef QUINTET_SCSCF_ISIM_H
#define QUINTET_SCSCF_ISIM_H

#include <stdbool.h>
#include <stdint.h>

#include "auc/auc.h"
#include "auc/sqn.h"

enum { ISIM_SLOTS = 1 << AUC_SQN_IND_BITS };

struct isim {
	struct auc_ctx *auc;
	struct auc_key key;       /* secret */
	uint64_t seq[ISIM_SLOTS]; /* SEQ_MS(IND), 0 in a new ISIM */
	uint64_t delta;           /* limit of C.2.1, AUC_SQN_DELTA unless changed */
	uint64_t age_limit;       /* L of C.2.2, in SEQ; 0: no age limit */
};

enum isim_result {
	ISIM_OK,           /* res, ck and ik are set; SQN is now used */
	ISIM_MAC_FAILURE,  /* MAC-A is wrong: not our network. Nothing is set or changed */
	ISIM_SYNC_FAILURE, /* SQN is not in the range: auts is set, nothing else changed */
	ISIM_ERROR,        /* libcrypto failed; nothing is set or changed */
};

/* What the ISIM answers; secret: OPENSSL_cleanse after use. What is not set is zero. */
struct isim_response {
	uint8_t res[AUC_XRES_LEN];
	uint8_t ck[AUC_CK_LEN];
	uint8_t ik[AUC_IK_LEN];
	uint8_t auts[AUC_AUTS_LEN];
};

/*
 * Start an ISIM with an array of zeroes, Delta of C.3 and no age limit. Takes a copy of key.
 * Returns AUC_OK, or an error of auc_open with the ISIM empty. isim_close afterwards in every case.
 */
AUC_MUST_CHECK enum auc_err isim_open(struct isim *isim, const struct auc_key *key);

/* Wipe the keys. Safe on a zeroed ISIM. */
void isim_close(struct isim *isim);

/* Answer a challenge (TS 33.102 6.3.3): MAC-A first, then the range of SQN, then RES, CK and IK. */
AUC_MUST_CHECK enum isim_result isim_authenticate(struct isim *isim,
                                                  const uint8_t rand[static AUC_RAND_LEN],
                                                  const uint8_t autn[static AUC_AUTN_LEN],
                                                  struct isim_response *out);

/*
 * The SQN inside a challenge, whether or not the ISIM would accept it: for checks of what an HSS
 * issued. Returns AUC_OK, AUC_ERR_MAC when MAC-A is wrong (sqn is 0), or AUC_ERR_CRYPTO.
 */
AUC_MUST_CHECK enum auc_err isim_sqn_of(struct isim *isim, const uint8_t rand[static AUC_RAND_LEN],
                                        const uint8_t autn[static AUC_AUTN_LEN], uint64_t *sqn);

/* SQN_MS: the highest SQN accepted so far, SEQ || IND; 0 in a new ISIM. */
uint64_t isim_sqn_ms(const struct isim *isim);

/* Pretend that the ISIM had accepted this SQN; the array element never goes down. */
void isim_sqn_raise(struct isim *isim, uint64_t sqn);

#endif
