#include "tools/cxbench/subscribers.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_OCTETS = 64 * 1024, FIELDS_MAX = 32, FILE_BUFFER = 256 * 1024, FIRST_ROOM = 1024 };

enum column { COL_IMPI, COL_IMPUS, COL_K, COL_OPC, COL_OP, N_COLUMNS };

static const char *const column_names[N_COLUMNS] = {"impi", "impus", "k", "opc", "op"};

/* A file being read. All of it is wiped: lines hold keys. */
struct reader {
	const char *path;
	FILE *file;
	struct aka *aka;
	size_t line_no;
	int at[N_COLUMNS]; /* field of each column, -1: none */
	size_t n_fields;   /* of the header row */
	char *field[FIELDS_MAX];
	size_t n;
	char line[LINE_MAX_OCTETS];
	char buffer[FILE_BUFFER];
};

static bool fault(const struct reader *reader, struct why *why, const char *reason)
{
	return why_set(why, "%s:%zu: %s", reader->path, reader->line_no, reason);
}

/* A field that starts with a quote: undo the doubling. Returns its end, or NULL. */
static char *unquote(char *field)
{
	char *to = field;
	const char *from = field + 1;

	for (;; from++) {
		if (*from == '\0') {
			return NULL;
		}
		if (*from == '"') {
			if (from[1] != '"') {
				break;
			}
			from++;
		}
		*to++ = *from;
	}
	from++;
	/* What follows the closing quote has to be a comma or the end. */
	if (*from != ',' && *from != '\0') {
		return NULL;
	}
	*to = '\0';
	return field + (from - field);
}

/* Cut the line into fields. */
static bool split(struct reader *reader, struct why *why)
{
	char *at = reader->line;
	bool more = true;

	for (reader->n = 0; more; reader->n++) {
		char *end = NULL;

		if (reader->n == FIELDS_MAX) {
			return fault(reader, why, "the row has more than 32 fields");
		}
		reader->field[reader->n] = at;
		if (*at == '"') {
			end = unquote(at);
		} else {
			end = at + strcspn(at, ",\"");
			end = *end == '"' ? NULL : end;
		}
		if (end == NULL) {
			return fault(reader, why,
			             "a quoted field does not end, or text follows it");
		}
		more = *end == ',';
		if (more) {
			*end = '\0';
			at = end + 1;
		}
	}
	return true;
}

/* Read a line that is not empty and cut it. False at the end too; why then is untouched. */
static bool row_read(struct reader *reader, struct why *why)
{
	size_t len = 0;

	do {
		if (fgets(reader->line, sizeof(reader->line), reader->file) == NULL) {
			return ferror(reader->file) != 0 && fault(reader, why, strerror(errno));
		}
		reader->line_no++;
		len = strlen(reader->line);
		if (len == sizeof(reader->line) - 1) {
			return fault(reader, why, "the line is longer than 65534 octets");
		}
		while (len > 0 &&
		       (reader->line[len - 1] == '\n' || reader->line[len - 1] == '\r')) {
			reader->line[--len] = '\0';
		}
	} while (len == 0);
	return split(reader, why);
}

static bool header_read(struct reader *reader, struct subscribers *subs, struct why *why)
{
	for (size_t i = 0; i < N_COLUMNS; i++) {
		reader->at[i] = -1;
	}
	if (!row_read(reader, why)) {
		return why->text[0] == '\0' ? fault(reader, why, "there is no header row") : false;
	}
	for (size_t i = 0; i < reader->n; i++) {
		for (size_t j = 0; j < N_COLUMNS; j++) {
			if (strcmp(reader->field[i], column_names[j]) == 0) {
				reader->at[j] = (int)i;
			}
		}
	}
	reader->n_fields = reader->n;
	if (reader->at[COL_IMPI] < 0 || reader->at[COL_IMPUS] < 0) {
		return fault(reader, why, "the header row has to name impi and impus");
	}
	subs->keyed =
		reader->at[COL_K] >= 0 && (reader->at[COL_OPC] >= 0 || reader->at[COL_OP] >= 0);
	return true;
}

