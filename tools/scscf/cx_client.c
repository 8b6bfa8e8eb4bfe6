#include "tools/scscf/cx_client.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>

#include "diameter-dict/dict_cx_rows.h"
#include "hss/cx_codec.h"
#include "tools/scscf/pushes.h"

enum {
	LATE = 2,          /* seconds that our own wait outlasts the library's */
	STATE_POLL_MS = 5, /* how often the state is looked at between CEA and open */
	CONF_TEXT_LEN = 2048,
};

struct cx_client {
	char *identity;
	char *realm;
	char *hss_identity;
	int timeout;
	atomic_uint_fast32_t session; /* last number used in a Session-Id */
	uint32_t started;             /* high part of our Session-Ids */
	pthread_mutex_t lock;
	pthread_cond_t changed;          /* with lock: connected, refused */
	bool connected;                  /* CEA with success has come */
	char refusal[CX_CLIENT_WHY_LEN]; /* last failure to connect */
	struct pushes *pushes;           /* of cx_client_serve */
	char *unreachable;               /* with lock: identity of that peer */
	struct fd_hook_hdl *hooks;
	bool core_up;
};

/*
 * A request on its way, owned by the thread that waits and by the library's callback; the one that
 * lets go last frees it: an answer may come when nobody waits any more.
 */
struct pending {
	pthread_mutex_t lock;
	pthread_cond_t done_cond;
	bool done;      /* answered or expired */
	bool abandoned; /* the waiting thread has gone */
	struct msg *answer;
};

/* Whether lines of the library go to stderr: only until the first message could be among them. */
static atomic_bool library_may_speak;

__attribute__((format(printf, 2, 0))) static void library_line(int level, const char *format,
                                                               va_list args)
{
	if (level >= FD_LOG_ERROR && atomic_load(&library_may_speak)) {
		(void)fputs("scscf: freeDiameter: ", stderr);
		(void)vfprintf(stderr, format, args);
		(void)fputc('\n', stderr);
	}
}

static struct timespec in_seconds(int seconds)
{
	struct timespec at = {0};

	(void)clock_gettime(CLOCK_REALTIME, &at);
	at.tv_sec += seconds;
	return at;
}

/* The answer to a push is at its connection, with what is sent later behind it. */
static void push_answer_sent(struct cx_client *c, struct msg *msg)
{
	struct msg_hdr *hdr = NULL;

	if (c->pushes != NULL && fd_msg_hdr(msg, &hdr) == 0 &&
	    (hdr->msg_flags & CMD_FLAG_REQUEST) == 0 &&
	    (hdr->msg_code == CX_CMD_RTR || hdr->msg_code == CX_CMD_PPR)) {
		pushes_count(c->pushes);
	}
}

/* In place of the library's own hooks, which print messages. */
static void hook(enum fd_hook_type type, struct msg *msg, struct peer_hdr *peer, void *other,
                 struct fd_hook_permsgdata *pmd, void *opaque)
{
	struct cx_client *c = opaque;

	(void)pmd;
	if (type == HOOK_MESSAGE_SENT) {
		push_answer_sent(c, msg);
	}
	if (type != HOOK_PEER_CONNECT_SUCCESS && type != HOOK_PEER_CONNECT_FAILED) {
		return;
	}
	(void)pthread_mutex_lock(&c->lock);
	c->connected = type == HOOK_PEER_CONNECT_SUCCESS;
	if (!c->connected && other != NULL) {
		(void)snprintf(c->refusal, sizeof(c->refusal), "%s", (const char *)other);
	}
	if (!c->connected && peer != NULL) {
		free(c->unreachable);
		c->unreachable = strdup(peer->info.pi_diamid);
	}
	(void)pthread_cond_broadcast(&c->changed);
	(void)pthread_mutex_unlock(&c->lock);
}

/* A text that may stand between quotes in freeDiameter.conf: a name, an address. */
static bool is_plain(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (!isalnum((unsigned char)*c) && strchr(".-_:", *c) == NULL) {
			return false;
		}
	}
	return text[0] != '\0';
}

