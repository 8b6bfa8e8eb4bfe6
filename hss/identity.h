/*
 * IMS identities: parse, canonical form (TS 23.003 clause 13, TS 29.228 6.1 and 29.229 6.3.2).
 *
 * Two spellings of one identity have one canonical form, and the store holds only canonical forms,
 * so that comparing is strcmp. Pure; any thread may call.
 */
#ifndef QUINTET_HSS_IDENTITY_H
#define QUINTET_HSS_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "hss/err.h"

/* Octets of a canonical identity without the NUL. An NAI has at most 253 (RFC 4282); a URI gets
 * room. */
enum { IMPI_LEN_MAX = 253, IMPU_LEN_MAX = 511, NETWORK_LEN_MAX = 253, SCSCF_NAME_LEN_MAX = 511 };

/* What an IMPU is; the numbers are those of IdentityType in the user profile (TS 29.228 Annex F).
 */
enum impu_kind {
	IMPU_DISTINCT = 0,       /* distinct public user identity */
	IMPU_PSI = 1,            /* distinct public service identity */
	IMPU_WILDCARDED_PSI = 2, /* regular expression between exclamation marks */
	IMPU_WILDCARDED = 4,     /* likewise, a wildcarded public user identity */
};

/*
 * Canonical form of an IMPI, an NAI user@realm: the realm in lower case, the user part as it
 * stands.
 *
 *   in, len  octets as received; need not end in NUL
 *   out      receives the canonical form and its NUL; unchanged on error
 *   why      receives, on error, a static text that completes "the IMPI ..."; may be NULL
 *
 * Returns HSS_OK or HSS_ERR_INVALID (empty, too long, no or several '@', empty part, control
 * character or white space).
 */
HSS_MUST_CHECK enum hss_err impi_canonical(const char *in, size_t len,
                                           char out[static IMPI_LEN_MAX + 1], const char **why);

/*
 * Canonical form of an IMPU, a SIP URI or a tel URI (RFC 3261 10.3 step 5, RFC 3966):
 *   sip:  scheme and host in lower case, escapes that need none undone, port, parameters and
 * headers removed; a user part is required unless the whole is a PSI such as sip:service.example
 *   tel:  global number only, visual separators and parameters removed
 * The text between '!' delimiters of a wildcarded identity is kept as it stands.
 * Parameters, return value as impi_canonical ("the IMPU ...").
 */
HSS_MUST_CHECK enum hss_err impu_canonical(const char *in, size_t len,
                                           char out[static IMPU_LEN_MAX + 1], const char **why);

/* Whether a text is to be read as an IMPU, by its scheme; else as an IMPI. */
bool is_impu(const char *text);

/*
 * A host or domain name as a DiameterIdentity is one: labels of letters, digits and hyphens, 2 to
 * 10 of them, as far as freeDiameter and acl_wl.fdx go.
 */
bool is_host_name(const char *name, size_t len);

/* A visited network or home domain name: blanks and quotes around it removed, lower case. As above.
 */
HSS_MUST_CHECK enum hss_err network_canonical(const char *in, size_t len,
                                              char out[static NETWORK_LEN_MAX + 1],
                                              const char **why);

/*
 * An S-CSCF name (Server-Name AVP, TS 29.229 6.3.3): a SIP URI, kept octet for octet because the
 * I-CSCF uses it as the next hop, scheme and port included. Checks that it is a sip: or sips: URI
 * without control characters, at most SCSCF_NAME_LEN_MAX octets.
 */
HSS_MUST_CHECK enum hss_err scscf_name_check(const char *in, size_t len, const char **why);

/* Whether two S-CSCF names mean one server: scheme and host compare without case, the rest octet by
 * octet. */
bool scscf_name_equal(const char *a, const char *b);

/*
 * Whether a canonical identity matches a wildcarded one, sip:prefix!expression!suffix (TS 23.003
 * 13.5): what stands outside of the exclamation marks as it is, what is between them as a POSIX
 * extended regular expression for the whole of the rest. Of ASCII, as identities are; without
 * back-references, collating elements, and what POSIX leaves undefined.
 *
 * struct wildcard is a wildcarded identity made ready for this. wildcard_make refuses expressions
 * whose matching could take more than linear time or memory in the length of the identity (bounded
 * matching time): *why completes "the expression ...". It returns HSS_OK, HSS_ERR_INVALID,
 * HSS_ERR_MEMORY. A wildcard may be used by one thread at a time.
 */
struct wildcard;
HSS_MUST_CHECK enum hss_err wildcard_make(const char *impu, struct wildcard **out,
                                          const char **why);
void wildcard_free(struct wildcard *wildcard); /* NULL is allowed */
bool wildcard_matches(struct wildcard *wildcard, const char *impu);

/*
 * The bounds: an expression is at most IMPU_LEN_MAX octets, nests at most 32 deep, repeats at most
 * 255 times and, all repetitions written out, has at most so many states; each octet of an identity
 * looks at each state at most once. wildcard_steps: how many that were in the last match.
 */
enum { WILDCARD_STATES_MAX = 1024 };
size_t wildcard_steps(const struct wildcard *wildcard);

/* Whether what stands outside of the exclamation marks agrees: the first step of wildcard_matches,
 * before there is a struct wildcard. False also when there are no such marks. */
bool wildcard_literals_agree(const char *wildcarded, const char *impu);

#endif
