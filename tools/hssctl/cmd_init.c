/* hssctl init: a ready node in a new folder. It is made beside its place and moved there when it is
 * whole; the database of a service lies elsewhere and is made right before. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hss/access.h"
#include "hss/conf.h"
#include "hss/identity.h"
#include "hss/seal.h"
#include "hss/slf_conf.h"
#include "hss/store.h"
#include "hssctl.h"
#include "node_conf.h"
#include "service.h"
#include "tls.h"

enum { PORT_MAX = 65535, PORT_DEFAULT = 3868, PORT_TLS = 5868 };

/* Everything that a node consists of. */
static const char *const files[] = {
	"freeDiameter.conf", "acl.conf", "hss.conf", "slf.conf", "master.key",
	"tls.key",           "tls.pem",  "ca.key",   "ca.pem",
};

/* Its database, and what one may leave beside it. */
static const char *const database_files[] = {
	"hss.db-wal",
	"hss.db-shm",
	"hss.db.lock",
	"hss.db",
};

/* The options that name peers, and what each lets its peers send. */
static const struct {
	enum option_id id;
	const char *name;
	unsigned commands;
	bool has_server_name; /* may follow behind = */
} peer_options[] = {
	{OPT_PEER, "--peer", ACCESS_ANY, false},
	{OPT_ICSCF, "--icscf", ACCESS_ICSCF, false},
	{OPT_SCSCF, "--scscf", ACCESS_SCSCF, true},
};

enum { N_PEER_OPTIONS = sizeof(peer_options) / sizeof(peer_options[0]) };

/* The place of a host among the peers, the next free one if it is new. */
static struct node_peer *peer_place(struct node_conf *node, const char *host)
{
	struct node_peer *peer = node->peer;

	while (peer < node->peer + node->n_peers && strcasecmp(peer->host, host) != 0) {
		peer++;
	}
	return peer;
}

/* Add what one option says. Returns an exit code. */
static int peer_read(const struct cli *cli, struct node_conf *node, size_t option, const char *text)
{
	const char *name = peer_options[option].name;
	const char *equals = peer_options[option].has_server_name ? strchr(text, '=') : NULL;
	const size_t len = equals != NULL ? (size_t)(equals - text) : strlen(text);
	char host[ACCESS_HOST_LEN_MAX + 1] = "";
	struct node_peer *peer = NULL;
	const char *why = NULL;

	if (len < sizeof(host)) {
		(void)snprintf(host, sizeof(host), "%.*s", (int)len, text);
	}
	if (!access_pattern_valid(host)) {
		return cli_misused(cli, "%s %s: neither a host name with a domain nor *.domain",
		                   name, text);
	}
	if (equals != NULL && scscf_name_check(equals + 1, strlen(equals + 1), &why) != HSS_OK) {
		return cli_misused(cli, "%s %s: the S-CSCF name %s", name, text, why);
	}
	peer = peer_place(node, host);
	if (peer == node->peer + node->n_peers) {
		memcpy(peer->host, host, sizeof(host));
		node->n_peers++;
	}
	if (equals != NULL && peer->server_name != NULL) {
		return cli_misused(cli, "%s %s has a second S-CSCF name; hss.conf takes several",
		                   name, host);
	}
	peer->commands |= peer_options[option].commands;
	peer->server_name = equals != NULL ? equals + 1 : peer->server_name;
	return EXIT_DONE;
}

/* Who may connect, and what each may send. The caller frees node->peer, also after an error. */
static int peers_read(const struct cli *cli, struct node_conf *node)
{
	size_t n = 0;
	int rc = EXIT_DONE;

	for (size_t i = 0; i < N_PEER_OPTIONS; i++) {
		n += cli->option[peer_options[i].id].n;
	}
	node->peer = calloc(n + 1, sizeof(*node->peer));
	if (node->peer == NULL) {
		return cli_fail("out of memory");
	}
	for (size_t i = 0; i < N_PEER_OPTIONS; i++) {
		for (size_t k = 0; k < cli->option[peer_options[i].id].n && rc == EXIT_DONE; k++) {
			rc = peer_read(cli, node, i, cli->option[peer_options[i].id].value[k]);
		}
	}
	node->has_sections = cli_has(cli, OPT_ICSCF) || cli_has(cli, OPT_SCSCF);
	return rc;
}

