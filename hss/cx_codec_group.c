/* Groups that several messages carry, made and read. */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hss/cx_codec_avp.h"
#include "hss/hex.h"

static enum hss_err invalid(const char **why, const char *text)
{
	*why = text;
	return HSS_ERR_INVALID;
}

static enum hss_err text_copy(struct arena *arena, const union avp_value *value, const char **out)
{
	*out = arena_text(arena, (const char *)value->os.data, value->os.len);
	return *out != NULL ? HSS_OK : HSS_ERR_MEMORY;
}

/* ---- Supported-Features ---- */

enum { FOREIGN_LIST_ID = CX_FEATURE_LIST_ID + 1 };

static void put_list(struct cx_put *put, uint32_t id, uint32_t list, bool m)
{
	struct cx_put group = cx_put_group(put, CX_OBJ_SUPPORTED_FEATURES);

	if (m && put->err == HSS_OK) {
		cx_avp_header(put->last)->avp_flags |= AVP_FLAG_MANDATORY;
	}
	cx_put_u32(&group, CX_OBJ_VENDOR_ID, CX_VENDOR_3GPP);
	cx_put_u32(&group, CX_OBJ_FEATURE_LIST_ID, id);
	cx_put_u32(&group, CX_OBJ_FEATURE_LIST, list);
	cx_put_end(put, &group);
}

void cx_put_features(struct cx_put *put, const struct cx_features *features, bool request)
{
	if (features->present) {
		put_list(put, CX_FEATURE_LIST_ID, features->list, request && features->required);
	}
	if (request && features->foreign) {
		put_list(put, FOREIGN_LIST_ID, 1, true);
	}
}

enum hss_err cx_get_features(struct avp *group, struct cx_features *features, const char **why)
{
	const union avp_value *vendor = cx_member(group, CX_OBJ_VENDOR_ID);
	const union avp_value *id = cx_member(group, CX_OBJ_FEATURE_LIST_ID);
	const union avp_value *list = cx_member(group, CX_OBJ_FEATURE_LIST);
	bool m = (cx_avp_header(group)->avp_flags & AVP_FLAG_MANDATORY) != 0;

	if (vendor == NULL || id == NULL || list == NULL) {
		return invalid(why, "lacks its vendor, the number of the list or the list");
	}
	if (vendor->u32 != CX_VENDOR_3GPP || id->u32 != CX_FEATURE_LIST_ID) {
		features->foreign = features->foreign || m;
		return HSS_OK;
	}
	features->present = true;
	features->required = features->required || m;
	features->list |= list->u32;
	return HSS_OK;
}

/* ---- Charging-Information ---- */

static const struct {
	enum cx_obj obj;
	size_t offset; /* of a text in struct ims_charging */
} functions[] = {
	{CX_OBJ_PRIMARY_EVENT_CHARGING_FUNCTION_NAME, offsetof(struct ims_charging, primary_ecf)},
	{CX_OBJ_SECONDARY_EVENT_CHARGING_FUNCTION_NAME,
         offsetof(struct ims_charging, secondary_ecf)},
	{CX_OBJ_PRIMARY_CHARGING_COLLECTION_FUNCTION_NAME,
         offsetof(struct ims_charging, primary_ccf)},
	{CX_OBJ_SECONDARY_CHARGING_COLLECTION_FUNCTION_NAME,
         offsetof(struct ims_charging, secondary_ccf)},
};
enum { N_FUNCTIONS = sizeof(functions) / sizeof(functions[0]) };

void cx_put_charging(struct cx_put *put, const struct ims_charging *charging)
{
	struct cx_put group = {0};

	if (charging == NULL) {
		return;
	}
	group = cx_put_group(put, CX_OBJ_CHARGING_INFORMATION);
	for (size_t i = 0; i < N_FUNCTIONS; i++) {
		const char *uri = NULL;

		memcpy(&uri, (const char *)charging + functions[i].offset, sizeof(uri));
		if (uri != NULL) {
			cx_put_text(&group, functions[i].obj, uri);
		}
	}
	cx_put_end(put, &group);
}

enum hss_err cx_get_charging(struct avp *group, struct arena *arena,
                             const struct ims_charging **charging, const char **why)
{
	struct ims_charging *got = arena_alloc(arena, sizeof(*got));
	enum hss_err err = got != NULL ? HSS_OK : HSS_ERR_MEMORY;

	for (size_t i = 0; i < N_FUNCTIONS && err == HSS_OK; i++) {
		const union avp_value *uri = cx_member(group, functions[i].obj);
		const char *text = NULL;

		if (uri == NULL) {
			continue;
		}
		err = cx_is_clean(uri) ? text_copy(arena, uri, &text)
		                       : invalid(why, "has an address that is empty or has a "
		                                      "control character");
		memcpy((char *)got + functions[i].offset, &text, sizeof(text));
	}
	if (err == HSS_OK) {
		*charging = got;
	}
	return err;
}

