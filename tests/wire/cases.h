/* SPDX-License-Identifier: MIT */
/* The conformance cases of ../shared, and memory that ends at a closed page. */
#ifndef TESTS_WIRE_CASES_H
#define TESTS_WIRE_CASES_H

#include "unit.h"

#define CASES_MAX 512

/* One line of a .jsonl file; the bytes are kept to the end of the program. */
struct test_case {
	char name[128];
	struct span text;
	bool accept;
	unsigned status; /* of an accepted response */
	size_t body_len;
};

struct test_cases {
	struct test_case at[CASES_MAX];
	size_t count;
};

/*
 * Reads $PATRM_SHARED/conformance/`file`, by default ../shared. Where that is
 * absent the test is skipped, with the reason printed; with CI or
 * PATRM_REQUIRE_SHARED=1 in the environment it fails instead.
 */
void cases_load(const char *file, struct test_cases *out);

/*
 * A copy of the bytes, at most 1 MiB and a few, behind which the next page
 * cannot be read. Valid until the next call.
 */
struct span guarded(struct span bytes);

#endif
