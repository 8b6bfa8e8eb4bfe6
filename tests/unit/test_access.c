/* What a peer may do: each rule of a peer section, their order, rates in time, bounded memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hss/access.h"

#define NAMES(...)                                                                                 \
	{                                                                                          \
		(char *[]){__VA_ARGS__}, sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)          \
	}

static const int64_t second = 1000000000;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);

static int fail_in = -1; /* allocations until one fails; negative: none does */
static unsigned n_failed;

static bool fails(void)
{
	if (fail_in < 0 || fail_in-- > 0) {
		return false;
	}
	n_failed++;
	return true;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, n, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

/* The sections of a home network with an agent in front of another one. */
static struct access_rules home_rules(void)
{
	const struct access_peer sections[] = {
		{.name = "icscf.home.example", .commands = ACCESS_ICSCF},
		{.name = "scscf.home.example",
	         .commands = ACCESS_SCSCF,
	         .server_names = NAMES("sip:scscf.home.example:6060", "sip:scscf.home.example")},
		{.name = "*.edge.home.example", .commands = ACCESS_UAR, .rate = 5},
		{.name = "*.home.example", .commands = ACCESS_LIR},
		{.name = "Agent.Visited.Example",
	         .commands = ACCESS_ANY,
	         .proxy_for =
	                 NAMES("*.visited.example", "icscf.home.example", "scscf.home.example")},
	};
	struct access_rules rules = {0};

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		assert_int_equal(access_rules_add(&rules, &sections[i]), HSS_OK);
	}
	return rules;
}

static const char *rule_name(const struct access_rules *rules, const char *host)
{
	const struct access_peer *rule = access_rule_of(rules, host, strlen(host));

	return rule != NULL ? rule->name : "-";
}

static void the_exact_name_wins_then_the_longest_pattern(void **state)
{
	struct access_rules rules = home_rules();
	char long_name[ACCESS_HOST_LEN_MAX + 1];

	(void)state;
	assert_string_equal(rule_name(&rules, "icscf.home.example"), "icscf.home.example");
	assert_string_equal(rule_name(&rules, "ICSCF.Home.Example"), "icscf.home.example");
	assert_string_equal(rule_name(&rules, "a.edge.home.example"), "*.edge.home.example");
	assert_string_equal(rule_name(&rules, "a.b.edge.home.example"), "*.edge.home.example");
	assert_string_equal(rule_name(&rules, "edge.home.example"), "*.home.example");
	assert_string_equal(rule_name(&rules, "x.icscf.home.example"), "*.home.example");
	assert_string_equal(rule_name(&rules, "agent.visited.example"), "agent.visited.example");
	assert_string_equal(rule_name(&rules, "home.example"), "-");
	assert_string_equal(rule_name(&rules, "xhome.example"), "-");
	assert_string_equal(rule_name(&rules, "*.home.example"), "*.home.example");
	assert_string_equal(rule_name(&rules, ""), "-");
	memset(long_name, 'a', sizeof(long_name));
	memcpy(long_name + sizeof(long_name) - 13, ".home.example", 13);
	assert_null(access_rule_of(&rules, long_name, sizeof(long_name)));
	assert_non_null(access_rule_of(&rules, long_name + 1, sizeof(long_name) - 1));
	access_rules_free(&rules);
}

static void a_section_of_the_same_name_is_refused_whatever_its_case(void **state)
{
	struct access_rules rules = home_rules();
	const struct access_peer again = {.name = "IcsCf.home.EXAMPLE", .commands = ACCESS_ANY};

	(void)state;
	assert_int_equal(access_rules_add(&rules, &again), HSS_ERR_EXISTS);
	assert_int_equal(rules.n_peers, 5);
	access_rules_free(&rules);
}

static void names_of_peers_are_hosts_or_domains_with_a_star(void **state)
{
	static const char *const good[] = {"a.example", "*.a.example", "A-1.example"};
	static const char *const bad[] = {"",
	                                  "a",
	                                  "*",
	                                  "*.",
	                                  "*.example",
	                                  "a.*.example",
	                                  "*a.example",
	                                  "a..example",
	                                  "a.example.",
	                                  "a b.example",
	                                  "**.a.example",
	                                  "-a.example"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(access_pattern_valid(good[i]));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(access_pattern_valid(bad[i]));
	}
}

