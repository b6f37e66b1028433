/* SPDX-License-Identifier: MIT */
/* The person at the terminal, if there is one. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "base/err.h"

/* Where a question goes, and where its answer comes from. */
struct ask {
	int in, out;
	bool opened; /* by ask_open: to be closed */
};

/*
 * Finds the terminal: /dev/tty, else standard input where `input` allows it,
 * since nothing else reads it, and it is one. False without either.
 */
bool ask_open(struct ask *a, bool input);

/*
 * Waits for a line of the terminal, as long as it takes: true for y or yes.
 * Everything else is a no: another line, the end, an error, and a signal.
 */
bool ask_answer(const struct ask *a);

void ask_close(struct ask *a);

#endif
