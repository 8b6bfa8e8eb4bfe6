#include "hss/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hss/hex.h"

enum {
	SEAL_VERSION = 1,
	SEAL_KEY_ID = 1,
	SEAL_HEAD_LEN = 4,
	SEAL_NONCE_LEN = 12,
	SEAL_TEXT_LEN = AUC_K_LEN + AUC_OPC_LEN,
	SEAL_TAG_LEN = 16,
	SEAL_NONCE_AT = SEAL_HEAD_LEN,
	SEAL_TEXT_AT = SEAL_NONCE_AT + SEAL_NONCE_LEN,
	SEAL_TAG_AT = SEAL_TEXT_AT + SEAL_TEXT_LEN,
	MASTER_DIGITS = 2 * SEAL_MASTER_LEN,
};

/* What a record holds. */
enum seal_kind { SEAL_KIND_KEY, SEAL_KIND_HA1 };

_Static_assert(SEAL_TAG_AT + SEAL_TAG_LEN == SEAL_KEY_LEN, "the drawing in seal.h");

struct seal {
	EVP_CIPHER_CTX *wrap; /* keyed once; each use sets a nonce */
	EVP_CIPHER_CTX *unwrap;
};

static enum hss_err master_parse(const char *text, size_t len,
                                 uint8_t master[static SEAL_MASTER_LEN])
{
	if (len == MASTER_DIGITS + 1 && text[MASTER_DIGITS] == '\n') {
		len = MASTER_DIGITS;
	}
	return hex_to_octets(text, len, master, SEAL_MASTER_LEN) ? HSS_OK : HSS_ERR_INVALID;
}

static enum hss_err master_read(const char *path, uint8_t master[static SEAL_MASTER_LEN],
                                const char **why)
{
	char text[MASTER_DIGITS + 8];
	struct stat st;
	enum hss_err err = HSS_ERR_IO;
	ssize_t len = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	*why = "cannot be read";
	if (fd < 0 || fstat(fd, &st) != 0) {
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		*why = "must be a regular file that group and others cannot read or write (chmod "
		       "600)";
		err = HSS_ERR_INVALID;
		goto out;
	}
	len = read(fd, text, sizeof(text));
	if (len < 0) {
		goto out;
	}
	err = master_parse(text, (size_t)len, master);
	*why = "must hold 64 hexadecimal digits and nothing else";
out:
	OPENSSL_cleanse(text, sizeof(text));
	if (fd >= 0) {
		close(fd);
	}
	return err;
}

void seal_close(struct seal *seal)
{
	if (seal != NULL) {
		EVP_CIPHER_CTX_free(seal->wrap);
		EVP_CIPHER_CTX_free(seal->unwrap);
		free(seal);
	}
}

enum hss_err seal_open(const char *path, struct seal **out, const char **why)
{
	uint8_t master[SEAL_MASTER_LEN];
	struct seal *seal = NULL;
	enum hss_err err = master_read(path, master, why);

	if (err != HSS_OK) {
		goto out;
	}
	*why = "cannot be used: libcrypto failed";
	err = HSS_ERR_CRYPTO;
	seal = calloc(1, sizeof(*seal));
	if (seal == NULL) {
		goto out;
	}
	seal->wrap = EVP_CIPHER_CTX_new();
	seal->unwrap = EVP_CIPHER_CTX_new();
	if (seal->wrap == NULL || seal->unwrap == NULL ||
	    EVP_EncryptInit_ex2(seal->wrap, EVP_aes_256_gcm(), master, NULL, NULL) != 1 ||
	    EVP_DecryptInit_ex2(seal->unwrap, EVP_aes_256_gcm(), master, NULL, NULL) != 1) {
		goto out;
	}
	*out = seal;
	seal = NULL;
	err = HSS_OK;
out:
	seal_close(seal);
	OPENSSL_cleanse(master, sizeof(master));
	return err;
}

