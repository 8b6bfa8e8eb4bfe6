/* Serving over a real store: how much of a subscription each request loads, and that what a
 * procedure changes, flags, restoration information and RTRs included, is there for the next
 * request. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hss/cx.h"
#include "hss/store.h"
#include "sample_sub.h"
#include "temp_dir.h"

#define IMPI "alice@ims.test"
#define ALICE "sip:alice@ims.test"
#define ALICE_TEL "tel:+4930123"
#define WORK "sip:work@ims.test"
#define WORK_TEL "tel:+4930456"
#define SCSCF_1 "sip:scscf1.ims.test"
#define SCSCF_2 "sip:scscf2.ims.test"

enum { NOW = 1000000, YES = CX_FEATURE_ALIAS_IND | CX_FEATURE_IMS_RESTORATION_IND };

static const uint8_t ha1[SEAL_HA1_LEN] = {1, 2, 3};

struct fixture {
	struct temp_dir dir;
	struct store *store;
	struct seal *seal;
	struct cx_policy policy;
	struct cx_env env;
	struct ims_subscription sub;
	struct cx_request req;
	struct cx_answer ans;
	const char *impu;
};

/* The views that were loaded, a letter each. */
static char views[16];

enum hss_err __real_store_subscription_load(struct store *store, const char *impi,
                                            const char *const *impu, size_t n_impu,
                                            enum store_view view, struct ims_subscription *sub);
enum hss_err __wrap_store_subscription_load(struct store *store, const char *impi,
                                            const char *const *impu, size_t n_impu,
                                            enum store_view view, struct ims_subscription *sub);

enum hss_err __wrap_store_subscription_load(struct store *store, const char *impi,
                                            const char *const *impu, size_t n_impu,
                                            enum store_view view, struct ims_subscription *sub)
{
	static const char letters[] = {[STORE_VIEW_AUTH] = 'A',
	                               [STORE_VIEW_LOCATE] = 'L',
	                               [STORE_VIEW_ADMIT] = 'U',
	                               [STORE_VIEW_FULL] = 'F'};
	const size_t n = strlen(views);

	assert_in_range(n, 0, sizeof(views) - 2);
	views[n] = letters[view];
	views[n + 1] = '\0';
	return __real_store_subscription_load(store, impi, impu, n_impu, view, sub);
}

static void subscriber_put(struct fixture *f)
{
	struct ims_impi *impi = NULL;

	sample_start(&f->sub);
	impi = sample_impi(&f->sub, 1, IMPI);
	impi->scheme = IMS_SCHEME_SIP_DIGEST;
	impi->schemes = 1U << IMS_SCHEME_SIP_DIGEST;
	impi->has_ha1 = true;
	impi->digest_realm = "ims.test";
	assert_int_equal(seal_wrap_ha1(f->seal, IMPI, ha1, &impi->ha1), HSS_OK);
	sample_impu(&f->sub, 1, 1, ALICE);
	sample_impu(&f->sub, 1, 2, ALICE_TEL);
	sample_impu(&f->sub, 2, 1, WORK);
	sample_impu(&f->sub, 2, 2, WORK_TEL);
	sample_registration(&f->sub, 1, 1);
	sample_registration(&f->sub, 1, 2);
	assert_int_equal(store_subscription_put(f->store, &f->sub), HSS_OK);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[TEMP_PATH_MAX];
	char why[SEAL_WHY_LEN];

	assert_non_null(f);
	temp_dir_make(&f->dir);
	assert_int_equal(seal_create(temp_dir_file(&f->dir, "master.key", path)), HSS_OK);
	assert_int_equal(seal_open(path, &f->seal, why), HSS_OK);
	assert_int_equal(
		store_open(temp_dir_file(&f->dir, "hss.db", path), STORE_CREATE, &f->store),
		HSS_OK);
	subscriber_put(f);
	f->policy = (struct cx_policy){
		.store_server_name = true, .auth_pending_timeout = 60, .features = YES};
	f->env = (struct cx_env){.policy = &f->policy, .now = NOW, .seal = f->seal};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cx_answer_wipe(&f->ans);
	ims_subscription_free(&f->sub);
	store_close(f->store);
	seal_close(f->seal);
	temp_dir_remove(&f->dir);
	free(f);
	return 0;
}

static void ask(struct fixture *f, uint32_t command, const char *impu, const char *host)
{
	f->impu = impu;
	f->req = (struct cx_request){
		.command = command,
		.origin_host = host,
		.origin_realm = "ims.test",
		.impi = command != CX_CMD_LIR ? IMPI : NULL,
		.impu = &f->impu,
		.n_impu = 1,
		.features = {.present = true, .list = YES},
	};
}

