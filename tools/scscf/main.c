/* scscf: the S-CSCF side of Cx, with a soft ISIM, as a program. See scscf.1. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>
#include <openssl/crypto.h>

#include "hss/ending.h"
#include "hss/harden.h"
#include "hss/identity.h"
#include "hss/tls_end.h"
#include "tools/scscf/cx_client.h"
#include "tools/scscf/cx_text.h"
#include "tools/scscf/flows.h"
#include "tools/scscf/pushes.h"
#include "tools/scscf/redirect.h"
#include "tools/scscf/secrets.h"
#include "tools/scscf/storm.h"
#include "tools/scscf/trace.h"

enum {
	DONE = 0,
	FAILED = 1,
	USAGE = 2,
	NAME_LEN = 600,
	DIAMETER_PORT_DEFAULT = 3868,
	AT_MAX = 16,
	STORM_COUNT = 1000
};

/* Where a host is that an SLF may name. */
struct at {
	char identity[REDIRECT_HOST_LEN];
	char host[NAME_LEN];
	uint16_t port; /* 0: that of the redirect */
};

enum option_id {
	OPT_HSS = 256,
	OPT_HSS_IDENTITY,
	OPT_IDENTITY,
	OPT_REALM,
	OPT_SERVER_NAME,
	OPT_SECOND_SERVER_NAME,
	OPT_SECRETS,
	OPT_IMPI,
	OPT_IMPU,
	OPT_OTHER_IMPU,
	OPT_VECTORS,
	OPT_VISITED,
	OPT_TIMEOUT,
	OPT_TYPE,
	OPT_SCHEME,
	OPT_ORIGINATING,
	OPT_UNREGISTERED_SERVICES,
	OPT_COUNT,
	OPT_REQUESTERS,
	OPT_SQN_LOG,
	OPT_ALLOW_LOSS,
	OPT_REGISTER,
	OPT_WAIT,
	OPT_RTA,
	OPT_PPA,
	OPT_EMERGENCY,
	OPT_DELAY,
	OPT_FOLLOW,
	OPT_AT,
	OPT_QUIET,
	OPT_VERBOSE,
	OPT_JSON,
	OPT_HELP,
};

/* The command line, then completed by defaults. Texts point into argv or into room. */
struct settings {
	const char *config_file, *hss, *hss_identity, *identity, *realm, *server_name;
	const char *second_server_name, *secrets, *impi, *impu, *other_impu, *visited, *type,
		*scheme, *sqn_log;
	uint32_t vectors, timeout, count, requesters, wait;
	struct pushes pushes; /* what RTRs and PPRs are answered */
	bool registering, originating, unregistered_services, allow_loss, follow;
	struct at at[AT_MAX];
	size_t n_at;
	struct trace trace;
	char host[NAME_LEN];
	uint16_t port;
	char room[6][NAME_LEN];
	char impi_room[IMPI_LEN_MAX + 1], impu_room[IMPU_LEN_MAX + 1], other_room[IMPU_LEN_MAX + 1];
};

/* What a command works with. */
struct session {
	const struct settings *set;
	struct pushes *pushes;
	struct scscf_cx cx;
	struct secrets secrets;
};

struct command {
	const char *name;
	const char *argument; /* NULL: takes none */
	bool needs_secrets;
	int (*run)(const struct session *session, const char *name);
	const char *help;
};

static int run_cx(const struct session *session, const char *name);
static int run_single(const struct session *session, const char *name);
static int run_flows(const struct session *session, const char *name);
static int run_storm(const struct session *session, const char *name);
static int run_wait(const struct session *session, const char *name);

