/* hssctl: what its files share. One thread; messages go to standard error, results to standard
 * output. */
#ifndef HSSCTL_H
#define HSSCTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* Options behind the verb. Which command takes which stands in the table of commands in main.c. */
enum option_id {
	OPT_ADD_IMPU,
	OPT_ALIAS_GROUP,
	OPT_AMF,
	OPT_ANY_VISITED,
	OPT_BARRED,
	OPT_CAPABILITIES,
	OPT_CHARGING,
	OPT_CLEAR_REGISTRATIONS,
	OPT_DEFAULT_IMPU,
	OPT_DEFAULT_SCSCF,
	OPT_DIGEST_REALM,
	OPT_DISPLAY_NAME,
	OPT_DOCUMENT,
	OPT_DRY_RUN,
	OPT_FORCE,
	OPT_HELP,
	OPT_ICSCF,
	OPT_IDENTITY,
	OPT_IMPI,
	OPT_IMPU,
	OPT_INFO,
	OPT_JSON,
	OPT_LISTEN,
	OPT_LOOSE_ROUTE,
	OPT_MEDIA_PROFILE,
	OPT_MSISDN,
	OPT_PEER,
	OPT_PORT,
	OPT_PRIVILEGED_SENDER,
	OPT_PROFILE,
	OPT_PROGRESS,
	OPT_PSI_ACTIVE,
	OPT_REALM,
	OPT_REASON,
	OPT_REGISTRATION_ALLOWED,
	OPT_REMOVE_IMPU,
	OPT_SCHEME,
	OPT_SCSCF,
	OPT_SECRETS,
	OPT_SERVICE,
	OPT_SLF,
	OPT_SQN,
	OPT_STATE,
	OPT_TEMPLATE,
	OPT_TLS,
	OPT_TRANSPORT_KEY,
	OPT_UNREGISTERED_SERVICES,
	OPT_USER,
	OPT_VISITED,
	OPT_WAITING,
	OPT_WITH_KEYS,
	N_OPTIONS
};

struct option_values {
	const char **value; /* of argv; NULL for an option without a value */
	size_t n;           /* how often it was given */
};

struct command;

/* One call of the program. */
struct cli {
	const char *conf; /* path of hss.conf */
	bool help_asked;
	const struct command *command;
	struct option_values option[N_OPTIONS];
	char **arg; /* behind the options */
	size_t n_arg;
};

struct hss_conf;

struct command {
	const char *noun;
	const char *verb; /* NULL: the noun stands alone */
	int (*run)(const struct cli *cli);
	uint64_t options; /* bits of enum option_id */
	size_t n_arg_min;
	size_t n_arg_max;
	const char *synopsis;
	const char *help;
};

/* Whether an option was given; its only value, or NULL when it was not. */
bool cli_has(const struct cli *cli, enum option_id id);
const char *cli_value(const struct cli *cli, enum option_id id);
bool cli_yes(const struct cli *cli, enum option_id id); /* of an option that takes yes or no */

/* A message on standard error, "hssctl: ..." (printf format). Never a secret. Returns EXIT_FAILED.
 */
int cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, and how the command is used. Returns EXIT_USAGE. */
int cli_misused(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The configuration, to be freed with conf_free. NULL after a message. */
struct hss_conf *cli_conf(const char *path);

/* Whether only its owner, and root, can get at the files of a node (hss/files.h). False after a
 * message. */
bool cli_files_check(const char *path, const struct hss_conf *conf);

/* The same as cli_conf, of an HSS whose files are for its owner alone: an SLF, which has no
 * subscribers, is a failure, and so is a file that others can get at. */
struct hss_conf *cli_conf_hss(const char *path);

/* Show a result as --json says; takes the reference over. NULL (memory is out) is a failure.
 * Returns the exit code. */
int cli_show(const struct cli *cli, json_t *view);

int cmd_init(const struct cli *cli);
int cmd_conf_check(const struct cli *cli);
int cmd_db_backup(const struct cli *cli);
int cmd_db_check(const struct cli *cli);
int cmd_db_migrate(const struct cli *cli);
int cmd_db_restore(const struct cli *cli);
int cmd_subscriber_add(const struct cli *cli);
int cmd_subscriber_apply(const struct cli *cli);
int cmd_subscriber_show(const struct cli *cli);
int cmd_subscriber_list(const struct cli *cli);
int cmd_subscriber_delete(const struct cli *cli);
int cmd_subscriber_set(const struct cli *cli);
int cmd_subscriber_count(const struct cli *cli);
int cmd_subscriber_import(const struct cli *cli);
int cmd_subscriber_export(const struct cli *cli);
int cmd_deregister(const struct cli *cli);
int cmd_key_init(const struct cli *cli);
int cmd_key_add(const struct cli *cli);
int cmd_key_rotate(const struct cli *cli);
int cmd_key_status(const struct cli *cli);
int cmd_key_retire(const struct cli *cli);
int cmd_log_id(const struct cli *cli);
int cmd_push_list(const struct cli *cli);
int cmd_push_show(const struct cli *cli);
int cmd_push_retry(const struct cli *cli);
int cmd_push_cancel(const struct cli *cli);
int cmd_registration_show(const struct cli *cli);
int cmd_profile_set(const struct cli *cli);
int cmd_object_apply(const struct cli *cli);
int cmd_object_list(const struct cli *cli);
int cmd_object_show(const struct cli *cli);
int cmd_object_delete(const struct cli *cli);
int cmd_slf_lookup(const struct cli *cli);
int cmd_tls_issue(const struct cli *cli);

#endif
