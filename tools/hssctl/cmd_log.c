/* hssctl log: what the log shows in place of an identity. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "hss/conf.h"
#include "hss/log_id.h"
#include "hssctl.h"

int cmd_log_id(const struct cli *cli)
{
	struct hss_conf *conf = cli_conf(cli->conf);
	char shown[LOG_ID_LEN + 1];
	struct log_id *id = NULL;
	const char *why = NULL;
	int rc = EXIT_FAILED;
	enum hss_err err = HSS_OK;

	if (conf == NULL) {
		return EXIT_FAILED;
	}
	err = log_id_open(conf->log_key, false, &id, &why);
	if (err != HSS_OK) {
		(void)cli_fail("the file of log_key %s %s%s%s", conf->log_key, why,
		               err == HSS_ERR_IO ? ": " : "",
		               err == HSS_ERR_IO ? strerror(errno) : "");
	} else {
		log_id_of(id, cli->arg[0], shown);
		rc = cli_show(cli,
		              json_pack("{s:s, s:s}", "identity", cli->arg[0], "shown", shown));
	}
	log_id_close(id);
	conf_free(conf);
	return rc;
}
