/*
 * The requests outstanding, found by the Hop-by-Hop Identifier of their answers: its low 20 bits
 * number the slot, the upper ones change with each use of it. One thread, no allocation after open.
 */
#ifndef CXBENCH_SLOTS_H
#define CXBENCH_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SLOT_BITS = 20, SLOTS_MAX = 1 << SLOT_BITS };

#define SLOT_NONE UINT32_MAX

/* A piece of work on one subscriber: one request after the other. */
struct slot {
	uint64_t due;       /* when its request should go out, ns of CLOCK_MONOTONIC */
	uint64_t sent;      /* when it did */
	uint64_t sqn_floor; /* highest SQN known of the IMPI when it was sent */
	uint32_t hop_by_hop;
	uint32_t end_to_end;
	uint32_t subscriber;
	uint32_t next; /* in the free list or a queue */
	uint16_t conn;
	uint8_t procedure;
	uint8_t step;
	bool used;
	bool outstanding;
};

struct slots {
	struct slot *slot;
	uint32_t n;
	uint32_t free; /* head of a list */
};

/* n slots, up to SLOTS_MAX. False when memory is out. */
bool slots_open(struct slots *slots, uint32_t n);
void slots_close(struct slots *slots);

/* A free slot, or SLOT_NONE. It is used until it is released. */
uint32_t slots_take(struct slots *slots);
void slots_release(struct slots *slots, uint32_t i);

/* The slot's next request goes out: it gets a Hop-by-Hop Identifier that it had not before. */
void slots_arm(struct slots *slots, uint32_t i, uint32_t end_to_end);

/*
 * The slot whose outstanding request has these identifiers and went out on this connection; it is
 * outstanding no more. SLOT_NONE when there is no such one.
 */
uint32_t slots_match(struct slots *slots, uint32_t hop_by_hop, uint32_t end_to_end, uint16_t conn);

#endif
