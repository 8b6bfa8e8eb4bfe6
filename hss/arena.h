/*
 * Memory of one request: many small allocations, freed or reused together.
 *
 * A zeroed struct arena is empty and ready. Not thread-safe: one owner at a time.
 */
#ifndef QUINTET_HSS_ARENA_H
#define QUINTET_HSS_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunk; /* newest first */
};

/* Zeroed memory, aligned for any type, valid until arena_reset or arena_free. NULL when memory is
 * out. */
void *arena_alloc(struct arena *arena, size_t size);

/* n elements of size octets; NULL also when the product overflows. */
void *arena_array(struct arena *arena, size_t n, size_t size);

/* A NUL-terminated copy of len octets. */
char *arena_text(struct arena *arena, const char *text, size_t len);

/* Forget every allocation; the newest chunk stays for reuse unless it is a large one. */
void arena_reset(struct arena *arena);

/* Give everything back. Safe on a zeroed arena. */
void arena_free(struct arena *arena);

#endif
