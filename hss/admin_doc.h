/*
 * The document of a subscriber (docs/admin.md) and the snapshot it stands for. Internal to
 * administration: requests reach it through admin_serve.
 */
#ifndef QUINTET_HSS_ADMIN_DOC_H
#define QUINTET_HSS_ADMIN_DOC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "auc/auc.h"
#include "hss/err.h"
#include "hss/seal.h"
#include "hss/subscription.h"

/* Faults beyond so many are only counted: a reply has to fit into a frame. */
enum { ADMIN_FIELD_LEN = 128, ADMIN_FAULTS_MAX = 600 };

/* Reading of one document. Faults are collected, so that all of them can be told at once. */
struct admin_reader {
	struct ims_subscription *sub; /* what is read goes here, strings into its arena */
	struct seal *seal;
	struct auc_ctx *auc;
	json_t *details; /* array that receives {"index", "field", "reason"} for each fault */
	size_t index;    /* of the document in its request */
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

/*
 * Read a whole document into r->sub, which has to be empty. K and OPc are sealed on the way, OP
 * becomes OPc. Look at r->n_faults and r->err afterwards; with either set r->sub is of no use.
 */
void admin_doc_read(struct admin_reader *r, const json_t *doc);

/* Parts of it, for changes of a subscriber that exists. Absent members leave what is there. */
void admin_doc_read_key(struct admin_reader *r, const json_t *obj, const char *path,
                        struct ims_impi *impi); /* k, opc, op */
void admin_doc_read_sqn(struct admin_reader *r, const json_t *obj, const char *path,
                        uint64_t *sqn); /* sqn */
void admin_doc_read_amf(struct admin_reader *r, const json_t *obj, const char *path,
                        uint8_t amf[static AUC_AMF_LEN]);               /* amf */
void admin_doc_read_visited(struct admin_reader *r, const json_t *obj); /* visited */
void admin_doc_read_bool(struct admin_reader *r, const json_t *obj, const char *path,
                         const char *member, bool *out);
/* Everything of an IMPU but its name: barred, kind, profile, display_name, psi_active, as_name. */
void admin_doc_read_impu(struct admin_reader *r, const json_t *obj, const char *path,
                         struct ims_impu *impu);
/* A canonical IMPU in the arena from a JSON text, or NULL and a fault. */
const char *admin_doc_impu_name(struct admin_reader *r, const json_t *value, const char *path,
                                const char *member);
/* A canonical IMPI, likewise. */
const char *admin_doc_impi_name(struct admin_reader *r, const json_t *value, const char *path,
                                const char *member);
/* A fault for each member of obj that is not in known (NULL behind the last). */
void admin_doc_known(struct admin_reader *r, const json_t *obj, const char *path,
                     const char *const *known);
/* "path[i]" or, without path, "member[i]". */
void admin_doc_path(char out[static ADMIN_FIELD_LEN], const char *path, const char *member,
                    size_t i);

/*
 * Write the document of a snapshot.
 *
 *   seal  to open the keys with, or NULL to leave them out
 *   out   receives a new reference
 *
 * Returns HSS_OK, HSS_ERR_SEAL, HSS_ERR_CRYPTO, HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err admin_doc_write(const struct ims_subscription *sub, struct seal *seal,
                                            json_t **out);

/*
 * Whether a subscriber that is there is what a document asks for: same identities, keys and
 * settings; its SQN may have moved on.
 *
 *   differs  receives, when not, the name of a member that differs; static
 *
 * Returns as admin_doc_write.
 */
HSS_MUST_CHECK enum hss_err admin_doc_compare(const struct ims_subscription *have,
                                              const struct ims_subscription *want,
                                              struct seal *seal, const char **differs);

/* Word for a kind of IMPU; static. */
const char *admin_doc_kind_word(enum impu_kind kind);

#endif
