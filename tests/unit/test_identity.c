/* Identities: canonical forms and what is refused (TS 23.003 clause 13, RFC 3261 10.3, RFC 3966).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hss/identity.h"

struct row {
	const char *in;
	const char *out; /* NULL: refused */
};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

typedef enum hss_err (*canonical_fn)(const char *in, size_t len, char *out, const char **why);

enum { OUT_SIZE = IMPU_LEN_MAX + 1 };

/* One spelling. The octets given end without a NUL, at the end of an allocation: ASan sees a read
 * past it. */
static void check(canonical_fn canonical, const char *in, size_t len, const char *expected)
{
	char out[OUT_SIZE] = "unchanged";
	char *exact = malloc(len > 0 ? len : 1);
	const char *why = NULL;
	enum hss_err err = HSS_OK;

	assert_non_null(exact);
	memcpy(exact, in, len);
	err = canonical(exact, len, out, &why);
	if ((err == HSS_OK) != (expected != NULL)) {
		fail_msg("\"%.*s\" was %s", (int)len, in, err == HSS_OK ? "accepted" : why);
	}
	assert_string_equal(out, expected != NULL ? expected : "unchanged");
	if (expected != NULL) { /* canonical is canonical */
		assert_int_equal(canonical(expected, strlen(expected), out, NULL), HSS_OK);
		assert_string_equal(out, expected);
	} else {
		assert_int_equal(err, HSS_ERR_INVALID);
		assert_non_null(why);
		assert_int_equal(canonical(exact, len, out, NULL), HSS_ERR_INVALID);
	}
	free(exact);
}

static void check_rows(canonical_fn canonical, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		check(canonical, rows[i].in, strlen(rows[i].in), rows[i].out);
	}
}

static void impi_has_its_realm_in_lower_case(void **state)
{
	static const struct row rows[] = {
		{"alice@home.example", "alice@home.example"},
		{"Alice.P@Home.EXAMPLE", "Alice.P@home.example"},
		{"001010000000051@ims.mnc001.mcc001.3gppnetwork.org",
	         "001010000000051@ims.mnc001.mcc001.3gppnetwork.org"},
		{"j\xc3\xb6rg@home.example", "j\xc3\xb6rg@home.example"},
		{"a@b", "a@b"},
		{"\xc2\xa9@x", "\xc2\xa9@x"}, /* at the ends of each length of UTF-8 */
		{"\xdf\xbf@x", "\xdf\xbf@x"},
		{"\xe0\xa0\x80@x", "\xe0\xa0\x80@x"},
		{"\xef\xbf\xbd@x", "\xef\xbf\xbd@x"},
		{"\xf0\x90\x80\x80@x", "\xf0\x90\x80\x80@x"},
		{"\xf4\x8f\xbf\xbd@x", "\xf4\x8f\xbf\xbd@x"},
		{"\x80\x80@x", NULL},
		{"\xbf@x", NULL},
		{"", NULL},
		{"alice", NULL},
		{"@home.example", NULL},
		{"alice@", NULL},
		{"@", NULL},
		{"alice@home@example", NULL},
		{"alice @home.example", NULL},
		{" alice@home.example", NULL},
		{"alice@home.example\n", NULL},
		{"alice\t@home.example", NULL},
		{"alice\x7f@home.example", NULL},
		{"\xff@home.example", NULL},         /* not UTF-8 */
		{"\xc3@home.example", NULL},         /* a sequence cut off */
		{"alice@home.exampl\xc3", NULL},     /* ... by the end */
		{"\xc0\xaf@home.example", NULL},     /* too long a sequence for its character */
		{"\xe0\x80\xaf@home.example", NULL}, /* likewise */
		{"\xed\xa0\x80@home.example", NULL}, /* surrogate */
		{"\xf4\x90\x80\x80@x", NULL},        /* beyond U+10FFFF */
		{"\xf5\x80\x80\x80@x", NULL},
		{"\xef\xbf\xbf@x", NULL}, /* U+FFFF: XML cannot hold it */
		{"\xc2\x85@x", NULL},     /* a C1 control character */
	};

	(void)state;
	check_rows(impi_canonical, rows, N_OF(rows));
	check(impi_canonical, "ali\0ce@home.example", 19, NULL);
	/* The length counts, not what follows. */
	check(impi_canonical, "alice@home.example", 5, NULL);
}

