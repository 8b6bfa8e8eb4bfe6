/* Server-Assignment-Request: TS 29.228 6.1.2.1, and the whole state machine of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "subscription_fixture.h"

static void ask(struct fixture *f, uint32_t type, const char *impi, const char *const *impu)
{
	fixture_ask(f, CX_CMD_SAR, impi, impu);
	f->req.sar = (struct cx_sar){.server_name = SCSCF_1, .type = type};
}

/* The state machine. Columns are the types that behave alike; the cell holds result and state
 * after. */
enum column { READ, REGISTER, UNREGISTERED, END, KEEP, NOT_KEPT, AUTH_ENDED, N_COLUMNS };

static const struct {
	const char *name;
	int types[5]; /* ends with -1 */
	bool not_kept;
} columns[N_COLUMNS] = {
	[READ] = {"NO_ASSIGNMENT", {0, -1}, false},
	[REGISTER] = {"(RE_)REGISTRATION", {1, 2, -1}, false},
	[UNREGISTERED] = {"UNREGISTERED_USER", {3, -1}, false},
	[END] = {"deregistration", {4, 5, 8, 11, -1}, false},
	[KEEP] = {"deregistration, name kept", {6, 7, -1}, false},
	[NOT_KEPT] = {"deregistration, name not kept", {6, 7, -1}, true},
	[AUTH_ENDED] = {"authentication failed or timed out", {9, 10, -1}, false},
};

struct cell {
	enum cx_result result;
	const char *after; /* NULL: as before */
};

#define OK(after)                                                                                  \
	{                                                                                          \
		CX_SUCCESS, after                                                                  \
	}
#define GONE(after)                                                                                \
	{                                                                                          \
		CX_SUCCESS_SERVER_NAME_NOT_STORED, after                                           \
	}
#define COMPLY                                                                                     \
	{                                                                                          \
		CX_UNABLE_TO_COMPLY, NULL                                                          \
	}
#define TYPE                                                                                       \
	{                                                                                          \
		CX_ERROR_IN_ASSIGNMENT_TYPE, NULL                                                  \
	}
#define OTHER                                                                                      \
	{                                                                                          \
		CX_ERROR_IDENTITY_ALREADY_REGISTERED, NULL                                         \
	}
#define SAME NULL

/* IMPI 1, set 1, sent by S-CSCF 1. */
static const struct {
	const char *state;
	struct cell cell[N_COLUMNS];
} machine[] = {
	/* Not Registered. R7 R8 in column 2, R10 R11 R12 in the last one. */
	{"", {COMPLY, OK("11R @1"), OK("11U @1"), TYPE, TYPE, TYPE, OK(SAME)}},
	{"11Np @1", {OK(SAME), OK("11R @1"), OK("11Up @1"), TYPE, TYPE, TYPE, OK("")}},
	{"11Np @2", {COMPLY, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER}},
	{"11Nx @1", {COMPLY, OK("11R @1"), OK("11Ux @1"), TYPE, TYPE, TYPE, OK(SAME)}},
	{"11Nx @2", {COMPLY, OK("11R @1"), OK("11Ux @1"), TYPE, TYPE, TYPE, OK(SAME)}},
	/* ... with another IMPU, or another IMPI, holding the name. */
	{"12U @1", {OK(SAME), OK("11R 12U @1"), OK("11U 12U @1"), TYPE, TYPE, TYPE, OK(SAME)}},
	{"12U @2", {COMPLY, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER}},
	{"11Np 12R @1",
         {OK(SAME), OK("11R 12R @1"), OK("11Up 12R @1"), TYPE, TYPE, TYPE, OK("12R @1")}},
	{"11Np 12Nq @1",
         {OK(SAME), OK("11R 12Nq @1"), OK("11Up 12Nq @1"), TYPE, TYPE, TYPE, OK("12Nq @1")}},
	{"11Np 21Nq @1",
         {OK(SAME), OK("11R 21Nq @1"), OK("11Up 21Nq @1"), TYPE, TYPE, TYPE, OK("21Nq @1")}},
	/* Unregistered. */
	{"11U @1", {OK(SAME), OK("11R @1"), OK(SAME), OK(""), OK(SAME), GONE(""), OK(SAME)}},
	{"11U @2", {COMPLY, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER}},
	{"11Uq @1", {OK(SAME), OK("11R @1"), OK(SAME), OK(""), OK(SAME), GONE(""), OK("11U @1")}},
	{"11Uq @2", {COMPLY, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER}},
	{"21U @1", {OK(SAME), OK("11R @1"), OK(SAME), OK(""), OK(SAME), GONE(""), OK(SAME)}},
	{"11U 12R @1",
         {OK(SAME), OK("11R 12R @1"), OK(SAME), OK("12R @1"), OK(SAME), GONE("12R @1"), OK(SAME)}},
	/* Registered. */
	{"11R @1", {OK(SAME), OK(SAME), OK("11U @1"), OK(""), OK("11U @1"), GONE(""), OK(SAME)}},
	{"11R @2", {COMPLY, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER}},
	{"11Rq @1",
         {OK(SAME), OK("11R @1"), OK("11Uq @1"), OK(""), OK("11Uq @1"), GONE(""), OK("11R @1")}},
	{"11Rq @2", {COMPLY, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER}},
	{"11Rx @1",
         {OK(SAME), OK("11R @1"), OK("11Ux @1"), OK(""), OK("11Ux @1"), GONE(""), OK("11R @1")}},
	{"11R 12U @1",
         {OK(SAME), OK(SAME), OK("11U 12U @1"), OK("12U @1"), OK("11U 12U @1"), GONE("12U @1"),
          OK(SAME)}},
	/* Registered by several IMPIs, or by the other one. */
	{"11R 21R @1",
         {OK(SAME), OK(SAME), OK("11U @1"), OK("21R @1"), OK("21R @1"), GONE("21R @1"), OK(SAME)}},
	{"21R @1", {OK(SAME), OK("11R 21R @1"), OK("11U @1"), TYPE, TYPE, TYPE, OK(SAME)}},
	{"11Nq 21R @1",
         {OK(SAME), OK("11R 21R @1"), OK("11Uq @1"), TYPE, TYPE, TYPE, OK("21R @1")}},
};

