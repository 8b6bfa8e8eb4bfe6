#include "hss/slf.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hss/arena.h"
#include "hss/identity.h"

enum { PORT_AAA = 3868, PORT_AAAS = 5658, PORT_MAX = 65535 };

/* Numbers of one length, or all that begin with these digits. */
struct number_range {
	bool global; /* with '+' */
	bool prefix;
	size_t digits;
	uint64_t first;
	uint64_t last;
};

struct rule {
	struct slf_rule shown;
	struct number_range range; /* SLF_NUMBER */
	regex_t *expression;       /* SLF_EXPRESSION */
};

struct group {
	const char *name;
	const char *const *host;
	size_t n_host;
};

struct slf {
	struct arena arena; /* every text, and the arrays of hosts */
	struct group *group;
	size_t n_group;
	uint32_t usage;
	uint32_t max_cache_time;
	struct rule *rule; /* in the order of the file */
	size_t n_rule;
	size_t rule_room;
	/* Made by slf_seal: the rules of kind SLF_IDENTITY by their identity, and the others in
	 * their order. So a map of many single identities takes no longer than their logarithm. */
	const struct rule **exact;
	size_t n_exact;
	const struct rule **other;
	size_t n_other;
};

static const char *const kind_names[] = {
	[SLF_IDENTITY] = "identity",     [SLF_NUMBER] = "number",   [SLF_REALM] = "realm",
	[SLF_EXPRESSION] = "expression", [SLF_DEFAULT] = "default",
};

const char *slf_kind_name(enum slf_kind kind)
{
	return kind_names[kind];
}

static enum hss_err refuse(char why[static SLF_WHY_LEN], enum hss_err err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum hss_err refuse(char why[static SLF_WHY_LEN], enum hss_err err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, SLF_WHY_LEN, format, args);
	va_end(args);
	return err;
}

static enum hss_err no_memory(char why[static SLF_WHY_LEN])
{
	return refuse(why, HSS_ERR_MEMORY, "out of memory");
}

struct slf *slf_open(void)
{
	return calloc(1, sizeof(struct slf));
}

void slf_close(struct slf *slf)
{
	if (slf == NULL) {
		return;
	}
	for (size_t i = 0; i < slf->n_rule; i++) {
		if (slf->rule[i].expression != NULL) {
			regfree(slf->rule[i].expression);
			free(slf->rule[i].expression);
		}
	}
	free(slf->exact);
	free(slf->other);
	free(slf->rule);
	free(slf->group);
	arena_free(&slf->arena);
	free(slf);
}

size_t slf_n_rules(const struct slf *slf)
{
	return slf->n_rule;
}

/* ---- HSSs ---- */

/* The parts of a DiameterURI, as texts into the one given. */
struct uri {
	bool secure;
	const char *host;
	size_t host_len;
	unsigned long port;
	const char *transport;
};

static bool skip(const char **text, const char *word)
{
	const size_t len = strlen(word);
	const bool there = strncmp(*text, word, len) == 0;

	if (there) {
		*text += len;
	}
	return there;
}

/* A port and no more of the text than its digits. 0: there is none. */
static unsigned long port_parse(const char **text)
{
	unsigned long port = 0;

	while (**text >= '0' && **text <= '9' && port <= PORT_MAX) {
		port = port * 10 + (unsigned long)(**text - '0');
		(*text)++;
	}
	return port <= PORT_MAX ? port : 0;
}

/* Static text that completes "the HSS ...", or NULL. */
static const char *uri_parse(const char *text, struct uri *uri)
{
	uri->secure = skip(&text, "aaas://");
	if (!uri->secure) {
		(void)skip(&text, "aaa://");
	}
	uri->host = text;
	uri->host_len = strcspn(text, ":;");
	text += uri->host_len;
	if (!is_host_name(uri->host, uri->host_len)) {
		return "has no host name with a domain";
	}
	uri->port = uri->secure ? PORT_AAAS : PORT_AAA;
	if (skip(&text, ":")) {
		uri->port = port_parse(&text);
		if (uri->port == 0) {
			return "has no port from 1 to 65535 behind the colon";
		}
	}
	uri->transport = "tcp";
	if (skip(&text, ";transport=sctp")) {
		uri->transport = "sctp";
	} else {
		(void)skip(&text, ";transport=tcp");
	}
	return *text == '\0' ? NULL
	                     : "has something behind it that is neither a port nor "
	                       ";transport=tcp or ;transport=sctp";
}

