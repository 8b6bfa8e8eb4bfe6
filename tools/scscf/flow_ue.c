/* Acts in which the UE (soft ISIM), the P-CSCF and the I-CSCF around the S-CSCF take part. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "tools/scscf/cx_text.h"
#include "tools/scscf/flow.h"

enum { EXPIRES = 3600, URI_LEN = 300 };

static const char cnonce[] = "0a4f113b";

static void sm_step(struct flow *f, const char *what, const char *way)
{
	char seed[16];

	(void)snprintf(seed, sizeof(seed), "SM%u", ++f->sm);
	trace_step(f->env->trace, seed, what, way);
}

/* What a UAR has to say now, by what the HSS was told before (TS 29.228 6.1.1.1, R14). */
static bool icscf_query(struct flow *f, const struct scscf_register *reg)
{
	const struct act leave = {
		.arg = CX_UAT_DE_REGISTRATION, .result = CX_SUCCESS, .name = f->named};
	const struct act act = {.arg = CX_UAT_REGISTRATION,
	                        .result = f->named != NAME_NONE ? CX_SUBSEQUENT_REGISTRATION
	                                                        : CX_FIRST_REGISTRATION,
	                        .name = f->named};

	return act_uar(f, reg->expires == 0 ? &leave : &act);
}

/* One REGISTER from the UE to the S-CSCF and the answer back: six messages, the I-CSCF asks in
 * between. */
static bool leg(struct flow *f, const struct scscf_register *reg, const char *what)
{
	const char *back = "500 Server_Error";
	const char *to_ue = NULL;

	sm_step(f, what, "UE -> P-CSCF");
	sm_step(f, what, "P-CSCF -> I-CSCF");
	if (!icscf_query(f, reg)) {
		return false;
	}
	sm_step(f, what, "I-CSCF -> S-CSCF");
	scscf_reply_wipe(&f->reply);
	scscf_register(f->scscf, f->now, reg, &f->reply);
	switch (f->reply.status) {
	case 200:
		back = "200 Auth_OK";
		break;
	case 401:
		f->named = NAME_FIRST;
		back = f->sip_digest ? "401 Auth_Challenge" : "401 Auth_Challenge RAND AUTN IK CK";
		to_ue = f->sip_digest ? back : "401 Auth_Challenge RAND AUTN";
		break;
	case 403:
		back = "403 Auth_Failure";
		break;
	default:
		break;
	}
	sm_step(f, back, "S-CSCF -> I-CSCF");
	sm_step(f, back, "I-CSCF -> P-CSCF");
	sm_step(f, to_ue != NULL ? to_ue : back, "P-CSCF -> UE");
	return true;
}

static bool expect_status(struct flow *f, int status)
{
	if (f->reply.status == status) {
		return true;
	}
	return flow_failed(f, "the S-CSCF answered %d (%s; Cx: %s), %d was expected",
	                   f->reply.status, f->reply.reason, cx_result_name(f->reply.result),
	                   status);
}

static struct scscf_register register_plain(const struct flow *f)
{
	return (struct scscf_register){.impi = f->env->impi,
	                               .impu = f->env->impu,
	                               .integrity_protected =
	                                       scscf_is_registered(f->scscf, f->env->impu),
	                               .sip_digest = f->sip_digest,
	                               .expires = EXPIRES,
	                               .credentials = SCSCF_NO_CREDENTIALS};
}

/* SM1 to SM6, and that the challenge is one and holds for the P-CSCF what it needs (R27); CK and IK
 * come with AKA only. */
static bool ask_challenge(struct flow *f, const struct scscf_register *reg)
{
	static const uint8_t zero[AUC_CK_LEN] = {0};

	if (!leg(f, reg, "REGISTER") || !expect_status(f, 401)) {
		return false;
	}
	if (f->sip_digest) {
		return flow_expect(f, f->reply.realm[0] != '\0', "the challenge names the realm") &&
		       flow_expect(f, memcmp(f->reply.ck, zero, sizeof(zero)) == 0,
		                   "SIP Digest has no CK");
	}
	return flow_expect(f, memcmp(f->reply.ck, zero, sizeof(zero)) != 0, "CK is there") &&
	       flow_expect(f, memcmp(f->reply.ik, zero, sizeof(zero)) != 0, "IK is there");
}

