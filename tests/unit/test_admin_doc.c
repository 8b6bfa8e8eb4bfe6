/* The document of a subscriber: what is read, what is refused and how, what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "auc/auc.h"
#include "hss/admin.h"
#include "hss/admin_doc.h"
#include "temp_dir.h"

#define K_HEX "465b5ce8b199b49faa5f0a2ee238a6bc"
#define OP_HEX "cdc202d5123e20f62b6d676ac72cb318"
#define OPC_HEX "cd63cb71954a9f4e48a5994e37a02baf" /* of K and OP: TS 35.208 4.3 */
#define IMPI "{'impi': 'a@x.example', 'k': '" K_HEX "', 'opc': '" OPC_HEX "'}"
#define SET "{'impus': [{'impu': 'sip:a@x.example'}]}"

struct fixture {
	struct temp_dir dir;
	struct seal *seal;
	struct auc_ctx *auc;
	struct ims_subscription sub;
	struct admin_reader reader;
};

static int setup(void **state)
{
	static struct fixture f;
	char path[TEMP_PATH_MAX];
	char why[SEAL_WHY_LEN];

	memset(&f, 0, sizeof(f));
	temp_dir_make(&f.dir);
	assert_int_equal(seal_create(temp_dir_file(&f.dir, "master.key", path)), HSS_OK);
	assert_int_equal(seal_open(path, &f.seal, why), HSS_OK);
	assert_int_equal(auc_open(&f.auc), AUC_OK);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	json_decref(f->reader.details);
	ims_subscription_free(&f->sub);
	auc_close(f->auc);
	seal_close(f->seal);
	temp_dir_remove(&f->dir);
	return 0;
}

/* JSON with ' for ". */
static json_t *json_of(const char *text)
{
	char *copy = strdup(text);
	json_t *json = NULL;

	assert_non_null(copy);
	for (char *c = copy; *c != '\0'; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	json = json_loads(copy, 0, NULL);
	assert_non_null(json);
	free(copy);
	return json;
}

static void text_free(char *text)
{
	json_free_t release = NULL;

	json_get_alloc_funcs(NULL, &release);
	release(text);
}

static void read_doc(struct fixture *f, const char *text)
{
	json_t *doc = json_of(text);

	json_decref(f->reader.details);
	ims_subscription_free(&f->sub);
	f->reader = (struct admin_reader){.sub = &f->sub,
	                                  .seal = f->seal,
	                                  .auc = f->auc,
	                                  .details = json_array(),
	                                  .index = 7};
	admin_doc_read(&f->reader, doc);
	json_decref(doc);
}

static void a_simple_document_is_read_with_defaults(void **state)
{
	struct fixture *f = *state;
	struct auc_key key;

	read_doc(f, "{'impis': [" IMPI "], 'sets': [" SET "]}");
	assert_int_equal(f->reader.n_faults, 0);
	assert_int_equal(f->reader.err, HSS_OK);
	assert_true(f->sub.registration_allowed);
	assert_int_equal(f->sub.n_impi, 1);
	assert_int_equal(f->sub.impi[0].amf[0], 0x80);
	assert_int_equal(f->sub.impi[0].sqn, 0);
	assert_true(f->sub.impi[0].has_key);
	assert_int_equal(seal_unwrap(f->seal, "a@x.example", &f->sub.impi[0].key, &key), HSS_OK);
	assert_int_equal(key.k[0], 0x46);
	assert_int_equal(key.opc[15], 0xaf);
	assert_int_equal(f->sub.n_registration, 1);
	assert_string_equal(f->sub.profile[f->sub.impu[0].profile].name, "default");
}

static void op_becomes_opc(void **state)
{
	struct fixture *f = *state;
	json_t *doc = NULL;

	read_doc(f, "{'impis': [{'impi': 'a@x.example', 'k': '" K_HEX "', 'op': '" OP_HEX
	            "'}], 'sets': [" SET "]}");
	assert_int_equal(f->reader.n_faults, 0);
	assert_int_equal(admin_doc_write(&f->sub, f->seal, &doc), HSS_OK);
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(json_object_get(doc, "impis"), 0), "opc")),
	                    OPC_HEX);
	json_decref(doc);
}

