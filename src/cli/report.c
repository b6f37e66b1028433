/* SPDX-License-Identifier: MIT */
/* What is reported where, and how much of it there was. */
#include "cli/report.h"

#include <errno.h>
#include <unistd.h>

#include "base/fmt.h"
#include "cli/record.h"
#include "langsmith/api.h"
#include "langsmith/redact.h"

/* --- Progress --- */

/* Takes it off the terminal, so that a line may stand there. */
static void
clear_progress(struct report *report)
{
	uint8_t text[64];
	struct buf blank = BUF_OVER(text);

	if (report->shown == 0)
		return;
	buf_byte(&blank, '\r');
	for (size_t i = 0; i < report->shown; i++)
		buf_byte(&blank, ' ');
	buf_byte(&blank, '\r');
	report->shown = 0;
	(void)output_write(STDERR_FILENO, buf_written(&blank));
}

void
report_progress(struct report *report, unsigned long known)
{
	uint8_t text[64];
	struct buf line = BUF_OVER(text);

	if (!report->progress || known < 2)
		return;
	clear_progress(report);
	fmt_uint(&line, report->count);
	buf_byte(&line, '/');
	fmt_uint(&line, known);
	report->shown = line.len;
	(void)output_write(STDERR_FILENO, buf_written(&line));
}

/* --- Sentences --- */

/* What is true of the token, whatever has happened. */
static void
put_fate(struct buf *out, const struct result *r,
         const struct verb_words *words)
{
	const char *before = "nothing was ", *word = words->past, *behind = "";
	enum exit_status status = r->status;

	if (r->err.code == ERR_UNCERTAIN) {
		before = "no ";
		word = words->noun;
		behind = " was sent for it";
	} else if (status == EXIT_MISSING) {
		before = "this call ";
		behind = " nothing";
	} else if (status == EXIT_UNREACHED) {
		before = "no ";
		word = words->noun;
		behind = " was sent";
	} else if (status == EXIT_UNKNOWN) {
		before = "it is unknown whether the token is ";
		word = words->state;
	} else if (status == EXIT_UNREAD) {
		before = "the token is ";
	} else if (status == EXIT_UNVERIFIED) {
		before = "the server said that the token is ";
	}
	buf_text(out, before);
	buf_text(out, word);
	buf_text(out, behind);
}

void
report_put_sentence(struct buf *out, struct report *report,
                    const struct result *r,
                    void (*put)(struct buf *out, uint32_t code_point))
{
	/* What was reported by then may have been deleted. */
	bool has_fate = r->err.code != ERR_INPUT_READ || report->count == 0;
	uint8_t text[ERR_DETAIL_MAX + ERR_SENTENCE_MAX];
	struct buf part = BUF_OVER(text);
	struct span rest;

	err_put_what(&part, &r->err);
	redact(part.at, part.len, report->secret);
	rest = buf_written(&part);
	while (rest.len > 0)
		put(out, utf8_next(&rest));
	if (!r->has_record)
		api_put_message(out, r->body, report->tokens, put);
	if (has_fate) {
		buf_text(out, "; ");
		put_fate(out, r, &verb_words[report->verb]);
	}
	part.len = 0;
	err_put_next(&part, &r->err);
	buf_text(out, part.len > 0 ? "; " : "");
	buf_span(out, buf_written(&part));
}

/* --- Results --- */

static bool
write_result(struct report *report, const struct target *t,
             const struct result *r)
{

	output_begin(&report->output, STDOUT_FILENO);
	report->form->put_result(&report->output.buf, report, t, r);
	return output_end(&report->output);
}

static void
note_unwritten(struct report *report, struct result *r, int error)
{
	enum exit_status status = r->status;
	enum outcome outcome = r->outcome;
	struct err e = r->err;

	if (outcome == verb_words[report->verb].done) {
		outcome = verb_words[report->verb].unread;
		status = status == EXIT_DONE ? EXIT_UNREAD : status;
	} else if (status == EXIT_DONE) { /* nothing was changed */
		status = EXIT_REFUSED;
	}
	err_set_errno(&e, ERR_UNWRITTEN, "standard output", error);
	result_set(r, outcome, status, &e);
	r->has_record = false;
	r->body = SPAN("");
}

