#include "hss/admin_doc.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "auc/milenage.h"
#include "hss/hex.h"

enum { AMF_DEFAULT = 0x80, HEX_PER_OCTET = 2 };

static const struct {
	const char *word;
	enum impu_kind kind;
} kinds[] = {
	{"user", IMPU_DISTINCT},
	{"psi", IMPU_PSI},
	{"wildcarded-psi", IMPU_WILDCARDED_PSI},
	{"wildcarded", IMPU_WILDCARDED},
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const char *admin_doc_kind_word(enum impu_kind kind)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		if (kinds[i].kind == kind) {
			return kinds[i].word;
		}
	}
	return "unknown";
}

const char *admin_doc_impi_name(struct admin_reader *r, const json_t *value, const char *path,
                                const char *member)
{
	const char *text = json_string_value(value);
	char canonical[IMPI_LEN_MAX + 1];
	const char *why = NULL;

	if (text == NULL) {
		admin_fault(r, path, member, "an IMPI is missing here, or is no text");
		return NULL;
	}
	if (impi_canonical(text, json_string_length(value), canonical, &why) != HSS_OK) {
		admin_fault(r, path, member, "the IMPI %s", why);
		return NULL;
	}
	return admin_keep(r, canonical);
}

const char *admin_doc_impu_name(struct admin_reader *r, const json_t *value, const char *path,
                                const char *member)
{
	const char *text = json_string_value(value);
	char canonical[IMPU_LEN_MAX + 1];
	const char *why = NULL;

	if (text == NULL) {
		admin_fault(r, path, member, "an IMPU is missing here, or is no text");
		return NULL;
	}
	if (impu_canonical(text, json_string_length(value), canonical, &why) != HSS_OK) {
		admin_fault(r, path, member, "the IMPU %s", why);
		return NULL;
	}
	return admin_keep(r, canonical);
}

static void read_secret(struct admin_reader *r, const char *text, const char *path,
                        const char *member, uint8_t out[static AUC_K_LEN])
{
	if (!hex_to_octets(text, strlen(text), out, AUC_K_LEN)) {
		admin_fault(r, path, member, "must be exactly 32 hexadecimal digits");
	}
}

/* K and OPc or OP as octets, the latter in key->opc. */
static void read_secrets(struct admin_reader *r, const char *path, const char *k, const char *opc,
                         const char *op, struct auc_key *key)
{
	if (k == NULL) {
		admin_fault(r, path, "k", "is missing");
	} else {
		read_secret(r, k, path, "k", key->k);
	}
	if (opc != NULL && op != NULL) {
		admin_fault(r, path, "op", "excludes opc: give one of the two");
	} else if (opc != NULL || op != NULL) {
		read_secret(r, opc != NULL ? opc : op, path, opc != NULL ? "opc" : "op", key->opc);
	} else {
		admin_fault(r, path, "opc", "is missing (or op)");
	}
}

void admin_doc_read_key(struct admin_reader *r, const json_t *obj, const char *path,
                        struct ims_impi *impi)
{
	const size_t before = r->n_faults;
	const char *k = admin_text(r, obj, path, "k");
	const char *opc = admin_text(r, obj, path, "opc");
	const char *op = admin_text(r, obj, path, "op");
	struct auc_key key = {{0}, {0}};

	if (r->n_faults != before || (k == NULL && opc == NULL && op == NULL)) {
		return;
	}
	read_secrets(r, path, k, opc, op, &key);
	if (r->n_faults != before || r->err != HSS_OK || impi->name == NULL) {
		goto out;
	}
	if (op != NULL &&
	    (r->auc == NULL || milenage_opc(r->auc, key.k, key.opc, key.opc) != AUC_OK)) {
		r->err = HSS_ERR_CRYPTO;
		goto out;
	}
	r->err = r->seal != NULL ? seal_wrap(r->seal, impi->name, &key, &impi->key) : HSS_ERR_SEAL;
	impi->has_key = r->err == HSS_OK;
out:
	OPENSSL_cleanse(&key, sizeof(key));
}

