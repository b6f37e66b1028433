/* SPDX-License-Identifier: MIT */
/* Lists to matches: which tokens the TOKENs of a batch stand for. */
#include "deletion/lookup.h"

#include "base/fmt.h"
#include "deletion/observation.h"
#include "langsmith/key.h"

static bool read_list(struct batch *b, enum list_whose whose)
{
	struct result *r = &b->list_failure[whose == LIST_SERVICE];

	if (observation_read(b, whose, deadline_in(b->api->settings->timeout),
	                     r))
		return true;
	batch_keep_body(b, r);
	return false;
}

/* The one token that it stands for. */
static void identify(struct batch *b, struct target *t)
{
	const struct candidate *only = t->found.candidates;
	struct buf key = BUF_OVER(t->short_key);
	struct json record;

	target_become(t, TARGET_FOUND);
	t->id = only->id;
	t->evidence.is_callers = only->is_callers;
	t->confirmed = only->confirmed;
	t->sure = b->each && !t->found.unsaid;
	json_parse(&record, only->record, b->api->tokens, JSON_TOKENS_MAX);
	token_put_member(&key, &record, "short_key");
	t->short_key_len = key.len;
}

/* Whether the list that it stands in, and the members', have said what they can. */
static void decide(struct batch *b, struct target *t, bool home, bool members)
{
	if (!home || (!members && observation_is_of_use(LIST_MEMBERS, t)))
		target_become(t, TARGET_UNLISTED);
	else if (t->found.no_room)
		target_become(t, TARGET_NO_ROOM);
	else if (t->found.count > 1)
		target_become(t, TARGET_AMBIGUOUS);
	else if (t->found.count == 1)
		identify(b, t);
	else
		target_become(t, TARGET_UNMATCHED);
}

/* --- TOKENs that are of one token --- */

/* Whether its id counts; what clashes has one, too, for all we know. */
static bool is_found(const struct target *t)
{
	return t->state != TARGET_REPORTED &&
	       (target_is_identified(t) || t->state == TARGET_CLASHING);
}

/* Whether both stand for one token. */
static bool are_same(const struct target *t, const struct target *other)
{
	return is_found(t) && is_found(other) && t->service == other->service &&
	       uuid_equal(&t->id, &other->id);
}

/* Of two that contradict each other one is of another token: no one knows. */
static bool is_contradicted(const struct batch *b, const struct target *t)
{
	for (const struct target *o = b->target; o < b->target + b->count; o++)
		if (t->form != TARGET_ID && o->form != TARGET_ID && o != t &&
		    are_same(t, o) && key_contradicts(t->text, o->text))
			return true;
	return false;
}

/* How much a TOKEN says by itself. */
static int certainty_of(const struct target *t)
{
	return t->form == TARGET_ID ? 2 : !target_is_weak(t);
}

/* The one that stands for all of them: the first of those that say most. */
static struct target *find_keeper(struct batch *b, const struct target *t)
{
	struct target *keeper = NULL;

	for (struct target *o = b->target; o < b->target + b->count; o++)
		if (are_same(t, o) && o->state != TARGET_CLASHING &&
		    (keeper == NULL || certainty_of(o) > certainty_of(keeper)))
			keeper = o;
	return keeper;
}

/*
 * Those that say the same are reported once. What is too weak to be sure of is
 * not made surer by another that is not.
 */
static void join(struct batch *b, struct target *t)
{
	struct target *keeper = find_keeper(b, t);

	if (keeper == NULL || keeper == t)
		return;
	if (target_is_weak(t) && !target_is_weak(keeper)) {
		target_become(t, TARGET_UNCERTAIN);
		return;
	}
	if (keeper->secret.len == 0)
		keeper->secret = t->secret;
	target_become(t, TARGET_REPEATED);
}

/* Reads it, if it is of use; false where it could not be read. */
static bool read_if_of_use(struct batch *b, enum list_whose whose)
{
	for (struct target *t = b->target; t < b->target + b->count; t++)
		if (observation_is_of_use(whose, t))
			return read_list(b, whose);
	return true;
}

