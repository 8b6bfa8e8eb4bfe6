/*
 * The dictionary as dict_cx_load leaves it, read back through libfdproto and compared with tables
 * of this file. These are written from TS 29.229, not taken from the rows under test: AVPs from
 * table 6.3.1, commands and groups as the ABNF of clauses 6.1 and 6.3.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>

#include "diameter-dict/cx_ids.h"
#include "diameter-dict/dict_cx_rows.h"

struct expected_avp {
	uint32_t vendor;
	uint32_t code;
	const char *name;
	const char *type;
	const char *m; /* "M" set, "-" clear, "may" */
};

static const struct expected_avp avps[] = {
	{10415, 600, "Visited-Network-Identifier", "OctetString", "M"},
	{10415, 601, "Public-Identity", "UTF8String", "M"},
	{10415, 602, "Server-Name", "UTF8String", "M"},
	{10415, 603, "Server-Capabilities", "Grouped", "M"},
	{10415, 604, "Mandatory-Capability", "Unsigned32", "M"},
	{10415, 605, "Optional-Capability", "Unsigned32", "M"},
	{10415, 606, "User-Data", "OctetString", "M"},
	{10415, 607, "SIP-Number-Auth-Items", "Unsigned32", "M"},
	{10415, 608, "SIP-Authentication-Scheme", "UTF8String", "M"},
	{10415, 609, "SIP-Authenticate", "OctetString", "M"},
	{10415, 610, "SIP-Authorization", "OctetString", "M"},
	{10415, 611, "SIP-Authentication-Context", "OctetString", "M"},
	{10415, 612, "SIP-Auth-Data-Item", "Grouped", "M"},
	{10415, 613, "SIP-Item-Number", "Unsigned32", "M"},
	{10415, 614, "Server-Assignment-Type", "Enumerated", "M"},
	{10415, 615, "Deregistration-Reason", "Grouped", "M"},
	{10415, 616, "Reason-Code", "Enumerated", "M"},
	{10415, 617, "Reason-Info", "UTF8String", "M"},
	{10415, 618, "Charging-Information", "Grouped", "M"},
	{10415, 619, "Primary-Event-Charging-Function-Name", "DiameterURI", "M"},
	{10415, 620, "Secondary-Event-Charging-Function-Name", "DiameterURI", "M"},
	{10415, 621, "Primary-Charging-Collection-Function-Name", "DiameterURI", "M"},
	{10415, 622, "Secondary-Charging-Collection-Function-Name", "DiameterURI", "M"},
	{10415, 623, "User-Authorization-Type", "Enumerated", "M"},
	{10415, 624, "User-Data-Already-Available", "Enumerated", "M"},
	{10415, 625, "Confidentiality-Key", "OctetString", "M"},
	{10415, 626, "Integrity-Key", "OctetString", "M"},
	{10415, 628, "Supported-Features", "Grouped", "may"},
	{10415, 629, "Feature-List-ID", "Unsigned32", "-"},
	{10415, 630, "Feature-List", "Unsigned32", "-"},
	{10415, 631, "Supported-Applications", "Grouped", "-"},
	{10415, 632, "Associated-Identities", "Grouped", "-"},
	{10415, 633, "Originating-Request", "Enumerated", "M"},
	{10415, 634, "Wildcarded-Public-Identity", "UTF8String", "-"},
	{10415, 635, "SIP-Digest-Authenticate", "Grouped", "-"},
	{10415, 636, "Wildcarded-IMPU", "UTF8String", "-"},
	{10415, 637, "UAR-Flags", "Unsigned32", "-"},
	{10415, 638, "Loose-Route-Indication", "Enumerated", "-"},
	{10415, 639, "SCSCF-Restoration-Info", "Grouped", "-"},
	{10415, 640, "Path", "OctetString", "-"},
	{10415, 641, "Contact", "OctetString", "-"},
	{10415, 642, "Subscription-Info", "Grouped", "-"},
	{10415, 643, "Call-ID-SIP-Header", "OctetString", "-"},
	{10415, 644, "From-SIP-Header", "OctetString", "-"},
	{10415, 645, "To-SIP-Header", "OctetString", "-"},
	{10415, 646, "Record-Route", "OctetString", "-"},
	{10415, 647, "Associated-Registered-Identities", "Grouped", "-"},
	{10415, 648, "Multiple-Registration-Indication", "Enumerated", "-"},
	{10415, 649, "Restoration-Info", "Grouped", "-"},
	{10415, 650, "Session-Priority", "Enumerated", "-"},
	{10415, 651, "Identity-with-Emergency-Registration", "Grouped", "-"},
	{10415, 652, "Priviledged-Sender-Indication", "Enumerated", "-"},
	{10415, 653, "LIA-Flags", "Unsigned32", "-"},
	{10415, 654, "Initial-CSeq-Sequence-Number", "Unsigned32", "-"},
	{10415, 655, "SAR-Flags", "Unsigned32", "-"},
	{10415, 656, "Allowed-WAF-WWSF-Identities", "Grouped", "-"},
	{10415, 657, "WebRTC-Authentication-Function-Name", "UTF8String", "-"},
	{10415, 658, "WebRTC-Web-Server-Function-Name", "UTF8String", "-"},
	{10415, 659, "RTR-Flags", "Unsigned32", "-"},
	{10415, 660, "P-CSCF-Subscription-Info", "Grouped", "-"},
	{10415, 661, "Registration-Time-Out", "Time", "-"},
	{10415, 662, "Alternate-Digest-Algorithm", "UTF8String", "-"},
	{10415, 663, "Alternate-Digest-HA1", "UTF8String", "-"},
	{10415, 664, "Failed-PCSCF", "Grouped", "-"},
	{10415, 665, "PCSCF-FQDN", "DiameterIdentity", "-"},
	{10415, 666, "PCSCF-IP-Address", "Address", "-"},
	{13019, 500, "Line-Identifier", "OctetString", "may"},
	{0, 1, "User-Name", "UTF8String", "M"},
	{0, 8, "Framed-IP-Address", "OctetString", "M"},
	{0, 33, "Proxy-State", "OctetString", "M"},
	{0, 96, "Framed-Interface-Id", "Unsigned64", "M"},
	{0, 97, "Framed-IPv6-Prefix", "OctetString", "M"},
	{0, 104, "Digest-Realm", "UTF8String", "M"},
	{0, 110, "Digest-QoP", "UTF8String", "M"},
	{0, 111, "Digest-Algorithm", "UTF8String", "M"},
	{0, 121, "Digest-HA1", "UTF8String", "M"},
	{0, 258, "Auth-Application-Id", "Unsigned32", "M"},
	{0, 259, "Acct-Application-Id", "Unsigned32", "M"},
	{0, 260, "Vendor-Specific-Application-Id", "Grouped", "M"},
	{0, 261, "Redirect-Host-Usage", "Enumerated", "M"},
	{0, 262, "Redirect-Max-Cache-Time", "Unsigned32", "M"},
	{0, 263, "Session-Id", "UTF8String", "M"},
	{0, 264, "Origin-Host", "DiameterIdentity", "M"},
	{0, 265, "Supported-Vendor-Id", "Unsigned32", "M"},
	{0, 266, "Vendor-Id", "Unsigned32", "M"},
	{0, 268, "Result-Code", "Unsigned32", "M"},
	{0, 277, "Auth-Session-State", "Enumerated", "M"},
	{0, 278, "Origin-State-Id", "Unsigned32", "M"},
	{0, 279, "Failed-AVP", "Grouped", "M"},
	{0, 280, "Proxy-Host", "DiameterIdentity", "M"},
	{0, 281, "Error-Message", "UTF8String", "-"},
	{0, 282, "Route-Record", "DiameterIdentity", "M"},
	{0, 283, "Destination-Realm", "DiameterIdentity", "M"},
	{0, 284, "Proxy-Info", "Grouped", "M"},
	{0, 292, "Redirect-Host", "DiameterURI", "M"},
	{0, 293, "Destination-Host", "DiameterIdentity", "M"},
	{0, 294, "Error-Reporting-Host", "DiameterIdentity", "-"},
	{0, 296, "Origin-Realm", "DiameterIdentity", "M"},
	{0, 297, "Experimental-Result", "Grouped", "M"},
	{0, 298, "Experimental-Result-Code", "Unsigned32", "M"},
	{0, 301, "DRMP", "Enumerated", "-"},
	{0, 621, "OC-Supported-Features", "Grouped", "-"},
	{0, 622, "OC-Feature-Vector", "Unsigned64", "-"},
	{0, 623, "OC-OLR", "Grouped", "-"},
	{0, 624, "OC-Sequence-Number", "Unsigned64", "-"},
	{0, 625, "OC-Validity-Duration", "Unsigned32", "-"},
	{0, 626, "OC-Report-Type", "Enumerated", "-"},
	{0, 627, "OC-Reduction-Percentage", "Unsigned32", "-"},
	{0, 649, "SourceID", "DiameterIdentity", "-"},
	{0, 650, "Load", "Grouped", "-"},
	{0, 651, "Load-Type", "Enumerated", "-"},
	{0, 652, "Load-Value", "Unsigned64", "-"},
};

