/*
 * What each program that holds keys does first: no core file and no debugger may see one, pages
 * stay out of the swap space where the system allows it, and new files are their owner's alone.
 */
#ifndef QUINTET_HSS_HARDEN_H
#define QUINTET_HSS_HARDEN_H

#include <stdbool.h>

/* What libcrypto keeps of its own in locked pages, which no core holds: the state of its random
 * generator, keys of MACs, and what is taken from OPENSSL_secure_malloc. Octets, a power of two;
 * each thread that uses the generator takes some 2 KiB. */
enum { HARDEN_SECURE_LEN = 262144 };

/*
 * Harden the calling process. At its start, with one thread, before a key is read:
 *
 *   - not dumpable: no core file, whatever its limit is, and no ptrace or /proc/PID/mem but by
 *     root. An exec undoes it.
 *   - a limit of core files of 0, for children as well.
 *   - umask 077.
 *   - libcrypto's secure heap.
 *   - all pages locked, now and later, if the limit of locked memory is none.
 *
 *   is_locked  receives whether all pages are locked; NULL: nobody asks
 *
 * Returns false, errno says why, when core files cannot be switched off: no keys should be read.
 */
bool harden_process(bool *is_locked);

#endif