static bool sqn_parse(const char *text, uint64_t *sqn)
{
	const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	const uint64_t base = hex ? 16 : 10;
	uint64_t value = 0;

	for (const char *c = digits; *c != '\0'; c++) {
		int digit = hex_value(*c);

		if (digit < 0 || (uint64_t)digit >= base || value > AUC_SQN_MAX) {
			return false;
		}
		value = value * base + (uint64_t)digit;
	}
	if (*digits == '\0' || value > AUC_SQN_MAX) {
		return false;
	}
	*sqn = value;
	return true;
}

void admin_doc_read_sqn(struct admin_reader *r, const json_t *obj, const char *path, uint64_t *sqn)
{
	const json_t *value = json_object_get(obj, "sqn");
	const json_int_t number = json_integer_value(value);

	if (value == NULL || (json_is_string(value) && sqn_parse(json_string_value(value), sqn))) {
		return;
	}
	if (!json_is_integer(value) || number < 0 || (uint64_t)number > AUC_SQN_MAX) {
		admin_fault(r, path, "sqn",
		            "must be from 0 to 281474976710655 (48 bits), decimal or 0x and "
		            "hexadecimal");
		return;
	}
	*sqn = (uint64_t)number;
}

void admin_doc_read_amf(struct admin_reader *r, const json_t *obj, const char *path,
                        uint8_t amf[static AUC_AMF_LEN])
{
	const char *text = admin_text(r, obj, path, "amf");

	if (text != NULL && !hex_to_octets(text, strlen(text), amf, AUC_AMF_LEN)) {
		admin_fault(r, path, "amf", "must be exactly 4 hexadecimal digits");
	}
}

/* The snapshot's index of a profile, which is added to it when it is new there. */
static unsigned profile_index(struct admin_reader *r, const char *name)
{
	struct ims_subscription *sub = r->sub;
	struct ims_profile *more = NULL;
	size_t i = 0;

	while (i < sub->n_profile && strcmp(sub->profile[i].name, name) != 0) {
		i++;
	}
	if (i < sub->n_profile) {
		return (unsigned)i;
	}
	more = admin_keep_array(r, sub->n_profile + 1, sizeof(*more));
	name = admin_keep(r, name);
	if (more == NULL || name == NULL) {
		return 0;
	}
	if (sub->n_profile > 0) {
		memcpy(more, sub->profile, sub->n_profile * sizeof(*more));
	}
	more[i] = (struct ims_profile){.name = name};
	sub->profile = more;
	sub->n_profile++;
	return (unsigned)i;
}

static void read_kind(struct admin_reader *r, const json_t *obj, const char *path,
                      struct ims_impu *impu)
{
	const char *word = admin_text(r, obj, path, "kind");
	size_t i = 0;

	while (word != NULL && i < N_KINDS && strcmp(kinds[i].word, word) != 0) {
		i++;
	}
	if (i == N_KINDS) {
		admin_fault(r, path, "kind", "must be user, psi, wildcarded-psi or wildcarded");
	} else if (word != NULL) {
		impu->kind = kinds[i].kind;
	}
}

static bool is_psi(const struct ims_impu *impu)
{
	return impu->kind == IMPU_PSI || impu->kind == IMPU_WILDCARDED_PSI;
}

/* A wildcarded identity has an expression that can be matched in bounded time (identity.h). */
static void check_wildcard(struct admin_reader *r, const char *path, const char *name)
{
	struct wildcard *wildcard = NULL;
	const char *why = NULL;
	const enum hss_err err = wildcard_make(name, &wildcard, &why);

	if (err == HSS_ERR_INVALID) {
		admin_fault(r, path, "impu", "the expression %s", why);
	} else if (err != HSS_OK) {
		r->err = err;
	}
	wildcard_free(wildcard);
}

