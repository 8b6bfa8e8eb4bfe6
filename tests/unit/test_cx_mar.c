/* Multimedia-Auth-Request: TS 29.228 6.3.1, TS 33.102 6.3.5, TS 33.203 6.1. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

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

static void from_scscf_2_address_unknown(struct fixture *f)
{
	from_scscf_2(f);
	f->sub.scscf_host = f->sub.scscf_realm = NULL;
}

static void from_scscf_2_no_restoration(struct fixture *f)
{
	from_scscf_2(f);
	f->policy.features = CX_FEATURE_ALIAS_IND;
}

/* S-CSCF 1 at another Diameter address; S-CSCF 2 at that of S-CSCF 1. */
static void moved(struct fixture *f)
{
	f->req.origin_host = "scscf1-b.home.example";
}

static void renamed(struct fixture *f)
{
	f->req.mar.server_name = SCSCF_2;
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
	f->req.mar.scheme_name = "SIP Basic";
}

static void scheme_nass(struct fixture *f)
{
	f->req.mar.scheme = CX_SCHEME_NASS_BUNDLED;
	f->req.mar.scheme_name = CX_SCHEME_NAME_NASS_BUNDLED;
}

static void scheme_giba(struct fixture *f)
{
	f->req.mar.scheme = CX_SCHEME_GIBA;
	f->req.mar.scheme_name = CX_SCHEME_NAME_EARLY_IMS_SECURITY;
}

/* The S-CSCF asks for SIP Digest. */
static void scheme_digest(struct fixture *f)
{
	f->req.mar.scheme = CX_SCHEME_SIP_DIGEST;
	f->req.mar.scheme_name = CX_SCHEME_NAME_SIP_DIGEST;
}

/* SIP Digest is what IMPI 1 uses, alone; both may be used, the one named is the stored one. */
static void digest_only(struct fixture *f)
{
	f->sub.impi[0].scheme = IMS_SCHEME_SIP_DIGEST;
	f->sub.impi[0].schemes = 1U << IMS_SCHEME_SIP_DIGEST;
}

static void both_aka(struct fixture *f)
{
	f->sub.impi[0].schemes = 1U << IMS_SCHEME_AKA_V1 | 1U << IMS_SCHEME_SIP_DIGEST;
}

