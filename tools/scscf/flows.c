/* The flows as rows, and the loop over them. */
#include "tools/scscf/flows.h"

#include <string.h>

#include <openssl/crypto.h>

#include "tools/scscf/flow.h"

enum { ACTS_MAX = 12, VECTORS_MANY = 100 };

/* What a flow needs of the subscriber, and beyond. All but the last three need an ISIM. */
enum flow_need {
	NEEDS_NOTHING,
	NEEDS_OTHER_IMPU,
	NEEDS_SEVERAL_VECTORS,
	NEEDS_DIGEST,          /* and registers with it */
	NEEDS_ISIM_AND_DIGEST, /* and registers with AKA */
	NEEDS_ANY,             /* whatever the user has; registers with AKA if that is there */
};

struct row {
	const char *name;
	const char *about; /* requirements of TS 33.203 as the project numbers them, clauses */
	enum flow_need need;
	struct act act[ACTS_MAX]; /* ends with run NULL */
};

/* Rows that recur. */
#define REGISTER                                                                                   \
	{                                                                                          \
		.run = act_register, .arg = ANSWER_DIGEST_QOP                                      \
	}
#define UNREGISTERED                                                                               \
	{                                                                                          \
		.run = act_sar, .arg = CX_SAT_UNREGISTERED_USER, .result = CX_SUCCESS,             \
		.data = true                                                                       \
	}
#define MAR(m)                                                                                     \
	{                                                                                          \
		.run = act_mar, .arg = (m), .result = CX_SUCCESS                                   \
	}
#define MAR_NEXT                                                                                   \
	{                                                                                          \
		.run = act_mar_next, .arg = 1, .result = CX_SUCCESS                                \
	}
#define MAR_REFUSED(m, code)                                                                       \
	{                                                                                          \
		.run = act_mar, .arg = (m), .result = (code)                                       \
	}
#define SAR(type, code)                                                                            \
	{                                                                                          \
		.run = act_sar, .arg = (type), .result = (code)                                    \
	}
#define SAR_DATA(type)                                                                             \
	{                                                                                          \
		.run = act_sar, .arg = (type), .result = CX_SUCCESS, .data = true                  \
	}
#define UAR(type, code, who)                                                                       \
	{                                                                                          \
		.run = act_uar, .arg = (type), .result = (code), .name = (who)                     \
	}
#define LIR(who)                                                                                   \
	{                                                                                          \
		.run = act_lir, .result = CX_SUCCESS, .name = (who)                                \
	}
#define LIR_ORIGINATING(code, who)                                                                 \
	{                                                                                          \
		.run = act_lir, .arg = 1, .result = (code), .name = (who)                          \
	}
#define IDLE                                                                                       \
	{                                                                                          \
		.run = act_lir_idle                                                                \
	}
#define FREE UAR(CX_UAT_REGISTRATION, CX_FIRST_REGISTRATION, NAME_NONE)
#define TAKEN(who) UAR(CX_UAT_REGISTRATION, CX_SUBSEQUENT_REGISTRATION, who)
#define FAILS(how)                                                                                 \
	{                                                                                          \
		.run = act_fail, .arg = (how)                                                      \
	}

