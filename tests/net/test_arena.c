/* SPDX-License-Identifier: MIT */
/* Tests of net/arena: blocks that are whole, apart, zeroed and given back. */
#include "net/arena.h"

#include <stdalign.h>

#include "base/limits.h"
#include "unit.h"

#define BLOCKS 64

/* What the arena can give in one piece while nothing else is taken. */
static size_t largest(void)
{
	size_t size = TLS_ARENA;

	for (;;) {
		void *all = arena_calloc(1, size);

		if (all != NULL) {
			arena_free(all);
			return size;
		}
		size--;
	}
}

static bool is_filled(const uint8_t *at, size_t size, uint8_t with)
{
	for (size_t i = 0; i < size; i++)
		if (at[i] != with)
			return false;
	return true;
}

static void a_block_is_zeroed_and_aligned(void **state)
{
	(void)state;
	for (size_t size = 1; size < 300; size++) {
		uint8_t *block = arena_calloc(1, size);

		assert_non_null(block);
		assert_int_equal((uintptr_t)block % alignof(max_align_t), 0);
		assert_true(is_filled(block, size, 0));
		memset(block, 0xff, size);
		arena_free(block);
	}
}

static void what_does_not_fit_is_refused(void **state)
{
	static const struct {
		const char *label;
		size_t count, size;
	} rows[] = {
		{ "all", 1, TLS_ARENA },
		{ "more than all", 1, TLS_ARENA + 1 },
		{ "all, many", TLS_ARENA, 1 },
		{ "the largest size", 1, SIZE_MAX },
		{ "the largest count", SIZE_MAX, 1 },
		{ "a product that wraps to 0", SIZE_MAX / 2 + 1, 2 },
		{ "a product that wraps to 16", SIZE_MAX / 16 + 2, 16 },
		{ "both", SIZE_MAX, SIZE_MAX },
		{ "a size that wraps when rounded", 1, SIZE_MAX - 14 },
	};
	size_t before = largest();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_row(rows[i].label,
		           arena_calloc(rows[i].count, rows[i].size) == NULL);
	assert_int_equal(largest(), before);
}

static void nothing_is_a_block_too(void **state)
{
	void *a = arena_calloc(0, 8), *b = arena_calloc(8, 0);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_true(a != b);
	arena_free(a);
	arena_free(b);
	arena_free(NULL);
}

static void a_count_is_multiplied(void **state)
{
	uint8_t *many = arena_calloc(7, 13), *next = arena_calloc(1, 1);

	(void)state;
	assert_non_null(many);
	assert_true(next >= many + 7 * 13);
	arena_free(many);
	arena_free(next);
}

/* Filled to the last byte, given back in any order, it is whole again. */
static void free_neighbours_become_one(void **state)
{
	static const int orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	size_t all = largest();

	(void)state;
	assert_true(all > TLS_ARENA - 64);
	for (size_t i = 0; i < COUNT(orders); i++) {
		void *third[3];

		for (size_t k = 0; k < 3; k++)
			third[k] = arena_calloc(1, all / 3 - 32);
		assert_non_null(third[2]);
		assert_null(arena_calloc(1, all / 3 - 32));
		for (size_t k = 0; k < 3; k++)
			arena_free(third[orders[i][k]]);
		assert_int_equal(largest(), all);
	}
}

static void a_gap_is_used_again(void **state)
{
	size_t all = largest();
	uint8_t *first = arena_calloc(1, 100), *gap = arena_calloc(1, 500);
	uint8_t *last = arena_calloc(1, 100), *large;

	(void)state;
	arena_free(gap);
	assert_ptr_equal(arena_calloc(1, 200), gap);
	/* too large for what is left of the gap, and for the gap */
	large = arena_calloc(1, 600);
	assert_true(large > last);
	arena_free(gap);
	assert_ptr_equal(arena_calloc(1, 500), gap);
	arena_free(first);
	assert_ptr_equal(arena_calloc(1, 90), first);
	arena_free(first);
	arena_free(gap);
	arena_free(last);
	assert_true(largest() < all);
	arena_free(large);
	assert_int_equal(largest(), all);
}

struct block {
	uint8_t *at;
	size_t size;
	uint8_t mark;
};

/* Takes the block, or gives it back after a look at whether it is whole. */
static void turn_over(struct block *b, uint64_t *seed)
{
	if (b->at != NULL) {
		assert_true(is_filled(b->at, b->size, b->mark));
		arena_free(b->at);
		b->at = NULL;
		return;
	}
	b->size = 1 + (random_next(seed) >> 20) % 4000;
	b->mark = (uint8_t)(random_next(seed) >> 30 | 1);
	b->at = arena_calloc(1, b->size);
	if (b->at == NULL)
		return;
	assert_true(is_filled(b->at, b->size, 0));
	memset(b->at, b->mark, b->size);
}

static void any_order_keeps_blocks_apart(void **state)
{
	static struct block blocks[BLOCKS];
	size_t all = largest();
	uint64_t seed = 98304;

	(void)state;
	for (size_t i = 0; i < 50000; i++)
		turn_over(&blocks[(random_next(&seed) >> 10) % BLOCKS], &seed);
	for (size_t i = 0; i < BLOCKS; i++)
		if (blocks[i].at != NULL)
			turn_over(&blocks[i], &seed);
	assert_int_equal(largest(), all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_is_zeroed_and_aligned),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(nothing_is_a_block_too),
		cmocka_unit_test(a_count_is_multiplied),
		cmocka_unit_test(free_neighbours_become_one),
		cmocka_unit_test(a_gap_is_used_again),
		cmocka_unit_test(any_order_keeps_blocks_apart),
	};

	return cmocka_run_group_tests_name("net/arena", tests, NULL, NULL);
}
