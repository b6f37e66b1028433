/* SPDX-License-Identifier: MIT */
/* Reads lists, and notes what they show of every token of a batch. */
#ifndef DELETION_OBSERVATION_H
#define DELETION_OBSERVATION_H

#include "deletion/batch.h"
#include "langsmith/list.h"

/*
 * Reads a list for whatever reason; with b->each that of b->speaker, and for it
 * alone. Where it was read to its end, it is noted in
 * the evidence of each target that is identified by then; what it may be of, in
 * each TARGET_SOUGHT; and, of the caller's own list, which tokens b->secret may
 * be. Where it was not, it returns false, r says why, and nothing is noted.
 */
bool observation_read(struct batch *b, enum list_whose whose, struct deadline d,
                      struct result *r);

/* Whether that list may show another match of t, a TARGET_SOUGHT. */
bool observation_is_of_use(enum list_whose whose, const struct target *t);

#endif
