#include "tools/scscf/secrets.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "auc/milenage.h"
#include "hss/hex.h"

enum { LINE_LEN = 512 };

/* What has been read so far. */
struct parts {
	bool has_k, has_op, has_opc, has_ha1, has_password;
	uint8_t k[AUC_K_LEN], op[AUC_OPC_LEN], opc[AUC_OPC_LEN], ha1[DIGEST_HA1_LEN / 2];
	char password[DIGEST_PASSWORD_LEN_MAX + 1];
};

static const char *hex_read(const char *value, uint8_t out[static AUC_K_LEN])
{
	return hex_to_octets(value, strlen(value), out, AUC_K_LEN)
	               ? NULL
	               : "a key is not 32 hexadecimal digits";
}

static const char *password_read(const char *value, char out[static DIGEST_PASSWORD_LEN_MAX + 1])
{
	size_t len = 0;

	value += strspn(value, " \t");
	len = strlen(value);
	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t')) {
		len--;
	}
	if (len == 0 || len > DIGEST_PASSWORD_LEN_MAX) {
		return "a password has 1 to 255 octets";
	}
	memcpy(out, value, len);
	out[len] = '\0';
	return NULL;
}

/* One line; NULL when it is in order, else what is wrong with it. */
static const char *line_read(char *line, struct parts *parts)
{
	struct {
		const char *prefix;
		bool *has;
		uint8_t *value; /* NULL: the password */
	} names[] = {{"k=", &parts->has_k, parts->k},
	             {"op=", &parts->has_op, parts->op},
	             {"opc=", &parts->has_opc, parts->opc},
	             {"ha1=", &parts->has_ha1, parts->ha1},
	             {"password=", &parts->has_password, NULL}};

	if (strlen(line) == LINE_LEN - 1) {
		return "a line is too long";
	}
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
			return names[i].value != NULL ? hex_read(line + len, names[i].value)
			                              : password_read(line + len, parts->password);
		}
	}
	return "a line is none of k=, op=, opc=, ha1=, password=";
}

/* Those of an ISIM. */
static enum hss_err key_join(const struct parts *parts, struct auc_key *key, const char **why)
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

static enum hss_err parts_join(const struct parts *parts, struct secrets *secrets, const char **why)
{
	secrets->has_key = parts->has_k || parts->has_op || parts->has_opc;
	secrets->has_digest = parts->has_ha1 || parts->has_password;
	if (!secrets->has_key && !secrets->has_digest) {
		*why = "keys of an ISIM, a password or HA1 is needed";
		return HSS_ERR_INVALID;
	}
	if (parts->has_ha1 && parts->has_password) {
		*why = "one of ha1= and password= is needed";
		return HSS_ERR_INVALID;
	}
	if (parts->has_ha1) {
		digest_ha1_text(parts->ha1, secrets->digest.ha1);
	}
	memcpy(secrets->digest.password, parts->password, sizeof(parts->password));
	return secrets->has_key ? key_join(parts, &secrets->key, why) : HSS_OK;
}

enum hss_err secrets_read(const char *file, struct secrets *secrets, const char **why)
{
	FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	struct parts parts = {0};
	char line[LINE_LEN];
	const char *wrong = NULL;
	enum hss_err err = HSS_ERR_INVALID;

	memset(secrets, 0, sizeof(*secrets));
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
		err = parts_join(&parts, secrets, why);
	}
	OPENSSL_cleanse(line, sizeof(line));
	OPENSSL_cleanse(&parts, sizeof(parts));
	if (err != HSS_OK) {
		OPENSSL_cleanse(secrets, sizeof(*secrets));
	}
	if (in != stdin && fclose(in) != 0) {
		err = HSS_ERR_IO;
	}
	return err;
}
