/* The guard before freeDiameter's parser: what it lets through, what it refuses, and that it reads
 * no octet too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "hss/guard.h"

static const struct guard_node node = {"hss.home.example", "home.example"};

struct message {
	uint8_t octets[GUARD_MESSAGE_LEN_MAX + 64];
	size_t len;
};

static void put32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

static void set_length(struct message *m)
{
	put32(m->octets, (uint32_t)m->len);
	m->octets[0] = 1;
}

static void begin(struct message *m, uint32_t flags, uint32_t command, uint32_t app)
{
	memset(m, 0, sizeof(*m));
	put32(m->octets + 4, flags << 24 | command);
	put32(m->octets + 8, app);
	m->len = 20;
	set_length(m);
}

static void add(struct message *m, uint32_t code, uint32_t flags, const char *data, size_t len)
{
	uint8_t *at = m->octets + m->len;

	put32(at, code);
	put32(at + 4, flags << 24 | (uint32_t)(8 + len));
	memcpy(at + 8, data, len);
	m->len += (8 + len + 3) / 4 * 4;
	set_length(m);
}

static void add_text(struct message *m, uint32_t code, const char *text)
{
	add(m, code, 0x40, text, strlen(text));
}

/* Check a copy of exactly its length, so that a sanitizer sees a read behind it. */
static const char *check(const struct message *m)
{
	uint8_t *copy = malloc(m->len);
	const char *problem = NULL;

	assert_non_null(copy);
	memcpy(copy, m->octets, m->len);
	problem = guard_check(&node, copy, m->len);
	free(copy);
	return problem;
}

static void mar(struct message *m)
{
	begin(m, 0xc0, 303, 16777216);
	add_text(m, 263, "scscf;1;2");
	add_text(m, 283, "home.example");
}

static void expect(const struct message *m, const char *words)
{
	const char *problem = check(m);

	if (words == NULL) {
		assert_null(problem);
	} else {
		assert_non_null(problem);
		assert_non_null(strstr(problem, words));
	}
}

static void a_sound_request_passes(void **state)
{
	static struct message m;

	(void)state;
	mar(&m);
	add_text(&m, 293, "HSS.Home.Example");
	add_text(&m, 282, "proxy.home.example");
	add_text(&m, 1, "alice@home.example");
	expect(&m, NULL);
	begin(&m, 0xc0, 303, 16777216); /* what the rules answer with MISSING_AVP */
	expect(&m, NULL);
}

static void what_the_router_would_answer_is_refused(void **state)
{
	static const struct {
		uint32_t code;
		const char *text;
		const char *words;
	} rows[] = {
		{293, "other.home.example", "Destination-Host"},
		{293, "hss.home.exampl", "Destination-Host"},
		{293, "", "Destination-Host"},
		{283, "x.example", "Destination-Realm"},
		{282, "hss.home.example", "Route-Record"},
		{263, "", "Session-Id"},
	};
	static struct message m;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mar(&m);
		add_text(&m, rows[i].code, rows[i].text);
		expect(&m, rows[i].words);
	}
	mar(&m);
	add(&m, 263, 0x40, "a\0b", 3);
	expect(&m, "NUL");
}

static void an_avp_of_a_vendor_is_not_taken_for_a_base_one(void **state)
{
	static struct message m;

	(void)state;
	mar(&m);
	add(&m, 293, 0xc0,
	    "\0\0\x28\xaf"
	    "other",
	    9);
	expect(&m, NULL);
}

static void headers_are_checked(void **state)
{
	static const struct {
		uint32_t flags;
		uint32_t command;
		uint32_t app;
		const char *words;
	} rows[] = {
		{0xc0, 303, 16777216, NULL},
		{0xe0, 303, 16777216, "E bit"},
		{0xc0, 318, 16777251, "application"},
		{0xc0, 303, 0, "application"},
		{0xc0, 303, 0xffffffff, "application"},
		{0x80, 257, 0, NULL},
		{0x80, 280, 0, NULL},
		{0x80, 282, 0, NULL},
		{0x00, 304, 16777216, NULL},
		{0x20, 304, 16777216, NULL},
		{0xa0, 257, 0, "E bit"},
	};
	static struct message m;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(&m, rows[i].flags, rows[i].command, rows[i].app);
		expect(&m, rows[i].words);
	}
}

