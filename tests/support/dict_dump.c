/*
 * dict_dump: prints the Cx dictionary as tab-separated lines, read back from libfdproto after
 * dict_cx_load, for comparison with somebody else's.
 *
 *   vendor   ID NAME
 *   avp      VENDOR CODE NAME TYPE M       M is "must", "mustnot" or "may"
 *   enum     VENDOR CODE VALUE NAME
 *   member   VENDOR CODE MEMBER-VENDOR MEMBER-CODE
 *   command  CODE R|A NAME
 *
 * Exit 0 done, 1 failed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>

#include "diameter-dict/cx_ids.h"
#include "diameter-dict/dict_cx_rows.h"

static struct dict_object *must_find(struct dictionary *dict, enum dict_object_type type,
                                     int criteria, const void *what)
{
	struct dict_object *found = NULL;

	if (fd_dict_search(dict, type, criteria, what, &found, ENOENT) != 0) {
		(void)fprintf(stderr, "dict_dump: a row is not in the dictionary\n");
		exit(EXIT_FAILURE);
	}
	return found;
}

static void must_getval(struct dict_object *object, void *data)
{
	if (fd_dict_getval(object, data) != 0) {
		(void)fprintf(stderr, "dict_dump: an object of the dictionary cannot be read\n");
		exit(EXIT_FAILURE);
	}
}

static struct fd_list *must_list(int criteria, struct dict_object *parent)
{
	struct fd_list *sentinel = NULL;

	if (fd_dict_getlistof(criteria, parent, &sentinel) != 0) {
		(void)fprintf(stderr, "dict_dump: a list of the dictionary cannot be read\n");
		exit(EXIT_FAILURE);
	}
	return sentinel;
}

/* A derived type's name, "Enumerated" for all of these, or the base type's. */
static const char *type_name(enum dict_avp_basetype base, const struct dict_type_data *derived)
{
	switch (base) {
	case AVP_TYPE_GROUPED:
		return "Grouped";
	case AVP_TYPE_INTEGER32:
		return derived->type_name == NULL ? "Integer32" : "Enumerated";
	case AVP_TYPE_UNSIGNED32:
		return "Unsigned32";
	case AVP_TYPE_UNSIGNED64:
		return "Unsigned64";
	case AVP_TYPE_OCTETSTRING:
		return derived->type_name == NULL ? "OctetString" : derived->type_name;
	case AVP_TYPE_INTEGER64:
	case AVP_TYPE_FLOAT32:
	case AVP_TYPE_FLOAT64:
		break;
	}
	return "(not used by Cx)";
}

static const char *m_name(const struct dict_avp_data *avp)
{
	if ((avp->avp_flag_mask & AVP_FLAG_MANDATORY) == 0) {
		return "may";
	}
	return (avp->avp_flag_val & AVP_FLAG_MANDATORY) != 0 ? "must" : "mustnot";
}

static void dump_values(const struct dict_avp_data *avp, struct dict_object *type)
{
	struct fd_list *sentinel = must_list(ENUMVAL_BY_VALUE, type);

	for (struct fd_list *li = sentinel->next; li != sentinel; li = li->next) {
		struct dict_enumval_data value;

		must_getval(li->o, &value);
		printf("enum\t%" PRIu32 "\t%" PRIu32 "\t%" PRId32 "\t%s\n", avp->avp_vendor,
		       avp->avp_code, value.enum_value.i32, value.enum_name);
	}
}

static void dump_members(const struct dict_avp_data *avp, struct dict_object *group)
{
	struct fd_list *sentinel = must_list(RULE_BY_AVP_AND_PARENT, group);

	for (struct fd_list *li = sentinel->next; li != sentinel; li = li->next) {
		struct dict_rule_data rule;
		struct dict_avp_data member;

		must_getval(li->o, &rule);
		must_getval(rule.rule_avp, &member);
		printf("member\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu32 "\n",
		       avp->avp_vendor, avp->avp_code, member.avp_vendor, member.avp_code);
	}
}

static void dump_avp(struct dictionary *dict, const struct dict_cx_avp *row)
{
	struct dict_avp_request request = {.avp_vendor = row->vendor, .avp_code = row->code};
	struct dict_object *object = must_find(dict, DICT_AVP, AVP_BY_CODE_AND_VENDOR, &request);
	struct dict_object *type = NULL;
	struct dict_avp_data avp;
	struct dict_type_data derived = {.type_name = NULL};

	must_getval(object, &avp);
	if (fd_dict_search(dict, DICT_TYPE, TYPE_OF_AVP, object, &type, 0) == 0 && type != NULL) {
		must_getval(type, &derived);
	}
	printf("avp\t%" PRIu32 "\t%" PRIu32 "\t%s\t%s\t%s\n", avp.avp_vendor, avp.avp_code,
	       avp.avp_name, type_name(avp.avp_basetype, &derived), m_name(&avp));
	if (type != NULL && avp.avp_basetype == AVP_TYPE_INTEGER32) {
		dump_values(&avp, type);
	}
	if (avp.avp_basetype == AVP_TYPE_GROUPED) {
		dump_members(&avp, object);
	}
}

static void dump(struct dictionary *dict)
{
	static const vendor_id_t vendors[] = {CX_VENDOR_3GPP, CX_VENDOR_ETSI};

	for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
		struct dict_vendor_data vendor;

		must_getval(must_find(dict, DICT_VENDOR, VENDOR_BY_ID, &vendors[i]), &vendor);
		printf("vendor\t%" PRIu32 "\t%s\n", vendor.vendor_id, vendor.vendor_name);
	}
	for (size_t i = 0; i < dict_cx_n_avps; i++) {
		dump_avp(dict, &dict_cx_avps[i]);
	}
	for (size_t i = 0; i < dict_cx_n_commands; i++) {
		command_code_t code = dict_cx_commands[i].code;
		int criteria = dict_cx_commands[i].is_request ? CMD_BY_CODE_R : CMD_BY_CODE_A;
		struct dict_cmd_data command;

		must_getval(must_find(dict, DICT_COMMAND, criteria, &code), &command);
		printf("command\t%" PRIu32 "\t%c\t%s\n", command.cmd_code,
		       (command.cmd_flag_val & CMD_FLAG_REQUEST) != 0 ? 'R' : 'A',
		       command.cmd_name);
	}
}

int main(void)
{
	struct dictionary *dict = NULL;
	char why[DICT_CX_WHY_LEN];

	if (fd_libproto_init() != 0 || fd_dict_init(&dict) != 0) {
		(void)fprintf(stderr, "dict_dump: libfdproto does not start\n");
		return EXIT_FAILURE;
	}
	if (dict_cx_load(dict, why, sizeof(why)) != DICT_CX_OK) {
		(void)fprintf(stderr, "dict_dump: %s\n", why);
		return EXIT_FAILURE;
	}
	dump(dict);
	return fd_dict_fini(&dict) == 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
