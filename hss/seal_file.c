#include "hss/seal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hss/hex.h"

enum {
	MASTER_DIGITS = 2 * SEAL_MASTER_LEN,
	ID_DIGITS = 3,
	/* A line: id, colon, digits, line end. */
	LINE_LEN = ID_DIGITS + 1 + MASTER_DIGITS + 1,
	TEXT_MAX = SEAL_RING_MAX * LINE_LEN,
};

static enum hss_err refuse(char why[static SEAL_WHY_LEN], enum hss_err err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum hss_err refuse(char why[static SEAL_WHY_LEN], enum hss_err err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, SEAL_WHY_LEN, format, args);
	va_end(args);
	return err;
}

static enum hss_err refuse_errno(char why[static SEAL_WHY_LEN], const char *path, const char *act)
{
	const int cause = errno;

	(void)refuse(why, HSS_ERR_IO, "the master key file %s cannot be %s: %s", path, act,
	             strerrordesc_np(cause));
	errno = cause;
	return HSS_ERR_IO;
}

static enum hss_err refuse_memory(char why[static SEAL_WHY_LEN])
{
	return refuse(why, HSS_ERR_MEMORY, "out of memory");
}

void masters_free(struct masters *masters)
{
	OPENSSL_secure_clear_free(masters, sizeof(*masters));
}

static bool is_credential(const char *source)
{
	return strncmp(source, SEAL_CREDENTIAL, strlen(SEAL_CREDENTIAL)) == 0;
}

/* The path that a source stands for. */
static enum hss_err source_path(const char *source, char path[static PATH_MAX],
                                char why[static SEAL_WHY_LEN])
{
	const char *name = source + strlen(SEAL_CREDENTIAL);
	const char *folder = NULL;

	if (!is_credential(source)) {
		return snprintf(path, PATH_MAX, "%s", source) < PATH_MAX
		               ? HSS_OK
		               : refuse(why, HSS_ERR_INVALID,
		                        "the path of the master key file is too long");
	}
	if (*name == '\0' || strchr(name, '/') != NULL || strcmp(name, "..") == 0 ||
	    strcmp(name, ".") == 0) {
		return refuse(why, HSS_ERR_INVALID,
		              "the master key %s: not the name of a credential", source);
	}
	folder = secure_getenv("CREDENTIALS_DIRECTORY");
	if (folder == NULL || folder[0] == '\0') {
		errno = ENOENT;
		return refuse(why, HSS_ERR_IO,
		              "the master key %s: the environment variable CREDENTIALS_DIRECTORY "
		              "is not set: only a service that systemd started with "
		              "LoadCredential=%s:FILE or the like has it",
		              source, name);
	}
	return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX
	               ? HSS_OK
	               : refuse(why, HSS_ERR_INVALID, "the path of the credential %s is too long",
	                        name);
}

/* Who else could have the key: then it is not one. */
static enum hss_err file_check(const char *path, const struct stat *st, bool credential,
                               char why[static SEAL_WHY_LEN])
{
	/* Under an access list the group's bits are its mask: of systemd's own files that is fine.
	 */
	const mode_t mask = credential && st->st_uid == 0 ? S_IRGRP : 0;

	if (!S_ISREG(st->st_mode) || (st->st_mode & (S_IRWXG | S_IRWXO) & ~mask) != 0) {
		return refuse(why, HSS_ERR_INVALID,
		              "the master key file %s must be a regular file that group and others "
		              "cannot read or write (chmod 600)",
		              path);
	}
	if (st->st_uid != 0 && st->st_uid != geteuid() && geteuid() != 0) {
		return refuse(
			why, HSS_ERR_INVALID,
			"the master key file %s must belong to the user of this process or to "
			"root",
			path);
	}
	return HSS_OK;
}

static enum hss_err fd_read(int fd, const char *path, char text[static TEXT_MAX + 1], size_t *len,
                            char why[static SEAL_WHY_LEN])
{
	ssize_t n = 1;

	*len = 0;
	while (n > 0 && *len <= TEXT_MAX) {
		n = read(fd, text + *len, TEXT_MAX + 1 - *len);
		if (n < 0 && errno == EINTR) {
			n = 1;
			continue;
		}
		*len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0) {
		return refuse_errno(why, path, "read");
	}
	return *len <= TEXT_MAX ? HSS_OK
	                        : refuse(why, HSS_ERR_INVALID,
	                                 "the master key file %s is longer than %d keys are", path,
	                                 SEAL_RING_MAX);
}

