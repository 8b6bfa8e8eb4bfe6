/* What an answer has besides its result, its names and its vectors. */
#include <inttypes.h>
#include <stdarg.h>

#include <jansson.h>

#include "tools/scscf/cx_text.h"
#include "tools/scscf/trace.h"

enum { MEMBER_LEN = 1200 }; /* two identities; a longer text of a peer is cut */

/*
 * What comes besides, by the names of its AVPs: a line of text each, or a string in a list of that
 * name in the object.
 */
struct told {
	FILE *out;
	json_t *object; /* NULL: text */
};

__attribute__((format(printf, 3, 4))) static void tell(const struct told *told, const char *name,
                                                       const char *format, ...)
{
	char text[MEMBER_LEN];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (told->object == NULL) {
		(void)fprintf(told->out, "%s: %s\n", name, text);
		return;
	}
	if (json_object_get(told->object, name) == NULL) {
		(void)json_object_set_new(told->object, name, json_array());
	}
	(void)json_array_append_new(json_object_get(told->object, name), json_string(text));
}

static void tell_names(const struct told *told, const char *name, const char *const *names,
                       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		tell(told, name, "%s", names[i]);
	}
}

static void tell_capabilities(const struct told *told, const struct ims_capabilities *set)
{
	if (set == NULL) {
		return;
	}
	tell_names(told, "Server-Capabilities/Server-Name", set->server, set->n_server);
	for (size_t i = 0; i < set->n_mandatory; i++) {
		tell(told, "Mandatory-Capability", "%" PRIu32, set->mandatory[i]);
	}
	for (size_t i = 0; i < set->n_optional; i++) {
		tell(told, "Optional-Capability", "%" PRIu32, set->optional[i]);
	}
}

static void tell_charging(const struct told *told, const struct ims_charging *charging)
{
	if (charging == NULL) {
		return;
	}
	tell_names(told, "Primary-Event-Charging-Function-Name", &charging->primary_ecf,
	           charging->primary_ecf != NULL);
	tell_names(told, "Secondary-Event-Charging-Function-Name", &charging->secondary_ecf,
	           charging->secondary_ecf != NULL);
	tell_names(told, "Primary-Charging-Collection-Function-Name", &charging->primary_ccf,
	           charging->primary_ccf != NULL);
	tell_names(told, "Secondary-Charging-Collection-Function-Name", &charging->secondary_ccf,
	           charging->secondary_ccf != NULL);
}

/* Restoration information is the S-CSCF's own: its length is all that is said of it. HA1 is secret.
 */
void trace_members(FILE *out, json_t *object, const struct cx_answer *ans)
{
	const struct told to = {.out = out, .object = object};
	const struct told *told = &to;
	char features[CX_TEXT_FEATURES_LEN];

	if (ans->features.present) {
		tell(told, "Supported-Features", "%s",
		     cx_text_features(ans->features.list, features));
	}
	tell_capabilities(told, ans->capability_set);
	tell_names(told, "Associated-Identities", ans->associated_impi, ans->n_associated_impi);
	tell_names(told, "Associated-Registered-Identities", ans->registered_impi,
	           ans->n_registered_impi);
	tell_charging(told, ans->charging);
	if (ans->psi_direct_routing) {
		tell(told, "LIA-Flags", "PSI direct routing");
	}
	if (ans->loose_route) {
		tell(told, "Loose-Route-Indication", "LOOSE_ROUTE_REQUIRED");
	}
	if (ans->privileged_sender) {
		tell(told, "Priviledged-Sender-Indication", "PRIVILEDGED_SENDER");
	}
	for (size_t i = 0; i < ans->n_restoration; i++) {
		tell(told, "SCSCF-Restoration-Info", "%s (%zu octets)", ans->restoration[i].impi,
		     ans->restoration[i].len);
	}
	for (size_t i = 0; i < ans->n_emergency; i++) {
		tell(told, "Identity-with-Emergency-Registration", "%s %s", ans->emergency[i].impi,
		     ans->emergency[i].impu);
	}
	if (ans->digest.realm != NULL) {
		tell(told, "SIP-Digest-Authenticate", "realm %s HA1 (%d octets)", ans->digest.realm,
		     CX_HA1_LEN);
	}
}