/* The addresses of a host, for freeaddrinfo; NULL: none. */
static struct addrinfo *addresses_of(const char *host)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;

	return getaddrinfo(host, NULL, &hints, &found) == 0 ? found : NULL;
}

/* libfdcore connects to addresses only. */
static bool resolve(const char *host, char address[static NI_MAXHOST])
{
	struct addrinfo *found = addresses_of(host);
	bool ok = found != NULL;

	ok = ok && getnameinfo(found->ai_addr, found->ai_addrlen, address, NI_MAXHOST, NULL, 0,
	                       NI_NUMERICHOST) == 0;
	if (found != NULL) {
		freeaddrinfo(found);
	}
	return ok;
}

static enum hss_err conf_write(const struct cx_client_conf *conf, char text[static CONF_TEXT_LEN],
                               char why[static CX_CLIENT_WHY_LEN])
{
	const char *const names[] = {conf->identity, conf->realm, conf->hss_identity,
	                             conf->hss_host};
	char address[NI_MAXHOST];
	int len = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!is_plain(names[i])) {
			(void)snprintf(why, CX_CLIENT_WHY_LEN, "\"%s\" is not a host name",
			               names[i]);
			return HSS_ERR_INVALID;
		}
	}
	if (!resolve(conf->hss_host, address)) {
		(void)snprintf(why, CX_CLIENT_WHY_LEN, "%s has no address", conf->hss_host);
		return HSS_ERR_INVALID;
	}
	len = snprintf(text, CONF_TEXT_LEN,
	               "Identity = \"%s\";\nRealm = \"%s\";\nPort = 0;\nSecPort = 0;\nNo_SCTP;\n"
	               "NoRelay;\nTcTimer = 5;\nTwTimer = 30;\nAppServThreads = 1;\n"
	               "ConnectPeer = \"%s\" { ConnectTo = \"%s\"; Port = %" PRIu16
	               "; No_TLS; No_SCTP; };\n",
	               conf->identity, conf->realm, conf->hss_identity, address, conf->hss_port);
	if (len < 0 || len >= CONF_TEXT_LEN) {
		(void)snprintf(why, CX_CLIENT_WHY_LEN, "the names are too long");
		return HSS_ERR_INVALID;
	}
	return HSS_OK;
}

