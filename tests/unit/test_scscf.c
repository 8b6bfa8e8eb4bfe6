/* The S-CSCF: stock of vectors, profile, registration state machine with a virtual clock
 * (TS 33.203 6.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_hss.h"
#include "tools/scscf/av_store.h"
#include "tools/scscf/cx_text.h"
#include "tools/scscf/isim.h"
#include "tools/scscf/scscf.h"
#include "tools/scscf/pushes.h"
#include "tools/scscf/secrets.h"

enum { CHALLENGE_TIMEOUT = 30, EXPIRES = 600, MARGIN = 60, REAUTH = 50 };

/* ---- stock of vectors ---- */

static struct auc_vector numbered(unsigned n)
{
	struct auc_vector v;

	memset(&v, (int)n, sizeof(v));
	return v;
}

static void vectors_leave_in_the_order_they_came(void **state)
{
	struct av_store store = {0};
	struct auc_vector out;
	unsigned next_in = 1;
	unsigned next_out = 1;

	(void)state;
	for (unsigned round = 0; round < 100; round++) {
		const struct auc_vector three[] = {numbered(next_in), numbered(next_in + 1),
		                                   numbered(next_in + 2)};

		assert_int_equal(av_store_add(&store, three, 3), 0);
		next_in += 3;
		for (unsigned i = 0; i < (round % 2 == 0 ? 2U : 4U); i++) {
			assert_true(av_store_take(&store, &out));
			assert_int_equal(out.rand[0], (uint8_t)next_out);
			next_out++;
		}
	}
	assert_int_equal(store.n, next_in - next_out);
}

static void used_and_dropped_vectors_are_wiped(void **state)
{
	static const struct av_store empty;
	const struct auc_vector two[] = {numbered(1), numbered(2)};
	struct av_store store = {0};
	struct auc_vector out;

	(void)state;
	(void)av_store_add(&store, two, 2);
	assert_true(av_store_take(&store, &out));
	assert_memory_equal(&store.vector[0], &empty.vector[0], sizeof(empty.vector[0]));
	av_store_wipe(&store);
	assert_memory_equal(&store, &empty, sizeof(store));
	assert_false(av_store_take(&store, &out));
	assert_memory_equal(&out, &empty.vector[0], sizeof(out));
}

static void replacement_drops_every_old_vector(void **state)
{
	const struct auc_vector old[] = {numbered(1), numbered(2), numbered(3)};
	const struct auc_vector fresh[] = {numbered(9), numbered(10)};
	struct av_store store = {0};
	struct auc_vector out;

	(void)state;
	(void)av_store_add(&store, old, 3);
	av_store_replace(&store, fresh, 2);
	assert_int_equal(store.n, 2);
	assert_true(av_store_take(&store, &out));
	assert_int_equal(out.rand[0], 9);
}

static void full_stock_drops_the_oldest(void **state)
{
	struct av_store store = {0};
	struct auc_vector out;

	(void)state;
	for (unsigned i = 0; i < AV_STORE_MAX + 2; i++) {
		const struct auc_vector one = numbered(i);

		assert_int_equal(av_store_add(&store, &one, 1), i < AV_STORE_MAX ? 0 : 1);
	}
	assert_true(av_store_take(&store, &out));
	assert_int_equal(out.rand[0], 2);
	assert_int_equal(store.n, AV_STORE_MAX - 1);
}

/* ---- profile ---- */

static void profile_names_the_set_in_order(void **state)
{
	static const char doc[] =
		"<IMSSubscription><PrivateID>a@b</PrivateID><ServiceProfile>"
		"<PublicIdentity><BarringIndication>1</BarringIndication><Identity>sip:x@b</"
		"Identity>"
		"</PublicIdentity><PublicIdentity><BarringIndication>false</BarringIndication>"
		"<Identity> sip:y@b "
		"</Identity><Extension><IdentityType>0</IdentityType></Extension>"
		"</PublicIdentity></ServiceProfile><ServiceProfile><PublicIdentity>"
		"<Identity>tel:+1</Identity></PublicIdentity></ServiceProfile></IMSSubscription>";
	struct profile p;
	const char *why = NULL;

	(void)state;
	assert_true(profile_parse(doc, sizeof(doc) - 1, &p, &why));
	assert_string_equal(p.impi, "a@b");
	assert_int_equal(p.n_impu, 3);
	assert_int_equal(p.n_profiles, 2);
	assert_true(profile_find(&p, "sip:x@b")->barred);
	assert_false(profile_find(&p, "sip:y@b")->barred);
	assert_string_equal(profile_default(&p)->name, "sip:y@b");
	assert_null(profile_find(&p, "sip:z@b"));
	profile_free(&p);
}

