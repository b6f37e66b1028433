/* SPDX-License-Identifier: MIT */
/* Reads lists, and notes what they show of every token of a batch. */
#include "deletion/observation.h"

#include <string.h>
#include <time.h>

#include "langsmith/key.h"

/* A list that is being read. */
struct observation {
	struct batch *batch;
	enum list_whose whose;
	const struct list_reader *also;
	/* As in the batch, which has them in the end. */
	size_t self_count;
	struct uuid self[CANDIDATES_MAX];
};

/* What was seen before does not count. */
static void
start_over(void *observation)
{
	struct observation *o = observation;

	o->self_count = 0;
	for (size_t i = 0; i < o->batch->count; i++)
		o->batch->target[i].sight = SIGHT_ABSENT;
	if (o->also != NULL && o->also->on_start != NULL)
		o->also->on_start(o->also->context);
}

/* A token that is listed twice is one token. */
static void
see_self(struct observation *o, const struct uuid *id, struct span short_key)
{
	for (size_t i = 0; i < o->self_count; i++)
		if (uuid_equal(&o->self[i], id))
			return;
	if (o->self_count < CANDIDATES_MAX &&
	    key_confirms(short_key, o->batch->secret) > 0)
		o->self[o->self_count++] = *id;
}

static enum sight
sight_of(const struct json *record)
{
	size_t revoked_at = json_member(record, 0, "revoked_at");

	return revoked_at != JSON_NONE && !json_is_null(record, revoked_at)
	               ? SIGHT_REVOKED
	               : SIGHT_ACTIVE;
}

static void
see_record(void *observation, const struct json *record, const struct uuid *id,
           struct span short_key)
{
	struct observation *o = observation;

	if (o->whose == LIST_OWN && o->batch->secret.len > 0)
		see_self(o, id, short_key);
	for (size_t i = 0; i < o->batch->count; i++) {
		struct target *t = &o->batch->target[i];
		struct buf name = BUF_OVER(t->owner_name);

		if (!target_is_identified(t) || !uuid_equal(&t->id, id))
			continue;
		if (t->sight != SIGHT_ACTIVE) /* by one that is listed twice */
			t->sight = sight_of(record);
		if (o->whose == LIST_OWN)
			continue;
		token_put_member(&name, record, "created_by");
		t->owner_name_len = name.failed ? 0 : name.len;
	}
	if (o->also != NULL)
		o->also->on_record(o->also->context, record, id, short_key);
}

static void
note(const struct observation *o, unsigned long tick)
{
	struct batch *b = o->batch;

	for (size_t i = 0; i < b->count; i++) {
		struct target *t = &b->target[i];
		struct evidence *e = &t->evidence;
		const struct sighting now = { tick, (int64_t)time(NULL),
			                      t->sight };

		if (!target_is_identified(t))
			continue;
		*(o->whose == LIST_OWN ? &e->own : &e->members) = now;
		if (o->whose == LIST_OWN && now.sight != SIGHT_ABSENT)
			e->is_callers = true;
	}
	if (o->whose != LIST_OWN)
		return;
	b->self_count = o->self_count;
	memcpy(b->self, o->self, sizeof(b->self));
}

void
observation_read(struct batch *b, enum list_whose whose,
                 const struct list_reader *also, struct deadline d,
                 struct result *r)
{
	struct observation o = { .batch = b, .whose = whose, .also = also };
	const struct list_reader reader = { .on_start = start_over,
		                            .on_record = see_record,
		                            .context = &o };
	unsigned long tick = ++b->tick;

	list_read(b->api, whose, &reader, d, r);
	if (whose == LIST_OWN)
		b->own_asked = true;
	else
		b->members_hidden = list_is_hidden(r);
	if (r->status == EXIT_DONE)
		note(&o, tick);
}