void lookup_compare(struct batch *b)
{
	struct target *t;

	for (t = b->target; t < b->target + b->count; t++)
		if (is_contradicted(b, t))
			target_become(t, TARGET_CLASHING);
	for (t = b->target; t < b->target + b->count; t++)
		if (target_is_identified(t))
			join(b, t);
}

/* --- Lookups --- */

void lookup_run_alone(struct batch *b, struct target *t)
{
	struct result *r = &b->list_failure[t->service];
	size_t used = b->used;
	bool read;

	batch_speak(b, t);
	read = read_list(b, list_home(t->service));
	if (!read && region_goes_on(b->api, r, t->said)) {
		batch_release(b, used);
		if (++t->region < REGIONS)
			return;
		t->region = 0;
		region_put_end(b->api, t->said, r);
	}
	decide(b, t, read, true);
}

/*
 * Whether the list that the secret may read itself shows the token found, and
 * none that it may be as well: what authenticates is in its owner's list.
 */
static void settle_weak(struct batch *b, struct target *t)
{
	const struct target found = *t;
	/* What another key is told of a list says nothing of the run's own. */
	const struct result failure = b->list_failure[t->service];
	bool *hidden = &b->hidden[list_home(t->service)];
	const bool was_hidden = *hidden;
	size_t used = b->used;
	bool sure;

	b->each = true;
	target_become(t, TARGET_SOUGHT);
	t->found = t->own = (struct matches){ 0 };
	t->region = (uint8_t)b->api->region;
	lookup_run_alone(b, t);
	sure = t->state == TARGET_FOUND && t->sure &&
	       uuid_equal(&t->id, &found.id);
	*t = found;
	t->sure = sure;
	b->list_failure[t->service] = failure;
	*hidden = was_hidden;
	b->each = false;
	b->api->key = SPAN("");
	batch_release(b, used);
}

bool lookup_run(struct batch *b)
{
	struct target *t = NULL;
	bool own, members, services;

	b->list_failure[0] = b->list_failure[1] = (struct result){ 0 };
	own = read_if_of_use(b, LIST_OWN);
	members = own &&
	          (b->hidden[LIST_MEMBERS] || read_if_of_use(b, LIST_MEMBERS) ||
	           b->hidden[LIST_MEMBERS]);
	services = read_if_of_use(b, LIST_SERVICE);
	while ((t = batch_next(b, TARGET_SOUGHT, t)) != NULL)
		decide(b, t, t->service ? services : own, members);
	while (b->unasked && (t = batch_next(b, TARGET_FOUND, t)) != NULL)
		if (t->form == TARGET_SECRET && target_is_weak(t))
			settle_weak(b, t);
	lookup_compare(b);
	return members && services;
}

void lookup_put_end(const struct batch *b, const struct target *t,
                    struct result *r)
{
	BUF_ON_STACK(detail, 64);
	/* It may be somebody else's. */
	bool hidden = b->hidden[LIST_MEMBERS] && !t->service;

	*r = (struct result){ 0 };
	if (t->state == TARGET_UNLISTED) {
		*r = b->list_failure[t->service];
		return;
	}
	if (t->state == TARGET_AMBIGUOUS)
		fmt_uint(&detail, t->found.count);
	else if (t->state == TARGET_WEAK || t->state == TARGET_UNCERTAIN)
		fmt_uint(&detail, t->confirmed);
	else if (t->state == TARGET_UNMATCHED && hidden)
		buf_text(&detail, " among your own; others are not shown");
	target_put_end(t, buf_written(&detail), r);
	/* What has authenticated is there, whatever the list shows. */
	if (t->state == TARGET_UNMATCHED && !b->each && !hidden &&
	    b->api->settings->missing_is_done)
		result_set(r, OUTCOME_MISSING, EXIT_DONE, NULL);
}
