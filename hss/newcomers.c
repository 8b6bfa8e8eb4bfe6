#include "hss/newcomers.h"

#include <dirent.h>
#include <fcntl.h>
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <nss.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hss/clock.h"
#include "hss/fdlog.h"
#include "hss/log.h"

enum {
	FD_LIMIT = 1024,   /* FD_SETSIZE: select() in freeDiameter's TLS */
	FD_RESERVE = 160,  /* connections before their CER, files of the database */
	LOOK_MS = 100,     /* between looks, */
	LOOK_BUSY_MS = 20, /* and while there are newcomers */
	N_SOURCES = 1024,
	CMD_CAPABILITIES_EXCHANGE = 257,
};

/* A connection, known by the number that the kernel gives each socket once. */
struct seen {
	uint64_t cookie;
	int64_t since; /* ms */
	bool let_in;
};

/* How many CERs one source may still send; several addresses may share one. */
struct source {
	int64_t filled; /* ms */
	unsigned tokens;
};

static struct {
	pthread_t thread;
	bool open;
	int fd_max; /* a CER on a descriptor beyond it is refused */

	pthread_mutex_t lock;
	/* Under lock. */
	struct seen seen[FD_LIMIT];
	struct source source[N_SOURCES];
} newcomers = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : 0;
}

static bool option_is(int fd, int option, int value)
{
	int got = 0;
	socklen_t len = sizeof(got);

	return getsockopt(fd, SOL_SOCKET, option, &got, &len) == 0 && got == value;
}

/* A TCP socket of our port: one that listens, or one that somebody connected to. */
static bool is_ours(int fd)
{
	struct sockaddr_in6 at = {0}; /* the port stands where that of IPv4 does */
	socklen_t len = sizeof(at);
	uint16_t port = 0;

	if (!option_is(fd, SO_PROTOCOL, IPPROTO_TCP) ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
		return false;
	}
	port = ntohs(at.sin6_port);
	return port != 0 && (port == fd_g_config->cnf_port || port == fd_g_config->cnf_port_tls);
}

/* What the kernel does for a listening socket. freeDiameter makes it one after it says that it
 * runs, and asks for five connections that may wait. */
static void listener_tune(int fd)
{
	const int seconds = NEWCOMERS_DEFER_S;
	const uint64_t cookie = cookie_of(fd);
	bool known = false;

	(void)pthread_mutex_lock(&newcomers.lock);
	known = newcomers.seen[fd].cookie == cookie;
	newcomers.seen[fd] = (struct seen){.cookie = cookie};
	(void)pthread_mutex_unlock(&newcomers.lock);
	if (!known) {
		(void)setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds));
		(void)listen(fd, NEWCOMERS_BACKLOG);
	}
}

/* Whether anything has arrived. */
static bool has_spoken(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	       info.tcpi_bytes_received > 0;
}

/* The receiver of the connection finds its end, and freeDiameter closes it. Its descriptor may be
 * another connection's by now: a copy of it is none. */
static void cut(int fd, uint64_t cookie)
{
	const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0) {
		return;
	}
	if (cookie_of(copy) == cookie && option_is(copy, SO_ACCEPTCONN, 0)) {
		(void)shutdown(copy, SHUT_RDWR);
		log_peer_event(LOG_LEVEL_NOTICE, "a connection is closed: no CER came in time");
	}
	(void)close(copy);
}

/* How long a newcomer has been waited for, in ms; -1 for what is none. */
static int64_t newcomer_age(int fd, int64_t now, uint64_t *cookie)
{
	struct seen *seen = &newcomers.seen[fd];
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	int64_t age = -1;

	*cookie = is_ours(fd) ? cookie_of(fd) : 0;
	if (*cookie == 0) {
		return -1;
	}
	if (option_is(fd, SO_ACCEPTCONN, 1)) {
		listener_tune(fd);
		return -1;
	}
	if (getpeername(fd, (struct sockaddr *)&from, &len) != 0) {
		return -1; /* bound, to listen soon; or gone */
	}
	(void)pthread_mutex_lock(&newcomers.lock);
	if (seen->cookie != *cookie) {
		*seen = (struct seen){.cookie = *cookie, .since = now};
	}
	if (!seen->let_in) {
		age = now - seen->since;
	}
	(void)pthread_mutex_unlock(&newcomers.lock);
	return age;
}

/* Look at every descriptor. was is how many newcomers there were last time; returns how many there
 * are. */
static unsigned look(unsigned was)
{
	const bool crowded = was >= (unsigned)fd_g_config->cnf_thr_srv / 2;
	const int64_t now = clock_ms();
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry = NULL;
	unsigned n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		const int fd = (int)strtol(entry->d_name, NULL, 10);
		uint64_t cookie = 0;
		int64_t age = -1;
		int64_t patience = NEWCOMERS_CALM_MS;

		if (entry->d_name[0] == '.' || fd < 0 || fd >= FD_LIMIT) {
			continue;
		}
		age = newcomer_age(fd, now, &cookie);
		if (age < 0) {
			continue;
		}
		n++;
		if (crowded) {
			patience = has_spoken(fd) ? NEWCOMERS_PART_MS : NEWCOMERS_SILENT_MS;
		}
		if (age > patience) {
			cut(fd, cookie);
		}
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
	return n;
}

