/* hssctl: a table of nouns and verbs, and one loop over it. */
#include "hssctl.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hss/admin.h"
#include "hss/conf.h"
#include "hss/files.h"
#include "hss/harden.h"
#include "output.h"

#define BIT(id) (UINT64_C(1) << (id))

static const char conf_here[] = "./hss.conf";
static const char conf_system[] = "/etc/quintet/hss.conf";

static const struct option longs[] = {
	{"add-impu", required_argument, NULL, OPT_ADD_IMPU},
	{"alias-group", required_argument, NULL, OPT_ALIAS_GROUP},
	{"amf", required_argument, NULL, OPT_AMF},
	{"any-visited", no_argument, NULL, OPT_ANY_VISITED},
	{"barred", required_argument, NULL, OPT_BARRED},
	{"capabilities", required_argument, NULL, OPT_CAPABILITIES},
	{"charging", required_argument, NULL, OPT_CHARGING},
	{"clear-registrations", no_argument, NULL, OPT_CLEAR_REGISTRATIONS},
	{"default-impu", required_argument, NULL, OPT_DEFAULT_IMPU},
	{"default-scscf", required_argument, NULL, OPT_DEFAULT_SCSCF},
	{"digest-realm", required_argument, NULL, OPT_DIGEST_REALM},
	{"display-name", required_argument, NULL, OPT_DISPLAY_NAME},
	{"document", required_argument, NULL, OPT_DOCUMENT},
	{"dry-run", no_argument, NULL, OPT_DRY_RUN},
	{"force", no_argument, NULL, OPT_FORCE},
	{"help", no_argument, NULL, OPT_HELP},
	{"icscf", required_argument, NULL, OPT_ICSCF},
	{"identity", required_argument, NULL, OPT_IDENTITY},
	{"impi", required_argument, NULL, OPT_IMPI},
	{"impu", required_argument, NULL, OPT_IMPU},
	{"info", required_argument, NULL, OPT_INFO},
	{"json", no_argument, NULL, OPT_JSON},
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"loose-route", required_argument, NULL, OPT_LOOSE_ROUTE},
	{"media-profile", required_argument, NULL, OPT_MEDIA_PROFILE},
	{"msisdn", required_argument, NULL, OPT_MSISDN},
	{"peer", required_argument, NULL, OPT_PEER},
	{"port", required_argument, NULL, OPT_PORT},
	{"privileged-sender", required_argument, NULL, OPT_PRIVILEGED_SENDER},
	{"profile", required_argument, NULL, OPT_PROFILE},
	{"progress", no_argument, NULL, OPT_PROGRESS},
	{"psi-active", required_argument, NULL, OPT_PSI_ACTIVE},
	{"realm", required_argument, NULL, OPT_REALM},
	{"reason", required_argument, NULL, OPT_REASON},
	{"registration-allowed", required_argument, NULL, OPT_REGISTRATION_ALLOWED},
	{"remove-impu", required_argument, NULL, OPT_REMOVE_IMPU},
	{"scheme", required_argument, NULL, OPT_SCHEME},
	{"scscf", required_argument, NULL, OPT_SCSCF},
	{"secrets", required_argument, NULL, OPT_SECRETS},
	{"service", no_argument, NULL, OPT_SERVICE},
	{"slf", no_argument, NULL, OPT_SLF},
	{"sqn", required_argument, NULL, OPT_SQN},
	{"state", required_argument, NULL, OPT_STATE},
	{"template", required_argument, NULL, OPT_TEMPLATE},
	{"tls", no_argument, NULL, OPT_TLS},
	{"transport-key", required_argument, NULL, OPT_TRANSPORT_KEY},
	{"unregistered-services", required_argument, NULL, OPT_UNREGISTERED_SERVICES},
	{"user", required_argument, NULL, OPT_USER},
	{"visited", required_argument, NULL, OPT_VISITED},
	{"waiting", no_argument, NULL, OPT_WAITING},
	{"with-keys", no_argument, NULL, OPT_WITH_KEYS},
	{NULL, 0, NULL, 0},
};