static const struct row rows[] = {
	/* Registration (TS 33.203 6.1.1) */
	{"registration",
         "SM1 to SM12, R4 to R8, R14, R27 to R29",
         NEEDS_NOTHING,
         {FREE, REGISTER, TAKEN(NAME_FIRST), LIR(NAME_FIRST), {.run = act_deregister}, FREE, IDLE}},
	{"registration-digest-no-qop",
         "R28, RFC 2617 without qop",
         NEEDS_NOTHING,
         {{.run = act_register, .arg = ANSWER_DIGEST}, LIR(NAME_FIRST)}},
	{"registration-raw-res",
         "R28 with RES as octets",
         NEEDS_NOTHING,
         {{.run = act_register, .arg = ANSWER_RAW_RES}, LIR(NAME_FIRST)}},
	{"registration-pending",
         "R5, R14: MAR stores the name, LIR does not reach the user",
         NEEDS_NOTHING,
         {MAR(1), TAKEN(NAME_FIRST), IDLE, LIR_ORIGINATING(CX_SUCCESS, NAME_FIRST),
          UAR(CX_UAT_DE_REGISTRATION, CX_SUCCESS, NAME_FIRST)}},
	{"registration-from-unregistered",
         "R7",
         NEEDS_NOTHING,
         {UNREGISTERED, REGISTER, LIR(NAME_FIRST), TAKEN(NAME_FIRST)}},
	{"re-registration-stock",
         "R25, R6: no MAR while vectors are in stock",
         NEEDS_SEVERAL_VECTORS,
         {REGISTER, {.run = act_reregister, .arg = 0}, LIR(NAME_FIRST)}},
	{"re-registration-mar",
         "R25, R26: in order, then a MAR",
         NEEDS_NOTHING,
         {{.run = act_fifo}, {.run = act_reregister, .arg = 1}, LIR(NAME_FIRST)}},
	{"registration-expiry",
         "R30, SAR 4",
         NEEDS_NOTHING,
         {REGISTER, {.run = act_expire}, IDLE, FREE}},
	{"newer-challenge", "R36", NEEDS_NOTHING, {{.run = act_newer_challenge}, LIR(NAME_FIRST)}},
	{"network-reauthentication",
         "R38: the UE follows",
         NEEDS_NOTHING,
         {REGISTER, {.run = act_reauth, .arg = 1}, LIR(NAME_FIRST)}},
	{"network-reauthentication-silent",
         "R38: the UE does not, SAR 8",
         NEEDS_NOTHING,
         {REGISTER, {.run = act_reauth, .arg = 0}, IDLE, FREE}},

	/* Authentication failures in each state (TS 33.203 6.1.2, R10 to R12, R33 to R35, R40) */
	{"wrong-res-not-registered",
         "R10, R33, SAR 9: name cleared",
         NEEDS_NOTHING,
         {FAILS(FAIL_WRONG_DIGEST), FREE, IDLE}},
	{"wrong-res-registered",
         "R10, R33, SAR 9, R12, R40: stays registered",
         NEEDS_NOTHING,
         {REGISTER, FAILS(FAIL_WRONG_DIGEST), LIR(NAME_FIRST), TAKEN(NAME_FIRST)}},
	{"wrong-res-unregistered",
         "R10, R33, SAR 9: name kept",
         NEEDS_NOTHING,
         {UNREGISTERED, FAILS(FAIL_WRONG_DIGEST), LIR(NAME_FIRST), TAKEN(NAME_FIRST)}},
	{"wrong-raw-res-not-registered",
         "R10, R33, SAR 9: name cleared",
         NEEDS_NOTHING,
         {FAILS(FAIL_WRONG_RES), FREE, IDLE}},
	{"wrong-raw-res-registered",
         "R10, R33, SAR 9, R12, R40: stays registered",
         NEEDS_NOTHING,
         {REGISTER, FAILS(FAIL_WRONG_RES), LIR(NAME_FIRST), TAKEN(NAME_FIRST)}},
	{"wrong-raw-res-unregistered",
         "R10, R33, SAR 9: name kept",
         NEEDS_NOTHING,
         {UNREGISTERED, FAILS(FAIL_WRONG_RES), LIR(NAME_FIRST), TAKEN(NAME_FIRST)}},
	{"network-failure-not-registered",
         "R10, R34, SAR 9: name cleared",
         NEEDS_NOTHING,
         {FAILS(FAIL_NETWORK), FREE, IDLE}},
	{"network-failure-registered",
         "R10, R34, SAR 9, R12, R40: stays registered",
         NEEDS_NOTHING,
         {REGISTER, FAILS(FAIL_NETWORK), LIR(NAME_FIRST), TAKEN(NAME_FIRST)}},
	{"network-failure-unregistered",
         "R10, R34, SAR 9: name kept",
         NEEDS_NOTHING,
         {UNREGISTERED, FAILS(FAIL_NETWORK), LIR(NAME_FIRST), TAKEN(NAME_FIRST)}},
	{"no-answer-not-registered",
         "R11, R35, SAR 10: name cleared",
         NEEDS_NOTHING,
         {FAILS(FAIL_NO_ANSWER), FREE, IDLE}},
	{"no-answer-registered",
         "R11, R35, SAR 10, R12, R40: stays registered",
         NEEDS_NOTHING,
         {REGISTER, FAILS(FAIL_NO_ANSWER), LIR(NAME_FIRST), TAKEN(NAME_FIRST)}},
	{"no-answer-unregistered",
         "R11, R35, SAR 10: name kept",
         NEEDS_NOTHING,
         {UNREGISTERED, FAILS(FAIL_NO_ANSWER), LIR(NAME_FIRST), TAKEN(NAME_FIRST)}},
	{"failure-flood",
         "R12, R91: SAR 9 a hundred times",
         NEEDS_NOTHING,
         {REGISTER, {.run = act_sar_flood, .arg = 100}, LIR(NAME_FIRST)}},

	/* Resynchronisation (TS 33.203 6.1.3, TS 33.102 6.3.5) */
	{"resynchronisation",
         "R23, R37, CM3, CM4",
         NEEDS_NOTHING,
         {{.run = act_resync}, LIR(NAME_FIRST), MAR(3)}},
	{"resynchronisation-registered",
         "R23, R37, R40",
         NEEDS_NOTHING,
         {REGISTER, {.run = act_resync}, LIR(NAME_FIRST)}},
	{"auts-wrong-mac",
         "R23: refused, SQN stays",
         NEEDS_NOTHING,
         {{.run = act_resync_bad}, FREE, MAR_NEXT}},
	{"auts-replay",
         "R23, R91: SQN does not go back",
         NEEDS_NOTHING,
         {{.run = act_resync},
          MAR(5),
          {.run = act_auts_again, .arg = 3, .result = CX_SUCCESS},
          MAR(1)}},
	{"auts-foreign-scscf",
         "TS 29.228 6.3: name kept, no vector",
         NEEDS_NOTHING,
         {{.run = act_resync},
          {.run = act_auts_again, .arg = 1, .result = CX_UNABLE_TO_COMPLY, .by_second = true},
          LIR(NAME_FIRST),
          MAR(1)}},

	/* Vectors (TS 33.203 6.1.1, R17 to R21) */
	{"mar-none",
         "R18: m = 0",
         NEEDS_NOTHING,
         {MAR(1), MAR_REFUSED(0, CX_INVALID_AVP_VALUE), MAR_NEXT}},
	{"mar-many",
         "R18, R19: fewer come than were asked",
         NEEDS_NOTHING,
         {MAR(VECTORS_MANY), MAR(VECTORS_MANY)}},
	{"mar-scheme",
         "TS 29.228 6.3 step 4",
         NEEDS_NOTHING,
         {MAR(1), {.run = act_mar_scheme, .arg = CX_SCHEME_NASS_BUNDLED}, MAR_NEXT}},
	{"mar-concurrent",
         "R20: 16 requesters at once, no SQN twice",
         NEEDS_NOTHING,
         {{.run = act_concurrent, .arg = 3}}},
	{"second-scscf",
         "TS 29.228 6.3: the name is overwritten",
         NEEDS_NOTHING,
         {REGISTER,
          {.run = act_mar, .arg = 1, .result = CX_SUCCESS, .by_second = true},
          TAKEN(NAME_SECOND),
          LIR(NAME_SECOND),
          {.run = act_sar,
           .arg = CX_SAT_RE_REGISTRATION,
           .result = CX_ERROR_IDENTITY_ALREADY_REGISTERED,
           .name = NAME_SECOND},
          {.run = act_sar,
           .arg = CX_SAT_REGISTRATION,
           .result = CX_SUCCESS,
           .by_second = true,
           .data = true},
          LIR(NAME_SECOND)}},
	{"second-scscf-pending",
         "TS 29.228 6.3, 8.1.2",
         NEEDS_NOTHING,
         {MAR(1),
          {.run = act_mar, .arg = 1, .result = CX_SUCCESS, .by_second = true},
          TAKEN(NAME_SECOND),
          {.run = act_sar,
           .arg = CX_SAT_REGISTRATION,
           .result = CX_ERROR_IDENTITY_ALREADY_REGISTERED,
           .name = NAME_SECOND},
          IDLE}},

	/* SIP Digest (TS 33.203 annex N, TS 24.229 5.4.1.2) and the choice of the scheme */
	{"digest-registration",
         "TS 33.203 N.2.1: HA1 from the HSS, nonce of the S-CSCF, no CK and IK",
         NEEDS_DIGEST,
         {FREE,
          REGISTER,
          TAKEN(NAME_FIRST),
          LIR(NAME_FIRST),
          {.run = act_reregister, .arg = 0},
          {.run = act_deregister},
          FREE,
          IDLE}},
	{"digest-wrong-password",
         "TS 33.203 N.2.1, SAR 9: name cleared, or stays registered",
         NEEDS_DIGEST,
         {FAILS(FAIL_WRONG_DIGEST), FREE, IDLE, REGISTER, FAILS(FAIL_WRONG_DIGEST), LIR(NAME_FIRST),
          TAKEN(NAME_FIRST)}},
	{"digest-no-answer",
         "TS 24.229 5.4.1.2.1, SAR 10: name cleared",
         NEEDS_DIGEST,
         {FAILS(FAIL_NO_ANSWER), FREE, IDLE}},
	{"digest-takes-no-sqn",
         "TS 29.228 6.3: HA1 beside AKA moves nothing",
         NEEDS_ISIM_AND_DIGEST,
         {MAR(1), {.run = act_mar_digest, .result = CX_SUCCESS}, MAR_NEXT}},
	{"scheme-downgrade",
         "TS 29.228 6.3 step 4: the user's schemes and no other",
         NEEDS_ANY,
         {{.run = act_mar_schemes}}},

	/* Identities (R3) */
	{"foreign-impu",
         "R3: 5002, nothing consumed or changed",
         NEEDS_OTHER_IMPU,
         {MAR(1),
          SAR(CX_SAT_AUTHENTICATION_FAILURE, CX_SUCCESS),
          {.run = act_uar, .result = CX_ERROR_IDENTITIES_DONT_MATCH, .subject = SUBJECT_OTHER_IMPU},
          {.run = act_mar,
           .arg = 1,
           .result = CX_ERROR_IDENTITIES_DONT_MATCH,
           .subject = SUBJECT_OTHER_IMPU},
          {.run = act_sar,
           .arg = CX_SAT_REGISTRATION,
           .result = CX_ERROR_IDENTITIES_DONT_MATCH,
           .subject = SUBJECT_OTHER_IMPU},
          FREE,
          MAR_NEXT}},
	{"unknown-user",
         "TS 29.228: 5001 in every procedure",
         NEEDS_NOTHING,
         {{.run = act_uar, .result = CX_ERROR_USER_UNKNOWN, .subject = SUBJECT_UNKNOWN_IMPI},
          {.run = act_uar, .result = CX_ERROR_USER_UNKNOWN, .subject = SUBJECT_UNKNOWN_IMPU},
          {.run = act_mar,
           .arg = 1,
           .result = CX_ERROR_USER_UNKNOWN,
           .subject = SUBJECT_UNKNOWN_IMPI},
          {.run = act_mar,
           .arg = 1,
           .result = CX_ERROR_USER_UNKNOWN,
           .subject = SUBJECT_UNKNOWN_IMPU},
          {.run = act_sar,
           .arg = CX_SAT_REGISTRATION,
           .result = CX_ERROR_USER_UNKNOWN,
           .subject = SUBJECT_UNKNOWN_IMPI},
          {.run = act_sar,
           .arg = CX_SAT_REGISTRATION,
           .result = CX_ERROR_USER_UNKNOWN,
           .subject = SUBJECT_UNKNOWN_IMPU},
          {.run = act_lir, .result = CX_ERROR_USER_UNKNOWN, .subject = SUBJECT_UNKNOWN_IMPU},
          FREE}},

	/* Server assignment (TS 29.228 6.1.2) */
	{"deregistration-4",
         "SAR 4 TIMEOUT_DEREGISTRATION",
         NEEDS_NOTHING,
         {REGISTER, SAR(CX_SAT_TIMEOUT_DEREGISTRATION, CX_SUCCESS), IDLE, FREE,
          SAR(CX_SAT_TIMEOUT_DEREGISTRATION, CX_ERROR_IN_ASSIGNMENT_TYPE), UNREGISTERED,
          SAR(CX_SAT_TIMEOUT_DEREGISTRATION, CX_SUCCESS), IDLE}},
	{"deregistration-5",
         "SAR 5 USER_DEREGISTRATION",
         NEEDS_NOTHING,
         {REGISTER, SAR(CX_SAT_USER_DEREGISTRATION, CX_SUCCESS), IDLE, FREE,
          SAR(CX_SAT_USER_DEREGISTRATION, CX_ERROR_IN_ASSIGNMENT_TYPE), UNREGISTERED,
          SAR(CX_SAT_USER_DEREGISTRATION, CX_SUCCESS), IDLE}},
	{"deregistration-8",
         "SAR 8 ADMINISTRATIVE_DEREGISTRATION",
         NEEDS_NOTHING,
         {REGISTER, SAR(CX_SAT_ADMINISTRATIVE_DEREGISTRATION, CX_SUCCESS), IDLE, FREE,
          SAR(CX_SAT_ADMINISTRATIVE_DEREGISTRATION, CX_ERROR_IN_ASSIGNMENT_TYPE), UNREGISTERED,
          SAR(CX_SAT_ADMINISTRATIVE_DEREGISTRATION, CX_SUCCESS), IDLE}},
	{"deregistration-11",
         "SAR 11 DEREGISTRATION_TOO_MUCH_DATA",
         NEEDS_NOTHING,
         {REGISTER, SAR(CX_SAT_DEREGISTRATION_TOO_MUCH_DATA, CX_SUCCESS), IDLE, FREE,
          SAR(CX_SAT_DEREGISTRATION_TOO_MUCH_DATA, CX_ERROR_IN_ASSIGNMENT_TYPE), UNREGISTERED,
          SAR(CX_SAT_DEREGISTRATION_TOO_MUCH_DATA, CX_SUCCESS), IDLE}},
	{"deregistration-6",
         "SAR 6 TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME",
         NEEDS_NOTHING,
         {REGISTER,
          {.run = act_sar_store, .arg = CX_SAT_TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME}}},
	{"deregistration-7",
         "SAR 7 USER_DEREGISTRATION_STORE_SERVER_NAME",
         NEEDS_NOTHING,
         {REGISTER, {.run = act_sar_store, .arg = CX_SAT_USER_DEREGISTRATION_STORE_SERVER_NAME}}},
	{"deregistration-impi",
         "TS 29.228 6.1.2.1: without Public-Identity, every IMPU of the IMPI",
         NEEDS_NOTHING,
         {REGISTER,
          {.run = act_sar_impi, .arg = CX_SAT_USER_DEREGISTRATION, .result = CX_SUCCESS},
          IDLE,
          FREE}},
	{"unregistered-user",
         "SAR 3, the name is stored",
         NEEDS_NOTHING,
         {UNREGISTERED, LIR(NAME_FIRST), TAKEN(NAME_FIRST),
          UAR(CX_UAT_DE_REGISTRATION, CX_SUCCESS, NAME_FIRST), UNREGISTERED, LIR(NAME_FIRST)}},
	{"unregistered-user-registered",
         "SAR 3 on a registered one",
         NEEDS_NOTHING,
         {REGISTER, UNREGISTERED, LIR(NAME_FIRST)}},
	{"no-assignment",
         "SAR 0: the profile for its S-CSCF only",
         NEEDS_NOTHING,
         {REGISTER,
          SAR_DATA(CX_SAT_NO_ASSIGNMENT),
          {.run = act_sar,
           .arg = CX_SAT_NO_ASSIGNMENT,
           .result = CX_UNABLE_TO_COMPLY,
           .by_second = true},
          LIR(NAME_FIRST)}},
	{"assignment-foreign",
         "TS 29.228 8.1.2: 5005 with the name, nothing changed",
         NEEDS_NOTHING,
         {REGISTER,
          {.run = act_sar,
           .arg = CX_SAT_USER_DEREGISTRATION,
           .result = CX_ERROR_IDENTITY_ALREADY_REGISTERED,
           .name = NAME_FIRST,
           .by_second = true},
          {.run = act_sar,
           .arg = CX_SAT_REGISTRATION,
           .result = CX_ERROR_IDENTITY_ALREADY_REGISTERED,
           .name = NAME_FIRST,
           .by_second = true},
          LIR(NAME_FIRST)}},
	{"assignment-wrong-types",
         "SAR 12 to 14 do not exist on Cx",
         NEEDS_NOTHING,
         {REGISTER, SAR(CX_SAT_AAA_USER_DATA_REQUEST, CX_ERROR_IN_ASSIGNMENT_TYPE),
          SAR(CX_SAT_PGW_UPDATE, CX_ERROR_IN_ASSIGNMENT_TYPE),
          SAR(CX_SAT_RESTORATION, CX_ERROR_IN_ASSIGNMENT_TYPE), LIR(NAME_FIRST)}},
	{"assignment-two-impus",
         "TS 29.228 6.1.2.1 step 3",
         NEEDS_NOTHING,
         {MAR(1),
          {.run = act_sar_twice,
           .arg = CX_SAT_REGISTRATION,
           .result = CX_AVP_OCCURS_TOO_MANY_TIMES},
          IDLE}},
	{"user-data-available",
         "User-Data-Already-Available: no profile again",
         NEEDS_NOTHING,
         {REGISTER,
          {.run = act_sar_known, .arg = CX_SAT_RE_REGISTRATION, .result = CX_SUCCESS},
          LIR(NAME_FIRST)}},
	{"duplicates",
         "R15: the same SAR again changes nothing",
         NEEDS_NOTHING,
         {MAR(1), SAR_DATA(CX_SAT_REGISTRATION), SAR_DATA(CX_SAT_REGISTRATION), LIR(NAME_FIRST),
          SAR_DATA(CX_SAT_RE_REGISTRATION), SAR_DATA(CX_SAT_RE_REGISTRATION), LIR(NAME_FIRST),
          SAR(CX_SAT_AUTHENTICATION_FAILURE, CX_SUCCESS),
          SAR(CX_SAT_AUTHENTICATION_FAILURE, CX_SUCCESS), LIR(NAME_FIRST)}},
	{"implicit-set",
         "R8: the whole set registers and goes together",
         NEEDS_NOTHING,
         {REGISTER, {.run = act_set_registered}, {.run = act_barring}, {.run = act_set_gone}}},

	/* Queries in each state (TS 29.228 6.1.1, 6.1.4) */
	{"queries-not-registered",
         "UAR of each type, LIR",
         NEEDS_NOTHING,
         {FREE, UAR(CX_UAT_DE_REGISTRATION, CX_ERROR_IDENTITY_NOT_REGISTERED, NAME_NONE),
          UAR(CX_UAT_REGISTRATION_AND_CAPABILITIES, CX_SUCCESS, NAME_NONE), IDLE,
          LIR_ORIGINATING(CX_UNREGISTERED_SERVICE, NAME_NONE)}},
	{"queries-unregistered",
         "UAR of each type, LIR",
         NEEDS_NOTHING,
         {UNREGISTERED, TAKEN(NAME_FIRST), UAR(CX_UAT_DE_REGISTRATION, CX_SUCCESS, NAME_FIRST),
          UAR(CX_UAT_REGISTRATION_AND_CAPABILITIES, CX_SUCCESS, NAME_NONE), LIR(NAME_FIRST),
          LIR_ORIGINATING(CX_SUCCESS, NAME_FIRST)}},
	{"queries-registered",
         "UAR of each type, LIR",
         NEEDS_NOTHING,
         {REGISTER, TAKEN(NAME_FIRST), UAR(CX_UAT_DE_REGISTRATION, CX_SUCCESS, NAME_FIRST),
          UAR(CX_UAT_REGISTRATION_AND_CAPABILITIES, CX_SUCCESS, NAME_NONE), LIR(NAME_FIRST),
          LIR_ORIGINATING(CX_SUCCESS, NAME_FIRST)}},
};

