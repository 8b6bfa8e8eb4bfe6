#include "hss/sockets.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { RECEIVE_BUFFER = 128 * 1024 };

static bool is_tcp(int fd)
{
	int protocol = 0;
	socklen_t len = sizeof(protocol);

	return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 &&
	       protocol == IPPROTO_TCP;
}

unsigned sockets_tune(void)
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
