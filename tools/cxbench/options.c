#include "tools/cxbench/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const commands[N_COMMANDS] = {"mar", "uar", "sar", "lir", "mix"};

enum value { VALUE_TEXT, VALUE_COUNT, VALUE_DECIMAL, VALUE_FLAG, VALUE_COMMAND };

/* An option, where its value goes, and what it may be. */
struct option_row {
	const char *name;
	const char *argument; /* for the help */
	enum value value;
	size_t at;
	uint64_t min;
	uint64_t max;
	const char *help;
};

#define TO(member_) offsetof(struct settings, member_)

enum { MANY = 1000000000 };

static const struct option_row rows[] = {
	{"command", "mar|uar|sar|lir|mix", VALUE_COMMAND, TO(command), 0, 0, "what to send (mar)"},
	{"subscribers", "FILE", VALUE_TEXT, TO(subscribers), 0, 0, "the import file; required"},
	{"connections", "N", VALUE_COUNT, TO(connections), 1, CONNECTIONS_MAX,
         "TCP connections (1)"},
	{"window", "N", VALUE_COUNT, TO(window), 1, WINDOW_MAX,
         "requests outstanding in all (128)"},
	{"vectors", "N", VALUE_COUNT, TO(vectors), 1, VECTORS_MAX, "vectors in a MAR (1)"},
	{"rate", "N", VALUE_DECIMAL, TO(rate), 0, MANY,
         "requests a second, whatever comes back (0: as fast as the window lets)"},
	{"count", "N", VALUE_COUNT, TO(count), 1, UINT64_MAX, "end after so many requests"},
	{"seconds", "S", VALUE_DECIMAL, TO(seconds), 0, MANY, "end after so many seconds"},
	{"warmup", "S", VALUE_DECIMAL, TO(warmup), 0, MANY,
         "of these, the first ones are not measured (0)"},
	{"identity", "PREFIX", VALUE_TEXT, TO(identity), 0, 0,
         "of our Origin-Hosts, PREFIXn.REALM (cxbench)"},
	{"realm", "REALM", VALUE_TEXT, TO(realm), 0, 0, "of both sides (home.example)"},
	{"hss", "ID", VALUE_TEXT, TO(hss), 0, 0, "Diameter identity of the HSS (hss.REALM)"},
	{"server-name", "URI", VALUE_TEXT, TO(server_name), 0, 0,
         "of the S-CSCF (sip:scscf.REALM:6060)"},
	{"scscfs", "N", VALUE_COUNT, TO(scscfs), 1, SCSCFS_MAX,
         "so many S-CSCFs, sip:scscf1.REALM:6060 and so on (1)"},
	{"verify", "PERCENT", VALUE_COUNT, TO(verify), 0, 100,
         "share of the MAAs whose vectors are recomputed (10; 100 with --sqn-log)"},
	{"sqn-log", "FILE", VALUE_TEXT, TO(sqn_log), 0, 0, "keep the SQNs over runs"},
	{"ind-bits", "N", VALUE_COUNT, TO(ind_bits), 0, 16, "length of IND in bits (5)"},
	{"hot", "N", VALUE_COUNT, TO(hot), 1, MANY, "only the first N subscribers (all)"},
	{"timeout", "S", VALUE_DECIMAL, TO(timeout), 0, MANY,
         "to connect, and for an answer to come (10)"},
	{"allow-loss", NULL, VALUE_FLAG, TO(allow_loss), 0, 0,
         "a connection may end; its requests are counted as lost"},
	{"allow-busy", NULL, VALUE_FLAG, TO(allow_busy), 0, 0, "DIAMETER_TOO_BUSY is no fault"},
	{"allow-refused", NULL, VALUE_FLAG, TO(allow_refused), 0, 0,
         "UNABLE_TO_COMPLY and UNABLE_TO_DELIVER are no faults"},
	{"reconnect", NULL, VALUE_FLAG, TO(reconnect), 0, 0,
         "connect again when a connection ends"},
	{"deaf", NULL, VALUE_FLAG, TO(deaf), 0, 0, "send, and never read (hostile)"},
	{"progress", NULL, VALUE_FLAG, TO(progress), 0, 0, "a line each second on stderr"},
	{"make-subscribers", "N", VALUE_COUNT, TO(make_subscribers), 1, SUBSCRIBERS_MAX,
         "write the import file of N subscribers and end"},
	{"output", "FILE", VALUE_TEXT, TO(output), 0, 0,
         "of --make-subscribers, created with mode 0600"},
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]), OPT_HELP = N_ROWS + 1 };