/* The S-CSCF to offer: as told, else the first whose name is known. */
static const char *default_scscf(const struct cli *cli, bool is_slf)
{
	for (size_t i = 0; i < cli->option[OPT_SCSCF].n; i++) {
		const char *equals = strchr(cli->option[OPT_SCSCF].value[i], '=');

		if (equals != NULL && !is_slf && !cli_has(cli, OPT_DEFAULT_SCSCF)) {
			return equals + 1;
		}
	}
	return cli_value(cli, OPT_DEFAULT_SCSCF);
}

static int port_read(const struct cli *cli, unsigned *port)
{
	const char *text = cli_value(cli, OPT_PORT);
	char *end = NULL;
	unsigned long value = 0;

	*port = cli_has(cli, OPT_TLS) ? PORT_TLS : PORT_DEFAULT;
	if (text == NULL) {
		return EXIT_DONE;
	}
	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || value == 0 ||
	    value > PORT_MAX) {
		return cli_misused(cli, "--port takes a number from 1 to %d", PORT_MAX);
	}
	*port = (unsigned)value;
	return EXIT_DONE;
}

static bool listen_read(struct node_conf *node)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, node->listen, &v4) == 1) {
		node->is_ipv6 = false;
		node->is_any = v4.s_addr == htonl(INADDR_ANY);
		node->is_loopback = (ntohl(v4.s_addr) >> 24) == IN_LOOPBACKNET;
		return true;
	}
	if (inet_pton(AF_INET6, node->listen, &v6) == 1) {
		node->is_ipv6 = true;
		node->is_any = IN6_IS_ADDR_UNSPECIFIED(&v6);
		node->is_loopback = IN6_IS_ADDR_LOOPBACK(&v6);
		return true;
	}
	return false;
}

/* Options into a description of the node. Returns an exit code. */
static int node_read(const struct cli *cli, struct node_conf *node)
{
	const char *why = NULL;
	int rc = EXIT_DONE;

	node->identity = cli_value(cli, OPT_IDENTITY);
	node->realm = cli_value(cli, OPT_REALM);
	node->listen = cli_has(cli, OPT_LISTEN) ? cli_value(cli, OPT_LISTEN) : "127.0.0.1";
	node->is_slf = cli_has(cli, OPT_SLF);
	node->is_tls = cli_has(cli, OPT_TLS);
	if (node->identity == NULL || node->realm == NULL) {
		return cli_misused(cli, "--identity and --realm are needed");
	}
	if (!is_host_name(node->identity, strlen(node->identity))) {
		return cli_misused(cli, "--identity %s: not a host name with a domain",
		                   node->identity);
	}
	if (!is_host_name(node->realm, strlen(node->realm))) {
		return cli_misused(cli, "--realm %s: not a domain name of two labels or more",
		                   node->realm);
	}
	if (!listen_read(node)) {
		return cli_misused(cli, "--listen %s: not an IP address", node->listen);
	}
	rc = peers_read(cli, node);
	if (rc != EXIT_DONE) {
		return rc;
	}
	node->default_scscf = default_scscf(cli, node->is_slf);
	if (node->is_slf && node->default_scscf != NULL) {
		return cli_misused(cli, "an SLF tells no --default-scscf: its HSSs do");
	}
	if (node->default_scscf != NULL &&
	    scscf_name_check(node->default_scscf, strlen(node->default_scscf), &why) != HSS_OK) {
		return cli_misused(cli, "--default-scscf: the S-CSCF name %s", why);
	}
	return port_read(cli, &node->port);
}

/* The absolute path of a folder that may not exist yet. False after a message. */
static bool place_find(const char *dir, char place[static PATH_MAX])
{
	char copy[PATH_MAX];
	char parent[PATH_MAX];
	char *slash = NULL;
	size_t len = strlen(dir);
	const char *name = copy;

	while (len > 1 && dir[len - 1] == '/') {
		len--;
	}
	if (len == 0 || len >= sizeof(copy)) {
		(void)cli_fail("the name of the folder is empty or too long");
		return false;
	}
	memcpy(copy, dir, len);
	copy[len] = '\0';
	slash = strrchr(copy, '/');
	if (slash != NULL) {
		*slash = '\0';
		name = slash + 1;
	}
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		(void)cli_fail("%s: a new folder needs a name", dir);
		return false;
	}
	if (realpath(slash == NULL ? "." : copy[0] == '\0' ? "/" : copy, parent) == NULL) {
		(void)cli_fail("%s: %s", dir, strerror(errno));
		return false;
	}
	if (snprintf(place, PATH_MAX, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, name) >=
	            PATH_MAX ||
	    !node_conf_expresses(place)) {
		(void)cli_fail("%s: the path is too long, or holds a quote, backslash or dollar, "
		               "which the configuration "
		               "files cannot express",
		               dir);
		return false;
	}
	return true;
}