/* The library reads files only; ours is in memory. Returns a descriptor, or -1. */
static int conf_file(const char *text)
{
	const int fd = memfd_create("scscf.conf", MFD_CLOEXEC);
	const size_t len = strlen(text);

	if (fd >= 0 && write(fd, text, len) != (ssize_t)len) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static enum hss_err conf_parse(const struct cx_client_conf *conf,
                               char why[static CX_CLIENT_WHY_LEN])
{
	char text[CONF_TEXT_LEN];
	char path[64];
	enum hss_err err = HSS_OK;
	int fd = -1;
	int ret = 0;

	if (conf->config_file != NULL) {
		ret = fd_core_parseconf(conf->config_file);
	} else {
		err = conf_write(conf, text, why);
		if (err != HSS_OK) {
			return err;
		}
		fd = conf_file(text);
		if (fd < 0) {
			(void)snprintf(why, CX_CLIENT_WHY_LEN, "no memory for a configuration");
			return HSS_ERR_IO;
		}
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		ret = fd_core_parseconf(path);
		(void)close(fd);
	}
	if (ret != 0) {
		(void)snprintf(why, CX_CLIENT_WHY_LEN, "freeDiameter refuses the configuration: %s",
		               strerror(ret));
		return HSS_ERR_INVALID;
	}
	return HSS_OK;
}

/* Dictionary, and Cx in our CER (TS 29.229 5.6). */
static enum hss_err application_support(char why[static CX_CLIENT_WHY_LEN])
{
	const application_id_t app_id = CX_APP_ID;
	const vendor_id_t vendor_id = CX_VENDOR_3GPP;
	struct dict_object *app = NULL;
	struct dict_object *vendor = NULL;
	const char *missing = NULL;
	char dict_why[DICT_CX_WHY_LEN];

	if (dict_cx_load(fd_g_config->cnf_dict, dict_why, sizeof(dict_why)) != DICT_CX_OK) {
		(void)snprintf(why, CX_CLIENT_WHY_LEN, "%.200s", dict_why);
		return HSS_ERR_INVALID;
	}
	if (cx_codec_init(fd_g_config->cnf_dict, &missing) != HSS_OK) {
		(void)snprintf(why, CX_CLIENT_WHY_LEN, "the dictionary lacks %s", missing);
		return HSS_ERR_NOT_FOUND;
	}
	if (fd_dict_search(fd_g_config->cnf_dict, DICT_APPLICATION, APPLICATION_BY_ID, &app_id,
	                   &app, ENOENT) != 0 ||
	    fd_dict_search(fd_g_config->cnf_dict, DICT_VENDOR, VENDOR_BY_ID, &vendor_id, &vendor,
	                   ENOENT) != 0 ||
	    fd_disp_app_support(app, vendor, 1, 0) != 0) {
		(void)snprintf(why, CX_CLIENT_WHY_LEN, "Cx cannot be announced");
		return HSS_ERR_NOT_FOUND;
	}
	return HSS_OK;
}

static bool peer_is_open(const char *identity)
{
	struct peer_hdr *peer = NULL;

	return fd_peer_getbyid((char *)(uintptr_t)identity, strlen(identity), 1, &peer) == 0 &&
	       peer != NULL && fd_peer_get_state(peer) == STATE_OPEN;
}

static bool peer_failed(struct cx_client *c, const char *identity)
{
	bool failed = false;

	(void)pthread_mutex_lock(&c->lock);
	failed = c->unreachable != NULL && strcmp(c->unreachable, identity) == 0;
	(void)pthread_mutex_unlock(&c->lock);
	return failed;
}

/* False when the deadline, or a failure to connect, comes first. */
static bool peer_wait(struct cx_client *c, const char *identity, const struct timespec *deadline)
{
	const struct timespec moment = {.tv_nsec = STATE_POLL_MS * 1000000L};

	while (!peer_is_open(identity)) {
		struct timespec now = in_seconds(0);

		if (now.tv_sec >= deadline->tv_sec || peer_failed(c, identity)) {
			return false;
		}
		(void)nanosleep(&moment, NULL);
	}
	return true;
}

/* The hook comes with the CEA; the state machine is open a moment later. */
static enum hss_err wait_open(struct cx_client *c, char why[static CX_CLIENT_WHY_LEN])
{
	const struct timespec deadline = in_seconds(c->timeout);
	bool open = false;

	(void)pthread_mutex_lock(&c->lock);
	while (!c->connected && pthread_cond_timedwait(&c->changed, &c->lock, &deadline) == 0) {
	}
	open = c->connected;
	(void)snprintf(why, CX_CLIENT_WHY_LEN, "no connection to %s%s%.160s", c->hss_identity,
	               c->refusal[0] != '\0' ? ": " : "", c->refusal);
	(void)pthread_mutex_unlock(&c->lock);
	return open && peer_wait(c, c->hss_identity, &deadline) ? HSS_OK : HSS_ERR_IO;
}

/* Make the request its answer and send it; on silence, or when that fails, the request is freed. */
static void push_answer(struct cx_client *c, struct pushes *pushes, struct msg **msg)
{
	struct arena arena = {0};
	struct cx_request req = {0};
	struct cx_answer ans = {0};
	enum hss_err err = cx_request_decode(*msg, &arena, &req, &ans.verdict);
	bool speak = true;

	if (err == HSS_OK && ans.verdict.result == CX_NO_RESULT) {
		speak = pushes_serve(pushes, &req, &arena, &ans);
	}
	if (err == HSS_OK && speak) {
		err = cx_answer_encode(msg, &ans, c->identity, c->realm);
	}
	if (err == HSS_OK && speak && fd_msg_send(msg, NULL, NULL) == 0) {
		*msg = NULL; /* counted when it has left (hook) */
	}
	if (*msg != NULL) {
		cx_msg_free(*msg);
		*msg = NULL;
		pushes_count(pushes);
	}
	OPENSSL_cleanse(&req, sizeof(req));
	arena_free(&arena);
}

static int on_push(struct msg **msg, struct avp *avp, struct session *session, void *opaque,
                   enum disp_action *act)
{
	struct cx_client *c = opaque;
	struct msg_hdr *hdr = NULL;

	(void)avp;
	(void)session;
	(void)act;
	if (fd_msg_hdr(*msg, &hdr) == 0 && (hdr->msg_flags & CMD_FLAG_REQUEST) != 0) {
		push_answer(c, c->pushes, msg);
	}
	return 0;
}

static enum hss_err pushes_register(struct cx_client *client)
{
	static const command_code_t commands[] = {CX_CMD_RTR, CX_CMD_PPR};
	application_id_t app_id = CX_APP_ID;
	struct disp_when when = {0};

	if (fd_dict_search(fd_g_config->cnf_dict, DICT_APPLICATION, APPLICATION_BY_ID, &app_id,
	                   &when.app, ENOENT) != 0) {
		return HSS_ERR_NOT_FOUND;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct disp_hdl *handle = NULL; /* for as long as the node lives */
		command_code_t code = commands[i];

		if (fd_dict_search(fd_g_config->cnf_dict, DICT_COMMAND, CMD_BY_CODE_R, &code,
		                   &when.command, ENOENT) != 0) {
			return HSS_ERR_NOT_FOUND;
		}
		if (fd_disp_register(on_push, DISP_HOW_CC, &when, client, &handle) != 0) {
			return HSS_ERR_MEMORY;
		}
	}
	return HSS_OK;
}

static void library_prepare(const struct cx_client_conf *conf)
{
	atomic_store(&library_may_speak, conf->verbose);
	(void)fd_log_handler_register(library_line);
}

static enum hss_err core_start(struct cx_client *c, const struct cx_client_conf *conf,
                               char why[static CX_CLIENT_WHY_LEN])
{
	const uint32_t every_hook = ((uint32_t)1 << (HOOK_LAST + 1)) - 1;
	enum hss_err err = HSS_OK;

	library_prepare(conf);
	if (fd_core_initialize() != 0) {
		(void)snprintf(why, CX_CLIENT_WHY_LEN, "freeDiameter does not start");
		return HSS_ERR_MEMORY;
	}
	c->core_up = true;
	if (fd_hook_register(every_hook, hook, c, NULL, &c->hooks) != 0) {
		(void)snprintf(why, CX_CLIENT_WHY_LEN, "no memory");
		return HSS_ERR_MEMORY;
	}
	err = application_support(why);
	if (err == HSS_OK && c->pushes != NULL) {
		err = pushes_register(c); /* before the first one can come */
	}
	if (err == HSS_OK) {
		err = conf_parse(conf, why);
	}
	if (err == HSS_OK && fd_core_start() != 0) {
		(void)snprintf(why, CX_CLIENT_WHY_LEN, "freeDiameter does not start");
		err = HSS_ERR_IO;
	}
	return err;
}

static enum hss_err names_keep(struct cx_client *c, const struct cx_client_conf *conf)
{
	c->timeout = conf->timeout;
	c->pushes = conf->pushes;
	c->started = (uint32_t)time(NULL);
	c->identity = strdup(conf->identity);
	c->realm = strdup(conf->realm);
	c->hss_identity = strdup(conf->hss_identity);
	return c->identity != NULL && c->realm != NULL && c->hss_identity != NULL ? HSS_OK
	                                                                          : HSS_ERR_MEMORY;
}

enum hss_err cx_client_open(const struct cx_client_conf *conf, struct cx_client **client,
                            char why[static CX_CLIENT_WHY_LEN])
{
	struct cx_client *c = calloc(1, sizeof(*c));
	enum hss_err err = HSS_ERR_MEMORY;

	*client = NULL;
	(void)snprintf(why, CX_CLIENT_WHY_LEN, "no memory");
	if (c == NULL) {
		return err;
	}
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->changed, NULL);
	err = names_keep(c, conf);
	if (err == HSS_OK) {
		err = core_start(c, conf, why);
	}
	if (err == HSS_OK) {
		err = wait_open(c, why);
	}
	atomic_store(&library_may_speak, false);
	if (err != HSS_OK) {
		cx_client_close(c);
		return err;
	}
	*client = c;
	return HSS_OK;
}