const char *command_name(enum command command)
{
	return commands[command];
}

static bool usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool usage(const char *format, ...)
{
	va_list args;

	(void)fputs("cxbench: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputs(" (see cxbench --help)\n", stderr);
	return false;
}

static void help(void)
{
	(void)puts("usage: cxbench [OPTION]... --subscribers FILE HOST:PORT\n"
	           "       cxbench --make-subscribers N [--realm REALM] [--output FILE]\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		char left[48];

		(void)snprintf(left, sizeof(left), "--%s %s", rows[i].name,
		               rows[i].argument != NULL ? rows[i].argument : "");
		(void)printf("  %-30s %s\n", left, rows[i].help);
	}
}

static bool count_read(const struct option_row *row, const char *text, uint64_t *value)
{
	char *end = NULL;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || *value < row->min ||
	    *value > row->max) {
		return usage("--%s %s: a number from %" PRIu64 " to %" PRIu64 " is wanted",
		             row->name, text, row->min, row->max);
	}
	return true;
}

static bool decimal_read(const struct option_row *row, const char *text, double *value)
{
	char *end = NULL;

	errno = 0;
	*value = strtod(text, &end);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
	    !(*value <= (double)row->max)) {
		return usage("--%s %s: a number up to %" PRIu64 " is wanted", row->name, text,
		             row->max);
	}
	return true;
}

static bool command_read(const char *text, enum command *command)
{
	for (unsigned i = 0; i < N_COMMANDS; i++) {
		if (strcmp(text, commands[i]) == 0) {
			*command = (enum command)i;
			return true;
		}
	}
	return usage("--command %s: mar, uar, sar, lir or mix is wanted", text);
}

static bool value_take(const struct option_row *row, const char *text, struct settings *settings)
{
	char *place = (char *)settings + row->at;

	switch (row->value) {
	case VALUE_TEXT:
		*(const char **)(void *)place = text;
		return text[0] != '\0' || usage("--%s: the text is empty", row->name);
	case VALUE_COUNT:
		return count_read(row, text, (uint64_t *)(void *)place);
	case VALUE_DECIMAL:
		return decimal_read(row, text, (double *)(void *)place);
	case VALUE_FLAG:
		*(bool *)place = true;
		return true;
	case VALUE_COMMAND:
		return command_read(text, (enum command *)(void *)place);
	}
	return false;
}

/* HOST:PORT or [ADDRESS]:PORT. */
static bool address_read(const char *text, struct settings *settings)
{
	const char *colon = strrchr(text, ':');
	const bool bracket = text[0] == '[';
	size_t len = 0;
	char *end = NULL;
	unsigned long port = 0;

	if (colon == NULL || (bracket && (colon == text || colon[-1] != ']'))) {
		return usage("%s: HOST:PORT is wanted", text);
	}
	len = (size_t)(colon - text) - (bracket ? 2 : 0);
	port = strtoul(colon + 1, &end, 10);
	if (len == 0 || len > ADDRESS_OCTETS_MAX || colon[1] < '0' || colon[1] > '9' ||
	    *end != '\0' || port == 0 || port > UINT16_MAX) {
		return usage("%s: HOST:PORT is wanted", text);
	}
	memcpy(settings->host, text + bracket, len);
	settings->host[len] = '\0';
	(void)snprintf(settings->port, sizeof(settings->port), "%lu", port);
	return true;
}

