#include "milenage_sets.h"

#include <stdio.h>
#include <string.h>

#include "hex.h"

#define FIELD(name_, member_)                                                                      \
	{                                                                                          \
		name_, offsetof(struct milenage_set, member_),                                     \
			sizeof(((struct milenage_set *)NULL)->member_)                             \
	}

static const struct {
	const char *name;
	size_t at;
	size_t len;
} fields[] = {
	FIELD("K", key.k),        FIELD("plain", plain),
	FIELD("cipher", cipher),  FIELD("RAND", rand),
	FIELD("SQN", sqn_octets), FIELD("AMF", amf),
	FIELD("OP", op),          FIELD("OPc", key.opc),
	FIELD("f1", f1),          FIELD("f1*", f1star),
	FIELD("f2", f2),          FIELD("f3", f3),
	FIELD("f4", f4),          FIELD("f5", f5),
	FIELD("f5*", f5star),     FIELD("f1*_amf0", f1star_amf0),
	FIELD("AUTN", autn),      FIELD("AUTS", auts),
};

enum { N_FIELDS = sizeof(fields) / sizeof(fields[0]) };

/* Bits of struct milenage_set.fields: K, plain and cipher; all but plain and cipher. */
enum { KERNEL_FIELDS = 0x7, SET_FIELDS = ((1U << N_FIELDS) - 1) & ~0x6U };

static bool read_field(struct milenage_set *set, const char *name, const char *value)
{
	for (unsigned i = 0; i < N_FIELDS; i++) {
		if (strcmp(name, fields[i].name) == 0) {
			set->fields |= 1U << i;
			return hex_decode(value, (uint8_t *)set + fields[i].at, fields[i].len);
		}
	}
	return false;
}

static struct milenage_set *start_set(struct milenage_sets *sets, const char *name,
                                      size_t *n_kernels, size_t *n_sets)
{
	struct milenage_set *set = NULL;

	if (strstr(name, "kernel") != NULL) {
		set = *n_kernels < MILENAGE_KERNELS ? &sets->kernel[(*n_kernels)++] : NULL;
	} else {
		set = *n_sets < MILENAGE_SETS ? &sets->set[(*n_sets)++] : NULL;
	}
	if (set != NULL) {
		(void)snprintf(set->name, sizeof(set->name), "%s", name);
	}
	return set;
}

static bool is_complete(struct milenage_sets *sets)
{
	for (size_t i = 0; i < MILENAGE_KERNELS; i++) {
		if (sets->kernel[i].fields != KERNEL_FIELDS) {
			return false;
		}
	}
	for (size_t i = 0; i < MILENAGE_SETS; i++) {
		struct milenage_set *set = &sets->set[i];

		if (set->fields != SET_FIELDS) {
			return false;
		}
		for (size_t j = 0; j < AUC_SQN_LEN; j++) {
			set->sqn = set->sqn << 8 | set->sqn_octets[j];
		}
	}
	return true;
}

bool milenage_sets_read(const char *path, struct milenage_sets *sets)
{
	FILE *file = fopen(path, "r");
	struct milenage_set *set = NULL;
	size_t n_kernels = 0;
	size_t n_sets = 0;
	unsigned line_no = 0;
	char line[128];
	bool ok = file != NULL;

	memset(sets, 0, sizeof(*sets));
	while (ok && fgets(line, sizeof(line), file) != NULL) {
		char *value = strchr(line, ' ');

		line_no++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0') {
			continue;
		}
		if (value == NULL) {
			ok = false;
			break;
		}
		*value++ = '\0';
		if (strcmp(line, "set") == 0) {
			set = start_set(sets, value, &n_kernels, &n_sets);
			ok = set != NULL;
		} else {
			ok = set != NULL && read_field(set, line, value);
		}
	}
	ok = ok && is_complete(sets);
	if (!ok) {
		(void)fprintf(stderr, "%s:%u: not the published sets\n", path, line_no);
	}
	if (file != NULL) {
		(void)fclose(file);
	}
	return ok;
}
