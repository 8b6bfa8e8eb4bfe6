/* "deregister" and "push.*": the operator ends registrations, and looks after the outbox. */
#include <string.h>

#include "hss/admin_op.h"
#include "hss/cx.h"
#include "hss/push_plan.h"

enum {
	PUSH_ROWS_MAX = 200, /* of one request */
	INFO_LEN_MAX = 200,  /* octets of Reason-Info */
};

/* Reason-Code (TS 29.229 6.3.17) of an act of the operator; NEW_SERVER_ASSIGNED is none. */
static const struct {
	const char *word;
	uint32_t code;
} reasons[] = {
	{"permanent", CX_REASON_PERMANENT_TERMINATION},
	{"new-server", CX_REASON_NEW_SERVER_ASSIGNED},
	{"server-change", CX_REASON_SERVER_CHANGE},
	{"remove-scscf", CX_REASON_REMOVE_S_CSCF},
};

enum { N_REASONS = sizeof(reasons) / sizeof(reasons[0]) };

static const char *const kinds[] = {[IMS_PUSH_RTR] = "RTR", [IMS_PUSH_PPR] = "PPR"};
static const char *const states[] = {[IMS_PUSH_WAITING] = "waiting",
                                     [IMS_PUSH_DONE] = "done",
                                     [IMS_PUSH_FAILED] = "failed",
                                     [IMS_PUSH_CANCELLED] = "cancelled"};

static const char *reason_word(uint32_t code)
{
	for (size_t i = 0; i < N_REASONS; i++) {
		if (reasons[i].code == code) {
			return reasons[i].word;
		}
	}
	return "unknown";
}

/* False after a refusal. */
static bool reason_read(const json_t *request, uint32_t *code, json_t *reply)
{
	const json_t *value = json_object_get(request, "reason");
	const char *word = value != NULL ? json_string_value(value) : reasons[0].word;

	for (size_t i = 0; word != NULL && i < N_REASONS; i++) {
		if (strcmp(reasons[i].word, word) == 0 &&
		    reasons[i].code != CX_REASON_NEW_SERVER_ASSIGNED) {
			*code = reasons[i].code;
			return true;
		}
	}
	(void)admin_refuse(reply, "reason must be permanent, server-change or remove-scscf");
	return false;
}

/* One deregistration. */
struct act {
	struct admin *admin;
	const json_t *request;
	struct ims_subscription *sub;
	json_t *reply;
	uint32_t reason;
	const char *info;
	size_t n; /* sets that were ended */
};

static const struct ims_impu *impu_named(const struct act *act, const char *text)
{
	char name[IMPU_LEN_MAX + 1];

	if (text == NULL || impu_canonical(text, strlen(text), name, NULL) != HSS_OK) {
		return NULL;
	}
	for (size_t i = 0; i < act->sub->n_impu; i++) {
		if (strcmp(act->sub->impu[i].name, name) == 0) {
			return &act->sub->impu[i];
		}
	}
	return NULL;
}

static enum hss_err set_end(struct act *act, unsigned impi, unsigned irs)
{
	size_t n = 0;
	enum hss_err err =
		push_plan_deregistration(act->sub, impi, irs, act->reason, act->info, &n);

	act->n += n;
	return err;
}

/* The sets of the IMPUs named. */
static enum hss_err sets_end(struct act *act, unsigned impi, const json_t *impus)
{
	enum hss_err err = HSS_OK;

	for (size_t i = 0; i < json_array_size(impus) && err == HSS_OK; i++) {
		const char *text = json_string_value(json_array_get(impus, i));
		const struct ims_impu *impu = impu_named(act, text);

		if (impu == NULL) {
			return admin_refuse(act->reply, "%s is not an IMPU of this subscriber",
			                    text != NULL ? text : "what is no text");
		}
		err = set_end(act, impi, impu->irs);
	}
	return err;
}

static enum hss_err act_plan(struct act *act)
{
	const struct ims_subscription *sub = act->sub;
	const json_t *impus = json_object_get(act->request, "impus");
	const bool by_impi = sub->asked_impi.match == IMS_MATCH_OWN;
	const unsigned impi = by_impi ? sub->impi[sub->asked_impi.index].no : 0;
	enum hss_err err = HSS_OK;

	if (impus != NULL && !json_is_array(impus)) {
		return admin_refuse(act->reply, "impus must be a list");
	}
	if (!by_impi) {
		err = set_end(act, 0, sub->impu[sub->asked_impu[0].index].irs);
	} else if (json_array_size(impus) == 0) {
		err = set_end(act, impi, 0);
	}
	return err == HSS_OK ? sets_end(act, impi, impus) : err;
}

static enum hss_err act_store(struct act *act)
{
	const size_t n_push = act->sub->n_push;
	enum hss_err err = store_registration_save(act->admin->store, act->sub);

