#include "hss/access.h"

#include <assert.h>
#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hss/identity.h"

enum { SECOND_NS = 1000000000, HOST_SHOWN_MAX = 80 };

static const struct {
	uint32_t command;
	unsigned bit;
	const char *name;
} commands[] = {
	{CX_CMD_UAR, ACCESS_UAR, "UAR"},
	{CX_CMD_SAR, ACCESS_SAR, "SAR"},
	{CX_CMD_LIR, ACCESS_LIR, "LIR"},
	{CX_CMD_MAR, ACCESS_MAR, "MAR"},
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/*
 * A peer's rate as a token bucket, of which only the time is kept at which it is full again: each
 * request puts it off by its share of a second, and may not put it off further than a second from
 * now.
 */
struct bucket {
	int64_t full_at;
	int64_t tell_at;  /* when the next line about the excess is due */
	unsigned refused; /* since the last one */
	size_t len;
	char host[ACCESS_HOST_LEN_MAX];
};

struct access {
	const struct access_rules *rules;
	atomic_ullong refused[ACCESS_N_REFUSALS];
	pthread_mutex_t lock;
	/* Under lock. */
	size_t n_buckets; /* ever in use */
	struct bucket bucket[ACCESS_BUCKETS_MAX];
};

unsigned access_command_bit(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcasecmp(commands[i].name, name) == 0) {
			return commands[i].bit;
		}
	}
	return 0;
}

const char *access_command_name(unsigned bit)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (commands[i].bit == bit) {
			return commands[i].name;
		}
	}
	return "request";
}

/* The bit of a command code; 0: none of Cx. */
static unsigned bit_of(uint32_t command)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (commands[i].command == command) {
			return commands[i].bit;
		}
	}
	return 0;
}

bool access_pattern_valid(const char *pattern)
{
	const char *name = strncmp(pattern, "*.", 2) == 0 ? pattern + 2 : pattern;
	const size_t len = strlen(name);

	return len <= ACCESS_HOST_LEN_MAX && is_host_name(name, len);
}

/* Whether a host is the one of a pattern, or below its domain. */
static bool pattern_matches(const char *pattern, const char *host, size_t len)
{
	const size_t pattern_len = strlen(pattern);

	if (pattern[0] != '*') {
		return len == pattern_len && strncasecmp(pattern, host, len) == 0;
	}
	return len >= pattern_len &&
	       strncasecmp(pattern + 1, host + (len - (pattern_len - 1)), pattern_len - 1) == 0;
}

static void lower(char *text)
{
	for (; *text != '\0'; text++) {
		*text = (char)tolower((unsigned char)*text);
	}
}

static void names_free(struct access_names *names)
{
	for (size_t i = 0; i < names->n; i++) {
		free(names->name[i]);
	}
	free(names->name);
	*names = (struct access_names){0};
}

static enum hss_err names_copy(const struct access_names *from, struct access_names *to)
{
	*to = (struct access_names){0};
	if (from->n == 0) {
		return HSS_OK;
	}
	to->name = calloc(from->n, sizeof(*to->name));
	if (to->name == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (; to->n < from->n; to->n++) {
		to->name[to->n] = strdup(from->name[to->n]);
		if (to->name[to->n] == NULL) {
			names_free(to);
			return HSS_ERR_MEMORY;
		}
	}
	return HSS_OK;
}

static void peer_free(struct access_peer *peer)
{
	free(peer->name);
	names_free(&peer->server_names);
	names_free(&peer->proxy_for);
}

static enum hss_err peer_copy(const struct access_peer *from, struct access_peer *to)
{
	*to = (struct access_peer){
		.name = strdup(from->name),
		.commands = from->commands,
		.rate = from->rate,
	};
	if (to->name == NULL || names_copy(&from->server_names, &to->server_names) != HSS_OK ||
	    names_copy(&from->proxy_for, &to->proxy_for) != HSS_OK) {
		peer_free(to);
		return HSS_ERR_MEMORY;
	}
	lower(to->name);
	for (size_t i = 0; i < to->proxy_for.n; i++) {
		lower(to->proxy_for.name[i]);
	}
	return HSS_OK;
}

static int name_compare(const void *name, const void *peer)
{
	return strcmp(name, ((const struct access_peer *)peer)->name);
}

static const struct access_peer *peer_named(const struct access_rules *rules, const char *name)
{
	return rules->n_peers == 0 ? NULL
	                           : bsearch(name, rules->peer, rules->n_peers,
	                                     sizeof(*rules->peer), name_compare);
}

enum hss_err access_rules_add(struct access_rules *rules, const struct access_peer *peer)
{
	struct access_peer copy;
	struct access_peer *grown = NULL;
	size_t at = 0;
	enum hss_err err = HSS_OK;

