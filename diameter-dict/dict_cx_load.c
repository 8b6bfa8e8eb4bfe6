#include "dict_cx_rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>

#include "cx_ids.h"

#define TYPE_NAME_LEN 80U

struct load {
	struct dictionary *dict;
	struct dict_object *application;
	char *why;
	size_t why_len;
};

/* How libfdproto stores a format. Enumerated has a type of its own for each AVP. */
struct format {
	enum dict_avp_basetype base;
	const char *type; /* NULL: no derived type */
	dict_avpdata_interpret interpret;
	dict_avpdata_encode encode;
	DECLARE_FD_DUMP_PROTOTYPE((*dump), union avp_value *val);
};

/* Names and functions as in the base dictionary of libfdcore, which may be loaded as well. */
static const struct format formats[] = {
	[DICT_CX_OCTET_STRING] = {AVP_TYPE_OCTETSTRING, NULL, NULL, NULL, NULL},
	[DICT_CX_UTF8_STRING] = {AVP_TYPE_OCTETSTRING, "UTF8String", NULL, NULL,
                                 fd_dictfct_UTF8String_dump},
	[DICT_CX_DIAMETER_IDENTITY] = {AVP_TYPE_OCTETSTRING, "DiameterIdentity", NULL, NULL,
                                       fd_dictfct_UTF8String_dump},
	[DICT_CX_DIAMETER_URI] = {AVP_TYPE_OCTETSTRING, "DiameterURI", NULL, NULL,
                                  fd_dictfct_UTF8String_dump},
	[DICT_CX_ADDRESS] = {AVP_TYPE_OCTETSTRING, "Address", fd_dictfct_Address_interpret,
                             fd_dictfct_Address_encode, fd_dictfct_Address_dump},
	[DICT_CX_TIME] = {AVP_TYPE_OCTETSTRING, "Time", fd_dictfct_Time_interpret,
                          fd_dictfct_Time_encode, fd_dictfct_Time_dump},
	[DICT_CX_UNSIGNED32] = {AVP_TYPE_UNSIGNED32, NULL, NULL, NULL, NULL},
	[DICT_CX_UNSIGNED64] = {AVP_TYPE_UNSIGNED64, NULL, NULL, NULL, NULL},
	[DICT_CX_GROUPED] = {AVP_TYPE_GROUPED, NULL, NULL, NULL, NULL},
	[DICT_CX_ENUMERATED] = {AVP_TYPE_INTEGER32, NULL, NULL, NULL, NULL},
};

static const char *const base_names[] = {
	[AVP_TYPE_GROUPED] = "Grouped",       [AVP_TYPE_OCTETSTRING] = "OctetString",
	[AVP_TYPE_INTEGER32] = "Integer32",   [AVP_TYPE_INTEGER64] = "Integer64",
	[AVP_TYPE_UNSIGNED32] = "Unsigned32", [AVP_TYPE_UNSIGNED64] = "Unsigned64",
	[AVP_TYPE_FLOAT32] = "Float32",       [AVP_TYPE_FLOAT64] = "Float64",
};

static const struct dict_vendor_data vendors[] = {
	{CX_VENDOR_3GPP, (char *)"3GPP"}, /* the name dict_dcca_3gpp gives it too */
	{CX_VENDOR_ETSI, (char *)"ETSI"},
};

__attribute__((format(printf, 3, 4))) static enum dict_cx_err
fail(struct load *load, enum dict_cx_err err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(load->why, load->why_len, format, args);
	va_end(args);
	return err;
}

/*
 * Add an object whose key was not found. The library answers EEXIST when another key of it, its
 * name, is taken by something else.
 */
static enum dict_cx_err add(struct load *load, enum dict_object_type type, void *data,
                            struct dict_object *parent, const char *name, struct dict_object **ref)
{
	int ret = fd_dict_new(load->dict, type, data, parent, ref);

	if (ret == EEXIST) {
		return fail(load, DICT_CX_ERR_CONFLICT,
		            "%s: the dictionary has something else of that name", name);
	}
	if (ret != 0) {
		return fail(load, DICT_CX_ERR_LIBRARY, "%s: cannot be added to the dictionary: %s",
		            name, strerror(ret));
	}
	return DICT_CX_OK;
}