/* Values of an Enumerated AVP in ascending order from 0. */
static const struct {
	uint32_t vendor;
	uint32_t code;
	const char *names;
} enumerations[] = {
	{10415, 614,
         "NO_ASSIGNMENT REGISTRATION RE_REGISTRATION UNREGISTERED_USER TIMEOUT_DEREGISTRATION "
         "USER_DEREGISTRATION TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME "
         "USER_DEREGISTRATION_STORE_SERVER_NAME ADMINISTRATIVE_DEREGISTRATION "
         "AUTHENTICATION_FAILURE AUTHENTICATION_TIMEOUT DEREGISTRATION_TOO_MUCH_DATA "
         "AAA_USER_DATA_REQUEST PGW_UPDATE RESTORATION"},
	{10415, 616, "PERMANENT_TERMINATION NEW_SERVER_ASSIGNED SERVER_CHANGE REMOVE_S-CSCF"},
	{10415, 623, "REGISTRATION DE_REGISTRATION REGISTRATION_AND_CAPABILITIES"},
	{10415, 624, "USER_DATA_NOT_AVAILABLE USER_DATA_ALREADY_AVAILABLE"},
	{10415, 633, "ORIGINATING"},
	{10415, 638, "LOOSE_ROUTE_NOT_REQUIRED LOOSE_ROUTE_REQUIRED"},
	{10415, 648, "NOT_MULTIPLE_REGISTRATION MULTIPLE_REGISTRATION"},
	{10415, 650, "PRIORITY-0 PRIORITY-1 PRIORITY-2 PRIORITY-3 PRIORITY-4"},
	{10415, 652, "NOT_PRIVILEDGED_SENDER PRIVILEDGED_SENDER"},
	{0, 277, "STATE_MAINTAINED NO_STATE_MAINTAINED"},
};