/* "ID:"; returns what follows, or NULL. */
static const char *id_parse(const char *line, size_t len, unsigned *id)
{
	size_t n = 0;

	*id = 0;
	while (n < len && n < ID_DIGITS && line[n] >= '0' && line[n] <= '9') {
		*id = *id * 10 + (unsigned)(line[n++] - '0');
	}
	return n > 0 && n < len && line[n] == ':' && line[0] != '0' && *id <= SEAL_ID_MAX
	               ? line + n + 1
	               : NULL;
}

static enum hss_err line_parse(const char *path, unsigned number, const char *line, size_t len,
                               struct masters *m, char why[static SEAL_WHY_LEN])
{
	struct master_key *key = &m->key[m->n];
	const char *digits = NULL;

	if (m->n == SEAL_RING_MAX) {
		return refuse(why, HSS_ERR_INVALID, "the master key file %s:%u: more than %d keys",
		              path, number, SEAL_RING_MAX);
	}
	digits = id_parse(line, len, &key->id);
	if (digits == NULL ||
	    !hex_to_octets(digits, len - (size_t)(digits - line), key->octets, SEAL_MASTER_LEN)) {
		return refuse(why, HSS_ERR_INVALID,
		              "the master key file %s:%u: the line must be an id from 1 to %d, a "
		              "colon and 64 hexadecimal digits, nothing else",
		              path, number, SEAL_ID_MAX);
	}
	for (size_t i = 0; i < m->n; i++) {
		if (m->key[i].id == key->id) {
			return refuse(why, HSS_ERR_INVALID,
			              "the master key file %s:%u: the id %u appears twice", path,
			              number, key->id);
		}
	}
	m->n++;
	return HSS_OK;
}

static enum hss_err text_parse(const char *path, const char *text, size_t len, struct masters *m,
                               char why[static SEAL_WHY_LEN])
{
	const char *end = text + len;
	enum hss_err err = HSS_OK;

	if (memchr(text, ':', len) == NULL) { /* one key, as hssctl init makes it */
		const size_t digits = len > 0 && text[len - 1] == '\n' ? len - 1 : len;

		m->n = 1;
		m->key[0].id = 1;
		return hex_to_octets(text, digits, m->key[0].octets, SEAL_MASTER_LEN)
		               ? HSS_OK
		               : refuse(why, HSS_ERR_INVALID,
		                        "the master key file %s must hold 64 hexadecimal digits, "
		                        "or "
		                        "lines of ID:KEY, and nothing else",
		                        path);
	}
	for (unsigned number = 1; err == HSS_OK && text < end; number++) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		stop = stop != NULL ? stop : end;
		err = line_parse(path, number, text, (size_t)(stop - text), m, why);
		text = stop < end ? stop + 1 : end;
	}
	return err;
}

/* Read what is open. */
static enum hss_err masters_load(int fd, const char *path, bool credential, struct masters **out,
                                 struct stat *st, char why[static SEAL_WHY_LEN])
{
	struct masters *m = OPENSSL_secure_zalloc(sizeof(*m));
	char *text = OPENSSL_secure_zalloc(TEXT_MAX + 1);
	size_t len = 0;
	enum hss_err err = HSS_OK;

	if (m == NULL || text == NULL) {
		err = refuse_memory(why);
	} else if (fstat(fd, st) != 0) {
		err = refuse_errno(why, path, "read");
	} else {
		err = file_check(path, st, credential, why);
	}
	if (err == HSS_OK) {
		err = fd_read(fd, path, text, &len, why);
	}
	if (err == HSS_OK) {
		err = text_parse(path, text, len, m, why);
	}
	OPENSSL_secure_clear_free(text, TEXT_MAX + 1);
	if (err != HSS_OK) {
		masters_free(m);
		return err;
	}
	*out = m;
	return HSS_OK;
}

/* Never waits, were it a pipe; never follows a link. */
static int file_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