static void documents_that_are_no_profile_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"<",
		"<x/>",
		"<IMSSubscription/>",
		"<IMSSubscription><PrivateID>a@b</PrivateID></IMSSubscription>",
		"<IMSSubscription><ServiceProfile><PublicIdentity><Identity>sip:x@b</Identity>"
		"</PublicIdentity></ServiceProfile></IMSSubscription>",
		"<IMSSubscription><PrivateID>a@b</PrivateID><ServiceProfile><PublicIdentity/>"
		"</ServiceProfile></IMSSubscription>",
		/* entities: neither inner ones nor a file of this machine */
		"<!DOCTYPE x [<!ENTITY e 'a@b'>]><IMSSubscription><PrivateID>&e;</PrivateID>"
		"<ServiceProfile><PublicIdentity><Identity>sip:x@b</Identity></PublicIdentity>"
		"</ServiceProfile></IMSSubscription>",
		"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><IMSSubscription>"
		"<PrivateID>&e;</PrivateID><ServiceProfile><PublicIdentity><Identity>sip:x@b</"
		"Identity>"
		"</PublicIdentity></ServiceProfile></IMSSubscription>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct profile p;
		const char *why = NULL;

		if (profile_parse(bad[i], strlen(bad[i]), &p, &why)) {
			fail_msg("document %zu was taken", i);
		}
		assert_non_null(why);
		assert_int_equal(p.n_impu, 0);
		assert_null(p.impi);
	}
}

/* ---- secrets ---- */

static enum hss_err read_text(const char *text, struct secrets *secrets, const char **why)
{
	char path[] = "/tmp/quintet-secrets-XXXXXX";
	const int fd = mkstemp(path);
	enum hss_err err = HSS_OK;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
	err = secrets_read(path, secrets, why);
	(void)unlink(path);
	return err;
}

static void keys_come_from_opc_or_op(void **state)
{
	struct secrets secrets;
	const char *why = NULL;

	(void)state;
	assert_int_equal(read_text("# demo\n\nk=465b5ce8b199b49faa5f0a2ee238a6bc\r\n"
	                           "OPC=cd63cb71954a9f4e48a5994e37a02baf\n",
	                           &secrets, &why),
	                 HSS_OK);
	assert_memory_equal(&secrets.key, &fake_key, sizeof(fake_key));
	assert_int_equal(read_text("op=cdc202d5123e20f62b6d676ac72cb318\n"
	                           "k=465B5CE8B199B49FAA5F0A2EE238A6BC",
	                           &secrets, &why),
	                 HSS_OK);
	assert_memory_equal(&secrets.key, &fake_key, sizeof(fake_key));
}

static void a_password_or_ha1_is_a_secret_by_itself_or_beside_a_key(void **state)
{
	struct secrets secrets;
	const char *why = NULL;
	char ha1[DIGEST_HA1_LEN + 1];

	(void)state;
	assert_int_equal(read_text("password= " FAKE_PASSWORD " \r\n", &secrets, &why), HSS_OK);
	assert_true(secrets.has_digest && !secrets.has_key);
	assert_string_equal(secrets.digest.password, FAKE_PASSWORD);
	assert_true(digest_ha1(&secrets.digest, FAKE_IMPI, FAKE_REALM, ha1));
	assert_string_equal(ha1, "ee9670b350ba982267f1099c7cc58de4");
	assert_int_equal(
		read_text(
			"HA1=EE9670B350BA982267F1099C7CC58DE4\nk=465b5ce8b199b49faa5f0a2ee238a6bc\n"
			"opc=cd63cb71954a9f4e48a5994e37a02baf\n",
			&secrets, &why),
		HSS_OK);
	assert_true(secrets.has_digest && secrets.has_key);
	assert_memory_equal(&secrets.key, &fake_key, sizeof(fake_key));
	assert_true(digest_ha1(&secrets.digest, FAKE_IMPI, "other.example", ha1));
	assert_string_equal(ha1, "ee9670b350ba982267f1099c7cc58de4");
}

static void a_line_that_is_too_long_is_refused(void **state)
{
	struct secrets secrets;
	const char *why = NULL;
	char text[700] = "password=";

	(void)state;
	memset(text + strlen(text), 'x', sizeof(text) - 1 - strlen(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(read_text(text, &secrets, &why), HSS_ERR_INVALID);
	text[9 + DIGEST_PASSWORD_LEN_MAX + 1] = '\0';
	assert_int_equal(read_text(text, &secrets, &why), HSS_ERR_INVALID);
	text[9 + DIGEST_PASSWORD_LEN_MAX] = '\0';
	assert_int_equal(read_text(text, &secrets, &why), HSS_OK);
}

static void bad_secrets_are_refused_without_being_told(void **state)
{
	static const char both[] = "k=465b5ce8b199b49faa5f0a2ee238a6bc\n"
				   "opc=cd63cb71954a9f4e48a5994e37a02baf\n"
				   "op=cdc202d5123e20f62b6d676ac72cb318\n";
	static const char twice[] = "k=465b5ce8b199b49faa5f0a2ee238a6bc\n"
				    "opc=cd63cb71954a9f4e48a5994e37a02baf\n"
				    "k=465b5ce8b199b49faa5f0a2ee238a6bc\n";
	static const char *const bad[] = {
		"",
		"k=465b5ce8b199b49faa5f0a2ee238a6bc\n",
		"k=465b5ce8b199b49faa5f0a2ee238a6b\nopc=cd63cb71954a9f4e48a5994e37a02baf\n",
		"k=465b5ce8b199b49faa5f0a2ee238a6bg\nopc=cd63cb71954a9f4e48a5994e37a02baf\n",
		twice,
		both,
		"465b5ce8b199b49faa5f0a2ee238a6bc\n",
		"password=\n",
		"password=a465b5c\nha1=ee9670b350ba982267f1099c7cc58de4\n",
		"ha1=465b5c\n",
		"password=465b5c\nk=465b5ce8b199b49faa5f0a2ee238a6bc\n",
		"password=465b5c\npassword=465b5c\n",
	};
	static const struct secrets none;
	struct secrets secrets;
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_text(bad[i], &secrets, &why), HSS_ERR_INVALID);
		assert_null(strstr(why, "465b5c"));
		assert_memory_equal(&secrets, &none, sizeof(none));
	}
	assert_int_equal(secrets_read("/nonexistent/secrets", &secrets, &why), HSS_ERR_IO);
}

