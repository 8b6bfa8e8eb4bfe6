/*
 * freeDiameter's own log lines, and ours, which pass through it (log.h).
 *
 * A peer can make freeDiameter write: a line or several for each connection, for each message that
 * is none. As soon as the node runs, at most LOG_LIBRARY_LINES_MAX of its lines a second are
 * written, and how many were left out is said with the next line after that. FATAL lines and ours,
 * which have limits of their own, are never left out. The lines look as freeDiameter writes them.
 */
#ifndef QUINTET_HSS_FDLOG_H
#define QUINTET_HSS_FDLOG_H

enum { LOG_LIBRARY_LINES_MAX = 50 };

/* Take over freeDiameter's log; the limit is not in force yet. Without effect when another
 * extension has it already, which is logged. */
void fdlog_open(void);

/* The node runs: from now on the limit is in force. Any thread. */
void fdlog_limit(void);

/* Give the log back. */
void fdlog_close(void);

#endif
