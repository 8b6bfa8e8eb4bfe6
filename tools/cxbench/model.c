#include "tools/cxbench/model.h"

#include <stdlib.h>
#include <string.h>

#include "diameter-dict/cx_ids.h"

enum { MODEL_BUSY = 0x80, TRIES_MAX = 64, STEPS_MAX = 4, DICE = 20 };

enum procedure { P_UAR, P_MAR, P_SAR, P_RESAR, P_LIR, P_REGISTER, P_REREGISTER, P_DEREGISTER };

/* TS 23.228 5.2, seen from the HSS. */
static const struct {
	uint8_t n;
	enum request_kind step[STEPS_MAX];
} procedures[] = {
	[P_UAR] = {1, {REQUEST_UAR}},
	[P_MAR] = {1, {REQUEST_MAR}},
	[P_SAR] = {1, {REQUEST_SAR_REG}},
	[P_RESAR] = {1, {REQUEST_SAR_REREG}},
	[P_LIR] = {1, {REQUEST_LIR}},
	[P_REGISTER] = {4, {REQUEST_UAR, REQUEST_MAR, REQUEST_UAR, REQUEST_SAR_REG}},
	[P_REREGISTER] = {3, {REQUEST_UAR, REQUEST_MAR, REQUEST_SAR_REREG}},
	[P_DEREGISTER] = {2, {REQUEST_UAR_DEREG, REQUEST_SAR_DEREG}},
};

/* Of 20 throws: below the first number a LIR; then, for a registered user, a deregistration. */
enum { LIR_OF_NOT_REGISTERED = 2, LIR_OF_REGISTERED = 6, DEREGISTER_BELOW = 8 };