/* Room for one more of size octets each. The old place is wiped, hence no realloc. */
static bool room_make(void **place, size_t *room, size_t needed, size_t size)
{
	const size_t more = needed > *room * 2 ? needed + FIRST_ROOM : *room * 2;
	void *fresh = NULL;

	if (needed <= *room) {
		return true;
	}
	fresh = malloc(more * size);
	if (fresh == NULL) {
		return false;
	}
	if (*place != NULL) {
		memcpy(fresh, *place, *room * size);
		OPENSSL_cleanse(*place, *room * size);
		free(*place);
	}
	*place = fresh;
	*room = more;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool key_read(const char *text, uint8_t key[static AKA_KEY_LEN])
{
	for (size_t i = 0; i < AKA_KEY_LEN; i++) {
		const int high = digit(text[2 * i]);
		const int low = high < 0 ? -1 : digit(text[2 * i + 1]);

		if (low < 0) {
			return false;
		}
		key[i] = (uint8_t)(high << 4 | low);
	}
	return text[(size_t)2 * AKA_KEY_LEN] == '\0';
}

/* The text of a column; empty when the file lacks it. */
static const char *column_text(const struct reader *reader, enum column column)
{
	return reader->at[column] >= 0 ? reader->field[reader->at[column]] : "";
}

static bool keys_read(const struct reader *reader, struct subscriber *sub, struct why *why)
{
	const char *opc = column_text(reader, COL_OPC);
	const bool is_op = opc[0] == '\0';

	if (!key_read(column_text(reader, COL_K), sub->k)) {
		return fault(reader, why, "k: 32 hexadecimal digits are wanted");
	}
	if (!key_read(is_op ? column_text(reader, COL_OP) : opc, sub->opc)) {
		return fault(reader, why, "opc or op: 32 hexadecimal digits are wanted");
	}
	return !is_op || aka_opc(reader->aka, sub->k, sub->opc, sub->opc) ||
	       fault(reader, why, "OPc cannot be computed");
}

static bool row_take(const struct reader *reader, struct subscribers *subs, struct why *why)
{
	const char *impi = column_text(reader, COL_IMPI);
	const char *impus =
		column_text(reader, COL_IMPUS) + strspn(column_text(reader, COL_IMPUS), " ");
	const size_t impi_len = strlen(impi);
	const size_t impu_len = strcspn(impus, " ");
	struct subscriber *sub = NULL;

	if (reader->n != reader->n_fields) {
		return fault(reader, why, "the row has not as many fields as the header row");
	}
	if (impi_len == 0 || impi_len > SUBSCRIBER_IMPI_MAX) {
		return fault(reader, why, "impi: 1 to 253 octets are wanted");
	}
	if (impu_len == 0 || impu_len > SUBSCRIBER_IMPU_MAX) {
		return fault(reader, why, "impus: the first one has to have 1 to 511 octets");
	}
	if (subs->n == SUBSCRIBERS_MAX) {
		return fault(reader, why, "more than 10000000 subscribers");
	}
	if (!room_make((void **)&subs->list, &subs->room, subs->n + 1, sizeof(*subs->list)) ||
	    !room_make((void **)&subs->text, &subs->text_room, subs->text_len + impi_len + impu_len,
	               1)) {
		return fault(reader, why, "out of memory");
	}
	sub = &subs->list[subs->n];
	*sub = (struct subscriber){.at = subs->text_len,
	                           .impi_len = (uint16_t)impi_len,
	                           .impu_len = (uint16_t)impu_len};
	memcpy(subs->text + subs->text_len, impi, impi_len);
	memcpy(subs->text + subs->text_len + impi_len, impus, impu_len);
	subs->text_len += impi_len + impu_len;
	subs->n++;
	return !subs->keyed || keys_read(reader, sub, why);
}

/* FNV-1a: the file is the user's own, nobody attacks this table. */
static size_t slot_of(const struct subscribers *subs, const char *impi, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ (uint8_t)impi[i]) * UINT64_C(0x100000001b3);
	}
	return (size_t)(hash ^ hash >> 32) & (subs->index_size - 1);
}

/* The place in the index where the IMPI is or would be. */
static uint32_t *index_place(const struct subscribers *subs, const char *impi, size_t len)
{
	size_t slot = slot_of(subs, impi, len);

	while (subs->index[slot] != 0) {
		const struct subscriber *sub = &subs->list[subs->index[slot] - 1];

		if (sub->impi_len == len && memcmp(subs->text + sub->at, impi, len) == 0) {
			break;
		}
		slot = (slot + 1) & (subs->index_size - 1);
	}
	return &subs->index[slot];
}

static bool index_make(const struct reader *reader, struct subscribers *subs, struct why *why)
{
	subs->index_size = 1;
	while (subs->index_size < 2 * subs->n) {
		subs->index_size *= 2;
	}
	subs->index = calloc(subs->index_size, sizeof(*subs->index));
	if (subs->index == NULL) {
		return why_set(why, "%s: out of memory", reader->path);
	}
	for (size_t i = 0; i < subs->n; i++) {
		const struct subscriber *sub = &subs->list[i];
		uint32_t *place = index_place(subs, subs->text + sub->at, sub->impi_len);

		if (*place != 0) {
			return why_set(why, "%s: %.*s is there twice", reader->path,
			               (int)sub->impi_len, subs->text + sub->at);
		}
		*place = (uint32_t)i + 1;
	}
	return true;
}

