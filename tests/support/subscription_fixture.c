#include "subscription_fixture.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
	char folder[32];
	char path[48];
	struct seal *seal;
	struct auc_ctx *auc;
} shared;

static const struct ims_impi impis[] = {
	{.no = 1,
         .name = IMPI_1,
         .has_key = true,
         .amf = {0x00, 0x01},
         .scheme = IMS_SCHEME_AKA_V1,
         .schemes = 1U << IMS_SCHEME_AKA_V1,
         .has_ha1 = true,
         .digest_realm = "home.example"},
	{.no = 2,
         .name = IMPI_2,
         .has_key = true,
         .scheme = IMS_SCHEME_AKA_V1,
         .schemes = 1U << IMS_SCHEME_AKA_V1},
	{.no = 3,
         .name = IMPI_PSI,
         .scheme = IMS_SCHEME_AKA_V1,
         .schemes = 1U << IMS_SCHEME_AKA_V1},
};

static const struct ims_impu impus[] = {
	{.name = ALICE, .irs = 1, .position = 1, .display_name = "Alice"},
	{.name = ALICE_TEL, .irs = 1, .position = 2},
	{.name = ALICE_SPARE, .irs = 1, .position = 3, .barred = true, .profile = 1},
	{.name = WORK, .irs = 2, .position = 1, .profile = 1},
	{.name = BARRED, .irs = 3, .position = 1, .barred = true},
	{.name = CONF,
         .irs = 4,
         .position = 1,
         .kind = IMPU_PSI,
         .psi_active = true,
         .as_name = CONF_AS},
	{.name = CHAT, .irs = 5, .position = 1, .kind = IMPU_PSI, .psi_active = true, .profile = 1},
	{.name = CLOSED, .irs = 6, .position = 1, .kind = IMPU_PSI, .as_name = CONF_AS},
	{.name = DESKS, .irs = 7, .position = 1, .kind = IMPU_WILDCARDED},
};

static const struct ims_profile profiles[] = {
	{.id = 1, .name = "basic", .has_media_profile = true, .media_profile = 7},
	{.id = 2, .name = "work", .unregistered_services = true},
};

static const struct ims_registration registrations[] = {
	{.impi = 1, .irs = 1}, {.impi = 1, .irs = 2}, {.impi = 1, .irs = 3}, {.impi = 1, .irs = 7},
	{.impi = 2, .irs = 1}, {.impi = 3, .irs = 4}, {.impi = 3, .irs = 5}, {.impi = 3, .irs = 6},
};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

int fixture_group_setup(void **state)
{
	char why[SEAL_WHY_LEN];

	(void)state;
	strcpy(shared.folder, "/tmp/quintet-XXXXXX");
	if (mkdtemp(shared.folder) == NULL) {
		return -1;
	}
	(void)snprintf(shared.path, sizeof(shared.path), "%s/master.key", shared.folder);
	return seal_create(shared.path) == HSS_OK &&
	                       seal_open(shared.path, &shared.seal, why) == HSS_OK &&
	                       auc_open(&shared.auc) == AUC_OK
	               ? 0
	               : -1;
}

int fixture_group_teardown(void **state)
{
	(void)state;
	seal_close(shared.seal);
	auc_close(shared.auc);
	return unlink(shared.path) == 0 && rmdir(shared.folder) == 0 ? 0 : -1;
}

static enum auc_err rng_fill(void *opaque, uint8_t *out, size_t len)
{
	struct fixture *f = opaque;

	if (f->rng_fails) {
		return AUC_ERR_RNG;
	}
	for (size_t i = 0; i < len; i += sizeof(f->rng_count)) {
		f->rng_count++;
		memcpy(out + i, &f->rng_count,
		       len - i < sizeof(f->rng_count) ? len - i : sizeof(f->rng_count));
	}
	return AUC_OK;
}

static void *copy_array(struct arena *arena, const void *from, size_t n, size_t size)
{
	void *to = arena_array(arena, n, size);

	assert_non_null(to);
	return memcpy(to, from, n * size);
}