enum hss_err masters_read(const char *source, struct masters **out, char why[static SEAL_WHY_LEN])
{
	char path[PATH_MAX];
	struct stat st;
	enum hss_err err = source_path(source, path, why);
	int fd = -1;

	if (err != HSS_OK) {
		return err;
	}
	fd = file_open(path);
	if (fd < 0) {
		return refuse_errno(why, path, "read");
	}
	err = masters_load(fd, path, is_credential(source), out, &st, why);
	(void)close(fd);
	return err;
}

/* The text of a file; its length. */
static size_t masters_text(const struct masters *m, char text[static TEXT_MAX + 1])
{
	size_t len = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (m->n > 1 || m->key[i].id != 1) {
			len += (size_t)snprintf(text + len, ID_DIGITS + 2, "%u:", m->key[i].id);
		}
		hex_from_octets(m->key[i].octets, SEAL_MASTER_LEN, text + len);
		len += MASTER_DIGITS;
		text[len++] = '\n';
	}
	return len;
}

static bool write_whole(int fd, const char *text, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR) {
			return false;
		}
		if (n == 0) { /* no system does so; were it to, this would never end */
			errno = EIO;
			return false;
		}
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) == 0;
}

/* What was renamed is durable when its folder is. */
static bool folder_sync(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	bool good = false;
	int fd = -1;

	if (snprintf(folder, sizeof(folder), "%.*s", slash != NULL ? (int)(slash - path) + 1 : 1,
	             slash != NULL ? path : ".") >= (int)sizeof(folder)) {
		errno = ENAMETOOLONG;
		return false;
	}
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	good = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0) {
		(void)close(fd);
	}
	return good;
}

enum hss_err masters_sync(const char *source, char why[static SEAL_WHY_LEN])
{
	char path[PATH_MAX];
	enum hss_err err = source_path(source, path, why);
	int fd = -1;
	bool good = false;

	if (err != HSS_OK) {
		return err;
	}
	fd = file_open(path);
	good = fd >= 0 && fsync(fd) == 0 &&
	       (folder_sync(path) || (errno == EACCES && syncfs(fd) == 0));
	err = good ? HSS_OK : refuse_errno(why, path, "made durable");
	if (fd >= 0) {
		(void)close(fd);
	}
	return err;
}

/* The new file beside its place, durable; what a writer that was killed left there goes. */
static bool beside_write(const char *beside, const struct masters *m, const struct stat *former)
{
	char *text = OPENSSL_secure_zalloc(TEXT_MAX + 1);
	bool good = text != NULL && (unlink(beside) == 0 || errno == ENOENT);
	int fd = good ? open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)
	              : -1;

	good = fd >= 0;
	if (good && former != NULL && geteuid() == 0) {
		good = fchown(fd, former->st_uid, former->st_gid) == 0;
	}
	good = good && write_whole(fd, text, masters_text(m, text));
	if (fd >= 0 && close(fd) != 0) {
		good = false;
	}
	OPENSSL_secure_clear_free(text, TEXT_MAX + 1);
	return good;
}

/* Write a file. former: it replaces this one; NULL: it is new, and replaces nothing. */
static enum hss_err masters_write(const char *path, const struct masters *m,
                                  const struct stat *former)
{
	char beside[PATH_MAX];
	enum hss_err err = HSS_OK;
	int cause = ENAMETOOLONG;

	if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside)) {
		errno = cause;
		return HSS_ERR_IO;
	}
	if (!beside_write(beside, m, former) ||
	    (former != NULL ? rename(beside, path) : link(beside, path)) != 0) {
		err = errno == EEXIST ? HSS_ERR_EXISTS : HSS_ERR_IO;
	} else if (!folder_sync(path)) {
		err = HSS_ERR_IO;
		cause = errno;
		if (former == NULL) {
			(void)unlink(path);
		}
		errno = cause;
	}
	cause = errno;
	if (former == NULL || err != HSS_OK) {
		(void)unlink(beside);
	}
	errno = cause;
	return err;
}

static bool key_make(struct master_key *key, unsigned id)
{
	key->id = id;
	return RAND_priv_bytes(key->octets, SEAL_MASTER_LEN) == 1;
}