/* Search by key; *found is NULL when there is none. */
static enum dict_cx_err search(struct load *load, enum dict_object_type type, int criteria,
                               const void *what, const char *name, struct dict_object **found)
{
	int ret = 0;

	*found = NULL;
	ret = fd_dict_search(load->dict, type, criteria, what, found, 0);
	if (ret != 0) {
		return fail(load, DICT_CX_ERR_LIBRARY, "%s: cannot be looked up: %s", name,
		            strerror(ret));
	}
	return DICT_CX_OK;
}

static enum dict_cx_err search_avp(struct load *load, uint32_t vendor, uint32_t code,
                                   struct dict_object **found)
{
	struct dict_avp_request request = {.avp_vendor = vendor, .avp_code = code};
	char name[TYPE_NAME_LEN];

	(void)snprintf(name, sizeof(name), "AVP %" PRIu32 " of vendor %" PRIu32, code, vendor);
	return search(load, DICT_AVP, AVP_BY_CODE_AND_VENDOR, &request, name, found);
}

/* As search_avp, for what an earlier loop has loaded. */
static enum dict_cx_err need_avp(struct load *load, uint32_t vendor, uint32_t code,
                                 struct dict_object **found)
{
	enum dict_cx_err err = search_avp(load, vendor, code, found);

	if (err == DICT_CX_OK && *found == NULL) {
		err = fail(load, DICT_CX_ERR_LIBRARY,
		           "AVP %" PRIu32 " of vendor %" PRIu32 " is not in the dictionary", code,
		           vendor);
	}
	return err;
}

static enum dict_cx_err load_application(struct load *load)
{
	struct dict_application_data application = {CX_APP_ID, (char *)"3GPP Cx/Dx"};
	struct dict_object *vendor = NULL;
	enum dict_cx_err err = DICT_CX_OK;

	for (size_t i = sizeof(vendors) / sizeof(vendors[0]); i-- > 0 && err == DICT_CX_OK;) {
		struct dict_vendor_data data = vendors[i];

		err = search(load, DICT_VENDOR, VENDOR_BY_ID, &data.vendor_id, data.vendor_name,
		             &vendor);
		if (err == DICT_CX_OK && vendor == NULL) {
			err = add(load, DICT_VENDOR, &data, NULL, data.vendor_name, &vendor);
		}
	}
	if (err != DICT_CX_OK) {
		return err;
	}
	err = search(load, DICT_APPLICATION, APPLICATION_BY_ID, &application.application_id,
	             application.application_name, &load->application);
	if (err == DICT_CX_OK && load->application == NULL) {
		err = add(load, DICT_APPLICATION, &application, vendor,
		          application.application_name, &load->application);
	}
	return err;
}

/* The derived type of an AVP, added when absent; *type is NULL for an AVP without one. */
static enum dict_cx_err load_type(struct load *load, const struct dict_cx_avp *row,
                                  struct dict_object **type)
{
	const struct format *format = &formats[row->format];
	struct dict_type_data data = {.type_base = format->base,
	                              .type_interpret = format->interpret,
	                              .type_encode = format->encode,
	                              .type_dump = format->dump};
	char name[TYPE_NAME_LEN];
	enum dict_cx_err err = DICT_CX_OK;

	*type = NULL;
	if (row->format == DICT_CX_ENUMERATED) {
		/* the names of dict_base_proto and of dict_dcca_3gpp */
		(void)snprintf(name, sizeof(name), "%sEnumerated(%s)",
		               row->vendor == CX_VENDOR_3GPP ? "3GPP/" : "", row->name);
	} else if (format->type != NULL) {
		(void)snprintf(name, sizeof(name), "%s", format->type);
	} else {
		return DICT_CX_OK;
	}
	data.type_name = name;
	err = search(load, DICT_TYPE, TYPE_BY_NAME, name, name, type);
	if (err == DICT_CX_OK && *type == NULL) {
		err = add(load, DICT_TYPE, &data, NULL, name, type);
	}
	return err;
}

static enum dict_cx_err check_avp(struct load *load, const struct dict_cx_avp *row,
                                  struct dict_object *avp)
{
	enum dict_avp_basetype ours = formats[row->format].base;
	struct dict_avp_data data;
	int ret = fd_dict_getval(avp, &data);

