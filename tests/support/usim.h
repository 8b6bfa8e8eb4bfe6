/*
 * A model USIM: how it judges a challenge (TS 33.102 6.3.3, 6.3.5 and C.2), and nothing else of it.
 * The array of C.2.2 has 32 elements. Milenage is real: what it reads is AUTN, what it says is
 * AUTS.
 */
#ifndef TESTS_USIM_H
#define TESTS_USIM_H

#include <stdbool.h>
#include <stdint.h>

#include "auc/auc.h"

enum { USIM_IND_BITS = 5, USIM_SLOTS = 1 << USIM_IND_BITS };

struct usim {
	struct auc_ctx *auc; /* borrowed, as is key */
	const struct auc_key *key;
	uint64_t seq[USIM_SLOTS]; /* the highest SEQ accepted of each IND */
	uint64_t delta;           /* C.2.1, in SEQ */
	uint64_t age_limit;       /* L of C.2.2, in SEQ; 0: none */
};

enum usim_verdict { USIM_ACCEPTED, USIM_MAC_FAILURE, USIM_SYNC_FAILURE };

/* The highest SQN accepted, SEQ || IND; 0 in a new USIM. It is the SQN_MS of an AUTS. */
uint64_t usim_sqn_ms(const struct usim *usim);

/* SQN || IND of a challenge, whether or not it would be accepted. MAC-A is not looked at. */
uint64_t usim_sqn_of(const struct usim *usim, const uint8_t rand[static AUC_RAND_LEN],
                     const uint8_t autn[static AUC_AUTN_LEN]);

/* Judge a challenge. Accepted: the array moves. Synchronisation failure: auts is made. */
enum usim_verdict usim_challenge(struct usim *usim, const uint8_t rand[static AUC_RAND_LEN],
                                 const uint8_t autn[static AUC_AUTN_LEN],
                                 uint8_t auts[static AUC_AUTS_LEN]);

/* As if the USIM had accepted this SQN, of another AuC; false: it would not have. */
bool usim_take(struct usim *usim, uint64_t sqn);

#endif
