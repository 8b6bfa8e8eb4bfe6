/* Entry and exit of hss.fdx. */
#include <arpa/inet.h>
#include <errno.h>
#include <freeDiameter/extension.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <sqlite3.h>

#include "auc/cpu.h"
#include "hss/access.h"
#include "hss/admin.h"
#include "hss/admin_sock.h"
#include "hss/capabilities.h"
#include "hss/conf.h"
#include "hss/cx_disp.h"
#include "hss/dumps.h"
#include "hss/ending.h"
#include "hss/fdlog.h"
#include "hss/files.h"
#include "hss/flow.h"
#include "hss/harden.h"
#include "hss/hooks.h"
#include "hss/identity.h"
#include "hss/inlet.h"
#include "hss/log.h"
#include "hss/log_id.h"
#include "hss/newcomers.h"
#include "hss/peer_cert.h"
#include "hss/push.h"
#include "hss/sender.h"
#include "hss/slf_conf.h"
#include "hss/sockets.h"
#include "hss/tls_end.h"
#include "hss/worker.h"

static struct {
	struct hss_conf *conf;
	struct worker *worker;
	struct admin_sock *admin;
	struct slf *slf; /* in place of worker and admin */
	struct access *access;
	struct log_id *log_id; /* NULL: identities are logged in clear */
	atomic_bool failed;    /* the store, beyond repair: the process ends with an error */
	char home_network[NETWORK_LEN_MAX + 1];
} hss;

static enum hss_err process_harden(char why[static CONF_WHY_LEN])
{
	bool is_locked = false;

	if (!harden_process(&is_locked)) {
		(void)snprintf(why, CONF_WHY_LEN, "core files cannot be switched off: %s",
		               strerror(errno));
		return HSS_ERR_IO;
	}
	if (!is_locked) {
		log_event(LOG_LEVEL_NOTICE,
		          "memory is not locked: keys in use may reach the swap space "
		          "(LimitMEMLOCK=infinity allows it)");
	}
	return HSS_OK;
}

/* The environment alone (OPENSSL_ia32cap) can switch OpenSSL to code that caches tell keys of. */
static void cpu_check(void)
{
	const char *settings = NULL;
	const enum auc_cpu cpu = auc_cpu(&settings);

	if (cpu != AUC_CPU_CONSTANT_TIME) {
		log_event(cpu == AUC_CPU_UNKNOWN ? LOG_LEVEL_NOTICE : LOG_LEVEL_ERROR, "%s (%s)",
		          auc_cpu_text(cpu), settings);
	}
}

/* freeDiameter's own ListenOn refuses loopback addresses; ours does not. */
static enum hss_err listen_add(const struct hss_conf *conf)
{
	for (size_t i = 0; i < conf->n_listen; i++) {
		struct sockaddr_storage ss = {0};
		struct sockaddr_in *sin = (struct sockaddr_in *)&ss;
		struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&ss;
		socklen_t len = sizeof(*sin);

		if (inet_pton(AF_INET, conf->listen[i], &sin->sin_addr) == 1) {
			sin->sin_family = AF_INET;
		} else if (inet_pton(AF_INET6, conf->listen[i], &sin6->sin6_addr) == 1) {
			sin6->sin6_family = AF_INET6;
			len = sizeof(*sin6);
		}
		if (fd_ep_add_merge(&fd_g_config->cnf_endpoints, (sSA *)&ss, len,
		                    EP_FL_CONF | EP_ACCEPTALL) != 0) {
			log_event(LOG_LEVEL_ERROR, "listen: the address %s cannot be used",
			          conf->listen[i]);
			return HSS_ERR_INVALID;
		}
	}
	return HSS_OK;
}

/* freeDiameter knows no other status of its end than success; a supervisor has to see this one. And
 * a start that fails ends here: freeDiameter's own end of it adds ten lines behind the reason, and
 * aborts on a busy machine (ending.h). */
static _Noreturn void process_fail(void)
{
	(void)fflush(NULL);
	_exit(EXIT_FAILURE);
}

/* Before freeDiameter runs, fd_core_shutdown would end the worker in the thread that calls. */
static void *shutdown_main(void *arg)
{
	(void)arg;
	(void)fd_core_waitstartcomplete();
	(void)fd_core_shutdown();
	return NULL;
}

static void shutdown_begin(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, shutdown_main, NULL) != 0) {
		process_fail(); /* what was answered is on disk */
	}
	(void)pthread_detach(thread);
}

/* On the worker's thread, which ends only in parts_close. */
static void on_store_failed(const char *text, bool fatal)
{
	log_event(LOG_LEVEL_ERROR, "%s", text);
	if (fatal) {
		log_event(LOG_LEVEL_ERROR,
		          "no request can be served any more; the HSS ends, to be started anew");
		atomic_store(&hss.failed, true);
		shutdown_begin();
	}
}