static const struct {
	uint32_t code;
	bool is_request;
	const char *name;
	const char *abnf; /* what the command adds to requests or answers in general */
} commands[] = {
	{300, true, "3GPP/User-Authorization-Request",
         "[Destination-Host] {Destination-Realm} {User-Name} [OC-Supported-Features] "
         "*[Supported-Features] {Public-Identity} {Visited-Network-Identifier} "
         "[User-Authorization-Type] [UAR-Flags]"},
	{300, false, "3GPP/User-Authorization-Answer",
         "[OC-Supported-Features] [OC-OLR] *[Load] *[Supported-Features] [Server-Name] "
         "[Server-Capabilities]"},
	{301, true, "3GPP/Server-Assignment-Request",
         "[Destination-Host] {Destination-Realm} [User-Name] [OC-Supported-Features] "
         "*[Supported-Features] *[Public-Identity] [Wildcarded-Public-Identity] {Server-Name} "
         "{Server-Assignment-Type} {User-Data-Already-Available} [SCSCF-Restoration-Info] "
         "[Multiple-Registration-Indication] [Session-Priority] [SAR-Flags] [Failed-PCSCF]"},
	{301, false, "3GPP/Server-Assignment-Answer",
         "[User-Name] [OC-Supported-Features] [OC-OLR] *[Load] *[Supported-Features] [User-Data] "
         "[Charging-Information] [Associated-Identities] [Loose-Route-Indication] "
         "*[SCSCF-Restoration-Info] [Associated-Registered-Identities] [Server-Name] "
         "[Wildcarded-Public-Identity] [Priviledged-Sender-Indication] "
         "[Allowed-WAF-WWSF-Identities]"},
	{302, true, "3GPP/Location-Info-Request",
         "[Destination-Host] {Destination-Realm} [Originating-Request] [OC-Supported-Features] "
         "*[Supported-Features] {Public-Identity} [User-Authorization-Type] [Session-Priority]"},
	{302, false, "3GPP/Location-Info-Answer",
         "[OC-Supported-Features] [OC-OLR] *[Load] *[Supported-Features] [Server-Name] "
         "[Server-Capabilities] [Wildcarded-Public-Identity] [LIA-Flags]"},
	{303, true, "3GPP/Multimedia-Auth-Request",
         "{Destination-Realm} [Destination-Host] {User-Name} [OC-Supported-Features] "
         "*[Supported-Features] {Public-Identity} {SIP-Auth-Data-Item} {SIP-Number-Auth-Items} "
         "{Server-Name}"},
	{303, false, "3GPP/Multimedia-Auth-Answer",
         "[User-Name] [OC-Supported-Features] [OC-OLR] *[Load] *[Supported-Features] "
         "[Public-Identity] [SIP-Number-Auth-Items] *[SIP-Auth-Data-Item]"},
	{304, true, "3GPP/Registration-Termination-Request",
         "[Destination-Host] {Destination-Realm} {User-Name} [Associated-Identities] "
         "*[Supported-Features] *[Public-Identity] {Deregistration-Reason} [RTR-Flags]"},
	{304, false, "3GPP/Registration-Termination-Answer",
         "[Associated-Identities] *[Supported-Features] *[Identity-with-Emergency-Registration]"},
	{305, true, "3GPP/Push-Profile-Request",
         "{Destination-Host} {Destination-Realm} {User-Name} *[Supported-Features] [User-Data] "
         "[Charging-Information] [SIP-Auth-Data-Item] [Allowed-WAF-WWSF-Identities]"},
	{305, false, "3GPP/Push-Profile-Answer", "*[Supported-Features]"},
};

static const char requests_abnf[] =
	"<Session-Id> [DRMP] {Vendor-Specific-Application-Id} {Auth-Session-State} {Origin-Host} "
	"{Origin-Realm} *[Proxy-Info] *[Route-Record]";
static const char answers_abnf[] =
	"<Session-Id> [DRMP] {Vendor-Specific-Application-Id} [Result-Code] [Experimental-Result] "
	"{Auth-Session-State} {Origin-Host} {Origin-Realm} *[Failed-AVP] *[Proxy-Info] "
	"*[Route-Record]";

/* RTA and PPA, more tolerant than the specification: { } became [ ]. */
static const char pushed_answers_abnf[] =
	"<Session-Id> [DRMP] [Vendor-Specific-Application-Id] [Result-Code] [Experimental-Result] "
	"[Auth-Session-State] [Origin-Host] [Origin-Realm] *[Failed-AVP] *[Proxy-Info] "
	"*[Route-Record]";

static const char *common_abnf(uint32_t code, bool is_request)
{
	if (is_request) {
		return requests_abnf;
	}
	return code == 304 || code == 305 ? pushed_answers_abnf : answers_abnf;
}

