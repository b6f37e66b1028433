/* SPDX-License-Identifier: MIT */
/* Reads lists and tries secrets until it is known how changes have ended. */
#ifndef DELETION_CONFIRMATION_H
#define DELETION_CONFIRMATION_H

#include "deletion/batch.h"
#include "deletion/evidence.h"

/* A change whose end is still to be proven. */
struct confirmation {
	struct result result; /* its body is in the batch's memory */
	enum outcome deferred; /* the outcome that it had at first */
	struct evidence evidence;
	enum sight sight; /* in the list that is being read */
};

/* Memory of the batch that a change may take: its answer, and this. */
#define CONFIRMATION_ROOM (BODY_MAX + 2 * sizeof(struct confirmation))

/*
 * Where there is anything to prove of the change, t becomes TARGET_CHANGED, to
 * be reported after confirmation_settle. False where the result, whose body is
 * in the batch's memory, can be reported at once.
 */
bool confirmation_defer(struct batch *b, struct target *t,
                        const struct result *r);

/*
 * Reads the lists once more, and with b->verify again until all is proven or
 * the time is up. Then the result of every TARGET_CHANGED is final: a lost
 * answer is done or refused where a list settles it; what was to be verified and
 * was not is EXIT_UNVERIFIED.
 */
void confirmation_settle(struct batch *b);

#endif
