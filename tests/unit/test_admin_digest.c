/* SIP Digest and schemes in the document of a subscriber: what is read, refused, written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hss/admin.h"
#include "hss/admin_doc.h"
#include "hss/hex.h"
#include "temp_dir.h"

/* What md5sum makes of "a@x.example:x.example:Circle Of Life", and with the realm "other". */
#define HA1_HEX "c8b506b6063f2b7b2a69c02b42cac7fb"
#define HA1_OTHER_HEX "4bbc797155836b3e0f1f5a48867844a5"
#define K "'k': '465b5ce8b199b49faa5f0a2ee238a6bc', 'opc': 'cd63cb71954a9f4e48a5994e37a02baf'"
#define PASSWORD "'password': 'Circle Of Life'"
#define AKA (1U << IMS_SCHEME_AKA_V1)
#define DIGEST (1U << IMS_SCHEME_SIP_DIGEST)

struct fixture {
	struct temp_dir dir;
	struct seal *seal;
	struct ims_subscription sub;
	struct ims_impi impi;
	struct admin_reader reader;
};

static int setup(void **state)
{
	static struct fixture f;
	char path[TEMP_PATH_MAX];
	char why[SEAL_WHY_LEN];

	memset(&f, 0, sizeof(f));
	temp_dir_make(&f.dir);
	assert_int_equal(seal_create(temp_dir_file(&f.dir, "master.key", path)), HSS_OK);
	assert_int_equal(seal_open(path, &f.seal, why), HSS_OK);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	json_decref(f->reader.details);
	ims_subscription_free(&f->sub);
	seal_close(f->seal);
	temp_dir_remove(&f->dir);
	return 0;
}