static const struct {
	const char *name;
	const char *abnf;
} groups[] = {
	{"Server-Capabilities", "*[Mandatory-Capability] *[Optional-Capability] *[Server-Name]"},
	{"SIP-Auth-Data-Item",
         "[SIP-Item-Number] [SIP-Authentication-Scheme] [SIP-Authenticate] [SIP-Authorization] "
         "[SIP-Authentication-Context] [Confidentiality-Key] [Integrity-Key] "
         "[SIP-Digest-Authenticate] [Framed-IP-Address] [Framed-IPv6-Prefix] "
         "[Framed-Interface-Id] *[Line-Identifier]"},
	{"SIP-Digest-Authenticate", "{Digest-Realm} [Digest-Algorithm] {Digest-QoP} {Digest-HA1} "
                                    "[Alternate-Digest-Algorithm] [Alternate-Digest-HA1]"},
	{"Deregistration-Reason", "{Reason-Code} [Reason-Info]"},
	{"Charging-Information", "[Primary-Event-Charging-Function-Name] "
                                 "[Secondary-Event-Charging-Function-Name] "
                                 "[Primary-Charging-Collection-Function-Name] "
                                 "[Secondary-Charging-Collection-Function-Name]"},
	{"Supported-Features", "{Vendor-Id} {Feature-List-ID} {Feature-List}"},
	{"Supported-Applications",
         "*[Auth-Application-Id] *[Acct-Application-Id] *[Vendor-Specific-Application-Id]"},
	{"Associated-Identities", "*[User-Name]"},
	{"Associated-Registered-Identities", "*[User-Name]"},
	{"SCSCF-Restoration-Info", "{User-Name} 1*{Restoration-Info} [Registration-Time-Out] "
                                   "[SIP-Authentication-Scheme]"},
	{"Restoration-Info", "{Path} {Contact} [Initial-CSeq-Sequence-Number] [Call-ID-SIP-Header] "
                             "[Subscription-Info] [P-CSCF-Subscription-Info]"},
	{"Subscription-Info",
         "{Call-ID-SIP-Header} {From-SIP-Header} {To-SIP-Header} {Record-Route} {Contact}"},
	{"P-CSCF-Subscription-Info",
         "{Call-ID-SIP-Header} {From-SIP-Header} {To-SIP-Header} {Contact}"},
	{"Identity-with-Emergency-Registration", "{User-Name} {Public-Identity}"},
	{"Allowed-WAF-WWSF-Identities",
         "*[WebRTC-Authentication-Function-Name] *[WebRTC-Web-Server-Function-Name]"},
	{"Failed-PCSCF", "[PCSCF-FQDN] [PCSCF-IP-Address]"},
	{"Vendor-Specific-Application-Id",
         "1*{Vendor-Id} [Auth-Application-Id] [Acct-Application-Id]"},
	{"Proxy-Info", "{Proxy-Host} {Proxy-State}"},
	{"Experimental-Result", "{Vendor-Id} {Experimental-Result-Code}"},
	{"OC-Supported-Features", "[OC-Feature-Vector] [SourceID]"},
	{"OC-OLR", "{OC-Sequence-Number} {OC-Report-Type} [OC-Reduction-Percentage] "
                   "[OC-Validity-Duration] [SourceID]"},
	{"Load", "[Load-Type] [Load-Value] [SourceID]"},
	{"Failed-AVP", ""},
};

#define N_ROWS(array) (sizeof(array) / sizeof((array)[0]))

static struct dictionary *loaded_dictionary(void)
{
	struct dictionary *dict = NULL;
	char why[DICT_CX_WHY_LEN];

	assert_int_equal(fd_dict_init(&dict), 0);
	if (dict_cx_load(dict, why, sizeof(why)) != DICT_CX_OK) {
		fail_msg("%s", why);
	}
	assert_string_equal(why, "");
	return dict;
}

static int setup(void **state)
{
	*state = loaded_dictionary();
	return 0;
}

static int teardown(void **state)
{
	struct dictionary *dict = *state;

	return fd_dict_fini(&dict);
}

static struct dict_object *avp_of(struct dictionary *dict, uint32_t vendor, uint32_t code)
{
	struct dict_avp_request request = {.avp_vendor = vendor, .avp_code = code};
	struct dict_object *avp = NULL;

	if (fd_dict_search(dict, DICT_AVP, AVP_BY_CODE_AND_VENDOR, &request, &avp, ENOENT) != 0) {
		fail_msg("AVP %u of vendor %u is not in the dictionary", code, vendor);
	}
	return avp;
}

static struct dict_object *avp_named(struct dictionary *dict, const char *name)
{
	for (size_t i = 0; i < N_ROWS(avps); i++) {
		if (strcmp(avps[i].name, name) == 0) {
			return avp_of(dict, avps[i].vendor, avps[i].code);
		}
	}
	fail_msg("the test's own table lacks %s", name);
	return NULL;
}

static enum dict_avp_basetype base_of(const char *type)
{
	if (strcmp(type, "Grouped") == 0) {
		return AVP_TYPE_GROUPED;
	}
	if (strcmp(type, "Unsigned32") == 0) {
		return AVP_TYPE_UNSIGNED32;
	}
	if (strcmp(type, "Unsigned64") == 0) {
		return AVP_TYPE_UNSIGNED64;
	}
	return strcmp(type, "Enumerated") == 0 ? AVP_TYPE_INTEGER32 : AVP_TYPE_OCTETSTRING;
}

