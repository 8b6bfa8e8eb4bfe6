#include "sample_sub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *copy(struct ims_subscription *sub, const char *text)
{
	const char *out = arena_text(&sub->arena, text, strlen(text));

	assert_non_null(out);
	return out;
}

void sample_start(struct ims_subscription *sub)
{
	ims_subscription_reset(sub);
	sub->registration_allowed = true;
	sub->impi = arena_array(&sub->arena, IMS_IMPI_MAX + 1, sizeof(*sub->impi));
	sub->impu = arena_array(&sub->arena, IMS_IMPU_MAX + 1, sizeof(*sub->impu));
	sub->profile = arena_array(&sub->arena, IMS_IMPU_MAX + 1, sizeof(*sub->profile));
	sub->registration = arena_array(&sub->arena, (size_t)IMS_IMPI_MAX * IMS_IRS_MAX + 1,
	                                sizeof(*sub->registration));
	sub->visited = arena_array(&sub->arena, IMS_VISITED_MAX + 1, sizeof(*sub->visited));
	sub->restoration = arena_array(&sub->arena, (size_t)IMS_IMPI_MAX * IMS_IRS_MAX,
	                               sizeof(*sub->restoration));
	assert_non_null(sub->restoration);
	assert_true(sub->impi != NULL && sub->impu != NULL && sub->profile != NULL &&
	            sub->registration != NULL && sub->visited != NULL);
	sample_profile(sub, "default");
}

struct ims_impi *sample_impi(struct ims_subscription *sub, unsigned no, const char *name)
{
	struct ims_impi *impi = &sub->impi[sub->n_impi++];

	impi->no = no;
	impi->name = copy(sub, name);
	impi->has_key = true;
	for (size_t i = 0; i < sizeof(impi->key.octets); i++) {
		impi->key.octets[i] = (uint8_t)(i + no);
	}
	impi->amf[0] = 0x80;
	impi->amf[1] = (uint8_t)no;
	impi->scheme = IMS_SCHEME_AKA_V1;
	impi->schemes = 1U << IMS_SCHEME_AKA_V1;
	return impi;
}

struct ims_impu *sample_impu(struct ims_subscription *sub, unsigned irs, unsigned position,
                             const char *name)
{
	struct ims_impu *impu = &sub->impu[sub->n_impu++];

	impu->name = copy(sub, name);
	impu->irs = irs;
	impu->position = position;
	return impu;
}

struct ims_registration *sample_registration(struct ims_subscription *sub, unsigned impi,
                                             unsigned irs)
{
	struct ims_registration *reg = &sub->registration[sub->n_registration++];

	reg->impi = impi;
	reg->irs = irs;
	return reg;
}

struct ims_profile *sample_profile(struct ims_subscription *sub, const char *name)
{
	struct ims_profile *profile = &sub->profile[sub->n_profile++];

	profile->name = copy(sub, name);
	return profile;
}

struct ims_restoration *sample_restoration(struct ims_subscription *sub, unsigned impi,
                                           unsigned irs, size_t len)
{
	struct ims_restoration *info = &sub->restoration[sub->n_restoration++];
	uint8_t *octets = arena_alloc(&sub->arena, len + 1);

	assert_non_null(octets);
	for (size_t i = 0; i < len; i++) {
		octets[i] = (uint8_t)(i + impi + irs);
	}
	*info = (struct ims_restoration){.impi = impi, .irs = irs, .octets = octets, .len = len};
	return info;
}

void sample_visited(struct ims_subscription *sub, const char *network)
{
	sub->visited[sub->n_visited++] = copy(sub, network);
}

const char *sample_impi_name(unsigned n, char out[static 64])
{
	(void)snprintf(out, 64, "user%u@ims.test", n);
	return out;
}

const char *sample_impu_name(unsigned n, char out[static 64])
{
	(void)snprintf(out, 64, "sip:user%u@ims.test", n);
	return out;
}

void sample_common(struct ims_subscription *sub, unsigned n)
{
	char name[64];

	sample_start(sub);
	sample_impi(sub, 1, sample_impi_name(n, name));
	sample_impu(sub, 1, 1, sample_impu_name(n, name));
	(void)snprintf(name, sizeof(name), "tel:+49%09u", n);
	sample_impu(sub, 1, 2, name);
	sample_registration(sub, 1, 1);
}

