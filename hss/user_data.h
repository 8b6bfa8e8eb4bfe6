/* User-Data: the profile document of one implicit registration set (TS 29.228 Annexes B to F). */
#ifndef QUINTET_HSS_USER_DATA_H
#define QUINTET_HSS_USER_DATA_H

#include <stddef.h>

#include "hss/subscription.h"

/*
 * Write the profile of an implicit registration set.
 *
 *   sub   the subscription, loaded in full; the document is allocated in its arena
 *   impi  index into sub->impi, for PrivateID
 *   irs   number of the set; every IMPU of it is in the document, barred ones too. The profile of
 * the default IMPU comes first, then the others as they are met; within a profile the order of the
 * set stands. So the first unbarred identity of the document is the default IMPU doc, len  receive
 * the UTF-8 document, NUL-terminated, and its length in octets without the NUL
 *
 * Returns HSS_OK, HSS_ERR_LIMIT when the document would not fit an SAA of 64 KiB, HSS_ERR_INVALID
 * when the set is empty or a text of it cannot stand in XML (control character, not UTF-8), or
 * HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err user_data_write(struct ims_subscription *sub, size_t impi, unsigned irs,
                                            const char **doc, size_t *len);

#endif
