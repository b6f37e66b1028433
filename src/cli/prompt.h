/* SPDX-License-Identifier: MIT */
/* The person at the terminal, if there is one. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "base/err.h"

/* Where a question goes, and where its answer comes from. */
struct prompt {
	int in, out; /* to be closed, unless it is standard input */
};

/*
 * Finds the terminal: /dev/tty, else standard input where `input` allows it,
 * since nothing else reads it, and it is one. False without either.
 */
bool prompt_open(struct prompt *p, bool input);

/*
 * Waits for a line of the terminal, as long as it takes: true for y or yes.
 * Everything else is a no: another line, the end, an error, and a signal.
 */
bool prompt_answer(const struct prompt *p);

/* Whether a line, with what ends it, says so. */
bool prompt_is_yes(struct span line);

/* Forgets what was typed by now: it answers nothing that is still unasked. */
void prompt_forget(const struct prompt *p);

void prompt_close(const struct prompt *p);

#endif
