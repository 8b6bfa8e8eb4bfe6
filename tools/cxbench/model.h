/*
 * Whom to ask for what next, and what the HSS has acknowledged about each subscriber, so that an
 * answer that contradicts it is seen (TS 29.228 6.1). One thread.
 */
#ifndef CXBENCH_MODEL_H
#define CXBENCH_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/cxbench/check.h"
#include "tools/cxbench/options.h"

/* What the HSS has to think of a subscriber. */
enum model_state {
	MODEL_UNKNOWN, /* nothing acknowledged yet, or a change got no answer */
	MODEL_NOT_REGISTERED,
	MODEL_PENDING, /* in a registration, between MAA and SAR: its S-CSCF is stored */
	MODEL_REGISTERED,
};

struct model {
	uint8_t *state; /* an enum model_state for each subscriber, and MODEL_BUSY */
	size_t n;
	size_t next;
	size_t stride; /* coprime to n: every subscriber comes once in a round, far from the last */
	enum command command;
	uint64_t random;
};

/* A subscriber taken for a procedure, a row of a table here. */
struct model_task {
	size_t subscriber;
	uint8_t procedure;
};

/* n subscribers. False when memory is out. */
bool model_open(struct model *model, enum command command, size_t n);
void model_close(struct model *model);

/*
 * Choose the next subscriber and what to do. In a mix a subscriber has one procedure at a time.
 * False when all that were looked at are at work.
 */
bool model_next(struct model *model, struct model_task *task);

/* The request of a step, from 0; N_REQUESTS behind the last one. */
enum request_kind model_request(uint8_t procedure, uint8_t step);

/*
 * What an answer contradicts: NULL, or static text. Only in a mix, where no other request is
 * under way for the subscriber.
 *
 *   server_name  the subscriber's S-CSCF
 */
const char *model_contradiction(const struct model *model, size_t subscriber,
                                enum request_kind kind, const struct check_answer *answer,
                                const char *server_name, size_t server_name_len);

/* After a contradiction: nothing is expected of the subscriber, so that a loss counts once. */
void model_forget(struct model *model, size_t subscriber);

/*
 * Take note of how a request ended; CHECK_FAULTY also for one that was lost. Returns whether the
 * procedure goes on.
 */
bool model_note(struct model *model, size_t subscriber, enum request_kind kind,
                enum check_outcome outcome);

/* The subscriber's procedure is over, finished or not. */
void model_done(struct model *model, size_t subscriber);

#endif
