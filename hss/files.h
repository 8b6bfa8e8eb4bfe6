/*
 * Who may read and change the files of a node, looked at before any of them is opened. What holds
 * secrets or subscribers is for its owner alone; what the HSS trusts, its configuration and the
 * folders that its files lie in, is changed by its owner and root alone.
 *
 * A file that is not there, or cannot be looked at, is nobody's fault here: who opens it says so.
 */
#ifndef QUINTET_HSS_FILES_H
#define QUINTET_HSS_FILES_H

#include <sys/types.h>

#include "hss/conf.h"
#include "hss/err.h"

/*
 * Check one file.
 *
 *   what   its name in the message: "the database"
 *   path   the file; symbolic links are followed
 *   owner  the user that it has to belong to
 *   why    receives, on error, which file it is, its mode or owner, and the command that mends it
 *
 * files_check_secret: no access for group and others. files_check_trusted: no writing by group and
 * others; may belong to root as well. Return HSS_OK or HSS_ERR_INVALID. Nothing is changed.
 */
HSS_MUST_CHECK enum hss_err files_check_secret(const char *what, const char *path, uid_t owner,
                                               char why[static CONF_WHY_LEN]);
HSS_MUST_CHECK enum hss_err files_check_trusted(const char *what, const char *path, uid_t owner,
                                                char why[static CONF_WHY_LEN]);

/*
 * Check everything that a configuration names: itself; the database with all that begins with its
 * name (log, index, lock, former databases, backups beside it); the master key; the map of an SLF;
 * and the folders of these and of the admin socket.
 *
 *   path  the configuration file that conf was read from
 */
HSS_MUST_CHECK enum hss_err files_check(const char *path, const struct hss_conf *conf, uid_t owner,
                                        char why[static CONF_WHY_LEN]);

/*
 * The user that the files have to belong to when this process uses them beside the HSS: its own,
 * but for root, who works for the owner of the database.
 */
uid_t files_owner(const struct hss_conf *conf);

#endif
