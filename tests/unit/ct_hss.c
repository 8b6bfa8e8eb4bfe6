/*
 * Constant time of what hss/ does with secrets: hexadecimal digits, HA1 of SIP Digest, and the
 * seals of keys, the master key and what is sealed both hidden (ct.h). Not shown: the reading of
 * documents, whose JSON parser sees what the administrator writes, and no peer.
 *
 * The verdict on the tag of a seal is public, and OpenSSL branches on it: ct.supp says where.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ct.h"
#include "hss/ha1.h"
#include "hss/hex.h"
#include "hss/seal.h"

enum { OCTETS = 16, DIGITS = 2 * OCTETS };

static const char impi[] = "alice.private@home.example";
static const struct auc_key clear_key = {.k = "\x46\x5b\x5c\xe8\xb1\x99\xb4\x9f",
                                         .opc = "\xcd\x63\xcb\x71\x95\x4a\x9f\x4e"};

bool __real_hex_to_octets(const char *text, size_t n, uint8_t *out, size_t len);
bool __wrap_hex_to_octets(const char *text, size_t n, uint8_t *out, size_t len);

/* The master key of seal.c is hidden as soon as its digits are read. */
bool __wrap_hex_to_octets(const char *text, size_t n, uint8_t *out, size_t len)
{
	const bool good = __real_hex_to_octets(text, n, out, len);

	ct_hide(out, len);
	return good;
}

/* ---- Digits ---- */

static bool hex_encode(void)
{
	uint8_t octets[OCTETS] = {0x00, 0x09, 0x0a, 0x0f, 0x90, 0xa0, 0xf0, 0xff};
	char text[DIGITS + 1];
	bool ok = false;

	ct_hide(octets, sizeof(octets));
	hex_from_octets(octets, sizeof(octets), text);
	ok = ct_is_tainted(text, DIGITS);
	ct_show(text, sizeof(text));
	return ok && memcmp(text, "00090a0f90a0f0ff", OCTETS) == 0;
}

/* The verdict is shown before anybody looks at it: whether a text is hexadecimal is public. */
static bool hex_decode(void)
{
	char text[DIGITS] = {'0', '9', 'a', 'f', 'A', 'F', '1', 'b'};
	uint8_t octets[OCTETS];
	bool good = false;
	bool ok = false;

	memset(text + 8, '0', sizeof(text) - 8);
	ct_hide(text, sizeof(text));
	good = __real_hex_to_octets(text, sizeof(text), octets, sizeof(octets));
	ct_show(&good, sizeof(good));
	ok = good && ct_is_hidden(octets, sizeof(octets));
	ct_show(octets, sizeof(octets));
	return ok && memcmp(octets, "\x09\xaf\xaf\x1b", 4) == 0;
}

/* ---- HA1, RFC 2617 3.5 ---- */

static bool ha1(void)
{
	static const uint8_t expected[] = {0x93, 0x9e, 0x75, 0x78, 0xed, 0x9e, 0x3c, 0x51,
	                                   0x8a, 0x45, 0x2a, 0xce, 0xe7, 0x63, 0xbc, 0xe9};
	char password[] = "Circle Of Life";
	uint8_t made[SEAL_HA1_LEN];
	bool ok = false;

	ct_hide(password, sizeof(password) - 1);
	ok = ha1_make("Mufasa", "testrealm@host.com", password, sizeof(password) - 1, made) ==
	             HSS_OK &&
	     ct_is_hidden(made, sizeof(made));
	ct_show(made, sizeof(made));
	return ok && memcmp(made, expected, sizeof(made)) == 0;
}

/* ---- Seals ---- */

/* A handle whose master key is hidden. NULL when it cannot be made. */
static struct seal *seal_hidden(void)
{
	char dir[] = "/tmp/ct_hss.XXXXXX";
	char path[sizeof(dir) + 16];
	struct seal *seal = NULL;
	char why[SEAL_WHY_LEN];

	if (mkdtemp(dir) == NULL) {
		return NULL;
	}
	(void)snprintf(path, sizeof(path), "%s/master.key", dir);
	if (seal_create(path) != HSS_OK || seal_open(path, &seal, why) != HSS_OK) {
		seal = NULL;
	}
	(void)unlink(path);
	(void)rmdir(dir);
	return seal;
}

