#include "hss/conf.h"

#include <arpa/inet.h>
#include <confuse.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auc/sqn.h"
#include "hss/conf_peer.h"
#include "hss/identity.h"
#include "hss/seal.h"

enum conf_kind {
	CONF_PATH,
	CONF_NUMBER,
	CONF_BOOL,
	CONF_ADDRESSES,
	CONF_SCSCF,
	CONF_NETWORK,
	CONF_CHOICE,
	CONF_IND_RANGE,
	CONF_RATE
};

struct conf_row {
	const char *name;
	enum conf_kind kind;
	const char *text; /* default of a text; NULL: none */
	long number;      /* default, least and greatest value of a number */
	long min;
	long max;
	const char *const *choice; /* words that a choice allows, NULL behind the last */
};

static const char *const schemes[] = {"stored", "strict", NULL};
static const char *const unanswered[] = {"keep", "server-change", NULL};
static const char *const identities[] = {"clear", "hashed", NULL};
static const char *const log_levels[] = {"error", "notice", "info",
                                         NULL}; /* order of enum log_level */

static const struct conf_row rows[] = {
	{"database", CONF_PATH, "hss.db", 0, 0, 0, NULL},
	{"master_key", CONF_PATH, "master.key", 0, 0, 0, NULL},
	{"admin_socket", CONF_PATH, "admin.sock", 0, 0, 0, NULL},
	{"slf_map", CONF_PATH, NULL, 0, 0, 0, NULL},
	{"listen", CONF_ADDRESSES, NULL, 0, 0, 0, NULL},
	{"queue_max", CONF_NUMBER, NULL, 2048, 1, 1000000, NULL},
	{"batch_max", CONF_NUMBER, NULL, 256, 1, 4096, NULL},
	{"job_deadline", CONF_NUMBER, NULL, 2000, 10, 60000, NULL},
	{"default_scscf", CONF_SCSCF, NULL, 0, 0, 0, NULL},
	{"store_server_name", CONF_BOOL, NULL, 1, 0, 1, NULL},
	{"ims_restoration", CONF_BOOL, NULL, 1, 0, 1, NULL},
	{"unknown_scheme", CONF_CHOICE, "stored", 0, 0, 0, schemes},
	{"auth_vectors_max", CONF_NUMBER, NULL, 5, 1, AUC_VECTORS_MAX, NULL},
	{"auth_rate", CONF_RATE, "0", 0, 0, 0, NULL},
	{"auth_pending_timeout", CONF_NUMBER, NULL, 60, 1, 86400, NULL},
	{"sqn_profile", CONF_NUMBER, NULL, 2, 1, 2, NULL},
	{"ind_range", CONF_IND_RANGE, "0-31", 0, 0, 0, NULL},
	{"home_network", CONF_NETWORK, NULL, 0, 0, 0, NULL},
	{"push_attempts", CONF_NUMBER, NULL, 8, 1, 100, NULL},
	{"push_timeout", CONF_NUMBER, NULL, 10, 1, 300, NULL},
	{"push_lifetime", CONF_NUMBER, NULL, 86400, 1, 31536000, NULL},
	{"push_keep", CONF_NUMBER, NULL, 604800, 0, 31536000, NULL},
	{"ppr_unanswered", CONF_CHOICE, "keep", 0, 0, 0, unanswered},
	{"tls_expiry_warning", CONF_NUMBER, NULL, 30, 0, 3650, NULL},
	{"log_level", CONF_CHOICE, "notice", 0, 0, 0, log_levels},
	{"log_identities", CONF_CHOICE, "clear", 0, 0, 0, identities},
	{"log_key", CONF_PATH, "log.key", 0, 0, 0, NULL},
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Where libconfuse's callbacks, which carry no pointer of ours, put their first complaint. */
static _Thread_local char *complaint;

static void complain(cfg_t *cfg, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void complain(cfg_t *cfg, const char *format, va_list ap)
{
	char text[CONF_WHY_LEN / 2];

	if (complaint == NULL || complaint[0] != '\0') {
		return;
	}
	(void)vsnprintf(text, sizeof(text), format, ap);
	(void)snprintf(complaint, CONF_WHY_LEN, "%s:%d: %s",
	               cfg->filename != NULL ? cfg->filename : "?", cfg->line, text);
}

static const struct conf_row *row_named(const char *name)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if (strcmp(rows[i].name, name) == 0) {
			return &rows[i];
		}
	}
	return NULL;
}