static void *thread_main(void *arg)
{
	unsigned n = 0;

	(void)arg;
	(void)fd_core_waitstartcomplete();
	fdlog_limit();
	for (;;) {
		const struct timespec pause = {0, (n > 0 ? LOOK_BUSY_MS : LOOK_MS) * 1000000L};

		(void)nanosleep(&pause, NULL); /* where the thread is cancelled */
		(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
		n = look(n);
		log_tell_left_out();
		(void)pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	}
	return NULL;
}

/* Returns the number of descriptors that there may be. */
static int files_limit(void)
{
	struct rlimit files = {FD_LIMIT, FD_LIMIT};

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FD_LIMIT) {
		files.rlim_cur = files.rlim_max < FD_LIMIT ? files.rlim_max : FD_LIMIT;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	return files.rlim_cur < FD_LIMIT ? (int)files.rlim_cur : FD_LIMIT;
}

/* freeDiameter asks for the name of each address that connects, on the thread that accepts: whoever
 * has a slow name server shuts out everybody. Only peers that are named for connecting to need DNS.
 */
static void names_from_files(void)
{
	if (FD_IS_LIST_EMPTY(&fd_g_peers)) {
		(void)__nss_configure_lookup("hosts", "files");
	} else {
		log_event(LOG_LEVEL_NOTICE,
		          "ConnectPeer: the names of those who connect are looked up "
		          "in DNS, which holds up others when it is slow");
	}
}

enum hss_err newcomers_open(void)
{
	names_from_files();
	newcomers.fd_max = files_limit() - FD_RESERVE;
	if (newcomers.fd_max < FD_RESERVE) {
		log_event(LOG_LEVEL_ERROR,
		          "the limit of open files leaves room for %d connections only",
		          newcomers.fd_max);
	}
	for (size_t i = 0; i < N_SOURCES; i++) {
		newcomers.source[i].tokens = NEWCOMERS_CER_BURST;
	}
	newcomers.open = pthread_create(&newcomers.thread, NULL, thread_main, NULL) == 0;
	return newcomers.open ? HSS_OK : HSS_ERR_MEMORY;
}

void newcomers_close(void)
{
	if (newcomers.open) {
		(void)pthread_cancel(newcomers.thread);
		(void)pthread_join(newcomers.thread, NULL);
		newcomers.open = false;
	}
}

/* The descriptor of the calling receiver thread: freeDiameter names the thread after it. -1: none.
 */
static int receiver_fd(void)
{
	const char *name = pthread_getspecific(fd_log_thname);
	static const char prefix[] = "Receiver (";

	return name != NULL && strncmp(name, prefix, strlen(prefix)) == 0
	               ? (int)strtol(name + strlen(prefix), NULL, 10)
	               : -1;
}

/* FNV-1a over the address, for IPv6 over the /64. */
static size_t source_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} from;
	socklen_t len = sizeof(from);
	const uint8_t *octets = (const uint8_t *)&from.v4.sin_addr;
	size_t n = sizeof(from.v4.sin_addr);
	uint32_t hash = 2166136261U;

	memset(&from, 0, sizeof(from));
	if (getpeername(fd, &from.any, &len) == 0 && from.any.sa_family == AF_INET6) {
		octets = from.v6.sin6_addr.s6_addr;
		n = sizeof(from.v6.sin6_addr) / 2;
	}
	for (size_t i = 0; i < n; i++) {
		hash = (hash ^ octets[i]) * 16777619U;
	}
	return hash % N_SOURCES;
}

/* Under lock. */
static bool token_take(struct source *source)
{
	const int64_t now = clock_ms();
	const int64_t more = (now - source->filled) * NEWCOMERS_CER_RATE / 1000;

	if (more > 0) {
		source->filled = now;
		source->tokens = more + source->tokens < NEWCOMERS_CER_BURST
		                         ? (unsigned)more + source->tokens
		                         : NEWCOMERS_CER_BURST;
	}
	if (source->tokens == 0) {
		return false;
	}
	source->tokens--;
	return true;
}

static bool is_let_in(int fd)
{
	const uint64_t cookie = cookie_of(fd);
	bool let_in = false;

	if (fd < FD_LIMIT) {
		(void)pthread_mutex_lock(&newcomers.lock);
		let_in = newcomers.seen[fd].cookie == cookie && newcomers.seen[fd].let_in;
		(void)pthread_mutex_unlock(&newcomers.lock);
	}
	return let_in;
}

/* Of a message of a connection that is not let in. */
static const char *newcomer_check(int fd, bool is_cer)
{
	bool taken = false;

	if (fd > newcomers.fd_max) {
		return "is of one connection too many";
	}
	if (is_cer) {
		(void)pthread_mutex_lock(&newcomers.lock);
		taken = token_take(&newcomers.source[source_of(fd)]);
		(void)pthread_mutex_unlock(&newcomers.lock);
		return taken ? NULL : "is one CER too many from its address";
	}
	return NULL;
}

const char *newcomers_check(uint32_t command, bool is_cer)
{
	static _Thread_local bool let_in; /* a connection stays so, and a receiver has one */
	const int fd = let_in ? -1 : receiver_fd();

	if (fd < 0) {
		return NULL;
	}
	let_in = is_let_in(fd);
	if (let_in) {
		return NULL;
	}
	return command == CMD_CAPABILITIES_EXCHANGE ? newcomer_check(fd, is_cer)
	                                            : "is no CER, and comes before one";
}

void newcomers_let_in(struct peer_hdr *peer)
{
	char info[64] = "";
	const char *number = NULL;
	long fd = -1;

	if (peer == NULL || fd_peer_cnx_proto_info(peer, info, sizeof(info)) != 0) {
		return;
	}
	number = strstr(info, "soc#");
	fd = number != NULL ? strtol(number + strlen("soc#"), NULL, 10) : -1;
	if (fd >= 0 && fd < FD_LIMIT) {
		(void)pthread_mutex_lock(&newcomers.lock);
		newcomers.seen[fd] = (struct seen){.cookie = cookie_of((int)fd), .let_in = true};
		(void)pthread_mutex_unlock(&newcomers.lock);
	}
}
