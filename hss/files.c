#include "hss/files.h"

#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hss/seal.h"

enum { MODE_BITS = 07777 };

static enum hss_err mode_refuse(const char *what, const char *path, const struct stat *st,
                                const char *fault, const char *mend, const char *all,
                                char why[static CONF_WHY_LEN])
{
	(void)snprintf(why, CONF_WHY_LEN, "%s %s %s (mode %04o): chmod %s %s", what, path, fault,
	               (unsigned)st->st_mode & MODE_BITS, mend, all);
	return HSS_ERR_INVALID;
}

static enum hss_err owner_refuse(const char *what, const char *path, const struct stat *st,
                                 uid_t owner, const char *all, char why[static CONF_WHY_LEN])
{
	(void)snprintf(why, CONF_WHY_LEN,
	               "%s %s belongs to the user %u, not to the user %u of the HSS (mode %04o): "
	               "run the HSS as its owner, or chown %u %s",
	               what, path, (unsigned)st->st_uid, (unsigned)owner,
	               (unsigned)st->st_mode & MODE_BITS, (unsigned)owner, all);
	return HSS_ERR_INVALID;
}

/* all: the files that what mends it is for, as a shell takes them. */
static enum hss_err secret_check(const char *what, const char *path, const char *all, uid_t owner,
                                 char why[static CONF_WHY_LEN])
{
	struct stat st;

	if (stat(path, &st) != 0) {
		return HSS_OK;
	}
	if (st.st_uid != owner) {
		return owner_refuse(what, path, &st, owner, all, why);
	}
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		return mode_refuse(what, path, &st, "is open to group or others", "go-rwx", all,
		                   why);
	}
	return HSS_OK;
}

enum hss_err files_check_secret(const char *what, const char *path, uid_t owner,
                                char why[static CONF_WHY_LEN])
{
	return secret_check(what, path, path, owner, why);
}

enum hss_err files_check_trusted(const char *what, const char *path, uid_t owner,
                                 char why[static CONF_WHY_LEN])
{
	struct stat st;

	if (stat(path, &st) != 0) {
		return HSS_OK;
	}
	if (st.st_uid != owner && st.st_uid != 0) {
		return owner_refuse(what, path, &st, owner, path, why);
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		return mode_refuse(what, path, &st, "can be changed by group or others", "go-w",
		                   path, why);
	}
	return HSS_OK;
}

/* Whoever may change a folder may put another file in the place of ours. */
static enum hss_err folder_check(const char *what, const char *path, uid_t owner,
                                 char why[static CONF_WHY_LEN])
{
	char copy[PATH_MAX];

	if (snprintf(copy, sizeof(copy), "%s", path) >= PATH_MAX) {
		return HSS_OK; /* nobody can open it either */
	}
	return files_check_trusted(what, dirname(copy), owner, why);
}

static bool belongs(const char *name, const char *database)
{
	const size_t len = strlen(database);

	return strncmp(name, database, len) == 0 &&
	       (name[len] == '\0' || name[len] == '-' || name[len] == '.');
}

/* The database, and what lies beside it under a name that begins with its own. */
static enum hss_err database_check(const char *path, uid_t owner, char why[static CONF_WHY_LEN])
{
	char folder[PATH_MAX];
	char file[PATH_MAX];
	char all[PATH_MAX + 1];
	char *real = realpath(path, NULL);
	DIR *dir = NULL;
	const struct dirent *entry = NULL;
	enum hss_err err = HSS_OK;

	if (real == NULL) {
		return HSS_OK;
	}
	(void)snprintf(folder, sizeof(folder), "%s", real);
	(void)dirname(folder);
	(void)snprintf(all, sizeof(all), "%s*", real);
	err = files_check_trusted("the folder of the database", folder, owner, why);
	dir = opendir(folder);
	while (err == HSS_OK && dir != NULL && (entry = readdir(dir)) != NULL) {
		if (belongs(entry->d_name, strrchr(real, '/') + 1) &&
		    snprintf(file, sizeof(file), "%s/%s", folder, entry->d_name) < PATH_MAX) {
			err = secret_check("the database", file, all, owner, why);
		}
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
	free(real);
	return err;
}

static enum hss_err hss_check(const struct hss_conf *conf, uid_t owner,
                              char why[static CONF_WHY_LEN])
{
	/* A credential is a file of systemd's own; who reads it looks at it. */
	const bool is_file =
		conf->master_key[0] == '/' ||
		strncmp(conf->master_key, SEAL_CREDENTIAL, strlen(SEAL_CREDENTIAL)) != 0;
	enum hss_err err = HSS_OK;

	if (is_file) {
		err = files_check_secret("the master key", conf->master_key, owner, why);
	}
	if (err == HSS_OK && is_file) {
		err = folder_check("the folder of the master key", conf->master_key, owner, why);
	}
	if (err == HSS_OK) {
		err = folder_check("the folder of the database", conf->database, owner, why);
	}
	if (err == HSS_OK) {
		err = database_check(conf->database, owner, why);
	}
	if (err == HSS_OK) {
		err = folder_check("the folder of the admin socket", conf->admin_socket, owner,
		                   why);
	}
	return err;
}

enum hss_err files_check(const char *path, const struct hss_conf *conf, uid_t owner,
                         char why[static CONF_WHY_LEN])
{
	enum hss_err err = files_check_trusted("the configuration", path, owner, why);

	if (err == HSS_OK) {
		err = folder_check("the folder of the configuration", path, owner, why);
	}
	if (err != HSS_OK || conf->slf_map == NULL) {
		return err == HSS_OK ? hss_check(conf, owner, why) : err;
	}
	err = files_check_trusted("the map", conf->slf_map, owner, why);
	return err == HSS_OK ? folder_check("the folder of the map", conf->slf_map, owner, why)
	                     : err;
}

uid_t files_owner(const struct hss_conf *conf)
{
	struct stat st;

	return geteuid() == 0 && stat(conf->database, &st) == 0 ? st.st_uid : geteuid();
}
