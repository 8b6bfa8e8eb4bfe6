/* Differences between what is stored and what a document says, for people. */
#ifndef HSSCTL_CHANGES_H
#define HSSCTL_CHANGES_H

#include <jansson.h>

/* Print a line "path: was -> becomes" for each entry of "changes", with a text before it; "-"
 * stands for nothing. Of a secret only that it changes. */
void changes_show(const json_t *changes, const char *before);

/* Print a reply to an apply: "result: ..." and the changes. */
void applied_show(const json_t *reply);

#endif
