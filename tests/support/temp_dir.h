/* A temporary folder of a test's own, removed with everything in it afterwards. */
#ifndef QUINTET_TESTS_TEMP_DIR_H
#define QUINTET_TESTS_TEMP_DIR_H

#include <stddef.h>

enum { TEMP_PATH_MAX = 256 };

struct temp_dir {
	char path[TEMP_PATH_MAX];
};

/* Make the folder, in /dev/shm when that has room, else in /tmp; a failure ends the test. */
void temp_dir_make(struct temp_dir *dir);

/* Remove it, whatever is in it. */
void temp_dir_remove(struct temp_dir *dir);

/* The path of a file in it. */
const char *temp_dir_file(const struct temp_dir *dir, const char *name,
                          char out[static TEMP_PATH_MAX]);

#endif
