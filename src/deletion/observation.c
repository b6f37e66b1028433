/* SPDX-License-Identifier: MIT */
/* Reads lists, and notes what they show of every token of a batch. */
#include "deletion/observation.h"

#include <time.h>

#include "langsmith/key.h"

/* A list that is being read. */
struct observation {
	struct batch *batch;
	enum list_whose whose;
	size_t used; /* of the batch's memory, before */
	/* Whom it is about: all, or the one whose list it is. */
	struct target *first, *end;
	struct selves selves; /* which the batch has in the end */
};

/* Whether it is a list of what t is. */
static bool is_about(enum list_whose whose, const struct target *t)
{
	return t->service == (whose == LIST_SERVICE);
}

/*
 * An id that is the caller's own is nobody else's. And those that are too many
 * to be kept would be counted again.
 */
bool observation_is_of_use(enum list_whose whose, const struct target *t)
{
	return t->state == TARGET_SOUGHT && is_about(whose, t) &&
	       (whose != LIST_MEMBERS ||
	        (t->own.count <= CANDIDATES_MAX &&
	         (t->form != TARGET_ID || t->own.count == 0)));
}

/* What was seen before in this list does not count. */
static void start_over(void *observation)
{
	struct observation *o = observation;
	const struct matches none = { 0 };

	o->selves.count = 0;
	for (struct target *t = o->first; t < o->end; t++) {
		t->sight = SIGHT_ABSENT;
		if (observation_is_of_use(o->whose, t))
			t->found = o->whose == LIST_MEMBERS ? t->own : none;
	}
	batch_release(o->batch, o->used);
}

static void see_target(const struct observation *o, struct target *t,
                       const struct json *record)
{
	struct buf name = BUF_OVER(t->owner_name);
	bool revoked = token_state(record, 0) == TOKEN_REVOKED;

	if (t->sight != SIGHT_ACTIVE) /* by one that is listed twice */
		t->sight = revoked ? SIGHT_REVOKED : SIGHT_ACTIVE;
	if (o->whose != LIST_MEMBERS)
		return;
	token_put_member(&name, record, "created_by");
	t->owner_name_len = name.failed ? 0 : name.len;
}

/* Keeps the record, behind what is kept already; NULL where it has no room. */
static struct candidate *keep(struct batch *b, const struct json *record)
{
	size_t used = b->used;
	struct candidate *candidate = batch_take(b, sizeof(*candidate));
	struct buf copy = { .at = b->store + b->used, .cap = batch_room(b) };

	json_put_ascii(&copy, record->text);
	/* json_parse would not read a longer one again. */
	if (candidate == NULL || copy.failed || copy.len > BODY_MAX ||
	    batch_take(b, copy.len) == NULL) {
		batch_release(b, used);
		return NULL;
	}
	candidate->record = buf_written(&copy);
	return candidate;
}

/* Another token that t may stand for, and that there may be room for. */
static void add_match(const struct observation *o, struct target *t,
                      const struct list_record *r)
{
	struct candidate *candidate;

	for (const struct candidate *c = t->found.candidates; c; c = c->next)
		if (uuid_equal(&c->id, &r->id))
			return;
	if (t->found.count++ >= CANDIDATES_MAX)
		return;
	candidate = keep(o->batch, r->json);
	if (candidate == NULL) {
		t->found.no_room = true;
		return;
	}
	candidate->id = r->id;
	candidate->is_callers = o->whose == LIST_OWN;
	candidate->confirmed = key_confirms(r->short_key, t->text);
	candidate->next = t->found.candidates;
	t->found.candidates = candidate;
}

/* Whether it shows the token that the secret of the batch is of. */
static bool shows_selves(const struct observation *o)
{
	bool service = key_is_of_service(o->batch->secret, false);

	return !o->batch->each && o->whose == list_home(service);
}

static void see_record(void *observation, const struct list_record *r)
{
	struct observation *o = observation;
	struct batch *b = o->batch;

	/* A token that is listed twice is one token. */
	if (shows_selves(o) && o->selves.count < CANDIDATES_MAX &&
	    key_confirms(r->short_key, b->secret) > 0 &&
	    !batch_may_be_self(&o->selves, &r->id))
		o->selves.id[o->selves.count++] = r->id;
	for (struct target *t = o->first; t < o->end; t++) {
		if (target_is_identified(t) && is_about(o->whose, t) &&
		    uuid_equal(&t->id, &r->id))
			see_target(o, t, r->json);
		if (!observation_is_of_use(o->whose, t))
			continue;
		if (target_matches(t, &r->id, r->short_key))
			add_match(o, t, r);
		else if (b->each && !key_contradicts(r->short_key, t->text))
			t->found.unsaid = true;
	}
}

static void note(const struct observation *o, unsigned long tick)
{
	int64_t now = (int64_t)time(NULL);
	bool own = o->whose == LIST_OWN;

	for (struct target *t = o->first; t < o->end; t++) {
		struct sighting *seen =
			own ? &t->evidence.own : &t->evidence.members;

		if (own)
			t->own = t->found;
		if (!target_is_identified(t) || !is_about(o->whose, t))
			continue;
		*seen = (struct sighting){ tick, now, t->sight };
		if (own && t->sight != SIGHT_ABSENT)
			t->evidence.is_callers = true;
	}
	if (shows_selves(o))
		o->batch->selves = o->selves;
}

bool observation_read(struct batch *b, enum list_whose whose, struct deadline d,
                      struct result *r)
{
	struct observation o = { .batch = b, .whose = whose, .used = b->used };
	const struct list_reader reader = { .on_start = start_over,
		                            .on_record = see_record,
		                            .context = &o };
	unsigned long tick = ++b->tick;

	o.first = b->each ? b->speaker : b->target;
	o.end = o.first + (b->each ? 1 : b->count);
	list_read(b->api, whose, &reader, d, r);
	b->asked[whose] = true;
	/* It may not be seen, or is not there. */
	b->hidden[whose] = r->http == 403 || r->err.code == ERR_NO_LIST;
	if (r->status == EXIT_DONE)
		note(&o, tick);
	else
		start_over(&o); /* what was seen decides nothing */
	return r->status == EXIT_DONE;
}