static void ask_mar(struct fixture *f, const char *impu, const char *server_name, const char *host)
{
	ask(f, CX_CMD_MAR, impu, host);
	f->req.mar = (struct cx_mar){.server_name = server_name,
	                             .scheme = CX_SCHEME_SIP_DIGEST,
	                             .scheme_name = CX_SCHEME_NAME_SIP_DIGEST,
	                             .n_vectors = 1};
}

static void ask_sar(struct fixture *f, uint32_t type, const char *impu, const char *server_name,
                    const char *host)
{
	ask(f, CX_CMD_SAR, impu, host);
	f->req.sar = (struct cx_sar){.server_name = server_name, .type = type};
}

static void serve(struct fixture *f, enum cx_result result)
{
	views[0] = '\0';
	cx_answer_wipe(&f->ans);
	f->ans = (struct cx_answer){0};
	assert_int_equal(store_begin(f->store), HSS_OK);
	assert_int_equal(cx_serve(f->store, &f->req, &f->env, &f->sub, &f->ans), HSS_OK);
	assert_int_equal(store_commit(f->store), HSS_OK);
	if (f->ans.verdict.result != result) {
		fail_msg("got %s (%s)", cx_result_name(f->ans.verdict.result),
		         f->ans.verdict.message);
	}
}

/* Both sets Registered at S-CSCF 1, which has these features. */
static void register_both(struct fixture *f, uint32_t features)
{
	static const char *const impus[] = {ALICE, WORK};

	for (size_t i = 0; i < 2; i++) {
		ask_sar(f, CX_SAT_REGISTRATION, impus[i], SCSCF_1, "scscf1.ims.test");
		f->req.features.list = features;
		f->req.sar.restoration = (const uint8_t *)"kept";
		f->req.sar.restoration_len = 4;
		f->req.sar.restoration_impi = IMPI;
		serve(f, CX_SUCCESS);
	}
}

static void expect_push(struct fixture *f, size_t index, uint32_t reason, const char *impu_1,
                        const char *impu_2)
{
	struct arena arena = {0};
	struct ims_push *push = NULL;
	size_t n = 0;

	assert_int_equal(store_push_list(f->store, 0, 10, true, &arena, &push, &n), HSS_OK);
	assert_int_equal(n, 2);
	push += index;
	assert_int_equal(push->kind, IMS_PUSH_RTR);
	assert_int_equal(push->reason, reason);
	assert_string_equal(push->host, "scscf1.ims.test");
	assert_string_equal(push->realm, "ims.test");
	assert_string_equal(push->impi, IMPI);
	assert_int_equal(push->n_impu, 2);
	assert_string_equal(push->impu[0], impu_1);
	assert_string_equal(push->impu[1], impu_2);
	arena_free(&arena);
}

/* Two look-ups for a MAR, no more, whatever it changes; everything only when somebody has to be
 * told. */
static void each_request_loads_what_it_needs(void **state)
{
	struct fixture *f = *state;

	ask_mar(f, ALICE, SCSCF_1, "scscf1.ims.test");
	serve(f, CX_SUCCESS);
	assert_string_equal(views, "A");
	ask_mar(f, ALICE, SCSCF_2, "scscf2.ims.test"); /* nothing is registered yet */
	serve(f, CX_SUCCESS);
	assert_string_equal(views, "A");
	ask_sar(f, CX_SAT_REGISTRATION, ALICE, SCSCF_2, "scscf2.ims.test");
	serve(f, CX_SUCCESS);
	assert_string_equal(views, "F");
	ask_mar(f, ALICE, SCSCF_2, "scscf2.ims.test");
	serve(f, CX_SUCCESS);
	assert_string_equal(views, "A");
	ask_mar(f, WORK, SCSCF_1, "scscf1.ims.test");
	serve(f, CX_SUCCESS);
	assert_string_equal(views, "AF");
	ask(f, CX_CMD_UAR, ALICE, "icscf.ims.test");
	f->req.uar.visited_network = "ims.test";
	serve(f, CX_SUBSEQUENT_REGISTRATION);
	assert_string_equal(views, "U");
	ask(f, CX_CMD_LIR, ALICE, "icscf.ims.test");
	f->req.lir = (struct cx_lir){0};
	serve(f, CX_SUCCESS);
	assert_string_equal(views, "L");
	f->req.lir.capabilities_asked = true;
	serve(f, CX_SUCCESS);
	assert_string_equal(views, "F");
}