static void assert_text(const char *a, const char *b)
{
	assert_true((a == NULL) == (b == NULL));
	if (a != NULL) {
		assert_string_equal(a, b);
	}
}

static void assert_impi(const struct ims_impi *a, const struct ims_impi *b)
{
	assert_int_equal(a->no, b->no);
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->has_key, b->has_key);
	if (a->has_key) {
		assert_memory_equal(a->key.octets, b->key.octets, sizeof(a->key.octets));
	}
	assert_memory_equal(a->amf, b->amf, sizeof(a->amf));
	assert_int_equal(a->scheme, b->scheme);
	assert_int_equal(a->schemes, b->schemes);
	assert_int_equal(a->has_ha1, b->has_ha1);
	if (a->has_ha1) {
		assert_memory_equal(a->ha1.octets, b->ha1.octets, sizeof(a->ha1.octets));
	}
	assert_text(a->digest_realm, b->digest_realm);
	assert_int_equal(a->sqn, b->sqn);
	assert_text(a->sqn_scscf, b->sqn_scscf);
	assert_int_equal(a->auth_since, b->auth_since);
	assert_int_equal(a->auth_count, b->auth_count);
}

static void assert_impu(const struct ims_subscription *sub_a, const struct ims_subscription *sub_b,
                        size_t at)
{
	const struct ims_impu *a = &sub_a->impu[at];
	const struct ims_impu *b = &sub_b->impu[at];

	assert_string_equal(a->name, b->name);
	assert_int_equal(a->irs, b->irs);
	assert_int_equal(a->position, b->position);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->barred, b->barred);
	assert_int_equal(a->psi_active, b->psi_active);
	assert_text(a->as_name, b->as_name);
	assert_text(a->display_name, b->display_name);
	assert_text(a->alias_group, b->alias_group);
	assert_int_equal(a->loose_route, b->loose_route);
	assert_int_equal(a->privileged_sender, b->privileged_sender);
	assert_string_equal(sub_a->profile[a->profile].name, sub_b->profile[b->profile].name);
}

void sample_assert_equal(const struct ims_subscription *a, const struct ims_subscription *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->registration_allowed, b->registration_allowed);
	assert_text(a->scscf_name, b->scscf_name);
	assert_text(a->scscf_host, b->scscf_host);
	assert_text(a->scscf_realm, b->scscf_realm);
	assert_int_equal(a->scscf_features, b->scscf_features);
	assert_int_equal(a->reassignment_pending, b->reassignment_pending);
	assert_text(a->charging != NULL ? a->charging->name : NULL,
	            b->charging != NULL ? b->charging->name : NULL);
	assert_text(a->capabilities != NULL ? a->capabilities->name : NULL,
	            b->capabilities != NULL ? b->capabilities->name : NULL);
	assert_int_equal(a->n_impi, b->n_impi);
	for (size_t i = 0; i < a->n_impi; i++) {
		assert_impi(&a->impi[i], &b->impi[i]);
	}
	assert_int_equal(a->n_impu, b->n_impu);
	for (size_t i = 0; i < a->n_impu; i++) {
		assert_impu(a, b, i);
	}
	assert_int_equal(a->n_registration, b->n_registration);
	for (size_t i = 0; i < a->n_registration; i++) {
		const struct ims_registration *other =
			ims_registration_of(b, a->registration[i].impi, a->registration[i].irs);

		assert_non_null(other);
		assert_int_equal(a->registration[i].state, other->state);
		assert_int_equal(a->registration[i].pending_since, other->pending_since);
	}
	assert_int_equal(a->n_restoration, b->n_restoration);
	for (size_t i = 0; i < a->n_restoration; i++) {
		const struct ims_restoration *info = &a->restoration[i];
		const struct ims_restoration *other = ims_restoration_of(b, info->impi, info->irs);

		assert_non_null(other);
		assert_int_equal(info->len, other->len);
		assert_memory_equal(info->octets, other->octets, info->len);
	}
	assert_int_equal(a->n_visited, b->n_visited);
	for (size_t i = 0; i < a->n_visited; i++) {
		assert_string_equal(a->visited[i], b->visited[i]);
	}
}
