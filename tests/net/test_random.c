/* SPDX-License-Identifier: MIT */
/* Tests of net/random: all of it is filled, and nothing behind it. */
#include "net/random.h"

#include "unit.h"

static const struct deadline at_once = { 0 };

static void all_of_it_is_filled(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 255, 256, 257, 5000 };
	static uint8_t seen[5001], out[5001];

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct err e = { 0 };
		size_t size = sizes[i];

		memset(seen, 0, sizeof(seen));
		/* A byte is 0 eight times in a row once in 2^64. */
		for (int round = 0; round < 8; round++) {
			memset(out, 0, sizeof(out));
			assert_true(random_fill(out, size, at_once, &e));
			for (size_t at = 0; at < sizeof(out); at++)
				seen[at] |= out[at];
		}
		assert_int_equal(e.code, ERR_NONE);
		for (size_t at = 0; at < sizeof(seen); at++)
			assert_int_equal(seen[at] != 0, at < size);
	}
}

static void it_is_different_each_time(void **state)
{
	uint8_t one[16], other[16];
	struct err e = { 0 };

	(void)state;
	assert_true(random_fill(one, sizeof(one), at_once, &e));
	assert_true(random_fill(other, sizeof(other), at_once, &e));
	assert_memory_not_equal(one, other, sizeof(one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_filled),
		cmocka_unit_test(it_is_different_each_time),
	};

	return cmocka_run_group_tests_name("net/random", tests, NULL, NULL);
}
