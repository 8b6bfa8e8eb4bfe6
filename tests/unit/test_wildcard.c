/* Wildcarded identities: what matches, what is refused, and that matching is bounded (TS 23.003
 * 13.5). The C library's regular expressions are the independent opinion. */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hss/identity.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct wildcard *make(const char *impu)
{
	struct wildcard *wildcard = NULL;
	const char *why = "";
	const enum hss_err err = wildcard_make(impu, &wildcard, &why);

	if (err != HSS_OK) {
		fail_msg("%s: the expression %s", impu, why);
	}
	assert_non_null(wildcard);
	return wildcard;
}

static void the_whole_identity_has_to_match(void **state)
{
	static const struct {
		const char *wildcarded;
		const char *impu;
		bool matches;
	} rows[] = {
		/* The examples of TS 23.003 13.5. */
		{"sip:chatlist!.*!@example.com", "sip:chatlist@example.com", true},
		{"sip:chatlist!.*!@example.com", "sip:chatlist1@example.com", true},
		{"sip:chatlist!.*!@example.com", "sip:chatlist42@example.com", true},
		{"sip:chatlist!.*!@example.com", "sip:chatlist42@example.org", false},
		{"sip:chatlist!.*!@example.com", "sip:chatlis@example.com", false},
		{"sip:chatlist!.*!@example.com", "sip:xchatlist1@example.com", false},
		{"tel:+4930123!([0-9]{2,4})!", "tel:+493012312", true},
		{"tel:+4930123!([0-9]{2,4})!", "tel:+49301231234", true},
		{"tel:+4930123!([0-9]{2,4})!", "tel:+49301231", false},
		{"tel:+4930123!([0-9]{2,4})!", "tel:+493012312345", false},
		/* Prefix and suffix do not share octets. */
		{"sip:aa!.*!aa@x", "sip:aaa@x", false},
		{"sip:aa!.*!aa@x", "sip:aaaa@x", true},
		/* The outside pair of exclamation marks. */
		{"sip:a!b!c!d@x", "sip:ab!cd@x", true},
		{"sip:a!b!c!d@x", "sip:abcd@x", false},
		/* All there is in an expression. */
		{"sip:!a|bc|d!@x", "sip:bc@x", true},
		{"sip:!a|bc|d!@x", "sip:ac@x", false},
		{"sip:!(a|b)+c?!@x", "sip:abba@x", true},
		{"sip:!(a|b)+c?!@x", "sip:abbac@x", true},
		{"sip:!(a|b)+c?!@x", "sip:c@x", false},
		{"sip:!a{3}!@x", "sip:aaa@x", true},
		{"sip:!a{3}!@x", "sip:aaaa@x", false},
		{"sip:!a{2,}!@x", "sip:aaaaaa@x", true},
		{"sip:!a{2,}!@x", "sip:a@x", false},
		{"sip:!a{0,2}b!@x", "sip:b@x", true},
		{"sip:!a{0,2}b!@x", "sip:aaab@x", false},
		{"sip:![a-cx-]+!@x", "sip:b-x@x", true},
		{"sip:![a-cx-]+!@x", "sip:d@x", false},
		{"sip:![^0-9]!@x", "sip:a@x", true},
		{"sip:![^0-9]!@x", "sip:5@x", false},
		{"sip:![]a]!@x", "sip:]@x", true},
		{"sip:![^]a]!@x", "sip:a@x", false},
		{"sip:![[:digit:][:upper:]_]*!@x", "sip:4A_2@x", true},
		{"sip:![[:digit:][:upper:]_]*!@x", "sip:4a@x", false},
		{"sip:![[:punct:]]!@x", "sip:.@x", true},
		{"sip:!a\\.b\\*!@x", "sip:a.b*@x", true},
		{"sip:!a\\.b!@x", "sip:acb@x", false},
		{"sip:!^a$!@x", "sip:a@x", true},
		{"sip:!a^b!@x", "sip:ab@x", false},
		{"sip:!a$b!@x", "sip:ab@x", false},
		{"sip:!(^|x)a($|y)!@x", "sip:xay@x", true},
		{"sip:!(a*)*!@x", "sip:aaaa@x", true},
		{"sip:!(a*)*!@x", "sip:@x", true},
		{"sip:!(a?){0,3}b!@x", "sip:aab@x", true},
		{"sip:!A!@x", "sip:a@x", false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct wildcard *wildcard = make(rows[i].wildcarded);

		if (wildcard_matches(wildcard, rows[i].impu) != rows[i].matches) {
			fail_msg("%s, %s", rows[i].wildcarded, rows[i].impu);
		}
		wildcard_free(wildcard);
	}
	assert_false(wildcard_literals_agree("sip:plain@x", "sip:plain@x"));
	assert_false(wildcard_literals_agree("sip:one!mark@x", "sip:one!mark@x"));
}

static void a_faulty_expression_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *expression;
		const char *why;
	} rows[] = {
		{"", "empty"},
		{"a|", "alternative"},
		{"|a", "alternative"},
		{"a()b", "group"},
		{"(a", "'(' without ')'"},
		{"a)", "')' without '('"},
		{"[a", "'[' without ']'"},
		{"[]", "'[' without ']'"},
		{"[z-a]", "range"},
		{"[[:nosuch:]]", "character class"},
		{"[[.a.]]", "collating"},
		{"[[=a=]]", "collating"},
		{"[a-[.z.]]", "collating"},
		{"*a", "repeats nothing"},
		{"(+a)", "repeats nothing"},
		{"a|{2}", "repeats nothing"},
		{"^*", "repeats nothing"},
		{"a**", "repeats a repetition"},
		{"a{2}{3}", "repeats a repetition"},
		{"a{", "count"},
		{"a{,3}", "count"},
		{"a{x}", "count"},
		{"a{256}", "count"},
		{"a{99999999999999999999}", "count"},
		{"a{3,2}", "before it begins"},
		{"a{0}", "no times"},
		{"a{0,0}", "no times"},
		{"a{2,0}", "ends before it begins"},
		{"a{2", "'{' without '}'"},
		{"a{2,3", "'{' without '}'"},
		{"(a)\\1", "back-reference"},
		{"a\\", "backslash"},
		{"\\d+", "backslash"},
		{"(x{1,255}){1,255}", "repeats too much"},
		{"((((x{1,255}){1,255}){1,255}){1,255}){1,255}", "repeats too much"},
		{"(((((((((x*)*)*)*)*)*){9}){9}){9}){9}", "repeats too much"},
	};
	char impu[IMPU_LEN_MAX + 64];
	struct wildcard *wildcard = NULL;
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		(void)snprintf(impu, sizeof(impu), "sip:a!%s!@x", rows[i].expression);
		why = "";
		assert_int_equal(wildcard_make(impu, &wildcard, &why), HSS_ERR_INVALID);
		assert_null(wildcard);
		if (strstr(why, rows[i].why) == NULL) {
			fail_msg("%s: %s", rows[i].expression, why);
		}
	}
	assert_int_equal(wildcard_make("sip:a@x", &wildcard, &why), HSS_ERR_INVALID);
	assert_int_equal(wildcard_make("sip:a!b@x", &wildcard, NULL), HSS_ERR_INVALID);
	memset(impu, 'a', sizeof(impu));
	impu[0] = impu[IMPU_LEN_MAX] = '!';
	impu[IMPU_LEN_MAX + 1] = '\0';
	assert_int_equal(wildcard_make(impu, &wildcard, &why), HSS_ERR_INVALID);
	assert_string_equal(why, "is too long");
	wildcard_free(NULL);
}

