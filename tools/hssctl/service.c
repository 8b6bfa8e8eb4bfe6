#include "service.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hssctl.h"
#include "node_conf.h"

enum {
	MODE_FOLDER = S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH,
	MODE_SHOWN = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH,
	MODE_BITS = 07777
};

/* What freeDiameterd reads as the user, and holds no secret. A node need not have all of them. */
static const char *const shown[] = {
	"freeDiameter.conf", "acl.conf", "hss.conf", "slf.conf", "tls.pem", "ca.pem",
};

static bool user_find(struct service *service)
{
	const struct passwd *user = getpwnam(service->user);

	if (user == NULL) {
		(void)cli_fail("there is no user %s: run systemd-sysusers, which makes the user "
		               "%s",
		               service->user, SERVICE_USER);
		return false;
	}
	if (user->pw_uid == 0) {
		(void)cli_fail("the user %s is root: the service runs as an unprivileged user",
		               service->user);
		return false;
	}
	service->uid = user->pw_uid;
	service->gid = user->pw_gid;
	return true;
}

static bool state_check(const struct service *service)
{
	const char *state = service->state;
	struct stat st;

	if (stat(state, &st) != 0) {
		(void)cli_fail("%s: %s", state, strerror(errno));
		return false;
	}
	if (!S_ISDIR(st.st_mode)) {
		(void)cli_fail("%s: not a folder", state);
		return false;
	}
	if (st.st_uid != service->uid) {
		(void)cli_fail("the state folder %s belongs to the user %u, not to %s: chown %s %s",
		               state, (unsigned)st.st_uid, service->user, service->user, state);
		return false;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		(void)cli_fail("the state folder %s can be changed by group or others (mode %04o): "
		               "chmod 0700 %s",
		               state, (unsigned)st.st_mode & MODE_BITS, state);
		return false;
	}
	if (!node_conf_expresses(state)) {
		(void)cli_fail("%s: the path holds a quote, backslash or dollar, which the "
		               "configuration files cannot express",
		               state);
		return false;
	}
	return true;
}

bool service_find(const char *user, const char *state, struct service *out)
{
	*out = (struct service){.user = user};
	if (geteuid() != 0) {
		(void)cli_fail("--service: only root can give files to the user %s", user);
		return false;
	}
	if (!user_find(out)) {
		return false;
	}
	if (realpath(state, out->state) == NULL) {
		(void)cli_fail("the state folder %s: %s: run systemd-tmpfiles --create, which "
		               "makes %s",
		               state, strerror(errno), SERVICE_STATE);
		return false;
	}
	return state_check(out);
}

bool service_settle(const struct service *service, const char *dir)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (snprintf(path, sizeof(path), "%s/%s", dir, shown[i]) >= PATH_MAX ||
		    (chmod(path, MODE_SHOWN) != 0 && errno != ENOENT)) {
			(void)cli_fail("%s/%s: %s", dir, shown[i], strerror(errno));
			return false;
		}
	}
	if (snprintf(path, sizeof(path), "%s/tls.key", dir) >= PATH_MAX ||
	    chown(path, service->uid, service->gid) != 0 || chmod(dir, MODE_FOLDER) != 0) {
		(void)cli_fail("%s: cannot be given to the user %s: %s", dir, service->user,
		               strerror(errno));
		return false;
	}
	return true;
}

bool service_reads(const struct service *service, const char *dir)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/freeDiameter.conf", dir) < PATH_MAX &&
	    eaccess(path, R_OK) == 0) {
		return true;
	}
	(void)cli_fail("%s: the user %s cannot read it: %s", path, service->user, strerror(errno));
	return false;
}

bool service_enter(const struct service *service)
{
	if (setgroups(0, NULL) == 0 && setegid(service->gid) == 0 && seteuid(service->uid) == 0) {
		return true;
	}
	(void)cli_fail("cannot become the user %s: %s", service->user, strerror(errno));
	(void)service_leave();
	return false;
}

bool service_leave(void)
{
	if (seteuid(0) == 0 && setegid(0) == 0) {
		return true;
	}
	(void)cli_fail("cannot be root again: %s", strerror(errno));
	return false;
}