/* Options that may be given several times. */
static const uint64_t repeatable = BIT(OPT_IMPU) | BIT(OPT_VISITED) | BIT(OPT_PEER) |
                                   BIT(OPT_ICSCF) | BIT(OPT_SCSCF) | BIT(OPT_ADD_IMPU) |
                                   BIT(OPT_REMOVE_IMPU) | BIT(OPT_SCHEME);

/* Options whose value is yes or no. */
static const uint64_t yes_no = BIT(OPT_BARRED) | BIT(OPT_LOOSE_ROUTE) | BIT(OPT_PRIVILEGED_SENDER) |
                               BIT(OPT_PSI_ACTIVE) | BIT(OPT_REGISTRATION_ALLOWED) |
                               BIT(OPT_UNREGISTERED_SERVICES);

static const struct command commands[] = {
	{"init", NULL, cmd_init,
         BIT(OPT_IDENTITY) | BIT(OPT_REALM) | BIT(OPT_LISTEN) | BIT(OPT_PORT) | BIT(OPT_PEER) |
                 BIT(OPT_ICSCF) | BIT(OPT_SCSCF) | BIT(OPT_DEFAULT_SCSCF) | BIT(OPT_SLF) |
                 BIT(OPT_TLS) | BIT(OPT_SERVICE) | BIT(OPT_STATE) | BIT(OPT_USER),
         1, 1,
         "init DIR --identity FQDN --realm REALM [--listen ADDR] [--port N] [--peer FQDN]... "
         "[--icscf FQDN]... [--scscf FQDN[=SIP-URI]]... "
         "[--default-scscf SIP-URI | --slf] [--tls] [--service [--state DIR] [--user NAME]]",
         "make a ready node in DIR"},
	{"conf", "check", cmd_conf_check, BIT(OPT_JSON), 0, 1, "conf check [FILE] [--json]",
         "read hss.conf and say what it sets"},
	{"db", "backup", cmd_db_backup, BIT(OPT_FORCE) | BIT(OPT_JSON), 1, 1,
         "db backup FILE [--force] [--json]",
         "write a consistent copy of the database, also while the HSS runs"},
	{"db", "check", cmd_db_check, BIT(OPT_JSON), 0, 1, "db check [FILE] [--json]",
         "verify the database, or a backup of it"},
	{"db", "restore", cmd_db_restore,
         BIT(OPT_CLEAR_REGISTRATIONS) | BIT(OPT_FORCE) | BIT(OPT_JSON), 1, 1,
         "db restore FILE [--clear-registrations] [--force] [--json]",
         "put a backup in the place of the database, with every SQN advanced; the HSS must be "
         "stopped"},
	{"db", "migrate", cmd_db_migrate, BIT(OPT_JSON), 0, 0, "db migrate [--json]",
         "step the database up to the schema of this program"},
	{"key", "init", cmd_key_init, BIT(OPT_JSON), 1, 1, "key init FILE [--json]",
         "make a master key file; never overwrites one"},
	{"key", "rotate", cmd_key_rotate, BIT(OPT_JSON), 0, 0, "key rotate [--json]",
         "make a new master key, and seal every record anew under it; or finish what was begun"},
	{"key", "status", cmd_key_status, BIT(OPT_JSON), 0, 0, "key status [--json]",
         "which master keys there are, which one seals, and how many records each has sealed"},
	{"key", "retire", cmd_key_retire, BIT(OPT_JSON), 1, 2, "key retire ID [FILE] [--json]",
         "take a master key out of the file that no record needs any more; backups from before do "
         "not open then"},
	{"key", "add", cmd_key_add, BIT(OPT_JSON), 1, 1, "key add FILE [--json]",
         "add a new master key to a file that a systemd credential is made from"},
	{"subscriber", "add", cmd_subscriber_add,
         BIT(OPT_IMPI) | BIT(OPT_IMPU) | BIT(OPT_SECRETS) | BIT(OPT_AMF) | BIT(OPT_SQN) |
                 BIT(OPT_SCHEME) | BIT(OPT_DIGEST_REALM) | BIT(OPT_VISITED) | BIT(OPT_DOCUMENT) |
                 BIT(OPT_TEMPLATE) | BIT(OPT_MSISDN) | BIT(OPT_PROFILE) | BIT(OPT_DRY_RUN) |
                 BIT(OPT_JSON),
         0, 0,
         "subscriber add (--impi X (--impu A [--impu B]... | --template volte|FILE.json [--msisdn "
         "+NUMBER] [--profile NAME]) --secrets FILE|- [--amf 8000] [--sqn N] "
         "[--scheme SCHEME]... [--digest-realm REALM] [--visited NETWORK]... | --document "
         "FILE.json|-) [--dry-run] [--json]",
         "provision a subscriber"},
	{"subscriber", "apply", cmd_subscriber_apply, BIT(OPT_DRY_RUN) | BIT(OPT_JSON), 1, 1,
         "subscriber apply FILE.json|- [--dry-run] [--json]",
         "make subscribers what the documents say, and show what changes"},
	{"subscriber", "show", cmd_subscriber_show, BIT(OPT_JSON), 1, 1,
         "subscriber show IMPI|IMPU [--json]", "everything about a subscriber but the keys"},
	{"subscriber", "list", cmd_subscriber_list, BIT(OPT_JSON), 0, 0, "subscriber list [--json]",
         "every subscriber: a line for each IMPI, its IMPUs"},
	{"subscriber", "count", cmd_subscriber_count, BIT(OPT_JSON), 0, 0,
         "subscriber count [--json]", "how many subscribers there are"},
	{"subscriber", "delete", cmd_subscriber_delete, BIT(OPT_JSON), 1, 1,
         "subscriber delete IMPI|IMPU [--json]", "remove a subscriber with all its identities"},
	{"subscriber", "set", cmd_subscriber_set,
         BIT(OPT_REGISTRATION_ALLOWED) | BIT(OPT_VISITED) | BIT(OPT_ANY_VISITED) | BIT(OPT_IMPI) |
                 BIT(OPT_SECRETS) | BIT(OPT_AMF) | BIT(OPT_SQN) | BIT(OPT_SCHEME) |
                 BIT(OPT_DIGEST_REALM) | BIT(OPT_ADD_IMPU) | BIT(OPT_REMOVE_IMPU) |
                 BIT(OPT_DEFAULT_IMPU) | BIT(OPT_BARRED) | BIT(OPT_DISPLAY_NAME) |
                 BIT(OPT_PROFILE) | BIT(OPT_PSI_ACTIVE) | BIT(OPT_ALIAS_GROUP) |
                 BIT(OPT_LOOSE_ROUTE) | BIT(OPT_PRIVILEGED_SENDER) | BIT(OPT_CHARGING) |
                 BIT(OPT_CAPABILITIES) | BIT(OPT_JSON),
         1, 1,
         "subscriber set IMPI|IMPU [--registration-allowed yes|no] [--visited NETWORK]... "
         "[--any-visited] "
         "[--impi X] [--secrets FILE|-] [--amf HEX] [--sqn N] [--scheme SCHEME]... "
         "[--digest-realm REALM] [--add-impu A]... [--remove-impu "
         "A]... "
         "[--default-impu A] [--barred yes|no] [--display-name TEXT] [--profile NAME] "
         "[--psi-active yes|no] [--alias-group NAME] [--loose-route yes|no] "
         "[--privileged-sender yes|no] [--charging NAME] [--capabilities NAME] [--json]",
         "change a subscriber; --barred, --display-name, --profile, --psi-active, --alias-group, "
         "--loose-route and --privileged-sender change the IMPU named"},
	{"subscriber", "import", cmd_subscriber_import,
         BIT(OPT_DRY_RUN) | BIT(OPT_JSON) | BIT(OPT_PROGRESS) | BIT(OPT_TRANSPORT_KEY), 1, 1,
         "subscriber import FILE.csv [--transport-key FILE] [--dry-run] [--progress] [--json]",
         "provision subscribers from columns impi,impus,k,opc,op,amf,sqn,visited"},
	{"subscriber", "export", cmd_subscriber_export, BIT(OPT_WITH_KEYS) | BIT(OPT_JSON), 1, 1,
         "subscriber export FILE|- [--with-keys] [--json]",
         "write what import reads; with --json a document on each line"},
	{"registration", "show", cmd_registration_show, BIT(OPT_JSON), 1, 1,
         "registration show IMPI|IMPU [--json]",
         "registration state, S-CSCF, authentication pending, SQN"},
	{"deregister", NULL, cmd_deregister,
         BIT(OPT_IMPU) | BIT(OPT_REASON) | BIT(OPT_INFO) | BIT(OPT_JSON), 1, 1,
         "deregister IMPI|IMPU [--impu A]... [--reason permanent|server-change|remove-scscf] "
         "[--info TEXT] [--json]",
         "end registrations, and tell the S-CSCF"},
	{"log", "id", cmd_log_id, BIT(OPT_JSON), 1, 1, "log id IDENTITY [--json]",
         "What the log shows in place of an IMPI, IMPU or Session-Id when log_identities is "
         "hashed."},
	{"push", "list", cmd_push_list, BIT(OPT_WAITING) | BIT(OPT_JSON), 0, 0,
         "push list [--waiting] [--json]", "the outbox: RTRs and PPRs to S-CSCFs"},
	{"push", "show", cmd_push_show, BIT(OPT_JSON), 1, 1, "push show ID [--json]",
         "one of them, and what became of it"},
	{"push", "retry", cmd_push_retry, BIT(OPT_JSON), 1, 1, "push retry ID|all [--json]",
         "send now what waits, and again what failed or was cancelled"},
	{"push", "cancel", cmd_push_cancel, BIT(OPT_JSON), 1, 1, "push cancel ID|all [--json]",
         "do not send what waits"},
	{"profile", "set", cmd_profile_set,
         BIT(OPT_MEDIA_PROFILE) | BIT(OPT_UNREGISTERED_SERVICES) | BIT(OPT_JSON), 1, 1,
         "profile set NAME [--media-profile N] [--unregistered-services yes|no] [--json]",
         "make or replace a service profile"},
	{"tls", "issue", cmd_tls_issue, 0, 2, 2, "tls issue HOST DIR",
         "make a key and certificate of a peer in the new folder DIR, under the node's authority"},
	{"slf", "lookup", cmd_slf_lookup, BIT(OPT_JSON), 1, 1, "slf lookup IMPI|IMPU [--json]",
         "which rule of an SLF's map an identity meets, and which HSS that names"},
	/* What subscribers share: the same four verbs for each kind. */
	{"profile", "apply", cmd_object_apply, BIT(OPT_DRY_RUN) | BIT(OPT_JSON), 1, 2,
         "profile apply [NAME] FILE.json|- [--dry-run] [--json]",
         "make a service profile what the document says, and show what changes"},
	{"profile", "list", cmd_object_list, BIT(OPT_JSON), 0, 0, "profile list [--json]",
         "every name"},
	{"profile", "show", cmd_object_show, BIT(OPT_JSON), 1, 1, "profile show NAME [--json]",
         "the document, as apply reads it"},
	{"profile", "delete", cmd_object_delete, BIT(OPT_JSON), 1, 1,
         "profile delete NAME [--json]", "remove one that nothing uses"},
	{"ifc-set", "apply", cmd_object_apply, BIT(OPT_DRY_RUN) | BIT(OPT_JSON), 1, 2,
         "ifc-set apply [ID] FILE.json|- [--dry-run] [--json]",
         "make a shared set of filter criteria what the document says, and show what changes"},
	{"ifc-set", "list", cmd_object_list, BIT(OPT_JSON), 0, 0, "ifc-set list [--json]",
         "every name"},
	{"ifc-set", "show", cmd_object_show, BIT(OPT_JSON), 1, 1, "ifc-set show ID [--json]",
         "the document, as apply reads it"},
	{"ifc-set", "delete", cmd_object_delete, BIT(OPT_JSON), 1, 1, "ifc-set delete ID [--json]",
         "remove one that nothing uses"},
	{"charging", "apply", cmd_object_apply, BIT(OPT_DRY_RUN) | BIT(OPT_JSON), 1, 2,
         "charging apply [NAME] FILE.json|- [--dry-run] [--json]",
         "make charging addresses what the document says, and show what changes"},
	{"charging", "list", cmd_object_list, BIT(OPT_JSON), 0, 0, "charging list [--json]",
         "every name"},
	{"charging", "show", cmd_object_show, BIT(OPT_JSON), 1, 1, "charging show NAME [--json]",
         "the document, as apply reads it"},
	{"charging", "delete", cmd_object_delete, BIT(OPT_JSON), 1, 1,
         "charging delete NAME [--json]", "remove one that nothing uses"},
	{"capabilities", "apply", cmd_object_apply, BIT(OPT_DRY_RUN) | BIT(OPT_JSON), 1, 2,
         "capabilities apply [NAME] FILE.json|- [--dry-run] [--json]",
         "make the S-CSCFs for subscribers what the document says, and show what changes"},
	{"capabilities", "list", cmd_object_list, BIT(OPT_JSON), 0, 0, "capabilities list [--json]",
         "every name"},
	{"capabilities", "show", cmd_object_show, BIT(OPT_JSON), 1, 1,
         "capabilities show NAME [--json]", "the document, as apply reads it"},
	{"capabilities", "delete", cmd_object_delete, BIT(OPT_JSON), 1, 1,
         "capabilities delete NAME [--json]", "remove one that nothing uses"},
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

bool cli_has(const struct cli *cli, enum option_id id)
{
	return cli->option[id].n > 0;
}

const char *cli_value(const struct cli *cli, enum option_id id)
{
	return cli->option[id].n > 0 ? cli->option[id].value[0] : NULL;
}

bool cli_yes(const struct cli *cli, enum option_id id)
{
	return cli->option[id].n > 0 && strcmp(cli->option[id].value[0], "yes") == 0;
}

int cli_fail(const char *format, ...)
{
	va_list args;

	(void)fflush(stdout);
	(void)fputs("hssctl: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return EXIT_FAILED;
}

struct hss_conf *cli_conf(const char *path)
{
	struct hss_conf *conf = NULL;
	char why[CONF_WHY_LEN];

	if (conf_load(path, &conf, why) != HSS_OK) {
		(void)cli_fail("%s", why);
		return NULL;
	}
	return conf;
}

bool cli_files_check(const char *path, const struct hss_conf *conf)
{
	char why[CONF_WHY_LEN];

	if (files_check(path, conf, files_owner(conf), why) != HSS_OK) {
		(void)cli_fail("%s", why);
		return false;
	}
	return true;
}

struct hss_conf *cli_conf_hss(const char *path)
{
	struct hss_conf *conf = cli_conf(path);

	if (conf != NULL && conf->slf_map != NULL) {
		(void)cli_fail(
			"%s: slf_map makes this node an SLF: it has no subscribers, no database, "
			"no keys and no admin socket; ask an HSS",
			path);
		conf_free(conf);
		return NULL;
	}
	if (conf != NULL && !cli_files_check(path, conf)) {
		conf_free(conf);
		return NULL;
	}
	return conf;
}

int cli_show(const struct cli *cli, json_t *view)
{
	if (view == NULL) {
		return cli_fail("out of memory");
	}
	output_show(view, cli_has(cli, OPT_JSON));
	json_decref(view);
	return EXIT_DONE;
}

int cli_misused(const struct cli *cli, const char *format, ...)
{
	va_list args;

	(void)fflush(stdout);
	(void)fputs("hssctl: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fprintf(stderr, "\nusage: hssctl [-c FILE] %s\n", cli->command->synopsis);
	return EXIT_USAGE;
}

/* All commands; with a noun those of it alone. Returns how many there are. */
static size_t help_commands(const char *noun, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (noun == NULL || strcmp(commands[i].noun, noun) == 0) {
			(void)fprintf(out, "  hssctl %s\n      %s\n", commands[i].synopsis,
			              commands[i].help);
			n++;
		}
	}
	return n;
}

static void help_all(FILE *out)
{
	(void)fputs("usage: hssctl [-c FILE] NOUN VERB [OPTION]... [ARGUMENT]...\n"
	            "       hssctl --help | --version\n\n"
	            "-c FILE: the hss.conf of the HSS; ./hss.conf if there is one, else "
	            "/etc/quintet/hss.conf.\n"
	            "Talks to the HSS when it runs, opens its database when it does not. See "
	            "hssctl(8).\n\n",
	            out);
	(void)help_commands(NULL, out);
}

static bool is_help(const char *word)
{
	return word != NULL && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0);
}

/* Insertions, deletions and changes from a to b; both short. */
static size_t distance(const char *a, const char *b)
{
	enum { WORD_MAX = 32 };
	size_t row[WORD_MAX + 1];
	const size_t n = strnlen(b, WORD_MAX);

	for (size_t j = 0; j <= n; j++) {
		row[j] = j;
	}
	for (size_t i = 0; a[i] != '\0' && i < WORD_MAX; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 1; j <= n; j++) {
			const size_t change = diagonal + (a[i] != b[j - 1]);
			const size_t step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = change < step ? change : step;
		}
	}
	return row[n];
}

