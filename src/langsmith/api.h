/* SPDX-License-Identifier: MIT */
/* What the LangSmith API means: operations to outcomes. */
#ifndef LANGSMITH_API_H
#define LANGSMITH_API_H

#include "langsmith/attempt.h"
#include "langsmith/token.h"

/* What became of one token; the words of the contract with scripts. */
#define API_OUTCOMES(X) \
	X(API_DELETED, "deleted") \
	X(API_REVOKED, "revoked") \
	X(API_WOULD_DELETE, "would-delete") \
	X(API_MISSING, "missing") \
	X(API_FORBIDDEN, "forbidden") \
	X(API_REFUSED, "refused") \
	X(API_RATE_LIMITED, "rate-limited") \
	X(API_UNREACHABLE, "unreachable") \
	X(API_UNKNOWN, "unknown") \
	X(API_DELETED_UNREAD, "deleted-unread") \
	X(API_DELETED_UNVERIFIED, "deleted-unverified") \
	X(API_INVALID, "invalid") \
	X(API_AMBIGUOUS, "ambiguous") \
	X(API_NOT_TRIED, "not-tried")

enum api_outcome {
#define X(outcome, name) outcome,
	API_OUTCOMES(X)
#undef X
};

#define API_OUTCOME_COUNT (API_NOT_TRIED + 1)

struct api_result {
	enum api_outcome outcome;
	int status; /* exit status, 0 to 10 */
	unsigned http; /* status of the last response, 0 without one */
	unsigned attempts;
	struct err err; /* what kept it from being done and told */
	bool has_record; /* doc is the token's record */
	bool under_way; /* the server may still be at it, though it is unknown */
	/* Of the last response; valid until the next operation. */
	struct json doc;
	struct span body;
};

/*
 * Reads r->body into r->doc anew: doc is in the tokens that every text read
 * with them overwrites.
 */
void api_read_again(struct api *a, struct api_result *r);

/*
 * Deletes the token: DELETE .../personal-access-tokens/{id}, again after a
 * failure that may pass. The deadline starts here.
 */
void api_delete(struct api *a, const struct uuid *id, struct api_result *r);

/* Revokes it likewise: POST .../personal-access-tokens/{id}/revocation. */
void api_revoke(struct api *a, const struct uuid *id, struct api_result *r);

/* Whether a key still authenticates. */
enum api_key_state {
	API_KEY_WORKS,
	API_KEY_REFUSED, /* 401 or 403 */
	API_KEY_UNSAID, /* neither: no answer, or another one */
};

/* Asks for the caller's own tokens with that key, once, until the deadline. */
enum api_key_state api_try_key(struct api *a, struct span key,
                               struct deadline d);

/* The outcome and the exit status that an error means by itself. */
enum api_outcome api_outcome_of(const struct err *e);

const char *api_outcome_name(enum api_outcome outcome);

/*
 * Writes ": " and what the server said about an error, in any of the shapes
 * that it uses, each character by put (fmt_printable_char or fmt_json_char);
 * nothing where it said nothing.
 */
void api_put_message(struct buf *out, const struct api_result *r,
                     void (*put)(struct buf *out, uint32_t code_point));

#endif