/* A path in the folder that is being made. */
static bool inside(const char *dir, const char *name, char out[static PATH_MAX])
{
	return snprintf(out, PATH_MAX, "%s/%s", dir, name) < PATH_MAX;
}

static bool text_create(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX];
	size_t len = strlen(text);
	int fd = -1;
	bool good = false;

	if (inside(dir, name, path)) {
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
	}
	good = fd >= 0 && write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
	if (!good) {
		(void)cli_fail("%s/%s: %s", dir, name, strerror(errno));
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	return good;
}

static bool key_create(const char *dir)
{
	char path[PATH_MAX];

	if (inside(dir, "master.key", path) && seal_create(path) == HSS_OK) {
		return true;
	}
	(void)cli_fail("%s/master.key: cannot be made", dir);
	return false;
}

static bool database_create(const char *dir)
{
	char path[PATH_MAX];
	struct store *store = NULL;
	enum hss_err err = inside(dir, "hss.db", path) ? store_open(path, STORE_CREATE, &store)
	                                               : HSS_ERR_LIMIT;

	if (err != HSS_OK) {
		(void)cli_fail("%s%s", store != NULL ? store_error(store) : hss_err_text(err),
		               err == HSS_ERR_EXISTS ? "; nothing is overwritten" : "");
	}
	store_close(store);
	return err == HSS_OK;
}

/* The node's key and certificate, under an authority of its own when it uses them. */
static bool tls_create(const struct node_conf *node, const char *dir)
{
	char key[PATH_MAX];
	char cert[PATH_MAX];
	char ca_key[PATH_MAX];
	char ca_cert[PATH_MAX];
	struct tls_ca ca;
	bool good = inside(dir, "tls.key", key) && inside(dir, "tls.pem", cert) &&
	            inside(dir, "ca.key", ca_key) && inside(dir, "ca.pem", ca_cert);

	if (!good || !node->is_tls) {
		return good && tls_make(node->identity, key, cert);
	}
	if (!tls_authority_make(node->realm, ca_key, ca_cert) ||
	    !tls_ca_load(&ca, ca_key, ca_cert)) {
		return false;
	}
	good = tls_issue(node->identity, &ca, key, cert);
	tls_ca_free(&ca);
	return good;
}

/* What was written has to be what the HSS reads. */
static bool conf_verify(const char *dir)
{
	char path[PATH_MAX];
	char why[CONF_WHY_LEN];
	struct hss_conf *conf = NULL;
	struct slf *slf = NULL;
	bool good = inside(dir, "hss.conf", path) && conf_load(path, &conf, why) == HSS_OK;

	if (good && conf->slf_map != NULL) {
		good = slf_load(conf->slf_map, &slf, why) == HSS_OK;
	}
	slf_close(slf);
	if (!good) {
		(void)cli_fail("%s", why);
	}
	conf_free(conf);
	return good;
}

static bool node_create(const struct node_conf *node, const char *dir)
{
	const struct {
		const char *name;
		char *text;
	} texts[] = {
		{"freeDiameter.conf", node_conf_diameter(node)},
		{"acl.conf", node_conf_acl(node)},
		{"hss.conf", node_conf_hss(node)},
		{"slf.conf", node->is_slf ? node_conf_slf(node) : NULL},
	};
	const size_t n = sizeof(texts) / sizeof(texts[0]) - (node->is_slf ? 0 : 1);
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		if (good && texts[i].text == NULL) {
			(void)cli_fail("out of memory");
			good = false;
		}
		good = good && text_create(dir, texts[i].name, texts[i].text);
		free(texts[i].text);
	}
	return good && conf_verify(dir) && tls_create(node, dir) &&
	       (node->is_slf || (key_create(dir) && (node->state != NULL || database_create(dir))));
}

static void files_remove(const char *dir, const char *const *names, size_t n)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < n; i++) {
		if (inside(dir, names[i], path)) {
			(void)unlink(path);
		}
	}
}

static void database_remove(const char *dir)
{
	files_remove(dir, database_files, sizeof(database_files) / sizeof(database_files[0]));
}

