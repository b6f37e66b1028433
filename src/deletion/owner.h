/* SPDX-License-Identifier: MIT */
/* Whose token it is, and so which list would show it. */
#ifndef DELETION_OWNER_H
#define DELETION_OWNER_H

#include "deletion/batch.h"

/*
 * Whether the caller's own list would show the token if it were there; confirmed
 * is whether the server has confirmed that the caller changed it.
 */
bool owner_is_caller(const struct batch *b, const struct target *t,
                     bool confirmed);

/*
 * After a 404: where the members' list shows the token, and the caller's own
 * does not, it is somebody else's: r becomes ERR_NOT_YOURS, EXIT_MISSING. The
 * lists are read for it once a batch, and not for long. Any other result stays
 * as it is, and one where it does not matter whose the token is.
 */
void owner_explain_missing(struct batch *b, struct target *t, struct result *r);

#endif
