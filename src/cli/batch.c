/* SPDX-License-Identifier: MIT */
/* All TOKENs, block by block: look up, ask, delete, prove, tell. */
#include "cli/batch.h"

#include <string.h>
#include <unistd.h>

#include "base/fmt.h"
#include "cli/ask.h"

#define EXIT_MIXED 9

/* --- Telling --- */

static void
count_status(struct batch *b, int status)
{
	b->status =
		b->counted == 0 || b->status == status ? status : EXIT_MIXED;
	b->counted++;
	b->unknown = b->unknown || status == 6;
}

static void
finish(struct batch *b, struct pick *p, struct api_result *r)
{
	p->done = true;
	report_result(&b->report, p, r);
	count_status(b, r->status);
	report_progress(&b->report, b->known);
}

/* What is known of it without a word from the server. */
static void
finish_as(struct batch *b, struct pick *p, enum api_outcome outcome,
          enum err_code code, struct span detail)
{
	struct api_result r = { .outcome = outcome,
		                .status = err_status(code) };

	err_set(&r.err, code, detail);
	finish(b, p, &r);
}

/* --- Stopping --- */

static bool
is_stopped(struct batch *b)
{
	if (b->stop.code == ERR_NONE && wait_signal() != 0) {
		b->stop_status = err_status(ERR_NOT_TRIED);
		err_set(&b->stop, ERR_NOT_TRIED,
		        SPAN("patrm was stopped by a signal"));
	}
	return b->stop.code != ERR_NONE;
}

static void
stop(struct batch *b, enum err_code code, struct span detail)
{
	if (b->stop.code == ERR_NONE)
		b->stop_status = err_status(code);
	err_set(&b->stop, code, detail);
}

/* A key that is not valid now will not be so for the rest. */
static void
stop_on_401(struct batch *b, const struct api_result *r)
{
	if (r->http != 401 || b->stop.code != ERR_NONE)
		return;
	stop(b, ERR_NOT_TRIED,
	     SPAN("the key was refused before (HTTP status 401)"));
	b->stop_status = err_status(ERR_FORBIDDEN);
}

static void
skip(struct batch *b, struct pick *p)
{
	struct api_result r = { .outcome = API_NOT_TRIED,
		                .status = b->stop_status,
		                .err = b->stop };

	finish(b, p, &r);
}

/* --- Deleting --- */

static struct prover
prover(struct batch *b)
{
	return (struct prover){ .api = b->api,
		                .block = &b->block,
		                .revokes = b->opts->revoke,
		                .verify = b->opts->verify };
}

/* False, and the batch stops, where it could not be noted. */
static bool
audit(struct batch *b, const struct pick *p, struct api_result *r)
{
	uint8_t text[ERR_DETAIL_MAX + 100];
	struct buf why = BUF_OVER(text);
	struct err e = { 0 };

	if (audit_note(&b->audit, p, r, &e))
		return true;
	err_put_what(&why, &e);
	stop(b, ERR_NOT_TRIED, buf_written(&why));
	/* Done, and what was to stand in the file does not. */
	if (r != NULL && r->status == 0 && r->outcome != API_MISSING) {
		r->status = 8;
		if (r->outcome == API_DELETED)
			r->outcome = API_DELETED_UNREAD;
		r->err = (struct err){ 0 };
		err_set(&r->err, ERR_UNNOTED, buf_written(&why));
	}
	return false;
}

/* Proves what was put aside, and tells it. */
static void
settle(struct batch *b)
{
	struct prover v = prover(b);

	proof_settle(&v);
	for (size_t i = 0; i < b->block.count; i++) {
		struct pick *p = &b->block.pick[i];
		struct api_result *r;

		if (p->proof == NULL)
			continue;
		r = &p->proof->result;
		if (r->outcome != p->proof->noted)
			audit(b, p, r);
		api_read_again(b->api, r);
		finish(b, p, r);
		p->proof = NULL;
	}
}

/*
 * Where a 404 counts as done, what was looked up was there a moment ago, and
 * what is to be verified must not be taken for gone if it is somebody else's.
 * What was seen among the caller's own is nobody else's.
 */
static bool
must_explain(const struct batch *b, const struct pick *p,
             const struct api_result *r)
{
	return r->outcome == API_MISSING && !p->own &&
	       (r->status == 4 || b->opts->verify || p->form != PICK_ID);
}