static size_t common_divisor(size_t a, size_t b)
{
	while (b != 0) {
		const size_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

bool model_open(struct model *model, enum command command, size_t n)
{
	*model = (struct model){.n = n, .command = command, .random = UINT64_C(0x9e3779b97f4a7c15)};
	model->state = calloc(n, 1);
	model->stride = n * 618 / 1000; /* about the golden section: spreads every run of it */
	if (model->stride == 0) {
		model->stride = 1;
	}
	while (common_divisor(model->stride, n) != 1) {
		model->stride++;
	}
	return model->state != NULL;
}

void model_close(struct model *model)
{
	free(model->state);
	*model = (struct model){0};
}

/* xorshift64: a choice, no secret. */
static unsigned throw_dice(struct model *model)
{
	model->random ^= model->random << 13;
	model->random ^= model->random >> 7;
	model->random ^= model->random << 17;
	return (unsigned)(model->random >> 32) % DICE;
}

static enum model_state state_of(const struct model *model, size_t subscriber)
{
	return (enum model_state)(model->state[subscriber] & ~MODEL_BUSY);
}

static void state_set(struct model *model, size_t subscriber, enum model_state state)
{
	model->state[subscriber] =
		(uint8_t)((model->state[subscriber] & MODEL_BUSY) | (uint8_t)state);
}

static enum procedure mix_choose(struct model *model, size_t subscriber)
{
	const unsigned dice = throw_dice(model);

	switch (state_of(model, subscriber)) {
	case MODEL_UNKNOWN:
	case MODEL_PENDING:
		break;
	case MODEL_NOT_REGISTERED:
		return dice < LIR_OF_NOT_REGISTERED ? P_LIR : P_REGISTER;
	case MODEL_REGISTERED:
		if (dice < LIR_OF_REGISTERED) {
			return P_LIR;
		}
		return dice < DEREGISTER_BELOW ? P_DEREGISTER : P_REREGISTER;
	}
	return P_REGISTER;
}

static enum procedure choose(struct model *model, size_t subscriber)
{
	switch (model->command) {
	case COMMAND_MAR:
		return P_MAR;
	case COMMAND_UAR:
		return P_UAR;
	case COMMAND_SAR:
		return state_of(model, subscriber) == MODEL_REGISTERED ? P_RESAR : P_SAR;
	case COMMAND_LIR:
		return P_LIR;
	case COMMAND_MIX:
	case N_COMMANDS:
		break;
	}
	return mix_choose(model, subscriber);
}

bool model_next(struct model *model, struct model_task *task)
{
	for (unsigned i = 0; i < TRIES_MAX; i++) {
		const size_t subscriber = model->next;

		model->next = (model->next + model->stride) % model->n;
		if (model->command == COMMAND_MIX) {
			if ((model->state[subscriber] & MODEL_BUSY) != 0) {
				continue;
			}
			model->state[subscriber] |= MODEL_BUSY;
		}
		task->subscriber = subscriber;
		task->procedure = (uint8_t)choose(model, subscriber);
		return true;
	}
	return false;
}

enum request_kind model_request(uint8_t procedure, uint8_t step)
{
	return step < procedures[procedure].n ? procedures[procedure].step[step] : N_REQUESTS;
}

static bool names(const struct check_answer *answer, const char *server_name, size_t len)
{
	return answer->server_name.data != NULL && answer->server_name.len == len &&
	       memcmp(answer->server_name.data, server_name, len) == 0;
}

/* Step 6 of TS 29.228 6.1.1.1 and step 3 of 6.1.4.1. */
const char *model_contradiction(const struct model *model, size_t subscriber,
                                enum request_kind kind, const struct check_answer *answer,
                                const char *server_name, size_t server_name_len)
{
	const enum model_state state = state_of(model, subscriber);
	const bool is_query =
		kind == REQUEST_UAR || kind == REQUEST_UAR_DEREG || kind == REQUEST_LIR;
	const bool named = names(answer, server_name, server_name_len);

	if (model->command != COMMAND_MIX || !is_query || state == MODEL_UNKNOWN) {
		return NULL;
	}
	if (state == MODEL_NOT_REGISTERED) {
		return answer->experimental && answer->result != CX_EXP_SUBSEQUENT_REGISTRATION
		               ? NULL
		               : "the deregistration that was acknowledged is not there";
	}
	if (kind == REQUEST_UAR) {
		return answer->result == CX_EXP_SUBSEQUENT_REGISTRATION && named
		               ? NULL
		               : "the S-CSCF that was acknowledged is not there";
	}
	return !answer->experimental && named
	               ? NULL
	               : "the registration that was acknowledged is not there";
}

void model_forget(struct model *model, size_t subscriber)
{
	state_set(model, subscriber, MODEL_UNKNOWN);
}

static enum model_state state_after(enum request_kind kind, enum model_state before)
{
	switch (kind) {
	case REQUEST_MAR: /* the S-CSCF is stored; a registration with it stays */
		return before == MODEL_REGISTERED ? MODEL_REGISTERED : MODEL_PENDING;
	case REQUEST_SAR_REG:
	case REQUEST_SAR_REREG:
		return MODEL_REGISTERED;
	case REQUEST_SAR_DEREG:
		return MODEL_NOT_REGISTERED;
	case REQUEST_UAR:
	case REQUEST_UAR_DEREG:
	case REQUEST_LIR:
	case N_REQUESTS:
		break;
	}
	return before;
}

bool model_note(struct model *model, size_t subscriber, enum request_kind kind,
                enum check_outcome outcome)
{
	const enum model_state before = state_of(model, subscriber);
	const enum model_state after = state_after(kind, before);

	switch (outcome) {
	case CHECK_SUCCESS:
		state_set(model, subscriber, after);
		break;
	case CHECK_BUSY: /* untouched, the answer says */
		break;
	case CHECK_REFUSED:
	case CHECK_FAULTY:
		if (after != before) { /* done or not: nobody said */
			state_set(model, subscriber, MODEL_UNKNOWN);
		}
		break;
	}
	return outcome == CHECK_SUCCESS;
}

void model_done(struct model *model, size_t subscriber)
{
	model->state[subscriber] &= (uint8_t)~MODEL_BUSY;
	/* A registration that broke off: the pending authentication runs out some time. */
	if (state_of(model, subscriber) == MODEL_PENDING) {
		state_set(model, subscriber, MODEL_UNKNOWN);
	}
}
