/* SPDX-License-Identifier: MIT */
/* The arena gives zeroed memory that overlaps nothing, and takes it back. */
#include "unit.h"

#include <stdalign.h>

#include "base/limits.h"
#include "net/arena.h"

#define HELD 64

struct held {
	uint8_t *at;
	size_t len;
	uint8_t mark;
};

static void
assert_marked(const struct held *h)
{
	for (size_t i = 0; i < h->len; i++)
		assert_int_equal(h->at[i], h->mark);
}

/* Takes memory, which must be zero, and writes the mark all over it. */
static bool
hold(struct held *h, size_t len, uint8_t mark)
{
	*h = (struct held){ arena_calloc(1, len), len, mark };
	if (h->at == NULL) {
		h->len = 0;
		return false;
	}
	assert_int_equal((uintptr_t)h->at % alignof(max_align_t), 0);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(h->at[i], 0);
		h->at[i] = mark;
	}
	return true;
}

static void
release(struct held *h)
{
	assert_marked(h);
	arena_free(h->at);
	*h = (struct held){ 0 };
}

static void
any_order_of_use_is_fine(void **state)
{
	struct held held[HELD] = { { 0 } };
	uint64_t seed = 1;
	unsigned given = 0;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		struct held *h = &held[random_next(&seed) % HELD];

		if (h->at != NULL)
			release(h);
		else
			given += hold(h, random_next(&seed) % 5000,
			              (uint8_t)(i | 1));
		if (i % 500 == 0)
			for (size_t k = 0; k < HELD; k++)
				assert_marked(&held[k]);
	}
	assert_true(given > 5000);
	for (size_t k = 0; k < HELD; k++)
		if (held[k].at != NULL)
			release(&held[k]);
}

static void
all_of_it_can_be_had_again(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct held all, none, small[100];

		assert_true(hold(&all, TLS_ARENA - 64, 7));
		assert_false(hold(&none, 100, 1));
		release(&all);
		for (size_t k = 0; k < COUNT(small); k++)
			assert_true(hold(&small[k], 300, 9));
		for (size_t k = 0; k < COUNT(small); k++)
			release(&small[(k * 37) % COUNT(small)]);
	}
}

static void
what_does_not_fit_is_null(void **state)
{
	(void)state;
	assert_null(arena_calloc(1, TLS_ARENA));
	assert_null(arena_calloc(TLS_ARENA, TLS_ARENA));
	assert_null(arena_calloc(SIZE_MAX, 2));
	assert_null(arena_calloc(2, SIZE_MAX));
	assert_null(arena_calloc(1, SIZE_MAX));
	arena_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order_of_use_is_fine),
		cmocka_unit_test(all_of_it_can_be_had_again),
		cmocka_unit_test(what_does_not_fit_is_null),
	};

	return cmocka_run_group_tests_name("net/arena", tests, NULL, NULL);
}