void cx_client_close(struct cx_client *client)
{
	if (client == NULL) {
		return;
	}
	if (client->core_up) {
		(void)fd_core_shutdown();
		(void)fd_core_wait_shutdown_complete();
		(void)fd_log_handler_unregister();
	}
	(void)pthread_cond_destroy(&client->changed);
	(void)pthread_mutex_destroy(&client->lock);
	free(client->identity);
	free(client->realm);
	free(client->hss_identity);
	free(client->unreachable);
	free(client);
}

static struct pending *pending_new(void)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (p != NULL) {
		(void)pthread_mutex_init(&p->lock, NULL);
		(void)pthread_cond_init(&p->done_cond, NULL);
	}
	return p;
}

static void pending_free(struct pending *p)
{
	if (p->answer != NULL) {
		cx_msg_free(p->answer);
	}
	(void)pthread_cond_destroy(&p->done_cond);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

/* The library's end of a pending request: answered, with msg, or expired, without. */
static void pending_finish(struct pending *p, struct msg *answer)
{
	bool last = false;

	(void)pthread_mutex_lock(&p->lock);
	p->answer = answer;
	p->done = true;
	last = p->abandoned;
	(void)pthread_cond_signal(&p->done_cond);
	(void)pthread_mutex_unlock(&p->lock);
	if (last) {
		pending_free(p);
	}
}

static void on_answer(void *opaque, struct msg **msg)
{
	struct msg *answer = *msg;

	*msg = NULL; /* ours now */
	pending_finish(opaque, answer);
}

static void on_expiry(void *opaque, DiamId_t peer, size_t peer_len, struct msg **request)
{
	(void)peer;
	(void)peer_len;
	(void)request; /* the library frees it */
	pending_finish(opaque, NULL);
}

/* The answer, now the caller's, or NULL when none came. */
static struct msg *pending_wait(struct pending *p, int timeout)
{
	const struct timespec deadline = in_seconds(timeout + LATE);
	struct msg *answer = NULL;
	bool last = false;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->done && pthread_cond_timedwait(&p->done_cond, &p->lock, &deadline) == 0) {
	}
	answer = p->answer;
	p->answer = NULL;
	last = p->done;
	p->abandoned = !p->done;
	(void)pthread_mutex_unlock(&p->lock);
	if (last) {
		pending_free(p);
	}
	return answer;
}

