#include "hss/err.h"

const char *hss_err_text(enum hss_err err)
{
	switch (err) {
	case HSS_OK:
		return "ok";
	case HSS_ERR_NOT_FOUND:
		return "not found";
	case HSS_ERR_EXISTS:
		return "exists already";
	case HSS_ERR_INVALID:
		return "invalid value";
	case HSS_ERR_LIMIT:
		return "limit exceeded";
	case HSS_ERR_EXHAUSTED:
		return "sequence numbers exhausted";
	case HSS_ERR_BUSY:
		return "busy";
	case HSS_ERR_LOCKED:
		return "database is owned by another process";
	case HSS_ERR_SCHEMA:
		return "database has another schema version";
	case HSS_ERR_STORE:
		return "store failed";
	case HSS_ERR_FULL:
		return "disk full";
	case HSS_ERR_SEAL:
		return "sealed key does not open";
	case HSS_ERR_CRYPTO:
		return "cryptographic library failed";
	case HSS_ERR_IO:
		return "input or output failed";
	case HSS_ERR_MEMORY:
		return "out of memory";
	}
	return "unknown error";
}
