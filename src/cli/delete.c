/* SPDX-License-Identifier: MIT */
/* The command that deletes, or revokes: look up, ask, change, prove, report. */
#include "cli/delete.h"

#include <string.h>
#include <unistd.h>

#include "cli/prompt.h"
#include "deletion/lookup.h"
#include "deletion/observation.h"
#include "deletion/owner.h"
#include "langsmith/key.h"

#define LOOK_TIME 5000 /* milliseconds; a deletion must not wait for long */

/* --- Reporting --- */

/* The end of t. */
static void report(struct deletion *d, struct target *t, struct result *r)
{
	if (d->batch.each && r->err.code == ERR_FORBIDDEN)
		r->err.code = ERR_DEAD;
	if (r->err.code == ERR_UNNOTED || (r == &d->stop && d->audit_stops))
		d->unnoted_told = true;
	report_result(d->report, t, r);
	target_become(t, TARGET_REPORTED);
	report_progress(d->report, d->known);
}

/* What needs no word from the server any more; whether t is done with. */
static bool report_end(struct deletion *d, struct target *t)
{
	struct result r;

	if (t->state == TARGET_REPEATED) {
		d->report->repeated++;
		target_become(t, TARGET_REPORTED);
	} else if (target_has_ended(t)) {
		lookup_put_end(&d->batch, t, &r);
		report(d, t, &r);
	}
	return t->state == TARGET_REPORTED;
}

/* --- Stopping --- */

/* The first reason counts. */
static void stop(struct deletion *d, enum exit_status status,
                 enum err_code code, struct span detail)
{
	if (d->stop.outcome == OUTCOME_NONE)
		result_set(&d->stop, OUTCOME_NOT_TRIED, status, NULL);
	err_set_span(&d->stop.err, code, detail);
}

static bool is_stopped(struct deletion *d)
{
	if (wait_signal() != 0)
		stop(d, EXIT_USAGE, ERR_NOT_TRIED,
		     SPAN("patrm was stopped by a signal"));
	return d->stop.outcome != OUTCOME_NONE;
}

/* A key that is not valid now will not be so for the rest that need it. */
static void stop_on_401(struct deletion *d, const struct result *r)
{
	if (r->http == 401 && !d->batch.each)
		stop(d, EXIT_FORBIDDEN, ERR_NOT_TRIED,
		     SPAN("the key was refused before (HTTP status 401)"));
}

/* --- Changing --- */

/* False, and the run stops, where it could not be noted. */
static bool audit(struct deletion *d, const struct target *t, struct result *r)
{
	BUF_ON_STACK(why, ERR_DETAIL_MAX + ERR_SENTENCE_MAX);
	struct err e = { 0 };

	if (audit_note(&d->audit, t, r, &e))
		return true;
	err_put_what(&why, &e);
	if (d->stop.outcome == OUTCOME_NONE)
		d->audit_stops = true;
	stop(d, EXIT_USAGE, ERR_NOT_TRIED, buf_written(&why));
	if (r == NULL)
		return false;
	d->unnoted = e;
	/* Done, and what was to stand in the file does not. */
	if (r->status == EXIT_DONE) {
		err_wrap(&e, ERR_UNNOTED);
		result_end_unwritten(r, d->batch.verb, &e);
	}
	return false;
}

/* Proves what was deferred, and reports it. */
static void settle(struct deletion *d)
{
	struct target *t = NULL;

	confirmation_settle(&d->batch);
	while ((t = batch_next(&d->batch, TARGET_CHANGED, t)) != NULL) {
		struct result *r = &t->confirmation->result;

		if (r->outcome != t->confirmation->deferred)
			audit(d, t, r);
		report(d, t, r);
	}
}

static void change(struct deletion *d, struct target *t)
{
	struct batch *b = &d->batch;
	struct result r;
	size_t used;

	if (batch_room(b) < CONFIRMATION_ROOM) {
		settle(d);
		batch_forget(b);
	}
	if (!is_stopped(d)) {
		batch_speak(b, t);
		api_pause(b->api);
	}
	if (is_stopped(d) || !audit(d, t, NULL)) {
		report(d, t, &d->stop);
		return;
	}
	used = b->used;
	t->evidence.changed = ++b->tick;
	api_change(b->api,
	           t->service               ? CALL_DELETE_SERVICE
	           : b->verb == VERB_REVOKE ? CALL_REVOKE
	                                    : CALL_DELETE,
	           &t->id, &r);
	stop_on_401(d, &r);
	audit(d, t, &r);
	if (owner_explain_missing(b, t, &r))
		audit(d, t, &r);
	if (confirmation_defer(b, t, &r))
		return;
	report(d, t, &r);
	batch_release(b, used);
}