static void machine_cell(const char *start, enum column column, int type, const struct cell *cell)
{
	const bool with_data = column <= UNREGISTERED && cell->result == CX_SUCCESS;
	struct fixture f;
	char what[128];

	(void)snprintf(what, sizeof(what), "\"%s\" with type %d, %s", start, type,
	               columns[column].name);
	fixture_open(&f, start);
	f.policy.store_server_name = !columns[column].not_kept;
	ask(&f, (uint32_t)type, IMPI_1, (const char *[]){ALICE, NULL});
	fixture_expect(&f, what, cell->result, cell->after);
	/* 8.1.2: the stored name goes into the refusal. */
	fixture_expect_text(what, f.ans.server_name,
	                    cell->result == CX_ERROR_IDENTITY_ALREADY_REGISTERED ? SCSCF_2 : NULL);
	assert_true((f.ans.user_data != NULL) == with_data);
	assert_true((f.ans.n_associated_impi == 3) == with_data);
	if (cx_result_is_success(cell->result)) {
		fixture_expect_text(what, f.ans.impi, IMPI_1);
	}
	fixture_close(&f);
}

static void sar_follows_the_state_machine(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(machine) / sizeof(machine[0]); i++) {
		for (unsigned column = 0; column < N_COLUMNS; column++) {
			for (const int *type = columns[column].types; *type >= 0; type++) {
				machine_cell(machine[i].state, column, *type,
				             &machine[i].cell[column]);
			}
		}
	}
}

static void name_not_kept(struct fixture *f)
{
	f->policy.store_server_name = false;
}

static void wildcarded_psi(struct fixture *f)
{
	f->sub.impu[f->sub.asked_impu[0].index].kind = IMPU_WILDCARDED_PSI;
}

static void wildcard_told(struct fixture *f)
{
	f->req.sar.wildcarded_impu = DESKS;
}

static void other_wildcard_told(struct fixture *f)
{
	f->req.sar.wildcarded_impu = "sip:chair!.*!@home.example";
}

static void no_registration_rows(struct fixture *f)
{
	f->sub.n_registration = 0;
}

static void profile_too_large(struct fixture *f)
{
	static char name[70000];

	memset(name, 'x', sizeof(name) - 1);
	f->sub.impu[0].display_name = name;
}

static void data_available(struct fixture *f)
{
	f->req.sar.user_data_already_available = true;
}

static void data_available_too_large(struct fixture *f)
{
	profile_too_large(f);
	data_available(f);
}

static void lower_case_name(struct fixture *f)
{
	f->req.sar.server_name = "SIP:SCSCF1.home.example:5060";
}

