/* SPDX-License-Identifier: MIT */
/* Lists to matches: which tokens the TOKENs of a batch stand for. */
#include "deletion/lookup.h"

#include <string.h>

#include "base/fmt.h"
#include "deletion/observation.h"
#include "langsmith/key.h"

/* --- Lists --- */

/* Looks for the batch's TOKENs in one list. */
struct lookup {
	struct batch *batch;
	enum list_whose whose;
	size_t used; /* of the batch's memory, before */
};

/*
 * An id that is the caller's own is nobody else's; --self is always so. And
 * those that are too many to be kept would be counted again.
 */
static bool
is_wanted(enum list_whose whose, const struct target *t)
{
	return t->state == TARGET_SOUGHT &&
	       (whose == LIST_OWN ||
	        (t->source != TARGET_SELF && t->own_matches <= CANDIDATES_MAX &&
	         (t->form != TARGET_ID || t->own_matches == 0)));
}

/* What was seen before in this list does not count. */
static void
start_over(void *lookup)
{
	struct lookup *l = lookup;
	struct batch *b = l->batch;

	for (size_t i = 0; i < b->count; i++) {
		struct target *t = &b->target[i];

		if (!is_wanted(l->whose, t))
			continue;
		if (l->whose == LIST_OWN)
			t->own_matches = 0;
		t->matches = t->own_matches;
		while (t->candidates != NULL && !t->candidates->is_callers)
			t->candidates = t->candidates->next;
		if (l->whose == LIST_OWN) {
			t->candidates = NULL;
			t->own_no_room = false;
		}
		t->no_room = t->own_no_room;
	}
	batch_release(b, l->used);
}

/* Keeps the record, behind what is kept already. */
static struct candidate *
keep(struct batch *b, const struct json *record)
{
	size_t used = b->used;
	struct candidate *candidate = batch_take(b, sizeof(*candidate));
	struct buf copy;

	if (candidate == NULL)
		return NULL;
	copy = (struct buf){ .at = b->store + b->used, .cap = batch_room(b) };
	json_put_ascii(&copy, record->text);
	/* json_parse would not read a longer one again. */
	if (copy.failed || copy.len > BODY_MAX ||
	    batch_take(b, copy.len) == NULL) {
		batch_release(b, used);
		return NULL;
	}
	candidate->record = buf_written(&copy);
	return candidate;
}

/* The candidate, where it is another one that there is room for. */
static struct candidate *
add_match(struct lookup *l, struct target *t, const struct json *record,
          const struct uuid *id)
{
	struct candidate *candidate;

	for (const struct candidate *c = t->candidates; c != NULL; c = c->next)
		if (uuid_equal(&c->id, id))
			return NULL;
	if (l->whose == LIST_OWN)
		t->own_matches++;
	if (t->matches++ >= CANDIDATES_MAX)
		return NULL;
	candidate = keep(l->batch, record);
	if (candidate == NULL) {
		t->no_room = true;
		t->own_no_room = l->whose == LIST_OWN || t->own_no_room;
		return NULL;
	}
	candidate->id = *id;
	candidate->is_callers = l->whose == LIST_OWN;
	candidate->next = t->candidates;
	t->candidates = candidate;
	return candidate;
}

static void
see_record(void *lookup, const struct json *record, const struct uuid *id,
           struct span short_key)
{
	struct lookup *l = lookup;

	for (size_t i = 0; i < l->batch->count; i++) {
		struct target *t = &l->batch->target[i];
		struct candidate *candidate = NULL;

		if (is_wanted(l->whose, t) && target_matches(t, id, short_key))
			candidate = add_match(l, t, record, id);
		if (candidate != NULL)
			candidate->confirmed = key_confirms(short_key, t->text);
	}
}

static bool
read_list(struct batch *b, enum list_whose whose)
{
	struct lookup l = { .batch = b, .whose = whose, .used = b->used };
	const struct list_reader reader = { .on_start = start_over,
		                            .on_record = see_record,
		                            .context = &l };
	struct result r;

	observation_read(b, whose, &reader,
	                 deadline_in(b->api->settings->timeout), &r);
	if (r.status != EXIT_DONE) {
		start_over(&l); /* what was seen decides nothing */
		batch_keep_body(b, &r);
		b->list_failure = r;
	}
	return r.status == EXIT_DONE;
}

/* --- What they say of each TOKEN --- */

/* Whether the members' list may show another match. */
static bool
needs_members(const struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (is_wanted(LIST_MEMBERS, &b->target[i]))
			return true;
	return false;
}