/* The ISIM's turn: what it makes of the nonce. */
static bool ue_answers(struct flow *f, enum isim_result expected)
{
	static const char *const words[] = {[ISIM_OK] = "accepted",
	                                    [ISIM_MAC_FAILURE] = "refused for its MAC",
	                                    [ISIM_SYNC_FAILURE] = "refused for its SQN",
	                                    [ISIM_ERROR] = "not computed: libcrypto failed"};
	uint8_t rand[AUC_RAND_LEN];
	uint8_t autn[AUC_AUTN_LEN];
	enum isim_result result = ISIM_ERROR;

	if (f->sip_digest) {
		return true; /* nothing in the challenge shows who made it (TS 33.203 N.2.1) */
	}
	if (!digest_nonce_parse(f->reply.nonce, rand, autn)) {
		return flow_failed(f, "the nonce is not RAND and AUTN");
	}
	result = isim_authenticate(&f->isim, rand, autn, &f->ue);
	if (result != expected) {
		return flow_failed(f, "the ISIM: challenge %s; it should be %s", words[result],
		                   words[expected]);
	}
	if (result == ISIM_OK && (CRYPTO_memcmp(f->ue.ck, f->reply.ck, AUC_CK_LEN) != 0 ||
	                          CRYPTO_memcmp(f->ue.ik, f->reply.ik, AUC_IK_LEN) != 0)) {
		return flow_failed(f, "CK and IK of ISIM and P-CSCF differ");
	}
	return true;
}

/* Everything a REGISTER with an answer needs to live for. */
struct answer {
	struct scscf_register reg;
	char nonce[DIGEST_NONCE_LEN + 1];
	char uri[URI_LEN];
	char response[DIGEST_RESPONSE_LEN + 1];
};

/* The response of a UE with a password, or with another one. */
static bool password_response(struct flow *f, struct digest_params *params, bool wrong,
                              char response[static DIGEST_RESPONSE_LEN + 1])
{
	char ha1[DIGEST_HA1_LEN + 1];
	bool ok = false;

	params->realm = f->reply.realm;
	ok = digest_ha1(f->env->digest, f->env->impi, params->realm, ha1);
	if (wrong) {
		ha1[0] = ha1[0] == '0' ? '1' : '0';
	}
	ok = ok && digest_response_ha1(params, ha1, response);
	OPENSSL_cleanse(ha1, sizeof(ha1));
	return ok;
}

static bool answer_make(struct flow *f, enum flow_answer kind, bool wrong, struct answer *a)
{
	struct digest_params params = {.username = f->env->impi,
	                               .realm = f->env->realm,
	                               .method = "REGISTER",
	                               .uri = a->uri,
	                               .nonce = a->nonce,
	                               .qop = kind == ANSWER_DIGEST_QOP ? "auth" : NULL,
	                               .nc = "00000001",
	                               .cnonce = cnonce};

	f->ue.res[0] ^= wrong ? 1 : 0;
	memcpy(a->nonce, f->reply.nonce, sizeof(a->nonce));
	(void)snprintf(a->uri, sizeof(a->uri), "sip:%s", f->env->realm);
	a->reg = register_plain(f);
	a->reg.credentials = kind == ANSWER_RAW_RES ? SCSCF_RAW_RES : SCSCF_DIGEST;
	a->reg.nonce = a->nonce;
	a->reg.uri = a->uri;
	a->reg.qop = params.qop;
	a->reg.nc = params.nc;
	a->reg.cnonce = params.cnonce;
	a->reg.response = a->response;
	a->reg.res = f->ue.res;
	a->reg.res_len = sizeof(f->ue.res);
	return flow_expect(
		f,
		f->sip_digest ? password_response(f, &params, wrong, a->response)
			      : digest_response(&params, f->ue.res, sizeof(f->ue.res), a->response),
		"the digest can be computed");
}

/* SM7 to SM12 with a right answer. */
static bool send_answer(struct flow *f, enum flow_answer kind, int64_t expires, int status)
{
	struct answer a;
	bool ok = answer_make(f, kind, false, &a);

	a.reg.expires = expires;
	ok = ok && leg(f, &a.reg, "REGISTER response") && expect_status(f, status);
	OPENSSL_cleanse(&a, sizeof(a));
	return ok;
}

