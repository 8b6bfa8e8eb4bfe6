#include "node.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuzz.h"
#include "hss/keys.h"
#include "temp_dir.h"

#define SCSCF "sip:scscf.x.example:5060"
#define MASTER_KEYS "master.key"
#define KEY_1 "1:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define KEY_2 "2:202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n"

/* JSON with ' for ". */
static const char *const requests[] = {
	"{'op': 'object.apply', 'kind': 'ifc-set', 'name': '7', 'document':"
	" {'criteria': [{'priority': 0, 'server': {'name': 'sip:as.x.example'}}]}}",
	"{'op': 'profile.set', 'name': 'gold', 'unregistered_services': true}",
	"{'op': 'object.apply', 'kind': 'charging', 'name': 'night', 'document':"
	" {'primary_ccf': 'aaa://ccf.x.example'}}",
	"{'op': 'object.apply', 'kind': 'capabilities', 'name': 'fast', 'document':"
	" {'mandatory': [1]}}",
	"{'op': 'subscriber.add', 'subscribers': [{'impis': [{'impi': 'alice@x.example',"
	" 'k': '465b5ce8b199b49faa5f0a2ee238a6bc', 'opc': 'cd63cb71954a9f4e48a5994e37a02baf'}],"
	" 'sets': [{'impus': [{'impu': 'sip:alice@x.example'}, {'impu': 'tel:+15550100'}]}]},"
	" {'impis': [{'impi': 'bob@x.example', 'ha1': '0123456789abcdef0123456789abcdef',"
	" 'digest_realm': 'x.example'}], 'sets': [{'impus': [{'impu': 'sip:bob@x.example'}]}]}]}",
};

static struct {
	struct temp_dir dir;
	struct cx_policy policy;
	struct admin admin;
} node;

static void node_remove(void)
{
	store_close(node.admin.store);
	auc_close(node.admin.auc);
	seal_close(node.admin.seal);
	temp_dir_remove(&node.dir);
}

static void serve_text(const char *text)
{
	char *copy = strdup(text);
	json_t *request = NULL;
	json_t *reply = NULL;

	FUZZ_CHECK(copy != NULL);
	for (char *c = strchr(copy, '\''); c != NULL; c = strchr(c, '\'')) {
		*c = '"';
	}
	request = json_loads(copy, 0, NULL);
	reply = fuzz_serve(&node.admin, request);
	FUZZ_CHECK(json_is_true(json_object_get(reply, "ok")));
	json_decref(reply);
	json_decref(request);
	free(copy);
}

static void alice_register(void)
{
	static const char *impu[] = {"sip:alice@x.example"};
	const struct cx_request req = {.command = CX_CMD_SAR,
	                               .session_id = "scscf.x.example;1;1",
	                               .origin_host = "scscf.x.example",
	                               .origin_realm = "x.example",
	                               .destination_realm = "x.example",
	                               .impi = "alice@x.example",
	                               .impu = impu,
	                               .n_impu = 1,
	                               .sar = {.server_name = SCSCF, .type = CX_SAT_REGISTRATION}};
	const struct cx_env env = {.policy = &node.policy,
	                           .now = node.admin.now,
	                           .auc = node.admin.auc,
	                           .seal = node.admin.seal};
	static struct cx_answer ans;
	struct ims_subscription sub = {0};

	FUZZ_CHECK(cx_serve(node.admin.store, &req, &env, &sub, &ans) == HSS_OK);
	FUZZ_CHECK(ans.verdict.result == CX_SUCCESS);
	ims_subscription_free(&sub);
}

static const char *file_write(const char *name, const void *data, size_t size)
{
	static char path[TEMP_PATH_MAX];
	int fd = open(temp_dir_file(&node.dir, name, path),
	              O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
	return path;
}

/* Key 1 is loaded. Key 2 has come into the file since. */
static void seal_make(void)
{
	char why[SEAL_WHY_LEN];

	FUZZ_CHECK(seal_open(file_write(MASTER_KEYS, KEY_1, strlen(KEY_1)), &node.admin.seal,
	                     why) == HSS_OK);
	(void)file_write(MASTER_KEYS, KEY_1 KEY_2, strlen(KEY_1 KEY_2));
}

static void node_make(void)
{
	char path[TEMP_PATH_MAX];
	char why[SEAL_WHY_LEN];

	admin_json_init();
	node.policy = (struct cx_policy){.ind_bits = 5,
	                                 .auth_vectors_max = 5,
	                                 .auth_pending_timeout = 60,
	                                 .store_server_name = true};
	node.admin = (struct admin){.policy = &node.policy, .now = 1000000};
	temp_dir_make(&node.dir);
	seal_make();
	FUZZ_CHECK(auc_open(&node.admin.auc) == AUC_OK);
	FUZZ_CHECK(store_open(temp_dir_file(&node.dir, "hss.db", path), STORE_CREATE,
	                      &node.admin.store) == HSS_OK);
	FUZZ_CHECK(atexit(node_remove) == 0);
	FUZZ_CHECK(keys_open(node.admin.store, node.admin.seal, why) == HSS_OK);
	FUZZ_CHECK(store_begin(node.admin.store) == HSS_OK);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		serve_text(requests[i]);
	}
	alice_register();
	FUZZ_CHECK(store_commit(node.admin.store) == HSS_OK);
}

struct admin *fuzz_node(void)
{
	if (node.admin.store == NULL) {
		node_make();
	}
	return &node.admin;
}

void fuzz_node_undo(struct admin *admin)
{
	store_rollback(admin->store);
	if (seal_id(admin->seal) != 1) {
		seal_close(admin->seal);
		seal_make();
	}
}

const char *fuzz_node_file(const char *name, const uint8_t *data, size_t size)
{
	(void)fuzz_node();
	return file_write(name, data, size);
}

json_t *fuzz_serve(struct admin *admin, const json_t *request)
{
	json_t *reply = NULL;

	/* Nothing that a request says may make the store fail: it would be given up. */
	FUZZ_CHECK(admin_serve(admin, request, &reply) == HSS_OK);
	FUZZ_CHECK(json_is_boolean(json_object_get(reply, "ok")));
	FUZZ_CHECK(json_is_true(json_object_get(reply, "ok")) ||
	           json_string_length(json_object_get(reply, "error")) > 0);
	return reply;
}