	assert(access_pattern_valid(peer->name) && peer->rate <= ACCESS_RATE_MAX);
	err = peer_copy(peer, &copy);
	if (err != HSS_OK) {
		return err;
	}
	if (peer_named(rules, copy.name) != NULL) {
		peer_free(&copy);
		return HSS_ERR_EXISTS;
	}
	grown = reallocarray(rules->peer, rules->n_peers + 1, sizeof(*grown));
	if (grown == NULL) {
		peer_free(&copy);
		return HSS_ERR_MEMORY;
	}
	rules->peer = grown;
	while (at < rules->n_peers && strcmp(grown[at].name, copy.name) < 0) {
		at++;
	}
	memmove(grown + at + 1, grown + at, (rules->n_peers - at) * sizeof(*grown));
	grown[at] = copy;
	rules->n_peers++;
	return HSS_OK;
}

void access_rules_free(struct access_rules *rules)
{
	for (size_t i = 0; i < rules->n_peers; i++) {
		peer_free(&rules->peer[i]);
	}
	free(rules->peer);
	*rules = (struct access_rules){0};
}

const struct access_peer *access_rule_of(const struct access_rules *rules, const char *host,
                                         size_t len)
{
	char name[ACCESS_HOST_LEN_MAX + 1];
	const struct access_peer *found = NULL;

	if (len == 0 || len > ACCESS_HOST_LEN_MAX) {
		return NULL;
	}
	memcpy(name, host, len);
	name[len] = '\0';
	lower(name);
	found = peer_named(rules, name);
	/* a.b.example -> *.b.example, *.example: the longest first */
	for (size_t i = 1; found == NULL && i < len; i++) {
		if (name[i] == '.') {
			name[i - 1] = '*';
			found = peer_named(rules, name + i - 1);
		}
	}
	return found;
}

enum hss_err access_open(const struct access_rules *rules, struct access **out)
{
	struct access *access = calloc(1, sizeof(*access));

	if (access == NULL || pthread_mutex_init(&access->lock, NULL) != 0) {
		free(access);
		return HSS_ERR_MEMORY;
	}
	access->rules = rules;
	*out = access;
	return HSS_OK;
}

void access_close(struct access *access)
{
	if (access != NULL) {
		(void)pthread_mutex_destroy(&access->lock);
		free(access);
	}
}

static void count(struct access *access, enum access_refusal refusal)
{
	atomic_fetch_add(&access->refused[refusal], 1);
}

/* The bucket of a peer, a full one if it has none; NULL: there is no place. Under lock. */
static struct bucket *bucket_of(struct access *access, const char *peer, size_t len, int64_t now)
{
	struct bucket *place = NULL;

