#include "tools/cxbench/sqn_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t sqn_max = (UINT64_C(1) << 48) - 1;

/* A file being read. */
struct old {
	const char *path;
	size_t line_no;
	const struct subscribers *subscribers;
	struct sqn_set *sqns;
	struct faults *faults;
};

static bool number_read(const char *text, uint64_t *value)
{
	char *end = NULL;

	if (*text < '0' || *text > '9') {
		return false;
	}
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0' && *value <= sqn_max;
}

static bool line_take(const struct old *old, char *line, struct why *why)
{
	char *blank = strrchr(line, ' ');
	char *end = strchr(line, '\n');
	size_t impi = 0;
	uint64_t sqn = 0;

	if (end == NULL) {
		return why_set(why, "%s:%zu: the line does not end", old->path, old->line_no);
	}
	*end = '\0';
	if (blank == NULL || !number_read(blank + 1, &sqn)) {
		return why_set(why, "%s:%zu: not an IMPI, a blank and a SQN", old->path,
		               old->line_no);
	}
	if (!subscriber_find(old->subscribers, line, (size_t)(blank - line), &impi)) {
		return why_set(why, "%s:%zu: the IMPI is not among the subscribers", old->path,
		               old->line_no);
	}
	switch (sqn_set_note(old->sqns, impi, sqn)) {
	case SQN_DUPLICATE:
		fault_note(old->faults, FAULT_SQN_DUPLICATE,
		           "%s:%zu: the log has SQN %" PRIu64 " twice", old->path, old->line_no,
		           sqn);
		break;
	case SQN_NO_MEMORY:
		return why_set(why, "%s: out of memory", old->path);
	case SQN_NEW:
		break;
	}
	return true;
}

static bool old_read(struct old *old, struct why *why)
{
	char line[SQN_LOG_LINE_MAX + 1];
	FILE *file = fopen(old->path, "re");
	bool good = true;

	if (file == NULL) {
		return errno == ENOENT || why_set(why, "%s: %s", old->path, strerror(errno));
	}
	while (good && fgets(line, sizeof(line), file) != NULL) {
		old->line_no++;
		good = line_take(old, line, why);
	}
	if (good && ferror(file) != 0) {
		good = why_set(why, "%s: %s", old->path, strerror(errno));
	}
	(void)fclose(file);
	return good;
}

bool sqn_log_open(struct sqn_log *log, const char *path, const struct subscribers *subscribers,
                  struct sqn_set *sqns, struct faults *faults, struct why *why)
{
	struct old old = {.path = path, .subscribers = subscribers, .sqns = sqns, .faults = faults};

	log->path = path;
	log->used = 0;
	log->fd = -1;
	if (!old_read(&old, why)) {
		return false;
	}
	log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return log->fd >= 0 || why_set(why, "%s: %s", path, strerror(errno));
}

bool sqn_log_flush(struct sqn_log *log)
{
	size_t at = 0;

	while (at < log->used) {
		const ssize_t n = write(log->fd, log->buffer + at, log->used - at);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			log->used = 0;
			return false;
		}
		at += (size_t)n;
	}
	log->used = 0;
	return true;
}

bool sqn_log_add(struct sqn_log *log, const char *impi, size_t impi_len, uint64_t sqn)
{
	char digits[24];
	size_t n = 0;
	char *at = NULL;
	bool good = true;

	if (log->used + impi_len + sizeof(digits) + 2 > sizeof(log->buffer)) {
		good = sqn_log_flush(log);
	}
	at = log->buffer + log->used;
	memcpy(at, impi, impi_len);
	at += impi_len;
	*at++ = ' ';
	do {
		digits[n++] = (char)('0' + sqn % 10);
		sqn /= 10;
	} while (sqn > 0);
	while (n > 0) {
		*at++ = digits[--n];
	}
	*at++ = '\n';
	log->used = (size_t)(at - log->buffer);
	return good;
}

bool sqn_log_close(struct sqn_log *log)
{
	bool good = true;

	if (log->fd >= 0) {
		good = sqn_log_flush(log);
		good = close(log->fd) == 0 && good;
		log->fd = -1;
	}
	return good;
}
