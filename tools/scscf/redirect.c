#include "tools/scscf/redirect.h"

#include <string.h>
#include <strings.h>

enum { DIAMETER_PORT = 3868 };

static bool skip(const char **text, const char *word)
{
	const size_t len = strlen(word);
	const bool there = strncasecmp(*text, word, len) == 0;

	if (there) {
		*text += len;
	}
	return there;
}

static bool port_parse(const char **text, uint16_t *port)
{
	uint32_t value = 0;

	while (**text >= '0' && **text <= '9' && value <= UINT16_MAX) {
		value = value * 10 + (uint32_t)(**text - '0');
		(*text)++;
	}
	*port = (uint16_t)value;
	return value > 0 && value <= UINT16_MAX;
}

bool redirect_parse(const char *uri, struct redirect_target *target)
{
	size_t len = 0;

	if (!skip(&uri, "aaa://")) {
		return false;
	}
	len = strcspn(uri, ":;");
	if (len == 0 || len >= sizeof(target->host)) {
		return false;
	}
	memcpy(target->host, uri, len);
	target->host[len] = '\0';
	uri += len;
	target->port = DIAMETER_PORT;
	if (skip(&uri, ":") && !port_parse(&uri, &target->port)) {
		return false;
	}
	(void)skip(&uri, ";transport=tcp");
	(void)skip(&uri, ";protocol=diameter");
	return *uri == '\0';
}

static enum hss_err ask_host(const struct redirect_cx *r, const char *uri, struct cx_request *req,
                             struct arena *arena, struct cx_answer *ans)
{
	struct redirect_target target;
	enum hss_err err = HSS_ERR_IO;

	if (redirect_parse(uri, &target) && r->reach(r->opaque, &target) == HSS_OK) {
		req->destination_host = target.host;
		err = r->inner.ask(r->inner.opaque, req, arena, ans);
		req->destination_host = NULL;
	}
	return err;
}

static enum hss_err ask(void *opaque, struct cx_request *req, struct arena *arena,
                        struct cx_answer *ans)
{
	const struct redirect_cx *r = opaque;
	enum hss_err err = r->inner.ask(r->inner.opaque, req, arena, ans);
	/* The list is the arena's, and outlives the answer. */
	const char *const *host = ans->redirect_host;
	const size_t n = ans->n_redirect_host;

	if (err != HSS_OK || ans->verdict.result != CX_REDIRECT_INDICATION) {
		return err;
	}
	err = HSS_ERR_IO;
	for (size_t i = 0; i < n && err == HSS_ERR_IO; i++) {
		err = ask_host(r, host[i], req, arena, ans);
	}
	if (err == HSS_ERR_IO) {
		cx_refuse(&ans->verdict, CX_NO_RESULT,
		          "none of the %zu hosts of a redirect can be reached, the first is %s", n,
		          n > 0 ? host[0] : "-");
	}
	return err;
}

struct scscf_cx redirect_cx_open(struct redirect_cx *redirect, const struct scscf_cx *inner,
                                 redirect_reach *reach, void *opaque)
{
	*redirect = (struct redirect_cx){.inner = *inner, .reach = reach, .opaque = opaque};
	return (struct scscf_cx){.ask = ask, .opaque = redirect};
}
