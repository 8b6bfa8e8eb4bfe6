/*
 * The store's contract (hss/store.h), for every backend: the suite knows a backend only by the
 * function that opens it.
 *
 * test_store bench N  measures instead: N subscribers, load and save in transactions of 64.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "hss/store.h"
#include "sample_sub.h"
#include "temp_dir.h"

#define SCSCF_A "sip:scscf-a.ims.test:6060"
#define SCSCF_B "sip:scscf-b.ims.test:6060"

/* Open the backend's database that belongs to a temporary folder. */
typedef enum hss_err (*open_function)(const struct temp_dir *dir, enum store_mode mode,
                                      struct store **out);

static enum hss_err open_sqlite(const struct temp_dir *dir, enum store_mode mode,
                                struct store **out)
{
	char uri[TEMP_PATH_MAX + 16];

	(void)snprintf(uri, sizeof(uri), "sqlite:%s/hss.db", dir->path);
	return store_open(uri, mode, out);
}

static open_function backend_open;

struct fixture {
	struct temp_dir dir;
	struct store *store;
	struct ims_subscription sub;
	struct ims_subscription got;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	temp_dir_make(&f->dir);
	assert_int_equal(backend_open(&f->dir, STORE_CREATE, &f->store), HSS_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ims_subscription_free(&f->sub);
	ims_subscription_free(&f->got);
	store_close(f->store);
	temp_dir_remove(&f->dir);
	free(f);
	return 0;
}

static void assert_ok(struct fixture *f, enum hss_err err)
{
	if (err != HSS_OK) {
		print_error("%s: %s\n", hss_err_text(err), store_error(f->store));
	}
	assert_int_equal(err, HSS_OK);
}

static void put_common(struct fixture *f, unsigned n)
{
	sample_common(&f->sub, n);
	assert_ok(f, store_subscription_put(f->store, &f->sub));
}

static enum hss_err load_impi(struct fixture *f, unsigned n, enum store_view view)
{
	char name[64];

	return store_subscription_load(f->store, sample_impi_name(n, name), NULL, 0, view, &f->got);
}

static uint64_t count(struct fixture *f)
{
	uint64_t n = 0;

	assert_ok(f, store_subscription_count(f->store, &n));
	return n;
}

static void assert_stored(struct fixture *f, const struct ims_subscription *expected)
{
	assert_ok(f, store_subscription_get(f->store, expected->id, &f->got));
	sample_assert_equal(&f->got, expected);
}

static void reopen(struct fixture *f)
{
	store_close(f->store);
	assert_int_equal(backend_open(&f->dir, STORE_WRITE, &f->store), HSS_OK);
}

static void sample_ha1(struct ims_impi *impi, const char *realm)
{
	impi->has_ha1 = true;
	impi->digest_realm = realm;
	memset(impi->ha1.octets, 0x5a, sizeof(impi->ha1.octets));
}

/* Two IMPIs that share a set, three sets, several profiles in one set, a PSI: all that the model
 * carries. */
static void build_rich(struct fixture *f)
{
	struct ims_subscription *sub = &f->sub;
	struct ims_profile gold = {.name = "gold",
	                           .has_media_profile = true,
	                           .media_profile = UINT32_MAX,
	                           .unregistered_services = true};
	struct ims_impu *impu = NULL;
	struct ims_registration *reg = NULL;

	assert_ok(f, store_profile_put(f->store, &gold));
	sample_start(sub);
	sample_profile(sub, "gold");
	sub->registration_allowed = false;
	sub->scscf_name = SCSCF_A;
	sub->scscf_host = "scscf-a.ims.test";
	sub->scscf_realm = "ims.test";
	sample_impi(sub, 1, "rich1@ims.test")->sqn = 32;
	sub->impi[0].sqn_scscf = SCSCF_B;
	sub->impi[0].auth_since = 1700000000;
	sub->impi[0].auth_count = 3;
	sample_impi(sub, 2, "rich2@ims.test")->sqn = AUC_SQN_MAX;
	sub->impi[1].schemes |= 1U << IMS_SCHEME_SIP_DIGEST;
	sample_ha1(&sub->impi[1], "ims.test");
	sub->scscf_features = UINT32_MAX;
	sub->reassignment_pending = true;
	sample_impi(sub, 7, "psi@ims.test")->has_key = false;
	sample_impu(sub, 1, 1, "sip:z@ims.test")->barred = true;
	impu = sample_impu(sub, 1, 2, "sip:a@ims.test");
	impu->profile = 1;
	impu->alias_group = "a1";
	impu->loose_route = true;
	impu->display_name = "A \"quoted\" n\xc3\xa4me; -- '";
	sample_impu(sub, 1, 5, "tel:+491")->privileged_sender = true;
	sample_impu(sub, 2, 1, "sip:b@ims.test")->profile = 1;
	impu = sample_impu(sub, 9, 1, "sip:service.ims.test");
	impu->kind = IMPU_PSI;
	impu->psi_active = true;
	impu->as_name = "sip:as.ims.test";
	sample_impu(sub, 9, 2, "sip:chat-!.*!@ims.test")->kind = IMPU_WILDCARDED_PSI;
	sample_impu(sub, 9, 3, "sip:pbx-!.*!@ims.test")->kind = IMPU_WILDCARDED;
	reg = sample_registration(sub, 1, 1);
	reg->state = IMS_REGISTERED;
	sample_registration(sub, 2, 1)->pending_since = 1700000000;
	sample_registration(sub, 2, 2)->state = IMS_UNREGISTERED;
	sample_registration(sub, 7, 9);
	sample_restoration(sub, 1, 1, 1);
	sample_restoration(sub, 2, 1, IMS_RESTORATION_LEN_MAX);
	sample_restoration(sub, 7, 9, 200);
	sample_visited(sub, "home.test");
	sample_visited(sub, "visited.test");
	assert_ok(f, store_subscription_put(f->store, sub));
}

static void put_and_get_keep_everything_and_its_order(void **state)
{
	struct fixture *f = *state;

	build_rich(f);
	assert_true(f->sub.id > 0);
	assert_stored(f, &f->sub);
	assert_true(f->got.profile[f->got.impu[1].profile].has_media_profile);
	assert_int_equal(f->got.profile[f->got.impu[1].profile].media_profile, UINT32_MAX);
	assert_true(f->got.profile[f->got.impu[1].profile].unregistered_services);
	assert_false(f->got.profile[f->got.impu[0].profile].has_media_profile);
	assert_int_equal(f->got.n_profile, 2);
	reopen(f);
	assert_stored(f, &f->sub);
}

static void load_finds_by_impi_and_by_impu(void **state)
{
	struct fixture *f = *state;
	const char *impu[] = {"tel:+491", "sip:nobody@ims.test", "sip:user2@ims.test",
	                      "sip:z@ims.test", "tel:+491"};

	put_common(f, 2);
	build_rich(f);
	assert_ok(f, store_subscription_load(f->store, "rich2@ims.test", impu, 5, STORE_VIEW_FULL,
	                                     &f->got));
	sample_assert_equal(&f->got, &f->sub);
	assert_int_equal(f->got.asked_impi.match, IMS_MATCH_OWN);
	assert_int_equal(f->got.asked_impi.index, 1);
	assert_int_equal(f->got.n_asked_impu, 5);
	assert_int_equal(f->got.asked_impu[0].match, IMS_MATCH_OWN);
	assert_int_equal(f->got.asked_impu[0].index, 2);
	assert_int_equal(f->got.asked_impu[1].match, IMS_MATCH_NONE);
	assert_int_equal(f->got.asked_impu[2].match, IMS_MATCH_OTHER);
	assert_int_equal(f->got.asked_impu[3].match, IMS_MATCH_OWN);
	assert_int_equal(f->got.asked_impu[3].index, 0);
	assert_int_equal(f->got.asked_impu[4].index, 2);

	assert_ok(f, store_subscription_load(f->store, NULL, impu, 5, STORE_VIEW_FULL, &f->got));
	sample_assert_equal(&f->got, &f->sub);
	assert_int_equal(f->got.asked_impi.match, IMS_MATCH_NONE);
	assert_ok(f, store_subscription_load(f->store, "unknown@ims.test", impu + 1, 3,
	                                     STORE_VIEW_FULL, &f->got));
	assert_int_equal(f->got.asked_impi.match, IMS_MATCH_NONE);
	assert_int_equal(f->got.asked_impu[1].match, IMS_MATCH_OWN);
	assert_int_equal(f->got.asked_impu[2].match, IMS_MATCH_OTHER);
}

static void load_of_the_auth_view_has_what_a_mar_needs(void **state)
{
	struct fixture *f = *state;
	const char *impu[] = {"tel:+491", "sip:user2@ims.test", "sip:z@ims.test", "tel:+491"};

	put_common(f, 2);
	build_rich(f);
	assert_ok(f, store_subscription_load(f->store, "rich2@ims.test", impu, 4, STORE_VIEW_AUTH,
	                                     &f->got));
	assert_int_equal(f->got.id, f->sub.id);
	assert_int_equal(f->got.n_impi, 1);
	assert_string_equal(f->got.impi[0].name, "rich2@ims.test");
	assert_memory_equal(f->got.impi[0].key.octets, f->sub.impi[1].key.octets, SEAL_KEY_LEN);
	assert_int_equal(f->got.impi[0].sqn, AUC_SQN_MAX);
	assert_int_equal(f->got.impi[0].schemes,
	                 1U << IMS_SCHEME_AKA_V1 | 1U << IMS_SCHEME_SIP_DIGEST);
	assert_true(f->got.impi[0].has_ha1);
	assert_memory_equal(f->got.impi[0].ha1.octets, f->sub.impi[1].ha1.octets, SEAL_KEY_LEN);
	assert_string_equal(f->got.impi[0].digest_realm, "ims.test");
	assert_int_equal(f->got.scscf_features, UINT32_MAX);
	assert_true(f->got.reassignment_pending);
	assert_int_equal(f->got.n_restoration, 0);
	assert_int_equal(f->got.n_registration, 4);
	assert_string_equal(f->got.scscf_name, SCSCF_A);
	assert_string_equal(f->got.scscf_host, "scscf-a.ims.test");
	assert_string_equal(f->got.scscf_realm, "ims.test");
	assert_int_equal(f->got.n_impu, 2);
	assert_string_equal(f->got.impu[0].name, "sip:z@ims.test");
	assert_string_equal(f->got.impu[1].name, "tel:+491");
	assert_int_equal(f->got.asked_impu[0].index, 1);
	assert_int_equal(f->got.asked_impu[1].match, IMS_MATCH_OTHER);
	assert_int_equal(f->got.asked_impu[2].index, 0);
	assert_int_equal(f->got.asked_impu[3].index, 1);
}

static void load_of_the_locate_view_has_the_profile_too(void **state)
{
	struct fixture *f = *state;
	const char *impu[] = {"tel:+491"};

	build_rich(f);
	assert_ok(f, store_subscription_load(f->store, NULL, impu, 1, STORE_VIEW_FULL, &f->got));
	assert_int_equal(f->got.asked_impu[0].match, IMS_MATCH_OWN);
	const struct ims_impu *full = &f->got.impu[f->got.asked_impu[0].index];
	const int64_t profile = f->got.profile[full->profile].id;
	const size_t n_registration = f->got.n_registration;

	assert_ok(f, store_subscription_load(f->store, NULL, impu, 1, STORE_VIEW_LOCATE, &f->got));
	assert_int_equal(f->got.n_impu, 1);
	assert_int_equal(f->got.n_profile, 1);
	assert_int_equal(f->got.impu[0].profile, 0);
	assert_int_equal(f->got.profile[0].id, profile);
	assert_int_equal(f->got.n_registration, n_registration);
}

static void load_of_the_admit_view_has_what_a_uar_needs(void **state)
{
	struct fixture *f = *state;
	const char *impu[] = {"tel:+491"};
	size_t n_visited = 0;

	build_rich(f);
	assert_ok(f, store_subscription_load(f->store, NULL, impu, 1, STORE_VIEW_FULL, &f->got));
	n_visited = f->got.n_visited;
	assert_true(n_visited > 0);
	for (size_t i = 0; i < f->got.n_impu; i++) {
		f->got.impu[i].barred = strcmp(f->got.impu[i].name, "sip:z@ims.test") == 0;
	}
	assert_ok(f, store_subscription_put(f->store, &f->got));

	assert_ok(f, store_subscription_load(f->store, "rich2@ims.test", impu, 1, STORE_VIEW_ADMIT,
	                                     &f->got));
	assert_int_equal(f->got.n_impu, 1);
	assert_int_equal(f->got.n_visited, n_visited);
	assert_int_equal(f->got.registration_allowed, f->sub.registration_allowed);
	impu[0] = "sip:z@ims.test"; /* barred: its siblings decide */
	assert_ok(f, store_subscription_load(f->store, "rich2@ims.test", impu, 1, STORE_VIEW_ADMIT,
	                                     &f->got));
	assert_true(f->got.n_impu > 1);
	assert_int_equal(f->got.asked_impu[0].match, IMS_MATCH_OWN);
	assert_string_equal(f->got.impu[f->got.asked_impu[0].index].name, "sip:z@ims.test");
	assert_string_equal(f->got.impi[f->got.asked_impi.index].name, "rich2@ims.test");
}

static void put_wildcarded(struct fixture *f, unsigned n, const char *const *names, size_t n_names)
{
	sample_common(&f->sub, n);
	for (size_t i = 0; i < n_names; i++) {
		struct ims_impu *impu = sample_impu(&f->sub, 1, 3 + (unsigned)i, names[i]);

		impu->kind = i % 2 == 0 ? IMPU_WILDCARDED : IMPU_WILDCARDED_PSI;
	}
	assert_ok(f, store_subscription_put(f->store, &f->sub));
}

static void assert_found(struct fixture *f, const char *impu, const char *expected)
{
	for (int view = STORE_VIEW_AUTH; view <= STORE_VIEW_FULL; view++) {
		const struct ims_asked *asked = NULL;

		assert_ok(f, store_subscription_load(f->store, NULL, &impu, 1,
		                                     (enum store_view)view, &f->got));
		asked = &f->got.asked_impu[0];
		if ((asked->match == IMS_MATCH_OWN) != (expected != NULL) ||
		    (expected != NULL && strcmp(f->got.impu[asked->index].name, expected) != 0)) {
			fail_msg("%s: %s, not %s", impu,
			         asked->match == IMS_MATCH_OWN ? f->got.impu[asked->index].name
			                                       : "nothing",
			         expected != NULL ? expected : "nothing");
		}
	}
}

static void an_unknown_impu_is_found_as_the_wildcarded_one_it_matches(void **state)
{
	struct fixture *f = *state;
	static const char *const first[] = {
		"sip:!.*!@a.test",        "sip:pbx!.*!@a.test",   "sip:pbx1!.*!@a.test",
		"sip:pbx![a-z]+!@b.test", "sip:pbx!.*!@b.test",   "tel:+4930!.*!",
		"tel:+49301!(2|3).*!",    "sip:zzz!z*.*!@a.test", "sip:pbx2!never!@a.test",
	};
	static const char *const second[] = {"sip:p!.*!@a.test", "tel:+493012![0-9]{2}!"};
	static const struct {
		const char *impu;
		const char *found;
	} rows[] = {
		{"sip:q@a.test", "sip:!.*!@a.test"},
		{"sip:@a.test", "sip:!.*!@a.test"},
		{"sip:p1@a.test", "sip:p!.*!@a.test"},
		{"sip:pbx@a.test", "sip:pbx!.*!@a.test"},
		{"sip:pbx9@a.test", "sip:pbx!.*!@a.test"},
		{"sip:pbx1@a.test", "sip:pbx1!.*!@a.test"},
		{"sip:pbx17@a.test", "sip:pbx1!.*!@a.test"},
		{"sip:pbx2x@a.test", "sip:pbx!.*!@a.test"},
		{"sip:pbx2never@a.test", "sip:pbx2!never!@a.test"},
		{"sip:pbxq@b.test", "sip:pbx!.*!@b.test"}, /* '.' sorts before '[' */
		{"sip:pbx@c.test", NULL},
		{"sip:~~~@a.test", "sip:!.*!@a.test"},
		{"sip:zzz!a@a.test", "sip:zzz!z*.*!@a.test"},
		{"sip:z@d.test", NULL},
		{"tel:+49302", "tel:+4930!.*!"},
		{"tel:+493012", "tel:+49301!(2|3).*!"},
		{"tel:+4930123", "tel:+49301!(2|3).*!"},
		{"tel:+49301234", "tel:+493012![0-9]{2}!"},
		{"tel:+493012345", "tel:+49301!(2|3).*!"},
		{"tel:+4931", NULL},
		{"tel:+4", NULL},
		{"a", NULL},
		{"zzz", NULL},
		{"sip:user1@ims.test", "sip:user1@ims.test"},
		{"sip:pbx!.*!@a.test", "sip:pbx!.*!@a.test"}, /* by its own name */
		{"sip:pbx-distinct@a.test", "sip:pbx-distinct@a.test"},
	};
	const char *asked[] = {"sip:p1@a.test", "sip:q@a.test"};

	put_wildcarded(f, 1, first, sizeof(first) / sizeof(first[0]));
	put_wildcarded(f, 2, second, sizeof(second) / sizeof(second[0]));
	sample_common(&f->sub, 3);
	f->sub.impu[0].name = "sip:pbx-distinct@a.test";
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_found(f, rows[i].impu, rows[i].found);
	}
	/* One of each subscription. */
	assert_ok(f, store_subscription_load(f->store, "user1@ims.test", asked, 2, STORE_VIEW_AUTH,
	                                     &f->got));
	assert_int_equal(f->got.asked_impu[0].match, IMS_MATCH_OTHER);
	assert_int_equal(f->got.asked_impu[1].match, IMS_MATCH_OWN);
}