	if (ret != 0) {
		return fail(load, DICT_CX_ERR_LIBRARY, "%s: cannot be read: %s", row->name,
		            strerror(ret));
	}
	if (data.avp_basetype != ours) {
		return fail(load, DICT_CX_ERR_CONFLICT,
		            "AVP %s (%" PRIu32 " of vendor %" PRIu32 ") is %s here, but another "
		            "dictionary defined it as %s of type %s",
		            row->name, row->code, row->vendor, base_names[ours], data.avp_name,
		            base_names[data.avp_basetype]);
	}
	return DICT_CX_OK;
}

/* The mask only marks a flag as fixed by the specification; the value is what we send. */
static struct dict_avp_data avp_data(const struct dict_cx_avp *row)
{
	uint8_t vendor_flag = row->vendor == CX_VENDOR_NONE ? 0 : AVP_FLAG_VENDOR;

	return (struct dict_avp_data){
		.avp_code = row->code,
		.avp_vendor = row->vendor,
		.avp_name = (char *)row->name,
		.avp_flag_mask = row->m == DICT_CX_M_MAY ? AVP_FLAG_VENDOR
	                                                 : AVP_FLAG_VENDOR | AVP_FLAG_MANDATORY,
		.avp_flag_val = row->m == DICT_CX_M_SET
	                                ? (uint8_t)(vendor_flag | AVP_FLAG_MANDATORY)
	                                : vendor_flag,
		.avp_basetype = formats[row->format].base};
}

/* An AVP of this vendor that has our name under another code. */
static enum dict_cx_err check_name(struct load *load, const struct dict_cx_avp *row)
{
	struct dict_avp_request request = {.avp_vendor = row->vendor,
	                                   .avp_name = (char *)row->name};
	struct dict_object *avp = NULL;
	struct dict_avp_data data = {0};
	enum dict_cx_err err =
		search(load, DICT_AVP, AVP_BY_NAME_AND_VENDOR, &request, row->name, &avp);

	if (err == DICT_CX_OK && avp != NULL && fd_dict_getval(avp, &data) == 0) {
		err = fail(load, DICT_CX_ERR_CONFLICT,
		           "AVP %s of vendor %" PRIu32 " is %" PRIu32 " here, but another "
		           "dictionary gave it the code %" PRIu32,
		           row->name, row->vendor, row->code, data.avp_code);
	}
	return err;
}

static enum dict_cx_err load_avp(struct load *load, const struct dict_cx_avp *row)
{
	struct dict_avp_data data = avp_data(row);
	struct dict_object *avp = NULL;
	struct dict_object *type = NULL;
	enum dict_cx_err err = search_avp(load, row->vendor, row->code, &avp);

	if (err == DICT_CX_OK && avp != NULL) {
		return check_avp(load, row, avp);
	}
	if (err == DICT_CX_OK) {
		err = check_name(load, row);
	}
	if (err == DICT_CX_OK) {
		err = load_type(load, row, &type);
	}
	if (err == DICT_CX_OK) {
		err = add(load, DICT_AVP, &data, type, row->name, NULL);
	}
	return err;
}

static enum dict_cx_err load_value(struct load *load, const struct dict_cx_value *row)
{
	struct dict_enumval_request request = {.search.enum_value.i32 = row->value};
	struct dict_enumval_data data = {.enum_name = (char *)row->name,
	                                 .enum_value.i32 = row->value};
	struct dict_object *avp = NULL;
	struct dict_object *value = NULL;
	enum dict_cx_err err = need_avp(load, row->vendor, row->code, &avp);

	if (err == DICT_CX_OK) {
		err = search(load, DICT_TYPE, TYPE_OF_AVP, avp, row->name, &request.type_obj);
	}
	if (err != DICT_CX_OK || request.type_obj == NULL) {
		return err; /* a foreign definition without type has no place for names */
	}
	err = search(load, DICT_ENUMVAL, ENUMVAL_BY_STRUCT, &request, row->name, &value);
	if (err == DICT_CX_OK && value == NULL) {
		err = add(load, DICT_ENUMVAL, &data, request.type_obj, row->name, NULL);
	}
	return err;
}

