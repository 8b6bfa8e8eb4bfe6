/* From options of the command line to members of JSON. */
#ifndef HSSCTL_OPTIONS_H
#define HSSCTL_OPTIONS_H

#include <jansson.h>

#include "hssctl.h"

/* An array of texts from an option that may be repeated; the same as objects {"impu": text}. */
json_t *option_texts(const struct cli *cli, enum option_id id);
json_t *option_impus(const struct cli *cli, enum option_id id);

/* Set a text member when the option was given; a yes or no likewise. */
void option_text_set(const struct cli *cli, enum option_id id, json_t *obj, const char *member);
void option_bool_set(const struct cli *cli, enum option_id id, json_t *obj, const char *member);

/* The members of an IMPI about its schemes. */
void option_digest_set(const struct cli *cli, json_t *obj);

#endif