enum hss_err seal_create(const char *path)
{
	struct masters *m = OPENSSL_secure_zalloc(sizeof(*m));
	enum hss_err err = HSS_ERR_MEMORY;

	if (m != NULL) {
		m->n = 1;
		err = key_make(&m->key[0], 1) ? masters_write(path, m, NULL) : HSS_ERR_CRYPTO;
	}
	masters_free(m);
	return err;
}

/*
 * Open a file to change it: its lock keeps a second writer away, and what was locked is still what
 * stands there.
 */
static enum hss_err change_begin(const char *path, int *fd, struct masters **out, struct stat *st,
                                 char why[static SEAL_WHY_LEN])
{
	struct stat now;
	bool locked = false;

	*fd = file_open(path);
	if (*fd < 0) {
		return refuse_errno(why, path, "read");
	}
	locked = flock(*fd, LOCK_EX | LOCK_NB) == 0;
	if (!locked && errno != EWOULDBLOCK) {
		return refuse_errno(why, path, "locked");
	}
	if (stat(path, &now) != 0 || fstat(*fd, st) != 0) {
		return refuse_errno(why, path, "read");
	}
	if (!locked || now.st_ino != st->st_ino || now.st_dev != st->st_dev) {
		return refuse(why, HSS_ERR_BUSY,
		              "the master key file %s is being changed by another process", path);
	}
	return masters_load(*fd, path, false, out, st, why);
}

static enum hss_err change_end(const char *path, int fd, struct masters *m, const struct stat *st,
                               enum hss_err err, char why[static SEAL_WHY_LEN])
{
	if (err == HSS_OK && masters_write(path, m, st) != HSS_OK) {
		err = refuse_errno(why, path, "written");
	}
	masters_free(m);
	if (fd >= 0) {
		(void)close(fd);
	}
	return err;
}

static size_t master_find(const struct masters *m, unsigned id)
{
	size_t i = 0;

	while (i < m->n && m->key[i].id != id) {
		i++;
	}
	return i;
}

enum hss_err seal_add(const char *path, unsigned *id, char why[static SEAL_WHY_LEN])
{
	struct masters *m = NULL;
	struct stat st = {0};
	int fd = -1;
	unsigned next = 0;
	enum hss_err err = change_begin(path, &fd, &m, &st, why);

	if (m != NULL && m->n == SEAL_RING_MAX) {
		err = refuse(why, HSS_ERR_LIMIT,
		             "the master key file %s has %d keys, which is the most: retire one "
		             "first (hssctl key retire)",
		             path, SEAL_RING_MAX);
	}
	if (err == HSS_OK && m != NULL) {
		next = m->key[m->n - 1].id;
		do {
			next = next % SEAL_ID_MAX + 1;
		} while (master_find(m, next) < m->n);
		if (key_make(&m->key[m->n], next)) {
			m->n++;
		} else {
			err = refuse(why, HSS_ERR_CRYPTO, "no random number for a master key");
		}
	}
	err = change_end(path, fd, m, &st, err, why);
	if (err == HSS_OK) {
		*id = next;
	}
	return err;
}

enum hss_err seal_remove(const char *path, unsigned id, char why[static SEAL_WHY_LEN])
{
	struct masters *m = NULL;
	struct stat st = {0};
	int fd = -1;
	enum hss_err err = change_begin(path, &fd, &m, &st, why);
	const size_t at = m != NULL ? master_find(m, id) : 0;

	if (m != NULL && at == m->n) {
		err = refuse(why, HSS_ERR_NOT_FOUND, "the master key file %s has no key %u", path,
		             id);
	}
	if (err == HSS_OK && m != NULL && at == m->n - 1) {
		err = refuse(why, HSS_ERR_BUSY,
		             "the key %u of the master key file %s is the one that seals", id,
		             path);
	}
	if (err == HSS_OK && m != NULL) {
		memmove(&m->key[at], &m->key[at + 1], (m->n - at - 1) * sizeof(m->key[0]));
		m->n--;
		OPENSSL_cleanse(&m->key[m->n], sizeof(m->key[0]));
	}
	return change_end(path, fd, m, &st, err, why);
}
