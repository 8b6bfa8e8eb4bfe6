#include "documents.h"

#include "hss/admin.h"

/* The rest of a frame is for the request around them. */
enum { PORTION_OCTETS_MAX = ADMIN_FRAME_MAX / 2 };

json_t *documents_portion(const json_t *docs, size_t first)
{
	json_t *rows = json_array();
	size_t octets = 0;

	for (size_t i = first; i < json_array_size(docs) && i < first + ADMIN_ROWS_MAX; i++) {
		json_t *doc = json_array_get(docs, i);

		octets += json_dumpb(doc, NULL, 0, JSON_COMPACT);
		if (i > first && octets > PORTION_OCTETS_MAX) {
			break;
		}
		if (json_array_append(rows, doc) != 0) {
			json_decref(rows);
			return NULL;
		}
	}
	return rows;
}

bool documents_are_one_portion(const json_t *docs)
{
	json_t *rows = documents_portion(docs, 0);
	const bool one = json_array_size(rows) == json_array_size(docs);

	json_decref(rows);
	return one;
}