/* The members of an IMPI, ' for ", read over what f->impi holds. */
static void read_over(struct fixture *f, const char *members)
{
	char *text = NULL;
	json_t *obj = NULL;

	assert_true(asprintf(&text, "{%s}", members) > 0);
	for (char *c = text; *c != '\0'; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	obj = json_loads(text, 0, NULL);
	assert_non_null(obj);
	free(text);
	json_decref(f->reader.details);
	f->reader = (struct admin_reader){.sub = &f->sub, .seal = f->seal, .details = json_array()};
	admin_doc_read_key(&f->reader, obj, "", &f->impi);
	admin_doc_read_digest(&f->reader, obj, "", &f->impi);
	json_decref(obj);
	assert_int_equal(f->reader.err, HSS_OK);
}

static void read_new(struct fixture *f, const char *members)
{
	f->impi = (struct ims_impi){.no = 1, .name = "a@x.example"};
	read_over(f, members);
}

static void assert_ha1(struct fixture *f, const char *digits)
{
	uint8_t ha1[SEAL_HA1_LEN];
	char text[2 * SEAL_HA1_LEN + 1];

	assert_true(f->impi.has_ha1);
	assert_int_equal(seal_unwrap_ha1(f->seal, "a@x.example", &f->impi.ha1, ha1), HSS_OK);
	hex_from_octets(ha1, sizeof(ha1), text);
	assert_string_equal(text, digits);
}

static void a_password_becomes_ha1_of_the_home_domain(void **state)
{
	struct fixture *f = *state;

	read_new(f, PASSWORD);
	assert_int_equal(f->reader.n_faults, 0);
	assert_ha1(f, HA1_HEX);
	assert_string_equal(f->impi.digest_realm, "x.example");
	read_new(f, PASSWORD ", 'digest_realm': 'other'");
	assert_ha1(f, HA1_OTHER_HEX);
	assert_string_equal(f->impi.digest_realm, "other");
	read_new(f, "'ha1': '" HA1_OTHER_HEX "', 'digest_realm': 'other'");
	assert_ha1(f, HA1_OTHER_HEX);
}

/* No downgrade: the weaker scheme is allowed only where it is asked for by name. */
static void schemes_are_those_of_the_strongest_key_unless_named(void **state)
{
	static const struct {
		const char *members;
		enum ims_scheme scheme;
		unsigned schemes;
	} rows[] = {
		{K, IMS_SCHEME_AKA_V1, AKA},
		{PASSWORD, IMS_SCHEME_SIP_DIGEST, DIGEST},
		{K ", " PASSWORD, IMS_SCHEME_AKA_V1, AKA},
		{"'digest_realm': null", IMS_SCHEME_AKA_V1, AKA}, /* of a PSI */
		{K ", " PASSWORD ", 'schemes': ['SIP Digest']", IMS_SCHEME_SIP_DIGEST, DIGEST},
		{K ", " PASSWORD ", 'schemes': ['Digest-AKAv1-MD5', 'SIP Digest']",
	         IMS_SCHEME_AKA_V1, AKA | DIGEST},
		{K ", " PASSWORD ", 'schemes': ['sip digest', 'digest-akav1-md5']",
	         IMS_SCHEME_SIP_DIGEST, AKA | DIGEST},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		read_new(f, rows[i].members);
		if (f->reader.n_faults != 0 || f->impi.scheme != rows[i].scheme ||
		    f->impi.schemes != rows[i].schemes) {
			fail_msg("%s: %zu faults, scheme %d, schemes %u", rows[i].members,
			         f->reader.n_faults, (int)f->impi.scheme, f->impi.schemes);
		}
	}
}

static void what_does_not_fit_is_refused(void **state)
{
	static const struct {
		const char *members;
		const char *field;
		const char *reason;
	} rows[] = {
		{"'ha1': 'abc'", "ha1", "32 hexadecimal"},
		{"'ha1': 7", "ha1", "must be a text"},
		{"'password': ''", "password", "1 to 255"},
		{"'password': 'a\\u0007'", "password", "control character"},
		{PASSWORD ", 'ha1': '" HA1_HEX "'", "password", "excludes ha1"},
		{K ", 'digest_realm': 'other'", "digest_realm", "needs the ha1"},
		{PASSWORD ", 'digest_realm': 'a\\u0022b'", "digest_realm", "quotation mark"},
		{K ", 'schemes': []", "schemes", "at least one"},
		{K ", 'schemes': ['NASS-Bundled']", "schemes", "must be a list of"},
		{K ", 'schemes': [5]", "schemes", "must be a list of"},
		{K ", 'schemes': ['SIP Digest']", "schemes", "needs ha1"},
		{PASSWORD ", 'schemes': ['Digest-AKAv1-MD5']", "schemes", "needs k"},
		{K ", " PASSWORD ", 'schemes': ['SIP Digest', 'sip digest']", "schemes",
	         "must be a list of"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const json_t *detail = NULL;
		const char *reason = NULL;

		read_new(f, rows[i].members);
		detail = json_array_get(f->reader.details, 0);
		reason = json_string_value(json_object_get(detail, "reason"));
		if (f->reader.n_faults != 1 || reason == NULL ||
		    strstr(reason, rows[i].reason) == NULL || strstr(reason, HA1_HEX) != NULL) {
			fail_msg("%s: %zu faults, %s", rows[i].members, f->reader.n_faults,
			         reason != NULL ? reason : "none");
		}
		assert_string_equal(json_string_value(json_object_get(detail, "field")),
		                    rows[i].field);
	}
}

/* Changes of an IMPI that is there: what is not named stays. */
static void a_change_keeps_what_it_does_not_name(void **state)
{
	struct fixture *f = *state;

	read_new(f, K);
	read_over(f, PASSWORD);
	assert_int_equal(f->reader.n_faults, 0);
	assert_ha1(f, HA1_HEX);
	assert_int_equal(f->impi.schemes, AKA);
	read_over(f, "'schemes': ['SIP Digest']");
	assert_int_equal(f->reader.n_faults, 0);
	assert_int_equal(f->impi.schemes, DIGEST);
	read_over(f, "'digest_realm': 'x.example'");
	assert_int_equal(f->reader.n_faults, 0);
	read_over(f, "'ha1': null"); /* the scheme still needs it */
	assert_int_equal(f->reader.n_faults, 1);
	read_over(f, "'schemes': ['Digest-AKAv1-MD5']");
	assert_int_equal(f->reader.n_faults, 0);
	assert_false(f->impi.has_ha1);
	assert_null(f->impi.digest_realm);
}

static void ha1_is_written_only_when_keys_are_asked_for(void **state)
{
	struct fixture *f = *state;
	json_t *obj = json_object();

	read_new(f, K ", " PASSWORD ", 'schemes': ['SIP Digest', 'Digest-AKAv1-MD5']");
	assert_int_equal(admin_doc_write_digest(&f->impi, NULL, obj), HSS_OK);
	assert_null(json_object_get(obj, "ha1"));
	assert_string_equal(json_string_value(json_object_get(obj, "digest_realm")), "x.example");
	assert_string_equal(json_string_value(json_array_get(json_object_get(obj, "schemes"), 0)),
	                    "SIP Digest");
	assert_int_equal(json_array_size(json_object_get(obj, "schemes")), 2);
	assert_int_equal(admin_doc_write_digest(&f->impi, f->seal, obj), HSS_OK);
	assert_string_equal(json_string_value(json_object_get(obj, "ha1")), HA1_HEX);
	json_decref(obj);
}

static void another_ha1_is_a_difference(void **state)
{
	struct fixture *f = *state;
	struct ims_impi first;
	const char *differs = NULL;

	read_new(f, PASSWORD);
	first = f->impi;
	read_new(f, "'ha1': '" HA1_HEX "'");
	assert_int_equal(admin_doc_compare_digest(&first, &f->impi, f->seal, &differs), HSS_OK);
	assert_null(differs);
	read_new(f, "'ha1': '" HA1_OTHER_HEX "'");
	assert_int_equal(admin_doc_compare_digest(&first, &f->impi, f->seal, &differs), HSS_OK);
	assert_string_equal(differs, "ha1");
	read_new(f, K);
	differs = NULL;
	assert_int_equal(admin_doc_compare_digest(&first, &f->impi, f->seal, &differs), HSS_OK);
	assert_string_equal(differs, "ha1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_password_becomes_ha1_of_the_home_domain, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(schemes_are_those_of_the_strongest_key_unless_named,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(what_does_not_fit_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_change_keeps_what_it_does_not_name, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(ha1_is_written_only_when_keys_are_asked_for, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(another_ha1_is_a_difference, setup, teardown),
	};

	admin_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