static void keys_make(struct fixture *f)
{
	for (size_t i = 0; i < N_OF(f->key); i++) {
		memset(f->key[i].k, 0x11 + (int)i, AUC_K_LEN);
		memset(f->key[i].opc, 0x51 + (int)i, AUC_OPC_LEN);
		assert_int_equal(seal_wrap(shared.seal, f->sub.impi[i].name, &f->key[i],
		                           &f->sub.impi[i].key),
		                 HSS_OK);
	}
	memset(f->ha1, 0x77, sizeof(f->ha1));
	assert_int_equal(
		seal_wrap_ha1(shared.seal, f->sub.impi[0].name, f->ha1, &f->sub.impi[0].ha1),
		HSS_OK);
}

static const char *scscf_set(struct fixture *f, const char *text)
{
	const bool first = text[1] == '1';
	char *end = NULL;

	f->sub.scscf_name = first ? SCSCF_1 : SCSCF_2;
	f->sub.scscf_host = first ? "scscf1.home.example" : "scscf2.home.example";
	f->sub.scscf_realm = "home.example";
	text += 2;
	if (*text == '!') {
		f->sub.reassignment_pending = true;
		text++;
	}
	if (*text == ':') {
		f->sub.scscf_features = (uint32_t)strtoul(text + 1, &end, 16);
		text = end;
	}
	return text;
}

static void restoration_add(struct fixture *f, unsigned impi, unsigned irs)
{
	struct ims_subscription *sub = &f->sub;
	char *octets = f->restoration[sub->n_restoration];

	assert_in_range(sub->n_restoration, 0, 3);
	(void)snprintf(octets, sizeof(f->restoration[0]), "restoration %u%u", impi, irs);
	sub->restoration[sub->n_restoration++] = (struct ims_restoration){
		.impi = impi,
		.irs = irs,
		.octets = (const uint8_t *)octets,
		.len = strlen(octets),
	};
}

static const char *registration_set(struct fixture *f, const char *text)
{
	static const char letters[] = "NUR";
	struct ims_registration *reg =
		ims_registration_of(&f->sub, (unsigned)(text[0] - '0'), (unsigned)(text[1] - '0'));

	assert_non_null(reg);
	reg->state = (enum ims_state)(strchr(letters, text[2]) - letters);
	text += 3;
	if (*text != '\0' && strchr("pqx", *text) != NULL) {
		const int64_t age[] = {0, FIXTURE_TIMEOUT / 2, FIXTURE_TIMEOUT};

		reg->pending_since = FIXTURE_NOW - age[strchr("pqx", *text) - "pqx"];
		text++;
	}
	if (*text == '+') {
		restoration_add(f, reg->impi, reg->irs);
		text++;
	}
	return text;
}

static void state_set(struct fixture *f, const char *text)
{
	while (*text != '\0') {
		text = *text == '@' ? scscf_set(f, text) : registration_set(f, text);
		text += strspn(text, " ");
	}
}

void fixture_open(struct fixture *f, const char *state)
{
	struct arena *arena = &f->sub.arena;

	*f = (struct fixture){0};
	f->sub.id = 1;
	f->sub.registration_allowed = true;
	f->sub.impi = copy_array(arena, impis, N_OF(impis), sizeof(impis[0]));
	f->sub.n_impi = N_OF(impis);
	f->sub.impu = copy_array(arena, impus, N_OF(impus), sizeof(impus[0]));
	f->sub.n_impu = N_OF(impus);
	f->sub.profile = copy_array(arena, profiles, N_OF(profiles), sizeof(profiles[0]));
	f->sub.n_profile = N_OF(profiles);
	f->sub.registration =
		copy_array(arena, registrations, N_OF(registrations), sizeof(registrations[0]));
	f->sub.n_registration = N_OF(registrations);
	f->sub.restoration = arena_array(arena, N_OF(f->restoration), sizeof(*f->sub.restoration));
	assert_non_null(f->sub.restoration);
	keys_make(f);
	state_set(f, state);
	f->policy = (struct cx_policy){
		.default_scscf = DEFAULT_SCSCF,
		.store_server_name = true,
		.auth_vectors_max = 5,
		.auth_pending_timeout = FIXTURE_TIMEOUT,
		.ind_bits = 5,
		.ind_count = 32,
		.sqn_delta = UINT64_C(1) << 28,
		.home_network = "home.example",
		.features = CX_FEATURE_SIFC | CX_FEATURE_ALIAS_IND | CX_FEATURE_IMS_RESTORATION_IND,
	};
	f->rng = (struct auc_rng){.fill = rng_fill, .opaque = f};
	f->env = (struct cx_env){.policy = &f->policy,
	                         .now = FIXTURE_NOW,
	                         .auc = shared.auc,
	                         .rng = &f->rng,
	                         .seal = shared.seal};
}

