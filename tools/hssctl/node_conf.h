/* The configuration files of a node as texts. */
#ifndef HSSCTL_NODE_CONF_H
#define HSSCTL_NODE_CONF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "hss/access.h"

/* A peer: who may connect, and what it may send. */
struct node_peer {
	char host[ACCESS_HOST_LEN_MAX + 1]; /* or *.domain */
	unsigned commands;                  /* ACCESS_ICSCF, ACCESS_SCSCF or ACCESS_ANY */
	const char *server_name;            /* NULL: any */
};

struct node_conf {
	const char *dir;   /* absolute path, where the node will be */
	const char *state; /* absolute path of what the HSS writes, for the systemd unit, whose
	                      credential the master key is then; NULL: all is in dir */
	const char *identity;
	const char *realm;
	const char *listen; /* an IP address */
	bool is_ipv6;
	bool is_any;      /* every address */
	bool is_loopback; /* freeDiameter's ListenOn refuses it: hss.fdx adds the endpoint */
	unsigned port;
	struct node_peer *peer;
	size_t n_peers;
	bool has_sections; /* each peer gets one in hss.conf; else each may send everything */
	const char *default_scscf; /* NULL: none */
	bool is_slf;
	bool is_tls;
	char dict_cx[PATH_MAX]; /* as LoadExtension names them */
	char hss[PATH_MAX];
};

/* Name the extensions: those of the build tree that this program runs from, else the installed
 * ones. */
void node_conf_modules(struct node_conf *node);

/* Whether a path can stand in the files between quotes. */
bool node_conf_expresses(const char *path);

/* The files. NULL when memory is out; the caller frees. */
char *node_conf_diameter(const struct node_conf *node); /* freeDiameter.conf */
char *node_conf_acl(const struct node_conf *node);      /* acl.conf */
char *node_conf_hss(const struct node_conf *node);      /* hss.conf */
char *node_conf_slf(const struct node_conf *node);      /* slf.conf, of an SLF only */

#endif
