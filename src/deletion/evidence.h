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
	int64_t time; /* by the clock, in seconds since 1970 */
	enum sight sight;
};

/*
 * All that is known of one token and of its change. Ticks count the changes and
 * the lists of a run: what is not younger than the change proves nothing.
 *
 * A list proves that a change is done, never that it is not: the server may be
 * at it still. And it proves by what it does not show only where it would show
 * the token: the caller's own list has to have shown it once; the list of all
 * members shows every one.
 */
struct evidence {
	enum verb verb;
	unsigned long changed; /* when its last change was sent; 0 is never */
	bool confirmed; /* the server has said that it is done */
	bool is_callers; /* the caller's own list has shown it */
	bool is_self; /* it authenticates: no list is shown once it is gone */
	bool has_secret; /* it is at hand */
	unsigned long refused; /* when its secret was; 0 is never */
	/* In the caller's list, and in all members'; or in that of all service
	 * keys, which proves as much. */
	struct sighting own, members;
};

/* What the lists prove of the change. */
enum evidence_verdict {
	EVIDENCE_NONE, /* nothing */
	EVIDENCE_SHOWN, /* one still shows the token, as it was */
	EVIDENCE_DONE, /* one that would show it shows that it is done */
};

enum evidence_verdict evidence_of_lists(const struct evidence *e);

/* The younger of the sightings that EVIDENCE_SHOWN is about. */
const struct sighting *evidence_shown(const struct evidence *e);

/* Whether it is done, as the server or a list has said. */
bool evidence_is_done(const struct evidence *e);

/* Whether another list could prove more. */
bool evidence_needs_list(const struct evidence *e);

/* Whether its secret is at hand, and was not refused since it was done. */
bool evidence_needs_secret(const struct evidence *e);

/*
 * Whether the members' list shows the token, and the caller's own, read too,
 * does not. `since`: only what is not older than that tick counts.
 */
bool evidence_is_others(const struct evidence *e, unsigned long since);

/* What is missing for a proof that it is done, or NULL. */
const char *evidence_lacks(const struct evidence *e);

#endif
