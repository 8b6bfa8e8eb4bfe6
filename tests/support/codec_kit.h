/*
 * What the tests of the codec share: a dictionary as the daemon has it, example messages, and an
 * encoder of its own for messages that the codec would never make.
 */
#ifndef QUINTET_TESTS_CODEC_KIT_H
#define QUINTET_TESTS_CODEC_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hss/cx_codec.h"

#define KIT_HOST "hss.ims.mnc001.mcc001.3gppnetwork.org"
#define KIT_REALM "ims.mnc001.mcc001.3gppnetwork.org"
#define KIT_IMPI "001010000000051@ims.mnc001.mcc001.3gppnetwork.org"
#define KIT_IMPU "sip:001010000000051@ims.mnc001.mcc001.3gppnetwork.org"
#define KIT_SCSCF "sip:scscf.ims.mnc001.mcc001.3gppnetwork.org:15062"

/* The dictionary, loaded once, and the codec initialised with it. Ends the program when that fails.
 */
struct dictionary *kit_dictionary(void);

/* Examples: requests, and answers to the request of the same command. Every field of cx.h is used
 * in one of them. */
extern const struct cx_request kit_requests[];
extern const size_t kit_n_requests;
extern const struct cx_answer kit_answers[];
extern const size_t kit_n_answers;

/* The first example request of a command. */
const struct cx_request *kit_request_of(uint32_t command);

/* Octets of a message, its memory with the caller (free); frees the message. NULL when it cannot be
 * written. */
uint8_t *kit_octets(struct msg *msg, size_t *len);

/*
 * Parse octets as the core does. On success *ret is 0; else what the library answered with, and pei
 * says why (its AVP is to be freed with kit_pei_free). Returns NULL when not even the structure is
 * sound.
 */
struct msg *kit_parse(const uint8_t *octets, size_t len, struct fd_pei *pei, int *ret);
void kit_pei_free(struct fd_pei *pei);

/*
 * The answer that the core makes of a request it refuses (fd_msg_parse_or_error with
 * fd_msg_rescode_set of libfdcore, which need a running daemon). Takes the request over. No
 * Proxy-Info: of a damaged one the library makes no answer, and leaks.
 */
struct msg *kit_library_answer(struct msg *query, const struct fd_pei *pei);

/* The numbers of Result-Code that the library names in pei->pei_errcode; 0 for another one. */
uint32_t kit_pei_code(const struct fd_pei *pei);

/* A message AVP by AVP, as octets. */
enum { RAW_AVPS_MAX = 300, RAW_DATA_MAX = 600, RAW_LEN_MAX = 65536 };

struct raw_avp {
	uint32_t code;
	uint32_t vendor;
	uint8_t flags;
	uint8_t data[RAW_DATA_MAX];
	size_t len;
};

struct raw {
	uint32_t command;
	uint8_t flags; /* R 0x80, P 0x40, E 0x20 */
	struct raw_avp avp[RAW_AVPS_MAX];
	size_t n;
};

/* A sound request of the command, with every optional AVP that the codec reads. */
void raw_request(struct raw *raw, uint32_t command);

/* Append an AVP; V follows from the vendor, M is set. Returns it for further changes. */
struct raw_avp *raw_add(struct raw *raw, uint32_t code, uint32_t vendor, const void *data,
                        size_t len);
struct raw_avp *raw_add_u32(struct raw *raw, uint32_t code, uint32_t vendor, uint32_t value);

/* A Supported-Features without M. */
struct raw_avp *raw_features(struct raw *raw, uint32_t vendor, uint32_t id, uint32_t list);

/* A SIP-Auth-Data-Item of SIP Digest; what is NULL is left out. kit_digest is a sound one. */
struct raw_digest {
	const char *scheme;
	const char *realm;
	const char *algorithm;
	const char *qop;
	const char *ha1;
};
extern const struct raw_digest kit_digest;
struct raw_avp *raw_digest_item(struct raw *raw, const struct raw_digest *digest);

/* The n-th (from 0) AVP of that kind, or NULL. */
struct raw_avp *raw_find(struct raw *raw, uint32_t code, uint32_t vendor, unsigned n);

void raw_remove(struct raw *raw, size_t i);
void raw_set(struct raw_avp *avp, const void *data, size_t len);

/* Append an AVP to the data of a grouped one. */
void raw_member(struct raw_avp *group, uint32_t code, uint32_t vendor, const void *data,
                size_t len);

/* The octets of the message; returns how many, at most RAW_LEN_MAX. */
size_t raw_octets(const struct raw *raw, uint8_t *out);

#endif