static const struct command commands[] = {
	{"uar", NULL, false, run_cx, "ask which S-CSCF may register the user [--type NAME|N]"},
	{"mar", NULL, false, run_cx,
         "ask authentication vectors, or HA1 [--vectors N] [--scheme NAME]"},
	{"sar", NULL, false, run_cx, "assign or release the S-CSCF: --type NAME|N"},
	{"lir", NULL, false, run_cx, "ask which S-CSCF serves the IMPU [--originating]"},
	{"register", NULL, true, run_single,
         "register, message by message; leaves the user registered"},
	{"register-digest", NULL, true, run_single, "the same with SIP Digest"},
	{"reregister", NULL, true, run_single, "register, then again from the stock of vectors"},
	{"deregister", NULL, true, run_single, "register, then deregister"},
	{"auts", NULL, true, run_single, "register through a synchronisation failure"},
	{"wrong-res", NULL, true, run_single, "answer the challenge wrongly"},
	{"no-answer", NULL, true, run_single, "do not answer the challenge"},
	{"network-failure", NULL, true, run_single, "refuse the network's MAC"},
	{"wait-push", NULL, false, run_wait,
         "answer what the HSS sends by itself [--register] [--count N] [--wait SECONDS]"},
	{"run", "FLOW|all|list", true, run_flows,
         "run flows and compare each answer with TS 29.228"},
	{"storm", NULL, true, run_storm, "many requesters for one IMPI: --count N --requesters M"},
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"hss", required_argument, NULL, OPT_HSS},
	{"hss-identity", required_argument, NULL, OPT_HSS_IDENTITY},
	{"identity", required_argument, NULL, OPT_IDENTITY},
	{"realm", required_argument, NULL, OPT_REALM},
	{"server-name", required_argument, NULL, OPT_SERVER_NAME},
	{"second-server-name", required_argument, NULL, OPT_SECOND_SERVER_NAME},
	{"secrets", required_argument, NULL, OPT_SECRETS},
	{"impi", required_argument, NULL, OPT_IMPI},
	{"impu", required_argument, NULL, OPT_IMPU},
	{"other-impu", required_argument, NULL, OPT_OTHER_IMPU},
	{"vectors", required_argument, NULL, OPT_VECTORS},
	{"visited", required_argument, NULL, OPT_VISITED},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"type", required_argument, NULL, OPT_TYPE},
	{"scheme", required_argument, NULL, OPT_SCHEME},
	{"originating", no_argument, NULL, OPT_ORIGINATING},
	{"unregistered-services", no_argument, NULL, OPT_UNREGISTERED_SERVICES},
	{"count", required_argument, NULL, OPT_COUNT},
	{"requesters", required_argument, NULL, OPT_REQUESTERS},
	{"sqn-log", required_argument, NULL, OPT_SQN_LOG},
	{"allow-loss", no_argument, NULL, OPT_ALLOW_LOSS},
	{"register", no_argument, NULL, OPT_REGISTER},
	{"wait", required_argument, NULL, OPT_WAIT},
	{"rta", required_argument, NULL, OPT_RTA},
	{"ppa", required_argument, NULL, OPT_PPA},
	{"emergency", required_argument, NULL, OPT_EMERGENCY},
	{"delay", required_argument, NULL, OPT_DELAY},
	{"follow", no_argument, NULL, OPT_FOLLOW},
	{"at", required_argument, NULL, OPT_AT},
	{"quiet", no_argument, NULL, OPT_QUIET},
	{"verbose", no_argument, NULL, OPT_VERBOSE},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static int help(FILE *out, int status)
{
	(void)fputs("usage: scscf [OPTION]... COMMAND\n\n", out);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		char left[40];

		(void)snprintf(left, sizeof(left), "%s%s%s", commands[i].name,
		               commands[i].argument != NULL ? " " : "",
		               commands[i].argument != NULL ? commands[i].argument : "");
		(void)fprintf(out, "  %-20s %s\n", left, commands[i].help);
	}
	(void)fputs(
		"\n"
		"  --hss HOST[:PORT]         address of the HSS (127.0.0.1:3868)\n"
		"  --hss-identity FQDN       its Diameter identity (hss.REALM)\n"
		"  --identity FQDN           our Diameter identity (scscf.REALM)\n"
		"  --realm REALM             realm of both (domain of the IMPI)\n"
		"  --server-name URI         our S-CSCF name (sip:IDENTITY:6060)\n"
		"  --second-server-name URI  name of another S-CSCF (sip:other-scscf.REALM:6060)\n"
		"  -c, --config FILE         freeDiameter configuration of our node, for TLS\n"
		"  --secrets FILE|-          keys of the ISIM: lines k= and opc= or op=; of SIP\n"
		"                            Digest: password= or ha1=\n"
		"  --impi IMPI --impu IMPU   the subscriber\n"
		"  --other-impu IMPU         an IMPU of another subscriber\n"
		"  --vectors N               vectors to ask for (3)\n"
		"  --scheme NAME             mar: authentication scheme (Digest-AKAv1-MD5)\n"
		"  --visited NETWORK         visited network (REALM)\n"
		"  --timeout SECONDS         for the connection and each answer (10)\n"
		"  --unregistered-services   the profile has services while not registered\n"
		"  --sqn-log FILE            storm: append each SQN, compare with earlier ones\n"
		"  --allow-loss              storm: unanswered requests are no failure, nor is an "
		"HSS that ends\n"
		"  --count N                 storm: requests (1000); wait-push: RTRs and PPRs (1)\n"
		"  --register                wait-push: register first, and answer from that\n"
		"  --wait SECONDS            wait-push: for so many (30)\n"
		"  --rta, --ppa RESULT,...   wait-push: answers, the last one repeated; a result "
		"is a\n"
		"                            code or a name, or \"silent\"\n"
		"  --emergency IMPU          wait-push: the RTA lists it as registered for "
		"emergency\n"
		"  --delay MS                wait-push: before each answer\n"
		"  --follow                  the HSS may be an SLF: follow its redirects\n"
		"  --at FQDN=ADDRESS[:PORT]  where a host is that the SLF names (DNS); follows\n"
		"  --quiet, --verbose, --json\n",
		out);
	return status;
}

