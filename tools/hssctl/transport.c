#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hss/hex.h"

enum {
	BLOCK_LEN = 16,
	KEY_LEN_128 = 16,
	KEY_LEN_256 = 32,
	KCV_LEN = 3,
	FILE_LEN_MAX = 4096,
};

enum mode { MODE_NONE, MODE_ECB, MODE_CBC };

/* What a file says. */
struct settings {
	uint8_t key[KEY_LEN_256];
	size_t key_len;
	enum mode mode;
	uint8_t iv[BLOCK_LEN];
	uint8_t kcv[KCV_LEN];
	unsigned given; /* bits of enum name */
};

struct transport_key {
	EVP_CIPHER_CTX *ctx;
	uint8_t iv[BLOCK_LEN]; /* not used in ECB */
};

/* ---- The file ---- */

static const char *set_key(struct settings *s, const char *value, size_t len)
{
	s->key_len = len / 2;
	return (s->key_len == KEY_LEN_128 || s->key_len == KEY_LEN_256) &&
	                       hex_to_octets(value, len, s->key, s->key_len)
	               ? NULL
	               : "must be 32 or 64 hexadecimal digits";
}

static const char *set_mode(struct settings *s, const char *value, size_t len)
{
	if (len == 3 && memcmp(value, "ecb", 3) == 0) {
		s->mode = MODE_ECB;
	} else if (len == 3 && memcmp(value, "cbc", 3) == 0) {
		s->mode = MODE_CBC;
	}
	return s->mode != MODE_NONE ? NULL : "must be ecb or cbc";
}

static const char *set_iv(struct settings *s, const char *value, size_t len)
{
	return hex_to_octets(value, len, s->iv, sizeof(s->iv)) ? NULL
	                                                       : "must be 32 hexadecimal digits";
}

static const char *set_kcv(struct settings *s, const char *value, size_t len)
{
	return hex_to_octets(value, len, s->kcv, sizeof(s->kcv)) ? NULL
	                                                         : "must be 6 hexadecimal digits";
}

enum name { NAME_KEY, NAME_MODE, NAME_IV, NAME_KCV, N_NAMES };

static const struct {
	const char *name;
	const char *(*set)(struct settings *s, const char *value, size_t len);
} names[N_NAMES] = {
	[NAME_KEY] = {"key", set_key},
	[NAME_MODE] = {"mode", set_mode},
	[NAME_IV] = {"iv", set_iv},
	[NAME_KCV] = {"kcv", set_kcv},
};

static bool is_given(const struct settings *s, enum name name)
{
	return (s->given & 1U << name) != 0;
}

/* One line. Returns false with why: a line that is none of ours may be a key, and is not told. */
static bool line_read(struct settings *s, const char *line, size_t len, size_t number,
                      char why[static TRANSPORT_WHY_LEN])
{
	for (unsigned i = 0; i < N_NAMES; i++) {
		const size_t name_len = strlen(names[i].name);
		const char *fault = NULL;

		if (len <= name_len || memcmp(line, names[i].name, name_len) != 0 ||
		    line[name_len] != '=') {
			continue;
		}
		fault = is_given(s, i) ? "stands there twice"
		                       : names[i].set(s, line + name_len + 1, len - name_len - 1);
		s->given |= 1U << i;
		if (fault != NULL) {
			(void)snprintf(why, TRANSPORT_WHY_LEN, "line %zu: %s: %s", number,
			               names[i].name, fault);
		}
		return fault == NULL;
	}
	(void)snprintf(why, TRANSPORT_WHY_LEN, "line %zu: none of key=, mode=, iv=, kcv=", number);
	return false;
}

static bool text_parse(struct settings *s, const char *text, size_t len,
                       char why[static TRANSPORT_WHY_LEN])
{
	size_t number = 0;

	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		const size_t line_len = end != NULL ? (size_t)(end - (text + at)) : len - at;

		number++;
		if (line_len > 0 && text[at] != '#' &&
		    !line_read(s, text + at, line_len, number, why)) {
			return false;
		}
		at += line_len + 1;
	}
	if (!is_given(s, NAME_KEY) || !is_given(s, NAME_MODE)) {
		(void)snprintf(why, TRANSPORT_WHY_LEN, "lacks key= or mode=");
		return false;
	}
	if (is_given(s, NAME_IV) && s->mode != MODE_CBC) {
		(void)snprintf(why, TRANSPORT_WHY_LEN, "iv= goes with mode=cbc only");
		return false;
	}
	return true;
}

static enum hss_err file_read(const char *path, char text[static FILE_LEN_MAX + 1], size_t *len,
                              char why[static TRANSPORT_WHY_LEN])
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	enum hss_err err = HSS_ERR_IO;
	ssize_t n = 0;

	*len = 0;
	if (fd < 0 || fstat(fd, &st) != 0) {
		(void)snprintf(why, TRANSPORT_WHY_LEN, "%s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		(void)snprintf(why, TRANSPORT_WHY_LEN,
		               "must be a regular file that group and others cannot read or write "
		               "(chmod 600)");
		err = HSS_ERR_INVALID;
		goto out;
	}
	do {
		n = read(fd, text + *len, FILE_LEN_MAX + 1 - *len);
		*len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0) {
		(void)snprintf(why, TRANSPORT_WHY_LEN, "%s", strerror(errno));
	} else if (*len > FILE_LEN_MAX) {
		(void)snprintf(why, TRANSPORT_WHY_LEN, "more than %d octets", FILE_LEN_MAX);
		err = HSS_ERR_INVALID;
	} else {
		err = HSS_OK;
	}
