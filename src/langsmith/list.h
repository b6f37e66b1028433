/* SPDX-License-Identifier: MIT */
/* The lists of tokens, one token at a time, however long they are. */
#ifndef LANGSMITH_LIST_H
#define LANGSMITH_LIST_H

#include "langsmith/api.h"

/* Who looks at a list. */
struct list_reader {
	/* Before each attempt: what was seen before does not count; or NULL. */
	void (*begin)(struct list_reader *who);
	/* Each token; the record is valid until it returns. */
	void (*see)(struct list_reader *who, const struct json *record,
	            const struct uuid *id);
	/* What was seen counts: no second attempt once there was something. */
	bool once;
};

enum list_whose {
	LIST_OWN, /* the caller's: GET .../personal-access-tokens */
	LIST_MEMBERS, /* GET .../members/personal-access-tokens */
};

/*
 * Reads the list until its closing bracket, again after a failure that may
 * pass, until the deadline. r->status is 0 where all of it was seen; where it
 * was not, r says why: 3, 5 or 7 by the cause, else 1 (ERR_LIST_ELEMENT: it
 * was read to its end, and some of it is no token, or too large; the rest was
 * seen).
 */
void list_read(struct api *a, enum list_whose whose, struct list_reader *who,
               struct deadline d, struct api_result *r);

/* Whether the list is one that the caller may not see, or that is not there. */
bool list_is_hidden(const struct api_result *r);

#endif
