/*
 * Runs a fuzz target over the files of folders, without libFuzzer: replay FOLDER... Every file has
 * to pass (the target aborts otherwise), and there has to be one at least.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20 };

static int run_file(const char *folder, const char *name)
{
	char path[4096];
	uint8_t *octets = malloc(INPUT_MAX);
	size_t len = 0;
	FILE *file = NULL;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (octets == NULL || file == NULL) {
		perror(path);
		free(octets);
		return 1;
	}
	len = fread(octets, 1, INPUT_MAX, file);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(octets, len);
	free(octets);
	return 0;
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
