/* What the fuzz targets share: promises that are checked in every build, and pieces of an input. */
#ifndef QUINTET_TESTS_FUZZ_H
#define QUINTET_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The entry of a target; libFuzzer's or replay.c's main calls it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise of the code under test: names it and aborts when it does not hold. */
#define FUZZ_CHECK(promise) ((promise) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #promise))
_Noreturn void fuzz_broken(const char *file, int line, const char *promise);

/* An input that is taken piece by piece. Behind its end there are zeros. */
struct fuzz_in {
	const uint8_t *at;
	size_t left;
};

uint8_t fuzz_u8(struct fuzz_in *in);
void fuzz_octets(struct fuzz_in *in, uint8_t *out, size_t len);
uint64_t fuzz_number(struct fuzz_in *in, size_t octets); /* most significant first, at most 8 */

/*
 * A copy in memory of exactly that size, so that a sanitizer sees each octet read beyond; to be
 * freed.
 *
 *   fuzz_rest  all that is left, without a NUL behind it
 *   fuzz_line  text up to the next line feed, NUL or the end; the delimiter is skipped. With a NUL
 */
uint8_t *fuzz_rest(struct fuzz_in *in, size_t *len);
char *fuzz_line(struct fuzz_in *in);

/* The path of a file in memory with this content; it lives until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

#endif