/* UTF8String and the like are derived types; Enumerated has one for each AVP. */
static void expect_derived_type(struct dictionary *dict, struct dict_object *avp,
                                const struct expected_avp *row)
{
	struct dict_object *type = NULL;
	struct dict_type_data data;
	char name[80];

	assert_int_equal(fd_dict_search(dict, DICT_TYPE, TYPE_OF_AVP, avp, &type, 0), 0);
	if (strcmp(row->type, "OctetString") == 0 || strcmp(row->type, "Grouped") == 0 ||
	    strncmp(row->type, "Unsigned", 8) == 0) {
		assert_null(type);
		return;
	}
	assert_non_null(type);
	assert_int_equal(fd_dict_getval(type, &data), 0);
	(void)snprintf(name, sizeof(name), "%s", row->type);
	if (strcmp(row->type, "Enumerated") == 0) {
		(void)snprintf(name, sizeof(name), "%sEnumerated(%s)",
		               row->vendor == 10415 ? "3GPP/" : "", row->name);
	}
	assert_string_equal(data.type_name, name);
}

static void each_avp_of_the_table_is_there(void **state)
{
	for (size_t i = 0; i < N_ROWS(avps); i++) {
		struct dict_object *avp = avp_of(*state, avps[i].vendor, avps[i].code);
		uint8_t vendor_flag = avps[i].vendor == 0 ? 0 : AVP_FLAG_VENDOR;
		uint8_t m_flag = strcmp(avps[i].m, "M") == 0 ? AVP_FLAG_MANDATORY : 0;
		struct dict_avp_data data;

		assert_int_equal(fd_dict_getval(avp, &data), 0);
		assert_string_equal(data.avp_name, avps[i].name);
		assert_int_equal(data.avp_code, avps[i].code);
		assert_int_equal(data.avp_vendor, avps[i].vendor);
		assert_int_equal(data.avp_basetype, base_of(avps[i].type));
		assert_int_equal(data.avp_flag_val, vendor_flag | m_flag);
		assert_int_equal(data.avp_flag_mask & AVP_FLAG_VENDOR, AVP_FLAG_VENDOR);
		assert_int_equal(data.avp_flag_mask & AVP_FLAG_MANDATORY,
		                 strcmp(avps[i].m, "may") == 0 ? 0 : AVP_FLAG_MANDATORY);
		expect_derived_type(*state, avp, &avps[i]);
	}
	assert_int_equal(dict_cx_n_avps, N_ROWS(avps));
}

static void a_new_avp_carries_v_and_m_of_the_table(void **state)
{
	for (size_t i = 0; i < N_ROWS(avps); i++) {
		struct dict_object *model = avp_of(*state, avps[i].vendor, avps[i].code);
		struct avp *avp = NULL;
		struct avp_hdr *header = NULL;

		assert_int_equal(fd_msg_avp_new(model, 0, &avp), 0);
		assert_int_equal(fd_msg_avp_hdr(avp, &header), 0);
		assert_int_equal(header->avp_flags,
		                 (avps[i].vendor == 0 ? 0 : AVP_FLAG_VENDOR) |
		                         (strcmp(avps[i].m, "M") == 0 ? AVP_FLAG_MANDATORY : 0));
		assert_int_equal(fd_msg_free(avp), 0);
	}
}

static void enumerated_values_are_named(void **state)
{
	for (size_t i = 0; i < N_ROWS(enumerations); i++) {
		struct dict_object *avp =
			avp_of(*state, enumerations[i].vendor, enumerations[i].code);
		struct dict_enumval_request request = {0};
		char *names = strdup(enumerations[i].names);
		char *rest = names;
		struct dict_object *value = NULL;
		struct dict_enumval_data data;

		assert_non_null(names);
		assert_int_equal(fd_dict_search(*state, DICT_TYPE, TYPE_OF_AVP, avp,
		                                &request.type_obj, ENOENT),
		                 0);
		for (char *name = strsep(&rest, " "); name != NULL; name = strsep(&rest, " ")) {
			assert_int_equal(fd_dict_search(*state, DICT_ENUMVAL, ENUMVAL_BY_STRUCT,
			                                &request, &value, ENOENT),
			                 0);
			assert_int_equal(fd_dict_getval(value, &data), 0);
			assert_string_equal(data.enum_name, name);
			request.search.enum_value.i32++;
		}
		assert_int_equal(fd_dict_search(*state, DICT_ENUMVAL, ENUMVAL_BY_STRUCT, &request,
		                                &value, 0),
		                 0);
		assert_null(value);
		free(names);
	}
}

static size_t count_rules(struct dict_object *parent)
{
	struct fd_list *sentinel = NULL;
	size_t n = 0;

	assert_int_equal(fd_dict_getlistof(RULE_BY_AVP_AND_PARENT, parent, &sentinel), 0);
	for (struct fd_list *li = sentinel->next; li != sentinel; li = li->next) {
		n++;
	}
	return n;
}

/* One member of an ABNF, for example "1*{Restoration-Info}". */
static void expect_member(struct dictionary *dict, struct dict_object *parent, char *token)
{
	bool no_maximum = strchr(token, '*') != NULL;
	char *open = strpbrk(token, "<{[");
	enum rule_position position = RULE_OPTIONAL;
	struct dict_rule_request request = {.rule_parent = parent};
	struct dict_object *rule = NULL;
	struct dict_rule_data data;

	assert_non_null(open);
	open[strcspn(open, ">}]")] = '\0';
	if (*open != '[') {
		position = *open == '<' ? RULE_FIXED_HEAD : RULE_REQUIRED;
	}
	request.rule_avp = avp_named(dict, open + 1);
	if (fd_dict_search(dict, DICT_RULE, RULE_BY_AVP_AND_PARENT, &request, &rule, ENOENT) != 0) {
		fail_msg("no rule for %s", open + 1);
	}
	assert_int_equal(fd_dict_getval(rule, &data), 0);
	assert_ptr_equal(data.rule_avp, request.rule_avp);
	assert_int_equal(data.rule_position, position);
	assert_int_equal(data.rule_order, position == RULE_FIXED_HEAD ? 1 : 0);
	assert_int_equal(data.rule_min, position == RULE_OPTIONAL ? 0 : 1);
	assert_int_equal(data.rule_max, no_maximum ? -1 : 1);
}

