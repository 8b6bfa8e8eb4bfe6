#include "tools/scscf/scscf.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "tools/scscf/av_store.h"

/* The challenge a UE has still to answer; one an IMPI (R36). */
struct challenge {
	bool active;
	bool resynchronised; /* made after an AUTS: a second AUTS in a row is a failure */
	bool sip_digest;     /* the response is to be that of the user's HA1 */
	char *impu;
	char nonce[DIGEST_NONCE_LEN + 1];
	struct auc_vector vector; /* RAND is remembered for a resynchronisation (R27) */
	int64_t deadline;
};

/* SIP Digest: what the last MAA or PPR said. */
struct user_digest {
	char realm[DIGEST_REALM_LEN_MAX + 1]; /* empty: nothing is known */
	char ha1[DIGEST_HA1_LEN + 1];         /* secret */
};

/* All that belongs to one IMPI. */
struct user {
	struct user *next;
	char *impi;
	struct av_store stock;
	struct user_digest digest;
	struct challenge challenge;
};

/* One registered implicit registration set. */
struct registration {
	struct registration *next;
	char *impi;
	char *impu; /* the one that was registered explicitly */
	struct profile profile;
	int64_t expires_at;
	int64_t reauth_deadline; /* 0: nothing asked */
	unsigned reauth_asked;
};

struct scscf {
	struct scscf_conf conf;
	struct scscf_cx cx;
	struct user *users;
	struct registration *registrations;
};

/* One request and its answer, with all the memory of both. */
struct exchange {
	struct cx_request req;
	const char *impu[1];
	struct cx_answer ans;
	struct arena arena;
};

struct scscf *scscf_open(const struct scscf_conf *conf, const struct scscf_cx *cx)
{
	struct scscf *s = calloc(1, sizeof(*s));

	if (s != NULL) {
		s->conf = *conf;
		s->cx = *cx;
	}
	return s;
}

static void challenge_drop(struct challenge *challenge)
{
	free(challenge->impu);
	OPENSSL_cleanse(challenge, sizeof(*challenge));
}

static void registration_free(struct registration *reg)
{
	profile_free(&reg->profile);
	free(reg->impi);
	free(reg->impu);
	free(reg);
}

void scscf_close(struct scscf *s)
{
	while (s != NULL && s->users != NULL) {
		struct user *user = s->users;

		s->users = user->next;
		challenge_drop(&user->challenge);
		av_store_wipe(&user->stock);
		OPENSSL_cleanse(&user->digest, sizeof(user->digest));
		free(user->impi);
		free(user);
	}
	while (s != NULL && s->registrations != NULL) {
		struct registration *reg = s->registrations;

		s->registrations = reg->next;
		registration_free(reg);
	}
	free(s);
}

void scscf_reply_wipe(struct scscf_reply *reply)
{
	OPENSSL_cleanse(reply, sizeof(*reply));
}

static struct user *user_find(const struct scscf *s, const char *impi)
{
	struct user *user = s->users;

	while (user != NULL && strcmp(user->impi, impi) != 0) {
		user = user->next;
	}
	return user;
}

static struct user *user_get(struct scscf *s, const char *impi)
{
	struct user *user = user_find(s, impi);

	if (user != NULL) {
		return user;
	}
	user = calloc(1, sizeof(*user));
	if (user == NULL) {
		return NULL;
	}
	user->impi = strdup(impi);
	if (user->impi == NULL) {
		free(user);
		return NULL;
	}
	user->next = s->users;
	s->users = user;
	return user;
}

static struct registration *registration_find(const struct scscf *s, const char *impu)
{
	struct registration *reg = s->registrations;

	while (reg != NULL && profile_find(&reg->profile, impu) == NULL) {
		reg = reg->next;
	}
	return reg;
}

