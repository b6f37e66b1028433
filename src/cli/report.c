/* SPDX-License-Identifier: MIT */
/* What is reported where, and how much of it there was. */
#include "cli/report.h"

#include <errno.h>
#include <unistd.h>

#include "base/fmt.h"
#include "cli/record.h"
#include "langsmith/api.h"
#include "langsmith/redact.h"

#define LIST_STEP 256 /* tokens */
#define LIST_PACE 1000 /* milliseconds */

/* Whether there is somebody to show it to; asked only where there is progress. */
static bool has_terminal(struct report *report)
{
	if (report->progress && !report->terminal)
		report->progress = report->terminal =
			isatty(STDERR_FILENO) == 1;
	return report->progress;
}

/* In the place of what there is; nothing, so that a line may stand there. */
static void show_progress(struct report *report, struct span text)
{
	/* As long as two numbers may be, and what stands between them. */
	static const char blanks[] =
		"                                         ";
	BUF_ON_STACK(out, 3 * sizeof(blanks));

	if (report->shown > 0)
		fmt_put(&out, "\r%.*s\r", (int)report->shown, blanks);
	buf_span(&out, text);
	report->shown = text.len;
	(void)output_write(STDERR_FILENO, buf_written(&out));
}

/* Where a text for the file goes, until output_end. */
static struct buf *begin(struct report *report, int file)
{
	show_progress(report, SPAN(""));
	output_begin(&report->output, file);
	return &report->output.buf;
}

void report_progress(struct report *report, unsigned long known)
{
	BUF_ON_STACK(text, 64);

	if (known < 2 || !has_terminal(report))
		return;
	fmt_put(&text, "%lu/%lu", report->count, known);
	show_progress(report, buf_written(&text));
}

void report_seen(void *report, unsigned long tokens)
{
	struct report *r = report;
	BUF_ON_STACK(text, 64);

	if (!has_terminal(r))
		return;
	if (tokens == 1)
		r->next = deadline_in(LIST_PACE);
	if (tokens % LIST_STEP != 0 && deadline_left(r->next) > 0)
		return;
	r->next = deadline_in(LIST_PACE);
	fmt_put(&text, "%lu tokens seen", tokens);
	show_progress(r, buf_written(&text));
}

/* What is true of the token, whatever has happened. */
static void put_fate(struct buf *out, const struct result *r,
                     const struct verb_words *v)
{
	buf_text(out, "; ");
	/* What becomes of the tokens that it may be of is said elsewhere. */
	if (r->outcome == OUTCOME_AMBIGUOUS)
		fmt_put(out, "no %s was sent for this TOKEN", v->noun);
	else if (r->status == EXIT_MISSING ||
	         (r->outcome == OUTCOME_MISSING && !r->unanswered))
		fmt_put(out, "this call %s nothing", v->past);
	else if (r->status == EXIT_UNREACHED)
		fmt_put(out, "no %s was sent", v->noun);
	else if (r->status == EXIT_UNKNOWN)
		fmt_put(out, "it is unknown whether the token is %s", v->state);
	else if (r->status == EXIT_UNREAD)
		fmt_put(out, "the token is %s", v->past);
	else if (r->status == EXIT_UNVERIFIED)
		fmt_put(out, "the server said that the token is %s", v->past);
	else
		fmt_put(out, "nothing was %s", v->past);
}

void report_put_sentence(struct buf *out, struct report *report,
                         const struct result *r,
                         void (*put)(struct buf *out, uint32_t code_point))
{
	BUF_ON_STACK(part, ERR_DETAIL_MAX + ERR_SENTENCE_MAX);
	struct span rest;

	err_put_what(&part, &r->err);
	redact(part.at, part.len, report->secret);
	rest = buf_written(&part);
	while (rest.len > 0)
		put(out, utf8_next(&rest));
	if (!r->has_record)
		api_put_message(out, r->body, report->tokens, put);
	if (report->has_fate)
		put_fate(out, r, &verb_words[report->verb]);
	part.len = 0;
	err_put_next(&part, &r->err);
	buf_text(out, part.len > 0 ? "; " : "");
	buf_span(out, buf_written(&part));
}

