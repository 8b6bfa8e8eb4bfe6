/*
 * dict_cx.fdx: loads the Cx and Dx dictionary into the daemon. It takes no configuration and
 * depends on no other module; Debian's dictionaries may stand before or after it.
 */
#include <errno.h>

#include <freeDiameter/extension.h>

#include "dict_cx_rows.h"

/* The daemon looks these up by name. */
#pragma GCC visibility push(default)
extern const char *fd_ext_depends[];
int fd_ext_init(int major, int minor, char *conffile);
#pragma GCC visibility pop

static int dict_cx_entry(char *conffile)
{
	char why[DICT_CX_WHY_LEN];

	(void)conffile;
	switch (dict_cx_load(fd_g_config->cnf_dict, why, sizeof(why))) {
	case DICT_CX_OK:
		LOG_N("dict_cx: Cx/Dx dictionary loaded");
		return 0;
	case DICT_CX_ERR_CONFLICT:
		LOG_F("dict_cx: %s", why);
		return EEXIST;
	case DICT_CX_ERR_LIBRARY:
		LOG_F("dict_cx: %s", why);
		return ENOMEM;
	}
	return EINVAL;
}

EXTENSION_ENTRY("dict_cx", dict_cx_entry)
