/* SPDX-License-Identifier: MIT */
/* Reads lists and tries secrets until it is known how changes have ended. */
#include "deletion/confirmation.h"

#include "base/fmt.h"
#include "deletion/observation.h"
#include "langsmith/key.h"

#define PAUSE_FIRST 500 /* milliseconds before a list is read again; doubles */
#define PAUSE_MOST 4000

/* What was deleted may be what authenticates, though no list has said so. */
static void look_for_self(struct batch *b, const struct target *t,
                          const struct result *r)
{
	BUF_ON_STACK(key, 256);
	struct json record;

	if (!r->has_record || b->selves.count > 0 || b->secret.len == 0)
		return;
	json_parse(&record, r->body, b->api->tokens, JSON_TOKENS_MAX);
	token_put_member(&key, &record, "short_key");
	if (!key.failed &&
	    key_confirms(buf_written(&key), b->secret) >= KEY_SURE)
		b->selves.id[b->selves.count++] = t->id;
}

/* The secret of the token, if it is at hand. */
static struct span secret_of(const struct batch *b, const struct target *t)
{
	if (t->secret.len > 0)
		return t->secret;
	return batch_is_self(b, &t->id) ? b->secret : SPAN("");
}

/* With what is known by now. */
static struct evidence *evidence_of(const struct batch *b, struct target *t)
{
	t->evidence.is_self = b->each || batch_is_self(b, &t->id);
	t->evidence.has_secret = secret_of(b, t).len > 0;
	return &t->evidence;
}

/*
 * Both lists in one time, or with b->each the own one of each; so the one comes
 * first that is sure to settle something. False once the caller may not see
 * even its own.
 */
static bool read_lists(struct batch *b, struct deadline d)
{
	bool own = false, others = false, services = false, forbidden = false;
	struct target *t = NULL;
	struct result r;

	while ((t = batch_next(b, TARGET_CHANGED, t)) != NULL) {
		batch_speak(b, t);
		if (!evidence_needs_list(evidence_of(b, t)))
			continue;
		if (b->each)
			observation_read(b, list_home(t->service), d, &r);
		else
			*(t->service               ? &services
			  : t->evidence.is_callers ? &own
			                           : &others) = true;
	}
	if (services && !b->hidden[LIST_SERVICE])
		forbidden = !observation_read(b, LIST_SERVICE, d, &r) &&
		            r.http == 401;
	if (others && !own) {
		own = b->hidden[LIST_MEMBERS] ||
		      !observation_read(b, LIST_MEMBERS, d, &r);
		others = false;
	}
	if (own && !observation_read(b, LIST_OWN, d, &r))
		forbidden = forbidden || r.status == EXIT_FORBIDDEN;
	if (others && !b->hidden[LIST_MEMBERS])
		observation_read(b, LIST_MEMBERS, d, &r);
	return !forbidden;
}

static void try_secret(struct batch *b, struct target *t, struct deadline d)
{
	struct evidence *e = evidence_of(b, t);

	if (!evidence_needs_secret(e))
		return;
	batch_speak(b, t);
	b->tick++;
	if (api_refuses_key(b->api, secret_of(b, t), d))
		e->refused = b->tick;
}

bool confirmation_defer(struct batch *b, struct target *t,
                        const struct result *r)
{
	bool confirmed = r->outcome == verb_words[b->verb].done ||
	                 r->outcome == OUTCOME_DELETED_UNREAD;
	struct confirmation *c;

	if (r->outcome != OUTCOME_UNKNOWN && !(b->verify && confirmed))
		return false;
	look_for_self(b, t, r);
	c = batch_take(b, sizeof(*c));
	if (c == NULL)
		return false;
	*c = (struct confirmation){ .result = *r, .deferred = r->outcome };
	batch_keep_body(b, &c->result);
	t->evidence.confirmed = confirmed;
	t->confirmation = c;
	target_become(t, TARGET_CHANGED);
	/* A batch of them may take longer than it has for its proof. */
	if (b->each && b->verify)
		try_secret(b, t, deadline_in(b->api->settings->timeout));
	return true;
}