/* Whether the library itself answered in place of the HSS: it could not deliver (RFC 6733 7.1.3).
 */
static bool is_undelivered(struct msg *answer)
{
	struct msg_hdr *hdr = NULL;
	struct avp *avp = NULL;
	struct avp_hdr *value = NULL;

	if (fd_msg_hdr(answer, &hdr) != 0 || (hdr->msg_flags & CMD_FLAG_ERROR) == 0 ||
	    fd_msg_browse(answer, MSG_BRW_FIRST_CHILD, &avp, NULL) != 0) {
		return false;
	}
	while (avp != NULL) {
		if (fd_msg_avp_hdr(avp, &value) == 0 && value->avp_vendor == 0 &&
		    value->avp_code == CX_BASE_AVP_RESULT_CODE && value->avp_value != NULL) {
			return value->avp_value->u32 == CX_RC_UNABLE_TO_DELIVER;
		}
		if (fd_msg_browse(avp, MSG_BRW_NEXT, &avp, NULL) != 0) {
			break;
		}
	}
	return false;
}

static enum hss_err send_and_wait(struct cx_client *c, struct msg **msg, struct msg **answer)
{
	const struct timespec deadline = in_seconds(c->timeout);
	struct pending *p = pending_new();

	*answer = NULL;
	if (p == NULL) {
		return HSS_ERR_MEMORY;
	}
	if (fd_msg_send_timeout(msg, on_answer, p, on_expiry, &deadline) != 0) {
		pending_free(p);
		return HSS_ERR_IO;
	}
	*msg = NULL;
	*answer = pending_wait(p, c->timeout);
	return *answer != NULL ? HSS_OK : HSS_ERR_BUSY;
}

