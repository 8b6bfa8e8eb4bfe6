#include "fault_vfs.h"

#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct fault_handle {
	sqlite3_file base;
	enum fault_file file;
	sqlite3_file *real; /* behind this struct */
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	bool armed;
	enum fault_file file;
	enum fault_call call;
	unsigned after;
	unsigned times;
	int rc;
	unsigned failed;
	unsigned count[FAULT_FILES][FAULT_CALLS];
	void (*hook)(void *opaque);
	void *hook_opaque;
	bool hook_called;
} fault;

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct fault_handle *)file)->real;
}

static int fails(sqlite3_file *file, enum fault_call call)
{
	enum fault_file kind = ((struct fault_handle *)file)->file;

	fault.count[kind][call]++;
	if (!fault.armed || kind != fault.file || call != fault.call) {
		return SQLITE_OK;
	}
	if (fault.after > 0) {
		fault.after--;
		return SQLITE_OK;
	}
	if (fault.times != 0 && fault.failed == fault.times) {
		return SQLITE_OK;
	}
	fault.failed++;
	return fault.rc;
}

static void at_header(void)
{
	void (*hook)(void *) = fault.hook;

	if (hook != NULL) {
		fault.hook = NULL;
		fault.hook_called = true;
		hook(fault.hook_opaque);
	}
}

static int file_close(sqlite3_file *file)
{
	return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *out, int len, sqlite3_int64 at)
{
	return real_of(file)->pMethods->xRead(real_of(file), out, len, at);
}

static int file_write(sqlite3_file *file, const void *in, int len, sqlite3_int64 at)
{
	int rc = fails(file, FAULT_WRITE);

	return rc == SQLITE_OK ? real_of(file)->pMethods->xWrite(real_of(file), in, len, at) : rc;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
	int rc = fails(file, FAULT_SYNC);

	return rc == SQLITE_OK ? real_of(file)->pMethods->xSync(real_of(file), flags) : rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
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
	if (flags == (SQLITE_SHM_LOCK | SQLITE_SHM_SHARED)) {
		at_header();
	}
	return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
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
	if (page == NULL && at == 0) {
		at_header();
	}
	return real_of(file)->pMethods->xUnfetch(real_of(file), at, page);
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
	struct fault_handle *handle = (struct fault_handle *)file;
	int rc = SQLITE_OK;

	(void)vfs;
	memset(handle, 0, sizeof(*handle));
	handle->real = (sqlite3_file *)(handle + 1);
	handle->file = (flags & SQLITE_OPEN_WAL) != 0       ? FAULT_WAL
	               : (flags & SQLITE_OPEN_MAIN_DB) != 0 ? FAULT_DB
	                                                    : FAULT_JOURNAL;
	rc = fault.real->xOpen(fault.real, name, handle->real, flags, out);
	if (handle->real->pMethods != NULL) {
		file->pMethods = &methods;
	}
	return rc;
}

void fault_vfs_install(void)
{
	memset(&fault, 0, sizeof(fault));
	fault.real = sqlite3_vfs_find(NULL);
	assert_non_null(fault.real);
	fault.vfs = *fault.real;
	fault.vfs.szOsFile = (int)sizeof(struct fault_handle) + fault.real->szOsFile;
	fault.vfs.zName = "fault";
	fault.vfs.pNext = NULL;
	fault.vfs.xOpen = vfs_open;
	assert_int_equal(sqlite3_vfs_register(&fault.vfs, 1), SQLITE_OK);
}

void fault_vfs_remove(void)
{
	assert_int_equal(sqlite3_vfs_unregister(&fault.vfs), SQLITE_OK);
}

void fault_vfs_arm(enum fault_file file, enum fault_call call, unsigned after, unsigned times,
                   int rc)
{
	fault.armed = true;
	fault.file = file;
	fault.call = call;
	fault.after = after;
	fault.times = times;
	fault.rc = rc;
	fault.failed = 0;
}

unsigned fault_vfs_disarm(void)
{
	fault.armed = false;
	return fault.failed;
}

unsigned fault_vfs_count(enum fault_file file, enum fault_call call)
{
	return fault.count[file][call];
}

bool fault_vfs_at_header(void (*hook)(void *opaque), void *opaque)
{
	bool called = fault.hook_called;

	fault.hook = hook;
	fault.hook_opaque = opaque;
	fault.hook_called = false;
	return called;
}
