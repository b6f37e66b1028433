/* SPDX-License-Identifier: MIT */
/* A block of TOKENs, and the lists that say what they stand for. */
#include "cli/block.h"

#include <string.h>

#include "base/fmt.h"
#include "langsmith/key.h"

#define ALIGNMENT _Alignof(max_align_t)

/* --- Memory --- */

size_t
block_room(const struct block *b)
{
	return STORE_MAX - b->used;
}

void *
block_take(struct block *b, size_t size)
{
	size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	void *at = b->store + b->used;

	if (rounded < size || rounded > block_room(b))
		return NULL;
	b->used += rounded;
	return at;
}

void
block_forget(struct block *b)
{
	explicit_bzero(b->store + b->used_by_texts, b->used - b->used_by_texts);
	b->used = b->used_by_texts;
	for (size_t i = 0; i < b->count; i++) {
		b->pick[i].found = NULL;
		b->pick[i].proof = NULL;
	}
}

void
block_clear(struct block *b)
{
	explicit_bzero(b->store, b->used);
	b->used = b->used_by_texts = 0;
	b->count = 0;
	b->owners_read = false;
}

/* --- TOKENs --- */

_Static_assert(BLOCK_MAX *KEY_TEXT_MAX <= STORE_MAX, "texts have no room");

/* The one that has the same id already, or NULL. */
static struct pick *
find_same(struct block *b, const struct pick *p)
{
	for (size_t i = 0; i < b->count; i++)
		if (&b->pick[i] != p && b->pick[i].has_id && !b->pick[i].done &&
		    uuid_equal(&b->pick[i].id, &p->id))
			return &b->pick[i];
	return NULL;
}

bool
block_add(struct block *b, struct span text, enum pick_place place,
          unsigned long number)
{
	struct pick *p = &b->pick[b->count];

	memset(p, 0, sizeof(*p));
	p->place = place;
	p->number = number;
	if (place == PICK_SELF) {
		p->form = PICK_SECRET;
		p->text = text;
	} else if (text.at == NULL) {
		p->bad = ERR_TOKEN_LONG;
	} else {
		pick_read(p, text, place == PICK_LINE);
	}
	if (p->form == PICK_ID && find_same(b, p) != NULL)
		return false;
	if (p->form == PICK_SHORT_KEY || p->form == PICK_SECRET) {
		uint8_t *at = block_take(b, p->text.len);

		if (p->text.len > 0)
			memcpy(at, p->text.at, p->text.len);
		p->text.at = at;
		if (p->form == PICK_SECRET)
			p->secret = p->text;
		b->used_by_texts = b->used;
	}
	b->count++;
	return true;
}

void
block_add_again(struct block *b, const struct pick *p)
{
	struct pick *again = &b->pick[b->count++];

	*again = *p;
	again->form = PICK_ID; /* it was found, and agreed to */
	again->text = again->secret = SPAN("");
	again->found = NULL;
	again->proof = NULL;
	again->done = false;
}

bool
block_looks_up(const struct pick *p, bool ids)
{
	return p->form == PICK_SHORT_KEY || p->form == PICK_SECRET ||
	       (p->form == PICK_ID && ids);
}

bool
block_has_lookups(const struct block *b, bool ids)
{
	for (size_t i = 0; i < b->count; i++)
		if (block_looks_up(&b->pick[i], ids))
			return true;
	return false;
}

bool
block_is_self(const struct block *b, const struct uuid *id)
{
	for (size_t i = 0; i < b->self_count; i++)
		if (uuid_equal(&b->self[i], id))
			return true;
	return false;
}

/* --- Lists --- */

/* Looks for the block's TOKENs in one list. */
struct lookup {
	struct list_reader reader; /* the first: it is given just this */
	struct block *block;
	enum list_whose whose;
	bool ids;
	size_t used; /* of the block's memory, before */
	size_t self_count; /* as in the block, which has them in the end */
	struct uuid self[CANDIDATES_MAX];
};

/* What is found among one's own need not be looked for among all. */
static bool
is_wanted(const struct lookup *l, const struct pick *p)
{
	return block_looks_up(p, l->ids) && !p->done &&
	       (l->whose == LIST_OWN ||
	        (p->place != PICK_SELF && (p->matches == 0 || !p->own)));
}

static void
begin(struct list_reader *reader)
{
	struct lookup *l = (struct lookup *)reader;
	struct block *b = l->block;

	b->used = l->used;
	l->self_count = 0;
	for (size_t i = 0; i < b->count; i++) {
		struct pick *p = &b->pick[i];

		if (!is_wanted(l, p))
			continue;
		p->matches = 0;
		p->found = NULL;
		p->confirmed = 0;
		p->no_room = p->own = false;
	}
}

static bool
is_among(const struct pick_found *found, const struct uuid *id)
{
	for (; found != NULL; found = found->next)
		if (uuid_equal(&found->id, id))
			return true;
	return false;
}

/* Keeps the record, behind what is kept already. */
static struct pick_found *
keep(struct block *b, const struct json *record)
{
	size_t before = b->used;
	struct pick_found *found = block_take(b, sizeof(*found));
	struct buf copy;

	if (found == NULL)
		return NULL;
	copy = (struct buf){ .at = b->store + b->used, .cap = block_room(b) };
	json_put_ascii(&copy, record->text);
	/* json_parse would not read a longer one again. */
	if (copy.failed || copy.len > BODY_MAX ||
	    block_take(b, copy.len) == NULL) {
		b->used = before;
		return NULL;
	}
	found->record = buf_written(&copy);
	return found;
}