static bool number(const char *text, uint32_t min, uint32_t *value)
{
	char *end = NULL;
	unsigned long long parsed = 0;

	errno = 0;
	parsed = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || parsed < min ||
	    parsed > UINT32_MAX) {
		(void)fprintf(stderr, "scscf: \"%s\" is not a number from %" PRIu32 " up\n", text,
		              min);
		return false;
	}
	*value = (uint32_t)parsed;
	return true;
}

/* Options with a text of their own: where it goes. */
static const char **text_of(struct settings *set, int option)
{
	switch (option) {
	case 'c':
		return &set->config_file;
	case OPT_HSS:
		return &set->hss;
	case OPT_HSS_IDENTITY:
		return &set->hss_identity;
	case OPT_IDENTITY:
		return &set->identity;
	case OPT_REALM:
		return &set->realm;
	case OPT_SERVER_NAME:
		return &set->server_name;
	case OPT_SECOND_SERVER_NAME:
		return &set->second_server_name;
	case OPT_SECRETS:
		return &set->secrets;
	case OPT_IMPI:
		return &set->impi;
	case OPT_IMPU:
		return &set->impu;
	case OPT_OTHER_IMPU:
		return &set->other_impu;
	case OPT_VISITED:
		return &set->visited;
	case OPT_TYPE:
		return &set->type;
	case OPT_SCHEME:
		return &set->scheme;
	case OPT_SQN_LOG:
		return &set->sqn_log;
	default:
		return NULL;
	}
}

/* HOST, HOST:PORT, [IPv6]:PORT; *port is left as it is when there is none. */
static bool address_split(const char *text, char host[static NAME_LEN], uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	size_t len = strlen(text);
	uint32_t value = *port;

	if (text[0] == '[') {
		const char *end = strchr(text, ']');

		if (end == NULL || (end[1] != ':' && end[1] != '\0')) {
			(void)fprintf(stderr, "scscf: \"%s\" is not an address\n", text);
			return false;
		}
		text++;
		len = (size_t)(end - text);
		colon = end[1] == ':' ? end + 1 : NULL;
	} else if (colon != NULL && strchr(text, ':') == colon) {
		len = (size_t)(colon - text);
	} else {
		colon = NULL; /* none, or an IPv6 address by itself */
	}
	if (colon != NULL && (!number(colon + 1, 1, &value) || value > UINT16_MAX)) {
		return false;
	}
	*port = (uint16_t)value;
	(void)snprintf(host, NAME_LEN, "%.*s", (int)len, text);
	return true;
}

/* IDENTITY=ADDRESS[:PORT] */
static bool at_take(struct settings *set, const char *text)
{
	const size_t len = strcspn(text, "=");
	struct at *at = &set->at[set->n_at];

	if (text[len] == '\0' || len == 0 || len >= sizeof(at->identity) || set->n_at == AT_MAX) {
		(void)fprintf(stderr, "scscf: --at takes IDENTITY=ADDRESS[:PORT], %d times\n",
		              AT_MAX);
		return false;
	}
	(void)snprintf(at->identity, sizeof(at->identity), "%.*s", (int)len, text);
	set->n_at++;
	set->follow = true;
	return address_split(text + len + 1, at->host, &at->port);
}

