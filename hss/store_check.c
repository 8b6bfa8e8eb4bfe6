/* What every backend refuses to store. */
#include <string.h>

#include "hss/store_backend.h"

/* Reason-Code (TS 29.229 6.3.17). */
enum { REASON_CODE_MAX = 3 };

static bool is_length(const char *text, size_t max)
{
	size_t len = text != NULL ? strnlen(text, max + 1) : 0;

	return len > 0 && len <= max;
}

static bool is_bounded(const char *text, size_t max)
{
	return strnlen(text, max + 1) <= max;
}

static bool is_length_or_null(const char *text, size_t max)
{
	return text == NULL || is_length(text, max);
}

static bool is_number(unsigned number)
{
	return number >= 1 && number <= INT32_MAX;
}

static enum hss_err check_counts(struct store *store, const struct ims_subscription *sub)
{
	const struct {
		const char *what;
		size_t n;
		size_t min;
		size_t max;
	} rows[] = {
		{"IMPIs", sub->n_impi, 1, IMS_IMPI_MAX},
		{"IMPUs", sub->n_impu, 1, IMS_IMPU_MAX},
		{"profiles", sub->n_profile, 1, IMS_IMPU_MAX},
		{"registrations", sub->n_registration, 1, (size_t)IMS_IMPI_MAX * IMS_IRS_MAX},
		{"visited networks", sub->n_visited, 0, IMS_VISITED_MAX},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].n < rows[i].min || rows[i].n > rows[i].max) {
			return store_refuse(store, HSS_ERR_INVALID,
			                    "the subscription has %zu %s, allowed are %zu to %zu",
			                    rows[i].n, rows[i].what, rows[i].min, rows[i].max);
		}
	}
	return HSS_OK;
}

static bool impi_has_registration(const struct ims_subscription *sub, unsigned no)
{
	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].impi == no) {
			return true;
		}
	}
	return false;
}

static const char *scheme_fault(const struct ims_impi *impi)
{
	const unsigned known = 1U << IMS_SCHEME_AKA_V1 | 1U << IMS_SCHEME_SIP_DIGEST;

	if ((impi->scheme != IMS_SCHEME_AKA_V1 && impi->scheme != IMS_SCHEME_SIP_DIGEST) ||
	    (impi->schemes & ~known) != 0) {
		return "has an unknown authentication scheme";
	}
	if ((impi->schemes & 1U << impi->scheme) == 0) {
		return "is not allowed the authentication scheme that it has";
	}
	if (impi->has_ha1 != (impi->digest_realm != NULL) ||
	    !is_length_or_null(impi->digest_realm, STORE_REALM_LEN_MAX)) {
		return "has an HA1 without realm, a realm without HA1, or an empty or too long "
		       "realm";
	}
	return NULL;
}

static const char *impi_fault(const struct ims_subscription *sub, size_t at)
{
	const struct ims_impi *impi = &sub->impi[at];

	if (!is_number(impi->no)) {
		return "has no number";
	}
	if (scheme_fault(impi) != NULL) {
		return scheme_fault(impi);
	}
	for (size_t i = 0; i < at; i++) {
		if (sub->impi[i].no == impi->no) {
			return "has the number of another one";
		}
		if (strcmp(sub->impi[i].name, impi->name) == 0) {
			return "appears twice";
		}
	}
	return impi_has_registration(sub, impi->no) ? NULL : "has no implicit registration set";
}

static enum hss_err check_impis(struct store *store, const struct ims_subscription *sub)
{
	for (size_t i = 0; i < sub->n_impi; i++) {
		const char *fault = NULL;

		if (!is_length(sub->impi[i].name, IMPI_LEN_MAX)) {
			return store_refuse(store, HSS_ERR_INVALID,
			                    "an IMPI is empty or longer than %d octets",
			                    IMPI_LEN_MAX);
		}
		fault = impi_fault(sub, i);
		if (fault != NULL) {
			return store_refuse(store, HSS_ERR_INVALID, "the IMPI %s %s",
			                    sub->impi[i].name, fault);
		}
	}
	return HSS_OK;
}

