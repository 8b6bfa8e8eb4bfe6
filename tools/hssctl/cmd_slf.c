/* hssctl slf: the map of an SLF, with the code that the daemon has. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "hss/conf.h"
#include "hss/identity.h"
#include "hss/slf_conf.h"
#include "hssctl.h"

static int rule_show(const struct cli *cli, const char *identity, const struct slf_rule *rule)
{
	json_t *host = json_array();

	for (size_t i = 0; i < rule->n_host; i++) {
		(void)json_array_append_new(host, json_string(rule->host[i]));
	}
	return cli_show(cli,
	                json_pack("{s:s, s:s, s:s*, s:i, s:o, s:s, s:I}", "identity", identity,
	                          "rule", slf_kind_name(rule->kind), "pattern",
	                          rule->kind != SLF_DEFAULT ? rule->pattern : NULL, "line",
	                          (int)rule->line, "redirect_host", host, "redirect_host_usage",
	                          rule->usage == CX_REDIRECT_ALL_USER ? "all_user" : "dont_cache",
	                          "redirect_max_cache_time", (json_int_t)rule->max_cache_time));
}

static int lookup(const struct cli *cli, const struct slf *slf)
{
	const char *text = cli->arg[0];
	const bool uri = is_impu(text);
	const struct slf_rule *rule = NULL;
	const char *why = NULL;
	char identity[IMPU_LEN_MAX + 1];

	if ((uri ? impu_canonical(text, strlen(text), identity, &why)
	         : impi_canonical(text, strlen(text), identity, &why)) != HSS_OK) {
		return cli_fail("%s: the %s %s", text, uri ? "IMPU" : "IMPI", why);
	}
	rule = slf_lookup(slf, identity);
	if (rule == NULL) {
		return cli_fail("no rule leads %s to an HSS", identity);
	}
	return rule_show(cli, identity, rule);
}

int cmd_slf_lookup(const struct cli *cli)
{
	struct hss_conf *conf = cli_conf(cli->conf);
	char why[CONF_WHY_LEN];
	struct slf *slf = NULL;
	int rc = EXIT_FAILED;

	if (conf == NULL) {
		return EXIT_FAILED;
	}
	if (conf->slf_map == NULL) {
		(void)cli_fail("%s: without slf_map this node is an HSS, which has no map",
		               cli->conf);
	} else if (slf_load(conf->slf_map, &slf, why) != HSS_OK) {
		(void)cli_fail("%s", why);
	} else {
		rc = lookup(cli, slf);
	}
	slf_close(slf);
	conf_free(conf);
	return rc;
}
