/*
 * The load: connections, a window of requests over them, the clock, and what came of it. One
 * thread and one epoll; a pass of the loop reads what is there, checks it, writes what may go out,
 * and sends it with one call for each connection.
 */
#ifndef CXBENCH_LOAD_H
#define CXBENCH_LOAD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/cxbench/check.h"
#include "tools/cxbench/faults.h"
#include "tools/cxbench/histogram.h"
#include "tools/cxbench/options.h"
#include "tools/cxbench/why.h"

/* What was counted. Times in nanoseconds. */
struct load_result {
	uint64_t sent;
	uint64_t answers; /* that matched a request */
	uint64_t success, busy, refused;
	uint64_t lost;        /* outstanding when their connection ended */
	uint64_t outstanding; /* never answered */
	uint64_t reconnects;
	uint64_t measured; /* answers behind the warm-up, up to the end of the load */
	uint64_t measured_success;
	uint64_t measured_time;
	uint64_t cpu_time;      /* of this process, from the first request to the end of the load */
	uint64_t cpu_answers;   /* that came in it */
	uint64_t peer_requests; /* RTR and the like, answered COMMAND_UNSUPPORTED */
	bool interrupted;
	struct histogram latency; /* of every answer behind the warm-up */
	struct histogram success_latency;
	struct histogram
		success_since_sent; /* of the same, without the wait for room in the window */
};

/*
 * Run it.
 *
 *   checker  complete; its faults are noted by the load as well
 *   stop     set by a signal: 1 ends the load in good order, 2 at once
 *   result   zeroed by the caller
 *
 * Returns false, with the reason in why, when the load could not begin: no connection, or memory.
 */
bool load_run(const struct settings *settings, struct checker *checker,
              const volatile sig_atomic_t *stop, struct load_result *result, struct why *why);

#endif
