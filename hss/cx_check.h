/*
 * What more than one Cx procedure asks of a snapshot. Internal to hss/cx_*.c; pure.
 *
 * The cx_check_* functions are steps of TS 29.228: they return true when the step is passed; else
 * the verdict of ans says what was refused and why.
 */
#ifndef QUINTET_HSS_CX_CHECK_H
#define QUINTET_HSS_CX_CHECK_H

#include "hss/cx.h"

/* The IMPI of the request in the snapshot; NULL when there is none, or not in this subscription. */
const struct ims_impi *cx_asked_impi(const struct cx_request *req,
                                     const struct ims_subscription *sub);

/* The IMPU that Public-Identity number i (from 0) was found to be; NULL when not in this
 * subscription. */
const struct ims_impu *cx_asked_impu(const struct cx_request *req,
                                     const struct ims_subscription *sub, size_t i);

/* The wildcarded identity that Public-Identity number i matched without being it; else NULL. */
const char *cx_wildcard_matched(const struct cx_request *req, const struct ims_subscription *sub,
                                size_t i);

/* The User-Name, if there is one, and every Public-Identity exist: else USER_UNKNOWN. */
bool cx_check_known(const struct cx_request *req, const struct ims_subscription *sub,
                    struct cx_answer *ans);

/* The first Public-Identity is not merely matched by a wildcard, nor a service: else USER_UNKNOWN.
 */
bool cx_check_distinct(const struct cx_request *req, const struct ims_subscription *sub,
                       struct cx_answer *ans);

/*
 * Every Public-Identity belongs to the User-Name, or without one to a single subscription: else
 * IDENTITIES_DONT_MATCH. Only after cx_check_known.
 */
bool cx_check_owned(const struct cx_request *req, const struct ims_subscription *sub,
                    struct cx_answer *ans);

/* Whether a PSI that was asked for is in use; true for every other kind. Else USER_UNKNOWN. */
bool cx_check_psi_active(const struct cx_request *req, const struct ims_subscription *sub, size_t i,
                         struct cx_answer *ans);

/*
 * Before anything else: the features that the request requires are supported, else
 * FEATURE_UNSUPPORTED (TS 29.229 7.1). The answer says what is supported if it was asked, in either
 * case.
 */
bool cx_check_features(const struct cx_request *req, const struct cx_policy *policy,
                       struct cx_answer *ans);

/* CX_FEATURE_... that both sides support: what an answer may use (TS 29.229 7.1). */
uint32_t cx_features_common(const struct cx_request *req, const struct cx_policy *policy);

/* An S-CSCF: name and Diameter address, in the memory of a snapshot. */
struct cx_scscf {
	const char *name;
	const char *host;
	const char *realm;
};

/*
 * Copy the S-CSCF that sends a request into the snapshot's memory, so that setting it later cannot
 * fail. What the snapshot has already is not copied again. Returns false when memory is out.
 */
bool cx_scscf_copy(struct ims_subscription *sub, const struct cx_request *req,
                   const char *server_name, struct cx_scscf *copy);

/*
 * Make it the assigned one; with NULL none is assigned. Of another one than before no features are
 * known, and it is not to be reassigned. Returns whether anything changed.
 */
bool cx_scscf_set(struct ims_subscription *sub, const struct cx_scscf *scscf);

/* Lead the I-CSCF to an S-CSCF of its choice: the set of the subscriber, else the configured
 * S-CSCF, else any; never to nothing. */
void cx_offer_choice(struct cx_answer *ans, const struct ims_subscription *sub,
                     const struct cx_policy *policy);

/* Another S-CSCF may take over from the one assigned, if one is (IMS restoration, TS 29.228 8.1).
 * Returns whether that is new. */
bool cx_reassignment_allow(struct ims_subscription *sub, const struct cx_env *env);

/*
 * An S-CSCF takes the user from the one that is assigned: that one is told with RTRs when its
 * Diameter address is another one and it serves anything (TS 29.228 8.1.1). With IMS restoration in
 * common with it each RTR says NEW_SERVER_ASSIGNED; otherwise only those of the sets that are taken
 * do, and the other sets, told of with SERVER_CHANGE, become Not Registered.
 *
 * cx_takeover_push queues the RTRs, one for each set, before anything is changed: true, or false
 * when memory is out, nothing then being queued. It needs the full view. cx_takeover_apply then
 * changes the other sets; it cannot fail. cx_scscf_set comes last.
 *
 *   taken  numbers of the sets that the request is about
 */
bool cx_takeover_is_due(const struct ims_subscription *sub, const char *server_name,
                        const char *origin_host);
bool cx_takeover_push(struct ims_subscription *sub, const struct cx_policy *policy,
                      const struct cx_scscf *by, const unsigned *taken, size_t n_taken);
void cx_takeover_apply(struct ims_subscription *sub);

#endif