static void registration_remove(struct scscf *s, const struct registration *gone)
{
	struct registration **link = &s->registrations;

	while (*link != NULL && *link != gone) {
		link = &(*link)->next;
	}
	if (*link != NULL) {
		struct registration *reg = *link;

		*link = reg->next;
		registration_free(reg);
	}
}

static void exchange_start(struct exchange *x, uint32_t command, const char *impi, const char *impu)
{
	memset(x, 0, sizeof(*x));
	x->impu[0] = impu;
	x->req.command = command;
	x->req.impi = impi;
	x->req.impu = x->impu;
	x->req.n_impu = 1;
}

static void exchange_end(struct exchange *x)
{
	cx_answer_wipe(&x->ans);
	arena_free(&x->arena);
}

static enum hss_err exchange_ask(struct scscf *s, struct exchange *x)
{
	return s->cx.ask(s->cx.opaque, &x->req, &x->arena, &x->ans);
}

static void reply_set(struct scscf_reply *reply, int status, const char *reason)
{
	reply->status = status;
	reply->reason = reason;
}

/* What a failed exchange means for the REGISTER. True: the answer is a success and may be used. */
static bool exchange_accepted(const struct exchange *x, enum hss_err err, struct scscf_reply *reply)
{
	reply->err = err;
	reply->result = err == HSS_OK ? x->ans.verdict.result : CX_NO_RESULT;
	if (err != HSS_OK) {
		reply_set(reply, 500, "the HSS did not answer");
	} else if (!cx_result_is_success(x->ans.verdict.result)) {
		reply_set(reply, 403, "refused by the HSS");
	}
	return err == HSS_OK && cx_result_is_success(x->ans.verdict.result);
}

/* SAR without interest in data: failures, time-outs, deregistrations. */
static enum cx_result assign(struct scscf *s, const char *impi, const char *impu, uint32_t type)
{
	struct exchange x;
	enum cx_result result = CX_NO_RESULT;

	exchange_start(&x, CX_CMD_SAR, impi, impu);
	x.req.sar.server_name = s->conf.server_name;
	x.req.sar.type = type;
	x.req.sar.user_data_already_available = true;
	if (exchange_ask(s, &x) == HSS_OK) {
		result = x.ans.verdict.result;
	}
	exchange_end(&x);
	return result;
}

/* MAR; with auts a resynchronisation, whose vectors replace the stock (R37). */
static bool fetch_vectors(struct scscf *s, struct user *user, const char *impu, const uint8_t *auts,
                          struct scscf_reply *reply)
{
	struct exchange x;
	bool ok = false;

	exchange_start(&x, CX_CMD_MAR, user->impi, impu);
	x.req.mar.server_name = s->conf.server_name;
	x.req.mar.scheme = CX_SCHEME_AKA_V1;
	x.req.mar.scheme_name = CX_SCHEME_NAME_DIGEST_AKAV1_MD5;
	x.req.mar.n_vectors = s->conf.n_vectors;
	x.req.mar.resync = auts != NULL;
	if (auts != NULL) {
		memcpy(x.req.mar.rand, user->challenge.vector.rand, AUC_RAND_LEN);
		memcpy(x.req.mar.auts, auts, AUC_AUTS_LEN);
	}
	ok = exchange_accepted(&x, exchange_ask(s, &x), reply);
	if (ok && x.ans.n_vectors == 0) {
		reply_set(reply, 500, "the HSS gave no vector");
		ok = false;
	}
	if (ok && auts != NULL) {
		av_store_replace(&user->stock, x.ans.vector, x.ans.n_vectors);
	} else if (ok) {
		(void)av_store_add(&user->stock, x.ans.vector, x.ans.n_vectors);
	}
	exchange_end(&x);
	return ok;
}

/* False: the realm is longer than any that we can pass on. */
static bool digest_keep(struct user *user, const struct cx_digest *digest)
{
	const size_t len = strlen(digest->realm);

	if (len == 0 || len > DIGEST_REALM_LEN_MAX) {
		return false;
	}
	memcpy(user->digest.realm, digest->realm, len + 1);
	digest_ha1_text(digest->ha1, user->digest.ha1);
	return true;
}

