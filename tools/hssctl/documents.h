/* Many documents, in portions that one request can hold. */
#ifndef HSSCTL_DOCUMENTS_H
#define HSSCTL_DOCUMENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The documents from number `first` on, as many as fit: a new list, not empty unless docs ends
 * there; NULL: memory. */
json_t *documents_portion(const json_t *docs, size_t first);

/* Whether all of them are one portion. */
bool documents_are_one_portion(const json_t *docs);

#endif