static void wildcarded_identities_come_and_go(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = {"sip:a!.*!@x.test", "sip:ab!.*!@x.test"};
	struct store *look = NULL;
	const char *impu = "sip:abc@x.test";

	assert_int_equal(backend_open(&f->dir, STORE_READ, &look), HSS_OK);
	assert_found(f, impu, NULL);
	put_wildcarded(f, 1, names, 1);
	assert_found(f, impu, names[0]);
	assert_ok(f, store_begin(f->store));
	put_wildcarded(f, 2, names + 1, 1);
	assert_found(f, impu, names[1]);
	assert_int_equal(store_subscription_load(look, NULL, &impu, 1, STORE_VIEW_AUTH, &f->got),
	                 HSS_OK);
	assert_string_equal(f->got.impu[0].name, names[0]);
	store_rollback(f->store);
	assert_found(f, impu, names[0]);
	put_wildcarded(f, 2, names + 1, 1);
	assert_found(f, impu, names[1]);
	assert_int_equal(store_subscription_load(look, NULL, &impu, 1, STORE_VIEW_AUTH, &f->got),
	                 HSS_OK);
	assert_string_equal(f->got.impu[0].name, names[1]);
	/* A distinct one that comes later wins. */
	sample_common(&f->sub, 3);
	f->sub.impu[0].name = impu;
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_found(f, impu, impu);
	store_close(look);
}

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 16;
}

enum { RANDOM_NAMES = 150 };

/* A wildcarded identity over few letters that is not among the n before it. */
static void random_name(uint32_t *seed, char name[][64], size_t n)
{
	static const char *const expressions[] = {".*", "a*", "[ab]+", "b"};
	bool twice = false;

	do {
		(void)snprintf(name[n], sizeof(name[n]), "sip:%.*s!%s!%s",
		               (int)(random_next(seed) % 5),
		               &"aababbaabbbaab"[random_next(seed) % 9],
		               expressions[random_next(seed) % 4],
		               random_next(seed) % 2 == 0 ? "@x" : "b@x");
		twice = false;
		for (size_t i = 0; i < n; i++) {
			twice = twice || strcmp(name[i], name[n]) == 0;
		}
	} while (twice);
}

/* What looking at all of them finds. */
static const char *best_of_all(char name[][64], size_t n, const char *impu)
{
	const char *best = NULL;

	for (size_t i = 0; i < n; i++) {
		struct wildcard *wildcard = NULL;
		const size_t prefix = strcspn(name[i], "!");
		const size_t best_prefix = best != NULL ? strcspn(best, "!") : 0;

		assert_int_equal(wildcard_make(name[i], &wildcard, NULL), HSS_OK);
		if (wildcard_matches(wildcard, impu) &&
		    (best == NULL || prefix > best_prefix ||
		     (prefix == best_prefix && strcmp(name[i], best) < 0))) {
			best = name[i];
		}
		wildcard_free(wildcard);
	}
	return best;
}

static void the_search_finds_what_looking_at_all_finds(void **state)
{
	struct fixture *f = *state;
	char name[RANDOM_NAMES][64];
	uint32_t seed = 3;

	sample_common(&f->sub, 1);
	for (unsigned i = 0; i < RANDOM_NAMES; i++) {
		random_name(&seed, name, i);
		sample_impu(&f->sub, 1, 3 + i, name[i])->kind = IMPU_WILDCARDED;
	}
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	for (unsigned round = 0; round < 500; round++) {
		char impu[32] = "sip:";
		const unsigned len = round % 8;

		for (unsigned i = 0; i < len; i++) {
			impu[4 + i] = "ab"[random_next(&seed) % 2];
		}
		memcpy(impu + 4 + len, "@x", 3);
		assert_found(f, impu, best_of_all(name, RANDOM_NAMES, impu));
	}
}

static void load_of_unknown_identities_is_empty(void **state)
{
	struct fixture *f = *state;
	const char *impu[] = {"sip:nobody@ims.test"};

	put_common(f, 1);
	for (int view = STORE_VIEW_AUTH; view <= STORE_VIEW_FULL; view++) {
		assert_ok(f, store_subscription_load(f->store, "nobody@ims.test", impu, 1,
		                                     (enum store_view)view, &f->got));
		assert_int_equal(f->got.id, 0);
		assert_int_equal(f->got.n_impi + f->got.n_impu + f->got.n_registration, 0);
		assert_int_equal(f->got.asked_impi.match, IMS_MATCH_NONE);
		assert_int_equal(f->got.n_asked_impu, 1);
		assert_int_equal(f->got.asked_impu[0].match, IMS_MATCH_NONE);
	}
	assert_ok(f, store_subscription_load(f->store, NULL, NULL, 0, STORE_VIEW_FULL, &f->got));
	assert_int_equal(f->got.id, 0);
}

static void save_keeps_state_of_every_view(void **state)
{
	struct fixture *f = *state;

	build_rich(f);
	for (int view = STORE_VIEW_AUTH; view <= STORE_VIEW_FULL; view++) {
		assert_ok(f, store_subscription_load(f->store, "rich1@ims.test", NULL, 0,
		                                     (enum store_view)view, &f->got));
		f->got.impi[0].sqn += 33;
		f->got.impi[0].sqn_scscf = f->sub.impi[0].sqn_scscf = SCSCF_A;
		f->got.impi[0].auth_since = f->sub.impi[0].auth_since = 1700000000 + view;
		f->got.impi[0].auth_count = f->sub.impi[0].auth_count = INT32_MAX - (uint32_t)view;
		f->got.registration[0].state = IMS_UNREGISTERED;
		f->got.registration[0].pending_since = 1234567 + view;
		f->got.scscf_name = f->sub.scscf_name = SCSCF_B;
		f->got.scscf_host = f->sub.scscf_host = "b.ims.test";
		f->got.scscf_realm = f->sub.scscf_realm = NULL;
		f->got.scscf_features = f->sub.scscf_features = 1U << view;
		f->got.reassignment_pending = f->sub.reassignment_pending = view % 2 == 0;
		assert_ok(f, store_registration_save(f->store, &f->got));
		f->sub.impi[0].sqn += 33;
		f->sub.registration[0].state = IMS_UNREGISTERED;
		f->sub.registration[0].pending_since = 1234567 + view;
		assert_stored(f, &f->sub);
	}
	f->got.scscf_name = f->sub.scscf_name = NULL;
	f->got.scscf_host = f->sub.scscf_host = NULL;
	assert_ok(f, store_registration_save(f->store, &f->got));
	reopen(f);
	assert_stored(f, &f->sub);
}

static void save_keeps_and_removes_restoration_information(void **state)
{
	struct fixture *f = *state;
	struct ims_subscription *sub = &f->sub;

	sample_common(sub, 1);
	sample_impi(sub, 2, "second@ims.test");
	sample_registration(sub, 2, 1);
	assert_ok(f, store_subscription_put(f->store, sub));
	sample_restoration(sub, 1, 1, 100);
	sample_restoration(sub, 2, 1, 7);
	for (int in_transaction = 0; in_transaction <= 1; in_transaction++) {
		if (in_transaction) {
			assert_ok(f, store_begin(f->store));
		}
		assert_ok(f, store_registration_save(f->store, sub));
		if (in_transaction) {
			assert_ok(f, store_commit(f->store));
		}
		assert_stored(f, sub);
		sub->restoration[0].octets = sub->restoration[1].octets; /* another, shorter */
		sub->restoration[0].len = 3;
	}
	/* A snapshot that has none leaves what there is. */
	sub->n_restoration = 0;
	sub->registration[0].state = IMS_REGISTERED;
	assert_ok(f, store_registration_save(f->store, sub));
	sub->n_restoration = 2;
	assert_stored(f, sub);
	sub->restoration[1].len = 0;
	assert_ok(f, store_registration_save(f->store, sub));
	sub->n_restoration = 1;
	assert_stored(f, sub);

	sample_restoration(sub, 2, 2, 1);
	assert_int_equal(store_registration_save(f->store, sub), HSS_ERR_INVALID);
	assert_non_null(strstr(store_error(f->store), "no such registration"));
	sub->n_restoration = 0;
	sample_restoration(sub, 1, 1, IMS_RESTORATION_LEN_MAX + 1);
	assert_int_equal(store_registration_save(f->store, sub), HSS_ERR_INVALID);
	assert_non_null(strstr(store_error(f->store), "longer than 32768"));
}