static void node_remove(const char *dir)
{
	database_remove(dir);
	files_remove(dir, files, sizeof(files) / sizeof(files[0]));
	(void)rmdir(dir);
}

/* Move the folder into its place, which may be an empty folder but nothing else. */
static bool node_place(const char *made, const char *place)
{
	if (rename(made, place) != 0) {
		(void)cli_fail("%s: %s%s", place, strerror(errno),
		               errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR
		                       ? "; nothing is overwritten"
		                       : "");
		return false;
	}
	return true;
}

/* What the HSS writes is made in the folder of its user, by that user. */
static bool state_fill(const struct node_conf *node, const struct service *service,
                       const char *made)
{
	bool good = false;

	if (!service_enter(service)) {
		return false;
	}
	good = service_reads(service, made) && (node->is_slf || database_create(service->state));
	return service_leave() && good;
}

static bool service_place(const struct node_conf *node, const struct service *service,
                          const char *made, const char *place)
{
	if (!service_settle(service, made) || !state_fill(node, service, made)) {
		return false;
	}
	if (node_place(made, place)) {
		return true;
	}
	if (!node->is_slf && service_enter(service)) {
		database_remove(service->state);
		(void)service_leave();
	}
	return false;
}

/* How the node is started. */
static void service_tell(const struct node_conf *node, const struct service *service)
{
	if (strcmp(node->dir, SERVICE_DIR) != 0 || strcmp(service->state, SERVICE_STATE) != 0 ||
	    strcmp(service->user, SERVICE_USER) != 0) {
		(void)fprintf(stderr,
		              "hssctl: " SERVICE_UNIT ".service starts " SERVICE_DIR
		              " as the user " SERVICE_USER " and lets it write " SERVICE_STATE
		              ": a drop-in has to say what differs (systemctl edit " SERVICE_UNIT
		              ")\n");
	}
	(void)puts("systemctl enable --now " SERVICE_UNIT);
}

static void tell(const struct node_conf *node, const struct service *service)
{
	if (node->n_peers == 0) {
		(void)fprintf(
			stderr,
			"hssctl: no --peer, --icscf or --scscf was named: nobody may connect until "
			"acl.conf names a peer\n");
	}
	if (service != NULL) {
		service_tell(node, service);
	} else {
		(void)printf("freeDiameterd -c %s/freeDiameter.conf\n", node->dir);
	}
}

/* Make the node that was read; place receives where. service: NULL for a node that is all in one
 * folder. Returns an exit code. */
static int node_make(const struct cli *cli, struct node_conf *node, const struct service *service,
                     char place[static PATH_MAX])
{
	char made[PATH_MAX];

	if (!place_find(cli->arg[0], place)) {
		return EXIT_FAILED;
	}
	if (snprintf(made, sizeof(made), "%s.XXXXXX", place) >= PATH_MAX || mkdtemp(made) == NULL) {
		return cli_fail("%s: %s", place, strerror(errno));
	}
	node_conf_modules(node);
	if (!node_create(node, made) ||
	    !(service != NULL ? service_place(node, service, made, place)
	                      : node_place(made, place))) {
		node_remove(made);
		return EXIT_FAILED;
	}
	tell(node, service);
	return EXIT_DONE;
}

/* For whom, if the node is to be a service. Returns an exit code. */
static int service_read(const struct cli *cli, struct node_conf *node, struct service *service)
{
	if (!cli_has(cli, OPT_SERVICE)) {
		return cli_has(cli, OPT_STATE) || cli_has(cli, OPT_USER)
		               ? cli_misused(cli, "--state and --user go with --service")
		               : EXIT_DONE;
	}
	if (!service_find(cli_has(cli, OPT_USER) ? cli_value(cli, OPT_USER) : SERVICE_USER,
	                  cli_has(cli, OPT_STATE) ? cli_value(cli, OPT_STATE) : SERVICE_STATE,
	                  service)) {
		return EXIT_FAILED;
	}
	node->state = service->state;
	return EXIT_DONE;
}

int cmd_init(const struct cli *cli)
{
	char place[PATH_MAX];
	struct node_conf node = {.dir = place};
	struct service service;
	int rc = node_read(cli, &node);

	if (rc == EXIT_DONE) {
		rc = service_read(cli, &node, &service);
	}
	if (rc == EXIT_DONE) {
		rc = node_make(cli, &node, node.state != NULL ? &service : NULL, place);
	}
	free(node.peer);
	return rc;
}