/* The token that authenticates must go last, or nothing goes after it. */
static bool hold_back(struct deletion *d, struct target *t)
{
	struct held *held = d->held, *end = d->held + d->held_count;

	struct buf secret;

	while (held < end && !uuid_equal(&held->target.id, &t->id))
		held++;
	if (!batch_may_be_self(&d->batch.selves, &t->id) ||
	    held == d->held + CANDIDATES_MAX)
		return false;
	target_become(t, held < end ? TARGET_REPEATED : TARGET_HELD);
	if (held == end) {
		held->target = *t;
		held->target.secret = SPAN("");
		d->held_count++;
	}
	/* Its text is the batch's, which will be gone. */
	secret = BUF_OVER(held->secret);
	buf_span(&secret, t->secret);
	if (secret.len > 0)
		held->target.secret = buf_written(&secret);
	report_end(d, t);
	return true;
}

/*
 * Before the first change, where nothing was looked up: the caller's own list
 * shows which token authenticates and, with --verify, what it would show later;
 * that of service keys, which of them does. Where it cannot be read, that is not
 * known.
 */
static void look_at(struct deletion *d, bool service)
{
	struct batch *b = &d->batch;
	bool self = b->secret.len > 0 &&
	            key_is_of_service(b->secret, false) == service;
	bool wanted = b->verify ? self || !service : self && d->known > 1;
	int64_t time = b->api->settings->timeout;
	struct target *t = batch_next(b, TARGET_READY, NULL);
	struct result r;

	while (t != NULL && t->service != service)
		t = batch_next(b, TARGET_READY, t);
	if (b->asked[list_home(service)] || !wanted || is_stopped(d) ||
	    t == NULL)
		return;
	if (!observation_read(b, list_home(service),
	                      deadline_in(time < LOOK_TIME ? time : LOOK_TIME),
	                      &r) &&
	    options_has(d->options, OPTION_VERBOSE))
		report_line(d->report,
		            SPAN("* your own list cannot be read: it is not"
		                 " known which token authenticates"));
}

static void report_dry_run(struct deletion *d, struct target *t)
{
	struct result r = { .has_record = true,
		            .body = t->found.candidates->record };

	result_set(&r, OUTCOME_WOULD_DELETE, EXIT_DONE, NULL);
	report(d, t, &r);
}

/* --- Asking --- */

static bool must_ask(const struct deletion *d, const struct target *t)
{
	return !options_has(d->options, OPTION_YES) || target_is_weak(t);
}

/*
 * What was found: first what was agreed to, then, right above the question,
 * what is asked about. Where nobody can be asked, that is too weak, and ends.
 */
static void show_found(struct deletion *d, const struct prompt *p)
{
	struct target *t = NULL;

	while ((t = batch_next(&d->batch, TARGET_FOUND, t)) != NULL)
		if (!must_ask(d, t) && !d->report->quiet)
			report_facts(d->report, STDERR_FILENO, t);
	while ((t = batch_next(&d->batch, TARGET_FOUND, t)) != NULL) {
		if (!must_ask(d, t))
			continue;
		if (p != NULL || !d->report->quiet)
			report_facts(d->report,
			             p != NULL ? p->out : STDERR_FILENO, t);
		if (p == NULL) {
			target_become(t, TARGET_WEAK);
			report_end(d, t);
		}
	}
}

/* Shows what was found; a person must agree to it, or it was agreed to. */
static void confirm(struct deletion *d)
{
	struct target *t = NULL;
	unsigned long asked = 0;
	struct prompt p;

	while ((t = batch_next(&d->batch, TARGET_FOUND, t)) != NULL)
		asked += must_ask(d, t);
	if (asked == 0 ||
	    !prompt_open(&p, options_count_inputs(d->options) == 0)) {
		if (asked > 0 && !options_has(d->options, OPTION_YES))
			stop(d, EXIT_USAGE, ERR_NO_TERMINAL, SPAN(""));
		else
			show_found(d, NULL);
		return;
	}
	show_found(d, &p);
	prompt_forget(&p);
	report_question(d->report, p.out, asked);
	if (!prompt_answer(&p) && !is_stopped(d))
		stop(d, EXIT_USAGE, ERR_NOT_TRIED, SPAN("the answer was no"));
	prompt_close(&p);
}

