/* SPDX-License-Identifier: MIT */
/* A batch of TOKENs that are looked up, asked about and proven together. */
#ifndef DELETION_BATCH_H
#define DELETION_BATCH_H

#include "deletion/target.h"
#include "langsmith/region.h"

/* The tokens that the secret which authenticates may be of. */
struct selves {
	size_t count;
	struct uuid id[CANDIDATES_MAX];
};

bool batch_may_be_self(const struct selves *s, const struct uuid *id);

/* The caller owns it; all zeros, but for the first part, is its start. */
struct batch {
	struct api *api;
	enum verb verb;
	bool verify; /* prove what the server has confirmed, too */
	bool seek_ids; /* ids are looked up as well */
	bool services; /* ids and records are of service keys */
	bool each; /* secrets alone, and each authenticates for itself */
	bool unasked; /* nobody is: what is weak is settled, if it can be */
	/* The one that authenticates for all of them, or empty. */
	struct span secret;
	struct target *speaker; /* whose secret does now; or NULL */

	size_t count;
	unsigned long tick; /* counts the changes and the lists of the run */
	/* That list was asked for: in this run or, where the tokens of each
	 * batch are to be proven, for this batch; and is not shown. */
	bool asked[LISTS], hidden[LISTS];
	/* Of the lookup, if a list failed: of tokens, and of service keys. */
	struct result list_failure[2];
	struct selves selves; /* as of the caller's list read last */

	/* Of the store: texts of TOKENs; then what is remembered for a while. */
	size_t used, used_by_texts;
	struct target target[BATCH_MAX];
	_Alignas(max_align_t) uint8_t store[BATCH_STORE_MAX];
};

/*
 * Adds the TOKEN as it was given, if there is room for one more. False where
 * it is the id of one that the batch has already or, with b->each, the secret,
 * and adds nothing.
 */
bool batch_add(struct batch *b, struct span text, enum target_source source,
               unsigned long number);

/*
 * Adds a target of another batch; one that is identified, to be changed. Its
 * secret is copied.
 */
void batch_add_again(struct batch *b, const struct target *t);

/* With b->each: from now on the secret of t authenticates. */
void batch_speak(struct batch *b, struct target *t);

/*
 * The i-th target, if its region's turn is it: those of the first region come
 * first, and i ends at b->count times the regions. So each is connected to once.
 */
struct target *batch_by_region(struct batch *b, size_t i);

/* Whether it is for sure the token that authenticates. */
bool batch_is_self(const struct batch *b, const struct uuid *id);

/* The next target behind t, or the first for NULL, in that state; or NULL. */
struct target *batch_next(struct batch *b, enum target_state state,
                          struct target *t);

/*
 * Memory for size bytes, or NULL; it lasts until batch_release, given what
 * batch->used was before, or batch_forget, which keeps the texts of the TOKENs,
 * or batch_clear.
 */
void *batch_take(struct batch *b, size_t size);
size_t batch_room(const struct batch *b);
void batch_release(struct batch *b, size_t used);
void batch_forget(struct batch *b);

/*
 * Copies the body of a result into the batch's memory, and no more of it than a
 * sentence can show where it is no record; without room it has none then.
 */
void batch_keep_body(struct batch *b, struct result *r);

/* Empties the batch, and wipes what it has held. */
void batch_clear(struct batch *b);

#endif
