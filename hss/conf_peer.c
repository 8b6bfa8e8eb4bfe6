#include "hss/conf_peer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hss/identity.h"

static const struct {
	const char *name;
	unsigned commands;
} roles[] = {
	{"I-CSCF", ACCESS_ICSCF},
	{"S-CSCF", ACCESS_SCSCF},
	{"any", ACCESS_ANY},
};

enum { N_ROLES = sizeof(roles) / sizeof(roles[0]) };

static const char *const lists[] = {"commands", "server_names", "proxy_for"};

enum { N_LISTS = sizeof(lists) / sizeof(lists[0]) };

cfg_opt_t conf_peer_option(void)
{
	static cfg_opt_t options[] = {
		CFG_STR("role", NULL, CFGF_NONE),
		CFG_STR_LIST("commands", NULL, CFGF_NONE),
		CFG_STR_LIST("server_names", NULL, CFGF_NONE),
		CFG_STR_LIST("proxy_for", NULL, CFGF_NONE),
		CFG_INT("rate", 0, CFGF_NONE),
		CFG_END(),
	};
	const cfg_opt_t section =
		CFG_SEC("peer", options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES);

	return section;
}

/* The commands of a role; 0: there is none of this name. */
static unsigned role_commands(const char *name)
{
	for (size_t i = 0; i < N_ROLES; i++) {
		if (strcmp(roles[i].name, name) == 0) {
			return roles[i].commands;
		}
	}
	return 0;
}

/* The value that was read last. */
static const char *last_text(cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);

	return text != NULL ? text : "";
}

static int role_valid(cfg_t *cfg, cfg_opt_t *opt)
{
	if (role_commands(last_text(opt)) == 0) {
		cfg_error(cfg, "role must be \"I-CSCF\", \"S-CSCF\" or \"any\", not \"%s\"",
		          last_text(opt));
		return -1;
	}
	return 0;
}

static int command_valid(cfg_t *cfg, cfg_opt_t *opt)
{
	if (access_command_bit(last_text(opt)) == 0) {
		cfg_error(cfg, "commands takes UAR, SAR, LIR and MAR; '%s' is none of them",
		          last_text(opt));
		return -1;
	}
	return 0;
}

static int server_name_valid(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *name = last_text(opt);
	const char *why = "";

	if (scscf_name_check(name, strlen(name), &why) != HSS_OK) {
		cfg_error(cfg, "server_names: the S-CSCF name '%s' %s", name, why);
		return -1;
	}
	return 0;
}

static int proxy_for_valid(cfg_t *cfg, cfg_opt_t *opt)
{
	if (!access_pattern_valid(last_text(opt))) {
		cfg_error(cfg,
		          "proxy_for takes host names with a domain and *.domain; '%s' is neither",
		          last_text(opt));
		return -1;
	}
	return 0;
}

static int rate_valid(cfg_t *cfg, cfg_opt_t *opt)
{
	const long rate = cfg_opt_getnint(opt, cfg_opt_size(opt) - 1);

	if (rate < 0 || rate > ACCESS_RATE_MAX) {
		cfg_error(cfg, "rate must be from 0 to %d, not %ld", ACCESS_RATE_MAX, rate);
		return -1;
	}
	return 0;
}

/* What a section lets its peer send. */
static unsigned section_commands(cfg_t *section)
{
	const char *role = cfg_getstr(section, "role");
	unsigned commands = role != NULL ? role_commands(role) : 0;

	for (unsigned i = 0; i < cfg_size(section, "commands"); i++) {
		commands |= access_command_bit(cfg_getnstr(section, "commands", i));
	}
	return commands;
}

/* What is wrong with a section whose values are right; NULL: nothing. */
static const char *section_problem(cfg_t *section)
{
	const bool has_role = cfg_getstr(section, "role") != NULL;
	const bool has_commands = cfg_size(section, "commands") > 0;

	if (!access_pattern_valid(cfg_title(section))) {
		return "this is neither a host name with a domain nor *.domain";
	}
	for (size_t i = 0; i < N_LISTS; i++) {
		const cfg_opt_t *opt = cfg_getopt(section, lists[i]);

		if ((opt->flags & CFGF_MODIFIED) != 0 && opt->nvalues == 0) {
			return "an empty list allows nothing; leave the option out or name "
			       "something";
		}
	}
	if (has_role == has_commands) {
		return has_role ? "role and commands exclude each other"
		                : "it needs a role or commands";
	}
	if (cfg_size(section, "server_names") > 0 &&
	    (section_commands(section) & ACCESS_CLAIMS) == 0) {
		return "server_names are claimed in SAR and MAR, which it may not send";
	}
	return NULL;
}

static int section_valid(cfg_t *cfg, cfg_opt_t *opt)
{
	const unsigned last = cfg_opt_size(opt) - 1;
	cfg_t *section = cfg_opt_getnsec(opt, last);
	const char *problem = section_problem(section);

	for (unsigned i = 0; i < last && problem == NULL; i++) {
		if (strcasecmp(cfg_title(cfg_opt_getnsec(opt, i)), cfg_title(section)) == 0) {
			problem = "it has a section already";
		}
	}
	if (problem != NULL) {
		cfg_error(cfg, "peer \"%s\": %s", cfg_title(section), problem);
		return -1;
	}
	return 0;
}

void conf_peer_validate(cfg_t *cfg)
{
	(void)cfg_set_validate_func(cfg, "peer", section_valid);
	(void)cfg_set_validate_func(cfg, "peer|role", role_valid);
	(void)cfg_set_validate_func(cfg, "peer|commands", command_valid);
	(void)cfg_set_validate_func(cfg, "peer|server_names", server_name_valid);
	(void)cfg_set_validate_func(cfg, "peer|proxy_for", proxy_for_valid);
	(void)cfg_set_validate_func(cfg, "peer|rate", rate_valid);
}

/* The texts of a list, which stay libconfuse's. */
static bool list_borrow(cfg_t *section, const char *name, struct access_names *names)
{
	names->n = cfg_size(section, name);
	names->name = calloc(names->n + 1, sizeof(*names->name));
	if (names->name == NULL) {
		names->n = 0;
		return false;
	}
	for (size_t i = 0; i < names->n; i++) {
		names->name[i] = cfg_getnstr(section, name, (unsigned)i);
	}
	return true;
}

static enum hss_err section_take(cfg_t *section, struct access_rules *rules)
{
	struct access_peer peer = {
		.name = (char *)(uintptr_t)cfg_title(section),
		.commands = section_commands(section),
		.rate = (unsigned)cfg_getint(section, "rate"),
	};
	enum hss_err err = HSS_ERR_MEMORY;

	if (list_borrow(section, "server_names", &peer.server_names) &&
	    list_borrow(section, "proxy_for", &peer.proxy_for)) {
		err = access_rules_add(rules, &peer);
	}
	free(peer.server_names.name);
	free(peer.proxy_for.name);
	return err;
}

enum hss_err conf_peer_take(cfg_t *cfg, struct access_rules *rules)
{
	enum hss_err err = HSS_OK;

	for (unsigned i = 0; i < cfg_size(cfg, "peer") && err == HSS_OK; i++) {
		err = section_take(cfg_getnsec(cfg, "peer", i), rules);
	}
	return err;
}
