/*
 * Initial filter criteria as a JSON document (docs/profiles.md), checked, and as the
 * InitialFilterCriteria elements of the user profile (TS 29.228 Annexes B.2.2, C, E and F).
 * Internal to administration.
 */
#ifndef QUINTET_HSS_IFC_DOC_H
#define QUINTET_HSS_IFC_DOC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "hss/admin_reader.h"
#include "hss/arena.h"
#include "hss/err.h"

enum {
	IFC_MAX = 128,         /* criteria of one profile or shared set */
	IFC_CONDITION_MAX = 64 /* of one trigger */
};

/*
 * Read the member "criteria" of a document: a list, none when it is absent. Every fault is told
 * with its path.
 *
 *   out  receives a new reference: the criteria with their defaults written out, each thing in the
 *        one way that ifc_doc_write reads, ascending by priority. Of use when no fault was found;
 *        NULL when r->err says that memory is out
 */
void ifc_doc_read(struct admin_reader *r, const json_t *doc, json_t **out);

/*
 * The elements, one behind the other without white space (some S-CSCFs take it as content).
 *
 *   criteria  as ifc_doc_read gives them
 *   xml       receives the text in the arena; "" for no criteria
 */
HSS_MUST_CHECK enum hss_err ifc_doc_write(const json_t *criteria, struct arena *arena,
                                          const char **xml);

/* Whether one of the criteria is for the unregistered part (TS 29.228 6.1.4.1: services related to
 * the unregistered state). */
bool ifc_doc_has_unregistered(const json_t *criteria);

/*
 * Check a POSIX extended regular expression of a service point trigger: that it compiles, and that
 * its repetitions stay within bounds, for an S-CSCF has to compile it too.
 *
 *   why  receives, on false, a static text that completes "the expression ..."
 */
bool ifc_expression_check(const char *text, const char **why);

#endif
