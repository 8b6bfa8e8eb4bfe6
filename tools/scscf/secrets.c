#include "tools/scscf/secrets.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "auc/milenage.h"
#include "hss/hex.h"

enum { LINE_LEN = 256 };

/* What has been read so far. */
struct parts {
	bool has_k, has_op, has_opc;
	uint8_t k[AUC_K_LEN], op[AUC_OPC_LEN], opc[AUC_OPC_LEN];
};

/* One line; NULL when it is in order, else what is wrong with it. */
static const char *line_read(char *line, struct parts *parts)
{
	struct {
		const char *prefix;
		bool *has;
		uint8_t *value;
	} names[] = {{"k=", &parts->has_k, parts->k},
	             {"op=", &parts->has_op, parts->op},
	             {"opc=", &parts->has_opc, parts->opc}};

	line[strcspn(line, "\r\n")] = '\0';
	line += strspn(line, " \t");
	if (line[0] == '\0' || line[0] == '#') {
		return NULL;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const size_t len = strlen(names[i].prefix);

		if (strncasecmp(line, names[i].prefix, len) == 0) {
			if (*names[i].has) {
				return "a key is given twice";
			}
			*names[i].has = true;
			return hex_to_octets(line + len, strlen(line + len), names[i].value,
			                     AUC_K_LEN)
			               ? NULL
			               : "a key is not 32 hexadecimal digits";
		}
	}
	return "a line is none of k=, op=, opc=";
}

static enum hss_err parts_join(const struct parts *parts, struct auc_key *key, const char **why)
{
	struct auc_ctx *ctx = NULL;
	enum auc_err err = AUC_OK;

	if (!parts->has_k || parts->has_op == parts->has_opc) {
		*why = "k= and one of op= and opc= are needed";
		return HSS_ERR_INVALID;
	}
	memcpy(key->k, parts->k, AUC_K_LEN);
	memcpy(key->opc, parts->opc, AUC_OPC_LEN);
	if (parts->has_op) {
		err = auc_open(&ctx);
		if (err == AUC_OK) {
			err = milenage_opc(ctx, key->k, parts->op, key->opc);
		}
		auc_close(ctx);
	}
	*why = auc_err_text(err);
	return err == AUC_OK ? HSS_OK : HSS_ERR_CRYPTO;
}

enum hss_err secrets_read(const char *file, struct auc_key *key, const char **why)
{
	FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	struct parts parts = {0};
	char line[LINE_LEN];
	const char *wrong = NULL;
	enum hss_err err = HSS_ERR_INVALID;

	memset(key, 0, sizeof(*key));
	*why = "it cannot be read";
	if (in == NULL) {
		return HSS_ERR_IO;
	}
	(void)setvbuf(in, NULL, _IONBF,
	              0); /* no copy of the secrets in a buffer that is not wiped */
	while (wrong == NULL && fgets(line, sizeof(line), in) != NULL) {
		wrong = line_read(line, &parts);
	}
	if (ferror(in) != 0) {
		err = HSS_ERR_IO;
	} else if (wrong != NULL) {
		*why = wrong;
	} else {
		err = parts_join(&parts, key, why);
	}
	OPENSSL_cleanse(line, sizeof(line));
	OPENSSL_cleanse(&parts, sizeof(parts));
	if (err != HSS_OK) {
		OPENSSL_cleanse(key, sizeof(*key));
	}
	if (in != stdin && fclose(in) != 0) {
		err = HSS_ERR_IO;
	}
	return err;
}