/* ---- names and numbers ---- */

static void types_are_known_by_name_and_number(void **state)
{
	uint32_t type = 0;

	(void)state;
	for (uint32_t i = 0; i <= CX_SAT_RESTORATION; i++) {
		assert_true(cx_text_sat_parse(cx_text_sat(i), &type));
		assert_int_equal(type, i);
	}
	assert_true(cx_text_sat_parse("user-deregistration", &type));
	assert_int_equal(type, CX_SAT_USER_DEREGISTRATION);
	assert_true(cx_text_sat_parse("77", &type));
	assert_int_equal(type, 77);
	assert_false(cx_text_sat_parse("USER", &type));
	assert_false(cx_text_sat_parse("", &type));
	assert_false(cx_text_sat_parse("4x", &type));
	assert_false(cx_text_sat_parse("4294967296", &type));
	assert_true(cx_text_uat_parse("DE_REGISTRATION", &type));
	assert_int_equal(type, CX_UAT_DE_REGISTRATION);
}

static void schemes_are_known_in_any_case(void **state)
{
	(void)state;
	for (int i = CX_SCHEME_AKA_V1; i <= CX_SCHEME_UNKNOWN; i++) {
		assert_int_equal(cx_text_scheme_parse(cx_text_scheme((enum cx_scheme)i)), i);
	}
	assert_int_equal(cx_text_scheme_parse("sip digest"), CX_SCHEME_SIP_DIGEST);
	assert_int_equal(cx_text_scheme_parse("SIP-Digest"), CX_SCHEME_OTHER);
	assert_int_equal(cx_text_scheme_parse(""), CX_SCHEME_OTHER);
}

static void every_result_has_its_code(void **state)
{
	bool experimental = false;

	(void)state;
	for (int r = CX_SUCCESS; r < CX_OTHER_RESULT; r++) {
		const uint32_t code = cx_text_code((enum cx_result)r, &experimental);

		assert_int_equal(code < 3000, cx_result_is_success((enum cx_result)r));
		assert_int_equal(experimental, r >= CX_FIRST_REGISTRATION);
	}
}

static void a_result_is_known_by_name_and_number(void **state)
{
	static const struct {
		const char *text;
		enum cx_result result;
	} rows[] = {
		{"2001", CX_SUCCESS},
		{"2002", CX_LIMITED_SUCCESS},
		{"5001", CX_ERROR_USER_UNKNOWN},
		{"5012", CX_UNABLE_TO_COMPLY},
		{"3002", CX_UNABLE_TO_DELIVER},
		{"DIAMETER_TOO_BUSY", CX_TOO_BUSY},
		{"error-too-much-data", CX_ERROR_TOO_MUCH_DATA},
	};
	static const char *const bad[] = {"", "2001x", "2999", "SOMETHING"};
	enum cx_result result = CX_NO_RESULT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(cx_text_result_parse(rows[i].text, &result));
		assert_int_equal(result, rows[i].result);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(cx_text_result_parse(bad[i], &result));
	}
}

static void answers_are_told_as_a_list(void **state)
{
	struct push_answers answers = {0};

	(void)state;
	assert_true(push_answers_parse("5012,silent,2001", &answers));
	assert_int_equal(answers.n, 3);
	assert_int_equal(answers.result[0], CX_UNABLE_TO_COMPLY);
	assert_int_equal(answers.result[1], CX_NO_RESULT);
	assert_int_equal(answers.result[2], CX_SUCCESS);
	answers.n = 0;
	assert_false(push_answers_parse("5012,,2001", &answers));
	answers.n = 0;
	assert_false(push_answers_parse("2001,2001,2001,2001,2001,2001,2001,2001,2001,2001,2001,"
	                                "2001,2001,2001,2001,2001,2001",
	                                &answers));
}

/* ---- state machine ---- */

struct fixture {
	struct fake_hss hss;
	struct scscf_cx cx;
	struct scscf_conf conf;
	struct scscf *s;
	struct isim isim;
	struct scscf_reply reply;
	struct isim_response ue;
	int64_t now;
};

static int open_with(void **state, enum scscf_silence silence, bool keep)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (f == NULL || fake_hss_open(&f->hss, FAULT_NONE) != 0 ||
	    isim_open(&f->isim, &fake_key) != AUC_OK) {
		return -1;
	}
	f->hss.keep_name = keep;
	f->cx = fake_hss_cx(&f->hss);
	f->conf = (struct scscf_conf){.server_name = "sip:s.home.example",
	                              .realm = "home.example",
	                              .n_vectors = 3,
	                              .challenge_timeout = CHALLENGE_TIMEOUT,
	                              .expires_max = 3600,
	                              .expires_margin = MARGIN,
	                              .reauth_timeout = REAUTH,
	                              .silence = silence,
	                              .keep_server_name = keep};
	f->s = scscf_open(&f->conf, &f->cx);
	f->now = 1000;
	return f->s != NULL ? 0 : -1;
}

