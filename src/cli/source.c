/* SPDX-License-Identifier: MIT */
#include "cli/source.h"

#include "net/wait.h"

/*
 * The next line. After a signal what has been written already is still
 * reported, but nothing is waited for, and who writes for ever is not read for
 * ever.
 */
static bool
next_line(struct source *s, struct span *line, struct err *e)
{
	if (wait_signal() == 0)
		return input_next(&s->input, true, line, e);
	return s->after_stop++ < LINES_REPORTED_AFTER_STOP &&
	       input_next(&s->input, false, line, e);
}

/* The next TOKEN from standard input; false at its end. */
static bool
next_of_input(struct source *s, struct span *text)
{
	struct err e;

	do {
		e = (struct err){ 0 };
		if (next_line(s, text, &e)) {
			s->has_line = true;
			if (s->input.too_long)
				*text = (struct span){ NULL, 0 };
			return true;
		}
	} while (e.code == ERR_SIGNAL);
	if (e.code == ERR_NONE && !s->has_line && wait_signal() == 0)
		err_set(&e, ERR_INPUT_EMPTY, SPAN(""));
	s->err = e;
	s->in_input = false;
	return false;
}

bool
source_next(struct source *s, struct source_token *token)
{
	while (!s->in_input || !next_of_input(s, &token->text)) {
		if (s->next_argument == s->options->token_count)
			return false;
		token->text = span_of(s->options->tokens[s->next_argument++]);
		if (!span_equal(token->text, SPAN("-")))
			break;
		s->in_input = true;
	}
	token->source = s->in_input ? TARGET_LINE : TARGET_ARGUMENT;
	token->number =
		s->in_input ? s->input.number : (unsigned long)s->next_argument;
	return true;
}