static int number_valid(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct conf_row *row = row_named(cfg_opt_name(opt));
	long value = cfg_opt_getnint(opt, cfg_opt_size(opt) - 1);

	if (value < row->min || value > row->max) {
		cfg_error(cfg, "%s must be from %ld to %ld, not %ld", row->name, row->min, row->max,
		          value);
		return -1;
	}
	return 0;
}

static int address_valid(cfg_t *cfg, const char *value)
{
	unsigned char addr[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, value, addr) != 1 && inet_pton(AF_INET6, value, addr) != 1) {
		cfg_error(cfg, "listen takes IP addresses; '%s' is none", value);
		return -1;
	}
	return 0;
}

/* Which of its words a choice has; -1: none. */
static int choice_of(const struct conf_row *row, const char *value)
{
	for (int i = 0; row->choice[i] != NULL; i++) {
		if (strcmp(row->choice[i], value) == 0) {
			return i;
		}
	}
	return -1;
}

static int choice_valid(cfg_t *cfg, const struct conf_row *row, const char *value)
{
	char words[CONF_WHY_LEN / 4] = "";
	size_t len = 0;

	if (choice_of(row, value) >= 0) {
		return 0;
	}
	for (int i = 0; row->choice[i] != NULL && len < sizeof(words); i++) {
		len += (size_t)snprintf(words + len, sizeof(words) - len, "%s\"%s\"",
		                        i > 0 ? " or " : "", row->choice[i]);
	}
	cfg_error(cfg, "%s must be %s, not \"%s\"", row->name, words, value);
	return -1;
}

static const char *digits(const char *text, unsigned *value)
{
	*value = 0;
	for (size_t i = 0; i < 2 && *text >= '0' && *text <= '9'; i++, text++) {
		*value = *value * 10 + (unsigned)(*text - '0');
	}
	return text;
}

/* "FIRST-LAST", both of them INDs: at most two digits each, nothing around them. */
static bool ind_range_parse(const char *text, unsigned *first, unsigned *count)
{
	const char *dash = digits(text, first);
	unsigned last = 0;

	if (dash == text || *dash != '-' || *digits(dash + 1, &last) != '\0' || dash[1] == '\0' ||
	    last >= 1U << AUC_SQN_IND_BITS || *first > last) {
		return false;
	}
	*count = last - *first + 1;
	return true;
}

static int ind_range_valid(cfg_t *cfg, const char *value)
{
	unsigned first = 0;
	unsigned count = 0;

	if (!ind_range_parse(value, &first, &count)) {
		cfg_error(cfg,
		          "ind_range must be FIRST-LAST within 0-%d, such as \"28-31\", not \"%s\"",
		          (1 << AUC_SQN_IND_BITS) - 1, value);
		return -1;
	}
	return 0;
}

enum { RATE_VECTORS_MAX = 1000000, RATE_SECONDS_MAX = 31536000 };

/* A number from 1 to max, without a zero in front of it. */
static const char *number(const char *text, uint32_t max, uint32_t *value)
{
	*value = 0;
	if (*text < '1' || *text > '9') {
		return NULL;
	}
	for (; *text >= '0' && *text <= '9' && *value <= max; text++) {
		*value = *value * 10 + (uint32_t)(*text - '0');
	}
	return *value <= max ? text : NULL;
}

/* "VECTORS/SECONDS", or "0": no limit. */
static bool rate_parse(const char *text, uint32_t *vectors, int64_t *seconds)
{
	uint32_t period = 0;
	const char *slash = number(text, RATE_VECTORS_MAX, vectors);
	const char *end = slash != NULL && *slash == '/'
	                          ? number(slash + 1, RATE_SECONDS_MAX, &period)
	                          : NULL;

	*seconds = period;
	return strcmp(text, "0") == 0 || (end != NULL && *end == '\0');
}