static void save_of_one_impi_leaves_sqn_and_count_of_others(void **state)
{
	struct fixture *f = *state;
	struct ims_subscription other = {0};

	build_rich(f);
	assert_ok(f, store_subscription_load(f->store, "rich1@ims.test", NULL, 0, STORE_VIEW_AUTH,
	                                     &f->got));
	assert_ok(f, store_subscription_load(f->store, "rich2@ims.test", NULL, 0, STORE_VIEW_AUTH,
	                                     &other));
	other.impi[0].sqn = 4711;
	other.impi[0].auth_since = f->sub.impi[1].auth_since = 1600000000;
	other.impi[0].auth_count = f->sub.impi[1].auth_count = 9;
	assert_ok(f, store_registration_save(f->store, &other));
	f->got.impi[0].sqn = 64;
	f->got.impi[0].auth_count = f->sub.impi[0].auth_count = 4;
	assert_ok(f, store_registration_save(f->store, &f->got));
	f->sub.impi[0].sqn = 64;
	f->sub.impi[1].sqn = 4711;
	assert_stored(f, &f->sub);
	ims_subscription_free(&other);
}

static void save_refuses_what_is_gone_or_impossible(void **state)
{
	struct fixture *f = *state;

	put_common(f, 1);
	assert_ok(f, load_impi(f, 1, STORE_VIEW_AUTH));
	f->got.impi[0].sqn = AUC_SQN_MAX + 1;
	assert_int_equal(store_registration_save(f->store, &f->got), HSS_ERR_INVALID);
	assert_non_null(strstr(store_error(f->store), "48 bits"));
	f->got.impi[0].sqn = 32;
	f->got.impi[0].auth_since = -1;
	assert_int_equal(store_registration_save(f->store, &f->got), HSS_ERR_INVALID);
	f->got.impi[0].auth_since = 0;
	f->got.impi[0].auth_count = UINT32_C(1) << 31;
	assert_int_equal(store_registration_save(f->store, &f->got), HSS_ERR_INVALID);
	assert_non_null(strstr(store_error(f->store), "count of vectors"));
	f->got.impi[0].auth_count = 0;
	f->got.registration[0].pending_since = -1;
	assert_int_equal(store_registration_save(f->store, &f->got), HSS_ERR_INVALID);
	f->got.registration[0].pending_since = 0;
	f->got.registration[0].state = (enum ims_state)3;
	assert_int_equal(store_registration_save(f->store, &f->got), HSS_ERR_INVALID);
	f->got.registration[0].state = IMS_REGISTERED;
	f->got.scscf_name = "";
	assert_int_equal(store_registration_save(f->store, &f->got), HSS_ERR_INVALID);
	f->got.scscf_name = NULL;
	assert_stored(f, &f->sub);

	assert_ok(f, load_impi(f, 1, STORE_VIEW_AUTH));
	assert_ok(f, store_subscription_delete(f->store, f->sub.id));
	assert_int_equal(store_registration_save(f->store, &f->got), HSS_ERR_NOT_FOUND);
	f->got.id = 0;
	assert_int_equal(store_registration_save(f->store, &f->got), HSS_ERR_NOT_FOUND);
}

static void put_adds_and_removes_and_keeps_registrations_that_stay(void **state)
{
	struct fixture *f = *state;
	struct ims_subscription *sub = &f->sub;

	build_rich(f);
	/* The first IMPU goes, two change places, one comes; IMPI 7 and its set go, IMPI 8 comes.
	 */
	sub->impu[0] = sub->impu[1];
	sub->impu[0].position = 1;
	sub->impu[1] = sub->impu[2];
	sub->impu[1].position = 2;
	sub->impu[2] = sub->impu[3];
	sub->n_impu = 3;
	sample_impu(sub, 2, 2, "sip:new@ims.test");
	sub->n_impi = 2;
	sample_impi(sub, 8, "new@ims.test");
	sub->n_registration = 3;
	sub->n_restoration = 2; /* that of IMPI 7 goes with it */
	sample_registration(sub, 8, 2);
	sub->n_visited = 1;
	sample_visited(sub, "zzz.test");
	sub->registration_allowed = true;
	assert_ok(f, store_subscription_put(f->store, sub));
	assert_stored(f, sub);
	assert_int_equal(f->got.registration[0].state, IMS_REGISTERED);
	assert_int_equal(f->got.registration[1].pending_since, 1700000000);
	assert_int_equal(f->got.impi[0].sqn, 32);

	/* What went is free for others. */
	sample_common(&f->got, 5);
	f->got.impi[0].name = "psi@ims.test";
	f->got.impu[0].name = "sip:z@ims.test";
	assert_ok(f, store_subscription_put(f->store, &f->got));
	assert_stored(f, sub);
}

/* Two shared sets, a profile with all there is, charging, capabilities of either sort. */
static void put_objects(struct fixture *f)
{
	const char *services[] = {"1", "urn:x:2"};
	struct ims_ifc_set sets[] = {
		{.id = 0, .document = "{\"id\":0}", .criteria = "<a/>"},
		{.id = INT32_MAX,
	         .document = "{}",
	         .criteria = "<b/><c/>",
	         .unregistered_services = true},
	};
	struct ims_profile gold = {.name = "gold",
	                           .document = "{\"gold\":1}",
	                           .criteria = "<InitialFilterCriteria/>",
	                           .service_id = services,
	                           .n_service_id = 2,
	                           .ifc_set = sets,
	                           .n_ifc_set = 1};
	struct ims_charging charging = {.name = "charge",
	                                .document = "{\"c\":1}",
	                                .secondary_ecf = "aaa://e2",
	                                .primary_ccf = "aaa://c1"};
	uint32_t numbers[] = {UINT32_MAX, 0, 7};
	const char *servers[] = {SCSCF_B, SCSCF_A};
	struct ims_capabilities caps = {.name = "caps",
	                                .document = "{\"k\":1}",
	                                .mandatory = numbers,
	                                .n_mandatory = 3,
	                                .optional = numbers + 2,
	                                .n_optional = 1};
	struct ims_capabilities named = {
		.name = "named", .document = "{}", .server = servers, .n_server = 2};

	assert_ok(f, store_ifc_set_put(f->store, &sets[0]));
	assert_ok(f, store_ifc_set_put(f->store, &sets[1]));
	assert_ok(f, store_profile_put(f->store, &gold));
	assert_ok(f, store_charging_put(f->store, &charging));
	assert_ok(f, store_capabilities_put(f->store, &caps));
	assert_ok(f, store_capabilities_put(f->store, &named));
	assert_true(gold.id > 0 && charging.id > 0 && caps.id > 0 && named.id > caps.id);
}

static void realm_set(struct ims_subscription *sub)
{
	sub->impi[0].digest_realm = "other.test";
}

static void ha1_set(struct ims_subscription *sub)
{
	sub->impi[0].ha1.octets[63] ^= 1;
}

static void ha1_remove(struct ims_subscription *sub)
{
	sub->impi[0].has_ha1 = false;
	sub->impi[0].digest_realm = NULL;
}

static void key_set(struct ims_subscription *sub)
{
	sub->impi[0].key.octets[63] ^= 1;
}

static void schemes_set(struct ims_subscription *sub)
{
	sub->impi[0].schemes ^= 1U << IMS_SCHEME_SIP_DIGEST;
}

static void scheme_set(struct ims_subscription *sub)
{
	sub->impi[0].scheme = IMS_SCHEME_SIP_DIGEST;
	sub->impi[0].schemes = 1U << IMS_SCHEME_SIP_DIGEST;
}

static void amf_set(struct ims_subscription *sub)
{
	sub->impi[0].amf[1] ^= 1;
}

static void alias_group_set(struct ims_subscription *sub)
{
	sub->impu[1].alias_group = "group";
}

static void loose_route_set(struct ims_subscription *sub)
{
	sub->impu[1].loose_route = true;
}

static void privileged_sender_set(struct ims_subscription *sub)
{
	sub->impu[1].privileged_sender = true;
}

static void as_name_set(struct ims_subscription *sub)
{
	sub->impu[1].as_name = "sip:as.test";
}

static void registration_allowed_set(struct ims_subscription *sub)
{
	sub->registration_allowed = !sub->registration_allowed;
}

static void charging_set(struct ims_subscription *sub)
{
	static struct ims_charging charging;

	charging = (struct ims_charging){.name = "charge"};
	sub->charging = &charging;
}

static void capabilities_set(struct ims_subscription *sub)
{
	static struct ims_capabilities capabilities;

	capabilities = (struct ims_capabilities){.name = "caps"};
	sub->capabilities = &capabilities;
}

/* None of them alone may look as if nothing had changed. */
static void put_stores_a_change_of_any_member(void **state)
{
	static void (*const changes[])(struct ims_subscription *) = {
		realm_set,       ha1_set,
		key_set,         schemes_set,
		amf_set,         alias_group_set,
		loose_route_set, privileged_sender_set,
		as_name_set,     registration_allowed_set,
		charging_set,    capabilities_set,
		scheme_set,      ha1_remove};
	struct fixture *f = *state;

	put_objects(f);
	sample_common(&f->sub, 1);
	sample_ha1(&f->sub.impi[0], "ims.test");
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		changes[i](&f->sub);
		assert_ok(f, store_subscription_put(f->store, &f->sub));
		assert_stored(f, &f->sub);
	}
}

static void put_lets_identities_change_places(void **state)
{
	struct fixture *f = *state;
	const char *name = NULL;

	build_rich(f);
	name = f->sub.impu[0].name;
	f->sub.impu[0].name = f->sub.impu[3].name;
	f->sub.impu[3].name = name;
	name = f->sub.impi[0].name;
	f->sub.impi[0].name = f->sub.impi[1].name;
	f->sub.impi[1].name = name;
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_stored(f, &f->sub);
}

static void put_refuses_identities_of_others_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct ims_subscription other = {0};
	int64_t id = 0;

	put_common(f, 1);
	id = f->sub.id;
	for (int in_transaction = 0; in_transaction <= 1; in_transaction++) {
		if (in_transaction) {
			assert_ok(f, store_begin(f->store));
		}
		sample_common(&other, 2);
		other.impu[1].name = "sip:user1@ims.test";
		assert_int_equal(store_subscription_put(f->store, &other), HSS_ERR_EXISTS);
		assert_non_null(strstr(store_error(f->store), "sip:user1@ims.test"));
		assert_int_equal(other.id, 0);
		sample_common(&other, 2);
		other.impi[0].name = "user1@ims.test";
		assert_int_equal(store_subscription_put(f->store, &other), HSS_ERR_EXISTS);
		assert_non_null(strstr(store_error(f->store), "user1@ims.test"));
		/* A change of an existing one that fails at its last row. */
		sample_common(&other, 1);
		other.id = id;
		other.registration_allowed = false;
		other.impu[0].barred = true;
		other.profile[0].name = "missing";
		assert_int_equal(store_subscription_put(f->store, &other), HSS_ERR_NOT_FOUND);
		assert_non_null(strstr(store_error(f->store), "missing"));
		if (in_transaction) {
			assert_ok(f, store_commit(f->store));
		}
		assert_int_equal(count(f), 1);
		assert_ok(f, load_impi(f, 2, STORE_VIEW_FULL));
		assert_int_equal(f->got.id, 0);
		assert_stored(f, &f->sub);
	}
	assert_int_equal(store_latched(f->store), HSS_OK);
	ims_subscription_free(&other);
}

static void put_of_an_unknown_id_is_not_found(void **state)
{
	struct fixture *f = *state;

	sample_common(&f->sub, 1);
	f->sub.id = 99;
	assert_int_equal(store_subscription_put(f->store, &f->sub), HSS_ERR_NOT_FOUND);
	f->sub.id = 0;
	f->sub.profile[0].id = 99;
	assert_int_equal(store_subscription_put(f->store, &f->sub), HSS_ERR_NOT_FOUND);
	assert_int_equal(count(f), 0);
}

static void no_impi(struct ims_subscription *sub)
{
	sub->n_impi = 0;
}

static void no_impu(struct ims_subscription *sub)
{
	sub->n_impu = 0;
}

static void no_registration(struct ims_subscription *sub)
{
	sub->n_registration = 0;
}

static void impi_without_set(struct ims_subscription *sub)
{
	sample_impi(sub, 2, "second@ims.test");
}

static void set_without_impi(struct ims_subscription *sub)
{
	sub->impu[1].irs = 2;
}

static void registration_without_impi(struct ims_subscription *sub)
{
	sample_registration(sub, 2, 1);
}

static void registration_without_set(struct ims_subscription *sub)
{
	sample_registration(sub, 1, 2);
}

static void registration_twice(struct ims_subscription *sub)
{
	sample_registration(sub, 1, 1);
}

static void impi_number_0(struct ims_subscription *sub)
{
	sub->impi[0].no = 0;
}

static void impi_number_twice(struct ims_subscription *sub)
{
	sample_impi(sub, 1, "second@ims.test");
}

static void impi_twice(struct ims_subscription *sub)
{
	sample_impi(sub, 2, sub->impi[0].name);
}

static void impi_empty(struct ims_subscription *sub)
{
	sub->impi[0].name = "";
}

static void impi_too_long(struct ims_subscription *sub)
{
	char *name = arena_alloc(&sub->arena, IMPI_LEN_MAX + 2);

	memset(name, 'a', IMPI_LEN_MAX + 1);
	sub->impi[0].name = name;
}

static void scheme_unknown(struct ims_subscription *sub)
{
	sub->impi[0].scheme = (enum ims_scheme)3;
}

static void schemes_unknown(struct ims_subscription *sub)
{
	sub->impi[0].schemes |= 1;
}

static void scheme_not_allowed(struct ims_subscription *sub)
{
	sub->impi[0].scheme = IMS_SCHEME_SIP_DIGEST;
}