static bool answers_take(const char *text, struct push_answers *answers)
{
	if (!push_answers_parse(text, answers)) {
		(void)fprintf(stderr, "scscf: \"%s\" is not a list of results\n", text);
		return false;
	}
	return true;
}

/* The others. False: a value is wrong, and was reported, or the option is unknown. */
static bool option_apply(struct settings *set, int option, const char *value)
{
	switch (option) {
	case OPT_VECTORS:
		return number(value, 0, &set->vectors);
	case OPT_TIMEOUT:
		return number(value, 1, &set->timeout) && set->timeout <= 3600;
	case OPT_COUNT:
		return number(value, 1, &set->count);
	case OPT_REQUESTERS:
		return number(value, 1, &set->requesters);
	case OPT_REGISTER:
		set->registering = true;
		return true;
	case OPT_WAIT:
		return number(value, 1, &set->wait);
	case OPT_RTA:
		return answers_take(value, &set->pushes.rta);
	case OPT_PPA:
		return answers_take(value, &set->pushes.ppa);
	case OPT_DELAY:
		return number(value, 0, &set->pushes.delay_ms);
	case OPT_EMERGENCY:
		set->pushes.emergency[set->pushes.n_emergency++ % PUSHES_EMERGENCY_MAX] = value;
		return set->pushes.n_emergency <= PUSHES_EMERGENCY_MAX;
	case OPT_ORIGINATING:
		set->originating = true;
		return true;
	case OPT_UNREGISTERED_SERVICES:
		set->unregistered_services = true;
		return true;
	case OPT_ALLOW_LOSS:
		set->allow_loss = true;
		return true;
	case OPT_FOLLOW:
		set->follow = true;
		return true;
	case OPT_AT:
		return at_take(set, value);
	case OPT_QUIET:
		set->trace.mode = TRACE_QUIET;
		return true;
	case OPT_VERBOSE:
		set->trace.mode = TRACE_VERBOSE;
		return true;
	case OPT_JSON:
		set->trace.json = true;
		return true;
	default:
		return false;
	}
}

/* -1: go on; else the exit code. */
static int options_parse(struct settings *set, int argc, char **argv)
{
	int option = 0;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		const char **text = text_of(set, option);

		if (option == 'h' || option == OPT_HELP) {
			return help(stdout, DONE);
		}
		if (text != NULL) {
			*text = optarg;
		} else if (!option_apply(set, option, optarg)) {
			return USAGE;
		}
	}
	return -1;
}

static void default_text(const char **text, char room[static NAME_LEN], const char *before,
                         const char *middle, const char *after)
{
	if (*text == NULL) {
		(void)snprintf(room, NAME_LEN, "%s%s%s", before, middle, after);
		*text = room;
	}
}

static bool identity_take(const char **text, char room[static IMPU_LEN_MAX + 1])
{
	const char *why = NULL;

	if (*text != NULL && impu_canonical(*text, strlen(*text), room, &why) != HSS_OK) {
		(void)fprintf(stderr, "scscf: the IMPU %s %s\n", *text, why);
		return false;
	}
	*text = *text != NULL ? room : NULL;
	return true;
}

static bool identities_take(struct settings *set)
{
	const char *why = NULL;

	if (set->impi == NULL || set->impu == NULL) {
		(void)fputs("scscf: --impi and --impu are needed\n", stderr);
		return false;
	}
	if (impi_canonical(set->impi, strlen(set->impi), set->impi_room, &why) != HSS_OK) {
		(void)fprintf(stderr, "scscf: the IMPI %s %s\n", set->impi, why);
		return false;
	}
	set->impi = set->impi_room;
	return identity_take(&set->impu, set->impu_room) &&
	       identity_take(&set->other_impu, set->other_room);
}

