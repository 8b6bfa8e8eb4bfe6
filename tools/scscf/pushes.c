#include "tools/scscf/pushes.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/scscf/cx_text.h"

enum { WORD_LEN = 64, MS_PER_S = 1000, NS_PER_MS = 1000000 };

bool push_answers_parse(const char *text, struct push_answers *answers)
{
	while (answers->n < PUSHES_ANSWERS_MAX) {
		const size_t len = strcspn(text, ",");
		char word[WORD_LEN];
		enum cx_result *result = &answers->result[answers->n++];

		if (len >= sizeof(word)) {
			return false;
		}
		(void)snprintf(word, sizeof(word), "%.*s", (int)len, text);
		if (strcmp(word, "silent") == 0) {
			*result = CX_NO_RESULT;
		} else if (!cx_text_result_parse(word, result)) {
			return false;
		}
		if (text[len] == '\0') {
			return true;
		}
		text += len + 1;
	}
	return false;
}

void pushes_open(struct pushes *pushes)
{
	(void)pthread_mutex_init(&pushes->lock, NULL);
	(void)pthread_cond_init(&pushes->changed, NULL);
	pushes->scscf = NULL;
	pushes->n = 0;
}

void pushes_close(struct pushes *pushes)
{
	(void)pthread_cond_destroy(&pushes->changed);
	(void)pthread_mutex_destroy(&pushes->lock);
}

/* What was told beforehand, or what the registrations say. Under lock. */
static enum cx_result decide(struct pushes *pushes, const struct cx_request *req)
{
	struct push_answers *told = req->command == CX_CMD_RTR ? &pushes->rta : &pushes->ppa;

	if (told->n > 0) {
		const size_t at = told->used < told->n ? told->used : told->n - 1;

		told->used++;
		return told->result[at];
	}
	return pushes->scscf != NULL ? scscf_push(pushes->scscf, req) : CX_SUCCESS;
}

static enum hss_err emergencies_write(const struct pushes *pushes, const struct cx_request *req,
                                      struct arena *arena, struct cx_answer *ans)
{
	ans->emergency = arena_array(arena, pushes->n_emergency, sizeof(*ans->emergency));
	if (ans->emergency == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (size_t i = 0; i < pushes->n_emergency; i++) {
		ans->emergency[i] =
			(struct cx_emergency){.impi = req->impi, .impu = pushes->emergency[i]};
	}
	ans->n_emergency = pushes->n_emergency;
	return HSS_OK;
}

static void wait_ms(unsigned ms)
{
	const struct timespec ts = {.tv_sec = ms / MS_PER_S,
	                            .tv_nsec = (long)(ms % MS_PER_S) * NS_PER_MS};

	if (ms > 0) {
		(void)nanosleep(&ts, NULL);
	}
}

bool pushes_serve(struct pushes *pushes, const struct cx_request *req, struct arena *arena,
                  struct cx_answer *ans)
{
	enum cx_result result = CX_NO_RESULT;

	(void)pthread_mutex_lock(&pushes->lock);
	result = decide(pushes, req);
	trace_push(pushes->trace, req, result);
	(void)pthread_mutex_unlock(&pushes->lock);
	wait_ms(pushes->delay_ms);
	ans->command = req->command;
	ans->verdict.result = result;
	ans->features = pushes->features;
	if (req->command == CX_CMD_RTR && pushes->n_emergency > 0 &&
	    emergencies_write(pushes, req, arena, ans) != HSS_OK) {
		ans->verdict.result = CX_UNABLE_TO_COMPLY;
	}
	return result != CX_NO_RESULT;
}

void pushes_count(struct pushes *pushes)
{
	(void)pthread_mutex_lock(&pushes->lock);
	pushes->n++;
	(void)pthread_cond_broadcast(&pushes->changed);
	(void)pthread_mutex_unlock(&pushes->lock);
}

bool pushes_wait(struct pushes *pushes, struct scscf *scscf, size_t n, unsigned seconds)
{
	struct timespec until = {0};
	bool come = false;
	int rc = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	(void)pthread_mutex_lock(&pushes->lock);
	pushes->scscf = scscf;
	trace_note(pushes->trace, "waiting");
	while (pushes->n < n && rc == 0) {
		rc = pthread_cond_timedwait(&pushes->changed, &pushes->lock, &until);
	}
	come = pushes->n >= n;
	pushes->scscf = NULL;
	(void)pthread_mutex_unlock(&pushes->lock);
	return come;
}
