/*
 * Resynchronisation: a MAR with a SIP-Authorization of any length, through the parser, the codec
 * and the procedure, against a USIM of our own that may make the AUTS.
 *
 *   octet   0       1        2..7    8..13   14..17  18..33  34..47  48...
 *           choices vectors  SQN_HE  SQN_MS  clock   RAND    mask    SIP-Authorization
 *
 * By the choices SIP-Authorization is RAND and the USIM's AUTS, that XOR mask, or what the input
 * has from octet 48 on.
 */
#undef NDEBUG /* the fixture's own checks */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "auc/milenage.h"
#include "auc/sqn.h"
#include "codec_kit.h"
#include "fuzz.h"
#include "subscription_fixture.h"

enum {
	IND_BITS = 5,
	RESYNC_LEN = AUC_RAND_LEN + AUC_AUTS_LEN,
	CHOICE_TIME_BASED = 1,
	CHOICE_OTHER_SCSCF = 2,
	CHOICE_ANY_OCTETS = 4,
	CHOICE_REGISTERED = 8,
	CHOICE_NO_SCSCF = 16,
};

struct plan {
	uint8_t choices;
	uint8_t n_vectors;
	uint64_t sqn_he;
	uint64_t sqn_ms;
	int64_t now;
	uint8_t rand[AUC_RAND_LEN];
	uint8_t mask[AUC_AUTS_LEN];
	uint8_t authorization[RAW_DATA_MAX / 2];
	size_t len;
	bool genuine; /* the AUTS is the USIM's */
};

static bool has(const struct plan *plan, unsigned choice)
{
	return (plan->choices & choice) != 0;
}

/* What a USIM whose highest SQN is sqn_ms answers (TS 33.102 6.3.3). */
static void auts_make(struct fixture *f, const struct plan *plan, uint8_t auts[AUC_AUTS_LEN])
{
	static const uint8_t amf[AUC_AMF_LEN] = {0};
	uint8_t ak[AUC_AK_LEN];

	FUZZ_CHECK(milenage_f5star(f->env.auc, &f->key[0], plan->rand, ak) == AUC_OK);
	for (unsigned i = 0; i < AUC_SQN_LEN; i++) {
		auts[i] = (uint8_t)(plan->sqn_ms >> 8 * (AUC_SQN_LEN - 1 - i)) ^ ak[i];
	}
	FUZZ_CHECK(milenage_f1star(f->env.auc, &f->key[0], plan->rand, plan->sqn_ms, amf,
	                           auts + AUC_SQN_LEN) == AUC_OK);
}

static void authorization_make(struct fixture *f, struct plan *plan, struct fuzz_in *in)
{
	uint8_t auts[AUC_AUTS_LEN];
	uint8_t changed = 0;

	if (has(plan, CHOICE_ANY_OCTETS)) {
		plan->len = in->left < sizeof(plan->authorization) ? in->left
		                                                   : sizeof(plan->authorization);
		fuzz_octets(in, plan->authorization, plan->len);
		return;
	}
	auts_make(f, plan, auts);
	for (size_t i = 0; i < AUC_AUTS_LEN; i++) {
		auts[i] ^= plan->mask[i];
		changed |= plan->mask[i];
	}
	memcpy(plan->authorization, plan->rand, AUC_RAND_LEN);
	memcpy(plan->authorization + AUC_RAND_LEN, auts, AUC_AUTS_LEN);
	plan->len = RESYNC_LEN;
	plan->genuine = changed == 0;
}

static struct plan plan_read(struct fuzz_in *in)
{
	struct plan plan = {.choices = fuzz_u8(in), .n_vectors = fuzz_u8(in)};

	plan.sqn_he = fuzz_number(in, AUC_SQN_LEN);
	plan.sqn_ms = fuzz_number(in, AUC_SQN_LEN);
	plan.now = (int64_t)fuzz_number(in, sizeof(uint32_t));
	fuzz_octets(in, plan.rand, sizeof(plan.rand));
	fuzz_octets(in, plan.mask, sizeof(plan.mask));
	return plan;
}

static void set_text(struct raw *raw, uint32_t code, uint32_t vendor, const char *value)
{
	raw_set(raw_find(raw, code, vendor, 0), value, strlen(value));
}

/* The MAR as it comes from the wire. */
static struct msg *mar_make(const struct plan *plan)
{
	static struct raw raw;
	static uint8_t octets[RAW_LEN_MAX];
	static const char scheme[] = CX_SCHEME_NAME_DIGEST_AKAV1_MD5;
	const uint8_t n_vectors[] = {0, 0, 0, plan->n_vectors};
	struct raw_avp *item = NULL;
	struct fd_pei pei = {0};
	struct msg *msg = NULL;
	int ret = 0;

	raw_request(&raw, CX_CMD_MAR);
	set_text(&raw, CX_BASE_AVP_USER_NAME, 0, IMPI_1);
	set_text(&raw, CX_AVP_PUBLIC_IDENTITY, CX_VENDOR_3GPP, ALICE);
	set_text(&raw, CX_AVP_SERVER_NAME, CX_VENDOR_3GPP,
	         has(plan, CHOICE_OTHER_SCSCF) ? SCSCF_2 : SCSCF_1);
	raw_set(raw_find(&raw, CX_AVP_SIP_NUMBER_AUTH_ITEMS, CX_VENDOR_3GPP, 0), n_vectors,
	        sizeof(n_vectors));
	item = raw_find(&raw, CX_AVP_SIP_AUTH_DATA_ITEM, CX_VENDOR_3GPP, 0);
	raw_set(item, "", 0);
	raw_member(item, CX_AVP_SIP_AUTHENTICATION_SCHEME, CX_VENDOR_3GPP, scheme,
	           sizeof(scheme) - 1);
	raw_member(item, CX_AVP_SIP_AUTHORIZATION, CX_VENDOR_3GPP, plan->authorization, plan->len);
	msg = kit_parse(octets, raw_octets(&raw, octets), &pei, &ret);
	FUZZ_CHECK(msg != NULL);
	kit_pei_free(&pei);
	if (ret != 0) {
		(void)fd_msg_free(msg);
		return NULL;
	}
	return msg;
}