static void commands_have_names(void **state)
{
	(void)state;
	assert_int_equal(access_command_bit("UAR"), ACCESS_UAR);
	assert_int_equal(access_command_bit("mar"), ACCESS_MAR);
	assert_int_equal(access_command_bit("RTR"), 0);
	assert_int_equal(access_command_bit(""), 0);
	assert_string_equal(access_command_name(ACCESS_LIR), "LIR");
	assert_string_equal(access_command_name(ACCESS_SAR), "SAR");
}

/* A request that somebody sends over a connected peer; server_name is of SAR and MAR. */
struct attempt {
	uint32_t command;
	const char *peer;
	const char *origin_host;
	const char *server_name;
	const char *refusal; /* a part of the Error-Message; NULL: granted */
	enum access_refusal counted;
};

static struct cx_request request_of(const struct attempt *attempt)
{
	struct cx_request req = {.command = attempt->command, .origin_host = attempt->origin_host};

	if (attempt->command == CX_CMD_SAR) {
		req.sar.server_name = attempt->server_name;
	} else if (attempt->command == CX_CMD_MAR) {
		req.mar.server_name = attempt->server_name;
	}
	return req;
}

static void attempts_run(const struct access_rules *rules, const struct attempt *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct attempt *row = &rows[i];
		const struct cx_request req = request_of(row);
		struct cx_verdict verdict = {0};
		struct access *access = NULL;
		unsigned long long counted[ACCESS_N_REFUSALS];
		bool granted = false;

		assert_int_equal(access_open(rules, &access), HSS_OK);
		granted = access_check(access, row->peer, strlen(row->peer), &req, &verdict);
		access_refused(access, counted);
		access_close(access);
		if (granted != (row->refusal == NULL)) {
			fail_msg("row %zu: granted %d, '%s'", i, granted, verdict.message);
		}
		if (granted) {
			assert_int_equal(verdict.result, CX_NO_RESULT);
			continue;
		}
		assert_int_equal(verdict.result, CX_AUTHORIZATION_REJECTED);
		assert_int_equal(verdict.failed_avp, 0);
		if (strstr(verdict.message, row->refusal) == NULL) {
			fail_msg("row %zu: '%s' lacks '%s'", i, verdict.message, row->refusal);
		}
		for (size_t k = 0; k < ACCESS_N_REFUSALS; k++) {
			assert_int_equal(counted[k], k == row->counted ? 1 : 0);
		}
	}
}

#define ICSCF "icscf.home.example"
#define SCSCF "scscf.home.example"
#define AGENT "agent.visited.example"
#define NAME "sip:scscf.home.example:6060"

