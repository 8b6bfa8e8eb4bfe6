#include "node_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hss/seal.h"

/* A module of the build tree, if the program runs from one: two folders up from where it lies. */
static bool module_in_tree(const char *name, char out[static PATH_MAX])
{
	char self[PATH_MAX];
	char path[PATH_MAX];
	const ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash = NULL;

	if (len <= 0) {
		return false;
	}
	self[len] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL) {
		return false;
	}
	*slash = '\0';
	return snprintf(path, sizeof(path), "%s/../../%s", self, name) < (int)sizeof(path) &&
	       realpath(path, out) != NULL;
}

void node_conf_modules(struct node_conf *node)
{
	/* Both or none: modules of one build belong together. */
	if (!module_in_tree("diameter-dict/dict_cx.fdx", node->dict_cx) ||
	    !module_in_tree("hss/hss.fdx", node->hss)) {
		(void)snprintf(node->dict_cx, sizeof(node->dict_cx), "dict_cx.fdx");
		(void)snprintf(node->hss, sizeof(node->hss), "hss.fdx");
	}
}

bool node_conf_expresses(const char *path)
{
	return path[strcspn(path, "\"\\\n$")] == '\0';
}

static const char diameter_head[] =
	"# Diameter node of the %s, made by hssctl init. Start it with:\n"
	"#   freeDiameterd -c %s/freeDiameter.conf\n"
	"\n"
	"Identity = \"%s\";\n"
	"Realm = \"%s\";\n"
	"\n"
	"%s"
	"No_SCTP;\n"
	"%s"
	"\n";

static const char port_plain[] = "# TCP without TLS. SecPort = 0 closes the port for TLS.\n"
				 "Port = %u;\n"
				 "SecPort = 0;\n";

static const char port_tls[] = "# TLS from the first octet on (RFC 6733 13.1). Port = 0: no port "
			       "without TLS.\n"
			       "Port = 0;\n"
			       "SecPort = %u;\n";

static const char tls_off[] = "# TLS (RFC 6733): key and self-signed certificate are ready. "
			      "To switch it on, set SecPort = 5868 above,\n"
			      "# remove the # of the next four lines, put the certificates of "
			      "the peers, or of the authority that signed\n"
			      "# them, behind the own one into the file of TLS_CA, and take "
			      "ALLOW_IPSEC off their lines in acl.conf.\n";

static const char tls_on[] =
	"# TLS: the own certificate, and the authority whose certificates peers "
	"show (docs/tls.md).\n";

static const char tls_lines[] = "%sTLS_Cred = \"%s/tls.pem\", \"%s/tls.key\";\n"
				"%sTLS_CA = \"%s/%s\";\n"
				"%sTLS_Prio = \"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2\";\n"
				"%sTLS_DH_Bits = 2048;\n"
				"\n";

static const char diameter_tail[] =
	"# This node answers, it does not relay.\n"
	"NoRelay;\n"
	"# Seconds: watchdog of a connection (RFC 3539), and between attempts to connect.\n"
	"TwTimer = 30;\n"
	"TcTimer = 30;\n"
	"# Threads that decode requests.\n"
	"AppServThreads = 2;\n"
	"# Connections that may wait for their first message at once.\n"
	"ThreadsPerServer = 64;\n"
	"\n"
	"# In this order: the Cx dictionary, the list of peers, and what answers.\n"
	"LoadExtension = \"%s\";\n"
	"LoadExtension = \"acl_wl.fdx\" : \"%s/acl.conf\";\n"
	"LoadExtension = \"%s\" : \"%s/hss.conf\";\n";

/* What restricts the addresses. */
static void listen_lines(const struct node_conf *node, char *out, size_t size)
{
	const char *family = node->is_ipv6 ? (node->is_any ? "" : "No_IP;\n") : "No_IPv6;\n";

	if (node->is_any) {
		(void)snprintf(out, size, "%s# No ListenOn: every address.\n", family);
	} else if (node->is_loopback) {
		(void)snprintf(out, size, "%s# No ListenOn, which refuses %s: hss.conf has it.\n",
		               family, node->listen);
	} else {
		(void)snprintf(out, size, "%sListenOn = \"%s\";\n", family, node->listen);
	}
}

