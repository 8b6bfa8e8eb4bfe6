/* Keys (P-256) and certificates for TLS, as new PEM files of mode 0600: nothing is overwritten. */
#ifndef HSSCTL_TLS_H
#define HSSCTL_TLS_H

#include <openssl/types.h>
#include <stdbool.h>

/* Who signs: opened with tls_ca_load, wiped and freed with tls_ca_free. */
struct tls_ca {
	EVP_PKEY *key;
	X509 *cert;
};

/* Each returns false after a message. */

/* Key and self-signed certificate of a Diameter identity, for ten years. */
bool tls_make(const char *identity, const char *key_path, const char *cert_path);

/* Key and certificate of an authority for the nodes of a lab, for ten years. */
bool tls_authority_make(const char *realm, const char *key_path, const char *cert_path);

bool tls_ca_load(struct tls_ca *ca, const char *key_path, const char *cert_path);
void tls_ca_free(struct tls_ca *ca);

/* Key and certificate of a Diameter identity under this authority, for two years at most. */
bool tls_issue(const char *host, const struct tls_ca *ca, const char *key_path,
               const char *cert_path);

/* The authority's certificate, for the peer's TLS_CA. */
bool tls_ca_write(const struct tls_ca *ca, const char *path);

#endif