static bool settings_complete(struct settings *set)
{
	if (!identities_take(set)) {
		return false;
	}
	default_text(&set->hss, set->room[0], "127.0.0.1", "", "");
	default_text(&set->realm, set->room[1], strchr(set->impi, '@') + 1, "", "");
	default_text(&set->hss_identity, set->room[2], "hss.", set->realm, "");
	default_text(&set->identity, set->room[3], "scscf.", set->realm, "");
	default_text(&set->server_name, set->room[4], "sip:", set->identity, ":6060");
	default_text(&set->second_server_name, set->room[5], "sip:other-scscf.", set->realm,
	             ":6060");
	set->visited = set->visited != NULL ? set->visited : set->realm;
	set->port = DIAMETER_PORT_DEFAULT;
	return address_split(set->hss, set->host, &set->port);
}

static bool low_level_fill(const struct settings *set, const char *name, struct cx_request *req)
{
	if (strcmp(name, "uar") == 0) {
		uint32_t type = CX_UAT_REGISTRATION;

		if (set->type != NULL && !cx_text_uat_parse(set->type, &type)) {
			return false;
		}
		req->command = CX_CMD_UAR;
		req->uar = (struct cx_uar){.visited_network = set->visited, .type = type};
	} else if (strcmp(name, "mar") == 0) {
		req->command = CX_CMD_MAR;
		req->mar = (struct cx_mar){.server_name = set->server_name,
		                           .scheme = cx_text_scheme_parse(set->scheme),
		                           .scheme_name = set->scheme,
		                           .n_vectors = set->vectors};
	} else if (strcmp(name, "sar") == 0) {
		req->command = CX_CMD_SAR;
		req->sar = (struct cx_sar){.server_name = set->server_name};
		return set->type != NULL && cx_text_sat_parse(set->type, &req->sar.type);
	} else {
		req->command = CX_CMD_LIR;
		req->lir = (struct cx_lir){.originating = set->originating};
		req->impi = NULL;
	}
	return true;
}

static int run_cx(const struct session *session, const char *name)
{
	const struct settings *set = session->set;
	const char *impu[1] = {set->impu};
	struct cx_request req = {.impi = set->impi, .impu = impu, .n_impu = 1};
	struct cx_answer ans = {0};
	struct arena arena = {0};
	enum hss_err err = HSS_OK;
	bool success = false;

	if (!low_level_fill(set, name, &req)) {
		(void)fprintf(stderr, "scscf: %s needs a --type by name or number\n", name);
		return USAGE;
	}
	err = session->cx.ask(session->cx.opaque, &req, &arena, &ans);
	if (err == HSS_OK) {
		trace_answer(&set->trace, &ans);
		success = cx_result_is_success(ans.verdict.result);
	} else {
		(void)fprintf(stderr, "scscf: no answer: %s%s%s\n", hss_err_text(err),
		              ans.verdict.message[0] != '\0' ? ": " : "", ans.verdict.message);
	}
	cx_answer_wipe(&ans);
	arena_free(&arena);
	return success ? DONE : FAILED;
}

static struct flow_env flow_env_of(const struct session *session)
{
	const struct settings *set = session->set;
	const struct secrets *secrets = &session->secrets;

	return (struct flow_env){.cx = &session->cx,
	                         .trace = &set->trace,
	                         .key = secrets->has_key ? &secrets->key : NULL,
	                         .digest = secrets->has_digest ? &secrets->digest : NULL,
	                         .impi = set->impi,
	                         .impu = set->impu,
	                         .other_impu = set->other_impu,
	                         .realm = set->realm,
	                         .server_name = set->server_name,
	                         .second_server_name = set->second_server_name,
	                         .visited = set->visited,
	                         .n_vectors = set->vectors,
	                         .unregistered_services = set->unregistered_services};
}

static int run_single(const struct session *session, const char *name)
{
	const struct flow_env env = flow_env_of(session);
	struct flow_sum sum = {0};

	return flows_single(&env, name, &sum) && sum.passed > 0 ? DONE : FAILED;
}

static int run_flows(const struct session *session, const char *name)
{
	const struct flow_env env = flow_env_of(session);
	struct flow_sum sum = {0};

	if (!flows_run(&env, name, &sum)) {
		(void)fprintf(stderr,
		              "scscf: no flow is called %s; \"scscf run list\" names them\n", name);
		return USAGE;
	}
	trace_sum(&session->set->trace, sum.passed, sum.failed);
	return sum.failed == 0 ? DONE : FAILED;
}

