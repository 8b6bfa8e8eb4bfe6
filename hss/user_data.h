/* User-Data: the profile document of one implicit registration set (TS 29.228 Annexes B to F). */
#ifndef QUINTET_HSS_USER_DATA_H
#define QUINTET_HSS_USER_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "hss/subscription.h"

/* Octets of a document: an SAA of 64 KiB, what the S-CSCFs in the field take, has room for this
 * much beside its other AVPs. */
enum { USER_DATA_LEN_MAX = 60000 };

/* Which document. */
struct user_data_want {
	size_t impi;  /* index into sub->impi, for PrivateID */
	unsigned irs; /* number of the set */
	/*
	 * CX_FEATURE_... that the HSS and the S-CSCF have in common (TS 29.229 7.1):
	 *   SIFC       shared sets of filter criteria by their ids; else their criteria
	 *   ALIAS_IND  an AliasIdentityGroupID for each IMPU: its alias_group, or "own:" and its
	 *              name, a group of its own. Without it an S-CSCF takes the IMPUs of a
	 *              ServiceProfile for aliases: only those of one alias_group share one then
	 */
	uint32_t features;
	/* An identity that was asked for and only matches a wildcarded one of the set, which is
	 * then in the document too (IdentityType 3, of a PSI 2); NULL, NULL: none. */
	const char *matched;
	const struct ims_impu *wildcard; /* element of sub->impu that it matches */
};

/*
 * Write the profile of an implicit registration set: every IMPU of it, barred ones too. The
 * ServiceProfile of the default IMPU comes first, then the others as they are met; within one the
 * order of the set stands. So the first unbarred identity of the document is the default IMPU.
 *
 *   sub       the subscription, loaded in full; the document is allocated in its arena
 *   doc, len  receive the UTF-8 document without white space between elements, NUL-terminated, and
 *             its length in octets without the NUL
 *
 * Returns HSS_OK, HSS_ERR_LIMIT when the document is longer than USER_DATA_LEN_MAX, HSS_ERR_INVALID
 * when the set is empty or a text of it cannot stand in XML (control character, not UTF-8), or
 * HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err user_data_write(struct ims_subscription *sub,
                                            const struct user_data_want *want, const char **doc,
                                            size_t *len);

#endif
