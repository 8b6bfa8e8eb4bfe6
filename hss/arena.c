#include "hss/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct arena_chunk {
	struct arena_chunk *older;
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

enum {
	ARENA_CHUNK_SIZE = 4096,
	ARENA_KEEP_MAX = 16384, /* a larger chunk is not kept for reuse */
};

static struct arena_chunk *chunk_new(size_t size)
{
	struct arena_chunk *chunk = NULL;

	if (size < ARENA_CHUNK_SIZE) {
		size = ARENA_CHUNK_SIZE;
	}
	if (size > SIZE_MAX - sizeof(*chunk)) {
		return NULL;
	}
	chunk = malloc(sizeof(*chunk) + size);
	if (chunk != NULL) {
		chunk->older = NULL;
		chunk->size = size;
		chunk->used = 0;
	}
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_chunk *chunk = arena->chunk;
	void *mem = NULL;

	if (size > SIZE_MAX - align) {
		return NULL;
	}
	size = (size + align - 1) / align * align;
	if (chunk == NULL || chunk->size - chunk->used < size) {
		chunk = chunk_new(size);
		if (chunk == NULL) {
			return NULL;
		}
		chunk->older = arena->chunk;
		arena->chunk = chunk;
	}
	mem = chunk->data + chunk->used;
	chunk->used += size;
	return memset(mem, 0, size);
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		return NULL;
	}
	return arena_alloc(arena, n * size);
}

char *arena_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_alloc(arena, len + 1) : NULL;

	if (copy != NULL && len > 0) {
		memcpy(copy, text, len);
	}
	return copy;
}

static void chunks_free(struct arena_chunk *chunk)
{
	while (chunk != NULL) {
		struct arena_chunk *older = chunk->older;

		free(chunk);
		chunk = older;
	}
}

void arena_reset(struct arena *arena)
{
	if (arena->chunk != NULL && arena->chunk->size > ARENA_KEEP_MAX) {
		arena_free(arena);
	} else if (arena->chunk != NULL) {
		chunks_free(arena->chunk->older);
		arena->chunk->older = NULL;
		arena->chunk->used = 0;
	}
}

void arena_free(struct arena *arena)
{
	chunks_free(arena->chunk);
	arena->chunk = NULL;
}
