/* SPDX-License-Identifier: MIT */
/* What every unit test needs: cmocka, and the checks that name their row. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* SPAN for the initializer of a static table. */
#define BYTES(literal) \
	{ \
		(const uint8_t *)("" literal), sizeof(literal) - 1 \
	}

/* Fails with the label of the row when the condition does not hold. */
#define assert_row(label, condition) \
	do { \
		if (!(condition)) \
			fail_msg("%s: not so: %s", (label), #condition); \
	} while (0)

static inline void assert_span(const char *label, struct span got,
                               struct span want)
{
	if (got.len != want.len ||
	    (got.len > 0 && memcmp(got.at, want.at, got.len) != 0))
		fail_msg("%s: \"%.*s\" (%zu bytes), not \"%.*s\" (%zu)", label,
		         (int)got.len, (const char *)got.at, got.len,
		         (int)want.len, (const char *)want.at, want.len);
}

/* Pseudo-random numbers, the same in every run (xorshift64). */
static inline uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

#endif