/* --- Batches --- */

/* Each by itself; what has ended leaves its room to the next. */
static void look_up_each(struct deletion *d)
{
	struct batch *b = &d->batch;

	for (size_t i = 0; i < b->count * b->api->settings->regions; i++) {
		struct target *t = &b->target[i % b->count];
		size_t used = b->used;

		if (t->state != TARGET_SOUGHT || is_stopped(d))
			continue;
		lookup_run_alone(b, t);
		if (report_end(d, t))
			batch_release(b, used);
	}
	lookup_compare(b);
}

/* One key for all of them: which region accepts it? */
static void find_region(struct deletion *d)
{
	struct batch *b = &d->batch;
	struct result r;

	if (!b->each && !is_stopped(d) &&
	    (batch_next(b, TARGET_SOUGHT, NULL) != NULL ||
	     batch_next(b, TARGET_READY, NULL) != NULL) &&
	    !region_find(b->api, &r) && !is_stopped(d))
		d->stop = r;
}

static void look_up(struct deletion *d)
{
	struct batch *b = &d->batch;

	if (is_stopped(d) || batch_next(b, TARGET_SOUGHT, NULL) == NULL)
		return;
	if (b->each) {
		look_up_each(d);
	} else if (!lookup_run(b)) {
		stop_on_401(d, &b->list_failure[false]);
		stop_on_401(d, &b->list_failure[true]);
	}
	for (struct target *t = b->target; t < b->target + b->count; t++)
		report_end(d, t);
	if (!b->seek_ids && !is_stopped(d))
		confirm(d);
}

static void do_batch(struct deletion *d, bool last)
{
	struct batch *b = &d->batch;

	find_region(d);
	look_up(d);
	if (!b->seek_ids) {
		batch_forget(b);
		if (!last) { /* what is last was seen with its own batch */
			look_at(d, false);
			look_at(d, true);
		}
	}
	for (size_t i = 0; i < b->count * b->api->settings->regions; i++) {
		struct target *t = batch_by_region(b, i);

		if (t == NULL || report_end(d, t))
			continue;
		if (is_stopped(d))
			report(d, t, &d->stop);
		else if (b->seek_ids)
			report_dry_run(d, t);
		else if (last || !hold_back(d, t))
			change(d, t);
	}
	settle(d);
	batch_clear(b);
}

static void do_tokens(struct deletion *d)
{
	struct batch *b = &d->batch;
	struct source_token next;
	bool more = true;

	while (more) {
		while (b->count < BATCH_MAX &&
		       (more = source_next(&d->source, &next))) {
			if (batch_add(b, next.text, next.source, next.number))
				d->known++;
			else
				d->report->repeated++;
		}
		do_batch(d, b->each);
	}
}

/* Where no TOKEN was told of it; it does not change what became of them. */
static void report_unnoted(struct deletion *d)
{
	enum exit_status status = d->report->status;

	if (d->unnoted.code == ERR_NONE || d->unnoted_told)
		return;
	report_error(d->report, &d->unnoted);
	d->report->status = status;
}

enum exit_status delete_run(struct deletion *d, struct api *a,
                            struct span secret)
{
	struct batch *b = &d->batch;

	d->source.options = d->options;
	b->api = a;
	b->verb = d->report->verb;
	b->verify = options_has(d->options, OPTION_VERIFY);
	b->seek_ids = options_has(d->options, OPTION_DRY_RUN);
	b->services = options_has(d->options, OPTION_SERVICE_KEYS);
	b->unasked = options_has(d->options, OPTION_YES);
	b->each = options_has(d->options, OPTION_SELF);
	if (!b->each)
		b->secret = secret;
	if (b->each && !options_read_secrets(d->options)) {
		d->known += batch_add(b, secret, TARGET_SELF, 0);
		do_batch(d, true);
	} else {
		do_tokens(d);
	}
	for (size_t i = 0; i < d->held_count; i++)
		batch_add_again(b, &d->held[i].target);
	do_batch(d, true);
	report_unnoted(d);
	if (d->source.err.code != ERR_NONE)
		report_error(d->report, &d->source.err);
	report_summary(d->report);
	if (wait_signal() != 0 && d->report->by_outcome[OUTCOME_UNKNOWN] > 0)
		return EXIT_UNKNOWN;
	return d->report->status;
}

void delete_wipe(struct deletion *d)
{
	input_wipe(&d->source.input);
	explicit_bzero(d->held, d->held_count * sizeof(*d->held));
	batch_clear(&d->batch);
}
