#include "options.h"

json_t *option_texts(const struct cli *cli, enum option_id id)
{
	json_t *list = json_array();

	for (size_t i = 0; i < cli->option[id].n; i++) {
		(void)json_array_append_new(list, json_string(cli->option[id].value[i]));
	}
	return list;
}

json_t *option_impus(const struct cli *cli, enum option_id id)
{
	json_t *list = json_array();

	for (size_t i = 0; i < cli->option[id].n; i++) {
		(void)json_array_append_new(list,
		                            json_pack("{s:s}", "impu", cli->option[id].value[i]));
	}
	return list;
}

void option_text_set(const struct cli *cli, enum option_id id, json_t *obj, const char *member)
{
	const char *value = cli_value(cli, id);

	if (value != NULL) {
		(void)json_object_set_new(obj, member, json_string(value));
	}
}

void option_bool_set(const struct cli *cli, enum option_id id, json_t *obj, const char *member)
{
	if (cli_has(cli, id)) {
		(void)json_object_set_new(obj, member, json_boolean(cli_yes(cli, id)));
	}
}

void option_digest_set(const struct cli *cli, json_t *obj)
{
	option_text_set(cli, OPT_DIGEST_REALM, obj, "digest_realm");
	if (cli_has(cli, OPT_SCHEME)) {
		(void)json_object_set_new(obj, "schemes", option_texts(cli, OPT_SCHEME));
	}
}
