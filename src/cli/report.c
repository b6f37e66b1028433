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
clear_progress(struct report *how)
{
	uint8_t text[64];
	struct buf blank = BUF_OVER(text);

	if (how->shown == 0)
		return;
	buf_byte(&blank, '\r');
	for (size_t i = 0; i < how->shown; i++)
		buf_byte(&blank, ' ');
	buf_byte(&blank, '\r');
	how->shown = 0;
	(void)output_write(STDERR_FILENO, buf_written(&blank));
}

void
report_progress(struct report *how, unsigned long known)
{
	uint8_t text[64];
	struct buf line = BUF_OVER(text);

	if (!how->progress || known < 2)
		return;
	clear_progress(how);
	fmt_uint(&line, how->count);
	buf_byte(&line, '/');
	fmt_uint(&line, known);
	how->shown = line.len;
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
report_put_sentence(struct buf *out, struct report *how, const struct result *r,
                    void (*put)(struct buf *out, uint32_t code_point))
{
	/* What was reported by then may have been deleted. */
	bool has_fate = r->err.code != ERR_INPUT_READ || how->count == 0;
	uint8_t text[ERR_DETAIL_MAX + ERR_SENTENCE_MAX];
	struct buf part = BUF_OVER(text);
	struct span rest;

	err_put_what(&part, &r->err);
	redact(part.at, part.len, how->secret);
	rest = buf_written(&part);
	while (rest.len > 0)
		put(out, utf8_next(&rest));
	if (!r->has_record)
		api_put_message(out, r->body, how->tokens, put);
	if (has_fate) {
		buf_text(out, "; ");
		put_fate(out, r, &verb_words[how->verb]);
	}
	part.len = 0;
	err_put_next(&part, &r->err);
	buf_text(out, part.len > 0 ? "; " : "");
	buf_span(out, buf_written(&part));
}

/* --- Results --- */

static bool
write_result(struct report *how, const struct target *t, const struct result *r)
{
	struct output out;

	output_begin(&out, STDOUT_FILENO);
	how->form->put_result(&out.buf, how, t, r);
	return output_end(&out);
}

static void
note_unwritten(struct report *how, struct result *r, int error)
{
	enum exit_status status = r->status;
	enum outcome outcome = r->outcome;
	struct err e = r->err;

	if (outcome == verb_words[how->verb].done) {
		outcome = verb_words[how->verb].unread;
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
report_result(struct report *how, const struct target *t, struct result *r)
{
	bool is_result = r->status == EXIT_DONE || r->status == EXIT_UNREAD ||
	                 r->status == EXIT_UNVERIFIED;
	bool all = how->form->takes_all, written = true;
	struct output out;

	clear_progress(how);
	if (all || (is_result && !how->quiet)) {
		written = write_result(how, t, r);
		if (!written)
			note_unwritten(how, r, errno);
	}
	if (!written || (r->status != EXIT_DONE && !all)) {
		output_begin(&out, STDERR_FILENO);
		report_put_error(&out.buf, how, t, r);
		(void)output_end(&out); /* there is nowhere else to say it */
	}
	how->count++;
	how->by_outcome[r->outcome]++;
}

void
report_summary(struct report *how)
{
	const char *between = ": ";
	struct output out;

	clear_progress(how);
	if (how->quiet || how->count < 2)
		return;
	output_begin(&out, STDERR_FILENO);
	buf_text(&out.buf, "patrm: ");
	fmt_uint(&out.buf, how->count);
	buf_text(&out.buf, " tokens");
	for (enum outcome i = 0; i < OUTCOME_COUNT; i++) {
		if (how->by_outcome[i] == 0)
			continue;
		buf_text(&out.buf, between);
		fmt_uint(&out.buf, how->by_outcome[i]);
		buf_byte(&out.buf, ' ');
		buf_text(&out.buf, outcome_name(i));
		between = ", ";
	}
	if (how->repeated > 0) {
		buf_text(&out.buf, "; named twice: ");
		fmt_uint(&out.buf, how->repeated);
	}
	buf_byte(&out.buf, '\n');
	(void)output_end(&out);
}

/* --- Questions --- */

void
report_facts(struct report *how, int file, const struct target *t)
{
	struct json record;
	struct output out;

	clear_progress(how);
	output_begin(&out, file);
	json_parse(&record, t->candidates->record, how->tokens,
	           JSON_TOKENS_MAX);
	record_put_facts(&out.buf, &record);
	buf_byte(&out.buf, '\n');
	(void)output_end(&out); /* who sees none of it will not say yes */
}

void
report_question(struct report *how, int file, unsigned long count)
{
	struct output out;

	output_begin(&out, file);
	buf_text(&out.buf, "patrm: ");
	buf_text(&out.buf, verb_words[how->verb].infinitive);
	buf_text(&out.buf, count == 1 ? " this " : " these ");
	fmt_uint(&out.buf, count);
	buf_text(&out.buf, count == 1 ? " token" : " tokens");
	buf_text(&out.buf, "? [y/N] ");
	(void)output_end(&out);
}

/* --- Lists --- */

void
report_list_begin(struct report *how)
{
	output_begin(&how->list, STDOUT_FILENO);
}

void
report_listed(struct report *how, const struct json *record)
{
	if (how->form->takes_all || !how->quiet)
		how->form->put_listed(&how->list.buf, how, record);
}

bool
report_list_end(struct report *how, const struct result *r)
{
	struct err e = { 0 };
	struct output out;
	bool written;

	if (r->status == EXIT_DONE)
		report_listed(how, NULL);
	written = output_end(&how->list);
	if (!written) {
		err_set_errno(&e, ERR_OUTPUT, "standard output", errno);
		report_error(how, &e);
	}
	if (r->status == EXIT_DONE)
		return written;
	output_begin(&out,
	             how->form->takes_all ? STDOUT_FILENO : STDERR_FILENO);
	how->form->put_list_error(&out.buf, how, r);
	return output_end(&out) && written;
}

/* --- Lines --- */

void
report_error(struct report *how, const struct err *e)
{
	struct result r = { 0 };
	struct output out;

	clear_progress(how);
	result_end(&r, how->verb, err_status(e->code), e);
	output_begin(&out, STDOUT_FILENO);
	if (how->form->takes_all)
		how->form->put_list_error(&out.buf, how, &r);
	if (how->form->takes_all && output_end(&out))
		return;
	output_begin(&out, STDERR_FILENO);
	report_text.put_list_error(&out.buf, how, &r);
	(void)output_end(&out); /* there is nowhere else to say it */
}

void
report_line(void *report, struct span line)
{
	const struct report *how = report;
	struct output out;
	size_t begin;

	output_begin(&out, STDERR_FILENO);
	buf_text(&out.buf, "patrm: ");
	begin = out.buf.len;
	buf_span(&out.buf, line);
	redact(out.buf.at + begin, out.buf.len - begin, how->secret);
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