void fixture_close(struct fixture *f)
{
	cx_answer_wipe(&f->ans);
	ims_subscription_free(&f->sub);
}

static struct ims_asked impu_find(const struct ims_subscription *sub, const char *name)
{
	const char *stored = strcmp(name, DESK_42) == 0 ? DESKS : name;

	for (size_t i = 0; i < sub->n_impu; i++) {
		if (strcmp(sub->impu[i].name, stored) == 0) {
			return (struct ims_asked){.match = IMS_MATCH_OWN, .index = i};
		}
	}
	return (struct ims_asked){.match = strcmp(name, BOB) == 0 ? IMS_MATCH_OTHER
	                                                          : IMS_MATCH_NONE};
}

void fixture_ask(struct fixture *f, uint32_t command, const char *impi, const char *const *impu)
{
	f->req = (struct cx_request){.command = command,
	                             .session_id = "icscf.home.example;1;2",
	                             .origin_host = "scscf1.home.example",
	                             .origin_realm = "home.example",
	                             .destination_realm = "home.example",
	                             .impi = impi,
	                             .impu = impu[0] != NULL ? f->impu : NULL};
	f->sub.asked_impi = (struct ims_asked){0};
	for (size_t i = 0; impi != NULL && i < f->sub.n_impi; i++) {
		if (strcmp(f->sub.impi[i].name, impi) == 0) {
			f->sub.asked_impi = (struct ims_asked){.match = IMS_MATCH_OWN, .index = i};
		}
	}
	for (size_t i = 0; i < FIXTURE_IMPU_MAX && impu[i] != NULL; i++) {
		f->impu[i] = impu[i];
		f->asked[i] = impu_find(&f->sub, impu[i]);
		f->req.n_impu = i + 1;
	}
	f->sub.asked_impu = f->asked;
	f->sub.n_asked_impu = f->req.n_impu;
}

void fixture_features(struct fixture *f, uint32_t list)
{
	f->req.features = (struct cx_features){.present = true, .list = list};
}

static bool decide(struct fixture *f)
{
	switch (f->req.command) {
	case CX_CMD_UAR:
		return cx_uar_decide(&f->req, &f->sub, &f->env, &f->ans);
	case CX_CMD_SAR:
		return cx_sar_decide(&f->req, &f->sub, &f->env, &f->ans);
	case CX_CMD_LIR:
		return cx_lir_decide(&f->req, &f->sub, &f->env, &f->ans);
	default:
		return cx_mar_decide(&f->req, &f->sub, &f->env, &f->ans);
	}
}

bool fixture_decide(struct fixture *f)
{
	const bool sar = f->req.command == CX_CMD_SAR;
	const bool reassign = f->sub.reassignment_pending;
	bool changed = false;
	bool success = false;
	bool restores = false; /* refused, but told to restore the registration: IMS restoration */

	cx_answer_wipe(&f->ans);
	f->ans = (struct cx_answer){0};
	changed = decide(f);
	success = cx_result_is_success(f->ans.verdict.result);
	assert_int_equal(f->ans.command, f->req.command);
	assert_true(success == (f->ans.verdict.message[0] == '\0'));
	restores =
		sar && f->ans.verdict.result == CX_ERROR_IN_ASSIGNMENT_TYPE &&
		(f->req.features.list & f->policy.features & CX_FEATURE_IMS_RESTORATION_IND) != 0;
	/* 8.1.2: who is told to restore may take the place of another S-CSCF. */
	assert_false(!success && changed && !(restores && reassign));
	assert_false(f->ans.server_name != NULL && f->ans.capabilities);
	assert_true(success || f->ans.n_vectors == 0);
	assert_true(success || f->ans.digest.realm == NULL);
	assert_true(success || restores || f->ans.user_data == NULL);
	assert_true(success || restores || f->ans.n_restoration == 0);
	/* Charging goes with the profile (TS 29.228 table 6.1.2.2). */
	assert_true(f->ans.charging == (f->ans.user_data != NULL ? f->sub.charging : NULL));
	/* Server-Capabilities are the subscriber's, or else what is configured. */
	assert_true(f->ans.capability_set == (f->ans.capabilities ? f->sub.capabilities : NULL));
	assert_true(f->ans.capability_set == NULL || f->ans.capabilities_scscf == NULL);
	/* TS 29.229 7.1: what is supported is said when it was asked. */
	assert_true(f->ans.features.present ==
	            (f->req.features.present || f->req.features.foreign));
	assert_int_equal(f->ans.features.list, f->ans.features.present ? f->policy.features : 0);
	/* R1: the profile goes to the S-CSCF alone. */
	assert_true(sar || (f->ans.user_data == NULL && f->ans.n_associated_impi == 0));
	/* UAA and LIA always lead on. */
	assert_true(!success || sar || f->req.command == CX_CMD_MAR || f->ans.server_name != NULL ||
	            f->ans.capabilities);
	return changed;
}

