/*
 * Wildcarded identities: an expression, then a line for each text that it is to match or not. The
 * bounds hold, and the C library's regexec is of the same opinion where it may be asked: of ASCII,
 * where POSIX leaves nothing open, and small, for regcomp takes memory and time without a bound.
 */
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "hss/identity.h"

enum { COMPARED_MAX = 48, ROOM = 8192 };

#define PREFIX "sip:a"
#define SUFFIX "b@c"

static bool is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((*text & 0x80) != 0) {
			return false;
		}
	}
	return true;
}

/* regcomp writes repetitions out as well: one counted repetition at most, not of another. */
static bool is_small(const char *expression)
{
	const char *brace = strchr(expression, '{');

	return strlen(expression) <= COMPARED_MAX &&
	       (brace == NULL || strchr(brace + 1, '{') == NULL);
}

/* Its own operators behind a backslash: \< \> \` \' of those that we allow. */
static bool is_posix(const char *expression)
{
	for (const char *c = expression; *c != '\0'; c++) {
		if (*c == '\\' && c[1] != '\0' && strchr("<>`'", c[1]) != NULL) {
			return false;
		}
	}
	return is_ascii(expression);
}

/* NULL when regcomp is not to be asked, or does not know the expression. */
static regex_t *reference_make(const char *expression)
{
	static regex_t reference;
	char text[COMPARED_MAX + sizeof("^()$")];

	if (!is_posix(expression) || !is_small(expression)) {
		return NULL;
	}
	(void)snprintf(text, sizeof(text), "^(%s)$", expression);
	return regcomp(&reference, text, REG_EXTENDED) == 0 ? &reference : NULL;
}

static bool reference_matches(const regex_t *reference, const char *subject)
{
	regmatch_t whole;

	return regexec(reference, subject, 1, &whole, 0) == 0 && whole.rm_so == 0 &&
	       whole.rm_eo == (regoff_t)strlen(subject);
}

static void check_subject(struct wildcard *wildcard, const regex_t *reference, const char *subject)
{
	char impu[ROOM];
	const size_t room = strlen(subject) + 1;
	bool matches = false;

	if (room > ROOM - sizeof(PREFIX SUFFIX)) {
		return;
	}
	(void)snprintf(impu, sizeof(impu), "%s%s%s", PREFIX, subject, SUFFIX);
	matches = wildcard_matches(wildcard, impu);
	FUZZ_CHECK(wildcard_steps(wildcard) <= room * WILDCARD_STATES_MAX);
	FUZZ_CHECK(wildcard_matches(wildcard, impu) == matches);
	if (reference != NULL && is_ascii(subject) && strlen(subject) <= COMPARED_MAX) {
		FUZZ_CHECK(reference_matches(reference, subject) == matches);
	}
	impu[0] = 'S'; /* outside of the marks every octet counts */
	FUZZ_CHECK(!wildcard_matches(wildcard, impu));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	char *expression = fuzz_line(&in);
	char name[ROOM];
	struct wildcard *wildcard = NULL;
	const char *why = NULL;
	enum hss_err err = HSS_OK;

	(void)snprintf(name, sizeof(name), "%s!%s!%s", PREFIX, expression, SUFFIX);
	err = wildcard_make(name, &wildcard, &why);
	if (err == HSS_OK) {
		regex_t *reference = reference_make(expression);

		FUZZ_CHECK(strlen(name) <= IMPU_LEN_MAX);
		while (in.left > 0) {
			char *subject = fuzz_line(&in);

			check_subject(wildcard, reference, subject);
			free(subject);
		}
		if (reference != NULL) {
			regfree(reference);
		}
	} else {
		FUZZ_CHECK(err == HSS_ERR_INVALID && why != NULL && why[0] != '\0');
		FUZZ_CHECK(wildcard == NULL);
	}
	wildcard_free(wildcard);
	err = wildcard_make(expression, &wildcard, NULL); /* its own marks, or none */
	FUZZ_CHECK((err == HSS_OK) == (wildcard != NULL));
	wildcard_free(wildcard);
	free(expression);
	return 0;
}
