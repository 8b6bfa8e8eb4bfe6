#include "power_vfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfs_shim.h"

enum {
	SECTOR = 512,
	DISKS = 4,
	NAME_LEN = 64, /* of a file in its folder */
	PATH_LEN = 512,
	RUBBISH_LEN = 32768,
	KEPT_MEMORY = 64 << 20,
};

/* A write within one sector, or a truncation (len 0: to size `at`). */
struct change {
	int64_t at;
	unsigned len;
	uint8_t octets[SECTOR];
};

struct image {
	uint8_t *octets;
	size_t size;
};

/* A file by itself; names refer to it. Never freed before its disk. */
struct node {
	struct image disk; /* what is synced */
	struct change *change;
	size_t n_change;
	size_t room;
	bool folder_synced; /* by the first sync of a log or journal */
	struct node *next;
};

struct entry {
	char name[NAME_LEN];
	struct node *node; /* NULL in a step: the name was removed */
	bool joined;       /* in a step: one with the step before it, a rename */
};

struct folder {
	struct entry *entry;
	size_t n;
};

struct power_disk {
	char path[PATH_LEN];
	size_t path_len;
	void (*at_point)(struct power_disk *disk, void *opaque);
	void *opaque;
	unsigned points;
	struct node *nodes;
	struct folder live;
	struct folder synced;
	struct folder steps; /* names made and removed since, in order */
};

static struct power_disk *disks[DISKS];

uint64_t power_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* A test without memory cannot go on. */
static void *grown(void *old, size_t n, size_t size)
{
	void *new = reallocarray(old, n, size);

	if (new == NULL) {
		abort();
	}
	return new;
}

static struct entry *folder_find(const struct folder *folder, const char *name)
{
	for (size_t i = 0; i < folder->n; i++) {
		if (strcmp(folder->entry[i].name, name) == 0) {
			return &folder->entry[i];
		}
	}
	return NULL;
}

static void folder_append(struct folder *folder, const char *name, struct node *node)
{
	folder->entry = grown(folder->entry, folder->n + 1, sizeof(*folder->entry));
	(void)snprintf(folder->entry[folder->n].name, NAME_LEN, "%s", name);
	folder->entry[folder->n].joined = false;
	folder->entry[folder->n++].node = node;
}

/* Let a name stand for a node; NULL removes it. */
static void folder_set(struct folder *folder, const char *name, struct node *node)
{
	struct entry *entry = folder_find(folder, name);

	if (entry == NULL && node != NULL) {
		folder_append(folder, name, node);
	} else if (entry != NULL && node != NULL) {
		entry->node = node;
	} else if (entry != NULL) {
		*entry = folder->entry[--folder->n];
	}
}

static void folder_step(struct power_disk *disk, const char *name, struct node *node)
{
	folder_set(&disk->live, name, node);
	folder_append(&disk->steps, name, node);
}

/* Files that are not the database's stand for ones of another folder, which SQLite never syncs. */
static bool is_apart(const char *name)
{
	return strstr(name, ".db") == NULL;
}

static void folder_sync(struct power_disk *disk, bool apart)
{
	struct folder *steps = &disk->steps;
	size_t left = 0;

	for (size_t i = 0; i < steps->n; i++) {
		if (is_apart(steps->entry[i].name) && !apart) {
			steps->entry[left++] = steps->entry[i];
		} else {
			folder_set(&disk->synced, steps->entry[i].name, steps->entry[i].node);
		}
	}
	steps->n = left;
}

static void image_resize(struct image *image, size_t size)
{
	if (size > image->size) {
		image->octets = grown(image->octets, size, 1);
		memset(image->octets + image->size, 0, size - image->size);
	}
	image->size = size;
}

/* The first len octets of a change; a truncation whole. */
static void image_apply(struct image *image, const struct change *change, unsigned len)
{
	if (change->len == 0) {
		image_resize(image, (size_t)change->at);
		return;
	}
	if (image->size < (size_t)change->at + len) {
		image_resize(image, (size_t)change->at + len);
	}
	memcpy(image->octets + change->at, change->octets, len);
}

static struct change *node_change(struct node *node)
{
	if (node->n_change == node->room) {
		node->room = node->room == 0 ? 64 : 2 * node->room;
		node->change = grown(node->change, node->room, sizeof(*node->change));
	}
	return &node->change[node->n_change++];
}