/* Commands of their own: the subscriber is left as they leave it. */
static const struct row singles[] = {
	{"register", "initial registration, SM1 to SM12", NEEDS_ANY, {REGISTER}},
	{"register-digest", "the same with SIP Digest", NEEDS_DIGEST, {REGISTER}},
	{"reregister",
         "registration, then again with a vector in stock",
         NEEDS_ANY,
         {REGISTER, {.run = act_reregister, .arg = 0}}},
	{"deregister",
         "registration, then deregistration by the UE",
         NEEDS_ANY,
         {REGISTER, {.run = act_deregister}}},
	{"wait-push",
         "registration, then what the HSS sends by itself",
         NEEDS_ANY,
         {REGISTER, {.run = act_wait}}},
	{"auts", "synchronisation failure in a registration", NEEDS_NOTHING, {{.run = act_resync}}},
	{"wrong-res", "wrong response in a registration", NEEDS_ANY, {FAILS(FAIL_WRONG_DIGEST)}},
	{"no-answer", "no answer to the challenge", NEEDS_ANY, {FAILS(FAIL_NO_ANSWER)}},
	{"network-failure", "the UE refuses the network", NEEDS_NOTHING, {FAILS(FAIL_NETWORK)}},
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]), N_SINGLES = sizeof(singles) / sizeof(singles[0]) };

