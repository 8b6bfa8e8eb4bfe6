/* Server-Assignment-Request with IMS restoration (TS 29.228 6.1.2.1, 8.1.1, 8.1.2; TS 23.380 4):
 * what an S-CSCF leaves for the one that takes over, and how that one takes over. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "subscription_fixture.h"

enum { NO = CX_FEATURE_SIFC | CX_FEATURE_ALIAS_IND, YES = NO | CX_FEATURE_IMS_RESTORATION_IND };

/* From S-CSCF 1 or 2, which supports these features. */
static void ask(struct fixture *f, int scscf, uint32_t features, uint32_t type, const char *impi,
                const char *const *impu)
{
	fixture_ask(f, CX_CMD_SAR, impi, impu);
	f->req.sar = (struct cx_sar){.server_name = scscf == 1 ? SCSCF_1 : SCSCF_2, .type = type};
	f->req.origin_host = scscf == 1 ? "scscf1.home.example" : "scscf2.home.example";
	fixture_features(f, features);
}

static void brings(struct fixture *f)
{
	f->req.sar.restoration = (const uint8_t *)"brought";
	f->req.sar.restoration_len = 7;
	f->req.sar.restoration_impi = IMPI_1;
}

static void brings_again(struct fixture *f)
{
	brings(f);
	f->req.sar.restoration = (const uint8_t *)"restoration 11";
	f->req.sar.restoration_len = 14;
}

static void brings_anothers(struct fixture *f)
{
	brings(f);
	f->req.sar.restoration_impi = IMPI_2;
}

static void multiple(struct fixture *f)
{
	f->req.sar.multiple_registration = true;
}

static void multiple_brings(struct fixture *f)
{
	multiple(f);
	brings(f);
}

static void pcscf(struct fixture *f)
{
	f->req.sar.pcscf_restoration = true;
}

static void name_not_kept(struct fixture *f)
{
	f->policy.store_server_name = false;
}

static void hss_without(struct fixture *f)
{
	f->policy.features = NO;
}

static void same_host(struct fixture *f)
{
	f->req.origin_host = "SCSCF1.home.example";
}

static void host_unknown(struct fixture *f)
{
	f->sub.scscf_host = f->sub.scscf_realm = NULL;
}

