#include "output.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LEN = 256, INDENT = 2 };

static void lines(const char *name, const json_t *value);

static bool all_texts(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!json_is_string(json_array_get(list, i))) {
			return false;
		}
	}
	return true;
}

static void inner(const char *name, const char *member, const json_t *value)
{
	char full[NAME_MAX_LEN];

	(void)snprintf(full, sizeof(full), "%s%s%s", name, name[0] != '\0' ? "." : "", member);
	lines(full, value);
}

static void list_lines(const char *name, const json_t *list)
{
	if (all_texts(list)) {
		(void)printf("%s:", name);
		for (size_t i = 0; i < json_array_size(list); i++) {
			(void)printf(" %s", json_string_value(json_array_get(list, i)));
		}
		(void)putchar('\n');
		return;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		char number[32];

		(void)snprintf(number, sizeof(number), "%zu", i + 1);
		inner(name, number, json_array_get(list, i));
	}
}

static void scalar_line(const char *name, const json_t *value)
{
	if (json_is_string(value)) {
		(void)printf("%s: %s\n", name, json_string_value(value));
	} else if (json_is_integer(value)) {
		(void)printf("%s: %lld\n", name, (long long)json_integer_value(value));
	} else if (json_is_real(value)) {
		(void)printf("%s: %.2f\n", name, json_real_value(value));
	} else if (json_is_boolean(value)) {
		(void)printf("%s: %s\n", name, json_is_true(value) ? "yes" : "no");
	} else {
		(void)printf("%s: -\n", name);
	}
}

static void lines(const char *name, const json_t *value)
{
	if (json_is_object(value)) {
		const char *key = NULL;
		json_t *member = NULL;

		json_object_foreach((json_t *)(uintptr_t)value, key, member)
		{
			inner(name, key, member);
		}
	} else if (json_is_array(value)) {
		list_lines(name, value);
	} else {
		scalar_line(name, value);
	}
}

void output_show(json_t *value, bool json)
{
	(void)json_object_del(value, "ok");
	if (json) {
		(void)json_dumpf(value, stdout, JSON_INDENT(INDENT));
		(void)putchar('\n');
	} else {
		lines("", value);
	}
}
