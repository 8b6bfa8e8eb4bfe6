#include "temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <ftw.h>

#include <cmocka.h>

/* Memory when there is plenty of it: what a test waits for is not to be a busy disk. */
static const char *root(void)
{
	static const char memory[] = "/dev/shm";
	const uint64_t enough = UINT64_C(256) << 20;
	struct statvfs fs;
	const bool roomy = access(memory, R_OK | W_OK | X_OK) == 0 && statvfs(memory, &fs) == 0 &&
	                   (uint64_t)fs.f_bavail * fs.f_frsize >= enough;

	return roomy ? memory : "/tmp";
}

void temp_dir_make(struct temp_dir *dir)
{
	(void)snprintf(dir->path, sizeof(dir->path), "%s/quintet_test_XXXXXX", root());
	assert_non_null(mkdtemp(dir->path));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void temp_dir_remove(struct temp_dir *dir)
{
	assert_int_equal(nftw(dir->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

const char *temp_dir_file(const struct temp_dir *dir, const char *name,
                          char out[static TEMP_PATH_MAX])
{
	int len = snprintf(out, TEMP_PATH_MAX, "%s/%s", dir->path, name);

	assert_in_range(len, 1, TEMP_PATH_MAX - 1);
	return out;
}
