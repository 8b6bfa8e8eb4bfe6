/* Where the operations of hss/admin.h are carried out: in the daemon, or here while it does not
 * run. */
#ifndef HSSCTL_BACKEND_H
#define HSSCTL_BACKEND_H

#include <jansson.h>
#include <stdbool.h>

#include "hss/conf.h"
#include "hssctl.h"

struct backend;

/*
 * Connect to the admin socket of the HSS that hss.conf describes; when nobody answers there open
 * its database.
 *
 *   write  whether writing operations will come: then the database is opened under its lock
 *
 * Returns NULL after a message.
 */
struct backend *backend_open(const char *conf_path, bool write);

/*
 * Open the database for looking, also while the HSS runs: a long look costs the HSS nothing but
 * memory of the disk cache. Whoever may use the admin socket may read the database.
 */
struct backend *backend_open_here(const char *conf_path);

bool backend_is_daemon(const struct backend *backend);

/* NULL is allowed. */
void backend_close(struct backend *backend);

/*
 * Carry out one operation, durably when it writes.
 *
 *   request  its reference is taken over, also on failure; NULL (memory is out) is a failure
 *   reply    receives a new reference; NULL after a failure of ours, with a message
 *
 * Returns whether the operation was carried out; if not, *reply may say why (reply_failed).
 */
bool backend_call(struct backend *backend, json_t *request, json_t **reply);

/*
 * backend_call in two halves, so that the next request can be made while the daemon carries out
 * this one. After backend_send returned true backend_receive has to follow, before the next one.
 */
bool backend_send(struct backend *backend, json_t *request);
bool backend_receive(struct backend *backend, json_t **reply);

/* backend_call, with a message that names everything the reply complains of; NULL on any failure.
 */
json_t *backend_ask(struct backend *backend, json_t *request);

/*
 * From now on writing operations that are carried out here are durable only after backend_settle:
 * one sync for many small ones. The daemon goes on committing each by itself. An operation that
 * fails is undone alone; what is not settled at the end is undone.
 *
 * backend_settle returns false after a message: nothing since the last one is stored.
 */
void backend_hold(struct backend *backend);
bool backend_settle(struct backend *backend);

/* Tell what a refusing reply says. */
void backend_tell(const json_t *reply);

/*
 * The same when the documents of the request were some of many: each fault with the number of its
 * document. And the warnings of a reply, likewise.
 *
 *   first  how many documents came before those of the request
 *   n      how many there are in all; 1: without a number
 */
void backend_tell_numbered(json_t *reply, size_t first, size_t n);
void backend_warn(json_t *reply, size_t first, size_t n);

/*
 * A whole command: open, ask one question, show the answer.
 *
 *   member  the part of the reply to show, or NULL for all of it
 *
 * Returns the exit code.
 */
int backend_show(const struct cli *cli, bool write, json_t *request, const char *member);

#endif