static int run_storm(const struct session *session, const char *name)
{
	const struct settings *set = session->set;
	const struct storm storm = {.cx = &session->cx,
	                            .key = &session->secrets.key,
	                            .impi = set->impi,
	                            .impu = set->impu,
	                            .server_name = set->server_name,
	                            .n_vectors = set->vectors,
	                            .count = set->count > 0 ? set->count : STORM_COUNT,
	                            .requesters = set->requesters,
	                            .sqn_log = set->sqn_log};
	struct storm_result r;
	enum hss_err err = HSS_OK;

	(void)name;
	if (!session->secrets.has_key) {
		(void)fputs("scscf: storm needs k= and opc= or op= in the secrets\n", stderr);
		return USAGE;
	}
	err = storm_run(&storm, &r);
	if (err != HSS_OK) {
		(void)fprintf(stderr, "scscf: storm: %s\n", hss_err_text(err));
		return FAILED;
	}
	(void)printf(set->trace.json
	                     ? "{\"type\":\"storm\",\"answered\":%zu,\"vectors\":%zu,\"lost\":%zu,"
	                       "\"refused\":%zu,\"bad\":%zu,\"repeated\":%zu,\"unordered\":%zu,"
	                       "\"gone_back\":%zu}\n"
	                     : "%zu answered, %zu vectors, %zu lost, %zu refused, %zu bad, "
	                       "%zu repeated, %zu unordered, %zu gone back\n",
	             r.answered, r.vectors, r.lost, r.refused, r.bad, r.repeated, r.unordered,
	             r.gone_back);
	return storm_is_sound(&r) && r.refused == 0 && (r.lost == 0 || set->allow_loss) ? DONE
	                                                                                : FAILED;
}

/* freeDiameter reports a message just before it writes it, and a DPR may overtake it: what is asked
 * goes behind it, so that it has arrived when that is answered. Any answer will do. */
static void answers_flush(const struct session *session)
{
	const char *impu[1] = {session->set->impu};
	struct cx_request req = {.command = CX_CMD_LIR, .impu = impu, .n_impu = 1};
	struct cx_answer ans = {0};
	struct arena arena = {0};

	(void)session->cx.ask(session->cx.opaque, &req, &arena, &ans);
	cx_answer_wipe(&ans);
	arena_free(&arena);
}

static bool pushes_await(void *opaque, struct scscf *scscf)
{
	const struct session *session = opaque;
	const struct settings *set = session->set;
	const bool come =
		pushes_wait(session->pushes, scscf, set->count > 0 ? set->count : 1, set->wait);

	answers_flush(session);
	return come;
}

static int run_wait(const struct session *session, const char *name)
{
	const struct settings *set = session->set;
	struct flow_env env = flow_env_of(session);
	struct flow_sum sum = {0};
	bool come = false;

	if (!set->registering) {
		come = pushes_await((void *)(uintptr_t)session, NULL);
	} else {
		env.wait = pushes_await;
		env.wait_opaque = (void *)(uintptr_t)session;
		come = flows_single(&env, name, &sum) && sum.passed > 0;
	}
	return come ? DONE : FAILED;
}

static int list_flows(void)
{
	const char *about = NULL;
	const char *name = NULL;

	for (size_t i = 0; (name = flows_name(i, &about)) != NULL; i++) {
		(void)printf("%-34s %s\n", name, about);
	}
	return DONE;
}

static bool flow_is_known(const char *name)
{
	const char *about = NULL;
	const char *known = NULL;

	for (size_t i = 0; (known = flows_name(i, &about)) != NULL; i++) {
		if (strcmp(known, name) == 0) {
			return true;
		}
	}
	return strcmp(name, "all") == 0;
}

/* What redirects need: the client, and where its hosts are. */
struct reach {
	struct cx_client *client;
	const struct settings *set;
};

static enum hss_err reach(void *opaque, const struct redirect_target *target)
{
	const struct reach *r = opaque;
	const struct settings *set = r->set;

	for (size_t i = 0; i < set->n_at; i++) {
		if (strcasecmp(set->at[i].identity, target->host) == 0) {
			return cx_client_reach(r->client, target->host, set->at[i].host,
			                       set->at[i].port != 0 ? set->at[i].port
			                                            : target->port);
		}
	}
	return cx_client_reach(r->client, target->host, target->host, target->port);
}

