/*
 * dict_probe: reads a configuration of freeDiameter as the daemon does, loads its extensions, and
 * looks for the Cx dictionary. It never listens and never connects.
 *
 * usage: dict_probe CONF [check]
 *
 * With "check" the application, the twelve commands, each AVP code of TS 29.229 table 6.3.1
 * and some Enumerated values must be there. Exit 0 if all is well, 1 if an extension failed or
 * something is missing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>

static bool has(enum dict_object_type type, int criteria, const void *what, const char *name)
{
	struct dict_object *found = NULL;

	if (fd_dict_search(fd_g_config->cnf_dict, type, criteria, what, &found, ENOENT) == 0) {
		return true;
	}
	(void)fprintf(stderr, "dict_probe: %s is missing\n", name);
	return false;
}

static bool has_avp(vendor_id_t vendor, avp_code_t code)
{
	struct dict_avp_request request = {.avp_vendor = vendor, .avp_code = code};
	char name[64];

	(void)snprintf(name, sizeof(name), "AVP %" PRIu32 " of vendor %" PRIu32, code, vendor);
	return has(DICT_AVP, AVP_BY_CODE_AND_VENDOR, &request, name);
}

/* Values can be named whoever defined the AVP and its type first. */
static bool has_value(avp_code_t code, int32_t value, const char *name)
{
	struct dict_avp_request avp_request = {.avp_vendor = 10415, .avp_code = code};
	struct dict_enumval_request request = {.search.enum_value.i32 = value};
	struct dict_object *avp = NULL;
	struct dict_object *found = NULL;
	struct dict_enumval_data data;
	struct dictionary *dict = fd_g_config->cnf_dict;

	if (fd_dict_search(dict, DICT_AVP, AVP_BY_CODE_AND_VENDOR, &avp_request, &avp, ENOENT) ==
	            0 &&
	    fd_dict_search(dict, DICT_TYPE, TYPE_OF_AVP, avp, &request.type_obj, ENOENT) == 0 &&
	    fd_dict_search(dict, DICT_ENUMVAL, ENUMVAL_BY_STRUCT, &request, &found, ENOENT) == 0 &&
	    fd_dict_getval(found, &data) == 0 && strcmp(data.enum_name, name) == 0) {
		return true;
	}
	(void)fprintf(stderr, "dict_probe: value %s is missing\n", name);
	return false;
}

static bool has_cx(void)
{
	static const avp_code_t base_codes[] = {8,   96,  97,  104, 110, 111, 121, 301, 621, 622,
	                                        623, 624, 625, 626, 627, 649, 650, 651, 652};
	application_id_t application = 16777216;
	bool all = has(DICT_APPLICATION, APPLICATION_BY_ID, &application, "application 16777216");

	for (command_code_t code = 300; code <= 305; code++) {
		all &= has(DICT_COMMAND, CMD_BY_CODE_R, &code, "a Cx request");
		all &= has(DICT_COMMAND, CMD_BY_CODE_A, &code, "a Cx answer");
	}
	for (avp_code_t code = 600; code <= 666; code++) {
		all &= code == 627 || has_avp(10415, code);
	}
	all &= has_avp(13019, 500);
	all &= has_value(614, 11, "DEREGISTRATION_TOO_MUCH_DATA");
	all &= has_value(616, 3, "REMOVE_S-CSCF");
	all &= has_value(623, 2, "REGISTRATION_AND_CAPABILITIES");
	for (size_t i = 0; i < sizeof(base_codes) / sizeof(base_codes[0]); i++) {
		all &= has_avp(0, base_codes[i]);
	}
	return all;
}

int main(int argc, char **argv)
{
	bool check = argc == 3 && strcmp(argv[2], "check") == 0;

	if (argc != 2 && !check) {
		(void)fprintf(stderr, "usage: dict_probe CONF [check]\n");
		return EXIT_FAILURE;
	}
	if (fd_core_initialize() != 0) {
		(void)fprintf(stderr, "dict_probe: libfdcore does not start\n");
		return EXIT_FAILURE;
	}
	if (fd_core_parseconf(argv[1]) != 0) {
		(void)fprintf(stderr, "dict_probe: %s: refused\n", argv[1]);
		return EXIT_FAILURE;
	}
	return !check || has_cx() ? EXIT_SUCCESS : EXIT_FAILURE;
}