static int setup(void **state)
{
	return open_with(state, SCSCF_SILENCE_DEREGISTER, false);
}

static int setup_patient(void **state)
{
	return open_with(state, SCSCF_SILENCE_ASK_AGAIN, true);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	scscf_close(f->s);
	isim_close(&f->isim);
	fake_hss_close(&f->hss);
	free(f);
	return 0;
}

static struct scscf_register request(void)
{
	return (struct scscf_register){.impi = FAKE_IMPI, .impu = FAKE_IMPU, .expires = EXPIRES};
}

static void start(struct fixture *f, bool protected_by_sa)
{
	struct scscf_register reg = request();

	reg.integrity_protected = protected_by_sa;
	scscf_register(f->s, f->now, &reg, &f->reply);
	assert_int_equal(f->reply.status, 401);
}

static enum isim_result ue(struct fixture *f)
{
	uint8_t rand[AUC_RAND_LEN];
	uint8_t autn[AUC_AUTN_LEN];

	assert_true(digest_nonce_parse(f->reply.nonce, rand, autn));
	return isim_authenticate(&f->isim, rand, autn, &f->ue);
}

/* Answer the challenge of f->reply with RES as it is in f->ue. */
static int answer(struct fixture *f, int64_t expires)
{
	struct scscf_register reg = request();
	char nonce[DIGEST_NONCE_LEN + 1];

	memcpy(nonce, f->reply.nonce, sizeof(nonce));
	reg.credentials = SCSCF_RAW_RES;
	reg.nonce = nonce;
	reg.res = f->ue.res;
	reg.res_len = sizeof(f->ue.res);
	reg.expires = expires;
	scscf_register(f->s, f->now, &reg, &f->reply);
	return f->reply.status;
}

static void register_now(struct fixture *f)
{
	start(f, scscf_is_registered(f->s, FAKE_IMPU));
	assert_int_equal(ue(f), ISIM_OK);
	assert_int_equal(answer(f, EXPIRES), 200);
}

/* C21: an initial registration always sends a MAR, a protected one draws on the stock (R25). */
static void stock_serves_reauthentications_only(void **state)
{
	struct fixture *f = *state;

	register_now(f);
	assert_int_equal(f->hss.asked[3], 1);
	assert_int_equal(scscf_stock(f->s, FAKE_IMPI), 2);
	register_now(f);
	assert_int_equal(f->hss.asked[3], 1);
	start(f, false);
	assert_int_equal(f->hss.asked[3], 2);
	assert_int_equal(scscf_stock(f->s, FAKE_IMPI), 3);
	assert_int_equal(ue(f), ISIM_OK);
}

static void sar_type_tells_first_from_repeated(void **state)
{
	struct fixture *f = *state;

	register_now(f);
	assert_int_equal(f->hss.last_sar_type, CX_SAT_REGISTRATION);
	register_now(f);
	assert_int_equal(f->hss.last_sar_type, CX_SAT_RE_REGISTRATION);
}

static void used_response_is_not_taken_again(void **state)
{
	struct fixture *f = *state;
	char nonce[DIGEST_NONCE_LEN + 1];

	start(f, false);
	memcpy(nonce, f->reply.nonce, sizeof(nonce));
	assert_int_equal(ue(f), ISIM_OK);
	assert_int_equal(answer(f, EXPIRES), 200);
	memcpy(f->reply.nonce, nonce, sizeof(nonce));
	assert_int_equal(answer(f, EXPIRES), 401); /* a new challenge */
	assert_string_not_equal(f->reply.nonce, nonce);
}

static void challenge_times_out_at_its_second(void **state)
{
	struct fixture *f = *state;

	start(f, false);
	assert_int_equal(scscf_next_timer(f->s), f->now + CHALLENGE_TIMEOUT);
	assert_int_equal(scscf_tick(f->s, f->now + CHALLENGE_TIMEOUT - 1), 0);
	assert_int_equal(f->hss.asked[1], 0);
	assert_int_equal(scscf_tick(f->s, f->now + CHALLENGE_TIMEOUT), 1);
	assert_int_equal(f->hss.last_sar_type, CX_SAT_AUTHENTICATION_TIMEOUT);
	assert_string_equal(f->hss.name, "");
	assert_int_equal(scscf_next_timer(f->s), INT64_MAX);
}

/* R36: and the older challenge has no timer of its own any more. */
static void newer_challenge_cancels_the_older(void **state)
{
	struct fixture *f = *state;
	struct scscf_reply older;
	struct isim_response older_ue;

	start(f, false);
	assert_int_equal(ue(f), ISIM_OK);
	older = f->reply;
	older_ue = f->ue;
	f->now += 10;
	start(f, false);
	assert_int_equal(ue(f), ISIM_OK);
	assert_int_equal(scscf_tick(f->s, 1000 + CHALLENGE_TIMEOUT), 0);
	{
		const struct scscf_reply newer = f->reply;
		const struct isim_response newer_ue = f->ue;

		f->reply = older;
		f->ue = older_ue;
		assert_int_equal(answer(f, EXPIRES), 403);
		assert_int_equal(f->hss.asked[1], 0);
		f->reply = newer;
		f->ue = newer_ue;
		assert_int_equal(answer(f, EXPIRES), 200);
	}
}

