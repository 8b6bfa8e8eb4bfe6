/* The members of an IMPI that concern SIP Digest and the choice of schemes (TS 33.203 annex N). */
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "diameter-dict/cx_ids.h"
#include "hss/admin_doc.h"
#include "hss/ha1.h"
#include "hss/hex.h"

enum { DIGEST_REALM_LEN_MAX = 255, PASSWORD_LEN_MAX = 255, HEX_PER_OCTET = 2 };

static const struct {
	const char *name;
	enum ims_scheme scheme;
} schemes[] = {
	{CX_SCHEME_NAME_DIGEST_AKAV1_MD5, IMS_SCHEME_AKA_V1},
	{CX_SCHEME_NAME_SIP_DIGEST, IMS_SCHEME_SIP_DIGEST},
};

enum { N_SCHEMES = sizeof(schemes) / sizeof(schemes[0]) };

/* What an IMPI has without a list of schemes: its strongest kind of key, so that nobody can talk
 * the HSS into the weaker one. */
static void schemes_default(struct ims_impi *impi)
{
	if (impi->schemes == 0) {
		impi->scheme =
			!impi->has_key && impi->has_ha1 ? IMS_SCHEME_SIP_DIGEST : IMS_SCHEME_AKA_V1;
		impi->schemes = 1U << impi->scheme;
	}
}

/* The first one of the list is the one that the HSS chooses. */
static void read_schemes(struct admin_reader *r, const json_t *obj, const char *path,
                         struct ims_impi *impi)
{
	const json_t *list = json_object_get(obj, "schemes");
	const size_t n = json_array_size(list);
	unsigned allowed = 0;

	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(list, i));
		size_t at = 0;

		while (at < N_SCHEMES &&
		       (name == NULL || strcasecmp(schemes[at].name, name) != 0)) {
			at++;
		}
		if (at == N_SCHEMES || (allowed & 1U << schemes[at].scheme) != 0) {
			admin_fault(
				r, path, "schemes",
				"must be a list of \"%s\", \"%s\" or both, the preferred one first",
				schemes[0].name, schemes[1].name);
			return;
		}
		if (allowed == 0) {
			impi->scheme = schemes[at].scheme;
		}
		allowed |= 1U << schemes[at].scheme;
	}
	if (list != NULL && n == 0) {
		admin_fault(r, path, "schemes", "must be a list of at least one scheme");
	} else if (list != NULL) {
		impi->schemes = allowed;
	}
}

/* A text member; NULL when absent, or, with a fault, when it is not of 1 to max octets that may
 * stand between quotation marks in a SIP header. */
static const char *text_of(struct admin_reader *r, const json_t *obj, const char *path,
                           const char *member, size_t max)
{
	const char *text = admin_text(r, obj, path, member);

	if (text == NULL) {
		return NULL;
	}
	if (text[0] == '\0' || strlen(text) > max) {
		admin_fault(r, path, member, "must have 1 to %zu octets", max);
		return NULL;
	}
	for (const char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '"' || *c == '\\') {
			admin_fault(r, path, member,
			            "holds a control character, a quotation mark or a backslash");
			return NULL;
		}
	}
	return text;
}

static const char *realm_of(const struct ims_impi *impi, const char *asked)
{
	const char *at = strrchr(impi->name, '@');

	return asked != NULL ? asked : at != NULL ? at + 1 : impi->name;
}

/* HA1 from its digits or from the password, sealed into the IMPI. */
static void ha1_set(struct admin_reader *r, const char *path, const char *digits,
                    const char *password, const char *realm, struct ims_impi *impi)
{
	uint8_t ha1[SEAL_HA1_LEN] = {0};
	char *kept = arena_text(&r->sub->arena, realm, strlen(realm));

	if (kept == NULL) {
		r->err = HSS_ERR_MEMORY;
	} else if (digits != NULL && !hex_to_octets(digits, strlen(digits), ha1, sizeof(ha1))) {
		admin_fault(r, path, "ha1", "must be exactly 32 hexadecimal digits");
	} else if (digits == NULL &&
	           ha1_make(impi->name, realm, password, strlen(password), ha1) != HSS_OK) {
		r->err = HSS_ERR_CRYPTO;
	} else {
		r->err = r->seal != NULL ? seal_wrap_ha1(r->seal, impi->name, ha1, &impi->ha1)
		                         : HSS_ERR_SEAL;
		impi->has_ha1 = r->err == HSS_OK;
		impi->digest_realm = impi->has_ha1 ? kept : NULL;
	}
	OPENSSL_cleanse(ha1, sizeof(ha1));
}

static void read_ha1(struct admin_reader *r, const json_t *obj, const char *path,
                     struct ims_impi *impi)
{
	const size_t before = r->n_faults;
	const char *digits = text_of(r, obj, path, "ha1", (size_t)SEAL_HA1_LEN * HEX_PER_OCTET);
	const char *password = text_of(r, obj, path, "password", PASSWORD_LEN_MAX);
	const char *realm = text_of(r, obj, path, "digest_realm", DIGEST_REALM_LEN_MAX);

