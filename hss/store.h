/*
 * The store: subscriptions, identities and registration state, durable (design: one writer).
 *
 * A handle is used by one thread at a time. A store has exactly one handle that writes and
 * checkpoints; every other handle, in this process or another, is read-only. Opening the writing
 * handle takes the lock file beside the database and holds it until store_close.
 *
 * A failed write, sync or checkpoint latches the handle: from then on every call returns
 * HSS_ERR_STORE (HSS_ERR_FULL if the disk was full), because a retried sync that "succeeds" proves
 * nothing. Close it and open it anew.
 *
 * Functions outside store_begin .. store_commit that write are their own transaction. Each act is
 * atomic: on an error nothing of it remains.
 */
#ifndef QUINTET_HSS_STORE_H
#define QUINTET_HSS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "hss/arena.h"
#include "hss/err.h"
#include "hss/seal.h"
#include "hss/subscription.h"

struct store;

enum store_mode {
	STORE_READ,   /* look only; any number of handles */
	STORE_WRITE,  /* the one writing handle; HSS_ERR_LOCKED when another process has it */
	STORE_CREATE, /* as STORE_WRITE, on a new database; HSS_ERR_EXISTS when the file is there,
	                 unless it is what an interrupted creation left */
	STORE_MIGRATE /* as STORE_WRITE; steps an older schema up first, one transaction a step */
};

/*
 * Open a store.
 *
 *   uri   path of an SQLite database, with or without "sqlite:" before it
 *   out   receives the handle, also after an error other than HSS_ERR_MEMORY, so that store_error
 * can say what happened; close it in either case
 *
 * Returns HSS_OK, HSS_ERR_NOT_FOUND (no such file), HSS_ERR_EXISTS, HSS_ERR_LOCKED, HSS_ERR_SCHEMA
 * (newer, or older without STORE_MIGRATE), HSS_ERR_INVALID (not a database of ours, or a damaged
 * one: its pages are checked when the process before did not end in good order), HSS_ERR_STORE,
 * HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err store_open(const char *uri, enum store_mode mode, struct store **out);

/* Roll back what is open, checkpoint, close, release the lock. NULL is allowed. */
void store_close(struct store *store);

/* What the last error was: names the file, the act and the cause. Valid until the next call. Never
 * NULL. */
const char *store_error(const struct store *store);

/* Whether the handle is latched, and why: HSS_OK, HSS_ERR_STORE or HSS_ERR_FULL. */
enum hss_err store_latched(const struct store *store);

/* The schema version of the open database, and the version that this program knows. */
int store_schema_version(const struct store *store);
int store_schema_known(void);

/*
 * One transaction for a batch. After store_commit returned HSS_OK everything saved since
 * store_begin is on disk and survives power loss. After any other value nothing of it is visible;
 * when the sync of the log was what failed, the whole of it, never a part, may appear when the
 * store is opened anew. An SQN taken then is burnt, not issued twice. A commit to files that were
 * removed or replaced meanwhile fails as well, and latches.
 *
 * On a read-only handle store_begin and store_commit enclose one snapshot. HSS_ERR_INVALID, without
 * latching: a writing call on a read-only handle, or calls out of order.
 */
HSS_MUST_CHECK enum hss_err store_begin(struct store *store);
HSS_MUST_CHECK enum hss_err store_commit(struct store *store);
void store_rollback(struct store *store);

/* A part of a transaction that can be undone alone. Not nested. keep false undoes. */
HSS_MUST_CHECK enum hss_err store_part_begin(struct store *store);
HSS_MUST_CHECK enum hss_err store_part_end(struct store *store, bool keep);

/*
 * Housekeeping between transactions: checkpoints when the log is long, and when idle is set (the
 * queue has been empty for some 20 ms) already when it is worth while. And when many S-CSCF names
 * or Diameter addresses came up, those that no registration names any more are removed, a portion a
 * call: there are never more than some for each registration, and a constant. Only on the writing
 * handle. Errors latch, but HSS_ERR_MEMORY and HSS_ERR_BUSY: then another call may do it.
 */
HSS_MUST_CHECK enum hss_err store_maintain(struct store *store, bool idle);