enum { NO_AVP = 0, USER_NAME = CX_BASE_AVP_USER_NAME, PUBLIC_IDENTITY = CX_AVP_PUBLIC_IDENTITY };

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): the order is that of reading a row */
static const struct row {
	const char *what;
	const char *state;
	uint32_t type;
	const char *impi;
	const char *impu[FIXTURE_IMPU_MAX];
	void (*arrange)(struct fixture *f);
	enum cx_result result;
	const char *after;
	uint32_t failed_avp;
	const char *wildcarded;
	const char *user_name; /* expected in the answer; NULL: not looked at */
} rows[] = {
	/* Numbers that Cx does not have. */
	{"type 12", "11R @1", 12, IMPI_1, {ALICE}, .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"type 13", "11R @1", 13, IMPI_1, {ALICE}, .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"type 14", "11R @1", 14, IMPI_1, {ALICE}, .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"type 15",
         "11R @1",
         15,
         IMPI_1,
         {ALICE},
         .result = CX_INVALID_AVP_VALUE,
         .failed_avp = CX_AVP_SERVER_ASSIGNMENT_TYPE},
	{"type 2^32-1",
         "11R @1",
         UINT32_MAX,
         IMPI_1,
         {ALICE},
         .result = CX_INVALID_AVP_VALUE,
         .failed_avp = CX_AVP_SERVER_ASSIGNMENT_TYPE},
	/* Presence (table 6.1.2.1). */
	{"0: no Public-Identity",
         "11R @1",
         0,
         IMPI_1,
         {NULL},
         .result = CX_MISSING_AVP,
         .failed_avp = PUBLIC_IDENTITY},
	{"1: no Public-Identity",
         "11Np @1",
         1,
         IMPI_1,
         {NULL},
         .result = CX_MISSING_AVP,
         .failed_avp = PUBLIC_IDENTITY},
	{"2: no Public-Identity",
         "11R @1",
         2,
         IMPI_1,
         {NULL},
         .result = CX_MISSING_AVP,
         .failed_avp = PUBLIC_IDENTITY},
	{"3: no Public-Identity",
         "",
         3,
         IMPI_1,
         {NULL},
         .result = CX_MISSING_AVP,
         .failed_avp = PUBLIC_IDENTITY},
	{"9: no Public-Identity",
         "11Np @1",
         9,
         IMPI_1,
         {NULL},
         .result = CX_MISSING_AVP,
         .failed_avp = PUBLIC_IDENTITY},
	{"10: no Public-Identity",
         "11Np @1",
         10,
         IMPI_1,
         {NULL},
         .result = CX_MISSING_AVP,
         .failed_avp = PUBLIC_IDENTITY},
	{"1: no User-Name",
         "11Np @1",
         1,
         NULL,
         {ALICE},
         .result = CX_MISSING_AVP,
         .failed_avp = USER_NAME},
	{"2: no User-Name",
         "11R @1",
         2,
         NULL,
         {ALICE},
         .result = CX_MISSING_AVP,
         .failed_avp = USER_NAME},
	{"9: no User-Name",
         "11Np @1",
         9,
         NULL,
         {ALICE},
         .result = CX_MISSING_AVP,
         .failed_avp = USER_NAME},
	{"10: no User-Name",
         "11Np @1",
         10,
         NULL,
         {ALICE},
         .result = CX_MISSING_AVP,
         .failed_avp = USER_NAME},
	{"4: no identity at all",
         "11R @1",
         4,
         NULL,
         {NULL},
         .result = CX_MISSING_AVP,
         .failed_avp = USER_NAME},
	/* Step 1. */
	{"1: IMPI unknown", "11Np @1", 1, STRANGER, {ALICE}, .result = CX_ERROR_USER_UNKNOWN},
	{"1: IMPU unknown", "11Np @1", 1, IMPI_1, {NOBODY}, .result = CX_ERROR_USER_UNKNOWN},
	{"1: one IMPU of several unknown",
         "11R @1",
         5,
         IMPI_1,
         {ALICE, NOBODY},
         .result = CX_ERROR_USER_UNKNOWN},
	{"1: no IMPI, IMPU unknown", "", 3, NULL, {NOBODY}, .result = CX_ERROR_USER_UNKNOWN},
	/* Step 2: R3. */
	{"2: IMPU of another subscription",
         "11Np @1",
         1,
         IMPI_1,
         {BOB},
         .result = CX_ERROR_IDENTITIES_DONT_MATCH},
	{"2: IMPU that the IMPI does not own",
         "12R @1",
         2,
         IMPI_2,
         {WORK},
         .result = CX_ERROR_IDENTITIES_DONT_MATCH},
	{"2: one of several of another subscription",
         "11R @1",
         8,
         IMPI_1,
         {ALICE, BOB},
         .result = CX_ERROR_IDENTITIES_DONT_MATCH},
	{"2: no IMPI, IMPUs of two subscriptions",
         "11R @1",
         8,
         NULL,
         {ALICE, BOB},
         .result = CX_ERROR_IDENTITIES_DONT_MATCH},
	/* Step 3. */
	{"3: two IMPUs, type 0",
         "11R @1",
         0,
         IMPI_1,
         {ALICE, WORK},
         .result = CX_AVP_OCCURS_TOO_MANY_TIMES,
         .failed_avp = PUBLIC_IDENTITY},
	{"3: two IMPUs, type 1",
         "11Np @1",
         1,
         IMPI_1,
         {ALICE, WORK},
         .result = CX_AVP_OCCURS_TOO_MANY_TIMES,
         .failed_avp = PUBLIC_IDENTITY},
	{"3: two IMPUs, type 2",
         "11R @1",
         2,
         IMPI_1,
         {ALICE, ALICE_TEL},
         .result = CX_AVP_OCCURS_TOO_MANY_TIMES,
         .failed_avp = PUBLIC_IDENTITY},
	{"3: two IMPUs, type 3",
         "",
         3,
         IMPI_1,
         {ALICE, WORK},
         .result = CX_AVP_OCCURS_TOO_MANY_TIMES,
         .failed_avp = PUBLIC_IDENTITY},
	{"3: two IMPUs, type 9",
         "11Np @1",
         9,
         IMPI_1,
         {ALICE, WORK},
         .result = CX_AVP_OCCURS_TOO_MANY_TIMES,
         .failed_avp = PUBLIC_IDENTITY},
	{"3: two IMPUs, type 10",
         "11Np @1",
         10,
         IMPI_1,
         {ALICE, WORK},
         .result = CX_AVP_OCCURS_TOO_MANY_TIMES,
         .failed_avp = PUBLIC_IDENTITY},
	/* Step 4. */
	{"4: PSI, type 1", "", 1, IMPI_PSI, {CHAT}, .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"4: PSI, type 2", "35U @1", 2, IMPI_PSI, {CHAT}, .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"4: PSI, type 5", "35U @1", 5, IMPI_PSI, {CHAT}, .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"4: PSI, type 7", "35U @1", 7, IMPI_PSI, {CHAT}, .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"4: PSI, type 9", "", 9, IMPI_PSI, {CHAT}, .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"4: PSI, type 10", "", 10, IMPI_PSI, {CHAT}, .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"4: wildcard matched, type 1",
         "",
         1,
         IMPI_1,
         {DESK_42},
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"4: a wildcard among others, type 5",
         "11R 17R @1",
         5,
         IMPI_1,
         {ALICE, DESK_42},
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"4: wildcard, type 4", "17U @1", 4, IMPI_1, {DESKS}, .result = CX_SUCCESS, .after = ""},
	{"4: PSI, type 8", "35U @1", 8, IMPI_PSI, {CHAT}, .result = CX_SUCCESS, .after = ""},
	{"4: PSI, type 11", "35U @1", 11, IMPI_PSI, {CHAT}, .result = CX_SUCCESS, .after = ""},
	{"4: PSI, type 3", "", 3, IMPI_PSI, {CHAT}, .result = CX_SUCCESS, .after = "35U @1"},
	{"4: PSI inactive", "", 3, IMPI_PSI, {CLOSED}, .result = CX_ERROR_USER_UNKNOWN},
	{"4: PSI inactive, a type that it may not have",
         "",
         1,
         IMPI_PSI,
         {CLOSED},
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"4: wildcarded PSI inactive",
         "",
         3,
         IMPI_1,
         {DESK_42},
         wildcarded_psi,
         .result = CX_ERROR_USER_UNKNOWN},
	/* Step 5: wildcards. */
	{"5: type 0, wildcard matched",
         "17U @1",
         0,
         IMPI_1,
         {DESK_42},
         .result = CX_SUCCESS,
         .wildcarded = DESKS},
	{"5: type 3, wildcard matched",
         "",
         3,
         IMPI_1,
         {DESK_42},
         .result = CX_SUCCESS,
         .after = "17U @1",
         .wildcarded = DESKS},
	{"5: type 3, wildcard matched is Registered",
         "17R @1",
         3,
         IMPI_1,
         {DESK_42},
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE,
         .wildcarded = DESKS},
	{"5: type 3, the Registered wildcarded identity itself",
         "17R @1",
         3,
         IMPI_1,
         {DESKS},
         .result = CX_SUCCESS,
         .after = "17U @1"},
	{"5: type 0, wildcard matched, which the S-CSCF knows",
         "17U @1",
         0,
         IMPI_1,
         {DESK_42},
         wildcard_told,
         .result = CX_SUCCESS},
	{"5: type 0, the S-CSCF names another wildcard",
         "17U @1",
         0,
         IMPI_1,
         {DESK_42},
         other_wildcard_told,
         .result = CX_SUCCESS,
         .wildcarded = DESKS},
	{"5: type 3, wildcard matched is Registered, which the S-CSCF knows",
         "17R @1",
         3,
         IMPI_1,
         {DESK_42},
         wildcard_told,
         .result = CX_SUCCESS,
         .after = "17U @1"},
	{"5: type 3, wildcard matched is Registered, the S-CSCF names another",
         "17R @1",
         3,
         IMPI_1,
         {DESK_42},
         other_wildcard_told,
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE,
         .wildcarded = DESKS},
	{"5: type 3, a distinct identity wins over the wildcard named",
         "11U 17R @1",
         3,
         IMPI_1,
         {ALICE},
         wildcard_told,
         .result = CX_SUCCESS},
	{"5: type 4, wildcard matched",
         "17U @1",
         4,
         IMPI_1,
         {DESK_42},
         wildcard_told,
         .result = CX_SUCCESS,
         .after = ""},
	{"5: type 6, wildcard matched",
         "17R @1",
         6,
         IMPI_1,
         {DESK_42},
         wildcard_told,
         .result = CX_SUCCESS,
         .after = "17U @1"},
	{"5: type 8, wildcard matched",
         "17R @1",
         8,
         IMPI_1,
         {DESK_42},
         wildcard_told,
         .result = CX_SUCCESS,
         .after = ""},
	{"5: type 11, wildcard matched",
         "17R @1",
         11,
         IMPI_1,
         {DESK_42},
         wildcard_told,
         .result = CX_SUCCESS,
         .after = ""},
	/* Emergency registration (6.7, Annex G): the S-CSCF takes the profile of a user who is not
         * registered with type 3, and leaves a registration as it is with type 0. */
	{"G: no registration", "", 3, IMPI_1, {BARRED}, .result = CX_SUCCESS, .after = "13U @1"},
	{"G: a registration is left alone", "11R @1", 0, IMPI_1, {ALICE}, .result = CX_SUCCESS},
	{"G: the last registration ends, the name is kept for the emergency",
         "11R @1",
         7,
         IMPI_1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11U @1"},
	{"G: registration beside an emergency",
         "11U @1",
         1,
         IMPI_1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11R @1"},
	/* Without User-Name. */
	{"5: type 0, any IMPI",
         "21R @1",
         0,
         NULL,
         {ALICE},
         .result = CX_SUCCESS,
         .user_name = IMPI_2},
	{"5: type 3, any IMPI",
         "",
         3,
         NULL,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11U @1",
         .user_name = IMPI_1},
	{"5: type 3, the one Unregistered",
         "21U @1",
         3,
         NULL,
         {ALICE},
         .result = CX_SUCCESS,
         .user_name = IMPI_2},
	{"5: type 3, Registered by two",
         "11R 21R @1",
         3,
         NULL,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "11U @1",
         .user_name = IMPI_1},
	{"5: type 3, nobody owns it",
         "",
         3,
         NULL,
         {ALICE},
         no_registration_rows,
         .result = CX_UNABLE_TO_COMPLY},
	{"5: type 5, the one registered",
         "21R @1",
         5,
         NULL,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "",
         .user_name = IMPI_2},
	{"5: type 4, the one Unregistered",
         "21U @1",
         4,
         NULL,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "",
         .user_name = IMPI_2},
	{"5: type 5, two registered",
         "11R 21R @1",
         5,
         NULL,
         {ALICE},
         .result = CX_MISSING_AVP,
         .failed_avp = USER_NAME},
	{"5: type 4, two registered with one of several",
         "11R 12R 21R @1",
         4,
         NULL,
         {WORK, ALICE},
         .result = CX_MISSING_AVP,
         .failed_avp = USER_NAME},
	{"5: type 8, sets of two IMPIs",
         "12R 21R @1",
         8,
         NULL,
         {WORK, ALICE},
         .result = CX_SUCCESS,
         .after = "",
         .user_name = IMPI_1},
	/* Several IMPUs, or none. */
	{"5: type 4, two sets",
         "11R 12R @1",
         4,
         IMPI_1,
         {ALICE, WORK},
         .result = CX_SUCCESS,
         .after = ""},
	{"5: type 4, two IMPUs of one set, R8",
         "11R 12R @1",
         4,
         IMPI_1,
         {ALICE, ALICE_TEL},
         .result = CX_SUCCESS,
         .after = "12R @1"},
	{"5: type 7, two sets",
         "11R 12R @1",
         7,
         IMPI_1,
         {ALICE, WORK},
         .result = CX_SUCCESS,
         .after = "11U 12U @1"},
	{"5: type 6 not kept, one of two sets",
         "11R 12R @1",
         6,
         IMPI_1,
         {ALICE},
         name_not_kept,
         .result = CX_SUCCESS_SERVER_NAME_NOT_STORED,
         .after = "12R @1"},
	{"5: type 4, one of two is registered",
         "11R @1",
         4,
         IMPI_1,
         {WORK, ALICE},
         .result = CX_SUCCESS,
         .after = ""},
	{"5: type 4, none of two is registered",
         "17U @1",
         4,
         IMPI_1,
         {WORK, ALICE},
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"5: type 4, every IMPU of the IMPI",
         "11R 12R 17U 21R @1",
         4,
         IMPI_1,
         {NULL},
         .result = CX_SUCCESS,
         .after = "21R @1",
         .user_name = IMPI_1},
	{"5: type 8, every IMPU, the IMPI has none registered",
         "21R @1",
         8,
         IMPI_1,
         {NULL},
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"5: type 4, every IMPU, nothing assigned",
         "",
         4,
         IMPI_1,
         {NULL},
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	{"5: type 4, every IMPU, an IMPI without any",
         "",
         4,
         IMPI_PSI,
         {NULL},
         no_registration_rows,
         .result = CX_ERROR_IN_ASSIGNMENT_TYPE},
	/* The name of the S-CSCF. */
	{"8.1.2: names compare as URIs",
         "11R @1",
         4,
         IMPI_1,
         {ALICE},
         lower_case_name,
         .result = CX_SUCCESS,
         .after = ""},
	{"8.1.3: another IMPI's authentication holds the name",
         "11R 21Nq @1",
         5,
         IMPI_1,
         {ALICE},
         .result = CX_SUCCESS,
         .after = "21Nq @1"},
	/* Profile (6.6). */
	{"6.6: profile too large, nothing changes",
         "11Np @1",
         1,
         IMPI_1,
         {ALICE},
         profile_too_large,
         .result = CX_UNABLE_TO_COMPLY},
	{"6.6: not asked for, never made",
         "11Np @1",
         1,
         IMPI_1,
         {ALICE},
         data_available_too_large,
         .result = CX_SUCCESS,
         .after = "11R @1"},
	{"6.6: deregistration has no profile to make",
         "11R @1",
         5,
         IMPI_1,
         {ALICE},
         profile_too_large,
         .result = CX_SUCCESS,
         .after = ""},
	{"R1: barred IMPU registers with its set",
         "11Np @1",
         1,
         IMPI_1,
         {ALICE_SPARE},
         .result = CX_SUCCESS,
         .after = "11R @1"},
};

static void sar_answers_each_branch(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const bool too_many = row->result == CX_AVP_OCCURS_TOO_MANY_TIMES;
		struct fixture f;

		fixture_open(&f, row->state);
		ask(&f, row->type, row->impi, row->impu);
		if (row->arrange != NULL) {
			row->arrange(&f);
		}
		fixture_expect(&f, row->what, row->result, row->after);
		assert_int_equal(f.ans.verdict.failed_avp, row->failed_avp);
		assert_int_equal(f.ans.verdict.failed_avp_vendor,
		                 row->failed_avp < 256 ? CX_VENDOR_NONE : CX_VENDOR_3GPP);
		assert_int_equal(f.ans.verdict.failed_avp_index, too_many ? 1 : 0);
		fixture_expect_text(row->what, f.ans.wildcarded_impu, row->wildcarded);
		if (row->user_name != NULL) {
			fixture_expect_text(row->what, f.ans.impi, row->user_name);
		}
		fixture_close(&f);
	}
}

/* R8 R9: the answer to a registration holds the whole implicit set, over all its profiles. */
static void registration_delivers_the_whole_set(void **state)
{
	static const char *const of_the_set[] = {IMPI_1, ALICE, ALICE_TEL, ALICE_SPARE};
	static const char *const of_others[] = {IMPI_2, WORK, BARRED, "desk", "chat"};
	struct fixture f;

	(void)state;
	fixture_open(&f, "11Np @1");
	ask(&f, CX_SAT_REGISTRATION, IMPI_1, (const char *[]){ALICE_TEL, NULL});
	fixture_expect(&f, "registration", CX_SUCCESS, "11R @1");
	assert_int_equal(f.ans.user_data_len, strlen(f.ans.user_data));
	for (size_t i = 0; i < sizeof(of_the_set) / sizeof(of_the_set[0]); i++) {
		assert_non_null(strstr(f.ans.user_data, of_the_set[i]));
	}
	for (size_t i = 0; i < sizeof(of_others) / sizeof(of_others[0]); i++) {
		assert_null(strstr(f.ans.user_data, of_others[i]));
	}
	assert_int_equal(f.ans.n_associated_impi, 3);
	assert_string_equal(f.ans.associated_impi[1], IMPI_2);
	fixture_close(&f);
}

static void profile_is_left_out_when_the_scscf_has_it(void **state)
{
	(void)state;
	for (uint32_t type = CX_SAT_NO_ASSIGNMENT; type <= CX_SAT_UNREGISTERED_USER; type++) {
		struct fixture f;

		fixture_open(&f, "11R @1");
		ask(&f, type, IMPI_1, (const char *[]){ALICE, NULL});
		data_available(&f);
		fixture_decide(&f);
		assert_int_equal(f.ans.verdict.result, CX_SUCCESS);
		assert_null(f.ans.user_data);
		assert_int_equal(f.ans.n_associated_impi, 3);
		fixture_close(&f);
	}
}

static void associated_identities_need_two_impis(void **state)
{
	static const size_t told[] = {[1] = 0, [2] = 2, [3] = 3};

	(void)state;
	for (size_t n = 1; n <= 3; n++) {
		struct fixture f;

		fixture_open(&f, "11Np @1");
		f.sub.n_impi = n;
		ask(&f, CX_SAT_REGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
		fixture_decide(&f);
		assert_int_equal(f.ans.verdict.result, CX_SUCCESS);
		assert_int_equal(f.ans.n_associated_impi, told[n]);
		fixture_close(&f);
	}
}

static void refusal_names_the_identity_that_was_sent(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "");
	ask(&f, CX_SAT_USER_DEREGISTRATION, IMPI_1, (const char *[]){NULL});
	fixture_decide(&f);
	assert_string_equal(f.ans.verdict.message,
	                    "USER_DEREGISTRATION is not possible: " IMPI_1 " is not registered");
	ask(&f, CX_SAT_USER_DEREGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
	fixture_decide(&f);
	assert_string_equal(f.ans.verdict.message,
	                    "USER_DEREGISTRATION is not possible: " ALICE " is not registered");
	fixture_close(&f);
}

/* R15: what is repeated (T bit) is answered alike and changes nothing more. */
static void repeated_sar_is_idempotent(void **state)
{
	static const uint32_t types[] = {1, 2, 3, 9, 10};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct fixture f;

		fixture_open(&f, "11Np @1");
		ask(&f, types[i], IMPI_1, (const char *[]){ALICE, NULL});
		fixture_decide(&f);
		assert_int_equal(f.ans.verdict.result, CX_SUCCESS);
		fixture_expect(&f, "repeated", CX_SUCCESS, NULL);
		fixture_close(&f);
	}
}

/* R12: a flood of failures leaves a registered user registered. */
static void failures_never_deregister(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "11R @1");
	for (unsigned i = 0; i < 1000; i++) {
		ask(&f, i % 2 == 0 ? CX_SAT_AUTHENTICATION_FAILURE : CX_SAT_AUTHENTICATION_TIMEOUT,
		    IMPI_1, (const char *[]){ALICE, NULL});
		fixture_expect(&f, "flood", CX_SUCCESS, NULL);
	}
	fixture_close(&f);
}

/* The Diameter address is that of the last request that assigned the S-CSCF, for RTR and PPR. */
static void assignment_stores_the_diameter_address(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "11Np @1");
	ask(&f, CX_SAT_REGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
	f.req.origin_host = "scscf1-b.home.example";
	f.req.origin_realm = "b.home.example";
	fixture_expect(&f, "moved S-CSCF", CX_SUCCESS, "11R @1");
	assert_string_equal(f.sub.scscf_host, "scscf1-b.home.example");
	assert_string_equal(f.sub.scscf_realm, "b.home.example");
	assert_ptr_not_equal(f.sub.scscf_host, f.req.origin_host);
	f.req.origin_host = "scscf1-c.home.example"; /* alone, it is a change too */
	fixture_expect(&f, "host", CX_SUCCESS, "11R @1");
	assert_string_equal(f.sub.scscf_host, "scscf1-c.home.example");
	f.req.origin_realm = "c.home.example";
	fixture_expect(&f, "realm", CX_SUCCESS, "11R @1");
	assert_string_equal(f.sub.scscf_realm, "c.home.example");
	fixture_expect(&f, "the same again", CX_SUCCESS, NULL);
	fixture_close(&f);
}

/* PPRs are written for what the last SAR said; of an S-CSCF that is gone nothing is known. */
static void features_of_the_scscf_are_kept(void **state)
{
	static const struct {
		const char *before;
		uint32_t type;
		bool present;
		uint32_t list;
		const char *after;
	} cases[] = {
		{"11Np @1", 1, true, 3, "11R @1:3"},
		{"11R @1:3", 2, true, 1, "11R @1:1"},
		{"11R @1:3", 2, true, 3, NULL},
		{"11R @1:3", 2, false, 0, "11R @1"}, /* it was replaced by an older one */
		{"", 3, true, 3, "11U @1:3"},
		{"11R @1", 0, true, 3, "11R @1:3"}, /* restarted, with other software */
		{"11Np @1", 1, true, 0xff, "11R @1:ff"},
		{"11R 12R @1:3", 5, false, 0,
	         "12R @1:3"}, /* what gets no profile may say nothing */
		{"11R @1:3", 9, false, 0, NULL},
		{"11R @1:3", 5, true, 3, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		fixture_open(&f, cases[i].before);
		ask(&f, cases[i].type, IMPI_1, (const char *[]){ALICE, NULL});
		f.req.features =
			(struct cx_features){.present = cases[i].present, .list = cases[i].list};
		fixture_expect(&f, cases[i].before, CX_SUCCESS, cases[i].after);
		fixture_close(&f);
	}
}

/* Only what both sides support is used, here in the profile. */
static void profile_is_written_for_the_features_in_common(void **state)
{
	static const struct {
		bool present;
		uint32_t asked;
		uint32_t supported;
		bool alias;
		bool sifc;
	} cases[] = {
		{true, 3, 7, true, true},   {true, 2, 7, true, false},   {true, 1, 7, false, true},
		{true, 0, 7, false, false}, {false, 0, 7, false, false}, {true, 3, 4, false, false},
	};
	struct ims_ifc_set set = {.id = 4711, .criteria = "<InitialFilterCriteria/>"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;

		fixture_open(&f, "11Np @1");
		f.sub.profile[0].ifc_set = &set;
		f.sub.profile[0].n_ifc_set = 1;
		ask(&f, CX_SAT_REGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
		f.req.features =
			(struct cx_features){.present = cases[i].present, .list = cases[i].asked};
		f.policy.features = cases[i].supported;
		fixture_decide(&f);
		assert_int_equal(f.ans.verdict.result, CX_SUCCESS);
		assert_int_equal(strstr(f.ans.user_data, "AliasIdentityGroupID") != NULL,
		                 cases[i].alias);
		assert_int_equal(strstr(f.ans.user_data, ">4711<") != NULL, cases[i].sifc);
		assert_int_equal(strstr(f.ans.user_data, "<InitialFilterCriteria/>") == NULL,
		                 cases[i].sifc);
		fixture_close(&f);
	}
}

static void profile_that_is_too_large_is_refused_in_words(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "11Np @1");
	ask(&f, CX_SAT_REGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
	fixture_features(&f, CX_FEATURE_ALIAS_IND);
	profile_too_large(&f);
	fixture_expect(&f, "too large", CX_UNABLE_TO_COMPLY, NULL);
	assert_string_equal(
		f.ans.verdict.message,
		"the user profile cannot be delivered: an answer of 64 KiB has no room for it");
	fixture_close(&f);
}

/* Whoever asks for an identity finds it in the document. */
static void profile_has_the_identity_that_was_asked_for(void **state)
{
	static const char *const impus[] = {ALICE, ALICE_SPARE, DESKS, DESK_42};

	(void)state;
	for (size_t i = 0; i < sizeof(impus) / sizeof(impus[0]); i++) {
		struct fixture f;
		char identity[64];

		fixture_open(&f, "");
		ask(&f, CX_SAT_UNREGISTERED_USER, NULL, (const char *[]){impus[i], NULL});
		fixture_decide(&f);
		assert_int_equal(f.ans.verdict.result, CX_SUCCESS);
		(void)snprintf(identity, sizeof(identity), "<Identity>%s</Identity>", impus[i]);
		assert_non_null(strstr(f.ans.user_data, identity));
		fixture_close(&f);
	}
}

/* Charging-Information goes with the profile (checked by fixture_decide), the indications of the
 * set with every type that may have it. */
static void charging_and_indications_go_with_the_profile(void **state)
{
	static const struct {
		const char *state;
		uint32_t type;
		bool available;
		bool told;
		bool charged;
	} cases[] = {
		{"11R @1", 0, false, true, true},   {"11Np @1", 1, false, true, true},
		{"11R @1", 2, false, true, true},   {"11R @1", 2, true, true, false},
		{"", 3, false, true, true},         {"11R @1", 5, false, false, false},
		{"11R @1", 9, false, false, false},
	};
	struct ims_charging charging = {.name = "prepaid", .primary_ecf = "aaa://ecf.example"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) * 2; i++) {
		const size_t row = i / 2;
		const bool has = i % 2 == 0;
		struct fixture f;

		fixture_open(&f, cases[row].state);
		f.sub.charging = has ? &charging : NULL;
		f.sub.impu[1].loose_route = has; /* ALICE_TEL, of the same set */
		f.sub.impu[2].privileged_sender = has;
		f.sub.impu[3].loose_route = f.sub.impu[3].privileged_sender = true; /* WORK */
		ask(&f, cases[row].type, IMPI_1, (const char *[]){ALICE, NULL});
		f.req.sar.user_data_already_available = cases[row].available;
		fixture_decide(&f);
		assert_int_equal(f.ans.verdict.result, CX_SUCCESS);
		assert_int_equal(f.ans.charging != NULL, has && cases[row].charged);
		assert_int_equal(f.ans.loose_route, has && cases[row].told);
		assert_int_equal(f.ans.privileged_sender, has && cases[row].told);
		fixture_close(&f);
	}
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
static bool serve_with_memory(unsigned n, bool with_data)
{
	struct fixture f;
	bool served = false;

	fixture_open(&f, "11Np @1");
	ask(&f, CX_SAT_REGISTRATION, IMPI_1, (const char *[]){ALICE, NULL});
	f.req.origin_host = "scscf1-b.home.example";
	if (!with_data) { /* then the address of the S-CSCF is all that needs memory */
		f.sub.n_impi = 1;
		f.req.sar.user_data_already_available = true;
	}
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
		assert_string_equal(state, "11Np @1");
		assert_string_equal(f.sub.scscf_host, "scscf1.home.example");
		assert_int_equal(f.sub.impi[0].sqn, 0);
		assert_null(f.ans.impi);
	}
	fixture_close(&f);
	return served;
}

static void memory_that_runs_out_changes_nothing(void **state)
{
	(void)state;
	for (unsigned with_data = 0; with_data <= 1; with_data++) {
		unsigned n = 0;

		while (!serve_with_memory(n, with_data != 0)) {
			n++;
		}
		assert_in_range(n, 1, 10); /* it did run out */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sar_follows_the_state_machine),
		cmocka_unit_test(sar_answers_each_branch),
		cmocka_unit_test(registration_delivers_the_whole_set),
		cmocka_unit_test(profile_is_left_out_when_the_scscf_has_it),
		cmocka_unit_test(associated_identities_need_two_impis),
		cmocka_unit_test(refusal_names_the_identity_that_was_sent),
		cmocka_unit_test(repeated_sar_is_idempotent),
		cmocka_unit_test(failures_never_deregister),
		cmocka_unit_test(assignment_stores_the_diameter_address),
		cmocka_unit_test(features_of_the_scscf_are_kept),
		cmocka_unit_test(profile_is_written_for_the_features_in_common),
		cmocka_unit_test(profile_that_is_too_large_is_refused_in_words),
		cmocka_unit_test(profile_has_the_identity_that_was_asked_for),
		cmocka_unit_test(charging_and_indications_go_with_the_profile),
		cmocka_unit_test(memory_that_runs_out_changes_nothing),
	};

	return cmocka_run_group_tests(tests, fixture_group_setup, fixture_group_teardown);
}
