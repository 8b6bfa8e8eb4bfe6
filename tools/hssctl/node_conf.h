/* The configuration files of a node as texts. */
#ifndef HSSCTL_NODE_CONF_H
#define HSSCTL_NODE_CONF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct node_conf {
	const char *dir; /* absolute path, where the node will be */
	const char *identity;
	const char *realm;
	const char *listen; /* an IP address */
	bool is_ipv6;
	bool is_any;      /* every address */
	bool is_loopback; /* freeDiameter's ListenOn refuses it: hss.fdx adds the endpoint */
	unsigned port;
	const char **peer;
	size_t n_peers;
	const char *default_scscf; /* NULL: none */
	bool is_slf;
	char dict_cx[PATH_MAX]; /* as LoadExtension names them */
	char hss[PATH_MAX];
};

/* Name the extensions: those of the build tree that this program runs from, else the installed
 * ones. */
void node_conf_modules(struct node_conf *node);

/* The files. NULL when memory is out; the caller frees. */
char *node_conf_diameter(const struct node_conf *node); /* freeDiameter.conf */
char *node_conf_acl(const struct node_conf *node);      /* acl.conf */
char *node_conf_hss(const struct node_conf *node);      /* hss.conf */
char *node_conf_slf(const struct node_conf *node);      /* slf.conf, of an SLF only */

#endif