/* MAR for HA1, in the one item that there is of it (TS 29.228 6.3, TS 33.203 N.2.1.1). */
static bool fetch_digest(struct scscf *s, struct user *user, const char *impu,
                         struct scscf_reply *reply)
{
	struct exchange x;
	bool ok = false;

	exchange_start(&x, CX_CMD_MAR, user->impi, impu);
	x.req.mar.server_name = s->conf.server_name;
	x.req.mar.scheme = CX_SCHEME_SIP_DIGEST;
	x.req.mar.scheme_name = CX_SCHEME_NAME_SIP_DIGEST;
	x.req.mar.n_vectors = 1;
	ok = exchange_accepted(&x, exchange_ask(s, &x), reply);
	if (ok && (x.ans.digest.realm == NULL || !digest_keep(user, &x.ans.digest))) {
		reply_set(reply, 500, "the HSS gave no HA1");
		ok = false;
	}
	exchange_end(&x);
	return ok;
}

/* The challenge is complete but for its nonce and what goes with it. */
static bool challenge_begin(const struct scscf *s, int64_t now, struct challenge *c,
                            const char *impu)
{
	challenge_drop(c);
	c->impu = strdup(impu);
	c->active = c->impu != NULL;
	c->deadline = now + s->conf.challenge_timeout;
	return c->active;
}

/* Challenge with a nonce of our own, in the realm of HA1 (TS 24.229 5.4.1.2.1). */
static void challenge_digest(const struct scscf *s, int64_t now, struct user *user,
                             const char *impu, struct scscf_reply *reply)
{
	struct challenge *c = &user->challenge;

	if (!challenge_begin(s, now, c, impu) || !digest_nonce_fresh(c->nonce)) {
		challenge_drop(c);
		reply->err = HSS_ERR_MEMORY;
		reply_set(reply, 500, "no memory, or no random number");
		return;
	}
	c->sip_digest = true;
	memcpy(reply->nonce, c->nonce, sizeof(reply->nonce));
	memcpy(reply->realm, user->digest.realm, sizeof(reply->realm));
	reply_set(reply, 401, "challenge");
}

/* Take the next vector and challenge with it (SM4); whatever was outstanding is cancelled (R36). */
static void challenge(struct scscf *s, int64_t now, struct user *user, const char *impu,
                      bool resynchronised, struct scscf_reply *reply)
{
	struct challenge *c = &user->challenge;

	if (!challenge_begin(s, now, c, impu) || !av_store_take(&user->stock, &c->vector)) {
		challenge_drop(c);
		reply->err = HSS_ERR_MEMORY;
		reply_set(reply, 500, "no memory");
		return;
	}
	c->resynchronised = resynchronised;
	digest_nonce(c->vector.rand, c->vector.autn, c->nonce);
	memcpy(reply->nonce, c->nonce, sizeof(reply->nonce));
	memcpy(reply->ck, c->vector.ck, AUC_CK_LEN);
	memcpy(reply->ik, c->vector.ik, AUC_IK_LEN);
	reply_set(reply, 401, "challenge");
}

/* A REGISTER to be challenged (SM3). */
static void begin_authentication(struct scscf *s, int64_t now, struct user *user,
                                 const struct scscf_register *reg, struct scscf_reply *reply)
{
	const bool again = reg->integrity_protected && registration_find(s, reg->impu) != NULL;

	if (reg->sip_digest) {
		if ((again && user->digest.realm[0] != '\0') ||
		    fetch_digest(s, user, reg->impu, reply)) {
			challenge_digest(s, now, user, reg->impu, reply);
		}
		return;
	}
	if ((again && user->stock.n > 0) || fetch_vectors(s, user, reg->impu, NULL, reply)) {
		challenge(s, now, user, reg->impu, false, reply);
	}
}

