/*
 * An SLF's map from any octets, then, behind a NUL, a line for each identity that is looked up.
 * What is found is a rule of the map, with addresses to redirect to.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "hss/identity.h"
#include "hss/slf_conf.h"

static void check_rule(const struct slf_rule *rule)
{
	FUZZ_CHECK(rule->line > 0 && rule->pattern != NULL);
	FUZZ_CHECK(rule->n_host >= 1 && rule->n_host <= SLF_HOSTS_MAX);
	for (size_t i = 0; i < rule->n_host; i++) {
		FUZZ_CHECK(strncmp(rule->host[i], "aaa", 3) == 0);
	}
	FUZZ_CHECK(rule->usage == CX_REDIRECT_ALL_USER || rule->max_cache_time == 0);
}

static void look_up(const struct slf *slf, const char *text)
{
	char identity[IMPU_LEN_MAX + 1];
	const struct slf_rule *rule = NULL;

	if (is_impu(text) ? impu_canonical(text, strlen(text), identity, NULL) == HSS_OK
	                  : impi_canonical(text, strlen(text), identity, NULL) == HSS_OK) {
		rule = slf_lookup(slf, identity);
	}
	if (rule != NULL) {
		check_rule(rule);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
	const size_t len = end != NULL ? (size_t)(end - data) : size;
	struct fuzz_in identities = {data + len, size - len};
	const char *path = fuzz_file(data, len);
	char why[CONF_WHY_LEN] = "";
	struct slf *slf = NULL;
	const enum hss_err err = slf_load(path, &slf, why);

	if (err != HSS_OK) {
		FUZZ_CHECK(err == HSS_ERR_INVALID && slf == NULL);
		FUZZ_CHECK(strncmp(why, path, strlen(path)) == 0);
		return 0;
	}
	FUZZ_CHECK(slf_n_rules(slf) > 0);
	(void)fuzz_u8(&identities);
	while (identities.left > 0) {
		char *text = fuzz_line(&identities);

		look_up(slf, text);
		free(text);
	}
	slf_close(slf);
	return 0;
}