static void ha1_without_realm(struct ims_subscription *sub)
{
	sub->impi[0].has_ha1 = true;
}

static void realm_without_ha1(struct ims_subscription *sub)
{
	sub->impi[0].digest_realm = "ims.test";
}

static void realm_too_long(struct ims_subscription *sub)
{
	char *realm = arena_alloc(&sub->arena, 257);

	memset(realm, 'a', 256);
	sample_ha1(&sub->impi[0], realm);
}

static void wildcard_without_expression(struct ims_subscription *sub)
{
	sub->impu[0].kind = IMPU_WILDCARDED;
}

static void wildcard_without_bounds(struct ims_subscription *sub)
{
	sub->impu[0].kind = IMPU_WILDCARDED_PSI;
	sub->impu[0].name = "sip:a!(x{1,255}){1,255}!@ims.test";
}

static void alias_group_empty(struct ims_subscription *sub)
{
	sub->impu[0].alias_group = "";
}

static void impu_twice(struct ims_subscription *sub)
{
	sub->impu[1].name = sub->impu[0].name;
}

static void position_twice(struct ims_subscription *sub)
{
	sub->impu[1].position = sub->impu[0].position;
}

static void position_0(struct ims_subscription *sub)
{
	sub->impu[0].position = 0;
}

static void kind_unknown(struct ims_subscription *sub)
{
	sub->impu[0].kind = (enum impu_kind)3;
}

static void profile_outside(struct ims_subscription *sub)
{
	sub->impu[0].profile = 1;
}

static void sqn_too_large(struct ims_subscription *sub)
{
	sub->impi[0].sqn = AUC_SQN_MAX + 1;
}

static void network_twice(struct ims_subscription *sub)
{
	sample_visited(sub, "a.test");
	sample_visited(sub, "a.test");
}

static void too_many_impis(struct ims_subscription *sub)
{
	for (unsigned no = 2; no <= IMS_IMPI_MAX + 1; no++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "extra%u@ims.test", no);
		sample_impi(sub, no, name);
		sample_registration(sub, no, 1);
	}
}

static void more_impus(struct ims_subscription *sub, unsigned n, bool sets)
{
	while (sub->n_impu < n) {
		char name[64];
		unsigned at = (unsigned)sub->n_impu + 1;

		(void)snprintf(name, sizeof(name), "sip:extra%u@ims.test", at);
		sample_impu(sub, sets ? at : 1, at, name);
		if (sets) {
			sample_registration(sub, 1, at);
		}
	}
}

static void too_many_impus(struct ims_subscription *sub)
{
	more_impus(sub, IMS_IMPU_MAX + 1, false);
}

static void too_many_sets(struct ims_subscription *sub)
{
	more_impus(sub, IMS_IRS_MAX + 2, true);
}

static void too_many_networks(struct ims_subscription *sub)
{
	while (sub->n_visited <= IMS_VISITED_MAX) {
		char name[64];

		(void)snprintf(name, sizeof(name), "n%zu.test", sub->n_visited);
		sample_visited(sub, name);
	}
}

static const struct {
	void (*spoil)(struct ims_subscription *sub);
	const char *text; /* in the error */
} inconsistent[] = {
	{no_impi, "0 IMPIs"},
	{no_impu, "0 IMPUs"},
	{no_registration, "0 registrations"},
	{impi_without_set, "second@ims.test has no implicit registration set"},
	{set_without_impi, "no IMPI owns"},
	{registration_without_impi, "no such IMPI"},
	{registration_without_set, "no such implicit registration set"},
	{registration_twice, "appears twice"},
	{impi_number_0, "has no number"},
	{impi_number_twice, "number of another"},
	{impi_twice, "appears twice"},
	{impi_empty, "IMPI is empty"},
	{impi_too_long, "longer than 253"},
	{scheme_unknown, "unknown authentication scheme"},
	{schemes_unknown, "unknown authentication scheme"},
	{scheme_not_allowed, "is not allowed the authentication scheme"},
	{ha1_without_realm, "HA1 without realm"},
	{realm_without_ha1, "realm without HA1"},
	{realm_too_long, "too long realm"},
	{alias_group_empty, "alias group"},
	{wildcard_without_expression, "is not between two exclamation marks"},
	{wildcard_without_bounds, "the expression repeats too much"},
	{impu_twice, "appears twice"},
	{position_twice, "place of another"},
	{position_0, "has no place"},
	{kind_unknown, "unknown kind"},
	{profile_outside, "no service profile"},
	{sqn_too_large, "48 bits"},
	{network_twice, "a.test appears twice"},
	{too_many_impis, "17 IMPIs"},
	{too_many_impus, "257 IMPUs"},
	{too_many_sets, "65 implicit registration sets"},
	{too_many_networks, "65 visited networks"},
};

static void put_refuses_an_inconsistent_snapshot(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(inconsistent) / sizeof(inconsistent[0]); i++) {
		sample_common(&f->sub, 1);
		inconsistent[i].spoil(&f->sub);
		assert_int_equal(store_subscription_put(f->store, &f->sub), HSS_ERR_INVALID);
		if (strstr(store_error(f->store), inconsistent[i].text) == NULL) {
			fail_msg("row %zu: %s", i, store_error(f->store));
		}
	}
	assert_int_equal(count(f), 0);
}

static void put_takes_as_much_as_is_allowed(void **state)
{
	struct fixture *f = *state;
	char name[64];

	sample_start(&f->sub);
	for (unsigned no = 1; no <= IMS_IMPI_MAX; no++) {
		(void)snprintf(name, sizeof(name), "many%u@ims.test", no);
		sample_impi(&f->sub, no, name)->sqn = no;
		for (unsigned irs = 1; irs <= IMS_IRS_MAX; irs++) {
			sample_registration(&f->sub, no, irs)->pending_since = (int64_t)no * irs;
		}
	}
	for (unsigned i = 0; i < IMS_IMPU_MAX; i++) {
		(void)snprintf(name, sizeof(name), "sip:many%u@ims.test", i);
		sample_impu(&f->sub, 1 + i / 4, 1 + i % 4, name);
	}
	for (unsigned i = 0; i < IMS_VISITED_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%02u.test", i);
		sample_visited(&f->sub, name);
	}
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_stored(f, &f->sub);
	f->sub.scscf_name = SCSCF_A;
	f->sub.impi[3].sqn = 1000;
	assert_ok(f, store_registration_save(f->store, &f->sub));
	assert_stored(f, &f->sub);
}

static void delete_removes_all_of_one_subscription(void **state)
{
	struct fixture *f = *state;
	int64_t id = 0;

	build_rich(f);
	id = f->sub.id;
	put_common(f, 1);
	sample_restoration(&f->sub, 1, 1, 10);
	assert_ok(f, store_registration_save(f->store, &f->sub));
	assert_ok(f, store_subscription_delete(f->store, id));
	assert_int_equal(store_subscription_delete(f->store, id), HSS_ERR_NOT_FOUND);
	assert_non_null(strstr(store_error(f->store), "no subscription"));
	assert_int_equal(store_subscription_get(f->store, id, &f->got), HSS_ERR_NOT_FOUND);
	assert_int_equal(f->got.id, 0);
	assert_int_equal(count(f), 1);
	assert_stored(f, &f->sub);
	build_rich(f);
	assert_true(f->sub.id > id);
}

static void ids_are_never_used_again(void **state)
{
	struct fixture *f = *state;
	int64_t id = 0;

	put_common(f, 1);
	id = f->sub.id;
	assert_ok(f, store_subscription_delete(f->store, id));
	put_common(f, 1);
	assert_true(f->sub.id > id);
}

static void ids_page_through_all(void **state)
{
	struct fixture *f = *state;
	int64_t ids[4] = {0};
	int64_t after = 0;
	size_t n = 0;
	size_t seen = 0;

	for (unsigned i = 1; i <= 9; i++) {
		put_common(f, i);
		if (i == 5) {
			assert_ok(f, store_subscription_delete(f->store, f->sub.id));
		}
	}
	do {
		assert_ok(f, store_subscription_ids(f->store, after, ids, 3, &n));
		assert_true(n <= 3);
		for (size_t i = 0; i < n; i++, seen++) {
			assert_true(ids[i] > after);
			after = ids[i];
		}
	} while (n != 0);
	assert_int_equal(seen, 8);
	assert_int_equal(count(f), 8);
	assert_int_equal(ids[3], 0);
	assert_ok(f, store_subscription_ids(f->store, 0, ids, 0, &n));
	assert_int_equal(n, 0);
}

static void profile_put_makes_and_changes(void **state)
{
	struct fixture *f = *state;
	struct ims_profile profile = {.name = "gold"};
	int64_t id = 0;

	assert_ok(f, store_profile_put(f->store, &profile));
	id = profile.id;
	assert_true(id > 0);
	profile =
		(struct ims_profile){.name = "gold", .has_media_profile = true, .media_profile = 7};
	assert_ok(f, store_profile_put(f->store, &profile));
	assert_int_equal(profile.id, id);
	sample_common(&f->sub, 1);
	f->sub.profile[0].name = "gold";
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_int_equal(f->sub.profile[0].id, id);
	assert_ok(f, store_subscription_get(f->store, f->sub.id, &f->got));
	assert_int_equal(f->got.profile[0].media_profile, 7);
	profile.name = "";
	assert_int_equal(store_profile_put(f->store, &profile), HSS_ERR_INVALID);
	profile.name = NULL;
	assert_int_equal(store_profile_put(f->store, &profile), HSS_ERR_INVALID);
}

/* A subscription that uses all of them. */
static void put_user_of_objects(struct fixture *f, const char *capabilities)
{
	sample_common(&f->sub, 1);
	f->sub.profile[0].name = "gold";
	f->sub.charging = arena_alloc(&f->sub.arena, sizeof(*f->sub.charging));
	f->sub.charging->name = "charge";
	f->sub.capabilities = arena_alloc(&f->sub.arena, sizeof(*f->sub.capabilities));
	f->sub.capabilities->name = capabilities;
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_true(f->sub.charging->id > 0 && f->sub.capabilities->id > 0);
}

static void shared_objects_come_back_with_their_subscription(void **state)
{
	struct fixture *f = *state;
	const struct ims_profile *profile = NULL;
	int64_t charging = 0;

	put_objects(f);
	put_user_of_objects(f, "caps");
	charging = f->sub.charging->id;
	reopen(f);
	assert_stored(f, &f->sub);
	profile = &f->got.profile[0];
	assert_string_equal(profile->criteria, "<InitialFilterCriteria/>");
	assert_int_equal(profile->n_service_id, 2);
	assert_string_equal(profile->service_id[0], "1");
	assert_string_equal(profile->service_id[1], "urn:x:2");
	assert_int_equal(profile->n_ifc_set, 1);
	assert_int_equal(profile->ifc_set[0].id, 0);
	assert_string_equal(profile->ifc_set[0].criteria, "<a/>");
	assert_null(profile->document);
	assert_int_equal(f->got.charging->id, charging);
	assert_null(f->got.charging->primary_ecf);
	assert_string_equal(f->got.charging->secondary_ecf, "aaa://e2");
	assert_string_equal(f->got.charging->primary_ccf, "aaa://c1");
	assert_null(f->got.charging->secondary_ccf);
	assert_int_equal(f->got.capabilities->n_mandatory, 3);
	assert_int_equal(f->got.capabilities->mandatory[0], UINT32_MAX);
	assert_int_equal(f->got.capabilities->mandatory[1], 0);
	assert_int_equal(f->got.capabilities->n_optional, 1);
	assert_int_equal(f->got.capabilities->optional[0], 7);
	assert_int_equal(f->got.capabilities->n_server, 0);

	/* By id as well; and away again. */
	f->sub.charging->name = NULL;
	f->sub.capabilities->id = 0;
	f->sub.capabilities->name = "named";
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	f->sub.charging->name = "charge";
	assert_stored(f, &f->sub);
	assert_int_equal(f->got.capabilities->n_server, 2);
	assert_string_equal(f->got.capabilities->server[0], SCSCF_B);
	f->sub.charging = NULL;
	f->sub.capabilities = NULL;
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_stored(f, &f->sub);
	f->sub.charging = f->got.charging;
	f->sub.charging = &(struct ims_charging){.name = "none"};
	assert_int_equal(store_subscription_put(f->store, &f->sub), HSS_ERR_NOT_FOUND);
	assert_non_null(strstr(store_error(f->store), "no charging none"));
	f->sub.charging = NULL;
	f->sub.capabilities = &(struct ims_capabilities){.id = 99};
	assert_int_equal(store_subscription_put(f->store, &f->sub), HSS_ERR_NOT_FOUND);
	f->sub.capabilities = &(struct ims_capabilities){.id = 0};
	assert_int_equal(store_subscription_put(f->store, &f->sub), HSS_ERR_INVALID);
}