	if (err != HSS_OK) {
		return admin_refuse_store(act->admin, err, act->reply);
	}
	return json_object_set_new(act->reply, "sets", json_integer((json_int_t)act->n)) == 0 &&
	                       json_object_set_new(act->reply, "pushes",
	                                           json_integer((json_int_t)n_push)) == 0
	               ? HSS_OK
	               : HSS_ERR_MEMORY;
}

enum hss_err admin_deregister(struct admin *admin, const json_t *request,
                              struct ims_subscription *sub, json_t *reply)
{
	const json_t *info = json_object_get(request, "info");
	struct act act = {.admin = admin, .request = request, .sub = sub, .reply = reply};
	enum hss_err err = HSS_OK;

	if (!reason_read(request, &act.reason, reply)) {
		return HSS_OK;
	}
	act.info = json_string_value(info);
	if (info != NULL && (act.info == NULL || strlen(act.info) > INFO_LEN_MAX)) {
		return admin_refuse(reply, "info must be a text of at most %d octets",
		                    INFO_LEN_MAX);
	}
	err = act_plan(&act);
	if (err != HSS_OK || json_object_get(reply, "error") != NULL) {
		return err;
	}
	if (act.n == 0) {
		return admin_refuse(reply, act.reason == CX_REASON_REMOVE_S_CSCF
		                                   ? "nothing of it is Unregistered"
		                                   : "it is not registered");
	}
	return act_store(&act);
}

static json_t *texts(const char **text, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		(void)json_array_append_new(list, json_string(text[i]));
	}
	return list;
}

static json_t *contents(unsigned content)
{
	json_t *list = json_array();

	if ((content & IMS_PUSH_USER_DATA) != 0) {
		(void)json_array_append_new(list, json_string("user-data"));
	}
	if ((content & IMS_PUSH_CHARGING) != 0) {
		(void)json_array_append_new(list, json_string("charging"));
	}
	if ((content & IMS_PUSH_DIGEST) != 0) {
		(void)json_array_append_new(list, json_string("digest"));
	}
	return list;
}

/* NULL when memory is out. */
static json_t *push_view(const struct ims_push *push)
{
	const bool rtr = push->kind == IMS_PUSH_RTR;
	const bool waits = push->state == IMS_PUSH_WAITING;
	json_t *view = json_pack(
		"{s:I, s:s, s:s, s:s, s:s, s:i, s:o, s:o, s:i, s:s?}", "id", (json_int_t)push->id,
		"kind", kinds[push->kind], "state", states[push->state], "host", push->host, "impi",
		push->impi, "set", (int)push->irs, "created", admin_time_text(push->created_at),
		waits ? "next" : "ended", admin_time_text(waits ? push->next_at : push->ended_at),
		"attempts", (int)push->attempts, "outcome", push->outcome);
	json_t *more =
		rtr ? json_pack("{s:s, s:s?, s:o, s:o}", "reason", reason_word(push->reason),
	                        "info", push->reason_info, "impus", texts(push->impu, push->n_impu),
	                        "associated", texts(push->associated, push->n_associated))
		    : json_pack("{s:o, s:o}", "content", contents(push->content), "refused",
	                        texts(push->associated, push->n_associated));

	if (view == NULL || more == NULL || json_object_update_missing(view, more) != 0) {
		json_decref(view);
		view = NULL;
	}
	json_decref(more);
	return view;
}

/* A member that is a number from 0 up; 0 when it is absent. False after a refusal. */
static bool number_read(const json_t *request, const char *member, json_int_t *value, json_t *reply)
{
	const json_t *json = json_object_get(request, member);

	*value = json_integer_value(json);
	if (json != NULL && (!json_is_integer(json) || *value < 0)) {
		(void)admin_refuse(reply, "%s must be a number from 0 up", member);
		return false;
	}
	return true;
}

enum hss_err admin_push_list(struct admin *admin, const json_t *request, json_t *reply)
{
	struct arena arena = {0};
	struct ims_push *push = NULL;
	json_t *list = json_array();
	json_int_t after = 0;
	size_t n = 0;
	enum hss_err err = HSS_OK;

	if (!number_read(request, "after", &after, reply)) {
		json_decref(list);
		return HSS_OK;
	}
	err = store_push_list(admin->store, after, PUSH_ROWS_MAX,
	                      json_is_true(json_object_get(request, "waiting")), &arena, &push, &n);
	for (size_t i = 0; i < n && err == HSS_OK; i++) {
		err = json_array_append_new(list, push_view(&push[i])) == 0 ? HSS_OK
		                                                            : HSS_ERR_MEMORY;
	}
	if (json_object_set_new(reply, "pushes", list) != 0 ||
	    json_object_set_new(reply, "next",
	                        n > 0 ? json_integer(push[n - 1].id) : json_null()) != 0) {
		err = HSS_ERR_MEMORY;
	}
	arena_free(&arena);
	return err == HSS_OK ? HSS_OK : admin_refuse_store(admin, err, reply);
}