static bool rows_read(struct reader *reader, struct subscribers *subs, struct why *why)
{
	if (!header_read(reader, subs, why)) {
		return false;
	}
	while (row_read(reader, why)) {
		if (!row_take(reader, subs, why)) {
			return false;
		}
	}
	if (why->text[0] != '\0') {
		return false;
	}
	return subs->n > 0 ? index_make(reader, subs, why)
	                   : why_set(why, "%s: no subscriber", reader->path);
}

/* Keys are for the user alone. */
static bool mode_check(const struct reader *reader, struct why *why)
{
	struct stat st;

	if (fstat(fileno(reader->file), &st) != 0) {
		return why_set(why, "%s: %s", reader->path, strerror(errno));
	}
	return !S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) == 0 ||
	       why_set(why, "%s: group or others have access to a file with keys (chmod 600)",
	               reader->path);
}

bool subscribers_read(const char *path, struct subscribers *subscribers, struct why *why)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	bool good = false;

	why->text[0] = '\0';
	if (reader == NULL) {
		return why_set(why, "%s: out of memory", path);
	}
	reader->path = path;
	reader->aka = aka_open();
	reader->file = fopen(path, "re");
	if (reader->aka == NULL) {
		(void)why_set(why, "AES-128 is not to be had from OpenSSL");
	} else if (reader->file == NULL) {
		(void)why_set(why, "%s: %s", path, strerror(errno));
	} else {
		(void)setvbuf(reader->file, reader->buffer, _IOFBF, sizeof(reader->buffer));
		good = mode_check(reader, why) && rows_read(reader, subscribers, why);
	}
	if (reader->file != NULL) {
		(void)fclose(reader->file);
	}
	aka_close(reader->aka);
	OPENSSL_cleanse(reader, sizeof(*reader));
	free(reader);
	return good;
}

void subscribers_free(struct subscribers *subscribers)
{
	if (subscribers->list != NULL) {
		OPENSSL_cleanse(subscribers->list, subscribers->room * sizeof(*subscribers->list));
	}
	free(subscribers->list);
	free(subscribers->text);
	free(subscribers->index);
	*subscribers = (struct subscribers){0};
}

const char *subscriber_impi(const struct subscribers *subscribers, size_t i)
{
	return subscribers->text + subscribers->list[i].at;
}

const char *subscriber_impu(const struct subscribers *subscribers, size_t i)
{
	return subscribers->text + subscribers->list[i].at + subscribers->list[i].impi_len;
}

bool subscriber_find(const struct subscribers *subscribers, const char *impi, size_t len, size_t *i)
{
	const uint32_t *place = index_place(subscribers, impi, len);

	if (*place == 0) {
		return false;
	}
	*i = *place - 1;
	return true;
}

static void key_write(FILE *file, const uint8_t *key)
{
	for (size_t i = 0; i < AKA_KEY_LEN; i++) {
		(void)fprintf(file, "%02x", key[i]);
	}
}

static bool rows_make(FILE *file, size_t n, const char *realm, struct why *why)
{
	uint8_t keys[2][AKA_KEY_LEN];
	bool good = true;

	(void)fputs("impi,impus,k,opc\n", file);
	for (size_t i = 1; i <= n && good; i++) {
		good = RAND_bytes(keys[0], (int)sizeof(keys)) == 1 ||
		       why_set(why, "OpenSSL has no random numbers");
		(void)fprintf(file, "bench%07zu@%s,sip:bench%07zu@%s tel:+1999%07zu,", i, realm, i,
		              realm, i);
		key_write(file, keys[0]);
		(void)fputc(',', file);
		key_write(file, keys[1]);
		(void)fputc('\n', file);
	}
	OPENSSL_cleanse(keys, sizeof(keys));
	return good;
}

bool subscribers_make(const char *path, size_t n, const char *realm, struct why *why)
{
	const char *name = path != NULL ? path : "standard output";
	const int fd = path != NULL ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)
	                            : dup(STDOUT_FILENO);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool good = file != NULL;
	char *buffer = good ? malloc(FILE_BUFFER) : NULL;

	if (!good || buffer == NULL) {
		(void)why_set(why, "%s: %s", name, strerror(errno));
		if (file != NULL) {
			(void)fclose(file);
		} else if (fd >= 0) {
			(void)close(fd);
		}
		free(buffer);
		return false;
	}
	(void)setvbuf(file, buffer, _IOFBF, FILE_BUFFER);
	good = rows_make(file, n, realm, why);
	if ((fflush(file) != 0 || ferror(file) != 0) && good) {
		good = why_set(why, "%s: %s", name, strerror(errno));
	}
	if (fclose(file) != 0 && good) {
		good = why_set(why, "%s: %s", name, strerror(errno));
	}
	OPENSSL_cleanse(buffer, FILE_BUFFER);
	free(buffer);
	return good;
}
