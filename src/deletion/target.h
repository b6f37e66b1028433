/* SPDX-License-Identifier: MIT */
/* A TOKEN: its form, the token that it stands for, and what became of it. */
#ifndef DELETION_TARGET_H
#define DELETION_TARGET_H

#include "deletion/evidence.h"
#include "wire/json.h"
#include "wire/uuid.h"

enum target_form { TARGET_NO_FORM, TARGET_ID, TARGET_SHORT_KEY, TARGET_SECRET };

/* Where a TOKEN stood. */
enum target_source { TARGET_ARGUMENT, TARGET_LINE, TARGET_SELF };

/*
 * X(state, whether the token's id is known, outcome, error): an end has an
 * outcome, which a person is told, with the error's sentence.
 */
/* clang-format off */
#define TARGET_STATES(X)                                                      \
	X(TARGET_INVALID, false, OUTCOME_INVALID, ERR_TOKEN_FORM)                 \
	X(TARGET_UNMATCHED, false, OUTCOME_MISSING, ERR_NO_MATCH)                 \
	/* As with every end, the error may be another: the list's. */        \
	X(TARGET_UNLISTED, false, OUTCOME_REFUSED, ERR_LIST_TORN)                 \
	X(TARGET_AMBIGUOUS, false, OUTCOME_AMBIGUOUS, ERR_AMBIGUOUS)              \
	/* Another TOKEN contradicts it, and matches the same token. */       \
	X(TARGET_CLASHING, false, OUTCOME_AMBIGUOUS, ERR_CLASH)                   \
	/* There was no memory for the record that matches. */                \
	X(TARGET_NO_ROOM, false, OUTCOME_NOT_TRIED, ERR_NO_ROOM)                  \
	/* Too little of it is confirmed to do without a person's yes. */     \
	X(TARGET_WEAK, true, OUTCOME_NOT_TRIED, ERR_WEAK)                         \
	/* Likewise, while another TOKEN is surely of the token that it may   \
	 * be of: what becomes of that is told in the other's line. */        \
	X(TARGET_UNCERTAIN, false, OUTCOME_AMBIGUOUS, ERR_UNCERTAIN)              \
	/* Still to be decided: to be looked up; found, which a person is     \
	 * shown; to be changed, as it was given; changed, and to be proven. */\
	X(TARGET_SOUGHT, false, OUTCOME_NONE, ERR_NONE)                           \
	X(TARGET_FOUND, true, OUTCOME_NONE, ERR_NONE)                             \
	X(TARGET_READY, true, OUTCOME_NONE, ERR_NONE)                             \
	X(TARGET_CHANGED, true, OUTCOME_NONE, ERR_NONE)                           \
	/* Nothing is to be said of it: another TOKEN stands for the same     \
	 * token; it is kept for the end of the run; it has been reported. */ \
	X(TARGET_REPEATED, true, OUTCOME_NONE, ERR_NONE)                          \
	X(TARGET_HELD, true, OUTCOME_NONE, ERR_NONE)                              \
	X(TARGET_REPORTED, true, OUTCOME_NONE, ERR_NONE)
/* clang-format on */

enum target_state {
#define X(state, identified, outcome, error) state,
	TARGET_STATES(X)
#undef X
};

/* A token that a TOKEN may stand for. */
struct candidate {
	const struct candidate *next;
	struct uuid id;
	bool is_callers; /* the caller's own list has shown it */
	size_t confirmed; /* characters of the text that its short key shows */
	struct span record; /* JSON in ASCII */
};

/* What the lists of a lookup have shown. */
struct matches {
	unsigned long count; /* different tokens that a TOKEN may stand for */
	const struct candidate *candidates; /* at most CANDIDATES_MAX */
	bool no_room; /* there was none for a record */
	bool unsaid; /* of a secret: another token may be it, for all we know */
};

/* The texts, the candidates and the confirmation are the batch's. */
struct target {
	enum target_state state; /* target_become sets it */
	enum err_code invalid; /* why it is TARGET_INVALID */
	enum target_form form;
	bool service; /* a service key; else a personal access token */
	enum target_source source;
	unsigned long number; /* of the argument or the line, from 1 */
	struct span text; /* of a short key or a secret */
	struct span secret; /* of the token, where it was given */
	struct uuid id; /* as it was given, or as it was found */
	/* With b->each: the region that is asked, and what others have said. */
	uint8_t region, said[REGIONS];

	struct matches found, own; /* in all; in the caller's own list */
	/* Of the token found. */
	size_t confirmed; /* characters of the text that its short key shows */
	bool sure; /* the secret's own list has no other that it may be */
	size_t short_key_len;
	uint8_t short_key[SHORT_KEY_MAX];

	/* Of every list that was read since it is identified. */
	struct evidence evidence;
	enum sight sight; /* in the list that is being read */
	size_t owner_name_len; /* as the members' list says, if it does */
	uint8_t owner_name[OWNER_MAX];
	struct confirmation *confirmation; /* of TARGET_CHANGED */
};

/*
 * Reads a TOKEN into t, which is all zeros, but that t->service says what it is
 * if it does not show that; its texts are borrowed. A secret is one only where `secrets` is true. A text whose `at` is NULL was too long.
 * What is no TOKEN becomes TARGET_INVALID; the text is not kept then, since it
 * may be anything, a secret too.
 */
void target_read(struct target *t, struct span text, bool secrets);

/*
 * Likewise a record, a JSON object with an id, which is deleted as an id is;
 * JSON_TOKENS_MAX tokens are to read it with.
 */
void target_read_record(struct target *t, struct span text, jsmntok_t *tokens);

/* What was read is no TOKEN here, even if it is one elsewhere. */
void target_refuse(struct target *t, enum err_code why);

/* The only writer of t->state. */
void target_become(struct target *t, enum target_state state);

/* Whether its state is an end that is still to be reported; then what it is. */
bool target_has_ended(const struct target *t);
void target_put_end(const struct target *t, struct span detail,
                    struct result *r);

/* Whether t->id is the token's. */
bool target_is_identified(const struct target *t);

/* Whether it may stand for the token of that id and that short key. */
bool target_matches(const struct target *t, const struct uuid *id,
                    struct span short_key);

/*
 * Whether it shows more of a secret than the short key found confirms, that is
 * too little for nobody to be asked, and it is not t->sure.
 */
bool target_is_weak(const struct target *t);

/* What it is called: the id once there is one, else `line 7` and the like. */
void target_put_name(struct buf *out, const struct target *t);

/* The short key of the token found; empty where it was not looked up. */
struct span target_short_key(const struct target *t);

#endif
