#include "hss/log.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { LOG_LINE_LEN = 1200, LOG_FIELD_LEN = 256 };

static enum log_level threshold = LOG_LEVEL_NOTICE;
static const struct log_id *hashed; /* NULL: identities are logged in clear */

/* What causes lines that are limited, so that no cause hides the lines of another. */
enum cause { CAUSE_PEER, CAUSE_ALARM, CAUSE_PUSH, N_CAUSES };

/* The second in which lines of a cause are counted, how many there were, how many were left out. */
static struct {
	const unsigned max;
	const char *const about;
	atomic_llong second;
	atomic_uint lines;
	atomic_uint left_out;
} budget[N_CAUSES] = {
	[CAUSE_PEER] = {.max = LOG_PEER_LINES_MAX, .about = "requests"},
	[CAUSE_ALARM] = {.max = LOG_ALARM_LINES_MAX, .about = "alarms"},
	[CAUSE_PUSH] = {.max = LOG_PUSH_LINES_MAX, .about = "RTRs and PPRs"},
};

void log_level_set(enum log_level level)
{
	threshold = level;
}

void log_hash_set(const struct log_id *key)
{
	hashed = key;
}

static int fd_level(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return FD_LOG_ERROR;
	case LOG_LEVEL_NOTICE:
	case LOG_LEVEL_INFO:
		return FD_LOG_NOTICE;
	}
	return FD_LOG_ERROR;
}

static void line_write(enum log_level level, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void line_write(enum log_level level, const char *format, va_list ap)
{
	char line[LOG_LINE_LEN];
	char shown[LOG_LINE_LEN];

	(void)vsnprintf(line, sizeof(line), format, ap);
	if (hashed != NULL) {
		log_id_scrub(hashed, line, shown, sizeof(shown));
	}
	fd_log(fd_level(level), "hss: %s", hashed != NULL ? shown : line);
}

void log_event(enum log_level level, const char *format, ...)
{
	va_list ap;

	if (level <= threshold) {
		va_start(ap, format);
		line_write(level, format, ap);
		va_end(ap);
	}
}

/* A new second begins with what was left out before. */
static void second_begin(enum cause cause)
{
	long long now = (long long)time(NULL);
	long long then = atomic_load(&budget[cause].second);
	unsigned missed = 0;

	if (then != now && atomic_compare_exchange_strong(&budget[cause].second, &then, now)) {
		atomic_store(&budget[cause].lines, 0);
		missed = atomic_exchange(&budget[cause].left_out, 0);
	}
	if (missed > 0) {
		fd_log(FD_LOG_NOTICE, "hss: %u lines about %s were left out", missed,
		       budget[cause].about);
	}
}

/* Whether one more line of this cause fits into this second. */
static bool line_fits(enum cause cause)
{
	second_begin(cause);
	if (atomic_fetch_add(&budget[cause].lines, 1) < budget[cause].max) {
		return true;
	}
	atomic_fetch_add(&budget[cause].left_out, 1);
	return false;
}

void log_tell_left_out(void)
{
	for (enum cause cause = 0; cause < N_CAUSES; cause++) {
		second_begin(cause);
	}
}

static void limited_write(enum cause cause, enum log_level level, const char *format, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void limited_write(enum cause cause, enum log_level level, const char *format, va_list ap)
{
	if (level <= threshold && line_fits(cause)) {
		line_write(level, format, ap);
	}
}

void log_peer_event(enum log_level level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	limited_write(CAUSE_PEER, level, format, ap);
	va_end(ap);
}

void log_push_event(enum log_level level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	limited_write(CAUSE_PUSH, level, format, ap);
	va_end(ap);
}

/* Text of a peer's for a log line: what could forge or break a line becomes '?'; so do blanks if
 * lowest is '!'. */
static const char *printable(const char *text, char lowest, char out[static LOG_FIELD_LEN])
{
	size_t i = 0;

	if (text == NULL) {
		return "-";
	}
	for (; text[i] != '\0' && i < LOG_FIELD_LEN - 1; i++) {
		const char c = text[i];

		out[i] = '?';
		if (c >= lowest && c < 0x7f) {
			out[i] = c;
		}
	}
	out[i] = '\0';
	return out;
}

/* An identity, or a Session-Id, which the peer may have made of one. */
static const char *identity(const char *text, char out[static LOG_FIELD_LEN])
{
	if (hashed == NULL || text == NULL) {
		return printable(text, '!', out);
	}
	log_id_of(hashed, text, out);
	return out;
}

static const char *command_name(uint32_t command)
{
	switch (command) {
	case CX_CMD_UAR:
		return "UAR";
	case CX_CMD_SAR:
		return "SAR";
	case CX_CMD_LIR:
		return "LIR";
	case CX_CMD_MAR:
		return "MAR";
	default:
		return "request";
	}
}

static enum log_level level_of(const struct cx_request *req, const struct cx_verdict *verdict,
                               enum hss_err err)
{
	if (err == HSS_ERR_BUSY) {
		return LOG_LEVEL_NOTICE;
	}
	if (err != HSS_OK || verdict->alarm) {
		return LOG_LEVEL_ERROR;
	}
	if (verdict->result == CX_REDIRECT_INDICATION) { /* what an SLF is for */
		return LOG_LEVEL_INFO;
	}
	return cx_result_is_success(verdict->result) && req->command != CX_CMD_SAR
	               ? LOG_LEVEL_INFO
	               : LOG_LEVEL_NOTICE;
}

void log_request(const struct cx_request *req, const struct cx_verdict *verdict, enum hss_err err)
{
	enum log_level level = level_of(req, verdict, err);
	char impi[LOG_FIELD_LEN];
	char impu[LOG_FIELD_LEN];
	char session[LOG_FIELD_LEN];
	char host[LOG_FIELD_LEN];
	char message[LOG_FIELD_LEN];
	bool why = verdict->message[0] != '\0';

	if (level > threshold || !line_fits(level == LOG_LEVEL_ERROR ? CAUSE_ALARM : CAUSE_PEER)) {
		return;
	}
	log_event(level, "%s%s impi=%s impu=%s%s session=%s peer=%s result=%s%s%s%s%s",
	          verdict->alarm ? "alarm: " : "", command_name(req->command),
	          identity(req->impi, impi), identity(req->n_impu > 0 ? req->impu[0] : NULL, impu),
	          req->n_impu > 1 ? ",..." : "", identity(req->session_id, session),
	          printable(req->origin_host, '!', host), cx_result_name(verdict->result),
	          why ? ": " : "", why ? printable(verdict->message, ' ', message) : "",
	          err != HSS_OK ? "; cause: " : "", err != HSS_OK ? hss_err_text(err) : "");
}
