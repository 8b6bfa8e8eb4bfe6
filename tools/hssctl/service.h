/*
 * The layout that tools/systemd/quintet-hss.service expects of a node: what is configured, and the
 * master key, which systemd hands over, are root's; what the HSS writes is in a folder of an
 * unprivileged user, with the key for TLS his as well.
 */
#ifndef HSSCTL_SERVICE_H
#define HSSCTL_SERVICE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* What the unit says. */
#define SERVICE_DIR "/etc/quintet"
#define SERVICE_STATE "/var/lib/quintet"
#define SERVICE_USER "quintet"
#define SERVICE_UNIT "quintet-hss"

struct service {
	const char *user; /* borrowed from the caller of service_find */
	uid_t uid;
	gid_t gid;
	char state[PATH_MAX]; /* the folder that the HSS writes: absolute, without links */
};

/* Each of these returns false after a message. */

/*
 * Look up whom a node is to belong to, and where it writes. Nothing is changed.
 *
 *   user   a name: not root's
 *   state  an existing folder, of this user, which group and others cannot change
 *
 * The caller has to be root.
 */
bool service_find(const char *user, const char *state, struct service *out);

/* Give a finished node in dir, which nobody else can get into yet, to who needs its files: the key
 * for TLS to the user; what holds no secret can be read by everybody, as the folder can. */
bool service_settle(const struct service *service, const char *dir);

/* Whether the user can read what freeDiameterd is started with; between enter and leave. */
bool service_reads(const struct service *service, const char *dir);

/*
 * Between them the process is the user, in a folder that is his: what it makes there belongs to
 * him, and a link that he puts there leads root nowhere. The supplementary groups stay away.
 */
bool service_enter(const struct service *service);
bool service_leave(void);

#endif