/* Name, kind and the members for PSIs have to fit each other. */
static void check_kind(struct admin_reader *r, const char *path, const struct ims_impu *impu)
{
	const bool wild = impu->kind == IMPU_WILDCARDED || impu->kind == IMPU_WILDCARDED_PSI;
	const char *first = strchr(impu->name, '!');
	const bool looks_wild = first != NULL && strchr(first + 1, '!') != NULL;

	if (wild != looks_wild) {
		admin_fault(r, path, "kind",
		            wild ? "the IMPU has no expression between exclamation marks"
		                 : "the IMPU has an expression between exclamation marks: it is a "
		                   "wildcarded one");
	} else if (wild) {
		check_wildcard(r, path, impu->name);
	}
	if (!is_psi(impu) && strncmp(impu->name, "sip:", 4) == 0 &&
	    strchr(impu->name, '@') == NULL) {
		admin_fault(r, path, "impu",
		            "the IMPU has no user part; only a PSI can be without");
	}
	if (!is_psi(impu) && impu->as_name != NULL) {
		admin_fault(r, path, "as_name", "is for PSIs only");
	}
}

void admin_doc_read_impu(struct admin_reader *r, const json_t *obj, const char *path,
                         struct ims_impu *impu)
{
	const char *profile = NULL;
	const char *why = NULL;

	admin_doc_read_bool(r, obj, path, "barred", &impu->barred);
	admin_doc_read_bool(r, obj, path, "psi_active", &impu->psi_active);
	read_kind(r, obj, path, impu);
	admin_read_text(r, obj, path, "display_name", &impu->display_name);
	admin_read_text(r, obj, path, "as_name", &impu->as_name);
	admin_read_text(r, obj, path, "alias_group", &impu->alias_group);
	admin_doc_read_bool(r, obj, path, "loose_route", &impu->loose_route);
	admin_doc_read_bool(r, obj, path, "privileged_sender", &impu->privileged_sender);
	admin_read_text(r, obj, path, "profile", &profile);
	if (impu->as_name != NULL &&
	    scscf_name_check(impu->as_name, strlen(impu->as_name), &why) != HSS_OK) {
		admin_fault(r, path, "as_name", "the name of the application server %s", why);
	}
	if (profile != NULL) {
		impu->profile = profile_index(r, profile);
	}
	if (impu->name != NULL) {
		check_kind(r, path, impu);
	}
}

static int text_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void admin_doc_read_visited(struct admin_reader *r, const json_t *obj)
{
	const json_t *list = json_object_get(obj, "visited");
	const size_t n = json_array_size(list);
	const char **names = NULL;
	size_t n_names = 0;

	if (list == NULL) {
		return;
	}
	if (!json_is_array(list) || n > IMS_VISITED_MAX) {
		admin_fault(r, "", "visited", "must be a list of at most %d networks",
		            IMS_VISITED_MAX);
		return;
	}
	names = admin_keep_array(r, n, sizeof(*names));
	for (size_t i = 0; i < n && r->err == HSS_OK; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		char canonical[NETWORK_LEN_MAX + 1];
		const char *why = "is no text";
		char path[ADMIN_FIELD_LEN];

		if (text == NULL ||
		    network_canonical(text, strlen(text), canonical, &why) != HSS_OK) {
			admin_doc_path(path, "", "visited", i);
			admin_fault(r, path, NULL, "the network name %s", why);
		} else {
			names[n_names++] = admin_keep(r, canonical);
		}
	}
	if (r->err != HSS_OK) {
		return;
	}
	/* A set: in the order of their names, each once. */
	if (n_names > 0) {
		qsort(names, n_names, sizeof(*names), text_compare);
	}
	r->sub->visited = names;
	r->sub->n_visited = 0;
	for (size_t i = 0; i < n_names; i++) {
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0) {
			names[r->sub->n_visited++] = names[i];
		}
	}
}

/* Charging or capabilities by name; null: none. What the name stands for is filled in later. */
void admin_doc_read_shared(struct admin_reader *r, const json_t *obj)
{
	struct ims_subscription *sub = r->sub;
	const char *charging = sub->charging != NULL ? sub->charging->name : NULL;
	const char *capabilities = sub->capabilities != NULL ? sub->capabilities->name : NULL;
	const char *const before[] = {charging, capabilities};

	admin_read_text(r, obj, "", "charging", &charging);
	admin_read_text(r, obj, "", "capabilities", &capabilities);
	if (charging == NULL) {
		sub->charging = NULL;
	} else if (charging != before[0]) {
		sub->charging = admin_keep_array(r, 1, sizeof(*sub->charging));
	}
	if (capabilities == NULL) {
		sub->capabilities = NULL;
	} else if (capabilities != before[1]) {
		sub->capabilities = admin_keep_array(r, 1, sizeof(*sub->capabilities));
	}
	if (r->err == HSS_OK && charging != NULL && charging != before[0]) {
		sub->charging->name = charging;
	}
	if (r->err == HSS_OK && capabilities != NULL && capabilities != before[1]) {
		sub->capabilities->name = capabilities;
	}
}

