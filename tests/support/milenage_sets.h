/* The published test sets of vectors/milenage.txt. */
#ifndef TESTS_MILENAGE_SETS_H
#define TESTS_MILENAGE_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auc/auc.h"

enum { MILENAGE_SETS = 26, MILENAGE_KERNELS = 6 };

struct milenage_set {
	char name[64]; /* with its clause */
	struct auc_key key;
	uint8_t op[AUC_OPC_LEN];
	uint8_t rand[AUC_RAND_LEN];
	uint8_t sqn_octets[AUC_SQN_LEN];
	uint64_t sqn;
	uint8_t amf[AUC_AMF_LEN];
	uint8_t f1[AUC_MAC_LEN];
	uint8_t f1star[AUC_MAC_LEN];
	uint8_t f1star_amf0[AUC_MAC_LEN];
	uint8_t f2[AUC_XRES_LEN];
	uint8_t f3[AUC_CK_LEN];
	uint8_t f4[AUC_IK_LEN];
	uint8_t f5[AUC_AK_LEN];
	uint8_t f5star[AUC_AK_LEN];
	uint8_t autn[AUC_AUTN_LEN];
	uint8_t auts[AUC_AUTS_LEN];
	uint8_t plain[AUC_BLOCK_LEN];  /* kernel sets only */
	uint8_t cipher[AUC_BLOCK_LEN]; /* kernel sets only */
	unsigned fields;               /* one bit for each line that was read */
};

struct milenage_sets {
	struct milenage_set kernel[MILENAGE_KERNELS];
	struct milenage_set set[MILENAGE_SETS];
};

/*
 * Read the file. False, with a message on stderr, unless it holds exactly the sets above, each
 * with all its lines and each line with all its octets.
 */
bool milenage_sets_read(const char *path, struct milenage_sets *sets);

#endif
