/* SPDX-License-Identifier: MIT */
/* Whose token it is, and so which list would show it. */
#include "deletion/owner.h"

#define EXPLAIN_TIME 5000 /* milliseconds; a 404 is an answer without it */

/*
 * What a caller has changed who may not see the members' tokens was the
 * caller's own. That does not hold for what was never confirmed.
 */
bool
owner_is_caller(const struct batch *b, const struct target *t, bool confirmed)
{
	return t->owner == OWNER_CALLER || (b->members_hidden && confirmed);
}

static void
see_member(void *batch, const struct json *record, const struct uuid *id)
{
	struct batch *b = batch;

	for (size_t i = 0; i < b->count; i++) {
		struct target *t = &b->target[i];
		struct buf name = BUF_OVER(t->owner_name);

		if (!target_is_identified(t) || t->owner == OWNER_CALLER ||
		    !uuid_equal(&t->id, id))
			continue;
		t->owner = OWNER_OTHER;
		token_put_member(&name, record, "created_by");
		t->owner_name_len = name.failed ? 0 : name.len;
	}
}

static void
see_own(void *batch, const struct json *record, const struct uuid *id)
{
	struct batch *b = batch;

	(void)record;
	for (size_t i = 0; i < b->count; i++)
		if (target_is_identified(&b->target[i]) &&
		    uuid_equal(&b->target[i].id, id))
			b->target[i].owner = OWNER_CALLER;
}

/* What all members' list shows and the caller's own does not is others'. */
static void
read_owners(struct batch *b)
{
	const struct list_reader members = { .on_record = see_member,
		                             .context = b };
	const struct list_reader own = { .on_record = see_own, .context = b };
	int64_t time = b->api->settings->timeout;
	struct deadline d =
		deadline_in(time < EXPLAIN_TIME ? time : EXPLAIN_TIME);
	bool any = false;
	struct result r;

	b->tick++;
	list_read(b->api, LIST_MEMBERS, &members, d, &r);
	b->owners_read = true;
	b->members_hidden = list_is_hidden(&r);
	for (size_t i = 0; i < b->count; i++)
		any = any || b->target[i].owner == OWNER_OTHER;
	if (!any)
		return;
	b->tick++;
	list_read(b->api, LIST_OWN, &own, d, &r);
	for (size_t i = 0; i < b->count && r.status != EXIT_DONE; i++)
		if (b->target[i].owner == OWNER_OTHER)
			b->target[i].owner = OWNER_UNKNOWN;
}

/*
 * Where a 404 counts as done, what was looked up was there a moment ago, and
 * what is to be verified must not be taken for gone if it is somebody else's.
 */
static bool
matters(const struct batch *b, const struct target *t, const struct result *r)
{
	return r->outcome == OUTCOME_MISSING && t->owner != OWNER_CALLER &&
	       (r->status == EXIT_MISSING || b->verify || t->form != TARGET_ID);
}

void
owner_explain_missing(struct batch *b, struct target *t, struct result *r)
{
	struct err e = { 0 };

	if (!matters(b, t, r))
		return;
	if (!b->members_hidden && !b->owners_read)
		read_owners(b);
	if (t->owner != OWNER_OTHER)
		return;
	err_set(&e, ERR_NOT_YOURS,
	        t->owner_name_len > 0
	                ? (struct span){ t->owner_name, t->owner_name_len }
	                : SPAN("HTTP status 404"));
	result_set(r, OUTCOME_MISSING, EXIT_MISSING, &e);
}
