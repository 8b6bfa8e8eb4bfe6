#include "template.h"

#include <stdbool.h>
#include <string.h>

#include "hssctl.h"

/*
 * A VoLTE user: the temporary public identity made of the IMSI, barred (TS 23.003 13.4B), and the
 * MSISDN as tel and as SIP URI, aliases of each other. All one implicit registration set; the
 * tel URI is the default identity.
 */
static const char volte[] =
	"{\"impis\": [{\"impi\": \"${impi}\"}],"
	" \"sets\": [{\"impus\": ["
	"{\"impu\": \"sip:${impi}\", \"barred\": true, \"profile\": \"${profile}\"},"
	"{\"impu\": \"tel:${msisdn}\", \"profile\": \"${profile}\", \"alias_group\": \"msisdn\"},"
	"{\"impu\": \"sip:${msisdn}@${domain};user=phone\", \"profile\": \"${profile}\","
	" \"alias_group\": \"msisdn\"}]}]}";

/* What stands for a placeholder; value NULL: the option that gives it is missing. */
struct value {
	const char *name;
	const char *value;
	size_t len;
	const char *option;
};

enum { N_VALUES = 5 };

struct filling {
	struct value value[N_VALUES];
	bool good;
};

static void values_make(const char *impi, const char *msisdn, const char *profile,
                        struct value out[static N_VALUES])
{
	const char *at = strchr(impi, '@');
	const char *domain = at != NULL ? at + 1 : "";
	const size_t user_len = at != NULL ? (size_t)(at - impi) : strlen(impi);

	profile = profile != NULL ? profile : "default";
	out[0] = (struct value){"impi", impi, strlen(impi), "impi"};
	out[1] = (struct value){"user", impi, user_len, "impi"};
	out[2] = (struct value){"domain", domain, strlen(domain), "impi"};
	out[3] = (struct value){"msisdn", msisdn, msisdn != NULL ? strlen(msisdn) : 0, "msisdn"};
	out[4] = (struct value){"profile", profile, strlen(profile), "profile"};
}

/* The value of the placeholder at text, behind "${"; NULL after a message. */
static const struct value *value_of(const struct filling *f, const char *text, size_t len)
{
	for (size_t i = 0; i < N_VALUES; i++) {
		const struct value *v = &f->value[i];

		if (strlen(v->name) != len || strncmp(v->name, text, len) != 0) {
			continue;
		}
		if (v->value == NULL) {
			(void)cli_fail("the template has ${%s}: --%s is missing", v->name,
			               v->option);
			return NULL;
		}
		return v;
	}
	(void)cli_fail("the template has ${%.*s}, which stands for nothing: impi, user, domain, "
	               "msisdn and profile do",
	               (int)len, text);
	return NULL;
}

/* A text with its placeholders replaced; NULL after a message. */
static json_t *text_filled(const struct filling *f, const char *text)
{
	json_t *out = json_string("");

	while (out != NULL && *text != '\0') {
		const char *mark = strstr(text, "${");
		const char *end = mark != NULL ? strchr(mark, '}') : NULL;
		const size_t len = end != NULL ? (size_t)(mark - text) : strlen(text);
		const struct value *v = NULL;
		json_t *more = NULL;

		if (end != NULL) {
			v = value_of(f, mark + 2, (size_t)(end - mark) - 2);
			if (v == NULL) {
				json_decref(out);
				return NULL;
			}
		}
		more = json_sprintf("%s%.*s%.*s", json_string_value(out), (int)len, text,
		                    v != NULL ? (int)v->len : 0, v != NULL ? v->value : "");
		json_decref(out);
		out = more;
		text = end != NULL ? end + 1 : text + len;
	}
	return out;
}

static json_t *filled(struct filling *f, const json_t *value);

static json_t *object_filled(struct filling *f, const json_t *object)
{
	json_t *out = json_object();
	const char *key = NULL;
	json_t *value = NULL;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (f->good && json_object_set_new(out, key, filled(f, value)) != 0) {
			f->good = false;
		}
	}
	return out;
}

static json_t *list_filled(struct filling *f, const json_t *list)
{
	json_t *out = json_array();

	for (size_t i = 0; i < json_array_size(list) && f->good; i++) {
		if (json_array_append_new(out, filled(f, json_array_get(list, i))) != 0) {
			f->good = false;
		}
	}
	return out;
}

/* A copy with its placeholders replaced. f->good turns false after a message. */
static json_t *filled(struct filling *f, const json_t *value)
{
	json_t *out = NULL;

	if (json_is_object(value)) {
		return object_filled(f, value);
	}
	if (json_is_array(value)) {
		return list_filled(f, value);
	}
	if (!json_is_string(value)) {
		return json_deep_copy(value);
	}
	out = text_filled(f, json_string_value(value));
	f->good = f->good && out != NULL;
	return out;
}

/* The template of this name, or in this file. NULL after a message. */
static json_t *template_load(const char *name)
{
	json_error_t error;
	json_t *doc = NULL;

	if (strcmp(name, "volte") == 0) {
		return json_loads(volte, 0, NULL);
	}
	doc = json_load_file(name, JSON_REJECT_DUPLICATES, &error);
	if (doc == NULL && error.line > 0) {
		(void)cli_fail("%s:%d: %s", name, error.line, error.text);
	} else if (doc == NULL) {
		(void)cli_fail("%s (templates are volte, or a file)", error.text);
	}
	return doc;
}

json_t *template_fill(const char *name, const char *impi, const char *msisdn, const char *profile)
{
	struct filling f = {.good = true};
	json_t *template = template_load(name);
	json_t *doc = NULL;

	if (template == NULL) {
		return NULL;
	}
	values_make(impi, msisdn, profile, f.value);
	doc = filled(&f, template);
	json_decref(template);
	if (!f.good) {
		json_decref(doc);
		return NULL;
	}
	return doc;
}
