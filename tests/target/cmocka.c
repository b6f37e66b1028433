/* SPDX-License-Identifier: MIT */
/* As much of cmocka as the tests of base and wire use: see target.mk. */
#include "target/cmocka.h"

#include <setjmp.h>

enum { FAILED = 1, SKIPPED };

static jmp_buf test_end;

void target_fail(const char *file, int line)
{
	printf("%s:%d\n", file, line);
	longjmp(test_end, FAILED);
}

void skip(void)
{
	longjmp(test_end, SKIPPED);
}

/* How it ended: 0, or one of the two. */
static int run_one(const struct CMUnitTest *test)
{
	void *state = test->state;
	int end = setjmp(test_end);

	if (end == 0)
		test->run(&state);
	return end;
}

/* The last line is what tests/toolchains counts. */
int target_run(const char *group, const struct CMUnitTest *tests, size_t count)
{
	int counts[3] = { 0 };

	for (size_t i = 0; i < count; i++) {
		int end = run_one(&tests[i]);

		if (end != 0)
			printf("%s/%s: %s\n", group, tests[i].name,
			       end == FAILED ? "FAILED" : "skipped");
		counts[end]++;
	}
	printf("%d passed, %d failed, %d skipped\n", counts[0], counts[FAILED],
	       counts[SKIPPED]);
	return counts[FAILED] > 0;
}