static const char *lacking(const struct flow_env *env, enum flow_need need)
{
	static const char isim[] = "needs a user with an ISIM";
	static const char digest[] = "needs a user of SIP Digest";

	switch (need) {
	case NEEDS_NOTHING:
		return env->key == NULL ? isim : NULL;
	case NEEDS_OTHER_IMPU:
		return env->key == NULL          ? isim
		       : env->other_impu == NULL ? "needs an IMPU of another subscriber"
		                                 : NULL;
	case NEEDS_SEVERAL_VECTORS:
		return env->key == NULL     ? isim
		       : env->n_vectors < 2 ? "needs two or more vectors in a MAR"
		                            : NULL;
	case NEEDS_DIGEST:
		return env->digest == NULL ? digest : NULL;
	case NEEDS_ISIM_AND_DIGEST:
		return env->key == NULL ? isim : env->digest == NULL ? digest : NULL;
	case NEEDS_ANY:
		break;
	}
	return NULL;
}

static struct scscf_conf scscf_conf_of(const struct flow_env *env)
{
	return (struct scscf_conf){.server_name = env->server_name,
	                           .realm = env->realm,
	                           .n_vectors = env->n_vectors,
	                           .challenge_timeout = 30,
	                           .expires_max = 7200,
	                           .expires_margin = 60,
	                           .reauth_timeout = 60,
	                           .silence = SCSCF_SILENCE_DEREGISTER,
	                           .keep_server_name = false};
}

