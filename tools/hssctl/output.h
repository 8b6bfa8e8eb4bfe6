/* Showing a JSON value: as JSON, or as lines "name: value". */
#ifndef HSSCTL_OUTPUT_H
#define HSSCTL_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Show a reply without its "ok".
 *
 *   json  whether as JSON; else a line for each member, those inside others named "outer.inner",
 * elements of lists "list.1", texts in lists together on one line
 */
void output_show(json_t *value, bool json);

#endif
