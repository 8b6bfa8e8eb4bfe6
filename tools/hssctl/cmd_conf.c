/* hssctl conf check: what needs no HSS and no administration. */
#include <jansson.h>
#include <limits.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hss/cert.h"
#include "hss/conf.h"
#include "hss/slf_conf.h"
#include "hssctl.h"

/* In the order of enum log_level. */
static const char *const log_levels[] = {"error", "notice", "info"};

static json_t *texts(const struct access_names *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->n; i++) {
		(void)json_array_append_new(list, json_string(names->name[i]));
	}
	return list;
}

/* What each peer may do; of what is not limited nothing is shown. */
static json_t *view_peers(const struct access_rules *rules)
{
	json_t *list = json_array();

	for (size_t i = 0; i < rules->n_peers; i++) {
		const struct access_peer *peer = &rules->peer[i];
		json_t *commands = json_array();
		json_t *view = json_pack("{s:s, s:o}", "peer", peer->name, "commands", commands);

		for (unsigned bit = 1; bit < ACCESS_ANY; bit <<= 1) {
			if ((peer->commands & bit) != 0) {
				(void)json_array_append_new(commands,
				                            json_string(access_command_name(bit)));
			}
		}
		if (peer->server_names.n > 0) {
			(void)json_object_set_new(view, "server_names", texts(&peer->server_names));
		}
		if (peer->proxy_for.n > 0) {
			(void)json_object_set_new(view, "proxy_for", texts(&peer->proxy_for));
		}
		if (peer->rate > 0) {
			(void)json_object_set_new(view, "rate", json_integer(peer->rate));
		}
		(void)json_array_append_new(list, view);
	}
	if (rules->n_peers == 0) {
		(void)fprintf(stderr, "hssctl: no peer section: every peer that acl.conf lets in "
		                      "may send every request\n");
	}
	return list;
}

/* What an HSS does. */
static json_t *view_hss(const struct hss_conf *conf, const char *path, json_t *listen)
{
	char ind_range[32];
	char rate[48];

	(void)snprintf(ind_range, sizeof(ind_range), "%u-%u", conf->policy.ind_first,
	               conf->policy.ind_first + conf->policy.ind_count - 1);
	(void)snprintf(rate, sizeof(rate), conf->policy.auth_rate_max != 0 ? "%u/%lld" : "0",
	               conf->policy.auth_rate_max, (long long)conf->policy.auth_rate_period);
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:O, s:i, s:i, s:i, s:s?, s:b, s:b, s:s, s:i, s:s, s:I, s:i, "
		"s:s, s:i, s:i, s:I, s:I, s:s, s:s?, s:i, s:s}",
		"file", path, "database", conf->database, "master_key", conf->master_key,
		"admin_socket", conf->admin_socket, "listen", listen, "queue_max",
		(int)conf->queue_max, "batch_max", (int)conf->batch_max, "job_deadline",
		(int)conf->job_deadline, "default_scscf", conf->policy.default_scscf,
		"store_server_name", conf->policy.store_server_name, "ims_restoration",
		(conf->policy.features & CX_FEATURE_IMS_RESTORATION_IND) != 0, "unknown_scheme",
		conf->policy.unknown_scheme_strict ? "strict" : "stored", "auth_vectors_max",
		(int)conf->policy.auth_vectors_max, "auth_rate", rate, "auth_pending_timeout",
		(json_int_t)conf->policy.auth_pending_timeout, "sqn_profile",
		conf->policy.sqn_time_based ? 1 : 2, "ind_range", ind_range, "push_attempts",
		(int)conf->push.attempts, "push_timeout", (int)conf->push.timeout, "push_lifetime",
		(json_int_t)conf->push.lifetime, "push_keep", (json_int_t)conf->push.keep,
		"ppr_unanswered", conf->push.server_change ? "server-change" : "keep",
		"home_network", conf->home_network, "tls_expiry_warning",
		(int)conf->tls_expiry_warning, "log_level", log_levels[conf->log_level]);
}

