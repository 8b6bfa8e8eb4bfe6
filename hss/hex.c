#include "hss/hex.h"

/* All ones when low <= c <= high, else 0. All three are below 2^31; no branch. */
static unsigned within(unsigned c, unsigned low, unsigned high)
{
	return 0U - (((low - 1 - c) & (c - high - 1)) >> 31);
}

int hex_value(char c)
{
	const unsigned octet = (unsigned char)c;
	const unsigned lower = octet | 0x20;
	const unsigned digit = within(octet, '0', '9');
	const unsigned letter = within(lower, 'a', 'f');

	return (int)((digit & (octet - '0')) | (letter & (lower - 'a' + 10)) | ~(digit | letter));
}

bool hex_to_octets(const char *text, size_t n, uint8_t *out, size_t len)
{
	int all = 0; /* below 0 as soon as one of them is */

	if (n != 2 * len) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		const int high = hex_value(text[2 * i]);
		const int low = hex_value(text[2 * i + 1]);

		all |= high | low;
		out[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
	}
	return all >= 0;
}

static char digit_of(unsigned value)
{
	return (char)('0' + value + (within(value, 10, 15) & ('a' - '0' - 10)));
}

void hex_from_octets(const uint8_t *octets, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digit_of(octets[i] >> 4);
		out[2 * i + 1] = digit_of(octets[i] & 0xf);
	}
	out[2 * len] = '\0';
}