static const char *uri_copy(struct slf *slf, const struct uri *uri)
{
	char text[512]; /* a host has at most 253 octets */
	const int len = snprintf(text, sizeof(text), "%s://%.*s:%lu;transport=%s",
	                         uri->secure ? "aaas" : "aaa", (int)uri->host_len, uri->host,
	                         uri->port, uri->transport);

	return arena_text(&slf->arena, text, (size_t)len);
}

static const struct group *group_find(const struct slf *slf, const char *name)
{
	for (size_t i = 0; i < slf->n_group; i++) {
		if (strcmp(slf->group[i].name, name) == 0) {
			return &slf->group[i];
		}
	}
	return NULL;
}

static bool is_name(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const size_t len = strlen(name);

	return len > 0 && len <= SLF_NAME_LEN_MAX && strspn(name, allowed) == len;
}

static enum hss_err host_copy(struct slf *slf, const char *text, const char **host,
                              char why[static SLF_WHY_LEN])
{
	struct uri uri;
	const char *problem = uri_parse(text, &uri);

	if (problem != NULL) {
		return refuse(why, HSS_ERR_INVALID, "%.100s %s", text, problem);
	}
	*host = uri_copy(slf, &uri);
	return *host != NULL ? HSS_OK : no_memory(why);
}

enum hss_err slf_hss_add(struct slf *slf, const char *name, const char *const *uri, size_t n,
                         char why[static SLF_WHY_LEN])
{
	const char **host = NULL;
	const char *copy = NULL;
	struct group *more = NULL;
	enum hss_err err = HSS_OK;

	if (!is_name(name)) {
		return refuse(why, HSS_ERR_INVALID,
		              "the name of an HSS has 1 to %d letters, digits, '.', '_', '-'",
		              SLF_NAME_LEN_MAX);
	}
	if (group_find(slf, name) != NULL) {
		return refuse(why, HSS_ERR_EXISTS, "the HSS %s is named already", name);
	}
	if (n == 0 || n > SLF_HOSTS_MAX) {
		return refuse(why, HSS_ERR_INVALID, "an HSS has 1 to %d addresses", SLF_HOSTS_MAX);
	}
	host = arena_array(&slf->arena, n, sizeof(*host));
	if (host == NULL) {
		return no_memory(why);
	}
	for (size_t i = 0; i < n && err == HSS_OK; i++) {
		err = host_copy(slf, uri[i], &host[i], why);
	}
	if (err != HSS_OK) {
		return err;
	}
	copy = arena_text(&slf->arena, name, strlen(name));
	more = reallocarray(slf->group, slf->n_group + 1, sizeof(*more));
	if (more != NULL) {
		slf->group = more;
	}
	if (copy == NULL || more == NULL) {
		return no_memory(why);
	}
	slf->group[slf->n_group++] = (struct group){copy, host, n};
	return HSS_OK;
}

void slf_usage_set(struct slf *slf, uint32_t usage, uint32_t max_cache_time)
{
	slf->usage = usage;
	slf->max_cache_time = max_cache_time;
}

/* ---- Rules ---- */

/* The hosts of the HSSs that a rule names, in their order. */
static enum hss_err hosts_gather(struct slf *slf, const char *const *name, size_t n,
                                 struct slf_rule *rule, char why[static SLF_WHY_LEN])
{
	const struct group *group[SLF_HOSTS_MAX];
	const char **host = NULL;

