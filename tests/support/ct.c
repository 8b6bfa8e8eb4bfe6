#include "ct.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <valgrind/memcheck.h>

volatile unsigned char ct_sink;

void ct_hide(void *octets, size_t len)
{
	(void)VALGRIND_MAKE_MEM_UNDEFINED(octets, len);
}

void ct_show(void *octets, size_t len)
{
	(void)VALGRIND_MAKE_MEM_DEFINED(octets, len);
}

/* Unlike VALGRIND_CHECK_MEM_IS_DEFINED, silent. */
static bool each_octet(void *octets, size_t len, bool all_bits)
{
	uint8_t bits[256] = {0};

	if (len > sizeof(bits) || VALGRIND_GET_VBITS(octets, bits, len) != 1) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (all_bits ? bits[i] != 0xff : bits[i] == 0) {
			return false;
		}
	}
	return true;
}

bool ct_is_hidden(void *octets, size_t len)
{
	return each_octet(octets, len, true);
}

bool ct_is_tainted(void *octets, size_t len)
{
	return each_octet(octets, len, false);
}

static bool case_run(const struct ct_case *c)
{
	const unsigned before = VALGRIND_COUNT_ERRORS;
	const bool right = c->run();
	const unsigned reports = VALGRIND_COUNT_ERRORS - before;
	const bool good = right && (reports > 0) == c->leaks;

	(void)printf("%s: %s: %s%s%u report%s\n", good ? "ok" : "WRONG", c->name,
	             c->leaks ? "a control that must be reported, " : "",
	             right ? "" : "a wrong result, or one that was not hidden, ", reports,
	             reports == 1 ? "" : "s");
	return good;
}

int ct_main(int argc, char **argv, const struct ct_case *cases, size_t n)
{
	size_t ran = 0;
	bool good = true;

	if (!RUNNING_ON_VALGRIND) {
		(void)fprintf(stderr, "%s: not under valgrind, nothing would be seen\n", argv[0]);
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		if (argc < 2 || strcmp(argv[1], cases[i].name) == 0) {
			good = case_run(&cases[i]) && good;
			ran++;
		}
	}
	if (ran == 0) {
		(void)fprintf(stderr, "%s: no such case\n", argv[0]);
		return 2;
	}
	return good ? 0 : 1;
}
