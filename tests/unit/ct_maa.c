/*
 * Constant time of the codec: XRES, CK, IK, the hidden parts of AUTN, and HA1 of SIP Digest go into
 * an MAA and onto the wire (ct.h). That they all arrive hidden is counted.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec_kit.h"
#include "ct.h"

enum { N_VECTORS = 5, SECRETS = AUC_XRES_LEN + AUC_CK_LEN + AUC_IK_LEN };

/* The octets of the answer to the example MAR; NULL on error. */
static uint8_t *maa_octets(const struct cx_answer *ans, size_t *len)
{
	struct msg *msg = NULL;

	(void)kit_dictionary();
	if (cx_request_encode(kit_request_of(CX_CMD_MAR), &msg) != HSS_OK ||
	    cx_answer_encode(&msg, ans, KIT_HOST, KIT_REALM) != HSS_OK) {
		return NULL;
	}
	return kit_octets(msg, len);
}

static struct cx_answer maa(void)
{
	return (struct cx_answer){.command = CX_CMD_MAR,
	                          .verdict = {.result = CX_SUCCESS},
	                          .impi = KIT_IMPI,
	                          .impu = KIT_IMPU};
}

static bool vectors(void)
{
	struct cx_answer ans = maa();
	uint8_t *octets = NULL;
	size_t len = 0;
	size_t hidden = 0;

	ans.n_vectors = N_VECTORS;
	for (size_t i = 0; i < N_VECTORS; i++) {
		struct auc_vector *v = &ans.vector[i];

		memset(v, 0x55, sizeof(*v));
		ct_hide(v->xres, AUC_XRES_LEN);
		ct_hide(v->ck, AUC_CK_LEN);
		ct_hide(v->ik, AUC_IK_LEN);
	}
	octets = maa_octets(&ans, &len);
	for (size_t i = 0; octets != NULL && i < len; i++) {
		hidden += ct_is_hidden(octets + i, 1);
	}
	free(octets);
	return hidden == (size_t)N_VECTORS * SECRETS;
}

static bool digest(void)
{
	static const char digits[] = "0123456789abcdef";
	struct cx_answer ans = maa();
	uint8_t *octets = NULL;
	size_t len = 0;
	bool found = false;

	ans.digest.realm = KIT_REALM;
	memcpy(ans.digest.ha1, "\x01\x23\x45\x67\x89\xab\xcd\xef", sizeof(digits) / 2);
	ct_hide(ans.digest.ha1, sizeof(ans.digest.ha1));
	octets = maa_octets(&ans, &len);
	if (octets != NULL) {
		ct_show(octets, len);
		found = memmem(octets, len, digits, sizeof(digits) - 1) != NULL;
	}
	free(octets);
	return found;
}

/* A codec that looked at what it sends. */
static bool leak_length(void)
{
	char text[] = "0123456789abcdef";

	ct_hide(text, sizeof(text) - 1);
	ct_sink = (unsigned char)strlen(text);
	return true;
}

int main(int argc, char **argv)
{
	static const struct ct_case cases[] = {
		{"maa-vectors", vectors, false},
		{"maa-digest", digest, false},
		{"leaky-length", leak_length, true},
	};

	return ct_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