	if (n == 0 || n > SLF_HOSTS_MAX) {
		return refuse(why, HSS_ERR_INVALID, "a rule names 1 to %d HSSs", SLF_HOSTS_MAX);
	}
	for (size_t i = 0; i < n; i++) {
		group[i] = group_find(slf, name[i]);
		if (group[i] == NULL) {
			return refuse(why, HSS_ERR_NOT_FOUND,
			              "no line \"hss %.100s ...\" stands above", name[i]);
		}
		rule->n_host += group[i]->n_host;
	}
	if (rule->n_host > SLF_HOSTS_MAX) {
		return refuse(why, HSS_ERR_INVALID,
		              "the HSSs have %zu addresses together, the most is %d", rule->n_host,
		              SLF_HOSTS_MAX);
	}
	if (n == 1) {
		rule->host = group[0]->host;
		return HSS_OK;
	}
	host = arena_array(&slf->arena, rule->n_host, sizeof(*host));
	if (host == NULL) {
		return no_memory(why);
	}
	rule->host = host;
	for (size_t i = 0; i < n; i++) {
		memcpy(host, group[i]->host, group[i]->n_host * sizeof(*host));
		host += group[i]->n_host;
	}
	return HSS_OK;
}

/* The canonical form of a text of the map becomes the pattern of the rule. */
static enum hss_err pattern_keep(struct slf *slf, struct rule *rule, const char *text,
                                 char why[static SLF_WHY_LEN])
{
	rule->shown.pattern = arena_text(&slf->arena, text, strlen(text));
	return rule->shown.pattern != NULL ? HSS_OK : no_memory(why);
}

static enum hss_err identity_parse(struct slf *slf, struct rule *rule, const char *text,
                                   char why[static SLF_WHY_LEN])
{
	char canonical[IMPU_LEN_MAX + 1];
	const char *problem = NULL;

	if ((is_impu(text) ? impu_canonical(text, strlen(text), canonical, &problem)
	                   : impi_canonical(text, strlen(text), canonical, &problem)) != HSS_OK) {
		return refuse(why, HSS_ERR_INVALID, "the identity %.100s %s", text, problem);
	}
	return pattern_keep(slf, rule, canonical, why);
}

/* Digits of a number, '+' in front or not; 0: there is none, or it has too many. */
static size_t number_parse(const char **text, bool *global, uint64_t *value)
{
	size_t n = 0;

	*global = skip(text, "+");
	*value = 0;
	while (n <= SLF_NUMBER_DIGITS_MAX && (*text)[n] >= '0' && (*text)[n] <= '9') {
		*value = *value * 10 + (uint64_t)((*text)[n] - '0');
		n++;
	}
	*text += n;
	return n <= SLF_NUMBER_DIGITS_MAX ? n : 0;
}

static bool range_parse(const char *text, struct number_range *range)
{
	bool global = false;

	(void)skip(&text, "tel:");
	range->digits = number_parse(&text, &range->global, &range->first);
	range->last = range->first;
	range->prefix = skip(&text, "*");
	if (range->digits == 0) {
		return false;
	}
	if (!range->prefix && skip(&text, "-")) {
		(void)skip(&text, "tel:");
		if (number_parse(&text, &global, &range->last) != range->digits ||
		    global != range->global || range->last < range->first) {
			return false;
		}
	}
	return *text == '\0';
}

static enum hss_err number_rule_parse(struct slf *slf, struct rule *rule, const char *text,
                                      char why[static SLF_WHY_LEN])
{
	if (!range_parse(text, &rule->range)) {
		return refuse(
			why, HSS_ERR_INVALID,
			"%.100s is neither FIRST-LAST, two numbers of 1 to %d digits, as many "
			"in both, the first not above the last, both or none with '+', nor "
			"PREFIX*",
			text, SLF_NUMBER_DIGITS_MAX);
	}
	return pattern_keep(slf, rule, text, why);
}

