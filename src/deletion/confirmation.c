/* SPDX-License-Identifier: MIT */
/* Reads lists and tries secrets until it is known how changes have ended. */
#include "deletion/confirmation.h"

#include <string.h>

#include "deletion/owner.h"
#include "langsmith/key.h"

#define PAUSE_FIRST 500 /* milliseconds before a list is read again; doubles */
#define PAUSE_MOST 4000

/* --- Deferring --- */

static bool
is_confirmed(const struct batch *b, const struct result *r)
{
	return r->outcome == verb_words[b->verb].done ||
	       r->outcome == verb_words[b->verb].unread;
}

/* What was deleted may be what authenticates, though no list has said so. */
static void
look_for_self(struct batch *b, const struct target *t, const struct result *r)
{
	uint8_t text[256];
	struct buf key = BUF_OVER(text);
	struct json record;

	if (!r->has_record || b->self_count > 0 || b->secret.len == 0)
		return;
	json_parse(&record, r->body, b->api->tokens, JSON_TOKENS_MAX);
	token_put_member(&key, &record, "short_key");
	if (!key.failed &&
	    key_confirms(buf_written(&key), b->secret) >= KEY_SURE)
		b->self[b->self_count++] = t->id;
}

bool
confirmation_defer(struct batch *b, struct target *t, const struct result *r)
{
	bool confirmed = is_confirmed(b, r);
	struct confirmation *c;

	if (r->outcome != OUTCOME_UNKNOWN && !(b->verify && confirmed))
		return false;
	look_for_self(b, t, r);
	c = batch_take(b, sizeof(*c));
	if (c == NULL)
		return false;
	memset(c, 0, sizeof(*c));
	c->result = *r;
	c->deferred = r->outcome;
	c->evidence.verb = b->verb;
	c->evidence.changed = t->changed;
	c->evidence.confirmed = confirmed;
	c->evidence.under_way = r->under_way;
	t->confirmation = c;
	target_become(t, TARGET_CHANGED);
	return true;
}

/* --- Evidence --- */

/* The secret of the token, if it is at hand. */
static struct span
secret_of(const struct batch *b, const struct target *t)
{
	if (t->secret.len > 0)
		return t->secret;
	return batch_is_self(b, &t->id) ? b->secret : SPAN("");
}

/* With what is known by now; NULL where nothing is to be proven of it. */
static struct evidence *
evidence_of(const struct batch *b, const struct target *t)
{
	struct evidence *e;

	if (t->state != TARGET_CHANGED)
		return NULL;
	e = &t->confirmation->evidence;
	e->is_callers = owner_is_caller(b, t, e->confirmed);
	e->is_self = batch_is_self(b, &t->id);
	e->has_secret = secret_of(b, t).len > 0;
	return e;
}

static void
start_over(void *batch)
{
	struct batch *b = batch;

	for (size_t i = 0; i < b->count; i++)
		if (b->target[i].state == TARGET_CHANGED)
			b->target[i].confirmation->sight = SIGHT_ABSENT;
}

static void
see_record(void *batch, const struct json *record, const struct uuid *id)
{
	size_t revoked_at = json_member(record, 0, "revoked_at");
	bool revoked =
		revoked_at != JSON_NONE && !json_is_null(record, revoked_at);
	struct batch *b = batch;

	for (size_t i = 0; i < b->count; i++)
		if (b->target[i].state == TARGET_CHANGED &&
		    uuid_equal(&b->target[i].id, id))
			b->target[i].confirmation->sight =
				revoked ? SIGHT_REVOKED : SIGHT_ACTIVE;
}

/*
 * Notes what a list shows of those that need it. False where it was not read to
 * its end, and so shows nothing; *forbidden where the caller may not see it.
 */