static bool is_kind(enum impu_kind kind)
{
	switch (kind) {
	case IMPU_DISTINCT:
	case IMPU_PSI:
	case IMPU_WILDCARDED_PSI:
	case IMPU_WILDCARDED:
		return true;
	}
	return false;
}

static bool irs_has_registration(const struct ims_subscription *sub, unsigned irs)
{
	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].irs == irs) {
			return true;
		}
	}
	return false;
}

/* *first_of_set: no earlier IMPU is of the same implicit registration set. */
static const char *impu_fault(const struct ims_subscription *sub, size_t at, bool *first_of_set)
{
	const struct ims_impu *impu = &sub->impu[at];

	if (!is_number(impu->irs) || !is_number(impu->position)) {
		return "has no place in an implicit registration set";
	}
	if (!is_kind(impu->kind)) {
		return "is of an unknown kind";
	}
	if (impu->profile >= sub->n_profile) {
		return "has no service profile";
	}
	if (!is_length_or_null(impu->as_name, STORE_TEXT_LEN_MAX) ||
	    !is_length_or_null(impu->display_name, STORE_TEXT_LEN_MAX) ||
	    !is_length_or_null(impu->alias_group, STORE_TEXT_LEN_MAX)) {
		return "has an empty or too long application server, display name or alias group";
	}
	*first_of_set = true;
	for (size_t i = 0; i < at; i++) {
		if (strcmp(sub->impu[i].name, impu->name) == 0) {
			return "appears twice";
		}
		if (sub->impu[i].irs == impu->irs) {
			*first_of_set = false;
			if (sub->impu[i].position == impu->position) {
				return "has the place of another one";
			}
		}
	}
	return irs_has_registration(sub, impu->irs) ? NULL : "is in a set that no IMPI owns";
}

/* What a wildcarded IMPU is to match can be matched in bounded time. */
static enum hss_err check_wildcard(struct store *store, const struct ims_impu *impu)
{
	struct wildcard *wildcard = NULL;
	const char *why = NULL;
	enum hss_err err = HSS_OK;

	if (impu->kind != IMPU_WILDCARDED && impu->kind != IMPU_WILDCARDED_PSI) {
		return HSS_OK;
	}
	err = wildcard_make(impu->name, &wildcard, &why);
	wildcard_free(wildcard);
	return err == HSS_ERR_INVALID
	               ? store_refuse(store, err, "the IMPU %s: the expression %s", impu->name, why)
	               : err;
}

static enum hss_err check_impus(struct store *store, const struct ims_subscription *sub)
{
	size_t n_irs = 0;

	for (size_t i = 0; i < sub->n_impu; i++) {
		const char *fault = NULL;
		bool first_of_set = false;
		enum hss_err err = HSS_OK;

		if (!is_length(sub->impu[i].name, IMPU_LEN_MAX)) {
			return store_refuse(store, HSS_ERR_INVALID,
			                    "an IMPU is empty or longer than %d octets",
			                    IMPU_LEN_MAX);
		}
		fault = impu_fault(sub, i, &first_of_set);
		if (fault != NULL) {
			return store_refuse(store, HSS_ERR_INVALID, "the IMPU %s %s",
			                    sub->impu[i].name, fault);
		}
		err = check_wildcard(store, &sub->impu[i]);
		if (err != HSS_OK) {
			return err;
		}
		n_irs += first_of_set;
	}
	if (n_irs > IMS_IRS_MAX) {
		return store_refuse(store, HSS_ERR_INVALID,
		                    "the subscription has %zu implicit registration sets, allowed "
		                    "are %d",
		                    n_irs, IMS_IRS_MAX);
	}
	return HSS_OK;
}

