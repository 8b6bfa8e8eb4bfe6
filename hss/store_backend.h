/*
 * What a backend of the store provides, and what all backends share. Private to store*.c.
 *
 * store.c checks latch, mode and transaction state before it calls an operation, so that every
 * backend answers a misuse alike; an operation may rely on what its line says.
 */
#ifndef QUINTET_HSS_STORE_BACKEND_H
#define QUINTET_HSS_STORE_BACKEND_H

#include <stdbool.h>
#include <stddef.h>

#include "hss/store.h"
#include "hss/store_copy.h"

enum {
	STORE_ERROR_MAX = 1024,               /* octets of an error text with its NUL */
	STORE_DOCUMENT_LEN_MAX = 1024 * 1024, /* octets of a document, of criteria */
	STORE_TEXT_LEN_MAX = 511,  /* octets of a display name, an AS name, the name of a profile */
	STORE_PEER_LEN_MAX = 255,  /* octets of a Diameter identity */
	STORE_REALM_LEN_MAX = 255, /* octets of a realm of SIP Digest */
};

/* The first member of every backend's handle. */
struct store {
	const struct store_ops *ops;
	enum store_mode mode;
	enum hss_err latched;
	bool in_transaction;
	bool in_part;
	int schema_version;
	char error[STORE_ERROR_MAX];
};

/* Operations on an open handle that is not latched, unless the line says otherwise. */
struct store_ops {
	void (*close)(struct store *store);         /* also latched, also after a failed open */
	enum hss_err (*begin)(struct store *store); /* no transaction open */
	enum hss_err (*commit)(
		struct store *store);          /* transaction open; closed afterwards anyhow */
	void (*rollback)(struct store *store); /* transaction open; also latched */
	enum hss_err (*part_begin)(struct store *store);
	enum hss_err (*part_end)(struct store *store, bool keep);
	enum hss_err (*maintain)(struct store *store, bool idle); /* writer, no transaction */
	enum hss_err (*subscription_load)(struct store *store, const char *impi,
	                                  const char *const *impu, size_t n_impu,
	                                  enum store_view view, struct ims_subscription *sub);
	enum hss_err (*subscription_get)(struct store *store, int64_t id,
	                                 struct ims_subscription *sub);
	enum hss_err (*subscription_ids)(struct store *store, int64_t after, int64_t *ids,
	                                 size_t max, size_t *n);
	enum hss_err (*subscription_count)(struct store *store, uint64_t *n);
	enum hss_err (*registration_save)(struct store *store, const struct ims_subscription *sub);
	enum hss_err (*subscription_put)(struct store *store, struct ims_subscription *sub);
	enum hss_err (*subscription_delete)(struct store *store, int64_t id);
	enum hss_err (*profile_put)(struct store *store, struct ims_profile *profile);
	enum hss_err (*ifc_set_put)(struct store *store, const struct ims_ifc_set *set);
	enum hss_err (*charging_put)(struct store *store, struct ims_charging *charging);
	enum hss_err (*capabilities_put)(struct store *store,
	                                 struct ims_capabilities *capabilities);
	enum hss_err (*object_get)(struct store *store, enum store_object kind, const char *name,
	                           struct arena *arena, int64_t *id, const char **document);
	enum hss_err (*profile_get)(struct store *store, const char *name, struct arena *arena,
	                            struct ims_profile *profile);
	enum hss_err (*ifc_set_get)(struct store *store, uint32_t id, struct arena *arena,
	                            struct ims_ifc_set *set);
	enum hss_err (*object_names)(struct store *store, enum store_object kind,
	                             struct arena *arena, const char ***names, size_t *n);
	enum hss_err (*object_delete)(struct store *store, enum store_object kind,
	                              const char *name);
	enum hss_err (*push_add)(struct store *store, struct ims_push *push, int64_t now);
	enum hss_err (*push_due)(struct store *store, int64_t now, int64_t after, size_t max,
	                         struct arena *arena, struct ims_push **push, size_t *n,
	                         int64_t *next);
	enum hss_err (*push_get)(struct store *store, int64_t id, struct arena *arena,
	                         struct ims_push *push);
	enum hss_err (*push_list)(struct store *store, int64_t after, size_t max, bool waiting,
	                          struct arena *arena, struct ims_push **push, size_t *n);
	enum hss_err (*push_update)(struct store *store, const struct ims_push *push);
	enum hss_err (*push_wake)(struct store *store, const char *host, int64_t now, size_t max,
	                          size_t *n);
	enum hss_err (*push_prune)(struct store *store, int64_t ended_before, size_t max,
	                           size_t *n);
	enum hss_err (*scan_add)(struct store *store, struct store_scan *scan);
	enum hss_err (*scan_next)(struct store *store, struct store_scan *scan);
	enum hss_err (*scan_portion)(struct store *store, const struct store_scan *scan,
	                             int64_t span, int64_t *ids, size_t max, size_t *n,
	                             int64_t *last); /* span and max at least 1 */
	enum hss_err (*scan_advance)(struct store *store, const struct store_scan *scan);
	enum hss_err (*master_keys)(struct store *store, struct arena *arena,
	                            struct store_master_key **key, size_t *n);
	enum hss_err (*master_key_put)(struct store *store, const struct store_master_key *key);
	enum hss_err (*master_key_delete)(struct store *store, unsigned id);
	enum hss_err (*sealed_list)(struct store *store, const char *after, size_t max,
	                            struct arena *arena, struct store_sealed **sealed, size_t *n);
	enum hss_err (*sealed_update)(struct store *store, const struct store_sealed *sealed);
	enum hss_err (*sealed_count)(struct store *store, uint64_t n[static SEAL_ID_MAX + 1]);
};

/* What is done without a handle: each as the function of its name in store.h and store_copy.h says;
 * uri is what follows the scheme. */
struct store_backend {
	const char *scheme;
	enum hss_err (*open)(const char *uri, enum store_mode mode, struct store **out);
	enum hss_err (*backup)(const char *uri, const char *file, struct store_backup *backup);
	enum hss_err (*verify)(const char *uri, struct store_verify *verify);
	enum hss_err (*restore)(const char *uri, const char *file, struct store_restore *restore);
};

extern const struct store_backend store_sqlite_backend;
int store_sqlite_schema_known(void);

/* Set the error text; returns err. */
__attribute__((format(printf, 3, 4))) enum hss_err
store_refuse(struct store *store, enum hss_err err, const char *format, ...);

/*
 * Whether a snapshot can be provisioned: limits, numbering, every set with an IMPU and an IMPI,
 * every IMPI with a set. Returns HSS_OK or HSS_ERR_INVALID with the reason in the error text.
 */
enum hss_err store_check_subscription(struct store *store, const struct ims_subscription *sub);

/* The same for what store_registration_save writes. */
enum hss_err store_check_registration(struct store *store, const struct ims_subscription *sub);

/* The same for what goes to the outbox, and for a follow-up. */
enum hss_err store_check_push(struct store *store, const struct ims_push *push);
enum hss_err store_check_scan(struct store *store, const struct store_scan *scan);

/* The same for what subscriptions share. */
enum hss_err store_check_profile(struct store *store, const struct ims_profile *profile);
enum hss_err store_check_ifc_set(struct store *store, const struct ims_ifc_set *set);
enum hss_err store_check_charging(struct store *store, const struct ims_charging *charging);
enum hss_err store_check_capabilities(struct store *store,
                                      const struct ims_capabilities *capabilities);

#endif
