/* SPDX-License-Identifier: MIT */
/* What is reported where, and how much of it there was. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/output.h"
#include "cli/record.h"
#include "deletion/target.h"
#include "net/wait.h"
#include "wire/json.h"

/* How results are reported, and what was so far. All zeros is a start. */
struct report {
	const struct report_form *form;
	bool quiet; /* no text results */
	struct span secret; /* that authenticates: is shown to nobody */
	enum verb verb;
	struct record_table table; /* of a list */

	bool begun; /* a text result stands on standard output already */
	bool has_fate; /* an error now says what became of the token */
	unsigned long count; /* of results */
	unsigned long by_outcome[OUTCOME_COUNT];
	enum exit_status status; /* of all: one that they share, or 9 */
	unsigned long repeated; /* TOKENs that were named twice */
	bool progress; /* is shown, if standard error is a terminal */
	bool terminal; /* it is; asked once there is progress */
	size_t shown; /* columns of it that stand there now */
	struct deadline next; /* when to tell of a list again */
	struct output output; /* of what is written now */
	jsmntok_t tokens[JSON_TOKENS_MAX]; /* to read records with */
};

/* What standard output is written in. */
struct report_form {
	bool takes_all; /* errors, too, and never hidden */
	void (*put_result)(struct buf *out, struct report *report,
	                   const struct target *t, const struct result *r);
	/* A token of a list; a NULL at its end. */
	void (*put_listed)(struct buf *out, struct report *report,
	                   const struct json *record);
};

extern const struct report_form report_text, report_json;

/*
 * Reports what became of a TOKEN, or of none in particular (NULL), on standard
 * output where it is a result, or the form takes everything, on standard error
 * where it is an error. What cannot be written to standard output is
 * result_end_unwritten in *r.
 */
void report_result(struct report *report, const struct target *t,
                   struct result *r);

/* Writes the facts about the token that was found for t to the file. */
void report_facts(struct report *report, int file, const struct target *t);

/* Asks on the file whether so many tokens are to be changed. */
void report_question(struct report *report, int file, unsigned long count);

/* Shows how many TOKENs are done of those that are known, if there are two. */
void report_progress(struct report *report, unsigned long known);

/*
 * Shows how many tokens of a list have come so far, every so many of them, and
 * every second; for struct api.
 */
void report_seen(void *report, unsigned long tokens);

/* One line that counts the outcomes, where there were several TOKENs. */
void report_summary(struct report *report);

/*
 * A list: its tokens, which report_list_begin comes before, and its end, with
 * the reason where it is not whole. False where not all of it could be written.
 */
void report_list_begin(struct report *report);
void report_listed(struct report *report, const struct json *record);
bool report_list_end(struct report *report, struct result *r);

/* What concerns no single TOKEN, as a result. */
void report_error(struct report *report, const struct err *e);

/* A line of --verbose, on standard error; for struct client. */
void report_line(void *report, struct span line);

/* The text of --help or --version; false where it cannot be written. */
bool report_document(void (*put)(struct buf *out));

/*
 * For the forms: what happened, what the server said of it, what is true of the
 * token, and what to do; each character by put.
 */
void report_put_sentence(struct buf *out, struct report *report,
                         const struct result *r,
                         void (*put)(struct buf *out, uint32_t code_point));

/*
 * In JSON: what a TOKEN is called, if it is not NULL, as that member, its short
 * key if found, the outcome, which is "sending" for NULL, and the status.
 */
void report_put_json_head(struct buf *out, const char *member,
                          const struct target *t, const struct result *r);

/* In text: a line that says what went wrong with a TOKEN, or NULL. */
void report_put_error(struct buf *out, struct report *report,
                      const struct target *t, const struct result *r);

#endif