static int rate_valid(cfg_t *cfg, const char *value)
{
	uint32_t vectors = 0;
	int64_t seconds = 0;

	if (!rate_parse(value, &vectors, &seconds)) {
		cfg_error(cfg,
		          "auth_rate must be VECTORS/SECONDS, such as \"100/3600\" (at most %d in "
		          "%d), or \"0\" for no limit, not \"%s\"",
		          RATE_VECTORS_MAX, RATE_SECONDS_MAX, value);
		return -1;
	}
	return 0;
}

static int text_valid(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct conf_row *row = row_named(cfg_opt_name(opt));
	const char *value = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
	char network[NETWORK_LEN_MAX + 1];
	const char *why = NULL;

	if (value == NULL || value[0] == '\0') {
		cfg_error(cfg, "%s must not be empty", row->name);
		return -1;
	}
	switch (row->kind) {
	case CONF_ADDRESSES:
		return address_valid(cfg, value);
	case CONF_SCSCF:
		if (scscf_name_check(value, strlen(value), &why) != HSS_OK) {
			cfg_error(cfg, "%s: the S-CSCF name %s", row->name, why);
			return -1;
		}
		return 0;
	case CONF_NETWORK:
		if (network_canonical(value, strlen(value), network, &why) != HSS_OK) {
			cfg_error(cfg, "%s: the network name %s", row->name, why);
			return -1;
		}
		return 0;
	case CONF_CHOICE:
		return choice_valid(cfg, row, value);
	case CONF_IND_RANGE:
		return ind_range_valid(cfg, value);
	case CONF_RATE:
		return rate_valid(cfg, value);
	case CONF_PATH:
	case CONF_NUMBER:
	case CONF_BOOL:
		return 0;
	}
	return -1;
}

static void options_fill(cfg_opt_t opts[static N_ROWS + 2])
{
	const cfg_opt_t end = CFG_END();

	for (size_t i = 0; i < N_ROWS; i++) {
		const struct conf_row *row = &rows[i];
		const cfg_opt_t number = CFG_INT(row->name, row->number, CFGF_NONE);
		const cfg_opt_t boolean =
			CFG_BOOL(row->name, row->number != 0 ? cfg_true : cfg_false, CFGF_NONE);
		const cfg_opt_t list = CFG_STR_LIST(row->name, NULL, CFGF_NONE);
		const cfg_opt_t text = CFG_STR(row->name, row->text, CFGF_NONE);

		opts[i] = row->kind == CONF_NUMBER      ? number
		          : row->kind == CONF_BOOL      ? boolean
		          : row->kind == CONF_ADDRESSES ? list
		                                        : text;
	}
	opts[N_ROWS] = conf_peer_option();
	opts[N_ROWS + 1] = end;
}

/*
 * libconfuse would replace ${NAME} in a quoted text by an environment variable; nothing of ours is
 * read from there, so such a text is refused.
 */
static enum hss_err environment_check(const char *path, char why[static CONF_WHY_LEN])
{
	enum hss_err err = HSS_OK;
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		(void)snprintf(why, CONF_WHY_LEN, "%s: %s", path, strerror(errno));
		return HSS_ERR_IO;
	}
	for (int n = 1; err == HSS_OK && getline(&line, &size, file) >= 0; n++) {
		const char *found = strstr(line, "${");
		const char *comment = strchr(line, '#');

		if (found != NULL && (comment == NULL || found < comment)) {
			(void)snprintf(why, CONF_WHY_LEN,
			               "%s:%d: ${...} is not replaced here, write the value", path,
			               n);
			err = HSS_ERR_INVALID;
		}
	}
	if (err == HSS_OK && ferror(file)) {
		(void)snprintf(why, CONF_WHY_LEN, "%s: %s", path, strerror(errno));
		err = HSS_ERR_IO;
	}
	free(line);
	(void)fclose(file);
	return err;
}