static void node_write(struct node *node, const uint8_t *octets, int64_t at, size_t len)
{
	while (len > 0) {
		const size_t room = SECTOR - (size_t)(at % SECTOR);
		struct change *change = node_change(node);

		change->at = at;
		change->len = (unsigned)(len < room ? len : room);
		memcpy(change->octets, octets, change->len);
		at += change->len;
		octets += change->len;
		len -= change->len;
	}
}

static void node_sync(struct node *node)
{
	for (size_t i = 0; i < node->n_change; i++) {
		image_apply(&node->disk, &node->change[i], node->change[i].len);
	}
	node->n_change = 0;
}

static struct node *node_new(struct power_disk *disk)
{
	struct node *node = grown(NULL, 1, sizeof(*node));

	*node = (struct node){.next = disk->nodes};
	disk->nodes = node;
	return node;
}

/* The whole of a file that exists; false when it does not, or cannot be read. */
static bool file_read(const char *path, struct image *out)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool whole = false;

	if (fd < 0) {
		return false;
	}
	if (fstat(fd, &st) == 0) {
		image_resize(out, (size_t)st.st_size);
		whole = read(fd, out->octets, out->size) == (ssize_t)out->size;
	}
	(void)close(fd);
	return whole;
}

static bool file_make(const char *folder, const char *name, const struct image *image)
{
	char path[PATH_LEN];
	bool whole = false;
	int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		whole = image->size == 0 ||
		        write(fd, image->octets, image->size) == (ssize_t)image->size;
		(void)close(fd);
	}
	return whole;
}

/* The disk that a path is on, and its name there; NULL: none. */
static struct power_disk *disk_of(const char *path, const char **name)
{
	for (size_t i = 0; path != NULL && i < DISKS; i++) {
		if (disks[i] != NULL && strncmp(path, disks[i]->path, disks[i]->path_len) == 0 &&
		    path[disks[i]->path_len] == '/') {
			*name = path + disks[i]->path_len + 1;
			return disks[i];
		}
	}
	return NULL;
}

static void point(struct power_disk *disk)
{
	disk->points++;
	if (disk->at_point != NULL) {
		disk->at_point(disk, disk->opaque);
	}
}

