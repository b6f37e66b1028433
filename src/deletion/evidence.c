/* SPDX-License-Identifier: MIT */
/* What lists and a refused secret prove of a change; pure. */
#include "deletion/evidence.h"

/* Only a list that would show it proves anything by not showing it. */
static bool proves(const struct evidence *e, const struct sighting *s,
                   bool would_show)
{
	if (s->tick <= e->changed)
		return false;
	return e->verb == VERB_REVOKE ? s->sight == SIGHT_REVOKED
	                              : s->sight == SIGHT_ABSENT && would_show;
}

static bool shows(const struct evidence *e, const struct sighting *s)
{
	return s->tick > e->changed && s->sight != SIGHT_ABSENT;
}

enum evidence_verdict evidence_of_lists(const struct evidence *e)
{
	if (proves(e, &e->own, e->is_callers) || proves(e, &e->members, true))
		return EVIDENCE_DONE;
	return shows(e, &e->own) || shows(e, &e->members) ? EVIDENCE_SHOWN
	                                                  : EVIDENCE_NONE;
}

const struct sighting *evidence_shown(const struct evidence *e)
{
	bool own = shows(e, &e->own) &&
	           (!shows(e, &e->members) || e->own.tick >= e->members.tick);

	return own ? &e->own : &e->members;
}

bool evidence_is_done(const struct evidence *e)
{
	return e->confirmed || evidence_of_lists(e) == EVIDENCE_DONE;
}

bool evidence_needs_list(const struct evidence *e)
{
	return evidence_of_lists(e) != EVIDENCE_DONE &&
	       !(e->confirmed && e->is_self);
}

bool evidence_needs_secret(const struct evidence *e)
{
	return evidence_is_done(e) && e->has_secret && e->refused <= e->changed;
}

bool evidence_is_others(const struct evidence *e, unsigned long since)
{
	return !e->is_callers && e->members.tick >= since &&
	       e->own.tick >= since && e->members.tick > 0 && e->own.tick > 0 &&
	       e->members.sight != SIGHT_ABSENT && e->own.sight == SIGHT_ABSENT;
}

const char *evidence_lacks(const struct evidence *e)
{
	bool shown = evidence_of_lists(e) == EVIDENCE_SHOWN;

	if (!evidence_is_done(e))
		return NULL;
	if (evidence_needs_list(e) && shown)
		return e->verb == VERB_REVOKE
		               ? "the list does not show it as revoked"
		               : "the list still shows it";
	if (evidence_needs_list(e))
		return "no list that would show it could be read";
	return evidence_needs_secret(e) ? "its secret was not refused" : NULL;
}