static bool acts_run(struct flow *f, const struct row *row)
{
	for (const struct act *act = row->act; act < row->act + ACTS_MAX && act->run != NULL;
	     act++) {
		if (!act->run(f, act)) {
			return false;
		}
	}
	return true;
}

/* One flow, from Not Registered; with restore back to it. */
static enum trace_outcome row_run(const struct flow_env *env, const struct row *row, bool restore,
                                  char why[static FLOW_WHY_LEN])
{
	struct flow f = {.env = env,
	                 .conf = scscf_conf_of(env),
	                 .sip_digest = row->need == NEEDS_DIGEST || env->key == NULL};
	bool ok = false;

	f.cx = traced_cx_open(&f.traced, env->trace, env->cx);
	f.scscf = scscf_open(&f.conf, &f.cx);
	if (f.scscf == NULL || (env->key != NULL && isim_open(&f.isim, env->key) != AUC_OK)) {
		(void)flow_failed(&f, "the ISIM or the S-CSCF cannot start");
	} else {
		ok = flow_clean(&f) && acts_run(&f, row);
		if (restore && ok) {
			ok = flow_clean(&f);
		}
	}
	memcpy(why, f.why, FLOW_WHY_LEN);
	scscf_close(f.scscf);
	isim_close(&f.isim);
	scscf_reply_wipe(&f.reply);
	OPENSSL_cleanse(&f, sizeof(f));
	return ok ? TRACE_PASS : TRACE_FAIL;
}