static enum dict_cx_err load_member(struct load *load, struct dict_object *parent,
                                    const char *parent_name, const struct dict_cx_member *row)
{
	static const struct {
		enum rule_position position;
		int min;
		int max;
	} presences[] = {
		[DICT_CX_FIXED_HEAD] = {RULE_FIXED_HEAD, 1, 1},
		[DICT_CX_REQUIRED] = {RULE_REQUIRED, 1, 1},
		[DICT_CX_OPTIONAL] = {RULE_OPTIONAL, 0, 1},
		[DICT_CX_ANY] = {RULE_OPTIONAL, 0, -1},
		[DICT_CX_ONE_OR_MORE] = {RULE_REQUIRED, 1, -1},
	};
	struct dict_rule_data data = {.rule_position = presences[row->presence].position,
	                              .rule_order = row->presence == DICT_CX_FIXED_HEAD ? 1 : 0,
	                              .rule_min = presences[row->presence].min,
	                              .rule_max = presences[row->presence].max};
	struct dict_rule_request request = {.rule_parent = parent};
	struct dict_object *rule = NULL;
	enum dict_cx_err err = need_avp(load, row->vendor, row->code, &data.rule_avp);

	if (err == DICT_CX_OK) {
		request.rule_avp = data.rule_avp;
		err = search(load, DICT_RULE, RULE_BY_AVP_AND_PARENT, &request, parent_name, &rule);
	}
	if (err == DICT_CX_OK && rule == NULL) {
		err = add(load, DICT_RULE, &data, parent, parent_name, NULL);
	}
	return err;
}

static enum dict_cx_err load_members(struct load *load, struct dict_object *parent,
                                     const char *parent_name, const struct dict_cx_member *rows,
                                     size_t n_rows)
{
	enum dict_cx_err err = DICT_CX_OK;

	for (size_t i = 0; i < n_rows && err == DICT_CX_OK; i++) {
		err = load_member(load, parent, parent_name, &rows[i]);
	}
	return err;
}

static enum dict_cx_err load_group(struct load *load, const struct dict_cx_group *row)
{
	struct dict_object *group = NULL;
	enum dict_cx_err err = need_avp(load, row->vendor, row->code, &group);
	char name[TYPE_NAME_LEN];

	if (err != DICT_CX_OK) {
		return err;
	}
	(void)snprintf(name, sizeof(name), "members of AVP %" PRIu32 " of vendor %" PRIu32,
	               row->code, row->vendor);
	return load_members(load, group, name, row->members, row->n_members);
}

static enum dict_cx_err load_command(struct load *load, const struct dict_cx_command *row)
{
	struct dict_cmd_data data = {
		.cmd_code = row->code,
		.cmd_name = (char *)row->name,
		.cmd_flag_mask = CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE,
		.cmd_flag_val = row->is_request ? CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE
	                                        : CMD_FLAG_PROXIABLE,
	};
	struct dict_object *command = NULL;
	enum dict_cx_err err =
		search(load, DICT_COMMAND, row->is_request ? CMD_BY_CODE_R : CMD_BY_CODE_A,
	               &data.cmd_code, row->name, &command);

	if (err == DICT_CX_OK && command == NULL) {
		err = add(load, DICT_COMMAND, &data, load->application, row->name, &command);
	}
	if (err == DICT_CX_OK) {
		err = load_members(load, command, row->name, row->common->members,
		                   row->common->n_members);
	}
	if (err == DICT_CX_OK) {
		err = load_members(load, command, row->name, row->members, row->n_members);
	}
	return err;
}

enum dict_cx_err dict_cx_load(struct dictionary *dict, char *why, size_t why_len)
{
	struct load load = {.dict = dict, .why = why, .why_len = why_len};
	enum dict_cx_err err = DICT_CX_OK;

	why[0] = '\0';
	err = load_application(&load);
	for (size_t i = 0; i < dict_cx_n_avps && err == DICT_CX_OK; i++) {
		err = load_avp(&load, &dict_cx_avps[i]);
	}
	for (size_t i = 0; i < dict_cx_n_values && err == DICT_CX_OK; i++) {
		err = load_value(&load, &dict_cx_values[i]);
	}
	for (size_t i = 0; i < dict_cx_n_groups && err == DICT_CX_OK; i++) {
		err = load_group(&load, &dict_cx_groups[i]);
	}
	for (size_t i = 0; i < dict_cx_n_commands && err == DICT_CX_OK; i++) {
		err = load_command(&load, &dict_cx_commands[i]);
	}
	return err;
}
