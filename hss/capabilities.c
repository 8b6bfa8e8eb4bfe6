#include "hss/capabilities.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>

enum hss_err capabilities_relax(void)
{
	struct dictionary *dict = fd_g_config->cnf_dict;
	struct dict_rule_request which = {0};
	struct dict_object *rule = NULL;

	if (fd_dict_search(dict, DICT_COMMAND, CMD_BY_NAME, "Capabilities-Exchange-Request",
	                   &which.rule_parent, ENOENT) != 0 ||
	    fd_dict_search(dict, DICT_AVP, AVP_BY_NAME, "Host-IP-Address", &which.rule_avp,
	                   ENOENT) != 0 ||
	    fd_dict_search(dict, DICT_RULE, RULE_BY_AVP_AND_PARENT, &which, &rule, ENOENT) != 0) {
		return HSS_ERR_INVALID;
	}
	/* An AVP without a rule may come in any number. */
	return fd_dict_delete(rule) == 0 ? HSS_OK : HSS_ERR_INVALID;
}