static void identities_come_out_canonical(void **state)
{
	struct fixture *f = *state;

	read_doc(f, "{'impis': [{'impi': 'A@X.Example', 'k': '" K_HEX "', 'opc': '" OPC_HEX
	            "'}], 'sets': [{'impus': "
	            "[{'impu': 'SIP:Bob@X.EXAMPLE:5060'}, {'impu': 'tel:+1-555-0100'}]}], "
	            "'visited': ['B.example', "
	            "'a.example', 'A.EXAMPLE']}");
	assert_int_equal(f->reader.n_faults, 0);
	assert_string_equal(f->sub.impi[0].name, "A@x.example");
	assert_string_equal(f->sub.impu[0].name, "sip:Bob@x.example");
	assert_string_equal(f->sub.impu[1].name, "tel:+15550100");
	assert_int_equal(f->sub.n_visited, 2);
	assert_string_equal(f->sub.visited[0], "a.example");
}

static void faults_name_field_and_reason(void **state)
{
	static const struct {
		const char *doc;
		const char *field;
		const char *reason; /* part of it */
	} rows[] = {
		{"[]", "", "JSON object"},
		{"{'impis': [], 'sets': [" SET "]}", "impis", "1 to 16"},
		{"{'impis': [" IMPI "]}", "sets", "1 to 64"},
		{"{'impis': [" IMPI "], 'sets': [{'impus': []}]}", "sets[0].impus", "at least one"},
		{"{'impis': [" IMPI "], 'sets': [" SET "], 'colour': 1}", "colour", "not known"},
		{"{'impis': [" IMPI "], 'sets': [" SET "], 'registration_allowed': 1}",
	         "registration_allowed", "true"},
		{"{'impis': [" IMPI "], 'sets': [" SET "], 'visited': ['']}", "visited[0]",
	         "network"},
		{"{'impis': [" IMPI ", " IMPI "], 'sets': [" SET "]}", "impis[1].impi", "twice"},
		{"{'impis': [{'impi': 'nobody'}], 'sets': [" SET "]}", "impis[0].impi", "IMPI"},
		{"{'impis': [{'k': '" K_HEX "'}], 'sets': [" SET "]}", "impis[0].impi", "missing"},
		{"{'impis': [{'impi': 'a@x.example'}], 'sets': [" SET "]}", "impis[0].k",
	         "is missing"},
		{"{'impis': [{'impi': 'a@x.example', 'k': '" K_HEX "'}], 'sets': [" SET "]}",
	         "impis[0].opc", "is missing"},
		{"{'impis': [{'impi': 'a@x.example', 'opc': '" K_HEX "'}], 'sets': [" SET "]}",
	         "impis[0].k", "is missing"},
		{"{'impis': [{'impi': 'a@x.example', 'k': '" K_HEX "0', 'opc': '" OPC_HEX
	         "'}], 'sets': [" SET "]}",
	         "impis[0].k", "32 hexadecimal"},
		{"{'impis': [{'impi': 'a@x.example', 'k': '" K_HEX "', 'opc': 'z'}], 'sets': [" SET
	         "]}",
	         "impis[0].opc", "32 hexadecimal"},
		{"{'impis': [{'impi': 'a@x.example', 'k': '" K_HEX "', 'opc': '" OPC_HEX
	         "', 'op': '" OP_HEX "'}], 'sets': [" SET "]}",
	         "impis[0].op", "excludes"},
		{"{'impis': [{'impi': 'a@x.example', 'k': '" K_HEX "', 'opc': '" OPC_HEX
	         "', 'amf': '80'}], 'sets': [" SET "]}",
	         "impis[0].amf", "4 hexadecimal"},
		{"{'impis': [{'impi': 'a@x.example', 'k': '" K_HEX "', 'opc': '" OPC_HEX
	         "', 'sqn': 281474976710656}], 'sets': [" SET "]}",
	         "impis[0].sqn", "48 bits"},
		{"{'impis': [{'impi': 'a@x.example', 'k': '" K_HEX "', 'opc': '" OPC_HEX
	         "', 'sqn': -1}], 'sets': [" SET "]}",
	         "impis[0].sqn", "48 bits"},
		{"{'impis': [{'impi': 'a@x.example', 'k': '" K_HEX "', 'opc': '" OPC_HEX
	         "', 'sqn': '12z'}], 'sets': [" SET "]}",
	         "impis[0].sqn", "48 bits"},
		{"{'impis': [" IMPI "], 'sets': [{'impus': [{'impu': 'mailto:a@b'}]}]}",
	         "sets[0].impus[0].impu", "IMPU"},
		{"{'impis': [" IMPI "], 'sets': [" SET ", " SET "]}", "sets[1].impus[0].impu",
	         "twice"},
		{"{'impis': [" IMPI
	         "], 'sets': [{'impus': [{'impu': 'sip:a@x.example', 'kind': 'x'}]}]}",
	         "sets[0].impus[0].kind", "must be user"},
		{"{'impis': [" IMPI "], 'sets': [{'impus': [{'impu': 'sip:a!.*!@x.example'}]}]}",
	         "sets[0].impus[0].kind", "wildcarded"},
		{"{'impis': [" IMPI "], 'sets': [{'impus': [{'impu': 'sip:x.example'}]}]}",
	         "sets[0].impus[0].impu", "user part"},
		{"{'impis': [" IMPI "], 'sets': [{'impus': [{'impu': 'sip:a@x.example', "
	         "'display_name': 'a\\u0007'}]}]}",
	         "sets[0].impus[0].display_name", "control"},
		{"{'impis': [" IMPI
	         "], 'sets': [{'impus': [{'impu': 'sip:a@x.example'}], 'impis': ['b@x.example']}]}",
	         "sets[0].impis", "not one of"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const json_t *detail = NULL;
		char *text = NULL;

		read_doc(f, rows[i].doc);
		assert_int_equal(f->reader.err, HSS_OK);
		if (f->reader.n_faults == 0) {
			fail_msg("taken: %s", rows[i].doc);
		}
		detail = json_array_get(f->reader.details, 0);
		assert_int_equal(json_integer_value(json_object_get(detail, "index")), 7);
		assert_string_equal(json_string_value(json_object_get(detail, "field")),
		                    rows[i].field);
		if (strstr(json_string_value(json_object_get(detail, "reason")), rows[i].reason) ==
		    NULL) {
			fail_msg("%s", json_string_value(json_object_get(detail, "reason")));
		}
		text = json_dumps(f->reader.details, 0);
		assert_null(strstr(text, "465b5ce8")); /* no part of a key in what is told */
		assert_null(strstr(text, "cd63cb71"));
		text_free(text);
	}
}

static void all_faults_are_told(void **state)
{
	struct fixture *f = *state;

	read_doc(f, "{'impis': [{'impi': 'bad', 'k': 'x', 'opc': 'y', 'amf': 'z', 'sqn': 'q'}], "
	            "'sets': [{'impus': "
	            "[{'impu': 'bad', 'barred': 3}]}]}");
	assert_int_equal(f->reader.n_faults, 7);
	assert_int_equal(json_array_size(f->reader.details), 7);
}

static void faults_without_end_are_only_counted(void **state)
{
	struct fixture *f = *state;

	read_doc(f, "{}");
	for (int i = 0; i < 2 * ADMIN_FAULTS_MAX; i++) {
		admin_fault(&f->reader, "", "x", "again");
	}
	assert_int_equal(json_array_size(f->reader.details), ADMIN_FAULTS_MAX);
	assert_true(f->reader.n_faults > 2 * ADMIN_FAULTS_MAX);
}

static void sqn_is_decimal_or_hexadecimal(void **state)
{
	static const struct {
		const char *text;
		uint64_t sqn;
	} rows[] = {{"0", 0},
	            {"'0'", 0},
	            {"281474976710655", AUC_SQN_MAX},
	            {"'010'", 10},
	            {"'0x20'", 32},
	            {"'0XfFfF'", 65535},
	            {"'0xffffffffffff'", AUC_SQN_MAX}};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char doc[512];

		(void)snprintf(doc, sizeof(doc),
		               "{'impis': [{'impi': 'a@x.example', 'k': '" K_HEX
		               "', 'opc': '" OPC_HEX "', 'sqn': %s}], 'sets': [" SET "]}",
		               rows[i].text);
		read_doc(f, doc);
		assert_int_equal(f->reader.n_faults, 0);
		assert_true(f->sub.impi[0].sqn == rows[i].sqn);
	}
}

