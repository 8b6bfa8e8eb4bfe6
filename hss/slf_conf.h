/* The file of an SLF's map: one rule a line. docs/slf.md describes it for operators. */
#ifndef QUINTET_HSS_SLF_CONF_H
#define QUINTET_HSS_SLF_CONF_H

#include "hss/conf.h"
#include "hss/slf.h"

/*
 * Read a map. Its lines are
 *
 *   # ...                               a comment, as is an empty line
 *   hss NAME URI...                     an HSS and its addresses, above the rules that name it
 *   usage dont_cache                    for the rules below, until the next such line
 *   usage all_user SECONDS
 *   identity|number|realm|expression PATTERN NAME...
 *   default NAME...
 *
 * with words between blanks. What a word may be stands at slf_hss_add, slf_usage_set, slf_rule_add.
 *
 *   path  the file
 *   out   receives the map, sealed, to be freed with slf_close
 *   why   receives, on error, "FILE:LINE: ..."
 *
 * Returns HSS_OK, HSS_ERR_IO, HSS_ERR_INVALID (whatever is wrong in the file), HSS_ERR_MEMORY.
 */
HSS_MUST_CHECK enum hss_err slf_load(const char *path, struct slf **out,
                                     char why[static CONF_WHY_LEN]);

#endif