static void has_profile(struct fixture *f)
{
	f->req.sar.user_data_already_available = true;
}

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): the order is that of reading a row */
static const struct row {
	const char *what;
	const char *state;
	int scscf;
	uint32_t features;
	uint32_t type;
	const char *impu[FIXTURE_IMPU_MAX];
	void (*arrange)(struct fixture *f);
	enum cx_result result;
	const char *after;    /* NULL: as before */
	const char *pushes;   /* NULL: none */
	const char *returned; /* restoration information: "11 21"; NULL: none */
	bool with_data;
	const char *registered; /* the one in Associated-Registered-Identities; NULL: none */
} rows[] = {
	/* Types 1 and 2 store it. */
	{"1: stored",
         "11Np @1",
         1,
         YES,
         1,
         {ALICE},
         brings,
         .result = CX_SUCCESS,
         .after = "11R+ @1:7",
         .with_data = true},
	{"1: none sent",
         "11Np @1",
         1,
         YES,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R @1:7",
         .with_data = true},
	{"1: none sent, kept",
         "11R+ @1:7",
         1,
         YES,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .with_data = true},
	{"2: replaced",
         "11R+ @1:7",
         1,
         YES,
         2,
         {ALICE},
         brings,
         .result = CX_SUCCESS,
         .after = "11R+ @1:7",
         .with_data = true},
	{"2: the same again, R15",
         "11R+ @1:7",
         1,
         YES,
         2,
         {ALICE},
         brings_again,
         .result = CX_SUCCESS,
         .with_data = true},
	{"2: that of another IMPI stays",
         "11R 21R+ @1:7",
         1,
         YES,
         2,
         {ALICE},
         brings,
         .result = CX_SUCCESS,
         .after = "11R+ 21R+ @1:7",
         .with_data = true,
         .registered = IMPI_2},
	{"1: about another User-Name",
         "11Np @1",
         1,
         YES,
         1,
         {ALICE},
         brings_anothers,
         .result = CX_INVALID_AVP_VALUE},
	{"1: S-CSCF without restoration",
         "11Np @1",
         1,
         NO,
         1,
         {ALICE},
         brings,
         .result = CX_SUCCESS,
         .after = "11R @1:3",
         .with_data = true},
	{"1: S-CSCF without restoration, about another",
         "11Np @1",
         1,
         NO,
         1,
         {ALICE},
         brings_anothers,
         .result = CX_SUCCESS,
         .after = "11R @1:3",
         .with_data = true},
	{"0: sent, not stored",
         "11R @1:7",
         1,
         YES,
         0,
         {ALICE},
         brings,
         .result = CX_SUCCESS,
         .with_data = true},
	{"3: sent, not stored",
         "",
         1,
         YES,
         3,
         {ALICE},
         brings,
         .result = CX_SUCCESS,
         .after = "11U @1:7",
         .with_data = true},
	/* Type 0 returns it. */
	{"0: returned, of all IMPIs",
         "11R+ 12R+ 21R+ @1:7",
         1,
         YES,
         0,
         {ALICE},
         .result = CX_SUCCESS,
         .returned = "11 21",
         .with_data = true},
	{"0: S-CSCF without restoration",
         "11R+ @1:3",
         1,
         NO,
         0,
         {ALICE},
         .result = CX_SUCCESS,
         .with_data = true},
	{"0: HSS without restoration",
         "11R+ @1:7",
         1,
         YES,
         0,
         {ALICE},
         hss_without,
         .result = CX_SUCCESS,
         .with_data = true},
	{"2: not returned",
         "11R+ @1:7",
         1,
         YES,
         2,
         {ALICE},
         .result = CX_SUCCESS,
         .with_data = true},
	/* Type 3 of a Registered user: the S-CSCF has lost it. */
	{"3: Registered",
         "11R+ 21R+ @1:7",
         1,
         YES,
         3,
         {ALICE},
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE,
         .returned = "11 21",
         .with_data = true},
	{"3: Registered, nothing kept",
         "11R @1:7",
         1,
         YES,
         3,
         {ALICE},
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE,
         .with_data = true},
	{"3: Registered, the profile is there",
         "11R+ @1:7",
         1,
         YES,
         3,
         {ALICE},
         has_profile,
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE,
         .returned = "11"},
	{"3: Registered, S-CSCF without restoration",
         "11R+ 21R+ @1:3",
         1,
         NO,
         3,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11U @1:3",
         .with_data = true},
	{"3: Registered, HSS without restoration",
         "11R+ @1:7",
         1,
         YES,
         3,
         {ALICE},
         hss_without,
         .result = CX_SUCCESS,
         .after = "11U @1:7",
         .with_data = true},
	{"3: Unregistered",
         "11U @1:7",
         1,
         YES,
         3,
         {ALICE},
         .result = CX_SUCCESS,
         .with_data = true},
	{"3: Not Registered",
         "",
         1,
         YES,
         3,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11U @1:7",
         .with_data = true},
	/* A registration beside others. */
	{"1: multiple, held for the IMPI",
         "11R+ 21R+ @1:7",
         1,
         YES,
         1,
         {ALICE},
         multiple,
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE,
         .returned = "11",
         .with_data = true,
         .registered = IMPI_2},
	{"1: multiple, not overwritten",
         "11R+ @1:7",
         1,
         YES,
         1,
         {ALICE},
         multiple_brings,
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE,
         .returned = "11",
         .with_data = true},
	{"1: multiple, nothing held",
         "11R @1:7",
         1,
         YES,
         1,
         {ALICE},
         multiple_brings,
         .result = CX_SUCCESS,
         .after = "11R+ @1:7",
         .with_data = true},
	{"1: multiple, held for another IMPI",
         "21R+ @1:7",
         1,
         YES,
         1,
         {ALICE},
         multiple,
         .result = CX_SUCCESS,
         .after = "11R 21R+ @1:7",
         .with_data = true,
         .registered = IMPI_2},
	{"1: multiple, Not Registered",
         "11Np @1",
         1,
         YES,
         1,
         {ALICE},
         multiple,
         .result = CX_SUCCESS,
         .after = "11R @1:7",
         .with_data = true},
	{"1: multiple, S-CSCF without restoration",
         "11R+ @1:3",
         1,
         NO,
         1,
         {ALICE},
         multiple,
         .result = CX_SUCCESS,
         .with_data = true},
	{"2: multiple means nothing",
         "11R+ @1:7",
         1,
         YES,
         2,
         {ALICE},
         multiple,
         .result = CX_SUCCESS,
         .with_data = true},
	/* Associated-Registered-Identities: types 1 and 2. */
	{"1: another IMPI is registered",
         "11Np 21R @1",
         1,
         YES,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R 21R @1:7",
         .with_data = true,
         .registered = IMPI_2},
	{"2: another IMPI is registered",
         "11R 21R @1:7",
         1,
         YES,
         2,
         {ALICE},
         .result = CX_SUCCESS,
         .with_data = true,
         .registered = IMPI_2},
	{"2: with another set",
         "11R 12R @1:7",
         1,
         YES,
         2,
         {ALICE},
         .result = CX_SUCCESS,
         .with_data = true},
	{"0: another IMPI is registered",
         "11R 21R @1:7",
         1,
         YES,
         0,
         {ALICE},
         .result = CX_SUCCESS,
         .with_data = true},
	{"1: another IMPI, S-CSCF without restoration",
         "11Np 21R @1",
         1,
         NO,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R 21R @1:3",
         .with_data = true},
	/* The end of a registration removes it. */
	{"4: removed", "11R+ @1:7", 1, YES, 4, {ALICE}, .result = CX_SUCCESS, .after = ""},
	{"5: that of the IMPI",
         "11R+ 21R+ @1:7",
         1,
         YES,
         5,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "21R+ @1:7"},
	{"8: that of the set",
         "11R+ 12R+ @1:7",
         1,
         YES,
         8,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "12R+ @1:7"},
	{"11: removed, S-CSCF without restoration",
         "11R+ @1:3",
         1,
         NO,
         11,
         {ALICE},
         .result = CX_SUCCESS,
         .after = ""},
	{"7: name kept",
         "11R+ @1:7",
         1,
         YES,
         7,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11U @1:7"},
	{"6: name not kept",
         "11R+ @1:7",
         1,
         YES,
         6,
         {ALICE},
         name_not_kept,
         .result = CX_SUCCESS_SERVER_NAME_NOT_STORED,
         .after = ""},
	{"9: a registered user keeps it, R12",
         "11Rq+ @1:7",
         1,
         YES,
         9,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R+ @1:7"},
	{"10: a registered user keeps it, R12",
         "11R+ @1:7",
         1,
         YES,
         10,
         {ALICE},
         .result = CX_SUCCESS},
	/* 8.1.2: a foreign S-CSCF takes over when that was asked for. */
	{"0: takes over",
         "11R+ @1!:7",
         2,
         YES,
         0,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R+ @2:7",
         .pushes = "N11",
         .returned = "11",
         .with_data = true},
	{"1: takes over",
         "11R+ @1!:7",
         2,
         YES,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R+ @2:7",
         .pushes = "N11",
         .with_data = true},
	{"1: takes over, multiple",
         "11R+ @1!:7",
         2,
         YES,
         1,
         {ALICE},
         multiple,
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE,
         .after = "11R+ @2:7",
         .pushes = "N11",
         .returned = "11",
         .with_data = true},
	{"2: takes over, brings its own",
         "11Rp+ @1!:7",
         2,
         YES,
         2,
         {ALICE},
         brings,
         .result = CX_SUCCESS,
         .after = "11R+ @2:7",
         .pushes = "N11",
         .with_data = true},
	{"3: takes over and restores",
         "11R+ @1!:7",
         2,
         YES,
         3,
         {ALICE},
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE,
         .after = "11R+ @2:7",
         .pushes = "N11",
         .returned = "11",
         .with_data = true},
	{"3: takes over, Unregistered",
         "11U @1!:7",
         2,
         YES,
         3,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11U @2:7",
         .pushes = "N11",
         .with_data = true},
	{"3: takes over what was never registered",
         "12R @1!:7",
         2,
         YES,
         3,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11U 12R @2:7",
         .pushes = "N12",
         .with_data = true},
	{"4: takes over and ends",
         "11R+ @1!:7",
         2,
         YES,
         4,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "",
         .pushes = "N11"},
	{"5: takes over, ends one of two",
         "11R+ 12R @1!:7",
         2,
         YES,
         5,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "12R @2:7",
         .pushes = "N11 N12"},
	{"6: takes over, name kept",
         "11R+ @1!:7",
         2,
         YES,
         6,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11U @2:7",
         .pushes = "N11"},
	{"9: takes over, Registered",
         "11Rq+ @1!:7",
         2,
         YES,
         9,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R+ @2:7",
         .pushes = "N11"},
	{"9: takes over, Not Registered",
         "11Nq @1!:7",
         2,
         YES,
         9,
         {ALICE},
         .result = CX_SUCCESS,
         .after = ""},
	{"10: takes over, another set holds it",
         "11Nq 12R @1!:7",
         2,
         YES,
         10,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "12R @2:7",
         .pushes = "N12"},
	/* ... and not otherwise. */
	{"0: not to be reassigned", "11R+ @1:7", 2, YES, 0, {ALICE}, .result = CX_UNABLE_TO_COMPLY},
	{"1: not to be reassigned",
         "11R+ @1:7",
         2,
         YES,
         1,
         {ALICE},
         .result = CX_ERROR_IDENTITY_ALREADY_REGISTERED},
	{"3: not to be reassigned",
         "11R+ @1:7",
         2,
         YES,
         3,
         {ALICE},
         .result = CX_ERROR_IDENTITY_ALREADY_REGISTERED},
	{"0: S-CSCF without restoration",
         "11R+ @1!:7",
         2,
         NO,
         0,
         {ALICE},
         .result = CX_UNABLE_TO_COMPLY},
	{"1: S-CSCF without restoration",
         "11R+ @1!:7",
         2,
         NO,
         1,
         {ALICE},
         .result = CX_ERROR_IDENTITY_ALREADY_REGISTERED},
	{"4: HSS without restoration",
         "11R+ @1!:7",
         2,
         YES,
         4,
         {ALICE},
         hss_without,
         .result = CX_ERROR_IDENTITY_ALREADY_REGISTERED},
	{"0: nothing assigned", "", 2, YES, 0, {ALICE}, .result = CX_UNABLE_TO_COMPLY},
	/* The S-CSCF that was thought lost is back. */
	{"2: the same S-CSCF",
         "11R @1!:7",
         1,
         YES,
         2,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R @1:7",
         .with_data = true},
	{"3: the same S-CSCF",
         "11U @1!:7",
         1,
         YES,
         3,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11U @1:7",
         .with_data = true},
	{"1: the same S-CSCF, without restoration",
         "11R @1!:3",
         1,
         NO,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R @1:3",
         .with_data = true},
	{"0: the same S-CSCF assigns nothing",
         "11R @1!:7",
         1,
         YES,
         0,
         {ALICE},
         .result = CX_SUCCESS,
         .with_data = true},
	{"5: the same S-CSCF ends it",
         "11R @1!:7",
         1,
         YES,
         5,
         {ALICE},
         .result = CX_SUCCESS,
         .after = ""},
	/* 8.1.1: what the S-CSCF that lost the user is told. */
	{"RTR: every set, restoration in common",
         "11R 12U 17R @1!:7",
         2,
         YES,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R 12U 17R @2:7",
         .pushes = "N11 N12 N17",
         .with_data = true},
	{"RTR: others end, none in common",
         "11R+ 12U 17Rq+ @1!:3",
         2,
         YES,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R+ @2:7",
         .pushes = "N11 C12 C17",
         .with_data = true},
	{"RTR: the set that is taken comes first",
         "11R 12R @1!",
         2,
         YES,
         2,
         {WORK},
         .result = CX_SUCCESS,
         .after = "12R @2:7",
         .pushes = "N12 C11",
         .with_data = true},
	{"RTR: a set that is not served needs none",
         "11Nq 12R @1!:3",
         2,
         YES,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R @2:7",
         .pushes = "C12",
         .with_data = true},
	{"RTR: all IMPIs of a set",
         "11R 21R @1!:7",
         2,
         YES,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R 21R @2:7",
         .pushes = "N11+1",
         .with_data = true,
         .registered = IMPI_2},
	{"RTR: the IMPI that the S-CSCF knows",
         "21R @1!:7",
         2,
         YES,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R 21R @2:7",
         .pushes = "N21",
         .with_data = true,
         .registered = IMPI_2},
	{"RTR: all sets that are asked for are taken",
         "11R 12R 17R @1!:3",
         2,
         YES,
         4,
         {ALICE, WORK},
         .result = CX_SUCCESS,
         .after = "",
         .pushes = "N11 N12 C17"},
	{"RTR: none to the same Diameter host",
         "11R 12R @1!:3",
         2,
         YES,
         1,
         {ALICE},
         same_host,
         .result = CX_SUCCESS,
         .after = "11R 12R @2:7",
         .with_data = true},
	{"RTR: none when nothing is registered",
         "11Np @1!",
         2,
         YES,
         1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R @2:7",
         .with_data = true},
	{"RTR: none without an address",
         "11R 12R @1!:3",
         2,
         YES,
         1,
         {ALICE},
         host_unknown,
         .result = CX_SUCCESS,
         .after = "11R 12R @2:7",
         .with_data = true},
	/* P-CSCF restoration: no serving node can be asked. */
	{"P-CSCF: 3",
         "",
         1,
         YES,
         3,
         {ALICE},
         pcscf,
         .result = CX_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED},
	{"P-CSCF: 3, Registered",
         "11R+ @1:7",
         1,
         YES,
         3,
         {ALICE},
         pcscf,
         .result = CX_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED},
	{"P-CSCF: 8",
         "11R+ @1:7",
         1,
         YES,
         8,
         {ALICE},
         pcscf,
         .result = CX_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED},
	{"P-CSCF: 8, by User-Name alone",
         "11R+ @1:7",
         1,
         YES,
         8,
         {NULL},
         pcscf,
         .result = CX_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED},
	{"P-CSCF: 8, foreign S-CSCF",
         "11R+ @1:7",
         2,
         YES,
         8,
         {ALICE},
         pcscf,
         .result = CX_ERROR_IDENTITY_ALREADY_REGISTERED},
	{"P-CSCF: means nothing with 4",
         "11R @1:7",
         1,
         YES,
         4,
         {ALICE},
         pcscf,
         .result = CX_SUCCESS,
         .after = ""},
	{"P-CSCF: means nothing with 1",
         "11Np @1",
         1,
         YES,
         1,
         {ALICE},
         pcscf,
         .result = CX_SUCCESS,
         .after = "11R @1:7",
         .with_data = true},
};

static void returned_text(const struct fixture *f, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < f->ans.n_restoration; i++) {
		const struct cx_restoration *one = &f->ans.restoration[i];

		assert_in_range(one->len, 14, 14);
		assert_memory_equal(one->octets, "restoration ", 12);
		assert_string_equal(one->impi, one->octets[12] == '1' ? IMPI_1 : IMPI_2);
		(void)snprintf(text + strlen(text), size - strlen(text), "%s%.2s", i > 0 ? " " : "",
		               (const char *)one->octets + 12);
	}
}

static void answer_check(const struct fixture *f, const struct row *row)
{
	char text[128];

	fixture_pushes(f, text, sizeof(text));
	fixture_expect_text(row->what, text, row->pushes != NULL ? row->pushes : "");
	returned_text(f, text, sizeof(text));
	fixture_expect_text(row->what, text, row->returned != NULL ? row->returned : "");
	fixture_expect_text(row->what, f->ans.user_data != NULL ? "profile" : NULL,
	                    row->with_data ? "profile" : NULL);
	assert_int_equal(f->ans.n_registered_impi, row->registered != NULL ? 1 : 0);
	if (row->registered != NULL) {
		assert_string_equal(f->ans.registered_impi[0], row->registered);
	}
	fixture_expect_text(row->what, f->ans.server_name,
	                    row->result == CX_ERROR_IDENTITY_ALREADY_REGISTERED ? SCSCF_1 : NULL);
	assert_int_equal(f->ans.verdict.failed_avp,
	                 row->result == CX_INVALID_AVP_VALUE ? CX_AVP_SCSCF_RESTORATION_INFO : 0);
}

static void sar_answers_each_branch_of_restoration(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct fixture f;

		fixture_open(&f, row->state);
		ask(&f, row->scscf, row->features, row->type, IMPI_1, row->impu);
		if (row->arrange != NULL) {
			row->arrange(&f);
		}
		fixture_expect(&f, row->what, row->result, row->after);
		answer_check(&f, row);
		fixture_close(&f);
	}
}