/* TS 29.228 8.1.1: in the transaction of the MAR itself, with every IMPU of each set. */
static void a_mar_that_takes_a_user_queues_the_rtrs(void **state)
{
	struct fixture *f = *state;

	register_both(f, CX_FEATURE_ALIAS_IND);
	ask_mar(f, WORK_TEL, SCSCF_2, "scscf2.ims.test");
	serve(f, CX_SUCCESS);
	assert_memory_equal(f->ans.digest.ha1, ha1, sizeof(ha1));
	expect_push(f, 0, CX_REASON_NEW_SERVER_ASSIGNED, WORK, WORK_TEL);
	expect_push(f, 1, CX_REASON_SERVER_CHANGE, ALICE, ALICE_TEL);
	assert_int_equal(store_subscription_get(f->store, f->sub.id, &f->sub), HSS_OK);
	assert_string_equal(f->sub.scscf_name, SCSCF_2);
	assert_int_equal(ims_irs_state(&f->sub, 1), IMS_NOT_REGISTERED);
	assert_int_equal(ims_irs_state(&f->sub, 2), IMS_REGISTERED);
}

/* TS 23.380 4: all of it through the store, also a refusal that changes something. */
static void an_scscf_that_fails_is_replaced(void **state)
{
	struct fixture *f = *state;

	register_both(f, YES);
	ask(f, CX_CMD_LIR, ALICE_TEL, "icscf.ims.test");
	f->req.lir = (struct cx_lir){.capabilities_asked = true};
	serve(f, CX_SUCCESS);
	assert_true(f->ans.capabilities);
	ask_sar(f, CX_SAT_UNREGISTERED_USER, ALICE_TEL, SCSCF_2, "scscf2.ims.test");
	serve(f, CX_ERROR_IN_ASSIGNMENT_TYPE);
	assert_non_null(f->ans.user_data);
	assert_int_equal(f->ans.n_restoration, 1);
	assert_int_equal(f->ans.restoration[0].len, 4);
	assert_memory_equal(f->ans.restoration[0].octets, "kept", 4);
	expect_push(f, 0, CX_REASON_NEW_SERVER_ASSIGNED, ALICE, ALICE_TEL);
	expect_push(f, 1, CX_REASON_NEW_SERVER_ASSIGNED, WORK, WORK_TEL);
	ask(f, CX_CMD_LIR, WORK, "icscf.ims.test");
	f->req.lir = (struct cx_lir){0};
	serve(f, CX_SUCCESS);
	assert_string_equal(f->ans.server_name, SCSCF_2);
	/* The flag is used up: S-CSCF 1 is a foreign one now. */
	ask_sar(f, CX_SAT_RE_REGISTRATION, ALICE, SCSCF_1, "scscf1.ims.test");
	serve(f, CX_ERROR_IDENTITY_ALREADY_REGISTERED);
	assert_string_equal(f->ans.server_name, SCSCF_2);
}

/* What a UAR sets, and what a deregistration removes, is on disk. */
static void flags_and_restoration_information_are_saved(void **state)
{
	struct fixture *f = *state;

	register_both(f, YES);
	ask(f, CX_CMD_UAR, ALICE, "icscf.ims.test");
	f->req.uar = (struct cx_uar){.visited_network = "ims.test",
	                             .type = CX_UAT_REGISTRATION_AND_CAPABILITIES};
	serve(f, CX_SUCCESS);
	assert_int_equal(store_subscription_get(f->store, f->sub.id, &f->sub), HSS_OK);
	assert_true(f->sub.reassignment_pending);
	assert_int_equal(f->sub.scscf_features, YES);
	assert_int_equal(f->sub.n_restoration, 2);
	ask_sar(f, CX_SAT_USER_DEREGISTRATION, ALICE, SCSCF_1, "scscf1.ims.test");
	serve(f, CX_SUCCESS);
	assert_int_equal(store_subscription_get(f->store, f->sub.id, &f->sub), HSS_OK);
	assert_int_equal(f->sub.n_restoration, 1);
	assert_int_equal(f->sub.restoration[0].irs, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_request_loads_what_it_needs, setup, teardown),
		cmocka_unit_test_setup_teardown(a_mar_that_takes_a_user_queues_the_rtrs, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(an_scscf_that_fails_is_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(flags_and_restoration_information_are_saved, setup,
	                                        teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