/* Say how the noun nearest to a word is used; with a verb, how the nearest verb of it is. */
static int nearest_tell(const char *noun, const char *verb)
{
	const struct command *nearest = &commands[0];
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < N_COMMANDS; i++) {
		const struct command *c = &commands[i];
		/* The noun counts more than the verb. */
		size_t d = 64 * distance(noun, c->noun) +
		           (verb != NULL && c->verb != NULL ? distance(verb, c->verb) : 0);

		if (d < best) {
			best = d;
			nearest = c;
		}
	}
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (&commands[i] == nearest ||
		    (verb == NULL && strcmp(commands[i].noun, nearest->noun) == 0)) {
			(void)fprintf(stderr, "usage: hssctl [-c FILE] %s\n", commands[i].synopsis);
		}
	}
	return EXIT_USAGE;
}

static const struct command *command_find(const char *noun, const char *verb)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		const struct command *c = &commands[i];

		if (strcmp(c->noun, noun) == 0 &&
		    (c->verb == NULL || (verb != NULL && strcmp(c->verb, verb) == 0))) {
			return c;
		}
	}
	return NULL;
}

static int option_note(struct cli *cli, int id, const char *value)
{
	struct option_values *values = &cli->option[id];

	if ((cli->command->options & BIT(id)) == 0) {
		return cli_misused(cli, "this command has no option --%s", longs[id].name);
	}
	if (values->n > 0 && (repeatable & BIT(id)) == 0) {
		return cli_misused(cli, "--%s is given twice", longs[id].name);
	}
	if ((yes_no & BIT(id)) != 0 && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
		return cli_misused(cli, "--%s takes yes or no", longs[id].name);
	}
	values->value[values->n++] = value;
	return EXIT_DONE;
}