/* The whole way (TS 23.380 4.3): S-CSCF 1 fails, a call comes, S-CSCF 2 takes over with all it
 * needs. */
static void a_call_for_a_registered_user_survives_its_scscf(void **state)
{
	struct fixture f;
	char text[64];

	(void)state;
	fixture_open(&f, "11Np @1");
	ask(&f, 1, YES, CX_SAT_REGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
	brings(&f);
	fixture_expect(&f, "registration", CX_SUCCESS, "11R+ @1:7");

	fixture_ask(&f, CX_CMD_LIR, NULL, (const char *[]){ALICE, NULL});
	f.req.lir = (struct cx_lir){.capabilities_asked = true};
	fixture_features(&f, YES);
	fixture_expect(&f, "S-CSCF 1 does not answer", CX_SUCCESS, "11R+ @1!:7");

	ask(&f, 2, YES, CX_SAT_UNREGISTERED_USER, NULL, (const char *[]){ALICE, NULL});
	fixture_expect(&f, "S-CSCF 2 has a call", CX_ERROR_IN_ASSIGNMENT_TYPE, "11R+ @2:7");
	assert_int_equal(f.ans.n_restoration, 1);
	assert_memory_equal(f.ans.restoration[0].octets, "brought", 7);
	assert_non_null(f.ans.user_data);
	assert_string_equal(f.ans.impi, IMPI_1);
	fixture_pushes(&f, text, sizeof(text));
	assert_string_equal(text, "N11");
	fixture_expect(&f, "repeated, R15", CX_ERROR_IN_ASSIGNMENT_TYPE, NULL);
	assert_int_equal(f.ans.n_restoration, 1);

	fixture_ask(&f, CX_CMD_LIR, NULL, (const char *[]){ALICE, NULL});
	f.req.lir = (struct cx_lir){0};
	fixture_decide(&f);
	assert_string_equal(f.ans.server_name, SCSCF_2);
	fixture_close(&f);
}

/* A snapshot that is used on knows what was removed from it. */
static void restoration_information_that_was_removed_is_gone(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "11R+ @1:7");
	ask(&f, 1, YES, CX_SAT_USER_DEREGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
	fixture_expect(&f, "ends", CX_SUCCESS, "");
	ask(&f, 1, YES, CX_SAT_REGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
	fixture_expect(&f, "begins", CX_SUCCESS, "11R @1:7");
	ask(&f, 1, YES, CX_SAT_NO_ASSIGNMENT, IMPI_1, (const char *[]){ALICE, NULL});
	fixture_expect(&f, "is read", CX_SUCCESS, NULL);
	assert_int_equal(f.ans.n_restoration, 0);
	ask(&f, 1, YES, CX_SAT_REGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
	multiple(&f);
	fixture_expect(&f, "beside others", CX_SUCCESS, NULL);
	fixture_close(&f);
}

/* What is kept belongs to the snapshot, not to the request. */
static void restoration_information_is_copied(void **state)
{
	char octets[] = "brought";
	struct fixture f;

	(void)state;
	fixture_open(&f, "11Np @1");
	ask(&f, 1, YES, CX_SAT_REGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
	brings(&f);
	f.req.sar.restoration = (const uint8_t *)octets;
	fixture_decide(&f);
	memset(octets, 0, sizeof(octets));
	assert_int_equal(f.sub.n_restoration, 1);
	assert_int_equal(f.sub.restoration[0].len, 7);
	assert_memory_equal(f.sub.restoration[0].octets, "brought", 7);
	fixture_close(&f);
}

/* The profile and what was kept go into one answer of 64 KiB. */
static void an_answer_has_room_for_profile_and_restoration(void **state)
{
	static uint8_t octets[2][IMS_RESTORATION_LEN_MAX];
	struct fixture f;

	(void)state;
	for (size_t n = 1; n <= 2; n++) {
		fixture_open(&f, "11R+ 21R+ @1:7");
		for (size_t i = 0; i < n; i++) {
			f.sub.restoration[i].octets = octets[i];
			f.sub.restoration[i].len = sizeof(octets[i]);
		}
		ask(&f, 1, YES, CX_SAT_NO_ASSIGNMENT, IMPI_1, (const char *[]){ALICE, NULL});
		fixture_expect(&f, "room", n == 1 ? CX_SUCCESS : CX_UNABLE_TO_COMPLY, NULL);
		fixture_close(&f);
	}
}

/* What S-CSCFs leave for a set is bounded when it comes: all of it goes into one answer later. */
static void what_is_kept_for_a_set_is_bounded(void **state)
{
	enum {
		ROOM = 40000,
		OVERHEAD = 12 + 32 + 12 + 40, /* two groups, with a User-Name each */
	};
	static const struct {
		size_t kept; /* of IMPI 2 */
		size_t brought;
		uint32_t type;
		bool fits;
	} cases[] = {
		{0, IMS_RESTORATION_LEN_MAX, CX_SAT_REGISTRATION, true},
		{IMS_RESTORATION_LEN_MAX, ROOM - OVERHEAD - IMS_RESTORATION_LEN_MAX,
	         CX_SAT_REGISTRATION, true},
		{IMS_RESTORATION_LEN_MAX, ROOM - OVERHEAD - IMS_RESTORATION_LEN_MAX + 4,
	         CX_SAT_REGISTRATION, false},
		{20000, 20000, CX_SAT_RE_REGISTRATION, false},
		{20000, 100, CX_SAT_RE_REGISTRATION, true},
	};
	static uint8_t octets[IMS_RESTORATION_LEN_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		/* What another set has, and what IMPI 1 had, does not count. */
		fixture_open(&f, "11R+ 12R+ 21R+ @1:7");
		f.sub.restoration[0].octets = f.sub.restoration[1].octets = octets;
		f.sub.restoration[0].len = f.sub.restoration[1].len = sizeof(octets);
		f.sub.restoration[2].octets = octets;
		f.sub.restoration[2].len = cases[i].kept;
		ask(&f, 1, YES, cases[i].type, IMPI_1, (const char *[]){ALICE, NULL});
		f.req.sar.restoration = octets;
		f.req.sar.restoration_len = cases[i].brought;
		f.req.sar.restoration_impi = IMPI_1;
		fixture_decide(&f);
		assert_int_equal(f.ans.verdict.result,
		                 cases[i].fits ? CX_SUCCESS : CX_UNABLE_TO_COMPLY);
		assert_int_equal(f.sub.restoration[0].len,
		                 cases[i].fits ? cases[i].brought : sizeof(octets));
		if (cases[i].fits && cases[i].brought + cases[i].kept <= ROOM) {
			ask(&f, 1, YES, CX_SAT_NO_ASSIGNMENT, IMPI_1,
			    (const char *[]){ALICE, NULL});
			fixture_expect(&f, "all of it", CX_SUCCESS, NULL);
		}
		fixture_close(&f);
	}
}

/* What of the answer depends on the subscriber, as octets on the wire. */
static size_t variable_len(const struct cx_answer *ans)
{
	enum { HEADER = 12 };
	size_t len = HEADER + (ans->user_data_len + 3) / 4 * 4;

	for (size_t i = 0; i < ans->n_restoration; i++) {
		len += 2 * HEADER + (strlen(ans->restoration[i].impi) + 3) / 4 * 4 +
		       ans->restoration[i].len;
	}
	for (size_t i = 0; i < ans->n_associated_impi; i++) {
		len += HEADER + (strlen(ans->associated_impi[i]) + 3) / 4 * 4;
	}
	return ans->n_associated_impi > 0 ? len + HEADER : len;
}

/* As an answer grows Associated-Identities, which are optional, go first; then it is refused. */
static void an_answer_under_64_kib_leaves_out_what_is_optional(void **state)
{
	enum { WHOLE, SHORTER, REFUSED, ROOM = 63000, STEP = 16 };
	static uint8_t octets[2][IMS_RESTORATION_LEN_MAX];
	unsigned times[REFUSED + 1] = {0};
	int before = WHOLE;
	char name[201];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t len = 24000; len <= IMS_RESTORATION_LEN_MAX; len += STEP) {
		struct fixture f;
		int now = REFUSED;

		fixture_open(&f, "11R+ 21R+ @1:7");
		f.sub.impi[2].name = name;
		f.sub.restoration[0].octets = octets[0];
		f.sub.restoration[0].len = IMS_RESTORATION_LEN_MAX;
		f.sub.restoration[1].octets = octets[1];
		f.sub.restoration[1].len = len;
		ask(&f, 1, YES, CX_SAT_NO_ASSIGNMENT, IMPI_1, (const char *[]){ALICE, NULL});
		fixture_decide(&f);
		if (f.ans.verdict.result == CX_SUCCESS) {
			now = f.ans.n_associated_impi == 0 ? SHORTER : WHOLE;
			assert_true(variable_len(&f.ans) <= ROOM);
			assert_int_equal(f.ans.n_restoration, 2);
			assert_true(f.ans.user_data_len > 0);
		} else {
			assert_int_equal(f.ans.verdict.result, CX_UNABLE_TO_COMPLY);
			assert_non_null(strstr(f.ans.verdict.message, "64 KiB"));
		}
		assert_true(now >= before);
		before = now;
		times[now]++;
		fixture_close(&f);
	}
	assert_true(times[WHOLE] > 0 && times[SHORTER] >= sizeof(name) / STEP);
	assert_true(times[REFUSED] > 0);
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

/* The octets that are left run out at each allocation in turn. */
static void memory_that_runs_out_changes_nothing(void **state)
{
	enum { CHUNK = 4096 }; /* of an arena */
	unsigned refused = 0;

	(void)state;
	for (size_t left = 0; left < CHUNK; left += 16) {
		struct fixture f;
		char text[64];

		fixture_open(&f, "11R 12R 17R @1!:3");
		ask(&f, 2, YES, CX_SAT_REGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
		has_profile(&f);
		brings(&f);
		memory_is_short = true;
		allowed = 0;
		while (arena_alloc(&f.sub.arena, 1) != NULL) { /* use up what is there */
		}
		allowed = 1;
		assert_non_null(arena_alloc(&f.sub.arena, CHUNK - left));
		fixture_decide(&f);
		memory_is_short = false;
		fixture_state(&f, text, sizeof(text));
		if (f.ans.verdict.result == CX_SUCCESS) {
			assert_string_equal(text, "11R+ @2:7");
			assert_int_equal(f.sub.n_push, 3);
		} else {
			refused++;
			assert_int_equal(f.ans.verdict.result, CX_UNABLE_TO_COMPLY);
			assert_string_equal(text, "11R 12R 17R @1!:3");
			assert_int_equal(f.sub.n_push, 0);
			assert_null(f.ans.impi);
		}
		fixture_close(&f);
	}
	assert_in_range(refused, 20, CHUNK / 16 - 20); /* it did run out, and not always */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sar_answers_each_branch_of_restoration),
		cmocka_unit_test(a_call_for_a_registered_user_survives_its_scscf),
		cmocka_unit_test(restoration_information_is_copied),
		cmocka_unit_test(restoration_information_that_was_removed_is_gone),
		cmocka_unit_test(what_is_kept_for_a_set_is_bounded),
		cmocka_unit_test(an_answer_has_room_for_profile_and_restoration),
		cmocka_unit_test(an_answer_under_64_kib_leaves_out_what_is_optional),
		cmocka_unit_test(memory_that_runs_out_changes_nothing),
	};

	return cmocka_run_group_tests(tests, fixture_group_setup, fixture_group_teardown);
}
