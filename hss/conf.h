/* hss.conf: the configuration of hss.fdx, also read by hssctl to find the database and the admin
 * socket. */
#ifndef QUINTET_HSS_CONF_H
#define QUINTET_HSS_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "hss/access.h"
#include "hss/cx.h"
#include "hss/cx_push.h"
#include "hss/err.h"

enum { CONF_WHY_LEN = 512, CONF_LISTEN_MAX = 8 };

struct hss_conf {
	/* Paths; relative ones in the file are taken from the file's directory, here they are
	 * joined. */
	char *database;
	char *master_key; /* or SEAL_CREDENTIAL and a name (hss/seal.h) */
	char *admin_socket;
	char *slf_map; /* not NULL: the node is an SLF (slf_conf.h), and of the other options only
	                  listen, queue_max, tls_expiry_warning, log_level and the peers mean
	                  anything */
	char *listen[CONF_LISTEN_MAX]; /* IP addresses for endpoints that freeDiameter's ListenOn
	                                  refuses */
	size_t n_listen;
	unsigned queue_max;          /* jobs inside; one more is answered DIAMETER_TOO_BUSY */
	unsigned batch_max;          /* jobs in one transaction */
	unsigned job_deadline;       /* milliseconds; a job that waited longer is answered
	                                DIAMETER_TOO_BUSY */
	unsigned tls_expiry_warning; /* days before the end of a certificate of TLS */
	unsigned log_level;          /* enum log_level */
	bool log_hashed; /* log_identities: IMPI and IMPU are logged as hashes (log_id.h) */
	char *log_key;   /* path of the key of these */
	struct cx_push_policy push; /* push_attempts, push_timeout, ..., ppr_unanswered */
	struct cx_policy policy;    /* home_network stays NULL: it is the realm of the node */
	char *home_network;         /* as set in the file, or NULL */
	struct access_rules peers;  /* peer sections; none: a peer may everything in its own name */
};

/*
 * Read a configuration file.
 *
 *   path  the file
 *   out   receives the configuration, to be freed with conf_free
 *   why   receives, on error, what is wrong: "FILE:LINE: ..."
 *
 * Returns HSS_OK, HSS_ERR_IO, HSS_ERR_INVALID (unknown name, bad value), HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err conf_load(const char *path, struct hss_conf **out,
                                      char why[static CONF_WHY_LEN]);

/* NULL is allowed. */
void conf_free(struct hss_conf *conf);

#endif