static bool
read_list(struct batch *b, enum list_whose whose, struct deadline d,
          bool *forbidden)
{
	const struct list_reader reader = { .on_start = start_over,
		                            .on_record = see_record,
		                            .context = b };
	unsigned long tick = ++b->tick;
	struct result r;

	list_read(b->api, whose, &reader, d, &r);
	if (whose == LIST_MEMBERS)
		b->members_hidden = list_is_hidden(&r);
	*forbidden = r.status == EXIT_FORBIDDEN;
	for (size_t i = 0; i < b->count && r.status == EXIT_DONE; i++) {
		struct target *t = &b->target[i];
		struct evidence *e = evidence_of(b, t);
		struct sighting now = { .tick = tick };

		if (e == NULL || !evidence_needs_list(e))
			continue;
		now.sight = t->confirmation->sight;
		*(whose == LIST_OWN ? &e->own : &e->members) = now;
	}
	return r.status == EXIT_DONE;
}

/*
 * Both lists in one time; so the one comes first that is sure to settle
 * something. False once the caller may not see even its own.
 */
static bool
read_lists(struct batch *b, struct deadline d)
{
	bool own = false, others = false, forbidden = false, hidden;

	for (size_t i = 0; i < b->count; i++) {
		struct evidence *e = evidence_of(b, &b->target[i]);

		if (e == NULL || !evidence_needs_list(e))
			continue;
		own = own || b->target[i].owner == OWNER_CALLER;
		others = others || b->target[i].owner != OWNER_CALLER;
	}
	if (others && !b->members_hidden && !own) {
		own = !read_list(b, LIST_MEMBERS, d, &hidden);
		others = false;
	}
	if (own || (others && b->members_hidden))
		read_list(b, LIST_OWN, d, &forbidden);
	if (others && !b->members_hidden)
		read_list(b, LIST_MEMBERS, d, &hidden);
	return !forbidden;
}

static void
try_secrets(struct batch *b, struct deadline d)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct target *t = &b->target[i];
		struct evidence *e = evidence_of(b, t);

		if (e == NULL || !evidence_needs_secret(e))
			continue;
		b->tick++;
		if (api_try_key(b->api, secret_of(b, t), d) == API_KEY_REFUSED)
			e->refused = b->tick;
	}
}

/* Whether anything is still to be proven that may be proven yet. */
static bool
is_open(const struct batch *b, bool lists)
{
	for (size_t i = 0; i < b->count; i++) {
		struct evidence *e = evidence_of(b, &b->target[i]);

		if (e != NULL && evidence_lacks(e) != NULL &&
		    (lists || !evidence_needs_list(e)))
			return true;
	}
	return false;
}

static void
gather_evidence(struct batch *b)
{
	struct deadline d = deadline_in(b->api->settings->timeout);
	int64_t pause = PAUSE_FIRST;
	struct err stopped = { 0 };
	bool lists = wait_signal() == 0;

	for (;;) {
		lists = lists && read_lists(b, d);
		if (!b->verify)
			return;
		try_secrets(b, d);
		if (!is_open(b, lists) || pause >= deadline_left(d) ||
		    !wait_pause(pause, &stopped))
			return;
		pause = pause * 2 < PAUSE_MOST ? pause * 2 : PAUSE_MOST;
	}
}

/* --- What is proven --- */

static void
conclude(const struct batch *b, const struct target *t)
{
	struct evidence *e = evidence_of(b, t);
	struct result *r = &t->confirmation->result;
	enum evidence_verdict verdict = evidence_of_lists(e);
	const char *lacks = b->verify ? evidence_lacks(e) : NULL;
	struct err why = { 0 };

	if (!e->confirmed && verdict == EVIDENCE_DONE) {
		result_end(r, b->verb, EXIT_DONE, NULL);
		r->has_record = false;
		r->body = SPAN("");
	} else if (verdict == EVIDENCE_UNDONE) {
		why = r->err;
		err_wrap(&why, ERR_STILL_THERE);
		result_end(r, b->verb, err_status(why.code), &why);
	}
	if (lacks != NULL) {
		why = (struct err){ 0 };
		err_set(&why, ERR_UNVERIFIED, span_of(lacks));
		result_end(r, b->verb, err_status(why.code), &why);
	}
}

void
confirmation_settle(struct batch *b)
{
	if (!batch_has(b, TARGET_CHANGED))
		return;
	gather_evidence(b);
	for (size_t i = 0; i < b->count; i++)
		if (b->target[i].state == TARGET_CHANGED)
			conclude(b, &b->target[i]);
}