static void state_append(const struct fixture *f, const struct ims_registration *reg, char *text,
                         size_t size)
{
	const struct ims_restoration *kept = ims_restoration_of(&f->sub, reg->impi, reg->irs);
	const bool has_restoration = kept != NULL && kept->len > 0;
	const int64_t age = FIXTURE_NOW - reg->pending_since;
	const char *pending = age == 0 ? "p" : age < FIXTURE_TIMEOUT ? "q" : "x";

	if (reg->state != IMS_NOT_REGISTERED || reg->pending_since != 0 || has_restoration) {
		(void)snprintf(text + strlen(text), size - strlen(text), "%u%u%c%s%s ", reg->impi,
		               reg->irs, "NUR"[reg->state],
		               reg -> pending_since != 0 ? pending : "",
		               has_restoration ? "+" : "");
	}
}

void fixture_state(const struct fixture *f, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < f->sub.n_registration; i++) {
		state_append(f, &f->sub.registration[i], text, size);
	}
	len = strlen(text);
	if (f->sub.scscf_name != NULL) {
		const bool first = strcmp(f->sub.scscf_name, SCSCF_1) == 0;

		(void)snprintf(text + len, size - len, "@%d%s", first ? 1 : 2,
		               f->sub.reassignment_pending ? "!" : "");
		if (f->sub.scscf_features != 0) {
			(void)snprintf(text + strlen(text), size - strlen(text), ":%x",
			               f->sub.scscf_features);
		}
		/* The Diameter address goes with the name. */
		assert_non_null(f->sub.scscf_host);
		assert_non_null(f->sub.scscf_realm);
	} else {
		assert_null(f->sub.scscf_host);
		assert_null(f->sub.scscf_realm);
		assert_false(f->sub.reassignment_pending);
		assert_int_equal(f->sub.scscf_features, 0);
		if (len > 0) {
			text[len - 1] = '\0';
		}
	}
}

static const char *or_none(const char *text)
{
	return text != NULL ? text : "-";
}

static void push_check(const struct fixture *f, const struct ims_push *push)
{
	size_t n = 0;

	assert_int_equal(push->kind, IMS_PUSH_RTR);
	assert_int_equal(push->subscription, f->sub.id);
	assert_string_equal(push->host, "scscf1.home.example");
	assert_string_equal(push->realm, "home.example");
	for (size_t i = 0; i < f->sub.n_impu; i++) {
		if (f->sub.impu[i].irs == push->irs) {
			assert_in_range(n + 1, 1, push->n_impu);
			assert_string_equal(push->impu[n++], f->sub.impu[i].name);
		}
	}
	assert_int_equal(n, push->n_impu);
}

void fixture_pushes(const struct fixture *f, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < f->sub.n_push; i++) {
		const struct ims_push *push = &f->sub.push[i];
		unsigned no = 0;

		push_check(f, push);
		for (size_t k = 0; k < f->sub.n_impi; k++) {
			no = strcmp(f->sub.impi[k].name, push->impi) == 0 ? f->sub.impi[k].no : no;
		}
		(void)snprintf(text + strlen(text), size - strlen(text), "%s%c%u%u",
		               i > 0 ? " " : "", "PNCR"[push->reason], no, push -> irs);
		if (push->n_associated > 0) {
			(void)snprintf(text + strlen(text), size - strlen(text), "+%zu",
			               push->n_associated);
		}
	}
}