/* The authentication failed: the HSS clears what the MAR had set, a registered user stays (R10,
 * R40). */
static void fail_authentication(struct scscf *s, struct user *user, const char *reason,
                                struct scscf_reply *reply)
{
	char *impu = user->challenge.impu;

	user->challenge.impu = NULL;
	challenge_drop(&user->challenge);
	reply->result = assign(s, user->impi, impu, CX_SAT_AUTHENTICATION_FAILURE);
	reply_set(reply, 403, reason);
	free(impu);
}

static bool response_right(const struct scscf *s, const struct scscf_register *reg,
                           const struct user *user)
{
	const struct challenge *c = &user->challenge;
	const struct digest_params params = {.username = reg->impi,
	                                     .realm = s->conf.realm,
	                                     .method = "REGISTER",
	                                     .uri = reg->uri,
	                                     .nonce = c->nonce,
	                                     .qop = reg->qop,
	                                     .nc = reg->nc,
	                                     .cnonce = reg->cnonce};
	char expected[DIGEST_RESPONSE_LEN + 1];
	bool right = false;

	if (reg->credentials == SCSCF_RAW_RES) {
		return !c->sip_digest && reg->res != NULL && reg->res_len == AUC_XRES_LEN &&
		       CRYPTO_memcmp(reg->res, c->vector.xres, AUC_XRES_LEN) == 0;
	}
	if (c->sip_digest) { /* qop "auth" is the only one of TS 33.203 N.2.1 */
		right = reg->qop != NULL &&
		        digest_response_ha1(&params, user->digest.ha1, expected);
	} else {
		right = digest_response(&params, c->vector.xres, AUC_XRES_LEN, expected);
	}
	right = right && reg->response != NULL && digest_response_equal(reg->response, expected);
	OPENSSL_cleanse(expected, sizeof(expected));
	return right;
}

static int64_t granted(const struct scscf *s, int64_t asked)
{
	return asked < s->conf.expires_max ? asked : s->conf.expires_max;
}

/* A success counts for the whole set: its timer is refreshed, whichever IMPU was used (R30). */
static void registration_refresh(const struct scscf *s, int64_t now, struct registration *r,
                                 int64_t expires)
{
	r->expires_at = now + expires + s->conf.expires_margin;
	r->reauth_deadline = 0;
	r->reauth_asked = 0;
}

/* Keep what the SAA said. The old registration of the set, if any, is replaced. */
static bool registration_store(struct scscf *s, int64_t now, const struct scscf_register *reg,
                               const struct cx_answer *ans, struct scscf_reply *reply)
{
	const char *why = "no profile";
	struct registration *fresh = calloc(1, sizeof(*fresh));
	bool ok = fresh != NULL && ans->user_data != NULL &&
	          profile_parse(ans->user_data, ans->user_data_len, &fresh->profile, &why);

	if (ok && profile_find(&fresh->profile, reg->impu) == NULL) {
		why = "the profile does not hold the IMPU";
		ok = false;
	}
	if (ok) {
		fresh->impi = strdup(reg->impi);
		fresh->impu = strdup(reg->impu);
		ok = fresh->impi != NULL && fresh->impu != NULL;
	}
	if (!ok) {
		reply_set(reply, 500, why);
		if (fresh != NULL) {
			registration_free(fresh);
		}
		return false;
	}
	for (size_t i = 0; i < fresh->profile.n_impu; i++) {
		registration_remove(s, registration_find(s, fresh->profile.impu[i].name));
	}
	registration_refresh(s, now, fresh, reply->expires);
	fresh->next = s->registrations;
	s->registrations = fresh;
	return true;
}

/* The user is who it claims to be: tell the HSS (Cx-Put, Cx-Pull) and register (SM9, SM10). */
static void complete_registration(struct scscf *s, int64_t now, const struct scscf_register *reg,
                                  struct scscf_reply *reply)
{
	struct registration *old = registration_find(s, reg->impu);
	struct exchange x;

