/* Certificates: whom one is for, and which end soon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "hss/cert.h"
#include "temp_dir.h"

enum { DAY = 86400, DER_MAX = 4096 };

/* 2026-03-01 12:00:00 UTC */
static const time_t now = 1772366400;

/* A self-signed certificate with these DNS names, "DNS:a,DNS:b" or NULL, that ends then. */
static X509 *make(const char *names, time_t end)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	assert_non_null(key);
	assert_non_null(cert);
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	                                            (const unsigned char *)"hss.example.net", -1,
	                                            -1, 0),
	                 1);
	assert_int_equal(X509_set_issuer_name(cert, name), 1);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(cert), now - 400L * DAY));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(cert), end));
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	if (names != NULL) {
		X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);

		assert_int_equal(X509_add_ext(cert, ext, -1), 1);
		X509_EXTENSION_free(ext);
	}
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	EVP_PKEY_free(key);
	return cert;
}

static void a_certificate_is_for_its_dns_names_alone(void **state)
{
	static const struct {
		const char *names;
		const char *host;
		bool is;
	} rows[] = {
		{"DNS:scscf.example.net", "scscf.example.net", true},
		{"DNS:scscf.example.net", "SCSCF.Example.NET", true},
		{"DNS:a.example.net,DNS:scscf.example.net", "scscf.example.net", true},
		{"DNS:icscf.example.net", "scscf.example.net", false},
		{"DNS:example.net", "scscf.example.net", false},
		{"DNS:scscf.example.net.evil.org", "scscf.example.net", false},
		{"DNS:scscf.example.net", ".example.net", false},
		{"DNS:scscf.example.net", "", false},
		{"DNS:*.example.net", "scscf.example.net", false},
		{"email:scscf@example.net", "hss.example.net", false}, /* CN has that name */
		{NULL, "hss.example.net", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t der[DER_MAX];
		unsigned char *at = der;
		X509 *cert = make(rows[i].names, now + DAY);
		const int len = i2d_X509(cert, NULL);

		assert_in_range(len, 1, DER_MAX);
		assert_int_equal(i2d_X509(cert, &at), len);
		assert_int_equal(cert_is_for(der, (size_t)len, rows[i].host), rows[i].is);
		assert_false(cert_is_for(der, (size_t)len / 2, rows[i].host));
		X509_free(cert);
	}
	assert_false(cert_is_for((const uint8_t *)"", 0, "scscf.example.net"));
}

static char told[4][CERT_TEXT_LEN];
static size_t n_told;

static void tell(void *opaque, const char *text)
{
	assert_ptr_equal(opaque, told);
	assert_in_range(n_told, 0, 3);
	(void)snprintf(told[n_told++], CERT_TEXT_LEN, "%s", text);
}

static void certificates_that_end_soon_are_told(void **state)
{
	const time_t ends[] = {now + 31L * DAY, now + 30L * DAY, now - 1};
	struct temp_dir dir;
	char path[TEMP_PATH_MAX];
	FILE *file = NULL;

	(void)state;
	temp_dir_make(&dir);
	file = fopen(temp_dir_file(&dir, "tls.pem", path), "w");
	assert_non_null(file);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		X509 *cert = make("DNS:hss.example.net", ends[i]);

		assert_int_equal(PEM_write_X509(file, cert), 1);
		X509_free(cert);
	}
	assert_int_equal(fclose(file), 0);
	n_told = 0;
	assert_int_equal(certs_look(path, now, 30, tell, told), HSS_OK);
	assert_int_equal(n_told, 2);
	assert_non_null(strstr(told[0], "/CN=hss.example.net in "));
	assert_non_null(strstr(told[0], "ends at 2026-03-31 12:00:00 UTC"));
	assert_non_null(strstr(told[1], "ended at 2026-03-01 11:59:59 UTC"));
	n_told = 0;
	assert_int_equal(certs_look(path, now, 0, tell, told), HSS_OK);
	assert_int_equal(n_told, 1);
	n_told = 0;
	assert_int_equal(certs_look(path, now, 31, tell, told), HSS_OK);
	assert_int_equal(n_told, 3);
	temp_dir_remove(&dir);
}

static void a_file_without_a_certificate_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(certs_look("/nonexistent/tls.pem", now, 30, tell, told), HSS_ERR_IO);
	assert_int_equal(certs_look("/dev/null", now, 30, tell, told), HSS_ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_is_for_its_dns_names_alone),
		cmocka_unit_test(certificates_that_end_soon_are_told),
		cmocka_unit_test(a_file_without_a_certificate_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
