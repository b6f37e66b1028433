/* SPDX-License-Identifier: MIT */
/* What lists and a refused secret prove of a change; pure. */
#ifndef DELETION_EVIDENCE_H
#define DELETION_EVIDENCE_H

#include "langsmith/result.h"

/* What a list that was read to its end shows of a token. */
enum sight { SIGHT_ABSENT, SIGHT_ACTIVE, SIGHT_REVOKED };

/* The last time that it was looked for; tick 0 is never. */
struct sighting {
	unsigned long tick;
	enum sight sight;
};

/*
 * All that is known of how the change of one token ended. Ticks count the
 * changes and the lists of a run: what is not younger than the change itself
 * proves nothing.
 */
struct evidence {
	enum verb verb;
	unsigned long changed; /* when its last change was sent */
	bool confirmed; /* the server has said that it is done */
	bool under_way; /* the server may be at it still */
	bool is_callers; /* the caller's own list would show it */
	bool is_self; /* it authenticates: no list is shown once it is gone */
	bool has_secret; /* it is at hand */
	unsigned long refused; /* when its secret was; 0 is never */
	struct sighting own,
		members; /* in the caller's list, and in all members' */
};

enum evidence_verdict {
	EVIDENCE_NONE, /* no list says anything */
	EVIDENCE_SHOWN, /* a list still shows it; the server may be at it */
	EVIDENCE_UNDONE, /* a list still shows it, and nobody said otherwise */
	EVIDENCE_DONE, /* a list that would show it shows that it is done */
};

/* What the lists prove. */
enum evidence_verdict evidence_of_lists(const struct evidence *e);

/* Whether it is done, as the server or a list has said. */
bool evidence_is_done(const struct evidence *e);

/* Whether another list could prove more. */
bool evidence_needs_list(const struct evidence *e);

/* Whether its secret is at hand, and was not refused since it was done. */
bool evidence_needs_secret(const struct evidence *e);

/* What is missing for a proof that it is done, or NULL. */
const char *evidence_lacks(const struct evidence *e);

#endif
