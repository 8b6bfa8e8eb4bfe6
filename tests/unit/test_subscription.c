/* What a snapshot says about itself: states of sets, pending authentications, the S-CSCF in force.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "hss/subscription.h"

enum { NOW = 1000000, TIMEOUT = 60, AGE_MAX = 100000 };

static void pending_lasts_for_the_timeout(void **state)
{
	static const struct {
		int64_t age;
		bool pending;
	} rows[] = {
		{0, true},         {59, true},   {60, false},
		{AGE_MAX, false},  {-1, true},   /* the clock was set back a little */
		{-59, true},       {-60, false}, /* set back far: it must not last until the clock
	                                            has caught up */
		{-AGE_MAX, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ims_registration reg = {.pending_since = NOW - rows[i].age};

		assert_int_equal(ims_registration_pending(&reg, NOW, TIMEOUT), rows[i].pending);
	}
}

static void never_pending_is_not_pending(void **state)
{
	const struct ims_registration reg = {0};

	(void)state;
	assert_false(ims_registration_pending(&reg, 1, TIMEOUT));
}

static void a_set_is_in_its_highest_state(void **state)
{
	struct ims_registration regs[] = {
		{.impi = 1, .irs = 1, .state = IMS_UNREGISTERED},
		{.impi = 2, .irs = 1, .state = IMS_REGISTERED},
		{.impi = 1, .irs = 2, .state = IMS_NOT_REGISTERED},
		{.impi = 2, .irs = 3, .state = IMS_REGISTERED},
		{.impi = 3, .irs = 3, .state = IMS_REGISTERED},
	};
	const struct ims_subscription sub = {.registration = regs, .n_registration = 5};

	(void)state;
	assert_int_equal(ims_irs_state(&sub, 1), IMS_REGISTERED);
	assert_int_equal(ims_irs_state(&sub, 2), IMS_NOT_REGISTERED);
	assert_int_equal(ims_irs_registered_impis(&sub, 1), 1);
	assert_int_equal(ims_irs_registered_impis(&sub, 3), 2);
	assert_ptr_equal(ims_registration_of(&sub, 2, 3), &regs[3]);
	assert_null(ims_registration_of(&sub, 3, 1));
}

static void the_scscf_is_in_force_while_something_holds_it(void **state)
{
	struct ims_registration reg = {.impi = 1, .irs = 1};
	struct ims_subscription sub = {
		.registration = &reg, .n_registration = 1, .scscf_name = "sip:s.example"};

	(void)state;
	assert_null(ims_scscf_in_force(&sub, NOW, TIMEOUT));
	reg.pending_since = NOW - 10;
	assert_string_equal(ims_scscf_in_force(&sub, NOW, TIMEOUT), "sip:s.example");
	assert_null(ims_scscf_in_force(&sub, NOW + TIMEOUT, TIMEOUT));
	reg.state = IMS_UNREGISTERED;
	assert_string_equal(ims_scscf_in_force(&sub, NOW + TIMEOUT, TIMEOUT), "sip:s.example");
}

static void the_default_impu_is_the_first_distinct_unbarred_one(void **state)
{
	struct ims_impu impus[] = {
		{.name = "sip:barred@x", .irs = 1, .barred = true},
		{.name = "sip:psi@x", .irs = 1, .kind = IMPU_PSI},
		{.name = "sip:a@x", .irs = 1},
		{.name = "sip:b@x", .irs = 1},
		{.name = "sip:c@x", .irs = 2, .barred = true},
	};
	const struct ims_subscription sub = {.impu = impus, .n_impu = 5};

	(void)state;
	assert_ptr_equal(ims_irs_default_impu(&sub, 1), &impus[2]);
	assert_null(ims_irs_default_impu(&sub, 2));
}

static void restoration_is_found_or_added(void **state)
{
	struct ims_restoration kept[] = {{.impi = 1, .irs = 2, .len = 7}};
	struct ims_subscription sub = {.restoration = kept, .n_restoration = 1};

	(void)state;
	assert_ptr_equal(ims_restoration_put(&sub, 1, 2), &kept[0]);
	assert_int_equal(sub.n_restoration, 1);
	for (unsigned irs = 3; irs < 10; irs++) {
		struct ims_restoration *added = ims_restoration_put(&sub, 1, irs);

		assert_non_null(added);
		assert_int_equal(added->len, 0);
		added->len = irs;
	}
	assert_int_equal(sub.n_restoration, 8);
	assert_int_equal(ims_restoration_of(&sub, 1, 2)->len, 7);
	assert_int_equal(ims_restoration_of(&sub, 1, 3)->len, 3);
	assert_null(ims_restoration_of(&sub, 2, 2));
	ims_subscription_free(&sub);
}

/* A push goes to the S-CSCF that is assigned when it is made. */
static void a_push_has_the_address_of_the_scscf_assigned(void **state)
{
	struct ims_subscription sub = {.id = 5, .scscf_name = "sip:a", .scscf_host = "a.x"};

	(void)state;
	assert_null(ims_push_add(&sub, IMS_PUSH_RTR)); /* no realm */
	assert_int_equal(sub.n_push, 0);
	sub.scscf_realm = "x";
	for (unsigned i = 0; i < 5; i++) {
		struct ims_push *push = ims_push_add(&sub, i == 0 ? IMS_PUSH_PPR : IMS_PUSH_RTR);

		assert_non_null(push);
		assert_int_equal(push->subscription, 5);
		push->irs = i;
		sub.scscf_host = "b.x";
	}
	assert_int_equal(sub.n_push, 5);
	assert_string_equal(sub.push[0].host, "a.x");
	assert_string_equal(sub.push[0].scscf_name, "sip:a");
	assert_int_equal(sub.push[0].kind, IMS_PUSH_PPR);
	assert_string_equal(sub.push[4].host, "b.x");
	assert_int_equal(sub.push[4].irs, 4);
	ims_subscription_free(&sub);
}

static void the_impus_of_a_set_are_named_in_order(void **state)
{
	struct ims_impu impus[] = {{.name = "sip:a@x", .irs = 1},
	                           {.name = "sip:b@x", .irs = 1},
	                           {.name = "sip:c@x", .irs = 2}};
	struct ims_subscription sub = {.impu = impus, .n_impu = 3};
	const char **names = NULL;
	size_t n = 0;

	(void)state;
	names = ims_irs_impus(&sub, 1, &n);
	assert_int_equal(n, 2);
	assert_string_equal(names[0], "sip:a@x");
	assert_string_equal(names[1], "sip:b@x");
	names = ims_irs_impus(&sub, 3, &n);
	assert_non_null(names);
	assert_int_equal(n, 0);
	ims_subscription_free(&sub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pending_lasts_for_the_timeout),
		cmocka_unit_test(never_pending_is_not_pending),
		cmocka_unit_test(a_set_is_in_its_highest_state),
		cmocka_unit_test(the_scscf_is_in_force_while_something_holds_it),
		cmocka_unit_test(restoration_is_found_or_added),
		cmocka_unit_test(a_push_has_the_address_of_the_scscf_assigned),
		cmocka_unit_test(the_impus_of_a_set_are_named_in_order),
		cmocka_unit_test(the_default_impu_is_the_first_distinct_unbarred_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
