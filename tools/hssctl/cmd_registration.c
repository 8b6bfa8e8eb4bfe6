/* hssctl registration show, hssctl profile set. */
#include <errno.h>
#include <stdlib.h>

#include "backend.h"
#include "hssctl.h"

int cmd_registration_show(const struct cli *cli)
{
	return backend_show(
		cli, false,
		json_pack("{s:s, s:s}", "op", "registration.get", "identity", cli->arg[0]),
		"registration");
}

int cmd_profile_set(const struct cli *cli)
{
	const char *media = cli_value(cli, OPT_MEDIA_PROFILE);
	char *end = NULL;
	long long number = 0;
	json_t *request = NULL;

	if (media != NULL) {
		errno = 0;
		number = strtoll(media, &end, 10);
		if (end == media || *end != '\0' || errno != 0) {
			return cli_misused(cli, "--media-profile takes a number");
		}
	}
	request = json_pack("{s:s, s:s, s:b}", "op", "profile.set", "name", cli->arg[0],
	                    "unregistered_services", cli_yes(cli, OPT_UNREGISTERED_SERVICES));
	if (request != NULL && media != NULL) {
		(void)json_object_set_new(request, "media_profile", json_integer(number));
	}
	return backend_show(cli, true, request, NULL);
}