static enum hss_err realm_parse(struct slf *slf, struct rule *rule, const char *text,
                                char why[static SLF_WHY_LEN])
{
	char realm[NETWORK_LEN_MAX + 1];
	const char *domain = text;

	(void)skip(&domain, "*.");
	if (!is_host_name(domain, strlen(domain)) ||
	    network_canonical(text, strlen(text), realm, NULL) != HSS_OK) {
		return refuse(why, HSS_ERR_INVALID,
		              "%.100s is neither a domain name of two labels or more nor *.DOMAIN",
		              text);
	}
	return pattern_keep(slf, rule, realm, why);
}

/* With back-references matching takes a time that grows beyond all bounds with the identity, which
 * a peer chooses. */
static bool has_back_reference(const char *text)
{
	for (; text[0] != '\0' && text[1] != '\0'; text++) {
		if (text[0] == '\\') {
			text++;
			if (text[0] >= '1' && text[0] <= '9') {
				return true;
			}
		}
	}
	return false;
}

static enum hss_err expression_compile(const char *text, regex_t *expression,
                                       char why[static SLF_WHY_LEN])
{
	char problem[SLF_WHY_LEN / 2];
	const int rc = regcomp(expression, text, REG_EXTENDED | REG_NOSUB);

	if (rc == 0) {
		return HSS_OK;
	}
	(void)regerror(rc, expression, problem, sizeof(problem));
	return refuse(why, rc == REG_ESPACE ? HSS_ERR_MEMORY : HSS_ERR_INVALID,
	              "the expression: %s", problem);
}

/*
 * Before the C library sees an expression: what it stands for is bounded as in a wildcarded
 * identity, for which regcomp has no bound of its own. A parenthesis that ours would close is found
 * as well.
 */
static enum hss_err expression_check(const char *text, char why[static SLF_WHY_LEN])
{
	char marked[SLF_EXPRESSION_MAX + sizeof("!!")];
	struct wildcard *wildcard = NULL;
	const char *problem = NULL;
	enum hss_err err = HSS_OK;

	(void)snprintf(marked, sizeof(marked), "!%s!", text);
	err = wildcard_make(marked, &wildcard, &problem);
	wildcard_free(wildcard);
	if (err == HSS_ERR_INVALID) {
		return refuse(why, err, "the expression: it %s", problem);
	}
	return err == HSS_OK ? HSS_OK : no_memory(why);
}

static enum hss_err expression_parse(struct slf *slf, struct rule *rule, const char *text,
                                     char why[static SLF_WHY_LEN])
{
	char whole[SLF_EXPRESSION_MAX + sizeof("^()$")];
	regex_t *expression = NULL;
	enum hss_err err = HSS_OK;

	if (strlen(text) > SLF_EXPRESSION_MAX) {
		return refuse(why, HSS_ERR_INVALID, "an expression has at most %d characters",
		              SLF_EXPRESSION_MAX);
	}
	if (has_back_reference(text)) {
		return refuse(why, HSS_ERR_INVALID, "an expression has no back-references");
	}
	err = expression_check(text, why);
	if (err != HSS_OK) {
		return err;
	}
	expression = malloc(sizeof(*expression));
	if (expression == NULL) {
		return no_memory(why);
	}
	(void)snprintf(whole, sizeof(whole), "^(%s)$", text);
	err = expression_compile(whole, expression, why);
	if (err != HSS_OK) {
		free(expression);
		return err;
	}
	rule->expression = expression;
	return pattern_keep(slf, rule, text, why);
}

static enum hss_err default_parse(struct slf *slf, struct rule *rule, const char *text,
                                  char why[static SLF_WHY_LEN])
{
	(void)text;
	return pattern_keep(slf, rule, "", why);
}

typedef enum hss_err pattern_parse(struct slf *slf, struct rule *rule, const char *text,
                                   char why[static SLF_WHY_LEN]);

static pattern_parse *const parsers[] = {
	[SLF_IDENTITY] = identity_parse, [SLF_NUMBER] = number_rule_parse,
	[SLF_REALM] = realm_parse,       [SLF_EXPRESSION] = expression_parse,
	[SLF_DEFAULT] = default_parse,
};