	if (r->n_faults != before || r->err != HSS_OK || impi->name == NULL) {
		return;
	}
	if (digits != NULL && password != NULL) {
		admin_fault(r, path, "password", "excludes ha1: give one of the two");
	} else if (digits != NULL || password != NULL) {
		ha1_set(r, path, digits, password, realm_of(impi, realm), impi);
	} else if (json_is_null(json_object_get(obj, "ha1"))) {
		impi->has_ha1 = false;
		impi->digest_realm = NULL;
		OPENSSL_cleanse(&impi->ha1, sizeof(impi->ha1));
	} else if (realm != NULL &&
	           (impi->digest_realm == NULL || strcmp(realm, impi->digest_realm) != 0)) {
		admin_fault(r, path, "digest_realm", "needs the ha1 or password that goes with it");
	}
}

void admin_doc_read_digest(struct admin_reader *r, const json_t *obj, const char *path,
                           struct ims_impi *impi)
{
	const size_t before = r->n_faults;

	read_schemes(r, obj, path, impi);
	read_ha1(r, obj, path, impi);
	if (r->n_faults != before || r->err != HSS_OK) {
		return;
	}
	schemes_default(impi);
	if ((impi->schemes & 1U << IMS_SCHEME_SIP_DIGEST) != 0 && !impi->has_ha1) {
		admin_fault(r, path, "schemes", "%s needs ha1 or password",
		            CX_SCHEME_NAME_SIP_DIGEST);
	}
	if ((impi->schemes & 1U << IMS_SCHEME_AKA_V1) != 0 && !impi->has_key && impi->has_ha1) {
		admin_fault(r, path, "schemes", "%s needs k and opc",
		            CX_SCHEME_NAME_DIGEST_AKAV1_MD5);
	}
}

static enum hss_err write_ha1(const struct ims_impi *impi, struct seal *seal, json_t *out)
{
	uint8_t ha1[SEAL_HA1_LEN];
	char text[SEAL_HA1_LEN * HEX_PER_OCTET + 1];
	enum hss_err err = seal_unwrap_ha1(seal, impi->name, &impi->ha1, ha1);

	if (err == HSS_OK) {
		hex_from_octets(ha1, sizeof(ha1), text);
		err = json_object_set_new(out, "ha1", json_string(text)) == 0 ? HSS_OK
		                                                              : HSS_ERR_MEMORY;
	}
	OPENSSL_cleanse(ha1, sizeof(ha1));
	OPENSSL_cleanse(text, sizeof(text));
	return err;
}

enum hss_err admin_doc_write_digest(const struct ims_impi *impi, struct seal *seal, json_t *out)
{
	json_t *list = json_array();

	for (size_t pass = 0; pass < 2; pass++) { /* the preferred one first */
		for (size_t i = 0; i < N_SCHEMES; i++) {
			const bool preferred = schemes[i].scheme == impi->scheme;

			if ((impi->schemes & 1U << schemes[i].scheme) != 0 &&
			    preferred == (pass == 0) &&
			    json_array_append_new(list, json_string(schemes[i].name)) != 0) {
				json_decref(list);
				return HSS_ERR_MEMORY;
			}
		}
	}
	if (json_object_set_new(out, "schemes", list) != 0) {
		return HSS_ERR_MEMORY;
	}
	if (!impi->has_ha1) {
		return HSS_OK;
	}
	if (json_object_set_new(out, "digest_realm", json_string(impi->digest_realm)) != 0) {
		return HSS_ERR_MEMORY;
	}
	return seal != NULL ? write_ha1(impi, seal, out) : HSS_OK;
}

enum hss_err admin_doc_compare_digest(const struct ims_impi *have, const struct ims_impi *want,
                                      struct seal *seal, const char **differs)
{
	uint8_t a[SEAL_HA1_LEN];
	uint8_t b[SEAL_HA1_LEN];
	enum hss_err err = HSS_OK;

	if (have->has_ha1 != want->has_ha1) {
		*differs = "ha1";
	}
	if (!have->has_ha1 || !want->has_ha1) {
		return HSS_OK;
	}
	err = seal != NULL ? seal_unwrap_ha1(seal, have->name, &have->ha1, a) : HSS_ERR_SEAL;
	if (err == HSS_OK) {
		err = seal_unwrap_ha1(seal, want->name, &want->ha1, b);
	}
	if (err == HSS_OK && CRYPTO_memcmp(a, b, sizeof(a)) != 0) {
		*differs = "ha1";
	}
	OPENSSL_cleanse(a, sizeof(a));
	OPENSSL_cleanse(b, sizeof(b));
	return err;
}
