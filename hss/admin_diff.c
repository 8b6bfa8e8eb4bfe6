#include "hss/admin_diff.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* A longer one is cut: it is for people. */
enum { PATH_LEN = 512, LABEL_LEN = 256 };

/* Members that name an element of a list. */
static const char *const names[] = {"priority", "impi", "impu"};

struct diff {
	json_t *changes;
	enum hss_err err;
};

static void diff_value(struct diff *d, const char *path, const json_t *a, const json_t *b);

static json_t *shared(const json_t *value)
{
	return json_incref((json_t *)(uintptr_t)value);
}

/* One entry; a or b may be NULL. */
static void tell(struct diff *d, const char *path, const json_t *a, const json_t *b)
{
	json_t *change = json_pack("{s:s#}", "path", path, (int)strlen(path));

	if (change == NULL || (a != NULL && json_object_set_new(change, "was", shared(a)) != 0) ||
	    (b != NULL && json_object_set_new(change, "becomes", shared(b)) != 0)) {
		d->err = HSS_ERR_MEMORY;
	}
	if (json_array_append_new(d->changes, change) != 0) {
		d->err = HSS_ERR_MEMORY;
	}
}

/* The value that names an element, or NULL. */
static const json_t *name_of(const json_t *element)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *value = json_object_get(element, names[i]);

		if (value != NULL) {
			return value;
		}
	}
	return NULL;
}

/* An implicit registration set is the same one while an IMPU stays in it. */
static bool share_an_impu(const json_t *a, const json_t *b)
{
	const json_t *x = json_object_get(a, "impus");
	const json_t *y = json_object_get(b, "impus");

	for (size_t i = 0; i < json_array_size(x); i++) {
		for (size_t j = 0; j < json_array_size(y); j++) {
			if (json_equal(name_of(json_array_get(x, i)),
			               name_of(json_array_get(y, j)))) {
				return true;
			}
		}
	}
	return false;
}

static bool is_same(const json_t *a, const json_t *b)
{
	const json_t *name = name_of(a);

	return name != NULL ? json_equal(name, name_of(b)) : share_an_impu(a, b);
}

/* Whether every element of both lists can be matched by what it is. */
static bool all_named(const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < json_array_size(a) + json_array_size(b); i++) {
		const json_t *element = i < json_array_size(a)
		                                ? json_array_get(a, i)
		                                : json_array_get(b, i - json_array_size(a));

		if (name_of(element) == NULL && json_object_get(element, "impus") == NULL) {
			return false;
		}
	}
	return true;
}

/* The element of a list that is the same; NULL: none. */
static const json_t *counterpart(const json_t *list, const json_t *element)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (is_same(json_array_get(list, i), element)) {
			return json_array_get(list, i);
		}
	}
	return NULL;
}

/* "path[name]"; an element without a name of its own has its place. */
static void element_path(const char *path, const json_t *element, size_t place,
                         char out[static PATH_LEN])
{
	const json_t *name = name_of(element);
	char label[LABEL_LEN];

	if (json_is_string(name)) {
		(void)snprintf(label, sizeof(label), "%s", json_string_value(name));
	} else if (name != NULL) {
		(void)snprintf(label, sizeof(label), "%lld", (long long)json_integer_value(name));
	} else {
		(void)snprintf(label, sizeof(label), "%zu", place);
	}
	if (snprintf(out, PATH_LEN, "%s[%s]", path, label) >= PATH_LEN) {
		out[PATH_LEN - 1] = '\0';
	}
}

/* The names of those elements of a list that are in the other one too, in order. */
static json_t *common_names(const json_t *list, const json_t *other)
{
	json_t *out = json_array();

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *element = json_array_get(list, i);

		if (name_of(element) != NULL && counterpart(other, element) != NULL) {
			(void)json_array_append(out, (json_t *)(uintptr_t)name_of(element));
		}
	}
	return out;
}

static void diff_order(struct diff *d, const char *path, const json_t *a, const json_t *b)
{
	json_t *x = common_names(a, b);
	json_t *y = common_names(b, a);

	if (x == NULL || y == NULL) {
		d->err = HSS_ERR_MEMORY;
	} else if (!json_equal(x, y)) {
		tell(d, path, x, y);
	}
	json_decref(x);
	json_decref(y);
}

static void diff_named(struct diff *d, const char *path, const json_t *a, const json_t *b)
{
	char inner[PATH_LEN];

	for (size_t i = 0; i < json_array_size(a); i++) {
		const json_t *element = json_array_get(a, i);

		element_path(path, element, i, inner);
		diff_value(d, inner, element, counterpart(b, element));
	}
	for (size_t i = 0; i < json_array_size(b); i++) {
		const json_t *element = json_array_get(b, i);

		if (counterpart(a, element) == NULL) {
			element_path(path, element, i, inner);
			tell(d, inner, NULL, element);
		}
	}
	diff_order(d, path, a, b);
}

/* Lists of objects by place while they are as long; anything else as a whole. */
static void diff_list(struct diff *d, const char *path, const json_t *a, const json_t *b)
{
	if (json_array_size(a) + json_array_size(b) > 0 && all_named(a, b)) {
		diff_named(d, path, a, b);
		return;
	}
	if (json_array_size(a) != json_array_size(b) || !json_is_object(json_array_get(a, 0))) {
		tell(d, path, a, b);
		return;
	}
	for (size_t i = 0; i < json_array_size(a); i++) {
		char inner[PATH_LEN];

		element_path(path, NULL, i, inner);
		diff_value(d, inner, json_array_get(a, i), json_array_get(b, i));
	}
}

static void diff_object(struct diff *d, const char *path, const json_t *a, const json_t *b)
{
	const char *key = NULL;
	json_t *value = NULL;
	char inner[PATH_LEN];

	json_object_foreach((json_t *)(uintptr_t)a, key, value)
	{
		(void)snprintf(inner, sizeof(inner), "%s%s%s", path, path[0] != '\0' ? "." : "",
		               key);
		diff_value(d, inner, value, json_object_get(b, key));
	}
	json_object_foreach((json_t *)(uintptr_t)b, key, value)
	{
		if (json_object_get(a, key) == NULL) {
			(void)snprintf(inner, sizeof(inner), "%s%s%s", path,
			               path[0] != '\0' ? "." : "", key);
			tell(d, inner, NULL, value);
		}
	}
}

static void diff_value(struct diff *d, const char *path, const json_t *a, const json_t *b)
{
	if (d->err != HSS_OK || json_equal(a, b)) {
		return;
	}
	if (json_is_object(a) && json_is_object(b)) {
		diff_object(d, path, a, b);
	} else if (json_is_array(a) && json_is_array(b)) {
		diff_list(d, path, a, b);
	} else {
		tell(d, path, a, b);
	}
}

enum hss_err admin_diff(const json_t *was, const json_t *becomes, json_t *changes)
{
	struct diff d = {.changes = changes};

	if (!json_equal(was, becomes)) {
		diff_object(&d, "", was, becomes);
	}
	return d.err;
}
