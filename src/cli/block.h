/* SPDX-License-Identifier: MIT */
/* A block of TOKENs, and the lists that say what they stand for. */
#ifndef CLI_BLOCK_H
#define CLI_BLOCK_H

#include "cli/pick.h"
#include "langsmith/list.h"

/* The caller owns it; all zeros, but for `secret`, is its start. */
struct block {
	struct span secret; /* the one that authenticates, or empty */

	size_t count;
	struct pick pick[BLOCK_MAX];

	/* The caller may not see the members' tokens: no need to ask again. */
	bool members_hidden;
	bool owners_read; /* they were looked at, to explain a 404 */
	/* The tokens that `secret` may be, as of the caller's list read last. */
	size_t self_count;
	struct uuid self[CANDIDATES_MAX];

	/* Texts of TOKENs; then what must be remembered for a while. */
	size_t used, used_by_texts;
	_Alignas(max_align_t) uint8_t store[STORE_MAX];
};

/*
 * Adds the TOKEN as it was given, if there is room for one more. False where
 * it is the id of one that the block has already, and adds nothing.
 */
bool block_add(struct block *b, struct span text, enum pick_place place,
               unsigned long number);

/* Adds a pick of another block; one with an id. */
void block_add_again(struct block *b, const struct pick *p);

/* Whether anything in it has to be looked up; ids only where ids is true. */
bool block_has_lookups(const struct block *b, bool ids);

/*
 * Reads the caller's own list, and for what is not found there the list of all
 * members, if the caller may see it. What matches exactly one token gets its
 * id; a later one that gets the same id is done. False where a list could not
 * be read: then *failed is true of all that has no match.
 */
bool block_look_up(struct block *b, struct api *a, bool ids,
                   struct api_result *failed);

/* Whether the block's lookups include p. */
bool block_looks_up(const struct pick *p, bool ids);

/* Whether it may be the token that authenticates. */
bool block_is_self(const struct block *b, const struct uuid *id);

/*
 * Memory for size bytes, or NULL; it lasts until block_forget, which keeps the
 * texts of the TOKENs, or block_clear.
 */
void *block_take(struct block *b, size_t size);
size_t block_room(const struct block *b);
void block_forget(struct block *b);

/* Empties the block, and wipes what it has held. */
void block_clear(struct block *b);

#endif
