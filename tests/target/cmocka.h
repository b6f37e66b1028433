/* SPDX-License-Identifier: MIT */
/* As much of cmocka as the tests of base and wire use: see target.mk. */
#ifndef TESTS_TARGET_CMOCKA_H
#define TESTS_TARGET_CMOCKA_H

#include <stddef.h>
#include <stdio.h>

/* As cmocka has it; no test of these floors has a set-up. */
struct CMUnitTest {
	const char *name;
	void (*run)(void **state);
	void *setup, *teardown;
	void *state;
};

#define cmocka_unit_test(function) \
	{ \
#function, function, NULL, NULL, NULL \
	}

#define cmocka_run_group_tests_name(group, tests, setup, teardown) \
	target_run((group), (tests), sizeof(tests) / sizeof((tests)[0]))

int target_run(const char *group, const struct CMUnitTest *tests, size_t count);

/* Both end the test at hand. */
_Noreturn void target_fail(const char *file, int line);
_Noreturn void skip(void);

#define print_message printf
#define fail_msg(...) \
	(printf(__VA_ARGS__), putchar('\n'), target_fail(__FILE__, __LINE__))

#define assert_true(condition) \
	((condition) ? (void)0 : fail_msg("not so: %s", #condition))
#define assert_false(condition) assert_true(!(condition))
#define assert_null(pointer) assert_true((pointer) == NULL)
#define assert_non_null(pointer) assert_true((pointer) != NULL)
#define assert_ptr_equal(a, b) assert_true((a) == (b))
#define assert_int_equal(a, b) assert_true((a) == (b))
#define assert_string_equal(a, b) assert_true(strcmp(a, b) == 0)
#define assert_memory_equal(a, b, size) assert_true(memcmp(a, b, size) == 0)

#endif
