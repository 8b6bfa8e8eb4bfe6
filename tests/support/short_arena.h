/*
 * Memory that runs out, allocation by allocation of an arena. Link with --wrap=arena_alloc,
 * --wrap=arena_array and --wrap=arena_text: what other files than arena.c allocate is counted.
 */
#ifndef TESTS_SHORT_ARENA_H
#define TESTS_SHORT_ARENA_H

enum { SHORT_ARENA_OFF = -1 };

/* The allocation number n from now, from 0, and all behind it fail. SHORT_ARENA_OFF: none does. */
void short_arena(int n);

#endif
