#include "auc/cpu.h"

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Bits of the first word of each text: OPENSSL_ia32cap(3), and crypto/arm_arch.h. */
static const struct {
	const char *name;
	unsigned vpaes;
	unsigned aes;
	unsigned ghash;
} archs[] = {
	{"OPENSSL_ia32cap=", 41, 57, 33},
	{"OPENSSL_armcap=", 0, 2, 5},
};

static bool has(uint64_t word, unsigned bit)
{
	return (word >> bit & 1) != 0;
}

enum auc_cpu auc_cpu_of(const char *settings)
{
	for (size_t i = 0; settings != NULL && i < sizeof(archs) / sizeof(archs[0]); i++) {
		const char *digits = strstr(settings, archs[i].name);
		char *end = NULL;
		uint64_t word = 0;

		if (digits == NULL) {
			continue;
		}
		digits += strlen(archs[i].name);
		word = strtoull(digits, &end, 0);
		if (end == digits) {
			continue;
		}
		if (has(word, archs[i].aes)) {
			return has(word, archs[i].ghash) ? AUC_CPU_CONSTANT_TIME
			                                 : AUC_CPU_GCM_TABLES;
		}
		return has(word, archs[i].vpaes) ? AUC_CPU_GCM_TABLES : AUC_CPU_TABLES;
	}
	return AUC_CPU_UNKNOWN;
}

enum auc_cpu auc_cpu(const char **settings)
{
	const char *text = OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS);

	*settings = text != NULL ? text : "no CPU settings";
	return auc_cpu_of(text);
}

const char *auc_cpu_text(enum auc_cpu cpu)
{
	switch (cpu) {
	case AUC_CPU_CONSTANT_TIME:
		return "AES and GHASH of OpenSSL are constant-time on this CPU";
	case AUC_CPU_GCM_TABLES:
		return "OpenSSL seals keys with tables on this CPU: caches may tell the master key";
	case AUC_CPU_TABLES:
		return "OpenSSL runs its table-based AES on this CPU: caches may tell keys";
	case AUC_CPU_UNKNOWN:
		break;
	}
	return "whether AES of OpenSSL is constant-time on this CPU is not known";
}