char *node_conf_diameter(const struct node_conf *node)
{
	const char *off = node->is_tls ? "" : "#";
	char listen[256];
	char ports[256];
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL) {
		return NULL;
	}
	listen_lines(node, listen, sizeof(listen));
	(void)snprintf(ports, sizeof(ports), node->is_tls ? port_tls : port_plain, node->port);
	(void)fprintf(out, diameter_head, node->is_slf ? "SLF" : "HSS", node->dir, node->identity,
	              node->realm, ports, listen);
	(void)fputs(node->is_tls ? tls_on : tls_off, out);
	(void)fprintf(out, tls_lines, off, node->dir, node->dir, off, node->dir,
	              node->is_tls ? "ca.pem" : "tls.pem", off, off);
	(void)fprintf(out, diameter_tail, node->dict_cx, node->dir, node->hss, node->dir);
	return fclose(out) == 0 ? text : NULL;
}

char *node_conf_acl(const struct node_conf *node)
{
	const char *flag = node->is_tls ? "" : "ALLOW_IPSEC ";
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL) {
		return NULL;
	}
	(void)fputs("# Peers that may connect: host names, or *.domain for all of a domain. Nobody "
	            "else may.\n"
	            "# ALLOW_IPSEC in front of a name: without TLS. A peer that uses TLS stands "
	            "without it.\n",
	            out);
	if (node->n_peers == 0) {
		(void)fprintf(out, "# None is named yet:\n#%sscscf.example.net\n", flag);
	}
	for (size_t i = 0; i < node->n_peers; i++) {
		(void)fprintf(out, "%s%s\n", flag, node->peer[i].host);
	}
	return fclose(out) == 0 ? text : NULL;
}

static const struct {
	const char *text; /* what the option does */
	const char *line; /* with its default */
} options[] = {
	{"Most requests inside at once; one more is answered DIAMETER_TOO_BUSY. At half of it "
         "connections are read no further,\n"
         "# those first that have most of them; a quarter is the most for one connection.",
         "queue_max = 2048"},
	{"Most requests in one transaction.", "batch_max = 256"},
	{"Milliseconds; a request that waited longer is answered DIAMETER_TOO_BUSY.",
         "job_deadline = 2000"},
	{"Keep the S-CSCF name when a timeout or the administrator deregisters and the S-CSCF asks "
         "for it\n"
         "# (Server-Assignment-Type 6 and 7).",
         "store_server_name = true"},
	{"IMS restoration (TS 23.380) with S-CSCFs that support it: what an S-CSCF leaves here for "
         "a registered user is given\n"
         "# to the one that takes over when it fails.",
         "ims_restoration = true"},
	{"MAR with the scheme \"unknown\": stored gives the stored scheme, strict refuses it "
         "(5006).",
         "unknown_scheme = \"stored\""},
	{"Most authentication vectors in one answer.", "auth_vectors_max = 5"},
	{"Most authentication vectors that one IMPI is given for a time, \"VECTORS/SECONDS\"; "
         "\"0\": no limit. Then MAR is answered\n"
         "# DIAMETER_TOO_BUSY (docs/admin.md).",
         "auth_rate = \"0\""},
	{"Seconds until a pending authentication that no S-CSCF ended is forgotten.",
         "auth_pending_timeout = 60"},
	{"How sequence numbers go on (TS 33.102 C.3): 2 counts, 1 follows the clock and counts "
         "within a second. The one may\n"
         "# be changed for the other at any time. With 1 the clock should be right: going back by "
         "more than 18 hours skips\n"
         "# up to 193 days' worth of sequence numbers each time.",
         "sqn_profile = 2"},
	{"INDs of this HSS, FIRST-LAST within 0-31 (TS 33.102 C.3.4). An S-CSCF's vectors stay "
         "good until others have asked\n"
         "# as many times as there are INDs. A USIM that an EPS HSS (S6a) or another AuC serves "
         "too, with the same K, needs\n"
         "# a range of its own in each, such as \"0-27\" there and \"28-31\" here: with INDs in "
         "common each spoils the other's\n"
         "# vectors, and resynchronisations never end.",
         "ind_range = \"0-31\""},
	{"RTR and PPR, what the HSS says by itself (docs/admin.md). How often one is sent at most: "
         "after 1, 2, 4, ... 60 seconds\n"
         "# when no answer came, or one that asks for it.",
         "push_attempts = 8"},
	{"Seconds that an S-CSCF has for its answer.", "push_timeout = 10"},
	{"Seconds that one waits for an S-CSCF that is not connected.", "push_lifetime = 86400"},
	{"Seconds that one is remembered after its end (hssctl push list).", "push_keep = 604800"},
	{"An S-CSCF that never answers a PPR, as Kamailio: keep leaves it with the profile that it "
         "has, server-change ends the\n"
         "# registrations there (RTR SERVER_CHANGE), so that they begin anew with the new one.",
         "ppr_unanswered = \"keep\""},
	{"Days; certificates for TLS that end within them are told, as errors, at the start and "
         "every "
         "day.",
         "tls_expiry_warning = 30"},
	{"What goes into the log: error, notice or info.", "log_level = \"notice\""},
	{"Identities in the log: clear, or hashed under a key of its own, which is made when there "
         "is none (hssctl log id).",
         "log_identities = \"clear\""},
};

