#include "hss/dumps.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hss/log.h"

/* Those that Debian ships. dbg_monitor and dbg_msg_timings print no AVP. */
static const struct {
	const char *module;
	const char *prints;
} dumps[] = {
	{"dbg_msg_dumps.fdx", "every message: CK, IK, XRES and HA1 of subscribers"},
	{"dbg_rt.fdx", "with -d, every request of the HSS: HA1 of subscribers"},
};

/* Whether a list of lines 'FILE'[CONFIGURATION], ... has the file of this name in any folder. */
static bool is_listed(const char *list, const char *module)
{
	const char *found = list;

	while ((found = strstr(found, module)) != NULL) {
		if (found > list && (found[-1] == '/' || found[-1] == '\'') &&
		    found[strlen(module)] == '\'') {
			return true;
		}
		found++;
	}
	return false;
}

void dumps_warn(void)
{
	char *list = NULL;
	size_t len = 0;

	if (fd_ext_dump(&list, &len, NULL) == NULL) {
		return;
	}
	for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
		if (is_listed(list, dumps[i].module)) {
			log_event(LOG_LEVEL_ERROR,
			          "the extension %s is loaded, which prints %s into the log; take "
			          "it out of freeDiameter.conf",
			          dumps[i].module, dumps[i].prints);
		}
	}
	free(list);
}