static void dump_rest(const struct ims_subscription *sub, FILE *out)
{
	(void)fprintf(out, "%d %x\n", sub->reassignment_pending, sub->scscf_features);
	for (size_t i = 0; i < sub->n_restoration; i++) {
		const struct ims_restoration *kept = &sub->restoration[i];

		if (kept->len > 0) {
			(void)fprintf(out, "%u %u %.*s\n", kept->impi, kept->irs, (int)kept->len,
			              (const char *)kept->octets);
		}
	}
	for (size_t i = 0; i < sub->n_push; i++) {
		const struct ims_push *push = &sub->push[i];

		(void)fprintf(out, "%d %s %s %u %u\n", push->kind, push->host, push->impi,
		              push->irs, push->reason);
	}
}

char *fixture_dump(const struct fixture *f)
{
	const struct ims_subscription *sub = &f->sub;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	(void)fprintf(out, "%lld %d %s %s %s\n", (long long)sub->id, sub->registration_allowed,
	              or_none(sub->scscf_name), or_none(sub->scscf_host),
	              or_none(sub->scscf_realm));
	for (size_t i = 0; i < sub->n_impi; i++) {
		const struct ims_impi *impi = &sub->impi[i];

		(void)fprintf(out, "%u %s %d %02x%02x %d %x %llx %s %lld %u %d %s ", impi->no,
		              impi->name, impi->has_key, impi->amf[0], impi->amf[1], impi->scheme,
		              impi->schemes, (unsigned long long)impi->sqn,
		              or_none(impi->sqn_scscf), (long long)impi->auth_since,
		              impi->auth_count, impi->has_ha1, or_none(impi->digest_realm));
		for (size_t k = 0; k < SEAL_KEY_LEN; k++) {
			(void)fprintf(out, "%02x%02x", impi->key.octets[k], impi->ha1.octets[k]);
		}
		(void)fprintf(out, "\n");
	}
	for (size_t i = 0; i < sub->n_impu; i++) {
		const struct ims_impu *impu = &sub->impu[i];

		(void)fprintf(out, "%s %u %u %d %d %d %s %s %u\n", impu->name, impu->irs,
		              impu->position, impu->kind, impu->barred, impu->psi_active,
		              or_none(impu->as_name), or_none(impu->display_name), impu->profile);
	}
	for (size_t i = 0; i < sub->n_registration; i++) {
		const struct ims_registration *reg = &sub->registration[i];

		(void)fprintf(out, "%u %u %d %lld\n", reg->impi, reg->irs, reg->state,
		              (long long)reg->pending_since);
	}
	for (size_t i = 0; i < sub->n_profile; i++) {
		(void)fprintf(out, "%s %d\n", sub->profile[i].name,
		              sub->profile[i].unregistered_services);
	}
	for (size_t i = 0; i < sub->n_visited; i++) {
		(void)fprintf(out, "%s\n", sub->visited[i]);
	}
	dump_rest(sub, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

void fixture_expect_text(const char *what, const char *got, const char *expected)
{
	if (strcmp(or_none(got), or_none(expected)) != 0) {
		fail_msg("%s: got %s, expected %s", what, or_none(got), or_none(expected));
	}
}

void fixture_expect(struct fixture *f, const char *what, enum cx_result result, const char *after)
{
	char *before = fixture_dump(f);
	char *now = NULL;
	char state[256];
	bool changed = false;

	changed = fixture_decide(f);
	now = fixture_dump(f);
	if (f->ans.verdict.result != result) {
		fail_msg("%s: got %s (%s), expected %s", what,
		         cx_result_name(f->ans.verdict.result), f->ans.verdict.message,
		         cx_result_name(result));
	}
	if (changed == (strcmp(before, now) == 0)) {
		fail_msg("%s: says that the snapshot %s, but it is otherwise:\n%s\n%s", what,
		         changed ? "changed" : "did not change", before, now);
	}
	if (after == NULL && changed) {
		fail_msg("%s: changed the snapshot:\n%s\n%s", what, before, now);
	}
	if (after != NULL) {
		fixture_state(f, state, sizeof(state));
		fixture_expect_text(what, state, after);
	}
	free(before);
	free(now);
}