bool act_register(struct flow *f, const struct act *act)
{
	const struct scscf_register reg = register_plain(f);
	const bool before = scscf_is_registered(f->scscf, f->env->impu);

	f->sm = 0;
	if (!ask_challenge(f, &reg) || !ue_answers(f, ISIM_OK) ||
	    !send_answer(f, (enum flow_answer)act->arg, EXPIRES, 200)) {
		return false;
	}
	f->state = STATE_REGISTERED;
	return flow_expect(f,
	                   f->traced.last_sar_type ==
	                           (before ? CX_SAT_RE_REGISTRATION : CX_SAT_REGISTRATION),
	                   "SAR REGISTRATION for a new one, RE_REGISTRATION for a repeated one") &&
	       flow_expect(f, scscf_is_registered(f->scscf, f->env->impu),
	                   "the IMPU is registered");
}

/* R25: vectors in stock are used up before the HSS is asked again. */
bool act_reregister(struct flow *f, const struct act *act)
{
	const unsigned before = f->traced.n_mar;
	const struct act again = {.arg = ANSWER_DIGEST_QOP};

	if (!flow_expect(f, scscf_is_registered(f->scscf, f->env->impu), "registered before")) {
		return false;
	}
	f->now += EXPIRES / 2;
	if (!act_register(f, &again)) {
		return false;
	}
	if (f->traced.n_mar - before != act->arg) {
		return flow_failed(f, "%u MARs were sent, %" PRIu32 " expected",
		                   f->traced.n_mar - before, act->arg);
	}
	return true;
}

bool act_wait(struct flow *f, const struct act *act)
{
	(void)act;
	return flow_expect(f, f->env->wait != NULL && f->env->wait(f->env->wait_opaque, f->scscf),
	                   "as many RTRs and PPRs as were waited for");
}

bool act_deregister(struct flow *f, const struct act *act)
{
	struct scscf_register reg = register_plain(f);

	(void)act;
	f->sm = 0;
	reg.expires = 0;
	if (!ask_challenge(f, &reg) || !ue_answers(f, ISIM_OK) ||
	    !send_answer(f, ANSWER_DIGEST_QOP, 0, 200)) {
		return false;
	}
	f->state = STATE_NOT_REGISTERED;
	f->named = NAME_NONE;
	return flow_expect(f, f->traced.last_sar_type == CX_SAT_USER_DEREGISTRATION,
	                   "SAR USER_DEREGISTRATION") &&
	       flow_expect(f, !scscf_is_registered(f->scscf, f->env->impu),
	                   "not registered any more");
}

/* The UE lets the challenge pass. */
static bool fail_silently(struct flow *f)
{
	f->now += f->conf.challenge_timeout;
	return flow_expect(f, scscf_tick(f->scscf, f->now) == 1, "the challenge timer fires") &&
	       flow_expect(f, f->traced.last_sar_type == CX_SAT_AUTHENTICATION_TIMEOUT,
	                   "SAR AUTHENTICATION_TIMEOUT");
}

/* The UE answers, but not as it should: SM10 carries nothing of the challenge (R34). */
static bool fail_aloud(struct flow *f, enum flow_failure kind)
{
	struct answer a;
	bool ok = answer_make(f, kind == FAIL_WRONG_RES ? ANSWER_RAW_RES : ANSWER_DIGEST_QOP, true,
	                      &a);

	if (kind == FAIL_NETWORK) {
		a.reg.credentials = SCSCF_NO_RESPONSE;
	}
	ok = ok &&
	     leg(f, &a.reg,
	         kind == FAIL_NETWORK ? "REGISTER AuthenticationFailure" : "REGISTER response") &&
	     expect_status(f, 403) &&
	     flow_expect(f, f->reply.nonce[0] == '\0', "no security parameters in the failure") &&
	     flow_expect(f, f->traced.last_sar_type == CX_SAT_AUTHENTICATION_FAILURE,
	                 "SAR AUTHENTICATION_FAILURE") &&
	     flow_expect(f, f->reply.result == CX_SUCCESS, "the HSS takes the SAR");
	OPENSSL_cleanse(&a, sizeof(a));
	return ok;
}

/*
 * R10 to R12, R40: whatever fails, a registered user stays registered and an unregistered one keeps
 * its S-CSCF; of one not registered the name is cleared. The row after this act asks the HSS.
 */