/* A file that the HSS writes: a line of its own where the folder of hss.conf is not the place. */
static void state_line(const struct node_conf *node, FILE *out, const char *option,
                       const char *name)
{
	(void)fprintf(out, "%s = \"%s%s%s\"\n", option, node->state != NULL ? node->state : "",
	              node->state != NULL ? "/" : "", name);
}

static void log_key_line(const struct node_conf *node, FILE *out)
{
	(void)fprintf(out, "\n# The file of that key.\n%s", node->state != NULL ? "" : "#");
	state_line(node, out, "log_key", "log.key");
}

static void listen_line(const struct node_conf *node, FILE *out)
{
	(void)fprintf(out,
	              "\n# Addresses to listen on that ListenOn of freeDiameter.conf refuses "
	              "(loopback).\n%slisten = {\"%s\"}\n",
	              node->is_loopback ? "" : "#", node->is_loopback ? node->listen : "127.0.0.1");
}

/* What each peer may do. */
static void peer_sections(const struct node_conf *node, FILE *out)
{
	(void)fputs("\n# What each peer may send: role is \"I-CSCF\" (UAR, LIR), \"S-CSCF\" (MAR, "
	            "SAR, LIR) or "
	            "\"any\", or commands lists them.\n"
	            "# server_names: the S-CSCF names that it may claim in SAR and MAR; any unless "
	            "given. "
	            "proxy_for: hosts, or *.domain, in\n"
	            "# whose name a Diameter agent may send; others send in their own only. rate: "
	            "requests "
	            "a second, beyond which they are\n"
	            "# answered DIAMETER_TOO_BUSY; no limit unless given. The section of the very "
	            "name goes "
	            "before those of *.domain, of\n"
	            "# which the longest holds. With one section or more, a peer without any is "
	            "refused; "
	            "without any, all may send everything.\n",
	            out);
	for (size_t i = 0; i < node->n_peers && node->has_sections; i++) {
		const struct node_peer *peer = &node->peer[i];

		(void)fprintf(out, "peer \"%s\" {\n	role = \"%s\"\n", peer->host,
		              peer->commands == ACCESS_ICSCF   ? "I-CSCF"
		              : peer->commands == ACCESS_SCSCF ? "S-CSCF"
		                                               : "any");
		if (peer->server_name != NULL) {
			(void)fprintf(out, "	server_names = {\"%s\"}\n", peer->server_name);
		}
		(void)fputs("}\n", out);
	}
	if (!node->has_sections) {
		(void)fprintf(
			out,
			"#peer \"icscf.%s\" { role = \"I-CSCF\" }\n"
			"#peer \"scscf.%s\" {\n#	role = \"S-CSCF\"\n"
			"#	server_names = {\"sip:scscf.%s:6060\"}\n#	rate = 500\n#}\n"
			"#peer \"agent.example.net\" { role = \"any\" proxy_for = "
			"{\"*.example.net\"} }\n",
			node->realm, node->realm, node->realm);
	}
}

static void option_line(FILE *out, const char *name)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strncmp(options[i].line, name, strlen(name)) == 0) {
			(void)fprintf(out, "\n# %s\n#%s\n", options[i].text, options[i].line);
		}
	}
}

