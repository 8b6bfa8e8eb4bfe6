/* User-Authorization-Request: a row for each branch of TS 29.228 6.1.1.1. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "subscription_fixture.h"

static const char *some_networks[] = {"visited.example", "other.example"};

static void not_allowed(struct fixture *f)
{
	f->sub.registration_allowed = false;
}

static void roams(struct fixture *f)
{
	f->sub.visited = some_networks;
	f->sub.n_visited = 2;
}

static void roams_not_allowed(struct fixture *f)
{
	roams(f);
	not_allowed(f);
}

static void no_home(struct fixture *f)
{
	roams(f);
	f->policy.home_network = NULL;
}

static void no_default(struct fixture *f)
{
	f->policy.default_scscf = NULL;
}

static void no_restoration(struct fixture *f)
{
	f->policy.features = CX_FEATURE_ALIAS_IND;
}

static void own_set(struct fixture *f)
{
	static struct ims_capabilities set = {.name = "gold"};

	f->sub.capabilities = &set;
}

static void nothing_found(struct fixture *f)
{
	struct arena arena = f->sub.arena;

	f->sub = (struct ims_subscription){.arena = arena};
}

static void name_lost(struct fixture *f)
{
	f->sub.scscf_name = f->sub.scscf_host = f->sub.scscf_realm = NULL;
}

enum {
	REG = CX_UAT_REGISTRATION,
	DEREG = CX_UAT_DE_REGISTRATION,
	CAPS = CX_UAT_REGISTRATION_AND_CAPABILITIES,
	RESTORATION = CX_FEATURE_IMS_RESTORATION_IND
};

static const struct row {
	const char *what;
	const char *state;
	const char *impi;
	const char *impu;
	int type;
	bool emergency;
	const char *visited; /* NULL: home.example */
	void (*arrange)(struct fixture *f);
	enum cx_result result;
	const char *server_name;
	const char *capabilities; /* the S-CSCF offered; "-" for none; NULL: no group */
	uint32_t features;        /* of the request */
	const char *after;        /* NULL: as before */
} rows[] = {
	/* Step 1: the identities exist. */
	{"1: IMPI unknown", "", STRANGER, ALICE, REG, .result = CX_ERROR_USER_UNKNOWN},
	{"1: IMPU unknown", "", IMPI_1, NOBODY, REG, .result = CX_ERROR_USER_UNKNOWN},
	{"1: both unknown, no subscription", "", IMPI_1, ALICE, REG, .arrange = nothing_found,
         .result = CX_ERROR_USER_UNKNOWN},
	{"1 before 3: IMPI unknown, IMPU of another", "", STRANGER, BOB, REG,
         .result = CX_ERROR_USER_UNKNOWN},
	/* Step 2: a distinct IMPU. */
	{"2: only a wildcard matches", "", IMPI_1, DESK_42, REG, .result = CX_ERROR_USER_UNKNOWN},
	{"2: the wildcarded identity itself", "", IMPI_1, DESKS, REG,
         .result = CX_ERROR_USER_UNKNOWN},
	{"2: a public service identity", "", IMPI_PSI, CHAT, REG, .result = CX_ERROR_USER_UNKNOWN},
	/* Step 3: R3. */
	{"3: IMPU of another subscription", "", IMPI_1, BOB, REG,
         .result = CX_ERROR_IDENTITIES_DONT_MATCH},
	{"3: IMPU of another IMPI of the subscription", "", IMPI_2, WORK, REG,
         .result = CX_ERROR_IDENTITIES_DONT_MATCH},
	{"3 before 4: barred and of another", "", IMPI_2, BARRED, REG,
         .result = CX_ERROR_IDENTITIES_DONT_MATCH},
	/* Step 4: barring. */
	{"4: barred, the set too", "", IMPI_1, BARRED, REG, .result = CX_AUTHORIZATION_REJECTED},
	{"4: barred, de-registration", "", IMPI_1, BARRED, DEREG,
         .result = CX_AUTHORIZATION_REJECTED},
	{"4: barred, capabilities", "", IMPI_1, BARRED, CAPS, .result = CX_AUTHORIZATION_REJECTED},
	{"4: barred, but emergency", "", IMPI_1, BARRED, REG, true, .result = CX_FIRST_REGISTRATION,
         .capabilities = DEFAULT_SCSCF},
	{"4: barred, another of the set is not", "", IMPI_1, ALICE_SPARE, REG,
         .result = CX_FIRST_REGISTRATION, .capabilities = DEFAULT_SCSCF},
	{"4 before 5: barred and roaming", "", IMPI_1, BARRED, REG, false, "far.example", roams,
         .result = CX_AUTHORIZATION_REJECTED},
	/* Step 5a: roaming, permission. */
	{"5a: network not in the list", "", IMPI_1, ALICE, REG, false, "far.example", roams,
         .result = CX_ERROR_ROAMING_NOT_ALLOWED},
	{"5a: network in the list", "", IMPI_1, ALICE, REG, false, "other.example", roams,
         .result = CX_FIRST_REGISTRATION, .capabilities = DEFAULT_SCSCF},
	{"5a: at home", "", IMPI_1, ALICE, REG, .arrange = roams, .result = CX_FIRST_REGISTRATION,
         .capabilities = DEFAULT_SCSCF},
	{"5a: no home network configured", "", IMPI_1, ALICE, REG, .arrange = no_home,
         .result = CX_ERROR_ROAMING_NOT_ALLOWED},
	{"5a: no list is any network", "", IMPI_1, ALICE, REG, false, "far.example",
         .result = CX_FIRST_REGISTRATION, .capabilities = DEFAULT_SCSCF},
	{"5a: not allowed to register", "", IMPI_1, ALICE, REG, .arrange = not_allowed,
         .result = CX_AUTHORIZATION_REJECTED},
	{"5a: roaming comes before permission", "", IMPI_1, ALICE, REG, false, "far.example",
         roams_not_allowed, .result = CX_ERROR_ROAMING_NOT_ALLOWED},
	{"5a: emergency is granted", "", IMPI_1, ALICE, REG, true, "far.example", roams_not_allowed,
         .result = CX_FIRST_REGISTRATION, .capabilities = DEFAULT_SCSCF},
	/* Step 5b. */
	{"5b: de-registration from anywhere", "11R @1", IMPI_1, ALICE, DEREG, false, "far.example",
         roams_not_allowed, .result = CX_SUCCESS, .server_name = SCSCF_1},
	/* Step 5c. */
	{"5c: granted without a name, R41", "", IMPI_1, ALICE, CAPS, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF},
	{"5c: S-CSCF assigned, still no name", "11R @1", IMPI_1, ALICE, CAPS, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF},
	{"5c: no default S-CSCF", "11R @1", IMPI_1, ALICE, CAPS, .arrange = no_default,
         .result = CX_SUCCESS, .capabilities = "-"},
	{"5c: roaming", "", IMPI_1, ALICE, CAPS, false, "far.example", roams,
         .result = CX_ERROR_ROAMING_NOT_ALLOWED},
	{"5c: permission", "", IMPI_1, ALICE, CAPS, .arrange = not_allowed,
         .result = CX_AUTHORIZATION_REJECTED},
	{"5c: emergency is granted", "", IMPI_1, ALICE, CAPS, true, "far.example",
         roams_not_allowed, .result = CX_SUCCESS, .capabilities = DEFAULT_SCSCF},
	/* Step 5c with IMS restoration: another S-CSCF may take over. */
	{"5c: restoration, Registered", "11R @1", IMPI_1, ALICE, CAPS, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF, .features = RESTORATION, .after = "11R @1!"},
	{"5c: restoration, Unregistered", "12U @1:4", IMPI_1, ALICE, CAPS, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF, .features = RESTORATION, .after = "12U @1!:4"},
	{"5c: restoration, authentication running", "11Np @1", IMPI_1, ALICE, CAPS,
         .result = CX_SUCCESS, .capabilities = DEFAULT_SCSCF, .features = RESTORATION,
         .after = "11Np @1!"},
	{"5c: restoration, asked again", "11R @1!", IMPI_1, ALICE, CAPS, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF, .features = RESTORATION},
	{"5c: restoration, nothing assigned", "", IMPI_1, ALICE, CAPS, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF, .features = RESTORATION},
	{"5c: restoration, authentication ran out", "11Nx @1", IMPI_1, ALICE, CAPS,
         .result = CX_SUCCESS, .capabilities = DEFAULT_SCSCF, .features = RESTORATION},
	{"5c: other features", "11R @1", IMPI_1, ALICE, CAPS, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF, .features = CX_FEATURE_SIFC | CX_FEATURE_ALIAS_IND},
	{"5c: restoration that the HSS has not", "11R @1", IMPI_1, ALICE, CAPS,
         .arrange = no_restoration, .result = CX_SUCCESS, .capabilities = DEFAULT_SCSCF,
         .features = RESTORATION},
	{"5c: restoration, emergency", "11R @1", IMPI_1, ALICE, CAPS, true, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF, .features = RESTORATION},
	{"5c: restoration, roaming", "11R @1", IMPI_1, ALICE, CAPS, false, "far.example", roams,
         .result = CX_ERROR_ROAMING_NOT_ALLOWED, .features = RESTORATION},
	{"5c: a set of capabilities", "11R @1", IMPI_1, ALICE, CAPS, .arrange = own_set,
         .result = CX_SUCCESS, .capabilities = "-"},
	/* Step 6, REGISTRATION. */
	{"6: restoration, not asked for", "11R @1", IMPI_1, ALICE, REG,
         .result = CX_SUBSEQUENT_REGISTRATION, .server_name = SCSCF_1, .features = RESTORATION},
	{"6: Registered, to be reassigned", "11R @1!", IMPI_1, ALICE, REG,
         .result = CX_SUBSEQUENT_REGISTRATION, .server_name = SCSCF_1, .features = RESTORATION},
	{"6: emergency, Registered (Annex G)", "11R @1", IMPI_1, ALICE, REG, true, "far.example",
         roams_not_allowed, .result = CX_SUBSEQUENT_REGISTRATION, .server_name = SCSCF_1},
	{"6: emergency, barred and Unregistered (Annex G)", "13U @1", IMPI_1, BARRED, REG, true,
         .result = CX_SUBSEQUENT_REGISTRATION, .server_name = SCSCF_1},
	{"6: Registered, R4 R6", "11R @1", IMPI_1, ALICE, REG, .result = CX_SUBSEQUENT_REGISTRATION,
         .server_name = SCSCF_1},
	{"6: Registered, another IMPU of the set, R8", "11R @1", IMPI_1, ALICE_TEL, REG,
         .result = CX_SUBSEQUENT_REGISTRATION, .server_name = SCSCF_1},
	{"6: Unregistered", "11U @2", IMPI_1, ALICE, REG, .result = CX_SUBSEQUENT_REGISTRATION,
         .server_name = SCSCF_2},
	{"6 (i): another IMPU Registered", "12R @1", IMPI_1, ALICE, REG,
         .result = CX_SUBSEQUENT_REGISTRATION, .server_name = SCSCF_1},
	{"6 (i): registered by another IMPI", "21R @1", IMPI_1, WORK, REG,
         .result = CX_SUBSEQUENT_REGISTRATION, .server_name = SCSCF_1},
	{"6 (ii): another IMPU Unregistered", "12U @1", IMPI_1, ALICE, REG,
         .result = CX_SUBSEQUENT_REGISTRATION, .server_name = SCSCF_1},
	{"6 (iii): authentication running, R5 R14", "11Np @1", IMPI_1, ALICE, REG,
         .result = CX_SUBSEQUENT_REGISTRATION, .server_name = SCSCF_1},
	{"6 (iii): running for another IMPU", "12Nq @1", IMPI_1, ALICE, REG,
         .result = CX_SUBSEQUENT_REGISTRATION, .server_name = SCSCF_1},
	{"6 (iv): authentication ran out", "11Nx @1", IMPI_1, ALICE, REG,
         .result = CX_FIRST_REGISTRATION, .capabilities = DEFAULT_SCSCF},
	{"6 (iv): no name", "", IMPI_1, ALICE, REG, .result = CX_FIRST_REGISTRATION,
         .capabilities = DEFAULT_SCSCF},
	{"6 (iv): no name, a set of capabilities", "", IMPI_1, ALICE, REG, .arrange = own_set,
         .result = CX_FIRST_REGISTRATION, .capabilities = "-"},
	{"6 (iv): no name, no default S-CSCF", "", IMPI_1, ALICE, REG, .arrange = no_default,
         .result = CX_FIRST_REGISTRATION, .capabilities = "-"},
	/* Step 6, DE_REGISTRATION. */
	{"6: Registered", "11R @1", IMPI_1, ALICE, DEREG, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"6: Registered by the other IMPI", "21R @1", IMPI_1, ALICE, DEREG, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"6: Unregistered", "11U @1", IMPI_1, ALICE, DEREG, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"6: Not Registered, pending", "11Nq @1", IMPI_1, ALICE, DEREG, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"6: Not Registered, pending ran out", "11Nx @1", IMPI_1, ALICE, DEREG,
         .result = CX_ERROR_IDENTITY_NOT_REGISTERED},
	{"6: Not Registered", "", IMPI_1, ALICE, DEREG, .result = CX_ERROR_IDENTITY_NOT_REGISTERED},
	{"6: Not Registered, another IMPU is", "12R @1", IMPI_1, ALICE, DEREG,
         .result = CX_ERROR_IDENTITY_NOT_REGISTERED},
	{"6: Registered, but the name is lost", "11R @1", IMPI_1, ALICE, DEREG,
         .arrange = name_lost, .result = CX_ERROR_IDENTITY_NOT_REGISTERED},
	{"6: the same, to register", "11R @1", IMPI_1, ALICE, REG, .arrange = name_lost,
         .result = CX_FIRST_REGISTRATION, .capabilities = DEFAULT_SCSCF},
	/* A value without a meaning. */
	{"User-Authorization-Type 3", "", IMPI_1, ALICE, 3, .result = CX_INVALID_AVP_VALUE},
};

