/*
 * An SQLite VFS over the system's that shows every call on a file to hooks, which may let it pass,
 * fail it, or keep it from being carried out. What the faulty VFSs of the tests stand on.
 *
 * One shim a process. The hooks run on the thread that calls SQLite.
 */
#ifndef QUINTET_TESTS_VFS_SHIM_H
#define QUINTET_TESTS_VFS_SHIM_H

#include <sqlite3.h>
#include <stdbool.h>

enum vfs_call {
	VFS_OPEN,
	VFS_CLOSE,
	VFS_READ,
	VFS_WRITE,
	VFS_TRUNCATE,
	VFS_SYNC,
	VFS_LOCK,
	VFS_SHM_LOCK,
	VFS_UNFETCH,
	VFS_DELETE,
};

struct vfs_act {
	enum vfs_call call;
	const char *path; /* NULL: a temporary file */
	int flags;        /* SQLITE_OPEN_... of the file; VFS_DELETE: whether to sync the folder */
	int how;          /* VFS_LOCK: the level; VFS_SHM_LOCK: SQLITE_SHM_... */
	const void *data; /* VFS_WRITE; VFS_UNFETCH: the page */
	int len;          /* VFS_READ, VFS_WRITE, VFS_UNFETCH: at least 0 */
	sqlite3_int64 at; /* VFS_READ, VFS_WRITE, VFS_UNFETCH; VFS_TRUNCATE: the new size */
};

/* Of a before hook: the call succeeds without being carried out. */
enum { VFS_SKIP = -1 };

struct vfs_hooks {
	/* SQLITE_OK: carry it out; VFS_SKIP; anything else is the call's result. Never for
	 * VFS_CLOSE. */
	int (*before)(const struct vfs_act *act);
	/* After a call that was carried out or skipped, with its result. May be NULL. */
	void (*after)(const struct vfs_act *act, int rc);
};

/* Make it the default VFS; false when SQLite refuses. hooks is kept by reference. */
bool vfs_shim_install(const struct vfs_hooks *hooks);

/* Take it out again; no file may be open. */
void vfs_shim_remove(void);

#endif
