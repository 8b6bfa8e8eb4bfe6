#include "hss/admin_sock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "hss/admin.h"
#include "hss/store.h"

enum {
	ADMIN_THREADS = 4,
	ADMIN_BACKLOG = 16,
	ADMIN_SILENCE_S = 60, /* a client that is silent for longer gives its thread to the next */
	ACCEPT_RETRY_MS = 50,
};

struct admin_thread {
	struct admin_sock *sock;
	pthread_t thread;
	bool started;
	int fd;              /* of the connection being served, or -1; under sock->lock */
	struct store *store; /* read-only, of the connection being served */

	/* The writing operation under way: done is signalled when the worker has finished it. */
	struct worker_job job;
	pthread_cond_t done;
	bool is_done; /* under sock->lock */
};

struct admin_sock {
	const struct hss_conf *conf;
	struct worker *worker;
	int fd;
	pthread_mutex_t lock;
	bool closing; /* under lock */
	struct admin_thread thread[ADMIN_THREADS];
};

static json_t *failure(const char *text)
{
	return json_pack("{s:b, s:s}", "ok", 0, "error", text);
}

static void job_done(struct worker_job *job)
{
	struct admin_thread *self = job->opaque;

	(void)pthread_mutex_lock(&self->sock->lock);
	self->is_done = true;
	(void)pthread_cond_signal(&self->done);
	(void)pthread_mutex_unlock(&self->sock->lock);
}

static json_t *serve_write(struct admin_thread *self, const json_t *request)
{
	struct admin_sock *sock = self->sock;

	self->job = (struct worker_job){.admin_request = request, .done = job_done, .opaque = self};
	self->is_done = false;
	if (worker_submit(sock->worker, &self->job) != HSS_OK) {
		return failure("the HSS is shutting down");
	}
	(void)pthread_mutex_lock(&sock->lock);
	while (!self->is_done) {
		(void)pthread_cond_wait(&self->done, &sock->lock);
	}
	(void)pthread_mutex_unlock(&sock->lock);
	return self->job.admin_reply;
}

static json_t *serve_read(struct admin_thread *self, const json_t *request)
{
	struct admin admin = {.policy = &self->sock->conf->policy, .now = time(NULL)};
	struct seal *seal = NULL;
	char why[SEAL_WHY_LEN] = "";
	json_t *reply = NULL;
	enum hss_err err = HSS_OK;

	if (self->store == NULL) {
		err = store_open(self->sock->conf->database, STORE_READ, &self->store);
		if (err != HSS_OK) {
			store_close(self->store);
			self->store = NULL;
		}
	}
	if (err == HSS_OK) {
		err = seal_open(self->sock->conf->master_key, &seal, why);
	}
	if (err == HSS_OK) {
		admin.store = self->store;
		admin.seal = seal;
		err = store_begin(self->store);
	}
	if (err == HSS_OK) {
		err = admin_serve(&admin, request, &reply);
		store_rollback(self->store);
	}
	if (reply == NULL) {
		reply = failure(why[0] != '\0' ? why : hss_err_text(err));
	}
	seal_close(seal);
	return reply;
}

static void connection_serve(struct admin_thread *self, int fd)
{
	enum hss_err err = HSS_OK;

	while (err == HSS_OK) {
		json_t *request = NULL;
		json_t *reply = NULL;

		err = admin_frame_read(fd, &request);
		if (err == HSS_OK) {
			reply = admin_is_read(request) ? serve_read(self, request)
			                               : serve_write(self, request);
		} else if (err == HSS_ERR_INVALID || err == HSS_ERR_LIMIT) {
			reply = failure("the request is not a JSON object of at most 1 MiB");
		}
		if (err != HSS_ERR_NOT_FOUND &&
		    (reply == NULL || admin_frame_write(fd, reply) != HSS_OK)) {
			err = HSS_ERR_IO; /* the client learns from the end of the connection */
		}
		json_decref(request);
		json_decref(reply);
	}
	store_close(self->store);
	self->store = NULL;
}

static bool peer_allowed(int fd)
{
	const struct timeval silence = {.tv_sec = ADMIN_SILENCE_S};
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	       (cred.uid == 0 || cred.uid == geteuid()) &&
	       setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) == 0;
}

