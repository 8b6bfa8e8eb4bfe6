#include "tools/cxbench/slots.h"

#include <stdlib.h>

bool slots_open(struct slots *slots, uint32_t n)
{
	slots->slot = calloc(n, sizeof(*slots->slot));
	slots->n = slots->slot != NULL ? n : 0;
	slots->free = SLOT_NONE;
	for (uint32_t i = slots->n; i > 0; i--) {
		slots->slot[i - 1].hop_by_hop = i - 1;
		slots->slot[i - 1].next = slots->free;
		slots->free = i - 1;
	}
	return slots->slot != NULL;
}

void slots_close(struct slots *slots)
{
	free(slots->slot);
	*slots = (struct slots){0};
}

uint32_t slots_take(struct slots *slots)
{
	const uint32_t i = slots->free;

	if (i != SLOT_NONE) {
		slots->free = slots->slot[i].next;
		slots->slot[i].next = SLOT_NONE;
		slots->slot[i].used = true;
	}
	return i;
}

void slots_release(struct slots *slots, uint32_t i)
{
	slots->slot[i].used = false;
	slots->slot[i].outstanding = false;
	slots->slot[i].next = slots->free;
	slots->free = i;
}

void slots_arm(struct slots *slots, uint32_t i, uint32_t end_to_end)
{
	slots->slot[i].hop_by_hop += SLOTS_MAX; /* the low bits stay */
	slots->slot[i].end_to_end = end_to_end;
	slots->slot[i].outstanding = true;
}

uint32_t slots_match(struct slots *slots, uint32_t hop_by_hop, uint32_t end_to_end, uint16_t conn)
{
	const uint32_t i = hop_by_hop & (SLOTS_MAX - 1);
	struct slot *slot = i < slots->n ? &slots->slot[i] : NULL;

	if (slot == NULL || !slot->outstanding || slot->hop_by_hop != hop_by_hop ||
	    slot->end_to_end != end_to_end || slot->conn != conn) {
		return SLOT_NONE;
	}
	slot->outstanding = false;
	return i;
}