/* An IMPI that is there already keeps its keys, SQN and count of vectors unless the document gives
 * others. */
static void impi_seed(const struct ims_subscription *have, struct ims_impi *impi)
{
	for (size_t i = 0; have != NULL && impi->name != NULL && i < have->n_impi; i++) {
		const struct ims_impi *old = &have->impi[i];

		if (strcmp(old->name, impi->name) == 0) {
			impi->has_key = old->has_key;
			impi->key = old->key;
			impi->has_ha1 = old->has_ha1;
			impi->ha1 = old->ha1;
			impi->digest_realm = old->digest_realm;
			impi->sqn = old->sqn;
			impi->sqn_scscf = old->sqn_scscf;
			impi->auth_since = old->auth_since;
			impi->auth_count = old->auth_count;
		}
	}
}

static void read_impi(struct admin_reader *r, const json_t *obj, size_t at)
{
	static const char *const known[] = {"impi", "k",       "opc", "op",       "amf",
	                                    "sqn",  "schemes", "ha1", "password", "digest_realm",
	                                    NULL};
	struct ims_impi *impi = &r->sub->impi[at];
	char path[ADMIN_FIELD_LEN];

	admin_doc_path(path, "", "impis", at);
	*impi = (struct ims_impi){
		.no = (unsigned)at + 1,
		.scheme = IMS_SCHEME_AKA_V1,
		.amf = {AMF_DEFAULT, 0},
	};
	admin_doc_known(r, obj, path, known);
	impi->name = admin_doc_impi_name(r, json_object_get(obj, "impi"), path, "impi");
	for (size_t i = 0; i < at && impi->name != NULL; i++) {
		if (r->sub->impi[i].name != NULL && strcmp(r->sub->impi[i].name, impi->name) == 0) {
			admin_fault(r, path, "impi", "the IMPI %s appears twice", impi->name);
		}
	}
	impi_seed(r->have, impi);
	admin_doc_read_key(r, obj, path, impi);
	admin_doc_read_digest(r, obj, path, impi);
	admin_doc_read_amf(r, obj, path, impi->amf);
	admin_doc_read_sqn(r, obj, path, &impi->sqn);
}

static void read_impis(struct admin_reader *r, const json_t *doc)
{
	const json_t *list = json_object_get(doc, "impis");
	const size_t n = json_array_size(list);

	if (n == 0 || n > IMS_IMPI_MAX) {
		admin_fault(r, "", "impis", "must be a list of 1 to %d IMPIs", IMS_IMPI_MAX);
		return;
	}
	r->sub->impi = admin_keep_array(r, n, sizeof(*r->sub->impi));
	for (size_t i = 0; i < n && r->err == HSS_OK; i++) {
		r->sub->n_impi = i + 1;
		read_impi(r, json_array_get(list, i), i);
	}
}

static void registration_add(struct admin_reader *r, unsigned impi, unsigned irs)
{
	if (ims_registration_of(r->sub, impi, irs) == NULL) {
		r->sub->registration[r->sub->n_registration++] = (struct ims_registration){
			.impi = impi, .irs = irs, .state = IMS_NOT_REGISTERED};
	}
}

/* The IMPIs that own a set: all of them unless it names some. */
static void read_owners(struct admin_reader *r, const json_t *set, const char *path, unsigned irs)
{
	const json_t *list = json_object_get(set, "impis");
	const size_t n = json_array_size(list);

	if (list == NULL) {
		for (size_t i = 0; i < r->sub->n_impi; i++) {
			registration_add(r, r->sub->impi[i].no, irs);
		}
		return;
	}
	if (n == 0) {
		admin_fault(r, path, "impis",
		            "must be a list of at least one IMPI, or be left out for all of them");
	}
	for (size_t i = 0; i < n; i++) {
		const char *name = admin_doc_impi_name(r, json_array_get(list, i), path, "impis");
		size_t at = 0;

		while (name != NULL && at < r->sub->n_impi &&
		       (r->sub->impi[at].name == NULL ||
		        strcmp(r->sub->impi[at].name, name) != 0)) {
			at++;
		}
		if (name != NULL && at == r->sub->n_impi) {
			admin_fault(r, path, "impis", "the IMPI %s is not one of this subscriber",
			            name);
		} else if (name != NULL) {
			registration_add(r, r->sub->impi[at].no, irs);
		}
	}
}

