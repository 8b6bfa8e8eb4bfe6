#include "hss/slf_conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WORDS_MAX = 3 + SLF_HOSTS_MAX, /* one more than any line has */
	CACHE_TIME_MAX = 604800        /* seconds: a week */
};

/* A line while it is read: its words, the keyword first. */
struct line {
	struct slf *slf;
	unsigned number;
	const char *word[WORDS_MAX];
	size_t n_words;
	enum slf_kind kind; /* of a rule */
	char why[SLF_WHY_LEN];
};

static enum hss_err complain(struct line *line, const char *what)
{
	(void)snprintf(line->why, sizeof(line->why), "%s", what);
	return HSS_ERR_INVALID;
}

static enum hss_err read_hss(struct line *line)
{
	return slf_hss_add(line->slf, line->word[1], line->word + 2, line->n_words - 2, line->why);
}

static bool seconds_parse(const char *text, uint32_t *seconds)
{
	*seconds = 0;
	for (; *text >= '0' && *text <= '9' && *seconds <= CACHE_TIME_MAX; text++) {
		*seconds = *seconds * 10 + (uint32_t)(*text - '0');
	}
	return *text == '\0' && *seconds >= 1 && *seconds <= CACHE_TIME_MAX;
}

static enum hss_err read_usage(struct line *line)
{
	uint32_t seconds = 0;

	if (strcmp(line->word[1], "dont_cache") == 0 && line->n_words == 2) {
		slf_usage_set(line->slf, CX_REDIRECT_DONT_CACHE, 0);
		return HSS_OK;
	}
	if (strcmp(line->word[1], "all_user") == 0 && line->n_words == 3 &&
	    seconds_parse(line->word[2], &seconds)) {
		slf_usage_set(line->slf, CX_REDIRECT_ALL_USER, seconds);
		return HSS_OK;
	}
	return complain(line, "usage is \"dont_cache\", or \"all_user\" and 1 to 604800 seconds");
}

static enum hss_err read_rule(struct line *line)
{
	return slf_rule_add(line->slf, line->number, line->kind, line->word[1], line->word + 2,
	                    line->n_words - 2, line->why);
}

static enum hss_err read_default(struct line *line)
{
	return slf_rule_add(line->slf, line->number, SLF_DEFAULT, NULL, line->word + 1,
	                    line->n_words - 1, line->why);
}

static const struct {
	const char *name;
	enum hss_err (*read)(struct line *line);
	size_t n_min; /* words, the name included */
	enum slf_kind kind;
	const char *synopsis;
} keywords[] = {
	{"hss", read_hss, 3, SLF_DEFAULT, "hss NAME HOST[:PORT][;transport=tcp|sctp]..."},
	{"usage", read_usage, 2, SLF_DEFAULT, "usage dont_cache, usage all_user SECONDS"},
	{"identity", read_rule, 3, SLF_IDENTITY, "identity IMPU|IMPI NAME..."},
	{"number", read_rule, 3, SLF_NUMBER, "number FIRST-LAST|PREFIX* NAME..."},
	{"realm", read_rule, 3, SLF_REALM, "realm DOMAIN|*.DOMAIN NAME..."},
	{"expression", read_rule, 3, SLF_EXPRESSION, "expression REGEX NAME..."},
	{"default", read_default, 2, SLF_DEFAULT, "default NAME..."},
};

static enum hss_err words_read(struct line *line)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strcmp(line->word[0], keywords[i].name) != 0) {
			continue;
		}
		if (line->n_words < keywords[i].n_min || line->n_words == WORDS_MAX) {
			(void)snprintf(
				line->why, sizeof(line->why), "the line has too %s words: %s",
				line->n_words == WORDS_MAX ? "many" : "few", keywords[i].synopsis);
			return HSS_ERR_INVALID;
		}
		line->kind = keywords[i].kind;
		return keywords[i].read(line);
	}
	(void)snprintf(line->why, sizeof(line->why),
	               "'%.100s' is none of hss, usage, identity, number, realm, expression, "
	               "default",
	               line->word[0]);
	return HSS_ERR_INVALID;
}

/* Split at blanks; what is beyond WORDS_MAX words is not looked at. */
static enum hss_err line_read(struct line *line, char *text, size_t len)
{
	char *rest = NULL;
	char *word = NULL;

	if (strlen(text) != len) {
		return complain(line, "the line holds a NUL");
	}
	line->n_words = 0;
	for (word = strtok_r(text, " \t\r\n", &rest); word != NULL && line->n_words < WORDS_MAX;
	     word = strtok_r(NULL, " \t\r\n", &rest)) {
		line->word[line->n_words++] = word;
	}
	if (line->n_words == 0 || line->word[0][0] == '#') {
		return HSS_OK;
	}
	return words_read(line);
}

static enum hss_err lines_read(struct line *line, FILE *file)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len = 0;
	enum hss_err err = HSS_OK;

	while (err == HSS_OK && (len = getline(&text, &size, file)) >= 0) {
		line->number++;
		err = line_read(line, text, (size_t)len);
	}
	if (err == HSS_OK && ferror(file)) {
		(void)snprintf(line->why, sizeof(line->why), "%s", strerror(errno));
		err = HSS_ERR_IO;
	}
	free(text);
	return err;
}

enum hss_err slf_load(const char *path, struct slf **out, char why[static CONF_WHY_LEN])
{
	struct line line = {.slf = slf_open()};
	enum hss_err err = HSS_OK;
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		(void)snprintf(why, CONF_WHY_LEN, "%s: %s", path, strerror(errno));
		slf_close(line.slf);
		return HSS_ERR_IO;
	}
	if (line.slf == NULL) {
		(void)snprintf(line.why, sizeof(line.why), "out of memory");
		err = HSS_ERR_MEMORY;
		goto out;
	}
	err = lines_read(&line, file);
	if (err == HSS_OK) {
		err = slf_seal(line.slf, &line.number, line.why);
	}
	if (err == HSS_OK) {
		*out = line.slf;
		line.slf = NULL;
	}
out:
	if (err != HSS_OK && line.number > 0) {
		(void)snprintf(why, CONF_WHY_LEN, "%s:%u: %s", path, line.number, line.why);
	} else if (err != HSS_OK) {
		(void)snprintf(why, CONF_WHY_LEN, "%s: %s", path, line.why);
	}
	slf_close(line.slf);
	(void)fclose(file);
	return err == HSS_OK || err == HSS_ERR_IO || err == HSS_ERR_MEMORY ? err : HSS_ERR_INVALID;
}
