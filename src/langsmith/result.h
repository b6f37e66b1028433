/* SPDX-License-Identifier: MIT */
/* How an operation ended: outcomes, and the words for what was to be done. */
#ifndef LANGSMITH_RESULT_H
#define LANGSMITH_RESULT_H

#include "base/err.h"

/* What became of one token; the words of the contract with scripts. */
#define OUTCOMES(X) \
	X(OUTCOME_NONE, "") /* nothing: it is not about a token */ \
	X(OUTCOME_DELETED, "deleted") \
	X(OUTCOME_REVOKED, "revoked") \
	X(OUTCOME_WOULD_DELETE, "would-delete") \
	X(OUTCOME_MISSING, "missing") \
	X(OUTCOME_FORBIDDEN, "forbidden") \
	X(OUTCOME_REFUSED, "refused") \
	X(OUTCOME_RATE_LIMITED, "rate-limited") \
	X(OUTCOME_UNREACHABLE, "unreachable") \
	X(OUTCOME_UNKNOWN, "unknown") \
	X(OUTCOME_DELETED_UNREAD, "deleted-unread") \
	X(OUTCOME_DELETED_UNVERIFIED, "deleted-unverified") \
	X(OUTCOME_INVALID, "invalid") \
	X(OUTCOME_AMBIGUOUS, "ambiguous") \
	X(OUTCOME_NOT_TRIED, "not-tried")

enum outcome {
#define X(outcome, name) outcome,
	OUTCOMES(X)
#undef X
};

#define OUTCOME_COUNT (OUTCOME_NOT_TRIED + 1)

const char *outcome_name(enum outcome outcome);

/* What is done to tokens. */
enum verb { VERB_DELETE, VERB_REVOKE };

/* How it is put, and what it ends in. */
extern const struct verb_words {
	const char *infinitive, *past, *noun;
	const char *state; /* of the token, afterwards */
	enum outcome done;
} verb_words[];

/* How an operation ended. */
struct result {
	/* result_set writes these. */
	enum outcome outcome;
	enum exit_status status;
	struct err err; /* what kept it from being done and told */

	unsigned http; /* status of the last response, 0 without one */
	unsigned attempts;
	bool unanswered; /* an attempt left, and got no final answer */
	bool has_record; /* the body is the token's record */
	struct span body; /* of the last response; until the next operation */
};

/* The only writer of an outcome. e is copied; NULL is none. */
void result_set(struct result *r, enum outcome outcome, enum exit_status status,
                const struct err *e);

/* Likewise, with the outcome that the exit status means. */
void result_end(struct result *r, enum verb verb, enum exit_status status,
                const struct err *e);

/*
 * Likewise, of what is done (EXIT_DONE) and could not be written, as e says.
 * EXIT_UNREAD where a change was tried, EXIT_REFUSED where only lists were read.
 */
void result_end_unwritten(struct result *r, enum verb verb,
                          const struct err *e);

#endif