/* The SQN that the first vector carries, concealed, in its AUTN. */
static uint64_t sqn_of(struct fixture *f, const struct auc_vector *vector)
{
	uint8_t ak[AUC_AK_LEN];
	uint64_t sqn = 0;

	FUZZ_CHECK(milenage_f5(f->env.auc, &f->key[0], vector->rand, ak) == AUC_OK);
	for (unsigned i = 0; i < AUC_SQN_LEN; i++) {
		sqn = sqn << 8 | (uint8_t)(vector->autn[i] ^ ak[i]);
	}
	return sqn;
}

static uint64_t seq_of(uint64_t sqn)
{
	return sqn >> IND_BITS;
}

/* TS 33.102 6.3.5 and C.2.1: the USIM takes the vectors, and SQN_HE is no lower than it has to be.
 */
static void check_served(struct fixture *f, const struct plan *plan)
{
	const struct auc_sqn_rule rule = {IND_BITS, f->policy.sqn_time_based, f->env.now};
	const uint64_t last = f->sub.impi[0].sqn;
	const uint64_t first = sqn_of(f, &f->ans.vector[0]);
	const uint64_t seq_ms = seq_of(plan->sqn_ms);
	uint64_t next = 0;

	FUZZ_CHECK(f->ans.n_vectors >= 1 && f->ans.n_vectors <= f->policy.auth_vectors_max);
	FUZZ_CHECK(f->ans.n_vectors <= plan->n_vectors);
	FUZZ_CHECK(sqn_of(f, &f->ans.vector[f->ans.n_vectors - 1]) == last);
	FUZZ_CHECK(first <= last && last <= AUC_SQN_MAX);
	FUZZ_CHECK(seq_of(first) > seq_ms && seq_of(first) <= seq_ms + AUC_SQN_DELTA);
	if (first <= plan->sqn_he) { /* down, then, and only because the USIM refuses all above */
		FUZZ_CHECK(auc_sqn_next(plan->sqn_he, &rule, 0, &next) != AUC_OK ||
		           seq_of(next) > seq_ms + AUC_SQN_DELTA);
	}
}

static void check_refused(const struct fixture *f, const struct plan *plan)
{
	FUZZ_CHECK(f->sub.impi[0].sqn == plan->sqn_he);
	FUZZ_CHECK(f->ans.n_vectors == 0 && f->ans.verdict.message[0] != '\0');
}

/* SEQ may come to its end, where nobody is served any more. */
static bool near_end(uint64_t sqn)
{
	return seq_of(sqn) + AUC_VECTORS_MAX + (1U << AUC_SQN_GLC_BITS) > seq_of(AUC_SQN_MAX);
}

/* Returns whether it was served. */
static bool decide(struct fixture *f, const struct plan *plan)
{
	const bool theirs = !has(plan, CHOICE_OTHER_SCSCF | CHOICE_NO_SCSCF);

	(void)fixture_decide(f);
	if (f->ans.verdict.result == CX_SUCCESS) {
		FUZZ_CHECK(plan->genuine && theirs);
		check_served(f, plan);
		return true;
	}
	check_refused(f, plan);
	FUZZ_CHECK(!plan->genuine || !theirs || plan->n_vectors == 0 || near_end(plan->sqn_he) ||
	           near_end(plan->sqn_ms));
	return false;
}

/* An AUTS that comes again gets no other judgement: it cannot take SQN back. */
static void decide_twice(struct fixture *f, const struct cx_request *req, struct plan *plan)
{
	f->req = *req;
	if (decide(f, plan)) {
		plan->sqn_he = f->sub.impi[0].sqn;
		(void)decide(f, plan);
	}
}

static void serve(struct fixture *f, struct plan *plan, struct arena *arena)
{
	static const char *const impus[] = {ALICE, NULL};
	struct msg *msg = mar_make(plan);
	struct cx_request req;
	struct cx_verdict verdict;

	if (msg == NULL) {
		return;
	}
	FUZZ_CHECK(cx_request_decode(msg, arena, &req, &verdict) == HSS_OK);
	if (plan->len != RESYNC_LEN) {
		FUZZ_CHECK(verdict.result == CX_INVALID_AVP_LENGTH);
	} else {
		FUZZ_CHECK(verdict.result == CX_NO_RESULT && req.mar.resync);
		fixture_ask(f, CX_CMD_MAR, IMPI_1, impus);
		decide_twice(f, &req, plan);
	}
	(void)fd_msg_free(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	static struct fixture f;
	struct fuzz_in in = {data, size};
	struct plan plan = plan_read(&in);
	struct arena arena = {0};

	(void)kit_dictionary();
	if (!ready) {
		FUZZ_CHECK(fixture_group_setup(NULL) == 0);
		ready = true;
	}
	fixture_open(&f, has(&plan, CHOICE_NO_SCSCF)     ? ""
	                 : has(&plan, CHOICE_REGISTERED) ? "11R @1"
	                                                 : "11Np @1");
	f.sub.impi[0].sqn = plan.sqn_he;
	f.policy.sqn_time_based = has(&plan, CHOICE_TIME_BASED);
	f.env.now = plan.now;
	authorization_make(&f, &plan, &in);
	serve(&f, &plan, &arena);
	arena_free(&arena);
	fixture_close(&f);
	return 0;
}
