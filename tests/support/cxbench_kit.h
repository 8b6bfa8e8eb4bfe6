/*
 * For the tests of cxbench: answers as an HSS gives them, and each with one thing wrong that
 * cxbench has to see.
 */
#ifndef TESTS_CXBENCH_KIT_H
#define TESTS_CXBENCH_KIT_H

#include <stddef.h>
#include <stdint.h>

#include "tools/cxbench/aka.h"
#include "tools/cxbench/wire.h"

#define KIT_HSS "hss.home.example"

/* What is wrong with an answer. */
enum kit_wrong {
	KIT_RIGHT,
	KIT_COMMAND,
	KIT_APPLICATION,
	KIT_NO_P,
	KIT_T,
	KIT_E_WITH_SUCCESS,
	KIT_BUSY_WITHOUT_E,
	KIT_SESSION_ID,
	KIT_SESSION_ID_SHORT,
	KIT_SESSION_ID_LONG,
	KIT_NO_SESSION_ID,
	KIT_NO_RESULT,
	KIT_TWO_RESULTS,
	KIT_BOTH_RESULTS,
	KIT_RESULT_SHORT,
	KIT_EXPERIMENTAL_VENDOR,
	KIT_EXPERIMENTAL_SUCCESS,
	KIT_ORIGIN_HOST,
	KIT_USER_NAME,
	KIT_NO_USER_NAME,
	KIT_TWO_USER_NAMES,
	KIT_PUBLIC_IDENTITY,
	KIT_AVP_BEYOND,
	KIT_AVP_SHORT,
	KIT_INNER_AVP_BEYOND,
	KIT_UNABLE,
	KIT_BUSY,
	KIT_COUNT,
	KIT_NO_COUNT,
	KIT_NO_ITEMS,
	KIT_NUMBERS,
	KIT_SCHEME,
	KIT_AUTHENTICATE_SHORT,
	KIT_XRES_SHORT,
	KIT_CK_SHORT,
	KIT_NO_IK,
	KIT_RAND_VALUE,
	KIT_MAC_VALUE,
	KIT_XRES_VALUE,
	KIT_XRES_LONG,
	KIT_CK_VALUE,
	KIT_IK_VALUE,
	N_KIT_WRONG
};

/* What an answer is made from. */
struct kit_ask {
	const uint8_t *request; /* a Cx request, whole */
	const uint8_t *k;
	const uint8_t *opc;
	const uint64_t *sqn; /* one for each vector */
	size_t n_vectors;
	uint32_t experimental;   /* Experimental-Result-Code instead of 2001; 0: none */
	const char *server_name; /* NULL: none */
	const char *user_data;   /* NULL: none */
	enum kit_wrong wrong;
};

/* The data of a top level AVP of a message, NULL when it is not there. */
const uint8_t *kit_find(const uint8_t *message, uint32_t code, uint32_t vendor, size_t *len);

/* Write the answer; returns its octets, 0 when it did not fit. */
size_t kit_answer(const struct kit_ask *ask, uint8_t *out, size_t size);

#endif
