/* What RTR and PPR have in common. */
#include "hss/cx_push.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

bool cx_push_is_assigned(const struct ims_push *push, const struct ims_subscription *sub)
{
	return sub->id != 0 && sub->scscf_host != NULL &&
	       strcasecmp(sub->scscf_host, push->host) == 0;
}

void cx_push_end(struct cx_push_verdict *v, enum ims_push_state state, const char *format, ...)
{
	va_list args;

	v->next = CX_PUSH_END;
	v->state = state;
	va_start(args, format);
	(void)vsnprintf(v->outcome, sizeof(v->outcome), format, args);
	va_end(args);
}

bool cx_push_is_transient(const struct cx_push_result *result)
{
	if (result->event != CX_PUSH_ANSWERED) {
		return true;
	}
	switch (result->answer->verdict.result) {
	case CX_UNABLE_TO_DELIVER:
	case CX_TOO_BUSY:
	case CX_REDIRECT_INDICATION:
		return true;
	default:
		return false;
	}
}

static void outcome_write(const struct cx_push_result *result, char out[static CX_MESSAGE_LEN])
{
	const char *text = NULL;

	switch (result->event) {
	case CX_PUSH_ANSWERED:
		(void)snprintf(out, CX_MESSAGE_LEN, "%s%s%.100s",
		               cx_result_name(result->answer->verdict.result),
		               result->answer->verdict.message[0] != '\0' ? ": " : "",
		               result->answer->verdict.message);
		return;
	case CX_PUSH_SILENCE:
		text = "no answer";
		break;
	case CX_PUSH_UNDELIVERED:
		text = "the connection was lost before an answer came";
		break;
	case CX_PUSH_MALFORMED:
		text = "the answer is malformed";
		break;
	}
	(void)snprintf(out, CX_MESSAGE_LEN, "%s", text);
}

void cx_push_end_answered(struct cx_push_verdict *v, enum ims_push_state state,
                          const struct cx_push_result *result)
{
	outcome_write(result, v->outcome);
	v->next = CX_PUSH_END;
	v->state = state;
}

void cx_push_retry(const struct ims_push *push, const struct cx_push_policy *policy,
                   const struct cx_push_result *result, struct cx_push_verdict *v)
{
	unsigned doubled = 0;

	cx_push_end_answered(v, IMS_PUSH_FAILED, result);
	if (push->attempts >= policy->attempts) {
		return;
	}
	v->state = IMS_PUSH_WAITING;
	v->next = CX_PUSH_RETRY;
	v->delay = 1;
	while (++doubled < push->attempts && v->delay < CX_PUSH_BACKOFF_MAX) {
		v->delay *= 2;
	}
	v->delay = v->delay < CX_PUSH_BACKOFF_MAX ? v->delay : CX_PUSH_BACKOFF_MAX;
}
