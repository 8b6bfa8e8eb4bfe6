/*
 * An answer against its request: is it the answer TS 29.229 prescribes, does it come from the HSS,
 * are its vectors those of the subscriber's keys, was none of their SQNs ever seen. What the peer
 * sends is never trusted: every length is checked before it is used.
 */
#ifndef CXBENCH_CHECK_H
#define CXBENCH_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/cxbench/aka.h"
#include "tools/cxbench/faults.h"
#include "tools/cxbench/request.h"
#include "tools/cxbench/sqn_log.h"
#include "tools/cxbench/sqn_set.h"
#include "tools/cxbench/subscribers.h"
#include "tools/cxbench/wire.h"

enum { CHECK_VECTORS_MAX = 64 };

/* What is known of a request that an answer is for. */
struct check_request {
	enum request_kind kind;
	uint32_t hop_by_hop;
	uint32_t end_to_end;
	size_t subscriber;
	const char *origin_host; /* ours, of the connection */
	size_t origin_host_len;
	uint64_t sqn_floor; /* the highest SQN of the IMPI when the request was sent */
};

/* An AVP that was looked for: data NULL when it was absent. */
struct check_text {
	const uint8_t *data;
	size_t len;
};

struct check_item {
	struct check_text scheme, authenticate, authorization, ck, ik;
	uint32_t number; /* SIP-Item-Number, 0 when absent */
};

/* An answer, as far as it is looked at. Points into the message. */
struct check_answer {
	unsigned n_results;
	bool experimental;
	uint32_t result;
	uint32_t result_vendor; /* of an Experimental-Result */
	struct check_text session_id, origin_host, user_name, public_identity, server_name;
	struct check_text user_data, error_message;
	bool has_count;
	uint32_t count; /* SIP-Number-Auth-Items */
	size_t n_items; /* all of them; only the first CHECK_VECTORS_MAX are kept */
	struct check_item item[CHECK_VECTORS_MAX];
};

enum check_outcome { CHECK_SUCCESS, CHECK_BUSY, CHECK_REFUSED, CHECK_FAULTY };

/* What the checks need and what they count. */
struct checker {
	const struct subscribers *subscribers;
	const char *hss; /* its Diameter identity */
	uint32_t n_vectors;
	unsigned verify_percent; /* of the MAAs */
	unsigned verify_due;     /* runs up to 100 */
	unsigned ind_bits;
	bool allow_busy;
	bool allow_refused;
	struct aka *aka;
	struct sqn_set *sqns;
	struct sqn_log *log; /* NULL: none is kept */
	struct faults *faults;
	uint64_t n_verified; /* vectors */
};

/*
 * Take an answer apart.
 *
 * Returns NULL, or what is malformed in it (static text).
 */
const char *check_parse(const uint8_t *message, const struct wire_header *header,
                        struct check_answer *answer);

/*
 * Check an answer that matches a request by its identifiers. Faults are noted.
 *
 *   message  header->length octets
 *   answer   receives what the answer says; only meaningful unless CHECK_FAULTY
 *
 * Returns CHECK_FAULTY when something about the answer is wrong; CHECK_REFUSED for a result that is
 * no success of the procedure, noted as a fault unless allow_refused and the result is
 * UNABLE_TO_COMPLY or UNABLE_TO_DELIVER; CHECK_BUSY for DIAMETER_TOO_BUSY, likewise with
 * allow_busy; else CHECK_SUCCESS.
 */
enum check_outcome check_answer(struct checker *checker, const struct check_request *request,
                                const struct wire_header *header, const uint8_t *message,
                                struct check_answer *answer);

#endif