static void each_rule_refuses_what_it_is_for_and_nothing_else(void **state)
{
	static const struct attempt rows[] = {
		{CX_CMD_UAR, ICSCF, ICSCF, NULL, NULL, 0},
		{CX_CMD_LIR, ICSCF, "ICSCF.home.example", NULL, NULL, 0},
		{CX_CMD_MAR, ICSCF, ICSCF, NAME, "peer " ICSCF " may not send MAR", ACCESS_COMMAND},
		{CX_CMD_SAR, ICSCF, ICSCF, NAME, "may not send SAR", ACCESS_COMMAND},
		{CX_CMD_MAR, SCSCF, SCSCF, NAME, NULL, 0},
		{CX_CMD_SAR, SCSCF, SCSCF, "SIP:SCSCF.home.example:6060", NULL, 0},
		{CX_CMD_SAR, SCSCF, SCSCF, "sip:scscf.home.example", NULL, 0},
		{CX_CMD_LIR, SCSCF, SCSCF, NULL, NULL, 0},
		{CX_CMD_UAR, SCSCF, SCSCF, NULL, "may not send UAR", ACCESS_COMMAND},
		{CX_CMD_MAR, SCSCF, SCSCF, "sip:scscf.home.example:6061",
	         "peer " SCSCF " may not claim the Server-Name sip:scscf.home.example:6061",
	         ACCESS_SERVER_NAME},
		{CX_CMD_SAR, SCSCF, SCSCF, "sip:scscf2.home.example:6060", "may not claim",
	         ACCESS_SERVER_NAME},
		{CX_CMD_SAR, SCSCF, SCSCF, NULL, "may not claim", ACCESS_SERVER_NAME},
		/* In the name of somebody else. */
		{CX_CMD_UAR, ICSCF, SCSCF, NULL,
	         "peer " ICSCF " may not speak for the Origin-Host " SCSCF, ACCESS_ORIGIN},
		{CX_CMD_UAR, ICSCF, "icscf.home.exampl", NULL, "may not speak", ACCESS_ORIGIN},
		{CX_CMD_UAR, ICSCF, "icscf.home.example2", NULL, "may not speak", ACCESS_ORIGIN},
		{CX_CMD_UAR, ICSCF, "", NULL, "may not speak", ACCESS_ORIGIN},
		{CX_CMD_UAR, "x.other.example", SCSCF, NULL, "may not speak", ACCESS_ORIGIN},
		/* Patterns. */
		{CX_CMD_LIR, "x.home.example", "x.home.example", NULL, NULL, 0},
		{CX_CMD_UAR, "x.home.example", "x.home.example", NULL, "may not send UAR",
	         ACCESS_COMMAND},
		{CX_CMD_LIR, "x.edge.home.example", "x.edge.home.example", NULL, "may not send LIR",
	         ACCESS_COMMAND},
		{CX_CMD_LIR, "x.other.example", "x.other.example", NULL,
	         "peer x.other.example has no peer section", ACCESS_NO_SECTION},
		/* Behind the agent: both sections hold, where there are two. */
		{CX_CMD_MAR, AGENT, "s.visited.example", "sip:any.example", NULL, 0},
		{CX_CMD_MAR, AGENT, "a.s.visited.example", "sip:any.example", NULL, 0},
		{CX_CMD_MAR, AGENT, "visited.example", "sip:any.example", "may not speak",
	         ACCESS_ORIGIN},
		{CX_CMD_MAR, AGENT, "x.home.example", "sip:any.example", "may not speak",
	         ACCESS_ORIGIN},
		{CX_CMD_UAR, AGENT, ICSCF, NULL, NULL, 0},
		{CX_CMD_MAR, AGENT, ICSCF, NAME, "peer " ICSCF " may not send MAR", ACCESS_COMMAND},
		{CX_CMD_MAR, AGENT, SCSCF, NAME, NULL, 0},
		{CX_CMD_MAR, AGENT, SCSCF, "sip:any.example", "may not claim", ACCESS_SERVER_NAME},
		{CX_CMD_RTR, AGENT, AGENT, NULL, "may not send", ACCESS_COMMAND},
	};
	struct access_rules rules = home_rules();

	(void)state;
	attempts_run(&rules, rows, sizeof(rows) / sizeof(rows[0]));
	access_rules_free(&rules);
}

