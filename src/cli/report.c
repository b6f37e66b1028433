/* SPDX-License-Identifier: MIT */
/* Outcomes to text and JSON lines; the only file that prints. */
#include "cli/report.h"

#include <errno.h>
#include <unistd.h>

#include "base/fmt.h"
#include "cli/output.h"

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
	fmt_uint(&line, how->told);
	buf_byte(&line, '/');
	fmt_uint(&line, known);
	how->shown = line.len;
	(void)output_write(STDERR_FILENO, buf_written(&line));
}

/* --- Sentences --- */

/* What is true of the token, whatever has happened. */
static const char *
fate(int status, bool revokes)
{
	switch (status) {
	case 4:
		return revokes ? "this call revoked nothing"
		               : "this call deleted nothing";
	case 5:
		return revokes ? "no revocation was sent"
		               : "no deletion was sent";
	case 6:
		return revokes ? "it is unknown whether the token is revoked"
		               : "it is unknown whether the token is gone";
	case 8:
		return revokes ? "the token is revoked"
		               : "the token is deleted";
	case 10:
		return revokes ? "the server said that the token is revoked"
		               : "the server said that the token is deleted";
	default:
		return revokes ? "nothing was revoked" : "nothing was deleted";
	}
}

static void
put_fate_and_next(struct buf *out, const struct err *e, int status,
                  bool revokes)
{
	uint8_t text[200];
	struct buf next = BUF_OVER(text);

	err_put_next(&next, e);
	buf_text(out, "; ");
	buf_text(out, fate(status, revokes));
	if (next.len > 0)
		buf_text(out, "; ");
	buf_span(out, buf_written(&next));
}

/* What happened, what the server said of it, the fate, what to do. */
static void
put_sentence(struct buf *out, const struct api_result *r, bool revokes,
             void (*put)(struct buf *out, uint32_t code_point))
{
	uint8_t text[ERR_DETAIL_MAX + 200];
	struct buf what = BUF_OVER(text);
	struct span rest;

	err_put_what(&what, &r->err);
	rest = buf_written(&what);
	while (rest.len > 0)
		put(out, utf8_next(&rest));
	if (!r->has_record)
		api_put_message(out, r, put);
	put_fate_and_next(out, &r->err, r->status, revokes);
}

/* The id, or the place; and what a person knows the token by. */
static void
put_name(struct buf *out, const struct pick *p)
{
	buf_text(out, "patrm: ");
	pick_put_name(out, p);
	if (p->short_key_len > 0) {
		buf_text(out, " (");
		fmt_printable(out,
		              (struct span){ p->short_key, p->short_key_len });
		buf_byte(out, ')');
	}
	buf_text(out, ": ");
}

/* --- Results --- */

static void
put_member(struct buf *out, const char *name)
{
	buf_text(out, ",\"");
	buf_text(out, name);
	buf_text(out, "\":");
}

static void
put_number(struct buf *out, const char *name, unsigned value)
{
	if (value == 0)
		return;
	put_member(out, name);
	fmt_uint(out, value);
}

static void
put_json_error(struct buf *out, const struct report *how,
               const struct api_result *r)
{
	if (r->err.code == ERR_NONE)
		return;
	put_member(out, "error");
	buf_byte(out, '"');
	put_sentence(out, r, how->revokes, fmt_json_char);
	buf_byte(out, '"');
}

static void
put_candidates(struct buf *out, const struct pick *p)
{
	const char *between = "[";

	put_member(out, "candidates");
	for (const struct pick_found *f = p->found; f != NULL; f = f->next) {
		buf_text(out, between);
		buf_byte(out, '"');
		uuid_put(out, &f->id);
		buf_byte(out, '"');
		between = ",";
	}
	buf_byte(out, ']');
}

