/* What S-CSCFs are told of a change by the operator: a row for each kind of change
 * (TS 29.228 6.1.3, 6.2.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hss/push_plan.h"
#include "short_arena.h"
#include "subscription_fixture.h"

enum { TEXT_LEN = 256 };

static struct ims_charging gold = {
	.id = 1, .name = "gold", .primary_ecf = "aaa://ecf.home.example"};

static unsigned impi_no(const char *name)
{
	return strcmp(name, IMPI_1) == 0 ? 1 : strcmp(name, IMPI_2) == 0 ? 2 : 3;
}

/* RTRs as "P11+2": reason, first IMPI, set, further IMPIs; PPRs as "=11:3": IMPI, set, content. */
static void pushes_text(const struct ims_subscription *sub, char text[static TEXT_LEN])
{
	text[0] = '\0';
	for (size_t i = 0; i < sub->n_push; i++) {
		const struct ims_push *push = &sub->push[i];
		const size_t len = strlen(text);

		assert_int_equal(push->subscription, sub->id);
		assert_string_equal(push->host, "scscf1.home.example");
		assert_string_equal(push->realm, "home.example");
		assert_string_equal(push->scscf_name, SCSCF_1);
		if (push->kind == IMS_PUSH_PPR) {
			(void)snprintf(text + len, TEXT_LEN - len, "%s=%u%u:%u", i > 0 ? " " : "",
			               impi_no(push->impi), push->irs, push->content);
			continue;
		}
		assert_in_range(push->n_impu, 1, IMS_IMPU_MAX);
		(void)snprintf(text + len, TEXT_LEN - len, "%s%c%u%u", i > 0 ? " " : "",
		               "PNCR"[push->reason], impi_no(push->impi), push -> irs);
		for (size_t k = 0; k < push->n_associated; k++) {
			(void)snprintf(text + strlen(text), TEXT_LEN - strlen(text), "+%u",
			               impi_no(push->associated[k]));
		}
	}
}

static void expect(const char *what, const struct fixture *f, const char *pushes, const char *after)
{
	char text[TEXT_LEN];

	pushes_text(&f->sub, text);
	fixture_expect_text(what, text, pushes);
	fixture_state(f, text, sizeof(text));
	fixture_expect_text(what, text, after);
}

static const struct {
	const char *what;
	const char *state;
	unsigned impi, irs;
	uint32_t reason;
	size_t n;
	const char *pushes;
	const char *after;
} deregistrations[] = {
	{"nothing is registered", "11Np", 0, 0, CX_REASON_PERMANENT_TERMINATION, 0, "", "11Np"},
	{"the only one: the S-CSCF goes", "11R @1", 0, 0, CX_REASON_PERMANENT_TERMINATION, 1, "P11",
         ""},
	{"Unregistered as well", "12U @1", 0, 0, CX_REASON_PERMANENT_TERMINATION, 1, "P12", ""},
	{"one RTR for each set", "11R 12U @1", 0, 0, CX_REASON_SERVER_CHANGE, 2, "C11 C12", ""},
	{"every IMPI of a set in one RTR", "11R 21R @1", 0, 1, CX_REASON_PERMANENT_TERMINATION, 1,
         "P11+2", ""},
	{"one IMPI of two: the set stays registered", "11R 21R @1", 2, 0,
         CX_REASON_PERMANENT_TERMINATION, 1, "P21", "11R @1"},
	{"one set of two: the S-CSCF stays", "11R 12R @1", 0, 2, CX_REASON_PERMANENT_TERMINATION, 1,
         "P12", "11R @1"},
	{"an authentication of another set holds the S-CSCF", "11R 12Np @1", 0, 1,
         CX_REASON_PERMANENT_TERMINATION, 1, "P11", "12Np @1"},
	{"its own does not", "11Rp @1", 0, 1, CX_REASON_PERMANENT_TERMINATION, 1, "P11", ""},
	{"what restoration had goes", "11R+ @1", 0, 0, CX_REASON_PERMANENT_TERMINATION, 1, "P11",
         ""},
	{"REMOVE_S-CSCF leaves who is registered", "11R 12U @1", 0, 0, CX_REASON_REMOVE_S_CSCF, 1,
         "R12", "11R @1"},
};