static void capabilities_are_loaded_where_one_has_to_choose(void **state)
{
	struct fixture *f = *state;
	const char *impu[] = {"sip:user1@ims.test"};
	const struct {
		enum store_view view;
		enum ims_state state;
		bool loaded;
	} rows[] = {
		{STORE_VIEW_AUTH, IMS_NOT_REGISTERED, false},
		{STORE_VIEW_LOCATE, IMS_NOT_REGISTERED, true},
		{STORE_VIEW_LOCATE, IMS_UNREGISTERED, false},
		{STORE_VIEW_LOCATE, IMS_REGISTERED, false},
		{STORE_VIEW_ADMIT, IMS_NOT_REGISTERED, true},
		{STORE_VIEW_ADMIT, IMS_REGISTERED, true},
		{STORE_VIEW_FULL, IMS_REGISTERED, true},
	};

	put_objects(f);
	put_user_of_objects(f, "named");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f->sub.registration[0].state = rows[i].state;
		assert_ok(f, store_registration_save(f->store, &f->sub));
		assert_ok(f,
		          store_subscription_load(f->store, NULL, impu, 1, rows[i].view, &f->got));
		assert_int_equal(f->got.capabilities != NULL ? f->got.capabilities->n_server : 0,
		                 rows[i].loaded ? 2 : 0);
		assert_int_equal(f->got.charging != NULL, rows[i].view == STORE_VIEW_FULL);
	}
}

static void a_profile_has_the_unregistered_services_of_its_sets_too(void **state)
{
	static const struct {
		bool own;
		size_t n_sets;
		bool expected;
	} rows[] = {{false, 0, false}, {false, 1, false}, {false, 2, true}, {true, 0, true}};
	struct fixture *f = *state;
	struct ims_ifc_set sets[] = {{.id = 0}, {.id = INT32_MAX}};
	const char *impu[] = {"sip:user1@ims.test"};

	put_objects(f);
	put_user_of_objects(f, "caps");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ims_profile profile = {.name = "gold",
		                              .unregistered_services = rows[i].own,
		                              .ifc_set = sets,
		                              .n_ifc_set = rows[i].n_sets};

		assert_ok(f, store_profile_put(f->store, &profile));
		for (int view = STORE_VIEW_LOCATE; view <= STORE_VIEW_FULL; view++) {
			if (view == STORE_VIEW_ADMIT) {
				continue;
			}
			assert_ok(f, store_subscription_load(f->store, NULL, impu, 1,
			                                     (enum store_view)view, &f->got));
			assert_int_equal(f->got.profile[0].unregistered_services, rows[i].expected);
			assert_int_equal(f->got.profile[0].n_ifc_set,
			                 view == STORE_VIEW_FULL ? rows[i].n_sets : 0);
		}
	}
}

static const char *document_of(struct fixture *f, enum store_object kind, const char *name,
                               int64_t *id)
{
	const char *document = NULL;

	assert_ok(f, store_object_get(f->store, kind, name, &f->got.arena, id, &document));
	return document;
}

static void assert_names(struct fixture *f, enum store_object kind, size_t n,
                         const char *const *expected)
{
	const char **names = NULL;
	size_t got = 0;

	assert_ok(f, store_object_names(f->store, kind, &f->got.arena, &names, &got));
	assert_int_equal(got, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(names[i], expected[i]);
	}
}

static void objects_are_found_by_name_with_their_documents(void **state)
{
	struct fixture *f = *state;
	struct ims_profile profile;
	struct ims_ifc_set set;
	int64_t id = -1;

	put_objects(f);
	reopen(f);
	assert_names(f, STORE_OBJECT_PROFILE, 2, (const char *const[]){"default", "gold"});
	assert_names(f, STORE_OBJECT_IFC_SET, 2, (const char *const[]){"0", "2147483647"});
	assert_names(f, STORE_OBJECT_CHARGING, 1, (const char *const[]){"charge"});
	assert_names(f, STORE_OBJECT_CAPABILITIES, 2, (const char *const[]){"caps", "named"});
	assert_string_equal(document_of(f, STORE_OBJECT_PROFILE, "gold", &id), "{\"gold\":1}");
	assert_true(id > 1);
	assert_null(document_of(f, STORE_OBJECT_PROFILE, "default", &id));
	assert_string_equal(document_of(f, STORE_OBJECT_IFC_SET, "0", &id), "{\"id\":0}");
	assert_int_equal(id, 0);
	assert_string_equal(document_of(f, STORE_OBJECT_CHARGING, "charge", &id), "{\"c\":1}");
	assert_string_equal(document_of(f, STORE_OBJECT_CAPABILITIES, "caps", &id), "{\"k\":1}");

	assert_ok(f, store_profile_get(f->store, "gold", &f->got.arena, &profile));
	assert_string_equal(profile.document, "{\"gold\":1}");
	assert_string_equal(profile.criteria, "<InitialFilterCriteria/>");
	assert_int_equal(profile.n_service_id, 2);
	assert_int_equal(profile.n_ifc_set, 1);
	assert_ok(f, store_ifc_set_get(f->store, INT32_MAX, &f->got.arena, &set));
	assert_int_equal(set.id, INT32_MAX);
	assert_string_equal(set.criteria, "<b/><c/>");
	assert_true(set.unregistered_services);

	assert_int_equal(store_profile_get(f->store, "none", &f->got.arena, &profile),
	                 HSS_ERR_NOT_FOUND);
	assert_int_equal(store_ifc_set_get(f->store, 5, &f->got.arena, &set), HSS_ERR_NOT_FOUND);
	for (int kind = STORE_OBJECT_PROFILE; kind <= STORE_OBJECT_CAPABILITIES; kind++) {
		static const char *const names[] = {"none", "", "00", "0x0", "5", "2147483647 "};
		const char *document = NULL;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			assert_int_equal(store_object_get(f->store, (enum store_object)kind,
			                                  names[i], &f->got.arena, &id, &document),
			                 HSS_ERR_NOT_FOUND);
			assert_int_equal(
				store_object_delete(f->store, (enum store_object)kind, names[i]),
				HSS_ERR_NOT_FOUND);
		}
	}
}

static void a_put_of_an_object_replaces_all_of_it(void **state)
{
	struct fixture *f = *state;
	struct ims_profile profile = {.name = "gold", .document = "{}"};
	struct ims_charging charging = {
		.name = "charge", .document = "{}", .primary_ecf = "aaa://e"};
	const char *servers[] = {SCSCF_A};
	struct ims_capabilities caps = {
		.name = "caps", .document = "{}", .server = servers, .n_server = 1};
	struct ims_ifc_set set = {.id = 0, .document = "{}", .criteria = "<z/>"};

	put_objects(f);
	put_user_of_objects(f, "caps");
	assert_ok(f, store_profile_put(f->store, &profile));
	assert_int_equal(profile.id, f->sub.profile[0].id);
	assert_ok(f, store_charging_put(f->store, &charging));
	assert_int_equal(charging.id, f->sub.charging->id);
	assert_ok(f, store_capabilities_put(f->store, &caps));
	assert_int_equal(caps.id, f->sub.capabilities->id);
	assert_stored(f, &f->sub);
	assert_string_equal(f->got.profile[0].criteria, "");
	assert_int_equal(f->got.profile[0].n_service_id, 0);
	assert_int_equal(f->got.profile[0].n_ifc_set, 0);
	assert_string_equal(f->got.charging->primary_ecf, "aaa://e");
	assert_null(f->got.charging->primary_ccf);
	assert_int_equal(f->got.capabilities->n_mandatory + f->got.capabilities->n_optional, 0);
	assert_int_equal(f->got.capabilities->n_server, 1);

	profile.ifc_set = &set;
	profile.n_ifc_set = 1;
	assert_ok(f, store_profile_put(f->store, &profile));
	assert_ok(f, store_ifc_set_put(f->store, &set));
	assert_stored(f, &f->sub);
	assert_string_equal(f->got.profile[0].ifc_set[0].criteria, "<z/>");
	set.id = 4711;
	profile.document = "{\"changed\":1}";
	assert_int_equal(store_profile_put(f->store, &profile), HSS_ERR_NOT_FOUND);
	assert_non_null(strstr(store_error(f->store), "no shared set 4711"));
	assert_ok(f, store_profile_get(f->store, "gold", &f->got.arena, &profile));
	assert_string_equal(profile.document, "{}"); /* nothing of it was kept */
	assert_int_equal(profile.n_ifc_set, 1);
}

static void objects_in_use_are_not_deleted(void **state)
{
	static const struct {
		enum store_object kind;
		const char *name;
		const char *text;
	} rows[] = {
		{STORE_OBJECT_PROFILE, "default", "profile default"},
		{STORE_OBJECT_PROFILE, "gold", "the IMPU sip:user1@ims.test uses the profile gold"},
		{STORE_OBJECT_IFC_SET, "0", "the profile gold uses the shared set 0"},
		{STORE_OBJECT_CHARGING, "charge",
	         "the subscription of user1@ims.test uses the charging charge"},
		{STORE_OBJECT_CAPABILITIES, "caps",
	         "the subscription of user1@ims.test uses the set of capabilities caps"},
	};
	struct fixture *f = *state;

	put_objects(f);
	put_user_of_objects(f, "caps");
	for (int in_transaction = 0; in_transaction <= 1; in_transaction++) {
		if (in_transaction) {
			assert_ok(f, store_begin(f->store));
		}
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			assert_int_equal(store_object_delete(f->store, rows[i].kind, rows[i].name),
			                 HSS_ERR_EXISTS);
			if (strstr(store_error(f->store), rows[i].text) == NULL) {
				fail_msg("row %zu: %s", i, store_error(f->store));
			}
		}
		if (in_transaction) {
			assert_ok(f, store_commit(f->store));
		}
		assert_stored(f, &f->sub);
		assert_int_equal(f->got.profile[0].n_ifc_set, 1);
		assert_int_equal(f->got.capabilities->n_mandatory, 3);
	}
	assert_ok(f, store_subscription_delete(f->store, f->sub.id));
	for (size_t i = 1; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_ok(f, store_object_delete(f->store, rows[i].kind, rows[i].name));
		assert_int_equal(store_object_delete(f->store, rows[i].kind, rows[i].name),
		                 HSS_ERR_NOT_FOUND);
	}
	assert_names(f, STORE_OBJECT_CHARGING, 0, NULL);
}

static void put_refuses_impossible_objects(void **state)
{
	struct fixture *f = *state;
	static const char *services[] = {"a\nb"};
	static const char *many[IMS_SERVICE_ID_MAX + 1];
	struct ims_ifc_set sets[IMS_IFC_SET_MAX + 1] = {{.id = 0}, {.id = 0}};
	uint32_t numbers[IMS_CAPABILITY_MAX + 1] = {0};
	const char *servers[] = {""};
	struct ims_profile profiles[] = {
		{.name = "p", .document = ""},
		{.name = "p", .service_id = services, .n_service_id = 1},
		{.name = "p", .service_id = many, .n_service_id = IMS_SERVICE_ID_MAX + 1},
		{.name = "p", .ifc_set = sets, .n_ifc_set = 2},
		{.name = "p", .ifc_set = sets, .n_ifc_set = IMS_IFC_SET_MAX + 1},
	};
	const struct ims_ifc_set bad_sets[] = {
		{.id = (uint32_t)INT32_MAX + 1, .document = "{}", .criteria = ""},
		{.document = "{}"},
		{.criteria = ""},
	};
	struct ims_charging chargings[] = {
		{.document = "{}", .primary_ecf = "aaa://e"},
		{.name = "c", .primary_ecf = "aaa://e"},
		{.name = "c", .document = "{}", .secondary_ecf = "aaa://e"},
		{.name = "c", .document = "{}", .primary_ecf = "aaa://e", .secondary_ccf = ""},
	};
	struct ims_capabilities caps[] = {
		{.document = "{}"},
		{.name = "k"},
		{.name = "k", .document = "{}", .server = servers, .n_server = 1},
		{.name = "k",
	         .document = "{}",
	         .mandatory = numbers,
	         .n_mandatory = IMS_CAPABILITY_MAX + 1},
		{.name = "k",
	         .document = "{}",
	         .server = services,
	         .n_server = 1,
	         .optional = numbers,
	         .n_optional = 1},
	};

	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		assert_int_equal(store_profile_put(f->store, &profiles[i]), HSS_ERR_INVALID);
		assert_non_null(strstr(store_error(f->store), "profile"));
	}
	for (size_t i = 0; i < sizeof(bad_sets) / sizeof(bad_sets[0]); i++) {
		assert_int_equal(store_ifc_set_put(f->store, &bad_sets[i]), HSS_ERR_INVALID);
		assert_non_null(strstr(store_error(f->store), "shared set"));
	}
	for (size_t i = 0; i < sizeof(chargings) / sizeof(chargings[0]); i++) {
		assert_int_equal(store_charging_put(f->store, &chargings[i]), HSS_ERR_INVALID);
		assert_non_null(strstr(store_error(f->store), "charging"));
	}
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		assert_int_equal(store_capabilities_put(f->store, &caps[i]), HSS_ERR_INVALID);
		assert_non_null(strstr(store_error(f->store), "capabilities"));
	}
	assert_names(f, STORE_OBJECT_PROFILE, 1, (const char *const[]){"default"});
}

static struct ims_push rtr_of(int64_t subscription, unsigned irs)
{
	static const char *impus[] = {"sip:a@ims.test", "tel:+491"};
	static const char *impis[] = {"b@ims.test"};

	return (struct ims_push){.kind = IMS_PUSH_RTR,
	                         .subscription = subscription,
	                         .host = "scscf-a.ims.test",
	                         .realm = "ims.test",
	                         .scscf_name = SCSCF_A,
	                         .impi = "a@ims.test",
	                         .irs = irs,
	                         .reason = 2,
	                         .reason_info = "gone; 'really'",
	                         .impu = impus,
	                         .n_impu = 2,
	                         .associated = impis,
	                         .n_associated = 1};
}

