/*
 * What the unit tests of the codec check alike: messages sent and received, and whether a struct is
 * the one that went in. For cmocka tests: whatever is not as it should be fails the test.
 */
#ifndef QUINTET_TESTS_CODEC_CHECK_H
#define QUINTET_TESTS_CODEC_CHECK_H

#include "codec_kit.h"

/* A request as its receiver has it, parsed by the rules. */
struct msg *check_request_received(const struct cx_request *req);

/* An answer to req likewise. */
struct msg *check_answer_received(const struct cx_request *req, const struct cx_answer *want);

/* The child behind `after`, the first one for NULL; NULL at the end. */
struct avp *check_child(msg_or_avp *parent, struct avp *after);

/* The first child of that kind, or NULL; an AVP's header. */
struct avp *check_find(msg_or_avp *parent, uint32_t code, uint32_t vendor);
struct avp_hdr *check_header(struct avp *avp);

void assert_texts(const char *const *got, size_t n_got, const char *const *want, size_t n_want);

/* NULL is not the same as no octets. */
void assert_octets(const void *got, size_t got_len, const void *want, size_t want_len);

void assert_features(const struct cx_features *got, const struct cx_features *want);
void assert_request(const struct cx_request *got, const struct cx_request *want);

/* got was decoded from an answer to req that was made of want. */
void assert_answer(const struct cx_answer *got, const struct cx_answer *want,
                   const struct cx_request *req);

/* SIP Digest well and badly formed. */
struct check_digest {
	struct raw_digest digest;
	bool sound;
	bool by_rule; /* the library notices it first */
};
extern const struct check_digest check_digests[];
extern const size_t check_n_digests;

#endif
