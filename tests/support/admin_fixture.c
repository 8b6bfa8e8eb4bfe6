#include "admin_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int admin_fixture_setup(void **state)
{
	static struct fixture f;
	char path[TEMP_PATH_MAX];
	char why[SEAL_WHY_LEN];

	memset(&f, 0, sizeof(f));
	f.policy = (struct cx_policy){.ind_bits = 5, .auth_pending_timeout = 60};
	f.admin = (struct admin){.policy = &f.policy, .now = NOW};
	temp_dir_make(&f.dir);
	assert_int_equal(seal_create(temp_dir_file(&f.dir, "master.key", path)), HSS_OK);
	assert_int_equal(seal_open(path, &f.admin.seal, why), HSS_OK);
	assert_int_equal(auc_open(&f.admin.auc), AUC_OK);
	assert_int_equal(
		store_open(temp_dir_file(&f.dir, "hss.db", path), STORE_CREATE, &f.admin.store),
		HSS_OK);
	*state = &f;
	return 0;
}

int admin_fixture_teardown(void **state)
{
	struct fixture *f = *state;

	json_decref(f->reply);
	store_close(f->admin.store);
	auc_close(f->admin.auc);
	seal_close(f->admin.seal);
	temp_dir_remove(&f->dir);
	return 0;
}

json_t *json_of(const char *text)
{
	char *copy = strdup(text);
	json_t *json = NULL;

	assert_non_null(copy);
	for (char *c = copy; *c != '\0'; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	json = json_loads(copy, 0, NULL);
	assert_non_null(json);
	free(copy);
	return json;
}

bool serve(struct fixture *f, const char *text)
{
	json_t *request = json_of(text);
	const bool read = admin_is_read(request);
	bool ok = false;

	json_decref(f->reply);
	f->reply = NULL;
	if (!read) {
		assert_int_equal(store_begin(f->admin.store), HSS_OK);
	}
	assert_int_equal(admin_serve(&f->admin, request, &f->reply), HSS_OK);
	ok = json_is_true(json_object_get(f->reply, "ok"));
	if (!read && ok) {
		assert_int_equal(store_commit(f->admin.store), HSS_OK);
	} else if (!read) {
		store_rollback(f->admin.store);
	}
	json_decref(request);
	return ok;
}

json_int_t number(const struct fixture *f, const char *member)
{
	return json_integer_value(json_object_get(f->reply, member));
}

bool servef(struct fixture *f, const char *format, ...)
{
	va_list args;
	char *request = NULL;
	bool done = false;
	int len = 0;

	va_start(args, format);
	len = vasprintf(&request, format, args);
	va_end(args);
	assert_int_not_equal(len, -1);
	done = serve(f, request);
	free(request);
	return done;
}

const char *text(const struct fixture *f, const char *member)
{
	return json_string_value(json_object_get(f->reply, member));
}

void check_detail(const struct fixture *f, size_t i, json_int_t index, const char *field,
                  const char *reason)
{
	const json_t *detail = json_array_get(json_object_get(f->reply, "details"), i);

	assert_int_equal(json_integer_value(json_object_get(detail, "index")), index);
	assert_string_equal(json_string_value(json_object_get(detail, "field")), field);
	if (strstr(json_string_value(json_object_get(detail, "reason")), reason) == NULL) {
		fail_msg("%s lacks: %s", json_string_value(json_object_get(detail, "reason")),
		         reason);
	}
}

static void value_text(const json_t *value, char *out, size_t size)
{
	size_t len = 0;

	if (value == NULL) {
		(void)snprintf(out, size, "-");
		return;
	}
	if (json_is_string(value)) {
		(void)snprintf(out, size, "%s", json_string_value(value));
		return;
	}
	len = json_dumpb(value, out, size - 1, JSON_COMPACT | JSON_ENCODE_ANY);
	assert_in_range(len, 1, size - 1);
	out[len] = '\0';
	for (char *c = out; *c != '\0'; c++) {
		*c = *c == '"' ? '\'' : *c;
	}
}

void changes_text(const json_t *changes, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < json_array_size(changes); i++) {
		const json_t *change = json_array_get(changes, i);
		char was[1024];
		char becomes[1024];

		value_text(json_object_get(change, "was"), was, sizeof(was));
		value_text(json_object_get(change, "becomes"), becomes, sizeof(becomes));
		(void)snprintf(out + strlen(out), size - strlen(out), "%s: %s -> %s\n",
		               json_string_value(json_object_get(change, "path")), was, becomes);
	}
}