static void wrong_response_leaves_a_registered_user_alone(void **state)
{
	struct fixture *f = *state;

	register_now(f);
	start(f, true);
	assert_int_equal(ue(f), ISIM_OK);
	f->ue.res[7] ^= 1;
	assert_int_equal(answer(f, EXPIRES), 403);
	assert_int_equal(f->hss.last_sar_type, CX_SAT_AUTHENTICATION_FAILURE);
	assert_string_equal(f->reply.nonce, "");
	assert_true(scscf_is_registered(f->s, FAKE_IMPU));
	assert_int_equal(f->hss.state[0], 2);
}

static void short_response_is_wrong(void **state)
{
	struct fixture *f = *state;
	struct scscf_register reg = request();
	char nonce[DIGEST_NONCE_LEN + 1];

	start(f, false);
	memcpy(nonce, f->reply.nonce, sizeof(nonce));
	assert_int_equal(ue(f), ISIM_OK);
	reg.credentials = SCSCF_RAW_RES;
	reg.nonce = nonce;
	reg.res = f->ue.res;
	reg.res_len = sizeof(f->ue.res) - 1;
	scscf_register(f->s, f->now, &reg, &f->reply);
	assert_int_equal(f->reply.status, 403);
}

/* R30: re-registration of one IMPU refreshes the set; expiry ends the whole set with SAR 4. */
static void registration_of_the_set_expires_together(void **state)
{
	struct fixture *f = *state;

	register_now(f);
	assert_true(scscf_is_registered(f->s, "tel:+15550100"));
	assert_int_equal(scscf_expires_at(f->s, "tel:+15550100"), f->now + EXPIRES + MARGIN);
	f->now += EXPIRES;
	register_now(f);
	assert_int_equal(scscf_expires_at(f->s, "tel:+15550100"), f->now + EXPIRES + MARGIN);
	f->now += EXPIRES + MARGIN;
	assert_int_equal(scscf_tick(f->s, f->now - 1), 0);
	assert_int_equal(scscf_tick(f->s, f->now), 1);
	assert_int_equal(f->hss.last_sar_type, CX_SAT_TIMEOUT_DEREGISTRATION);
	assert_false(scscf_is_registered(f->s, "tel:+15550100"));
	assert_int_equal(f->hss.state[1], 0);
}

static void barred_identity_registers_but_is_not_served(void **state)
{
	struct fixture *f = *state;

	register_now(f);
	assert_true(scscf_is_registered(f->s, "sip:alice.barred@home.example"));
	assert_false(scscf_may_serve(f->s, "sip:alice.barred@home.example"));
	assert_true(scscf_may_serve(f->s, FAKE_IMPU));
	assert_false(scscf_may_serve(f->s, FAKE_OTHER_IMPU));
}

/* R37, R27: the MAR carries the RAND of the challenge, the old stock goes. */
static void resynchronisation_replaces_the_stock(void **state)
{
	struct fixture *f = *state;
	struct scscf_register reg = request();
	uint8_t rand[AUC_RAND_LEN];
	uint8_t autn[AUC_AUTN_LEN];
	char nonce[DIGEST_NONCE_LEN + 1];

	isim_sqn_raise(&f->isim, UINT64_C(5000) << AUC_SQN_IND_BITS);
	start(f, false);
	memcpy(nonce, f->reply.nonce, sizeof(nonce));
	assert_true(digest_nonce_parse(nonce, rand, autn));
	assert_int_equal(ue(f), ISIM_SYNC_FAILURE);
	reg.credentials = SCSCF_AUTS;
	reg.nonce = nonce;
	reg.auts = f->ue.auts;
	scscf_register(f->s, f->now, &reg, &f->reply);
	assert_int_equal(f->reply.status, 401);
	assert_true(f->hss.resync_seen);
	assert_memory_equal(f->hss.resync_rand, rand, sizeof(rand));
	assert_int_equal(scscf_stock(f->s, FAKE_IMPI), 2);
	assert_int_equal(ue(f), ISIM_OK);
	assert_int_equal(isim_sqn_ms(&f->isim) >> AUC_SQN_IND_BITS, 5001);
	assert_int_equal(answer(f, EXPIRES), 200);
}

static void second_auts_in_a_row_is_a_failure(void **state)
{
	struct fixture *f = *state;
	struct scscf_register reg = request();
	char nonce[DIGEST_NONCE_LEN + 1];

	for (int i = 0; i < 2; i++) {
		isim_sqn_raise(&f->isim, UINT64_C(9000) * (unsigned)(i + 1) << AUC_SQN_IND_BITS);
		if (i == 0) {
			start(f, false);
		}
		memcpy(nonce, f->reply.nonce, sizeof(nonce));
		assert_int_equal(ue(f), ISIM_SYNC_FAILURE);
		reg.credentials = SCSCF_AUTS;
		reg.nonce = nonce;
		reg.auts = f->ue.auts;
		scscf_register(f->s, f->now, &reg, &f->reply);
	}
	assert_int_equal(f->reply.status, 403);
	assert_int_equal(f->hss.last_sar_type, CX_SAT_AUTHENTICATION_FAILURE);
}

