/*
 * The Cx and Dx dictionary (TS 29.229 v16.2.0, and the Rel-17 AVPs 662 to 666) for freeDiameter's
 * libfdproto: the application, its vendors, six commands, the AVPs of table 6.3.1, and the base
 * AVPs they need, as rows; and the one loop that loads them.
 *
 * Only libfdproto is needed. The module dict_cx.fdx calls dict_cx_load for the daemon; tests and
 * the companion program call it for a dictionary of their own, which may be as empty as
 * fd_dict_init leaves it: whatever is missing is added, the base types included.
 */
#ifndef QUINTET_DICT_CX_ROWS_H
#define QUINTET_DICT_CX_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dictionary;

enum dict_cx_err {
	DICT_CX_OK = 0,
	DICT_CX_ERR_CONFLICT, /* the dictionary holds something else under that code or name */
	DICT_CX_ERR_LIBRARY,  /* libfdproto refused: out of memory or a damaged dictionary */
};

/* Octets that hold any message of dict_cx_load, its terminating NUL included. */
#define DICT_CX_WHY_LEN 256U

/* Data format of an AVP (RFC 6733 clauses 4.2, 4.3). */
enum dict_cx_format {
	DICT_CX_OCTET_STRING,
	DICT_CX_UTF8_STRING,
	DICT_CX_DIAMETER_IDENTITY,
	DICT_CX_DIAMETER_URI,
	DICT_CX_ADDRESS,
	DICT_CX_TIME,
	DICT_CX_UNSIGNED32,
	DICT_CX_UNSIGNED64,
	DICT_CX_GROUPED,
	DICT_CX_ENUMERATED,
};

/* The M bit of what we send. libfdproto reads an AVP with any M bit, see dict_cx_load. */
enum dict_cx_m {
	DICT_CX_M_SET,
	DICT_CX_M_CLEAR,
	DICT_CX_M_MAY, /* sent clear unless the sender sets it */
};

struct dict_cx_avp {
	uint32_t vendor; /* enum cx_vendor */
	uint32_t code;
	const char *name;
	enum dict_cx_format format;
	enum dict_cx_m m;
};

/* A value of an Enumerated AVP. */
struct dict_cx_value {
	uint32_t vendor;
	uint32_t code;
	int32_t value;
	const char *name;
};

/* How often a member occurs: < > fixed head, { } required, [ ] optional; *[ ] and 1*{ } have no
   upper limit. */
enum dict_cx_presence {
	DICT_CX_FIXED_HEAD,
	DICT_CX_REQUIRED,
	DICT_CX_OPTIONAL,
	DICT_CX_ANY,
	DICT_CX_ONE_OR_MORE,
};

/* A member of a command or of a Grouped AVP. The list is always open (*[AVP]). */
struct dict_cx_member {
	uint32_t vendor;
	uint32_t code;
	enum dict_cx_presence presence;
};

struct dict_cx_group {
	uint32_t vendor;
	uint32_t code; /* 0 for the lists of what requests, answers have in common */
	const struct dict_cx_member *members;
	size_t n_members;
};

/* A request or an answer: the members it has in common with others, then its own. */
struct dict_cx_command {
	const char *name; /* "3GPP/" in front: dict_sip.fdx owns the plain names */
	uint32_t code;
	bool is_request;
	const struct dict_cx_group *common;
	const struct dict_cx_member *members;
	size_t n_members;
};

extern const struct dict_cx_avp dict_cx_avps[];
extern const size_t dict_cx_n_avps;
extern const struct dict_cx_value dict_cx_values[];
extern const size_t dict_cx_n_values;
extern const struct dict_cx_group dict_cx_groups[];
extern const size_t dict_cx_n_groups;
extern const struct dict_cx_command dict_cx_commands[];
extern const size_t dict_cx_n_commands;

/*
 * Load all rows into a dictionary.
 *
 * What exists already under the same key (vendor and code, command code and R bit, value of an
 * Enumerated AVP, member of a parent) is taken as it is, so the call may be repeated, and Debian's
 * dict_dcca_3gpp, dict_sip and dict_nasreq may be loaded before or after. An existing AVP must have
 * the base type of our row; its M bit may differ (TS 29.229 6.3 tells a receiver to ignore a
 * different M bit; freeDiameter uses the flags of a dictionary only for AVPs it creates and never
 * compares them with those received). The flag masks of our rows equal those of these three
 * modules, because fd_dict_new refuses to define an AVP again with other ones.
 *
 *   dict     an initialised dictionary
 *   why      receives the reason in words on error, "" on success
 *   why_len  octets of why, at least 1; DICT_CX_WHY_LEN is always enough
 *
 * Returns DICT_CX_OK, DICT_CX_ERR_CONFLICT or DICT_CX_ERR_LIBRARY. After an error part of the rows
 * is in the dictionary, which should not be used. Not for two threads on one dictionary at once.
 */
__attribute__((warn_unused_result)) enum dict_cx_err dict_cx_load(struct dictionary *dict,
                                                                  char *why, size_t why_len);

#endif