static void read_set_impu(struct admin_reader *r, const json_t *obj, const char *path, unsigned irs,
                          unsigned position)
{
	static const char *const known[] = {"impu", ADMIN_DOC_IMPU_MEMBERS, NULL};
	struct ims_impu *impu = &r->sub->impu[r->sub->n_impu];

	*impu = (struct ims_impu){
		.irs = irs, .position = position, .kind = IMPU_DISTINCT, .psi_active = true};
	admin_doc_known(r, obj, path, known);
	impu->name = admin_doc_impu_name(r, json_object_get(obj, "impu"), path, "impu");
	for (size_t i = 0; i < r->sub->n_impu && impu->name != NULL; i++) {
		if (strcmp(r->sub->impu[i].name, impu->name) == 0) {
			admin_fault(r, path, "impu", "the IMPU %s appears twice", impu->name);
		}
	}
	if (json_object_get(obj, "profile") == NULL) {
		impu->profile = profile_index(r, "default");
	}
	admin_doc_read_impu(r, obj, path, impu);
	if (impu->name != NULL) {
		r->sub->n_impu++;
	}
}

static void read_set(struct admin_reader *r, const json_t *set, const char *path, unsigned irs)
{
	static const char *const known[] = {"impus", "impis", NULL};
	const json_t *list = json_object_get(set, "impus");
	const size_t n = json_array_size(list);
	char impu_path[ADMIN_FIELD_LEN];

	admin_doc_known(r, set, path, known);
	if (n == 0) {
		admin_fault(r, path, "impus", "must be a list of at least one IMPU");
	}
	for (size_t i = 0; i < n && r->err == HSS_OK; i++) {
		admin_doc_path(impu_path, path, "impus", i);
		read_set_impu(r, json_array_get(list, i), impu_path, irs, (unsigned)i + 1);
	}
	read_owners(r, set, path, irs);
}

static void read_sets(struct admin_reader *r, const json_t *doc)
{
	const json_t *list = json_object_get(doc, "sets");
	const size_t n = json_array_size(list);
	size_t n_impu = 0;

	if (n == 0 || n > IMS_IRS_MAX) {
		admin_fault(r, "", "sets", "must be a list of 1 to %d sets", IMS_IRS_MAX);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		n_impu += json_array_size(json_object_get(json_array_get(list, i), "impus"));
	}
	if (n_impu > IMS_IMPU_MAX) {
		admin_fault(r, "", "sets", "must not have more than %d IMPUs", IMS_IMPU_MAX);
		return;
	}
	r->sub->impu = admin_keep_array(r, n_impu, sizeof(*r->sub->impu));
	r->sub->registration =
		admin_keep_array(r, r->sub->n_impi * n, sizeof(*r->sub->registration));
	for (size_t i = 0; i < n && r->err == HSS_OK; i++) {
		char path[ADMIN_FIELD_LEN];

		admin_doc_path(path, "", "sets", i);
		read_set(r, json_array_get(list, i), path, (unsigned)i + 1);
	}
}

static bool owns_a_set(const struct ims_subscription *sub, unsigned impi)
{
	for (size_t i = 0; i < sub->n_registration; i++) {
		if (sub->registration[i].impi == impi) {
			return true;
		}
	}
	return false;
}

void admin_doc_impu_path(const struct ims_subscription *sub, size_t i,
                         char out[static ADMIN_FIELD_LEN])
{
	char set[ADMIN_FIELD_LEN];

	admin_doc_path(set, "", "sets", sub->impu[i].irs - 1);
	admin_doc_path(out, set, "impus", sub->impu[i].position - 1);
}