static void silent_hss_is_a_server_error_and_keeps_the_registration(void **state)
{
	struct fixture *f = *state;
	struct scscf_register reg = request();

	register_now(f);
	f->hss.fault = FAULT_SILENT;
	scscf_register(f->s, f->now, &reg, &f->reply);
	assert_int_equal(f->reply.status, 500);
	assert_int_equal(f->reply.err, HSS_ERR_BUSY);
	assert_true(scscf_is_registered(f->s, FAKE_IMPU));
}

static void answer_without_profile_registers_nobody(void **state)
{
	struct fixture *f = *state;

	f->hss.fault = FAULT_NO_PROFILE;
	start(f, false);
	assert_int_equal(ue(f), ISIM_OK);
	assert_int_equal(answer(f, EXPIRES), 500);
	assert_false(scscf_is_registered(f->s, FAKE_IMPU));
}

static void ue_deregisters_with_expires_zero(void **state)
{
	struct fixture *f = *state;

	register_now(f);
	start(f, true);
	assert_int_equal(ue(f), ISIM_OK);
	assert_int_equal(answer(f, 0), 200);
	assert_int_equal(f->hss.last_sar_type, CX_SAT_USER_DEREGISTRATION);
	assert_false(scscf_is_registered(f->s, FAKE_IMPU));
	assert_int_equal(scscf_deregister(f->s, FAKE_IMPU, CX_SAT_ADMINISTRATIVE_DEREGISTRATION),
	                 CX_NO_RESULT);
}

static void asked_expiry_is_granted_up_to_the_limit(void **state)
{
	struct fixture *f = *state;

	start(f, false);
	assert_int_equal(ue(f), ISIM_OK);
	assert_int_equal(answer(f, 100000), 200);
	assert_int_equal(f->reply.expires, 3600);
	assert_int_equal(scscf_deregister(f->s, FAKE_IMPU, CX_SAT_ADMINISTRATIVE_DEREGISTRATION),
	                 CX_SUCCESS);
	assert_int_equal(f->hss.state[0], 0);
}

/* R38, one choice: a UE that does not follow is deregistered. */
static void silent_ue_is_deregistered(void **state)
{
	struct fixture *f = *state;

	register_now(f);
	assert_true(scscf_reauthenticate(f->s, f->now, FAKE_IMPU));
	assert_int_equal(scscf_tick(f->s, f->now + REAUTH - 1), 0);
	assert_int_equal(scscf_tick(f->s, f->now + REAUTH), 1);
	assert_int_equal(f->hss.last_sar_type, CX_SAT_ADMINISTRATIVE_DEREGISTRATION);
	assert_false(scscf_is_registered(f->s, FAKE_IMPU));
	assert_false(scscf_reauthenticate(f->s, f->now, FAKE_IMPU));
}

/* R38, the other: it is asked again, and stays registered until its timer ends, with SAR 6. */
static void silent_ue_is_asked_again(void **state)
{
	struct fixture *f = *state;

	register_now(f);
	assert_true(scscf_reauthenticate(f->s, f->now, FAKE_IMPU));
	assert_int_equal(scscf_tick(f->s, f->now + REAUTH), 1);
	assert_int_equal(scscf_reauth_asked(f->s, FAKE_IMPU), 2);
	assert_true(scscf_is_registered(f->s, FAKE_IMPU));
	register_now(f);
	assert_int_equal(scscf_reauth_asked(f->s, FAKE_IMPU), 0);
	assert_int_equal(scscf_tick(f->s, f->now + EXPIRES + MARGIN), 1);
	assert_int_equal(f->hss.last_sar_type, CX_SAT_TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME);
	assert_int_equal(f->hss.state[0], 1);
}

/* ---- SIP Digest ---- */

static void start_digest(struct fixture *f, bool protected_by_sa)
{
	struct scscf_register reg = request();

	reg.integrity_protected = protected_by_sa;
	reg.sip_digest = true;
	scscf_register(f->s, f->now, &reg, &f->reply);
	assert_int_equal(f->reply.status, 401);
	assert_string_equal(f->reply.realm, FAKE_REALM);
}

/* Answer the challenge of f->reply with a password; qop as given. */
static int answer_digest(struct fixture *f, const char *password, const char *qop)
{
	struct digest_secret secret = {0};
	struct scscf_register reg = request();
	char nonce[DIGEST_NONCE_LEN + 1];
	char ha1[DIGEST_HA1_LEN + 1];
	char response[DIGEST_RESPONSE_LEN + 1];
	struct digest_params params = {.username = FAKE_IMPI,
	                               .realm = FAKE_REALM,
	                               .method = "REGISTER",
	                               .uri = "sip:home.example",
	                               .nonce = nonce,
	                               .qop = qop,
	                               .nc = "00000001",
	                               .cnonce = "0a4f113b"};

	(void)strcpy(secret.password, password);
	memcpy(nonce, f->reply.nonce, sizeof(nonce));
	assert_true(digest_ha1(&secret, FAKE_IMPI, FAKE_REALM, ha1));
	assert_true(digest_response_ha1(&params, ha1, response));
	reg.credentials = SCSCF_DIGEST;
	reg.nonce = nonce;
	reg.uri = params.uri;
	reg.qop = params.qop;
	reg.nc = params.nc;
	reg.cnonce = params.cnonce;
	reg.response = response;
	scscf_register(f->s, f->now, &reg, &f->reply);
	return f->reply.status;
}

