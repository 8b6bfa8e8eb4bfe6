#include "changes.h"

#include <stdio.h>

static void value_show(const json_t *value)
{
	if (value == NULL) {
		(void)fputs("-", stdout);
	} else if (json_is_string(value)) {
		(void)fputs(json_string_value(value), stdout);
	} else {
		(void)json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	}
}

void changes_show(const json_t *changes, const char *before)
{
	for (size_t i = 0; i < json_array_size(changes); i++) {
		const json_t *change = json_array_get(changes, i);

		(void)printf("%s%s: ", before, json_string_value(json_object_get(change, "path")));
		if (json_is_true(json_object_get(change, "secret"))) {
			(void)puts("changes");
			continue;
		}
		value_show(json_object_get(change, "was"));
		(void)fputs(" -> ", stdout);
		value_show(json_object_get(change, "becomes"));
		(void)putchar('\n');
	}
}

void applied_show(const json_t *reply)
{
	(void)printf("result: %s\n", json_string_value(json_object_get(reply, "result")));
	changes_show(json_object_get(reply, "changes"), "");
}
