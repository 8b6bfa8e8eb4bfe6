/*
 * Inside of flows.h: the state of one flow, and the acts that its rows are made of. An act sends
 * something, compares the answer with its row and returns whether it was as expected; else why says
 * in words.
 */
#ifndef QUINTET_SCSCF_FLOW_H
#define QUINTET_SCSCF_FLOW_H

#include "tools/scscf/flows.h"

/* Which S-CSCF the answer should name. */
enum flow_name { NAME_NONE, NAME_FIRST, NAME_SECOND };

/* Whose identities the request carries. */
enum flow_subject {
	SUBJECT_SELF,
	SUBJECT_OTHER_IMPU,   /* our IMPI with an IMPU of another subscription */
	SUBJECT_UNKNOWN_IMPI, /* an IMPI that does not exist */
	SUBJECT_UNKNOWN_IMPU,
};

/* What a UE does in a failing authentication. */
enum flow_failure { FAIL_WRONG_DIGEST, FAIL_WRONG_RES, FAIL_NETWORK, FAIL_NO_ANSWER };

/* How a UE answers. */
enum flow_answer { ANSWER_DIGEST_QOP, ANSWER_DIGEST, ANSWER_RAW_RES };

struct flow;

struct act {
	bool (*run)(struct flow *f, const struct act *act);
	uint32_t arg; /* as the act says: a type, a number of vectors, how the UE answers, ... */
	enum cx_result result; /* expected */
	enum flow_name name;   /* expected Server-Name */
	enum flow_subject subject;
	bool by_second; /* the second S-CSCF asks */
	bool data;      /* User-Data expected */
};

/* What the HSS should believe about our IMPU, for what a UAR in a registration should say. */
enum flow_state { STATE_NOT_REGISTERED, STATE_UNREGISTERED, STATE_REGISTERED };

enum { FLOW_WHY_LEN = 240 };

struct flow {
	const struct flow_env *env;
	struct traced_cx traced;
	struct scscf_cx cx;
	struct scscf_conf conf;
	struct scscf *scscf;
	struct isim isim;
	bool sip_digest; /* the UE registers with SIP Digest, and isim is not used */
	int64_t now;     /* virtual seconds: no flow waits */
	enum flow_state state;
	enum flow_name named;              /* S-CSCF name that the HSS should hold */
	unsigned sm;                       /* number of the last SM message (SM1, ...) */
	struct scscf_reply reply;          /* to the last REGISTER */
	struct isim_response ue;           /* what the ISIM made of the last challenge */
	uint64_t sqn;                      /* highest SQN seen in a direct MAR; 0: none yet */
	uint8_t resync_rand[AUC_RAND_LEN]; /* of the last resynchronisation */
	uint8_t resync_auts[AUC_AUTS_LEN];
	char why[FLOW_WHY_LEN];
};

/* Note why the flow fails, and return false. */
bool flow_failed(struct flow *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Fail unless the condition holds. */
bool flow_expect(struct flow *f, bool condition, const char *what);

/* One Cx exchange, all memory of it; flow_exchange_end after every use. */
struct flow_exchange {
	struct cx_request req;
	const char *impu[2];
	struct cx_answer ans;
	struct arena arena;
};

void flow_exchange_start(struct flow *f, struct flow_exchange *x, uint32_t command,
                         enum flow_subject subject);
/* Ask, and fail unless an answer with this result comes; CX_NO_RESULT: any result will do. */
bool flow_exchange_ask(struct flow *f, struct flow_exchange *x, enum cx_result expected);
void flow_exchange_end(struct flow_exchange *x);

const char *flow_server_name(const struct flow *f, enum flow_name name);

/* Bring the subscriber to Not Registered without S-CSCF name, whatever it was. */
bool flow_clean(struct flow *f);

/* Cx acts (flow_cx.c). The S-CSCF object is not involved. */
bool act_uar(struct flow *f, const struct act *act);      /* arg: User-Authorization-Type */
bool act_lir(struct flow *f, const struct act *act);      /* arg: 1 for an originating request */
bool act_lir_idle(struct flow *f, const struct act *act); /* LIR of an IMPU that nobody serves */
bool act_sar(struct flow *f, const struct act *act);      /* arg: Server-Assignment-Type */
bool act_sar_known(struct flow *f,
                   const struct act *act); /* the same, User-Data already available */
bool act_sar_impi(struct flow *f, const struct act *act);  /* the same without Public-Identity */
bool act_sar_twice(struct flow *f, const struct act *act); /* one SAR with two Public-Identity */
bool act_sar_store(struct flow *f, const struct act *act); /* types 6, 7: the name kept, or 2004 */
bool act_sar_flood(struct flow *f,
                   const struct act *act);                /* arg: how many AUTHENTICATION_FAILURE */
bool act_mar(struct flow *f, const struct act *act);      /* arg: vectors asked */
bool act_mar_next(struct flow *f, const struct act *act); /* exactly the SEQ after the last one */
bool act_mar_scheme(struct flow *f, const struct act *act); /* arg: enum cx_scheme, to be refused */
bool act_mar_schemes(struct flow *f, const struct act *act); /* each, as the user's secrets allow */
bool act_mar_digest(struct flow *f, const struct act *act);  /* HA1 is the user's */
bool act_auts_again(struct flow *f, const struct act *act);  /* the last AUTS once more */
bool act_concurrent(struct flow *f, const struct act *act);

/* Acts of UE and S-CSCF together (flow_ue.c). */
bool act_register(struct flow *f, const struct act *act);   /* arg: enum flow_answer */
bool act_reregister(struct flow *f, const struct act *act); /* arg: MARs expected */
bool act_wait(struct flow *f, const struct act *act);       /* for env->wait */
bool act_deregister(struct flow *f, const struct act *act); /* by the UE */
bool act_fail(struct flow *f, const struct act *act);       /* arg: enum flow_failure */
bool act_resync(struct flow *f, const struct act *act);
bool act_resync_bad(struct flow *f, const struct act *act); /* wrong MAC-S */
bool act_newer_challenge(struct flow *f, const struct act *act);
bool act_fifo(struct flow *f, const struct act *act);
bool act_expire(struct flow *f, const struct act *act);
bool act_set_registered(struct flow *f, const struct act *act);
bool act_set_gone(struct flow *f, const struct act *act);
bool act_barring(struct flow *f, const struct act *act);
bool act_reauth(struct flow *f, const struct act *act); /* arg: 1 the UE follows, 0 it is silent */

#endif
