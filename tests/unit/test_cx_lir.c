/* Location-Info-Request: a row for each branch of TS 29.228 6.1.4.1. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "subscription_fixture.h"

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

/* The wildcarded identities become wildcarded PSIs, in use or not. */
static void wildcarded_psi(struct fixture *f)
{
	struct ims_impu *impu = &f->sub.impu[f->sub.asked_impu[0].index];

	impu->kind = IMPU_WILDCARDED_PSI;
	impu->psi_active = true;
	impu->as_name = CONF_AS;
}

static void wildcarded_psi_inactive(struct fixture *f)
{
	wildcarded_psi(f);
	f->sub.impu[f->sub.asked_impu[0].index].psi_active = false;
}

enum { RESTORATION = CX_FEATURE_IMS_RESTORATION_IND };

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): the order is that of reading a row */
static const struct row {
	const char *what;
	const char *state;
	const char *impu;
	bool originating;
	bool capabilities_asked;
	void (*arrange)(struct fixture *f);
	enum cx_result result;
	const char *server_name;
	const char *capabilities; /* the S-CSCF offered; "-" for none; NULL: no group */
	bool direct_routing;
	const char *wildcarded;
	uint32_t features; /* of the request */
	const char *after; /* NULL: as before */
} rows[] = {
	/* Step 1. */
	{"1: unknown", "", NOBODY, .result = CX_ERROR_USER_UNKNOWN},
	/* Step 2: public service identities. */
	{"2: PSI inactive", "", CLOSED, .result = CX_ERROR_USER_UNKNOWN},
	{"2: PSI inactive, originating", "", CLOSED, true, .result = CX_ERROR_USER_UNKNOWN},
	{"2: wildcarded PSI inactive", "", DESK_42, .arrange = wildcarded_psi_inactive,
         .result = CX_ERROR_USER_UNKNOWN},
	{"2: PSI with an application server", "", CONF, .result = CX_SUCCESS,
         .server_name = CONF_AS, .direct_routing = true},
	{"2: the same, capabilities asked, no restoration", "", CONF, false, true,
         .result = CX_SUCCESS, .server_name = CONF_AS, .direct_routing = true},
	{"2: the same, originating: through an S-CSCF", "", CONF, true,
         .result = CX_UNREGISTERED_SERVICE, .capabilities = DEFAULT_SCSCF},
	{"2: the same, originating, S-CSCF assigned", "34U @1", CONF, true, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"2: wildcarded PSI", "", DESK_42, .arrange = wildcarded_psi, .result = CX_SUCCESS,
         .server_name = CONF_AS, .direct_routing = true, .wildcarded = DESKS},
	{"2: PSI without an application server", "", CHAT, .result = CX_UNREGISTERED_SERVICE,
         .capabilities = DEFAULT_SCSCF},
	{"2: the same, S-CSCF assigned", "35U @1", CHAT, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	/* Step 2a: no restoration, so as any other. */
	{"2a: Registered", "11R @1", ALICE, false, true, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"2a: Not Registered", "", ALICE, false, true, .result = CX_ERROR_IDENTITY_NOT_REGISTERED},
	{"2a: unregistered services", "", WORK, false, true, .result = CX_UNREGISTERED_SERVICE,
         .capabilities = DEFAULT_SCSCF},
	/* Step 2 and 2a with restoration: another S-CSCF may take over. */
	{"2: PSI with an application server, capabilities asked, restoration", "", CONF, false,
         true, .result = CX_UNABLE_TO_COMPLY, .features = RESTORATION},
	{"2: the same, originating: goes through an S-CSCF", "34U @1", CONF, true, true,
         .result = CX_SUCCESS, .capabilities = DEFAULT_SCSCF, .features = RESTORATION,
         .after = "34U @1!"},
	{"2: the same, capabilities not asked", "", CONF, .result = CX_SUCCESS,
         .server_name = CONF_AS, .direct_routing = true, .features = RESTORATION},
	{"2: PSI without an application server, restoration", "35U @1", CHAT, false, true,
         .result = CX_SUCCESS, .capabilities = DEFAULT_SCSCF, .features = RESTORATION,
         .after = "35U @1!"},
	{"2: PSI inactive, restoration", "", CLOSED, false, true, .result = CX_ERROR_USER_UNKNOWN,
         .features = RESTORATION},
	{"2a: restoration, Registered", "11R @1:4", ALICE, false, true, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF, .features = RESTORATION, .after = "11R @1!:4"},
	{"2a: restoration, asked again", "11R @1!", ALICE, false, true, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF, .features = RESTORATION},
	{"2a: restoration, another IMPU Registered", "12R @1", ALICE, false, true,
         .result = CX_SUCCESS, .capabilities = DEFAULT_SCSCF, .features = RESTORATION,
         .after = "12R @1!"},
	{"2a: restoration, nothing assigned", "", ALICE, false, true, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF, .features = RESTORATION},
	{"2a: restoration, wildcard matched", "17R @1", DESK_42, false, true, .result = CX_SUCCESS,
         .capabilities = DEFAULT_SCSCF, .wildcarded = DESKS, .features = RESTORATION,
         .after = "17R @1!"},
	{"2a: restoration, a set of capabilities", "11R @1", ALICE, false, true, own_set,
         .result = CX_SUCCESS, .capabilities = "-", .features = RESTORATION, .after = "11R @1!"},
	{"2a: restoration that the HSS has not", "11R @1", ALICE, false, true, no_restoration,
         .result = CX_SUCCESS, .server_name = SCSCF_1, .features = RESTORATION},
	{"2a: other features", "11R @1", ALICE, false, true, .result = CX_SUCCESS,
         .server_name = SCSCF_1, .features = CX_FEATURE_SIFC | CX_FEATURE_ALIAS_IND},
	/* Step 3. */
	{"3: Registered, to be reassigned", "11R @1!", ALICE, .result = CX_SUCCESS,
         .server_name = SCSCF_1, .features = RESTORATION},
	{"3: Not Registered, services, no name, a set of capabilities", "", WORK,
         .arrange = own_set, .result = CX_UNREGISTERED_SERVICE, .capabilities = "-"},
	{"3: Registered, R4", "11R @1", ALICE, .result = CX_SUCCESS, .server_name = SCSCF_1},
	{"3: Registered, being authenticated again, R6 R12", "11Rp @1", ALICE, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"3: implicitly registered, R8", "11R @1", ALICE_TEL, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"3: registered by another IMPI", "21R @1", ALICE, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"3: Unregistered", "11U @2", ALICE, .result = CX_SUCCESS, .server_name = SCSCF_2},
	{"3: Registered, wildcard matched", "17R @1", DESK_42, .result = CX_SUCCESS,
         .server_name = SCSCF_1, .wildcarded = DESKS},
	{"3: Registered, the wildcarded identity itself", "17R @1", DESKS, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"3: Not Registered, services, name of another IMPU", "11R @1", WORK, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"3: Not Registered, services, authentication running, R5", "12Np @1", WORK,
         .result = CX_SUCCESS, .server_name = SCSCF_1},
	{"3: Not Registered, services, authentication ran out", "12Nx @1", WORK,
         .result = CX_UNREGISTERED_SERVICE, .capabilities = DEFAULT_SCSCF},
	{"3: Not Registered, services, no name", "", WORK, .result = CX_UNREGISTERED_SERVICE,
         .capabilities = DEFAULT_SCSCF},
	{"3: the same, no default S-CSCF", "", WORK, .arrange = no_default,
         .result = CX_UNREGISTERED_SERVICE, .capabilities = "-"},
	{"3: Not Registered, originating, name", "12U @1", ALICE, true, .result = CX_SUCCESS,
         .server_name = SCSCF_1},
	{"3: Not Registered, originating, no name", "", ALICE, true,
         .result = CX_UNREGISTERED_SERVICE, .capabilities = DEFAULT_SCSCF},
	{"3: Not Registered, wildcard matched, originating", "", DESK_42, true,
         .result = CX_UNREGISTERED_SERVICE, .capabilities = DEFAULT_SCSCF, .wildcarded = DESKS},
	{"3: Not Registered, no services", "", ALICE, .result = CX_ERROR_IDENTITY_NOT_REGISTERED},
	{"3: the same, another IMPU Registered", "12R @1", ALICE,
         .result = CX_ERROR_IDENTITY_NOT_REGISTERED},
	{"3: the same, authentication running, R5", "11Np @1", ALICE,
         .result = CX_ERROR_IDENTITY_NOT_REGISTERED},
};

static void lir_answers_each_branch(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct fixture f;

		fixture_open(&f, row->state);
		fixture_ask(&f, CX_CMD_LIR, NULL, (const char *[]){row->impu, NULL});
		f.req.lir = (struct cx_lir){.originating = row->originating,
		                            .capabilities_asked = row->capabilities_asked};
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
		assert_true(f.ans.psi_direct_routing == row->direct_routing);
		fixture_expect_text(row->what, f.ans.wildcarded_impu, row->wildcarded);
		fixture_close(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lir_answers_each_branch),
	};

	return cmocka_run_group_tests(tests, fixture_group_setup, fixture_group_teardown);
}