static void
put_json(struct buf *out, const struct report *how, const struct pick *p,
         const struct api_result *r)
{
	uint8_t text[UUID_TEXT];
	struct buf name = BUF_OVER(text);

	pick_put_name(&name, p);
	buf_text(out, "{\"token\":");
	fmt_json_string(out, buf_written(&name));
	if (p->short_key_len > 0) {
		put_member(out, "short_key");
		fmt_json_string(
			out, (struct span){ p->short_key, p->short_key_len });
	}
	put_member(out, "outcome");
	fmt_json_string(out, span_of(api_outcome_name(r->outcome)));
	put_number(out, "status", r->http);
	put_number(out, "attempts", r->attempts);
	if (r->outcome == API_AMBIGUOUS && p->found != NULL)
		put_candidates(out, p);
	if (r->has_record) {
		put_member(out, "record");
		json_put_ascii(out, r->doc.text);
	}
	put_json_error(out, how, r);
	buf_text(out, "}\n");
}

static void
put_text(struct buf *out, const struct pick *p, const struct api_result *r)
{
	buf_text(out, "outcome: ");
	buf_text(out, api_outcome_name(r->outcome));
	buf_byte(out, '\n');
	if (r->has_record) {
		token_put_text(out, &r->doc);
		return;
	}
	buf_text(out, "id: ");
	pick_put_name(out, p);
	buf_byte(out, '\n');
}

/* The tokens that it may be, a line each. */
static void
put_candidate_lines(struct buf *out, const struct report *how,
                    const struct pick *p)
{
	for (const struct pick_found *f = p->found; f != NULL; f = f->next) {
		struct json record;

		put_name(out, p);
		json_parse(&record, f->record, how->tokens, JSON_TOKENS_MAX);
		token_put_row(out, &record, false);
	}
}

static void
tell_error(const struct report *how, const struct pick *p,
           const struct api_result *r)
{
	struct output out;

	output_begin(&out, STDERR_FILENO);
	put_name(&out.buf, p);
	put_sentence(&out.buf, r, how->revokes, fmt_printable_char);
	buf_byte(&out.buf, '\n');
	if (r->outcome == API_AMBIGUOUS)
		put_candidate_lines(&out.buf, how, p);
	(void)output_end(&out); /* there is nowhere else to say it */
}

/* Standard output takes done deletions, and with --json everything. */
static bool
tell_result(struct report *how, const struct pick *p,
            const struct api_result *r)
{
	struct output out;

	output_begin(&out, STDOUT_FILENO);
	if (how->json) {
		put_json(&out.buf, how, p, r);
	} else {
		if (how->begun)
			buf_byte(&out.buf, '\n');
		put_text(&out.buf, p, r);
		how->begun = true;
	}
	return output_end(&out);
}

static void
note_unwritten(struct api_result *r, int error)
{
	if (r->outcome == API_DELETED)
		r->outcome = API_DELETED_UNREAD;
	if (r->status == 0 &&
	    (r->outcome == API_DELETED_UNREAD || r->outcome == API_REVOKED))
		r->status = 8;
	if (r->outcome == API_WOULD_DELETE) /* it was only to be shown */
		r->status = 1;
	if (r->err.code == ERR_NONE)
		err_set_errno(&r->err, ERR_UNWRITTEN, "standard output", error);
	r->has_record = false;
	r->doc = (struct json){ .count = 0 };
	r->body = (struct span){ NULL, 0 };
}

void
report_result(struct report *how, const struct pick *p, struct api_result *r)
{
	bool is_result = r->status == 0 || r->status == 8 || r->status == 10;
	bool told = true;

	clear_progress(how);
	if (how->json || (is_result && !how->quiet)) {
		told = tell_result(how, p, r);
		if (!told)
			note_unwritten(r, errno);
	}
	if (!told || (r->status != 0 && !how->json))
		tell_error(how, p, r);
	how->told++;
	how->by_outcome[r->outcome]++;
}

