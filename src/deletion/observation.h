/* SPDX-License-Identifier: MIT */
/* Reads lists, and notes what they show of every token of a batch. */
#ifndef DELETION_OBSERVATION_H
#define DELETION_OBSERVATION_H

#include "deletion/batch.h"
#include "langsmith/list.h"

/*
 * Reads a list for whatever reason, `also` (or NULL) among its readers. Where it
 * was read to its end, it is noted in the evidence of each target that is
 * identified by then; of the caller's own list, too, which tokens b->secret may
 * be. Where it was not, r says why, and nothing is noted.
 */
void observation_read(struct batch *b, enum list_whose whose,
                      const struct list_reader *also, struct deadline d,
                      struct result *r);

#endif