static char *path_joined(const char *file, const char *value)
{
	const char *slash = strrchr(file, '/');
	char *joined = NULL;

	if (value[0] == '/' || slash == NULL) {
		return strdup(value);
	}
	if (asprintf(&joined, "%.*s/%s", (int)(slash - file), file, value) < 0) {
		return NULL;
	}
	return joined;
}

/* Where the master keys come from: a path, or the name of a credential. */
static char *source_joined(const char *file, const char *value)
{
	return strncmp(value, SEAL_CREDENTIAL, strlen(SEAL_CREDENTIAL)) == 0
	               ? strdup(value)
	               : path_joined(file, value);
}

static char *text_copy(const char *text)
{
	return text != NULL ? strdup(text) : NULL;
}

static char *network_copy(const char *text)
{
	char network[NETWORK_LEN_MAX + 1];

	if (text == NULL || network_canonical(text, strlen(text), network, NULL) != HSS_OK) {
		return NULL;
	}
	return strdup(network);
}

/* What the HSS says it supports (TS 29.229 7.1). AliasInd is mandatory there. */
static uint32_t features_of(cfg_t *cfg)
{
	const bool restoration = cfg_getbool(cfg, "ims_restoration") == cfg_true;

	return CX_FEATURE_SIFC | CX_FEATURE_ALIAS_IND |
	       (restoration ? CX_FEATURE_IMS_RESTORATION_IND : 0);
}

static enum hss_err take(const char *path, cfg_t *cfg, struct hss_conf *conf)
{
	const char *scscf = cfg_getstr(cfg, "default_scscf");
	const char *network = cfg_getstr(cfg, "home_network");
	const char *slf_map = cfg_getstr(cfg, "slf_map");

	conf->database = path_joined(path, cfg_getstr(cfg, "database"));
	conf->master_key = source_joined(path, cfg_getstr(cfg, "master_key"));
	conf->admin_socket = path_joined(path, cfg_getstr(cfg, "admin_socket"));
	conf->log_key = path_joined(path, cfg_getstr(cfg, "log_key"));
	conf->log_hashed = strcmp(cfg_getstr(cfg, "log_identities"), "hashed") == 0;
	conf->slf_map = slf_map != NULL ? path_joined(path, slf_map) : NULL;
	conf->n_listen = cfg_size(cfg, "listen");
	for (size_t i = 0; i < conf->n_listen; i++) {
		conf->listen[i] = text_copy(cfg_getnstr(cfg, "listen", (unsigned)i));
		if (conf->listen[i] == NULL) {
			return HSS_ERR_MEMORY;
		}
	}
	conf->queue_max = (unsigned)cfg_getint(cfg, "queue_max");
	conf->batch_max = (unsigned)cfg_getint(cfg, "batch_max");
	conf->tls_expiry_warning = (unsigned)cfg_getint(cfg, "tls_expiry_warning");
	conf->log_level = (unsigned)choice_of(row_named("log_level"), cfg_getstr(cfg, "log_level"));
	conf->job_deadline = (unsigned)cfg_getint(cfg, "job_deadline");
	conf->home_network = network_copy(network);
	conf->policy = (struct cx_policy){
		.default_scscf = text_copy(scscf),
		.store_server_name = cfg_getbool(cfg, "store_server_name") == cfg_true,
		.unknown_scheme_strict = strcmp(cfg_getstr(cfg, "unknown_scheme"), "strict") == 0,
		.auth_vectors_max = (unsigned)cfg_getint(cfg, "auth_vectors_max"),
		.auth_pending_timeout = cfg_getint(cfg, "auth_pending_timeout"),
		.ind_bits = AUC_SQN_IND_BITS,
		.sqn_time_based = cfg_getint(cfg, "sqn_profile") == 1,
		.sqn_delta = AUC_SQN_DELTA,
		.features = features_of(cfg),
	};
	conf->push = (struct cx_push_policy){
		.attempts = (unsigned)cfg_getint(cfg, "push_attempts"),
		.timeout = (unsigned)cfg_getint(cfg, "push_timeout"),
		.lifetime = cfg_getint(cfg, "push_lifetime"),
		.keep = cfg_getint(cfg, "push_keep"),
		.server_change = strcmp(cfg_getstr(cfg, "ppr_unanswered"), "server-change") == 0,
	};
	/* ind_range_valid and rate_valid have seen the texts, or they are the defaults. */
	(void)rate_parse(cfg_getstr(cfg, "auth_rate"), &conf->policy.auth_rate_max,
	                 &conf->policy.auth_rate_period);
	(void)ind_range_parse(cfg_getstr(cfg, "ind_range"), &conf->policy.ind_first,
	                      &conf->policy.ind_count);
	if (conf->database == NULL || conf->master_key == NULL || conf->admin_socket == NULL ||
	    conf->log_key == NULL || (slf_map != NULL && conf->slf_map == NULL) ||
	    (scscf != NULL && conf->policy.default_scscf == NULL) ||
	    (network != NULL && conf->home_network == NULL)) {
		return HSS_ERR_MEMORY;
	}
	return conf_peer_take(cfg, &conf->peers);
}