void
report_summary(struct report *how)
{
	const char *between = ": ";
	struct output out;

	clear_progress(how);
	if (how->quiet || how->told < 2)
		return;
	output_begin(&out, STDERR_FILENO);
	buf_text(&out.buf, "patrm: ");
	fmt_uint(&out.buf, how->told);
	buf_text(&out.buf, " tokens");
	for (size_t i = 0; i < API_OUTCOME_COUNT; i++) {
		if (how->by_outcome[i] == 0)
			continue;
		buf_text(&out.buf, between);
		fmt_uint(&out.buf, how->by_outcome[i]);
		buf_byte(&out.buf, ' ');
		buf_text(&out.buf, api_outcome_name((enum api_outcome)i));
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
report_facts(struct report *how, int file, const struct pick *p)
{
	struct json record;
	struct output out;

	clear_progress(how);
	output_begin(&out, file);
	json_parse(&record, p->found->record, how->tokens, JSON_TOKENS_MAX);
	token_put_facts(&out.buf, &record);
	buf_byte(&out.buf, '\n');
	(void)output_end(&out); /* who sees none of it will not say yes */
}

void
report_question(struct report *how, int file, unsigned long count)
{
	struct output out;

	output_begin(&out, file);
	buf_text(&out.buf, how->revokes ? "patrm: revoke " : "patrm: delete ");
	buf_text(&out.buf, count == 1 ? "this " : "these ");
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

/* Not before there is something, or nothing for sure. */
static void
put_heading_once(struct report *how, bool owner)
{
	if (!how->begun)
		token_put_row(&how->list.buf, NULL, owner);
	how->begun = true;
}

void
report_listed(struct report *how, const struct json *record, bool owner)
{
	struct buf *out = &how->list.buf;

	if (how->json) {
		json_put_ascii(out, record->text);
		buf_byte(out, '\n');
	} else if (!how->quiet) {
		put_heading_once(how, owner);
		token_put_row(out, record, owner);
	}
}

static bool
tell_list_error(struct report *how, const struct api_result *r)
{
	struct output out;

	output_begin(&out, how->json ? STDOUT_FILENO : STDERR_FILENO);
	if (how->json) {
		buf_text(&out.buf, "{\"outcome\":");
		fmt_json_string(&out.buf,
		                span_of(api_outcome_name(r->outcome)));
		put_number(&out.buf, "status", r->http);
		put_number(&out.buf, "attempts", r->attempts);
		put_json_error(&out.buf, how, r);
		buf_text(&out.buf, "}\n");
	} else {
		buf_text(&out.buf, "patrm: ");
		put_sentence(&out.buf, r, how->revokes, fmt_printable_char);
		buf_byte(&out.buf, '\n');
	}
	return output_end(&out);
}

bool
report_list_end(struct report *how, const struct api_result *r, bool owner)
{
	struct err e = { 0 };
	bool told;

	if (r->status == 0 && !how->quiet && !how->json)
		put_heading_once(how, owner);
	told = output_end(&how->list);
	if (!told) {
		err_set_errno(&e, ERR_OUTPUT, "standard output", errno);
		report_error(how, &e);
	}
	return (r->status == 0 || tell_list_error(how, r)) && told;
}

/* --- Lines --- */

void
report_error(struct report *how, const struct err *e)
{
	struct output out;

	clear_progress(how);
	output_begin(&out, STDERR_FILENO);
	buf_text(&out.buf, "patrm: ");
	err_put_what(&out.buf, e);
	put_fate_and_next(&out.buf, e, err_status(e->code), how->revokes);
	buf_byte(&out.buf, '\n');
	(void)output_end(&out);
}

void
report_line(struct span line)
{
	struct output out;

	output_begin(&out, STDERR_FILENO);
	buf_text(&out.buf, "patrm: ");
	buf_span(&out.buf, line);
	buf_byte(&out.buf, '\n');
	(void)output_end(&out);
}

bool
report_text(void (*put)(struct buf *out))
{
	struct output out;

	output_begin(&out, STDOUT_FILENO);
	put(&out.buf);
	return output_end(&out);
}
