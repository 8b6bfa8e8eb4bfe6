/* Preloaded into the daemon: a machine so busy that of the threads freeDiameter wakes, while it
 * waits for them to leave a queue, only the first gets its turn in time. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_bool waits;

#pragma GCC visibility push(default)

int usleep(useconds_t microseconds)
{
	const struct timespec span = {0, (long)microseconds * 1000};

	if (microseconds == 1000) { /* fd_fifo_del's */
		atomic_store(&waits, true);
	}
	return nanosleep(&span, NULL);
}

int pthread_cond_signal(pthread_cond_t *cond)
{
	static int (*real)(pthread_cond_t *);
	Dl_info caller;

	if (atomic_load(&waits) && dladdr(__builtin_return_address(0), &caller) != 0 &&
	    strstr(caller.dli_fname, "libfdproto") != NULL) {
		return 0;
	}
	if (real == NULL) { /* whoever is second finds the same */
		*(void **)&real = dlsym(RTLD_NEXT, "pthread_cond_signal");
	}
	return real(cond);
}
#pragma GCC visibility pop