/* How much of a subscription a request needs. */
enum store_view {
	/*
	 * For MAR: the IMPI and IMPUs asked for, all registrations. No profiles (n_profile 0,
	 * ims_impu.profile means nothing), no visited networks, registration_allowed false; no
	 * charging, capabilities or restoration.
	 */
	STORE_VIEW_AUTH,
	/*
	 * For LIR: that, the profiles of the IMPUs asked for (without criteria, service ids and
	 * shared sets), and the capabilities when nothing is Registered or Unregistered.
	 */
	STORE_VIEW_LOCATE,
	/*
	 * For UAR: as STORE_VIEW_AUTH, with visited networks, registration_allowed and
	 * capabilities; everything when an IMPU asked for is barred, for then its siblings count.
	 */
	STORE_VIEW_ADMIT,
	STORE_VIEW_FULL, /* everything; ims_profile.document and its like stay NULL */
};

/*
 * Load the subscription that the identities belong to: that of the IMPI if it is given and known,
 * else that of the first IMPU that is known.
 *
 *   impi    canonical, or NULL when the request has none
 *   impu    n_impu canonical IMPUs; each is looked up and reported in sub->asked_impu. One that is
 *           not there itself is matched against the wildcarded identities (identity.h): the asked
 *           one is then found as the wildcarded IMPU. A distinct match always wins; of several
 *           wildcarded ones the one with the longest text before its expression, then the one of
 *           the smallest name
 *   sub     emptied first (ims_subscription_reset), then filled
 *
 * Returns HSS_OK when the look-up was possible: sub->asked_impi and sub->asked_impu say what was
 * found, sub->id is 0 when nothing was. Otherwise HSS_ERR_INVALID (the rows of this subscription
 * contradict each other or pass a limit; the handle does not latch), HSS_ERR_BUSY, HSS_ERR_STORE,
 * HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err store_subscription_load(struct store *store, const char *impi,
                                                    const char *const *impu, size_t n_impu,
                                                    enum store_view view,
                                                    struct ims_subscription *sub);

/*
 * Save the registration state of a loaded snapshot, whatever its view: S-CSCF name, address and
 * features, reassignment pending, states, pending times, SQNs, vectors counted; restoration
 * information when the snapshot has some (ims_restoration.len 0 removes it); sub->push goes to the
 * outbox (store_push_add). Rows that did not change are not written. An SQN never goes down but by
 * the resynchronisation that the snapshot carries out; nothing here checks that, see auc/sqn.h.
 *
 * Returns HSS_OK, HSS_ERR_NOT_FOUND when the subscription or one of the registrations is gone,
 * HSS_ERR_INVALID for a value out of range, HSS_ERR_STORE, HSS_ERR_FULL.
 */
HSS_MUST_CHECK enum hss_err store_registration_save(struct store *store,
                                                    const struct ims_subscription *sub);

/*
 * Provisioning: store a subscription as the snapshot says, making it when sub->id is 0 (and setting
 * the id). IMPIs and IMPUs that it had and the snapshot lacks are removed; registrations of (IMPI,
 * IRS) that stay are kept as they are in the snapshot. Profiles, charging and capabilities are
 * found by name when their id is 0. Restoration information of what is removed goes with it;
 * sub->push goes to the outbox.
 *
 * Returns HSS_OK; HSS_ERR_EXISTS when an identity belongs to another subscription;
 * HSS_ERR_NOT_FOUND for an unknown profile or subscription id; HSS_ERR_INVALID when the snapshot is
 * inconsistent or passes a limit (store_error names what); HSS_ERR_STORE, HSS_ERR_FULL. When the
 * caller rolls back afterwards sub->id stays set.
 */
HSS_MUST_CHECK enum hss_err store_subscription_put(struct store *store,
                                                   struct ims_subscription *sub);

/* Remove a subscription with everything that belongs to it. HSS_ERR_NOT_FOUND for an unknown id. */
HSS_MUST_CHECK enum hss_err store_subscription_delete(struct store *store, int64_t id);

/*
 * Subscription ids in ascending order, for paging through all of them: the ids above `after`, at
 * most max of them; *n receives how many.
 */
HSS_MUST_CHECK enum hss_err store_subscription_ids(struct store *store, int64_t after, int64_t *ids,
                                                   size_t max, size_t *n);

/* Load a subscription in full by its id. HSS_ERR_NOT_FOUND when it is gone. */
HSS_MUST_CHECK enum hss_err store_subscription_get(struct store *store, int64_t id,
                                                   struct ims_subscription *sub);

/* How many subscriptions there are. */
HSS_MUST_CHECK enum hss_err store_subscription_count(struct store *store, uint64_t *n);