static const char *association_fault(const struct ims_subscription *sub, size_t at)
{
	const struct ims_registration *reg = &sub->registration[at];
	bool has_impi = false;
	bool has_irs = false;

	for (size_t i = 0; i < sub->n_impi; i++) {
		has_impi = has_impi || sub->impi[i].no == reg->impi;
	}
	for (size_t i = 0; i < sub->n_impu; i++) {
		has_irs = has_irs || sub->impu[i].irs == reg->irs;
	}
	if (!has_impi) {
		return "there is no such IMPI";
	}
	if (!has_irs) {
		return "there is no such implicit registration set";
	}
	for (size_t i = 0; i < at; i++) {
		if (sub->registration[i].impi == reg->impi &&
		    sub->registration[i].irs == reg->irs) {
			return "it appears twice";
		}
	}
	return NULL;
}

static enum hss_err check_associations(struct store *store, const struct ims_subscription *sub)
{
	for (size_t i = 0; i < sub->n_registration; i++) {
		const char *fault = association_fault(sub, i);

		if (fault != NULL) {
			return store_refuse(store, HSS_ERR_INVALID,
			                    "the registration of IMPI %u with set %u: %s",
			                    sub->registration[i].impi, sub->registration[i].irs,
			                    fault);
		}
	}
	return HSS_OK;
}

static enum hss_err check_visited(struct store *store, const struct ims_subscription *sub)
{
	for (size_t i = 0; i < sub->n_visited; i++) {
		if (!is_length(sub->visited[i], NETWORK_LEN_MAX)) {
			return store_refuse(store, HSS_ERR_INVALID,
			                    "a visited network is empty or longer than %d octets",
			                    NETWORK_LEN_MAX);
		}
		for (size_t k = 0; k < i; k++) {
			if (strcmp(sub->visited[k], sub->visited[i]) == 0) {
				return store_refuse(store, HSS_ERR_INVALID,
				                    "the visited network %s appears twice",
				                    sub->visited[i]);
			}
		}
	}
	return HSS_OK;
}

/* Names that are kept one a line. */
static bool are_lines(const char *const *names, size_t n, size_t max)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_length(names[i], max) || strchr(names[i], '\n') != NULL) {
			return false;
		}
	}
	return true;
}

static const char *push_fault(const struct ims_push *push)
{
	const unsigned content = IMS_PUSH_USER_DATA | IMS_PUSH_CHARGING | IMS_PUSH_DIGEST;

	if (!is_length(push->host, STORE_PEER_LEN_MAX) ||
	    !is_length(push->realm, STORE_PEER_LEN_MAX) ||
	    !is_length_or_null(push->scscf_name, SCSCF_NAME_LEN_MAX)) {
		return "the address of its S-CSCF is missing or too long";
	}
	if (!is_length(push->impi, IMPI_LEN_MAX) || !is_number(push->irs)) {
		return "it names no IMPI or no set";
	}
	if (push->created_at < 0 || push->next_at < 0 || push->ended_at < 0 ||
	    (unsigned)push->state > IMS_PUSH_CANCELLED) {
		return "impossible state or time";
	}
	if (push->kind == IMS_PUSH_PPR) {
		return push->content == 0 || (push->content & ~content) != 0 ? "it carries nothing"
		                                                             : NULL;
	}
	if (push->kind != IMS_PUSH_RTR || push->reason > REASON_CODE_MAX) {
		return "it is of an unknown kind, or for an unknown reason";
	}
	return are_lines(push->impu, push->n_impu, IMPU_LEN_MAX) &&
	                       are_lines(push->associated, push->n_associated, IMPI_LEN_MAX)
	               ? NULL
	               : "an identity in it is empty or too long";
}

enum hss_err store_check_push(struct store *store, const struct ims_push *push)
{
	const char *fault = push_fault(push);

	return fault == NULL ? HSS_OK
	                     : store_refuse(store, HSS_ERR_INVALID, "the %s: %s",
	                                    push->kind == IMS_PUSH_RTR ? "RTR" : "PPR", fault);
}

enum hss_err store_check_scan(struct store *store, const struct store_scan *scan)
{
	if ((unsigned)scan->kind > STORE_OBJECT_CHARGING || scan->after < 0) {
		return store_refuse(store, HSS_ERR_INVALID,
		                    "follow up: not a kind of object that S-CSCFs are told of");
	}
	return HSS_OK;
}

