/*
 * A model of an HSS with one subscriber, behind struct scscf_cx: no network, no store. It is
 * written from TS 29.228 6.1 and 6.3 by itself, apart from hss/, and it can be told to make
 * mistakes, so that the flows can be seen to notice them.
 */
#ifndef QUINTET_FAKE_HSS_H
#define QUINTET_FAKE_HSS_H

#include <pthread.h>

#include "auc/auc.h"
#include "tools/scscf/scscf.h"

/* One mistake each. */
enum fake_fault {
	FAULT_NONE,
	FAULT_SQN_STANDS_STILL,     /* each MAR begins with the SQN of the one before */
	FAULT_SQN_DESCENDS,         /* an array in the wrong order */
	FAULT_FAILURE_DEREGISTERS,  /* SAR 9 and 10 end a registration */
	FAULT_FAILURE_KEEPS_NAME,   /* SAR 9 and 10 clear nothing */
	FAULT_NAME_NOT_STORED,      /* MAR does not store the S-CSCF name */
	FAULT_NAME_NOT_OVERWRITTEN, /* nor that of another one */
	FAULT_MAC_S_NOT_CHECKED,
	FAULT_AUTS_ROLLS_BACK, /* SQN_HE := SQN_MS without the range test */
	FAULT_AUTS_IGNORED,    /* SQN_HE stays whatever AUTS says */
	FAULT_NO_PROFILE,      /* SAA without User-Data */
	FAULT_PROFILE_ALWAYS,  /* SAA with User-Data for every type */
	FAULT_OWNER_NOT_CHECKED,
	FAULT_ONE_OF_SET,      /* only the IMPU asked for changes state */
	FAULT_NONE_IS_ONE,     /* m = 0 is taken as 1 */
	FAULT_FOREIGN_ASSIGNS, /* SAR by another S-CSCF is taken */
	FAULT_WRONG_KEY,
	FAULT_REFUSAL_EATS_SQN,
	FAULT_SCHEME_DOWNGRADED,     /* HA1 for whoever asks for SIP Digest */
	FAULT_UNKNOWN_IS_WEAKEST,    /* the same for Unknown */
	FAULT_SCHEME_IGNORED,        /* vectors for NASS-Bundled and GIBA */
	FAULT_REFUSAL_WITHOUT_WORDS, /* 5006 without Error-Message */
	FAULT_WRONG_HA1,
	FAULT_DIGEST_EATS_SQN,
	FAULT_SILENT, /* never answers */
	FAULT_END,
};

enum { FAKE_IMPUS = 3, FAKE_VECTORS_MAX = 5 };

/* The subscriber: a set of three IMPUs, the last of them barred. */
#define FAKE_IMPI "alice@home.example"
#define FAKE_IMPU "sip:alice@home.example"
#define FAKE_OTHER_IMPU "sip:bob@home.example"
#define FAKE_REALM "home.example"
#define FAKE_PASSWORD "open sesame"

struct fake_hss {
	pthread_mutex_t lock;
	struct auc_ctx *auc;
	struct auc_key key;
	enum fake_fault fault;
	bool no_key;    /* a user of SIP Digest alone */
	bool no_digest; /* a user of AKA alone */
	uint64_t sqn;
	int state[FAKE_IMPUS]; /* 0 Not Registered, 1 Unregistered, 2 Registered */
	bool pending;
	bool keep_name;    /* policy for SAR 6 and 7 */
	char name[128];    /* S-CSCF name; empty: none */
	unsigned asked[4]; /* UAR, SAR, LIR, MAR so far */
	uint32_t last_sar_type;
	bool resync_seen;
	uint8_t resync_rand[AUC_RAND_LEN];
};

/* The key of the subscriber (TS 35.208 set 1). */
extern const struct auc_key fake_key;

/* MD5 of FAKE_IMPI:FAKE_REALM:FAKE_PASSWORD, as md5sum makes it. */
extern const uint8_t fake_ha1[CX_HA1_LEN];

/* Returns 0, or -1 when libcrypto fails. */
int fake_hss_open(struct fake_hss *hss, enum fake_fault fault);
void fake_hss_close(struct fake_hss *hss);
struct scscf_cx fake_hss_cx(struct fake_hss *hss);

#endif