static void
change(struct batch *b, struct pick *p)
{
	struct prover v = prover(b);
	struct api_result r;

	if (block_room(&b->block) < PROOF_ROOM) {
		settle(b);
		block_forget(&b->block);
	}
	if (is_stopped(b) || !audit(b, p, NULL)) {
		skip(b, p);
		return;
	}
	if (b->opts->revoke)
		api_revoke(b->api, &p->id, &r);
	else
		api_delete(b->api, &p->id, &r);
	stop_on_401(b, &r);
	audit(b, p, &r);
	if (must_explain(b, p, &r))
		proof_explain_missing(&v, p, &r);
	if (!proof_put_aside(&v, p, &r))
		finish(b, p, &r);
}

static bool
is_held(const struct batch *b, const struct uuid *id)
{
	for (size_t i = 0; i < b->held_count; i++)
		if (uuid_equal(&b->held[i].id, id))
			return true;
	return false;
}

/* The token that authenticates must go last, or nothing goes after it. */
static bool
hold_back(struct batch *b, struct pick *p)
{
	if (!block_is_self(&b->block, &p->id))
		return false;
	if (is_held(b, &p->id))
		b->report.repeated++;
	else if (b->held_count == CANDIDATES_MAX)
		return false;
	else
		b->held[b->held_count++] = *p;
	p->done = true;
	return true;
}

/* --- Looking up --- */

/* --yes alone, or another TOKEN, is not enough for it. */
static void
refuse_weak(struct batch *b, struct pick *p)
{
	uint8_t text[24];
	struct buf number = BUF_OVER(text);

	fmt_uint(&number, p->confirmed);
	finish_as(b, p, API_NOT_TRIED, ERR_WEAK, buf_written(&number));
}

static void
tell_unmatched(struct batch *b, struct pick *p, const struct api_result *failed)
{
	uint8_t text[24];
	struct buf number = BUF_OVER(text);
	struct api_result r = { .outcome = API_MISSING };

	if (p->no_room) {
		finish_as(b, p, API_NOT_TRIED, ERR_NO_ROOM, SPAN(""));
	} else if (p->clash) {
		p->has_id = false; /* it is another one's, perhaps */
		p->short_key_len = 0;
		finish_as(b, p, API_AMBIGUOUS, ERR_CLASH, SPAN(""));
	} else if (p->weak) {
		refuse_weak(b, p);
	} else if (p->matches > 1) {
		fmt_uint(&number, p->matches);
		finish_as(b, p, API_AMBIGUOUS, ERR_AMBIGUOUS,
		          buf_written(&number));
	} else if (failed != NULL) {
		r = *failed;
		api_read_again(b->api, &r);
		finish(b, p, &r);
	} else if (b->api->missing_is_done && p->place != PICK_SELF) {
		finish(b, p, &r);
	} else {
		finish_as(
			b, p, API_MISSING, ERR_NO_MATCH,
			p->place != PICK_SELF && b->block.members_hidden
				? SPAN(" among your own; others are not shown")
				: SPAN(""));
	}
}

/* Looks up what has to be, and tells what will not be deleted. */
static void
look_up(struct batch *b)
{
	struct block *k = &b->block;
	struct api_result failed;
	bool read = block_look_up(k, b->api, b->opts->dry_run, &failed);

	if (!read)
		stop_on_401(b, &failed);
	for (size_t i = 0; i < k->count; i++) {
		struct pick *p = &k->pick[i];

		if (p->done)
			b->report.repeated++;
		else if (p->form == PICK_BAD)
			finish_as(b, p, API_INVALID, p->bad, SPAN(""));
		else if (block_looks_up(p, b->opts->dry_run) &&
		         (p->matches != 1 || p->no_room || p->clash || p->weak))
			tell_unmatched(b, p, read ? NULL : &failed);
	}
}

static void
tell_dry_run(struct batch *b, struct pick *p)
{
	struct api_result r = { .outcome = API_WOULD_DELETE,
		                .has_record = true };

	json_parse(&r.doc, p->found->record, b->api->tokens, JSON_TOKENS_MAX);
	r.body = p->found->record;
	finish(b, p, &r);
}

/* --- Asking --- */

static bool
is_found(const struct pick *p)
{
	return block_looks_up(p, false) && p->has_id && !p->done;
}

static bool
must_ask(const struct batch *b, const struct pick *p)
{
	return is_found(p) && (!b->opts->yes || pick_is_weak(p));
}

