/* What the operations of administration share. Internal: admin.c and admin_*.c. */
#ifndef QUINTET_HSS_ADMIN_OP_H
#define QUINTET_HSS_ADMIN_OP_H

#include <jansson.h>

#include "hss/admin.h"
#include "hss/admin_doc.h"

/* Make the reply a refusal (printf format). Returns HSS_OK, for "return admin_refuse(...)". */
enum hss_err admin_refuse(json_t *reply, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for the faults that a reader has collected; done: "stored" or "changed". */
enum hss_err admin_refuse_faults(const struct admin_reader *r, const char *done, json_t *reply);

/* The same for an error of the store: its own text. Returns the error when it latches the store,
 * else HSS_OK. */
enum hss_err admin_refuse_store(const struct admin *admin, enum hss_err err, json_t *reply);

/*
 * Load in full the subscriber that "identity" of the request names, an IMPI or an IMPU.
 * sub->asked_impi or sub->asked_impu[0] says which one it is. When it returns HSS_OK and sub->id is
 * 0 the reply is a refusal already.
 */
HSS_MUST_CHECK enum hss_err admin_load(struct admin *admin, const json_t *request,
                                       struct ims_subscription *sub, json_t *reply);

/* The subscription that an identity belongs to, 0: none. An IMPU that merely matches a wildcarded
 * one is not there. */
HSS_MUST_CHECK enum hss_err admin_impi_owner(struct admin *admin, const char *impi, int64_t *id);
HSS_MUST_CHECK enum hss_err admin_impu_owner(struct admin *admin, const char *impu, int64_t *id);

/* Add the reader's warnings, if there are any, to the reply. */
HSS_MUST_CHECK enum hss_err admin_tell_warnings(const struct admin_reader *r, json_t *reply);

/* "subscriber.add", "subscriber.apply". */
HSS_MUST_CHECK enum hss_err admin_subscriber_add(struct admin *admin, const json_t *request,
                                                 json_t *reply);
HSS_MUST_CHECK enum hss_err admin_subscriber_apply(struct admin *admin, const json_t *request,
                                                   json_t *reply);

/* "subscriber.set": change the subscriber that is loaded. */
HSS_MUST_CHECK enum hss_err admin_subscriber_set(struct admin *admin, const json_t *request,
                                                 struct ims_subscription *sub, json_t *reply);

/* "object.apply", "object.get", "object.list", "object.delete", "profile.set" (docs/admin.md). */
HSS_MUST_CHECK enum hss_err admin_object_apply(struct admin *admin, const json_t *request,
                                               json_t *reply);
HSS_MUST_CHECK enum hss_err admin_object_get(struct admin *admin, const json_t *request,
                                             json_t *reply);
HSS_MUST_CHECK enum hss_err admin_object_list(struct admin *admin, const json_t *request,
                                              json_t *reply);
HSS_MUST_CHECK enum hss_err admin_object_delete(struct admin *admin, const json_t *request,
                                                json_t *reply);
HSS_MUST_CHECK enum hss_err admin_profile_set(struct admin *admin, const json_t *request,
                                              json_t *reply);

/* "deregister": the same. */
HSS_MUST_CHECK enum hss_err admin_deregister(struct admin *admin, const json_t *request,
                                             struct ims_subscription *sub, json_t *reply);

/* "push.list", "push.get", "push.retry", "push.cancel". */
HSS_MUST_CHECK enum hss_err admin_push_list(struct admin *admin, const json_t *request,
                                            json_t *reply);
HSS_MUST_CHECK enum hss_err admin_push_get(struct admin *admin, const json_t *request,
                                           json_t *reply);
HSS_MUST_CHECK enum hss_err admin_push_retry(struct admin *admin, const json_t *request,
                                             json_t *reply);
HSS_MUST_CHECK enum hss_err admin_push_cancel(struct admin *admin, const json_t *request,
                                              json_t *reply);

/* "key.status", "key.load", "key.rotate". */
HSS_MUST_CHECK enum hss_err admin_key_status(struct admin *admin, const json_t *request,
                                             json_t *reply);
HSS_MUST_CHECK enum hss_err admin_key_load(struct admin *admin, const json_t *request,
                                           json_t *reply);
HSS_MUST_CHECK enum hss_err admin_key_rotate(struct admin *admin, const json_t *request,
                                             json_t *reply);

/* Seconds since 1970 as "2026-01-31T23:59:59Z"; null for 0. */
json_t *admin_time_text(int64_t seconds);

#endif