static void sip_impu_has_one_form(void **state)
{
	static const struct row rows[] = {
		{"sip:alice@home.example", "sip:alice@home.example"},
		{"SIP:alice@HOME.Example", "sip:alice@home.example"},
		{"sip:Alice@home.example", "sip:Alice@home.example"},
		{"sip:alice@home.example:5060", "sip:alice@home.example"},
		{"sip:alice@home.example;transport=tcp;lr", "sip:alice@home.example"},
		{"sip:alice@home.example?subject=x", "sip:alice@home.example"},
		{"sip:alice@home.example:5060;a=b?c=d", "sip:alice@home.example"},
		{"sip:+15550100@home.example;user=phone", "sip:+15550100@home.example"},
		{"sip:%61lice@home.example", "sip:alice@home.example"},
		{"sip:%7ealice@home.example", "sip:~alice@home.example"},
		{"sip:alice%40work@home.example", "sip:alice%40work@home.example"},
		{"sip:alice%2fwork@home.example", "sip:alice%2Fwork@home.example"},
		{"sip:a%3bb@home.example", "sip:a%3Bb@home.example"},
		{"sip:a;b=c@home.example", "sip:a;b=c@home.example"},
		{"sip:a%00b@home.example", "sip:a%00b@home.example"},
		{"sip:alice@192.0.2.1", "sip:alice@192.0.2.1"},
		{"sip:alice@[2001:DB8::1]:5060", "sip:alice@[2001:db8::1]"},
		{"sip:service.example", "sip:service.example"}, /* a PSI without a user part */
		{"sip:Service.example:5060;lr", "sip:service.example"},
		/* What would make a distinct identity a wildcarded one stays escaped. */
		{"sip:%21.*%21@home.example", "sip:%21.*%21@home.example"},
		{"sip:bob!@home.example", "sip:bob!@home.example"},
		{"sip:alice@home.example:65535", "sip:alice@home.example"},
		{"sip:alice@[::]", "sip:alice@[::]"},
		{"sip:alice@[:]", NULL},
		{"sip:al%g1ice@home.example", NULL},
		{"sip:al%1gice@home.example", NULL},
		{"sip:", NULL},
		{"sip:@home.example", NULL},
		{"sip:alice@", NULL},
		{"sip:alice@:5060", NULL},
		{"sip:alice@home.example:", NULL},
		{"sip:alice@home.example:65536", NULL},
		{"sip:alice@home.example:99999999999999999999", NULL},
		{"sip:alice@home.example:50x", NULL},
		{"sip:alice@home_example", NULL},
		{"sip:alice@home.example/x", NULL},
		{"sip:alice@-home.example", NULL},
		{"sip:alice@.home.example", NULL},
		{"sip:alice@[::1", NULL},
		{"sip:alice@[]", NULL},
		{"sip:alice@[::1]x", NULL},
		{"sip:alice:secret@home.example", NULL},
		{"sip:alice@bob@home.example", NULL},
		{"sip:al%6@home.example", NULL},
		{"sip:al%zz@home.example", NULL},
		{"sip:al%@home.example", NULL},
		{"sip:al<ice@home.example", NULL},
		{"sip:al\"ice@home.example", NULL},
		{"sip:al ice@home.example", NULL},
		{"sip:alice@home.example ", NULL},
		{"sip:alice@home.example;x=\r\n", NULL},
		{"sip:\xc3\xa4@home.example", NULL}, /* has to be escaped */
		{"sip:alice@h\xc3\xb6me.example", NULL},
		{"sips:alice@home.example", NULL},
		{"alice@home.example", NULL},
		{"http://home.example", NULL},
		{"urn:service:sos", NULL},
		{"si", NULL},
	};

	(void)state;
	check_rows(impu_canonical, rows, N_OF(rows));
	check(impu_canonical, "sip:alice@home.example\0.evil", 28, NULL);
}

static void tel_impu_has_one_form(void **state)
{
	static const struct row rows[] = {
		{"tel:+15550100", "tel:+15550100"},
		{"TEL:+1-(555)-01.00", "tel:+15550100"},
		{"tel:+15550100;ext=4711", "tel:+15550100"},
		{"tel:+15550100;a=!;b=!", "tel:+15550100"},
		{"tel:+", NULL},
		{"tel:", NULL},
		{"tel:+;ext=1", NULL},
		{"tel:+-.()", NULL},
		{"tel:5550100", NULL}, /* local */
		{"tel:5550100;phone-context=+1", NULL},
		{"tel:+1555o100", NULL},
		{"tel:+1555 0100", NULL},
		{"tel:+15550100@home.example", NULL},
	};

	(void)state;
	check_rows(impu_canonical, rows, N_OF(rows));
}