	exchange_start(&x, CX_CMD_SAR, reg->impi, reg->impu);
	x.req.sar.server_name = s->conf.server_name;
	x.req.sar.type = old == NULL ? CX_SAT_REGISTRATION : CX_SAT_RE_REGISTRATION;
	x.req.sar.user_data_already_available = old != NULL;
	reply->expires = granted(s, reg->expires);
	if (exchange_accepted(&x, exchange_ask(s, &x), reply)) {
		if (x.ans.user_data != NULL || old == NULL) {
			if (registration_store(s, now, reg, &x.ans, reply)) {
				reply_set(reply, 200, "registered");
			}
		} else {
			registration_refresh(s, now, old, reply->expires);
			reply_set(reply, 200, "registered again");
		}
	}
	exchange_end(&x);
}

static void complete_deregistration(struct scscf *s, const struct scscf_register *reg,
                                    struct scscf_reply *reply)
{
	struct registration *r = registration_find(s, reg->impu);

	reply->result =
		assign(s, reg->impi, reg->impu,
	               s->conf.keep_server_name ? CX_SAT_USER_DEREGISTRATION_STORE_SERVER_NAME
	                                        : CX_SAT_USER_DEREGISTRATION);
	registration_remove(s, r);
	if (cx_result_is_success(reply->result)) {
		reply_set(reply, 200, "deregistered");
	} else {
		reply_set(reply, 500, "deregistered here; the HSS did not agree");
	}
}

static void resynchronise(struct scscf *s, int64_t now, struct user *user,
                          const struct scscf_register *reg, struct scscf_reply *reply)
{
	struct challenge *c = &user->challenge;

	if (c->sip_digest) {
		fail_authentication(s, user, "SIP Digest knows no synchronisation", reply);
		return;
	}
	if (c->resynchronised || reg->auts == NULL) {
		fail_authentication(s, user, "synchronisation failed twice", reply);
		return;
	}
	if (fetch_vectors(s, user, reg->impu, reg->auts, reply)) {
		challenge(s, now, user, reg->impu, true, reply);
	} else {
		const enum cx_result refusal = reply->result;

		fail_authentication(s, user, "resynchronisation refused", reply);
		reply->result = refusal;
	}
}

/* A REGISTER that answers the outstanding challenge (SM9). */
static void end_authentication(struct scscf *s, int64_t now, struct user *user,
                               const struct scscf_register *reg, struct scscf_reply *reply)
{
	switch (reg->credentials) {
	case SCSCF_AUTS:
		resynchronise(s, now, user, reg, reply);
		break;
	case SCSCF_DIGEST:
	case SCSCF_RAW_RES:
		if (!response_right(s, reg, user)) {
			fail_authentication(s, user, "wrong response", reply);
			break;
		}
		challenge_drop(&user->challenge); /* used: never accepted again (R20) */
		if (reg->expires == 0) {
			complete_deregistration(s, reg, reply);
		} else {
			complete_registration(s, now, reg, reply);
		}
		break;
	case SCSCF_NO_CREDENTIALS:
	case SCSCF_NO_RESPONSE:
		fail_authentication(s, user, "the UE refused the network", reply);
		break;
	}
}

void scscf_register(struct scscf *s, int64_t now, const struct scscf_register *reg,
                    struct scscf_reply *reply)
{
	struct user *user = user_get(s, reg->impi);
	const struct challenge *c = user != NULL ? &user->challenge : NULL;

	memset(reply, 0, sizeof(*reply));
	(void)scscf_tick(s, now);
	if (user == NULL) {
		reply->err = HSS_ERR_MEMORY;
		reply_set(reply, 500, "no memory");
	} else if (reg->credentials == SCSCF_NO_CREDENTIALS || !c->active) {
		begin_authentication(s, now, user, reg, reply);
	} else if (reg->nonce == NULL || strcmp(reg->nonce, c->nonce) != 0 ||
	           strcmp(reg->impu, c->impu) != 0) {
		/* R36: a late answer to a cancelled challenge does not disturb the one that is
		 * running. */
		reply_set(reply, 403, "not an answer to the outstanding challenge");
	} else {
		end_authentication(s, now, user, reg, reply);
	}
}

