#include "hss/cert.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum { SECONDS_OF_DAY = 86400, SUBJECT_LEN = 128 };

bool cert_is_for(const uint8_t *der, size_t len, const char *host)
{
	const unsigned char *at = der;
	X509 *cert = len <= INT32_MAX ? d2i_X509(NULL, &at, (long)len) : NULL;
	/* A leading dot would ask for any name below. */
	const bool is =
		cert != NULL && host[0] != '.' &&
		X509_check_host(cert, host, strlen(host),
	                        X509_CHECK_FLAG_NO_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
	                        NULL) == 1;

	X509_free(cert);
	return is;
}

static void end_look(const X509 *cert, const char *path, time_t now, unsigned days,
                     void (*tell)(void *opaque, const char *text), void *opaque)
{
	char subject[SUBJECT_LEN] = "";
	char date[32] = "?";
	char text[CERT_TEXT_LEN];
	struct tm tm = {0};
	time_t end = 0;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) == 1) {
		(void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &tm);
		end = timegm(&tm);
	}
	if (end >= now && end - now > (time_t)days * SECONDS_OF_DAY) {
		return;
	}
	(void)X509_NAME_oneline(X509_get_subject_name(cert), subject, sizeof(subject));
	(void)snprintf(text, sizeof(text), "the certificate of %s in %s %s %s%s", subject, path,
	               end < now ? "ended at" : "ends at", date,
	               end < now ? ": TLS with it fails" : ": renew it before");
	tell(opaque, text);
}

enum hss_err certs_look(const char *path, time_t now, unsigned days,
                        void (*tell)(void *opaque, const char *text), void *opaque)
{
	FILE *file = fopen(path, "re");
	X509 *cert = NULL;
	unsigned n = 0;

	if (file == NULL) {
		return HSS_ERR_IO;
	}
	while ((cert = PEM_read_X509(file, NULL, NULL, NULL)) != NULL) {
		end_look(cert, path, now, days, tell, opaque);
		X509_free(cert);
		n++;
	}
	(void)fclose(file);
	return n > 0 ? HSS_OK : HSS_ERR_INVALID;
}
