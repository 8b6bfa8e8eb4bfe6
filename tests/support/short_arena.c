#include "short_arena.h"

#include <stdbool.h>

#include "hss/arena.h"

void *__real_arena_alloc(struct arena *arena, size_t size);
void *__wrap_arena_alloc(struct arena *arena, size_t size);
void *__real_arena_array(struct arena *arena, size_t n, size_t size);
void *__wrap_arena_array(struct arena *arena, size_t n, size_t size);
char *__real_arena_text(struct arena *arena, const char *text, size_t len);
char *__wrap_arena_text(struct arena *arena, const char *text, size_t len);

static int left = SHORT_ARENA_OFF;

void short_arena(int n)
{
	left = n;
}

static bool is_out(void)
{
	if (left > 0) {
		left--;
		return false;
	}
	return left == 0;
}

void *__wrap_arena_alloc(struct arena *arena, size_t size)
{
	return is_out() ? NULL : __real_arena_alloc(arena, size);
}

void *__wrap_arena_array(struct arena *arena, size_t n, size_t size)
{
	return is_out() ? NULL : __real_arena_array(arena, n, size);
}

char *__wrap_arena_text(struct arena *arena, const char *text, size_t len)
{
	return is_out() ? NULL : __real_arena_text(arena, text, len);
}