static struct ims_push ppr_of(int64_t subscription, unsigned irs, unsigned content)
{
	return (struct ims_push){.kind = IMS_PUSH_PPR,
	                         .subscription = subscription,
	                         .host = "scscf-a.ims.test",
	                         .realm = "ims.test",
	                         .impi = "a@ims.test",
	                         .irs = irs,
	                         .content = content};
}

static int64_t push_add(struct fixture *f, struct ims_push push, int64_t now)
{
	assert_ok(f, store_push_add(f->store, &push, now));
	assert_true(push.id > 0);
	return push.id;
}

static void push_get(struct fixture *f, int64_t id, struct ims_push *push)
{
	assert_ok(f, store_push_get(f->store, id, &f->got.arena, push));
}

static void a_push_is_kept_with_all_it_says_and_with_its_outcome(void **state)
{
	struct fixture *f = *state;
	struct ims_push rtr = rtr_of(77, 3);
	struct ims_push ppr = ppr_of(78, 1, IMS_PUSH_USER_DATA | IMS_PUSH_DIGEST);
	struct ims_push got;
	const char *more[] = {"b@ims.test", "c@ims.test"};

	ppr.created_at = 90;
	ppr.next_at = 95;
	rtr.id = push_add(f, rtr, 1000);
	ppr.id = push_add(f, ppr, 1000);
	reopen(f);
	push_get(f, rtr.id, &got);
	assert_int_equal(got.id, rtr.id);
	assert_int_equal(got.kind, IMS_PUSH_RTR);
	assert_int_equal(got.state, IMS_PUSH_WAITING);
	assert_int_equal(got.subscription, 77);
	assert_string_equal(got.host, rtr.host);
	assert_string_equal(got.realm, rtr.realm);
	assert_string_equal(got.scscf_name, SCSCF_A);
	assert_string_equal(got.impi, "a@ims.test");
	assert_int_equal(got.irs, 3);
	assert_int_equal(got.reason, 2);
	assert_string_equal(got.reason_info, rtr.reason_info);
	assert_int_equal(got.n_impu, 2);
	assert_string_equal(got.impu[1], "tel:+491");
	assert_int_equal(got.n_associated, 1);
	assert_string_equal(got.associated[0], "b@ims.test");
	assert_true(got.created_at == 1000 && got.next_at == 1000 && got.ended_at == 0);
	assert_int_equal(got.attempts, 0);
	assert_null(got.outcome);

	got.associated = more;
	got.n_associated = 2;
	got.impi = "d@ims.test";
	got.state = IMS_PUSH_FAILED;
	got.attempts = 4;
	got.next_at = 1100;
	got.ended_at = 1200;
	got.outcome = "refused: 5012";
	got.host = "not.changed.test";
	assert_ok(f, store_push_update(f->store, &got));
	push_get(f, rtr.id, &got);
	assert_int_equal(got.state, IMS_PUSH_FAILED);
	assert_string_equal(got.impi, "d@ims.test");
	assert_int_equal(got.n_associated, 2);
	assert_true(got.next_at == 1100 && got.ended_at == 1200 && got.attempts == 4);
	assert_string_equal(got.outcome, "refused: 5012");
	assert_string_equal(got.host, rtr.host);
	got.state = IMS_PUSH_WAITING; /* the operator lets it be tried again */
	got.n_associated = 0;
	assert_ok(f, store_push_update(f->store, &got));
	push_get(f, rtr.id, &got);
	assert_true(got.state == IMS_PUSH_WAITING && got.ended_at == 0 && got.n_associated == 0);

	push_get(f, ppr.id, &got);
	assert_int_equal(got.kind, IMS_PUSH_PPR);
	assert_int_equal(got.content, IMS_PUSH_USER_DATA | IMS_PUSH_DIGEST);
	assert_true(got.created_at == 90 && got.next_at == 95);
	assert_true(got.scscf_name == NULL && got.n_impu == 0 && got.n_associated == 0);
	got.id = 99;
	assert_int_equal(store_push_update(f->store, &got), HSS_ERR_NOT_FOUND);
	assert_int_equal(store_push_get(f->store, 99, &f->got.arena, &got), HSS_ERR_NOT_FOUND);
}

static void a_burst_of_changes_is_one_ppr(void **state)
{
	struct fixture *f = *state;
	const int64_t first = push_add(f, ppr_of(1, 1, IMS_PUSH_USER_DATA), 10);
	struct ims_push push = ppr_of(1, 1, IMS_PUSH_CHARGING);
	struct ims_push got;

	push.impi = "b@ims.test";
	assert_int_equal(push_add(f, push, 20), first);
	push_get(f, first, &got);
	assert_int_equal(got.content, IMS_PUSH_USER_DATA | IMS_PUSH_CHARGING);
	assert_string_equal(got.impi, "b@ims.test");
	assert_int_equal(got.created_at, 10);
	/* Not for another set, subscription or host, and not with an RTR. */
	assert_int_not_equal(push_add(f, ppr_of(1, 2, IMS_PUSH_USER_DATA), 20), first);
	assert_int_not_equal(push_add(f, ppr_of(2, 1, IMS_PUSH_USER_DATA), 20), first);
	push = ppr_of(1, 1, IMS_PUSH_USER_DATA);
	push.host = "scscf-b.ims.test";
	assert_int_not_equal(push_add(f, push, 20), first);
	assert_int_not_equal(push_add(f, rtr_of(1, 1), 20), push_add(f, rtr_of(1, 1), 20));
	/* Nor with what was sent already, or has ended. */
	got.attempts = 1;
	assert_ok(f, store_push_update(f->store, &got));
	assert_int_not_equal(push_add(f, ppr_of(1, 1, IMS_PUSH_USER_DATA), 20), first);
}

static void the_ha1s_of_two_impis_are_two_pprs(void **state)
{
	struct fixture *f = *state;
	struct ims_push of_b = ppr_of(1, 1, IMS_PUSH_DIGEST);
	const int64_t first = push_add(f, ppr_of(1, 1, IMS_PUSH_DIGEST), 10);
	struct ims_push got;
	int64_t second = 0;

	of_b.impi = "b@ims.test";
	second = push_add(f, of_b, 10);
	assert_int_not_equal(second, first);
	assert_int_equal(push_add(f, of_b, 10), second);
	of_b.content = IMS_PUSH_USER_DATA;
	assert_int_equal(push_add(f, of_b, 10), first);
	push_get(f, first, &got);
	assert_string_equal(got.impi, "a@ims.test"); /* whose HA1 it carries */
	assert_int_equal(got.content, IMS_PUSH_USER_DATA | IMS_PUSH_DIGEST);
}

static void assert_due(struct fixture *f, int64_t now, int64_t after, size_t max, size_t n,
                       const int64_t *ids, int64_t expected_next)
{
	struct ims_push *push = NULL;
	int64_t next = -1;
	size_t got = 99;

	assert_ok(f, store_push_due(f->store, now, after, max, &f->got.arena, &push, &got, &next));
	assert_int_equal(got, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(push[i].id, ids[i]);
		assert_string_equal(push[i].impi, "a@ims.test");
	}
	assert_int_equal(next, expected_next);
}

static void due_is_the_oldest_of_each_subscription(void **state)
{
	struct fixture *f = *state;
	struct ims_push later = rtr_of(3, 1);
	struct ims_push push;
	const char *lower_case = "scscf-a.ims.test";
	int64_t id[5];
	size_t n = 0;

	assert_due(f, 1000, 0, 10, 0, NULL, 0);
	later.next_at = 500;
	id[0] = push_add(f, later, 100);
	id[1] = push_add(f, rtr_of(1, 1), 100);
	id[2] = push_add(f, rtr_of(1, 2), 100);
	id[3] = push_add(f, rtr_of(2, 1), 100);
	id[4] = push_add(f, rtr_of(3, 2), 100); /* waits behind the one that is not due */
	assert_due(f, 99, 0, 10, 0, NULL, 100);
	assert_due(f, 100, 0, 10, 2, (int64_t[]){id[1], id[3]}, 500);
	assert_due(f, 100, 0, 1, 1, (int64_t[]){id[1]}, 500);
	assert_due(f, 100, id[1], 10, 1, (int64_t[]){id[3]}, 500);
	assert_due(f, 500, 0, 10, 3, (int64_t[]){id[0], id[1], id[3]}, 0);
	push_get(f, id[1], &push);
	push.state = IMS_PUSH_DONE;
	push.ended_at = 200;
	assert_ok(f, store_push_update(f->store, &push));
	assert_due(f, 100, 0, 10, 2, (int64_t[]){id[2], id[3]}, 500);
	/* Its peer is back, whatever the case of its name. */
	assert_ok(f, store_push_wake(f->store, "scscf-b.ims.test", 100, 9, &n));
	assert_int_equal(n, 0);
	assert_ok(f, store_push_wake(f->store, "SCSCF-A.ims.test", 100, 9, &n));
	assert_int_equal(n, 1);
	assert_string_equal(push.host, lower_case);
	assert_due(f, 100, 0, 10, 3, (int64_t[]){id[0], id[2], id[3]}, 0);
}

/* Many are walked through otherwise than few: the same comes out. */
static void due_is_the_same_for_few_and_many(void **state)
{
	struct fixture *f = *state;
	int64_t ids[3] = {0};

	assert_ok(f, store_begin(f->store));
	for (int i = 0; i < 1500; i++) {
		const int64_t id = push_add(f, rtr_of(1 + i / 3, 1 + (unsigned)i % 3), 100 + i);

		if (i == 0 || i == 3 || i == 6) {
			ids[i / 3] = id;
		}
	}
	assert_ok(f, store_commit(f->store));
	assert_due(f, 102, 0, 3, 1, ids, 103);
	assert_due(f, 200, 0, 3, 3, ids, 201);
	assert_due(f, 1598, 0, 3, 3, ids, 1599);
	assert_due(f, 1600, 0, 3, 3, ids, 0);
	assert_due(f, 1600, ids[0], 2, 2, ids + 1, 0);
}

static void pushes_are_listed_and_forgotten(void **state)
{
	struct fixture *f = *state;
	struct ims_push *push = NULL;
	int64_t id[4];
	size_t n = 0;

	for (unsigned i = 0; i < 4; i++) {
		struct ims_push got;

		id[i] = push_add(f, rtr_of(1, i + 1), 100);
		if (i == 3) {
			break;
		}
		push_get(f, id[i], &got);
		got.state = (enum ims_push_state)(i + 1);
		got.ended_at = 100 + i;
		assert_ok(f, store_push_update(f->store, &got));
	}
	assert_ok(f, store_push_list(f->store, 0, 10, true, &f->got.arena, &push, &n));
	assert_int_equal(n, 1);
	assert_int_equal(push[0].id, id[3]);
	assert_ok(f, store_push_list(f->store, id[0], 2, false, &f->got.arena, &push, &n));
	assert_int_equal(n, 2);
	assert_true(push[0].id == id[1] && push[1].id == id[2]);
	assert_int_equal(push[0].state, IMS_PUSH_FAILED);
	assert_ok(f, store_push_prune(f->store, 100, 10, &n));
	assert_int_equal(n, 0);
	assert_ok(f, store_push_prune(f->store, 1000, 2, &n));
	assert_int_equal(n, 2);
	assert_ok(f, store_push_prune(f->store, 1000, 2, &n));
	assert_int_equal(n, 1);
	assert_ok(f, store_push_list(f->store, 0, 10, false, &f->got.arena, &push, &n));
	assert_int_equal(n, 1);
	assert_int_equal(push[0].id, id[3]);
	/* What was forgotten does not give its id to another one. */
	assert_true(push_add(f, rtr_of(1, 9), 100) > id[3]);
}

static size_t n_waiting(struct fixture *f, int64_t subscription)
{
	struct ims_push *push = NULL;
	size_t n = 0;

	assert_ok(f, store_push_list(f->store, 0, 100, true, &f->got.arena, &push, &n));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(push[i].subscription, subscription);
		assert_true(push[i].created_at > 1700000000);
		assert_int_equal(push[i].created_at, push[i].next_at);
	}
	return n;
}

static void a_change_and_what_is_owed_for_it_are_one(void **state)
{
	struct fixture *f = *state;
	struct ims_push pushes[] = {rtr_of(0, 1), rtr_of(0, 1)};
	struct ims_subscription bad = {0};

	put_common(f, 1);
	f->sub.push = pushes;
	f->sub.n_push = 2;
	f->sub.registration[0].state = IMS_REGISTERED;
	assert_ok(f, store_registration_save(f->store, &f->sub));
	assert_int_equal(n_waiting(f, f->sub.id), 2);
	f->sub.impu[1].barred = true;
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_int_equal(n_waiting(f, f->sub.id), 4);
	assert_stored(f, &f->sub);

	/* Undone with the change. */
	assert_ok(f, store_begin(f->store));
	f->sub.registration[0].state = IMS_NOT_REGISTERED;
	assert_ok(f, store_registration_save(f->store, &f->sub));
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_int_equal(n_waiting(f, f->sub.id), 8);
	store_rollback(f->store);
	assert_int_equal(n_waiting(f, f->sub.id), 4);

	/* A put that fails queues nothing, in a transaction of others and alone. */
	for (int in_transaction = 0; in_transaction <= 1; in_transaction++) {
		if (in_transaction) {
			assert_ok(f, store_begin(f->store));
		}
		sample_common(&bad, 2);
		bad.impu[1].name = "sip:user1@ims.test";
		bad.push = pushes;
		bad.n_push = 2;
		assert_int_equal(store_subscription_put(f->store, &bad), HSS_ERR_EXISTS);
		if (in_transaction) {
			assert_ok(f, store_commit(f->store));
		}
		assert_int_equal(n_waiting(f, f->sub.id), 4);
	}
	ims_subscription_free(&bad);

	/* An impossible push refuses the whole. */
	pushes[1].irs = 0;
	assert_int_equal(store_registration_save(f->store, &f->sub), HSS_ERR_INVALID);
	f->sub.registration[0].state = IMS_REGISTERED;
	assert_stored(f, &f->sub);
	/* The subscription goes, what is owed stays. */
	assert_ok(f, store_subscription_delete(f->store, f->sub.id));
	assert_int_equal(n_waiting(f, f->sub.id), 4);
}

