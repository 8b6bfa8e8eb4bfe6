/* Multimedia-Auth-Request: TS 29.228 6.3.1, TS 33.102 6.3.5, TS 33.203 6.1. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "auc/milenage.h"
#include "auc/sqn.h"
#include "subscription_fixture.h"

static void ask(struct fixture *f, const char *impi, const char *impu, uint32_t n)
{
	fixture_ask(f, CX_CMD_MAR, impi, (const char *[]){impu, NULL});
	f->req.mar = (struct cx_mar){
		.server_name = SCSCF_1,
		.scheme = CX_SCHEME_AKA_V1,
		.scheme_name = CX_SCHEME_NAME_DIGEST_AKAV1_MD5,
		.n_vectors = n,
	};
}

static void from_scscf_2(struct fixture *f)
{
	f->req.mar.server_name = SCSCF_2;
	f->req.origin_host = "scscf2.home.example";
}

static uint64_t sqn_read(const uint8_t octets[static AUC_SQN_LEN])
{
	uint64_t sqn = 0;

	for (size_t i = 0; i < AUC_SQN_LEN; i++) {
		sqn = sqn << 8 | octets[i];
	}
	return sqn;
}

static void sqn_write(uint64_t sqn, uint8_t octets[static AUC_SQN_LEN])
{
	for (size_t i = AUC_SQN_LEN; i-- > 0; sqn >>= 8) {
		octets[i] = (uint8_t)sqn;
	}
}

/* R17: recompute a vector with the single functions of Milenage; returns its SQN. */
static uint64_t vector_check(struct fixture *f, size_t impi, const struct auc_vector *v)
{
	const struct auc_key *key = &f->key[impi];
	const uint8_t *amf = f->sub.impi[impi].amf;
	uint8_t out[AUC_BLOCK_LEN];
	uint8_t sqn[AUC_SQN_LEN];

	assert_int_equal(milenage_f5(f->env.auc, key, v->rand, out), AUC_OK);
	for (size_t i = 0; i < AUC_SQN_LEN; i++) {
		sqn[i] = v->autn[i] ^ out[i];
	}
	assert_memory_equal(v->autn + AUC_SQN_LEN, amf, AUC_AMF_LEN);
	assert_int_equal(milenage_f1(f->env.auc, key, v->rand, sqn_read(sqn), amf, out), AUC_OK);
	assert_memory_equal(v->autn + AUC_SQN_LEN + AUC_AMF_LEN, out, AUC_MAC_LEN);
	assert_int_equal(milenage_f2(f->env.auc, key, v->rand, out), AUC_OK);
	assert_memory_equal(v->xres, out, AUC_XRES_LEN);
	assert_int_equal(milenage_f3(f->env.auc, key, v->rand, out), AUC_OK);
	assert_memory_equal(v->ck, out, AUC_CK_LEN);
	assert_int_equal(milenage_f4(f->env.auc, key, v->rand, out), AUC_OK);
	assert_memory_equal(v->ik, out, AUC_IK_LEN);
	return sqn_read(sqn);
}

/* The SQNs of an answer: ascending by one SEQ, of one IND; the last one is the one stored. R19,
 * R21. */
static void vectors_check(struct fixture *f, size_t impi, size_t n, uint64_t seq_first,
                          unsigned ind)
{
	assert_int_equal(f->ans.n_vectors, n);
	for (size_t i = 0; i < n; i++) {
		const uint64_t sqn = vector_check(f, impi, &f->ans.vector[i]);

		assert_int_equal(auc_sqn_seq(sqn, 5), seq_first + i);
		assert_int_equal(auc_sqn_ind(sqn, 5), ind);
		if (i == n - 1) {
			assert_int_equal(f->sub.impi[impi].sqn, sqn);
		}
		for (size_t k = 0; k < i; k++) { /* R20 */
			assert_memory_not_equal(f->ans.vector[k].rand, f->ans.vector[i].rand,
			                        AUC_RAND_LEN);
		}
	}
}