static size_t tick_challenges(struct scscf *s, int64_t now)
{
	size_t fired = 0;

	for (struct user *user = s->users; user != NULL; user = user->next) {
		char *impu = user->challenge.impu;

		if (!user->challenge.active || now < user->challenge.deadline) {
			continue;
		}
		user->challenge.impu = NULL;
		challenge_drop(&user->challenge);
		(void)assign(s, user->impi, impu, CX_SAT_AUTHENTICATION_TIMEOUT);
		free(impu);
		fired++;
	}
	return fired;
}

/* R38. Returns whether the registration is to end. */
static bool reauth_over(struct scscf *s, int64_t now, struct registration *r)
{
	if (r->reauth_deadline == 0 || now < r->reauth_deadline) {
		return false;
	}
	if (s->conf.silence == SCSCF_SILENCE_ASK_AGAIN) {
		r->reauth_deadline = now + s->conf.reauth_timeout;
		r->reauth_asked++;
		return false;
	}
	return true;
}

static size_t tick_registrations(struct scscf *s, int64_t now)
{
	const uint32_t timeout_type = s->conf.keep_server_name
	                                      ? CX_SAT_TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME
	                                      : CX_SAT_TIMEOUT_DEREGISTRATION;
	struct registration *next = NULL;
	size_t fired = 0;

	for (struct registration *r = s->registrations; r != NULL; r = next) {
		const bool expired = now >= r->expires_at;
		const bool asked = r->reauth_deadline != 0 && now >= r->reauth_deadline;

		next = r->next;
		fired += expired || asked;
		if (expired || reauth_over(s, now, r)) {
			(void)assign(s, r->impi, r->impu,
			             expired ? timeout_type : CX_SAT_ADMINISTRATIVE_DEREGISTRATION);
			registration_remove(s, r);
		}
	}
	return fired;
}

size_t scscf_tick(struct scscf *s, int64_t now)
{
	return tick_challenges(s, now) + tick_registrations(s, now);
}

int64_t scscf_next_timer(const struct scscf *s)
{
	int64_t next = INT64_MAX;

	for (const struct user *user = s->users; user != NULL; user = user->next) {
		if (user->challenge.active && user->challenge.deadline < next) {
			next = user->challenge.deadline;
		}
	}
	for (const struct registration *r = s->registrations; r != NULL; r = r->next) {
		if (r->expires_at < next) {
			next = r->expires_at;
		}
		if (r->reauth_deadline != 0 && r->reauth_deadline < next) {
			next = r->reauth_deadline;
		}
	}
	return next;
}

enum cx_result scscf_deregister(struct scscf *s, const char *impu, uint32_t type)
{
	struct registration *r = registration_find(s, impu);
	enum cx_result result = CX_NO_RESULT;

	if (r != NULL) {
		result = assign(s, r->impi, impu, type);
		registration_remove(s, r);
	}
	return result;
}

bool scscf_reauthenticate(struct scscf *s, int64_t now, const char *impu)
{
	struct registration *r = registration_find(s, impu);

	if (r != NULL) {
		r->reauth_deadline = now + s->conf.reauth_timeout;
		r->reauth_asked++;
	}
	return r != NULL;
}

unsigned scscf_reauth_asked(const struct scscf *s, const char *impu)
{
	const struct registration *r = registration_find(s, impu);

	return r != NULL ? r->reauth_asked : 0;
}

bool scscf_is_registered(const struct scscf *s, const char *impu)
{
	return registration_find(s, impu) != NULL;
}