/* What an IMPI was given: SQN, and vectors counted. */
static enum hss_err check_issued(struct store *store, const struct ims_impi *impi)
{
	if (impi->sqn > AUC_SQN_MAX) {
		return store_refuse(store, HSS_ERR_INVALID,
		                    "the SQN of IMPI %u has more than 48 bits", impi->no);
	}
	if (!is_length_or_null(impi->sqn_scscf, SCSCF_NAME_LEN_MAX)) {
		return store_refuse(store, HSS_ERR_INVALID,
		                    "the S-CSCF name at the SQN of IMPI %u is empty or longer than "
		                    "%d octets",
		                    impi->no, SCSCF_NAME_LEN_MAX);
	}
	if (impi->auth_since < 0 || impi->auth_count > INT32_MAX) {
		return store_refuse(store, HSS_ERR_INVALID,
		                    "the count of vectors of IMPI %u: impossible time or number",
		                    impi->no);
	}
	return HSS_OK;
}

enum hss_err store_check_registration(struct store *store, const struct ims_subscription *sub)
{
	for (size_t i = 0; i < sub->n_impi; i++) {
		enum hss_err err = check_issued(store, &sub->impi[i]);

		if (err != HSS_OK) {
			return err;
		}
	}
	for (size_t i = 0; i < sub->n_registration; i++) {
		const struct ims_registration *reg = &sub->registration[i];

		if ((unsigned)reg->state > IMS_REGISTERED || reg->pending_since < 0) {
			return store_refuse(store, HSS_ERR_INVALID,
			                    "the registration of IMPI %u with set %u: impossible "
			                    "state or time",
			                    reg->impi, reg->irs);
		}
	}
	for (size_t i = 0; i < sub->n_restoration; i++) {
		const struct ims_restoration *info = &sub->restoration[i];

		if (ims_registration_of(sub, info->impi, info->irs) == NULL ||
		    info->len > IMS_RESTORATION_LEN_MAX) {
			return store_refuse(store, HSS_ERR_INVALID,
			                    "the restoration information of IMPI %u with set %u: "
			                    "no such registration, or longer than %d octets",
			                    info->impi, info->irs, IMS_RESTORATION_LEN_MAX);
		}
	}
	for (size_t i = 0; i < sub->n_push; i++) {
		enum hss_err err = store_check_push(store, &sub->push[i]);

		if (err != HSS_OK) {
			return err;
		}
	}
	if (!is_length_or_null(sub->scscf_name, SCSCF_NAME_LEN_MAX) ||
	    !is_length_or_null(sub->scscf_host, STORE_PEER_LEN_MAX) ||
	    (sub->scscf_realm != NULL &&
	     strnlen(sub->scscf_realm, STORE_PEER_LEN_MAX + 1) > STORE_PEER_LEN_MAX)) {
		return store_refuse(store, HSS_ERR_INVALID,
		                    "the S-CSCF name or its address is empty or too long");
	}
	return HSS_OK;
}

/* "the profile gold: fault" */
static enum hss_err refuse_object(struct store *store, const char *what, const char *name,
                                  const char *fault)
{
	if (fault == NULL) {
		return HSS_OK;
	}
	return is_length(name, STORE_TEXT_LEN_MAX)
	               ? store_refuse(store, HSS_ERR_INVALID, "the %s %s: %s", what, name, fault)
	               : store_refuse(store, HSS_ERR_INVALID,
	                              "the name of a %s is empty or longer than %d octets", what,
	                              STORE_TEXT_LEN_MAX);
}

static const char *service_ids_fault(const struct ims_profile *profile)
{
	if (profile->n_service_id > IMS_SERVICE_ID_MAX) {
		return "too many ServiceIds";
	}
	return are_lines(profile->service_id, profile->n_service_id, STORE_TEXT_LEN_MAX)
	               ? NULL
	               : "a ServiceId is empty, too long, or of several lines";
}