/* ---- Groups of identities ---- */

typedef enum hss_err canonical_fn(const char *in, size_t len, char *out, const char **why);

static enum hss_err as_impi(const char *in, size_t len, char *out, const char **why)
{
	return impi_canonical(in, len, out, why);
}

static enum hss_err as_impu(const char *in, size_t len, char *out, const char **why)
{
	return impu_canonical(in, len, out, why);
}

/* An identity in canonical form; what is none is kept as it stands, for a peer may name what it
 * likes. */
static enum hss_err get_identity(const union avp_value *value, canonical_fn *canonical,
                                 struct arena *arena, const char **out, const char **why)
{
	char text[IMPU_LEN_MAX + 1];

	if (value == NULL || !cx_is_clean(value)) {
		return invalid(why, "has an identity that is missing, empty or has a control "
		                    "character");
	}
	if (canonical((const char *)value->os.data, value->os.len, text, NULL) != HSS_OK) {
		return text_copy(arena, value, out);
	}
	*out = arena_text(arena, text, strlen(text));
	return *out != NULL ? HSS_OK : HSS_ERR_MEMORY;
}

void cx_put_names(struct cx_put *put, enum cx_obj obj, const char *const *names, size_t n)
{
	struct cx_put group = {0};

	if (n == 0) {
		return;
	}
	group = cx_put_group(put, obj);
	for (size_t i = 0; i < n; i++) {
		cx_put_text(&group, CX_OBJ_USER_NAME, names[i]);
	}
	cx_put_end(put, &group);
}

