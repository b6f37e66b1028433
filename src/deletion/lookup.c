/* SPDX-License-Identifier: MIT */
/* Lists to matches: which tokens the TOKENs of a batch stand for. */
#include "deletion/lookup.h"

#include <string.h>

#include "base/fmt.h"
#include "langsmith/key.h"

/* --- Lists --- */

/* Looks for the batch's TOKENs in one list. */
struct lookup {
	struct batch *batch;
	enum list_whose whose;
	size_t used; /* of the batch's memory, before */
	size_t self_count; /* as in the batch, which has them in the end */
	struct uuid self[CANDIDATES_MAX];
};

/* What is found among one's own need not be looked for among all. */
static bool
is_wanted(const struct lookup *l, const struct target *t)
{
	return t->state == TARGET_SOUGHT &&
	       (l->whose == LIST_OWN ||
	        (t->source != TARGET_SELF && t->owner != OWNER_CALLER));
}

/* What was seen before does not count. */
static void
start_over(void *lookup)
{
	struct lookup *l = lookup;

	batch_release(l->batch, l->used);
	l->self_count = 0;
	for (size_t i = 0; i < l->batch->count; i++) {
		struct target *t = &l->batch->target[i];

		if (!is_wanted(l, t))
			continue;
		t->matches = 0;
		t->candidates = NULL;
		t->confirmed = t->short_key_len = 0;
		t->no_room = false;
		t->owner = OWNER_UNKNOWN;
	}
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

static void
add_match(struct batch *b, struct target *t, const struct json *record,
          const struct uuid *id)
{
	struct buf key = BUF_OVER(t->short_key);
	struct candidate *candidate;

	for (const struct candidate *c = t->candidates; c != NULL; c = c->next)
		if (uuid_equal(&c->id, id))
			return;
	token_put_member(&key, record, "short_key");
	t->short_key_len = key.len;
	if (t->matches++ >= CANDIDATES_MAX)
		return;
	candidate = keep(b, record);
	if (candidate == NULL) {
		t->no_room = true;
		return;
	}
	candidate->id = *id;
	candidate->next = t->candidates;
	t->candidates = candidate;
}

static void
see_record(void *lookup, const struct json *record, const struct uuid *id)
{
	struct lookup *l = lookup;
	struct batch *b = l->batch;
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
		struct target *t = &b->target[i];
		bool wanted = is_wanted(l, t);

		/* Of an id that was given it is known then whose it is. */
		if ((!wanted && t->form != TARGET_ID) ||
		    !target_matches(t, id, short_key))
			continue;
		if (wanted)
			add_match(b, t, record, id);
		if (l->whose == LIST_OWN)
			t->owner = OWNER_CALLER;
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

	b->tick++;
	list_read(b->api, whose, &reader,
	          deadline_in(b->api->settings->timeout), &r);
	if (whose == LIST_MEMBERS)
		b->members_hidden = list_is_hidden(&r);
	if (r.status != EXIT_DONE) {
		start_over(&l); /* what was seen decides nothing */
		batch_keep_body(b, &r);
		b->list_failure = r;
	} else if (whose == LIST_OWN) {
		b->self_count = l.self_count;
		memcpy(b->self, l.self, sizeof(b->self));
	}
	return r.status == EXIT_DONE;
}

/* --- What they say of each TOKEN --- */

static bool
has_unmatched(const struct batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct target *t = &b->target[i];

		if (t->state == TARGET_SOUGHT && t->matches == 0 &&
		    t->source != TARGET_SELF)
			return true;
	}
	return false;
}

static void
decide(struct target *t, bool read)
{
	if (t->no_room) {
		target_become(t, TARGET_NO_ROOM);
	} else if (t->matches > 1) {
		target_become(t, TARGET_AMBIGUOUS);
	} else if (t->matches == 1) {
		t->id = t->candidates->id;
		target_become(t, TARGET_FOUND);
	} else {
		target_become(t, read ? TARGET_UNMATCHED : TARGET_UNLISTED);
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
			target_become(t, TARGET_WEAK);
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
	bool read = read_list(b, LIST_OWN);

	if (read && has_unmatched(b) && !b->members_hidden)
		read = read_list(b, LIST_MEMBERS) || b->members_hidden;
	for (size_t i = 0; i < b->count; i++)
		if (b->target[i].state == TARGET_SOUGHT)
			decide(&b->target[i], read);
	mark_clashes(b);
	join(b);
	return read;
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
		if (b->api->settings->missing_is_done) {
			result_set(r, OUTCOME_MISSING, EXIT_DONE, NULL);
			return;
		}
		if (b->members_hidden)
			detail = SPAN(" among your own; others are not shown");
	} else if (t->state == TARGET_AMBIGUOUS || t->state == TARGET_WEAK) {
		fmt_uint(&number,
		         t->state == TARGET_WEAK ? t->confirmed : t->matches);
		detail = buf_written(&number);
	}
	target_put_end(t, detail, r);
}
