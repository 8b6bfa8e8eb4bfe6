/*
 * Digest-AKAv1-MD5 (RFC 3310 over RFC 2617 and RFC 7616 with MD5) and SIP Digest (RFC 2617, TS
 * 33.203 annex N): the nonce of a challenge and the response to it, for both ends. Any thread may
 * call; all but digest_nonce_fresh is pure.
 */
#ifndef QUINTET_SCSCF_DIGEST_H
#define QUINTET_SCSCF_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auc/auc.h"

/* Characters without the NUL: base64 of RAND || AUTN, base64 of AUTS, hexadecimal MD5. */
enum { DIGEST_NONCE_LEN = 44, DIGEST_AUTS_LEN = 20, DIGEST_RESPONSE_LEN = 32 };

/* HA1 as hexadecimal digits; realms and passwords as long as the HSS keeps them. */
enum { DIGEST_HA1_LEN = 32, DIGEST_REALM_LEN_MAX = 255, DIGEST_PASSWORD_LEN_MAX = 255 };

/* What a user of SIP Digest knows: one of both, the other is empty. Secret. */
struct digest_secret {
	char password[DIGEST_PASSWORD_LEN_MAX + 1];
	char ha1[DIGEST_HA1_LEN + 1]; /* lower case; good for one realm only */
};

/* Parameters of an Authorization header. Borrowed texts, none NULL but those of qop. */
struct digest_params {
	const char *username; /* IMPI */
	const char *realm;
	const char *method;
	const char *uri;
	const char *nonce;
	const char *qop; /* "auth", or NULL: none, and then nc and cnonce are not used (RFC
	                    2617 3.2.2.1) */
	const char *nc;  /* eight hexadecimal digits */
	const char *cnonce;
};

/* nonce = base64(RAND || AUTN) (RFC 3310 3.2); we add no server data. */
void digest_nonce(const uint8_t rand[static AUC_RAND_LEN], const uint8_t autn[static AUC_AUTN_LEN],
                  char nonce[static DIGEST_NONCE_LEN + 1]);

/* A nonce of SIP Digest: 128 random bits in hexadecimal digits. False: libcrypto failed. */
bool digest_nonce_fresh(char nonce[static DIGEST_NONCE_LEN + 1]);

/* RAND and AUTN out of a nonce, server data after them ignored. False: not a nonce of AKA. */
bool digest_nonce_parse(const char *nonce, uint8_t rand[static AUC_RAND_LEN],
                        uint8_t autn[static AUC_AUTN_LEN]);

/* The auts parameter (RFC 3310 3.4) and back. False: not base64 of 14 octets. */
void digest_auts(const uint8_t auts[static AUC_AUTS_LEN], char text[static DIGEST_AUTS_LEN + 1]);
bool digest_auts_parse(const char *text, uint8_t auts[static AUC_AUTS_LEN]);

/*
 * The response parameter, with the raw octets of RES as password (RFC 3310 3.3).
 *
 *   res, res_len  secret; none for the response that goes with auts (RFC 3310 3.4: empty password)
 *   response      receives 32 lower-case hexadecimal digits and NUL; empty on failure
 *
 * False: a qop other than "auth", a missing parameter, or libcrypto failed.
 */
bool digest_response(const struct digest_params *params, const uint8_t *res, size_t res_len,
                     char response[static DIGEST_RESPONSE_LEN + 1]);

/*
 * HA1 = MD5(username:realm:password), or the HA1 that the user was given (RFC 2617 3.2.2.2).
 *
 *   ha1  receives hexadecimal digits and NUL; secret; empty on failure
 *
 * False: libcrypto failed.
 */
bool digest_ha1(const struct digest_secret *secret, const char *username, const char *realm,
                char ha1[static DIGEST_HA1_LEN + 1]);

/* HA1 in octets, as Cx has it, to lower-case digits. */
void digest_ha1_text(const uint8_t octets[static DIGEST_HA1_LEN / 2],
                     char ha1[static DIGEST_HA1_LEN + 1]);

/* digest_response of one whose HA1 is known; username and realm of params are not used. */
bool digest_response_ha1(const struct digest_params *params,
                         const char ha1[static DIGEST_HA1_LEN + 1],
                         char response[static DIGEST_RESPONSE_LEN + 1]);

/* Whether the response received is the expected one, in constant time; case of the digits is free.
 */
bool digest_response_equal(const char *received,
                           const char expected[static DIGEST_RESPONSE_LEN + 1]);

#endif
