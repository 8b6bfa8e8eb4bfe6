#include "fake_hss.h"

#include <string.h>

#include <openssl/rand.h>

#include "auc/sqn.h"
#include "auc/vector.h"

const struct auc_key fake_key = {
	.k = {0x46, 0x5b, 0x5c, 0xe8, 0xb1, 0x99, 0xb4, 0x9f, 0xaa, 0x5f, 0x0a, 0x2e, 0xe2, 0x38,
              0xa6, 0xbc},
	.opc = {0xcd, 0x63, 0xcb, 0x71, 0x95, 0x4a, 0x9f, 0x4e, 0x48, 0xa5, 0x99, 0x4e, 0x37, 0xa0,
                0x2b, 0xaf},
};

const uint8_t fake_ha1[CX_HA1_LEN] = {0xee, 0x96, 0x70, 0xb3, 0x50, 0xba, 0x98, 0x22,
                                      0x67, 0xf1, 0x09, 0x9c, 0x7c, 0xc5, 0x8d, 0xe4};

static const char *const impus[FAKE_IMPUS] = {FAKE_IMPU, "tel:+15550100",
                                              "sip:alice.barred@home.example"};

static const char profile[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<IMSSubscription>\n"
	"<PrivateID>" FAKE_IMPI "</PrivateID>\n<ServiceProfile>\n"
	"<PublicIdentity><BarringIndication>0</BarringIndication><Identity>" FAKE_IMPU
	"</Identity></PublicIdentity>\n"
	"<PublicIdentity><Identity> tel:+15550100 </Identity></PublicIdentity>\n"
	"</ServiceProfile><ServiceProfile>\n"
	"<PublicIdentity><BarringIndication>1</BarringIndication>"
	"<Identity>sip:alice.barred@home.example</Identity></PublicIdentity>\n"
	"</ServiceProfile></IMSSubscription>\n";

static enum auc_err rand_fill(void *opaque, uint8_t *out, size_t len)
{
	(void)opaque;
	return RAND_bytes(out, (int)len) == 1 ? AUC_OK : AUC_ERR_RNG;
}

static const struct auc_rng rng = {.fill = rand_fill};

static const struct auc_sqn_rule profile_2 = {.ind_bits = AUC_SQN_IND_BITS};

int fake_hss_open(struct fake_hss *hss, enum fake_fault fault)
{
	*hss = (struct fake_hss){
		.lock = PTHREAD_MUTEX_INITIALIZER, .fault = fault, .key = fake_key};
	hss->key.k[0] ^= fault == FAULT_WRONG_KEY ? 1 : 0;
	return auc_open(&hss->auc) == AUC_OK ? 0 : -1;
}

void fake_hss_close(struct fake_hss *hss)
{
	auc_close(hss->auc);
	(void)pthread_mutex_destroy(&hss->lock);
}

static int impu_index(const char *impu)
{
	for (int i = 0; i < FAKE_IMPUS; i++) {
		if (strcmp(impus[i], impu) == 0) {
			return i;
		}
	}
	return -1;
}

/* The checks that all procedures begin with. */
static enum cx_result identities_check(const struct fake_hss *hss, const struct cx_request *req)
{
	if (req->impi != NULL && strcmp(req->impi, FAKE_IMPI) != 0) {
		return CX_ERROR_USER_UNKNOWN;
	}
	for (size_t i = 0; i < req->n_impu; i++) {
		if (strcmp(req->impu[i], FAKE_OTHER_IMPU) == 0) {
			return hss->fault == FAULT_OWNER_NOT_CHECKED
			               ? CX_SUCCESS
			               : CX_ERROR_IDENTITIES_DONT_MATCH;
		}
		if (impu_index(req->impu[i]) < 0) {
			return CX_ERROR_USER_UNKNOWN;
		}
	}
	return CX_SUCCESS;
}

static int state_of(const struct fake_hss *hss, const struct cx_request *req)
{
	const int index = req->n_impu > 0 ? impu_index(req->impu[0]) : 0;

	return hss->state[index < 0 ? 0 : index];
}

static void state_set(struct fake_hss *hss, const struct cx_request *req, int state)
{
	const int index = req->n_impu > 0 ? impu_index(req->impu[0]) : 0;

	for (int i = 0; i < FAKE_IMPUS; i++) {
		if (hss->fault != FAULT_ONE_OF_SET || i == index) {
			hss->state[i] = state;
		}
	}
}

static enum cx_result uar(struct fake_hss *hss, const struct cx_request *req, struct cx_answer *ans)
{
	const bool served = state_of(hss, req) > 0 || hss->pending;

	if (req->uar.type == CX_UAT_REGISTRATION_AND_CAPABILITIES) {
		ans->capabilities = true;
		return CX_SUCCESS;
	}
	if (req->uar.type == CX_UAT_DE_REGISTRATION && (!served || hss->name[0] == '\0')) {
		return CX_ERROR_IDENTITY_NOT_REGISTERED;
	}
	if (hss->name[0] == '\0') {
		ans->capabilities = true;
		return CX_FIRST_REGISTRATION;
	}
	ans->server_name = hss->name;
	return req->uar.type == CX_UAT_DE_REGISTRATION ? CX_SUCCESS : CX_SUBSEQUENT_REGISTRATION;
}

static enum cx_result lir(struct fake_hss *hss, const struct cx_request *req, struct cx_answer *ans)
{
	if (state_of(hss, req) == 0 && !req->lir.originating) {
		return CX_ERROR_IDENTITY_NOT_REGISTERED;
	}
	if (hss->name[0] == '\0') {
		ans->capabilities = true;
		return CX_UNREGISTERED_SERVICE;
	}
	ans->server_name = hss->name;
	return CX_SUCCESS;
}

static void name_take(struct fake_hss *hss, const char *name)
{
	(void)strncpy(hss->name, name, sizeof(hss->name) - 1);
}

/* TS 33.102 6.3.5. */
static enum cx_result resync(struct fake_hss *hss, const struct cx_mar *mar)
{
	uint64_t sqn_ms = 0;
	const enum auc_err err = auc_auts_check(hss->auc, &hss->key, mar->rand, mar->auts, &sqn_ms);

	hss->resync_seen = true;
	memcpy(hss->resync_rand, mar->rand, AUC_RAND_LEN);
	if (err != AUC_OK) {
		return hss->fault == FAULT_MAC_S_NOT_CHECKED ? CX_SUCCESS : CX_UNABLE_TO_COMPLY;
	}
	if (hss->fault == FAULT_AUTS_ROLLS_BACK) {
		hss->sqn = sqn_ms;
	} else if (hss->fault != FAULT_AUTS_IGNORED) {
		uint64_t sqn_new = 0;

		if (auc_sqn_resync(hss->sqn, sqn_ms, &profile_2, AUC_SQN_DELTA, &sqn_new) !=
		    AUC_OK) {
			return CX_UNABLE_TO_COMPLY;
		}
		hss->sqn = sqn_new;
	}
	return CX_SUCCESS;
}

static enum cx_result vectors(struct fake_hss *hss, uint32_t asked, struct cx_answer *ans)
{
	const uint8_t amf[AUC_AMF_LEN] = {0};
	const unsigned ind = auc_sqn_ind(hss->sqn, AUC_SQN_IND_BITS);
	const size_t n = asked < FAKE_VECTORS_MAX ? asked : FAKE_VECTORS_MAX;
	uint64_t sqn[FAKE_VECTORS_MAX];

	if (auc_sqn_array(hss->sqn, &profile_2, ind, n, sqn) != AUC_OK) {
		return CX_UNABLE_TO_COMPLY;
	}
	if (hss->fault != FAULT_SQN_STANDS_STILL) {
		hss->sqn = sqn[n - 1];
	}
	if (hss->fault == FAULT_SQN_DESCENDS) {
		const uint64_t first = sqn[0];

		sqn[0] = sqn[n - 1];
		sqn[n - 1] = first;
	}
	if (auc_vectors(hss->auc, &hss->key, amf, sqn, n, &rng, ans->vector) != AUC_OK) {
		return CX_UNABLE_TO_COMPLY;
	}
	ans->n_vectors = n;
	ans->impi = FAKE_IMPI;
	return CX_SUCCESS;
}

static enum cx_result digest(struct fake_hss *hss, struct cx_answer *ans)
{
	memcpy(ans->digest.ha1, fake_ha1, CX_HA1_LEN);
	ans->digest.ha1[0] ^= hss->fault == FAULT_WRONG_HA1 ? 1 : 0;
	ans->digest.realm = FAKE_REALM;
	ans->impi = FAKE_IMPI;
	hss->sqn += hss->fault == FAULT_DIGEST_EATS_SQN ? UINT64_C(1) << AUC_SQN_IND_BITS : 0;
	return CX_SUCCESS;
}

/* TS 29.228 6.3 step 4: what the user has, and for "Unknown" AKA before SIP Digest. */
static enum cx_scheme scheme_of(const struct fake_hss *hss, enum cx_scheme asked)
{
	const bool aka = !hss->no_key;

	switch (asked) {
	case CX_SCHEME_AKA_V1:
		return aka ? CX_SCHEME_AKA_V1 : CX_SCHEME_OTHER;
	case CX_SCHEME_SIP_DIGEST:
		return !hss->no_digest || hss->fault == FAULT_SCHEME_DOWNGRADED
		               ? CX_SCHEME_SIP_DIGEST
		               : CX_SCHEME_OTHER;
	case CX_SCHEME_UNKNOWN:
		return aka && hss->fault != FAULT_UNKNOWN_IS_WEAKEST ? CX_SCHEME_AKA_V1
		                                                     : CX_SCHEME_SIP_DIGEST;
	case CX_SCHEME_NASS_BUNDLED:
	case CX_SCHEME_GIBA:
	case CX_SCHEME_OTHER:
		break;
	}
	return hss->fault == FAULT_SCHEME_IGNORED ? CX_SCHEME_AKA_V1 : CX_SCHEME_OTHER;
}

static enum cx_result scheme_refused(struct fake_hss *hss, struct cx_answer *ans)
{
	hss->sqn += hss->fault == FAULT_REFUSAL_EATS_SQN ? UINT64_C(1) << AUC_SQN_IND_BITS : 0;
	if (hss->fault != FAULT_REFUSAL_WITHOUT_WORDS) {
		(void)strcpy(ans->verdict.message, "not a scheme of this user");
	}
	return CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED;
}

static enum cx_result mar(struct fake_hss *hss, const struct cx_request *req, struct cx_answer *ans)
{
	const bool same = strcmp(hss->name, req->mar.server_name) == 0;
	const enum cx_scheme scheme = scheme_of(hss, req->mar.scheme);

	if (req->mar.n_vectors == 0) {
		return hss->fault == FAULT_NONE_IS_ONE ? vectors(hss, 1, ans)
		                                       : CX_INVALID_AVP_VALUE;
	}
	if (scheme == CX_SCHEME_OTHER) {
		return scheme_refused(hss, ans);
	}
	if (req->mar.resync) {
		const enum cx_result result = same ? resync(hss, &req->mar) : CX_UNABLE_TO_COMPLY;

		return result == CX_SUCCESS ? vectors(hss, req->mar.n_vectors, ans) : result;
	}
	if (hss->fault != FAULT_NAME_NOT_STORED &&
	    (hss->name[0] == '\0' || hss->fault != FAULT_NAME_NOT_OVERWRITTEN)) {
		name_take(hss, req->mar.server_name);
	}
	hss->pending = hss->pending || state_of(hss, req) != 2 || !same;
	return scheme == CX_SCHEME_SIP_DIGEST ? digest(hss, ans)
	                                      : vectors(hss, req->mar.n_vectors, ans);
}

static void profile_give(const struct fake_hss *hss, const struct cx_request *req,
                         struct cx_answer *ans)
{
	const bool wanted = req->sar.type <= CX_SAT_UNREGISTERED_USER &&
	                    !req->sar.user_data_already_available && hss->fault != FAULT_NO_PROFILE;

	if (wanted || hss->fault == FAULT_PROFILE_ALWAYS) {
		ans->user_data = profile;
		ans->user_data_len = sizeof(profile) - 1;
	}
	ans->impi = FAKE_IMPI;
}

static void registration_end(struct fake_hss *hss, const struct cx_request *req)
{
	state_set(hss, req, 0);
	hss->name[0] = '\0';
	hss->pending = false;
}

static enum cx_result authentication_failed(struct fake_hss *hss, const struct cx_request *req)
{
	if (hss->fault == FAULT_FAILURE_DEREGISTERS) {
		registration_end(hss, req);
	} else if (hss->fault != FAULT_FAILURE_KEEPS_NAME) {
		hss->pending = false;
		if (state_of(hss, req) == 0) {
			hss->name[0] = '\0';
		}
	}
	return CX_SUCCESS;
}

/* TS 29.228 6.1.2.1 step 5, the name rule of 8.1.2 passed. */
static enum cx_result sar_by_type(struct fake_hss *hss, const struct cx_request *req)
{
	const bool idle = state_of(hss, req) == 0;

	switch (req->sar.type) {
	case CX_SAT_NO_ASSIGNMENT:
		return CX_SUCCESS;
	case CX_SAT_REGISTRATION:
	case CX_SAT_RE_REGISTRATION:
	case CX_SAT_UNREGISTERED_USER:
		state_set(hss, req, req->sar.type == CX_SAT_UNREGISTERED_USER ? 1 : 2);
		name_take(hss, req->sar.server_name);
		hss->pending = hss->pending && req->sar.type == CX_SAT_UNREGISTERED_USER;
		return CX_SUCCESS;
	case CX_SAT_AUTHENTICATION_FAILURE:
	case CX_SAT_AUTHENTICATION_TIMEOUT:
		return authentication_failed(hss, req);
	case CX_SAT_TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME:
	case CX_SAT_USER_DEREGISTRATION_STORE_SERVER_NAME:
		if (!idle && hss->keep_name) {
			state_set(hss, req, 1);
			return CX_SUCCESS;
		}
		break;
	case CX_SAT_TIMEOUT_DEREGISTRATION:
	case CX_SAT_USER_DEREGISTRATION:
	case CX_SAT_ADMINISTRATIVE_DEREGISTRATION:
	case CX_SAT_DEREGISTRATION_TOO_MUCH_DATA:
		break;
	default:
		return CX_ERROR_IN_ASSIGNMENT_TYPE;
	}
	if (idle) {
		return CX_ERROR_IN_ASSIGNMENT_TYPE;
	}
	registration_end(hss, req);
	return req->sar.type == CX_SAT_TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME ||
	                       req->sar.type == CX_SAT_USER_DEREGISTRATION_STORE_SERVER_NAME
	               ? CX_SUCCESS_SERVER_NAME_NOT_STORED
	               : CX_SUCCESS;
}

static enum cx_result sar(struct fake_hss *hss, const struct cx_request *req, struct cx_answer *ans)
{
	enum cx_result result = CX_SUCCESS;

	hss->last_sar_type = req->sar.type;
	if (req->n_impu > 1 && req->sar.type <= CX_SAT_UNREGISTERED_USER) {
		return CX_AVP_OCCURS_TOO_MANY_TIMES;
	}
	if (hss->name[0] != '\0' && strcmp(hss->name, req->sar.server_name) != 0 &&
	    hss->fault != FAULT_FOREIGN_ASSIGNS) {
		if (req->sar.type == CX_SAT_NO_ASSIGNMENT) {
			return CX_UNABLE_TO_COMPLY;
		}
		ans->server_name = hss->name;
		return CX_ERROR_IDENTITY_ALREADY_REGISTERED;
	}
	result = sar_by_type(hss, req);
	if (cx_result_is_success(result)) {
		profile_give(hss, req, ans);
	}
	return result;
}

static enum cx_result serve(struct fake_hss *hss, const struct cx_request *req,
                            struct cx_answer *ans)
{
	const enum cx_result checked = identities_check(hss, req);

	hss->asked[req->command - CX_CMD_UAR]++;
	if (checked != CX_SUCCESS) {
		return checked;
	}
	switch (req->command) {
	case CX_CMD_UAR:
		return uar(hss, req, ans);
	case CX_CMD_SAR:
		return sar(hss, req, ans);
	case CX_CMD_LIR:
		return lir(hss, req, ans);
	default:
		return mar(hss, req, ans);
	}
}

static enum hss_err ask(void *opaque, struct cx_request *req, struct arena *arena,
                        struct cx_answer *ans)
{
	struct fake_hss *hss = opaque;
	enum hss_err err = HSS_OK;

	memset(ans, 0, sizeof(*ans));
	(void)pthread_mutex_lock(&hss->lock);
	if (hss->fault == FAULT_SILENT) {
		err = HSS_ERR_BUSY;
	} else {
		ans->command = req->command;
		ans->verdict.result = serve(hss, req, ans);
		if (ans->server_name != NULL) {
			ans->server_name =
				arena_text(arena, ans->server_name, strlen(ans->server_name));
		}
	}
	(void)pthread_mutex_unlock(&hss->lock);
	return err;
}

struct scscf_cx fake_hss_cx(struct fake_hss *hss)
{
	return (struct scscf_cx){.ask = ask, .opaque = hss};
}
