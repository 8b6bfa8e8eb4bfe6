/*
 * Runs a fuzz target over the files of folders, without libFuzzer: replay FOLDER... Every file has
 * to pass (the target aborts otherwise), and there has to be one at least.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

enum { INPUT_MAX = 1 << 20 };

/* In memory of exactly its size, so that a sanitizer sees each octet read beyond. */
static int run_octets(const uint8_t *octets, size_t len)
{
	uint8_t *input = malloc(len > 0 ? len : 1);

	if (input == NULL) {
		return 1;
	}
	for (size_t i = 0; i < len; i++) {
		input[i] = octets[i];
	}
	(void)LLVMFuzzerTestOneInput(input, len);
	free(input);
	return 0;
}

static int run_file(const char *folder, const char *name)
{
	static uint8_t octets[INPUT_MAX];
	char path[4096];
	size_t len = 0;
	FILE *file = NULL;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)printf("%s\n", path); /* the last one is at fault when the target aborts */
	(void)fflush(stdout);
	file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		return 1;
	}
	len = fread(octets, 1, INPUT_MAX, file);
	(void)fclose(file);
	return run_octets(octets, len);
}

static int run_folder(const char *folder, unsigned *n)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry = NULL;
	int failed = 0;

	if (dir == NULL) {
		perror(folder);
		return 1;
	}
	while (failed == 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.') {
			failed = run_file(folder, entry->d_name);
			(*n)++;
		}
	}
	(void)closedir(dir);
	return failed;
}

int main(int argc, char **argv)
{
	unsigned n = 0;
	int failed = 0;

	for (int i = 1; i < argc && failed == 0; i++) {
		failed = run_folder(argv[i], &n);
	}
	(void)printf("%u files\n", n);
	return failed != 0 || n == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
