/* SPDX-License-Identifier: MIT */
/* The forms of a TOKEN, and the id that each stands for. */
#include "cli/pick.h"

static bool
begins_with(struct span text, struct span with)
{
	return text.len >= with.len &&
	       span_equal((struct span){ text.at, with.len }, with);
}

bool
pick_id(struct span text, struct uuid *id, struct err *e)
{
	if (uuid_parse(text, id))
		return true;
	if (begins_with(text, SPAN("lsv2_")) || begins_with(text, SPAN("ls__")))
		return err_set(e, ERR_TOKEN_SECRET, SPAN(""));
	return err_set(e, ERR_TOKEN_FORM, SPAN(""));
}
