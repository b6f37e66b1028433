/* SPDX-License-Identifier: MIT */
/* Whose token a 404 is about. */
#ifndef DELETION_OWNER_H
#define DELETION_OWNER_H

#include "deletion/batch.h"

/*
 * After a 404: where the members' list shows the token, and the caller's own
 * does not, it is somebody else's: r becomes ERR_NOT_YOURS, EXIT_MISSING; or
 * EXIT_UNKNOWN, if an earlier answer was lost. The lists are read for it unless
 * they have been for this batch, and not for long; after a lost answer only what
 * is younger counts. With b->verify, a 404 that counts
 * as done does so only where the members' list does not show the token. Any other
 * result stays as it is, and one where it does not matter whose the token is.
 * Whether the outcome is another one now.
 */
bool owner_explain_missing(struct batch *b, struct target *t, struct result *r);

#endif
