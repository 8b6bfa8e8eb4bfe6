/* hssctl db: migrate, backup, check, restore: the database as a whole. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hss/conf.h"
#include "hss/store.h"
#include "hss/store_copy.h"
#include "hssctl.h"

/*
 * SEQs that a restore leaves out: far more than one IMPI is given between a backup and its use, and
 * far below the jump that a USIM refuses (Delta, 2^28, TS 33.102 C.3).
 */
enum { SEQ_MARGIN_BITS = 20, NANO = 1000000000 };

int cmd_db_migrate(const struct cli *cli)
{
	struct hss_conf *conf = cli_conf_hss(cli->conf);
	struct store *store = NULL;
	enum hss_err err = HSS_OK;
	int rc = EXIT_FAILED;

	if (conf == NULL) {
		return EXIT_FAILED;
	}
	err = store_open(conf->database, STORE_MIGRATE, &store);
	if (err == HSS_OK) {
		rc = cli_show(cli, json_pack("{s:s, s:i}", "database", conf->database, "schema",
		                             store_schema_version(store)));
	} else {
		(void)cli_fail("%s", store != NULL ? store_error(store) : hss_err_text(err));
	}
	store_close(store);
	conf_free(conf);
	return rc;
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / NANO;
}

int cmd_db_backup(const struct cli *cli)
{
	struct hss_conf *conf = cli_conf_hss(cli->conf);
	struct store_backup backup = {.replace = cli_has(cli, OPT_FORCE)};
	struct timespec start;
	enum hss_err err = HSS_OK;
	int rc = EXIT_FAILED;

	if (conf == NULL) {
		return EXIT_FAILED;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	err = store_backup(conf->database, cli->arg[0], &backup);
	if (err == HSS_OK) {
		rc = cli_show(cli,
		              json_pack("{s:s, s:I, s:I, s:i, s:f}", "file", cli->arg[0], "octets",
		                        (json_int_t)backup.octets, "subscribers",
		                        (json_int_t)backup.n_subscriptions, "schema",
		                        backup.schema_version, "seconds", seconds_since(&start)));
		(void)fprintf(stderr,
		              "hssctl: the keys in it are sealed: it is of use only with the "
		              "master key file %s, which has to be kept as well\n",
		              conf->master_key);
	} else {
		(void)cli_fail("%s%s", backup.why,
		               err == HSS_ERR_EXISTS ? "; --force replaces it" : "");
	}
	conf_free(conf);
	return rc;
}

/* What the store finds, as it comes: on standard error, and for --json. */
static void finding_tell(void *opaque, const struct store_finding *finding)
{
	json_t *list = opaque;
	const char *identity = finding->identity != NULL ? finding->identity : "";
	char subscription[64] = "";

	if (finding->subscription != 0) {
		(void)snprintf(subscription, sizeof(subscription), "subscription %" PRId64 ": ",
		               finding->subscription);
	}
	(void)cli_fail("%s: %s%s%s%s", finding->rule, subscription, identity,
	               identity[0] != '\0' ? ": " : "", finding->text);
	(void)json_array_append_new(list, json_pack("{s:s, s:I, s:s?, s:s}", "rule", finding->rule,
	                                            "subscription",
	                                            (json_int_t)finding->subscription, "identity",
	                                            finding->identity, "text", finding->text));
}

/*
 * The master key for trying the sealed keys. Without it (a backup may be looked at anywhere) the
 * rest is still worth verifying; a message says so.
 */
static struct seal *seal_for_check(const struct hss_conf *conf)
{
	struct seal *seal = NULL;
	char why[SEAL_WHY_LEN];

	if (seal_open(conf->master_key, &seal, why) != HSS_OK) {
		(void)cli_fail("%s: the sealed keys are not tried", why);
	}
	return seal;
}

static void findings_end(uint64_t n)
{
	if (n > STORE_FINDINGS_TOLD) {
		(void)cli_fail("and %" PRIu64 " more", n - STORE_FINDINGS_TOLD);
	}
}

/* Whether both names lead to one file. */
static bool is_same_file(const char *a, const char *b)
{
	char *real_a = realpath(a, NULL);
	char *real_b = realpath(b, NULL);
	const bool same = real_a != NULL && real_b != NULL && strcmp(real_a, real_b) == 0;

	free(real_a);
	free(real_b);
	return same;
}

static int check_show(const struct cli *cli, const char *file, const struct store_verify *verify,
                      json_t *findings)
{
	json_t *view = json_pack("{s:s, s:i, s:I, s:I, s:I, s:b}", "file", file, "schema",
	                         verify->schema_version, "subscribers",
	                         (json_int_t)verify->n_subscriptions, "keys_opened",
	                         (json_int_t)verify->n_keys, "faults",
	                         (json_int_t)verify->n_findings, "sound", verify->n_findings == 0);

	if (view != NULL && cli_has(cli, OPT_JSON)) {
		(void)json_object_set(view, "found", findings);
	}
	return cli_show(cli, view) == EXIT_DONE && verify->n_findings == 0 ? EXIT_DONE
	                                                                   : EXIT_FAILED;
}

int cmd_db_check(const struct cli *cli)
{
	struct hss_conf *conf = cli_conf_hss(cli->conf);
	json_t *findings = json_array();
	struct store_verify verify = {.tell = finding_tell, .opaque = findings};
	const char *file = NULL;
	int rc = EXIT_FAILED;

	if (conf == NULL) {
		json_decref(findings);
		return EXIT_FAILED;
	}
	file = cli->n_arg > 0 ? cli->arg[0] : conf->database;
	verify.backup = cli->n_arg > 0 && !is_same_file(file, conf->database);
	verify.seal = seal_for_check(conf);
	if (store_verify(file, &verify) == HSS_OK) {
		findings_end(verify.n_findings);
		rc = check_show(cli, file, &verify, findings);
	} else {
		(void)cli_fail("%s", verify.why);
	}
	seal_close(verify.seal);
	json_decref(findings);
	conf_free(conf);
	return rc;
}

static int restore_show(const struct cli *cli, const struct hss_conf *conf,
                        const struct store_restore *restore, json_t *findings)
{
	json_t *view = json_pack(
		"{s:s, s:s, s:s?, s:I, s:I, s:I, s:I, s:I, s:i, s:b}", "database", conf->database,
		"backup", cli->arg[0], "former_database",
		restore->kept[0] != '\0' ? restore->kept : NULL, "subscribers",
		(json_int_t)restore->verify.n_subscriptions, "sqn_advanced",
		(json_int_t)restore->n_impis, "seq_margin", (json_int_t)restore->seq_margin,
		"at_seq_max", (json_int_t)restore->n_seq_max, "pushes_cancelled",
		(json_int_t)restore->n_pushes, "schema", restore->verify.schema_version,
		"registrations_cleared", restore->clear_registrations);

	if (view != NULL && cli_has(cli, OPT_JSON)) {
		(void)json_object_set(view, "found", findings);
	}
	(void)fprintf(stderr, "hssctl: SQN of %" PRIu64 " IMPIs advanced by 2^%d\n",
	              restore->n_impis, SEQ_MARGIN_BITS);
	if (restore->schema_before != restore->verify.schema_version) {
		(void)fprintf(stderr, "hssctl: stepped up from schema version %d to %d\n",
		              restore->schema_before, restore->verify.schema_version);
	}
	return cli_show(cli, view);
}

int cmd_db_restore(const struct cli *cli)
{
	struct hss_conf *conf = cli_conf_hss(cli->conf);
	json_t *findings = json_array();
	struct store_restore restore = {
		.seq_margin = UINT64_C(1) << SEQ_MARGIN_BITS,
		.clear_registrations = cli_has(cli, OPT_CLEAR_REGISTRATIONS),
		.force = cli_has(cli, OPT_FORCE),
		.verify = {.tell = finding_tell, .opaque = findings},
	};
	enum hss_err err = HSS_OK;
	int rc = EXIT_FAILED;

	if (conf == NULL) {
		json_decref(findings);
		return EXIT_FAILED;
	}
	restore.ind_bits = conf->policy.ind_bits;
	restore.verify.seal = seal_for_check(conf);
	err = store_restore(conf->database, cli->arg[0], &restore);
	findings_end(restore.verify.n_findings);
	findings_end(restore.n_seq_max);
	if (err == HSS_OK) {
		rc = restore_show(cli, conf, &restore, findings);
	} else {
		(void)cli_fail("%s%s", restore.why,
		               restore.verify.n_findings != 0 ? "; --force restores it all the same"
		                                              : "");
		(void)cli_fail("%s%s",
		               restore.kept[0] != '\0' ? "the former database is now "
		                                       : "nothing was changed",
		               restore.kept);
	}
	seal_close(restore.verify.seal);
	json_decref(findings);
	conf_free(conf);
	return rc;
}