static enum hss_err ask(void *opaque, struct cx_request *req, struct arena *arena,
                        struct cx_answer *ans)
{
	struct cx_client *c = opaque;
	struct msg *msg = NULL;
	struct msg *answer = NULL;
	const char *why = NULL;
	const char *to = req->destination_host;
	char session_id[320];
	enum hss_err err = HSS_OK;

	memset(ans, 0, sizeof(*ans));
	(void)snprintf(session_id, sizeof(session_id), "%s;%" PRIu32 ";%" PRIuFAST32, c->identity,
	               c->started, atomic_fetch_add(&c->session, 1) + 1);
	req->session_id = session_id;
	req->origin_host = c->identity;
	req->origin_realm = c->realm;
	req->destination_realm = c->realm;
	req->destination_host = to != NULL ? to : c->hss_identity;
	err = cx_request_encode(req, &msg);
	if (err == HSS_OK) {
		err = send_and_wait(c, &msg, &answer);
	}
	req->session_id = NULL;
	req->destination_host = to;
	if (err == HSS_OK && is_undelivered(answer)) {
		err = HSS_ERR_IO;
	} else if (err == HSS_OK) {
		err = cx_answer_decode(answer, arena, ans, &why);
		if (err == HSS_ERR_INVALID && why != NULL) {
			(void)snprintf(ans->verdict.message, sizeof(ans->verdict.message), "%s",
			               why);
		}
	}
	if (answer != NULL) {
		cx_msg_free(answer);
	}
	if (msg != NULL) {
		cx_msg_free(msg);
	}
	return err;
}

/* A new peer of libfdcore, which copies the names and takes the endpoints. */
static enum hss_err peer_add(const char *identity, const char *host, uint16_t port)
{
	struct peer_info info = {.config.pic_flags = {.pro4 = PI_P4_TCP, .sec = PI_SEC_NONE},
	                         .config.pic_port = port};
	struct addrinfo *found = addresses_of(host);
	int rc = 0;

	if (found == NULL) {
		return HSS_ERR_IO;
	}
	fd_list_init(&info.pi_endpoints, NULL);
	info.pi_diamid = (char *)(uintptr_t)identity;
	info.pi_diamidlen = strlen(identity);
	rc = fd_ep_add_merge(&info.pi_endpoints, found->ai_addr, found->ai_addrlen,
	                     EP_FL_CONF | EP_ACCEPTALL);
	freeaddrinfo(found);
	if (rc == 0) {
		rc = fd_peer_add(&info, NULL, NULL, NULL);
	}
	if (!FD_IS_LIST_EMPTY(&info.pi_endpoints)) { /* the one, not taken */
		struct fd_list *endpoint = info.pi_endpoints.next;

		fd_list_unlink(endpoint);
		free(endpoint);
	}
	return rc == 0 || rc == EEXIST ? HSS_OK : rc == ENOMEM ? HSS_ERR_MEMORY : HSS_ERR_IO;
}

enum hss_err cx_client_reach(struct cx_client *client, const char *identity, const char *host,
                             uint16_t port)
{
	const struct timespec deadline = in_seconds(client->timeout);
	enum hss_err err = HSS_OK;

	if (peer_is_open(identity)) {
		return HSS_OK;
	}
	if (!is_plain(identity) || !is_plain(host)) {
		return HSS_ERR_INVALID;
	}
	err = peer_add(identity, host, port);
	if (err == HSS_OK && !peer_wait(client, identity, &deadline)) {
		err = HSS_ERR_IO;
	}
	return err;
}

struct scscf_cx cx_client_cx(struct cx_client *client)
{
	return (struct scscf_cx){.ask = ask, .opaque = client};
}
