/* Subscriptions for tests, built piece by piece in a snapshot's arena. */
#ifndef QUINTET_TESTS_SAMPLE_SUB_H
#define QUINTET_TESTS_SAMPLE_SUB_H

#include "hss/subscription.h"

/* Empty it and make room for one piece of each kind more than is allowed; the profile is "default".
 */
void sample_start(struct ims_subscription *sub);

/* Add a piece; the result may be changed further. name is copied. */
struct ims_impi *sample_impi(struct ims_subscription *sub, unsigned no, const char *name);
struct ims_impu *sample_impu(struct ims_subscription *sub, unsigned irs, unsigned position,
                             const char *name);
struct ims_registration *sample_registration(struct ims_subscription *sub, unsigned impi,
                                             unsigned irs);
struct ims_profile *sample_profile(struct ims_subscription *sub, const char *name);
/* len octets of restoration information, none of them is what an S-CSCF would send. */
struct ims_restoration *sample_restoration(struct ims_subscription *sub, unsigned impi,
                                           unsigned irs, size_t len);
void sample_visited(struct ims_subscription *sub, const char *network);

/* The common subscriber: IMPI userN@ims.test, IMPUs sip:userN@ims.test and tel:+4900000N in one
 * set. */
void sample_common(struct ims_subscription *sub, unsigned n);

/* The identities of the common subscriber number n. */
const char *sample_impi_name(unsigned n, char out[static 64]);
const char *sample_impu_name(unsigned n, char out[static 64]);

/* Compare everything but what was asked for; a difference ends the test. */
void sample_assert_equal(const struct ims_subscription *a, const struct ims_subscription *b);

#endif
