#include "hss/ha1.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

enum hss_err ha1_make(const char *impi, const char *realm, const char *password,
                      size_t password_len, uint8_t ha1[static SEAL_HA1_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const bool made = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1 &&
	                  EVP_DigestUpdate(ctx, impi, strlen(impi)) == 1 &&
	                  EVP_DigestUpdate(ctx, ":", 1) == 1 &&
	                  EVP_DigestUpdate(ctx, realm, strlen(realm)) == 1 &&
	                  EVP_DigestUpdate(ctx, ":", 1) == 1 &&
	                  EVP_DigestUpdate(ctx, password, password_len) == 1 &&
	                  EVP_DigestFinal_ex(ctx, ha1, NULL) == 1;

	EVP_MD_CTX_free(ctx); /* wipes what it has hashed */
	if (!made) {
		ERR_clear_error();
	}
	return made ? HSS_OK : HSS_ERR_CRYPTO;
}
