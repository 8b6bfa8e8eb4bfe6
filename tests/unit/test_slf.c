/* The map of an SLF: every kind of rule, the order of the rules, the answer to a request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hss/slf.h"

static char why[SLF_WHY_LEN];

/* A map with the HSSs a, b and c, each of one address of that name. */
static struct slf *map_open(void)
{
	static const char *const uris[] = {"a.example.org", "b.example.org", "c.example.org"};
	static const char *const names[] = {"a", "b", "c"};
	struct slf *slf = slf_open();

	assert_non_null(slf);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(slf_hss_add(slf, names[i], &uris[i], 1, why), HSS_OK);
	}
	return slf;
}

static enum hss_err add(struct slf *slf, enum slf_kind kind, const char *pattern, const char *hss)
{
	return slf_rule_add(slf, (unsigned)slf_n_rules(slf) + 1, kind, pattern, &hss, 1, why);
}

static void seal(struct slf *slf)
{
	unsigned line = 0;

	assert_int_equal(slf_seal(slf, &line, why), HSS_OK);
}

/* "a", "b" or "c": the first letter of the first address; "-" when no rule matches. */
static char hss_of(const struct slf *slf, const char *identity)
{
	const struct slf_rule *rule = slf_lookup(slf, identity);

	if (rule == NULL) {
		return '-';
	}
	return rule->host[0][strlen("aaa://")];
}

