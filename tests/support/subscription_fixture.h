/*
 * A subscription to try the Cx procedures on, and a short notation for its registration state.
 *
 *   IRS 1  ALICE, ALICE_TEL, ALICE_SPARE (barred, profile of its own)  IMPI 1 and IMPI 2
 *   IRS 2  WORK (unregistered services)                               IMPI 1
 *   IRS 3  BARRED (the whole set)                                     IMPI 1
 *   IRS 4  CONF, a PSI with an application server                     IMPI 3, which has no key
 *   IRS 5  CHAT, a PSI without one (unregistered services)            IMPI 3
 *   IRS 6  CLOSED, a PSI out of use                                   IMPI 3
 *   IRS 7  DESKS, a wildcarded IMPU that DESK_42 matches              IMPI 1
 *
 * IMPI 1 and IMPI 2 may use IMS-AKA only; IMPI 1 has an HA1 as well.
 *
 * BOB belongs to another subscription, NOBODY and STRANGER to none.
 *
 * Notation: "11Rp 12U @1" is IMPI 1 Registered with set 1 and authenticating, Unregistered with set
 * 2, S-CSCF 1 assigned; what is not named is Not Registered. After the state may stand p (pending
 * since now), q (pending for half the time allowed) or x (pending for too long), and then + when
 * restoration information is there ("restoration 11" of IMPI 1 and set 1). After the S-CSCF may
 * stand ! (reassignment pending) and : with its features in hexadecimal, "@1!:4". "" is a
 * subscription at rest.
 */
#ifndef TESTS_SUBSCRIPTION_FIXTURE_H
#define TESTS_SUBSCRIPTION_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "hss/cx.h"

#define IMPI_1 "alice@home.example"
#define IMPI_2 "alice.tablet@home.example"
#define IMPI_PSI "services@home.example"
#define STRANGER "stranger@home.example"
#define ALICE "sip:alice@home.example"
#define ALICE_TEL "tel:+15550100"
#define ALICE_SPARE "sip:alice.spare@home.example"
#define WORK "sip:alice.work@home.example"
#define BARRED "sip:alice.barred@home.example"
#define CONF "sip:conf@home.example"
#define CHAT "sip:chat@home.example"
#define CLOSED "sip:closed@home.example"
#define DESKS "sip:desk!.*!@home.example"
#define DESK_42 "sip:desk42@home.example"
#define BOB "sip:bob@home.example"
#define NOBODY "sip:nobody@home.example"
#define CONF_AS "sip:conf-as.home.example"
#define SCSCF_1 "sip:scscf1.home.example:5060"
#define SCSCF_2 "sip:scscf2.home.example:5060"
#define DEFAULT_SCSCF "sip:default.home.example"

enum { FIXTURE_NOW = 1000000, FIXTURE_TIMEOUT = 60, FIXTURE_IMPU_MAX = 4 };

struct fixture {
	struct ims_subscription sub;
	struct cx_policy policy;
	struct cx_env env;
	struct cx_request req;
	struct cx_answer ans;
	const char *impu[FIXTURE_IMPU_MAX];
	struct ims_asked asked[FIXTURE_IMPU_MAX];
	char restoration[4][32];
	struct auc_key key[2];     /* clear keys of IMPI 1 and 2 */
	uint8_t ha1[SEAL_HA1_LEN]; /* of IMPI 1, clear */
	struct auc_rng rng;
	uint64_t rng_count; /* RANDs count up, so that none is equal to another */
	bool rng_fails;
};

/* Once in a program: a master key in a folder of its own, an AES context. cmocka group set-up. */
int fixture_group_setup(void **state);
int fixture_group_teardown(void **state);

/* A fixture at rest. Fails the test when it cannot be made. */
void fixture_open(struct fixture *f, const char *state);
void fixture_close(struct fixture *f);

/* A request of S-CSCF or I-CSCF 1; impu ends with NULL or at FIXTURE_IMPU_MAX. Looks up what it
 * asks for. */
void fixture_ask(struct fixture *f, uint32_t command, const char *impi, const char *const *impu);

/* The request offers these features (Supported-Features without M). */
void fixture_features(struct fixture *f, uint32_t list);

/* The pushes that the snapshot holds: "N11 C12+1", an RTR NEW_SERVER_ASSIGNED (P, N, C, R by
 * reason) for IMPI 1 and set 1, one SERVER_CHANGE for set 2 with one associated IMPI. Fails the
 * test when one does not name every IMPU of its set, or goes elsewhere than to S-CSCF 1. */
void fixture_pushes(const struct fixture *f, char *text, size_t size);

/* Call the procedure of the request's command. Fails the test when the answer breaks a general
 * rule. */
bool fixture_decide(struct fixture *f);

/* The registration state in the notation above. */
void fixture_state(const struct fixture *f, char *text, size_t size);

/* Everything that the snapshot holds, as text to compare; to be freed. */
char *fixture_dump(const struct fixture *f);

/*
 * Decide, and check: the result; the state after (NULL: as before, and nothing to save); that a
 * refusal left the snapshot exactly as it was. what names the case in a failure.
 */
void fixture_expect(struct fixture *f, const char *what, enum cx_result result, const char *after);

/* Texts equal, or both NULL; what names the case in a failure. */
void fixture_expect_text(const char *what, const char *got, const char *expected);

#endif