bool act_fail(struct flow *f, const struct act *act)
{
	const enum flow_failure kind = (enum flow_failure)act->arg;
	const struct scscf_register reg = register_plain(f);
	const bool before = scscf_is_registered(f->scscf, f->env->impu);
	bool ok = false;

	f->sm = 0;
	if (!ask_challenge(f, &reg)) {
		return false;
	}
	if (kind == FAIL_NETWORK) {
		uint8_t rand[AUC_RAND_LEN];
		uint8_t autn[AUC_AUTN_LEN];

		/* The UE sees an AUTN with another MAC (R71). */
		if (!digest_nonce_parse(f->reply.nonce, rand, autn)) {
			return flow_failed(f, "the nonce is not RAND and AUTN");
		}
		autn[AUC_AUTN_LEN - 1] ^= 1;
		ok = flow_expect(
			f, isim_authenticate(&f->isim, rand, autn, &f->ue) == ISIM_MAC_FAILURE,
			"the ISIM refuses a wrong MAC");
	} else {
		ok = ue_answers(f, ISIM_OK);
	}
	ok = ok && (kind == FAIL_NO_ANSWER ? fail_silently(f) : fail_aloud(f, kind));
	if (f->state == STATE_NOT_REGISTERED) {
		f->named = NAME_NONE;
	}
	return ok && flow_expect(f, scscf_is_registered(f->scscf, f->env->impu) == before,
	                         "a failure changes no registration");
}

/* Put the ISIM ahead of the challenge at hand, so that it must answer with AUTS. */
static bool isim_run_ahead(struct flow *f, uint64_t by)
{
	uint8_t autn[AUC_AUTN_LEN];
	uint64_t sqn = 0;

	if (!digest_nonce_parse(f->reply.nonce, f->resync_rand, autn) ||
	    isim_sqn_of(&f->isim, f->resync_rand, autn, &sqn) != AUC_OK) {
		return flow_failed(f, "the challenge is not one for this ISIM");
	}
	f->sqn = sqn > f->sqn ? sqn : f->sqn;
	isim_sqn_raise(&f->isim, sqn + (by << AUC_SQN_IND_BITS));
	return true;
}

static bool send_auts(struct flow *f, const uint8_t auts[static AUC_AUTS_LEN])
{
	struct scscf_register reg = register_plain(f);
	char nonce[DIGEST_NONCE_LEN + 1];

	memcpy(nonce, f->reply.nonce, sizeof(nonce));
	reg.credentials = SCSCF_AUTS;
	reg.nonce = nonce;
	reg.auts = auts;
	return leg(f, &reg, "REGISTER SynchronizationFailure AUTS");
}

/* Whether a RAND is among those of the last MAA. */
static bool is_item(const struct flow *f, const uint8_t rand[static AUC_RAND_LEN])
{
	for (size_t i = 0; i < f->traced.n_items; i++) {
		if (memcmp(f->traced.item_rand[i], rand, AUC_RAND_LEN) == 0) {
			return true;
		}
	}
	return false;
}

/* R23, R37: new vectors replace all old ones, and the ISIM takes the first of them. */
bool act_resync(struct flow *f, const struct act *act)
{
	enum { AHEAD = 1000 };
	const struct scscf_register reg = register_plain(f);
	uint8_t rand[AUC_RAND_LEN];
	uint8_t autn[AUC_AUTN_LEN];

	(void)act;
	f->sm = 0;
	if (!ask_challenge(f, &reg) || !isim_run_ahead(f, AHEAD) ||
	    !ue_answers(f, ISIM_SYNC_FAILURE)) {
		return false;
	}
	memcpy(f->resync_auts, f->ue.auts, AUC_AUTS_LEN);
	if (!send_auts(f, f->resync_auts) || !expect_status(f, 401) ||
	    !digest_nonce_parse(f->reply.nonce, rand, autn) ||
	    !flow_expect(f, is_item(f, rand), "the new challenge is one of the new vectors") ||
	    !flow_expect(f, scscf_stock(f->scscf, f->env->impi) == f->traced.n_items - 1,
	                 "only new vectors are in stock") ||
	    !ue_answers(f, ISIM_OK) || !send_answer(f, ANSWER_DIGEST_QOP, EXPIRES, 200)) {
		return false;
	}
	f->state = STATE_REGISTERED;
	f->sqn = isim_sqn_ms(&f->isim);
	return true;
}

