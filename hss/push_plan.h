/*
 * What S-CSCFs have to be told of a change by the operator (TS 29.228 6.1.3, 6.2.2; design 7): pure
 * functions that append to the push list of a snapshot. Saving the snapshot queues them in the same
 * transaction.
 *
 * Pure; the snapshot's owner may call.
 */
#ifndef QUINTET_HSS_PUSH_PLAN_H
#define QUINTET_HSS_PUSH_PLAN_H

#include "hss/err.h"
#include "hss/subscription.h"

/*
 * A subscription was changed from `before` to `after` (full views, same id; profiles and charging
 * are told apart by their names, for who changes what is behind a name queues a scan). Appends to
 * after->push, and changes the registration state of after where the change ends a registration.
 * For each set that was Registered or Unregistered:
 *   other profile data (profile, barring, display name, alias, IMPUs added or removed, ...)  PPR
 *   other charging                                             PPR with Charging-Information
 *   HA1 changed                                                PPR with SIP-Auth-Data-Item
 *   default IMPU changed, or the set removed                   RTR PERMANENT_TERMINATION
 *   an IMPI of it removed, its key changed, or a scheme of it not allowed any more
 *                                                              RTR for that IMPI
 * A key or HA1 that was sealed anew counts as changed. Pushes and restoration information borrow
 * from before, which has to live until after is saved.
 *
 * Returns HSS_OK or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err push_plan_change(const struct ims_subscription *before,
                                             struct ims_subscription *after);

/*
 * A subscription is about to be deleted: appends an RTR PERMANENT_TERMINATION to sub->push for each
 * set that an S-CSCF serves. The caller queues them (store_push_add): sub will not be saved.
 */
HSS_MUST_CHECK enum hss_err push_plan_deletion(struct ims_subscription *sub);

/*
 * An object that the subscription uses was changed (a profile, shared set or charging): appends a
 * PPR with `content` (IMS_PUSH_USER_DATA, IMS_PUSH_CHARGING) for each set that an S-CSCF serves
 * and, for profiles, that has an IMPU with one of the changed profiles.
 *
 *   profile  id of the profile, 0: any set counts (charging)
 */
HSS_MUST_CHECK enum hss_err push_plan_object(struct ims_subscription *sub, int64_t profile,
                                             unsigned content);

/*
 * The operator ends registrations: RTR with this Reason-Code and Reason-Info for the sets chosen,
 * which become Not Registered (the S-CSCF name goes with the last one), TS 29.228 6.1.3. With
 * REMOVE_S-CSCF only sets that are Unregistered are chosen. Where the Diameter address of the
 * S-CSCF is not known the state changes and there is no RTR.
 *
 *   impi    number of an IMPI, or 0: all
 *   irs     number of a set, or 0: all
 *   info    Reason-Info, or NULL
 *   n       receives how many sets were registered or unregistered
 */
HSS_MUST_CHECK enum hss_err push_plan_deregistration(struct ims_subscription *sub, unsigned impi,
                                                     unsigned irs, uint32_t reason,
                                                     const char *info, size_t *n);

#endif