/* What the USIM answers to RAND when its highest SQN is sqn_ms. */
static void resync_ask(struct fixture *f, uint64_t sqn_ms)
{
	uint8_t ak[AUC_AK_LEN];

	ask(f, IMPI_1, ALICE, 1);
	f->req.mar.resync = true;
	memset(f->req.mar.rand, 0xa5, AUC_RAND_LEN);
	assert_int_equal(milenage_f5star(f->env.auc, &f->key[0], f->req.mar.rand, ak), AUC_OK);
	assert_int_equal(milenage_f1star(f->env.auc, &f->key[0], f->req.mar.rand, sqn_ms,
	                                 milenage_amf_resync, f->req.mar.auts + AUC_SQN_LEN),
	                 AUC_OK);
	sqn_write(sqn_ms, f->req.mar.auts);
	for (size_t i = 0; i < AUC_SQN_LEN; i++) {
		f->req.mar.auts[i] ^= ak[i];
	}
}

static void scheme_other(struct fixture *f)
{
	f->req.mar.scheme = CX_SCHEME_OTHER;
	f->req.mar.scheme_name = CX_SCHEME_NAME_SIP_DIGEST;
}

static void scheme_unknown(struct fixture *f)
{
	f->req.mar.scheme = CX_SCHEME_UNKNOWN;
	f->req.mar.scheme_name = "unknown";
}

static void scheme_unknown_strict(struct fixture *f)
{
	scheme_unknown(f);
	f->policy.unknown_scheme_strict = true;
}

static void none_asked(struct fixture *f)
{
	f->req.mar.n_vectors = 0;
}

static void scheme_other_none_asked(struct fixture *f)
{
	scheme_other(f);
	none_asked(f);
}

static void no_key(struct fixture *f)
{
	f->sub.impi[0].has_key = false;
}

static void key_of_another(struct fixture *f)
{
	f->sub.impi[0].key = f->sub.impi[1].key;
}

static void rng_fails(struct fixture *f)
{
	f->rng_fails = true;
}

static void sqn_at_end(struct fixture *f)
{
	f->sub.impi[0].sqn = AUC_SQN_MAX;
}

static void sqn_near_end(struct fixture *f)
{
	f->sub.impi[0].sqn = AUC_SQN_MAX - (UINT64_C(2) << 5); /* two more SEQ, three asked for */
	f->req.mar.n_vectors = 3;
}

static void auts_wrong(struct fixture *f)
{
	resync_ask(f, 4711 << 5);
	f->req.mar.auts[AUC_AUTS_LEN - 1] ^= 1;
}

static void auts_garbage(struct fixture *f)
{
	resync_ask(f, 4711 << 5);
	memset(f->req.mar.auts, 0, AUC_AUTS_LEN);
}

static void auts_from_another(struct fixture *f)
{
	resync_ask(f, 4711 << 5);
	from_scscf_2(f);
}

static void auts_right(struct fixture *f)
{
	resync_ask(f, 4711 << 5);
}

static void auts_none_asked(struct fixture *f)
{
	resync_ask(f, 4711 << 5);
	none_asked(f);
}

static void auts_at_end(struct fixture *f)
{
	resync_ask(f, AUC_SQN_MAX);
}

