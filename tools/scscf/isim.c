#include "tools/scscf/isim.h"

#include <string.h>

#include <openssl/crypto.h>

#include "auc/milenage.h"

static uint64_t sqn_from_octets(const uint8_t octets[static AUC_SQN_LEN])
{
	uint64_t sqn = 0;

	for (size_t i = 0; i < AUC_SQN_LEN; i++) {
		sqn = sqn << 8 | octets[i];
	}
	return sqn;
}

static void sqn_to_octets(uint64_t sqn, uint8_t octets[static AUC_SQN_LEN])
{
	for (size_t i = AUC_SQN_LEN; i > 0; i--) {
		octets[i - 1] = (uint8_t)sqn;
		sqn >>= 8;
	}
}

enum auc_err isim_open(struct isim *isim, const struct auc_key *key)
{
	*isim = (struct isim){.key = *key, .delta = AUC_SQN_DELTA};
	return auc_open(&isim->auc);
}

void isim_close(struct isim *isim)
{
	auc_close(isim->auc);
	OPENSSL_cleanse(isim, sizeof(*isim));
}

uint64_t isim_sqn_ms(const struct isim *isim)
{
	uint64_t highest = 0;

	for (unsigned ind = 0; ind < ISIM_SLOTS; ind++) {
		const uint64_t sqn = isim->seq[ind] << AUC_SQN_IND_BITS | ind;

		if (isim->seq[ind] > 0 && sqn > highest) {
			highest = sqn;
		}
	}
	return highest;
}

void isim_sqn_raise(struct isim *isim, uint64_t sqn)
{
	uint64_t *slot = &isim->seq[auc_sqn_ind(sqn, AUC_SQN_IND_BITS)];
	const uint64_t seq = auc_sqn_seq(sqn, AUC_SQN_IND_BITS);

	if (seq > *slot) {
		*slot = seq;
	}
}

/* C.2.1, C.2.2 and, when it is on, the age limit. */
static bool sqn_in_range(const struct isim *isim, uint64_t sqn)
{
	const uint64_t seq = auc_sqn_seq(sqn, AUC_SQN_IND_BITS);
	const uint64_t seq_ms = auc_sqn_seq(isim_sqn_ms(isim), AUC_SQN_IND_BITS);

	if (seq > seq_ms && seq - seq_ms > isim->delta) {
		return false;
	}
	if (isim->age_limit != 0 && seq_ms > seq && seq_ms - seq >= isim->age_limit) {
		return false;
	}
	return seq > isim->seq[auc_sqn_ind(sqn, AUC_SQN_IND_BITS)];
}

/* AUTN is SQN xor AK || AMF || MAC-A. */
enum auc_err isim_sqn_of(struct isim *isim, const uint8_t rand[static AUC_RAND_LEN],
                         const uint8_t autn[static AUC_AUTN_LEN], uint64_t *sqn)
{
	uint8_t ak[AUC_AK_LEN] = {0};
	uint8_t mac_a[AUC_MAC_LEN] = {0};
	uint64_t unmasked = 0;
	enum auc_err err = milenage_f5(isim->auc, &isim->key, rand, ak);

	*sqn = 0;
	if (err != AUC_OK) {
		goto out;
	}
	for (size_t i = 0; i < AUC_SQN_LEN; i++) {
		ak[i] ^= autn[i];
	}
	unmasked = sqn_from_octets(ak);
	err = milenage_f1(isim->auc, &isim->key, rand, unmasked, autn + AUC_SQN_LEN, mac_a);
	if (err != AUC_OK) {
		goto out;
	}
	if (CRYPTO_memcmp(mac_a, autn + AUC_SQN_LEN + AUC_AMF_LEN, AUC_MAC_LEN) != 0) {
		err = AUC_ERR_MAC;
		goto out;
	}
	*sqn = unmasked;
out:
	OPENSSL_cleanse(ak, sizeof(ak));
	OPENSSL_cleanse(mac_a, sizeof(mac_a));
	return err;
}

/* AUTS is SQN_MS xor AK* || MAC-S, with SQN_MS the highest of the array (C.2.2). */
static enum auc_err auts_make(struct isim *isim, const uint8_t rand[static AUC_RAND_LEN],
                              uint8_t auts[static AUC_AUTS_LEN])
{
	const uint64_t sqn_ms = isim_sqn_ms(isim);
	uint8_t ak[AUC_AK_LEN] = {0};
	enum auc_err err = milenage_f5star(isim->auc, &isim->key, rand, ak);

	if (err == AUC_OK) {
		err = milenage_f1star(isim->auc, &isim->key, rand, sqn_ms, milenage_amf_resync,
		                      auts + AUC_SQN_LEN);
	}
	sqn_to_octets(sqn_ms, auts);
	for (size_t i = 0; i < AUC_SQN_LEN; i++) {
		auts[i] ^= ak[i];
	}
	OPENSSL_cleanse(ak, sizeof(ak));
	return err;
}

static enum auc_err keys_make(struct isim *isim, const uint8_t rand[static AUC_RAND_LEN],
                              struct isim_response *out)
{
	enum auc_err err = milenage_f2(isim->auc, &isim->key, rand, out->res);

	if (err == AUC_OK) {
		err = milenage_f3(isim->auc, &isim->key, rand, out->ck);
	}
	if (err == AUC_OK) {
		err = milenage_f4(isim->auc, &isim->key, rand, out->ik);
	}
	return err;
}

enum isim_result isim_authenticate(struct isim *isim, const uint8_t rand[static AUC_RAND_LEN],
                                   const uint8_t autn[static AUC_AUTN_LEN],
                                   struct isim_response *out)
{
	uint64_t sqn = 0;
	enum isim_result result = ISIM_OK;
	enum auc_err err = isim_sqn_of(isim, rand, autn, &sqn);

	memset(out, 0, sizeof(*out));
	if (err == AUC_ERR_MAC) {
		return ISIM_MAC_FAILURE;
	}
	if (err == AUC_OK && !sqn_in_range(isim, sqn)) {
		result = ISIM_SYNC_FAILURE;
		err = auts_make(isim, rand, out->auts);
	} else if (err == AUC_OK) {
		err = keys_make(isim, rand, out);
	}
	if (err != AUC_OK) {
		OPENSSL_cleanse(out, sizeof(*out));
		return ISIM_ERROR;
	}
	if (result == ISIM_OK) {
		isim_sqn_raise(isim, sqn);
	}
	return result;
}
