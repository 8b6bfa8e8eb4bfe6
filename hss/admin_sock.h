/* The daemon's admin socket: hssctl's operations, run beside the traffic. */
#ifndef QUINTET_HSS_ADMIN_SOCK_H
#define QUINTET_HSS_ADMIN_SOCK_H

#include "hss/conf.h"
#include "hss/err.h"
#include "hss/worker.h"

struct admin_sock;

/*
 * Listen on conf->admin_socket, a Unix socket of mode 0600. Only root and the daemon's own user are
 * served (SO_PEERCRED). Looking operations run on read-only handles of the connection's thread,
 * writing ones on the worker. Call it after worker_open: the worker holds the lock of the database,
 * so a socket file that is there is a dead one.
 *
 *   conf, worker  kept by reference
 *   why           receives, on error, what failed
 *
 * Returns HSS_OK, HSS_ERR_IO, HSS_ERR_LIMIT (path too long for a socket), HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err admin_sock_open(const struct hss_conf *conf, struct worker *worker,
                                            struct admin_sock **out, char why[static CONF_WHY_LEN]);

/* Close every connection, end the threads, remove the socket. Before worker_close. NULL is allowed.
 */
void admin_sock_close(struct admin_sock *sock);

#endif