out:
	if (fd >= 0) {
		(void)close(fd);
	}
	return err;
}

/* ---- The key ---- */

static const EVP_CIPHER *cipher_of(const struct settings *s)
{
	if (s->mode == MODE_ECB) {
		return s->key_len == KEY_LEN_128 ? EVP_aes_128_ecb() : EVP_aes_256_ecb();
	}
	return s->key_len == KEY_LEN_128 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
}

/* The key check value: encrypted zeros, in ECB whatever the mode. */
static enum hss_err kcv_check(const struct settings *s, char why[static TRANSPORT_WHY_LEN])
{
	static const uint8_t zeros[BLOCK_LEN];
	const EVP_CIPHER *ecb = s->key_len == KEY_LEN_128 ? EVP_aes_128_ecb() : EVP_aes_256_ecb();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t made[BLOCK_LEN] = {0};
	enum hss_err err = HSS_ERR_CRYPTO;
	int len = 0;

	(void)snprintf(why, TRANSPORT_WHY_LEN, "libcrypto failed");
	if (ctx != NULL && EVP_EncryptInit_ex2(ctx, ecb, s->key, NULL, NULL) == 1 &&
	    EVP_EncryptUpdate(ctx, made, &len, zeros, BLOCK_LEN) == 1 && len == BLOCK_LEN) {
		err = HSS_OK;
	}
	if (err == HSS_OK && CRYPTO_memcmp(made, s->kcv, KCV_LEN) != 0) {
		(void)snprintf(why, TRANSPORT_WHY_LEN,
		               "kcv is not that of key: one of them is wrong");
		err = HSS_ERR_INVALID;
	}
	OPENSSL_cleanse(made, sizeof(made));
	EVP_CIPHER_CTX_free(ctx);
	return err;
}

static enum hss_err key_make(const struct settings *s, struct transport_key **out,
                             char why[static TRANSPORT_WHY_LEN])
{
	struct transport_key *key = calloc(1, sizeof(*key));
	enum hss_err err = HSS_ERR_CRYPTO;

	(void)snprintf(why, TRANSPORT_WHY_LEN, "libcrypto failed");
	if (key == NULL) {
		goto out;
	}
	memcpy(key->iv, s->iv, sizeof(key->iv));
	key->ctx = EVP_CIPHER_CTX_new();
	if (key->ctx == NULL ||
	    EVP_DecryptInit_ex2(key->ctx, cipher_of(s), s->key, key->iv, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(key->ctx, 0) != 1) {
		goto out;
	}
	*out = key;
	key = NULL;
	err = HSS_OK;
out:
	transport_close(key);
	return err;
}

enum hss_err transport_open(const char *path, struct transport_key **out,
                            char why[static TRANSPORT_WHY_LEN])
{
	char text[FILE_LEN_MAX + 1];
	struct settings settings = {0};
	size_t len = 0;
	enum hss_err err = file_read(path, text, &len, why);

	if (err == HSS_OK && !text_parse(&settings, text, len, why)) {
		err = HSS_ERR_INVALID;
	}
	if (err == HSS_OK && is_given(&settings, NAME_KCV)) {
		err = kcv_check(&settings, why);
	}
	if (err == HSS_OK) {
		err = key_make(&settings, out, why);
	}
	if (err == HSS_ERR_CRYPTO) {
		ERR_clear_error();
	}
	OPENSSL_cleanse(text, sizeof(text));
	OPENSSL_cleanse(&settings, sizeof(settings));
	return err;
}

void transport_close(struct transport_key *key)
{
	if (key != NULL) {
		EVP_CIPHER_CTX_free(key->ctx); /* wipes the key schedule */
		OPENSSL_cleanse(key, sizeof(*key));
		free(key);
	}
}

enum hss_err transport_decrypt(struct transport_key *key, char *digits)
{
	uint8_t sealed[BLOCK_LEN];
	uint8_t clear[BLOCK_LEN];
	enum hss_err err = HSS_ERR_CRYPTO;
	int len = 0;

	if (!hex_to_octets(digits, strlen(digits), sealed, sizeof(sealed))) {
		return HSS_ERR_INVALID;
	}
	if (EVP_DecryptInit_ex2(key->ctx, NULL, NULL, key->iv, NULL) == 1 &&
	    EVP_DecryptUpdate(key->ctx, clear, &len, sealed, BLOCK_LEN) == 1 && len == BLOCK_LEN) {
		hex_from_octets(clear, sizeof(clear), digits);
		err = HSS_OK;
	} else {
		ERR_clear_error();
	}
	OPENSSL_cleanse(clear, sizeof(clear));
	return err;
}
