/*
 * fault.fdx: loaded before hss.fdx it makes the disk under the HSS's database fail as a file says.
 *
 *   LoadExtension = "fault.fdx" : "/path/of/the/file";
 *
 * The file names a fault of disk_faults.h; none, or no file: the disk is sound.
 */
#include <errno.h>
#include <freeDiameter/extension.h>
#include <string.h>

#include "disk_faults.h"

#pragma GCC visibility push(default)
extern const char *fd_ext_depends[];
int fd_ext_init(int major, int minor, char *conffile);
#pragma GCC visibility pop

/* It stays installed to the end, and is linked never to be unloaded: hss.fdx closes its files late.
 */
static int fault_entry(char *conffile)
{
	static char control[256];

	if (conffile == NULL || strlen(conffile) >= sizeof(control)) {
		return EINVAL;
	}
	memcpy(control, conffile, strlen(conffile) + 1);
	return disk_faults_install(control) ? 0 : EINVAL;
}

EXTENSION_ENTRY("fault", fault_entry)