/* TS 23.003 13.5: the part between the outer exclamation marks is kept as it stands. */
static void wildcarded_part_is_kept(void **state)
{
	static const struct row rows[] = {
		{"sip:desk!.*!@HOME.example", "sip:desk!.*!@home.example"},
		{"sip:!.*!@home.example;x=y", "sip:!.*!@home.example"},
		{"sip:desk![%41-F]{2}!@home.example", "sip:desk![%41-F]{2}!@home.example"},
		{"sip:desk!a!b!c@home.example", "sip:desk!a!b!c@home.example"},
		{"sip:desk!(a|b)\\.c!%41@home.example", "sip:desk!(a|b)\\.c!A@home.example"},
		{"sip:desk!a@b!@home.example", "sip:desk!a@b!@home.example"},
		{"sip:desk!a;b?c!@home.example", "sip:desk!a;b?c!@home.example"},
		{"tel:+1555!.*!", "tel:+1555!.*!"},
		{"tel:+1-555![0-9]{3}!;ext=1", "tel:+1555![0-9]{3}!"},
		{"tel:+1555!a;b!", "tel:+1555!a;b!"},
		{"sip:desk!.*!", NULL},          /* no host */
		{"sip:!.*!.home.example", NULL}, /* in the host */
		{"sip:desk!a b!@home.example", NULL},
		{"sip:desk!\xc3\xa4!@home.example", NULL},
		{"sip:<!.*!@home.example", NULL},
		{"tel:+!.*!", NULL},
		{"tel:+1555!.*!x", NULL},
		{"tel:+1555!.*!x;ext=1", NULL},
		{"tel:+1555!\xc3\xa4!", NULL},
	};

	(void)state;
	check_rows(impu_canonical, rows, N_OF(rows));
}

/* Fill to a length: canonical forms may be as long as the limit, and not one octet longer. */
static void lengths_are_bounded(void **state)
{
	static const struct {
		canonical_fn canonical;
		const char *before;
		const char *after;
		size_t max;
	} cases[] = {
		{impi_canonical, "", "@home.example", IMPI_LEN_MAX},
		{impu_canonical, "sip:", "@home.example", IMPU_LEN_MAX},
		{impu_canonical, "tel:+", "", IMPU_LEN_MAX},
		{network_canonical, "", "", NETWORK_LEN_MAX},
	};
	static const char parameters[] = "sip:alice@home.example;";
	char text[8192];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const size_t before = strlen(cases[i].before);
		const size_t after = strlen(cases[i].after);

		for (size_t over = 0; over <= 1; over++) {
			const size_t len = cases[i].max + over;

			memset(text, '1', len);
			memcpy(text, cases[i].before, before);
			memcpy(text + len - after, cases[i].after, after);
			text[len] = '\0';
			check(cases[i].canonical, text, len, over == 0 ? text : NULL);
		}
	}
	/* Parameters fall away before the limit counts, but not without end. */
	memset(text, 'x', sizeof(text));
	memcpy(text, parameters, strlen(parameters));
	check(impu_canonical, text, 4000, "sip:alice@home.example");
	check(impu_canonical, text, sizeof(text), NULL);
}

static void network_name_loses_blanks_and_quotes(void **state)
{
	static const struct row rows[] = {
		{"home.example", "home.example"},
		{"\"Visited Network 1\"", "visited network 1"},
		{"  \"Visited.Example\" ", "visited.example"},
		{"\tIMS.mnc001.mcc001.3gppnetwork.org", "ims.mnc001.mcc001.3gppnetwork.org"},
		{"", NULL},
		{"\"\"", NULL},
		{" \" \" ", NULL},
		{"a\nb", NULL},
		{"a\xff", NULL},
	};

	(void)state;
	check_rows(network_canonical, rows, N_OF(rows));
}

static void scscf_name_is_checked(void **state)
{
	static const struct {
		const char *in;
		bool good;
	} rows[] = {
		{"sip:scscf.home.example:5060", true},
		{"sips:scscf.home.example", true},
		{"SIP:S@scscf.home.example:5060;transport=tcp", true},
		{"sip:[2001:db8::1]:5060;lr", true},
		{"", false},
		{"scscf.home.example", false},
		{"tel:+15550100", false},
		{"sip:", false},
		{"sip:s@", false},
		{"sip:scscf.home.example:port", false},
		{"sip:scscf home", false},
		{"sip:scscf\r\nVia: x", false},
		{"<sip:scscf.home.example>", false},
		{"sip:scscf.home.example>", false},
		{"sip:scscf.home.example;x=<y>", false},
		{"sip:scscf.home.example;x=\xc3\xa4", false},
	};
	static const char scheme[] = "sip:";
	char text[SCSCF_NAME_LEN_MAX + 2];
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		bool good = false;

		why = NULL;
		good = scscf_name_check(rows[i].in, strlen(rows[i].in), &why) == HSS_OK;
		assert_true(good == (why == NULL));

		if (good != rows[i].good) {
			fail_msg("%s: %s", rows[i].in, good ? "accepted" : why);
		}
	}
	memset(text, 'a', sizeof(text));
	memcpy(text, scheme, strlen(scheme));
	assert_int_equal(scscf_name_check(text, SCSCF_NAME_LEN_MAX, NULL), HSS_OK);
	assert_int_equal(scscf_name_check(text, SCSCF_NAME_LEN_MAX + 1, NULL), HSS_ERR_INVALID);
}

