/*
 * The document of a subscriber (docs/admin.md) and the snapshot it stands for. Internal to
 * administration: requests reach it through admin_serve.
 */
#ifndef QUINTET_HSS_ADMIN_DOC_H
#define QUINTET_HSS_ADMIN_DOC_H

#include <jansson.h>

#include "auc/auc.h"
#include "hss/admin_reader.h"
#include "hss/err.h"
#include "hss/seal.h"
#include "hss/subscription.h"

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
/*
 * schemes, ha1 or password, digest_realm (hss/admin_digest.c). After admin_doc_read_key: the
 * schemes have to fit the keys that are there. An IMPI without schemes gets the one of its
 * strongest key.
 */
void admin_doc_read_digest(struct admin_reader *r, const json_t *obj, const char *path,
                           struct ims_impi *impi);
void admin_doc_read_shared(struct admin_reader *r, const json_t *obj); /* charging, capabilities */
/* Everything of an IMPU but its name. */
#define ADMIN_DOC_IMPU_MEMBERS                                                                     \
	"barred", "kind", "profile", "display_name", "psi_active", "as_name", "alias_group",       \
		"loose_route", "privileged_sender"
void admin_doc_read_impu(struct admin_reader *r, const json_t *obj, const char *path,
                         struct ims_impu *impu);
/* A canonical IMPU in the arena from a JSON text, or NULL and a fault. */
const char *admin_doc_impu_name(struct admin_reader *r, const json_t *value, const char *path,
                                const char *member);
/* A canonical IMPI, likewise. */
const char *admin_doc_impi_name(struct admin_reader *r, const json_t *value, const char *path,
                                const char *member);
/* What the IMPUs of r->sub, as a whole, must hold (aliases) or should. */
void admin_doc_check(struct admin_reader *r);
/* Where in a document the IMPU of this index stands: "sets[0].impus[1]". */
void admin_doc_impu_path(const struct ims_subscription *sub, size_t i,
                         char out[static ADMIN_FIELD_LEN]);

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

/* The part of it about K and OPc. */
HSS_MUST_CHECK enum hss_err admin_doc_compare_key(const struct ims_impi *have,
                                                  const struct ims_impi *want, struct seal *seal,
                                                  const char **differs);

/* The parts of these two that admin_doc_read_digest reads. */
HSS_MUST_CHECK enum hss_err admin_doc_write_digest(const struct ims_impi *impi, struct seal *seal,
                                                   json_t *out);
HSS_MUST_CHECK enum hss_err admin_doc_compare_digest(const struct ims_impi *have,
                                                     const struct ims_impi *want, struct seal *seal,
                                                     const char **differs);

/* Word for a kind of IMPU; static. */
const char *admin_doc_kind_word(enum impu_kind kind);

#endif