void
report_result(struct report *report, const struct target *t, struct result *r)
{
	bool is_result = r->status == EXIT_DONE || r->status == EXIT_UNREAD ||
	                 r->status == EXIT_UNVERIFIED;
	bool all = report->form->takes_all, written = true;

	clear_progress(report);
	if (all || (is_result && !report->quiet)) {
		written = write_result(report, t, r);
		if (!written)
			note_unwritten(report, r, errno);
	}
	if (!written || (r->status != EXIT_DONE && !all)) {
		output_begin(&report->output, STDERR_FILENO);
		report_put_error(&report->output.buf, report, t, r);
		(void)output_end(
			&report->output); /* there is nowhere else to say it */
	}
	report->count++;
	report->by_outcome[r->outcome]++;
}

void
report_summary(struct report *report)
{
	const char *between = ": ";

	clear_progress(report);
	if (report->quiet || report->count < 2)
		return;
	output_begin(&report->output, STDERR_FILENO);
	buf_text(&report->output.buf, "patrm: ");
	fmt_uint(&report->output.buf, report->count);
	buf_text(&report->output.buf, " tokens");
	for (enum outcome i = 0; i < OUTCOME_COUNT; i++) {
		if (report->by_outcome[i] == 0)
			continue;
		buf_text(&report->output.buf, between);
		fmt_uint(&report->output.buf, report->by_outcome[i]);
		buf_byte(&report->output.buf, ' ');
		buf_text(&report->output.buf, outcome_name(i));
		between = ", ";
	}
	if (report->repeated > 0) {
		buf_text(&report->output.buf, "; named twice: ");
		fmt_uint(&report->output.buf, report->repeated);
	}
	buf_byte(&report->output.buf, '\n');
	(void)output_end(&report->output);
}

/* --- Questions --- */

void
report_facts(struct report *report, int file, const struct target *t)
{
	struct json record;

	clear_progress(report);
	output_begin(&report->output, file);
	json_parse(&record, t->candidates->record, report->tokens,
	           JSON_TOKENS_MAX);
	record_put_facts(&report->output.buf, &record);
	buf_byte(&report->output.buf, '\n');
	(void)output_end(
		&report->output); /* who sees none of it will not say yes */
}

void
report_question(struct report *report, int file, unsigned long count)
{

	output_begin(&report->output, file);
	buf_text(&report->output.buf, "patrm: ");
	buf_text(&report->output.buf, verb_words[report->verb].infinitive);
	buf_text(&report->output.buf, count == 1 ? " this " : " these ");
	fmt_uint(&report->output.buf, count);
	buf_text(&report->output.buf, count == 1 ? " token" : " tokens");
	buf_text(&report->output.buf, "? [y/N] ");
	(void)output_end(&report->output);
}

/* --- Lists --- */

void
report_list_begin(struct report *report)
{
	output_begin(&report->output, STDOUT_FILENO);
}

void
report_listed(struct report *report, const struct json *record)
{
	if (report->form->takes_all || !report->quiet)
		report->form->put_listed(&report->output.buf, report, record);
}

bool
report_list_end(struct report *report, const struct result *r)
{
	struct err e = { 0 };
	bool written;

	if (r->status == EXIT_DONE)
		report_listed(report, NULL);
	written = output_end(&report->output);
	if (!written) {
		err_set_errno(&e, ERR_OUTPUT, "standard output", errno);
		report_error(report, &e);
	}
	if (r->status == EXIT_DONE)
		return written;
	output_begin(&report->output,
	             report->form->takes_all ? STDOUT_FILENO : STDERR_FILENO);
	report->form->put_list_error(&report->output.buf, report, r);
	return output_end(&report->output) && written;
}

/* --- Lines --- */

void
report_error(struct report *report, const struct err *e)
{
	struct result r = { 0 };
	bool all = report->form->takes_all;

	clear_progress(report);
	result_end(&r, report->verb, err_status(e->code), e);
	output_begin(&report->output, STDOUT_FILENO);
	if (all)
		report->form->put_list_error(&report->output.buf, report, &r);
	if (all && output_end(&report->output))
		return;
	output_begin(&report->output, STDERR_FILENO);
	report_text.put_list_error(&report->output.buf, report, &r);
	(void)output_end(&report->output); /* nowhere else to say it */
}

void
report_line(void *context, struct span line)
{
	const struct report *report = context;
	struct output out;
	size_t begin;

	output_begin(&out, STDERR_FILENO);
	buf_text(&out.buf, "patrm: ");
	begin = out.buf.len;
	buf_span(&out.buf, line);
	redact(out.buf.at + begin, out.buf.len - begin, report->secret);
	buf_byte(&out.buf, '\n');
	(void)output_end(&out);
}

bool
report_document(void (*put)(struct buf *out))
{
	struct output out;

	output_begin(&out, STDOUT_FILENO);
	put(&out.buf);
	return output_end(&out);
}
