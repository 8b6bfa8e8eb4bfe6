#include "hss/peer_cert.h"

#include <errno.h>
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "hss/cert.h"
#include "hss/log.h"

enum { DAY_S = 86400 };

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool closing; /* under lock */
	bool is_open;
	unsigned days;
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/*
 * Rejects, or leaves the decision to the access list. A connection inside of which TLS begins after
 * the CER (RFC 3588) shows its certificate too late: no extension but the one that admits the peer
 * is asked then.
 */
static int validate(struct peer_info *info, int *auth, int (**cb2)(struct peer_info *))
{
	const gnutls_datum_t *cert = info->runtime.pir_cert_list;

	*cb2 = NULL;
	*auth = 0;
	if (cert != NULL && info->runtime.pir_cert_list_size > 0) {
		if (!cert_is_for(cert[0].data, cert[0].size, info->pi_diamid)) {
			log_peer_event(LOG_LEVEL_NOTICE,
			               "peer %s refused: its certificate does not name it "
			               "(subjectAltName DNS)",
			               info->pi_diamid);
			*auth = -1;
		}
	} else if ((info->runtime.pir_isi & PI_SEC_TLS_OLD) != 0) {
		log_peer_event(LOG_LEVEL_NOTICE,
		               "peer %s refused: it wants TLS after the CER (Inband-Security-Id), "
		               "TLS has to begin with the connection, at SecPort",
		               info->pi_diamid);
		*auth = -1;
	}
	return 0;
}

static void tell(void *opaque, const char *text)
{
	(void)opaque;
	log_event(LOG_LEVEL_ERROR, "%s", text);
}

static void file_look(const char *path)
{
	if (path != NULL && certs_look(path, time(NULL), watch.days, tell, NULL) != HSS_OK) {
		log_event(LOG_LEVEL_ERROR, "%s: no certificate can be read any more", path);
	}
}

static void *watch_main(void *arg)
{
	struct timespec next;

	(void)arg;
	(void)clock_gettime(CLOCK_REALTIME, &next);
	(void)pthread_mutex_lock(&watch.lock);
	while (!watch.closing) {
		int rc = 0;

		(void)pthread_mutex_unlock(&watch.lock);
		file_look(fd_g_config->cnf_sec_data.cert_file);
		file_look(fd_g_config->cnf_sec_data.ca_file);
		(void)pthread_mutex_lock(&watch.lock);
		next.tv_sec += DAY_S;
		while (!watch.closing && rc == 0) {
			rc = pthread_cond_timedwait(&watch.wake, &watch.lock, &next);
		}
	}
	(void)pthread_mutex_unlock(&watch.lock);
	return NULL;
}

enum hss_err peer_cert_open(unsigned days)
{
	if (fd_g_config->cnf_sec_data.tls_disabled) {
		return HSS_OK;
	}
	watch.days = days;
	watch.closing = false;
	if (fd_peer_validate_register(validate) != 0) {
		return HSS_ERR_MEMORY;
	}
	watch.is_open = pthread_create(&watch.thread, NULL, watch_main, NULL) == 0;
	return watch.is_open ? HSS_OK : HSS_ERR_MEMORY;
}

void peer_cert_close(void)
{
	if (!watch.is_open) {
		return;
	}
	(void)pthread_mutex_lock(&watch.lock);
	watch.closing = true;
	(void)pthread_cond_signal(&watch.wake);
	(void)pthread_mutex_unlock(&watch.lock);
	(void)pthread_join(watch.thread, NULL);
	watch.is_open = false;
}