static void auts_rng_fails(struct fixture *f)
{
	resync_ask(f, 4711 << 5);
	f->rng_fails = true;
}

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): the order is that of reading a row */
static const struct row {
	const char *what;
	const char *state;
	const char *impi;
	const char *impu;
	void (*arrange)(struct fixture *f);
	enum cx_result result;
	const char *after;
	uint32_t failed_avp;
} rows[] = {
	/* Steps 1 to 3. */
	{"1: IMPI unknown", "", STRANGER, ALICE, .result = CX_ERROR_USER_UNKNOWN},
	{"1: IMPU unknown", "", IMPI_1, NOBODY, .result = CX_ERROR_USER_UNKNOWN},
	{"2: only a wildcard matches", "", IMPI_1, DESK_42, .result = CX_ERROR_USER_UNKNOWN},
	{"2: a public service identity", "", IMPI_PSI, CHAT, .result = CX_ERROR_USER_UNKNOWN},
	{"3: IMPU of another subscription, R3", "", IMPI_1, BOB,
         .result = CX_ERROR_IDENTITIES_DONT_MATCH},
	{"3: IMPU of another IMPI, R3", "", IMPI_2, WORK, .result = CX_ERROR_IDENTITIES_DONT_MATCH},
	/* Step 4. */
	{"4: SIP Digest", "", IMPI_1, ALICE, scheme_other,
         .result = CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED},
	{"4: Unknown is the stored scheme", "", IMPI_1, ALICE, scheme_unknown, .result = CX_SUCCESS,
         .after = "11Np @1"},
	{"4: Unknown, strict", "", IMPI_1, ALICE, scheme_unknown_strict,
         .result = CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED},
	{"4: no vector asked, R18", "", IMPI_1, ALICE, none_asked, .result = CX_INVALID_AVP_VALUE,
         .failed_avp = CX_AVP_SIP_NUMBER_AUTH_ITEMS},
	{"4: the scheme comes before the number", "", IMPI_1, ALICE, scheme_other_none_asked,
         .result = CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED},
	{"4: no key", "", IMPI_1, ALICE, no_key, .result = CX_UNABLE_TO_COMPLY},
	/* Step 4, resynchronisation: R23. */
	{"4: AUTS, nothing assigned", "", IMPI_1, ALICE, auts_right, .result = CX_UNABLE_TO_COMPLY},
	{"4: AUTS from a foreign S-CSCF", "11R @1", IMPI_1, ALICE, auts_from_another,
         .result = CX_UNABLE_TO_COMPLY},
	{"4: AUTS from a foreign S-CSCF, authenticating", "11Np @1", IMPI_1, ALICE,
         auts_from_another, .result = CX_UNABLE_TO_COMPLY},
	{"4: AUTS, MAC-S wrong", "11Np @1", IMPI_1, ALICE, auts_wrong,
         .result = CX_UNABLE_TO_COMPLY},
	{"4: AUTS, all zero", "11R @1", IMPI_1, ALICE, auts_garbage, .result = CX_UNABLE_TO_COMPLY},
	{"4: AUTS, no vector asked", "11Np @1", IMPI_1, ALICE, auts_none_asked,
         .result = CX_INVALID_AVP_VALUE, .failed_avp = CX_AVP_SIP_NUMBER_AUTH_ITEMS},
	{"4: AUTS moves the SQN only", "11Nq @1", IMPI_1, ALICE, auts_right, .result = CX_SUCCESS,
         .after = "11Nq @1"},
	{"4: AUTS, Registered", "11R @1", IMPI_1, ALICE, auts_right, .result = CX_SUCCESS,
         .after = "11R @1"},
	{"4: AUTS that comes late", "11Nx @1", IMPI_1, ALICE, auts_right, .result = CX_SUCCESS,
         .after = "11Nx @1"},
	{"4: AUTS with the last SQN there is", "11Np @1", IMPI_1, ALICE, auts_at_end,
         .result = CX_UNABLE_TO_COMPLY},
	{"4: AUTS, no random octets", "11Np @1", IMPI_1, ALICE, auts_rng_fails,
         .result = CX_UNABLE_TO_COMPLY},
	/* Step 5: R4 R5 R6 R14. */
	{"5: Registered, other S-CSCF", "11R @1", IMPI_1, ALICE, from_scscf_2, .result = CX_SUCCESS,
         .after = "11Rp @2"},
	{"5: Registered, same S-CSCF", "11R @1", IMPI_1, ALICE, NULL, .result = CX_SUCCESS,
         .after = "11R @1"},
	{"5: Registered by the other IMPI, same S-CSCF", "21R @1", IMPI_1, ALICE, NULL,
         .result = CX_SUCCESS, .after = "21R @1"},
	{"5: Registered by the other IMPI, other S-CSCF", "21R @1", IMPI_1, ALICE, from_scscf_2,
         .result = CX_SUCCESS, .after = "11Np 21R @2"},
	{"5: Unregistered, other S-CSCF", "11U @1", IMPI_1, ALICE, from_scscf_2,
         .result = CX_SUCCESS, .after = "11Up @2"},
	{"5: Unregistered, same S-CSCF", "11U @1", IMPI_1, ALICE, NULL, .result = CX_SUCCESS,
         .after = "11Up @1"},
	{"5: Not Registered, nothing stored", "", IMPI_1, ALICE, NULL, .result = CX_SUCCESS,
         .after = "11Np @1"},
	{"5: Not Registered, another IMPU of the set, R8", "", IMPI_1, ALICE_TEL, NULL,
         .result = CX_SUCCESS, .after = "11Np @1"},
	{"5: Not Registered, other S-CSCF", "11Nq @1", IMPI_1, ALICE, from_scscf_2,
         .result = CX_SUCCESS, .after = "11Np @2"},
	{"5: Not Registered, same S-CSCF", "11Nq @1", IMPI_1, ALICE, NULL, .result = CX_SUCCESS,
         .after = "11Np @1"},
	{"5: Not Registered, pending ran out", "11Nx @2", IMPI_1, ALICE, NULL, .result = CX_SUCCESS,
         .after = "11Np @1"},
	{"5: barred, R2", "", IMPI_1, BARRED, NULL, .result = CX_SUCCESS, .after = "13Np @1"},
	/* All other situations. */
	{"sealed for another IMPI", "11R @1", IMPI_1, ALICE, key_of_another,
         .result = CX_UNABLE_TO_COMPLY},
	{"no random octets", "", IMPI_1, ALICE, rng_fails, .result = CX_UNABLE_TO_COMPLY},
	{"SEQ at its end", "", IMPI_1, ALICE, sqn_at_end, .result = CX_UNABLE_TO_COMPLY},
	{"SEQ has not enough left", "", IMPI_1, ALICE, sqn_near_end, .result = CX_UNABLE_TO_COMPLY},
};