static void deregistration_ends_what_is_chosen(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(deregistrations) / sizeof(deregistrations[0]); i++) {
		struct fixture f;
		size_t n = 0;

		fixture_open(&f, deregistrations[i].state);
		assert_int_equal(push_plan_deregistration(&f.sub, deregistrations[i].impi,
		                                          deregistrations[i].irs,
		                                          deregistrations[i].reason, "words", &n),
		                 HSS_OK);
		assert_int_equal(n, deregistrations[i].n);
		expect(deregistrations[i].what, &f, deregistrations[i].pushes,
		       deregistrations[i].after);
		if (n > 0) {
			assert_string_equal(f.sub.push[0].reason_info, "words");
		}
		fixture_close(&f);
	}
}

static void an_rtr_names_the_impus_of_its_set_in_order(void **state)
{
	struct fixture f;
	size_t n = 0;

	(void)state;
	fixture_open(&f, "11R @1");
	assert_int_equal(push_plan_deregistration(&f.sub, 0, 1, 0, NULL, &n), HSS_OK);
	assert_int_equal(f.sub.push[0].n_impu, 3);
	assert_string_equal(f.sub.push[0].impu[0], ALICE);
	assert_string_equal(f.sub.push[0].impu[1], ALICE_TEL);
	assert_string_equal(f.sub.push[0].impu[2], ALICE_SPARE);
	assert_null(f.sub.push[0].reason_info);
	fixture_close(&f);
}

static void an_scscf_without_address_gets_nothing(void **state)
{
	struct fixture f;
	size_t n = 0;

	(void)state;
	fixture_open(&f, "11R @1");
	f.sub.scscf_host = NULL;
	f.sub.scscf_realm = NULL;
	assert_int_equal(push_plan_deregistration(&f.sub, 0, 0, 0, NULL, &n), HSS_OK);
	assert_int_equal(n, 1);
	expect("no address", &f, "", "");
	fixture_close(&f);
}

static void deletion_tells_of_every_set_that_is_served(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "11R 21R 12U 34U @1");
	assert_int_equal(push_plan_deletion(&f.sub), HSS_OK);
	expect("deletion", &f, "P11+2 P12 P34", "");
	fixture_close(&f);
	fixture_open(&f, "11Np @1");
	assert_int_equal(push_plan_deletion(&f.sub), HSS_OK);
	expect("deletion of one that is not served", &f, "", "11Np @1");
	fixture_close(&f);
}

/* Changes of a snapshot. */
static void bar(struct ims_subscription *sub)
{
	sub->impu[1].barred = true;
}

static void bar_default(struct ims_subscription *sub)
{
	sub->impu[0].barred = true;
}

static void show_name(struct ims_subscription *sub)
{
	sub->impu[0].display_name = "Alice A.";
}

static void other_profile(struct ims_subscription *sub)
{
	sub->impu[0].profile = 1;
}

static void alias(struct ims_subscription *sub)
{
	sub->impu[1].alias_group = "g";
}

static void impu_gone(struct ims_subscription *sub)
{
	memmove(&sub->impu[1], &sub->impu[2], (sub->n_impu - 2) * sizeof(sub->impu[0]));
	sub->n_impu--;
}

static void impu_new(struct ims_subscription *sub)
{
	sub->impu[2].name = "sip:alice.new@home.example";
}

static void set_gone(struct ims_subscription *sub)
{
	size_t kept = 0;

	for (size_t i = 0; i < sub->n_impu; i++) {
		if (sub->impu[i].irs != 2) {
			sub->impu[kept++] = sub->impu[i];
		}
	}
	sub->n_impu = kept;
	kept = 0;
	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].irs != 2) {
			sub->registration[kept++] = sub->registration[i];
		}
	}
	sub->n_registration = kept;
}

static void first_impi_gone(struct ims_subscription *sub)
{
	size_t kept = 0;

	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].impi != 1) {
			sub->registration[kept++] = sub->registration[i];
		}
	}
	sub->n_registration = kept;
	memmove(&sub->impi[0], &sub->impi[1], (sub->n_impi - 1) * sizeof(sub->impi[0]));
	sub->n_impi--;
}

static void key_new(struct ims_subscription *sub)
{
	sub->impi[0].key.octets[0] ^= 1;
}

static void scheme_less(struct ims_subscription *sub)
{
	sub->impi[0].schemes = 1 << IMS_SCHEME_SIP_DIGEST;
}

