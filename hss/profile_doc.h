/*
 * Documents of what subscribers share (docs/profiles.md): service profiles, shared sets of filter
 * criteria, charging, capabilities. JSON, checked, to the structs of subscription.h. Internal to
 * administration.
 *
 * Each function reads a whole document; r->arena has to be set and owns what the struct points to,
 * r->n_faults and r->err say how it went: with either set the struct is of no use. The document of
 * the struct is the JSON as it is stored and shown: in the one way to say it, its name included.
 */
#ifndef QUINTET_HSS_PROFILE_DOC_H
#define QUINTET_HSS_PROFILE_DOC_H

#include <jansson.h>
#include <stddef.h>

#include "hss/admin_reader.h"
#include "hss/subscription.h"

/*
 * Octets that a profile may take in a user profile, with its shared sets written out. Of the 60000
 * that fit an SAA (user_data.h) this is room for two, as a set of aliases and a further identity
 * need when an S-CSCF does not know AliasIdentityGroupID, and for their identities.
 */
enum { PROFILE_DOC_LEN_MAX = 24000 };

/*
 *   name  of the object: the document may repeat it, as "name" (of a shared set: as "id"), and must
 *         not say another one
 */
void profile_doc_read(struct admin_reader *r, const json_t *doc, const char *name,
                      struct ims_profile *profile);
void ifc_set_doc_read(struct admin_reader *r, const json_t *doc, const char *name,
                      struct ims_ifc_set *set);
void charging_doc_read(struct admin_reader *r, const json_t *doc, const char *name,
                       struct ims_charging *charging);
void capabilities_doc_read(struct admin_reader *r, const json_t *doc, const char *name,
                           struct ims_capabilities *capabilities);

/* What a profile takes in a user profile at most: its criteria, its ServiceIds and its shared sets,
 * which need not be loaded with their criteria. */
size_t profile_doc_len(const struct ims_profile *profile);

/* The id of a shared set from its name in decimal; -1 when it is none. */
int64_t ifc_set_id(const char *name);

/*
 * A DiameterURI (RFC 6733 4.3.1): "aaa://" or "aaas://", a fully qualified host name, then perhaps
 * ":port", ";transport=", ";protocol=". *why completes "the URI ...".
 */
bool diameter_uri_check(const char *uri, const char **why);

#endif
