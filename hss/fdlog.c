#include "hss/fdlog.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct {
	bool open; /* the opener's and closer's */

	/* Under fd_log_lock, which freeDiameter holds while it calls. */
	bool limited;
	time_t second;
	unsigned lines;
	unsigned left_out;
} fdlog;

static const char *level_name(int level)
{
	switch (level) {
	case FD_LOG_ANNOYING:
		return "	A   ";
	case FD_LOG_DEBUG:
		return " DBG   ";
	case FD_LOG_NOTICE:
		return "NOTI   ";
	case FD_LOG_ERROR:
		return "ERROR  ";
	case FD_LOG_FATAL:
		return "FATAL! ";
	default:
		return " ???   ";
	}
}

static void head_write(int level)
{
	char now[32];

	(void)printf("%s  %s", fd_log_time(NULL, now, sizeof(now), 0, 0), level_name(level));
}

/* Whether one more line of freeDiameter's fits into this second. */
static bool line_fits(void)
{
	const time_t now = time(NULL);

	if (now != fdlog.second) {
		if (fdlog.left_out > 0) {
			head_write(FD_LOG_NOTICE);
			(void)printf("hss: %u lines of freeDiameter's were left out\n",
			             fdlog.left_out);
		}
		fdlog.second = now;
		fdlog.lines = 0;
		fdlog.left_out = 0;
	}
	if (fdlog.lines < LOG_LIBRARY_LINES_MAX) {
		fdlog.lines++;
		return true;
	}
	fdlog.left_out++;
	return false;
}

static void line_write(int level, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void line_write(int level, const char *format, va_list ap)
{
	const bool ours = strncmp(format, "hss: ", strlen("hss: ")) == 0;

	if (level < fd_g_debug_lvl ||
	    (fdlog.limited && !ours && level != FD_LOG_FATAL && !line_fits())) {
		return;
	}
	head_write(level);
	(void)vprintf(format, ap);
	(void)putchar('\n');
	(void)fflush(stdout);
}

void fdlog_open(void)
{
	fdlog.open = fd_log_handler_register(line_write) == 0;
	if (!fdlog.open) {
		fd_log(FD_LOG_NOTICE,
		       "hss: another extension has the log: its lines are not limited");
	}
}

void fdlog_limit(void)
{
	(void)pthread_mutex_lock(&fd_log_lock);
	fdlog.limited = true;
	(void)pthread_mutex_unlock(&fd_log_lock);
}

void fdlog_close(void)
{
	if (fdlog.open) {
		(void)pthread_mutex_lock(&fd_log_lock);
		(void)fd_log_handler_unregister();
		(void)pthread_mutex_unlock(&fd_log_lock);
		fdlog.open = false;
	}
}