static void nesting_is_bounded(void **state)
{
	char impu[IMPU_LEN_MAX + 1];
	struct wildcard *wildcard = NULL;
	const char *why = NULL;

	(void)state;
	for (int depth = 30; depth <= 35; depth++) {
		int n = snprintf(impu, sizeof(impu), "sip:!");

		memset(impu + n, '(', (size_t)depth);
		n += depth;
		impu[n++] = 'a';
		memset(impu + n, ')', (size_t)depth);
		n += depth;
		(void)snprintf(impu + n, sizeof(impu) - (size_t)n, "!@x");
		if (depth <= 32) {
			wildcard_free(make(impu));
		} else {
			assert_int_equal(wildcard_make(impu, &wildcard, &why), HSS_ERR_INVALID);
			assert_string_equal(why, "nests too deeply");
		}
	}
	/* As long as an identity may be, all of it opening. */
	memset(impu, '(', sizeof(impu));
	impu[0] = '!';
	impu[IMPU_LEN_MAX - 1] = '!';
	impu[IMPU_LEN_MAX] = '\0';
	assert_int_equal(wildcard_make(impu, &wildcard, &why), HSS_ERR_INVALID);
}

/* What makes engines that backtrack, or that write states out, take for ever. */
static void work_is_bounded_by_states_and_octets(void **state)
{
	static const char *const nasty[] = {
		"(a*)*b",
		"((a*)*)*b",
		"(((a*)*)*)*b",
		"(a|a)*b",
		"(a|aa)+b",
		"(a+)+b",
		"(.*)*(.*)*(.*)*b",
		".*.*.*.*.*.*.*.*.*.*b",
		"(a?){255}a{255}",
		"(a|b)*a(a|b){200}",
		"(a{0,15}){0,15}b",
		"((a{1,7}){1,7}){1,7}b",
		"([a-z]|[a-y]|[a-x]|a|.)*b",
		"(a*a*a*a*a*a*)*b",
		"((((((((((a?)?)?)?)?)?)?)?)?)?)*b",
		"(((((((((a*)*)*)*)*)*)*)*)*)*b",
		"(^a|a$|^|$)*b",
	};
	char input[IMPU_LEN_MAX + 1] = "sip:";
	size_t most = 0;

	(void)state;
	memset(input + 4, 'a', sizeof(input) - 4 - 3);
	memcpy(input + sizeof(input) - 3, "@x", 3);
	for (size_t i = 0; i < N_OF(nasty); i++) {
		const size_t len = sizeof(input) - 1 - 6;
		struct wildcard *wildcard = NULL;
		char impu[IMPU_LEN_MAX + 1];

		(void)snprintf(impu, sizeof(impu), "sip:!%s!@x", nasty[i]);
		wildcard = make(impu);
		(void)wildcard_matches(wildcard, input);
		assert_true(wildcard_steps(wildcard) <= WILDCARD_STATES_MAX * (len + 1));
		most = wildcard_steps(wildcard) > most ? wildcard_steps(wildcard) : most;
		wildcard_free(wildcard);
	}
	assert_true(most > 10000); /* they were no easy ones */
	/* What the literal parts rule out runs no expression. */
	struct wildcard *wildcard = make("sip:b!(a*)*!@x");

	assert_false(wildcard_matches(wildcard, input));
	assert_int_equal(wildcard_steps(wildcard), 0);
	wildcard_free(wildcard);
}

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 16;
}