static void scheme_more(struct ims_subscription *sub)
{
	sub->impi[0].schemes |= 1 << IMS_SCHEME_SIP_DIGEST;
}

static void ha1_new(struct ims_subscription *sub)
{
	sub->impi[0].has_ha1 = true;
	sub->impi[0].ha1.octets[0] ^= 1;
	sub->impi[0].digest_realm = "home.example";
}

static void charging_new(struct ims_subscription *sub)
{
	sub->charging = &gold;
}

static void charging_and_bar(struct ims_subscription *sub)
{
	charging_new(sub);
	bar(sub);
}

static void roaming(struct ims_subscription *sub)
{
	sub->registration_allowed = false;
}

static const struct {
	const char *what;
	const char *state;
	void (*change)(struct ims_subscription *sub);
	const char *pushes;
	const char *after;
} changes[] = {
	{"nothing the S-CSCF has", "11R @1", roaming, "", "11R @1"},
	{"barring", "11R @1", bar, "=11:1", "11R @1"},
	{"barring, Unregistered", "11U @1", bar, "=11:1", "11U @1"},
	{"barring, not served", "11Np @1", bar, "", "11Np @1"},
	{"barring in another set", "12R @1", bar, "", "12R @1"},
	{"display name", "11R 12R @1", show_name, "=11:1", "11R 12R @1"},
	{"another profile", "21R @1", other_profile, "=21:1", "21R @1"},
	{"alias group", "11R @1", alias, "=11:1", "11R @1"},
	{"IMPU removed", "11R @1", impu_gone, "=11:1", "11R @1"},
	{"IMPU added", "11R @1", impu_new, "=11:1", "11R @1"},
	{"charging: every set", "11R 12U @1", charging_new, "=11:2 =12:2", "11R 12U @1"},
	{"charging and profile in one", "11R @1", charging_and_bar, "=11:3", "11R @1"},
	{"HA1", "11R 21R @1", ha1_new, "=11:4", "11R 21R @1"},
	{"HA1, its IMPI is not registered", "21R @1", ha1_new, "", "21R @1"},
	{"default IMPU barred", "11R 21R 12R @1", bar_default, "P11+2", "12R @1"},
	{"default IMPU barred, the last set", "11R @1", bar_default, "P11", ""},
	{"set removed", "12R @1", set_gone, "P12", ""},
	{"set removed, another one stays", "11R 12R @1", set_gone, "P12", "11R @1"},
	{"IMPI removed", "11R 21R 12U @1", first_impi_gone, "P11 P12", "21R @1"},
	{"key changed", "11R 21R 12R @1", key_new, "P11 P12", "21R @1"},
	{"a scheme less", "11R @1", scheme_less, "P11", ""},
	{"a scheme more", "11R @1", scheme_more, "", "11R @1"},
};

static void a_change_is_told_as_its_kind_asks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct fixture before;
		struct fixture f;

		fixture_open(&before, changes[i].state);
		fixture_open(&f, changes[i].state);
		for (size_t k = 0; k < f.sub.n_impi; k++) { /* sealing is never twice the same */
			f.sub.impi[k].key = before.sub.impi[k].key;
			f.sub.impi[k].ha1 = before.sub.impi[k].ha1;
			before.sub.impi[k].schemes = 1 << IMS_SCHEME_AKA_V1;
			f.sub.impi[k].schemes = 1 << IMS_SCHEME_AKA_V1;
		}
		changes[i].change(&f.sub);
		assert_int_equal(push_plan_change(&before.sub, &f.sub), HSS_OK);
		expect(changes[i].what, &f, changes[i].pushes, changes[i].after);
		fixture_close(&f);
		fixture_close(&before);
	}
}

static void the_rtr_of_a_removed_set_names_what_it_had(void **state)
{
	struct fixture before;
	struct fixture f;

	(void)state;
	fixture_open(&before, "12R @1");
	fixture_open(&f, "12R @1");
	set_gone(&f.sub);
	assert_int_equal(push_plan_change(&before.sub, &f.sub), HSS_OK);
	assert_int_equal(f.sub.push[0].n_impu, 1);
	assert_string_equal(f.sub.push[0].impu[0], WORK);
	fixture_close(&f);
	fixture_close(&before);
}

