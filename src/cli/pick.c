/* SPDX-License-Identifier: MIT */
/* The forms of a TOKEN, and the id that each stands for. */
#include "cli/pick.h"

#include "langsmith/token.h"

bool
pick_id(struct span text, struct uuid *id, struct err *e)
{
	if (uuid_parse(text, id))
		return true;
	if (token_looks_secret(text))
		return err_set(e, ERR_TOKEN_SECRET, SPAN(""));
	return err_set(e, ERR_TOKEN_FORM, SPAN(""));
}
