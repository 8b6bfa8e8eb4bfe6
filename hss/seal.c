#include "hss/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hss/seal_file.h"

enum {
	SEAL_VERSION = 1,
	SEAL_ID_AT = 1,
	SEAL_HEAD_LEN = 4,
	SEAL_NONCE_LEN = 12,
	SEAL_TEXT_LEN = AUC_K_LEN + AUC_OPC_LEN,
	SEAL_TAG_LEN = 16,
	SEAL_NONCE_AT = SEAL_HEAD_LEN,
	SEAL_TEXT_AT = SEAL_NONCE_AT + SEAL_NONCE_LEN,
	SEAL_TAG_AT = SEAL_TEXT_AT + SEAL_TEXT_LEN,
};

/* What a record holds. */
enum seal_kind { SEAL_KIND_KEY, SEAL_KIND_HA1, SEAL_KIND_CHECK };

_Static_assert(SEAL_TAG_AT + SEAL_TAG_LEN == SEAL_KEY_LEN, "the drawing in seal.h");

/* A master key, ready for use. */
struct ring_key {
	unsigned id;
	EVP_CIPHER_CTX *wrap; /* keyed once; each use sets a nonce */
	EVP_CIPHER_CTX *unwrap;
};

struct ring {
	size_t n; /* the last one seals */
	struct ring_key key[SEAL_RING_MAX];
};

struct seal {
	char *source;
	struct ring ring;
};

/* Freeing a context wipes its key. */
static void ring_free(struct ring *ring)
{
	for (size_t i = 0; i < ring->n; i++) {
		EVP_CIPHER_CTX_free(ring->key[i].wrap);
		EVP_CIPHER_CTX_free(ring->key[i].unwrap);
	}
	ring->n = 0;
}

static bool ring_fill(struct ring *ring, const struct masters *m)
{
	for (size_t i = 0; i < m->n; i++) {
		struct ring_key *key = &ring->key[ring->n++];
		const uint8_t *octets = m->key[i].octets;

		key->id = m->key[i].id;
		key->wrap = EVP_CIPHER_CTX_new();
		key->unwrap = EVP_CIPHER_CTX_new();
		if (key->wrap == NULL || key->unwrap == NULL ||
		    EVP_EncryptInit_ex2(key->wrap, EVP_aes_256_gcm(), octets, NULL, NULL) != 1 ||
		    EVP_DecryptInit_ex2(key->unwrap, EVP_aes_256_gcm(), octets, NULL, NULL) != 1) {
			return false;
		}
	}
	return true;
}

void seal_close(struct seal *seal)
{
	if (seal != NULL) {
		ring_free(&seal->ring);
		free(seal->source);
		free(seal);
	}
}

void seal_replace(struct seal *seal, struct seal *fresh)
{
	const struct ring former = seal->ring;

	seal->ring = fresh->ring;
	fresh->ring = former;
	seal_close(fresh);
}

static enum hss_err ring_read(struct seal *seal, char why[static SEAL_WHY_LEN])
{
	struct masters *masters = NULL;
	enum hss_err err = masters_read(seal->source, &masters, why);

	if (err == HSS_OK && !ring_fill(&seal->ring, masters)) {
		(void)snprintf(why, SEAL_WHY_LEN,
		               "the master key file %s cannot be used: libcrypto failed",
		               seal->source);
		err = HSS_ERR_CRYPTO;
	}
	masters_free(masters);
	return err;
}

enum hss_err seal_open(const char *source, struct seal **out, char why[static SEAL_WHY_LEN])
{
	struct seal *seal = calloc(1, sizeof(*seal));
	enum hss_err err = HSS_ERR_MEMORY;

	if (seal != NULL) {
		seal->source = strdup(source);
	}
	if (seal == NULL || seal->source == NULL) {
		(void)snprintf(why, SEAL_WHY_LEN, "out of memory");
	} else {
		err = ring_read(seal, why);
	}
	if (err != HSS_OK) {
		seal_close(seal);
		return err;
	}
	*out = seal;
	return HSS_OK;
}

