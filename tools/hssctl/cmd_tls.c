/* hssctl tls: certificates of peers under the authority that hssctl init --tls made. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hss/identity.h"
#include "hssctl.h"
#include "tls.h"

static bool path_of(char out[static PATH_MAX], const char *dir, const char *name)
{
	if (snprintf(out, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX) {
		(void)cli_fail("%s: the path is too long", dir);
		return false;
	}
	return true;
}

/* The authority beside hss.conf. */
static bool ca_open(const char *conf, struct tls_ca *ca)
{
	const char *slash = strrchr(conf, '/');
	const int len = slash != NULL ? (int)(slash - conf) : 1;
	char dir[PATH_MAX];
	char key[PATH_MAX];
	char cert[PATH_MAX];

	(void)snprintf(dir, sizeof(dir), "%.*s", len, slash != NULL ? conf : ".");
	return path_of(key, dir, "ca.key") && path_of(cert, dir, "ca.pem") &&
	       tls_ca_load(ca, key, cert);
}

static int issue(const struct tls_ca *ca, const char *host, const char *dir)
{
	char key[PATH_MAX];
	char cert[PATH_MAX];
	char authority[PATH_MAX];

	if (!path_of(key, dir, "tls.key") || !path_of(cert, dir, "tls.pem") ||
	    !path_of(authority, dir, "ca.pem")) {
		return EXIT_FAILED;
	}
	if (mkdir(dir, S_IRWXU) != 0) {
		return cli_fail("%s: %s%s", dir, strerror(errno),
		                errno == EEXIST ? "; nothing is overwritten" : "");
	}
	if (!tls_issue(host, ca, key, cert) || !tls_ca_write(ca, authority)) {
		(void)unlink(authority);
		(void)unlink(cert);
		(void)unlink(key);
		(void)rmdir(dir);
		return EXIT_FAILED;
	}
	(void)printf("TLS_Cred = \"%s\", \"%s\";\nTLS_CA = \"%s\";\n", cert, key, authority);
	return EXIT_DONE;
}

int cmd_tls_issue(const struct cli *cli)
{
	struct tls_ca ca;
	int rc = EXIT_FAILED;

	if (!is_host_name(cli->arg[0], strlen(cli->arg[0]))) {
		return cli_misused(cli, "%s: not a host name with a domain", cli->arg[0]);
	}
	if (ca_open(cli->conf, &ca)) {
		rc = issue(&ca, cli->arg[0], cli->arg[1]);
		tls_ca_free(&ca);
	}
	return rc;
}