static void
add_match(struct block *b, struct pick *p, const struct json *record,
          const struct uuid *id)
{
	struct pick_found *found;

	if (is_among(p->found, id))
		return;
	p->matches++;
	if (p->matches > CANDIDATES_MAX)
		return;
	found = keep(b, record);
	if (found == NULL) {
		p->no_room = true;
		return;
	}
	found->id = *id;
	found->next = p->found;
	p->found = found;
}

static void
see(struct list_reader *reader, const struct json *record,
    const struct uuid *id)
{
	struct lookup *l = (struct lookup *)reader;
	struct block *b = l->block;
	uint8_t text[256]; /* a short key that is longer is none */
	struct buf key = BUF_OVER(text);
	struct span short_key;

	token_put_member(&key, record, "short_key");
	short_key = key.failed ? SPAN("") : buf_written(&key);
	if (l->whose == LIST_OWN && b->secret.len > 0 &&
	    l->self_count < CANDIDATES_MAX &&
	    key_confirms(short_key, b->secret) > 0)
		l->self[l->self_count++] = *id;
	for (size_t i = 0; i < b->count; i++) {
		struct pick *p = &b->pick[i];

		if (p->form == PICK_ID && l->whose == LIST_OWN &&
		    uuid_equal(&p->id, id))
			p->own = true;
		if (is_wanted(l, p) && pick_matches(p, id, short_key)) {
			add_match(b, p, record, id);
			p->own = l->whose == LIST_OWN;
		}
	}
}

static bool
read_list(struct block *b, struct api *a, struct lookup *l,
          struct api_result *r)
{
	l->reader = (struct list_reader){ .begin = begin, .see = see };
	l->block = b;
	l->used = b->used;
	list_read(a, l->whose, &l->reader, deadline_in(a->timeout), r);
	if (r->status != 0) {
		begin(&l->reader); /* what was seen decides nothing */
	} else if (l->whose == LIST_OWN) {
		b->self_count = l->self_count;
		memcpy(b->self, l->self, sizeof(b->self));
	}
	return r->status == 0;
}

static bool
has_unmatched(const struct block *b, bool ids)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct pick *p = &b->pick[i];

		if (block_looks_up(p, ids) && p->matches == 0 &&
		    p->place != PICK_SELF)
			return true;
	}
	return false;
}

/* The one token that it stands for. */
static void
settle_on(struct api *a, struct pick *p)
{
	struct buf key = BUF_OVER(p->short_key);
	struct json record;

	p->id = p->found->id;
	p->has_id = true;
	json_parse(&record, p->found->record, a->tokens, JSON_TOKENS_MAX);
	token_put_member(&key, &record, "short_key");
	p->short_key_len = key.len;
}

/* --- TOKENs that stand for one token --- */

static bool
are_same(const struct pick *p, const struct pick *q)
{
	return p != q && p->has_id && q->has_id && uuid_equal(&p->id, &q->id);
}

/* Of two that contradict each other one is of another token: no one knows. */
static void
mark_clashes(struct block *b)
{
	for (size_t i = 0; i < b->count; i++)
		for (size_t j = 0; j < b->count; j++) {
			struct pick *p = &b->pick[i], *q = &b->pick[j];

			if (are_same(p, q) && p->form != PICK_ID &&
			    q->form != PICK_ID &&
			    key_contradicts(p->text, q->text))
				p->clash = true;
		}
}

/* The one that stands for all of them: an id, else one that is sure, if any. */
static struct pick *
find_keeper(struct block *b, struct pick *p)
{
	struct pick *keeper = NULL;

	for (size_t i = 0; i < b->count; i++) {
		struct pick *q = &b->pick[i];

		if ((q != p && !are_same(p, q)) || q->clash)
			continue;
		if (keeper == NULL ||
		    (keeper->form != PICK_ID &&
		     (q->form == PICK_ID ||
		      (pick_is_weak(keeper) && !pick_is_weak(q)))))
			keeper = q;
	}
	return keeper;
}

/*
 * Those that say the same are told once. What is too weak to be sure of is not
 * made surer by another that is not.
 */
static void
join(struct block *b)
{
	for (size_t i = 0; i < b->count; i++) {
		struct pick *p = &b->pick[i], *keeper;

		if (!p->has_id || p->clash)
			continue;
		keeper = find_keeper(b, p);
		if (keeper == p)
			continue;
		if (pick_is_weak(p) && !pick_is_weak(keeper)) {
			p->weak = true;
			continue;
		}
		if (keeper->secret.len == 0)
			keeper->secret = p->secret;
		p->done = true;
	}
}

bool
block_look_up(struct block *b, struct api *a, bool ids,
              struct api_result *failed)
{
	struct lookup own = { .whose = LIST_OWN, .ids = ids };
	struct lookup members = { .whose = LIST_MEMBERS, .ids = ids };
	bool read = read_list(b, a, &own, failed);

	if (read && has_unmatched(b, ids) && !b->members_hidden) {
		read = read_list(b, a, &members, failed);
		b->members_hidden = list_is_hidden(failed);
		read = read || b->members_hidden;
	}
	for (size_t i = 0; i < b->count; i++) {
		struct pick *p = &b->pick[i];

		if (block_looks_up(p, ids) && p->matches == 1 && !p->no_room)
			settle_on(a, p);
	}
	mark_clashes(b);
	join(b);
	return read;
}
