/* SPDX-License-Identifier: MIT */
/* TOKENs from the command line and from standard input, one by one. */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include "cli/input.h"
#include "cli/options.h"
#include "deletion/target.h"

/* The caller owns it; what is not set is zeros. */
struct source {
	struct input input;
	const struct options *options;
	int next_argument;
	bool in_input; /* and not in the arguments */
	bool has_line; /* there was a TOKEN on standard input */
	unsigned after_stop; /* lines read since a signal */
	struct err err; /* why standard input was not read to its end */
};

/* One TOKEN; its text lasts until the next. */
struct source_token {
	struct span text; /* NULL at `at`: it is longer than a line may be */
	enum target_source source;
	unsigned long number;
};

/* The next; false where there is none. It waits as long as it takes. */
bool source_next(struct source *s, struct source_token *token);

#endif