/* Names the option without its value, which may be a secret in the wrong place. */
static int option_unknown(const struct cli *cli, const char *word)
{
	const size_t len = strncmp(word, "--", 2) == 0 ? strcspn(word, "=") : 2;

	return cli_misused(cli, "the option %.*s is not known, is ambiguous or takes no value",
	                   (int)len, word);
}

/* Options and arguments of a command; argv[0] is the last word of its name. */
static int options_parse(struct cli *cli, int argc, char **argv)
{
	int rc = EXIT_DONE;
	int id = 0;

	opterr = 0;
	optind = 0;
	while (rc == EXIT_DONE && (id = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (id == OPT_HELP || id == 'h') {
			cli->help_asked = true;
			return EXIT_DONE;
		}
		if (id == ':') {
			rc = cli_misused(cli, "%s needs a value", argv[optind - 1]);
		} else if (id == '?') {
			rc = option_unknown(cli, argv[optind - 1]);
		} else {
			rc = option_note(cli, id, optarg);
		}
	}
	if (rc != EXIT_DONE) {
		return rc;
	}
	cli->arg = argv + optind;
	cli->n_arg = (size_t)(argc - optind);
	if (cli->n_arg < cli->command->n_arg_min) {
		return cli_misused(cli, "an argument is missing");
	}
	return cli->n_arg > cli->command->n_arg_max ? cli_misused(cli, "too many arguments")
	                                            : EXIT_DONE;
}

static int command_run(struct cli *cli, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : NULL;
	const int words = argc > 0 && command_find(argv[0], NULL) != NULL ? 0 : 1;
	const char **pool = NULL;
	int rc = EXIT_DONE;

	if (argc == 0) {
		help_all(stderr);
		return EXIT_USAGE;
	}
	cli->command = command_find(argv[0], verb);
	if (cli->command == NULL && is_help(verb) && help_commands(argv[0], stdout) > 0) {
		return EXIT_DONE;
	}
	if (cli->command == NULL) {
		(void)cli_fail("there is no command of this name");
		return nearest_tell(argv[0], verb);
	}
	/* Room for as many values of each option as there are words. */
	pool = calloc((size_t)N_OPTIONS * (size_t)argc, sizeof(*pool));
	if (pool == NULL) {
		return cli_fail("out of memory");
	}
	for (size_t i = 0; i < N_OPTIONS; i++) {
		cli->option[i].value = pool + i * (size_t)argc;
	}
	rc = options_parse(cli, argc - words, argv + words);
	if (rc == EXIT_DONE && cli->help_asked) {
		(void)printf("usage: hssctl [-c FILE] %s\n%s\n", cli->command->synopsis,
		             cli->command->help);
	} else if (rc == EXIT_DONE) {
		rc = cli->command->run(cli);
	}
	free(pool);
	return rc;
}

/* Everything goes into JSON texts. */
static bool arguments_are_utf8(int argc, char **argv)
{
	bool good = true;

	for (int i = 1; i < argc && good; i++) {
		json_t *text = json_string(argv[i]);

		good = text != NULL;
		json_decref(text);
	}
	return good;
}

int main(int argc, char **argv)
{
	static const struct option globals[] = {{"help", no_argument, NULL, 'h'},
	                                        {"version", no_argument, NULL, 'V'},
	                                        {NULL, 0, NULL, 0}};
	struct cli cli = {.conf = access(conf_here, F_OK) == 0 ? conf_here : conf_system};
	int rc = EXIT_DONE;
	int id = 0;

	if (!harden_process(NULL)) {
		return cli_fail("core files cannot be switched off: %s", strerror(errno));
	}
	admin_json_init();
	if (!arguments_are_utf8(argc, argv)) {
		(void)cli_fail("an argument is not UTF-8");
		return EXIT_USAGE;
	}
	opterr = 0;
	while ((id = getopt_long(argc, argv, "+c:hV", globals, NULL)) != -1) {
		if (id == 'c') {
			cli.conf = optarg;
			continue;
		}
		if (id == 'h') {
			help_all(stdout);
		} else if (id == 'V') {
			(void)printf("hssctl (Quintet) %s\n", QUINTET_VERSION);
		} else {
			(void)cli_fail(
				"in front of the command stand -c FILE, --help or --version");
			help_all(stderr);
			return EXIT_USAGE;
		}
		return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
	}
	rc = command_run(&cli, argc - optind, argv + optind);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		return cli_fail("standard output: %s", strerror(errno));
	}
	return rc;
}
