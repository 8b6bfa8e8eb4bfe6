/*
 * Log lines of hss.fdx: one line an event, identity first, never a secret.
 *
 *   error   wants a human           notice  a change of state, or a refusal
 *   info    a request served
 *
 * Lines go to freeDiameter's log. What others can cause is limited to so many lines a second, each
 * kind by itself, so that a flood of refusals hides neither an alarm nor what became of an RTR; how
 * many were left out is said in a later second. Any thread may call.
 */
#ifndef QUINTET_HSS_LOG_H
#define QUINTET_HSS_LOG_H

#include <stdbool.h>

#include "hss/cx.h"
#include "hss/err.h"
#include "hss/log_id.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO };

enum {
	LOG_PEER_LINES_MAX = 100, /* log_peer_event and log_request */
	LOG_ALARM_LINES_MAX = 20, /* log_request of a failure or an alarm */
	LOG_PUSH_LINES_MAX = 20,  /* log_push_event */
};

/* What is logged: this level and those above it. Before the threads start. */
void log_level_set(enum log_level level);

/* Identities are logged as hashes under this key from now on, which stays the caller's; NULL: in
 * clear, as at first. Before the threads start, and after they have ended. */
void log_hash_set(const struct log_id *key);

/* An event that no peer causes. */
void log_event(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An event that a peer causes: rate-limited. */
void log_peer_event(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What became of an RTR or PPR: rate-limited. */
void log_push_event(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Says what was left out in seconds that are over; else the next line of its kind does. */
void log_tell_left_out(void);

/*
 * A request and its answer: command, identities, Session-Id, S-CSCF, result and, if refused, why.
 *
 *   req  as decoded; identities may be NULL
 *   err  a failure of ours that the answer only paraphrases, or HSS_OK
 */
void log_request(const struct cx_request *req, const struct cx_verdict *verdict, enum hss_err err);

#endif