/* Wrong MAC-S: refused, and SQN_HE stays where it was; the MAR in the next row shows it. */
bool act_resync_bad(struct flow *f, const struct act *act)
{
	enum { AHEAD = 100000 };
	const struct scscf_register reg = register_plain(f);
	uint8_t auts[AUC_AUTS_LEN];

	(void)act;
	f->sm = 0;
	if (!ask_challenge(f, &reg) || !isim_run_ahead(f, AHEAD) ||
	    !ue_answers(f, ISIM_SYNC_FAILURE)) {
		return false;
	}
	memcpy(auts, f->ue.auts, sizeof(auts));
	auts[AUC_AUTS_LEN - 1] ^= 1;
	if (!send_auts(f, auts) || !expect_status(f, 403) ||
	    !flow_expect(f, f->reply.result == CX_UNABLE_TO_COMPLY,
	                 "a wrong MAC-S is answered UNABLE_TO_COMPLY")) {
		return false;
	}
	/* The whole array was issued: the next MAR follows its last SQN. */
	f->sqn += (uint64_t)(f->traced.n_items - 1) << AUC_SQN_IND_BITS;
	f->named = f->state == STATE_NOT_REGISTERED ? NAME_NONE : f->named;
	return true;
}

/* R36: a second REGISTER cancels the first challenge; its late answer is refused and disturbs
 * nothing. */
bool act_newer_challenge(struct flow *f, const struct act *act)
{
	const struct scscf_register reg = register_plain(f);
	struct scscf_reply newer;
	struct isim_response kept;
	struct answer late;
	bool ok = false;

	(void)act;
	f->sm = 0;
	if (!ask_challenge(f, &reg) || !ue_answers(f, ISIM_OK) ||
	    !answer_make(f, ANSWER_DIGEST_QOP, false, &late)) {
		return false;
	}
	f->sm = 0;
	ok = ask_challenge(f, &reg) && ue_answers(f, ISIM_OK);
	newer = f->reply;
	kept = f->ue;
	late.reg.res = NULL;
	ok = ok && leg(f, &late.reg, "REGISTER late response") && expect_status(f, 403);
	f->reply = newer;
	f->ue = kept;
	f->sm = 6;
	ok = ok && send_answer(f, ANSWER_DIGEST_QOP, EXPIRES, 200);
	f->state = ok ? STATE_REGISTERED : f->state;
	OPENSSL_cleanse(&newer, sizeof(newer));
	OPENSSL_cleanse(&kept, sizeof(kept));
	OPENSSL_cleanse(&late, sizeof(late));
	return ok;
}

/* R26: nonces come in the order of SIP-Item-Number, one MAA for all of them. */
bool act_fifo(struct flow *f, const struct act *act)
{
	const unsigned before = f->traced.n_mar;
	uint8_t rand[AUC_RAND_LEN];
	uint8_t autn[AUC_AUTN_LEN];
	size_t used = 0;

	(void)act;
	do {
		const struct scscf_register reg = register_plain(f);

		f->sm = 0;
		if (!ask_challenge(f, &reg) || !ue_answers(f, ISIM_OK) ||
		    !digest_nonce_parse(f->reply.nonce, rand, autn) ||
		    !flow_expect(f,
		                 used < f->traced.n_items &&
		                         memcmp(rand, f->traced.item_rand[used], sizeof(rand)) == 0,
		                 "challenges follow SIP-Item-Number") ||
		    !send_answer(f, ANSWER_DIGEST_QOP, EXPIRES, 200)) {
			return false;
		}
		f->state = STATE_REGISTERED;
		used++;
	} while (scscf_stock(f->scscf, f->env->impi) > 0);
	return flow_expect(f, used == f->traced.n_items && f->traced.n_mar - before == 1,
	                   "each vector of one MAA is used once");
}

