/* The peer sections of hss.conf (hss/access.h), for hss/conf.c alone. */
#ifndef QUINTET_HSS_CONF_PEER_H
#define QUINTET_HSS_CONF_PEER_H

#include <confuse.h>

#include "hss/access.h"
#include "hss/err.h"

/* The option that a section is to libconfuse. */
cfg_opt_t conf_peer_option(void);

/* Have values and sections checked while they are read: complaints then have their line. */
void conf_peer_validate(cfg_t *cfg);

/*
 * The sections that were read, as rules.
 *
 * Returns HSS_OK or HSS_ERR_MEMORY; rules then hold what is to be freed all the same.
 */
HSS_MUST_CHECK enum hss_err conf_peer_take(cfg_t *cfg, struct access_rules *rules);

#endif
