/*
 * A file with every SQN that came, one line "IMPI SQN" each, which outlives the run: what one run
 * saw must not come again in the next one.
 */
#ifndef CXBENCH_SQN_LOG_H
#define CXBENCH_SQN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/cxbench/faults.h"
#include "tools/cxbench/sqn_set.h"
#include "tools/cxbench/subscribers.h"
#include "tools/cxbench/why.h"

enum { SQN_LOG_BUFFER = 256 * 1024, SQN_LOG_LINE_MAX = SUBSCRIBER_IMPI_MAX + 24 };

struct sqn_log {
	const char *path;
	int fd; /* -1: closed */
	size_t used;
	char buffer[SQN_LOG_BUFFER];
};

/*
 * Note what the file holds, then open it to append; it is created when it is not there. A SQN that
 * the file has twice is noted as a fault.
 *
 * Returns false, with the reason and the line in why, for a file that cannot be read or is no such
 * log, or holds an IMPI that is not among the subscribers.
 */
bool sqn_log_open(struct sqn_log *log, const char *path, const struct subscribers *subscribers,
                  struct sqn_set *sqns, struct faults *faults, struct why *why);

/* Append a SQN; it reaches the file with the next flush. False when the file cannot be written. */
bool sqn_log_add(struct sqn_log *log, const char *impi, size_t impi_len, uint64_t sqn);
bool sqn_log_flush(struct sqn_log *log);

/* Flush and close. False when something did not reach the file. */
bool sqn_log_close(struct sqn_log *log);

#endif
