/* SPDX-License-Identifier: MIT */
/* TOKENs from the command line and from standard input, one by one. */
#include "cli/source.h"

#include "net/wait.h"

/*
 * The next TOKEN from standard input; false at its end. After a signal what has
 * been written already is still reported, but nothing is waited for, and who
 * writes for ever is not read for ever.
 */
static bool next_of_input(struct source *s, struct span *text)
{
	bool wait, next;

	do {
		s->err = (struct err){ 0 };
		wait = wait_signal() == 0;
		next = (wait || s->after_stop++ < LINES_REPORTED_AFTER_STOP) &&
		       input_next(&s->input, wait, text, &s->err);
	} while (s->err.code == ERR_SIGNAL);
	if (next && s->input.too_long)
		*text = (struct span){ NULL, 0 };
	s->in_input = next;
	s->has_line = s->has_line || next;
	if (!s->has_line && wait_signal() == 0)
		err_set(&s->err, ERR_INPUT_EMPTY, NULL);
	return next;
}

bool source_next(struct source *s, struct source_token *token)
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