/* What one option alone cannot tell. */
static bool together_check(struct settings *settings)
{
	if (settings->subscribers == NULL) {
		return usage("--subscribers is required");
	}
	if (settings->count == 0 && settings->seconds <= 0) {
		return usage("--count or --seconds is required");
	}
	if (settings->deaf && settings->seconds <= 0) {
		return usage("--deaf needs --seconds: nothing else would end it");
	}
	if (settings->seconds > 0 && settings->warmup >= settings->seconds) {
		return usage("--warmup has to be below --seconds");
	}
	if (settings->window < settings->connections) {
		return usage("--window has to be at least --connections");
	}
	if (settings->timeout <= 0) {
		return usage("--timeout has to be above 0");
	}
	if (settings->scscfs > 1 && settings->server_name != NULL) {
		return usage("--server-name names one S-CSCF: not with --scscfs");
	}
	if (settings->sqn_log != NULL && settings->verify_given && settings->verify != 100) {
		return usage("--sqn-log needs every vector: --verify 100");
	}
	if (strlen(settings->realm) + strlen(settings->identity) + 8 > NAME_OCTETS_MAX ||
	    (settings->hss != NULL && strlen(settings->hss) > NAME_OCTETS_MAX) ||
	    (settings->server_name != NULL && strlen(settings->server_name) > NAME_OCTETS_MAX) ||
	    strlen(settings->realm) + 24 > NAME_OCTETS_MAX) {
		return usage("a name of --identity, --realm, --hss or --server-name is longer than "
		             "255 octets");
	}
	if (settings->hss == NULL) {
		(void)snprintf(settings->hss_room, sizeof(settings->hss_room), "hss.%s",
		               settings->realm);
		settings->hss = settings->hss_room;
	}
	return true;
}

static void long_options_make(struct option *options)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		options[i] = (struct option){.name = rows[i].name,
		                             .has_arg = rows[i].argument != NULL ? required_argument
		                                                                 : no_argument,
		                             .val = (int)i + 1};
	}
	options[N_ROWS] = (struct option){.name = "help", .has_arg = no_argument, .val = OPT_HELP};
	options[N_ROWS + 1] = (struct option){0};
}

static enum options_result words_read(int argc, char *const argv[], struct settings *settings)
{
	struct option options[N_ROWS + 2];
	int found = 0;

	long_options_make(options);
	while ((found = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (found == OPT_HELP) {
			help();
			return OPTIONS_DONE;
		}
		if (found == '?') {
			return OPTIONS_BAD;
		}
		if (!value_take(&rows[found - 1], optarg, settings)) {
			return OPTIONS_BAD;
		}
		settings->verify_given |= rows[found - 1].at == TO(verify);
	}
	return OPTIONS_RUN;
}

enum options_result options_read(int argc, char *const argv[], struct settings *settings)
{
	enum options_result result = OPTIONS_RUN;
	int rest = 0;

	*settings = (struct settings){.identity = "cxbench",
	                              .realm = "home.example",
	                              .connections = 1,
	                              .window = 128,
	                              .vectors = 1,
	                              .scscfs = 1,
	                              .ind_bits = 5,
	                              .timeout = 10};
	optind = 1;
	result = words_read(argc, argv, settings);
	if (result != OPTIONS_RUN) {
		return result;
	}
	rest = argc - optind;
	if (settings->make_subscribers > 0) {
		return rest == 0 || usage("--make-subscribers takes no address") ? OPTIONS_RUN
		                                                                 : OPTIONS_BAD;
	}
	if (settings->output != NULL) {
		(void)usage("--output goes with --make-subscribers");
		return OPTIONS_BAD;
	}
	if (rest != 1) {
		(void)usage("one HOST:PORT is wanted");
		return OPTIONS_BAD;
	}
	return address_read(argv[optind], settings) && together_check(settings) ? OPTIONS_RUN
	                                                                        : OPTIONS_BAD;
}
