/* SPDX-License-Identifier: MIT */
/* The lists of tokens, one token at a time, however long they are. */
#ifndef LANGSMITH_LIST_H
#define LANGSMITH_LIST_H

#include "langsmith/api.h"
#include "langsmith/token.h"

/* One token of a list; all of it is valid until its reader returns. */
struct list_record {
	const struct json *json; /* secrets are hidden in it by now */
	struct uuid id;
	struct span short_key; /* as it came, and to compare only */
};

/* Who looks at a list. */
struct list_reader {
	/* Before each attempt: what was seen before does not count; or NULL. */
	void (*on_start)(void *context);
	void (*on_record)(void *context,
	                  const struct list_record *record); /* or NULL */
	void *context;
	/* Which of those it is given; or NULL. */
	const struct token_filter *filter;
	/* What was seen counts: no second attempt once there was something. */
	bool once;
};

/* Whose tokens it shows: the caller's, all members'; or service keys. */
enum list_whose {
	LIST_OWN = CALL_LIST_OWN,
	LIST_MEMBERS = CALL_LIST_MEMBERS,
	LIST_SERVICE = CALL_LIST_SERVICE,
	LISTS,
};

/* The list that a token stands in, or a service key, whoever has it. */
enum list_whose list_home(bool service);

/*
 * Reads the list until its closing bracket, again after a failure that may
 * pass, until the deadline. EXIT_DONE where all of it was seen, and OUTCOME_NONE;
 * where it was not, r says why: 3, 5 or 7 by the cause, else 1
 * (ERR_LIST_ELEMENT: it was read to its end, and some of it is no token, or too
 * large; the rest was seen).
 */
void list_read(struct api *a, enum list_whose whose,
               const struct list_reader *reader, struct deadline d,
               struct result *r);

#endif
