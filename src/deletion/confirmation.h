/* SPDX-License-Identifier: MIT */
/* Reads lists and tries secrets until it is known how changes have ended. */
#ifndef DELETION_CONFIRMATION_H
#define DELETION_CONFIRMATION_H

#include "deletion/batch.h"

/* A change whose end is still to be proven. */
struct confirmation {
	struct result result; /* its body is in the batch's memory */
	enum outcome deferred; /* the outcome that it had at first */
};

/* Memory of the batch that a change may take: its answer, and this. */
#define CONFIRMATION_ROOM (BODY_MAX + 2 * sizeof(struct confirmation))

/*
 * Where there is anything to prove of the change, t becomes TARGET_CHANGED, to
 * be reported after confirmation_settle, and the result is copied, body and all.
 * False where it can be reported at once.
 */
bool confirmation_defer(struct batch *b, struct target *t,
                        const struct result *r);

/*
 * Reads the lists once more, and again until the time is up while one still
 * shows a token whose change got no final answer and, with b->verify, while
 * anything is not proven that can be. Then the result of every TARGET_CHANGED is
 * final: a lost answer is done where a list proves it, and unknown where not;
 * what was to be verified and was not is EXIT_UNVERIFIED.
 */
void confirmation_settle(struct batch *b);

#endif
