/*
 * Does a branch or a memory index depend on a secret? Under valgrind's memcheck, with secrets
 * marked undefined, each such branch and index is reported. A case hides its secrets, runs what is
 * to be shown, and sees that the outputs are hidden too: else the secrets did not go through the
 * code, and nothing was shown. integration/constant_time.sh runs the programs.
 */
#ifndef QUINTET_TESTS_CT_H
#define QUINTET_TESTS_CT_H

#include <stdbool.h>
#include <stddef.h>

struct ct_case {
	const char *name;
	bool (*run)(void); /* false: a wrong result, or an output that is not hidden */
	bool leaks;        /* a control: it must be reported */
};

void ct_hide(void *octets, size_t len);
void ct_show(void *octets, size_t len);

/* Is every bit of the octets still hidden; is some bit of each? At most 256 octets. Not reported
 * themselves. */
bool ct_is_hidden(void *octets, size_t len);
bool ct_is_tainted(void *octets, size_t len);

/* Where a control puts what it has learned: memory that no compiler takes for unused. */
extern volatile unsigned char ct_sink;

/*
 * Run the case named in argv, or all of them, and print a verdict of each.
 *
 * Returns the exit status: 0 all as they must be, 1 not, 2 not under valgrind or no such case.
 */
int ct_main(int argc, char **argv, const struct ct_case *cases, size_t n);

#endif
