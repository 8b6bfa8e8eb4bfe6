/*
 * Identities from any octets: the first says what they are to be read as. What is accepted is
 * canonical, as long as its header says at most, and fit for a log line and an XML document.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlstring.h>

#include "fuzz.h"
#include "hss/identity.h"

enum { ROOM = 512, UNTOUCHED = 0x5a };

typedef enum hss_err canonical(const char *in, size_t len, char *out, const char **why);

/* UTF-8 without a control character, of one to max octets. */
static void check_text(const char *text, size_t max)
{
	const size_t len = strlen(text);

	FUZZ_CHECK(len > 0 && len <= max);
	FUZZ_CHECK(xmlCheckUTF8((const xmlChar *)text) != 0);
	for (size_t i = 0; i < len; i++) {
		const uint8_t c = (uint8_t)text[i];

		FUZZ_CHECK(c >= 0x20 && c != 0x7f);
		FUZZ_CHECK(c != 0xc2 || (uint8_t)text[i + 1] >= 0xa0);
	}
}

/* Returns whether it was accepted. */
static bool check_canonical(canonical *read, const char *in, size_t len, size_t max,
                            char out[static ROOM])
{
	char again[ROOM];
	const char *why = NULL;

	memset(out, UNTOUCHED, ROOM);
	if (read(in, len, out, &why) != HSS_OK) {
		FUZZ_CHECK(why != NULL && why[0] != '\0');
		for (size_t i = 0; i < ROOM; i++) {
			FUZZ_CHECK(out[i] == UNTOUCHED);
		}
		return false;
	}
	FUZZ_CHECK(memchr(out, '\0', ROOM) != NULL);
	check_text(out, max);
	FUZZ_CHECK(read(out, strlen(out), again, NULL) == HSS_OK && strcmp(out, again) == 0);
	return true;
}

/* The schemes, which compare without case, in the other case. */
static void check_impu(char *in, size_t len, const char *out)
{
	char other[ROOM];

	FUZZ_CHECK(is_impu(out));
	FUZZ_CHECK(strncmp(out, "sip:", 4) == 0 || strncmp(out, "tel:+", 5) == 0);
	for (size_t i = 0; i < 3; i++) {
		in[i] = (char)(in[i] ^ 0x20);
	}
	FUZZ_CHECK(impu_canonical(in, len, other, NULL) == HSS_OK && strcmp(out, other) == 0);
}

/* Two names, divided by a line feed. */
static void check_scscf_names(struct fuzz_in *in)
{
	char *a = fuzz_line(in);
	char *b = fuzz_line(in);
	const char *why = NULL;

	if (scscf_name_check(a, strlen(a), &why) == HSS_OK) {
		check_text(a, SCSCF_NAME_LEN_MAX);
		FUZZ_CHECK(strchr(a, ' ') == NULL && strchr(a, '<') == NULL);
		a[0] = (char)(a[0] ^ 0x20);
		FUZZ_CHECK(scscf_name_check(a, strlen(a), NULL) == HSS_OK);
	} else {
		FUZZ_CHECK(why != NULL && why[0] != '\0');
	}
	FUZZ_CHECK(scscf_name_equal(a, a) && scscf_name_equal(b, b));
	FUZZ_CHECK(scscf_name_equal(a, b) == scscf_name_equal(b, a));
	FUZZ_CHECK(!scscf_name_equal(a, b) || strcasecmp(a, b) == 0);
	free(a);
	free(b);
}

static void check_host_name(const char *in, size_t len)
{
	char out[ROOM];

	if (is_host_name(in, len)) {
		FUZZ_CHECK(network_canonical(in, len, out, NULL) == HSS_OK);
		FUZZ_CHECK(strchr(out, '.') != NULL && out[0] != '.' && strstr(out, "..") == NULL);
		FUZZ_CHECK(strlen(out) == len && strspn(out, "abcdefghijklmnopqrstuvwxyz"
		                                             "0123456789.-") == len);
	}
}

static void check_kind(unsigned kind, char *in, size_t len)
{
	char out[ROOM];

	switch (kind) {
	case 0:
		(void)check_canonical(impi_canonical, in, len, IMPI_LEN_MAX, out);
		return;
	case 1:
		if (check_canonical(impu_canonical, in, len, IMPU_LEN_MAX, out)) {
			check_impu(in, len, out);
		}
		return;
	case 2:
		(void)check_canonical(network_canonical, in, len, NETWORK_LEN_MAX, out);
		return;
	default:
		check_host_name(in, len);
		return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	const unsigned kind = fuzz_u8(&in) % 5;
	size_t len = 0;
	uint8_t *text = NULL;

	if (kind == 4) {
		check_scscf_names(&in);
		return 0;
	}
	text = fuzz_rest(&in, &len);
	check_kind(kind, (char *)text, len);
	free(text);
	return 0;
}
