/* SPDX-License-Identifier: MIT */
/* Whose token a 404 is about. */
#include "deletion/owner.h"

#include "deletion/observation.h"

#define EXPLAIN_TIME 5000 /* milliseconds; a 404 is an answer without it */

/* Reads what is not known yet, and of use only where the other shows it. */
static void read_owners(struct batch *b, const struct target *t,
                        unsigned long since)
{
	const struct evidence *e = &t->evidence;
	enum list_whose all = t->service ? LIST_SERVICE : LIST_MEMBERS;
	int64_t time = b->api->settings->timeout;
	struct deadline d =
		deadline_in(time < EXPLAIN_TIME ? time : EXPLAIN_TIME);
	struct result r;

	if (!b->hidden[all] && e->members.tick < since)
		observation_read(b, all, d, &r);
	if (!t->service && e->members.tick > 0 &&
	    e->members.sight != SIGHT_ABSENT && e->own.tick < since)
		observation_read(b, LIST_OWN, d, &r);
}

/*
 * Where a 404 counts as done, what was looked up was there a moment ago, and
 * what is to be verified must not be taken for gone if it is somebody else's.
 */
static bool matters(const struct batch *b, const struct target *t,
                    const struct result *r)
{
	if (r->outcome != OUTCOME_MISSING || t->evidence.is_callers)
		return false;
	if (t->service) /* which is nobody's */
		return b->verify && r->status != EXIT_MISSING;
	return r->status == EXIT_MISSING || b->verify || t->form != TARGET_ID ||
	       evidence_is_others(&t->evidence, 1);
}

bool owner_explain_missing(struct batch *b, struct target *t, struct result *r)
{
	unsigned long since = r->unanswered ? t->evidence.changed : 1;
	const struct sighting *members = &t->evidence.members;
	struct span owner = SPAN("HTTP status 404");
	struct err e = { 0 };

	if (!matters(b, t, r))
		return false;
	batch_keep_body(b, r);
	read_owners(b, t, since);
	if (t->owner_name_len > 0)
		owner = (struct span){ t->owner_name, t->owner_name_len };
	if (evidence_is_others(&t->evidence, since))
		err_set_span(&e, ERR_NOT_YOURS, owner);
	else if (b->verify && r->status != EXIT_MISSING &&
	         (members->tick < since || members->sight != SIGHT_ABSENT))
		/* What is missing must be so in a list that would show it. */
		err_set(&e, ERR_MISSING, "HTTP status 404");
	if (e.code == ERR_NONE)
		return false;
	/* It was not this call, or after a lost answer nobody knows. */
	if (r->unanswered)
		err_wrap(&e, ERR_LOST);
	result_set(r, r->unanswered ? OUTCOME_UNKNOWN : OUTCOME_MISSING,
	           err_status(e.code), &e);
	return r->unanswered;
}