static enum hss_err write_whole(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0) {
			return HSS_ERR_IO;
		}
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0 ? HSS_OK : HSS_ERR_IO;
}

enum hss_err seal_create(const char *path)
{
	uint8_t master[SEAL_MASTER_LEN];
	char text[MASTER_DIGITS + 1];
	enum hss_err err = HSS_ERR_CRYPTO;
	int fd = -1;

	if (RAND_priv_bytes(master, sizeof(master)) != 1) {
		goto out;
	}
	hex_from_octets(master, SEAL_MASTER_LEN, text);
	text[MASTER_DIGITS] = '\n';
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd < 0) {
		err = errno == EEXIST ? HSS_ERR_EXISTS : HSS_ERR_IO;
		goto out;
	}
	err = write_whole(fd, text, sizeof(text));
	if (close(fd) != 0 && err == HSS_OK) {
		err = HSS_ERR_IO;
	}
	if (err != HSS_OK) {
		(void)unlink(path);
	}
out:
	OPENSSL_cleanse(master, sizeof(master));
	OPENSSL_cleanse(text, sizeof(text));
	return err;
}

/* Associated data: the head of the record, then the IMPI. */
static int aad_add(EVP_CIPHER_CTX *ctx, const uint8_t *head, const char *impi)
{
	int len = 0;

	return EVP_CipherUpdate(ctx, NULL, &len, head, SEAL_HEAD_LEN) == 1 &&
	       EVP_CipherUpdate(ctx, NULL, &len, (const uint8_t *)impi, (int)strlen(impi)) == 1;
}

/* Seal text under the head's kind. */
static enum hss_err record_wrap(struct seal *seal, const char *impi, enum seal_kind kind,
                                const uint8_t text[static SEAL_TEXT_LEN], struct seal_key *out)
{
	struct seal_key sealed = {.octets = {SEAL_VERSION, SEAL_KEY_ID, (uint8_t)kind}};
	uint8_t *o = sealed.octets;
	int len = 0;

	if (RAND_bytes(o + SEAL_NONCE_AT, SEAL_NONCE_LEN) != 1 ||
	    EVP_EncryptInit_ex2(seal->wrap, NULL, NULL, o + SEAL_NONCE_AT, NULL) != 1 ||
	    !aad_add(seal->wrap, o, impi) ||
	    EVP_EncryptUpdate(seal->wrap, o + SEAL_TEXT_AT, &len, text, SEAL_TEXT_LEN) != 1 ||
	    EVP_EncryptFinal_ex(seal->wrap, o + SEAL_TAG_AT, &len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(seal->wrap, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_LEN, o + SEAL_TAG_AT) !=
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
	struct seal_key sealed = *in; /* EVP wants the tag writable */
	uint8_t *o = sealed.octets;
	uint8_t none[SEAL_TAG_LEN];
	enum hss_err err = HSS_ERR_CRYPTO;
	int len = 0;

	if (o[0] != SEAL_VERSION || o[1] != SEAL_KEY_ID || o[2] != kind) {
		err = HSS_ERR_SEAL;
		goto out;
	}
	if (EVP_DecryptInit_ex2(seal->unwrap, NULL, NULL, o + SEAL_NONCE_AT, NULL) != 1 ||
	    !aad_add(seal->unwrap, o, impi) ||
	    EVP_DecryptUpdate(seal->unwrap, text, &len, o + SEAL_TEXT_AT, SEAL_TEXT_LEN) != 1 ||
	    EVP_CIPHER_CTX_ctrl(seal->unwrap, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_LEN,
	                        o + SEAL_TAG_AT) != 1) {
		goto out;
	}
	err = EVP_DecryptFinal_ex(seal->unwrap, none, &len) == 1 ? HSS_OK : HSS_ERR_SEAL;
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
	err = record_wrap(seal, impi, SEAL_KIND_KEY, text, out);
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
	err = record_wrap(seal, impi, SEAL_KIND_HA1, text, out);
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