/* TS 33.203 N.2.1: the nonce is the S-CSCF's own, each time another. */
static void digest_registers_with_a_nonce_of_our_own(void **state)
{
	struct fixture *f = *state;
	char nonce[DIGEST_NONCE_LEN + 1];

	start_digest(f, false);
	memcpy(nonce, f->reply.nonce, sizeof(nonce));
	assert_int_equal(answer_digest(f, FAKE_PASSWORD, "auth"), 200);
	assert_true(scscf_is_registered(f->s, FAKE_IMPU));
	assert_int_equal(f->hss.last_sar_type, CX_SAT_REGISTRATION);
	start_digest(f, true);
	assert_int_equal(f->hss.asked[3], 1); /* HA1 is at hand */
	assert_string_not_equal(f->reply.nonce, nonce);
	assert_int_equal(answer_digest(f, FAKE_PASSWORD, "auth"), 200);
	start_digest(f, false);
	assert_int_equal(f->hss.asked[3], 2);
}

static void wrong_password_is_refused_with_sar_9(void **state)
{
	struct fixture *f = *state;

	start_digest(f, false);
	assert_int_equal(answer_digest(f, "another", "auth"), 403);
	assert_int_equal(f->hss.last_sar_type, CX_SAT_AUTHENTICATION_FAILURE);
	assert_false(scscf_is_registered(f->s, FAKE_IMPU));
}

static void digest_without_qop_is_refused(void **state)
{
	struct fixture *f = *state;

	start_digest(f, false);
	assert_int_equal(answer_digest(f, FAKE_PASSWORD, NULL), 403);
}

/* Neither RES nor AUTS answers it: nothing of AKA is in the challenge. */
static void digest_is_not_answered_by_what_aka_has(void **state)
{
	static const uint8_t zero[AUC_AUTS_LEN];
	const enum scscf_credentials kinds[] = {SCSCF_RAW_RES, SCSCF_AUTS};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct scscf_register reg = request();
		char nonce[DIGEST_NONCE_LEN + 1];

		start_digest(f, false);
		memcpy(nonce, f->reply.nonce, sizeof(nonce));
		reg.credentials = kinds[i];
		reg.nonce = nonce;
		reg.res = zero;
		reg.res_len = AUC_XRES_LEN;
		reg.auts = zero;
		scscf_register(f->s, f->now, &reg, &f->reply);
		assert_int_equal(f->reply.status, 403);
		assert_int_equal(f->hss.last_sar_type, CX_SAT_AUTHENTICATION_FAILURE);
	}
	assert_false(f->hss.resync_seen);
}

static void user_without_digest_is_refused(void **state)
{
	struct fixture *f = *state;
	struct scscf_register reg = request();

	f->hss.no_digest = true;
	reg.sip_digest = true;
	scscf_register(f->s, f->now, &reg, &f->reply);
	assert_int_equal(f->reply.status, 403);
	assert_int_equal(f->reply.result, CX_ERROR_AUTH_SCHEME_NOT_SUPPORTED);
	assert_string_equal(f->reply.nonce, "");
}

/* TS 29.228 6.6.1: the HA1 of a PPR counts from then on, for a challenge under way too. */
static void pushed_ha1_replaces_the_old_one(void **state)
{
	static const uint8_t other[CX_HA1_LEN] = {0xe0, 0xa5, 0x6f, 0x44, 0x54, 0x85, 0x05, 0x68,
	                                          0x5d, 0x5b, 0xec, 0xba, 0xce, 0x2e, 0x64, 0xb3};
	struct fixture *f = *state;
	struct cx_request ppr = {
		.command = CX_CMD_PPR, .impi = FAKE_IMPI, .ppr.digest.realm = FAKE_REALM};

	memcpy(ppr.ppr.digest.ha1, other, sizeof(other));
	assert_int_equal(scscf_push(f->s, &ppr), CX_ERROR_USER_UNKNOWN);
	start_digest(f, false);
	assert_int_equal(answer_digest(f, FAKE_PASSWORD, "auth"), 200);
	start_digest(f, true);
	assert_int_equal(scscf_push(f->s, &ppr), CX_SUCCESS);
	assert_int_equal(answer_digest(f, "another", "auth"), 200);
	start_digest(f, true);
	assert_int_equal(answer_digest(f, FAKE_PASSWORD, "auth"), 403);
	assert_int_equal(f->hss.asked[3], 1);
}

#define MACHINE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static enum cx_result rtr(struct fixture *f, const char *impi, const char *impu)
{
	const char *impus[] = {impu};
	const struct cx_request req = {
		.command = CX_CMD_RTR, .impi = impi, .impu = impus, .n_impu = impu != NULL};

	return scscf_push(f->s, &req);
}