/* Shows what was found; a person must agree to it, or it was agreed to. */
static void
confirm(struct batch *b)
{
	struct block *k = &b->block;
	unsigned long asked = 0;
	struct ask ask;
	bool terminal;

	for (size_t i = 0; i < k->count; i++)
		asked += must_ask(b, &k->pick[i]);
	terminal = asked > 0 && ask_open(&ask, b->may_ask_input);
	if (asked > 0 && !terminal && !b->opts->yes) {
		stop(b, ERR_NO_TERMINAL, SPAN(""));
		return;
	}
	for (size_t i = 0; i < k->count; i++) {
		struct pick *p = &k->pick[i];

		if (terminal && must_ask(b, p))
			report_facts(&b->report, ask.out, p);
		else if (is_found(p) && !b->opts->quiet)
			report_facts(&b->report, STDERR_FILENO, p);
		if (must_ask(b, p) && !terminal)
			refuse_weak(b, p);
	}
	if (!terminal)
		return;
	report_question(&b->report, ask.out, asked);
	if (!ask_answer(&ask) && !is_stopped(b))
		stop(b, ERR_NOT_TRIED, SPAN("the answer was no"));
	ask_close(&ask);
}

/* --- Blocks --- */

static void
do_block(struct batch *b, bool last)
{
	struct block *k = &b->block;

	if (block_has_lookups(k, b->opts->dry_run) && !is_stopped(b)) {
		look_up(b);
		if (!b->opts->dry_run && !is_stopped(b))
			confirm(b);
	}
	if (!b->opts->dry_run)
		block_forget(k);
	for (size_t i = 0; i < k->count; i++) {
		struct pick *p = &k->pick[i];

		if (p->done)
			continue;
		if (p->form == PICK_BAD)
			finish_as(b, p, API_INVALID, p->bad, SPAN(""));
		else if (is_stopped(b))
			skip(b, p);
		else if (b->opts->dry_run)
			tell_dry_run(b, p);
		else if (last || !hold_back(b, p))
			change(b, p);
	}
	settle(b);
	block_clear(k);
}

/*
 * The next line. After a signal what has been written already is still told,
 * but nothing is waited for, and who writes for ever is not read for ever.
 */
static bool
next_line(struct batch *b, struct span *line, struct err *e)
{
	if (wait_signal() == 0)
		return input_next(&b->input, true, line, e);
	return b->told_after_stop++ < LINES_TOLD_AFTER_STOP &&
	       input_next(&b->input, false, line, e);
}

/* The next TOKEN from standard input; false at its end. */
static bool
next_of_input(struct batch *b, struct span *text)
{
	struct err e;

	do {
		e = (struct err){ 0 };
		if (next_line(b, text, &e)) {
			b->has_line = true;
			if (b->input.too_long)
				*text = (struct span){ NULL, 0 };
			return true;
		}
	} while (e.code == ERR_SIGNAL);
	if (e.code == ERR_NONE && !b->has_line && wait_signal() == 0)
		err_set(&e, ERR_INPUT_EMPTY, SPAN(""));
	b->input_err = e;
	b->reading = false;
	return false;
}

/* Adds the next TOKEN to the block; false where there is none. */
static bool
add_next(struct batch *b)
{
	struct span text;
	bool line, added;

	while (!b->reading || !next_of_input(b, &text)) {
		if (b->next_argument == b->opts->token_count)
			return false;
		text = span_of(b->opts->tokens[b->next_argument++]);
		if (!span_equal(text, SPAN("-")))
			break;
		b->reading = true;
	}
	line = b->reading;
	added = block_add(&b->block, text, line ? PICK_LINE : PICK_ARGUMENT,
	                  line ? b->input.number
	                       : (unsigned long)b->next_argument);
	b->report.repeated += !added;
	b->known += added;
	return true;
}

static void
do_tokens(struct batch *b)
{
	bool more = true;

	while (more) {
		while (b->block.count < BLOCK_MAX && (more = add_next(b)))
			;
		if (b->known > 1)
			b->report.progress = !b->opts->quiet &&
			                     !b->opts->verbose &&
			                     isatty(STDERR_FILENO);
		do_block(b, false);
	}
}

int
batch_run(struct batch *b)
{
	if (b->opts->self) {
		b->known += block_add(&b->block, b->block.secret, PICK_SELF, 0);
		do_block(b, true);
	} else {
		do_tokens(b);
	}
	for (size_t i = 0; i < b->held_count; i++)
		block_add_again(&b->block, &b->held[i]);
	do_block(b, true);
	if (b->input_err.code != ERR_NONE) {
		report_error(&b->report, &b->input_err);
		count_status(b, err_status(b->input_err.code));
	}
	report_summary(&b->report);
	if (wait_signal() != 0)
		return b->unknown ? 6 : EXIT_SIGNAL + wait_signal();
	return b->status;
}
