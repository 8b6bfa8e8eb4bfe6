/* The files of a node: whose they are, and who else can get at them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hss/files.h"
#include "temp_dir.h"

enum { SOMEBODY = 12345 };

static struct temp_dir dir;
static char path[TEMP_PATH_MAX];
static char why[CONF_WHY_LEN];
static struct hss_conf conf;

static const char *make(const char *name, char out[static TEMP_PATH_MAX], mode_t mode)
{
	const int fd = open(temp_dir_file(&dir, name, out), O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
	return out;
}

static int setup(void **state)
{
	static char database[TEMP_PATH_MAX];
	static char key[TEMP_PATH_MAX];
	static char sock[TEMP_PATH_MAX];
	char other[TEMP_PATH_MAX];

	(void)state;
	temp_dir_make(&dir);
	conf.database = (char *)(uintptr_t)make("hss.db", database, 0600);
	conf.master_key = (char *)(uintptr_t)make("master.key", key, 0400);
	conf.admin_socket = (char *)(uintptr_t)temp_dir_file(&dir, "admin.sock", sock);
	make("hss.db-wal", other, 0600);
	make("hss.db-shm", other, 0600);
	make("hss.db.lock", other, 0600);
	make("hss.db.before-restore-1", other, 0600);
	make("hss.dbx", other, 0666); /* not of the database */
	make("hss.conf", path, 0644);
	why[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	temp_dir_remove(&dir);
	return 0;
}

static enum hss_err check(void)
{
	return files_check(path, &conf, geteuid(), why);
}

static void files_of_the_owner_alone_are_good(void **state)
{
	(void)state;
	assert_int_equal(check(), HSS_OK);
	assert_int_equal(unlink(conf.database), 0);
	assert_int_equal(unlink(conf.master_key), 0);
	assert_int_equal(check(), HSS_OK); /* who opens them says that they are missing */
}

/* Each refusal names the file, its mode and what mends it. */
static void what_others_can_get_at_is_refused(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
		const char *mend;
		mode_t good;
	} rows[] = {
		{"hss.db", 0640, "go-rwx", 0600},
		{"hss.db", 0604, "go-rwx", 0600},
		{"hss.db-wal", 0644, "go-rwx", 0600},
		{"hss.db-shm", 0660, "go-rwx", 0600},
		{"hss.db.lock", 0666, "go-rwx", 0600},
		{"hss.db.before-restore-1", 0610, "go-rwx", 0600},
		{"master.key", 0440, "go-rwx", 0400},
		{"master.key", 0602, "go-rwx", 0600},
		{"hss.conf", 0664, "go-w", 0644},
		{"hss.conf", 0646, "go-w", 0644},
		{"", 0720, "go-w", 0755},
		{"", 01777, "go-w", 0700},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char file[TEMP_PATH_MAX];
		char name[TEMP_PATH_MAX * 2];
		char mode[16];
		char mend[TEMP_PATH_MAX * 2];
		const bool is_database = strncmp(rows[i].name, "hss.db", 6) == 0;

		temp_dir_file(&dir, rows[i].name, file);
		if (rows[i].name[0] == '\0') {
			(void)snprintf(file, sizeof(file), "%s", dir.path);
		}
		(void)snprintf(name, sizeof(name), " %s ", file);
		(void)snprintf(mode, sizeof(mode), "(mode %04o)", (unsigned)rows[i].mode);
		(void)snprintf(mend, sizeof(mend), ": chmod %s %s%s", rows[i].mend,
		               is_database ? conf.database : file, is_database ? "*" : "");
		assert_int_equal(chmod(file, rows[i].mode), 0);
		assert_int_equal(check(), HSS_ERR_INVALID);
		assert_non_null(strstr(why, name));
		assert_non_null(strstr(why, mode));
		assert_string_equal(strstr(why, mend), mend);
		assert_int_equal(chmod(file, rows[i].good), 0);
		assert_int_equal(check(), HSS_OK);
	}
}

/* Seen from another user, whatever the modes are. */
static void files_of_somebody_else_are_refused(void **state)
{
	char expected[TEMP_PATH_MAX * 2];

	(void)state;
	assert_int_equal(files_check_secret("the database", conf.database, SOMEBODY, why),
	                 HSS_ERR_INVALID);
	(void)snprintf(expected, sizeof(expected),
	               "the database %s belongs to the user %u, not to the user %u", conf.database,
	               (unsigned)geteuid(), SOMEBODY);
	assert_memory_equal(why, expected, strlen(expected));
	assert_int_equal(files_check(path, &conf, SOMEBODY, why), HSS_ERR_INVALID);
}

/* Root may own what the HSS only reads, as in /etc; never its secrets. */
static void root_may_own_the_configuration(void **state)
{
	(void)state;
	assert_int_equal(files_check_trusted("the configuration", "/etc/passwd", SOMEBODY, why),
	                 HSS_OK);
	assert_int_equal(files_check_secret("the key", "/etc/passwd", SOMEBODY, why),
	                 HSS_ERR_INVALID);
}

static void a_linked_database_is_looked_at_where_it_lies(void **state)
{
	struct temp_dir far;
	char file[TEMP_PATH_MAX];
	int fd = -1;

	(void)state;
	temp_dir_make(&far);
	assert_int_equal(unlink(conf.database), 0);
	temp_dir_file(&far, "real.db", file);
	assert_int_equal(symlink(file, conf.database), 0);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0 && fchmod(fd, 0600) == 0 && close(fd) == 0);
	assert_int_equal(check(), HSS_OK);
	temp_dir_file(&far, "real.db-wal", file);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0 && fchmod(fd, 0644) == 0 && close(fd) == 0);
	assert_int_equal(check(), HSS_ERR_INVALID);
	assert_non_null(strstr(why, "real.db-wal"));
	temp_dir_remove(&far);
}

static void the_map_of_an_slf_is_looked_at_and_no_database(void **state)
{
	char map[TEMP_PATH_MAX];

	(void)state;
	conf.slf_map = (char *)(uintptr_t)make("slf.conf", map, 0644);
	assert_int_equal(chmod(conf.database, 0666), 0);
	assert_int_equal(check(), HSS_OK);
	assert_int_equal(chmod(map, 0666), 0);
	assert_int_equal(check(), HSS_ERR_INVALID);
	assert_non_null(strstr(why, "slf.conf"));
	conf.slf_map = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_of_the_owner_alone_are_good, setup, teardown),
		cmocka_unit_test_setup_teardown(what_others_can_get_at_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(files_of_somebody_else_are_refused, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(root_may_own_the_configuration, setup, teardown),
		cmocka_unit_test_setup_teardown(a_linked_database_is_looked_at_where_it_lies, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(the_map_of_an_slf_is_looked_at_and_no_database,
	                                        setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