static const char *profile_fault(const struct ims_profile *profile)
{
	if (!is_length(profile->name, STORE_TEXT_LEN_MAX)) {
		return "no name";
	}
	if (!is_length_or_null(profile->document, STORE_DOCUMENT_LEN_MAX) ||
	    (profile->criteria != NULL && !is_bounded(profile->criteria, STORE_DOCUMENT_LEN_MAX))) {
		return "its document is empty, or it or the criteria are too long";
	}
	if (profile->n_ifc_set > IMS_IFC_SET_MAX) {
		return "too many shared sets";
	}
	for (size_t i = 0; i < profile->n_ifc_set; i++) {
		for (size_t k = 0; k < i; k++) {
			if (profile->ifc_set[k].id == profile->ifc_set[i].id) {
				return "a shared set appears twice";
			}
		}
	}
	return service_ids_fault(profile);
}

enum hss_err store_check_profile(struct store *store, const struct ims_profile *profile)
{
	return refuse_object(store, "profile", profile->name, profile_fault(profile));
}

enum hss_err store_check_ifc_set(struct store *store, const struct ims_ifc_set *set)
{
	if (set->id > INT32_MAX || !is_length(set->document, STORE_DOCUMENT_LEN_MAX) ||
	    set->criteria == NULL || !is_bounded(set->criteria, STORE_DOCUMENT_LEN_MAX)) {
		return store_refuse(store, HSS_ERR_INVALID,
		                    "the shared set %u: its id is above %d, or its document or "
		                    "criteria are missing or too long",
		                    set->id, INT32_MAX);
	}
	return HSS_OK;
}

static const char *charging_fault(const struct ims_charging *charging)
{
	if (!is_length(charging->name, STORE_TEXT_LEN_MAX)) {
		return "no name";
	}
	if (!is_length(charging->document, STORE_DOCUMENT_LEN_MAX)) {
		return "its document is missing or too long";
	}
	if (!is_length_or_null(charging->primary_ecf, STORE_TEXT_LEN_MAX) ||
	    !is_length_or_null(charging->secondary_ecf, STORE_TEXT_LEN_MAX) ||
	    !is_length_or_null(charging->primary_ccf, STORE_TEXT_LEN_MAX) ||
	    !is_length_or_null(charging->secondary_ccf, STORE_TEXT_LEN_MAX)) {
		return "an address is empty or too long";
	}
	return charging->primary_ecf == NULL && charging->primary_ccf == NULL
	               ? "no primary function"
	               : NULL;
}

enum hss_err store_check_charging(struct store *store, const struct ims_charging *charging)
{
	return refuse_object(store, "charging", charging->name, charging_fault(charging));
}

static const char *capabilities_fault(const struct ims_capabilities *set)
{
	if (!is_length(set->name, STORE_TEXT_LEN_MAX)) {
		return "no name";
	}
	if (!is_length(set->document, STORE_DOCUMENT_LEN_MAX)) {
		return "its document is missing or too long";
	}
	if (set->n_mandatory > IMS_CAPABILITY_MAX || set->n_optional > IMS_CAPABILITY_MAX ||
	    set->n_server > IMS_CAPABILITY_MAX) {
		return "too many of one kind";
	}
	if (set->n_server != 0 && set->n_mandatory + set->n_optional != 0) {
		return "names and capabilities at once";
	}
	for (size_t i = 0; i < set->n_server; i++) {
		if (!is_length(set->server[i], SCSCF_NAME_LEN_MAX)) {
			return "a name is empty or too long";
		}
	}
	return NULL;
}

enum hss_err store_check_capabilities(struct store *store, const struct ims_capabilities *set)
{
	return refuse_object(store, "set of capabilities", set->name, capabilities_fault(set));
}

enum hss_err store_check_subscription(struct store *store, const struct ims_subscription *sub)
{
	enum hss_err (*const checks[])(struct store *, const struct ims_subscription *) = {
		check_counts,       check_impis,   check_impus,
		check_associations, check_visited, store_check_registration,
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		enum hss_err err = checks[i](store, sub);

		if (err != HSS_OK) {
			return err;
		}
	}
	return HSS_OK;
}