enum hss_err seal_sync(const struct seal *seal, char why[static SEAL_WHY_LEN])
{
	return masters_sync(seal->source, why);
}

const char *seal_source(const struct seal *seal)
{
	return seal->source;
}

unsigned seal_id(const struct seal *seal)
{
	return seal->ring.key[seal->ring.n - 1].id;
}

size_t seal_ids(const struct seal *seal, unsigned ids[static SEAL_RING_MAX])
{
	for (size_t i = 0; i < seal->ring.n; i++) {
		ids[i] = seal->ring.key[i].id;
	}
	return seal->ring.n;
}

static const struct ring_key *ring_find(const struct seal *seal, unsigned id)
{
	for (size_t i = 0; i < seal->ring.n; i++) {
		if (seal->ring.key[i].id == id) {
			return &seal->ring.key[i];
		}
	}
	return NULL;
}

bool seal_has(const struct seal *seal, unsigned id)
{
	return ring_find(seal, id) != NULL;
}

unsigned seal_id_of(const struct seal_key *sealed)
{
	return sealed->octets[SEAL_ID_AT];
}

static const struct ring_key *sealing(const struct seal *seal)
{
	return &seal->ring.key[seal->ring.n - 1];
}

/* Associated data: the head of the record, then the IMPI. */
static int aad_add(EVP_CIPHER_CTX *ctx, const uint8_t *head, const char *impi)
{
	int len = 0;

	return EVP_CipherUpdate(ctx, NULL, &len, head, SEAL_HEAD_LEN) == 1 &&
	       EVP_CipherUpdate(ctx, NULL, &len, (const uint8_t *)impi, (int)strlen(impi)) == 1;
}

