/* hss.conf: defaults, every kind of bad value named with file and line, nothing taken from the
 * environment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auc/sqn.h"
#include "hss/conf.h"

static char dir[64];
static char path[96];
static char why[CONF_WHY_LEN];

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/test_conf.XXXXXX");
	if (mkdtemp(dir) == NULL) {
		return -1;
	}
	(void)snprintf(path, sizeof(path), "%s/hss.conf", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static enum hss_err load(const char *text, struct hss_conf **conf)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return conf_load(path, conf, why);
}

static void an_empty_file_gives_the_defaults(void **state)
{
	struct hss_conf *conf = NULL;
	char expected[128];

	(void)state;
	assert_int_equal(load("", &conf), HSS_OK);
	(void)snprintf(expected, sizeof(expected), "%s/hss.db", dir);
	assert_string_equal(conf->database, expected);
	(void)snprintf(expected, sizeof(expected), "%s/admin.sock", dir);
	assert_string_equal(conf->admin_socket, expected);
	assert_null(conf->slf_map);
	assert_false(conf->log_hashed);
	assert_int_equal(conf->n_listen, 0);
	assert_int_equal(conf->policy.auth_vectors_max, 5);
	assert_int_equal(conf->policy.auth_rate_max, 0);
	assert_int_equal(conf->policy.auth_pending_timeout, 60);
	assert_int_equal(conf->policy.ind_first, 0);
	assert_int_equal(conf->policy.ind_count, 32);
	assert_int_equal(conf->policy.ind_bits, 5);
	assert_false(conf->policy.sqn_time_based);
	assert_int_equal(conf->policy.sqn_delta, AUC_SQN_DELTA);
	assert_true(conf->policy.store_server_name);
	assert_false(conf->policy.unknown_scheme_strict);
	assert_int_equal(conf->push.attempts, 8);
	assert_int_equal(conf->push.timeout, 10);
	assert_int_equal(conf->push.lifetime, 86400);
	assert_int_equal(conf->push.keep, 604800);
	assert_false(conf->push.server_change);
	assert_null(conf->policy.default_scscf);
	assert_int_equal(conf->policy.features,
	                 CX_FEATURE_SIFC | CX_FEATURE_ALIAS_IND | CX_FEATURE_IMS_RESTORATION_IND);
	conf_free(conf);
}

static void every_option_is_taken(void **state)
{
	struct hss_conf *conf = NULL;
	char expected[128];

	(void)state;
	assert_int_equal(
		load("database = \"/var/lib/quintet/x.db\"\nmaster_key = key\nadmin_socket = 's'\n"
	             "listen = {\"127.0.0.1\", \"::1\"}\nqueue_max = 10\nbatch_max = 20\n"
	             "job_deadline = 30\ndefault_scscf = \"sip:s.example:5060\"\n"
	             "store_server_name = false\nims_restoration = false\nunknown_scheme = "
	             "strict\nauth_vectors_max = 7\n"
	             "auth_rate = \"1000000/31536000\"\n"
	             "auth_pending_timeout = 8\nsqn_profile = 1\nind_range = \"28-30\"\n"
	             "push_attempts = 3\npush_timeout = 4\npush_lifetime = 5\npush_keep = 0\n"
	             "ppr_unanswered = server-change\n"
	             "home_network = \"Home.Example\"\nlog_level = info\ntls_expiry_warning = "
	             "90\nslf_map = map\n"
	             "log_identities = hashed\nlog_key = ids\n",
	             &conf),
		HSS_OK);
	assert_string_equal(conf->database, "/var/lib/quintet/x.db");
	(void)snprintf(expected, sizeof(expected), "%s/map", dir);
	assert_string_equal(conf->slf_map, expected);
	(void)snprintf(expected, sizeof(expected), "%s/ids", dir);
	assert_string_equal(conf->log_key, expected);
	assert_true(conf->log_hashed);
	assert_int_equal(conf->n_listen, 2);
	assert_string_equal(conf->listen[1], "::1");
	assert_int_equal(conf->queue_max, 10);
	assert_int_equal(conf->batch_max, 20);
	assert_int_equal(conf->job_deadline, 30);
	assert_string_equal(conf->policy.default_scscf, "sip:s.example:5060");
	assert_false(conf->policy.store_server_name);
	assert_int_equal(conf->policy.features, CX_FEATURE_SIFC | CX_FEATURE_ALIAS_IND);
	assert_true(conf->policy.unknown_scheme_strict);
	assert_int_equal(conf->policy.auth_vectors_max, 7);
	assert_int_equal(conf->policy.auth_rate_max, 1000000);
	assert_int_equal(conf->policy.auth_rate_period, 31536000);
	assert_int_equal(conf->policy.auth_pending_timeout, 8);
	assert_true(conf->policy.sqn_time_based);
	assert_int_equal(conf->policy.ind_first, 28);
	assert_int_equal(conf->policy.ind_count, 3);
	assert_int_equal(conf->push.attempts, 3);
	assert_int_equal(conf->push.timeout, 4);
	assert_int_equal(conf->push.lifetime, 5);
	assert_int_equal(conf->push.keep, 0);
	assert_true(conf->push.server_change);
	assert_string_equal(conf->home_network, "home.example");
	assert_int_equal(conf->log_level, 2);
	assert_int_equal(conf->tls_expiry_warning, 90);
	conf_free(conf);
}

static void a_bad_file_is_refused_with_line_and_reason(void **state)
{
	static const struct {
		const char *text;
		const char *line;
		const char *reason;
	} rows[] = {
		{"\nquue_max = 3\n", ":2:", "quue_max"},
		{"queue_max = 0\n", ":1:", "queue_max must be from 1"},
		{"queue_max = many\n", ":1:", "integer"},
		{"\n\nauth_vectors_max = 33\n", ":3:", "from 1 to 32"},
		{"auth_vectors_max = -1\n", ":1:", "from 1 to 32"},
		{"listen = {\"localhost\"}\n", ":1:", "'localhost' is none"},
		{"default_scscf = \"http://x\"\n", ":1:", "default_scscf"},
		{"unknown_scheme = maybe\n", ":1:", "\"stored\" or \"strict\""},
		{"push_attempts = 0\n", ":1:", "push_attempts must be from 1"},
		{"ppr_unanswered = drop\n", ":1:", "\"keep\" or \"server-change\""},
		{"tls_expiry_warning = -1\n", ":1:", "from 0 to 3650"},
		{"log_identities = none\n", ":1:", "\"clear\" or \"hashed\""},
		{"log_level = loud\n", ":1:", "\"error\" or \"notice\" or \"info\""},
		{"store_server_name = perhaps\n", ":1:", "store_server_name"},
		{"ims_restoration = 2\n", ":1:", "ims_restoration"},
		{"database = \"\"\n", ":1:", "must not be empty"},
		{"slf_map = \"\"\n", ":1:", "slf_map must not be empty"},
		{"home_network = \" \"\n", ":1:", "home_network"},
		{"sqn_profile = 3\n", ":1:", "sqn_profile must be from 1 to 2, not 3"},
		{"sqn_profile = 0\n", ":1:", "from 1 to 2"},
		{"\nind_range = \"30-32\"\n",
	         ":2:", "within 0-31, such as \"28-31\", not \"30-32\""},
		{"ind_range = \"5-4\"\n", ":1:", "FIRST-LAST within 0-31"},
		{"ind_range = \"5\"\n", ":1:", "FIRST-LAST"},
		{"ind_range = \"-4\"\n", ":1:", "FIRST-LAST"},
		{"ind_range = \"4-\"\n", ":1:", "FIRST-LAST"},
		{"ind_range = \"\"\n", ":1:", "must not be empty"},
		{"ind_range = \"0 - 31\"\n", ":1:", "FIRST-LAST"},
		{"ind_range = \"0-31x\"\n", ":1:", "FIRST-LAST"},
		{"ind_range = \"0-031\"\n", ":1:", "FIRST-LAST"},
		{"ind_range = \"0--1\"\n", ":1:", "FIRST-LAST"},
		{"ind_range = \"99999999999-31\"\n", ":1:", "FIRST-LAST"},
		{"\nauth_rate = \"100\"\n", ":2:", "auth_rate must be VECTORS/SECONDS"},
		{"auth_rate = 100\n", ":1:", "\"0\" for no limit, not \"100\""},
		{"auth_rate = \"\"\n", ":1:", "must not be empty"},
		{"auth_rate = \"0/60\"\n", ":1:", "auth_rate"},
		{"auth_rate = \"5/0\"\n", ":1:", "auth_rate"},
		{"auth_rate = \"5/\"\n", ":1:", "auth_rate"},
		{"auth_rate = \"/5\"\n", ":1:", "auth_rate"},
		{"auth_rate = \"00\"\n", ":1:", "auth_rate"},
		{"auth_rate = \"05/60\"\n", ":1:", "auth_rate"},
		{"auth_rate = \"-5/60\"\n", ":1:", "auth_rate"},
		{"auth_rate = \"5 / 60\"\n", ":1:", "auth_rate"},
		{"auth_rate = \"5/60s\"\n", ":1:", "auth_rate"},
		{"auth_rate = \"1000001/1\"\n", ":1:", "at most 1000000"},
		{"auth_rate = \"1/31536001\"\n", ":1:", "in 31536000"},
		{"auth_rate = \"42949672970/1\"\n", ":1:", "auth_rate"},
		{"database = \"${HOME}/hss.db\"\n", ":1:", "${...}"},
		{"database = \"unterminated\n", "", "hss.conf"},
		{"\npeer \"a\" { role = any }\n", ":2:", "peer \"a\": this is neither a host"},
		{"peer \"*.example\" { role = any }\n", ":1:", "neither a host name"},
		{"peer { role = any }\n", ":1:", "title"},
		{"peer \"a.example\" {\n}\n", ":2:", "peer \"a.example\": it needs a role or"},
		{"peer \"a.example\" {\nrole = P-CSCF\n}\n",
	         ":2:", "role must be \"I-CSCF\", \"S-CSCF\" or \"any\", not \"P-CSCF\""},
		{"peer \"a.example\" {\nrole = any\ncommands = {UAR}\n}\n",
	         ":4:", "role and commands exclude each other"},
		{"peer \"a.example\" {\ncommands = {UAR,\nRTR}\n}\n",
	         ":3:", "UAR, SAR, LIR and MAR; 'RTR' is none"},
		{"peer \"a.example\" {\ncommands = {}\n}\n", ":3:", "an empty list"},
		{"peer \"a.example\" { role = any server_names = {} }\n", ":1:", "an empty list"},
		{"peer \"a.example\" { role = any proxy_for = {} }\n", ":1:", "an empty list"},
		{"peer \"a.example\" {\nserver_names = {\"scscf.example\"}\n}\n",
	         ":2:", "the S-CSCF name 'scscf.example'"},
		{"peer \"a.example\" {\nrole = I-CSCF\nserver_names = {\"sip:s.example\"}\n}\n",
	         ":4:", "which it may not send"},
		{"peer \"a.example\" {\nproxy_for = {\"*\"}\n}\n", ":2:", "'*' is neither"},
		{"peer \"a.example\" {\nrate = 100001\n}\n", ":2:", "from 0 to 100000, not 100001"},
		{"peer \"a.example\" {\nrate = -1\n}\n", ":2:", "from 0 to 100000"},
		{"peer \"a.example\" {\nrat = 1\n}\n", ":2:", "rat"},
		{"peer \"a.example\" { role = any }\npeer \"a.example\" { role = any }\n",
	         ":2:", "a.example"},
		{"peer \"a.example\" { role = any }\npeer \"A.example\" { role = any }\n",
	         ":2:", "peer \"A.example\": it has a section already"},
		{"listen = "
	         "{\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\",\"::1\"}\n",
	         "", "at most 8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hss_conf *conf = NULL;

		assert_int_equal(load(rows[i].text, &conf), HSS_ERR_INVALID);
		assert_null(conf);
		assert_non_null(strstr(why, path));
		if (strstr(why, rows[i].line) == NULL || strstr(why, rows[i].reason) == NULL) {
			fail_msg("row %zu: '%s' lacks '%s' or '%s'", i, why, rows[i].line,
			         rows[i].reason);
		}
	}
}

static void peer_sections_become_rules(void **state)
{
	struct hss_conf *conf = NULL;
	const struct access_peer *peer = NULL;

	(void)state;
	assert_int_equal(load("", &conf), HSS_OK);
	assert_int_equal(conf->peers.n_peers, 0);
	conf_free(conf);
	assert_int_equal(
		load("peer \"icscf.home.example\" { commands = {\"UAR\", \"LIR\"} }\n"
	             "peer \"*.SCSCF.home.example\" {\n role = \"S-CSCF\"\n"
	             " server_names = {\"sip:a.example:6060\", \"sip:b.example\"}\n"
	             " rate = 500\n}\n"
	             "peer agent.example { role = any proxy_for = {\"*.visited.example\"} }\n"
	             "queue_max = 7\n",
	             &conf),
		HSS_OK);
	assert_int_equal(conf->queue_max, 7);
	assert_int_equal(conf->peers.n_peers, 3);
	peer = access_rule_of(&conf->peers, "icscf.home.example", 18);
	assert_int_equal(peer->commands, ACCESS_UAR | ACCESS_LIR);
	assert_int_equal(peer->rate, 0);
	assert_int_equal(peer->server_names.n + peer->proxy_for.n, 0);
	peer = access_rule_of(&conf->peers, "x.scscf.home.example", 20);
	assert_int_equal(peer->commands, ACCESS_SCSCF);
	assert_int_equal(peer->rate, 500);
	assert_int_equal(peer->server_names.n, 2);
	assert_string_equal(peer->server_names.name[0], "sip:a.example:6060");
	peer = access_rule_of(&conf->peers, "agent.example", 13);
	assert_int_equal(peer->commands, ACCESS_ANY);
	assert_int_equal(peer->proxy_for.n, 1);
	assert_string_equal(peer->proxy_for.name[0], "*.visited.example");
	conf_free(conf);
}

static void every_range_of_ind_can_be_set(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 32 * 32; i++) {
		const unsigned first = i / 32;
		const unsigned last = i % 32;
		struct hss_conf *conf = NULL;
		char text[64];

		(void)snprintf(text, sizeof(text), "ind_range = %u-%u\n", first, last);
		assert_int_equal(load(text, &conf), first <= last ? HSS_OK : HSS_ERR_INVALID);
		if (first <= last) {
			assert_int_equal(conf->policy.ind_first, first);
			assert_int_equal(conf->policy.ind_count, last - first + 1);
		}
		conf_free(conf);
	}
}

static void a_comment_may_hold_anything(void **state)
{
	struct hss_conf *conf = NULL;

	(void)state;
	assert_int_equal(load("# ${HOME} is fine here\nqueue_max = 5\n", &conf), HSS_OK);
	conf_free(conf);
}

static void a_missing_file_is_an_io_error(void **state)
{
	struct hss_conf *conf = NULL;

	(void)state;
	assert_int_equal(conf_load("/nonexistent/hss.conf", &conf, why), HSS_ERR_IO);
	assert_non_null(strstr(why, "/nonexistent/hss.conf"));
}

static void freeing_null_is_allowed(void **state)
{
	(void)state;
	conf_free(NULL);
	(void)unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_gives_the_defaults),
		cmocka_unit_test(every_option_is_taken),
		cmocka_unit_test(a_bad_file_is_refused_with_line_and_reason),
		cmocka_unit_test(peer_sections_become_rules),
		cmocka_unit_test(every_range_of_ind_can_be_set),
		cmocka_unit_test(a_comment_may_hold_anything),
		cmocka_unit_test(a_missing_file_is_an_io_error),
		cmocka_unit_test(freeing_null_is_allowed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
