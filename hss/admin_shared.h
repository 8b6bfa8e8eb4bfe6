/*
 * What subscribers share, loaded once for a request: the contents of the profiles, charging and
 * capabilities that documents name. Internal to administration.
 */
#ifndef QUINTET_HSS_ADMIN_SHARED_H
#define QUINTET_HSS_ADMIN_SHARED_H

#include "hss/admin_reader.h"
#include "hss/arena.h"
#include "hss/store.h"

struct admin_shared_object;

/* Zeroed but for store. Within one transaction. */
struct admin_shared {
	struct store *store;
	struct arena arena;
	struct admin_shared_object *first;
};

/*
 * Give what r->sub names, and does not have the id of, its id and contents. A name that does not
 * exist is a fault. What is filled in lives as long as the cache.
 */
void admin_shared_fill(struct admin_shared *shared, struct admin_reader *r);

/* A fault for each implicit set of r->sub, filled in, whose user profile would not fit an SAA. */
void admin_shared_check_size(struct admin_reader *r);

void admin_shared_free(struct admin_shared *shared);

#endif
