#include "tools/scscf/digest.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

enum { MD5_LEN = 16, NONCE_LEN = 16, NONCE_TEXT_MAX = 512 };

/* One piece of what is hashed. */
struct piece {
	const void *data;
	size_t len;
};

static struct piece text_piece(const char *text)
{
	return (struct piece){text, strlen(text)};
}

static void hex_lower(const uint8_t *in, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
	out[2 * len] = '\0';
}

/* Hexadecimal MD5 over the pieces with a colon between each two. */
static bool md5_joined(const struct piece pieces[], size_t n,
                       char out[static DIGEST_RESPONSE_LEN + 1])
{
	uint8_t hash[MD5_LEN] = {0};
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1;

	for (size_t i = 0; ok && i < n; i++) {
		ok = (i == 0 || EVP_DigestUpdate(ctx, ":", 1) == 1) &&
		     EVP_DigestUpdate(ctx, pieces[i].data, pieces[i].len) == 1;
	}
	ok = ok && EVP_DigestFinal_ex(ctx, hash, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	if (ok) {
		hex_lower(hash, sizeof(hash), out);
	}
	OPENSSL_cleanse(hash, sizeof(hash));
	return ok;
}

void digest_nonce(const uint8_t rand[static AUC_RAND_LEN], const uint8_t autn[static AUC_AUTN_LEN],
                  char nonce[static DIGEST_NONCE_LEN + 1])
{
	uint8_t both[AUC_RAND_LEN + AUC_AUTN_LEN];

	memcpy(both, rand, AUC_RAND_LEN);
	memcpy(both + AUC_RAND_LEN, autn, AUC_AUTN_LEN);
	EVP_EncodeBlock((unsigned char *)nonce, both, sizeof(both));
}

bool digest_nonce_fresh(char nonce[static DIGEST_NONCE_LEN + 1])
{
	uint8_t octets[NONCE_LEN];

	nonce[0] = '\0';
	if (RAND_bytes(octets, sizeof(octets)) != 1) {
		return false;
	}
	hex_lower(octets, sizeof(octets), nonce);
	return true;
}

/* Octets decoded, or 0. EVP_DecodeBlock counts padding as octets and skips blanks: both are undone.
 */
static size_t base64_decode(const char *text, uint8_t out[static NONCE_TEXT_MAX])
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const size_t len = strlen(text);
	const size_t body = strspn(text, alphabet);
	const size_t padding = len - body;
	int n = 0;

	if (len == 0 || len % 4 != 0 || len >= NONCE_TEXT_MAX || padding > 2 ||
	    strspn(text + body, "=") != padding) {
		return 0;
	}
	n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	return n < 0 ? 0 : (size_t)n - padding;
}

bool digest_nonce_parse(const char *nonce, uint8_t rand[static AUC_RAND_LEN],
                        uint8_t autn[static AUC_AUTN_LEN])
{
	uint8_t octets[NONCE_TEXT_MAX];

	if (base64_decode(nonce, octets) < AUC_RAND_LEN + AUC_AUTN_LEN) {
		return false;
	}
	memcpy(rand, octets, AUC_RAND_LEN);
	memcpy(autn, octets + AUC_RAND_LEN, AUC_AUTN_LEN);
	return true;
}

void digest_auts(const uint8_t auts[static AUC_AUTS_LEN], char text[static DIGEST_AUTS_LEN + 1])
{
	EVP_EncodeBlock((unsigned char *)text, auts, AUC_AUTS_LEN);
}

bool digest_auts_parse(const char *text, uint8_t auts[static AUC_AUTS_LEN])
{
	uint8_t octets[NONCE_TEXT_MAX];

	if (base64_decode(text, octets) != AUC_AUTS_LEN) {
		return false;
	}
	memcpy(auts, octets, AUC_AUTS_LEN);
	return true;
}

static bool params_complete(const struct digest_params *p)
{
	const bool qop_ok = p->qop == NULL ||
	                    (strcmp(p->qop, "auth") == 0 && p->nc != NULL && p->cnonce != NULL);

	return qop_ok && p->username != NULL && p->realm != NULL && p->method != NULL &&
	       p->uri != NULL && p->nonce != NULL;
}

bool digest_response_ha1(const struct digest_params *params,
                         const char ha1[static DIGEST_HA1_LEN + 1],
                         char response[static DIGEST_RESPONSE_LEN + 1])
{
	char ha2[DIGEST_RESPONSE_LEN + 1] = "";
	bool ok = false;

	response[0] = '\0';
	if (!params_complete(params)) {
		return false;
	}
	const struct piece a2[] = {text_piece(params->method), text_piece(params->uri)};

	ok = md5_joined(a2, 2, ha2);
	if (ok && params->qop == NULL) {
		const struct piece parts[] = {text_piece(ha1), text_piece(params->nonce),
		                              text_piece(ha2)};

		ok = md5_joined(parts, 3, response);
	} else if (ok) {
		const struct piece parts[] = {text_piece(ha1),         text_piece(params->nonce),
		                              text_piece(params->nc),  text_piece(params->cnonce),
		                              text_piece(params->qop), text_piece(ha2)};

		ok = md5_joined(parts, 6, response);
	}
	return ok;
}

static bool ha1_make(const char *username, const char *realm, const struct piece *password,
                     char ha1[static DIGEST_HA1_LEN + 1])
{
	const struct piece a1[] = {text_piece(username), text_piece(realm), *password};

	ha1[0] = '\0';
	return md5_joined(a1, 3, ha1);
}

bool digest_response(const struct digest_params *params, const uint8_t *res, size_t res_len,
                     char response[static DIGEST_RESPONSE_LEN + 1])
{
	const struct piece password = {res_len > 0 ? (const void *)res : "", res_len};
	char ha1[DIGEST_HA1_LEN + 1] = "";
	bool ok = false;

	response[0] = '\0';
	if (!params_complete(params)) {
		return false;
	}
	ok = ha1_make(params->username, params->realm, &password, ha1) &&
	     digest_response_ha1(params, ha1, response);
	OPENSSL_cleanse(ha1, sizeof(ha1));
	return ok;
}

bool digest_ha1(const struct digest_secret *secret, const char *username, const char *realm,
                char ha1[static DIGEST_HA1_LEN + 1])
{
	const struct piece password = text_piece(secret->password);

	if (secret->ha1[0] != '\0') {
		memcpy(ha1, secret->ha1, DIGEST_HA1_LEN + 1);
		return true;
	}
	return ha1_make(username, realm, &password, ha1);
}

void digest_ha1_text(const uint8_t octets[static DIGEST_HA1_LEN / 2],
                     char ha1[static DIGEST_HA1_LEN + 1])
{
	hex_lower(octets, DIGEST_HA1_LEN / 2, ha1);
}

bool digest_response_equal(const char *received,
                           const char expected[static DIGEST_RESPONSE_LEN + 1])
{
	char lower[DIGEST_RESPONSE_LEN];

	if (strlen(received) != DIGEST_RESPONSE_LEN || strlen(expected) != DIGEST_RESPONSE_LEN) {
		return false;
	}
	for (size_t i = 0; i < DIGEST_RESPONSE_LEN; i++) {
		lower[i] =
			(char)(received[i] >= 'A' && received[i] <= 'F' ? received[i] + ('a' - 'A')
		                                                        : received[i]);
	}
	return CRYPTO_memcmp(lower, expected, DIGEST_RESPONSE_LEN) == 0;
}
