/*
 * Keys as SIM vendors deliver them: encrypted with AES-128 or AES-256 under a transport key, each
 * field of 16 octets by itself, in ECB or in CBC with one initialisation vector for all.
 *
 * The transport key is in a file of its own, read by its owner only. A line is NAME=VALUE, empty,
 * or begins with '#':
 *
 *   key=HEX    32 or 64 hexadecimal digits: AES-128 or AES-256
 *   mode=      ecb or cbc
 *   iv=HEX     32 digits, with cbc only; zeros when it is left out
 *   kcv=HEX    6 digits: the first 3 octets of a block of zeros, encrypted under the key. Without
 * it nothing tells a wrong transport key from the right one
 */
#ifndef HSSCTL_TRANSPORT_H
#define HSSCTL_TRANSPORT_H

#include "hss/err.h"

enum { TRANSPORT_WHY_LEN = 160 };

struct transport_key;

/*
 * Read a transport key file.
 *
 *   out  receives the key, to be closed with transport_close
 *   why  receives, on error, a text that completes "FILE: "; never a value of the file
 *
 * Returns HSS_OK; HSS_ERR_IO; HSS_ERR_INVALID for its mode, its content, or a key that its kcv is
 * not of; HSS_ERR_CRYPTO.
 */
HSS_MUST_CHECK enum hss_err transport_open(const char *path, struct transport_key **out,
                                           char why[static TRANSPORT_WHY_LEN]);

/* Wipe and free; NULL is allowed. */
void transport_close(struct transport_key *key);

/*
 * Decrypt one field in place.
 *
 *   digits  32 hexadecimal digits and a NUL: of the encrypted octets, then of the clear ones. On
 * error no clear octet is in it
 *
 * Returns HSS_OK; HSS_ERR_INVALID when they are not 32 digits; HSS_ERR_CRYPTO.
 */
HSS_MUST_CHECK enum hss_err transport_decrypt(struct transport_key *key, char *digits);

#endif
