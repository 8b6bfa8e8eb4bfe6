#include "tools/cxbench/faults.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static const char *const names[N_FAULTS] = {
	[FAULT_MALFORMED] = "malformed",
	[FAULT_UNMATCHED] = "unmatched answer",
	[FAULT_HEADER] = "header",
	[FAULT_SESSION_ID] = "Session-Id",
	[FAULT_RESULT_AVP] = "result AVP",
	[FAULT_ORIGIN_HOST] = "Origin-Host",
	[FAULT_IDENTITY] = "identity not echoed",
	[FAULT_REFUSED] = "refused",
	[FAULT_BUSY] = "too busy",
	[FAULT_CONTENT] = "content",
	[FAULT_ITEMS] = "vectors",
	[FAULT_VECTOR] = "wrong vector",
	[FAULT_SQN_ARRAY] = "SQN in an array",
	[FAULT_SQN_DUPLICATE] = "SQN twice",
	[FAULT_SQN_BACK] = "SQN back",
	[FAULT_STATE_LOST] = "state lost",
	[FAULT_LOST] = "lost",
	[FAULT_UNANSWERED] = "unanswered",
	[FAULT_CONNECTION] = "connection",
	[FAULT_OURS] = "cxbench itself",
};

const char *fault_name(enum fault fault)
{
	return names[fault];
}

void fault_note(struct faults *faults, enum fault fault, const char *format, ...)
{
	va_list args;

	faults->n[fault]++;
	faults->total++;
	if (faults->silent || faults->total > FAULTS_TOLD_MAX) {
		return;
	}
	(void)fprintf(stderr, "cxbench: fault: %s: ", names[fault]);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	if (faults->total == FAULTS_TOLD_MAX) {
		(void)fprintf(stderr, "cxbench: further faults are counted only\n");
	}
}

void faults_show(const struct faults *faults)
{
	for (unsigned i = 0; i < N_FAULTS; i++) {
		if (faults->n[i] > 0) {
			(void)fprintf(stderr, "cxbench: %" PRIu64 " faults: %s\n", faults->n[i],
			              names[i]);
		}
	}
}
