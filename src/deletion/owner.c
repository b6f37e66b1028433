/* SPDX-License-Identifier: MIT */
#include "deletion/owner.h"

#include "deletion/observation.h"

#define EXPLAIN_TIME 5000 /* milliseconds; a 404 is an answer without it */

/* Reads what is not known yet, and of use only where the other shows it. */
static void
read_owners(struct batch *b, const struct target *t, unsigned long since)
{
	const struct evidence *e = &t->evidence;
	int64_t time = b->api->settings->timeout;
	struct deadline d =
		deadline_in(time < EXPLAIN_TIME ? time : EXPLAIN_TIME);
	struct result r;

	if (!b->members_hidden &&
	    (e->members.tick < since || e->members.tick == 0))
		observation_read(b, LIST_MEMBERS, d, &r);
	if (e->members.tick > 0 && e->members.sight != SIGHT_ABSENT &&
	    (e->own.tick < since || e->own.tick == 0))
		observation_read(b, LIST_OWN, d, &r);
}

/*
 * Where a 404 counts as done, what was looked up was there a moment ago, and
 * what is to be verified must not be taken for gone if it is somebody else's.
 */
static bool
matters(const struct batch *b, const struct target *t, const struct result *r)
{
	return r->outcome == OUTCOME_MISSING && !t->evidence.is_callers &&
	       (r->status == EXIT_MISSING || b->verify || t->form != TARGET_ID);
}

/* It was not this call, or after a lost answer nobody knows. */
static void
end_missing(struct result *r, struct err *e)
{
	if (r->unanswered)
		err_wrap(e, ERR_LOST);
	result_set(r, r->unanswered ? OUTCOME_UNKNOWN : OUTCOME_MISSING,
	           err_status(e->code), e);
}

/*
 * To be verified, what is missing must be missing in a list that would show it:
 * a 404 may be about somebody else's token.
 */
static bool
lacks_proof(const struct batch *b, const struct result *r,
            const struct sighting *members, unsigned long since)
{
	return b->verify && r->status == EXIT_DONE &&
	       (members->tick == 0 || members->tick < since ||
	        members->sight != SIGHT_ABSENT);
}

void
owner_explain_missing(struct batch *b, struct target *t, struct result *r)
{
	unsigned long since = r->unanswered ? t->evidence.changed : 0;
	struct err e = { 0 };

	if (!matters(b, t, r))
		return;
	batch_keep_body(b, r);
	read_owners(b, t, since);
	if (evidence_is_others(&t->evidence, since))
		err_set(&e, ERR_NOT_YOURS,
		        t->owner_name_len > 0
		                ? (struct span){ t->owner_name,
		                                 t->owner_name_len }
		                : SPAN("HTTP status 404"));
	else if (lacks_proof(b, r, &t->evidence.members, since))
		err_set(&e, ERR_MISSING, SPAN("HTTP status 404"));
	if (e.code != ERR_NONE)
		end_missing(r, &e);
}
