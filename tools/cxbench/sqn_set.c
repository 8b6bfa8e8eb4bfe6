#include "tools/cxbench/sqn_set.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 4 };

bool sqn_set_open(struct sqn_set *set, size_t n)
{
	set->n = n;
	set->list = calloc(n, sizeof(*set->list));
	return set->list != NULL;
}

void sqn_set_close(struct sqn_set *set)
{
	for (size_t i = 0; set->list != NULL && i < set->n; i++) {
		free(set->list[i].sqn);
	}
	free(set->list);
	set->list = NULL;
	set->n = 0;
}

static bool grow(struct sqn_list *list)
{
	const uint32_t room = list->room == 0 ? ROOM_FIRST : list->room * 2;
	uint64_t *more = NULL;

	if (room <= list->room) {
		return false;
	}
	more = realloc(list->sqn, room * sizeof(*more));
	if (more == NULL) {
		return false;
	}
	list->sqn = more;
	list->room = room;
	return true;
}

/* Where sqn is, or would stand. */
static uint32_t place_of(const struct sqn_list *list, uint64_t sqn)
{
	uint32_t low = 0;
	uint32_t high = list->n;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (list->sqn[middle] < sqn) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

enum sqn_note sqn_set_note(struct sqn_set *set, size_t impi, uint64_t sqn)
{
	struct sqn_list *list = &set->list[impi];
	uint32_t at = list->n;

	if (list->n > 0 && sqn <= list->sqn[list->n - 1]) {
		at = place_of(list, sqn);
		if (list->sqn[at] == sqn) {
			return SQN_DUPLICATE;
		}
	}
	if (list->n == list->room && !grow(list)) {
		return SQN_NO_MEMORY;
	}
	memmove(list->sqn + at + 1, list->sqn + at, (list->n - at) * sizeof(*list->sqn));
	list->sqn[at] = sqn;
	list->n++;
	return SQN_NEW;
}

uint64_t sqn_set_highest(const struct sqn_set *set, size_t impi)
{
	const struct sqn_list *list = &set->list[impi];

	return list->n > 0 ? list->sqn[list->n - 1] : 0;
}