static bool syncs_its_folder(const struct vfs_act *act)
{
	return (act->flags & SQLITE_OPEN_CREATE) != 0 &&
	       (act->flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
}

static void sync_all(struct power_disk *disk, struct node *node, const struct vfs_act *act)
{
	node_sync(node);
	if (syncs_its_folder(act) && !node->folder_synced) {
		node->folder_synced = true;
		folder_sync(disk, false);
	}
}

static void truncate_to(struct node *node, int64_t size)
{
	struct change *change = node_change(node);

	change->at = size;
	change->len = 0;
}

static int before(const struct vfs_act *act)
{
	const char *name = NULL;
	struct power_disk *disk = disk_of(act->path, &name);
	struct entry *entry = disk != NULL ? folder_find(&disk->live, name) : NULL;

	if (entry == NULL) {
		return act->call == VFS_SYNC ? VFS_SKIP : SQLITE_OK;
	}
	switch (act->call) {
	case VFS_WRITE:
		node_write(entry->node, act->data, act->at, (size_t)act->len);
		point(disk);
		return SQLITE_OK;
	case VFS_TRUNCATE:
		truncate_to(entry->node, act->at);
		point(disk);
		return SQLITE_OK;
	case VFS_SYNC:
		point(disk);
		sync_all(disk, entry->node, act);
		return VFS_SKIP;
	case VFS_DELETE:
		point(disk);
		folder_step(disk, name, NULL);
		if (act->flags != 0) {
			folder_sync(disk, false);
		}
		return SQLITE_OK;
	case VFS_OPEN:
	case VFS_CLOSE:
	case VFS_READ:
	case VFS_LOCK:
	case VFS_SHM_LOCK:
	case VFS_UNFETCH:
		break;
	}
	return SQLITE_OK;
}

/* A file that was not there before. */
static void after(const struct vfs_act *act, int rc)
{
	const char *name = NULL;
	struct power_disk *disk = NULL;

	if (act->call == VFS_OPEN && rc == SQLITE_OK) {
		disk = disk_of(act->path, &name);
		if (disk != NULL && folder_find(&disk->live, name) == NULL) {
			folder_step(disk, name, node_new(disk));
		}
	}
}

static const struct vfs_hooks hooks = {before, after};

/*
 * Thousands of stores are opened and closed, each with its cache: memory that goes back to the
 * system every time, and SQLite's count of it, would be a quarter of the work. Failing does no
 * harm; SQLite refuses once it is in use.
 */
static void memory_keep(void)
{
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
	(void)mallopt(M_TOP_PAD, KEPT_MEMORY);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

void power_vfs_install(void)
{
	memory_keep();
	if (!vfs_shim_install(&hooks)) {
		abort();
	}
}

void power_vfs_remove(void)
{
	vfs_shim_remove();
}

static bool is_kept(const char *name)
{
	const char *dash = strrchr(name, '-');
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && (dash == NULL || strcmp(dash, "-shm") != 0) &&
	       (dot == NULL || strcmp(dot, ".lock") != 0);
}

void power_file_made(const char *path)
{
	const char *name = NULL;
	struct power_disk *disk = disk_of(path, &name);

	if (disk != NULL && is_kept(name) && folder_find(&disk->live, name) == NULL) {
		folder_step(disk, name, node_new(disk));
	}
}

/* The file of a path in a followed folder, or NULL. */
static struct node *node_of(const char *path, struct power_disk **disk)
{
	const char *name = NULL;
	const struct entry *entry = NULL;

	*disk = disk_of(path, &name);
	entry = *disk != NULL ? folder_find(&(*disk)->live, name) : NULL;
	return entry != NULL ? entry->node : NULL;
}

void power_file_written(const char *path, const uint8_t *octets, int64_t at, size_t len)
{
	struct power_disk *disk = NULL;
	struct node *node = node_of(path, &disk);

	if (node != NULL) {
		node_write(node, octets, at, len);
		point(disk);
	}
}

void power_file_renamed(const char *from, const char *to)
{
	struct power_disk *disk = NULL;
	struct node *node = node_of(from, &disk);

	if (node != NULL) {
		point(disk);
		folder_step(disk, to + disk->path_len + 1, node);
		folder_step(disk, from + disk->path_len + 1, NULL);
		disk->steps.entry[disk->steps.n - 1].joined = true;
	}
}

void power_file_removed(const char *path)
{
	struct power_disk *disk = NULL;

	if (node_of(path, &disk) != NULL) {
		point(disk);
		folder_step(disk, path + disk->path_len + 1, NULL);
	}
}

bool power_file_synced(const char *path)
{
	struct power_disk *disk = NULL;
	struct node *node = node_of(path, &disk);

	if (node != NULL) {
		point(disk);
		node_sync(node);
		return true;
	}
	for (size_t i = 0; i < DISKS; i++) {
		if (disks[i] != NULL && strcmp(path, disks[i]->path) == 0) {
			point(disks[i]);
			folder_sync(disks[i], true);
			return true;
		}
	}
	return false;
}

static void disk_scan(struct power_disk *disk)
{
	DIR *dir = opendir(disk->path);
	const struct dirent *entry = NULL;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char path[2 * PATH_LEN];
		struct node *node = NULL;

		if (!is_kept(entry->d_name)) {
			continue;
		}
		(void)snprintf(path, sizeof(path), "%s/%s", disk->path, entry->d_name);
		node = node_new(disk);
		if (!file_read(path, &node->disk)) {
			abort();
		}
		folder_append(&disk->live, entry->d_name, node);
		folder_append(&disk->synced, entry->d_name, node);
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
}

struct power_disk *power_disk_open(const char *folder,
                                   void (*at_point)(struct power_disk *disk, void *opaque),
                                   void *opaque)
{
	struct power_disk *disk = grown(NULL, 1, sizeof(*disk));
	size_t i = 0;

	*disk = (struct power_disk){.at_point = at_point, .opaque = opaque};
	(void)snprintf(disk->path, sizeof(disk->path), "%s", folder);
	disk->path_len = strlen(disk->path);
	disk_scan(disk);
	while (i < DISKS && disks[i] != NULL) {
		i++;
	}
	if (i == DISKS) {
		abort();
	}
	disks[i] = disk;
	return disk;
}

void power_disk_close(struct power_disk *disk)
{
	for (size_t i = 0; i < DISKS; i++) {
		if (disks[i] == disk) {
			disks[i] = NULL;
		}
	}
	while (disk->nodes != NULL) {
		struct node *node = disk->nodes;

		disk->nodes = node->next;
		free(node->disk.octets);
		free(node->change);
		free(node);
	}
	free(disk->live.entry);
	free(disk->synced.entry);
	free(disk->steps.entry);
	free(disk);
}

unsigned power_disk_points(const struct power_disk *disk)
{
	return disk->points;
}

/* What becomes of a node's changes: which of 16 land on the average, and which sectors stopped. */
struct lottery {
	enum power_share share;
	uint64_t state;
	unsigned chance;
	uint8_t *stopped; /* by sector */
	size_t n_stopped;
};

static bool sector_stopped(struct lottery *lottery, int64_t at, bool stop)
{
	const size_t sector = (size_t)(at / SECTOR);

	if (sector >= lottery->n_stopped) {
		lottery->stopped = grown(lottery->stopped, sector + 1, 1);
		memset(lottery->stopped + lottery->n_stopped, 0, sector + 1 - lottery->n_stopped);
		lottery->n_stopped = sector + 1;
	}
	lottery->stopped[sector] |= stop;
	return lottery->stopped[sector] != 0;
}

/* How much of a change is on the disk: of a sector's writes some first ones, the next perhaps torn.
 */
static void change_land(struct lottery *lottery, struct image *image, const struct change *change)
{
	uint64_t drawn = 0;

	if (lottery->share == POWER_ALL) {
		image_apply(image, change, change->len);
	}
	if (lottery->share != POWER_SOME) {
		return;
	}
	drawn = power_random(&lottery->state);
	if (change->len == 0) {
		if (drawn % 2 == 0) {
			image_apply(image, change, 0);
		}
	} else if (!sector_stopped(lottery, change->at, false)) {
		if (drawn % 16 < lottery->chance) {
			image_apply(image, change, change->len);
		} else {
			(void)sector_stopped(lottery, change->at, true);
			if (drawn / 16 % 4 == 0) {
				image_apply(image, change,
				            (unsigned)(drawn / 64 % change->len) + 1);
			}
		}
	}
}

static bool node_cut(const struct node *node, enum power_share share, uint64_t seed,
                     const char *into, const char *name)
{
	static const unsigned chances[] = {2, 8, 14};
	struct lottery lottery = {.share = share, .state = seed};
	struct image image = {0};
	bool made = false;

	lottery.chance = chances[power_random(&lottery.state) % 3];
	image_resize(&image, node->disk.size);
	if (node->disk.size > 0) {
		memcpy(image.octets, node->disk.octets, node->disk.size);
	}
	for (size_t i = 0; i < node->n_change; i++) {
		change_land(&lottery, &image, &node->change[i]);
	}
	made = file_make(into, name, &image);
	free(image.octets);
	free(lottery.stopped);
	return made;
}

static void folder_empty(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry = NULL;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.') {
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
		}
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
}

/* An index of the log is memory: after a cut it holds anything. */
static bool rubbish_make(const char *into, const char *log, uint64_t seed)
{
	uint64_t octets[RUBBISH_LEN / sizeof(uint64_t)];
	const struct image image = {(uint8_t *)octets, sizeof(octets)};
	char name[NAME_LEN];

	for (size_t i = 0; i < sizeof(octets) / sizeof(octets[0]); i++) {
		octets[i] = power_random(&seed);
	}
	(void)snprintf(name, sizeof(name), "%.*s-shm", (int)(strlen(log) - strlen("-wal")), log);
	return file_make(into, name, &image);
}

bool power_cut(const struct power_disk *disk, enum power_share share, uint64_t seed,
               const char *into)
{
	struct folder folder = {0};
	size_t n_steps = share == POWER_ALL ? disk->steps.n : 0;
	bool made = true;

	if (share == POWER_SOME) {
		n_steps = (size_t)(power_random(&seed) % (disk->steps.n + 1));
	}
	while (n_steps > 0 && n_steps < disk->steps.n && disk->steps.entry[n_steps].joined) {
		n_steps++;
	}
	for (size_t i = 0; i < disk->synced.n; i++) {
		folder_append(&folder, disk->synced.entry[i].name, disk->synced.entry[i].node);
	}
	for (size_t i = 0; i < n_steps; i++) {
		folder_set(&folder, disk->steps.entry[i].name, disk->steps.entry[i].node);
	}
	folder_empty(into);
	for (size_t i = 0; i < folder.n && made; i++) {
		const char *name = folder.entry[i].name;
		const char *log = strstr(name, "-wal");

		made = node_cut(folder.entry[i].node, share, power_random(&seed), into, name) &&
		       (log == NULL || rubbish_make(into, name, power_random(&seed)));
	}
	free(folder.entry);
	return made;
}