/* The one token that it stands for. */
static void
identify(struct batch *b, struct target *t)
{
	struct buf key = BUF_OVER(t->short_key);
	struct json record;

	t->id = t->candidates->id;
	t->evidence.is_callers = t->candidates->is_callers;
	json_parse(&record, t->candidates->record, b->api->tokens,
	           JSON_TOKENS_MAX);
	token_put_member(&key, &record, "short_key");
	t->short_key_len = key.len;
	t->confirmed = t->candidates->confirmed;
}

/* `own` and `members` are whether these lists have said what they can. */
static void
decide(struct batch *b, struct target *t, bool own, bool members)
{
	if (!own || (!members && is_wanted(LIST_MEMBERS, t))) {
		target_become(t, TARGET_UNLISTED);
	} else if (t->no_room) {
		target_become(t, TARGET_NO_ROOM);
	} else if (t->matches > 1) {
		target_become(t, TARGET_AMBIGUOUS);
	} else if (t->matches == 1) {
		target_become(t, TARGET_FOUND);
		identify(b, t);
	} else {
		target_become(t, TARGET_UNMATCHED);
	}
}

/* Whether both stand for one token; what clashes does, too, for all we know. */
static bool
are_same(const struct target *t, const struct target *other)
{
	return (target_is_identified(t) || t->state == TARGET_CLASHING) &&
	       (target_is_identified(other) ||
	        other->state == TARGET_CLASHING) &&
	       uuid_equal(&t->id, &other->id);
}

/* Of two that contradict each other one is of another token: no one knows. */
static bool
is_contradicted(const struct batch *b, const struct target *t)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct target *other = &b->target[i];

		if (other != t && other->form != TARGET_ID &&
		    are_same(t, other) && key_contradicts(t->text, other->text))
			return true;
	}
	return false;
}

static void
mark_clashes(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->target[i].form != TARGET_ID &&
		    is_contradicted(b, &b->target[i]))
			target_become(&b->target[i], TARGET_CLASHING);
}

/* The one that stands for all of them: an id, else one that is sure, if any. */
static struct target *
find_keeper(struct batch *b, const struct target *t)
{
	struct target *keeper = NULL;

	for (size_t i = 0; i < b->count; i++) {
		struct target *other = &b->target[i];

		if (!are_same(t, other) || other->state == TARGET_CLASHING)
			continue;
		if (keeper == NULL ||
		    (keeper->form != TARGET_ID &&
		     (other->form == TARGET_ID ||
		      (target_is_weak(keeper) && !target_is_weak(other)))))
			keeper = other;
	}
	return keeper;
}

/*
 * Those that say the same are reported once. What is too weak to be sure of is
 * not made surer by another that is not.
 */
static void
join(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		struct target *t = &b->target[i], *keeper;

		if (!target_is_identified(t))
			continue;
		keeper = find_keeper(b, t);
		if (keeper == NULL || keeper == t)
			continue;
		if (target_is_weak(t) && !target_is_weak(keeper)) {
			target_become(t, TARGET_UNCERTAIN);
			continue;
		}
		if (keeper->secret.len == 0)
			keeper->secret = t->secret;
		target_become(t, TARGET_REPEATED);
	}
}

bool
lookup_run(struct batch *b)
{
	bool own = read_list(b, LIST_OWN), members = own;

	if (own && needs_members(b) && !b->members_hidden)
		members = read_list(b, LIST_MEMBERS) || b->members_hidden;
	for (size_t i = 0; i < b->count; i++)
		if (b->target[i].state == TARGET_SOUGHT)
			decide(b, &b->target[i], own, members);
	mark_clashes(b);
	join(b);
	return members;
}

void
lookup_put_end(const struct batch *b, const struct target *t, struct result *r)
{
	bool may_be_others = t->source != TARGET_SELF;
	uint8_t text[24];
	struct buf number = BUF_OVER(text);
	struct span detail = SPAN("");

	memset(r, 0, sizeof(*r));
	if (t->state == TARGET_UNLISTED) {
		*r = b->list_failure;
		return;
	}
	if (t->state == TARGET_UNMATCHED && may_be_others) {
		/* It may be somebody else's, who still has it. */
		if (b->members_hidden) {
			detail = SPAN(" among your own; others are not shown");
		} else if (b->api->settings->missing_is_done) {
			result_set(r, OUTCOME_MISSING, EXIT_DONE, NULL);
			return;
		}
	} else if (t->state == TARGET_AMBIGUOUS || t->state == TARGET_WEAK ||
	           t->state == TARGET_UNCERTAIN) {
		fmt_uint(&number, t->state == TARGET_AMBIGUOUS ? t->matches
		                                               : t->confirmed);
		detail = buf_written(&number);
	}
	target_put_end(t, detail, r);
}