static void both_digest(struct fixture *f)
{
	both_aka(f);
	f->sub.impi[0].scheme = IMS_SCHEME_SIP_DIGEST;
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
	{"4: a scheme that nobody knows", "", IMPI_1, ALICE, scheme_other,
         .result = CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED},
	{"4: SIP Digest, not allowed", "", IMPI_1, ALICE, scheme_digest,
         .result = CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED},
	{"4: AKA, not allowed", "", IMPI_1, ALICE, digest_only,
         .result = CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED},
	{"4: NASS-Bundled", "", IMPI_1, ALICE, scheme_nass,
         .result = CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED},
	{"4: GIBA", "", IMPI_1, ALICE, scheme_giba, .result = CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED},
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

/* TS 29.228 6.3.1 step 4: which scheme is asked for, which are set for the IMPI, what comes of it.
 */
static void scheme_is_the_subscribers_and_no_other(void **state)
{
	enum { AKA, DIGEST, NOTHING };
	static const struct {
		void (*stored)(struct fixture *f); /* NULL: AKA only */
		void (*asked)(struct fixture *f);  /* NULL: AKA */
		bool strict;
		int given;
	} cases[] = {
		{NULL, NULL, false, AKA},
		{NULL, scheme_digest, false, NOTHING},
		{NULL, scheme_unknown, false, AKA},
		{NULL, scheme_unknown, true, NOTHING},
		{digest_only, NULL, false, NOTHING},
		{digest_only, scheme_digest, false, DIGEST},
		{digest_only, scheme_digest, true, DIGEST},
		{digest_only, scheme_unknown, false, DIGEST},
		{digest_only, scheme_unknown, true, DIGEST},
		{both_aka, NULL, true, AKA},
		{both_aka, scheme_digest, false, DIGEST},
		{both_aka, scheme_unknown, false, AKA},
		{both_aka, scheme_unknown, true, NOTHING},
		{both_digest, NULL, false, AKA},
		{both_digest, scheme_unknown, true, DIGEST},
		{both_aka, scheme_nass, false, NOTHING},
		{both_digest, scheme_giba, false, NOTHING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		char what[16];

		(void)snprintf(what, sizeof(what), "case %u", (unsigned)i);
		fixture_open(&f, "");
		ask(&f, IMPI_1, ALICE, 3);
		if (cases[i].stored != NULL) {
			cases[i].stored(&f);
		}
		if (cases[i].asked != NULL) {
			cases[i].asked(&f);
		}
		f.policy.unknown_scheme_strict = cases[i].strict;
		fixture_expect(&f, what,
		               cases[i].given != NOTHING ? CX_SUCCESS
		                                         : CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED,
		               cases[i].given != NOTHING ? "11Np @1" : NULL);
		assert_int_equal(f.ans.n_vectors, cases[i].given == AKA ? 3 : 0);
		fixture_expect_text(what, f.ans.digest.realm,
		                    cases[i].given == DIGEST ? "home.example" : NULL);
		fixture_close(&f);
	}
}

static void digest_setup(struct fixture *f, const char *start)
{
	fixture_open(f, start);
	f->sub.impi[0].sqn = 4711;
	f->sub.impi[0].sqn_scscf = SCSCF_2;
	ask(f, IMPI_1, ALICE, 1);
	digest_only(f);
	scheme_digest(f);
}

/* HA1 and its realm; name and pending as with AKA (step 5); the SQN is none of its business. */
static void digest_gives_ha1_and_takes_no_sqn(void **state)
{
	static const struct {
		const char *before;
		void (*arrange)(struct fixture *f);
		const char *after;
	} cases[] = {
		{"", NULL, "11Np @1"},
		{"11Nq @1", NULL, "11Np @1"},
		{"11U @1", NULL, "11Up @1"},
		{"11R @1", NULL, NULL},
		{"11R @1", from_scscf_2, "11Rp @2"},
		{"21R @1", NULL, NULL},
		{"11Np @1", NULL, NULL}, /* R15: repeated within a second */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		digest_setup(&f, cases[i].before);
		if (cases[i].arrange != NULL) {
			cases[i].arrange(&f);
		}
		fixture_expect(&f, cases[i].before, CX_SUCCESS, cases[i].after);
		assert_memory_equal(f.ans.digest.ha1, f.ha1, SEAL_HA1_LEN);
		assert_string_equal(f.ans.digest.realm, "home.example");
		assert_int_equal(f.ans.n_vectors, 0);
		assert_int_equal(f.sub.impi[0].sqn, 4711);
		assert_string_equal(f.sub.impi[0].sqn_scscf, SCSCF_2);
		assert_string_equal(f.ans.impi, IMPI_1);
		assert_string_equal(f.ans.impu, ALICE);
		fixture_close(&f);
	}
}

static void ha1_of_another(struct fixture *f)
{
	assert_int_equal(seal_wrap_ha1(f->env.seal, IMPI_2, f->ha1, &f->sub.impi[0].ha1), HSS_OK);
}

static void no_ha1(struct fixture *f)
{
	f->sub.impi[0].has_ha1 = false;
	f->sub.impi[0].digest_realm = NULL;
}

static void digest_resync(struct fixture *f)
{
	auts_right(f);
	digest_only(f);
	scheme_digest(f);
}

static void digest_that_cannot_be_given_is_refused(void **state)
{
	static const struct {
		void (*arrange)(struct fixture *f);
		enum cx_result result;
		const char *message;
	} cases[] = {
		{ha1_of_another, CX_UNABLE_TO_COMPLY,
	         "the stored key of " IMPI_1 " cannot be used: sealed key does not open"},
		{no_ha1, CX_UNABLE_TO_COMPLY,
	         "private identity " IMPI_1 " has no key to authenticate with SIP Digest"},
		{digest_resync, CX_UNABLE_TO_COMPLY,
	         "resynchronisation of " IMPI_1 " refused: SIP Digest has no sequence numbers"},
		{none_asked, CX_INVALID_AVP_VALUE,
	         "at least one authentication vector has to be asked for"},
		{scheme_nass, CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED,
	         "authentication scheme NASS-Bundled is not offered by this HSS: the scheme "
	         "of " IMPI_1 " is SIP Digest"},
		{scheme_giba, CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED,
	         "authentication scheme Early-IMS-Security is not offered by this HSS: the scheme "
	         "of " IMPI_1 " is SIP Digest"},
		{scheme_other, CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED,
	         "authentication scheme SIP Basic is not known here: the scheme of " IMPI_1
	         " is SIP Digest"},
	};
	static const uint8_t zero[SEAL_HA1_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		digest_setup(&f, "11R @1");
		cases[i].arrange(&f);
		fixture_expect(&f, cases[i].message, cases[i].result, NULL);
		assert_string_equal(f.ans.verdict.message, cases[i].message);
		assert_int_equal(f.ans.verdict.alarm, cases[i].arrange == ha1_of_another);
		assert_memory_equal(f.ans.digest.ha1, zero, sizeof(zero));
		fixture_close(&f);
	}
}

/* TS 29.228 8.1.1: the S-CSCF that loses the user is told. */
static void scscf_that_loses_the_user_is_told(void **state)
{
	static const struct {
		const char *what;
		const char *before;
		const char *impi;
		const char *impu;
		void (*arrange)(struct fixture *f);
		const char *after;
		const char *pushes;
	} cases[] = {
		{"Registered", "11R @1", IMPI_1, ALICE, from_scscf_2, "11Rp @2", "N11"},
		{"Unregistered", "11U @1", IMPI_1, ALICE, from_scscf_2, "11Up @2", "N11"},
		{"Not Registered", "11Nq @1", IMPI_1, ALICE, from_scscf_2, "11Np @2", ""},
		{"the same S-CSCF", "11R @1", IMPI_1, ALICE, NULL, "11R @1", ""},
		{"the same, moved", "11R @1:4", IMPI_1, ALICE, moved, "11R @1:4", ""},
		{"another name of one Diameter host", "11R 12R @1:4", IMPI_1, ALICE, renamed,
	         "11Rp 12R @2", ""},
		{"address unknown", "11R @1", IMPI_1, ALICE, from_scscf_2_address_unknown,
	         "11Rp @2", ""},
		{"others end", "11R 12R 17Uq @1", IMPI_1, ALICE, from_scscf_2, "11Rp @2",
	         "N11 C12 C17"},
		{"others end, they had restoration information", "11R+ 12R+ @1:3", IMPI_1, ALICE,
	         from_scscf_2, "11Rp+ @2", "N11 C12"},
		{"others stay, restoration in common", "11R+ 12R+ 17U @1:4", IMPI_1, ALICE,
	         from_scscf_2, "11Rp+ 12R+ 17U @2", "N11 N12 N17"},
		{"restoration that the HSS has not", "11R 12R @1:4", IMPI_1, ALICE,
	         from_scscf_2_no_restoration, "11Rp @2", "N11 C12"},
		{"to be reassigned: overwritten", "11R @1!:4", IMPI_1, ALICE, from_scscf_2,
	         "11Rp @2", "N11"},
		{"to be reassigned, the same S-CSCF", "11R @1!:4", IMPI_1, ALICE, NULL, "11R @1!:4",
	         ""},
		{"only others are served", "11Nq 12R @1", IMPI_1, ALICE, from_scscf_2, "11Np @2",
	         "C12"},
		{"registered with another IMPI", "21R @1", IMPI_1, ALICE, from_scscf_2,
	         "11Np 21R @2", "N21"},
		{"registered with both", "11R 21R @1", IMPI_1, ALICE, from_scscf_2, "11Rp 21R @2",
	         "N11+1"},
		{"a set of another IMPI ends too", "12R 21R @1", IMPI_1, WORK, from_scscf_2,
	         "12Rp @2", "N12 C21"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		char pushes[64];

		fixture_open(&f, cases[i].before);
		ask(&f, cases[i].impi, cases[i].impu, 1);
		if (cases[i].arrange != NULL) {
			cases[i].arrange(&f);
		}
		/* The full view is asked for when, and only when, somebody has to be told. */
		assert_int_equal(cx_needs_full(&f.req, &f.sub), cases[i].pushes[0] != '\0');
		fixture_expect(&f, cases[i].what, CX_SUCCESS, cases[i].after);
		fixture_pushes(&f, pushes, sizeof(pushes));
		fixture_expect_text(cases[i].what, pushes, cases[i].pushes);
		fixture_close(&f);
	}
}

/* A resynchronisation never takes a user, and what is refused tells nobody. */
static void refused_mar_tells_nobody(void **state)
{
	static void (*const arrange[])(struct fixture * f) = {rng_fails, auts_from_another, no_key,
	                                                      scheme_giba};

	(void)state;
	for (size_t i = 0; i < sizeof(arrange) / sizeof(arrange[0]); i++) {
		struct fixture f;

		fixture_open(&f, "11R 12R @1");
		ask(&f, IMPI_1, ALICE, 1);
		from_scscf_2(&f);
		arrange[i](&f);
		fixture_decide(&f);
		assert_false(cx_result_is_success(f.ans.verdict.result));
		assert_int_equal(f.sub.n_push, 0);
		assert_int_equal(cx_needs_full(&f.req, &f.sub), !f.req.mar.resync);
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

/* auth_rate: a period begins with a vector, ends by itself, and gives what it has. R91. */
static void vectors_of_an_impi_are_limited_for_a_time(void **state)
{
	enum { MAX = 10, PERIOD = 3600 };
	static const struct {
		const char *what;
		int64_t age; /* of the period; 0 and a count of 0: none */
		uint32_t count;
		uint32_t asked;
		size_t given; /* 0: refused */
		int64_t age_after;
		uint32_t count_after;
		const char *message;
	} cases[] = {
		{"the first ones", 0, 0, 3, 3, 0, 3, ""},
		{"never more than the limit", 0, 0, 20, 10, 0, 10, ""},
		{"within the period", 100, 3, 3, 3, 100, 6, ""},
		{"up to the limit", 100, 7, 3, 3, 100, 10, ""},
		{"fewer near the limit", 100, 8, 5, 2, 100, 10, ""},
		{"none at the limit", 100, 10, 1, 0, 100, 10,
	         "no authentication vector for another 3500 s: 10 in 3600 s were handed out for "
	         "" IMPI_1},
		{"none in the last second", PERIOD - 1, 10, 1, 0, PERIOD - 1, 10,
	         "no authentication vector for another 1 s:"},
		{"again in the next one", PERIOD, 10, 2, 2, 0, 2, ""},
		{"long after", FIXTURE_NOW, 10, 2, 2, 0, 2, ""},
		{"the limit was lowered", 100, 4711, 1, 0, 100, 4711,
	         "no authentication vector for another 3500 s:"},
		{"the clock went back, some are left", -100, 8, 1, 1, -100, 9, ""},
		{"the clock went back, none is left", -(PERIOD - 1), 10, 1, 0, -(PERIOD - 1), 10,
	         "no authentication vector for another 7199 s:"},
		{"the clock went back by a period", -PERIOD, 10, 5, 5, 0, 5, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const size_t len = strlen(cases[i].message);
		struct fixture f;

		fixture_open(&f, "11R @1");
		f.policy.auth_vectors_max = 16;
		f.policy.auth_rate_max = MAX;
		f.policy.auth_rate_period = PERIOD;
		if (cases[i].count != 0) {
			f.sub.impi[0].auth_since = FIXTURE_NOW - cases[i].age;
			f.sub.impi[0].auth_count = cases[i].count;
		}
		ask(&f, IMPI_1, ALICE, cases[i].asked);
		fixture_expect(&f, cases[i].what, cases[i].given != 0 ? CX_SUCCESS : CX_TOO_BUSY,
		               cases[i].given != 0 ? "11R @1" : NULL);
		if (cases[i].given != 0) {
			vectors_check(&f, 0, cases[i].given, 1, 1);
		}
		if (f.sub.impi[0].auth_since != FIXTURE_NOW - cases[i].age_after ||
		    f.sub.impi[0].auth_count != cases[i].count_after ||
		    strncmp(f.ans.verdict.message, cases[i].message, len) != 0) {
			fail_msg("%s: %u since %lld: %s", cases[i].what, f.sub.impi[0].auth_count,
			         (long long)(FIXTURE_NOW - f.sub.impi[0].auth_since),
			         f.ans.verdict.message);
		}
		fixture_close(&f);
	}
}

static void rate_of_three(struct fixture *f)
{
	f->policy.auth_rate_max = 3;
	f->policy.auth_rate_period = 60;
}

/* Whatever hands out a vector counts, whichever set it is for; what is refused does not. */
static void every_vector_of_an_impi_is_counted_and_nothing_else(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "11R 12R @1");
	rate_of_three(&f);
	auts_wrong(&f);
	fixture_expect(&f, "MAC-S wrong", CX_UNABLE_TO_COMPLY, NULL);
	auts_right(&f);
	f.rng_fails = true;
	fixture_expect(&f, "no random octets", CX_UNABLE_TO_COMPLY, NULL);
	f.rng_fails = false;
	assert_int_equal(f.sub.impi[0].auth_count, 0);
	fixture_expect(&f, "a resynchronisation", CX_SUCCESS, "11R 12R @1");
	ask(&f, IMPI_1, WORK, 1);
	fixture_expect(&f, "another set", CX_SUCCESS, "11R 12R @1");
	both_aka(&f);
	scheme_digest(&f);
	f.req.mar.n_vectors = 9;
	fixture_expect(&f, "SIP Digest", CX_SUCCESS, "11R 12R @1");
	assert_int_equal(f.sub.impi[0].auth_count, 3);
	fixture_expect(&f, "SIP Digest, none left", CX_TOO_BUSY, NULL);
	auts_right(&f);
	fixture_expect(&f, "a resynchronisation, none left", CX_TOO_BUSY, NULL);
	ask(&f, IMPI_1, ALICE, 1);
	from_scscf_2(&f);
	fixture_expect(&f, "nor is the user taken", CX_TOO_BUSY, NULL);
	ask(&f, IMPI_2, ALICE, 1);
	fixture_expect(&f, "another IMPI", CX_SUCCESS, "11R 12R @1");
	assert_int_equal(f.sub.impi[1].auth_count, 1);
	fixture_close(&f);
}

static void without_auth_rate_nothing_is_counted(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "11R @1");
	f.sub.impi[0].auth_since = FIXTURE_NOW;
	f.sub.impi[0].auth_count = UINT32_MAX;
	ask(&f, IMPI_1, ALICE, 2);
	fixture_expect(&f, "no limit", CX_SUCCESS, "11R @1");
	vectors_check(&f, 0, 2, 1, 1);
	assert_int_equal(f.sub.impi[0].auth_count, UINT32_MAX);
	fixture_close(&f);
}

/* What is refused for it comes after the steps of the clause. */
static void auth_rate_comes_after_the_steps_of_the_clause(void **state)
{
	static const struct {
		void (*arrange)(struct fixture *f);
		enum cx_result result;
	} cases[] = {
		{scheme_other, CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED},
		{none_asked, CX_INVALID_AVP_VALUE},
		{no_key, CX_UNABLE_TO_COMPLY},
		{auts_from_another, CX_UNABLE_TO_COMPLY},
		{auts_wrong, CX_TOO_BUSY},
		{from_scscf_2, CX_TOO_BUSY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		fixture_open(&f, "11R @1");
		rate_of_three(&f);
		f.sub.impi[0].auth_since = FIXTURE_NOW;
		f.sub.impi[0].auth_count = 3;
		ask(&f, IMPI_1, ALICE, 1);
		cases[i].arrange(&f);
		fixture_expect(&f, "at the limit", cases[i].result, NULL);
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

static void walk_sar(struct fixture *f, uint32_t *seed)
{
	f->req.n_impu = walk_next(seed, 4) == 0 ? 2 : 1;
	f->req.n_impu = f->sub.n_asked_impu < f->req.n_impu ? 1 : f->req.n_impu;
	f->req.sar = (struct cx_sar){
		.server_name = walk_next(seed, 3) == 0 ? SCSCF_2 : SCSCF_1,
		.type = walk_next(seed, 12),
		.user_data_already_available = true,
		.multiple_registration = walk_next(seed, 2) == 0,
	};
	if (f->req.impi != NULL && walk_next(seed, 2) == 0) {
		f->req.sar.restoration = (const uint8_t *)"walk";
		f->req.sar.restoration_len = 1 + walk_next(seed, 4);
		f->req.sar.restoration_impi = f->req.impi;
	}
	if (strcmp(f->req.sar.server_name, SCSCF_2) == 0) {
		f->req.origin_host = "scscf2.home.example";
	}
}

/* An I-CSCF that cannot reach the S-CSCF, or any. */
static void walk_icscf(struct fixture *f, uint32_t *seed, const char *who, const char *whom)
{
	if (walk_next(seed, 2) == 0) {
		fixture_ask(f, CX_CMD_LIR, NULL, (const char *[]){whom, NULL});
		f->req.lir.capabilities_asked = walk_next(seed, 2) == 0;
	} else {
		fixture_ask(f, CX_CMD_UAR, who, (const char *[]){whom, NULL});
		f->req.uar = (struct cx_uar){.visited_network = "home.example",
		                             .type = (enum cx_uat)walk_next(seed, 3)};
	}
}

static void walk_ask(struct fixture *f, uint32_t *seed)
{
	static const char *const impi[] = {IMPI_1, IMPI_2, NULL};
	static const char *const impu[] = {ALICE, ALICE_TEL, WORK, BARRED, DESK_42, CHAT, NULL};
	const char *who = impi[walk_next(seed, 3)];
	const char *whom = impu[walk_next(seed, 6)];

	switch (walk_next(seed, 8)) {
	case 0:
	case 1:
		ask(f, who != NULL ? who : IMPI_1, whom, 1 + walk_next(seed, 4));
		if (walk_next(seed, 3) == 0) {
			from_scscf_2(f);
		}
		break;
	case 2:
		resync_ask(f, walk_next(seed, 200) << 5);
		break;
	case 3:
		walk_icscf(f, seed, who != NULL ? who : IMPI_1, whom);
		break;
	default:
		fixture_ask(f, CX_CMD_SAR, who,
		            (const char *[]){whom, impu[walk_next(seed, 7)], NULL});
		walk_sar(f, seed);
	}
	if (walk_next(seed, 4) != 0) { /* the others are of an S-CSCF of old */
		fixture_features(f, 7);
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

/* What an S-CSCF left is there for registered users only (TS 29.228 6.1.2.1). */
static bool restorations_are_sound(const struct fixture *f)
{
	for (size_t i = 0; i < f->sub.n_restoration; i++) {
		const struct ims_restoration *kept = &f->sub.restoration[i];
		const struct ims_registration *reg =
			ims_registration_of(&f->sub, kept->impi, kept->irs);

		if (kept->len > 0 && (reg == NULL || reg->state != IMS_REGISTERED)) {
			return false;
		}
	}
	return true;
}

/* An S-CSCF that is told SERVER_CHANGE serves that set no more, and no other S-CSCF does yet. */
static bool pushes_are_sound(const struct fixture *f)
{
	for (size_t i = 0; i < f->sub.n_push; i++) {
		const struct ims_push *push = &f->sub.push[i];

		if (push->n_impu == 0 || push->impi == NULL ||
		    strcasecmp(push->host, f->req.origin_host) == 0 ||
		    (push->reason == CX_REASON_SERVER_CHANGE &&
		     ims_irs_state(&f->sub, push->irs) != IMS_NOT_REGISTERED)) {
			return false;
		}
	}
	return true;
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
	assert_true(!f->sub.reassignment_pending || f->sub.scscf_name != NULL);
	assert_true(sets_are_sound(f));
	assert_true(restorations_are_sound(f));
	assert_true(pushes_are_sound(f));
	/* R12; an S-CSCF that takes over ends what the other one served. */
	assert_true(!failure_report || count_registered(f) == registered || f->sub.n_push > 0);
	/* R20 R21: up with each vector, and never down (delta is out of reach here). */
	assert_int_equal(f->sub.impi[0].sqn > sqn[0],
	                 f->ans.n_vectors > 0 && f->ans.impi == f->sub.impi[0].name);
	assert_int_equal(f->sub.impi[1].sqn > sqn[1],
	                 f->ans.n_vectors > 0 && f->ans.impi == f->sub.impi[1].name);
	assert_true(f->sub.impi[0].sqn >= sqn[0] && f->sub.impi[1].sqn >= sqn[1]);
}

static void random_walks_keep_the_invariants(void **state)
{
	enum { WALKS = 80, STEPS = 250 };
	size_t n_registered = 0;
	size_t n_at_rest = 0;
	size_t n_told = 0;
	size_t n_restored = 0;

	(void)state;
	for (uint32_t walk = 0; walk < WALKS; walk++) {
		uint32_t seed = walk;
		struct fixture f;

		fixture_open(&f, "");
		for (unsigned step = 0; step < STEPS; step++) {
			walk_step(&f, &seed);
			n_registered += count_registered(&f) > 0;
			n_at_rest += !held(&f);
			n_told += f.sub.n_push > 0;
			n_restored += f.ans.n_restoration > 0;
			f.sub.n_push = 0; /* as if saved */
		}
		fixture_close(&f);
	}
	/* The walks went somewhere. */
	assert_true(n_registered > WALKS * STEPS / 10);
	assert_true(n_at_rest > WALKS);
	assert_true(n_told > WALKS);
	assert_true(n_restored > 10);
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

/* A MAR that takes a user, with `left` octets of memory. Returns whether it was served. */
static bool take_with_memory(size_t left)
{
	enum { CHUNK = 4096 }; /* of an arena */
	struct fixture f;
	bool served = false;

	fixture_open(&f, "11R 12R 17R @1");
	ask(&f, IMPI_1, ALICE, 1);
	from_scscf_2(&f);
	memory_is_short = true;
	allowed = 0;
	while (arena_alloc(&f.sub.arena, 1) != NULL) { /* use up what is there */
	}
	allowed = 1;
	assert_non_null(arena_alloc(&f.sub.arena, CHUNK - left));
	fixture_decide(&f);
	served = f.ans.verdict.result == CX_SUCCESS;
	memory_is_short = false;
	if (!served) {
		char state[64];

		assert_int_equal(f.ans.verdict.result, CX_UNABLE_TO_COMPLY);
		fixture_state(&f, state, sizeof(state));
		assert_string_equal(state, "11R 12R 17R @1");
		assert_int_equal(f.sub.impi[0].sqn, 0);
		assert_int_equal(f.sub.n_push, 0);
	}
	fixture_close(&f);
	return served;
}

static void memory_that_runs_out_tells_nobody(void **state)
{
	unsigned refused = 0;

	(void)state;
	for (size_t left = 0; left < 4096; left += 16) {
		refused += !take_with_memory(left);
	}
	assert_in_range(refused, 20, 236); /* it did run out, and not always */
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
		cmocka_unit_test(scheme_is_the_subscribers_and_no_other),
		cmocka_unit_test(digest_gives_ha1_and_takes_no_sqn),
		cmocka_unit_test(digest_that_cannot_be_given_is_refused),
		cmocka_unit_test(scscf_that_loses_the_user_is_told),
		cmocka_unit_test(refused_mar_tells_nobody),
		cmocka_unit_test(refusal_leaves_no_key_in_the_answer),
		cmocka_unit_test(failure_says_what_failed),
		cmocka_unit_test(number_of_vectors_is_the_smaller_one),
		cmocka_unit_test(vectors_of_an_impi_are_limited_for_a_time),
		cmocka_unit_test(every_vector_of_an_impi_is_counted_and_nothing_else),
		cmocka_unit_test(without_auth_rate_nothing_is_counted),
		cmocka_unit_test(auth_rate_comes_after_the_steps_of_the_clause),
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
		cmocka_unit_test(memory_that_runs_out_tells_nobody),
		cmocka_unit_test(memory_that_runs_out_changes_nothing),
	};

	return cmocka_run_group_tests(tests, fixture_group_setup, fixture_group_teardown);
}