/* Several IMPIs, sets and profiles, a PSI: written and read again it is the same. */
static void a_rich_document_survives_writing_and_reading(void **state)
{
	static const char doc[] =
		"{'impis': [" IMPI ", {'impi': 'b@x.example', 'k': '" K_HEX "', 'opc': '" OPC_HEX
		"', 'amf': '1234', 'sqn': 99}], 'sets': [{'impus': [{'impu': 'sip:a@x.example', "
		"'display_name': 'A'}, "
		"{'impu': 'sip:a2@x.example', 'profile': 'gold', 'barred': true}]}, {'impus': "
		"[{'impu': "
		"'sip:b@x.example'}, {'impu': 'sip:conf@x.example', 'kind': 'psi', 'psi_active': "
		"false, 'as_name': "
		"'sip:as.x.example'}], 'impis': ['b@x.example']}], 'visited': ['v.example'], "
		"'registration_allowed': false}";
	struct fixture *f = *state;
	struct ims_subscription first = {0};
	const char *differs = "unset";
	json_t *out = NULL;

	read_doc(f, doc);
	assert_int_equal(f->reader.n_faults, 0);
	assert_int_equal(f->sub.n_profile, 2);
	assert_int_equal(f->sub.n_registration, 3);
	assert_int_equal(admin_doc_write(&f->sub, f->seal, &out), HSS_OK);
	first = f->sub;
	memset(&f->sub, 0, sizeof(f->sub));
	json_decref(f->reader.details);
	f->reader = (struct admin_reader){
		.sub = &f->sub, .seal = f->seal, .auc = f->auc, .details = json_array()};
	admin_doc_read(&f->reader, out);
	assert_int_equal(f->reader.n_faults, 0);
	assert_int_equal(admin_doc_compare(&first, &f->sub, f->seal, &differs), HSS_OK);
	assert_null(differs);
	first.impi[0].sqn++; /* an SQN that moved on is no difference, one that is behind is */
	assert_int_equal(admin_doc_compare(&first, &f->sub, f->seal, &differs), HSS_OK);
	assert_null(differs);
	assert_int_equal(admin_doc_compare(&f->sub, &first, f->seal, &differs), HSS_OK);
	assert_string_equal(differs, "sqn");
	f->sub.impu[0].barred = true;
	assert_int_equal(admin_doc_compare(&first, &f->sub, f->seal, &differs), HSS_OK);
	assert_string_equal(differs, "sets");
	json_decref(out);
	ims_subscription_free(&first);
}

