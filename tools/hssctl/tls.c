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
enum { CN_MAX = 64, SERIAL_BITS = 127, DAYS_VALID = 3650, NAME_LEN_MAX = 300 };

static bool extension_add(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext = NULL;
	bool good = false;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
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

/* It is its own authority: TLS_CA can name it, and a peer can trust just this certificate. */
static bool cert_fill(X509 *cert, EVP_PKEY *key, const char *identity)
{
	X509_NAME *name = X509_get_subject_name(cert);
	const char *cn = strlen(identity) <= CN_MAX ? identity : "Diameter node";
	char alt[NAME_LEN_MAX];

	(void)snprintf(alt, sizeof(alt), "DNS:%s", identity);
	return X509_set_version(cert, X509_VERSION_3) == 1 && serial_set(cert) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), 0) != NULL &&
	       X509_time_adj_ex(X509_getm_notAfter(cert), DAYS_VALID, 0, NULL) != NULL &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1,
	                                  -1, 0) == 1 &&
	       X509_set_issuer_name(cert, name) == 1 && X509_set_pubkey(cert, key) == 1 &&
	       extension_add(cert, NID_basic_constraints, "critical,CA:TRUE") &&
	       extension_add(cert, NID_subject_key_identifier, "hash") &&
	       extension_add(cert, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
	       extension_add(cert, NID_ext_key_usage, "serverAuth,clientAuth") &&
	       extension_add(cert, NID_subject_alt_name, alt) &&
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

bool tls_make(const char *identity, const char *key_path, const char *cert_path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	FILE *file = NULL;
	bool good = false;

	if (key == NULL || cert == NULL || !cert_fill(cert, key, identity)) {
		(void)cli_fail("libcrypto cannot make a key and certificate for TLS");
		goto out;
	}
	file = file_create(key_path);
	good = file != NULL &&
	       file_close(file, key_path,
	                  PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
	if (good) {
		file = file_create(cert_path);
		good = file != NULL && file_close(file, cert_path, PEM_write_X509(file, cert) == 1);
	}
out:
	X509_free(cert);
	EVP_PKEY_free(key);
	return good;
}