/* What is done and could not be written is EXIT_UNREAD. */
static void note_unwritten(const struct report *report, struct result *r,
                           int error)
{
	struct err e = r->err;

	err_set_errno(&e, ERR_UNWRITTEN, "standard output", error);
	if (r->status != EXIT_DONE)
		r->err = e;
	else
		result_end_unwritten(r, report->verb, &e);
	r->has_record = false;
	r->body = SPAN("");
}

void report_result(struct report *report, const struct target *t,
                   struct result *r)
{
	bool is_result = r->status == EXIT_DONE || r->status == EXIT_UNREAD ||
	                 r->status == EXIT_UNVERIFIED;
	bool all = report->form->takes_all, written = true;

	/* What was reported before may have been deleted. */
	report->has_fate = t != NULL || report->count == 0;
	if (all || (is_result && !report->quiet)) {
		report->form->put_result(begin(report, STDOUT_FILENO), report,
		                         t, r);
		written = output_end(&report->output);
		if (!written)
			note_unwritten(report, r, errno);
	}
	if (!written || (r->status != EXIT_DONE && !all)) {
		report_put_error(begin(report, STDERR_FILENO), report, t, r);
		(void)output_end(&report->output); /* nowhere else to say it */
	}
	report->status = report->count == 0 || report->status == r->status
	                         ? r->status
	                         : EXIT_MIXED;
	if (t == NULL)
		return;
	report->count++;
	report->by_outcome[r->outcome]++;
}

void report_summary(struct report *report)
{
	const char *between = ": ";
	struct buf *out;

	show_progress(report, SPAN(""));
	if (report->quiet || report->count < 2)
		return;
	out = begin(report, STDERR_FILENO);
	fmt_put(out, "patrm: %lu tokens", report->count);
	for (enum outcome i = 0; i < OUTCOME_COUNT; i++) {
		if (report->by_outcome[i] == 0)
			continue;
		fmt_put(out, "%s%lu %s", between, report->by_outcome[i],
		        outcome_name(i));
		between = ", ";
	}
	if (report->repeated > 0)
		fmt_put(out, "; named twice: %lu", report->repeated);
	buf_byte(out, '\n');
	(void)output_end(&report->output);
}

void report_facts(struct report *report, int file, const struct target *t)
{
	struct buf *out = begin(report, file);
	struct json record;

	json_parse(&record, t->found.candidates->record, report->tokens,
	           JSON_TOKENS_MAX);
	record_put_facts(out, &record);
	buf_byte(out, '\n');
	/* Who sees none of it will not say yes. */
	(void)output_end(&report->output);
}

void report_question(struct report *report, int file, unsigned long count)
{
	fmt_put(begin(report, file), "patrm: %s %s %lu token%s? [y/N] ",
	        verb_words[report->verb].infinitive,
	        count == 1 ? "this" : "these", count, count == 1 ? "" : "s");
	(void)output_end(&report->output);
}

void report_list_begin(struct report *report)
{
	begin(report, STDOUT_FILENO);
}

void report_listed(struct report *report, const struct json *record)
{
	if (report->form->takes_all || !report->quiet)
		report->form->put_listed(&report->output.buf, report, record);
}

bool report_list_end(struct report *report, struct result *r)
{
	struct err e = { 0 };
	bool written;

	show_progress(report, SPAN(""));
	if (r->status == EXIT_DONE)
		report_listed(report, NULL);
	written = output_end(&report->output);
	if (!written) {
		err_set_errno(&e, ERR_OUTPUT, "standard output", errno);
		report_error(report, &e);
	}
	if (r->status != EXIT_DONE)
		report_result(report, NULL, r);
	return written;
}

void report_error(struct report *report, const struct err *e)
{
	struct result r = { 0 };

	result_end(&r, report->verb, err_status(e->code), e);
	report_result(report, NULL, &r);
}

void report_line(void *context, struct span line)
{
	const struct report *report = context;
	struct output out; /* the report's own may be in use for a list */

	output_begin(&out, STDERR_FILENO);
	fmt_put(&out.buf, "patrm: %.*s\n", FMT_SPAN(line));
	redact(out.buf.at, out.buf.len, report->secret);
	(void)output_end(&out);
}

bool report_document(void (*put)(struct buf *out))
{
	struct output out;

	output_begin(&out, STDOUT_FILENO);
	put(&out.buf);
	return output_end(&out);
}
