/*
 * Reading of JSON documents: members with their checks, faults collected, so that all of them can
 * be told at once. Internal to administration: requests reach it through admin_serve.
 */
#ifndef QUINTET_HSS_ADMIN_READER_H
#define QUINTET_HSS_ADMIN_READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "auc/auc.h"
#include "hss/err.h"
#include "hss/seal.h"
#include "hss/subscription.h"

/* Faults beyond so many are only counted: a reply has to fit into a frame. */
enum { ADMIN_FIELD_LEN = 128, ADMIN_FAULTS_MAX = 600, ADMIN_TEXT_LEN_MAX = 511 };

/* Reading of one document. */
struct admin_reader {
	struct ims_subscription *sub; /* what is read goes here; NULL: it is no subscriber */
	struct arena *arena;          /* owns the strings; NULL: that of sub */
	struct seal *seal;
	struct auc_ctx *auc;
	json_t *details;  /* array that receives {"index", "field", "reason"} for each fault */
	json_t *warnings; /* likewise for what is allowed but hardly meant; NULL: not wanted */
	/* The subscriber that is there already: its IMPIs keep the keys that the document does not
	 * give. NULL: a new one. */
	const struct ims_subscription *have;
	size_t index; /* of the document in its request */
	size_t n_faults;
	enum hss_err err; /* a failure of ours, HSS_OK so far */
};

/*
 * Report a fault (printf format; never a secret).
 *
 *   path    where in the document, such as "impis[0]"; "" for the document itself
 *   member  name of the member at fault, or NULL for the thing at path as a whole
 */
void admin_fault(struct admin_reader *r, const char *path, const char *member, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));

/* The same for a warning. */
void admin_warn(struct admin_reader *r, const char *path, const char *member, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

/* A fault for each member of obj that is not in known (NULL behind the last). */
void admin_doc_known(struct admin_reader *r, const json_t *obj, const char *path,
                     const char *const *known);

/* "path.member[i]" or, without path, "member[i]". */
void admin_doc_path(char out[static ADMIN_FIELD_LEN], const char *path, const char *member,
                    size_t i);

/* The same without an index: "path.member". */
void admin_doc_inner(char out[static ADMIN_FIELD_LEN], const char *path, const char *member);

/* Absent members leave *out as it is. */
void admin_doc_read_bool(struct admin_reader *r, const json_t *obj, const char *path,
                         const char *member, bool *out);

/* A text member, owned by obj; NULL when it is absent or null, or, with a fault, when it is
 * something else. */
const char *admin_text(struct admin_reader *r, const json_t *obj, const char *path,
                       const char *member);

/* Whether a text has 1 to ADMIN_TEXT_LEN_MAX octets and no control character; else a fault. */
bool admin_text_check(struct admin_reader *r, const char *text, const char *path,
                      const char *member);

/* A text for people or a name, checked so: replaces *out when present and good. null removes it. */
void admin_read_text(struct admin_reader *r, const json_t *obj, const char *path,
                     const char *member, const char **out);

/* A copy, or n elements of size octets, in the reader's arena; NULL and r->err: memory is out. */
const char *admin_keep(struct admin_reader *r, const char *text);
void *admin_keep_array(struct admin_reader *r, size_t n, size_t size);

/* Build a document: value, whose reference is taken over, as a member of obj or at the end of list.
 * NULL, or memory that is out, is r->err. */
void admin_put(struct admin_reader *r, json_t *obj, const char *member, json_t *value);
void admin_append(struct admin_reader *r, json_t *list, json_t *value);

#endif
