#include "fault_vfs.h"

#include <stddef.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "vfs_shim.h"

static struct {
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

static int fails(const struct vfs_act *act, enum fault_call call)
{
	const enum fault_file kind = (act->flags & SQLITE_OPEN_WAL) != 0       ? FAULT_WAL
	                             : (act->flags & SQLITE_OPEN_MAIN_DB) != 0 ? FAULT_DB
	                                                                       : FAULT_JOURNAL;

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

static int before(const struct vfs_act *act)
{
	if (act->call == VFS_WRITE) {
		return fails(act, FAULT_WRITE);
	}
	if (act->call == VFS_SYNC) {
		return fails(act, FAULT_SYNC);
	}
	if ((act->call == VFS_SHM_LOCK && act->how == (SQLITE_SHM_LOCK | SQLITE_SHM_SHARED)) ||
	    (act->call == VFS_UNFETCH && act->data == NULL && act->at == 0)) {
		at_header();
	}
	return SQLITE_OK;
}

static const struct vfs_hooks hooks = {before, NULL};

void fault_vfs_install(void)
{
	memset(&fault, 0, sizeof(fault));
	assert_true(vfs_shim_install(&hooks));
}

void fault_vfs_remove(void)
{
	vfs_shim_remove();
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