/* Seal text under the head's kind. */
static enum hss_err record_wrap(const struct ring_key *key, const char *impi, enum seal_kind kind,
                                const uint8_t text[static SEAL_TEXT_LEN], struct seal_key *out)
{
	struct seal_key sealed = {.octets = {SEAL_VERSION, (uint8_t)key->id, (uint8_t)kind}};
	uint8_t *o = sealed.octets;
	int len = 0;

	if (RAND_bytes(o + SEAL_NONCE_AT, SEAL_NONCE_LEN) != 1 ||
	    EVP_EncryptInit_ex2(key->wrap, NULL, NULL, o + SEAL_NONCE_AT, NULL) != 1 ||
	    !aad_add(key->wrap, o, impi) ||
	    EVP_EncryptUpdate(key->wrap, o + SEAL_TEXT_AT, &len, text, SEAL_TEXT_LEN) != 1 ||
	    EVP_EncryptFinal_ex(key->wrap, o + SEAL_TAG_AT, &len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(key->wrap, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_LEN, o + SEAL_TAG_AT) !=
	            1) {
		return HSS_ERR_CRYPTO;
	}
	*out = sealed;
	return HSS_OK;
}

/* Open a record of this kind; text is wiped on error. */
static enum hss_err record_unwrap(struct seal *seal, const char *impi, enum seal_kind kind,
                                  const struct seal_key *in, uint8_t text[static SEAL_TEXT_LEN])
{
	const struct ring_key *key = ring_find(seal, seal_id_of(in));
	struct seal_key sealed = *in; /* EVP wants the tag writable */
	uint8_t *o = sealed.octets;
	uint8_t none[SEAL_TAG_LEN];
	enum hss_err err = HSS_ERR_CRYPTO;
	int len = 0;

	if (o[0] != SEAL_VERSION || key == NULL || o[2] != kind) {
		err = HSS_ERR_SEAL;
		goto out;
	}
	if (EVP_DecryptInit_ex2(key->unwrap, NULL, NULL, o + SEAL_NONCE_AT, NULL) != 1 ||
	    !aad_add(key->unwrap, o, impi) ||
	    EVP_DecryptUpdate(key->unwrap, text, &len, o + SEAL_TEXT_AT, SEAL_TEXT_LEN) != 1 ||
	    EVP_CIPHER_CTX_ctrl(key->unwrap, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_LEN,
	                        o + SEAL_TAG_AT) != 1) {
		goto out;
	}
	err = EVP_DecryptFinal_ex(key->unwrap, none, &len) == 1 ? HSS_OK : HSS_ERR_SEAL;
out:
	if (err != HSS_OK) {
		OPENSSL_cleanse(text, SEAL_TEXT_LEN);
	}
	return err;
}

enum hss_err seal_wrap(struct seal *seal, const char *impi, const struct auc_key *key,
                       struct seal_key *out)
{
	uint8_t text[SEAL_TEXT_LEN];
	enum hss_err err = HSS_OK;

	memcpy(text, key->k, AUC_K_LEN);
	memcpy(text + AUC_K_LEN, key->opc, AUC_OPC_LEN);
	err = record_wrap(sealing(seal), impi, SEAL_KIND_KEY, text, out);
	OPENSSL_cleanse(text, sizeof(text));
	return err;
}

enum hss_err seal_unwrap(struct seal *seal, const char *impi, const struct seal_key *in,
                         struct auc_key *out)
{
	uint8_t text[SEAL_TEXT_LEN];
	const enum hss_err err = record_unwrap(seal, impi, SEAL_KIND_KEY, in, text);

	memcpy(out->k, text, AUC_K_LEN);
	memcpy(out->opc, text + AUC_K_LEN, AUC_OPC_LEN);
	OPENSSL_cleanse(text, sizeof(text));
	return err;
}

enum hss_err seal_wrap_ha1(struct seal *seal, const char *impi,
                           const uint8_t ha1[static SEAL_HA1_LEN], struct seal_key *out)
{
	uint8_t text[SEAL_TEXT_LEN] = {0};
	enum hss_err err = HSS_OK;

	memcpy(text, ha1, SEAL_HA1_LEN);
	err = record_wrap(sealing(seal), impi, SEAL_KIND_HA1, text, out);
	OPENSSL_cleanse(text, sizeof(text));
	return err;
}

enum hss_err seal_unwrap_ha1(struct seal *seal, const char *impi, const struct seal_key *in,
                             uint8_t ha1[static SEAL_HA1_LEN])
{
	uint8_t text[SEAL_TEXT_LEN];
	const enum hss_err err = record_unwrap(seal, impi, SEAL_KIND_HA1, in, text);

	memcpy(ha1, text, SEAL_HA1_LEN);
	OPENSSL_cleanse(text, sizeof(text));
	return err;
}

enum hss_err seal_renew(struct seal *seal, const char *impi, bool is_ha1, const struct seal_key *in,
                        struct seal_key *out)
{
	const enum seal_kind kind = is_ha1 ? SEAL_KIND_HA1 : SEAL_KIND_KEY;
	uint8_t text[SEAL_TEXT_LEN];
	enum hss_err err = record_unwrap(seal, impi, kind, in, text);

	if (err == HSS_OK) {
		err = record_wrap(sealing(seal), impi, kind, text, out);
	}
	OPENSSL_cleanse(text, sizeof(text));
	return err;
}

static const uint8_t check_text[SEAL_TEXT_LEN] = "Quintet master key, check value";

enum hss_err seal_check_make(struct seal *seal, unsigned id, struct seal_key *out)
{
	const struct ring_key *key = ring_find(seal, id);

	return key != NULL ? record_wrap(key, "", SEAL_KIND_CHECK, check_text, out)
	                   : HSS_ERR_NOT_FOUND;
}

enum hss_err seal_check(struct seal *seal, unsigned id, const struct seal_key *in)
{
	uint8_t text[SEAL_TEXT_LEN];
	enum hss_err err = HSS_ERR_SEAL;

	if (!seal_has(seal, id)) {
		return HSS_ERR_NOT_FOUND;
	}
	if (seal_id_of(in) == id) {
		err = record_unwrap(seal, "", SEAL_KIND_CHECK, in, text);
	}
	return err == HSS_OK && memcmp(text, check_text, sizeof(text)) != 0 ? HSS_ERR_SEAL : err;
}
