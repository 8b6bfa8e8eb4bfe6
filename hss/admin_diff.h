/*
 * What changes between two documents: for people, and to decide whether anything does. Pure.
 * Internal to administration.
 */
#ifndef QUINTET_HSS_ADMIN_DIFF_H
#define QUINTET_HSS_ADMIN_DIFF_H

#include <jansson.h>

#include "hss/err.h"

/*
 * Append {"path", "was", "becomes"} for each member that differs: "was" is
 * missing for what is new, "becomes" for what goes. Elements of a list are matched by what names
 * them (priority, impi, impu, an IMPU in common), and a path says that name: "criteria[10].server";
 * what stays but moves is one more entry, with the names in order. Elements without a name are
 * matched by their place.
 *
 *   was      an object, or NULL: there is none
 *   becomes  an object
 *   changes  a list
 *
 * Returns HSS_OK or HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err admin_diff(const json_t *was, const json_t *becomes, json_t *changes);

#endif
