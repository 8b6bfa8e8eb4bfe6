/* hssctl registration show. */
#include "backend.h"
#include "hssctl.h"

int cmd_registration_show(const struct cli *cli)
{
	return backend_show(
		cli, false,
		json_pack("{s:s, s:s}", "op", "registration.get", "identity", cli->arg[0]),
		"registration");
}