static void scscf_names_compare_as_uris(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool equal;
	} rows[] = {
		{"sip:s.home.example:5060", "sip:s.home.example:5060", true},
		{"sip:s.home.example:5060", "SIP:S.Home.Example:5060", true},
		{"sip:s.home.example:5060", "sip:s.home.example:5061", false},
		{"sip:s.home.example", "sip:s.home.example:5060", false},
		{"sip:s.home.example", "sips:s.home.example", false},
		{"sip:s.home.example", "sip:t.home.example", false},
		{"sip:U@s.home.example", "sip:U@S.home.example", true},
		{"sip:U@s.home.example", "sip:u@s.home.example", false},
		{"sip:s.home.example;A=b", "sip:s.home.example;a=b", false},
		{"sip:s.home.example;a=b@c", "sip:S.home.example;a=b@c", true},
		{"sip:s.home.example;a=b@c", "sip:s.home.example;a=b@C", false},
		{"sip:[2001:db8::A]", "sip:[2001:DB8::a]", true},
		{"sip:s@t", "sip:s.t", false},
		{"", "", true},
		{"", "sip:s", false},
		{"x", "X", false}, /* no URI at all: octet by octet */
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		if (scscf_name_equal(rows[i].a, rows[i].b) != rows[i].equal ||
		    scscf_name_equal(rows[i].b, rows[i].a) != rows[i].equal) {
			fail_msg("%s and %s are %s", rows[i].a, rows[i].b,
			         rows[i].equal ? "one" : "two");
		}
	}
}

/* Whatever comes in: no crash, and what is accepted is canonical. */
static void random_octets_are_survived(void **state)
{
	static const char alphabet[] = "sip:tel+@!;?.-%aZ09[]\"< \xc3\xa4\xff";
	static const canonical_fn functions[] = {impi_canonical, impu_canonical, network_canonical};
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 100000; round++) {
		char in[64] = "sip:";
		char out[OUT_SIZE];
		char again[OUT_SIZE];
		size_t len = 4;
		const canonical_fn canonical = functions[round % 3];

		while (len < sizeof(in)) {
			seed = seed * 1664525 + 1013904223;
			if (seed >> 27 == 0) {
				break;
			}
			in[len++] = alphabet[(seed >> 8) % (sizeof(alphabet) - 1)];
		}
		if (canonical(in, len, out, NULL) == HSS_OK) {
			assert_int_equal(canonical(out, strlen(out), again, NULL), HSS_OK);
			assert_string_equal(again, out);
		}
		(void)!scscf_name_check(in, len, NULL);
	}
}

static void a_host_name_has_two_labels_or_more(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
		{"a.b", true},
		{"hss-1.ims.mnc001.mcc001.3gppnetwork.org", true},
		{"1.2.3.4.5.6.7.8.9.10", true},
		{"1.2.3.4.5.6.7.8.9.10.11", false},
		{"", false},
		{"a", false},
		{"a.", false},
		{".a", false},
		{"a..b", false},
		{"-a.b", false},
		{"a-.b", false},
		{"a.b-", false},
		{"a_b.c", false},
		{"a.b c", false},
		{"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc.d", true},
		{"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd.d", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (is_host_name(rows[i].name, strlen(rows[i].name)) != rows[i].valid) {
			fail_msg("%s", rows[i].name);
		}
	}
	assert_true(is_host_name("a.b-", 3)); /* as far as it is said to go */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(impi_has_its_realm_in_lower_case),
		cmocka_unit_test(sip_impu_has_one_form),
		cmocka_unit_test(tel_impu_has_one_form),
		cmocka_unit_test(wildcarded_part_is_kept),
		cmocka_unit_test(lengths_are_bounded),
		cmocka_unit_test(network_name_loses_blanks_and_quotes),
		cmocka_unit_test(scscf_name_is_checked),
		cmocka_unit_test(scscf_names_compare_as_uris),
		cmocka_unit_test(random_octets_are_survived),
		cmocka_unit_test(a_host_name_has_two_labels_or_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
