/*
 * Subscription Locator Function (Dx; TS 29.228 6.4, TS 23.228 5.8.1): which HSS has an identity.
 *
 * A map is a list of rules in order; the first one that matches an identity decides. It is built
 * once (slf_open, slf_hss_add, slf_usage_set, slf_rule_add, slf_seal) by one thread, and only read
 * afterwards: then any thread may call slf_lookup and slf_decide. slf_conf.h reads a map from its
 * file. No I/O, no clock.
 */
#ifndef QUINTET_HSS_SLF_H
#define QUINTET_HSS_SLF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hss/cx.h"
#include "hss/err.h"

enum {
	SLF_HOSTS_MAX = 8,         /* Redirect-Host AVPs of one answer */
	SLF_NAME_LEN_MAX = 63,     /* octets of the name of an HSS in the map */
	SLF_EXPRESSION_MAX = 255,  /* octets of an expression */
	SLF_NUMBER_DIGITS_MAX = 18 /* an E.164 number and an IMSI have 15 */
};

/* What the pattern of a rule is. Identities are compared in their canonical form (identity.h). */
enum slf_kind {
	SLF_IDENTITY,   /* one IMPU or IMPI */
	SLF_NUMBER,     /* a range of numbers, see slf_rule_add */
	SLF_REALM,      /* the domain of a SIP URI or IMPI */
	SLF_EXPRESSION, /* POSIX extended regular expression, for the whole identity */
	SLF_DEFAULT,    /* every identity */
};

struct slf;

/* A rule that matched. Owned by the map. */
struct slf_rule {
	enum slf_kind kind;
	unsigned line;           /* where it stands in its file */
	const char *pattern;     /* in canonical form; "" for SLF_DEFAULT */
	const char *const *host; /* DiameterURIs, in the order in which they are to be tried */
	size_t n_host;           /* 1 to SLF_HOSTS_MAX */
	uint32_t usage;          /* CX_REDIRECT_DONT_CACHE or CX_REDIRECT_ALL_USER */
	uint32_t max_cache_time; /* seconds; 0 with CX_REDIRECT_DONT_CACHE */
};

/* An empty map. NULL when memory is out. */
struct slf *slf_open(void);

/* NULL is allowed. */
void slf_close(struct slf *slf);

/*
 * Name an HSS, for the rules that follow: letters, digits, '.', '_' and '-'.
 *
 *   uri, n  its addresses, most wanted first: "HOST", "HOST:PORT", either with ";transport=tcp" or
 *           ";transport=sctp", and with "aaa://" or "aaas://" in front. They become full
 *           DiameterURIs (RFC 6733 4.3.1); what is not said is aaa, TCP, port 3868 (aaas: 5658)
 *   why     receives, on error, a text of at most SLF_WHY_LEN - 1 octets
 *
 * Returns HSS_OK, HSS_ERR_INVALID, HSS_ERR_EXISTS (the name is taken), HSS_ERR_MEMORY.
 */
enum { SLF_WHY_LEN = 256 };
HSS_MUST_CHECK enum hss_err slf_hss_add(struct slf *slf, const char *name, const char *const *uri,
                                        size_t n, char why[static SLF_WHY_LEN]);

/*
 * What clients may remember of the rules that follow (RFC 6733 6.13, 6.14); nothing at first.
 * CX_REDIRECT_DONT_CACHE with 0 seconds, or CX_REDIRECT_ALL_USER with at least 1. The other
 * usages are not offered: they hold for a realm, a host or an application whatever the identity,
 * and would carry one user's redirect over to the others.
 */
void slf_usage_set(struct slf *slf, uint32_t usage, uint32_t max_cache_time);

/*
 * Append a rule.
 *
 *   line     its line, for messages
 *   pattern  SLF_IDENTITY: a sip: or tel: URI, else an IMPI
 *            SLF_NUMBER: "FIRST-LAST", both of as many digits, and such numbers only; or "PREFIX*",
 *            numbers of any length that begin so. With '+' in front (each of FIRST and LAST) they
 *            are the numbers of tel: URIs and of SIP URIs whose user part is '+' and digits;
 *            without, the user parts of SIP URIs and IMPIs that are digits (IMSI). "tel:" in front
 *            is ignored
 *            SLF_REALM: "DOMAIN", or "*.DOMAIN" for all domains below it
 *            SLF_EXPRESSION: without back-references; matches the identity as a whole
 *            SLF_DEFAULT: NULL. No rule can follow
 *   name, n  the HSSs, as slf_hss_add named them
 *
 * Returns as slf_hss_add; HSS_ERR_NOT_FOUND for a name that is not known.
 */
HSS_MUST_CHECK enum hss_err slf_rule_add(struct slf *slf, unsigned line, enum slf_kind kind,
                                         const char *pattern, const char *const *name, size_t n,
                                         char why[static SLF_WHY_LEN]);

/*
 * End the building. On HSS_ERR_EXISTS (an identity has two rules; the second could never match)
 * *line is that of the second one. HSS_ERR_INVALID: there is no rule at all; *line is 0.
 */
HSS_MUST_CHECK enum hss_err slf_seal(struct slf *slf, unsigned *line, char why[static SLF_WHY_LEN]);

/* How many rules there are. */
size_t slf_n_rules(const struct slf *slf);

/* The word for a kind in the map: "identity", "number", "realm", "expression", "default". */
const char *slf_kind_name(enum slf_kind kind);

/* The rule for a canonical identity, or NULL. */
const struct slf_rule *slf_lookup(const struct slf *slf, const char *identity);

/*
 * Answer a request (TS 29.228 6.4): CX_REDIRECT_INDICATION with the HSSs, or
 * CX_ERROR_USER_UNKNOWN. The IMPU decides, so that LIR, which has no IMPI, and all others of a
 * subscriber lead to one HSS; of several IMPUs the first one that is mapped. The IMPI decides when
 * no IMPU is there or mapped.
 *
 * CX_REDIRECT_ALL_USER lets the client lead all requests with this User-Name to the HSS. It is
 * said only when the IMPI by itself is mapped to the same HSSs: a UE may send an IMPI that is not
 * its own with its IMPU, and would else block another user until the cache time is over.
 *
 *   ans  zeroed by the caller; its strings are the map's
 */
void slf_decide(const struct slf *slf, const struct cx_request *req, struct cx_answer *ans);

#endif
