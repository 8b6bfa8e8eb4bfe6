#include "hss/log_id.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hss/hex.h"
#include "hss/identity.h"

enum {
	KEY_DIGITS = 2 * LOG_ID_KEY_LEN,
	SHOWN_LEN = 8, /* octets of the hash */
	HMAC_LEN = 32,
};

static const char prefix[] = "h:";
static const char label[] = "quintet log identity"; /* its NUL is part of it */

_Static_assert(sizeof(prefix) - 1 + 2UL * SHOWN_LEN == LOG_ID_LEN, "what log_id.h shows");

struct log_id {
	uint8_t key[LOG_ID_KEY_LEN];
};

static enum hss_err key_read(const char *path, uint8_t key[static LOG_ID_KEY_LEN], const char **why)
{
	char text[KEY_DIGITS + 2]; /* a line end, and one octet too many */
	struct stat st;
	enum hss_err err = HSS_ERR_IO;
	ssize_t len = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	*why = "cannot be read";
	if (fd < 0 || fstat(fd, &st) != 0) {
		goto out;
	}
	err = HSS_ERR_INVALID;
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		*why = "must be a regular file that group and others cannot use (chmod 600)";
		goto out;
	}
	*why = "must hold 64 hexadecimal digits and nothing else";
	len = read(fd, text, sizeof(text));
	if (len == KEY_DIGITS + 1 && text[KEY_DIGITS] == '\n') {
		len = KEY_DIGITS;
	}
	if (len == KEY_DIGITS && hex_to_octets(text, KEY_DIGITS, key, LOG_ID_KEY_LEN)) {
		err = HSS_OK;
	}
out:
	OPENSSL_cleanse(text, sizeof(text));
	if (fd >= 0) {
		(void)close(fd);
	}
	return err;
}

/* Never overwrites. */
static enum hss_err key_create(const char *path)
{
	uint8_t key[LOG_ID_KEY_LEN];
	char text[KEY_DIGITS + 1];
	enum hss_err err = HSS_ERR_CRYPTO;
	int fd = -1;

	if (RAND_priv_bytes(key, sizeof(key)) != 1) {
		return err;
	}
	hex_from_octets(key, sizeof(key), text);
	text[KEY_DIGITS] = '\n';
	err = HSS_ERR_IO;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd >= 0) {
		if (write(fd, text, sizeof(text)) == (ssize_t)sizeof(text) && fsync(fd) == 0) {
			err = HSS_OK;
		}
		(void)close(fd);
		if (err != HSS_OK) {
			(void)unlink(path);
		}
	}
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(text, sizeof(text));
	return err;
}

enum hss_err log_id_open(const char *path, bool create, struct log_id **out, const char **why)
{
	struct log_id *id = OPENSSL_secure_zalloc(sizeof(*id));
	enum hss_err err = HSS_OK;

	*why = "cannot be kept: out of memory";
	if (id == NULL) {
		return HSS_ERR_MEMORY;
	}
	err = key_read(path, id->key, why);
	if (create && err == HSS_ERR_IO && errno == ENOENT) {
		*why = "cannot be made";
		err = key_create(path);
		if (err == HSS_OK) {
			err = key_read(path, id->key, why);
		}
	}
	if (err != HSS_OK) {
		log_id_close(id);
		return err;
	}
	*out = id;
	return HSS_OK;
}

void log_id_close(struct log_id *id)
{
	OPENSSL_secure_clear_free(id, sizeof(*id));
}

/* The form in which an identity is compared; a text that is none stays as it is. */
static const char *canonical(const char *text, char room[static IMPU_LEN_MAX + 1])
{
	const size_t len = strlen(text);

	return impu_canonical(text, len, room, NULL) == HSS_OK ||
	                       impi_canonical(text, len, room, NULL) == HSS_OK
	               ? room
	               : text;
}

_Static_assert(IMPU_LEN_MAX >= IMPI_LEN_MAX, "one room for both");

void log_id_of(const struct log_id *id, const char *text, char out[static LOG_ID_LEN + 1])
{
	char room[IMPU_LEN_MAX + 1];
	uint8_t hash[HMAC_LEN];
	size_t hash_len = 0;
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
	                             OSSL_PARAM_construct_end()};

	text = canonical(text, room);
	(void)snprintf(out, LOG_ID_LEN + 1, "%s????????????????", prefix);
	if (ctx != NULL && EVP_MAC_init(ctx, id->key, sizeof(id->key), params) == 1 &&
	    EVP_MAC_update(ctx, (const unsigned char *)label, sizeof(label)) == 1 &&
	    EVP_MAC_update(ctx, (const unsigned char *)text, strlen(text)) == 1 &&
	    EVP_MAC_final(ctx, hash, &hash_len, sizeof(hash)) == 1) {
		hex_from_octets(hash, SHOWN_LEN, out + sizeof(prefix) - 1);
	}
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
}

static bool may_be_identity(const char *word)
{
	return strchr(word, '@') != NULL || strncasecmp(word, "sip:", 4) == 0 ||
	       strncasecmp(word, "sips:", 5) == 0 || strncasecmp(word, "tel:", 4) == 0;
}

/* Write at most what fits; returns the new length. */
static size_t put(char *out, size_t size, size_t at, const char *text, size_t len)
{
	const size_t room = size - 1 - at;

	len = len < room ? len : room;
	memcpy(out + at, text, len);
	return at + len;
}

/* A word without the punctuation around it, which stays. */
static size_t word_put(const struct log_id *id, const char *word, size_t len, char *out,
                       size_t size, size_t at)
{
	static const char before[] = "\"'(<";
	static const char behind[] = "\"')>,:;.";
	char hash[LOG_ID_LEN + 1];
	char *copy = NULL;
	size_t from = 0;
	size_t to = len;

	while (from < to && strchr(before, word[from]) != NULL) {
		from++;
	}
	while (to > from && strchr(behind, word[to - 1]) != NULL) {
		to--;
	}
	copy = strndup(word + from, to - from);
	if (copy != NULL && !may_be_identity(copy)) {
		free(copy);
		return put(out, size, at, word, len);
	}
	(void)snprintf(hash, sizeof(hash), "%s?", prefix); /* when memory is out */
	if (copy != NULL) {
		log_id_of(id, copy, hash);
	}
	free(copy);
	at = put(out, size, at, word, from);
	at = put(out, size, at, hash, strlen(hash));
	return put(out, size, at, word + to, len - to);
}

void log_id_scrub(const struct log_id *id, const char *line, char *out, size_t size)
{
	size_t at = 0;

	while (*line != '\0') {
		const size_t blanks = strspn(line, " \t");
		const size_t len = strcspn(line + blanks, " \t");

		at = put(out, size, at, line, blanks);
		at = word_put(id, line + blanks, len, out, size, at);
		line += blanks + len;
	}
	out[at] = '\0';
}