static bool needs_secrets(const struct settings *set, const struct command *command)
{
	return command->needs_secrets || (command->run == run_wait && set->registering);
}

/* The exit status, should freeDiameter not survive its own end. */
static int finished_with = FAILED;

static int finish(void)
{
	return finished_with;
}

/* Connect, run, disconnect. */
static int session_run(struct settings *set, const struct command *command, const char *argument)
{
	struct session *session = OPENSSL_secure_zalloc(sizeof(*session));
	const struct cx_client_conf conf = {.config_file = set->config_file,
	                                    .identity = set->identity,
	                                    .realm = set->realm,
	                                    .hss_identity = set->hss_identity,
	                                    .hss_host = set->host,
	                                    .hss_port = set->port,
	                                    .timeout = (int)set->timeout,
	                                    .verbose = set->trace.mode == TRACE_VERBOSE,
	                                    .pushes = &set->pushes};
	struct reach reaching = {.set = set};
	struct redirect_cx redirect;
	struct cx_client *client = NULL;
	char client_why[CX_CLIENT_WHY_LEN];
	const char *why = NULL;
	int status = FAILED;

	if (session == NULL) {
		(void)fprintf(stderr, "scscf: out of memory\n");
		return FAILED;
	}
	session->set = set;
	session->pushes = &set->pushes;
	if (needs_secrets(set, command) &&
	    secrets_read(set->secrets, &session->secrets, &why) != HSS_OK) {
		(void)fprintf(stderr, "scscf: secrets in %s: %s\n", set->secrets, why);
		goto out;
	}
	pushes_open(&set->pushes);
	ending_open(finish);
	(void)tls_end_open(); /* if not, nothing but a rare crash at the end of a TLS connection is
	                         lost */
	if (cx_client_open(&conf, &client, client_why) != HSS_OK) {
		(void)fprintf(stderr, "scscf: %s\n", client_why);
	} else {
		session->cx = cx_client_cx(client);
		reaching.client = client;
		if (set->follow) {
			const struct scscf_cx inner = session->cx;

			session->cx = redirect_cx_open(&redirect, &inner, reach, &reaching);
		}
		status = command->run(session, argument);
		finished_with = status;
	}
	cx_client_close(client);
	ending_close();
	pushes_close(&set->pushes);
out:
	OPENSSL_secure_clear_free(session, sizeof(*session));
	return status;
}

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0) {
			return &commands[i];
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct settings set = {.scheme = CX_SCHEME_NAME_DIGEST_AKAV1_MD5,
	                              .vectors = 3,
	                              .timeout = 10,
	                              .wait = 30,
	                              .requesters = 16};
	const struct command *command = NULL;
	const char *argument = NULL;
	int status = DONE;

	if (!harden_process(NULL)) {
		(void)fprintf(stderr, "scscf: core files cannot be switched off: %s\n",
		              strerror(errno));
		return FAILED;
	}
	/* A connection that the HSS closes is an error to report, not the end of this program. */
	(void)signal(SIGPIPE, SIG_IGN);
	set.pushes.trace = &set.trace;
	set.trace = (struct trace){.out = stdout, .mode = TRACE_NORMAL};
	status = options_parse(&set, argc, argv);
	if (status >= 0) {
		return status;
	}
	command = optind < argc ? command_find(argv[optind]) : NULL;
	if (command == NULL || argc - optind != (command->argument != NULL ? 2 : 1)) {
		return help(stderr, USAGE);
	}
	argument = command->argument != NULL ? argv[optind + 1] : command->name;
	if (command->argument != NULL && strcmp(argument, "list") == 0) {
		return list_flows();
	}
	if (command->argument != NULL && !flow_is_known(argument)) {
		(void)fprintf(stderr,
		              "scscf: no flow is called %s; \"scscf run list\" names them\n",
		              argument);
		return USAGE;
	}
	if (needs_secrets(&set, command) && set.secrets == NULL) {
		(void)fprintf(stderr, "scscf: %s needs --secrets FILE or --secrets -\n",
		              command->name);
		return USAGE;
	}
	if (!settings_complete(&set)) {
		return USAGE;
	}
	xmlInitParser();
	status = session_run(&set, command, argument);
	xmlCleanupParser();
	return status;
}