/*
 * What several subscriptions share, each kind with a name of its own: service profiles, shared sets
 * of filter criteria (their name is the id in decimal), charging, capabilities.
 */
enum store_object {
	STORE_OBJECT_PROFILE,
	STORE_OBJECT_IFC_SET,
	STORE_OBJECT_CHARGING,
	STORE_OBJECT_CAPABILITIES,
};

/*
 * Store one: made, or replaced when one of this name exists; sets its id. A profile refers to its
 * shared sets by their ids (ims_ifc_set.id alone counts). unregistered_services of a profile is
 * what it says itself: that of its shared sets is added on loading.
 *
 * Return HSS_OK; HSS_ERR_NOT_FOUND for a shared set that does not exist; HSS_ERR_INVALID when it
 * passes a limit (store_error names what); HSS_ERR_STORE, HSS_ERR_FULL.
 */
HSS_MUST_CHECK enum hss_err store_profile_put(struct store *store, struct ims_profile *profile);
HSS_MUST_CHECK enum hss_err store_ifc_set_put(struct store *store, const struct ims_ifc_set *set);
HSS_MUST_CHECK enum hss_err store_charging_put(struct store *store, struct ims_charging *charging);
HSS_MUST_CHECK enum hss_err store_capabilities_put(struct store *store,
                                                   struct ims_capabilities *capabilities);

/*
 * Its document and id (of a shared set: the one on the wire).
 *
 *   document  receives the text in the arena; NULL when it was made without one (a profile)
 *
 * Returns HSS_OK, HSS_ERR_NOT_FOUND, HSS_ERR_STORE, HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err store_object_get(struct store *store, enum store_object kind,
                                             const char *name, struct arena *arena, int64_t *id,
                                             const char **document);

/*
 * A profile as a snapshot has it, its document too. HSS_ERR_NOT_FOUND for an unknown name.
 */
HSS_MUST_CHECK enum hss_err store_profile_get(struct store *store, const char *name,
                                              struct arena *arena, struct ims_profile *profile);

/* A shared set with its criteria, but without its document. HSS_ERR_NOT_FOUND for an unknown id. */
HSS_MUST_CHECK enum hss_err store_ifc_set_get(struct store *store, uint32_t id, struct arena *arena,
                                              struct ims_ifc_set *set);

/* All names of a kind, ascending, in the arena (ids of shared sets as numbers). */
HSS_MUST_CHECK enum hss_err store_object_names(struct store *store, enum store_object kind,
                                               struct arena *arena, const char ***names, size_t *n);

/*
 * Remove one. HSS_ERR_NOT_FOUND; HSS_ERR_EXISTS when something still refers to it (store_error
 * names what), and for the profile "default". Looks through all IMPUs or subscriptions: some 0.2 s
 * with a million subscribers.
 */
HSS_MUST_CHECK enum hss_err store_object_delete(struct store *store, enum store_object kind,
                                                const char *name);

/*
 * The outbox (design 7): RTRs and PPRs that are owed. Its functions write and read one row a push.
 *
 * store_push_add queues one, waiting, due at once. A PPR for a (subscription, set) for which a PPR
 * waits that was never sent is merged with it (content bits); so a burst of changes is one message.
 * Never sent is: attempts 0, so who sends one stores the attempt before (store_push_update), or
 * what is merged meanwhile is lost. Not merged: PPRs to different hosts, and the HA1s of two IMPIs.
 *
 *   push  id receives the one it became; state, attempts and outcome are not looked at
 *   now  seconds since 1970, taken as created_at and next_at where push has 0 there
 */
HSS_MUST_CHECK enum hss_err store_push_add(struct store *store, struct ims_push *push, int64_t now);

/*
 * What is to be sent now: waiting, next_at not after now, the oldest waiting push of each
 * subscription to each host only: messages about one subscription reach an S-CSCF in their order,
 * and one that is away holds up no other. Ascending by id, those above `after`, at most max.
 *
 *   arena  owns push and its strings
 *   next   receives the earliest next_at of the waiting ones that are not due yet; 0: there is none
 */
HSS_MUST_CHECK enum hss_err store_push_due(struct store *store, int64_t now, int64_t after,
                                           size_t max, struct arena *arena, struct ims_push **push,
                                           size_t *n, int64_t *next);

/* One push by its id: HSS_ERR_NOT_FOUND. */
HSS_MUST_CHECK enum hss_err store_push_get(struct store *store, int64_t id, struct arena *arena,
                                           struct ims_push *push);