static void another_key_is_a_difference(void **state)
{
	struct fixture *f = *state;
	struct ims_subscription first = {0};
	const char *differs = NULL;

	read_doc(f, "{'impis': [" IMPI "], 'sets': [" SET "]}");
	first = f->sub;
	memset(&f->sub, 0, sizeof(f->sub));
	read_doc(f, "{'impis': [{'impi': 'a@x.example', 'k': '" K_HEX "', 'opc': '" K_HEX
	            "'}], 'sets': [" SET "]}");
	assert_int_equal(admin_doc_compare(&first, &f->sub, f->seal, &differs), HSS_OK);
	assert_string_equal(differs, "k");
	ims_subscription_free(&first);
}

static void keys_are_written_only_when_asked_for(void **state)
{
	struct fixture *f = *state;
	json_t *doc = NULL;

	read_doc(f, "{'impis': [" IMPI "], 'sets': [" SET "]}");
	assert_int_equal(admin_doc_write(&f->sub, NULL, &doc), HSS_OK);
	assert_null(json_object_get(json_array_get(json_object_get(doc, "impis"), 0), "k"));
	json_decref(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_simple_document_is_read_with_defaults, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(op_becomes_opc, setup, teardown),
		cmocka_unit_test_setup_teardown(identities_come_out_canonical, setup, teardown),
		cmocka_unit_test_setup_teardown(faults_name_field_and_reason, setup, teardown),
		cmocka_unit_test_setup_teardown(all_faults_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(faults_without_end_are_only_counted, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(sqn_is_decimal_or_hexadecimal, setup, teardown),
		cmocka_unit_test_setup_teardown(a_rich_document_survives_writing_and_reading, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(another_key_is_a_difference, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_are_written_only_when_asked_for, setup,
	                                        teardown),
	};

	admin_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
