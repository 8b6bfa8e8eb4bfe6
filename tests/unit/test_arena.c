/* The arena: alignment, zeroing, growth, reuse, and a system that has no memory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "hss/arena.h"

static bool malloc_fails;
static unsigned n_mallocs;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	n_mallocs++;
	return malloc_fails || size > PTRDIFF_MAX ? NULL : __real_malloc(size);
}

static void memory_is_aligned_zeroed_and_apart(void **state)
{
	struct arena arena = {0};
	unsigned char *old = NULL;

	(void)state;
	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *mem = arena_alloc(&arena, size);

		assert_non_null(mem);
		assert_int_equal((uintptr_t)mem % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++) {
			assert_int_equal(mem[i], 0);
		}
		memset(mem, 0xee, size);
		assert_true(old == NULL || size < 2 || mem[size - 1] == 0xee);
		old = mem;
	}
	arena_free(&arena);
	assert_null(arena.chunk);
}

static void reset_reuses_memory_zeroed(void **state)
{
	struct arena arena = {0};
	unsigned char *first = NULL;
	unsigned char *again = NULL;
	unsigned before = 0;

	(void)state;
	first = arena_alloc(&arena, 100);
	assert_non_null(first);
	memset(first, 0xee, 100);
	arena_reset(&arena);
	before = n_mallocs;
	again = arena_alloc(&arena, 100);
	assert_ptr_equal(again, first);
	assert_int_equal(n_mallocs, before);
	assert_int_equal(again[99], 0);
	/* Of several chunks the newest one stays. */
	assert_non_null(arena_alloc(&arena, 10000));
	arena_reset(&arena);
	before = n_mallocs;
	assert_non_null(arena_alloc(&arena, 10000));
	assert_int_equal(n_mallocs, before);
	arena_free(&arena);
}

static void a_large_chunk_is_not_kept(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_non_null(arena_alloc(&arena, 100000));
	arena_reset(&arena);
	assert_null(arena.chunk);
}

static void text_is_copied_with_its_end(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_string_equal(arena_text(&arena, "alice@home", 5), "alice");
	assert_string_equal(arena_text(&arena, NULL, 0), "");
	arena_free(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 64));
	assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
	assert_null(arena_text(&arena, "", SIZE_MAX));
	assert_non_null(arena_array(&arena, 0, 3));
	assert_non_null(arena_array(&arena, 3, 0));
	arena_free(&arena);
}

static void no_memory_is_null_and_harmless(void **state)
{
	struct arena arena = {0};
	void *first = NULL;
	void *second = NULL;

	(void)state;
	malloc_fails = true;
	first = arena_alloc(&arena, 1);
	malloc_fails = false;
	assert_null(first);
	first = arena_alloc(&arena, 4000);
	malloc_fails = true;
	second = arena_alloc(&arena, 4000);
	malloc_fails = false;
	assert_non_null(first);
	assert_null(second);
	assert_non_null(arena_alloc(&arena, 4000));
	arena_free(&arena);
}

static void zeroed_arena_can_be_reset_and_freed(void **state)
{
	struct arena arena = {0};

	(void)state;
	arena_reset(&arena);
	arena_free(&arena);
	arena_free(&arena);
	assert_null(arena.chunk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_aligned_zeroed_and_apart),
		cmocka_unit_test(reset_reuses_memory_zeroed),
		cmocka_unit_test(a_large_chunk_is_not_kept),
		cmocka_unit_test(text_is_copied_with_its_end),
		cmocka_unit_test(sizes_that_overflow_are_refused),
		cmocka_unit_test(no_memory_is_null_and_harmless),
		cmocka_unit_test(zeroed_arena_can_be_reset_and_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
