/* cxbench: a load generator for Cx that checks every answer. See cxbench.1. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hss/harden.h"
#include "tools/cxbench/load.h"
#include "tools/cxbench/options.h"
#include "tools/cxbench/report.h"

enum { EXIT_GOOD = 0, EXIT_FAULTS = 1, EXIT_USAGE = 2, EXIT_SETUP = 3, VERIFY_DEFAULT = 10 };

static volatile sig_atomic_t stop;

/* What a run needs, all of it zero at first. */
struct bench {
	struct settings settings;
	struct subscribers subscribers;
	struct sqn_set sqns;
	struct sqn_log log;
	struct faults faults;
	struct checker checker;
	struct load_result result;
	struct why why;
};

static void stop_note(int number)
{
	(void)number;
	if (stop < 2) {
		stop++;
	}
}

/* The first signal ends the load, the second one the wait for answers. */
static bool signals_set(void)
{
	struct sigaction action = {.sa_handler = stop_note};

	return sigemptyset(&action.sa_mask) == 0 && sigaction(SIGINT, &action, NULL) == 0 &&
	       sigaction(SIGTERM, &action, NULL) == 0;
}

/* The share of answers to verify, when the keys are there. */
static bool verify_choose(struct bench *bench)
{
	const struct settings *settings = &bench->settings;
	const bool wanted = settings->sqn_log != NULL || settings->verify > 0;

	if (!bench->subscribers.keyed && wanted) {
		return why_set(&bench->why,
		               "%s: no columns k, and opc or op: nothing can be verified",
		               settings->subscribers);
	}
	if (settings->verify_given) {
		bench->checker.verify_percent = (unsigned)settings->verify;
	} else if (settings->sqn_log != NULL) {
		bench->checker.verify_percent = 100;
	} else {
		bench->checker.verify_percent = bench->subscribers.keyed ? VERIFY_DEFAULT : 0;
	}
	return true;
}

static bool bench_open(struct bench *bench)
{
	const struct settings *settings = &bench->settings;
	struct checker *checker = &bench->checker;

	bench->log.fd = -1;
	if (!subscribers_read(settings->subscribers, &bench->subscribers, &bench->why) ||
	    !verify_choose(bench)) {
		return false;
	}
	checker->subscribers = &bench->subscribers;
	checker->hss = settings->hss;
	checker->n_vectors = (uint32_t)settings->vectors;
	checker->ind_bits = (unsigned)settings->ind_bits;
	checker->allow_busy = settings->allow_busy;
	checker->allow_refused = settings->allow_refused;
	checker->sqns = &bench->sqns;
	checker->faults = &bench->faults;
	checker->aka = aka_open();
	if (checker->aka == NULL || !sqn_set_open(&bench->sqns, bench->subscribers.n)) {
		return why_set(&bench->why, "no memory, or no AES-128 from OpenSSL");
	}
	if (settings->sqn_log != NULL) {
		checker->log = &bench->log;
		return sqn_log_open(&bench->log, settings->sqn_log, &bench->subscribers,
		                    &bench->sqns, &bench->faults, &bench->why);
	}
	return true;
}

static void bench_close(struct bench *bench)
{
	if (!sqn_log_close(&bench->log)) {
		fault_note(&bench->faults, FAULT_OURS, "%s: %s", bench->log.path, strerror(errno));
	}
	sqn_set_close(&bench->sqns);
	aka_close(bench->checker.aka);
	bench->checker.aka = NULL;
	subscribers_free(&bench->subscribers);
}

static int fail(const struct why *why)
{
	(void)fprintf(stderr, "cxbench: %s\n", why->text);
	return EXIT_SETUP;
}

static int bench_run(struct bench *bench)
{
	const bool ran =
		signals_set() && bench_open(bench) &&
		load_run(&bench->settings, &bench->checker, &stop, &bench->result, &bench->why);

	bench_close(bench);
	if (!ran) {
		return fail(&bench->why);
	}
	faults_show(&bench->faults);
	if (!report_write(stdout, &bench->settings, &bench->result, &bench->checker)) {
		(void)why_set(&bench->why, "standard output: %s", strerror(errno));
		return fail(&bench->why);
	}
	return bench->faults.total == 0 ? EXIT_GOOD : EXIT_FAULTS;
}

int main(int argc, char *argv[])
{
	struct bench *bench = NULL;
	int status = EXIT_SETUP;

	if (!harden_process(NULL)) {
		(void)fprintf(stderr, "cxbench: core files cannot be switched off: %s\n",
		              strerror(errno));
		return EXIT_SETUP;
	}
	bench = calloc(1, sizeof(*bench));
	if (bench == NULL) {
		(void)fprintf(stderr, "cxbench: out of memory\n");
		return EXIT_SETUP;
	}
	switch (options_read(argc, argv, &bench->settings)) {
	case OPTIONS_BAD:
		status = EXIT_USAGE;
		break;
	case OPTIONS_DONE:
		status = EXIT_GOOD;
		break;
	case OPTIONS_RUN:
		if (bench->settings.make_subscribers == 0) {
			status = bench_run(bench);
		} else if (subscribers_make(bench->settings.output,
		                            bench->settings.make_subscribers, bench->settings.realm,
		                            &bench->why)) {
			status = EXIT_GOOD;
		} else {
			status = fail(&bench->why);
		}
		break;
	}
	free(bench);
	return status;
}