/* Note the connection, so that admin_sock_close can end it. False when the end has come. */
static bool connection_note(struct admin_thread *self, int fd)
{
	bool closing = false;

	(void)pthread_mutex_lock(&self->sock->lock);
	closing = self->sock->closing;
	self->fd = closing ? -1 : fd;
	(void)pthread_mutex_unlock(&self->sock->lock);
	return !closing;
}

static void *thread_main(void *arg)
{
	struct admin_thread *self = arg;
	bool go_on = true;

	while (go_on) {
		int fd = accept4(self->sock->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0) {
			/* Closing, or short of descriptors: then they may come back. */
			go_on = connection_note(self, -1);
			(void)poll(NULL, 0, go_on ? ACCEPT_RETRY_MS : 0);
			continue;
		}
		go_on = connection_note(self, fd);
		if (go_on && peer_allowed(fd)) {
			connection_serve(self, fd);
		}
		(void)connection_note(self, -1);
		(void)close(fd);
	}
	return NULL;
}

static enum hss_err listen_on(struct admin_sock *sock, char why[static CONF_WHY_LEN])
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const char *path = sock->conf->admin_socket;
	struct stat st;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		(void)snprintf(why, CONF_WHY_LEN,
		               "admin_socket %s: a path of a socket has at most %zu octets", path,
		               sizeof(addr.sun_path) - 1);
		return HSS_ERR_LIMIT;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		(void)unlink(path);
	}
	/* Nobody can connect between bind and listen, so the mode is right before the first one
	 * does. */
	sock->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock->fd < 0 || bind(sock->fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 ||
	    chmod(path, S_IRUSR | S_IWUSR) != 0 || listen(sock->fd, ADMIN_BACKLOG) != 0) {
		(void)snprintf(why, CONF_WHY_LEN, "admin_socket %s: %s", path, strerror(errno));
		return HSS_ERR_IO;
	}
	return HSS_OK;
}

enum hss_err admin_sock_open(const struct hss_conf *conf, struct worker *worker,
                             struct admin_sock **out, char why[static CONF_WHY_LEN])
{
	struct admin_sock *sock = calloc(1, sizeof(*sock));
	enum hss_err err = HSS_ERR_MEMORY;

	if (sock == NULL) {
		(void)snprintf(why, CONF_WHY_LEN, "out of memory");
		return err;
	}
	sock->conf = conf;
	sock->worker = worker;
	sock->fd = -1;
	(void)pthread_mutex_init(&sock->lock, NULL);
	err = listen_on(sock, why);
	for (size_t i = 0; i < ADMIN_THREADS && err == HSS_OK; i++) {
		struct admin_thread *self = &sock->thread[i];

		self->sock = sock;
		self->fd = -1;
		(void)pthread_cond_init(&self->done, NULL);
		self->started = pthread_create(&self->thread, NULL, thread_main, self) == 0;
		if (!self->started) {
			(void)snprintf(why, CONF_WHY_LEN, "no thread for the admin socket");
			err = HSS_ERR_MEMORY;
		}
	}
	if (err != HSS_OK) {
		admin_sock_close(sock);
		return err;
	}
	*out = sock;
	return HSS_OK;
}

void admin_sock_close(struct admin_sock *sock)
{
	if (sock == NULL) {
		return;
	}
	(void)pthread_mutex_lock(&sock->lock);
	sock->closing = true;
	if (sock->fd >= 0) {
		(void)shutdown(sock->fd, SHUT_RDWR);
	}
	for (size_t i = 0; i < ADMIN_THREADS; i++) {
		if (sock->thread[i].started && sock->thread[i].fd >= 0) {
			(void)shutdown(sock->thread[i].fd, SHUT_RDWR);
		}
	}
	(void)pthread_mutex_unlock(&sock->lock);
	for (size_t i = 0; i < ADMIN_THREADS; i++) {
		if (sock->thread[i].started) {
			(void)pthread_join(sock->thread[i].thread, NULL);
			(void)pthread_cond_destroy(&sock->thread[i].done);
		}
	}
	if (sock->fd >= 0) {
		(void)close(sock->fd);
		(void)unlink(sock->conf->admin_socket);
	}
	(void)pthread_mutex_destroy(&sock->lock);
	free(sock);
}