/* A document has none; what was kept for the registration that ends goes nevertheless. */
static void restoration_goes_though_the_change_knows_of_none(void **state)
{
	struct fixture before;
	struct fixture f;

	(void)state;
	fixture_open(&before, "11R+ 12R+ @1");
	fixture_open(&f, "11R 12R @1");
	for (size_t k = 0; k < f.sub.n_impi; k++) {
		f.sub.impi[k].key = before.sub.impi[k].key;
		f.sub.impi[k].ha1 = before.sub.impi[k].ha1;
	}
	bar_default(&f.sub);
	assert_int_equal(push_plan_change(&before.sub, &f.sub), HSS_OK);
	assert_int_equal(ims_restoration_of(&f.sub, 1, 1)->len, 0);
	assert_int_not_equal(ims_restoration_of(&f.sub, 1, 2)->len, 0);
	fixture_close(&f);
	fixture_close(&before);
}

static void an_object_is_told_where_it_is_used_and_served(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "11R 12R 17U 35U @1"); /* profile 2: sets 1 (spare), 2 and 5 */
	assert_int_equal(push_plan_object(&f.sub, 2, IMS_PUSH_USER_DATA), HSS_OK);
	expect("profile", &f, "=11:1 =12:1 =35:1", "11R 12R 17U 35U @1");
	fixture_close(&f);
	fixture_open(&f, "11R 12R 17U @1");
	assert_int_equal(push_plan_object(&f.sub, 0, IMS_PUSH_CHARGING), HSS_OK);
	expect("charging", &f, "=11:2 =12:2 =17:2", "11R 12R 17U @1");
	fixture_close(&f);
}

static void a_ppr_names_a_registered_impi(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, "21R @1");
	assert_int_equal(push_plan_object(&f.sub, 0, IMS_PUSH_CHARGING), HSS_OK);
	expect("the second IMPI", &f, "=21:2", "21R @1");
	fixture_close(&f);
}

/* Each plan, with so many allocations of memory. Returns what it said. */
static enum hss_err plan_with_memory(unsigned plan, int n)
{
	struct fixture before;
	struct fixture f;
	size_t n_sets = 0;
	enum hss_err err = HSS_OK;

	fixture_open(&before, "11R+ 21R 12U @1");
	fixture_open(&f, "11R 21R 12U @1");
	for (size_t k = 0; k < f.sub.n_impi; k++) {
		f.sub.impi[k].key = before.sub.impi[k].key;
		f.sub.impi[k].ha1 = before.sub.impi[k].ha1;
	}
	key_new(&f.sub);
	charging_and_bar(&f.sub);
	short_arena(n);
	err = plan == 0   ? push_plan_change(&before.sub, &f.sub)
	      : plan == 1 ? push_plan_deregistration(&f.sub, 0, 0, 0, NULL, &n_sets)
	      : plan == 2 ? push_plan_deletion(&f.sub)
	                  : push_plan_object(&f.sub, 0, IMS_PUSH_CHARGING);
	short_arena(SHORT_ARENA_OFF);
	fixture_close(&f);
	fixture_close(&before);
	return err;
}

static void memory_that_runs_out_is_an_error(void **state)
{
	(void)state;
	for (unsigned plan = 0; plan < 4; plan++) {
		int n = 0;

		while (plan_with_memory(plan, n) != HSS_OK) {
			assert_int_equal(plan_with_memory(plan, n), HSS_ERR_MEMORY);
			n++;
		}
		assert_in_range(n, 2, 30); /* it did run out */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deregistration_ends_what_is_chosen),
		cmocka_unit_test(an_rtr_names_the_impus_of_its_set_in_order),
		cmocka_unit_test(an_scscf_without_address_gets_nothing),
		cmocka_unit_test(deletion_tells_of_every_set_that_is_served),
		cmocka_unit_test(a_change_is_told_as_its_kind_asks),
		cmocka_unit_test(the_rtr_of_a_removed_set_names_what_it_had),
		cmocka_unit_test(restoration_goes_though_the_change_knows_of_none),
		cmocka_unit_test(an_object_is_told_where_it_is_used_and_served),
		cmocka_unit_test(a_ppr_names_a_registered_impi),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};

	return cmocka_run_group_tests(tests, fixture_group_setup, fixture_group_teardown);
}