static bool rule_room(struct slf *slf)
{
	const size_t room = slf->rule_room == 0 ? 16 : 2 * slf->rule_room;
	struct rule *more = NULL;

	if (slf->n_rule < slf->rule_room) {
		return true;
	}
	more = reallocarray(slf->rule, room, sizeof(*more));
	if (more != NULL) {
		slf->rule = more;
		slf->rule_room = room;
	}
	return more != NULL;
}

enum hss_err slf_rule_add(struct slf *slf, unsigned line, enum slf_kind kind, const char *pattern,
                          const char *const *name, size_t n, char why[static SLF_WHY_LEN])
{
	struct rule rule = {.shown = {.kind = kind,
	                              .line = line,
	                              .usage = slf->usage,
	                              .max_cache_time = slf->max_cache_time}};
	const struct slf_rule *last = slf->n_rule > 0 ? &slf->rule[slf->n_rule - 1].shown : NULL;
	enum hss_err err = HSS_OK;

	if (last != NULL && last->kind == SLF_DEFAULT) {
		return refuse(why, HSS_ERR_INVALID,
		              "no rule matches below the default one in line %u", last->line);
	}
	err = hosts_gather(slf, name, n, &rule.shown, why);
	if (err != HSS_OK) {
		return err;
	}
	if (!rule_room(slf)) {
		return no_memory(why);
	}
	err = parsers[kind](slf, &rule, pattern, why);
	if (err == HSS_OK || rule.expression != NULL) {
		slf->rule[slf->n_rule++] = rule; /* an expression is freed with it */
	}
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct slf_rule *x = &(*(const struct rule *const *)a)->shown;
	const struct slf_rule *y = &(*(const struct rule *const *)b)->shown;
	const int order = strcmp(x->pattern, y->pattern);

	if (order != 0) {
		return order;
	}
	return (x->line > y->line) - (x->line < y->line);
}

enum hss_err slf_seal(struct slf *slf, unsigned *line, char why[static SLF_WHY_LEN])
{
	*line = 0;
	if (slf->n_rule == 0) {
		return refuse(why, HSS_ERR_INVALID, "there is no rule");
	}
	slf->exact = calloc(slf->n_rule, sizeof(struct rule *));
	slf->other = calloc(slf->n_rule, sizeof(struct rule *));
	if (slf->exact == NULL || slf->other == NULL) {
		return no_memory(why);
	}
	for (size_t i = 0; i < slf->n_rule; i++) {
		const struct rule *rule = &slf->rule[i];

		if (rule->shown.kind == SLF_IDENTITY) {
			slf->exact[slf->n_exact++] = rule;
		} else {
			slf->other[slf->n_other++] = rule;
		}
	}
	qsort(slf->exact, slf->n_exact, sizeof(struct rule *), compare);
	for (size_t i = 1; i < slf->n_exact; i++) {
		const struct slf_rule *a = &slf->exact[i - 1]->shown;
		const struct slf_rule *b = &slf->exact[i]->shown;

		if (strcmp(a->pattern, b->pattern) == 0) {
			*line = b->line;
			return refuse(why, HSS_ERR_EXISTS, "the identity %.100s stands in line %u",
			              b->pattern, a->line);
		}
	}
	return HSS_OK;
}

/* ---- Looking up ---- */

/* What the rules look at in an identity, found once. */
struct subject {
	const char *identity;
	const char *realm; /* NULL: none */
	size_t realm_len;
	bool global;
	size_t digits; /* of its number; 0: it has none */
	uint64_t number;
};

/* The user part of a SIP URI or IMPI, or the number of a tel: URI, as far as it is a number. */
static void subject_number(struct subject *subject, const char *user, const char *end)
{
	const size_t digits = number_parse(&user, &subject->global, &subject->number);

	subject->digits = user == end ? digits : 0;
}