/* A well-formed expression over few letters. */
static void random_expression(uint32_t *seed, unsigned depth, char *out, size_t size)
{
	static const char *const atoms[] = {"a", "b", ".", "[ab]", "[^a]", "[a-c]", "c", "\\."};
	static const char *const ends[] = {"", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}"};
	const unsigned n = 1 + random_next(seed) % 3;

	out[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		const size_t len = strlen(out);
		char part[512];

		if (depth > 0 && random_next(seed) % 3 == 0) {
			char inner[400];

			random_expression(seed, depth - 1, inner, 100);
			(void)snprintf(part, sizeof(part), "(%s)%s", inner,
			               ends[random_next(seed) % N_OF(ends)]);
		} else {
			(void)snprintf(part, sizeof(part), "%s%s",
			               atoms[random_next(seed) % N_OF(atoms)],
			               ends[random_next(seed) % N_OF(ends)]);
		}
		if (i > 0 && random_next(seed) % 4 == 0) {
			memmove(part + 1, part, strlen(part) + 1);
			part[0] = '|';
		}
		if (len + strlen(part) + 1 < size) {
			memcpy(out + len, part, strlen(part) + 1);
		}
	}
	if (out[0] == '\0') {
		(void)snprintf(out, size, "a");
	}
}

static void the_c_library_is_of_the_same_opinion(void **state)
{
	uint32_t seed = 1;
	unsigned matched = 0;

	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		char expression[256];
		char impu[300];
		char posix[300];
		struct wildcard *wildcard = NULL;
		regex_t regex;

		random_expression(&seed, 3, expression, sizeof(expression));
		(void)snprintf(impu, sizeof(impu), "!%s!", expression);
		(void)snprintf(posix, sizeof(posix), "^(%s)$", expression);
		wildcard = make(impu);
		assert_int_equal(regcomp(&regex, posix, REG_EXTENDED | REG_NOSUB), 0);
		for (unsigned k = 0; k < 20; k++) {
			char input[9] = "";
			bool matches = false;

			for (unsigned c = random_next(&seed) % sizeof(input), i = 0; i < c; i++) {
				input[i] = "aaabbc."[random_next(&seed) % 7];
			}
			matches = wildcard_matches(wildcard, input);
			matched += matches;
			if (matches != (regexec(&regex, input, 0, NULL, 0) == 0)) {
				fail_msg("%s, %s: %d", expression, input, matches);
			}
		}
		regfree(&regex);
		wildcard_free(wildcard);
	}
	assert_true(matched > 3000);
}

static void random_octets_are_survived(void **state)
{
	static const char octets[] = "()[]{}|*+?.^$\\-,:=0123ab";
	uint32_t seed = 7;
	unsigned good = 0;

	(void)state;
	for (unsigned round = 0; round < 100000; round++) {
		char impu[40] = "!";
		const size_t n = random_next(&seed) % 30;
		struct wildcard *wildcard = NULL;

		for (size_t i = 0; i < n; i++) {
			impu[1 + i] = octets[random_next(&seed) % (sizeof(octets) - 1)];
		}
		impu[1 + n] = '!';
		if (wildcard_make(impu, &wildcard, NULL) == HSS_OK) {
			good++;
			(void)wildcard_matches(wildcard, "ab01..ab-");
		}
		wildcard_free(wildcard);
	}
	assert_true(good > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_identity_has_to_match),
		cmocka_unit_test(a_faulty_expression_is_refused_with_the_reason),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(work_is_bounded_by_states_and_octets),
		cmocka_unit_test(the_c_library_is_of_the_same_opinion),
		cmocka_unit_test(random_octets_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