static void an_rtr_ends_the_registration_of_its_set(void **state)
{
	struct fixture *f = *state;

	register_now(f);
	assert_int_equal(rtr(f, FAKE_IMPI, "sip:nobody@home.example"), CX_ERROR_USER_UNKNOWN);
	assert_int_equal(rtr(f, "nobody@home.example", FAKE_IMPU), CX_ERROR_USER_UNKNOWN);
	assert_true(scscf_is_registered(f->s, FAKE_IMPU));
	assert_int_equal(rtr(f, FAKE_IMPI, "tel:+15550100"), CX_SUCCESS);
	assert_false(scscf_is_registered(f->s, FAKE_IMPU));
	assert_int_equal(rtr(f, FAKE_IMPI, FAKE_IMPU), CX_ERROR_USER_UNKNOWN);
	register_now(f);
	assert_int_equal(rtr(f, FAKE_IMPI, NULL), CX_SUCCESS);
	assert_false(scscf_is_registered(f->s, FAKE_IMPU));
}

static enum cx_result ppr(struct fixture *f, const char *impi, const char *document)
{
	const struct cx_request req = {
		.command = CX_CMD_PPR,
		.impi = impi,
		.ppr = {.user_data = document,
	                .user_data_len = document != NULL ? strlen(document) : 0}};

	return scscf_push(f->s, &req);
}

#define DOCUMENT(impus)                                                                            \
	"<IMSSubscription><PrivateID>" FAKE_IMPI "</PrivateID><ServiceProfile>" impus              \
	"</ServiceProfile></IMSSubscription>"
#define IMPU(name) "<PublicIdentity><Identity>" name "</Identity></PublicIdentity>"

static void a_ppr_replaces_the_profile_of_its_set(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ppr(f, FAKE_IMPI, DOCUMENT(IMPU(FAKE_IMPU))), CX_ERROR_USER_UNKNOWN);
	register_now(f);
	assert_int_equal(ppr(f, FAKE_IMPI, "no document"), CX_ERROR_NOT_SUPPORTED_USER_DATA);
	assert_int_equal(ppr(f, "nobody@home.example", DOCUMENT(IMPU(FAKE_IMPU))),
	                 CX_ERROR_USER_UNKNOWN);
	assert_int_equal(ppr(f, FAKE_IMPI, DOCUMENT(IMPU("sip:else@home.example"))),
	                 CX_ERROR_USER_UNKNOWN);
	assert_int_equal(ppr(f, FAKE_IMPI, DOCUMENT(IMPU(FAKE_IMPU) IMPU("sip:new@home.example"))),
	                 CX_SUCCESS);
	assert_true(scscf_is_registered(f->s, "sip:new@home.example"));
	assert_false(scscf_is_registered(f->s, "tel:+15550100"));
	assert_int_equal(ppr(f, FAKE_IMPI, NULL), CX_SUCCESS); /* charging, or HA1 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_leave_in_the_order_they_came),
		cmocka_unit_test(used_and_dropped_vectors_are_wiped),
		cmocka_unit_test(replacement_drops_every_old_vector),
		cmocka_unit_test(full_stock_drops_the_oldest),
		cmocka_unit_test(profile_names_the_set_in_order),
		cmocka_unit_test(documents_that_are_no_profile_are_refused),
		cmocka_unit_test(keys_come_from_opc_or_op),
		cmocka_unit_test(a_password_or_ha1_is_a_secret_by_itself_or_beside_a_key),
		cmocka_unit_test(a_line_that_is_too_long_is_refused),
		cmocka_unit_test(bad_secrets_are_refused_without_being_told),
		cmocka_unit_test(types_are_known_by_name_and_number),
		cmocka_unit_test(schemes_are_known_in_any_case),
		cmocka_unit_test(every_result_has_its_code),
		cmocka_unit_test(a_result_is_known_by_name_and_number),
		cmocka_unit_test(answers_are_told_as_a_list),
		MACHINE(stock_serves_reauthentications_only),
		MACHINE(sar_type_tells_first_from_repeated),
		MACHINE(used_response_is_not_taken_again),
		MACHINE(challenge_times_out_at_its_second),
		MACHINE(newer_challenge_cancels_the_older),
		MACHINE(wrong_response_leaves_a_registered_user_alone),
		MACHINE(short_response_is_wrong),
		MACHINE(registration_of_the_set_expires_together),
		MACHINE(barred_identity_registers_but_is_not_served),
		MACHINE(resynchronisation_replaces_the_stock),
		MACHINE(second_auts_in_a_row_is_a_failure),
		MACHINE(silent_hss_is_a_server_error_and_keeps_the_registration),
		MACHINE(answer_without_profile_registers_nobody),
		MACHINE(ue_deregisters_with_expires_zero),
		MACHINE(asked_expiry_is_granted_up_to_the_limit),
		MACHINE(silent_ue_is_deregistered),
		MACHINE(an_rtr_ends_the_registration_of_its_set),
		MACHINE(a_ppr_replaces_the_profile_of_its_set),
		MACHINE(digest_registers_with_a_nonce_of_our_own),
		MACHINE(wrong_password_is_refused_with_sar_9),
		MACHINE(digest_without_qop_is_refused),
		MACHINE(digest_is_not_answered_by_what_aka_has),
		MACHINE(user_without_digest_is_refused),
		MACHINE(pushed_ha1_replaces_the_old_one),
		cmocka_unit_test_setup_teardown(silent_ue_is_asked_again, setup_patient, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