enum hss_err cx_get_names(struct avp *group, struct arena *arena, const char ***names, size_t *n,
                          const char **why)
{
	const char **got = NULL;
	enum hss_err err = HSS_OK;
	size_t room = 0;
	size_t i = 0;

	for (struct avp *avp = cx_first(group); avp != NULL; avp = cx_next(avp)) {
		room++;
	}
	got = arena_array(arena, room, sizeof(*got));
	if (got == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (struct avp *avp = cx_first(group); avp != NULL && err == HSS_OK; avp = cx_next(avp)) {
		const struct avp_hdr *hdr = cx_avp_header(avp);

		if (cx_obj_is(CX_OBJ_USER_NAME, hdr)) {
			err = get_identity(hdr->avp_value, as_impi, arena, &got[i++], why);
		}
	}
	if (err == HSS_OK) {
		*names = got;
		*n = i;
	}
	return err;
}

void cx_put_emergency(struct cx_put *put, const struct cx_emergency *emergency)
{
	struct cx_put group = cx_put_group(put, CX_OBJ_IDENTITY_WITH_EMERGENCY_REGISTRATION);

	cx_put_text(&group, CX_OBJ_USER_NAME, emergency->impi);
	cx_put_text(&group, CX_OBJ_PUBLIC_IDENTITY, emergency->impu);
	cx_put_end(put, &group);
}

enum hss_err cx_get_emergency(struct avp *group, struct arena *arena,
                              struct cx_emergency *emergency, const char **why)
{
	enum hss_err err = get_identity(cx_member(group, CX_OBJ_USER_NAME), as_impi, arena,
	                                &emergency->impi, why);

	if (err == HSS_OK) {
		err = get_identity(cx_member(group, CX_OBJ_PUBLIC_IDENTITY), as_impu, arena,
		                   &emergency->impu, why);
	}
	return err;
}

/* ---- SIP-Auth-Data-Item with SIP-Digest-Authenticate ---- */

static bool is_word(const union avp_value *value, const char *word)
{
	return value->os.len == strlen(word) &&
	       strncasecmp((const char *)value->os.data, word, value->os.len) == 0;
}

bool cx_is_scheme(const union avp_value *scheme, const char *name)
{
	return scheme != NULL && is_word(scheme, name);
}

void cx_put_digest_item(struct cx_put *put, const struct cx_digest *digest)
{
	struct cx_put item = cx_put_group(put, CX_OBJ_SIP_AUTH_DATA_ITEM);
	struct cx_put group = {0};
	char ha1[2 * CX_HA1_LEN + 1];

	hex_from_octets(digest->ha1, CX_HA1_LEN, ha1);
	cx_put_text(&item, CX_OBJ_SIP_AUTHENTICATION_SCHEME, CX_SCHEME_NAME_SIP_DIGEST);
	group = cx_put_group(&item, CX_OBJ_SIP_DIGEST_AUTHENTICATE);
	cx_put_text(&group, CX_OBJ_DIGEST_REALM, digest->realm);
	cx_put_text(&group, CX_OBJ_DIGEST_ALGORITHM, CX_DIGEST_ALGORITHM_MD5);
	cx_put_text(&group, CX_OBJ_DIGEST_QOP, CX_DIGEST_QOP_AUTH);
	cx_put_octets(&group, CX_OBJ_DIGEST_HA1, ha1, sizeof(ha1) - 1);
	cx_put_end(&item, &group);
	cx_put_end(put, &item);
	OPENSSL_cleanse(ha1, sizeof(ha1));
}

enum hss_err cx_get_digest_item(struct avp *item, struct arena *arena, struct cx_digest *digest,
                                const char **why)
{
	struct avp *group = cx_find(item, CX_OBJ_SIP_DIGEST_AUTHENTICATE);
	const union avp_value *realm = NULL;
	const union avp_value *algorithm = NULL;
	const union avp_value *qop = NULL;
	const union avp_value *ha1 = NULL;

	if (!cx_is_scheme(cx_member(item, CX_OBJ_SIP_AUTHENTICATION_SCHEME),
	                  CX_SCHEME_NAME_SIP_DIGEST)) {
		return invalid(why, "has no scheme, or another one than SIP Digest");
	}
	if (group == NULL) {
		return invalid(why, "lacks SIP-Digest-Authenticate");
	}
	realm = cx_member(group, CX_OBJ_DIGEST_REALM);
	algorithm = cx_member(group, CX_OBJ_DIGEST_ALGORITHM);
	qop = cx_member(group, CX_OBJ_DIGEST_QOP);
	ha1 = cx_member(group, CX_OBJ_DIGEST_HA1);
	if (realm == NULL || !cx_is_clean(realm)) {
		return invalid(why, "has no Digest-Realm, or one that is no text");
	}
	if (algorithm != NULL && !is_word(algorithm, CX_DIGEST_ALGORITHM_MD5)) {
		return invalid(why, "has another Digest-Algorithm than MD5");
	}
	if (qop == NULL || !is_word(qop, CX_DIGEST_QOP_AUTH)) {
		return invalid(why, "has no Digest-QoP, or another one than auth");
	}
	if (ha1 == NULL ||
	    !hex_to_octets((const char *)ha1->os.data, ha1->os.len, digest->ha1, CX_HA1_LEN)) {
		return invalid(why, "has no Digest-HA1, or not 32 hexadecimal digits in it");
	}
	return text_copy(arena, realm, &digest->realm);
}

/* ---- SCSCF-Restoration-Info ---- */

/* Where AVPs are written. */
struct out {
	uint8_t *at;
	size_t room;
};

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static enum hss_err out_octets(struct out *out, const void *octets, size_t len)
{
	if (out->room < padded(len)) {
		return HSS_ERR_INVALID;
	}
	memset(out->at, 0, padded(len));
	if (len > 0) {
		memcpy(out->at, octets, len);
	}
	out->at += padded(len);
	out->room -= padded(len);
	return HSS_OK;
}

static enum hss_err out_number(struct out *out, uint64_t number, size_t len)
{
	uint8_t octets[8];

	for (size_t i = 0; i < len; i++) {
		octets[i] = (uint8_t)(number >> (8 * (len - 1 - i)));
	}
	return out_octets(out, octets, len);
}

static enum hss_err out_header(struct out *out, const struct avp_hdr *hdr)
{
	enum hss_err err = out_number(out, hdr->avp_code, 4);

	if (err == HSS_OK) {
		err = out_number(out, (uint32_t)hdr->avp_flags << 24 | (hdr->avp_len & 0xffffff),
		                 4);
	}
	if (err == HSS_OK && (hdr->avp_flags & AVP_FLAG_VENDOR) != 0) {
		err = out_number(out, hdr->avp_vendor, 4);
	}
	return err;
}

static enum hss_err out_value(struct out *out, const union avp_value *value,
                              enum dict_avp_basetype base)
{
	switch (base) {
	case AVP_TYPE_OCTETSTRING:
		return out_octets(out, value->os.data, value->os.len);
	case AVP_TYPE_INTEGER64:
	case AVP_TYPE_UNSIGNED64:
	case AVP_TYPE_FLOAT64:
		return out_number(out, value->u64, 8);
	case AVP_TYPE_INTEGER32:
	case AVP_TYPE_UNSIGNED32:
	case AVP_TYPE_FLOAT32:
		return out_number(out, value->u32, 4);
	case AVP_TYPE_GROUPED:
		break;
	}
	return HSS_ERR_INVALID;
}

/*
 * An AVP as it came, with what its group holds. Depth is bounded by the guard (hss/guard.h). One
 * that a peer marked as if this node had added it is not seen in its group (cx_codec.c): what is
 * kept must not say that it is there.
 */
static enum hss_err out_avp(struct out *out, struct avp *avp)
{
	const struct avp_hdr *hdr = cx_avp_header(avp);
	struct dict_avp_data data = {.avp_basetype = AVP_TYPE_OCTETSTRING};
	struct dict_object *model = NULL;
	const union avp_value *value = hdr->avp_value;
	const size_t room = out->room;
	enum hss_err err = out_header(out, hdr);

	if (fd_msg_model(avp, &model) == 0 && model != NULL) {
		(void)fd_dict_getval(model, &data);
	} else {
		value = cx_unknown_value(avp);
	}
	if (data.avp_basetype != AVP_TYPE_GROUPED) {
		if (value == NULL) {
			return HSS_ERR_MEMORY;
		}
		return err == HSS_OK ? out_value(out, value, data.avp_basetype) : err;
	}
	for (struct avp *child = cx_first(avp); child != NULL && err == HSS_OK;
	     child = cx_next(child)) {
		err = out_avp(out, child);
	}
	return err == HSS_OK && room - out->room != padded(hdr->avp_len) ? HSS_ERR_INVALID : err;
}

/* Everything but the User-Name, which the caller has. */
static enum hss_err get_octets(struct avp *group, struct arena *arena,
                               struct cx_restoration *restoration, const char **why)
{
	const size_t room = padded(cx_avp_header(group)->avp_len);
	uint8_t *octets = arena_alloc(arena, room);
	struct out out = {.at = octets, .room = room};
	enum hss_err err = HSS_OK;

	if (octets == NULL) {
		return HSS_ERR_MEMORY;
	}
	for (struct avp *avp = cx_first(group); avp != NULL && err == HSS_OK; avp = cx_next(avp)) {
		if (!cx_obj_is(CX_OBJ_USER_NAME, cx_avp_header(avp))) {
			err = out_avp(&out, avp);
		}
	}
	if (err == HSS_ERR_INVALID) {
		return invalid(why, "does not have the length that it says");
	}
	restoration->octets = octets;
	restoration->len = room - out.room;
	return err;
}

enum hss_err cx_get_restoration(struct avp *group, struct arena *arena,
                                struct cx_restoration *restoration, const char **why)
{
	enum hss_err err = get_identity(cx_member(group, CX_OBJ_USER_NAME), as_impi, arena,
	                                &restoration->impi, why);

	if (err == HSS_OK) {
		err = get_octets(group, arena, restoration, why);
	}
	if (err == HSS_OK && restoration->len == 0) {
		return invalid(why, "has nothing but a User-Name");
	}
	if (err == HSS_OK && restoration->len > IMS_RESTORATION_LEN_MAX) {
		*why = "is longer than this node takes";
		return HSS_ERR_LIMIT;
	}
	return err;
}

void cx_put_restoration(struct cx_put *put, const struct cx_restoration *restoration)
{
	const size_t name_len = strlen(restoration->impi);
	const struct avp_hdr user_name = {.avp_code = CX_BASE_AVP_USER_NAME,
	                                  .avp_flags = AVP_FLAG_MANDATORY,
	                                  .avp_len = (uint32_t)(8 + name_len)};
	const size_t len = padded(8 + name_len) + restoration->len;
	uint8_t *octets = put->err == HSS_OK ? malloc(padded(len)) : NULL;
	struct out out = {.at = octets, .room = padded(len)};

	if (octets == NULL) {
		put->err = put->err == HSS_OK ? HSS_ERR_MEMORY : put->err;
		return;
	}
	if (out_header(&out, &user_name) == HSS_OK &&
	    out_octets(&out, restoration->impi, name_len) == HSS_OK &&
	    out_octets(&out, restoration->octets, restoration->len) == HSS_OK) {
		cx_put_raw_group(put, CX_OBJ_SCSCF_RESTORATION_INFO, octets, len);
	}
	free(octets);
}
