/*
 * Cx numbers and names for people: command line arguments in, report lines out. All texts are
 * static.
 */
#ifndef QUINTET_SCSCF_CX_TEXT_H
#define QUINTET_SCSCF_CX_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "hss/cx.h"

/* The code on the wire. *experimental: it travels in Experimental-Result. 0: a code we have no name
 * for. */
uint32_t cx_text_code(enum cx_result result, bool *experimental);

/* Server-Assignment-Type and User-Authorization-Type by their names in TS 29.229; "?" when unknown.
 */
const char *cx_text_sat(uint32_t type);
const char *cx_text_uat(uint32_t type);

/* Redirect-Host-Usage by its name in RFC 6733 6.13; "?" when unknown. */
const char *cx_text_redirect_usage(uint32_t usage);

/* A Feature-List in words, "SiFC AliasInd 0x80000000"; "none" for 0. */
enum { CX_TEXT_FEATURES_LEN = 80 };
const char *cx_text_features(uint32_t list, char text[static CX_TEXT_FEATURES_LEN]);

/* By name (any case, '-' and '_' alike) or number. False: neither. */
bool cx_text_sat_parse(const char *text, uint32_t *type);
bool cx_text_uat_parse(const char *text, uint32_t *type);

/* The result of an answer, by name with or without DIAMETER_, or by number: 5001 to 5011 are those
 * of 3GPP, other numbers the base protocol's where it has them. */
bool cx_text_result_parse(const char *text, enum cx_result *result);

/* Reason-Code by its name in TS 29.229; "?" when unknown. */
const char *cx_text_reason(uint32_t reason);

/* The scheme of a MAR by its name, whatever the case; CX_SCHEME_OTHER when nobody knows it. */
enum cx_scheme cx_text_scheme_parse(const char *name);

/* Its name in TS 29.229 6.3.9; that of none is "". */
const char *cx_text_scheme(enum cx_scheme scheme);

#endif