static void mar_answers_each_branch(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct fixture f;

		fixture_open(&f, row->state);
		ask(&f, row->impi, row->impu, 1);
		if (row->arrange != NULL) {
			row->arrange(&f);
		}
		/* fixture_expect: what is refused leaves state and SQN alone, and gives no vector.
		 */
		fixture_expect(&f, row->what, row->result, row->after);
		assert_int_equal(f.ans.verdict.failed_avp, row->failed_avp);
		assert_int_equal(f.ans.verdict.failed_avp_vendor,
		                 row->failed_avp != 0 ? CX_VENDOR_3GPP : CX_VENDOR_NONE);
		assert_int_equal(f.ans.n_vectors, row->result == CX_SUCCESS ? 1 : 0);
		if (row->result == CX_SUCCESS) {
			fixture_expect_text(row->what, f.ans.impi, row->impi);
			fixture_expect_text(row->what, f.ans.impu, row->impu);
			vector_check(&f, 0, &f.ans.vector[0]);
		}
		fixture_close(&f);
	}
}

static void refusal_leaves_no_key_in_the_answer(void **state)
{
	static const struct auc_vector zero[AUC_VECTORS_MAX];
	struct fixture f;

	(void)state;
	fixture_open(&f, "");
	ask(&f, IMPI_1, ALICE, 1);
	f.rng_fails = true;
	fixture_decide(&f);
	assert_int_equal(f.ans.verdict.result, CX_UNABLE_TO_COMPLY);
	assert_memory_equal(f.ans.vector, zero, sizeof(zero));
	fixture_close(&f);
}