static void without_sections_everything_is_granted_in_the_own_name(void **state)
{
	static const struct attempt rows[] = {
		{CX_CMD_UAR, ICSCF, ICSCF, NULL, NULL, 0},
		{CX_CMD_MAR, ICSCF, ICSCF, "sip:any.example", NULL, 0},
		{CX_CMD_MAR, ICSCF, SCSCF, NAME, "may not speak for the Origin-Host",
	         ACCESS_ORIGIN},
	};
	const struct access_rules none = {0};

	(void)state;
	attempts_run(&none, rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_malformed_request_keeps_its_refusal_unless_it_lacks_permission(void **state)
{
	struct access_rules rules = home_rules();
	struct access *access = NULL;
	struct cx_request req = {.command = CX_CMD_SAR, .origin_host = ICSCF};
	struct cx_verdict verdict = {.result = CX_INVALID_AVP_VALUE, .failed_avp = 601};

	(void)state;
	assert_int_equal(access_open(&rules, &access), HSS_OK);
	assert_false(access_check(access, ICSCF, strlen(ICSCF), &req, &verdict));
	assert_int_equal(verdict.result, CX_AUTHORIZATION_REJECTED);
	assert_int_equal(verdict.failed_avp, 0);

	verdict = (struct cx_verdict){.result = CX_INVALID_AVP_VALUE, .failed_avp = 602};
	req.origin_host = SCSCF;
	assert_true(access_check(access, SCSCF, strlen(SCSCF), &req, &verdict));
	assert_int_equal(verdict.result, CX_INVALID_AVP_VALUE);
	assert_int_equal(verdict.failed_avp, 602);

	/* Origin-Host itself is at fault. */
	req.origin_host = "";
	assert_true(access_check(access, SCSCF, strlen(SCSCF), &req, &verdict));
	assert_int_equal(verdict.result, CX_INVALID_AVP_VALUE);
	access_close(access);
	access_rules_free(&rules);
}

static struct access *rates_open(struct access_rules *rules, const char *name, unsigned rate)
{
	const struct access_peer peer = {
		.name = (char *)(uintptr_t)name, .commands = ACCESS_ANY, .rate = rate};
	struct access *access = NULL;

	assert_int_equal(access_rules_add(rules, &peer), HSS_OK);
	assert_int_equal(access_open(rules, &access), HSS_OK);
	return access;
}

static unsigned taken_of(struct access *access, const char *peer, unsigned n, int64_t now)
{
	unsigned taken = 0;
	unsigned tell = 0;

	for (unsigned i = 0; i < n; i++) {
		taken += access_rate_take(access, peer, strlen(peer), now, &tell) ? 1 : 0;
	}
	return taken;
}

static void a_peer_has_its_rate_and_a_second_of_it_at_once(void **state)
{
	struct access_rules rules = {0};
	struct access *access = rates_open(&rules, "*.home.example", 10);
	const int64_t start = 77 * second;
	unsigned long long counted[ACCESS_N_REFUSALS];

	(void)state;
	assert_int_equal(taken_of(access, ICSCF, 25, start), 10);
	assert_int_equal(taken_of(access, "ICSCF.home.example", 5, start), 0);
	assert_int_equal(taken_of(access, ICSCF, 5, start + second / 10 - 1), 0);
	assert_int_equal(taken_of(access, ICSCF, 5, start + second / 10), 1);
	assert_int_equal(taken_of(access, ICSCF, 25, start + second / 10 + second / 2), 5);
	/* Another peer of the same section has its own. */
	assert_int_equal(taken_of(access, SCSCF, 25, start), 10);
	/* Rest saves no more than a second's worth. */
	assert_int_equal(taken_of(access, ICSCF, 25, start + 1000 * second), 10);
	access_refused(access, counted);
	assert_int_equal(counted[ACCESS_RATE], 15 + 5 + 5 + 4 + 20 + 15 + 15);
	access_close(access);
	access_rules_free(&rules);
}

static void every_rate_lets_as_many_pass_in_a_second(void **state)
{
	static const unsigned rates[] = {1, 3, 7, 999, 12345, ACCESS_RATE_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct access_rules rules = {0};
		struct access *access = rates_open(&rules, ICSCF, rates[i]);
		const unsigned taken = taken_of(access, ICSCF, 2 * rates[i], second);

		/* Whole nanoseconds: a ten-thousandth more at most. */
		assert_in_range(taken, rates[i], rates[i] + rates[i] / 10000 + 1);
		access_close(access);
		access_rules_free(&rules);
	}
}

static void no_rate_is_no_limit(void **state)
{
	struct access_rules rules = {0};
	struct access *access = rates_open(&rules, ICSCF, 0);

	(void)state;
	assert_int_equal(taken_of(access, ICSCF, 5000, second), 5000);
	assert_int_equal(taken_of(access, "x.other.example", 5000, second), 5000);
	access_close(access);
	access_rules_free(&rules);
}

static void excess_is_worth_a_line_at_most_every_ten_seconds(void **state)
{
	struct access_rules rules = {0};
	struct access *access = rates_open(&rules, ICSCF, 1);
	unsigned tell = 0;

	(void)state;
	assert_true(access_rate_take(access, ICSCF, strlen(ICSCF), second, &tell));
	assert_int_equal(tell, 0);
	assert_false(access_rate_take(access, ICSCF, strlen(ICSCF), second, &tell));
	assert_int_equal(tell, 1);
	assert_int_equal(taken_of(access, ICSCF, 7, second), 0);
	assert_int_equal(taken_of(access, ICSCF, 1, second + ACCESS_TELL_S * second), 1);
	assert_false(access_rate_take(access, ICSCF, strlen(ICSCF), second + ACCESS_TELL_S * second,
	                              &tell));
	assert_int_equal(tell, 8);
	access_close(access);
	access_rules_free(&rules);
}

static void rates_of_any_number_of_peers_take_bounded_memory(void **state)
{
	struct access_rules rules = {0};
	struct access *access = rates_open(&rules, "*.home.example", 2);
	char peer[64];

	(void)state;
	for (unsigned i = 0; i < ACCESS_BUCKETS_MAX; i++) {
		(void)snprintf(peer, sizeof(peer), "p%u.home.example", i);
		assert_int_equal(taken_of(access, peer, 3, second), 2);
	}
	/* No place for one more, and nobody's bucket is filled for it. */
	assert_int_equal(taken_of(access, ICSCF, 3, second), 0);
	assert_int_equal(taken_of(access, "p0.home.example", 3, second), 0);
	/* A second later each is full, and its place free. */
	assert_int_equal(taken_of(access, ICSCF, 3, 2 * second), 2);
	assert_int_equal(taken_of(access, ICSCF, 3, 2 * second), 0);
	access_close(access);
	access_rules_free(&rules);
}

static void memory_that_runs_out_leaves_the_rules_as_they_were(void **state)
{
	const struct access_peer peer = {.name = "new.home.example",
	                                 .commands = ACCESS_ANY,
	                                 .server_names = NAMES("sip:a.example", "sip:b.example"),
	                                 .proxy_for = NAMES("*.c.example")};
	struct access_rules rules = home_rules();
	struct access *access = NULL;
	enum hss_err err = HSS_ERR_MEMORY;

	(void)state;
	n_failed = 0;
	for (int i = 0; err == HSS_ERR_MEMORY; i++) {
		assert_int_equal(rules.n_peers, 5);
		fail_in = i;
		err = access_rules_add(&rules, &peer);
		fail_in = -1;
	}
	assert_int_equal(err, HSS_OK);
	assert_int_equal(rules.n_peers, 6);
	assert_int_equal(n_failed, 7);
	fail_in = 0;
	assert_int_equal(access_open(&rules, &access), HSS_ERR_MEMORY);
	fail_in = -1;
	assert_null(access);
	access_close(NULL);
	access_rules_free(&rules);
	access_rules_free(&rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exact_name_wins_then_the_longest_pattern),
		cmocka_unit_test(a_section_of_the_same_name_is_refused_whatever_its_case),
		cmocka_unit_test(names_of_peers_are_hosts_or_domains_with_a_star),
		cmocka_unit_test(commands_have_names),
		cmocka_unit_test(each_rule_refuses_what_it_is_for_and_nothing_else),
		cmocka_unit_test(without_sections_everything_is_granted_in_the_own_name),
		cmocka_unit_test(a_malformed_request_keeps_its_refusal_unless_it_lacks_permission),
		cmocka_unit_test(a_peer_has_its_rate_and_a_second_of_it_at_once),
		cmocka_unit_test(every_rate_lets_as_many_pass_in_a_second),
		cmocka_unit_test(no_rate_is_no_limit),
		cmocka_unit_test(excess_is_worth_a_line_at_most_every_ten_seconds),
		cmocka_unit_test(rates_of_any_number_of_peers_take_bounded_memory),
		cmocka_unit_test(memory_that_runs_out_leaves_the_rules_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
