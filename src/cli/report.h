/* SPDX-License-Identifier: MIT */
/* Outcomes to text and JSON lines; the only file that prints. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/output.h"
#include "cli/pick.h"
#include "langsmith/api.h"

/* How results are told, and what was told so far. All zeros is a start. */
struct report {
	bool json;
	bool quiet; /* no text results */
	bool revokes; /* tokens are revoked, not deleted */
	jsmntok_t *tokens; /* JSON_TOKENS_MAX of them, to read records with */

	bool begun; /* a text result stands on standard output already */
	unsigned long told; /* results */
	unsigned long by_outcome[API_OUTCOME_COUNT];
	unsigned long repeated; /* TOKENs that were named twice */
	bool progress; /* standard error is a terminal to show it on */
	size_t shown; /* columns of it that stand there now */
	struct output list; /* lines of a list, from the first on */
};

/*
 * Tells what became of a TOKEN, on standard output where it is a result, on
 * standard error where it is an error. A deletion that cannot be told on
 * standard output becomes status 8 in *r.
 */
void report_result(struct report *how, const struct pick *p,
                   struct api_result *r);

/* Writes the facts about the token that was found for p to the file. */
void report_facts(struct report *how, int file, const struct pick *p);

/* Asks on the file whether so many tokens are to be deleted. */
void report_question(struct report *how, int file, unsigned long count);

/* Shows how many TOKENs are done of those that are known, if there are two. */
void report_progress(struct report *how, unsigned long known);

/* One line that counts the outcomes, where there were several TOKENs. */
void report_summary(struct report *how);

/*
 * A list: its beginning, its tokens, a line of the table or a record each, and
 * its end, with the reason where it is not whole. False, at the end, where not
 * all of it could be written.
 */
void report_list_begin(struct report *how);
void report_listed(struct report *how, const struct json *record, bool owner);
bool report_list_end(struct report *how, const struct api_result *r,
                     bool owner);

/* One line on standard error for what concerns no single TOKEN. */
void report_error(struct report *how, const struct err *e);

/* A line of --verbose, on standard error; for struct client. */
void report_line(struct span line);

/* The text of --help or --version; false where it cannot be written. */
bool report_text(void (*put)(struct buf *out));

#endif