static void uar_answers_each_branch(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct fixture f;

		fixture_open(&f, row->state);
		fixture_ask(&f, CX_CMD_UAR, row->impi, (const char *[]){row->impu, NULL});
		f.req.uar = (struct cx_uar){
			.visited_network = row->visited != NULL ? row->visited : "home.example",
			.type = (enum cx_uat)row->type,
			.emergency = row->emergency,
		};
		if (row->features != 0) {
			fixture_features(&f, row->features);
		}
		if (row->arrange != NULL) {
			row->arrange(&f);
		}
		fixture_expect(&f, row->what, row->result, row->after);
		fixture_expect_text(row->what, f.ans.server_name, row->server_name);
		assert_true(f.ans.capabilities == (row->capabilities != NULL));
		fixture_expect_text(row->what, f.ans.capabilities_scscf, row->capabilities);
		assert_int_equal(f.ans.verdict.failed_avp_vendor,
		                 row->type == 3 ? CX_VENDOR_3GPP : CX_VENDOR_NONE);
		assert_int_equal(f.ans.verdict.failed_avp,
		                 row->type == 3 ? CX_AVP_USER_AUTHORIZATION_TYPE : 0);
		fixture_close(&f);
	}
}

/* What the store says it found is checked before it is used. */
static void index_out_of_range_is_no_identity(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "");
	fixture_ask(&f, CX_CMD_UAR, IMPI_1, (const char *[]){ALICE, NULL});
	f.req.uar.visited_network = "home.example";
	f.sub.asked_impu[0].index = f.sub.n_impu;
	fixture_expect(&f, "IMPU", CX_ERROR_IDENTITIES_DONT_MATCH, NULL);
	f.sub.asked_impu[0].index = 0;
	f.sub.asked_impi.index = f.sub.n_impi;
	fixture_expect(&f, "IMPI", CX_ERROR_IDENTITIES_DONT_MATCH, NULL);
	f.sub.n_asked_impu = 0;
	fixture_expect(&f, "nothing looked up", CX_ERROR_USER_UNKNOWN, NULL);
	fixture_close(&f);
}

static void refusal_says_who_and_why(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "");
	fixture_ask(&f, CX_CMD_UAR, IMPI_1, (const char *[]){BOB, NULL});
	f.req.uar.visited_network = "home.example";
	fixture_decide(&f);
	assert_string_equal(f.ans.verdict.message,
	                    "public identity " BOB " does not belong to " IMPI_1);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uar_answers_each_branch),
		cmocka_unit_test(index_out_of_range_is_no_identity),
		cmocka_unit_test(refusal_says_who_and_why),
	};

	return cmocka_run_group_tests(tests, fixture_group_setup, fixture_group_teardown);
}