static void impossible_pushes_are_refused(void **state)
{
	static const char *impus[] = {"a\nb"};
	struct fixture *f = *state;
	struct ims_push bad[] = {rtr_of(1, 1),    rtr_of(1, 1),    rtr_of(1, 1),
	                         rtr_of(1, 0),    rtr_of(1, 1),    rtr_of(1, 1),
	                         ppr_of(1, 1, 0), ppr_of(1, 1, 8), rtr_of(1, 1)};
	size_t n = 0;

	bad[0].host = NULL;
	bad[1].realm = "";
	bad[2].impi = NULL;
	bad[4].reason = 4;
	bad[5].impu = impus;
	bad[8].kind = (enum ims_push_kind)2;
	for (; n < sizeof(bad) / sizeof(bad[0]); n++) {
		assert_int_equal(store_push_add(f->store, &bad[n], 1), HSS_ERR_INVALID);
		assert_int_equal(store_push_update(f->store, &bad[n]), HSS_ERR_INVALID);
	}
	assert_due(f, 1000, 0, 10, 0, NULL, 0);
}

/* Of twelve subscriptions each fourth uses the objects; some are gone, and one that uses them is
 * served by nobody. The ids of the two that are left come back, and those of the objects. */
static void put_users_to_scan(struct fixture *f, int64_t expected[static 2], int64_t *profile,
                              int64_t *charging_id)
{
	struct ims_charging charging = {.name = "charge"};
	size_t n = 0;

	put_objects(f);
	for (unsigned i = 1; i <= 12; i++) {
		const bool uses = i % 4 == 0;
		const bool served = i != 8;

		sample_common(&f->sub, i);
		f->sub.profile[0].name = uses ? "gold" : "default";
		f->sub.charging = uses ? &charging : NULL;
		f->sub.scscf_name = served ? SCSCF_A : NULL;
		assert_ok(f, store_subscription_put(f->store, &f->sub));
		if (uses && served) {
			assert_true(n < 2);
			*profile = f->sub.profile[0].id;
			expected[n++] = f->sub.id;
		} else if (i % 4 == 2) {
			assert_ok(f, store_subscription_delete(f->store, f->sub.id));
		}
	}
	*charging_id = charging.id;
	f->sub.charging = NULL;
}

static void assert_scan(struct fixture *f, struct store_scan scan, int64_t span, size_t max,
                        const int64_t expected[static 2])
{
	unsigned portions = 0;
	size_t seen = 0;

	do {
		int64_t ids[2] = {0};
		int64_t last = 0;
		size_t n = 0;

		assert_true(portions++ < 20);
		assert_ok(f, store_scan_portion(f->store, &scan, span, ids, max, &n, &last));
		assert_true(n <= max && seen + n <= 2);
		assert_true(last == 0 || last > scan.after);
		assert_memory_equal(ids, expected + seen, n * sizeof(ids[0]));
		seen += n;
		scan.after = last;
	} while (scan.after != 0);
	assert_int_equal(seen, 2);
}

static void a_scan_finds_who_uses_an_object_and_is_served(void **state)
{
	struct fixture *f = *state;
	struct store_scan scans[] = {{.kind = STORE_OBJECT_PROFILE},
	                             {.kind = STORE_OBJECT_IFC_SET, .object = 0},
	                             {.kind = STORE_OBJECT_CHARGING}};
	int64_t expected[2] = {0};

	put_users_to_scan(f, expected, &scans[0].object, &scans[2].object);
	for (size_t i = 0; i < 3; i++) {
		for (int64_t span = 1; span <= 20; span++) {
			assert_scan(f, scans[i], span, 1, expected);
			assert_scan(f, scans[i], span, 2, expected);
		}
	}
}

static void a_scan_of_nothing_ends_or_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store_scan scan = {.kind = STORE_OBJECT_CHARGING, .object = 4711};
	int64_t ids[10];
	int64_t last = 1;
	size_t n = 1;

	put_common(f, 1);
	assert_ok(f, store_scan_portion(f->store, &scan, 100, ids, 10, &n, &last));
	assert_true(n == 0 && last == 0);
	assert_int_equal(store_scan_portion(f->store, &scan, 0, ids, 10, &n, &last),
	                 HSS_ERR_INVALID);
	assert_int_equal(store_scan_portion(f->store, &scan, 1, ids, 0, &n, &last),
	                 HSS_ERR_INVALID);
	scan.kind = STORE_OBJECT_CAPABILITIES;
	assert_int_equal(store_scan_portion(f->store, &scan, 1, ids, 10, &n, &last),
	                 HSS_ERR_INVALID);
	assert_int_equal(store_scan_add(f->store, &scan), HSS_ERR_INVALID);
}

static void scans_are_taken_in_order_and_a_fresh_one_serves_for_two(void **state)
{
	struct fixture *f = *state;
	struct store_scan first = {.kind = STORE_OBJECT_IFC_SET, .object = 0};
	struct store_scan second = {.kind = STORE_OBJECT_CHARGING, .object = 5};
	struct store_scan again = first;
	struct store_scan got;

	assert_int_equal(store_scan_next(f->store, &got), HSS_ERR_NOT_FOUND);
	assert_ok(f, store_scan_add(f->store, &first));
	assert_ok(f, store_scan_add(f->store, &second));
	assert_ok(f, store_scan_add(f->store, &again));
	assert_int_equal(again.id, first.id);
	assert_int_not_equal(second.id, first.id);
	reopen(f);
	assert_ok(f, store_scan_next(f->store, &got));
	assert_true(got.id == first.id && got.kind == STORE_OBJECT_IFC_SET && got.object == 0 &&
	            got.after == 0);
	got.after = 1000;
	assert_ok(f, store_scan_advance(f->store, &got));
	assert_ok(f, store_scan_next(f->store, &got));
	assert_true(got.id == first.id && got.after == 1000);
	/* It has begun: what changes now needs another one. */
	assert_ok(f, store_scan_add(f->store, &again));
	assert_true(again.id > second.id);
	got.after = 0;
	assert_ok(f, store_scan_advance(f->store, &got));
	assert_int_equal(store_scan_advance(f->store, &got), HSS_ERR_NOT_FOUND);
	assert_ok(f, store_scan_next(f->store, &got));
	assert_true(got.id == second.id && got.kind == STORE_OBJECT_CHARGING && got.object == 5);
}

static void rollback_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	put_common(f, 1);
	assert_ok(f, store_begin(f->store));
	assert_ok(f, load_impi(f, 1, STORE_VIEW_AUTH));
	f->got.impi[0].sqn = 99;
	f->got.scscf_name = SCSCF_A;
	assert_ok(f, store_registration_save(f->store, &f->got));
	sample_common(&f->got, 2);
	assert_ok(f, store_subscription_put(f->store, &f->got));
	store_rollback(f->store);
	store_rollback(f->store);
	assert_int_equal(count(f), 1);
	assert_stored(f, &f->sub);

	/* The name taken down in the undone transaction is taken down anew, and is the right one.
	 */
	f->sub.scscf_name = SCSCF_A;
	assert_ok(f, store_registration_save(f->store, &f->sub));
	assert_stored(f, &f->sub);
	f->sub.impi[0].sqn_scscf = SCSCF_B;
	assert_ok(f, store_registration_save(f->store, &f->sub));
	assert_stored(f, &f->sub);
	reopen(f);
	assert_stored(f, &f->sub);
}

static void save_number(struct fixture *f, unsigned n, uint64_t sqn, const char *scscf)
{
	assert_ok(f, load_impi(f, n, STORE_VIEW_AUTH));
	f->got.impi[0].sqn = sqn;
	f->got.scscf_name = scscf;
	assert_ok(f, store_registration_save(f->store, &f->got));
}

static void a_part_is_undone_alone(void **state)
{
	struct fixture *f = *state;

	put_common(f, 1);
	put_common(f, 2);
	assert_ok(f, store_begin(f->store));
	assert_ok(f, store_part_begin(f->store));
	save_number(f, 1, 32, SCSCF_A);
	assert_ok(f, store_part_end(f->store, true));
	assert_ok(f, store_part_begin(f->store));
	save_number(f, 1, 64, "sip:undone.ims.test");
	save_number(f, 2, 64, "sip:undone.ims.test");
	sample_common(&f->sub, 3);
	assert_ok(f, store_subscription_put(f->store, &f->sub));
	assert_ok(f, store_part_end(f->store, false));
	/* Loaded and saved once more in the same transaction: what was undone must not be
	 * remembered. */
	assert_ok(f, load_impi(f, 1, STORE_VIEW_AUTH));
	assert_int_equal(f->got.impi[0].sqn, 32);
	assert_ok(f, store_part_begin(f->store));
	save_number(f, 2, 96, SCSCF_B);
	assert_ok(f, store_part_end(f->store, true));
	assert_ok(f, store_commit(f->store));
	reopen(f);
	assert_int_equal(count(f), 2);
	assert_ok(f, load_impi(f, 1, STORE_VIEW_FULL));
	assert_int_equal(f->got.impi[0].sqn, 32);
	assert_string_equal(f->got.scscf_name, SCSCF_A);
	assert_ok(f, load_impi(f, 2, STORE_VIEW_FULL));
	assert_int_equal(f->got.impi[0].sqn, 96);
	assert_string_equal(f->got.scscf_name, SCSCF_B);
}

/* The snapshot of an undone part must not be taken for what is stored. */
static void a_save_after_an_undone_save_is_written(void **state)
{
	struct fixture *f = *state;

	put_common(f, 1);
	assert_ok(f, store_begin(f->store));
	assert_ok(f, load_impi(f, 1, STORE_VIEW_AUTH));
	f->got.impi[0].sqn = 32;
	assert_ok(f, store_part_begin(f->store));
	assert_ok(f, store_registration_save(f->store, &f->got));
	assert_ok(f, store_part_end(f->store, false));
	assert_ok(f, store_registration_save(f->store, &f->got));
	assert_ok(f, store_commit(f->store));
	assert_ok(f, load_impi(f, 1, STORE_VIEW_AUTH));
	assert_int_equal(f->got.impi[0].sqn, 32);
}

static void jobs_of_one_transaction_see_each_other(void **state)
{
	struct fixture *f = *state;

	put_common(f, 1);
	assert_ok(f, store_begin(f->store));
	for (uint64_t i = 1; i <= 100; i++) {
		assert_ok(f, load_impi(f, 1, STORE_VIEW_AUTH));
		assert_int_equal(f->got.impi[0].sqn, i - 1);
		f->got.impi[0].sqn = i;
		assert_ok(f, store_registration_save(f->store, &f->got));
	}
	assert_ok(f, store_commit(f->store));
	assert_ok(f, load_impi(f, 1, STORE_VIEW_AUTH));
	assert_int_equal(f->got.impi[0].sqn, 100);
}

static void misuse_of_transactions_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_commit(f->store), HSS_ERR_INVALID);
	assert_int_equal(store_part_begin(f->store), HSS_ERR_INVALID);
	assert_int_equal(store_part_end(f->store, true), HSS_ERR_INVALID);
	assert_ok(f, store_begin(f->store));
	assert_int_equal(store_begin(f->store), HSS_ERR_INVALID);
	assert_int_equal(store_maintain(f->store, true), HSS_ERR_INVALID);
	assert_ok(f, store_part_begin(f->store));
	assert_int_equal(store_part_begin(f->store), HSS_ERR_INVALID);
	assert_int_equal(store_commit(f->store), HSS_ERR_INVALID);
	assert_ok(f, store_part_end(f->store, true));
	assert_ok(f, store_commit(f->store));
	assert_ok(f, store_maintain(f->store, true));
	assert_int_equal(store_latched(f->store), HSS_OK);
}