enum hss_err admin_push_get(struct admin *admin, const json_t *request, json_t *reply)
{
	struct arena arena = {0};
	struct ims_push push = {0};
	json_int_t id = 0;
	enum hss_err err = HSS_OK;

	if (!number_read(request, "id", &id, reply)) {
		return HSS_OK;
	}
	err = store_push_get(admin->store, id, &arena, &push);
	if (err == HSS_ERR_NOT_FOUND) {
		err = admin_refuse(reply, "there is no push %lld", (long long)id);
	} else if (err != HSS_OK) {
		err = admin_refuse_store(admin, err, reply);
	} else if (json_object_set_new(reply, "push", push_view(&push)) != 0) {
		err = HSS_ERR_MEMORY;
	}
	arena_free(&arena);
	return err;
}

/* Make it due now; one that failed or was cancelled begins anew. Whether that means anything. */
static bool push_retry(struct ims_push *push, int64_t now)
{
	if (push->state == IMS_PUSH_DONE) {
		return false;
	}
	if (push->state != IMS_PUSH_WAITING) {
		push->attempts = 0;
		push->ended_at = 0;
		push->outcome = NULL;
		push->state = IMS_PUSH_WAITING;
	}
	push->next_at = now;
	return true;
}

static bool push_cancel(struct ims_push *push, int64_t now)
{
	if (push->state != IMS_PUSH_WAITING) {
		return false;
	}
	push->state = IMS_PUSH_CANCELLED;
	push->ended_at = now;
	push->outcome = "cancelled by the operator";
	return true;
}

/* One portion of all pushes, or of those that wait, above "after". */
static enum hss_err push_change_all(struct admin *admin, json_int_t after,
                                    bool (*change)(struct ims_push *, int64_t), json_t *reply)
{
	struct arena arena = {0};
	struct ims_push *push = NULL;
	size_t n = 0;
	size_t n_changed = 0;
	enum hss_err err = store_push_list(admin->store, after, PUSH_ROWS_MAX,
	                                   change == push_cancel, &arena, &push, &n);

	for (size_t i = 0; i < n && err == HSS_OK; i++) {
		if (change(&push[i], admin->now)) {
			n_changed++;
			err = store_push_update(admin->store, &push[i]);
		}
	}
	if (err != HSS_OK) {
		err = admin_refuse_store(admin, err, reply);
	} else if (json_object_set_new(reply, "changed", json_integer((json_int_t)n_changed)) !=
	                   0 ||
	           json_object_set_new(reply, "next",
	                               n == PUSH_ROWS_MAX ? json_integer(push[n - 1].id)
	                                                  : json_null()) != 0) {
		err = HSS_ERR_MEMORY;
	}
	arena_free(&arena);
	return err;
}

static enum hss_err push_change_one(struct admin *admin, json_int_t id,
                                    bool (*change)(struct ims_push *, int64_t), json_t *reply)
{
	struct arena arena = {0};
	struct ims_push push = {0};
	enum hss_err err = store_push_get(admin->store, id, &arena, &push);

	if (err == HSS_ERR_NOT_FOUND) {
		err = admin_refuse(reply, "there is no push %lld", (long long)id);
	} else if (err != HSS_OK) {
		err = admin_refuse_store(admin, err, reply);
	} else if (!change(&push, admin->now)) {
		err = admin_refuse(reply, "push %lld is %s already", (long long)id,
		                   states[push.state]);
	} else {
		err = store_push_update(admin->store, &push);
		err = err == HSS_OK ? HSS_OK : admin_refuse_store(admin, err, reply);
		(void)json_object_set_new(reply, "changed", json_integer(1));
	}
	arena_free(&arena);
	return err;
}

/* "id", or "all" with "after". */
static enum hss_err push_change(struct admin *admin, const json_t *request,
                                bool (*change)(struct ims_push *, int64_t), json_t *reply)
{
	const bool all = json_is_true(json_object_get(request, "all"));
	json_int_t after = 0;
	json_int_t id = 0;

	if (!number_read(request, "after", &after, reply) ||
	    !number_read(request, "id", &id, reply)) {
		return HSS_OK;
	}
	if (all == (json_object_get(request, "id") != NULL)) {
		return admin_refuse(reply, "either id or all");
	}
	return all ? push_change_all(admin, after, change, reply)
	           : push_change_one(admin, id, change, reply);
}

enum hss_err admin_push_retry(struct admin *admin, const json_t *request, json_t *reply)
{
	return push_change(admin, request, push_retry, reply);
}

enum hss_err admin_push_cancel(struct admin *admin, const json_t *request, json_t *reply)
{
	return push_change(admin, request, push_cancel, reply);
}
