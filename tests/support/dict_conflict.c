/* dict_conflict.fdx: defines Public-Identity with a type it does not have, for dict_load.sh. */
#include <freeDiameter/extension.h>

#pragma GCC visibility push(default)
extern const char *fd_ext_depends[];
int fd_ext_init(int major, int minor, char *conffile);
#pragma GCC visibility pop

static int dict_conflict_entry(char *conffile)
{
	struct dict_vendor_data vendor = {10415, (char *)"3GPP"};
	struct dict_avp_data avp = {601,
	                            10415,
	                            (char *)"Public-Identity",
	                            AVP_FLAG_VENDOR | AVP_FLAG_MANDATORY,
	                            AVP_FLAG_VENDOR | AVP_FLAG_MANDATORY,
	                            AVP_TYPE_UNSIGNED32};
	int ret = fd_dict_new(fd_g_config->cnf_dict, DICT_VENDOR, &vendor, NULL, NULL);

	(void)conffile;
	return ret != 0 ? ret : fd_dict_new(fd_g_config->cnf_dict, DICT_AVP, &avp, NULL, NULL);
}

EXTENSION_ENTRY("dict_conflict", dict_conflict_entry)
