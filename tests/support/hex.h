/* Hexadecimal text and octets, for tests. */
#ifndef TESTS_HEX_H
#define TESTS_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Read exactly len octets from text, which holds 2 * len digits and nothing else. */
static inline bool hex_decode(const char *text, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(text[2 * i]);
		int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (low < 0) {
			return false;
		}
		out[i] = (uint8_t)(high << 4 | low);
	}
	return text[2 * len] == '\0';
}

/* Write len octets as 2 * len lower-case digits and a NUL; text has room for both. */
static inline void hex_encode(const uint8_t *octets, size_t len, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[octets[i] >> 4];
		text[2 * i + 1] = digits[octets[i] & 15];
	}
	text[2 * len] = '\0';
}

#endif
