/*
 * What an S-CSCF reads in User-Data (TS 29.228 Annex E): the identities of the implicit
 * registration set and their barring. Filter criteria are another matter and left alone.
 */
#ifndef QUINTET_SCSCF_PROFILE_H
#define QUINTET_SCSCF_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

struct profile_impu {
	char *name;
	bool barred;
};

struct profile {
	char *impi;                /* PrivateID */
	struct profile_impu *impu; /* in document order, which tells the default one */
	size_t n_impu;
	size_t n_profiles; /* ServiceProfile elements */
};

/*
 * Read a document. No network, no external entity, no DTD is followed; libxml2's own limits on
 * depth and size hold.
 *
 *   out  receives the profile, to be given to profile_free; zeroed on failure
 *   why  receives, on failure, a static text: what is wrong with the document
 */
bool profile_parse(const char *doc, size_t len, struct profile *out, const char **why);

/* Free and zero. Safe on a zeroed profile. */
void profile_free(struct profile *profile);

/* The identity of the set by that name, or NULL. */
const struct profile_impu *profile_find(const struct profile *profile, const char *impu);

/* The default IMPU: the first that is not barred (TS 29.228 Annex). NULL when all are. */
const struct profile_impu *profile_default(const struct profile *profile);

#endif
