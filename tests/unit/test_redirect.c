/* A client that follows redirects: which hosts it can speak to, in which order it asks them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tools/scscf/redirect.h"

static void a_uri_is_read_as_far_as_this_client_speaks_it(void **state)
{
	static const struct {
		const char *uri;
		const char *host; /* NULL: not spoken */
		uint16_t port;
	} rows[] = {
		{"aaa://hss.example.org", "hss.example.org", 3868},
		{"AAA://hss.example.org:3870", "hss.example.org", 3870},
		{"aaa://hss.example.org:65535;transport=tcp", "hss.example.org", 65535},
		{"aaa://hss.example.org;transport=TCP;protocol=diameter", "hss.example.org", 3868},
		{"aaa://hss.example.org;protocol=diameter", "hss.example.org", 3868},
		{"aaas://hss.example.org", NULL, 0},
		{"hss.example.org", NULL, 0},
		{"aaa://", NULL, 0},
		{"aaa://:3868", NULL, 0},
		{"aaa://hss.example.org:", NULL, 0},
		{"aaa://hss.example.org:0", NULL, 0},
		{"aaa://hss.example.org:65536", NULL, 0},
		{"aaa://hss.example.org:3868x", NULL, 0},
		{"aaa://hss.example.org;transport=sctp", NULL, 0},
		{"aaa://hss.example.org;transport=tcp;protocol=radius", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct redirect_target target = {0};
		const bool spoken = redirect_parse(rows[i].uri, &target);

		if (spoken != (rows[i].host != NULL)) {
			fail_msg("%s", rows[i].uri);
		}
		if (spoken) {
			assert_string_equal(target.host, rows[i].host);
			assert_int_equal(target.port, rows[i].port);
		}
	}
}

static void a_host_name_without_end_is_refused(void **state)
{
	struct redirect_target target;
	char uri[6 + REDIRECT_HOST_LEN + 1] = "aaa://";

	(void)state;
	memset(uri + 6, 'h', REDIRECT_HOST_LEN);
	uri[6 + REDIRECT_HOST_LEN] = '\0';
	assert_false(redirect_parse(uri, &target));
	uri[6 + REDIRECT_HOST_LEN - 1] = '\0';
	assert_true(redirect_parse(uri, &target));
}

/* ---- An SLF and its HSSs, in one function ---- */

struct net {
	const char *const *host; /* what the SLF answers */
	size_t n;
	const char *down;  /* this host cannot be reached */
	const char *lost;  /* this one breaks the connection */
	const char *loops; /* this one redirects as well */
	char log[256];     /* who was asked, in order */
};

static void note(struct net *net, const char *who)
{
	const size_t len = strlen(net->log);

	(void)snprintf(net->log + len, sizeof(net->log) - len, "%s ", who);
}

static bool is(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static enum hss_err net_reach(void *opaque, const struct redirect_target *target)
{
	const struct net *net = opaque;

	return is(net->down, target->host) ? HSS_ERR_IO : HSS_OK;
}

static enum hss_err net_ask(void *opaque, struct cx_request *req, struct arena *arena,
                            struct cx_answer *ans)
{
	struct net *net = opaque;
	const char *to = req->destination_host;

	(void)arena;
	memset(ans, 0, sizeof(*ans));
	note(net, to != NULL ? to : "slf");
	if (is(net->lost, to)) {
		return HSS_ERR_IO;
	}
	if (to == NULL || is(net->loops, to)) {
		ans->verdict.result = CX_REDIRECT_INDICATION;
		ans->redirect_host = net->host;
		ans->n_redirect_host = net->n;
	} else {
		ans->verdict.result = CX_SUCCESS;
	}
	return HSS_OK;
}

static void the_hosts_are_asked_in_their_order_until_one_answers(void **state)
{
	static const char *const hosts[] = {"aaas://tls.example.org", "aaa://a.example.org",
	                                    "aaa://b.example.org:3870"};
	static const struct {
		size_t n;
		const char *down, *lost, *loops;
		enum hss_err err;
		enum cx_result result;
		const char *log;
	} rows[] = {
		{3, NULL, NULL, NULL, HSS_OK, CX_SUCCESS, "slf a.example.org "},
		{3, "a.example.org", NULL, NULL, HSS_OK, CX_SUCCESS, "slf b.example.org "},
		{3, NULL, "a.example.org", NULL, HSS_OK, CX_SUCCESS,
	         "slf a.example.org b.example.org "},
		{3, "b.example.org", "a.example.org", NULL, HSS_ERR_IO, CX_NO_RESULT,
	         "slf a.example.org "},
		{1, NULL, NULL, NULL, HSS_ERR_IO, CX_NO_RESULT, "slf "},
		{3, NULL, NULL, "a.example.org", HSS_OK, CX_REDIRECT_INDICATION,
	         "slf a.example.org "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net net = {.host = hosts,
		                  .n = rows[i].n,
		                  .down = rows[i].down,
		                  .lost = rows[i].lost,
		                  .loops = rows[i].loops};
		const struct scscf_cx inner = {.ask = net_ask, .opaque = &net};
		struct redirect_cx redirect;
		const struct scscf_cx cx = redirect_cx_open(&redirect, &inner, net_reach, &net);
		struct cx_request req = {.command = CX_CMD_LIR};
		struct cx_answer ans;

		assert_int_equal(cx.ask(cx.opaque, &req, NULL, &ans), rows[i].err);
		assert_int_equal(ans.verdict.result, rows[i].result);
		assert_string_equal(net.log, rows[i].log);
		assert_null(req.destination_host);
		assert_int_equal(strstr(ans.verdict.message, hosts[0]) != NULL,
		                 rows[i].err == HSS_ERR_IO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uri_is_read_as_far_as_this_client_speaks_it),
		cmocka_unit_test(a_host_name_without_end_is_refused),
		cmocka_unit_test(the_hosts_are_asked_in_their_order_until_one_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
