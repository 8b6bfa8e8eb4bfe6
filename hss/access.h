/*
 * What each Diameter peer may do: which requests of Cx it may send, for whom, and how many.
 *
 * The rules are the peer sections of hss.conf. A request is looked at in this order:
 *   1 rate         requests a second of the connected peer; the rest is DIAMETER_TOO_BUSY
 *   2 Origin-Host  is the connected peer, or one that it may speak for as an agent (RFC 6733 2.8)
 *   3 section      there is one for the connected peer
 *   4 command      the connected peer may send it (TS 29.228 6: who is at the other end of each)
 *   5 Server-Name  of SAR and MAR: the peer may claim this S-CSCF name
 * 2 to 5 are refused as DIAMETER_AUTHORIZATION_REJECTED, before anything is loaded. Without any
 * section a peer may send everything, but only in its own name. What stands behind an agent has to
 * be allowed to the agent, and, if the Origin-Host has a section too, by that one as well.
 *
 * No socket and no clock: time is an argument.
 */
#ifndef QUINTET_HSS_ACCESS_H
#define QUINTET_HSS_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hss/cx.h"
#include "hss/err.h"

/* Who sends what: TS 29.228 6.1.1 and 6.1.4 have the I-CSCF at the other end, 6.1.2 and 6.3 the
 * S-CSCF. An S-CSCF that finds the one of the called user without an I-CSCF sends LIR as well. */
enum access_command {
	ACCESS_UAR = 1,
	ACCESS_SAR = 2,
	ACCESS_LIR = 4,
	ACCESS_MAR = 8,
	ACCESS_ICSCF = ACCESS_UAR | ACCESS_LIR,
	ACCESS_CLAIMS = ACCESS_SAR | ACCESS_MAR, /* those with the Server-Name of who sends them */
	ACCESS_SCSCF = ACCESS_CLAIMS | ACCESS_LIR,
	ACCESS_ANY = ACCESS_ICSCF | ACCESS_SCSCF,
};

enum {
	ACCESS_HOST_LEN_MAX = 255, /* octets of a host name (RFC 1035 2.3.4) */
	ACCESS_RATE_MAX = 100000,
	ACCESS_BUCKETS_MAX = 1024, /* peers whose rate is watched within the same second */
	ACCESS_TELL_S = 10,        /* between log lines about the excess of one peer */
};

struct access_names {
	char **name;
	size_t n;
};

/* A peer section. */
struct access_peer {
	char *name;        /* a host name, or "*." and a domain: every host below it */
	unsigned commands; /* enum access_command */
	struct access_names server_names; /* S-CSCF names; none: any */
	struct access_names proxy_for;    /* as name; none: speaks for itself alone */
	unsigned rate; /* requests a second, as many of them at once; 0: no limit */
};

/* All sections. Zeroed: none. */
struct access_rules {
	struct access_peer *peer; /* ascending by name, which is in lower case, as is proxy_for */
	size_t n_peers;
};

/* The bit of a command's name, "UAR", case ignored; 0: none of them. */
unsigned access_command_bit(const char *name);

/* The name of one bit, "UAR". Static. */
const char *access_command_name(unsigned bit);

/* Whether a text can name a peer: a host name, or "*." and a domain, of at least two labels. */
bool access_pattern_valid(const char *pattern);

/*
 * Add a copy of a section.
 *
 *   peer  names of access_pattern_valid and scscf_name_check; rate to ACCESS_RATE_MAX
 *
 * Returns HSS_OK, HSS_ERR_EXISTS (there is a section of this name), HSS_ERR_MEMORY; on error the
 * rules are as they were.
 */
HSS_MUST_CHECK enum hss_err access_rules_add(struct access_rules *rules,
                                             const struct access_peer *peer);

/* Zeroed rules are allowed. */
void access_rules_free(struct access_rules *rules);

/* The section of a host: of its name, else the longest pattern that it is below. NULL: none. */
const struct access_peer *access_rule_of(const struct access_rules *rules, const char *host,
                                         size_t len);

/* Why a request was refused; the order of the checks. */
enum access_refusal {
	ACCESS_RATE,
	ACCESS_ORIGIN,
	ACCESS_NO_SECTION,
	ACCESS_COMMAND,
	ACCESS_SERVER_NAME,
	ACCESS_N_REFUSALS
};

/* The rules in use, with the rates and the counters. Any thread may call what takes one; the rates
 * have a lock inside. */
struct access;

/*
 *   rules  kept by reference until access_close
 *
 * Returns HSS_OK or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err access_open(const struct access_rules *rules, struct access **out);

/* NULL is allowed. */
void access_close(struct access *access);

/*
 * Whether a request fits into the rate of the peer that it came from, before it is decoded. A peer
 * saves up one second's worth. Memory is bounded: of a peer that is silent for a second nothing has
 * to be kept. Should more than ACCESS_BUCKETS_MAX send within one second, what further ones send is
 * refused.
 *
 *   peer, len  the connected peer's Diameter identity
 *   now   nanoseconds of a clock that never goes back
 *   tell  receives, on a refusal, how many requests of the peer were refused since it was last
 *         worth a log line; 0: not worth one now
 */
bool access_rate_take(struct access *access, const char *peer, size_t len, int64_t now,
                      unsigned *tell);

/*
 * Whether the peer may send this request.
 *
 *   req      as decoded; origin_host never NULL
 *   verdict  as decoded: a request that is refused as malformed is refused for lack of permission
 *            if it has an Origin-Host and lacks that too. Receives, on a refusal, result and words
 */
bool access_check(struct access *access, const char *peer, size_t len, const struct cx_request *req,
                  struct cx_verdict *verdict);

/* How many requests were refused since access_open, by enum access_refusal. */
void access_refused(struct access *access, unsigned long long n[static ACCESS_N_REFUSALS]);

#endif
