/* What was found to be wrong: counted by kind, the first ones told on stderr. */
#ifndef CXBENCH_FAULTS_H
#define CXBENCH_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

enum fault {
	FAULT_MALFORMED,     /* not Diameter, or an AVP that does not fit */
	FAULT_UNMATCHED,     /* an answer to nothing that is outstanding */
	FAULT_HEADER,        /* command, application or flags */
	FAULT_SESSION_ID,    /* not echoed */
	FAULT_RESULT_AVP,    /* not exactly one, or not readable */
	FAULT_ORIGIN_HOST,   /* not that of the HSS */
	FAULT_IDENTITY,      /* User-Name or Public-Identity not echoed */
	FAULT_REFUSED,       /* a result that the procedure does not give here */
	FAULT_BUSY,          /* DIAMETER_TOO_BUSY without --allow-busy */
	FAULT_CONTENT,       /* what a success has to carry */
	FAULT_ITEMS,         /* number, order or lengths of the vectors */
	FAULT_VECTOR,        /* a vector that is not what the keys make it */
	FAULT_SQN_ARRAY,     /* SQNs of one answer do not ascend, or their IND differs */
	FAULT_SQN_DUPLICATE, /* came before */
	FAULT_SQN_BACK,      /* not above what had arrived before the request was sent */
	FAULT_STATE_LOST,    /* an answer contradicts what was acknowledged */
	FAULT_LOST,          /* outstanding when its connection ended */
	FAULT_UNANSWERED,    /* never answered on a connection that stands */
	FAULT_CONNECTION,    /* ended or could not be made again */
	FAULT_OURS,          /* a failure of this program: memory, the SQN log */
	N_FAULTS
};

enum { FAULTS_TOLD_MAX = 20 };

/* All zero is none. */
struct faults {
	uint64_t n[N_FAULTS];
	uint64_t total;
	bool silent; /* count only: for tests */
};

/* Count one; tell it when it is one of the first. */
void fault_note(struct faults *faults, enum fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A kind in a word or two. */
const char *fault_name(enum fault fault);

/* One line for each kind that there was. */
void faults_show(const struct faults *faults);

#endif