/* Pushes above `after`, ascending, at most max; waiting: those that wait only. */
HSS_MUST_CHECK enum hss_err store_push_list(struct store *store, int64_t after, size_t max,
                                            bool waiting, struct arena *arena,
                                            struct ims_push **push, size_t *n);

/* Store what changes in the life of a push: state, times, attempts, outcome, impi, associated.
 * HSS_ERR_NOT_FOUND. */
HSS_MUST_CHECK enum hss_err store_push_update(struct store *store, const struct ims_push *push);

/* Waiting pushes to this host (in any case) become due now, at most max of them: its peer is back.
 * *n receives how many; fewer than max: no more are left. */
HSS_MUST_CHECK enum hss_err store_push_wake(struct store *store, const char *host, int64_t now,
                                            size_t max, size_t *n);

/* Forget pushes that ended before the time given, at most max of them. */
HSS_MUST_CHECK enum hss_err store_push_prune(struct store *store, int64_t ended_before, size_t max,
                                             size_t *n);

/*
 * A change of something shared, still to be followed up: the subscriptions that use it and that an
 * S-CSCF serves have to be looked through, in portions.
 */
struct store_scan {
	int64_t id;
	enum store_object kind; /* not STORE_OBJECT_CAPABILITIES: no S-CSCF is told of those */
	int64_t object;         /* id of it */
	int64_t after;          /* subscriptions up to this id are done */
};

/* Queue one (scan->object is set, id is set by this). One for the same object that has not begun
 * serves for both. */
HSS_MUST_CHECK enum hss_err store_scan_add(struct store *store, struct store_scan *scan);

/* The oldest one. HSS_ERR_NOT_FOUND: none is left. */
HSS_MUST_CHECK enum hss_err store_scan_next(struct store *store, struct store_scan *scan);

/*
 * The next portion: ids of subscriptions with scan->after < id <= scan->after + span that use the
 * object and have an S-CSCF assigned. Bounded work.
 *
 *   span  at least 1
 *   ids   room for max, at least 1; span is reduced so that no more are found
 *   last  receives up to which id this portion goes: the next scan->after; 0: the scan is at its
 * end
 */
HSS_MUST_CHECK enum hss_err store_scan_portion(struct store *store, const struct store_scan *scan,
                                               int64_t span, int64_t *ids, size_t max, size_t *n,
                                               int64_t *last);

/* Note how far a scan has come: after 0 removes it. HSS_ERR_NOT_FOUND when it is gone. */
HSS_MUST_CHECK enum hss_err store_scan_advance(struct store *store, const struct store_scan *scan);

/* A master key that records may be sealed under (hss/keys.h says what is done with it). */
struct store_master_key {
	unsigned id; /* 1 to SEAL_ID_MAX */
	struct seal_key check;
	bool active;            /* what seals; at most one */
	const char *rotated_to; /* see schema/sqlite/0003_secure.sql; never NULL */
	uint64_t unopened;
};

/* All of them, ascending by id, in the arena. */
HSS_MUST_CHECK enum hss_err store_master_keys(struct store *store, struct arena *arena,
                                              struct store_master_key **key, size_t *n);

/* Make or replace the one of this id. HSS_ERR_INVALID when another one is active as well. */
HSS_MUST_CHECK enum hss_err store_master_key_put(struct store *store,
                                                 const struct store_master_key *key);

/* Forget one. HSS_ERR_NOT_FOUND. */
HSS_MUST_CHECK enum hss_err store_master_key_delete(struct store *store, unsigned id);

/* What an IMPI has sealed. */
struct store_sealed {
	const char *impi;
	bool has_key;
	bool has_ha1;
	struct seal_key key;
	struct seal_key ha1;
};

/* IMPIs with sealed records, ascending by name, those above `after` ("": all), at most max, in the
 * arena. */
HSS_MUST_CHECK enum hss_err store_sealed_list(struct store *store, const char *after, size_t max,
                                              struct arena *arena, struct store_sealed **sealed,
                                              size_t *n);

/* Put other records in the place of those that an IMPI has. HSS_ERR_NOT_FOUND. */
HSS_MUST_CHECK enum hss_err store_sealed_update(struct store *store,
                                                const struct store_sealed *sealed);

/* How many records name each master key. Reads all IMPIs: some 0.5 s for a million. */
HSS_MUST_CHECK enum hss_err store_sealed_count(struct store *store,
                                               uint64_t n[static SEAL_ID_MAX + 1]);

#endif