static size_t expect_members(struct dictionary *dict, struct dict_object *parent, const char *abnf)
{
	char *copy = strdup(abnf);
	char *rest = copy;
	size_t n = 0;

	assert_non_null(copy);
	for (char *token = strsep(&rest, " "); token != NULL; token = strsep(&rest, " ")) {
		if (*token != '\0') {
			expect_member(dict, parent, token);
			n++;
		}
	}
	free(copy);
	return n;
}

static void each_group_has_its_members_and_no_others(void **state)
{
	size_t n_grouped = 0;

	for (size_t i = 0; i < N_ROWS(avps); i++) {
		n_grouped += strcmp(avps[i].type, "Grouped") == 0 ? 1 : 0;
	}
	assert_int_equal(N_ROWS(groups), n_grouped);
	for (size_t i = 0; i < N_ROWS(groups); i++) {
		struct dict_object *group = avp_named(*state, groups[i].name);
		size_t n = expect_members(*state, group, groups[i].abnf);

		assert_int_equal(count_rules(group), n);
	}
}

static struct dict_object *command_of(struct dictionary *dict, uint32_t code, bool is_request)
{
	struct dict_object *command = NULL;
	command_code_t key = code;

	assert_int_equal(fd_dict_search(dict, DICT_COMMAND,
	                                is_request ? CMD_BY_CODE_R : CMD_BY_CODE_A, &key, &command,
	                                ENOENT),
	                 0);
	return command;
}

static void each_command_has_its_rules_and_no_others(void **state)
{
	struct dict_object *application = NULL;
	application_id_t id = 16777216;

	assert_int_equal(fd_dict_search(*state, DICT_APPLICATION, APPLICATION_BY_ID, &id,
	                                &application, ENOENT),
	                 0);
	for (size_t i = 0; i < N_ROWS(commands); i++) {
		struct dict_object *command =
			command_of(*state, commands[i].code, commands[i].is_request);
		uint8_t r_flag = commands[i].is_request ? CMD_FLAG_REQUEST : 0;
		struct dict_object *parent = NULL;
		struct dict_cmd_data data;
		size_t n = expect_members(*state, command, commands[i].abnf);

		n += expect_members(*state, command,
		                    common_abnf(commands[i].code, commands[i].is_request));
		assert_int_equal(count_rules(command), n);
		assert_int_equal(fd_dict_getval(command, &data), 0);
		assert_string_equal(data.cmd_name, commands[i].name);
		assert_int_equal(data.cmd_flag_val, CMD_FLAG_PROXIABLE | r_flag);
		assert_int_equal(fd_dict_search(*state, DICT_APPLICATION, APPLICATION_OF_COMMAND,
		                                command, &parent, ENOENT),
		                 0);
		assert_ptr_equal(parent, application);
	}
	assert_int_equal(dict_cx_n_commands, N_ROWS(commands));
}

static void the_numbers_are_those_of_the_specification(void **state)
{
	static const struct {
		unsigned number;
		unsigned expected;
	} numbers[] = {
		{CX_APP_ID, 16777216},
		{CX_EXP_FIRST_REGISTRATION, 2001},
		{CX_EXP_SUBSEQUENT_REGISTRATION, 2002},
		{CX_EXP_UNREGISTERED_SERVICE, 2003},
		{CX_EXP_SUCCESS_SERVER_NAME_NOT_STORED, 2004},
		{CX_EXP_SERVER_SELECTION, 2005},
		{CX_EXP_ERROR_USER_UNKNOWN, 5001},
		{CX_EXP_ERROR_IDENTITIES_DONT_MATCH, 5002},
		{CX_EXP_ERROR_IDENTITY_NOT_REGISTERED, 5003},
		{CX_EXP_ERROR_ROAMING_NOT_ALLOWED, 5004},
		{CX_EXP_ERROR_IDENTITY_ALREADY_REGISTERED, 5005},
		{CX_EXP_ERROR_AUTH_SCHEME_NOT_SUPPORTED, 5006},
		{CX_EXP_ERROR_IN_ASSIGNMENT_TYPE, 5007},
		{CX_EXP_ERROR_TOO_MUCH_DATA, 5008},
		{CX_EXP_ERROR_NOT_SUPPORTED_USER_DATA, 5009},
		{CX_EXP_ERROR_FEATURE_UNSUPPORTED, 5011},
		{CX_EXP_ERROR_SERVING_NODE_FEATURE_UNSUPPORTED, 5012},
		{CX_RC_SUCCESS, ER_DIAMETER_SUCCESS},
		{CX_RC_LIMITED_SUCCESS, ER_DIAMETER_LIMITED_SUCCESS},
		{CX_RC_UNABLE_TO_DELIVER, ER_DIAMETER_UNABLE_TO_DELIVER},
		{CX_RC_REALM_NOT_SERVED, ER_DIAMETER_REALM_NOT_SERVED},
		{CX_RC_TOO_BUSY, ER_DIAMETER_TOO_BUSY},
		{CX_RC_REDIRECT_INDICATION, ER_DIAMETER_REDIRECT_INDICATION},
		{CX_RC_APPLICATION_UNSUPPORTED, ER_DIAMETER_APPLICATION_UNSUPPORTED},
		{CX_RC_AVP_UNSUPPORTED, ER_DIAMETER_AVP_UNSUPPORTED},
		{CX_RC_AUTHORIZATION_REJECTED, ER_DIAMETER_AUTHORIZATION_REJECTED},
		{CX_RC_INVALID_AVP_VALUE, ER_DIAMETER_INVALID_AVP_VALUE},
		{CX_RC_MISSING_AVP, ER_DIAMETER_MISSING_AVP},
		{CX_RC_AVP_OCCURS_TOO_MANY_TIMES, ER_DIAMETER_AVP_OCCURS_TOO_MANY_TIMES},
		{CX_RC_UNABLE_TO_COMPLY, ER_DIAMETER_UNABLE_TO_COMPLY},
		{CX_RC_INVALID_AVP_LENGTH, ER_DIAMETER_INVALID_AVP_LENGTH},
		{CX_FEATURE_SIFC, 1},
		{CX_FEATURE_ALIAS_IND, 2},
		{CX_FEATURE_IMS_RESTORATION_IND, 4},
		{CX_FEATURE_PCSCF_RESTORATION_MECHANISM, 8},
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(numbers); i++) {
		assert_int_equal(numbers[i].number, numbers[i].expected);
	}
}