static void lengths_have_to_fit(void **state)
{
	static struct message m;

	(void)state;
	/* The length field of the last AVP, against the 8 + 12 octets there are; what a shorter one
	 * leaves is no AVP. */
	for (uint32_t len = 0; len < 64; len++) {
		mar(&m);
		add_text(&m, 602, "sip:s.exampl");
		put32(m.octets + m.len - 16, 0x40000000 | len);
		expect(&m, len > 16 && len <= 20 ? NULL : "does not fit");
	}
	mar(&m);
	add(&m, 602, 0xc0, "abc", 3); /* V, but no room for the vendor */
	expect(&m, "does not fit");
	for (size_t cut = 1; cut < 8; cut++) { /* a head cut off */
		mar(&m);
		m.len += cut;
		set_length(&m);
		expect(&m, "does not fit");
	}
	mar(&m);
	m.octets[3]++;
	expect(&m, "not as long");
	m.len = 19;
	expect(&m, "not as long");
}

static void the_size_of_a_message_is_limited(void **state)
{
	static struct message m;
	static char text[GUARD_MESSAGE_LEN_MAX];

	(void)state;
	memset(text, 'x', sizeof(text));
	mar(&m);
	add(&m, 640, 0, text, GUARD_MESSAGE_LEN_MAX - m.len - 8);
	expect(&m, NULL);
	mar(&m);
	add(&m, 640, 0, text, GUARD_MESSAGE_LEN_MAX - m.len - 8 + 1);
	expect(&m, "longer than");
}

static void a_cer_is_short(void **state)
{
	static struct message m;
	static char text[GUARD_CER_LEN_MAX];

	(void)state;
	memset(text, 'x', sizeof(text));
	begin(&m, 0x80, 257, 0);
	add(&m, 264, 0x40, text, GUARD_CER_LEN_MAX - m.len - 8);
	expect(&m, NULL);
	begin(&m, 0x80, 257, 0);
	add(&m, 264, 0x40, text, GUARD_CER_LEN_MAX - m.len - 8 + 1);
	expect(&m, "CER");
}

static void what_begins_and_ends_a_connection_is_known(void **state)
{
	static struct message m;

	(void)state;
	begin(&m, 0x80, 257, 0);
	assert_true(guard_is_cer(m.octets) && !guard_is_dpr(m.octets));
	begin(&m, 0x80, 282, 0);
	assert_true(guard_is_dpr(m.octets) && !guard_is_cer(m.octets));
	begin(&m, 0, 282, 0); /* an answer */
	assert_false(guard_is_dpr(m.octets) || guard_is_request(m.octets));
}

static void any_octets_are_survived(void **state)
{
	static struct message m;
	uint32_t x = 1;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		mar(&m);
		add_text(&m, 1, "alice@home.example");
		for (int i = 0; i < 4; i++) {
			x = x * 1664525 + 1013904223;
			m.octets[4 + (x >> 8) % (m.len - 4)] = (uint8_t)(x >> 24);
		}
		(void)check(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_request_passes),
		cmocka_unit_test(what_the_router_would_answer_is_refused),
		cmocka_unit_test(an_avp_of_a_vendor_is_not_taken_for_a_base_one),
		cmocka_unit_test(headers_are_checked),
		cmocka_unit_test(lengths_have_to_fit),
		cmocka_unit_test(the_size_of_a_message_is_limited),
		cmocka_unit_test(a_cer_is_short),
		cmocka_unit_test(what_begins_and_ends_a_connection_is_known),
		cmocka_unit_test(any_octets_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
