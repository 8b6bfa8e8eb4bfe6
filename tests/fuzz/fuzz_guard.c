/*
 * Any octets through the guard before freeDiameter. What it lets pass is walked over again, by a
 * walk of our own: lengths fit into each other, and freeDiameter's router has nothing to answer.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "hss/guard.h"

enum {
	HEADER = 20,
	CX = 16777216,
	SESSION_ID = 263,
	ROUTE_RECORD = 282,
	DESTINATION_REALM = 283,
	DESTINATION_HOST = 293,
};

static const struct guard_node node = {"hss.ims.mnc001.mcc001.3gppnetwork.org",
                                       "ims.mnc001.mcc001.3gppnetwork.org"};

static size_t number(const uint8_t *octets, size_t n)
{
	struct fuzz_in in = {octets, n};

	return fuzz_number(&in, n);
}

static bool is_routed(const uint8_t *message)
{
	const size_t command = number(message + 5, 3);

	return (message[4] & 0x80) != 0 && command != 257 && command != 280 && command != 282;
}

static bool says(const uint8_t *data, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp((const char *)data, name, len) == 0;
}

static void check_base_avp(size_t code, const uint8_t *data, size_t len)
{
	if (code == SESSION_ID) {
		FUZZ_CHECK(len > 0 && memchr(data, '\0', len) == NULL);
	} else if (code == DESTINATION_HOST) {
		FUZZ_CHECK(says(data, len, node.host));
	} else if (code == DESTINATION_REALM) {
		FUZZ_CHECK(says(data, len, node.realm));
	} else if (code == ROUTE_RECORD) {
		FUZZ_CHECK(!says(data, len, node.host));
	}
}

static void check_avps(const uint8_t *message, size_t len)
{
	size_t at = HEADER;

	while (at < len) {
		size_t size = 0;
		size_t head = 8;

		FUZZ_CHECK(len - at >= head);
		head += (message[at + 4] & 0x80) != 0 ? 4 : 0;
		size = number(message + at + 5, 3);
		FUZZ_CHECK(size >= head && size <= len - at);
		if (is_routed(message) && (head == 8 || number(message + at + 8, 4) == 0)) {
			check_base_avp(number(message + at, 4), message + at + head, size - head);
		}
		for (at += size; at % 4 != 0;) {
			at++;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = {data, size};
	size_t len = 0;
	uint8_t *message = fuzz_rest(&in, &len);
	const char *problem = guard_check(&node, message, len);

	if (problem != NULL) {
		FUZZ_CHECK(problem[0] != '\0');
	} else {
		FUZZ_CHECK(len >= HEADER && len <= GUARD_MESSAGE_LEN_MAX);
		FUZZ_CHECK(number(message + 1, 3) == len);
		FUZZ_CHECK((message[4] & 0xa0) != 0xa0);
		FUZZ_CHECK(!is_routed(message) || number(message + 8, 4) == CX);
		check_avps(message, len);
	}
	free(message);
	return 0;
}