/* What an SLF does; its map is read as well. NULL after a message. */
static json_t *view_slf(const struct hss_conf *conf, const char *path, json_t *listen)
{
	char why[CONF_WHY_LEN];
	struct slf *slf = NULL;
	json_t *view = NULL;

	if (slf_load(conf->slf_map, &slf, why) != HSS_OK) {
		(void)cli_fail("%s", why);
		return NULL;
	}
	view = json_pack("{s:s, s:s, s:I, s:O, s:i, s:s}", "file", path, "slf_map", conf->slf_map,
	                 "rules", (json_int_t)slf_n_rules(slf), "listen", listen, "queue_max",
	                 (int)conf->queue_max, "log_level", log_levels[conf->log_level]);
	slf_close(slf);
	if (view == NULL) {
		(void)cli_fail("out of memory");
	}
	return view;
}

static void certificate_tell(void *opaque, const char *text)
{
	(void)opaque;
	(void)cli_fail("warning: %s", text);
}

/* Files that a line TLS_Cred or TLS_CA of freeDiameter.conf names first, each a certificate. */
static void certificates_look(const char *node, unsigned days)
{
	regex_t line_of;
	regmatch_t at[3];
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen(node, "re");

	if (regcomp(&line_of, "^[ \t]*TLS_(Cred|CA)[ \t]*=[ \t]*\"([^\"]+)\"",
	            REG_EXTENDED | REG_ICASE) != 0) {
		(void)cli_fail("out of memory");
		goto out;
	}
	while (file != NULL && getline(&line, &size, file) >= 0) {
		if (regexec(&line_of, line, 3, at, 0) == 0) {
			line[at[2].rm_eo] = '\0';
			if (certs_look(line + at[2].rm_so, time(NULL), days, certificate_tell,
			               NULL) != HSS_OK) {
				(void)cli_fail("warning: %s: no certificate can be read",
				               line + at[2].rm_so);
			}
		}
	}
	regfree(&line_of);
out:
	free(line);
	if (file != NULL) {
		(void)fclose(file);
	}
}

/* The freeDiameter.conf in the folder of hss.conf, if there is one. */
static void tls_look(const char *path, unsigned days)
{
	const char *slash = strrchr(path, '/');
	char node[PATH_MAX];

	if (snprintf(node, sizeof(node), "%.*sfreeDiameter.conf",
	             slash != NULL ? (int)(slash - path + 1) : 0, path) < PATH_MAX) {
		certificates_look(node, days);
	}
}

int cmd_conf_check(const struct cli *cli)
{
	const char *path = cli->n_arg > 0 ? cli->arg[0] : cli->conf;
	struct hss_conf *conf = cli_conf(path);
	json_t *listen = json_array();
	json_t *view = NULL;
	int rc = EXIT_FAILED;

	if (conf != NULL && !cli_files_check(path, conf)) {
		conf_free(conf);
		conf = NULL;
	}
	if (conf != NULL) {
		for (size_t i = 0; i < conf->n_listen; i++) {
			(void)json_array_append_new(listen, json_string(conf->listen[i]));
		}
	}
	if (conf != NULL) {
		tls_look(path, conf->tls_expiry_warning);
	}
	if (conf != NULL && conf->slf_map != NULL) {
		view = view_slf(conf, path, listen);
	} else if (conf != NULL) {
		view = view_hss(conf, path, listen);
		rc = view == NULL ? cli_fail("out of memory") : rc;
	}
	if (view != NULL) {
		(void)json_object_set_new(view, "log_identities",
		                          json_string(conf->log_hashed ? "hashed" : "clear"));
		(void)json_object_set_new(view, "log_key", json_string(conf->log_key));
		(void)json_object_set_new(view, "peers", view_peers(&conf->peers));
		rc = cli_show(cli, view);
	}
	json_decref(listen);
	conf_free(conf);
	return rc;
}
