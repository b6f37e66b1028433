/* SPDX-License-Identifier: MIT */
/* TOKENs: their forms, and the tokens of a list that each stands for. */
#ifndef CLI_PICK_H
#define CLI_PICK_H

#include "base/err.h"
#include "wire/json.h"
#include "wire/uuid.h"

/* A token that a TOKEN may stand for. */
struct pick_found {
	const struct pick_found *next;
	struct uuid id;
	struct span record; /* JSON in ASCII */
};

enum pick_form { PICK_BAD, PICK_ID, PICK_SHORT_KEY, PICK_SECRET };

/* Where a TOKEN stood. */
enum pick_place { PICK_ARGUMENT, PICK_LINE, PICK_SELF };

/* One TOKEN, and the token that it stands for. The caller owns the texts. */
struct pick {
	enum pick_form form;
	enum err_code bad; /* why it is PICK_BAD */
	enum pick_place place;
	unsigned long number; /* of the argument or the line, from 1 */
	struct span text; /* of a short key or a secret */
	struct span secret; /* of the token, where it was given */

	bool has_id;
	struct uuid id; /* as it was given, or as it was found */
	/* Of the lists read last. */
	unsigned long matches; /* different tokens that it may stand for */
	const struct pick_found *found; /* at most CANDIDATES_MAX of them */
	size_t confirmed; /* characters of the text that the last one shows */
	bool no_room; /* there was none for the last one's record */
	bool clash; /* another TOKEN contradicts it, and matches the same */
	bool weak; /* another TOKEN is surely of the token that this may be of */
	bool own; /* among the caller's own tokens */
	size_t short_key_len;
	uint8_t short_key[SHORT_KEY_MAX]; /* of the token found */

	bool elsewhere; /* the members' list shows it, though it gave a 404 */
	size_t owner_len; /* and who has it, if it says so */
	uint8_t owner[OWNER_MAX];

	struct proof *proof; /* what is still to be proven of it, or NULL */
	bool done; /* nothing more is to be said of it */
};

/*
 * Reads a TOKEN into p, whose texts are borrowed. A secret is one only where
 * `secrets` is true. What is no TOKEN becomes PICK_BAD, ERR_TOKEN_...; the
 * text is not kept then, since it may be anything, a secret too.
 */
void pick_read(struct pick *p, struct span text, bool secrets);

/*
 * Whether it may stand for the token of that id and that short key; sets
 * p->confirmed if so.
 */
bool pick_matches(struct pick *p, const struct uuid *id, struct span short_key);

/*
 * Whether it shows more of a secret than the short key found confirms, and that
 * is too little for nobody to be asked.
 */
bool pick_is_weak(const struct pick *p);

/* What it is called: the id once there is one, else `line 7` and the like. */
void pick_put_name(struct buf *out, const struct pick *p);

#endif
