#include "usim.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "auc/milenage.h"

uint64_t usim_sqn_ms(const struct usim *usim)
{
	uint64_t highest = 0;

	for (unsigned ind = 0; ind < USIM_SLOTS; ind++) {
		const uint64_t sqn = usim->seq[ind] << USIM_IND_BITS | ind;

		if (usim->seq[ind] > 0 && sqn > highest) {
			highest = sqn;
		}
	}
	return highest;
}

uint64_t usim_sqn_of(const struct usim *usim, const uint8_t rand[static AUC_RAND_LEN],
                     const uint8_t autn[static AUC_AUTN_LEN])
{
	uint8_t ak[AUC_AK_LEN];
	uint64_t sqn = 0;

	assert_int_equal(milenage_f5(usim->auc, usim->key, rand, ak), AUC_OK);
	for (unsigned i = 0; i < AUC_SQN_LEN; i++) {
		sqn = sqn << 8 | (autn[i] ^ ak[i]);
	}
	return sqn;
}

/* SQN_MS xor AK || MAC-S, under an AMF of zero (6.3.3). */
static void auts_make(const struct usim *usim, const uint8_t rand[static AUC_RAND_LEN],
                      uint8_t auts[static AUC_AUTS_LEN])
{
	const uint64_t sqn_ms = usim_sqn_ms(usim);

	assert_int_equal(milenage_f5star(usim->auc, usim->key, rand, auts), AUC_OK);
	for (unsigned i = 0; i < AUC_SQN_LEN; i++) {
		auts[i] ^= (uint8_t)(sqn_ms >> (40 - 8 * i));
	}
	assert_int_equal(milenage_f1star(usim->auc, usim->key, rand, sqn_ms, milenage_amf_resync,
	                                 auts + AUC_SQN_LEN),
	                 AUC_OK);
}

bool usim_take(struct usim *usim, uint64_t sqn)
{
	const uint64_t highest = usim_sqn_ms(usim) >> USIM_IND_BITS;
	const uint64_t seq = sqn >> USIM_IND_BITS;
	uint64_t *const slot = &usim->seq[sqn % USIM_SLOTS];

	if (seq > highest && seq - highest > usim->delta) { /* C.2.1 */
		return false;
	}
	if (usim->age_limit > 0 && highest >= seq && highest - seq >= usim->age_limit) {
		return false;
	}
	if (seq <= *slot) { /* C.2.2 */
		return false;
	}
	*slot = seq;
	return true;
}

enum usim_verdict usim_challenge(struct usim *usim, const uint8_t rand[static AUC_RAND_LEN],
                                 const uint8_t autn[static AUC_AUTN_LEN],
                                 uint8_t auts[static AUC_AUTS_LEN])
{
	const uint64_t sqn = usim_sqn_of(usim, rand, autn);
	uint8_t mac_a[AUC_MAC_LEN];

	assert_int_equal(milenage_f1(usim->auc, usim->key, rand, sqn, autn + AUC_SQN_LEN, mac_a),
	                 AUC_OK);
	if (memcmp(mac_a, autn + AUC_SQN_LEN + AUC_AMF_LEN, AUC_MAC_LEN) != 0) {
		return USIM_MAC_FAILURE;
	}
	if (usim_take(usim, sqn)) {
		return USIM_ACCEPTED;
	}
	auts_make(usim, rand, auts);
	return USIM_SYNC_FAILURE;
}
