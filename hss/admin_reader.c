/* Members of JSON documents, and their faults. */
#include "hss/admin_reader.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Append to faults or warnings; takes the reason over. */
static void tell(struct admin_reader *r, json_t *list, const char *path, const char *member,
                 json_t *reason)
{
	const char *dot = path[0] != '\0' && member != NULL ? "." : "";

	admin_append(r, list,
	             json_pack("{s:I, s:o, s:o}", "index", (json_int_t)r->index, "field",
	                       json_sprintf("%s%s%s", path, dot, member != NULL ? member : ""),
	                       "reason", reason));
}

void admin_fault(struct admin_reader *r, const char *path, const char *member, const char *format,
                 ...)
{
	va_list args;

	if (r->n_faults++ >= ADMIN_FAULTS_MAX) {
		return;
	}
	va_start(args, format);
	tell(r, r->details, path, member, json_vsprintf(format, args));
	va_end(args);
}

void admin_warn(struct admin_reader *r, const char *path, const char *member, const char *format,
                ...)
{
	va_list args;

	if (r->warnings == NULL || json_array_size(r->warnings) >= ADMIN_FAULTS_MAX) {
		return;
	}
	va_start(args, format);
	tell(r, r->warnings, path, member, json_vsprintf(format, args));
	va_end(args);
}

void admin_doc_path(char out[static ADMIN_FIELD_LEN], const char *path, const char *member,
                    size_t i)
{
	int len = snprintf(out, ADMIN_FIELD_LEN, "%s%s%s[%zu]", path, path[0] != '\0' ? "." : "",
	                   member, i);

	if (len >= ADMIN_FIELD_LEN) { /* an unknown member with a long name: its start will do */
		out[ADMIN_FIELD_LEN - 1] = '\0';
	}
}

void admin_doc_known(struct admin_reader *r, const json_t *obj, const char *path,
                     const char *const *known)
{
	for (void *it = json_object_iter((json_t *)(uintptr_t)obj); it != NULL;
	     it = json_object_iter_next((json_t *)(uintptr_t)obj, it)) {
		const char *name = json_object_iter_key(it);
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], name) != 0) {
			i++;
		}
		if (known[i] == NULL) {
			/* Only a plain word is repeated: anything else may be a key in the wrong
			 * place. */
			const bool word = name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")] == '\0';

			admin_fault(r, path, word ? name : NULL, "is not known here%s",
			            word ? "" : " (a member whose name is no word)");
		}
	}
}

void admin_doc_inner(char out[static ADMIN_FIELD_LEN], const char *path, const char *member)
{
	int len =
		snprintf(out, ADMIN_FIELD_LEN, "%s%s%s", path, path[0] != '\0' ? "." : "", member);

	if (len >= ADMIN_FIELD_LEN) {
		out[ADMIN_FIELD_LEN - 1] = '\0';
	}
}

const char *admin_text(struct admin_reader *r, const json_t *obj, const char *path,
                       const char *member)
{
	const json_t *value = json_object_get(obj, member);

	if (value == NULL || json_is_null(value)) {
		return NULL;
	}
	if (!json_is_string(value)) {
		admin_fault(r, path, member, "must be a text");
		return NULL;
	}
	return json_string_value(value);
}

void admin_doc_read_bool(struct admin_reader *r, const json_t *obj, const char *path,
                         const char *member, bool *out)
{
	const json_t *value = json_object_get(obj, member);

	if (json_is_boolean(value)) {
		*out = json_is_true(value);
	} else if (value != NULL) {
		admin_fault(r, path, member, "must be true or false");
	}
}

static struct arena *arena_of(struct admin_reader *r)
{
	return r->arena != NULL ? r->arena : &r->sub->arena;
}

const char *admin_keep(struct admin_reader *r, const char *text)
{
	const char *copy = arena_text(arena_of(r), text, strlen(text));

	if (copy == NULL) {
		r->err = HSS_ERR_MEMORY;
	}
	return copy;
}

void *admin_keep_array(struct admin_reader *r, size_t n, size_t size)
{
	void *mem = arena_array(arena_of(r), n, size);

	if (mem == NULL) {
		r->err = HSS_ERR_MEMORY;
	}
	return mem;
}

void admin_put(struct admin_reader *r, json_t *obj, const char *member, json_t *value)
{
	if (json_object_set_new(obj, member, value) != 0) {
		r->err = HSS_ERR_MEMORY;
	}
}

void admin_append(struct admin_reader *r, json_t *list, json_t *value)
{
	if (json_array_append_new(list, value) != 0) {
		r->err = HSS_ERR_MEMORY;
	}
}

bool admin_text_check(struct admin_reader *r, const char *text, const char *path,
                      const char *member)
{
	if (text[0] == '\0' || strlen(text) > ADMIN_TEXT_LEN_MAX) {
		admin_fault(r, path, member, "must have 1 to %d octets", ADMIN_TEXT_LEN_MAX);
		return false;
	}
	/* U+FFFE and U+FFFF cannot stand in XML either. */
	if (strstr(text, "\xef\xbf\xbe") != NULL || strstr(text, "\xef\xbf\xbf") != NULL) {
		admin_fault(r, path, member, "holds a character that is none");
		return false;
	}
	for (const char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f) {
			admin_fault(r, path, member, "holds a control character");
			return false;
		}
	}
	return true;
}

void admin_read_text(struct admin_reader *r, const json_t *obj, const char *path,
                     const char *member, const char **out)
{
	const json_t *value = json_object_get(obj, member);
	const char *text = admin_text(r, obj, path, member);

	if (json_is_null(value)) {
		*out = NULL;
	}
	if (text == NULL) {
		return;
	}
	if (admin_text_check(r, text, path, member)) {
		*out = admin_keep(r, text);
	}
}
