#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Noreturn void fuzz_broken(const char *file, int line, const char *promise)
{
	(void)fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
	abort();
}

uint8_t fuzz_u8(struct fuzz_in *in)
{
	if (in->left == 0) {
		return 0;
	}
	in->left--;
	return *in->at++;
}

void fuzz_octets(struct fuzz_in *in, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		out[i] = fuzz_u8(in);
	}
}

uint64_t fuzz_number(struct fuzz_in *in, size_t octets)
{
	uint64_t number = 0;

	for (size_t i = 0; i < octets; i++) {
		number = number << 8 | fuzz_u8(in);
	}
	return number;
}

static uint8_t *copy(const uint8_t *from, size_t len)
{
	uint8_t *to = malloc(len > 0 ? len : 1);

	FUZZ_CHECK(to != NULL);
	if (len > 0) {
		memcpy(to, from, len);
	}
	return to;
}

uint8_t *fuzz_rest(struct fuzz_in *in, size_t *len)
{
	uint8_t *rest = copy(in->at, in->left);

	*len = in->left;
	*in = (struct fuzz_in){in->at + in->left, 0};
	return rest;
}

char *fuzz_line(struct fuzz_in *in)
{
	size_t len = 0;
	char *line = NULL;

	while (len < in->left && in->at[len] != '\n' && in->at[len] != '\0') {
		len++;
	}
	line = calloc(1, len + 1);
	FUZZ_CHECK(line != NULL);
	fuzz_octets(in, (uint8_t *)line, len);
	(void)fuzz_u8(in);
	return line;
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("input", MFD_CLOEXEC);
		FUZZ_CHECK(fd >= 0);
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	FUZZ_CHECK(ftruncate(fd, 0) == 0);
	FUZZ_CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
	return path;
}
