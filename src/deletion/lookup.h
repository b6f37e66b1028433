/* SPDX-License-Identifier: MIT */
/* Lists to matches: which tokens the TOKENs of a batch stand for. */
#ifndef DELETION_LOOKUP_H
#define DELETION_LOOKUP_H

#include "deletion/batch.h"

/*
 * Decides on every TARGET_SOUGHT: reads the caller's own list and, but for ids
 * that are found there, the list of all members, if the server shows it; of
 * service keys, theirs; with b->unasked also the list that a weak secret may
 * read itself. What matches exactly one token of both becomes TARGET_FOUND, all
 * else an end, or
 * TARGET_REPEATED. False where a list could not be read: b->list_failure says
 * why, until batch_forget.
 */
bool lookup_run(struct batch *b);

/*
 * With b->each: decides on one TARGET_SOUGHT, by the list that its secret may
 * read. TARGET_UNLISTED where that could not be read: see b->list_failure; but
 * it stays TARGET_SOUGHT while there is another region to ask, t->region.
 */
void lookup_run_alone(struct batch *b, struct target *t);

/* Decides on those that are of one token: once all were looked up. */
void lookup_compare(struct batch *b);

/* How a target that target_has_ended is to be reported. */
void lookup_put_end(const struct batch *b, const struct target *t,
                    struct result *r);

#endif
