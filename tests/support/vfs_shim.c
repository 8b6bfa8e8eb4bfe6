#include "vfs_shim.h"

#include <stddef.h>
#include <string.h>

struct shim_file {
	sqlite3_file base;
	const char *path; /* SQLite keeps it until the file is closed */
	int flags;
	sqlite3_file *real; /* behind this struct */
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	const struct vfs_hooks *hooks;
} shim;

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct shim_file *)file)->real;
}

static struct vfs_act act_on(sqlite3_file *file, enum vfs_call call)
{
	const struct shim_file *handle = (struct shim_file *)file;

	return (struct vfs_act){.call = call, .path = handle->path, .flags = handle->flags};
}

/* Whether to carry the call out; if not, *rc is its result. */
static bool passes(const struct vfs_act *act, int *rc)
{
	*rc = shim.hooks->before(act);
	if (*rc == VFS_SKIP) {
		*rc = SQLITE_OK;
		return false;
	}
	return *rc == SQLITE_OK;
}

static int told(const struct vfs_act *act, int rc)
{
	if (shim.hooks->after != NULL) {
		shim.hooks->after(act, rc);
	}
	return rc;
}

static int file_close(sqlite3_file *file)
{
	const struct vfs_act act = act_on(file, VFS_CLOSE);

	return told(&act, real_of(file)->pMethods->xClose(real_of(file)));
}

static int file_read(sqlite3_file *file, void *out, int len, sqlite3_int64 at)
{
	struct vfs_act act = act_on(file, VFS_READ);
	int rc = SQLITE_OK;

	act.len = len;
	act.at = at;
	if (passes(&act, &rc)) {
		rc = real_of(file)->pMethods->xRead(real_of(file), out, len, at);
	}
	return told(&act, rc);
}

static int file_write(sqlite3_file *file, const void *in, int len, sqlite3_int64 at)
{
	struct vfs_act act = act_on(file, VFS_WRITE);
	int rc = SQLITE_OK;

	act.data = in;
	act.len = len;
	act.at = at;
	if (passes(&act, &rc)) {
		rc = real_of(file)->pMethods->xWrite(real_of(file), in, len, at);
	}
	return told(&act, rc);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct vfs_act act = act_on(file, VFS_TRUNCATE);
	int rc = SQLITE_OK;

	act.at = size;
	if (passes(&act, &rc)) {
		rc = real_of(file)->pMethods->xTruncate(real_of(file), size);
	}
	return told(&act, rc);
}

static int file_sync(sqlite3_file *file, int flags)
{
	const struct vfs_act act = act_on(file, VFS_SYNC);
	int rc = SQLITE_OK;

	if (passes(&act, &rc)) {
		rc = real_of(file)->pMethods->xSync(real_of(file), flags);
	}
	return told(&act, rc);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int level)
{
	struct vfs_act act = act_on(file, VFS_LOCK);
	int rc = SQLITE_OK;

	act.how = level;
	if (passes(&act, &rc)) {
		rc = real_of(file)->pMethods->xLock(real_of(file), level);
	}
	return told(&act, rc);
}

static int file_unlock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *out)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int file_sector(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_traits(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	struct vfs_act act = act_on(file, VFS_SHM_LOCK);
	int rc = SQLITE_OK;

	act.how = flags;
	act.at = offset;
	act.len = n;
	if (passes(&act, &rc)) {
		rc = real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
	}
	return told(&act, rc);
}

static void file_shm_barrier(sqlite3_file *file)
{
	real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
	return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static int file_fetch(sqlite3_file *file, sqlite3_int64 at, int len, void **out)
{
	return real_of(file)->pMethods->xFetch(real_of(file), at, len, out);
}

static int file_unfetch(sqlite3_file *file, sqlite3_int64 at, void *page)
{
	struct vfs_act act = act_on(file, VFS_UNFETCH);
	int rc = SQLITE_OK;

	act.data = page;
	act.at = at;
	if (passes(&act, &rc)) {
		rc = real_of(file)->pMethods->xUnfetch(real_of(file), at, page);
	}
	return told(&act, rc);
}

static const sqlite3_io_methods methods = {
	.iVersion = 3,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_check_lock,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap,
	.xFetch = file_fetch,
	.xUnfetch = file_unfetch,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct shim_file *handle = (struct shim_file *)file;
	struct vfs_act act = {.call = VFS_OPEN, .path = name, .flags = flags};
	int rc = SQLITE_OK;

	(void)vfs;
	memset(handle, 0, sizeof(*handle));
	handle->real = (sqlite3_file *)(handle + 1);
	handle->path = name;
	handle->flags = flags;
	if (passes(&act, &rc)) {
		rc = shim.real->xOpen(shim.real, name, handle->real, flags, out);
		if (handle->real->pMethods != NULL) {
			file->pMethods = &methods;
		}
	}
	return told(&act, rc);
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	const struct vfs_act act = {.call = VFS_DELETE, .path = name, .flags = sync_folder};
	int rc = SQLITE_OK;

	(void)vfs;
	if (passes(&act, &rc)) {
		rc = shim.real->xDelete(shim.real, name, sync_folder);
	}
	return told(&act, rc);
}

bool vfs_shim_install(const struct vfs_hooks *hooks)
{
	memset(&shim, 0, sizeof(shim));
	shim.real = sqlite3_vfs_find(NULL);
	if (shim.real == NULL) {
		return false;
	}
	shim.hooks = hooks;
	shim.vfs = *shim.real;
	shim.vfs.szOsFile = (int)sizeof(struct shim_file) + shim.real->szOsFile;
	shim.vfs.zName = "shim";
	shim.vfs.pNext = NULL;
	shim.vfs.xOpen = vfs_open;
	shim.vfs.xDelete = vfs_delete;
	return sqlite3_vfs_register(&shim.vfs, 1) == SQLITE_OK;
}

void vfs_shim_remove(void)
{
	(void)sqlite3_vfs_unregister(&shim.vfs);
}
