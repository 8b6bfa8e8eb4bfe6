/* The command line of cxbench. See cxbench.1 for what each option means. */
#ifndef CXBENCH_OPTIONS_H
#define CXBENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/cxbench/request.h"

enum command { COMMAND_MAR, COMMAND_UAR, COMMAND_SAR, COMMAND_LIR, COMMAND_MIX, N_COMMANDS };

enum {
	CONNECTIONS_MAX = 1024,
	WINDOW_MAX = 1 << 20,
	SCSCFS_MAX = 1024,
	VECTORS_MAX = 64, /* asked for */
	ADDRESS_OCTETS_MAX = 255,
};

/* Texts point into argv or into room. */
struct settings {
	char host[ADDRESS_OCTETS_MAX + 1];
	char port[8];
	enum command command;
	const char *subscribers, *identity, *realm, *hss, *server_name, *sqn_log, *output;
	uint64_t connections, window, vectors, count, scscfs, verify, hot, ind_bits;
	uint64_t make_subscribers; /* 0: no */
	double rate, seconds, warmup, timeout;
	bool allow_loss, allow_busy, allow_refused, reconnect, deaf, progress;
	bool verify_given;
	char hss_room[NAME_OCTETS_MAX + 1];
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_BAD };

/*
 * Read the command line. OPTIONS_BAD after a message on stderr that names the option;
 * OPTIONS_DONE when help was asked for and given.
 */
enum options_result options_read(int argc, char *const argv[], struct settings *settings);

/* "mar" and so on. */
const char *command_name(enum command command);

#endif