static void add_string(struct dictionary *dict, msg_or_avp *parent, const char *name)
{
	static uint8_t text[] = "x.example.net";
	union avp_value value = {.os = {.data = text, .len = sizeof(text) - 1}};
	struct avp *avp = NULL;

	assert_int_equal(fd_msg_avp_new(avp_named(dict, name), 0, &avp), 0);
	assert_int_equal(fd_msg_avp_setvalue(avp, &value), 0);
	assert_int_equal(fd_msg_avp_add(parent, MSG_BRW_LAST_CHILD, avp), 0);
}

static void add_number(struct dictionary *dict, msg_or_avp *parent, const char *name,
                       uint32_t number)
{
	union avp_value value = {.u32 = number};
	struct avp *avp = NULL;

	assert_int_equal(fd_msg_avp_new(avp_named(dict, name), 0, &avp), 0);
	assert_int_equal(fd_msg_avp_setvalue(avp, &value), 0);
	assert_int_equal(fd_msg_avp_add(parent, MSG_BRW_LAST_CHILD, avp), 0);
}

/* A UAR as octets, User-Name and Public-Identity as often as said. The caller frees it. */
static uint8_t *new_uar(struct dictionary *dict, int n_user_names, int n_identities, size_t *len)
{
	struct msg *uar = NULL;
	struct avp *group = NULL;
	uint8_t *octets = NULL;

	assert_int_equal(fd_msg_new(command_of(dict, 300, true), 0, &uar), 0);
	add_string(dict, uar, "Session-Id");
	assert_int_equal(
		fd_msg_avp_new(avp_named(dict, "Vendor-Specific-Application-Id"), 0, &group), 0);
	add_number(dict, group, "Vendor-Id", 10415);
	add_number(dict, group, "Auth-Application-Id", 16777216);
	assert_int_equal(fd_msg_avp_add(uar, MSG_BRW_LAST_CHILD, group), 0);
	add_number(dict, uar, "Auth-Session-State", 1);
	add_string(dict, uar, "Origin-Host");
	add_string(dict, uar, "Origin-Realm");
	add_string(dict, uar, "Destination-Realm");
	for (int i = 0; i < n_user_names; i++) {
		add_string(dict, uar, "User-Name");
	}
	for (int i = 0; i < n_identities; i++) {
		add_string(dict, uar, "Public-Identity");
	}
	add_string(dict, uar, "Visited-Network-Identifier");
	add_number(dict, uar, "UAR-Flags", 1);
	assert_int_equal(fd_msg_bufferize(uar, &octets, len), 0);
	assert_int_equal(fd_msg_free(uar), 0);
	return octets;
}

/* The error libfdproto reports for these octets, "" for none. It owns and frees the octets. */
static void expect_parsed(struct dictionary *dict, uint8_t *octets, size_t len, const char *error)
{
	struct msg *msg = NULL;
	struct fd_pei pei;
	int ret = 0;

	assert_int_equal(fd_msg_parse_buffer(&octets, len, &msg), 0);
	ret = fd_msg_parse_rules(msg, dict, &pei);
	if (*error == '\0') {
		assert_int_equal(ret, 0);
	} else {
		assert_int_not_equal(ret, 0);
		assert_string_equal(pei.pei_errcode, error);
		if (pei.pei_avp_free) {
			assert_int_equal(fd_msg_free(pei.pei_avp), 0);
		}
	}
	assert_int_equal(fd_msg_free(msg), 0);
}

static void a_message_is_held_to_its_rules(void **state)
{
	static const struct {
		int n_user_names;
		int n_identities;
		const char *error;
	} rows[] = {
		{1, 1, ""},
		{0, 1, "DIAMETER_MISSING_AVP"},
		{1, 0, "DIAMETER_MISSING_AVP"},
		{2, 1, "DIAMETER_AVP_OCCURS_TOO_MANY_TIMES"},
		{1, 2, "DIAMETER_AVP_OCCURS_TOO_MANY_TIMES"},
	};

	for (size_t i = 0; i < N_ROWS(rows); i++) {
		size_t len = 0;
		uint8_t *octets = new_uar(*state, rows[i].n_user_names, rows[i].n_identities, &len);

		expect_parsed(*state, octets, len, rows[i].error);
	}
}

