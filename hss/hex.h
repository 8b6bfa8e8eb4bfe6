/*
 * Octets as hexadecimal digits: HA1 on its way into an MAA, keys of a file. No table and no branch
 * depends on a digit (tests/unit/ct_hss.c), only the verdict whether all are digits tells
 * something. Pure; nothing is kept, so that a caller who wipes his buffers has wiped all.
 */
#ifndef QUINTET_HSS_HEX_H
#define QUINTET_HSS_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Value of a digit of either case; -1 for another character. */
int hex_value(char c);

/* Exactly len octets from the n digits at text. False when n is not 2 * len or one of them is no
 * digit; out then holds unspecified octets. */
bool hex_to_octets(const char *text, size_t n, uint8_t *out, size_t len);

/* 2 * len lower-case digits and a NUL. */
void hex_from_octets(const uint8_t *octets, size_t len, char *out);

#endif