/* hss.conf of an SLF: nothing of the rest means anything there. */
static void slf_options(const struct node_conf *node, FILE *out)
{
	(void)fputs(
		"# The SLF. Relative paths start in the folder of this file. A line with # in "
		"front shows the default.\n"
		"\n# Which HSS has which identity. With this option the node has no subscribers "
		"and no database: it redirects.\n"
		"slf_map = \"slf.conf\"\n",
		out);
	listen_line(node, out);
	peer_sections(node, out);
	option_line(out, "tls_expiry_warning");
	option_line(out, "log_level");
	option_line(out, "log_identities");
	log_key_line(node, out);
}

static const char map_example[] =
	"# Which HSS has which identity (docs/slf.md). The first rule that matches decides; "
	"\"hssctl "
	"slf lookup IDENTITY\"\n"
	"# shows which one that is. The SLF reads the file when it starts.\n"
	"\n"
	"# hss NAME HOST[:PORT][;transport=tcp|sctp]...   the addresses are tried in this order\n"
	"hss hss1 hss1.%1$s\n"
	"#hss hss2 hss2.%1$s:3868 aaas://hss2-standby.%1$s\n"
	"\n"
	"# What clients may remember, for the rules below: nothing, or \"usage all_user "
	"SECONDS\".\n"
	"usage dont_cache\n"
	"\n"
	"#identity sip:alice@%1$s hss2\n"
	"# Numbers of tel: URIs and of sip:+NUMBER@...; without + IMSIs, in IMPIs and "
	"sip:IMSI@...\n"
	"#number +4930000000-+4930999999 hss2\n"
	"#number 001010000000000-001010000099999 hss2\n"
	"#number +4940* hss2\n"
	"#realm *.%1$s hss2\n"
	"# A POSIX extended expression, for the identity as a whole.\n"
	"#expression sip:(info|help)@.* hss2\n"
	"\n"
	"# Everybody else; without this line they are unknown (5001).\n"
	"default hss1\n";

char *node_conf_slf(const struct node_conf *node)
{
	char *text = NULL;

	return asprintf(&text, map_example, node->realm) >= 0 ? text : NULL;
}

static void hss_options(const struct node_conf *node, FILE *out)
{
	(void)fputs("# The HSS. Relative paths start in the folder of this file. A line with # in "
	            "front shows the default.\n"
	            "\n# Subscribers and their state (SQLite).\n",
	            out);
	state_line(node, out, "database", "hss.db");
	(void)fprintf(out,
	              "\n# The key that seals K and OPc in the database. Without this file the "
	              "database is of no use.\n"
	              "# \"credential:NAME\" takes the systemd credential of this name instead.\n"
	              "master_key = \"%smaster.key\"\n"
	              "\n# Where hssctl reaches the running HSS.\n",
	              node->state != NULL ? SEAL_CREDENTIAL : "");
	state_line(node, out, "admin_socket", "admin.sock");
	listen_line(node, out);
	peer_sections(node, out);
	(void)fputs("\n# S-CSCF that an I-CSCF is told to use when none is assigned "
	            "(Server-Capabilities).\n",
	            out);
	if (node->default_scscf != NULL) {
		(void)fprintf(out, "default_scscf = \"%s\"\n", node->default_scscf);
	} else {
		(void)fprintf(out, "#default_scscf = \"sip:scscf.%s:6060\"\n", node->realm);
	}
	(void)fputs("\n# With a map of which HSS has which identity this node is no HSS but an SLF "
	            "(docs/slf.md); hssctl init --slf makes one.\n"
	            "#slf_map = \"slf.conf\"\n",
	            out);
	(void)fprintf(out,
	              "\n# The home network, where lists of visited networks do not apply; the "
	              "realm unless set.\n"
	              "#home_network = \"%s\"\n",
	              node->realm);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		(void)fprintf(out, "\n# %s\n#%s\n", options[i].text, options[i].line);
	}
	log_key_line(node, out);
}

char *node_conf_hss(const struct node_conf *node)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL) {
		return NULL;
	}
	if (node->is_slf) {
		slf_options(node, out);
	} else {
		hss_options(node, out);
	}
	return fclose(out) == 0 ? text : NULL;
}
