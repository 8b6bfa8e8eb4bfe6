/*
 * An SQLite VFS over the system's that fails, or lets a test act, at a chosen call.
 *
 * Once installed it is the default VFS. One thread at a time.
 */
#ifndef QUINTET_TESTS_FAULT_VFS_H
#define QUINTET_TESTS_FAULT_VFS_H

#include <stdbool.h>

enum fault_file { FAULT_DB, FAULT_WAL, FAULT_JOURNAL, FAULT_FILES };
enum fault_call { FAULT_WRITE, FAULT_SYNC, FAULT_CALLS };

/* Put the VFS in as the default one, or out again. */
void fault_vfs_install(void);
void fault_vfs_remove(void);

/*
 * From the after-th matching call on (0: the next one), `times` calls return rc without being
 * carried out; times 0: for ever.
 */
void fault_vfs_arm(enum fault_file file, enum fault_call call, unsigned after, unsigned times,
                   int rc);

/* Fail no more; returns how many calls failed since fault_vfs_arm, so that a seam that never fires
 * is seen. */
unsigned fault_vfs_disarm(void);

/* How many such calls there were since fault_vfs_install. */
unsigned fault_vfs_count(enum fault_file file, enum fault_call call);

/*
 * Call hook once, the next time that a connection has read a log header and has not yet looked at
 * the log itself: a checkpoint drops its mapped pages then, a reader locks its place in the log.
 * NULL: no hook. Returns whether the former one was called.
 */
bool fault_vfs_at_header(void (*hook)(void *opaque), void *opaque);

#endif
