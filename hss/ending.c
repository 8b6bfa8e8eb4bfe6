#include "hss/ending.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int (*ending_finish)(void);

/* What core_shutdown of libfdcore calls its thread. */
static const char core_thread[] = "fD Core Shutdown";

/* abort() calls this on the thread that failed, which is in no function of the C library's then:
 * more may be done than in other handlers. */
static void on_abort(int signal_number)
{
	const char *name = pthread_getspecific(fd_log_thname);
	int status = 0;

	(void)signal(signal_number, SIG_DFL);
	if (name == NULL || strcmp(name, core_thread) != 0) {
		return; /* and abort() goes on */
	}
	(void)alarm(ENDING_S);
	status = ending_finish();
	(void)fflush(NULL);
	_exit(status);
}

void ending_open(int (*finish)(void))
{
	struct sigaction action = {.sa_handler = on_abort};

	ending_finish = finish;
	(void)sigaction(SIGABRT, &action, NULL);
}

void ending_close(void)
{
	if (ending_finish != NULL) {
		(void)signal(SIGABRT, SIG_DFL);
		ending_finish = NULL;
	}
}
