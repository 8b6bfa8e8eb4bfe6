/* Key and self-signed certificate of a node, prepared for TLS. */
#ifndef HSSCTL_TLS_H
#define HSSCTL_TLS_H

#include <stdbool.h>

/*
 * Make a P-256 key and a certificate for a Diameter identity, as new PEM files of mode 0600.
 * Returns false after a message.
 */
bool tls_make(const char *identity, const char *key_path, const char *cert_path);

#endif