static void row_report(const struct flow_env *env, const struct row *row, bool restore,
                       struct flow_sum *sum)
{
	char why[FLOW_WHY_LEN] = "";
	const char *missing = lacking(env, row->need);
	enum trace_outcome outcome = TRACE_SKIP;

	if (missing == NULL) {
		outcome = row_run(env, row, restore, why);
	}
	trace_flow(env->trace, outcome, row->name, missing != NULL ? missing : why);
	sum->passed += outcome == TRACE_PASS;
	sum->failed += outcome == TRACE_FAIL;
	sum->skipped += outcome == TRACE_SKIP;
}

static bool table_run(const struct row table[], size_t n, const struct flow_env *env,
                      const char *name, bool restore, struct flow_sum *sum)
{
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(name, "all") == 0 || strcmp(name, table[i].name) == 0) {
			row_report(env, &table[i], restore, sum);
			found = true;
		}
	}
	return found;
}

bool flows_run(const struct flow_env *env, const char *name, struct flow_sum *sum)
{
	return table_run(rows, N_ROWS, env, name, true, sum);
}

bool flows_single(const struct flow_env *env, const char *name, struct flow_sum *sum)
{
	return table_run(singles, N_SINGLES, env, name, false, sum);
}

const char *flows_name(size_t i, const char **about)
{
	if (i >= N_ROWS) {
		return NULL;
	}
	*about = rows[i].about;
	return rows[i].name;
}