	for (size_t i = 0; i < access->n_buckets; i++) {
		struct bucket *bucket = &access->bucket[i];

		if (bucket->len == len && strncasecmp(bucket->host, peer, len) == 0) {
			return bucket;
		}
		if (place == NULL && bucket->full_at <= now) {
			place = bucket;
		}
	}
	if (place == NULL && access->n_buckets < ACCESS_BUCKETS_MAX) {
		place = &access->bucket[access->n_buckets++];
	}
	if (place != NULL) {
		*place = (struct bucket){.full_at = now, .tell_at = now, .len = len};
		memcpy(place->host, peer, len);
	}
	return place;
}

/* Under lock. */
static bool bucket_take(struct bucket *bucket, unsigned rate, int64_t now, unsigned *tell)
{
	const int64_t from = bucket->full_at > now ? bucket->full_at : now;
	const int64_t full_at = from + SECOND_NS / rate;

	if (full_at - now <= SECOND_NS) {
		bucket->full_at = full_at;
		return true;
	}
	bucket->refused++;
	if (now >= bucket->tell_at) {
		*tell = bucket->refused;
		bucket->refused = 0;
		bucket->tell_at = now + (int64_t)ACCESS_TELL_S * SECOND_NS;
	}
	return false;
}

bool access_rate_take(struct access *access, const char *peer, size_t len, int64_t now,
                      unsigned *tell)
{
	const struct access_peer *rule = access_rule_of(access->rules, peer, len);
	struct bucket *bucket = NULL;
	bool taken = false;

	*tell = 0;
	if (rule == NULL || rule->rate == 0) {
		return true;
	}
	(void)pthread_mutex_lock(&access->lock);
	bucket = bucket_of(access, peer, len, now);
	taken = bucket != NULL && bucket_take(bucket, rule->rate, now, tell);
	(void)pthread_mutex_unlock(&access->lock);
	if (!taken) {
		count(access, ACCESS_RATE);
	}
	return taken;
}

/* Whether a peer may send in the name of a host. */
static bool speaks_for(const struct access_peer *rule, const char *peer, size_t len,
                       const char *host)
{
	const size_t host_len = strlen(host);

	if (host_len == len && strncasecmp(host, peer, len) == 0) {
		return true;
	}
	for (size_t i = 0; rule != NULL && i < rule->proxy_for.n; i++) {
		if (pattern_matches(rule->proxy_for.name[i], host, host_len)) {
			return true;
		}
	}
	return false;
}

/* The S-CSCF name that a request claims; NULL: it has none. */
static const char *server_name_of(const struct cx_request *req)
{
	switch (req->command) {
	case CX_CMD_SAR:
		return req->sar.server_name;
	case CX_CMD_MAR:
		return req->mar.server_name;
	default:
		return NULL;
	}
}

/* Whether a section lets a request claim its S-CSCF name; UAR and LIR claim none. */
static bool may_claim(const struct access_peer *rule, const struct cx_request *req)
{
	const char *name = server_name_of(req);

	if (rule->server_names.n == 0 || (bit_of(req->command) & ACCESS_CLAIMS) == 0) {
		return true;
	}
	for (size_t i = 0; name != NULL && i < rule->server_names.n; i++) {
		if (scscf_name_equal(rule->server_names.name[i], name)) {
			return true;
		}
	}
	return false;
}

/* As many octets of a host name as are said in an answer. */
static int shown(size_t len)
{
	return len < HOST_SHOWN_MAX ? (int)len : HOST_SHOWN_MAX;
}

/* A refusal comes in place of what the decoder said. */
static struct cx_verdict *refusal_begin(struct access *access, enum access_refusal refusal,
                                        struct cx_verdict *verdict)
{
	count(access, refusal);
	*verdict = (struct cx_verdict){.result = CX_NO_RESULT};
	return verdict;
}

/* What a section says of a request; who it is that may not, is for the words. */
static bool section_allows(struct access *access, const struct access_peer *rule, const char *who,
                           size_t len, const struct cx_request *req, struct cx_verdict *verdict)
{
	const unsigned bit = bit_of(req->command);
	const char *name = server_name_of(req);

	if ((rule->commands & bit) == 0) {
		cx_refuse(refusal_begin(access, ACCESS_COMMAND, verdict), CX_AUTHORIZATION_REJECTED,
		          "peer %.*s may not send %s", shown(len), who, access_command_name(bit));
		return false;
	}
	if (verdict->result == CX_NO_RESULT && !may_claim(rule, req)) {
		cx_refuse(refusal_begin(access, ACCESS_SERVER_NAME, verdict),
		          CX_AUTHORIZATION_REJECTED, "peer %.*s may not claim the Server-Name %s",
		          shown(len), who, name != NULL ? name : "");
		return false;
	}
	return true;
}

bool access_check(struct access *access, const char *peer, size_t len, const struct cx_request *req,
                  struct cx_verdict *verdict)
{
	const struct access_rules *rules = access->rules;
	const struct access_peer *rule = access_rule_of(rules, peer, len);
	const struct access_peer *behind = NULL;
	const char *host = req->origin_host;
	const size_t host_len = strlen(host);

	if (host_len == 0 && verdict->result != CX_NO_RESULT) {
		return true; /* refused already, because of its Origin-Host or before it */
	}
	if (!speaks_for(rule, peer, len, host)) {
		cx_refuse(refusal_begin(access, ACCESS_ORIGIN, verdict), CX_AUTHORIZATION_REJECTED,
		          "peer %.*s may not speak for the Origin-Host %.*s", shown(len), peer,
		          shown(host_len), host);
		return false;
	}
	if (rules->n_peers == 0) {
		return true;
	}
	if (rule == NULL) {
		cx_refuse(refusal_begin(access, ACCESS_NO_SECTION, verdict),
		          CX_AUTHORIZATION_REJECTED, "peer %.*s has no peer section in hss.conf",
		          shown(len), peer);
		return false;
	}
	behind = access_rule_of(rules, host, host_len);
	return section_allows(access, rule, peer, len, req, verdict) &&
	       (behind == NULL || behind == rule ||
	        section_allows(access, behind, host, host_len, req, verdict));
}

void access_refused(struct access *access, unsigned long long n[static ACCESS_N_REFUSALS])
{
	for (size_t i = 0; i < ACCESS_N_REFUSALS; i++) {
		n[i] = atomic_load(&access->refused[i]);
	}
}
