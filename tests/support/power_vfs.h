/*
 * Power cuts under SQLite: a VFS that knows, of every file in a folder, what is on the disk and
 * what the system has only promised.
 *
 * A write goes to the file, where every process sees it, and is remembered sector by sector as not
 * yet synced. A sync puts the file's sectors on the disk; no sync reaches the real disk, so all of
 * this is quick. A cut makes, in another folder, the files as a machine would find them that lost
 * its power here and now: what was synced, and of the rest
 *
 *   - of each sector of 512 octets any of its writes since the sync, in any order among sectors,
 *     the last one perhaps torn (its beginning only);
 *   - each truncation done or not;
 *   - files made or removed up to some moment, because file systems keep these in order: the
 *     folder is synced when SQLite asks for it, and with the first sync of a journal or log;
 *   - an index of the log (-shm) full of rubbish.
 *
 * An octet that nobody wrote stays as it was, as SQLite assumes (SQLITE_IOCAP_POWERSAFE_OVERWRITE).
 *
 * A disk, and what is opened in its folder, is used by one thread at a time.
 */
#ifndef QUINTET_TESTS_POWER_VFS_H
#define QUINTET_TESTS_POWER_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct power_disk;

/* Put the VFS in as SQLite's default one, and out again. */
void power_vfs_install(void);
void power_vfs_remove(void);

/*
 * Follow the files of a folder. What is in it is on the disk; what comes later is not, until its
 * folder is synced.
 *
 *   at_point  called at every write, truncation, removal and sync: before it, but with a write
 *             already among what may or may not reach the disk; NULL: no one
 */
struct power_disk *power_disk_open(const char *folder,
                                   void (*at_point)(struct power_disk *disk, void *opaque),
                                   void *opaque);
void power_disk_close(struct power_disk *disk);

/* How many points were passed so far. */
unsigned power_disk_points(const struct power_disk *disk);

/* What of the un-synced reaches the disk. */
enum power_share { POWER_NOTHING, POWER_SOME, POWER_ALL };

/*
 * Cut the power: make the files that survive in `into`, an existing folder, whose files of the same
 * kind are removed first. The disk itself is unchanged and goes on.
 *
 *   seed  decides what POWER_SOME is; the same seed at the same point gives the same files
 *
 * Returns false when a file cannot be made.
 */
bool power_cut(const struct power_disk *disk, enum power_share share, uint64_t seed,
               const char *into);

/*
 * Files that are not SQLite's: what a program does in a followed folder by calls of its own, told
 * before they are carried out (a file made: after). support/power_file.c does so for a whole
 * program. Paths elsewhere are ignored. A file without ".db" in its name is as if it stood in
 * another folder: when SQLite syncs its own, that does nothing for it.
 *
 * power_file_synced takes a file or the folder itself. Returns whether it is followed: then no
 * real sync is needed.
 */
void power_file_made(const char *path);
void power_file_written(const char *path, const uint8_t *octets, int64_t at, size_t len);
void power_file_renamed(const char *from, const char *to);
void power_file_removed(const char *path);
bool power_file_synced(const char *path);

/* A generator of numbers for tests, from a seed (splitmix64). */
uint64_t power_random(uint64_t *state);

#endif
