#include "hss/sockets.h"

#include <dirent.h>
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { RECEIVE_BUFFER = 128 * 1024 };

static pthread_t thread;
static bool is_open;

static bool is_tcp(int fd)
{
	int protocol = 0;
	socklen_t len = sizeof(protocol);

	return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 &&
	       protocol == IPPROTO_TCP;
}

/* Returns how many sockets there were. */
static unsigned tune(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry = NULL;
	const int on = 1;
	const int buffer = RECEIVE_BUFFER;
	unsigned n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (entry->d_name[0] != '.' && is_tcp(fd) &&
		    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
		    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)) == 0) {
			n++;
		}
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
	return n;
}

static void *thread_main(void *arg)
{
	(void)arg;
	if (fd_core_waitstartcomplete() == 0 && tune() == 0) {
		fd_log(FD_LOG_NOTICE,
		       "hss: the sockets keep the kernel's defaults: none was found");
	}
	return NULL;
}

enum hss_err sockets_open(void)
{
	is_open = pthread_create(&thread, NULL, thread_main, NULL) == 0;
	return is_open ? HSS_OK : HSS_ERR_MEMORY;
}

void sockets_close(void)
{
	if (is_open) {
		(void)pthread_cancel(thread);
		(void)pthread_join(thread, NULL);
		is_open = false;
	}
}
