#include "hss/harden.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { SECURE_CHUNK_MIN = 32 }; /* the smallest piece of the secure heap, in octets */

/* A limit above the present use would let a later allocation fail, so locking is all or nothing. */
static bool pages_lock(void)
{
	struct rlimit locked;

	return getrlimit(RLIMIT_MEMLOCK, &locked) == 0 && locked.rlim_cur == RLIM_INFINITY &&
	       mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

bool harden_process(bool *is_locked)
{
	const struct rlimit none = {0, 0};
	bool locked = false;

	(void)umask(S_IRWXG | S_IRWXO);
	if (prctl(PR_SET_DUMPABLE, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0) {
		return false;
	}
	/* Where it cannot be had libcrypto uses its ordinary heap. */
	(void)CRYPTO_secure_malloc_init(HARDEN_SECURE_LEN, SECURE_CHUNK_MIN);
	locked = pages_lock();
	if (is_locked != NULL) {
		*is_locked = locked;
	}
	return true;
}