static void on_store_recovered(void)
{
	log_event(LOG_LEVEL_NOTICE, "the database can be written again");
}

/* The home network is the realm of this node, unless the configuration names another one. */
static void home_network_set(struct hss_conf *conf)
{
	if (conf->home_network != NULL) {
		conf->policy.home_network = conf->home_network;
	} else if (network_canonical(fd_g_config->cnf_diamrlm, fd_g_config->cnf_diamrlm_len,
	                             hss.home_network, NULL) == HSS_OK) {
		conf->policy.home_network = hss.home_network;
	}
}

/* Who serves the requests of an HSS, its subscribers and their keys. An SLF has none of them. */
static enum hss_err service_open(struct hss_conf *conf, char why[static CONF_WHY_LEN])
{
	const struct worker_events events = {on_store_failed, on_store_recovered, push_wake};
	enum hss_err err = HSS_OK;

	cpu_check();
	home_network_set(conf);
	admin_json_init();
	err = worker_open(conf, &events, &hss.worker, why);
	if (err != HSS_OK) {
		return err;
	}
	return admin_sock_open(conf, hss.worker, &hss.admin, why);
}

/* Nobody else may read what this node reads, and nothing that it makes. */
static enum hss_err files_secure(const char *file, char why[static CONF_WHY_LEN])
{
	const uid_t owner = geteuid();
	const char *node = fd_g_config->cnf_file;
	const char *key = fd_g_config->cnf_sec_data.key_file;
	enum hss_err err = HSS_OK;

	if (node != NULL) {
		err = files_check_trusted("the configuration", node, owner, why);
	}
	if (err == HSS_OK && key != NULL) {
		err = files_check_secret("the key for TLS", key, owner, why);
	}
	return err == HSS_OK ? files_check(file, hss.conf, owner, why) : err;
}

/* From here on no identity is logged in clear, if that is asked for. */
static enum hss_err log_open(const struct hss_conf *conf, char why[static CONF_WHY_LEN])
{
	const char *text = NULL;
	enum hss_err err = HSS_OK;

	if (!conf->log_hashed) {
		return HSS_OK;
	}
	err = log_id_open(conf->log_key, true, &hss.log_id, &text);
	if (err != HSS_OK) {
		(void)snprintf(why, CONF_WHY_LEN, "the file of log_key %s %s%s%s", conf->log_key,
		               text, err == HSS_ERR_IO ? ": " : "",
		               err == HSS_ERR_IO ? strerror(errno) : "");
		return err;
	}
	log_hash_set(hss.log_id);
	return HSS_OK;
}

/* What stands between freeDiameter and who serves. missing: what the dictionary lacks, or NULL. */
static enum hss_err node_open(const char **missing)
{
	struct fd_hook_data_hdl *data = NULL;
	enum hss_err err = listen_add(hss.conf);

	if (err == HSS_OK) {
		err = capabilities_relax();
	}
	if (err == HSS_OK) {
		err = flow_open(hss.conf->queue_max / 2 + 1, sender_wake, &data);
	}
	if (err == HSS_OK) {
		err = inlet_open(data);
	}
	if (err == HSS_OK) {
		err = hooks_open(data);
	}
	if (err == HSS_OK) {
		err = sender_open(fd_g_config->cnf_diamid, fd_g_config->cnf_diamrlm);
	}
	if (err == HSS_OK) {
		err = access_open(&hss.conf->peers, &hss.access);
	}
	if (err == HSS_OK) {
		err = cx_disp_open(hss.worker, hss.slf, hss.access, missing);
	}
	if (err == HSS_OK && hss.worker != NULL) {
		err = push_open(hss.conf, hss.worker);
	}
	if (err == HSS_OK) {
		err = peer_cert_open(hss.conf->tls_expiry_warning);
	}
	if (fd_g_config->cnf_sec_data.cert_file != NULL && !tls_end_open()) {
		log_event(LOG_LEVEL_NOTICE, "TLS: this libfdcore is not the one that is known; two "
		                            "threads of it may end a connection at once");
	}
	if (err == HSS_OK) {
		err = sockets_open();
	}
	if (err == HSS_OK) {
		err = newcomers_open();
	}
	return err;
}

static enum hss_err parts_open(const char *file, char why[static CONF_WHY_LEN])
{
	const char *missing = NULL;
	enum hss_err err = conf_load(file, &hss.conf, why);