static void try_secrets(struct batch *b, struct deadline d)
{
	for (size_t i = 0; i < b->count * b->api->settings->regions; i++) {
		struct target *t = batch_by_region(b, i);

		if (t != NULL && t->state == TARGET_CHANGED)
			try_secret(b, t, d);
	}
}

/*
 * Whether it is worth while to look again: at what has no final answer while a
 * list shows it, and with b->verify at what is not proven. A list that cannot be
 * read has had its retries.
 */
static bool is_open(const struct batch *b, struct target *t, bool lists)
{
	const struct evidence *e = evidence_of(b, t);
	bool shown = e->is_callers ||
	             !b->hidden[t->service ? LIST_SERVICE : LIST_MEMBERS];
	bool listed = lists && shown && evidence_needs_list(e);

	if (!evidence_is_done(e))
		return listed && evidence_of_lists(e) == EVIDENCE_SHOWN;
	return b->verify && (listed || evidence_needs_secret(e));
}

static bool is_any_open(struct batch *b, bool lists)
{
	struct target *t = batch_next(b, TARGET_CHANGED, NULL);

	while (t != NULL && !is_open(b, t, lists))
		t = batch_next(b, TARGET_CHANGED, t);
	return t != NULL;
}

static void gather_evidence(struct batch *b)
{
	struct target *t = NULL;
	struct deadline d;
	int64_t pause = PAUSE_FIRST;
	bool lists;

	while ((t = batch_next(b, TARGET_CHANGED, t)) != NULL) {
		batch_speak(b, t);
		api_pause(b->api);
	}
	d = deadline_in(b->api->settings->timeout);
	lists = wait_signal() == 0;
	for (;;) {
		lists = lists && read_lists(b, d);
		if (b->verify)
			try_secrets(b, d);
		if (!is_any_open(b, lists) || pause >= deadline_left(d) ||
		    !wait_pause(pause, &(struct err){ 0 }))
			return;
		pause = pause * 2 < PAUSE_MOST ? pause * 2 : PAUSE_MOST;
	}
}

/* The list shows it still; r->err is why that matters. */
static void put_still_there(const struct evidence *e, struct result *r)
{
	BUF_ON_STACK(detail, ERR_DETAIL_MAX + ERR_SENTENCE_MAX);

	fmt_time(&detail, evidence_shown(e)->time);
	buf_text(&detail, ": ");
	err_put_what(&detail, &r->err);
	result_end(r, e->verb, EXIT_UNKNOWN, NULL);
	err_set_span(&r->err, ERR_STILL_THERE, buf_written(&detail));
}

static void conclude(const struct batch *b, struct target *t)
{
	const struct evidence *e = evidence_of(b, t);
	struct result *r = &t->confirmation->result;
	enum evidence_verdict verdict = evidence_of_lists(e);
	const char *lacks = b->verify ? evidence_lacks(e) : NULL;

	if (!e->confirmed && verdict == EVIDENCE_DONE) {
		result_end(r, b->verb, EXIT_DONE, NULL);
		r->has_record = false;
		r->body = SPAN("");
	} else if (!e->confirmed && verdict == EVIDENCE_SHOWN) {
		put_still_there(e, r);
	}
	if (lacks != NULL) {
		result_end(r, b->verb, EXIT_UNVERIFIED, NULL);
		err_set(&r->err, ERR_UNVERIFIED, lacks);
	}
}

void confirmation_settle(struct batch *b)
{
	struct target *t = batch_next(b, TARGET_CHANGED, NULL);

	if (t != NULL)
		gather_evidence(b);
	for (; t != NULL; t = batch_next(b, TARGET_CHANGED, t))
		conclude(b, t);
}