/* Aliases are in one implicit set and have one service profile (TS 23.008 3.1.1, TS 29.228 B.2.1).
 */
static void check_aliases(struct admin_reader *r)
{
	const struct ims_subscription *sub = r->sub;

	for (size_t i = 0; i < sub->n_impu; i++) {
		const struct ims_impu *impu = &sub->impu[i];
		size_t j = 0;

		while (j < i && (impu->alias_group == NULL || sub->impu[j].alias_group == NULL ||
		                 strcmp(impu->alias_group, sub->impu[j].alias_group) != 0)) {
			j++;
		}
		if (j < i &&
		    (sub->impu[j].irs != impu->irs || sub->impu[j].profile != impu->profile)) {
			char path[ADMIN_FIELD_LEN];

			admin_doc_impu_path(sub, i, path);
			admin_fault(r, path, "alias_group",
			            "%s has another set or profile than %s, its alias", impu->name,
			            sub->impu[j].name);
		}
	}
}

/* Allowed, and good for nothing: nobody can register with it, for lack of a default IMPU (TS 23.228
 * 5.2.1a). */
static void warn_barred(struct admin_reader *r)
{
	const struct ims_subscription *sub = r->sub;

	for (size_t i = 0; i < sub->n_impu; i++) {
		const struct ims_impu *impu = &sub->impu[i];
		char path[ADMIN_FIELD_LEN];

		if (impu->position == 1 && !is_psi(impu) &&
		    ims_irs_default_impu(sub, impu->irs) == NULL) {
			admin_doc_path(path, "", "sets", impu->irs - 1);
			admin_warn(r, path, NULL,
			           "every user identity is barred or wildcarded: there is no "
			           "default IMPU");
		}
	}
}

void admin_doc_check(struct admin_reader *r)
{
	check_aliases(r);
	warn_barred(r);
}

/* What only the whole shows: each IMPI has a set, and a key unless it serves PSIs alone
 * (TS 23.003 13.5). */
static void check_whole(struct admin_reader *r)
{
	bool only_psis = true;

	for (size_t i = 0; i < r->sub->n_impu; i++) {
		only_psis = only_psis && is_psi(&r->sub->impu[i]);
	}
	for (size_t i = 0; i < r->sub->n_impi; i++) {
		const struct ims_impi *impi = &r->sub->impi[i];
		char path[ADMIN_FIELD_LEN];

		admin_doc_path(path, "", "impis", i);
		if (!owns_a_set(r->sub, impi->no)) {
			admin_fault(r, path, "impi", "the IMPI belongs to none of the sets");
		}
		if (!impi->has_key && !impi->has_ha1 && !only_psis) {
			admin_fault(r, path, "k",
			            "is missing (or ha1); only a subscriber of PSIs alone has no "
			            "key");
		}
	}
	admin_doc_check(r);
}

void admin_doc_read(struct admin_reader *r, const json_t *doc)
{
	static const char *const known[] = {
		"impis",    "sets",         "visited", "registration_allowed",
		"charging", "capabilities", NULL};
	const size_t before = r->n_faults;

	if (!json_is_object(doc)) {
		admin_fault(r, "", NULL, "a subscriber must be a JSON object");
		return;
	}
	r->sub->registration_allowed = true;
	admin_doc_known(r, doc, "", known);
	admin_doc_read_bool(r, doc, "", "registration_allowed", &r->sub->registration_allowed);
	admin_doc_read_visited(r, doc);
	admin_doc_read_shared(r, doc);
	read_impis(r, doc);
	if (r->err == HSS_OK && r->sub->n_impi > 0) {
		read_sets(r, doc);
	}
	if (r->err == HSS_OK && r->n_faults == before) {
		check_whole(r);
	}
}

static enum hss_err write_key(const struct ims_impi *impi, struct seal *seal, json_t *out)
{
	struct auc_key key;
	char k[AUC_K_LEN * HEX_PER_OCTET + 1];
	char opc[AUC_OPC_LEN * HEX_PER_OCTET + 1];
	enum hss_err err = seal_unwrap(seal, impi->name, &impi->key, &key);

