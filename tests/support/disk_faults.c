#include "disk_faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "vfs_shim.h"

enum { NAME_LEN = 32, SLOW_US = 20000, DB = SQLITE_OPEN_MAIN_DB, LOG = SQLITE_OPEN_WAL };

static const struct disk_fault {
	const char *name;
	enum vfs_call call;
	int files; /* SQLITE_OPEN_... */
	int rc;
	int cause; /* errno */
} faults[] = {
	{"full", VFS_WRITE, DB | LOG, SQLITE_FULL, ENOSPC},
	{"full-errno", VFS_WRITE, DB | LOG, SQLITE_IOERR_WRITE, ENOSPC},
	{"full-sync", VFS_SYNC, LOG, SQLITE_IOERR_FSYNC, ENOSPC},
	{"full-checkpoint", VFS_WRITE, DB, SQLITE_FULL, ENOSPC},
	{"write", VFS_WRITE, LOG, SQLITE_IOERR_WRITE, EIO},
	{"sync", VFS_SYNC, LOG, SQLITE_IOERR_FSYNC, EIO},
	{"read", VFS_READ, DB | LOG, SQLITE_IOERR_READ, EIO},
	{"checkpoint-write", VFS_WRITE, DB, SQLITE_IOERR_WRITE, EIO},
	{"checkpoint-sync", VFS_SYNC, DB, SQLITE_IOERR_FSYNC, EIO},
	{"read-only", VFS_WRITE, DB | LOG, SQLITE_IOERR_WRITE, EROFS},
	{"not-writable", VFS_WRITE, DB | LOG, SQLITE_READONLY, 0},
	{"corrupt", VFS_READ, DB, SQLITE_CORRUPT, 0},
	{"slow", VFS_SYNC, LOG, SQLITE_OK, 0},
};

static const char *control;
static _Atomic(const struct disk_fault *) current;
static atomic_uint failed;

static const struct disk_fault *find(const char *name)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(faults[i].name, name) == 0) {
			return &faults[i];
		}
	}
	return NULL;
}

static const struct disk_fault *asked(void)
{
	char name[NAME_LEN] = "";
	ssize_t n = 0;
	int fd = -1;

	if (control == NULL) {
		return current;
	}
	fd = open(control, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return NULL;
	}
	n = read(fd, name, sizeof(name) - 1);
	(void)close(fd);
	name[n > 0 ? strcspn(name, "\n") : 0] = '\0';
	return find(name);
}

static int before(const struct vfs_act *act)
{
	const struct disk_fault *fault = asked();

	if (fault == NULL || act->call != fault->call || (act->flags & fault->files) == 0) {
		return SQLITE_OK;
	}
	if (fault->rc == SQLITE_OK) {
		(void)usleep(SLOW_US);
		return SQLITE_OK;
	}
	failed++;
	errno = fault->cause;
	return fault->rc;
}

static const struct vfs_hooks hooks = {before, NULL};

bool disk_faults_install(const char *file)
{
	control = file;
	current = NULL;
	return vfs_shim_install(&hooks);
}

void disk_faults_remove(void)
{
	vfs_shim_remove();
}

bool disk_fault_set(const char *name)
{
	current = name != NULL ? find(name) : NULL;
	failed = 0;
	return name == NULL || current != NULL;
}

unsigned disk_fault_count(void)
{
	return failed;
}
