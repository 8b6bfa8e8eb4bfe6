/*
 * Every SQN seen, for each IMPI: what comes twice, and what goes back. Exact: 8 octets a SQN in a
 * sorted list an IMPI, to which a sound HSS only ever appends near the end. One thread.
 */
#ifndef CXBENCH_SQN_SET_H
#define CXBENCH_SQN_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqn_list {
	uint64_t *sqn; /* ascending */
	uint32_t n;
	uint32_t room;
};

struct sqn_set {
	struct sqn_list *list; /* one an IMPI */
	size_t n;
};

enum sqn_note { SQN_NEW, SQN_DUPLICATE, SQN_NO_MEMORY };

/* Room for n IMPIs. False when memory is out. Close it in any case. */
bool sqn_set_open(struct sqn_set *set, size_t n);
void sqn_set_close(struct sqn_set *set);

/* Note a SQN of the IMPI, a number below n. */
enum sqn_note sqn_set_note(struct sqn_set *set, size_t impi, uint64_t sqn);

/* The highest SQN seen of the IMPI; 0, which no vector has, when there was none. */
uint64_t sqn_set_highest(const struct sqn_set *set, size_t impi);

#endif