/* Seal a hidden key under a hidden master key. What goes to the store is public. */
static bool key_wrap(struct seal *seal, struct seal_key *sealed)
{
	struct auc_key key = clear_key;
	uint8_t *text = sealed->octets + SEAL_KEY_LEN - OCTETS - sizeof(key);
	bool ok = false;

	ct_hide(&key, sizeof(key));
	ok = seal != NULL && seal_wrap(seal, impi, &key, sealed) == HSS_OK &&
	     ct_is_hidden(text, sizeof(key) + OCTETS);
	ct_show(sealed, sizeof(*sealed));
	return ok;
}

static bool seal_key_and_open(void)
{
	struct seal *seal = seal_hidden();
	struct seal_key sealed;
	struct auc_key key;
	bool ok = key_wrap(seal, &sealed) && seal_unwrap(seal, impi, &sealed, &key) == HSS_OK &&
	          ct_is_hidden(&key, sizeof(key));

	ct_show(&key, sizeof(key));
	ok = ok && memcmp(&key, &clear_key, sizeof(key)) == 0;
	seal_close(seal);
	return ok;
}

static bool seal_of_another(void)
{
	struct seal *seal = seal_hidden();
	struct seal_key sealed;
	struct auc_key key;
	const bool ok = key_wrap(seal, &sealed) &&
	                seal_unwrap(seal, "bob@home.example", &sealed, &key) == HSS_ERR_SEAL &&
	                !ct_is_hidden(&key, sizeof(key));

	seal_close(seal);
	return ok;
}

static bool seal_ha1_and_open(void)
{
	struct seal *seal = seal_hidden();
	struct seal_key sealed;
	uint8_t in[SEAL_HA1_LEN] = "0123456789abcde";
	uint8_t out[SEAL_HA1_LEN];
	bool ok = seal != NULL;

	ct_hide(in, sizeof(in));
	ok = ok && seal_wrap_ha1(seal, impi, in, &sealed) == HSS_OK;
	ct_show(&sealed, sizeof(sealed));
	ok = ok && seal_unwrap_ha1(seal, impi, &sealed, out) == HSS_OK &&
	     ct_is_hidden(out, sizeof(out));
	ct_show(out, sizeof(out));
	ok = ok && memcmp(out, "0123456789abcde", sizeof(out)) == 0;
	seal_close(seal);
	return ok;
}

/* ---- Controls ---- */

/* Digits as they were once written: from a table. */
static bool leak_hex(void)
{
	static const volatile char digits[] = "0123456789abcdef";
	uint8_t octet = 0xa5;

	ct_hide(&octet, 1);
	ct_sink = (unsigned char)digits[octet >> 4];
	return true;
}

static bool leak_compare(void)
{
	volatile uint8_t a[SEAL_HA1_LEN] = {1};
	uint8_t hidden = 1;

	ct_hide(&hidden, 1);
	a[0] = hidden;
	for (unsigned i = 0; i < SEAL_HA1_LEN && a[i] == 1; i++) {
		ct_sink = (unsigned char)i;
	}
	return true;
}

/* Looks at what it has opened. */
static bool leak_unwrap(void)
{
	struct seal *seal = seal_hidden();
	struct seal_key sealed;
	struct auc_key key;
	const bool ok = key_wrap(seal, &sealed) && seal_unwrap(seal, impi, &sealed, &key) == HSS_OK;

	if (ok && (key.k[0] & 1) != 0) {
		ct_sink = 1;
	}
	seal_close(seal);
	return ok;
}

int main(int argc, char **argv)
{
	static const struct ct_case cases[] = {
		{"hex-encode", hex_encode, false},
		{"hex-decode", hex_decode, false},
		{"ha1", ha1, false},
		{"seal", seal_key_and_open, false},
		{"seal-of-another", seal_of_another, false},
		{"seal-ha1", seal_ha1_and_open, false},
		{"leaky-hex", leak_hex, true},
		{"leaky-compare", leak_compare, true},
		{"leaky-unwrap", leak_unwrap, true},
	};

	return ct_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