	if (err == HSS_OK) {
		hex_from_octets(key.k, sizeof(key.k), k);
		hex_from_octets(key.opc, sizeof(key.opc), opc);
		if (json_object_set_new(out, "k", json_string(k)) != 0 ||
		    json_object_set_new(out, "opc", json_string(opc)) != 0) {
			err = HSS_ERR_MEMORY;
		}
	}
	OPENSSL_cleanse(&key, sizeof(key));
	OPENSSL_cleanse(k, sizeof(k));
	OPENSSL_cleanse(opc, sizeof(opc));
	return err;
}

static enum hss_err write_impis(const struct ims_subscription *sub, struct seal *seal, json_t *list)
{
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < sub->n_impi && err == HSS_OK; i++) {
		const struct ims_impi *impi = &sub->impi[i];
		char amf[AUC_AMF_LEN * HEX_PER_OCTET + 1];
		json_t *obj = NULL;

		hex_from_octets(impi->amf, AUC_AMF_LEN, amf);
		obj = json_pack("{s:s, s:s, s:I}", "impi", impi->name, "amf", amf, "sqn",
		                (json_int_t)impi->sqn);
		if (json_array_append_new(list, obj) != 0) {
			err = HSS_ERR_MEMORY;
		} else if (seal != NULL && impi->has_key) {
			err = write_key(impi, seal, obj);
		}
		if (err == HSS_OK) {
			err = admin_doc_write_digest(impi, seal, obj);
		}
	}
	return err;
}

/* Set a member of *obj, which becomes NULL when memory is out. */
static void member_set(json_t **obj, const char *member, json_t *value)
{
	if (json_object_set_new(*obj, member, value) != 0) {
		json_decref(*obj);
		*obj = NULL;
	}
}

static json_t *impu_object(const struct ims_subscription *sub, const struct ims_impu *impu)
{
	json_t *obj = json_pack("{s:s, s:b, s:s, s:s}", "impu", impu->name, "barred", impu->barred,
	                        "kind", admin_doc_kind_word(impu->kind), "profile",
	                        sub->profile[impu->profile].name);

	if (impu->display_name != NULL) {
		member_set(&obj, "display_name", json_string(impu->display_name));
	}
	if (impu->alias_group != NULL) {
		member_set(&obj, "alias_group", json_string(impu->alias_group));
	}
	if (impu->loose_route) {
		member_set(&obj, "loose_route", json_true());
	}
	if (impu->privileged_sender) {
		member_set(&obj, "privileged_sender", json_true());
	}
	if (is_psi(impu)) {
		member_set(&obj, "psi_active", json_boolean(impu->psi_active));
	}
	if (is_psi(impu) && impu->as_name != NULL) {
		member_set(&obj, "as_name", json_string(impu->as_name));
	}
	return obj;
}

/* The owners of a set, named only when they are not all. */
static enum hss_err write_owners(const struct ims_subscription *sub, unsigned irs, json_t *set)
{
	json_t *list = json_array();
	enum hss_err err = list != NULL ? HSS_OK : HSS_ERR_MEMORY;

	for (size_t i = 0; i < sub->n_impi && err == HSS_OK; i++) {
		if (ims_registration_of(sub, sub->impi[i].no, irs) != NULL &&
		    json_array_append_new(list, json_string(sub->impi[i].name)) != 0) {
			err = HSS_ERR_MEMORY;
		}
	}
	if (err == HSS_OK && json_array_size(list) < sub->n_impi &&
	    json_object_set(set, "impis", list) != 0) {
		err = HSS_ERR_MEMORY;
	}
	json_decref(list);
	return err;
}

static enum hss_err write_sets(const struct ims_subscription *sub, json_t *list)
{
	json_t *impus = NULL;
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < sub->n_impu && err == HSS_OK; i++) {
		const struct ims_impu *impu = &sub->impu[i];

		if (i == 0 || sub->impu[i - 1].irs != impu->irs) {
			json_t *set = json_pack("{s:[]}", "impus");

			if (json_array_append_new(list, set) != 0) {
				return HSS_ERR_MEMORY;
			}
			impus = json_object_get(set, "impus");
			err = write_owners(sub, impu->irs, set);
		}
		if (err == HSS_OK && json_array_append_new(impus, impu_object(sub, impu)) != 0) {
			err = HSS_ERR_MEMORY;
		}
	}
	return err;
}