static void a_looking_handle_sees_what_is_committed_and_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct store *look = NULL;
	struct ims_push push;
	struct store_scan scan = {.kind = STORE_OBJECT_PROFILE, .object = 1};
	uint64_t n = 0;
	size_t n_changed = 0;

	put_common(f, 1);
	assert_int_equal(backend_open(&f->dir, STORE_READ, &look), HSS_OK);
	assert_ok(f, store_begin(f->store));
	sample_common(&f->got, 2);
	assert_ok(f, store_subscription_put(f->store, &f->got));
	assert_int_equal(store_subscription_count(look, &n), HSS_OK);
	assert_int_equal(n, 1);
	assert_int_equal(store_begin(look), HSS_OK);
	assert_int_equal(store_subscription_count(look, &n), HSS_OK);
	assert_ok(f, store_commit(f->store));
	assert_int_equal(store_subscription_count(look, &n), HSS_OK);
	assert_int_equal(n, 1); /* its transaction is a snapshot */
	assert_int_equal(store_commit(look), HSS_OK);
	assert_int_equal(store_subscription_count(look, &n), HSS_OK);
	assert_int_equal(n, 2);

	sample_common(&f->got, 3);
	assert_int_equal(store_subscription_put(look, &f->got), HSS_ERR_INVALID);
	assert_int_equal(store_registration_save(look, &f->sub), HSS_ERR_INVALID);
	assert_int_equal(store_subscription_delete(look, f->sub.id), HSS_ERR_INVALID);
	assert_int_equal(store_profile_put(look, &f->sub.profile[0]), HSS_ERR_INVALID);
	assert_int_equal(store_ifc_set_put(look, &(struct ims_ifc_set){.id = 1}), HSS_ERR_INVALID);
	assert_int_equal(store_charging_put(look, &(struct ims_charging){.id = 0}),
	                 HSS_ERR_INVALID);
	assert_int_equal(store_capabilities_put(look, &(struct ims_capabilities){.id = 0}),
	                 HSS_ERR_INVALID);
	assert_int_equal(store_object_delete(look, STORE_OBJECT_CHARGING, "c"), HSS_ERR_INVALID);
	push = rtr_of(1, 1);
	assert_int_equal(store_push_add(look, &push, 1), HSS_ERR_INVALID);
	assert_int_equal(store_push_update(look, &push), HSS_ERR_INVALID);
	assert_int_equal(store_push_wake(look, "h", 1, 9, &n_changed), HSS_ERR_INVALID);
	assert_int_equal(store_push_prune(look, 1, 1, &n_changed), HSS_ERR_INVALID);
	assert_int_equal(store_scan_add(look, &scan), HSS_ERR_INVALID);
	assert_int_equal(store_scan_advance(look, &scan), HSS_ERR_INVALID);
	assert_int_equal(store_maintain(look, true), HSS_ERR_INVALID);
	assert_non_null(strstr(store_error(look), "looking only"));
	assert_int_equal(store_subscription_get(look, f->sub.id, &f->got), HSS_OK);
	sample_assert_equal(&f->got, &f->sub);
	store_close(look);
}

static void open_tells_what_is_wrong(void **state)
{
	struct fixture *f = *state;
	struct temp_dir empty;
	struct store *store = NULL;

	temp_dir_make(&empty);
	for (int mode = STORE_READ; mode <= STORE_MIGRATE; mode++) {
		if (mode == STORE_CREATE) {
			continue;
		}
		assert_int_equal(backend_open(&empty, (enum store_mode)mode, &store),
		                 HSS_ERR_NOT_FOUND);
		assert_non_null(store);
		assert_non_null(strstr(store_error(store), empty.path));
		assert_int_equal(store_begin(store), HSS_ERR_STORE);
		store_close(store);
	}
	assert_int_equal(backend_open(&f->dir, STORE_CREATE, &store), HSS_ERR_EXISTS);
	store_close(store);
	assert_int_equal(backend_open(&f->dir, STORE_WRITE, &store), HSS_ERR_LOCKED);
	store_close(store);
	assert_int_equal(backend_open(&f->dir, STORE_MIGRATE, &store), HSS_ERR_LOCKED);
	store_close(store);
	assert_int_equal(store_schema_version(f->store), store_schema_known());
	store_close(f->store);
	assert_int_equal(backend_open(&f->dir, STORE_MIGRATE, &f->store), HSS_OK);
	temp_dir_remove(&empty);
	store_close(NULL);
}

static void many_scscfs_are_told_apart(void **state)
{
	struct fixture *f = *state;
	char name[64];
	char host[64];

	for (unsigned i = 0; i < 200; i++) {
		put_common(f, i);
		(void)snprintf(name, sizeof(name), "sip:s%u.ims.test", i);
		(void)snprintf(host, sizeof(host), "h%u.ims.test", i);
		f->sub.scscf_name = name;
		f->sub.scscf_host = host;
		f->sub.scscf_realm = "r.test";
		assert_ok(f, store_registration_save(f->store, &f->sub));
	}
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 200; i++) {
			assert_ok(f, load_impi(f, i, STORE_VIEW_AUTH));
			(void)snprintf(name, sizeof(name), "sip:s%u.ims.test", i);
			(void)snprintf(host, sizeof(host), "h%u.ims.test", i);
			assert_string_equal(f->got.scscf_name, name);
			assert_string_equal(f->got.scscf_host, host);
			assert_string_equal(f->got.scscf_realm, "r.test");
		}
		reopen(f);
	}
}

enum { NAMED_USERS = 700, NAMES_OF_LATE = 600 };

/* Which S-CSCF each user has, by its number. */
struct named {
	unsigned user[NAMED_USERS];
	unsigned names; /* claimed so far */
};

static void named_load(struct fixture *f, const struct named *named, unsigned user)
{
	char name[64];

	assert_ok(f, load_impi(f, user, STORE_VIEW_AUTH));
	(void)snprintf(name, sizeof(name), "sip:s%u.ims.test", named->user[user]);
	if (named->user[user] == 0) {
		assert_null(f->got.scscf_name);
		return;
	}
	assert_string_equal(f->got.scscf_name, name);
	assert_string_equal(f->got.impi[0].sqn_scscf, name);
	assert_string_equal(f->got.scscf_host, name + 4);
}

/* A user's next S-CSCF: one never heard of, or one of late, which somebody may still have or not.
 */
static void named_claim(struct fixture *f, struct named *named)
{
	const unsigned user = (unsigned)rand() % NAMED_USERS;
	char name[64];

	named_load(f, named, user);
	named->user[user] = named->names < NAMES_OF_LATE || rand() % 3 != 0
	                            ? ++named->names
	                            : named->names - (unsigned)rand() % NAMES_OF_LATE;
	(void)snprintf(name, sizeof(name), "sip:s%u.ims.test", named->user[user]);
	f->got.scscf_name = f->got.impi[0].sqn_scscf = name;
	f->got.scscf_host = name + 4;
	f->got.scscf_realm = "ims.test";
	assert_ok(f, store_registration_save(f->store, &f->got));
}

/* However the store gets rid of names that nobody has any more. */
static void names_come_and_go_and_each_user_has_its_own(void **state)
{
	struct fixture *f = *state;
	struct named named = {0};

	srand(33);
	assert_ok(f, store_begin(f->store));
	for (unsigned user = 0; user < NAMED_USERS; user++) {
		put_common(f, user);
	}
	assert_ok(f, store_commit(f->store));
	for (unsigned batch = 0; batch < 400; batch++) {
		const struct named before = named;

		assert_ok(f, store_begin(f->store));
		for (int n = rand() % 40; n >= 0; n--) {
			named_claim(f, &named);
		}
		if (batch % 10 == 9) {
			store_rollback(f->store);
			named = before;
		} else {
			assert_ok(f, store_commit(f->store));
		}
		assert_ok(f, store_maintain(f->store, batch % 3 == 0));
	}
	assert_true(named.names > 4000);
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned user = 0; user < NAMED_USERS; user++) {
			named_load(f, &named, user);
		}
		reopen(f);
	}
}

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Not a test: prints what a load and save costs in transactions of 64, with a part for each. */
static int bench(unsigned n)
{
	void *state = NULL;
	struct fixture *f = NULL;
	const unsigned rounds = 200000;
	double start = seconds();
	double in_commit = 0;

	setup(&state);
	f = state;
	for (unsigned i = 0; i < n; i++) {
		if (i % 200 == 0) {
			assert_ok(f, store_begin(f->store));
		}
		put_common(f, i);
		if (i % 200 == 199 || i == n - 1) {
			assert_ok(f, store_commit(f->store));
			assert_ok(f, store_maintain(f->store, false));
		}
	}
	printf("put, 200 a transaction: %.2f us each\n", (seconds() - start) * 1e6 / n);
	srand(1);
	start = seconds();
	for (unsigned i = 0; i < rounds; i += 64) {
		double before = 0;

		assert_ok(f, store_begin(f->store));
		for (unsigned k = 0; k < 64; k++) {
			char impi[64];
			char impu_name[64];
			unsigned at = (unsigned)rand() % n;
			const char *impu = sample_impu_name(at, impu_name);

			assert_ok(f, store_part_begin(f->store));
			assert_ok(f, store_subscription_load(f->store, sample_impi_name(at, impi),
			                                     &impu, 1, STORE_VIEW_AUTH, &f->got));
			f->got.impi[0].sqn += 32;
			f->got.scscf_name = f->got.impi[0].sqn_scscf = SCSCF_A;
			f->got.scscf_host = "a.ims.test";
			f->got.registration[0].pending_since = 1700000000 + k;
			assert_ok(f, store_registration_save(f->store, &f->got));
			assert_ok(f, store_part_end(f->store, true));
		}
		before = seconds();
		assert_ok(f, store_commit(f->store));
		assert_ok(f, store_maintain(f->store, false));
		in_commit += seconds() - before;
	}
	printf("load and save, 64 a transaction: %.2f us each, %.2f of it commit and checkpoint\n",
	       (seconds() - start) * 1e6 / rounds, in_commit * 1e6 / rounds);
	return teardown(&state);
}

#define CONTRACT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		open_function open;
	} backends[] = {{"store contract, sqlite", open_sqlite}};
	const struct CMUnitTest tests[] = {
		CONTRACT(put_and_get_keep_everything_and_its_order),
		CONTRACT(load_finds_by_impi_and_by_impu),
		CONTRACT(load_of_the_auth_view_has_what_a_mar_needs),
		CONTRACT(load_of_the_locate_view_has_the_profile_too),
		CONTRACT(load_of_the_admit_view_has_what_a_uar_needs),
		CONTRACT(an_unknown_impu_is_found_as_the_wildcarded_one_it_matches),
		CONTRACT(wildcarded_identities_come_and_go),
		CONTRACT(the_search_finds_what_looking_at_all_finds),
		CONTRACT(load_of_unknown_identities_is_empty),
		CONTRACT(save_keeps_state_of_every_view),
		CONTRACT(save_keeps_and_removes_restoration_information),
		CONTRACT(save_of_one_impi_leaves_sqn_and_count_of_others),
		CONTRACT(save_refuses_what_is_gone_or_impossible),
		CONTRACT(put_adds_and_removes_and_keeps_registrations_that_stay),
		CONTRACT(put_stores_a_change_of_any_member),
		CONTRACT(put_lets_identities_change_places),
		CONTRACT(put_refuses_identities_of_others_and_leaves_nothing),
		CONTRACT(put_of_an_unknown_id_is_not_found),
		CONTRACT(put_refuses_an_inconsistent_snapshot),
		CONTRACT(put_takes_as_much_as_is_allowed),
		CONTRACT(delete_removes_all_of_one_subscription),
		CONTRACT(ids_are_never_used_again),
		CONTRACT(ids_page_through_all),
		CONTRACT(profile_put_makes_and_changes),
		CONTRACT(shared_objects_come_back_with_their_subscription),
		CONTRACT(capabilities_are_loaded_where_one_has_to_choose),
		CONTRACT(a_profile_has_the_unregistered_services_of_its_sets_too),
		CONTRACT(objects_are_found_by_name_with_their_documents),
		CONTRACT(a_put_of_an_object_replaces_all_of_it),
		CONTRACT(objects_in_use_are_not_deleted),
		CONTRACT(put_refuses_impossible_objects),
		CONTRACT(a_push_is_kept_with_all_it_says_and_with_its_outcome),
		CONTRACT(a_burst_of_changes_is_one_ppr),
		CONTRACT(the_ha1s_of_two_impis_are_two_pprs),
		CONTRACT(due_is_the_oldest_of_each_subscription),
		CONTRACT(due_is_the_same_for_few_and_many),
		CONTRACT(pushes_are_listed_and_forgotten),
		CONTRACT(a_change_and_what_is_owed_for_it_are_one),
		CONTRACT(impossible_pushes_are_refused),
		CONTRACT(a_scan_finds_who_uses_an_object_and_is_served),
		CONTRACT(a_scan_of_nothing_ends_or_is_refused),
		CONTRACT(scans_are_taken_in_order_and_a_fresh_one_serves_for_two),
		CONTRACT(rollback_leaves_nothing),
		CONTRACT(a_part_is_undone_alone),
		CONTRACT(a_save_after_an_undone_save_is_written),
		CONTRACT(jobs_of_one_transaction_see_each_other),
		CONTRACT(misuse_of_transactions_is_refused),
		CONTRACT(a_looking_handle_sees_what_is_committed_and_writes_nothing),
		CONTRACT(open_tells_what_is_wrong),
		CONTRACT(many_scscfs_are_told_apart),
		CONTRACT(names_come_and_go_and_each_user_has_its_own),
	};
	const bool is_bench = argc == 3 && strcmp(argv[1], "bench") == 0;
	const unsigned n_bench = is_bench ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	int failed = 0;

	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		backend_open = backends[i].open;
		if (n_bench != 0) {
			failed += bench(n_bench);
		} else {
			failed += cmocka_run_group_tests_name(backends[i].name, tests, NULL, NULL);
		}
	}
	return failed;
}
