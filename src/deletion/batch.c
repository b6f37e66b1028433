/* SPDX-License-Identifier: MIT */
/* A batch of TOKENs that are looked up, asked about and proven together. */
#include "deletion/batch.h"

#include <string.h>

#define ALIGNMENT _Alignof(max_align_t)

_Static_assert(BATCH_MAX *KEY_TEXT_MAX <= BATCH_STORE_MAX,
               "texts have no room");

size_t batch_room(const struct batch *b)
{
	return BATCH_STORE_MAX - b->used;
}

void *batch_take(struct batch *b, size_t size)
{
	size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	void *at = b->store + b->used;

	if (rounded < size || rounded > batch_room(b))
		return NULL;
	b->used += rounded;
	return at;
}

void batch_release(struct batch *b, size_t used)
{
	explicit_bzero(b->store + used, b->used - used);
	b->used = used;
}

void batch_forget(struct batch *b)
{
	batch_release(b, b->used_by_texts);
	for (struct target *t = b->target; t < b->target + b->count; t++) {
		t->found.candidates = NULL;
		t->confirmation = NULL;
	}
}

void batch_clear(struct batch *b)
{
	batch_release(b, 0);
	b->used_by_texts = 0;
	b->count = 0;
	if (b->verify)
		memset(b->asked, 0, sizeof(b->asked));
}

/* A copy in the batch's memory; empty where it has no room. */
static struct span copy(struct batch *b, struct span bytes)
{
	uint8_t *at = bytes.len > 0 ? batch_take(b, bytes.len) : NULL;

	if (at == NULL)
		return SPAN("");
	memcpy(at, bytes.at, bytes.len);
	return (struct span){ at, bytes.len };
}

void batch_keep_body(struct batch *b, struct result *r)
{
	if (!r->has_record && r->body.len > ANSWER_KEPT_MAX)
		r->body.len = ANSWER_KEPT_MAX;
	r->body = copy(b, r->body);
	r->has_record = r->has_record && r->body.len > 0;
}

/* Whether it names what another TOKEN of the batch does, and as surely. */
static bool is_repeated(const struct batch *b, const struct target *t)
{
	for (const struct target *o = b->target; o < t; o++)
		if (o->form == t->form && o->state != TARGET_REPORTED &&
		    (t->form == TARGET_ID
		             ? o->service == t->service &&
		                       uuid_equal(&o->id, &t->id)
		             : b->each && t->text.len > 0 &&
		                       span_equal(o->text, t->text)))
			return true;
	return false;
}

bool batch_add(struct batch *b, struct span text, enum target_source source,
               unsigned long number)
{
	struct target *t = &b->target[b->count];

	memset(t, 0, sizeof(*t));
	t->evidence.verb = b->verb;
	t->source = source;
	t->number = number;
	t->service = b->services;
	if (source == TARGET_LINE && text.len > 0 && text.at[0] == '{')
		target_read_record(t, text, b->api->tokens);
	else
		target_read(t, text, source != TARGET_ARGUMENT);
	if (b->each && t->form != TARGET_SECRET)
		target_refuse(t, ERR_SECRET_ONLY);
	if (t->service && b->verb == VERB_REVOKE && t->form != TARGET_NO_FORM)
		target_refuse(t, ERR_TOKEN_SERVICE);
	if (is_repeated(b, t))
		return false;
	if (t->form == TARGET_ID && b->seek_ids)
		target_become(t, TARGET_SOUGHT);
	t->text = copy(b, t->text);
	b->used_by_texts = b->used;
	if (t->form == TARGET_SECRET)
		t->secret = t->text;
	b->count++;
	return true;
}

void batch_add_again(struct batch *b, const struct target *t)
{
	struct target *again = &b->target[b->count++];

	*again = *t;
	again->form = TARGET_ID; /* it was found, and agreed to */
	again->text = SPAN("");
	again->secret = copy(b, t->secret);
	b->used_by_texts = b->used;
	again->found.candidates = NULL;
	again->confirmation = NULL;
	target_become(again, TARGET_READY);
}

void batch_speak(struct batch *b, struct target *t)
{
	if (!b->each)
		return;
	b->speaker = t;
	b->api->key = t->secret;
	region_use(b->api, t->region);
}

struct target *batch_by_region(struct batch *b, size_t i)
{
	struct target *t = &b->target[i % b->count];

	return t->region == i / b->count ? t : NULL;
}

bool batch_may_be_self(const struct selves *s, const struct uuid *id)
{
	for (size_t i = 0; i < s->count; i++)
		if (uuid_equal(&s->id[i], id))
			return true;
	return false;
}

bool batch_is_self(const struct batch *b, const struct uuid *id)
{
	return b->selves.count == 1 && batch_may_be_self(&b->selves, id);
}

struct target *batch_next(struct batch *b, enum target_state state,
                          struct target *t)
{
	for (t = t != NULL ? t + 1 : b->target; t < b->target + b->count; t++)
		if (t->state == state)
			return t;
	return NULL;
}