enum hss_err admin_doc_write(const struct ims_subscription *sub, struct seal *seal, json_t **out)
{
	json_t *doc = json_pack("{s:b, s:[], s:[], s:[]}", "registration_allowed",
	                        sub->registration_allowed, "impis", "sets", "visited");
	enum hss_err err = doc != NULL ? HSS_OK : HSS_ERR_MEMORY;

	if (err == HSS_OK) {
		err = write_impis(sub, seal, json_object_get(doc, "impis"));
	}
	if (err == HSS_OK) {
		err = write_sets(sub, json_object_get(doc, "sets"));
	}
	for (size_t i = 0; i < sub->n_visited && err == HSS_OK; i++) {
		if (json_array_append_new(json_object_get(doc, "visited"),
		                          json_string(sub->visited[i])) != 0) {
			err = HSS_ERR_MEMORY;
		}
	}
	if (err == HSS_OK && sub->charging != NULL &&
	    json_object_set_new(doc, "charging", json_string(sub->charging->name)) != 0) {
		err = HSS_ERR_MEMORY;
	}
	if (err == HSS_OK && sub->capabilities != NULL &&
	    json_object_set_new(doc, "capabilities", json_string(sub->capabilities->name)) != 0) {
		err = HSS_ERR_MEMORY;
	}
	if (err != HSS_OK) {
		json_decref(doc);
		return err;
	}
	*out = doc;
	return HSS_OK;
}

enum hss_err admin_doc_compare_key(const struct ims_impi *have, const struct ims_impi *want,
                                   struct seal *seal, const char **differs)
{
	struct auc_key a = {{0}, {0}};
	struct auc_key b = {{0}, {0}};
	enum hss_err err = HSS_OK;

	if (have->has_key != want->has_key) {
		*differs = "k";
	}
	if (have->has_key && want->has_key) {
		err = seal != NULL ? seal_unwrap(seal, have->name, &have->key, &a) : HSS_ERR_SEAL;
		if (err == HSS_OK) {
			err = seal_unwrap(seal, want->name, &want->key, &b);
		}
		if (err == HSS_OK && CRYPTO_memcmp(&a, &b, sizeof(a)) != 0) {
			*differs = "k";
		}
	}
	OPENSSL_cleanse(&a, sizeof(a));
	OPENSSL_cleanse(&b, sizeof(b));
	return err;
}

static void sqn_remove(json_t *doc)
{
	json_t *impis = json_object_get(doc, "impis");

	for (size_t i = 0; i < json_array_size(impis); i++) {
		(void)json_object_del(json_array_get(impis, i), "sqn");
	}
}

enum hss_err admin_doc_compare(const struct ims_subscription *have,
                               const struct ims_subscription *want, struct seal *seal,
                               const char **differs)
{
	static const char *const members[] = {
		"impis", "sets", "visited", "registration_allowed", "charging", "capabilities"};
	json_t *a = NULL;
	json_t *b = NULL;
	enum hss_err err = admin_doc_write(have, NULL, &a);

	*differs = NULL;
	if (err == HSS_OK) {
		err = admin_doc_write(want, NULL, &b);
	}
	if (err == HSS_OK) {
		sqn_remove(a);
		sqn_remove(b);
	}
	for (size_t i = 0;
	     i < sizeof(members) / sizeof(members[0]) && err == HSS_OK && *differs == NULL; i++) {
		const json_t *x = json_object_get(a, members[i]);
		const json_t *y = json_object_get(b, members[i]);

		if (x != y && !json_equal(x, y)) { /* both may be missing */
			*differs = members[i];
		}
	}
	for (size_t i = 0; i < have->n_impi && err == HSS_OK && *differs == NULL; i++) {
		if (have->impi[i].sqn < want->impi[i].sqn) {
			*differs = "sqn";
		} else {
			err = admin_doc_compare_key(&have->impi[i], &want->impi[i], seal, differs);
			if (err == HSS_OK && *differs == NULL) {
				err = admin_doc_compare_digest(&have->impi[i], &want->impi[i], seal,
				                               differs);
			}
		}
	}
	json_decref(a);
	json_decref(b);
	return err;
}
