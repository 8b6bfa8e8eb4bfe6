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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pending_lasts_for_the_timeout),
		cmocka_unit_test(never_pending_is_not_pending),
		cmocka_unit_test(a_set_is_in_its_highest_state),
		cmocka_unit_test(the_scscf_is_in_force_while_something_holds_it),
		cmocka_unit_test(the_default_impu_is_the_first_distinct_unbarred_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