static void subject_read(struct subject *subject, const char *identity)
{
	const char *rest = identity;
	const char *at = strrchr(identity, '@');

	*subject = (struct subject){.identity = identity};
	if (skip(&rest, "tel:")) {
		subject_number(subject, rest, rest + strlen(rest));
		return;
	}
	(void)skip(&rest, "sip:");
	subject->realm = rest;
	if (at != NULL) {
		subject_number(subject, rest, at);
		subject->realm = at + 1;
	}
	subject->realm_len = strlen(subject->realm);
}

static bool realm_matches(const struct subject *subject, const char *pattern)
{
	const bool below = skip(&pattern, "*"); /* the dot stays */
	const size_t len = strlen(pattern);

	if (subject->realm == NULL || subject->realm_len < len ||
	    (!below && subject->realm_len != len)) {
		return false;
	}
	return strcmp(subject->realm + subject->realm_len - len, pattern) == 0 &&
	       subject->realm_len > (below ? len : 0);
}

static bool number_matches(const struct subject *subject, const struct number_range *range)
{
	uint64_t number = subject->number;

	if (subject->digits < range->digits || subject->global != range->global ||
	    (!range->prefix && subject->digits != range->digits)) {
		return false;
	}
	for (size_t n = subject->digits; n > range->digits; n--) {
		number /= 10;
	}
	return number >= range->first && number <= range->last;
}

static bool rule_matches(const struct rule *rule, const struct subject *subject)
{
	switch (rule->shown.kind) {
	case SLF_NUMBER:
		return number_matches(subject, &rule->range);
	case SLF_REALM:
		return realm_matches(subject, rule->shown.pattern);
	case SLF_EXPRESSION:
		return regexec(rule->expression, subject->identity, 0, NULL, 0) == 0;
	case SLF_DEFAULT:
		return true;
	case SLF_IDENTITY:
		break;
	}
	return strcmp(rule->shown.pattern, subject->identity) == 0;
}

static int compare_identity(const void *identity, const void *rule)
{
	return strcmp(identity, (*(const struct rule *const *)rule)->shown.pattern);
}

const struct slf_rule *slf_lookup(const struct slf *slf, const char *identity)
{
	const struct rule *const *exact = bsearch(identity, slf->exact, slf->n_exact,
	                                          sizeof(struct rule *), compare_identity);
	const struct rule *found = exact != NULL ? *exact : NULL;
	struct subject subject;

	subject_read(&subject, identity);
	for (size_t i = 0; i < slf->n_other; i++) {
		if (found != NULL && slf->other[i] > found) { /* it stands below, in one array */
			break;
		}
		if (rule_matches(slf->other[i], &subject)) {
			return &slf->other[i]->shown;
		}
	}
	return found != NULL ? &found->shown : NULL;
}

static bool same_hosts(const struct slf_rule *a, const struct slf_rule *b)
{
	if (a->n_host != b->n_host) {
		return false;
	}
	for (size_t i = 0; i < a->n_host; i++) {
		if (strcmp(a->host[i], b->host[i]) != 0) {
			return false;
		}
	}
	return true;
}

void slf_decide(const struct slf *slf, const struct cx_request *req, struct cx_answer *ans)
{
	const struct slf_rule *own = req->impi != NULL ? slf_lookup(slf, req->impi) : NULL;
	const struct slf_rule *rule = NULL;

	for (size_t i = 0; i < req->n_impu && rule == NULL; i++) {
		rule = slf_lookup(slf, req->impu[i]);
	}
	if (rule == NULL) {
		rule = own;
	}
	if (rule == NULL) {
		cx_refuse(&ans->verdict, CX_ERROR_USER_UNKNOWN,
		          "no rule of this SLF leads the identity to an HSS");
		return;
	}
	ans->verdict.result = CX_REDIRECT_INDICATION;
	ans->redirect_host = rule->host;
	ans->n_redirect_host = rule->n_host;
	ans->redirect_usage = CX_REDIRECT_DONT_CACHE;
	if (own != NULL && same_hosts(own, rule)) {
		ans->redirect_usage = rule->usage;
		ans->redirect_max_cache_time = rule->max_cache_time;
	}
}