static void failure_says_what_failed(void **state)
{
	static const struct {
		void (*arrange)(struct fixture *f);
		const char *message;
	} cases[] = {
		{sqn_at_end, "making an authentication vector for " IMPI_1
	                     " failed: sequence numbers exhausted"},
		{rng_fails, "making an authentication vector for " IMPI_1 " failed: "},
		{auts_rng_fails, "making an authentication vector for " IMPI_1 " failed: "},
		{auts_wrong, "resynchronisation for " IMPI_1 " failed: MAC-S is wrong"},
		{key_of_another,
	         "the stored key of " IMPI_1 " cannot be used: sealed key does not open"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		fixture_open(&f, "11R @1");
		ask(&f, IMPI_1, ALICE, 1);
		cases[i].arrange(&f);
		fixture_decide(&f);
		if (strncmp(f.ans.verdict.message, cases[i].message, strlen(cases[i].message)) !=
		    0) {
			fail_msg("%s: %s", cases[i].message, f.ans.verdict.message);
		}
		fixture_close(&f);
	}
}

/* R18: the HSS may deliver fewer than asked, never more. */
static void number_of_vectors_is_the_smaller_one(void **state)
{
	static const struct {
		uint32_t asked;
		unsigned max;
		size_t delivered;
	} cases[] = {{1, 5, 1},    {5, 5, 5}, {6, 5, 5}, {UINT32_MAX, 5, 5}, {UINT32_MAX, 32, 32},
	             {32, 32, 32}, {3, 1, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		fixture_open(&f, "");
		f.policy.auth_vectors_max = cases[i].max;
		f.sub.impi[0].sqn = (100 << 5) | 3;
		f.sub.impi[0].sqn_scscf = SCSCF_1;
		ask(&f, IMPI_1, ALICE, cases[i].asked);
		fixture_expect(&f, "number", CX_SUCCESS, "11Np @1");
		vectors_check(&f, 0, cases[i].delivered, 101, 3);
		fixture_close(&f);
	}
}

/* TS 33.102 C.3.4: the same S-CSCF keeps its IND, another one gets the next of the range. */
static void ind_follows_the_scscf(void **state)
{
	static const struct {
		uint64_t sqn;
		const char *holder;
		unsigned first;
		unsigned count;
		unsigned ind;
	} cases[] = {
		{(9 << 5) | 4, SCSCF_1, 0, 32, 4},
		{(9 << 5) | 4, SCSCF_2, 0, 32, 5},
		{(9 << 5) | 4, NULL, 0, 32, 5},
		{(9 << 5) | 31, SCSCF_2, 0, 32, 0},
		{(9 << 5) | 28, SCSCF_1, 28, 4, 28},
		{(9 << 5) | 31, SCSCF_2, 28, 4, 28},
		{(9 << 5) | 4, SCSCF_1, 28, 4, 28}, /* the range was changed */
		{(9 << 5) | 4, SCSCF_1, 0, 4, 0},
		{(9 << 5) | 3, SCSCF_1, 0, 4, 3},
		{(9 << 5) | 4, "sip:SCSCF1.home.example:5060", 0, 32, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		fixture_open(&f, "11R @1");
		f.policy.ind_first = cases[i].first;
		f.policy.ind_count = cases[i].count;
		f.sub.impi[0].sqn = cases[i].sqn;
		f.sub.impi[0].sqn_scscf = cases[i].holder;
		ask(&f, IMPI_1, ALICE, 2);
		fixture_decide(&f);
		assert_int_equal(f.ans.verdict.result, CX_SUCCESS);
		vectors_check(&f, 0, 2, 10, cases[i].ind);
		assert_true(scscf_name_equal(f.sub.impi[0].sqn_scscf, SCSCF_1));
		fixture_close(&f);
	}
}

/* R22: the first SQN of a new IMPI has SEQ 1. */
static void first_sqn_has_seq_1(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "");
	ask(&f, IMPI_1, ALICE, 1);
	fixture_decide(&f);
	assert_int_equal(auc_sqn_seq(vector_check(&f, 0, &f.ans.vector[0]), 5), 1);
	fixture_close(&f);
}

/* TS 33.102 C.3: profile 1 takes SEQ from the time of the request, profile 2 never looks at it. */
static void profile_decides_how_seq_goes_on(void **state)
{
	static const struct {
		bool time_based;
		int64_t later;
		uint64_t seq_he;
		uint64_t seq_next;
	} cases[] = {
		{false, 0, 10, 11},
		{true, 0, 10, FIXTURE_NOW},
		{true, 0, 0, FIXTURE_NOW},
		{true, 500, FIXTURE_NOW, FIXTURE_NOW + 500},
		{true, 0, FIXTURE_NOW + 500, FIXTURE_NOW + 501}, /* from profile 2, or a burst */
		{true, -FIXTURE_NOW, FIXTURE_NOW, 1 << 24},      /* the clock says 1970 */
		{false, -FIXTURE_NOW, FIXTURE_NOW + 500, FIXTURE_NOW + 501}, /* back to profile 2 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		fixture_open(&f, "11R @1");
		f.policy.sqn_time_based = cases[i].time_based;
		f.env.now += cases[i].later;
		f.sub.impi[0].sqn = cases[i].seq_he << 5 | 7;
		f.sub.impi[0].sqn_scscf = SCSCF_1;
		ask(&f, IMPI_1, ALICE, 3);
		fixture_decide(&f);
		vectors_check(&f, 0, 3, cases[i].seq_next, 7);
		fixture_close(&f);
	}
}

/* The range test of a resynchronisation is about the SQN that the clock gives. */
static void resynchronisation_in_profile_1_goes_by_the_clock(void **state)
{
	static const struct {
		uint64_t seq_he;
		uint64_t seq_ms;
		uint64_t seq_next;
	} cases[] = {
		{10, FIXTURE_NOW - 1, FIXTURE_NOW}, /* SQN_HE stays: what comes is taken */
		{10, FIXTURE_NOW, FIXTURE_NOW + 1}, /* up */
		{FIXTURE_NOW + 9, FIXTURE_NOW, FIXTURE_NOW + 10}, /* an AUTS sent again */
		/* The USIM would take SEQ_HE + 1, but not where the clock leads. */
		{10 + (1 << 28), 11, FIXTURE_NOW},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		fixture_open(&f, "11Np @1");
		f.policy.sqn_time_based = true;
		f.sub.impi[0].sqn = cases[i].seq_he << 5 | 7;
		f.sub.impi[0].sqn_scscf = SCSCF_1;
		resync_ask(&f, cases[i].seq_ms << 5 | 19);
		f.req.mar.n_vectors = 2;
		fixture_expect(&f, "resynchronisation", CX_SUCCESS, "11Np @1");
		vectors_check(&f, 0, 2, cases[i].seq_next, 7);
		fixture_close(&f);
	}
}

/* R2: two IMPUs of one IMPI draw from one SQN; another IMPI has its own. */
static void sqn_belongs_to_the_impi(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "11R @1");
	ask(&f, IMPI_1, ALICE, 1);
	fixture_decide(&f);
	vectors_check(&f, 0, 1, 1, 1);
	ask(&f, IMPI_1, WORK, 2);
	fixture_decide(&f);
	vectors_check(&f, 0, 2, 2, 1);
	ask(&f, IMPI_2, ALICE, 1);
	fixture_decide(&f);
	vectors_check(&f, 1, 1, 1, 1);
	fixture_close(&f);
}

/* R23 R24, TS 33.102 6.3.5: SQN_HE below, within and above what the USIM takes. */
static void resynchronisation_moves_the_sqn_only_when_needed(void **state)
{
	static const struct {
		uint64_t seq_he;
		uint64_t seq_ms;
		uint64_t seq_next;
	} cases[] = {
		{10, 5000, 5001},                    /* the USIM is ahead */
		{10, 10, 11},                        /* SQN_HE + 1 is taken */
		{5000, 10, 5001},                    /* a replayed AUTS rolls nothing back */
		{(1 << 28) + 9, 10, (1 << 28) + 10}, /* the last that is within delta */
		{(1 << 28) + 10, 10, 11},            /* too far ahead for the USIM: down */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		fixture_open(&f, "11Np @1");
		f.sub.impi[0].sqn = cases[i].seq_he << 5 | 7;
		f.sub.impi[0].sqn_scscf = SCSCF_1;
		resync_ask(&f, cases[i].seq_ms << 5 | 19);
		f.req.mar.n_vectors = 2;
		fixture_expect(&f, "resynchronisation", CX_SUCCESS, "11Np @1");
		vectors_check(&f, 0, 2, cases[i].seq_next, 7);
		fixture_close(&f);
	}
}

static void repeated_auts_never_repeats_an_sqn(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "11Np @1");
	resync_ask(&f, 5000 << 5);
	for (uint64_t i = 0; i < 50; i++) {
		fixture_decide(&f);
		vectors_check(&f, 0, 1, 5001 + i, 1);
	}
	fixture_close(&f);
}

/* R15: a MAR that is repeated is answered again, with fresh vectors. R20. */
static void repeated_mar_gives_fresh_vectors(void **state)
{
	struct auc_vector first;
	struct fixture f;

	(void)state;
	fixture_open(&f, "");
	ask(&f, IMPI_1, ALICE, 1);
	fixture_decide(&f);
	first = f.ans.vector[0];
	fixture_expect(&f, "again", CX_SUCCESS, "11Np @1");
	vectors_check(&f, 0, 1, 2, 1);
	assert_memory_not_equal(first.rand, f.ans.vector[0].rand, AUC_RAND_LEN);
	fixture_close(&f);
}

static void mar_stores_the_diameter_address(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "11R @1");
	ask(&f, IMPI_1, ALICE, 1);
	from_scscf_2(&f);
	fixture_decide(&f);
	assert_string_equal(f.sub.scscf_name, SCSCF_2);
	assert_string_equal(f.sub.scscf_host, "scscf2.home.example");
	assert_ptr_not_equal(f.sub.scscf_name, f.req.mar.server_name);
	fixture_close(&f);
}

/* A random walk over all procedures. */
static uint32_t walk_next(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

static void walk_ask(struct fixture *f, uint32_t *seed)
{
	static const char *const impi[] = {IMPI_1, IMPI_2, NULL};
	static const char *const impu[] = {ALICE, ALICE_TEL, WORK, BARRED, DESK_42, CHAT, NULL};
	const char *who = impi[walk_next(seed, 3)];
	const char *whom = impu[walk_next(seed, 6)];

	switch (walk_next(seed, 3)) {
	case 0:
		ask(f, who != NULL ? who : IMPI_1, whom, 1 + walk_next(seed, 4));
		f->req.mar.server_name = walk_next(seed, 3) == 0 ? SCSCF_2 : SCSCF_1;
		break;
	case 1:
		resync_ask(f, walk_next(seed, 200) << 5);
		break;
	default:
		fixture_ask(f, CX_CMD_SAR, who,
		            (const char *[]){whom, impu[walk_next(seed, 7)], NULL});
		f->req.n_impu = walk_next(seed, 4) == 0 ? 2 : 1;
		f->req.n_impu = f->sub.n_asked_impu < f->req.n_impu ? 1 : f->req.n_impu;
		f->req.sar = (struct cx_sar){
			.server_name = walk_next(seed, 3) == 0 ? SCSCF_2 : SCSCF_1,
			.type = walk_next(seed, 12),
			.user_data_already_available = true,
		};
	}
}

static bool held(const struct fixture *f)
{
	for (size_t i = 0; i < f->sub.n_registration; i++) {
		const struct ims_registration *reg = &f->sub.registration[i];

		if (reg->state != IMS_NOT_REGISTERED || reg->pending_since != 0) {
			return true;
		}
	}
	return false;
}

/* A set is Registered by some, or Unregistered through one, never both. */
static bool sets_are_sound(const struct fixture *f)
{
	for (unsigned irs = 1; irs <= 7; irs++) {
		size_t n[3] = {0};

		for (size_t i = 0; i < f->sub.n_registration; i++) {
			n[f->sub.registration[i].state] += f->sub.registration[i].irs == irs;
		}
		if (n[IMS_UNREGISTERED] > 1 || (n[IMS_UNREGISTERED] > 0 && n[IMS_REGISTERED] > 0)) {
			return false;
		}
	}
	return true;
}

static size_t count_registered(const struct fixture *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->sub.n_registration; i++) {
		n += f->sub.registration[i].state == IMS_REGISTERED;
	}
	return n;
}

static void walk_step(struct fixture *f, uint32_t *seed)
{
	const size_t registered = count_registered(f);
	const uint64_t sqn[] = {f->sub.impi[0].sqn, f->sub.impi[1].sqn};
	bool failure_report = false;

	walk_ask(f, seed);
	failure_report =
		f->req.command == CX_CMD_SAR && (f->req.sar.type == 9 || f->req.sar.type == 10);
	fixture_decide(f);
	/* 8.1.3: the name is cleared when, and only when, nothing holds it. */
	assert_true(held(f) == (f->sub.scscf_name != NULL));
	assert_true((f->sub.scscf_name != NULL) == (f->sub.scscf_host != NULL));
	assert_true(sets_are_sound(f));
	/* R12 */
	assert_true(!failure_report || count_registered(f) == registered);
	/* R20 R21: up with each vector, and never down (delta is out of reach here). */
	assert_int_equal(f->sub.impi[0].sqn > sqn[0],
	                 f->ans.n_vectors > 0 && f->ans.impi == f->sub.impi[0].name);
	assert_int_equal(f->sub.impi[1].sqn > sqn[1],
	                 f->ans.n_vectors > 0 && f->ans.impi == f->sub.impi[1].name);
	assert_true(f->sub.impi[0].sqn >= sqn[0] && f->sub.impi[1].sqn >= sqn[1]);
}

static void random_walks_keep_the_invariants(void **state)
{
	enum { WALKS = 40, STEPS = 250 };
	size_t n_registered = 0;
	size_t n_at_rest = 0;

	(void)state;
	for (uint32_t walk = 0; walk < WALKS; walk++) {
		uint32_t seed = walk;
		struct fixture f;

		fixture_open(&f, "");
		for (unsigned step = 0; step < STEPS; step++) {
			walk_step(&f, &seed);
			n_registered += count_registered(&f) > 0;
			n_at_rest += !held(&f);
		}
		fixture_close(&f);
	}
	/* The walks went somewhere. */
	assert_true(n_registered > WALKS * STEPS / 10);
	assert_true(n_at_rest > WALKS);
}

/* Once allowed is set, that many more allocations of the snapshot's memory succeed. */
static bool memory_is_short;
static unsigned allowed;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	if (memory_is_short && allowed == 0) {
		return NULL;
	}
	allowed -= memory_is_short;
	return __real_malloc(size);
}