bool scscf_may_serve(const struct scscf *s, const char *impu)
{
	const struct registration *r = registration_find(s, impu);

	return r != NULL && !profile_find(&r->profile, impu)->barred;
}

const struct profile *scscf_profile(const struct scscf *s, const char *impu)
{
	const struct registration *r = registration_find(s, impu);

	return r != NULL ? &r->profile : NULL;
}

int64_t scscf_expires_at(const struct scscf *s, const char *impu)
{
	const struct registration *r = registration_find(s, impu);

	return r != NULL ? r->expires_at : 0;
}

size_t scscf_stock(const struct scscf *s, const char *impi)
{
	const struct user *user = user_find(s, impi);

	return user != NULL ? user->stock.n : 0;
}

static bool rtr_names_impi(const struct cx_request *req, const char *impi)
{
	bool named = req->impi != NULL && strcmp(req->impi, impi) == 0;

	for (size_t i = 0; i < req->rtr.n_associated_impi && !named; i++) {
		named = strcmp(req->rtr.associated_impi[i], impi) == 0;
	}
	return named;
}

/* Whether one of the IMPUs is of this registration; no IMPU at all means every one. */
static bool rtr_names_set(const struct cx_request *req, const struct registration *reg)
{
	bool named = req->n_impu == 0;

	for (size_t i = 0; i < req->n_impu && !named; i++) {
		named = profile_find(&reg->profile, req->impu[i]) != NULL;
	}
	return named;
}

static enum cx_result terminate(struct scscf *s, const struct cx_request *req)
{
	enum cx_result result = CX_ERROR_USER_UNKNOWN;
	struct registration *reg = s->registrations;

	while (reg != NULL) {
		struct registration *next = reg->next;

		if (rtr_names_impi(req, reg->impi) && rtr_names_set(req, reg)) {
			registration_remove(s, reg);
			result = CX_SUCCESS;
		}
		reg = next;
	}
	return result;
}

/* Whether two profiles have an IMPU in common: then they are of one set. */
static bool same_set(const struct profile *a, const struct profile *b)
{
	for (size_t i = 0; i < a->n_impu; i++) {
		if (profile_find(b, a->impu[i].name) != NULL) {
			return true;
		}
	}
	return false;
}

static enum cx_result profile_replace(struct scscf *s, const struct cx_request *req)
{
	struct profile fresh = {0};
	const char *why = NULL;

	if (!profile_parse(req->ppr.user_data, req->ppr.user_data_len, &fresh, &why)) {
		return CX_ERROR_NOT_SUPPORTED_USER_DATA;
	}
	for (struct registration *reg = s->registrations; reg != NULL; reg = reg->next) {
		if (req->impi != NULL && strcmp(reg->impi, req->impi) == 0 &&
		    same_set(&reg->profile, &fresh)) {
			profile_free(&reg->profile);
			reg->profile = fresh;
			return CX_SUCCESS;
		}
	}
	profile_free(&fresh);
	return CX_ERROR_USER_UNKNOWN;
}

/* HA1 of the User-Name is another one from now on (TS 29.228 6.6.1). */
static void digest_replace(const struct scscf *s, const struct cx_request *req)
{
	struct user *user = user_find(s, req->impi);

	if (user != NULL) {
		(void)digest_keep(user, &req->ppr.digest);
	}
}

enum cx_result scscf_push(struct scscf *s, const struct cx_request *req)
{
	if (req->command == CX_CMD_RTR) {
		return terminate(s, req);
	}
	if (req->ppr.user_data != NULL) {
		return profile_replace(s, req);
	}
	for (const struct registration *reg = s->registrations; reg != NULL; reg = reg->next) {
		if (req->impi != NULL && strcmp(reg->impi, req->impi) == 0) {
			if (req->ppr.digest.realm != NULL) {
				digest_replace(s, req);
			}
			return CX_SUCCESS; /* charging is not kept here */
		}
	}
	return CX_ERROR_USER_UNKNOWN;
}