/* TS 29.229 6.3: an AVP that is understood is taken whatever its M bit. */
static void a_peer_may_set_or_clear_m_differently(void **state)
{
	size_t len = 0;
	uint8_t *octets = new_uar(*state, 1, 1, &len);
	size_t n_flipped = 0;

	/* the AVPs of the first level: code (4), flags (1), length (3), padded to four octets */
	for (size_t at = 20; at < len;) {
		size_t avp_len = ((size_t)octets[at + 5] << 16) | ((size_t)octets[at + 6] << 8) |
		                 octets[at + 7];

		octets[at + 4] ^= AVP_FLAG_MANDATORY;
		at += (avp_len + 3U) & ~(size_t)3U;
		n_flipped++;
	}
	assert_int_equal(n_flipped, 10);
	expect_parsed(*state, octets, len, "");
}

static void loading_twice_changes_nothing(void **state)
{
	struct dictionary *dict = loaded_dictionary();
	char why[DICT_CX_WHY_LEN];

	(void)state;
	assert_int_equal(dict_cx_load(dict, why, sizeof(why)), DICT_CX_OK);
	assert_int_equal(count_rules(command_of(dict, 305, false)), 12);
	assert_int_equal(fd_dict_fini(&dict), 0);
}

/* A dictionary in which vendor 3GPP has one AVP already. */
static struct dictionary *dictionary_with(struct dict_avp_data data)
{
	struct dict_vendor_data vendor = {10415, (char *)"3GPP"};
	struct dictionary *dict = NULL;

	assert_int_equal(fd_dict_init(&dict), 0);
	assert_int_equal(fd_dict_new(dict, DICT_VENDOR, &vendor, NULL, NULL), 0);
	assert_int_equal(fd_dict_new(dict, DICT_AVP, &data, NULL, NULL), 0);
	return dict;
}

static void an_avp_of_another_type_is_refused_with_both_types(void **state)
{
	struct dictionary *dict = dictionary_with((struct dict_avp_data){
		601, 10415, (char *)"Public-Identity", AVP_FLAG_VENDOR | AVP_FLAG_MANDATORY,
		AVP_FLAG_VENDOR, AVP_TYPE_UNSIGNED32});
	char why[DICT_CX_WHY_LEN];

	(void)state;
	assert_int_equal(dict_cx_load(dict, why, sizeof(why)), DICT_CX_ERR_CONFLICT);
	assert_non_null(strstr(why, "Public-Identity"));
	assert_non_null(strstr(why, "OctetString"));
	assert_non_null(strstr(why, "Unsigned32"));
	assert_int_equal(fd_dict_fini(&dict), 0);
}

static void a_name_under_another_code_is_refused(void **state)
{
	struct dictionary *dict = dictionary_with(
		(struct dict_avp_data){9999, 10415, (char *)"Public-Identity", AVP_FLAG_VENDOR,
	                               AVP_FLAG_VENDOR, AVP_TYPE_OCTETSTRING});
	char why[DICT_CX_WHY_LEN];

	(void)state;
	assert_int_equal(dict_cx_load(dict, why, sizeof(why)), DICT_CX_ERR_CONFLICT);
	assert_non_null(strstr(why, "Public-Identity"));
	assert_non_null(strstr(why, "601"));
	assert_non_null(strstr(why, "9999"));
	assert_int_equal(fd_dict_fini(&dict), 0);
}

static void an_avp_with_another_m_bit_is_taken(void **state)
{
	struct dictionary *dict = dictionary_with((struct dict_avp_data){
		632, 10415, (char *)"Associated-Identities", AVP_FLAG_VENDOR | AVP_FLAG_MANDATORY,
		AVP_FLAG_VENDOR | AVP_FLAG_MANDATORY, AVP_TYPE_GROUPED});
	char why[DICT_CX_WHY_LEN];

	(void)state;
	assert_int_equal(dict_cx_load(dict, why, sizeof(why)), DICT_CX_OK);
	assert_int_equal(expect_members(dict, avp_of(dict, 10415, 632), "*[User-Name]"), 1);
	assert_int_equal(fd_dict_fini(&dict), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_avp_of_the_table_is_there),
		cmocka_unit_test(a_new_avp_carries_v_and_m_of_the_table),
		cmocka_unit_test(enumerated_values_are_named),
		cmocka_unit_test(each_group_has_its_members_and_no_others),
		cmocka_unit_test(each_command_has_its_rules_and_no_others),
		cmocka_unit_test(the_numbers_are_those_of_the_specification),
		cmocka_unit_test(a_message_is_held_to_its_rules),
		cmocka_unit_test(a_peer_may_set_or_clear_m_differently),
		cmocka_unit_test(loading_twice_changes_nothing),
		cmocka_unit_test(an_avp_of_another_type_is_refused_with_both_types),
		cmocka_unit_test(a_name_under_another_code_is_refused),
		cmocka_unit_test(an_avp_with_another_m_bit_is_taken),
	};

	if (fd_libproto_init() != 0) {
		return EXIT_FAILURE;
	}
	fd_g_debug_lvl = FD_LOG_FATAL;
	return cmocka_run_group_tests(tests, setup, teardown);
}
