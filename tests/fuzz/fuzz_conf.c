/*
 * hss.conf from any octets. What is taken is within the limits that its header and the manual name;
 * what is refused has a message that names the file.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "hss/conf.h"
#include "hss/identity.h"

static void check_addresses(const struct hss_conf *conf)
{
	unsigned char addr[sizeof(struct in6_addr)];

	FUZZ_CHECK(conf->n_listen <= CONF_LISTEN_MAX);
	for (size_t i = 0; i < conf->n_listen; i++) {
		FUZZ_CHECK(inet_pton(AF_INET, conf->listen[i], addr) == 1 ||
		           inet_pton(AF_INET6, conf->listen[i], addr) == 1);
	}
}

static void check_names(const struct access_names *names, bool scscf)
{
	const char *why = NULL;

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->name[i];

		FUZZ_CHECK(scscf ? scscf_name_check(name, strlen(name), &why) == HSS_OK
		                 : access_pattern_valid(name));
	}
}

/* Sections ascend by name, which finds each of them again. */
static void check_peers(const struct access_rules *rules)
{
	for (size_t i = 0; i < rules->n_peers; i++) {
		const struct access_peer *peer = &rules->peer[i];

		FUZZ_CHECK(i == 0 || strcmp(rules->peer[i - 1].name, peer->name) < 0);
		FUZZ_CHECK(access_pattern_valid(peer->name));
		FUZZ_CHECK(peer->name[0] == '*' ||
		           access_rule_of(rules, peer->name, strlen(peer->name)) == peer);
		FUZZ_CHECK((peer->commands & ~(unsigned)ACCESS_ANY) == 0);
		FUZZ_CHECK(peer->rate <= ACCESS_RATE_MAX);
		check_names(&peer->server_names, true);
		check_names(&peer->proxy_for, false);
	}
}

static void check_policy(const struct cx_policy *policy)
{
	const char *why = NULL;

	FUZZ_CHECK(policy->auth_vectors_max >= 1 && policy->auth_vectors_max <= AUC_VECTORS_MAX);
	FUZZ_CHECK(policy->auth_pending_timeout > 0);
	FUZZ_CHECK(policy->ind_count >= 1 &&
	           policy->ind_first + policy->ind_count <= 1U << policy->ind_bits);
	FUZZ_CHECK(policy->default_scscf == NULL ||
	           scscf_name_check(policy->default_scscf, strlen(policy->default_scscf), &why) ==
	                   HSS_OK);
}

static void check_conf(const struct hss_conf *conf)
{
	char network[NETWORK_LEN_MAX + 1];

	FUZZ_CHECK(conf->database != NULL && conf->master_key != NULL &&
	           conf->admin_socket != NULL);
	FUZZ_CHECK(conf->queue_max >= 1 && conf->queue_max <= 1000000);
	FUZZ_CHECK(conf->batch_max >= 1 && conf->batch_max <= 4096);
	FUZZ_CHECK(conf->job_deadline >= 10 && conf->job_deadline <= 60000);
	FUZZ_CHECK(conf->push.attempts >= 1 && conf->push.attempts <= 100);
	FUZZ_CHECK(conf->push.timeout >= 1 && conf->push.timeout <= 300);
	FUZZ_CHECK(conf->push.lifetime >= 1 && conf->push.lifetime <= 31536000);
	check_addresses(conf);
	check_policy(&conf->policy);
	check_peers(&conf->peers);
	FUZZ_CHECK(conf->home_network == NULL ||
	           (network_canonical(conf->home_network, strlen(conf->home_network), network,
	                              NULL) == HSS_OK &&
	            strcmp(network, conf->home_network) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	char why[CONF_WHY_LEN] = "";
	struct hss_conf *conf = NULL;
	const enum hss_err err = conf_load(path, &conf, why);

	if (err == HSS_OK) {
		check_conf(conf);
	} else {
		FUZZ_CHECK(err == HSS_ERR_INVALID && conf == NULL);
		FUZZ_CHECK(strncmp(why, path, strlen(path)) == 0 && memchr(why, '\0', sizeof(why)));
	}
	conf_free(conf);
	return 0;
}