/* Returns whether the request was served. */
static bool serve_with_memory(unsigned n)
{
	struct fixture f;
	bool served = false;

	fixture_open(&f, "");
	ask(&f, IMPI_1, ALICE, 1);
	memory_is_short = true;
	allowed = 0;
	while (arena_alloc(&f.sub.arena, 1) != NULL) { /* use up what is there */
	}
	allowed = n;
	fixture_decide(&f);
	served = f.ans.verdict.result == CX_SUCCESS;
	memory_is_short = false;
	if (!served) {
		char state[64];

		assert_int_equal(f.ans.verdict.result, CX_UNABLE_TO_COMPLY);
		fixture_state(&f, state, sizeof(state));
		assert_string_equal(state, "");
		assert_int_equal(f.sub.impi[0].sqn, 0);
		assert_null(f.ans.impi);
	}
	fixture_close(&f);
	return served;
}

static void memory_that_runs_out_changes_nothing(void **state)
{
	unsigned n = 0;

	(void)state;
	while (!serve_with_memory(n)) {
		n++;
	}
	assert_in_range(n, 1, 10); /* it did run out */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mar_answers_each_branch),
		cmocka_unit_test(refusal_leaves_no_key_in_the_answer),
		cmocka_unit_test(failure_says_what_failed),
		cmocka_unit_test(number_of_vectors_is_the_smaller_one),
		cmocka_unit_test(ind_follows_the_scscf),
		cmocka_unit_test(first_sqn_has_seq_1),
		cmocka_unit_test(profile_decides_how_seq_goes_on),
		cmocka_unit_test(resynchronisation_in_profile_1_goes_by_the_clock),
		cmocka_unit_test(sqn_belongs_to_the_impi),
		cmocka_unit_test(resynchronisation_moves_the_sqn_only_when_needed),
		cmocka_unit_test(repeated_auts_never_repeats_an_sqn),
		cmocka_unit_test(repeated_mar_gives_fresh_vectors),
		cmocka_unit_test(mar_stores_the_diameter_address),
		cmocka_unit_test(random_walks_keep_the_invariants),
		cmocka_unit_test(memory_that_runs_out_changes_nothing),
	};

	return cmocka_run_group_tests(tests, fixture_group_setup, fixture_group_teardown);
}