	fdlog_open();
	if (err != HSS_OK) {
		return err;
	}
	log_level_set((enum log_level)hss.conf->log_level);
	err = process_harden(why); /* an SLF as well: it has the keys for TLS and for the log */
	if (err == HSS_OK) {
		err = files_secure(file, why);
	}
	if (err == HSS_OK) {
		err = log_open(hss.conf, why);
	}
	if (err != HSS_OK) {
		return err;
	}
	err = hss.conf->slf_map != NULL ? slf_load(hss.conf->slf_map, &hss.slf, why)
	                                : service_open(hss.conf, why);
	if (err != HSS_OK) {
		return err;
	}
	err = node_open(&missing);
	if (err != HSS_OK) {
		(void)snprintf(why, CONF_WHY_LEN, "%s: %s", missing != NULL ? missing : file,
		               hss_err_text(err));
	}
	return err;
}

/* What was refused to peers is said once more at the end: of the lines about it most may have been
 * left out. */
static void access_end(void)
{
	unsigned long long n[ACCESS_N_REFUSALS];

	if (hss.access == NULL) {
		return;
	}
	access_refused(hss.access, n);
	if (n[ACCESS_RATE] + n[ACCESS_ORIGIN] + n[ACCESS_NO_SECTION] + n[ACCESS_COMMAND] +
	            n[ACCESS_SERVER_NAME] >
	    0) {
		log_event(LOG_LEVEL_NOTICE,
		          "refused to peers: %llu requests beyond their rates, %llu with another's "
		          "Origin-Host, %llu without a section, %llu commands, %llu Server-Names",
		          n[ACCESS_RATE], n[ACCESS_ORIGIN], n[ACCESS_NO_SECTION], n[ACCESS_COMMAND],
		          n[ACCESS_SERVER_NAME]);
	}
	access_close(hss.access);
	hss.access = NULL;
}

/* Who hands over jobs ends before who takes them; the worker's jobs are freed last. */
static void parts_close(void)
{
	newcomers_close();
	sockets_close();
	peer_cert_close();
	cx_disp_close();
	admin_sock_close(hss.admin);
	push_stop();
	worker_stop(hss.worker);
	push_close();
	sender_close();
	worker_close(hss.worker);
	hooks_close();
	inlet_close();
	slf_close(hss.slf);
	access_end();
	conf_free(hss.conf);
	log_hash_set(NULL); /* no more identities come */
	log_id_close(hss.log_id);
	hss.log_id = NULL;
	fdlog_close();
	hss.slf = NULL;
	hss.admin = NULL;
	hss.worker = NULL;
	hss.conf = NULL;
}

/* The end: of fd_ext_fini, or of a freeDiameter that did not come so far. Returns the exit status.
 */
static int ending(void)
{
	const bool is_slf = hss.slf != NULL;

	parts_close();
	ending_close();
	if (atomic_load(&hss.failed)) {
		log_event(LOG_LEVEL_ERROR, "stopped: the database failed");
		return EXIT_FAILURE;
	}
	log_event(LOG_LEVEL_NOTICE,
	          is_slf ? "stopped"
	                 : "stopped: every queued request is served, the database is closed");
	return EXIT_SUCCESS;
}

static int hss_entry(char *file)
{
	char why[CONF_WHY_LEN] = "";

	if (file == NULL) {
		log_event(LOG_LEVEL_ERROR, "not started: hss.fdx needs a configuration file: "
		                           "LoadExtension = \"hss.fdx\" : \"/path/hss.conf\";");
		process_fail();
	}
	if (parts_open(file, why) != HSS_OK) {
		log_event(LOG_LEVEL_ERROR, "not started: %s", why);
		parts_close();
		process_fail();
	}

	ending_open(ending);
	if (hss.conf->peers.n_peers == 0) {
		log_event(LOG_LEVEL_NOTICE,
		          "no peer section in %s: every peer that acl.conf lets "
		          "in may send every request",
		          file);
	}
	if (hss.slf != NULL) {
		log_event(LOG_LEVEL_NOTICE, "ready: an SLF with the %zu rules of %s",
		          slf_n_rules(hss.slf), hss.conf->slf_map);
	} else {
		dumps_warn(); /* an SLF is sent no key */
		log_event(LOG_LEVEL_NOTICE, "ready: database %s, SQLite %s, %s", hss.conf->database,
		          sqlite3_libversion(), OpenSSL_version(OPENSSL_VERSION));
	}
	return 0;
}

#pragma GCC visibility push(default)
extern const char *fd_ext_depends[];
int fd_ext_init(int major, int minor, char *conffile);
void fd_ext_fini(void);

EXTENSION_ENTRY("hss", hss_entry, "dict_cx")

void fd_ext_fini(void)
{
	if (ending() != EXIT_SUCCESS) {
		process_fail();
	}
}
#pragma GCC visibility pop
