/*
 * Disks that fail, under SQLite: a VFS that makes one of the faults below, by name.
 *
 *   full              no space for a write                      ENOSPC
 *   full-errno        the same, as an error of the write        ENOSPC
 *   full-sync         no space, found out when the log is synced
 *   full-checkpoint   no space for the database
 *   write             a write to the log fails                  EIO
 *   sync              the log cannot be synced                  EIO
 *   read              the database cannot be read               EIO
 *   checkpoint-write  a write to the database fails             EIO
 *   checkpoint-sync   the database cannot be synced             EIO
 *   read-only         the file system is read-only              EROFS
 *   not-writable      the file is read-only, as SQLite says it
 *   corrupt           what is read makes no sense
 *   slow              a sync of the log takes 20 ms more
 *
 * Set from any thread.
 */
#ifndef QUINTET_TESTS_DISK_FAULTS_H
#define QUINTET_TESTS_DISK_FAULTS_H

#include <stdbool.h>

/*
 * Make the VFS SQLite's default one.
 *
 *   control  NULL, or a file that names the fault to make, read anew at each call; absent, empty or
 *            with a name that is not known: none. Kept by reference.
 */
bool disk_faults_install(const char *control);
void disk_faults_remove(void);

/* Make this fault from now on; NULL: none. False for a name that is not known. */
bool disk_fault_set(const char *name);

/* How many calls failed since disk_fault_set, so that a fault that never happens is seen. */
unsigned disk_fault_count(void);

#endif