static void an_address_becomes_a_full_uri(void **state)
{
	static const struct {
		const char *text;
		const char *uri; /* NULL: refused */
	} rows[] = {
		{"hss.example.org", "aaa://hss.example.org:3868;transport=tcp"},
		{"hss.example.org:3870", "aaa://hss.example.org:3870;transport=tcp"},
		{"hss.example.org;transport=sctp", "aaa://hss.example.org:3868;transport=sctp"},
		{"aaa://hss.example.org:1;transport=tcp", "aaa://hss.example.org:1;transport=tcp"},
		{"aaas://hss.example.org", "aaas://hss.example.org:5658;transport=tcp"},
		{"aaas://hss.example.org:65535", "aaas://hss.example.org:65535;transport=tcp"},
		{"hss", NULL},
		{"", NULL},
		{"aaa://", NULL},
		{"http://hss.example.org", NULL},
		{"-x.example.org", NULL},
		{"hss..example.org", NULL},
		{"hss.example.org:", NULL},
		{"hss.example.org:0", NULL},
		{"hss.example.org:65536", NULL},
		{"hss.example.org:99999999999999999999", NULL},
		{"hss.example.org:38x", NULL},
		{"hss.example.org;transport=udp", NULL},
		{"hss.example.org;transport=tcp;protocol=radius", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slf *slf = slf_open();
		const enum hss_err err = slf_hss_add(slf, "x", &rows[i].text, 1, why);

		if (err != (rows[i].uri != NULL ? HSS_OK : HSS_ERR_INVALID)) {
			fail_msg("%s: %d", rows[i].text, err);
		}
		if (err == HSS_OK) {
			assert_int_equal(add(slf, SLF_DEFAULT, NULL, "x"), HSS_OK);
			seal(slf);
			assert_string_equal(slf_lookup(slf, "a@b")->host[0], rows[i].uri);
		}
		slf_close(slf);
	}
}

struct match {
	const char *pattern;
	const char *identity;
	bool matches;
};

static void assert_matches(enum slf_kind kind, const struct match rows[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct slf *slf = map_open();

		assert_int_equal(add(slf, kind, rows[i].pattern, "a"), HSS_OK);
		seal(slf);
		if ((slf_lookup(slf, rows[i].identity) != NULL) != rows[i].matches) {
			fail_msg("%s %s and %s", slf_kind_name(kind), rows[i].pattern,
			         rows[i].identity);
		}
		slf_close(slf);
	}
}

static void an_identity_matches_itself_however_it_is_written(void **state)
{
	static const struct match rows[] = {
		{"sip:alice@example.org", "sip:alice@example.org", true},
		{"SIP:alice@EXAMPLE.org:5060;transport=udp", "sip:alice@example.org", true},
		{"tel:+49-30-123", "tel:+4930123", true},
		{"alice@Example.org", "alice@example.org", true},
		{"sip:alice@example.org", "alice@example.org", false},
		{"sip:alice@example.org", "sip:alice@example.org.", false},
		{"sip:alice@example.org", "sip:alic@example.org", false},
		{"tel:+4930123", "tel:+49301234", false},
		{"sip:service.example.org", "sip:service.example.org", true},
	};

	(void)state;
	assert_matches(SLF_IDENTITY, rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_number_matches_within_its_range_and_its_length(void **state)
{
	static const struct match rows[] = {
		{"+4930000-+4939999", "tel:+4930000", true},
		{"+4930000-+4939999", "tel:+4939999", true},
		{"tel:+4930000-tel:+4939999", "tel:+4935000", true},
		{"+4930000-+4939999", "tel:+4929999", false},
		{"+4930000-+4939999", "tel:+4940000", false},
		{"+4930000-+4939999", "tel:+49300001", false},
		{"+4930000-+4939999", "tel:+493000", false},
		{"+4930000-+4939999", "sip:+4930000@example.org", true},
		{"+4930000-+4939999", "+4930000@example.org", true},
		{"+4930000-+4939999", "sip:4930000@example.org", false},
		{"+4930000-+4939999", "sip:+4930000x@example.org", false},
		{"+4930000-+4939999", "sip:example.org", false},
		{"+4930*", "tel:+4930", true},
		{"+4930*", "tel:+493012345678", true},
		{"+4930*", "tel:+4931", false},
		{"+4930*", "tel:+493", false},
		{"+4930*", "tel:+49300000000000000000", false}, /* too long for any number */
		{"+4930123", "tel:+4930123", true},
		{"+4930123", "tel:+4930124", false},
		{"001010000000000-001010000099999", "001010000000051@example.org", true},
		{"001010000000000-001010000099999", "sip:001010000000051@example.org", true},
		{"001010000000000-001010000099999", "001010000100000@example.org", false},
		{"001010000000000-001010000099999", "01010000000051@example.org", false},
		{"001010000000000-001010000099999", "+001010000000051@example.org", false},
		{"001010000000000-001010000099999", "tel:+001010000000051", false},
		{"00101*", "001010000000051@example.org", true},
		{"00101*", "001020000000051@example.org", false},
		{"00101*", "101000000051@example.org", false},
		{"00101*", "0010100x0000051@example.org", false},
		{"999999999999999999-999999999999999999", "999999999999999999@a.b", true},
	};

	(void)state;
	assert_matches(SLF_NUMBER, rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_realm_matches_as_a_whole_or_below(void **state)
{
	static const struct match rows[] = {
		{"Example.org", "sip:alice@example.org", true},
		{"example.org", "alice@example.org", true},
		{"example.org", "sip:example.org", true},
		{"example.org", "sip:alice@ims.example.org", false},
		{"example.org", "sip:alice@notexample.org", false},
		{"example.org", "sip:alice@example.or", false},
		{"example.org", "tel:+4930123", false},
		{"*.example.org", "sip:alice@ims.example.org", true},
		{"*.example.org", "alice@a.b.example.org", true},
		{"*.example.org", "sip:ims.example.org", true},
		{"*.example.org", "sip:alice@example.org", false},
		{"*.example.org", "sip:alice@notexample.org", false},
		{"*.example.org", "sip:alice@.example.org", false},
	};

	(void)state;
	assert_matches(SLF_REALM, rows, sizeof(rows) / sizeof(rows[0]));
}

static void an_expression_matches_the_whole_identity(void **state)
{
	static const struct match rows[] = {
		{"sip:(alice|bob)@example\\.org", "sip:bob@example.org", true},
		{"sip:(alice|bob)@example\\.org", "sip:bob@example.org.evil.net", false},
		{"sip:(alice|bob)@example\\.org", "sip:xbob@example.org", false},
		{"sip:a|sip:b", "sip:a", true},
		{"sip:a|sip:b", "sip:ab", false},
		{"^sip:.*$", "sip:a", true},
		{"tel:\\+49(30|40)[0-9]{4,}", "tel:+49401234", true},
		{"tel:\\+49(30|40)[0-9]{4,}", "tel:+4940123", false},
		{"[^:]+@example.org", "alice@example.org", true},
		{"[^:]+@example.org", "sip:alice@example.org", false},
	};

	(void)state;
	assert_matches(SLF_EXPRESSION, rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_bad_pattern_is_refused_with_a_reason(void **state)
{
	static const struct {
		enum slf_kind kind;
		const char *pattern;
		const char *reason;
	} rows[] = {
		{SLF_IDENTITY, "alice", "'@'"},
		{SLF_IDENTITY, "sip:@example.org", "empty user part"},
		{SLF_IDENTITY, "tel:4930", "not a global telephone number"},
		{SLF_NUMBER, "", "FIRST-LAST"},
		{SLF_NUMBER, "+", "FIRST-LAST"},
		{SLF_NUMBER, "*", "FIRST-LAST"},
		{SLF_NUMBER, "+4930-", "FIRST-LAST"},
		{SLF_NUMBER, "+4930-+493", "FIRST-LAST"},
		{SLF_NUMBER, "+4930-4939", "FIRST-LAST"},
		{SLF_NUMBER, "+4939-+4930", "FIRST-LAST"},
		{SLF_NUMBER, "+4930*-+4939", "FIRST-LAST"},
		{SLF_NUMBER, "+4930-+4939*", "FIRST-LAST"},
		{SLF_NUMBER, "+49x", "FIRST-LAST"},
		{SLF_NUMBER, "sip:4930", "FIRST-LAST"},
		{SLF_NUMBER, "1234567890123456789", "FIRST-LAST"},
		{SLF_REALM, "org", "domain name"},
		{SLF_REALM, "*.org", "domain name"},
		{SLF_REALM, "*", "domain name"},
		{SLF_REALM, "*example.org", "domain name"},
		{SLF_REALM, "sip:example.org", "domain name"},
		{SLF_EXPRESSION, "(", "the expression: "},
		{SLF_EXPRESSION, "a)(b", "the expression: "},
		{SLF_EXPRESSION, "[a", "the expression: "},
		{SLF_EXPRESSION, "(^^^a*)*{2}", "the expression: it repeats a repetition"},
		{SLF_EXPRESSION, "(a{1,255}){1,255}", "the expression: it repeats too much"},
		{SLF_EXPRESSION, "(a)\\1", "back-references"},
		{SLF_EXPRESSION, "\\\\\\2", "back-references"},
	};
	char longest[SLF_EXPRESSION_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slf *slf = map_open();

		if (add(slf, rows[i].kind, rows[i].pattern, "a") != HSS_ERR_INVALID ||
		    strstr(why, rows[i].reason) == NULL) {
			fail_msg("%s %s: '%s' lacks '%s'", slf_kind_name(rows[i].kind),
			         rows[i].pattern, why, rows[i].reason);
		}
		assert_int_equal(slf_n_rules(slf), 0);
		slf_close(slf);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	struct slf *slf = map_open();

	assert_int_equal(add(slf, SLF_EXPRESSION, longest, "a"), HSS_ERR_INVALID);
	assert_int_equal(add(slf, SLF_EXPRESSION, longest + 1, "a"), HSS_OK);
	assert_int_equal(add(slf, SLF_EXPRESSION, "\\\\1", "a"), HSS_OK); /* an escaped backslash */
	slf_close(slf);
}

static void the_first_rule_that_matches_decides(void **state)
{
	static const struct {
		enum slf_kind kind;
		const char *pattern;
		const char *hss;
	} rules[] = {
		{SLF_NUMBER, "+49*", "a"},
		{SLF_IDENTITY, "tel:+4930", "b"}, /* below a range that has it */
		{SLF_IDENTITY, "sip:alice@example.org", "b"},
		{SLF_EXPRESSION, "sip:a.*", "c"},
		{SLF_REALM, "example.org", "a"},
		{SLF_IDENTITY, "sip:bob@example.org", "b"},
	};
	struct slf *slf = map_open();

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		assert_int_equal(add(slf, rules[i].kind, rules[i].pattern, rules[i].hss), HSS_OK);
	}
	seal(slf);
	assert_int_equal(hss_of(slf, "tel:+4930"), 'a');
	assert_int_equal(hss_of(slf, "sip:alice@example.org"), 'b');
	assert_int_equal(slf_lookup(slf, "sip:alice@example.org")->line, 3);
	assert_int_equal(hss_of(slf, "sip:alfred@example.org"), 'c');
	assert_int_equal(hss_of(slf, "sip:bob@example.org"), 'a');
	assert_int_equal(slf_lookup(slf, "sip:bob@example.org")->line, 5);
	assert_int_equal(hss_of(slf, "sip:bob@example.net"), '-');
	slf_close(slf);
}

/* More rules than the first room for them, and found among many. */
static void each_of_many_identities_has_its_rule(void **state)
{
	static const char *const names[] = {"a", "b", "c"};
	struct slf *slf = map_open();
	char identity[64];

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(identity, sizeof(identity), "user%u@example.org", i * 7919 % 3000);
		assert_int_equal(add(slf, SLF_IDENTITY, identity, names[i % 3]), HSS_OK);
	}
	assert_int_equal(add(slf, SLF_DEFAULT, NULL, "c"), HSS_OK);
	seal(slf);
	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(identity, sizeof(identity), "user%u@example.org", i * 7919 % 3000);
		assert_int_equal(hss_of(slf, identity), names[i % 3][0]);
	}
	assert_int_equal(hss_of(slf, "user3000@example.org"), 'c');
	slf_close(slf);
}

static void a_rule_that_can_never_match_is_refused(void **state)
{
	struct slf *slf = map_open();
	unsigned line = 0;

	(void)state;
	assert_int_equal(add(slf, SLF_IDENTITY, "sip:x@example.org", "a"), HSS_OK);
	assert_int_equal(add(slf, SLF_REALM, "example.org", "a"), HSS_OK);
	assert_int_equal(add(slf, SLF_IDENTITY, "sip:x@EXAMPLE.org", "b"), HSS_OK);
	assert_int_equal(slf_seal(slf, &line, why), HSS_ERR_EXISTS);
	assert_int_equal(line, 3);
	assert_non_null(strstr(why, "line 1"));
	slf_close(slf);
	slf = map_open();
	assert_int_equal(add(slf, SLF_DEFAULT, NULL, "a"), HSS_OK);
	assert_int_equal(add(slf, SLF_REALM, "example.org", "a"), HSS_ERR_INVALID);
	assert_non_null(strstr(why, "below the default one in line 1"));
	slf_close(slf);
	slf = map_open();
	assert_int_equal(slf_seal(slf, &line, why), HSS_ERR_INVALID);
	slf_close(slf);
}

static void the_names_of_hsss_are_checked(void **state)
{
	static const char *const nine[] = {"a.b", "c.d", "e.f", "g.h", "i.j",
	                                   "k.l", "m.n", "o.p", "q.r"};
	static const char *const both[] = {"eight", "one"};
	struct slf *slf = slf_open();

	(void)state;
	assert_int_equal(slf_hss_add(slf, "", nine, 1, why), HSS_ERR_INVALID);
	assert_int_equal(slf_hss_add(slf, "a b", nine, 1, why), HSS_ERR_INVALID);
	assert_int_equal(slf_hss_add(slf, "nine", nine, 9, why), HSS_ERR_INVALID);
	assert_int_equal(slf_hss_add(slf, "none", nine, 0, why), HSS_ERR_INVALID);
	assert_int_equal(slf_hss_add(slf, "eight", nine, 8, why), HSS_OK);
	assert_int_equal(slf_hss_add(slf, "eight", nine, 1, why), HSS_ERR_EXISTS);
	assert_int_equal(slf_hss_add(slf, "one", nine + 8, 1, why), HSS_OK);
	assert_int_equal(add(slf, SLF_DEFAULT, NULL, "two"), HSS_ERR_NOT_FOUND);
	assert_non_null(strstr(why, "hss two"));
	assert_int_equal(slf_rule_add(slf, 1, SLF_DEFAULT, NULL, both, 2, why), HSS_ERR_INVALID);
	assert_non_null(strstr(why, "9 addresses"));
	assert_int_equal(slf_rule_add(slf, 1, SLF_DEFAULT, NULL, both, 0, why), HSS_ERR_INVALID);
	slf_close(slf);
}

static void the_hosts_come_in_the_order_in_which_they_are_named(void **state)
{
	static const char *const two[] = {"one.example.org", "two.example.org"};
	static const char *const names[] = {"b", "pair", "a"};
	static const char hosts[] = {'b', 'o', 't', 'a'};
	struct slf *slf = map_open();
	const struct slf_rule *rule = NULL;

	(void)state;
	assert_int_equal(slf_hss_add(slf, "pair", two, 2, why), HSS_OK);
	assert_int_equal(slf_rule_add(slf, 1, SLF_DEFAULT, NULL, names, 3, why), HSS_OK);
	seal(slf);
	rule = slf_lookup(slf, "a@b");
	assert_int_equal(rule->n_host, sizeof(hosts));
	for (size_t i = 0; i < sizeof(hosts); i++) {
		assert_int_equal(rule->host[i][strlen("aaa://")], hosts[i]);
	}
	slf_close(slf);
}

/* ---- Requests ---- */

/* a has the IMPI of alice and her SIP URI, b the tel: URIs, c the IMPI of carol. */
static struct slf *map_of_requests(void)
{
	struct slf *slf = map_open();

	slf_usage_set(slf, CX_REDIRECT_ALL_USER, 60);
	assert_int_equal(add(slf, SLF_IDENTITY, "alice@example.org", "a"), HSS_OK);
	slf_usage_set(slf, CX_REDIRECT_ALL_USER, 300);
	assert_int_equal(add(slf, SLF_IDENTITY, "sip:alice@example.org", "a"), HSS_OK);
	assert_int_equal(add(slf, SLF_NUMBER, "+49*", "b"), HSS_OK);
	slf_usage_set(slf, CX_REDIRECT_DONT_CACHE, 0);
	assert_int_equal(add(slf, SLF_REALM, "example.net", "c"), HSS_OK);
	seal(slf);
	return slf;
}

static void a_request_is_redirected_or_the_user_unknown(void **state)
{
	static const struct {
		const char *impi;
		const char *impu[2];
		char hss;
		uint32_t usage;
		uint32_t time;
	} rows[] = {
		/* LIR: no IMPI, hence nothing by which a client could remember a user */
		{NULL, {"sip:alice@example.org"}, 'a', CX_REDIRECT_DONT_CACHE, 0},
		{"alice@example.org", {"sip:alice@example.org"}, 'a', CX_REDIRECT_ALL_USER, 300},
		/* the IMPU decides, and the IMPI of another HSS is not remembered with it */
		{"alice@example.org", {"tel:+4930"}, 'b', CX_REDIRECT_DONT_CACHE, 0},
		{"carol@example.net", {"sip:alice@example.org"}, 'a', CX_REDIRECT_DONT_CACHE, 0},
		/* nor is one that no rule has */
		{"dave@example.com", {"sip:alice@example.org"}, 'a', CX_REDIRECT_DONT_CACHE, 0},
		/* the rule that matched says what may be remembered */
		{"carol@example.net", {"sip:carol@example.net"}, 'c', CX_REDIRECT_DONT_CACHE, 0},
		/* no IMPU, or none that is mapped: the IMPI */
		{"alice@example.org", {NULL}, 'a', CX_REDIRECT_ALL_USER, 60},
		{"alice@example.org", {"sip:x@example.com"}, 'a', CX_REDIRECT_ALL_USER, 60},
		/* several IMPUs */
		{NULL, {"sip:x@example.com", "tel:+4930"}, 'b', CX_REDIRECT_DONT_CACHE, 0},
		{NULL, {"tel:+4930", "sip:alice@example.org"}, 'b', CX_REDIRECT_DONT_CACHE, 0},
		{NULL, {"sip:x@example.com"}, '-', 0, 0},
		{"x@example.com", {"sip:x@example.com"}, '-', 0, 0},
	};
	struct slf *slf = map_of_requests();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *impu[] = {rows[i].impu[0], rows[i].impu[1]};
		struct cx_request req = {.command = CX_CMD_SAR, .impi = rows[i].impi, .impu = impu};
		struct cx_answer ans = {.command = CX_CMD_SAR};
		char hss = '-';

		req.n_impu = impu[0] == NULL ? 0 : impu[1] == NULL ? 1 : 2;
		slf_decide(slf, &req, &ans);
		if (ans.n_redirect_host > 0) {
			hss = ans.redirect_host[0][strlen("aaa://")];
		}
		if (hss != rows[i].hss || ans.redirect_usage != rows[i].usage ||
		    ans.redirect_max_cache_time != rows[i].time) {
			fail_msg("row %zu: %c, usage %u, %u s", i, hss, ans.redirect_usage,
			         ans.redirect_max_cache_time);
		}
		assert_int_equal(ans.verdict.result,
		                 hss == '-' ? CX_ERROR_USER_UNKNOWN : CX_REDIRECT_INDICATION);
		assert_int_equal(ans.verdict.message[0] != '\0', hss == '-');
	}
	slf_close(slf);
}

/* ---- Memory runs out ---- */

static unsigned fail_at; /* the n-th call fails; 0: none does */
static unsigned n_calls;

static bool fails(void)
{
	return fail_at != 0 && ++n_calls == fail_at;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, n, size);
}

static enum hss_err map_try(void)
{
	static const char *const uri = "a.example.org";
	static const char *const names[] = {"a", "a"};
	struct slf *slf = slf_open();
	unsigned line = 0;
	enum hss_err err = HSS_ERR_MEMORY;

	if (slf != NULL) {
		err = slf_hss_add(slf, "a", &uri, 1, why);
	}
	if (err == HSS_OK) {
		err = slf_rule_add(slf, 1, SLF_IDENTITY, "a@b", names, 2, why);
	}
	if (err == HSS_OK) {
		err = slf_rule_add(slf, 2, SLF_EXPRESSION, "a.*", names, 1, why);
	}
	if (err == HSS_OK) {
		err = slf_rule_add(slf, 3, SLF_DEFAULT, NULL, names, 1, why);
	}
	if (err == HSS_OK) {
		err = slf_seal(slf, &line, why);
	}
	slf_close(slf);
	return err;
}

static void every_lack_of_memory_is_an_error_and_leaks_nothing(void **state)
{
	enum hss_err err = HSS_ERR_MEMORY;
	unsigned n_failures = 0;

	(void)state;
	for (unsigned at = 1; err != HSS_OK; at++) {
		n_calls = 0;
		fail_at = at;
		err = map_try();
		fail_at = 0;
		n_failures += n_calls >= at;
		assert_int_equal(err, n_calls >= at ? HSS_ERR_MEMORY : HSS_OK);
	}
	assert_true(n_failures >= 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_becomes_a_full_uri),
		cmocka_unit_test(an_identity_matches_itself_however_it_is_written),
		cmocka_unit_test(a_number_matches_within_its_range_and_its_length),
		cmocka_unit_test(a_realm_matches_as_a_whole_or_below),
		cmocka_unit_test(an_expression_matches_the_whole_identity),
		cmocka_unit_test(a_bad_pattern_is_refused_with_a_reason),
		cmocka_unit_test(the_first_rule_that_matches_decides),
		cmocka_unit_test(each_of_many_identities_has_its_rule),
		cmocka_unit_test(a_rule_that_can_never_match_is_refused),
		cmocka_unit_test(the_names_of_hsss_are_checked),
		cmocka_unit_test(the_hosts_come_in_the_order_in_which_they_are_named),
		cmocka_unit_test(a_request_is_redirected_or_the_user_unknown),
		cmocka_unit_test(every_lack_of_memory_is_an_error_and_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
