/* Subscribers from a template: a document with placeholders, and what stands for them. */
#ifndef HSSCTL_TEMPLATE_H
#define HSSCTL_TEMPLATE_H

#include <jansson.h>

/*
 * The document of a subscriber, without keys.
 *
 *   name     "volte", or a file with a JSON document, whose texts may have ${impi}, ${user} and
 *            ${domain} (what stands before and behind the '@' of the IMPI), ${msisdn}, ${profile}
 *   msisdn   NULL: none; a template that needs one fails
 *   profile  NULL: "default"
 *
 * Returns NULL after a message.
 */
json_t *template_fill(const char *name, const char *impi, const char *msisdn, const char *profile);

#endif