/* What only the options together can show. */
static enum hss_err whole_check(const char *path, cfg_t *cfg, char why[static CONF_WHY_LEN])
{
	if (cfg_size(cfg, "listen") > CONF_LISTEN_MAX) {
		(void)snprintf(why, CONF_WHY_LEN, "%s: listen takes at most %d addresses", path,
		               CONF_LISTEN_MAX);
		return HSS_ERR_INVALID;
	}
	return HSS_OK;
}

static enum hss_err parse(const char *path, cfg_t *cfg, char why[static CONF_WHY_LEN])
{
	int rc = CFG_PARSE_ERROR;

	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].kind != CONF_BOOL) {
			cfg_set_validate_func(cfg, rows[i].name,
			                      rows[i].kind == CONF_NUMBER ? number_valid
			                                                  : text_valid);
		}
	}
	conf_peer_validate(cfg);
	(void)cfg_set_error_function(cfg, complain);
	why[0] = '\0';
	complaint = why;
	rc = cfg_parse(cfg, path);
	complaint = NULL;
	if (rc == CFG_SUCCESS) {
		return HSS_OK;
	}
	if (why[0] == '\0') {
		(void)snprintf(why, CONF_WHY_LEN, "%s: %s", path,
		               rc == CFG_FILE_ERROR ? strerror(errno) : "not a configuration file");
	}
	return rc == CFG_FILE_ERROR ? HSS_ERR_IO : HSS_ERR_INVALID;
}

enum hss_err conf_load(const char *path, struct hss_conf **out, char why[static CONF_WHY_LEN])
{
	cfg_opt_t opts[N_ROWS + 2];
	struct hss_conf *conf = NULL;
	cfg_t *cfg = NULL;
	enum hss_err err = environment_check(path, why);

	if (err != HSS_OK) {
		return err;
	}
	options_fill(opts);
	cfg = cfg_init(opts, CFGF_NONE);
	conf = calloc(1, sizeof(*conf));
	if (cfg == NULL || conf == NULL) {
		err = HSS_ERR_MEMORY;
		goto out;
	}
	err = parse(path, cfg, why);
	if (err == HSS_OK) {
		err = whole_check(path, cfg, why);
	}
	if (err == HSS_OK) {
		err = take(path, cfg, conf);
	}
	if (err == HSS_OK) {
		*out = conf;
		conf = NULL;
	}
out:
	if (err == HSS_ERR_MEMORY) {
		(void)snprintf(why, CONF_WHY_LEN, "%s: out of memory", path);
	}
	conf_free(conf);
	if (cfg != NULL) {
		cfg_free(cfg);
	}
	return err;
}

void conf_free(struct hss_conf *conf)
{
	if (conf == NULL) {
		return;
	}
	free(conf->database);
	free(conf->master_key);
	free(conf->admin_socket);
	free(conf->log_key);
	free(conf->slf_map);
	for (size_t i = 0; i < conf->n_listen; i++) {
		free(conf->listen[i]);
	}
	free((char *)(uintptr_t)conf->policy.default_scscf);
	free(conf->home_network);
	access_rules_free(&conf->peers);
	free(conf);
}
