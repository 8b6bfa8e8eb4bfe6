#include "tls.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hssctl.h"

/* CN holds at most 64 characters (RFC 5280 A.1); names are compared with subjectAltName anyway. */
enum { CN_MAX = 64, SERIAL_BITS = 127, DAYS_VALID = 3650, DAYS_ISSUED = 730, NAME_LEN_MAX = 300 };

static bool extension_add(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext = NULL;
	bool good = false;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	good = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return good;
}

static bool serial_set(X509 *cert)
{
	BIGNUM *number = BN_new();
	bool good = number != NULL &&
	            BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
	            BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;

	BN_free(number);
	return good;
}

/* What every certificate has: a serial number, a time, a subject, a key. */
static bool cert_begin(X509 *cert, EVP_PKEY *key, const char *cn, long days)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_set_version(cert, X509_VERSION_3) == 1 && serial_set(cert) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), 0) != NULL &&
	       X509_time_adj_ex(X509_getm_notAfter(cert), (int)days, 0, NULL) != NULL &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1,
	                                  -1, 0) == 1 &&
	       X509_set_pubkey(cert, key) == 1;
}

/* No certificate outlives the one of who signed it. */
static bool end_limit(X509 *cert, const X509 *issuer)
{
	const ASN1_TIME *end = X509_get0_notAfter(issuer);

	return ASN1_TIME_compare(X509_get0_notAfter(cert), end) <= 0 ||
	       X509_set1_notAfter(cert, end) == 1;
}

/*
 * A Diameter node's. Without an issuer it is its own authority: TLS_CA can name it, and a peer can
 * trust just this certificate.
 */
static bool cert_fill(X509 *cert, EVP_PKEY *key, const char *identity, const struct tls_ca *ca)
{
	const char *cn = strlen(identity) <= CN_MAX ? identity : "Diameter node";
	X509 *issuer = ca != NULL ? ca->cert : cert;
	char alt[NAME_LEN_MAX];

	(void)snprintf(alt, sizeof(alt), "DNS:%s", identity);
	return cert_begin(cert, key, cn, ca != NULL ? DAYS_ISSUED : DAYS_VALID) &&
	       X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
	       (ca == NULL || end_limit(cert, issuer)) &&
	       extension_add(cert, issuer, NID_basic_constraints,
	                     ca != NULL ? "critical,CA:FALSE" : "critical,CA:TRUE") &&
	       extension_add(cert, issuer, NID_subject_key_identifier, "hash") &&
	       extension_add(cert, issuer, NID_key_usage,
	                     ca != NULL ? "critical,digitalSignature"
	                                : "critical,digitalSignature,keyCertSign") &&
	       extension_add(cert, issuer, NID_ext_key_usage, "serverAuth,clientAuth") &&
	       extension_add(cert, issuer, NID_subject_alt_name, alt) &&
	       (ca == NULL || extension_add(cert, issuer, NID_authority_key_identifier, "keyid")) &&
	       X509_sign(cert, ca != NULL ? ca->key : key, EVP_sha256()) > 0;
}

/* An authority's: it signs certificates of nodes, and no other authority. */
static bool authority_fill(X509 *cert, EVP_PKEY *key, const char *name)
{
	char cn[CN_MAX + 1];

	(void)snprintf(cn, sizeof(cn), "Diameter CA of %.45s", name);
	return cert_begin(cert, key, cn, DAYS_VALID) &&
	       X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
	       extension_add(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	       extension_add(cert, cert, NID_subject_key_identifier, "hash") &&
	       extension_add(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	       X509_sign(cert, key, EVP_sha256()) > 0;
}

static FILE *file_create(const char *path)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (file == NULL) {
		(void)cli_fail("%s: %s", path, strerror(errno));
		if (fd >= 0) {
			(void)close(fd);
		}
	}
	return file;
}

static bool file_close(FILE *file, const char *path, bool good)
{
	if (fclose(file) != 0 || !good) {
		(void)cli_fail("%s: cannot be written", path);
		return false;
	}
	return true;
}

/* Both files, new. A key whose certificate cannot be written does not stay. */
static bool pair_write(EVP_PKEY *key, X509 *cert, const char *key_path, const char *cert_path)
{
	FILE *file = file_create(key_path);
	bool good = file != NULL &&
	            file_close(file, key_path,
	                       PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);

	if (good) {
		file = file_create(cert_path);
		good = file != NULL && file_close(file, cert_path, PEM_write_X509(file, cert) == 1);
		if (!good) {
			(void)unlink(key_path);
		}
	}
	return good;
}

static bool pair_make(const char *name, const struct tls_ca *ca, bool is_authority,
                      const char *key_path, const char *cert_path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	bool good =
		key != NULL && cert != NULL &&
		(is_authority ? authority_fill(cert, key, name) : cert_fill(cert, key, name, ca));

	if (good) {
		good = pair_write(key, cert, key_path, cert_path);
	} else {
		(void)cli_fail("libcrypto cannot make a key and certificate for TLS");
	}
	X509_free(cert);
	EVP_PKEY_free(key);
	return good;
}

bool tls_make(const char *identity, const char *key_path, const char *cert_path)
{
	return pair_make(identity, NULL, false, key_path, cert_path);
}

bool tls_authority_make(const char *realm, const char *key_path, const char *cert_path)
{
	return pair_make(realm, NULL, true, key_path, cert_path);
}

bool tls_ca_load(struct tls_ca *ca, const char *key_path, const char *cert_path)
{
	FILE *file = fopen(key_path, "re");

	*ca = (struct tls_ca){0};
	if (file != NULL) {
		ca->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		(void)fclose(file);
	}
	file = fopen(cert_path, "re");
	if (file != NULL) {
		ca->cert = PEM_read_X509(file, NULL, NULL, NULL);
		(void)fclose(file);
	}
	if (ca->key == NULL || ca->cert == NULL || X509_check_private_key(ca->cert, ca->key) != 1) {
		(void)cli_fail("%s and %s: not the key and the certificate of an authority, as "
		               "hssctl init --tls makes them",
		               key_path, cert_path);
		tls_ca_free(ca);
		return false;
	}
	return true;
}

void tls_ca_free(struct tls_ca *ca)
{
	EVP_PKEY_free(ca->key);
	X509_free(ca->cert);
	*ca = (struct tls_ca){0};
}

bool tls_issue(const char *host, const struct tls_ca *ca, const char *key_path,
               const char *cert_path)
{
	return pair_make(host, ca, false, key_path, cert_path);
}

bool tls_ca_write(const struct tls_ca *ca, const char *path)
{
	FILE *file = file_create(path);

	return file != NULL && file_close(file, path, PEM_write_X509(file, ca->cert) == 1);
}
