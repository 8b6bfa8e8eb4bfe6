#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hssctl.h"

enum { SECRETS_MAX = 4096, DOCUMENTS_MAX = 64 * 1024 * 1024, STEP = 64 * 1024 };

static const char blanks[] = " \t\r";

/* A whole file in memory, NUL behind it. */
struct text {
	char *octets;
	size_t len;
	size_t size;
};

static void text_wipe(struct text *text)
{
	if (text->octets != NULL) {
		OPENSSL_cleanse(text->octets, text->size);
	}
	free(text->octets);
}

/* Room for one more octet at least. The old place is wiped, so no realloc. */
static bool text_grow(struct text *text)
{
	const size_t size = 2 * text->size + STEP;
	char *more = NULL;

	if (text->len + 1 < text->size) {
		return true;
	}
	more = malloc(size);
	if (more == NULL) {
		return false;
	}
	if (text->octets != NULL) {
		memcpy(more, text->octets, text->len);
		OPENSSL_cleanse(text->octets, text->size);
		free(text->octets);
	}
	text->octets = more;
	text->size = size;
	return true;
}

static int source_open(const char *path)
{
	struct stat st;
	int fd = -1;

	if (strcmp(path, "-") == 0) {
		return STDIN_FILENO;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IRGRP | S_IROTH)) != 0) {
		(void)cli_fail("warning: group or others can read %s (chmod 600)", path);
	}
	return fd;
}

static bool text_read(const char *path, size_t max, struct text *text)
{
	const int fd = source_open(path);
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && text->len <= max) {
		if (!text_grow(text)) {
			errno = ENOMEM;
			n = -1;
			break;
		}
		do {
			n = read(fd, text->octets + text->len, text->size - text->len - 1);
		} while (n < 0 && errno == EINTR);
		text->len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0) {
		(void)cli_fail("%s: %s", path, strerror(errno));
	} else if (text->len > max) {
		(void)cli_fail("%s: more than %zu octets", path, max);
	} else {
		text->octets[text->len] = '\0';
	}
	if (fd > STDIN_FILENO) {
		(void)close(fd);
	}
	return n >= 0 && text->len <= max;
}

/* Octets of a text without the blanks at its end; a password may have some within. */
static size_t blanks_trimmed(const char *text)
{
	size_t len = strlen(text);

	while (len > 0 && strchr(blanks, text[len - 1]) != NULL) {
		len--;
	}
	return len;
}

static bool secret_line(const char *path, size_t number, char *line, json_t *obj)
{
	static const char *const names[] = {"k", "opc", "op", "ha1", "password"};
	char *name = line + strspn(line, blanks);
	char *equals = strchr(name, '=');
	char *value = equals != NULL ? equals + 1 : NULL;

	if (*name == '\0' || *name == '#') {
		return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && value != NULL; i++) {
		const size_t len = strlen(names[i]);

		if (strncasecmp(name, names[i], len) != 0 ||
		    name + len + strspn(name + len, blanks) != equals) {
			continue;
		}
		value += strspn(value, blanks);
		value[blanks_trimmed(value)] = '\0';
		if (json_object_get(obj, names[i]) != NULL ||
		    json_object_set_new(obj, names[i], json_string(value)) != 0) {
			(void)cli_fail("%s:%zu: a second %s, or no text", path, number, names[i]);
			return false;
		}
		return true;
	}
	(void)cli_fail("%s:%zu: none of k=, opc=, op=, ha1=, password=", path, number);
	return false;
}

bool secrets_read(const char *path, json_t *obj)
{
	struct text text = {0};
	char *line = NULL;
	bool good = text_read(path, SECRETS_MAX, &text);

	line = text.octets;
	for (size_t number = 1; good && line != NULL && *line != '\0'; number++) {
		char *end = line + strcspn(line, "\n");
		char *next = *end == '\n' ? end + 1 : end;

		*end = '\0';
		good = secret_line(path, number, line, obj);
		line = next;
	}
	text_wipe(&text);
	return good;
}

/* Append a document, or each of a list. */
static bool documents_add(json_t *list, json_t *value)
{
	if (json_is_object(value)) {
		return json_array_append(list, value) == 0;
	}
	return json_is_array(value) && json_array_extend(list, value) == 0;
}

json_t *documents_read(const char *path)
{
	struct text text = {0};
	json_t *list = json_array();
	bool good = list != NULL && text_read(path, DOCUMENTS_MAX, &text);
	size_t at = 0;

	while (good) {
		json_error_t error;
		json_t *value = NULL;

		at += strspn(text.octets + at, " \t\r\n");
		if (at == text.len) {
			break;
		}
		value = json_loadb(text.octets + at, text.len - at,
		                   JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
		good = value != NULL && documents_add(list, value);
		if (!good) { /* jansson's own text quotes the place, which may be a key */
			size_t line = value == NULL && error.line > 0 ? (size_t)error.line : 1;

			for (size_t i = 0; i < at; i++) {
				line += text.octets[i] == '\n';
			}
			(void)cli_fail("%s:%zu: %s", path, line,
			               value == NULL ? "not valid JSON"
			                             : "a document must be a JSON object");
		}
		at += value != NULL ? (size_t)error.position : 0;
		json_decref(value);
	}
	text_wipe(&text);
	if (!good) {
		json_decref(list);
		return NULL;
	}
	return list;
}