/* R30: our timer outlives the UE's; then TIMEOUT_DEREGISTRATION. */
bool act_expire(struct flow *f, const struct act *act)
{
	(void)act;
	f->now += EXPIRES;
	if (!flow_expect(f, scscf_tick(f->scscf, f->now) == 0, "the UE's timer ends first")) {
		return false;
	}
	f->now = scscf_next_timer(f->scscf);
	if (!flow_expect(f, scscf_tick(f->scscf, f->now) == 1, "the registration expires") ||
	    !flow_expect(f, f->traced.last_sar_type == CX_SAT_TIMEOUT_DEREGISTRATION,
	                 "SAR TIMEOUT_DEREGISTRATION")) {
		return false;
	}
	f->state = STATE_NOT_REGISTERED;
	f->named = NAME_NONE;
	return flow_expect(f, !scscf_is_registered(f->scscf, f->env->impu),
	                   "not registered any more");
}

/* LIR for one IMPU of the set by name. */
static bool lir_of(struct flow *f, const char *impu, bool served)
{
	struct flow_env env = *f->env;
	const struct flow_env *own = f->env;
	const struct act act = {.result = CX_SUCCESS, .name = served ? NAME_FIRST : NAME_NONE};
	bool ok = false;

	env.impu = impu;
	f->env = &env;
	ok = served ? act_lir(f, &act) : act_lir_idle(f, &act);
	f->env = own;
	return ok;
}

/* R8: every IMPU that the profile names is registered, at the HSS and here. */
bool act_set_registered(struct flow *f, const struct act *act)
{
	const struct profile *set = scscf_profile(f->scscf, f->env->impu);

	(void)act;
	for (size_t i = 0; set != NULL && i < set->n_impu; i++) {
		if (!lir_of(f, set->impu[i].name, true) ||
		    !flow_expect(f, scscf_is_registered(f->scscf, set->impu[i].name),
		                 "the IMPU is implicitly registered")) {
			return false;
		}
	}
	return flow_expect(f, set != NULL, "there is a profile");
}

/* R8: one of them deregistered, all of them gone: the last of the set goes, the others are asked
 * for. */
bool act_set_gone(struct flow *f, const struct act *act)
{
	const struct profile *set = scscf_profile(f->scscf, f->env->impu);
	const struct flow_env *own = f->env;
	struct flow_env env = *f->env;
	const struct act sar = {.arg = CX_SAT_USER_DEREGISTRATION, .result = CX_SUCCESS};
	bool ok = false;

	(void)act;
	if (set == NULL) {
		return flow_failed(f, "there is no profile");
	}
	env.impu = set->impu[set->n_impu - 1].name;
	f->env = &env;
	ok = act_sar(f, &sar);
	f->env = own;
	for (size_t i = 0; ok && i < set->n_impu; i++) {
		ok = lir_of(f, set->impu[i].name, false);
	}
	return ok;
}

/* R39: a barred identity may register but not be served. */
bool act_barring(struct flow *f, const struct act *act)
{
	const struct profile *set = scscf_profile(f->scscf, f->env->impu);

	(void)act;
	for (size_t i = 0; set != NULL && i < set->n_impu; i++) {
		if (scscf_may_serve(f->scscf, set->impu[i].name) == set->impu[i].barred) {
			return flow_failed(f, "%s: barring is not kept", set->impu[i].name);
		}
	}
	return flow_expect(f, set != NULL, "there is a profile") &&
	       flow_expect(f, !scscf_may_serve(f->scscf, "sip:nobody@unknown.invalid"),
	                   "an identity that is not registered is not served");
}

/* R38: the network asks the UE to authenticate again. */
bool act_reauth(struct flow *f, const struct act *act)
{
	const struct act again = {.arg = ANSWER_DIGEST_QOP};

	trace_step(f->env->trace, "-", "Authentication-Required", "S-CSCF -> UE");
	if (!flow_expect(f, scscf_reauthenticate(f->scscf, f->now, f->env->impu), "registered")) {
		return false;
	}
	if (act->arg == 1) {
		return act_register(f, &again) &&
		       flow_expect(f, scscf_reauth_asked(f->scscf, f->env->impu) == 0,
		                   "the request is answered");
	}
	f->now += f->conf.reauth_timeout;
	if (!flow_expect(f, scscf_tick(f->scscf, f->now) == 1, "the timer fires") ||
	    !flow_expect(f, f->traced.last_sar_type == CX_SAT_ADMINISTRATIVE_DEREGISTRATION,
	                 "SAR ADMINISTRATIVE_DEREGISTRATION")) {
		return false;
	}
	f->state = STATE_NOT_REGISTERED;
	f->named = NAME_NONE;
	return true;
}
